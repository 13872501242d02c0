"""The time-line as it is drawn: which steps there are, which is looked at, and the loss at each.

A value; computes nothing.
"""

from dataclasses import dataclass

from gdstudio.engine import Array


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Steps from ``first`` to ``end``, ``step`` being looked at.

    ``steps``, ``low`` and ``high`` ``(slots,)`` are the losses to draw: each slot the lowest and the highest loss of
    the steps from its own on; with one step a slot they are the same. ``loss`` is that of ``step``.
    """

    first: int
    step: int
    end: int
    steps: Array
    low: Array
    high: Array
    loss: float
