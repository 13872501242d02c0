"""The race: who runs side by side, and where everybody is.

Shows entrants and standings and emits wishes.
"""

from dataclasses import dataclass, replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gdstudio.document.numbers import exact, parse_count, shown
from gdstudio.engine import OPTIMIZERS
from gdstudio.teaching.standings import MOST_RACERS, Entrant, Standings
from gdstudio.ui.panels.descent_form import ALL, read_batch
from gdstudio.ui.theme import LIGHT, Theme, number_font
from gdstudio.ui.widgets.card import ElidedLabel
from gdstudio.ui.widgets.form import Choice
from gdstudio.ui.widgets.number_field import NumberField

MOST_STEPS = 100_000


def read_steps(text: str) -> int:
    """Read how many steps everybody takes."""
    return parse_count(text, "The steps of a race", MOST_STEPS)


class _Dot(QWidget):
    """The colour of one of a race, and its place."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self._theme = LIGHT
        self._place = ""
        self.setFont(number_font(10, QFont.Weight.Bold))
        self.setFixedSize(16, 16)

    def show_place(self, place: str) -> None:
        """Show which place the racer has, or nothing."""
        self._place = place
        self.update()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.run_color(self._number))
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))
        painter.setPen(self._theme.color("card"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._place)


@dataclass(frozen=True, slots=True)
class _Lane:
    """The controls of one of a race."""

    dot: _Dot
    optimizer: Choice
    rate: NumberField
    batch: NumberField
    standing: ElidedLabel
    away: QToolButton

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        return self.dot, self.optimizer, self.rate, self.batch, self.standing, self.away


class RacePanel(QWidget):
    """Up to six descents of the same start.

    Signals
    -------
    change_requested(int, Entrant), remove_requested(int), add_requested()
        Who runs.
    steps_requested(int), running_requested(bool), clear_requested(), keep_requested()
        How far, start and pause, take everybody off the track, keep all runs as ghosts.
    refused(str)
        What was typed can't be read; one sentence.
    """

    change_requested = Signal(int, object)
    remove_requested = Signal(int)
    add_requested = Signal()
    steps_requested = Signal(object)
    running_requested = Signal(bool)
    clear_requested = Signal()
    keep_requested = Signal()
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("racePanel")
        self._entrants: tuple[Entrant, ...] = ()
        self._standings: Standings | None = None
        self._lanes: list[_Lane] = []
        lanes = QWidget()
        self._grid = QGridLayout(lanes)
        self._grid.setContentsMargins(0, 0, 4, 0)
        self._grid.setHorizontalSpacing(6)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        for number in range(MOST_RACERS):
            self._add_lane(number)
        self._grid.setRowStretch(MOST_RACERS, 1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(lanes)
        self.run_button = self._button("raceRunButton", "Start", "Let everybody run from the same start")
        self.run_button.setCheckable(True)
        self.run_button.setProperty("primary", True)
        self.run_button.toggled.connect(self.running_requested)
        self.add_button = self._button("raceAddButton", "Add", "Let one more run")
        self.add_button.clicked.connect(self.add_requested)
        clear = self._button("raceClearButton", "Clear", "Take everybody off the plots")
        clear.clicked.connect(self.clear_requested)
        self.keep_button = self._button("raceKeepButton", "Keep", "Keep all of these runs beside the present one")
        self.keep_button.clicked.connect(self.keep_requested)
        self.steps_field = NumberField(read=read_steps)
        self.steps_field.setObjectName("raceStepsField")
        self.steps_field.setAccessibleName("Steps of the race")
        self.steps_field.setToolTip("How many steps everybody takes")
        self.steps_field.setFixedWidth(64)
        self.steps_field.value_requested.connect(self.steps_requested)
        self.steps_field.refused.connect(self.refused)
        self.sentence_label = ElidedLabel("small")
        self.sentence_label.setObjectName("raceSentence")
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        self.run_button.setMinimumWidth(62)
        for widget in (self.run_button, self.steps_field, self.add_button, self.keep_button, clear):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 8, 6)
        column.setSpacing(4)
        column.addWidget(self.sentence_label)
        column.addWidget(scroll, 1)
        column.addLayout(buttons)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        return button

    def _add_lane(self, number: int) -> None:
        """Build the controls of one of the race."""
        which = f"of racer {number + 1}"
        dot = _Dot(number)
        optimizer = Choice()
        optimizer.setMinimumWidth(56)
        optimizer.setObjectName(f"raceOptimizerCombo{number + 1}")
        optimizer.setAccessibleName(f"Optimizer {which}")
        optimizer.set_choices((row.name, row.label) for row in OPTIMIZERS.values())
        optimizer.activated.connect(lambda _: self._change(number, optimizer=optimizer.currentData()))
        rate = NumberField()
        rate.setObjectName(f"raceRateField{number + 1}")
        rate.setAccessibleName(f"Learning rate {which}")
        rate.setToolTip("Learning rate")
        rate.value_requested.connect(lambda value: self._change(number, learning_rate=value))
        batch = NumberField(read=read_batch)
        batch.setObjectName(f"raceBatchField{number + 1}")
        batch.setAccessibleName(f"Batch {which}")
        batch.setToolTip(f"Batch: a number of examples, or “{ALL}”")
        batch.value_requested.connect(lambda value: self._change(number, batch_size=value))
        standing = ElidedLabel(align=Qt.AlignmentFlag.AlignRight)
        standing.setFont(number_font(11))
        standing.set_room(58)
        standing.setObjectName(f"raceStanding{number + 1}")
        away = QToolButton()
        away.setText("✕")
        away.setObjectName(f"raceRemoveButton{number + 1}")
        away.setProperty("role", "link")
        away.setAccessibleName(f"Remove racer {number + 1}")
        away.clicked.connect(lambda: self.remove_requested.emit(number))
        for field, width in ((rate, 54), (batch, 40)):
            field.setFixedWidth(width)
            field.refused.connect(self.refused)
        lane = _Lane(dot, optimizer, rate, batch, standing, away)
        for place, widget in enumerate(lane.widgets):
            self._grid.addWidget(widget, number, place)
            widget.hide()
        self._lanes.append(lane)

    def _change(self, number: int, **changes: object) -> None:
        self.change_requested.emit(number, replace(self._entrants[number], **changes))  # type: ignore[arg-type]

    def set_theme(self, theme: Theme) -> None:
        """Put on the colours of a theme."""
        for lane in self._lanes:
            lane.dot.set_theme(theme)

    @Slot(object)
    def show_entrants(self, entrants: tuple[Entrant, ...]) -> None:
        """Show who is to run."""
        self._entrants = entrants
        for number, lane in enumerate(self._lanes):
            for widget in lane.widgets:
                widget.setVisible(number < len(entrants))
        for lane, entrant in zip(self._lanes, entrants, strict=False):
            lane.optimizer.show_choice(entrant.optimizer)
            lane.rate.show_text(exact(entrant.learning_rate))
            lane.batch.show_text(ALL if entrant.batch_size is None else str(entrant.batch_size))
            lane.away.setEnabled(len(entrants) > 1)
        self.add_button.setEnabled(len(entrants) < MOST_RACERS)

    def show_steps(self, steps: int) -> None:
        """Show how many steps everybody takes."""
        self.steps_field.show_text(str(steps))

    @Slot(object)
    def show_standings(self, standings: Standings) -> None:
        """Show where everybody is, and who is ahead."""
        self._standings = standings
        self.sentence_label.set_text(standings.sentence)
        self.keep_button.setEnabled(bool(standings.racers))
        place = {number: rank for rank, number in enumerate(standings.order, start=1)}
        for number, lane in enumerate(self._lanes):
            runs = number < len(standings.racers)
            rank = str(place[number]) if runs else ""
            racer = standings.racers[number] if runs else None
            text = "" if racer is None else "diverged" if racer.has_diverged else shown(racer.run.loss)
            lane.dot.show_place(rank)
            lane.standing.set_text(text)
            lane.standing.setAccessibleName(f"place {rank}: {text}" if runs else "")

    @Slot(bool)
    def show_running(self, running: bool) -> None:
        """Show whether the race goes on."""
        with QSignalBlocker(self.run_button):
            self.run_button.setChecked(running)
        self.run_button.setText("Pause" if running else "Start")
