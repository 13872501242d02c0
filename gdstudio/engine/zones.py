"""What a learning rate does in the long run: the rates below which descent converges, where a theorem gives them.

Knows nothing of words or colours.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.arrays import Array
from gdstudio.engine.backprop import backward
from gdstudio.engine.curvature import HessianProducts, largest_curvature
from gdstudio.engine.losses import LOSSES
from gdstudio.engine.training import Recipe

_REACHES: Mapping[str, Callable[[float], float]] = {
    "sgd": lambda momentum: 2.0,
    "momentum": lambda momentum: 2.0 * (1.0 + momentum),
    "nesterov": lambda momentum: 2.0 * (1.0 + momentum) / (1.0 + 2.0 * momentum),
}
"""Rate times curvature at the edge, by optimizer: where a root of the recursion along an eigenvector has size 1.

Momentum: Polyak (1964). Nesterov: z^2 - (1 + m) q z + m q with q = 1 - rate x curvature; its root is -1 at the edge.
"""


FELT = 1e-12
"""Share of the slope below which what it has along a direction is rounding, or nothing at all."""


@dataclass(frozen=True, slots=True)
class LearningRateZones:
    """Where the learning rates of a descent divide, from the largest curvature.

    Rates below ``edge`` converge. Those above it lead away for ever if ``is_sharp``; otherwise some of them converge,
    too, and :func:`growth_of_turns` tells. Up to ``one_step`` plain descent does not overshoot; where there is only one
    curvature it lands in one step there. Other rules have no such rate, and it is None. ``is_exact`` where the loss is
    a quadratic function of the parameters, every step sees all examples and the rate stays: only then does this hold
    everywhere; otherwise it is said of the parabola that fits the loss at one place.
    """

    curvature: float
    one_step: float | None
    edge: float
    is_exact: bool
    is_sharp: bool = True


def is_quadratic(recipe: Recipe) -> bool:
    """Whether the loss is a quadratic function of the parameters: one linear layer, a squared loss, no L1 penalty."""
    network = recipe.network
    is_linear = len(network.sizes) == 2 and network.activations == ("linear",)
    return is_linear and LOSSES[recipe.loss].square is not None and recipe.l1 == 0.0


def learning_rate_zones(recipe: Recipe, parameters: ArrayLike, x: ArrayLike, y: ArrayLike) -> LearningRateZones | None:
    """Return the zones at these parameters, over these examples.

    None where there is no finite positive curvature, and for rules without a theorem: optimizers that scale each slope
    by its own history; one parameter at a time unless the loss is quadratic and descent plain.

    1 / curvature and 2 / curvature: LeCun, Simard and Pearlmutter (1993). One at a time: below 2 / (the largest
    curvature along one parameter), Reich (1949). Raises ValueError when a shape does not fit.
    """
    reach = _REACHES.get(recipe.optimizer)
    found = largest_curvature(recipe, parameters, x, y)
    if reach is None or found is None or not found.value > 1e-12 * found.scale:
        return None
    one_step, edge = 1.0 / found.value, reach(dict(recipe.settings).get("momentum", 0.0)) / found.value
    if not math.isfinite(2.0 * edge):
        return None
    size, is_plain = recipe.batch_size, recipe.optimizer == "sgd"
    is_whole = size is None or size >= len(np.asarray(x))
    is_exact = is_quadratic(recipe) and is_whole and recipe.schedule == "constant"
    if not recipe.one_at_a_time:
        return LearningRateZones(found.value, one_step if is_plain else None, edge, is_exact)
    if not (is_plain and is_quadratic(recipe)):
        return None
    steepest = float(np.max(np.diag(HessianProducts(recipe, parameters, x, y).dense())))
    return LearningRateZones(found.value, None, 2.0 / steepest, is_exact, is_sharp=False)


def growth_of_turns(recipe: Recipe, parameters: ArrayLike, x: ArrayLike, y: ArrayLike) -> float:
    """Return by what the distance to the bottom is multiplied in each step in the long run, one parameter at a time.

    Below 0 where it only changes its sign from step to step; not a number where it would grow along a direction in
    which there is no distance. For plain descent on a quadratic loss: the eigenvalue of largest size of the product of
    I - rate b b^T over the columns b of B, where B^T B is the Hessian. In the coordinates B (parameters - bottom) each
    turn is such a factor, and directions without curvature, along which nothing moves, are left out. Raises ValueError
    when a shape does not fit.
    """
    hessian = HessianProducts(recipe, parameters, x, y).dense()
    if not np.isfinite(hessian).all():
        return math.inf
    values, vectors = np.linalg.eigh(hessian)
    bent = values > 1e-12 * values[-1]
    roots = np.sqrt(values[bent])[:, None]
    columns: Array = roots * vectors[:, bent].T
    step: Array = np.eye(len(columns))
    with np.errstate(all="ignore"):
        for column in columns.T:
            step = step - recipe.learning_rate * np.outer(column, column @ step)
        gradient = backward(recipe.network, parameters, x, y, recipe.loss, recipe.penalty).gradient.copy()
        gradient[sorted(recipe.locked)] = 0.0
        distance = vectors[:, bent].T @ gradient / roots[:, 0]
    if not (np.isfinite(step).all() and np.isfinite(distance).all()):
        return math.inf
    factors, directions = np.linalg.eig(step)
    shares = np.abs(np.linalg.lstsq(directions, distance.astype(complex), rcond=None)[0])
    felt = factors[shares > FELT * shares.max(initial=0.0)]
    growth = float(np.abs(felt).max(initial=0.0))
    if growth < 1.0 <= float(np.abs(factors).max(initial=0.0)):
        return math.nan
    largest = felt[np.abs(felt) >= growth * (1.0 - 1e-9)]
    return -growth if np.allclose(largest, -growth, rtol=1e-9, atol=0.0) else growth
