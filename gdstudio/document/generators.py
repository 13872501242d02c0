"""Data made to order: curves to fit and classes to part, from a few numbers and a seed.

Pure; the same numbers make the same data. Knows nothing of files or windows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from gdstudio.document.datasets import Data, Generated
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_EXAMPLES, MAX_SEED
from gdstudio.document.numbers import with_minus
from gdstudio.engine import Array

MAX_NOISE = 10.0
Drawn = tuple[Array, Array]
"""Inputs ``(n, k)`` and targets ``(n, m)``."""


@dataclass(frozen=True, slots=True)
class Generator:
    """A kind of data: ``draw(random, n, noise)`` returns inputs and targets.

    ``noise`` is the standard deviation of what is added: to the targets of a curve, to the inputs of classes.
    """

    name: str
    label: str
    purpose: str
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    draw: Callable[[np.random.Generator, int, float], Drawn]
    noise: float
    examples: int


def _curve(function: Callable[[Array], Any]) -> Callable[[np.random.Generator, int, float], Drawn]:
    """Return how to draw points near a curve, over inputs from -1 to 1."""

    def draw(random: np.random.Generator, n: int, noise: float) -> Drawn:
        x = random.uniform(-1.0, 1.0, (n, 1))
        return x, function(x) + noise * random.standard_normal((n, 1))

    return draw


def _classes(n: int, count: int = 2) -> Array:
    """Return the class of every example in turn, ``(n, 1)``: as many of each as can be."""
    return np.arange(n, dtype=np.float64)[:, np.newaxis] % count


def _on_circle(angle: Array, radius: Array) -> Array:
    return np.hstack([radius * np.cos(angle), radius * np.sin(angle)])


def _gaussians(random: np.random.Generator, n: int, noise: float) -> Drawn:
    """Two clouds around (-1, -1) and (1, 1)."""
    y = _classes(n)
    return 2.0 * y - 1.0 + noise * random.standard_normal((n, 2)), y


def _three_gaussians(random: np.random.Generator, n: int, noise: float) -> Drawn:
    """Three clouds on a circle; the target has a 1 for the class and zeros."""
    label = _classes(n, 3)
    center = _on_circle(2.0 * np.pi * label / 3.0 + 0.5 * np.pi, np.ones((n, 1)))
    return center + noise * random.standard_normal((n, 2)), (label == np.arange(3)).astype(np.float64)


def _xor(random: np.random.Generator, n: int, noise: float) -> Drawn:
    """Four squares; those across from each other are one class."""
    label = _classes(n)
    side = np.where(random.random((n, 1)) < 0.5, -1.0, 1.0)
    other = np.where(label == 1.0, -side, side)
    x = np.hstack([side, other]) * random.uniform(0.1, 1.0, (n, 2))
    return x + noise * random.standard_normal((n, 2)), label


def _circles(random: np.random.Generator, n: int, noise: float) -> Drawn:
    """A ring of radius 1 around one of radius 0.4."""
    y = _classes(n)
    x = _on_circle(random.uniform(0.0, 2.0 * np.pi, (n, 1)), np.where(y == 1.0, 0.4, 1.0))
    return x + noise * random.standard_normal((n, 2)), y


def _moons(random: np.random.Generator, n: int, noise: float) -> Drawn:
    """Two half circles that reach into each other."""
    y = _classes(n)
    angle = random.uniform(0.0, np.pi, (n, 1))
    x = np.where(y == 1.0, np.hstack([0.5 - np.cos(angle), 0.25 - np.sin(angle)]), _on_circle(angle, np.ones((n, 1))))
    return x - [0.25, 0.125] + noise * random.standard_normal((n, 2)), y


def _spirals(random: np.random.Generator, n: int, noise: float) -> Drawn:
    """Two arms that wind around each other one and a half times."""
    y = _classes(n)
    along = np.sqrt(random.random((n, 1)))
    x = _on_circle(3.0 * np.pi * along + np.pi * y, along)
    return x + noise * random.standard_normal((n, 2)), y


_PLANE, _CLASS = ("x1", "x2"), ("class",)
_ROWS = (
    Generator("line", "Line", "y = 2x + 1", ("x",), ("y",), _curve(lambda x: 2.0 * x + 1.0), 0.2, 60),
    Generator("parabola", "Parabola", "y = x²", ("x",), ("y",), _curve(np.square), 0.05, 60),
    Generator("sine", "Sine", "y = sin(πx)", ("x",), ("y",), _curve(lambda x: np.sin(np.pi * x)), 0.1, 80),
    Generator("step", "Step", "y = 1 for x above 0", ("x",), ("y",), _curve(lambda x: 1.0 * (x > 0)), 0.05, 60),
    Generator("gaussians", "Gaussians", "two clouds", _PLANE, _CLASS, _gaussians, 0.5, 120),
    Generator(
        "three-gaussians", "Three Gaussians", "three clouds, one output a class",
        _PLANE, ("class 1", "class 2", "class 3"), _three_gaussians, 0.25, 120,
    ),
    Generator("xor-squares", "XOR squares", "across from each other alike", _PLANE, _CLASS, _xor, 0.05, 120),
    Generator("circles", "Circles", "a ring in a ring", _PLANE, _CLASS, _circles, 0.08, 120),
    Generator("moons", "Moons", "two half circles", _PLANE, _CLASS, _moons, 0.1, 120),
    Generator("spirals", "Spirals", "two arms, the hard one", _PLANE, _CLASS, _spirals, 0.02, 160),
)  # fmt: skip

GENERATORS: Mapping[str, Generator] = MappingProxyType({row.name: row for row in _ROWS})
"""Every generator by its name, in the order in which a person is offered them."""


def usual(name: str) -> Generated:
    """Return the usual numbers of a generator; raises ProjectError when there is none of that name."""
    row = _row(name)
    return Generated(row.name, row.examples, row.noise, 0)


def generate(wanted: Generated) -> Data:
    """Return the data that these numbers make. Raises ProjectError, naming the number that can't be used."""
    row = checked(wanted)
    x, y = row.draw(np.random.default_rng((4, wanted.seed)), wanted.examples, wanted.noise)
    return Data(row.label, row.input_names, row.target_names, x, y, generated=wanted)


def checked(wanted: Generated) -> Generator:
    """Return the generator of these numbers. Raises ProjectError, naming the number that can't be used."""
    row = _row(wanted.name)
    for what, value, low, high in (
        ("number of examples", wanted.examples, 1, MAX_EXAMPLES),
        ("noise", wanted.noise, 0, MAX_NOISE),
        ("seed of the data", wanted.seed, 0, MAX_SEED),
    ):
        if not low <= value <= high:
            # A whole number may be too long for a float, and for a sentence.
            found = (
                "what was asked for" if isinstance(value, int) and abs(value) >= 10**18 else with_minus(f"{value:g}")
            )
            raise ProjectError(f"The {what} goes from {low} to {high:,.0f}; {found} is outside.")
    return row


def _row(name: str) -> Generator:
    if name not in GENERATORS:
        raise ProjectError(f"The generator {name!r} is not known; known are {', '.join(GENERATORS)}.")
    return GENERATORS[name]
