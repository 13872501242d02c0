"""Other claims in words: who has won, why a run ended, what a surface looks like, what comes of half a rate."""

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project
from gdstudio.engine import train
from gdstudio.session.speeds import SPEEDS
from gdstudio.teaching.forecast import forecast_of
from gdstudio.teaching.standings import Entrant
from gdstudio.teaching.surfaces import Plane, surface_of
from gdstudio.ui.widgets.card import Dock

from .claims import number_of
from .projects import _given, _with_velocity
from .truth import Course, Truth

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def shown(same_studio: Studio) -> Callable[[Project], Studio]:
    """The studio in its window, with a project."""

    def show(project: Project) -> Studio:
        same_studio.session.open(project, None)
        QApplication.processEvents()
        return same_studio

    return show


def said(studio: Studio) -> str:
    """The sentence in the message bar; empty where there is none."""
    bar = studio.window.message_bar
    return "" if bar.isHidden() else bar.findChild(QLabel, "messageText").text()


def ran(studio: Studio, steps: int) -> str:
    """Run flat out for so many steps or to the end, and return what was said last."""
    studio.player.set_speed(len(SPEEDS) - 1)
    studio.player.set_running(True)
    first, last = studio.session.viewed.state.step, said(studio)
    for _ in range(3000):
        if not studio.player.is_running or studio.session.viewed.state.step - first >= steps:
            break
        studio.player.advance(16.0)
        last = said(studio) or last
    studio.player.set_running(False)
    return last


# The race.


def raced(studio: Studio, *entrants: Entrant, steps: int = 12) -> str:
    """What the race says in the end."""
    race = studio.race
    while len(race.entrants) > len(entrants):
        race.remove(0)
    while len(race.entrants) < len(entrants):
        race.add()
    for number, entrant in enumerate(entrants):
        race.change(number, entrant)
    race.set_steps(steps)
    race.set_running(True)
    while race.is_running:
        race.advance()
    return studio.window.race_panel.sentence_label.text()


def test_nobody_has_won_a_race_that_is_a_tie(shown):
    """A rate of 1/100 takes one weight to the very same loss as itself."""
    same = Entrant("sgd", 0.01)
    sentence = raced(shown(load_example("one-weight")), same, same)
    losses = [racer.run.loss for racer in shown(load_example("one-weight")).race.standings.racers]
    assert len(set(losses)) <= 1
    assert "has won" not in sentence


def test_nobody_is_ahead_at_the_start(shown):
    studio = shown(load_example("one-weight"))
    studio.race.set_running(True)
    studio.race.set_running(False)
    assert "is ahead" not in studio.window.race_panel.sentence_label.text()


def test_who_has_won_has_the_lowest_loss(shown):
    sentence = raced(shown(load_example("one-weight")), Entrant("sgd", 0.01), Entrant("sgd", 0.04))
    won = re.fullmatch(r"(.+) has won: loss (\S+) after 12 steps\.", sentence)
    assert won is not None
    assert won[1] == "Gradient descent 0.04"
    slow = replace(load_example("one-weight").recipe, learning_rate=0.04)
    start = load_example("one-weight")
    run = train(slow, start.state, start.data.x, start.data.y, 12)
    assert number_of(won[2]) == pytest.approx(run.losses[-1], rel=0.005)


# Why a run ended.


def test_where_all_weights_are_locked_no_slope_is_called_0(shown):
    project = edits.set_locked(load_example("one-weight"), 0, True)
    text = ran(shown(project), 10)
    assert Truth(edits.set_locked(project, 0, False)).slope(project.parameters).any()
    assert "slope is practically 0" not in text
    assert "locked" in text


def test_a_slope_that_a_person_calls_flat_is_not_called_practically_0(shown):
    studio = shown(load_example("one-weight"))
    studio.player.set_tolerance(20.0)
    text = ran(studio, 50)
    assert studio.player.picture.gradient_norm > 1.0
    assert "practically 0" not in text


def test_a_memory_beyond_all_numbers_is_not_called_an_infinite_loss(shown):
    """The slope is 2e160 and its square no number, while the loss is."""
    project = _given([[1e100]], [[1e60]], [0.0], optimizer="adam", learning_rate=0.001)
    studio = shown(project)
    assert math.isfinite(Truth(project).next_loss)
    studio.player.step()
    assert said(studio)
    assert "infinite" not in said(studio)


def test_a_memory_that_ends_a_run_is_not_called_an_infinite_loss(shown):
    """The first step is taken; the slope after it has a square that is no number."""
    text = ran(shown(_given([[1e77]], [[0.0]], [0.05], optimizer="adagrad", learning_rate=10.0)), 5)
    assert text
    assert "infinite" not in text


def test_where_there_are_no_zones_no_edge_is_said_to_be_passed(shown):
    """Each step sees one example of two: the edge of all of them decides nothing."""
    project = _given([[1.0], [30.0]], [[0.0], [1.0]], [1.0], batch_size=1, learning_rate=0.5)
    studio = shown(project)
    _settle(studio)
    assert studio.window.control_panel.descent.zone_label.text().startswith("No zones")
    text = ran(studio, 200)
    assert text
    assert "above the edge" not in text


def test_an_infinite_penalty_is_not_blamed_on_squares_of_the_data(shown):
    text = ran(shown(_given([[1.0]], [[1.0]], [2.0], l2=1e308)), 5)
    assert "infinite" in text
    assert "penalty" in text


def test_a_loss_that_is_no_number_is_not_called_infinite(shown):
    project = _given([[10.0, 10.0]], [[0.0]], [1e308, -1e308])
    assert math.isnan(Truth(project).loss)
    text = ran(shown(project), 5)
    assert text
    assert "infinite" not in text


def swinging() -> Project:
    """Near the bottom, with a velocity: it swings out and comes back."""
    project = _given([[1.0]], [[0.0]], [0.001], optimizer="momentum", learning_rate=0.1, settings={"momentum": 0.9})
    return _with_velocity(project, 1e5)


def test_a_swing_that_comes_back_does_not_grow_without_bound(shown):
    assert Truth(swinging()).course is Course.FALLS
    assert "without bound" not in ran(shown(swinging()), 400)


def test_what_adam_brings_back_does_not_grow_without_bound(shown):
    project = _given([[1000.0]], [[0.0]], [0.001], optimizer="adam", learning_rate=10.0)
    assert Truth(project).course is not Course.GROWS
    assert "without bound" not in ran(shown(project), 400)


def test_what_a_schedule_brings_back_does_not_grow_without_bound(shown):
    project = _given([[1.0]], [[0.0]], [1.0], learning_rate=10.0, schedule="inverse", period=1)
    assert Truth(project).course is Course.FALLS
    assert "without bound" not in ran(shown(project), 400)


def test_what_jumps_back_and_forth_is_no_plateau(shown):
    project = edits.set_learning_rate(load_example("one-weight"), 1 / 9)
    studio = shown(project)
    text = ran(studio, 4200)
    assert abs(studio.player.picture.gradient[0]) > 20.0
    assert "plateau" not in text


def test_a_plateau_is_said_for_as_long_as_it_lasts(shown):
    flat = edits.set_parameters(load_example("xor"), np.full_like(load_example("xor").parameters, 1e-3))
    studio = shown(flat)
    studio.player.set_tolerance(0.0)
    assert "plateau" in ran(studio, 2600)
    assert "plateau" in said(studio)


def test_a_start_where_no_slope_comes_through_is_not_blamed_on_the_rate(shown):
    project = load_example("hidden-layer")
    dead = edits.set_parameters(project, np.where(project.network.is_weight, -5.0, 0.0))
    text = ran(shown(dead), 10)
    assert "flat" in text
    assert "smaller rate" not in text


# What a surface looks like.


def test_a_surface_with_one_finite_loss_is_not_called_flat(shown):
    project = _given([[1e160, 0.0], [0.0, 1e160]], [[0.0], [0.0]], [0.0, 0.0])
    studio = shown(project)
    surface = surface_of(studio.player.picture, Plane(), np.array([project.parameters]), 21)
    studio.window.surface_plot.show_surface(surface)
    assert np.isinf(surface.losses).sum() > 400
    texts = [label.text() for label in studio.window.surface_plot.findChildren(QLabel) if not label.isHidden()]
    assert not any("everywhere" in text for text in texts)


# Advice.

HOUSES = [(2104, 3, 399900), (1600, 3, 329900), (2400, 3, 369000), (1416, 2, 232000), (3000, 4, 539900)]


def unscaled(rate: float = 1e-3) -> Project:
    """Houses in square feet, as in Coursera's first exercise."""
    x, y = [row[:2] for row in HOUSES], [[row[2]] for row in HOUSES]
    return _given(x, y, [0.0, 0.0, 0.0], bias=True, learning_rate=rate)


def test_one_press_leads_below_the_edge(shown):
    studio = shown(unscaled())
    text = ran(studio, 100)
    assert "not scaled" in text
    button = studio.window.message_bar.findChild(QPushButton, "halveRateButton")
    assert not button.isHidden()
    offered = number_of(button.text().rsplit(" ", 1)[1])
    button.click()
    edge = 2.0 / Truth(studio.session.viewed).curvature
    assert 0.0 < studio.session.viewed.recipe.learning_rate < edge
    assert studio.session.viewed.recipe.learning_rate == pytest.approx(offered)
    assert "without bound" not in ran(studio, 2000)
    assert studio.player.picture.loss < Truth(unscaled()).loss


def test_scaling_is_one_press_away_and_descent_then_converges(shown):
    studio = shown(unscaled())
    ran(studio, 100)
    button = studio.window.message_bar.findChild(QPushButton, "scaleDataButton")
    assert not button.isHidden()
    button.click()
    assert studio.session.viewed.data.scaling == "standard"
    assert Truth(studio.session.viewed).course is Course.FALLS
    assert "without bound" not in ran(studio, 500)


@pytest.mark.parametrize("steps", ["step", "run"])
def test_a_loss_that_is_infinite_from_the_start_is_not_blamed_on_the_rate(shown, steps):
    studio = shown(_given([[1e200], [2e200]], [[1.0], [2.0]], [1.0]))
    studio.player.step() if steps == "step" else ran(studio, 5)
    bar = studio.window.message_bar
    assert "infinite" in said(studio)
    assert "scale" in said(studio)
    assert bar.findChild(QPushButton, "halveRateButton").isHidden()
    assert not bar.findChild(QPushButton, "scaleDataButton").isHidden()


def test_a_loss_that_is_infinite_from_the_start_has_no_zone(shown):
    form = shown(_given([[1.0]], [[1e200]], [1.0])).window.control_panel.descent
    form.show_forecast(forecast_of(_given([[1.0]], [[1e200]], [1.0], optimizer="momentum")))
    assert form.zone_label.text() == "No zones: the loss is not a finite number."


# What reaches the terminal.


def _blown_up(project: Project) -> Project:
    return edits.set_parameters(project, np.full_like(project.parameters, 1e200))


ODD = {
    "subnormal": lambda: _given([[5e-324]], [[1.0]], [1.0]),
    "subnormal weights": lambda: _given([[1.0, 1.0]], [[0.0]], [5e-324, 1e-310]),
    "a penalty of 1e308": lambda: _given([[1.0, 2.0]], [[1.0]], [1.0, 3.0], l2=1e308),
    "an L1 penalty of 1e308": lambda: _given([[1.0, 2.0]], [[1.0]], [1.0, 3.0], l1=1e308),
    "an infinite loss": lambda: _given([[1e200, 1.0], [1.0, 1e200]], [[0.0], [1.0]], [1.0, 1.0]),
    "a loss of 1e308": lambda: _given([[1e154, 1.0]], [[0.0]], [1.0, 1.0]),
    "weights of 1e308": lambda: _given([[1.0, 1.0]], [[0.0]], [1e308, -1e308]),
    "targets of 1e300": lambda: _given([[1.0], [2.0]], [[1e300], [-1e300]], [1.0]),
    "tiny data": lambda: _given([[1e-300, 2e-300], [3e-300, 1e-310]], [[1e-305], [2e-300]], [1.0, 1.0], bias=False),
    "inputs of 1e100": lambda: _given([[1e100, 2e100], [3e100, 1e99]], [[1.0], [2.0]], [1.0, 1.0], l2=0.01),
    "a huge momentum": lambda: _given([[1.0]], [[1e200]], [0.0], optimizer="momentum", learning_rate=10.0),
    "a huge hidden layer": lambda: _blown_up(load_example("two-rings")),
}


@pytest.mark.parametrize("name", ODD)
def test_no_warning_reaches_the_terminal(shown, recwarn, capfd, name):
    """Warnings are errors in these tests, and one that a slot raises is printed and fails the test."""
    project = ODD[name]()
    studio = shown(project)
    studio.stage.show_example(None if len(project.data) > 1 else 0)
    for what in ("surface", "slices", "check"):
        studio.analyst.set_seen(what, True)
    window = studio.window
    window.loss_plot.set_log(True)
    window.surface_plot.show_relief(True)
    for act in (studio.player.step, studio.player.phase, lambda: ran(studio, 20), studio.session.pin_run):
        act()
        _settle(studio)
        window.grab()
    window.surface_plot.show_relief(False)
    studio.session.set_one_at_a_time(True)
    studio.player.step()
    _settle(studio)
    for dock in window.findChildren(Dock):
        dock.raise_()
        _settle(studio)
        dock.grab()
    assert not [str(each.message) for each in recwarn if issubclass(each.category, RuntimeWarning)]
    assert "Warning" not in capfd.readouterr().err


def _settle(studio: Studio) -> None:
    for _ in range(200):
        QApplication.processEvents()
        if not any(studio.jobs.is_busy(kind) for kind in ("forecast", "surface", "fine surface", "slices", "check")):
            break
