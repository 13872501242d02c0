"""What the learning rate will do: its zone, and what the next step is expected to make of the loss.

From the curvature alone, before anything is taken. Pure.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from gdstudio.document.numbers import shown
from gdstudio.document.project import Project
from gdstudio.engine import Array, HessianProducts, LearningRateZones, frozen, learning_rate_zones, observe
from gdstudio.teaching.picture import picture_of


class Zone(Enum):
    """What plain descent does at a learning rate, along the largest curvature."""

    CRAWLS = "crawls"
    SMOOTH = "smooth"
    OVERSHOOTS = "overshoots, but converges"
    DIVERGES = "diverges"


CRAWL = 0.1
"""Below this share of the rate that lands in one step, descent crawls."""


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """What is expected at a learning rate.

    ``zones`` is None where the curvature is not positive and finite, or did not converge. ``loss`` is that of now,
    ``expected`` the parabola's after the next step (nan where there is none). ``step`` is that of now; ``foreseen`` is
    what was expected of the loss of now, one step before, and None where nobody foresaw it. ``here`` and ``following``
    are the parameters of now and after the next step, ``(P,)``.
    """

    zones: LearningRateZones | None
    rate: float
    loss: float
    expected: float
    is_plain: bool
    step: int = 0
    foreseen: float | None = None
    here: Array | None = None
    following: Array | None = None

    @property
    def zone(self) -> Zone | None:
        """The zone that the rate is in."""
        return None if self.zones is None else zone_of(self.rate, self.zones)

    @property
    def sentence(self) -> str:
        """The forecast in a sentence."""
        if self.zones is None:
            return "No forecast: the loss does not curve upward here."
        what = _expectation(self.expected / self.loss) if self.loss > 0 and math.isfinite(self.expected) else ""
        zone = zone_of(self.rate, self.zones).value if self.is_plain else ""
        return " · ".join(part for part in (zone, what, "exact" if self.zones.is_exact else "local estimate") if part)

    @property
    def verdict(self) -> str:
        """The forecast before against what happened, in a sentence; nothing where there was none."""
        if self.foreseen is None or not math.isfinite(self.foreseen):
            return ""
        texts = f"forecast {shown(self.foreseen)}, came {shown(self.loss)}"
        gap = abs(self.loss - self.foreseen)
        return f"{texts} ✓" if gap <= 0.01 * max(abs(self.loss), abs(self.foreseen)) else texts


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


def zone_of(rate: float, zones: LearningRateZones) -> Zone:
    """Return the zone of a learning rate."""
    bounds = (CRAWL * zones.one_step, zones.one_step * (1.0 + 1e-12), zones.edge)
    return tuple(Zone)[sum(rate > bound for bound in bounds[:2]) + int(rate >= bounds[2])]


def _expectation(ratio: float) -> str:
    if ratio < 0.005:
        return "loss all but vanishes"
    if ratio < 0.97:
        return "loss halves" if 0.45 <= ratio <= 0.55 else f"loss falls to {100.0 * ratio:.0f} %"
    if ratio <= 1.03:
        return "loss stays about the same"
    return f"loss grows {shown(ratio, 2)} times"


def forecast_of(project: Project) -> Forecast:
    """Return the forecast for the next step of a project, by the parabola that fits the loss here."""
    recipe, data = project.recipe, project.data
    now = observe(recipe, project.parameters, data.x, data.y)
    zones = learning_rate_zones(recipe, project.parameters, data.x, data.y)
    change = picture_of(project).change
    here = project.parameters
    with np.errstate(all="ignore"):
        bend = HessianProducts(recipe, project.parameters, data.x, data.y).times(change)
        expected = now.loss + float(now.gradient @ change) + 0.5 * float(change @ bend)
    rate = recipe.rate_at(project.state.step)
    plain = recipe.optimizer == "sgd"
    with np.errstate(all="ignore"):
        following = frozen(here + change)
    return Forecast(
        zones, rate, now.loss, max(expected, 0.0), plain, project.state.step, here=here, following=following
    )
