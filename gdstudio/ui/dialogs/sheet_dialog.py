"""Asks what a sheet of exercises is to hold: how many, of which level, from which seed, with or without answers.

Decides nothing; the answers are its values.
"""

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QWidget

from gdstudio.document.limits import MAX_SEED
from gdstudio.document.numbers import parse_count
from gdstudio.teaching.sheet import MOST_EXERCISES
from gdstudio.ui.widgets.card import plain_label
from gdstudio.ui.widgets.form import Choice
from gdstudio.ui.widgets.number_field import NumberField

ALL_LEVELS = ""


def _read_count(text: str) -> int:
    return parse_count(text, "The number of exercises", MOST_EXERCISES)


def _read_seed(text: str) -> int:
    return parse_count(text, "The seed", MAX_SEED)


class SheetDialog(QDialog):
    """The questions about a sheet."""

    def __init__(self, levels: Iterable[tuple[str, str]], level: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sheetDialog")
        self.setWindowTitle("Sheet of exercises")
        self._note = plain_label("The same seed gives the same sheet.", "small")
        self._note.setWordWrap(True)
        self.level_combo = Choice()
        self.level_combo.setObjectName("sheetLevelCombo")
        self.level_combo.set_choices([(ALL_LEVELS, "All levels in turn"), *levels])
        self.level_combo.show_choice(level)
        self.count, self.seed = 10, 1
        self._count = self._field("sheetCountField", _read_count, self.count)
        self._count.value_requested.connect(self._on_count)
        self._seed = self._field("sheetSeedField", _read_seed, self.seed)
        self._seed.value_requested.connect(self._on_seed)
        self.answers = QCheckBox("With answers, worked out")
        self.answers.setObjectName("sheetAnswersBox")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout(self)
        form.addRow("Level", self.level_combo)
        form.addRow("Exercises", self._count)
        form.addRow("Seed", self._seed)
        form.addRow("", self.answers)
        form.addRow("", self._note)
        form.addRow(buttons)

    def _field(self, name: str, read: Callable[[str], object], value: int) -> NumberField:
        field = NumberField(read=read)
        field.setObjectName(name)
        field.show_text(str(value))
        field.refused.connect(self._note.setText)
        return field

    def accept(self) -> None:
        """Close with what is in the fields, unless one of them can't be read."""
        for field in (self._count, self._seed):
            field.commit()
            if field.property("invalid"):
                field.setFocus()
                return
        super().accept()

    def _on_count(self, count: object) -> None:
        self.count = int(str(count))
        self._count.show_text(str(self.count))

    def _on_seed(self, seed: object) -> None:
        self.seed = int(str(seed))
        self._seed.show_text(str(self.seed))

    @property
    def level(self) -> str:
        """The chosen level, or ``ALL_LEVELS``."""
        return str(self.level_combo.currentData() or ALL_LEVELS)
