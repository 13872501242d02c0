"""Where the descent was: its path up to a step, after edits, branches and long runs; and a jump as one undo entry."""

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.session.history import History, descend
from gdstudio.session.session import Session


def path_of(session: Session, most: int = 400) -> np.ndarray:
    """The path up to what is looked at."""
    return session.history.path(session.viewed.state.step, session.viewed.parameters, most)


def walked(session: Session, steps: int) -> list[list[float]]:
    """Take single steps; returns every place, that before the first included."""
    places = [session.viewed.parameters.tolist()]
    for _ in range(steps):
        session.descend(1)
        places.append(session.viewed.parameters.tolist())
    return places


def steps_of(session: Session, path: np.ndarray) -> list[int]:
    """At which step of the history each moment of a path was."""
    history = session.history
    known = {
        history.project_at(step, session.project).parameters.tobytes(): step
        for step in range(history.first, history.end + 1)
    }
    return [known[moment.tobytes()] for moment in path]


def test_before_the_first_step_the_path_is_one_place(session_on):
    session = session_on("two-weights")
    assert path_of(session).tolist() == [[1.0, 2.0]]


def test_the_path_of_single_steps_is_every_place_in_turn(session_on):
    session = session_on("xor")
    places = walked(session, 12)
    assert path_of(session).tolist() == places


def test_the_lecture_s_path_goes_from_1_2_to_0_7_1_6(session_on):
    session = session_on("two-weights")
    session.descend(1)
    assert path_of(session) == pytest.approx(np.array([[1.0, 2.0], [0.7, 1.6]]))


def test_the_last_place_is_the_one_that_is_given(session_on):
    session = session_on("two-weights")
    walked(session, 3)
    assert session.history.path(3, np.array([8.0, 9.0]))[-1].tolist() == [8.0, 9.0]
    assert len(session.history.path(3, np.array([8.0, 9.0]))) == 4


def test_looking_at_an_earlier_step_shortens_the_path(session_on):
    session = session_on("xor")
    places = walked(session, 9)
    for step in (0, 1, 5, 9):
        session.view_step(step)
        assert path_of(session).tolist() == places[: step + 1]


def test_a_history_that_begins_late_has_a_path_from_there(session_on, by):
    project = edits.descended(by.batched(), by.trained(by.batched(), 40))
    session = session_on(project)
    places = walked(session, 4)
    assert session.history.first == 40
    assert path_of(session).tolist() == places


@pytest.mark.parametrize("most", [2, 3, 7, 20, 21, 22, 100])
def test_a_path_has_as_many_moments_as_asked_for_at_most(session_on, most):
    session = session_on("xor")
    places = walked(session, 20)
    path = path_of(session, most)
    assert len(path) == min(most, 21)
    assert path[0].tolist() == places[0]
    assert path[-1].tolist() == places[-1]
    steps = steps_of(session, path)
    assert steps == sorted(set(steps))
    # Spread over the whole way, not crowded at one end.
    assert most == 2 or max(np.diff(steps)) <= 2 * 20 / (min(most, 21) - 2)


def test_a_path_of_one_moment_is_where_one_is(session_on):
    session = session_on("xor")
    places = walked(session, 3)
    assert path_of(session, 1).tolist() == places[-1:]


def test_the_path_of_a_long_run_goes_through_its_keyframes_in_order(session_on):
    """Moments that were kept, and no others: the first and the last always, at most 400."""
    session = session_on(edits.set_learning_rate(load_example("xor"), 0.05))
    for _ in range(450):
        session.descend(2, key="run")
    assert session.viewed.state.step == 900
    path, few = path_of(session), path_of(session, 25)
    assert (len(path), len(few)) == (400, 25)
    assert path[0].tobytes() == session.project.start.parameters.tobytes()
    assert path[-1].tobytes() == session.viewed.parameters.tobytes()
    session.view_step(501)
    earlier = path_of(session)
    steps, few, earlier = (steps_of(session, each) for each in (path, few, earlier))
    for each in (steps, few, earlier):
        assert each == sorted(set(each))
    assert (steps[0], steps[-1]) == (few[0], few[-1]) == (0, 900)
    assert earlier == [*range(0, 501, 2), 501]


def test_a_run_taken_in_one_go_is_known_at_its_ends_only(session_on):
    session = session_on("xor")
    start = session.viewed.parameters.tolist()
    session.descend(500)
    assert path_of(session).tolist() == [start, session.viewed.parameters.tolist()]


def test_thinned_keyframes_leave_a_path_in_order(by):
    """So many that every second one is dropped."""
    project = by.batched()
    history = History(project)
    for _ in range(4200):
        run = descend(project, 1)
        project = edits.descended(project, run.state)
        history.extend(project, run)
    path = history.path(4200, project.parameters)
    assert 200 < len(path) <= 400
    assert path[0].tobytes() == by.batched().parameters.tobytes()
    assert path[-1].tobytes() == project.parameters.tobytes()
    earlier = history.path(2000, history.project_at(2000, project).parameters)
    inner = {moment.tobytes() for moment in history.path(4200, project.parameters, 10_000)}
    assert {moment.tobytes() for moment in earlier[:-1]} <= inner


def test_a_branch_from_an_earlier_step_has_nothing_of_the_later_ones(session_on):
    session = session_on("xor")
    places = walked(session, 8)
    session.view_step(3)
    session.set_learning_rate(1.5)
    branch = walked(session, 4)
    assert branch[0] == places[3]
    path = path_of(session).tolist()
    assert path == places[:3] + branch
    assert not any(place in path for place in places[4:])


def test_stepping_on_from_an_earlier_step_branches_too(session_on):
    session = session_on("xor")
    places = walked(session, 8)
    session.view_step(3)
    session.descend(1)
    assert path_of(session).tolist() == places[:5]


def test_undo_brings_the_path_back_and_redo_the_branch(session_on):
    session = session_on("xor")
    places = walked(session, 5)
    session.view_step(2)
    session.set_parameter(0, 9.0)
    edited = session.viewed.parameters.tolist()
    assert path_of(session).tolist() == [*places[:2], edited]
    session.undo_stack.undo()
    assert path_of(session).tolist() == places
    session.undo_stack.redo()
    assert path_of(session).tolist() == [*places[:2], edited]


def test_after_an_edit_of_a_weight_the_path_goes_on_from_the_new_place(session_on):
    session = session_on("xor")
    places = walked(session, 4)
    session.set_parameter(3, -2.5)
    after = walked(session, 3)
    assert after[0][3] == -2.5
    assert path_of(session).tolist() == places[:4] + after


def test_an_edit_before_the_first_step_begins_a_path_of_its_own(session_on):
    session = session_on("two-weights")
    session.set_parameter(0, 5.0)
    assert path_of(session).tolist() == [[5.0, 2.0]]


def test_another_network_has_a_path_of_its_own(session_on):
    session = session_on("xor")
    walked(session, 4)
    session.add_node(1)
    assert path_of(session).tolist() == [session.viewed.parameters.tolist()]
    places = walked(session, 2)
    assert path_of(session).tolist() == places


def test_after_reset_the_path_is_the_start_alone(session_on):
    session = session_on("xor")
    start = walked(session, 4)[0]
    session.reset()
    assert path_of(session).tolist() == [start]


# A jump.


def test_a_jump_is_one_undo_entry(session_on, by):
    session = session_on("xor")
    walked(session, 2)
    before, count = session.viewed, session.undo_stack.count()
    wanted = np.linspace(-1, 1, 13)
    assert session.set_parameters(wanted)
    assert session.viewed.parameters.tolist() == wanted.tolist()
    assert session.undo_stack.count() == count + 1
    assert session.undo_stack.undoText() == "Jump to another place"
    session.undo_stack.undo()
    assert session.viewed is before
    session.undo_stack.redo()
    assert session.viewed.parameters.tolist() == wanted.tolist()


def test_two_jumps_are_two_undo_entries(session_on):
    session = session_on("two-weights")
    session.set_parameters(np.array([3.0, 3.0]))
    session.set_parameters(np.array([4.0, 4.0]))
    session.undo_stack.undo()
    assert session.viewed.parameters.tolist() == [3.0, 3.0]


def test_a_jump_to_where_one_is_is_none(session_on):
    session = session_on("two-weights")
    assert session.set_parameters(np.array([1.0, 2.0]))
    assert session.undo_stack.count() == 0


def test_a_jump_to_no_number_is_refused_with_a_sentence(session_on, by):
    session = session_on("two-weights")
    refused = by.heard(session.refused)
    assert not session.set_parameters(np.array([np.nan, 1.0]))
    assert refused == ["A weight must be a finite number."]
    assert session.undo_stack.count() == 0


def test_a_jump_from_an_earlier_step_forgets_the_later_ones(session_on):
    session = session_on("two-weights")
    places = walked(session, 5)
    session.view_step(2)
    session.set_parameters(np.array([-1.0, -1.0]))
    assert session.history.end == 2
    assert path_of(session).tolist() == [*places[:2], [-1.0, -1.0]]
