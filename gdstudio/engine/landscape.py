"""The loss along a direction and over a plane of parameter space, and directions worth looking along.

Only what the directions move is computed again, in blocks that fit the cache, so memory is bounded whatever the grid
and the data. Knows nothing of plots.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdstudio.engine.activations import ACTIVATIONS
from gdstudio.engine.arrays import Array, Indices, frozen
from gdstudio.engine.backprop import checked_batch, checked_parameters, loaded
from gdstudio.engine.losses import LOSSES
from gdstudio.engine.network import Network
from gdstudio.engine.penalties import Penalty

_BLOCK = 2**17
"""Numbers of the widest layer in one block of grid points x examples: 1 MiB, which a core's cache holds."""
_TABLE = 2**20
"""Numbers in the tables of what one axis of the grid contributes."""
_EXAMPLES = 4096
"""Examples in one block."""

Progress = Callable[[float], None]


def line_losses(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    direction: ArrayLike,
    at: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
) -> Array:
    """Return the loss at ``parameters + t direction`` for every t of ``at``, ``(len(at),)``; see ``plane_losses``."""
    still = np.zeros(network.parameter_count)
    return frozen(plane_losses(network, parameters, x, y, (direction, still), (at, [0.0]), loss, penalty)[:, 0])


def plane_losses(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    directions: tuple[ArrayLike, ArrayLike],
    grid: tuple[ArrayLike, ArrayLike],
    loss: str = "mse",
    penalty: Penalty | None = None,
    progress: Progress = lambda share: None,
) -> Array:
    """Return the loss at ``parameters + a u + b v`` for every a and b of ``grid``, ``(len(a), len(b))``.

    ``directions`` are u and v, each ``(P,)``. ``progress`` is told the share that is done after every block, some
    milliseconds apart; to cancel, it raises. Where the last layer is linear, the loss a square and only the last layer
    moves, or u and v each move nodes of their own just before it, the losses are exact to rounding of the plane's
    largest loss, elsewhere to that of each.
    Raises ValueError when a shape does not fit.
    """
    inputs, targets = checked_batch(network, x, y)
    theta = checked_parameters(network, parameters)
    u, v = (checked_parameters(network, direction) for direction in directions)
    a, b = (np.asarray(values, dtype=np.float64).reshape(-1) for values in grid)
    totals = np.zeros((len(a), len(b)))
    if totals.size == 0:
        return frozen(totals)
    widest = max(network.sizes[1:])
    size = max(1, min(len(inputs), _EXAMPLES, _TABLE // (widest * (len(a) + len(b)))))
    blocks = [slice(start, start + size) for start in range(0, len(inputs), size)]
    with np.errstate(all="ignore"):
        for number, block in enumerate(blocks):
            part = _Part(network, theta, inputs[block], targets[block], u, v, loss)
            part.add_to(totals, a, b, partial(_report, progress, number, len(blocks)))
        row = LOSSES[loss]
        totals /= len(inputs) * (network.sizes[-1] if row.averages_outputs else 1)
        if penalty:
            for i, distance in enumerate(a):
                totals[i] += penalty.value(theta + distance * u + b[:, np.newaxis] * v)
    return frozen(totals)


def _report(progress: Progress, done: int, count: int, share: float) -> None:
    progress((done + share) / count)


class _Part:
    """The sums of the losses of some examples over a plane.

    The layer ``first`` is the first whose values of z are sums of something that depends on a alone and something that
    depends on b alone (z = P(a) + Q(b)) and not constant; what lies before it is computed once. ``moved`` are its nodes
    that move at all.
    """

    def __init__(self, network: Network, theta: Array, x: Array, y: Array, u: Array, v: Array, loss: str) -> None:
        run = loaded(network, theta, x, y, loss)
        run.forward()
        self._network, self._loss, self._y = network, LOSSES[loss], np.ascontiguousarray(y.T)
        self._n = len(x)
        self._still = float(run.loss()) * self._n * (network.sizes[-1] if self._loss.averages_outputs else 1)
        self._base, self._u, self._v = (network.blocks(vector) for vector in (theta, u, v))
        self._values, self._z = run.views.blocks, run.views.z
        moving = [bool(du.any() or dv.any()) for du, dv in zip(self._u, self._v, strict=True)]
        self._is_still = not any(moving)
        self._first = moving.index(True) + 1 if any(moving) else 0
        self._later = any(moving[self._first :])

    def add_to(self, totals: Array, a: Array, b: Array, progress: Progress) -> None:
        """Add the sum over the examples and outputs at every point of the grid."""
        if self._is_still:
            totals += self._still
            progress(1.0)
            return
        layer, moved, p, q = self._sums(a, b)
        last = len(self._network.sizes) - 1
        square = self._loss.square
        if layer == last and square is not None and self._network.activations[-1] == "linear":
            self._add_squares(totals, moved, p, q, square)
            progress(1.0)
            return
        self._add_blocks(totals, layer, moved, p, q, (a, b), progress)

    def _sums(self, a: Array, b: Array) -> tuple[int, Indices, Array, Array]:
        """Return the first layer, its moving nodes, P ``(len(a), moved, n)`` and Q, both 0 where nothing moves."""
        layer = self._first
        du, dv = self._u[layer - 1], self._v[layer - 1]
        by_u, by_v = (np.asarray(block.any(axis=0)) for block in (du, dv))
        before = self._values[layer - 1]
        if not self._later and layer < len(self._network.sizes) - 1 and not (by_u & by_v).any():
            # No node hears of both, and the next layer only adds: one table for each axis of the grid.
            p = self._passed_on(layer, by_u, a, du[:, by_u].T @ before)
            q = self._passed_on(layer, by_v, b, dv[:, by_v].T @ before)
            return layer + 1, np.arange(self._network.sizes[layer + 1]), p, q
        moved = np.flatnonzero(by_u | by_v | self._later | (layer == len(self._network.sizes) - 1))
        p = a[:, np.newaxis, np.newaxis] * (du[:, moved].T @ before)
        q = b[:, np.newaxis, np.newaxis] * (dv[:, moved].T @ before)
        return layer, moved, p, q

    def _passed_on(self, layer: int, nodes: NDArray[np.bool_], at: Array, change: Array) -> Array:
        """Return how z of the next layer changes when ``nodes`` of ``layer`` move by ``at`` times ``change``."""
        z = self._z[layer][nodes] + at[:, np.newaxis, np.newaxis] * change
        values = ACTIVATIONS[self._network.activations[layer - 1]].value(z, np.empty_like(z))
        values -= self._values[layer][:-1][nodes] if self._network.bias else self._values[layer][nodes]
        weights = self._base[layer][: self._network.sizes[layer]][nodes]
        passed: Array = np.matmul(weights.T, values)
        return passed

    def _add_squares(self, totals: Array, moved: Indices, p: Array, q: Array, square: float) -> None:
        """|r + P + Q|^2 from products of vectors: nothing is computed point by point."""
        r = (self._z[-1] - self._y)[moved].reshape(-1)
        flat_p, flat_q = p.reshape(len(p), -1), q.reshape(len(q), -1)
        rising_p = 2.0 * (flat_p @ r) + np.einsum("ak,ak->a", flat_p, flat_p)
        rising_q = 2.0 * (flat_q @ r) + np.einsum("bk,bk->b", flat_q, flat_q)
        rising = rising_p[:, np.newaxis] + rising_q + 2.0 * (flat_p @ flat_q.T)
        totals += np.maximum(self._still + square * rising, 0.0)

    def _add_blocks(
        self,
        totals: Array,
        layer: int,
        moved: Indices,
        p: Array,
        q: Array,
        grid: tuple[Array, Array],
        progress: Progress,
    ) -> None:
        """Go on forward from ``layer`` for blocks of neighbours along b, arrays being ``(nodes, points, n)``."""
        network, n = self._network, self._n
        last = len(network.sizes) - 1
        points = max(1, min(len(q), _BLOCK // (max(len(moved), *network.sizes[layer:]) * n)))
        base = self._z[layer][moved][:, np.newaxis]
        q = np.ascontiguousarray(q.swapaxes(0, 1)) + base
        widths = [len(moved), *network.sizes[layer + 1 :]]
        rows = [width + network.bias for width in (*widths, widths[-1], widths[-1])]
        rooms = [np.empty(count * points * n) for count in rows]
        still = self._still_sums(layer, moved)
        views: list[Array] = []
        for i in range(len(p)):
            for start in range(0, len(q[0]), points):
                some = slice(start, min(start + points, len(q[0])))
                if not views or views[0].shape[1] != some.stop - some.start:
                    views = [_view(*room, some.stop - some.start, n) for room in zip(rooms, rows, strict=True)]
                z = np.add(p[i][:, np.newaxis], q[:, some], views[0][: widths[0]])
                a = self._activated(layer, z)
                for number, following in enumerate(range(layer + 1, last + 1), start=1):
                    z = views[number][: widths[number]]
                    if self._later:
                        self._mix_moving(following, views[number - 1], z, (grid[0][i], grid[1][some]))
                    else:
                        self._mix(following, moved if number == 1 else None, a, still, z)
                    a = self._activated(following, z)
                totals[i, some] += self._sum(z, a, views[-2][: widths[-1]], views[-1][: widths[-1]])
            progress((i + 1) / len(p))

    def _activated(self, layer: int, z: Array) -> Array:
        """Return the values of a layer; in the place of z, but where the loss will ask for z."""
        name = self._network.activations[layer - 1]
        if name == "linear":
            return z
        is_asked = layer == len(self._network.sizes) - 1 and self._loss.taken_with is not None
        out = np.empty_like(z) if is_asked else z
        ACTIVATIONS[name].value(z.swapaxes(0, 1), out.swapaxes(0, 1))
        return out

    def _still_sums(self, layer: int, moved: Indices) -> Array | None:
        """What the nodes of ``layer`` that don't move add to z of the next, ``(nodes, 1, n)``."""
        if self._later or layer == len(self._network.sizes) - 1:
            return None
        still = np.ones(len(self._values[layer]), bool)
        still[moved] = False
        result: Array = (self._base[layer][still].T @ self._values[layer][still])[:, np.newaxis]
        return result

    def _mix(self, layer: int, moved: Indices | None, a: Array, still: Array | None, out: Array) -> None:
        """Write z of a layer whose weights don't move; of the layer before only ``moved`` are there at first."""
        count = self._network.sizes[layer - 1]
        block = self._base[layer - 1]
        weights = block[:count] if moved is None else block[:count][moved]
        np.dot(weights.T, a.reshape(len(a), -1), out.reshape(len(out), -1))
        if moved is not None and still is not None:
            out += still
        elif self._network.bias:
            out += block[count][:, np.newaxis, np.newaxis]

    def _mix_moving(self, layer: int, before: Array, out: Array, at: tuple[float, Array]) -> None:
        """Write z of a layer whose weights move too: other weights at every point."""
        blocks = (part[layer - 1] for part in (self._base, self._u, self._v))
        base, du, dv = blocks
        weights = base + at[0] * du + at[1][:, np.newaxis, np.newaxis] * dv
        np.matmul(weights.swapaxes(1, 2), before.swapaxes(0, 1), out.swapaxes(0, 1))

    def _sum(self, z: Array, a: Array, error: Array, terms: Array) -> Array:
        """Return the sum of the loss over outputs and examples for every point."""
        y = self._y[:, np.newaxis]
        np.subtract(a, y, error)
        if self._loss.square is not None:
            squares: Array = self._loss.square * np.einsum("jkn,jkn->k", error, error)
            return squares
        across = [array.swapaxes(0, 1) for array in (error, z, np.broadcast_to(y, error.shape), terms)]
        self._loss.terms(*across)
        result: Array = terms.sum(axis=(0, 2))
        return result


def _view(room: Array, rows: int, points: int, n: int) -> Array:
    """Return a room as ``(rows, points, n)``, with ones in the last row: it is the biases’ where there are any."""
    view = room[: rows * points * n].reshape(rows, points, n)
    view[-1] = 1.0
    return view


# Directions.


def parameter_direction(network: Network, index: int) -> Array:
    """Return the direction in which the parameter at ``index`` alone grows, ``(P,)``."""
    direction = np.zeros(network.parameter_count)
    direction[index] = 1.0
    return frozen(direction)


def random_direction(network: Network, parameters: ArrayLike, seed: int) -> Array:
    """Return a random direction ``(P,)``, filter-normalized: Li, Xu, Taylor, Studer and Goldstein (2018).

    The weights into each node are drawn normal and then scaled to the length that the node's own weights have, so that
    surfaces of networks with differently scaled weights can be compared. Biases stay, as in the paper.
    """
    vector = checked_parameters(network, parameters)
    direction = np.random.default_rng((2, seed)).standard_normal(network.parameter_count)
    for (weights, bias), (own, _) in zip(network.layers(direction), network.layers(vector), strict=True):
        # Scaled before they are squared: a weight may be as large as floats go.
        largest = np.abs(own).max(axis=0)
        with np.errstate(all="ignore"):
            lengths = np.where(largest > 0.0, largest * np.linalg.norm(own / largest, axis=0), 0.0)
            weights *= lengths / np.linalg.norm(weights, axis=0)
        if bias is not None:
            bias.fill(0.0)
    return frozen(direction)


@dataclass(frozen=True, slots=True, eq=False)
class PathPlane:
    """The plane in which a path moved most: ``directions`` u and v ``(P,)``, of length 1 and at right angles.

    ``coordinates`` ``(steps, 2)`` are the path's points in it, seen from its end; ``shares`` how much of the path's
    variation u and v hold.
    """

    directions: tuple[Array, Array]
    coordinates: Array
    shares: tuple[float, float]


def path_plane(path: ArrayLike) -> PathPlane:
    """Return the plane of the first two principal components of a path ``(steps, P)``, seen from its last point.

    The differences from the last point are decomposed as they are, without subtracting their mean (Li et al. 2018,
    section 7). A path that does not move in a second (or any) direction gets one at right angles, with a share of 0.
    Raises ValueError for fewer than two points or one parameter.
    """
    points = np.asarray(path, dtype=np.float64)
    if points.ndim != 2 or len(points) < 2 or points.shape[1] < 2:
        raise ValueError("A path needs at least two points in two or more parameters.")
    moves = points - points[-1]
    reach = float(np.abs(moves).max())
    _, sizes, rows = np.linalg.svd(moves / reach if reach > 0.0 else moves, full_matrices=False)
    total = float(np.square(sizes).sum())
    found = [row for row, size in zip(rows[:2], sizes[:2], strict=False) if size > 1e-12 * sizes[0]]
    shares = [float(size * size) / total for size in sizes[: len(found)]]
    for index in range(points.shape[1]):
        if len(found) < 2:
            axis = np.zeros(points.shape[1])
            axis[index] = 1.0
            rest = axis - sum((float(axis @ other) * other for other in found), np.zeros_like(axis))
            if np.linalg.norm(rest) > 0.5:
                found.append(rest / np.linalg.norm(rest))
                shares.append(0.0)
    # The signs of singular vectors are arbitrary: the start lies on the positive side.
    found = [-row if float(moves[0] @ row) < 0 else row for row in found]
    u, v = (frozen(row) for row in found)
    return PathPlane((u, v), frozen(moves @ np.column_stack([u, v])), (shares[0], shares[1]))


def coordinates(points: ArrayLike, origin: ArrayLike, directions: tuple[ArrayLike, ArrayLike]) -> Array:
    """Return where points ``(k, P)`` lie over the plane ``origin + a u + b v``, ``(k, 2)``: the nearest (a, b)."""
    basis = np.column_stack([np.asarray(direction, dtype=np.float64) for direction in directions])
    moves = np.atleast_2d(np.asarray(points, dtype=np.float64)) - np.asarray(origin, dtype=np.float64)
    return frozen(np.linalg.lstsq(basis, moves.T, rcond=None)[0].T)
