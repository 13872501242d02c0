from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton

from gdstudio.teaching.practice import Level
from gdstudio.teaching.practice_view import PracticeView
from gdstudio.ui.panels.practice_panel import PracticePanel

MARKUP = "<b>bold</b> &amp; <img src='http://example.org/x.png'>"
VIEW = PracticeView(
    "ERROR", "2 solved (1 on the first try)", ("inputs [1, 2]", "target 3"), (), "What is the error?",
    "Give three significant digits.", "", (), (), True, False, False, True,
)  # fmt: skip
WISHES = (
    "level_requested", "answered", "hint_requested", "next_requested", "show_requested", "sheet_requested",
)  # fmt: skip
NAMES = {
    "practiceLevelCombo": QComboBox, "practiceProgress": QLabel, "practiceQuestion": QLabel, "practiceField": QLineEdit,
    "practiceCheckButton": QPushButton, "hintButton": QPushButton, "practiceNextButton": QPushButton,
    "practiceShowButton": QPushButton, "practiceSheetButton": QPushButton, "practiceFeedback": QLabel,
    "practiceHints": QLabel, "practiceSolution": QLabel,
}  # fmt: skip


@pytest.fixture
def panel(shown_alone):
    return shown_alone(PracticePanel([(level.name, level.value) for level in Level]), 290, 620)


@pytest.fixture
def wishes(panel):
    """Every wish, in its order."""
    heard = []
    for name in WISHES:
        getattr(panel, name).connect(lambda *values, name=name: heard.append((name, *values)))
    return heard


def press(button) -> None:
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def shown(panel, name) -> str | None:
    label = panel.findChild(QLabel, name)
    return label.text() if label.isVisible() else None


def test_every_part_is_found_by_its_name(panel):
    assert panel.objectName() == "practicePanel"
    assert [name for name, kind in NAMES.items() if not isinstance(panel.findChild(kind, name), kind)] == []


def test_an_exercise_shows_what_is_given_and_asked(panel):
    panel.show_view(VIEW)
    texts = [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert "inputs [1, 2]\ntarget 3" in texts
    assert "Give three significant digits." in texts
    assert shown(panel, "practiceQuestion") == "What is the error?"
    assert shown(panel, "practiceProgress") == "2 solved (1 on the first try)"
    assert panel.level_combo.currentData() == "ERROR"
    assert [shown(panel, name) for name in ("practiceFeedback", "practiceHints", "practiceSolution")] == [None] * 3
    assert (panel.hint_button.text(), panel.hint_button.isEnabled()) == ("Hint", True)
    assert not panel.show_button.isVisible()


def test_a_program_is_shown_with_the_numbers_of_its_lines(panel):
    panel.show_view(replace(VIEW, code=(" 1  a = 2 < 3", "    → 1")))
    assert " 1  a = 2 < 3\n    → 1" in [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]


@pytest.mark.parametrize("by_enter", [True, False])
def test_an_answer_is_one_wish(panel, wishes, by_enter):
    panel.show_view(VIEW)
    panel.field.setFocus()
    QTest.keyClicks(panel.field, "1/28")
    QTest.keyClick(panel.field, Qt.Key.Key_Return) if by_enter else press(panel.check_button)
    assert wishes == [("answered", "1/28")]


@pytest.mark.parametrize(
    ("name", "wish"),
    [("hintButton", "hint_requested"), ("practiceNextButton", "next_requested"),
     ("practiceSheetButton", "sheet_requested"), ("practiceShowButton", "show_requested")],
)  # fmt: skip
def test_each_button_is_one_wish(panel, wishes, name, wish):
    panel.show_view(VIEW if name == "hintButton" else replace(VIEW, solution=("1 = 1",)))
    press(panel.findChild(QPushButton, name))
    assert [heard[0] for heard in wishes] == [wish]


@pytest.mark.parametrize("level", [level for level in Level if level is not Level.ERROR], ids=lambda level: level.name)
def test_another_level_is_one_wish(panel, wishes, by, level):
    panel.show_view(VIEW)
    by.pick(panel.level_combo, level.name)
    assert wishes == [("level_requested", level.name)]


def test_to_show_an_exercise_wishes_nothing(panel, wishes):
    for level in Level:
        panel.show_view(replace(VIEW, level=level.name))
    assert wishes == []


def test_every_level_can_be_chosen(panel):
    combo = panel.level_combo
    assert [(combo.itemData(k), combo.itemText(k)) for k in range(combo.count())] == [
        (level.name, level.value) for level in Level
    ]


def test_hints_then_the_solution_with_the_network_to_look_at(panel):
    panel.show_view(replace(VIEW, hints=("One.", "Two."), has_hints=False, is_new=False))
    assert shown(panel, "practiceHints") == "One.\nTwo."
    assert (panel.hint_button.text(), panel.hint_button.isEnabled()) == ("Solution", True)
    panel.show_view(replace(VIEW, hints=("One.", "Two."), has_hints=False, solution=("a", "b"), is_new=False))
    assert shown(panel, "practiceSolution") == "a\nb"
    assert not panel.hint_button.isEnabled()
    assert panel.show_button.isVisible()


def test_an_answer_stays_until_another_exercise_comes(panel):
    panel.show_view(VIEW)
    QTest.keyClicks(panel.field, "12")
    panel.show_view(replace(VIEW, feedback="12 is not correct.", is_new=False))
    assert panel.field.text() == "12"
    assert shown(panel, "practiceFeedback") == "12 is not correct."
    panel.show_view(VIEW)
    assert panel.field.text() == ""
    assert shown(panel, "practiceFeedback") is None


def test_the_right_answer_is_marked_as_good_and_a_later_wrong_one_is_not(panel):
    feedback = panel.findChild(QLabel, "practiceFeedback")
    panel.show_view(replace(VIEW, feedback="No.", is_new=False))
    assert feedback.property("tone") == ""
    panel.show_view(replace(VIEW, feedback="Right.", is_right=True, is_solved=True, solution=("x",), is_new=False))
    assert feedback.property("tone") == "good"
    assert not panel.hint_button.isEnabled()
    panel.show_view(replace(VIEW, feedback="No.", is_solved=True, solution=("x",), is_new=False))
    assert (feedback.text(), feedback.property("tone")) == ("No.", "")


def test_no_text_is_ever_shown_as_markup(panel):
    panel.show_view(
        PracticeView(
            "ERROR",
            "0 solved",
            (MARKUP,),
            (MARKUP,),
            MARKUP,
            MARKUP,
            MARKUP,
            (MARKUP,),
            (MARKUP,),
            True,
            False,
            False,
            True,
        )
    )
    labels = [label for label in panel.findChildren(QLabel) if "<b>" in label.text() and label.isVisible()]
    assert len(labels) == 7
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_screen_readers_are_told_the_exercise_and_what_became_of_it(panel):
    panel.show_view(replace(VIEW, feedback="12 is not correct."))
    assert panel.accessibleDescription() == "inputs [1, 2]. target 3. What is the error? 12 is not correct."
    assert panel.level_combo.accessibleName() == "Level"
    assert "1/28" in panel.field.accessibleName()


def test_everything_is_reached_by_the_tab_key(panel):
    panel.show_view(replace(VIEW, solution=()))
    panel.field.setFocus()
    reached = set()
    for _ in range(20):
        reached.add(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    wanted = {
        panel.field, panel.check_button, panel.hint_button, panel.next_button, panel.sheet_button, panel.level_combo,
    }  # fmt: skip
    assert reached == wanted
