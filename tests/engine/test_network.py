"""What a network is: where each parameter lies, and which networks there can be."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.engine import ACTIVATIONS, Network, Place

SMALL = settings(derandomize=True, deadline=None, max_examples=60, database=None)
NETWORKS = st.builds(
    lambda sizes, bias: Network(tuple(sizes), ("tanh",) * (len(sizes) - 1), bias),
    st.lists(st.integers(1, 5), min_size=2, max_size=5),
    st.booleans(),
)


def test_weights_lie_row_by_row_with_the_biases_behind_them():
    network = Network((2, 3, 1), ("relu", "linear"))
    (w1, b1), (w2, b2) = network.layers(np.arange(13.0))
    assert w1.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert b1.tolist() == [6, 7, 8]
    assert w2.tolist() == [[9], [10], [11]]
    assert b2.tolist() == [12]


def test_without_biases_there_are_only_weights():
    network = Network((2, 2, 1), ("relu", "linear"), bias=False)
    (w1, b1), (w2, b2) = network.layers(np.arange(6.0))
    assert (w1.tolist(), w2.tolist()) == ([[0, 1], [2, 3]], [[4], [5]])
    assert b1 is None
    assert b2 is None


def test_layers_are_views_and_not_copies():
    network, parameters = Network((2, 1), ("linear",)), np.zeros(3)
    weights, bias = network.layers(parameters)[0]
    weights[1, 0], bias[0] = 5.0, 7.0
    assert parameters.tolist() == [0.0, 5.0, 7.0]


@given(NETWORKS)
@SMALL
def test_the_number_of_parameters_is_that_of_the_layers(network):
    pairs = list(zip(network.sizes, network.sizes[1:], strict=False))
    assert network.parameter_count == sum((i + network.bias) * o for i, o in pairs)
    assert sum(w.size + (0 if b is None else b.size) for w, b in network.layers(np.zeros(network.parameter_count))) == (
        network.parameter_count
    )


@given(NETWORKS)
@SMALL
def test_every_parameter_has_one_place_and_every_place_one_parameter(network):
    assert len(set(network.places)) == network.parameter_count
    numbers = np.arange(float(network.parameter_count))
    layers = network.layers(numbers)
    for index, place in enumerate(network.places):
        assert network.index(place) == index
        weights, bias = layers[place.layer - 1]
        assert (bias[place.target] if place.source is None else weights[place.source, place.target]) == index


@pytest.mark.parametrize(
    "place",
    [Place(0, 0, 0), Place(3, 0, 0), Place(1, 2, 0), Place(1, 0, 3), Place(1, -1, 0), Place(1, 0, -1), Place(-1, 0, 0)],
)
def test_a_place_outside_of_the_network_is_refused(place):
    with pytest.raises(IndexError, match="no node"):
        Network((2, 3, 1), ("relu", "linear")).index(place)


def test_the_place_of_a_bias_is_refused_where_there_are_none():
    with pytest.raises(IndexError, match="no biases"):
        Network((2, 1), ("linear",), bias=False).index(Place(1, None, 0))


@pytest.mark.parametrize(
    ("sizes", "activations"),
    [((), ()), ((3,), ()), ((2, 0), ("linear",)), ((2, -1), ("linear",)), ((2, 1), ()), ((2, 1), ("linear", "relu"))],
)
def test_an_impossible_network_is_refused_with_a_sentence(sizes, activations):
    with pytest.raises(ValueError, match=r"\.$"):
        Network(sizes, activations)


def test_an_unknown_activation_is_refused_by_its_name():
    with pytest.raises(ValueError, match="cube"):
        Network((2, 1), ("cube",))


def test_softmax_stands_last_or_nowhere():
    assert Network((2, 3, 3), ("tanh", "softmax")).activations[-1] == "softmax"
    for activations in (("softmax", "linear"), ("softmax", "softmax")):
        with pytest.raises(ValueError, match=r"^Softmax is for the last layer only\.$"):
            Network((2, 3, 3), activations)


@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "softmax"])
def test_every_other_activation_stands_anywhere(activation):
    assert Network((2, 3, 1), (activation, activation)).activations == (activation, activation)


def test_weights_and_biases_are_told_apart():
    network = Network((2, 2, 1), ("relu", "linear"))
    assert network.is_weight.tolist() == [True] * 4 + [False] * 2 + [True] * 2 + [False]
    assert Network((2, 2, 1), ("relu", "linear"), bias=False).is_weight.all()


def test_the_layers_of_many_parameter_vectors_at_once_are_views_too():
    network, runs = Network((2, 3, 1), ("relu", "linear")), np.arange(26.0).reshape(2, 13)
    for k in range(2):
        for (weights, bias), (w, b) in zip(network.layers(runs), network.layers(runs[k]), strict=True):
            assert np.array_equal(weights[k], w)
            assert np.array_equal(bias[k], b)
            assert np.shares_memory(weights, runs)
    assert [block.shape for block in network.blocks(runs)] == [(2, 3, 3), (2, 4, 1)]


def test_a_block_is_the_weights_with_the_biases_as_one_more_row():
    network = Network((2, 3, 1), ("relu", "linear"))
    first, second = network.blocks(np.arange(13.0))
    assert first.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert second.tolist() == [[9], [10], [11], [12]]


def test_a_network_is_a_value():
    one, other = Network([2, 1], ["linear"]), Network((2, 1), ("linear",))
    assert one == other
    assert hash(one) == hash(other)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.sizes = (3, 1)
