"""What lesson 13 calls a local minimum is one, its plateau is none, and lesson 11's bowls are as round as it says."""

import numpy as np
import pytest

from gdstudio.document.project import Project
from gdstudio.engine import HessianProducts, observe, start_state, train
from gdstudio.teaching.lessons import Lesson, lessons
from gdstudio.teaching.set_up import begun


def page(number: int, words: str) -> Project:
    """What the page of a lesson sets up that has these words in its text."""
    lesson: Lesson = next(lesson for lesson in lessons() if lesson.number == number)
    (position,) = (k for k, step in enumerate(lesson.steps) if words in step.text)
    project = begun(lesson, position)
    assert project is not None
    return project


def curvatures(project: Project) -> np.ndarray:
    hessian = HessianProducts(project.recipe, project.parameters, project.data.x, project.data.y)
    return np.linalg.eigvalsh(hessian.dense())


def test_the_local_minimum_is_one():
    """Flat, bent downward nowhere, and no step aside leads on, however it is continued."""
    project = page(13, "Such an end is called a local minimum.")
    recipe, x, y = project.recipe, project.data.x, project.data.y
    here = observe(recipe, project.parameters, x, y)
    assert here.loss == pytest.approx(1 / 6, abs=1e-12)
    assert np.abs(here.gradient).max() < 1e-12
    assert curvatures(project)[0] > -1e-12
    random = np.random.default_rng(7)
    for aside in random.uniform(-0.05, 0.05, size=(1000, len(project.parameters))):
        run = train(recipe, start_state(recipe, project.parameters + aside), x, y, 200)
        assert run.losses[-1] > here.loss - 1e-9


def test_the_plateau_is_none():
    project = page(13, "And a plateau: nearly flat")
    run = train(project.recipe, project.state, project.data.x, project.data.y, 30_000)
    assert run.losses[-1] < 0.5 * run.losses[0]


@pytest.mark.parametrize(("words", "condition"), [("a round bowl", 1.0), ("28 times as much", 27.66)])
def test_the_bowls_of_the_penguins_are_as_round_as_is_said(words, condition):
    values = curvatures(page(11, words))
    assert values[-1] / values[0] == pytest.approx(condition, rel=1e-3)
