"""The zones below the learning rate: they stand where the slider's handle does, and their texts never meet."""

import math
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionSlider

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.numbers import shown
from gdstudio.engine import LearningRateZones
from gdstudio.teaching.forecast import CRAWL, Forecast, Zone, forecast_of
from gdstudio.ui.panels.descent_form import SLIDER_LIMITS, DescentForm, position_of
from gdstudio.ui.theme import DARK, LIGHT
from gdstudio.ui.widgets import zone_strip
from gdstudio.ui.widgets.zone_strip import ZoneStrip


def forecast(one_step: float | None, *, exact: bool = True) -> Forecast:
    zones = None if one_step is None else LearningRateZones(1.0 / one_step, one_step, 2.0 * one_step, exact)
    zone = Zone.SMOOTH if exact and zones is not None else None
    return Forecast(zones, zone, "", 0.01, 16.0, 8.0, "")


@pytest.fixture
def strip(shown_alone) -> ZoneStrip:
    return shown_alone(ZoneStrip(*SLIDER_LIMITS), 300, 24)


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
    low, high = (math.log10(limit) for limit in SLIDER_LIMITS)
    places = [strip.position(10.0**power) for power in range(round(low), round(high) + 1)]
    steps = [b - a for a, b in pairwise(places)]
    assert steps == pytest.approx([steps[0]] * len(steps))
    assert steps[0] > 0


@pytest.mark.parametrize("rate", [0.0, -1.0, 1e-300, 1e-7, 11.0, 1e300])
def test_rates_outside_the_axis_stand_at_its_ends(strip, rate):
    low, high = (strip.position(limit) for limit in SLIDER_LIMITS)
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
    assert strip.accessibleName() == "overshoots above 0.0556, diverges above 0.111"
    strip.show_forecast(forecast_of(edits.set_value(load_example("one-weight"), 0, 0, 0.0)))
    assert strip.accessibleName() == "no zones"


ONE, HIDDEN = "one-weight", "hidden-layer"
COLORLESS = [
    (edits.set_batch_size, "noisy-line", 5), (edits.set_schedule, ONE, "cosine"),
    *((edits.set_optimizer, ONE, name) for name in ("adagrad", "rmsprop", "adam", "adamw")),
    (edits.set_optimizer, HIDDEN, "momentum"), (edits.set_one_at_a_time, HIDDEN, True),
]  # fmt: skip


@pytest.mark.parametrize(("change", "key", "value"), COLORLESS)
def test_without_a_theorem_there_are_no_zones_and_the_form_says_why(shown_alone, change, key, value):
    form = shown_alone(DescentForm(), 320, 420)
    form.show_forecast(forecast_of(change(load_example(key), value)))
    assert is_blank(form.zone_strip)
    assert form.zone_label.text().startswith("No zones: ")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_an_edge_of_this_place_alone_has_a_tick_and_no_colors(strip, theme, written):
    strip.set_theme(theme)
    strip.show_forecast(forecast_of(load_example(HIDDEN)))
    assert [text for *_, text in written(strip)] == ["edge here ≈ 0.0122"]
    assert "moves as the weights move" in strip.toolTip()
    for rate in (1e-4, 0.005, 0.1, 5.0):
        assert color_at(strip, strip.position(rate)) == theme.color("border").name()


def test_momentum_has_two_zones_and_one_at_a_time_is_silent_beyond_its_edge(strip):
    x = strip.position
    strip.show_forecast(forecast_of(edits.set_optimizer(load_example(ONE), "momentum")))
    assert strip.accessibleName() == f"diverges above {shown(3.8 / 18)}"
    assert [color_at(strip, x(rate)) for rate in (0.01, 1.0)] == [LIGHT.color(role).name() for role in ("good", "bad")]
    strip.show_forecast(forecast_of(edits.set_one_at_a_time(load_example("two-weights"), True)))
    assert strip.accessibleName() == f"converges below {shown(2 / 32)}"
    colors = [color_at(strip, x(rate)) for rate in (0.01, 1.0)]
    assert colors == [LIGHT.color(role).name() for role in ("good", "border")]


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


@pytest.mark.parametrize("width", [150, 200, 260, 300, 336, 400])
def test_the_two_texts_never_overlap(strip, written, width):
    strip.resize(width, 24)
    for one_step in RATES:
        strip.show_forecast(forecast(one_step))
        (_, end, _), (begin, _, _) = written(strip)
        assert end <= begin, one_step


@pytest.mark.parametrize("width", [220, 260, 300, 336, 400])
def test_both_texts_are_within_the_strip(strip, written, width):
    strip.resize(width, 24)
    for one_step in RATES:
        strip.show_forecast(forecast(one_step))
        (begin, _, _), (_, end, _) = written(strip)
        assert begin >= 0, one_step
        assert end <= width, one_step


def test_the_texts_stand_near_their_ticks_where_there_is_room(strip, written):
    strip.resize(400, 24)
    strip.show_forecast(forecast(0.001))
    (left, left_end, _), (right, right_end, _) = written(strip)
    assert left <= strip.position(0.001) <= left_end
    assert right - 4 <= strip.position(0.002) <= right_end
