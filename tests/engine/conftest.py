"""The mathematics once more, in plain Python and for one example at a time: what the engine is held against."""

import math
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from gdstudio.engine import Network


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z)) if z > -700 else math.exp(z)


def softmax(zs: Sequence[float]) -> list[float]:
    powers = [math.exp(z - max(zs)) for z in zs]
    return [power / math.fsum(powers) for power in powers]


ACTIVATIONS_BY_HAND: dict[str, Callable[[float], float]] = {
    "linear": lambda z: z,
    "relu": lambda z: z if z > 0 else 0.0,
    "leaky_relu": lambda z: z if z > 0 else z / 100,
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "gelu": lambda z: z * math.erfc(-z / math.sqrt(2)) / 2,
    "silu": lambda z: z * sigmoid(z),
    "tanh": math.tanh,
    "sigmoid": sigmoid,
    "softplus": lambda z: z + math.log1p(math.exp(-z)) if z > 0 else math.log1p(math.exp(z)),
}
"""One node's value; softmax, which needs all nodes of its layer, is :func:`softmax`."""
JUMPS: dict[str, tuple[float, ...]] = {"relu": (0.0,), "leaky_relu": (0.0,), "elu": (0.0,)}
"""Where an activation or its slope has an edge."""


def _mean(each: Callable[[float, float], float]) -> Callable[[Sequence[float], Sequence[float]], float]:
    return lambda p, t: math.fsum(map(each, p, t)) / len(p)


def _cross_entropy(p: float, t: float) -> float:
    return (-t * math.log(p) if t else 0.0) - ((1 - t) * math.log(1 - p) if t < 1 else 0.0)


LOSSES_BY_HAND: dict[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "mse": _mean(lambda p, t: (p - t) ** 2),
    "half_mse": _mean(lambda p, t: (p - t) ** 2 / 2),
    "mae": _mean(lambda p, t: abs(p - t)),
    "huber": _mean(lambda p, t: (p - t) ** 2 / 2 if abs(p - t) <= 1 else abs(p - t) - 0.5),
    "binary_crossentropy": _mean(_cross_entropy),
    "categorical_crossentropy": lambda p, t: (
        -math.fsum(each * math.log(share) for share, each in zip(p, t, strict=True) if each)
    ),
}
"""The loss of one example: predictions and targets of all its outputs."""
EDGES: dict[str, tuple[float, ...]] = {"mae": (0.0,), "huber": (-1.0, 1.0)}
"""The errors at which a loss or its slope has an edge."""
LAST: dict[str, str] = {"binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}
"""The last activation that a loss asks for; every other loss takes any but softmax."""


def values_by_hand(network: Network, parameters: Sequence[float], row: Sequence[float]) -> list[list[float]]:
    """The values before activation, layer by layer, of one example."""
    left = list(map(float, parameters))
    a, zs = list(map(float, row)), []
    for fan_out, name in zip(network.sizes[1:], network.activations, strict=True):
        weights = [[left.pop(0) for _ in range(fan_out)] for _ in a]
        bias = [left.pop(0) for _ in range(fan_out)] if network.bias else [0.0] * fan_out
        zs.append([sum(v * weights[i][j] for i, v in enumerate(a)) + bias[j] for j in range(fan_out)])
        a = activate_by_hand(name, zs[-1])
    assert not left
    return zs


def activate_by_hand(name: str, zs: Sequence[float]) -> list[float]:
    return softmax(zs) if name == "softmax" else [ACTIVATIONS_BY_HAND[name](z) for z in zs]


def predict_by_hand(network: Network, parameters: Sequence[float], row: Sequence[float]) -> list[float]:
    return activate_by_hand(network.activations[-1], values_by_hand(network, parameters, row)[-1])


def penalty_by_hand(network: Network, parameters: Sequence[float], l1: float, l2: float) -> float:
    """Over the weights, never the biases: they are the last of each layer's parameters."""
    left, cost = list(map(float, parameters)), 0.0
    for fan_in, fan_out in zip(network.sizes, network.sizes[1:], strict=False):
        for _ in range(fan_in * fan_out):
            weight = left.pop(0)
            cost += l1 * abs(weight) + l2 * weight**2
        del left[: fan_out if network.bias else 0]
    assert not left
    return cost


def loss_by_hand(network: Network, parameters, x, y, loss: str, l1: float = 0.0, l2: float = 0.0) -> float:
    """The mean over examples, and what the weights cost."""
    each = LOSSES_BY_HAND[loss]
    terms = [each(predict_by_hand(network, parameters, row), targets) for row, targets in zip(x, y, strict=True)]
    return math.fsum(terms) / len(terms) + penalty_by_hand(network, parameters, l1, l2)


def slopes_by_hand(network: Network, parameters, x, y, loss: str, l1=0.0, l2=0.0, h: float = 1e-5) -> np.ndarray:
    """The gradient by central differences of :func:`loss_by_hand`."""
    slopes = []
    for index in range(len(parameters)):
        above, below = np.array(parameters, dtype=float), np.array(parameters, dtype=float)
        above[index] += h
        below[index] -= h
        rise = loss_by_hand(network, above, x, y, loss, l1, l2) - loss_by_hand(network, below, x, y, loss, l1, l2)
        slopes.append(rise / (above[index] - below[index]))
    return np.array(slopes)


def far_from_edges(network: Network, parameters, x, y, loss: str, margin: float = 1e-2) -> bool:
    """Whether no value and no error is near a place where a central difference measures nothing."""
    for row, targets in zip(x, y, strict=True):
        for name, zs in zip(network.activations, values_by_hand(network, parameters, row), strict=True):
            if any(abs(z - jump) <= margin for z in zs for jump in JUMPS.get(name, ())):
                return False
        errors = [p - t for p, t in zip(predict_by_hand(network, parameters, row), targets, strict=True)]
        if any(abs(error - edge) <= margin for error in errors for edge in EDGES.get(loss, ())):
            return False
    return True


def network_with(activation: str, loss: str, sizes: tuple[int, ...] = (3, 4, 3, 2), bias: bool = True) -> Network:
    """A network with ``activation`` wherever it can stand: softmax only last, and last what the loss asks for."""
    hidden = "tanh" if activation == "softmax" else activation
    return Network(sizes, (hidden,) * (len(sizes) - 2) + (LAST.get(loss, activation),), bias)


def random_targets(random: np.random.Generator, shape: tuple[int, int], loss: str) -> np.ndarray:
    """Targets that the loss can be used with: any numbers, shares, or shares of one whole."""
    if loss == "categorical_crossentropy":
        return random.dirichlet(np.ones(shape[1]), shape[0])
    return random.uniform(0, 1, shape) if loss == "binary_crossentropy" else random.normal(0, 1, shape)


def random_case(
    activation: str, seed: int, *, loss: str = "mse", bias: bool = True, n: int = 4
) -> tuple[Network, np.ndarray, list, list]:
    """A small random network with ``activation``, and data: edges left out, no output always silent."""
    network = network_with(activation, loss, bias=bias)
    for attempt in range(1000):
        random = np.random.default_rng((seed, attempt))
        parameters = random.normal(0, 0.6, network.parameter_count)
        x, y = random.normal(0, 1, (n, 3)).tolist(), random_targets(random, (n, 2), loss).tolist()
        alive = np.any([predict_by_hand(network, parameters, row) for row in x], axis=0).all()
        if alive and far_from_edges(network, parameters, x, y, loss):
            return network, parameters, x, y
    raise AssertionError("no network without an edge nearby")


@pytest.fixture(scope="session")
def by_hand() -> SimpleNamespace:
    return SimpleNamespace(
        activations=ACTIVATIONS_BY_HAND,
        jumps=JUMPS,
        softmax=softmax,
        losses=LOSSES_BY_HAND,
        edges=EDGES,
        last=LAST,
        predict=predict_by_hand,
        penalty=penalty_by_hand,
        loss=loss_by_hand,
        slopes=slopes_by_hand,
        network=network_with,
        targets=random_targets,
        case=random_case,
    )
