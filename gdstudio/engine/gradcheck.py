"""Slopes measured without the chain rule: the independent witness of backpropagation.

By nudging a parameter up and down (central differences), and, where every function is analytic, by a nudge into the
complex plane, which loses no digits. Uses the loss alone.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.activations import ACTIVATIONS
from gdstudio.engine.arrays import Array, Complex, frozen
from gdstudio.engine.backprop import Pass, checked_batch, checked_parameters, loaded
from gdstudio.engine.losses import LOSSES
from gdstudio.engine.network import Network
from gdstudio.engine.penalties import Penalty

NUDGE = float(np.cbrt(np.finfo(np.float64).eps))
"""The relative nudge of a central difference, the cube root of the rounding unit: its truncation error and its rounding
error are then about alike (Nocedal and Wright 2006, section 8.1). A nudge of 1e-12 would measure mostly rounding."""
ROUNDINGS = 8.0
"""Rounding units by which a loss may be off, in its own size and that of the predictions that it is made of."""
COMPLEX_NUDGE = 1e-40
"""A complex nudge has no difference to lose digits in, so it can be as small as floats go."""


def measured_slope(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    index: int,
    loss: str = "mse",
    penalty: Penalty | None = None,
) -> float:
    """Return (L(w + h) - L(w - h)) / 2h for the parameter at ``index``; shapes as in ``backward``."""
    return float(measured_gradient(network, parameters, x, y, loss, penalty, only=(index,))[index])


def measured_gradient(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
    *,
    only: tuple[int, ...] | None = None,
    nudge: float = NUDGE,
) -> Array:
    """Return the gradient by central differences, ``(P,)``; with ``only``, the others are nan."""
    return nudged(network, parameters, x, y, loss, penalty, only=only, nudge=nudge)[0]


def kinked(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
    *,
    nudge: float = NUDGE,
) -> Array:
    """Return for which parameters a nudge crosses a kink of an activation, the loss or L1, ``(P,)`` of 0 and 1.

    A central difference is no measure of the slope there.
    """
    return nudged(network, parameters, x, y, loss, penalty, nudge=nudge)[1]


def nudged(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
    *,
    only: tuple[int, ...] | None = None,
    nudge: float = NUDGE,
) -> tuple[Array, Array]:
    """Return what :func:`measured_gradient` and :func:`kinked` do, from the same losses, both ``(P,)``."""
    return _nudged(network, parameters, x, y, loss, penalty, only, nudge)[:2]


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """Slopes by central differences and how sure they are, each ``(P,)``.

    ``kinks`` says where a nudge crosses a kink. ``doubts`` is how far a measured slope may be off by itself: by the
    rounding of the two losses, and by how much another nudge, twice as long, measures something else.
    """

    slopes: Array
    kinks: Array
    doubts: Array


def measurement(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
    *,
    only: tuple[int, ...] | None = None,
) -> Measurement:
    """Measure slopes with two nudges; with ``only``, the others are nan. Shapes as in ``backward``."""
    slopes, kinks, rounding = _nudged(network, parameters, x, y, loss, penalty, only, NUDGE)
    longer, far_kinks, _ = _nudged(network, parameters, x, y, loss, penalty, only, 2.0 * NUDGE)
    with np.errstate(all="ignore"):
        # The error of a central difference grows with the square of its nudge: a third of the gap is that of the short.
        gaps = np.where(far_kinks > 0.0, 0.0, np.abs(longer - slopes))
        return Measurement(slopes, kinks, frozen(np.maximum(rounding, gaps)))


def _nudged(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str,
    penalty: Penalty | None,
    only: tuple[int, ...] | None,
    nudge: float,
) -> tuple[Array, Array, Array]:
    """Return slopes, where a kink is crossed, and by how much rounding may put a slope off, all ``(P,)``."""
    vector = checked_parameters(network, parameters).copy()
    run = loaded(network, vector, x, y, loss, penalty)
    slopes, kinks, rounding = np.full(vector.shape, np.nan), np.zeros(vector.shape), np.zeros(vector.shape)
    with np.errstate(all="ignore"):
        for index in range(len(vector)) if only is None else only:
            value = vector[index]
            reach = nudge * max(1.0, abs(value))
            above, below = value + reach, value - reach
            vector[index] = above
            run.forward()
            upper, upper_sides, noise = run.loss(), _sides(run, network, loss), _rounding(run, loss)
            vector[index] = below
            run.forward()
            slopes[index] = (upper - run.loss()) / (above - below)
            rounding[index] = (noise + _rounding(run, loss)) / (above - below)
            crossed = any((a != b).any() for a, b in zip(upper_sides, _sides(run, network, loss), strict=True))
            crossed |= (
                penalty is not None and penalty.l1 > 0.0 and bool(network.is_weight[index]) and above * below <= 0
            )
            kinks[index] = crossed
            vector[index] = value
    return frozen(slopes), frozen(kinks), frozen(rounding)


def _rounding(run: Pass, loss: str) -> float:
    """By how much rounding may put the loss of a forward pass off: that of itself, and that of the predictions."""
    row, a = LOSSES[loss], run.views.a[-1]
    steep = np.abs(row.slope(run.error, np.empty_like(run.error)))
    sizes = np.abs(run.views.z[-1]) + np.abs(a) + np.abs(a - run.error)
    count = a.shape[-1] * (a.shape[-2] if row.averages_outputs else 1)
    off = abs(run.loss()) + float((steep * sizes).sum()) / count
    return float(ROUNDINGS * np.finfo(np.float64).eps * off)


def _sides(run: Pass, network: Network, loss: str) -> list[Array]:
    """On which side of every kink each number stands."""
    names = zip(network.activations, run.views.z[1:], strict=True)
    sides = [np.sign(z) for name, z in names if ACTIVATIONS[name].kink]
    return sides + [np.sign(run.error - kink) for kink in LOSSES[loss].kinks]


def is_analytic(network: Network) -> bool:
    """Whether every activation has a form for complex numbers, so that :func:`complex_gradient` can be taken."""
    return all(ACTIVATIONS[name].analytic is not None for name in network.activations)


def complex_gradient(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
) -> Array:
    """Return the gradient as Im L(w + ih) / h, ``(P,)``: Squire and Trapp (1998).

    Exact to rounding, and at a kink the slope of one side. Raises ValueError where :func:`is_analytic` is false.
    """
    if not is_analytic(network):
        raise ValueError("An activation of this network has no form for complex numbers.")
    inputs, targets = checked_batch(network, x, y)
    vector = checked_parameters(network, parameters).astype(np.complex128)
    slopes = np.empty(len(vector))
    with np.errstate(all="ignore"):
        for index in range(len(vector)):
            vector[index] += 1j * COMPLEX_NUDGE
            slopes[index] = _complex_loss(network, vector, inputs.T, targets.T, loss, penalty).imag / COMPLEX_NUDGE
            vector[index] = vector[index].real
    return frozen(slopes)


def _complex_loss(
    network: Network, vector: Complex, x: Array, y: Array, loss: str, penalty: Penalty | None
) -> np.complex128:
    """The loss at complex parameters, written as plainly as can be."""
    a: Complex = x.astype(np.complex128)
    z = a
    for (weights, bias), name in zip(network.layers(vector), network.activations, strict=True):  # type: ignore[arg-type]
        z = weights.T @ a + (0.0 if bias is None else bias[:, np.newaxis])
        analytic = ACTIVATIONS[name].analytic
        assert analytic is not None
        a = analytic(z)
    row = LOSSES[loss]
    total = row.analytic(a, z, y).sum() / (a.size if row.averages_outputs else a.shape[1])
    if penalty is not None:
        w = vector[network.is_weight]
        total += penalty.l2 * (w**2).sum() + penalty.l1 * np.where(w.real < 0, -w, w).sum()
    return np.complex128(total)


@dataclass(frozen=True, slots=True, eq=False)
class NudgeErrors:
    """How far a measured gradient is from backpropagation's, in the norm, for each relative nudge ``(k,)``."""

    nudges: Array
    errors: Array


def nudge_errors(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    gradient: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
    nudges: ArrayLike | None = None,
) -> NudgeErrors:
    """Compare central differences with ``gradient`` for nudges from 1e-1 down to 1e-14 (or those given).

    A large nudge cuts corners, a tiny one measures rounding; the best lies near :data:`NUDGE`.
    """
    chosen = np.logspace(-1, -14, 27) if nudges is None else np.asarray(nudges, dtype=np.float64)
    errors = [
        relative_difference(measured_gradient(network, parameters, x, y, loss, penalty, nudge=float(nudge)), gradient)
        for nudge in chosen
    ]
    return NudgeErrors(frozen(chosen), frozen(errors))


def relative_difference(one: ArrayLike, other: ArrayLike) -> float:
    """Return |one - other| / max(|one|, |other|) in the Euclidean norm, and 0 when both are all zeros."""
    a, b = np.asarray(one, dtype=np.float64).ravel(), np.asarray(other, dtype=np.float64).ravel()
    largest = max(float(np.abs(a).max(initial=0.0)), float(np.abs(b).max(initial=0.0)))
    if math.isfinite(largest) and largest > 0:
        # Not squared as they are: beyond 1e154 that is infinite, below 1e-154 it is 0.
        a, b = a / largest, b / largest
    with np.errstate(all="ignore"):
        scale = max(float(np.linalg.norm(a)), float(np.linalg.norm(b)))
        return float(np.linalg.norm(a - b)) / scale if scale > 0 else 0.0
