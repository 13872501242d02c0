"""Axes whose numbers look like all others of the studio.

The one module at whose import pyqtgraph is loaded.
"""

import pyqtgraph as pg

from gdstudio.document.numbers import MINUS, shown_plain


class NumberAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis with the real minus sign, few significant digits and powers of ten."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [shown_plain(value * scale, 4) for value in values]

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [_power(value) for value in values]


def _power(exponent: float) -> str:
    """Return 10 to the exponent as a person writes it: 0.01, 1, 100, 1e−8."""
    if exponent != round(exponent):
        return ""
    power = round(exponent)
    return f"{10.0**power:g}" if -4 < power < 5 else f"1e{power}".replace("-", MINUS)
