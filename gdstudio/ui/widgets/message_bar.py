"""The line in which the studio says something: a sentence, perhaps with one thing to do about it.

Knows nothing of why.
"""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from gdstudio.ui.widgets.card import plain_label


class MessageBar(QFrame):
    """A notice above the canvas.

    Signals
    -------
    half_rate_requested()
        The offer was taken: back to the last good step, with half the learning rate.
    """

    half_rate_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self.setProperty("role", "notice")
        self._text = plain_label()
        self._text.setObjectName("messageText")
        self._text.setWordWrap(True)
        self._half = QPushButton("Back to the last good step with half the rate")
        self._half.setObjectName("halveRateButton")
        self._half.clicked.connect(self._on_half)
        close = QToolButton()
        close.setText("✕")
        close.setProperty("role", "link")
        close.setAccessibleName("Close this message")
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 8, 5)
        row.addWidget(self._text, 1)
        row.addWidget(self._half)
        row.addWidget(close)
        self.hide()

    def text(self) -> str:
        """Return the sentence that is shown."""
        return self._text.text()

    def show_message(self, text: str, *, offers_half_rate: bool = False) -> None:
        """Show a sentence, also to screen readers."""
        self._text.setText(text)
        self.setAccessibleName(text)
        self._half.setVisible(offers_half_rate)
        self.show()

    @Slot()
    def clear(self) -> None:
        """Say nothing any more."""
        if self.isHidden():
            return
        self._text.clear()
        self.hide()

    @Slot()
    def _on_half(self) -> None:
        self.clear()
        self.half_rate_requested.emit()
