"""The control panel: learning rate, optimizer, loss, activation, batch, data and which example is shown.

Shows a project's settings and emits wishes to change them.
"""

import math
from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QScrollArea, QSlider, QVBoxLayout, QWidget

from gdstudio.document.datasets import SCALINGS, Data
from gdstudio.document.edits import LEARNING_RATE_LIMITS, hidden_activation
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_EXAMPLES
from gdstudio.document.numbers import exact, parse_count, shown
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS
from gdstudio.teaching.picture import Example, Picture
from gdstudio.ui.widgets.card import plain_label
from gdstudio.ui.widgets.number_field import NumberField

_PER_DECADE = 200
_LOW, _HIGH = (round(math.log10(limit) * _PER_DECADE) for limit in LEARNING_RATE_LIMITS)
_LISTED_EXAMPLES = 2000
ALL = "all"


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


class _Combo(QComboBox):
    """A choice that the wheel changes only when it was clicked before: scrolling past it chooses nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ControlPanel(QScrollArea):
    """The settings of a descent.

    Signals
    -------
    learning_rate_requested(float, int)
        A new learning rate; the last number is that of the slider's gesture, 0 for a typed one.
    optimizer_requested(str), loss_requested(str), activation_requested(str), scaling_requested(str)
        A choice by its name in the engine's or the document's table.
    batch_requested(int | None), data_requested(str), target_requested(str), example_requested(int | None)
        Batch size (None is all), a starting point's key, a column's name, an example (None is the mean).
    tolerance_requested(float)
        The gradient's norm at which a run stops.
    refused(str)
        What was typed can't be read; one sentence.
    """

    learning_rate_requested = Signal(float, int)
    optimizer_requested = Signal(str)
    loss_requested = Signal(str)
    activation_requested = Signal(str)
    scaling_requested = Signal(str)
    batch_requested = Signal(object)
    data_requested = Signal(str)
    target_requested = Signal(str)
    example_requested = Signal(object)
    tolerance_requested = Signal(object)
    refused = Signal(str)

    def __init__(self, sources: Iterable[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("controlPanel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sources = list(sources)
        self._data: Data | None = None
        self._example: Example = 0
        self._gesture = 1
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 2, 14, 10)
        column.setSpacing(6)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnMinimumWidth(0, 92)
        self._grid.setColumnStretch(1, 1)

        self.rate_field = NumberField()
        self.rate_field.setObjectName("learningRateField")
        self.rate_field.value_requested.connect(self._on_rate_typed)
        self.rate_field.refused.connect(self.refused)
        self._row("Learning rate", self.rate_field, "How far a step goes against the slope, from 1e−6 to 10")

        self.rate_slider = QSlider(Qt.Orientation.Horizontal)
        self.rate_slider.setObjectName("learningRateSlider")
        self.rate_slider.setAccessibleName("Learning rate, logarithmic")
        self.rate_slider.setRange(_LOW, _HIGH)
        self.rate_slider.setSingleStep(_PER_DECADE // 20)
        self.rate_slider.setPageStep(_PER_DECADE // 2)
        self.rate_slider.setMinimumHeight(24)
        self.rate_slider.valueChanged.connect(self._on_rate_slid)
        self.rate_slider.sliderPressed.connect(self._on_gesture)
        self.rate_slider.sliderReleased.connect(self._on_gesture)
        self._grid.addWidget(self.rate_slider, 1, 0, 1, 2)

        self.optimizer_combo = self._combo("Optimizer", "optimizerCombo", _labels(OPTIMIZERS), self.optimizer_requested)
        self.loss_combo = self._combo("Loss", "lossCombo", _labels(LOSSES), self.loss_requested)
        self.activation_combo = self._combo(
            "Activation", "activationCombo", _labels(ACTIVATIONS), self.activation_requested
        )
        self.activation_combo.setToolTip("The activation of all hidden layers; of the prediction where there is none")

        self.batch_field = NumberField(read=read_batch)
        self.batch_field.setObjectName("batchField")
        self.batch_field.value_requested.connect(self.batch_requested)
        self.batch_field.refused.connect(self.refused)
        self._row("Batch", self.batch_field, "How many examples a step sees: a number, or “all”")

        self.data_combo = self._combo("Data", "dataCombo", self._sources, self.data_requested)
        self.target_combo = self._combo("Target", "targetCombo", [], self.target_requested)
        self.scaling_combo = self._combo(
            "Scaling", "scalingCombo", [(row.name, row.label) for row in SCALINGS.values()], self.scaling_requested
        )
        self.scaling_label = plain_label("", "small")
        self.scaling_label.setObjectName("scalingLabel")
        self.scaling_label.setWordWrap(True)
        self._grid.addWidget(self.scaling_label, self._grid.rowCount(), 0, 1, 2)

        self.example_combo = _Combo()
        self.example_combo.setObjectName("exampleCombo")
        self.example_combo.activated.connect(self._on_example)
        self._row("Shown", self.example_combo, "Which example the nodes show, or the mean over all")

        self.tolerance_field = NumberField()
        self.tolerance_field.setObjectName("toleranceField")
        self.tolerance_field.value_requested.connect(self.tolerance_requested)
        self.tolerance_field.refused.connect(self.refused)
        self._row("Flat below", self.tolerance_field, "A run stops when the gradient’s norm is at most this")

        column.addLayout(self._grid)
        column.addStretch(1)
        self.setWidget(body)

    def _row(self, text: str, field: QWidget, tip: str) -> None:
        row = self._grid.rowCount() if self._grid.count() else 0
        label = QLabel(text)
        label.setBuddy(field)
        label.setToolTip(tip)
        field.setAccessibleName(text)
        field.setToolTip(tip)
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1, Qt.AlignmentFlag(0))

    def _combo(self, text: str, name: str, choices: Iterable[tuple[str, str]], wish: object) -> QComboBox:
        combo = _Combo()
        combo.setObjectName(name)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(8)
        for key, label in choices:
            combo.addItem(label, key)
        combo.activated.connect(lambda index: wish.emit(combo.itemData(index)))  # type: ignore[attr-defined]
        self._row(text, combo, "")
        return combo

    # Shown values.

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show the settings of a project."""
        recipe = picture.project.recipe
        self.rate_field.show_value(recipe.learning_rate)
        if not self.rate_slider.isSliderDown():
            with QSignalBlocker(self.rate_slider):
                self.rate_slider.setValue(position_of(recipe.learning_rate))
        _choose(self.optimizer_combo, recipe.optimizer)
        _choose(self.loss_combo, recipe.loss)
        _choose(self.activation_combo, hidden_activation(recipe.network), "differs by layer")
        self.batch_field.show_text(ALL if recipe.batch_size is None else str(recipe.batch_size))
        if picture.data is not self._data:
            self._show_data(picture.data)

    def _show_data(self, data: Data) -> None:
        same_columns = self._data is not None and self._data.column_names == data.column_names
        same_count = self._data is not None and len(self._data) == len(data)
        self._data = data
        known = [key for key, label in self._sources if label == data.name]
        _choose(self.data_combo, known[0] if known else None, data.name)
        if not same_columns:
            with QSignalBlocker(self.target_combo):
                self.target_combo.clear()
                for name in data.column_names:
                    self.target_combo.addItem(name, name)
        _choose(self.target_combo, data.target_names[0] if len(data.target_names) == 1 else None, "several")
        self._show_row(self.target_combo, len(data) > 1 and len(data.target_names) == 1)
        _choose(self.scaling_combo, data.scaling)
        self._show_row(self.scaling_combo, len(data) > 1)
        lines = data.scaling_lines()
        self.scaling_label.setText("\n".join(lines[:4]) + (f"\n… {len(lines) - 4} more" if len(lines) > 4 else ""))
        self.scaling_label.setVisible(bool(lines))
        if not same_count:
            with QSignalBlocker(self.example_combo):
                self.example_combo.clear()
                for index in range(min(len(data), _LISTED_EXAMPLES)):
                    self.example_combo.addItem(f"Example {index + 1:,} of {len(data):,}", index)
                if len(data) > 1:
                    self.example_combo.addItem(f"Mean over all {len(data):,}", None)
            self.show_example(self._example)
        self._show_row(self.example_combo, len(data) > 1)
        self._show_row(self.batch_field, len(data) > 1)

    def _show_row(self, field: QWidget, visible: bool) -> None:
        index = self._grid.indexOf(field)
        row = self._grid.getItemPosition(index)[0]  # type: ignore[index]
        item = self._grid.itemAtPosition(row, 0)
        for widget in (field, item.widget() if item is not None else None):
            if widget is not None:
                widget.setVisible(visible)

    @Slot(object)
    def show_example(self, example: Example) -> None:
        """Show which example is shown."""
        self._example = example
        listed = self.example_combo.findData(example) if example is not None else self.example_combo.count() - 1
        with QSignalBlocker(self.example_combo):
            self.example_combo.setCurrentIndex(listed)
            count = 0 if self._data is None else len(self._data)
            self.example_combo.setPlaceholderText(f"Example {(example or 0) + 1:,} of {count:,}")

    def show_tolerance(self, tolerance: float) -> None:
        """Show the gradient's norm at which a run stops."""
        self.tolerance_field.show_value(tolerance)

    # Wishes.

    @Slot(object)
    def _on_rate_typed(self, rate: float) -> None:
        low, high = LEARNING_RATE_LIMITS
        if not low <= rate <= high:
            self.refused.emit(f"The learning rate goes from {shown(low)} to {exact(high)}; {exact(rate)} is outside.")
        else:
            self.learning_rate_requested.emit(rate, 0)

    @Slot(int)
    def _on_rate_slid(self, position: int) -> None:
        self.learning_rate_requested.emit(rate_at(position), self._gesture)

    @Slot()
    def _on_gesture(self) -> None:
        self._gesture += 1

    @Slot(int)
    def _on_example(self, index: int) -> None:
        self.example_requested.emit(self.example_combo.itemData(index))


def _labels(table: object) -> list[tuple[str, str]]:
    return [(row.name, row.label) for row in table.values()]  # type: ignore[attr-defined]


def _choose(combo: QComboBox, key: str | None, otherwise: str = "") -> None:
    """Show the choice with this key, or a text that stands for none of them."""
    index = combo.findData(key) if key is not None else -1
    with QSignalBlocker(combo):
        combo.setCurrentIndex(index)
        combo.setPlaceholderText(otherwise if index < 0 else "")
