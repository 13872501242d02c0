"""What is learned from: the data, the numbers it is made from, target, scaling, the share held out for testing.

Shows the data and emits wishes to change it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal, Slot

from gdstudio.document.datasets import SCALINGS, Data
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import GENERATORS, usual
from gdstudio.document.limits import MAX_EXAMPLES, MAX_SEED
from gdstudio.document.numbers import parse_count, parse_number, shown_plain
from gdstudio.teaching.picture import Example, Picture
from gdstudio.ui.widgets.card import plain_label
from gdstudio.ui.widgets.form import Form
from gdstudio.ui.widgets.number_field import NumberField

_LISTED_EXAMPLES = 2000
_NONE = "none"
_MADE = "made "
"""What marks a generator among the choices of data."""


def read_examples(text: str) -> int:
    """Read how many examples a generator makes."""
    return parse_count(text, "The number of examples", MAX_EXAMPLES)


def read_seed(text: str) -> int:
    """Read a seed: a whole number from 0 on."""
    value = parse_number(text)
    if value != int(value) or not 0 <= value <= MAX_SEED:
        raise ProjectError(f"A seed is a whole number from 0 to {MAX_SEED:,}.")
    return int(value)


def read_share(text: str) -> float:
    """Read a share in percent, with or without the sign, or ``none``; returns it as a number from 0 to 0.9."""
    typed = text.strip().casefold()
    percent = 0.0 if typed == _NONE else parse_number(typed.removesuffix("%"))
    if not 0.0 <= percent <= 90.0:
        raise ProjectError(f"From 0 to 90 % of the examples can be held out for testing, or “{_NONE}”.")
    return percent / 100.0


def shown_share(data: Data) -> str:
    """Return the share of the examples held out, as :func:`read_share` reads it."""
    return f"{shown_plain(100.0 * len(data.held_out) / len(data.raw_x), 3)} %" if data.held_out else _NONE


class DataForm(Form):
    """The settings of the data.

    Signals
    -------
    data_requested(str), target_requested(str), scaling_requested(str)
        A starting point's key, a column's name, a scaling's name.
    generated_requested(Generated)
        Data made to order from these numbers.
    share_requested(float)
        The share of the examples to hold out for testing.
    example_requested(int | None)
        An example to show; None is the mean.
    """

    data_requested = Signal(str)
    generated_requested = Signal(object)
    target_requested = Signal(str)
    scaling_requested = Signal(str)
    share_requested = Signal(object)
    example_requested = Signal(object)
    _source_chosen = Signal(str)
    _number_typed = Signal(str, object)

    def __init__(self, sources: Iterable[tuple[str, str]]) -> None:
        super().__init__("Data")
        self._sources = list(sources)
        self._data: Data | None = None
        self._example: Example = 0
        made = [(_MADE + row.name, f"{row.label}, made to order") for row in GENERATORS.values()]
        self.data_combo = self.choice("dataCombo", [*self._sources, *made], self._source_chosen)
        self.data_combo.setMaxVisibleItems(len(self._sources) + len(made))
        self._source_chosen.connect(self._on_source)
        self.add_row("Data", self.data_combo)
        self.count_field = self._made("dataCountField", "examples", read_examples, "How many examples are made")
        self.noise_field = self._made("noiseField", "noise", parse_number, "Standard deviation of the noise")
        self.seed_field = self._made("dataSeedField", "seed", read_seed, "Seed of the data")
        self._number_typed.connect(self._on_number)
        self.add_row("Examples", self.count_field)
        self.add_row("Noise, seed", self.noise_field, self.seed_field)
        self.example_combo = self.choice("exampleCombo", [], self.example_requested)
        self.add_row("Shown", self.example_combo, tip="Which example the nodes show, or the mean over all")
        self.target_combo = self.choice("targetCombo", [], self.target_requested)
        self.add_row("Target", self.target_combo)
        scalings = [(row.name, row.label) for row in SCALINGS.values()]
        self.scaling_combo = self.choice("scalingCombo", scalings, self.scaling_requested)
        self.add_row("Scaling", self.scaling_combo)
        self.scaling_label = plain_label("", "small")
        self.scaling_label.setObjectName("scalingLabel")
        self.scaling_label.setWordWrap(True)
        self.add_wide(self.scaling_label)
        self.share_field = self.number("testShareField", self.share_requested, read=read_share)
        self.add_row("Test share", self.share_field, tip="Percent of the examples that are held out for testing")

    def _made(self, name: str, what: str, read: Callable[[str], object], tip: str) -> NumberField:
        return self.number(name, self._number_typed, what, read=read, called=tip)

    # Shown values.

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show the data of a project."""
        if picture.data is not self._data:
            self._show_data(picture.data)

    def _show_data(self, data: Data) -> None:
        old, self._data = self._data, data
        made, several = data.generated, len(data.raw_x) > 1
        known = [key for key, label in self._sources if label == data.name and made is None]
        self.data_combo.show_choice(known[0] if known else None if made is None else _MADE + made.name, data.name)
        for field in (self.count_field, self.noise_field):
            self.set_row(field, makes_sense=made is not None)
        if made is not None:
            self.count_field.show_text(str(made.examples))
            self.noise_field.show_value(made.noise)
            self.seed_field.show_text(str(made.seed))
        if old is None or old.column_names != data.column_names:
            self.target_combo.set_choices((name, name) for name in data.column_names)
        self.target_combo.show_choice(data.target_names[0] if len(data.target_names) == 1 else None, "several")
        self.set_row(self.target_combo, makes_sense=several and len(data.target_names) == 1 and made is None)
        self.scaling_combo.show_choice(data.scaling)
        self.set_row(self.scaling_combo, makes_sense=several)
        lines = data.scaling_lines()
        self.scaling_label.setText("\n".join(lines[:4]) + (f"\n… {len(lines) - 4} more" if len(lines) > 4 else ""))
        self.scaling_label.setVisible(bool(lines))
        self.share_field.show_text(shown_share(data))
        self.set_row(self.share_field, makes_sense=several)
        if old is None or len(old) != len(data):
            count = len(data)
            choices: list[tuple[object, str]] = [
                (index, f"Example {index + 1:,} of {count:,}") for index in range(min(count, _LISTED_EXAMPLES))
            ]
            self.example_combo.set_choices([*choices, (None, f"Mean over all {count:,}")][: None if count > 1 else 1])
            self.show_example(self._example)
        self.set_row(self.example_combo, makes_sense=len(data) > 1)

    @Slot(object)
    def show_example(self, example: Example) -> None:
        """Show which example is shown."""
        self._example = example
        listed = self.example_combo.findData(example) if example is not None else self.example_combo.count() - 1
        with QSignalBlocker(self.example_combo):
            self.example_combo.setCurrentIndex(listed)
            count = 0 if self._data is None else len(self._data)
            self.example_combo.setPlaceholderText(f"Example {(example or 0) + 1:,} of {count:,}")

    # Wishes.

    @Slot(str)
    def _on_source(self, source: str) -> None:
        if source.startswith(_MADE):
            self.generated_requested.emit(usual(source.removeprefix(_MADE)))
        else:
            self.data_requested.emit(source)

    @Slot(str, object)
    def _on_number(self, what: str, value: object) -> None:
        made = None if self._data is None else self._data.generated
        if made is not None:
            self.generated_requested.emit(replace(made, **{what: value}))  # type: ignore[arg-type]
