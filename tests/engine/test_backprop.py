"""Forward and backward: the numbers of the lecture, and of every activation with every loss by hand."""

from itertools import product

import numpy as np
import pytest

from gdstudio.engine import ACTIVATIONS, LOSSES, Network, backward, forward, loss_value

LINEAR_1 = Network((1, 1), ("linear",), bias=False)
LINEAR_2 = Network((2, 1), ("linear",), bias=False)
LINEAR_3 = Network((3, 1), ("linear",), bias=False)
NINE = Network((2, 2, 1), ("relu", "linear"), bias=False)
NINE_WEIGHTS = [1.0, -1.0, 1.0, 1.0, 2.0, -1.0]

EVERY_PAIR = pytest.mark.parametrize(
    ("activation", "loss"),
    [pair for pair in product(ACTIVATIONS, LOSSES) if pair[0] != "softmax" or pair[1] == "categorical_crossentropy"],
)
"""Each activation in the hidden layers, and last too where the loss does not ask for another there."""


def test_slope_of_the_lecture_weight_is_minus_24():
    found = backward(LINEAR_1, [2.0], [[3.0]], [[10.0]])
    assert found.forward.prediction.tolist() == [[6.0]]
    assert found.loss == 16.0
    assert found.gradient.tolist() == [-24.0]


def test_slope_of_the_lecture_weight_is_minus_8_times_3_times_1():
    found = backward(LINEAR_1, [2.0], [[3.0]], [[10.0]])
    assert found.node_slopes[1].tolist() == [[-8.0]]
    assert found.forward.a[0].tolist() == [[3.0]]
    assert found.activation_slopes[1].tolist() == [[1.0]]


def test_with_half_the_square_the_same_slope_is_minus_12():
    assert backward(LINEAR_1, [2.0], [[3.0]], [[10.0]], "half_mse").gradient.tolist() == [-12.0]


def test_slopes_of_the_two_lecture_weights_are_30_and_40():
    found = backward(LINEAR_2, [1.0, 2.0], [[3.0, 4.0]], [[6.0]])
    assert found.forward.prediction.tolist() == [[11.0]]
    assert found.gradient.tolist() == [30.0, 40.0]
    assert found.gradient.tolist() == (2 * 5 * np.array([3.0, 4.0])).tolist()


def test_slopes_of_the_three_inputs_are_14_28_42():
    found = backward(LINEAR_3, [0.0, 2.0, 1.0], [[1.0, 2.0, 3.0]], [[0.0]])
    assert found.forward.prediction.tolist() == [[7.0]]
    assert found.gradient.tolist() == [14.0, 28.0, 42.0]


def test_slopes_of_the_hidden_layer_in_the_window_pictures():
    found = backward(NINE, NINE_WEIGHTS, [[2.0, 3.0]], [[13.0]])
    assert found.forward.a[1].tolist() == [[5.0, 1.0]]
    assert found.forward.prediction.tolist() == [[9.0]]
    assert found.gradient.tolist() == [-32.0, 16.0, -48.0, 24.0, -40.0, -8.0]


def test_slope_of_a_hidden_node_is_the_sum_over_its_paths():
    found = backward(NINE, NINE_WEIGHTS, [[2.0, 3.0]], [[13.0]])
    assert found.node_slopes[1].tolist() == [[-8.0 * 2, -8.0 * -1]]
    assert found.node_slopes[0].tolist() == [[-16.0 * 1 + 8.0 * -1, -16.0 * 1 + 8.0 * 1]]


def test_largest_curvature_of_the_hidden_layer_is_164_273():
    curvature, h = np.empty((6, 6)), 1e-4
    for index in range(6):
        nudge = h * np.eye(6)[index]
        above = backward(NINE, NINE_WEIGHTS + nudge, [[2.0, 3.0]], [[13.0]]).gradient
        below = backward(NINE, NINE_WEIGHTS - nudge, [[2.0, 3.0]], [[13.0]]).gradient
        curvature[index] = (above - below) / (2 * h)
    assert np.linalg.eigvalsh((curvature + curvature.T) / 2)[-1] == pytest.approx(164.273, abs=5e-4)


def test_a_dead_relu_passes_no_slope_on_to_its_weights_or_inputs():
    found = backward(NINE, [-1.0, 1.0, -1.0, 1.0, 2.0, 3.0], [[2.0, 3.0], [1.0, 1.0]], [[1.0], [0.0]])
    assert found.forward.a[1][:, 0].tolist() == [0.0, 0.0]
    assert (found.node_slopes[1][:, 0] != 0).all()
    assert found.gradient[[0, 2, 4]].tolist() == [0.0, 0.0, 0.0]
    assert (found.gradient[[1, 3, 5]] != 0).all()


def test_with_many_examples_the_slope_is_the_mean_of_products_and_not_the_product_of_means():
    x, y = [[1.0], [3.0]], [[0.0], [10.0]]
    found = backward(LINEAR_1, [2.0], x, y)
    assert found.node_slopes[1].ravel().tolist() == [4.0, -8.0]
    assert found.gradient.tolist() == [(4.0 * 1.0 + -8.0 * 3.0) / 2]
    assert found.gradient[0] != np.mean([4.0, -8.0]) * np.mean([1.0, 3.0])


@pytest.mark.parametrize("bias", [True, False])
@EVERY_PAIR
def test_values_and_loss_are_those_computed_by_hand(activation, loss, bias, by_hand):
    network, parameters, x, y = by_hand.case(activation, 1, loss=loss, bias=bias)
    expected = [by_hand.predict(network, parameters, row) for row in x]
    assert forward(network, parameters, x).prediction == pytest.approx(np.array(expected), rel=1e-12, abs=1e-14)
    wanted = by_hand.loss(network, parameters, x, y, loss)
    assert loss_value(network, parameters, x, y, loss) == pytest.approx(wanted, rel=1e-12)
    assert backward(network, parameters, x, y, loss).loss == pytest.approx(wanted, rel=1e-12)


@EVERY_PAIR
def test_three_factors_make_every_slope(activation, loss, by_hand):
    """Node slope x activation slope = delta; delta x the value it comes from, averaged, is the slope of the weight."""
    network, parameters, x, y = by_hand.case(activation, 2, loss=loss)
    found = backward(network, parameters, x, y, loss)
    for layer in range(len(network.sizes)):
        assert np.array_equal(found.node_slopes[layer] * found.activation_slopes[layer], found.delta[layer])
    for index, (layer, source, target) in enumerate(network.places):
        comes_from = 1.0 if source is None else found.forward.a[layer - 1][:, source]
        products = found.delta[layer][:, target] * comes_from
        assert found.gradient[index] == pytest.approx(products.mean(), rel=1e-12, abs=1e-15)


@EVERY_PAIR
def test_slopes_of_the_inputs_are_those_of_each_examples_own_loss(activation, loss, by_hand):
    network, parameters, x, y = by_hand.case(activation, 3, loss=loss, n=2)
    found, h = backward(network, parameters, x, y, loss).node_slopes[0], 1e-5
    for example in range(2):
        rises = []
        for column in range(3):
            above, below = list(x[example]), list(x[example])
            above[column] += h
            below[column] -= h
            upper = by_hand.loss(network, parameters, [above], [y[example]], loss)
            rises.append((upper - by_hand.loss(network, parameters, [below], [y[example]], loss)) / (2 * h))
        assert np.linalg.norm(found[example] - rises) <= 1e-8 * max(1e-2, np.linalg.norm(rises))


def test_before_activation_and_after_are_both_kept():
    found = forward(NINE, [1.0, -1.0, 1.0, -1.0, 2.0, -1.0], [[2.0, 3.0]])
    assert found.z[1].tolist() == [[5.0, -5.0]]
    assert found.a[1].tolist() == [[5.0, 0.0]]
    assert found.z[0].tolist() == found.a[0].tolist() == [[2.0, 3.0]]
    assert found.prediction is found.a[-1]


def test_what_is_handed_out_can_not_be_changed_and_does_not_follow_the_callers_arrays():
    x, parameters = np.array([[3.0, 4.0]]), np.array([1.0, 2.0])
    found = backward(LINEAR_2, parameters, x, [[6.0]])
    x[:], parameters[:] = 0.0, 0.0
    assert found.forward.a[0].tolist() == [[3.0, 4.0]]
    every = (*found.forward.a, *found.forward.z, *found.node_slopes, *found.activation_slopes, *found.delta)
    assert not any(array.flags.writeable for array in (*every, found.gradient))


def test_the_callers_arrays_stay_as_they_were():
    x, y, parameters = np.array([[2.0, 3.0]]), np.array([[13.0]]), np.array(NINE_WEIGHTS)
    backward(NINE, parameters, x, y)
    assert (x.tolist(), y.tolist(), parameters.tolist()) == ([[2.0, 3.0]], [[13.0]], NINE_WEIGHTS)


@pytest.mark.parametrize("order", ["C", "F"])
def test_the_memory_order_of_the_data_does_not_matter(order):
    x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], order=order)
    found = backward(LINEAR_2, [1.0, -1.0], x, [[0.0], [0.0], [0.0]])
    assert found.gradient == pytest.approx([-2.0 * 9 / 3, -2.0 * 12 / 3])


@pytest.mark.parametrize(
    ("x", "y"),
    [([3.0, 4.0], [[6.0]]), ([[3.0]], [[6.0]]), ([[3.0, 4.0]], [[6.0, 7.0]]), ([[3.0, 4.0]], [6.0])]
    + [(np.empty((0, 2)), np.empty((0, 1))), ([[3.0, 4.0]], [[6.0], [6.0]])],
)
def test_data_that_does_not_fit_is_refused_with_a_sentence(x, y):
    with pytest.raises(ValueError, match=r"need the shape .*\.$"):
        backward(LINEAR_2, [1.0, 2.0], x, y)


def test_a_wrong_number_of_parameters_is_refused():
    with pytest.raises(ValueError, match="has 2 parameters, not 3"):
        forward(LINEAR_2, [1.0, 2.0, 3.0], [[3.0, 4.0]])


def test_an_unknown_loss_is_refused_by_its_name():
    with pytest.raises(ValueError, match="cubic"):
        backward(LINEAR_1, [2.0], [[3.0]], [[10.0]], "cubic")


@EVERY_PAIR
def test_numbers_that_overflow_raise_no_warning(activation, loss, by_hand):
    network = by_hand.network(activation, loss, (1, 2, 2))
    x, y = [[1e308], [-1e308]], [[0.0, 1.0], [1.0, 0.0]]
    for parameters in (np.full(10, 1e308), np.full(10, -1e308), np.tile([1e308, -1e308], 5)):
        backward(network, parameters, x, y, loss)
        forward(network, parameters, x)
        loss_value(network, parameters, x, y, loss)


def test_a_loss_that_overflows_is_not_finite():
    for loss in ("mse", "half_mse", "mae", "huber"):
        assert not np.isfinite(loss_value(LINEAR_1, [1e308], [[1e308]], [[0.0]], loss))


# Softmax and sigmoid together with their losses


def test_slope_before_softmax_is_share_minus_target():
    """Equal z: a third each, and the true class is pulled up by two thirds."""
    network = Network((1, 3), ("softmax",), bias=False)
    found = backward(network, [0.0, 0.0, 0.0], [[6.0]], [[0.0, 1.0, 0.0]], "categorical_crossentropy")
    assert found.loss == pytest.approx(np.log(3), rel=1e-15)
    assert found.delta[1] == pytest.approx(np.array([[1 / 3, -2 / 3, 1 / 3]]), rel=1e-15)
    assert found.gradient == pytest.approx([2.0, -4.0, 2.0], rel=1e-15)
    assert found.activation_slopes[1].tolist() == [[1.0, 1.0, 1.0]]


def test_slope_before_sigmoid_is_share_minus_target_averaged_over_the_outputs():
    network = Network((1, 2), ("sigmoid",), bias=False)
    found = backward(network, [0.0, 0.0], [[6.0]], [[0.0, 1.0]], "binary_crossentropy")
    assert found.loss == pytest.approx(np.log(2), rel=1e-15)
    assert found.delta[1].tolist() == [[0.25, -0.25]]
    assert found.gradient.tolist() == [1.5, -1.5]
    assert found.activation_slopes[1].tolist() == [[1.0, 1.0]]


def test_the_same_sigmoid_behind_a_square_has_its_own_slope():
    found = backward(Network((1, 1), ("sigmoid",), False), [0.0], [[6.0]], [[1.0]], "mse")
    assert found.activation_slopes[1].tolist() == [[0.25]]
    assert found.gradient.tolist() == [2 * -0.5 * 0.25 * 6]


@EVERY_PAIR
def test_what_is_handed_out_has_examples_as_rows(activation, loss, by_hand):
    network, parameters, x, y = by_hand.case(activation, 4, loss=loss, n=5)
    found = backward(network, parameters, x, y, loss)
    parts = (found.forward.a, found.forward.z, found.node_slopes, found.activation_slopes, found.delta)
    for part in parts:
        assert [array.shape for array in part] == [(5, size) for size in network.sizes]
        assert not any(array.flags.writeable for array in part)
    assert found.forward.a[0].tolist() == found.forward.z[0].tolist() == x
