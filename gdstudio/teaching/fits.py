"""Data and prediction as they can be drawn: a curve over one input, a plane over two, predicted against actual else.

Pure; takes a picture; all numbers are in the data's own units.
"""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from gdstudio.document.datasets import Data
from gdstudio.engine import Array, Indices, forward, frozen
from gdstudio.teaching.picture import Picture

CURVE_POINTS = 201
_FAR = 1e300
"""Beyond it an axis has no room left."""
GRID = 64
"""Points of the plane along each side."""
MOST_POINTS = 2000
"""Examples drawn of each kind: the first so many."""


class Kind(Enum):
    """How data and prediction are drawn."""

    CURVE = "over one input"
    PLANE = "over two inputs"
    MATCH = "predicted against actual"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What is drawn of data and prediction.

    Points have ``x`` and ``y`` ``(points,)`` and a ``label`` each, the target (several outputs: the number of the
    largest); ``examples`` are their numbers among the examples to learn from, -1 for those held out. CURVE: ``axis``
    ``(CURVE_POINTS,)`` and ``values`` ``(CURVE_POINTS, outputs)``, points for every output. PLANE: ``values``
    ``(GRID, GRID)``, rows along the second input, over ``bounds`` (left, right, bottom, top), with labels alike. MATCH:
    x is the target, y the prediction. ``low`` and ``high`` are the smallest and the largest label; ``names`` those of
    the axes, ``data`` is what the points are of.
    """

    kind: Kind
    x: Array
    y: Array
    label: Array
    examples: Indices
    axis: Array
    values: Array
    bounds: tuple[float, float, float, float]
    low: float
    high: float
    names: tuple[str, str]
    has_classes: bool
    data: Data


def fit_of(picture: Picture) -> Fit:
    """Return what is drawn of a picture's data and prediction."""
    inputs = len(picture.data.input_names)
    return {1: _curve, 2: _plane}.get(inputs, _match)(picture)


def _shown_rows(picture: Picture) -> tuple[Indices, Indices]:
    """Return the rows that are drawn, and what number each has among the examples to learn from."""
    data = picture.data
    training, test = data.training[:MOST_POINTS], np.array(data.held_out[:MOST_POINTS], dtype=np.intp)
    numbers = np.concatenate([np.arange(len(training)), np.full(len(test), -1)]).astype(np.intp)
    return np.concatenate([training, test]), numbers


def _predicted(picture: Picture, raw: Array) -> Array:
    """Return the prediction for inputs in their own units, ``(n, outputs)``, in the targets' own units."""
    data = picture.data
    k = len(data.input_names)
    with np.errstate(all="ignore"):
        scaled = (raw - data.center[:k]) / data.scale[:k]
        prediction = forward(picture.network, picture.parameters, scaled).prediction
        result: Array = prediction * data.scale[k:] + data.center[k:]
    return result


def _label(values: Array) -> Array:
    """Return one number for each row: the only value, or the number of the largest."""
    return values[:, 0] if values.shape[1] == 1 else values.argmax(axis=1).astype(np.float64)


def _room(values: Array) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    finite = np.clip(finite, -_FAR, _FAR)
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    room = 0.12 * (high - low) if high > low else max(1.0, 0.5 * abs(low))
    return low - room, high + room


def _curve(picture: Picture) -> Fit:
    data = picture.data
    rows, numbers = _shown_rows(picture)
    left, right = _room(data.raw_x)
    axis = np.linspace(left, right, CURVE_POINTS)
    outputs = data.raw_y.shape[1]
    targets = data.raw_y[rows]
    return Fit(
        Kind.CURVE, np.tile(data.raw_x[rows, 0], outputs), targets.T.ravel(), np.repeat(np.arange(outputs), len(rows)),
        np.tile(numbers, outputs), frozen(axis), frozen(_predicted(picture, axis[:, np.newaxis])),
        (left, right, *_room(data.raw_y)), 0.0, float(outputs - 1),
        (data.input_names[0], data.target_names[0] if outputs == 1 else "targets"), False, data,
    )  # fmt: skip


def _plane(picture: Picture) -> Fit:
    data = picture.data
    rows, numbers = _shown_rows(picture)
    (left, right), (bottom, top) = (_room(data.raw_x[:, column]) for column in (0, 1))
    xs, ys = np.linspace(left, right, GRID), np.linspace(bottom, top, GRID)
    grid = np.column_stack([np.tile(xs, GRID), np.repeat(ys, GRID)])
    labels, values = _label(data.raw_y), _label(_predicted(picture, grid)).reshape(GRID, GRID)
    # Targets that are all alike have no shades of their own: those of the predictions stand in.
    shades = labels if labels.min() < labels.max() else values[np.isfinite(values)]
    low, high = (float(shades.min()), float(shades.max())) if len(shades) else (0.0, 1.0)
    return Fit(
        Kind.PLANE, data.raw_x[rows, 0], data.raw_x[rows, 1], labels[rows], numbers, frozen([]),
        frozen(values), (left, right, bottom, top),
        low, high, (data.input_names[0], data.input_names[1]), data.raw_y.shape[1] > 1, data,
    )  # fmt: skip


def _match(picture: Picture) -> Fit:
    data = picture.data
    rows, numbers = _shown_rows(picture)
    outputs = data.raw_y.shape[1]
    actual, predicted = data.raw_y[rows].T.ravel(), _predicted(picture, data.raw_x[rows]).T.ravel()
    low, high = _room(np.concatenate([actual, predicted]))
    return Fit(
        Kind.MATCH, actual, predicted, np.repeat(np.arange(outputs), len(rows)), np.tile(numbers, outputs),
        frozen([low, high]), frozen([[low], [high]]), (low, high, low, high), 0.0, float(outputs - 1),
        ("actual", "predicted"), False, data,
    )  # fmt: skip
