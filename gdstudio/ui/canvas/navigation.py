"""Walking the network by arrow keys: from a node along a weight to the next node, and up and down among neighbours.

Pure; knows neither scene nor keys.
"""

from enum import Enum

from gdstudio.document.project import NodeRef, ParameterRef, Ref, TargetRef
from gdstudio.engine import Network, Place


class Direction(Enum):
    """Where an arrow key leads."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"


def neighbour(network: Network, ref: Ref | None, direction: Direction) -> Ref:
    """Return what lies beside ``ref``; the same when nothing does, and the first input from nowhere."""
    match ref:
        case NodeRef():
            return _beside_node(network, ref, direction)
        case ParameterRef(index):
            return _beside_parameter(network, index, direction)
        case TargetRef(output):
            if direction is Direction.LEFT:
                return NodeRef(len(network.sizes) - 1, output)
            return TargetRef(_moved(output, direction, network.sizes[-1]))
        case _:
            return NodeRef(0, 0)


def _moved(position: int, direction: Direction, count: int) -> int:
    shift = {Direction.UP: -1, Direction.DOWN: 1}.get(direction, 0)
    return min(max(position + shift, 0), count - 1)


def _beside_node(network: Network, node: NodeRef, direction: Direction) -> Ref:
    layer, position = node
    last = len(network.sizes) - 1
    match direction:
        case Direction.RIGHT if layer == last:
            return TargetRef(position)
        case Direction.RIGHT:
            nearest = min(position, network.sizes[layer + 1] - 1)
            return ParameterRef(network.index(Place(layer + 1, position, nearest)))
        case Direction.LEFT if layer == 0:
            return node
        case Direction.LEFT:
            nearest = min(position, network.sizes[layer - 1] - 1)
            return ParameterRef(network.index(Place(layer, nearest, position)))
        case _:
            return NodeRef(layer, _moved(position, direction, network.sizes[layer]))


def _beside_parameter(network: Network, index: int, direction: Direction) -> Ref:
    layer, source, target = network.places[index]
    match direction:
        case Direction.RIGHT:
            return NodeRef(layer, target)
        case Direction.LEFT:
            return NodeRef(layer, target) if source is None else NodeRef(layer - 1, source)
        case _:
            layer_mates = [i for i, place in enumerate(network.places) if place.layer == layer]
            return ParameterRef(layer_mates[_moved(layer_mates.index(index), direction, len(layer_mates))])
