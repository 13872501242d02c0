"""All slopes at once against their measurement, and how the size of the nudge decides how good that is.

Pure; takes a picture. Knows nothing of panels.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gdstudio.document.numbers import MINUS, shown
from gdstudio.document.project import parameter_name
from gdstudio.engine import Array, frozen, nudged, relative_difference
from gdstudio.teaching.picture import Picture

_CHUNK = 8
"""Parameters between two reports of progress."""
MOST_IN_CURVE = 24
"""Parameters that the curve of errors is measured on, spread evenly."""
NUDGES = np.logspace(-1, -14, 27)
AGREES = 1e-6
"""The largest relative difference of a measurement that agrees: central differences have about ten right digits."""


@dataclass(frozen=True, slots=True, eq=False)
class GradientCheck:
    """The slopes of all parameters, computed and measured.

    ``slopes``, ``measured``, ``differences`` and ``kinks`` are ``(P,)``: the last says where a nudge crosses a kink, so
    that it measures no slope. ``difference`` is that of both gradients in the norm, kinks left out. ``errors`` ``(k,)``
    belong to ``nudges``.
    """

    names: tuple[str, ...]
    slopes: Array
    measured: Array
    differences: Array
    kinks: Array
    difference: float
    nudges: Array
    errors: Array

    @property
    def agrees(self) -> bool:
        """Whether the measured gradient is the computed one, as far as nudging can tell."""
        return bool(self.difference <= AGREES and not self.kinks.all())

    @property
    def sentence(self) -> str:
        """What the check found, in a sentence."""
        count = int(self.kinks.sum())
        kinks = f", {count} at a kink left out" if count else ""
        if self.kinks.all():
            return "At a kink everywhere: a nudge measures no slope here."
        if not np.isfinite(self.difference):
            return "The loss is not finite here, so nothing can be measured."
        verdict = "All slopes agree" if self.agrees else "The slopes differ"
        return f"{verdict}: relative difference {shown(self.difference, 2)}{kinks}."

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
    measured, kinks = np.full(count, np.nan), np.zeros(count)
    for start in range(0, count, _CHUNK):
        progress(0.5 * start / count)
        chosen = tuple(range(start, min(start + _CHUNK, count)))
        slopes, crossed = nudged(*given, only=chosen)
        measured[list(chosen)], kinks[list(chosen)] = slopes[list(chosen)], crossed[list(chosen)]
    slopes = picture.gradient
    smooth = kinks == 0.0
    with np.errstate(all="ignore"):
        differences = np.abs(measured - slopes) / np.maximum(np.maximum(np.abs(measured), np.abs(slopes)), 1e-300)
    sample = np.unique(np.linspace(0, count - 1, MOST_IN_CURVE).astype(int))
    sample = sample[smooth[sample]]
    errors = np.full(len(NUDGES), np.nan)
    for number, nudge in enumerate(NUDGES if len(sample) else ()):
        progress(0.5 + 0.5 * number / len(NUDGES))
        found = nudged(*given, only=tuple(sample.tolist()), nudge=float(nudge))[0][sample]
        errors[number] = relative_difference(found, slopes[sample])
    is_finite = np.isfinite(measured[smooth]).all() and np.isfinite(slopes[smooth]).all()
    difference = relative_difference(measured[smooth], slopes[smooth]) if is_finite else np.nan
    return GradientCheck(
        tuple(parameter_name(picture.project, index) for index in range(count)),
        slopes, frozen(measured), frozen(np.where(np.isfinite(differences), differences, np.nan)), frozen(kinks),
        difference, frozen(NUDGES), frozen(errors),
    )  # fmt: skip
