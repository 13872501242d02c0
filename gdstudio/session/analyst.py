"""Looks ahead: asks for what takes a while to compute, at rest or now and then in a run, and says what came of it.

Knows nothing of views.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from gdstudio.engine import Array
from gdstudio.session.jobs import Jobs
from gdstudio.session.session import Session
from gdstudio.teaching.forecast import forecast_of
from gdstudio.teaching.picture import Picture
from gdstudio.teaching.surfaces import COARSE, FINE, Plane, Surface, surface_of

_FORECAST, _COARSE, _FINE = "forecast", "surface", "fine surface"
_ONE_OF = 20
"""Pictures of a run, for each that is looked at: the worker and the window share one interpreter."""


class Analyst(QObject):
    """What is foreseen of the present moment, and the lie of the land around it.

    Signals
    -------
    forecast_changed(Forecast)
        What the learning rate will do.
    surface_changed(Surface)
        The loss over the chosen plane, first coarse and then fine.
    """

    forecast_changed = Signal(object)
    surface_changed = Signal(object)

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._picture: Picture | None = None
        self._is_running = False
        self._skipped = 0
        self.plane = Plane()
        jobs.finished.connect(self._on_finished)

    @Slot(bool)
    def set_running(self, running: bool) -> None:
        """While a run goes on, what is under way is finished first: otherwise nothing would ever be."""
        self._is_running = running

    @Slot(object)
    def set_plane(self, plane: Plane) -> None:
        """Look at another plane."""
        self.plane = plane
        if self._picture is not None:
            self._survey(self._picture)

    @Slot(object)
    def look_ahead(self, picture: Picture) -> None:
        """Forecast the next step of this picture; while a run goes on, of one of many."""
        self._skipped += 1
        if self._is_running and (self._jobs.is_busy(_COARSE) or self._skipped < _ONE_OF):
            return
        self._skipped = 0
        self._jobs.request(_FORECAST, lambda _: forecast_of(picture.project))
        self._survey(picture)

    def _survey(self, picture: Picture) -> None:
        self._picture = picture
        self._jobs.cancel(_FINE)
        self._jobs.request(_COARSE, self._surface(picture, COARSE))

    def _surface(self, picture: Picture, size: int) -> Callable[[Callable[[float], None]], Surface]:
        path: Array = self._session.history.path(picture.step, picture.parameters)
        return partial(_surface, picture, self.plane, path, size)

    @Slot(str, object)
    def _on_finished(self, kind: str, result: object) -> None:
        if kind == _FORECAST:
            self.forecast_changed.emit(result)
        if kind not in (_COARSE, _FINE):
            return
        self.surface_changed.emit(result)
        if kind == _COARSE and not self._is_running and self._picture is not None:
            self._jobs.request(_FINE, self._surface(self._picture, FINE))


def _surface(picture: Picture, plane: Plane, path: Array, size: int, go_on: Callable[[float], None]) -> Surface:
    return surface_of(picture, plane, path, size, go_on)
