"""Any instant of the step from here to the next can be looked at, without taking it."""

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from gdstudio.document import edits
from gdstudio.engine import Outcome
from gdstudio.session.player import TICK
from gdstudio.teaching.choreography import PHASES, Phase, frame_at
from gdstudio.teaching.picture import picture_of

INSTANTS = [0.001, 0.25, 1.0, 1.5, 2.0, 2.75, 3.0, 3.5, 3.999]


def following_picture(by, project):
    """The picture after the engine's own next step."""
    return picture_of(edits.descended(project, by.trained(project, 1)))


def assert_same_frame(by, frame, other) -> None:
    assert (frame.phase, frame.time) == (other.phase, other.time)
    assert by.same_bits(frame.parameters, other.parameters)
    assert by.same_bits(frame.gradient, other.gradient)
    assert (frame.values_until, frame.slopes_from) == (other.values_until, other.slopes_from)
    assert (frame.shows_error, frame.wave) == (other.shows_error, other.wave)


def assert_is_at_rest(on) -> None:
    assert on.player.frame.phase is None
    assert on.player.frame.picture is on.player.picture
    assert on.player.picture.project is on.session.viewed
    assert not on.player.is_moving


def wait(on, milliseconds: float) -> None:
    for _ in range(round(milliseconds / TICK)):
        on.player.advance(TICK)


def at_rate(by, rate: float):
    return edits.set_learning_rate(by.project("one-weight"), rate)


@pytest.mark.parametrize("time", INSTANTS)
@pytest.mark.parametrize("name", ["one-weight", "hidden-layer", "mini-batches", "two-rings"])
def test_an_instant_shows_the_frame_between_the_two_true_pictures_and_takes_nothing(player_on, by, name, time):
    on = player_on(name)
    project = on.session.project
    on.player.scrub(time)
    before = on.player.picture
    assert_same_frame(by, on.player.frame, frame_at(before, following_picture(by, project), time))
    assert on.frames[-1] is on.player.frame
    assert on.player.frame.picture is before
    assert on.examined[-1] is before
    assert on.session.project is on.session.viewed is project
    assert (on.session.undo_stack.count(), on.session.history.end, on.stops) == (0, 0, [])
    wait(on, 3000)
    assert on.player.frame is on.frames[-1]
    assert on.player.frame.time == time
    assert on.session.project is project


@pytest.mark.parametrize("time", [0.0, -1.0])
def test_the_beginning_of_a_step_is_the_present_moment_at_rest(player_on, time):
    on = player_on("hidden-layer")
    on.player.scrub(2.5)
    on.player.scrub(time)
    assert_is_at_rest(on)
    assert on.settled == [on.player.picture]


@pytest.mark.parametrize("time", [4.0, 4.5, 1e9, float("inf")])
def test_the_end_of_a_step_shows_where_it_leads_and_takes_it_not(player_on, by, time):
    on = player_on("hidden-layer")
    project = on.session.project
    on.player.scrub(time)
    frame = on.player.frame
    assert frame.phase is Phase.UPDATE
    assert frame.parameters == pytest.approx(by.trained(project, 1).parameters, rel=1e-12)
    assert on.session.project is project
    assert on.session.undo_stack.count() == 0


def test_scrubbing_to_and_fro_ends_where_it_stands(player_on, by):
    on = player_on("two-rings")
    project = on.session.project
    for time in (0.5, 3.5, 1.2, 2.9, 3.1, 0.1):
        on.player.scrub(time)
    assert_same_frame(by, on.player.frame, frame_at(on.player.picture, following_picture(by, project), 0.1))
    assert on.session.project is project


@pytest.mark.parametrize("reduced", [True, False])
@pytest.mark.parametrize("time", INSTANTS)
def test_a_step_from_a_scrubbed_instant_is_taken_once(player_on, by, time, reduced):
    on = player_on("mini-batches", reduced=reduced)
    project = on.session.project
    on.player.scrub(time)
    on.player.step()
    assert by.same_bits(on.session.project.parameters, by.trained(project, 1).parameters)
    assert on.session.undo_stack.count() == 1
    count = len(on.frames)
    wait(on, 1500)
    moving = [frame for frame in on.frames[count:] if frame.phase is not None]
    assert all(frame.time >= time for frame in moving)
    assert_is_at_rest(on)
    assert on.session.project.state.step == 1
    assert on.session.undo_stack.count() == 1


def test_back_from_a_scrubbed_instant_is_the_beginning_of_that_step(player_on):
    on = player_on("hidden-layer", reduced=True)
    on.player.step()
    on.player.scrub(2.5)
    on.player.back()
    assert_is_at_rest(on)
    assert on.session.viewed.state.step == 1


def test_a_run_from_a_scrubbed_instant_begins_at_the_present_moment(player_on, by):
    on = player_on("mini-batches", "30 steps/s")
    project = on.session.project
    on.player.scrub(2.5)
    on.player.set_running(True)
    wait(on, 1000)
    on.player.set_running(False)
    steps = on.session.project.state.step
    assert steps > 5
    assert by.same_bits(on.session.project.parameters, by.trained(project, steps).parameters)


def test_an_edit_at_a_scrubbed_instant_ends_it(player_on):
    on = player_on("hidden-layer")
    on.player.scrub(2.5)
    on.session.set_parameter(0, 0.75)
    assert_is_at_rest(on)
    assert on.session.project.state.step == 0
    on.player.scrub(3.0)
    assert on.player.frame.parameters[0] == 0.75


@pytest.mark.parametrize("speed", ["1 step/s", "30 steps/s", "flat out"])
def test_scrubbing_ends_a_run(player_on, by, speed):
    on = player_on("two-rings", speed)
    on.player.set_running(True)
    wait(on, 1500)
    on.player.scrub(1.5)
    assert not on.player.is_running
    assert on.running == [True, False]
    assert on.session.run_key == ""
    project = on.session.project
    assert on.player.frame.phase is Phase.ERROR
    assert on.player.frame.picture.project is project
    wait(on, 1000)
    assert on.session.project is project
    assert not any(timer.isActive() for timer in on.player.findChildren(QTimer))


# Within the history.


@pytest.mark.parametrize("step", [0, 3, 7])
def test_within_the_history_the_step_that_was_taken_is_shown(player_on, by, step):
    on = player_on("mini-batches", reduced=True)
    taken = [on.session.project]
    for _ in range(8):
        on.player.step()
        taken.append(on.session.project)
    on.session.view_step(step)
    on.player.scrub(3.5)
    expected = frame_at(picture_of(taken[step]), picture_of(taken[step + 1]), 3.5)
    assert_same_frame(by, on.player.frame, expected)
    assert on.session.project is taken[-1]
    assert (on.session.history.end, on.session.undo_stack.count()) == (8, 8)
    assert on.session.runs == ()


def test_within_the_history_an_edit_by_hand_is_shown_as_it_was(player_on):
    on = player_on("one-weight", reduced=True)
    on.player.step()
    on.session.set_parameter(0, 0.125)
    on.player.step()
    on.session.view_step(0)
    on.player.scrub(4.0)
    assert on.player.frame.parameters[0] == pytest.approx(0.125)


def test_a_step_from_within_the_history_takes_its_place_and_keeps_the_old_run(player_on, by):
    on = player_on("mini-batches", reduced=True)
    for _ in range(5):
        on.player.step()
    on.session.view_step(2)
    base = on.session.viewed
    on.player.scrub(1.5)
    on.player.step()
    assert on.session.project.state.step == on.session.history.end == 3
    assert by.same_bits(on.session.project.parameters, by.trained(base, 1).parameters)
    assert [run.step for run in on.session.runs] == [5]


# Where no step can be taken.


def test_where_the_next_step_diverges_it_is_said_and_nothing_moves(player_on, by):
    on = player_on(at_rate(by, 9.0))
    while on.session.descend(100).outcome is Outcome.DONE:
        pass
    project, count = on.session.project, on.session.undo_stack.count()
    on.player.scrub(1.5)
    assert len(on.stops) == 1
    assert on.stops[0].rate is not None
    assert on.stops[0].text.startswith("The next step would make the loss infinite")
    assert_is_at_rest(on)
    assert np.isfinite(on.player.frame.parameters).all()
    assert (on.session.project, on.session.undo_stack.count()) == (project, count)
    on.session.view_step(project.state.step - 1)
    on.player.scrub(2.0)
    assert on.player.frame.phase is Phase.BACKWARD
    assert len(on.stops) == 1


def test_at_the_beginning_of_a_step_that_diverges_nothing_is_said(player_on, by):
    on = player_on(at_rate(by, 9.0))
    while on.session.descend(100).outcome is Outcome.DONE:
        pass
    on.player.scrub(0.0)
    assert on.stops == []


def test_the_next_phase_from_a_scrubbed_instant_commits_in_the_last_one_alone(player_on):
    on = player_on("hidden-layer", reduced=True)
    on.player.scrub(1.5)
    on.player.phase()
    assert on.session.project.state.step == 0
    for _ in range(PHASES):
        if on.session.project.state.step:
            break
        on.player.phase()
    assert on.session.project.state.step == 1
    assert on.session.undo_stack.count() == 1


def test_the_next_phase_from_a_scrubbed_instant_ends_at_the_end_of_a_phase(player_on):
    on = player_on("hidden-layer", reduced=True)
    on.player.scrub(1.5)
    on.player.phase()
    assert on.player.frame.time == pytest.approx(round(on.player.frame.time), abs=1e-6)
