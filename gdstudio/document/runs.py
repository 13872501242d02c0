"""A run that is kept beside the present one: where it went, what it ended with, and what it is called.

A frozen value, drawn as a ghost in the plots. Knows nothing of histories or views.
"""

from dataclasses import dataclass

import numpy as np

from gdstudio.document.edits import clean_name
from gdstudio.document.numbers import shown_plain
from gdstudio.document.project import Project
from gdstudio.engine import OPTIMIZERS, Array, Network, frozen, measured_loss

MOST_SLOTS = 2048
"""Losses kept of a run: of a longer one the lowest and the highest of several steps together."""
MOST_RUNS = 12


@dataclass(frozen=True, slots=True, eq=False)
class KeptRun:
    """A run as it was.

    ``project`` is where it ended, with its settings and its data. ``steps``, ``low`` and ``high`` ``(slots,)`` are its
    losses as drawn, ``loss`` the last, ``path`` ``(k, P)`` where it went. ``is_automatic`` says that nobody asked for
    it: it was kept because another run took its place.
    """

    name: str
    project: Project
    steps: Array
    low: Array
    high: Array
    path: Array
    loss: float
    is_shown: bool = True
    is_automatic: bool = False

    @property
    def step(self) -> int:
        """The step at which it ended."""
        return self.project.state.step

    @property
    def settings(self) -> str:
        """What decided it, in a line."""
        return settings_line(self.project)

    def is_same(self, project: Project) -> bool:
        """Whether it ended where a project stands, with the same settings."""
        own = self.project
        same = own.state.step == project.state.step and own.recipe == project.recipe and own.data is project.data
        return same and own.parameters.tobytes() == project.parameters.tobytes()

    def fits(self, network: Network) -> bool:
        """Whether its weights mean the same in another network: whether that has the same shape."""
        own = self.project.network
        return (own.sizes, own.bias) == (network.sizes, network.bias)


def kept_run(
    name: str, project: Project, columns: tuple[Array, Array, Array], path: Array, *, is_automatic: bool = False
) -> KeptRun:
    """Return the run that ended with ``project``; ``columns`` are its steps, lowest and highest losses."""
    steps, low, high = _thinned(*columns)
    loss = measured_loss(project.recipe, project.parameters, project.data.x, project.data.y)
    return KeptRun(clean_name(name), project, steps, low, high, frozen(path), loss, is_automatic=is_automatic)


def _thinned(steps: Array, low: Array, high: Array) -> tuple[Array, Array, Array]:
    """Return at most about ``MOST_SLOTS`` slots; the first and the last loss stay as they are."""
    if len(steps) > MOST_SLOTS:
        size = -(-len(steps) // (MOST_SLOTS - 1))
        last = len(steps) - 1
        starts = np.concatenate([[0], np.arange(1, last, size), [last]])
        with np.errstate(all="ignore"):
            low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
        steps = steps[starts]
    return frozen(steps), frozen(low), frozen(high)


def settings_line(project: Project) -> str:
    """Return learning rate, optimizer and batch of a project in a line, and which network it is."""
    recipe = project.recipe
    parts = [f"rate {shown_plain(recipe.learning_rate, 3)}", OPTIMIZERS[recipe.optimizer].label]
    if recipe.batch_size is not None:
        parts.append(f"batch {recipe.batch_size}")
    if recipe.one_at_a_time:
        parts.append("one at a time")
    parts.append("-".join(map(str, project.network.sizes)))
    return " · ".join(parts)
