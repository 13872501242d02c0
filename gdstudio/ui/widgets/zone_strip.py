"""The zones of the learning rate, as a strip below its slider: crawls, smooth, overshoots, diverges.

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
    """Four bands along a logarithmic axis, with ticks where descent lands in one step and where it leads away."""

    def __init__(self, low: float, high: float) -> None:
        super().__init__()
        self.setObjectName("zoneStrip")
        self._bounds = math.log10(low), math.log10(high)
        self._forecast: Forecast | None = None
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
        """Show the zones of a forecast; none where there is no finite curvature."""
        self._forecast = forecast
        zones = forecast.zones
        self.setAccessibleName(
            "no zones" if zones is None else f"one step at {shown(zones.one_step)}, edge at {shown(zones.edge)}"
        )
        self.update()

    def position(self, rate: float) -> float:
        """Return where a rate stands, in pixels from the left."""
        low, high = self._bounds
        share = (math.log10(rate) - low) / (high - low) if rate > 0 else 0.0
        return _INSET + min(max(share, 0.0), 1.0) * (self.width() - 2 * _INSET)

    def paintEvent(self, event: QPaintEvent) -> None:
        forecast = self._forecast
        if forecast is None or forecast.zones is None:
            return
        zones = forecast.zones
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ends = [_INSET, *(self.position(rate) for rate in (CRAWL * zones.one_step, zones.one_step, zones.edge))]
        ends.append(self.width() - _INSET)
        for left, right, role in zip(ends, ends[1:], ("border", "good", "test", "bad"), strict=False):
            if right > left:
                painter.fillRect(QRectF(left, 1.0, right - left, _BAND), self._theme.color(role))
        painter.setPen(QPen(self._theme.color("text"), 1.0))
        for rate in (zones.one_step, zones.edge):
            x = self.position(rate)
            painter.drawLine(round(x), 0, round(x), round(_BAND) + 2)
        painter.setPen(self._theme.color("muted"))
        approximate = "" if zones.is_exact else "≈ "
        texts = (f"one step {approximate}{shown(zones.one_step)}", f"edge {approximate}{shown(zones.edge)}")
        room = self.fontMetrics()
        one, edge = self.position(zones.one_step), self.position(zones.edge)
        # The two ticks are always log 2 apart: the texts go outward from them.
        widths = [room.horizontalAdvance(text) for text in texts]
        left = min(max(one - widths[0] + 8, 0), self.width() - widths[0] - widths[1] - 12)
        right = min(max(edge - 8, left + widths[0] + 10), self.width() - widths[1])
        for x, text, width in ((left, texts[0], widths[0]), (right, texts[1], widths[1])):
            painter.drawText(QRectF(x, _BAND + 2, width + 2, 16), Qt.AlignmentFlag.AlignLeft, text)
