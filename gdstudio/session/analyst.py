"""Looks ahead: asks for what takes a while to compute, at rest or as often as it is done, and says what came of it.

Knows nothing of views.
"""

from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from gdstudio.session.jobs import Jobs
from gdstudio.teaching.forecast import forecast_of
from gdstudio.teaching.picture import Picture

_FORECAST = "forecast"
_ONE_OF = 20
"""Pictures of a run, for each that is looked at: the worker and the window share one interpreter."""


class Analyst(QObject):
    """What is foreseen of the present moment.

    Signals
    -------
    forecast_changed(Forecast)
        What the learning rate will do.
    """

    forecast_changed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._is_running = False
        self._skipped = 0
        jobs.finished.connect(self._on_finished)

    @Slot(bool)
    def set_running(self, running: bool) -> None:
        """While a run goes on, what is under way is finished first: otherwise nothing would ever be."""
        self._is_running = running

    @Slot(object)
    def look_ahead(self, picture: Picture) -> None:
        """Forecast the next step of this picture; while a run goes on, of one of many."""
        self._skipped += 1
        if self._is_running and (self._jobs.is_busy(_FORECAST) or self._skipped < _ONE_OF):
            return
        self._skipped = 0
        self._jobs.request(_FORECAST, partial(_forecast, picture))

    @Slot(str, object)
    def _on_finished(self, kind: str, result: object) -> None:
        if kind == _FORECAST:
            self.forecast_changed.emit(result)


def _forecast(picture: Picture, go_on: object) -> object:
    return forecast_of(picture.project)
