"""Only what can be seen is computed; what became stale is dropped; forecasts are held against what came."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication

from gdstudio.document import edits
from gdstudio.document.project import NodeRef, ParameterRef
from gdstudio.engine import backward
from gdstudio.session import analyst as analyst_module
from gdstudio.session.analyst import Analyst
from gdstudio.session.jobs import Jobs
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.surfaces import COARSE, FINE, Plane

KINDS = ("surface", "slices", "check")


@pytest.fixture
def looking(player_on, by, monkeypatch) -> Iterator:
    """An analyst of a session of its own, what it says, and what it asked its worker for."""
    made: list[SimpleNamespace] = []

    def open_analyst(project="hidden-layer", seen: tuple[str, ...] = KINDS) -> SimpleNamespace:
        on = player_on(project, reduced=True)
        jobs = Jobs()
        analyst = Analyst(on.session, jobs)
        asked: list[str] = []
        monkeypatch.setattr(jobs, "request", lambda kind, work: (asked.append(kind), Jobs.request(jobs, kind, work))[1])
        for what in KINDS:
            analyst.set_seen(what, what in seen)
        on.player.running_changed.connect(analyst.set_running)
        on.player.settled.connect(analyst.look_ahead)
        on.jobs, on.analyst, on.asked, on.gate = jobs, analyst, asked, threading.Event()
        on.gate.set()
        on.forecasts, on.surfaces = by.heard(analyst.forecast_changed), by.heard(analyst.surface_changed)
        on.slices, on.checks = by.heard(analyst.slices_changed), by.heard(analyst.check_changed)
        made.append(on)
        return on

    yield open_analyst
    for on in made:
        on.gate.set()
        on.jobs.stop()
        on.jobs.deleteLater()
        on.analyst.deleteLater()


def settle(on: SimpleNamespace) -> None:
    """Let the worker finish, twice: a fine surface follows a coarse one."""
    on.gate.set()
    for _ in range(2):
        on.jobs.wait()
        QApplication.processEvents()


def hold(on: SimpleNamespace) -> None:
    """Keep the worker from working until :func:`settle`."""
    on.gate.clear()
    begun = threading.Event()
    Jobs.request(on.jobs, "held", lambda go_on: begun.set() or on.gate.wait(10.0))
    assert begun.wait(10.0)
    on.jobs.cancel("held")


@pytest.mark.parametrize("seen", [(), ("surface",), ("slices",), ("check",), KINDS])
def test_what_is_not_seen_is_not_computed_and_the_forecast_always_is(looking, seen):
    on = looking(seen=seen)
    on.player.refresh()
    settle(on)
    assert (len(on.forecasts), len(on.slices), len(on.checks)) == (1, "slices" in seen, "check" in seen)
    assert [len(surface.a) for surface in on.surfaces] == ([COARSE, FINE] if "surface" in seen else [])
    expected = {"forecast", *seen, *(["fine surface"] if "surface" in seen else [])}
    assert set(on.asked) == expected


@pytest.mark.parametrize("what", KINDS)
def test_what_becomes_seen_is_computed_at_once_for_the_present_moment(looking, what):
    on = looking(seen=())
    on.player.refresh()
    on.player.step()
    settle(on)
    on.asked.clear()
    on.analyst.set_seen(what, True)
    assert on.asked == [what]
    settle(on)
    picture = on.player.picture
    if what == "surface":
        assert on.surfaces[-1].here.tolist() == picture.parameters[:2].tolist()
        assert len(on.surfaces[-1].path) == 2
    elif what == "slices":
        assert [piece.value for piece in on.slices[-1]] == picture.parameters.tolist()
    else:
        assert on.checks[-1].slopes.tolist() == picture.gradient.tolist()
    count = len(on.asked)
    on.analyst.set_seen(what, True)
    on.analyst.set_seen(what, False)
    assert len(on.asked) == count


def test_before_anything_is_shown_nothing_is_computed(looking):
    on = looking(seen=())
    for what in KINDS:
        on.analyst.set_seen(what, True)
    on.analyst.select(ParameterRef(3))
    on.analyst.set_plane(Plane(x=2, y=3))
    settle(on)
    assert on.asked == []


def test_the_slices_and_the_check_are_of_the_step_that_is_looked_at(looking):
    on = looking("mini-batches")
    for _ in range(3):
        on.player.step()
    on.session.view_step(1)
    settle(on)
    project = on.session.viewed
    picture = picture_of(project)
    batch = picture.batch
    expected = backward(project.network, project.parameters, project.data.x[batch], project.data.y[batch]).gradient
    assert on.checks[-1].slopes.tolist() == expected.tolist()
    assert [piece.slope for piece in on.slices[-1]] == expected[: len(on.slices[-1])].tolist()


# Pages of sixteen.


def test_pages_of_sixteen_follow_the_selection(looking):
    on = looking("two-rings", seen=("slices",))
    on.player.refresh()
    settle(on)
    assert [piece.index for piece in on.slices[-1]] == list(range(16))
    count = len(on.slices)
    on.analyst.select(ParameterRef(15))
    on.analyst.select(NodeRef(1, 0))
    on.analyst.select(None)
    settle(on)
    assert len(on.slices) == count
    on.analyst.select(ParameterRef(16))
    settle(on)
    assert [piece.index for piece in on.slices[-1]] == list(range(16, 32))
    on.player.step()
    settle(on)
    assert [piece.index for piece in on.slices[-1]] == list(range(16, 32))
    assert on.slices[-1][0].value == on.player.picture.parameters[16]


def test_a_page_that_is_not_seen_is_turned_without_a_computation(looking):
    on = looking("two-rings", seen=())
    on.player.refresh()
    settle(on)
    on.asked.clear()
    on.analyst.select(ParameterRef(20))
    assert on.asked == []
    on.analyst.set_seen("slices", True)
    settle(on)
    assert [piece.index for piece in on.slices[-1]] == list(range(16, 32))


# While a run goes on, and what is stale.


def test_slopes_are_not_checked_while_a_run_goes_on_and_are_when_it_is_over(looking, by, monkeypatch):
    monkeypatch.setattr(analyst_module, "_ONE_OF", 1)
    on = looking("xor")
    on.player.refresh()
    settle(on)
    on.player.set_speed(by.speed("30 steps/s"))
    on.asked.clear()
    on.player.set_running(True)
    for _ in range(60):
        on.player.advance(50.0)
        settle(on)
    assert "forecast" in on.asked
    assert "slices" in on.asked
    assert "check" not in on.asked
    assert "fine surface" not in on.asked
    on.player.set_running(False)
    settle(on)
    assert on.asked.count("check") == 1
    assert on.checks[-1].slopes.tolist() == on.player.picture.gradient.tolist()


def test_while_a_run_goes_on_one_of_many_pictures_is_looked_at(looking, by):
    on = looking("xor", seen=())
    picture = picture_of(by.project("xor"))
    on.analyst.set_running(True)
    for _ in range(3 * analyst_module._ONE_OF):
        on.analyst.look_ahead(picture)
    assert on.asked == ["forecast"] * 3


def test_what_became_stale_before_it_was_done_is_never_said(looking):
    on = looking("hidden-layer")
    on.player.refresh()
    settle(on)
    before = len(on.forecasts), len(on.slices), len(on.checks)
    hold(on)
    for value in (0.1, 0.2, 0.3, 0.4):
        on.session.set_parameter(0, value)
    settle(on)
    assert (len(on.forecasts), len(on.slices), len(on.checks)) == tuple(count + 1 for count in before)
    assert on.slices[-1][0].value == 0.4
    assert on.checks[-1].slopes.tolist() == on.player.picture.gradient.tolist()
    assert on.surfaces[-1].here[0] == 0.4
    assert not any(surface.here[0] in (0.1, 0.2, 0.3) for surface in on.surfaces)


def test_another_plane_takes_the_place_of_the_one_before(looking):
    on = looking("hidden-layer", seen=("surface",))
    on.player.refresh()
    settle(on)
    hold(on)
    on.surfaces.clear()
    on.analyst.set_plane(Plane(x=2, y=3))
    on.analyst.set_plane(Plane(x=4, y=5))
    settle(on)
    assert [surface.plane for surface in on.surfaces] == [Plane(x=4, y=5)] * 2


# Forecast against what came.


def test_after_a_step_the_forecast_is_held_against_what_came(looking):
    on = looking("one-weight", seen=())
    on.player.refresh()
    settle(on)
    assert on.forecasts[-1].verdict == ""
    on.player.step()
    settle(on)
    assert on.forecasts[-1].verdict == "Predicted loss 10.8, actual loss 10.8 ✓"
    on.session.set_learning_rate(0.05)
    settle(on)
    assert on.forecasts[-1].verdict == "Predicted loss 10.8, actual loss 10.8 ✓"
    on.player.step()
    settle(on)
    assert on.forecasts[-1].foreseen == pytest.approx(10.758 * (1 - 0.9) ** 2, rel=1e-3)


def test_after_an_edit_an_undo_or_a_leap_there_is_no_verdict(looking):
    on = looking("one-weight", seen=())
    on.player.refresh()
    for _ in range(4):
        settle(on)
        on.player.step()
    settle(on)
    assert on.forecasts[-1].verdict
    on.session.set_parameter(0, 0.5)
    settle(on)
    assert on.forecasts[-1].verdict == ""
    on.session.undo_stack.undo()
    settle(on)
    assert on.forecasts[-1].verdict == ""
    on.session.undo_stack.undo()
    settle(on)
    assert on.forecasts[-1].step == 3
    assert on.forecasts[-1].verdict == ""
    on.session.view_step(0)
    settle(on)
    assert on.forecasts[-1].verdict == ""


def test_scrubbing_one_step_on_holds_the_forecast_against_the_step_that_was_taken(looking):
    on = looking("hidden-layer", seen=())
    for _ in range(3):
        on.player.step()
    on.session.view_step(1)
    settle(on)
    expected = on.forecasts[-1].expected
    on.session.view_step(2)
    settle(on)
    assert on.forecasts[-1].foreseen == expected
    on.player.scrub(2.5)
    settle(on)
    assert on.forecasts[-1].foreseen == expected


def test_another_document_is_not_judged_by_the_forecast_of_the_one_before(looking, by):
    on = looking("one-weight", seen=())
    on.player.refresh()
    settle(on)
    other = by.project("two-weights")
    on.session.open(edits.descended(other, by.trained(other, 1)), None)
    settle(on)
    assert on.forecasts[-1].step == 1
    assert on.forecasts[-1].verdict == ""


def test_an_edit_and_a_step_faster_than_the_worker_leave_no_verdict_on_the_old_forecast(looking):
    on = looking("one-weight", seen=())
    on.player.refresh()
    settle(on)
    hold(on)
    on.session.set_parameter(0, 0.5)
    on.player.step()
    settle(on)
    assert on.forecasts[-1].step == 1
    assert on.forecasts[-1].verdict == ""


def test_scrubbing_onto_an_edit_by_hand_is_no_verdict_on_the_step_before_it(looking):
    on = looking("one-weight", seen=())
    on.player.step()
    on.session.set_parameter(0, 0.5)
    on.player.step()
    on.session.view_step(0)
    settle(on)
    on.session.view_step(1)
    settle(on)
    assert on.forecasts[-1].verdict == ""


def test_a_panel_that_comes_into_sight_while_a_network_changes_waits_for_the_moment_that_is_settled(looking):
    """While something is dragged what is settled comes late: the moment looked at last may be of another network."""
    on = looking("hidden-layer", seen=())
    on.player.refresh()
    settle(on)
    on.player.settled.disconnect(on.analyst.look_ahead)
    on.session.add_node(1)
    on.asked.clear()
    for kind in KINDS:
        on.analyst.set_seen(kind, True)
    on.analyst.set_plane(Plane(x=1, y=2))
    on.analyst.select(ParameterRef(3))
    assert on.asked == []
    on.analyst.look_ahead(on.player.picture)
    assert set(on.asked) == {"forecast", *KINDS}
    settle(on)
    assert on.surfaces[-1].network == on.session.viewed.network
