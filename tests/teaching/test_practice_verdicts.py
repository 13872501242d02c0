"""What practice calls right, over many seeds: three digits are enough, a wrong number never is, each mistake is named.

An answer counts to half a unit of its third digit. The mistakes are worked out here from the exercise's network.
"""

import math
import re
from functools import cache

import pytest

from gdstudio.document.numbers import exact, parse_number, shown
from gdstudio.engine import backward
from gdstudio.teaching.practice import Level, exercise, mark

PICKED = (Level.DIVERGES, Level.BUG)
"""Levels whose answer is one of those that stand there."""
EVERY_LEVEL = pytest.mark.parametrize("level", Level, ids=lambda level: level.name)
COUNTED = pytest.mark.parametrize("level", [level for level in Level if level not in PICKED], ids=lambda one: one.name)
SEEDS = pytest.mark.parametrize(
    "seeds", [range(150), pytest.param(range(150, 3000), marks=pytest.mark.nightly)], ids=["some", "many"]
)


@cache
def exercises(level, seeds) -> tuple:
    return tuple(exercise(level, seed) for seed in seeds)


def unit(value: float) -> float:
    """A unit of the third digit of a number."""
    return 10.0 ** (math.floor(math.log10(abs(value))) - 2)


@SEEDS
@EVERY_LEVEL
def test_the_right_answer_to_three_digits_counts(level, seeds):
    for each in exercises(level, seeds):
        for text in (shown(each.answer), exact(each.answer)):
            assert mark(each, text).is_right, (each.seed, each.answer, text)


@SEEDS
@COUNTED
def test_a_number_that_differs_in_the_third_digit_does_not_count(level, seeds):
    for each in exercises(level, seeds):
        off = 0.6 * unit(each.answer) if each.answer else 0.01
        for wrong in (each.answer - off, each.answer + off, 1.02 * each.answer or 0.1, -each.answer or 1.0):
            assert not mark(each, exact(wrong)).is_right, (each.seed, each.answer, wrong)


@SEEDS
@EVERY_LEVEL
def test_nothing_is_no_answer_where_something_is_asked_for(level, seeds):
    for each in exercises(level, seeds):
        assert mark(each, "0").is_right is (each.answer == 0.0), (each.seed, each.answer)


@SEEDS
@EVERY_LEVEL
def test_what_is_praised_is_a_number_that_a_person_would_find(level, seeds):
    for each in exercises(level, seeds):
        said = mark(each, exact(each.answer)).sentence
        assert each.answer == 0.0 or abs(each.answer) > 1e-9, (each.seed, said)
        number = re.fullmatch(r"Right: (\S+)\.", said)[1]
        assert parse_number(number) == pytest.approx(each.answer, rel=1e-5, abs=1e-12)


@SEEDS
@EVERY_LEVEL
def test_a_mistake_written_to_three_digits_is_wrong_and_named(level, seeds):
    for each in exercises(level, seeds):
        for mistake in each.mistakes:
            marked = mark(each, shown(mistake.value))
            assert not marked.is_right, (each.seed, each.answer, mistake)
            assert mistake.name in marked.sentence, (each.seed, mistake, marked.sentence)


# Each mistake has its name, and where two lead to one number both are named.


def _one_layer(each):
    project = each.project
    inputs, weights = project.data.x[0].tolist(), project.parameters.tolist()
    error = sum(x * w for x, w in zip(inputs, weights, strict=True)) - float(project.data.y[0, 0])
    return inputs, weights, error


def _asked(each) -> int:
    return int(re.search(r"weight (\d)", each.question)[1]) - 1


def _output_slope(each) -> dict[str, float]:
    (inputs, _, error), k = _one_layer(each), _asked(each)
    slope = 2.0 * error * inputs[k]
    return {"factor 2 of": slope / 2.0, "sign": -slope, "② is missing": 2.0 * error, "error alone": error}


def _update(each) -> dict[str, float]:
    (inputs, weights, error), k = _one_layer(each), _asked(each)
    rate, slope = each.project.recipe.learning_rate, 2.0 * error * inputs[k]
    return {
        "added": weights[k] + rate * slope,
        "learning rate is forgotten": weights[k] - slope,
        "factor 2": weights[k] - rate * slope / 2.0,
        "input is forgotten": weights[k] - rate * 2.0 * error,
        "change": -rate * slope,
    }


def _hidden_slope(each) -> dict[str, float]:
    project = each.project
    source, node = (int(k) - 1 for k in re.search(r"input (\d) → hidden (\d)", each.question).groups())
    passed = backward(project.network, project.parameters, project.data.x, project.data.y)
    error = float(passed.forward.prediction[0, 0] - project.data.y[0, 0])
    value, out = float(project.data.x[0, source]), float(project.parameters[4 + node])
    if passed.forward.z[1][0, node] < 0.0:
        return {"slope of the ReLU": 2.0 * error * out * value}
    slope = 2.0 * error * out * value
    return {
        "factor 2": slope / 2.0, "sign": -slope, "② is missing": slope / value,
        "way through": 2.0 * error * value,
    }  # fmt: skip


def _mean_slope(each) -> dict[str, float]:
    project = each.project
    inputs = project.data.x[:, 0]
    errors = inputs * float(project.parameters[0]) - project.data.y[:, 0]
    products = 2.0 * errors * inputs
    return {
        "means": float(2.0 * errors.mean() * inputs.mean()), "not divided": float(products.sum()),
        "factor 2": float(products.mean() / 2.0), "sign": float(-products.mean()),
        "first example": float(products[0]),
    }  # fmt: skip


MADE = {
    Level.OUTPUT_SLOPE: _output_slope,
    Level.UPDATE: _update,
    Level.HIDDEN_SLOPE: _hidden_slope,
    Level.MEAN_SLOPE: _mean_slope,
}


@SEEDS
@pytest.mark.parametrize("level", MADE, ids=lambda level: level.name)
def test_every_mistake_that_leads_to_a_number_is_named_with_it(level, seeds):
    for each in exercises(level, seeds):
        for words, value in MADE[level](each).items():
            marked = mark(each, exact(value))
            if abs(value - each.answer) > 1e-9:
                assert words in marked.sentence, (each.seed, words, value, marked.sentence)
