"""The speeds that a person can choose, from one phase at a time to as fast as can be.

A table; knows nothing of what is played.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast steps are taken: ``steps`` a second (infinite is flat out); ``phases`` shows one phase at a time."""

    label: str
    steps: float
    phases: bool = False

    @property
    def animates(self) -> bool:
        """Whether a step is slow enough for its phases to be seen."""
        return self.steps <= 10.0


SPEEDS = (
    Speed("one phase at a time", 0.5, phases=True),
    Speed("1 step in 4 s", 0.25),
    Speed("1 step in 2 s", 0.5),
    Speed("1 step/s", 1.0),
    Speed("2 steps/s", 2.0),
    Speed("5 steps/s", 5.0),
    Speed("10 steps/s", 10.0),
    Speed("30 steps/s", 30.0),
    Speed("100 steps/s", 100.0),
    Speed("1,000 steps/s", 1000.0),
    Speed("flat out", math.inf),
)
DEFAULT_SPEED = 3
