"""Descent: one step with everything kept, or many steps in preallocated buffers, with the same bits.

Pure functions of a recipe, a state and the data. Knows nothing of projects, time or windows.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.arrays import Array, Indices, frozen, kept
from gdstudio.engine.backprop import Backward, Pass, checked_batch, checked_parameters, loaded
from gdstudio.engine.initializers import INITIALIZERS, MAX_SPREAD
from gdstudio.engine.losses import LOSSES, pairing_problem
from gdstudio.engine.network import Network
from gdstudio.engine.one_at_a_time import move_one_at_a_time
from gdstudio.engine.optimizers import OPTIMIZERS, OptimizerState
from gdstudio.engine.penalties import Penalty
from gdstudio.engine.schedules import SCHEDULES

MAX_PERIOD = 10**9
"""Steps of a schedule's period."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to descend: everything but the parameters and the data.

    ``settings`` are the optimizer's own, by name; those left out have their usual value, and the recipe then holds all
    of them as pairs. ``batch_size`` is None for all examples at once. Smaller batches are drawn by shuffling, anew each
    epoch, from ``seed``. The rate follows ``schedule``, whose time is counted in ``period`` steps. ``l1`` and ``l2``
    weigh the penalties. Descent leaves the parameters in ``locked`` (indices into the flat vector) alone. A new start
    is drawn by ``initializer`` with its ``spread``. ``one_at_a_time`` moves the parameters one after the other instead
    of simultaneously: see :func:`~gdstudio.engine.one_at_a_time.move_one_at_a_time`.

    Raises ValueError, with a sentence, for what can't be used.
    """

    network: Network
    loss: str = "mse"
    optimizer: str = "sgd"
    learning_rate: float = 0.01
    batch_size: int | None = None
    seed: int = 0
    locked: frozenset[int] = frozenset()
    settings: Mapping[str, float] | tuple[tuple[str, float], ...] = ()
    schedule: str = "constant"
    period: int = 1000
    l1: float = 0.0
    l2: float = 0.0
    initializer: str = "auto"
    spread: float = 0.5
    one_at_a_time: bool = False

    def __post_init__(self) -> None:
        for what, name, table in (
            ("loss", self.loss, LOSSES),
            ("optimizer", self.optimizer, OPTIMIZERS),
            ("schedule", self.schedule, SCHEDULES),
            ("initializer", self.initializer, INITIALIZERS),
        ):
            if name not in table:
                raise ValueError(f"The {what} {name!r} is not known; known are {', '.join(table)}.")
        problem = pairing_problem(self.loss, self.network.activations[-1])
        if problem:
            raise ValueError(problem)
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise ValueError(f"The learning rate must be a number above 0, not {self.learning_rate:g}.")
        if self.batch_size is not None and self.batch_size < 1:
            raise ValueError(f"A batch needs at least one example, not {self.batch_size}.")
        if self.seed < 0:
            raise ValueError(f"The seed must be 0 or more, not {self.seed}.")
        if self.period < 1:
            raise ValueError(f"The schedule’s period must be at least one step, not {self.period}.")
        if self.period > MAX_PERIOD:
            raise ValueError(f"The schedule’s period goes up to {MAX_PERIOD:,} steps.")
        for what, weight in (("L1", self.l1), ("L2", self.l2)):
            if not (math.isfinite(weight) and weight >= 0):
                raise ValueError(f"The {what} penalty must be 0 or a number above it, not {weight:g}.")
        if not math.isfinite(self.spread):
            raise ValueError(f"The spread of a start must be a finite number, not {self.spread:g}.")
        if abs(self.spread) > MAX_SPREAD:
            raise ValueError(f"The spread of a start goes up to {MAX_SPREAD:g}; {self.spread:g} is outside.")
        if self.spread < 0 and INITIALIZERS[self.initializer].is_width:
            raise ValueError(f"The spread of a {self.initializer} start must be 0 or more, not {self.spread:g}.")
        if any(not 0 <= index < self.network.parameter_count for index in self.locked):
            raise ValueError("A locked parameter does not exist in this network.")
        object.__setattr__(self, "settings", self._checked_settings())

    def _checked_settings(self) -> tuple[tuple[str, float], ...]:
        row = OPTIMIZERS[self.optimizer]
        values = {**row.defaults(), **dict(self.settings)}
        for name in values.keys() - row.defaults().keys():
            raise ValueError(f"{row.label} has no setting {name!r}.")
        for setting in row.settings:
            if not setting.low <= values[setting.name] <= setting.high:
                raise ValueError(
                    f"{setting.label} of {row.label} goes from {setting.low:g} to {setting.high:g}; "
                    f"{values[setting.name]:g} is outside."
                )
        return tuple((name, float(value)) for name, value in values.items())

    def rate_at(self, step: int) -> float:
        """The learning rate of update number ``step``, counted from 0."""
        if self.schedule == "constant":
            return self.learning_rate
        return self.learning_rate * SCHEDULES[self.schedule].factor(step / self.period)

    @property
    def penalty(self) -> Penalty:
        """What large weights cost."""
        return Penalty(self.network, self.l1, self.l2)


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
    all examples. ``change`` is what the step added to the parameters; ``slopes_used`` the slopes by which they moved:
    the gradient, or where they moved one at a time the slope of each at its turn.
    """

    step: int
    batch: Indices
    slopes: Backward
    parameters_before: Array
    change: Array
    slopes_used: Array
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
    """What :func:`train` returns: the last state, the loss before each step and after the last, and why it ended.

    ``watched`` are the losses of the watched examples at the same moments; empty when none are.
    """

    state: TrainingState
    losses: Array
    outcome: Outcome
    watched: Array


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
    size = recipe.batch_size
    if size is None or size >= n:
        return _everyone(n)
    epoch, position = divmod(step, -(-n // size))
    return _order(recipe.seed, epoch, n)[position * size : (position + 1) * size]


class Descent:
    """The buffers of a descent, and its steps in them: built once, used for as many steps as wanted.

    ``x`` is ``(n, inputs)``, ``y`` ``(n, outputs)``; ``watched`` are other examples whose loss is recorded too. Both
    ``train_step`` and ``train`` are this, so their bits agree. A ``lean`` one keeps no records: it can't ``step``.
    Raises ValueError, with a sentence, when a shape does not fit.
    """

    def __init__(
        self,
        recipe: Recipe,
        x: ArrayLike,
        y: ArrayLike,
        watched: tuple[ArrayLike, ArrayLike] | None = None,
        *,
        lean: bool = False,
    ) -> None:
        inputs, targets = checked_batch(recipe.network, x, y)
        self.recipe = recipe
        self.lean = lean
        self.n = len(inputs)
        self._parameters: Array = np.zeros(recipe.network.parameter_count)
        self._change: Array = np.zeros_like(self._parameters)
        self._slopes: Array | None = None
        self._move = self._move_one_at_a_time if recipe.one_at_a_time else self._move_together
        self._zeros: Array = np.zeros_like(self._parameters)
        self._memory: OptimizerState = ()
        self._step = 0
        self._penalty = recipe.penalty
        self._all = self._pass(self.n)
        self._all.load(inputs.T, targets.T)
        self._watched: Pass | None = None
        if watched is not None and len(np.asarray(watched[0])):
            self._watched = loaded(recipe.network, self._parameters, *watched, recipe.loss, self._penalty)
        self._partial: dict[int, Pass] = {}
        self._is_whole = recipe.batch_size is None or recipe.batch_size >= self.n
        self._size = self.n if recipe.batch_size is None else recipe.batch_size
        self._batches = -(-self.n // self._size)
        self._epoch, self._order = -1, _everyone(self.n)
        self._examples = self._order
        self._known: tuple[TrainingState, float] | None = None
        self._update = OPTIMIZERS[recipe.optimizer].update
        self._settings = dict(recipe.settings)
        self._locked = sorted(recipe.locked)
        self._has_schedule = recipe.schedule != "constant"
        self._rate = recipe.learning_rate

    def _pass(self, n: int) -> Pass:
        return Pass(self.recipe.network, self.recipe.loss, n, self._parameters, self._penalty, lean=self.lean)

    # Where it stands.

    def _set(self, state: TrainingState) -> None:
        np.copyto(self._parameters, state.parameters)
        self._memory = state.optimizer
        self._step = state.step

    def _state(self) -> TrainingState:
        return TrainingState(kept(self._parameters), tuple(map(kept, self._memory)), self._step)

    # One step in its parts.

    def _measure(self) -> float:
        """The loss of the present parameters over all examples; leaves the forward pass in ``_all``."""
        self._all.forward()
        return self._all.loss()

    def _measured(self, state: TrainingState) -> float:
        """Stand at ``state`` and return its loss; that of the state which the step before led to is there already."""
        if self._known is not None and self._known[0] is state:
            return self._known[1]
        self._set(state)
        return self._measure()

    def _watch(self) -> float:
        if self._watched is None:
            return math.nan
        self._watched.forward()
        return self._watched.loss()

    def _batch(self) -> Pass:
        """Return the pass over this step's batch after its forward part; that over all is there already."""
        if self._is_whole:
            return self._all
        epoch, position = divmod(self._step, self._batches)
        if epoch != self._epoch:
            self._epoch, self._order = epoch, _order(self.recipe.seed, epoch, self.n)
        examples = self._examples = self._order[position * self._size : (position + 1) * self._size]
        size = examples.size
        run = self._partial.get(size)
        if run is None:
            run = self._partial[size] = self._pass(size)
        run.take(self._all, examples)
        run.forward()
        return run

    def _move_together(self, gradient: Array) -> None:
        """Add the optimizer's change, for all parameters at once; locked ones stay."""
        change = self._change
        rate = self.recipe.rate_at(self._step) if self._has_schedule else self._rate
        self._memory = self._update(self._parameters, gradient, self._memory, rate, self._settings, change)
        if self._locked:
            change[self._locked] = 0.0
        np.add(self._parameters, change, self._parameters)
        self._step += 1

    def _move_one_at_a_time(self, gradient: Array) -> None:
        """Add the optimizer's change to one parameter after the other, each by its slope at its turn."""
        rate = self.recipe.rate_at(self._step)
        self._memory, self._change, self._slopes = move_one_at_a_time(
            self._parameters, self._gradient_here, self._memory, self._update, rate, self._settings, self._locked
        )
        self._step += 1

    def _gradient_here(self) -> Array:
        """The gradient over this step's batch where the parameters stand now."""
        run = self._all if self._is_whole else self._partial[len(self._examples)]
        run.forward()
        return run.backward()

    def _is_finite(self, loss: float) -> bool:
        """Whether the loss, the parameters and the memory are still numbers: 0 times anything else is not 0."""
        numbers = math.isfinite(loss) and math.isfinite(self._parameters.dot(self._zeros))
        return numbers and all(np.isfinite(slot).all() for slot in self._memory)

    def _norm(self, gradient: Array) -> float:
        """The gradient's norm; locked parameters don't count."""
        if self._locked:
            gradient = np.delete(gradient, self._locked)
        return math.sqrt(gradient.dot(gradient))

    # Steps.

    def step(self, state: TrainingState) -> tuple[TrainingState, StepRecord]:
        """Take one step from ``state`` and keep everything; see :func:`train_step`."""
        if self.lean:
            raise ValueError("A lean descent keeps no records; make one that is not lean.")
        with np.errstate(all="ignore"):
            before = self._measured(state)
            run = self._batch()
            loss = before if self._is_whole else run.loss()
            run.backward(inputs=True)
            slopes = run.kept(loss)
            self._move(run.gradient)
            after = self._measure()
            is_finite = self._is_finite(after)
        following = self._state()
        self._known = following, after
        record = StepRecord(
            step=state.step,
            batch=batch_of_step(self.recipe, state.step, self.n),
            slopes=slopes,
            parameters_before=state.parameters,
            change=kept(self._change),
            slopes_used=slopes.gradient if self._slopes is None else frozen(self._slopes),
            parameters_after=following.parameters,
            loss_before=before,
            loss_after=after if is_finite else math.nan,
        )
        return following, record

    def train(
        self,
        state: TrainingState,
        steps: int,
        *,
        tolerance: float = 0.0,
        loss_limit: float = math.inf,
        losses: Literal["all", "batch"] = "all",
    ) -> Run:
        """Take up to ``steps`` steps from ``state``; see :func:`train`."""
        if steps < 0:
            raise ValueError(f"The number of steps must be 0 or more, not {steps}.")
        if losses == "batch" and loss_limit < math.inf:
            raise ValueError("A limit of the loss is about all examples; it can't be kept with losses of batches.")
        self._set(state)
        self._known = None
        log = _Log(steps, losses == "batch", max(tolerance, 0.0), loss_limit)
        taken, outcome = 0, Outcome.DONE
        with np.errstate(all="ignore"):
            log.losses[0], log.watched[0] = self._measure(), self._watch()
            if not self._is_finite(log.losses[0]):
                return self._run(state, log, 0, Outcome.DIVERGED)
            while taken < steps and outcome is Outcome.DONE:
                count = min(_BLOCK, steps - taken)
                begin = self._state()
                self._take(count, taken, log)
                if self._is_fine(count, taken, log):
                    taken += count
                else:
                    # Something ends here: the same steps once more, each looked at before the next.
                    self._set(begin)
                    self._measure()
                    more, outcome = self._take_carefully(count, taken, log)
                    taken += more
        return self._run(self._state(), log, taken, outcome)

    def _run(self, state: TrainingState, log: "_Log", taken: int, outcome: Outcome) -> Run:
        watched = log.watched[: taken + 1] if self._watched is not None else log.watched[:0]
        return Run(state, frozen(log.losses[: taken + 1]), outcome, frozen(watched))

    def _take(self, count: int, taken: int, log: "_Log") -> None:
        """Take steps without a look at how they go: numbers that are lost stay lost, and are seen at the end."""
        batch, move, losses = self._batch, self._move, log.losses
        of_batches, measures, watches = log.of_batches, self._is_whole or not log.of_batches, self._watched is not None
        for k in range(taken, taken + count):
            run = batch()
            if of_batches:
                losses[k] = run.loss()
            gradient = run.backward()
            if log.least > 0.0:
                log.norms[k] = math.sqrt(gradient.dot(gradient))
            move(gradient)
            if measures:
                losses[k + 1] = self._measure()
            if watches:
                log.watched[k + 1] = self._watch()
        if not measures:
            losses[taken + count] = self._measure()

    def _is_fine(self, count: int, taken: int, log: "_Log") -> bool:
        """Whether nothing that ends a run can have happened in the last ``count`` steps."""
        losses = log.losses[taken : taken + count + 1]
        if not (np.isfinite(losses).all() and self._is_finite(0.0)):
            return False
        if losses[1:].max() > log.limit:
            return False
        # Locked parameters only lower the norm, so those who look closely decide.
        return log.least <= 0.0 or (not self._locked and bool(log.norms[taken : taken + count].min() > log.least))

    def _take_carefully(self, count: int, taken: int, log: "_Log") -> tuple[int, Outcome]:
        """Take steps one by one, until one ends the run; returns how many were taken, and why it ended."""
        for k in range(taken, taken + count):
            run = self._batch()
            if log.of_batches:
                log.losses[k] = run.loss()
            gradient = run.backward()
            if log.least > 0.0 and self._is_flat(gradient, log.least):
                log.losses[k] = self._measure()
                return k - taken, Outcome.FLAT
            before = self._parameters.copy(), self._memory
            self._move(gradient)
            loss = self._measure()
            if not self._is_finite(loss):
                np.copyto(self._parameters, before[0])
                self._memory, self._step = before[1], self._step - 1
                log.losses[k] = self._measure()
                return k - taken, Outcome.DIVERGED
            log.losses[k + 1], log.watched[k + 1] = loss, self._watch()
            if loss > log.limit:
                return k + 1 - taken, Outcome.DIVERGED
        return count, Outcome.DONE

    def _is_flat(self, gradient: Array, least: float) -> bool:
        """Whether the gradient's norm over all examples is at most ``least``."""
        if self._norm(gradient) > least:
            return False
        return self._is_whole or self._norm(self._all.backward()) <= least


_BLOCK = 256
"""Steps that are taken before a look at whether all went well."""


class _Log:
    """What is written down of a run of up to ``steps`` steps: losses, and the gradients' norms where they matter."""

    def __init__(self, steps: int, of_batches: bool, least: float, limit: float) -> None:
        self.losses: Array = np.empty(steps + 1)
        self.watched: Array = np.full(steps + 1, math.nan)
        self.norms: Array = np.empty(steps if least > 0.0 else 0)
        self.of_batches = of_batches
        self.least = least
        self.limit = limit


def train_step(recipe: Recipe, state: TrainingState, x: ArrayLike, y: ArrayLike) -> tuple[TrainingState, StepRecord]:
    """Take one step: one update of all parameters, from one batch.

    ``x`` is ``(n, inputs)``, ``y`` ``(n, outputs)``. Returns the new state and everything that was computed. The
    numbers may overflow: a caller looks at ``loss_after``. Raises ValueError when a shape does not fit. Who takes many
    such steps keeps a :class:`Descent` and calls its ``step``.
    """
    checked_parameters(recipe.network, state.parameters)
    return Descent(recipe, x, y).step(state)


def train(
    recipe: Recipe,
    state: TrainingState,
    x: ArrayLike,
    y: ArrayLike,
    steps: int,
    *,
    tolerance: float = 0.0,
    loss_limit: float = math.inf,
    losses: Literal["all", "batch"] = "all",
    watched: tuple[ArrayLike, ArrayLike] | None = None,
) -> Run:
    """Take up to ``steps`` steps without records.

    Ends early when the gradient's norm falls to ``tolerance`` (FLAT, before that step), when a step makes a loss or a
    parameter that is not finite (DIVERGED; that step is taken back), or when the loss exceeds ``loss_limit``
    (DIVERGED). ``losses[k]`` is the loss before step k + 1, the last one that after all steps taken: over all examples,
    or (``losses="batch"``, cheaper, without a limit) over the batch of that step, the last one over all. ``watched``
    are other examples ``(x, y)``, such as a test set, whose loss is recorded too. Raises ValueError when a shape does
    not fit, ``steps`` is below 0, or a limit is asked for with losses of batches.
    """
    checked_parameters(recipe.network, state.parameters)
    descent = Descent(recipe, x, y, watched, lean=True)
    return descent.train(state, steps, tolerance=tolerance, loss_limit=loss_limit, losses=losses)


def with_optimizer(recipe: Recipe, state: TrainingState, optimizer: str) -> tuple[Recipe, TrainingState]:
    """Change the optimizer in the middle of a run: memory and settings start afresh, parameters and step stay."""
    changed = replace(recipe, optimizer=optimizer, settings=())
    return changed, replace(start_state(changed, state.parameters), step=state.step)
