"""How to descend: learning rate and its schedule, optimizer with its own settings, loss, batch, penalties.

Shows a recipe and emits wishes to change it.
"""

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QSlider

from gdstudio.document.edits import LEARNING_RATE_LIMITS
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_EXAMPLES
from gdstudio.document.numbers import exact, parse_count, shown
from gdstudio.engine import LOSSES, MAX_PERIOD, OPTIMIZERS, SCHEDULES, Recipe
from gdstudio.teaching.forecast import Forecast
from gdstudio.teaching.picture import Picture
from gdstudio.ui.widgets.card import ElidedLabel
from gdstudio.ui.widgets.form import Form
from gdstudio.ui.widgets.zone_strip import ZoneStrip

_PER_DECADE = 200
SLIDER_LIMITS = (1e-6, 10.0)
"""The rates that the slider reaches; smaller ones are typed."""
_LOW, _HIGH = (round(math.log10(limit) * _PER_DECADE) for limit in SLIDER_LIMITS)
ALL = "all"
_SETTING_ROWS = (
    ("Momentum", ("momentum",)),
    ("Rho", ("rho",)),
    ("Betas", ("beta_1", "beta_2")),
    ("Epsilon", ("epsilon",)),
    ("Decay", ("weight_decay",)),
)
"""The optimizers' settings, as they stand in rows."""


def rate_at(position: int) -> float:
    """Return the learning rate at a slider's position, to three significant digits."""
    return float(f"{10.0 ** (position / _PER_DECADE):.3g}")


def position_of(rate: float) -> int:
    """Return the slider's position nearest to a learning rate."""
    return round(math.log10(rate) * _PER_DECADE)


def read_batch(text: str) -> int | None:
    """Read a batch size: a whole number, or ``all`` (None)."""
    if text.strip().casefold() == ALL:
        return None
    try:
        return parse_count(text, "The batch size", MAX_EXAMPLES)
    except ProjectError:
        raise ProjectError(f"A batch is a whole number of examples from 1 on, or “{ALL}”.") from None


def read_period(text: str) -> int:
    """Read the steps of a schedule's period."""
    return parse_count(text, "The period", MAX_PERIOD)


class DescentForm(Form):
    """The settings of a descent.

    Signals
    -------
    learning_rate_requested(float, int)
        A new learning rate; the last number is that of the slider's gesture, 0 for a typed one.
    optimizer_requested(str), loss_requested(str), schedule_requested(str)
        A choice by its name in the engine's table.
    setting_requested(str, float), penalty_requested(str, float)
        A number of the optimizer's, or the weight of ``l1`` or ``l2``.
    batch_requested(int | None), period_requested(int), tolerance_requested(float)
        Batch size (None is all), a schedule's period in steps, the gradient's norm at which a run stops.
    """

    learning_rate_requested = Signal(float, int)
    optimizer_requested = Signal(str)
    loss_requested = Signal(str)
    schedule_requested = Signal(str)
    setting_requested = Signal(str, float)
    penalty_requested = Signal(str, float)
    batch_requested = Signal(object)
    period_requested = Signal(object)
    tolerance_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__("Descent")
        self._gesture = 1
        self.rate_field = self.number("learningRateField", self.learning_rate_requested)
        self.rate_field.value_requested.disconnect()
        self.rate_field.value_requested.connect(self._on_rate_typed)
        self.add_row("Learning rate", self.rate_field, tip="How far a step goes against the slope, from 1e−12 to 10")
        self.rate_slider = self._make_slider()
        self.add_wide(self.rate_slider)
        self.zone_strip = ZoneStrip(*SLIDER_LIMITS)
        self.add_wide(self.zone_strip)
        self.zone_label = ElidedLabel("small")
        self.zone_label.setObjectName("zoneLabel")
        self.add_wide(self.zone_label)
        self.forecast_label = ElidedLabel("small")
        self.forecast_label.setObjectName("forecastLabel")
        self.add_wide(self.forecast_label)
        self.verdict_label = ElidedLabel("small")
        self.verdict_label.setObjectName("verdictLabel")
        self.verdict_label.hide()
        self.add_wide(self.verdict_label)
        self.optimizer_combo = self.choice("optimizerCombo", _labels(OPTIMIZERS), self.optimizer_requested)
        self.add_row("Optimizer", self.optimizer_combo)
        settings = {setting.name: setting for row in OPTIMIZERS.values() for setting in row.settings}
        self.setting_fields = {
            name: self.number(f"{_camel(name)}Field", self.setting_requested, name, called=setting.label)
            for name, setting in settings.items()
        }
        for text, names in _SETTING_ROWS:
            self.add_row(text, *(self.setting_fields[name] for name in names))
        self.loss_combo = self.choice("lossCombo", _labels(LOSSES), self.loss_requested)
        self.add_row("Loss", self.loss_combo)
        self.batch_field = self.number("batchField", self.batch_requested, read=read_batch)
        self.add_row("Batch", self.batch_field, tip="How many examples a step sees: a number, or “all”")
        self.schedule_combo = self.choice("scheduleCombo", _labels(SCHEDULES), self.schedule_requested)
        self.add_row("Schedule", self.schedule_combo, tip="How the learning rate falls while a run goes on", extra=True)
        self.period_field = self.number("periodField", self.period_requested, read=read_period)
        self.add_row("Period", self.period_field, tip="The steps in which the schedule’s time is counted", extra=True)
        self.penalty_fields = {
            name: self.number(f"{name}Field", self.penalty_requested, name, called=f"{name.upper()} penalty")
            for name in ("l1", "l2")
        }
        self.add_row(
            "L1, L2", *self.penalty_fields.values(), tip="What large weights cost; biases are free", extra=True
        )
        self.tolerance_field = self.number("toleranceField", self.tolerance_requested)
        tip = "A run stops when the gradient’s norm is at most this"
        self.add_row("Flat below", self.tolerance_field, tip=tip, extra=True)

    def _make_slider(self) -> QSlider:
        slider = QSlider(Qt.Orientation.Horizontal)
        slider.setObjectName("learningRateSlider")
        slider.setAccessibleName("Learning rate, logarithmic")
        slider.setRange(_LOW, _HIGH)
        slider.setSingleStep(_PER_DECADE // 20)
        slider.setPageStep(_PER_DECADE // 2)
        slider.setMinimumHeight(24)
        slider.valueChanged.connect(self._on_rate_slid)
        slider.sliderPressed.connect(self._on_gesture)
        slider.sliderReleased.connect(self._on_gesture)
        return slider

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show the settings of a project."""
        recipe = picture.project.recipe
        self.rate_field.show_value(recipe.learning_rate)
        if not self.rate_slider.isSliderDown():
            with QSignalBlocker(self.rate_slider):
                self.rate_slider.setValue(position_of(recipe.learning_rate))
        self.optimizer_combo.show_choice(recipe.optimizer)
        self._show_settings(recipe)
        self.loss_combo.show_choice(recipe.loss)
        self.batch_field.show_text(ALL if recipe.batch_size is None else str(recipe.batch_size))
        self.set_row(self.batch_field, makes_sense=len(picture.data) > 1)
        self.schedule_combo.show_choice(recipe.schedule)
        self.schedule_combo.setToolTip(SCHEDULES[recipe.schedule].formula)
        self.period_field.show_text(str(recipe.period))
        has_schedule = recipe.schedule != "constant"
        self.set_row(self.period_field, makes_sense=has_schedule)
        for field in (self.schedule_combo, self.period_field):
            self.set_extra(field, not has_schedule)
        for name, weight in (("l1", recipe.l1), ("l2", recipe.l2)):
            self.penalty_fields[name].show_value(weight)
        self.set_extra(self.penalty_fields["l1"], not recipe.penalty)

    def _show_settings(self, recipe: Recipe) -> None:
        values = dict(recipe.settings)
        self.optimizer_combo.setToolTip(OPTIMIZERS[recipe.optimizer].formula)
        for name, value in values.items():
            self.setting_fields[name].show_value(value)
        for _, names in _SETTING_ROWS:
            self.set_row(self.setting_fields[names[0]], makes_sense=names[0] in values)

    @Slot(object)
    def show_forecast(self, forecast: Forecast) -> None:
        """Show what the learning rate will do."""
        self.zone_strip.show_forecast(forecast)
        self.zone_label.set_text(forecast.in_the_long_run)
        self.forecast_label.set_text(forecast.outlook)
        self.verdict_label.set_text(forecast.verdict)
        self.verdict_label.setVisible(bool(forecast.verdict))

    def show_tolerance(self, tolerance: float) -> None:
        """Show the gradient's norm at which a run stops."""
        self.tolerance_field.show_value(tolerance)

    @Slot(object)
    def _on_rate_typed(self, rate: float) -> None:
        low, high = LEARNING_RATE_LIMITS
        if not low <= rate <= high:
            sentence = f"The learning rate goes from {shown(low)} to {exact(high)}; {exact(rate)} is outside."
            self._on_unreadable(self.rate_field, sentence)
        else:
            self.ask(self.rate_field, self.learning_rate_requested, rate, 0)

    @Slot(int)
    def _on_rate_slid(self, position: int) -> None:
        self.learning_rate_requested.emit(rate_at(position), self._gesture)

    @Slot()
    def _on_gesture(self) -> None:
        self._gesture += 1


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(other.capitalize() for other in others)


def _labels(table: object) -> list[tuple[str, str]]:
    return [(row.name, row.label) for row in table.values()]  # type: ignore[attr-defined]
