"""The optimizers: from a gradient to a change of the parameters, one table row each.

Each is a pair of pure functions; the caller adds the change. The formulas are PyTorch's. Knows nothing of networks or
losses.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from gdstudio.engine.arrays import Array

OptimizerState = tuple[Array, ...]
"""What an optimizer remembers between steps: one array for each of its slots."""
Settings = Mapping[str, float]
Rate = float | Array
"""A learning rate; for many runs at once a column of them."""
Update = Callable[[Array, Array, OptimizerState, Rate, Settings, Array], OptimizerState]


@dataclass(frozen=True, slots=True)
class Setting:
    """A number that an optimizer is tuned by: its usual value, and the range that makes sense."""

    name: str
    label: str
    default: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Slot:
    """One array of an optimizer's memory: of the parameters' shape, or (a count of steps) one number."""

    name: str
    label: str
    per_parameter: bool = True


@dataclass(frozen=True, slots=True)
class Optimizer:
    """A rule of descent.

    ``update(parameters, gradient, state, learning_rate, settings, out)`` writes the change of the parameters into
    ``out`` and returns the next state; the old state stays as it was. Parameters, gradient and ``out`` have one shape.
    """

    name: str
    label: str
    formula: str
    slots: tuple[Slot, ...]
    settings: tuple[Setting, ...]
    update: Update

    def slot_sizes(self, count: int) -> tuple[int, ...]:
        """The length of each slot for ``count`` parameters."""
        return tuple(count if slot.per_parameter else 1 for slot in self.slots)

    def init(self, parameters: Array) -> OptimizerState:
        """The state before the first step: all zeros. A leading axis of the parameters is one of the state too."""
        lead, count = parameters.shape[:-1], parameters.shape[-1]
        return tuple(np.zeros((*lead, size)) for size in self.slot_sizes(count))

    def defaults(self) -> dict[str, float]:
        """The usual value of each setting."""
        return {setting.name: setting.default for setting in self.settings}


@lru_cache(maxsize=64)
def _minus(learning_rate: float) -> Array:
    """Return -rate as an array without axes, which a ufunc reads in half the time of a float."""
    return np.array(-learning_rate)


def _sgd(
    parameters: Array, gradient: Array, state: OptimizerState, learning_rate: Rate, settings: Settings, out: Array
) -> OptimizerState:
    np.multiply(gradient, _minus(learning_rate) if isinstance(learning_rate, float) else -learning_rate, out)
    return state


def _momentum(
    parameters: Array, gradient: Array, state: OptimizerState, learning_rate: Rate, settings: Settings, out: Array
) -> OptimizerState:
    """v = m v + g; change = -rate v: Polyak (1964)."""
    velocity = settings["momentum"] * state[0] + gradient
    np.multiply(velocity, -learning_rate, out)
    return (velocity,)


def _nesterov(
    parameters: Array, gradient: Array, state: OptimizerState, learning_rate: Rate, settings: Settings, out: Array
) -> OptimizerState:
    """v = m v + g; change = -rate (g + m v): Nesterov (1983), in the form of Sutskever et al. (2013)."""
    velocity = settings["momentum"] * state[0] + gradient
    np.multiply(velocity, settings["momentum"], out)
    out += gradient
    out *= -learning_rate
    return (velocity,)


def _adagrad(
    parameters: Array, gradient: Array, state: OptimizerState, learning_rate: Rate, settings: Settings, out: Array
) -> OptimizerState:
    """s = s + g^2; change = -rate g / (sqrt s + epsilon): Duchi, Hazan and Singer (2011)."""
    squares = state[0] + gradient * gradient
    np.divide(gradient, np.sqrt(squares) + settings["epsilon"], out)
    out *= -learning_rate
    return (squares,)


def _rmsprop(
    parameters: Array, gradient: Array, state: OptimizerState, learning_rate: Rate, settings: Settings, out: Array
) -> OptimizerState:
    """s = rho s + (1 - rho) g^2; change = -rate g / (sqrt s + epsilon): Tieleman and Hinton (2012)."""
    rho = settings["rho"]
    squares = rho * state[0] + (1.0 - rho) * gradient * gradient
    np.divide(gradient, np.sqrt(squares) + settings["epsilon"], out)
    out *= -learning_rate
    return (squares,)


def _adam(
    parameters: Array, gradient: Array, state: OptimizerState, learning_rate: Rate, settings: Settings, out: Array
) -> OptimizerState:
    """m and s are running means of g and g^2, each divided by 1 - beta^t: Kingma and Ba (2015)."""
    first, second = settings["beta_1"], settings["beta_2"]
    velocity = first * state[0] + (1.0 - first) * gradient
    squares = second * state[1] + (1.0 - second) * gradient * gradient
    count = state[2] + 1.0
    np.sqrt(squares, out)
    out /= np.sqrt(1.0 - second**count)
    out += settings["epsilon"]
    np.divide(velocity, out, out)
    out *= -learning_rate / (1.0 - first**count)
    return velocity, squares, count


def _adamw(
    parameters: Array, gradient: Array, state: OptimizerState, learning_rate: Rate, settings: Settings, out: Array
) -> OptimizerState:
    """Adam, and besides every parameter shrinks by rate x decay: Loshchilov and Hutter (2019)."""
    following = _adam(parameters, gradient, state, learning_rate, settings, out)
    out -= learning_rate * settings["weight_decay"] * parameters
    return following


_MOMENTUM = Setting("momentum", "Momentum", 0.9, 0.0, 0.9999)
_BETAS = (Setting("beta_1", "Beta 1", 0.9, 0.0, 0.9999), Setting("beta_2", "Beta 2", 0.999, 0.0, 0.999999))
_VELOCITY, _SQUARES = Slot("velocity", "velocity"), Slot("squares", "accumulated squares")
_MEANS = (_VELOCITY, _SQUARES, Slot("count", "steps so far", per_parameter=False))


def _epsilon(default: float) -> Setting:
    return Setting("epsilon", "Epsilon", default, 1e-16, 1.0)


_ROWS = (
    Optimizer("sgd", "Gradient descent", "change = −rate × slope", (), (), _sgd),
    Optimizer(
        "momentum", "Momentum", "change = −rate × velocity; velocity = momentum × velocity + slope",
        (_VELOCITY,), (_MOMENTUM,), _momentum,
    ),
    Optimizer(
        "nesterov", "Nesterov", "change = −rate × (slope + momentum × velocity)",
        (_VELOCITY,), (_MOMENTUM,), _nesterov,
    ),
    Optimizer(
        "adagrad", "AdaGrad", "change = −rate × slope / √(sum of squared slopes)",
        (_SQUARES,), (_epsilon(1e-10),), _adagrad,
    ),
    Optimizer(
        "rmsprop", "RMSprop", "change = −rate × slope / √(running mean of squared slopes)",
        (_SQUARES,), (Setting("rho", "Rho", 0.9, 0.0, 0.9999), _epsilon(1e-8)), _rmsprop,
    ),
    Optimizer(
        "adam", "Adam", "change = −rate × mean slope / √(mean squared slope)",
        _MEANS, (*_BETAS, _epsilon(1e-8)), _adam,
    ),
    Optimizer(
        "adamw", "AdamW", "change = Adam’s − rate × decay × weight",
        _MEANS, (*_BETAS, _epsilon(1e-8), Setting("weight_decay", "Weight decay", 0.01, 0.0, 1.0)), _adamw,
    ),
)  # fmt: skip

OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType({row.name: row for row in _ROWS})
"""Every optimizer by its name, in the order in which a person is offered them."""
