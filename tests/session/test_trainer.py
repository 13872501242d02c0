import pytest

from gdstudio.document.numbers import exact, shown_plain
from gdstudio.session.trainer import Trainer
from gdstudio.teaching.practice import Level, exercise
from gdstudio.teaching.practice_view import Progress


@pytest.fixture
def trainer(qapp):
    made = Trainer(Progress())
    made.views, made.kept = [], []
    made.view_changed.connect(made.views.append)
    made.progress_changed.connect(made.kept.append)
    made.refresh()
    yield made
    made.deleteLater()


def right(trainer) -> str:
    return exact(trainer.exercise.answer)


def told(each):
    return each.level, each.seed, each.given, each.question


def test_the_first_exercise_is_a_forward_value(trainer):
    (view,) = trainer.views
    first = exercise(Level.FORWARD, 0)
    assert told(trainer.exercise) == told(first)
    assert (view.level, view.given, view.question, view.code) == ("FORWARD", first.given, first.question, ())
    assert (view.tolerance, view.progress) == ("Give three significant digits.", "0 solved")
    assert (view.feedback, view.hints, view.solution) == ("", (), ())
    assert (view.has_hints, view.is_right, view.is_solved, view.is_new) == (True, False, False, True)


def test_a_right_answer_shows_the_solution_and_counts_as_a_first_try(trainer):
    trainer.answer(right(trainer))
    view = trainer.views[-1]
    assert (view.is_right, view.is_solved, view.is_new) == (True, True, False)
    assert view.feedback == f"Right: {shown_plain(trainer.exercise.answer)}."
    assert view.solution == trainer.exercise.solution
    assert view.progress == "1 solved (1 on the first try)"
    assert trainer.kept[-1] == Progress({"FORWARD": 1}, {"FORWARD": 1}, {"FORWARD": 1})


def test_the_same_right_answer_counts_once(trainer):
    for _ in range(3):
        trainer.answer(right(trainer))
    assert trainer.progress.solved == {"FORWARD": 1}


def test_a_wrong_answer_is_named_and_spoils_the_first_try_alone(trainer):
    mistake = trainer.exercise.mistakes[0]
    trainer.answer(exact(mistake.value))
    view = trainer.views[-1]
    assert view.feedback == f"{exact(mistake.value)} is what comes out when {mistake.name}."
    assert (view.is_right, view.is_solved, view.solution) == (False, False, ())
    trainer.answer(right(trainer))
    assert trainer.progress == Progress({"FORWARD": 1}, {}, {"FORWARD": 1})
    assert trainer.views[-1].progress == "1 solved (0 on the first try)"


@pytest.mark.parametrize("text", ["", "abc", "1,234.5", "1/0", "up"])
def test_what_cannot_be_read_is_said_and_is_no_wrong_answer(trainer, text):
    trainer.answer(text)
    view = trainer.views[-1]
    assert view.feedback.endswith(".")
    assert "is not correct" not in view.feedback
    assert (view.is_right, view.is_solved) == (False, False)
    trainer.answer(right(trainer))
    assert trainer.progress.alone == {"FORWARD": 1}


@pytest.mark.parametrize("text", ["123456", "abc"])
def test_once_solved_a_later_wrong_answer_is_not_right_and_leaves_it_solved(trainer, text):
    trainer.answer(right(trainer))
    trainer.answer(text)
    view = trainer.views[-1]
    assert (view.is_right, view.is_solved) == (False, True)
    assert not view.feedback.startswith("Right")
    trainer.answer(right(trainer))
    assert (trainer.views[-1].is_right, trainer.progress.solved) == (True, {"FORWARD": 1})


def test_hints_come_one_at_a_time_and_then_the_solution(trainer):
    hints = trainer.exercise.hints
    for count in range(1, len(hints) + 1):
        trainer.hint()
        view = trainer.views[-1]
        assert view.hints == hints[:count]
        assert (view.has_hints, view.solution) == (count < len(hints), ())
    trainer.hint()
    assert trainer.views[-1].hints == hints
    assert trainer.views[-1].solution == trainer.exercise.solution
    assert not trainer.views[-1].is_solved


def test_an_answer_after_a_hint_is_solved_but_not_at_the_first_try(trainer):
    trainer.hint()
    trainer.answer(right(trainer))
    assert trainer.progress == Progress({"FORWARD": 1}, {}, {"FORWARD": 1})


def test_an_answer_after_the_solution_is_right_and_counts_nothing(trainer):
    for _ in range(len(trainer.exercise.hints) + 1):
        trainer.hint()
    trainer.answer(right(trainer))
    assert trainer.views[-1].is_solved
    assert trainer.progress == Progress({}, {}, {"FORWARD": 1})


def test_the_next_exercise_is_another_and_begins_afresh(trainer):
    first = trainer.exercise
    trainer.hint()
    trainer.answer("123456")
    trainer.next()
    view = trainer.views[-1]
    assert told(trainer.exercise) == told(exercise(Level.FORWARD, 1)) != told(first)
    assert (view.is_new, view.feedback, view.hints, view.solution, view.is_solved) == (True, "", (), (), False)
    trainer.answer(right(trainer))
    trainer.next()
    assert not trainer.views[-1].is_right
    assert trainer.progress.alone == {"FORWARD": 1}


def test_each_level_goes_on_where_it_was(trainer):
    trainer.set_level("ERROR")
    trainer.next()
    trainer.set_level("BUG")
    assert trainer.views[-1].code == trainer.exercise.listing != ()
    assert trainer.views[-1].tolerance == "Give the exact number."
    trainer.set_level("ERROR")
    assert told(trainer.exercise) == told(exercise(Level.ERROR, 2))
    assert trainer.progress.asked == {"FORWARD": 1, "ERROR": 3, "BUG": 1}
    assert trainer.views[-1].is_new


@pytest.mark.parametrize("level", Level, ids=lambda level: level.name)
def test_every_level_is_set_and_solved(trainer, level):
    trainer.set_level(level.name)
    assert (trainer.exercise.level, trainer.views[-1].level) == (level, level.name)
    trainer.answer(right(trainer))
    assert trainer.views[-1].is_solved
    assert trainer.progress.line(level) == "1 solved (1 on the first try)"


def test_a_trainer_that_knows_the_progress_sets_no_exercise_twice(trainer, qapp):
    trainer.answer(right(trainer))
    trainer.next()
    later = Trainer(trainer.progress)
    assert told(later.exercise) == told(exercise(Level.FORWARD, 2))
    assert later.progress.solved == {"FORWARD": 1}
    later.deleteLater()


def test_another_seed_sets_other_exercises(qapp):
    other = Trainer(Progress(), seed=1000)
    assert told(other.exercise) == told(exercise(Level.FORWARD, 1000))
    other.deleteLater()


def test_to_show_everything_again_is_no_other_exercise(trainer):
    before = trainer.exercise
    trainer.hint()
    trainer.refresh()
    assert trainer.exercise is before
    assert trainer.views[-1].hints == before.hints[:1]
    assert trainer.progress.asked == {"FORWARD": 1}
