"""The slice plot with the ends of kept runs, and with numbers that can be clicked."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication

from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.project import NodeRef, ParameterRef
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.slices import slice_of
from gdstudio.ui.plots.slice_plot import SlicePlot
from gdstudio.ui.theme import LIGHT

PRESS, MOVE, RELEASE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease
NONE = Qt.MouseButton.NoButton


@pytest.fixture
def plot(shown_alone) -> SlicePlot:
    made = shown_alone(SlicePlot(), 420, 260)
    made.move_in()
    made.show_slice(slice_of(picture_of(load_example("hidden-layer")), 2))
    return settled(made)


def settled(plot: SlicePlot) -> SlicePlot:
    """Let everything find its place: numbers do so when they are painted."""
    for _ in range(3):
        QApplication.processEvents()
    plot.grab()
    return plot


def ball_at(plot: SlicePlot) -> QPointF:
    piece = plot._slice
    return plot.plot.getViewBox().mapViewToScene(QPointF(piece.value, piece.loss))


def ends(plot: SlicePlot) -> list[tuple[float, float, str]]:
    spots = plot._ends.points()
    return [(spot.pos().x(), spot.pos().y(), spot.pen().color().name()) for spot in spots]


def labels(plot: SlicePlot) -> dict[str, QRectF]:
    """Where the numbers in the plot stand, in the viewport."""
    return {name: getattr(plot, f"_{name}_text").sceneBoundingRect() for name in ("slope", "landing")}


def on_label(plot: SlicePlot, which: str) -> QPointF:
    """A place on a number that is far from the ball and from the other number."""
    box, other = labels(plot)[which], labels(plot)["landing" if which == "slope" else "slope"]
    ball = ball_at(plot)
    xs = (box.left() + share * box.width() for share in (0.1, 0.3, 0.5, 0.7, 0.9))
    spots = [QPointF(x, box.center().y()) for x in xs]
    free = [spot for spot in spots if not other.contains(spot) and (spot - ball).manhattanLength() > 30]
    return max(free, key=lambda spot: (spot - ball).manhattanLength())


def press_and_drag(plot: SlicePlot, by, point: QPointF, to: QPointF | None = None) -> None:
    port = plot.plot.viewport()
    by.mouse(port, PRESS, point)
    if to is not None:
        by.mouse(port, MOVE, to, NONE)
    by.mouse(port, RELEASE, to or point, buttons=NONE)


def test_a_kept_run_is_marked_at_its_weight_and_its_loss_in_its_colour(plot, by):
    run = replace(by.kept("hidden-layer"), loss=3.0)
    plot.show_runs((run, replace(run, loss=5.0)))
    weight = run.project.parameters[2]
    assert ends(plot) == [(weight, 3.0, LIGHT.run_1), (weight, 5.0, LIGHT.run_2)]


def test_the_marks_follow_the_selected_weight(plot, by):
    plot.show_runs((by.kept("hidden-layer"),))
    plot.show_slice(slice_of(picture_of(load_example("hidden-layer")), 4))
    assert [x for x, *_ in ends(plot)] == [load_example("hidden-layer").parameters[4]]


def test_runs_that_are_hidden_or_of_another_shape_or_not_finite_are_not_marked(plot, by):
    run = by.kept("hidden-layer")
    plot.show_runs((
        replace(run, is_shown=False), by.kept("xor"), replace(run, loss=np.inf), replace(run, loss=np.nan),
        replace(run, loss=2.5),
    ))  # fmt: skip
    assert [(y, color) for _, y, color in ends(plot)] == [(2.5, LIGHT.run_5)]
    plot.show_runs(())
    assert ends(plot) == []


@pytest.mark.parametrize("which", ["slope", "landing"])
def test_a_click_on_a_number_is_one_wish_for_where_it_comes_from_and_no_drag(plot, by, which):
    origins, values = by.heard(plot.origin_requested), by.heard(plot.parameter_requested)
    spot = on_label(plot, which)
    press_and_drag(plot, by, spot, spot + QPointF(30, 0))
    assert origins == [(ParameterRef(2),)]
    assert values == []


def test_a_click_beside_the_numbers_wishes_for_nothing(plot, by):
    origins, values = by.heard(plot.origin_requested), by.heard(plot.parameter_requested)
    press_and_drag(plot, by, QPointF(80, 20))
    assert (origins, values) == ([], [])


def test_the_other_buttons_wish_for_nothing(plot, by):
    origins = by.heard(plot.origin_requested)
    spot = labels(plot)["slope"].center()
    by.mouse(plot.plot.viewport(), PRESS, spot, Qt.MouseButton.RightButton, Qt.MouseButton.RightButton)
    by.mouse(plot.plot.viewport(), RELEASE, spot, Qt.MouseButton.RightButton, NONE)
    assert origins == []


def test_the_cursor_says_that_a_number_can_be_clicked_and_the_ball_dragged(plot, by):
    port = plot.plot.viewport()
    for spot, shape in (
        (on_label(plot, "slope"), Qt.CursorShape.PointingHandCursor),
        (ball_at(plot), Qt.CursorShape.SizeHorCursor),
        (QPointF(80, 20), Qt.CursorShape.ArrowCursor),
    ):
        by.mouse(port, MOVE, spot, NONE, NONE)
        assert port.cursor().shape() is shape


def test_a_click_where_ball_and_number_meet_is_a_drag_or_a_wish_and_never_both(plot, by):
    """A ball below its number: whatever is taken, the other is not."""
    origins, values = by.heard(plot.origin_requested), by.heard(plot.parameter_requested)
    port = plot.plot.viewport()
    for x in range(port.width()):
        spot = ball_at(plot)
        spot.setX(x)
        press_and_drag(plot, by, spot, spot + QPointF(20, 0))
        assert not (origins and values), x
        origins.clear()
        values.clear()


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((308, 130), id="in the smallest window"),
        pytest.param((356, 170), id="in a small window"),
        pytest.param((403, 190), id="in the usual window"),
        pytest.param((640, 260), id="with room"),
    ],
)
def test_the_numbers_stay_inside_the_plot(plot, size):
    plot.resize(*size)
    cut = []
    for key in [example.key for example in EXAMPLES]:
        project = load_example(key)
        for index in range(min(project.network.parameter_count, 4)):
            plot.show_slice(slice_of(picture_of(project), index))
            settled(plot)
            room = QRectF(plot.plot.viewport().rect()).adjusted(-4, -5, 4, 5)  # the text has a margin of its own
            cut += [(key, index, name) for name, box in labels(plot).items() if not room.contains(box)]
    assert cut == []


def test_the_numbers_stay_inside_when_the_plot_gets_smaller(plot):
    cut = []
    for example in EXAMPLES:
        project = load_example(example.key)
        plot.resize(640, 260)
        settled(plot)
        plot.show_slice(slice_of(picture_of(project), 0))
        settled(plot)
        plot.resize(308, 160)
        settled(plot)
        room = QRectF(plot.plot.viewport().rect()).adjusted(-4, -5, 4, 5)
        cut += [(example.key, name) for name, box in labels(plot).items() if not room.contains(box)]
    assert cut == []


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES])
def test_the_two_numbers_do_not_cover_each_other(plot, key):
    project = load_example(key)
    for index in range(min(project.network.parameter_count, 6)):
        plot.show_slice(slice_of(picture_of(project), index))
        settled(plot)
        slope, landing = labels(plot).values()
        assert not slope.adjusted(3, 3, -3, -3).intersects(landing.adjusted(3, 3, -3, -3)), index


def test_in_the_window_a_click_on_a_number_brings_its_weight_back_after_a_node(opened, by):
    studio = opened("hidden-layer")
    plot = studio.window.slice_plot
    plot.move_in()
    QApplication.processEvents()
    studio.stage.select(ParameterRef(3))
    studio.stage.select(NodeRef(1, 0))
    settled(plot)
    before = studio.session.project
    press_and_drag(plot, by, on_label(plot, "slope"))
    assert studio.stage.selection == ParameterRef(3)
    assert studio.session.project is before
