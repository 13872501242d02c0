"""The losses, one table row each.

Knows nothing of networks; a loss sees predictions and targets alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gdstudio.engine.arrays import Array


@dataclass(frozen=True, slots=True)
class Loss:
    """How wrong a prediction is.

    ``value(prediction, target)`` is the average over examples and outputs. ``slope(prediction, target, out)`` writes,
    for each example on its own, the slope of that example's loss (the average over its outputs) with respect to each
    prediction; all arrays are ``(n, outputs)``. The slope of the whole loss is the mean over the examples.
    """

    name: str
    label: str
    formula: str
    value: Callable[[Array, Array], float]
    slope: Callable[[Array, Array, Array], Array]
    slope_formula: str


def _mean_square(prediction: Array, target: Array) -> float:
    error = np.subtract(prediction, target).ravel()
    return float(np.dot(error, error)) / error.size


def _mse_slope(prediction: Array, target: Array, out: Array) -> Array:
    np.subtract(prediction, target, out=out)
    out *= 2.0 / out.shape[1]
    return out


def _half_mse(prediction: Array, target: Array) -> float:
    return 0.5 * _mean_square(prediction, target)


def _half_mse_slope(prediction: Array, target: Array, out: Array) -> Array:
    np.subtract(prediction, target, out=out)
    out *= 1.0 / out.shape[1]
    return out


_ROWS = (
    Loss("mse", "Mean squared error", "(prediction − target)²", _mean_square, _mse_slope, "2 × error"),
    Loss("half_mse", "Half squared error", "½ (prediction − target)²", _half_mse, _half_mse_slope, "error"),
)

LOSSES: Mapping[str, Loss] = MappingProxyType({row.name: row for row in _ROWS})
"""Every loss by its name, in the order in which a person is offered them."""
