"""After a crash and in one: what was left behind is offered, what goes wrong is told once, and the work is kept first.

Asks and tells; the keeping is the session's recovery.
"""

import faulthandler
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QMessageBox, QWidget

from gdstudio import __version__
from gdstudio.document import files
from gdstudio.document.errors import ProjectError
from gdstudio.document.lifeboat import Lifeboat, reach
from gdstudio.document.numbers import counted
from gdstudio.session.recovery import Recovery
from gdstudio.session.session import Session
from gdstudio.ui.dialogs.question import question

SETTLED = 10_000
"""Milliseconds after which work that was taken up again counts as well."""
LONGEST_LOG = 2**20
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
        self._told: set[tuple[str, int]] = set()
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
                aside = self._recovery.set_aside(place)
                self.told.emit(
                    "What was left of the last time has ended the studio again, so it is not offered any more; "
                    f"it is kept as {aside.name} in {aside.parent}."
                )
            elif self._offer(boat, place):
                return

    def _offer(self, boat: Lifeboat, place: Path) -> bool:
        """Ask about one; returns whether it was taken up."""
        project = boat.document.project
        box = question(
            self._window, "recoveryDialog", "Recover your work",
            f"The studio ended without saving “{project.title or 'untitled'}”.\n\n"
            f"Kept {_time_of(place)}: at step {project.state.step:,}, "
            f"with {counted(len(boat.document.runs), 'kept run')}.\n{_saved_version(boat.path)}",
        )  # fmt: skip
        recover = box.addButton("Recover", _ROLE.AcceptRole)
        discard = box.addButton("Discard", _ROLE.DestructiveRole)
        later = box.addButton("Ask again later", _ROLE.RejectRole)
        box.setDefaultButton(recover)
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

    def unwatch(self) -> None:
        """Let exceptions go where they went before."""
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__
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
        if self._is_telling or place in self._told:
            # What goes wrong in each painting would otherwise be told for ever.
            return
        self._told.add(place)
        self._is_telling = True
        where = "Your work was kept" if kept else "Nothing was unsaved" if not self._session.is_modified else ""
        box = question(
            self._window, "troubleDialog", "Something went wrong",
            "Something went wrong inside the studio; this is a mistake of the studio and not yours.\n\n"
            f"{where or 'Your work could not be kept'}. "
            "To be safe, save it under a new name and start the studio again.",
        )  # fmt: skip
        box.setIcon(QMessageBox.Icon.Warning)
        box.setDetailedText(f"Gradient Descent Studio {__version__}\n{details}")
        save = box.addButton("Save as…", _ROLE.AcceptRole)
        box.addButton("Go on", _ROLE.RejectRole)
        box.setDefaultButton(save)
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
    return f"The saved version, {path.name} in {path.parent}, is at step {saved.state.step:,}."
