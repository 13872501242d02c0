"""Loss over steps: training and test curve, the playhead, linear or logarithmic; a click travels to that step.

Shows a time-line and emits the wish for a step.
"""

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
from gdstudio.ui.plots.late_plot import THICK_UP_TO, LatePlot, line_pen
from gdstudio.ui.plots.tracks import Track, TrackCurves, tracks_of
from gdstudio.ui.theme import Theme
from gdstudio.ui.widgets.card import link_button
from gdstudio.ui.widgets.legend import Legend

_GHOST_COLUMNS = 120
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
        if self.plot is not None:
            self.plot.getAxis("left").setLogMode(y=is_log)
        self.draw()

    def build(self, pg: Any) -> None:
        self._curve = pg.PlotCurveItem(antialias=True)
        self._future = pg.PlotCurveItem(antialias=True)
        self._test_curve = pg.PlotCurveItem(antialias=True)
        self._test_future = pg.PlotCurveItem(antialias=True)
        self._playhead = pg.InfiniteLine(angle=90)
        self._ball = pg.ScatterPlotItem(size=9, pxMode=True)
        for item in (self._test_future, self._future, self._test_curve, self._curve, self._playhead, self._ball):
            self.plot.addItem(item)
        self._others = TrackCurves(self.plot)
        self.legend.raise_()
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.plot.getAxis("left").setLogMode(y=self._is_log)

    def color(self, pg: Any, theme: Theme) -> None:
        self._playhead.setPen(line_pen(self, theme.color("muted", 0.6), 1.0, Qt.PenStyle.DashLine))
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
            placed = enumerate((racing[number] for number in self._standings.order), start=1)
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

    def _scaled(self, losses: Array) -> Array:
        """Return the losses as they lie on the axis; what a logarithm can't show is not a number."""
        if not self._is_log:
            # Beyond 1e300 an axis has no room left above the curve.
            return np.where(np.isfinite(losses), np.minimum(losses, 1e300), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs: Array = np.log10(losses)
        return np.where(np.isfinite(logs), logs, np.nan)

    def _set_axes(self, timeline: Timeline, low: Array, high: Array, ball: float) -> None:
        finite_low, finite_high = low[np.isfinite(low)], high[np.isfinite(high)]
        bottom = float(np.min(finite_low, initial=ball if np.isfinite(ball) else 0.0))
        top = float(np.max(finite_high, initial=bottom))
        if not self._is_log:
            bottom = min(bottom, 0.0)
        if top - bottom < 1e-300:
            top = bottom + (1.0 if self._is_log or top == 0 else abs(top))
        bottom, top = self._with_tracks(bottom, top)
        room = 0.08 * (top - bottom)
        ends = [int(track.run.steps[-1]) for track in self._tracks]
        span = _roomy(max([timeline.end, *ends]) - timeline.first)
        self.set_ranges(timeline.first - 0.02 * span, timeline.first + 1.03 * span, bottom - room, top + room)

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
