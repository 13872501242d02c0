"""Forward and backward through a network, with every number kept.

Works on one batch; knows nothing of descent. The chain rule as written in Rumelhart, Hinton and Williams (1986).

Inside, examples are columns: the values of a layer are ``(nodes, n)`` with a row of ones below for the biases, so that
a layer is one product of its block of parameters ``(fan_in + 1, fan_out)`` with the layer before. What is handed out
has examples as rows.
"""

from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.activations import ACTIVATIONS, Call
from gdstudio.engine.arrays import Array, Indices, frozen, kept
from gdstudio.engine.losses import LOSSES, pairing_problem
from gdstudio.engine.network import Network
from gdstudio.engine.penalties import Penalty


class _Views(NamedTuple):
    """The arrays of a pass, layer by layer, ``(…, nodes, n)``; ``blocks`` are the values with their row of ones.

    An activation without a slope of its own (linear, or the last one where the loss is taken together with it) shares
    ``delta`` with ``node_slopes`` and has no ``activation_slopes``; a linear one shares ``z`` with ``a``. So do others
    in a lean plan.
    """

    blocks: tuple[Array, ...]
    a: tuple[Array, ...]
    z: tuple[Array, ...]
    node_slopes: tuple[Array, ...]
    activation_slopes: tuple[Array | None, ...]
    delta: tuple[Array, ...]


@dataclass(frozen=True)
class _Plan:
    """Where everything that a pass computes lies on one flat tape, for ``n`` examples (and many runs at once).

    ``own_slope`` says for each layer after the inputs whether its activation has a slope of its own. A ``lean`` plan
    keeps no more than the gradient needs: z gives way to a where it can, and node slopes give way to delta. The inputs
    are not on the tape: they don't change.
    """

    network: Network
    loss: str
    n: int
    lead: tuple[int, ...] = ()
    lean: bool = False

    @cached_property
    def own_slope(self) -> tuple[bool, ...]:
        names = self.network.activations
        own = [name != "linear" for name in names]
        own[-1] = own[-1] and LOSSES[self.loss].taken_with is None
        return tuple(own)

    def _layer_sizes(self, layer: int) -> tuple[int, int, int, int, int]:
        """Numbers of one run for values, z, node slopes, activation slopes and delta of a layer."""
        last = len(self.network.sizes) - 1
        numbers = self.network.sizes[layer] * self.n
        if layer == 0:
            return 0, 0, numbers, 0, 0
        ones = self.n if self.network.bias and layer < last else 0
        own = numbers if self.own_slope[layer - 1] else 0
        row = ACTIVATIONS[self.network.activations[layer - 1]]
        shares = row.name == "linear" or (self.lean and row.by_value)
        return numbers + ones, 0 if shares else numbers, numbers, own, 0 if self.lean else own

    @cached_property
    def length(self) -> int:
        """The numbers on the tape."""
        runs = int(np.prod(self.lead, dtype=int))
        return runs * sum(sum(self._layer_sizes(layer)) for layer in range(len(self.network.sizes)))

    def views(self, tape: Array, inputs: Array) -> _Views:
        """Return the arrays on a tape; ``inputs`` is ``(sizes[0] + 1, n)``, without biases ``(sizes[0], n)``."""
        found: list[list[Array | None]] = []
        runs, start = int(np.prod(self.lead, dtype=int)), 0
        for layer, size in enumerate(self.network.sizes):
            pieces: list[Array | None] = []
            for numbers in self._layer_sizes(layer):
                stop = start + numbers * runs
                pieces.append(tape[start:stop].reshape(*self.lead, numbers // self.n, self.n) if numbers else None)
                start = stop
            block, z, node_slopes, slopes, delta = pieces
            block = inputs if block is None else block
            a = block[..., :size, :]
            found.append(
                [block, a, a if z is None else z, node_slopes, slopes, node_slopes if delta is None else delta]
            )
        return _Views(*(tuple(column) for column in zip(*found, strict=True)))


def _rows(array: Array) -> Array:
    """Return ``(nodes, n)`` as ``(n, nodes)``."""
    return array.T


@dataclass(frozen=True, eq=False)
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


@dataclass(frozen=True, eq=False)
class Backward:
    """Everything that one pass forward and backward computes, for n examples.

    ``node_slopes[l]`` is, for each example's own loss, its slope with respect to the value of each node of layer l,
    ``(n, sizes[l])``; ``activation_slopes[l]`` is dg/dz there; their product is ``delta[l]``. Index 0, the inputs,
    holds the slopes with respect to the inputs (and ones for the activation). Where the loss is taken together with
    the last activation, the node slopes there are with respect to the value before activation, and the activation's
    slopes are ones. ``gradient`` is the mean over the examples plus the penalty's slope; ``loss`` has the penalty too.
    """

    loss: float
    gradient: Array
    _plan: _Plan
    _tape: Array
    _inputs: Array

    @cached_property
    def _views(self) -> _Views:
        return self._plan.views(self._tape, self._inputs)

    @cached_property
    def forward(self) -> Forward:
        """The values of every node."""
        return Forward(tuple(map(_rows, self._views.z)), tuple(map(_rows, self._views.a)))

    @cached_property
    def node_slopes(self) -> tuple[Array, ...]:
        """The slope of each example's own loss with respect to every node's value."""
        return tuple(map(_rows, self._views.node_slopes))

    @cached_property
    def activation_slopes(self) -> tuple[Array, ...]:
        """dg/dz at every node."""
        return tuple(
            frozen(np.ones((self._plan.n, size))) if slopes is None else _rows(slopes)
            for slopes, size in zip(self._views.activation_slopes, self._plan.network.sizes, strict=True)
        )

    @cached_property
    def delta(self) -> tuple[Array, ...]:
        """The slope of each example's own loss with respect to every node's value before activation."""
        return tuple(map(_rows, self._views.delta))


class Pass:
    """Buffers, and the calls on them in their order, for batches of ``n`` examples: built once, used for every step.

    ``parameters`` is the vector to read (written by its owner), ``(P,)``, or ``(runs, P)`` for many runs at once;
    ``gradient`` the one that ``backward`` fills. Losses are numbers, or ``(runs,)``. A ``lean`` pass has the same
    gradient, to the bit, and can't be ``kept``.
    """

    def __init__(
        self,
        network: Network,
        loss: str,
        n: int,
        parameters: Array,
        penalty: Penalty | None = None,
        *,
        lean: bool = False,
    ) -> None:
        problem = pairing_problem(loss, network.activations[-1]) if loss in LOSSES else ""
        if loss not in LOSSES:
            problem = f"The loss {loss!r} is not known; known are {', '.join(LOSSES)}."
        if problem:
            raise ValueError(problem)
        self._loss = row = LOSSES[loss]
        self._parameters = parameters
        self._penalty = penalty or None
        self.gradient: Array = np.zeros_like(parameters)
        self._plan = _Plan(network, loss, n, parameters.shape[:-1], lean)
        self._tape: Array = np.zeros(self._plan.length)
        # Inputs, their row of ones and targets lie in one block, so that a batch is taken in one go.
        inputs = network.sizes[0] + network.bias
        self._examples: Array = np.ones((inputs + network.sizes[-1], n))
        self._inputs: Array = self._examples[:inputs]
        self.views = views = self._plan.views(self._tape, self._inputs)
        self._kept_inputs: Array | None = None
        self._x = self._inputs[: network.sizes[0]]
        self._y: Array = self._examples[inputs:]
        self.error: Array = np.empty_like(views.a[-1])
        self._terms: Array = np.empty_like(views.a[-1])
        self._flat_error = self.error.reshape(-1)
        self._outputs = network.sizes[-1] if row.averages_outputs else 1
        self._share = 1.0 / (n * self._outputs)
        self.forward_calls: list[Call] = self._plan_forward()
        self.backward_calls: list[Call] = self._plan_backward()
        first, delta = network.layers(parameters)[0][0], views.delta[1]
        self._to_inputs = _product(first, delta, views.node_slopes[0])

    def _plan_forward(self) -> list[Call]:
        network, views = self._plan.network, self.views
        calls: list[Call] = []
        for layer, (block, name) in enumerate(
            zip(network.blocks(self._parameters), network.activations, strict=True), start=1
        ):
            if views.blocks[layer].shape[-2] > network.sizes[layer]:
                views.blocks[layer][..., -1, :] = 1.0
            calls.append(_product(block.swapaxes(-1, -2), views.blocks[layer - 1], views.z[layer]))
            if name != "linear":
                calls.append(partial(ACTIVATIONS[name].value, views.z[layer], views.a[layer]))
        own = self._loss.error
        error = partial(np.subtract, views.a[-1]) if own is None else partial(own, views.z[-1], views.a[-1])
        calls.append(partial(error, self._y, self.error))
        return calls

    def _plan_backward(self) -> list[Call]:
        network, views = self._plan.network, self.views
        calls: list[Call] = [partial(self._loss.slope, self.error, views.node_slopes[-1])]
        if self._outputs > 1:
            calls.append(partial(np.divide, views.node_slopes[-1], float(self._outputs), views.node_slopes[-1]))
        blocks, layers = network.blocks(self.gradient), network.layers(self._parameters)
        for layer in range(len(network.sizes) - 1, 0, -1):
            node_slopes, slopes, delta = views.node_slopes[layer], views.activation_slopes[layer], views.delta[layer]
            if slopes is not None:
                row = ACTIVATIONS[network.activations[layer - 1]]
                z, a = views.z[layer], views.a[layer]
                calls.extend(row.slope_calls(a, slopes) if row.slope_calls else [partial(row.slope, z, a, slopes)])
                calls.append(partial(np.multiply, node_slopes, slopes, delta))
            calls.append(_product(views.blocks[layer - 1], delta.swapaxes(-1, -2), blocks[layer - 1]))
            if layer > 1:
                calls.append(_product(layers[layer - 1][0], delta, views.node_slopes[layer - 1]))
        if self._plan.n > 1:
            calls.append(partial(np.divide, self.gradient, np.array(float(self._plan.n)), self.gradient))
        if self._penalty is not None:
            calls.append(self._add_penalty)
        return calls

    def _add_penalty(self) -> None:
        assert self._penalty is not None
        self.gradient += self._penalty.slope(self._parameters)

    def load(self, x: Array, y: Array) -> None:
        """Take inputs ``(sizes[0], n)`` and targets ``(sizes[-1], n)``, examples as columns."""
        np.copyto(self._x, x)
        np.copyto(self._y, y)
        self._kept_inputs = None

    def take(self, run: "Pass", examples: Indices) -> None:
        """Take some of the examples of another pass, whose indices are known to exist."""
        run._examples.take(examples, 1, self._examples, "clip")
        self._kept_inputs = None

    def forward(self) -> None:
        """Fill the values of every node, and the error."""
        for call in self.forward_calls:
            call()

    def backward(self, *, inputs: bool = False) -> Array:
        """Fill slopes and ``gradient`` after ``forward``; return the gradient. ``inputs`` adds the inputs' slopes."""
        for call in self.backward_calls:
            call()
        if inputs:
            self._to_inputs()
        return self.gradient

    def loss(self) -> float:
        """The loss of the last forward pass, penalty included."""
        row = self._loss
        if row.square is not None:
            loss = float(self._flat_error.dot(self._flat_error)) * (row.square * self._share)
        else:
            row.terms(self.error, self.views.z[-1], self._y, self._terms)
            loss = float(self._terms.sum()) * self._share
        return loss if self._penalty is None else loss + float(self._penalty.value(self._parameters))

    def losses(self) -> Array:
        """The loss of every run, ``(runs,)``, penalty included."""
        self._loss.terms(self.error, self.views.z[-1], self._y, self._terms)
        losses: Array = self._terms.sum(axis=(-1, -2)) * self._share
        return losses if self._penalty is None else losses + self._penalty.value(self._parameters)

    def kept_forward(self) -> Forward:
        """Return a read-only copy of the values of every node."""
        views = self._plan.views(kept(self._tape), kept(self._inputs))
        return Forward(tuple(map(_rows, views.z)), tuple(map(_rows, views.a)))

    def kept(self, loss: float) -> Backward:
        """Return a read-only copy of all that was computed."""
        if self._kept_inputs is None:
            self._kept_inputs = kept(self._inputs)
        return Backward(loss, kept(self.gradient), self._plan, kept(self._tape), self._kept_inputs)


def _product(a: Array, b: Array, out: Array) -> Call:
    """Return the call that writes the matrix product: the leanest one for two matrices, one for many at once."""
    return partial(a.dot, b, out) if a.ndim == b.ndim == 2 else partial(np.matmul, a, b, out)


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
    inputs, targets = checked_batch(network, x)
    last = network.activations[-1]
    loss = next(row.name for row in LOSSES.values() if not pairing_problem(row.name, last))
    run = Pass(network, loss, len(inputs), checked_parameters(network, parameters))
    run.load(inputs.T, targets.T)
    with np.errstate(all="ignore"):
        run.forward()
    return run.kept_forward()


def loaded(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
) -> Pass:
    """Return a pass with these inputs and targets, not run yet; raises ValueError as :func:`backward` does."""
    inputs, targets = checked_batch(network, x, y)
    run = Pass(network, loss, len(inputs), checked_parameters(network, parameters), penalty)
    run.load(inputs.T, targets.T)
    return run


def backward(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
) -> Backward:
    """Compute values, loss, slopes and gradient for inputs ``(n, sizes[0])`` and targets ``(n, sizes[-1])``.

    Raises ValueError when a shape does not fit the network, the loss is unknown or does not fit the last activation.
    """
    run = loaded(network, parameters, x, y, loss, penalty)
    with np.errstate(all="ignore"):
        run.forward()
        value = run.loss()
        run.backward(inputs=True)
    return run.kept(value)


def loss_value(
    network: Network,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    loss: str = "mse",
    penalty: Penalty | None = None,
) -> float:
    """The loss alone, averaged over examples and outputs, penalty included; shapes are those of :func:`backward`."""
    run = loaded(network, parameters, x, y, loss, penalty)
    with np.errstate(all="ignore"):
        run.forward()
        return run.loss()
