"""Every optimizer against PyTorch's formula in plain Python, and what makes an update pure."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.engine import OPTIMIZERS, Network, Recipe, start_state, train, train_step, with_optimizer

EVERY = pytest.mark.parametrize("row", OPTIMIZERS.values(), ids=OPTIMIZERS)
PARAMETERS = np.array([1.0, -2.0, 0.5])
GRADIENT = np.array([30.0, -40.0, 0.0])
TWO = Network((2, 1), ("linear",), False)


# PyTorch's loops, one parameter at a time: ``gradients`` are those of the steps; the answer is each step's change.


def sgd_by_hand(w, gradients, rate):
    return [-rate * g for g in gradients]


def momentum_by_hand(w, gradients, rate, momentum):
    changes, buffer = [], None
    for g in gradients:
        buffer = g if buffer is None else momentum * buffer + g
        changes.append(-rate * buffer)
    return changes


def nesterov_by_hand(w, gradients, rate, momentum):
    changes, buffer = [], None
    for g in gradients:
        buffer = g if buffer is None else momentum * buffer + g
        changes.append(-rate * (g + momentum * buffer))
    return changes


def adagrad_by_hand(w, gradients, rate, epsilon):
    changes, total = [], 0.0
    for g in gradients:
        total += g**2
        changes.append(-rate * g / (math.sqrt(total) + epsilon))
    return changes


def rmsprop_by_hand(w, gradients, rate, rho, epsilon):
    changes, mean = [], 0.0
    for g in gradients:
        mean = rho * mean + (1 - rho) * g**2
        changes.append(-rate * g / (math.sqrt(mean) + epsilon))
    return changes


def adam_by_hand(w, gradients, rate, beta_1, beta_2, epsilon, weight_decay=0.0):
    changes, first, second = [], 0.0, 0.0
    for t, g in enumerate(gradients, start=1):
        before = w
        w *= 1 - rate * weight_decay
        first = beta_1 * first + (1 - beta_1) * g
        second = beta_2 * second + (1 - beta_2) * g**2
        w -= rate * (first / (1 - beta_1**t)) / (math.sqrt(second / (1 - beta_2**t)) + epsilon)
        changes.append(w - before)
    return changes


BY_HAND = {
    "sgd": sgd_by_hand,
    "momentum": momentum_by_hand,
    "nesterov": nesterov_by_hand,
    "adagrad": adagrad_by_hand,
    "rmsprop": rmsprop_by_hand,
    "adam": adam_by_hand,
    "adamw": adam_by_hand,
}
OTHER = {
    "momentum": 0.5, "epsilon": 0.01, "rho": 0.75, "beta_1": 0.25, "beta_2": 0.5, "weight_decay": 0.3,
}  # fmt: skip
DEFAULTS = {
    "sgd": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9},
    "adagrad": {"epsilon": 1e-10},
    "rmsprop": {"rho": 0.9, "epsilon": 1e-8},
    "adam": {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8},
    "adamw": {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-8, "weight_decay": 0.01},
}
EVERY_SETTING = pytest.mark.parametrize(
    ("row", "setting"),
    [(row, setting) for row in OPTIMIZERS.values() for setting in row.settings],
    ids=[f"{row.name}-{setting.name}" for row in OPTIMIZERS.values() for setting in row.settings],
)


def changes_of(row, settings, gradients, rate=0.02, start=PARAMETERS):
    """The changes of some steps, each from the parameters that the step before made."""
    parameters, state, changes = start.copy(), row.init(start), []
    for gradient in gradients:
        out = np.full_like(parameters, np.nan)
        state = row.update(parameters, gradient, state, rate, settings, out)
        parameters += out
        changes.append(out)
    return np.array(changes), state


@EVERY
def test_a_row_carries_its_own_name_and_says_how_a_person_writes_it(row):
    assert OPTIMIZERS[row.name] is row
    assert row.label.strip()
    assert row.formula.strip()
    for part in (*row.slots, *row.settings):
        assert part.name.isidentifier()
        assert part.label.strip()
    assert len({part.name for part in row.settings}) == len(row.settings)


def test_plain_descent_comes_first_and_the_table_cannot_be_changed():
    assert next(iter(OPTIMIZERS)) == "sgd"
    with pytest.raises(TypeError):
        OPTIMIZERS["other"] = OPTIMIZERS["sgd"]


@EVERY
@pytest.mark.parametrize("which", ["usual", "other"])
def test_eight_steps_are_those_of_the_formula(row, which):
    settings = {name: OTHER[name] for name in DEFAULTS[row.name]} if which == "other" else DEFAULTS[row.name]
    gradients = np.random.default_rng(4).normal(0, 1, (8, 3)) * [1.0, 100.0, 1e-3]
    found, _ = changes_of(row, settings, gradients)
    for column, start in enumerate(PARAMETERS.tolist()):
        expected = BY_HAND[row.name](start, gradients[:, column].tolist(), 0.02, **settings)
        assert found[:, column] == pytest.approx(expected, rel=1e-11, abs=1e-17)


@EVERY_SETTING
def test_every_setting_matters(row, setting):
    gradients = np.random.default_rng(4).normal(0, 1, (3, 3))
    usual, _ = changes_of(row, row.defaults(), gradients)
    other, _ = changes_of(row, row.defaults() | {setting.name: OTHER[setting.name]}, gradients)
    assert np.abs(usual - other).max() > 1e-5


@EVERY
def test_a_training_run_is_the_formula_applied_to_the_slopes_of_the_lecture(row):
    """Inputs [3, 4], weights [1, 2], target 6: slopes 2 x error x input."""
    recipe = Recipe(TWO, optimizer=row.name, settings={name: OTHER[name] for name in DEFAULTS[row.name]})
    run = train(recipe, start_state(recipe, [1.0, 2.0]), [[3.0, 4.0]], [[6.0]], 6)
    weights, gradients = [1.0, 2.0], ([], [])
    for _ in range(6):
        error = 3 * weights[0] + 4 * weights[1] - 6
        gradients[0].append(2 * error * 3)
        gradients[1].append(2 * error * 4)
        for k, start in enumerate((1.0, 2.0)):
            weights[k] = start + sum(BY_HAND[row.name](start, gradients[k], 0.01, **dict(recipe.settings)))
    assert run.state.parameters == pytest.approx(weights, rel=1e-12)


@EVERY
def test_the_usual_settings_are_the_known_ones(row):
    assert row.defaults() == DEFAULTS[row.name]
    assert dict(Recipe(TWO, optimizer=row.name).settings) == DEFAULTS[row.name]
    assert all(setting.low <= setting.default <= setting.high for setting in row.settings)


# The memory


@EVERY
def test_the_memory_has_one_array_for_each_slot_and_starts_at_0(row):
    memory = row.init(PARAMETERS)
    assert [array.shape for array in memory] == [(3,) if slot.per_parameter else (1,) for slot in row.slots]
    assert row.slot_sizes(3) == tuple(len(array) for array in memory)
    assert not any(array.any() for array in memory)


@EVERY
def test_many_runs_at_once_have_a_memory_each_and_the_changes_of_each_alone(row):
    runs, gradient = np.stack([PARAMETERS, -PARAMETERS]), np.stack([GRADIENT, GRADIENT / 7])
    memory, change = row.init(runs), np.empty_like(runs)
    assert [array.shape for array in memory] == [(2, size) for size in row.slot_sizes(3)]
    for _ in range(3):
        memory = row.update(runs, gradient, memory, 0.02, row.defaults(), change)
    for k in range(2):
        alone, state = np.empty(3), row.init(runs[k])
        for _ in range(3):
            state = row.update(runs[k], gradient[k], state, 0.02, row.defaults(), alone)
        assert change[k].tolist() == alone.tolist()
        assert all(np.array_equal(a[k], b) for a, b in zip(memory, state, strict=True))


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_the_count_slot_counts_the_steps_of_this_optimizer(name):
    recipe = Recipe(TWO, optimizer=name)
    state = start_state(recipe, [1.0, 2.0])
    assert [slot.name for slot in OPTIMIZERS[name].slots if not slot.per_parameter] == ["count"]
    for steps in (1, 4, 300):
        state = train(recipe, state, [[3.0, 4.0]], [[6.0]], steps).state
    assert state.step == 305
    assert state.optimizer[2].tolist() == [305.0]
    # In the middle of a run it begins again at 0, although the descent goes on counting.
    plain = Recipe(TWO)
    middle = train(plain, start_state(plain, [1.0, 2.0]), [[3.0, 4.0]], [[6.0]], 3).state
    changed, state = with_optimizer(plain, middle, name)
    state, record = train_step(changed, state, [[3.0, 4.0]], [[6.0]])
    assert (state.step, state.optimizer[2].tolist()) == (4, [1.0])
    # Adam's first change is the rate itself, whatever the slope.
    assert np.abs(record.change) == pytest.approx(0.01, rel=0.02)


@EVERY
def test_the_first_change_goes_against_the_slope(row):
    change = np.full(3, np.nan)
    row.update(np.zeros(3), GRADIENT, row.init(PARAMETERS), 0.01, row.defaults(), change)
    assert np.sign(change).tolist() == [-1.0, 1.0, 0.0]


@EVERY
def test_an_update_is_pure(row):
    gradient, parameters, settings = GRADIENT.copy(), PARAMETERS.copy(), row.defaults()
    memory = tuple(array + 0.5 for array in row.init(PARAMETERS))
    before = [array.copy() for array in memory]
    for array in (gradient, parameters, *memory):
        array.setflags(write=False)
    one, other = np.full(3, np.nan), np.full(3, np.nan)
    later = row.update(parameters, gradient, memory, 0.01, settings, one)
    again = row.update(parameters, gradient, memory, 0.01, settings, other)
    assert one.tobytes() == other.tobytes()
    assert [a.tobytes() for a in later] == [a.tobytes() for a in again]
    assert np.array_equal(gradient, GRADIENT)
    assert np.array_equal(parameters, PARAMETERS)
    assert all(np.array_equal(a, b) for a, b in zip(before, memory, strict=True))
    assert not any(a is b or np.shares_memory(a, one) for a, b in zip(later, memory, strict=True))
    assert settings == row.defaults()
    assert [a.shape for a in later] == [a.shape for a in memory]


@EVERY
def test_a_slope_of_0_moves_nothing_at_first(row):
    change = np.full(3, np.nan)
    row.update(np.zeros(3), np.zeros(3), row.init(PARAMETERS), 0.01, row.defaults(), change)
    assert not change.any()


def test_weight_decay_shrinks_every_parameter_even_without_a_slope():
    change = np.full(3, np.nan)
    row = OPTIMIZERS["adamw"]
    row.update(PARAMETERS, np.zeros(3), row.init(PARAMETERS), 0.5, row.defaults() | {"weight_decay": 0.1}, change)
    assert change == pytest.approx(-0.05 * PARAMETERS, rel=1e-15)


@EVERY
def test_it_goes_downhill_on_the_lecture_weights(row):
    recipe = Recipe(TWO, optimizer=row.name, learning_rate=1e-4)
    run = train(recipe, start_state(recipe, [1.0, 2.0]), [[3.0, 4.0]], [[6.0]], 20)
    assert (np.diff(run.losses) < 0).all()


def test_plain_descent_changes_by_minus_the_rate_times_the_slope():
    change = np.empty(3)
    assert OPTIMIZERS["sgd"].update(PARAMETERS, GRADIENT, (), 0.01, {}, change) == ()
    assert change == pytest.approx([-0.3, 0.4, 0.0])


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_momentum_of_0_is_plain_descent_to_the_last_bit(name):
    gradients = np.random.default_rng(4).normal(0, 1, (4, 3))
    plain, _ = changes_of(OPTIMIZERS["sgd"], {}, gradients)
    assert changes_of(OPTIMIZERS[name], {"momentum": 0.0}, gradients)[0].tolist() == plain.tolist()


# Settings


@EVERY_SETTING
def test_a_setting_outside_of_its_range_is_refused_with_a_sentence_that_names_it(row, setting):
    for wrong in (setting.low - 1e-3, setting.high + 1e-3, -math.inf, math.inf, math.nan):
        with pytest.raises(ValueError, match=rf"^{setting.label} of {row.label} goes from .* to .*; .* is outside\.$"):
            Recipe(TWO, optimizer=row.name, settings={setting.name: wrong})


@EVERY_SETTING
def test_both_ends_of_a_range_can_be_used(row, setting):
    for value in (setting.low, setting.high):
        recipe = Recipe(TWO, optimizer=row.name, learning_rate=1e-4, settings={setting.name: value})
        assert dict(recipe.settings)[setting.name] == value
        run = train(recipe, start_state(recipe, [1.0, 2.0]), [[3.0, 4.0]], [[6.0]], 5)
        assert np.isfinite(run.losses).all()
        assert run.losses[-1] < run.losses[0]


@EVERY
@pytest.mark.parametrize("wrong", ["friction", "learning_rate", ""])
def test_an_unknown_setting_is_refused_with_a_sentence_that_names_it(row, wrong):
    with pytest.raises(ValueError, match=rf"^{row.label} has no setting '{wrong}'\.$"):
        Recipe(TWO, optimizer=row.name, settings={wrong: 0.5})


def test_a_recipe_holds_every_setting_and_those_left_out_have_their_usual_value():
    recipe = Recipe(TWO, optimizer="adam", settings={"beta_2": 0.5})
    assert recipe.settings == (("beta_1", 0.9), ("beta_2", 0.5), ("epsilon", 1e-8))
    assert replace(recipe, learning_rate=0.5).settings == recipe.settings
    assert Recipe(TWO, optimizer="adam", settings=(("beta_2", 0.5),)) == recipe
    assert hash(recipe) == hash(Recipe(TWO, optimizer="adam", settings={"beta_2": 0.5}))


@EVERY
def test_another_optimizer_in_the_middle_of_a_run_keeps_the_weights_and_the_step(row):
    recipe = Recipe(TWO, optimizer="momentum", settings={"momentum": 0.5})
    state = train(recipe, start_state(recipe, [1.0, 2.0]), [[3.0, 4.0]], [[6.0]], 3).state
    changed, after = with_optimizer(recipe, state, row.name)
    assert changed.optimizer == row.name
    assert dict(changed.settings) == DEFAULTS[row.name]
    assert after.parameters is state.parameters
    assert after.step == 3
    assert [array.shape for array in after.optimizer] == [(size,) for size in row.slot_sizes(2)]
    assert not any(array.any() for array in after.optimizer)
