"""The loss along lines and over planes, held against the loss taken point by point."""

import dataclasses
import itertools
import tracemalloc
from functools import partial

import numpy as np
import pytest

from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    Network,
    Penalty,
    Place,
    coordinates,
    forward,
    landscape,
    line_losses,
    loss_value,
    parameter_direction,
    path_plane,
    plane_losses,
    random_direction,
)

X = np.random.default_rng(8).normal(0, 1, (6, 3))
GRID = ([-1.5, 0.0, 0.4, 2.0], [-0.7, 0.0, 1.1])
ONE, NINE = Network((1, 1), ("linear",), False), Network((2, 2, 1), ("relu", "linear"), False)


def network_with(activation, loss="mse", sizes=(3, 4, 3, 2), bias=True, last=None):
    """``activation`` in every layer, but ``last`` or what the loss asks for in the last."""
    hidden = "tanh" if ACTIVATIONS[activation].last_only else activation
    last = LOSSES[loss].taken_with or last or hidden
    return Network(sizes, (hidden,) * (len(sizes) - 2) + (last,), bias)


def targets_for(loss, shape=(6, 2)):
    random = np.random.default_rng(9)
    if loss == "categorical_crossentropy":
        return random.dirichlet(np.ones(shape[1]), shape[0])
    return random.uniform(0, 1, shape) if LOSSES[loss].taken_with else random.normal(0, 1, shape)


def start_of(network, seed=1):
    return np.random.default_rng((seed, 1)).normal(0, 0.7, network.parameter_count)


def along(network, *places, seed=3):
    """A direction that moves the parameters at these places (layer, source, target) alone."""
    direction, random = np.zeros(network.parameter_count), np.random.default_rng((seed, len(places)))
    for place in places:
        direction[network.index(Place(*place))] = random.uniform(0.5, 1.5) * random.choice([-1, 1])
    return direction


def layer_of(network, layer, seed):
    return along(network, *[place for place in network.places if place.layer == layer], seed=seed)


def random_of(network, seed):
    return np.random.default_rng((seed, 7)).normal(0, 0.5, network.parameter_count)


def pairs(network):
    """Directions of every kind, by name; layers count from 1, the last is 3."""
    still, general, only = np.zeros(network.parameter_count), random_of(network, 1), partial(along, network)
    found = {
        "nothing moves": (still, still),
        "only u moves, everywhere": (general, still),
        "only v moves, everywhere": (still, general),
        "both everywhere": (general, random_of(network, 2)),
        "both the same": (general, general),
        "both the same but for the length": (general, -0.5 * general),
        "nodes of a layer, apart": (only((1, 0, 0), (1, 2, 0), (1, 1, 1)), only((1, 0, 3), (1, 2, 3), seed=4)),
        "nodes of a layer, one in common": (only((2, 0, 0), (2, 2, 1)), only((2, 0, 1), (2, 3, 2), seed=4)),
        "two nodes in two layers each": (only((1, 0, 0), (2, 0, 0)), only((1, 1, 1), (2, 1, 1), seed=4)),
    }
    for layer in (1, 2, 3):
        found[f"all of layer {layer}"] = (layer_of(network, layer, 4), layer_of(network, layer, 5))
        found[f"all of layer {layer}, v still"] = (layer_of(network, layer, 4), still)
        found[f"the same in layer {layer}"] = (layer_of(network, layer, 4),) * 2
        found[f"different nodes of layer {layer}"] = (only((layer, 0, 0)), only((layer, 1, 1)))
        found[f"one node of layer {layer}"] = (only((layer, 0, 1)), only((layer, 2, 1)))
        found[f"one weight of layer {layer}"] = (only((layer, 2, 1)), only((layer, 2, 1), seed=4))
        found[f"u a weight of layer {layer}"] = (only((layer, 0, 0)), still)
        found[f"v a weight of layer {layer}"] = (still, only((layer, 0, 0)))
        if network.bias:
            bias = only((layer, None, 1))
            found[f"a weight of layer {layer} and the bias beside it"] = (only((layer, 2, 1)), bias)
            found[f"a weight of layer {layer} and another node's bias"] = (only((layer, 2, 0)), bias)
            found[f"two biases of layer {layer}"] = (only((layer, None, 0)), bias)
    for one, other in itertools.permutations((1, 2, 3), 2):
        found[f"one of layer {one}, one of layer {other}"] = only((one, 0, 0)), only((other, 1, 1))
        found[f"all of layers {one} and {other}"] = layer_of(network, one, 4), layer_of(network, other, 5)
    return found


def point_by_point(network, start, x, y, directions, grid, loss="mse", penalty=None, every=1):
    points = list(itertools.product(*grid))[::every]
    steps = [a * directions[0] + b * directions[1] for a, b in points]
    return np.array([loss_value(network, start + step, x, y, loss, penalty) for step in steps])


def assert_like_point_by_point(network, start, x, y, directions, grid, loss="mse", penalty=None, every=1):
    """A quick sum of squares is exact to rounding of the plane's largest loss, everything else to that of each loss."""
    found = plane_losses(network, start, x, y, directions, grid, loss, penalty)
    expected = point_by_point(network, start, x, y, directions, grid, loss, penalty, every)
    assert np.isfinite(expected).all()
    is_quick = LOSSES[loss].square is not None and network.activations[-1] == "linear"
    slack = 1e-13 * found.max() if is_quick else 1e-15
    assert found.ravel()[::every] == pytest.approx(expected, rel=1e-12, abs=slack)


# Planes, point by point


@pytest.mark.parametrize(("bias", "last"), [(True, "linear"), (False, None)])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_plane_is_the_loss_taken_point_by_point(activation, loss, bias, last):
    """A third of the kinds of planes each, in turn: every kind meets every activation and every loss."""
    network, y = network_with(activation, loss, bias=bias, last=last), targets_for(loss)
    turn = list(ACTIVATIONS).index(activation) + list(LOSSES).index(loss) + bias
    for number, (name, directions) in list(enumerate(pairs(network).items()))[turn % 3 :: 3]:
        try:
            assert_like_point_by_point(network, start_of(network, number), X, y, directions, GRID, loss, every=5)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from error


@pytest.mark.parametrize("sizes", [(3, 2), (3, 1), (3, 1, 2), (3, 6, 5, 4, 3, 2)], ids=str)
@pytest.mark.parametrize("loss", ["mse", "mae", "categorical_crossentropy"])
def test_every_shape_of_network_has_its_planes_and_one_point_of_one_example_is_one_too(loss, sizes):
    network, (every, apart) = network_with("tanh", loss, sizes), (11, 9) if len(sizes) > 3 else (1, 5)
    y = targets_for(loss, (6, sizes[-1]))
    randoms = [random_of(network, seed) for seed in range(2)]
    for u, v in itertools.combinations([*randoms, *np.eye(network.parameter_count)[::apart]], 2):
        assert_like_point_by_point(network, start_of(network), X, y, (u, v), GRID, loss, every=every)
        assert_like_point_by_point(network, start_of(network), X[:1], y[:1], (u, v), ([0.3], [-0.2]), loss)


@pytest.mark.parametrize(("l1", "l2"), [(0.3, 0.0), (0.0, 0.2), (0.1, 0.2)])
@pytest.mark.parametrize("loss", ["mse", "mae", "binary_crossentropy"])
def test_penalties_are_part_of_the_plane(loss, l1, l2):
    network = network_with("tanh", loss)
    for directions in list(pairs(network).values())[::2]:
        penalty = Penalty(network, l1, l2)
        assert_like_point_by_point(network, start_of(network), X, targets_for(loss), directions, GRID, loss, penalty)


def test_the_plane_of_the_lecture_by_hand():
    """Inputs 3 and 4, weights 1 and 2, target 6: the loss is (5 + 3 a + 4 b)^2."""
    network, axes = Network((2, 1), ("linear",), False), ([1, 0], [0, 1])
    found = plane_losses(network, [1, 2], [[3, 4]], [[6]], axes, ([0, 1], [-2, 0, 1]))
    assert found == pytest.approx(np.array([[9.0, 25.0, 81.0], [0.0, 64.0, 144.0]]), abs=1e-12)


@pytest.mark.parametrize("kind", ["both everywhere", "one node of layer 1", "all of layer 2"])
def test_losses_far_below_the_largest_of_the_plane_keep_their_digits(kind):
    """The targets are what the network says 1e-6 beside the start; the plane reaches far."""
    network = network_with("tanh")
    directions, start = pairs(network)[kind], start_of(network)
    y = forward(network, start + 1e-6 * directions[0], X).prediction
    found = plane_losses(network, start, X, y, directions, ([0.0, 3.0], [0.0, 3.0]))
    assert 0 < found[0, 0] < 1e-10 * found.max()
    assert found[0, 0] == pytest.approx(loss_value(network, start, X, y), rel=1e-8)


# Lines


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_line_is_the_loss_taken_point_by_point(activation, loss):
    network, at = network_with(activation, loss, last="linear"), [-2.0, 0.1, 1.5]
    start, y, penalty = start_of(network), targets_for(loss), Penalty(network, 0.1, 0.1)
    for direction in (random_of(network, 1), *np.eye(network.parameter_count)[::2], np.zeros(network.parameter_count)):
        found = line_losses(network, start, X, y, direction, at, loss, penalty)
        expected = [loss_value(network, start + t * direction, X, y, loss, penalty) for t in at]
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-13 * max(expected))


def test_the_line_of_the_lecture_weight_by_hand():
    found = line_losses(ONE, [2.0], [[3.0]], [[10.0]], [1.0], [-2, 0, 0.24, 1])
    assert found == pytest.approx([100.0, 16.0, 10.7584, 1.0], rel=1e-13)


def test_a_grid_without_points_has_no_losses():
    assert line_losses(ONE, [2.0], [[3.0]], [[10.0]], [1.0], []).shape == (0,)
    for a, b in (([], [1.0]), ([1.0], []), ([], [])):
        assert plane_losses(NINE, np.ones(6), [[2.0, 3.0]], [[13.0]], np.eye(6)[:2], (a, b)).shape == (len(a), len(b))


# Blocks, memory and what is computed at all


@pytest.mark.parametrize(("examples", "block", "table"), [(7, 64, 200), (8, 1, 2**20), (10, 2**17, 60)])
@pytest.mark.parametrize("loss", ["mse", "mae", "categorical_crossentropy"])
def test_blocks_of_any_size_give_the_same_losses(loss, examples, block, table, monkeypatch):
    for name, size in (("_EXAMPLES", examples), ("_BLOCK", block), ("_TABLE", table)):
        monkeypatch.setattr(landscape, name, size)
    network, random = network_with("tanh", loss), np.random.default_rng(6)
    x, y = random.normal(0, 1, (23, 3)), targets_for(loss, (23, 2))
    for directions in list(pairs(network).values())[::3]:
        assert_like_point_by_point(network, start_of(network), x, y, directions, GRID, loss, every=5)


@pytest.mark.parametrize(
    ("kind", "examples", "points", "loss"),
    [("general", 500, 50, "mse"), ("general", 20_000, 5, "mse"), ("general", 5000, 400, "mse")]
    + [("first", 500, 50, "mse"), ("second", 500, 200, "mse"), ("second", 500, 200, "mae")]
    + [("last", 500, 200, "mse"), ("last", 20_000, 60, "mse"), ("last", 20_000, 9, "mae")],
)
def test_memory_is_bounded_whatever_the_grid_and_the_data(kind, examples, points, loss):
    network, random = Network((2, 8, 8, 1), ("tanh", "tanh", "linear")), np.random.default_rng(6)
    x, y = random.normal(0, 1, (examples, 2)), random.normal(0, 1, (examples, 1))
    directions = {
        "general": (random_of(network, 1), random_of(network, 2)),
        "first": (along(network, (1, 0, 0)), along(network, (1, 1, 0))),
        "second": (along(network, (2, 0, 0)), along(network, (2, 1, 1))),
        "last": (along(network, (3, 0, 0)), along(network, (3, 1, 0))),
    }[kind]
    at = np.linspace(-1, 1, points)
    rows = at if points <= 200 else at[:2]
    tracemalloc.start()
    try:
        found = plane_losses(network, start_of(network), x, y, directions, (rows, at), loss)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 64 * 2**20
    there = start_of(network) + at[1] * directions[0] + at[-2] * directions[1]
    assert found[1, -2] == pytest.approx(loss_value(network, there, x, y, loss), rel=1e-9)


@pytest.fixture
def passed(monkeypatch):
    """How many numbers went through each activation, point by point."""
    counts = dict.fromkeys(ACTIVATIONS, 0)

    def counted(row):
        def value(z, out):
            counts[row.name] += z.size
            return row.value(z, out)

        return dataclasses.replace(row, value=value)

    monkeypatch.setattr(landscape, "ACTIVATIONS", {name: counted(row) for name, row in ACTIVATIONS.items()})
    return counts


@pytest.mark.parametrize(
    ("u", "v", "most"),
    [((3, 0, 0), (3, 1, 0), 0), ((3, 0, 0), (3, None, 0), 0)]
    + [((2, 0, 0), (2, 1, 1), 7 + 5), ((2, None, 0), (2, 1, 1), 7 + 5), ((2, 0, 0), (2, 1, 0), 7 * 5)]
    + [((2, 0, 0), (3, 0, 0), 7 * 5 * 8), ((1, 0, 0), (1, 1, 1), 7 + 5 + 7 * 5 * 8), ((1, 0, 0), (1, 1, 0), 7 * 5 * 9)]
    + [(None, None, 7 * 5 * 16)],
    ids=str,
)
def test_only_what_moves_is_computed_again(u, v, most, passed):
    """Of 2-8-8-1 with 50 examples over 7 x 5 points: tanh of the nodes that move, and once an axis where that is so."""
    network, random = Network((2, 8, 8, 1), ("tanh", "tanh", "linear")), np.random.default_rng(6)
    x, y = random.normal(0, 1, (50, 2)), random.normal(0, 1, (50, 1))
    one, other = (random_of(network, k) if place is None else along(network, place) for k, place in enumerate((u, v)))
    plane_losses(network, start_of(network), x, y, (one, other), (np.linspace(-1, 1, 7), np.linspace(-1, 1, 5)))
    assert passed["tanh"] <= 50 * most
    assert (passed["tanh"] > 0) == (most > 0)


# Progress


@pytest.mark.parametrize("examples", [6, 4])
def test_progress_only_grows_and_ends_at_1(examples, monkeypatch):
    monkeypatch.setattr(landscape, "_EXAMPLES", examples)
    network = network_with("tanh")
    for directions in pairs(network).values():
        told = []
        plane_losses(network, start_of(network), X, targets_for("mse"), directions, GRID, progress=told.append)
        assert told == sorted(told)
        assert (told[0] > 0.0, told[-1], told.count(1.0)) == (True, 1.0, 1)


@pytest.mark.parametrize("kind", ["both everywhere", "all of layer 3", "nothing moves", "one node of layer 2"])
def test_what_progress_raises_cancels(kind):
    network, told = network_with("tanh"), []

    def cancel(share):
        told.append(share)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        plane_losses(network, start_of(network), X, targets_for("mse"), pairs(network)[kind], GRID, progress=cancel)
    assert len(told) == 1


# What is left alone, what is refused, and numbers that are lost


@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_is_written_to_what_was_given_and_nothing_can_be_written_to_what_is_returned(loss):
    network = network_with("tanh", loss)
    for directions in list(pairs(network).values())[::2]:
        given = [start_of(network), X.copy(), targets_for(loss), *map(np.copy, directions), *map(np.array, GRID)]
        before = [array.tobytes() for array in given]
        for array in given:
            array.setflags(write=False)
        start, x, y, u, v, a, b = given
        found = plane_losses(network, start, x, y, (u, v), (a, b), loss, Penalty(network, 0.1, 0.1))
        line = line_losses(network, start, x, y, u, a, loss)
        assert [array.tobytes() for array in given] == before
        assert not found.flags.writeable
        assert not line.flags.writeable


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ["linear", "relu", "tanh"])
def test_points_that_overflow_raise_no_warning_and_leave_the_others_as_they_are(activation, loss):
    network, y = network_with(activation, loss), targets_for(loss)
    grid, penalty, start = ([0.0, 1e200, 1e308], [-1e200, 0.0, 1.0]), Penalty(network, 0.1, 0.1), start_of(network)
    for directions in list(pairs(network).values())[::3]:
        with np.errstate(all="ignore"):
            expected = point_by_point(network, start, X, y, directions, grid, loss, penalty)
        found = plane_losses(network, start, X, y, directions, grid, loss, penalty).ravel()
        assert found[1:3] == pytest.approx(expected[1:3], rel=1e-9)
        assert not np.isfinite(found[~np.isfinite(expected)]).any()


def test_what_does_not_fit_is_refused():
    network, y = network_with("tanh"), targets_for("mse")
    start, u = start_of(network), random_of(network, 1)
    parameters = [(start[1:], X, y, (u, u)), (start, X, y, (u[1:], u)), (start, X, y, (u, u[1:]))]
    data = [(start, X[:, 1:], y, (u, u)), (start, X, y[1:], (u, u)), (start, X[:0], y[:0], (u, u))]
    for wrong in parameters + data:
        with pytest.raises(ValueError, match=r"The network has \d+ parameters, not \d+|need the shape"):
            plane_losses(network, *wrong, GRID)


@pytest.mark.parametrize("loss", ["cubic", "categorical_crossentropy"])
def test_a_loss_that_is_unknown_or_does_not_fit_is_refused(loss):
    network = network_with("tanh")
    with pytest.raises(ValueError, match=r"cubic|Categorical"):
        line_losses(network, start_of(network), X, targets_for("mse"), random_of(network, 1), [0.0], loss)


# Directions


def test_a_parameter_alone_is_a_direction_of_zeros_and_a_1():
    assert parameter_direction(NINE, 2).tolist() == [0, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("bias", [True, False])
def test_a_random_direction_is_as_long_into_each_node_as_the_weights_of_that_node(bias):
    network = network_with("tanh", bias=bias)
    start = start_of(network) * np.geomspace(0.01, 100, network.parameter_count)
    direction = random_direction(network, start, 4)
    for (weights, biases), (own, _) in zip(network.layers(direction), network.layers(start), strict=True):
        assert np.linalg.norm(weights, axis=0) == pytest.approx(np.linalg.norm(own, axis=0), rel=1e-12)
        assert (weights != own).all()
        assert biases is None or not biases.any()
    assert not direction.flags.writeable
    assert random_direction(NINE, [0, 1, 0, 1, 0, 0], 1)[[0, 2, 4, 5]].tolist() == [0, 0, 0, 0]


def test_a_random_direction_follows_from_its_seed():
    network = network_with("tanh")
    directions = [random_direction(network, start_of(network), seed) for seed in (0, 0, 1, 2)]
    assert directions[0].tolist() == directions[1].tolist()
    for one, other in itertools.combinations(directions[1:], 2):
        assert abs(one @ other) < 0.7 * np.linalg.norm(one) * np.linalg.norm(other)


# The plane of a path

PLANE = np.linalg.qr(np.random.default_rng(11).normal(0, 1, (7, 2)))[0].T


def assert_is_a_plane(found, path):
    u, v = found.directions
    assert [u @ u, v @ v, u @ v] == pytest.approx([1, 1, 0], abs=1e-12)
    assert found.coordinates.shape == (len(path), 2)
    assert found.coordinates[-1].tolist() == [0.0, 0.0]
    assert (found.coordinates[0] >= 0).all()
    assert 0 <= found.shares[1] <= found.shares[0]
    assert sum(found.shares) <= 1 + 1e-12
    assert not any(array.flags.writeable for array in (u, v, found.coordinates))


@pytest.mark.parametrize("shape", [(30, 7), (2, 7), (3, 7), (40, 2), (5, 30)], ids=str)
def test_the_plane_of_a_path_holds_the_two_largest_shares_of_its_variation(shape):
    path = np.cumsum(np.random.default_rng(1).normal(0, 1, shape), axis=0)
    found, moves = path_plane(path), path - path[-1]
    values, vectors = np.linalg.eigh(moves.T @ moves)
    assert_is_a_plane(found, path)
    assert found.shares == pytest.approx(tuple(values[::-1][:2] / values.sum()), abs=1e-12)
    assert abs(found.directions[0] @ vectors[:, -1]) == pytest.approx(1)
    assert found.coordinates == pytest.approx(moves @ np.column_stack(found.directions))


def test_a_path_in_a_known_plane_is_found_there():
    path = 5.0 + np.random.default_rng(2).normal(0, 1, (20, 2)) @ PLANE
    found = path_plane(path)
    assert_is_a_plane(found, path)
    assert np.array(found.directions) @ PLANE.T @ PLANE == pytest.approx(np.array(found.directions))
    assert sum(found.shares) == pytest.approx(1)
    assert path[-1] + found.coordinates @ np.array(found.directions) == pytest.approx(path)


@pytest.mark.parametrize("line", [PLANE[0], np.eye(7)[0], np.eye(7)[6], np.ones(7), np.eye(2)[0], np.ones(2)], ids=str)
def test_a_straight_path_gets_a_second_direction_at_right_angles_without_a_share(line):
    path = 3.0 + np.linspace(2, 0, 9)[:, np.newaxis] * line
    found = path_plane(path)
    assert_is_a_plane(found, path)
    assert found.directions[0] == pytest.approx(line / np.linalg.norm(line))
    assert found.shares == (pytest.approx(1), 0.0)
    assert found.coordinates[:, 1] == pytest.approx(0, abs=1e-12)


def test_a_path_that_never_moves_has_a_plane_all_the_same():
    found = path_plane(np.ones((5, 4)))
    assert_is_a_plane(found, np.ones((5, 4)))
    assert found.shares == (0.0, 0.0)


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1e-20, 1e20, 1e154, 1e200])
def test_the_size_of_a_path_does_not_matter(size):
    """A descent that leads away is a path too: its last finite parameters may be as large as numbers go."""
    path = np.random.default_rng(2).normal(0, 1, (20, 3))
    found, usual = path_plane(size * path), path_plane(path)
    assert found.shares == pytest.approx(usual.shares, rel=1e-9)
    assert found.coordinates == pytest.approx(size * usual.coordinates, rel=1e-9, abs=1e-9 * size)


@pytest.mark.parametrize("path", [np.zeros((1, 3)), np.zeros((3, 1)), np.zeros(3), np.zeros((0, 3))])
def test_a_path_of_one_point_or_one_parameter_has_no_plane(path):
    with pytest.raises(ValueError, match="two points in two or more parameters"):
        path_plane(path)


def test_coordinates_lead_back_to_the_points_even_where_directions_are_not_at_right_angles():
    u, v, origin = PLANE[0], 3 * PLANE[0] + 0.5 * PLANE[1], np.arange(7.0)
    wanted, beside = np.array([[1.0, -2.0], [0.0, 0.0], [0.3, 4.0]]), np.linalg.svd(PLANE)[2][2]
    points = origin + wanted @ np.array([u, v])
    for moved in (points, points + 9 * beside):
        assert coordinates(moved, origin, (u, v)) == pytest.approx(wanted, abs=1e-12)
    assert coordinates(points[0], origin, (u, v)) == pytest.approx(wanted[:1], abs=1e-12)
    found = path_plane(points)
    assert coordinates(points, points[-1], found.directions) == pytest.approx(found.coordinates, abs=1e-12)
