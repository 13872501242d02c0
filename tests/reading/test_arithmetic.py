"""Every line of arithmetic in the window holds as it stands there: a calculator finds what is shown."""

import re
from itertools import product

import pytest

from gdstudio.teaching.lessons import answer_of, lessons
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.practice import Level

from .openings import Told
from .projects import drawn_project
from .sums import equations_of
from .texts import texts_in
from .window import readable, statements_in

QUICK, ALL, SHARES = 25, 500, 10
_ARITHMETIC = re.compile(r"(?<!±)[0-9²)] ?[×÷+−] ?[(√−]*[0-9]")


def faults_of(statements: list[Told]) -> list[str]:
    """What is off, and what looks like arithmetic and could not be read."""
    return [f"{told.kind}: {told.finding}" for told in statements if is_fault(told)]


def is_fault(told: Told) -> bool:
    # Code is not all arithmetic, and says of values in few digits that they are about so.
    words = told.finding.verdict == "words" and told.kind != "code"
    return told.finding.verdict == "off" or (words and _ARITHMETIC.search(told.finding.text) is not None)


@pytest.mark.parametrize("share", range(5))
def test_every_line_of_arithmetic_holds_as_it_is_shown(same_studio, share):
    found, lines = [], 0
    for number in range(share, QUICK, 5):
        told = list(statements_in(readable(same_studio), drawn_project(number), number, most=14, weights=1))
        found += [f"project {number}, {fault}" for fault in faults_of(told)]
        lines += sum(each.finding.verdict == "holds" for each in told)
    assert found == []
    assert lines > 500


@pytest.mark.nightly
@pytest.mark.parametrize("share", range(SHARES))
def test_every_line_of_five_hundred_projects_holds(same_studio, share):
    found = []
    for number in range(share, ALL, SHARES):
        told = list(statements_in(readable(same_studio), drawn_project(number), number))
        found += [f"project {number}, {fault}" for fault in faults_of(told)]
    assert found == []


def checked(texts: list[str]) -> list[str]:
    return [str(finding) for text in texts for finding in equations_of(text) if finding.verdict == "off"]


@pytest.mark.parametrize(("level", "round_"), list(product(Level, range(3))))
def test_hints_and_solutions_of_practice_hold(same_studio, level, round_):
    panel, trainer = same_studio.window.practice_panel, same_studio.school.trainer
    trainer.set_level(level.name)
    for _ in range(round_ * 4 + 1):
        trainer.next()
        for _ in range(6):
            trainer.hint()
        trainer.answer("0.123")
        texts = texts_in(panel)
        assert any("=" in text for text in texts) or level.name not in ("FORWARD", "SLOPE")
        assert checked(texts) == []


@pytest.mark.parametrize("number", [lesson.number for lesson in lessons()])
def test_what_a_lesson_says_holds(same_studio, number):
    (lesson,) = (each for each in lessons() if each.number == number)
    school, session = same_studio.school, same_studio.session
    for place, step in enumerate(lesson.steps):
        session.undo_stack.setClean()
        school.begin(number, place)
        found = checked(texts_in(same_studio.window.lesson_panel))
        answers = [answer_of(step, picture_of(session.viewed)), "12345"] if step.expect else list(step.choices)
        for answer in answers:
            school.tutor.answer(answer)
            found += checked(texts_in(same_studio.window.lesson_panel))
        assert found == [], f"step {place + 1}"
    school.tutor.close()
