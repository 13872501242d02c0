"""The loss over a plane of parameter space: which plane, how far it goes, and what lies on it.

Pure; takes a picture and a path. Knows nothing of plots.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from gdstudio.document.numbers import shown as shown_number
from gdstudio.document.project import parameter_name
from gdstudio.document.runs import KeptRun
from gdstudio.engine import (
    Array,
    Network,
    coordinates,
    frozen,
    parameter_direction,
    path_plane,
    plane_losses,
    random_direction,
)
from gdstudio.teaching.picture import Picture
from gdstudio.teaching.slices import room_of

COARSE, FINE = 21, 100
"""Points along each side of the first picture, and of the one after it."""


class Axes(Enum):
    """Which plane is looked at."""

    WEIGHTS = "two weights"
    PATH = "where the path went"
    RANDOM = "two random directions"


@dataclass(frozen=True, slots=True)
class Plane:
    """A wish for a plane: over two parameters by their indices, over the path, or over random directions."""

    axes: Axes = Axes.WEIGHTS
    x: int = 0
    y: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """The loss over all examples to learn from, over a plane, and what lies on it.

    ``a`` and ``b`` ``(k,)`` are the places along the axes, ``losses`` ``(k, k)`` with rows along b. ``origin`` ``(P,)``
    is where a = b = 0, ``directions`` where they lead. ``path`` ``(steps, 2)`` is the descent so far, ``here`` and
    ``following`` ``(2,)`` the present moment and the one after the next step, ``downhill`` ``(2,)`` against the slope.
    ``note`` says what is shown instead of what was wished, or nothing.
    """

    plane: Plane
    names: tuple[str, str]
    a: Array
    b: Array
    losses: Array
    origin: Array
    directions: tuple[Array, Array]
    path: Array
    here: Array
    following: Array
    downhill: Array
    note: str
    network: Network

    def parameters_at(self, a: float, b: float) -> Array:
        """Return the parameters of a place on the plane, ``(P,)``."""
        return frozen(self.origin + a * self.directions[0] + b * self.directions[1])

    @property
    def heights(self) -> Array:
        """The losses as they are drawn, ``(k, k)`` from 0 (lowest) to 1: a logarithm that spares slopes and valleys."""
        finite = np.isfinite(self.losses)
        if not finite.any():
            return np.zeros_like(self.losses)
        low, high = float(self.losses[finite].min()), float(np.quantile(self.losses[finite], 0.98))
        if not high > low:
            return np.zeros_like(self.losses)
        # A hundredth of the range is the unit of the logarithm.
        unit = 0.01 * (high - low) or 1.0
        heights: Array = np.log1p(np.clip(np.where(finite, self.losses, high) - low, 0.0, high - low) / unit)
        return heights / (float(heights.max()) or 1.0)

    def ghosts(self, runs: Iterable[KeptRun]) -> "tuple[Array, ...]":
        """Return the paths of runs on the plane, ``(k, 2)`` each; empty for a hidden one or another network's."""
        nothing = np.empty((0, 2))
        return tuple(
            self.places(run.path) if run.is_shown and run.fits(self.network) and run.path.shape[1] else nothing
            for run in runs
        )

    def places(self, points: Array) -> Array:
        """Return where parameters ``(k, P)`` lie over the plane, ``(k, 2)``; nan where they are beyond all bounds."""
        return _places(points, self.plane, self.origin, self.directions)


def usable_plane(picture: Picture, plane: Plane, path: Array) -> tuple[Plane, str]:
    """Return the plane that can be shown, and what to say where it is not the one that was wished for."""
    count = picture.network.parameter_count
    if count < 2:
        return Plane(x=0, y=0), "One weight has a curve and no surface."
    if plane.axes is not Axes.WEIGHTS and not (np.isfinite(path).all() and np.isfinite(picture.parameters).all()):
        return Plane(x=0, y=1), "A weight is not a number any more: two weights are shown."
    if plane.axes is Axes.PATH and not (len(path) > 1 and np.ptp(path, axis=0).any()):
        return Plane(x=0, y=1), "There is no path yet: two weights are shown until there is one."
    if plane.axes is Axes.WEIGHTS and not (plane.x < count and plane.y < count and plane.x != plane.y):
        other = next(index for index in range(count) if index != min(plane.x, count - 1))
        return Plane(x=min(plane.x, count - 1), y=other), "A surface needs two different weights."
    return plane, ""


def surface_of(
    picture: Picture, plane: Plane, path: Array, size: int, progress: Callable[[float], None] = lambda share: None
) -> Surface:
    """Return the surface with ``size`` points along each side; ``path`` is ``(steps, P)``. See ``plane_losses``."""
    shown, note = usable_plane(picture, plane, path)
    note = note or _locked_note(picture, shown)
    recipe, data, theta = picture.project.recipe, picture.data, picture.parameters
    if shown.axes is Axes.WEIGHTS:
        directions = parameter_direction(recipe.network, shown.x), parameter_direction(recipe.network, shown.y)
        origin = theta.copy()
        origin[[shown.x, shown.y]] = 0.0
        names = (parameter_name(picture.project, shown.x), parameter_name(picture.project, shown.y))
        rooms = [room_of(picture, shown.x), room_of(picture, shown.y)]
    elif shown.axes is Axes.PATH:
        directions, origin = path_plane(path).directions, path[-1]
        names = ("first principal direction", "second principal direction")
        rooms = _rooms_of(coordinates(path, origin, directions))
    else:
        directions = (
            random_direction(recipe.network, theta, 2 * shown.seed),
            random_direction(recipe.network, theta, 2 * shown.seed + 1),
        )
        origin, names, rooms = theta, ("random direction 1", "random direction 2"), [(-1.0, 1.0), (-1.0, 1.0)]
    a, b = (np.linspace(*room, size) for room in rooms)
    if recipe.network.parameter_count < 2:
        losses = np.full((size, size), np.nan)
    else:
        losses = plane_losses(
            recipe.network, origin, data.x, data.y, directions, (a, b), recipe.loss, recipe.penalty, progress
        ).T
    with np.errstate(all="ignore"):
        downhill = -np.array([picture.everything.gradient @ direction for direction in directions])
        moments = [_places(points, shown, origin, directions) for points in (path, theta, theta + picture.change)]
    note = note or _shape_note(losses)
    return Surface(
        shown, names, frozen(a), frozen(b), frozen(losses), frozen(origin), directions,
        moments[0], frozen(moments[1][0]), frozen(moments[2][0]), frozen(downhill), note, recipe.network,
    )  # fmt: skip


def _locked_note(picture: Picture, plane: Plane) -> str:
    """Say so where descent will not move along an axis."""
    locked = picture.project.recipe.locked
    if not locked:
        return ""
    if plane.axes is not Axes.WEIGHTS:
        return "Locked weights stay: descent moves only in part of this plane." if plane.axes is Axes.RANDOM else ""
    names = [parameter_name(picture.project, index) for index in (plane.x, plane.y) if index in locked]
    return f"Locked, so descent will not move along it: {' and '.join(names)}." if names else ""


def _shape_note(losses: Array) -> str:
    """Say so where a surface is flat, or has no finite losses: it would look like nothing otherwise."""
    finite = np.isfinite(losses)
    if not finite.any():
        return "No loss here is finite: there is no surface to show."
    low, high = float(losses[finite].min()), float(losses[finite].max())
    if not finite.all():
        return "Left white where the loss is not finite."
    return f"Flat: the loss is {shown_number(low)} everywhere here." if high - low <= 1e-12 * abs(high) else ""


def _places(points: Array, plane: Plane, origin: Array, directions: tuple[Array, Array]) -> Array:
    """Return where points lie over the plane, ``(k, 2)``; nan where they are beyond all bounds."""
    rows = np.atleast_2d(points)
    if plane.axes is Axes.WEIGHTS:
        return frozen(rows[:, [plane.x, plane.y]])
    found = np.full((len(rows), 2), np.nan)
    finite = np.isfinite(rows).all(axis=1) & all(bool(np.isfinite(direction).all()) for direction in directions)
    if finite.any():
        found[finite] = coordinates(rows[finite], origin, directions)
    return frozen(found)


def _rooms_of(path: Array) -> list[tuple[float, float]]:
    """Return axes that hold a path, with a third of its reach on each side and the same scale on both."""
    low, high = path.min(axis=0), path.max(axis=0)
    reach = 0.8 * float((high - low).max()) or 1.0
    middle = (low + high) / 2.0
    return [(float(center - reach), float(center + reach)) for center in middle]


def resampled(values: Array, size: int) -> Array:
    """Return ``values`` ``(k, k)`` at ``size`` x ``size`` points, linear between its own."""
    at = np.linspace(0.0, len(values) - 1.0, size)
    low = np.minimum(at.astype(int), len(values) - 2)
    share = (at - low)[:, np.newaxis]
    rows = values[low] * (1.0 - share) + values[low + 1] * share
    result: Array = rows[:, low] * (1.0 - share.T) + rows[:, low + 1] * share.T
    return result
