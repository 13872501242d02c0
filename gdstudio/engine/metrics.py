"""How good predictions are, in numbers that mean something by themselves.

Each is None where it says nothing. Knows nothing of networks.
"""

import numpy as np

from gdstudio.engine.arrays import Array


def accuracy(prediction: Array, target: Array) -> float | None:
    """The share of examples put into their class; both are ``(n, outputs)``.

    With one output the classes are its two different targets, parted half way between them. With several, every
    target must be a 1 among zeros, and the largest prediction decides (the first of equal ones). None for predictions
    that are not numbers.
    """
    if np.isnan(prediction).any():
        return None
    if target.shape[1] == 1:
        low, high = float(target.min()), float(target.max())
        if low == high or not ((target == low) | (target == high)).all():
            return None
        middle = low / 2 + high / 2
        return float(np.mean((prediction > middle) == (target == high)))
    if not (((target == 0) | (target == 1)).all() and (target.sum(axis=1) == 1).all()):
        return None
    return float(np.mean(prediction.argmax(axis=1) == target.argmax(axis=1)))


def r_squared(prediction: Array, target: Array) -> float | None:
    """1 - the squared errors / the targets' squared distances from their mean, per output, averaged over outputs.

    Both are ``(n, outputs)``. None where an output's targets are all alike, so that there is nothing to explain.
    """
    with np.errstate(all="ignore"):
        spread = np.square(target - target.mean(axis=0)).sum(axis=0)
        if not (target.max(axis=0) > target.min(axis=0)).all() or not (spread > 0).all():
            return None
        return float(np.mean(1.0 - np.square(prediction - target).sum(axis=0) / spread))
