"""Forward and backward through a network, with every number kept.

Works on one batch; knows nothing of descent. The chain rule as written in Rumelhart, Hinton and Williams (1986).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.activations import ACTIVATIONS
from gdstudio.engine.arrays import Array, frozen
from gdstudio.engine.losses import LOSSES
from gdstudio.engine.network import Network


@dataclass(frozen=True, slots=True)
class Forward:
    """The values of every node, for n examples.

    ``a[0]`` is the inputs and ``a[l]`` the values of layer l after activation, ``(n, sizes[l])``; ``z[l]`` the values
    before activation, with ``z[0]`` the inputs too, so that both count layers alike.
    """

    z: tuple[Array, ...]
    a: tuple[Array, ...]

    @property
    def prediction(self) -> Array:
        """The values of the last layer, ``(n, outputs)``."""
        return self.a[-1]


@dataclass(frozen=True, slots=True)
class Backward:
    """Everything that one pass forward and backward computes, for n examples.

    ``node_slopes[l]`` is, for each example's own loss, its slope with respect to the value of each node of layer l,
    ``(n, sizes[l])``; ``activation_slopes[l]`` is dg/dz there; their product is ``delta[l]``. Index 0, the inputs,
    holds the slopes with respect to the inputs (and ones for the activation). ``gradient`` is the mean over the
    examples.
    """

    forward: Forward
    loss: float
    node_slopes: tuple[Array, ...]
    activation_slopes: tuple[Array, ...]
    delta: tuple[Array, ...]
    gradient: Array


class Pass:
    """Buffers and views for batches of ``n`` examples, built once and used for every step of that size.

    ``parameters`` is the vector to read (written by its owner), ``gradient`` the vector that ``backward`` fills.
    """

    def __init__(self, network: Network, loss: str, n: int, parameters: Array) -> None:
        if loss not in LOSSES:
            raise ValueError(f"The loss {loss!r} is not known; known are {', '.join(LOSSES)}.")
        self._loss = LOSSES[loss]
        self._n = float(n)
        self.gradient: Array = np.zeros(network.parameter_count)
        self.a: list[Array] = [np.empty((n, size)) for size in network.sizes]
        self.z: list[Array] = [self.a[0], *(np.empty((n, size)) for size in network.sizes[1:])]
        self.node_slopes: list[Array] = [np.empty((n, size)) for size in network.sizes]
        self.activation_slopes: list[Array] = [np.ones((n, size)) for size in network.sizes]
        self.delta: list[Array] = [np.empty((n, size)) for size in network.sizes]
        self._layers = tuple(
            (layer, weights, bias, weight_slopes, bias_slopes, ACTIVATIONS[name])
            for layer, ((weights, bias), (weight_slopes, bias_slopes), name) in enumerate(
                zip(network.layers(parameters), network.layers(self.gradient), network.activations, strict=True),
                start=1,
            )
        )

    def forward(self, x: Array) -> Array:
        """Fill ``z`` and ``a`` from the inputs ``(n, sizes[0])``; return the prediction."""
        self.a[0] = self.z[0] = x
        for layer, weights, bias, _, _, activation in self._layers:
            z = self.z[layer]
            np.dot(self.a[layer - 1], weights, out=z)
            if bias is not None:
                np.add(z, bias, out=z)
            activation.value(z, self.a[layer])
        return self.a[-1]

    def loss(self, y: Array) -> float:
        """The loss of the last prediction against targets ``(n, outputs)``."""
        return self._loss.value(self.a[-1], y)

    def backward(self, y: Array, *, inputs: bool = False) -> Array:
        """Fill slopes and ``gradient`` after ``forward``; return the gradient. ``inputs`` adds the inputs' slopes."""
        self._loss.slope(self.a[-1], y, self.node_slopes[-1])
        for layer, weights, _, weight_slopes, bias_slopes, activation in reversed(self._layers):
            delta = self.delta[layer]
            activation.slope(self.z[layer], self.a[layer], self.activation_slopes[layer])
            np.multiply(self.node_slopes[layer], self.activation_slopes[layer], out=delta)
            np.dot(self.a[layer - 1].T, delta, out=weight_slopes)
            if bias_slopes is not None:
                np.add.reduce(delta, axis=0, out=bias_slopes)
            if layer > 1 or inputs:
                np.dot(delta, weights.T, out=self.node_slopes[layer - 1])
        if inputs:
            self.delta[0][...] = self.node_slopes[0]
        return np.divide(self.gradient, self._n, out=self.gradient)


def checked_batch(network: Network, x: ArrayLike, y: ArrayLike | None = None) -> tuple[Array, Array]:
    """Return inputs and targets as C-ordered float64 matrices, ``(n, sizes[0])`` and ``(n, sizes[-1])``.

    Raises ValueError, with a sentence, when a shape does not fit the network. Without ``y`` the targets are zeros.
    """
    inputs = np.ascontiguousarray(x, dtype=np.float64)
    if inputs.ndim != 2 or inputs.shape[1] != network.sizes[0] or len(inputs) == 0:
        raise ValueError(f"The inputs need the shape (examples, {network.sizes[0]}), not {inputs.shape}.")
    if y is None:
        return inputs, np.zeros((len(inputs), network.sizes[-1]))
    targets = np.ascontiguousarray(y, dtype=np.float64)
    if targets.shape != (len(inputs), network.sizes[-1]):
        raise ValueError(f"The targets need the shape ({len(inputs)}, {network.sizes[-1]}), not {targets.shape}.")
    return inputs, targets


def checked_parameters(network: Network, parameters: ArrayLike) -> Array:
    """Return ``parameters`` as a float64 vector; raises ValueError when their number does not fit the network."""
    vector = np.ascontiguousarray(parameters, dtype=np.float64)
    if vector.shape != (network.parameter_count,):
        raise ValueError(f"The network has {network.parameter_count} parameters, not {vector.size}.")
    return vector


def forward(network: Network, parameters: ArrayLike, x: ArrayLike) -> Forward:
    """Compute the values of every node for inputs ``x`` of shape ``(n, sizes[0])``.

    Raises ValueError when a shape does not fit the network.
    """
    inputs, _ = checked_batch(network, x)
    run = Pass(network, "mse", len(inputs), checked_parameters(network, parameters))
    with np.errstate(all="ignore"):
        run.forward(inputs)
    return Forward(tuple(map(frozen, run.z)), tuple(map(frozen, run.a)))


def backward(network: Network, parameters: ArrayLike, x: ArrayLike, y: ArrayLike, loss: str = "mse") -> Backward:
    """Compute values, loss, slopes and gradient for inputs ``(n, sizes[0])`` and targets ``(n, sizes[-1])``.

    Raises ValueError when a shape does not fit the network or the loss is unknown.
    """
    inputs, targets = checked_batch(network, x, y)
    run = Pass(network, loss, len(inputs), checked_parameters(network, parameters))
    with np.errstate(all="ignore"):
        run.forward(inputs)
        value = run.loss(targets)
        run.backward(targets, inputs=True)
    return kept(run, value)


def kept(run: Pass, loss: float) -> Backward:
    """Return a read-only copy of what ``run`` holds."""

    def copies(arrays: list[Array]) -> tuple[Array, ...]:
        return tuple(frozen(array) for array in arrays)

    return Backward(
        forward=Forward(copies(run.z), copies(run.a)),
        loss=loss,
        node_slopes=copies(run.node_slopes),
        activation_slopes=copies(run.activation_slopes),
        delta=copies(run.delta),
        gradient=frozen(run.gradient),
    )


def loss_value(network: Network, parameters: ArrayLike, x: ArrayLike, y: ArrayLike, loss: str = "mse") -> float:
    """The loss alone, averaged over examples and outputs; the shapes are those of :func:`backward`."""
    inputs, targets = checked_batch(network, x, y)
    run = Pass(network, loss, len(inputs), checked_parameters(network, parameters))
    with np.errstate(all="ignore"):
        run.forward(inputs)
        return run.loss(targets)
