"""The loss surface shows a plane and what lies on it, and wishes for another plane or for the place that was clicked."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.project import parameter_name
from gdstudio.engine import train_step
from gdstudio.session.player import SPEEDS
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.surfaces import COARSE, FINE, Axes, Plane, Surface, surface_of
from gdstudio.ui.plots.surface_plot import SurfacePlot
from gdstudio.ui.theme import DARK, LIGHT

LEFT, NO_MODIFIER = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def surface_on(source="two-weights", plane: Plane = Plane(), steps: int = 3, size: int = 25) -> Surface:
    project = load_example(source) if isinstance(source, str) else source
    path = [project.parameters]
    for _ in range(steps):
        state, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
        project = edits.descended(project, state)
        path.append(project.parameters)
    return surface_of(picture_of(project), plane, np.array(path), size)


def with_losses(losses) -> Surface:
    return replace(surface_on(size=len(losses)), losses=np.asarray(losses, dtype=float))


@pytest.fixture
def plot(shown_alone) -> SurfacePlot:
    made = shown_alone(SurfacePlot(), 420, 320)
    made.move_in()
    QApplication.processEvents()
    return made


def drawn(item) -> list[list[float]]:
    """The places of a curve or of points."""
    return np.column_stack(item.getData()).tolist()


def pixel_of(plot: SurfacePlot, a: float, b: float) -> QPoint:
    """Where a place of the plane is, in the viewport."""
    return plot.plot.mapFromScene(plot.plot.getViewBox().mapViewToScene(QPointF(a, b)))


def place_of(plot: SurfacePlot, pixel: QPoint) -> QPointF:
    return plot.plot.getViewBox().mapSceneToView(plot.plot.mapToScene(pixel))


def click(plot: SurfacePlot, pixel: QPoint, button=LEFT) -> None:
    QTest.mouseClick(plot.plot.viewport(), button, NO_MODIFIER, pixel)
    QApplication.processEvents()


def darkness(plot: SurfacePlot) -> np.ndarray:
    """How far each pixel of the image is from the card's colour."""
    card = plot.theme.color("card")
    paper = np.array([card.red(), card.green(), card.blue()], dtype=float)
    return np.abs(plot._image.image.astype(float) - paper).sum(axis=2)


def shade_at(plot: SurfacePlot, a: float, b: float) -> float:
    """The darkness of the image at a place of the plane."""
    return at_place(plot, darkness(plot), a, b)


def at_place(plot: SurfacePlot, shades: np.ndarray, a: float, b: float) -> float:
    pixel = plot._image.mapFromParent(QPointF(a, b))
    column, row = (min(int(at), len(shades) - 1) for at in (pixel.x(), pixel.y()))
    return float(shades[row, column])


def arrow_in_pixels(plot: SurfacePlot) -> QPointF:
    """From the arrow's beginning to its point, in pixels of the screen."""
    places = drawn(plot._arrow)
    box = plot.plot.getViewBox()
    begin, point = (box.mapViewToScene(QPointF(*places[number])) for number in (0, 1))
    return point - begin


# The image.


def test_the_lowest_losses_are_the_darkest_in_bands(plot):
    surface = surface_on(size=41)
    plot.show_surface(surface)
    shades = darkness(plot)
    assert 5 <= len(np.unique(shades)) <= 15
    lowest = np.unravel_index(surface.losses.argmin(), surface.losses.shape)
    assert shade_at(plot, surface.a[lowest[1]], surface.b[lowest[0]]) == shades.max()
    highest = np.unravel_index(surface.losses.argmax(), surface.losses.shape)
    assert shade_at(plot, surface.a[highest[1]], surface.b[highest[0]]) == shades.min()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_lower_is_never_paler(plot, theme):
    plot.set_theme(theme)
    surface = surface_on(size=21)
    plot.show_surface(surface)
    image = darkness(plot)
    seen = [
        (loss, at_place(plot, image, a, b))
        for b, row in zip(surface.b[1:-1], surface.losses[1:-1], strict=True)
        for a, loss in zip(surface.a[1:-1], row[1:-1], strict=True)
    ]
    band = image.max() / 14
    shades = [shade for _, shade in sorted(seen)]
    # A pixel beside the place may lie in the next band, and no further.
    assert (np.diff(shades) <= 1.01 * band + 3.0).all()
    assert shades[0] > shades[-1]


def test_the_image_lies_where_its_losses_are(plot):
    """One low corner: to the left and below, wherever the axes begin."""
    losses = np.full((9, 9), 5.0)
    losses[:3, :3] = 0.0
    surface = with_losses(losses)
    plot.show_surface(surface)
    left, right, bottom, top = surface.a[1], surface.a[-2], surface.b[1], surface.b[-2]
    assert shade_at(plot, left, bottom) > shade_at(plot, right, top)
    assert shade_at(plot, right, bottom) == shade_at(plot, left, top) == shade_at(plot, right, top)
    shown = plot._image.mapRectToParent(plot._image.boundingRect())
    assert (shown.left(), shown.right()) == pytest.approx((surface.a[0], surface.a[-1]))
    assert (shown.top(), shown.bottom()) == pytest.approx((surface.b[0], surface.b[-1]))
    ranges = plot.plot.getViewBox().viewRange()
    assert ranges[0] == pytest.approx([surface.a[0], surface.a[-1]])
    assert ranges[1] == pytest.approx([surface.b[0], surface.b[-1]])


@pytest.mark.parametrize("value", [0.0, 7.0, 5e-324, 1e-320, 1e308, np.nan, np.inf], ids=lambda value: f"{value:g}")
def test_a_land_without_hills_is_painted_in_one_colour(plot, value):
    plot.show_surface(with_losses(np.full((7, 7), value)))
    assert len(np.unique(darkness(plot))) == 1
    assert not plot.grab().isNull()


def test_a_flat_land_is_as_dark_as_a_valley_and_one_without_numbers_is_paper(plot):
    plot.show_surface(with_losses(np.full((7, 7), 3.0)))
    assert darkness(plot).min() > 0
    plot.show_surface(with_losses(np.full((7, 7), np.nan)))
    assert darkness(plot).max() == 0


@pytest.mark.parametrize(
    "losses",
    [
        [[0.0, np.inf], [np.nan, 1.0]],
        [[1.0, np.nan], [np.nan, np.nan]],
        [[0.0, 1.7e308], [1e-300, 5e-324]],
        [[0.0, 5e-324], [1e-323, 1e-320]],
        [[1e300, 1e308], [1e308, 1e300]],
        [[1.0, 1.0 + 2e-16], [1.0, 1.0]],
    ],
)
def test_any_losses_can_be_painted(plot, losses):
    plot.show_surface(with_losses(losses))
    assert plot._image.image.dtype == np.uint8
    assert not plot.grab().isNull()


def test_where_there_is_no_number_it_is_as_high_as_can_be(plot):
    losses = np.linspace(0, 1, 25).reshape(5, 5)
    losses[0, 0] = np.nan
    surface = with_losses(losses)
    plot.show_surface(surface)
    assert shade_at(plot, surface.a[0], surface.b[0]) == darkness(plot).min() < darkness(plot).max()


def test_another_theme_repaints_everything(plot):
    plot.show_surface(surface_on())
    images, pens = [], []
    for theme in (LIGHT, DARK):
        plot.set_theme(theme)
        images.append(plot._image.image.copy())
        pens.append(plot._path.opts["pen"].color().name())
        assert plot.plot.backgroundBrush().color() == theme.color("card")
    assert not np.array_equal(*images)
    assert pens == [LIGHT.color("slope").name(), DARK.color("slope").name()]


def test_another_surface_is_painted_anew(plot):
    plot.show_surface(surface_on(size=25))
    before = plot._image.image.copy()
    plot.show_surface(surface_on("xor", size=25))
    assert not np.array_equal(before, plot._image.image)


# What lies on it.


def test_the_path_the_present_and_the_next_place_are_drawn_where_they_are(plot):
    surface = surface_on()
    plot.show_surface(surface)
    assert drawn(plot._path) == surface.path.tolist()
    assert len(surface.path) == 4
    assert drawn(plot._here) == [surface.here.tolist()]
    assert drawn(plot._next) == [surface.following.tolist()]
    assert drawn(plot._arrow)[0] == surface.here.tolist()


@pytest.mark.parametrize("size", [(420, 320), (900, 240), (260, 700)], ids=str)
@pytest.mark.parametrize("stretch", [(1.0, 1.0), (200.0, 1.0), (1.0, 5000.0)], ids=str)
def test_the_arrow_is_44_pixels_long_and_points_downhill(shown_alone, size, stretch):
    plot = shown_alone(SurfacePlot(), *size)
    plot.move_in()
    QApplication.processEvents()
    plain = surface_on()
    surface = replace(plain, a=plain.a[0] + stretch[0] * (plain.a - plain.a[0]), b=stretch[1] * plain.b)
    plot.show_surface(surface)
    arrow = arrow_in_pixels(plot)
    assert np.hypot(arrow.x(), arrow.y()) == pytest.approx(44.0, rel=0.03)
    begin, *_ = places = np.array(drawn(plot._arrow))
    along = places[1] - begin
    assert along / np.linalg.norm(along) == pytest.approx(surface.downhill / np.linalg.norm(surface.downhill), rel=1e-6)


def test_the_arrow_keeps_its_length_when_the_plot_gets_another_size(plot):
    plot.show_surface(surface_on())
    plot.resize(900, 250)
    QApplication.processEvents()
    arrow = arrow_in_pixels(plot)
    assert np.hypot(arrow.x(), arrow.y()) == pytest.approx(44.0, rel=0.03)


def test_the_arrow_of_a_surface_shown_before_moving_in_is_as_long(qtbot, shown_alone):
    plot = SurfacePlot()
    plot.show_surface(surface_on())
    shown_alone(plot, 420, 320)
    qtbot.waitUntil(lambda: plot.plot is not None)
    QApplication.processEvents()
    arrow = arrow_in_pixels(plot)
    assert np.hypot(arrow.x(), arrow.y()) == pytest.approx(44.0, rel=0.03)


@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf])
def test_what_has_left_all_bounds_is_not_drawn(plot, wild):
    nowhere = np.array([wild, 1.0])
    plain = surface_on()
    path = np.vstack([plain.path, nowhere])
    plot.show_surface(replace(plain, here=nowhere, following=nowhere, downhill=nowhere, path=path))
    assert drawn(plot._here) == drawn(plot._next) == drawn(plot._arrow) == []
    assert drawn(plot._path) == plain.path.tolist()
    assert not plot.grab().isNull()
    plot.show_surface(plain)
    assert drawn(plot._here) == [plain.here.tolist()]


@pytest.mark.parametrize("slope", [0.0, 5e-324, 1e200, 1e308])
def test_any_slope_has_an_arrow_or_none(plot, slope):
    plot.show_surface(replace(surface_on(), downhill=np.array([slope, slope])))
    assert len(drawn(plot._arrow)) in ((0,) if slope == 0.0 else (0, 5))
    assert not plot.grab().isNull()


# Choosing a plane.


def offers(combo) -> list[str]:
    return [combo.itemText(number) for number in range(combo.count())]


def test_the_axes_are_offered_by_the_names_of_all_parameters(plot):
    plot.show_names(["w1", "w2", "bias"])
    assert offers(plot.x_combo) == offers(plot.y_combo) == ["w1", "w2", "bias"]
    assert offers(plot.axes_combo) == [axes.value for axes in Axes]
    assert (plot.x_combo.currentText(), plot.y_combo.currentText()) == ("w1", "w2")
    plot.show_names(["other", "another"])
    assert offers(plot.x_combo) == ["other", "another"]


@pytest.mark.parametrize(
    ("name", "key", "wish"),
    [
        ("x_combo", 2, Plane(Axes.WEIGHTS, 2, 1)),
        ("y_combo", 3, Plane(Axes.WEIGHTS, 0, 3)),
        ("axes_combo", "PATH", Plane(Axes.PATH, 0, 1)),
        ("axes_combo", "RANDOM", Plane(Axes.RANDOM, 0, 1)),
    ],
)
def test_a_choice_is_exactly_one_wish(plot, by, name, key, wish):
    plot.show_names(["w1", "w2", "w3", "w4"])
    wished = by.heard(plot.plane_requested)
    by.pick(getattr(plot, name), key)
    assert wished == [(wish,)]


def test_what_is_shown_wishes_for_nothing(plot, by):
    wished = by.heard(plot.plane_requested)
    plot.show_names(["w1", "w2", "w3"])
    plot.show_surface(surface_on("hidden-layer", Plane(x=2, y=0)))
    plot.show_surface(surface_on("hidden-layer", Plane(Axes.RANDOM)))
    assert wished == []


def test_the_combos_show_the_plane_that_is_shown(plot):
    plot.show_names([f"w{number}" for number in range(6)])
    plot.show_surface(surface_on("hidden-layer", Plane(x=4, y=2)))
    assert [combo.currentData() for combo in (plot.axes_combo, plot.x_combo, plot.y_combo)] == ["WEIGHTS", 4, 2]


def test_weights_are_only_chosen_where_they_are_the_axes(plot):
    plot.show_names([f"w{number}" for number in range(6)])
    for axes in Axes:
        plot.show_surface(surface_on("hidden-layer", Plane(axes)))
        assert plot.axes_combo.currentText() == axes.value
        assert plot.x_combo.isVisible() == plot.y_combo.isVisible() == (axes is Axes.WEIGHTS)


def test_the_same_names_are_not_filled_in_again(plot):
    names = ["w1", "w2", "w3"]
    plot.show_names(names)
    plot.x_combo.setCurrentIndex(2)
    plot.show_names(names)
    assert plot.x_combo.currentIndex() == 2


def test_a_note_is_shown_and_taken_away(plot):
    plot.show_surface(surface_on("two-weights", Plane(Axes.PATH), steps=0))
    assert plot._note.isVisible()
    assert plot._note.text() == "There is no path yet: two weights are shown until there is one."
    plot.show_surface(surface_on("two-weights", Plane(Axes.PATH)))
    assert not plot._note.isVisible()
    plot.show_surface(surface_on("one-weight"))
    assert plot._note.text() == "One weight has a curve and no surface."


# Clicks.


@pytest.mark.parametrize("share", [(0.1, 0.2), (0.5, 0.5), (0.83, 0.4)])
def test_a_click_wishes_for_exactly_the_place_under_it(plot, by, share):
    surface = surface_on("hidden-layer", Plane(x=3, y=1))
    plot.show_surface(surface)
    QApplication.processEvents()
    wished = by.heard(plot.jump_requested)
    a, b = (axis[0] + part * (axis[-1] - axis[0]) for axis, part in zip((surface.a, surface.b), share, strict=True))
    pixel = pixel_of(plot, a, b)
    click(plot, pixel)
    ((parameters,),) = wished
    place = place_of(plot, pixel)
    assert parameters.tolist() == surface.parameters_at(place.x(), place.y()).tolist()
    # A pixel is a 300th of the axis or so.
    assert parameters[3] == pytest.approx(a, abs=(surface.a[-1] - surface.a[0]) / 100)
    assert parameters[1] == pytest.approx(b, abs=(surface.b[-1] - surface.b[0]) / 100)
    others = [0, 2, 4, 5]
    assert parameters[others].tolist() == surface.origin[others].tolist()


def test_a_click_on_a_marker_is_a_click_on_the_land(plot, by):
    surface = surface_on()
    plot.show_surface(surface)
    QApplication.processEvents()
    wished = by.heard(plot.jump_requested)
    click(plot, pixel_of(plot, *surface.here))
    assert len(wished) == 1


def test_a_click_outside_the_axes_goes_nowhere(plot, by):
    plot.show_surface(surface_on())
    QApplication.processEvents()
    wished = by.heard(plot.jump_requested)
    click(plot, QPoint(5, plot.plot.height() // 2))
    click(plot, QPoint(plot.plot.width() // 2, plot.plot.height() - 3))
    assert wished == []


@pytest.mark.parametrize("button", [Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton])
def test_only_the_left_button_jumps(plot, by, button):
    surface = surface_on()
    plot.show_surface(surface)
    QApplication.processEvents()
    wished = by.heard(plot.jump_requested)
    click(plot, pixel_of(plot, *surface.here), button)
    assert wished == []


def test_where_there_is_no_surface_a_click_goes_nowhere(plot, by):
    wished = by.heard(plot.jump_requested)
    click(plot, plot.plot.rect().center())
    plot.show_surface(surface_on("one-weight"))
    click(plot, plot.plot.rect().center())
    assert wished == []
    assert drawn(plot._arrow) == drawn(plot._here) == []


def test_before_moving_in_everything_can_be_shown(qtbot, dressed):
    made = SurfacePlot()
    qtbot.addWidget(made)
    made.set_theme(DARK)
    made.show_names(["w1", "w2"])
    surface = surface_on()
    made.show_surface(surface)
    made.show_surface(surface_on("one-weight"))
    made.show_surface(surface)
    assert made.plot is None
    made.move_in()
    assert drawn(made._here) == [surface.here.tolist()]
    assert made._image.image is not None


# In the studio.


class Land:
    """A studio with its loss surface on top."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.plot = studio, studio.window.surface_plot
        studio.window._docks["surfaceDock"].raise_()
        studio.window.activateWindow()
        QApplication.processEvents()
        self.plot.move_in()
        self.heard: list[Surface] = []
        self.settle()
        studio.analyst.surface_changed.connect(self.heard.append)

    def settle(self) -> Surface:
        """Let the worker do what there is, and show it; twice, since fine comes after coarse."""
        for _ in range(3):
            self.studio.jobs.wait()
            QApplication.processEvents()
        return self.plot._surface


@pytest.fixture
def land_of(opened):
    return lambda key: Land(opened(key))


def test_the_surface_is_coarse_at_first_and_then_fine(land_of):
    land = land_of("hidden-layer")
    land.studio.player.step()
    surface = land.settle()
    assert [len(each.a) for each in land.heard] == [COARSE, FINE]
    assert surface is land.heard[-1]
    parameters = land.studio.session.viewed.parameters
    assert surface.here == pytest.approx(parameters[:2], rel=1e-12)
    assert len(surface.path) == 2


def test_a_click_in_the_window_jumps_to_exactly_that_place_as_one_undo_entry(land_of):
    land = land_of("hidden-layer")
    surface, session = land.settle(), land.studio.session
    before, count = session.viewed.parameters, session.undo_stack.count()
    pixel = pixel_of(land.plot, surface.a[70], surface.b[20])
    place = place_of(land.plot, pixel)
    click(land.plot, pixel)
    assert session.viewed.parameters.tolist() == surface.parameters_at(place.x(), place.y()).tolist()
    assert session.undo_stack.count() == count + 1
    assert land.settle().here == pytest.approx([place.x(), place.y()], rel=1e-9)
    session.undo_stack.undo()
    assert session.viewed.parameters is before


def test_locked_weights_stay_at_a_click(land_of):
    land = land_of("hidden-layer")
    land.studio.session.set_locked(0, True)
    surface, before = land.settle(), land.studio.session.viewed.parameters[0]
    click(land.plot, pixel_of(land.plot, surface.a[70], surface.b[20]))
    assert land.studio.session.viewed.parameters[0] == before
    assert land.studio.session.viewed.parameters[1] != surface.here[1]


def test_the_names_of_all_weights_and_biases_are_offered(land_of):
    land = land_of("xor")
    project = land.studio.session.viewed
    expected = [parameter_name(project, index) for index in range(13)]
    assert offers(land.plot.x_combo) == offers(land.plot.y_combo) == expected
    land.studio.session.add_node(1)
    assert land.plot.x_combo.count() == land.studio.session.viewed.network.parameter_count == 17


def test_choosing_another_plane_shows_it(land_of, by):
    land = land_of("xor")
    by.pick(land.plot.x_combo, 5)
    surface = land.settle()
    assert (surface.plane, len(surface.a)) == (Plane(Axes.WEIGHTS, 5, 1), FINE)
    by.pick(land.plot.axes_combo, "RANDOM")
    assert land.settle().plane.axes is Axes.RANDOM
    land.studio.session.descend(1)
    assert land.settle().plane.axes is Axes.RANDOM


def test_a_wish_for_the_path_comes_true_with_the_first_step(land_of, by):
    land = land_of("xor")
    by.pick(land.plot.axes_combo, "PATH")
    assert land.settle().plane.axes is Axes.WEIGHTS
    assert land.plot._note.isVisible()
    land.studio.session.descend(1)
    assert land.settle().plane.axes is Axes.PATH
    assert not land.plot._note.isVisible()


def test_another_document_drops_what_was_under_way(land_of):
    land = land_of("two-rings")
    land.studio.session.set_parameter(0, 0.5)
    land.studio.session.open(load_example("two-weights"), None)
    land.settle()
    assert {len(surface.origin) for surface in land.heard} == {2}
    assert [len(surface.a) for surface in land.heard] == [COARSE, FINE]


@pytest.mark.parametrize(("key", "count"), [("two-weights", 2), ("one-weight", 1), ("xor", 13)])
def test_a_click_on_what_is_left_of_another_document_harms_nothing(land_of, key, count):
    land = land_of("hidden-layer")
    pixel = pixel_of(land.plot, *land.settle().a[[70, 20]])
    land.studio.session.open(load_example(key), None)
    QTest.mouseClick(land.plot.plot.viewport(), LEFT, NO_MODIFIER, pixel)
    assert len(land.studio.session.viewed.parameters) == count
    assert len(land.settle().origin) == count


def test_in_a_run_the_surface_follows_now_and_then_and_is_fine_at_its_end(land_of):
    land = land_of("xor")
    player = land.studio.player
    player.set_speed(len(SPEEDS) - 2)
    player.set_running(True)
    for _ in range(170):
        player.advance(16.0)
        land.studio.jobs.wait()
        QApplication.processEvents()
    during = list(land.heard)
    assert 1 <= len(during) <= 20
    assert player.is_running
    assert {len(surface.a) for surface in during} == {COARSE}
    player.set_running(False)
    surface = land.settle()
    assert len(surface.a) == FINE
    assert surface.here == pytest.approx(land.studio.session.viewed.parameters[:2], rel=1e-12)


def test_behind_its_tab_its_combos_are_not_in_the_tab_order(land_of):
    land = land_of("xor")
    combos = {"surfaceAxesCombo", "surfaceXCombo", "surfaceYCombo"}
    for dock, expected in (("surfaceDock", combos), ("dataDock", set()), ("parameterDock", set())):
        land.studio.window._docks[dock].raise_()
        QApplication.processEvents()
        land.studio.window.canvas.setFocus()
        stops: list[str] = []
        for _ in range(60):
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            stops.append(QApplication.focusWidget().objectName())
            if stops[-1] == "networkCanvas":
                break
        assert combos & set(stops) == expected
