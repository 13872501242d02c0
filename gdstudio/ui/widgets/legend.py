"""A legend over a plot: coloured dots with words, painted, and out of the way of the mouse.

Knows nothing of what the words mean.
"""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from gdstudio.ui.theme import text_font
from gdstudio.ui.widgets.fitting import fitted

_LINE = 15
_WIDEST = 190


class Legend(QWidget):
    """Lines of a colour and a text, one below the other."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._around = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFont(text_font(11))
        self.lines: tuple[tuple[QColor, str], ...] = ()
        self._paper = QColor("white")
        self._ink = QColor("black")
        self.hide()

    def set_colors(self, paper: QColor, ink: QColor) -> None:
        """Paint on this paper with this ink."""
        self._paper, self._ink = paper, ink
        self.update()

    def show_lines(self, lines: Sequence[tuple[QColor, str]]) -> None:
        """Show these lines; none hides the legend."""
        self.lines = tuple(lines)
        self.setVisible(bool(lines))
        self.setAccessibleName(", ".join(text for _, text in lines))
        if lines:
            width = max(self.fontMetrics().horizontalAdvance(text) for _, text in lines) + 22
            self.resize(min(width, _WIDEST), _LINE * len(lines) + 4)
            self.place()
        self.update()

    def place(self) -> None:
        """Stand at the right upper end of the parent."""
        self.move(self._around.width() - self.width() - 16, 4)
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        paper = QColor(self._paper)
        paper.setAlphaF(0.85)
        painter.setBrush(paper)
        painter.drawRoundedRect(self.rect(), 4, 4)
        for number, (color, text) in enumerate(self.lines):
            y = 2 + _LINE * number
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QRectF(5, y + 4, 7, 7))
            painter.setPen(self._ink)
            shown = fitted(text, self.width() - 20, painter.fontMetrics())
            painter.drawText(QRectF(17, y, self.width() - 18, _LINE), Qt.AlignmentFlag.AlignVCenter, shown)
