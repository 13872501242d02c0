"""Where everything of a network lies on the canvas: nodes in columns, lines between them, chips that don't collide.

Pure arithmetic; draws nothing.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from gdstudio.document.project import NodeRef
from gdstudio.engine import Array, Network

CHIP = (152.0, 32.0)
BIAS_CHIP = (152.0, 26.0)
TARGET = (84.0, 56.0)
CURVES_UP_TO = 120
"""With more weights than this lines are straight, since thick curves are what costs."""
CHIPS_UP_TO = 60
_LEFT, _RIGHT = 96.0, 226.0
_TOP, _BOTTOM = 44.0, 40.0
_WIDEST_GAP, _TALLEST_GAP = 330.0, 220.0
_RADIUS = 36.0
_LEVEL = (0.5, 0.42, 0.58, 0.35, 0.65, 0.29, 0.71, 0.24, 0.76)
_CROSSING = (0.35, 0.65, 0.29, 0.71, 0.42, 0.58, 0.24, 0.76, 0.5)
"""Where along its line a chip may lie, the best first; lines that cross keep away from the middle."""


@dataclass(frozen=True, eq=False)
class Arrangement:
    """Positions in scene units; the scene is ``width`` x ``height``.

    ``curves`` is ``(weights and biases, 4, 2)``: the control points of each weight's line (biases: all at their chip).
    ``chips`` holds the middle of every chip that has room; where it is empty, chips show on hover and selection alone.
    """

    width: float
    height: float
    radius: float
    nodes: dict[NodeRef, tuple[float, float]]
    targets: tuple[tuple[float, float], ...]
    curves: Array
    chips: dict[int, tuple[float, float]]
    straight: bool
    shows_labels: bool
    shows_numbers: bool
    shows_targets: bool

    def column(self, layer: int) -> float:
        """The x of a layer."""
        return self.nodes[NodeRef(layer, 0)][0]

    def point(self, index: int, t: float) -> tuple[float, float]:
        """A point on a weight's line, from 0 at its source to 1 at its end (Bernstein form of the cubic)."""
        weights = np.array([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3])
        x, y = weights @ self.curves[index]
        return float(x), float(y)


def arrange(network: Network, width: float, height: float) -> Arrangement:
    """Lay out a network in a scene of this size."""
    sizes = network.sizes
    most = max(sizes)
    usable = max(height - _TOP - _BOTTOM, 60.0)
    gap = min(usable / most, _TALLEST_GAP)
    bias_room = 38.0 if network.bias else 0.0
    labels = gap >= 86.0 + bias_room
    radius = min(_RADIUS, (gap - 50.0 - bias_room) / 2 if labels else 0.42 * gap)
    span = max(width - _LEFT - _RIGHT, 40.0)
    step = min(span / (len(sizes) - 1), _WIDEST_GAP)
    left = _LEFT + (span - step * (len(sizes) - 1)) / 2
    middle = _TOP + usable / 2 - bias_room / 4
    nodes: dict[NodeRef, tuple[float, float]] = {}
    for layer, size in enumerate(sizes):
        own_gap = min(usable / size, _TALLEST_GAP, max(gap * 1.6, TARGET[1] + 30 if layer == len(sizes) - 1 else 0.0))
        for position in range(size):
            nodes[NodeRef(layer, position)] = (left + layer * step, middle + (position - (size - 1) / 2) * own_gap)
    radius = max(1.0, min(radius, 0.2 * step))
    last = len(sizes) - 1
    targets = tuple((nodes[NodeRef(last, j)][0] + radius + 92.0, nodes[NodeRef(last, j)][1]) for j in range(sizes[-1]))
    straight = network.parameter_count > CURVES_UP_TO
    curves = _curves(network, nodes, radius, straight)
    room_for_chips = step - 2 * radius >= CHIP[0] + 8 and network.parameter_count <= CHIPS_UP_TO
    draft = Arrangement(
        width, height, radius, nodes, targets, curves, {}, straight, labels, radius >= 15.0,
        usable / sizes[-1] >= TARGET[1] + 30,
    )  # fmt: skip
    chips = _place_chips(network, draft, labels) if room_for_chips else {}
    return replace(draft, chips=chips)


def bias_chip(arrangement: Arrangement, node: NodeRef) -> tuple[float, float]:
    """Where the chip of a node's bias lies: below its label."""
    x, y = arrangement.nodes[node]
    return x, y + arrangement.radius + (44.0 if arrangement.shows_labels else 18.0)


def _curves(network: Network, nodes: dict[NodeRef, tuple[float, float]], radius: float, straight: bool) -> Array:
    curves = np.zeros((network.parameter_count, 4, 2))
    for index, (layer, source, target) in enumerate(network.places):
        x1, y1 = nodes[NodeRef(layer, target)]
        if source is None:
            curves[index] = (x1, y1 + radius)
            continue
        x0, y0 = nodes[NodeRef(layer - 1, source)]
        x0, x1 = x0 + radius, x1 - radius
        pull = (x1 - x0) / 3 if straight else (x1 - x0) * 0.5
        bend = (y1 - y0) / 3 if straight else 0.0
        curves[index] = ((x0, y0), (x0 + pull, y0 + bend), (x1 - pull, y1 - bend), (x1, y1))
    return curves


def _place_chips(network: Network, draft: Arrangement, labels: bool) -> dict[int, tuple[float, float]]:
    """Give every chip a place on its line where it covers nothing; none at all when one finds no place."""
    side, shift = 2 * draft.radius, 6.0 if labels else 0.0
    taken = [_box(x, y + shift, side, side + 44.0) for x, y in draft.nodes.values()]
    chips: dict[int, tuple[float, float]] = {}
    for index, (layer, source, target) in enumerate(network.places):
        if source is None and labels:
            chips[index] = bias_chip(draft, NodeRef(layer, target))
            taken.append(_box(*chips[index], BIAS_CHIP[0] + 4, BIAS_CHIP[1] + 4))
    for index, (layer, source, target) in enumerate(network.places):
        if source is None:
            continue
        crossing = source != target and min(network.sizes[layer - 1], network.sizes[layer]) > 1
        for t in _CROSSING if crossing else _LEVEL:
            x, y = draft.point(index, t)
            box = _box(x, y, CHIP[0] + 6, CHIP[1] + 4)
            if not any(_overlap(box, other) for other in taken):
                taken.append(box)
                chips[index] = (x, y)
                break
        else:
            return {}
    return chips


Box = tuple[float, float, float, float]


def _box(x: float, y: float, width: float, height: float) -> Box:
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def nearest_weight(arrangement: Arrangement, network: Network, x: float, y: float, reach: float) -> int | None:
    """Return the weight whose line passes closest to a point, if within ``reach``."""
    weights = np.array([i for i, place in enumerate(network.places) if place.source is not None])
    if not len(weights):
        return None
    t = np.linspace(0.0, 1.0, 25)[:, None]
    basis = np.hstack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])
    points = basis @ arrangement.curves[weights]
    starts, ends = points[:, :-1], points[:, 1:]
    along = ends - starts
    to_point = np.array([x, y]) - starts
    lengths = np.maximum((along**2).sum(axis=2), 1e-12)
    share = np.clip((to_point * along).sum(axis=2) / lengths, 0.0, 1.0)
    distance = np.sqrt(((to_point - share[..., None] * along) ** 2).sum(axis=2)).min(axis=1)
    best = int(distance.argmin())
    return int(weights[best]) if distance[best] <= reach else None


def column_gaps(arrangement: Arrangement, layers: int) -> list[float]:
    """Return the x in the middle of every two neighbouring columns."""
    return [(a + b) / 2 for a, b in pairwise(arrangement.column(layer) for layer in range(layers))]
