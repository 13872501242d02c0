"""Slopes measured by nudging: the independent witness of backpropagation.

Uses the loss alone and never the chain rule.
"""

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.arrays import Array, frozen
from gdstudio.engine.backprop import Pass, checked_batch, checked_parameters
from gdstudio.engine.network import Network

NUDGE = float(np.cbrt(np.finfo(np.float64).eps))
"""The relative nudge of a central difference, the cube root of the rounding unit: its truncation error and its rounding
error are then about alike (Nocedal and Wright 2006, section 8.1). A nudge of 1e-12 would measure mostly rounding."""


def measured_slope(
    network: Network, parameters: ArrayLike, x: ArrayLike, y: ArrayLike, index: int, loss: str = "mse"
) -> float:
    """Return (L(w + h) - L(w - h)) / 2h for the parameter at ``index``; shapes as in ``backward``."""
    return float(measured_gradient(network, parameters, x, y, loss, only=(index,))[index])


def measured_gradient(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str = "mse",
    only: tuple[int, ...] | None = None,
) -> Array:
    """Return the gradient by central differences, ``(P,)``; with ``only``, the others are nan."""
    inputs, targets = checked_batch(network, x, y)
    vector = checked_parameters(network, parameters).copy()
    run = Pass(network, loss, len(inputs), vector)
    slopes = np.full(vector.shape, np.nan)
    with np.errstate(all="ignore"):
        for index in range(len(vector)) if only is None else only:
            value = vector[index]
            nudge = NUDGE * max(1.0, abs(value))
            above, below = value + nudge, value - nudge
            vector[index] = above
            run.forward(inputs)
            upper = run.loss(targets)
            vector[index] = below
            run.forward(inputs)
            slopes[index] = (upper - run.loss(targets)) / (above - below)
            vector[index] = value
    return frozen(slopes)


def relative_difference(one: ArrayLike, other: ArrayLike) -> float:
    """Return |one - other| / max(|one|, |other|) in the Euclidean norm, and 0 when both are all zeros."""
    a, b = np.asarray(one, dtype=np.float64).ravel(), np.asarray(other, dtype=np.float64).ravel()
    scale = max(float(np.linalg.norm(a)), float(np.linalg.norm(b)))
    return float(np.linalg.norm(a - b)) / scale if scale > 0 else 0.0
