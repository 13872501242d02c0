"""The picture of a moment: every number that the window can show of one project, computed once.

Holds numbers, not their looks.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gdstudio.document.datasets import Data
from gdstudio.document.project import NodeRef, Project
from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    Array,
    Backward,
    Indices,
    Network,
    accuracy,
    batch_of_step,
    coming_change,
    forward,
    measured_loss,
    observe,
    r_squared,
    train_step,
)

Example = int | None
"""Which example is shown: its index, or None for the mean over all."""


@dataclass(frozen=True, slots=True)
class Score:
    """One number of how good the predictions are: on the examples to learn from, and on those held out for testing.

    ``test`` is None when none are held out, or when it says nothing there.
    """

    name: str
    training: float
    test: float | None


@dataclass(frozen=True, eq=False)
class Picture:
    """The numbers of a project at its present step.

    ``everything`` is the pass over all examples, from which nodes show their values; ``batched`` the one over
    ``batch``, the examples that the next step will see, whose gradient is what slopes show. ``change`` is what that
    step will add, ``slopes_used`` are the slopes it will go by: the gradient, or where the weights move one at a time
    the slope of each at its turn.
    """

    project: Project
    everything: Backward
    batch: Indices
    batched: Backward
    change: Array
    slopes_used: Array

    @property
    def network(self) -> Network:
        return self.project.network

    @property
    def data(self) -> Data:
        return self.project.data

    @property
    def step(self) -> int:
        return self.project.state.step

    @property
    def parameters(self) -> Array:
        return self.project.parameters

    @property
    def lone_example(self) -> int | None:
        """The example that the next step sees, where it sees one of several; None elsewhere."""
        return int(self.batch[0]) if len(self.batch) == 1 < len(self.data) else None

    @property
    def gradient(self) -> Array:
        """The slope of the loss with respect to each parameter, over the next batch, ``(P,)``."""
        return self.batched.gradient

    @property
    def loss(self) -> float:
        """The loss over all examples."""
        return self.everything.loss

    @cached_property
    def gradient_norm(self) -> float:
        """The Euclidean norm of the gradient over all examples, without the locked parameters."""
        free = np.delete(self.everything.gradient, sorted(self.project.recipe.locked))
        with np.errstate(all="ignore"):
            return float(np.sqrt(np.dot(free, free)))

    @cached_property
    def test_loss(self) -> float | None:
        """The loss over the examples held out for testing, or None when there are none."""
        if not self.data.held_out:
            return None
        return measured_loss(self.project.recipe, self.parameters, *self.data.test)

    @cached_property
    def scores(self) -> tuple[Score, ...]:
        """How good the predictions are, on the examples to learn from and on those held out."""
        x, y = self.data.test
        ours, theirs = self.everything.forward.prediction, None
        if self.data.held_out:
            theirs = forward(self.network, self.parameters, x).prediction
        found = [Score("loss", self.loss, self.test_loss)]
        for name, measure in (("accuracy", accuracy), ("R²", r_squared)):
            value = measure(ours, self.data.y)
            if value is not None:
                found.append(Score(name, value, None if theirs is None else measure(theirs, y)))
        return tuple(found)

    @property
    def dead_end(self) -> str:
        """Say which hidden layer lets no slope through, its activation being flat at every node and example, if any."""
        values = self.everything.forward
        for layer in range(1, len(self.network.sizes) - 1):
            activation = ACTIVATIONS[self.network.activations[layer - 1]]
            z, a = values.z[layer], values.a[layer]
            with np.errstate(all="ignore"):
                is_flat = not np.any(activation.slope(z, a, np.empty_like(a)))
            if is_flat:
                start = "a new start" if self.step == 0 else "a smaller rate from a new start"
                return (
                    f"Every node of hidden layer {layer} is where its activation is flat, for every example, so no "
                    f"slope comes through: try {start}."
                )
        return ""

    @property
    def is_beyond_memory(self) -> bool:
        """Whether the square of a slope is beyond all floats, and the optimizer has to remember it."""
        squares = any(slot.name == "squares" for slot in OPTIMIZERS[self.project.recipe.optimizer].slots)
        with np.errstate(all="ignore"):
            return squares and not bool(np.isfinite(np.square(self.gradient)).all())

    @property
    def penalty(self) -> float:
        """What of the loss is the penalty for large weights."""
        with np.errstate(all="ignore"):  # weights whose squares are no floats any more are penalized infinitely
            return float(self.project.recipe.penalty.value(self.parameters))

    def values(self, example: Example) -> tuple[Array, ...]:
        """The value of every node, layer by layer: of one example, or the mean over all."""
        return _of(self.everything.forward.a, example)

    def node_slopes(self, example: Example) -> tuple[Array, ...]:
        """The slope of the loss with respect to every node's value: of one example's own loss, or the mean."""
        return _of(self.everything.node_slopes, example)

    def targets(self, example: Example) -> Array:
        """The target of every output: of one example, or the mean."""
        return _of((self.data.y,), example)[0]

    def errors(self, example: Example) -> Array:
        """Prediction - target of every output: of one example, or the mean."""
        return self.values(example)[-1] - self.targets(example)


def _of(arrays: tuple[Array, ...], example: Example) -> tuple[Array, ...]:
    with np.errstate(all="ignore"):
        return tuple(array.mean(axis=0) if example is None else array[example] for array in arrays)


def picture_of(project: Project) -> Picture:
    """Compute the picture of a project; the numbers may have overflowed and are then shown as what they are."""
    recipe, data = project.recipe, project.data
    everything = observe(recipe, project.parameters, data.x, data.y)
    batch = batch_of_step(recipe, project.state.step, len(data))
    batched = everything
    if len(batch) < len(data):
        batched = observe(recipe, project.parameters, data.x[batch], data.y[batch])
    if recipe.one_at_a_time:
        record = train_step(recipe, project.state, data.x, data.y)[1]
        return Picture(project, everything, batch, batched, record.change, record.slopes_used)
    change = coming_change(recipe, project.state, batched.gradient)
    return Picture(project, everything, batch, batched, change, batched.gradient)


def network_caption(network: Network) -> str:
    """Return the network in one line, such as ``2 → 6 tanh → 1``."""
    parts = [str(network.sizes[0])]
    for size, name in zip(network.sizes[1:], network.activations, strict=True):
        parts.append(f"{size}" if name == "linear" else f"{size} {ACTIVATIONS[name].label}")
    return " → ".join(parts)


def slope_is_at_the_sum(picture: Picture) -> bool:
    """Whether the slopes at the predictions are those before the activation, which is taken together with the loss."""
    return LOSSES[picture.project.recipe.loss].taken_with is not None


def loss_caption(picture: Picture) -> str:
    """Return what the shown loss is, such as ``(prediction − target)²`` or ``mean square over 120 examples``."""
    loss = LOSSES[picture.project.recipe.loss]
    penalty = " + penalty" if picture.project.recipe.penalty else ""
    if len(picture.data) == 1 and picture.network.sizes[-1] == 1:
        return f"loss {loss.formula}{penalty}"
    return f"{loss.label.lower()} over {len(picture.data):,} example{'s' * (len(picture.data) != 1)}{penalty}"


def node_caption(project: Project, node: NodeRef) -> str:
    """Return the activation that a node applies, or nothing for an input or a linear node."""
    if node.layer == 0 or project.network.activations[node.layer - 1] == "linear":
        return ""
    return ACTIVATIONS[project.network.activations[node.layer - 1]].label
