"""Weights that move one after the other: the lecture's numbers, and every optimizer against a loop written out here."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.engine import (
    OPTIMIZERS,
    Network,
    Outcome,
    Recipe,
    backward,
    batch_of_step,
    draw_parameters,
    loss_value,
    start_state,
    sweep,
    train,
    train_step,
)

TWO = Recipe(Network((2, 1), ("linear",), False), one_at_a_time=True)
TWO_DATA = ([[3.0, 4.0]], [[6.0]])
EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer", OPTIMIZERS)


def some_data(examples=7, outputs=1):
    random = np.random.default_rng(11)
    return random.normal(size=(examples, 2)), random.normal(size=(examples, outputs))


def some_recipe(optimizer="sgd", **options):
    network = Network((2, 3, 1), ("tanh", "linear"))
    return Recipe(network, optimizer=optimizer, **{"learning_rate": 0.05, "seed": 4, "one_at_a_time": True} | options)


def started(recipe):
    return start_state(recipe, draw_parameters(recipe.network, 2, "normal", 0.9))


# The lecture.


def test_one_after_the_other_the_lecture_weights_become_0_7_and_1_672_with_error_2_788():
    state, record = train_step(TWO, start_state(TWO, [1.0, 2.0]), *TWO_DATA)
    assert state.parameters == pytest.approx([0.7, 1.672], rel=1e-14)
    assert math.sqrt(record.loss_after) == pytest.approx(2.788, rel=1e-13)
    assert record.slopes_used == pytest.approx([30.0, 32.8], rel=1e-14)
    assert record.slopes.gradient.tolist() == [30.0, 40.0]
    assert record.change == pytest.approx([-0.3, -0.328], rel=1e-14)


def test_all_at_once_they_become_0_7_and_1_6_with_error_2_5_by_the_slopes_30_and_40():
    together = replace(TWO, one_at_a_time=False)
    state, record = train_step(together, start_state(together, [1.0, 2.0]), *TWO_DATA)
    assert state.parameters == pytest.approx([0.7, 1.6], rel=1e-15)
    assert math.sqrt(record.loss_after) == pytest.approx(2.5, rel=1e-14)
    assert record.slopes_used.tolist() == record.slopes.gradient.tolist() == [30.0, 40.0]


def test_gradient_descent_moves_all_at_once_unless_asked():
    assert Recipe(Network((2, 1), ("linear",), False)).one_at_a_time is False


# Against a loop.


def one_change(optimizer, weight, slope, memory, time, rate, s):
    """The change of one weight by a slope, in plain numbers; ``memory`` is its own and is written into."""
    match optimizer:
        case "sgd":
            return -rate * slope
        case "momentum" | "nesterov":
            v = memory["v"] = s["momentum"] * memory.get("v", 0.0) + slope
            return -rate * (v if optimizer == "momentum" else slope + s["momentum"] * v)
        case "adagrad":
            memory["s"] = memory.get("s", 0.0) + slope**2
            return -rate * slope / (math.sqrt(memory["s"]) + s["epsilon"])
        case "rmsprop":
            memory["s"] = s["rho"] * memory.get("s", 0.0) + (1 - s["rho"]) * slope**2
            return -rate * slope / (math.sqrt(memory["s"]) + s["epsilon"])
        case "adam" | "adamw":
            m = memory["m"] = s["beta_1"] * memory.get("m", 0.0) + (1 - s["beta_1"]) * slope
            v = memory["v"] = s["beta_2"] * memory.get("v", 0.0) + (1 - s["beta_2"]) * slope**2
            m, v = m / (1 - s["beta_1"] ** time), v / (1 - s["beta_2"] ** time)
            decay = rate * s["weight_decay"] * weight if optimizer == "adamw" else 0.0
            return -rate * m / (math.sqrt(v) + s["epsilon"]) - decay


def by_hand(recipe, state, x, y, steps):
    """The parameters and the slopes used in the last step, weight by weight; each turn asks for a new gradient."""
    weights = np.array(state.parameters)
    memories = [{} for _ in weights]
    slopes = np.zeros_like(weights)
    for step in range(steps):
        batch = batch_of_step(recipe, step, len(x))
        for k in range(len(weights)):
            run = backward(recipe.network, weights, x[batch], y[batch], recipe.loss, recipe.penalty)
            slopes[k] = run.gradient[k]
            settings = dict(recipe.settings)
            change = one_change(
                recipe.optimizer, weights[k], slopes[k], memories[k], step + 1, recipe.rate_at(step), settings
            )
            if k not in recipe.locked:
                weights[k] += change
    return weights, slopes


def assert_as_by_hand(recipe, steps=4):
    x, y = some_data()
    first = state = started(recipe)
    record = None
    for _ in range(steps):
        state, record = train_step(recipe, state, x, y)
    weights, slopes = by_hand(recipe, first, x, y, steps)
    assert state.parameters == pytest.approx(weights, rel=1e-12, abs=1e-15)
    assert record.slopes_used == pytest.approx(slopes, rel=1e-12, abs=1e-15)
    assert state.step == steps
    together = replace(recipe, one_at_a_time=False)
    assert train(together, first, x, y, steps).state.parameters != pytest.approx(weights, rel=1e-6)


@EVERY_OPTIMIZER
def test_every_optimizer_moves_as_a_loop_over_the_weights_does(optimizer):
    assert_as_by_hand(some_recipe(optimizer))


@EVERY_OPTIMIZER
def test_mini_batches_schedule_penalty_and_locks_are_as_in_the_loop(optimizer):
    options = {"batch_size": 3, "schedule": "exponential", "period": 3, "l1": 0.01, "l2": 0.05}
    assert_as_by_hand(some_recipe(optimizer, locked=frozenset({1, 6}), **options), steps=7)


def test_the_first_weight_moves_as_it_would_together_with_the_others():
    recipe, (x, y) = some_recipe("adam"), some_data()
    together = replace(recipe, one_at_a_time=False)
    turns, at_once = (train_step(each, started(each), x, y)[1] for each in (recipe, together))
    assert turns.change[0] == at_once.change[0]
    assert turns.slopes_used[0] == turns.slopes.gradient[0]
    assert set(np.flatnonzero(turns.change != at_once.change)) == set(range(1, len(turns.change)))


def test_a_single_weight_moves_to_the_very_same_bits_either_way():
    for optimizer in OPTIMIZERS:
        recipe = Recipe(Network((1, 1), ("linear",), False), optimizer=optimizer, one_at_a_time=True)
        ends = [
            train(each, start_state(each, [2.0]), [[3.0]], [[10.0]], 9).state
            for each in (recipe, replace(recipe, one_at_a_time=False))
        ]
        assert ends[0].parameters.tobytes() == ends[1].parameters.tobytes()
        assert [slot.tobytes() for slot in ends[0].optimizer] == [slot.tobytes() for slot in ends[1].optimizer]


@EVERY_OPTIMIZER
def test_a_locked_weight_stays_and_the_others_go_by_slopes_that_know_it(optimizer):
    recipe, (x, y) = some_recipe(optimizer, locked=frozenset({0, 12})), some_data()
    state, record = train_step(recipe, started(recipe), x, y)
    assert state.parameters[[0, 12]].tolist() == started(recipe).parameters[[0, 12]].tolist()
    assert record.change[[0, 12]].tolist() == [0.0, 0.0]
    assert np.count_nonzero(record.change) == 11
    assert record.slopes_used[0] == record.slopes.gradient[0]


# The same bits in every way to descend.


@EVERY_OPTIMIZER
@pytest.mark.parametrize("batch_size", [None, 1, 3, 7])
def test_a_run_has_the_same_bits_as_its_steps_one_by_one(optimizer, batch_size):
    recipe, (x, y) = some_recipe(optimizer, batch_size=batch_size, locked=frozenset({5}), l2=0.01), some_data()
    state, losses = started(recipe), []
    for _ in range(9):
        state, record = train_step(recipe, state, x, y)
        losses.append(record.loss_before)
    run = train(recipe, started(recipe), x, y, 9)
    assert run.state.parameters.tobytes() == state.parameters.tobytes()
    assert [slot.tobytes() for slot in run.state.optimizer] == [slot.tobytes() for slot in state.optimizer]
    assert run.losses[:-1].tolist() == losses
    halves = train(recipe, train(recipe, started(recipe), x, y, 4).state, x, y, 5)
    assert halves.state.parameters.tobytes() == state.parameters.tobytes()


def test_the_state_before_and_its_memory_stay_as_they_were():
    recipe, (x, y) = some_recipe("adam"), some_data()
    state = train(recipe, started(recipe), x, y, 2).state
    kept = state.parameters.tobytes(), *(slot.tobytes() for slot in state.optimizer)
    following, record = train_step(recipe, state, x, y)
    assert (state.parameters.tobytes(), *(slot.tobytes() for slot in state.optimizer)) == kept
    assert following.parameters == pytest.approx(state.parameters + record.change, rel=1e-15)
    assert not any(each.flags.writeable for each in (record.change, record.slopes_used, following.parameters))


def test_records_of_two_steps_keep_slopes_of_their_own():
    recipe, (x, y) = some_recipe(), some_data()
    state, first = train_step(recipe, started(recipe), x, y)
    used = first.slopes_used.copy()
    _, second = train_step(recipe, state, x, y)
    assert first.slopes_used.tolist() == used.tolist()
    assert second.slopes_used.tolist() != used.tolist()


def test_a_run_that_leaves_all_bounds_stops_before_it_as_ever():
    run = train(replace(TWO, learning_rate=1e80), start_state(TWO, [1.0, 2.0]), *TWO_DATA, 50)
    assert run.outcome is Outcome.DIVERGED
    assert np.isfinite(run.state.parameters).all()
    assert run.state.step == len(run.losses) - 1
    assert run.losses[-1] == loss_value(TWO.network, run.state.parameters, *TWO_DATA, "mse")


@pytest.mark.parametrize("together", [None, True, False])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_sweep_has_the_runs_of_weights_that_move_in_turn(together, optimizer):
    recipe, (x, y) = some_recipe(optimizer), some_data()
    rates = [0.001, 0.02, 0.1]
    found = sweep(recipe, rates, started(recipe).parameters, x, y, 6, together=together)
    for k, rate in enumerate(rates):
        run = train(replace(recipe, learning_rate=rate), started(recipe), x, y, 6)
        assert found.losses[k].tolist() == run.losses.tolist()
        assert found.parameters[k].tolist() == run.state.parameters.tolist()
