"""What a plot paints, read back: every text with its place, and every number at an axis."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QLineF, QPoint, QPointF, QRectF
from PySide6.QtGui import QFont, QFontMetricsF, QTransform
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

_NUMBER = re.compile(r"−?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e−?[1-9][0-9]*)?")
"""A number as the studio writes it: the real minus, no needless zeros in front, no plus sign."""


@dataclass(frozen=True)
class PaintedText:
    """A text as it was painted: the box of its glyphs in the widget, its colour, and whether it stands upright."""

    text: str
    box: QRectF
    color: str
    is_turned: bool


def _matrix(text: str | None) -> QTransform:
    a, b, c, d, e, f = map(float, text[7:-1].split(",")) if text else (1, 0, 0, 1, 0, 0)
    return QTransform(a, b, c, d, e, f)


def _box(element: ElementTree.Element) -> QRectF:
    font = QFont(element.get("font-family"))
    font.setPixelSize(round(float(element.get("font-size"))))
    font.setWeight(QFont.Weight(int(element.get("font-weight"))))
    metrics, text = QFontMetricsF(font), element.text
    # As high as a figure: what hangs below the line is not counted.
    place = QPointF(float(element.get("x")), float(element.get("y")) - metrics.capHeight())
    return QRectF(place.x(), place.y(), metrics.horizontalAdvance(text), metrics.capHeight())


def _picture(widget: QWidget) -> ElementTree.Element:
    """What a widget paints, as an SVG."""
    kept = QByteArray()
    buffer, generator = QBuffer(kept), QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(widget.size())
    generator.setResolution(widget.logicalDpiX())
    widget.render(generator)
    return ElementTree.fromstring(bytes(kept).decode())


def _elements(widget: QWidget) -> list[tuple[ElementTree.Element, QTransform, str]]:
    """All elements of a widget's picture, each with what brings it to its place, and the colour of its lines."""
    waiting, found = [(_picture(widget), QTransform(), "")], []
    while waiting:
        element, outer, stroke = waiting.pop()
        matrix, stroke = _matrix(element.get("transform")) * outer, element.get("stroke", stroke)
        found.append((element, matrix, stroke))
        waiting += [(child, matrix, stroke) for child in reversed(element)]
    return found


def read_number(text: str) -> Decimal:
    """The number that a text is; what is written otherwise than the studio writes numbers is none."""
    assert _NUMBER.fullmatch(text), f"“{text}” is no number"
    return Decimal(text.replace("−", "-"))


class Painting:
    """What a widget has painted."""

    def __init__(self, widget: QWidget) -> None:
        self.widget = widget
        self._elements = _elements(widget)
        self.texts = [
            PaintedText(element.text, matrix.mapRect(_box(element)), element.get("fill"), abs(matrix.m12()) > 0.5)
            for element, matrix, _ in self._elements
            if element.tag.endswith("}text") and (element.text or "").strip()
        ]

    def polylines(self, color: str = "") -> list[list[QPointF]]:
        """The corners of every line, or of those in one colour."""
        return [
            [matrix.map(QPointF(*map(float, pair.split(",")))) for pair in element.get("points").split()]
            for element, matrix, stroke in self._elements
            if element.tag.endswith("}polyline") and color in ("", stroke)
        ]

    @property
    def lines(self) -> list[QLineF]:
        """Every line with two ends."""
        return [QLineF(*corners) for corners in self.polylines() if len(corners) == 2]

    def curve(self, color: str) -> list[QPointF]:
        """The corners of the only curve in this colour."""
        paths = [
            (element.get("d"), matrix)
            for element, matrix, stroke in self._elements
            if element.tag.endswith("}path") and stroke == color and element.get("fill-rule")
        ]
        assert len(paths) == 1, f"{len(paths)} curves in {color}"
        corners, matrix = paths[0]
        return [matrix.map(QPointF(*map(float, pair[1:].split(",")))) for pair in corners.split()]


class PlotPainting(Painting):
    """What a plot has painted, axis by axis."""

    @property
    def room(self) -> QRectF:
        """Where the data lie."""
        scene = self.widget.plot.getViewBox().sceneBoundingRect()
        return scene.translated(self.widget.plot.mapTo(self.widget, QPoint()))

    def texts_at(self, side: str) -> list[PaintedText]:
        """The texts beside or below the data."""
        room, plot = self.room, self.widget.plot.geometry().toRectF()
        texts = [text for text in self.texts if plot.contains(text.box.center())]
        if side == "bottom":
            return [text for text in texts if text.box.top() >= room.bottom()]
        return [text for text in texts if text.box.right() <= room.left() and text.box.top() < room.bottom()]

    def numbers_at(self, side: str) -> list[PaintedText]:
        """The texts of an axis but for its name, which is turned or a line below."""
        texts = self.texts_at(side)
        row = min((text.box.bottom() for text in texts), default=0.0)
        return [text for text in texts if not text.is_turned and (side == "left" or text.box.bottom() < row + 4.0)]

    def name_at(self, side: str) -> str:
        """The name of an axis."""
        numbers = self.numbers_at(side)
        return " ".join(text.text for text in self.texts_at(side) if text not in numbers)

    def marks_at(self, side: str) -> list[float]:
        """The pixels along an axis at which it has a mark."""
        room, marks = self.room, []
        for line in self.lines:
            across, along, ends, edge = line.dx(), line.y1(), (line.x1(), line.x2()), room.left()
            if side == "bottom":
                across, along, ends, edge = line.dy(), line.x1(), (line.y1(), line.y2()), room.bottom()
            if line.length() == pytest.approx(abs(across)) and 2.0 <= abs(across) <= 6.0:
                marks += [along] if min(abs(end - edge) for end in ends) < 2.0 else []
        return marks

    def place_of(self, side: str, value: Decimal) -> float:
        """The pixel along an axis at which the plot draws this value, or this logarithm."""
        plot, upright = self.widget.plot, side == "left"
        number = float(value.scaleb(-plot.getAxis(side).power))
        point = plot.getViewBox().mapViewToScene(QPointF(0.0, number) if upright else QPointF(number, 0.0))
        point += QPointF(plot.mapTo(self.widget, QPoint()))
        return point.y() if upright else point.x()


@pytest.fixture(scope="session")
def painted() -> SimpleNamespace:
    """The readings above."""
    return SimpleNamespace(read_number=read_number, widget=Painting, plot=PlotPainting)
