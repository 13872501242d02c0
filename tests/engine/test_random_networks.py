"""The proof of backpropagation: 2,000 random networks, each slope measured by two witnesses that know no chain rule."""

from collections import Counter
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    Network,
    Penalty,
    backward,
    complex_gradient,
    forward,
    is_analytic,
    kinked,
    measured_gradient,
)

CHUNKS, EACH = 20, 100
SEED = 20_000
SMOOTH_LAST = {"binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}
HIDDEN = [name for name in ACTIVATIONS if name != "softmax"]
PENALTIES = [(0.0, 0.0), (0.02, 0.0), (0.0, 0.03), (0.02, 0.03)]
SMALL = 1e-2
"""A loss near 1 is known to 1e-16; over a nudge of 6e-6 that is 4e-11 for every nudged slope, however small the slope
is. Seven digits of a gradient can be measured so only where its norm is above some 1e-2 (all but one network in a
hundred); below, the difference is held against 1e-2 instead. The complex witness has no such limit."""
PLANTED = 20
"""One network in so many is put on a kink, within the reach of a nudge: by chance hardly any ever is."""


class Case(NamedTuple):
    network: Network
    loss: str
    penalty: Penalty
    parameters: np.ndarray
    x: np.ndarray
    y: np.ndarray


class Found(NamedTuple):
    """What came out for one network: norms, and how many parameters were left out because a nudge meets a kink."""

    case: Case
    norm: float
    complex_difference: float | None
    nudged_difference: float
    left_out: int
    difference_of_those: float


def random_case(number: int) -> Case:
    """Network ``number``: losses and penalties in turn, everything else drawn.

    Weights are about as large as those of a good start, so that signals neither die out nor saturate: a tanh at 20 has
    a slope of rounding only.
    """
    random = np.random.default_rng((SEED, number))
    loss = list(LOSSES)[number % len(LOSSES)]
    depth = int(random.integers(1, 5))
    sizes = tuple(random.integers(1, 6, depth + 1).tolist())
    activations = [HIDDEN[k] for k in random.integers(0, len(HIDDEN), depth)]
    activations[-1] = SMOOTH_LAST.get(loss, activations[-1])
    network = Network(sizes, tuple(activations), bool(random.integers(0, 2)))
    parameters = random.normal(0, 0.5, network.parameter_count)
    for weights, _ in network.layers(parameters):
        weights *= 2.4 / np.sqrt(sum(weights.shape))
    n = int(random.integers(1, 6))
    x, y = random.normal(0, 1, (n, sizes[0])), random.normal(0, 1, (n, sizes[-1]))
    if loss in SMOOTH_LAST:
        y = random.uniform(0, 1, (n, sizes[-1]))
    if loss == "categorical_crossentropy":
        y /= y.sum(axis=1, keepdims=True)
    penalty = Penalty(network, *PENALTIES[number // len(LOSSES) % len(PENALTIES)])
    if number % PLANTED == 0:
        plant(network, loss, penalty, parameters, x, y)
    return Case(network, loss, penalty, parameters, x, y)


def plant(network: Network, loss: str, penalty: Penalty, parameters, x, y) -> None:
    """Put a weight (L1), an error or a node's value 1e-8 beside a kink, where there is one."""
    if penalty.l1:
        parameters[0] = 1e-8
    if loss in ("mae", "huber"):
        y[0, 0] = forward(network, parameters, x).prediction[0, 0] - (loss == "huber") + 1e-8
    elif ACTIVATIONS[network.activations[0]].kink and network.bias:
        network.layers(parameters)[0][1][0] -= forward(network, parameters, x).z[1][0, 0] + 1e-8


def held_against_both_witnesses(case: Case) -> Found:
    network, loss, penalty, parameters, x, y = case
    asked = (network, parameters, x, y, loss, penalty)
    gradient = backward(*asked).gradient
    norm = float(np.linalg.norm(gradient))
    exact = complex_gradient(*asked) if is_analytic(network) else None
    off = None if exact is None else float(np.linalg.norm(gradient - exact))
    out = kinked(*asked) > 0
    gap = gradient - measured_gradient(*asked)
    return Found(case, norm, off, float(np.linalg.norm(gap[~out])), int(out.sum()), float(np.linalg.norm(gap[out])))


@cache
def chunk(number: int) -> tuple[Found, ...]:
    return tuple(held_against_both_witnesses(random_case(number * EACH + k)) for k in range(EACH))


def every() -> list[Found]:
    return [found for number in range(CHUNKS) for found in chunk(number)]


@pytest.mark.parametrize("number", range(CHUNKS))
def test_backpropagation_is_exact_to_1e_12_of_the_norm(number):
    """Against steps into the complex plane, which lose no digits. All of a gradient of 0 must be 0."""
    for found in chunk(number):
        if found.complex_difference is not None:
            assert found.complex_difference <= 1e-12 * found.norm, found


@pytest.mark.parametrize("number", range(CHUNKS))
def test_backpropagation_agrees_with_central_differences_to_1e_7_of_the_norm(number):
    for found in chunk(number):
        assert found.nudged_difference <= 1e-7 * max(found.norm, SMALL), found


def test_few_slopes_are_left_out_and_those_for_a_reason():
    """Only the planted networks meet a kink, and there a central difference is visibly no slope."""
    left_out = sum(found.left_out for found in every())
    slopes = sum(found.case.network.parameter_count for found in every())
    assert slopes > 45_000
    assert 100 < left_out < 0.02 * slopes
    met = [number for number, found in enumerate(every()) if found.left_out]
    assert sum(number % PLANTED == 0 for number in met) >= 30
    assert sum(number % PLANTED != 0 for number in met) <= 10
    assert sum(found.difference_of_those > 1e-4 * found.norm for found in every()) >= 15


def test_few_gradients_are_0_or_small():
    """0: behind a layer of silent ReLUs, without biases or penalty."""
    norms = np.array([found.norm for found in every()])
    assert len(norms) == 2000
    assert np.mean(norms == 0.0) < 0.03
    assert np.mean(norms < SMALL) < 0.04
    assert np.mean((norms > 0.05) & (norms < 10)) > 0.9


def test_every_activation_meets_every_loss_and_penalty_many_times():
    seen = Counter()
    for network, loss, penalty, *_ in (found.case for found in every()):
        for name in set(network.activations):
            seen[name, loss] += 1
            seen[name, penalty.l1 > 0, penalty.l2 > 0] += 1
    allowed = [(a, loss) for a in HIDDEN for loss in LOSSES] + [("softmax", "categorical_crossentropy")]
    kinds = [(a, one, other) for a in ACTIVATIONS for one in (True, False) for other in (True, False)]
    assert min(seen[pair] for pair in allowed) >= 30
    assert min(seen[kind] for kind in kinds) >= 40
    assert sum(found.complex_difference is not None for found in every()) >= 1500
    assert {len(found.case.network.sizes) for found in every()} == {2, 3, 4, 5}
    assert {size for found in every() for size in found.case.network.sizes} == {1, 2, 3, 4, 5}
    assert {found.case.network.bias for found in every()} == {True, False}
