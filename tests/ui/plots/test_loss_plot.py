"""The loss plot shows a time-line and wishes for the step that was clicked."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from gdstudio.document.examples import load_example
from gdstudio.engine import measured_loss
from gdstudio.teaching.timeline import Timeline
from gdstudio.ui.plots.loss_plot import LossPlot
from gdstudio.ui.theme import DARK, LIGHT


def timeline(losses, step: int | None = None, first: int = 0) -> Timeline:
    losses = np.asarray(losses, dtype=float)
    end = first + len(losses) - 1
    step = end if step is None else step
    return Timeline(
        first, step, end, np.arange(first, end + 1, dtype=float), losses, losses, float(losses[step - first])
    )


@pytest.fixture
def plot(shown_alone) -> LossPlot:
    made = shown_alone(LossPlot(), 640, 240)
    made.move_in()
    return made


def seen(plot: LossPlot) -> tuple[list, list]:
    xs, ys = plot._curve.getData()
    return list(xs), list(ys)


def at_step(plot: LossPlot, step: float, loss: float) -> QPointF:
    return QPointF(plot.plot.mapFromScene(plot.plot.getViewBox().mapViewToScene(QPointF(step, loss))))


def click(plot: LossPlot, qapp, step: float, loss: float) -> None:
    QTest.mouseClick(
        plot.plot.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        at_step(plot, step, loss).toPoint(),
    )  # fmt: skip
    qapp.processEvents()


def test_the_plot_moves_in_after_the_window_is_shown(qtbot, shown_alone):
    made = shown_alone(LossPlot(), 400, 200)
    made.show_timeline(timeline([4, 2, 1]))
    qtbot.waitUntil(lambda: made.plot is not None, timeout=60_000)
    assert seen(made) == ([0, 1, 2], [4, 2, 1])


def test_moving_in_twice_is_moving_in_once(plot):
    inner = plot.plot
    plot.move_in()
    assert plot.plot is inner
    assert plot.layout().count() == 1


def test_what_was_shown_before_moving_in_is_there_afterwards(painted, qtbot, dressed):
    made = LossPlot()
    qtbot.addWidget(made)
    made.set_theme(DARK)
    made.set_log(True)
    made.show_timeline(timeline([100, 10, 1]))
    made.move_in()
    assert seen(made) == ([0, 1, 2], pytest.approx([2, 1, 0]))
    assert {"1", "10", "100"} <= {text.text for text in painted.plot(made).numbers_at("left")}


def test_the_curve_ends_at_the_playhead_and_the_rest_is_pale(plot):
    plot.show_timeline(timeline([8, 4, 2, 1], step=1))
    assert seen(plot) == ([0, 1], [8, 4])
    assert list(plot._future.getData()[0]) == [1, 2, 3]
    assert plot._playhead.value() == 1
    assert plot._ball.getData()[0].tolist() == [1]
    assert plot._ball.getData()[1].tolist() == [4]


def test_linear_and_log_are_two_buttons_of_one_choice(painted, plot):
    plot.show_timeline(timeline([100, 1, 0.01]))
    linear, log = plot.scale_buttons
    for button in (linear, log):
        button.setParent(plot)
    log.click()
    assert log.isChecked()
    assert not linear.isChecked()
    assert seen(plot)[1] == pytest.approx([2, 0, -2])
    linear.click()
    assert seen(plot)[1] == [100, 1, 0.01]
    assert "0" in [text.text for text in painted.plot(plot).numbers_at("left")]


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize("step", [0, 7, 20, 40])
def test_a_click_wishes_for_the_step_under_it(plot, qapp, by, is_log, step):
    plot.set_log(is_log)
    plot.show_timeline(timeline(np.geomspace(100, 1, 41)))
    qapp.processEvents()
    wished = by.heard(plot.step_requested)
    click(plot, qapp, step, 1.0)
    assert wished == [(step,)]


def test_a_click_beyond_the_curve_wishes_for_its_end(plot, qapp, by):
    plot.show_timeline(timeline([5, 4, 3], first=10))
    qapp.processEvents()
    wished = by.heard(plot.step_requested)
    click(plot, qapp, 19, 3)
    click(plot, qapp, 9.9, 3)
    assert wished == [(12,), (10,)]


def test_a_click_before_there_is_anything_wishes_nothing(plot, qapp, by):
    wished = by.heard(plot.step_requested)
    click(plot, qapp, 0.5, 0.5)
    assert wished == []


def test_the_linear_axis_begins_at_zero(plot):
    plot.show_timeline(timeline([100, 99, 98]))
    (left, right), (bottom, top) = plot.plot.getViewBox().viewRange()
    assert bottom <= 0 < 100 <= top
    assert left <= 0 < 2 <= right


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize(
    "losses",
    [
        [0.0],
        [0.0, 0.0, 0.0],
        [1.0, 0.0, 1e-320],
        [np.inf, np.nan, 3.0],
        [np.nan],
        [np.inf],
        [1e300, 1e-300],
        [1.7e308, 1.0],
        [5e-324, 5e-324],
        [7.0] * 3,
    ],
)
def test_any_losses_can_be_drawn(plot, qapp, is_log, losses):
    plot.set_log(is_log)
    for step in range(len(losses)):
        plot.show_timeline(timeline(losses, step))
        assert not plot.grab().isNull()
    ranges = np.array(plot.plot.getViewBox().viewRange())
    assert np.isfinite(ranges).all()
    assert (ranges[:, 0] < ranges[:, 1]).all()


@pytest.mark.parametrize("is_log", [False, True])
def test_a_long_run_is_drawn_with_few_points_and_all_its_extremes(plot, is_log):
    losses = 2 + np.sin(np.arange(100_000) * 0.7)
    losses[50_001] = 1e6
    plot.set_log(is_log)
    plot.show_timeline(timeline(losses))
    xs, ys = seen(plot)
    assert len(xs) <= 4 * 700
    assert max(ys) == (6 if is_log else 1e6)


def test_bundled_steps_show_the_lowest_and_the_highest(plot):
    low, high = np.array([1.0, 0.5]), np.array([3.0, 2.0])
    plot.show_timeline(Timeline(0, 7, 7, np.array([0.0, 4.0]), low, high, 0.6))
    assert set(seen(plot)[1]) == {1.0, 3.0, 0.5, 2.0}


def test_another_theme_is_put_on_in_place(plot):
    plot.show_timeline(timeline([3, 2, 1]))
    pens = []
    for theme in (LIGHT, DARK):
        plot.set_theme(theme)
        assert plot.plot.backgroundBrush().color() == theme.color("card")
        pens.append(plot._curve.opts["pen"].color().name())
    assert pens == [LIGHT.good, DARK.good]


def test_the_looked_at_loss_is_said_in_words(plot):
    assert plot.info() == ""
    plot.show_timeline(timeline([16, 10.7584], first=1234))
    assert plot.info() == "step 1,235 · loss 10.76"


# The examples held out for testing.


def with_test(losses, tests, step: int | None = None) -> Timeline:
    plain, tests = timeline(losses, step), np.asarray(tests, dtype=float)
    return replace(plain, test_loss=float(tests[plain.step]), test_low=tests, test_high=tests)


def held_out(plot: LossPlot) -> tuple[list, list]:
    xs, ys = plot._test_curve.getData()
    return list(xs), list(ys)


def ranges(plot: LossPlot) -> tuple[float, float]:
    return tuple(plot.plot.getViewBox().viewRange()[1])


@pytest.mark.parametrize("is_log", [False, True])
def test_the_test_curve_is_drawn_beside_the_training_curve_up_to_the_playhead(plot, is_log):
    plot.set_log(is_log)
    plot.show_timeline(with_test([8, 4, 2, 1], [100, 50, 20, 10], step=2))
    scaled = np.log10 if is_log else np.asarray
    assert seen(plot) == ([0, 1, 2], pytest.approx(scaled([8, 4, 2])))
    assert held_out(plot) == ([0, 1, 2], pytest.approx(scaled([100, 50, 20])))
    assert list(plot._test_future.getData()[0]) == [2, 3]
    assert list(plot._test_future.getData()[1]) == pytest.approx(scaled([20, 10]))
    bottom, top = ranges(plot)
    assert bottom <= scaled(1) < scaled(100) <= top


def test_the_axis_goes_down_to_a_test_loss_below_all_others_on_a_logarithmic_scale(plot):
    plot.set_log(True)
    plot.show_timeline(with_test([8, 4, 2], [8, 1e-3, 1]))
    assert ranges(plot)[0] < -3


def test_nothing_is_left_of_the_test_curve_without_a_split(plot):
    plot.show_timeline(with_test([8, 4, 2], [800, 400, 200]))
    plot.show_timeline(timeline([8, 4, 2]))
    for item in (plot._test_curve, plot._test_future):
        assert len(item.getData()[0] if item.getData()[0] is not None else ()) == 0
    assert ranges(plot)[1] < 10
    assert seen(plot) == ([0, 1, 2], [8, 4, 2])


def test_the_two_curves_differ_by_colour_and_by_dashes(plot):
    plot.show_timeline(with_test([8, 4], [9, 5]))
    pens = [item.opts["pen"] for item in (plot._curve, plot._test_curve)]
    for theme in (LIGHT, DARK):
        plot.set_theme(theme)
        pens = [item.opts["pen"] for item in (plot._curve, plot._test_curve)]
        assert [pen.color().name() for pen in pens] == [theme.good, theme.color("test").name()]
    assert [pen.style() for pen in pens] == [Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine]


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize("tests", [[np.nan] * 2, [np.inf, 1.0], [0.0, 0.0], [1e300, 1e-300]])
def test_any_test_losses_can_be_drawn(plot, is_log, tests):
    plot.set_log(is_log)
    for step in (0, 1):
        plot.show_timeline(with_test([2.0, 1.0], tests, step))
        assert not plot.grab().isNull()
    bottom, top = ranges(plot)
    assert np.isfinite([bottom, top]).all()
    assert bottom < top


def test_in_the_window_the_test_curve_is_the_loss_of_the_examples_held_out_and_goes_with_the_split(studio):
    studio.session.open(load_example("two-rings"), None)
    plot, session = studio.window.loss_plot, studio.session
    plot.move_in()
    session.set_test_share(0.25)
    session.descend(12)
    steps, losses = held_out(plot)
    expected = []
    for step in range(13):
        session.view_step(step)
        project = session.viewed
        expected.append(measured_loss(project.recipe, project.parameters, *project.data.test))
    session.view_step(12)
    assert steps == list(range(13))
    assert losses == pytest.approx(expected, rel=1e-12)
    assert held_out(plot)[1] == losses
    session.view_step(4)
    assert held_out(plot)[0] == [0, 1, 2, 3, 4]
    for _ in range(2):
        session.undo_stack.undo()
    assert not session.project.data.held_out
    assert held_out(plot) == ([], [])
    session.undo_stack.redo()
    assert held_out(plot) == ([0], pytest.approx(expected[:1]))
