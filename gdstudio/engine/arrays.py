"""The array types of the engine, and how an array becomes a value that nobody can change.

Knows nothing of networks.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.intp]
Complex = NDArray[np.complex128]


def kept(array: Array) -> Array:
    """Return a read-only copy of a float64 array."""
    copy = array.copy()
    copy.setflags(write=False)
    return copy


def frozen(values: ArrayLike) -> Array:
    """Return ``values`` as a read-only float64 array; an array that is one already is returned as it is."""
    if isinstance(values, np.ndarray) and values.dtype == np.float64 and not values.flags.writeable:
        return values
    array = np.array(values, dtype=np.float64)
    array.setflags(write=False)
    return array
