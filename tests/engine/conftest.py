"""The mathematics once more, in plain Python and for one example at a time: what the engine is held against."""

import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from gdstudio.engine import Network

ACTIVATIONS_BY_HAND: dict[str, Callable[[float], float]] = {
    "linear": lambda z: z,
    "relu": lambda z: z if z > 0 else 0.0,
    "tanh": math.tanh,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)) if z > -700 else math.exp(z),
}
LOSSES_BY_HAND: dict[str, Callable[[float, float], float]] = {
    "mse": lambda prediction, target: (prediction - target) ** 2,
    "half_mse": lambda prediction, target: (prediction - target) ** 2 / 2,
}


def values_by_hand(network: Network, parameters: Sequence[float], row: Sequence[float]) -> list[list[float]]:
    """The values before activation, layer by layer, of one example."""
    left = list(map(float, parameters))
    a, zs = list(map(float, row)), []
    for fan_out, name in zip(network.sizes[1:], network.activations, strict=True):
        weights = [[left.pop(0) for _ in range(fan_out)] for _ in a]
        bias = [left.pop(0) for _ in range(fan_out)] if network.bias else [0.0] * fan_out
        zs.append([sum(v * weights[i][j] for i, v in enumerate(a)) + bias[j] for j in range(fan_out)])
        a = [ACTIVATIONS_BY_HAND[name](z) for z in zs[-1]]
    assert not left
    return zs


def predict_by_hand(network: Network, parameters: Sequence[float], row: Sequence[float]) -> list[float]:
    last = ACTIVATIONS_BY_HAND[network.activations[-1]]
    return [last(z) for z in values_by_hand(network, parameters, row)[-1]]


def loss_by_hand(network: Network, parameters: Sequence[float], x, y, loss: str) -> float:
    """The mean over examples and outputs."""
    each = LOSSES_BY_HAND[loss]
    terms = [
        each(p, t)
        for row, targets in zip(x, y, strict=True)
        for p, t in zip(predict_by_hand(network, parameters, row), targets, strict=True)
    ]
    return math.fsum(terms) / len(terms)


def slopes_by_hand(network: Network, parameters: Sequence[float], x, y, loss: str, h: float = 1e-5) -> np.ndarray:
    """The gradient by central differences of :func:`loss_by_hand`."""
    slopes = []
    for index in range(len(parameters)):
        above, below = np.array(parameters, dtype=float), np.array(parameters, dtype=float)
        above[index] += h
        below[index] -= h
        rise = loss_by_hand(network, above, x, y, loss) - loss_by_hand(network, below, x, y, loss)
        slopes.append(rise / (above[index] - below[index]))
    return np.array(slopes)


def far_from_kinks(network: Network, parameters: Sequence[float], x, margin: float = 1e-2) -> bool:
    return all(abs(z) > margin for row in x for zs in values_by_hand(network, parameters, row) for z in zs)


def random_case(activation: str, seed: int, *, bias: bool = True, n: int = 4) -> tuple[Network, np.ndarray, list, list]:
    """A small random network with ``activation`` in every layer, and data: kinks left out, no output always silent."""
    network = Network((3, 4, 3, 2), (activation,) * 3, bias)
    for attempt in range(1000):
        random = np.random.default_rng((seed, attempt))
        parameters = random.normal(0, 0.6, network.parameter_count)
        x, y = random.normal(0, 1, (n, 3)).tolist(), random.normal(0, 1, (n, 2)).tolist()
        alive = np.any([predict_by_hand(network, parameters, row) for row in x], axis=0).all()
        if alive and far_from_kinks(network, parameters, x):
            return network, parameters, x, y
    raise AssertionError("no network without a kink nearby")


@pytest.fixture(scope="session")
def by_hand() -> SimpleNamespace:
    return SimpleNamespace(
        activations=ACTIVATIONS_BY_HAND,
        losses=LOSSES_BY_HAND,
        predict=predict_by_hand,
        loss=loss_by_hand,
        slopes=slopes_by_hand,
        case=random_case,
    )
