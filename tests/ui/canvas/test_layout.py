"""Everything of a network has a place of its own, whatever its shape and the room."""

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.engine import Network
from gdstudio.ui.canvas.layout import (
    BIAS_CHIP,
    CHIP,
    CHIPS_UP_TO,
    TARGET,
    arrange,
    bias_chip,
    column_gaps,
    nearest_weight,
)

SHAPES = [
    (1, 1),
    (2, 1),
    (2, 2, 1),
    (3, 3),
    (1, 8, 1),
    (2, 6, 4, 1),
    (2, 3, 3),
    (64, 1),
    (1, 64),
    (64, 30, 2),
    (2, 64, 1),
    (40, 40, 8),
    (2,) + (3,) * 8 + (1,),
    (1,) * 10,
    (5, 15, 15, 15, 15, 15, 15, 15, 15, 4),
]
ROOMS = [(500.0, 300.0), (760.0, 700.0), (840.0, 385.0), (1440.0, 500.0), (3000.0, 1600.0)]


def network(sizes: tuple[int, ...], bias: bool = True) -> Network:
    return Network(sizes, ("tanh",) * (len(sizes) - 1), bias)


def boxes_of(arrangement, net: Network) -> dict[int, tuple[float, float, float, float]]:
    """The chips' boxes: left, top, right, bottom."""
    found = {}
    for index, (x, y) in arrangement.chips.items():
        width, height = BIAS_CHIP if net.places[index].source is None else CHIP
        found[index] = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    return found


@pytest.mark.parametrize("sizes", SHAPES)
def test_every_node_lies_in_the_scene_and_covers_no_other(sizes):
    for bias, room in product((False, True), ROOMS):
        arrangement = arrange(network(sizes, bias), *room)
        assert len(arrangement.nodes) == sum(sizes)
        places, radius = np.array(list(arrangement.nodes.values())), arrangement.radius
        assert (places >= radius).all(), room
        assert (places <= np.array(room) - radius).all(), room
        gaps = np.linalg.norm(places[:, None] - places, axis=2) + 1e9 * np.eye(len(places))
        assert gaps.min() >= 2 * radius, room


@pytest.mark.parametrize("sizes", SHAPES)
def test_targets_lie_in_the_scene_and_cover_neither_each_other_nor_a_node(sizes):
    for room in ROOMS:
        arrangement = arrange(network(sizes), *room)
        if not arrangement.shows_targets:
            continue
        half = np.array(TARGET) / 2
        targets = np.array(arrangement.targets)
        assert (targets >= half).all(), room
        assert (targets <= np.array(room) - half).all(), room
        assert targets[:, 0].min() - half[0] > max(x for x, _ in arrangement.nodes.values()) + arrangement.radius
        assert (np.diff(targets[:, 1]) >= TARGET[1]).all(), room


@pytest.mark.parametrize("sizes", [(2, 1), (2, 2, 1), (2, 6, 4, 2)])
def test_a_few_outputs_have_their_targets_on_show(sizes):
    assert all(arrange(network(sizes), *room).shows_targets for room in ROOMS)


@pytest.mark.parametrize("sizes", SHAPES)
def test_chips_cover_neither_each_other_nor_a_node_and_stay_in_the_scene(sizes):
    for bias, room in product((False, True), ROOMS):
        net = network(sizes, bias)
        arrangement = arrange(net, *room)
        boxes = boxes_of(arrangement, net)
        for (a, one), (b, other) in combinations(boxes.items(), 2):
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, f"chips {a} and {b} in {room}"
        for left, top, right, bottom in boxes.values():
            assert 0 <= left < right <= room[0]
            assert 0 <= top < bottom <= room[1]
            for x, y in arrangement.nodes.values():
                nearest = np.array([min(max(x, left), right), min(max(y, top), bottom)])
                assert np.linalg.norm(nearest - (x, y)) >= arrangement.radius, room


@pytest.mark.parametrize("room", [(840.0, 400.0), (880.0, 385.0), (1036.0, 385.0)])
def test_a_lecture_network_has_a_chip_for_every_parameter_in_the_rooms_of_usual_windows(room):
    for sizes, bias in (((1, 1), True), ((2, 1), True), ((3, 1), False), ((2, 2, 1), False)):
        net = network(sizes, bias)
        assert sorted(arrange(net, *room).chips) == list(range(net.parameter_count)), sizes


def test_a_large_network_has_no_chips():
    net = network((2, 20, 20, 1))
    assert net.parameter_count > CHIPS_UP_TO
    assert arrange(net, 3000.0, 1600.0).chips == {}


@pytest.mark.parametrize("sizes", SHAPES)
def test_the_same_network_lies_the_same_every_time(sizes):
    one, other = (arrange(network(sizes), 900.0, 500.0) for _ in range(2))
    assert one.nodes == other.nodes
    assert one.chips == other.chips
    assert one.targets == other.targets
    assert one.curves.tobytes() == other.curves.tobytes()


@pytest.mark.parametrize("sizes", [(2, 2, 1), (3, 5, 2), (2,) * 10])
def test_columns_go_from_left_to_right_with_nodes_in_order(sizes):
    arrangement = arrange(network(sizes), 900.0, 500.0)
    columns = [arrangement.column(layer) for layer in range(len(sizes))]
    assert columns == sorted(set(columns))
    for (layer, position), (x, y) in arrangement.nodes.items():
        assert x == columns[layer]
        assert position == 0 or y > arrangement.nodes[(layer, position - 1)][1]
    gaps = column_gaps(arrangement, len(sizes))
    assert all(a < gap < b for a, gap, b in zip(columns, gaps, columns[1:], strict=False))


def test_a_line_runs_from_the_rim_of_its_source_to_the_rim_of_its_end():
    net = network((2, 3, 1))
    arrangement = arrange(net, 840.0, 385.0)
    for index, (layer, source, target) in enumerate(net.places):
        end = arrangement.nodes[(layer, target)]
        if source is None:
            assert bias_chip(arrangement, (layer, target))[1] > end[1] + arrangement.radius
            continue
        begin = arrangement.nodes[(layer - 1, source)]
        assert arrangement.point(index, 0.0) == pytest.approx((begin[0] + arrangement.radius, begin[1]))
        assert arrangement.point(index, 1.0) == pytest.approx((end[0] - arrangement.radius, end[1]))


@settings(max_examples=60, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5).map(tuple),
    x=st.floats(0, 900),
    y=st.floats(0, 500),
    reach=st.sampled_from([7.0, 40.0]),
)
def test_the_nearest_weight_is_the_one_a_dense_search_finds(sizes, x, y, reach):
    net = network(sizes)
    arrangement = arrange(net, 900.0, 500.0)
    t = np.linspace(0.0, 1.0, 600)[:, None]
    basis = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    weights = [i for i, place in enumerate(net.places) if place.source is not None]
    distances = np.linalg.norm(basis @ arrangement.curves[weights] - (x, y), axis=2).min(axis=1)
    found = nearest_weight(arrangement, net, x, y, reach)
    tolerance = 1.0
    if found is None:
        assert distances.min() > reach - tolerance
    else:
        assert distances[weights.index(found)] <= min(distances.min(), reach) + tolerance


def test_the_middle_of_each_line_belongs_to_its_own_weight():
    net = network((2, 3, 1), bias=False)
    arrangement = arrange(net, 900.0, 500.0)
    for index in range(net.parameter_count):
        assert nearest_weight(arrangement, net, *arrangement.point(index, 0.1), 3.0) == index
