"""Looking ahead: the newest picture at rest, one after the other in a run, and what the window says of it."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.teaching.forecast import Zone, forecast_of
from gdstudio.teaching.picture import Picture, picture_of
from gdstudio.ui.panels.descent_form import position_of

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def heard(studio: Studio) -> list:
    """What the analyst of a studio at rest foresees from now on."""
    QApplication.processEvents()
    studio.jobs.wait()
    QApplication.processEvents()
    foreseen: list = []
    studio.analyst.forecast_changed.connect(lambda forecast: foreseen.append(forecast))
    return foreseen


@pytest.fixture
def on(studio: Studio) -> Iterator[SimpleNamespace]:
    """An analyst, what it foresaw, ``hold``: its worker is kept from working, and ``settle``: it has worked."""
    foreseen = heard(studio)
    gate = threading.Event()

    def hold() -> None:
        gate.clear()
        begun = threading.Event()
        studio.jobs.request("held", lambda go_on: begun.set() or gate.wait(10.0))
        assert begun.wait(10.0)
        studio.jobs.cancel("held")

    def settle() -> list[float]:
        gate.set()
        studio.jobs.wait()
        QApplication.processEvents()
        return [forecast.rate for forecast in foreseen]

    yield SimpleNamespace(jobs=studio.jobs, analyst=studio.analyst, foreseen=foreseen, hold=hold, settle=settle)
    gate.set()
    studio.analyst.set_running(False)
    studio.analyst.set_seen("surface", False)


def picture_at(rate: float, key: str = "one-weight") -> Picture:
    return picture_of(edits.set_learning_rate(load_example(key), rate))


def test_what_is_looked_at_is_forecast(on):
    on.analyst.look_ahead(picture_at(0.1))
    assert on.settle() == [0.1]
    (forecast,) = on.foreseen
    assert forecast.zone is Zone.OVERSHOOTS
    assert forecast.outlook == forecast_of(edits.set_learning_rate(load_example("one-weight"), 0.1)).outlook


def test_at_rest_the_newest_picture_takes_the_place_of_those_before(on):
    on.hold()
    for rate in (0.01, 0.02, 0.03):
        on.analyst.look_ahead(picture_at(rate))
    assert on.settle() == [0.03]


def test_in_a_run_what_is_under_way_is_finished_first(on):
    """Otherwise nothing would ever be: new pictures come faster than a forecast is made."""
    rates = [0.01 + 0.0001 * number for number in range(100)]
    on.analyst.set_seen("surface", True)
    for _ in range(2):  # coarse, then fine
        on.settle()
    on.foreseen.clear()
    on.hold()
    on.analyst.set_running(True)
    for rate in rates:
        on.analyst.look_ahead(picture_at(rate))
    (first,) = on.settle()
    assert first in rates[:50]
    on.hold()
    for rate in rates:
        on.analyst.look_ahead(picture_at(1.0 + rate))
    assert on.settle()[0] == first
    (second,) = on.settle()[1:]
    assert 1.0 < second < 1.0 + rates[50]


def test_at_the_end_of_a_run_the_last_picture_is_forecast(on):
    on.hold()
    on.analyst.set_running(True)
    on.analyst.look_ahead(picture_at(0.01))
    on.analyst.set_running(False)
    on.analyst.look_ahead(picture_at(0.02))
    assert on.settle() == [0.02]


def test_what_others_ask_of_the_worker_is_nothing_of_the_analyst_s(on):
    """Neither a forecast nor anything else that a view would show."""
    on.jobs.request("curve", lambda go_on: "a curve")
    on.settle()
    assert on.foreseen == []


def test_after_the_end_nothing_is_foreseen(new_studio, qapp):
    foreseen = heard(new_studio)
    new_studio.jobs.stop()
    new_studio.analyst.look_ahead(picture_at(0.1))
    qapp.processEvents()
    assert foreseen == []


# In the studio.


class Window:
    """A studio, and what its window says of the learning rate."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.descent = studio.window.control_panel.descent

    def sentence(self) -> str:
        """The forecast on screen, once the worker has nothing to do."""
        self.settle()
        return f"{self.descent.zone_label.text()} {self.descent.forecast_label.text()}"

    def zones(self) -> str:
        self.settle()
        return self.descent.zone_strip.accessibleName()

    def settle(self) -> None:
        self.studio.jobs.wait()
        QApplication.processEvents()

    def slide_to(self, rate: float) -> None:
        self.descent.rate_slider.setValue(position_of(rate))


@pytest.fixture
def lecture(opened) -> Window:
    return Window(opened("one-weight"))


def test_the_window_says_what_the_lecture_s_rate_will_do(lecture):
    assert lecture.sentence() == "Converges without overshooting. The next step lowers the loss to 10.8 (67.2 %)."
    assert lecture.zones() == "overshoots above 0.0556, diverges above 0.111"
    assert lecture.descent.forecast_label.isVisible()
    assert lecture.descent.zone_strip.isVisible()


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (0.001, "Converges in small steps. The next step lowers the loss to 15.4 (96.4 %)."),
        (0.1, "Overshoots, but converges. The next step lowers the loss to 10.2 (64 %)."),
        (0.2, "Diverges. The next step raises the loss to 108 (676 %)."),
    ],
)
def test_the_forecast_follows_the_slider_of_the_learning_rate(lecture, rate, sentence):
    lecture.settle()
    lecture.descent.rate_slider.setSliderDown(True)
    lecture.slide_to(rate)
    assert lecture.studio.session.viewed.recipe.learning_rate == rate
    assert lecture.sentence() == sentence
    lecture.slide_to(0.01)
    assert lecture.sentence().startswith("Converges without overshooting.")
    lecture.descent.rate_slider.setSliderDown(False)


def test_the_zones_belong_to_the_weights_and_not_to_the_rate(lecture):
    before = lecture.zones()
    lecture.slide_to(0.5)
    assert lecture.zones() == before


def test_the_forecast_follows_steps_undo_and_scrubbing(opened):
    window = Window(opened("hidden-layer"))
    first = window.zones()
    window.studio.player.step()
    second = window.zones()
    assert second != first
    window.studio.session.view_step(0)
    assert window.zones() == first
    window.studio.session.view_step(1)
    window.studio.session.undo_stack.undo()
    assert window.zones() == first


def test_the_forecast_follows_an_edit_of_a_weight_an_input_and_the_optimizer(lecture):
    lecture.studio.session.set_value(0, 0, 1.0)
    assert lecture.zones() == "overshoots above 0.50, diverges above 1.00"
    lecture.studio.session.set_optimizer("adam")
    assert not any(zone.value in lecture.sentence() for zone in Zone)
    lecture.studio.session.set_value(0, 0, 0.0)
    assert lecture.sentence() == "No zones: nothing moves. The slope is 0: the next step changes nothing."
    assert lecture.zones() == "no zones"


def test_after_a_run_the_forecast_is_that_of_where_it_ended(opened):
    window = Window(opened("xor"))
    studio = window.studio
    studio.player.set_speed(len(studio.window.step_bar._speeds) - 1)
    studio.player.set_running(True)
    for _ in range(7):
        studio.player.advance(16.0)
    studio.player.set_running(False)
    expected = forecast_of(studio.session.viewed)
    assert studio.session.viewed.state.step > 0
    assert window.sentence() == f"{expected.in_the_long_run} {expected.outlook}"


def test_another_document_is_forecast_at_once(lecture):
    before = lecture.sentence()
    lecture.studio.session.open(load_example("two-weights"), None)
    assert lecture.zones() == "overshoots above 0.02, diverges above 0.04"
    assert lecture.sentence() != before
