"""All at once against one after the other: 2.5 against 2.788 in the lecture's example."""

from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.engine import backward, measured_loss, train_step
from gdstudio.teaching.together import compare


def test_the_lecture_s_two_weights_end_with_an_error_of_2_5_together_and_of_2_788_one_at_a_time():
    comparison = compare(load_example("two-weights")).coming
    together, in_turn = comparison.together, comparison.one_at_a_time
    assert together.parameters == pytest.approx([0.7, 1.6])
    assert in_turn.parameters == pytest.approx([0.7, 1.672])
    assert (together.error, in_turn.error) == (pytest.approx(2.5), pytest.approx(2.788))
    assert (together.loss, in_turn.loss) == (pytest.approx(6.25), pytest.approx(2.788**2))
    assert (together.label, in_turn.label) == ("all at once", "one at a time")
    assert comparison.words == (
        ("weights [0.7, 1.6]", "error 2.5", "loss 6.25"),
        ("weights [0.7, 1.672]", "error 2.788", "loss 7.773"),
    )


def test_a_single_weight_moves_alike_in_both_ways():
    comparison = compare(load_example("one-weight")).coming
    assert comparison.together.parameters.tolist() == comparison.one_at_a_time.parameters.tolist()
    assert comparison.together.parameters == pytest.approx([2.24])


@pytest.mark.parametrize("key", ["hidden-layer", "xor", "noisy-line"])
@pytest.mark.parametrize("in_turn_already", [True, False])
def test_both_ways_are_those_of_plain_descent_by_hand(key, in_turn_already):
    project = edits.set_one_at_a_time(load_example(key), in_turn_already)
    assert project.recipe.optimizer == "sgd"
    recipe, x, y = project.recipe, project.data.x, project.data.y

    def slopes(at):
        return backward(project.network, at, x, y, recipe.loss, recipe.penalty).gradient

    rate = recipe.learning_rate
    moved = project.parameters.copy()
    for index in range(len(moved)):
        moved[index] -= rate * slopes(moved)[index]
    comparison = compare(project).coming
    assert comparison.one_at_a_time.parameters == pytest.approx(moved, rel=1e-12, abs=1e-15)
    assert comparison.together.parameters == pytest.approx(
        project.parameters - rate * slopes(project.parameters), rel=1e-12, abs=1e-15
    )
    for way in (comparison.together, comparison.one_at_a_time):
        assert way.loss == measured_loss(recipe, way.parameters, x, y)


def test_nothing_is_taken_and_a_locked_weight_stays_in_both_ways():
    project = edits.set_locked(load_example("two-weights"), 0, True)
    comparison = compare(project).coming
    assert project.state.step == 0
    for way in (comparison.together, comparison.one_at_a_time):
        assert way.parameters == pytest.approx([1.0, 1.6])


def test_several_examples_have_no_single_error_and_many_weights_are_not_listed():
    comparison = compare(load_example("xor")).coming
    assert comparison.together.error is None
    for weights, error, loss in comparison.words:
        assert (weights, error) == ("", "")
        assert loss.startswith("loss ")


def test_numbers_that_differ_late_have_the_digits_that_tell_them_apart():
    project = edits.set_learning_rate(load_example("two-weights"), 1e-7)
    first, second = compare(project).coming.words
    assert first[0] == "weights [1, 1.999996]"
    assert all(one != other for one, other in zip(first, second, strict=True))


def taken(project):
    state, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
    return edits.descended(project, state)


def test_after_a_step_it_is_the_one_that_was_taken_until_the_weights_change():
    project = edits.set_one_at_a_time(load_example("two-weights"), True)
    first = compare(project)
    assert first.shown.title == "Next step"
    second = compare(taken(project), first)
    assert second.shown.title == "Last step"
    assert second.shown.words == first.shown.words
    again = compare(taken(project), second)
    assert again.shown.words == first.shown.words
    third = compare(taken(taken(project)), again)
    assert third.shown.title == "Last step"
    assert third.shown.words == again.coming.words
    assert compare(edits.set_parameter(project, 0, 5.0), third).shown.title == "Next step"


@pytest.mark.parametrize("weight", [1e153, 1e160])
def test_a_step_that_can_not_be_taken_is_not_shown_as_one_that_leads_nowhere(weight):
    project = edits.set_learning_rate(load_example("one-weight"), 10.0)
    start = np.array([weight])
    way = compare(replace(project, state=replace(project.state, parameters=start))).coming.together
    assert way.parameters.tolist() != start.tolist()
