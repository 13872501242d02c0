"""What the learning rate will do: its zone, and what the next step is expected to make of the loss.

From the curvature alone, before anything is taken. Pure.
"""

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np

from gdstudio.document.numbers import shown
from gdstudio.document.project import Project
from gdstudio.engine import HessianProducts, LearningRateZones, coming_change, learning_rate_zones, observe, train_step


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
    ``expected`` the parabola's after the next step (nan where there is none).
    """

    zones: LearningRateZones | None
    rate: float
    loss: float
    expected: float
    is_plain: bool

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
    change = coming_change(recipe, project.state, now.gradient)
    if recipe.one_at_a_time:
        change = train_step(recipe, project.state, data.x, data.y)[1].change
    with np.errstate(all="ignore"):
        bend = HessianProducts(recipe, project.parameters, data.x, data.y).times(change)
        expected = now.loss + float(now.gradient @ change) + 0.5 * float(change @ bend)
    rate = recipe.rate_at(project.state.step)
    return Forecast(zones, rate, now.loss, max(expected, 0.0), recipe.optimizer == "sgd")
