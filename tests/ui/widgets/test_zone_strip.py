"""The zones below the learning rate: they stand where the slider's handle does, and their texts never meet."""

import math
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionSlider

from gdstudio.document import edits
from gdstudio.document.edits import LEARNING_RATE_LIMITS
from gdstudio.document.examples import load_example
from gdstudio.engine import LearningRateZones
from gdstudio.teaching.forecast import CRAWL, Forecast, forecast_of
from gdstudio.ui.panels.descent_form import DescentForm, position_of
from gdstudio.ui.theme import DARK, LIGHT
from gdstudio.ui.widgets import zone_strip
from gdstudio.ui.widgets.zone_strip import ZoneStrip


def zones_at(one_step: float, *, exact: bool = True) -> LearningRateZones:
    return LearningRateZones(1.0 / one_step, one_step, 2.0 * one_step, exact)


def forecast(one_step: float | None, *, exact: bool = True) -> Forecast:
    zones = None if one_step is None else zones_at(one_step, exact=exact)
    return Forecast(zones, 0.01, 16.0, 8.0, True)


@pytest.fixture
def strip(shown_alone) -> ZoneStrip:
    return shown_alone(ZoneStrip(*LEARNING_RATE_LIMITS), 300, 24)


def picture(strip: ZoneStrip) -> QImage:
    return strip.grab().toImage()


def color_at(strip: ZoneStrip, x: float, y: float = 3.0) -> str:
    return picture(strip).pixelColor(round(x), round(y)).name()


def is_blank(strip: ZoneStrip) -> bool:
    image = picture(strip)
    ground = image.pixelColor(0, image.height() - 1)
    return all(image.pixelColor(x, y) == ground for x in range(image.width()) for y in range(image.height()))


# Where a rate stands.


@pytest.mark.parametrize("width", [240, 320, 420])
def test_a_rate_stands_below_the_slider_s_handle(shown_alone, width):
    form = DescentForm()
    shown_alone(form, width, 420)
    slider, strip = form.rate_slider, form.zone_strip
    for rate in (1e-6, 1e-5, 3e-4, 0.001, 0.01, 1 / 18, 0.1, 1.0, 5.0, 10.0):
        slider.setValue(position_of(rate))
        option = QStyleOptionSlider()
        slider.initStyleOption(option)
        kinds = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
        handle = QRectF(slider.style().subControlRect(kinds[0], option, kinds[1], slider))
        at = slider.mapTo(form, QPoint(0, 0)).x() + handle.center().x()
        stands = strip.mapTo(form, QPoint(0, 0)).x() + strip.position(rate)
        assert stands == pytest.approx(at, abs=3.0), rate


def test_ten_times_the_rate_is_always_the_same_way_to_the_right(strip):
    low, high = (math.log10(limit) for limit in LEARNING_RATE_LIMITS)
    places = [strip.position(10.0**power) for power in range(round(low), round(high) + 1)]
    steps = [b - a for a, b in pairwise(places)]
    assert steps == pytest.approx([steps[0]] * len(steps))
    assert steps[0] > 0


@pytest.mark.parametrize("rate", [0.0, -1.0, 1e-300, 1e-7, 11.0, 1e300])
def test_rates_outside_the_axis_stand_at_its_ends(strip, rate):
    low, high = (strip.position(limit) for limit in LEARNING_RATE_LIMITS)
    assert strip.position(rate) == (low if rate < 1 else high)
    assert 0 < low < high < strip.width()


# What is painted.


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_four_zones_have_their_colors(strip, theme):
    strip.set_theme(theme)
    strip.show_forecast(forecast(0.01))
    crawl, one, edge = (strip.position(rate) for rate in (CRAWL * 0.01, 0.01, 0.02))
    for left, right, role in (
        (strip.position(1e-6), crawl, "border"), (crawl, one, "good"), (one, edge, "test"),
        (edge, strip.position(10.0), "bad"),
    ):  # fmt: skip
        assert color_at(strip, (left + right) / 2) == theme.color(role).name()


@pytest.mark.parametrize("one_step", [1e-4, 0.02, 1 / 18, 0.5])
def test_both_ticks_are_painted_where_descent_lands_and_where_it_leads_away(strip, one_step):
    strip.show_forecast(forecast(one_step))
    image = picture(strip)
    paper = image.pixelColor(0, 7).lightness()
    dark = {x for x in range(image.width()) if image.pixelColor(x, 6).lightness() < paper - 60}
    for rate in (one_step, 2 * one_step):
        x = strip.position(rate)
        assert any(abs(x - seen) <= 1.5 for seen in dark), rate
    # And nothing else reaches below the band there.
    assert all(min(abs(strip.position(rate) - seen) for rate in (one_step, 2 * one_step)) <= 2 for seen in dark)


def test_the_ticks_move_with_the_curvature(strip):
    strip.show_forecast(forecast(0.01))
    before = picture(strip)
    strip.show_forecast(forecast(0.3))
    assert picture(strip) != before


def test_without_zones_nothing_is_painted(strip):
    assert is_blank(strip)
    strip.show_forecast(forecast(0.01))
    assert not is_blank(strip)
    strip.show_forecast(forecast(None))
    assert is_blank(strip)


@pytest.mark.parametrize("one_step", [1e-300, 1e-9, 1e-6, 4e-6, 6.0, 9.9, 1e3, 1e300])
def test_zones_at_or_beyond_the_ends_are_painted_without_a_warning(strip, one_step):
    strip.show_forecast(forecast(one_step))
    assert not is_blank(strip)
    for rate in (1e-6, 0.01, 10.0):
        zone = sum(rate > bound for bound in (CRAWL * one_step, one_step, 2 * one_step))
        role = ("border", "good", "test", "bad")[zone]
        if all(abs(math.log10(rate / bound)) > 0.3 for bound in (CRAWL * one_step, one_step, 2 * one_step)):
            x = min(max(strip.position(rate), 10), strip.width() - 11)
            assert color_at(strip, x) == LIGHT.color(role).name(), rate


# What is said.


def test_the_strip_says_its_zones_to_those_who_do_not_see_it(strip):
    strip.show_forecast(forecast_of(load_example("one-weight")))
    assert strip.accessibleName() == "one step at 0.0556, edge at 0.111"
    strip.show_forecast(forecast_of(edits.set_value(load_example("one-weight"), 0, 0, 0.0)))
    assert strip.accessibleName() == "no zones"


class Writing(QPainter):
    """A painter that writes down its texts and where they stand."""

    texts: list[tuple[float, str]] = []

    def drawText(self, rect: QRectF, flags: object, text: str) -> None:
        Writing.texts.append((rect.left(), text))
        super().drawText(rect, flags, text)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch):
    """What a strip writes, from left to right: where each text begins, where it ends, and the text."""
    monkeypatch.setattr(zone_strip, "QPainter", Writing)

    def write(strip: ZoneStrip) -> list[tuple[float, float, str]]:
        Writing.texts = []
        strip.grab()
        room = strip.fontMetrics()
        return [(x, x + room.horizontalAdvance(text), text) for x, text in sorted(Writing.texts)]

    return write


RATES = (1e-9, 1e-6, 1.234e-5, 1e-4, 0.00609, 0.02, 1 / 18, 0.123, 1.0, 6.0, 1e4)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("width", [150, 200, 260, 300, 336, 400])
def test_the_two_texts_never_overlap(strip, written, width, exact):
    strip.resize(width, 24)
    for one_step in RATES:
        strip.show_forecast(forecast(one_step, exact=exact))
        (_, end, _), (begin, _, _) = written(strip)
        assert end <= begin, one_step


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("width", [220, 260, 300, 336, 400])
def test_both_texts_are_within_the_strip(strip, written, width, exact):
    strip.resize(width, 24)
    for one_step in RATES:
        strip.show_forecast(forecast(one_step, exact=exact))
        (begin, _, _), (_, end, _) = written(strip)
        assert begin >= 0, one_step
        assert end <= width, one_step


def test_an_estimate_is_marked_as_one(strip, written):
    strip.show_forecast(forecast(0.02))
    assert [text for *_, text in written(strip)] == ["one step 0.02", "edge 0.04"]
    strip.show_forecast(forecast(0.02, exact=False))
    assert [text for *_, text in written(strip)] == ["one step ≈ 0.02", "edge ≈ 0.04"]


def test_the_texts_stand_near_their_ticks_where_there_is_room(strip, written):
    strip.resize(400, 24)
    strip.show_forecast(forecast(0.001))
    (left, left_end, _), (right, right_end, _) = written(strip)
    assert left <= strip.position(0.001) <= left_end
    assert right - 4 <= strip.position(0.002) <= right_end
