"""How answers are marked: what counts as the right number, and which typical mistake a wrong one is.

Shared by lessons and practice. Pure.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from gdstudio.document.numbers import exact


@dataclass(frozen=True, slots=True)
class Mistake:
    """A typical mistake: the answer it leads to, and what to say of it, behind “when”."""

    value: float
    name: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of an answer: whether it is right, a sentence, and the mistake that it is (or nothing)."""

    is_right: bool
    sentence: str
    mistake: str = ""


def half_a_third_digit(value: float) -> float:
    """Return half a unit of the third significant digit of ``value``, by which an answer may be off; 0 for 0.

    >>> [float(f"{half_a_third_digit(x):.3g}") for x in (11.2225, 0.0016, -24.0)]
    [0.05, 5e-06, 0.05]
    """
    if value == 0.0 or not math.isfinite(value):
        return 0.0
    # Rounding to three digits may lead to exactly half a unit, which no float need be.
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) - 2) * (1.0 + 1e-9)


def mistake_sentence(answer: float, mistakes: Iterable[Mistake], within: float | None = None) -> tuple[str, str]:
    """Return what is said of a wrong answer, and the name of the mistake that it is, or two empty texts."""
    for mistake in mistakes:
        if abs(answer - mistake.value) <= (half_a_third_digit(mistake.value) if within is None else within):
            return f"{exact(answer)} is what comes out when {mistake.name}.", mistake.name
    return "", ""


def told_apart(answer: float, mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """Leave out what is the right answer, and name together what leads to the same number."""
    kept: list[Mistake] = []
    for mistake in mistakes:
        if not math.isfinite(mistake.value) or _alike(mistake.value, answer):
            continue
        at = next((k for k, other in enumerate(kept) if _alike(mistake.value, other.value)), None)
        if at is None:
            kept.append(mistake)
        elif mistake.name not in kept[at].name:
            kept[at] = replace(kept[at], name=f"{kept[at].name}; or when {mistake.name}")
    return tuple(kept)


def _alike(one: float, other: float) -> bool:
    """Whether ``one`` would be marked as ``other``."""
    return abs(one - other) <= half_a_third_digit(other)
