"""Descent as the lecture has it: steps, batches, locks, and everything that a step keeps."""

import math
from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    Network,
    Outcome,
    Recipe,
    backward,
    batch_of_step,
    coming_change,
    draw_parameters,
    loss_value,
    measured_loss,
    observe,
    start_state,
    train,
    train_step,
)

SMALL = settings(derandomize=True, deadline=None, max_examples=60, database=None)
ONE = Recipe(Network((1, 1), ("linear",), False))
TWO = Recipe(Network((2, 1), ("linear",), False))
THREE = Recipe(Network((3, 1), ("linear",), False))
ONE_DATA = ([[3.0]], [[10.0]])
TWO_DATA = ([[3.0, 4.0]], [[6.0]])
THREE_DATA = ([[1.0, 2.0, 3.0]], [[0.0]])


def from_start(recipe, parameters, data, steps, **options):
    return train(recipe, start_state(recipe, parameters), *data, steps, **options)


# The lecture


def test_the_lecture_weight_becomes_2_24():
    run = from_start(ONE, [2.0], ONE_DATA, 1)
    assert run.state.parameters == pytest.approx([2.24], rel=1e-15)
    assert run.losses == pytest.approx([16.0, 10.7584], rel=1e-14)


def test_the_two_lecture_weights_become_0_7_and_1_6_simultaneously_with_error_2_5():
    run = from_start(TWO, [1.0, 2.0], TWO_DATA, 1)
    assert run.state.parameters == pytest.approx([0.7, 1.6], rel=1e-15)
    assert math.sqrt(run.losses[-1]) == pytest.approx(2.5, rel=1e-14)


def test_one_after_the_other_the_lecture_weights_would_become_0_7_and_1_672_with_error_2_788():
    first, _ = train_step(replace(TWO, locked=frozenset({1})), start_state(TWO, [1.0, 2.0]), *TWO_DATA)
    second, record = train_step(replace(TWO, locked=frozenset({0})), first, *TWO_DATA)
    assert second.parameters == pytest.approx([0.7, 1.672], rel=1e-14)
    assert math.sqrt(record.loss_after) == pytest.approx(2.788, rel=1e-13)


@pytest.mark.parametrize(
    ("recipe", "weights", "data", "rate"),
    [
        (ONE, [2.0], ONE_DATA, 1 / 18),
        (TWO, [1.0, 2.0], TWO_DATA, 0.02),
        (THREE, [0.0, 2.0, 1.0], THREE_DATA, 1 / 28),
    ],
    ids=["one", "two", "three"],
)
class TestOnePoint:
    """With x the only example, the error shrinks by the factor 1 - 2 r |x|^2 a step."""

    def test_at_half_the_edge_it_lands_in_one_step(self, recipe, weights, data, rate):
        run = from_start(replace(recipe, learning_rate=rate), weights, data, 1)
        assert run.losses[1] <= 1e-28 * run.losses[0]

    def test_at_the_edge_it_swings_for_ever(self, recipe, weights, data, rate):
        recipe = replace(recipe, learning_rate=2 * rate)
        run = from_start(recipe, weights, data, 1000)
        assert run.outcome is Outcome.DONE
        assert run.losses == pytest.approx(run.losses[0], rel=1e-10)
        assert from_start(recipe, weights, data, 2).state.parameters == pytest.approx(weights, abs=1e-14)
        assert from_start(recipe, weights, data, 1).state.parameters != pytest.approx(weights, abs=0.1)

    def test_just_above_the_edge_it_diverges(self, recipe, weights, data, rate):
        run = from_start(replace(recipe, learning_rate=2.02 * rate), weights, data, 100)
        assert (np.diff(run.losses) > 0).all()
        assert run.losses[-1] == pytest.approx(run.losses[0] * 1.02**200, rel=1e-9)

    def test_the_error_shrinks_by_the_same_factor_every_step(self, recipe, weights, data, rate):
        r, x = 0.3 * rate, np.array(data[0][0])
        run = from_start(replace(recipe, learning_rate=r), weights, data, 10)
        factor = 1 - 2 * r * float(x @ x)
        assert np.sqrt(run.losses) == pytest.approx(math.sqrt(run.losses[0]) * abs(factor) ** np.arange(11), rel=1e-12)


def test_error_7_becomes_5_04_and_the_loss_after_20_steps_is_the_known_number():
    run = from_start(THREE, [0.0, 2.0, 1.0], THREE_DATA, 20)
    assert math.sqrt(run.losses[1]) == pytest.approx(5.04, rel=1e-14)
    assert run.losses[20] == pytest.approx(9.627110070005e-05, rel=1e-12)


def test_a_positive_slope_moves_the_weight_down_and_a_negative_one_up():
    down, _ = train_step(ONE, start_state(ONE, [5.0]), *ONE_DATA)
    up, _ = train_step(ONE, start_state(ONE, [2.0]), *ONE_DATA)
    assert down.parameters[0] < 5.0
    assert up.parameters[0] > 2.0


@pytest.mark.parametrize(("rate", "downhill"), [(0.004, True), (0.05, False)])
def test_the_hidden_layer_goes_downhill_below_the_edge_of_stability_and_astray_far_above(rate, downhill):
    """The edge at its start is 2 / 164.273 = 0.01217."""
    network = Network((2, 2, 1), ("relu", "linear"), False)
    run = from_start(Recipe(network, learning_rate=rate), [1, -1, 1, 1, 2, -1.0], ([[2.0, 3.0]], [[13.0]]), 10)
    assert (run.losses[1] < run.losses[0]) == downhill
    assert (run.losses[-1] < 1e-8) == downhill


def test_a_dead_relu_never_moves_again():
    network = Network((2, 2, 1), ("relu", "linear"), False)
    start = [-1.0, 1.0, -1.0, 1.0, 2.0, 3.0]
    run = from_start(Recipe(network, learning_rate=0.01), start, ([[2.0, 3.0], [1.0, 1.0]], [[1.0], [0.0]]), 5)
    assert run.state.parameters[[0, 2, 4]].tolist() == [-1.0, -1.0, 2.0]
    assert run.losses[-1] < run.losses[0]


def test_the_learning_rate_can_change_in_the_middle_of_a_run():
    calm, hasty = ONE, replace(ONE, learning_rate=0.05)
    middle = from_start(calm, [2.0], ONE_DATA, 3).state
    run = train(hasty, middle, *ONE_DATA, 1)
    error = 3 * middle.parameters[0] - 10
    assert run.state.parameters[0] == pytest.approx(middle.parameters[0] - 0.05 * 2 * error * 3, rel=1e-14)
    assert run.state.step == 4


def test_no_steps_only_measure_the_loss():
    run = from_start(ONE, [2.0], ONE_DATA, 0)
    assert (run.outcome, run.state.step, run.losses.tolist()) == (Outcome.DONE, 0, [16.0])


def test_to_observe_is_to_see_what_the_step_will_see():
    recipe, parameters, (x, y) = descent(None, frozenset(), l1=0.1, l2=0.01)
    seen = observe(recipe, parameters, x, y)
    _, record = train_step(recipe, start_state(recipe, parameters), x, y)
    assert seen.gradient.tobytes() == record.slopes.gradient.tobytes()
    assert seen.loss == record.slopes.loss == record.loss_before == measured_loss(recipe, parameters, x, y)
    for ours, theirs in zip(
        seen.node_slopes + seen.delta, record.slopes.node_slopes + record.slopes.delta, strict=True
    ):
        assert ours.tobytes() == theirs.tobytes()


# Batches


def descent(batch, locked, activation="tanh", **changes):
    """A recipe, a start and ten examples."""
    network = Network((2, 4, 1), (activation, "linear"))
    recipe = Recipe(network, learning_rate=0.05, batch_size=batch, seed=3, locked=locked, **changes)
    random = np.random.default_rng(5)
    return recipe, draw_parameters(network, 1), (random.normal(0, 1, (10, 2)), random.normal(0, 1, (10, 1)))


@given(st.integers(1, 40), st.integers(1, 45), st.integers(0, 2**31 - 1), st.integers(0, 5))
@SMALL
def test_an_epoch_covers_each_example_exactly_once(n, size, seed, epoch):
    recipe = replace(ONE, batch_size=size, seed=seed)
    batches = math.ceil(n / size)
    seen = [batch_of_step(recipe, epoch * batches + k, n) for k in range(batches)]
    assert Counter(np.concatenate(seen).tolist()) == Counter(range(n))
    assert all(len(batch) == min(size, n) for batch in seen[:-1])


def test_the_order_is_drawn_anew_each_epoch_and_again_the_same_when_asked_in_any_order():
    recipe = replace(ONE, batch_size=4, seed=9)
    forwards = [batch_of_step(recipe, step, 12).tolist() for step in range(60)]
    backwards = [batch_of_step(recipe, step, 12).tolist() for step in reversed(range(60))][::-1]
    assert forwards == backwards
    epochs = [sum(forwards[k : k + 3], []) for k in range(0, 60, 3)]
    assert len(set(map(tuple, epochs))) == 20
    assert batch_of_step(replace(recipe, seed=10), 0, 12).tolist() != forwards[0]


def test_all_examples_at_once_keep_their_order():
    assert batch_of_step(ONE, 7, 5).tolist() == [0, 1, 2, 3, 4]
    assert batch_of_step(replace(ONE, batch_size=5), 7, 5).tolist() == [0, 1, 2, 3, 4]


def test_a_batch_can_not_be_changed_by_who_looks_at_it():
    for size in (None, 2):
        assert not batch_of_step(replace(ONE, batch_size=size), 0, 5).flags.writeable


@pytest.mark.parametrize("batch", [None, 3, 1], ids=str)
def test_a_step_goes_against_the_slope_of_its_own_batch(batch):
    recipe, parameters, (x, y) = descent(batch, frozenset())
    state = start_state(recipe, parameters)
    for _ in range(5):
        rows = batch_of_step(recipe, state.step, 10)
        expected = state.parameters - 0.05 * backward(recipe.network, state.parameters, x[rows], y[rows]).gradient
        state, record = train_step(recipe, state, x, y)
        assert record.batch.tolist() == rows.tolist()
        assert state.parameters == pytest.approx(expected, rel=1e-13)


# Locks


@pytest.mark.parametrize("batch", [None, 3], ids=str)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_locked_parameters_stay_and_all_others_move(optimizer, batch):
    recipe, parameters, data = descent(batch, frozenset({1, 12}), optimizer=optimizer)
    moved = from_start(recipe, parameters, data, 20).state.parameters != parameters
    assert np.flatnonzero(~moved).tolist() == [1, 12]


def test_with_everything_locked_nothing_moves():
    recipe, parameters, data = descent(None, frozenset(range(17)))
    run = from_start(recipe, parameters, data, 5)
    assert run.state.parameters.tobytes() == parameters.tobytes()
    assert len(set(run.losses.tolist())) == 1


def test_a_lock_does_not_change_the_slope_that_is_shown():
    _, record = train_step(replace(TWO, locked=frozenset({0})), start_state(TWO, [1.0, 2.0]), *TWO_DATA)
    assert record.slopes.gradient.tolist() == [30.0, 40.0]
    assert record.change == pytest.approx([0.0, -0.4])


# What a step keeps


@pytest.mark.parametrize(
    ("activation", "loss"),
    [pair for pair in product(ACTIVATIONS, LOSSES) if pair[0] != "softmax" or pair[1] == "categorical_crossentropy"],
)
@pytest.mark.parametrize("batch", [None, 3], ids=str)
def test_a_record_holds_everything_that_the_step_computed(activation, loss, batch, by_hand):
    network = by_hand.network(activation, loss, (2, 4, 3))
    recipe = Recipe(network, loss, "sgd", 0.05, batch, seed=3, locked=frozenset({2}), l1=0.1, l2=0.01)
    random, parameters = np.random.default_rng(5), draw_parameters(network, 1)
    x, y = random.normal(0, 1, (10, 2)), by_hand.targets(random, (10, 3), loss)
    after, record = train_step(recipe, start_state(recipe, parameters), x, y)
    rows, slopes = record.batch, record.slopes

    alone = backward(network, parameters, x[rows], y[rows], loss, recipe.penalty)
    assert slopes.loss == pytest.approx(alone.loss, rel=1e-14)
    assert slopes.gradient == pytest.approx(alone.gradient, rel=1e-12, abs=1e-16)
    assert slopes.forward.a[0].tolist() == x[rows].tolist()
    for layer in range(3):
        assert slopes.forward.a[layer].shape == (len(rows), network.sizes[layer])
        assert np.array_equal(slopes.node_slopes[layer] * slopes.activation_slopes[layer], slopes.delta[layer])
    for index, (layer, source, target) in enumerate(network.places):
        comes_from = 1.0 if source is None else slopes.forward.a[layer - 1][:, source]
        mean = np.mean(slopes.delta[layer][:, target] * comes_from)
        w = parameters[index]
        cost = 0.0 if source is None else 0.1 * np.sign(w) + 0.02 * w
        assert slopes.gradient[index] == pytest.approx(mean + cost, rel=1e-12, abs=1e-15)

    change = -recipe.learning_rate * slopes.gradient
    change[2] = 0.0
    assert record.change.tolist() == change.tolist()
    assert record.parameters_before.tolist() == parameters.tolist()
    assert record.parameters_after.tolist() == (parameters + change).tolist() == after.parameters.tolist()
    penalty = recipe.penalty
    assert record.loss_before == pytest.approx(loss_value(network, parameters, x, y, loss, penalty), rel=1e-14)
    assert record.loss_after == pytest.approx(loss_value(network, after.parameters, x, y, loss, penalty), rel=1e-14)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch", [None, 3], ids=str)
def test_a_record_can_not_be_changed(batch, optimizer):
    recipe, parameters, data = descent(batch, frozenset(), optimizer=optimizer)
    state, record = train_step(recipe, start_state(recipe, parameters), *data)
    slopes = record.slopes
    arrays = [record.batch, record.change, record.parameters_before, record.parameters_after, state.parameters]
    arrays += [slopes.gradient, *slopes.node_slopes, *slopes.activation_slopes, *slopes.delta]
    arrays += [*slopes.forward.z, *slopes.forward.a, *state.optimizer]
    run = train(recipe, state, *data, 3, watched=data)
    arrays += [run.losses, run.watched, run.state.parameters, *run.state.optimizer]
    assert not any(array.flags.writeable for array in arrays)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch", [None, 3], ids=str)
def test_the_coming_change_is_the_one_that_the_step_then_makes(batch, optimizer):
    recipe, parameters, data = descent(batch, frozenset({2, 5}), optimizer=optimizer)
    state = from_start(recipe, parameters, data, 5).state
    before = [array.tobytes() for array in (state.parameters, *state.optimizer)]
    _, record = train_step(recipe, state, *data)
    change = coming_change(recipe, state, record.slopes.gradient)
    assert change.tobytes() == record.change.tobytes()
    assert not change.flags.writeable
    assert [array.tobytes() for array in (state.parameters, *state.optimizer)] == before


# What can't be used


def test_a_state_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="has 1 parameters, not 2"):
        start_state(ONE, [1.0, 2.0])
    with pytest.raises(ValueError, match="has 2 parameters, not 1"):
        train(TWO, start_state(ONE, [2.0]), *TWO_DATA, 1)
    with pytest.raises(ValueError, match="has 2 parameters, not 1"):
        train_step(TWO, start_state(ONE, [2.0]), *TWO_DATA)


@pytest.mark.parametrize(
    ("x", "y"), [([[1.0, 2.0]], [[1.0]]), ([[1.0]], [[1.0, 2.0]]), ([[1.0]], [[1.0], [2.0]]), ([1.0], [1.0])], ids=str
)
def test_data_that_does_not_fit_is_refused_with_a_sentence(x, y):
    state = start_state(ONE, [2.0])
    for ask in (
        lambda: train(ONE, state, x, y, 1),
        lambda: train_step(ONE, state, x, y),
        lambda: train(ONE, state, *ONE_DATA, 1, watched=(x, y)),
        lambda: observe(ONE, [2.0], x, y),
        lambda: measured_loss(ONE, [2.0], x, y),
    ):
        with pytest.raises(ValueError, match=r"need the shape .*\.$"):
            ask()
