import numpy as np
import pytest

from gdstudio.engine import ACTIVATIONS, Network, draw_parameters

EVERY_ACTIVATION = pytest.mark.parametrize("activation", ACTIVATIONS)


@EVERY_ACTIVATION
def test_the_same_seed_draws_the_same_start_and_another_seed_another(activation):
    network = Network((3, 4, 2), (activation, activation))
    assert draw_parameters(network, 7).tobytes() == draw_parameters(network, 7).tobytes()
    assert not np.array_equal(draw_parameters(network, 7), draw_parameters(network, 8))


@EVERY_ACTIVATION
def test_biases_start_at_0_and_no_weight_does(activation):
    network = Network((3, 4, 2), (activation, activation))
    for weights, bias in network.layers(draw_parameters(network, 0)):
        assert not bias.any()
        assert weights.all()


@EVERY_ACTIVATION
def test_the_spread_of_the_weights_fits_the_layer(activation):
    """He: variance 2 / fan_in for ReLU. Glorot: variance 2 / (fan_in + fan_out) for the others."""
    network = Network((60, 60), (activation,), bias=False)
    fan = 60 if activation == "relu" else 120
    draws = np.concatenate([draw_parameters(network, seed) for seed in range(5)])
    assert draws.mean() == pytest.approx(0.0, abs=0.01)
    assert draws.var() == pytest.approx(2 / fan, rel=0.05)
    if activation != "relu":
        assert np.abs(draws).max() <= np.sqrt(6 / fan)


def test_a_start_is_read_only_and_has_a_number_for_every_parameter():
    parameters = draw_parameters(Network((2, 3, 1), ("relu", "sigmoid")), 1)
    assert parameters.shape == (13,)
    assert not parameters.flags.writeable


def test_seed_2_draws_the_start_of_the_two_rings():
    """Pinned: a saved seed means the same start in every later studio."""
    network = Network((2, 6, 4, 1), ("tanh", "tanh", "tanh"))
    assert draw_parameters(network, 2)[:2] == pytest.approx([-0.7260340614635407, -0.16898270116571001], rel=1e-12)
