"""The history bar: where on the time-line of the descent we are, and where in a step.

Shows a step and a phase and emits the wish for another.
"""

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSlider, QWidget

from gdstudio.teaching.choreography import PHASES, Frame
from gdstudio.ui.theme import number_font
from gdstudio.ui.widgets.card import ElidedLabel

PER_PHASE = 20
"""Positions of the slider in each phase."""
_AT_REST = "phases"


_MOST = 2**31 - 1


class HistoryBar(QFrame):
    """A slider over all steps so far, and one over the four phases of the step from here to the next.

    Signals
    -------
    step_requested(int)
        A person wants to look at this step.
    instant_requested(float)
        A person wants to look at an instant of the step, from 0 (its beginning) to 4 (its end), a unit a phase.
    """

    step_requested = Signal(object)
    instant_requested = Signal(float)

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
        self._before = 0
        self.slider.valueChanged.connect(self._on_slider)
        self._end = ElidedLabel("small", align=Qt.AlignmentFlag.AlignRight)
        self._end.set_room(76)
        self.phase_slider = QSlider(Qt.Orientation.Horizontal)
        self.phase_slider.setObjectName("phaseSlider")
        self.phase_slider.setAccessibleName("Phase of the step")
        self.phase_slider.setToolTip("Look inside the step from here to the next: forward, error, backward, update")
        self.phase_slider.setRange(0, PHASES * PER_PHASE)
        self.phase_slider.setSingleStep(1)
        self.phase_slider.setPageStep(PER_PHASE)
        self.phase_slider.setFixedWidth(128)
        self.phase_slider.valueChanged.connect(lambda value: self.instant_requested.emit(value / PER_PHASE))
        self._phase = ElidedLabel("small")
        self._phase.set_room(70)
        self._phase.set_text(_AT_REST)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 2, 14, 2)
        row.addWidget(self._step)
        row.addWidget(self.slider, 1)
        row.addWidget(self._end)
        row.addSpacing(10)
        row.addWidget(self._phase)
        row.addWidget(self.phase_slider)
        self.setFixedHeight(34)

    @Slot(int)
    def _on_slider(self, value: int) -> None:
        self.step_requested.emit(self._before + value)

    @Slot(object, object, object)
    def show_position(self, step: int, first: int, end: int) -> None:
        """Show the looked-at step and the range of the history."""
        # A slider counts to 2,147,483,647 and a descent farther.
        self._before = 0 if end <= _MOST else first
        with QSignalBlocker(self.slider):
            self.slider.setRange(first - self._before, min(end - self._before, _MOST))
            self.slider.setPageStep(max(1, (end - first) // 20))
            self.slider.setValue(min(step - self._before, _MOST))
        self.slider.setEnabled(end > first)
        self._step.set_text(f"step {step:,}")
        self._end.set_text("" if step == end else f"{end - step:,} more")

    @Slot(bool)
    def conceal(self, conceals: bool) -> None:
        """Let nobody look inside the coming step, since a person is to predict it."""
        self.phase_slider.setEnabled(not conceals)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show where in a step the frame is."""
        with QSignalBlocker(self.phase_slider):
            self.phase_slider.setValue(round(PER_PHASE * frame.time))
        self._phase.set_text(_AT_REST if frame.phase is None else frame.phase.name.lower())
