"""Runs kept beside the present one: pinned by a person, or because another run took their place."""

import numpy as np
import pytest

from gdstudio.document.limits import MAX_NAME
from gdstudio.document.runs import MOST_RUNS
from gdstudio.engine import measured_loss


@pytest.fixture
def ran(session_on, by):
    """A session five steps on, and what it refused."""

    def open_session(project="hidden-layer", steps: int = 5):
        session = session_on(project)
        refused = by.heard(session.refused)
        for _ in range(steps):
            session.descend(1)
        return session, refused

    return open_session


def pinned(session, count: int) -> None:
    for _ in range(count):
        session.pin_run()


def deeds(session) -> list[str]:
    return [session.undo_stack.text(position) for position in range(session.undo_stack.count())]


# Pinned, named, hidden, deleted.


def test_a_pinned_run_is_the_whole_run_as_it_is(ran):
    session, _ = ran()
    session.view_step(2)
    seen = session.viewed
    session.pin_run()
    (run,) = session.runs
    assert (run.name, run.is_shown, run.is_automatic) == ("run 1", True, False)
    assert run.step == 5
    assert run.is_same(session.project)
    losses = [
        measured_loss(past.recipe, past.parameters, past.data.x, past.data.y)
        for past in (session.history.project_at(step, session.project) for step in range(6))
    ]
    assert run.low.tolist() == run.high.tolist() == losses
    assert run.loss == losses[-1]
    assert run.path.shape == (6, 6)
    assert (run.path[-1] == session.project.parameters).all()
    assert (run.path[0] == session.project.start.parameters).all()
    assert session.viewed.state.step == 2
    assert (session.viewed.parameters == seen.parameters).all()
    assert session.project.state.step == 5


def test_a_pinned_run_stays_as_it_was_when_the_descent_goes_on(ran):
    session, _ = ran()
    session.pin_run()
    (run,) = session.runs
    steps, losses = run.steps.copy(), run.low.copy()
    session.descend(40)
    assert session.runs == (run,)
    assert (run.steps == steps).all()
    assert (run.low == losses).all()
    session.pin_run()
    assert [run.step for run in session.runs] == [5, 45]


DEEDS = {
    "Pin run": lambda session: session.pin_run(),
    "Rename run": lambda session: session.rename_run(1, "slow"),
    "Hide run": lambda session: session.show_run(1, False),
    "Delete run": lambda session: session.delete_run(1),
    "Keep runs": lambda session: session.keep_runs((session.history.kept("a racer", session.project),)),
}


@pytest.mark.parametrize("text", DEEDS)
def test_what_is_done_to_runs_is_one_entry_whose_undo_and_redo_bring_back_the_very_same_runs(ran, by, text):
    session, refused = ran()
    pinned(session, 3)
    before, history, project, count = session.runs, session.history, session.project, session.undo_stack.count()
    heard = by.heard(session.runs_changed)
    DEEDS[text](session)
    after = session.runs
    assert after != before
    assert deeds(session)[count:] == [text]
    session.undo_stack.undo()
    assert session.runs is before
    session.undo_stack.redo()
    assert session.runs is after
    assert heard == [after, before, after]
    assert (session.history, session.project, refused) == (history, project, [])


def test_naming_hiding_and_deleting_touch_that_run_alone(ran):
    session, _ = ran()
    pinned(session, 3)
    first, second, third = session.runs
    session.rename_run(1, "slow")
    session.show_run(1, False)
    assert (session.runs[0], session.runs[2]) == (first, third)
    changed = session.runs[1]
    assert (changed.name, changed.is_shown) == ("slow", False)
    assert (changed.project, changed.path, changed.loss) == (second.project, second.path, second.loss)
    session.show_run(1, True)
    assert deeds(session)[-1] == "Show run"
    assert session.runs[1].is_shown
    session.delete_run(1)
    assert session.runs == (first, third)


def test_what_is_so_already_leaves_no_entry(ran):
    session, refused = ran()
    session.pin_run()
    runs, count = session.runs, session.undo_stack.count()
    session.rename_run(0, "run 1")
    session.rename_run(0, "  run  1\n")
    session.rename_run(0, " \t ")
    session.show_run(0, True)
    session.delete_run(-1)
    session.delete_run(1)
    session.keep_runs(())
    assert session.runs is runs
    assert (session.undo_stack.count(), refused) == (count, [])


@pytest.mark.parametrize(
    ("name", "clean"),
    [("two\nlines", "two lines"), ("<b>&amp;</b>", "<b>&amp;</b>"), ("\u202eevil\x00", "evil"), ("a" * 80, "a" * 80)],
)
def test_a_hostile_name_of_a_run_is_cleaned(ran, name, clean):
    session, _ = ran()
    session.pin_run()
    session.rename_run(0, name)
    assert session.runs[0].name == clean


def test_deeds_to_runs_go_on_looking_at_the_same_step(ran, by):
    session, _ = ran()
    session.view_step(2)
    for deed in (DEEDS["Pin run"], *(lambda s: s.rename_run(0, "x"), lambda s: s.show_run(0, False))):
        deed(session)
        assert session.viewed.state.step == 2
    assert session.history.end == 5


# Refused.


def test_before_the_first_step_there_is_no_run_to_pin(session_on, by):
    session = session_on("hidden-layer")
    refused = by.heard(session.refused)
    session.pin_run()
    assert refused == ["There is no run to pin yet: take a step first."]
    assert (session.runs, session.undo_stack.count()) == ((), 0)


def test_twelve_runs_are_kept_and_a_thirteenth_is_refused(ran):
    session, refused = ran()
    pinned(session, MOST_RUNS)
    runs = session.runs
    assert (len(runs), refused) == (12, [])
    session.pin_run()
    assert refused == ["Up to 12 runs can be kept; delete one first."]
    session.keep_runs(runs[:1])
    assert refused[1:] == ["Up to 12 runs can be kept; delete some first."]
    assert session.runs is runs
    session.delete_run(0)
    session.pin_run()
    assert len(session.runs) == 12


def test_a_race_that_would_not_fit_is_kept_not_at_all(ran):
    session, refused = ran()
    pinned(session, 8)
    runs = session.runs
    session.keep_runs(runs[:5])
    assert session.runs is runs
    assert len(refused) == 1
    session.keep_runs(runs[:4])
    assert session.runs == (*runs, *runs[:4])


def test_a_name_that_is_too_long_is_refused_and_the_run_keeps_its_own(ran):
    session, refused = ran()
    session.pin_run()
    runs, count = session.runs, session.undo_stack.count()
    session.rename_run(0, "x" * (MAX_NAME + 1))
    assert refused == [f"A name has up to {MAX_NAME} characters; this one has {MAX_NAME + 1}."]
    assert (session.runs, session.undo_stack.count()) == (runs, count)


# Another run takes its place.

PLACE_TAKERS = {
    "a step": lambda session: session.descend(1),
    "a run": lambda session: [session.descend(2, key="run 1") for _ in range(4)],
    "a weight": lambda session: session.set_parameter(0, 0.5),
    "a rate": lambda session: session.set_learning_rate(0.02),
    "a value": lambda session: session.set_value(0, 0, 5.0),
    "a node": lambda session: session.add_node(1),
    "a jump": lambda session: session.set_parameters(np.full(6, 0.25)),
    "a drag": lambda session: [session.set_parameter(1, 0.1 * k, 3) for k in range(1, 9)],
    "a slider's move": lambda session: [session.set_learning_rate(0.01 * k, 3) for k in range(1, 9)],
}


@pytest.mark.parametrize("at", [0, 3])
@pytest.mark.parametrize("name", PLACE_TAKERS)
def test_going_on_or_editing_at_an_earlier_step_keeps_the_old_run_exactly_once(ran, by, name, at):
    session, refused = ran()
    old_end, old_history, count = session.project, session.history, session.undo_stack.count()
    session.view_step(at)
    heard = by.heard(session.runs_changed)
    PLACE_TAKERS[name](session)
    (ghost,) = session.runs
    assert (ghost.name, ghost.is_automatic, ghost.is_shown, ghost.step) == ("until step 5", True, True, 5)
    assert ghost.is_same(old_end)
    assert ghost.steps.tolist() == [0, 1, 2, 3, 4, 5]
    assert heard == [(ghost,)]
    assert session.undo_stack.count() == count + 1
    assert session.history is not old_history
    session.undo_stack.undo()
    assert session.runs == ()
    assert session.history is old_history
    assert (session.project, session.history.end) == (old_end, 5)
    session.undo_stack.redo()
    assert session.runs == (ghost,)
    assert refused == []


@pytest.mark.parametrize("name", PLACE_TAKERS)
def test_going_on_or_editing_at_the_end_leaves_no_ghost(ran, name):
    session, _ = ran()
    PLACE_TAKERS[name](session)
    assert session.runs == ()


@pytest.mark.parametrize("name", ["a weight", "a rate"])
def test_a_run_that_is_pinned_already_leaves_no_second_ghost(ran, name):
    session, _ = ran()
    session.pin_run()
    runs = session.runs
    session.view_step(2)
    PLACE_TAKERS[name](session)
    assert session.runs is runs


def test_a_look_at_an_earlier_step_alone_and_names_leave_no_ghost(ran):
    session, _ = ran()
    session.view_step(1)
    session.rename("Another title")
    session.view_step(2)
    session.view_step(5)
    session.descend(1)
    assert session.runs == ()


def test_a_step_back_that_is_taken_again_leaves_no_ghost(ran):
    session, _ = ran()
    end = session.project.parameters
    session.view_step(4)
    session.descend(1)
    assert (session.project.parameters == end).all()
    assert (session.runs, session.history.end) == ((), 5)


def test_a_step_that_can_not_be_taken_or_an_edit_that_is_refused_leaves_no_ghost(ran, by):
    session, refused = ran()
    session.view_step(2)
    session.set_learning_rate(99.0)
    session.set_parameter(0, float("nan"))
    session.set_parameter(0, float(session.viewed.parameters[0]))
    assert len(refused) == 2
    assert session.runs == ()


def test_each_branch_keeps_the_run_before_it(ran):
    session, _ = ran()
    for rate in (0.01, 0.02, 0.001):
        session.view_step(2)
        session.set_learning_rate(rate)
        session.descend(4)
    assert [run.project.recipe.learning_rate for run in session.runs] == [0.004, 0.01, 0.02]
    assert [run.step for run in session.runs] == [5, 6, 6]
    for run in session.runs:
        data = run.project.data
        assert run.loss == measured_loss(run.project.recipe, run.path[-1], data.x, data.y)


def test_when_twelve_are_kept_the_oldest_that_nobody_asked_for_gives_way(ran):
    session, refused = ran()
    session.view_step(2)
    session.set_learning_rate(0.01)
    session.descend(1)
    session.view_step(2)
    session.set_learning_rate(0.02)
    session.descend(1)
    oldest, second = session.runs
    session.rename_run(0, "mine")
    assert not session.runs[0].is_automatic
    pinned(session, 10)
    assert len(session.runs) == 12
    session.set_learning_rate(0.03)
    session.descend(3)
    session.view_step(2)
    session.set_learning_rate(0.04)
    runs = session.runs
    assert len(runs) == 12
    assert runs[0].name == "mine"
    assert runs[0].project is oldest.project
    assert second not in runs
    assert runs[-1].is_automatic
    assert runs[-1].step == 6
    assert refused == []


def test_when_twelve_are_pinned_the_old_run_is_not_kept_and_the_edit_is_done(ran):
    session, refused = ran()
    pinned(session, MOST_RUNS)
    runs = session.runs
    session.descend(1)
    session.view_step(2)
    session.set_learning_rate(0.02)
    assert session.project.recipe.learning_rate == 0.02
    assert session.runs is runs
    assert refused == []


def test_another_document_comes_without_the_runs_of_the_one_before(ran, by):
    session, _ = ran()
    session.pin_run()
    heard = by.heard(session.runs_changed)
    session.open(by.project("one-weight"), None)
    assert session.runs == ()
    assert heard == [()]
    session.open(by.project("xor"), None)
    assert heard == [()]
    assert session.undo_stack.count() == 0


def test_a_ghost_keeps_the_data_and_the_shape_it_had(ran):
    session, _ = ran("xor")
    session.view_step(2)
    session.add_node(1)
    (ghost,) = session.runs
    assert not ghost.fits(session.project.network)
    session.undo_stack.undo()
    session.view_step(2)
    session.set_value(0, 0, 0.25)
    (ghost,) = session.runs
    assert ghost.project.data.cell(0, 0) != 0.25
    assert ghost.fits(session.project.network)
    assert ghost.loss == measured_loss(
        ghost.project.recipe, ghost.path[-1], ghost.project.data.x, ghost.project.data.y
    )  # fmt: skip


def test_a_run_from_an_earlier_step_goes_on_as_the_engine_does(ran, by):
    session, _ = ran("mini-batches", 9)
    session.view_step(4)
    session.set_learning_rate(0.05)
    base = session.project
    session.descend(6)
    assert by.same_bits(session.project.parameters, by.trained(base, 6).parameters)
    assert by.same_bits(session.runs[0].path[-1], by.trained(by.project("mini-batches"), 9).parameters)
