"""What a page of a lesson sets up: the project that its question is about, whatever the window shows by now.

Pure.
"""

import math
from functools import lru_cache

from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project
from gdstudio.teaching.lessons import Lesson, LessonStep
from gdstudio.teaching.orders import KEYS, measured, obeyed
from gdstudio.teaching.picture import Picture, picture_of


@lru_cache(maxsize=8)
def begun(lesson: Lesson, position: int) -> Project | None:
    """Return the project with which the page at ``position`` begins: all orders obeyed from the last opening on.

    None where nothing is opened up to there: the page is then about whatever is open. Raises ProjectError, with a
    sentence, where an order can't be obeyed.
    """
    opens = [k for k in range(position + 1) if any(order.words == "open *" for order in lesson.steps[k].do)]
    if not opens:
        return None
    project = load_example(KEYS[0])
    for step in lesson.steps[opens[-1] : position + 1]:
        for order in step.do:
            project = obeyed(project, order)
    return project


@lru_cache(maxsize=8)
def begun_picture(lesson: Lesson, position: int) -> Picture | None:
    """Return the numbers of that project."""
    project = begun(lesson, position)
    return None if project is None else picture_of(project)


def has_moved(step: LessonStep, own: Picture, live: Picture) -> bool:
    """Whether the number that is asked for is another one on screen by now than in ``own``, the set-up."""
    if step.expect is None or own.project is live.project:
        return False
    try:
        there, here = measured(own, step.expect), measured(live, step.expect)
    except ProjectError:
        return True
    return not math.isclose(there, here, rel_tol=1e-9)
