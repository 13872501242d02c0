"""What lessons call right, worked out here with the engine alone, and every number that their sentences claim."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gdstudio.document.numbers import parse_number
from gdstudio.engine import (
    backward,
    batch_of_step,
    forward,
    learning_rate_zones,
    loss_value,
    start_state,
    train,
    train_step,
)
from gdstudio.engine.curvature import HessianProducts
from gdstudio.teaching.lessons import lessons, tolerance_of
from gdstudio.teaching.orders import obeyed

ANSWERS = json.loads((Path(__file__).parents[1] / "data" / "lesson-answers.json").read_text())
"""What a person types, by lesson and page."""
PAGES = {f"{lesson.number}.{at + 1}": (lesson, at) for lesson in lessons() for at in range(len(lesson.steps))}
ASKING = [page for page, (lesson, at) in PAGES.items() if lesson.steps[at].expect is not None]


@cache
def begun(page: str):
    """The project that a page begins with, when nothing but its own set-up and those before it were done."""
    lesson, at = PAGES[page]
    project = None
    for step in lesson.steps[: at + 1]:
        for order in step.do:
            project = obeyed(project, order)
    return project


def _batch(project):
    x, y = project.data.x, project.data.y
    chosen = batch_of_step(project.recipe, project.state.step, len(x))
    return backward(project.network, project.parameters, x[chosen], y[chosen], project.recipe.loss)


def _loss(project, parameters) -> float:
    return loss_value(project.network, parameters, project.data.x, project.data.y, project.recipe.loss)


def _after(project):
    return train_step(project.recipe, project.state, project.data.x, project.data.y)[0].parameters


def _prediction(project, parameters, example: int = 0) -> float:
    return float(forward(project.network, parameters, project.data.x).prediction[example, 0])


def _zones(project):
    return learning_rate_zones(project.recipe, project.parameters, project.data.x, project.data.y)


QUANTITIES = {
    "slope": lambda p, k: _batch(p).gradient[int(k) - 1],
    "next weight": lambda p, k: _after(p)[int(k) - 1],
    "change": lambda p, k: _after(p)[int(k) - 1] - p.parameters[int(k) - 1],
    "loss": lambda p: _loss(p, p.parameters),
    "error": lambda p: _prediction(p, p.parameters) - p.data.y[0, 0],
    "next error": lambda p: _prediction(p, _after(p)) - p.data.y[0, 0],
    "prediction": lambda p: _prediction(p, p.parameters),
    "value": lambda p, layer, k: forward(p.network, p.parameters, p.data.x).a[int(layer)][0, int(k) - 1],
    "node slope": lambda p, layer, k: _batch(p).node_slopes[int(layer)][0, int(k) - 1],
    "edge": lambda p: _zones(p).edge,
    "one step": lambda p: _zones(p).one_step,
    "steps an epoch": lambda p: np.ceil(len(p.data.x) / (p.recipe.batch_size or len(p.data.x))),
    "parameters": lambda p: sum((a + 1) * b for a, b in zip(p.network.sizes, p.network.sizes[1:], strict=False)),
}


def measured(project, phrase) -> float:
    return float(QUANTITIES[phrase.words.replace("#", "").strip()](project, *phrase.values))


def test_every_question_for_a_number_has_its_answer_here():
    assert sorted(ANSWERS) == sorted(ASKING)


@pytest.mark.parametrize("page", ASKING)
def test_the_answer_is_that_of_the_page_s_own_set_up(page):
    lesson, at = PAGES[page]
    step = lesson.steps[at]
    value = measured(begun(page), step.expect)
    assert abs(parse_number(ANSWERS[page]) - value) <= min(tolerance_of(step, value), max(0.005 * abs(value), 1e-9))


# What is said.


@pytest.mark.parametrize("page", ASKING)
def test_praise_names_the_number_that_was_asked_for(page, claims):
    lesson, at = PAGES[page]
    assert claims.names(lesson.steps[at].praise, measured(begun(page), lesson.steps[at].expect))


@pytest.mark.parametrize("page", PAGES)
def test_every_equation_in_the_words_of_a_lesson_holds(page, claims):
    lesson, at = PAGES[page]
    step = lesson.steps[at]
    for text in (step.text, step.ask, step.praise, step.help, *step.choices):
        assert claims.false(text) == []


def test_the_words_of_lessons_have_equations(claims):
    texts = [step.praise for lesson in lessons() for step in lesson.steps]
    assert sum(len(claims.equations(text)) for text in texts) >= 30


@pytest.mark.parametrize("page", PAGES)
def test_a_bowl_is_called_round_where_it_is(page):
    lesson, at = PAGES[page]
    text = " ".join(lesson.steps[at].text.split())
    project = begun(page)
    for words, most in (("a round bowl", 1.1), ("not quite round", 2.0), ("nearly round", 2.0)):
        if words in text:
            curvatures = np.linalg.eigvalsh(_hessian(project))
            assert curvatures[-1] / curvatures[0] <= most, words


def _hessian(project, parameters=None):
    where = project.parameters if parameters is None else parameters
    return HessianProducts(project.recipe, where, project.data.x, project.data.y).dense()


# A local minimum is one.


def called_minimum() -> list[str]:
    return [page for page, (lesson, at) in PAGES.items() if "local minimum" in lesson.steps[at].text]


def escapes(project, tries: int, seed: int) -> int:
    """How many nearby places lead descent to a loss that is lower than here."""
    random, count = np.random.default_rng(seed), 0
    here = _loss(project, project.parameters)
    for _ in range(tries):
        near = project.parameters + random.uniform(-0.05, 0.05, project.parameters.shape)
        run = train(project.recipe, start_state(project.recipe, near), project.data.x, project.data.y, 1500)
        count += _loss(project, run.state.parameters) < here - 1e-3 * max(1.0, here)
    return count


def check_minimum(project, tries: int) -> None:
    assert np.linalg.norm(_batch(project).gradient) <= 1e-6
    curvatures = np.linalg.eigvalsh(_hessian(project))
    assert curvatures[0] >= -1e-8 * curvatures[-1]
    assert escapes(project, tries, seed=1) == 0


def test_what_is_called_a_local_minimum_is_flat_curves_upward_and_holds_what_is_near():
    for page in called_minimum():
        check_minimum(begun(page), 40)


@pytest.mark.nightly
def test_what_is_called_a_local_minimum_holds_a_thousand_places_near_it():
    for page in called_minimum():
        check_minimum(begun(page), 1000)


def test_a_plateau_is_no_local_minimum():
    with pytest.raises(AssertionError):
        check_minimum(begun("13.6"), 1)
