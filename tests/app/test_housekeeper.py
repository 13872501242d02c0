"""Garbage in cycles goes when the housekeeper says so, and not in the middle of something else."""

import gc
import weakref

import pytest
from PySide6.QtCore import QObject

from gdstudio.app.housekeeper import EVERY, WHOLE, Housekeeper


class Knot:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def new_house(qapp):
    parent = QObject()
    yield Housekeeper(parent)
    parent.deleteLater()


@pytest.fixture
def house(new_house, monkeypatch):
    """One that has left out, for once, what stood at the beginning."""
    with monkeypatch.context() as patch:
        patch.setattr(gc, "freeze", lambda: None)
        new_house.tidy()
    new_house._turn = 1
    return new_house


def knot() -> weakref.ref:
    return weakref.ref(Knot())


def test_what_stands_at_the_beginning_is_left_out_of_each_search(new_house, monkeypatch):
    done: list = []
    monkeypatch.setattr(gc, "freeze", lambda: done.append("left out"))
    monkeypatch.setattr(gc, "collect", done.append)
    for _ in range(WHOLE + 2):
        new_house.tidy()
    assert done == ["left out", 2, *[1] * (WHOLE - 1), 2]


def test_python_does_not_collect_by_itself_any_more(house):
    assert not gc.isenabled()
    tied = [knot() for _ in range(5000)]
    assert all(each() is not None for each in tied)


def test_what_is_young_goes_each_time(house):
    for _ in range(3):
        tied = knot()
        house.tidy()
        assert tied() is None


def test_what_has_grown_old_goes_now_and_then(house):
    tied = Knot()
    gc.collect()  # now it is old
    watched = weakref.ref(tied)
    del tied
    house.tidy()
    assert watched() is not None
    for _ in range(WHOLE - 1):
        house.tidy()
    assert watched() is None


def test_it_tidies_by_itself_while_the_event_loop_runs(house, qtbot):
    tied = knot()
    qtbot.waitUntil(lambda: tied() is None, timeout=60 * EVERY)
