"""The loss as one weight changes and all others stay: the curve, where it stands, its tangent and the coming landing.

Pure; takes a picture. Knows nothing of plots.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gdstudio.engine import Array, HessianProducts, Network, frozen, line_losses, parameter_direction
from gdstudio.teaching.picture import Picture

POINTS = 161
"""Points of the curve: an odd number, so that the middle of the axis is one."""
POINTS_IN_A_RUN = 41
"""The same while a run goes on: a quarter of the time, and in motion the eye sees no corners."""
FEW_POINTS = 41
"""The same for small curves."""
MOST_SLICES = 16
_STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """The loss over the batch of the next step, along one parameter.

    ``values`` and ``losses`` are ``(points,)``. ``value`` and ``loss`` say where the parameter stands, ``slope`` how
    the curve falls there, ``landing`` where the next step will put the parameter and ``landing_loss`` the loss there if
    no other parameter moved. ``key`` is the same as long as the curve is the same function.
    """

    index: int
    values: Array
    losses: Array
    value: float
    loss: float
    slope: float
    landing: float
    landing_loss: float
    key: tuple[object, ...]
    network: Network

    def is_alike(self, other: "Slice") -> bool:
        """Whether another is along the same parameter of the same network on the same data: the same curve, moved."""
        return self.index == other.index and self.key[3:] == other.key[3:]


def slice_of(picture: Picture, index: int, points: int = POINTS, last: Slice | None = None) -> Slice:
    """Return the loss along the parameter at ``index``; far out it may be infinite, and is then shown as missing.

    The axis is that of ``last``, if it is along the same parameter and holds this one and its landing too.
    """
    recipe = picture.project.recipe
    x, y = picture.data.x[picture.batch], picture.data.y[picture.batch]
    value = float(picture.parameters[index])
    with np.errstate(all="ignore"):
        landing = value + float(picture.change[index])
    low, high = (0.0, 0.0) if last is None or last.index != index else (float(last.values[0]), float(last.values[-1]))
    if not low <= min(value, landing) <= max(value, landing) <= high or low == high:
        low, high = room_of(picture, index)
    values = np.append(np.linspace(low, high, points), [value, landing])
    with np.errstate(all="ignore"):
        losses = line_losses(
            recipe.network, picture.parameters, x, y, parameter_direction(recipe.network, index), values - value,
            recipe.loss, recipe.penalty,
        )  # fmt: skip
    return Slice(
        index, frozen(values[:points]), frozen(losses[:points]), value, picture.batched.loss,
        float(picture.gradient[index]), landing, float(losses[-1]), _key(picture, index), recipe.network,
    )  # fmt: skip


def slices_of(
    picture: Picture, selected: int, progress: Callable[[float], None] = lambda share: None
) -> tuple[Slice, ...]:
    """Return the loss along each of up to ``MOST_SLICES`` parameters: those around ``selected``."""
    count = picture.network.parameter_count
    first = min(selected, count - 1) // MOST_SLICES * MOST_SLICES
    found = []
    for index in range(first, min(first + MOST_SLICES, count)):
        progress((index - first) / MOST_SLICES)
        found.append(slice_of(picture, index, FEW_POINTS))
    return tuple(found)


def room_of(picture: Picture, index: int) -> tuple[float, float]:
    """Return an axis that holds the parameter, its landing and the bottom nearby, and that moves in leaps only."""
    value, change = float(picture.parameters[index]), float(picture.change[index])
    if not math.isfinite(value):
        return -1.0, 1.0
    wanted = max(0.5, 1.6 * abs(change), 1.6 * _newton(picture, index))
    # Not so far that nothing is seen, nor so near that neighbours on the axis are the same number.
    half = _leap(min(max(wanted if math.isfinite(wanted) else 0.5, 1e-6 * abs(value)), 1e300))
    middle = round(value / (half / 2.0)) * (half / 2.0)
    return middle - half, middle + half


def _key(picture: Picture, index: int) -> tuple[object, ...]:
    """What decides the curve along a parameter: everything but that parameter itself and how it moves."""
    recipe, others = picture.project.recipe, picture.parameters.copy()
    others[index] = 0.0
    decided_by = recipe.network, recipe.loss, recipe.l1, recipe.l2, picture.data
    return (index, others.tobytes(), picture.batch.tobytes(), *decided_by)


def _newton(picture: Picture, index: int) -> float:
    """How far the bottom would be, were the loss a parabola along this parameter; 0 where it bends down."""
    recipe = replace(picture.project.recipe, locked=frozenset())
    x, y = picture.data.x[picture.batch], picture.data.y[picture.batch]
    along = parameter_direction(recipe.network, index)
    bend = float(HessianProducts(recipe, picture.parameters, x, y).times(along)[index])
    slope = float(picture.gradient[index])
    distance = abs(slope) / bend if bend > 0.0 else 0.0
    return distance if math.isfinite(distance) else 0.0


def _leap(reach: float) -> float:
    """Return the next of 1, 2, 5, 10, 20, … at or above ``reach``."""
    power = 10.0 ** math.floor(math.log10(reach))
    return next(step * power for step in (*_STEPS, 10.0) if step * power >= reach * (1.0 - 1e-12))


def heights_of(piece: Slice) -> tuple[float, float]:
    """Return an axis that holds the ball, the landing and the bottom, and as much of the walls as still shows them."""
    losses = piece.losses[np.isfinite(piece.losses)]
    inner = [loss for loss in (piece.loss, piece.landing_loss) if np.isfinite(loss)]
    low = float(np.min(losses, initial=min(inner, default=0.0)))
    high = max([*inner, float(np.median(losses)) if len(losses) else low])
    room = high - low
    if not room > 1e-300:
        room = max(abs(high), 1.0)
    return low - 0.08 * room, high + 0.25 * room
