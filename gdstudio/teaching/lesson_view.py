"""A step of a lesson as it is shown: a value for the lesson panel.

Computes nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LessonView:
    """What the lesson panel shows: a step of a lesson, or a question before a step outside of one.

    ``kind`` is what is asked for: ``number``, ``choice``, ``goal`` (something to be done), ``predict`` (a number or a
    direction, before a step), ``step`` (Step is to be pressed first), or nothing. ``is_right`` says
    what became of the last answer, ``is_solved`` whether there was a right one; ``has_moved`` that the question is
    about numbers that are not on screen any more. ``spoken`` is all of it in one text.
    """

    caption: str
    title: str
    text: str
    ask: str
    kind: str
    choices: tuple[str, ...]
    picture: str
    feedback: str
    is_right: bool
    is_solved: bool
    has_moved: bool
    can_go_on: bool
    can_go_back: bool
    is_last: bool
    spoken: str
