"""The history bar: where on the time-line of the descent we are.

Shows a step and emits the wish for another.
"""

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSlider, QWidget

from gdstudio.ui.theme import number_font
from gdstudio.ui.widgets.card import ElidedLabel


class HistoryBar(QFrame):
    """A slider over all steps so far.

    Signals
    -------
    step_requested(int)
        A person wants to look at this step.
    """

    step_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self._step = ElidedLabel()
        self._step.setFont(number_font(12))
        self._step.set_room(104)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("historySlider")
        self.slider.setAccessibleName("Step of the history")
        self.slider.setToolTip("Look at any step so far; Step or Run goes on from there")
        self.slider.setRange(0, 0)
        self.slider.setEnabled(False)
        self.slider.valueChanged.connect(self.step_requested)
        self._end = ElidedLabel("small", align=Qt.AlignmentFlag.AlignRight)
        self._end.set_room(96)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 2, 14, 2)
        row.addWidget(self._step)
        row.addWidget(self.slider, 1)
        row.addWidget(self._end)
        self.setFixedHeight(34)

    @Slot(int, int, int)
    def show_position(self, step: int, first: int, end: int) -> None:
        """Show the looked-at step and the range of the history."""
        with QSignalBlocker(self.slider):
            self.slider.setRange(first, end)
            self.slider.setPageStep(max(1, (end - first) // 20))
            self.slider.setValue(step)
        self.slider.setEnabled(end > first)
        self._step.set_text(f"step {step:,}")
        self._end.set_text("history" if step == end else f"{end - step:,} more")
