"""What kept runs predict, in the data plot: a curve, or the border between two regions."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QApplication

from gdstudio.document.datasets import plain_data
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe
from gdstudio.teaching.fits import fit_of, ghosts_of
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.plots.data_plot import DataPlot
from gdstudio.ui.theme import DARK, LIGHT


def linear(weights, x, y) -> Project:
    data = plain_data("linear", np.asarray(x, float), np.asarray(y, float))
    recipe = Recipe(Network((len(data.input_names), 1), ("linear",), bias=True))
    return new_project("linear", recipe, np.asarray(weights, float), data)


LINE = linear([2.0, 1.0], [[0.0], [1.0], [2.0]], [[0.0], [1.0], [2.0]])
PLANE = linear([1.0, 0.0, 0.0], [[-1.0, -1.0], [1.0, 1.0], [1.0, -1.0]], [[-1.0], [1.0], [1.0]])


@pytest.fixture
def plot(shown_alone) -> DataPlot:
    made = shown_alone(DataPlot(), 420, 320)
    made.move_in()
    return made


def shown_on(plot: DataPlot, project: Project, runs) -> list:
    plot.show_fit(fit_of(picture_of(project)))
    plot.show_ghosts(ghosts_of(picture_of(project), runs))
    QApplication.processEvents()
    return plot._ghost_items


def test_a_run_over_one_input_is_a_dashed_curve_of_its_prediction(plot, by):
    (item,) = shown_on(plot, LINE, (by.kept(LINE),))
    x, y = item.getData()
    assert y == pytest.approx(2.0 * x + 1.0)
    pen = item.opts["pen"]
    assert (pen.color().name(), pen.style()) == (LIGHT.run_1, Qt.PenStyle.DashLine)
    assert item in plot.plot.plotItem.items


def test_a_run_over_two_inputs_is_the_border_where_it_passes_the_middle(plot, by):
    (item,) = shown_on(plot, PLANE, (by.kept(PLANE),))
    path = QTransform(item.transform()).map(item.path) if item.path is not None else None
    item.generatePath()
    path = QTransform(item.transform()).map(item.path)
    box = path.boundingRect()
    assert box.left() == pytest.approx(0.0, abs=0.05)
    assert box.right() == pytest.approx(0.0, abs=0.05)
    (_, _), (bottom, top) = plot.plot.viewRange()
    assert box.height() == pytest.approx(top - bottom, rel=0.05)


def test_the_border_lies_the_right_way_up(plot, by):
    """The prediction is the second input minus a half: the border is a level line at a half."""
    project = linear([0.0, 1.0, -0.5], [[-1, -1], [1, 1], [1, -1]], [[-1], [1], [1]])
    (item,) = shown_on(plot, project, (by.kept(project),))
    item.generatePath()
    box = QTransform(item.transform()).map(item.path).boundingRect()
    assert box.center().y() == pytest.approx(0.5, abs=0.05)
    assert box.height() < 0.1


def test_a_hidden_run_and_one_of_other_inputs_are_not_drawn_and_colours_stay(plot, by):
    items = shown_on(plot, LINE, (by.kept(LINE, is_shown=False), by.kept(PLANE), by.kept(LINE)))
    assert [item.opts["pen"].color().name() for item in items] == [LIGHT.run_3]


def test_ghosts_that_go_leave_nothing_in_the_plot(plot, by):
    shown_on(plot, LINE, (by.kept(LINE), by.kept(LINE)))
    before = len(plot.plot.plotItem.items)
    plot.show_ghosts(())
    assert len(plot.plot.plotItem.items) == before - 2
    assert plot._ghost_items == []


def test_ghosts_before_the_plot_moves_in_are_there_afterwards(qtbot, dressed, by):
    made = DataPlot()
    qtbot.addWidget(made)
    made.show_ghosts(ghosts_of(picture_of(LINE), (by.kept(LINE),)))
    made.show_fit(fit_of(picture_of(LINE)))
    assert made._ghost_items == []
    made.move_in()
    assert len(made._ghost_items) == 1


def test_ghosts_wear_the_theme(plot, by):
    shown_on(plot, LINE, (by.kept(LINE),))
    plot.set_theme(DARK)
    assert [item.opts["pen"].color().name() for item in plot._ghost_items] == [DARK.run_1]


@pytest.mark.parametrize("weights", [[np.inf, 0.0], [np.nan, 1.0], [1e308, 1e308]], ids=str)
def test_a_diverged_run_is_drawn_without_a_word(plot, by, weights):
    run = by.kept(LINE)
    state = replace(LINE.state, parameters=np.asarray(weights))
    shown_on(plot, LINE, (replace(run, project=replace(LINE, state=state)),))
    assert not plot.grab().isNull()


def test_a_diverged_run_over_two_inputs_has_no_border(plot, by):
    state = replace(PLANE.state, parameters=np.full(3, np.nan))
    shown_on(plot, PLANE, (replace(by.kept(PLANE), project=replace(PLANE, state=state)),))
    assert not plot.grab().isNull()


def test_in_the_window_a_pinned_run_keeps_its_curve_while_the_fit_goes_on(opened):
    studio = opened("noisy-line")
    plot = studio.window.data_plot
    plot.move_in()
    studio.session.descend(3)
    studio.window.actions_by_name["pinRunAction"].trigger()
    (item,) = plot._ghost_items
    then = item.getData()[1].copy()
    assert then == pytest.approx(plot._curves[0].getData()[1])
    studio.session.descend(50)
    (item,) = plot._ghost_items
    assert item.getData()[1] == pytest.approx(then)
    assert plot._curves[0].getData()[1] != pytest.approx(then)
    studio.session.delete_run(0)
    assert plot._ghost_items == []
