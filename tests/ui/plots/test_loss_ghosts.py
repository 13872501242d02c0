"""Other runs in the loss plot: ghosts, racers, their legend, and the room they get."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gdstudio.app.studio import Studio
from gdstudio.document.project import NodeRef
from gdstudio.teaching.timeline import Timeline
from gdstudio.ui.plots.loss_plot import LossPlot
from gdstudio.ui.theme import DARK, LIGHT

OWN = (8.0, 4.0, 2.0, 1.0)


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def timeline(losses) -> Timeline:
    losses, end = np.asarray(losses, dtype=float), len(losses) - 1
    return Timeline(0, end, end, np.arange(end + 1.0), losses, losses, float(losses[-1]))


@pytest.fixture
def plot(shown_alone) -> LossPlot:
    made = shown_alone(LossPlot(), 640, 240)
    made.move_in()
    made.show_timeline(timeline(OWN))
    return made


def ghosts(plot: LossPlot) -> list[tuple[list[float], str, bool]]:
    """Losses, colour, and whether it is dashed, of each other run that is drawn."""
    return [
        (list(curve.yData), curve.opts["pen"].color().name(), curve.opts["pen"].style() is Qt.PenStyle.DashLine)
        for curve in plot._others._curves
        if len(curve.xData)
    ]


def words(plot: LossPlot) -> list[str]:
    return [text for _, text in plot.legend.lines]


def axes(plot: LossPlot) -> tuple[float, float, float, float]:
    (left, right), (bottom, top) = plot.plot.viewRange()
    return left, right, bottom, top


def test_ghosts_are_dashed_curves_in_their_colours_with_their_losses(plot, by):
    plot.show_runs((by.kept("xor", (6, 3)), by.kept("xor", (7, 5, 2))))
    assert ghosts(plot) == [([6, 3], LIGHT.run_1, True), ([7, 5, 2], LIGHT.run_2, True)]


def test_a_hidden_run_is_neither_drawn_nor_named(plot, by):
    shown, hidden = by.kept("xor", (6, 3), "shown"), by.kept("xor", (7, 5), "hidden", is_shown=False)
    plot.show_runs((hidden, shown))
    assert ghosts(plot) == [([6, 3], LIGHT.run_2, True)]
    assert words(plot) == ["shown"]
    plot.show_runs((hidden,))
    assert ghosts(plot) == []
    assert not plot.legend.isVisible()


def test_a_run_of_another_network_is_drawn_all_the_same(plot, by):
    plot.show_runs((by.kept("two-rings", (6, 3)), by.kept("one-weight", (5, 3))))
    assert len(ghosts(plot)) == 2


def test_racers_are_plain_curves_and_their_legend_says_who_is_ahead(plot, by):
    runs = [by.kept("xor", losses, name) for losses, name in (((8, 3), "slow"), ((8, 1), "fast"), ((8, 99), "wild"))]
    plot.show_standings(by.standings(*runs, diverged=[2]))
    assert [(color, dashed) for _, color, dashed in ghosts(plot)] == [
        (LIGHT.run_1, False), (LIGHT.run_2, False), (LIGHT.run_3, False),
    ]  # fmt: skip
    assert words(plot) == ["1. fast", "2. slow", "3. wild"]
    assert [color.name() for color, _ in plot.legend.lines] == [LIGHT.run_2, LIGHT.run_1, LIGHT.run_3]
    plot.show_standings(by.standings())
    assert ghosts(plot) == []
    assert not plot.legend.isVisible()


def test_the_order_of_the_legend_changes_with_the_lead(plot, by):
    for losses, expected in (((3, 1), ["1. b", "2. a"]), ((1, 3), ["1. a", "2. b"])):
        plot.show_standings(by.standings(*(by.kept("xor", (8, x), n) for x, n in zip(losses, "ab", strict=True))))
        assert words(plot) == expected


def test_runs_that_came_before_the_plot_moved_in_are_there_afterwards(qtbot, dressed, by):
    made = LossPlot()
    qtbot.addWidget(made)
    made.show_runs((by.kept("xor", (6, 3)),))
    made.show_timeline(timeline(OWN))
    made.move_in()
    assert ghosts(made) == [([6, 3], LIGHT.run_1, True)]


def test_the_axes_make_room_for_a_longer_and_higher_ghost(plot, by):
    before = axes(plot)
    plot.show_runs((by.kept("xor", np.linspace(12.0, 0.5, 41)),))
    _left, right, _bottom, top = axes(plot)
    assert right >= 40 > before[1]
    assert top >= 12.0 > before[3]
    plot.show_runs(())
    assert axes(plot) == before


@pytest.mark.parametrize("losses", [(8, 1e6, 1e250), (8, np.inf), (8, 1e308, np.nan)], ids=str)
def test_a_diverged_ghost_does_not_press_the_present_run_together(plot, by, losses):
    plot.show_runs((by.kept("xor", losses),))
    _, _, bottom, top = axes(plot)
    assert top <= 4 * 8.0
    assert bottom <= 0.0


def test_a_ghost_without_a_finite_loss_changes_no_axis(plot, by):
    before = axes(plot)[2:]
    plot.show_runs((by.kept("xor", (np.nan, np.inf)),))
    assert axes(plot)[2:] == before


def test_on_the_logarithmic_axis_ghosts_are_logarithms_and_zero_lies_at_the_floor(plot, by):
    plot.set_log(True)
    plot.show_runs((by.kept("xor", (100, 10, 0)),))
    ((values, _, _),) = ghosts(plot)
    assert values[:2] == pytest.approx([2, 1])
    assert axes(plot)[2] < values[2] < 0 < 2 <= axes(plot)[3]
    plot.set_log(False)
    ((values, _, _),) = ghosts(plot)
    assert values == [100, 10, 0]


def test_a_long_ghost_is_thinned_and_keeps_its_extremes(plot, by):
    losses = np.full(20_000, 3.0)
    losses[777], losses[15_000] = 9.0, 0.25
    run = by.kept("xor", losses)
    plot.show_runs((run,))
    ((values, _, _),) = ghosts(plot)
    assert len(values) < 2000
    assert (max(values), min(values)) == (9.0, 0.25)


def test_ghosts_and_legend_wear_the_theme(plot, by):
    plot.show_runs((by.kept("xor", (6, 3)),))
    plot.set_theme(DARK)
    assert [color for _, color, _ in ghosts(plot)] == [DARK.run_1]
    assert [color.name() for color, _ in plot.legend.lines] == [DARK.run_1]
    assert plot.legend._paper.name() == DARK.card


def test_the_legend_stays_in_the_plot_and_lets_clicks_through(plot, by):
    plot.show_runs(tuple(by.kept("xor", (6, 3), f"a run with quite a long name {n}" * 2) for n in range(5)))
    for width in (640, 300, 900):
        plot.resize(width, 240)
        QApplication.processEvents()
        assert plot.rect().contains(plot.legend.geometry())
    wished = by.heard(plot.step_requested)
    middle = plot.plot.viewport().mapFrom(plot, plot.legend.geometry().center())
    assert plot.childAt(plot.legend.geometry().center()) is not plot.legend
    QTest.mouseClick(plot.plot.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    QApplication.processEvents()
    assert len(wished) == 1


# Through the window.


def test_going_on_from_an_earlier_step_leaves_the_old_run_as_a_ghost(opened):
    studio = opened("hidden-layer")
    plot = studio.window.loss_plot
    plot.move_in()
    studio.session.descend(8)
    old = plot._timeline.low.tolist()
    studio.window.history_bar.slider.setValue(3)
    assert ghosts(plot) == []
    studio.player.step()
    ((values, color, dashed),) = ghosts(plot)
    assert values == old
    assert (color, dashed) == (LIGHT.run_1, True)
    studio.window.actions_by_name["undoAction"].trigger()
    assert ghosts(plot) == []


def test_a_pinned_run_stays_through_changes_of_the_network(opened):
    studio = opened("hidden-layer")
    studio.window.loss_plot.move_in()
    studio.session.descend(8)
    studio.window.actions_by_name["pinRunAction"].trigger()
    studio.session.add_node(1)
    studio.session.remove_node(NodeRef(1, 0))
    studio.session.add_layer(1)
    assert len(ghosts(studio.window.loss_plot)) == 1
    studio.session.show_run(0, False)
    assert ghosts(studio.window.loss_plot) == []


def test_a_thinned_run_draws_both_bounds(plot, by):
    run = replace(by.kept("xor", (5, 5, 5)), low=np.array([1.0, 1.0, 1.0]), high=np.array([5.0, 5.0, 5.0]))
    plot.show_runs((run,))
    ((values, _, _),) = ghosts(plot)
    assert {1.0, 5.0} <= set(values)
