"""The loss, and numbers at a prediction whose arithmetic does not hold as it is shown yet."""

from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.generators import usual
from gdstudio.document.numbers import parse_number, shown
from gdstudio.document.project import NodeRef, ParameterRef, new_project
from gdstudio.engine import Network, Recipe
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.trace import slope_of, value_of
from gdstudio.teaching.trace_loss import MOST_EXAMPLES, loss_of


def line_through(count):
    """One weight and a bias on so many examples."""
    x = np.linspace(-1.0, 1.0, count)[:, None]
    return new_project(
        "line", Recipe(Network((1, 1), ("linear",))), np.array([0.5, 0.25]), plain_data("line", x, 2 * x)
    )


def every_part(trace):
    yield trace
    for part in trace.open():
        yield from every_part(part)


def test_a_loss_over_many_examples_opens_into_the_first_and_says_how_many_more_there_are():
    count = MOST_EXAMPLES + 34
    picture = picture_of(line_through(count))
    parts = loss_of(picture).open()
    assert [part.name for part in parts[-2:]] == ["example 200", "34 more examples"]
    assert loss_of(picture).working == "mean over 234 examples"


def test_the_square_of_the_error_as_shown_is_the_loss_as_shown():
    for part in loss_of(picture_of(load_example("noisy-line"))).open():
        error = parse_number(part.working.removeprefix("(").removesuffix(")²"))
        assert shown(error**2) == part.text


# What is not right yet.


def test_over_all_examples_a_slope_is_not_said_to_be_the_sign_of_the_mean_error():
    picture = picture_of(edits.set_loss(load_example("xor"), "mae"))
    slope = slope_of(picture, NodeRef(2, 0), None)
    (error,) = slope.open()
    sign = float(np.sign(parse_number(error.text)))
    assert slope.working != "the sign of the error" or parse_number(slope.text) == sign


def test_a_prediction_of_softmax_opens_into_the_sums_of_all_outputs():
    project = edits.set_generated(load_example("two-rings"), usual("three-gaussians"))
    picture = picture_of(edits.set_loss(project, "categorical_crossentropy"))
    last = len(picture.network.sizes) - 1
    assert picture.network.activations[-1] == "softmax"
    found = {trace.ref for trace in every_part(value_of(picture, NodeRef(last, 0), 0)) if trace.is_given}
    others = {
        ParameterRef(index)
        for index, (layer, _, target) in enumerate(picture.network.places)
        if (layer, target) == (last, 1)
    }
    assert others
    assert others <= found


def test_twice_the_error_as_shown_is_the_slope_at_the_prediction_as_shown():
    picture = picture_of(load_example("noisy-line"))
    for example in range(len(picture.data)):
        slope = slope_of(picture, NodeRef(1, 0), example)
        assert slope.working == "2 × error"
        assert shown(2.0 * parse_number(slope.open()[0].text)) == slope.text


@pytest.mark.parametrize("weight", [1.0, 1e6, 1e-6])
def test_a_sum_that_is_only_what_rounding_left_is_said_to_be(weight):
    project = load_example("two-weights")
    nearly = np.nextafter(-0.75 * weight, 0.0)
    there = replace(project, state=replace(project.state, parameters=np.array([weight, nearly])))
    trace = value_of(picture_of(there), NodeRef(1, 0), 0)
    assert 0 < abs(float(picture_of(there).values(0)[1][0])) < 1e-14 * weight
    assert trace.working == "sum, but for rounding"
    assert value_of(picture_of(project), NodeRef(1, 0), 0).working == "sum"
