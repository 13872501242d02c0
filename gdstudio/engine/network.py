"""What a network is: its layers' sizes and activations, and where each parameter lies in the flat vector.

A frozen description; it holds no parameters and computes nothing.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdstudio.engine.activations import ACTIVATIONS
from gdstudio.engine.arrays import Array

LayerViews = tuple[Array, Array | None]


class Place(NamedTuple):
    """Where a parameter sits: it feeds node ``target`` of ``layer`` (1 is the first after the inputs).

    ``source`` is the node of the layer before that a weight comes from, and None for a bias.
    """

    layer: int
    source: int | None
    target: int


@dataclass(frozen=True)
class Network:
    """A fully connected feed-forward network.

    ``sizes`` counts the nodes of every layer, inputs first; ``activations`` names one function for each layer after the
    inputs. The parameters are one flat float64 vector: layer by layer, weights of shape ``(fan_in, fan_out)`` row by
    row, then (with ``bias``) the ``fan_out`` biases.

    Raises ValueError, with a sentence, for fewer than two layers, an empty layer or an unknown activation.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    bias: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes", tuple(self.sizes))
        object.__setattr__(self, "activations", tuple(self.activations))
        if len(self.sizes) < 2:
            raise ValueError("A network needs at least two layers: the inputs and the prediction.")
        if any(size < 1 for size in self.sizes):
            raise ValueError("Every layer of a network needs at least one node.")
        if len(self.activations) != len(self.sizes) - 1:
            raise ValueError(
                f"A network of {len(self.sizes)} layers needs {len(self.sizes) - 1} activations, one for each layer "
                f"after the inputs, not {len(self.activations)}."
            )
        for name in self.activations:
            if name not in ACTIVATIONS:
                raise ValueError(f"The activation {name!r} is not known; known are {', '.join(ACTIVATIONS)}.")
        for name in self.activations[:-1]:
            if ACTIVATIONS[name].last_only:
                raise ValueError(f"{ACTIVATIONS[name].label} is for the last layer only.")

    @cached_property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return sum(size for _, size in self._blocks)

    @cached_property
    def _blocks(self) -> tuple[tuple[tuple[int, int], int], ...]:
        """For each layer after the inputs its (fan_in, fan_out) and how many parameters it has."""
        pairs = zip(self.sizes, self.sizes[1:], strict=False)
        return tuple(((i, o), i * o + (o if self.bias else 0)) for i, o in pairs)

    def blocks(self, parameters: Array) -> tuple[Array, ...]:
        """Return for each layer its weights, and its biases as one more row, as a view of ``parameters``.

        The shape is ``(fan_in + 1, fan_out)``, without biases ``(fan_in, fan_out)``; leading axes of ``parameters``
        (many at once) lead there too.
        """
        views: list[Array] = []
        start = 0
        for (_, fan_out), size in self._blocks:
            flat = parameters[..., start : start + size]
            views.append(flat.reshape(*flat.shape[:-1], size // fan_out, fan_out))
            start += size
        return tuple(views)

    def layers(self, parameters: Array) -> tuple[LayerViews, ...]:
        """Return ``(W, b)`` for each layer, as views of ``parameters``; b is None for a network without biases.

        W is ``(fan_in, fan_out)``, b ``(fan_out,)``; leading axes of ``parameters`` lead there too.
        """
        return tuple(
            (block[..., :fan_in, :], block[..., fan_in, :] if self.bias else None)
            for fan_in, block in zip(self.sizes, self.blocks(parameters), strict=False)
        )

    @cached_property
    def is_weight(self) -> NDArray[np.bool_]:
        """Which parameters are weights and not biases, ``(P,)``."""
        return np.array([place.source is not None for place in self.places])

    def index(self, place: Place) -> int:
        """Return where the parameter at ``place`` lies in the flat vector.

        Raises IndexError when the network has no such parameter.
        """
        layer, source, target = place
        if not 1 <= layer < len(self.sizes) or not 0 <= target < self.sizes[layer]:
            raise IndexError(f"The network has no node {target} in layer {layer}.")
        (fan_in, fan_out), _ = self._blocks[layer - 1]
        start = sum(size for _, size in self._blocks[: layer - 1])
        if source is None:
            if not self.bias:
                raise IndexError("The network has no biases.")
            return start + fan_in * fan_out + target
        if not 0 <= source < fan_in:
            raise IndexError(f"The network has no node {source} in layer {layer - 1}.")
        return start + source * fan_out + target

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The place of every parameter, in the order of the flat vector."""
        found: list[Place] = []
        for layer, (fan_in, fan_out) in enumerate(zip(self.sizes, self.sizes[1:], strict=False), start=1):
            found += [Place(layer, i, j) for i in range(fan_in) for j in range(fan_out)]
            found += [Place(layer, None, j) for j in range(fan_out) if self.bias]
        return tuple(found)
