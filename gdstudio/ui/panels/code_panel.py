"""The code with its numbers: the coming step in NumPy, each line with its live value, following the phase on screen.

Shows lines of code and emits the wish to export a program.
"""

from collections.abc import Iterable
from dataclasses import replace

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QScrollArea, QToolButton, QVBoxLayout, QWidget

from gdstudio.document.numbers import shown_plain
from gdstudio.teaching.choreography import Frame, Phase
from gdstudio.teaching.code_lines import Broadcast, CodeLine, code_lines, spoken
from gdstudio.ui.theme import LIGHT, Theme, number_font, text_font
from gdstudio.ui.widgets.card import ElidedLabel
from gdstudio.ui.widgets.fitting import fitted

_ROW, _DRAWING, _BOX = 19, 44, 40
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROLES = {
    "Token.Keyword": "slope",
    "Token.Literal.Number": "accent",
    "Token.Operator": "muted",
    "Token.Comment": "muted",
}
_SHAPE_WIDTH = 62


def _spans(text: str) -> list[tuple[str, str]]:
    """Return a line of code as pieces, each with the role of its colour."""
    from pygments.lexers import PythonLexer

    spans = []
    for kind, piece in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        role = next((role for prefix, role in _ROLES.items() if str(kind).startswith(prefix)), "text")
        spans.append((piece, role))
    return spans


class CodeView(QWidget):
    """The lines themselves, painted."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("codeLines")
        self._theme = LIGHT
        self._lines: tuple[CodeLine, ...] = ()
        self._phase: Phase | None = None
        self._spans: dict[str, list[tuple[str, str]]] = {}
        self._font, self._small = number_font(12), number_font(11)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_lines(self, lines: tuple[CodeLine, ...], phase: Phase | None) -> None:
        """Show these lines; those of ``phase`` stand out."""
        self._lines, self._phase = lines, phase
        known = self._spans
        self._spans = {line.text: known.get(line.text) or _spans(line.text) for line in lines}
        height = self.height_of(lines)
        if height != self.minimumHeight():
            self.setMinimumHeight(height)
        self.update()

    @staticmethod
    def height_of(lines: Iterable[CodeLine]) -> int:
        """Return how high these lines are."""
        return 6 + sum(_ROW + (_DRAWING if line.drawing else 0) for line in lines)

    def sizeHint(self) -> QSize:
        return QSize(300, self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = 2.0
        for line in self._lines:
            high = _ROW + (_DRAWING if line.drawing else 0)
            if y + high >= event.rect().top() and y <= event.rect().bottom():
                self._paint_line(painter, line, y)
            y += high

    def _paint_line(self, painter: QPainter, line: CodeLine, y: float) -> None:
        theme = self._theme
        now = self._phase is not None and line.phase is self._phase
        if now:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.tint("accent", 0.16))
            painter.drawRoundedRect(QRectF(2.0, y, self.width() - 4.0, _ROW), 4.0, 4.0)
        painter.setFont(self._font)
        metrics = painter.fontMetrics()
        values = max(0.42 * self.width(), 120.0)
        x, end = 10.0, self.width() - values
        painter.save()
        painter.setClipRect(QRectF(0.0, y, end - 6.0, _ROW))
        for piece, role in self._spans.get(line.text, []):
            painter.setPen(theme.color(role))
            painter.drawText(QRectF(x, y, 1000.0, _ROW), _LEFT, piece)
            x += metrics.horizontalAdvance(piece)
        painter.restore()
        painter.setFont(self._small)
        painter.setPen(theme.color("slope" if line.phase is Phase.BACKWARD else "good"))
        room = QRectF(end, y, values - _SHAPE_WIDTH - 8.0, _ROW)
        painter.drawText(room, _LEFT, fitted(line.value, room.width(), painter.fontMetrics()))
        painter.setPen(theme.color("muted"))
        painter.drawText(QRectF(self.width() - _SHAPE_WIDTH - 8.0, y, _SHAPE_WIDTH, _ROW), _RIGHT, line.shape)
        if line.drawing is not None:
            self._paint_drawing(painter, line.drawing, y + _ROW)

    def _paint_drawing(self, painter: QPainter, drawing: Broadcast, y: float) -> None:
        """Draw how one number is stretched along a row: as many copies as there are numbers, times them."""
        count = len(drawing.row)
        box = min(_BOX, (self.width() - 70.0) / (2 * count + 1))
        x = 16.0
        for k in range(count):
            self._paint_box(painter, x + k * box, y + 4.0, box, drawing.scalar, "slope", faint=k > 0)
        x += count * box + 6.0
        x = self._paint_sign(painter, x, y, "×")
        for k, value in enumerate(drawing.row):
            self._paint_box(painter, x + k * box, y + 4.0, box, value, "text")
        x += count * box + 6.0
        x = self._paint_sign(painter, x, y, "=")
        if x + count * box > self.width():
            box = max((self.width() - x - 4.0) / count, 8.0)
        for k, value in enumerate(drawing.result):
            self._paint_box(painter, x + k * box, y + 4.0, box, value, "slope")
        painter.setFont(text_font(10))
        painter.setPen(self._theme.color("muted"))
        words = "2 × error, stretched along the inputs: one number is enough"
        painter.drawText(QRectF(16.0, y + 26.0, self.width() - 20.0, 14.0), _LEFT, words)

    def _paint_sign(self, painter: QPainter, x: float, y: float, sign: str) -> float:
        painter.setFont(self._font)
        painter.setPen(self._theme.color("muted"))
        painter.drawText(QRectF(x, y + 4.0, 12.0, 20.0), Qt.AlignmentFlag.AlignCenter, sign)
        return x + 18.0

    def _paint_box(
        self, painter: QPainter, x: float, y: float, width: float, value: float, role: str, *, faint: bool = False
    ) -> None:
        theme = self._theme
        color: QColor = theme.tint(role, 0.35 if faint else 1.0)
        style = Qt.PenStyle.DashLine if faint else Qt.PenStyle.SolidLine
        painter.setPen(QPen(theme.color("border") if not faint else color, 1.0, style))
        painter.setBrush(theme.color("field") if not faint else theme.color("card"))
        painter.drawRoundedRect(QRectF(x + 1.0, y, width - 2.0, 20.0), 3.0, 3.0)
        painter.setPen(color)
        painter.setFont(self._small)
        painter.drawText(QRectF(x, y, width, 20.0), Qt.AlignmentFlag.AlignCenter, shown_plain(value, 3))


class CodePanel(QWidget):
    """The code of the coming step.

    Signals
    -------
    export_requested(str)
        Write a program of this kind.
    """

    export_requested = Signal(str)

    def __init__(self, targets: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.setObjectName("codePanel")
        self._is_seen = self._conceals = False
        self._frame: Frame | None = None
        self._shown: tuple[object, Phase | None] = (None, None)
        self._lines: tuple[CodeLine, ...] = ()
        self.view = CodeView()
        scroll = self._scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("The coming step in NumPy")
        scroll.setWidget(self.view)
        copy = QPushButton("Copy")
        copy.setObjectName("copyCodeButton")
        copy.setToolTip("Copy these lines with their values")
        copy.clicked.connect(self.copy)
        self.export_button = QToolButton()
        self.export_button.setObjectName("exportCodeButton")
        self.export_button.setText("Export ▾")
        self.export_button.setProperty("role", "plain")
        self.export_button.setToolTip("A program that trains as far as the screen did")
        self.export_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.export_button)
        for key, label in targets:
            action = menu.addAction(f"{label}…")
            action.setObjectName(f"export-{key}")
            action.triggered.connect(lambda _=False, key=key: self.export_requested.emit(key))
        self.export_button.setMenu(menu)
        self._hint = ElidedLabel("small")
        self._hint.set_text("The coming step: value and shape beside each line")
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(copy)
        buttons.addWidget(self.export_button)
        buttons.addWidget(self._hint, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 0, 8, 6)
        column.setSpacing(4)
        column.addWidget(scroll, 1)
        column.addLayout(buttons)

    def set_theme(self, theme: Theme) -> None:
        """Put on the colours of a theme."""
        self.view.set_theme(theme)

    def set_seen(self, seen: bool) -> None:
        """Say whether the code can be seen: it is not written otherwise."""
        self._is_seen = seen
        self._show()

    @Slot(bool)
    def conceal(self, conceals: bool) -> None:
        """Hide the values of the update, since a person is to predict them."""
        self._conceals = conceals
        self._shown = (None, None)
        self._show()

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show the code of a frame's picture, and which lines its phase is at."""
        self._frame = frame
        self._show()

    def _show(self) -> None:
        frame = self._frame
        if frame is None or not self._is_seen or self._shown == (frame.picture, frame.phase):
            return
        if self._shown[0] is not frame.picture:
            lines = code_lines(frame.picture)
            hidden = {Phase.UPDATE} if self._conceals else set()
            self._lines = tuple(replace(line, value="?") if line.phase in hidden else line for line in lines)
        self._shown = frame.picture, frame.phase
        self.view.show_lines(self._lines, frame.phase)
        if frame.phase is not None:
            self._follow(frame.phase)
        if frame.phase is None:
            self.view.setAccessibleDescription(spoken(self._lines))

    def _follow(self, phase: Phase) -> None:
        """Scroll to the lines of a phase."""
        numbers = [number for number, line in enumerate(self._lines) if line.phase is phase]
        if numbers:
            top, bottom = (self.view.height_of(self._lines[:end]) for end in (numbers[0], numbers[-1] + 1))
            self._scroll.ensureVisible(0, bottom, 0, 4)
            self._scroll.ensureVisible(0, top - 4, 0, 4)

    @Slot()
    def copy(self) -> None:
        """Put the lines on the clipboard, with their values as comments."""
        QGuiApplication.clipboard().setText(spoken(self._lines))
