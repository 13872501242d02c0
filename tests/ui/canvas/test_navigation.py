"""The arrow keys lead from anything of a network to what lies beside it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.engine import Network, Place
from gdstudio.ui.canvas.navigation import Direction, neighbour

LEFT, RIGHT, UP, DOWN = Direction.LEFT, Direction.RIGHT, Direction.UP, Direction.DOWN
NET = Network((2, 3, 2), ("tanh", "linear"))


def weight(layer: int, source: int | None, target: int) -> ParameterRef:
    return ParameterRef(NET.index(Place(layer, source, target)))


@pytest.mark.parametrize(
    ("ref", "direction", "beside"),
    [
        (None, RIGHT, NodeRef(0, 0)),
        (NodeRef(0, 0), LEFT, NodeRef(0, 0)),
        (NodeRef(0, 1), RIGHT, weight(1, 1, 1)),
        (weight(1, 1, 1), RIGHT, NodeRef(1, 1)),
        (weight(1, 1, 1), LEFT, NodeRef(0, 1)),
        (weight(1, None, 2), LEFT, NodeRef(1, 2)),
        (weight(1, None, 2), RIGHT, NodeRef(1, 2)),
        (weight(1, 0, 0), UP, weight(1, 0, 0)),
        (weight(1, 0, 2), DOWN, weight(1, 1, 0)),
        (weight(1, None, 2), DOWN, weight(1, None, 2)),
        (NodeRef(1, 2), UP, NodeRef(1, 1)),
        (NodeRef(1, 2), DOWN, NodeRef(1, 2)),
        (NodeRef(1, 2), RIGHT, weight(2, 2, 1)),
        (NodeRef(1, 2), LEFT, weight(1, 1, 2)),
        (NodeRef(2, 1), RIGHT, TargetRef(1)),
        (TargetRef(1), LEFT, NodeRef(2, 1)),
        (TargetRef(1), UP, TargetRef(0)),
        (TargetRef(1), DOWN, TargetRef(1)),
        (TargetRef(0), RIGHT, TargetRef(0)),
    ],
)
def test_an_arrow_leads_to_the_neighbour(ref, direction, beside):
    assert neighbour(NET, ref, direction) == beside


def exists(net: Network, ref) -> bool:
    match ref:
        case ParameterRef(index):
            return 0 <= index < net.parameter_count
        case NodeRef(layer, position):
            return 0 <= layer < len(net.sizes) and 0 <= position < net.sizes[layer]
        case TargetRef(output):
            return 0 <= output < net.sizes[-1]
    return False


@given(
    sizes=st.lists(st.integers(1, 5), min_size=2, max_size=4).map(tuple),
    bias=st.booleans(),
    walk=st.lists(st.sampled_from(list(Direction)), max_size=40),
)
def test_no_walk_leaves_the_network(sizes, bias, walk):
    net = Network(sizes, ("linear",) * (len(sizes) - 1), bias)
    ref = None
    for direction in walk:
        ref = neighbour(net, ref, direction)
        assert exists(net, ref)


@pytest.mark.parametrize("sizes", [(1, 1), (2, 2, 1), (3, 5, 2)])
def test_arrows_reach_everything(sizes):
    net = Network(sizes, ("linear",) * (len(sizes) - 1))
    reached, open_ends = set(), [NodeRef(0, 0)]
    while open_ends:
        ref = open_ends.pop()
        key = (type(ref), ref)
        if key not in reached:
            reached.add(key)
            open_ends += [neighbour(net, ref, direction) for direction in Direction]
    assert len(reached) == net.parameter_count + sum(sizes) + sizes[-1]
