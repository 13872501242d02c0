"""How a step is shown: a pure function from two pictures and a time to what is on screen.

Every number in a frame is the engine's, from the picture before the step or the one after it; only the weights' way
between them is drawn. Knows nothing of clocks.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from gdstudio.engine import Array, frozen
from gdstudio.teaching.picture import Picture


class Phase(IntEnum):
    """The four phases of a step, each one unit of its time."""

    FORWARD = 0
    ERROR = 1
    BACKWARD = 2
    UPDATE = 3


PHASES = len(Phase)
PHASE_NAMES = {
    Phase.FORWARD: "forward: values run to the prediction",
    Phase.ERROR: "error: prediction against target",
    Phase.BACKWARD: "backward: slopes run to the inputs",
    Phase.UPDATE: "update: all weights move at once",
}
IN_TURN = "update: one weight after the other, each by its slope at its turn"


@dataclass(frozen=True, eq=False)
class Frame:
    """What the canvas shows at one instant.

    Layers up to ``values_until`` show their values and layers from ``slopes_from`` on their slopes (and those of the
    weights into them). ``wave`` is where the computing front stands, in layers, and None when nothing moves. ``time``
    is where in the step this is, from 0 to 4, a unit a phase; 0 at rest.
    """

    picture: Picture
    phase: Phase | None
    parameters: Array
    gradient: Array
    values_until: float
    slopes_from: float
    shows_error: bool
    wave: float | None
    time: float = 0.0


def phase_name(frame: Frame) -> str:
    """Return what is happening in a frame of a step, in words."""
    if frame.phase is None:
        return ""
    in_turn = frame.phase is Phase.UPDATE and frame.picture.project.recipe.one_at_a_time
    return IN_TURN if in_turn else PHASE_NAMES[frame.phase]


def still_frame(picture: Picture) -> Frame:
    """Return the frame of a moment at rest: everything is shown."""
    last = len(picture.network.sizes) - 1
    return Frame(picture, None, picture.parameters, picture.gradient, last, 0.0, True, None)


def frame_at(before: Picture, after: Picture, time: float) -> Frame:
    """Return what is on screen at ``time`` of a step, from 0 to 4 (a unit a phase); at 4 it is ``after`` at rest."""
    last = len(before.network.sizes) - 1
    if time >= PHASES:
        return still_frame(after)
    phase = Phase(int(max(time, 0.0)))
    part = max(time, 0.0) - phase
    hidden = last + 1.0
    parameters, gradient = before.parameters, before.gradient
    match phase:
        case Phase.FORWARD:
            front = _eased(part) * last
            return Frame(before, phase, parameters, gradient, front, hidden, False, front, time)
        case Phase.ERROR:
            return Frame(before, phase, parameters, gradient, last, hidden, True, None, time)
        case Phase.BACKWARD:
            front = last - _eased(part) * last
            return Frame(before, phase, parameters, gradient, last, front, True, front, time)
        case Phase.UPDATE:
            share = _shares(part, before)
            with np.errstate(all="ignore"):
                parameters = frozen(before.parameters + share * (after.parameters - before.parameters))
                gradient = frozen(before.gradient + _eased(part) * (after.gradient - before.gradient))
            return Frame(before, phase, parameters, gradient, last, 0.0, True, None, time)


def _shares(part: float, before: Picture) -> float | Array:
    """Return how far each parameter is on its way: all alike, or one after the other where they move so."""
    if not before.project.recipe.one_at_a_time:
        return _eased(part)
    count = len(before.parameters)
    return np.array([_eased(min(max(part * count - turn, 0.0), 1.0)) for turn in range(count)])


def _eased(part: float) -> float:
    """Start and end gently: 3t^2 - 2t^3."""
    return part * part * (3.0 - 2.0 * part)
