"""The loss as one weight changes: the curve, a ball where the weight stands, its tangent, and the coming landing.

Shows a slice and emits the wish for another value: the ball can be dragged.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal, Slot

from gdstudio.document.numbers import shown, shown_plain
from gdstudio.document.project import ParameterRef
from gdstudio.document.runs import KeptRun
from gdstudio.engine import Array
from gdstudio.teaching.slices import Slice, heights_of
from gdstudio.ui.plots.labels import along, best_place
from gdstudio.ui.plots.late_plot import LatePlot, drawable, line_pen
from gdstudio.ui.theme import Theme, number_font

_BALL = 7.0
"""Pixels from the middle of a ball to its edge."""


class SlicePlot(LatePlot):
    """The loss along one parameter.

    Signals
    -------
    parameter_requested(int, float, int)
        The ball was dragged: another value for this parameter; the last number is that of the drag.
    origin_requested(ParameterRef)
        A number in the plot was clicked: show where it comes from.
    """

    parameter_requested = Signal(int, float, int)
    origin_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__("slicePlot", "Loss as this weight changes")
        self._slice: Slice | None = None
        self._earlier: Slice | None = None
        self._runs: tuple[KeptRun, ...] = ()
        self._names: list[str] = []
        self._conceals = False
        self._gesture = 0
        self._dragging = False
        self._places = [-1, -1]

    def build(self, pg: Any) -> None:
        self._ghost = pg.PlotCurveItem(antialias=True)
        self._curve = pg.PlotCurveItem(antialias=True)
        self._tangent = pg.PlotCurveItem(antialias=True)
        self._landing = pg.ScatterPlotItem(size=11, pxMode=True)
        self._ball = pg.ScatterPlotItem(size=13, pxMode=True)
        self._ends = pg.ScatterPlotItem(size=10, pxMode=True, symbol="d")
        self.plot.addItem(self._ends)
        self._slope_text = pg.TextItem(anchor=(0, 0))
        self._landing_text = pg.TextItem(anchor=(0, 0))
        for item in (
            self._ghost, self._curve, self._tangent, self._landing, self._ball, self._slope_text, self._landing_text,
        ):  # fmt: skip
            self.plot.addItem(item)
        for text in (self._slope_text, self._landing_text):
            text.setFont(number_font(11))
        self.plot.viewport().installEventFilter(self)
        self.plot.getViewBox().sigResized.connect(self.draw)

    def color(self, pg: Any, theme: Theme) -> None:
        self._ghost.setPen(line_pen(self, theme.color("border"), 2.0))
        self._curve.setPen(line_pen(self, theme.color("good"), 2.0))
        slope = theme.color("slope")
        self._tangent.setPen(line_pen(self, slope, 1.5, Qt.PenStyle.DashLine))
        self._ball.setBrush(pg.mkBrush(slope))
        self._ball.setPen(pg.mkPen(theme.color("card"), width=1.5))
        self._landing.setBrush(pg.mkBrush(None))
        self._landing.setPen(pg.mkPen(slope, width=1.5, style=Qt.PenStyle.DotLine))
        for text in (self._slope_text, self._landing_text):
            text.setColor(slope)
            text.fill = pg.mkBrush(theme.color("card"))

    def show_names(self, names: list[str]) -> None:
        """Call all parameters so; the same list says that nothing has changed."""
        if names is not self._names:
            self._names = names
            self.draw()

    @Slot(object)
    def show_runs(self, runs: tuple[KeptRun, ...]) -> None:
        """Mark where these runs ended: their value of this weight, and their loss."""
        self._runs = runs
        self.draw()

    @Slot(bool)
    def conceal(self, conceals: bool) -> None:
        """Hide where the next step will land, since a person is to predict it."""
        self._conceals = conceals
        self.draw()

    def _draw_ends(self, piece: Slice) -> None:
        import pyqtgraph as pg

        ends = [
            (number, float(run.project.parameters[piece.index]), run.loss)
            for number, run in enumerate(self._runs)
            if run.is_shown and run.fits(piece.network)
        ]
        ends = [end for end in ends if np.isfinite(end[1:]).all()]
        self._ends.setData(
            x=[value / self.units[0] for _, value, _ in ends],
            y=[loss / self.units[1] for _, _, loss in ends],
            pen=[pg.mkPen(self.theme.run_color(number), width=1.8) for number, *_ in ends],
            brush=[pg.mkBrush(None)] * len(ends),
        )

    @Slot(object)
    def show_slice(self, piece: Slice) -> None:
        """Show the loss along a parameter; the curve before it stays, faint, when the other weights moved it."""
        if self._slice is None or not self._slice.is_alike(piece):
            self._earlier = None
        elif self._slice.key != piece.key:
            self._earlier = self._slice
        self._slice = piece
        self.draw()

    @Slot()
    def forget(self) -> None:
        """Another document comes: let go of the ball."""
        self._dragging = False

    def draw(self) -> None:
        piece = self._slice
        if self.plot is None or piece is None:
            return
        left, right, bottom, top = ends = self._frame(piece)
        across, up = self.set_units(*ends)
        left, right, bottom, top = left / across, right / across, bottom / up, top / up
        given, piece = piece, _in_units(piece, across, up)
        self._curve.setData(piece.values, piece.losses, connect="finite")
        if self._earlier is None:
            self._ghost.setData([], [])
        else:
            earlier = _in_units(self._earlier, across, up)
            self._ghost.setData(earlier.values, earlier.losses, connect="finite")
        self._draw_ends(given)
        for item in (self._landing, self._landing_text):
            item.setVisible(not self._conceals)
        self.set_names(self._names[piece.index] if piece.index < len(self._names) else "this weight", "loss")
        self.set_ranges(left, right, bottom, top)
        room = top - bottom
        # The tangent is as long as a fifth of the plot, whichever way it leans.
        steepness = abs(piece.slope) * (right - left) / room if room > 0 else 0.0
        half = 0.3 * (right - left) / float(np.hypot(1.0, steepness))
        at = np.array([piece.value - half, piece.value + half])
        for item, x, y in ((self._ball, piece.value, piece.loss), (self._landing, piece.landing, piece.landing_loss)):
            item.setData([x], [y]) if np.isfinite([x, y]).all() else item.setData([], [])
        with np.errstate(all="ignore"):
            tangent = drawable(piece.loss + piece.slope * (at - piece.value))
        self._tangent.setData(at, tangent, connect="finite")
        self._slope_text.setText(f"slope {shown(given.slope)}")
        self._landing_text.setText(f"next step → {shown(given.landing)}")
        self._place_texts(piece, np.column_stack([at, tangent]))

    def _place_texts(self, piece: Slice, tangent: Array) -> None:
        """Let the numbers stand where they cover nothing, near the ball and near the landing."""
        assert self._ranges is not None
        left, right, bottom, top = self._ranges
        box = self.plot.getViewBox()
        room = max(box.width(), 1.0), max(box.height(), 1.0)
        scale = np.array([room[0] / (right - left), -room[1] / (top - bottom)])

        def pixels(points: Array) -> Array:
            # What is not finite is beyond the top.
            with np.errstate(all="ignore"):
                places: Array = (points - [left, top]) * scale
            return np.where(np.isfinite(places), places, -room[1])

        curve = np.column_stack([piece.values, piece.losses])
        drawn = np.vstack([along(pixels(line), room) for line in (curve, tangent)])
        marks = pixels(np.array([[piece.value, piece.loss], [piece.landing, piece.landing_loss]]))
        marks = np.clip(marks, 0.0, room)
        taken = [(float(x) - _BALL, float(y) - _BALL, 2 * _BALL, 2 * _BALL) for x, y in marks]
        for number, (text, (x, y)) in enumerate(zip((self._slope_text, self._landing_text), marks, strict=True)):
            if not text.isVisible():
                continue
            rect = text.boundingRect()
            size = float(rect.width()), float(rect.height())
            self._places[number], place = best_place(size, (x, y), room, drawn, taken, self._places[number])
            taken.append(place)
            text.setPos(left + place[0] / scale[0], top + place[1] / scale[1])

    def _frame(self, piece: Slice) -> tuple[float, float, float, float]:
        """Return how far the axes go; in the middle of a drag they stay, or the ball would leap from the mouse."""
        if self._dragging and self._ranges is not None:
            left, right, bottom, top = self._ranges
            across, up = self.units
            return left * across, right * across, bottom * up, top * up
        return float(piece.values[0]), float(piece.values[-1]), *heights_of(piece)

    def info(self) -> str:
        """Return where the next step lands, in words."""
        piece = self._slice
        return "" if piece is None else f"next step lands at {shown_plain(piece.landing, 4)}"

    # Dragging the ball.

    def eventFilter(self, watched: Any, event: Any) -> bool:
        kind = event.type()
        if kind == event.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._dragging = self._is_at_ball(event.position())
            self._gesture += int(self._dragging)
            if self._slice is not None and self._is_at_label(event.position()):
                self.origin_requested.emit(ParameterRef(self._slice.index))
        elif kind == event.Type.MouseMove:
            if self._dragging:
                self._drag_to(event.position())
            near = self._dragging or self._is_at_ball(event.position())
            away = Qt.CursorShape.PointingHandCursor if self._is_at_label(event.position()) else None
            shape = Qt.CursorShape.SizeHorCursor if near else away or Qt.CursorShape.ArrowCursor
            self.plot.viewport().setCursor(shape)
        elif kind == event.Type.MouseButtonRelease and self._dragging:
            self._dragging = False
            self.draw()
        return bool(super().eventFilter(watched, event)) or self._dragging

    def _is_at_label(self, position: QPointF) -> bool:
        """Whether a place is on one of the numbers in the plot."""
        labels = (self._slope_text, self._landing_text)
        return not self._dragging and any(
            label.isVisible() and label.sceneBoundingRect().contains(position) for label in labels
        )

    def _is_at_ball(self, position: QPointF) -> bool:
        if self._slice is None or not np.isfinite(self._slice.loss):
            return False
        across, up = self.units
        ball = self.plot.getViewBox().mapViewToScene(QPointF(self._slice.value / across, self._slice.loss / up))
        return bool(abs(ball.x() - position.x()) <= 12 and abs(ball.y() - position.y()) <= 12)

    def _drag_to(self, position: QPointF) -> None:
        assert self._slice is not None
        left, right = self._frame(self._slice)[:2]
        value = self.units[0] * float(self.plot.getViewBox().mapSceneToView(position).x())
        pixel = (right - left) / max(self.plot.getViewBox().width(), 1.0)
        digits = max(0, int(np.ceil(-np.log10(pixel))))
        self.parameter_requested.emit(self._slice.index, round(min(max(value, left), right), digits), self._gesture)


def _in_units(piece: Slice, across: float, up: float) -> Slice:
    """Return what is drawn of a slice, in the units of the plot."""
    with np.errstate(all="ignore"):
        return replace(
            piece, values=piece.values / across, losses=drawable(piece.losses / up), value=piece.value / across,
            loss=piece.loss / up, slope=piece.slope / up * across, landing=piece.landing / across,
            landing_loss=piece.landing_loss / up,
        )  # fmt: skip
