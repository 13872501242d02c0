import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QTimer

from gdstudio.document import edits
from gdstudio.document.project import NodeRef
from gdstudio.session import player as player_module
from gdstudio.session.player import BUDGET, CROWDED, TICK
from gdstudio.session.speeds import SPEEDS
from gdstudio.teaching.choreography import Phase

STEP_SPEEDS = ["1 step in 4 s", "1 step in 2 s", "1 step/s", "2 steps/s", "5 steps/s", "10 steps/s"]


def at_rate(project, rate: float):
    return edits.set_learning_rate(project, rate)


def wait(on, milliseconds: float, tick: float = TICK) -> None:
    """Let time pass in ticks, as the window's timer does."""
    for _ in range(round(milliseconds / tick)):
        on.player.advance(tick)


def run_to_its_end(on, most: int = 5000) -> None:
    on.player.set_running(True)
    for _ in range(most):
        on.player.advance(TICK)
        if not on.player.is_running:
            return


def moving_frames(on) -> list:
    return [frame for frame in on.frames if frame.phase is not None]


def is_at_rest(on) -> bool:
    """Whether the canvas shows, at rest, the very project that is looked at."""
    frame, picture = on.player.frame, on.player.picture
    return (
        picture.project is on.session.viewed
        and frame.picture is picture
        and frame.phase is None
        and frame.parameters is picture.parameters
        and frame.gradient is picture.gradient
        and not on.player.is_moving
    )


# One step.


@pytest.mark.parametrize("reduced", [True, False])
@pytest.mark.parametrize("name", ["one-weight", "two-weights", "hidden-layer", "xor", "two-rings", "mini-batches"])
def test_a_step_is_one_update_by_the_engine_bit_for_bit(player_on, by, name, reduced):
    on = player_on(name, reduced=reduced)
    state, record = by.stepped(on.session.project)
    before = on.player.picture
    assert by.same_bits(before.gradient, record.slopes.gradient)
    assert by.same_bits(before.change, record.change)
    assert before.loss == record.loss_before
    on.player.step()
    wait(on, 1100)
    assert on.session.project.state.step == 1
    assert by.same_bits(on.session.project.parameters, state.parameters)
    assert on.player.picture.loss == record.loss_after
    assert is_at_rest(on)
    assert on.session.undo_stack.count() == 1


@pytest.mark.parametrize("speed", STEP_SPEEDS)
def test_a_step_animates_its_four_phases_in_order_in_its_own_time(player_on, by, speed):
    on = player_on("hidden-layer", speed)
    before = on.player.picture
    duration = 1000.0 / SPEEDS[by.speed(speed)].steps
    on.player.step()
    for _ in range(64):
        assert on.player.is_moving
        on.player.advance(duration / 64)
    after = on.player.picture
    first, *moving = moving_frames(on)
    assert first.phase is Phase.FORWARD
    assert [frame.phase for frame in moving] == [phase for phase in Phase for _ in range(16)][1:]
    assert {frame.picture for frame in (first, *moving)} == {before}
    assert after is not before
    assert is_at_rest(on)
    count = len(on.frames)
    wait(on, 100)
    assert len(on.frames) == count


def test_every_frame_of_a_step_holds_the_engines_values_and_slopes(player_on, by):
    on = player_on("two-rings")
    project = on.session.project
    _, record = by.stepped(project)
    on.player.step()
    wait(on, 1100)
    for frame in moving_frames(on):
        shown = frame.picture.everything
        assert all(map(by.same_bits, shown.forward.a, record.slopes.forward.a))
        assert all(map(by.same_bits, shown.node_slopes, record.slopes.node_slopes))
        if frame.phase is not Phase.UPDATE:
            assert by.same_bits(frame.parameters, record.parameters_before)
            assert by.same_bits(frame.gradient, record.slopes.gradient)
    last = on.frames[-1]
    assert by.same_bits(last.parameters, record.parameters_after)


def test_the_numbers_of_a_step_are_true_at_once_and_settle_when_it_is_over(player_on):
    on = player_on()
    on.player.step()
    assert [picture.step for picture in on.pictures] == [1]
    wait(on, 900)
    assert on.settled == []
    wait(on, 200)
    assert on.settled == on.pictures == [on.player.picture]


def test_with_reduced_motion_a_step_is_instant(player_on):
    on = player_on(reduced=True)
    on.player.step()
    assert is_at_rest(on)
    assert on.player.picture.step == 1
    assert [frame.phase for frame in on.frames] == [None]
    assert len(on.settled) == 1


def test_switching_to_reduced_motion_in_the_middle_of_a_step_ends_it_at_once(player_on):
    on = player_on()
    on.player.step()
    wait(on, 300)
    on.player.set_reduced_motion(True)
    assert is_at_rest(on)
    assert on.player.picture.step == 1


def test_switching_to_reduced_motion_in_the_middle_of_a_phase_ends_that_phase_at_once(player_on):
    on = player_on()
    on.player.phase()
    wait(on, 100)
    on.player.set_reduced_motion(True)
    assert not on.player.is_moving
    assert on.player.frame.phase is Phase.FORWARD
    assert on.player.frame.values_until == pytest.approx(1.0)
    assert on.session.project.state.step == 0


def test_stepping_in_the_middle_of_an_animation_begins_the_next_step(player_on, by):
    on = player_on("mini-batches")
    first = on.session.project
    for _ in range(3):
        on.player.step()
        wait(on, 400)
    assert by.same_bits(on.session.project.parameters, by.trained(first, 3).parameters)
    assert on.player.frame.picture.step == 2
    wait(on, 1100)
    assert is_at_rest(on)
    assert on.session.undo_stack.count() == 3


@pytest.mark.parametrize("again", ["step", "phase"])
def test_a_step_that_cannot_be_taken_leaves_the_present_moment_at_rest_on_screen(player_on, by, again):
    """The first step still lands on a finite loss, the second would not; it is asked for while the first is drawn."""
    on = player_on(at_rate(edits.set_parameter(by.project("one-weight"), 0, 1e150), 10.0))
    on.player.step()
    wait(on, 300)
    getattr(on.player, again)()
    assert len(on.stops) == 1
    assert on.stops[0].rate is not None
    assert on.session.project.state.step == 1
    assert is_at_rest(on)


def test_where_the_loss_is_infinite_already_no_smaller_rate_is_offered(player_on, by):
    on = player_on(edits.set_parameter(by.project("one-weight"), 0, 1e200), reduced=True)
    on.player.step()
    on.player.phase()
    assert [stop.rate for stop in on.stops] == [None, None]
    assert on.stops[0].text.startswith("The loss is infinite here: ")
    assert on.stops[0].text.endswith("Make the weights or the numbers of the data smaller.")
    assert (on.session.project.state.step, on.session.undo_stack.count()) == (0, 0)


# Phase by phase.


@pytest.mark.parametrize("reduced", [True, False])
@pytest.mark.parametrize("wish", ["phase", "step"])
def test_phase_by_phase_the_weights_move_in_the_last_one(player_on, by, wish, reduced):
    on = player_on("hidden-layer", "one phase at a time", reduced=reduced)
    state, _ = by.stepped(on.session.project)
    before = on.player.picture
    for phase in (Phase.FORWARD, Phase.ERROR, Phase.BACKWARD):
        getattr(on.player, wish)()
        wait(on, 1000)
        assert on.player.frame.phase is phase
        assert on.player.frame.picture is on.player.picture is before
        assert not on.player.is_moving
        assert on.session.undo_stack.count() == 0
    assert on.player.frame.slopes_from == pytest.approx(0.0, abs=1e-6)
    getattr(on.player, wish)()
    wait(on, 1000)
    assert is_at_rest(on)
    assert by.same_bits(on.session.project.parameters, state.parameters)
    assert on.session.undo_stack.count() == 1


def test_a_phase_that_is_over_shows_its_own_last_instant_and_waits(player_on):
    on = player_on("hidden-layer", "one phase at a time")
    on.player.phase()
    wait(on, 5000)
    frame, count = on.player.frame, len(on.frames)
    assert frame.values_until == pytest.approx(2.0)
    wait(on, 5000)
    assert on.player.frame is frame
    assert len(on.frames) == count


def test_impatient_phases_skip_to_the_next_and_take_one_step_in_four(player_on, by):
    on = player_on("mini-batches")
    first = on.session.project
    steps = []
    for _ in range(9):
        on.player.phase()
        wait(on, 32)
        steps.append(on.session.project.state.step)
    assert steps == [0, 0, 0, 1, 1, 1, 1, 2, 2]
    assert by.same_bits(on.session.project.parameters, by.trained(first, 2).parameters)


def test_step_in_the_middle_of_phases_finishes_that_step(player_on, by):
    on = player_on("mini-batches")
    first = on.session.project
    on.player.phase()
    on.player.phase()
    wait(on, 100)
    on.player.step()
    wait(on, 1100)
    assert on.session.project.state.step == 1
    assert by.same_bits(on.session.project.parameters, by.trained(first, 1).parameters)
    assert is_at_rest(on)


def test_with_reduced_motion_step_finishes_phases_at_once(player_on):
    on = player_on(reduced=True)
    on.player.phase()
    on.player.step()
    assert on.session.project.state.step == 1
    assert is_at_rest(on)


@pytest.mark.parametrize("phases", [1, 2, 3])
@pytest.mark.parametrize("reduced", [True, False])
def test_back_in_the_middle_of_a_step_returns_to_its_beginning(player_on, phases, reduced):
    on = player_on("hidden-layer", reduced=reduced)
    on.session.descend(2)
    project, picture = on.session.project, on.player.picture
    for _ in range(phases):
        on.player.phase()
    on.player.back()
    assert on.session.viewed is project
    assert on.player.picture is picture
    assert is_at_rest(on)


def test_back_after_a_step_looks_at_the_step_before_and_changes_nothing(player_on, by):
    on = player_on("mini-batches", reduced=True)
    first = on.session.project
    for _ in range(3):
        on.player.step()
    on.player.back()
    on.player.back()
    assert by.same_bits(on.player.picture.parameters, by.trained(first, 1).parameters)
    assert on.session.project.state.step == 3
    assert on.session.undo_stack.count() == 3
    for _ in range(5):
        on.player.back()
    assert on.session.viewed.state.step == 0
    assert is_at_rest(on)


def test_back_while_a_taken_step_is_drawn_looks_at_where_it_came_from(player_on):
    on = player_on()
    on.player.step()
    wait(on, 300)
    on.player.back()
    assert on.player.picture.parameters.tolist() == [2.0]
    assert is_at_rest(on)


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.set_parameter(0, 1.0),
        lambda session: session.set_learning_rate(0.5),
        lambda session: session.add_node(1),
        lambda session: session.undo_stack.undo(),
        lambda session: session.view_step(1),
        lambda session: session.reset(),
    ],
    ids=["weight", "rate", "shape", "undo", "scrub", "reset"],
)
@pytest.mark.parametrize("begin", ["step", "phase"])
def test_a_change_in_the_middle_of_a_step_shows_the_changed_project_at_rest(player_on, change, begin):
    on = player_on("hidden-layer")
    on.session.descend(1)
    on.session.descend(1)
    getattr(on.player, begin)()
    wait(on, 100)
    change(on.session)
    assert is_at_rest(on)
    seen = on.session.viewed
    wait(on, 5000)
    assert on.session.viewed is seen
    assert is_at_rest(on)


# Runs that end by themselves.


@pytest.mark.parametrize("reduced", [True, False])
@pytest.mark.parametrize("name", ["one-weight", "two-weights"])
def test_a_run_stops_where_there_is_no_more_downhill_and_says_so(player_on, name, reduced):
    on = player_on(name, "30 steps/s" if reduced else "10 steps/s", reduced=reduced)
    run_to_its_end(on)
    assert on.running == [True, False]
    (stop,) = on.stops
    step = on.session.project.state.step
    assert stop.text.startswith(f"Finished after {step} steps: the slope is practically 0 (loss ")
    assert stop.rate is None
    assert on.player.picture.gradient_norm <= on.player.tolerance
    assert on.session.history.project_at(step - 1, on.session.project).parameters[0] != on.player.picture.parameters[0]
    assert is_at_rest(on)
    assert on.session.undo_stack.count() == 1


def test_a_run_on_flat_ground_does_not_begin_and_the_button_is_let_go(player_on, by):
    on = player_on(edits.set_parameter(by.project("one-weight"), 0, 10 / 3), reduced=True)
    on.player.set_running(True)
    assert (on.running, on.player.is_running) == ([False], False)
    assert on.stops[0].text.startswith("Finished after 0 steps")
    assert on.session.undo_stack.count() == 0


def test_a_tolerance_of_zero_never_stops_a_run_on_flat_ground(player_on, by):
    on = player_on(edits.set_parameter(by.project("one-weight"), 0, 10 / 3), "30 steps/s")
    heard = by.heard(on.player.tolerance_changed)
    on.player.set_tolerance(-1.0)
    on.player.set_running(True)
    wait(on, 2000)
    assert heard == [0.0]
    assert on.player.is_running
    assert on.session.project.state.step > 50
    on.player.set_running(False)


def test_locked_weights_do_not_count_as_downhill(player_on, by):
    on = player_on(edits.set_locked(by.project("one-weight"), 0, True), reduced=True)
    on.player.set_running(True)
    assert on.stops[0].text == "All weights are locked: nothing can move."


@pytest.mark.parametrize("rate", [0.2, 10.0])
@pytest.mark.parametrize("speed", ["10 steps/s", "30 steps/s", "flat out"])
def test_a_rate_that_is_too_large_stops_with_the_last_finite_state_and_half_the_rate_offered(
    player_on, by, rate, speed
):
    on = player_on(at_rate(by.project("one-weight"), rate), speed)
    run_to_its_end(on)
    wait(on, 200)
    (stop,) = on.stops
    step, loss = on.session.project.state.step, on.player.picture.loss
    assert stop.rate is not None
    assert f"at step {step:,}" in stop.text
    factor = (1 - 2 * rate * 9) ** 2
    assert loss == pytest.approx(16 * factor**step, rel=1e-9)
    assert 16e6 < loss <= 16e6 * factor
    assert np.isfinite(on.session.project.parameters).all()
    assert is_at_rest(on)
    assert on.running == [True, False]


@pytest.mark.parametrize("speed", ["10 steps/s", "flat out"])
def test_at_a_ninth_the_lecture_weight_swings_for_ever_and_the_run_goes_on(player_on, by, speed):
    on = player_on(at_rate(by.project("one-weight"), 1 / 9), speed, reduced=True)
    on.clock.cost = 1.0
    on.player.set_running(True)
    wait(on, 8000)
    assert on.player.is_running
    assert on.stops == []
    assert on.session.project.state.step > 70
    assert on.player.picture.loss == pytest.approx(16.0, rel=1e-6)
    on.player.set_running(False)


def test_at_an_eighteenth_the_lecture_weight_lands_in_one_step(player_on, by):
    on = player_on(at_rate(by.project("one-weight"), 1 / 18), "30 steps/s")
    run_to_its_end(on)
    assert on.session.project.state.step == 1
    assert on.stops[0].text.startswith("Finished after 1 step:")


def test_half_the_rate_after_a_divergence_lets_the_run_come_home(player_on, by):
    on = player_on(at_rate(by.project("one-weight"), 0.2), "flat out")
    run_to_its_end(on)
    on.session.retreat()
    assert (on.session.project.state.step, on.session.project.recipe.learning_rate) == (0, 0.1)
    run_to_its_end(on)
    assert [stop.rate is not None for stop in on.stops] == [True, False]
    assert on.player.picture.parameters[0] == pytest.approx(10 / 3)


# Changes in the middle of a run.


@pytest.mark.parametrize("speed", ["1 step/s", "30 steps/s"])
def test_a_new_learning_rate_keeps_the_run_going_and_is_used_from_the_next_step_on(player_on, by, speed):
    on = player_on("mini-batches", speed)
    on.player.set_running(True)
    wait(on, 5000)
    on.session.set_learning_rate(0.02)
    changed = on.session.project
    wait(on, 5000)
    assert on.player.is_running
    assert on.running == [True]
    steps = on.session.project.state.step - changed.state.step
    assert steps > 0
    assert by.same_bits(on.session.project.parameters, by.trained(changed, steps).parameters)
    assert on.session.undo_stack.count() == 3
    on.player.set_running(False)


@pytest.mark.parametrize(
    "change",
    [
        lambda on: on.session.view_step(1),
        lambda on: on.session.undo_stack.undo(),
        lambda on: on.session.add_node(1),
        lambda on: on.session.reset(),
        lambda on: on.session.open(on.other, None),
        lambda on: on.player.back(),
        lambda on: on.player.step(),
        lambda on: on.player.phase(),
        lambda on: on.player.set_running(False),
    ],
    ids=["scrub", "undo", "shape", "reset", "open", "back", "step", "phase", "pause"],
)
@pytest.mark.parametrize("speed", ["2 steps/s", "30 steps/s"])
def test_scrubbing_undo_another_document_or_a_step_pause_the_run(player_on, by, change, speed):
    on = player_on("mini-batches", speed)
    on.other = by.project("xor")
    on.player.set_running(True)
    wait(on, 3000)
    assert on.session.project.state.step > 3
    change(on)
    assert not on.player.is_running
    assert on.running == [True, False]
    project = on.session.project
    wait(on, 3000)
    assert on.session.project is project
    assert on.stops == []


def test_a_run_never_goes_on_in_another_document_that_happens_to_be_as_far(player_on, by):
    on = player_on("one-weight", "1 step/s", reduced=True)
    other = edits.set_parameter(by.project("one-weight"), 0, 7.0)
    other = edits.descended(other, by.trained(other, 1))
    on.player.set_running(True)
    on.player.advance(TICK)
    assert on.session.project.state.step == 1
    on.session.open(other, None)
    wait(on, 3000)
    assert on.session.project is other
    assert not on.session.is_modified


def test_a_weight_thrown_far_out_in_the_middle_of_a_run_is_no_divergence_while_the_loss_falls(player_on):
    on = player_on("one-weight", "30 steps/s")
    on.player.set_running(True)
    wait(on, 160)
    on.session.set_parameter(0, 1e5)
    thrown = on.player.picture.loss
    wait(on, 160)
    assert on.player.picture.loss < thrown
    assert on.stops == []
    assert on.player.is_running
    on.player.set_running(False)


def test_pausing_and_running_again_makes_two_entries_and_one_descent(player_on, by):
    on = player_on("mini-batches", "100 steps/s")
    first = on.session.project
    for _ in range(2):
        on.player.set_running(True)
        wait(on, 800)
        on.player.set_running(False)
        wait(on, 800)
    assert on.running == [True, False, True, False]
    assert on.session.undo_stack.count() == 2
    steps = on.session.project.state.step
    assert by.same_bits(on.session.project.parameters, by.trained(first, steps).parameters)
    on.session.undo_stack.undo()
    on.session.undo_stack.undo()
    assert on.session.project is first


def test_running_from_the_middle_of_a_phase_takes_no_step_twice(player_on, by):
    on = player_on("mini-batches", "30 steps/s")
    first = on.session.project
    on.player.phase()
    on.player.phase()
    on.player.set_running(True)
    assert on.player.frame.phase is None
    wait(on, 1000)
    on.player.set_running(False)
    steps = on.session.project.state.step
    assert steps == pytest.approx(1 + 30, abs=1)
    assert by.same_bits(on.session.project.parameters, by.trained(first, steps).parameters)


def test_an_animated_step_that_is_paused_is_drawn_to_its_end(player_on):
    on = player_on("hidden-layer", "1 step/s")
    on.player.set_running(True)
    on.player.advance(TICK)
    wait(on, 300)
    on.player.set_running(False)
    assert on.player.is_moving
    wait(on, 1000)
    assert is_at_rest(on)
    assert on.session.project.state.step == 1


def test_a_run_at_an_animated_speed_shows_every_phase_of_every_step(player_on):
    on = player_on("hidden-layer", "2 steps/s")
    on.player.set_running(True)
    wait(on, 5000)
    on.player.set_running(False)
    seen = [(frame.picture.step, frame.phase) for frame in on.frames if frame.phase is not None]
    ordered = list(dict.fromkeys(seen))
    assert ordered[: 4 * 9] == [(step, phase) for step in range(9) for phase in Phase]


def test_a_new_speed_counts_at_once_also_in_the_middle_of_a_run(player_on, by):
    on = player_on("mini-batches", "1 step/s", reduced=True)
    first = on.session.project
    on.player.set_running(True)
    wait(on, 2000)
    slow = on.session.project.state.step
    on.player.set_speed(by.speed("100 steps/s"))
    wait(on, 2000)
    fast = on.session.project.state.step - slow
    on.player.set_speed(by.speed("1 step/s"))
    wait(on, 2000)
    slow_again = on.session.project.state.step - slow - fast
    assert (slow, slow_again) == (3, pytest.approx(2, abs=1))
    assert fast == pytest.approx(200, abs=2)
    on.player.set_running(False)
    steps = on.session.project.state.step
    assert by.same_bits(on.session.project.parameters, by.trained(first, steps).parameters)
    assert on.session.undo_stack.count() == 1


# How many steps in how much time.


def test_ten_steps_a_second_are_six_hundred_in_a_minute(player_on):
    on = player_on("mini-batches", "10 steps/s", reduced=True)
    on.player.set_running(True)
    on.player.advance(0.0)
    assert on.session.project.state.step == 1
    wait(on, 60_000)
    assert on.session.project.state.step - 1 == pytest.approx(600, abs=1)
    on.player.set_running(False)


@pytest.mark.parametrize("label", ["1 step/s", "5 steps/s", "10 steps/s"])
def test_an_animated_run_takes_as_many_steps_as_its_speed_says(player_on, by, label):
    on = player_on("mini-batches", label)
    on.player.set_running(True)
    wait(on, 8000)
    on.player.set_running(False)
    taken, expected = on.session.project.state.step, 1 + 8 * SPEEDS[by.speed(label)].steps
    assert taken == pytest.approx(expected, abs=1)


@pytest.mark.parametrize("tick", [5, TICK])
@pytest.mark.parametrize("label", ["30 steps/s", "100 steps/s", "1,000 steps/s"])
def test_no_step_is_lost_or_doubled(player_on, by, label, tick):
    on = player_on("mini-batches", label)
    first, rate = on.session.project, SPEEDS[by.speed(label)].steps
    on.player.set_running(True)
    wait(on, 4000, tick)
    on.player.set_running(False)
    steps = on.session.project.state.step
    assert steps == pytest.approx(1 + rate * 4, abs=1)
    assert by.same_bits(on.session.project.parameters, by.trained(first, steps).parameters)
    assert len(on.session.history.timeline(0, 0.0).low) == steps + 1
    shown = [frame.picture.step for frame in on.frames]
    assert shown == sorted(set(shown))


def test_steps_that_cost_more_than_there_is_time_for_are_dropped_and_never_queued(player_on):
    on = player_on("mini-batches", "1,000 steps/s")
    on.clock.cost = 3.0
    on.player.set_running(True)
    wait(on, 3000)
    slow = on.session.project.state.step
    assert 3000 / TICK * (BUDGET // 3.0) - 3 <= slow <= 3000 / TICK * BUDGET / 3.0
    on.clock.cost = 1e-6
    wait(on, 1600)
    assert 1600 - 1 <= on.session.project.state.step - slow <= 1600 + 100
    on.player.set_running(False)


@pytest.mark.parametrize("cost", [0.01, 0.5, 3.0, 40.0])
def test_flat_out_keeps_within_the_budget_and_draws_once_a_tick(player_on, cost):
    on = player_on("mini-batches", "flat out")
    on.clock.cost = cost
    on.player.set_tolerance(0.0)
    on.player.set_running(True)
    taken = []
    for _ in range(40):
        before, frames = on.session.project.state.step, len(on.frames)
        on.player.advance(TICK)
        taken.append(on.session.project.state.step - before)
        assert len(on.frames) == frames + 1
    assert taken[0] == 1
    assert max(taken) <= max(1, round(BUDGET / cost))
    assert sum(taken) / len(taken) <= max(1, BUDGET / cost)
    assert taken[-1] >= 0.75 * BUDGET / cost - 1
    on.player.set_running(False)


def test_however_cheap_a_step_seems_a_tick_takes_only_so_many(player_on, monkeypatch):
    monkeypatch.setattr(player_module, "LARGEST_CHUNK", 50)
    on = player_on("one-weight", "flat out")
    on.clock.cost = 0.0
    on.player.set_tolerance(0.0)
    on.player.set_running(True)
    steps = []
    for _ in range(12):
        on.player.advance(TICK)
        steps.append(on.session.project.state.step)
    assert np.diff(steps).max() == steps[-1] - steps[-2] == 50
    on.player.set_running(False)


@pytest.mark.parametrize("label", ["flat out", "1,000 steps/s"])
def test_a_run_slows_down_at_once_when_steps_become_dear(player_on, label):
    on = player_on("mini-batches", label)
    on.player.set_tolerance(0.0)
    on.player.set_running(True)
    wait(on, 400)
    on.clock.cost = 1.0
    on.player.advance(TICK)
    before = on.session.project.state.step
    on.player.advance(TICK)
    assert on.session.project.state.step - before == BUDGET
    on.player.set_running(False)


def test_a_run_on_a_dearer_network_does_not_begin_with_the_haste_of_the_last_one(player_on, by):
    on = player_on("one-weight", "flat out")
    on.player.set_tolerance(0.0)
    on.player.set_running(True)
    wait(on, 400)
    on.session.open(by.project("two-rings"), None)
    on.clock.cost = 5.0
    on.player.set_running(True)
    on.player.advance(TICK)
    assert on.session.project.state.step * on.clock.cost <= 2 * BUDGET
    on.player.set_running(False)


def test_in_a_fast_run_the_canvas_hears_every_tick_the_others_by_turns_and_all_the_end(player_on):
    on = player_on("mini-batches", "100 steps/s")
    on.player.set_running(True)
    views = on.pictures, on.settled, on.examined, on.sliced, on.surveyed, on.nodes_surveyed
    for heard in (on.frames, *views):
        heard.clear()
    wait(on, 48 * TICK)
    assert len(on.frames) == 48
    assert [len(heard) for heard in views] == [8] * 6
    on.player.set_running(False)
    assert [heard[-1] for heard in views] == [on.player.picture] * 6
    assert is_at_rest(on)


def test_pausing_in_the_middle_of_an_animated_step_keeps_explaining_what_is_on_screen(player_on):
    on = player_on("hidden-layer", "1 step/s")
    on.player.set_running(True)
    on.player.advance(TICK)
    wait(on, 300)
    on.settled.clear()
    on.player.set_running(False)
    assert on.player.is_moving
    assert on.examined[-1] is on.player.frame.picture
    assert on.settled == []
    wait(on, 1000)
    assert on.settled[-1] is on.examined[-1] is on.player.picture


def test_an_error_in_a_fast_run_does_not_silence_the_steps_after_it(player_on, monkeypatch):
    on = player_on("mini-batches", "100 steps/s")
    on.player.set_running(True)
    with monkeypatch.context() as patch:
        patch.setattr(on.session, "descend", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            on.player.advance(TICK)
    on.player.set_running(False)
    on.pictures.clear()
    on.player.set_speed(0)
    on.player.set_reduced_motion(True)
    for _ in range(4):
        on.player.phase()
    assert on.pictures == [on.player.picture]


@pytest.mark.parametrize("label", [speed.label for speed in SPEEDS])
@pytest.mark.parametrize("reduced", [True, False])
def test_no_time_at_all_may_pass_between_two_ticks(player_on, label, reduced):
    """Two ticks within a millisecond are told apart by nothing."""
    on = player_on("mini-batches", label, reduced=reduced)
    on.player.set_running(True)
    for _ in range(3):
        on.player.advance(0.0)
    assert on.player.is_running
    assert on.session.project.state.step >= 1
    assert math.isfinite(on.player._due)
    on.player.set_running(False)


def test_advance_takes_time_as_it_is_given_and_leaves_clamping_to_its_caller(player_on):
    on = player_on("hidden-layer", "1 step in 4 s")
    on.player.step()
    on.player.advance(3999.0)
    assert on.player.frame.phase is Phase.UPDATE
    on.player.advance(1.0)
    assert is_at_rest(on)
    on.player.step()
    on.player.advance(1e9)
    assert is_at_rest(on)
    assert on.session.project.state.step == 2


def test_the_timer_counts_a_pause_of_the_machine_as_a_tenth_of_a_second_at_most(player_on, monkeypatch):
    on = player_on("hidden-layer", "1 step/s")
    on.player.step()
    heard = []
    monkeypatch.setattr(on.player, "advance", heard.append)

    class LateClock:
        def restart(self) -> int:
            return 90_000

    monkeypatch.setattr(on.player, "_elapsed", LateClock())
    on.player._on_timeout()
    assert heard == [100.0]


@pytest.mark.parametrize("begin", ["step", "phase", "run"])
def test_the_timer_sleeps_until_woken_and_again_when_all_is_still(player_on, begin):
    on = player_on()
    (timer,) = (each for each in on.player.findChildren(QTimer) if not each.isSingleShot())
    assert not timer.isActive()
    on.player.set_running(True) if begin == "run" else getattr(on.player, begin)()
    assert timer.isActive()
    on.player._on_timeout()
    assert timer.isActive()
    on.player.set_running(False)
    wait(on, 5000)
    on.player._on_timeout()
    assert not timer.isActive()


def test_time_without_a_wish_changes_nothing(player_on):
    on = player_on()
    frame = on.player.frame
    wait(on, 1000)
    assert on.player.frame is frame
    assert (on.frames, on.pictures, on.session.undo_stack.count()) == ([], [], 0)


def test_running_twice_or_pausing_twice_is_said_once(player_on):
    on = player_on()
    on.player.set_running(False)
    on.player.set_running(True)
    on.player.set_running(True)
    on.player.set_running(False)
    on.player.set_running(False)
    assert on.running == [True, False]


def test_refreshing_tells_new_views_everything_once_more(player_on):
    on = player_on()
    on.player.refresh()
    assert (on.pictures, on.settled) == ([on.player.picture], [on.player.picture])
    assert [frame.picture for frame in on.frames] == [on.player.picture]


def test_a_run_goes_on_through_new_names_and_locks(player_on):
    on = player_on("mini-batches", "30 steps/s")
    on.player.set_running(True)
    wait(on, 500)
    on.session.rename("The lecture")
    on.session.rename_node(NodeRef(1, 0), "gate")
    on.session.set_locked(0, True)
    step, locked = on.session.project.state.step, on.session.project.parameters[0]
    wait(on, 500)
    assert on.player.is_running
    assert on.session.project.state.step > step
    assert on.session.project.parameters[0] == locked
    assert on.session.project.title == "The lecture"
    on.player.set_running(False)


# Any order of wishes.

WISHES = st.one_of(
    st.sampled_from(["step", "phase", "back", "run", "pause", "undo", "redo", "reset", "shape", "name", "open"]),
    st.tuples(st.just("advance"), st.sampled_from([0.0, 16.0, 40.0, 250.0, 1000.0, 4000.0])),
    st.tuples(st.just("speed"), st.integers(0, len(SPEEDS) - 1)),
    st.tuples(st.just("reduced"), st.booleans()),
    st.tuples(st.just("view"), st.integers(0, 12)),
    st.tuples(st.just("rate"), st.sampled_from([0.01, 0.1, 10.0]), st.integers(0, 1)),
    st.tuples(st.just("weight"), st.sampled_from([0.5, 1e160]), st.integers(0, 1)),
)


def wish(on, deed, other) -> None:
    session, player = on.session, on.player
    match deed:
        case "step" | "phase" | "back":
            getattr(player, deed)()
        case "run" | "pause":
            player.set_running(deed == "run")
        case "undo" | "redo":
            getattr(session.undo_stack, deed)()
        case "reset":
            session.reset()
        case "shape":
            session.add_node(1)
        case "name":
            session.rename("Another name")
        case "open":
            session.open(other, None)
        case ("advance", milliseconds):
            player.advance(milliseconds)
        case ("speed", position):
            player.set_speed(position)
        case ("reduced", reduced):
            player.set_reduced_motion(reduced)
        case ("view", step):
            session.view_step(step)
        case ("rate", rate, gesture):
            session.set_learning_rate(rate, gesture)
        case ("weight", value, gesture):
            session.set_parameter(0, value, gesture)


@settings(derandomize=True, deadline=None, database=None, max_examples=200)
@given(deeds=st.lists(WISHES, min_size=5, max_size=25))
def test_in_any_order_of_wishes_the_screen_shows_the_project_or_the_way_to_it(qapp, by, deeds):
    on = by.played(by.batched())
    for deed in deeds:
        wish(on, deed, by.batched())
        player, frame = on.player, on.player.frame
        assert player.picture.project is on.session.viewed
        if frame.phase is None:
            assert is_at_rest(on)
        elif frame.picture is player.picture:
            assert on.session.undo_stack.count() == 0 or not player.is_running
        else:
            assert frame.picture.step == player.picture.step - 1
            assert player.is_moving
    project, step = on.session.viewed, on.session.viewed.state.step
    found = on.session.history.project_at(step, on.session.project)
    assert by.same_bits(found.parameters, project.parameters)
    on.player.set_running(False)
    on.player.advance(1e6)
    assert on.session.viewed is project
    assert not on.player.is_moving
    assert is_at_rest(on) or on.player.frame.phase < Phase.UPDATE
    on.player.phase()
    on.player.back()
    by.let_go(on)


def test_where_time_is_short_the_canvas_and_the_other_views_have_ticks_of_their_own(player_on):
    on = player_on("mini-batches", "flat out")
    on.player.set_tolerance(0.0)
    on.player.set_running(True)
    heard = on.pictures, on.settled, on.examined, on.sliced, on.surveyed, on.nodes_surveyed
    on.player.advance(2 * CROWDED)
    for each in (on.frames, *heard):
        each.clear()
    for _ in range(48):
        before, shown = on.session.project.state.step, len(on.frames)
        on.player.advance(TICK)
        assert (on.session.project.state.step > before) == (len(on.frames) > shown)
    assert len(on.frames) == 24
    assert [len(each) for each in heard] == [4, 4, 4, 4, 4, 4]
    on.player.set_running(False)


def test_steps_beside_which_much_else_is_to_be_done_are_still_as_many_as_fit(player_on, monkeypatch):
    """A tick costs 2.6 milliseconds before its first step: one step alone looks as if no second one had room."""
    on = player_on("mini-batches", "flat out")
    on.player.set_tolerance(0.0)
    on.clock.cost = 0.3
    monkeypatch.setattr(
        on.player, "_descend", lambda steps, whole=on.player._descend: (on.clock.pass_by(2.6), whole(steps))[1]
    )
    on.player.set_running(True)
    wait(on, 40 * TICK)
    before = on.session.project.state.step
    on.player.advance(TICK)
    assert 6 <= on.session.project.state.step - before <= 8
    on.player.set_running(False)


def test_a_crowd_is_forgotten_after_some_seconds(player_on):
    on = player_on("mini-batches", "flat out")
    on.player.set_tolerance(0.0)
    on.player.set_running(True)
    on.player.advance(1.5 * CROWDED)
    wait(on, 400 * TICK)
    on.frames.clear()
    wait(on, 40 * TICK)
    assert len(on.frames) == 40
    on.player.set_running(False)


# Changes that follow fast on each other.


@pytest.fixture
def dragged(player_on):
    """A player that is patient, all that it says, and the first change of a drag."""
    on = player_on("xor")
    on.hurries = []
    on.player.hurry_changed.connect(on.hurries.append)
    on.player.patience = 60_000
    on.session.set_parameter(0, 1.0)
    for heard in (on.frames, on.pictures, on.settled, on.examined, on.sliced, on.surveyed, on.nodes_surveyed):
        assert heard[-1] in (on.player.picture, on.player.frame)
        heard.clear()
    return on


def test_the_first_change_is_shown_everywhere_at_once(dragged):
    assert dragged.hurries == []


def test_while_something_is_dragged_the_network_and_the_numbers_follow_and_the_rest_takes_turns(dragged):
    on = dragged
    for k in range(10):
        on.session.set_parameter(0, 1.0 + 0.1 * (k + 1))
        assert on.frames[-1].picture is on.pictures[-1] is on.player.picture
    assert [len(heard) for heard in (on.frames, on.pictures)] == [10, 10]
    assert [len(heard) for heard in (on.settled, on.examined, on.sliced, on.surveyed, on.nodes_surveyed)] == [2] * 5
    assert on.hurries == [True]


def test_the_loss_along_a_parameter_follows_the_hand_that_holds_its_ball(dragged):
    on = dragged
    for k in range(8):
        on.session.set_parameter(0, 1.0 + 0.1 * (k + 1))
        on.player.follow_hand()
        assert on.sliced[-1] is on.player.picture


def test_when_all_is_quiet_everything_is_shown_once_more(dragged, qtbot):
    on = dragged
    on.player.patience = 1
    for k in range(3):
        on.session.set_parameter(0, 2.0 + k)
    qtbot.waitUntil(lambda: on.hurries == [True, False], timeout=60_000)
    assert on.settled[-1] is on.surveyed[-1] is on.examined[-1] is on.sliced[-1] is on.player.picture
    on.player.patience = 60_000
    on.session.set_parameter(0, 7.0)
    assert on.hurries == [True, False]
    assert on.settled[-1] is on.player.picture


def test_a_run_that_begins_ends_the_hurry_first_and_quiet_says_no_more(dragged):
    on = dragged
    order: list = []
    on.player.hurry_changed.connect(lambda hurries: order.append(("hurry", hurries)))
    on.player.running_changed.connect(lambda running: order.append(("running", running)))
    on.session.set_parameter(0, 2.0)
    on.player.set_running(True)
    on.player._on_quiet()
    assert order == [("hurry", True), ("hurry", False), ("running", True)]
    on.player.set_running(False)


def test_in_a_run_a_change_is_shown_everywhere(dragged):
    on = dragged
    on.player.set_running(True)
    on.settled.clear()
    on.session.set_parameter(0, 3.0)
    assert on.settled[-1] is on.player.picture
    assert on.hurries == []
    on.player.set_running(False)


def test_a_run_that_ends_because_no_slope_comes_through_says_so(player_on):
    on = player_on("hidden-layer")
    for index in range(4):
        on.session.set_parameter(index, -5.0)
    stops = []
    on.player.stopped.connect(stops.append)
    on.player.set_running(True)
    for _ in range(50):
        on.player.advance(100)
    assert stops[0].text.endswith(
        "Every node of hidden layer 1 is where its activation is flat, for every example, so no slope comes through: "
        "try a new start."
    )
