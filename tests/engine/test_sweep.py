"""Many descents at once, held against the same descents one by one."""

import importlib
import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.engine import (
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Network,
    Outcome,
    Recipe,
    draw_parameters,
    loss_value,
    start_state,
    sweep,
    train,
)

NETWORK = Network((2, 4, 1), ("tanh", "linear"))
RANDOM = np.random.default_rng(5)
X, Y = RANDOM.normal(0, 1, (10, 2)), RANDOM.normal(0, 1, (10, 1))
START = draw_parameters(NETWORK, 1)
RATES = np.geomspace(1e-4, 0.05, 64)
ONE = (Recipe(Network((1, 1), ("linear",), False)), [2.0], [[3.0]], [[10.0]])
TWO = (Recipe(Network((2, 1), ("linear",), False)), [1.0, 2.0], [[3.0, 4.0]], [[6.0]])
THREE = (Recipe(Network((3, 1), ("linear",), False)), [0.0, 2.0, 1.0], [[1.0, 2.0, 3.0]], [[0.0]])
BOTH_WAYS = pytest.mark.parametrize("together", [True, False], ids=["together", "in turn"])


def assert_like_training_one_by_one(recipe, rates, starts, x, y, steps, rel=1e-9):
    """Both ways agree with ``train`` to rounding, run by run, and exactly in how far they came."""
    starts = np.broadcast_to(np.asarray(starts, float), (len(rates), recipe.network.parameter_count))
    found = [sweep(recipe, rates, starts, x, y, steps, together=together) for together in (True, False)]
    for k, rate in enumerate(rates):
        own = replace(recipe, learning_rate=float(rate))
        run = train(own, start_state(own, starts[k]), x, y, steps)
        for each in found:
            assert each.losses.shape == (len(rates), steps + 1)
            assert each.parameters.shape == starts.shape
            assert each.steps[k] == run.state.step
            assert each.outcomes[k] is run.outcome
            count = len(run.losses)
            assert each.losses[k, :count] == pytest.approx(run.losses, rel=rel, abs=1e-300)
            assert np.isnan(each.losses[k, count:]).all()
            assert each.parameters[k] == pytest.approx(run.state.parameters, rel=rel, abs=rel)
    return found[0]


# The same numbers as one run after the other


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_64_learning_rates_at_once_are_64_runs_in_turn(optimizer):
    found = assert_like_training_one_by_one(Recipe(NETWORK, optimizer=optimizer), RATES, START, X, Y, 25)
    assert set(found.outcomes) == {Outcome.DONE}
    assert (found.steps == 25).all()
    assert (found.losses[:, 0] == found.losses[0, 0]).all()
    assert len(np.unique(found.losses[:, -1])) == 64


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_everything_that_a_recipe_can_say_is_done_to_each_of_the_runs(optimizer):
    recipe = Recipe(
        NETWORK, "huber", optimizer, 0.02, batch_size=4, seed=7, locked=frozenset({0, 9, 14}),
        schedule="exponential", period=8, l1=0.01, l2=0.02,
    )  # fmt: skip
    starts = START + np.random.default_rng(2).normal(0, 0.3, (6, NETWORK.parameter_count))
    found = assert_like_training_one_by_one(recipe, np.geomspace(1e-3, 0.05, 6), starts, X, Y, 23)
    assert (found.parameters[:, [0, 9, 14]] == starts[:, [0, 9, 14]]).all()
    free = np.delete(np.arange(NETWORK.parameter_count), [0, 9, 14])
    assert (found.parameters[:, free] != starts[:, free]).all()


@pytest.mark.parametrize("size", [1, 3, 10, 50])
def test_mini_batches_are_those_of_the_recipe_in_every_run(size):
    assert_like_training_one_by_one(Recipe(NETWORK, batch_size=size, seed=3), RATES[::8], START, X, Y, 21)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_each_of_the_rates_follows_the_schedule(schedule):
    """The recipe's own rate, 0.5, has no part in it."""
    recipe = Recipe(NETWORK, learning_rate=0.5, schedule=schedule, period=5)
    assert_like_training_one_by_one(recipe, RATES[::8], START, X, Y, 14)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("size", [None, 3])
def test_every_loss_descends_alike(loss, size):
    network = Network((2, 3, 3), ("tanh", LOSSES[loss].taken_with or "linear"))
    targets = np.eye(3)[np.arange(10) % 3]
    recipe = Recipe(network, loss, batch_size=size, l2=0.01)
    assert_like_training_one_by_one(recipe, RATES[::8], draw_parameters(network, 4), X, targets, 15)


@pytest.mark.parametrize("sizes", [(2, 1), (2, 1, 1), (2, 5, 4, 3, 1)])
@pytest.mark.parametrize("bias", [True, False])
def test_every_shape_of_network_descends_alike(sizes, bias):
    network = Network(sizes, ("relu",) * (len(sizes) - 2) + ("linear",), bias)
    assert_like_training_one_by_one(Recipe(network), RATES[::8], draw_parameters(network, 2), X, Y, 15)


def test_a_single_example_and_a_single_rate_are_a_sweep_too():
    found = assert_like_training_one_by_one(Recipe(NETWORK), [0.01], START, X[:1], Y[:1], 9)
    assert found.losses.shape == (1, 10)


def test_many_starts_with_one_rate_are_as_many_runs():
    starts = np.array([draw_parameters(NETWORK, seed) for seed in range(8)])
    found = assert_like_training_one_by_one(Recipe(NETWORK), [0.03] * 8, starts, X, Y, 20)
    expected = [loss_value(NETWORK, start, X, Y) for start in starts]
    assert found.losses[:, 0] == pytest.approx(expected, rel=1e-12)


def test_the_losses_are_over_all_examples_even_where_a_step_sees_one():
    recipe = Recipe(NETWORK, batch_size=1, l2=0.1)
    found = sweep(recipe, [0.01, 0.02], START, X, Y, 4, together=True)
    expected = [loss_value(NETWORK, each, X, Y, "mse", recipe.penalty) for each in found.parameters]
    assert found.losses[:, -1] == pytest.approx(expected, rel=1e-12)


@BOTH_WAYS
def test_one_step_by_hand(together):
    """Slope 2 x (6 - 10) x 3 = -24, so the weight 2 becomes 2 + 24 r."""
    found = sweep(*ONE[:1], [0.01, 0.05, 1 / 18], *ONE[1:], 1, together=together)
    assert found.parameters.ravel() == pytest.approx([2.24, 3.2, 10 / 3], rel=1e-14)
    assert found.losses[:2].tolist() == [pytest.approx([16.0, 10.7584]), pytest.approx([16.0, 0.16])]
    assert found.losses[2, 1] < 1e-28


@BOTH_WAYS
def test_no_steps_leave_the_loss_of_the_start_alone(together):
    found = sweep(Recipe(NETWORK), [0.1, 0.2], START, X, Y, 0, together=together)
    expected = loss_value(NETWORK, START, X, Y)
    assert found.losses.tolist() == [[pytest.approx(expected)], [pytest.approx(expected)]]
    assert (found.parameters == START).all()
    assert found.steps.tolist() == [0, 0]
    assert found.outcomes == (Outcome.DONE, Outcome.DONE)


@BOTH_WAYS
def test_no_rates_are_no_runs(together):
    found = sweep(Recipe(NETWORK), [], START, X, Y, 3, together=together)
    assert (found.losses.shape, found.parameters.shape) == ((0, 4), (0, NETWORK.parameter_count))
    assert (found.steps.shape, found.outcomes) == ((0,), ())


# The exact truths

TRUTHS = pytest.mark.parametrize(
    ("lecture", "lands", "edge"), [(ONE, 1 / 18, 1 / 9), (TWO, 0.02, 0.04), (THREE, 1 / 28, 1 / 14)]
)


@BOTH_WAYS
@TRUTHS
def test_the_loss_falls_just_below_the_edge_and_grows_just_above(lecture, lands, edge, together):
    rates = [0.99 * edge, edge, 1.01 * edge]
    below, at, above = sweep(*lecture[:1], rates, *lecture[1:], 100, together=together).losses
    assert (np.diff(below) < 0).all()
    assert below[-1] == pytest.approx(below[0] * 0.98**200, rel=1e-9)
    assert at == pytest.approx(at[0], rel=1e-11)
    assert (np.diff(above) > 0).all()
    assert above[-1] == pytest.approx(above[0] * 1.02**200, rel=1e-9)


@BOTH_WAYS
@TRUTHS
def test_at_half_the_edge_it_lands_in_one_step(lecture, lands, edge, together):
    assert lands == edge / 2
    losses = sweep(*lecture[:1], [0.9 * lands, lands, 1.1 * lands], *lecture[1:], 1, together=together).losses
    assert losses[1, 1] <= 1e-28 * losses[1, 0]
    assert losses[[0, 2], 1] == pytest.approx(0.01 * losses[[0, 2], 0], rel=1e-9)


@BOTH_WAYS
def test_error_7_becomes_5_04_and_the_loss_after_20_steps_is_the_known_number(together):
    losses = sweep(*THREE[:1], [0.001, 0.01], *THREE[1:], 20, together=together).losses[1]
    assert np.sqrt(losses[:2]) == pytest.approx([7.0, 5.04], rel=1e-14)
    assert losses[20] == pytest.approx(9.627110070005e-05, rel=1e-12)


# Runs that lead away

WILD = np.array([0.05, 0.5, 1 / 18, 5.0, 0.1, 1e300, 0.2])


@BOTH_WAYS
def test_runs_that_diverge_end_there_and_the_others_go_on(together):
    recipe, start, x, y = ONE
    found = sweep(recipe, WILD, start, x, y, 200, together=together)
    diverged = [outcome is Outcome.DIVERGED for outcome in found.outcomes]
    assert diverged == [False, True, False, True, False, True, False]
    for k in np.flatnonzero(diverged):
        steps = int(found.steps[k])
        assert steps < 200
        assert np.isfinite(found.losses[k, : steps + 1]).all()
        assert np.isnan(found.losses[k, steps + 1 :]).all()
        assert loss_value(recipe.network, found.parameters[k], x, y) == pytest.approx(found.losses[k, steps], rel=1e-12)
    calm = np.flatnonzero(~np.array(diverged))
    alone = sweep(recipe, WILD[calm], start, x, y, 200, together=together)
    assert found.losses[calm].tolist() == alone.losses.tolist()
    assert found.parameters[calm].tolist() == alone.parameters.tolist()


def test_runs_diverge_at_the_very_step_that_training_says():
    """The error -4 grows by the factor |1 - 18 r| a step, until its square is above the largest float."""
    found = assert_like_training_one_by_one(ONE[0], WILD, ONE[1], *ONE[2:], 200)
    largest = math.sqrt(np.finfo(float).max)
    taken = [int(math.log(largest / 4) / math.log(abs(1 - 18 * rate))) for rate in (0.5, 5.0, 1e300)]
    assert found.steps.tolist() == [200, taken[0], 200, taken[1], 200, taken[2], 200]
    assert taken == [170, 78, 0]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("size", [None, 4])
def test_a_network_with_relu_diverges_in_a_sweep_as_it_does_alone(size, optimizer):
    network = Network((2, 4, 1), ("relu", "linear"))
    recipe = Recipe(network, optimizer=optimizer, batch_size=size, l2=0.01, locked=frozenset({2}))
    rates = [1e-3, 1e-2, 3.0, 10.0, 100.0, 1e-4]
    found = assert_like_training_one_by_one(recipe, rates, draw_parameters(network, 3), X, Y, 60, rel=1e-6)
    assert [outcome is Outcome.DIVERGED for outcome in found.outcomes] == [False, False, True, True, True, False]
    assert np.isfinite(found.parameters).all()


def test_a_run_that_begins_beyond_all_bounds_never_moves():
    """Its start is not the last finite one, but the only one there is."""
    recipe, _, x, y = ONE
    found = assert_like_training_one_by_one(recipe, [0.01, 0.01], [[2.0], [1e100]], x, y, 3)
    assert found.outcomes == (Outcome.DONE, Outcome.DONE)
    both = [sweep(recipe, [0.01, 0.01], [[2.0], [1e200]], x, y, 3, together=together) for together in (True, False)]
    for each in both:
        assert each.outcomes == (Outcome.DONE, Outcome.DIVERGED)
        assert each.steps.tolist() == [3, 0]
        assert each.parameters[1].tolist() == [1e200]
        assert np.isfinite(each.losses[0]).all()
    assert np.array_equal(both[0].losses[1], both[1].losses[1], equal_nan=True)


def test_when_all_runs_have_diverged_the_rest_is_nan():
    found = assert_like_training_one_by_one(ONE[0], [50.0, 60.0], ONE[1], *ONE[2:], 300)
    assert found.outcomes == (Outcome.DIVERGED, Outcome.DIVERGED)
    assert np.isnan(found.losses[:, 200:]).all()


# The faster way is taken by itself


@pytest.fixture
def ways(monkeypatch):
    """Which way each sweep took."""
    module, taken = importlib.import_module("gdstudio.engine.sweep"), []
    for name in ("_together", "_in_turn"):
        way = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, name=name, way=way: taken.append(name) or way(*args))
    return taken


def test_small_networks_are_taken_together_and_large_ones_in_turn(ways):
    small, large = Recipe(NETWORK), Recipe(Network((2, 300, 1), ("tanh", "linear")))
    sweep(small, [0.1], START, X, Y, 0)
    sweep(large, [0.1], draw_parameters(large.network, 0), np.tile(X, (10, 1)), np.tile(Y, (10, 1)), 0)
    assert ways == ["_together", "_in_turn"]


def test_the_examples_of_a_batch_count_and_not_all_there_are(ways):
    x, y = np.tile(X, (200, 1)), np.tile(Y, (200, 1))
    sweep(Recipe(NETWORK), [0.1], START, x, y, 0)
    sweep(Recipe(NETWORK, batch_size=10), [0.1], START, x, y, 0)
    sweep(Recipe(NETWORK, batch_size=10**9), [0.1], START, x, y, 0)
    assert ways == ["_in_turn", "_together", "_in_turn"]


def test_a_way_that_is_asked_for_is_taken(ways):
    for together in (False, True):
        sweep(Recipe(NETWORK), [0.1], START, X, Y, 0, together=together)
    assert ways == ["_in_turn", "_together"]


@pytest.mark.parametrize("examples", [10, 2000])
def test_by_default_the_numbers_are_those_of_both_ways(examples):
    x, y = np.tile(X, (examples // 10, 1)), np.tile(Y, (examples // 10, 1))
    by_default = sweep(Recipe(NETWORK), RATES[::8], START, x, y, 5).losses
    for together in (True, False):
        assert by_default == pytest.approx(sweep(Recipe(NETWORK), RATES[::8], START, x, y, 5, together=together).losses)


# What is refused, and what is left alone


@pytest.mark.parametrize(
    "rates", [[0.1, 0.0], [-0.1], [np.nan], [0.1, np.inf], [[0.1, 0.2]], "fast"], ids=str
)  # fmt: skip
def test_rates_that_are_no_list_of_numbers_above_0_are_refused(rates):
    with pytest.raises(ValueError):
        sweep(Recipe(NETWORK), rates, START, X, Y, 1)


@pytest.mark.parametrize("shape", [(16,), (18,), (3, 17), (2, 16), (1, 2, 17), (1,), (2, 1), ()], ids=str)
def test_starts_that_do_not_fit_are_refused(shape):
    assert NETWORK.parameter_count == 17
    with pytest.raises(ValueError):
        sweep(Recipe(NETWORK), [0.1, 0.2], np.zeros(shape), X, Y, 1)


@pytest.mark.parametrize(("x", "y"), [(X[:, :1], Y), (X, Y[:-1]), (X, X), (X[:0], Y[:0]), (X[0], Y[0])])
def test_data_that_does_not_fit_is_refused(x, y):
    with pytest.raises(ValueError, match=r"need the shape .*\.$"):
        sweep(Recipe(NETWORK), [0.1], START, x, y, 1)


def test_a_negative_number_of_steps_is_refused():
    with pytest.raises(ValueError, match="must be 0 or more, not -1"):
        sweep(Recipe(NETWORK), [0.1], START, X, Y, -1)


@BOTH_WAYS
def test_nothing_is_written_to_what_was_given_and_nothing_can_be_written_to_what_is_returned(together):
    given = [RATES[:3].copy(), np.array([START] * 3), X.copy(), Y.copy()]
    for array in given:
        array.setflags(write=False)
    found = sweep(Recipe(NETWORK, batch_size=3), *given, 7, together=together)
    assert not any(array.flags.writeable for array in (found.losses, found.parameters, found.steps))
    assert (given[1] == START).all()
    assert (found.parameters != START).any()
