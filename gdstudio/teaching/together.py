"""All weights at once, or one after the other: what the next step makes of each, side by side.

Pure; takes a project.
"""

from dataclasses import dataclass, replace

from gdstudio.document.numbers import shown_plain
from gdstudio.document.project import Project
from gdstudio.engine import Array, forward, train_step

MOST_VALUES = 4
"""Up to so many weights are shown one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """What the next step leads to in one way: parameters ``(P,)``, the error of a single prediction, the loss."""

    label: str
    parameters: Array
    error: float | None
    loss: float

    @property
    def words(self) -> tuple[str, str, str]:
        """The weights where they are few, the error where there is one, and the loss, as shown."""
        values = ", ".join(shown_plain(float(value), 5) for value in self.parameters)
        weights = f"weights [{values}]" if len(self.parameters) <= MOST_VALUES else ""
        error = "" if self.error is None else f"error {shown_plain(self.error, 5)}"
        return weights, error, f"loss {shown_plain(self.loss, 5)}"


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The same step in both ways."""

    together: Way
    one_at_a_time: Way


def compare(project: Project) -> Comparison:
    """Return what the next step of a project leads to in both ways; it is not taken."""
    return Comparison(_way(project, "all at once", False), _way(project, "one at a time", True))


def _way(project: Project, label: str, one_at_a_time: bool) -> Way:
    data = project.data
    recipe = replace(project.recipe, one_at_a_time=one_at_a_time)
    # One that leads out of all bounds is shown as what it leads to: it is only shown and not taken.
    state, record = train_step(recipe, project.state, data.x, data.y)
    error = None
    if len(data) == 1 and project.network.sizes[-1] == 1:
        error = float(forward(project.network, state.parameters, data.x).prediction[0, 0] - data.y[0, 0])
    return Way(label, state.parameters, error, record.loss_after)
