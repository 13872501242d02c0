import hashlib
import math
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdstudio
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


# The same bits, however the steps are asked for

BATCHES = {"full": None, "with a partial last batch": 3, "single examples": 1, "more than there are": 50}
LOCKED = {"all free": frozenset(), "two locked": frozenset({0, 9})}


def descent(batch, locked, *, loss="mse", activation="tanh", optimizer="sgd"):
    network = Network((2, 4, 1), (activation, "linear"))
    recipe = Recipe(network, loss, optimizer, 0.05, batch, seed=3, locked=locked)
    random = np.random.default_rng(5)
    return recipe, draw_parameters(network, 1), (random.normal(0, 1, (10, 2)), random.normal(0, 1, (10, 1)))


def bits(state):
    return (state.step, state.parameters.tobytes(), tuple(array.tobytes() for array in state.optimizer))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("locked", LOCKED.values(), ids=LOCKED)
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_single_steps_chunks_and_one_long_run_give_the_same_bits(batch, locked, optimizer):
    recipe, parameters, data = descent(batch, locked, optimizer=optimizer)
    whole = from_start(recipe, parameters, data, 57)
    assert whole.state.step == 57

    chunked, losses = start_state(recipe, parameters), [whole.losses[0]]
    for size in (0, 1, 5, 20, 31):
        part = train(recipe, chunked, *data, size)
        assert part.losses[0] == losses[-1]
        losses += part.losses[1:].tolist()
        chunked = part.state
    assert bits(chunked) == bits(whole.state)
    assert losses == whole.losses.tolist()

    stepped = start_state(recipe, parameters)
    for number in range(57):
        stepped, record = train_step(recipe, stepped, *data)
        assert record.step == number
        assert (record.loss_before, record.loss_after) == (whole.losses[number], whole.losses[number + 1])
    assert bits(stepped) == bits(whole.state)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_steps_and_runs_give_the_same_bits_for_every_activation_and_loss(activation, loss):
    recipe, parameters, data = descent(4, frozenset(), loss=loss, activation=activation)
    state = start_state(recipe, parameters)
    for _ in range(7):
        state, _ = train_step(recipe, state, *data)
    assert bits(state) == bits(from_start(recipe, parameters, data, 7).state)


FRESH = """
import hashlib, sys
import numpy as np
from gdstudio.engine import Network, Recipe, draw_parameters, start_state, train
network = Network((2, 4, 1), ("tanh", "linear"))
recipe = Recipe(network, "mse", "sgd", 0.05, 3, seed=3, locked=frozenset({0, 9}))
random = np.random.default_rng(5)
x, y = random.normal(0, 1, (10, 2)), random.normal(0, 1, (10, 1))
run = train(recipe, start_state(recipe, draw_parameters(network, 1)), x, y, 57)
print(hashlib.sha256(run.state.parameters.tobytes() + run.losses.tobytes()).hexdigest())
print(sorted(name for name in sys.modules if name.split(".")[0] in ("PySide6", "shiboken6", "pyqtgraph", "msgspec")))
"""


def test_a_fresh_process_gives_the_same_bits_and_leaves_qt_unloaded():
    recipe, parameters, data = descent(3, frozenset({0, 9}))
    run = from_start(recipe, parameters, data, 57)
    here = hashlib.sha256(run.state.parameters.tobytes() + run.losses.tobytes()).hexdigest()
    root = Path(gdstudio.__file__).parents[1]
    out = subprocess.run([sys.executable, "-c", FRESH], cwd=root, capture_output=True, text=True, check=True)
    there, loaded = out.stdout.splitlines()
    assert there == here
    assert loaded == "[]"


def test_the_learning_rate_can_change_in_the_middle_of_a_run():
    calm, hasty = ONE, replace(ONE, learning_rate=0.05)
    middle = from_start(calm, [2.0], ONE_DATA, 3).state
    run = train(hasty, middle, *ONE_DATA, 1)
    error = 3 * middle.parameters[0] - 10
    assert run.state.parameters[0] == pytest.approx(middle.parameters[0] - 0.05 * 2 * error * 3, rel=1e-14)
    assert run.state.step == 4


def test_the_callers_state_and_data_stay_as_they_were():
    recipe, parameters, (x, y) = descent(3, frozenset())
    state, kept = start_state(recipe, parameters), (x.copy(), y.copy(), parameters.copy())
    train(recipe, state, x, y, 5)
    train_step(recipe, state, x, y)
    assert all(np.array_equal(a, b) for a, b in zip((x, y, state.parameters), kept, strict=True))
    assert state.step == 0


# Batches


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


# How a run ends


def test_flat_stops_before_the_step_that_the_tolerance_names():
    """Slope of step k: 24 x 0.82^k."""
    run = from_start(ONE, [2.0], ONE_DATA, 1000, tolerance=0.01)
    expected = math.ceil(math.log(0.01 / 24) / math.log(0.82))
    assert run.outcome is Outcome.FLAT
    assert run.state.step == expected
    assert len(run.losses) == expected + 1
    slope = backward(ONE.network, run.state.parameters, *ONE_DATA).gradient
    assert np.linalg.norm(slope) <= 0.01 < np.linalg.norm(slope) / 0.82


def test_flat_at_the_very_start_takes_no_step():
    run = from_start(TWO, [0.4, 1.2], TWO_DATA, 10, tolerance=1e-9)
    assert (run.outcome, run.state.step, len(run.losses)) == (Outcome.FLAT, 0, 1)


def test_without_a_tolerance_all_steps_are_taken_even_on_flat_ground():
    run = from_start(ONE, [2.0], ONE_DATA, 500)
    assert (run.outcome, run.state.step, len(run.losses)) == (Outcome.DONE, 500, 501)


def test_locked_slopes_do_not_count_for_flat():
    recipe = replace(TWO, locked=frozenset({0, 1}))
    assert from_start(recipe, [1.0, 2.0], TWO_DATA, 3, tolerance=1e-9).outcome is Outcome.FLAT


def test_a_flat_batch_alone_is_not_flat():
    """The first example is learned, the second is not: only the slope over all examples can end the run."""
    recipes = (replace(ONE, batch_size=1, learning_rate=1e-3, seed=seed) for seed in range(100))
    recipe = next(recipe for recipe in recipes if batch_of_step(recipe, 0, 2).tolist() == [0])
    run = from_start(recipe, [2.0], ([[3.0], [3.0]], [[6.0], [9.0]]), 8, tolerance=1e-6)
    assert (run.outcome, run.state.step) == (Outcome.DONE, 8)
    assert from_start(recipe, [2.0], ([[3.0], [1.0]], [[6.0], [2.0]]), 8, tolerance=1e-6).outcome is Outcome.FLAT


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


def test_a_start_that_is_not_finite_is_told_at_once():
    run = from_start(ONE, [1e200], ONE_DATA, 5)
    assert (run.outcome, run.state.step, len(run.losses)) == (Outcome.DIVERGED, 0, 1)


def test_large_numbers_that_are_all_finite_are_no_divergence():
    """The sum of the weights overflows; no weight and no loss does."""
    run = from_start(TWO, [1e308, 1e308], ([[0.0, 0.0]], [[1.0]]), 3)
    assert run.outcome is Outcome.DONE


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


def test_no_steps_only_measure_the_loss():
    run = from_start(ONE, [2.0], ONE_DATA, 0)
    assert (run.outcome, run.state.step, run.losses.tolist()) == (Outcome.DONE, 0, [16.0])


def test_fewer_than_no_steps_are_refused():
    with pytest.raises(ValueError):
        from_start(ONE, [2.0], ONE_DATA, -1)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch", [None, 2], ids=str)
def test_no_warning_escapes_from_a_run_that_overflows(activation, batch):
    network = Network((2, 3, 1), (activation, "linear"))
    recipe = Recipe(network, learning_rate=1e200, batch_size=batch)
    data = ([[1e100, 2.0], [3.0, 4.0], [5.0, 1e100]], [[1.0], [2.0], [1e120]])
    run = from_start(recipe, draw_parameters(network, 0), data, 50)
    state, record = train_step(recipe, run.state, *data)
    assert np.isfinite(run.losses).all()
    assert run.outcome is Outcome.DIVERGED
    assert math.isnan(record.loss_after) or np.isfinite(state.parameters).all()


# What a step keeps


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch", [None, 3], ids=str)
def test_a_record_holds_everything_that_the_step_computed(activation, loss, batch):
    recipe, parameters, (x, y) = descent(batch, frozenset({2}), loss=loss, activation=activation)
    state = start_state(recipe, parameters)
    after, record = train_step(recipe, state, x, y)
    rows, slopes, network = record.batch, record.slopes, recipe.network

    alone = backward(network, parameters, x[rows], y[rows], loss)
    assert slopes.loss == pytest.approx(alone.loss, rel=1e-14)
    assert slopes.gradient == pytest.approx(alone.gradient, rel=1e-12, abs=1e-16)
    assert slopes.forward.a[0].tolist() == x[rows].tolist()
    for layer in range(3):
        assert slopes.forward.a[layer].shape == (len(rows), network.sizes[layer])
        assert np.array_equal(slopes.node_slopes[layer] * slopes.activation_slopes[layer], slopes.delta[layer])
    for index, (layer, source, target) in enumerate(network.places):
        comes_from = 1.0 if source is None else slopes.forward.a[layer - 1][:, source]
        mean = np.mean(slopes.delta[layer][:, target] * comes_from)
        assert slopes.gradient[index] == pytest.approx(mean, rel=1e-12, abs=1e-15)

    change = -recipe.learning_rate * slopes.gradient
    change[2] = 0.0
    assert record.change.tolist() == change.tolist()
    assert record.parameters_before.tolist() == parameters.tolist()
    assert record.parameters_after.tolist() == (parameters + change).tolist() == after.parameters.tolist()
    assert record.loss_before == pytest.approx(loss_value(network, parameters, x, y, loss), rel=1e-14)
    assert record.loss_after == pytest.approx(loss_value(network, after.parameters, x, y, loss), rel=1e-14)


def test_a_record_can_not_be_changed():
    recipe, parameters, data = descent(3, frozenset())
    state, record = train_step(recipe, start_state(recipe, parameters), *data)
    slopes = record.slopes
    arrays = [record.batch, record.change, record.parameters_before, record.parameters_after, state.parameters]
    arrays += [slopes.gradient, *slopes.node_slopes, *slopes.activation_slopes, *slopes.delta]
    arrays += [*slopes.forward.z, *slopes.forward.a, *state.optimizer]
    assert not any(array.flags.writeable for array in arrays)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch", [None, 3], ids=str)
def test_the_coming_change_is_the_one_that_the_step_then_makes(batch, optimizer):
    recipe, parameters, data = descent(batch, frozenset({2, 5}), optimizer=optimizer)
    state = from_start(recipe, parameters, data, 5).state
    kept = bits(state)
    _, record = train_step(recipe, state, *data)
    change = coming_change(recipe, state, record.slopes.gradient)
    assert change.tobytes() == record.change.tobytes()
    assert not change.flags.writeable
    assert bits(state) == kept


# What can't be used


@pytest.mark.parametrize(
    "wrong",
    [
        {"loss": "cubic"},
        {"optimizer": "magic"},
        {"learning_rate": 0.0},
        {"learning_rate": -0.01},
        {"learning_rate": math.nan},
        {"learning_rate": math.inf},
        {"batch_size": 0},
        {"batch_size": -1},
        {"seed": -1},
        {"locked": frozenset({1})},
        {"locked": frozenset({-1})},
    ],
    ids=str,
)
def test_an_impossible_recipe_is_refused_with_a_sentence(wrong):
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        replace(ONE, **wrong)


@pytest.mark.parametrize("rate", [5e-324, 1e-6, 1 / 28, 10.0, 1e300])
def test_any_rate_above_0_can_be_used_as_it_is(rate):
    assert replace(ONE, learning_rate=rate).learning_rate == rate


def test_a_state_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="has 1 parameters, not 2"):
        start_state(ONE, [1.0, 2.0])
    with pytest.raises(ValueError, match="shape"):
        train(ONE, start_state(ONE, [2.0]), [[1.0, 2.0]], [[1.0]], 1)
