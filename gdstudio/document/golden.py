"""Golden runs: training cases computed elsewhere, and how far the engine is from them.

Reads the format of ``resources/reference/training.json``. Knows nothing of projects.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import ArrayLike

from gdstudio.document.disk import read_bytes
from gdstudio.document.errors import ProjectError
from gdstudio.engine import Network, Recipe, forward, observe, start_state, train

TOLERANCE = 1e-10
"""The largest relative difference of a number that agrees."""


class Case(msgspec.Struct, frozen=True):
    """One run as the file has it; ``losses[k]`` is the loss before update k + 1, the last after all."""

    name: str
    sizes: list[int]
    activations: list[str]
    bias: bool
    loss: str
    l2: float
    optimizer: dict[str, float | str]
    x: list[list[float]]
    y: list[list[float]]
    parameters: list[float]
    prediction: list[list[float]]
    gradient: list[float]
    steps: int
    losses: list[float]
    final_parameters: list[float]


class _File(msgspec.Struct, frozen=True):
    cases: list[Case]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one case went: the largest relative difference of each quantity, or why it can't be run."""

    name: str
    differences: dict[str, float]
    problem: str = ""

    @property
    def agrees(self) -> bool:
        """Whether every number is within the tolerance; a case that can't be run does not agree."""
        return not self.problem and all(value <= TOLERANCE for value in self.differences.values())


def read_cases(path: Path) -> list[Case]:
    """Return the cases of a file. Raises ProjectError, with a sentence, when it is not one of golden runs."""
    try:
        return msgspec.json.decode(read_bytes(path), type=_File).cases
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ProjectError(f"{path.name} is not a file of golden training cases: {error}.") from None


def verify(cases: list[Case]) -> Iterator[Verdict]:
    """Run each case anew and compare predictions, gradient, losses and final parameters."""
    return map(_verdict, cases)


def _verdict(case: Case) -> Verdict:
    if len(case.losses) != case.steps + 1:
        return Verdict(case.name, {}, f"the case can't be run: {case.steps} steps need {case.steps + 1} losses")
    try:
        network = Network(tuple(case.sizes), tuple(case.activations), case.bias)
        settings = {name: value for name, value in case.optimizer.items() if name not in ("name", "learning_rate")}
        recipe = Recipe(
            network,
            case.loss,
            str(case.optimizer["name"]),
            float(case.optimizer["learning_rate"]),
            settings={name: float(value) for name, value in settings.items()},
            l2=case.l2,
        )
        run = train(recipe, start_state(recipe, case.parameters), case.x, case.y, case.steps)
        found: dict[str, tuple[ArrayLike, ArrayLike]] = {
            "prediction": (forward(network, case.parameters, case.x).prediction, case.prediction),
            "gradient": (observe(recipe, case.parameters, case.x, case.y).gradient, case.gradient),
            "losses": (run.losses, case.losses),
            "parameters": (run.state.parameters, case.final_parameters),
        }
        return Verdict(case.name, {what: difference(ours, theirs) for what, (ours, theirs) in found.items()})
    except KeyError as error:
        return Verdict(case.name, {}, f"the case can't be run: the optimizer has no {error}")
    except ValueError as error:
        return Verdict(case.name, {}, f"the case can't be run: {error}")


def difference(ours: ArrayLike, theirs: ArrayLike) -> float:
    """Return the largest difference between two arrays of numbers, each relative to the size of the number.

    A number far below the largest of its array (1e-9 of it) is compared at that scale: its last digits are rounding of
    larger terms. Infinite when shapes differ or a number is not finite.
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-9 * np.abs(b).max(initial=0.0))
    gaps = np.abs(a - b)
    return float(np.max(np.divide(gaps, scale, out=np.zeros_like(gaps), where=scale > 0), initial=0.0))
