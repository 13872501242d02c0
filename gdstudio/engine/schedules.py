"""Learning-rate schedules, one table row each: how the rate falls while a descent goes on.

Pure functions of time, counted in periods of so and so many steps.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Schedule:
    """``factor(t)`` is what the learning rate is multiplied by after t periods, t = step / period >= 0."""

    name: str
    label: str
    formula: str
    factor: Callable[[float], float]


def _half(t: float) -> float:
    """Half a period from 1 to 0 and back to nothing: Loshchilov and Hutter (2017), without restarts."""
    return 0.5 * (1.0 + math.cos(math.pi * min(t, 1.0)))


_ROWS = (
    Schedule("constant", "Constant", "rate", lambda t: 1.0),
    Schedule("step", "Halves in steps", "rate × ½^⌊step / period⌋", lambda t: 0.5 ** math.floor(t)),
    Schedule("exponential", "Exponential", "rate × ½^(step / period)", lambda t: 0.5**t),
    Schedule("cosine", "Cosine to 0", "rate × (1 + cos(π step / period)) / 2", _half),
    Schedule("inverse", "1 / t", "rate / (1 + step / period)", lambda t: 1.0 / (1.0 + t)),
)

SCHEDULES: Mapping[str, Schedule] = MappingProxyType({row.name: row for row in _ROWS})
"""Every schedule by its name, in the order in which a person is offered them."""
