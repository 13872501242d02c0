"""The loss as each of up to sixteen weights changes: small curves side by side, each at its own scale.

Shows slices and emits the wish to look at one of them. Painted, since sixteen plots would cost sixteen axes.
"""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QWidget

from gdstudio.document.numbers import shown
from gdstudio.document.project import ParameterRef, Ref
from gdstudio.document.runs import KeptRun
from gdstudio.engine import Array
from gdstudio.teaching.slices import Slice, heights_of
from gdstudio.ui.theme import LIGHT, Theme, number_font, text_font
from gdstudio.ui.widgets.fitting import fitted

_GAP = 6.0
_STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class SlicesPlot(QWidget):
    """Small multiples of the loss along parameters.

    Signals
    -------
    selection_requested(ParameterRef)
        A curve was clicked, or walked to by the arrow keys: look at this parameter.
    """

    selection_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("slicesPlot")
        self.setAccessibleName("Loss as each weight changes; the arrow keys walk from one to the next")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = LIGHT
        self._slices: tuple[Slice, ...] = ()
        self._names: list[str] = []
        self._selected: int | None = None
        self._curves: list[QPolygonF] = []
        self._balls: list[tuple[QPointF | None, QPointF | None]] = []
        self._labels: list[str] = []
        self._runs: tuple[KeptRun, ...] = ()
        self._ends: list[list[tuple[QPointF, int]]] = []
        self._conceals = False

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def set_theme(self, theme: Theme) -> None:
        """Put on the colours of a theme."""
        self._theme = theme
        self.update()

    def show_names(self, names: list[str]) -> None:
        """Call all parameters so; the same list says that nothing has changed."""
        if names is not self._names:
            self._names = names
            self._lay()

    @Slot(object)
    def show_slices(self, slices: tuple[Slice, ...]) -> None:
        """Show the loss along these parameters."""
        self._slices = slices
        self._lay()

    @Slot(object)
    def show_runs(self, runs: tuple[KeptRun, ...]) -> None:
        """Mark where these runs ended."""
        self._runs = runs
        self._lay()

    @Slot(object)
    def show_selection(self, ref: Ref | None) -> None:
        """Mark the selected parameter."""
        self._selected = ref.index if isinstance(ref, ParameterRef) else None
        self.update()

    @Slot(bool)
    def conceal(self, conceals: bool) -> None:
        """Hide where the next step will land, since a person is to predict it."""
        self._conceals = conceals
        self.update()

    # Geometry: all of it before the painter begins.

    @property
    def _columns(self) -> int:
        """How many curves stand beside each other: so that each is about as wide as one and a half times its height."""
        count = max(len(self._slices), 1)
        shape = max(self.width(), 1) / max(self.height(), 1)
        return min(range(1, count + 1), key=lambda columns: abs(shape / columns * -(-count // columns) - 1.5))

    def box(self, number: int) -> QRectF:
        """Return where the curve of this number stands."""
        columns = self._columns
        rows = -(-max(len(self._slices), 1) // columns)
        width = (self.width() - 12.0 - _GAP * (columns - 1)) / columns
        height = (self.height() - 8.0 - _GAP * (rows - 1)) / rows
        row, column = divmod(number, columns)
        return QRectF(6.0 + column * (width + _GAP), 2.0 + row * (height + _GAP), width, height)

    def _lay(self) -> None:
        """Compute what is painted."""
        self._curves, self._balls, self._labels, self._ends = [], [], [], []
        for number, piece in enumerate(self._slices):
            room = self.box(number).adjusted(4.0, 15.0, -4.0, -4.0)
            limits, seen = heights_of(piece), np.isfinite(piece.losses)
            self._curves.append(QPolygonF(_points(piece, piece.values[seen], piece.losses[seen], room, limits)))
            places = ((piece.value, piece.loss), (piece.landing, piece.landing_loss))
            here, landing = (
                _points(piece, np.array([value]), np.array([loss]), room, limits) if np.isfinite(value + loss) else []
                for value, loss in places
            )
            self._balls.append((here[0] if here else None, landing[0] if landing else None))
            ends = [
                (point, run_number)
                for run_number, run in enumerate(self._runs)
                if run.is_shown and run.fits(piece.network)
                for point in _points(
                    piece, run.project.parameters[[piece.index]], np.array([run.loss]), room, limits
                )
            ]  # fmt: skip
            self._ends.append(ends)
            self._labels.append(self._names[piece.index] if piece.index < len(self._names) else "")
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        for number, (piece, curve, label) in enumerate(zip(self._slices, self._curves, self._labels, strict=True)):
            box = self.box(number)
            selected = piece.index == self._selected
            painter.setPen(QPen(theme.color("slope" if selected else "border"), 1.5 if selected else 1.0))
            painter.setBrush(theme.color("card"))
            painter.drawRoundedRect(box, 5.0, 5.0)
            painter.setFont(text_font(10))
            painter.setPen(theme.color("slope" if selected else "muted"))
            value_width = 40.0 if box.width() > 90 else 0.0
            line = box.adjusted(6.0, 1.0, -6.0 - value_width, 0.0)
            text = fitted(label, line.width(), painter.fontMetrics(), Qt.TextElideMode.ElideMiddle)
            painter.drawText(line, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, text)
            if value_width:
                painter.setFont(number_font(10))
                side = Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight
                painter.drawText(box.adjusted(0.0, 1.0, -6.0, 0.0), side, shown(piece.value))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("good"), 1.5))
            painter.setClipRect(box.adjusted(2.0, 15.0, -2.0, -2.0))
            painter.drawPolyline(curve)
            painter.setClipping(False)
            for point, run_number in self._ends[number]:
                if box.contains(point):
                    painter.setPen(QPen(theme.run_color(run_number), 1.5))
                    painter.drawConvexPolygon(_diamond(point))
            here, landing = self._balls[number]
            if landing is not None and box.contains(landing) and not self._conceals:
                painter.setPen(QPen(theme.color("slope"), 1.2, Qt.PenStyle.DotLine))
                painter.drawEllipse(landing, 3.5, 3.5)
            if here is not None and box.contains(here):
                painter.setPen(QPen(theme.color("card"), 1.0))
                painter.setBrush(theme.color("slope"))
                painter.drawEllipse(here, 4.0, 4.0)

    # Wishes.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for number, piece in enumerate(self._slices):
            if self.box(number).contains(event.position()):
                self.selection_requested.emit(ParameterRef(piece.index))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key not in _STEPS or not self._slices:
            super().keyPressEvent(event)
            return
        down, across = _STEPS[key]
        numbers = [piece.index for piece in self._slices]
        here = numbers.index(self._selected) if self._selected in numbers else 0
        wanted = here + down * self._columns + across
        if 0 <= wanted < len(numbers):
            self.selection_requested.emit(ParameterRef(numbers[wanted]))


def _diamond(point: QPointF) -> QPolygonF:
    steps = ((0.0, -4.0), (4.0, 0.0), (0.0, 4.0), (-4.0, 0.0))
    return QPolygonF([point + QPointF(x, y) for x, y in steps])


def _points(piece: Slice, values: Array, losses: Array, room: QRectF, limits: tuple[float, float]) -> list[QPointF]:
    """Return where values and losses lie in a room that holds the losses between ``limits``."""
    left, right = float(piece.values[0]), float(piece.values[-1])
    low, high = limits
    with np.errstate(all="ignore"):
        x = room.left() + (values - left) / (right - left) * room.width()
        # What is far outside is cut by the painter; further out it would leave what a painter can count.
        share = np.clip((losses - low) / (high - low), -9.0, 9.0)
        y = room.bottom() - share * room.height()
    return [QPointF(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
