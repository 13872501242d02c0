from types import SimpleNamespace

import pytest

from gdstudio.document.edits import set_parameter
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.project import NodeRef, ParameterRef, parameter_name
from gdstudio.session.stage import Stage
from gdstudio.session.tutor import PREDICT, Tutor
from gdstudio.teaching.lessons import read_lesson

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
    assert (here.view().is_solved, here.view().can_go_on) == (False, False)
    assert here.lesson.steps[at].help in here.view().feedback
    here.tutor.go_on()
    assert here.tutor.step is here.lesson.steps[at]
    here.tutor.answer(right)
    assert (here.view().is_solved, here.view().can_go_on) == (True, True)
    assert here.view().feedback == here.lesson.steps[at].praise
    here.tutor.go_on()
    assert here.tutor.step is here.lesson.steps[at + 1]


@pytest.mark.parametrize("text", ["", "abc", "1,234.5", "1/0"])
def test_an_answer_that_cannot_be_read_is_told_what_can_be_typed(led, text):
    here = led(NUMBER)
    here.tutor.answer(text)
    assert "Look at the chip" not in here.view().feedback
    assert here.view().feedback.endswith(".")
    assert not here.view().can_go_on


def test_a_goal_is_reached_by_hand_on_the_live_project(led):
    here = led(GOAL)
    assert here.weight() == 1.0
    here.tutor.step_wanted()
    here.tutor.answer("")
    assert here.view().feedback == "Not yet: steps at least 2 is still missing. Press Step."
    here.tutor.step_wanted()
    here.tutor.answer("")
    assert here.view().can_go_on


def test_the_answer_is_that_of_the_project_as_it_is_now(led):
    here = led(NUMBER)
    here.session.set_parameter(0, 3.0)
    here.tutor.answer("-24")
    assert not here.view().is_solved
    here.tutor.answer("-6")
    assert here.view().is_solved


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
    assert here.view().feedback == "Right: it went up, from 2 to 2.24."
    assert here.view().can_go_on
    assert here.said.conceals == [True, False]
    here.tutor.step_wanted()
    assert here.step() == 2


def test_a_wrong_prediction_is_compared_and_the_lesson_goes_on(led):
    here = led(PREDICTED)
    here.tutor.step_wanted()
    here.tutor.answer("1.76")
    assert here.view().feedback.startswith("You said 1.76; it went up, from 2 to 2.24")
    assert here.view().can_go_on


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
    start = "Right: it " if went == "up" else "You said up: it "
    assert here.view().feedback.startswith(start)
    assert ("stayed" if went == "stays" else f"went {went}") in here.view().feedback
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
    assert here.view().feedback == "Right: it went up, from 3 to 3.06."


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
    assert here.view().feedback == "Right: it went up, from 2 to 2.24."


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
def test_what_a_lesson_asks_of_a_document_that_has_it_not_is_refused_in_a_sentence(on, expect):
    here = on()
    lesson = read_lesson(FAR.replace("{expect}", expect).encode(), "far.toml")
    here.tutor.begin(lesson, 9, 2)
    assert here.tutor.step is lesson.steps[2]
    here.session.apply(lambda _: load_example("one-weight"), "Another network")
    here.tutor.answer("1")
    assert here.view().feedback.endswith(".")
    assert not here.view().is_solved


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
