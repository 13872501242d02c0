"""Axes whose numbers look like all others of the studio, linear and logarithmic, and that say what they are of.

The one module at whose import pyqtgraph is loaded.
"""

import math
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QTransform

from gdstudio.ui.plots.ticks import Room, Tick, ticks_between
from gdstudio.ui.theme import number_font, text_font

_BESIDE = 5
"""Pixels between an axis and its numbers."""
_BELOW = 20
"""Pixels across the numbers of the axis at the bottom."""
_NAME = 14
"""Pixels across the line in which the name of an axis stands."""
_LOW = 140
"""Pixels of a whole plot below which the axis at the bottom has no name."""
_APART = {"left": 9.0, "bottom": 14.0}
"""Pixels between two numbers, at least."""
_OVER = 8.0
"""Pixels that a number may stand over the end of its axis."""
_UPRIGHT = 0.8
"""How much of the height of a font its figures take."""


class NumberAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis with round numbers that keep apart, and its name; places on a logarithmic one are decimal logarithms.

    A left one is ``width`` pixels wide, and wider where its numbers need it.
    """

    def __init__(self, orientation: str, width: int = 0) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)
        self._font, self._name_font = number_font(11), text_font(10)
        self.setStyle(
            tickFont=self._font, tickLength=-4, autoExpandTextSpace=False, maxTextLevel=0, tickTextOffset=_BESIDE,
            hideOverlappingLabels=round(_OVER) + 2,
        )  # fmt: skip
        self._width = width
        self._is_log = False
        self.power = 0
        self._floor: Tick | None = None
        self._name = ""
        self._ticks: list[Tick] = []

    def set_log(self, is_log: bool, floor: Tick | None = None) -> None:
        """Read places as decimal logarithms, or as themselves; what has no logarithm lies at the ``floor``."""
        if (is_log, floor) != (self._is_log, self._floor):
            self._is_log, self._floor = is_log, floor
            self._lay()

    def set_power(self, power: int) -> None:
        """Read places in units of ten to this power."""
        if power != self.power:
            self.power = power
            self._lay()

    def set_name(self, name: str) -> None:
        """Say what the numbers are of."""
        if name != self._name:
            self._name = name
            self._lay()

    @property
    def _shows_name(self) -> bool:
        """Whether the name has a line: below a low plot the numbers need the room, and its caption names the axis."""
        plot = self.parentItem()
        is_low = self.orientation == "bottom" and plot is not None and plot.size().height() < _LOW
        return bool(self._name) and not is_low

    def linkedViewChanged(self, view: Any, newRange: Any = None) -> None:
        super().linkedViewChanged(view, newRange)
        self._lay()

    def _lay(self) -> None:
        """Choose the numbers, and make as much room as they need: before anything is painted."""
        view, metrics = self.linkedView(), QFontMetricsF(self._font)
        upright, name = self.orientation == "left", _NAME if self._shows_name else 0
        size = (lambda text: _UPRIGHT * metrics.height()) if upright else metrics.horizontalAdvance
        length = 0.0 if view is None else view.height() if upright else view.width()
        room = Room(length, size, _APART[self.orientation], _OVER)
        low, high = self.range
        self._ticks = ticks_between(low, high, room, self._is_log, self.power, self._floor)
        if upright:
            widest = max((metrics.horizontalAdvance(tick.text) for tick in self._ticks), default=0.0)
            self.setWidth(max(self._width, math.ceil(widest) + _BESIDE + 2) + name)
        else:
            self.setHeight(_BELOW + name)
        self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[None, list[float]]]:
        return [(None, [tick.place for tick in self._ticks])]

    def tickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str | None]:
        return [tick.text for tick in self._ticks]

    def drawPicture(self, painter: QPainter, *specs: Any) -> None:
        super().drawPicture(painter, *specs)
        room = self.mapRectFromParent(self.geometry())
        painter.setFont(self._name_font)
        if self.orientation == "left":
            painter.translate(room.bottomLeft())
            painter.rotate(-90.0)
            line = QRectF(0.0, 0.0, room.height(), _NAME)
        else:
            line = QRectF(room.left(), room.bottom() - _NAME, room.width(), _NAME)
        if not self._shows_name:
            return
        name = QFontMetricsF(self._name_font).elidedText(self._name, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)


_inverted_by_the_library = pg.functions.invertQTransform


def inverted(transform: QTransform) -> QTransform:
    """Return the way back from pixels, each axis by itself.

    The library divides by both scales multiplied, a number for which there is no room with two axes beyond 1e150; and
    without a way back its texts are lost, and the NumPy of today raises.
    """
    if transform.m12() or transform.m21() or not transform.isAffine():
        way_back: QTransform = _inverted_by_the_library(transform)
        return way_back
    across, down = (1.0 / scale if scale else 0.0 for scale in (transform.m11(), transform.m22()))
    return QTransform(across, 0.0, 0.0, down, -transform.dx() * across, -transform.dy() * down)


pg.functions.invertQTransform = inverted
