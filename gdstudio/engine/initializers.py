"""Where a descent starts: parameters drawn from a seed, one table row for each way.

Knows nothing of data or descent.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gdstudio.engine.arrays import Array, frozen
from gdstudio.engine.network import Network

MAX_SPREAD = 1e6


@dataclass(frozen=True, slots=True)
class Initializer:
    """A way to draw the weights ``(fan_in, fan_out)`` of one layer.

    ``draw(random, shape, activation, spread)`` returns them; ``spread`` matters where ``spread_label`` says what it
    is; where it is a width it can't be below 0. Biases always start at 0.
    """

    name: str
    label: str
    formula: str
    draw: Callable[[np.random.Generator, tuple[int, int], str, float], Array]
    spread_label: str = ""
    is_width: bool = False


def _he(random: np.random.Generator, shape: tuple[int, int], activation: str, spread: float) -> Array:
    """Normal with variance 2 / fan_in: He et al. (2015)."""
    return random.normal(0.0, math.sqrt(2.0 / shape[0]), shape)


def _glorot(random: np.random.Generator, shape: tuple[int, int], activation: str, spread: float) -> Array:
    """Uniform within sqrt(6 / (fan_in + fan_out)): Glorot and Bengio (2010)."""
    reach = math.sqrt(6.0 / sum(shape))
    return random.uniform(-reach, reach, shape)


def _fitting(random: np.random.Generator, shape: tuple[int, int], activation: str, spread: float) -> Array:
    return (_he if activation in ("relu", "leaky_relu") else _glorot)(random, shape, activation, spread)


_ROWS = (
    Initializer("auto", "He or Glorot", "He for ReLU and leaky ReLU layers, Glorot for all others", _fitting),
    Initializer("glorot", "Glorot", "uniform within √(6 / (fan in + fan out))", _glorot),
    Initializer("he", "He", "normal with variance 2 / fan in", _he),
    Initializer(
        "normal", "Normal", "normal around 0",
        lambda random, shape, activation, spread: random.normal(0.0, spread, shape), "Deviation", is_width=True,
    ),
    Initializer(
        "uniform", "Uniform", "uniform around 0",
        lambda random, shape, activation, spread: random.uniform(-spread, spread, shape), "Up to ±", is_width=True,
    ),
    Initializer(
        "constant", "Constant", "all the same",
        lambda random, shape, activation, spread: np.full(shape, spread), "Value",
    ),
    Initializer("zeros", "Zeros", "all 0", lambda random, shape, activation, spread: np.zeros(shape)),
)  # fmt: skip

INITIALIZERS: Mapping[str, Initializer] = MappingProxyType({row.name: row for row in _ROWS})
"""Every initializer by its name, in the order in which a person is offered them."""


def draw_parameters(network: Network, seed: int, initializer: str = "auto", spread: float = 0.5) -> Array:
    """Return start parameters ``(P,)`` for ``network``, the same for the same seed; biases are 0.

    Raises ValueError, with a sentence, for an unknown initializer.
    """
    if initializer not in INITIALIZERS:
        raise ValueError(f"The initializer {initializer!r} is not known; known are {', '.join(INITIALIZERS)}.")
    if INITIALIZERS[initializer].is_width and spread < 0:
        raise ValueError(f"The spread of a {initializer} start must be 0 or more, not {spread:g}.")
    random = np.random.default_rng((0, seed))
    parameters = np.zeros(network.parameter_count)
    for (weights, _), name in zip(network.layers(parameters), network.activations, strict=True):
        fan_in, fan_out = weights.shape
        weights[...] = INITIALIZERS[initializer].draw(random, (fan_in, fan_out), name, spread + 0.0)  # −0 is 0
    return frozen(parameters)
