import pytest
from PySide6.QtGui import QUndoCommand, QUndoStack

from gdstudio.document.examples import load_example
from gdstudio.session.commands import Moment, Snapshot
from gdstudio.session.history import History


@pytest.fixture
def moments(qapp) -> list[Moment]:
    project = load_example("one-weight")
    return [Moment(project, History(project)) for _ in range(4)]


@pytest.fixture
def stack(qapp) -> QUndoStack:
    return QUndoStack()


def test_a_snapshot_installs_the_moment_after_and_undo_the_moment_before(stack, moments):
    installed: list[Moment] = []
    stack.push(Snapshot("Change", moments[0], moments[1], "", installed.append))
    stack.undo()
    stack.redo()
    assert installed == [moments[1], moments[0], moments[1]]
    assert stack.undoText() == "Change"


@pytest.mark.parametrize(("keys", "entries"), [(("a", "a", "a"), 1), (("a", "b", "a"), 3), (("", "", ""), 3)])
def test_only_snapshots_with_the_same_key_in_a_row_merge(stack, moments, keys, entries):
    installed: list[Moment] = []
    for number, key in enumerate(keys):
        stack.push(Snapshot(f"Change {number}", moments[number], moments[number + 1], key, installed.append))
    assert (stack.count(), stack.undoText()) == (entries, "Change 2")
    while stack.canUndo():
        stack.undo()
    assert installed[-1] is moments[0]
    while stack.canRedo():
        stack.redo()
    assert installed[-1] is moments[3]


def test_a_snapshot_never_merges_with_a_stranger(moments):
    snapshot = Snapshot("Change", moments[0], moments[1], "a", [].append)
    assert snapshot.mergeWith(QUndoCommand("Other")) is False
    assert snapshot.text() == "Change"
