"""Loss over steps: training and test curve, the playhead, linear or logarithmic; a click travels to that step.

Shows a time-line and emits the wish for a step.
"""

import math
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolButton

from gdstudio.document.numbers import shown_plain
from gdstudio.document.runs import KeptRun
from gdstudio.engine import Array
from gdstudio.teaching.standings import Standings
from gdstudio.teaching.timeline import Timeline
from gdstudio.ui.plots.envelope import envelope
from gdstudio.ui.plots.late_plot import THICK_UP_TO, LatePlot, drawable, line_pen
from gdstudio.ui.plots.ticks import Tick
from gdstudio.ui.plots.tracks import Track, TrackCurves, tracks_of
from gdstudio.ui.theme import Theme, text_font
from gdstudio.ui.widgets.card import link_button
from gdstudio.ui.widgets.legend import Legend

_GHOST_COLUMNS = 120
_BELOW_ALL = 0.25
"""How far the floor of a logarithmic axis lies below the lowest loss: this share of how far all others reach."""
_FARTHEST = 3.0
"""How many times its own room the present run leaves to others that are higher."""


class LossPlot(LatePlot):
    """The loss of every step so far.

    Signals
    -------
    step_requested(int)
        A click: look at this step.
    """

    step_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__("lossPlot", "Loss over steps")
        self._timeline: Timeline | None = None
        self._is_log = False
        self._runs: tuple[KeptRun, ...] = ()
        self._standings: Standings | None = None
        self._tracks: tuple[Track, ...] = ()
        self._floor: Tick | None = None
        self.legend = Legend(self)
        self.scale_buttons = [self._scale_button("linear", False), self._scale_button("log", True)]

    def sizeHint(self) -> QSize:
        return QSize(480, 200)

    def _scale_button(self, text: str, is_log: bool) -> QToolButton:
        button = link_button(text, f"{text}LossButton")
        button.setChecked(is_log == self._is_log)
        button.toggled.connect(self._on_log if is_log else self._ignore)
        return button

    def _ignore(self, checked: bool) -> None:
        """The other button of the pair says everything."""

    @Slot(bool)
    def _on_log(self, checked: bool) -> None:
        self.set_log(checked)

    @property
    def is_log(self) -> bool:
        """Whether the axis of the losses is logarithmic."""
        return self._is_log

    def set_log(self, is_log: bool) -> None:
        """Choose a logarithmic or a linear loss axis."""
        self._is_log = is_log
        self.scale_buttons[int(is_log)].setChecked(True)
        self.draw()

    def build(self, pg: Any) -> None:
        self._curve = pg.PlotCurveItem(antialias=True)
        self._future = pg.PlotCurveItem(antialias=True)
        self._test_curve = pg.PlotCurveItem(antialias=True)
        self._test_future = pg.PlotCurveItem(antialias=True)
        self._playhead = pg.InfiniteLine(angle=90)
        self._floor_line = pg.InfiniteLine(angle=0)
        self._floor_words = pg.TextItem(anchor=(0, 0))
        self._floor_words.setFont(text_font(11))
        self._ball = pg.ScatterPlotItem(size=9, pxMode=True)
        for item in (
            self._floor_line, self._floor_words, self._test_future, self._future, self._test_curve, self._curve,
            self._playhead, self._ball,
        ):  # fmt: skip
            self.plot.addItem(item)
        self._others = TrackCurves(self.plot)
        self.legend.raise_()
        self.plot.scene().sigMouseClicked.connect(self._on_click)

    def color(self, pg: Any, theme: Theme) -> None:
        self._playhead.setPen(line_pen(self, theme.color("muted", 0.6), 1.0, Qt.PenStyle.DashLine))
        self._floor_line.setPen(line_pen(self, theme.color("muted", 0.6), 1.0, Qt.PenStyle.DotLine))
        self._floor_words.setColor(theme.color("muted"))
        self._ball.setBrush(pg.mkBrush(theme.color("good")))
        self._ball.setPen(pg.mkPen(theme.color("card"), width=1.5))
        self.legend.set_colors(theme.color("card"), theme.color("muted"))
        self._show_legend()

    @Slot(object)
    def show_timeline(self, timeline: Timeline) -> None:
        """Show the losses and which step is looked at."""
        self._timeline = timeline
        self.draw()

    @Slot(object)
    def show_runs(self, runs: tuple[KeptRun, ...]) -> None:
        """Draw these runs as ghosts."""
        self._runs = runs
        self._show_tracks()

    @Slot(object)
    def show_standings(self, standings: Standings) -> None:
        """Draw the runs of a race, and say who is ahead."""
        self._standings = standings
        self._show_tracks()

    def _show_tracks(self) -> None:
        self._tracks = tracks_of(self._runs, self._standings)
        self._show_legend()
        self.draw()

    def _show_legend(self) -> None:
        """Name the runs: those of a race in their order, the one that is ahead first."""
        racing = [track for track in self._tracks if not track.is_kept]
        if racing and self._standings is not None:
            placed = [(self._standings.places[number], racing[number]) for number in self._standings.order]
            lines = [(track.number, f"{place}. {track.run.name}") for place, track in placed]
        else:
            lines = [(track.number, track.run.name) for track in self._tracks]
        self.legend.show_lines([(self.theme.run_color(number), text) for number, text in lines])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.legend.place()

    def draw(self) -> None:
        timeline = self._timeline
        if self.plot is None or timeline is None:
            return

        self._lay_scale(timeline)
        low, high = self._scaled(timeline.low), self._scaled(timeline.high)
        here = int(np.searchsorted(timeline.steps, timeline.step, side="right"))
        width = max(self.plot.width(), 200)
        tests = self._scaled(timeline.test_low), self._scaled(timeline.test_high)
        for items, (lows, highs), role in (
            ((self._curve, self._future), (low, high), "good"),
            ((self._test_curve, self._test_future), tests, "test"),
        ):
            steps = timeline.steps[: len(lows)]
            for item, part, tone in zip(
                items, (slice(None, here), slice(here - 1, None)), (role, "border"), strict=True
            ):
                x, y = envelope(steps[part], lows[part], highs[part], width)
                item.setData(x, y)
                style = Qt.PenStyle.DashLine if role == "test" and len(x) <= THICK_UP_TO else Qt.PenStyle.SolidLine
                item.setPen(line_pen(self, self.theme.color(tone), 2.0 if len(x) <= THICK_UP_TO else 1.0, style))
        low, high = np.append(low, tests[0]), np.append(high, tests[1])
        self._playhead.setPos(timeline.step)
        ball = float(self._scaled(np.array([timeline.loss]))[0])
        self._ball.setData([timeline.step], [ball] if np.isfinite(ball) else [0.0])
        self._ball.setVisible(bool(np.isfinite(ball)))
        # Ghosts are drawn coarser: dashes cost far more than a line.
        lines = [envelope(track.run.steps, *self._both(track.run), _GHOST_COLUMNS) for track in self._tracks]
        self._others.draw(self._tracks, lines, self.theme)
        self._set_axes(timeline, low, high, ball)

    def _both(self, run: KeptRun) -> tuple[Array, Array]:
        return self._scaled(run.low), self._scaled(run.high)

    def _lay_scale(self, timeline: Timeline) -> None:
        """Find the unit of a linear axis; on a logarithmic one, mark where losses lie that have no logarithm."""
        own = (timeline.low, timeline.high, timeline.test_low, timeline.test_high)
        # The axis is that of the present run; others may lie far above it.
        present = _finite(np.concatenate(own))
        losses = np.concatenate([present, *(_finite(track.run.low) for track in self._tracks)])
        self.set_units(0.0, 0.0, 0.0, 0.0 if self._is_log else float(np.max(np.abs(present), initial=0.0)))
        self._floor = None
        if self._is_log and (losses <= 0.0).any():
            lowest = math.log10(np.min(losses[losses > 0.0], initial=1e308)) if (losses > 0.0).any() else 0.0
            reach = math.log10(np.max(present[present > 0.0], initial=10.0**lowest)) - lowest
            what = "0" if losses.min() == 0.0 else "≤ 0"
            self._floor = Tick(lowest - (_BELOW_ALL * reach if reach > 0.0 else 1.0), what)
            self._floor_words.setText(f"{what} has no logarithm: it is drawn on this line")
            self._floor_line.setPos(self._floor.place)
        for item in (self._floor_line, self._floor_words):
            item.setVisible(self._floor is not None)

    def _scaled(self, losses: Array) -> Array:
        """Return the losses as they lie on the axis; what is not finite is not a number."""
        if not self._is_log:
            with np.errstate(over="ignore"):
                return drawable(losses / self.units[1])
        with np.errstate(divide="ignore", invalid="ignore"):
            logs: Array = np.log10(losses)
        floor = np.nan if self._floor is None else self._floor.place
        return np.where(losses <= 0.0, floor, np.where(np.isfinite(logs), logs, np.nan))

    def _set_axes(self, timeline: Timeline, low: Array, high: Array, ball: float) -> None:
        finite_low, finite_high = low[np.isfinite(low)], high[np.isfinite(high)]
        bottom = float(np.min(finite_low, initial=ball if np.isfinite(ball) else 0.0))
        top = float(np.max(finite_high, initial=bottom))
        if not self._is_log:
            bottom = min(bottom, 0.0)
        if top - bottom < 1e-300:
            bottom, top = self._roomy(bottom, top)
        bottom, top = self._with_tracks(bottom, top)
        room = 0.08 * (top - bottom)
        ends = [int(track.run.steps[-1]) for track in self._tracks]
        span = _roomy(max([timeline.end, *ends]) - timeline.first)
        left, bottom = timeline.first - 0.02 * span, bottom - (2.0 * room if self._floor else room)
        self._floor_words.setPos(left, self._floor.place if self._floor else bottom)
        self.plot.getAxis("left").set_log(self._is_log, self._floor)
        self.set_names("step", "loss")
        self.set_ranges(left, timeline.first + 1.03 * span, bottom, top + room)

    def _roomy(self, bottom: float, top: float) -> tuple[float, float]:
        """Return an axis around losses that are all alike."""
        if not self._is_log:
            return bottom, bottom + (abs(top) or 1.0)
        return (bottom, bottom + 2.0) if self._floor else (bottom - 1.0, bottom + 1.0)

    def _with_tracks(self, bottom: float, top: float) -> tuple[float, float]:
        """Make room for the other runs; one that has left all bounds does not press all else together."""
        for track in self._tracks:
            low, high = (values[np.isfinite(values)] for values in self._both(track.run))
            if len(low):
                reach = top - bottom
                bottom = min(bottom, float(low.min()))
                top = max(top, min(float(high.max()), bottom + _FARTHEST * reach))
        return bottom, top

    @Slot(object)
    def _on_click(self, event: Any) -> None:
        position: QPointF = event.scenePos()
        if self._timeline is not None and self.plot.sceneBoundingRect().contains(position):
            step = round(self.plot.getViewBox().mapSceneToView(position).x())
            self.step_requested.emit(min(max(step, self._timeline.first), self._timeline.end))

    def info(self) -> str:
        """Return the looked-at loss in words."""
        timeline = self._timeline
        return "" if timeline is None else f"step {timeline.step:,} · loss {shown_plain(timeline.loss, 4)}"


def _roomy(span: int) -> int:
    """Return the steps that the axis covers: it grows by leaps, since each change of an axis draws it anew."""
    if span <= 10:
        return 10
    leap = 10 ** (len(str(span)) - 1) // 5 or 1
    return -(-span // leap) * leap


def _finite(losses: Array) -> Array:
    return losses[np.isfinite(losses)]
