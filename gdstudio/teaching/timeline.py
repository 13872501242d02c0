"""The time-line as it is drawn: which steps there are, which is looked at, and the loss at each.

A value; computes nothing.
"""

from dataclasses import dataclass, field

from gdstudio.engine import Array, frozen


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Steps from ``first`` to ``end``, ``step`` being looked at.

    ``steps``, ``low`` and ``high`` ``(slots,)`` are the losses to draw: each slot the lowest and the highest loss of
    the steps from its own on; with one step a slot they are the same. ``loss`` is that of ``step``. ``test_low``,
    ``test_high`` and ``test_loss`` are the same for the examples held out for testing; empty and None where none were.
    """

    first: int
    step: int
    end: int
    steps: Array
    low: Array
    high: Array
    loss: float
    test_loss: float | None = None
    test_low: Array = field(default_factory=lambda: frozen([]))
    test_high: Array = field(default_factory=lambda: frozen([]))
