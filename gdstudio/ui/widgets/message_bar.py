"""The line in which the studio says something: a sentence, perhaps with one thing to do about it.

Knows nothing of why.
"""

from PySide6.QtCore import Signal, SignalInstance, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from gdstudio.document.numbers import shown_plain
from gdstudio.ui.widgets.card import plain_label


class MessageBar(QFrame):
    """A notice above the canvas.

    Signals
    -------
    retreat_requested()
        An offer was taken: back to the last good step, with a smaller learning rate.
    scaling_requested()
        An offer was taken: scale the data, and begin again.
    """

    retreat_requested = Signal()
    scaling_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self.setProperty("role", "notice")
        self._is_of_a_run = False
        self._text = plain_label()
        self._text.setObjectName("messageText")
        self._text.setWordWrap(True)
        self._retreat = self._offer("halveRateButton", self.retreat_requested)
        self._scale = self._offer("scaleDataButton", self.scaling_requested)
        self._scale.setText("Scale the data")
        close = QToolButton()
        close.setText("✕")
        close.setProperty("role", "link")
        close.setAccessibleName("Close this message")
        close.clicked.connect(self.clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 8, 5)
        row.addWidget(self._text, 1)
        row.addWidget(self._scale)
        row.addWidget(self._retreat)
        row.addWidget(close)
        self.hide()

    def text(self) -> str:
        """Return the sentence that is shown."""
        return self._text.text()

    def _offer(self, name: str, wish: SignalInstance) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.clicked.connect(self.clear)
        button.clicked.connect(lambda: wish.emit())
        return button

    def show_message(
        self, text: str, *, rate: float | None = None, offers_scaling: bool = False, of_a_run: bool = False
    ) -> None:
        """Show sentences, also to screen readers, and what is offered: going back with this rate, scaling the data.

        One ``of_a_run`` stays while the run goes on, however the document changes.
        """
        self._is_of_a_run = of_a_run
        self._text.setText(text)
        self.setAccessibleName(text)
        self._retreat.setText("" if rate is None else f"Go back and on with learning rate {shown_plain(rate)}")
        self._retreat.setVisible(rate is not None)
        self._scale.setVisible(offers_scaling)
        self.show()

    @Slot(bool)
    def set_running(self, running: bool) -> None:
        """Hear whether a run goes on."""
        self._is_of_a_run = self._is_of_a_run and running

    @Slot()
    def outdate(self) -> None:
        """Say nothing any more that was said of the document as it was."""
        if not self._is_of_a_run:
            self.clear()

    @Slot()
    def clear(self) -> None:
        """Say nothing any more."""
        if self.isHidden():
            return
        self._text.clear()
        self.hide()
