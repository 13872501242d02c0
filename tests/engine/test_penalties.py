"""L1 and L2 in the loss and in the gradient: on weights, never on biases."""

from dataclasses import replace

import numpy as np
import pytest

from gdstudio.engine import (
    Network,
    Penalty,
    Recipe,
    backward,
    loss_value,
    measured_loss,
    observe,
    relative_difference,
    start_state,
    train,
    train_step,
)

LECTURE = Network((2, 1), ("linear",))
PARAMETERS = [1.0, -2.0, 5.0]
X, Y = [[3.0, 4.0]], [[6.0]]
ERROR = 3.0 - 8.0 + 5.0 - 6.0
WEIGHTS = pytest.mark.parametrize(("l1", "l2"), [(0.1, 0.0), (0.0, 0.01), (0.3, 0.02)])


@WEIGHTS
def test_the_cost_of_the_lecture_weights_by_hand(l1, l2):
    penalty = Penalty(LECTURE, l1, l2)
    assert penalty.value(np.array(PARAMETERS)) == pytest.approx(l1 * 3 + l2 * 5, rel=1e-15)
    assert penalty.slope(np.array(PARAMETERS)).tolist() == [l1 + 2 * l2 * 1, -l1 + 2 * l2 * -2, 0.0]
    assert penalty.bend(np.array([1.0, 10.0, 100.0])).tolist() == [2 * l2, 20 * l2, 0.0]


@WEIGHTS
def test_the_lecture_loss_and_slopes_grow_by_the_cost_and_the_bias_by_nothing(l1, l2):
    found = backward(LECTURE, PARAMETERS, X, Y, "mse", Penalty(LECTURE, l1, l2))
    assert found.loss == pytest.approx(ERROR**2 + l1 * 3 + l2 * 5, rel=1e-15)
    slopes = [2 * ERROR * 3 + l1 + 2 * l2, 2 * ERROR * 4 - l1 - 4 * l2, 2 * ERROR]
    assert found.gradient == pytest.approx(slopes, rel=1e-15)
    assert found.gradient[2] == 2 * ERROR


@WEIGHTS
def test_without_biases_every_parameter_costs(l1, l2):
    network = Network((2, 1), ("linear",), bias=False)
    assert Penalty(network, l1, l2).value(np.array([3.0, -4.0])) == pytest.approx(7 * l1 + 25 * l2, rel=1e-15)


def test_a_weight_of_0_has_no_slope_in_l1():
    assert Penalty(LECTURE, 1.0, 0.0).slope(np.array([0.0, -0.0, 0.0])).tolist() == [0.0, 0.0, 0.0]


def test_a_penalty_of_nothing_is_none():
    assert not Penalty(LECTURE)
    assert Penalty(LECTURE, l1=1e-300)
    assert Penalty(LECTURE, l2=1e-300)
    assert loss_value(LECTURE, PARAMETERS, X, Y, "mse", Penalty(LECTURE)) == loss_value(LECTURE, PARAMETERS, X, Y)


def test_many_runs_at_once_cost_what_each_costs_alone():
    penalty = Penalty(LECTURE, 0.3, 0.02)
    runs = np.random.default_rng(0).normal(0, 1, (4, 3))
    assert penalty.value(runs).tolist() == pytest.approx([float(penalty.value(run)) for run in runs], rel=1e-15)
    assert np.array_equal(penalty.slope(runs), [penalty.slope(run) for run in runs])
    assert np.array_equal(penalty.bend(runs), [penalty.bend(run) for run in runs])


@WEIGHTS
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("loss", ["mse", "huber", "binary_crossentropy", "categorical_crossentropy"])
def test_in_a_deep_network_loss_and_slopes_are_those_by_hand(loss, bias, l1, l2, by_hand):
    network, parameters, x, y = by_hand.case("tanh", 5, loss=loss, bias=bias)
    assert (np.abs(parameters) > 1e-4).all()
    found = backward(network, parameters, x, y, loss, Penalty(network, l1, l2))
    assert found.loss == pytest.approx(by_hand.loss(network, parameters, x, y, loss, l1, l2), rel=1e-13)
    nudged = by_hand.slopes(network, parameters, x, y, loss, l1, l2)
    assert np.linalg.norm(found.gradient - nudged) <= 1e-8 * np.linalg.norm(nudged)
    plain = backward(network, parameters, x, y, loss).gradient
    added = (l1 * np.sign(parameters) + 2 * l2 * parameters) * network.is_weight
    assert found.gradient == pytest.approx(plain + added, rel=1e-13, abs=1e-16)


@WEIGHTS
def test_a_recipe_carries_its_penalty_into_the_loss_the_slopes_and_the_step(l1, l2):
    recipe = Recipe(LECTURE, l1=l1, l2=l2, learning_rate=0.01)
    cost = l1 * 3 + l2 * 5
    slopes = np.array([2 * ERROR * 3 + l1 + 2 * l2, 2 * ERROR * 4 - l1 - 4 * l2, 2 * ERROR])
    assert measured_loss(recipe, PARAMETERS, X, Y) == pytest.approx(ERROR**2 + cost, rel=1e-15)
    assert observe(recipe, PARAMETERS, X, Y).gradient == pytest.approx(slopes, rel=1e-15)
    state, record = train_step(recipe, start_state(recipe, PARAMETERS), X, Y)
    assert record.slopes.gradient == pytest.approx(slopes, rel=1e-15)
    assert record.loss_before == pytest.approx(ERROR**2 + cost, rel=1e-15)
    assert state.parameters == pytest.approx(PARAMETERS - 0.01 * slopes, rel=1e-15)
    assert record.loss_after == measured_loss(recipe, state.parameters, X, Y)


@pytest.mark.parametrize("batch", [None, 2], ids=str)
def test_the_cost_is_counted_once_and_not_once_for_each_example(batch):
    """No data pulls at a weight whose input is always 0, so it shrinks by 1 - 2 r l2 a step."""
    recipe = Recipe(Network((2, 1), ("linear",), False), l2=0.05, learning_rate=0.1, batch_size=batch)
    x, y = [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]], [[1.0], [2.0], [3.0]]
    run = train(recipe, start_state(recipe, [1.0, 4.0]), x, y, 10)
    assert run.state.parameters[1] == pytest.approx(4.0 * (1 - 2 * 0.1 * 0.05) ** 10, rel=1e-13)


def test_l1_walks_a_useless_weight_to_0_in_equal_steps():
    recipe = Recipe(Network((1, 1), ("linear",), False), l1=0.5, learning_rate=0.125)
    run = train(recipe, start_state(recipe, [1.0]), [[0.0]], [[0.0]], 16)
    assert run.losses.tolist() == [0.5 * (1 - 0.0625 * k) for k in range(17)]
    assert run.state.parameters.tolist() == [0.0]


def test_l2_is_what_ridge_regression_minimizes():
    """mean (x w - t)^2 + l2 w^2 is least where (X'X / n + l2) w = X't / n: Hoerl and Kennard (1970)."""
    random = np.random.default_rng(1)
    x, y = random.normal(0, 1, (20, 3)), random.normal(0, 1, (20, 1))
    recipe = Recipe(Network((3, 1), ("linear",), False), l2=0.1, learning_rate=0.1)
    run = train(recipe, start_state(recipe, [0.0, 0.0, 0.0]), x, y, 2000, tolerance=1e-12)
    expected = np.linalg.solve(x.T @ x / 20 + 0.1 * np.eye(3), x.T @ y / 20).ravel()
    assert relative_difference(run.state.parameters, expected) < 1e-11


def test_a_change_of_the_penalty_changes_the_next_step_only():
    plain = Recipe(LECTURE)
    state = train(plain, start_state(plain, PARAMETERS), X, Y, 3).state
    after, _ = train_step(replace(plain, l2=0.5), state, X, Y)
    without, _ = train_step(plain, state, X, Y)
    pull = 0.01 * 2 * 0.5 * state.parameters * [1, 1, 0]
    assert after.parameters == pytest.approx(without.parameters - pull, rel=1e-13)
