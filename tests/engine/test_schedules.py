"""How the learning rate falls: each schedule's factor at exact points, and a descent that follows it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.engine import OPTIMIZERS, SCHEDULES, Network, Recipe, coming_change, start_state, train, train_step

EVERY = pytest.mark.parametrize("row", SCHEDULES.values(), ids=SCHEDULES)
ONE = Recipe(Network((1, 1), ("linear",), False))
DATA = ([[3.0]], [[10.0]])
POINTS = {
    "constant": [(0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (1e6, 1.0)],
    "step": [(0.0, 1.0), (0.999, 1.0), (1.0, 0.5), (1.999, 0.5), (2.0, 0.25), (10.0, 2.0**-10)],
    "exponential": [(0.0, 1.0), (0.5, math.sqrt(0.5)), (1.0, 0.5), (2.0, 0.25), (10.0, 2.0**-10)],
    "cosine": [(0.0, 1.0), (1 / 3, 0.75), (0.5, 0.5), (2 / 3, 0.25), (1.0, 0.0), (1.5, 0.0), (7.0, 0.0)],
    "inverse": [(0.0, 1.0), (0.5, 2 / 3), (1.0, 0.5), (3.0, 0.25), (999.0, 0.001)],
}


@EVERY
def test_a_row_carries_its_own_name_and_says_how_a_person_writes_it(row):
    assert SCHEDULES[row.name] is row
    assert row.label.strip()
    assert row.formula.strip()


def test_a_constant_rate_comes_first_and_the_table_cannot_be_changed():
    assert next(iter(SCHEDULES)) == "constant"
    with pytest.raises(TypeError):
        SCHEDULES["other"] = SCHEDULES["step"]


@EVERY
def test_the_factor_at_exact_points(row):
    for t, factor in POINTS[row.name]:
        assert row.factor(t) == pytest.approx(factor, rel=1e-15, abs=1e-16)


@EVERY
def test_the_factor_starts_at_1_and_never_rises_or_falls_below_0(row):
    factors = [row.factor(k / 7) for k in range(200)]
    assert factors[0] == 1.0
    assert (np.diff(factors) <= 0).all()
    assert min(factors) >= 0.0
    assert row.factor(1e9) >= 0.0


@EVERY
def test_a_recipe_has_the_rate_of_each_step(row):
    recipe = replace(ONE, schedule=row.name, period=6, learning_rate=0.02)
    for t, factor in POINTS[row.name]:
        step = t * 6
        if abs(step - round(step)) < 1e-9:
            assert recipe.rate_at(round(step)) == pytest.approx(0.02 * factor, rel=1e-14, abs=1e-17)
    assert recipe.rate_at(0) == 0.02


def test_a_recipe_without_a_schedule_has_one_rate_to_the_last_bit():
    assert {replace(ONE, learning_rate=1 / 28).rate_at(step) for step in (0, 1, 999, 10**9)} == {1 / 28}


def test_halving_each_10_steps_by_hand():
    recipe = replace(ONE, schedule="step", period=10, learning_rate=0.04)
    assert [recipe.rate_at(step) for step in (0, 9, 10, 19, 20, 30)] == [0.04, 0.04, 0.02, 0.02, 0.01, 0.005]


@EVERY
@pytest.mark.parametrize("start", [0, 4], ids=["from the start", "from the fourth step"])
def test_a_run_takes_each_step_with_its_own_rate(row, start):
    """One weight, x = 3, target 10: w - rate x 2 (3 w - 10) x 3, and the step's number decides, not the call's."""
    recipe = replace(ONE, schedule=row.name, period=5)
    state = replace(start_state(recipe, [2.0]), step=start)
    w, losses = 2.0, [16.0]
    for step in range(start, start + 12):
        w -= 0.01 * row.factor(step / 5) * 2 * (3 * w - 10) * 3
        losses.append((3 * w - 10) ** 2)
    run = train(recipe, state, *DATA, 12)
    assert run.losses == pytest.approx(losses, rel=1e-12)
    assert run.state.parameters == pytest.approx([w], rel=1e-14)
    assert run.state.step == start + 12


@EVERY
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_is_told_the_rate_of_its_step(optimizer, row):
    recipe = replace(ONE, optimizer=optimizer, schedule=row.name, period=5, settings={})
    state = start_state(recipe, [2.0])
    for step in range(12):
        now = replace(recipe, schedule="constant", learning_rate=recipe.rate_at(step) or 5e-324)
        gradient = np.array([2 * (3 * state.parameters[0] - 10) * 3])
        expected = coming_change(now, state, gradient)
        assert coming_change(recipe, state, gradient) == pytest.approx(expected, rel=1e-15, abs=1e-300)
        state, record = train_step(recipe, state, *DATA)
        assert record.change == pytest.approx(expected, rel=1e-13, abs=1e-300)


def test_after_a_cosine_has_come_to_0_nothing_moves():
    recipe = replace(ONE, schedule="cosine", period=5)
    run = train(recipe, start_state(recipe, [2.0]), *DATA, 20)
    assert len(set(run.losses[5:].tolist())) == 1
    assert len(set(run.losses[:6].tolist())) == 6
