"""Data and prediction as they are drawn: curves, planes, points; and the example that a click asks for."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.generators import usual
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe
from gdstudio.teaching.fits import GRID, Fit, Kind, fit_of
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.plots.data_plot import DataPlot
from gdstudio.ui.theme import DARK, LIGHT, Theme


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def plot(shown_alone) -> DataPlot:
    made = shown_alone(DataPlot(), 420, 320)
    made.move_in()
    return made


def fitted(source: Project | str) -> Fit:
    return fit_of(picture_of(load_example(source) if isinstance(source, str) else source))


def linear(x, y, weights) -> Project:
    """One linear layer without biases."""
    data = plain_data("linear", x, y)
    recipe = Recipe(Network((len(data.input_names), len(data.target_names)), ("linear",), bias=False))
    return new_project("linear", recipe, np.asarray(weights, dtype=float), data)


def sides(along: int) -> Project:
    """Two points left and right of (along 0), or below and above (along 1), the line where the prediction is 0."""
    x = np.zeros((2, 2))
    x[:, along] = -1.0, 1.0
    x[:, 1 - along] = -1.0, 1.0
    weights = np.zeros(2)
    weights[along] = 1.0
    return linear(x, [[-1.0], [1.0]], weights)


def rgb(color: QColor) -> tuple[int, int, int]:
    return color.red(), color.green(), color.blue()


def place(plot: DataPlot, x: float, y: float) -> QPoint:
    """Where a point of the data stands in the viewport, in pixels."""
    return plot.plot.mapFromScene(plot.plot.getViewBox().mapViewToScene(QPointF(x, y)))


def pixel(plot: DataPlot, x: float, y: float) -> tuple[int, int, int]:
    """The colour on screen at a place in the data."""
    at = plot.plot.viewport().mapTo(plot, place(plot, x, y))
    return rgb(plot.grab().toImage().pixelColor(at))


def click(plot: DataPlot, qapp, x: float, y: float) -> None:
    QTest.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place(plot, x, y))
    qapp.processEvents()


def drawn(item) -> list[tuple[float, float]]:
    xs, ys = item.getData()
    return [] if xs is None else list(zip(np.asarray(xs).tolist(), np.asarray(ys).tolist(), strict=True))


def curves(plot: DataPlot) -> list:
    return [curve for curve in plot._curves if curve.isVisible()]


def brushes(plot: DataPlot) -> list[tuple[int, int, int]]:
    return [rgb(point.brush().color()) for point in plot._points.points()]


def toward(theme: Theme, role: str, share: float) -> tuple[int, int, int]:
    """The shade that lies a share of the way from the paper to a colour."""
    paper, ink = rgb(theme.color("card")), rgb(theme.color(role))
    return tuple(round(p + share * (i - p)) for p, i in zip(paper, ink, strict=True))


def near(one, other, by: int = 2) -> bool:
    return all(abs(int(a) - int(b)) <= by for a, b in zip(one, other, strict=True))


# Curves.


def test_the_lecture_line_and_its_point_are_drawn(plot):
    fit = fitted("one-weight")
    plot.show_fit(fit)
    (line,) = curves(plot)
    xs, ys = line.getData()
    assert xs.tolist() == fit.axis.tolist()
    assert ys == pytest.approx(2.0 * xs, abs=1e-12)
    assert drawn(plot._points) == [(3.0, 10.0)]
    assert not plot._plane.isVisible()
    assert plot.info() == "target against input 1"


def test_the_axes_go_as_far_as_the_fit_says(plot):
    for key in ("noisy-line", "two-rings", "three-inputs"):
        fit = fitted(key)
        plot.show_fit(fit)
        assert np.ravel(plot.plot.getViewBox().viewRange()) == pytest.approx(fit.bounds)


@pytest.mark.parametrize("outputs", [2, 5, 8])
def test_every_output_has_its_curve_in_the_color_of_its_points(plot, outputs):
    random = np.random.default_rng(2)
    fit = fitted(linear(random.normal(size=(4, 1)), random.normal(size=(4, outputs)), np.arange(1.0, outputs + 1)))
    plot.show_fit(fit)
    assert len(curves(plot)) == outputs
    for number, curve in enumerate(curves(plot)):
        assert curve.getData()[1] == pytest.approx(fit.values[:, number])
        own = brushes(plot)[4 * number : 4 * number + 4]
        assert set(own) == {rgb(curve.opts["pen"].color())}


def test_the_curves_of_the_data_before_are_gone(plot):
    plot.show_fit(fitted(linear([[1.0]], [[1.0, 2.0, 3.0]], [1.0, 2.0, 3.0])))
    assert len(curves(plot)) == 3
    plot.show_fit(fitted("one-weight"))
    assert len(curves(plot)) == 1
    plot.show_fit(fitted("two-rings"))
    assert curves(plot) == []
    assert plot._plane.isVisible()
    plot.show_fit(fitted("three-inputs"))
    assert not plot._plane.isVisible()
    (diagonal,) = curves(plot)
    assert all(x == y for x, y in drawn(diagonal))
    assert plot.info() == "predicted against actual"


# Planes.


def test_a_plane_is_blue_where_the_prediction_is_high_and_orange_where_it_is_low(plot):
    plot.show_fit(fitted(sides(0)))
    for theme in (LIGHT, DARK):
        plot.set_theme(theme)
        image = plot._plane.image
        assert image.shape == (GRID, GRID, 3)
        assert near(image[10, 0], toward(theme, "negative", 0.6))
        assert near(image[50, GRID - 1], toward(theme, "positive", 0.6))
        middle = image[:, GRID // 2 - 1 : GRID // 2 + 1]
        assert np.abs(middle - np.array(rgb(theme.color("card")), float)).max() < 12


def test_each_side_of_the_boundary_has_its_color_on_screen(plot, qapp):
    # Away from the two points, which stand at (-1, -1) and (1, 1).
    for along, high, low in ((0, (1.05, -0.5), (-1.05, 0.5)), (1, (-0.5, 1.05), (0.5, -1.05))):
        plot.show_fit(fitted(sides(along)))
        qapp.processEvents()
        assert near(pixel(plot, *high), toward(LIGHT, "positive", 0.6), by=8)
        assert near(pixel(plot, *low), toward(LIGHT, "negative", 0.6), by=8)


def test_the_points_of_a_plane_are_darker_than_the_plane(plot):
    plot.show_fit(fitted(sides(0)))
    assert brushes(plot) == [rgb(LIGHT.color("negative")), rgb(LIGHT.color("positive"))]


def test_the_plane_covers_the_whole_axes(plot):
    fit = fitted("two-rings")
    plot.show_fit(fit)
    covered = plot._plane.mapRectToView(plot._plane.boundingRect())
    assert (covered.left(), covered.right(), covered.top(), covered.bottom()) == pytest.approx(fit.bounds)


def test_classes_have_colors_of_their_own_and_pale_regions(plot):
    project = edits.set_generated(load_example("two-rings"), usual("three-gaussians"))
    fit = fitted(project)
    plot.show_fit(fit)
    inks = [rgb(LIGHT.color(role)) for role in ("positive", "negative", "good")]
    assert brushes(plot) == [inks[int(label)] for label in fit.label]
    for row, column in ((0, 0), (0, GRID - 1), (GRID - 1, 0), (30, 30)):
        role = ("positive", "negative", "good")[int(fit.values[row, column])]
        assert near(plot._plane.image[row, column], toward(LIGHT, role, 0.45))
    assert plot.info() == f"{fit.names[0]} across, {fit.names[1]} up"


def test_points_of_targets_all_alike_keep_to_the_shades_of_the_plane(plot):
    """Their shade depends on the predictions: other weights, another shade."""
    project = linear([[1.0, 0.0], [2.0, 1.0]], [[4.0], [4.0]], [4.0, 0.0])
    plot.show_fit(fitted(project))
    changed = fitted(edits.set_parameter(project, 0, -4.0))
    plot.show_fit(changed)
    later = brushes(plot)
    plot.set_theme(DARK)
    plot.set_theme(LIGHT)
    assert later == brushes(plot)


# Points.


def held_out_project(inputs: int) -> Project:
    random = np.random.default_rng(5)
    data = plain_data("ten", random.uniform(-1, 1, (10, inputs)), random.uniform(-1, 1, (10, 1)))
    recipe = Recipe(Network((inputs, 1), ("linear",)))
    return new_project("ten", recipe, np.ones(inputs + 1), replace(data, held_out=(2, 5, 9)))


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_what_is_held_out_is_a_square_and_the_rest_are_dots(plot, inputs):
    fit = fitted(held_out_project(inputs))
    plot.show_fit(fit)
    spots = plot._points.points()
    assert [spot.symbol() for spot in spots] == ["o"] * 7 + ["s"] * 3
    assert [int(spot.data()) for spot in spots] == [*range(7), -1, -1, -1]
    assert [spot.pen().color() == LIGHT.color("text") for spot in spots] == [False] * 7 + [True] * 3
    assert drawn(plot._points) == list(zip(fit.x.tolist(), fit.y.tolist(), strict=True))


def test_the_points_follow_other_data_and_other_targets(plot):
    project = load_example("noisy-line")
    plot.show_fit(fitted(project))
    changed = edits.set_value(project, 0, 1, 77.0)
    plot.show_fit(fitted(changed))
    assert drawn(plot._points)[0][1] == 77.0
    plot.show_fit(fitted(edits.set_test_share(changed, 0.25)))
    assert [spot.symbol() for spot in plot._points.points()].count("s") == 6


def test_the_points_of_a_match_follow_the_weights(plot):
    project = load_example("three-inputs")
    plot.show_fit(fitted(project))
    assert drawn(plot._points) == [(0.0, 7.0)]
    plot.show_fit(fitted(edits.set_parameter(project, 1, 0.0)))
    assert drawn(plot._points) == [(0.0, 3.0)]


def test_the_shown_example_wears_a_ring(plot):
    fit = fitted("noisy-line")
    plot.show_fit(fit)
    assert drawn(plot._shown) == [(fit.x[0], fit.y[0])]  # the first one is shown at first
    plot.show_example(4)
    assert drawn(plot._shown) == [(fit.x[4], fit.y[4])]
    plot.show_fit(fitted(held_out_project(1)))
    assert len(drawn(plot._shown)) == 1
    plot.show_example(None)
    assert drawn(plot._shown) == []


def test_every_output_of_the_shown_example_wears_a_ring(plot):
    fit = fitted(linear([[1.0], [2.0]], [[1.0, 5.0], [2.0, 6.0]], [1.0, 1.0]))
    plot.show_fit(fit)
    plot.show_example(1)
    assert drawn(plot._shown) == [(2.0, 2.0), (2.0, 6.0)]


# Clicks.


@pytest.mark.parametrize("key", ["noisy-line", "xor", "two-rings"])
def test_a_click_on_a_point_asks_for_its_example(plot, by, qapp, key):
    fit = fitted(key)
    plot.show_fit(fit)
    qapp.processEvents()
    wished = by.heard(plot.example_requested)
    pixels = [place(plot, x, y) for x, y in zip(fit.x, fit.y, strict=True)]
    lonely = [
        number
        for number, one in enumerate(pixels)
        if all((one - other).manhattanLength() > 16 for k, other in enumerate(pixels) if k != number)
    ][:3]
    assert lonely
    for number in lonely:
        click(plot, qapp, fit.x[number], fit.y[number])
    assert wished == [(int(fit.examples[number]),) for number in lonely]


def test_a_click_beside_all_points_asks_for_nothing(plot, by, qapp):
    plot.show_fit(fitted("xor"))
    qapp.processEvents()
    wished = by.heard(plot.example_requested)
    click(plot, qapp, 0.5, 0.5)
    assert wished == []


def test_a_held_out_point_can_not_be_chosen_and_hides_no_other(plot, by, qapp):
    along = [[0.0], [1.0], [2.0], [2.0]]
    project = linear(along, along, [1.0])
    project = new_project("four", project.recipe, project.parameters, replace(project.data, held_out=(1, 3)))
    plot.show_fit(fitted(project))
    qapp.processEvents()
    wished = by.heard(plot.example_requested)
    click(plot, qapp, 1.0, 1.0)
    assert wished == []
    click(plot, qapp, 2.0, 2.0)
    assert wished == [(1,)]


# Late, odd, dressed.


def test_before_moving_in_everything_is_kept(qtbot, dressed):
    made = DataPlot()
    qtbot.addWidget(made)
    assert made.info() == ""
    made.show_example(3)
    made.set_theme(DARK)
    fit = fitted("noisy-line")
    made.show_fit(fit)
    made.move_in()
    assert len(drawn(made._points)) == 24
    assert drawn(made._shown) == [(fit.x[3], fit.y[3])]
    assert curves(made)[0].opts["pen"].color() == DARK.color("positive")


def test_without_anything_to_show_a_click_is_no_harm(plot, by, qapp):
    plot.show_example(1)
    wished = by.heard(plot.example_requested)
    click(plot, qapp, 0.5, 0.5)
    assert wished == []


@pytest.mark.parametrize("key", ["noisy-line", "two-rings", "three-inputs"])
def test_another_theme_recolors_curves_plane_and_points(plot, key):
    plot.show_fit(fitted(key))
    plot.show_example(0)
    light = brushes(plot), plot._plane.image
    plot.set_theme(DARK)
    assert brushes(plot) != light[0]
    assert plot._shown.opts["pen"].color() == DARK.color("slope")
    assert plot._curves[0].opts["pen"].color() == DARK.color("positive")
    if light[1] is not None:
        assert not np.array_equal(plot._plane.image, light[1])
    plot.set_theme(LIGHT)
    assert brushes(plot) == light[0]


@pytest.mark.parametrize("key", ["noisy-line", "two-rings", "three-inputs"])
def test_predictions_that_have_left_all_bounds_are_left_out(plot, qapp, key):
    project = load_example(key)
    for bad in (np.nan, np.inf, -np.inf, 1e200, -1e308):
        parameters = np.full(project.network.parameter_count, bad)
        fit = fitted(replace(project, state=replace(project.state, parameters=parameters)))
        plot.show_fit(fit)
        plot.show_example(0)
        plot.grab()
        qapp.processEvents()
        ranges = plot.plot.getViewBox().viewRange()
        assert np.isfinite(ranges).all(), bad
        if fit.kind is not Kind.MATCH:
            assert len(drawn(plot._points)) == len(fit.x)
    # And good numbers afterwards are drawn as ever.
    good = fitted(key)
    plot.show_fit(good)
    plot.grab()
    assert drawn(plot._points) == list(zip(good.x.tolist(), good.y.tolist(), strict=True))


def test_a_curve_with_gaps_is_drawn_without_a_warning(plot, qapp):
    fit = fitted("noisy-line")
    values = np.array(fit.values)
    values[50:60] = np.nan
    values[100] = np.inf
    values[150] = 1.7e308
    plot.show_fit(replace(fit, values=values))
    plot.grab()
    qapp.processEvents()


# In the studio.


def test_a_click_in_the_studio_shows_that_example_everywhere(opened, qapp):
    studio = opened("xor")
    plot = studio.window.data_plot
    studio.window._docks["dataDock"].raise_()
    plot.move_in()
    qapp.processEvents()
    fit = fitted(studio.session.viewed)
    click(plot, qapp, fit.x[2], fit.y[2])
    assert studio.stage.example == 2
    assert drawn(plot._shown) == [(fit.x[2], fit.y[2])]
    assert studio.window.control_panel.data.example_combo.currentData() == 2


def test_the_prediction_follows_every_step_in_the_studio(opened, qapp):
    studio = opened("one-weight")
    plot = studio.window.data_plot
    plot.move_in()
    studio.player.step()
    xs, ys = curves(plot)[0].getData()
    assert ys == pytest.approx(2.24 * xs, abs=1e-9)
    studio.session.undo_stack.undo()
    assert curves(plot)[0].getData()[1] == pytest.approx(2.0 * xs, abs=1e-9)
