"""A list of numbers that open into the numbers they were made of, as deep as one likes.

Shows traces; says what is pointed at, and emits the wish to look at what is given.
"""

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QEnterEvent, QFocusEvent
from PySide6.QtWidgets import QApplication, QBoxLayout, QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gdstudio.document.numbers import MINUS
from gdstudio.teaching.trace import Trace
from gdstudio.ui.theme import number_font, text_font
from gdstudio.ui.widgets.card import ElidedLabel, plain_label, plain_tip

_TALL, _LOW, _TWO_LINES = 33, 25, 40
_INDENT = 12
_LONG = 18
"""Characters of a name beside which arithmetic has no room."""
MOST_ROWS = 400
"""Rows on show at once: what would be further down is not opened."""

Key = tuple[int, ...]


class TraceRow(QToolButton):
    """One number: its name, how it was worked out, and its text; a click opens it.

    Signals
    -------
    pointed(), left()
        The mouse or the keyboard has come to this row; the keyboard has left it.
    """

    pointed = Signal()
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "factor")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._chevron = plain_label("", "small")
        self._chevron.setFixedWidth(11)
        self._tip = ""
        self._mark = plain_label()
        self._mark.setFont(text_font(16))
        self._name = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self._working = ElidedLabel("small", align=Qt.AlignmentFlag.AlignRight)
        self._working.setFont(number_font(11))
        self._text = ElidedLabel(align=Qt.AlignmentFlag.AlignRight)
        # Name and arithmetic stand beside each other, or one above the other.
        self._words = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._words.setSpacing(0)
        self._words.addWidget(self._name, 1)
        self._words.addWidget(self._working, 1)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(5)
        self._row.addWidget(self._chevron)
        self._row.addWidget(self._mark)
        self._row.addLayout(self._words, 1)
        self._row.addWidget(self._text)
        for label in (self._chevron, self._mark, self._name, self._working, self._text):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._shape: tuple[object, ...] = ()

    def show_trace(
        self, trace: Trace, depth: int, mark: str, tone: str, *, is_open: bool, in_two_lines: bool = False
    ) -> None:
        """Show a number, ``depth`` levels below the ones that the list begins with."""
        working = trace.working if _is_arithmetic(trace.working) and (depth or in_two_lines) else ""
        in_two_lines = in_two_lines or working.count("×") > 1 or (bool(working) and len(trace.name) > _LONG)
        shape = (depth, mark, tone, in_two_lines)
        if shape != self._shape:
            self._shape = shape
            self.setFixedHeight(_TWO_LINES if in_two_lines else _LOW if depth else _TALL)
            self._row.setContentsMargins(6 + _INDENT * depth, 1, 10, 1)
            directions = QBoxLayout.Direction
            self._words.setDirection(directions.TopToBottom if in_two_lines else directions.LeftToRight)
            side = Qt.AlignmentFlag.AlignLeft if in_two_lines else Qt.AlignmentFlag.AlignRight
            self._working.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self._mark.setVisible(bool(mark))
            self._mark.setText(mark)
            self.setProperty("deep", depth > 0)
            self._text.setProperty("figures", "small" if depth else "large")
            for label in (self._mark, self._text):
                label.setProperty("tone", tone)
            for widget in (self, self._mark, self._text):
                widget.style().unpolish(widget)
                widget.style().polish(widget)
        self._chevron.setText("" if trace.is_given else "▾" if is_open else "▸")
        self._name.set_text(trace.name)
        self._text.set_text(trace.text)
        wide = self._text.fontMetrics().horizontalAdvance(trace.text) + 2
        if self._text.width() != max(wide, 44):
            self._text.set_room(max(wide, 44))
        self._working.set_text(working)
        self._working.setVisible(bool(working))
        # Beside each other arithmetic gets what it needs, and the name the rest.
        needed = self._working.fontMetrics().horizontalAdvance(working) + 2 if working and not in_two_lines else 0
        self._working.setMinimumWidth(min(needed, 190))
        self._working.setMaximumWidth(needed or 16777215)
        words = f"{trace.name}: {trace.text}"
        if words != self.accessibleName():
            self.setAccessibleName(words)
        tip = f"{trace.name} = {trace.working} = {trace.text}" if trace.working else words
        if tip != self._tip:
            self._tip = tip
            self.setToolTip(plain_tip(tip))

    def sizeHint(self) -> QSize:
        return QSize(200, self.minimumHeight())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.pointed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.pointed.emit()


def _is_arithmetic(working: str) -> bool:
    """Whether it is made of numbers; words are left to the tooltip."""
    return any(sign in working[1:] for sign in "×÷+²" + MINUS)


class TraceList(QWidget):
    """Traces one below the other; what was opened stays open while the numbers change.

    Signals
    -------
    pointed(Trace | None)
        What the mouse or the keyboard is at: to be shown where it lies.
    origin_requested(Ref)
        A number that was made of nothing else was clicked: look at it.
    """

    pointed = Signal(object)
    origin_requested = Signal(object)

    def __init__(
        self, prefix: str, marks: str = "", tones: tuple[str, ...] = (), *, in_two_lines: bool = False
    ) -> None:
        super().__init__()
        self._in_two_lines = in_two_lines
        self._prefix = prefix
        self._marks = marks
        self._tones = tones
        self._traces: tuple[Trace, ...] = ()
        self._subject: object = None
        self._open: set[Key] = set()
        self._shown: list[tuple[Key, Trace]] = []
        self._rows: list[TraceRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_traces(self, traces: tuple[Trace, ...], subject: object = None) -> None:
        """Show these numbers; what was opened stays open as long as they are about the same ``subject``.

        Where none is given, numbers of the same names are.
        """
        subject = tuple(trace.name for trace in traces) if subject is None else subject
        if subject != self._subject:
            self._subject = subject
            self._open.clear()
        self._traces = traces
        self._show()

    def _show(self) -> None:
        self._shown = []
        for number, trace in enumerate(self._traces):
            self._collect((number,), trace)
        while len(self._rows) < len(self._shown):
            self._add_row()
        for row, (key, trace) in zip(self._rows, self._shown, strict=False):
            first = len(key) == 1
            mark = self._marks[key[0]] if first and key[0] < len(self._marks) else ""
            tone = self._tones[key[0]] if first and key[0] < len(self._tones) else ""
            row.setObjectName(self._prefix + ".".join(str(number + 1) for number in key))
            is_open = key in self._open
            row.show_trace(trace, len(key) - 1, mark, tone, is_open=is_open, in_two_lines=self._in_two_lines)
            row.setVisible(True)
        for row in self._rows[len(self._shown) :]:
            row.setObjectName("")
            row.setVisible(False)

    def _collect(self, key: Key, trace: Trace) -> None:
        """Gather what is on show: a number, and below it those that it was opened into."""
        if len(self._shown) >= MOST_ROWS:
            return
        self._shown.append((key, trace))
        if key in self._open:
            for number, part in enumerate(trace.open()):
                self._collect((*key, number), part)

    def _add_row(self) -> None:
        number = len(self._rows)
        row = TraceRow(self)
        row.clicked.connect(lambda: self._on_clicked(number))
        row.pointed.connect(lambda: self._on_pointed(number))
        row.left.connect(self._on_left)
        self._rows.append(row)
        self._column.addWidget(row)

    def _on_clicked(self, number: int) -> None:
        key, trace = self._shown[number]
        if trace.is_given:
            if trace.ref is not None:
                self.origin_requested.emit(trace.ref)
            return
        if key in self._open:
            self._open = {other for other in self._open if other[: len(key)] != key}
        else:
            self._open.add(key)
        self._show()
        self.pointed.emit(trace)

    def _on_pointed(self, number: int) -> None:
        if number < len(self._shown):
            self.pointed.emit(self._shown[number][1])

    @Slot()
    def _on_left(self) -> None:
        """Point at nothing, unless the keyboard is at another row already."""
        now = QApplication.focusWidget()
        if now is None or not self.isAncestorOf(now):
            self.pointed.emit(None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointed.emit(None)
