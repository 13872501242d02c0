"""A program of what led to what is looked at: it begins with the last edit and ends with the bits on screen."""

import contextlib
import io

import numpy as np
import pytest

from gdstudio.document.codegen import TARGETS
from gdstudio.document.errors import ProjectError
from gdstudio.document.files import decode, encode
from gdstudio.engine import measured_loss


def run_program(session, target="numpy"):
    """The names of the program of what is looked at, after it ran."""
    names: dict = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(session.program(target), "program", "exec"), names)
    return names


def check_bits(session):
    """The program ends with the very bits that are looked at; returns where it begins and ends."""
    viewed = session.viewed
    names = run_program(session)
    assert names["parameters"].tobytes() == viewed.parameters.tobytes()
    loss = measured_loss(viewed.recipe, viewed.parameters, viewed.data.x, viewed.data.y)
    assert names["loss"](names["x"], names["y"]) == loss
    return names["first_step"], names["last_step"]


@pytest.mark.parametrize("name", ["one-weight", "xor", "mini-batches", "two-rings", "penguins"])
def test_a_run_from_the_start(session_on, name):
    session = session_on(name)
    session.descend(40)
    assert check_bits(session) == (0, 40)


def test_before_the_first_step(session_on):
    assert check_bits(session_on("xor")) == (0, 0)


EDITS = {
    "rate": lambda session: session.set_learning_rate(0.02),
    "weight": lambda session: session.set_parameter(0, 0.125),
    "lock": lambda session: session.set_locked(1, True),
    "optimizer": lambda session: session.set_optimizer("adam"),
    "schedule": lambda session: session.set_schedule("cosine"),
    "batches": lambda session: session.set_batch_size(2),
    "penalty": lambda session: session.set_penalty("l2", 0.03),
    "in turn": lambda session: session.set_one_at_a_time(True),
    "activation": lambda session: session.set_hidden_activation("gelu"),
    "loss": lambda session: session.set_loss("huber"),
    "data": lambda session: session.set_value(0, 0, 0.7),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_at_step_50_is_where_the_program_begins(session_on, edit):
    session = session_on("mini-batches")
    session.set_optimizer("momentum")
    session.descend(50)
    before = session.project
    assert EDITS[edit](session)
    session.descend(20)
    begin, end = check_bits(session)
    plain = session.history.project_at(50, session.project).state.step
    assert (begin, end) == ((50, 70) if plain == 50 else (0, 70))
    other = session_on(before)
    other.descend(20)
    assert other.project.parameters.tobytes() != session.project.parameters.tobytes(), "it makes no difference"


def test_memory_is_carried_over_an_edit(session_on):
    session = session_on("mini-batches")
    session.set_optimizer("adam")
    session.descend(50)
    session.set_learning_rate(0.05)
    names = run_program(session)
    for slot, values in zip(("velocity", "squares", "count"), session.project.state.optimizer, strict=True):
        assert names[slot].tobytes() == values.tobytes()
        assert values.any()


def test_several_edits_and_a_look_at_each_stretch(session_on):
    session = session_on("mini-batches")
    session.set_optimizer("nesterov")
    session.descend(30)
    session.set_learning_rate(0.05)
    session.descend(30)
    session.set_parameter(2, -0.75)
    session.descend(30)
    for step, begin in ((0, 0), (29, 0), (30, 30), (31, 30), (59, 30), (60, 60), (61, 60), (90, 60)):
        session.view_step(step)
        assert check_bits(session) == (begin, step)


def test_reset_begins_from_the_start_again(session_on):
    session = session_on("mini-batches")
    session.descend(20)
    session.set_learning_rate(0.3)
    session.descend(20)
    session.reset()
    assert check_bits(session) == (0, 0)
    session.descend(7)
    assert check_bits(session) == (0, 7)


def test_a_new_start_is_the_one_in_the_program(session_on):
    session = session_on("xor")
    session.descend(20)
    session.new_start()
    session.descend(5)
    assert check_bits(session) == (0, 5)


def test_undo_and_redo_take_the_program_along(session_on):
    session = session_on("mini-batches")
    session.descend(30)
    session.set_learning_rate(0.05)
    session.descend(10)
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert check_bits(session) == (0, 30)
    session.undo_stack.redo()
    session.undo_stack.redo()
    assert check_bits(session) == (30, 40)


def test_going_on_from_an_earlier_step(session_on):
    session = session_on("mini-batches")
    session.descend(40)
    session.view_step(25)
    session.set_learning_rate(0.07)
    session.descend(10)
    assert check_bits(session) == (25, 35)


def test_a_document_that_was_saved_in_the_middle(session_on):
    session = session_on("mini-batches")
    session.set_optimizer("adamw")
    session.descend(33)
    opened = session_on(decode(encode(session.project), "a.gds"))
    opened.descend(12)
    assert check_bits(opened) == (33, 45)


def test_a_run_that_left_all_bounds_ends_at_its_last_finite_step(session_on):
    session = session_on("one-weight")
    session.set_learning_rate(2.0)
    session.descend(400)
    assert np.isfinite(session.project.parameters).all()
    assert 0 < session.project.state.step < 400
    with np.errstate(all="ignore"):
        check_bits(session)


def test_the_program_has_the_present_title_whatever_it_was_called_before(session_on):
    session = session_on("xor")
    session.descend(10)
    session.rename("Another name")
    assert session.program("numpy").startswith("# Another name: a network ")
    assert session.program("notebook").count("`Another name`") == 1


@pytest.mark.parametrize("target", TARGETS)
def test_asking_for_a_program_changes_nothing(session_on, by, target):
    session = session_on("xor")
    session.descend(10)
    session.view_step(4)
    before, stack, heard = session.viewed, session.undo_stack.count(), by.heard(session.viewed_changed)
    assert session.program(target)
    assert session.viewed is before
    assert (session.undo_stack.count(), heard) == (stack, [])


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_a_stretch_of_one_at_a_time_is_refused_and_one_before_it_is_not(session_on, target):
    session = session_on("xor")
    session.descend(5)
    session.set_one_at_a_time(True)
    session.descend(5)
    with pytest.raises(ProjectError, match="updates all weights at once"):
        session.program(target)
    session.view_step(3)
    assert session.program(target)
