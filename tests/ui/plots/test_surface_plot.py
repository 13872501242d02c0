"""The loss surface shows a plane and what lies on it, and wishes for another plane or the place that was clicked."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.project import parameter_name
from gdstudio.session.history import descend
from gdstudio.session.speeds import SPEEDS
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.surfaces import COARSE, FINE, Axes, Plane, Surface, surface_of
from gdstudio.ui.plots.surface_plot import SurfacePlot
from gdstudio.ui.theme import DARK, LIGHT

PLAIN = Plane()
LEFT, NO_MODIFIER = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def surface_on(source="two-weights", plane: Plane = PLAIN, steps: int = 3, size: int = 25) -> Surface:
    project = load_example(source) if isinstance(source, str) else source
    path = [project]
    for _ in range(steps):
        path.append(edits.descended(path[-1], descend(path[-1], 1).state))
    return surface_of(picture_of(path[-1]), plane, np.array([each.parameters for each in path]), size)


def with_losses(losses) -> Surface:
    return replace(surface_on(size=len(losses)), losses=np.asarray(losses, dtype=float))


@pytest.fixture
def plot(shown_alone) -> SurfacePlot:
    made = shown_alone(SurfacePlot(), 420, 320)
    made.move_in()
    QApplication.processEvents()
    return made


def drawn(item) -> list[list[float]]:
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
    paper = np.array(plot.theme.color("card").getRgb()[:3], dtype=float)
    return np.abs(plot._image.image.astype(float) - paper).sum(axis=2)


def shade_at(plot: SurfacePlot, a: float, b: float) -> float:
    """The darkness of the image at a place of the plane."""
    pixel = plot._image.mapFromParent(QPointF(a, b))
    shades = darkness(plot)
    column, row = (min(int(at), len(shades) - 1) for at in (pixel.x(), pixel.y()))
    return float(shades[row, column])


def arrow_length(plot: SurfacePlot) -> float:
    """From the arrow's beginning to its point, in pixels of the screen."""
    box = plot.plot.getViewBox()
    begin, point = (box.mapViewToScene(QPointF(*place)) for place in drawn(plot._arrow)[:2])
    return float(np.hypot(point.x() - begin.x(), point.y() - begin.y()))


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


def test_the_image_lies_where_its_losses_are(plot):
    """One low corner: to the left and below, wherever the axes begin."""
    losses = np.full((9, 9), 5.0)
    losses[:3, :3] = 0.0
    surface = with_losses(losses)
    plot.show_surface(surface)
    (left, right), (bottom, top) = surface.a[[1, -2]], surface.b[[1, -2]]
    assert shade_at(plot, left, bottom) > shade_at(plot, right, top)
    assert shade_at(plot, right, bottom) == shade_at(plot, left, top) == shade_at(plot, right, top)
    shown = plot._image.mapRectToParent(plot._image.boundingRect())
    assert (shown.left(), shown.right()) == pytest.approx((surface.a[0], surface.a[-1]))
    assert (shown.top(), shown.bottom()) == pytest.approx((surface.b[0], surface.b[-1]))
    ranges = plot.plot.getViewBox().viewRange()
    assert ranges[0] == pytest.approx([surface.a[0], surface.a[-1]])
    assert ranges[1] == pytest.approx([surface.b[0], surface.b[-1]])


@pytest.mark.parametrize("value", [0.0, 7.0, 5e-324, 1e-320, 1e308, np.nan, np.inf])
def test_a_land_without_hills_is_dark_all_over_and_one_without_numbers_is_paper(plot, value):
    plot.show_surface(with_losses(np.full((7, 7), value)))
    (shade,) = np.unique(darkness(plot))
    assert (shade > 0) == np.isfinite(value)
    assert not plot.grab().isNull()


LANDS = [[[0, np.inf], [np.nan, 1]], [[0, 1.7e308], [1e-300, 5e-324]], [[1, 1], [1, 1 + 2e-16]]]


@pytest.mark.parametrize("losses", LANDS)
def test_any_losses_can_be_painted_and_where_there_is_no_number_they_are_high(plot, losses):
    surface = with_losses(losses)
    plot.show_surface(surface)
    assert not plot.grab().isNull()
    if np.isnan(losses[1][0]):
        assert shade_at(plot, surface.a[0], surface.b[1]) == darkness(plot).min() < darkness(plot).max()


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
    assert arrow_length(plot) == pytest.approx(44.0, rel=0.03)
    along = np.subtract(*drawn(plot._arrow)[1::-1])
    assert along / np.linalg.norm(along) == pytest.approx(surface.downhill / np.linalg.norm(surface.downhill), rel=1e-6)


def test_the_arrow_keeps_its_length_when_the_plot_gets_another_size(plot):
    plot.show_surface(surface_on())
    plot.resize(900, 250)
    QApplication.processEvents()
    assert arrow_length(plot) == pytest.approx(44.0, rel=0.03)


def test_what_is_shown_before_moving_in_is_there_afterwards_with_an_arrow_as_long(qtbot, shown_alone):
    plot, surface = SurfacePlot(), surface_on()
    plot.show_names(["w1", "w2"])
    for each in (surface, surface_on("one-weight"), surface):
        plot.show_surface(each)
    assert plot.plot is None
    shown_alone(plot, 420, 320)
    qtbot.waitUntil(lambda: plot.plot is not None, timeout=60_000)
    QApplication.processEvents()
    assert drawn(plot._here) == [surface.here.tolist()]
    assert darkness(plot).max() > 0
    assert arrow_length(plot) == pytest.approx(44.0, rel=0.03)


@pytest.mark.parametrize("wild", [np.nan, np.inf, -np.inf])
def test_what_has_left_all_bounds_is_not_drawn(plot, wild):
    nowhere = np.array([wild, 1.0])
    plain = surface_on()
    beyond = np.vstack([plain.path, nowhere])
    plot.show_surface(replace(plain, here=nowhere, following=nowhere, downhill=nowhere, path=beyond))
    assert drawn(plot._here) == drawn(plot._next) == drawn(plot._arrow) == []
    assert drawn(plot._path) == plain.path.tolist()
    assert not plot.grab().isNull()


@pytest.mark.parametrize("slope", [0.0, 5e-324, 1e200, 1e308])
def test_any_slope_has_an_arrow_or_none(plot, slope):
    plot.show_surface(replace(surface_on(), downhill=np.array([slope, slope])))
    assert len(drawn(plot._arrow)) in ((0,) if slope == 0.0 else (0, 5))
    assert not plot.grab().isNull()


# Choosing a plane.


def test_the_axes_are_offered_by_the_names_of_all_parameters(opened):
    plot = opened("xor").window.surface_plot
    assert plot.axes_combo.count() == len(Axes)
    for combo in (plot.x_combo, plot.y_combo):
        names = [combo.itemText(number) for number in range(combo.count())]
        assert names == [parameter_name(load_example("xor"), index) for index in range(13)]
    assert (plot.x_combo.currentIndex(), plot.y_combo.currentIndex()) == (0, 1)


def test_a_choice_is_exactly_one_wish(plot, by):
    plot.show_names(["w1", "w2", "w3", "w4"])
    wished = by.heard(plot.plane_requested)
    by.pick(plot.x_combo, 2)
    by.pick(plot.y_combo, 3)
    by.pick(plot.axes_combo, "RANDOM")
    assert wished == [(Plane(Axes.WEIGHTS, 2, 1),), (Plane(Axes.WEIGHTS, 2, 3),), (Plane(Axes.RANDOM, 2, 3),)]


def test_the_combos_show_the_plane_that_is_shown_and_wish_for_nothing(plot, by):
    wished = by.heard(plot.plane_requested)
    plot.show_names([f"w{number}" for number in range(6)])
    for axes in Axes:
        plot.show_surface(surface_on("hidden-layer", Plane(axes, 4, 2)))
        assert [combo.currentData() for combo in (plot.axes_combo, plot.x_combo, plot.y_combo)] == [axes.name, 4, 2]
        assert plot.x_combo.isVisible() == plot.y_combo.isVisible() == (axes is Axes.WEIGHTS)
    assert wished == []


# Clicks.


@pytest.mark.parametrize("share", [(0.1, 0.2), (0.5, 0.5), (0.83, 0.4)])
def test_a_click_wishes_for_exactly_the_place_under_it(plot, by, share):
    surface = surface_on("hidden-layer", Plane(x=3, y=1))
    plot.show_surface(surface)
    wished = by.heard(plot.jump_requested)
    wanted = [axis[0] + part * np.ptp(axis) for axis, part in zip((surface.a, surface.b), share, strict=True)]
    pixel = pixel_of(plot, *wanted)
    click(plot, pixel)
    ((parameters,),), place = wished, place_of(plot, pixel)
    assert parameters.tolist() == surface.parameters_at(place.x(), place.y()).tolist()
    assert parameters[3] == pytest.approx(wanted[0], abs=np.ptp(surface.a) / 100)
    assert parameters[1] == pytest.approx(wanted[1], abs=np.ptp(surface.b) / 100)


def test_only_the_left_button_jumps_and_only_within_the_axes(plot, by):
    surface = surface_on()
    plot.show_surface(surface)
    wished = by.heard(plot.jump_requested)
    click(plot, QPoint(5, plot.plot.height() // 2))
    click(plot, QPoint(plot.plot.width() // 2, plot.plot.height() - 3))
    for button in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
        click(plot, pixel_of(plot, *surface.here), button)
    assert wished == []


def test_where_there_is_no_surface_a_click_goes_nowhere(plot, by):
    wished = by.heard(plot.jump_requested)
    click(plot, plot.plot.rect().center())
    plot.show_surface(surface_on("one-weight"))
    click(plot, plot.plot.rect().center())
    assert wished == []
    assert drawn(plot._arrow) == drawn(plot._here) == []


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
    before = session.viewed.parameters
    pixel = pixel_of(land.plot, surface.a[70], surface.b[20])
    place = place_of(land.plot, pixel)
    click(land.plot, pixel)
    assert session.viewed.parameters.tolist() == surface.parameters_at(place.x(), place.y()).tolist()
    assert session.undo_stack.count() == 1
    assert land.settle().here == pytest.approx([place.x(), place.y()], rel=1e-9)
    session.undo_stack.undo()
    assert session.viewed.parameters is before


def test_choosing_another_plane_shows_it_and_the_path_once_there_is_one(land_of, by):
    land = land_of("xor")
    by.pick(land.plot.x_combo, 5)
    surface = land.settle()
    assert (surface.plane, len(surface.a)) == (Plane(Axes.WEIGHTS, 5, 1), FINE)
    by.pick(land.plot.axes_combo, "PATH")
    assert land.settle().plane.axes is Axes.WEIGHTS
    assert land.plot._note.isVisible()
    assert land.plot._note.text() == "There is no path yet: two weights are shown until there is one."
    land.studio.session.descend(1)
    assert land.settle().plane.axes is Axes.PATH
    assert not land.plot._note.isVisible()
    by.pick(land.plot.axes_combo, "RANDOM")
    assert land.settle().plane.axes is Axes.RANDOM


def test_another_document_drops_what_was_under_way(land_of):
    land = land_of("two-rings")
    land.studio.session.set_parameter(0, 0.5)
    land.studio.session.open(load_example("two-weights"), None)
    land.settle()
    assert [(len(surface.origin), len(surface.a)) for surface in land.heard] == [(2, COARSE), (2, FINE)]


@pytest.mark.parametrize(("key", "count"), [("two-weights", 2), ("one-weight", 1), ("xor", 13)])
def test_a_click_on_what_is_left_of_another_document_harms_nothing(land_of, key, count):
    land = land_of("hidden-layer")
    pixel = pixel_of(land.plot, *land.settle().a[[70, 20]])
    land.studio.session.open(load_example(key), None)
    QTest.mouseClick(land.plot.plot.viewport(), LEFT, NO_MODIFIER, pixel)
    assert len(land.studio.session.viewed.parameters) == count
    assert len(land.settle().origin) == count


def test_in_a_run_the_surface_follows_now_and_then_and_is_fine_at_its_end(land_of, monkeypatch):
    land = land_of("xor")
    player = land.studio.player
    # However busy the machine is: time passes here alone, and what is measured always takes a tenth of a millisecond.
    monkeypatch.setattr(player, "_wake", lambda: None)
    monkeypatch.setattr(player, "_clock", count(0.0, 1e-4).__next__)
    player.set_speed(len(SPEEDS) - 2)
    player.set_running(True)
    for _ in range(170):
        player.advance(16.0)
        land.studio.jobs.wait()
        QApplication.processEvents()
    assert player.is_running
    assert 1 <= len(land.heard) <= 20
    assert {len(surface.a) for surface in land.heard} == {COARSE}
    player.set_running(False)
    surface = land.settle()
    assert len(surface.a) == FINE
    assert surface.here == pytest.approx(land.studio.session.viewed.parameters[:2], rel=1e-12)


def test_moving_in_opens_no_window_of_its_own(shown_alone):
    plot = SurfacePlot()
    holder = shown_alone(QWidget(), 420, 320)
    holder.setLayout(QVBoxLayout())
    holder.layout().addWidget(plot)
    seen: list[QWidget] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                seen.append(watched)
            return False

    watch = Watch()
    QApplication.instance().installEventFilter(watch)
    plot.move_in()
    QApplication.instance().removeEventFilter(watch)
    assert seen == []
    assert holder.isActiveWindow()


def test_behind_its_tab_its_combos_are_not_in_the_tab_order(land_of):
    land = land_of("xor")
    combos = {"surfaceAxesCombo", "surfaceXCombo", "surfaceYCombo"}
    for dock, expected in (("surfaceDock", combos), ("dataDock", set()), ("parameterDock", set())):
        land.studio.window._docks[dock].raise_()
        QApplication.processEvents()
        land.studio.window.canvas.setFocus()
        stops: list[str] = []
        for _ in range(60):
            assert QApplication.focusWidget() is not None
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
            stops.append(QApplication.focusWidget().objectName())
        assert combos & set(stops) == expected
