"""A jump to another place: all weights at once, but for those that are locked."""

import math

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import load_example
from gdstudio.engine import train


def running(steps: int = 3):
    """XOR, some steps on."""
    project = load_example("xor")
    return edits.descended(project, train(project.recipe, project.state, project.data.x, project.data.y, steps).state)


def another_place(project) -> np.ndarray:
    return np.linspace(-1.0, 1.0, project.network.parameter_count)


def test_a_jump_sets_every_weight_and_bias_to_exactly_what_was_wished():
    project = running()
    wanted = another_place(project) + 1 / 3
    assert edits.set_parameters(project, wanted).parameters.tobytes() == wanted.tobytes()


def test_a_jump_leaves_the_old_project_and_the_wish_as_they_were():
    project = edits.set_locked(running(), 4, True)
    before, wanted = project.parameters.tobytes(), another_place(project)
    kept = wanted.tobytes()
    jumped = edits.set_parameters(project, wanted)
    assert (project.parameters.tobytes(), wanted.tobytes()) == (before, kept)
    wanted[0] = 77.0
    assert jumped.parameters[0] == -1.0
    with pytest.raises(ValueError, match="read-only"):
        jumped.parameters[0] = 5.0


def test_locked_weights_stay_where_they_are():
    project = edits.set_locked(edits.set_locked(running(), 2, True), 7, True)
    jumped = edits.set_parameters(project, another_place(project))
    expected = another_place(project)
    expected[[2, 7]] = project.parameters[[2, 7]]
    assert jumped.parameters.tolist() == expected.tolist()
    assert jumped.recipe is project.recipe


def test_a_jump_to_where_one_is_changes_nothing_at_all():
    project = running()
    assert edits.set_parameters(project, project.parameters) is project
    assert edits.set_parameters(project, np.array(project.parameters)) is project


def test_a_jump_that_only_locked_weights_would_make_changes_nothing_at_all():
    project = edits.set_locked(running(), 2, True)
    wanted = np.array(project.parameters)
    wanted[2] += 1.0
    assert edits.set_parameters(project, wanted) is project


def test_zero_and_minus_zero_are_two_places():
    project = edits.set_parameter(running(), 0, 0.0)
    wanted = np.array(project.parameters)
    wanted[0] = -0.0
    jumped = edits.set_parameters(project, wanted)
    assert math.copysign(1.0, jumped.parameters[0]) == -1.0


@pytest.mark.parametrize("wild", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", [0, 6, -1])
def test_a_place_that_is_no_number_is_refused_with_a_sentence(where, wild):
    project = running()
    wanted = another_place(project)
    wanted[where] = wild
    with pytest.raises(ProjectError, match=r"A weight must be a finite number\."):
        edits.set_parameters(project, wanted)


@pytest.mark.parametrize("count", [0, 1, 12, 14])
def test_a_place_of_another_network_is_refused_with_a_sentence(count):
    """A surface of the document before is still on screen for a moment, and can be clicked."""
    project = edits.set_locked(running(), 12, True)
    assert project.network.parameter_count == 13
    with pytest.raises(ProjectError, match=r"\.$"):
        edits.set_parameters(project, np.ones(count))


def test_before_the_first_step_reset_returns_to_where_one_jumped():
    project = load_example("xor")
    jumped = edits.set_parameters(project, another_place(project))
    assert edits.reset(jumped).parameters.tolist() == another_place(project).tolist()


def test_after_the_first_step_reset_returns_to_the_very_same_start():
    project = running()
    jumped = edits.set_parameters(project, another_place(project))
    assert jumped.state.step == 3
    assert edits.reset(jumped).parameters.tobytes() == project.start.parameters.tobytes()
