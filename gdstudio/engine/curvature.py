"""How the slopes change: exact Hessian-vector products and the largest curvature.

Knows nothing of plots; never returns a curvature that did not converge.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.activations import ACTIVATIONS
from gdstudio.engine.arrays import Array, frozen
from gdstudio.engine.backprop import Pass, checked_parameters, loaded
from gdstudio.engine.losses import LOSSES
from gdstudio.engine.training import Recipe


class HessianProducts:
    """Products of the Hessian of a recipe's loss with vectors, by differentiating backpropagation: Pearlmutter (1994).

    Exact to rounding, at the cost of about two passes each. Locked parameters take no part: their rows and columns are
    0. At a kink the curvature is that of one side. Raises ValueError when a shape does not fit.
    """

    def __init__(self, recipe: Recipe, parameters: ArrayLike, x: ArrayLike, y: ArrayLike) -> None:
        self._network, self._loss, self._penalty = recipe.network, LOSSES[recipe.loss], recipe.penalty
        self._parameters = checked_parameters(recipe.network, parameters).copy()
        self._locked = sorted(recipe.locked)
        self._pass: Pass = loaded(recipe.network, self._parameters, x, y, recipe.loss)
        with np.errstate(all="ignore"):
            self._pass.forward()
            self._pass.backward()
        self._n = self._pass.error.shape[-1]

    def times(self, vector: ArrayLike) -> Array:
        """Return the Hessian times ``vector``, ``(P,)``."""
        v = checked_parameters(self._network, vector).copy()
        v[self._locked] = 0.0
        with np.errstate(all="ignore"):
            product = self._product(v)
        product[self._locked] = 0.0
        return frozen(product)

    def dense(self) -> Array:
        """Return the whole Hessian, ``(P, P)``; for small networks."""
        columns = [self.times(row) for row in np.eye(self._network.parameter_count)]
        return frozen(np.column_stack(columns))

    def _product(self, v: Array) -> Array:
        """How every number of the pass changes when the parameters move along ``v``, forward and then backward."""
        network, views = self._network, self._pass.views
        product = np.zeros_like(v)
        blocks, towards = network.blocks(self._parameters), network.blocks(v)
        last = len(network.sizes) - 1
        change_z, change_a = [np.zeros_like(views.z[0])], [np.zeros_like(views.blocks[0])]
        for layer in range(1, last + 1):
            change = towards[layer - 1].T @ views.blocks[layer - 1] + blocks[layer - 1].T @ change_a[-1]
            change_z.append(change)
            # The row of ones below a layer's values does not change.
            passed = np.zeros_like(views.blocks[layer])
            slopes = views.activation_slopes[layer]
            passed[: len(change)] = change if slopes is None else slopes * change
            change_a.append(passed)
        outputs = network.sizes[-1]
        along = change_a[-1][:outputs]
        rising = self._loss.bend(self._pass.error, views.a[-1], along, np.empty_like(along))
        if self._loss.averages_outputs:
            rising /= outputs
        gradient_blocks = network.blocks(product)
        for layer in range(last, 0, -1):
            slopes, node_slopes = views.activation_slopes[layer], views.node_slopes[layer]
            if slopes is not None:
                row = ACTIVATIONS[network.activations[layer - 1]]
                bend = row.bend(views.z[layer], views.a[layer], np.empty_like(slopes))
                rising = rising * slopes + node_slopes * bend * change_z[layer]
            delta = views.delta[layer]
            gradient_blocks[layer - 1][...] = views.blocks[layer - 1] @ rising.T + change_a[layer - 1] @ delta.T
            count = network.sizes[layer - 1]
            rising = blocks[layer - 1][:count] @ rising + towards[layer - 1][:count] @ delta
        product /= self._n
        return product + self._penalty.bend(v)


@dataclass(frozen=True, slots=True, eq=False)
class Curvature:
    """The largest curvature: the largest eigenvalue of the Hessian, and the direction ``(P,)`` in which it is felt.

    ``residual`` is |H v - value v|, ``iterations`` how many products it took, ``scale`` the largest size of any
    curvature met: a value far below it is rounding.
    """

    value: float
    direction: Array
    residual: float
    iterations: int
    scale: float


def largest_curvature(
    recipe: Recipe,
    parameters: ArrayLike,
    x: ArrayLike,
    y: ArrayLike,
    *,
    tolerance: float = 1e-9,
    iterations: int = 200,
) -> Curvature | None:
    """Return the largest curvature by the iteration of Lanczos (1950), with full reorthogonalization.

    Begins in a fixed random direction, so the answer is the same each time. None when the residual did not come below
    ``tolerance`` times the size of the curvature within ``iterations`` products, or a number was not finite. Raises
    ValueError when a shape does not fit.
    """
    hessian = HessianProducts(recipe, parameters, x, y)
    count = recipe.network.parameter_count
    free = np.ones(count)
    free[sorted(recipe.locked)] = 0.0
    vector = np.random.default_rng((3, count)).standard_normal(count) * free
    size = float(np.linalg.norm(vector))
    if size == 0.0:
        return None
    # Squares of very large and very small products would leave the range of floats, so all are taken in one unit.
    unit = float(np.abs(hessian.times(vector / size)).max()) or 1.0
    with np.errstate(all="ignore"):
        found = _lanczos(lambda v: hessian.times(v) / unit, vector / size, tolerance, min(iterations, int(free.sum())))
        if found is None:
            return None
        value, residual, scale = (number * unit for number in (found.value, found.residual, found.scale))
    if not all(map(math.isfinite, (value, residual, scale))):
        return None
    return Curvature(value, found.direction, residual, found.iterations, scale)


def _lanczos(times: Callable[[Array], Array], start: Array, tolerance: float, iterations: int) -> Curvature | None:
    basis: list[Array] = [start]
    alphas: list[float] = []
    betas: list[float] = []
    for number in range(1, iterations + 1):
        product = times(basis[-1]).copy()
        if not np.isfinite(product).all():
            return None
        alphas.append(float(product @ basis[-1]))
        for _ in range(2):  # twice is enough: Giraud, Langou and Rozloznik (2005)
            for known in basis:
                product -= float(product @ known) * known
        beta = float(np.linalg.norm(product))
        values, vectors = np.linalg.eigh(np.diag(alphas) + np.diag(betas, 1) + np.diag(betas, -1))
        scale = max(abs(float(values[0])), abs(float(values[-1])))
        if beta * abs(float(vectors[-1, -1])) <= 0.1 * tolerance * abs(float(values[-1])) or beta <= 1e-14 * scale:
            direction = np.column_stack(basis) @ vectors[:, -1]
            direction /= np.linalg.norm(direction)
            image = times(direction)
            value = float(direction @ image)
            residual = float(np.linalg.norm(image - value * direction))
            if residual <= max(tolerance * abs(value), 1e-13 * scale):
                return Curvature(value, frozen(direction), residual, number, scale)
        if beta == 0.0:
            return None
        betas.append(beta)
        basis.append(product / beta)
    return None
