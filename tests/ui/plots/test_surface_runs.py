"""The loss surface with other runs on it, as contours or as a relief, over other directions, with its notes."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from gdstudio.document.examples import load_example
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.surfaces import Axes, Plane, Surface, surface_of
from gdstudio.ui.plots.surface_plot import SurfacePlot
from gdstudio.ui.theme import LIGHT

LEFT = Qt.MouseButton.LeftButton


def surface_on(key: str = "hidden-layer", plane: Plane | None = None) -> Surface:
    project = load_example(key)
    return surface_of(picture_of(project), plane or Plane(), project.parameters[np.newaxis], 15)


@pytest.fixture
def plot(shown_alone) -> SurfacePlot:
    made = SurfacePlot()
    made.move_in()  # before it is shown
    shown_alone(made, 420, 320)
    for button in made.view_buttons:
        made._column.insertWidget(0, button)
    made.show_names([f"w{number}" for number in range(6)])
    made.show_surface(surface_on())
    QApplication.processEvents()
    return made


def moved(by, key: str = "hidden-layer", steps: int = 3, **changes):
    """A run that went from the example's weights along all axes."""
    project = load_example(key)
    path = project.parameters + 0.1 * np.arange(steps)[:, np.newaxis]
    return replace(by.kept(project), path=path, **changes)


def tracks(plot: SurfacePlot) -> list[tuple[list[list[float]], str, bool]]:
    """Places, colour and whether it is dashed, of each other run that is drawn."""
    found = []
    for curve in plot._others._curves:
        if curve.xData is not None and len(curve.xData):
            pen = curve.opts["pen"]
            places = np.column_stack([curve.xData, curve.yData]).tolist()
            found.append((places, pen.color().name(), pen.style() is Qt.PenStyle.DashLine))
    return found


# Other runs.


def test_a_kept_run_is_a_dashed_path_at_its_weights(plot, by):
    run = moved(by)
    plot.show_runs((run,))
    ((places, color, dashed),) = tracks(plot)
    assert np.array(places) == pytest.approx(run.path[:, :2])
    assert (color, dashed) == (LIGHT.run_1, True)


def test_racers_are_plain_paths_in_their_colours(plot, by):
    plot.show_standings(by.standings(moved(by), moved(by, steps=5)))
    assert [(len(places), color, dashed) for places, color, dashed in tracks(plot)] == [
        (3, LIGHT.run_1, False),
        (5, LIGHT.run_2, False),
    ]
    plot.show_standings(by.standings())
    assert tracks(plot) == []


def test_hidden_runs_and_those_of_another_shape_are_not_drawn(plot, by):
    plot.show_runs((moved(by, is_shown=False), moved(by, "xor"), moved(by, "two-weights"), moved(by)))
    assert [color for _, color, _ in tracks(plot)] == [LIGHT.run_4]


def test_when_the_network_changes_its_shape_the_paths_of_the_old_one_go(plot, by):
    plot.show_runs((moved(by),))
    plot.show_surface(surface_on("xor"))
    assert tracks(plot) == []
    plot.show_surface(surface_on())
    assert len(tracks(plot)) == 1


@pytest.mark.parametrize("axes", [Axes.RANDOM, Axes.WEIGHTS])
def test_a_path_lies_where_its_weights_are_on_any_plane(plot, by, axes):
    surface = surface_on(plane=Plane(axes, 4, 2, 3))
    run = moved(by)
    plot.show_runs((run,))
    plot.show_surface(surface)
    ((places, *_),) = tracks(plot)
    assert np.array(places) == pytest.approx(surface.places(run.path))
    if axes is Axes.WEIGHTS:
        assert np.array(places) == pytest.approx(run.path[:, [4, 2]])


def test_what_a_diverged_run_left_the_numbers_with_is_not_drawn(plot, by):
    run = moved(by, steps=5)
    path = run.path.copy()
    path[3], path[4] = np.inf, np.nan
    plot.show_runs((replace(run, path=path),))
    ((places, *_),) = tracks(plot)
    assert len(places) == 3


def test_runs_shown_before_a_surface_are_there_when_it_comes(qtbot, dressed, by):
    made = SurfacePlot()
    qtbot.addWidget(made)
    made.show_runs((moved(by),))
    made.show_standings(by.standings(moved(by)))
    made.show_surface(surface_on())
    made.move_in()
    assert len(tracks(made)) == 2


# Contours or relief.


def test_contours_are_shown_at_first_and_the_buttons_change_to_the_relief_and_back(plot):
    contour, relief = plot.view_buttons
    assert (contour.objectName(), relief.objectName()) == ("contourSurfaceButton", "3dSurfaceButton")
    assert (plot.plot.isVisible(), plot.relief.isVisible()) == (True, False)
    for button, is_relief in ((relief, True), (contour, False), (relief, True)):
        QTest.mouseClick(button, LEFT)
        assert (plot.plot.isVisible(), plot.relief.isVisible()) == (not is_relief, is_relief)
        assert (contour.isChecked(), relief.isChecked()) == (not is_relief, is_relief)


def test_the_relief_shows_the_same_surface_also_when_it_comes_while_it_is_seen(plot):
    plot.show_relief(True)
    assert plot.relief._surface is plot._surface
    faces = plot.relief._faces
    other = surface_on("xor")
    plot.show_surface(other)
    assert plot.relief._surface is other
    assert plot.relief._faces != faces


def test_a_relief_that_was_chosen_before_the_plot_moved_in_stays(shown_alone):
    made = shown_alone(SurfacePlot(), 420, 320)
    made.show_relief(True)
    made.move_in()
    made.show_surface(surface_on())
    assert (made.plot.isVisible(), made.relief.isVisible()) == (False, True)
    assert made.relief._faces


def test_the_relief_wears_the_theme_of_the_plot(plot):
    from gdstudio.ui.theme import DARK

    plot.set_theme(DARK)
    assert plot.relief._theme is DARK


# Other directions.


def test_other_random_directions_are_one_wish_for_the_next_seed(plot, by):
    button = plot.findChild(QToolButton, "surfaceSeedButton")
    assert not button.isVisible()
    plane = Plane(Axes.RANDOM, seed=4)
    plot.show_surface(surface_on(plane=plane))
    assert button.isVisible()
    assert button.accessibleName() == "Other random directions"
    wished = by.heard(plot.plane_requested)
    QTest.mouseClick(button, LEFT)
    assert wished == [(replace(plane, seed=5),)]
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert len(wished) == 2
    assert plot._surface.plane == plane  # nothing has changed yet


def test_choosing_weights_again_keeps_the_seed_for_later(plot, by):
    plot.show_surface(surface_on(plane=Plane(Axes.RANDOM, seed=4)))
    wished = by.heard(plot.plane_requested)
    by.pick(plot.axes_combo, "WEIGHTS")
    assert [(plane.axes, plane.seed) for (plane,) in wished] == [(Axes.WEIGHTS, 4)]


def test_another_seed_is_another_surface():
    one, other = (surface_on(plane=Plane(Axes.RANDOM, seed=seed)) for seed in (0, 1))
    again = surface_on(plane=Plane(Axes.RANDOM, seed=0))
    assert not np.array_equal(one.losses, other.losses)
    assert np.array_equal(one.losses, again.losses)


# Notes.


def test_a_note_is_shown_whole_or_as_a_tip_and_goes_again(plot):
    for note in ("Flat: the loss is 2.00 everywhere here.", ""):
        plot.show_surface(replace(plot._surface, note=note))
        assert plot._note.isVisible() == bool(note)
        assert plot._note.text() == note
        assert plot.rect().contains(plot._note.geometry()) or not note


@pytest.mark.parametrize(
    ("key", "plane", "words"),
    [
        ("one-weight", Plane(), "One weight has a curve"),
        ("hidden-layer", Plane(x=2, y=2), "two different weights"),
        ("hidden-layer", Plane(x=2, y=99), "two different weights"),
        ("hidden-layer", Plane(Axes.PATH), "There is no path yet"),
    ],
)
def test_a_plane_that_can_t_be_shown_says_what_is_shown_instead(plot, key, plane, words):
    plot.show_surface(surface_on(key, plane))
    assert words in plot._note.text()
    assert not plot.grab().isNull()
    plot.show_relief(True)
    assert not plot.grab().isNull()


# Through the window.


def test_in_the_window_a_race_and_a_pinned_run_are_on_the_surface(opened):
    studio = opened("hidden-layer")
    window = studio.window
    window.surface_plot.move_in()
    window._docks["surfaceDock"].raise_()
    studio.session.descend(5)
    window.actions_by_name["pinRunAction"].trigger()
    studio.race.set_steps(6)
    studio.race.set_running(True)
    for _ in range(6):
        studio.race.advance()
    for _ in range(2):
        studio.jobs.wait()
        QApplication.processEvents()
    assert not studio.race.is_running
    drawn = tracks(window.surface_plot)
    assert [dashed for *_, dashed in drawn] == [True, False, False, False]
    start = studio.session.project.start.parameters
    assert [places[0] for places, *_ in drawn] == [pytest.approx(list(start[:2]))] * 4
    window.race_panel.clear_requested.emit()
    assert len(tracks(window.surface_plot)) == 1
