"""From a slope to a change: every line of every optimizer, against the formulas of the papers in plain numbers."""

import math

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.numbers import parse_number, shown_plain
from gdstudio.document.project import new_project
from gdstudio.engine import OPTIMIZERS, Network, Recipe, draw_parameters, train_step
from gdstudio.teaching.change import change_of
from gdstudio.teaching.explain import explain_slope
from gdstudio.teaching.picture import picture_of

EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer", OPTIMIZERS)
NAMES = {
    "sgd": ["change"],
    "momentum": ["velocity", "change"],
    "nesterov": ["velocity", "slope ahead", "change"],
    "adagrad": ["accumulated squares", "slope ÷ √squares", "change"],
    "rmsprop": ["mean squared slope", "slope ÷ √squares", "change"],
    "adam": [
        "mean slope", "mean squared slope", "mean slope, fair at step {t}", "squared slope, fair at step {t}",
        "mean slope ÷ √squares", "change",
    ],
    "adamw": [
        "mean slope", "mean squared slope", "mean slope, fair at step {t}", "squared slope, fair at step {t}",
        "mean slope ÷ √squares", "step", "shrinks by", "change",
    ],
}  # fmt: skip


def project_with(optimizer, **options):
    """2-2-1 with tanh and biases on five examples, with a penalty."""
    random = np.random.default_rng(21)
    network = Network((2, 2, 1), ("tanh", "linear"))
    options = {"learning_rate": 0.03, "l2": 0.02, "seed": 8} | options
    data = plain_data("five", random.normal(size=(5, 2)), random.normal(size=(5, 1)))
    recipe = Recipe(network, optimizer=optimizer, **options)
    return new_project("five", recipe, draw_parameters(network, 8, "normal", 0.9), data)


def after(project, steps):
    """The project some steps on, and the slopes by which each weight moved: ``(steps, P)``."""
    state, slopes = project.state, []
    for _ in range(steps):
        state, record = train_step(project.recipe, state, project.data.x, project.data.y)
        slopes.append(record.slopes_used)
    return edits.descended(project, state), slopes


def by_hand(optimizer, s, slopes, weight, rate):
    """The numbers of the lines for one weight, from all of its slopes so far; the last slope is the coming step's."""
    t, g = len(slopes), slopes[-1]
    if optimizer == "sgd":
        return [-rate * g]
    if optimizer in ("momentum", "nesterov"):
        mu = s["momentum"]
        v = sum(mu ** (t - 1 - k) * slope for k, slope in enumerate(slopes))
        return [v, -rate * v] if optimizer == "momentum" else [v, g + mu * v, -rate * (g + mu * v)]
    if optimizer == "adagrad":
        squares = sum(slope**2 for slope in slopes)
        share = g / (math.sqrt(squares) + s["epsilon"])
        return [squares, share, -rate * share]
    if optimizer == "rmsprop":
        squares = sum((1 - s["rho"]) * s["rho"] ** (t - 1 - k) * slope**2 for k, slope in enumerate(slopes))
        share = g / (math.sqrt(squares) + s["epsilon"])
        return [squares, share, -rate * share]
    one, two = s["beta_1"], s["beta_2"]
    m = sum((1 - one) * one ** (t - 1 - k) * slope for k, slope in enumerate(slopes))
    v = sum((1 - two) * two ** (t - 1 - k) * slope**2 for k, slope in enumerate(slopes))
    fair_m, fair_v = m / (1 - one**t), v / (1 - two**t)
    share = fair_m / (math.sqrt(fair_v) + s["epsilon"])
    lines = [m, v, fair_m, fair_v, share]
    if optimizer == "adam":
        return [*lines, -rate * share]
    pull = -rate * s["weight_decay"] * weight
    return [*lines, -rate * share, pull, -rate * share + pull]


def assert_lines(project, steps):
    project, slopes = after(project, steps)
    picture = picture_of(project)
    recipe = project.recipe
    rate = recipe.rate_at(steps)
    for index in range(project.network.parameter_count):
        if index in recipe.locked:
            continue
        own = [float(each[index]) for each in (*slopes, picture.slopes_used)]
        expected = by_hand(recipe.optimizer, dict(recipe.settings), own, float(picture.parameters[index]), rate)
        lines = change_of(picture, index)
        assert [line.name for line in lines] == [name.format(t=steps + 1) for name in NAMES[recipe.optimizer]]
        for line, number in zip(lines, expected, strict=True):
            assert parse_number(line.text) == pytest.approx(number, rel=6e-4, abs=1e-12), line
        assert expected[-1] == pytest.approx(float(picture.change[index]), rel=1e-9, abs=1e-15)
        assert lines[-1].text in {shown_plain(float(picture.change[index]), digits) for digits in (4, 6)}
        assert all(line.is_given and line.working for line in lines)


@EVERY_OPTIMIZER
@pytest.mark.parametrize("steps", [0, 1, 5])
@pytest.mark.parametrize("schedule", ["constant", "exponential"])
def test_every_line_is_the_formulas_number_and_the_last_is_the_change(optimizer, steps, schedule):
    assert_lines(project_with(optimizer, schedule=schedule, period=4), steps)


@EVERY_OPTIMIZER
def test_with_mini_batches_the_lines_are_about_the_coming_batch(optimizer):
    assert_lines(project_with(optimizer, batch_size=2), 4)


@EVERY_OPTIMIZER
@pytest.mark.parametrize("steps", [0, 3])
def test_one_at_a_time_the_lines_go_by_the_slope_at_a_weights_turn(optimizer, steps):
    project = project_with(optimizer, one_at_a_time=True, locked=frozenset({2}))
    assert_lines(project, steps)
    picture = picture_of(after(project, steps)[0])
    assert picture.slopes_used[8] != pytest.approx(picture.gradient[8], rel=1e-6)


@EVERY_OPTIMIZER
def test_settings_away_from_their_usual_values_are_in_the_lines(optimizer):
    settings = {
        setting.name: {"epsilon": 0.125, "weight_decay": 0.5}.get(setting.name, 0.75)
        for setting in OPTIMIZERS[optimizer].settings
    }
    project = project_with(optimizer, settings=settings)
    assert_lines(project, 3)
    text = " ".join(line.working for line in change_of(picture_of(project), 0))
    assert all(shown_plain(value) in text or name == "epsilon" for name, value in settings.items())


@EVERY_OPTIMIZER
@pytest.mark.parametrize("one_at_a_time", [False, True])
def test_a_locked_weight_has_one_line_that_says_why_it_stays(optimizer, one_at_a_time):
    project = project_with(optimizer, locked=frozenset({1}), one_at_a_time=one_at_a_time)
    picture = picture_of(after(project, 2)[0])
    (line,) = change_of(picture, 1)
    assert (line.name, line.text, line.working) == ("change", "0", "locked: descent leaves it alone")
    assert picture.change[1] == 0.0
    assert len(change_of(picture, 0)) == len(NAMES[optimizer])


def lecture(optimizer, **options):
    """Inputs 3 and 4, weights 1 and 2, target 6: slopes 30 and 40."""
    data = plain_data("lecture", [[3.0, 4.0]], [[6.0]])
    recipe = Recipe(Network((2, 1), ("linear",), bias=False), optimizer=optimizer, **options)
    return new_project("lecture", recipe, np.array([1.0, 2.0]), data)


def lines_of(project, index=0):
    return [f"{line.name} = {line.working} = {line.text}" for line in change_of(picture_of(project), index)]


def test_the_lectures_change_is_minus_the_rate_times_the_slope():
    assert lines_of(lecture("sgd")) == ["change = −0.01 × 30 = −0.3"]
    assert lines_of(lecture("sgd"), 1) == ["change = −0.01 × 40 = −0.4"]
    assert lines_of(lecture("sgd", one_at_a_time=True), 1) == ["change = −0.01 × 32.8 = −0.328"]
    assert lines_of(edits.set_parameter(lecture("sgd"), 0, -9.0)) == ["change = −0.01 × (−150) = 1.5"]


def test_the_first_steps_of_others_on_the_lectures_slope_are_as_in_their_papers():
    assert lines_of(lecture("momentum")) == ["velocity = 0.9 × 0 + 30 = 30", "change = −0.01 × 30 = −0.3"]
    assert lines_of(lecture("nesterov"))[1:] == ["slope ahead = 30 + 0.9 × 30 = 57", "change = −0.01 × 57 = −0.57"]
    assert lines_of(lecture("adagrad")) == [
        "accumulated squares = 0 + 30² = 900",
        "slope ÷ √squares = 30 ÷ (√900 + ε) = 1",
        "change = −0.01 × 1 = −0.01",
    ]
    assert lines_of(lecture("adam")) == [
        "mean slope = 0.9 × 0 + 0.1 × 30 = 3",
        "mean squared slope = 0.999 × 0 + 0.001 × 30² = 0.9",
        "mean slope, fair at step 1 = 3 ÷ 0.1 = 30",
        "squared slope, fair at step 1 = 0.9 ÷ 0.001 = 900",
        "mean slope ÷ √squares = 30 ÷ (√900 + ε) = 1",
        "change = −0.01 × 1 = −0.01",
    ]
    assert lines_of(lecture("adamw"))[-3:] == [
        "step = −0.01 × 1 = −0.01",
        "shrinks by = −0.01 × 0.01 × 1 = −1e−4",
        "change = (−0.01) + (−1e−4) = −0.0101",
    ]


@EVERY_OPTIMIZER
def test_a_slope_that_is_no_number_raises_nothing(optimizer):
    with np.errstate(all="ignore"):
        project = edits.set_parameter(lecture(optimizer), 0, 1e308)
        picture = picture_of(project)
    assert [line.text for line in change_of(picture, 0)]


# The line of arithmetic below the slope.


def read_line(update, result):
    """What the line of arithmetic comes to as it stands there, and what stands behind it."""
    words = update.replace("−", "-").replace("(", "").replace(")", "").split(" ")
    sign = {"+": 1.0, "-": -1.0}[words[3]]
    amount = float(words[4]) * (float(words[6]) if len(words) > 5 and words[5] == "×" else 1.0)
    return shown_plain(float(words[2]) + sign * amount), result


@EVERY_OPTIMIZER
@pytest.mark.parametrize("one_at_a_time", [False, True])
def test_the_update_as_shown_makes_the_result_as_shown_and_it_is_the_next_weight(optimizer, one_at_a_time):
    project = project_with(optimizer, one_at_a_time=one_at_a_time)
    for steps in (0, 1, 5):
        now, following = after(project, steps)[0], after(project, steps + 1)[0]
        picture = picture_of(now)
        for index in range(project.network.parameter_count):
            found = explain_slope(picture, index, measure=False)
            computed, result = read_line(found.update, found.result)
            assert computed == result == shown_plain(float(following.parameters[index]))
            assert ("at its turn" in found.update) == one_at_a_time


@pytest.mark.parametrize("step", [3, 5, 7])
def test_with_a_schedule_the_lines_as_shown_make_their_results_as_shown_too(step):
    project = lecture("sgd", schedule="exponential", period=10)
    state = type(project.state)(project.state.parameters, project.state.optimizer, step)
    found = explain_slope(picture_of(edits.descended(project, state)), 0)
    (line,) = found.steps
    rate, slope = line.working.split(" × ")
    assert shown_plain(parse_number(rate) * parse_number(slope)) == line.text
    computed, result = read_line(found.update, found.result)
    assert computed == result


def test_with_one_example_a_step_the_mean_over_all_is_not_multiplied_to_the_slope_of_the_batch():
    """The panel writes the three factors as a product that makes the slope wherever the batch has one example."""
    picture = picture_of(project_with("sgd", batch_size=1, l2=0.0))
    found = explain_slope(picture, 0, example=None)
    product = math.prod(parse_number(trace.text) for trace in found.traces)
    assert product == pytest.approx(found.slope, rel=0.01)


def test_the_factors_shown_are_those_of_the_batch_of_one_or_of_the_example_asked_for():
    picture = picture_of(project_with("sgd", batch_size=1))
    assert explain_slope(picture, 0, example=3).example == picture.batch[0]
    whole = picture_of(project_with("sgd"))
    assert [explain_slope(whole, 0, example=each).example for each in (0, 3, None, 99)] == [0, 3, None, 0]
