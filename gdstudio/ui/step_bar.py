"""The toolbar: the title, the steps, and how fast they are taken.

Shows a title, a speed and whether a run goes on; emits the wish for another speed.
"""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QSizePolicy, QSlider, QToolBar, QWidget

from gdstudio.ui.icons import tinted_icon
from gdstudio.ui.theme import Theme, number_font, restyle
from gdstudio.ui.widgets.card import plain_label, plain_tip

_STEPS = ("resetAction", "backAction", "phaseAction", "stepAction", "runAction", "newStartAction")
_TITLE_LENGTH = 26


class StepBar(QToolBar):
    """The buttons of a descent.

    Signals
    -------
    speed_requested(int)
        Another speed, by its position.
    """

    speed_requested = Signal(int)

    def __init__(self, actions: Mapping[str, QAction], speeds: Iterable[str]) -> None:
        super().__init__("Steps")
        self.setObjectName("toolBar")
        self.setMovable(False)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(16, 16))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._act = actions
        self._speeds = list(speeds)
        self.title = plain_label("", "title")
        self.title.setMinimumWidth(100)
        self.title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(self.title)
        for name in _STEPS:
            self.addAction(actions[name])
        self.widgetForAction(actions["runAction"]).setMinimumWidth(96)
        self.addWidget(_gap(10))
        label = QLabel("Speed")
        label.setProperty("role", "muted")
        self.addWidget(label)
        self.speed_slider = QSlider(Qt.Orientation.Horizontal)
        self.speed_slider.setObjectName("speedSlider")
        self.speed_slider.setAccessibleName("Speed")
        self.speed_slider.setToolTip("From one phase at a time to flat out")
        self.speed_slider.setRange(0, len(self._speeds) - 1)
        self.speed_slider.setPageStep(1)
        self.speed_slider.setFixedWidth(110)
        self.speed_slider.valueChanged.connect(self._on_speed)
        label.setBuddy(self.speed_slider)
        self.addWidget(self.speed_slider)
        self.speed_text = plain_label()
        self.speed_text.setFont(number_font(12))
        self.speed_text.setFixedWidth(148)
        self.speed_text.setIndent(6)
        self.addWidget(self.speed_text)
        self.addWidget(_gap(20, stretches=True))

    def show_title(self, title: str, name: str) -> None:
        """Show the document's title, cut where it is long, and its whole name as a tip."""
        self.title.setText(title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…")
        self.title.setToolTip(plain_tip(name))

    def show_speed(self, position: int) -> None:
        """Show how fast steps are taken."""
        with QSignalBlocker(self.speed_slider):
            self.speed_slider.setValue(position)
        self.speed_text.setText(self._speeds[position])

    def show_running(self, running: bool, theme: Theme) -> None:
        """Make the button that matters now the one in the accent colour: Step at rest, Pause in a run."""
        self._act["runAction"].setText("Pause" if running else "Run")
        for name, icon, primary in (
            ("runAction", "pause" if running else "run", running),
            ("stepAction", "step", not running),
        ):
            action = self._act[name]
            action.setIcon(tinted_icon(icon, theme.color("on_accent" if primary else "text")))
            restyle(self.widgetForAction(action), "primary", primary)

    @Slot(int)
    def _on_speed(self, position: int) -> None:
        self.speed_text.setText(self._speeds[position])
        self.speed_requested.emit(position)


def _gap(width: int, *, stretches: bool = False) -> QWidget:
    gap = QWidget()
    gap.setMinimumWidth(width)
    across = QSizePolicy.Policy.Expanding if stretches else QSizePolicy.Policy.Fixed
    gap.setSizePolicy(across, QSizePolicy.Policy.Preferred)
    return gap
