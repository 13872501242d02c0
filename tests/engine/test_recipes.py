"""What a recipe can be, and the sentence with which it refuses what can't be used."""

import dataclasses
import math
from dataclasses import replace
from itertools import product

import pytest

from gdstudio.engine import INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES, Network, Recipe, start_state, train

ONE = Recipe(Network((1, 1), ("linear",), False))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"loss": "cubic"}, "The loss 'cubic' is not known; known are mse, "),
        ({"optimizer": "magic"}, "The optimizer 'magic' is not known; known are sgd, "),
        ({"schedule": "never"}, "The schedule 'never' is not known; known are constant, "),
        ({"initializer": "magic"}, "The initializer 'magic' is not known; known are auto, "),
        ({"learning_rate": 0.0}, "The learning rate must be a number above 0, not 0."),
        ({"learning_rate": -0.01}, "The learning rate must be a number above 0, not -0.01."),
        ({"learning_rate": math.nan}, "The learning rate must be"),
        ({"learning_rate": math.inf}, "The learning rate must be"),
        ({"batch_size": 0}, "A batch needs at least one example, not 0."),
        ({"batch_size": -1}, "A batch needs at least one example, not -1."),
        ({"seed": -1}, "The seed must be 0 or more, not -1."),
        ({"locked": frozenset({1})}, "A locked parameter does not exist in this network."),
        ({"locked": frozenset({-1})}, "A locked parameter does not exist in this network."),
        ({"period": 0}, "The schedule’s period must be at least one step, not 0."),
        ({"period": -5}, "The schedule’s period must be at least one step, not -5."),
        ({"l1": -0.1}, "The L1 penalty must be 0 or a number above it, not -0.1."),
        ({"l1": math.nan}, "The L1 penalty must be 0 or a number above it, not nan."),
        ({"l1": math.inf}, "The L1 penalty must be 0 or a number above it, not inf."),
        ({"l2": -0.1}, "The L2 penalty must be 0 or a number above it, not -0.1."),
        ({"l2": math.nan}, "The L2 penalty must be 0 or a number above it, not nan."),
        ({"l2": math.inf}, "The L2 penalty must be 0 or a number above it, not inf."),
        ({"spread": math.nan}, "The spread of a start must be a finite number, not nan."),
        ({"spread": -math.inf}, "The spread of a start must be a finite number, not -inf."),
        ({"settings": {"momentum": 0.9}}, "Gradient descent has no setting 'momentum'."),
        ({"optimizer": "momentum", "settings": {"momentum": 1.5}}, "Momentum of Momentum goes from 0 to 0.9999; 1.5 "),
        ({"loss": "binary_crossentropy"}, "Binary cross-entropy needs Sigmoid as the last activation, not Linear."),
        ({"loss": "categorical_crossentropy"}, "Categorical cross-entropy needs Softmax as the last activation, "),
        ({"network": Network((1, 1), ("softmax",))}, "Softmax goes with categorical cross-entropy, not with mean "),
    ],
    ids=str,
)
def test_an_impossible_recipe_is_refused_with_a_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$") as refused:
        replace(ONE, **wrong)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("rate", [5e-324, 1e-6, 1 / 28, 10.0, 1e300])
def test_any_rate_above_0_can_be_used_as_it_is(rate):
    assert replace(ONE, learning_rate=rate).learning_rate == rate


@pytest.mark.parametrize(
    "change",
    [
        {"l1": 0.0, "l2": 1e300},
        {"period": 1},
        {"period": 10**9, "schedule": "cosine"},
        {"spread": 0.0},
        {"spread": -1.5, "initializer": "constant"},
        {"batch_size": 1},
        {"seed": 2**63},
        {"locked": frozenset({0})},
    ],
    ids=str,
)
def test_what_lies_at_the_edge_of_the_possible_is_possible(change):
    recipe = replace(ONE, **change)
    assert all(getattr(recipe, name) == value for name, value in change.items())


def test_every_row_of_every_table_makes_a_recipe(by_hand):
    names = product(LOSSES, OPTIMIZERS, SCHEDULES, INITIALIZERS)
    networks = {loss: by_hand.network("tanh", loss, (2, 3, 2)) for loss in LOSSES}
    recipes = {Recipe(networks[one[0]], one[0], one[1], schedule=one[2], initializer=one[3]) for one in names}
    assert len(recipes) == len(LOSSES) * len(OPTIMIZERS) * len(SCHEDULES) * len(INITIALIZERS)


def test_a_recipe_is_a_value():
    assert replace(ONE) == ONE
    assert hash(replace(ONE)) == hash(ONE)
    with pytest.raises(dataclasses.FrozenInstanceError):
        ONE.l2 = 0.5


def test_a_recipe_of_nothing_but_a_network_is_that_of_the_lecture():
    assert (ONE.loss, ONE.optimizer, ONE.learning_rate, ONE.batch_size) == ("mse", "sgd", 0.01, None)
    assert (ONE.schedule, ONE.l1, ONE.l2, ONE.settings, ONE.locked) == ("constant", 0.0, 0.0, (), frozenset())
    assert not ONE.penalty


@pytest.mark.parametrize("steps", [-1, -(10**9)])
def test_fewer_than_no_steps_are_refused_with_a_sentence(steps):
    with pytest.raises(ValueError, match=rf"^The number of steps must be 0 or more, not {steps}\.$"):
        train(ONE, start_state(ONE, [2.0]), [[3.0]], [[10.0]], steps)
