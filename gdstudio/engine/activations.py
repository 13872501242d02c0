"""The activation functions, one table row each.

Knows nothing of layers, losses or training.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from gdstudio.engine.arrays import Array, Complex

_ZERO, _ONE = np.array(0.0), np.array(1.0)
_FAR = 1e100
"""Beyond it a normal density is 0, and squares still don't overflow."""
LEAK = 0.01
"""The slope of a leaky ReLU below 0."""


Call = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Activation:
    """An activation function g, applied to every node of a layer on its own.

    ``value(z, out)`` writes g(z), ``slope(z, a, out)`` writes dg/dz and ``bend(z, a, out)`` writes d2g/dz2, where
    a = g(z); all arrays have one shape, nodes on the last axis but one, and ``out`` is returned; for ``value`` it may
    be z itself. ``analytic(z)`` is
    the same function written for complex numbers, None where there is no such form in closed terms. ``kink`` says that
    g is not smooth at 0; the slope there is the one from the left. ``by_value`` says that the slope follows from a
    alone, so that z need not be kept. ``slope_calls(a, out)``, where there is one, is ``slope`` as calls made
    beforehand: in a small network their number is what costs. ``last_only`` marks softmax, which needs all nodes
    of its layer and has its slopes only together with its loss.
    """

    name: str
    label: str
    formula: str
    value: Callable[[Array, Array], Array]
    slope: Callable[[Array, Array, Array], Array]
    bend: Callable[[Array, Array, Array], Array]
    analytic: Callable[[Complex], Complex] | None
    kink: bool = False
    by_value: bool = False
    slope_calls: Callable[[Array, Array], tuple[Call, ...]] | None = None
    last_only: bool = False


def _linear(z: Array, out: Array) -> Array:
    np.copyto(out, z)
    return out


def _ones(z: Array, a: Array, out: Array) -> Array:
    out.fill(1.0)
    return out


def _zeros(z: Array, a: Array, out: Array) -> Array:
    out.fill(0.0)
    return out


def _relu(z: Array, out: Array) -> Array:
    np.maximum(z, _ZERO, out=out)
    return out


def _relu_slope(z: Array, a: Array, out: Array) -> Array:
    np.greater(a, _ZERO, out=out, casting="unsafe")
    return out


def _leaky_relu(z: Array, out: Array) -> Array:
    """max(z, 0.01 z): Maas, Hannun and Ng (2013)."""
    np.maximum(z, LEAK * z, out=out)
    return out


def _leaky_relu_slope(z: Array, a: Array, out: Array) -> Array:
    np.greater(a, _ZERO, out=out, casting="unsafe")
    out *= 1.0 - LEAK
    out += LEAK
    return out


def _elu(z: Array, out: Array) -> Array:
    """z above 0, e^z - 1 below: Clevert, Unterthiner and Hochreiter (2015)."""
    above = np.maximum(z, _ZERO)
    np.minimum(z, _ZERO, out=out)
    np.expm1(out, out)
    out += above
    return out


def _elu_slope(z: Array, a: Array, out: Array) -> Array:
    np.exp(np.minimum(z, _ZERO, out=out), out)
    return out


def _elu_bend(z: Array, a: Array, out: Array) -> Array:
    _elu_slope(z, a, out)
    out *= z <= _ZERO
    return out


def _normal_below(z: Array) -> Array:
    """The share of a normal distribution below z, 1/2 erfc(-z / sqrt 2): exact to rounding in both tails."""
    flat = (z * -math.sqrt(0.5)).ravel().tolist()
    return 0.5 * np.fromiter(map(math.erfc, flat), np.float64, len(flat)).reshape(z.shape)


def _normal_density(z: Array) -> Array:
    near = np.clip(z, -_FAR, _FAR)
    density: Array = np.exp(-0.5 * near * near) / math.sqrt(2.0 * math.pi)
    return density


def _gelu(z: Array, out: Array) -> Array:
    """z times the share of a normal distribution below z, exact: Hendrycks and Gimpel (2016)."""
    return np.multiply(z, _normal_below(z), out)


def _gelu_slope(z: Array, a: Array, out: Array) -> Array:
    # The share below z is g(z) / z, which saves computing it again; at 0 it is a half.
    out.fill(0.5)
    np.divide(a, z, out=out, where=z != 0.0)
    out += z * _normal_density(z)
    return out


def _gelu_bend(z: Array, a: Array, out: Array) -> Array:
    near = np.clip(z, -_FAR, _FAR)
    np.multiply(near, near, out)
    np.subtract(2.0, out, out)
    return np.multiply(out, _normal_density(z), out)


def _silu(z: Array, out: Array) -> Array:
    """z s(z), s the sigmoid: Elfwing, Uchibe and Doya (2017)."""
    return np.multiply(z, _sigmoid(z, np.empty_like(z)), out)


def _silu_slope(z: Array, a: Array, out: Array) -> Array:
    """s + z s(z) s(-z)."""
    _sigmoid_slope(z, a, out)
    out *= z
    out += _sigmoid(z, np.empty_like(z))
    return out


def _silu_bend(z: Array, a: Array, out: Array) -> Array:
    """s' (2 + z (1 - 2 s))."""
    np.multiply(z, -np.tanh(0.5 * z), out)
    out += 2.0
    out *= _sigmoid_slope(z, a, np.empty_like(z))
    return out


def _tanh_slope_calls(a: Array, out: Array) -> tuple[Call, ...]:
    """1 - a^2."""
    return partial(np.square, a, out), partial(np.subtract, _ONE, out, out)


def _tanh_slope(z: Array, a: Array, out: Array) -> Array:
    for call in _tanh_slope_calls(a, out):
        call()
    return out


def _tanh_bend(z: Array, a: Array, out: Array) -> Array:
    _tanh_slope(z, a, out)
    out *= a
    out *= -2.0
    return out


def _sigmoid(z: Array, out: Array) -> Array:
    """1 / (1 + e^-z), written with e^-|z| so that it is exact to rounding at both ends and never overflows."""
    e = np.exp(-np.abs(z))
    return np.divide(np.where(z < 0.0, e, 1.0), 1.0 + e, out)


def _sigmoid_slope(z: Array, a: Array, out: Array) -> Array:
    """s(z) s(-z), which keeps its digits where 1 - s(z) would lose them."""
    e = np.exp(-np.abs(z))
    return np.divide(e, (1.0 + e) ** 2, out)


def _sigmoid_bend(z: Array, a: Array, out: Array) -> Array:
    """s' (1 - 2 s), and 1 - 2 s(z) = -tanh(z / 2)."""
    _sigmoid_slope(z, a, out)
    out *= -np.tanh(0.5 * z)
    return out


def _softplus(z: Array, out: Array) -> Array:
    """log(1 + e^z), written so that it neither overflows nor loses its digits: Dugas et al. (2001)."""
    above = np.maximum(z, _ZERO)
    np.log1p(np.exp(-np.abs(z)), out)
    out += above
    return out


def _softplus_slope(z: Array, a: Array, out: Array) -> Array:
    return _sigmoid(z, out)


def _softplus_bend(z: Array, a: Array, out: Array) -> Array:
    return _sigmoid_slope(z, a, out)


def _softmax(z: Array, out: Array) -> Array:
    """e^z / sum of e^z over the nodes of the layer, shifted by the largest so that nothing overflows."""
    np.exp(z - z.max(axis=-2, keepdims=True), out)
    np.divide(out, out.sum(axis=-2, keepdims=True), out)
    return out


def _with_its_loss(z: Array, a: Array, out: Array) -> Array:
    raise TypeError("softmax has slopes only together with its loss, categorical cross-entropy")


def _split(above: Callable[[Complex], Any], below: Callable[[Complex], Any]) -> Callable[[Complex], Complex]:
    """Return the function that is ``above`` where the real part is above 0 and ``below`` elsewhere."""

    def function(z: Complex) -> Complex:
        result: Complex = np.where(z.real > 0, above(z), below(z))
        return result

    return function


def _complex_sigmoid(z: Complex) -> Complex:
    return _split(lambda z: 1.0 / (1.0 + np.exp(-z)), lambda z: np.exp(z) / (1.0 + np.exp(z)))(z)


def _complex_softplus(z: Complex) -> Complex:
    return _split(lambda z: z + np.log1p(np.exp(-z)), lambda z: np.log1p(np.exp(z)))(z)


def _complex_softmax(z: Complex) -> Complex:
    e = np.exp(z - z.real.max(axis=-2, keepdims=True))
    result: Complex = e / e.sum(axis=-2, keepdims=True)
    return result


_ROWS = (
    Activation("linear", "Linear", "g(z) = z", _linear, _ones, _zeros, lambda z: z),
    Activation(
        "relu", "ReLU", "g(z) = max(z, 0)", _relu, _relu_slope, _zeros,
        _split(lambda z: z, np.zeros_like), kink=True, by_value=True,
    ),
    Activation(
        "leaky_relu", "Leaky ReLU", "g(z) = max(z, 0.01 z)", _leaky_relu, _leaky_relu_slope, _zeros,
        _split(lambda z: z, lambda z: LEAK * z), kink=True, by_value=True,
    ),
    Activation(
        "elu", "ELU", "g(z) = z above 0, e^z − 1 below", _elu, _elu_slope, _elu_bend,
        _split(lambda z: z, lambda z: np.exp(z) - 1.0), kink=True,
    ),
    Activation("gelu", "GELU", "g(z) = z Φ(z), Φ the normal distribution", _gelu, _gelu_slope, _gelu_bend, None),
    Activation(
        "silu", "SiLU", "g(z) = z / (1 + e^(−z))", _silu, _silu_slope, _silu_bend, lambda z: z * _complex_sigmoid(z)
    ),
    Activation(
        "tanh", "tanh", "g(z) = tanh(z)", np.tanh, _tanh_slope, _tanh_bend, np.tanh,
        by_value=True, slope_calls=_tanh_slope_calls,
    ),
    Activation(
        "sigmoid", "Sigmoid", "g(z) = 1 / (1 + e^(−z))", _sigmoid, _sigmoid_slope, _sigmoid_bend, _complex_sigmoid
    ),
    Activation(
        "softplus", "Softplus", "g(z) = log(1 + e^z)", _softplus, _softplus_slope, _softplus_bend, _complex_softplus
    ),
    Activation(
        "softmax", "Softmax", "g(z) = e^z / sum of e^z over the layer", _softmax, _with_its_loss, _with_its_loss,
        _complex_softmax, last_only=True,
    ),
)  # fmt: skip

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType({row.name: row for row in _ROWS})
"""Every activation by its name, in the order in which a person is offered them."""
