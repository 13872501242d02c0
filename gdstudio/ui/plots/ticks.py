"""Which numbers stand at an axis, and where: as many round ones as have room, on a linear or a logarithmic scale.

Pure; what room a number takes is told. Knows nothing of Qt.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gdstudio.document.numbers import MINUS, shown_plain

_LEAPS = (1, 2, 5, 10, 20, 50, 100)
"""Decades between two numbers of a logarithmic axis."""
_PLAIN = 6
"""Digits of a number that is still written without a power of ten."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A number at an axis; ``place`` is the number in the unit of the axis, or its decimal logarithm."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class Room:
    """What room an axis has, in pixels: its ``length``, the ``size`` of a text along it, how far texts keep ``apart``,
    and how far one may stand ``over`` its ends.
    """

    length: float
    size: Callable[[str], float]
    apart: float
    over: float

    def spans(self, ticks: Sequence[Tick], low: float, high: float) -> list[tuple[float, float]]:
        """Return from where to where each text stands along an axis between two places."""
        middles = [(tick.place - low) / (high - low) * self.length for tick in ticks]
        halves = [self.size(tick.text) / 2.0 for tick in ticks]
        return [(middle - half, middle + half) for middle, half in zip(middles, halves, strict=True)]


def power_of_unit(largest: float) -> int:
    """Return the power of ten in which numbers up to ``largest`` are drawn: 0 but for those that Qt does not draw."""
    if not largest > 0.0 or 1e-100 < largest < 1e100:
        return 0
    return max(math.floor(math.log10(min(largest, 1e308))), -300)


def ticks_between(
    low: float, high: float, room: Room, is_log: bool = False, power: int = 0, floor: Tick | None = None
) -> list[Tick]:
    """Return the most round numbers between two places that keep apart and inside.

    Linear places are in units of ten to the ``power``. A ``floor`` comes first; the others keep above it.

    >>> [tick.text for tick in ticks_between(-1.05, 1.2, Room(60.0, lambda text: 12.0, 9.0, 6.0), True)]
    ['0.1', '1', '10']
    """
    if not (high > low and room.length > 0.0):
        return []
    floors = [] if floor is None else [floor]

    def fits(ticks: Sequence[Tick]) -> bool:
        spans = room.spans(ticks, low, high)
        return all(one[1] + room.apart <= other[0] for one, other in pairwise(spans))

    def most_of(found: Iterable[Sequence[Tick]]) -> list[Tick]:
        sets = []
        for ticks in found:
            spans = room.spans(ticks, low, high)
            least = room.spans(floors, low, high)[0][1] + room.apart if floors else -room.over
            inside = [
                tick for tick, (a, b) in zip(ticks, spans, strict=True) if a >= least and b <= room.length + room.over
            ]
            # Where not all of them have room, the outer two may.
            sets += [floors + inside, floors + inside[:: max(len(inside) - 1, 1)]]
        return max(filter(fits, sets), key=len, default=floors)

    if is_log:
        return most_of(_logarithmic(low, high))
    # Of steps too close for one digit beside the other, no more than the outer two have room.
    close = (room.apart + room.size("1")) * (high - low) / room.length
    found = most_of(_linear(low, high, power, least=close))
    if len(found) < len(floors) + 2:
        found = max(found, most_of(_linear(low, high, power, below=close)), key=len)
    return found


def _linear(
    low: float, high: float, power: int = 0, least: float = 0.0, below: float = math.inf
) -> Iterator[list[Tick]]:
    """Yield the multiples of one step after the other, coarse ones first: of steps from ``least`` to ``below``."""
    most = math.floor(math.log10(high - low))
    for exponent in (most, most - 1, most - 2):
        for mantissa in (5, 2, 1):
            step = float(f"{mantissa}e{exponent}")
            if step > 0.0 and least <= step < below:
                counts = range(math.ceil(low / step), math.floor(high / step) + 1)
                yield _written([count * mantissa for count in counts], exponent, power)


def _written(numbers: Sequence[int], exponent: int, power: int = 0) -> list[Tick]:
    """Return whole numbers of a power of ten, each with all its digits, all with an exponent or all without."""
    digits = max((len(str(abs(number))) for number in numbers), default=1)
    is_plain = -4 < exponent + power + digits - 1 < max(_PLAIN, digits)
    ticks = []
    for number in numbers:
        value, behind = float(f"{number}e{exponent}"), len(str(abs(number))) - 1
        if is_plain or number == 0:
            text = shown_plain(value, max(_PLAIN, digits))
        else:
            head = shown_plain(float(f"{number}e-{behind}"), digits)
            text = f"{head}e{exponent + power + behind}".replace("-", MINUS)
        ticks.append(Tick(value, text))
    return ticks


def _logarithmic(low: float, high: float) -> Iterator[list[Tick]]:
    """Yield powers of ten, the 1, 2 and 5 of each, and the round numbers of what is less than a decade."""
    first, last = math.ceil(low), math.floor(high)
    for leap in _LEAPS:
        yield [Tick(float(power), _power(power)) for power in range(-(-first // leap) * leap, last + 1, leap)]
    least, most = 10.0**low, 10.0 ** min(high, 308.0)
    if high - low < 3.0:
        decades = (_written([1, 2, 5], power)[n] for power in range(first - 1, last + 1) for n in range(3))
        yield [Tick(math.log10(t.place), t.text) for t in decades if least <= t.place <= most and t.place > 0.0]
    if high - low < 1.5:
        for ticks in _linear(least, most):
            yield [Tick(math.log10(tick.place), tick.text) for tick in ticks if tick.place > 0.0]


def _power(exponent: int) -> str:
    """Return 10 to the exponent as a person writes it: 0.01, 1, 100, 1e−8."""
    return f"{10.0**exponent:g}" if -4 < exponent < _PLAIN else f"1e{exponent}".replace("-", MINUS)
