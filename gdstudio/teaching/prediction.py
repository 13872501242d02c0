"""What a person predicts of a step, and how it compares with what happened, in words.

Pure.
"""

import math
from dataclasses import dataclass

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import parse_number, shown_plain

UP, DOWN, STAYS = "up", "down", "stays"
DIRECTIONS = (UP, DOWN, STAYS)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A number or a direction that was said before a step; ``before`` is the weight as it was."""

    value: float | None
    direction: str = ""
    before: float = 0.0


def read_prediction(text: str) -> Prediction:
    """Read a typed number, or one of the directions up, down and stays. Raises ProjectError, with a sentence."""
    word = text.strip().casefold()
    if word in DIRECTIONS:
        return Prediction(None, word)
    try:
        return Prediction(parse_number(text))
    except ProjectError as error:
        if not word or word.isalpha():
            raise ProjectError("Type a number, for example 2.24, or choose up, down or stays.") from None
        raise ProjectError(str(error)) from None


def direction_of(before: float, after: float) -> str:
    """Return where a weight went."""
    return STAYS if before == after else UP if after > before else DOWN


def predicted_verdict(prediction: Prediction, after: float) -> str:
    """Return what was said and what happened, in a sentence or two."""
    before, went = prediction.before, direction_of(prediction.before, after)
    moved = f"it went {went}, from {shown_plain(before, 5)} to {shown_plain(after, 5)}"
    if went == STAYS:
        moved = f"it stayed at {shown_plain(after, 5)}"
    if prediction.value is None:
        verdict = "Right" if prediction.direction == went else f"You said {prediction.direction}"
        return f"{verdict}: {moved}."
    gap = abs(prediction.value - after)
    if gap <= max(5e-4 * abs(after), 1e-9) or shown_plain(prediction.value, 3) == shown_plain(after, 3):
        return f"Right: {moved}."
    said = f"You said {shown_plain(prediction.value, 6)}; {moved}: {shown_plain(gap, 2)} off."
    guessed = direction_of(before, prediction.value)
    if guessed != went:
        return f"{said} The direction was the other one." if STAYS not in (guessed, went) else said
    step, real = prediction.value - before, after - before
    if real and math.isfinite(step / real):
        ratio = step / real
        if abs(ratio - 0.5) < 0.01:
            return f"{said} The step was twice as long: 2 × error, not error."
    return said
