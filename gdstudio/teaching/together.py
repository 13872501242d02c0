"""All weights at once, or one after the other: what the same step makes of each, side by side.

Pure; takes a project.
"""

from dataclasses import dataclass, replace

import numpy as np

from gdstudio.document.numbers import shown_plain
from gdstudio.document.project import Project
from gdstudio.engine import Array, forward, train_step

MOST_VALUES = 4
"""Up to so many weights are shown one by one."""
_DIGITS = range(4, 18)


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """What a step leads to in one way: parameters ``(P,)``, the error of a single prediction, the loss."""

    label: str
    parameters: Array
    error: float | None
    loss: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The same step in both ways: the next one, or (``is_taken``) the one that led to where the project stands."""

    together: Way
    one_at_a_time: Way
    is_taken: bool = False

    @property
    def title(self) -> str:
        """Which step this is."""
        return "Last step" if self.is_taken else "Next step"

    @property
    def words(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Weights where they are few, error where there is one, and loss of each way, told apart by their digits."""
        ways = self.together, self.one_at_a_time
        pairs = list(zip(*(way.parameters.tolist() for way in ways), strict=True))
        values = [_told_apart(*pair) for pair in pairs] if len(pairs) <= MOST_VALUES else []
        one, other = ways[0].error, ways[1].error
        errors = ("", "") if one is None or other is None else _told_apart(one, other)
        losses = _told_apart(ways[0].loss, ways[1].loss)
        first, second = (
            (
                f"weights [{', '.join(texts[way] for texts in values)}]" if values else "",
                f"error {errors[way]}" if errors[way] else "",
                f"loss {losses[way]}",
            )
            for way in (0, 1)
        )
        return first, second


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with as many digits as tell them apart, four at least."""
    for digits in _DIGITS:
        texts = shown_plain(one, digits), shown_plain(other, digits)
        if one == other or texts[0] != texts[1]:
            break
    return texts


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What is shown, and the comparison of the next step from ``here``, the parameters ``(P,)``."""

    shown: Comparison
    coming: Comparison
    here: Array


def compare(project: Project, last: Compared | None = None) -> Compared:
    """Compare both ways of a step of a project: of the last one where ``last`` foresaw it, otherwise of the next."""
    here = project.parameters
    shown = coming = Comparison(_way(project, "all at once", False), _way(project, "one at a time", True))
    if last is not None and np.array_equal(last.coming.one_at_a_time.parameters, here):
        shown = replace(last.coming, is_taken=True)
    elif last is not None and last.shown.is_taken and np.array_equal(last.here, here):
        shown = last.shown
    return Compared(shown, coming, here)


def _way(project: Project, label: str, one_at_a_time: bool) -> Way:
    data = project.data
    recipe = replace(project.recipe, one_at_a_time=one_at_a_time)
    # One that leads out of all bounds is shown as what it leads to: it is only shown and not taken.
    state, record = train_step(recipe, project.state, data.x, data.y)
    error = None
    if len(data) == 1 and project.network.sizes[-1] == 1:
        error = float(forward(project.network, state.parameters, data.x).prediction[0, 0] - data.y[0, 0])
    return Way(label, state.parameters, error, record.loss_after)
