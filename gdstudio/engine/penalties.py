"""What large weights cost: an L1 and an L2 term on top of the loss, on weights and never on biases.

Knows nothing of data. L2 as in Hoerl and Kennard (1970), L1 as in Tibshirani (1996); l2 is the factor of the plain sum
of squares (no half), as in Keras.
"""

import numpy as np

from gdstudio.engine.arrays import Array
from gdstudio.engine.network import Network


class Penalty:
    """``l1`` x the sum of the weights' sizes + ``l2`` x the sum of their squares.

    Parameters are ``(P,)``, or ``(runs, P)`` for many at once.
    """

    def __init__(self, network: Network, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = l1, l2
        self._weights = network.is_weight.astype(np.float64)

    def __bool__(self) -> bool:
        return bool(self.l1 > 0.0 or self.l2 > 0.0)

    def value(self, parameters: Array) -> Array:
        """The penalty, ``()`` or ``(runs,)``."""
        weights = parameters * self._weights
        result: Array = self.l1 * np.abs(weights).sum(axis=-1) + self.l2 * np.square(weights).sum(axis=-1)
        return result

    def slope(self, parameters: Array) -> Array:
        """The penalty's slope with respect to every parameter, of the parameters' shape; 0 for a weight of 0 in L1."""
        result: Array = (self.l1 * np.sign(parameters) + 2.0 * self.l2 * parameters) * self._weights
        return result

    def bend(self, direction: Array) -> Array:
        """How the slope changes along ``direction``: the penalty's Hessian times it."""
        result: Array = 2.0 * self.l2 * direction * self._weights
        return result
