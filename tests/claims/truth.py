"""What descent really does: from the engine's own steps, by nothing that a forecast is made of.

Knows nothing of sentences.
"""

import math
from dataclasses import replace
from enum import Enum
from functools import cached_property

import numpy as np

from gdstudio.document.project import Project
from gdstudio.engine import LOSSES, Array, Descent, Recipe, Run, TrainingState, observe, train_step

_CHECKS = (0, 16, 64, 256, 1024, 4096, 16384)
"""Steps after which a descent is looked at; beyond the last one nothing is claimed."""
_IN_TURN = _CHECKS[:-1]
_WINDOW = 8
"""Steps that are looked at each time: fast oscillations have their largest swing among them."""
_EPSILON = 2.0**-52


class Course(Enum):
    """What becomes of a descent."""

    FALLS = "the slope falls toward 0"
    STAYS = "the slope stays as large as it is"
    GROWS = "the slope grows without bound"
    UNKNOWN = "not to be told in so few steps"


def is_parabola(recipe: Recipe) -> bool:
    """Whether the loss is a parabola of the parameters."""
    is_linear = len(recipe.network.sizes) == 2 and recipe.network.activations == ("linear",)
    return is_linear and LOSSES[recipe.loss].square is not None and recipe.l1 == 0.0


def hessian(project: Project, sides: tuple[float, float] = (1.0, -1.0)) -> Array:
    """Return how the slopes change with the parameters, ``(P, P)``, the locked ones left out as zeros."""
    recipe, (x, y), here = project.recipe, (project.data.x, project.data.y), project.parameters
    columns = []
    for index in range(len(here)):
        unit = np.eye(len(here))[index]
        with np.errstate(all="ignore"):
            if is_parabola(recipe):
                # Without targets the slope is the Hessian times the parameters, to the last digit.
                columns.append(observe(recipe, unit, x, np.zeros_like(y)).gradient)
            else:
                nudge = 1e-5 * max(1.0, abs(here[index])) * unit
                ends = [observe(recipe, here + side * nudge, x, y).gradient for side in sides]
                columns.append((ends[0] - ends[1]) / ((sides[0] - sides[1]) * nudge[index]))
    found: Array = np.array(columns)
    with np.errstate(all="ignore"):
        found = found / 2.0 + found.T / 2.0
    for index in project.recipe.locked:
        found[index, :] = found[:, index] = 0.0
    return found


class Truth:
    """What the next steps of a project do; ``rate`` puts another learning rate in the place of its own."""

    def __init__(self, project: Project, rate: float | None = None) -> None:
        self.recipe = project.recipe if rate is None else replace(project.recipe, learning_rate=rate)
        self.project = project
        self.x, self.y, self.start = project.data.x, project.data.y, project.state
        self._free = np.array([i not in self.recipe.locked for i in range(len(self.start.parameters))])

    # The next step.

    @cached_property
    def landing(self) -> Array:
        """The parameters after the next step."""
        with np.errstate(all="ignore"):
            return train_step(self.recipe, self.start, self.x, self.y)[0].parameters

    @cached_property
    def remembers(self) -> bool:
        """Whether the next step leaves nothing but numbers in the optimizer's memory."""
        with np.errstate(all="ignore"):
            following = train_step(self.recipe, self.start, self.x, self.y)[0]
        return all(np.isfinite(slot).all() for slot in following.optimizer)

    @cached_property
    def slopes_used(self) -> Array:
        """The slopes that the next step goes by: those over its batch, 0 at locked parameters."""
        with np.errstate(all="ignore"):
            return np.where(self._free, train_step(self.recipe, self.start, self.x, self.y)[1].slopes_used, 0.0)

    def _loss(self, parameters: Array) -> float:
        with np.errstate(all="ignore"):
            return observe(self.recipe, parameters, self.x, self.y).loss

    @cached_property
    def loss(self) -> float:
        return self._loss(self.start.parameters)

    @cached_property
    def next_loss(self) -> float:
        return self._loss(self.landing)

    @property
    def moves(self) -> bool:
        """Whether the next step changes any parameter."""
        return not np.array_equal(self.landing, self.start.parameters)

    def slope(self, parameters: Array) -> Array:
        """The slopes over all examples, 0 at locked parameters."""
        with np.errstate(all="ignore"):
            return np.where(self._free, observe(self.recipe, parameters, self.x, self.y).gradient, 0.0)

    def _steepness(self, parameters: Array) -> float:
        """The largest slope: its square need not be a number."""
        return float(np.abs(self.slope(parameters)).max())

    # How the loss bends.

    @cached_property
    def _bends(self) -> tuple[Array, Array]:
        found = hessian(self.project)
        values, vectors = np.linalg.eigh(found if np.isfinite(found).all() else np.zeros_like(found))
        return values, vectors

    @cached_property
    def curvature(self) -> float:
        """The largest curvature; not a number where slopes are none."""
        return float(self._bends[0][-1]) if np.isfinite(hessian(self.project)).all() else math.nan

    @property
    def edge(self) -> float:
        """Where all at once descent begins to lead away from the bottom of a parabola, with or without momentum."""
        m = dict(self.recipe.settings).get("momentum", 0.0)
        reach = 2.0 * (1.0 + m) / (1.0 + 2.0 * m) if self.recipe.optimizer == "nesterov" else 2.0 * (1.0 + m)
        return reach / self.curvature

    @cached_property
    def is_smooth(self) -> bool:
        """Whether the curvature is the same on both sides, near and far, and is no matter of rounding."""
        one, *others = (hessian(self.project, sides) for sides in ((1.0, 0.0), (0.0, -1.0), (3.0, -3.0)))
        least = 1e-2 * float(np.abs(one).max())
        return bool(np.isfinite(one).all() and all(np.allclose(one, other, 1e-2, least) for other in others))

    # Many steps.

    @cached_property
    def _descent(self) -> Descent:
        return Descent(self.recipe, self.x, self.y, lean=True)

    def _train(self, state: TrainingState, steps: int) -> Run:
        return self._descent.train(state, steps, losses="batch")

    def after(self, steps: int) -> TrainingState | None:
        """Return the state after so many steps, or None where numbers were lost before."""
        run = self._train(self.start, steps)
        return run.state if len(run.losses) == steps + 1 else None

    def _size(self, state: TrainingState) -> float:
        """The largest slope in the next few steps from a state; infinite where numbers are lost."""
        largest = 0.0
        for _ in range(_WINDOW):
            largest = max(largest, self._steepness(state.parameters))
            run = self._train(state, 1)
            if len(run.losses) < 2:
                return math.inf
            state = run.state
        return largest if math.isfinite(largest) else math.inf

    def floor(self, parameters: Array) -> float:
        """What rounding makes of slopes near these parameters."""
        with np.errstate(all="ignore"):
            apart = observe(self.recipe, np.abs(parameters), np.abs(self.x), -np.abs(self.y)).gradient
            return 64.0 * _EPSILON * float(np.abs(apart).max())

    @cached_property
    def course(self) -> Course:
        """What becomes of the descent."""
        sizes: list[float] = []
        state, taken, low = self.start, 0, 0
        for steps in _IN_TURN if self.recipe.one_at_a_time else _CHECKS:
            run = self._train(state, steps - taken)
            if len(run.losses) < steps - taken + 1:
                return Course.GROWS
            state, taken = run.state, steps
            sizes.append(self._size(state))
            if not math.isfinite(sizes[-1]) or sizes[-1] > 1e9 * max(sizes[0], self.floor(self.start.parameters)):
                return Course.GROWS
            low = low + 1 if sizes[-1] <= max(1e-9 * sizes[0], self.floor(state.parameters)) else 0
            if low == 5 or (len(sizes) >= 5 and sizes[-1] < 0.9 * sizes[-2] < 0.81 * sizes[-3]):
                return Course.FALLS
        one, other = sizes[-2:]
        if low:
            return Course.FALLS
        if abs(other - one) <= 1e-6 * one:
            # A slope that hardly moves in thousands of steps may still fall in millions.
            return Course.STAYS if self._comes_back(state) else Course.UNKNOWN
        return Course.GROWS if other > one else Course.FALLS

    def _comes_back(self, state: TrainingState) -> bool:
        """Whether every second step leads to the same place, and the one between to another."""
        places = [state.parameters]
        for _ in range(2):
            run = self._train(state, 1)
            if len(run.losses) < 2:
                return False
            state = run.state
            places.append(state.parameters)
        jump = float(np.linalg.norm(places[1] - places[0]))
        return float(np.linalg.norm(places[2] - places[0])) <= 1e-3 * jump

    @cached_property
    def swings(self) -> bool:
        """Whether descent comes to jump between the same two places for ever."""
        first, later = (self.after(steps) for steps in (1024, 4096))
        if first is None or later is None or not (self._comes_back(first) and self._comes_back(later)):
            return False
        one, other = self._size(first), self._size(later)
        far = other > 1e3 * self.floor(later.parameters) or self._size(self.start) <= self.floor(self.start.parameters)
        return far and abs(one - other) <= 0.01 * one

    def passes(self, steps: int = 6) -> list[tuple[float, float, float]]:
        """Return, for each direction of the parabola and step: the slope along it, the slope before, its curvature.

        Those that begin within rounding are left out, and one that ends there is 0.
        """
        values, vectors = self._bends
        state, found = self.start, []
        before = vectors.T @ self.slope(state.parameters)
        for _ in range(steps):
            run = self._train(state, 1)
            if len(run.losses) < 2:
                break
            state = run.state
            now = vectors.T @ self.slope(state.parameters)
            least = 1e4 * self.floor(state.parameters)
            pairs = zip(now, before, values, strict=True)
            found += [(a if abs(a) > least else 0.0, b, value) for a, b, value in pairs if abs(b) > least]
            before = now
        return found

    @cached_property
    def feels_the_steepest(self) -> bool:
        """Whether the slope, or a velocity, has a part along the largest curvature that is more than rounding."""
        values, vectors = self._bends
        steep = vectors[:, values >= (1.0 - 1e-9) * self.curvature]
        here = self.start.parameters
        moving = [(self.slope(here), self.floor(here)), *((memory, 0.0) for memory in self.start.optimizer)]
        return any(
            len(vector) == len(here) and np.abs(steep.T @ vector).max() > max(floor, 1e-12 * np.abs(vector).max())
            for vector, floor in moving
        )

    @cached_property
    def is_at_rest(self) -> bool:
        """Whether it stands at the bottom up to rounding."""
        return self._steepness(self.start.parameters) <= 1e4 * self.floor(self.start.parameters)
