"""The witnesses of backpropagation: central differences, and steps into the complex plane."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    Network,
    Penalty,
    backward,
    complex_gradient,
    is_analytic,
    kinked,
    measured_gradient,
    measured_slope,
    nudge_errors,
    relative_difference,
)
from gdstudio.engine.gradcheck import NUDGE

SMALL = settings(derandomize=True, deadline=None, max_examples=60, database=None)
EVERY_ACTIVATION = pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "softmax"])
EVERY_PAIR = pytest.mark.parametrize(
    ("activation", "loss"),
    [pair for pair in product(ACTIVATIONS, LOSSES) if pair[0] != "softmax" or pair[1] == "categorical_crossentropy"],
)
ONE = Network((1, 1), ("linear",), False)
VECTORS = st.lists(st.floats(-1e100, 1e100), min_size=3, max_size=3)


@pytest.mark.parametrize("seed", [10, 11, 12])
@pytest.mark.parametrize("bias", [True, False])
@EVERY_PAIR
def test_slopes_agree_with_central_differences_of_a_loss_computed_by_hand(activation, loss, bias, seed, by_hand):
    network, parameters, x, y = by_hand.case(activation, seed, loss=loss, bias=bias)
    nudged = by_hand.slopes(network, parameters, x, y, loss)
    found = backward(network, parameters, x, y, loss).gradient
    assert np.linalg.norm(found) > 1e-6
    assert np.linalg.norm(found - nudged) <= 1e-7 * np.linalg.norm(nudged)


@EVERY_PAIR
def test_the_witness_agrees_with_the_chain_rule(activation, loss, by_hand):
    network, parameters, x, y = by_hand.case(activation, 20, loss=loss)
    measured = measured_gradient(network, parameters, x, y, loss)
    assert relative_difference(measured, backward(network, parameters, x, y, loss).gradient) < 1e-7


def test_the_witness_measures_minus_24_on_the_lecture_weight():
    assert measured_slope(Network((1, 1), ("linear",), False), [2.0], [[3.0]], [[10.0]], 0) == pytest.approx(-24.0)


@EVERY_ACTIVATION
def test_one_slope_alone_is_the_same_number_as_in_the_whole_gradient(activation, by_hand):
    network, parameters, x, y = by_hand.case(activation, 21)
    whole = measured_gradient(network, parameters, x, y)
    for index in (0, 7, network.parameter_count - 1):
        assert measured_slope(network, parameters, x, y, index) == whole[index]
    some = measured_gradient(network, parameters, x, y, only=(2, 5))
    assert np.flatnonzero(~np.isnan(some)).tolist() == [2, 5]


def test_the_witness_uses_the_loss_that_it_is_told():
    network = Network((1, 1), ("linear",), False)
    assert measured_slope(network, [2.0], [[3.0]], [[10.0]], 0, "half_mse") == pytest.approx(-12.0)


def test_the_witness_leaves_the_parameters_alone():
    parameters = np.array([0.1, 0.2, 0.3])
    measured_gradient(Network((2, 1), ("tanh",)), parameters, [[1.0, 2.0]], [[0.0]])
    assert parameters.tolist() == [0.1, 0.2, 0.3]


def test_the_nudge_is_far_above_rounding():
    assert 1e-7 < NUDGE < 1e-4


@pytest.mark.parametrize("weight", [1e-6, 1.0, 1e6])
def test_a_large_weight_is_nudged_in_proportion(weight):
    """Of a square, a central difference is exact but for rounding."""
    slope = measured_slope(Network((1, 1), ("linear",), False), [weight], [[1.0]], [[0.0]], 0)
    assert slope == pytest.approx(2 * weight, rel=1e-9, abs=1e-10)


def test_the_witness_raises_no_warning_when_numbers_overflow():
    assert not np.isfinite(measured_slope(Network((1, 1), ("linear",), False), [1e200], [[1e200]], [[0.0]], 0))


@pytest.mark.parametrize("size", [1e200, 1.7e308, 1e-200, 5e-324])
def test_relative_difference_of_sizes_whose_squares_are_no_numbers(size):
    assert relative_difference([size, 0.0], [size, 0.0]) == 0.0
    assert relative_difference([size, 0.0], [0.0, 0.0]) == 1.0


def test_relative_difference_to_what_is_no_number_is_none_and_nothing_is_said_of_squares():
    assert np.isnan(relative_difference([1e200, 1.0], [np.inf, 1.0]))
    assert np.isnan(relative_difference([1e200, 1.0], [np.nan, 1.0]))


def test_relative_difference_by_hand():
    assert relative_difference([3.0, 4.0], [3.0, 4.0]) == 0.0
    assert relative_difference([0.0, 0.0], [0.0, 0.0]) == 0.0
    assert relative_difference([3.0, 4.0], [0.0, 0.0]) == 1.0
    assert relative_difference([3.0, 4.0], [-3.0, -4.0]) == 2.0
    assert relative_difference([100.0, 0.0], [101.0, 0.0]) == pytest.approx(1 / 101)


@given(VECTORS, VECTORS)
@SMALL
def test_relative_difference_is_alike_both_ways_and_at_most_2(one, other):
    assert relative_difference(one, other) == relative_difference(other, one)
    assert 0.0 <= relative_difference(one, other) <= 2.0 + 1e-12


# Into the complex plane


@EVERY_PAIR
def test_the_complex_witness_agrees_with_the_chain_rule_to_rounding(activation, loss, by_hand):
    network, parameters, x, y = by_hand.case(activation, 22, loss=loss)
    penalty = Penalty(network, 0.1, 0.01)
    if activation == "gelu":
        assert not is_analytic(network)
        with pytest.raises(ValueError, match=r"no form for complex numbers\.$"):
            complex_gradient(network, parameters, x, y, loss)
        return
    assert is_analytic(network)
    found = backward(network, parameters, x, y, loss, penalty).gradient
    assert relative_difference(complex_gradient(network, parameters, x, y, loss, penalty), found) < 1e-14


def test_the_complex_witness_measures_minus_24_exactly():
    assert complex_gradient(ONE, [2.0], [[3.0]], [[10.0]]) == pytest.approx([-24.0], rel=1e-15)


def test_the_complex_witness_leaves_the_parameters_alone_and_hands_out_what_stays():
    parameters = np.array([0.1, 0.2, 0.3])
    found = complex_gradient(Network((2, 1), ("tanh",)), parameters, [[1.0, 2.0]], [[0.0]])
    assert parameters.tolist() == [0.1, 0.2, 0.3]
    assert not found.flags.writeable


def test_the_complex_witness_refuses_what_the_chain_rule_refuses():
    with pytest.raises(ValueError, match="need the shape"):
        complex_gradient(ONE, [2.0], [[3.0, 4.0]], [[10.0]])
    with pytest.raises(ValueError, match="has 1 parameters, not 2"):
        complex_gradient(ONE, [2.0, 3.0], [[3.0]], [[10.0]])


# Kinks


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu"])
def test_a_nudge_across_a_kink_is_marked_and_one_beside_it_is_not(activation):
    """z = 1 w1 + 0 w2 + b: only w1 and b can cross."""
    network = Network((2, 1), (activation,))
    assert kinked(network, [1e-7, 5.0, 0.0], [[1.0, 0.0]], [[3.0]]).tolist() == [1.0, 0.0, 1.0]
    assert kinked(network, [1e-3, 5.0, 0.0], [[1.0, 0.0]], [[3.0]]).tolist() == [0.0, 0.0, 0.0]
    assert kinked(network, [1e-3, 5.0, 0.0], [[1.0, 0.0]], [[3.0]], nudge=1e-2).tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("activation", ["linear", "gelu", "silu", "tanh", "sigmoid", "softplus"])
def test_a_smooth_network_has_no_kinks(activation):
    assert not kinked(Network((1, 1), (activation,)), [0.0, 0.0], [[1.0]], [[3.0]]).any()


@pytest.mark.parametrize(("loss", "target"), [("mae", 2.0), ("huber", 3.0), ("huber", 1.0)])
def test_the_kinks_of_a_loss_count(loss, target):
    assert kinked(ONE, [2.0], [[1.0]], [[target]], loss).tolist() == [1.0]
    assert kinked(ONE, [2.0], [[1.0]], [[target + 0.1]], loss).tolist() == [0.0]
    assert kinked(ONE, [2.0], [[1.0]], [[target]], "mse").tolist() == [0.0]


def test_a_kink_of_one_example_among_many_counts():
    x, y = [[1.0], [2.0], [3.0]], [[0.0], [4.0], [0.0]]
    assert kinked(ONE, [2.0], x, y, "mae").tolist() == [1.0]


def test_l1_has_a_kink_at_a_weight_of_0_and_not_at_a_bias_of_0():
    network, penalty = Network((2, 1), ("linear",)), Penalty(Network((2, 1), ("linear",)), l1=0.1)
    assert kinked(network, [0.0, 1.0, 0.0], [[1.0, 1.0]], [[9.0]], "mse", penalty).tolist() == [1.0, 0.0, 0.0]
    assert not kinked(network, [0.0, 1.0, 0.0], [[1.0, 1.0]], [[9.0]], "mse", Penalty(network, l2=0.1)).any()


# How large a nudge


def test_the_error_of_a_nudge_is_least_in_the_middle_and_large_at_both_ends(by_hand):
    network, parameters, x, y = by_hand.case("tanh", 23)
    found = nudge_errors(network, parameters, x, y, backward(network, parameters, x, y).gradient)
    assert (found.nudges[0], found.nudges[-1], len(found.nudges)) == (pytest.approx(0.1), pytest.approx(1e-14), 27)
    assert len(found.errors) == 27
    best = float(found.nudges[np.argmin(found.errors)])
    assert 1e-7 < best < 1e-4
    assert found.errors.min() < 1e-8
    assert found.errors[0] > 1e-4
    assert found.errors[-1] > 1e-4
    assert not found.errors.flags.writeable
    assert not found.nudges.flags.writeable


def test_truncation_falls_with_the_square_of_the_nudge(by_hand):
    network, parameters, x, y = by_hand.case("tanh", 23)
    gradient = backward(network, parameters, x, y).gradient
    coarse, fine = nudge_errors(network, parameters, x, y, gradient, nudges=[1e-2, 1e-3]).errors
    assert coarse / fine == pytest.approx(100, rel=0.01)


def test_nudges_are_measured_against_the_gradient_that_is_given():
    found = nudge_errors(ONE, [2.0], [[3.0]], [[10.0]], [-12.0], nudges=[1e-5])
    assert found.errors == pytest.approx([0.5], rel=1e-6)
    assert nudge_errors(ONE, [2.0], [[3.0]], [[10.0]], [-12.0], "half_mse", nudges=[1e-5]).errors[0] < 1e-9
