"""What the canvas is made of: lines, chips, nodes, targets and the small round buttons.

Each paints what it was last shown; paint code only draws, all text and geometry is ready before.
"""

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsSceneHoverEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from gdstudio.document.numbers import shown
from gdstudio.engine import Array, Network
from gdstudio.ui.canvas.layout import BIAS_CHIP, CHIP, TARGET, Arrangement
from gdstudio.ui.theme import LIGHT, Theme, number_font, text_font
from gdstudio.ui.widgets.fitting import number_in

_CENTER = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_FEW = 12
"""Up to so many weights are drawn at their best."""
_PIECES = 16
_BUCKETS = 6


class CanvasItem(QGraphicsItem):
    """An item that paints in the colours of a theme."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = LIGHT

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.update()


class WeightLines(CanvasItem):
    """All weights as lines: colour and dashes say the sign, the width says the size."""

    def __init__(self) -> None:
        super().__init__()
        self._bounds = QRectF()
        self._paths: list[QPainterPath] = []
        self._lines: list[QLineF] = []
        self._curves = np.zeros((0, 4, 2))
        self._weights: list[int] = []
        self._layer_of: Array = np.zeros(0)
        self._straight = False
        self._values: Array = np.zeros(0)
        self._widths: Array = np.zeros(0)
        self._selected: int | None = None
        self._hovered: int | None = None
        self._pointed: tuple[int, ...] = ()
        self._locked: frozenset[int] = frozenset()
        self._dots: list[QPointF] = []
        self._dots_are_slopes = False

    def set_geometry(self, network: Network, arrangement: Arrangement) -> None:
        """Lay the lines anew."""
        self.prepareGeometryChange()
        self._bounds = QRectF(0, 0, arrangement.width, arrangement.height)
        self._straight = arrangement.straight
        self._curves = arrangement.curves
        self._weights = [i for i, place in enumerate(network.places) if place.source is not None]
        self._layer_of = np.array([place.layer for place in network.places], dtype=np.float64)
        draw = _curve if len(self._weights) <= _FEW else _broken_curve
        self._paths = [draw(points) for points in arrangement.curves]
        self._lines = [QLineF(QPointF(*points[0]), QPointF(*points[3])) for points in arrangement.curves]
        self._values = np.zeros(len(self._paths))
        self._widths = np.ones(len(self._paths))

    def show_values(self, values: Array, locked: frozenset[int]) -> None:
        """Show the weights' values, ``(P,)``."""
        finite = np.nan_to_num(values, nan=0.0, posinf=1e300, neginf=-1e300)
        self._values, self._locked = finite, locked
        largest = max(2.0, float(np.abs(finite).max(initial=0.0)))
        thickest = 6.5 if len(self._weights) <= _FEW else 5.0 if len(self._weights) <= 60 else 3.5
        self._widths = 0.7 + thickest * (np.abs(finite) / largest)
        self.update()

    def show_marks(self, selected: int | None, hovered: int | None, pointed: tuple[int, ...] = ()) -> None:
        """Show which weight is selected, which the mouse is at, and which are pointed at elsewhere."""
        self._selected, self._hovered, self._pointed = selected, hovered, pointed
        self.update()

    def show_wave(self, wave: float | None, *, backward: bool) -> None:
        """Show dots on the lines of the layer in which the computation stands (``wave``, in layers)."""
        self._dots = []
        self._dots_are_slopes = backward
        if wave is not None and len(self._weights) <= 600:
            layer = math.floor(wave) + 1
            basis = _basis(wave - math.floor(wave))
            on = np.array(self._weights, dtype=np.intp)
            on = on[self._layer_of[on] == layer]
            points = np.einsum("k,nkd->nd", basis, self._curves[on])
            self._dots = [QPointF(x, y) for x, y in points]
        self.update()

    def boundingRect(self) -> QRectF:
        return self._bounds

    def shape(self) -> QPainterPath:
        return QPainterPath()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        pointed = ((index, 0.30) for index in self._pointed)
        for index, alpha in ((self._hovered, 0.13), (self._selected, 0.22), *pointed):
            if index is not None and index < len(self._paths):
                pen = QPen(self.theme.color("slope", alpha), float(self._widths[index]) + 11.0)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                painter.strokePath(self._paths[index], pen)
        if self._straight:
            self._paint_straight(painter)
        else:
            self._paint_curves(painter)
        if self._dots:
            painter.setPen(QPen(self.theme.color("card"), 1.5))
            painter.setBrush(self.theme.color("slope" if self._dots_are_slopes else "accent"))
            size = 5.5 if len(self._dots) <= 60 else 3.5
            for dot in self._dots:
                painter.drawEllipse(dot, size, size)

    def _paint_curves(self, painter: QPainter) -> None:
        few = len(self._weights) <= _FEW
        tints = self.theme.tint("positive", 0.85), self.theme.tint("negative", 0.85)
        for index in self._weights:
            negative = self._values[index] < 0
            pen = QPen(tints[int(negative)], float(self._widths[index]))
            if negative:
                pen.setDashPattern([3.2, 1.4] if few else [4.0, 2.0])
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.strokePath(self._paths[index], pen)

    def _paint_straight(self, painter: QPainter) -> None:
        """Many lines: a few pens, each drawing its lines at once."""
        many = len(self._weights) > 400
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not many)
        weights = np.array(self._weights, dtype=np.intp)
        widths = self._widths[weights]
        bucket = np.minimum((widths - 0.7) / 3.5 * _BUCKETS, _BUCKETS - 1).astype(int)
        for negative in (False, True):
            sign = self._values[weights] < 0
            for step in range(_BUCKETS):
                chosen = weights[(bucket == step) & (sign == negative)]
                if not len(chosen):
                    continue
                width = (0.6 if many else 0.8) + (1.6 if many else 2.6) * step / _BUCKETS
                pen = QPen(self.theme.tint("negative" if negative else "positive", 0.25 + 0.6 * step / _BUCKETS), width)
                if negative:
                    pen.setDashPattern([5.0, 2.5])
                painter.setPen(pen)
                painter.drawLines([self._lines[index] for index in chosen])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def _basis(t: float | Array) -> Array:
    """Return the weights of a cubic curve's four points at ``t`` from 0 to 1: ``(4,)``, or ``(4, n)`` for n of them."""
    return np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3])


def _curve(points: Array) -> QPainterPath:
    """Return the cubic curve of four points, ``(4, 2)``."""
    start, *others = (QPointF(x, y) for x, y in points)
    path = QPainterPath(start)
    path.cubicTo(*others)
    return path


def _broken_curve(points: Array) -> QPainterPath:
    """Return the same in short straight pieces, which the eye can't tell and which draw in half the time."""
    path = QPainterPath()
    pieces = _basis(np.linspace(0.0, 1.0, _PIECES + 1)).T @ points
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in pieces]))
    return path


_SLOPE_AT, _SLOPE_BESIDE_TWO_AT = 89, 92
"""Where a chip's slope begins: behind one arrow, or two."""


class Chip(CanvasItem):
    """A parameter's value, an arrow to where the next step moves it, and its slope."""

    def __init__(self, index: int, *, is_bias: bool) -> None:
        super().__init__()
        self.index = index
        self._size = BIAS_CHIP if is_bias else CHIP
        self._mark = "b" if is_bias else ""
        self._mark_font = text_font(11)
        self._value_text = self._slope_text = ""
        self._role = "positive"
        self._arrow = 0.0
        self._step: float | None = None
        self._is_selected = self._is_locked = False
        self._value_fonts = number_font(13 if not is_bias else 12), number_font(11 if not is_bias else 10)
        self._slope_fonts = number_font(12 if not is_bias else 11), number_font(11 if not is_bias else 10)
        self._value_font, self._slope_font = self._value_fonts[0], self._slope_fonts[0]
        self.setZValue(3)
        self.setCursor(Qt.CursorShape.SizeVerCursor)

    def show_numbers(
        self, value: float, slope: float | None, arrow: float, *, locked: bool, step: float | None = None
    ) -> None:
        """Show a value and its slope (None while it is not computed); ``arrow`` from -1 (down) to 1 (up).

        ``step`` is a second arrow, alike: where an optimizer with a memory will really go; None where there is none.
        """
        self._step = None if slope is None else step
        self._value_text, self._value_font = number_in(value, 54 if self._mark else 60, self._value_fonts)
        self._slope_text = ""
        if slope is not None:
            room = self._size[0] - (_SLOPE_AT if self._step is None else _SLOPE_BESIDE_TWO_AT) - 2
            self._slope_text, self._slope_font = number_in(slope, room, self._slope_fonts)
        self._arrow = 0.0 if slope is None else arrow
        self._role = "positive" if value > 0 else "negative" if value < 0 else "muted"
        self._is_locked = locked
        self.update()

    def set_selected(self, selected: bool) -> None:
        self._is_selected = selected
        self.setZValue(5 if selected else 3)
        self.update()

    def boundingRect(self) -> QRectF:
        width, height = self._size
        return QRectF(-width / 2 - 2, -height / 2 - 2, width + 4, height + 4)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = self.theme
        width, height = self._size
        box = QRectF(-width / 2, -height / 2, width, height)
        role = "slope" if self._is_selected else self._role
        painter.setPen(QPen(theme.color(role), 2.5 if self._is_selected else 1.6))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(box, height / 2, height / 2)
        left = QRectF(box.left() + (15 if self._mark else 6), box.top(), 54 if self._mark else 60, height)
        if self._mark:
            painter.setFont(self._mark_font)
            painter.setPen(theme.color("muted"))
            painter.drawText(QRectF(box.left() + 5, box.top(), 12, height), _CENTER, self._mark)
        painter.setFont(self._value_font)
        painter.setPen(theme.color("text"))
        painter.drawText(left, _CENTER, self._value_text)
        painter.setPen(QPen(theme.color("border"), 1.2))
        painter.drawLine(QPointF(box.left() + 69, box.top() + 7), QPointF(box.left() + 69, box.bottom() - 7))
        if self._is_locked:
            _paint_lock(painter, box.left() + 80, 0.0, theme.color("muted"))
        else:
            reach, x = height / 2 - 5, box.left() + 80
            if self._step is not None:
                _paint_arrow(painter, x + 5, 0.0, self._step * reach, theme.color("good"))
                x -= 4
            _paint_arrow(painter, x, 0.0, self._arrow * reach, theme.color("slope"))
        painter.setFont(self._slope_font)
        painter.setPen(theme.color("slope"))
        shift = _SLOPE_AT if self._step is None else _SLOPE_BESIDE_TWO_AT
        painter.drawText(QRectF(box.left() + shift, box.top(), width - shift - 2, height), _LEFT, self._slope_text)


def _paint_arrow(painter: QPainter, x: float, y: float, reach: float, color: QColor) -> None:
    """Draw a vertical arrow around (x, y); ``reach`` is half its length, positive is up."""
    if abs(reach) < 0.5:
        return
    pen = QPen(color, 2.4)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    sign = math.copysign(1.0, reach)
    tip, tail = y - reach, y + reach
    head = min(6.0, abs(reach) * 1.6)
    painter.setPen(pen)
    painter.drawLine(QPointF(x, tail), QPointF(x, tip + sign * head * 0.8))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPolygon([QPointF(x, tip), QPointF(x - 3.8, tip + sign * head), QPointF(x + 3.8, tip + sign * head)])


def _paint_lock(painter: QPainter, x: float, y: float, color: QColor) -> None:
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(x - 3, y - 6, 6, 7), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(x - 4.5, y - 2, 9, 7), 1.5, 1.5)


class Target(CanvasItem):
    """The target of an output, joined to its prediction, with the error above."""

    def __init__(self, output: int, reach: float) -> None:
        super().__init__()
        self.output = output
        self._reach = reach
        self._target_text = self._error_text = ""
        self._is_selected = False
        self.setZValue(2)
        self._word_font = text_font(11)
        self._number_font = number_font(15)
        self._error_font = number_font(12)

    def show_numbers(self, target: float, error: float | None) -> None:
        """Show the target and the error, None while not computed."""
        self._target_text = shown(target)
        self._error_text = "" if error is None else f"error {shown(error)}"
        self.update()

    def set_selected(self, selected: bool) -> None:
        self._is_selected = selected
        self.update()

    def boundingRect(self) -> QRectF:
        width, height = TARGET
        return QRectF(-width / 2 - self._reach, -height / 2 - 24, width + self._reach + 20, height + 28)

    def shape(self) -> QPainterPath:
        width, height = TARGET
        path = QPainterPath()
        path.addRect(QRectF(-width / 2, -height / 2, width, height))
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = self.theme
        width, height = TARGET
        box = QRectF(-width / 2, -height / 2, width, height)
        painter.setPen(QPen(theme.color("border"), 1.6))
        painter.drawLine(QPointF(-width / 2 - self._reach + 1, 0), QPointF(-width / 2, 0))
        if self._is_selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("slope", 0.22))
            painter.drawRoundedRect(box.adjusted(-6, -6, 6, 6), 11, 11)
        painter.setPen(QPen(theme.color("slope" if self._is_selected else "good"), 2.0))
        painter.setBrush(theme.color("card"))
        painter.drawRoundedRect(box, 7, 7)
        painter.setFont(self._word_font)
        painter.setPen(theme.color("muted"))
        painter.drawText(QRectF(box.left(), box.top() + 6, width, 16), _CENTER, "target")
        painter.setFont(self._number_font)
        painter.setPen(theme.color("text"))
        painter.drawText(QRectF(box.left(), box.top() + 22, width, 28), _CENTER, self._target_text)
        painter.setFont(self._error_font)
        painter.setPen(theme.color("good"))
        painter.drawText(QRectF(box.left() - 20, box.top() - 23, width + 40, 18), _CENTER, self._error_text)


class RoundButton(CanvasItem):
    """A small round button on the canvas, shown while the mouse is near; a click calls ``pressed(argument)``."""

    RADIUS = 11.0

    def __init__(self, sign: str, tip: str, pressed: Callable[[int], None], argument: int) -> None:
        super().__init__()
        self._sign = sign
        self._pressed = pressed
        self._argument = argument
        self._is_hovered = False
        self.setToolTip(tip)
        self.setAcceptHoverEvents(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setZValue(6)
        self.setVisible(False)

    def boundingRect(self) -> QRectF:
        side = self.RADIUS + 2
        return QRectF(-side, -side, 2 * side, 2 * side)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme = self.theme
        painter.setPen(QPen(theme.color("accent" if self._is_hovered else "muted"), 1.4))
        painter.setBrush(theme.color("hover" if self._is_hovered else "card"))
        painter.drawEllipse(QPointF(0, 0), self.RADIUS, self.RADIUS)
        painter.setPen(QPen(theme.color("accent" if self._is_hovered else "text"), 1.8))
        painter.drawLine(QPointF(-5, 0), QPointF(5, 0))
        if self._sign == "+":
            painter.drawLine(QPointF(0, -5), QPointF(0, 5))

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._is_hovered = True
        self.update()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._is_hovered = False
        self.update()

    def press(self) -> None:
        """Do what the button is for."""
        self._pressed(self._argument)
