"""The activation functions, one table row each.

Knows nothing of layers, losses or training.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gdstudio.engine.arrays import Array


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation function g, applied to every node of a layer on its own.

    ``value(z, out)`` writes g(z) and ``slope(z, a, out)`` writes dg/dz, where a = g(z); all arrays have one shape, and
    ``out`` is returned. ``kink`` says that g has a corner at 0, where the slope is taken from the left.
    """

    name: str
    label: str
    formula: str
    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array, Array], Array]
    kink: bool = False


def _linear(z: Array, out: Array) -> Array:
    out[...] = z
    return out


def _linear_slope(z: Array, a: Array, out: Array) -> Array:
    out.fill(1.0)
    return out


def _relu(z: Array, out: Array) -> Array:
    return np.maximum(z, 0.0, out=out)


def _relu_slope(z: Array, a: Array, out: Array) -> Array:
    return np.greater(z, 0.0, out=out, casting="unsafe")


def _tanh(z: Array, out: Array) -> Array:
    return np.tanh(z, out=out)


def _tanh_slope(z: Array, a: Array, out: Array) -> Array:
    """(1 - a)(1 + a), which is 1 - a^2 with less rounding where a is near 1."""
    np.subtract(1.0, a, out=out)
    return np.multiply(out, 1.0 + a, out=out)


def _sigmoid(z: Array, out: Array) -> Array:
    """1 / (1 + e^-z), written with e^-|z| so that it is exact to rounding at both ends and never overflows."""
    e = np.exp(-np.abs(z))
    np.divide(np.where(z < 0.0, e, 1.0), 1.0 + e, out=out)
    return out


def _sigmoid_slope(z: Array, a: Array, out: Array) -> Array:
    """s(z) s(-z), which keeps its digits where 1 - s(z) would lose them."""
    e = np.exp(-np.abs(z))
    return np.divide(e, (1.0 + e) ** 2, out=out)


_ROWS = (
    Activation("linear", "Linear", "g(z) = z", _linear, _linear_slope),
    Activation("relu", "ReLU", "g(z) = max(z, 0)", _relu, _relu_slope, kink=True),
    Activation("tanh", "tanh", "g(z) = tanh(z)", _tanh, _tanh_slope),
    Activation("sigmoid", "Sigmoid", "g(z) = 1 / (1 + e^(−z))", _sigmoid, _sigmoid_slope),
)

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({row.name: row for row in _ROWS})
"""Every activation by its name, in the order in which a person is offered them."""
