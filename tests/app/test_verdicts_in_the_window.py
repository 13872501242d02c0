"""Questions of every lesson, answered by typing in the window: right is right and wrong is wrong, whatever was done.

A question is about its page's own set-up. The answers are in ``data/lesson-answers.json``; whether they are right is
worked out beside :mod:`tests.teaching.test_lesson_verdicts` with the engine alone.
"""

import json
import re
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import exact, parse_number, shown_plain
from gdstudio.teaching.lessons import lessons, tolerance_of
from gdstudio.teaching.orders import ORDERS, measured, obeyed, read_phrase
from gdstudio.teaching.picture import picture_of

ANSWERS = json.loads((Path(__file__).parents[1] / "data" / "lesson-answers.json").read_text())
LESSONS = {lesson.number: lesson for lesson in lessons()}
PLACES = [tuple(int(part) for part in page.split(".")) for page in ANSWERS]
EACH = pytest.mark.parametrize("number", LESSONS)


class Pupil:
    """A person at the lesson panel: types, presses its buttons by their names, and reads what it says."""

    def __init__(self, studio) -> None:
        self.studio, self.session, self.panel = studio, studio.session, studio.window.lesson_panel

    def begin(self, number: int, page: int = 1) -> "Pupil":
        self.session.undo_stack.setClean()
        self.studio.school.begin(number, page - 1)
        self.settle()
        return self

    def settle(self) -> None:
        QApplication.processEvents()

    def button(self, name: str) -> QPushButton:
        return self.panel.findChild(QPushButton, name)

    def press(self, name: str) -> None:
        button = self.button(name)
        assert button.isVisible(), name
        assert button.isEnabled(), name
        button.click()
        self.settle()

    def answer(self, text: str) -> str:
        field = self.panel.findChild(QLineEdit, "predictField")
        assert field.isVisible()
        field.setText(text)
        self.press("checkButton")
        return self.feedback

    def choose(self, text: str) -> str:
        (chosen,) = [b for b in self.panel.findChildren(QPushButton) if b.isVisible() and b.text() == text]
        chosen.click()
        self.settle()
        return self.feedback

    @property
    def label(self) -> QLabel:
        return self.panel.findChild(QLabel, "lessonFeedback")

    @property
    def feedback(self) -> str:
        return self.label.text() if self.label.isVisible() else ""

    @property
    def is_green(self) -> bool:
        return self.label.property("tone") == "good"

    @property
    def can_go_on(self) -> bool:
        return self.button("lessonNextButton").isEnabled()

    @property
    def again(self) -> list[QPushButton]:
        """What offers to set the page up again."""
        buttons = self.panel.findChildren(QPushButton)
        return [button for button in buttons if button.isVisible() and "again" in button.text().casefold()]

    def order(self, text: str) -> None:
        """Do to the open network what orders say, parted by semicolons."""
        for part in text.split(";"):
            phrase = read_phrase(part.strip(), ORDERS)
            if phrase.words == "step #":
                self.session.descend(int(phrase.values[0]))
            else:
                self.session.apply(partial(_obeyed, phrase), "By hand")
        self.settle()

    def do_what_is_asked(self) -> None:
        """Solve the page as it stands there."""
        step = self.studio.school.tutor.step
        number, at = self.studio.school.tutor.lesson.number, self.studio.school.tutor._at
        if step.expect is not None:
            self.answer(ANSWERS[f"{number}.{at + 1}"])
        elif step.choices:
            self.choose(step.right)
        elif step.goal:
            for phrase in step.attempt:
                self.order(phrase.text)
            self.press("checkButton")
        elif step.predict is not None:
            self.studio.window.actions_by_name["stepAction"].trigger()
            self.answer("1")
        assert self.can_go_on, (number, at + 1, self.feedback)


def _obeyed(phrase, project):
    return obeyed(project, phrase)


def own(number: int, page: int):
    """The project that a page begins with when nothing else was done."""
    project = None
    for step in LESSONS[number].steps[:page]:
        for order in step.do:
            project = obeyed(project, order)
    return project


def live(pupil: Pupil, number: int, page: int) -> float | None:
    """What is asked for, as it is on the open network; None where it is what it was at the page's own set-up."""
    step = LESSONS[number].steps[page - 1]
    try:
        now = measured(picture_of(pupil.session.viewed), step.expect)
    except ProjectError:  # there is none now
        return None
    before = measured(picture_of(own(number, page)), step.expect)
    return now if abs(now - before) > 2.0 * tolerance_of(step, before) else None


def check_page(pupil: Pupil, number: int, page: int, claims) -> None:
    """What is wrong is refused, what is right is praised, and nothing that is said on the way is false."""
    step = LESSONS[number].steps[page - 1]
    wrong = list(step.wrong)
    other = live(pupil, number, page)
    if other is not None:
        wrong.append(exact(other))
    for text in wrong:
        said = pupil.answer(text)
        assert not said.startswith("Right"), (number, page, text, said)
        assert not pupil.is_green
        assert not pupil.can_go_on
        assert claims.false(said) == []
    said = pupil.answer(ANSWERS[f"{number}.{page}"])
    assert said.startswith("Right"), (number, page, said)
    assert pupil.is_green
    assert pupil.can_go_on
    assert claims.false(said) == []
    assert claims.names(said, parse_number(ANSWERS[f"{number}.{page}"])), said


def pages_of(number: int) -> list[int]:
    return [page for lesson, page in PLACES if lesson == number]


@pytest.fixture
def pupil(same_studio) -> Pupil:
    # What is read are the panel's labels and buttons: nothing need be painted.
    same_studio.window.setUpdatesEnabled(False)
    person = Pupil(same_studio)
    yield person
    same_studio.window.setUpdatesEnabled(True)
    person.studio.school.close()
    person.session.undo_stack.setClean()


# States of the window.

STATES = {
    "as it is set up": lambda pupil: None,
    "one step on": lambda pupil: pupil.studio.window.actions_by_name["stepAction"].trigger(),
    "three steps on": lambda pupil: pupil.order("step 3"),
    "a weight was typed": lambda pupil: pupil.studio.window.parameter_table.model().setData(
        pupil.studio.window.parameter_table.model().index(0, 1), "0.625"
    ),
    "an input was typed": lambda pupil: pupil.order("input 1 2.5"),
    "another rate": lambda pupil: pupil.order("rate 0.03; batch 2"),
    "another activation": lambda pupil: pupil.order("last activation sigmoid"),
}


QUICK = ("one step on", "a weight was typed")


@pytest.mark.parametrize(
    "state", [pytest.param(state, marks=() if state in QUICK else pytest.mark.nightly) for state in STATES]
)
@EACH
def test_a_question_is_marked_against_its_own_set_up(pupil, claims, number, state):
    for page in pages_of(number):
        pupil.begin(number, page)
        STATES[state](pupil)
        pupil.settle()
        check_page(pupil, number, page, claims)


@EACH
def test_the_answer_is_right_for_who_comes_by_next_after_doing_what_was_asked(pupil, claims, number):
    pupil.begin(number)
    for page, step in enumerate(LESSONS[number].steps, start=1):
        if step.expect is not None:
            check_page(pupil, number, page, claims)
        else:
            pupil.do_what_is_asked()
        if page < len(LESSONS[number].steps):
            pupil.press("lessonNextButton")


@EACH
def test_the_answer_is_right_for_who_comes_by_next_after_a_step_too_many(pupil, claims, number):
    pupil.begin(number)
    for page, step in enumerate(LESSONS[number].steps, start=1):
        if step.expect is not None:
            check_page(pupil, number, page, claims)
        else:
            pupil.do_what_is_asked()
        if page < len(LESSONS[number].steps):
            if LESSONS[number].steps[page].expect is not None:
                pupil.order("step 1")
            pupil.press("lessonNextButton")


@EACH
def test_the_answer_is_right_for_who_comes_back(pupil, claims, number):
    for page in pages_of(number):
        if page == len(LESSONS[number].steps):
            continue
        pupil.begin(number, page).do_what_is_asked()
        pupil.press("lessonNextButton")
        pupil.order("step 1")
        pupil.press("lessonBackButton")
        other = live(pupil, number, page)
        for text in (*LESSONS[number].steps[page - 1].wrong, *([] if other is None else [exact(other)])):
            said = pupil.answer(text)
            assert not said.startswith("Right"), (number, page, text, said)
            assert not pupil.is_green, "a wrong answer is green"
        said = pupil.answer(ANSWERS[f"{number}.{page}"])
        assert said.startswith("Right"), (number, page, said)
        assert pupil.is_green
        assert claims.false(said) == []


def test_the_page_of_someone_who_goes_on_another_day_is_marked_the_same(pupil, claims):
    for number, page in ((2, 4), (4, 4), (6, 2), (8, 4), (10, 3), (12, 4)):
        pupil.begin(number, page)
        pupil.order("step 1")
        pupil.studio.school.close()
        pupil.session.undo_stack.setClean()
        pupil.studio.school.resume()
        pupil.settle()
        check_page(pupil, number, page, claims)


# Where the network has moved on, it says so.


@pytest.mark.parametrize(("number", "page"), [(2, 1), (4, 1), (4, 4), (1, 2), (9, 2), (10, 3)])
def test_a_network_that_has_moved_on_is_set_up_again_where_that_is_wanted(pupil, claims, number, page):
    pupil.begin(number, page)
    assert pupil.again == []
    pupil.studio.window.actions_by_name["stepAction"].trigger()
    pupil.settle()
    assert live(pupil, number, page) is not None
    assert len(pupil.again) == 1
    pupil.again[0].click()
    pupil.settle()
    assert live(pupil, number, page) is None
    assert pupil.again == []
    check_page(pupil, number, page, claims)


def test_setting_up_again_can_be_undone(pupil):
    pupil.begin(4, 1)
    pupil.order("step 2")
    before = pupil.session.viewed.parameters.tolist()
    (again,) = pupil.again
    again.click()
    pupil.session.undo_stack.undo()
    assert pupil.session.viewed.parameters.tolist() == before


def test_who_goes_back_in_the_history_to_the_set_up_is_asked_nothing_more(pupil):
    pupil.begin(4, 1)
    pupil.order("step 2")
    assert len(pupil.again) == 1
    pupil.studio.window.history_bar.slider.setValue(0)
    pupil.settle()
    assert pupil.again == []


# Mistakes have names here too.


@pytest.mark.parametrize(
    ("number", "page", "typed", "words"),
    [
        (2, 1, "0.24", "change"),
        (2, 1, "1.76", "added"),
        (2, 1, "26", "rate"),
        (2, 1, "2.12", "factor 2|2 of the square|twice"),
        (1, 2, "24", "sign"),
        (3, 1, "4", "sign|target"),
        (3, 1, "16", "squared"),
        (3, 2, "-4", "factor 2|2 of the square|twice"),
        (3, 3, "-12", "factor 2|2 of the square|twice"),
        (3, 3, "-8", "input|②"),
        (3, 3, "24", "sign"),
        (4, 2, "15", "factor 2|2 of the square|twice"),
        (4, 2, "10", "input|②"),
        (4, 4, "2.788", "at a time|after the other|wait"),
        (5, 3, "2.4", "added"),
        (5, 3, "-38", "rate"),
        (5, 3, "-0.4", "change"),
        (7, 4, "7.41", "sign"),
    ],
)
def test_a_typical_mistake_is_named(pupil, claims, number, page, typed, words):
    said = pupil.begin(number, page).answer(typed)
    own_words = said.removesuffix(LESSONS[number].steps[page - 1].help)
    assert re.search(words, own_words), said
    assert "is not it" not in said
    assert not pupil.can_go_on
    assert claims.false(said) == []


# Once it is solved.


@pytest.mark.parametrize("number", [2, 4, 14])
def test_a_wrong_answer_after_a_right_one_is_not_green_and_the_way_stays_open(pupil, number):
    pupil.begin(number)
    pupil.answer(ANSWERS[f"{number}.1"])
    assert pupil.is_green
    said = pupil.answer("123456")
    assert "Right" not in said
    assert not pupil.is_green
    assert pupil.can_go_on
    assert not pupil.answer("abc").startswith("Right")
    assert not pupil.is_green
    pupil.answer(ANSWERS[f"{number}.1"])
    assert pupil.is_green


def test_a_wrong_choice_after_the_right_one_is_not_green(pupil):
    pupil.begin(1)
    pupil.choose("grow")
    assert pupil.is_green
    pupil.choose("shrink")
    assert not pupil.is_green
    assert pupil.can_go_on


def test_a_goal_that_was_reached_and_left_again_is_not_green(pupil):
    pupil.begin(1, 3).order("step 1")
    pupil.press("checkButton")
    assert pupil.is_green
    pupil.order("reset")
    pupil.press("checkButton")
    assert not pupil.is_green


# What is praised when something was done.


def seen_in(pupil: Pupil) -> str:
    """Everything that stands written in the card of the network."""
    labels = pupil.studio.window.network_card.findChildren(QLabel)
    return " ".join(label.text() for label in labels if label.isVisible())


@pytest.mark.parametrize(
    "orders", ["one at a time on", "one at a time on; step 1", "step 1; one at a time on; step 1",
               "one at a time on; step 3", "rate 0.02; one at a time on; step 1"],
)  # fmt: skip
def test_both_ways_to_move_are_praised_with_the_numbers_that_stand_beside_them(pupil, claims, orders):
    pupil.begin(4, 5).order(orders)
    pupil.press("checkButton")
    if pupil.is_green:
        for number in re.findall(r"\d+\.\d+", pupil.feedback):
            assert number in seen_in(pupil), (number, pupil.feedback)


@pytest.mark.parametrize(
    ("page", "orders", "claim", "shown"),
    [
        ((8, 2), "weight 1 -1; target 20", r"−10|100", ("error", "loss")),
        ((6, 6), "rate 0.0714; step 4", r"for ever", ()),
        ((9, 5), "weight 4 0; weight 3 -5", r"^Three slopes", ()),
        ((2, 6), "weight 1 3.3333333333333335; rate 1/18", r"One step", ()),
    ],
)
def test_praise_for_a_goal_holds_however_it_was_reached(pupil, page, orders, claim, shown):
    pupil.begin(*page).order(orders)
    pupil.press("checkButton")
    if pupil.is_green:
        now = picture_of(pupil.session.viewed)
        values = {"error": float(now.errors(0)[0]), "loss": now.loss}
        stated = re.findall(claim, pupil.feedback)
        assert set(stated) <= {shown_plain(values[name]) for name in shown}, pupil.feedback


def test_where_a_line_comes_to_rest_is_not_said_before_it_does(pupil):
    pupil.begin(13, 1).order("new start; step 23")
    pupil.press("checkButton")
    assert pupil.is_green
    now = [shown_plain(float(value), 3) for value in pupil.session.viewed.parameters]
    if pupil.feedback.startswith("Always"):
        assert re.findall(r"0\.\d{3}", pupil.feedback) == now


# Practice.


def test_a_wrong_answer_after_a_right_one_is_not_green_in_practice_either(same_studio):
    panel = same_studio.window.practice_panel
    same_studio.window.actions_by_name["practiceAction"].trigger()
    feedback = panel.findChild(QLabel, "practiceFeedback")

    def answered(text: str) -> str:
        panel.findChild(QLineEdit, "practiceField").setText(text)
        panel.findChild(QPushButton, "practiceCheckButton").click()
        return feedback.property("tone")

    right = exact(same_studio.school.trainer.exercise.answer)
    assert [answered(text) for text in ("123456", right, "123456", "abc", right)] == ["", "good", "", "", "good"]
