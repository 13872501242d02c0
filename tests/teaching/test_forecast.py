"""What the learning rate will do: the lecture's zones, a sentence for each, and the loss measured where it lands."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project, new_project
from gdstudio.engine import OPTIMIZERS, LearningRateZones, Network, Recipe, measured_loss, train, train_step
from gdstudio.teaching.forecast import CRAWL, Zone, forecast_of, why_no_zones, zone_of

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


@pytest.mark.parametrize("rate", [1e-3, 0.01, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("key", ["hidden-layer", "two-rings", "xor"])
def test_where_it_bends_the_expected_loss_is_that_of_the_place_where_the_step_lands(key, rate):
    project = at_rate(key, rate)
    assert forecast_of(project).expected == loss_after_a_step(project)


@pytest.mark.parametrize("change", [
    lambda project: edits.set_batch_size(project, 7),
    lambda project: edits.set_one_at_a_time(project, True),
    lambda project: edits.set_schedule(project, "cosine"),
])  # fmt: skip
def test_the_expected_loss_is_over_all_examples_however_a_step_is_taken(change):
    project = change(at_rate("noisy-line", 0.02))
    assert forecast_of(project).expected == loss_after_a_step(project)


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
        (1 / 9, Zone.SWINGS),
        (1 / 9 * (1 + 1e-9), Zone.DIVERGES),
        (1e9, Zone.DIVERGES),
    ],
)
def test_every_rate_has_its_zone_up_to_the_bounds(rate, zone):
    assert zone_of(rate, ZONES) is zone


@pytest.mark.parametrize(
    ("key", "edge"),
    [("one-weight", Fraction(1, 9)), ("two-weights", Fraction(1, 25)), ("three-inputs", Fraction(1, 14))],
)
def test_at_the_edge_the_lecture_swings_for_ever(key, edge):
    assert forecast_of(at_rate(key, float(edge))).zone is Zone.SWINGS
    assert forecast_of(at_rate(key, float(edge) * (1 + 1e-8))).zone is Zone.DIVERGES


def descended(project: Project, steps: int) -> Project:
    run = train(project.recipe, project.state, project.data.x, project.data.y, steps=steps)
    return edits.descended(project, run.state)


@pytest.mark.parametrize("momentum", [0.0, 0.3, 0.9, 0.99])
@pytest.mark.parametrize(("optimizer", "reach"), [
    ("momentum", lambda m: 2 * (1 + m)), ("nesterov", lambda m: 2 * (1 + m) / (1 + 2 * m)),
])  # fmt: skip
def test_momentum_has_an_edge_of_its_own(optimizer, reach, momentum):
    project = edits.set_optimizer(at_rate("two-weights", 0.01), optimizer)
    project = descended(edits.set_setting(project, "momentum", momentum), 3)
    edge = reach(momentum) / 50.0
    assert forecast_of(project).zones.edge == pytest.approx(edge, rel=1e-9)
    for share, zone in ((0.999, Zone.CONVERGES), (1.001, Zone.DIVERGES)):
        there = edits.set_learning_rate(project, share * edge)
        assert forecast_of(there).zone is zone
        later = train(there.recipe, there.state, there.data.x, there.data.y, steps=30_000).losses
        assert bool(later[-1] > 1e6 * later[0]) is (zone is Zone.DIVERGES)
        assert bool(later[-1] < 1e-6 * later[0]) is (zone is Zone.CONVERGES)


@pytest.mark.parametrize("seed", range(40))
def test_one_weight_at_a_time_has_the_edge_of_gauss_and_seidel(seed):
    """Beyond it some rates converge, too; then the word is still what the steps do."""
    random = np.random.default_rng(seed)
    count = int(random.integers(1, 5))
    x, weights = random.normal(size=(5, count)), random.normal(size=count)
    project = linear(x, random.normal(size=(5, 1)), weights, one_at_a_time=True)
    edge = 2.0 / float(np.max(2.0 * np.square(x).mean(axis=0)))
    assert forecast_of(project).zones.edge == pytest.approx(edge, rel=1e-9)
    for share in (0.3, 0.98, 1.02, 1.5, 3.0):
        there = edits.set_learning_rate(project, share * edge)
        zone = forecast_of(there).zone
        run = train(there.recipe, there.state, there.data.x, there.data.y, steps=3000, loss_limit=1e9)
        least = np.square(x @ np.linalg.lstsq(x, there.data.y, rcond=None)[0] - there.data.y).mean()
        gaps = run.losses - least
        assert zone is (Zone.DIVERGES if gaps[-1] > gaps[0] else Zone.CONVERGES), share
        assert share > 1.0 or zone is Zone.CONVERGES


def test_at_the_edge_one_weight_alone_swings_for_ever():
    project = edits.set_one_at_a_time(at_rate("one-weight", 1 / 9), True)
    assert forecast_of(project).zone is Zone.SWINGS


WITHOUT_ZONES = [
    (lambda project: edits.set_batch_size(project, 7), "each step sees only 7 of the"),
    (lambda project: edits.set_optimizer(project, "adagrad"), "AdaGrad adapts the step of each weight"),
    (lambda project: edits.set_optimizer(project, "rmsprop"), "RMSprop adapts the step of each weight"),
    (lambda project: edits.set_optimizer(project, "adam"), "Adam adapts the step of each weight"),
    (lambda project: edits.set_optimizer(project, "adamw"), "AdamW adapts the step of each weight"),
    (lambda project: edits.set_schedule(project, "exponential"), "the learning rate follows a schedule"),
    (lambda project: edits.set_penalty(project, "l1", 0.1), "the loss is not a parabola of the weights"),
    (lambda project: edits.set_loss(project, "mae"), "the loss is not a parabola of the weights"),
    (
        lambda project: edits.set_one_at_a_time(edits.set_optimizer(project, "momentum"), True),
        "the weights move one at a time, with momentum",
    ),
]


@pytest.mark.parametrize(("change", "why"), WITHOUT_ZONES)
@pytest.mark.parametrize("rate", [1e-4, 0.36, 5.0])
def test_nothing_is_said_of_the_long_run_where_no_theorem_says_it(change, why, rate):
    project = change(at_rate("noisy-line", rate))
    forecast = forecast_of(project)
    assert forecast.zone is None
    assert why_no_zones(project).startswith(why)
    assert forecast.in_the_long_run.startswith(f"No zones: {why}")
    assert forecast.in_the_long_run.endswith(".")


def test_a_batch_of_all_examples_and_an_l2_penalty_keep_the_zones():
    project = at_rate("noisy-line", 0.1)
    whole = edits.set_batch_size(project, len(project.data))
    assert forecast_of(whole).zone is Zone.SMOOTH
    assert forecast_of(edits.set_penalty(project, "l2", 0.1)).zone is Zone.SMOOTH


def test_the_edge_of_a_curved_loss_is_told_for_plain_descent_alone():
    hidden = load_example("hidden-layer")
    assert forecast_of(hidden).zones is not None
    assert forecast_of(hidden).in_the_long_run == "No zones: the loss is not a parabola of the weights."
    assert forecast_of(edits.set_optimizer(hidden, "momentum")).zones is None
    assert forecast_of(edits.set_one_at_a_time(hidden, True)).zones is None


# Sentences.


@pytest.mark.parametrize(
    ("rate", "in_the_long_run", "outlook"),
    [
        (1e-12, "Converges in small steps.", "The next step changes the loss by less than a millionth."),
        (1e-6, "Converges in small steps.", "The next step lowers the loss to 16.0 (99.996 %)."),
        (0.001, "Converges in small steps.", "The next step lowers the loss to 15.4 (96.4 %)."),
        (0.01, "Converges without overshooting.", "The next step lowers the loss to 10.8 (67.2 %)."),
        (1 / 18, "Converges without overshooting.", "The next step lowers the loss to 0."),
        (0.1, "Overshoots, but converges.", "The next step lowers the loss to 10.2 (64 %)."),
        (0.1111, "Overshoots, but converges.", "The next step lowers the loss to 16.0 (99.96 %)."),
        (0.2, "Diverges.", "The next step raises the loss to 108 (676 %)."),
        (10.0, "Diverges.", "The next step raises the loss to 5.13e5 (32041 times)."),
    ],
)
def test_every_rate_of_the_lecture_weight_has_its_sentences(rate, in_the_long_run, outlook):
    forecast = forecast_of(at_rate("one-weight", rate))
    assert (forecast.in_the_long_run, forecast.outlook) == (in_the_long_run, outlook)


def test_the_first_screen_says_what_its_first_step_does():
    project = load_example("hidden-layer")
    assert forecast_of(project).outlook == "The next step lowers the loss to 0.937 (5.86 %)."
    assert loss_after_a_step(project) == pytest.approx(0.9373, rel=1e-3)


def test_at_the_bottom_nothing_moves():
    forecast = forecast_of(linear([[2.0]], [[6.0]], [3.0], learning_rate=0.01))
    assert (forecast.loss, forecast.expected) == (0.0, 0.0)
    assert forecast.outlook == "The slope is 0: the next step changes nothing."
    assert forecast.in_the_long_run == "No zones: nothing moves."


def test_where_all_is_locked_nothing_moves():
    forecast = forecast_of(edits.set_locked(load_example("one-weight"), 0, True))
    assert forecast.outlook == "All weights are locked: the next step changes nothing."


def test_a_step_smaller_than_the_last_digit_of_a_weight_changes_none():
    forecast = forecast_of(linear([[1e-9]], [[6.0]], [3e8], learning_rate=1e-12))
    assert forecast.outlook == "The next step changes no weight."


def test_an_input_of_zero_leaves_nothing_to_move():
    forecast = forecast_of(linear([[0.0]], [[10.0]], [2.0]))
    assert forecast.zones is None
    assert forecast.outlook == "The slope is 0: the next step changes nothing."
    assert forecast.expected == forecast.loss == 100.0


def test_a_locked_weight_takes_no_part_in_the_zones():
    zones = forecast_of(edits.set_locked(load_example("two-weights"), 1, True)).zones
    assert zones.one_step == pytest.approx(1 / 18)


@pytest.mark.parametrize("weight", [1e160, 1e308, math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("key", ["one-weight", "hidden-layer"])
def test_numbers_that_have_left_all_bounds_give_sentences_and_no_warning(key, weight):
    project = load_example(key)
    parameters = np.array(project.parameters)
    parameters[0] = weight
    forecast = forecast_of(replace(project, state=replace(project.state, parameters=parameters)))
    assert forecast.outlook.startswith(("No forecast: the loss is ", "The next step makes the loss infinite"))
    assert "curve upward" not in forecast.in_the_long_run
    assert not {"nan", "inf."} & set(forecast.outlook.split())


def test_a_step_beyond_all_numbers_is_said_to_make_the_loss_infinite():
    project = at_rate(linear([[1e100]], [[1.0]], [1.0]), 10.0)
    assert forecast_of(project).outlook == "The next step makes the loss infinite."
