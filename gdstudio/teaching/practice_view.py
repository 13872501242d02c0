"""An exercise as it is shown, and how a person gets on: values for the practice panel.

Computes no exercise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gdstudio.teaching.practice import Level


@dataclass(frozen=True, slots=True)
class PracticeView:
    """What the practice panel shows; ``code`` is a listing.

    ``is_right`` says what became of the last answer, ``is_solved`` whether there was a right one, ``is_new`` that
    another exercise has come.
    """

    level: str
    progress: str
    given: tuple[str, ...]
    code: tuple[str, ...]
    question: str
    tolerance: str
    feedback: str
    hints: tuple[str, ...]
    solution: tuple[str, ...]
    has_hints: bool
    is_right: bool
    is_solved: bool
    is_new: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """How many exercises of each level were solved, without help or at all, and which exercise comes next."""

    solved: Mapping[str, int] = field(default_factory=dict)
    alone: Mapping[str, int] = field(default_factory=dict)
    asked: Mapping[str, int] = field(default_factory=dict)

    def after(self, level: Level, *, alone: bool) -> "Progress":
        """Return the progress after an exercise of a level was solved."""
        name = level.name
        return Progress(_more(self.solved, name), _more(self.alone, name) if alone else self.alone, self.asked)

    def with_asked(self, level: Level) -> "Progress":
        """Return the progress when another exercise of a level is set."""
        return Progress(self.solved, self.alone, _more(self.asked, level.name))

    def line(self, level: Level) -> str:
        """Return how a person gets on at a level, in a line."""
        solved, alone = self.solved.get(level.name, 0), self.alone.get(level.name, 0)
        if not solved:
            return "0 solved"
        return f"{solved} solved ({alone} on the first try)"


def _more(counts: Mapping[str, int], name: str) -> dict[str, int]:
    return {**counts, name: counts.get(name, 0) + 1}


def write_progress(progress: Progress) -> str:
    """Return the progress as a text to be kept, such as ``FORWARD 3 2 4, ERROR 1 0 1``."""
    solved, alone = progress.solved, progress.alone
    return ", ".join(f"{name} {solved.get(name, 0)} {alone.get(name, 0)} {n}" for name, n in progress.asked.items())


def read_progress(text: str) -> Progress:
    """Return the progress in a text; what is damaged in it counts as not begun."""
    solved, alone, asked = {}, {}, {}
    for part in text.split(","):
        words = part.split()
        if len(words) == 4 and words[0] in Level.__members__ and all(w.isdecimal() and len(w) < 10 for w in words[1:]):
            solved[words[0]], alone[words[0]], asked[words[0]] = map(int, words[1:])
    return Progress(solved, alone, asked)
