"""Recovery: the open work is written to a place of its own now and then, and offered again after a crash.

Every window has a place, and holds its lock as long as it lives: a place whose lock nobody holds is of a window that
came to a bad end. Shows nothing.
"""

import math
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QSysInfo, QTimer, Signal, Slot

from gdstudio.document.disk import clear_left, remove
from gdstudio.document.errors import ProjectError
from gdstudio.document.lifeboat import SUFFIXES, Lifeboat, launch, reach
from gdstudio.document.plain import plain
from gdstudio.session.session import Session

EVERY = 15_000
"""Milliseconds after a change until it is written."""
_SUFFIX, _ASIDE = SUFFIXES
_LOCK = ".lock"
LAST = "last-unsaved"
"""What the work is called that was left unsaved on purpose: by the next document, or by the end."""
_MOST_WINDOWS = 64
_MOST_ASIDE = 20
"""Of what was set aside, the newest so many stay."""


class Recovery(QObject):
    """Writes what is not saved, and finds what others left.

    Signals
    -------
    failed(str)
        The open work can't be written to its place, said once until it works again; or work that was left can't be
        used. One sentence.
    """

    failed = Signal(str)
    _done = Signal(str)

    def __init__(self, session: Session, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._folder = folder
        self._lock: QLockFile | None = None
        self._place: Path | None = None
        self._attempts = 0
        self._has_failed = False
        self._is_open = True
        self._is_opening = False
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="gdstudio-recovery")
        # Its thread begins with the window and not in the middle of something.
        self._writer.submit(int)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.write)
        self._done.connect(self._on_done)
        session.undo_stack.indexChanged.connect(self._on_change)
        session.document_changed.connect(self._on_change)
        session.opened.connect(self._on_opened)

    # Writing.

    @Slot()
    def _on_change(self) -> None:
        """Something changed: write it soon; where nothing is unsaved there is nothing to keep."""
        if not self._is_open or self._is_opening:
            # The window is being taken down, or the undo stack is emptied for what is kept already.
            return
        if self._session.is_modified:
            if not self._timer.isActive():
                self._timer.start()
        else:
            self._timer.stop()
            self._forget()

    @Slot()
    def _on_opened(self) -> None:
        """The document is about to be replaced, which can't be undone: keep what is not saved."""
        self._keep_last()
        self._attempts = 0

    def _keep_last(self) -> None:
        if self._session.is_modified and self._is_open and self._has_folder():
            self._writer.submit(self._write, self._boat(), self.last)

    def wait(self) -> None:
        """Wait until what was to be written is."""
        if self._is_open:
            self._writer.submit(int).result()

    @property
    def last(self) -> Path:
        """Where the work is that was left unsaved on purpose, if there is any."""
        return self._folder / LAST

    @Slot()
    def write(self) -> None:
        """Write what is unsaved, beside the window: what is written is a frozen value."""
        self._timer.stop()
        place = self._own_place() if self._session.is_modified and self._is_open else None
        if place is not None:
            self._writer.submit(self._write, self._boat(), place)

    def write_now(self) -> Path | None:
        """Write the open work before going on, and return where; None where nothing is unsaved or it can't be."""
        self._timer.stop()
        place = self._own_place() if self._session.is_modified and self._is_open else None
        if place is None:
            return None
        return place if self._writer.submit(self._write, self._boat(), place).result() == "" else None

    def _boat(self) -> Lifeboat:
        session = self._session
        return Lifeboat(session.document, session.path, self._attempts, session.fingerprint)

    def _write(self, boat: Lifeboat, place: Path) -> str:
        """On the writer's thread; returns what went wrong, or nothing."""
        try:
            launch(boat, place)
            problem = ""
        except ProjectError as error:
            problem = str(error)
        except Exception:
            # A thread of its own tells nobody what it raises.
            problem = f"{place.name} can't be written."
        self._done.emit(problem)
        return problem

    @Slot(str)
    def _on_done(self, problem: str) -> None:
        if problem and not self._has_failed:
            self.failed.emit(f"Your work is not kept against a crash: {problem} Save it.")
        self._has_failed = bool(problem)

    def _forget(self) -> None:
        if self._place is not None and self._is_open:
            self._writer.submit(remove, self._place)

    def _own_place(self) -> Path | None:
        """Return this window's place; the first that is free is taken when it is first needed.

        Where the folder was taken away meanwhile it is made again, and a place in it taken anew.
        """
        if self._lock is not None and not Path(self._lock.fileName()).exists():
            self._release()
        if self._place is not None or not self._has_folder():
            return self._place
        for number in range(_MOST_WINDOWS):
            place = self._folder / f"window-{number}{_SUFFIX}"
            lock = None if place.exists() else self._locked(place)
            if lock is not None and lock.isLocked():
                self._lock, self._place = lock, place
                return place
        self._on_done(f"{self._folder} can't be written.")
        return None

    def _has_folder(self) -> bool:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._on_done(f"{self._folder} can't be made: {error.strerror}.")
            return False
        return True

    def _locked(self, place: Path) -> QLockFile | None:
        """Hold a place's lock, unless a window that lives does; a lock is stale only when its process is gone.

        On a full disk there can be no lock: what is returned is not held then, and nobody else holds it.
        """
        lock = QLockFile(str(place.with_suffix(_LOCK)))
        lock.setStaleLockTime(0)
        is_free = lock.tryLock(0) or lock.error() is not QLockFile.LockError.LockFailedError
        return lock if is_free else None

    # Finding.

    def found(self) -> list[Path]:
        """Return the places of windows that came to a bad end, newest first. What can't be used is set aside."""
        places = []
        for place in self._folder.glob(f"*{_SUFFIX}"):
            lock = self._locked(place)
            if lock is None:
                self._name_unjudged(place)
                continue
            lock.unlock()
            try:
                reach(place)
            except ProjectError as error:
                aside = self.set_aside(place)
                where = f"It is kept as {aside.name} in {aside.parent}."
                self.failed.emit(f"Work that was left can't be used: {error} {where}")
            else:
                places.append(place)
        return sorted(places, key=_age)

    def _name_unjudged(self, place: Path) -> None:
        """Say where work may have been left whose lock does not tell whether its window still lives."""
        lock = QLockFile(str(place.with_suffix(_LOCK)))
        _, host, _ = lock.getLockInfo()
        if host == QSysInfo.machineHostName():
            return
        why = f"is of the computer “{plain(host)}”" if host else "says nothing of who holds it"
        self.failed.emit(
            f"Work that was left is in {place}. Its lock, {Path(lock.fileName()).name}, {why}, so another window may "
            "still have it open. If none has, delete the lock and start the studio again: the work is then offered."
        )

    def clear_away(self, folders: Iterable[Path]) -> None:
        """Take away, beside the window, what killed saves left in the folder of recovery and in these."""
        for folder in {self._folder, *folders}:
            self._writer.submit(clear_left, folder)

    def take(self, place: Path) -> Lifeboat | None:
        """Take over a place that was found, and return what it holds; None where another window was quicker.

        That it was taken up is noted before anything is done with it: see :meth:`is_suspect`.
        """
        lock = self._locked(place)
        if lock is None:
            return None
        try:
            boat = reach(place)
        except ProjectError:
            lock.unlock()
            return None
        with suppress(ProjectError):  # on a full disk it can't be noted
            launch(replace(boat, attempts=boat.attempts + 1), place)
        if self._place is not None:
            self._keep_last()
            self._writer.submit(remove, self._place).result()
        self._release()
        self._lock, self._place = lock, place
        return boat

    def keep(self, boat: Lifeboat) -> None:
        """Open what was taken over, and go on keeping it; its place holds it all the while."""
        self._is_opening = True
        try:
            self._session.open(boat.document, boat.path, is_modified=True, known=boat.fingerprint)
        finally:
            self._is_opening = False
        self._attempts = boat.attempts + 1
        self._timer.start()

    def is_suspect(self, boat: Lifeboat) -> bool:
        """Whether it was taken up before and the window came to a bad end again: not to be offered in a loop."""
        return boat.attempts > 0

    def settle(self) -> None:
        """Say that what was taken up is well."""
        if self._attempts and self._is_open:
            self._attempts = 0
            self.write()

    def discard(self, place: Path) -> None:
        """Offer what was found no more; as any work that was left unsaved on purpose it can be brought back."""
        lock = self._locked(place)
        if lock is not None:
            if _age(place) <= _age(self.last):
                self._make_last(place)
            else:
                self.set_aside(place)
            lock.unlock()

    def _make_last(self, place: Path) -> None:
        """Let this be what can be brought back; what could be before is kept."""
        if self.last.exists():
            self.set_aside(self.last)
        try:
            place.replace(self.last)
        except OSError:
            self.set_aside(place)

    def refuse(self, boat: Lifeboat, place: Path) -> Path:
        """Offer what ended the studio again no more, and return where it is kept; it can be brought back on purpose."""
        if self.last.exists():
            self.set_aside(self.last)
        with suppress(ProjectError):
            launch(boat, self.last)
        return self.set_aside(place)

    def set_aside(self, place: Path) -> Path:
        """Keep what was found where it is not offered any more, and return where."""
        for number in count():
            aside = place.with_name(f"{place.stem}{f'-{number}' if number else ''}{_ASIDE}")
            if not aside.exists():
                break
        with suppress(OSError):
            place.replace(aside)
        for oldest in sorted(self._folder.glob(f"*{_ASIDE}"), key=_age)[_MOST_ASIDE:]:
            remove(oldest)
        return aside

    # The end.

    def leave(self) -> None:
        """The window is told to end at once: what is unsaved is written and offered at the next start."""
        self._attempts = 0
        self.write_now()
        self._is_open = False
        self._writer.shutdown(wait=True)
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.unlock()
        self._lock = self._place = None

    @Slot()
    def close(self) -> None:
        """The window closes in peace: nothing is left to be offered."""
        self._timer.stop()
        self._keep_last()
        self._forget()
        self._is_open = False
        self._writer.shutdown(wait=True)
        self._release()


def _age(place: Path) -> float:
    try:
        return -place.stat().st_mtime
    except OSError:
        return math.inf
