"""An update of the parameters one after the other, each by the slope that it has when its turn comes.

Not gradient descent, which moves all at once: made to be compared with it. Knows nothing of networks or losses.
"""

from collections.abc import Callable, Collection

import numpy as np

from gdstudio.engine.arrays import Array
from gdstudio.engine.optimizers import OptimizerState, Rate, Settings, Update


def move_one_at_a_time(
    parameters: Array,
    gradient_here: Callable[[], Array],
    memory: OptimizerState,
    update: Update,
    rate: Rate,
    settings: Settings,
    locked: Collection[int],
) -> tuple[OptimizerState, Array, Array]:
    """Move ``parameters`` ``(P,)`` in place, in their order; ``gradient_here()`` is the gradient where they stand.

    Returns the optimizer's next memory, what was added to each parameter, and the slope that each had at its turn,
    both ``(P,)``. Locked parameters stay. Takes as many gradients as there are parameters.
    """
    change, slopes, trial = np.zeros_like(parameters), np.empty_like(parameters), np.empty_like(parameters)
    following = tuple(slot.copy() for slot in memory)
    for index in range(len(parameters)):
        gradient = gradient_here()
        slopes[index] = gradient[index]
        for slot, moved in zip(following, update(parameters, gradient, memory, rate, settings, trial), strict=True):
            own = slice(index, index + 1) if slot.shape == parameters.shape else slice(None)
            slot[own] = moved[own]
        if index not in locked:
            change[index] = trial[index]
            parameters[index] += trial[index]
    return following, change, slopes
