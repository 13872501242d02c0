"""After a crash and in one: what was left behind is offered, what goes wrong is told once, and the work is kept first.

Asks and tells; the keeping is the session's recovery.
"""

import faulthandler
import signal
import socket
import sys
import threading
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from gdstudio import __version__
from gdstudio.document import files
from gdstudio.document.errors import ProjectError
from gdstudio.document.lifeboat import Lifeboat, reach
from gdstudio.document.numbers import counted
from gdstudio.document.plain import one_line, plain
from gdstudio.session.recovery import Recovery
from gdstudio.session.session import Session
from gdstudio.ui.dialogs.question import BROUGHT_BACK, question, set_default, set_details

SETTLED = 5_000
"""Milliseconds after which work that was taken up again counts as well."""
LONGEST_LOG = 2**20
_ENDS = [signal.Signals[name] for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
"""With what the system tells a program to end."""
_ROLE = QMessageBox.ButtonRole

Trouble = tuple[type[BaseException], BaseException, TracebackType | None]


class Rescue(QObject):
    """Offers what other windows left, and stands between an exception and the work.

    Signals
    -------
    told(str)
        What became of something that was left; one sentence.
    """

    told = Signal(str)
    _troubled = Signal(object)

    def __init__(self, recovery: Recovery, session: Session, save_as: Callable[[], bool], window: QWidget) -> None:
        super().__init__(window)
        self._recovery = recovery
        self._session = session
        self._save_as = save_as
        self._window = window
        self._is_telling = False
        self._told: Counter[tuple[str, int]] = Counter()
        self._wakes: tuple[socket.socket, socket.socket] | None = None
        self._log: IO[str] | None = None
        # Not at once: a dialog in the middle of painting would paint again.
        self._troubled.connect(self._tell, Qt.ConnectionType.QueuedConnection)

    # What was left.

    @Slot()
    def offer(self) -> None:
        """Offer the work of each window that came to a bad end, the newest first, until one is taken."""
        for place in self._recovery.found():
            try:
                boat = reach(place)
            except ProjectError:
                continue
            if self._recovery.is_suspect(boat):
                aside = self._recovery.refuse(boat, place)
                self.told.emit(
                    "What was left of the last time has ended the studio again, so it is not offered any more; "
                    f"File › Bring back unsaved work still opens it, and it is kept as {aside.name} in {aside.parent}."
                )
            elif self._offer(boat, place):
                return

    def _offer(self, boat: Lifeboat, place: Path) -> bool:
        """Ask about one; returns whether it was taken up."""
        project, runs = boat.document.project, len(boat.document.runs)
        with_runs = f", with {counted(runs, 'kept run')}" if runs else ""
        box = question(
            self._window, "recoveryDialog", "Recover your work",
            f"The studio ended without saving “{project.title or 'untitled'}”.\n\n"
            f"Kept {_time_of(place)}: at step {project.state.step:,}{with_runs}.\n{_saved_version(boat.path)}",
            f"What you discard {BROUGHT_BACK}",
        )  # fmt: skip
        recover = box.addButton("Recover", _ROLE.AcceptRole)
        discard = box.addButton("Discard", _ROLE.DestructiveRole)
        later = box.addButton("Ask again later", _ROLE.RejectRole)
        set_default(box, recover)
        box.setEscapeButton(later)
        box.exec()
        chosen = box.clickedButton()
        box.deleteLater()
        if chosen is discard:
            self._recovery.discard(place)
        if chosen is not recover:
            return False
        taken = self._recovery.take(place)
        if taken is not None:
            self._recovery.keep(taken)
            QTimer.singleShot(SETTLED, self._recovery.settle)
        return taken is not None

    # What goes wrong.

    def watch(self, log: Path) -> None:
        """Let every exception that nobody caught come here, and a crash of the process leave its traces in ``log``."""
        sys.excepthook = self.on_exception
        threading.excepthook = lambda args: self._troubled.emit(
            (args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
        )
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            is_long = log.exists() and log.stat().st_size > LONGEST_LOG
            self._log = log.open("w" if is_long else "a", encoding="utf-8")
        except OSError:
            # Without a log the window still works.
            return
        faulthandler.enable(self._log)

    def watch_ends(self) -> None:
        """Keep the work also where the system tells the program to end, as at the end of a session."""
        # Python hears of a signal only when Qt lets it run: a byte in a socket wakes it.
        self._wakes = wake, heard = socket.socketpair()
        for end in (wake, heard):
            end.setblocking(False)
        signal.set_wakeup_fd(heard.fileno(), warn_on_full_buffer=False)
        for number in _ENDS:
            # What is ignored stays so: whoever began the program wants it to outlive that.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda *_: None)
        self._listener = QSocketNotifier(wake.fileno(), QSocketNotifier.Type.Read, self)
        self._listener.activated.connect(self._on_end)

    @Slot()
    def _on_end(self) -> None:
        """Nothing is asked: whoever ends a session waits for nobody."""
        assert self._wakes is not None
        number = self._wakes[0].recv(64)[-1]
        with suppress(Exception):
            self._recovery.leave()
        QApplication.exit(128 + number)

    def unwatch(self) -> None:
        """Let exceptions and signals go where they went before."""
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__
        if self._wakes is not None:
            signal.set_wakeup_fd(-1)
            self._listener.setEnabled(False)
            for number in _ENDS:
                signal.signal(number, signal.SIG_DFL if number != signal.SIGINT else signal.default_int_handler)
            for end in self._wakes:
                end.close()
            self._wakes = None
        if self._log is not None:
            faulthandler.disable()
            self._log.close()
            self._log = None

    def on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Take an exception that nobody caught, on whatever thread."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            self._troubled.emit((kind, error, trace))

    @Slot(object)
    def _tell(self, trouble: Trouble) -> None:
        """Keep the work first, then tell; while that stands on screen, what else goes wrong is only logged."""
        details = "".join(traceback.format_exception(*trouble))
        try:
            kept = self._recovery.write_now()
        except Exception:
            # What is wrong may well be in the work itself, or in how it is looked at.
            kept = None
            details += f"\nAnd while the work was being kept:\n{traceback.format_exc()}"
        self._note(details)
        place = _place_of(trouble[2])
        if self._is_telling:
            return
        self._told[place] += 1
        if self._told[place] == 2:
            self.told.emit("The same thing went wrong again. To be safe, save your work and restart the studio.")
        if self._told[place] > 1:
            # What goes wrong in each painting would otherwise be told for ever.
            return
        self._is_telling = True
        if not self._session.is_modified:
            what = "Nothing was unsaved. To be safe, start the studio again."
        else:
            what = "Your work was kept" if kept else "Your work could not be kept"
            what = f"{what}. To be safe, save it under a new name and start the studio again."
        box = question(
            self._window, "troubleDialog", "Something went wrong",
            f"Something went wrong inside the studio; this is a mistake of the studio and not yours.\n\n{what}",
        )  # fmt: skip
        box.setIcon(QMessageBox.Icon.Warning)
        error = "".join(traceback.format_exception_only(*trouble[:2]))
        set_details(box, f"Gradient Descent Studio {__version__}\n{error}\n{details}")
        save = box.addButton("Save as…", _ROLE.AcceptRole)
        box.addButton("Go on", _ROLE.RejectRole)
        set_default(box, save)
        box.exec()
        chosen = box.clickedButton()
        box.deleteLater()
        self._is_telling = False
        if chosen is save:
            self._save_as()

    def _note(self, details: str) -> None:
        """Write it down, as far as that can be done: nothing may come between the trouble and what is told."""
        with suppress(OSError, ValueError):
            print(details, file=sys.stderr, end="")
        with suppress(OSError, ValueError):
            if self._log is not None:
                self._log.write(f"gdstudio {__version__}\n{details}\n")
                self._log.flush()


def _place_of(trace: TracebackType | None) -> tuple[str, int]:
    """Return the file and the line where something went wrong."""
    frames = traceback.extract_tb(trace)
    return (frames[-1].filename, frames[-1].lineno or 0) if frames else ("", 0)


def _time_of(place: Path) -> str:
    try:
        return f"on {datetime.fromtimestamp(place.stat().st_mtime):%Y-%m-%d at %H:%M}"
    except OSError:
        return "before it ended"


def _saved_version(path: Path | None) -> str:
    """Say what the document's own file holds."""
    if path is None:
        return "It was never saved to a file."
    try:
        saved = files.load(path)
    except ProjectError as error:
        return f"Its file can't be used: {error}"
    where = f"{one_line(path.name)} in {plain(str(path.parent))}"
    return f"The saved version, {where}, is at step {saved.state.step:,}."
