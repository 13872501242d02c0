"""The history bar shows where on the time-line we are, and wishes for another step."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gdstudio.ui.panels.history_bar import HistoryBar

K = Qt.Key


@pytest.fixture
def bar(shown_alone) -> HistoryBar:
    return shown_alone(HistoryBar(), 700, 34)


def test_a_position_is_shown_and_nothing_is_wished(bar, by):
    wished = by.heard(bar.step_requested)
    bar.show_position(1200, 0, 34_000)
    assert (bar.slider.minimum(), bar.slider.value(), bar.slider.maximum()) == (0, 1200, 34_000)
    assert bar._step.text() == "step 1,200"
    assert bar._end.text() == "32,800 more"
    bar.show_position(5, 3, 5)
    assert (bar.slider.minimum(), bar.slider.value(), bar.slider.maximum()) == (3, 5, 5)
    assert bar._end.text() == ""
    assert wished == []


def test_without_a_history_there_is_nothing_to_scrub(bar):
    bar.show_position(0, 0, 0)
    assert not bar.slider.isEnabled()
    bar.show_position(0, 0, 1)
    assert bar.slider.isEnabled()


@pytest.mark.parametrize(("key", "step"), [(K.Key_Left, 9), (K.Key_Home, 0), (K.Key_Right, 11), (K.Key_End, 40)])
def test_each_key_is_one_wish(bar, by, key, step):
    bar.show_position(10, 0, 40)
    wished = by.heard(bar.step_requested)
    QTest.keyClick(bar.slider, key)
    assert wished == [(step,)]


def test_scrubbing_looks_back_and_leaves_the_document_and_undo_alone(studio):
    studio.session.descend(30)
    project, entries = studio.session.project, studio.session.undo_stack.count()
    slider = studio.window.history_bar.slider
    for step in (29, 3, 0, 30, 12):
        slider.setValue(step)
        assert studio.session.viewed.state.step == step
        assert studio.window.history_bar._step.text() == f"step {step}"
        assert studio.window.loss_plot._timeline.step == step
    assert studio.session.project is project
    assert studio.session.undo_stack.count() == entries


def test_a_step_after_scrubbing_goes_on_from_there(studio):
    studio.session.descend(30)
    studio.window.history_bar.slider.setValue(10)
    studio.player.step()
    slider = studio.window.history_bar.slider
    assert (slider.value(), slider.maximum()) == (11, 11)
    studio.session.undo_stack.undo()
    assert (slider.value(), slider.maximum()) == (30, 30)


def test_scrubbing_in_the_middle_of_a_run_ends_it(studio):
    studio.player.set_speed(8)
    studio.player.set_running(True)
    for _ in range(5):
        studio.player.advance(50)
    studio.window.history_bar.slider.setValue(1)
    assert not studio.player.is_running
    assert studio.session.viewed.state.step == 1
    assert studio.window.actions_by_name["runAction"].text() == "Run"
