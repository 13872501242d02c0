"""Who runs a race, and where everybody is: values to be shown.

Computes no descent.
"""

import math
from dataclasses import dataclass

from gdstudio.document.numbers import counted, shown_plain
from gdstudio.document.runs import KeptRun
from gdstudio.engine import OPTIMIZERS

MOST_RACERS = 6


@dataclass(frozen=True, slots=True)
class Entrant:
    """How one of a race descends; all else is the project's own."""

    optimizer: str
    learning_rate: float
    batch_size: int | None = None

    @property
    def name(self) -> str:
        """What it is called in the legend."""
        batch = "" if self.batch_size is None else f", batch {self.batch_size}"
        return f"{OPTIMIZERS[self.optimizer].label} {shown_plain(self.learning_rate, 3)}{batch}"


@dataclass(frozen=True, slots=True, eq=False)
class Racer:
    """One of a race: its run so far, and whether it has left all bounds."""

    run: KeptRun
    has_diverged: bool


@dataclass(frozen=True, slots=True, eq=False)
class Standings:
    """A race after ``taken`` of ``steps`` steps."""

    racers: tuple[Racer, ...]
    taken: int
    steps: int

    @property
    def order(self) -> tuple[int, ...]:
        """The racers' numbers, the one with the lowest loss first; who has diverged is last."""
        return tuple(sorted(range(len(self.racers)), key=self._rank))

    def _rank(self, number: int) -> tuple[bool, float]:
        racer = self.racers[number]
        return racer.has_diverged, racer.run.loss if math.isfinite(racer.run.loss) else math.inf

    @property
    def places(self) -> tuple[int, ...]:
        """The place of each racer, from 1 on; those with the same loss share one."""
        ranks = [self._rank(number) for number in range(len(self.racers))]
        return tuple(1 + sum(other < rank for other in ranks) for rank in ranks)

    @property
    def sentence(self) -> str:
        """Who is ahead, in words."""
        if not self.racers or self.taken == 0:
            return "Everybody starts from the same weights."
        first = self.racers[self.order[0]]
        if first.has_diverged:
            return "Everybody has diverged."
        told = f"loss {shown_plain(first.run.loss, 3)} after {counted(self.taken, 'step')}"
        if self.places.count(1) > 1:
            return f"A tie: {told}."
        return f"{first.run.name} {'is ahead' if self.taken < self.steps else 'has won'}: {told}."
