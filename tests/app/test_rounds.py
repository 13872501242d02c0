"""The same again and again: what was opened, trained, edited, saved and left leaves nothing behind."""

import gc
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtGui import QUndoStack

from gdstudio.document.datasets import Data
from gdstudio.document.project import Project
from gdstudio.session.history import History
from gdstudio.teaching.picture import Picture

OURS = (Project, Data, History, Picture)
FIRST = 3
"""Rounds after which everything that is kept for good is there."""


def alive() -> Counter:
    """How many values of ours there are, how many Qt objects, and how many open files."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    objects = gc.get_objects()
    counts = Counter(type(each).__name__ for each in objects if isinstance(each, OURS))
    counts["Qt objects"] = sum(isinstance(each, QObject) for each in objects)
    folder = Path("/proc/self/fd")
    counts["open files"] = len(list(folder.iterdir())) if folder.is_dir() else 0
    return counts


def one_round(desk, dialogs, folder: Path) -> None:
    stack: QUndoStack = desk.session.undo_stack
    table, file, program = folder / "table.csv", folder / "work.gds", folder / "work.py"
    table.write_text("kind,x,y\n" + "".join(f"{'ab'[k % 2]},{k},{2 * k}\n" for k in range(20)))
    dialogs.answer = dialogs.buttons.Discard
    desk.do("newAction", "stepAction")
    dialogs.opens = table
    desk.do("openAction", "stepAction", "pinRunAction")
    desk.session.descend(50, key="run")
    first = stack.count()
    desk.type_weight(0, "0.25")
    desk.studio.recovery.write()  # as after some seconds; from then on the window holds its lock
    desk.do("newStartAction", "stepAction")
    while stack.canUndo():
        stack.undo()
    assert desk.session.project.state.step == 0
    while stack.canRedo():
        stack.redo()
    assert stack.count() > first
    dialogs.saves = file
    desk.do("saveAsAction")
    dialogs.saves = program
    desk.do("exportCodeAction")
    dialogs.opens = file
    desk.do("newAction", "openAction")
    assert desk.session.path == file
    desk.check_screen()


@pytest.mark.parametrize("rounds", [6, pytest.param(200, marks=pytest.mark.nightly)])
def test_rounds_of_work_leave_nothing_behind(desk, dialogs, tmp_path, rounds):
    seen = []
    for number in range(rounds):
        one_round(desk, dialogs, tmp_path)
        if number + 1 in (FIRST, rounds):
            seen.append(alive())
    before, after = seen
    assert after == before, after - before
    written = {path.name for path in tmp_path.iterdir()} - {"studio.ini"}
    assert written == {"recovery", "table.csv", "work.gds", "work.gds.bak", "work.py"}
