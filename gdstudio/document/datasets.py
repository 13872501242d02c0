"""The data that a network learns from: named columns, and how they are scaled, said out loud.

A value; knows nothing of networks or of files.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count, pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_EXAMPLES, MAX_VALUES
from gdstudio.document.numbers import bracketed, counted, shown
from gdstudio.engine import LOSSES, Array, Indices, frozen, target_problem


@dataclass(frozen=True, slots=True)
class Scaling:
    """A way to scale columns: ``measure(columns)`` returns what is subtracted and what is divided by, per column."""

    name: str
    label: str
    measure: Callable[[Array], tuple[Array, Array]]


def _as_they_are(columns: Array) -> tuple[Array, Array]:
    return np.zeros(columns.shape[1]), np.ones(columns.shape[1])


def _standard(columns: Array) -> tuple[Array, Array]:
    center, scale = columns.mean(axis=0), columns.std(axis=0)
    # Squares of very large and very small numbers leave the range of floats: such columns are taken in their own unit.
    unit = np.abs(columns).max(axis=0)
    lost = ~np.isfinite(center) | ~np.isfinite(scale) | ((scale == 0.0) & (unit > 0.0))
    own = columns / np.where(unit > 0.0, unit, 1.0)
    center, scale = np.where(lost, unit * own.mean(axis=0), center), np.where(lost, unit * own.std(axis=0), scale)
    return _unless_constant(columns, center, scale)


def _unit(columns: Array) -> tuple[Array, Array]:
    low = columns.min(axis=0)
    return _unless_constant(columns, low, columns.max(axis=0) - low)


def _unless_constant(columns: Array, center: Array, scale: Array) -> tuple[Array, Array]:
    """A constant column has no spread: it becomes all zeros, whatever its mean is rounded to."""
    low = columns.min(axis=0)
    constant = low == columns.max(axis=0)
    return np.where(constant, low, center), np.where(constant, 1.0, scale)


_ROWS = (
    Scaling("none", "As it is", _as_they_are),
    Scaling("standard", "Mean 0, spread 1", _standard),
    Scaling("unit", "From 0 to 1", _unit),
)

SCALINGS: Mapping[str, Scaling] = MappingProxyType({row.name: row for row in _ROWS})
"""Every scaling by its name, in the order in which a person is offered them."""


@dataclass(frozen=True, slots=True)
class Generated:
    """The numbers from which a generator made data; see ``generators.generate``."""

    name: str
    examples: int
    noise: float
    seed: int


@dataclass(frozen=True, eq=False)
class Data:
    """Examples in rows: inputs ``raw_x`` ``(rows, k)`` and targets ``raw_y`` ``(rows, m)``, as they were given.

    The rows in ``held_out`` (ascending) are for testing; descent learns from the others, and wherever examples are
    counted those n are meant, in their order. ``center`` and ``scale`` ``(k + m,)`` are the numbers of the chosen
    scaling, measured on them; ``x`` and ``y`` are what descent sees. ``generated`` says how the data was made, if it
    was made to order and not changed since.

    Raises ProjectError, with a sentence, for data that can't be used.
    """

    name: str
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    raw_x: Array
    raw_y: Array
    scaling: str = "none"
    center: Array = field(default_factory=lambda: frozen([]))
    scale: Array = field(default_factory=lambda: frozen([]))
    held_out: tuple[int, ...] = ()
    generated: Generated | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "raw_x", frozen(self.raw_x))
        object.__setattr__(self, "raw_y", frozen(self.raw_y))
        columns = len(self.input_names) + len(self.target_names)
        if self.raw_x.ndim != 2 or self.raw_y.ndim != 2 or len(self.raw_x) != len(self.raw_y) or not len(self.raw_x):
            raise ProjectError("Data needs at least one example, with as many targets as inputs.")
        if (self.raw_x.shape[1], self.raw_y.shape[1]) != (len(self.input_names), len(self.target_names)):
            raise ProjectError("Data needs a name for every column.")
        if len(self.raw_x) > MAX_EXAMPLES:
            raise ProjectError(f"There are {len(self.raw_x):,} examples; the studio takes up to {MAX_EXAMPLES:,}.")
        if self.raw_x.size + self.raw_y.size > MAX_VALUES:
            raise ProjectError(f"There are more than {MAX_VALUES:,} values, the most the studio takes; leave some out.")
        if not (np.isfinite(self.raw_x).all() and np.isfinite(self.raw_y).all()):
            raise ProjectError("Data may hold only finite numbers.")
        rows = len(self.raw_x)
        if self.held_out and not (self.held_out[0] >= 0 and self.held_out[-1] < rows and self._is_ascending()):
            raise ProjectError("The examples held out for testing don’t exist, or are not in order.")
        if len(self.held_out) >= rows:
            raise ProjectError("At least one example must be left to learn from.")
        if self.scaling not in SCALINGS:
            raise ProjectError(f"The scaling {self.scaling!r} is not known.")
        if self.center.size == 0:
            with np.errstate(all="ignore"):
                center, scale = SCALINGS[self.scaling].measure(self.columns[self.training])
            object.__setattr__(self, "center", frozen(center))
            object.__setattr__(self, "scale", frozen(scale))
        usable = self.center.shape == self.scale.shape == (columns,) and np.isfinite(self.center).all()
        if not usable or not np.isfinite(self.scale).all() or not (self.scale > 0).all():
            raise ProjectError("The numbers of the scaling don't fit the data.")
        if not all(np.isfinite(values).all() for values in (self.x, self.y, *self.test)):
            raise ProjectError("Scaled so, a value of the data would not be finite; choose another scaling.")

    @property
    def columns(self) -> Array:
        """Inputs and targets side by side as given, ``(n, k + m)``."""
        return np.hstack([self.raw_x, self.raw_y])

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns, inputs first."""
        return self.input_names + self.target_names

    def _is_ascending(self) -> bool:
        return all(one < other for one, other in pairwise(self.held_out))

    @cached_property
    def training(self) -> Indices:
        """The rows that descent learns from, ``(n,)``."""
        return np.delete(np.arange(len(self.raw_x), dtype=np.intp), self.held_out)

    @cached_property
    def x(self) -> Array:
        """The inputs as descent sees them, ``(n, k)``."""
        return self._scaled(self.raw_x, slice(None, len(self.input_names)), self.training)

    @cached_property
    def y(self) -> Array:
        """The targets as descent sees them, ``(n, m)``."""
        return self._scaled(self.raw_y, slice(len(self.input_names), None), self.training)

    @cached_property
    def test(self) -> tuple[Array, Array]:
        """Inputs and targets of the examples held out for testing, scaled alike; ``(0, k)`` when there are none."""
        rows = np.array(self.held_out, dtype=np.intp)
        k = len(self.input_names)
        return self._scaled(self.raw_x, slice(None, k), rows), self._scaled(self.raw_y, slice(k, None), rows)

    def _scaled(self, values: Array, columns: slice, rows: Indices) -> Array:
        if len(rows) < len(values):
            values = frozen(values[rows])
        if self.scaling == "none":
            return values
        with np.errstate(all="ignore"):
            return frozen((values - self.center[columns]) / self.scale[columns])

    def __len__(self) -> int:
        """The number of examples to learn from."""
        return len(self.training)

    def cell(self, example: int, column: int) -> float:
        """One value of one example to learn from, in the data's own units; columns count inputs first."""
        return float(self.columns[self.training[example], column])

    @cached_property
    def target_problems(self) -> Mapping[str, str]:
        """For each loss why it can't be used with these targets, in a sentence, or nothing."""
        targets = np.vstack([self.y, self.test[1]])
        return {loss: target_problem(loss, targets) for loss in LOSSES}

    def scaling_lines(self) -> tuple[str, ...]:
        """One line a column that says what the scaling does to it, and none when the data is used as it is."""
        if self.scaling == "none":
            return ()
        return tuple(
            f"{name}: (value − {bracketed(shown(center, 4))}) / {shown(scale, 4)}"
            for name, center, scale in zip(self.column_names, self.center, self.scale, strict=True)
        )


def same_data(one: Data, other: Data) -> bool:
    """Whether two data sets hold the same columns, values, scaling and split."""
    plain = ("name", "input_names", "target_names", "scaling", "held_out", "generated")
    numbers = ("raw_x", "raw_y", "center", "scale")
    return all(getattr(one, what) == getattr(other, what) for what in plain) and all(
        np.array_equal(getattr(one, what), getattr(other, what)) for what in numbers
    )


def with_scaling(data: Data, scaling: str) -> Data:
    """Return ``data`` scaled another way, its numbers measured on the examples to learn from."""
    return replace(data, scaling=scaling, center=frozen([]), scale=frozen([]))


def with_value(data: Data, example: int, column: int, value: float) -> Data:
    """Return ``data`` with one value changed, in the data's own units; columns count inputs first, then targets."""
    columns = data.columns
    columns[data.training[example], column] = value
    k = len(data.input_names)
    return replace(data, raw_x=frozen(columns[:, :k]), raw_y=frozen(columns[:, k:]), generated=None)


def with_test_share(data: Data, share: float, seed: int) -> Data:
    """Return ``data`` with this share of all its examples, drawn by ``seed``, held out for testing; 0 holds out none.

    Raises ProjectError when nothing would be left to learn from, or nothing to test on.
    """
    rows = len(data.raw_x)
    wanted = round(share * rows) if 0.0 <= share < 1.0 else rows
    if wanted == rows or (share > 0.0 and wanted == 0):
        raise ProjectError(
            f"Of {counted(rows, 'example')} no such share can be held out and some be left to learn from."
        )
    drawn = np.random.default_rng((5, seed)).permutation(rows)[:wanted]
    held_out = tuple(int(row) for row in np.sort(drawn))
    return with_scaling(replace(data, held_out=held_out, center=frozen([]), scale=frozen([])), data.scaling)


def with_target(data: Data, target: str) -> Data:
    """Return ``data`` with ``target`` as its only target and every other column an input, in their order.

    Raises ProjectError when there is no such column.
    """
    if target not in data.column_names:
        raise ProjectError(f"There is no column “{target}”; there are {', '.join(data.column_names)}.")
    chosen = data.column_names.index(target)
    others = [i for i in range(len(data.column_names)) if i != chosen]
    if not others:
        raise ProjectError("A target needs at least one other column as input.")
    columns = data.columns
    return Data(
        name=data.name,
        input_names=tuple(data.column_names[i] for i in others),
        target_names=(target,),
        raw_x=frozen(columns[:, others]),
        raw_y=frozen(columns[:, [chosen]]),
        scaling=data.scaling,
        held_out=data.held_out,
    )


def with_columns(data: Data, inputs: tuple[int | None, ...], targets: tuple[int | None, ...]) -> Data:
    """Return ``data`` with these input and target columns; None adds a new one (inputs 1, targets 0, unscaled)."""

    def chosen(
        values: Array, names: tuple[str, ...], keep: tuple[int | None, ...], start: float, word: str
    ) -> tuple[Array, tuple[str, ...]]:
        new = np.full(len(values), start)
        columns = np.column_stack([new if i is None else values[:, i] for i in keep])
        labels = [names[i] for i in keep if i is not None]
        for position in (position for position, i in enumerate(keep) if i is None):
            free = next(label for k in count(position + 1) if (label := f"{word} {k}") not in labels)
            labels.insert(position, free)
        return columns, tuple(labels)

    x, input_names = chosen(data.raw_x, data.input_names, inputs, 1.0, "input")
    y, target_names = chosen(data.raw_y, data.target_names, targets, 0.0, "target")
    changed = replace(
        data, raw_x=frozen(x), raw_y=frozen(y), input_names=input_names, target_names=target_names, scaling="none",
        center=frozen([]), scale=frozen([]), generated=None,
    )  # fmt: skip
    return with_scaling(changed, data.scaling)


def plain_data(name: str, x: ArrayLike, y: ArrayLike) -> Data:
    """Return data with columns named ``input 1``, … and ``target``, for inputs ``(n, k)`` and targets ``(n, m)``."""
    inputs, targets = np.atleast_2d(np.asarray(x, dtype=float)), np.atleast_2d(np.asarray(y, dtype=float))
    target_names = ("target",) if targets.shape[1] == 1 else tuple(f"target {j + 1}" for j in range(targets.shape[1]))
    return Data(name, tuple(f"input {i + 1}" for i in range(inputs.shape[1])), target_names, inputs, targets)
