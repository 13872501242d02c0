"""Other runs in a plot: those that are kept, dashed, and those of a race; one curve each, made when it is needed.

Knows nothing of what is drawn along the axes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt

from gdstudio.document.runs import KeptRun
from gdstudio.engine import Array
from gdstudio.teaching.standings import Standings
from gdstudio.ui.plots.late_plot import THICK_UP_TO, line_pen
from gdstudio.ui.theme import Theme


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One run as it is drawn: which colour it has, and whether it is only kept (dashed) or in the race."""

    run: KeptRun
    number: int
    is_kept: bool


def tracks_of(runs: Sequence[KeptRun], standings: Standings | None) -> tuple[Track, ...]:
    """Return the runs that are drawn: the kept ones that are not hidden, and everybody in a race."""
    kept = [Track(run, number, True) for number, run in enumerate(runs) if run.is_shown]
    racing = [] if standings is None else standings.racers
    return (*kept, *(Track(racer.run, number, False) for number, racer in enumerate(racing)))


class TrackCurves:
    """The curves of tracks in a pyqtgraph plot."""

    def __init__(self, plot: Any) -> None:
        self._plot = plot
        self._curves: list[Any] = []

    def draw(self, tracks: Sequence[Track], lines: Iterable[tuple[Array, Array]], theme: Theme) -> None:
        """Draw one line for each of the tracks; curves that are not needed draw nothing."""
        import pyqtgraph as pg

        while len(self._curves) < len(tracks):
            curve = pg.PlotCurveItem(antialias=True)
            curve.setZValue(-1)
            self._plot.addItem(curve)
            self._curves.append(curve)
        for curve, track, (x, y) in zip(self._curves, tracks, lines, strict=False):
            style = Qt.PenStyle.DashLine if track.is_kept else Qt.PenStyle.SolidLine
            width = 1.6 if len(x) <= THICK_UP_TO else 1.0
            curve.setPen(line_pen(self._plot, theme.run_color(track.number), width, style))
            curve.setData(x, y, connect="finite")
        for curve in self._curves[len(tracks) :]:
            curve.setData([], [])
