"""What all plots share: they move in after the window's first paint, and wear the theme's colours.

pyqtgraph is imported when the first plot moves in: that takes longer than all else.
"""

from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdstudio.engine import Array
from gdstudio.ui.plots.ticks import power_of_unit
from gdstudio.ui.theme import LIGHT, Theme

_HALF_A_LABEL = 6
"""Pixels above a plot, and beside it: the last number of an axis stands half over its edge."""
THICK_UP_TO = 600
"""A wide antialiased line is only affordable with few points."""


def line_pen(view: QWidget, color: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return the pen of a line that is ``width`` points wide on any screen: pens in a plot count its pixels."""
    pen = QPen(color, width * view.devicePixelRatioF(), style)
    pen.setCosmetic(True)
    return pen


class LatePlot(QWidget):
    """A plot that builds itself after its first paint; ``plot`` is None until then."""

    def __init__(self, name: str, title: str, axis_width: int = 62) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.theme: Theme = LIGHT
        self.plot: Any = None
        self._axis_width = axis_width
        self._ranges: tuple[float, ...] | None = None
        self.units = (1.0, 1.0)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 0, 12, 4)
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(0)
        self._late.timeout.connect(self.move_in)

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.plot is None and not self._late.isActive():
            self._late.start()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            # The window went to another screen.
            self.set_theme(self.theme)
        return super().event(event)

    @Slot()
    def move_in(self) -> None:
        """Build the plot."""
        if self.plot is not None:
            return
        import pyqtgraph as pg

        from gdstudio.ui.plots.axis import NumberAxis

        axes = {"left": NumberAxis("left", self._axis_width), "bottom": NumberAxis("bottom")}
        plot = self.plot = pg.PlotWidget(self, axisItems=axes)
        plot.setMenuEnabled(False)
        plot.hideButtons()
        plot.setMouseEnabled(False, False)
        plot.setFrameShape(plot.Shape.NoFrame)
        plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        plot.getViewBox().setDefaultPadding(0.0)
        plot.getPlotItem().layout.setContentsMargins(0, _HALF_A_LABEL, _HALF_A_LABEL + 2, 0)
        self.build(pg)
        self._column.addWidget(plot)
        self.set_theme(self.theme)

    def set_theme(self, theme: Theme) -> None:
        """Put on the colours of a theme."""
        self.theme = theme
        if self.plot is None:
            return
        import pyqtgraph as pg

        self.plot.setBackground(theme.color("card"))
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(theme.color("border")))
            axis.setTextPen(pg.mkPen(theme.color("muted")))
        self.color(pg, theme)
        self.draw()

    def set_units(self, left: float, right: float, bottom: float, top: float) -> tuple[float, float]:
        """Choose and return the units in which numbers between these ends are drawn, across and up: mostly 1.

        Qt draws nothing at 1e128 and beyond, and can't tell apart what is far below 1.
        """
        powers = power_of_unit(max(abs(left), abs(right))), power_of_unit(max(abs(bottom), abs(top)))
        for side, power in zip(("bottom", "left"), powers, strict=True):
            self.plot.getAxis(side).set_power(power)
        self.units = 10.0 ** powers[0], 10.0 ** powers[1]
        return self.units

    def set_names(self, across: str, up: str) -> None:
        """Say what the numbers at the axes are of."""
        for side, name in (("bottom", across), ("left", up)):
            self.plot.getAxis(side).set_name(name)

    def set_ranges(self, left: float, right: float, bottom: float, top: float) -> None:
        """Let the axes go so far; an axis that stays is not drawn anew."""
        ranges = (*_usable(left, right), *_usable(bottom, top))
        if ranges != self._ranges:
            self._ranges = ranges
            self.plot.setXRange(*ranges[:2], padding=0)
            self.plot.setYRange(*ranges[2:], padding=0)
        # Wide numbers have their room at once, and not a frame later.
        self.plot.getPlotItem().layout.activate()

    # What each plot is.

    def build(self, pg: Any) -> None:
        """Put the items into ``plot``."""

    def color(self, pg: Any, theme: Theme) -> None:
        """Give the items the colours of a theme."""

    def draw(self) -> None:
        """Draw what is shown, if the plot has moved in and there is something."""


FARTHEST = 1e120
"""Beyond it Qt draws nothing, in the unit of an axis."""
_NEAREST = 1e-290
"""What an axis covers at least: with less there is no room for how large a pixel makes it."""


def drawable(values: Array) -> Array:
    """Return values, in the unit of an axis, of which those that are not finite are left out."""
    return np.where(np.isfinite(values), np.clip(values, -FARTHEST, FARTHEST), np.nan)


def _usable(low: float, high: float) -> tuple[float, float]:
    """Return the ends of an axis as numbers that one can have."""
    low, high = (min(max(end, -FARTHEST), FARTHEST) if end == end else 0.0 for end in (low, high))
    if high - low > max(1e-12 * max(abs(low), abs(high)), _NEAREST):
        return low, high
    return low, low + max(1.0, 1e-6 * abs(low))
