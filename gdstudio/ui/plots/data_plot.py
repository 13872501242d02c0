"""Data and prediction: points with the fitted curve, the plane of predictions, or predicted against actual.

Shows a fit and emits the wish for another example: a point can be clicked.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QTransform

from gdstudio.document.limits import MAX_NODES
from gdstudio.engine import Array
from gdstudio.teaching.fits import Fit, Ghost, Kind
from gdstudio.teaching.picture import Example
from gdstudio.ui.plots.late_plot import LatePlot, drawable, line_pen
from gdstudio.ui.theme import Theme

_CLASS_ROLES = ("positive", "negative", "good", "slope", "test")
"""The colours of curves and classes, in turn."""


class DataPlot(LatePlot):
    """The data and what the network makes of it.

    Signals
    -------
    example_requested(int)
        A point was clicked: show this example.
    """

    example_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__("dataPlot", "Data and prediction", axis_width=44)
        self._fit: Fit | None = None
        self._example: Example = 0
        self._ghosts: tuple[Ghost, ...] = ()
        self._ghost_items: list[Any] = []
        self._ghost_units = (1.0, 1.0)
        self._drawn: tuple[object, ...] = (None,) * 7

    def build(self, pg: Any) -> None:
        self._plane = pg.ImageItem(axisOrder="row-major")
        self._curves = [pg.PlotCurveItem(antialias=True) for _ in range(MAX_NODES)]
        self._points = pg.ScatterPlotItem(size=7, pxMode=True)
        self._shown = pg.ScatterPlotItem(size=13, pxMode=True)
        for item in (self._plane, *self._curves, self._shown, self._points):
            self.plot.addItem(item)
        self._points.sigClicked.connect(self._on_clicked)

    def color(self, pg: Any, theme: Theme) -> None:
        for number, curve in enumerate(self._curves):
            curve.setPen(line_pen(self, theme.color(_CLASS_ROLES[number % len(_CLASS_ROLES)]), 2.0))
        self._shown.setBrush(pg.mkBrush(None))
        self._shown.setPen(pg.mkPen(theme.color("slope"), width=2.5))
        self._draw_ghosts()

    @Slot(object)
    def show_fit(self, fit: Fit) -> None:
        """Show data and prediction."""
        self._fit = fit
        self.draw()

    @Slot(object)
    def show_ghosts(self, ghosts: tuple[Ghost, ...]) -> None:
        """Show what the kept runs predict: their curves, or the borders of their regions."""
        self._ghosts = ghosts
        self._draw_ghosts()

    def _draw_ghosts(self) -> None:
        """Make the ghosts' lines anew: they change seldom."""
        if self.plot is None:
            return
        import pyqtgraph as pg

        for item in self._ghost_items:
            self.plot.removeItem(item)
        self._ghost_items = []
        across, up = self._ghost_units = self.units
        for ghost in self._ghosts:
            pen = line_pen(self, self.theme.run_color(ghost.number), 1.6, Qt.PenStyle.DashLine)
            if ghost.kind is Kind.CURVE:
                item = pg.PlotCurveItem(ghost.axis / across, drawable(ghost.values / up), pen=pen, antialias=True)
            else:
                left, right = (end / across for end in ghost.bounds[:2])
                bottom, top = (end / up for end in ghost.bounds[2:])
                item = pg.IsocurveItem(np.nan_to_num(ghost.values).T, level=ghost.level, pen=pen)
                side = len(ghost.values) - 1
                item.setTransform(
                    QTransform.fromTranslate(left, bottom).scale((right - left) / side, (top - bottom) / side)
                )
            item.setZValue(0.5)
            self.plot.addItem(item)
            self._ghost_items.append(item)

    @Slot(object)
    def show_example(self, example: Example) -> None:
        """Mark the example that is shown."""
        self._example = example
        self.draw()

    def draw(self) -> None:
        fit = self._fit
        if self.plot is None or fit is None:
            return

        self.set_names(*fit.names)
        left, right, bottom, top = fit.bounds
        across, up = self.set_units(*fit.bounds)
        if (across, up) != self._ghost_units:
            self._draw_ghosts()
        left, right, bottom, top = left / across, right / across, bottom / up, top / up
        self.set_ranges(left, right, bottom, top)
        self._plane.setVisible(fit.kind is Kind.PLANE)
        if fit.kind is Kind.PLANE:
            self._plane.setImage(self._pixels(fit), autoLevels=False)
            self._plane.setRect(QRectF(left, bottom, right - left, top - bottom))
        for column, curve in enumerate(self._curves):
            there = fit.kind is not Kind.PLANE and column < fit.values.shape[1]
            curve.setVisible(there)
            if there:
                curve.setData(fit.axis / across, drawable(fit.values[:, column] / up))
        finite = np.isfinite(fit.x) & np.isfinite(fit.y)
        self._draw_points(fit, finite)
        here = finite & (fit.examples == (-2 if self._example is None else self._example))
        self._shown.setData(x=fit.x[here] / across, y=fit.y[here] / up)

    def _draw_points(self, fit: Fit, finite: NDArray[np.bool_]) -> None:
        """Draw the points anew only where they are others: they take longer than all else."""
        import pyqtgraph as pg

        drawn = (self.theme, fit.data, fit.y if fit.kind is Kind.MATCH else None, fit.low, fit.high, *self.units)
        if all(
            one is other or (type(one) is float and one == other) for one, other in zip(drawn, self._drawn, strict=True)
        ):
            return
        self._drawn = drawn
        colors = list(map(tuple, self._colors(fit, fit.label)[finite].tolist()))
        # The picture of a point is made once for each brush, and not once for each colour.
        brushes = {color: pg.mkBrush(*color) for color in set(colors)}
        tested = fit.examples[finite] < 0
        edge, paper = pg.mkPen(self.theme.color("text"), width=1.0), pg.mkPen(self.theme.color("muted"), width=0.8)
        self._points.setData(
            x=fit.x[finite] / self.units[0], y=fit.y[finite] / self.units[1], data=fit.examples[finite],
            brush=[brushes[color] for color in colors],
            pen=[edge if test else paper for test in tested.tolist()],
            symbol=["s" if test else "o" for test in tested.tolist()],
        )  # fmt: skip

    def _colors(self, fit: Fit, labels: Array) -> Array:
        """Return a colour for every label, ``(…, 3)`` of whole numbers from 0 to 255."""
        if fit.kind is not Kind.PLANE or fit.has_classes:
            table = np.array([self.theme.rgb(role) for role in _CLASS_ROLES])
            number = np.where(np.isfinite(labels), labels, 0).astype(int) % len(table)
            return np.asarray(table[number])
        return self._shades(fit, labels, strength=1.0)

    def _shades(self, fit: Fit, labels: Array, strength: float) -> Array:
        """Return shades from the colour of low labels over the paper's to that of high ones."""
        middle, half = (fit.low + fit.high) / 2.0, (fit.high - fit.low) / 2.0 or 1.0
        with np.errstate(all="ignore"):
            share = np.clip(np.nan_to_num((labels - middle) / half), -1.0, 1.0)[..., np.newaxis]
        paper, low, high = (np.array(self.theme.rgb(role)) for role in ("card", "negative", "positive"))
        ends = np.where(share < 0.0, low, high)
        return np.asarray(np.rint(paper + strength * np.abs(share) * (ends - paper)).astype(int))

    def _pixels(self, fit: Fit) -> Array:
        """Return the plane as an image, paler than the points."""
        if fit.has_classes:
            paper = np.array(self.theme.rgb("card"))
            shades = paper + 0.45 * (self._colors(fit, fit.values) - paper)
        else:
            shades = self._shades(fit, fit.values, strength=0.6)
        return np.asarray(shades).astype(np.uint8)

    def info(self) -> str:
        """Return what is drawn, in words."""
        fit = self._fit
        if fit is not None and fit.subject:
            return f"value of {fit.subject}"
        return "" if fit is None else f"{fit.names[1]} against {fit.names[0]}" if fit.kind is not Kind.PLANE else (
            f"{fit.names[0]} across, {fit.names[1]} up"
        )  # fmt: skip

    @Slot(object, object)
    def _on_clicked(self, _: Any, points: Any, *rest: Any) -> None:
        numbers = [int(point.data()) for point in points]
        chosen = next((number for number in numbers if number >= 0), None)
        if chosen is not None:
            self.example_requested.emit(chosen)
