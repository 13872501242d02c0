import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    Network,
    backward,
    measured_gradient,
    measured_slope,
    relative_difference,
)
from gdstudio.engine.gradcheck import NUDGE

SMALL = settings(derandomize=True, deadline=None, max_examples=60, database=None)
EVERY_ACTIVATION = pytest.mark.parametrize("activation", ACTIVATIONS)
EVERY_LOSS = pytest.mark.parametrize("loss", LOSSES)
VECTORS = st.lists(st.floats(-1e100, 1e100), min_size=3, max_size=3)


@pytest.mark.parametrize("seed", [10, 11, 12])
@pytest.mark.parametrize("bias", [True, False])
@EVERY_LOSS
@EVERY_ACTIVATION
def test_slopes_agree_with_central_differences_of_a_loss_computed_by_hand(activation, loss, bias, seed, by_hand):
    network, parameters, x, y = by_hand.case(activation, seed, bias=bias)
    nudged = by_hand.slopes(network, parameters, x, y, loss)
    found = backward(network, parameters, x, y, loss).gradient
    assert np.linalg.norm(found) > 1e-6
    assert np.linalg.norm(found - nudged) <= 1e-7 * np.linalg.norm(nudged)


@EVERY_LOSS
@EVERY_ACTIVATION
def test_the_witness_agrees_with_the_chain_rule(activation, loss, by_hand):
    network, parameters, x, y = by_hand.case(activation, 20)
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
