"""Data and prediction as they can be drawn: a curve over one input, a plane over two, predicted against actual else.

Pure; takes a picture; all numbers are in the data's own units.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from gdstudio.document.datasets import Data
from gdstudio.document.project import NodeRef, Project, node_name
from gdstudio.document.runs import KeptRun
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
    the axes, ``data`` is what the points are of. ``subject`` names the node whose value is shown in the place of the
    prediction, and is empty otherwise.
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
    subject: str = ""


def fit_of(picture: Picture) -> Fit:
    """Return what is drawn of a picture's data and prediction."""
    inputs = len(picture.data.input_names)
    return {1: _curve, 2: _plane}.get(inputs, _match)(picture)


def node_fit(picture: Picture, node: NodeRef) -> Fit | None:
    """Return what a node makes of the inputs, drawn like a prediction; None where there are more than two inputs."""
    fit = fit_of(picture)
    if fit.kind is Kind.MATCH:
        return None
    subject, data = node_name(picture.project, node), picture.data
    if fit.kind is Kind.CURVE:
        values = _node_values(picture, node, fit.axis[:, np.newaxis])
        left, right = fit.bounds[:2]
        nothing, bounds = frozen([]), (left, right, *_room(values))
        none = np.array([], dtype=np.intp)
        return replace(
            fit, x=nothing, y=nothing, label=nothing, examples=none, values=frozen(values[:, np.newaxis]),
            bounds=bounds, names=(fit.names[0], subject), low=0.0, high=0.0, subject=subject,
        )  # fmt: skip
    values = _node_values(picture, node, _grid(*room_of_inputs(data)))
    half = float(np.max(np.abs(values[np.isfinite(values)]), initial=1e-300))
    return replace(
        fit, values=frozen(values.reshape(GRID, GRID)), low=-half, high=half, has_classes=False, subject=subject
    )


@dataclass(frozen=True, slots=True, eq=False)
class Ghost:
    """What another run predicts: a curve ``(CURVE_POINTS,)`` over ``axis``, or a plane ``(GRID, GRID)`` whose border
    lies where it passes ``level``. ``number`` is that of the run.
    """

    number: int
    kind: Kind
    axis: Array
    values: Array
    level: float
    bounds: tuple[float, float, float, float]


def ghosts_of(picture: Picture, runs: Sequence[KeptRun]) -> tuple[Ghost, ...]:
    """Return what the kept runs predict over the room of the present data; of one output, and up to two inputs."""
    data = picture.data
    if len(data.input_names) > 2 or len(data.target_names) != 1:
        return ()
    rooms = room_of_inputs(data)
    kind = Kind.CURVE if len(rooms) == 1 else Kind.PLANE
    axis = frozen(np.linspace(*rooms[0], CURVE_POINTS))
    raw = axis[:, np.newaxis] if kind is Kind.CURVE else _grid(*rooms)
    level = (float(data.raw_y.min()) + float(data.raw_y.max())) / 2.0
    found = []
    for number, run in enumerate(runs):
        ends = run.project.network.sizes[0], run.project.network.sizes[-1]
        if not run.is_shown or ends != (len(rooms), 1):
            continue
        values = _predicted_by(run.project, raw)[:, 0]
        shape = (-1,) if kind is Kind.CURVE else (GRID, GRID)
        bounds = (*rooms[0], *rooms[-1])
        found.append(Ghost(number, kind, axis, frozen(values.reshape(shape)), level, bounds))
    return tuple(found)


def _node_values(picture: Picture, node: NodeRef, raw: Array) -> Array:
    """Return a node's value for inputs in their own units, ``(n,)``."""
    with np.errstate(all="ignore"):
        run = forward(picture.network, picture.parameters, scaled_inputs(picture.data, raw))
    values: Array = run.a[node.layer][:, node.position]
    return values


def scaled_inputs(data: Data, raw: Array) -> Array:
    """Return inputs in their own units, ``(n, k)``, as descent sees them."""
    k = len(data.input_names)
    result: Array = (raw - data.center[:k]) / data.scale[:k]
    return result


def room_of_inputs(data: Data) -> list[tuple[float, float]]:
    """Return how far each input's axis goes: to hold all examples, with some room around them."""
    return [_room(data.raw_x[:, column]) for column in range(data.raw_x.shape[1])]


def _grid(across: tuple[float, float], up: tuple[float, float]) -> Array:
    xs, ys = np.linspace(*across, GRID), np.linspace(*up, GRID)
    return np.column_stack([np.tile(xs, GRID), np.repeat(ys, GRID)])


def _shown_rows(picture: Picture) -> tuple[Indices, Indices]:
    """Return the rows that are drawn, and what number each has among the examples to learn from."""
    data = picture.data
    training, test = data.training[:MOST_POINTS], np.array(data.held_out[:MOST_POINTS], dtype=np.intp)
    numbers = np.concatenate([np.arange(len(training)), np.full(len(test), -1)]).astype(np.intp)
    return np.concatenate([training, test]), numbers


def _predicted(picture: Picture, raw: Array) -> Array:
    """Return the prediction for inputs in their own units, ``(n, outputs)``, in the targets' own units."""
    return _predicted_by(picture.project, raw)


def _predicted_by(project: Project, raw: Array) -> Array:
    data = project.data
    k = len(data.input_names)
    with np.errstate(all="ignore"):
        prediction = forward(project.network, project.parameters, scaled_inputs(data, raw)).prediction
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
    across, up = room_of_inputs(data)
    grid = _grid(across, up)
    labels, values = _label(data.raw_y), _label(_predicted(picture, grid)).reshape(GRID, GRID)
    # Targets that are all alike have no shades of their own: those of the predictions stand in.
    shades = labels if labels.min() < labels.max() else values[np.isfinite(values)]
    low, high = (float(shades.min()), float(shades.max())) if len(shades) else (0.0, 1.0)
    return Fit(
        Kind.PLANE, data.raw_x[rows, 0], data.raw_x[rows, 1], labels[rows], numbers, frozen([]),
        frozen(values), (*across, *up),
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
