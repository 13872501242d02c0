"""What a page of a lesson sets up, worked out without a window, and whether that is what is on screen by now."""

import pytest

from gdstudio.document import edits
from gdstudio.engine import train_step
from gdstudio.teaching.lessons import lessons
from gdstudio.teaching.orders import obeyed
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.set_up import begun, begun_picture, has_moved

ASKING = [
    (lesson, position) for lesson in lessons() for position, step in enumerate(lesson.steps) if step.expect is not None
]


def ids(case: object) -> str:
    return str(getattr(case, "number", case))


@pytest.mark.parametrize(("lesson", "position"), ASKING, ids=ids)
def test_a_page_begins_with_all_that_was_ordered_up_to_it(lesson, position):
    project = None
    for step in lesson.steps[: position + 1]:
        for order in step.do:
            project = obeyed(project or begun(lesson, position), order)
    found = begun(lesson, position)
    assert found.recipe == project.recipe
    assert found.parameters.tolist() == project.parameters.tolist()
    assert begun(lesson, position) is found  # worked out once


@pytest.mark.parametrize(("lesson", "position"), ASKING[:12], ids=ids)
def test_a_question_has_moved_where_its_number_has(lesson, position):
    own, step = begun_picture(lesson, position), lesson.steps[position]
    assert not has_moved(step, own, own)
    project = own.project
    state, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
    moved = has_moved(step, own, picture_of(edits.descended(project, state)))
    assert moved is (step.expect.words not in ("edge", "one step", "parameters", "steps an epoch"))


def test_what_asks_for_no_number_never_moves():
    lesson = lessons()[0]
    own = begun_picture(lesson, 0)
    elsewhere = picture_of(edits.set_parameter(own.project, 0, 5.0))
    for step in lesson.steps:
        if step.expect is None:
            assert not has_moved(step, own, elsewhere)
