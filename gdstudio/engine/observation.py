"""What a recipe sees at one moment: values, slopes, the loss, and what a step would change, without taking it.

Pure functions. Knows nothing of projects or windows.
"""

import numpy as np
from numpy.typing import ArrayLike

from gdstudio.engine.arrays import Array, frozen
from gdstudio.engine.backprop import Backward, backward, loaded
from gdstudio.engine.optimizers import OPTIMIZERS
from gdstudio.engine.training import Recipe, TrainingState


def observe(recipe: Recipe, parameters: ArrayLike, x: ArrayLike, y: ArrayLike) -> Backward:
    """Compute values, loss and slopes as a step of this recipe sees them, penalty included; see ``backward``."""
    return backward(recipe.network, parameters, x, y, recipe.loss, recipe.penalty)


def measured_loss(recipe: Recipe, parameters: ArrayLike, x: ArrayLike, y: ArrayLike) -> float:
    """The loss as this recipe has it, penalty included."""
    run = loaded(recipe.network, parameters, x, y, recipe.loss, recipe.penalty)
    with np.errstate(all="ignore"):
        run.forward()
        return run.loss()


def coming_change(recipe: Recipe, state: TrainingState, gradient: Array) -> Array:
    """Return what a step with this gradient will add to the parameters, ``(P,)``, without taking it."""
    change = np.zeros_like(gradient)
    with np.errstate(all="ignore"):
        OPTIMIZERS[recipe.optimizer].update(
            state.parameters, gradient, state.optimizer, recipe.rate_at(state.step), dict(recipe.settings), change
        )
    change[sorted(recipe.locked)] = 0.0
    return frozen(change)
