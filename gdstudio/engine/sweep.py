"""Many descents of one network at once, on a leading axis: the same start with many learning rates, or many starts.

Knows nothing of projects or windows.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.arrays import Array, frozen
from gdstudio.engine.backprop import Pass, checked_batch
from gdstudio.engine.optimizers import OPTIMIZERS
from gdstudio.engine.training import Outcome, Recipe, batch_of_step, start_state, train

_TOGETHER_UP_TO = 4000
"""Nodes x examples of a batch up to which runs are taken together: there the calls cost more than the numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """What came of many runs.

    ``losses`` is ``(runs, steps + 1)``: before each step and after the last, over all examples; the first is as it is,
    finite or not, and after a run has ended they are nan. ``parameters`` ``(runs, P)`` are the last finite ones,
    ``steps`` ``(runs,)`` how many were taken.
    """

    losses: Array
    parameters: Array
    steps: Array
    outcomes: tuple[Outcome, ...]


def sweep(
    recipe: Recipe,
    learning_rates: ArrayLike,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    steps: int,
    *,
    together: bool | None = None,
) -> Sweep:
    """Descend with each of the learning rates ``(runs,)``, from ``parameters`` ``(P,)`` or ``(runs, P)``.

    All else is as ``recipe`` says. A run ends (DIVERGED) before the step that would make its loss or a parameter
    infinite. ``together`` forces the way: all at once on a leading axis, or one run after the other; by default the
    faster one is taken, by size. The two agree to rounding. Where parameters move one at a time, so do runs. Raises
    ValueError for shapes or rates that don't fit.
    """
    inputs, targets = checked_batch(recipe.network, x, y)
    rates = np.atleast_1d(np.asarray(learning_rates, dtype=np.float64))
    if rates.ndim != 1 or not (np.isfinite(rates).all() and (rates > 0).all()):
        raise ValueError("Learning rates must be a list of numbers above 0.")
    given, shape = np.asarray(parameters, np.float64), (len(rates), recipe.network.parameter_count)
    if given.shape not in (shape, shape[1:]):
        raise ValueError(f"The parameters need the shape {shape[1:]} or {shape}, not {given.shape}.")
    starts = np.array(np.broadcast_to(given, shape))
    if steps < 0:
        raise ValueError(f"The number of steps must be 0 or more, not {steps}.")
    examples = min(recipe.batch_size or len(inputs), len(inputs))
    if recipe.one_at_a_time:
        together = False
    if together is None:
        together = sum(recipe.network.sizes[1:]) * examples <= _TOGETHER_UP_TO
    way = _together if together else _in_turn
    return way(recipe, rates, starts, inputs, targets, steps)


def _in_turn(recipe: Recipe, rates: Array, starts: Array, x: Array, y: Array, steps: int) -> Sweep:
    losses = np.full((len(rates), steps + 1), math.nan)
    ends, taken, outcomes = starts.copy(), np.zeros(len(rates)), []
    for k, rate in enumerate(rates):
        own = replace(recipe, learning_rate=float(rate))
        run = train(own, start_state(own, starts[k]), x, y, steps)
        losses[k, : len(run.losses)] = run.losses
        ends[k], taken[k] = run.state.parameters, run.state.step
        outcomes.append(run.outcome)
    return Sweep(frozen(losses), frozen(ends), frozen(taken), tuple(outcomes))


def _together(recipe: Recipe, rates: Array, starts: Array, x: Array, y: Array, steps: int) -> Sweep:
    n, penalty, optimizer = len(x), recipe.penalty, OPTIMIZERS[recipe.optimizer]
    parameters, settings, locked = starts.copy(), dict(recipe.settings), sorted(recipe.locked)
    everything = Pass(recipe.network, recipe.loss, n, parameters, penalty, lean=True)
    everything.load(x.T, y.T)
    whole = recipe.batch_size is None or recipe.batch_size >= n
    passes: dict[int, Pass] = {}
    memory, change = optimizer.init(parameters), np.zeros_like(parameters)
    # Rates lie along the runs, and each run uses its own: -rate x gradient is then one product for all.
    column = rates[:, np.newaxis]
    losses = np.full((len(rates), steps + 1), math.nan)
    last, taken, alive = parameters.copy(), np.zeros(len(rates)), np.ones(len(rates), bool)
    with np.errstate(all="ignore"):
        for step in range(steps + 1):
            everything.forward()
            now = everything.losses()
            alive &= np.isfinite(now) & np.isfinite(parameters).all(axis=1)
            seen = alive if step else np.ones_like(alive)
            losses[seen, step] = now[seen]
            np.copyto(last, parameters, where=alive[:, np.newaxis])
            taken[alive] = step
            if step == steps or not alive.any():
                break
            run = everything
            if not whole:
                examples = batch_of_step(recipe, step, n)
                if len(examples) not in passes:
                    passes[len(examples)] = Pass(
                        recipe.network, recipe.loss, len(examples), parameters, penalty, lean=True
                    )
                run = passes[len(examples)]
                run.take(everything, examples)
                run.forward()
            gradient = run.backward()
            factor = recipe.rate_at(step) / recipe.learning_rate
            memory = optimizer.update(parameters, gradient, memory, column * factor, settings, change)
            change[:, locked] = 0.0
            parameters += change
    outcomes = tuple(Outcome.DONE if fine else Outcome.DIVERGED for fine in alive)
    return Sweep(frozen(losses), frozen(last), frozen(taken), outcomes)
