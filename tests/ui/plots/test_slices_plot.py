"""Small curves of the loss, one a weight: where they stand, what is marked, and the one wish of each gesture."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gdstudio.document.examples import load_example
from gdstudio.document.project import NodeRef, ParameterRef, parameter_name
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.slices import slices_of
from gdstudio.ui.plots.slices_plot import SlicesPlot
from gdstudio.ui.theme import DARK, LIGHT

K, LEFT = Qt.Key, Qt.MouseButton.LeftButton


def slices_on(key: str, selected: int = 0):
    return slices_of(picture_of(load_example(key)), selected)


def names_of(key: str) -> list[str]:
    project = load_example(key)
    return [parameter_name(project, index) for index in range(project.network.parameter_count)]


@pytest.fixture
def plot(shown_alone) -> SlicesPlot:
    made = shown_alone(SlicesPlot(), 400, 210)
    made.show_names(names_of("xor"))
    made.show_slices(slices_on("xor"))
    return made


def boxes(plot: SlicesPlot) -> list[QRectF]:
    return [plot.box(number) for number in range(len(plot._slices))]


def click(plot: SlicesPlot, point: QPointF) -> None:
    QTest.mouseClick(plot, LEFT, Qt.KeyboardModifier.NoModifier, point.toPoint())


def ink(plot: SlicesPlot, role: str, box: QRectF, theme=LIGHT) -> int:
    """How many pixels in a box have nearly the colour of a role."""
    image, wanted = plot.grab().toImage(), theme.color(role).getRgb()[:3]
    area = box.toAlignedRect().intersected(plot.rect())
    found = 0
    for x in range(area.left(), area.right() + 1):
        for y in range(area.top(), area.bottom() + 1):
            color = image.pixelColor(x, y).getRgb()[:3]
            found += all(abs(a - b) < 40 for a, b in zip(color, wanted, strict=True))
    return found


# What it shows.


@pytest.mark.parametrize("size", [(400, 210), (300, 160), (1200, 160), (228, 88), (300, 700)])
@pytest.mark.parametrize("key", ["one-weight", "two-weights", "xor", "two-rings"])
def test_no_two_curves_share_a_place_and_all_lie_inside(plot, key, size):
    plot.resize(*size)
    plot.show_slices(slices_on(key))
    QApplication.processEvents()
    places = boxes(plot)
    assert len(places) == min(16, load_example(key).network.parameter_count)
    for one, other in combinations(places, 2):
        assert not one.intersects(other)
    room = QRectF(plot.rect())
    assert all(room.contains(box) and box.width() > 10 and box.height() > 10 for box in places)


def test_each_curve_has_the_name_of_its_weight(plot):
    assert plot._labels == names_of("xor")
    plot.show_names(["other"] * 13)
    assert plot._labels == ["other"] * 13


def test_the_curve_the_ball_and_the_landing_lie_in_their_box(plot):
    for number, (here, landing) in enumerate(plot._balls):
        assert plot.box(number).contains(here)
        assert plot.box(number).contains(landing)
        xs = [point.x() for point in plot._curves[number]]
        assert len(xs) == len(plot._slices[number].values)
        assert xs == sorted(xs)


def test_the_ball_lies_on_its_curve(plot):
    for number, (here, _) in enumerate(plot._balls):
        curve = plot._curves[number]
        xs, ys = [point.x() for point in curve], [point.y() for point in curve]
        assert here.y() == pytest.approx(np.interp(here.x(), xs, ys), abs=1.5)


def test_a_lower_loss_lies_lower(plot):
    plot.show_slices(slices_on("one-weight"))
    piece, curve = plot._slices[0], plot._curves[0]
    assert curve.at(int(piece.losses.argmin())).y() == max(point.y() for point in curve)


def test_the_selected_one_is_marked_and_no_other(plot):
    borders = [QRectF(box.left(), box.top() + 8, 2, box.height() - 16) for box in boxes(plot)]
    plot.show_selection(ParameterRef(3))
    marked = [number for number, border in enumerate(borders) if ink(plot, "slope", border)]
    assert marked == [3]
    plot.show_selection(NodeRef(1, 0))
    assert [number for number, border in enumerate(borders) if ink(plot, "slope", border)] == []


def test_kept_runs_are_marked_where_they_ended(plot, by):
    start = load_example("xor")
    run = by.kept("xor", (0.4, 0.3))
    run = replace(run, loss=plot._slices[0].loss)
    plot.show_runs((run,))
    assert [[number for _, number in ends] for ends in plot._ends] == [[0]] * len(plot._slices)
    for (here, _), ends in zip(plot._balls, plot._ends, strict=True):
        assert (ends[0][0] - here).manhattanLength() < 1e-6
    assert start.parameters.tolist() == run.project.parameters.tolist()


def test_hidden_runs_and_those_of_another_shape_are_not_marked(plot, by):
    plot.show_runs((by.kept("xor", is_shown=False), by.kept("hidden-layer"), by.kept("xor")))
    assert [[number for _, number in ends] for ends in plot._ends] == [[2]] * len(plot._slices)
    plot.show_runs(())
    assert plot._ends == [[] for _ in plot._slices]


def test_a_mark_has_the_colour_of_its_run(plot, by):
    here = plot._slices[0]
    moved = load_example("xor")
    parameters = moved.parameters.copy()
    parameters[0] = here.values[4]
    runs = tuple(
        replace(by.kept(replace(moved, state=replace(moved.state, parameters=parameters))), loss=here.loss)
        for _ in range(2)
    )
    plot.resize(1200, 600)
    plot.show_runs(runs[:1])
    assert ink(plot, "run_1", plot.box(0)) > 5
    plot.show_runs((replace(runs[0], is_shown=False), runs[1]))
    assert ink(plot, "run_2", plot.box(0)) > 5


def test_flat_and_non_finite_slices_are_drawn_without_a_word(plot):
    pieces = plot._slices
    strange = (
        replace(pieces[0], losses=np.full_like(pieces[0].losses, 2.0), loss=2.0, landing_loss=2.0),
        replace(pieces[1], losses=np.full_like(pieces[1].losses, np.inf), loss=np.inf, landing_loss=np.nan),
        replace(pieces[2], losses=np.where(pieces[2].values > pieces[2].value, np.nan, pieces[2].losses)),
        replace(pieces[3], loss=1e308, landing_loss=1e308),
        replace(pieces[4], value=np.nan, landing=np.inf),
    )
    plot.show_slices(strange)
    assert not plot.grab().isNull()
    assert plot._curves[0].count() == len(pieces[0].values)
    assert plot._curves[1].count() == 0
    assert plot._balls[1] == (None, None)
    assert 0 < plot._curves[2].count() < len(pieces[2].values)
    assert plot._balls[4][0] is None
    for curve in plot._curves:
        assert all(np.isfinite([point.x(), point.y()]).all() for point in curve)


def test_without_slices_nothing_is_drawn_and_nothing_wished(shown_alone, by):
    plot = shown_alone(SlicesPlot(), 300, 200)
    wished = by.heard(plot.selection_requested)
    click(plot, QPointF(50, 50))
    QTest.keyClick(plot, K.Key_Right)
    plot.show_slices(())
    assert not plot.grab().isNull()
    assert wished == []


def test_it_wears_the_theme(plot):
    plot.set_theme(DARK)
    assert ink(plot, "good", plot.box(0), DARK) > 10
    assert plot.grab().toImage().pixelColor(plot.box(0).center().toPoint()).lightness() < 128


# Gestures.


def test_a_click_on_a_curve_is_one_wish_for_its_weight(plot, by):
    wished = by.heard(plot.selection_requested)
    for number, box in enumerate(boxes(plot)):
        click(plot, box.center())
        assert wished == [(ParameterRef(number),)]
        wished.clear()


def test_a_click_between_two_curves_wishes_for_nothing(plot, by):
    wished = by.heard(plot.selection_requested)
    box = plot.box(0)
    click(plot, QPointF(box.right() + 3, box.center().y()))
    assert wished == []


def test_the_arrow_keys_walk_from_one_curve_to_the_next(plot, by):
    wished = by.heard(plot.selection_requested)
    columns = plot._columns
    assert columns > 1
    for start, key, end in (
        (1, K.Key_Right, 2),
        (2, K.Key_Left, 1),
        (1, K.Key_Down, 1 + columns),
        (1 + columns, K.Key_Up, 1),
    ):
        plot.show_selection(ParameterRef(start))
        QTest.keyClick(plot, key)
        assert wished == [(ParameterRef(end),)], key
        wished.clear()


def test_at_the_ends_the_arrow_keys_wish_for_nothing(plot, by):
    wished = by.heard(plot.selection_requested)
    for start, keys in ((0, (K.Key_Left, K.Key_Up)), (12, (K.Key_Right, K.Key_Down))):
        plot.show_selection(ParameterRef(start))
        for key in keys:
            QTest.keyClick(plot, key)
    assert wished == []


def test_on_a_later_page_the_curves_are_those_of_the_later_weights(plot, by):
    plot.show_names(names_of("two-rings"))
    plot.show_slices(slices_on("two-rings", 20))
    assert [piece.index for piece in plot._slices] == list(range(16, 32))
    assert plot._labels[0] == names_of("two-rings")[16]
    wished = by.heard(plot.selection_requested)
    click(plot, plot.box(5).center())
    plot.show_selection(ParameterRef(20))
    QTest.keyClick(plot, K.Key_Right)
    assert wished == [(ParameterRef(21),), (ParameterRef(21),)]


def test_other_keys_are_left_to_the_window(plot, by):
    wished = by.heard(plot.selection_requested)
    for key in (K.Key_A, K.Key_Return, K.Key_F10, K.Key_Delete):
        QTest.keyClick(plot, key)
    assert wished == []


# Through the window.


def test_in_the_window_a_click_selects_everywhere_and_the_curves_follow_steps(opened):
    studio = opened("hidden-layer")
    window = studio.window
    window._docks["slicesDock"].raise_()
    for _ in range(2):
        QApplication.processEvents()
        studio.jobs.wait()
    QApplication.processEvents()
    plot = window.slices_plot
    assert [piece.index for piece in plot._slices] == list(range(6))
    click(plot, plot.box(4).center())
    assert studio.stage.selection == ParameterRef(4)
    assert window.parameter_table.currentIndex().row() == 4
    studio.player.step()
    studio.jobs.wait()
    QApplication.processEvents()
    assert [piece.value for piece in plot._slices] == studio.session.viewed.parameters.tolist()
