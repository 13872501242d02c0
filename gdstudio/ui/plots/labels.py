"""Where words stand in a plot: inside, near what they belong to, and on as little as possible of what is drawn.

Counts pixels; knows nothing of what they show.
"""

from collections.abc import Sequence

import numpy as np

from gdstudio.engine import Array

GAP = 9.0
"""Pixels between the middle of a mark and the words that belong to it."""
_CLOSE = 3.0
"""Pixels around words that are kept free, too."""
_APART = 6.0
"""Pixels between the places along a line."""
_MOST = 1500
"""Places along a line, however it winds."""
_TAKEN = 1e6
"""What it costs to cover what is taken: more than all lines."""
_FAR = 0.03
"""Places on a line that may be covered rather than stand a pixel farther away."""
_STAY = 3.0
"""Places on a line that may be covered rather than leap elsewhere."""

Box = tuple[float, float, float, float]
"""Left, top, width and height."""


def along(line: Array, room: tuple[float, float]) -> Array:
    """Return places a few pixels apart along a ``line`` of corners ``(n, 2)``, cut off a little outside the room."""
    line = np.clip(line, [-room[0], -room[1]], [2.0 * room[0], 2.0 * room[1]])
    lengths = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    at = np.arange(0.0, lengths[-1], max(_APART, lengths[-1] / _MOST))
    return np.column_stack([np.interp(at, lengths, line[:, 0]), np.interp(at, lengths, line[:, 1])])


def best_place(
    size: tuple[float, float],
    mark: tuple[float, float],
    room: tuple[float, float],
    drawn: Array,
    taken: Sequence[Box],
    last: int = -1,
) -> tuple[int, Box]:
    """Return where words of this ``size`` stand best for a ``mark`` in a plot as wide and high as ``room``.

    ``drawn`` holds places on lines, ``(n, 2)``, see :func:`along`; what is ``taken`` is not covered if anything else
    can be. The number that is returned stands for the choice: the ``last`` one is kept while it is hardly worse.
    """
    (width, height), (x, y), (across, down) = size, mark, room
    lefts = np.array([x + GAP, x - GAP - width, x - width / 2, *np.linspace(0.0, across - width, 7)])
    tops = np.array([*(y + (k - 0.5) * height for k in (0, -1, 1, -2, 2, -3, 3)), 0.0, down - height])
    lefts = np.clip(lefts, 0.0, max(across - width, 0.0))
    tops = np.clip(tops, 0.0, max(down - height, 0.0))
    left, top = (values.ravel() for values in np.meshgrid(lefts, tops))
    price = _FAR * np.hypot(left + width / 2 - x, top + height / 2 - y)
    lies_x = np.abs(drawn[:, 0] - (lefts + width / 2)[:, np.newaxis]) < width / 2 + _CLOSE
    lies_y = np.abs(drawn[:, 1] - (tops + height / 2)[:, np.newaxis]) < height / 2 + _CLOSE
    price += np.dot(lies_y.astype(np.float32), lies_x.T.astype(np.float32)).ravel()
    for other_left, other_top, other_width, other_height in taken:
        meets = (left < other_left + other_width) & (other_left < left + width)
        meets &= (top < other_top + other_height) & (other_top < top + height)
        price[meets] += _TAKEN
    if 0 <= last < len(price):
        price[last] -= _STAY
    best = int(np.argmin(price))
    return best, (float(left[best]), float(top[best]), width, height)
