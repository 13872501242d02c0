"""What each node makes of the inputs: its value over the plane of two inputs, or along one.

Pure; takes a picture. Knows nothing of colours.
"""

from dataclasses import dataclass

import numpy as np

from gdstudio.engine import Array, forward
from gdstudio.teaching.fits import room_of_inputs, scaled_inputs
from gdstudio.teaching.picture import Picture

SIDE = 24
"""Points along each side of a plane."""
LINE = 49
"""Points along one input."""


@dataclass(frozen=True, slots=True, eq=False)
class NodePictures:
    """The value of every node over the room of the inputs.

    ``layers`` holds an array for each layer: ``(nodes, SIDE, SIDE)`` with rows along the second input from below, or
    ``(nodes, LINE)`` for one input. They are scaled from -1 to 1: each node's values by its own largest size, or by 1
    where that is less.
    """

    layers: tuple[Array, ...]

    @property
    def are_planes(self) -> bool:
        """Whether there are two inputs."""
        return self.layers[0].ndim == 3


def can_be_pictured(picture: Picture) -> bool:
    """Whether nodes have pictures: with one or two inputs."""
    return picture.network.sizes[0] <= 2


def node_pictures(picture: Picture) -> NodePictures | None:
    """Return a picture for every node, or None with more than two inputs."""
    if not can_be_pictured(picture):
        return None
    rooms = room_of_inputs(picture.data)
    shape: tuple[int, ...]
    if len(rooms) == 1:
        raw, shape = np.linspace(*rooms[0], LINE)[:, np.newaxis], (LINE,)
    else:
        xs, ys = (np.linspace(*room, SIDE) for room in rooms)
        raw, shape = np.column_stack([np.tile(xs, SIDE), np.repeat(ys, SIDE)]), (SIDE, SIDE)
    with np.errstate(all="ignore"):
        values = forward(picture.network, picture.parameters, scaled_inputs(picture.data, raw)).a
    return NodePictures(tuple(_shares(layer.T).reshape(-1, *shape) for layer in values))


def _shares(rows: Array) -> Array:
    """Return each row's values as shares of its largest size, from -1 to 1; what is not a number is 0."""
    finite = np.nan_to_num(rows, nan=0.0, posinf=1e300, neginf=-1e300)
    largest = np.maximum(np.abs(finite).max(axis=1, keepdims=True), 1.0)
    result: Array = finite / largest
    return result
