"""All slopes at once against their measurement, and how the size of the nudge decides how good that is.

Pure; takes a picture. Knows nothing of panels.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from gdstudio.document.numbers import MINUS, counted, shown
from gdstudio.document.project import parameter_name
from gdstudio.engine import Array, frozen, measurement, nudged, relative_difference
from gdstudio.teaching.picture import Picture

_CHUNK = 8
"""Parameters between two reports of progress."""
MOST_IN_CURVE = 24
"""Parameters that the curve of errors is measured on, spread evenly."""
NUDGES = np.logspace(-1, -14, 27)
AGREES = 1e-7
"""The largest relative difference that always agrees: central differences have about ten right digits."""
TOO_FLAT = 1e-3
"""The share of a slope that its measurement may be in doubt by: beyond, it is too flat to be measured."""


class Verdict(Enum):
    """What a measurement says of a slope; the text is what is shown beside the two."""

    AGREES = "✓"
    DIFFERS = "differs"
    FLAT = "too flat to measure"
    KINK = "kink"


def verdict_of(slope: float, measured: float, doubt: float, kink: float = 0.0) -> Verdict:
    """Compare a slope with its measurement, which may be off by ``doubt``: the one rule for every view."""
    if kink:
        return Verdict.KINK
    size, gap = max(abs(slope), abs(measured)), abs(measured - slope)
    if not math.isfinite(gap):
        return Verdict.DIFFERS
    if doubt > TOO_FLAT * size and gap <= doubt:
        return Verdict.AGREES if slope == measured else Verdict.FLAT
    return Verdict.AGREES if gap <= max(doubt, AGREES * size) else Verdict.DIFFERS


@dataclass(frozen=True, slots=True, eq=False)
class GradientCheck:
    """The slopes of all parameters, computed and measured.

    ``slopes``, ``measured``, ``differences`` and ``kinks`` are ``(P,)``: the last says where a nudge crosses a kink, so
    that it measures no slope. ``verdicts`` are one for each parameter. ``difference`` is that of both gradients in the
    norm, kinks left out. ``errors`` ``(k,)`` belong to ``nudges``.
    """

    names: tuple[str, ...]
    slopes: Array
    measured: Array
    differences: Array
    kinks: Array
    verdicts: tuple[Verdict, ...]
    difference: float
    nudges: Array
    errors: Array

    def count(self, verdict: Verdict) -> int:
        """Return how many parameters have this verdict."""
        return self.verdicts.count(verdict)

    @property
    def agrees(self) -> bool:
        """Whether slopes were measured, and none differs from its measurement."""
        return self.count(Verdict.AGREES) > 0 and self.count(Verdict.DIFFERS) == 0

    @property
    def sentence(self) -> str:
        """What the check found, in a sentence."""
        if self.kinks.all():
            return "At a kink everywhere: a nudge measures no slope here."
        if not np.isfinite(self.difference):
            return "The loss is not finite here, so nothing can be measured."
        flat, kinks = self.count(Verdict.FLAT), self.count(Verdict.KINK)
        left_out = f", {flat} too flat to measure" if flat else ""
        left_out += f", {kinks} at a kink left out" if kinks else ""
        differing = self.count(Verdict.DIFFERS)
        if differing:
            verdict = f"{counted(differing, 'slope')} {'differs' if differing == 1 else 'differ'}"
        elif self.agrees:
            verdict = "The slopes agree" if left_out else "All slopes agree"
        else:
            return "Too flat to measure: every slope is smaller than what rounding does to its measurement."
        return f"{verdict}: relative difference {shown(self.difference, 2)}{left_out}."

    @property
    def lesson(self) -> str:
        """What the curve shows: the best nudge, and what a tiny one measures."""
        usable = np.isfinite(self.errors)
        if not usable.any() or not self.errors[usable].any():
            return ""
        best = int(np.argmin(np.where(usable, self.errors, np.inf)))
        tiny = int(np.argmin(np.abs(np.log10(self.nudges) + 12.0)))
        best_text, tiny_text = (shown(float(self.errors[number]), 2) for number in (best, tiny))
        return f"Best nudge {shown(float(self.nudges[best]), 2)}: error {best_text}. With 1e{MINUS}12: {tiny_text}."


def gradient_check(picture: Picture, progress: Callable[[float], None] = lambda share: None) -> GradientCheck:
    """Measure every slope of the coming batch by nudging; ``progress`` hears the share that is done."""
    recipe, count = picture.project.recipe, picture.network.parameter_count
    x, y = picture.data.x[picture.batch], picture.data.y[picture.batch]
    given = recipe.network, picture.parameters, x, y, recipe.loss, recipe.penalty
    measured, kinks, doubts = np.full(count, np.nan), np.zeros(count), np.zeros(count)
    for start in range(0, count, _CHUNK):
        progress(0.5 * start / count)
        some = slice(start, min(start + _CHUNK, count))
        found = measurement(*given, only=tuple(range(count)[some]))
        measured[some], kinks[some], doubts[some] = found.slopes[some], found.kinks[some], found.doubts[some]
    slopes = picture.gradient
    smooth = kinks == 0.0
    with np.errstate(all="ignore"):
        differences = np.abs(measured - slopes) / np.maximum(np.maximum(np.abs(measured), np.abs(slopes)), 1e-300)
    sample = np.unique(np.linspace(0, count - 1, MOST_IN_CURVE).astype(int))
    sample = sample[smooth[sample]]
    errors = np.full(len(NUDGES), np.nan)
    for number, nudge in enumerate(NUDGES if len(sample) else ()):
        progress(0.5 + 0.5 * number / len(NUDGES))
        nearby = nudged(*given, only=tuple(sample.tolist()), nudge=float(nudge))[0][sample]
        errors[number] = relative_difference(nearby, slopes[sample])
    is_finite = np.isfinite(measured[smooth]).all() and np.isfinite(slopes[smooth]).all()
    difference = relative_difference(measured[smooth], slopes[smooth]) if is_finite else np.nan
    return GradientCheck(
        names=tuple(parameter_name(picture.project, index) for index in range(count)),
        slopes=slopes,
        measured=frozen(measured),
        differences=frozen(np.where(np.isfinite(differences), differences, np.nan)),
        kinks=frozen(kinks),
        verdicts=tuple(map(verdict_of, slopes.tolist(), measured.tolist(), doubts.tolist(), kinks.tolist())),
        difference=difference,
        nudges=frozen(NUDGES),
        errors=frozen(errors),
    )
