"""Looks ahead: asks for what takes a while to compute, at rest or now and then in a run, and says what came of it.

Knows nothing of views.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from gdstudio.document.project import ParameterRef, Ref
from gdstudio.engine import Array
from gdstudio.session.jobs import Jobs
from gdstudio.session.session import Session
from gdstudio.teaching.forecast import Forecast, forecast_of, with_verdict
from gdstudio.teaching.gradient_check import GradientCheck, gradient_check
from gdstudio.teaching.picture import Picture
from gdstudio.teaching.slices import MOST_SLICES, slices_of
from gdstudio.teaching.surfaces import COARSE, FINE, Plane, Surface, surface_of

_FORECAST, _COARSE, _FINE, _SLICES, _CHECK = "forecast", "surface", "fine surface", "slices", "check"
_ONE_OF = 20
"""Pictures of a run, for each that is looked at: the worker and the window share one interpreter."""


class Analyst(QObject):
    """What is foreseen of the present moment, and the lie of the land around it.

    Only what can be seen is computed: :meth:`set_seen` says which of ``surface``, ``slices`` and ``check`` are.

    Signals
    -------
    forecast_changed(Forecast)
        What the learning rate will do, and what became of the forecast before.
    surface_changed(Surface)
        The loss over the chosen plane, first coarse and then fine.
    slices_changed(tuple[Slice, ...])
        The loss along each of up to sixteen parameters.
    check_changed(GradientCheck)
        All slopes beside their measurements.
    """

    forecast_changed = Signal(object)
    surface_changed = Signal(object)
    slices_changed = Signal(object)
    check_changed = Signal(object)

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._picture: Picture | None = None
        self._forecast: Forecast | None = None
        self._is_running = self._hurries = False
        self._skipped = 0
        self._parameter = 0
        self._seen = {_COARSE: True, _SLICES: True, _CHECK: True}
        self.plane = Plane()
        jobs.finished.connect(self._on_finished)

    @property
    def _present(self) -> Picture | None:
        """The moment that was looked at last, unless the network is another by now: the next one comes by itself."""
        picture = self._picture
        return picture if picture is not None and picture.network == self._session.viewed.network else None

    @Slot(str, bool)
    def set_seen(self, what: str, seen: bool) -> None:
        """Say whether ``surface``, ``slices`` or ``check`` can be seen. Anything else is not ours."""
        if what not in self._seen:
            return
        was, self._seen[what] = self._seen[what], seen
        picture = self._present
        if seen and not was and picture is not None:
            self._look(picture)

    @Slot(object)
    def select(self, ref: Ref | None) -> None:
        """Look at the parameters around this one."""
        if isinstance(ref, ParameterRef):
            page, self._parameter = self._parameter // MOST_SLICES, ref.index
            picture = self._present
            if ref.index // MOST_SLICES != page and picture is not None and self._seen[_SLICES]:
                self._jobs.request(_SLICES, partial(slices_of, picture, self._parameter))

    @Slot(bool)
    def set_running(self, running: bool) -> None:
        """While a run goes on, what is under way is finished first: otherwise nothing would ever be."""
        self._is_running = running

    @Slot(bool)
    def set_hurry(self, hurries: bool) -> None:
        """While something is dragged, the hand has the processor to itself: the lie of the land waits for quiet."""
        self._hurries = hurries
        for kind in (_COARSE, _FINE, _SLICES, _CHECK) if hurries else ():
            self._jobs.cancel(kind)

    @Slot(object)
    def set_plane(self, plane: Plane) -> None:
        """Look at another plane."""
        self.plane = plane
        picture = self._present
        if picture is not None and self._seen[_COARSE]:
            self._survey(picture)

    @Slot(object)
    def look_ahead(self, picture: Picture) -> None:
        """Forecast the next step of this picture; while a run goes on, of one of many."""
        self._skipped += 1
        if self._is_running and (self._jobs.is_busy(_COARSE) or self._skipped < _ONE_OF):
            return
        self._skipped = 0
        if not self._hurries:
            self._look(picture)
        self._jobs.request(_FORECAST, lambda _: forecast_of(picture.project))

    def _look(self, picture: Picture) -> None:
        """Compute what can be seen of a moment, what is quick first."""
        self._picture = picture
        if self._seen[_COARSE]:
            self._survey(picture)
        if self._seen[_SLICES]:
            self._jobs.request(_SLICES, partial(slices_of, picture, self._parameter))
        if self._seen[_CHECK] and not self._is_running:
            self._jobs.request(_CHECK, partial(gradient_check, picture))

    def _survey(self, picture: Picture) -> None:
        self._picture = picture
        self._jobs.cancel(_FINE)
        self._jobs.request(_COARSE, self._surface(picture, COARSE))

    def _surface(self, picture: Picture, size: int) -> Callable[[Callable[[float], None]], Surface]:
        path: Array = self._session.history.path(picture.step, picture.parameters)
        return partial(_surface, picture, self.plane, path, size)

    @Slot(str, object)
    def _on_finished(self, kind: str, result: object) -> None:
        match kind, result:
            case _, Forecast():
                self._forecast = with_verdict(result, self._forecast)
                self.forecast_changed.emit(self._forecast)
            case _, Surface():
                self.surface_changed.emit(result)
                picture = self._present
                if kind == _COARSE and not self._is_running and picture is not None:
                    self._jobs.request(_FINE, self._surface(picture, FINE))
            case _, GradientCheck():
                self.check_changed.emit(result)
            case "slices", _:
                self.slices_changed.emit(result)


def _surface(picture: Picture, plane: Plane, path: Array, size: int, go_on: Callable[[float], None]) -> Surface:
    return surface_of(picture, plane, path, size, go_on)
