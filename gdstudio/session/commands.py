"""The one undo command: install the project before or after, and say so.

Flat, since nested commands are not safe; it can't fail, since all was computed before it was made.
"""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QUndoCommand

from gdstudio.document.project import Project
from gdstudio.document.runs import KeptRun
from gdstudio.session.history import History


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A project with the history that led to it, and the runs that are kept beside it."""

    project: Project
    history: History
    runs: tuple[KeptRun, ...] = ()


class Snapshot(QUndoCommand):
    """From one moment to another. Commands with the same non-empty key merge into one entry."""

    def __init__(self, text: str, before: Moment, after: Moment, key: str, install: Callable[[Moment], None]) -> None:
        super().__init__(text)
        self._before = before
        self._after = after
        self._key = key
        self._install = install

    def redo(self) -> None:
        self._install(self._after)

    def undo(self) -> None:
        self._install(self._before)

    def id(self) -> int:
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, Snapshot) or not self._key or other._key != self._key:
            return False
        self._after = other._after
        self.setText(other.text())
        return True
