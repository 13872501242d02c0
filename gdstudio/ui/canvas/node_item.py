"""A node on the canvas: its value as a number or a picture, its name and its slope.

Paints what it was last shown; paint code only draws.
"""

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gdstudio.document.numbers import shown
from gdstudio.document.project import NodeRef
from gdstudio.engine import Array
from gdstudio.ui.canvas.items import CanvasItem
from gdstudio.ui.theme import Theme, number_font, text_font
from gdstudio.ui.widgets.fitting import number_in

_CENTER = Qt.AlignmentFlag.AlignCenter
_BELOW, _BESIDE = 140.0, 84.0
"""How wide a name may be below its node, and beside it."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Node(CanvasItem):
    """A node: its value inside, its name below, its slope above."""

    def __init__(self, node: NodeRef, radius: float, *, is_output: bool, labels: bool, numbers: bool) -> None:
        super().__init__()
        self.node = node
        self._radius = radius
        self._is_output = is_output
        self._labels = labels
        self._numbers = numbers
        self._value_text = self._slope_text = self._label = ""
        self._glow = 0.0
        self._is_selected = False
        self._fill = 0.0
        self._image: QImage | None = None
        self._curve: QPolygonF | None = None
        self._drawn = QImage()
        self.setZValue(2)
        self._value_fonts = [number_font(max(7.0, size * radius)) for size in (0.46, 0.38, 0.33)]
        self._label_font = text_font(12)
        self._slope_font = number_font(11, QFont.Weight.Normal)

    def set_label(self, label: str) -> None:
        """Show the node's name; of one that is too long both ends, since either may be what tells it from others."""
        room = _BELOW if self._labels else _BESIDE
        self._label = QFontMetricsF(self._label_font).elidedText(label, Qt.TextElideMode.ElideMiddle, room)
        self.update()

    def show_numbers(self, value: float | None, slope: float | None, glow: float, *, at_the_sum: bool = False) -> None:
        """Show the node's value and slope, None while not computed; ``glow`` 0 to 1 says that it is just computed.

        ``at_the_sum`` says that the slope is that before the activation.
        """
        what = "slope at sum" if at_the_sum else "slope"
        self._value_text = "" if value is None else shown(value)
        self._slope_text = ""
        if slope is not None and self.node.layer > 0:
            room = _BELOW - QFontMetricsF(self._slope_font).horizontalAdvance(f"{what} ")
            self._slope_text = f"{what} {number_in(slope, room, (self._slope_font,))[0]}"
        self._fill = 0.0 if value is None else math.tanh(value) if math.isfinite(value) else 0.0
        self._glow = glow
        self.update()

    def show_picture(self, values: Array | None) -> None:
        """Show what the node makes of the inputs in the place of its number: ``(k, k)``, ``(k,)``, from -1 to 1."""
        self._image = self._curve = None
        self._drawn = QImage()
        if values is not None and values.ndim == 2:
            self._image = shaded(values, self.theme)
        elif values is not None:
            side = self._side
            xs = np.linspace(-side, side, len(values))
            self._curve = QPolygonF([QPointF(x, y) for x, y in zip(xs, -0.88 * side * values, strict=True)])
        self.update()

    @property
    def _side(self) -> float:
        """Half the side of the box that a picture fills."""
        return 0.92 * self._radius

    def set_selected(self, selected: bool) -> None:
        self._is_selected = selected
        self.update()

    def boundingRect(self) -> QRectF:
        beside = self._radius + 8 + _BESIDE if self.node.layer == 0 else 0.0
        side = max(self._radius + 8, _BELOW / 2 if self._labels else beside)
        above = self._radius + (28 if self._labels else 8)
        return QRectF(-side, -above, 2 * side, 2 * above)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addEllipse(QPointF(0, 0), self._radius + 2, self._radius + 2)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        theme, radius = self.theme, self._radius
        if self._is_selected or self._glow > 0:
            color = theme.color("slope", 0.22) if self._is_selected else theme.color("accent", 0.25 * self._glow)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawEllipse(QPointF(0, 0), radius + 7, radius + 7)
        outline = "slope" if self._is_selected else "good" if self._is_output else "text"
        pen = QPen(theme.color(outline), 2.0 if radius > 10 else 1.2)
        painter.setPen(pen)
        painter.setBrush(theme.color("card"))
        if self._image is not None or self._curve is not None:
            self._paint_picture(painter, pen)
        else:
            painter.drawEllipse(QPointF(0, 0), radius, radius)
            self._paint_number(painter)
        self._paint_words(painter)

    def _paint_picture(self, painter: QPainter, pen: QPen) -> None:
        """Draw the picture in a box with round corners."""
        side = self._side
        box = QRectF(-side, -side, 2 * side, 2 * side)
        if self._image is None:
            painter.drawRoundedRect(box, 0.22 * side, 0.22 * side)
        else:
            pixels = max(1, round(2 * side * painter.deviceTransform().m11()))
            if self._drawn.width() != pixels:
                self._drawn = rounded(self._image, pixels, 0.22 / 2)
            painter.drawImage(box, self._drawn)
        if self._curve is not None:
            painter.setPen(QPen(self.theme.color("border"), 1.0))
            painter.drawLine(QPointF(-side + 1, 0), QPointF(side - 1, 0))
            painter.setPen(QPen(self.theme.color("positive"), 2.0))
            painter.drawPolyline(self._curve)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawRoundedRect(box, 0.22 * side, 0.22 * side)

    def _paint_number(self, painter: QPainter) -> None:
        theme, radius = self.theme, self._radius
        if not self._numbers:
            role = "positive" if self._fill > 0 else "negative"
            painter.setBrush(theme.color(role, abs(self._fill)))
            painter.drawEllipse(QPointF(0, 0), radius, radius)
        else:
            painter.setFont(self._value_fonts[min(max(len(self._value_text) - 5, 0), 2)])
            painter.setPen(theme.color("text"))
            painter.drawText(QRectF(-radius, -radius, 2 * radius, 2 * radius), _CENTER, self._value_text)

    def _paint_words(self, painter: QPainter) -> None:
        theme, radius = self.theme, self._radius
        if not self._labels and self.node.layer == 0:
            painter.setFont(self._label_font)
            painter.setPen(theme.color("muted"))
            painter.drawText(QRectF(-radius - 8 - _BESIDE, -9, _BESIDE, 18), _RIGHT, self._label)
        if self._labels:
            painter.setFont(self._label_font)
            painter.setPen(theme.color("muted"))
            painter.drawText(QRectF(-_BELOW / 2, radius + 5, _BELOW, 18), _CENTER, self._label)
            painter.setFont(self._slope_font)
            painter.setPen(theme.color("slope"))
            painter.drawText(QRectF(-_BELOW / 2, -radius - 23, _BELOW, 18), _CENTER, self._slope_text)


def shaded(values: Array, theme: Theme) -> QImage:
    """Return values from -1 to 1, rows from below, as an image from the colour of negative to that of positive."""
    share = values[::-1, :, np.newaxis]
    paper, low, high = (np.array(theme.rgb(role)) for role in ("card", "negative", "positive"))
    pixels = np.rint(paper + np.abs(share) * (np.where(share < 0.0, low, high) - paper)).astype(np.uint8)
    height, width = values.shape
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def rounded(image: QImage, pixels: int, corner: float) -> QImage:
    """Return an image so many pixels wide and high, smoothly scaled, with round corners; ``corner`` is a share of it.

    Made once for a picture: filling round corners with a scaled image costs ten times as much as drawing the result.
    """
    drawn = QImage(pixels, pixels, QImage.Format.Format_ARGB32_Premultiplied)
    drawn.fill(Qt.GlobalColor.transparent)
    brush = QBrush(image)
    scale = QTransform()
    scale.scale(pixels / image.width(), pixels / image.height())
    brush.setTransform(scale)
    painter = QPainter(drawn)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(brush)
    painter.drawRoundedRect(QRectF(0, 0, pixels, pixels), corner * pixels, corner * pixels)
    painter.end()
    return drawn
