"""What the learning rate will do: the lecture's zones, a sentence for each, and the loss after the next step."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project, new_project
from gdstudio.engine import OPTIMIZERS, LearningRateZones, Network, Recipe, measured_loss, train_step
from gdstudio.teaching.forecast import CRAWL, Forecast, Zone, forecast_of, zone_of

ZONES = LearningRateZones(curvature=18.0, one_step=1 / 18, edge=1 / 9, is_exact=True)


def at_rate(source: Project | str, rate: float) -> Project:
    project = load_example(source) if isinstance(source, str) else source
    return edits.set_learning_rate(project, rate)


def loss_after_a_step(project: Project) -> float:
    state, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
    return measured_loss(project.recipe, state.parameters, project.data.x, project.data.y)


def linear(inputs, targets, weights, **settings) -> Project:
    """One linear layer without biases."""
    x, y = np.atleast_2d(inputs), np.atleast_2d(targets)
    recipe = Recipe(Network((x.shape[1], y.shape[1]), ("linear",), bias=False), **settings)
    return new_project("linear", recipe, np.ravel(np.asarray(weights, dtype=float)), plain_data("linear", x, y))


# Exact truths.


@pytest.mark.parametrize(
    ("key", "one_step", "edge"),
    [("one-weight", 1 / 18, 1 / 9), ("two-weights", 0.02, 0.04), ("three-inputs", 1 / 28, 1 / 14)],
)
def test_the_lecture_rates_land_in_one_step_and_swing_for_ever(key, one_step, edge):
    zones = forecast_of(load_example(key)).zones
    assert zones.one_step == pytest.approx(one_step, rel=1e-9)
    assert zones.edge == pytest.approx(edge, rel=1e-9)
    assert zones.is_exact
    assert forecast_of(at_rate(key, one_step)).expected == pytest.approx(0.0, abs=1e-9)
    swinging = forecast_of(at_rate(key, edge))
    assert swinging.expected == pytest.approx(swinging.loss, rel=1e-9)


def test_the_edge_of_the_hidden_layer_is_0_01217():
    forecast = forecast_of(load_example("hidden-layer"))
    assert forecast.zones.curvature == pytest.approx(164.273, abs=5e-4)
    assert forecast.zones.edge == pytest.approx(0.01217, abs=5e-6)
    assert not forecast.zones.is_exact


@pytest.mark.parametrize(("rate", "share"), [(0.001, 0.964324), (0.01, 0.6724), (0.05, 0.01), (0.1, 0.64), (0.2, 6.76)])
def test_the_loss_of_one_point_shrinks_by_the_square_of_1_minus_2_r_x2(rate, share):
    forecast = forecast_of(at_rate("one-weight", rate))
    assert (forecast.rate, forecast.loss) == (rate, 16.0)
    assert forecast.expected == pytest.approx(16.0 * share, rel=1e-9)


@pytest.mark.parametrize("rate", [0.001, 0.02, 0.3, 5.0])
@pytest.mark.parametrize("extra", [{}, {"l2": 0.3}, {"loss": "half_mse"}])
def test_where_everything_is_linear_the_expected_loss_is_what_a_real_step_makes_of_it(rate, extra):
    random = np.random.default_rng(6)
    project = linear(
        random.normal(size=(9, 3)), random.normal(size=(9, 2)), random.normal(size=6), learning_rate=rate, **extra
    )
    forecast = forecast_of(project)
    assert forecast.zones.is_exact
    assert forecast.expected == pytest.approx(loss_after_a_step(project), rel=1e-9)


@pytest.mark.parametrize("key", ["noisy-line", "penguins"])
def test_the_expected_loss_of_the_fitted_lines_is_exact(key):
    project = load_example(key)
    forecast = forecast_of(project)
    assert forecast.zones.is_exact
    assert forecast.expected == pytest.approx(loss_after_a_step(project), rel=1e-9)


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "sgd"])
def test_the_expected_loss_is_that_of_the_optimizer_in_use(optimizer):
    project = edits.set_optimizer(at_rate("noisy-line", 0.02), optimizer)
    state, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
    project = edits.descended(project, state)
    assert forecast_of(project).expected == pytest.approx(loss_after_a_step(project), rel=1e-9)


def test_where_it_bends_the_expected_loss_is_near_for_small_steps_only():
    near = at_rate("two-rings", 0.01)
    expected = forecast_of(near).expected
    assert expected == pytest.approx(loss_after_a_step(near), rel=1e-4)
    assert expected < forecast_of(near).loss
    far = at_rate("two-rings", 10.0)
    assert forecast_of(far).expected != pytest.approx(loss_after_a_step(far), rel=0.05)


# Zones.


@pytest.mark.parametrize(
    ("rate", "zone"),
    [
        (1e-12, Zone.CRAWLS),
        (CRAWL / 18 * (1 - 1e-9), Zone.CRAWLS),
        (CRAWL / 18 * (1 + 1e-9), Zone.SMOOTH),
        (0.01, Zone.SMOOTH),
        (1 / 18, Zone.SMOOTH),
        (1 / 18 * (1 + 1e-13), Zone.SMOOTH),
        (1 / 18 * (1 + 1e-9), Zone.OVERSHOOTS),
        (0.1, Zone.OVERSHOOTS),
        (1 / 9 * (1 - 1e-9), Zone.OVERSHOOTS),
        (1 / 9 * (1 + 1e-9), Zone.DIVERGES),
        (1e9, Zone.DIVERGES),
    ],
)
def test_every_rate_has_its_zone_up_to_the_bounds(rate, zone):
    assert zone_of(rate, ZONES) is zone
    assert Forecast(ZONES, rate, 1.0, 0.5, True).zone is zone


def test_the_zones_come_one_after_the_other():
    found = [zone_of(rate, ZONES) for rate in np.geomspace(1e-6, 10, 400)]
    order = list(Zone)
    places = [order.index(zone) for zone in found]
    assert places == sorted(places)
    assert set(found) == set(Zone)


def test_the_zone_follows_the_schedule():
    project = edits.set_period(edits.set_schedule(at_rate("one-weight", 0.1), "exponential"), 10)
    later = replace(project, state=replace(project.state, step=200))
    now, then = forecast_of(project), forecast_of(later)
    assert now.rate == project.recipe.rate_at(0)
    assert then.rate == project.recipe.rate_at(200) < now.rate
    assert now.zone is Zone.OVERSHOOTS
    assert then.zone in (Zone.SMOOTH, Zone.CRAWLS)


# Sentences.


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (1e-6, "crawls · loss stays about the same · exact"),
        (0.001, "crawls · loss falls to 96 % · exact"),
        (0.01, "smooth · loss falls to 67 % · exact"),
        ((1 - math.sqrt(0.5)) / 18, "smooth · loss halves · exact"),
        (1 / 18, "smooth · loss all but vanishes · exact"),
        (0.1, "overshoots, but converges · loss falls to 64 % · exact"),
        (0.1111, "overshoots, but converges · loss stays about the same · exact"),
        (0.2, "diverges · loss grows 6.8 times · exact"),
        (10.0, "diverges · loss grows 32041 times · exact"),
    ],
)
def test_every_rate_of_the_lecture_weight_has_its_sentence(rate, sentence):
    assert forecast_of(at_rate("one-weight", rate)).sentence == sentence


@pytest.mark.parametrize(
    ("ratio", "what"),
    [
        (0.0, "loss all but vanishes"),
        (0.00499, "loss all but vanishes"),
        (0.00501, "loss falls to 1 %"),
        (0.44, "loss falls to 44 %"),
        (0.451, "loss halves"),
        (0.549, "loss halves"),
        (0.56, "loss falls to 56 %"),
        (0.9, "loss falls to 90 %"),
        (0.971, "loss stays about the same"),
        (1.0, "loss stays about the same"),
        (1.029, "loss stays about the same"),
        (1.04, "loss grows 1.0 times"),
        (2.5, "loss grows 2.5 times"),
        (12345.0, "loss grows 12345 times"),
    ],
)
def test_every_expectation_has_its_words(ratio, what):
    assert Forecast(ZONES, 0.01, 4.0, 4.0 * ratio, True).sentence == f"smooth · {what} · exact"


def test_only_a_parabola_is_called_exact():
    assert forecast_of(load_example("hidden-layer")).sentence.endswith(" · local estimate")
    assert forecast_of(load_example("penguins")).sentence.endswith(" · exact")
    assert forecast_of(edits.set_penalty(load_example("one-weight"), "l2", 0.1)).sentence.endswith(" · exact")
    assert forecast_of(edits.set_penalty(load_example("one-weight"), "l1", 0.1)).sentence.endswith("local estimate")


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "sgd"])
def test_other_optimizers_are_not_told_a_zone(optimizer):
    forecast = forecast_of(edits.set_optimizer(at_rate("one-weight", 0.2), optimizer))
    assert not forecast.is_plain
    assert not any(zone.value in forecast.sentence for zone in Zone)
    assert forecast.sentence.endswith(" · exact")
    assert forecast.zones.edge == pytest.approx(1 / 9)


def test_at_the_bottom_there_is_a_zone_and_no_expectation():
    at_the_bottom = linear([[2.0]], [[6.0]], [3.0], learning_rate=0.01)
    forecast = forecast_of(at_the_bottom)
    assert (forecast.loss, forecast.expected) == (0.0, 0.0)
    assert forecast.sentence == "crawls · exact"


# No curvature.


NOTHING = "No forecast: the loss does not curve upward here."


def test_an_input_of_zero_leaves_nothing_to_forecast():
    forecast = forecast_of(linear([[0.0]], [[10.0]], [2.0]))
    assert forecast.zones is None
    assert forecast.zone is None
    assert forecast.sentence == NOTHING
    assert forecast.expected == forecast.loss == 100.0


def test_a_weight_that_is_locked_leaves_nothing_to_forecast():
    forecast = forecast_of(edits.set_locked(load_example("one-weight"), 0, True))
    assert forecast.zones is None
    assert forecast.sentence == NOTHING


def test_a_locked_weight_takes_no_part_in_the_zones():
    zones = forecast_of(edits.set_locked(load_example("two-weights"), 1, True)).zones
    assert zones.one_step == pytest.approx(1 / 18)


@pytest.mark.parametrize("weight", [1e160, 1e308, math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("key", ["one-weight", "hidden-layer"])
def test_numbers_that_have_left_all_bounds_give_a_sentence_and_no_warning(key, weight):
    project = load_example(key)
    parameters = np.array(project.parameters)
    parameters[0] = weight
    forecast = forecast_of(replace(project, state=replace(project.state, parameters=parameters)))
    assert isinstance(forecast.sentence, str)
    assert forecast.sentence
    assert "nan" not in forecast.sentence
    assert "not a number" not in forecast.sentence


def test_an_expectation_below_zero_is_zero():
    """A parabola through a point of a curve can go below nothing; a square can't."""
    for rate in (0.003, 0.006, 0.009, 0.012):
        assert forecast_of(at_rate("hidden-layer", rate)).expected >= 0.0
