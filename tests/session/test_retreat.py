"""Back to the last good step with a rate that is small enough, and the step that follows what is looked at."""

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.project import new_project
from gdstudio.engine import Network, Outcome, Recipe, measured_loss
from gdstudio.session import history as history_module


def at_rate(by, rate: float, name: str = "one-weight"):
    return edits.set_learning_rate(by.project(name), rate)


def true_losses(session) -> np.ndarray:
    """The loss of every step of the history, each computed anew."""
    pasts = [
        session.history.project_at(step, session.project)
        for step in range(session.history.first, session.history.end + 1)
    ]
    return np.array([measured_loss(past.recipe, past.parameters, past.data.x, past.data.y) for past in pasts])


# Back to the last good step.


def test_what_diverges_at_once_goes_back_to_the_start(session_on, by):
    session = session_on(at_rate(by, 0.5))
    session.descend(20)
    end, count = session.project, session.undo_stack.count()
    session.retreat()
    assert (session.viewed.state.step, session.viewed.recipe.learning_rate) == (0, 0.056)
    assert session.viewed is session.project
    assert session.undo_stack.count() == count + 1
    assert session.undo_stack.undoText() == "Back to step 0 with learning rate 0.056"
    assert [run.step for run in session.runs] == [20]
    session.undo_stack.undo()
    assert session.project is end
    assert session.runs == ()


def test_what_diverges_later_goes_back_to_its_lowest_loss(session_on, by):
    session = session_on(at_rate(by, 0.03))
    session.descend(4)
    session.set_learning_rate(0.2)
    session.descend(10)
    assert int(np.argmin(true_losses(session))) == 4
    expected = session.history.project_at(4, session.project)
    session.retreat()
    assert session.project.state.step == 4
    assert by.same_bits(session.project.parameters, expected.parameters)
    assert session.project.recipe.learning_rate == 0.1
    assert session.undo_stack.undoText() == "Back to step 4 with learning rate 0.1"


def test_what_diverges_after_a_change_of_the_rate_judges_the_rate_that_diverged(session_on, by):
    """Not the one that it had at the step it returns to."""
    session = session_on(at_rate(by, 0.05))
    session.descend(3)
    session.set_learning_rate(0.11)
    session.descend(2)
    session.set_learning_rate(0.3)
    session.descend(5)
    lowest = int(np.argmin(true_losses(session)))
    assert lowest == 5
    session.retreat()
    assert (session.project.state.step, session.project.recipe.learning_rate) == (lowest, 0.056)


def test_of_several_lowest_losses_the_last_is_the_one(session_on, by):
    """At 1/9 the lecture's weight swings for ever between two numbers of the same loss."""
    session = session_on(at_rate(by, 0.25))
    session.descend(1)
    losses = true_losses(session)
    assert losses[1] > losses[0]
    session = session_on(edits.set_parameter(at_rate(by, 0.01), 0, 10.0 / 3.0))
    session.descend(6)
    lowest = true_losses(session).min()
    assert session.history.lowest_step() == int(np.flatnonzero(true_losses(session) == lowest)[-1])


def test_without_a_single_step_the_rate_alone_changes(session_on, by):
    session = session_on(at_rate(by, 0.5))
    start = session.project
    session.retreat()
    assert by.same_bits(session.project.parameters, start.parameters)
    assert session.project.recipe.learning_rate == 0.056
    assert (session.runs, session.undo_stack.count()) == ((), 1)


def test_from_the_middle_of_the_history_it_is_the_same(session_on, by):
    session = session_on(at_rate(by, 0.03))
    session.descend(4)
    session.set_learning_rate(0.2)
    session.descend(10)
    session.view_step(9)
    session.retreat()
    assert (session.project.state.step, session.project.recipe.learning_rate) == (4, 0.1)


def test_a_penalty_counts_in_what_is_lowest(session_on, by):
    session = session_on(edits.set_penalty(at_rate(by, 0.03), "l2", 5.0))
    session.descend(3)
    session.set_learning_rate(0.3)
    session.descend(8)
    lowest = int(np.argmin(true_losses(session)))
    session.retreat()
    assert session.project.state.step == lowest


def test_a_long_run_goes_back_to_within_one_slot_of_its_lowest_loss(session_on, by, monkeypatch):
    monkeypatch.setattr(history_module, "LOSS_SLOTS", 16)
    monkeypatch.setattr(history_module, "_BLOCK", 4)
    session = session_on(at_rate(by, 0.001))
    session.descend(101)
    session.set_learning_rate(0.3)
    session.descend(8)
    stride = session.history._logs[0].stride
    assert stride > 1
    losses = true_losses(session)
    assert int(np.argmin(losses)) == 101
    session.retreat()
    step = session.project.state.step
    assert 101 - stride < step <= 101
    assert losses[step] < losses[0]
    assert session.project.recipe.learning_rate == 0.056


def test_a_long_run_goes_back_to_its_very_lowest_loss(session_on, by, monkeypatch):
    monkeypatch.setattr(history_module, "LOSS_SLOTS", 16)
    monkeypatch.setattr(history_module, "_BLOCK", 4)
    session = session_on(at_rate(by, 0.001))
    session.descend(101)
    session.set_learning_rate(0.3)
    session.descend(8)
    lowest = int(np.argmin(true_losses(session)))
    session.retreat()
    assert session.project.state.step == lowest


def test_half_the_rate_that_is_the_rate_of_that_step_already_is_an_entry_too(session_on, by):
    session = session_on(at_rate(by, 0.2))
    session.descend(3)
    session.set_learning_rate(0.4)
    session.descend(2)
    count = session.undo_stack.count()
    session.retreat()
    assert session.viewed.state.step == 0
    assert session.undo_stack.count() == count + 1
    assert session.project.state.step == 0


def test_half_of_the_smallest_rate_is_refused_and_nothing_changes(session_on, by):
    session = session_on(at_rate(by, 1e-12))
    refused = by.heard(session.refused)
    session.descend(3)
    session.view_step(1)
    seen = session.viewed
    session.retreat()
    assert len(refused) == 1
    assert session.viewed is seen


@pytest.mark.parametrize("rate", [1e-5, 0.01, 10.0])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
def test_one_press_leads_below_the_known_edge(session_on, by, optimizer, rate):
    """Numbers in the thousands: halving would take up to thirty presses."""
    random = np.random.default_rng(3)
    x = random.uniform(800, 4500, size=(30, 1))
    recipe = Recipe(Network((1, 1), ("linear",)), learning_rate=rate, optimizer=optimizer)
    houses = new_project("houses", recipe, np.zeros(2), plain_data("houses", x, 100.0 * x))
    session = session_on(houses)
    assert session.descend(50, loss_limit=1e15).outcome is Outcome.DIVERGED
    session.retreat()
    run = session.descend(400)
    assert run.outcome is Outcome.DONE
    assert run.losses[-1] < run.losses[0]


def test_scaling_begins_again_and_lets_the_run_come_home(session_on, by):
    x = np.random.default_rng(3).uniform(800, 4500, size=(30, 1))
    recipe = Recipe(Network((1, 1), ("linear",)), learning_rate=5.0)
    session = session_on(new_project("houses", recipe, np.zeros(2), plain_data("houses", x, 100.0 * x)))
    session.descend(3)
    session.scale()
    assert session.project.data.scaling == "standard"
    assert session.project.state.step == 0
    assert session.project.recipe.learning_rate < 1.0
    assert session.descend(200).losses[-1] < 1e-6
    session.undo_stack.undo()
    session.undo_stack.undo()
    assert session.project.data.scaling == "none"


# The step that follows.


@pytest.mark.parametrize("name", ["one-weight", "mini-batches", "two-rings"])
def test_within_the_history_the_next_step_is_the_one_that_was_taken(session_on, by, name):
    session = session_on(name)
    taken = [session.project]
    for _ in range(9):
        session.descend(1)
        taken.append(session.project)
    for step in range(9):
        session.view_step(step)
        following = session.following()
        assert following.state.step == step + 1
        assert by.same_bits(following.parameters, taken[step + 1].parameters)
    assert session.project is taken[-1]


def test_within_the_history_an_edit_of_the_next_step_is_part_of_it(session_on, by):
    session = session_on()
    session.descend(3)
    session.set_parameter(0, 0.125)
    session.set_learning_rate(0.05)
    session.descend(2)
    session.view_step(2)
    assert session.following().parameters.tolist() == [0.125]
    session.view_step(3)
    assert session.following().parameters[0] == pytest.approx(0.125 - 0.05 * 2 * (3 * 0.125 - 10) * 3)


@pytest.mark.parametrize("steps", [0, 5])
def test_at_the_end_the_next_step_is_the_one_that_would_be_and_is_not_taken(session_on, by, steps):
    session = session_on("mini-batches")
    session.descend(steps)
    project, count, end = session.project, session.undo_stack.count(), session.history.end
    following = session.following()
    assert by.same_bits(following.parameters, by.trained(project, 1).parameters)
    assert following.state.step == steps + 1
    assert session.project is session.viewed is project
    assert (session.undo_stack.count(), session.history.end) == (count, end)


def test_at_the_end_of_a_diverged_run_nothing_follows(session_on, by):
    session = session_on(at_rate(by, 9.0))
    while session.descend(50).outcome is Outcome.DONE:
        pass
    assert session.following() is None
    session.view_step(session.history.end - 1)
    assert by.same_bits(session.following().parameters, session.project.parameters)
    session.view_step(0)
    assert session.following().state.step == 1
