"""The loss surface as a relief: shaded, drawn by a painter, turned by the mouse or the arrow keys.

Shows a surface; wishes nothing. Needs no OpenGL.
"""

import math

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from gdstudio.engine import Array
from gdstudio.teaching.surfaces import Surface, resampled
from gdstudio.ui.theme import LIGHT, Theme, text_font

_SIDE = 41
"""Points along each side of what is drawn."""
_STEEPNESS = (0.15, 1.45)
_TURN = math.pi / 24
_HEIGHT = 0.8
"""Of the relief, where its sides are 2."""
_WIDEST = 1.8
_KEYS = {
    Qt.Key.Key_Left: (-_TURN, 0.0),
    Qt.Key.Key_Right: (_TURN, 0.0),
    Qt.Key.Key_Up: (0.0, _TURN),
    Qt.Key.Key_Down: (0.0, -_TURN),
}


class Relief(QWidget):
    """A surface seen from the side, with the path and the present moment on it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("surfaceRelief")
        self.setAccessibleName("Loss surface as a relief; the arrow keys turn it")
        self.setToolTip("Drag, or press the arrow keys, to turn it")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._theme = LIGHT
        self._surface: Surface | None = None
        self.azimuth, self.elevation = -0.5, 0.6
        self._grabbed: QPointF | None = None
        self._faces: list[tuple[QPolygonF, QColor]] = []
        self._path = QPolygonF()
        self._here: QPointF | None = None
        self._next: QPointF | None = None

    def sizeHint(self) -> QSize:
        return QSize(320, 160)

    def set_theme(self, theme: Theme) -> None:
        """Put on the colours of a theme."""
        self._theme = theme
        self._lay()

    def show_surface(self, surface: Surface) -> None:
        """Show a surface."""
        self._surface = surface
        if self.isVisible():
            self._lay()

    def turn(self, azimuth: float, elevation: float) -> None:
        """Look from another side; angles in radians, added to those of now."""
        self.azimuth = math.remainder(self.azimuth + azimuth, 2.0 * math.pi)
        self.elevation = min(max(self.elevation + elevation, _STEEPNESS[0]), _STEEPNESS[1])
        self._lay()

    # Geometry: all of it before the painter begins.

    def _lay(self) -> None:
        """Compute what is painted."""
        self._faces, self._path, self._here, self._next = [], QPolygonF(), None, None
        surface = self._surface
        if surface is not None and np.isfinite(surface.losses).any() and self.width() > 40:
            heights = resampled(surface.heights, _SIDE)
            self._lay_faces(heights)
            self._path = QPolygonF(self._points_on(surface.path, surface, heights))
            for name, place in (("_here", surface.here), ("_next", surface.following)):
                points = self._points_on(place[np.newaxis], surface, heights)
                setattr(self, name, points[0] if points else None)
        self.update()

    def _lay_faces(self, heights: Array) -> None:
        ends = np.linspace(-1.0, 1.0, len(heights))
        x, y = np.meshgrid(ends, ends)
        points, depth = self._projected(np.stack([x, y, _HEIGHT * (heights - 0.5)], axis=-1))
        corners = np.stack([points[:-1, :-1], points[:-1, 1:], points[1:, 1:], points[1:, :-1]], axis=2)
        middle = heights[:-1, :-1] + heights[1:, 1:] + heights[:-1, 1:] + heights[1:, :-1]
        order = np.argsort(-(depth[:-1, :-1] + depth[1:, 1:]).ravel(), kind="stable")
        colors = self._colors(heights, middle / 4.0).reshape(-1, 3)
        faces = corners.reshape(-1, 4, 2)
        # Faces of the same colour share one object: making thousands of colours costs more than painting them.
        known: dict[tuple[int, ...], QColor] = {}
        for k in order.tolist():
            key = tuple(colors[k].tolist())
            color = known.setdefault(key, QColor(*key))
            self._faces.append((QPolygonF([QPointF(px, py) for px, py in faces[k].tolist()]), color))

    def _colors(self, heights: Array, middle: Array) -> Array:
        """Return each face's colour, ``(…, 3)``: by its height, and darker where it turns away from the light."""
        low, high = (np.array(self._theme.rgb(role)) for role in ("good", "card"))
        shade = (high if not self._theme.is_dark else 0.55 * low + 0.45 * high) - low
        base = low + np.round(middle[..., np.newaxis] * 14.0) / 14.0 * 0.8 * shade
        slope_x = (heights[:-1, 1:] - heights[:-1, :-1]) * (len(heights) - 1) / 2.0 * _HEIGHT
        slope_y = (heights[1:, :-1] - heights[:-1, :-1]) * (len(heights) - 1) / 2.0 * _HEIGHT
        light = (1.0 - 0.5 * slope_x - 0.7 * slope_y) / np.sqrt(1.0 + slope_x**2 + slope_y**2) / 1.32
        lit = base * (0.72 + 0.32 * np.clip(light, 0.0, 1.0))[..., np.newaxis]
        return np.asarray((np.clip(lit, 0.0, 255.0) // 6 * 6).astype(int))

    def _projected(self, points: Array) -> tuple[Array, Array]:
        """Return where points ``(…, 3)`` lie in the widget, ``(…, 2)``, and how far away, ``(…,)``."""
        sine, cosine = math.sin(self.azimuth), math.cos(self.azimuth)
        up, along = math.sin(self.elevation), math.cos(self.elevation)
        x = cosine * points[..., 0] - sine * points[..., 1]
        away = sine * points[..., 0] + cosine * points[..., 1]
        reach = abs(sine) + abs(cosine)
        scale = (self.height() - 12.0) / (2.0 * reach * up + _HEIGHT * along)
        # A wide room is filled by a wide relief: its sides have units of their own anyway.
        across = min((self.width() - 16.0) / (2.0 * reach), _WIDEST * scale)
        px = self.width() / 2.0 + across * x
        py = self.height() / 2.0 - scale * (up * away + along * points[..., 2])
        return np.stack([px, py], axis=-1), along * away - up * points[..., 2]

    def _points_on(self, places: Array, surface: Surface, heights: Array) -> list[QPointF]:
        """Return where places on the plane ``(k, 2)`` lie on the relief; those beside it are left out."""
        spans = ((float(axis[0]), float(axis[-1])) for axis in (surface.a, surface.b))
        shares = np.column_stack(
            [2.0 * (places[:, k] - low) / (high - low) - 1.0 for k, (low, high) in enumerate(spans)]
        )
        inside = (np.abs(shares) <= 1.0).all(axis=1)
        shares = shares[inside]
        at = np.clip(np.rint((shares + 1.0) / 2.0 * (len(heights) - 1)).astype(int), 0, len(heights) - 1)
        height = heights[at[:, 1], at[:, 0]]
        points, _ = self._projected(np.column_stack([shares, _HEIGHT * (height - 0.5) + 0.02]))
        return [QPointF(px, py) for px, py in points.tolist()]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._theme
        painter.fillRect(self.rect(), theme.color("card"))
        for polygon, color in self._faces:
            painter.setPen(QPen(color, 1.0))
            painter.setBrush(color)
            painter.drawConvexPolygon(polygon)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("slope"), 2.0))
        painter.drawPolyline(self._path)
        if self._next is not None:
            painter.setPen(QPen(theme.color("slope"), 1.5, Qt.PenStyle.DotLine))
            painter.drawEllipse(self._next, 5.5, 5.5)
        if self._here is not None:
            painter.setPen(QPen(theme.color("card"), 1.5))
            painter.setBrush(theme.color("slope"))
            painter.drawEllipse(self._here, 5.5, 5.5)
        if not self._faces:
            painter.setPen(theme.color("muted"))
            painter.setFont(text_font(12))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "There is no surface to show.")

    # Turning it.

    def showEvent(self, event: object) -> None:
        self._lay()

    def resizeEvent(self, event: object) -> None:
        self._lay()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._grabbed = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed is not None:
            moved = event.position() - self._grabbed
            self._grabbed = event.position()
            self.turn(0.01 * moved.x(), 0.008 * moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _KEYS:
            self.turn(*_KEYS[key])
        else:
            super().keyPressEvent(event)
