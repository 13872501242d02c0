"""Documents that can be trusted: changed on disk meanwhile, backups, work left unsaved, runs and how one looked."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from gdstudio.app.studio import Studio
from gdstudio.document.document import Document
from gdstudio.document.examples import load_example
from gdstudio.document.files import encode, load, load_document, save
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.document.reading import read_document
from gdstudio.document.viewpoint import View
from gdstudio.teaching.surfaces import Axes, Plane


@pytest.fixture
def studio(forgetful_studio: Studio) -> Studio:
    return forgetful_studio


@pytest.fixture
def presses(monkeypatch):
    """A person who presses the button called ``button`` in every dialog."""
    person = SimpleNamespace(button="", questions=[], offered=[])

    def answer(box):
        person.questions.append((box.objectName(), box.text()))
        person.offered.append([button.text() for button in box.buttons()])
        for button in box.buttons():
            if button.text() == person.button:
                button.click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", answer)
    return person


# Something else wrote the file.


@pytest.fixture
def overtaken(desk, mine):
    """A changed document, whose file something else has written since it was opened."""
    desk.studio.documents.open_path(mine)
    desk.do("stepAction")
    save(load_example("xor"), mine)
    return desk


def test_a_file_that_something_else_wrote_is_not_written_over_without_a_question(overtaken, presses, mine):
    before = mine.read_bytes()
    overtaken.do("saveAction")
    assert presses.questions == [("changedDialog", "mine.gds was changed by something else since you opened it.")]
    assert sorted(presses.offered[0]) == ["Cancel", "Save as…", "Save over it"]
    assert mine.read_bytes() == before
    assert overtaken.window.isWindowModified()


def test_to_save_over_it_keeps_the_other_version_as_the_backup(overtaken, presses, mine):
    presses.button = "Save over it"
    overtaken.do("saveAction")
    assert load(mine).state.step == 1
    assert encode(load(mine.with_name("mine.gds.bak"))) == encode(load_example("xor"))
    assert not overtaken.window.isWindowModified()
    overtaken.do("stepAction", "saveAction")
    assert len(presses.questions) == 1


def test_to_save_elsewhere_leaves_the_other_version(overtaken, presses, dialogs, mine, tmp_path):
    before = mine.read_bytes()
    presses.button, dialogs.saves = "Save as…", tmp_path / "other.gds"
    overtaken.do("saveAction")
    assert mine.read_bytes() == before
    assert load(tmp_path / "other.gds").state.step == 1
    assert overtaken.session.path == tmp_path / "other.gds"


def test_to_cancel_leaves_both_and_the_document_can_not_be_left_by_accident(overtaken, presses, mine):
    before, project = mine.read_bytes(), overtaken.session.project
    presses.button = "Cancel"
    overtaken.do("saveAction")
    assert mine.read_bytes() == before
    assert overtaken.session.project is project
    assert overtaken.window.isWindowModified()


def test_to_cancel_asks_for_no_other_file_and_saving_elsewhere_is_what_enter_does(
    overtaken, presses, dialogs, monkeypatch
):
    asked = []
    answer = QMessageBox.exec
    monkeypatch.setattr(QMessageBox, "exec", lambda box: (asked.append(box.defaultButton().text()), answer(box))[1])
    presses.button = "Cancel"
    assert not overtaken.studio.documents.save()
    assert (asked, dialogs.offered) == (["Save as…"], [])


def test_where_it_can_not_be_saved_over_the_document_may_not_be_left(overtaken, presses, mine, monkeypatch):
    before = mine.read_bytes()

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    presses.button = "Save over it"
    assert not overtaken.studio.documents.save()
    assert overtaken.message == "mine.gds can't be written: Permission denied."
    assert mine.read_bytes() == before
    assert overtaken.window.isWindowModified()


def test_to_save_as_the_same_file_asks_as_well(overtaken, presses, dialogs, mine):
    before = mine.read_bytes()
    presses.button, dialogs.saves = "Cancel", mine
    overtaken.do("saveAsAction")
    assert [name for name, _ in presses.questions] == ["changedDialog"]
    assert mine.read_bytes() == before


def test_to_save_as_another_file_that_is_there_asks_nothing_more_than_the_dialog(
    desk, presses, dialogs, mine, tmp_path
):
    desk.studio.documents.open_path(mine)
    save(load_example("xor"), tmp_path / "other.gds")
    dialogs.saves = tmp_path / "other.gds"
    desk.do("stepAction", "saveAsAction")
    assert presses.questions == []
    assert load(tmp_path / "other.gds").state.step == 1


@pytest.mark.parametrize("how", ["untouched", "rewritten with the same", "gone"])
def test_a_file_that_is_as_it_was_or_gone_is_written_without_a_question(desk, presses, mine, how):
    desk.studio.documents.open_path(mine)
    desk.do("stepAction")
    if how == "gone":
        mine.unlink()
    elif how != "untouched":
        mine.write_bytes(mine.read_bytes())
    desk.do("saveAction")
    assert presses.questions == []
    assert load(mine).state.step == 1


def test_a_document_that_was_saved_knows_its_own_writing(desk, presses, dialogs, tmp_path):
    dialogs.saves = tmp_path / "a.gds"
    for _ in range(3):
        desk.do("stepAction", "saveAction")
    assert presses.questions == []
    assert load(tmp_path / "a.gds").state.step == 3


def test_the_pointer_says_that_a_file_takes_a_moment_and_is_itself_again(desk, mine, monkeypatch):
    shapes = []

    def watched(real):
        def watch(*arguments):
            cursor = QApplication.overrideCursor()
            shapes.append(cursor.shape() if cursor else None)
            return real(*arguments)

        return watch

    monkeypatch.setattr("gdstudio.app.documents.read_document", watched(read_document))
    monkeypatch.setattr(desk.session, "save", watched(desk.session.save))
    assert desk.studio.documents.open_path(mine)
    assert not desk.studio.documents.open_path(mine.with_name("none.gds"))
    desk.do("stepAction", "saveAction")
    assert shapes == [Qt.CursorShape.WaitCursor] * 3
    assert QApplication.overrideCursor() is None


# Backups.


def test_a_backup_is_opened_as_a_document_that_has_no_file_to_save_to(desk, dialogs, mine, tmp_path):
    desk.studio.documents.open_path(mine)
    desk.do("stepAction", "saveAction")
    backup = tmp_path / "mine.gds.bak"
    before = backup.read_bytes()
    desk.studio.documents.open_path(backup)
    assert desk.session.path is None
    assert desk.session.project.state.step == 0
    assert desk.session.project.parameters[0] == 5.0
    dialogs.saves = tmp_path / "again.gds"
    desk.do("stepAction", "saveAction")
    assert len(dialogs.offered) == 1
    assert backup.read_bytes() == before
    assert load(tmp_path / "again.gds").state.step == 1


def test_a_file_that_is_damaged_names_its_backup(desk, mine):
    desk.studio.documents.open_path(mine)
    desk.do("stepAction", "saveAction")
    mine.write_bytes(mine.read_bytes()[:-40])
    assert not desk.studio.documents.open_path(mine)
    assert desk.message.endswith(". The version before it is beside it: mine.gds.bak.")


def test_a_damaged_file_never_becomes_the_backup(desk, mine, presses):
    desk.studio.documents.open_path(mine)
    desk.do("stepAction", "saveAction")
    backup = mine.with_name("mine.gds.bak")
    good = backup.read_bytes()
    mine.write_bytes(b"damaged")
    presses.button = "Save over it"
    desk.do("stepAction", "saveAction")
    assert load(mine).state.step == 2
    assert backup.read_bytes() == good


# Work that was left unsaved.


def test_work_that_was_discarded_can_be_brought_back_unsaved(desk, dialogs, mine):
    desk.studio.documents.open_path(mine)
    desk.do("stepAction", "stepAction")
    left = desk.session.project
    dialogs.answer = dialogs.buttons.Discard
    desk.do("newAction")
    desk.studio.recovery._writer.submit(int).result()
    desk.do("bringBackAction")
    assert encode(desk.session.project) == encode(left)
    assert desk.session.path == mine
    assert desk.window.isWindowModified()
    assert load(mine).state.step == 0


def test_work_that_is_older_than_its_file_does_not_write_over_it_without_a_question(desk, dialogs, mine):
    desk.studio.documents.open_path(mine)
    desk.do("stepAction")
    dialogs.answer = dialogs.buttons.Discard
    desk.studio.documents.open_asking(mine)
    desk.do("stepAction", "stepAction", "stepAction", "saveAction")
    newer = mine.read_bytes()
    desk.studio.recovery._writer.submit(int).result()
    desk.do("bringBackAction")
    assert desk.session.project.state.step == 1
    dialogs.questions.clear()
    desk.do("saveAction")
    assert len(dialogs.questions) == 1
    assert mine.read_bytes() == newer


def test_bringing_back_asks_about_what_is_unsaved_now(desk, dialogs):
    desk.do("stepAction")
    dialogs.answer = dialogs.buttons.Discard
    desk.do("newAction")
    desk.studio.recovery._writer.submit(int).result()
    desk.do("stepAction")
    dialogs.questions.clear()
    dialogs.answer = dialogs.buttons.Cancel
    now = desk.session.project
    desk.do("bringBackAction")
    assert len(dialogs.questions) == 1
    assert desk.session.project is now


def test_where_nothing_was_left_unsaved_a_sentence_says_so(desk):
    desk.do("bringBackAction")
    assert desk.message == "There is no work that was left unsaved."


def test_what_can_not_be_brought_back_is_told(desk):
    desk.studio.recovery.last.parent.mkdir(parents=True, exist_ok=True)
    desk.studio.recovery.last.write_bytes(b"\0")
    before = desk.session.project
    desk.do("bringBackAction")
    assert desk.message == "last-unsaved is not what the studio wrote."
    assert desk.session.project is before


# What is said of work that is kept.


# Runs, and how one looked.


VIEWS = [
    View(NodeRef(1, 1), None, True, True, "10 steps/s", "RANDOM", 0, 1, 8),
    View(ParameterRef(4), 2, False, False, "flat out", "WEIGHTS", 3, 5, 0),
    View(TargetRef(0), 1, True, False, "one phase at a time", "PATH", 0, 1, 0),
    View(None, 0, False, True, "1 step in 2 s", "WEIGHTS", 2, 7, 3),
]


def look(desk, view):
    """Look at the document so, by what a person does."""
    desk.stage.show_example(view.example)
    desk.stage.select(view.selection)
    desk.stage.show_pictures(view.pictures)
    desk.window.loss_plot.scale_buttons[int(view.logarithmic)].click()
    desk.at_speed(view.speed)
    desk.studio.analyst.set_plane(Plane(Axes[view.axes], view.x, view.y, view.plane_seed))


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.speed)
def test_how_one_looked_comes_back_in_the_window(desk, dialogs, tmp_path, view):
    desk.open("xor")
    look(desk, view)
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAsAction")
    assert load_document(tmp_path / "a.gds").view == view
    desk.open("xor")
    look(desk, View(ParameterRef(0), 3, not view.pictures, not view.logarithmic, "1 step/s"))
    desk.studio.documents.open_path(tmp_path / "a.gds")
    assert desk.studio.view() == view
    assert (desk.stage.selection, desk.stage.example) == (view.selection, view.example)
    assert desk.stage.shows_pictures is view.pictures
    assert desk.window.loss_plot.scale_buttons[int(view.logarithmic)].isChecked()
    assert desk.player.speed.label == view.speed
    assert desk.studio.analyst.plane == Plane(Axes[view.axes], view.x, view.y, view.plane_seed)
    desk.check_screen()


def test_the_slider_of_the_speed_stands_where_it_stood(desk, dialogs, tmp_path):
    desk.at_speed("10 steps/s")
    stood = desk.window.speed_slider.value()
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAsAction")
    desk.at_speed("flat out")
    desk.studio.documents.open_path(tmp_path / "a.gds")
    assert desk.window.speed_slider.value() == stood


def test_looking_elsewhere_is_no_change_to_be_saved(desk, dialogs, tmp_path):
    desk.open("xor")
    look(desk, VIEWS[0])
    assert not desk.window.isWindowModified()


def test_a_speed_that_there_is_not_changes_nothing(desk, tmp_path):
    desk.at_speed("10 steps/s")
    save(Document(load_example("xor"), (), View(speed="warp 9")), tmp_path / "a.gds")
    desk.studio.documents.open_path(tmp_path / "a.gds")
    assert desk.player.speed.label == "10 steps/s"
    assert desk.message == ""


def test_kept_runs_come_back_in_the_window_with_all_that_was_said_of_them(desk, dialogs, tmp_path):
    desk.do("stepAction", "stepAction", "pinRunAction")
    desk.do("resetAction")
    desk.session.set_learning_rate(0.0125)
    desk.do("stepAction", "pinRunAction")
    desk.session.rename_run(0, "the “first”")
    desk.session.show_run(1, False)
    runs = desk.session.runs
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAsAction")
    desk.open("xor")
    assert desk.session.runs == ()
    desk.studio.documents.open_path(tmp_path / "a.gds")
    read = desk.session.runs
    assert [(run.name, run.step, run.loss, run.is_shown, run.is_automatic) for run in read] == [
        (run.name, run.step, run.loss, run.is_shown, run.is_automatic) for run in runs
    ]
    assert [run.low.tobytes() for run in read] == [run.low.tobytes() for run in runs]
    assert desk.window.runs_panel.model.rowCount() == len(runs) + 1
    assert not desk.window.isWindowModified()
    desk.check_screen()


def test_opening_and_saving_again_changes_no_byte(desk, dialogs, tmp_path):
    desk.do("stepAction", "stepAction", "pinRunAction")
    look(desk, View(NodeRef(1, 0), None, True, True, "10 steps/s"))
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAsAction")
    before = (tmp_path / "a.gds").read_bytes()
    desk.open("xor")
    desk.studio.documents.open_path(tmp_path / "a.gds")
    desk.do("saveAction")
    assert (tmp_path / "a.gds").read_bytes() == before
