"""Descent: one step with everything kept, or many steps in preallocated buffers, with the same bits.

Pure functions of a recipe, a state and the data. Knows nothing of projects, time or windows.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.arrays import Array, Indices, frozen
from gdstudio.engine.backprop import Backward, Pass, checked_batch, checked_parameters, kept
from gdstudio.engine.losses import LOSSES
from gdstudio.engine.network import Network
from gdstudio.engine.optimizers import OPTIMIZERS, OptimizerState


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to descend: everything but the parameters and the data.

    ``batch_size`` is None for all examples at once. Smaller batches are drawn by shuffling, anew each epoch, from
    ``seed``. Descent leaves the parameters in ``locked`` (indices into the flat vector) alone.

    Raises ValueError, with a sentence, for what can't be used.
    """

    network: Network
    loss: str = "mse"
    optimizer: str = "sgd"
    learning_rate: float = 0.01
    batch_size: int | None = None
    seed: int = 0
    locked: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise ValueError(f"The loss {self.loss!r} is not known; known are {', '.join(LOSSES)}.")
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(f"The optimizer {self.optimizer!r} is not known; known are {', '.join(OPTIMIZERS)}.")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise ValueError(f"The learning rate must be a number above 0, not {self.learning_rate}.")
        if self.batch_size is not None and self.batch_size < 1:
            raise ValueError(f"A batch needs at least one example, not {self.batch_size}.")
        if self.seed < 0:
            raise ValueError(f"The seed must be 0 or more, not {self.seed}.")
        if any(not 0 <= index < self.network.parameter_count for index in self.locked):
            raise ValueError("A locked parameter does not exist in this network.")


@dataclass(frozen=True, slots=True, eq=False)
class TrainingState:
    """Where a descent stands: parameters ``(P,)``, the optimizer's memory, and how many steps were taken.

    The shuffling needs no state of its own: the batch of a step follows from the recipe's seed and the step's number.
    """

    parameters: Array
    optimizer: OptimizerState = ()
    step: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class StepRecord:
    """Everything that one step computed.

    ``batch`` holds the examples' indices, ``slopes`` the pass over them; ``loss_before`` and ``loss_after`` are over
    all examples. ``change`` is what the step added to the parameters.
    """

    step: int
    batch: Indices
    slopes: Backward
    parameters_before: Array
    change: Array
    parameters_after: Array
    loss_before: float
    loss_after: float


class Outcome(Enum):
    """Why a run of steps ended."""

    DONE = "all steps were taken"
    FLAT = "there is no more downhill"
    DIVERGED = "the loss left all bounds"


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What :func:`train` returns: the last state, the loss before each step and after the last, and why it ended."""

    state: TrainingState
    losses: Array
    outcome: Outcome


def start_state(recipe: Recipe, parameters: ArrayLike) -> TrainingState:
    """Return the state before the first step; raises ValueError when the number of parameters does not fit."""
    vector = frozen(checked_parameters(recipe.network, parameters))
    memory = OPTIMIZERS[recipe.optimizer].init(vector)
    return TrainingState(vector, tuple(frozen(array) for array in memory))


@lru_cache(maxsize=8)
def _order(seed: int, epoch: int, n: int) -> Indices:
    """The order of the examples in an epoch: a pure function, so that any step can be computed again."""
    order: Indices = np.random.default_rng((1, seed, epoch)).permutation(n).astype(np.intp)
    order.setflags(write=False)
    return order


@lru_cache(maxsize=4)
def _everyone(n: int) -> Indices:
    order: Indices = np.arange(n, dtype=np.intp)
    order.setflags(write=False)
    return order


def batch_of_step(recipe: Recipe, step: int, n: int) -> Indices:
    """Return the indices of the examples that update number ``step`` (counted from 0) sees, of ``n`` in all."""
    if recipe.batch_size is None or recipe.batch_size >= n:
        return _everyone(n)
    batches = -(-n // recipe.batch_size)
    epoch, position = divmod(step, batches)
    return _order(recipe.seed, epoch, n)[position * recipe.batch_size :][: recipe.batch_size]


class _Descent:
    """The buffers of a descent, and one step in them. Both ``train_step`` and ``train`` are this, so bits agree."""

    def __init__(self, recipe: Recipe, state: TrainingState, x: ArrayLike, y: ArrayLike) -> None:
        self.recipe = recipe
        self.x, self.y = checked_batch(recipe.network, x, y)
        self.n = len(self.x)
        self.parameters = checked_parameters(recipe.network, state.parameters).copy()
        self.previous = self.parameters.copy()
        self.change = np.zeros_like(self.parameters)
        self.memory = state.optimizer
        self.step = state.step
        self.everything = Pass(recipe.network, recipe.loss, self.n, self.parameters)
        self._partial: dict[int, Pass] = {}
        self._update = OPTIMIZERS[recipe.optimizer].update
        self._locked = sorted(recipe.locked)
        self._whole = recipe.batch_size is None or recipe.batch_size >= self.n

    def measure(self) -> float:
        """The loss of the present parameters over all examples; leaves the forward pass in ``everything``."""
        self.everything.forward(self.x)
        return self.everything.loss(self.y)

    def slopes(self, *, inputs: bool = False) -> tuple[Pass, Indices]:
        """Fill the gradient of this step's batch. For the whole batch the forward pass of ``measure`` is reused."""
        batch = batch_of_step(self.recipe, self.step, self.n)
        if self._whole:
            self.everything.backward(self.y, inputs=inputs)
            return self.everything, batch
        run = self._partial.get(len(batch))
        if run is None:
            run = self._partial[len(batch)] = Pass(self.recipe.network, self.recipe.loss, len(batch), self.parameters)
        run.forward(self.x[batch])
        run.backward(self.y[batch], inputs=inputs)
        return run, batch

    def move(self, gradient: Array) -> None:
        """Add the optimizer's change, for all parameters at once; locked ones stay."""
        self.memory = self._update(gradient, self.memory, self.recipe.learning_rate, self.change)
        if self._locked:
            self.change[self._locked] = 0.0
        np.copyto(self.previous, self.parameters)
        np.add(self.parameters, self.change, out=self.parameters)
        self.step += 1

    def is_flat(self, gradient: Array, tolerance: float) -> bool:
        """Whether the gradient's norm over all examples is at most ``tolerance``; locked parameters don't count."""
        if tolerance <= 0 or not self._small(gradient, tolerance):
            return False
        return self._whole or self._small(self.everything.backward(self.y), tolerance)

    def _small(self, gradient: Array, tolerance: float) -> bool:
        if self._locked:
            gradient = np.delete(gradient, self._locked)
        return math.sqrt(float(np.dot(gradient, gradient))) <= tolerance

    def is_finite(self, loss: float) -> bool:
        """Whether the loss and the parameters are still numbers."""
        if not math.isfinite(loss):
            return False
        # The sum is the quick test; only where it overflows do the parameters decide one by one.
        return math.isfinite(float(np.add.reduce(self.parameters))) or bool(np.isfinite(self.parameters).all())

    def state(self) -> TrainingState:
        return TrainingState(frozen(self.parameters), tuple(map(frozen, self.memory)), self.step)


def train_step(recipe: Recipe, state: TrainingState, x: ArrayLike, y: ArrayLike) -> tuple[TrainingState, StepRecord]:
    """Take one step: one update of all parameters, from one batch.

    ``x`` is ``(n, inputs)``, ``y`` ``(n, outputs)``. Returns the new state and everything that was computed. The
    numbers may overflow: a caller looks at ``loss_after``. Raises ValueError when a shape does not fit.
    """
    descent = _Descent(recipe, state, x, y)
    with np.errstate(all="ignore"):
        before = descent.measure()
        run, batch = descent.slopes(inputs=True)
        slopes = kept(run, run.loss(descent.y[batch]))
        descent.move(run.gradient)
        after = descent.measure()
    record = StepRecord(
        step=state.step,
        batch=batch,
        slopes=slopes,
        parameters_before=frozen(descent.previous),
        change=frozen(descent.change),
        parameters_after=frozen(descent.parameters),
        loss_before=before,
        loss_after=after if descent.is_finite(after) else math.nan,
    )
    return descent.state(), record


def train(
    recipe: Recipe,
    state: TrainingState,
    x: ArrayLike,
    y: ArrayLike,
    steps: int,
    *,
    tolerance: float = 0.0,
    loss_limit: float = math.inf,
) -> Run:
    """Take up to ``steps`` steps without records.

    Ends early when the gradient's norm falls to ``tolerance`` (FLAT, before that step), when a step makes a loss or a
    parameter that is not finite (DIVERGED; that step is taken back), or when the loss exceeds ``loss_limit``
    (DIVERGED). ``losses[k]`` is the loss over all examples before step k + 1, the last one that after all steps taken.
    Raises ValueError when a shape does not fit or ``steps`` is below 0.
    """
    if steps < 0:
        raise ValueError(f"The number of steps must be 0 or more, not {steps}.")
    descent = _Descent(recipe, state, x, y)
    losses = np.empty(steps + 1)
    taken, outcome = 0, Outcome.DONE
    with np.errstate(all="ignore"):
        losses[0] = descent.measure()
        if not descent.is_finite(losses[0]):
            return Run(state, frozen(losses[:1]), Outcome.DIVERGED)
        while taken < steps:
            run, _ = descent.slopes()
            if descent.is_flat(run.gradient, tolerance):
                outcome = Outcome.FLAT
                break
            memory = descent.memory
            descent.move(run.gradient)
            loss = descent.measure()
            if not descent.is_finite(loss):
                np.copyto(descent.parameters, descent.previous)
                descent.memory, descent.step = memory, descent.step - 1
                outcome = Outcome.DIVERGED
                break
            taken += 1
            losses[taken] = loss
            if loss > loss_limit:
                outcome = Outcome.DIVERGED
                break
    return Run(descent.state(), frozen(losses[: taken + 1]), outcome)


def coming_change(recipe: Recipe, state: TrainingState, gradient: Array) -> Array:
    """Return what a step with this gradient will add to the parameters, ``(P,)``, without taking it."""
    change = np.zeros_like(gradient)
    with np.errstate(all="ignore"):
        OPTIMIZERS[recipe.optimizer].update(gradient, state.optimizer, recipe.learning_rate, change)
    change[sorted(recipe.locked)] = 0.0
    return frozen(change)


def with_optimizer(recipe: Recipe, state: TrainingState, optimizer: str) -> tuple[Recipe, TrainingState]:
    """Change the optimizer in the middle of a run: its memory starts afresh, parameters and step stay."""
    changed = replace(recipe, optimizer=optimizer)
    return changed, replace(start_state(changed, state.parameters), step=state.step)
