"""Practice: an exercise, an answer, what it says about it, hints and the worked solution.

Shows an exercise and emits wishes.
"""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gdstudio.teaching.practice_view import PracticeView
from gdstudio.ui.theme import number_font, restyle
from gdstudio.ui.widgets.card import ElidedLabel, plain_label, scrolled
from gdstudio.ui.widgets.form import Choice


class PracticePanel(QWidget):
    """One exercise after the other.

    Signals
    -------
    level_requested(str)
        Exercises of this level.
    answered(str), hint_requested(), next_requested(), show_requested(), sheet_requested()
        An answer, one more hint, another exercise, look at it in the studio, write a sheet of exercises.
    """

    level_requested = Signal(str)
    answered = Signal(str)
    hint_requested = Signal()
    next_requested = Signal()
    show_requested = Signal()
    sheet_requested = Signal()

    def __init__(self, levels: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.setObjectName("practicePanel")
        self.level_combo = Choice()
        self.level_combo.setObjectName("practiceLevelCombo")
        self.level_combo.setAccessibleName("Level")
        self.level_combo.set_choices(levels)
        self.level_combo.activated.connect(lambda _: self.level_requested.emit(self.level_combo.currentData()))
        self._progress = ElidedLabel("small")
        self._progress.setObjectName("practiceProgress")
        self._given, self._code = plain_label(), plain_label()
        self._code.setFont(number_font(11))
        self._question = plain_label("", "strong")
        self._question.setObjectName("practiceQuestion")
        self._tolerance = plain_label("", "small")
        self._feedback, self._hints, self._solution = plain_label(), plain_label("", "muted"), plain_label()
        self._feedback.setObjectName("practiceFeedback")
        self._hints.setObjectName("practiceHints")
        self._solution.setObjectName("practiceSolution")
        for label in (self._given, self._code, self._question, self._feedback, self._hints, self._solution):
            label.setWordWrap(True)
        self.field = QLineEdit()
        self.field.setObjectName("practiceField")
        self.field.setAccessibleName("Your answer; fractions such as 1/28 can be typed")
        self.field.returnPressed.connect(self._on_check)
        self.check_button = self._button("practiceCheckButton", "Check", primary=True)
        self.check_button.clicked.connect(self._on_check)
        self.hint_button = self._button("hintButton", "Hint")
        self.hint_button.clicked.connect(self.hint_requested)
        self.next_button = self._button("practiceNextButton", "Next ›")
        self.next_button.clicked.connect(self.next_requested)
        self.show_button = self._button("practiceShowButton", "Show it in the studio")
        self.show_button.clicked.connect(self.show_requested)
        self.sheet_button = self._button("practiceSheetButton", "Sheet…")
        self.sheet_button.setToolTip("Write a sheet of exercises for a class")
        self.sheet_button.clicked.connect(self.sheet_requested)
        box = QFrame()
        box.setProperty("role", "ask")
        inside = QVBoxLayout(box)
        inside.setContentsMargins(12, 10, 12, 10)
        inside.setSpacing(7)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.field, 1)
        row.addWidget(self.check_button)
        inside.addWidget(self._question)
        inside.addWidget(self._tolerance)
        inside.addLayout(row)
        inside.addWidget(self._feedback)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 2, 14, 6)
        column.setSpacing(8)
        for widget in (
            self.level_combo, self._progress, self._given, self._code, box,
            self._hints, self._solution, self.show_button,
        ):  # fmt: skip
            column.addWidget(widget)
        column.addStretch(1)
        scroll = scrolled(body)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(14, 0, 14, 10)
        buttons.setSpacing(6)
        buttons.addWidget(self.hint_button)
        buttons.addWidget(self.sheet_button)
        buttons.addStretch(1)
        buttons.addWidget(self.next_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(scroll, 1)
        whole.addLayout(buttons)

    def sizeHint(self) -> QSize:
        return QSize(270, 400)

    def _button(self, name: str, text: str, *, primary: bool = False) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setProperty("primary", primary)
        return button

    @Slot(object)
    def show_view(self, view: PracticeView) -> None:
        """Show an exercise and where it stands."""
        if view.is_new:
            self.field.clear()
        self.level_combo.show_choice(view.level)
        self._progress.set_text(view.progress)
        for label, text in (
            (self._given, "\n".join(view.given)),
            (self._code, "\n".join(view.code)),
            (self._question, view.question),
            (self._tolerance, view.tolerance),
            (self._feedback, view.feedback),
            (self._hints, "\n".join(view.hints)),
            (self._solution, "\n".join(view.solution)),
        ):
            label.setText(text)
            label.setVisible(bool(text))
        restyle(self._feedback, "tone", "good" if view.is_right else "")
        self.hint_button.setText("Hint" if view.has_hints else "Solution")
        self.hint_button.setEnabled(not view.is_solved and not view.solution)
        self.show_button.setVisible(bool(view.solution))
        self.setAccessibleDescription(f"{'. '.join(view.given)}. {view.question} {view.feedback}".strip())

    @Slot()
    def _on_check(self) -> None:
        self.answered.emit(self.field.text())
