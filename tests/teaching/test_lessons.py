"""Every bundled lesson played without a window, its right way and its wrong ones; and what the reader refuses."""

import re
import tomllib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import parse_number, shown_plain
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.resources import resource
from gdstudio.teaching.lessons import (
    POINTS,
    LessonError,
    answer_of,
    lessons,
    mark_choice,
    mark_goal,
    mark_number,
    read_lesson,
    tolerance_of,
)
from gdstudio.teaching.marking import Mark
from gdstudio.teaching.mistakes import (
    ADDED,
    CHANGE,
    FACTOR,
    INPUT,
    NO_RATE,
    NOT_MOVED,
    NOT_SQUARED,
    SIGN,
    SQUARED,
)
from gdstudio.teaching.orders import ORDERS, holds, measured, obeyed, read_phrase, selected
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.set_up import begun_picture

LESSONS = lessons()
FILES = sorted(resource("lessons").glob("*.toml"))
EACH = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: f"{lesson.number}-{lesson.title}")
MINUS_BEFORE_A_NUMBER = re.compile(r"(?<![\w)\]\"“])-(?=[0-9])")
TODAY = settings(derandomize=True, deadline=None, database=None, max_examples=300)


def with_orders(project, text):
    """Obey orders that are parted by semicolons."""
    for order in text.split(";"):
        project = obeyed(project, read_phrase(order.strip(), ORDERS))
    return project


def walk(lesson, *, does=True, after=""):
    """Play a lesson; yields each step with the project on which it asks.

    ``does`` says whether what is asked for is done; ``after`` is what a person does besides, once a goal is reached.
    """
    project = None
    for step in lesson.steps:
        for order in step.do:
            project = obeyed(project, order)
        yield step, project
        if step.predict is not None:
            project = with_orders(project, "step 1")
        if does:
            for order in step.attempt:
                project = obeyed(project, order)
        if step.goal and after:
            project = with_orders(project, after)


def read(text, name="demo.toml"):
    return read_lesson(text if isinstance(text, bytes) else text.encode(), name)


# Every bundled lesson


def test_lessons_are_numbered_from_1_to_14_without_gaps_and_their_files_say_so():
    assert [lesson.number for lesson in LESSONS] == list(range(1, 15))
    assert [int(path.name[:2]) for path in FILES] == list(range(1, 15))
    assert len({lesson.title for lesson in LESSONS}) == 14


@EACH
def test_a_lesson_has_a_few_steps_and_asks_in_at_least_three(lesson):
    assert 4 <= len(lesson.steps) <= 6
    assert sum(step.asks for step in lesson.steps) >= 3


@EACH
def test_a_lesson_begins_by_opening_a_starting_point(lesson):
    assert lesson.steps[0].do[0].words == "open *"


@EACH
def test_every_right_answer_passes_and_every_scripted_wrong_one_does_not(lesson):
    for step, project in walk(lesson):
        picture = picture_of(project)
        if step.expect is not None:
            right = mark_number(step, picture, answer_of(step, picture))
            assert right.is_right, step.ask
            assert right.sentence == step.praise
            for wrong in step.wrong:
                assert not mark_number(step, picture, wrong).is_right, (step.ask, wrong)
        elif step.choices:
            assert mark_choice(step, step.right).is_right
            assert set(step.wrong) == set(step.choices) - {step.right}
            for wrong in step.wrong:
                assert not mark_choice(step, wrong).is_right, (step.ask, wrong)
        elif step.goal:
            for wrong in step.wrong:
                assert not mark_goal(step, picture_of(with_orders(project, wrong))).is_right, (step.ask, wrong)


@EACH
def test_no_goal_is_reached_before_anything_is_done_and_trying_reaches_every_one(lesson):
    for step, project in walk(lesson):
        if step.goal:
            before = mark_goal(step, picture_of(project))
            assert not before.is_right, step.ask
            assert before.sentence.startswith("Not yet. Still to do: ")
            for order in step.attempt:
                project = obeyed(project, order)
            assert mark_goal(step, picture_of(project)).is_right, step.ask


@EACH
@pytest.mark.parametrize(
    ("does", "after"), [(False, ""), (True, "step 3"), (True, "rate 0.003"), (True, "rate 0.05; step 2")]
)
def test_the_answers_are_the_same_for_who_resumes_and_for_who_did_more_than_was_asked(lesson, does, after):
    plain = [answer_of(step, picture_of(project)) for step, project in walk(lesson) if step.expect]
    other = [answer_of(step, picture_of(project)) for step, project in walk(lesson, does=does, after=after)
             if step.expect]  # fmt: skip
    own = [answer_of(step, begun_picture(lesson, at)) for at, step in enumerate(lesson.steps) if step.expect]
    assert other == plain == own


@EACH
@pytest.mark.parametrize("after", ["", "step 3"])
def test_no_goal_is_reached_by_what_was_done_for_the_one_before(lesson, after):
    for step, project in walk(lesson, after=after):
        assert not step.goal or not mark_goal(step, picture_of(project)).is_right, step.ask


@EACH
def test_what_a_lesson_points_at_and_predicts_is_there(lesson):
    for step, project in walk(lesson):
        for name in step.point:
            if name not in POINTS:
                there(project, selected(project, read_phrase(f"select {name}", ORDERS)))
        for order in step.do:
            ref = selected(project, order)
            if ref is not None:
                there(project, ref)
        if step.predict is not None:
            there(project, ParameterRef(step.predict - 1))


def there(project, ref):
    match ref:
        case ParameterRef(index):
            assert 0 <= index < project.network.parameter_count
        case NodeRef(layer, position):
            assert 0 <= position < project.network.sizes[layer]
        case TargetRef(output):
            assert output < project.network.sizes[-1]
        case _:
            pytest.fail(f"{ref} selects nothing")


@EACH
def test_help_leads_without_giving_the_number_away(lesson):
    for step, project in walk(lesson):
        if step.expect is not None:
            assert step.help
            answer = shown_plain(measured(picture_of(project), step.expect), 4)
            assert not re.search(rf"(?<![\d.]){re.escape(answer)}(?![\d.])", step.help.replace("9e-3", "")), step.ask


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_texts_are_plain_and_wrapped(path):
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    assert [(n, line) for n, line in enumerate(lines, 1) if len(line) > 120 or line != line.rstrip()] == []
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@EACH
def test_every_text_has_real_minus_signs_and_no_markup_and_ends_as_a_sentence_or_a_formula(lesson):
    texts = [text for step in lesson.steps for text in (step.text, step.ask, step.praise, step.help) if text]
    for text in [lesson.summary, *texts]:
        assert text[-1] in ".?!)" or set("=×") & set(text.splitlines()[-1]), text
        assert not re.search(r"\*\*|__|`|https?:|<\w", text), text
        for line in text.splitlines():
            if " = " not in line and "9e-3" not in line:
                assert not MINUS_BEFORE_A_NUMBER.search(line), line


@EACH
def test_what_a_screen_reader_says_is_one_line_with_text_question_and_choices(lesson):
    for step in lesson.steps:
        assert "\n" not in step.spoken
        for choice in step.choices:
            assert choice in step.spoken
        for piece in (step.text, step.ask):
            assert " ".join(piece.split()) in step.spoken


@EACH
def test_the_praise_of_a_number_says_the_number(lesson):
    for step, project in walk(lesson):
        if step.expect is not None:
            value = measured(picture_of(project), step.expect)
            said = re.findall(r"−?\d[\d,]*(?:\.\d+)?(?:e−\d+)?(?: ?/ ?\d[\d,]*)?", step.praise)
            told = [parse_number(number.replace(",", "").replace(" ", "")) for number in said]
            assert any(abs(number - value) <= tolerance_of(step, value) for number in told), (step.praise, value)


# What the lecture says, again from the lessons


@pytest.mark.parametrize(
    ("number", "answers"),
    [
        (1, [-24.0]),
        (2, [2.24, 1 / 9]),
        (3, [-4.0, -8.0, -24.0, -16.0]),
        (4, [5.0, 30.0, 40.0, 2.5]),
        (5, [11.0, 1.6, 42.0]),
        (6, [5.04, 3.6288, 9.627110070005e-5, 1 / 28]),
        (8, [-24.0, -0.6018, 2 * 3 * (1 / (1 + 2.718281828459045**-6)) ** 2 / (1 + 2.718281828459045**6)]),
        (9, [1.0, -40.0, -16.0]),
        (10, [4.0, 5.0, 3.76]),
        (14, [13.0, 51.0, 11.0]),
    ],
)
def test_the_answers_of_a_lesson_are_the_lectures_numbers(number, answers):
    found = [
        measured(picture_of(project), step.expect)
        for step, project in walk(LESSONS[number - 1])
        if step.expect is not None
    ]
    assert found == pytest.approx(answers, rel=1e-9)


def test_twenty_updates_lead_to_the_loss_that_the_lecture_ends_with():
    for step, project in walk(LESSONS[5]):
        if step.expect is not None and step.expect.text == "loss":
            assert (project.state.step, project.recipe.learning_rate) == (20, 0.01)
            assert measured(picture_of(project), step.expect) == pytest.approx(9.627110070005e-05, rel=1e-10)


# Marking


def number_step(expect="slope 1", extra=""):
    text = VALID.replace('choices = ["a", "b"]\nright = "a"', f'expect = "{expect}"\n{extra}').replace('["b"]', '["0"]')
    return read(text + 'help = "Look again."\n').steps[0]


VALID = """version = 1
number = 1
title = "A title"
summary = "A summary."

[[step]]
text = "Plain."
do = ["open one-weight"]
ask = "Which?"
choices = ["a", "b"]
right = "a"
wrong = ["b"]
"""


def marked(text, orders="open one-weight", **step):
    return mark_number(number_step(**step), picture_of(with_orders(None, orders)), text)


@pytest.mark.parametrize("text", ["-24", "−24", "-24.0", "-24,0", "-48/2", "−72/3", " -24 ", "-2.4e1"])
def test_a_right_number_passes_however_it_is_typed(text):
    assert marked(text).is_right
    assert marked(text).sentence == "Right."


@pytest.mark.parametrize("text", ["24", "+24", "48/2", "24,0"])
def test_a_wrong_sign_is_named(text):
    assert marked(text) == marked("24")
    assert not marked(text).is_right
    assert marked(text).mistake == SIGN
    assert marked(text).sentence == f"24 is what comes out when {SIGN}. Look again."


def test_a_wrong_sign_of_what_has_no_typical_mistake_is_said_too():
    mark = marked("-6", expect="prediction")
    assert mark == Mark(False, "The size is right, the sign is not. Look again.")


@pytest.mark.parametrize(
    ("expect", "text", "name"),
    [
        ("slope 1", "-12", FACTOR), ("slope 1", "-8", INPUT), ("next weight 1", "0.24", CHANGE),
        ("next weight 1", "-0.24", CHANGE), ("next weight 1", "1.76", ADDED), ("next weight 1", "26", NO_RATE),
        ("next weight 1", "2.12", FACTOR), ("error", "4", SIGN), ("error", "16", SQUARED), ("loss", "-4", NOT_SQUARED),
        ("next error", "-4", NOT_MOVED),
    ],
)  # fmt: skip
def test_a_typical_mistake_is_named_with_the_help(expect, text, name):
    assert marked(text, "open one-weight; rate 0.01", expect=expect) == Mark(
        False, f"{text.replace('-', '−')} is what comes out when {name}. Look again.", name
    )


@pytest.mark.parametrize(("expect", "right", "halved"), [("slope 1", "-12", "-6"), ("next weight 1", "2.12", "2.06")])
def test_no_factor_2_is_missed_where_the_loss_has_none(expect, right, halved):
    half = "open one-weight; rate 0.01; loss half_mse"
    assert marked(right, half, expect=expect).is_right
    mark = marked(halved, half, expect=expect)
    assert mark == Mark(False, f"{halved.replace('-', '−')} is not correct. Look again.")


@pytest.mark.parametrize("text", ["0", "8", "-48", "1e300"])
def test_another_number_is_wrong_with_the_help(text):
    assert marked(text) == Mark(False, f"{text.replace('-', '−')} is not correct. Look again.")


@pytest.mark.parametrize(
    "text", ["", " ", "many", "1,234.5", "1/0", "1/2/3", "inf", "nan", "1e999", "24;", "--24", "²"]
)
def test_what_cannot_be_read_is_no_wrong_answer_but_says_what_can_be_typed(text):
    with pytest.raises(ProjectError, match=r"^[A-Z“].*\.$"):
        marked(text)


@pytest.mark.parametrize(
    ("typed", "is_right"),
    [("-23.95", True), ("-24.05", True), ("-23.951", True), ("-24.049", True), ("-23.949", False), ("-24.051", False)],
)
def test_half_a_unit_of_the_third_digit_off_passes_and_more_does_not(typed, is_right):
    assert marked(typed).is_right is is_right


@pytest.mark.parametrize(
    ("typed", "is_right"), [("0", True), ("0.000", True), ("-0", True), ("0.0049", False), ("-0.0049", False)]
)
def test_0_is_0_alone(typed, is_right):
    assert marked(typed, "open one-weight; target 6").is_right is is_right


@pytest.mark.parametrize(("typed", "is_right"), [("0.0016", True), ("0.001596", True), ("0.0015", False), ("0", False)])
def test_a_small_number_is_as_exact_as_a_large_one(typed, is_right):
    assert marked(typed, "open one-weight; target 6.04", expect="loss").is_right is is_right


@pytest.mark.parametrize(
    ("typed", "is_right"), [("-23.5", True), ("-24.5", True), ("-23.4999", False), ("-24.5001", False)]
)
def test_a_step_that_says_how_far_off_is_taken_at_its_word(typed, is_right):
    assert marked(typed, extra="within = 0.5").is_right is is_right


def test_a_step_that_wants_it_exactly_gets_it_exactly():
    assert marked("-24", extra="within = 0").is_right
    assert not marked("-24.0000001", extra="within = 0").is_right


def test_the_numbers_that_are_given_are_what_counts():
    assert marked("-16", "open one-weight; input 1 1").is_right
    assert not marked("-24", "open one-weight; input 1 1").is_right


def test_a_choice_is_right_or_wrong():
    step = read(VALID + 'help = "Think."\npraise = "Yes."\n').steps[0]
    assert (mark_choice(step, "a").is_right, mark_choice(step, "a").sentence) == (True, "Yes.")
    assert (mark_choice(step, "b").is_right, mark_choice(step, "b").sentence) == (False, "No. Think.")
    assert not mark_choice(step, "A").is_right


def test_a_goal_names_what_is_missing():
    goal = 'goal = ["steps at least 1", "loss below 12"]\ntry = ["step 1"]'
    step = read(VALID.replace('choices = ["a", "b"]\nright = "a"', goal)).steps[0]
    start = with_orders(None, "open one-weight")
    assert mark_goal(step, picture_of(start)).sentence == "Not yet. Still to do: steps at least 1; loss below 12."
    halfway = mark_goal(step, picture_of(with_orders(start, "rate 0.001; step 1")))
    assert halfway.sentence == "Not yet. Still to do: loss below 12."
    done = picture_of(with_orders(start, "step 1"))
    assert mark_goal(step, done).is_right
    assert all(holds(done, goal) for goal in step.goal)


# Reading


def test_a_lesson_is_read_with_all_that_it_says():
    lesson = read(
        VALID
        + '\n[[step]]\ntext = """\nTwo\nlines.\n"""\npoint = ["slicePlot", "weight 1", "target"]\nask = "Which?"\n'
        "predict = 1\n"
    )
    assert (lesson.number, lesson.title, lesson.summary, len(lesson.steps)) == (1, "A title", "A summary.", 2)
    first, second = lesson.steps
    assert (first.text, first.ask, first.choices, first.right, first.wrong) == (
        "Plain.", "Which?", ("a", "b"), "a", ("b",),
    )  # fmt: skip
    assert [order.text for order in first.do] == ["open one-weight"]
    assert (second.text, second.point, second.predict) == ("Two\nlines.", ("slicePlot", "weight 1", "target"), 1)
    assert (second.praise, second.help, second.picture) == ("Right.", "", "")


def test_a_step_that_asks_nothing_needs_nothing():
    (step,) = read('version = 1\nnumber = 1\ntitle = "A"\nsummary = "B"\n[[step]]\ntext = "C."\n').steps
    assert not step.asks


def test_files_with_other_line_ends_are_read_too():
    assert read(VALID.replace("\n", "\r\n")) == read(VALID)


def changed(old, new):
    assert VALID.count(old) == 1, old
    return VALID.replace(old, new)


def added(line):
    """Return the lesson with one more line, the 12th, in its step."""
    return changed('right = "a"\n', f'right = "a"\n{line}\n')


NUMBER = 'choices = ["a", "b"]\nright = "a"'
REFUSED = [
    ("a newer schema", changed("version = 1", "version = 2"), 1, "newer studio"),
    ("a newer schema further down", "number = 1\n\nversion = 9\n", 3, "newer studio"),
    ("a newer schema with words unheard of", changed("version = 1", "version = 2\nwonders = 3"), 1, "newer studio"),
    ("no version", changed("version = 1\n", ""), 1, "schema version"),
    ("an empty file", "", 1, "schema version"),
    ("a version that is text", changed("version = 1", 'version = "1"'), 1, "schema version"),
    ("a version with a point", changed("version = 1", "version = 1.0"), 1, "schema version"),
    ("broken TOML", changed('title = "A title"', "title = A title"), 3, "Invalid value"),
    ("a key that stands twice", added('right = "b"'), 12, "Cannot overwrite"),
    ("a control character as it is", changed("Plain.", "Pl\x07ain."), 7, "Illegal character"),
    ("half a character", changed("Plain.", "\\ud800"), 7, "scalar value"),
    ("an unknown key", changed("title =", "titel ="), 3, "“titel” is not known"),
    ("an unknown key in a step", added('code = "print()"'), 12, "“code” is not known"),
    ("number 0", changed("number = 1", "number = 0"), 2, "number from 1 on"),
    ("a number with a point", changed("number = 1", "number = 1.5"), 2, "number from 1 on"),
    ("no number", changed("number = 1\n", ""), 1, "number from 1 on"),
    ("a title that is a number", changed('title = "A title"', "title = 3"), 3, "“title” must be text"),
    ("an empty summary", changed('"A summary."', '" "'), 4, "“summary” must be text"),
    ("no steps", VALID.split("\n[[step]]")[0] + "\n", 1, "at least one [[step]]"),
    ("an empty list of steps", VALID.split("\n[[step]]")[0] + "\nstep = []\n", 1, "at least one [[step]]"),
    ("steps that are numbers", VALID.split("\n[[step]]")[0] + "\nstep = [1]\n", 1, "a step is a table"),
    ("a step without text", changed('text = "Plain."\n', ""), 6, "“text” must be text"),
    ("a step whose text is a list", changed('"Plain."', '["Plain."]'), 7, "“text” must be text"),
    ("orders that are no list", changed('["open one-weight"]', '"open one-weight"'), 8, "must be a list of texts"),
    ("orders that are numbers", changed('["open one-weight"]', "[1]"), 8, "must be a list of texts"),
    ("an unknown order", changed("open one-weight", "explode"), 8, "“explode” is not known in “do”"),
    ("a number that can't be read", changed("open one-weight", "rate fast"), 8, "“rate fast” is not known"),
    ("an order with a number too large", changed("open one-weight", "rate 1e400"), 8, "“rate 1e400” is not known"),
    ("an unknown quantity", changed(NUMBER, 'expect = "luck"'), 10, "“luck” is not known in “expect”"),
    ("an unknown goal", changed(NUMBER, 'goal = ["luck"]\ntry = ["step 1"]'), 10, "“luck” is not known in “goal”"),
    ("an unknown try", changed(NUMBER, 'goal = ["loss below 1"]\ntry = ["luck"]'), 11, "“luck” is not known in “try”"),
    ("an unknown point", added('point = ["slicePlot", "elsewhere"]'), 12, "elsewhere” is not known"),
    ("a point at a weight without a number", added('point = ["weight"]'), 12, "weight” is not known"),
    ("a missing picture", added('picture = "none.png"'), 12, "not among the bundled ones"),
    ("a picture in a folder", added('picture = "../images/window.png"'), 12, "not among the bundled ones"),
    ("a picture by its whole path", added('picture = "/etc/hostname"'), 12, "not among the bundled ones"),
    ("a picture from the net", added('picture = "http://example.org/a.png"'), 12, "not among the bundled ones"),
    ("the folder above as a picture", added('picture = ".."'), 12, "not among the bundled ones"),
    ("a picture that is a number", added("picture = 3"), 12, "“picture” must be text"),
    ("bold text", changed("Plain.", "<b>bold</b>"), 7, "“<b>” looks like markup"),
    ("a closing tag", changed("Plain.", "bold</b>"), 7, "looks like markup"),
    ("a comment", changed("Plain.", "<!-- x -->"), 7, "looks like markup"),
    ("a picture in the text", changed("Plain.", "![a](b.png)"), 7, "“![” looks like markup"),
    ("a link", changed("Plain.", "[a](http://b)"), 7, "“](” looks like markup"),
    ("an address in angles", changed("Plain.", "<http://b>"), 7, "looks like markup"),
    ("an entity", changed("Plain.", "a &amp; b"), 7, "“&amp;” looks like markup"),
    ("markup that is written with escapes", changed("Plain.", "\\u003cb\\u003e"), 7, "“<b>” looks like markup"),
    ("markup in a title", changed("A title", "A <i>title</i>"), 3, "looks like markup"),
    ("markup in a question", changed("Which?", "<u>Which?</u>"), 9, "looks like markup"),
    ("markup in praise", added('praise = "<b>Yes</b>"'), 12, "looks like markup"),
    ("markup in help", added('help = "[see](here)"'), 12, "looks like markup"),
    ("markup further down in a text", changed('"Plain."', '"""\nPlain.\nAnd <b>.\n"""'), 9, "looks like markup"),
    ("a control character", changed("Plain.", "Pl\\u0007ain."), 7, "“text” has control characters"),
    ("a mark that turns the direction", changed("Plain.", "Pl\\u202eain."), 7, "“text” has control characters"),
    ("two questions", added('expect = "loss"'), 6, "asks one thing"),
    ("a question and a prediction", added("predict = 1"), 6, "asks one thing"),
    ("a right answer that is no choice", changed('right = "a"', 'right = "c"'), 11, "one of the choices"),
    ("choices without a right one", changed('right = "a"\n', ""), 6, "one of the choices"),
    ("a goal without a way", changed(NUMBER, 'goal = ["loss below 1"]'), 10, "needs a “try”"),
    ("a question without wrong answers", changed('wrong = ["b"]\n', ""), 9, "needs “wrong”"),
    ("something to do without a question", changed('ask = "Which?"\n', ""), 6, "needs “ask”"),
    ("a tolerance that is text", added('within = "a bit"'), 12, "“within” must be a number"),
    ("a tolerance without end", added("within = inf"), 12, "“within” must be a number"),
    ("a tolerance that is true", added("within = true"), 12, "“within” must be a number"),
    ("a tolerance that is a date", added("within = 2024-02-29"), 12, "“within” must be a number"),
    ("a prediction of half a weight", added("predict = 1.5"), 12, "number of a weight"),
    ("a prediction of weight 0", added("predict = 0"), 12, "number of a weight"),
]  # fmt: skip


def refusal(content, name="demo.toml"):
    with pytest.raises(LessonError) as caught:
        read(content, name)
    return str(caught.value)


def line_in(sentence):
    found = re.search(r"line (\d+)", sentence)
    assert found, sentence
    return int(found[1])


@pytest.mark.parametrize(("content", "line", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_lesson_is_refused_in_one_sentence_that_names_file_and_line(content, line, words):
    sentence = refusal(content)
    assert words in sentence
    assert sentence.startswith("demo.toml")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert ". " not in sentence
    assert line_in(sentence) == line


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('text = "<b>"', "looks like markup"),
        ('do = ["explode"]', "explode"),
        ('right = "c"', "one of the choices"),
        ('code = "x"', "code"),
        ("within = true", "within"),
    ],
)
def test_the_line_is_the_one_of_the_step_that_is_meant(line, words):
    key = line.split(" =")[0]
    second = VALID.split("\n", 5)[5]
    kept = [each for each in second.splitlines() if not each.startswith(f"{key} =")]
    content = VALID + "\n" + "\n".join([*kept, line]) + "\n" + "\n" + second
    sentence = refusal(content)
    assert words in sentence
    assert line_in(sentence) == content.splitlines().index(line) + 1


@pytest.mark.parametrize(
    "content", [VALID.replace("Plain", "Pl\xe4in").encode("latin-1"), VALID.encode("utf-16"), b"\xff"]
)
def test_bytes_that_are_not_utf_8_are_refused_in_one_sentence(content):
    assert re.fullmatch(r"demo\.toml, line \d+: a lesson is text in UTF-8\.", refusal(content))


def test_an_error_of_a_lesson_is_a_persons_error():
    assert issubclass(LessonError, ProjectError)


# What the reader does not do yet: each of these is to be refused, and the test then says so.

_DEEP, _HUGE = "[" * 100_000, "1" + "0" * 400


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(added(f"within = {_DEEP}"), id="brackets too deep: RecursionError"),
        pytest.param(added(f"within = {_HUGE}"), id="a tolerance no float holds: OverflowError"),
        pytest.param(added(f"predict = {_HUGE}"), id="a prediction no float holds: OverflowError"),
        pytest.param(changed("number = 1", "number = " + "1" * 5000), id="more digits than Python reads: ValueError"),
        pytest.param(added(f'picture = "{"a" * 300}"'), id="a file name too long: OSError"),
        pytest.param(changed("version = 1", "version = 0"), id="version 0"),
        pytest.param(changed("version = 1", "version = -3"), id="version -3"),
        pytest.param(changed("version = 1", "version = true"), id="version true"),
        pytest.param(changed("number = 1", "number = true"), id="number true"),
        pytest.param(added("within = -1"), id="a tolerance that nothing meets"),
        pytest.param(added('picture = "01-downhill.toml"'), id="a picture that is none"),
        pytest.param(changed("Plain.", "a &#60; b"), id="an entity with digits"),
        pytest.param(changed("Plain.", "a &frac12; b"), id="an entity with a digit in its name"),
        pytest.param(changed("Plain.", "a &AMP; b"), id="an entity in capitals"),
        pytest.param(changed("Plain.", "<img src=x"), id="a tag that does not end"),
        pytest.param(VALID.replace('"b"', '"<b>b</b>"'), id="markup in a choice"),
        pytest.param(VALID.replace('"b"', '"b\\u0007"'), id="a control character in a choice"),
        pytest.param(changed('wrong = ["b"]', 'wrong = ["a"]'), id="a wrong answer that is right"),
        pytest.param(changed('["a", "b"]', '["a", "b", "b"]'), id="a choice that stands twice"),
    ],
)
def test_what_should_be_refused_too(content):
    refusal(content)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(VALID + "[extra]\na = 1\n", 13, id="a table by its own line"),
        pytest.param(changed('right = "a"', '"right" = "c"'), 11, id="a key in quotes"),
        pytest.param(
            VALID + "\n[[step]] # the second\n" + VALID.split("[[step]]\n")[1].replace('right = "a"', 'right = "c"'),
            19,
            id="a step whose first line has a comment",
        ),
        pytest.param(changed('wrong = ["b"]', 'wrong = ["b"'), 13, id="a bracket that stays open"),
        pytest.param(VALID.replace("Plain", "Pl\xe4in").encode("latin-1"), 7, id="a byte that is not UTF-8"),
    ],
)
def test_what_should_name_its_line_too(content, line):
    assert line_in(refusal(content)) == line


def test_a_refusal_stays_on_one_line():
    assert "\n" not in refusal(changed("open one-weight", "bad\\norder"))


# Random changes

_PIECES = st.sampled_from(
    ["[[step]]\n", "\n", '"', "[", "]", "=", "#", '"""', "version = 2\n", "number = -1\n", "true", "1e9", "nan", "\\",
     "<b>", "&lt;", "![", "\x00", "−", 'picture = "x"\n', "predict = 1\n", 'goal = ["loss below 1"]\n', "2024-01-01"]
)  # fmt: skip
_CHANGES = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.one_of(_PIECES, st.text(max_size=6))), min_size=1, max_size=4
)
_SOURCES = [path.read_text(encoding="utf-8") for path in FILES]


def read_or_refused(content):
    try:
        return read(content)
    except LessonError as error:
        assert str(error).startswith("demo.toml")
        assert str(error).endswith(".")
        return None


@given(st.sampled_from(range(len(_SOURCES))), _CHANGES)
@TODAY
def test_a_lesson_changed_at_random_is_read_or_refused_and_nothing_else(which, changes):
    text = _SOURCES[which]
    for place, length, piece in changes:
        at = int(place * len(text))
        text = text[:at] + piece + text[at + length :]
    lesson = read_or_refused(text.encode("utf-8", "surrogatepass"))
    assert lesson is None or lesson.steps


@given(st.sampled_from(range(len(_SOURCES))), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=5))
@TODAY
def test_a_lesson_whose_lines_changed_places_is_read_or_refused(which, swaps):
    lines = _SOURCES[which].splitlines(keepends=True)
    for one, other in swaps:
        i, j = int(one * (len(lines) - 1)), int(other * (len(lines) - 1))
        lines[i], lines[j] = lines[j], lines[i]
    read_or_refused("".join(lines))


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbfversion = 1\n")
@TODAY
def test_bytes_at_random_are_refused(content):
    assert read_or_refused(content) is None


_TOML_VALUES = st.sampled_from(
    ["1", "-1", "1.5", "true", '"x"', '""', "[]", "[1]", '["x"]', "{a = 1}", "2024-01-01", "inf"]
)
_KEYS = sorted({key for source in _SOURCES for step in tomllib.loads(source)["step"] for key in step})


@given(st.sampled_from([*_KEYS, "picture", "version", "number", "title", "summary"]), _TOML_VALUES)
@TODAY
def test_every_key_with_a_value_of_any_kind_is_read_or_refused(key, value):
    lines = [line for line in VALID.splitlines() if not line.startswith(f"{key} =")]
    at = 0 if key in ("version", "number", "title", "summary") else len(lines)
    lines.insert(at, f"{key} = {value}")
    read_or_refused("\n".join(lines) + "\n")
