"""A frame around something that a lesson points at; it follows when that moves.

Knows nothing of lessons.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QScrollArea, QWidget

from gdstudio.ui.theme import LIGHT, Theme

_ROOM = 4
_ARRIVING = 600
"""Milliseconds in which a target that is laid out again is scrolled to again."""
_LAID = QEvent.Type.LayoutRequest


class Spotlight(QWidget):
    """A frame in the colour of slopes over a window, around one of its widgets."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._around = window
        self._theme = LIGHT
        self._target: QWidget | None = None
        self._watched: list[QWidget] = []
        self._arriving = QTimer(self)
        self._arriving.setSingleShot(True)
        self._arriving.setInterval(_ARRIVING)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setObjectName("spotlight")
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    @property
    def target(self) -> QWidget | None:
        """What is framed."""
        return self._target

    def show_on(self, target: QWidget | None) -> None:
        """Frame a widget; None frames nothing."""
        for old in self._watched:
            old.removeEventFilter(self)
        # What the target lies in moves it too.
        self._target, self._watched = target, []
        widget: QWidget | None = target
        while widget is not None:
            self._watched.append(widget)
            widget.installEventFilter(self)
            widget = None if widget is self._around else widget.parentWidget()
        # For a while what was brought to the front, or changed by what is told, still finds its place.
        self._arriving.start()
        self._reach()

    @Slot()
    def _reach(self) -> None:
        """Scroll to the target, and frame it."""
        if self._target is not None:
            for area in self._areas:
                area.ensureWidgetVisible(self._target, 0, _ROOM)
        self._place()

    @Slot()
    def _reach_again(self) -> None:
        if self._arriving.isActive():
            self._reach()

    @property
    def _areas(self) -> list[QScrollArea]:
        """Those in which the target may be scrolled out of sight."""
        return [widget for widget in self._watched[1:] if isinstance(widget, QScrollArea)]

    def _place(self) -> None:
        target = self._target
        seen = target is not None and target.isVisible() and target.window() is self._around
        self.setVisible(seen)
        if target is not None and seen:
            corner = target.mapTo(self._around, QPoint(0, 0))
            frame = QRect(corner, target.size()).adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM) & self._around.rect()
            for area in self._areas:
                port = area.viewport()
                frame &= QRect(port.mapTo(self._around, QPoint(0, 0)), port.size()).adjusted(-_ROOM, 0, _ROOM, 0)
            self.setGeometry(frame)
            self.setVisible(not frame.isEmpty())
            self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is _LAID and self._arriving.isActive():
            # What is laid out has its places only after this event.
            QTimer.singleShot(0, self, self._reach_again)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide, _LAID):
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._theme.color("slope"), 2.5))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 8, 8)
