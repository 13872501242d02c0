"""Sentences about the learning rate, read as claims, each of which is held against the truth.

A sentence that is not known is a failure of its own: what is not read is not checked.
"""

import math
import re
from collections.abc import Callable

import numpy as np

from gdstudio.engine import OPTIMIZERS, SCHEDULES

from .truth import Course, Truth, is_parabola

Check = Callable[..., bool]
_N = r"(−?(?:\d[\d.]*(?:e−?\d+)?|∞)|not a number)"


class UnknownSentenceError(AssertionError):
    """A sentence that nobody has said how to check."""


def number_of(text: str) -> float:
    """Read a shown number."""
    if text == "not a number":
        return math.nan
    return float(text.replace("−", "-").replace(",", "").replace("∞", "inf"))


def reads(text: str, value: float, digits: int = 3) -> bool:
    """Whether a shown number is this one, to so many significant digits."""
    said = number_of(text)
    if not math.isfinite(value) or value == 0.0:
        return said == value or (math.isnan(said) and math.isnan(value))
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    # Where numbers are so small that their last digits are lost, as much as is left of them.
    return abs(said - value) <= 0.5000001 * unit + 5e-324


# The next step.


def _share_is(truth: Truth, share: str | None, times: str | None) -> bool:
    if share is None and times is None:
        return True
    ratio = truth.next_loss / truth.loss
    return reads(share, 100.0 * ratio) if share is not None else ratio >= 9.9949 and reads(times or "", ratio)


def _lowers(truth: Truth, loss: str, share: str | None, times: str | None) -> bool:
    return truth.next_loss < truth.loss and reads(loss, truth.next_loss) and _share_is(truth, share, times)


def _raises(truth: Truth, loss: str, share: str | None, times: str | None) -> bool:
    return truth.next_loss > truth.loss and reads(loss, truth.next_loss) and _share_is(truth, share, times)


def _hardly(truth: Truth) -> bool:
    return truth.moves and 0.0 < abs(truth.next_loss - truth.loss) < 1e-6 * max(truth.loss, truth.next_loss)


def _slope_is_none(truth: Truth) -> bool:
    return not truth.moves and not truth.slopes_used.any()


def _squares_too_much(truth: Truth) -> bool:
    largest = float(np.abs(truth.slopes_used).max())
    return math.isfinite(truth.loss) and not truth.remembers and largest > 1.34e154


_BY = rf"(?: \((?:{_N} %|{_N} times)\))?"
OUTLOOKS: dict[str, Check] = {
    rf"The next step lowers the loss to {_N}{_BY}\.": _lowers,
    rf"The next step raises the loss to {_N}{_BY}\.": _raises,
    r"The next step changes the loss by less than a millionth\.": _hardly,
    r"The next step leaves the loss as it is\.": lambda truth: truth.moves and truth.next_loss == truth.loss,
    r"The slope is 0: the next step changes nothing\.": _slope_is_none,
    r"All weights are locked: the next step changes nothing\.": (
        lambda truth: not truth.moves and len(truth.recipe.locked) == len(truth.start.parameters)
    ),
    r"The next step changes no weight\.": lambda truth: not truth.moves,
    r"The next step makes the loss infinite\.": lambda truth: math.isfinite(truth.loss) and not _is_finite(truth),
    r"The next step can’t be taken: the square of a slope is beyond 1\.8e308\.": _squares_too_much,
    r"No forecast: the loss is infinite\.": lambda truth: math.isinf(truth.loss),
    r"No forecast: the loss is not a number\.": lambda truth: math.isnan(truth.loss),
}
"""What is said of the next step, and what it says."""


def _is_finite(truth: Truth) -> bool:
    return math.isfinite(truth.next_loss)


# The long run.


def _small_steps(truth: Truth) -> bool:
    """No step covers a tenth of the way along any direction."""
    return truth.course is Course.FALLS and all(now / before >= 0.9 - 1e-6 for now, before, _ in truth.passes())


def _never_over(truth: Truth) -> bool:
    return truth.course is Course.FALLS and all(now / before >= 0.0 for now, before, _ in truth.passes())


def _always_over(truth: Truth) -> bool:
    """Along the steepest direction each step leads past the bottom, to a lower place."""
    if truth.course is not Course.FALLS:
        return False
    steep = [now / before for now, before, value in truth.passes() if value > (1.0 - 1e-9) * truth.curvature]
    return truth.is_at_rest or (bool(steep) and all(-1.0 < ratio <= 0.0 for ratio in steep) and steep[0] < 0.0)


ZONES: dict[str, Check] = {
    r"Converges in small steps\.": _small_steps,
    r"Converges without overshooting\.": _never_over,
    r"Overshoots, but converges\.": _always_over,
    r"Converges\.": lambda truth: truth.course is Course.FALLS,
    r"Jumps back and forth for ever\.": lambda truth: truth.swings,
    r"Diverges\.": lambda truth: truth.course is Course.GROWS,
}


def _few(truth: Truth, batch: str, every: str) -> bool:
    recipe, count = truth.recipe, len(truth.x)
    return recipe.batch_size == number_of(batch) < count == number_of(every)


def _is_lost(truth: Truth) -> bool:
    """Whether the curvature or what is made of it is no number."""
    return not (truth.curvature and math.isfinite(4.0 / truth.curvature))


def _is_flat(truth: Truth) -> bool:
    return truth.curvature <= 0.0


REASONS: dict[str, Check] = {
    r"each step sees only (\d+) of the ([\d,]+) examples": _few,
    r"(.+) adapts the step of each weight": (
        lambda truth, label: truth.recipe.optimizer not in _SMOOTH and OPTIMIZERS[truth.recipe.optimizer].label == label
    ),
    r"the learning rate follows a schedule": lambda truth: SCHEDULES[truth.recipe.schedule].factor(1.0) != 1.0,
    r"the loss is not a parabola of the weights": lambda truth: not is_parabola(truth.recipe),
    r"the weights move one at a time, with momentum": (
        lambda truth: truth.recipe.one_at_a_time and truth.recipe.optimizer in _SMOOTH[1:]
    ),
    r"nothing moves": lambda truth: not truth.moves,
    r"the loss is not a finite number": lambda truth: not math.isfinite(truth.loss),
    r"the curvature can’t be computed here": _is_lost,
    r"the loss does not curve upward here": _is_flat,
    r"there is no slope along the steepest direction": lambda truth: not truth.feels_the_steepest,
    r"the learning rate is at the very edge": lambda truth: truth.course in (Course.STAYS, Course.UNKNOWN),
}
"""Why nothing is said of the long run."""
_SMOOTH = ("sgd", "momentum", "nesterov")


# The strip.


def _overshoots_above(truth: Truth, rate: str) -> bool:
    return reads(rate, 1.0 / truth.curvature)


def _diverges_above(truth: Truth, rate: str) -> bool:
    """Just above it grows, just below it falls; where nothing is there to grow, that can't be seen."""
    if truth.is_at_rest or not truth.feels_the_steepest:
        return reads(rate, truth.edge)
    below, above = (Truth(truth.project, number_of(rate) * share).course for share in (0.97, 1.03))
    return below in (Course.FALLS, Course.UNKNOWN) and above is Course.GROWS


def _converges_below(truth: Truth, rate: str) -> bool:
    return all(
        Truth(truth.project, number_of(rate) * share).course in (Course.FALLS, Course.UNKNOWN)
        for share in (0.97, 0.5, 0.1)
    )


STRIP: dict[str, Check] = {
    rf"overshoots above {_N}": _overshoots_above,
    rf"diverges above {_N}": _diverges_above,
    rf"converges below {_N}": _converges_below,
    rf"edge here ≈ {_N}": lambda truth, edge: not truth.is_smooth or reads(edge, 2.0 / truth.curvature, 2),
    r"no zones": lambda truth: True,
}


# What came of it.


def _came(truth: Truth, foreseen: str, actual: str, tick: str) -> bool:
    """Held against the step before: ``truth`` is that of the place which the step began at."""
    return reads(foreseen, truth.next_loss) and reads(actual, truth.next_loss) and bool(tick)


VERDICTS: dict[str, Check] = {rf"Predicted loss {_N}, actual loss {_N}( ✓)?": _came, "": lambda truth: True}


def holds(sentence: str, table: dict[str, Check], truth: Truth) -> bool:
    """Return whether a sentence is true; raises UnknownSentenceError for one that no row of the table reads."""
    for pattern, check in table.items():
        found = re.fullmatch(pattern, sentence)
        if found:
            return check(truth, *found.groups())
    raise UnknownSentenceError(f"nobody can check: {sentence!r}")


def false_of(texts: dict[str, str], truth: Truth) -> list[str]:
    """Return which of the window's texts are false; ``texts`` are those of ``zone``, ``outlook`` and ``strip``."""
    found = [] if holds(texts["outlook"], OUTLOOKS, truth) else [texts["outlook"]]
    why = re.fullmatch(r"No zones: (.+)\.", texts["zone"])
    zone, table = (why[1], REASONS) if why else (texts["zone"], ZONES)
    if not holds(zone, table, truth):
        found.append(texts["zone"])
    return found + [part for part in texts["strip"].split(", ") if not holds(part, STRIP, truth)]
