"""Opening and saving: the dialogs, the question about unsaved changes, and which reader a file needs.

Owns no document; asks the session to take or write one.
"""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QFileDialog, QInputDialog, QMessageBox, QWidget

from gdstudio.document import disk, examples, files
from gdstudio.document.codegen import TARGETS
from gdstudio.document.edits import project_for
from gdstudio.document.errors import ProjectError
from gdstudio.document.lifeboat import reach
from gdstudio.document.plain import one_line
from gdstudio.document.reading import is_table, read_document
from gdstudio.document.tables import read_table
from gdstudio.session.jobs import Jobs
from gdstudio.session.preferences import Preferences
from gdstudio.session.recovery import Recovery
from gdstudio.session.session import Session
from gdstudio.teaching.practice import Level
from gdstudio.teaching.sheet import markdown, sheet_of, web_page
from gdstudio.ui.dialogs.question import BROUGHT_BACK, question, set_default
from gdstudio.ui.dialogs.sheet_dialog import SheetDialog

FIRST_EXAMPLE = "hidden-layer"
NEW_EXAMPLE = "one-weight"
_OPEN_FILTER = "Studio files and tables (*.gds *.csv *.tsv *.txt);;All files (*)"
_SHEETS = {"Web page (*.html)": (".html", web_page), "Markdown (*.md)": (".md", markdown)}
_LARGE = 2**20
"""Bytes of a table beyond which it is read beside the window."""
_SAVE_FILTER = "Studio files (*.gds)"


@contextmanager
def _waiting() -> Iterator[None]:
    """Let the pointer say that a large file takes a moment."""
    QApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
    try:
        yield
    finally:
        QApplication.restoreOverrideCursor()


class Documents(QObject):
    """The File menu's doing.

    Signals
    -------
    refused(str)
        A file can't be used; one sentence, and the open document is untouched.
    written()
        Something was written: what was said about a failure before is over.
    recent_changed()
        The list of recent files is another.
    """

    refused = Signal(str)
    written = Signal()
    recent_changed = Signal()

    def __init__(
        self, session: Session, preferences: Preferences, recovery: Recovery, jobs: Jobs, window: QWidget
    ) -> None:
        super().__init__(window)
        self._session = session
        self._preferences = preferences
        self._recovery = recovery
        self._jobs = jobs
        self._window = window
        self.finish_typing: Callable[[], bool] = lambda: True

    # ``finish_typing`` takes what is half typed into the document, and says whether it could be read.

    def open_path(self, path: Path, target: str | None = None) -> bool:
        """Open a file in the place of the present document; returns whether it could be.

        A table that is not all numbers is shown first, so that a person can choose.
        """
        try:
            if is_table(path) and self._must_choose(path):
                return self.import_table(path, target)
            with _waiting():
                self._session.open(*read_document(path, target))
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self._add_recent(path)
        return True

    def _must_choose(self, path: Path) -> bool:
        """Whether a table is so large, or so mixed, that it is not read as it is."""
        return disk.size_of(path) > _LARGE or bool(read_table(path).problem)

    def import_table(self, path: Path, target: str | None = None) -> bool:
        """Show a table, let a person choose what becomes of it, and open that; returns whether it was."""
        from gdstudio.session.importer import Importer
        from gdstudio.ui.dialogs.import_dialog import ImportDialog

        dialog = ImportDialog(path.name, self._window)
        importer = Importer(path, self._jobs, target, dialog)
        importer.progress_changed.connect(dialog.show_progress)
        importer.table_changed.connect(dialog.show_table)
        importer.choice_changed.connect(dialog.show_choice)
        importer.imported_changed.connect(dialog.show_imported)
        importer.refused.connect(dialog.show_refusal)
        dialog.reading_requested.connect(importer.read)
        dialog.choice_requested.connect(importer.choose)
        dialog.rejected.connect(importer.cancel)
        importer.read()
        agreed = dialog.exec()
        result = importer.result
        dialog.deleteLater()
        if importer.choice is None and importer.problem:
            self.refused.emit(importer.problem)
        if not agreed or result is None:
            return False
        try:
            self._session.open(project_for(result.data, path.stem), None)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self._add_recent(path)
        return True

    def _add_recent(self, path: Path) -> None:
        self._preferences.add_recent_file(path)
        self.recent_changed.emit()

    @Slot(object)
    def open_asking(self, path: Path) -> None:
        """Open a file, after the question about unsaved changes."""
        if self.may_leave():
            self._open_or_import(path)

    def _open_or_import(self, path: Path) -> bool:
        """Open what a person chose here: a table is always shown first."""
        try:
            chooses = is_table(path)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        return self.import_table(path) if chooses else self.open_path(path)

    @Slot()
    def ask_open(self) -> None:
        """Let a person choose a file, and open it."""
        if not self.may_leave():
            return
        folder = str(self._session.path.parent) if self._session.path else ""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open", folder, _OPEN_FILTER)
        if name:
            self._open_or_import(Path(name))

    @Slot()
    def bring_back(self) -> None:
        """Open the work that was last left unsaved, for another document or at the end."""
        self._recovery.wait()
        if not self._recovery.last.exists():
            self.refused.emit("There is no work that was left unsaved.")
            return
        if not self.may_leave():
            return
        try:
            boat = reach(self._recovery.last)
        except ProjectError as error:
            self.refused.emit(str(error))
            return
        self._session.open(boat.document, boat.path, is_modified=True, known=boat.fingerprint)

    @Slot()
    def new(self) -> None:
        """Begin with one weight."""
        self.open_example(NEW_EXAMPLE)

    @Slot(str)
    def open_example(self, key: str) -> None:
        """Open a starting point, which has no file to save to."""
        if not self.may_leave():
            return
        try:
            self._session.open(examples.load_example(key), None)
        except ProjectError as error:
            self.refused.emit(str(error))

    @Slot(str)
    def use_data(self, key: str) -> None:
        """Let the present network learn from the data of a starting point."""
        try:
            self._session.set_data(examples.load_example(key))
        except ProjectError as error:
            self.refused.emit(str(error))

    @Slot()
    def save(self) -> bool:
        """Save to the document's file, or ask for one."""
        if not self.finish_typing():
            return False
        path = self._session.path
        return self._save_as() if path is None else self._save(path)

    @Slot()
    def save_as(self) -> bool:
        """Ask for a file and save there; returns whether it is saved."""
        return self.finish_typing() and self._save_as()

    def _save_as(self) -> bool:
        suggestion = self._session.path or Path(f"{self._name}{files.SUFFIX}")
        name, _ = QFileDialog.getSaveFileName(self._window, "Save as", str(suggestion), _SAVE_FILTER)
        path = self._named(name, files.SUFFIX)
        return path is not None and self._save(path)

    def _named(self, name: str, suffix: str) -> Path | None:
        """Return the file that was chosen, its suffix added where it has none; None where nothing is to be written.

        Whether a file may be replaced was asked for what was typed, and not for that with the suffix.
        """
        if not name:
            return None
        path = Path(name)
        if path.suffix:
            return path
        path = path.with_name(path.name + suffix)
        return path if not os.path.lexists(path) or self._may_replace(path) else None

    def _may_replace(self, path: Path) -> bool:
        box = question(
            self._window, "replaceDialog", "Replace a file",
            f"{one_line(path.name)} is already in this folder. Replace it?",
        )  # fmt: skip
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Cancel)
        box.button(buttons.Save).setText("Replace")
        set_default(box, box.button(buttons.Cancel))
        answer = box.exec()
        box.deleteLater()
        return answer == buttons.Save

    def _save(self, path: Path) -> bool:
        if self._session.is_changed_on_disk(path):
            return self._save_over_another(path)
        return self._write_document(path)

    def _save_over_another(self, path: Path) -> bool:
        """Ask what becomes of a file that something else has written meanwhile."""
        box = question(
            self._window, "changedDialog", "Changed on disk",
            f"{one_line(path.name)} was changed by something else since you opened it.",
            "Saving over it keeps that version as the backup beside it, unless the backup is the better one.",
        )  # fmt: skip
        over = box.addButton("Save over it", QMessageBox.ButtonRole.DestructiveRole)
        other = box.addButton("Save as…", QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        set_default(box, other)
        box.exec()
        chosen = box.clickedButton()
        box.deleteLater()
        if chosen is over:
            return self._write_document(path)
        return chosen is other and self._save_as()

    def _write_document(self, path: Path) -> bool:
        with _waiting():
            saved = self._session.save(path)
        if saved:
            self._add_recent(path)
        return saved

    @Slot()
    def rename(self) -> None:
        """Ask for another title."""
        title, agreed = QInputDialog.getText(self._window, "Rename", "Title", text=self._session.project.title)
        if agreed:
            self._session.rename(title)

    @Slot()
    def ask_export(self) -> None:
        """Ask for a file and for the kind of program, and write it."""
        self._export(list(TARGETS))

    @Slot(str)
    def export_code(self, target: str) -> None:
        """Ask for a file, and write a program of this kind."""
        self._export([target])

    def _export(self, targets: list[str]) -> None:
        if not self.finish_typing():
            return
        filters = {f"{TARGETS[target].label} (*{TARGETS[target].suffix})": target for target in targets}
        suggestion = f"{self._name}{TARGETS[targets[0]].suffix}"
        name, chosen = QFileDialog.getSaveFileName(self._window, "Export code", suggestion, ";;".join(filters))
        target = filters.get(chosen, targets[0])
        file = self._named(name, TARGETS[target].suffix)
        if file is None:
            return
        try:
            self._write(file, self._session.program(target))
        except ProjectError as error:
            self.refused.emit(str(error))

    def _write(self, file: Path, text: str) -> None:
        disk.write_atomically(file, text.encode())
        self.written.emit()

    @property
    def _name(self) -> str:
        """The document's title as the name of a file: no part of it leads to another folder."""
        return re.sub(r'[\\/:*?"<>|\s]+', " ", self._session.project.title).strip(" .") or "untitled"

    def ask_sheet(self, level: Level) -> None:
        """Ask what a sheet of exercises is to hold, and for its file, and write it."""
        dialog = SheetDialog([(each.name, each.value) for each in Level], level.name, self._window)
        agreed = dialog.exec()
        levels = [Level[dialog.level]] if dialog.level else list(Level)
        count, seed, answers = dialog.count, dialog.seed, dialog.answers.isChecked()
        dialog.deleteLater()
        if not agreed:
            return
        name, chosen = QFileDialog.getSaveFileName(
            self._window, "Sheet of exercises", "exercises.html", ";;".join(_SHEETS)
        )
        suffix, write = _SHEETS.get(chosen, _SHEETS[next(iter(_SHEETS))])
        file = self._named(name, suffix)
        if file is None:
            return
        # What the name ends with decides, where it is one of the kinds.
        write = dict(_SHEETS.values()).get(file.suffix.lower(), write)
        try:
            self._write(file, write(sheet_of(levels, count, seed), answers=answers))
        except ProjectError as error:
            self.refused.emit(str(error))

    def may_leave(self) -> bool:
        """Ask what becomes of unsaved changes; returns whether the document may be left."""
        self.finish_typing()
        if not self._session.is_modified:
            return True
        box = question(
            self._window, "unsavedDialog", "Unsaved changes",
            f"Save the changes to “{self._session.project.title or 'untitled'}” first?",
            f"What you discard {BROUGHT_BACK}",
        )  # fmt: skip
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        set_default(box, box.button(buttons.Save))
        answer = box.exec()
        box.deleteLater()
        return self.save() if answer == buttons.Save else answer == buttons.Discard
