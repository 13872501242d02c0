"""The losses of examples held out for testing, at every step of a history: after edits, undo, branches and bundling."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.document import edits, files
from gdstudio.document.datasets import with_test_share
from gdstudio.document.generators import usual
from gdstudio.engine import measured_loss, train_step
from gdstudio.session import history as history_module
from gdstudio.session.history import History, descend
from gdstudio.session.session import Session
from gdstudio.teaching.picture import picture_of


def held_out_project(by, share: float = 0.3, **changes):
    """2-3-1 on seven examples, two of them held out, three of the others a step, with momentum and a penalty."""
    project = by.batched(3)
    recipe = replace(project.recipe, l2=0.01, schedule="inverse", period=20, **changes)
    data = with_test_share(project.data, share, 5)
    return edits.set_optimizer(replace(project, recipe=recipe, data=data), "momentum")


def losses_of(project) -> list[float]:
    """The loss over the examples to learn from, and that over those held out if there are any."""
    parts = [(project.data.x, project.data.y), project.data.test]
    return [measured_loss(project.recipe, project.parameters, x, y) for x, y in parts if len(x)]


def stepped_to(projects, steps: int):
    """Append single steps of the engine, which knows nothing of examples held out, to a list of projects."""
    for _ in range(steps):
        last = projects[-1]
        state, _ = train_step(last.recipe, last.state, last.data.x, last.data.y)
        projects.append(edits.descended(last, state))
    return projects


def assert_both_losses(history: History, projects) -> None:
    """Every step of the history has both losses of the projects, to the bit, and its project is to be had again."""
    present = projects[-1]
    timeline = history.timeline(present.state.step, 0.0)
    expected = np.array([losses_of(project) for project in projects]).T
    assert timeline.steps.tolist() == [project.state.step for project in projects]
    for low, high, wanted in (
        (timeline.low, timeline.high, expected[0]),
        (timeline.test_low, timeline.test_high, expected[1]),
    ):
        assert low.tolist() == high.tolist() == wanted.tolist()
    for project in projects:
        found = history.project_at(project.state.step, present)
        assert found.parameters.tobytes() == project.parameters.tobytes()
        assert found.recipe == project.recipe
        assert found.data is project.data


@pytest.mark.parametrize("pieces", [[23], [1] * 23, [10, 1, 12]])
def test_every_step_has_the_loss_of_both_parts(session_on, by, pieces):
    session = session_on(held_out_project(by))
    projects = stepped_to([session.project], sum(pieces))
    for steps in pieces:
        session.descend(steps)
    assert_both_losses(session.history, projects)
    assert (session.history.timeline(0, 0.0).low != session.history.timeline(0, 0.0).test_low).all()


def test_without_examples_held_out_there_is_one_curve(session_on, by):
    session = session_on(by.batched())
    session.descend(5)
    timeline = session.history.timeline(5, 1.0)
    assert (timeline.test_loss, len(timeline.test_low), len(timeline.test_high)) == (None, 0, 0)
    assert len(timeline.low) == 6


def test_the_timeline_says_the_test_loss_of_what_is_looked_at(session_on, by):
    session = session_on(held_out_project(by))
    session.descend(9)
    for step in (4, 0, 9):
        session.view_step(step)
        picture = picture_of(session.viewed)
        timeline = session.history.timeline(step, picture.loss, picture.test_loss)
        assert timeline.test_loss == timeline.test_low[step]
        assert timeline.loss == timeline.low[step]


def test_what_is_watched_changes_no_bit_of_the_descent(by):
    project = held_out_project(by)
    alone = replace(project, data=replace(project.data, raw_x=project.data.x, raw_y=project.data.y, held_out=()))
    one, other = descend(project, 300), descend(alone, 300)
    assert one.state.parameters.tobytes() == other.state.parameters.tobytes()
    assert one.losses.tobytes() == other.losses.tobytes()
    assert (len(one.watched), len(other.watched)) == (301, 0)


EDITS_IN_THE_MIDDLE = {
    "learning rate": lambda session: session.set_learning_rate(0.03),
    "weight": lambda session: session.set_parameter(1, 0.75),
    "loss": lambda session: session.set_loss("huber"),
    "last activation": lambda session: session.set_last_activation("sigmoid"),
    "value": lambda session: session.set_value(2, 2, 3.5),
    "optimizer": lambda session: session.set_optimizer("adam"),
    "setting": lambda session: session.set_setting("momentum", 0.5),
    "schedule": lambda session: session.set_schedule("cosine"),
    "period": lambda session: session.set_period(5),
    "penalty": lambda session: session.set_penalty("l1", 0.05),
    "batch": lambda session: session.set_batch_size(None),
}


@pytest.mark.parametrize("change", EDITS_IN_THE_MIDDLE)
def test_an_edit_in_the_middle_counts_from_its_step_on_in_both_curves(session_on, by, change):
    session = session_on(held_out_project(by))
    projects = stepped_to([session.project], 8)
    session.descend(8)
    EDITS_IN_THE_MIDDLE[change](session)
    assert session.project.state.step == 8
    projects = stepped_to([*projects[:-1], session.project], 7)
    session.descend(7)
    assert_both_losses(session.history, projects)
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert_both_losses(session.history, stepped_to([projects[0]], 8))


def test_a_branch_from_an_earlier_step_has_both_curves_and_undo_brings_the_old_ones_back(session_on, by):
    session = session_on(held_out_project(by))
    projects = stepped_to([session.project], 20)
    session.descend(20)
    session.view_step(6)
    session.set_penalty("l2", 0.5)
    branch = stepped_to([*projects[:6], session.project], 5)
    session.descend(5)
    assert_both_losses(session.history, branch)
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert_both_losses(session.history, projects)
    session.view_step(11)
    session.descend(4)
    assert_both_losses(session.history, projects[:16])


def test_another_split_begins_a_history_with_two_curves_or_one_and_undo_returns_the_old(session_on, by):
    session = session_on(held_out_project(by))
    projects = stepped_to([session.project], 6)
    session.descend(6)
    old = session.history
    session.set_test_share(0.0)
    assert (session.history.first, session.history.end) == (0, 0)
    assert len(session.history.timeline(0, 0.0).test_low) == 0
    session.descend(3)
    session.set_test_share(0.5)
    assert len(session.history.timeline(0, 0.0).test_low) == 1
    assert_both_losses(session.history, [session.project])
    again = stepped_to([session.project], 4)
    session.descend(4)
    assert_both_losses(session.history, again)
    for _ in range(4):
        session.undo_stack.undo()
    assert session.history is old
    assert_both_losses(session.history, projects)


def test_a_file_opened_in_the_middle_has_both_curves_from_there_on(session_on, by, tmp_path):
    session = session_on(held_out_project(by))
    session.descend(12)
    session.save(tmp_path / "twelve.gds")
    later = session_on(files.load(tmp_path / "twelve.gds"))
    projects = stepped_to([later.project], 6)
    later.descend(6)
    assert_both_losses(later.history, projects)
    later.view_step(15)
    later.set_parameter(0, 1.0)
    assert_both_losses(later.history, [*projects[:3], later.project])
    later.set_test_share(0.5)
    assert (later.history.first, later.history.end) == (0, 0)
    assert_both_losses(later.history, [later.project])


def test_generated_data_made_anew_begins_a_history_of_its_own(session_on, by):
    session = session_on(edits.set_test_share(edits.set_generated(by.batched(), usual("line")), 0.25))
    session.descend(5)
    session.set_generated(replace(usual("line"), noise=0.5))
    assert (session.history.end, len(session.project.data.held_out)) == (0, 15)
    assert_both_losses(session.history, [session.project])


# Long runs, whose losses are kept in bundles.


def envelope_by_hand(losses, stride: int):
    padded = np.append(losses, np.full(-len(losses) % stride, losses[-1])).reshape(-1, stride)
    return padded.min(axis=1).tolist(), padded.max(axis=1).tolist()


def assert_bundled(session, projects, stride: int) -> None:
    timeline = session.history.timeline(0, 0.0)
    ours, theirs = np.array([losses_of(project) for project in projects]).T
    assert (timeline.low.tolist(), timeline.high.tolist()) == envelope_by_hand(ours, stride)
    assert (timeline.test_low.tolist(), timeline.test_high.tolist()) == envelope_by_hand(theirs, stride)
    assert len(timeline.steps) == len(timeline.low) == len(timeline.test_low)
    assert timeline.steps[:3].tolist() == [0.0, stride, 2.0 * stride]


@pytest.fixture
def small_logs(monkeypatch):
    """Logs that bundle their losses after eight slots."""
    monkeypatch.setattr(history_module, "_BLOCK", 4)
    monkeypatch.setattr(history_module, "LOSS_SLOTS", 8)


@pytest.mark.parametrize(("steps", "stride"), [(7, 2), (15, 4), (37, 8), (70, 16)])
@pytest.mark.parametrize("piece", [1, 1000])
def test_bundles_hold_the_lowest_and_highest_of_both_losses(session_on, by, small_logs, steps, stride, piece):
    session = session_on(held_out_project(by))
    projects = stepped_to([session.project], steps)
    while session.project.state.step < steps:
        session.descend(min(piece, steps - session.project.state.step))
    assert_bundled(session, projects, stride)


@pytest.mark.parametrize("step", [15, 16, 20, 23, 24, 37])
def test_an_edit_within_a_bundle_leaves_no_loss_of_the_dropped_steps_in_either_curve(session_on, by, small_logs, step):
    session = session_on(held_out_project(by))
    projects = stepped_to([session.project], 37)
    session.descend(37)
    session.view_step(step)
    session.set_parameter(0, 3.0)
    projects = stepped_to([*projects[:step], session.project], 9)
    session.descend(9)
    assert_bundled(session, projects, 8)


def test_an_edit_within_a_bundle_that_spans_an_earlier_edit_computes_both_losses_anew(session_on, by, small_logs):
    session = session_on(held_out_project(by))
    projects = stepped_to([session.project], 18)
    session.descend(18)
    session.set_penalty("l2", 0.4)
    projects = stepped_to([*projects[:-1], session.project], 18)
    session.descend(18)
    session.view_step(22)
    session.set_loss("mae")
    projects = stepped_to([*projects[:22], session.project], 14)
    session.descend(14)
    assert_bundled(session, projects, 8)


# Any order of doing and undoing.

DEEDS = st.one_of(
    st.tuples(st.just("descend"), st.integers(1, 6)),
    st.tuples(st.just("view_step"), st.integers(0, 30)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
    st.tuples(st.just("set_test_share"), st.sampled_from([0.0, 0.3, 0.5])),
    st.tuples(st.just("set_schedule"), st.sampled_from(["constant", "step", "cosine"])),
    st.tuples(st.just("set_period"), st.sampled_from([2, 9])),
    st.tuples(st.just("set_penalty"), st.sampled_from(["l1", "l2"]), st.sampled_from([0.0, 0.1])),
    st.tuples(st.just("set_optimizer"), st.sampled_from(["sgd", "adam", "momentum"])),
    st.tuples(st.just("set_setting"), st.just("momentum"), st.sampled_from([0.1, 0.8])),
    st.tuples(st.just("set_initializer"), st.sampled_from(["auto", "normal", "constant"])),
    st.tuples(st.just("set_value"), st.integers(0, 2), st.just(2), st.sampled_from([-1.0, 1.0])),
    st.tuples(st.just("set_loss"), st.sampled_from(["mse", "huber", "binary_crossentropy"])),
    st.tuples(st.just("set_batch_size"), st.sampled_from([1, 3, None])),
)


@settings(max_examples=80, derandomize=True, deadline=None, database=None)
@given(deeds=st.lists(DEEDS, min_size=4, max_size=12))
def test_in_any_order_of_doing_and_undoing_both_curves_are_those_of_their_steps(qapp, by, deeds):
    session = Session(held_out_project(by))
    for name, *arguments in deeds:
        if name in ("undo", "redo"):
            getattr(session.undo_stack, name)()
        else:
            getattr(session, name)(*arguments)
    history, present = session.history, session.project
    projects = [history.project_at(step, present) for step in range(history.first, history.end + 1)]
    timeline = history.timeline(present.state.step, 0.0)
    assert timeline.low.tolist() == [losses_of(project)[0] for project in projects]
    tested = [losses_of(project)[1] for project in projects] if present.data.held_out else []
    assert timeline.test_low.tolist() == timeline.test_high.tolist() == tested
    session.undo_stack.clear()
