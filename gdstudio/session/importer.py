"""Reads a table beside the window, as it seems to be written or as was chosen, and makes data of it.

Knows nothing of dialogs.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from gdstudio.document.errors import ProjectError
from gdstudio.document.importing import Choice, Imported, first_choice, imported
from gdstudio.document.tables import Reading, Table, read_table
from gdstudio.session.jobs import Jobs

_READ, _MAKE = "import", "imported data"


class Importer(QObject):
    """Reads one table.

    Signals
    -------
    table_changed(Table or None)
        It was read, or it can't be read so.
    choice_changed(Choice)
        What is made of it at first.
    imported_changed(Imported)
        What the present choice makes of it.
    refused(str)
        It can't be read so, or the choice makes no data of it; one sentence.
    progress_changed(float)
        The share that is read.
    """

    table_changed = Signal(object)
    choice_changed = Signal(object)
    imported_changed = Signal(object)
    refused = Signal(str)
    progress_changed = Signal(float)

    def __init__(self, path: Path, jobs: Jobs, target: str | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._jobs = jobs
        self._target = target
        self.table: Table | None = None
        self.choice: Choice | None = None
        self.result: Imported | None = None
        self._columns: list[tuple[str, bool]] = []
        self.problem = ""
        jobs.finished.connect(self._on_finished)

    def read(self, reading: Reading | None = None) -> None:
        """Read the file, as it seems to be written unless that is given."""
        self.table = self.result = None
        self._jobs.cancel(_MAKE)
        self._jobs.request(_READ, partial(_read, self._path, reading, self.progress_changed.emit))

    @Slot(object)
    def choose(self, choice: Choice) -> None:
        """Make data of the table by another choice."""
        self.choice, self.result = choice, None
        if self.table is not None:
            self._jobs.request(_MAKE, partial(_make, self.table, choice))

    @Slot()
    def cancel(self) -> None:
        """Give it up."""
        self._jobs.cancel(_READ)
        self._jobs.cancel(_MAKE)

    @Slot(str, object)
    def _on_finished(self, kind: str, result: object) -> None:
        match kind, result:
            case "import" | "imported data", ProjectError():
                if kind == _READ:
                    self.table = None
                    self.table_changed.emit(None)
                self.problem = str(result)
                self.refused.emit(self.problem)
            case "import", Table():
                self.problem = ""
                self._on_table(result)
            case "imported data", Imported():
                self.result = result
                self.imported_changed.emit(result)

    def _on_table(self, table: Table) -> None:
        """What was chosen for another reading stays where the columns are the same."""
        self.table = table
        old, self._columns = self._columns, [(column.name, column.is_usable) for column in table.columns]
        try:
            choice = first_choice(table, self._target)
        except ProjectError as error:
            self.refused.emit(str(error))
            choice = first_choice(table)
        if self.choice is not None and old == self._columns:
            choice = self.choice
        self.table_changed.emit(table)
        self.choice_changed.emit(choice)
        self.choose(choice)


def _read(
    path: Path, reading: Reading | None, tell: Callable[[float], None], go_on: Callable[[float], None]
) -> Table | ProjectError:
    def progress(share: float) -> None:
        go_on(share)
        tell(share)

    try:
        return read_table(path, reading, progress)
    except ProjectError as error:
        return error


def _make(table: Table, choice: Choice, go_on: Callable[[float], None]) -> Imported | ProjectError:
    try:
        return imported(table, choice)
    except ProjectError as error:
        return error
