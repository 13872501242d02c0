"""Why a descent ends by itself, and what one can do about it that the studio then allows.

Pure; the same sentences for the window and for the command line.
"""

import math
from dataclasses import dataclass

import numpy as np

from gdstudio.document.edits import LEARNING_RATE_LIMITS, set_learning_rate, set_scaling
from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import counted, percent, shown, shown_plain
from gdstudio.document.project import Project
from gdstudio.engine import OPTIMIZERS, Array, learning_rate_zones
from gdstudio.teaching.picture import Picture

EXPLOSION = 1e6
"""A loss this many times the run's first loss (or 1, if that is larger) has left all bounds."""
TOLERANCE = 1e-9
"""A gradient of this norm or less is no more downhill."""
LONG, HARDLY = 2000, 0.01
"""Steps after which a run that has changed its loss by less than this share of it is called a plateau."""
PRACTICALLY = 1e-6
"""A gradient of this norm or less is called practically 0."""
STANDARD = "standard"
"""The scaling that is offered: mean 0, spread 1."""
_LARGE = 10.0
"""Inputs whose root mean square is beyond this are called unscaled: curvature grows with its square."""
_SAFE = 0.95
"""Share of the edge below which half of a rate that was too large is taken."""
_MOST_WORK = 4_000_000
"""Parameters times examples up to which the curvature is computed while a person waits."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run ended by itself, in sentences, and what can be done at one press.

    ``rate`` is the learning rate to go back to the last good step with, None where that would not help;
    ``offers_scaling`` says whether scaling the data would.
    """

    text: str
    rate: float | None = None
    offers_scaling: bool = False


@dataclass(frozen=True, slots=True)
class Remedy:
    """What helps against a loss that grows: a smaller rate, and scaled data where they are not.

    ``edge`` is the learning rate at which plain descent begins to lead away by the curvature at the good place, None
    where it is not known. ``rate`` is half of the present rate, or half the edge where that would still be too large;
    None where it would be below all that the studio takes. ``unscaled`` names the input whose numbers are large, with
    one of them; empty where that is not so. ``is_exact`` where the edge holds everywhere, by a theorem.
    """

    rate: float | None
    edge: float | None
    unscaled: str
    is_exact: bool


class Plateau:
    """Watches the losses of a run, and says once where they have hardly moved for long."""

    def __init__(self, step: int, loss: float) -> None:
        self._begin(step, loss)
        self._has_told = False

    def _begin(self, step: int, loss: float) -> None:
        self._since, self._low, self._high = step, loss, loss

    def follow(self, picture: Picture, losses: Array) -> str:
        """Take the losses of the steps up to that of a picture, ``(n,)``; returns a sentence, or nothing."""
        step = picture.step
        self._low, self._high = min(self._low, float(losses.min())), max(self._high, float(losses.max()))
        if not self._high - self._low <= HARDLY * self._high:
            self._begin(step, float(losses[-1]))
        if self._has_told or step - self._since < LONG or self._low == 0.0 or not _is_gentle(picture):
            return ""
        self._has_told = True
        return (
            f"From step {self._since:,} to {step:,} the loss has changed by less than {percent(HARDLY)}, to "
            f"{shown(float(losses[-1]))}: this is a plateau or the bottom. Momentum, another learning rate or a new "
            "start may lead on; so may patience."
        )


def _is_gentle(picture: Picture) -> bool:
    """Whether a step is small where the loss is: one that jumps back and forth over a valley is not."""
    rate = picture.project.recipe.rate_at(picture.step)
    return rate * picture.gradient_norm**2 <= HARDLY * picture.loss


def remedy_of(good: Project) -> Remedy:
    """Return what helps from a good place on."""
    recipe, data = good.recipe, good.data
    zones = None
    if recipe.network.parameter_count * len(data) <= _MOST_WORK:
        zones = learning_rate_zones(recipe, good.parameters, data.x, data.y)
    edge, rate = None, recipe.learning_rate / 2
    if zones is not None:
        edge = zones.edge
        rate = rate if rate < _SAFE * edge else float(f"{edge / 2:.1e}")
    is_exact = zones is not None and zones.is_exact
    return Remedy(rate if rate >= LEARNING_RATE_LIMITS[0] else None, edge, _unscaled(good), is_exact)


def _unscaled(project: Project) -> str:
    """Return which input has large numbers, if any, where scaling is a choice and would be possible."""
    data = project.data
    if data.scaling != "none" or len(data) < 2:
        return ""
    with np.errstate(all="ignore"):
        sizes = np.sqrt(np.square(data.x).mean(axis=0))
    column = int(np.argmax(np.abs(data.x).max(axis=0)))
    if not sizes[column] > _LARGE:
        return ""
    try:
        set_scaling(project, STANDARD)
    except ProjectError:
        return ""
    return f"“{data.input_names[column]}” goes up to {shown_plain(float(np.abs(data.x[:, column]).max()), 4)}"


def scaled_for_descent(project: Project) -> Project:
    """Scale the data and begin again; where the learning rate is not below the edge then, take one that is."""
    scaled = set_scaling(project, STANDARD)
    remedy = remedy_of(scaled)
    if remedy.rate is None or remedy.edge is None or scaled.recipe.learning_rate < remedy.edge:
        return scaled
    return set_learning_rate(scaled, remedy.rate)


def flat(tolerance: float, picture: Picture) -> Stop:
    """Return that there is no more downhill."""
    if len(picture.project.recipe.locked) == picture.network.parameter_count:
        return Stop("All weights are locked: nothing can move.")
    slope = "the slope is practically 0" if tolerance <= PRACTICALLY else "the slope is small"
    norm = f"{slope} (loss {shown(picture.loss)}, gradient’s norm at most {shown(tolerance)})"
    return Stop(f"Finished after {counted(picture.step, 'step')}: {norm}. {picture.dead_end}".rstrip())


def diverged(loss: float, step: int, good: Project, limit: float) -> Stop:
    """Return that the loss left its ``limit`` at ``step``, or is about to leave all numbers; ``good`` is the best."""
    if loss > limit:
        return _advised(f"The loss has grown a million-fold and more: {shown(loss)} at step {step:,}.", good)
    return _advised(f"The loss is {shown(loss)} at step {step:,}, and the next step would make it infinite.", good)


def refused(picture: Picture, good: Project) -> Stop:
    """Return that the next step can't be taken, or that there is no finite loss to descend from."""
    unscaled = _unscaled(good)
    scaling = f" The inputs are not scaled: {unscaled}." if unscaled else ""
    if picture.is_beyond_memory and math.isfinite(picture.loss):
        label = OPTIMIZERS[picture.project.recipe.optimizer].label
        text = f"{label} has to remember squares of slopes, and one is beyond 1.8e308, so the step was not taken."
        return Stop(text + scaling, offers_scaling=bool(unscaled))
    if math.isfinite(picture.loss):
        return _advised("The next step would make the loss infinite, so it was not taken.", good)
    if math.isinf(picture.penalty):
        return Stop("The penalty for large weights is infinite here. Make L1 or L2, or the weights, smaller.")
    what = "not a number" if math.isnan(picture.loss) else "infinite"
    text = f"The loss is {what} here: it is made of numbers beyond 1.8e308, the largest."
    if unscaled:
        return Stop(text + scaling, offers_scaling=True)
    return Stop(f"{text} Make the weights or the numbers of the data smaller.")


def _advised(what: str, good: Project) -> Stop:
    remedy = remedy_of(good)
    rate, sentences = good.recipe.rate_at(good.state.step), [what]
    if remedy.edge is not None and remedy.is_exact and rate > remedy.edge:
        sentences.append(f"The learning rate {shown_plain(rate)} is above the edge, {shown(remedy.edge)}.")
    if remedy.unscaled:
        sentences.append(f"The inputs are not scaled: {remedy.unscaled}.")
    if remedy.rate is None and not remedy.unscaled:
        sentences.append("Scale the data or choose smaller weights.")
    return Stop(" ".join(sentences), remedy.rate, bool(remedy.unscaled))
