"""Long work beside the window: on one worker thread, the newest of its kind only, dropped when it has become stale.

Knows nothing of what is computed.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

from PySide6.QtCore import QObject, Signal, Slot

Work = Callable[[Callable[[float], None]], object]
"""Pure work on frozen values; it calls what it is given now and then, which ends it when it is no longer wanted."""


class _Stale(Exception):
    """The work is no longer wanted."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    kind: str
    ticket: int
    result: object
    error: BaseException | None


class Jobs(QObject):
    """Runs work beside the window; of each kind only the newest matters.

    Signals
    -------
    finished(str, object)
        The newest work of a kind is done: the kind and its result. Emitted on the thread that owns this object.
    """

    finished = Signal(str, object)
    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._is_stopped = False
        self._tickets: dict[str, int] = {}
        self._numbers = count(1)
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="gdstudio-jobs")
        self._arrived.connect(self._on_arrived)

    def request(self, kind: str, work: Work) -> None:
        """Do this work as soon as possible; older work of its kind is given up. Nothing more is done once stopped."""
        if self._is_stopped:
            return
        self._tickets[kind] = ticket = next(self._numbers)
        self._executor.submit(self._run, kind, ticket, work)

    def cancel(self, kind: str) -> None:
        """Give up what is under way of a kind."""
        self._tickets.pop(kind, None)

    def is_busy(self, kind: str) -> bool:
        """Whether work of a kind is under way."""
        return kind in self._tickets

    def wait(self) -> None:
        """Wait until the worker has nothing to do; what came of it is delivered by the event loop."""
        if not self._is_stopped:
            self._executor.submit(int).result()

    @Slot()
    def stop(self) -> None:
        """Give everything up and wait for the worker: a thread that outlives the window ends the process badly."""
        self._is_stopped = True
        self._tickets.clear()
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _run(self, kind: str, ticket: int, work: Work) -> None:
        """On the worker: do the work, and send what came of it to the thread of this object."""

        def go_on(share: float) -> None:
            if self._tickets.get(kind) != ticket:
                raise _Stale

        try:
            go_on(0.0)
            result = work(go_on)
        except _Stale:
            return
        except BaseException as error:
            self._arrived.emit(_Arrival(kind, ticket, None, error))
        else:
            self._arrived.emit(_Arrival(kind, ticket, result, None))

    @Slot(object)
    def _on_arrived(self, arrival: _Arrival) -> None:
        if self._tickets.get(arrival.kind) != arrival.ticket:
            return
        del self._tickets[arrival.kind]
        if arrival.error is not None:
            raise arrival.error
        self.finished.emit(arrival.kind, arrival.result)
