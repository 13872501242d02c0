"""What ends a run or goes on without end, in sentences that hold, and advice that the studio then allows."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.edits import LEARNING_RATE_LIMITS
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.project import Project, new_project
from gdstudio.engine import OPTIMIZERS, Network, Outcome, Recipe, train
from gdstudio.teaching.endings import EXPLOSION, LONG, Plateau, diverged, refused, remedy_of, scaled_for_descent
from gdstudio.teaching.picture import picture_of


def houses(rate: float = 0.01, scale: float = 1.0, **settings) -> Project:
    """Prices by size, as they stand in a table: numbers in the thousands."""
    x = scale * np.random.default_rng(5).uniform(800, 4500, size=(25, 1))
    recipe = Recipe(Network((1, 1), ("linear",)), learning_rate=rate, **settings)
    return new_project("houses", recipe, np.zeros(2), plain_data("houses", x, 110.0 * x))


def run_of(project: Project, steps: int):
    limit = EXPLOSION * max(1.0, picture_of(project).loss)
    return train(project.recipe, project.state, project.data.x, project.data.y, steps, loss_limit=limit)


# Plateaus.


def watched(project: Project, steps: int, chunk: int = 100) -> list[str]:
    plateau, state, said = Plateau(project.state.step, picture_of(project).loss), project.state, []
    for _ in range(steps // chunk):
        run = train(project.recipe, state, project.data.x, project.data.y, chunk, tolerance=1e-9)
        state = run.state
        here = picture_of(edits.descended(project, state))
        said += filter(None, [plateau.follow(here, run.losses)])
        if run.outcome is not Outcome.DONE:
            break
    return said


def test_xor_at_a_loss_of_0_125_is_called_a_plateau_once():
    project = load_example("xor")
    for _ in range(12):
        project = edits.new_start(project)
    (sentence,) = watched(project, 6000)
    assert "the loss has changed by less than 1 %, to 0.12" in sentence
    assert "plateau" in sentence


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.key)
def test_what_is_said_of_a_plateau_is_true_of_every_example(example):
    project = load_example(example.key)
    for sentence in watched(project, 6000):
        since, until = (int(word.replace(",", "")) for word in sentence.split()[2:5:2])
        losses = train(project.recipe, project.state, project.data.x, project.data.y, until).losses[since:]
        assert until - since >= LONG
        assert losses.max() - losses.min() <= 0.01 * losses.max()


def test_a_run_that_jumps_back_and_forth_is_no_plateau():
    assert watched(edits.set_learning_rate(load_example("one-weight"), 1 / 9), 4000) == []


def test_a_run_that_gets_on_is_no_plateau():
    assert watched(edits.set_learning_rate(load_example("noisy-line"), 1e-4), 3000) == []
    assert watched(load_example("one-weight"), 3000) == []


# Remedies.


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("rate", [1e-6, 0.01, 10.0])
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_the_advised_rate_is_allowed_and_comes_home(optimizer, rate, scale):
    project = houses(rate, scale, optimizer=optimizer)
    remedy = remedy_of(project)
    assert LEARNING_RATE_LIMITS[0] <= remedy.rate <= rate / 2
    calm = edits.set_learning_rate(project, remedy.rate)
    run = run_of(calm, 500)
    assert run.outcome is Outcome.DONE
    assert run.losses[-1] < run.losses[0]


def test_where_no_allowed_rate_is_small_enough_none_is_offered_but_scaling():
    project = houses(0.01, 1e9)
    stop = diverged(1e300, 1, project, 1e17)
    assert stop.rate is None
    assert stop.offers_scaling


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name not in ("sgd", "momentum", "nesterov")])
def test_without_an_edge_it_is_half_the_rate(optimizer):
    remedy = remedy_of(houses(0.01, optimizer=optimizer))
    assert (remedy.rate, remedy.edge) == (0.005, None)


def test_the_stop_of_unscaled_data_names_them_and_what_is_too_large():
    text = diverged(3.2e21, 1, houses(), 1e17).text
    assert text.startswith(
        "The loss has grown a million-fold and more: 3.2e21 at step 1. The learning rate 0.01 is above the edge, "
    )
    assert "The inputs are not scaled: “" in text


def test_scaled_data_are_not_said_to_be_unscaled():
    scaled = scaled_for_descent(houses(5.0))
    assert scaled.data.scaling == "standard"
    assert remedy_of(scaled).unscaled == ""
    assert run_of(scaled, 300).losses[-1] < 1e-9


def test_a_rate_below_the_edge_of_the_scaled_data_stays():
    assert scaled_for_descent(houses(0.01)).recipe.learning_rate == 0.01


@pytest.mark.parametrize("scaled", [True, False])
def test_a_loss_that_is_infinite_from_the_start_is_not_told_to_take_a_smaller_rate(scaled):
    project = houses(scale=1e160)
    project = replace(project, state=replace(project.state, parameters=np.ones(2)))
    if scaled:
        project = edits.set_parameter(edits.set_scaling(project, "standard"), 0, 1e200)
    stop = refused(picture_of(project), project)
    assert stop.rate is None
    assert stop.text.startswith("The loss is infinite here: ")
    assert stop.offers_scaling is not scaled
    if not scaled:
        assert math.isfinite(picture_of(scaled_for_descent(project)).loss)
