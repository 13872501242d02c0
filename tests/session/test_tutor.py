from types import SimpleNamespace

import pytest

from gdstudio.document.edits import set_learning_rate, set_loss, set_optimizer, set_parameter, set_value
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.numbers import shown_plain
from gdstudio.document.project import NodeRef, ParameterRef, parameter_name
from gdstudio.session.stage import Stage
from gdstudio.session.tutor import PREDICT, Tutor
from gdstudio.teaching.lessons import answer_of, lessons, read_lesson
from gdstudio.teaching.mistakes import FACTOR, INPUT, SIGN
from gdstudio.teaching.orders import obeyed
from gdstudio.teaching.picture import picture_of

LESSON = """
version = 1
number = 7
title = "A lesson"
summary = "For a test."

[[step]]
text = "Read this."
do = ["open one-weight", "rate 0.01"]
point = ["slicePlot", "weight 1"]

[[step]]
text = "Which number?"
do = ["select weight 1"]
point = ["node 0 1"]
ask = "What is the slope?"
expect = "slope 1"
wrong = ["24"]
praise = "So it is."
help = "Look at the chip."

[[step]]
text = "Which way?"
do = ["rate 0.01"]
ask = "Will it grow?"
choices = ["yes", "no"]
right = "yes"
wrong = ["no"]
help = "Think."

[[step]]
text = "Do it."
do = ["weight 1 1"]
ask = "Take two steps."
goal = ["steps at least 2"]
try = ["step 2"]
wrong = ["step 1"]
help = "Press Step."

[[step]]
text = "Say it first."
do = ["open one-weight", "rate 0.01"]
ask = "What will the weight be?"
predict = 1

[[step]]
text = "That was it."
"""
READ, NUMBER, CHOICE, GOAL, PREDICTED, LAST = range(6)


@pytest.fixture
def on(player_on):
    """A tutor on a session, with everything that it says."""

    def make(project="one-weight", **player):
        player = player_on(project, reduced=True, **player)
        stage = Stage(player.session.viewed)
        player.session.viewed_changed.connect(stage.follow)
        tutor = Tutor(player.session, stage, player.player)
        said = SimpleNamespace(views=[], pointed=[], places=[], conceals=[], finished=[], traces=[])
        tutor.view_changed.connect(said.views.append)
        tutor.pointed.connect(said.pointed.append)
        tutor.progress_changed.connect(lambda *place: said.places.append(place))
        tutor.conceals_changed.connect(said.conceals.append)
        tutor.finished.connect(said.finished.append)
        stage.pointed.connect(lambda *what: said.traces.append(what))
        made.append((tutor, stage))
        return SimpleNamespace(
            tutor=tutor, stage=stage, session=player.session, player=player.player, said=said,
            view=lambda: said.views[-1], step=lambda: player.session.viewed.state.step,
            weight=lambda index=0: float(player.session.viewed.parameters[index]),
        )  # fmt: skip

    made = []
    yield make
    for tutor, stage in made:
        tutor.deleteLater()
        stage.deleteLater()


@pytest.fixture
def led(on):
    """The lesson, begun at a step."""

    def begin(at=0, project="hidden-layer"):
        here = on(project)
        here.lesson = read_lesson(LESSON.encode(), "test.toml")
        assert here.tutor.begin(here.lesson, 9, at)
        return here

    return begin


# Lessons.


def test_a_lesson_sets_up_the_studio_and_says_where_it_is(led):
    here = led()
    view = here.view()
    assert (view.caption, view.title, view.text) == ("LESSON 7 OF 9 · 1 of 6", "A lesson", "Read this.")
    assert (view.kind, view.can_go_on, view.can_go_back, view.is_last) == ("", True, False, False)
    assert here.session.viewed.network.sizes == (1, 1)
    assert here.session.viewed.recipe.learning_rate == 0.01
    assert here.said.places == [(7, 0)]


def test_a_lesson_is_not_begun_where_the_document_may_not_be_left(on):
    here = on("hidden-layer")
    before = here.session.viewed
    here.tutor.may_begin = lambda: False
    assert not here.tutor.begin(read_lesson(LESSON.encode(), "test.toml"), 9)
    assert here.session.viewed is before
    assert here.tutor.lesson is None
    assert (here.said.views, here.said.places) == ([], [])


def test_to_begin_ends_a_run(on):
    here = on("one-weight")
    here.player.set_running(True)
    here.tutor.begin(read_lesson(LESSON.encode(), "test.toml"), 9)
    assert not here.player.is_running


def test_panels_and_parts_of_the_network_are_pointed_at(led):
    here = led()
    assert here.said.pointed[-1] == ("slicePlot",)
    assert here.said.traces[-1][0].ref == ParameterRef(0)
    here.tutor.go_on()
    assert here.said.pointed[-1] == ()
    assert here.said.traces[-1][0].ref == NodeRef(0, 0)
    assert here.stage.selection == ParameterRef(0)


QUESTIONS = [(NUMBER, "24", "-24"), (NUMBER, "-8", "−24,0"), (NUMBER, "0", "-48/2"), (CHOICE, "no", "yes")]


@pytest.mark.parametrize(("at", "wrong", "right"), QUESTIONS)
def test_only_the_right_answer_opens_the_way(led, at, wrong, right):
    here = led(at)
    assert not here.view().can_go_on
    here.tutor.answer(wrong)
    assert (here.view().is_right, here.view().is_solved, here.view().can_go_on) == (False, False, False)
    assert here.lesson.steps[at].help in here.view().feedback
    here.tutor.go_on()
    assert here.tutor.step is here.lesson.steps[at]
    here.tutor.answer(right)
    assert (here.view().is_right, here.view().is_solved, here.view().can_go_on) == (True, True, True)
    assert here.view().feedback == here.lesson.steps[at].praise
    here.tutor.go_on()
    assert here.tutor.step is here.lesson.steps[at + 1]


@pytest.mark.parametrize("text", ["", "abc", "1,234.5", "1/0"])
def test_an_answer_that_cannot_be_read_is_told_what_can_be_typed(led, text):
    here = led(NUMBER)
    here.tutor.answer(text)
    assert "Look at the chip" not in here.view().feedback
    assert here.view().feedback.endswith(".")
    assert (here.view().is_right, here.view().can_go_on) == (False, False)


@pytest.mark.parametrize(("at", "wrong", "right"), [*QUESTIONS, (NUMBER, "abc", "-24")])
def test_once_solved_a_later_wrong_answer_is_not_right_and_leaves_the_way_open(led, at, wrong, right):
    here = led(at)
    here.tutor.answer(right)
    here.tutor.answer(wrong)
    view = here.view()
    assert (view.is_right, view.is_solved, view.can_go_on) == (False, True, True)
    assert view.feedback != here.lesson.steps[at].praise
    here.tutor.go_on()
    here.tutor.go_back()
    assert (here.view().is_right, here.view().feedback, here.view().is_solved) == (False, "", True)


@pytest.mark.parametrize(("answer", "name"), [("24", SIGN), ("-12", FACTOR), ("-8", INPUT)])
def test_a_typical_mistake_is_named_before_the_help(led, answer, name):
    here = led(NUMBER)
    here.tutor.answer(answer)
    said = answer.replace("-", "−")
    assert here.view().feedback == f"{said} is what comes out when {name}. Look at the chip."


def test_a_goal_is_reached_by_hand_on_the_live_project(led):
    here = led(GOAL)
    assert here.weight() == 1.0
    here.tutor.step_wanted()
    here.tutor.answer("")
    assert here.view().feedback == "Not yet. Still to do: steps at least 2. Press Step."
    here.tutor.step_wanted()
    here.tutor.answer("")
    assert here.view().can_go_on


MOVES = {
    "an edit": lambda here: here.session.set_parameter(0, 3.0),
    "a step": lambda here: here.tutor.step_wanted(),
    "another input": lambda here: here.session.apply(lambda project: set_value(project, 0, 0, 1.0), "Input"),
    "another network": lambda here: here.session.apply(lambda _: load_example("hidden-layer"), "Another"),
}


@pytest.mark.parametrize("move", MOVES)
def test_the_answer_is_that_of_the_network_as_the_page_set_it_up(led, move):
    at, wrong, right = NUMBER, "-6", "-24"
    here = led(at)
    assert not here.view().has_moved
    MOVES[move](here)
    assert here.view().has_moved
    here.tutor.answer(wrong)
    assert (here.view().is_right, here.view().is_solved, here.view().has_moved) == (False, False, True)
    here.tutor.answer(right)
    assert (here.view().is_right, here.view().is_solved, here.view().has_moved) == (True, True, True)
    assert here.view().feedback == here.lesson.steps[at].praise


@pytest.mark.parametrize("move", MOVES)
def test_a_page_is_set_up_again_as_one_edit(led, move):
    here = led(NUMBER)
    project = here.session.viewed
    MOVES[move](here)
    moved = here.session.viewed
    here.tutor.set_up_again()
    assert not here.view().has_moved
    again = here.session.viewed
    assert (again.recipe, again.parameters.tolist(), again.state.step) == (
        project.recipe, project.parameters.tolist(), project.state.step,
    )  # fmt: skip
    assert here.tutor.lesson is here.lesson
    assert here.session.undo_stack.undoText() == "Set up the lesson again"
    here.session.undo_stack.undo()
    assert here.session.viewed.parameters.tolist() == moved.parameters.tolist()
    assert here.view().has_moved


def test_what_moves_back_by_itself_is_not_said_to_have_moved(led):
    here = led(NUMBER)
    here.session.set_parameter(0, 3.0)
    assert here.view().has_moved
    here.session.undo_stack.undo()
    assert not here.view().has_moved


def test_a_setting_that_the_question_is_not_about_does_not_move_it(led):
    here = led(NUMBER)
    count = len(here.said.views)
    here.session.apply(lambda project: set_learning_rate(project, 0.02), "Rate")
    assert len(here.said.views) == count
    assert not here.view().has_moved


@pytest.mark.parametrize("at", [READ, GOAL, PREDICTED, LAST])
def test_only_a_question_can_be_left_behind(led, at):
    here = led(at)
    here.session.set_parameter(0, 5.0)
    assert not here.view().has_moved


def test_to_set_up_again_ends_a_run(led):
    here = led(NUMBER)
    here.player.set_running(True)
    here.tutor.set_up_again()
    assert not here.player.is_running


def test_without_a_lesson_nothing_is_set_up_again(on):
    here = on()
    here.session.set_parameter(0, 3.0)
    before = here.session.viewed
    here.tutor.set_up_again()
    assert here.session.viewed is before


@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: str(lesson.number))
def test_no_page_of_a_lesson_is_moved_when_it_is_come_to(on, lesson):
    here = on()
    assert here.tutor.begin(lesson, 14)
    for at, step in enumerate(lesson.steps):
        assert here.tutor.step is step
        assert not here.view().has_moved, step.ask
        if step.expect is not None:
            here.tutor.answer(answer_of(step, picture_of(here.session.viewed)))
        elif step.choices:
            here.tutor.answer(step.right)
        elif step.goal:
            for order in step.attempt:
                here.session.apply(lambda project, order=order: obeyed(project, order), "By hand")
            here.tutor.answer("")
        elif step.predict is not None:
            here.tutor.step_wanted()
            here.tutor.answer("up")
        assert here.view().can_go_on, (at, here.view().feedback)
        if at + 1 < len(lesson.steps):
            here.tutor.go_on()


def test_back_keeps_what_is_solved_and_sets_up_nothing_again(led):
    here = led(GOAL)
    for _ in range(2):
        here.tutor.step_wanted()
    here.tutor.answer("")
    before = here.session.viewed
    for _ in range(2):
        here.tutor.go_back()
    assert here.tutor.step is here.lesson.steps[NUMBER]
    assert here.view().is_solved
    for _ in range(2):
        here.tutor.go_on()
    assert here.tutor.step is here.lesson.steps[GOAL]
    assert (here.view().is_solved, here.view().can_go_on) == (True, True)
    assert here.session.viewed is before


def test_there_is_nothing_before_the_first_step(led):
    here = led()
    count = len(here.said.views)
    here.tutor.go_back()
    assert (here.tutor.step, len(here.said.views)) == (here.lesson.steps[READ], count)


def test_the_last_step_ends_the_lesson(led):
    here = led(LAST)
    assert (here.view().is_last, here.view().can_go_on) == (True, True)
    here.tutor.go_on()
    assert here.said.finished == [7]
    assert here.tutor.lesson is None
    assert here.view() is None
    assert here.said.pointed[-1] == ()


def test_closing_leaves_the_document_and_says_nothing_more(led):
    here = led(NUMBER)
    here.session.set_parameter(0, 3.0)
    before = here.session.viewed
    here.tutor.close()
    assert here.session.viewed is before
    assert here.view() is None
    assert here.said.finished == []
    here.tutor.answer("-6")
    here.tutor.go_on()
    here.tutor.go_back()
    assert here.view() is None


def test_a_lesson_resumed_in_its_middle_has_what_the_steps_before_set_up(led):
    here = led(CHOICE)
    assert here.session.viewed.network.sizes == (1, 1)
    assert here.said.places == [(7, CHOICE)]
    here.tutor.go_back()
    assert here.view().is_solved


def test_every_place_is_said_once(led):
    here = led()
    here.tutor.go_on()
    here.tutor.answer("-24")
    here.tutor.go_on()
    here.tutor.go_back()
    assert here.said.places == [(7, 0), (7, 1), (7, 2), (7, 1)]


def test_each_step_has_a_plain_sentence_with_its_choices(led):
    here = led(CHOICE)
    assert here.view().spoken == "Which way? Will it grow? Choose: yes, no."


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES])
@pytest.mark.parametrize("at", [NUMBER, GOAL, PREDICTED])
def test_another_document_in_the_middle_of_a_lesson_ends_it_and_is_left_alone(led, at, key):
    here = led(at)
    here.session.open(load_example(key), None)
    assert here.tutor.lesson is None
    assert here.view() is None
    mine = here.session.project
    here.tutor.answer("1")
    here.tutor.go_on()
    here.tutor.go_back()
    assert here.session.project is mine
    here.tutor.step_wanted()
    assert here.session.project.state.step == 1


# Predict, then step.


def test_a_step_waits_for_a_prediction_in_a_lesson(led):
    here = led(PREDICTED)
    assert (here.view().kind, here.view().can_go_on) == ("step", False)
    assert here.view().ask == "What will the weight be? Press Step."
    assert here.said.conceals == [True]
    here.tutor.step_wanted()
    assert (here.view().kind, here.view().ask) == ("predict", "What will the weight be?")
    assert (here.step(), here.weight()) == (0, 2.0)
    here.tutor.answer("2.24")
    assert (here.step(), here.weight()) == (1, 2.24)
    assert here.view().feedback == "Right: the weight went up, from 2 to 2.24."
    assert (here.view().is_right, here.view().can_go_on) == (True, True)
    assert here.said.conceals == [True, False]
    here.tutor.step_wanted()
    assert here.step() == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("1.76", "The size of the step is right, the direction is not."),
        ("2.12", "The step was twice as long: the slope has 2 × error, not error."),
        ("1.99", "The direction is wrong."),
    ],
)
def test_a_wrong_prediction_is_compared_and_the_lesson_goes_on(led, answer, why):
    here = led(PREDICTED)
    here.tutor.step_wanted()
    here.tutor.answer(answer)
    assert here.view().feedback == f"Not quite. You predicted {answer}; the weight went up, from 2 to 2.24. {why}"
    assert (here.view().is_right, here.view().is_solved, here.view().can_go_on) == (False, True, True)


@pytest.mark.parametrize(("change", "value"), [(set_loss, "half_mse"), (set_optimizer, "adam")])
def test_the_factor_2_is_named_only_where_the_step_has_one(on, change, value):
    here = on(change(load_example("one-weight"), value))
    here.tutor.set_asking(True)
    here.tutor.step_wanted()
    after = 2.0 + float(here.player.picture.change[0])
    half = shown_plain(2.0 + (after - 2.0) / 2, 8)
    here.tutor.answer(half)
    assert here.weight() == pytest.approx(after)
    assert here.view().feedback == (
        f"Not quite. You predicted {half}; the weight went up, from 2 to {shown_plain(after, 5)}."
    )
    assert not here.view().is_right


def test_a_prediction_is_not_asked_for_by_an_answer_before_step_is_pressed(led):
    here = led(PREDICTED)
    here.tutor.answer("2.24")
    assert (here.step(), here.view().kind) == (0, "step")


def test_leaving_the_step_shows_everything_again(led):
    here = led(PREDICTED)
    here.tutor.go_back()
    assert here.said.conceals == [True, False]
    here.tutor.close()
    assert here.said.conceals == [True, False]


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES])
def test_ask_me_first_works_on_any_network(on, key):
    here = on(key)
    here.tutor.set_asking(True)
    assert (here.view().title, here.view().kind) == (PREDICT, "step")
    here.stage.select(ParameterRef(here.session.viewed.network.parameter_count - 1))
    index, before = here.stage.selection.index, here.weight(here.stage.selection.index)
    here.tutor.step_wanted()
    here.tutor.step_wanted()
    assert (here.step(), here.weight(index)) == (load_example(key).state.step, before)
    assert here.view().kind == "predict"
    assert parameter_name(here.session.viewed, index) in here.view().ask
    here.tutor.answer("up")
    assert here.step() == load_example(key).state.step + 1
    went = "up" if here.weight(index) > before else "down" if here.weight(index) < before else "stays"
    start = "Right: the weight" if went == "up" else "Not quite. You predicted “up”; the weight"
    assert here.view().feedback.startswith(f"{start} {'stayed' if went == 'stays' else f'went {went}'}")
    assert here.view().is_right is (went == "up")
    assert here.view().kind == "step"


@pytest.mark.parametrize("text", ["", "abc", "1,234.5", "2.2.4"])
def test_a_prediction_that_cannot_be_read_leaves_the_question_open(on, text):
    here = on()
    here.tutor.set_asking(True)
    here.tutor.step_wanted()
    here.tutor.answer(text)
    assert (here.step(), here.view().kind) == (0, "predict")
    assert here.view().feedback.endswith(".")
    here.tutor.answer("2.24")
    assert here.step() == 1


def test_without_being_asked_for_nothing_is_asked(on):
    here = on()
    here.tutor.step_wanted()
    assert (here.step(), here.said.views, here.said.conceals) == (1, [], [])
    here.tutor.answer("up")
    assert here.step() == 1


def test_switching_it_off_while_a_question_is_open_takes_the_question_back(on):
    here = on()
    here.tutor.set_asking(True)
    here.tutor.step_wanted()
    here.tutor.set_asking(False)
    assert here.view() is None
    assert here.said.conceals == [True, False]
    here.tutor.answer("2.24")
    assert here.step() == 0
    here.tutor.step_wanted()
    assert here.step() == 1


def test_switching_it_off_in_a_lesson_gives_the_lesson_its_question_back(led):
    here = led(NUMBER)
    here.tutor.set_asking(True)
    here.tutor.step_wanted()
    here.tutor.set_asking(False)
    assert here.view().kind == "number"
    here.tutor.answer("-24")
    assert here.step() == 0
    assert here.view().is_solved


def test_an_edit_while_a_question_is_open_is_asked_about_as_it_is_now(on):
    here = on()
    here.tutor.set_asking(True)
    here.tutor.step_wanted()
    assert "now 2, is" in here.view().ask
    here.session.set_parameter(0, 3.0)
    assert "now 3, is" in here.view().ask
    here.tutor.answer("up")
    assert here.view().feedback == "Right: the weight went up, from 3 to 3.06."


@pytest.mark.parametrize("answer", ["up", "2.24"])
def test_another_document_while_a_question_is_open_is_asked_about_its_own_weight(on, answer):
    here = on("hidden-layer")
    here.tutor.set_asking(True)
    here.stage.select(ParameterRef(5))
    here.tutor.step_wanted()
    here.session.open(load_example("one-weight"), None)
    here.tutor.answer(answer)
    assert here.step() <= 1
    here.tutor.step_wanted()
    here.tutor.answer(answer)
    assert here.step() == 1 or here.view().kind == "step"


@pytest.mark.parametrize(
    "speed",
    [
        "one phase at a time",
        "1 step/s",
        "flat out",
    ],
)
def test_a_prediction_is_compared_with_the_whole_step_at_any_speed(on, speed):
    here = on(speed=speed)
    here.tutor.set_asking(True)
    here.tutor.step_wanted()
    here.tutor.answer("2.24")
    for _ in range(4 * (here.step() == 0)):
        here.player.phase()
    assert here.step() == 1
    assert here.view().feedback == "Right: the weight went up, from 2 to 2.24."


def test_step_while_a_step_is_on_its_way_takes_none_unasked(on):
    here = on()
    here.player.set_reduced_motion(False)
    here.tutor.set_asking(True)
    here.tutor.step_wanted()
    here.tutor.answer("up")
    here.player.advance(50.0)
    assert here.player.is_moving
    here.tutor.step_wanted()
    assert here.step() == 1


def test_a_run_and_phases_go_on_as_they_are_while_a_question_is_open(on):
    here = on(speed="flat out")
    here.tutor.set_asking(True)
    here.tutor.step_wanted()
    for _ in range(4):
        here.player.phase()
    assert here.step() == 1
    here.player.set_running(True)
    here.player.advance(16.0)
    here.player.set_running(False)
    taken = here.step()
    assert taken > 1
    before = here.weight()
    here.tutor.answer("stays")
    assert here.step() == taken + 1
    assert f"from {before:.5g}"[:8] in here.view().feedback or "stayed" in here.view().feedback


def test_a_step_that_cannot_be_taken_is_not_taken_for_a_prediction_either(on):
    here = on(set_parameter(load_example("one-weight"), 0, 1e160))
    here.tutor.set_asking(True)
    here.tutor.step_wanted()
    here.tutor.answer("down")
    assert here.step() == 0


def test_everything_can_be_said_once_more(led):
    here = led(NUMBER)
    count = len(here.said.views)
    here.tutor.refresh()
    assert here.said.views[count:] == [here.said.views[count - 1]]


FAR = """
version = 1
number = 8
title = "Far parts"
summary = "For a test."

[[step]]
text = "Look."
do = ["open hidden-layer"]

[[step]]
text = "Look here."
do = ["select weight 6"]
point = ["weight 6", "node 1 2"]

[[step]]
text = "Which number?"
ask = "What is it?"
expect = "{expect}"
wrong = ["123"]
"""


@pytest.mark.parametrize(
    "expect",
    [
        "slope 6",
        "next weight 6",
        "value 1 2",
        "node slope 1 2",
    ],
)
def test_what_a_lesson_asks_is_asked_of_its_own_network_where_another_has_it_not(on, expect):
    here = on()
    lesson = read_lesson(FAR.replace("{expect}", expect).encode(), "far.toml")
    here.tutor.begin(lesson, 9, 2)
    assert here.tutor.step is lesson.steps[2]
    right = answer_of(lesson.steps[2], picture_of(load_example("hidden-layer")))
    here.session.apply(lambda _: load_example("one-weight"), "Another network")
    assert here.view().has_moved
    here.tutor.answer("123")
    assert (here.view().feedback, here.view().is_solved) == ("123 is not correct.", False)
    here.tutor.answer(right)
    assert (here.view().feedback, here.view().is_solved) == ("Right.", True)


@pytest.mark.parametrize("expect", ["slope 6", "next weight 6", "value 1 2", "node slope 1 2"])
def test_what_a_lesson_that_opens_nothing_asks_of_a_document_that_has_it_not_is_refused(on, expect):
    here = on()
    text = FAR.replace("{expect}", expect).replace('do = ["open hidden-layer"]\n', "")
    here.tutor.begin(read_lesson(text.encode(), "far.toml"), 9, 2)
    here.tutor.answer("1")
    assert here.view().feedback.endswith(".")
    assert (here.view().is_right, here.view().is_solved, here.view().has_moved) == (False, False, False)


def test_a_step_that_sets_up_what_the_document_has_not_leaves_the_lesson_usable(on):
    here = on()
    refused = []
    here.session.refused.connect(refused.append)
    lesson = read_lesson(FAR.replace("{expect}", "loss").encode(), "far.toml")
    here.tutor.begin(lesson, 9)
    here.session.apply(lambda _: load_example("one-weight"), "Another network")
    here.tutor.go_on()
    assert here.tutor.step is lesson.steps[1]
    assert here.view().text == "Look here."
