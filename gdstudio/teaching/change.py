"""From a slope to the actual change of a parameter, in named lines: what the optimizer remembers and makes of it.

Pure; the numbers are the engine's, only their arithmetic is written out here.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from operator import add, truediv

import numpy as np

from gdstudio.document.numbers import LINES, MINUS, PLAIN, Plans, agreeing, bracketed, exact, shown, shown_plain
from gdstudio.engine import OPTIMIZERS
from gdstudio.teaching.picture import Picture
from gdstudio.teaching.trace import Trace


@dataclass(frozen=True, slots=True)
class _Numbers:
    """What a parameter's change is made of; ``before`` and ``after`` are the optimizer's memory by its slots' names."""

    value: float
    slope: float
    change: float
    rate: float
    is_constant: bool
    settings: Mapping[str, float]
    before: Mapping[str, float]
    after: Mapping[str, float]


def change_of(picture: Picture, index: int) -> tuple[Trace, ...]:
    """Return the lines that lead from the slope of the parameter at ``index`` to its change; one where it is locked."""
    recipe = picture.project.recipe
    if index in recipe.locked:
        return (Trace("change", shown(0.0), "locked: descent leaves it alone"),)
    return _LINES[recipe.optimizer](_numbers(picture, index))


def _numbers(picture: Picture, index: int) -> _Numbers:
    project, recipe = picture.project, picture.project.recipe
    row, settings = OPTIMIZERS[recipe.optimizer], dict(recipe.settings)
    rate = recipe.rate_at(picture.step)
    with np.errstate(all="ignore"):
        memory = row.update(
            picture.parameters, picture.slopes_used, project.state.optimizer, rate, settings,
            np.zeros_like(picture.parameters),
        )  # fmt: skip
    before, after = (
        {
            slot.name: float(array[index if slot.per_parameter else 0])
            for slot, array in zip(row.slots, state, strict=True)
        }
        for state in (project.state.optimizer, memory)
    )
    return _Numbers(
        float(picture.parameters[index]), float(picture.slopes_used[index]), float(picture.change[index]),
        rate, recipe.schedule == "constant", settings, before, after,
    )  # fmt: skip


def _line(name: str, pattern: str, value: float, compute: Callable[..., float], *numbers: float) -> Trace:
    """Return a line whose pattern has a place for each of the numbers, and of which ``compute`` makes the value."""
    texts, text = agreeing(numbers, value, lambda own: compute(*own), LINES, shown_plain)
    return Trace(name, text, pattern.format(*map(bracketed, texts)))


def _change(numbers: _Numbers, *factors: float) -> Trace:
    """Return the line in which the change is minus the rate times these factors."""
    return _by_rate("change", numbers, numbers.change, PLAIN, *factors)


def _by_rate(name: str, numbers: _Numbers, value: float, plans: Plans, *factors: float) -> Trace:
    """Return a line of minus the rate times these factors; a rate that stays is shown as it was typed."""
    if numbers.is_constant:
        rate = Fraction(numbers.rate)
        texts, text = agreeing(factors, value, lambda own: -rate * math.prod(own), plans, shown_plain)
        product = exact(numbers.rate), *texts
    else:
        values = numbers.rate, *factors
        product, text = agreeing(values, value, lambda own: -math.prod(own), plans, shown_plain)
    return Trace(name, text, MINUS + " × ".join((product[0], *map(bracketed, product[1:]))))


def _sgd(n: _Numbers) -> tuple[Trace, ...]:
    return (_change(n, n.slope),)


def _velocity(n: _Numbers) -> Trace:
    numbers = n.settings["momentum"], n.before["velocity"], n.slope
    return _line("velocity", "{} × {} + {}", n.after["velocity"], lambda m, v, g: m * v + g, *numbers)


def _momentum(n: _Numbers) -> tuple[Trace, ...]:
    return _velocity(n), _change(n, n.after["velocity"])


def _nesterov(n: _Numbers) -> tuple[Trace, ...]:
    ahead = n.slope + n.settings["momentum"] * n.after["velocity"]
    numbers = n.slope, n.settings["momentum"], n.after["velocity"]
    line = _line("slope ahead", "{} + {} × {}", ahead, lambda g, m, v: g + m * v, *numbers)
    return _velocity(n), line, _change(n, ahead)


def _scaled(n: _Numbers, numerator: float, squares: float, what: str = "slope") -> tuple[Trace, ...]:
    """Return the lines of a slope that is divided by the root of its squares."""
    root = math.sqrt(squares) + n.settings["epsilon"]
    share = numerator / root if root else math.nan
    scaled = _line(
        f"{what} ÷ √squares", "{} ÷ (√{} + ε)", share,
        lambda above, below: float(above) / (math.sqrt(below) + n.settings["epsilon"]), numerator, squares,
    )  # fmt: skip
    return scaled, _change(n, share)


def _adagrad(n: _Numbers) -> tuple[Trace, ...]:
    squares = n.after["squares"]
    line = _line("accumulated squares", "{} + {}²", squares, lambda s, g: s + g**2, n.before["squares"], n.slope)
    return line, *_scaled(n, n.slope, squares)


def _mean_of_squares(n: _Numbers, share: float) -> Trace:
    numbers = share, n.before["squares"], 1.0 - share, n.slope
    return _line(
        "mean squared slope", "{} × {} + {} × {}²", n.after["squares"],
        lambda rho, s, rest, g: rho * s + rest * g**2, *numbers,
    )  # fmt: skip


def _rmsprop(n: _Numbers) -> tuple[Trace, ...]:
    rho, squares = n.settings["rho"], n.after["squares"]
    return _mean_of_squares(n, rho), *_scaled(n, n.slope, squares)


def _means(n: _Numbers) -> tuple[tuple[Trace, ...], float, float]:
    """Return the lines of Adam's two running means, and both without their bias to 0 at the beginning."""
    one, two, count = n.settings["beta_1"], n.settings["beta_2"], n.after["count"]
    velocity, squares = n.after["velocity"], n.after["squares"]
    fairly, of_squares = 1.0 - one**count, 1.0 - two**count
    first, second = (mean / share if share else math.nan for mean, share in ((velocity, fairly), (squares, of_squares)))
    lines = (
        _line(
            "mean slope", "{} × {} + {} × {}", velocity, lambda b, v, rest, g: b * v + rest * g,
            one, n.before["velocity"], 1.0 - one, n.slope,
        ),
        _mean_of_squares(n, two),
        _line(f"mean slope, fair at step {count:,.0f}", "{} ÷ {}", first, truediv, velocity, fairly),
        _line(f"squared slope, fair at step {count:,.0f}", "{} ÷ {}", second, truediv, squares, of_squares),
    )  # fmt: skip
    return lines, first, second


def _adam(n: _Numbers) -> tuple[Trace, ...]:
    lines, first, second = _means(n)
    return *lines, *_scaled(n, first, second, "mean slope")


def _adamw(n: _Numbers) -> tuple[Trace, ...]:
    lines, first, second = _means(n)
    decay = n.settings["weight_decay"]
    pull = -n.rate * decay * n.value
    scaled = _scaled(n, first, second, "mean slope")[0]
    root = math.sqrt(second) + n.settings["epsilon"]
    by_slope = n.change - pull
    step = _by_rate("step", n, by_slope, LINES, first / root if root else math.nan)
    shrink = _by_rate("shrinks by", n, pull, LINES, decay, n.value)
    total = _line("change", "{} + {}", n.change, add, by_slope, pull)
    return *lines, scaled, step, shrink, total


_LINES: Mapping[str, Callable[[_Numbers], tuple[Trace, ...]]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "adagrad": _adagrad,
    "rmsprop": _rmsprop,
    "adam": _adam,
    "adamw": _adamw,
}
