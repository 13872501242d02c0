"""What a person predicts of a step, and how it compares with what happened, in words.

Pure.
"""

import math
from dataclasses import dataclass

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import parse_number, shown_plain
from gdstudio.teaching.marking import Mark, half_a_third_digit

UP, DOWN, STAYS = "up", "down", "stays"
DIRECTIONS = (UP, DOWN, STAYS)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A number or a direction that was said before a step; ``before`` is the weight as it was.

    ``has_factor`` says that the step is learning rate × slope, and the slope 2 × error × …: only then can the 2 be
    what was forgotten.
    """

    value: float | None
    direction: str = ""
    before: float = 0.0
    has_factor: bool = False


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


def predicted_verdict(prediction: Prediction, after: float) -> Mark:
    """Return what became of a prediction; a number is judged by the change it says, not by the size of the weight.

    It may be off by half a unit of the second digit of the change.
    """
    before, went = prediction.before, direction_of(prediction.before, after)
    digits = _digits_apart(before, after)
    moved = f"the weight went {went}, from {shown_plain(before, digits)} to {shown_plain(after, digits)}"
    if went == STAYS:
        moved = f"the weight stayed at {shown_plain(after, 5)}"
    if prediction.value is None:
        if prediction.direction == went:
            return Mark(True, f"Right: {moved}.")
        return Mark(False, f"Not quite. You predicted “{prediction.direction}”; {moved}.")
    change, predicted = after - before, prediction.value - before
    if went == STAYS and shown_plain(prediction.value, 5) == shown_plain(after, 5):
        return Mark(True, f"Right: {moved}.")
    if abs(predicted - change) <= 10.0 * half_a_third_digit(change) and direction_of(before, prediction.value) == went:
        return Mark(True, f"Right: {moved}.")
    return Mark(
        False, f"Not quite. You predicted {shown_plain(prediction.value, 6)}; {moved}.{_why(prediction, after)}"
    )


def _digits_apart(before: float, after: float) -> int:
    """Return how many digits tell the two apart, five at least."""
    return next((digits for digits in range(5, 17) if shown_plain(before, digits) != shown_plain(after, digits)), 17)


def _why(prediction: Prediction, after: float) -> str:
    """Return what may have gone wrong, behind a space; nothing where that is not known."""
    assert prediction.value is not None
    change, predicted = after - prediction.before, prediction.value - prediction.before
    if not (change and math.isfinite(predicted / change)):
        return ""
    ratio = predicted / change
    if prediction.has_factor and abs(ratio - 0.5) < 0.01:
        return " The step was twice as long: the slope has 2 × error, not error."
    if abs(ratio + 1.0) < 0.01:
        return " The size of the step is right, the direction is not."
    return " The direction is wrong." if ratio < 0.0 else ""
