"""A button whose words go over as many lines as they need."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QPushButton, QStyle, QStyleOptionButton, QStylePainter

_SIDES, _ENDS = 22, 14
_WORDS = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class WrappedButton(QPushButton):
    """A button that never asks for more width than it gets: it grows downwards, a line at a time."""

    def __init__(self) -> None:
        super().__init__()
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        within = QRect(0, 0, max(width - _SIDES, 1), 0)
        return self.fontMetrics().boundingRect(within, int(_WORDS), self._words()).height() + _ENDS

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().height() + _ENDS)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.setPen(option.palette.buttonText().color())
        within = self.rect().adjusted(_SIDES // 2, 0, -_SIDES // 2, 0)
        painter.drawText(within, int(_WORDS), self._words())

    def _words(self) -> str:
        return self.text().replace("&&", "&")
