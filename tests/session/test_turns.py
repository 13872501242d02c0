"""Weights that move one at a time, in an open document: undone, remembered, refused, and on their way one by one."""

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import new_project
from gdstudio.engine import Network, Recipe, draw_parameters, train
from gdstudio.teaching.choreography import IN_TURN, PHASES, frame_at
from gdstudio.teaching.forecast import forecast_of
from gdstudio.teaching.picture import picture_of


def in_turn(name, by):
    return edits.set_one_at_a_time(by.project(name), True)


def choose(session, one_at_a_time=True):
    return session.apply(lambda project: edits.set_one_at_a_time(project, one_at_a_time), "one at a time")


def test_choosing_it_is_undone_and_done_again_by_identity(session_on):
    session = session_on("two-weights")
    before = session.project
    assert choose(session)
    after = session.project
    session.descend(1)
    assert session.project.parameters == pytest.approx([0.7, 1.672], rel=1e-14)
    session.undo_stack.undo()
    assert session.project is after
    session.undo_stack.undo()
    assert session.project is before
    session.undo_stack.redo()
    assert session.project is after


@pytest.mark.parametrize("name", ["xor", "mini-batches"])
def test_every_step_of_the_past_is_looked_at_again_bit_by_bit(session_on, by, name):
    project = in_turn(name, by)
    session = session_on(project)
    session.descend(37)
    for step in (0, 1, 17, 36, 37):
        session.view_step(step)
        expected = train(project.recipe, project.state, project.data.x, project.data.y, step).state
        assert by.same_bits(session.viewed.parameters, expected.parameters)


def test_a_choice_in_the_middle_of_a_run_is_kept_with_its_steps(session_on, by):
    session = session_on("xor")
    session.descend(5)
    middle = session.project
    choose(session)
    session.descend(5)
    turned = edits.set_one_at_a_time(middle, True)
    expected = train(turned.recipe, turned.state, turned.data.x, turned.data.y, 5).state
    assert by.same_bits(session.project.parameters, expected.parameters)
    session.view_step(3)
    once = train(load_example("xor").recipe, load_example("xor").state, middle.data.x, middle.data.y, 3).state
    assert by.same_bits(session.viewed.parameters, once.parameters)


def test_what_would_take_too_long_is_refused_with_a_sentence_and_nothing_is_changed(session_on, by):
    network, random = Network((2, 12, 12, 1), ("tanh", "tanh", "linear")), np.random.default_rng(1)
    data = plain_data("many", random.normal(size=(100, 2)), random.normal(size=(100, 1)))
    session = session_on(new_project("many", Recipe(network), draw_parameters(network, 1), data))
    before, count = session.project, session.undo_stack.count()
    refused = by.heard(session.refused)
    assert not choose(session)
    assert (session.project, session.undo_stack.count()) == (before, count)
    assert len(refused) == 1
    assert refused[0].startswith("One weight at a time is for small networks: ")
    assert refused[0].endswith("Update all at once, or make the batch smaller.")


# On the way.


def moments(by, name="two-weights"):
    project = in_turn(name, by)
    before = picture_of(project)
    return before, picture_of(edits.descended(project, by.stepped(project)[0]))


def test_a_picture_knows_the_slopes_at_the_turns_and_the_change_of_the_coming_step(by):
    for name in ("two-weights", "xor", "mini-batches"):
        project = in_turn(name, by)
        picture, record = picture_of(project), by.stepped(project)[1]
        assert picture.slopes_used.tolist() == record.slopes_used.tolist()
        assert picture.change.tolist() == record.change.tolist()
        assert by.same_bits(picture.gradient, record.slopes.gradient)
    assert picture_of(in_turn("two-weights", by)).slopes_used == pytest.approx([30.0, 32.8], rel=1e-14)
    together = picture_of(by.project("xor"))
    assert together.slopes_used.tolist() == together.gradient.tolist()


def test_in_the_update_phase_one_weight_after_the_other_moves(by):
    before, after = moments(by)
    halfway = frame_at(before, after, 3.5).parameters
    assert halfway == pytest.approx([after.parameters[0], before.parameters[1]])
    quarter = frame_at(before, after, 3.25).parameters
    assert quarter == pytest.approx([0.85, 2.0])
    assert frame_at(before, after, 3.75).parameters == pytest.approx([0.7, 2.0 - 0.164])


@pytest.mark.parametrize("name", ["xor", "mini-batches"])
def test_at_any_time_of_the_update_at_most_one_weight_is_on_its_way(by, name):
    before, after = moments(by, name)
    for time in np.linspace(3.0, 4.0, 83):
        now = frame_at(before, after, float(time)).parameters
        share = (now - before.parameters) / (after.parameters - before.parameters)
        moving = np.flatnonzero((share > 1e-9) & (share < 1 - 1e-9))
        assert len(moving) <= 1
        assert np.all(np.diff(share) <= 1e-9)  # those before have arrived, those behind wait


def test_all_weights_are_on_their_way_alike_where_they_move_together(by):
    project = by.project("xor")
    before, after = picture_of(project), picture_of(edits.descended(project, by.stepped(project)[0]))
    share = (frame_at(before, after, 3.3).parameters - before.parameters) / (after.parameters - before.parameters)
    assert share == pytest.approx(np.full(len(share), share[0]), rel=1e-9)


def test_the_step_ends_at_the_picture_after_it(by):
    before, after = moments(by, "xor")
    assert frame_at(before, after, 3.0).parameters.tolist() == before.parameters.tolist()
    assert frame_at(before, after, PHASES - 1e-12).parameters == pytest.approx(after.parameters, rel=1e-9)
    assert frame_at(before, after, float(PHASES)).parameters.tolist() == after.parameters.tolist()


def test_the_canvas_shows_the_second_weight_where_it_was_while_the_first_has_moved(studio, by):
    studio.session.open(in_turn("two-weights", by), None)
    before, after = moments(by)
    shown = frame_at(before, after, 3.5)
    studio.window.canvas.show_frame(shown)
    scene = studio.window.canvas.network_scene
    assert [scene._chips[index]._value_text for index in (0, 1)] == ["0.70", "2.00"]


def test_the_forecast_of_the_lectures_loss_is_the_loss_after_the_turns(by):
    forecast = forecast_of(in_turn("two-weights", by))
    assert forecast.expected == pytest.approx(2.788**2, rel=1e-12)


def test_the_hint_of_the_update_phase_says_that_the_weights_move_in_turn(studio, by):
    before, after = moments(by)
    studio.session.open(before.project, None)
    studio.window.show_frame(frame_at(before, after, 3.5))
    assert studio.window.network_card.hint.text() == IN_TURN
