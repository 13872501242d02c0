"""Work beside the window: the newest of a kind wins, what is stale is dropped, and nothing outlives the end."""

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication

from gdstudio.session.jobs import Jobs

LONG = 10.0
"""Seconds after which a worker that nobody lets go gives up, so that a broken test ends."""


class Held:
    """Work that waits until it is let go, then asks whether it is still wanted, and returns ``result``."""

    def __init__(self, result: object = None, *, asks: bool = True) -> None:
        self.result = result
        self.started, self.go, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.asked: list[str] = []
        self._asks = asks

    def __call__(self, go_on: Callable[[float], None]) -> object:
        self.started.set()
        try:
            assert self.go.wait(LONG)
            if self._asks:
                self.asked.append("asked")
                go_on(0.5)
                self.asked.append("still wanted")
            return self.result
        finally:
            self.ended.set()


@pytest.fixture
def on(qapp: QApplication) -> Iterator[SimpleNamespace]:
    """Jobs, what they delivered, and ``settle``: wait for the worker and deliver what came of it."""
    jobs = Jobs()
    delivered: list[tuple[str, object]] = []
    jobs.finished.connect(lambda kind, result: delivered.append((kind, result)))

    def settle() -> list[tuple[str, object]]:
        jobs.wait()
        qapp.processEvents()
        return delivered

    yield SimpleNamespace(jobs=jobs, delivered=delivered, settle=settle)
    jobs.stop()
    jobs.deleteLater()


def started(jobs: Jobs, kind: str, result: object = None, *, asks: bool = True) -> Held:
    """Work that is under way on the worker."""
    work = Held(result, asks=asks)
    jobs.request(kind, work)
    assert work.started.wait(LONG)
    return work


# Results.


def test_what_was_asked_for_is_delivered(on):
    on.jobs.request("sum", lambda go_on: 1 + 2)
    assert on.settle() == [("sum", 3)]


def test_a_result_may_be_none(on):
    on.jobs.request("nothing", lambda go_on: None)
    assert on.settle() == [("nothing", None)]


def test_nothing_is_delivered_before_the_event_loop_runs(on):
    on.jobs.request("sum", lambda go_on: 3)
    on.jobs.wait()
    assert on.delivered == []
    assert on.jobs.is_busy("sum")
    assert on.settle() == [("sum", 3)]
    assert not on.jobs.is_busy("sum")


def test_work_is_done_on_a_thread_of_its_own_and_delivered_on_the_gui_thread(on):
    threads: list[threading.Thread] = []
    on.jobs.finished.connect(lambda *_: threads.append(threading.current_thread()))
    on.jobs.request("where", lambda go_on: threading.current_thread())
    ((_, worked_on),) = on.settle()
    assert worked_on is not threading.main_thread()
    assert threads == [threading.main_thread()]


def test_all_work_is_done_on_one_and_the_same_thread(on):
    for kind in "abc":
        on.jobs.request(kind, lambda go_on: threading.current_thread())
    assert len({id(thread) for _, thread in on.settle()}) == 1


def test_kinds_are_done_in_the_order_in_which_they_were_asked_for(on):
    for kind in ("first", "second", "third"):
        on.jobs.request(kind, lambda go_on, kind=kind: kind.upper())
    assert on.settle() == [("first", "FIRST"), ("second", "SECOND"), ("third", "THIRD")]


def test_the_same_kind_can_be_asked_for_again_from_what_hears_of_it(on):
    def again(kind: str, result: object) -> None:
        if result == 1:
            on.jobs.request(kind, lambda go_on: 2)

    on.jobs.finished.connect(again)
    on.jobs.request("count", lambda go_on: 1)
    on.settle()
    assert on.settle() == [("count", 1), ("count", 2)]
    assert not on.jobs.is_busy("count")


# The newest wins.


def test_newer_work_of_a_kind_ends_the_older_at_its_next_question(on):
    older = started(on.jobs, "curve", "old")
    on.jobs.request("curve", lambda go_on: "new")
    older.go.set()
    assert on.settle() == [("curve", "new")]
    assert older.asked == ["asked"]


def test_a_stale_result_of_work_that_never_asks_is_dropped(on):
    older = started(on.jobs, "curve", "old", asks=False)
    on.jobs.request("curve", lambda go_on: "new")
    older.go.set()
    assert on.settle() == [("curve", "new")]


def test_a_result_that_is_on_its_way_when_newer_is_asked_for_is_dropped(on):
    on.jobs.request("curve", lambda go_on: "old")
    on.jobs.wait()
    newer = started(on.jobs, "curve", "new")
    QApplication.processEvents()
    assert on.delivered == []
    assert on.jobs.is_busy("curve")
    newer.go.set()
    assert on.settle() == [("curve", "new")]


def test_work_that_is_stale_before_its_turn_is_never_begun(on):
    held = started(on.jobs, "other", "other")
    waiting = [Held(number) for number in range(5)]
    for work in waiting:
        work.go.set()
        on.jobs.request("curve", work)
    held.go.set()
    assert on.settle() == [("other", "other"), ("curve", 4)]
    assert [work.started.is_set() for work in waiting] == [False] * 4 + [True]


def test_work_that_is_wanted_goes_on_when_it_asks(on):
    work = started(on.jobs, "curve", "done")
    work.go.set()
    assert on.settle() == [("curve", "done")]
    assert work.asked == ["asked", "still wanted"]


def test_other_kinds_are_not_disturbed(on):
    first = started(on.jobs, "plane", "plane")
    on.jobs.request("curve", lambda go_on: "old curve")
    on.jobs.request("curve", lambda go_on: "new curve")
    on.jobs.cancel("curve")
    on.jobs.request("curve", lambda go_on: "newest curve")
    first.go.set()
    assert on.settle() == [("plane", "plane"), ("curve", "newest curve")]
    assert first.asked == ["asked", "still wanted"]


# Cancelling.


def test_cancelled_work_is_ended_at_its_next_question(on):
    work = started(on.jobs, "curve", "old")
    assert on.jobs.is_busy("curve")
    on.jobs.cancel("curve")
    assert not on.jobs.is_busy("curve")
    work.go.set()
    assert on.settle() == []
    assert work.asked == ["asked"]


def test_cancelled_work_that_has_ended_is_not_delivered(on):
    on.jobs.request("curve", lambda go_on: "old")
    on.jobs.wait()
    on.jobs.cancel("curve")
    assert on.settle() == []


def test_cancelling_what_is_not_under_way_does_nothing(on):
    on.jobs.cancel("curve")
    on.jobs.request("curve", lambda go_on: 1)
    on.jobs.cancel("plane")
    assert on.settle() == [("curve", 1)]
    on.jobs.cancel("curve")
    on.jobs.request("curve", lambda go_on: 2)
    assert on.settle() == [("curve", 1), ("curve", 2)]


# Errors.


def test_an_error_is_raised_on_the_gui_thread_and_not_swallowed(on, qtbot):
    def fail(go_on: object) -> None:
        raise ValueError("the curve is bent")

    with qtbot.captureExceptions() as caught:
        on.jobs.request("curve", fail)
        assert on.settle() == []
    ((kind, error, _),) = caught
    assert kind is ValueError
    assert str(error) == "the curve is bent"
    assert not on.jobs.is_busy("curve")


def test_after_an_error_work_goes_on(on, qtbot):
    with qtbot.captureExceptions() as caught:
        on.jobs.request("curve", lambda go_on: 1 / 0)
        on.jobs.request("plane", lambda go_on: "plane")
        assert on.settle() == [("plane", "plane")]
    assert [kind for kind, *_ in caught] == [ZeroDivisionError]
    on.jobs.request("curve", lambda go_on: "curve")
    assert on.settle()[-1] == ("curve", "curve")


def test_the_error_of_stale_work_is_nobody_s_business(on, qtbot):
    gate = threading.Event()

    def fail(go_on: object) -> None:
        assert gate.wait(LONG)
        raise ValueError

    with qtbot.captureExceptions() as caught:
        on.jobs.request("curve", fail)
        on.jobs.request("curve", lambda go_on: "new")
        gate.set()
        assert on.settle() == [("curve", "new")]
    assert caught == []


# The end.


def test_stopping_ends_work_that_asks_and_nothing_arrives_afterwards(on, qapp):
    begun, stale = threading.Event(), threading.Event()
    pause = threading.Event()

    def endless(go_on: Callable[[float], None]) -> object:
        begun.set()
        try:
            for _ in range(int(LONG / 0.001)):
                pause.wait(0.001)
                go_on(0.5)
        except BaseException:
            stale.set()
            raise
        return "never stopped"

    on.jobs.request("curve", endless)
    assert begun.wait(LONG)
    on.jobs.stop()
    assert stale.is_set()
    qapp.processEvents()
    assert on.delivered == []
    assert not on.jobs.is_busy("curve")


def test_stopping_waits_for_work_that_does_not_ask(on, qapp):
    """Only at its end is its thread gone."""
    work = started(on.jobs, "curve", "old", asks=False)
    work.go.set()
    on.jobs.stop()
    assert work.ended.is_set()
    assert not any(thread.name.startswith("gdstudio-jobs") for thread in threading.enumerate())
    qapp.processEvents()
    assert on.delivered == []


def test_what_waits_for_its_turn_when_all_is_stopped_is_never_begun(on, qapp):
    first, waiting = started(on.jobs, "curve"), Held()
    on.jobs.request("plane", waiting)
    waiting.go.set()
    first.go.set()
    on.jobs.cancel("plane")
    on.jobs.stop()
    qapp.processEvents()
    assert not waiting.started.is_set()
    assert on.delivered == []


def test_a_result_that_is_on_its_way_when_all_is_stopped_never_arrives(on, qapp):
    on.jobs.request("curve", lambda go_on: 1)
    on.jobs.wait()
    on.jobs.stop()
    qapp.processEvents()
    assert on.delivered == []


def test_after_the_end_a_request_does_nothing(on, qapp):
    on.jobs.stop()
    work = Held()
    work.go.set()
    on.jobs.request("curve", work)
    assert not on.jobs.is_busy("curve")
    on.jobs.cancel("curve")
    on.jobs.wait()
    on.jobs.stop()
    qapp.processEvents()
    assert not work.started.is_set()
    assert on.delivered == []


def test_stopping_what_never_worked_leaves_no_thread(on):
    on.jobs.stop()
    assert not any(thread.name.startswith("gdstudio-jobs") for thread in threading.enumerate())


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_a_closed_window_leaves_its_worker_stopped(new_studio):
    new_studio.player.refresh()
    new_studio.window.may_close = lambda: True
    new_studio.window.close()
    assert not any(thread.name.startswith("gdstudio-jobs") for thread in threading.enumerate())
    new_studio.player.refresh()
    assert not any(thread.name.startswith("gdstudio-jobs") for thread in threading.enumerate())


def test_waiting_ends_when_everything_asked_for_is_done(on):
    works = [Held(number) for number in range(3)]
    for number, work in enumerate(works):
        work.go.set()
        on.jobs.request(f"kind {number}", work)
    on.jobs.wait()
    assert all(work.ended.is_set() for work in works)


def test_waiting_for_nothing_returns_at_once(on):
    on.jobs.wait()
    assert on.settle() == []
