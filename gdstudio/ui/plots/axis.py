"""Axes whose numbers look like all others of the studio.

The one module at whose import pyqtgraph is loaded.
"""

import math

import pyqtgraph as pg

from gdstudio.document.numbers import MINUS, shown_plain

_MOST = 9
"""Digits of a number at an axis."""


class NumberAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis with the real minus sign, few significant digits and powers of ten."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)

    def tickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        largest = max((abs(value) for value in values), default=0.0)
        # As many digits as tell two neighbours apart.
        apart = math.ceil(math.log10(largest / spacing)) + 1 if spacing and math.inf > largest > spacing else 0
        return [shown_plain(value * scale, min(max(4, apart), _MOST)) for value in values]

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [_power(value) for value in values]


def _power(exponent: float) -> str:
    """Return 10 to the exponent as a person writes it: 0.01, 1, 100, 1e−8."""
    if exponent != round(exponent):
        return ""
    power = round(exponent)
    return f"{10.0**power:g}" if -4 < power < 5 else f"1e{power}".replace("-", MINUS)
