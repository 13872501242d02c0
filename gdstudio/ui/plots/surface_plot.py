"""The loss surface: filled contours over a plane, the path, the slope as an arrow on the plane, and the next step.

Shows a surface and emits wishes for another plane, or for the place that was clicked.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from gdstudio.document.runs import KeptRun
from gdstudio.engine import Array
from gdstudio.teaching.standings import Standings
from gdstudio.teaching.surfaces import Axes, Plane, Surface, resampled
from gdstudio.ui.plots.late_plot import LatePlot, drawable, line_pen
from gdstudio.ui.plots.relief import Relief
from gdstudio.ui.plots.tracks import TrackCurves, tracks_of
from gdstudio.ui.theme import Theme
from gdstudio.ui.widgets.card import ElidedLabel, link_button, plain_tip
from gdstudio.ui.widgets.form import Choice

_BANDS = 14
_ARROW = 44.0
"""Pixels from the present moment to the arrow's point."""
_PIXELS = 320
"""Pixels along each side of the image, between which the losses are interpolated."""


class SurfacePlot(LatePlot):
    """The loss over a plane of parameter space.

    Signals
    -------
    plane_requested(Plane)
        Another plane was chosen.
    jump_requested(parameters)
        A place was clicked: go there; the parameters ``(P,)``.
    """

    plane_requested = Signal(object)
    jump_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__("surfacePlot", "Loss surface", axis_width=44)
        self._surface: Surface | None = None
        self._conceals = False
        self._plane = Plane()
        self._names: list[str] = []
        self._painted: tuple[object, object] = (None, None)
        self._runs: tuple[KeptRun, ...] = ()
        self._standings: Standings | None = None
        self.relief = Relief()
        self.relief.hide()
        self.view_buttons = [self._view_button("contour", False), self._view_button("3-D", True)]
        self.seed_button = QToolButton()
        self.seed_button.setText("⟳")
        self.seed_button.setObjectName("surfaceSeedButton")
        self.seed_button.setAccessibleName("Other random directions")
        self.seed_button.setToolTip("Other random directions")
        self.seed_button.setProperty("role", "link")
        self.seed_button.clicked.connect(self._on_other_seed)
        self.axes_combo = self._combo("surfaceAxesCombo", "Plane", [(axes.name, axes.value) for axes in Axes])
        self.x_combo = self._combo("surfaceXCombo", "Weight across", [])
        self.y_combo = self._combo("surfaceYCombo", "Weight up", [])
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(6, 0, 0, 2)
        row.setSpacing(6)
        for combo in (self.axes_combo, self.x_combo, self.y_combo):
            row.addWidget(combo, 1)
        row.addWidget(self.seed_button)
        self._note = ElidedLabel("small")
        self._note.hide()
        self._column.addWidget(self.relief, 1)
        self._column.addWidget(bar)
        self._column.addWidget(self._note)

    def _view_button(self, text: str, is_relief: bool) -> QToolButton:
        button = link_button(text, f"{text.replace('-', '').lower()}SurfaceButton")
        button.setChecked(not is_relief)
        if is_relief:
            button.toggled.connect(self.show_relief)
        return button

    @Slot(bool)
    def show_relief(self, shown: bool) -> None:
        """Show the surface as a relief that can be turned, or as filled contours."""
        self.view_buttons[int(shown)].setChecked(True)
        self.relief.setVisible(shown)
        if self.plot is not None:
            self.plot.setVisible(not shown)

    def _combo(self, name: str, text: str, choices: list[tuple[object, str]]) -> Choice:
        combo = Choice()
        combo.setObjectName(name)
        combo.setAccessibleName(text)
        combo.setToolTip(text)
        combo.set_choices(choices)
        combo.activated.connect(self._on_chosen)
        return combo

    def build(self, pg: Any) -> None:
        self._image = pg.ImageItem(axisOrder="row-major")
        self._image.setZValue(-10)
        self._path = pg.PlotCurveItem(antialias=True)
        self._arrow = pg.PlotCurveItem(antialias=True)
        self._next = pg.ScatterPlotItem(size=11, pxMode=True)
        self._here = pg.ScatterPlotItem(size=11, pxMode=True)
        for item in (self._image, self._path, self._arrow, self._next, self._here):
            self.plot.addItem(item)
        self._others = TrackCurves(self.plot)
        if not self.relief.isHidden():
            self.plot.hide()
        self.plot.scene().sigMouseClicked.connect(self._on_clicked)
        self.plot.getViewBox().sigResized.connect(self.draw)

    def color(self, pg: Any, theme: Theme) -> None:
        self.relief.set_theme(theme)
        slope = theme.color("slope")
        self._path.setPen(line_pen(self, slope, 1.5))
        self._arrow.setPen(line_pen(self, slope, 3.0))
        self._here.setBrush(pg.mkBrush(slope))
        self._here.setPen(pg.mkPen(theme.color("card"), width=1.5))
        self._next.setBrush(pg.mkBrush(None))
        self._next.setPen(pg.mkPen(slope, width=1.5, style=Qt.PenStyle.DotLine))

    # Shown values.

    def show_names(self, names: list[str]) -> None:
        """Offer these parameters for the axes."""
        if names is self._names:
            return
        self._names = names
        for combo in (self.x_combo, self.y_combo):
            combo.set_choices(enumerate(names))
        self._show_plane(self._plane)

    @Slot(object)
    def show_runs(self, runs: tuple[KeptRun, ...]) -> None:
        """Draw where these runs went."""
        self._runs = runs
        self.draw()

    @Slot(object)
    def show_standings(self, standings: Standings) -> None:
        """Draw where the runs of a race are."""
        self._standings = standings
        self.draw()

    @Slot(object)
    def show_surface(self, surface: Surface) -> None:
        """Show a surface and what lies on it."""
        self._surface = surface
        if self._conceals:
            surface = replace(surface, following=np.full(2, np.nan))
        self._show_plane(surface.plane)
        self._note.set_text(surface.note)
        self._note.setVisible(bool(surface.note))
        self.relief.show_surface(surface)
        self.draw()

    @Slot(bool)
    def conceal(self, conceals: bool) -> None:
        """Hide where the next step will land, since a person is to predict it."""
        self._conceals = conceals
        if self._surface is not None:
            self.show_surface(self._surface)

    def _show_plane(self, plane: Plane) -> None:
        self._plane = plane
        for combo, key in ((self.axes_combo, plane.axes.name), (self.x_combo, plane.x), (self.y_combo, plane.y)):
            with QSignalBlocker(combo):
                combo.setCurrentIndex(combo.findData(key))
            combo.setToolTip(plain_tip(f"{combo.accessibleName()}: {combo.currentText()}"))
        for combo in (self.x_combo, self.y_combo):
            combo.setVisible(plane.axes is Axes.WEIGHTS)
        self.seed_button.setVisible(plane.axes is Axes.RANDOM)

    def draw(self) -> None:
        surface = self._surface
        if self.plot is None or surface is None:
            return
        left, right, bottom, top = (float(end) for end in (*surface.a[[0, -1]], *surface.b[[0, -1]]))
        across, up = self.set_units(left, right, bottom, top)
        unit = np.array([across, up])
        left, right, bottom, top = left / across, right / across, bottom / up, top / up
        self.set_names(*surface.names)
        self.set_ranges(left, right, bottom, top)
        if self._painted != (surface.losses.tobytes(), self.theme):
            self._painted = (surface.losses.tobytes(), self.theme)
            self._image.setImage(_filled(surface, self.theme), autoLevels=False)
        self._image.setRect(QRectF(left, bottom, right - left, top - bottom))
        is_there = bool(np.isfinite(surface.losses).any())
        path = drawable(surface.path[np.isfinite(surface.path).all(axis=1) & is_there] / unit)
        self._path.setData(path[:, 0], path[:, 1])
        for item, place, is_seen in (
            (self._here, surface.here, is_there),
            (self._next, surface.following, is_there and not self._conceals),
        ):
            is_seen = is_seen and bool(np.isfinite(place).all())
            item.setData(*([[value] for value in drawable(place / unit)] if is_seen else ([], [])))
        tracks = tracks_of(self._runs, self._standings)
        ghosts = surface.ghosts(track.run for track in tracks)
        paths = (drawable(ghost[np.isfinite(ghost).all(axis=1)] / unit) for ghost in ghosts)
        self._others.draw(tracks, ((ghost[:, 0], ghost[:, 1]) for ghost in paths), self.theme)
        line = self._arrow_line(surface, right - left, top - bottom)
        self._arrow.setData(*(line if is_there else (np.empty(0), np.empty(0))))

    def _arrow_line(self, surface: Surface, width: float, height: float) -> tuple[Array, Array]:
        """Return the slope as a line on the plane, of a length that can be seen, with a head."""
        box = self.plot.getViewBox()
        pixel = np.array([width / max(box.width(), 1.0), height / max(box.height(), 1.0)])
        here, downhill = surface.here / self.units, surface.downhill / self.units
        with np.errstate(all="ignore"):
            # Scaled first: the squares of a steep slope would leave the range of floats.
            downhill = downhill / (float(np.abs(downhill).max()) or 1.0) / pixel
            size = float(np.linalg.norm(downhill))
        if not (np.isfinite(here).all() and np.isfinite(size) and size > 0.0):
            return np.empty(0), np.empty(0)
        along = downhill / size
        across = np.array([-along[1], along[0]])
        end, back = _ARROW * along, (_ARROW - 9.0) * along
        points = here + np.array([np.zeros(2), end, back + 5.0 * across, end, back - 5.0 * across]) * pixel
        return points[:, 0], points[:, 1]

    # Wishes.

    @Slot(int)
    def _on_chosen(self, _: int) -> None:
        axes = Axes[self.axes_combo.currentData()]
        x, y = (combo.currentData() for combo in (self.x_combo, self.y_combo))
        self.plane_requested.emit(Plane(axes, 0 if x is None else x, 1 if y is None else y, self._plane.seed))

    @Slot()
    def _on_other_seed(self) -> None:
        self.plane_requested.emit(replace(self._plane, seed=self._plane.seed + 1))

    @Slot(object)
    def _on_clicked(self, event: Any) -> None:
        surface, view = self._surface, self.plot.getViewBox()
        is_left = event.button() == Qt.MouseButton.LeftButton
        if surface is None or not is_left or not view.sceneBoundingRect().contains(event.scenePos()):
            return
        if not np.isfinite(surface.losses).any():
            return
        place: QPointF = view.mapSceneToView(event.scenePos())
        self.jump_requested.emit(surface.parameters_at(place.x() * self.units[0], place.y() * self.units[1]))


def _filled(surface: Surface, theme: Theme) -> Array:
    """Return the losses as an image of bands: dark where they are low, the paper's colour where they are high."""
    paper, deep = (np.array(theme.rgb(role)) for role in ("card", "good"))
    if not np.isfinite(surface.losses).any():
        return np.broadcast_to(paper, (2, 2, 3)).astype(np.uint8)
    smooth = resampled(surface.heights, _PIXELS)
    shares = np.ceil((1.0 - smooth) * _BANDS) / _BANDS
    return np.asarray(np.rint(paper + 0.85 * shares[..., np.newaxis] * (deep - paper)).astype(np.uint8))
