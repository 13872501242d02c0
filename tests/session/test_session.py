from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gdstudio.document import edits, files
from gdstudio.document.datasets import plain_data, with_scaling
from gdstudio.document.errors import ProjectError
from gdstudio.document.project import NodeRef, new_project
from gdstudio.engine import Network, Outcome, Recipe

WISHES = [
    ("hidden-layer", "set_parameter", (0, 1.5), "Change input 1 → hidden 1"),
    ("hidden-layer", "set_locked", (2, True), "Lock input 2 → hidden 1"),
    ("hidden-layer", "set_learning_rate", (0.02,), "Change learning rate"),
    ("hidden-layer", "retreat", (), "Back to step 0 with learning rate 0.002"),
    ("hidden-layer", "set_loss", ("half_mse",), "Change loss"),
    ("hidden-layer", "set_hidden_activation", ("tanh",), "Change activation"),
    ("hidden-layer", "set_activation", (2, "tanh"), "Change activation of layer 2"),
    ("mini-batches", "set_batch_size", (2,), "Change batch size"),
    ("hidden-layer", "set_bias", (True,), "Add biases"),
    ("mini-batches", "set_bias", (False,), "Remove biases"),
    ("hidden-layer", "add_node", (1,), "Add node"),
    ("hidden-layer", "remove_node", (NodeRef(1, 0),), "Remove hidden 1"),
    ("hidden-layer", "remove_last_node", (1,), "Remove hidden 2"),
    ("hidden-layer", "add_layer", (1,), "Add layer"),
    ("hidden-layer", "remove_layer", (1,), "Remove layer"),
    ("hidden-layer", "rename_node", (NodeRef(1, 0), "gate"), "Rename node"),
    ("hidden-layer", "rename", ("The lecture",), "Rename"),
    ("hidden-layer", "set_value", (0, 2, 7.0), "Change target"),
    ("mini-batches", "set_scaling", ("unit",), "Change scaling"),
    ("hidden-layer", "set_target", ("input 1",), "Make input 1 the target"),
    ("hidden-layer", "new_start", (), "New start"),
]

REFUSED = [
    ("one-weight", "set_parameter", (0, float("inf"))),
    ("one-weight", "set_parameter", (0, float("nan"))),
    ("one-weight", "set_learning_rate", (0.0,)),
    ("one-weight", "set_learning_rate", (10.1,)),
    ("one-weight", "set_batch_size", (2,)),
    ("one-weight", "set_loss", ("no loss",)),
    ("one-weight", "set_activation", (1, "no activation")),
    ("one-weight", "remove_layer", (1,)),
    ("one-weight", "remove_last_node", (0,)),
    ("one-weight", "remove_last_node", (1,)),
    ("one-weight", "rename", ("x" * 81,)),
    ("one-weight", "rename_node", (NodeRef(0, 0), "x" * 81)),
    ("one-weight", "set_value", (0, 0, float("-inf"))),
    ("one-weight", "set_target", ("no column",)),
]


def entries(session) -> list[str]:
    return [session.undo_stack.text(position) for position in range(session.undo_stack.count())]


# Undo.


@pytest.mark.parametrize(("name", "wish", "arguments", "text"), WISHES, ids=[f"{row[1]}-{row[3]}" for row in WISHES])
def test_a_wish_is_one_named_entry_whose_undo_and_redo_bring_back_the_very_same_projects(
    session_on, by, name, wish, arguments, text
):
    session = session_on(name)
    before, heard = session.project, by.heard(session.viewed_changed)
    getattr(session, wish)(*arguments)
    after = session.project
    assert after is not before
    assert entries(session) == [text]
    session.undo_stack.undo()
    assert session.project is before
    assert session.viewed is before
    session.undo_stack.redo()
    assert session.project is after
    assert heard == [after, before, after]


@pytest.mark.parametrize(("name", "wish", "arguments"), REFUSED, ids=[f"{row[1]}-{row[2]}" for row in REFUSED])
def test_a_refused_wish_says_so_once_and_changes_nothing(session_on, by, name, wish, arguments):
    session = session_on(name)
    session.descend(3)
    session.set_learning_rate(0.02)
    session.undo_stack.undo()
    project, history = session.project, session.history
    refused, viewed = by.heard(session.refused), by.heard(session.viewed_changed)
    assert getattr(session, wish)(*arguments) is False
    assert len(refused) == 1
    assert refused[0].endswith(".")
    assert (session.project, session.viewed, session.history) == (project, project, history)
    assert (session.undo_stack.count(), session.undo_stack.index(), viewed) == (2, 1, [])
    assert session.undo_stack.canRedo()


def test_an_edit_that_raises_halfway_leaves_nothing_behind(session_on, by):
    session = session_on()
    refused = by.heard(session.refused)

    def broken(project):
        raise ProjectError("Not today.")

    assert session.apply(broken, "Break") is False
    assert refused == ["Not today."]
    assert session.undo_stack.count() == 0


def test_an_edit_that_returns_the_same_project_leaves_no_entry(session_on, by):
    session = session_on()
    heard = by.heard(session.viewed_changed)
    assert session.apply(lambda project: project, "Nothing") is True
    assert (session.undo_stack.count(), heard) == (0, [])


@pytest.mark.parametrize(
    ("wish", "arguments"),
    [
        ("set_parameter", lambda project: (0, float(project.parameters[0]))),
        ("set_locked", lambda _: (0, False)),
        ("set_learning_rate", lambda project: (project.recipe.learning_rate,)),
        ("set_optimizer", lambda project: (project.recipe.optimizer,)),
        ("set_loss", lambda project: (project.recipe.loss,)),
        ("set_batch_size", lambda project: (project.recipe.batch_size,)),
        ("set_activation", lambda project: (1, project.network.activations[0])),
        ("set_hidden_activation", lambda project: (project.network.activations[0],)),
        ("set_bias", lambda project: (project.network.bias,)),
        ("set_value", lambda project: (0, 0, float(project.data.raw_x[0, 0]))),
        ("rename", lambda project: (project.title,)),
        ("rename_node", lambda _: (NodeRef(0, 0), "")),
    ],
    ids=lambda value: value if isinstance(value, str) else "again",
)
def test_a_wish_for_what_is_so_already_leaves_no_entry_and_cuts_no_history(session_on, wish, arguments):
    session = session_on("mini-batches")
    session.descend(10)
    session.view_step(4)
    seen, history = session.viewed, session.history
    getattr(session, wish)(*arguments(seen))
    assert session.undo_stack.count() == 1
    assert session.viewed is seen
    assert session.history is history


@pytest.mark.parametrize("wish", ["set_parameter", "set_learning_rate"])
def test_a_gesture_is_one_entry_and_the_next_gesture_another(session_on, wish):
    session = session_on()
    first = session.project

    def move(value: float, gesture: int) -> None:
        arguments = (0, value) if wish == "set_parameter" else (value,)
        getattr(session, wish)(*arguments, gesture)

    for value in (0.1, 0.2, 0.3):
        move(value, 1)
    middle = session.project
    for value in (0.4, 0.5):
        move(value, 2)
    last = session.project
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    assert session.project is middle
    session.undo_stack.undo()
    assert session.project is first
    session.undo_stack.redo()
    session.undo_stack.redo()
    assert session.project is last


def test_edits_without_a_gesture_never_merge(session_on):
    session = session_on()
    for value in (0.1, 0.2, 0.3):
        session.set_parameter(0, value)
        session.set_learning_rate(value)
    assert session.undo_stack.count() == 6


def test_a_drag_and_a_slider_with_the_same_number_are_two_entries(session_on):
    session = session_on()
    session.set_parameter(0, 1.0, 1)
    session.set_learning_rate(0.02, 1)
    session.set_parameter(0, 1.5, 1)
    assert session.undo_stack.count() == 3


def test_undo_all_returns_the_first_project_and_redo_all_the_last(session_on):
    session = session_on("mini-batches")
    seen = [session.project]
    for change in (
        lambda: session.descend(5, key="run 1"),
        lambda: session.set_learning_rate(0.05),
        lambda: session.descend(4),
        lambda: session.add_node(1),
        lambda: session.descend(3, key="run 2"),
        lambda: session.rename("Twice"),
        session.new_start,
        lambda: session.set_scaling("standard"),
    ):
        change()
        seen.append(session.project)
    for project in seen[-2::-1]:
        session.undo_stack.undo()
        assert session.project is project
    assert not session.undo_stack.canUndo()
    for project in seen[1:]:
        session.undo_stack.redo()
        assert session.project is project


# Descent.


def test_one_step_of_the_lecture_weight_lands_at_2_24_and_undo_returns_it(session_on):
    session = session_on("one-weight")
    run = session.descend(1)
    assert session.project.parameters.tolist() == [2.24]
    assert (run.outcome, entries(session)) == (Outcome.DONE, ["Step 1"])
    session.undo_stack.undo()
    assert session.project.parameters.tolist() == [2.0]


def test_a_whole_run_is_one_entry_and_two_runs_are_two(session_on):
    session = session_on()
    for key in ("run 1", "run 1", "run 1", "run 2", "run 2"):
        session.descend(1000 if key == "run 1" else 7, key=key)
    assert entries(session) == ["Run to step 3,000", "Run to step 3,014"]
    session.undo_stack.undo()
    assert session.project.state.step == 3000
    session.undo_stack.undo()
    assert session.project.state.step == 0


def test_single_steps_are_single_entries(session_on):
    session = session_on()
    for _ in range(3):
        session.descend(1)
    assert entries(session) == ["Step 1", "Step 2", "Step 3"]


def test_steps_that_could_not_be_taken_leave_no_entry(session_on):
    session = session_on()
    session.set_parameter(0, 1e200)
    before = session.project
    assert session.descend(5).outcome is Outcome.DIVERGED
    assert session.project is before
    assert session.undo_stack.count() == 1


@pytest.mark.parametrize("name", ["one-weight", "hidden-layer", "xor", "mini-batches"])
def test_fifty_steps_one_by_one_are_fifty_steps_at_once_bit_for_bit(session_on, by, name):
    session = session_on(name)
    project = session.project
    for _ in range(50):
        session.descend(1)
    assert by.same_bits(session.project.parameters, by.trained(project, 50).parameters)


def test_previewing_a_step_takes_none(session_on, by):
    session = session_on("mini-batches")
    heard, before = by.heard(session.viewed_changed), session.project
    coming, outcome = session.previewed()
    assert (session.project, session.undo_stack.count(), heard) == (before, 0, [])
    assert outcome is Outcome.DONE
    session.descend(1)
    assert by.same_bits(coming.parameters, session.project.parameters)


def test_the_start_survives_a_run_and_reset_returns_it_bit_for_bit(session_on):
    session = session_on("mini-batches")
    start = session.project.start
    session.descend(9)
    session.set_learning_rate(0.5)
    session.reset()
    assert entries(session)[-1] == "Reset"
    assert session.project.state is start
    assert session.project.recipe.learning_rate == 0.5
    session.undo_stack.undo()
    assert session.project.state.step == 9


# Looking at other steps.


def test_scrubbing_pushes_nothing_and_leaves_the_document_as_it_is(session_on, by):
    session = session_on("mini-batches")
    first = session.project
    session.descend(20, key="run 1")
    document, heard = session.project, by.heard(session.viewed_changed)
    for step in (3, 19, 0, 20):
        session.view_step(step)
        assert session.viewed.state.step == step
        assert by.same_bits(session.viewed.parameters, by.trained(first, step).parameters)
        assert session.project is document
    assert session.viewed is document
    assert (len(heard), session.undo_stack.count()) == (4, 1)


def test_scrubbing_stops_at_both_ends_and_says_nothing_twice(session_on, by):
    session = session_on()
    session.descend(5)
    heard = by.heard(session.viewed_changed)
    session.view_step(99)
    assert heard == []
    session.view_step(-7)
    session.view_step(-1)
    session.view_step(0)
    assert [project.state.step for project in heard] == [0]


@pytest.mark.parametrize("change", ["edit", "step", "run"])
def test_going_on_from_an_earlier_step_is_one_entry_whose_undo_brings_the_full_history_back(session_on, by, change):
    session = session_on("mini-batches")
    first = session.project
    session.descend(20)
    document, history = session.project, session.history
    session.view_step(8)
    match change:
        case "edit":
            session.set_parameter(0, 0.125)
        case "step":
            session.descend(1)
        case "run":
            session.descend(2, key="run 1")
            session.descend(3, key="run 1")
    assert session.undo_stack.count() == 2
    assert session.history.end == session.project.state.step == {"edit": 8, "step": 9, "run": 13}[change]
    after = session.project
    session.undo_stack.undo()
    assert (session.project, session.viewed, session.history, session.history.end) == (document, document, history, 20)
    session.view_step(15)
    assert by.same_bits(session.viewed.parameters, by.trained(first, 15).parameters)
    session.undo_stack.redo()
    assert session.viewed is after


def test_after_undoing_a_run_its_steps_can_still_be_looked_at_and_gone_on_from(session_on, by):
    session = session_on("mini-batches")
    first = session.project
    session.descend(10, key="run 1")
    session.undo_stack.undo()
    assert (session.viewed, session.history.end) == (first, 10)
    session.view_step(10)
    session.descend(5)
    assert by.same_bits(session.project.parameters, by.trained(first, 15).parameters)
    assert session.history.end == 15


def test_a_step_after_an_undone_run_begins_a_history_of_its_own(session_on):
    session = session_on()
    session.descend(10, key="run 1")
    session.undo_stack.undo()
    session.descend(1)
    assert (session.project.state.step, session.history.end) == (1, 1)


# Names.


def test_renaming_keeps_the_history_and_every_step_bears_the_new_name(session_on):
    session = session_on("hidden-layer")
    session.descend(6)
    history = session.history
    session.rename("The lecture")
    session.rename_node(NodeRef(1, 0), "gate")
    assert session.history is history
    session.view_step(2)
    assert session.viewed.title == "The lecture"
    assert session.viewed.names[1][0] == "gate"


def test_renaming_while_an_earlier_step_is_looked_at_keeps_looking_there(session_on):
    session = session_on("hidden-layer")
    session.descend(6)
    session.view_step(2)
    session.rename("The lecture")
    assert (session.viewed.state.step, session.viewed.title) == (2, "The lecture")
    assert (session.project.state.step, session.project.title) == (6, "The lecture")


def test_an_edit_begins_from_what_is_looked_at_and_not_from_the_documents_end(session_on, by):
    session = session_on()
    session.descend(4)
    session.view_step(1)
    seen = session.viewed
    session.set_learning_rate(0.02)
    assert session.project.state is seen.state


# The document.


def test_opening_replaces_everything_and_forgets_the_undo(session_on, by, tmp_path):
    session = session_on()
    session.descend(3)
    other = by.project("two-weights")
    viewed, changed = by.heard(session.viewed_changed), by.heard(session.document_changed)
    session.open(other, tmp_path / "other.gds")
    assert (session.project, session.viewed, session.path) == (other, other, tmp_path / "other.gds")
    assert (session.undo_stack.count(), session.is_modified, session.history.end) == (0, False, 0)
    assert viewed == [other]
    assert changed


def test_changes_are_unsaved_until_saved_and_undo_to_the_saved_moment_is_clean(session_on, by, tmp_path):
    session = session_on()
    path, changed = tmp_path / "one.gds", by.heard(session.document_changed)
    assert not session.is_modified
    session.set_parameter(0, 5.0)
    assert session.is_modified
    assert session.save(path) is True
    assert (session.is_modified, session.path) == (False, path)
    assert files.load(path).parameters.tolist() == [5.0]
    session.descend(1)
    assert session.is_modified
    session.undo_stack.undo()
    assert not session.is_modified
    session.undo_stack.undo()
    assert session.is_modified
    assert len(changed) >= 4


def test_a_file_saved_in_the_middle_of_a_gesture_or_a_run_stays_a_moment_to_return_to(session_on, tmp_path):
    session = session_on()
    session.descend(2, key="run 1")
    saved = session.project
    session.save(tmp_path / "middle.gds")
    session.descend(2, key="run 1")
    assert session.is_modified
    session.undo_stack.undo()
    assert session.project is saved
    assert not session.is_modified


def test_what_is_saved_is_the_document_and_not_what_is_looked_at(session_on, tmp_path):
    session = session_on()
    session.descend(5)
    session.view_step(2)
    session.save(tmp_path / "five.gds")
    assert files.load(tmp_path / "five.gds").state.step == 5


def test_a_file_that_cannot_be_written_is_refused_and_the_document_stays_unsaved(session_on, by, tmp_path):
    session = session_on()
    session.set_parameter(0, 5.0)
    refused = by.heard(session.refused)
    assert session.save(tmp_path / "no such folder" / "one.gds") is False
    assert len(refused) == 1
    assert (session.is_modified, session.path) == (True, None)


def test_no_wish_makes_a_document_that_could_not_be_opened_again(session_on, tmp_path):
    """4,095 weights are within the bounds of a document; with a bias for each node there would be 4,159."""
    network = Network((64, 63, 1), ("tanh", "linear"), bias=False)
    data = plain_data("wide", np.zeros((2, 64)), [[0.0], [1.0]])
    session = session_on(new_project("wide", Recipe(network), np.zeros(network.parameter_count), data))
    assert session.set_bias(True) is False
    assert session.save(tmp_path / "wide.gds")
    assert files.load(tmp_path / "wide.gds").network == network


def test_fifty_steps_then_a_file_then_fifty_more_are_a_hundred_steps_bit_for_bit(session_on, by, tmp_path):
    session = session_on("mini-batches")
    first = session.project
    session.descend(50)
    session.save(tmp_path / "half.gds")
    later = session_on(files.load(tmp_path / "half.gds"))
    later.descend(50)
    assert by.same_bits(later.project.parameters, by.trained(first, 100).parameters)
    assert (later.history.first, later.history.end) == (50, 100)


def test_a_file_opened_in_the_middle_of_a_descent_can_be_edited_reset_and_undone(session_on, by, tmp_path):
    session = session_on("one-weight")
    session.descend(3)
    session.save(tmp_path / "three.gds")
    later = session_on(files.load(tmp_path / "three.gds"))
    opened = later.project
    later.set_parameter(0, 1.0)
    assert (later.history.first, later.history.end) == (3, 3)
    later.reset()
    assert (later.project.parameters.tolist(), later.history.first, later.history.end) == ([2.0], 0, 0)
    later.undo_stack.undo()
    later.undo_stack.undo()
    assert later.project is opened
    assert later.history.first == 3


def test_the_same_network_can_learn_from_other_data_and_undo_returns_the_old(session_on, by):
    session = session_on("noisy-line")
    old = session.project.data
    session.set_data(by.project("penguins"))
    assert session.project.data.name == by.project("penguins").data.name
    session.undo_stack.undo()
    assert session.project.data is old


def test_an_edit_shares_what_it_did_not_change(session_on):
    session = session_on("mini-batches")
    session.descend(2)
    before = session.project
    session.set_learning_rate(0.3)
    after = session.project
    assert after.state is before.state
    assert after.data is before.data
    assert after.network is before.network
    session.set_parameter(0, 0.0)
    assert session.project.recipe is after.recipe
    with pytest.raises(ValueError, match="read-only"):
        session.project.parameters[0] = 1.0


def test_scaled_data_can_be_edited_in_its_own_units(session_on):
    session = session_on("penguins")
    data = session.project.data
    session.set_value(4, 0, 200.0)
    assert session.project.data.raw_x[4, 0] == 200.0
    assert session.project.data.x[4, 0] == pytest.approx((200.0 - data.center[0]) / data.scale[0])
    assert np.array_equal(np.delete(session.project.data.x, 4, 0), np.delete(data.x, 4, 0))
    assert edits.set_scaling(session.project, "none").data.scaling == with_scaling(data, "none").scaling
    assert replace(data, scaling="none").x is data.raw_x


def test_a_rate_that_slides_while_a_run_goes_on_is_part_of_the_runs_entry(session_on):
    session = session_on("hidden-layer")
    first = session.project
    session.run_key = "run 1"
    for rate in (0.005, 0.006, 0.007):
        session.descend(2, key=session.run_key)
        session.set_learning_rate(rate, 1)
    session.descend(2, key=session.run_key)
    assert entries(session) == ["Run to step 8"]
    session.undo_stack.undo()
    assert session.project is first


def test_a_document_keeps_its_file_when_the_folder_is_another(session_on, tmp_path, monkeypatch):
    session = session_on("xor")
    for day in ("monday", "tuesday"):
        (tmp_path / day).mkdir()
    monkeypatch.chdir(tmp_path / "monday")
    assert session.save(Path("a.gds"))
    assert session.path == tmp_path / "monday" / "a.gds"
    session.open(session.project, Path("a.gds"))
    monkeypatch.chdir(tmp_path / "tuesday")
    assert session.path == tmp_path / "monday" / "a.gds"
    assert not session.is_changed_on_disk(session.path)
    assert session.save(session.path)
    assert list((tmp_path / "tuesday").iterdir()) == []


# The file.


def test_a_file_is_changed_where_something_else_wrote_the_document_s_own(session_on, tmp_path):
    session, own, other = session_on("hidden-layer"), tmp_path / "a.gds", tmp_path / "b.gds"
    files.save(session.project, other)
    assert not session.is_changed_on_disk(other)
    assert session.save(own)
    assert not session.is_changed_on_disk(own)
    own.write_bytes(b"something else")
    assert session.is_changed_on_disk(own)
    # That something else stands in another place is the file dialog's question.
    assert not session.is_changed_on_disk(other)
    own.unlink()
    assert not session.is_changed_on_disk(own)


def test_what_was_opened_or_saved_is_known_and_not_read_again_to_be_kept(session_on, tmp_path, monkeypatch):
    session, path = session_on("hidden-layer"), tmp_path / "a.gds"
    files.save(session.project, path)
    session.open(files.load(path), path)
    monkeypatch.delattr(files, "is_good")
    for _ in range(2):
        session.descend(1)
        assert session.save(path)
    assert files.load(path.with_name("a.gds.bak")).state.step == 1
