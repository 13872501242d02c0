"""What all plots share: they move in after the first paint, wear the theme's colours, and have usable axes."""

import math

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QWidget

from gdstudio.ui.plots.data_plot import DataPlot
from gdstudio.ui.plots.late_plot import FARTHEST, LatePlot, line_pen
from gdstudio.ui.plots.slice_plot import SlicePlot
from gdstudio.ui.theme import DARK, LIGHT


class Counting(LatePlot):
    """A plot that writes down what is asked of it."""

    def __init__(self) -> None:
        super().__init__("countingPlot", "Counting")
        self.asked: list[str] = []

    def build(self, pg) -> None:
        self.asked.append("build")

    def color(self, pg, theme) -> None:
        self.asked.append(f"color {theme.name}")

    def draw(self) -> None:
        self.asked.append("draw")


@pytest.fixture
def plot(shown_alone) -> LatePlot:
    made = shown_alone(LatePlot("somePlot", "Some plot"), 400, 240)
    made.move_in()
    return made


def ranges(plot: LatePlot) -> list[float]:
    (left, right), (bottom, top) = plot.plot.getViewBox().viewRange()
    return [left, right, bottom, top]


def test_a_plot_is_empty_until_its_first_paint_and_moves_in_after_it(qtbot, shown_alone):
    made = LatePlot("somePlot", "Some plot")
    assert made.plot is None
    shown_alone(made, 300, 200)
    qtbot.waitUntil(lambda: made.plot is not None, timeout=60_000)
    assert made.layout().count() == 1


def test_a_plot_that_is_never_shown_never_moves_in(qtbot, dressed):
    made = LatePlot("somePlot", "Some plot")
    qtbot.addWidget(made)
    made.set_theme(DARK)
    made.set_theme(LIGHT)
    dressed.processEvents()
    assert made.plot is None


def test_a_plot_has_its_names(dressed, qtbot):
    for made, name, title in (
        (LatePlot("somePlot", "Some plot"), "somePlot", "Some plot"),
        (SlicePlot(), "slicePlot", "Loss as this weight changes"),
        (DataPlot(), "dataPlot", "Data and prediction"),
    ):
        qtbot.addWidget(made)
        assert (made.objectName(), made.accessibleName()) == (name, title)


def test_moving_in_builds_then_colors_then_draws_once(qtbot, dressed):
    made = Counting()
    qtbot.addWidget(made)
    made.set_theme(DARK)
    assert made.asked == []
    made.move_in()
    made.move_in()
    assert made.asked == ["build", "color dark", "draw"]


def test_another_theme_colors_and_draws_anew(qtbot, dressed):
    made = Counting()
    qtbot.addWidget(made)
    made.move_in()
    made.asked.clear()
    made.set_theme(DARK)
    assert made.asked == ["color dark", "draw"]


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_paper_and_axes_wear_the_colors_of_the_theme(plot, qapp, theme):
    plot.set_theme(theme)
    qapp.processEvents()
    assert plot.plot.backgroundBrush().color() == theme.color("card")
    for side in ("left", "bottom"):
        axis = plot.plot.getAxis(side)
        assert axis.textPen().color() == theme.color("muted")
        assert axis.pen().color() == theme.color("border")
    image = plot.grab().toImage()
    assert image.pixelColor(image.width() // 2, image.height() // 2).name() == theme.color("card").name()


def test_mouse_and_keyboard_leave_the_axes_alone(plot, by, qapp):
    plot.set_ranges(0, 1, 0, 1)
    before = ranges(plot)
    view = plot.plot.viewport()
    by.wheel(view, 240, view.rect().center().toPointF())
    qapp.processEvents()
    assert ranges(plot) == before
    assert plot.plot.focusPolicy().value == 0


def test_the_axes_go_as_far_as_they_are_told_without_a_margin(plot):
    plot.set_ranges(-2.5, 7.5, 0.25, 80)
    assert ranges(plot) == pytest.approx([-2.5, 7.5, 0.25, 80])


def test_an_axis_that_stays_is_not_drawn_anew(plot):
    plot.set_ranges(0, 1, 0, 1)
    told: list = []
    plot.plot.getViewBox().sigRangeChanged.connect(lambda *_: told.append(1))
    plot.set_ranges(0, 1, 0, 1)
    assert told == []
    plot.set_ranges(0, 2, 0, 1)
    assert told


ODD_ENDS = (
    (0.0, 0.0),
    (5.0, 5.0),
    (-1e9, -1e9),
    (1e300, 1e300),
    (1e17, 1e17 + 16),
    (3.0, 1.0),
    (math.nan, math.nan),
    (math.nan, 3.0),
    (2.0, math.nan),
    (-math.inf, math.inf),
    (0.0, math.inf),
    (-math.inf, 0.0),
    (-1.7e308, 1.7e308),
    (-1e-320, 1e-320),
)


def test_ends_that_no_axis_can_have_become_some_that_it_can(plot, qapp):
    for ends in ODD_ENDS:
        plot.set_ranges(*ends, *ends)
        left, right, bottom, top = ranges(plot)
        for low, high in ((left, right), (bottom, top)):
            assert -1.1 * FARTHEST <= low < high <= 1.1 * FARTHEST, ends
            assert math.isfinite(high - low)
        plot.grab()
        qapp.processEvents()


def test_there_is_room_above_for_half_of_the_topmost_number(plot, qtbot):
    qtbot.waitUntil(lambda: plot.plot.getViewBox().sceneBoundingRect().height() > 50, timeout=60_000)
    assert plot.plot.getViewBox().sceneBoundingRect().top() >= 6


def test_lines_are_as_wide_in_points_on_any_screen(plot, monkeypatch):
    widths = []
    for ratio in (1.0, 2.0):
        monkeypatch.setattr(QWidget, "devicePixelRatioF", lambda _, ratio=ratio: ratio)
        pen = line_pen(plot, LIGHT.color("good"), 1.5, Qt.PenStyle.DashLine)
        assert pen.isCosmetic()
        assert (pen.color(), pen.style()) == (LIGHT.color("good"), Qt.PenStyle.DashLine)
        widths.append(pen.widthF())
    assert widths == [1.5, 3.0]


def test_on_another_screen_the_lines_are_made_anew(plot, qapp, monkeypatch):
    plot.move_in()
    dressed = []
    monkeypatch.setattr(plot, "color", lambda pg, theme: dressed.append(theme))
    qapp.sendEvent(plot, QEvent(QEvent.Type.DevicePixelRatioChange))
    assert dressed == [plot.theme]
