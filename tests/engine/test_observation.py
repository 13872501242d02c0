"""What a recipe sees at one moment, and what a step would change, without taking it."""

from dataclasses import replace

import numpy as np
import pytest

from gdstudio.engine import (
    OPTIMIZERS,
    Network,
    Recipe,
    backward,
    coming_change,
    draw_parameters,
    loss_value,
    measured_loss,
    observe,
    start_state,
    train,
    train_step,
)

NETWORK = Network((2, 3, 1), ("tanh", "linear"))
RECIPE = Recipe(NETWORK, learning_rate=0.05, l1=0.01, l2=0.03)
RANDOM = np.random.default_rng(13)
X, Y = RANDOM.normal(size=(6, 2)), RANDOM.normal(size=(6, 1))


def started(recipe):
    return start_state(recipe, draw_parameters(NETWORK, 3, "normal", 0.8))


def test_to_observe_is_the_pass_with_the_recipes_loss_and_penalty():
    state = started(RECIPE)
    seen = observe(RECIPE, state.parameters, X, Y)
    plain = backward(NETWORK, state.parameters, X, Y)
    assert seen.gradient == pytest.approx(plain.gradient + RECIPE.penalty.slope(state.parameters), rel=1e-14)
    assert seen.loss == pytest.approx(plain.loss + RECIPE.penalty.value(state.parameters), rel=1e-14)
    assert seen.forward.prediction.tolist() == plain.forward.prediction.tolist()


def test_the_measured_loss_has_the_penalty_and_is_the_one_of_a_step():
    state = started(RECIPE)
    expected = loss_value(NETWORK, state.parameters, X, Y) + RECIPE.penalty.value(state.parameters)
    assert measured_loss(RECIPE, state.parameters, X, Y) == pytest.approx(expected, rel=1e-14)
    following, record = train_step(RECIPE, state, X, Y)
    assert measured_loss(RECIPE, following.parameters, X, Y) == record.loss_after


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", ["constant", "inverse"])
def test_the_coming_change_is_the_one_that_the_step_makes(optimizer, schedule):
    recipe = replace(RECIPE, optimizer=optimizer, settings=(), schedule=schedule, period=3, locked=frozenset({4}))
    state = train(recipe, started(recipe), X, Y, 4).state
    change = coming_change(recipe, state, observe(recipe, state.parameters, X, Y).gradient)
    assert change.tolist() == train_step(recipe, state, X, Y)[1].change.tolist()
    assert change[4] == 0.0
    assert not change.flags.writeable


def test_nothing_moves_by_looking():
    recipe = replace(RECIPE, optimizer="adam", settings=())
    state = train(recipe, started(recipe), X, Y, 2).state
    before = state.parameters.tobytes(), *(slot.tobytes() for slot in state.optimizer)
    coming_change(recipe, state, observe(recipe, state.parameters, X, Y).gradient)
    measured_loss(recipe, state.parameters, X, Y)
    assert (state.parameters.tobytes(), *(slot.tobytes() for slot in state.optimizer)) == before
