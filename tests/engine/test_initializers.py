"""Where a descent starts: what each initializer draws, and that a seed always means the same start."""

import math

import numpy as np
import pytest

from gdstudio.engine import ACTIVATIONS, INITIALIZERS, Network, Recipe, draw_parameters

EVERY_ACTIVATION = pytest.mark.parametrize("activation", ACTIVATIONS)
EVERY = pytest.mark.parametrize("row", INITIALIZERS.values(), ids=INITIALIZERS)
RECTIFIED = ("relu", "leaky_relu")
WIDE = Network((80, 40), ("linear",), bias=False)


def draws(initializer, network=WIDE, spread=0.5, seeds=6):
    return np.concatenate([draw_parameters(network, seed, initializer, spread) for seed in range(seeds)])


@EVERY
def test_a_row_carries_its_own_name_and_says_how_a_person_writes_it(row):
    assert INITIALIZERS[row.name] is row
    assert row.label.strip()
    assert row.formula.strip()


def test_the_fitting_one_comes_first_and_the_table_cannot_be_changed():
    assert next(iter(INITIALIZERS)) == "auto" == Recipe(WIDE).initializer
    with pytest.raises(TypeError):
        INITIALIZERS["other"] = INITIALIZERS["he"]


@EVERY_ACTIVATION
def test_the_same_seed_draws_the_same_start_and_another_seed_another(activation, by_hand):
    network = by_hand.network(activation, "mse", (3, 4, 2))
    assert draw_parameters(network, 7).tobytes() == draw_parameters(network, 7).tobytes()
    assert not np.array_equal(draw_parameters(network, 7), draw_parameters(network, 8))


@EVERY
def test_every_initializer_gives_the_same_start_for_the_same_seed(row):
    assert draw_parameters(WIDE, 7, row.name).tobytes() == draw_parameters(WIDE, 7, row.name).tobytes()
    is_random = not np.array_equal(draw_parameters(WIDE, 7, row.name), draw_parameters(WIDE, 8, row.name))
    assert is_random == (row.name not in ("constant", "zeros"))


@EVERY_ACTIVATION
@EVERY
def test_biases_start_at_0_and_no_weight_does_but_where_all_are_to_be_0(row, activation, by_hand):
    network = by_hand.network(activation, "mse", (3, 4, 2))
    for weights, bias in network.layers(draw_parameters(network, 0, row.name)):
        assert not bias.any()
        assert weights.all() if row.name != "zeros" else not weights.any()


@EVERY_ACTIVATION
def test_the_spread_of_the_weights_fits_the_layer(activation):
    """He: variance 2 / fan_in for ReLU and leaky ReLU. Glorot: variance 2 / (fan_in + fan_out) for the others."""
    found = draws("auto", Network((80, 40), (activation,), bias=False))
    variance = 2 / 80 if activation in RECTIFIED else 2 / 120
    assert found.mean() == pytest.approx(0.0, abs=0.005)
    assert found.var() == pytest.approx(variance, rel=0.05)
    assert (np.abs(found).max() <= math.sqrt(6 / 120)) == (activation not in RECTIFIED)


@EVERY_ACTIVATION
@pytest.mark.parametrize(("name", "variance"), [("he", 2 / 80), ("glorot", 2 / 120)])
def test_he_and_glorot_can_be_had_for_every_activation(name, variance, activation):
    found = draws(name, Network((80, 40), (activation,), bias=False))
    assert found.var() == pytest.approx(variance, rel=0.05)


def test_each_layer_is_drawn_for_its_own_activation_and_size():
    network = Network((50, 100, 20), ("relu", "tanh"))
    layers = [network.layers(draw_parameters(network, seed)) for seed in range(4)]
    first, second = (np.concatenate([run[k][0].ravel() for run in layers]) for k in range(2))
    assert first.var() == pytest.approx(2 / 50, rel=0.05)
    assert second.var() == pytest.approx(2 / 120, rel=0.05)


@pytest.mark.parametrize("spread", [0.01, 0.5, 30.0])
def test_normal_has_its_spread_as_deviation(spread):
    found = draws("normal", spread=spread)
    assert found.mean() == pytest.approx(0.0, abs=0.03 * spread)
    assert found.std() == pytest.approx(spread, rel=0.03)
    assert np.mean(np.abs(found) < spread) == pytest.approx(0.6827, abs=0.02)


@pytest.mark.parametrize("spread", [0.01, 0.5, 30.0])
def test_uniform_fills_the_range_of_its_spread_and_never_leaves_it(spread):
    found = draws("uniform", spread=spread)
    assert found.std() == pytest.approx(spread / math.sqrt(3), rel=0.03)
    assert 0.99 * spread < np.abs(found).max() <= spread


@pytest.mark.parametrize("spread", [0.25, -1.5, 0.0])
def test_constant_is_the_same_number_for_every_weight(spread):
    assert set(draws("constant", spread=spread).tolist()) == {spread}


def test_zeros_are_0():
    assert not draws("zeros", spread=7.0).any()


@EVERY
def test_the_spread_matters_where_there_is_a_word_for_it(row):
    one, other = (draw_parameters(WIDE, 3, row.name, spread) for spread in (0.25, 0.75))
    assert (not np.array_equal(one, other)) == bool(row.spread_label)


@pytest.mark.parametrize("name", ["normal", "uniform"])
def test_a_width_below_0_is_refused_with_a_sentence(name):
    """By the recipe, or at the latest by the draw."""
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        draw_parameters(WIDE, 0, Recipe(WIDE, initializer=name, spread=-0.5).initializer, -0.5)


@pytest.mark.parametrize("name", ["normal", "uniform", "constant"])
def test_a_spread_of_minus_0_is_0(name):
    assert (draw_parameters(WIDE, 0, name, -0.0) == draw_parameters(WIDE, 0, name, 0.0)).all()


def test_an_unknown_initializer_is_refused_by_its_name():
    with pytest.raises(ValueError, match=r"^The initializer 'magic' is not known; known are auto, .*\.$"):
        draw_parameters(WIDE, 0, "magic")


@EVERY
def test_a_start_is_read_only_and_has_a_number_for_every_parameter(row):
    parameters = draw_parameters(Network((2, 3, 1), ("relu", "sigmoid")), 1, row.name)
    assert parameters.shape == (13,)
    assert parameters.dtype == np.float64
    assert not parameters.flags.writeable


def test_seed_2_draws_the_start_of_the_two_rings():
    """Pinned: a saved seed means the same start in every later studio."""
    network = Network((2, 6, 4, 1), ("tanh", "tanh", "tanh"))
    assert draw_parameters(network, 2)[:2] == pytest.approx([-0.7260340614635407, -0.16898270116571001], rel=1e-12)
