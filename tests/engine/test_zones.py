"""At which learning rates descent converges, where a theorem tells: against what many steps do."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.engine import (
    OPTIMIZERS,
    Network,
    Recipe,
    growth_of_turns,
    is_quadratic,
    learning_rate_zones,
    start_state,
    train,
)

LINEAR = Recipe(Network((2, 1), ("linear",), bias=False))
LECTURE = [1.0, 2.0], [[3.0, 4.0]], [[6.0]]


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(6, 3)) * 10.0 ** random.uniform(-1.0, 1.0, size=3)
    return random.normal(size=3), x, x @ random.normal(size=(3, 1))


def test_the_lecture_s_rates():
    zones = learning_rate_zones(LINEAR, *LECTURE)
    assert (zones.one_step, zones.edge) == (pytest.approx(0.02), pytest.approx(0.04))
    assert zones.is_exact
    assert zones.is_sharp


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name not in ("sgd", "momentum", "nesterov")])
def test_rules_that_scale_each_slope_have_no_zones(name):
    assert learning_rate_zones(replace(LINEAR, optimizer=name), *LECTURE) is None


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.95])
def test_below_the_edge_descent_comes_home_and_above_it_leaves(seed, optimizer, momentum):
    settings = () if optimizer == "sgd" else {"momentum": momentum}
    parameters, x, y = drawn(seed)
    recipe = Recipe(Network((3, 1), ("linear",), bias=False), optimizer=optimizer, settings=settings)
    edge = learning_rate_zones(recipe, parameters, x, y).edge
    for share in (0.99, 1.01):
        there = replace(recipe, learning_rate=share * edge)
        losses = train(there, start_state(there, parameters), x, y, 4000, loss_limit=1e30).losses
        assert bool(losses[-1] > losses[0]) is (share > 1.0)


@pytest.mark.parametrize(
    ("change", "is_exact"),
    [
        ({}, True), ({"l2": 0.1}, True), ({"loss": "half_mse"}, True), ({"l1": 0.1}, False), ({"loss": "huber"}, False),
        ({"schedule": "cosine"}, False), ({"batch_size": 1}, True), ({"network": Network((2, 1), ("tanh",))}, False),
    ],
)  # fmt: skip
def test_only_a_parabola_that_every_step_sees_whole_has_exact_zones(change, is_exact):
    recipe = replace(LINEAR, **change)
    parameters = np.linspace(0.1, 0.4, recipe.network.parameter_count)
    zones = learning_rate_zones(recipe, parameters, *LECTURE[1:])
    assert zones is None or zones.is_exact is is_exact
    assert is_quadratic(recipe) is (is_exact or "schedule" in change)
    halves = learning_rate_zones(replace(LINEAR, batch_size=1), [1.0, 2.0], [[3.0, 4.0], [1.0, 1.0]], [[6.0], [1.0]])
    assert not halves.is_exact


@pytest.mark.parametrize("seed", range(12))
def test_the_growth_of_turns_is_that_of_the_distance_in_the_long_run(seed):
    parameters, x, y = drawn(seed)
    recipe = replace(LINEAR, network=Network((3, 1), ("linear",), bias=False), one_at_a_time=True)
    zones = learning_rate_zones(recipe, parameters, x, y)
    assert not zones.is_sharp
    assert zones.edge == pytest.approx(2.0 / np.max(2.0 * np.square(x).mean(axis=0)))
    for share in (0.5, 0.97, 1.6, 2.5):
        there = replace(recipe, learning_rate=share * zones.edge)
        growth = abs(growth_of_turns(there, parameters, x, y))
        losses = train(there, start_state(there, parameters), x, y, 400, loss_limit=1e40).losses
        assert share > 1.0 or growth < 1.0
        if abs(growth - 1.0) > 0.02:
            assert bool(losses[-1] > losses[0]) is (growth > 1.0)


def test_one_weight_alone_only_changes_its_sign_at_its_edge():
    recipe = Recipe(Network((1, 1), ("linear",), bias=False), learning_rate=1 / 9, one_at_a_time=True)
    assert growth_of_turns(recipe, [2.0], [[3.0]], [[10.0]]) == pytest.approx(-1.0)


def test_numbers_beyond_all_bounds_grow_beyond_all_bounds():
    recipe = replace(LINEAR, one_at_a_time=True)
    assert growth_of_turns(recipe, [1.0, 2.0], [[1e200, 1.0]], [[1.0]]) == math.inf
