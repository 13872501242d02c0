import numpy as np
import pytest

from gdstudio.engine import OPTIMIZERS, Network, Recipe, start_state, train, with_optimizer

EVERY = pytest.mark.parametrize("row", OPTIMIZERS.values(), ids=OPTIMIZERS)
PARAMETERS = np.array([1.0, -2.0, 0.5])
GRADIENT = np.array([30.0, -40.0, 0.0])


@EVERY
def test_a_row_carries_its_own_name_and_says_how_a_person_writes_it(row):
    assert OPTIMIZERS[row.name] is row
    assert row.label.strip()
    assert row.formula.strip()


def test_plain_descent_comes_first_and_the_table_cannot_be_changed():
    assert next(iter(OPTIMIZERS)) == "sgd"
    with pytest.raises(TypeError):
        OPTIMIZERS["other"] = OPTIMIZERS["sgd"]


@EVERY
def test_the_memory_has_one_array_for_each_slot(row):
    memory = row.init(PARAMETERS)
    assert len(memory) == len(row.slots)
    assert all(array.shape == PARAMETERS.shape and np.isfinite(array).all() for array in memory)


@EVERY
def test_the_first_change_goes_against_the_slope(row):
    change = np.full(3, np.nan)
    row.update(GRADIENT, row.init(PARAMETERS), 0.01, change)
    assert np.sign(change).tolist() == [-1.0, 1.0, 0.0]


@EVERY
def test_an_update_is_pure(row):
    gradient, memory = GRADIENT.copy(), row.init(PARAMETERS)
    before = [array.copy() for array in memory]
    one, other = np.empty(3), np.empty(3)
    later = row.update(gradient, memory, 0.01, one)
    row.update(gradient, memory, 0.01, other)
    assert np.array_equal(one, other)
    assert np.array_equal(gradient, GRADIENT)
    assert all(np.array_equal(a, b) for a, b in zip(before, memory, strict=True))
    assert len(later) == len(row.slots)


@EVERY
def test_it_goes_downhill_on_the_lecture_weights(row):
    recipe = Recipe(Network((2, 1), ("linear",), False), optimizer=row.name, learning_rate=0.001)
    run = train(recipe, start_state(recipe, [1.0, 2.0]), [[3.0, 4.0]], [[6.0]], 20)
    assert (np.diff(run.losses) < 0).all()


def test_plain_descent_changes_by_minus_the_rate_times_the_slope():
    change = np.empty(3)
    assert OPTIMIZERS["sgd"].update(GRADIENT, (), 0.01, change) == ()
    assert change == pytest.approx([-0.3, 0.4, 0.0])


@EVERY
def test_another_optimizer_in_the_middle_of_a_run_keeps_the_weights_and_the_step(row):
    recipe = Recipe(Network((2, 1), ("linear",), False))
    state = train(recipe, start_state(recipe, [1.0, 2.0]), [[3.0, 4.0]], [[6.0]], 3).state
    changed, after = with_optimizer(recipe, state, row.name)
    assert changed.optimizer == row.name
    assert after.parameters is state.parameters
    assert after.step == 3
    assert len(after.optimizer) == len(row.slots)
