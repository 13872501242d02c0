"""A quiet welcome over the canvas: learn, practise, open something, or go on; gone as soon as it is not needed.

Shows where a person stopped and emits wishes.
"""

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from gdstudio.ui.widgets.card import plain_label


class WelcomePage(QFrame):
    """What one can begin with.

    Signals
    -------
    learn_requested(), practice_requested(), example_requested(), data_requested(), resume_requested()
        Begin the first lesson, practise, open an example, open data, go on with the lesson where one stopped.
    closed()
        It is not wanted any more.
    """

    learn_requested = Signal()
    practice_requested = Signal()
    example_requested = Signal()
    data_requested = Signal()
    resume_requested = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcomePage")
        self.setProperty("role", "welcome")
        self.setAccessibleName("Welcome: learn, practise, open an example or data")
        # One line: it lies over the canvas, whose labels begin close below.
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 7, 8, 7)
        row.setSpacing(6)
        row.addWidget(plain_label("New here?", "strong"))
        self._resume = QPushButton()
        for button, name, text, wish, primary in (
            (self._resume, "welcomeResumeButton", "", self.resume_requested, True),
            (QPushButton(), "welcomeLearnButton", "Learn: lesson 1", self.learn_requested, True),
            (QPushButton(), "welcomePracticeButton", "Practise", self.practice_requested, False),
            (QPushButton(), "welcomeExampleButton", "Open an example", self.example_requested, False),
            (QPushButton(), "welcomeDataButton", "Open data…", self.data_requested, False),
        ):
            button.setObjectName(name)
            button.setText(text)
            button.setProperty("primary", primary)
            button.clicked.connect(wish)
            row.addWidget(button)
        close = QToolButton()
        close.setText("✕")
        close.setObjectName("welcomeCloseButton")
        close.setProperty("role", "link")
        close.setAccessibleName("Close the welcome")
        close.clicked.connect(self._on_close)
        row.addWidget(close)
        self.show_place(None)
        self.hide()

    def show_place(self, place: tuple[int, int] | None) -> None:
        """Show where a person stopped, a lesson and its step; None where nothing was begun."""
        self._resume.setText("" if place is None else f"Go on: lesson {place[0]}")
        self._resume.setVisible(place is not None)

    @Slot()
    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()
