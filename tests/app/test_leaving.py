"""Leaving a document with unsaved changes: by another one, or by closing the window, which each test has to itself."""

import pytest
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QApplication, QMessageBox

from gdstudio.document.document import Document
from gdstudio.document.examples import load_example
from gdstudio.document.files import encode, load
from gdstudio.document.lifeboat import Lifeboat, launch, reach

LEAVING = ("newAction", "openAction", "example-xor", "quitAction")


def left(desk, mine):
    """Whether the document with one step is not there any more."""
    return not desk.window.isVisible() or desk.session.project.state.step == 0


@pytest.mark.parametrize("wish", LEAVING)
def test_without_changes_nothing_is_asked(desk, dialogs, mine, wish):
    dialogs.opens = mine
    desk.do(wish)
    assert dialogs.questions == []


@pytest.mark.parametrize("wish", LEAVING)
def test_cancel_keeps_the_changed_document_open(changed, dialogs, mine, wish):
    project = changed.session.project
    changed.do(wish)
    assert len(dialogs.questions) == 1
    assert changed.session.project is project
    assert changed.window.isVisible()


@pytest.mark.parametrize("wish", LEAVING)
def test_discard_leaves_without_saving(changed, dialogs, mine, wish):
    dialogs.answer = dialogs.buttons.Discard
    changed.do(wish)
    assert left(changed, mine)
    assert dialogs.offered in ([], [""])


@pytest.mark.parametrize("wish", LEAVING)
def test_save_writes_the_file_and_leaves(changed, dialogs, mine, tmp_path, wish):
    dialogs.answer = dialogs.buttons.Save
    dialogs.saves = tmp_path / "kept.gds"
    changed.do(wish)
    assert load(tmp_path / "kept.gds").state.step == 1
    assert left(changed, mine)


@pytest.mark.parametrize("wish", LEAVING)
@pytest.mark.parametrize("place", ["", "missing/a.gds"], ids=["cancelled", "can't be written"])
def test_save_that_does_not_succeed_keeps_the_document_open(changed, dialogs, mine, tmp_path, wish, place):
    project = changed.session.project
    dialogs.answer = dialogs.buttons.Save
    dialogs.saves = tmp_path / place if place else ""
    changed.do(wish)
    assert changed.session.project is project
    assert changed.window.isVisible()
    assert bool(changed.message) is bool(place)


def test_quitting_in_the_middle_of_a_run_ends_the_run(desk, dialogs):
    dialogs.answer = dialogs.buttons.Discard
    desk.open("two-rings").at_speed("10 steps/s")
    desk.do("runAction")
    desk.pass_time(300)
    desk.do("quitAction")
    assert not desk.window.isVisible()
    assert not desk.player.is_running


def test_quitting_in_the_middle_of_a_race_ends_the_race(desk, dialogs):
    desk.studio.race.set_running(True)
    desk.do("quitAction")
    assert not desk.window.isVisible()
    assert not desk.studio.race.is_running


def test_closing_with_unsaved_changes_and_cancel_goes_on(changed, dialogs):
    event = QCloseEvent()
    QApplication.sendEvent(changed.window, event)
    assert not event.isAccepted()


def test_enter_saves_what_is_about_to_be_left(changed, monkeypatch):
    monkeypatch.setattr(QMessageBox, "exec", lambda box: box.standardButton(box.defaultButton()))
    saved: list = []
    monkeypatch.setattr(changed.studio.documents, "save", lambda: bool(saved.append(changed.session.project)))
    assert not changed.studio.documents.may_leave()
    assert saved == [changed.session.project]


def test_changes_that_were_undone_are_no_changes(changed, dialogs, mine):
    changed.do("undoAction", "newAction")
    assert dialogs.questions == []


def test_work_that_was_left_by_closing_is_kept(desk, dialogs):
    desk.do("stepAction")
    left = desk.session.project
    dialogs.answer = dialogs.buttons.Discard
    desk.window.close()
    assert encode(reach(desk.studio.recovery.last).document.project) == encode(left)


# What is told of work that was left.


def test_that_work_can_not_be_kept_against_a_crash_is_told_in_the_window(desk):
    desk.studio.recovery.last.parent.write_text("a file in the place of the folder")
    desk.do("stepAction")
    assert desk.studio.recovery.write_now() is None
    assert desk.message.startswith("Your work is not kept against a crash: ")


def test_that_what_was_left_is_not_offered_any_more_is_told_in_the_window(desk):
    folder = desk.studio.recovery.last.parent
    folder.mkdir(parents=True)
    launch(Lifeboat(Document(load_example("xor")), None, attempts=1), folder / "window-9.boat")
    desk.studio.rescue.offer()
    assert desk.message.startswith("What was left of the last time has ended the studio again")


# Preferences.


def test_arrangement_theme_and_motion_are_remembered(desk, dialogs, mine):
    desk.do("darkThemeAction")
    desk.window.findChild(type(desk.window.actions_by_name["undoAction"]), "reducedMotionAction").setChecked(True)
    desk.do("quitAction")
    preferences = desk.studio.preferences
    assert preferences.theme == "dark"
    assert preferences.reduced_motion is True
    assert not preferences.window_state[0].isEmpty()
    assert not preferences.window_state[1].isEmpty()
