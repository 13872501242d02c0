"""The loss along a weight as it is drawn: curve, ghost, ball, tangent and landing; and the ball that can be dragged."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.project import ParameterRef, Project
from gdstudio.engine import train_step
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.slices import Slice, slice_of
from gdstudio.ui.plots.slice_plot import SlicePlot
from gdstudio.ui.theme import DARK, LIGHT

PRESS, MOVE, RELEASE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease
NONE = Qt.MouseButton.NoButton


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def plot(shown_alone) -> SlicePlot:
    made = shown_alone(SlicePlot(), 420, 260)
    made.move_in()
    return made


def piece_of(source: Project | str, index: int = 0) -> Slice:
    return slice_of(picture_of(load_example(source) if isinstance(source, str) else source), index)


def stepped(project: Project) -> Project:
    return edits.descended(project, train_step(project.recipe, project.state, project.data.x, project.data.y)[0])


def points(item) -> list[tuple[float, float]]:
    """What an item draws, as pairs; a curve without data has none."""
    xs, ys = item.getData()
    return [] if xs is None else [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]


def place(plot: SlicePlot, x: float, y: float) -> QPointF:
    """Where a weight and a loss stand in the viewport, in pixels."""
    return QPointF(plot.plot.mapFromScene(plot.plot.getViewBox().mapViewToScene(QPointF(x, y))))


def ball_at(plot: SlicePlot) -> QPointF:
    ((x, y),) = points(plot._ball)
    return place(plot, x, y)


def drag(plot: SlicePlot, by, start: QPointF, *stops: QPointF) -> None:
    """Press, move to each place, and let go at the last."""
    port = plot.plot.viewport()
    by.mouse(port, PRESS, start)
    for stop in stops:
        by.mouse(port, MOVE, stop, NONE)
    by.mouse(port, RELEASE, stops[-1] if stops else start, buttons=NONE)


# Values -> items.


def test_the_lecture_s_parabola_ball_and_landing_are_drawn(plot):
    piece = piece_of("one-weight")
    plot.show_slice(piece)
    curve = np.array(points(plot._curve))
    assert curve[:, 0].tolist() == piece.values.tolist()
    assert curve[:, 1] == pytest.approx((3 * piece.values - 10) ** 2, abs=1e-9)
    assert points(plot._ball) == [(2.0, 16.0)]
    assert points(plot._landing) == [(pytest.approx(2.24), pytest.approx(10.7584))]


def test_the_tangent_touches_at_the_ball_with_the_slope_of_minus_24(plot):
    plot.show_slice(piece_of("one-weight"))
    (x1, y1), (x2, y2) = points(plot._tangent)
    assert (y2 - y1) / (x2 - x1) == pytest.approx(-24.0)
    assert ((x1 + x2) / 2, (y1 + y2) / 2) == (pytest.approx(2.0), pytest.approx(16.0))


def test_every_tangent_has_the_slope_of_its_weight(plot):
    for name in ("one-weight", "two-weights", "hidden-layer", "xor", "two-rings", "penguins"):
        piece = piece_of(name)
        plot.show_slice(piece)
        (x1, y1), (x2, y2) = points(plot._tangent)
        assert (y2 - y1) / (x2 - x1) == pytest.approx(piece.slope, rel=1e-6, abs=1e-12)
        assert x1 < piece.value < x2


def test_the_texts_say_slope_and_landing_with_the_real_minus(plot):
    plot.show_slice(piece_of("one-weight"))
    assert plot._slope_text.toPlainText() == "slope −24.0"
    assert plot._landing_text.toPlainText() == "next step → 2.24"
    assert plot.info() == "next step lands at 2.24"


def test_the_axes_hold_the_whole_slice_across_and_ball_and_landing_upward(plot):
    for name in ("one-weight", "two-weights", "xor", "penguins"):
        piece = piece_of(name)
        plot.show_slice(piece)
        (left, right), (bottom, top) = plot.plot.getViewBox().viewRange()
        assert (left, right) == (pytest.approx(piece.values[0]), pytest.approx(piece.values[-1]))
        for loss in (piece.loss, piece.landing_loss, piece.losses.min()):
            assert bottom < loss < top


def test_the_landing_moves_with_the_learning_rate_before_the_step_is_taken(plot):
    project = load_example("one-weight")
    for rate in (0.001, 0.02, 1 / 18, 0.1):
        plot.show_slice(piece_of(edits.set_learning_rate(project, rate)))
        landing = 2.0 + 24.0 * rate
        assert points(plot._landing) == [(pytest.approx(landing), pytest.approx((3 * landing - 10) ** 2, abs=1e-9))]
        assert points(plot._ball) == [(2.0, 16.0)]


# The ghost.


def test_the_first_curve_of_a_weight_has_no_ghost(plot):
    plot.show_slice(piece_of("two-weights"))
    assert points(plot._ghost) == []


def test_after_another_weight_moved_the_curve_before_it_stays_faint(plot):
    project = load_example("two-weights")
    before = piece_of(project)
    plot.show_slice(before)
    plot.show_slice(piece_of(edits.set_parameter(project, 1, 1.0)))
    ghost = np.array(points(plot._ghost))
    assert ghost[:, 0].tolist() == before.values.tolist()
    assert ghost[:, 1].tolist() == before.losses.tolist()


def test_after_a_step_of_many_weights_there_is_a_ghost(plot):
    project = load_example("hidden-layer")
    plot.show_slice(piece_of(project))
    plot.show_slice(piece_of(stepped(project)))
    assert points(plot._ghost) != []


def test_after_the_learning_rate_alone_changed_there_is_no_ghost(plot):
    """The same curve over a wider axis is no other curve."""
    project = load_example("two-weights")
    plot.show_slice(piece_of(project))
    for rate in (0.011, 0.02, 0.05, 0.3, 5.0):
        plot.show_slice(piece_of(edits.set_learning_rate(project, rate)))
        assert points(plot._ghost) == [], rate


def test_after_the_weight_itself_moved_along_its_curve_there_is_no_ghost(plot):
    project = load_example("two-weights")
    plot.show_slice(piece_of(project))
    for weight in (1.1, 2.0, 40.0):
        plot.show_slice(piece_of(edits.set_parameter(project, 0, weight)))
        assert points(plot._ghost) == [], weight


def test_a_weight_that_is_alone_never_has_a_ghost(plot):
    project = load_example("one-weight")
    for _ in range(6):
        plot.show_slice(piece_of(project))
        assert points(plot._ghost) == []
        project = stepped(project)


def test_another_weight_has_no_ghost_of_the_one_before(plot):
    project = load_example("two-weights")
    plot.show_slice(piece_of(project))
    plot.show_slice(piece_of(edits.set_parameter(project, 1, 1.0)))
    plot.show_slice(piece_of(project, 1))
    assert points(plot._ghost) == []


# Late, empty, odd.


def test_before_there_is_anything_nothing_happens(plot, by, dressed):
    assert plot.info() == ""
    assert points(plot._curve) == []
    wished = by.heard(plot.parameter_requested)
    drag(plot, by, QPointF(100, 100), QPointF(150, 100))
    plot.set_theme(DARK)
    plot.grab()
    assert wished == []


def test_what_was_shown_before_moving_in_is_there_afterwards(qtbot, dressed):
    made = SlicePlot()
    qtbot.addWidget(made)
    made.set_theme(DARK)
    made.show_slice(piece_of("one-weight"))
    assert made.info() == "next step lands at 2.24"
    made.move_in()
    assert points(made._ball) == [(2.0, 16.0)]
    assert made._curve.opts["pen"].color() == DARK.color("good")


def with_numbers(**changes) -> Slice:
    piece = piece_of("one-weight")
    return replace(piece, **changes)


INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": NAN, "slope": NAN, "landing": NAN, "landing_loss": NAN, "losses": np.full(161, NAN)},
        {"loss": INF, "slope": INF, "landing": -INF, "landing_loss": INF, "losses": np.full(161, INF)},
        {"loss": INF, "slope": NAN, "landing": NAN, "landing_loss": NAN},
        {"landing": INF, "landing_loss": INF},
        {"landing": 1e308, "landing_loss": NAN},
        {"loss": 1.7e308, "slope": -1e308, "losses": np.full(161, 1.7e308)},
        {"losses": np.where(np.arange(161) % 2, INF, 1.0)},
        {"losses": np.zeros(161), "loss": 0.0, "slope": 0.0, "landing": 2.0, "landing_loss": 0.0},
        {"losses": np.full(161, 1e-320), "loss": 1e-320, "slope": 1e-320, "landing_loss": 1e-320},
        {"value": NAN, "loss": NAN, "slope": NAN, "landing": NAN, "landing_loss": NAN},
    ],
    ids=range(10),
)
def test_numbers_that_can_not_be_drawn_are_left_out_without_a_warning(plot, qapp, by, changes):
    plot.show_slice(with_numbers(**changes))
    plot.grab()
    qapp.processEvents()
    (left, right), (bottom, top) = plot.plot.getViewBox().viewRange()
    assert np.isfinite([left, right, bottom, top]).all()
    assert left < right
    assert bottom < top
    for item in (plot._curve, plot._ball, plot._landing, plot._tangent, plot._ghost):
        assert not np.isinf([x for x, _ in points(item)]).any()
    # And a good slice afterwards is drawn as ever.
    plot.show_slice(piece_of("one-weight"))
    assert points(plot._ball) == [(2.0, 16.0)]
    assert len(points(plot._tangent)) == 2


def test_a_weight_that_has_left_all_bounds_is_drawn_without_a_warning(plot, qapp):
    for weight in (1e150, -1e200, 1e300):
        plot.show_slice(piece_of(edits.set_parameter(load_example("one-weight"), 0, weight)))
        plot.grab()
        qapp.processEvents()
        assert "not a number" not in plot._slope_text.toPlainText()


@pytest.mark.parametrize("weight", [1e-140, 1e-155, 2.0, 1e100, 1e149, -3e149])
def test_however_far_the_axes_go_the_texts_are_read_and_the_ball_is_found(plot, qapp, weight):
    plot.show_slice(piece_of(edits.set_parameter(load_example("one-weight"), 0, weight)))
    image = plot.grab().toImage()
    qapp.processEvents()
    port = QRectF(plot.plot.viewport().rect())
    for text in (plot._slope_text, plot._landing_text):
        box = text.sceneBoundingRect()
        assert box.width() > 40
        assert port.contains(box)
    colors = Counter(image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height()))
    assert colors[LIGHT.color("slope").name()] > 20
    assert plot._is_at_ball(ball_at(plot))


def test_the_plot_wears_the_colors_of_the_theme(plot):
    plot.show_slice(piece_of("one-weight"))
    for theme in (DARK, LIGHT):
        plot.set_theme(theme)
        assert plot._curve.opts["pen"].color() == theme.color("good")
        assert plot._tangent.opts["pen"].color() == theme.color("slope")
        assert plot._ghost.opts["pen"].color() == theme.color("border")
        assert plot._ball.opts["brush"].color() == theme.color("slope")
        assert plot._slope_text.color == theme.color("slope")


def test_the_ball_is_seen_where_the_weight_stands(plot, qapp):
    plot.show_slice(piece_of("one-weight"))
    qapp.processEvents()
    at = plot.plot.viewport().mapTo(plot, ball_at(plot).toPoint())
    assert plot.grab().toImage().pixelColor(at).name() == LIGHT.color("slope").name()


# Dragging.


def test_dragging_the_ball_wishes_for_the_weights_below_the_mouse_in_one_gesture(plot, by, qapp):
    plot.show_slice(piece_of("one-weight"))
    qapp.processEvents()
    wished = by.heard(plot.parameter_requested)
    start = ball_at(plot)
    drag(plot, by, start, place(plot, 3.0, 16.0), place(plot, 4.0, 30.0))
    assert [index for index, *_ in wished] == [0, 0]
    assert [value for _, value, _ in wished] == [pytest.approx(3.0, abs=0.05), pytest.approx(4.0, abs=0.05)]
    assert len({gesture for *_, gesture in wished}) == 1
    assert wished[0][2] > 0


def test_every_drag_is_a_gesture_of_its_own(plot, by, qapp):
    plot.show_slice(piece_of("two-weights", 1))
    qapp.processEvents()
    wished = by.heard(plot.parameter_requested)
    for _ in range(2):
        start = ball_at(plot)
        drag(plot, by, start, start + QPointF(20, 0))
    assert [index for index, *_ in wished] == [1, 1]
    assert wished[0][2] != wished[1][2]


def test_a_dragged_weight_has_no_more_digits_than_pixels_can_tell(plot, by, qapp):
    plot.show_slice(piece_of("one-weight"))
    qapp.processEvents()
    wished = by.heard(plot.parameter_requested)
    start = ball_at(plot)
    drag(plot, by, start, *(start + QPointF(step, 0) for step in (7, 13, 31)))
    assert wished
    assert all(value == round(value, 2) for _, value, _ in wished)
    assert len({value for _, value, _ in wished}) == 3


def test_the_ball_can_not_be_dragged_beyond_the_axis(plot, by, qapp):
    piece = piece_of("one-weight")
    plot.show_slice(piece)
    qapp.processEvents()
    wished = by.heard(plot.parameter_requested)
    start = ball_at(plot)
    drag(plot, by, start, start + QPointF(5000, 0), start - QPointF(5000, 0))
    assert [value for _, value, _ in wished] == [pytest.approx(piece.values[-1]), pytest.approx(piece.values[0])]


def test_a_press_elsewhere_and_a_plain_click_wish_nothing(plot, by, qapp):
    plot.show_slice(piece_of("one-weight"))
    qapp.processEvents()
    wished = by.heard(plot.parameter_requested)
    away = ball_at(plot) + QPointF(60, 40)
    drag(plot, by, away, away + QPointF(20, 0), ball_at(plot))
    drag(plot, by, away)
    drag(plot, by, ball_at(plot))
    assert wished == []


def test_moving_without_a_button_wishes_nothing_and_shows_where_the_ball_can_be_taken(plot, by, qapp):
    plot.show_slice(piece_of("one-weight"))
    qapp.processEvents()
    wished = by.heard(plot.parameter_requested)
    port = plot.plot.viewport()
    by.mouse(port, MOVE, ball_at(plot), NONE, NONE)
    assert port.cursor().shape() == Qt.CursorShape.SizeHorCursor
    by.mouse(port, MOVE, ball_at(plot) + QPointF(60, 40), NONE, NONE)
    assert port.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert wished == []


def test_the_other_buttons_do_not_take_the_ball(plot, by, qapp):
    plot.show_slice(piece_of("one-weight"))
    qapp.processEvents()
    wished = by.heard(plot.parameter_requested)
    port, start = plot.plot.viewport(), ball_at(plot)
    by.mouse(port, PRESS, start, Qt.MouseButton.MiddleButton, Qt.MouseButton.MiddleButton)
    by.mouse(port, MOVE, start + QPointF(30, 0), NONE, Qt.MouseButton.MiddleButton)
    by.mouse(port, RELEASE, start + QPointF(30, 0), Qt.MouseButton.MiddleButton, NONE)
    assert wished == []


# In the studio.


@pytest.mark.parametrize("height", [120, 150, 260])
@pytest.mark.parametrize("source", ["one-weight", "hidden-layer", "noisy-line"])
def test_what_stands_beside_the_ball_and_its_landing_is_inside_the_plot(plot, qapp, source, height):
    plot.resize(330, height)
    plot.show_slice(piece_of(source))
    for _ in range(3):
        qapp.processEvents()
    plot.draw()
    room = plot.plot.getViewBox().sceneBoundingRect().adjusted(-2, -2, 2, 2)
    for text in (plot._slope_text, plot._landing_text):
        assert room.contains(text.mapRectToScene(text.boundingRect())), text.toPlainText()


@pytest.fixture
def lecture(opened, qapp) -> Studio:
    studio = opened("one-weight")
    studio.window._docks["sliceDock"].raise_()
    studio.window.slice_plot.move_in()
    qapp.processEvents()
    return studio


def test_one_drag_in_the_studio_is_one_undo_entry(lecture, by):
    plot, session = lecture.window.slice_plot, lecture.session
    start = ball_at(plot)
    drag(plot, by, start, *(start + QPointF(4 * step, 0) for step in range(1, 6)))
    assert session.undo_stack.count() == 1
    assert session.viewed.parameters[0] > 2.0
    session.undo_stack.undo()
    assert session.viewed.parameters.tolist() == [2.0]
    assert points(plot._ball) == [(2.0, 16.0)]


def test_the_ball_stays_below_the_mouse_all_the_way_of_a_drag(lecture, by):
    """Also where the axis would leap: a mouse that moves by a pixel moves the weight by a pixel."""
    plot = lecture.window.slice_plot
    port, start = plot.plot.viewport(), ball_at(plot)
    by.mouse(port, PRESS, start)
    for step in range(1, 13):
        mouse = start + QPointF(5 * step, 0)
        by.mouse(port, MOVE, mouse, NONE)
        assert points(plot._ball)[0][0] == lecture.session.viewed.parameters[0]
        assert ball_at(plot).x() == pytest.approx(mouse.x(), abs=3.0), step
    by.mouse(port, RELEASE, mouse, buttons=NONE)


def test_the_slice_follows_the_selection_steps_and_the_learning_rate(opened, qapp):
    studio = opened("two-weights")
    plot = studio.window.slice_plot
    plot.move_in()
    studio.stage.select(ParameterRef(1))
    assert points(plot._ball) == [(2.0, 25.0)]
    studio.session.set_learning_rate(0.02)
    assert points(plot._landing)[0][0] == pytest.approx(2 - 0.02 * 40)
    studio.player.step()
    assert points(plot._ball) == [(pytest.approx(1.2), pytest.approx(0.0, abs=1e-9))]
    assert points(plot._ghost) != []
