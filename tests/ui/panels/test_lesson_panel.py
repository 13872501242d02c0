from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from gdstudio.teaching.lesson_view import LessonView
from gdstudio.teaching.lessons import lessons
from gdstudio.teaching.prediction import DIRECTIONS
from gdstudio.ui.panels.lesson_panel import LessonPanel

MARKUP = "<b>bold</b> &amp; <img src='http://example.org/x.png'> <a href='file:x'>x</a>"
VIEW = LessonView(
    "LESSON 3 OF 14 · 2 of 5", "Where a slope comes from", "Read this.", "", "", (), "", "", False, False, False, True,
    True, False, "Read this.",
)  # fmt: skip
NUMBER = replace(VIEW, kind="number", ask="What is it?", can_go_on=False, spoken="Read this. What is it?")
CHOICE = replace(NUMBER, kind="choice", choices=("grow", "shrink & stay", MARKUP))
GOAL = replace(NUMBER, kind="goal", ask="Do it.")
PREDICT = replace(NUMBER, kind="predict", ask="What will it be?")
ANOTHER = "The network has moved on. This question is about the network as this step set it up."
STEP = replace(NUMBER, kind="step", ask="What will it be? Press Step.")
WISHES = ("answered", "next_requested", "back_requested", "close_requested", "set_up_requested")


@pytest.fixture
def panel(shown_alone):
    return shown_alone(LessonPanel(), 290, 560)


@pytest.fixture
def wishes(panel):
    """Every wish, in its order."""
    heard = []
    for name in WISHES:
        getattr(panel, name).connect(lambda *values, name=name: heard.append((name, *values)))
    return heard


def label(panel, name) -> QLabel:
    return panel.findChild(QLabel, name)


def choices(panel) -> list[QPushButton]:
    buttons = [panel.findChild(QPushButton, f"lessonChoice{number}") for number in range(1, 9)]
    return [button for button in buttons if button is not None and button.isVisible()]


def press(button) -> None:
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def test_a_step_shows_what_it_says(panel):
    panel.show_view(VIEW)
    texts = [each.text() for each in panel.findChildren(QLabel) if each.isVisible()]
    assert texts[:3] == ["LESSON 3 OF 14 · 2 of 5", "Where a slope comes from", "Read this."]
    assert not panel._box.isVisible()
    assert (panel.next_button.text(), panel.next_button.isEnabled()) == ("Next ›", True)
    assert panel.back_button.isEnabled()


def test_lines_of_the_file_flow_and_an_empty_one_begins_a_paragraph(panel):
    panel.show_view(replace(VIEW, text="One\ntwo  three.\n\nFour\nfive."))
    assert label(panel, "lessonText").text() == "One two three.\n\nFour five."


@pytest.mark.parametrize(
    ("view", "field", "button", "directions"),
    [(NUMBER, True, "Check", ()), (PREDICT, True, "Check", DIRECTIONS), (GOAL, False, "Done", ()),
     (CHOICE, False, "", ("grow", "shrink && stay", MARKUP.replace("&", "&&"))), (STEP, False, "", ())],
    ids=["number", "predict", "goal", "choice", "step"],
)  # fmt: skip
def test_each_kind_of_question_has_what_it_is_answered_with(panel, view, field, button, directions):
    panel.show_view(view)
    assert label(panel, "lessonQuestion").text() == view.ask
    assert label(panel, "lessonQuestion").isVisible()
    assert panel.field.isVisible() is field
    assert panel.check_button.isVisible() is bool(button)
    assert panel.check_button.text() == button
    assert tuple(each.text() for each in choices(panel)) == directions
    assert not panel.next_button.isEnabled()


@pytest.mark.parametrize("by_enter", [True, False])
@pytest.mark.parametrize("view", [NUMBER, PREDICT], ids=["number", "predict"])
def test_a_typed_answer_is_one_wish(panel, wishes, view, by_enter):
    panel.show_view(view)
    panel.field.setFocus()
    QTest.keyClicks(panel.field, "1/28")
    QTest.keyClick(panel.field, Qt.Key.Key_Return) if by_enter else press(panel.check_button)
    assert wishes == [("answered", "1/28")]


@pytest.mark.parametrize("number", range(3))
def test_a_choice_is_one_wish(panel, wishes, number):
    panel.show_view(CHOICE)
    press(choices(panel)[number])
    assert wishes == [("answered", CHOICE.choices[number])]


@pytest.mark.parametrize("number", range(3))
def test_a_direction_is_one_wish(panel, wishes, number):
    panel.show_view(CHOICE)
    panel.show_view(PREDICT)
    press(choices(panel)[number])
    assert wishes == [("answered", DIRECTIONS[number])]


def test_what_is_done_is_one_wish_without_words(panel, wishes):
    panel.show_view(NUMBER)
    QTest.keyClicks(panel.field, "12")
    panel.show_view(GOAL)
    press(panel.check_button)
    assert wishes == [("answered", "")]


@pytest.mark.parametrize(
    ("name", "wish"),
    [("lessonNextButton", "next_requested"), ("lessonBackButton", "back_requested"),
     ("lessonCloseButton", "close_requested"), ("lessonSetUpButton", "set_up_requested")],
)  # fmt: skip
def test_each_button_is_one_wish(panel, wishes, name, wish):
    panel.show_view(VIEW if name != "lessonSetUpButton" else replace(NUMBER, has_moved=True))
    press(panel.findChild(QPushButton, name))
    assert [heard[0] for heard in wishes] == [wish]


def test_a_button_that_is_out_of_reach_wishes_nothing(panel, wishes):
    panel.show_view(replace(NUMBER, can_go_back=False))
    for button in (panel.next_button, panel.back_button):
        assert not button.isEnabled()
        QTest.keyClick(button, Qt.Key.Key_Space)
    assert wishes == []


def test_what_became_of_the_answer_stands_below_it_and_the_answer_stays(panel):
    panel.show_view(NUMBER)
    assert not label(panel, "lessonFeedback").isVisible()
    QTest.keyClicks(panel.field, "12")
    panel.show_view(replace(NUMBER, feedback="12 is not correct."))
    feedback = label(panel, "lessonFeedback")
    assert (feedback.text(), feedback.isVisible(), feedback.property("tone")) == ("12 is not correct.", True, "")
    assert panel.field.text() == "12"
    panel.show_view(replace(NUMBER, feedback="Right.", is_right=True, is_solved=True, can_go_on=True))
    assert feedback.property("tone") == "good"
    assert panel.next_button.isEnabled()
    panel.show_view(replace(NUMBER, feedback="13 is not correct.", is_solved=True, can_go_on=True))
    assert (feedback.text(), feedback.property("tone")) == ("13 is not correct.", "")
    assert panel.next_button.isEnabled()


@pytest.mark.parametrize("view", [NUMBER, CHOICE], ids=["number", "choice"])
def test_a_question_about_what_has_moved_on_says_so_and_offers_to_set_it_up_again(panel, view):
    panel.show_view(view)
    moved, button = label(panel, "lessonMoved"), panel.findChild(QPushButton, "lessonSetUpButton")
    assert (moved.isVisible(), button.isVisible()) == (False, False)
    panel.field.setText("12")
    panel.show_view(replace(view, has_moved=True))
    assert (moved.isVisible(), button.isVisible()) == (True, True)
    assert (moved.text(), button.text()) == (ANOTHER, "Set this step up again")
    assert panel.field.text() == "12"
    assert ANOTHER in panel.accessibleDescription()
    panel.show_view(view)
    assert (moved.isVisible(), button.isVisible()) == (False, False)
    assert ANOTHER not in panel.accessibleDescription()


def test_another_step_begins_with_an_empty_field_at_its_top(panel):
    panel.show_view(replace(NUMBER, text="long words " * 400))
    QTest.keyClicks(panel.field, "12")
    QApplication.processEvents()
    bar = panel._scroll.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert bar.value() > 0
    panel.show_view(replace(NUMBER, text="other words " * 400))
    assert (panel.field.text(), bar.value()) == ("", 0)


def test_the_last_step_is_finished(panel):
    panel.show_view(replace(VIEW, is_last=True))
    assert panel.next_button.text() == "Finish"


def test_a_question_outside_of_lessons_has_no_steps_to_go_to(panel):
    panel.show_view(replace(PREDICT, caption="ASK ME FIRST"))
    assert (panel.back_button.isVisible(), panel.next_button.isVisible()) == (False, False)
    assert panel.close_button.isVisible()


def test_nothing_to_show_leaves_what_is_there(panel):
    panel.show_view(VIEW)
    panel.show_view(None)
    panel.show_view(NUMBER)
    assert label(panel, "lessonQuestion").text() == "What is it?"


def test_no_text_is_ever_shown_as_markup(panel):
    panel.show_view(
        replace(CHOICE, caption=MARKUP, title=MARKUP, text=MARKUP, ask=MARKUP, choices=(MARKUP,), feedback=MARKUP)
    )
    labels = [each for each in panel.findChildren(QLabel) if each.text() == MARKUP]
    assert len(labels) == 5
    for each in labels:
        assert each.textFormat() == Qt.TextFormat.PlainText
        assert not each.openExternalLinks()
    assert [button.text().replace("&&", "&") for button in choices(panel)] == [MARKUP]


def test_screen_readers_are_told_the_plain_sentence_and_what_became_of_it(panel):
    panel.show_view(NUMBER)
    assert panel.accessibleName() == "Where a slope comes from"
    assert panel.accessibleDescription() == "Read this. What is it?"
    panel.show_view(replace(NUMBER, feedback="12 is not correct."))
    assert panel.accessibleDescription() == "Read this. What is it? 12 is not correct."
    panel.show_view(replace(NUMBER, feedback="12 is not correct.", has_moved=True))
    assert panel.accessibleDescription() == f"Read this. What is it? {ANOTHER} 12 is not correct."
    assert panel.field.accessibleName() == "Your answer"


def test_everything_is_reached_by_the_tab_key(panel):
    panel.show_view(replace(PREDICT, can_go_on=True, has_moved=True))
    wanted = {panel.field, panel.check_button, panel.next_button, panel.back_button, panel.close_button}
    wanted |= {panel.set_up_button}
    wanted |= set(choices(panel))
    panel.field.setFocus()
    reached = set()
    for _ in range(20):
        reached.add(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert reached == wanted


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: str(lesson.number))
def test_every_bundled_step_fits_into_the_dock_as_narrow_as_it_is_at_first(panel, lesson):
    panel.resize(276, 500)
    for step in lesson.steps:
        panel.show_view(
            replace(NUMBER, title=lesson.title, text=step.text, ask=step.ask, choices=step.choices, feedback=step.help,
                    has_moved=True, kind="choice" if step.choices else "number")
        )  # fmt: skip
        QApplication.processEvents()
        assert panel._scroll.widget().width() <= panel._scroll.viewport().width(), step.choices or step.text


@pytest.mark.parametrize("height", [240, 330, 420])
def test_in_a_low_panel_what_became_of_an_answer_is_scrolled_to(panel, height):
    panel.resize(290, height)
    long = replace(NUMBER, text="A sentence of some words that go on. " * 14)
    panel.show_view(long)
    assert panel._scroll.verticalScrollBar().value() == 0
    moved = replace(long, has_moved=True)
    panel.show_view(moved)
    QApplication.processEvents()
    assert panel.set_up_button.visibleRegion().boundingRect().height() == panel.set_up_button.height()
    panel.show_view(replace(moved, feedback="12 is not correct. Take 0.01 times the slope away."))
    QApplication.processEvents()
    told = label(panel, "lessonFeedback")
    assert told.visibleRegion().boundingRect().height() == told.height()
