"""How a run ends: on flat ground, above a limit, out of numbers; always in the very step where it happens."""

import math
import sys
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    Descent,
    Network,
    Outcome,
    Recipe,
    backward,
    batch_of_step,
    draw_parameters,
    loss_value,
    observe,
    start_state,
    train,
    train_step,
)

ONE = Recipe(Network((1, 1), ("linear",), False))
TWO = Recipe(Network((2, 1), ("linear",), False))
ONE_DATA = ([[3.0]], [[10.0]])
TWO_DATA = ([[3.0, 4.0]], [[6.0]])
EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer", OPTIMIZERS)
BOTH_LOSSES = pytest.mark.parametrize("losses", ["all", "batch"])
BATCHES = pytest.mark.parametrize("batch", [None, 3], ids=str)


def from_start(recipe, parameters, data, steps, **options):
    return train(recipe, start_state(recipe, parameters), *data, steps, **options)


def bits(state):
    return (state.step, state.parameters.tobytes(), tuple(array.tobytes() for array in state.optimizer))


def walk(recipe, start, data, steps):
    """Every state of a descent by single steps, and the losses over all examples."""
    one, states, losses = Descent(recipe, *data), [start], []
    for _ in range(steps):
        state, record = one.step(states[-1])
        losses.append(record.loss_before)
        states.append(state)
    return states, [*losses, record.loss_after]


# Flat ground


@pytest.mark.parametrize("rate", [0.01, 0.0005, 0.0001], ids=["first block", "second block", "eighth block"])
def test_flat_stops_before_the_step_that_the_tolerance_names(rate):
    """Slope of step k: 24 x (1 - 18 r)^k."""
    run = from_start(replace(ONE, learning_rate=rate), [2.0], ONE_DATA, 10_000, tolerance=0.7)
    expected = math.ceil(math.log(0.7 / 24) / math.log(1 - 18 * rate))
    assert run.outcome is Outcome.FLAT
    assert run.state.step == expected
    assert len(run.losses) == expected + 1
    slope = backward(ONE.network, run.state.parameters, *ONE_DATA).gradient
    assert np.linalg.norm(slope) <= 0.7 < np.linalg.norm(slope) / (1 - 18 * rate)


@BATCHES
@EVERY_OPTIMIZER
def test_flat_stops_where_single_steps_find_the_first_flat_slope(optimizer, batch):
    """The slope of the batch and that over all examples, of free parameters, both within the tolerance.

    Two parameters are locked for every other optimizer with batches, for the others without.
    """
    locked = frozenset({1, 12}) if list(OPTIMIZERS).index(optimizer) % 2 == (batch is None) else frozenset()
    network = Network((2, 4, 1), ("tanh", "linear"))
    rate = {"sgd": 0.02, "momentum": 0.005, "nesterov": 0.005, "adagrad": 0.02}.get(optimizer, 0.002)
    recipe = Recipe(network, "mse", optimizer, rate, batch, seed=3, locked=locked)
    random = np.random.default_rng(5)
    x, y = random.normal(0, 1, (7, 2)), random.normal(0, 0.5, (7, 1))
    start = start_state(recipe, draw_parameters(network, 1))
    states, measured = walk(recipe, start, (x, y), 330)
    free = sorted(set(range(17)) - locked)
    norms = []
    for state in states[:-1]:
        rows = batch_of_step(recipe, state.step, 7)
        both = (observe(recipe, state.parameters, *data).gradient[free] for data in ((x[rows], y[rows]), (x, y)))
        norms.append(max(map(np.linalg.norm, both)))
    tolerance = min(norms) * (1 + 1e-9)
    first = next(k for k, norm in enumerate(norms) if norm <= tolerance)
    for losses in ("all", "batch"):
        run = train(recipe, start, x, y, 600, tolerance=tolerance, losses=losses)
        assert run.outcome is Outcome.FLAT
        assert bits(run.state) == bits(states[first])
        assert len(run.losses) == first + 1
        assert run.losses[-1] == measured[first]
        if losses == "all":
            assert run.losses.tolist() == measured[: first + 1]
        almost = train(recipe, start, x, y, first, tolerance=tolerance, losses=losses)
        assert (almost.outcome, almost.state.step) == (Outcome.DONE, first)


def test_flat_at_the_very_start_takes_no_step():
    run = from_start(TWO, [0.4, 1.2], TWO_DATA, 10, tolerance=1e-9)
    assert (run.outcome, run.state.step, len(run.losses)) == (Outcome.FLAT, 0, 1)


def test_without_a_tolerance_all_steps_are_taken_even_on_flat_ground():
    run = from_start(ONE, [2.0], ONE_DATA, 500)
    assert (run.outcome, run.state.step, len(run.losses)) == (Outcome.DONE, 500, 501)


def test_locked_slopes_do_not_count_for_flat():
    recipe = replace(TWO, locked=frozenset({0, 1}))
    assert from_start(recipe, [1.0, 2.0], TWO_DATA, 3, tolerance=1e-9).outcome is Outcome.FLAT


def test_with_one_weight_locked_only_the_other_slope_counts():
    """Slopes [6, 8] x error: with the second locked, the run stops by 6 x error alone."""
    recipe = replace(TWO, locked=frozenset({1}), learning_rate=0.001)
    run = from_start(recipe, [1.0, 2.0], TWO_DATA, 5000, tolerance=0.3)
    errors = [5 * (1 - 2 * 0.001 * 9) ** k for k in range(5000)]
    assert run.outcome is Outcome.FLAT
    assert run.state.step == next(k for k, error in enumerate(errors) if 6 * error <= 0.3) > 150


def test_a_flat_batch_alone_is_not_flat():
    """The first example is learned, the second is not: only the slope over all examples can end the run."""
    recipes = (replace(ONE, batch_size=1, learning_rate=1e-3, seed=seed) for seed in range(100))
    recipe = next(recipe for recipe in recipes if batch_of_step(recipe, 0, 2).tolist() == [0])
    run = from_start(recipe, [2.0], ([[3.0], [3.0]], [[6.0], [9.0]]), 8, tolerance=1e-6)
    assert (run.outcome, run.state.step) == (Outcome.DONE, 8)
    assert from_start(recipe, [2.0], ([[3.0], [1.0]], [[6.0], [2.0]]), 8, tolerance=1e-6).outcome is Outcome.FLAT


def test_a_slope_that_the_penalty_balances_is_flat():
    """(3 w - 10)^2 + l2 w^2 is least at w = 30 / (9 + l2)."""
    recipe = replace(ONE, l2=1.0)
    assert from_start(recipe, [3.0], ONE_DATA, 5, tolerance=1e-9).outcome is Outcome.FLAT
    assert from_start(ONE, [3.0], ONE_DATA, 5, tolerance=1e-9).outcome is Outcome.DONE


# The limit


def test_the_loss_limit_ends_the_run_at_the_first_loss_above_it():
    recipe = replace(ONE, learning_rate=0.2)
    free = from_start(recipe, [2.0], ONE_DATA, 20)
    run = from_start(recipe, [2.0], ONE_DATA, 20, loss_limit=1e4)
    first = int(np.argmax(free.losses > 1e4))
    assert run.outcome is Outcome.DIVERGED
    assert run.state.step == first
    assert run.losses.tolist() == free.losses[: first + 1].tolist()
    fourth = float(free.losses[4])
    assert from_start(recipe, [2.0], ONE_DATA, 20, loss_limit=fourth).state.step == 5
    assert from_start(recipe, [2.0], ONE_DATA, 20, loss_limit=np.nextafter(fourth, 0.0)).state.step == 4


@pytest.mark.parametrize("step", [1, 255, 256, 257, 300, 512, 513])
def test_the_limit_is_seen_in_its_step_wherever_the_blocks_end(step):
    recipe = replace(ONE, learning_rate=0.1125)
    free = from_start(recipe, [2.0], ONE_DATA, step)
    assert (np.diff(free.losses) > 0).all()
    limit = float(np.sqrt(free.losses[-2] * free.losses[-1]))
    run = from_start(recipe, [2.0], ONE_DATA, 600, loss_limit=limit, watched=ONE_DATA)
    assert (run.outcome, run.state.step) == (Outcome.DIVERGED, step)
    assert bits(run.state) == bits(free.state)
    assert run.losses.tolist() == run.watched.tolist() == free.losses.tolist()


def test_a_limit_is_about_all_examples_and_can_not_be_kept_with_losses_of_batches():
    with pytest.raises(ValueError, match="about all examples"):
        from_start(ONE, [0.0], ([[1.0]], [[1.0]]), 3, loss_limit=10.0, losses="batch")


# Out of numbers


@pytest.mark.parametrize("loss", LOSSES)
@EVERY_OPTIMIZER
def test_the_step_out_of_numbers_is_taken_back_and_the_one_before_survives(optimizer, loss, by_hand):
    """At a huge rate every loss and optimizer leaves the numbers; single steps say in which step.

    Every other pair of them takes batches.
    """
    network = by_hand.network("linear", loss, (2, 3, 3))
    batch = 3 if (list(OPTIMIZERS).index(optimizer) + list(LOSSES).index(loss)) % 2 else None
    recipe = Recipe(network, loss, optimizer, 1e160, batch, seed=3)
    random = np.random.default_rng(5)
    data = random.normal(0, 1, (7, 2)), by_hand.targets(random, (7, 3), loss)
    start = start_state(recipe, draw_parameters(network, 1))
    run = train(recipe, start, *data, 1000)
    states, measured = walk(recipe, start, data, run.state.step + 1)
    assert np.isfinite(measured[:-1]).all()
    assert math.isnan(measured[-1])
    assert run.losses.tolist() == measured[:-1]
    for each in (run, train(recipe, start, *data, 1000, losses="batch")):
        assert each.outcome is Outcome.DIVERGED
        assert bits(each.state) == bits(states[-2])
        assert each.losses[-1] == measured[-2]
        assert np.isfinite(each.losses).all()
        assert len(each.losses) == each.state.step + 1
        assert np.isfinite(each.state.parameters).all()
    again = train(recipe, run.state, *data, 1000)
    assert (again.outcome, bits(again.state)) == (Outcome.DIVERGED, bits(run.state))


@BATCHES
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("loss", ["mse", "half_mse"])
def test_a_slow_way_out_of_numbers_ends_in_its_step_beyond_the_first_block(loss, optimizer, batch):
    rate = {"sgd": 0.19, "momentum": 0.22, "nesterov": 0.2}[optimizer] * (2 if loss == "half_mse" else 1)
    settings = {} if optimizer == "sgd" else {"momentum": 0.1}
    recipe = replace(ONE, loss=loss, optimizer=optimizer, settings=settings, learning_rate=rate, batch_size=batch)
    data = ([[3.0]] * 4, [[10.0]] * 4)
    run = from_start(recipe, [2.0], data, 5000)
    assert 256 < run.state.step < 1000
    assert run.outcome is Outcome.DIVERGED
    states, measured = walk(recipe, start_state(recipe, [2.0]), data, run.state.step + 1)
    assert bits(run.state) == bits(states[-2])
    assert run.losses.tolist() == measured[:-1]
    assert math.isnan(measured[-1])


@BOTH_LOSSES
def test_one_monstrous_example_is_met_in_the_step_in_which_it_is_drawn(losses):
    n, monster = 400, 123
    x, y = np.ones((n, 1)), np.zeros((n, 1))
    x[monster] = 1e160
    recipe = Recipe(ONE.network, "mae", learning_rate=1e-3, batch_size=1, seed=2)
    drawn = next(step for step in range(n) if batch_of_step(recipe, step, n).tolist() == [monster])
    assert drawn > 256
    run = from_start(recipe, [0.0], (x, y), n, losses=losses)
    assert run.outcome is Outcome.DONE
    first = from_start(recipe, [1.0], (x, y), n, losses=losses)
    assert (first.outcome, first.state.step) == (Outcome.DIVERGED, drawn)
    assert bits(first.state) == bits(from_start(recipe, [1.0], (x, y), drawn).state)


@BOTH_LOSSES
@BATCHES
def test_a_weight_that_becomes_infinite_is_caught_even_where_a_dead_relu_hides_it_from_the_loss(batch, losses):
    """w1 = 1e-9 and w2 = 1e9 predict 1; the step sends w1 to minus infinity, and behind the ReLU all is 0."""
    recipe = Recipe(Network((1, 1, 1), ("relu", "linear"), False), learning_rate=1e300, batch_size=batch)
    data = ([[1.0]] * 4, [[0.0]] * 4)
    state, record = train_step(recipe, start_state(recipe, [1e-9, 1e9]), *data)
    assert state.parameters[0] == -math.inf
    assert math.isfinite(state.parameters[1])
    assert loss_value(recipe.network, state.parameters, *data) == 0.0
    assert math.isnan(record.loss_after)
    run = from_start(recipe, [1e-9, 1e9], data, 300, losses=losses)
    assert (run.outcome, run.state.step, run.losses.tolist()) == (Outcome.DIVERGED, 0, [pytest.approx(1.0)])
    assert run.state.parameters.tolist() == [1e-9, 1e9]


@BOTH_LOSSES
@pytest.mark.parametrize("seed", range(3))
def test_so_is_one_in_the_middle_of_a_run(losses, seed):
    """The same, but all examples except one are so small that nothing moves before that one is drawn."""
    x, y = np.full((700, 1), 1e-300), np.zeros((700, 1))
    x[123] = 1.0
    recipe = Recipe(Network((1, 1, 1), ("relu", "linear"), False), learning_rate=1e300, batch_size=1, seed=seed)
    drawn = next(step for step in range(700) if batch_of_step(recipe, step, 700).tolist() == [123])
    run = from_start(recipe, [1e-9, 1e9], (x, y), 700, losses=losses)
    assert (run.outcome, run.state.step) == (Outcome.DIVERGED, drawn)
    assert run.state.parameters.tolist() == [1e-9, 1e9]
    assert run.losses[-1] == pytest.approx(1 / 700)


@pytest.mark.parametrize("batch", [None, 1], ids=str)
def test_divergence_ends_at_the_first_loss_that_is_not_finite_and_keeps_the_state_before(batch):
    recipe = replace(ONE, learning_rate=10.0, batch_size=batch)
    data = ([[3.0], [3.0]], [[10.0], [10.0]])
    run = from_start(recipe, [2.0], data, 10_000)
    assert run.outcome is Outcome.DIVERGED
    assert np.isfinite(run.losses).all()
    assert len(run.losses) == run.state.step + 1
    assert run.losses[-1] == loss_value(recipe.network, run.state.parameters, *data)
    assert bits(run.state) == bits(from_start(recipe, [2.0], data, run.state.step).state)
    after, record = train_step(recipe, run.state, *data)
    assert math.isnan(record.loss_after)
    assert not math.isfinite(loss_value(recipe.network, after.parameters, *data))


def test_divergence_where_every_loss_grows_by_the_known_factor():
    """At r = 10 the error grows by |1 - 180| a step, so the loss leaves the numbers after 67 steps."""
    expected = int(math.log(sys.float_info.max / 16) / (2 * math.log(179)))
    assert from_start(replace(ONE, learning_rate=10.0), [2.0], ONE_DATA, 200).state.step == expected


@BOTH_LOSSES
@pytest.mark.parametrize("start", [1e200, math.inf, math.nan])
def test_a_start_that_is_not_finite_is_told_at_once(start, losses):
    run = from_start(ONE, [start], ONE_DATA, 5, losses=losses)
    assert (run.outcome, run.state.step, len(run.losses)) == (Outcome.DIVERGED, 0, 1)


def test_large_numbers_that_are_all_finite_are_no_divergence():
    """The sum of the weights overflows; no weight and no loss does."""
    run = from_start(TWO, [1e308, 1e308], ([[0.0, 0.0]], [[1.0]]), 3)
    assert run.outcome is Outcome.DONE


@pytest.mark.parametrize(
    ("activation", "loss"),
    [pair for pair in product(ACTIVATIONS, LOSSES) if pair[0] != "softmax" or pair[1] == "categorical_crossentropy"],
)
@pytest.mark.parametrize("batch", [None, 2], ids=str)
def test_no_warning_escapes_from_a_run_of_enormous_numbers(activation, loss, batch, by_hand):
    network = by_hand.network(activation, loss, (2, 3, 2))
    recipe = Recipe(network, loss, learning_rate=1e200, batch_size=batch, l2=1e-3)
    x = [[1e100, 2.0], [3.0, 4.0], [5.0, 1e100]]
    y = [[0.25, 0.75]] * 3 if loss in by_hand.last else [[1.0, 0.0], [2.0, -1e120], [1e120, 5.0]]
    run = from_start(recipe, draw_parameters(network, 0), (x, y), 50)
    state, record = train_step(recipe, run.state, x, y)
    assert np.isfinite(run.losses).all()
    assert math.isnan(record.loss_after) or np.isfinite(state.parameters).all()
    assert (run.outcome is Outcome.DIVERGED) == (run.state.step < 50)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "adagrad"])
def test_a_memory_that_is_no_number_any_more_ends_the_run_before_it(optimizer):
    """The gradient is still a number, its square is not."""
    network = Network((1, 1), ("linear",), bias=False)
    recipe = Recipe(network, optimizer=optimizer, l1=1e200)
    begin = start_state(recipe, [2.0])
    run = train(recipe, begin, [[3.0]], [[10.0]], 5)
    assert run.outcome is Outcome.DIVERGED
    assert run.state.step == 0
    assert all(np.isfinite(slot).all() for slot in run.state.optimizer)
