import html
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from gdstudio.document.numbers import shown_plain
from gdstudio.teaching.practice import Level, exercise
from gdstudio.teaching.sheet import MOST_EXERCISES, markdown, sheet_of, web_page

VOID = {"meta", "br", "hr", "img", "link", "input"}
BOTH = pytest.mark.parametrize("write", [markdown, web_page])
NASTY = "<script>alert('x')</script> & *a* _b_ `c` [d](http://e) # 1 < 2"


class Page(HTMLParser):
    """Reads a page: its texts, its tags with their attributes, and whether every tag is closed in its turn."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags, self.texts, self.open = [], [], []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    def count(self, tag: str, **attributes) -> int:
        return sum(name == tag and attributes.items() <= found.items() for name, found in self.tags)

    @property
    def text(self) -> str:
        return "\n".join(self.texts)


def read(write, exercises, *, answers: bool) -> str:
    """What a reader sees of a sheet."""
    written = write(exercises, answers=answers)
    return Page(written).text if write is web_page else re.sub(r"\\(?=[\\`*_\[\]<>#])", "", written)


def told(exercises):
    return [(each.level, each.seed, each.given, each.question, each.answer) for each in exercises]


# Which exercises.


def test_the_levels_come_in_turn_and_no_exercise_twice():
    sheet = sheet_of(list(Level), 20, 5)
    assert [each.level for each in sheet] == [*Level, *Level, *list(Level)[:2]]
    assert [each.seed for each in sheet] == [5] * 9 + [6] * 9 + [7] * 2
    assert len({(each.level, each.seed) for each in sheet}) == 20


@pytest.mark.parametrize("count", [1, 10, MOST_EXERCISES])
def test_a_sheet_has_as_many_exercises_as_are_wanted(count):
    sheet = sheet_of([Level.ERROR], count, 1)
    assert len(sheet) == count
    assert {each.level for each in sheet} == {Level.ERROR}
    assert Page(web_page(sheet, answers=False)).count("section") == count
    assert len(re.findall(r"^## \d+\. Error$", markdown(sheet, answers=False), re.MULTILINE)) == count


@BOTH
def test_the_same_seed_gives_the_same_sheet_and_another_gives_another(write):
    one, again, other = (sheet_of(list(Level), 18, seed) for seed in (3, 3, 4))
    assert told(one) == told(again)
    for answers in (True, False):
        assert write(one, answers=answers) == write(again, answers=answers)
        assert write(one, answers=answers) != write(other, answers=answers)


def test_a_sheet_holds_the_very_exercises_of_practice():
    assert told(sheet_of([Level.UPDATE], 3, 8)) == told(exercise(Level.UPDATE, seed) for seed in (8, 9, 10))


# What stands on it.


@BOTH
@pytest.mark.parametrize("answers", [True, False])
def test_everything_that_is_given_and_asked_stands_on_the_sheet(write, answers):
    sheet = sheet_of(list(Level), 27, 2)
    text = read(write, sheet, answers=answers)
    for number, each in enumerate(sheet, start=1):
        assert f"{number}. {each.level.value}" in text
        assert all(line in text for line in (*each.given, *each.code, each.question))
        assert f"({each.tolerance_text})" in text


@BOTH
def test_with_answers_each_is_worked_out(write):
    sheet = sheet_of(list(Level), 27, 2)
    text = read(write, sheet, answers=True)
    for each in sheet:
        assert all(line in text for line in each.solution)
    if write is markdown:
        assert re.findall(r"^Answer: (.*)$", text, re.MULTILINE) == [shown_plain(each.answer) for each in sheet]
    else:
        assert Page(web_page(sheet, answers=True)).count("div", **{"class": "answer"}) == 27


@BOTH
@pytest.mark.parametrize("level", Level, ids=lambda level: level.name)
def test_without_answers_no_answer_solution_or_hint_stands_anywhere(write, level):
    for seed in range(30):
        (each,) = sheet = sheet_of([level], 1, seed)
        written = write(sheet, answers=False)
        text = read(write, sheet, answers=False)
        assert not any(line in text for line in (*each.solution, *each.hints))
        assert not any(mistake.name in text for mistake in each.mistakes)
        assert "Answer" not in text
        assert 'class="answer"' not in written
        # Once all that was given, asked and counted is taken away, no number is left that could be the answer.
        numbered = enumerate(zip(each.code, each.results, strict=True), start=1)
        comments = [f"{line}  # line {k} gives {result}" for k, (line, result) in numbered]
        for known in (*each.given, *each.listing, *comments, each.question, each.tolerance_text):
            text = text.replace(known, "")
        assert re.findall(r"[−\d.]*\d", text) == ["1"]


def test_without_answers_there_is_room_to_write_one():
    page = Page(web_page(sheet_of(list(Level), 9, 1), answers=False))
    assert page.count("div", **{"class": "line"}) == 9
    assert Page(web_page(sheet_of(list(Level), 9, 1), answers=True)).count("div", **{"class": "line"}) == 0


# What it is made of.


@pytest.mark.parametrize("answers", [True, False])
def test_the_page_parses_and_loads_nothing(answers):
    source = web_page(sheet_of(list(Level), 18, 1), answers=answers)
    page = Page(source)
    assert source.startswith("<!doctype html>")
    assert {"html", "head", "title", "style", "body", "section"} <= {tag for tag, _ in page.tags}
    assert page.count("meta", charset="utf-8") == 1
    assert not {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    names = {name for _, attributes in page.tags for name in attributes}
    assert names <= {"lang", "charset", "class"}
    assert not re.search(r"url\(|@import|https?:|//", source)


def nasty() -> tuple:
    each = exercise(Level.BUG, 1)
    return (replace(each, given=(NASTY,), question=NASTY, code=(NASTY,), results=("0",), solution=(NASTY,)),)


def test_what_looks_like_markup_is_text_on_the_page():
    page = Page(web_page(nasty(), answers=True))
    assert not {tag for tag, _ in page.tags} & {"script", "a", "em"}
    assert page.text.count(NASTY) == 4


def test_what_looks_like_markup_is_escaped_in_markdown():
    written = markdown(nasty(), answers=True)
    fenced = written.split("```")[1]
    assert NASTY in fenced
    outside = written.replace(fenced, "")
    assert not re.findall(r"(?<!\\)[*_\[\]<>`](?=[a-z/])", outside.replace("**", "").replace("```", ""))
    assert outside.count(re.sub(r"([\\`*_\[\]<>#])", r"\\\1", NASTY)) == 3


def test_a_program_is_fenced_and_its_lines_are_numbered():
    (each,) = sheet = sheet_of([Level.BUG], 1, 4)
    code = markdown(sheet, answers=False).split("```")[1].splitlines()
    lines = list(zip(each.code, each.results, strict=True))
    assert code == [
        "python",
        *(f"{line}  # line {k} gives {result}" for k, (line, result) in enumerate(lines, start=1)),
    ]
    shown = re.search(r"<pre>(.*?)</pre>", web_page(sheet, answers=False), re.DOTALL)[1]
    assert html.unescape(shown).splitlines() == list(each.listing)


@BOTH
def test_a_sheet_ends_with_one_newline(write):
    written = write(sheet_of([Level.FORWARD], 2, 1), answers=False)
    assert written.endswith("\n")
    assert not written.endswith("\n\n")
