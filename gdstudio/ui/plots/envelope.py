"""Thinning a long curve for the screen: the lowest and the highest value of each pixel column.

Decimates what is drawn, never what is kept. Pure.
"""

import numpy as np

from gdstudio.engine import Array


def envelope(x: Array, low: Array, high: Array, columns: int) -> tuple[Array, Array]:
    """Return a curve ``(xs, ys)`` of at most about ``4 * columns`` points that covers the same pixels.

    ``x`` is ascending; ``low`` and ``high`` are the bounds of the curve at each, equal where it is a plain curve.
    Every extreme of the data is in the result; values that are not finite are left out.
    """
    finite = np.isfinite(low) & np.isfinite(high)
    if not finite.all():
        x, low, high = x[finite], low[finite], high[finite]
    if len(x) <= 2 * columns and np.array_equal(low, high):
        return x, low
    size = max(1, -(-len(x) // columns))
    starts = np.arange(0, len(x), size)
    lows, highs = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
    # Each column starts and ends where the curve does, so that neighbours join without a step that is not there.
    firsts, lasts = high[starts], low[np.minimum(starts + size, len(x)) - 1]
    xs = np.repeat(x[starts], 4)
    ys = np.column_stack([firsts, highs, lows, lasts]).ravel()
    return xs, ys
