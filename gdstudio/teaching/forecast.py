"""What the learning rate will do: where the next step leads, and what descent does in the long run.

The next step is measured, not estimated: its loss is that of the place where it lands. Of the long run only that is
said which a theorem gives. Pure.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from gdstudio.document.numbers import percent, shown, shown_plain
from gdstudio.document.project import Project
from gdstudio.engine import (
    FELT,
    OPTIMIZERS,
    Array,
    LearningRateZones,
    Recipe,
    frozen,
    growth_of_turns,
    is_quadratic,
    largest_curvature,
    learning_rate_zones,
    measured_loss,
)
from gdstudio.teaching.picture import Picture, picture_of


class Zone(Enum):
    """What descent does at a learning rate in the long run, in a sentence."""

    CRAWLS = "Converges in small steps."
    SMOOTH = "Converges without overshooting."
    OVERSHOOTS = "Overshoots, but converges."
    CONVERGES = "Converges."
    SWINGS = "Jumps back and forth for ever."
    DIVERGES = "Diverges."


CRAWL = 0.1
"""Below this share of the rate up to which nothing overshoots, a step covers less than a tenth of the way."""
_AT_THE_EDGE = 1e-10
"""Relative distance from the edge within which a rate is at it: the curvature is known to more digits than that."""


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What is expected at a learning rate.

    ``zone`` is what descent does in the long run, None where nothing tells; ``why`` then says why not. ``zones`` are
    the rates at which it changes, None where there are none. ``loss`` is that of now, ``expected`` that after the next
    step, both over all examples and with the penalty; ``outlook`` says what the next step does to it. ``step`` is that
    of now; ``foreseen`` is what was expected of the loss of now, one step before, and None where nobody foresaw it.
    ``here`` and ``following`` are the parameters of now and after the next step, ``(P,)``.
    """

    zones: LearningRateZones | None
    zone: Zone | None
    why: str
    rate: float
    loss: float
    expected: float
    outlook: str
    step: int = 0
    foreseen: float | None = None
    here: Array | None = None
    following: Array | None = None

    @property
    def in_the_long_run(self) -> str:
        """What descent does in the long run, or why that is not known, in a sentence."""
        return self.zone.value if self.zone is not None else f"No zones: {self.why}."

    @property
    def verdict(self) -> str:
        """The forecast before against what happened, in a sentence; nothing where there was none."""
        if self.foreseen is None or not math.isfinite(self.foreseen):
            return ""
        texts = f"Predicted loss {shown(self.foreseen)}, actual loss {shown(self.loss)}"
        return f"{texts} ✓" if math.isclose(self.loss, self.foreseen, rel_tol=1e-9) else texts


def with_verdict(now: Forecast, before: Forecast | None) -> Forecast:
    """Return a forecast that knows what the one of the step before expected; at the same step it is still known."""
    if before is None:
        return now
    if before.step == now.step - 1 and _same(before.following, now.here):
        return replace(now, foreseen=before.expected)
    same = before.step == now.step and before.loss == now.loss and _same(before.here, now.here)
    return replace(now, foreseen=before.foreseen) if same else now


def _same(one: Array | None, other: Array | None) -> bool:
    """Whether two places are the same one: a forecast is judged by the very step that it was made for."""
    return one is not None and other is not None and np.array_equal(one, other)


def zone_of(rate: float, zones: LearningRateZones, growth: float | None = None) -> Zone:
    """Return the zone of a learning rate; ``growth`` is by what a step multiplies the distance, where it is known."""
    share = rate / zones.edge if growth is None else growth
    if share >= 1.0 - _AT_THE_EDGE:
        return Zone.SWINGS if share <= 1.0 + _AT_THE_EDGE else Zone.DIVERGES
    if zones.one_step is None:
        return Zone.CONVERGES
    if rate > zones.one_step * (1.0 + _AT_THE_EDGE):
        return Zone.OVERSHOOTS
    return Zone.SMOOTH if rate >= CRAWL * zones.one_step else Zone.CRAWLS


def why_no_zones(project: Project) -> str:
    """Return why no theorem tells what descent of this project does in the long run; nothing where one does."""
    recipe = project.recipe
    batch, every = recipe.batch_size, len(project.data)
    reasons = (
        (batch is not None and batch < every, f"each step sees only {batch} of the {every:,} examples"),
        (recipe.optimizer not in _WITH_THEOREM, f"{OPTIMIZERS[recipe.optimizer].label} adapts the step of each weight"),
        (recipe.schedule != "constant", "the learning rate follows a schedule"),
        (not is_quadratic(recipe), "the loss is not a parabola of the weights"),
        (recipe.one_at_a_time and recipe.optimizer != "sgd", "the weights move one at a time, with momentum"),
    )
    return next((reason for holds, reason in reasons if holds), "")


_WITH_THEOREM = ("sgd", "momentum", "nesterov")


def forecast_of(project: Project) -> Forecast:
    """Return the forecast for the next step of a project."""
    picture = picture_of(project)
    recipe, (x, y), here = project.recipe, (project.data.x, project.data.y), project.parameters
    with np.errstate(all="ignore"):
        following = frozen(here + picture.change)
        expected = measured_loss(recipe, following, x, y) if np.isfinite(following).all() else math.inf
        zones = learning_rate_zones(recipe, here, x, y) if np.isfinite(here).all() else None
        why, zone = "", None
        if np.array_equal(following, here):
            why = "nothing moves"
        elif not math.isfinite(picture.loss):
            why = "the loss is not a finite number"
        elif zones is not None and zones.is_exact:
            zone, why = _zone_of_descent(picture, zones)
        else:
            why = why_no_zones(project) or _why_no_curvature(picture)
    if zone is None and not (_is_plain_and_whole(recipe, len(x)) and math.isfinite(picture.loss)):
        zones = None
    return Forecast(
        zones, zone, why, recipe.rate_at(project.state.step), picture.loss, expected,
        _outlook(picture, expected, following), project.state.step, here=here, following=following,
    )  # fmt: skip


def _zone_of_descent(picture: Picture, zones: LearningRateZones) -> tuple[Zone | None, str]:
    """Return what this descent does in the long run, or why that can't be said: it may not feel every curvature."""
    recipe = picture.project.recipe
    if not zones.is_sharp:
        growth = growth_of_turns(recipe, picture.parameters, picture.data.x, picture.data.y)
        if math.isnan(growth):
            return None, _UNFELT
        zone = zone_of(recipe.learning_rate, zones, abs(growth))
        return (None, "the learning rate is at the very edge") if zone is Zone.SWINGS and growth > 0.0 else (zone, "")
    zone = zone_of(recipe.learning_rate, zones)
    if zone in (Zone.CRAWLS, Zone.SMOOTH, Zone.CONVERGES) or _feels_the_steepest(picture):
        return zone, ""
    return (None, _UNFELT) if zone is Zone.DIVERGES else (Zone.CONVERGES, "")


_UNFELT = "there is no slope along the steepest direction"


def _feels_the_steepest(picture: Picture) -> bool:
    """Whether there is a slope, or a velocity, along the direction of the largest curvature."""
    recipe, data = picture.project.recipe, picture.data
    found = largest_curvature(recipe, picture.parameters, data.x, data.y)
    if found is None:
        return False
    slope = picture.gradient.copy()
    slope[sorted(recipe.locked)] = 0.0
    moving = [vector / size for vector in (slope, *picture.project.state.optimizer) if (size := np.abs(vector).max())]
    return any(abs(float(found.direction @ vector)) > FELT for vector in moving)


def _why_no_curvature(picture: Picture) -> str:
    """Return why there is no edge where the loss is a parabola."""
    if not math.isfinite(picture.loss):
        return "the loss is not a finite number"
    recipe, data = picture.project.recipe, picture.data
    found = largest_curvature(recipe, picture.parameters, data.x, data.y)
    is_lost = found is None or found.value > 1e-12 * found.scale
    return "the curvature can’t be computed here" if is_lost else "the loss does not curve upward here"


def _is_plain_and_whole(recipe: Recipe, examples: int) -> bool:
    """Whether the curvature here says something of this descent, if only of this place."""
    is_whole = recipe.batch_size is None or recipe.batch_size >= examples
    return recipe.optimizer == "sgd" and is_whole and not recipe.one_at_a_time and recipe.schedule == "constant"


def _outlook(picture: Picture, expected: float, following: Array) -> str:
    """Return what the next step does to the loss."""
    loss = picture.loss
    if not math.isfinite(loss):
        return f"No forecast: the loss is {'infinite' if math.isinf(loss) else 'not a number'}."
    if picture.is_beyond_memory:
        return "The next step can’t be taken: the square of a slope is beyond 1.8e308."
    if np.array_equal(following, picture.parameters):
        free = np.delete(picture.slopes_used, sorted(picture.project.recipe.locked))
        reason = "All weights are locked" if not len(free) else "The slope is 0" if not free.any() else ""
        return f"{reason}: the next step changes nothing." if reason else "The next step changes no weight."
    if not math.isfinite(expected):
        return "The next step makes the loss infinite."
    if expected == loss:
        return "The next step leaves the loss as it is."
    if abs(expected - loss) < 1e-6 * max(expected, loss):
        return "The next step changes the loss by less than a millionth."
    verb = "lowers" if expected < loss else "raises"
    return f"The next step {verb} the loss to {shown(expected)}{_share(expected, loss)}."


def _share(expected: float, loss: float) -> str:
    """Return how much of the loss is left, in brackets; nothing where that says no more than the loss itself."""
    ratio = expected / loss if loss > 0.0 else math.inf
    if not 1e-4 <= ratio < 1e6:
        return ""
    if ratio >= 10.0:
        return f" ({shown_plain(ratio, 3)} times)"
    return f" ({percent(ratio)})"
