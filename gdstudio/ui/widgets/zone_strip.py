"""The zones of the learning rate, as a strip below its slider: small steps, smooth, overshoots, diverges.

Shows a forecast; wishes nothing.
"""

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from gdstudio.document.numbers import shown
from gdstudio.teaching.forecast import CRAWL, Forecast
from gdstudio.ui.theme import LIGHT, Theme, text_font

_BAND = 5.0
_INSET = 8.0
"""From the widget's side to where a slider's handle stands at its ends."""


class ZoneStrip(QWidget):
    """Bands along a logarithmic axis, with a tick and a few words at each rate where descent behaves differently.

    Colors stand only where a theorem gives the zones; an edge that is known for this place alone is a tick on gray.
    """

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.setObjectName("zoneStrip")
        self._bounds = math.log10(low), math.log10(high)
        self._bands: tuple[tuple[float, str], ...] = ()
        self._ticks: tuple[tuple[float, str], ...] = ()
        self._theme = LIGHT
        self.setFont(text_font(11))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(120, 24)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 24)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_forecast(self, forecast: Forecast) -> None:
        """Show the zones of a forecast, or none."""
        self._bands, self._ticks = _zones_of(forecast)
        self.setAccessibleName(", ".join(text for _, text in self._ticks) or "no zones")
        estimate = "Estimated from the curvature at this place: the edge moves as the weights move."
        self.setToolTip(estimate if self._ticks and forecast.zone is None else "")
        self.update()

    def position(self, rate: float) -> float:
        """Return where a rate stands, in pixels from the left."""
        low, high = self._bounds
        if math.isinf(rate):
            return self.width() - _INSET
        share = (math.log10(rate) - low) / (high - low) if rate > 0 else 0.0
        return _INSET + min(max(share, 0.0), 1.0) * (self.width() - 2 * _INSET)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._ticks:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left = _INSET
        for rate, role in self._bands:
            right = self.position(rate)
            if right > left:
                painter.fillRect(QRectF(left, 1.0, right - left, _BAND), self._theme.color(role))
                left = right
        painter.setPen(QPen(self._theme.color("text"), 1.0))
        for rate, _ in self._ticks:
            x = self.position(rate)
            painter.drawLine(round(x), 0, round(x), round(_BAND) + 2)
        painter.setPen(self._theme.color("muted"))
        for x, text in self._placed():
            painter.drawText(QRectF(x, _BAND + 2, self.width() - x, 16), Qt.AlignmentFlag.AlignLeft, text)

    def _placed(self) -> list[tuple[float, str]]:
        """Return each text and where it begins: at its tick, and beside the others; too many for the room are cut."""
        room, texts = self.fontMetrics(), [text for _, text in self._ticks]
        widths = [room.horizontalAdvance(text) for text in texts]
        if len(texts) == 1:
            return [(min(max(self.position(self._ticks[0][0]) - 8, 0), max(self.width() - widths[0], 0)), texts[0])]
        # The two ticks are always log 2 apart: the texts go outward from them.
        one, edge = (self.position(rate) for rate, _ in self._ticks)
        if sum(widths) + 12 > self.width():
            texts = [text.replace(" above", "") for text in texts]
            widths = [room.horizontalAdvance(text) for text in texts]
        left = min(max(one - widths[0] + 8, 0), self.width() - widths[0] - widths[1] - 12)
        return [(left, texts[0]), (min(max(edge - 8, left + widths[0] + 10), self.width() - widths[1]), texts[1])]


_Marks = tuple[tuple[float, str], ...]


def _zones_of(forecast: Forecast) -> tuple[_Marks, _Marks]:
    """Return the bands, each up to a rate in a color, and the ticks with their words."""
    zones = forecast.zones
    if zones is None:
        return (), ()
    if forecast.zone is None:
        return ((math.inf, "border"),), ((zones.edge, f"edge here ≈ {shown(zones.edge)}"),)
    if not zones.is_sharp:
        return ((zones.edge, "good"), (math.inf, "border")), ((zones.edge, f"converges below {shown(zones.edge)}"),)
    edge = zones.edge, f"diverges above {shown(zones.edge)}"
    if zones.one_step is None:
        return ((zones.edge, "good"), (math.inf, "bad")), (edge,)
    one = zones.one_step, f"overshoots above {shown(zones.one_step)}"
    bands = ((CRAWL * zones.one_step, "border"), (zones.one_step, "good"), (zones.edge, "test"), (math.inf, "bad"))
    return bands, (one, edge)
