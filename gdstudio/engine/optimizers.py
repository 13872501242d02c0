"""The optimizers: from a gradient to a change of the parameters, one table row each.

Each is a pair of pure functions; the caller adds the change. Knows nothing of networks or losses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gdstudio.engine.arrays import Array

OptimizerState = tuple[Array, ...]
"""What an optimizer remembers between steps: one array of the parameters' shape for each name in ``slots``."""


@dataclass(frozen=True, slots=True)
class Optimizer:
    """A rule of descent.

    ``init(parameters)`` is its first state. ``update(gradient, state, learning_rate, out)`` writes the change of the
    parameters into ``out`` (shape of the gradient) and returns the next state; the old state stays as it was.
    """

    name: str
    label: str
    formula: str
    slots: tuple[str, ...]
    init: Callable[[Array], OptimizerState]
    update: Callable[[Array, OptimizerState, float, Array], OptimizerState]


def _no_state(parameters: Array) -> OptimizerState:
    return ()


def _sgd(gradient: Array, state: OptimizerState, learning_rate: float, out: Array) -> OptimizerState:
    np.multiply(gradient, -learning_rate, out=out)
    return state


_ROWS = (Optimizer("sgd", "Gradient descent", "change = −learning rate × slope", (), _no_state, _sgd),)

OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType({row.name: row for row in _ROWS})
"""Every optimizer by its name, in the order in which a person is offered them."""
