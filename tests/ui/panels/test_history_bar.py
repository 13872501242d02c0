"""The history bar shows where on the time-line we are, and wishes for another step."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gdstudio.app.studio import Studio
from gdstudio.teaching.choreography import frame_at, still_frame
from gdstudio.ui.panels.history_bar import HistoryBar

K = Qt.Key


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def bar(shown_alone) -> HistoryBar:
    return shown_alone(HistoryBar(), 700, 34)


def test_a_position_is_shown_and_nothing_is_wished(bar, by):
    wished = by.heard(bar.step_requested)
    bar.show_position(1200, 0, 34_000)
    assert (bar.slider.minimum(), bar.slider.value(), bar.slider.maximum()) == (0, 1200, 34_000)
    assert bar._step.text() == "step 1,200"
    assert bar._end.text() == "32,800 more"
    bar.show_position(5, 3, 5)
    assert (bar.slider.minimum(), bar.slider.value(), bar.slider.maximum()) == (3, 5, 5)
    assert bar._end.text() == ""
    assert wished == []


def test_steps_beyond_what_a_slider_counts_are_shown_and_wished_for_as_they_are(bar, by):
    first, end = 2**40, 2**40 + 500
    bar.show_position(first + 7, first, end)
    assert bar._step.text() == f"step {first + 7:,}"
    wished = by.heard(bar.step_requested)
    QTest.keyClick(bar.slider, K.Key_End)
    QTest.keyClick(bar.slider, K.Key_Home)
    assert wished == [(end,), (first,)]
    # A descent that is longer than a slider counts.
    bar.show_position(3 * 10**9, 0, 3 * 10**9 + 10)
    assert bar._step.text() == "step 3,000,000,000"
    bar.show_position(3, 0, 9)
    QTest.keyClick(bar.slider, K.Key_End)
    assert wished[2:] == [(9,)]


def test_without_a_history_there_is_nothing_to_scrub(bar):
    bar.show_position(0, 0, 0)
    assert not bar.slider.isEnabled()
    bar.show_position(0, 0, 1)
    assert bar.slider.isEnabled()


@pytest.mark.parametrize(("key", "step"), [(K.Key_Left, 9), (K.Key_Home, 0), (K.Key_Right, 11), (K.Key_End, 40)])
def test_each_key_is_one_wish(bar, by, key, step):
    bar.show_position(10, 0, 40)
    wished = by.heard(bar.step_requested)
    QTest.keyClick(bar.slider, key)
    assert wished == [(step,)]


def test_scrubbing_looks_back_and_leaves_the_document_and_undo_alone(studio):
    studio.session.descend(30)
    project, entries = studio.session.project, studio.session.undo_stack.count()
    slider = studio.window.history_bar.slider
    for step in (29, 3, 0, 30, 12):
        slider.setValue(step)
        assert studio.session.viewed.state.step == step
        assert studio.window.history_bar._step.text() == f"step {step}"
        assert studio.window.loss_plot._timeline.step == step
    assert studio.session.project is project
    assert studio.session.undo_stack.count() == entries


def test_a_step_after_scrubbing_goes_on_from_there(studio):
    studio.session.descend(30)
    studio.window.history_bar.slider.setValue(10)
    studio.player.step()
    slider = studio.window.history_bar.slider
    assert (slider.value(), slider.maximum()) == (11, 11)
    studio.session.undo_stack.undo()
    assert (slider.value(), slider.maximum()) == (30, 30)


def test_scrubbing_in_the_middle_of_a_run_ends_it(studio):
    studio.player.set_speed(8)
    studio.player.set_running(True)
    for _ in range(20):
        studio.player.advance(50)
    studio.window.history_bar.slider.setValue(1)
    assert not studio.player.is_running
    assert studio.session.viewed.state.step == 1
    assert studio.window.actions_by_name["runAction"].text() == "Run"


# The phases of a step.


def at(studio, time: float) -> None:
    studio.window.history_bar.phase_slider.setValue(round(20 * time))


def test_a_time_in_the_step_is_shown_and_nothing_is_wished(bar, by):
    before, after = by.picture("hidden-layer"), by.picture("hidden-layer")
    wished = by.heard(bar.instant_requested)
    for time, word in ((0.0, "forward"), (0.5, "forward"), (1.25, "error"), (2.9, "backward"), (3.0, "update")):
        bar.show_frame(frame_at(before, after, time))
        assert bar.phase_slider.value() == round(20 * time)
        assert bar._phase.text() == word
    bar.show_frame(still_frame(after))
    assert (bar.phase_slider.value(), bar._phase.text()) == (0, "phases")
    assert wished == []


@pytest.mark.parametrize(
    ("key", "time"), [(K.Key_Right, 1.05), (K.Key_Left, 0.95), (K.Key_PageUp, 2.0), (K.Key_Home, 0.0), (K.Key_End, 4.0)]
)
def test_each_key_on_the_phases_is_one_wish_for_an_instant(bar, by, key, time):
    picture = by.picture("hidden-layer")
    bar.show_frame(frame_at(picture, picture, 1.0))
    wished = by.heard(bar.instant_requested)
    QTest.keyClick(bar.phase_slider, key)
    assert wished == [(pytest.approx(time),)]


def test_the_two_sliders_wish_apart(bar, by):
    bar.show_position(10, 0, 40)
    steps, instants = by.heard(bar.step_requested), by.heard(bar.instant_requested)
    QTest.keyClick(bar.phase_slider, K.Key_Right)
    assert (len(steps), len(instants)) == (0, 1)
    QTest.keyClick(bar.slider, K.Key_Right)
    assert (len(steps), len(instants)) == (1, 1)


def test_the_phases_can_be_looked_into_before_there_is_a_history(bar):
    bar.show_position(0, 0, 0)
    assert not bar.slider.isEnabled()
    assert bar.phase_slider.isEnabled()
    assert bar.phase_slider.accessibleName() == "Phase of the step"


def test_every_part_of_the_bar_has_its_place(bar, qapp):
    bar.show_position(1_234_567, 0, 9_999_999)
    qapp.processEvents()
    places = [w.geometry() for w in (bar._step, bar.slider, bar._end, bar._phase, bar.phase_slider)]
    for left, right in pairwise(places):
        assert left.right() < right.left()
    assert bar.rect().contains(places[-1])


def test_all_views_follow_the_phases_and_nothing_is_taken(opened):
    studio = opened("hidden-layer")
    window, project = studio.window, studio.session.project
    scene = window.canvas.network_scene
    at(studio, 1.5)
    assert scene._frame.phase.name == "ERROR"
    assert window.network_card.hint.text().startswith("error:")
    at(studio, 3.5)
    assert scene._frame.phase.name == "UPDATE"
    between = scene._frame.parameters
    following = studio.session.following().parameters
    assert not np.array_equal(between, project.parameters)
    assert not np.array_equal(between, following)
    at(studio, 0.0)
    assert scene._frame.phase is None
    assert scene._frame.parameters.tolist() == project.parameters.tolist()
    assert studio.session.project is project
    assert studio.session.undo_stack.count() == 0


def test_within_the_history_the_phases_are_those_of_the_step_that_was_taken(opened):
    studio = opened("hidden-layer")
    studio.session.descend(6)
    studio.window.history_bar.slider.setValue(2)
    studio.session.view_step(2)
    at(studio, 4.0)
    shown_at_end = studio.window.canvas.network_scene._frame.parameters
    at(studio, 0.0)
    studio.window.history_bar.slider.setValue(3)
    assert shown_at_end == pytest.approx(studio.session.viewed.parameters, rel=1e-6)


def test_scrubbing_steps_brings_the_phases_back_to_rest(opened):
    studio = opened("hidden-layer")
    studio.session.descend(6)
    studio.window.history_bar.slider.setValue(2)
    at(studio, 2.5)
    studio.window.history_bar.slider.setValue(4)
    assert studio.window.history_bar.phase_slider.value() == 0
    assert studio.window.canvas.network_scene._frame.phase is None


def test_a_step_into_infinity_has_no_phases_and_says_so(opened):
    studio = opened("one-weight")
    studio.session.set_parameter(0, 1e155)
    studio.session.set_learning_rate(10.0)
    at(studio, 2.0)
    assert studio.window.message_bar.text()
    assert studio.window.canvas.network_scene._frame.phase is None
    assert studio.window.history_bar.phase_slider.value() == 0


def test_looking_into_a_step_pauses_a_run(opened):
    studio = opened("hidden-layer")
    studio.player.set_speed(7)
    studio.player.set_running(True)
    studio.player.advance(100)
    at(studio, 1.5)
    assert not studio.player.is_running
    assert studio.window.canvas.network_scene._frame.phase.name == "ERROR"
