"""The same bits, however the steps are asked for: one by one, in pieces, in one run, in another process."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import gdstudio
from gdstudio.engine import (
    ACTIVATIONS,
    INITIALIZERS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Descent,
    Network,
    Recipe,
    batch_of_step,
    draw_parameters,
    loss_value,
    measured_loss,
    start_state,
    train,
    train_step,
)

BATCHES = {"full": None, "single examples": 1, "a partial last batch": 3, "as many as there are": 10, "more": 50}
EVERY_BATCH = pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer", OPTIMIZERS)
EVERY_PAIR = pytest.mark.parametrize(
    ("activation", "loss"),
    [pair for pair in product(ACTIVATIONS, LOSSES) if pair[0] != "softmax" or pair[1] == "categorical_crossentropy"],
)
LOCKED = {"all free": frozenset(), "two locked": frozenset({0, 9})}
NETWORK = Network((2, 4, 1), ("tanh", "linear"))


def descent(batch=None, **changes):
    """A recipe, a start and ten examples."""
    recipe = Recipe(NETWORK, learning_rate=0.05, batch_size=batch, seed=3, **changes)
    random = np.random.default_rng(5)
    return recipe, draw_parameters(NETWORK, 1), (random.normal(0, 1, (10, 2)), random.normal(0, 1, (10, 1)))


def bits(state):
    return (state.step, state.parameters.tobytes(), tuple(array.tobytes() for array in state.optimizer))


def stepped(recipe, state, data, steps):
    for _ in range(steps):
        state, _ = train_step(recipe, state, *data)
    return state


def assert_same_however_asked(recipe, parameters, data, parts=(7, 13)):
    """Single steps, two runs and one run: equal bits of parameters, memory, losses and step."""
    start = start_state(recipe, parameters)
    whole = train(recipe, start, *data, sum(parts))
    assert whole.state.step == sum(parts)
    state, losses = start, [whole.losses[0]]
    for size in parts:
        part = train(recipe, state, *data, size)
        assert part.losses[0] == losses[-1]
        losses += part.losses[1:].tolist()
        state = part.state
    assert bits(state) == bits(whole.state)
    assert losses == whole.losses.tolist()
    state = start
    for number in range(sum(parts)):
        state, record = train_step(recipe, state, *data)
        assert record.step == number
        assert (record.loss_before, record.loss_after) == (losses[number], losses[number + 1])
    assert bits(state) == bits(whole.state)
    assert whole.state.parameters.tobytes() != start.parameters.tobytes()


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("locked", LOCKED.values(), ids=LOCKED)
@EVERY_BATCH
@EVERY_OPTIMIZER
def test_20_steps_are_a_run_of_20_and_one_of_7_and_one_of_13(optimizer, batch, locked, schedule):
    recipe, parameters, data = descent(batch, optimizer=optimizer, locked=locked, schedule=schedule, period=23)
    assert_same_however_asked(recipe, parameters, data)


@pytest.mark.parametrize("schedule", SCHEDULES)
@EVERY_BATCH
def test_with_every_schedule_too(batch, schedule):
    recipe, parameters, data = descent(batch, optimizer="adam", schedule=schedule, period=30)
    assert_same_however_asked(recipe, parameters, data)


@pytest.mark.parametrize("penalty", [{"l1": 0.1}, {"l2": 0.01}, {"l1": 0.1, "l2": 0.01}], ids=str)
@EVERY_BATCH
def test_with_penalties_too(batch, penalty):
    recipe, parameters, data = descent(batch, **penalty)
    assert_same_however_asked(recipe, parameters, data)


@EVERY_PAIR
def test_with_every_activation_and_loss_too(activation, loss, by_hand):
    network = by_hand.network(activation, loss, (2, 4, 3))
    recipe = Recipe(network, loss, learning_rate=0.05, batch_size=4, seed=3)
    random = np.random.default_rng(5)
    data = random.normal(0, 1, (10, 2)), by_hand.targets(random, (10, 3), loss)
    assert_same_however_asked(recipe, draw_parameters(network, 1), data, (3, 4))


@pytest.mark.parametrize("batch", [None, 3], ids=str)
def test_across_the_blocks_in_which_a_long_run_is_taken(batch):
    recipe, parameters, data = descent(batch, optimizer="momentum", settings={"momentum": 0.5})
    start = start_state(recipe, parameters)
    whole = train(recipe, start, *data, 600)
    for first in (1, 255, 256, 257, 512):
        part = train(recipe, start, *data, first)
        rest = train(recipe, part.state, *data, 600 - first)
        assert bits(rest.state) == bits(whole.state)
        assert part.losses.tolist() + rest.losses[1:].tolist() == whole.losses.tolist()
    assert bits(stepped(recipe, start, data, 600)) == bits(whole.state)


# Whoever asks


@EVERY_BATCH
@EVERY_OPTIMIZER
def test_one_descent_used_for_many_calls_gives_the_bits_of_fresh_ones(optimizer, batch):
    recipe, parameters, data = descent(batch, optimizer=optimizer, l2=0.01)
    one, start = Descent(recipe, *data), start_state(recipe, parameters)
    first = one.train(start, 9)
    stepped_once, record = one.step(first.state)
    elsewhere = one.train(start_state(recipe, -parameters), 5, losses="batch")
    again = one.train(first.state, 6)
    from_the_start = one.train(start, 9)

    assert bits(first.state) == bits(Descent(recipe, *data).train(start, 9).state) == bits(from_the_start.state)
    fresh, fresh_record = Descent(recipe, *data).step(first.state)
    assert bits(stepped_once) == bits(fresh)
    assert record.slopes.gradient.tobytes() == fresh_record.slopes.gradient.tobytes()
    assert bits(elsewhere.state) == bits(train(recipe, start_state(recipe, -parameters), *data, 5).state)
    fresh_run = train(recipe, first.state, *data, 6)
    assert bits(again.state) == bits(fresh_run.state)
    assert again.losses.tolist() == fresh_run.losses.tolist()


@EVERY_BATCH
def test_what_a_descent_has_handed_out_does_not_change_with_its_next_step(batch):
    recipe, parameters, data = descent(batch, optimizer="adam")
    one = Descent(recipe, *data)
    state, record = one.step(start_state(recipe, parameters))
    run = one.train(state, 3)
    kept = [bits(state), bits(run.state), run.losses.tobytes(), record.change.tobytes()]
    arrays = [*record.slopes.forward.a, *record.slopes.forward.z, *record.slopes.delta, record.slopes.gradient]
    seen = [array.tobytes() for array in arrays]
    one.train(start_state(recipe, 3 * parameters), 11)
    one.step(start_state(recipe, -parameters))
    assert [bits(state), bits(run.state), run.losses.tobytes(), record.change.tobytes()] == kept
    assert [array.tobytes() for array in arrays] == seen


def test_the_callers_data_are_copied():
    recipe, parameters, (x, y) = descent(3)
    one = Descent(recipe, x, y)
    expected = one.train(start_state(recipe, parameters), 5)
    x[:], y[:] = 0.0, 0.0
    assert bits(one.train(start_state(recipe, parameters), 5).state) == bits(expected.state)


@pytest.mark.parametrize("batch", [None, 3], ids=str)
@EVERY_OPTIMIZER
def test_the_callers_state_and_data_stay_as_they_were(optimizer, batch):
    """Even a state whose arrays could be written to."""
    recipe, parameters, (x, y) = descent(batch, optimizer=optimizer)
    start = train(recipe, start_state(recipe, parameters), x, y, 2).state
    state = replace(
        start, parameters=start.parameters.copy(), optimizer=tuple(array.copy() for array in start.optimizer)
    )
    kept = x.copy(), y.copy(), bits(state)
    train(recipe, state, x, y, 5)
    train(recipe, state, x, y, 300, tolerance=1e-3, losses="batch")
    train_step(recipe, state, x, y)
    assert np.array_equal(x, kept[0])
    assert np.array_equal(y, kept[1])
    assert bits(state) == kept[2] == bits(start)


@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_the_initializer_is_for_a_new_start_and_changes_no_step(initializer):
    recipe, parameters, data = descent(3)
    other = replace(recipe, initializer=initializer, spread=0.25)
    assert bits(train(other, start_state(other, parameters), *data, 9).state) == bits(
        train(recipe, start_state(recipe, parameters), *data, 9).state
    )


# The batch's own loss, and others who are watched


@EVERY_BATCH
@EVERY_OPTIMIZER
def test_the_losses_of_batches_come_with_the_same_parameters(optimizer, batch):
    recipe, parameters, (x, y) = descent(batch, optimizer=optimizer, l2=0.01)
    start = start_state(recipe, parameters)
    run = train(recipe, start, x, y, 20, losses="batch")
    whole = train(recipe, start, x, y, 20)
    assert bits(run.state) == bits(whole.state)
    assert len(run.losses) == 21
    state = start
    for step in range(20):
        rows = batch_of_step(recipe, step, 10)
        assert run.losses[step] == pytest.approx(measured_loss(recipe, state.parameters, x[rows], y[rows]), rel=1e-14)
        state, record = train_step(recipe, state, x, y)
        assert record.slopes.loss == run.losses[step]
    assert run.losses[20] == whole.losses[20]
    if batch is None or batch >= 10:
        assert run.losses.tolist() == whole.losses.tolist()


def test_the_losses_of_batches_across_blocks_are_those_of_each_step():
    recipe, parameters, data = descent(3)
    run = train(recipe, start_state(recipe, parameters), *data, 300, losses="batch")
    state, seen = start_state(recipe, parameters), []
    for _ in range(300):
        state, record = train_step(recipe, state, *data)
        seen.append(record.slopes.loss)
    assert run.losses[:300].tolist() == seen
    assert run.losses[300] == record.loss_after


@pytest.mark.parametrize("losses", ["all", "batch"])
@EVERY_BATCH
def test_watched_losses_are_those_of_the_watched_examples(batch, losses):
    recipe, parameters, data = descent(batch, l2=0.01)
    random = np.random.default_rng(6)
    watched = random.normal(0, 1, (4, 2)), random.normal(0, 1, (4, 1))
    start = start_state(recipe, parameters)
    run = train(recipe, start, *data, 12, losses=losses, watched=watched)
    assert bits(run.state) == bits(train(recipe, start, *data, 12).state)
    states = [start]
    for _ in range(12):
        states.append(train_step(recipe, states[-1], *data)[0])
    assert run.watched.tolist() == [measured_loss(recipe, state.parameters, *watched) for state in states]
    assert not run.watched.flags.writeable


@pytest.mark.parametrize("batch", [None, 3], ids=str)
def test_whoever_is_watched_is_watched_to_the_end_of_a_run_that_ends_early(batch):
    recipe, parameters, data = descent(batch)
    run = train(recipe, start_state(recipe, parameters), *data, 900, tolerance=0.1, watched=data)
    assert 0 < run.state.step < 900
    assert run.watched == pytest.approx(run.losses, rel=1e-14)


def test_with_no_one_watched_there_are_no_watched_losses():
    recipe, parameters, data = descent()
    assert train(recipe, start_state(recipe, parameters), *data, 3).watched.shape == (0,)
    nobody = np.empty((0, 2)), np.empty((0, 1))
    assert train(recipe, start_state(recipe, parameters), *data, 3, watched=nobody).watched.shape == (0,)


@pytest.mark.parametrize("rows", [4, 10])
def test_watched_losses_are_the_loss_of_anyone_who_asks(rows):
    recipe, parameters, (x, y) = descent()
    run = train(recipe, start_state(recipe, parameters), x, y, 2, watched=(x[:rows], y[:rows]))
    assert run.watched[0] == loss_value(NETWORK, parameters, x[:rows], y[:rows])


# Another process

FRESH = """
import hashlib, sys
import numpy as np
from gdstudio.engine import OPTIMIZERS, Network, Recipe, draw_parameters, start_state, train
network = Network((2, 4, 1), ("tanh", "linear"))
random = np.random.default_rng(5)
x, y = random.normal(0, 1, (10, 2)), random.normal(0, 1, (10, 1))
for name in OPTIMIZERS:
    recipe = Recipe(network, "mse", name, 0.05, 3, seed=3, locked=frozenset({0, 9}), schedule="inverse", l2=0.01)
    run = train(recipe, start_state(recipe, draw_parameters(network, 1)), x, y, 57)
    memory = b"".join(array.tobytes() for array in run.state.optimizer)
    print(hashlib.sha256(run.state.parameters.tobytes() + memory + run.losses.tobytes()).hexdigest())
print(sorted(name for name in sys.modules if name.split(".")[0] in ("PySide6", "shiboken6", "pyqtgraph", "msgspec")))
"""


def test_a_fresh_process_gives_the_same_bits_and_leaves_qt_unloaded():
    here = []
    for name in OPTIMIZERS:
        recipe, parameters, data = descent(3, optimizer=name, locked=LOCKED["two locked"], schedule="inverse", l2=0.01)
        run = train(recipe, start_state(recipe, parameters), *data, 57)
        memory = b"".join(array.tobytes() for array in run.state.optimizer)
        here.append(hashlib.sha256(run.state.parameters.tobytes() + memory + run.losses.tobytes()).hexdigest())
    root = Path(gdstudio.__file__).parents[1]
    out = subprocess.run([sys.executable, "-c", FRESH], cwd=root, capture_output=True, text=True, check=True)
    *there, loaded = out.stdout.splitlines()
    assert there == here
    assert loaded == "[]"
