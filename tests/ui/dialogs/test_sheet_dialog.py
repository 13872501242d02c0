import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialogButtonBox, QLabel, QLineEdit

from gdstudio.document.limits import MAX_SEED
from gdstudio.teaching.practice import Level
from gdstudio.teaching.sheet import MOST_EXERCISES
from gdstudio.ui.dialogs.sheet_dialog import ALL_LEVELS, SheetDialog

LEVELS = [(level.name, level.value) for level in Level]


@pytest.fixture
def dialog(shown_alone):
    return shown_alone(SheetDialog(LEVELS, "UPDATE"), 380, 260)


def field(dialog, name) -> QLineEdit:
    return dialog.findChild(QLineEdit, name)


def said(dialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]


def test_it_begins_with_ten_exercises_of_the_present_level_without_answers(dialog):
    assert (dialog.level, dialog.count, dialog.seed, dialog.answers.isChecked()) == ("UPDATE", 10, 1, False)
    assert [field(dialog, name).text() for name in ("sheetCountField", "sheetSeedField")] == ["10", "1"]
    assert "The same seed gives the same sheet." in said(dialog)


def test_every_part_is_found_by_its_name(dialog):
    assert dialog.objectName() == "sheetDialog"
    assert dialog.findChild(QComboBox, "sheetLevelCombo") is dialog.level_combo
    assert dialog.findChild(QCheckBox, "sheetAnswersBox") is dialog.answers


@pytest.mark.parametrize("key", [ALL_LEVELS, *(level.name for level in Level)])
def test_any_level_or_all_of_them_can_be_chosen(dialog, by, key):
    by.pick(dialog.level_combo, key)
    assert dialog.level == key


@pytest.mark.parametrize(
    ("name", "value", "most"), [("sheetCountField", "count", MOST_EXERCISES), ("sheetSeedField", "seed", MAX_SEED)]
)
def test_a_whole_number_is_taken_up_to_the_most(dialog, by, name, value, most):
    for text, number in (("1", 1), ("25", 25), ("1e1", 10), (str(most), most)):
        by.enter(field(dialog, name), text, Qt.Key.Key_Tab)
        assert getattr(dialog, value) == number
        assert field(dialog, name).text() == str(number)


@pytest.mark.parametrize(
    ("name", "value", "what", "most"),
    [("sheetCountField", "count", "The number of exercises", MOST_EXERCISES), ("sheetSeedField", "seed", "The seed",
     MAX_SEED)],
)  # fmt: skip
@pytest.mark.parametrize("text", ["0", "-1", "2.5", "over", "abc", ""])
def test_what_is_no_such_number_is_refused_in_a_sentence(dialog, by, name, value, what, most, text):
    before = getattr(dialog, value)
    by.enter(field(dialog, name), str(most + 1) if text == "over" else text, Qt.Key.Key_Tab)
    assert getattr(dialog, value) == before
    sentences = said(dialog)
    if text not in ("abc", ""):
        assert f"{what} must be a whole number from 1 to {most}." in sentences
    assert "The same seed gives the same sheet." not in sentences


def test_answers_are_switched_on_by_the_keyboard(dialog):
    dialog.answers.setFocus()
    QTest.keyClick(dialog.answers, Qt.Key.Key_Space)
    assert dialog.answers.isChecked()


@pytest.mark.parametrize("button", ["Save", "Cancel"])
def test_save_agrees_and_cancel_does_not(dialog, button):
    box = dialog.findChild(QDialogButtonBox)
    pressed = box.button(getattr(QDialogButtonBox.StandardButton, button))
    pressed.setFocus()
    QTest.keyClick(pressed, Qt.Key.Key_Space)
    assert dialog.result() == int(button == "Save")
    assert not dialog.isVisible()


def test_escape_cancels(dialog):
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.result() == 0
    assert not dialog.isVisible()


def test_a_number_that_stands_in_the_field_is_taken_when_save_is_pressed(dialog, by):
    by.enter(field(dialog, "sheetCountField"), "7", None)
    save = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)
    QTest.mouseClick(save, Qt.MouseButton.LeftButton)
    assert (dialog.result(), dialog.count) == (1, 7)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_enter_saves_with_the_number_that_was_typed(dialog, by, key):
    by.enter(field(dialog, "sheetCountField"), "7", key)
    assert dialog.count == 7


@pytest.mark.parametrize("press", ["save", "enter"])
def test_nothing_is_saved_with_a_number_that_was_refused(dialog, by, press):
    by.enter(field(dialog, "sheetCountField"), "0", Qt.Key.Key_Return if press == "enter" else None)
    if press == "save":
        save = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save)
        save.setFocus()
        QTest.keyClick(save, Qt.Key.Key_Space)
    assert dialog.result() == 0
    assert dialog.isVisible()
