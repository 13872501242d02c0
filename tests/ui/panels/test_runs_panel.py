"""The table of runs: this run first, and the kept ones that can be hidden, named and deleted."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QTableView

from gdstudio.app.studio import Studio
from gdstudio.document.examples import load_example
from gdstudio.document.numbers import shown
from gdstudio.document.runs import settings_line
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.panels.runs_panel import LOSS, NAME, SETTINGS, SHOWN, STEPS, RunsPanel
from gdstudio.ui.theme import DARK, LIGHT

LEFT, NO_MODIFIER = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ROLE, K = Qt.ItemDataRole, Qt.Key
HOSTILE = ("<b>bold</b>", "<img src='/etc/hostname'>", "a & b", "100 % \\ ✕", "x" * 80)


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def pin(qapp) -> QAction:
    return QAction("Pin")


@pytest.fixture
def panel(shown_alone, pin, by) -> RunsPanel:
    made = shown_alone(RunsPanel(pin), 620, 220)
    made.show_picture(picture_of(load_example("hidden-layer")))
    made.show_runs((by.kept("hidden-layer", (4, 2.5), "one"), by.kept("hidden-layer", (4, 1.5), "two")))
    return made


def row(panel: RunsPanel, number: int) -> list[str]:
    return [panel.model.index(number, column).data() for column in range(5)]


def checks(panel: RunsPanel) -> list[object]:
    return [panel.model.index(n, SHOWN).data(ROLE.CheckStateRole) for n in range(panel.model.rowCount())]


def go_to(panel: RunsPanel, number: int, column: int = NAME) -> None:
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.model.index(number, column))


def wishes(panel: RunsPanel, by) -> dict[str, list]:
    signals = {
        "show": panel.model.show_requested,
        "rename": panel.model.rename_requested,
        "delete": panel.delete_requested,
    }
    return {name: by.heard(signal) for name, signal in signals.items()}


def made(heard: dict[str, list]) -> list[tuple]:
    return [(name, *values) for name, found in heard.items() for values in found]


# Values -> what is shown.


def test_the_present_run_is_in_the_first_row(panel):
    project = load_example("hidden-layer")
    loss = picture_of(project).loss
    assert row(panel, 0) == ["", "this run", settings_line(project), "0", shown(loss)]
    assert checks(panel)[0] is None
    assert panel.model.index(0, NAME).data(ROLE.ForegroundRole).name() == LIGHT.good


def test_each_kept_run_is_a_row_with_its_settings_steps_and_loss(panel):
    project = load_example("hidden-layer")
    assert row(panel, 1) == [None, "one", settings_line(project), "0", "2.50"]
    assert row(panel, 2)[NAME] == "two"
    assert row(panel, 2)[LOSS] == "1.50"
    assert checks(panel)[1:] == [Qt.CheckState.Checked] * 2
    assert panel.model.rowCount() == 3


def test_names_have_the_colours_that_their_ghosts_have(panel):
    def colors() -> list[str]:
        return [panel.model.index(n, NAME).data(ROLE.ForegroundRole).name() for n in (1, 2)]

    assert colors() == [LIGHT.run_1, LIGHT.run_2]
    panel.set_theme(DARK)
    assert colors() == [DARK.run_1, DARK.run_2]


def test_a_hidden_run_has_no_mark_and_says_so_to_screen_readers(panel, by):
    panel.show_runs((by.kept("hidden-layer", is_shown=False), by.kept("hidden-layer")))
    assert checks(panel)[1:] == [Qt.CheckState.Unchecked, Qt.CheckState.Checked]
    assert [panel.model.index(n, SHOWN).data(ROLE.AccessibleTextRole) for n in (1, 2)] == ["hidden", "drawn"]


def test_the_present_run_is_live(panel):
    project = load_example("hidden-layer")
    later = replace(project, state=replace(project.state, step=12_345))
    panel.show_picture(picture_of(later))
    assert row(panel, 0)[STEPS] == "12,345"


def test_runs_of_another_shape_say_so(panel, by):
    panel.show_runs((by.kept("xor", name="other"), by.kept("hidden-layer")))
    assert panel._note.text() == "One run is of another network: only the loss is drawn."
    assert "another shape" in panel.model.index(1, NAME).data(ROLE.ToolTipRole)
    assert "another shape" not in panel.model.index(2, NAME).data(ROLE.ToolTipRole)
    panel.show_runs((by.kept("xor"), by.kept("two-rings")))
    assert panel._note.text() == "2 runs are of another network: only the loss is drawn."
    panel.show_picture(picture_of(load_example("xor")))
    assert panel._note.text().startswith("One run is")
    panel.show_runs(())
    assert panel._note.text() == ""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_plain(panel, by, name):
    panel.show_runs((by.kept("hidden-layer", name=name),))
    assert row(panel, 1)[NAME] == name
    tip = panel.model.index(1, NAME).data(ROLE.ToolTipRole)
    assert "<b>" not in tip
    assert "<img" not in tip
    assert not panel.grab().isNull()


@pytest.mark.parametrize("loss", [float("inf"), float("nan"), 1e308])
def test_a_diverged_run_has_its_loss_in_words_or_digits(panel, by, loss):
    panel.show_runs((by.kept("hidden-layer", (1.0, loss)),))
    assert row(panel, 1)[LOSS] == shown(loss)


def test_without_a_picture_the_table_is_shown_all_the_same(shown_alone, pin, by):
    alone = shown_alone(RunsPanel(pin), 620, 220)
    alone.show_runs((by.kept("xor"),))
    assert alone.model.rowCount() == 2
    assert not alone.grab().isNull()


def test_showing_wishes_for_nothing(panel, by):
    heard = wishes(panel, by)
    panel.show_runs((by.kept("xor", is_shown=False),))
    panel.show_picture(picture_of(load_example("xor")))
    panel.show_runs(())
    assert made(heard) == []


# Gestures -> wishes.


def test_a_click_on_the_mark_is_one_wish_and_changes_nothing_yet(panel, by):
    heard = wishes(panel, by)
    box = panel.table.visualRect(panel.model.index(1, SHOWN))
    QTest.mouseClick(panel.table.viewport(), LEFT, NO_MODIFIER, box.center())
    assert made(heard) == [("show", 0, False)]
    assert checks(panel)[1] is Qt.CheckState.Checked
    panel.show_runs((by.kept("hidden-layer", is_shown=False), by.kept("hidden-layer")))
    QTest.mouseClick(panel.table.viewport(), LEFT, NO_MODIFIER, box.center())
    assert made(heard)[-1] == ("show", 0, True)


def test_space_on_the_mark_is_one_wish(panel, by):
    heard = wishes(panel, by)
    go_to(panel, 2, SHOWN)
    QTest.keyClick(panel.table, K.Key_Space)
    assert made(heard) == [("show", 1, False)]


def test_a_name_is_typed_in_place_and_is_one_wish(panel, by):
    heard = wishes(panel, by)
    go_to(panel, 1)
    QTest.keyClick(panel.table, K.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    assert editor.text() == "one"
    editor.selectAll()
    QTest.keyClicks(editor, "fast & <i>wild</i>")
    QTest.keyClick(editor, K.Key_Return)
    QApplication.processEvents()
    assert made(heard) == [("rename", 0, "fast & <i>wild</i>")]
    assert row(panel, 1)[NAME] == "one"


def test_escape_while_typing_a_name_wishes_for_nothing(panel, by):
    heard = wishes(panel, by)
    go_to(panel, 1)
    QTest.keyClick(panel.table, K.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    QTest.keyClicks(editor, "x")
    QTest.keyClick(editor, K.Key_Escape)
    assert made(heard) == []


def test_what_is_being_typed_survives_a_running_descent(panel, by):
    go_to(panel, 1)
    QTest.keyClick(panel.table, K.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "half a na")
    panel.show_picture(picture_of(load_example("hidden-layer")))
    panel.show_runs((by.kept("hidden-layer", name="one"), by.kept("hidden-layer", name="two")))
    assert panel.table.findChild(QLineEdit) is editor
    assert editor.text() == "half a na"
    QTest.keyClick(editor, K.Key_Escape)


@pytest.mark.parametrize("column", [SHOWN, NAME, SETTINGS, LOSS])
def test_the_delete_key_is_one_wish_for_the_row(panel, by, column):
    heard = wishes(panel, by)
    go_to(panel, 2, column)
    QTest.keyClick(panel.table, K.Key_Delete)
    assert made(heard) == [("delete", 1)]


def test_the_delete_button_is_one_wish_for_the_row(panel, by):
    heard = wishes(panel, by)
    go_to(panel, 1)
    QTest.mouseClick(panel.findChild(QPushButton, "deleteRunButton"), LEFT)
    assert made(heard) == [("delete", 0)]


def test_the_present_run_can_t_be_deleted_renamed_or_hidden(panel, by):
    heard = wishes(panel, by)
    go_to(panel, 0)
    QTest.keyClick(panel.table, K.Key_Delete)
    QTest.mouseClick(panel.findChild(QPushButton, "deleteRunButton"), LEFT)
    QTest.keyClick(panel.table, K.Key_F2)
    assert panel.table.findChild(QLineEdit) is None
    QTest.mouseClick(
        panel.table.viewport(), LEFT, NO_MODIFIER, panel.table.visualRect(panel.model.index(0, SHOWN)).center()
    )
    assert made(heard) == []


def test_with_nothing_selected_delete_wishes_for_nothing(panel, by):
    heard = wishes(panel, by)
    panel.table.setCurrentIndex(panel.model.index(-1, -1))
    QTest.mouseClick(panel.findChild(QPushButton, "deleteRunButton"), LEFT)
    assert made(heard) == []


def test_delete_while_a_name_is_typed_deletes_a_letter_and_no_run(panel, by):
    heard = wishes(panel, by)
    go_to(panel, 1)
    QTest.keyClick(panel.table, K.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    editor.setCursorPosition(0)
    QTest.keyClick(editor, K.Key_Delete)
    assert editor.text() in ("ne", "")
    QTest.keyClick(editor, K.Key_Escape)
    assert made(heard) == []
    assert panel.table.actions()[0].shortcut() == QKeySequence(QKeySequence.StandardKey.Delete)


def test_the_pin_button_triggers_the_one_action(panel, pin, by):
    heard = by.heard(pin.triggered)
    QTest.mouseClick(panel.findChild(QPushButton, "pinRunButton"), LEFT)
    assert len(heard) == 1


@pytest.mark.parametrize("number", [3, 17, -5])
def test_a_wish_for_a_row_that_is_gone_is_refused(panel, by, number):
    heard = wishes(panel, by)
    index = panel.model.createIndex(number, NAME)
    assert not panel.model.setData(index, "x", ROLE.EditRole)
    assert made(heard) == []


# Through the window.


def test_in_the_window_runs_are_pinned_named_hidden_and_deleted(opened):
    studio = opened("hidden-layer")
    window, session = studio.window, studio.session
    assert isinstance(window.findChild(QTableView, "runsTable"), QTableView)
    window._docks["runsDock"].raise_()
    QApplication.processEvents()
    panel = window.runs_panel
    session.descend(4)
    QTest.mouseClick(panel.findChild(QPushButton, "pinRunButton"), LEFT)
    assert row(panel, 1)[NAME] == "run 1"
    assert row(panel, 1)[STEPS:] == row(panel, 0)[STEPS:]
    go_to(panel, 1)
    QTest.keyClick(panel.table, K.Key_F2)
    editor = panel.table.findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "first try")
    QTest.keyClick(editor, K.Key_Return)
    QApplication.processEvents()
    assert row(panel, 1)[NAME] == session.runs[0].name == "first try"
    go_to(panel, 1, SHOWN)
    QTest.keyClick(panel.table, K.Key_Space)
    assert checks(panel)[1] is Qt.CheckState.Unchecked
    assert not session.runs[0].is_shown
    go_to(panel, 1)
    QTest.keyClick(panel.table, K.Key_Delete)
    assert session.runs == ()
    assert panel.model.rowCount() == 1
    session.undo_stack.undo()
    assert row(panel, 1)[NAME] == "first try"


def test_a_pin_without_a_step_says_why_not(opened):
    studio = opened("hidden-layer")
    studio.window.actions_by_name["pinRunAction"].trigger()
    assert studio.window.message_bar.text() == "There is no run to pin yet: take a step first."
    assert studio.session.runs == ()


def test_an_unusable_name_is_refused_with_a_sentence(opened):
    studio = opened("hidden-layer")
    studio.session.descend(2)
    studio.window.actions_by_name["pinRunAction"].trigger()
    studio.window.runs_panel.model.rename_requested.emit(0, "y" * 200)
    assert studio.window.message_bar.text()
    assert row(studio.window.runs_panel, 1)[NAME] == "run 1"
