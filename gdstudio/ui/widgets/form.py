"""Forms: rows of labelled controls under a caption, some of them only on demand, each with room for what was refused.

Know nothing of what the controls mean.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from PySide6.QtCore import QSignalBlocker, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from gdstudio.document.numbers import exact, parse_number
from gdstudio.ui.widgets.card import plain_label
from gdstudio.ui.widgets.number_field import NumberField

_LABEL_WIDTH = 82


class Choice(QComboBox):
    """A choice that the wheel changes only when it was clicked before: scrolling past it chooses nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self._shown: tuple[object, str] | None = None

    def set_choices(self, choices: Iterable[tuple[object, str]]) -> None:
        """Offer other choices: what each stands for, and its text."""
        with QSignalBlocker(self):
            self.clear()
            for key, label in choices:
                self.addItem(label, key)

    def show_choice(self, key: object, otherwise: str = "") -> None:
        """Show the choice that stands for ``key``, or a text where none does."""
        self._shown = key, otherwise
        index = self.findData(key) if key is not None else -1
        with QSignalBlocker(self):
            self.setCurrentIndex(index)
            self.setPlaceholderText(otherwise if index < 0 else "")

    def take_back(self) -> None:
        """Show again what was shown last: a choice that was refused does not stay."""
        if self._shown is not None:
            self.show_choice(*self._shown)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


@dataclass(slots=True)
class _Row:
    """The widgets of a row, whether it makes sense now, and whether it is shown only on demand."""

    label: QLabel
    body: QWidget
    refusal: QLabel
    makes_sense: bool = True
    is_extra: bool = False


class Form(QWidget):
    """A caption, rows of controls, and a button that shows the rows that are not always needed.

    Signals
    -------
    refused(str)
        What was typed into a field can't be read; one sentence.
    """

    refused = Signal(str)

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._rows: list[_Row] = []
        self._row_of: dict[QWidget, _Row] = {}
        self._asking: QWidget | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._more = QToolButton()
        self._more.setText("more ▾")
        self._more.setObjectName(f"more{caption}Button")
        self._more.setAccessibleName(f"More settings: {caption}")
        self._more.setProperty("role", "link")
        self._more.setCheckable(True)
        self._more.toggled.connect(self._on_more)
        self._more.hide()
        self._grid.addWidget(plain_label(caption.upper(), "caption"), 0, 0)
        self._grid.addWidget(self._more, 0, 1, Qt.AlignmentFlag.AlignRight)

    # Building.

    def add_row(self, text: str, *fields: QWidget, tip: str = "", extra: bool = False) -> None:
        """Add a row: a label and one or more controls beside each other; ``extra`` rows are shown only on demand."""
        label = QLabel(text)
        label.setBuddy(fields[0])
        label.setToolTip(tip)
        body = fields[0]
        if len(fields) > 1:
            body = QWidget()
            side_by_side = QHBoxLayout(body)
            side_by_side.setContentsMargins(0, 0, 0, 0)
            side_by_side.setSpacing(6)
            for field in fields:
                side_by_side.addWidget(field, 1)
        refusal = plain_label("", "refusal")
        refusal.setWordWrap(True)
        refusal.setIndent(0)
        refusal.hide()
        row = _Row(label, body, refusal, is_extra=extra)
        for field in fields:
            field.setAccessibleName(field.accessibleName() or text)
            field.setToolTip(field.toolTip() or tip)
            self._row_of[field] = row
        at = self._grid.rowCount()
        self._grid.addWidget(label, at, 0)
        self._grid.addWidget(body, at, 1)
        self._grid.addWidget(refusal, at + 1, 0, 1, 2)
        self._rows.append(row)
        self._arrange()

    def add_wide(self, widget: QWidget) -> None:
        """Add something across both columns."""
        self._grid.addWidget(widget, self._grid.rowCount(), 0, 1, 2)

    def choice(self, name: str, choices: Iterable[tuple[object, str]], wish: SignalInstance) -> Choice:
        """Return a choice called ``name`` that wishes for what is chosen."""
        choice = Choice()
        choice.setObjectName(name)
        choice.set_choices(choices)
        choice.activated.connect(lambda index: self.ask(choice, wish, choice.itemData(index)))
        choice.activated.connect(choice.take_back)
        return choice

    def number(
        self,
        name: str,
        wish: SignalInstance,
        *before: object,
        read: Callable[[str], object] = parse_number,
        write: Callable[[float], str] = exact,
        called: str = "",
    ) -> NumberField:
        """Return a field called ``name`` that wishes for the number typed, behind the values ``before``."""
        field = NumberField(read=read, write=write)
        field.setObjectName(name)
        field.setAccessibleName(called)
        field.setToolTip(called)
        field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        field.setMinimumWidth(40)
        field.value_requested.connect(lambda value: self.ask(field, wish, *before, value))
        field.refused.connect(lambda sentence: self._on_unreadable(field, sentence))
        field.textEdited.connect(lambda _: self._say(field, ""))
        field.reverted.connect(lambda: self._say(field, ""))
        return field

    # What is shown.

    def set_row(self, field: QWidget, *, makes_sense: bool | None = None, text: str | None = None) -> None:
        """Say whether a row makes sense now, or give it another label."""
        row = self._row_of[field]
        if text is not None and row.label.text() != text:
            row.label.setText(text)
        if makes_sense is not None and row.makes_sense != makes_sense:
            row.makes_sense = makes_sense
            self._say(field, "")
            self._arrange()

    def set_extra(self, field: QWidget, extra: bool) -> None:
        """Say whether a row is shown only on demand: one that is not as usual is always shown."""
        row = self._row_of[field]
        if row.is_extra != extra:
            row.is_extra = extra
            self._arrange()

    @Slot(bool)
    def _on_more(self, shown: bool) -> None:
        self._more.setText("less ▴" if shown else "more ▾")
        self._arrange()

    def _arrange(self) -> None:
        self._more.setVisible(any(row.is_extra and row.makes_sense for row in self._rows))
        for row in self._rows:
            shown = row.makes_sense and (not row.is_extra or self._more.isChecked())
            row.label.setVisible(shown)
            row.body.setVisible(shown)
            row.refusal.setVisible(shown and bool(row.refusal.text()))

    # Wishes, and what becomes of them.

    def ask(self, control: QWidget, wish: SignalInstance, *values: object) -> None:
        """Emit a wish; a sentence that refuses it meanwhile is shown beside the control that it came from."""
        self._say(control, "")
        self._asking = control
        wish.emit(*values)
        self._asking = None

    def clear_refusals(self) -> None:
        """Take back what was said beside the controls: what is shown is another thing."""
        for row in self._rows:
            self._say_in(row, "")

    def show_refusal(self, sentence: str) -> bool:
        """Show why the wish that is being asked for is refused; returns whether one of this form is."""
        if self._asking is None:
            return False
        self._say(self._asking, sentence)
        return True

    def _on_unreadable(self, field: QWidget, sentence: str) -> None:
        self._say(field, sentence)
        self.refused.emit(sentence)

    def _say(self, control: QWidget, sentence: str) -> None:
        self._say_in(self._row_of[control], sentence)

    def _say_in(self, row: _Row, sentence: str) -> None:
        if row.refusal.text() != sentence:
            row.refusal.setText(sentence)
            row.refusal.setAccessibleName(sentence)
            self._arrange()
