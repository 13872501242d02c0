import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.project import new_project
from gdstudio.engine import Network, Outcome, Recipe, draw_parameters, loss_value, train
from gdstudio.session import history as history_module
from gdstudio.session.history import (
    KEYFRAME_BYTES,
    LOSS_SLOTS,
    History,
    LossLog,
    descend,
    joined,
    stretches_of,
)
from gdstudio.session.session import Session

BLOCK = history_module._BLOCK
SMALL = {"derandomize": True, "deadline": None, "database": None}


def loss_of_project(project) -> float:
    return loss_value(project.network, project.parameters, project.data.x, project.data.y, project.recipe.loss)


def log_of(losses, chunk: int = 50_000, first: int = 0) -> LossLog:
    log = LossLog(first)
    for start in range(0, len(losses), chunk):
        log.extend(losses[start : start + chunk])
    return log


def envelope_by_hand(losses, stride: int):
    """The lowest and the highest of every ``stride`` losses."""
    padded = np.append(losses, np.full(-len(losses) % stride, losses[-1])).reshape(-1, stride)
    return padded.min(axis=1), padded.max(axis=1)


def differing(one, other) -> list[int]:
    """Where two arrays differ first: nowhere, when they hold the same bits."""
    if len(one) != len(other):
        return [min(len(one), len(other))]
    return np.flatnonzero(np.asarray(one) != np.asarray(other))[:3].tolist()


def assert_envelope(log: LossLog, losses) -> None:
    steps, low, high = log.columns()
    expected_low, expected_high = envelope_by_hand(losses, log.stride)
    assert log.count == len(losses)
    assert differing(steps, log.first + log.stride * np.arange(len(expected_low))) == []
    assert differing(low, expected_low) == []
    assert differing(high, expected_high) == []


def noisy_losses(count: int):
    return np.random.default_rng(count).lognormal(size=count)


# The log of losses.


@pytest.mark.parametrize("chunk", [1, 1000, BLOCK, 3 * BLOCK + 1])
def test_a_log_keeps_every_loss_whatever_the_size_of_the_pieces(chunk):
    losses = noisy_losses(2 * BLOCK + 700)
    log = log_of(losses, chunk, first=12)
    assert log.stride == 1
    assert_envelope(log, losses)


@pytest.mark.parametrize("count", [LOSS_SLOTS - 1, LOSS_SLOTS, LOSS_SLOTS + 1, 2 * LOSS_SLOTS + 3, 5 * LOSS_SLOTS + 7])
def test_a_long_log_stays_bounded_and_its_envelope_is_that_of_all_losses(count):
    losses = noisy_losses(count)
    log = log_of(losses, 77_777, first=3)
    slots = len(log.columns()[0])
    assert slots < LOSS_SLOTS
    assert sum(block.nbytes for block in log._blocks) <= 2 * 8 * (LOSS_SLOTS + BLOCK)
    assert log.stride == 2 ** max(0, (count // LOSS_SLOTS).bit_length())
    assert_envelope(log, losses)


@pytest.mark.parametrize("count", [1, 5, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
def test_a_log_cut_short_is_the_log_of_the_first_losses(count):
    losses = noisy_losses(2 * BLOCK)
    assert_envelope(log_of(losses).cut(count), losses[:count])


@pytest.mark.parametrize("count", [5, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK])
@pytest.mark.parametrize("written_first", ["the copy", "the original"])
def test_neither_a_log_nor_its_cut_copy_ever_writes_what_the_other_holds(count, written_first):
    losses = noisy_losses(2 * BLOCK)
    log = log_of(losses)
    copy = log.cut(count)
    new, more = noisy_losses(100), noisy_losses(101)
    logs = [copy, log] if written_first == "the copy" else [log, copy]
    for each in logs:
        each.replace_last_slot(np.array([-1.0 if each is copy else -2.0]))
        each.extend(new if each is copy else more)
    assert_envelope(copy, np.concatenate([losses[: count - 1], [-1.0], new]))
    assert_envelope(log, np.concatenate([losses[:-1], [-2.0], more]))


@pytest.mark.parametrize("extra", [1, 2 * BLOCK - 1, 2 * BLOCK, 2 * BLOCK + 1])
def test_a_copy_of_a_bundled_log_and_its_original_go_on_apart(extra):
    losses = noisy_losses(LOSS_SLOTS + extra)
    log = log_of(losses)
    assert log.stride == 2
    copy = log.cut(log.count)
    rising, falling = np.full(3, 1e6), np.full(3, -1e6)
    copy.extend(rising)
    log.extend(falling)
    assert_envelope(copy, np.concatenate([losses, rising]))
    assert_envelope(log, np.concatenate([losses, falling]))


@pytest.mark.parametrize("count", [2, 1000, LOSS_SLOTS, LOSS_SLOTS + 4])
def test_a_bundled_log_cut_between_two_slots_is_the_log_of_the_first_losses(count):
    losses = noisy_losses(LOSS_SLOTS + 500)
    assert_envelope(log_of(losses).cut(count), losses[:count])


@pytest.mark.parametrize("count", [3999, 4000, 4001, 4003, 4 * LOSS_SLOTS])
def test_a_bundled_log_cut_within_a_slot_takes_that_slots_losses_anew_and_goes_on(count):
    losses = noisy_losses(4 * LOSS_SLOTS)
    log = log_of(losses).cut(count)
    kept = np.append(losses[: count - 1], 1e9)
    assert log.in_last_slot == (count - 1) % log.stride + 1
    log.replace_last_slot(kept[-log.in_last_slot :])
    assert_envelope(log, kept)
    log.extend(losses[:11])
    assert_envelope(log, np.concatenate([kept, losses[:11]]))


# The project at any step.


def assert_history_is(history: History, projects) -> None:
    """Every step of ``history`` is the project in ``projects``, state and recipe and loss, bit for bit."""
    present = projects[-1]
    assert (history.first, history.end) == (projects[0].state.step, present.state.step)
    for project in projects:
        found = history.project_at(project.state.step, present)
        assert found.state.step == project.state.step
        assert found.parameters.tobytes() == project.parameters.tobytes()
        assert (found.recipe, found.data) == (project.recipe, project.data)
        assert found.start.parameters.tobytes() == project.start.parameters.tobytes()
    timeline = history.timeline(present.state.step, 0.0)
    assert timeline.low.tobytes() == timeline.high.tobytes()
    assert timeline.low.tolist() == [loss_of_project(project) for project in projects]
    assert timeline.steps.tolist() == [project.state.step for project in projects]


def stepped_to(projects, steps: int):
    """Append ``steps`` single steps of the engine to a list of projects."""
    for _ in range(steps):
        last = projects[-1]
        projects.append(edits.descended(last, train(last.recipe, last.state, last.data.x, last.data.y, 1).state))
    return projects


@pytest.mark.parametrize("name", ["one-weight", "hidden-layer", "xor", "mini-batches"])
@pytest.mark.parametrize("pieces", [[37], [1] * 37, [10, 1, 26]])
def test_the_project_at_every_step_is_that_of_training_straight_to_it(session_on, by, name, pieces):
    session = session_on(name)
    projects = stepped_to([session.project], sum(pieces))
    for steps in pieces:
        session.descend(steps)
    assert_history_is(session.history, projects)


EDITS_IN_THE_MIDDLE = {
    "learning rate": lambda session: session.set_learning_rate(0.003),
    "weight": lambda session: session.set_parameter(1, 0.75),
    "loss": lambda session: session.set_loss("half_mse"),
    "lock": lambda session: session.set_locked(0, True),
    "activation": lambda session: session.set_hidden_activation("sigmoid"),
    "target": lambda session: session.set_value(0, 2, 3.5),
    "optimizer": lambda session: session.set_optimizer("sgd"),
    "batch": lambda session: session.set_batch_size(None),
}


@pytest.mark.parametrize("change", EDITS_IN_THE_MIDDLE)
@pytest.mark.parametrize("name", ["hidden-layer", "mini-batches"])
def test_an_edit_in_the_middle_counts_from_its_step_on_and_the_steps_before_stay(session_on, name, change):
    session = session_on(name)
    projects = stepped_to([session.project], 12)
    session.descend(12)
    EDITS_IN_THE_MIDDLE[change](session)
    projects = stepped_to([*projects[:-1], session.project], 9)
    session.descend(9)
    assert_history_is(session.history, projects)


def test_several_edits_at_one_step_leave_the_last_and_an_edit_of_the_past_cuts_there(session_on):
    session = session_on("mini-batches")
    projects = stepped_to([session.project], 10)
    session.descend(10)
    for value in (0.1, 0.2, 0.3):
        session.set_parameter(0, value)
    projects = stepped_to([*projects[:-1], session.project], 10)
    session.descend(10)
    session.view_step(15)
    session.set_learning_rate(0.01)
    projects = stepped_to([*projects[:15], session.project], 6)
    session.descend(6)
    assert_history_is(session.history, projects)
    session.view_step(4)
    session.set_loss("half_mse")
    assert_history_is(session.history, [*projects[:4], session.project])


def test_undoing_an_edit_of_the_past_leaves_the_old_losses_as_they_were(session_on):
    """At a step whose loss ends a block, where the logs of both histories meet."""
    session = session_on("xor")
    session.descend(BLOCK + 10)
    before = session.history.timeline(0, 0.0).low.copy()
    for step in (BLOCK - 2, BLOCK - 1, BLOCK):
        session.view_step(step)
        session.set_parameter(0, 40.0)
        session.undo_stack.undo()
        assert differing(session.history.timeline(0, 0.0).low, before) == [], step


def test_an_edit_of_the_past_of_a_long_run_leaves_no_loss_of_the_dropped_steps(session_on, monkeypatch):
    """A slot of eight steps that the edit cuts in two: what came after it did not happen any more."""
    monkeypatch.setattr(history_module, "_BLOCK", 4)
    monkeypatch.setattr(history_module, "LOSS_SLOTS", 8)
    session = session_on("one-weight")
    projects = stepped_to([session.project], 37)
    session.descend(37)
    session.view_step(20)
    session.set_parameter(0, 1.0)
    session.descend(9)
    projects = stepped_to([*projects[:20], session.history.project_at(20, session.project)], 9)
    low, high = envelope_by_hand(np.array([*map(loss_of_project, projects)]), 8)
    timeline = session.history.timeline(20, 49.0)
    assert timeline.low.tolist() == low.tolist()
    assert timeline.high.tolist() == high.tolist()


def test_an_edit_before_the_first_step_begins_a_history_of_one(session_on):
    session = session_on()
    session.descend(5)
    session.view_step(0)
    session.set_parameter(0, 1.0)
    assert (session.history.first, session.history.end) == (0, 0)
    assert session.history.timeline(0, 0.0).low.tolist() == [49.0]


def test_a_change_of_shape_begins_a_history_of_one_and_undo_returns_the_old(session_on):
    session = session_on("hidden-layer")
    session.descend(5)
    history = session.history
    session.add_node(1)
    assert (session.history.end, session.project.state.step) == (0, 0)
    session.undo_stack.undo()
    assert session.history is history


@pytest.mark.parametrize("step", [-1, 6])
def test_a_step_outside_the_history_is_an_error(session_on, step):
    session = session_on()
    session.descend(5)
    with pytest.raises(IndexError, match="from step 0 to 5"):
        session.history.project_at(step, session.project)


def test_the_timeline_holds_the_ends_what_is_looked_at_and_its_loss(session_on):
    session = session_on()
    session.descend(4)
    timeline = session.history.timeline(2, 1.25)
    assert (timeline.first, timeline.step, timeline.end, timeline.loss) == (0, 2, 4, 1.25)
    assert timeline.low[0] == 16.0


def test_keyframes_are_thinned_so_that_a_run_of_any_length_has_a_bounded_number(session_on, by, monkeypatch):
    monkeypatch.setattr(history_module, "KEYFRAME_BYTES", 1)
    session = session_on("mini-batches")
    first = session.project
    for _ in range(300):
        session.descend(1, key="run 1")
    (segment,) = session.history._segments
    assert len(segment.keyframes) <= 64
    assert {0, 300} <= set(segment.keyframes)
    projects = stepped_to([first], 300)
    assert_history_is(session.history, projects)


def test_keyframes_of_a_large_network_keep_within_their_bytes():
    """By the numbers of the rule alone: 4,096 parameters are 32 kB a keyframe."""
    assert 64 < KEYFRAME_BYTES // (8 * 4096 + 512) < 4096


# Any order of doing and undoing.

DEEDS = st.one_of(
    st.tuples(st.just("run"), st.integers(1, 6), st.sampled_from(["", "run 1", "run 2"])),
    st.tuples(st.just("view"), st.integers(0, 30)),
    st.tuples(st.just("undo"), st.integers(1, 3)),
    st.tuples(st.just("redo"), st.integers(1, 3)),
    st.tuples(st.just("rate"), st.sampled_from([0.01, 0.05, 0.2]), st.integers(0, 2)),
    st.tuples(st.just("weight"), st.integers(0, 12), st.sampled_from([-1.0, 0.5, 2.0]), st.integers(0, 2)),
    st.tuples(st.just("lock"), st.integers(0, 12), st.booleans()),
    st.tuples(st.just("loss"), st.sampled_from(["mse", "half_mse"])),
    st.tuples(st.just("batch"), st.sampled_from([1, 3, None])),
    st.tuples(st.just("value"), st.integers(0, 6), st.sampled_from([-1.0, 1.0])),
    st.tuples(st.just("name"), st.sampled_from(["one", "two"])),
    st.tuples(st.just("reset")),
)


def do(session: Session, deed) -> None:
    match deed:
        case ("run", steps, key):
            session.descend(steps, key=key)
        case ("view", step):
            session.view_step(step)
        case ("undo", times):
            for _ in range(times):
                session.undo_stack.undo()
        case ("redo", times):
            for _ in range(times):
                session.undo_stack.redo()
        case ("rate", rate, gesture):
            session.set_learning_rate(rate, gesture)
        case ("weight", index, value, gesture):
            session.set_parameter(index, value, gesture)
        case ("lock", index, locked):
            session.set_locked(index, locked)
        case ("loss", name):
            session.set_loss(name)
        case ("batch", size):
            session.set_batch_size(size)
        case ("value", example, value):
            session.set_value(example, 2, value)
        case ("name", title):
            session.rename(title)
        case ("reset",):
            session.reset()


def assert_holds_together(session: Session) -> None:
    history, present = session.history, session.project
    assert history.first <= present.state.step <= history.end
    assert history.first <= session.viewed.state.step <= history.end
    for project in (present, session.viewed):
        found = history.project_at(project.state.step, present)
        assert found.parameters.tobytes() == project.parameters.tobytes()
        assert (found.recipe, found.title) == (project.recipe, present.title)
    timeline = history.timeline(present.state.step, 0.0)
    again = [loss_of_project(history.project_at(step, present)) for step in range(history.first, history.end + 1)]
    assert timeline.low.tolist() == timeline.high.tolist() == again


@settings(max_examples=150, **SMALL)
@given(deeds=st.lists(DEEDS, min_size=4, max_size=14))
def test_in_any_order_of_doing_and_undoing_the_history_reproduces_the_project_and_its_losses(qapp, by, deeds):
    session = Session(by.batched())
    for deed in deeds:
        do(session, deed)
    assert_holds_together(session)
    last = session.project
    first_of_stack = session.undo_stack.index()
    for _ in range(first_of_stack):
        session.undo_stack.undo()
        assert_holds_together(session)
    for _ in range(first_of_stack):
        session.undo_stack.redo()
    assert session.project is last
    session.undo_stack.clear()


@settings(max_examples=60, **SMALL)
@given(
    count=st.integers(1, 60),
    cuts=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 30), st.booleans()), max_size=5),
)
def test_a_family_of_cut_logs_with_tiny_blocks_never_mixes_up_its_losses(count, cuts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history_module, "_BLOCK", 4)
        losses = np.arange(count, dtype=float)
        family = [(log_of(losses), losses)]
        for number, (at, more, edited) in enumerate(cuts, start=1):
            parent, known = family[(at * 7) % len(family)]
            child, kept = parent.cut(at), known[:at].copy()
            if edited:
                child.replace_last_slot(np.array([-float(number)]))
                kept[-1] = -float(number)
            new = 1000.0 * number + np.arange(more)
            child.extend(new)
            family.append((child, np.concatenate([kept, new])))
        for log, known in family:
            assert_envelope(log, known)


# Long runs taken at once.


def test_a_long_run_is_taken_in_stretches_that_are_quick_to_compute_again(session_on, by):
    project = by.batched()
    longest = 4096
    runs = stretches_of(project, 10_000)
    assert [len(run.losses) - 1 for run in runs] == [longest, longest, 10_000 - 2 * longest]
    whole = descend(project, 10_000)
    one = joined(runs)
    assert by.same_bits(one.losses, whole.losses)
    assert by.same_bits(one.state.parameters, whole.state.parameters)
    assert (one.outcome, one.state.step) == (whole.outcome, whole.state.step)


def test_the_more_there_is_to_compute_the_shorter_a_stretch(by):
    random = np.random.default_rng(2)
    network = Network((8, 64, 8, 1), ("tanh", "tanh", "linear"))
    data = plain_data("large", random.normal(size=(400, 8)), random.normal(size=(400, 1)))
    large = new_project("large", Recipe(network), draw_parameters(network, 0), data)
    assert [len(run.losses) - 1 for run in stretches_of(large, 150)] == [32, 32, 32, 32, 22]
    assert [len(run.losses) - 1 for run in stretches_of(by.project("one-weight"), 150)] == [150]


def test_no_step_taken_is_a_run_of_one_loss(by):
    (run,) = stretches_of(by.batched(), 0)
    assert len(run.losses) == 1


def test_a_run_that_diverges_in_a_later_stretch_ends_where_one_in_one_go_does(by):
    project = edits.set_learning_rate(by.project("one-weight"), 0.113)
    whole, one = descend(project, 60_000), joined(stretches_of(project, 60_000))
    assert whole.outcome is Outcome.DIVERGED
    assert len(whole.losses) > 4097
    assert by.same_bits(one.losses, whole.losses)
    assert (one.outcome, one.state.step) == (whole.outcome, whole.state.step)


def test_any_step_of_a_long_run_taken_at_once_is_near_a_keyframe(session_on, by):
    session = session_on("mini-batches")
    session.descend(20_000)
    keyframes = sorted(step for segment in session.history._segments for step in segment.keyframes)
    assert max(np.diff(keyframes)) <= 4096
    assert session.undo_stack.count() == 1
    session.view_step(12_345)
    assert by.same_bits(session.viewed.parameters, by.trained(by.batched(), 12_345).parameters)
