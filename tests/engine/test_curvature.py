"""Curvature: Hessian products held against nudged gradients, eigenvalues against NumPy's, zones against descents."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    HessianProducts,
    Network,
    Outcome,
    Recipe,
    forward,
    largest_curvature,
    learning_rate_zones,
    observe,
    start_state,
    train,
)
from gdstudio.resources import resource

ONE = (Recipe(Network((1, 1), ("linear",), False)), [2.0], [[3.0]], [[10.0]])
TWO = (Recipe(Network((2, 1), ("linear",), False)), [1.0, 2.0], [[3.0, 4.0]], [[6.0]])
THREE = (Recipe(Network((3, 1), ("linear",), False)), [0.0, 2.0, 1.0], [[1.0, 2.0, 3.0]], [[0.0]])
NINE = next(
    case
    for case in json.loads(resource("reference/training.json").read_text("utf-8"))["cases"]
    if case["name"] == "hidden-relu-nine"
)
HIDDEN = (Recipe(Network(NINE["sizes"], NINE["activations"], NINE["bias"])), NINE["parameters"], NINE["x"], NINE["y"])
PENALTIES = pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.3, 0.0), (0.1, 0.2)])


def near_an_edge(recipe, parameters, x, y, margin=0.02):
    """Whether a value, an error or a weight stands so near a kink that a nudge would cross it."""
    values = forward(recipe.network, parameters, x)
    names = zip(recipe.network.activations, values.z[1:], strict=True)
    numbers = [z.ravel() for name, z in names if ACTIVATIONS[name].kink]
    numbers += [(values.prediction - y).ravel() - kink for kink in LOSSES[recipe.loss].kinks]
    return (
        bool(numbers) and float(np.abs(np.concatenate([*numbers, parameters if recipe.l1 else [1.0]])).min()) < margin
    )


def case(activation, loss, seed=0, *, sizes=(3, 4, 3, 2), n=3, bias=True, last=None, **options):
    """A random network without an edge nearby, and data: recipe, parameters, x, y."""
    hidden = "tanh" if ACTIVATIONS[activation].last_only else activation
    last = LOSSES[loss].taken_with or last or hidden
    recipe = Recipe(Network(sizes, (hidden,) * (len(sizes) - 2) + (last,), bias), loss, **options)
    for attempt in range(1000):
        random = np.random.default_rng((seed, attempt))
        parameters = random.normal(0, 0.8, recipe.network.parameter_count)
        x, y = random.normal(0, 1, (n, sizes[0])), random.normal(0, 1, (n, sizes[-1]))
        if LOSSES[loss].taken_with:
            y = random.dirichlet(np.ones(sizes[-1]), n) if sizes[-1] > 1 else random.uniform(0, 1, (n, 1))
        if not near_an_edge(recipe, parameters, x, y):
            return recipe, parameters, x, y
    raise AssertionError("no network without an edge nearby")


def nudged_product(recipe, parameters, x, y, vector, h=1e-5):
    """How the gradient changes along a vector, by central differences."""
    above = observe(recipe, parameters + h * vector, x, y).gradient
    return (above - observe(recipe, parameters - h * vector, x, y).gradient) / (2 * h)


# Hessian products


@PENALTIES
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_products_are_how_the_gradient_changes_along_a_vector(activation, loss, l1, l2):
    for bias, last in ((True, None), (False, "linear")):
        given = case(activation, loss, 1, bias=bias, last=last, l1=l1, l2=l2)
        hessian = HessianProducts(*given)
        for vector in np.random.default_rng(4).normal(0, 1, (2, given[0].network.parameter_count)):
            measured = nudged_product(*given, vector / np.linalg.norm(vector))
            found = hessian.times(vector / np.linalg.norm(vector))
            assert np.linalg.norm(found - measured) <= 1e-7 * max(1.0, np.linalg.norm(measured))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
def test_the_whole_hessian_is_symmetric_and_made_of_measured_columns(activation, loss):
    given = case(activation, loss, 2, sizes=(2, 3, 2), l2=0.1)
    dense = HessianProducts(*given).dense()
    assert np.abs(dense).max() > 0.1
    assert dense == pytest.approx(dense.T, abs=1e-14)
    columns = [nudged_product(*given, axis) for axis in np.eye(len(dense))]
    assert dense == pytest.approx(np.array(columns).T, abs=1e-7)


@pytest.mark.parametrize("sizes", [(3, 2), (1, 1), (2, 1, 1, 2), (3, 5, 4, 3, 2)], ids=str)
def test_every_shape_of_network_has_a_hessian(sizes):
    given = case("tanh", "mse", 3, sizes=sizes, n=1)
    dense = HessianProducts(*given).dense()
    assert dense == pytest.approx(np.array([nudged_product(*given, axis) for axis in np.eye(len(dense))]).T, abs=1e-7)


@pytest.mark.parametrize(("loss", "factor"), [("mse", 2.0), ("half_mse", 1.0)])
@pytest.mark.parametrize("l2", [0.0, 0.25])
def test_the_hessian_of_a_linear_layer_is_the_mean_of_the_products_of_its_inputs(loss, factor, l2):
    """Of c (x w + b - t)^2: 2 c x x', with x = 1 for the bias, wherever the weights stand; L2 adds 2 l2 to weights."""
    recipe = Recipe(Network((2, 1), ("linear",)), loss, l2=l2)
    x = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]])
    ones = np.column_stack([x, np.ones(3)])
    expected = factor * ones.T @ ones / 3 + np.diag([2 * l2, 2 * l2, 0.0])
    for parameters in ([0.0, 0.0, 0.0], [5.0, -7.0, 1e3]):
        assert HessianProducts(recipe, parameters, x, [[1], [2], [3]]).dense() == pytest.approx(expected, rel=1e-14)


def test_the_average_over_outputs_is_in_the_hessian_too():
    """Two outputs share one square: 2 x 3 x 3 / 2 for each weight, and nothing between them."""
    recipe = Recipe(Network((1, 2), ("linear",), False))
    assert HessianProducts(recipe, [1, 2], [[3]], [[0, 0]]).dense().tolist() == [[9.0, 0.0], [0.0, 9.0]]


def test_the_hessian_of_the_window_pictures():
    """From 2-2-1: the output's row is 2 a a', and w1 meets w2 in 2 x (w2 a + error)."""
    dense = HessianProducts(*HIDDEN).dense()
    assert dense[4:, 4:].tolist() == [[2 * 5 * 5, 2 * 5 * 1], [2 * 1 * 5, 2 * 1 * 1]]
    assert dense[0, 4] == 2 * (2.0 * 2 * 5 + -4.0 * 2)
    assert dense[0, 0] == 2 * (2.0 * 2) ** 2


@pytest.mark.parametrize("locked", [{0}, {3, 7, 30}, set(range(39))], ids=["one", "three", "all"])
def test_rows_and_columns_of_locked_parameters_are_0_and_the_rest_stays(locked):
    recipe, *given = case("tanh", "mse", 4, l2=0.1)
    assert recipe.network.parameter_count == 39
    free = [index for index in range(39) if index not in locked]
    whole = HessianProducts(recipe, *given).dense()
    found = HessianProducts(replace(recipe, locked=frozenset(locked)), *given).dense()
    assert not found[sorted(locked)].any()
    assert not found[:, sorted(locked)].any()
    assert found[np.ix_(free, free)] == pytest.approx(whole[np.ix_(free, free)], abs=1e-15)


def test_products_are_linear_and_those_of_nothing_are_0():
    given = case("silu", "huber", 5)
    hessian, (u, v) = HessianProducts(*given), np.random.default_rng(1).normal(0, 1, (2, 39))
    assert hessian.times(2 * u - 3 * v) == pytest.approx(2 * hessian.times(u) - 3 * hessian.times(v), abs=1e-12)
    assert not hessian.times(np.zeros(39)).any()


def test_asking_leaves_everything_as_it_was():
    recipe, *given = case("tanh", "mse", 6, locked=frozenset({1}))
    vector = np.ones(39)
    for array in (*given, vector):
        array.setflags(write=False)
    hessian = HessianProducts(recipe, *given)
    first = hessian.times(vector)
    hessian.times(5 * vector)
    assert hessian.times(vector).tolist() == first.tolist()
    assert not first.flags.writeable
    assert not hessian.dense().flags.writeable
    start = np.array(given[0])
    late = HessianProducts(recipe, start, *given[1:])
    start[:] = 0.0
    assert late.times(vector).tolist() == first.tolist()


def test_what_does_not_fit_is_refused():
    recipe, parameters, x, y = case("tanh", "mse", 7)
    for wrong in ((parameters[1:], x, y), (parameters, x[:, 1:], y), (parameters, x, y[1:])):
        for question in (HessianProducts, largest_curvature, learning_rate_zones):
            with pytest.raises(ValueError, match=r"has 39 parameters|need the shape"):
                question(recipe, *wrong)
    with pytest.raises(ValueError, match="has 39 parameters, not 38"):
        HessianProducts(recipe, parameters, x, y).times(parameters[1:])


# The largest curvature


def assert_is_the_largest(given):
    """An eigenpair of the Hessian to its own residual, and the largest by NumPy; returns it."""
    dense = HessianProducts(*given).dense()
    free = np.delete(np.arange(len(dense)), sorted(given[0].locked))
    values = np.linalg.eigvalsh(dense[np.ix_(free, free)])
    scale = np.abs(values).max()
    found = largest_curvature(*given)
    assert found is not None
    assert found.value == pytest.approx(values[-1], rel=1e-9, abs=1e-12 * scale)
    assert np.linalg.norm(found.direction) == pytest.approx(1.0, rel=1e-12)
    assert not found.direction[sorted(given[0].locked)].any()
    left = np.linalg.norm(dense @ found.direction - found.value * found.direction)
    assert found.residual == pytest.approx(left, abs=1e-13 * scale)
    assert left <= 1e-9 * abs(found.value) + 2e-13 * scale
    assert 1 <= found.iterations <= len(free)
    return found


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["linear", "relu", "tanh", "gelu", "softplus"])
def test_the_largest_curvature_is_the_largest_eigenvalue(activation, loss):
    for seed, sizes in enumerate([(2, 1), (1, 3, 1), (2, 3, 2), (3, 4, 3, 2)]):
        if loss != "categorical_crossentropy" or sizes[-1] > 1:
            assert_is_the_largest(case(activation, loss, seed, sizes=sizes, n=4))
            assert_is_the_largest(case(activation, loss, seed, sizes=sizes, n=4, l2=0.1, locked=frozenset({0})))


def test_where_every_curvature_is_negative_the_largest_is_the_least_negative():
    """|tanh(w x) - t| with predictions above targets is a hill along each of its two weights on its own."""
    recipe = Recipe(Network((1, 2), ("tanh",), False), "mae")
    given = (recipe, [0.5, 1.0], [[1.0]], [[-2.0, -3.0]])
    bends = [-2 * np.tanh(w) * (1 - np.tanh(w) ** 2) / 2 for w in (0.5, 1.0)]
    assert HessianProducts(*given).dense() == pytest.approx(np.diag(bends))
    assert assert_is_the_largest(given).value == pytest.approx(max(bends))
    assert max(bends) < 0
    assert learning_rate_zones(*given) is None


def test_of_one_curvature_up_and_a_larger_one_down_the_largest_is_the_one_up():
    """L2 bends all weights up alike; the hill along the second is steeper."""
    recipe = Recipe(Network((1, 2), ("tanh",), False), "mae", l2=0.05)
    given = (recipe, [2.5, 0.7], [[1.0]], [[-2.0, -3.0]])
    values = np.linalg.eigvalsh(HessianProducts(*given).dense())
    assert -values[0] > 1.2 * values[-1] > 0
    assert assert_is_the_largest(given).value == pytest.approx(values[-1])


def test_a_flat_loss_has_a_largest_curvature_of_0_and_no_zones():
    recipe = Recipe(Network((3, 2), ("linear",)), "mae")
    given = (recipe, np.ones(8), [[1.0, 2.0, 3.0]], [[0.0, 100.0]])
    found = largest_curvature(*given)
    assert (found.value, found.residual) == (0.0, 0.0)
    assert learning_rate_zones(*given) is None


@pytest.mark.parametrize("outputs", [1, 2, 5])
def test_an_eigenvalue_that_comes_several_times_is_found_at_once(outputs):
    """Every output alike: 2 x 9 / outputs."""
    recipe = Recipe(Network((1, outputs), ("linear",), False))
    found = assert_is_the_largest((recipe, np.ones(outputs), [[3.0]], np.zeros((1, outputs))))
    assert found.value == pytest.approx(18 / outputs, rel=1e-14)
    assert found.iterations == 1


def test_two_inputs_alike_and_two_that_add_nothing():
    """Eigenvalues 2 x 5 x 5 / 2 twice and 0 twice, each in its place."""
    recipe = Recipe(Network((4, 1), ("linear",), False))
    found = assert_is_the_largest((recipe, np.zeros(4), 5 * np.eye(4)[[0, 2]], np.zeros((2, 1))))
    assert found.value == pytest.approx(25.0, rel=1e-13)
    assert found.direction[[1, 3]] == pytest.approx(0.0, abs=1e-9)


def test_a_single_weight_has_its_own_curvature():
    found = largest_curvature(*ONE)
    assert found.value == pytest.approx(18.0, rel=1e-15)
    assert np.abs(found.direction).tolist() == [1.0]


@pytest.mark.parametrize("scale", [1e-100, 1e-70, 1e-9, 1e9, 1e70])
def test_the_size_of_the_numbers_does_not_matter(scale):
    recipe, parameters, x, y = case("linear", "mse", 3, sizes=(4, 1), n=6, bias=False)
    usual, found = (largest_curvature(recipe, parameters, factor * x, y) for factor in (1.0, scale))
    assert found.value / scale / scale == pytest.approx(usual.value, rel=1e-9)
    assert np.abs(found.direction) == pytest.approx(np.abs(usual.direction), abs=1e-7)


@pytest.mark.parametrize("size", [1e76, 1e78, 1e80, 1e100, 1e120, 1e150, 1e200])
def test_a_descent_that_leads_away_has_a_curvature_or_none_but_never_a_wrong_one(size):
    """The Hessian of the window pictures grows with the squares of the weights, and overflows in the end."""
    recipe, parameters, *data = HIDDEN
    found = largest_curvature(recipe, size * np.array(parameters), *data)
    usual = largest_curvature(recipe, 1e9 * np.array(parameters), *data)
    assert found is None or found.value / size / size == pytest.approx(usual.value / 1e18, rel=1e-6)


def test_with_everything_locked_there_is_no_curvature():
    recipe = replace(TWO[0], locked=frozenset({0, 1}))
    assert largest_curvature(recipe, *TWO[1:]) is None
    assert learning_rate_zones(recipe, *TWO[1:]) is None


def test_with_one_weight_locked_the_curvature_is_the_other_s():
    assert largest_curvature(replace(TWO[0], locked=frozenset({1})), *TWO[1:]).value == pytest.approx(18.0)
    assert largest_curvature(replace(TWO[0], locked=frozenset({0})), *TWO[1:]).value == pytest.approx(32.0)


def test_a_curvature_that_did_not_converge_is_not_returned():
    given = case("tanh", "mse", 8)
    needed = largest_curvature(*given).iterations
    assert needed > 3
    for iterations in (0, 1, 2, needed - 1):
        assert largest_curvature(*given, iterations=iterations) is None
    assert largest_curvature(*given, iterations=needed).iterations == needed


def test_a_looser_tolerance_needs_fewer_products():
    given = case("tanh", "mse", 8)
    loose, strict = (largest_curvature(*given, tolerance=tolerance) for tolerance in (1e-3, 1e-9))
    assert loose.iterations < strict.iterations
    assert loose.residual <= 1e-3 * loose.value
    assert loose.value == pytest.approx(strict.value, rel=1e-3)


@pytest.mark.parametrize("lost", [1e200, np.inf, np.nan])
def test_where_numbers_are_not_finite_there_is_no_curvature(lost):
    recipe, parameters, x, y = case("linear", "mse", 9)
    given = (recipe, np.full_like(parameters, lost), 1e200 * x, y)
    assert largest_curvature(*given) is None
    assert learning_rate_zones(*given) is None


def test_the_answer_is_the_same_each_time():
    one, other = (largest_curvature(*case("tanh", "mse", 8)) for _ in range(2))
    assert (one.value, one.residual, one.iterations) == (other.value, other.residual, other.iterations)
    assert one.direction.tolist() == other.direction.tolist()
    assert not one.direction.flags.writeable


# What it says of learning rates


@pytest.mark.parametrize(
    ("lecture", "one_step", "edge"), [(ONE, 1 / 18, 1 / 9), (TWO, 0.02, 0.04), (THREE, 1 / 28, 1 / 14)]
)
def test_the_zones_of_one_point_are_the_exact_truths(lecture, one_step, edge):
    found = learning_rate_zones(*lecture)
    assert (found.one_step, found.edge) == pytest.approx((one_step, edge), rel=1e-13)
    assert found.curvature == pytest.approx(1 / one_step, rel=1e-13)
    assert found.is_exact


def test_the_zones_of_the_window_pictures():
    found = learning_rate_zones(*HIDDEN)
    assert found.curvature == pytest.approx(164.273, abs=5e-4)
    assert found.edge == pytest.approx(0.01217, abs=5e-6)
    assert (found.edge, found.one_step) == (2 / found.curvature, 1 / found.curvature)
    assert not found.is_exact


def test_zones_are_exact_for_one_linear_layer_with_a_squared_error_and_nothing_else():
    x, y = [[1.0, 2.0], [0.5, -1.0]], [[1.0], [0.4]]
    linear, tanh = Network((2, 1), ("linear",)), Network((2, 1), ("tanh",))
    hidden = Network((2, 2, 1), ("linear", "linear"))
    wide = Network((2, 3), ("linear",), False)
    exact = [Recipe(linear), Recipe(linear, "half_mse"), Recipe(linear, l2=0.1), Recipe(linear, locked=frozenset({0}))]
    local = [Recipe(tanh), Recipe(hidden), Recipe(linear, l1=0.1), Recipe(linear, l1=0.1, l2=0.1)]
    local += [Recipe(linear, "mae", l2=0.1), Recipe(linear, "huber")]
    local += [Recipe(Network((2, 1), ("sigmoid",)), "binary_crossentropy"), Recipe(Network((2, 1), ("relu",)))]
    for recipe, is_exact in [*((each, True) for each in exact), *((each, False) for each in local)]:
        start = np.full(recipe.network.parameter_count, 0.2)
        assert learning_rate_zones(recipe, start, x, y).is_exact is is_exact
    assert learning_rate_zones(Recipe(wide), np.ones(6), x, np.ones((2, 3))).is_exact


@pytest.mark.parametrize("seed", range(12))
def test_a_loss_that_bends_down_or_not_at_all_has_no_zones(seed):
    """|tanh(w x + b) - t| above its target: down along one direction, flat along all others."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 6))
    x, parameters = random.uniform(0.5, 1.5, (1, count)), random.uniform(0.1, 0.5, count + 1)
    given = (Recipe(Network((count, 1), ("tanh",)), "mae"), parameters, x, [[-5.0]])
    assert np.linalg.eigvalsh(HessianProducts(*given).dense())[0] < -0.1
    assert learning_rate_zones(*given) is None


QUADRATICS = [
    case("linear", "mse", seed, sizes=sizes, n=7, l2=l2, locked=locked)
    for seed, (sizes, l2, locked) in enumerate(
        itertools.product([(1, 1), (3, 1), (3, 2)], [0.0, 0.3], [frozenset(), frozenset({0})])
    )
]


def beside_the_valley(given, share, steps):
    """Descend at a share of the edge, from beside the minimum along the largest curvature.

    Returns how far from the minimum the parameters are before and after, along that direction, and the losses.
    """
    recipe, parameters, x, y = given
    slopes = np.array(observe(*given).gradient)
    slopes[sorted(recipe.locked)] = 0.0
    bottom = parameters - np.linalg.pinv(HessianProducts(*given).dense()) @ slopes
    found = largest_curvature(recipe, bottom, x, y)
    own = replace(recipe, learning_rate=share * learning_rate_zones(*given).edge)
    run = train(own, start_state(own, bottom + found.direction), x, y, steps)
    assert run.outcome is Outcome.DONE
    rise = run.losses - observe(recipe, bottom, x, y).loss
    return float((run.state.parameters - bottom) @ found.direction), rise


@pytest.mark.parametrize("given", QUADRATICS, ids=range(len(QUADRATICS)))
class TestADescentOnAQuadratic:
    def test_lands_at_half_the_edge_in_one_step(self, given):
        away, rise = beside_the_valley(given, 0.5, 1)
        assert abs(away) < 1e-9
        assert rise[1] < 1e-12 * rise[0]

    def test_neither_grows_nor_shrinks_at_the_edge(self, given):
        for steps, side in ((100, 1.0), (101, -1.0)):
            away, rise = beside_the_valley(given, 1.0, steps)
            assert away == pytest.approx(side, rel=1e-6)
            assert rise == pytest.approx(rise[0], rel=1e-6)

    def test_comes_closer_just_below_the_edge_and_is_led_away_just_above(self, given):
        for share, factor in ((0.99, 0.98), (1.01, 1.02)):
            away, rise = beside_the_valley(given, share, 100)
            assert away == pytest.approx(factor**100, rel=1e-4)
            assert rise[1:] / rise[:-1] == pytest.approx(factor**2, rel=1e-4)


def test_near_a_minimum_that_is_not_a_quadratic_the_edge_parts_what_stays_from_what_leaves():
    """sigmoid(3 w) = 1/2 at w = 0, where the curvature is 2 (3/4)^2 = 9/8."""
    given = (Recipe(Network((1, 1), ("sigmoid",), False)), [0.0], [[3.0]], [[0.5]])
    found = learning_rate_zones(*given)
    assert found.curvature == pytest.approx(9 / 8, rel=1e-13)
    assert not found.is_exact
    for share, comes_closer in ((0.9, True), (1.1, False)):
        own = replace(given[0], learning_rate=share * found.edge)
        run = train(own, start_state(own, [1e-4]), *given[2:], 30)
        assert (run.losses[-1] < run.losses[0]) is np.bool_(comes_closer)
