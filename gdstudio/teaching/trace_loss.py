"""Where the loss comes from: the losses of the examples, each by its errors, and the penalty.

Pure; takes a picture and says what is in it.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from gdstudio.document.numbers import digits_of_terms, shown
from gdstudio.document.project import TargetRef
from gdstudio.engine import LOSSES, measured_loss
from gdstudio.teaching.picture import Picture
from gdstudio.teaching.trace import Moment, Trace, error_at

MOST_EXAMPLES = 200
"""Examples into which a loss opens: the first so many."""


def loss_of(picture: Picture) -> Trace:
    """Return where the loss comes from: the mean over all examples, and the penalty."""
    recipe, count = picture.project.recipe, len(picture.data)
    loss = LOSSES[recipe.loss]
    ref = TargetRef(0)
    plain = replace(recipe, l1=0.0, l2=0.0)

    def value_of_one(example: int) -> float:
        x, y = picture.data.x[example : example + 1], picture.data.y[example : example + 1]
        return measured_loss(plain, picture.parameters, x, y)

    def one(example: int, value: float, kept: int) -> Trace:
        outputs, working, digits = picture.network.sizes[-1], loss.formula, 3
        make = _LOSS_BY_ERROR.get(recipe.loss)
        if make is not None:
            errors = [float(error) for error in picture.errors(example)]
            share = outputs if loss.averages_outputs else 1
            digits = digits_of_terms(errors, value, kept, lambda own: sum(map(make, own)) / share)
            if recipe.loss == "mse" and outputs == 1:
                working = f"({shown(errors[0], digits)})²"
        name = f"example {example + 1:,}" if count > 1 else "loss of the example"
        opened = partial(_errors, Moment(picture, example), outputs, digits)
        return Trace(name, shown(value, kept), working, ref, (), opened)

    def parts() -> tuple[Trace, ...]:
        listed = min(count, MOST_EXAMPLES)
        values, kept = [value_of_one(example) for example in range(listed)], 3
        penalties = [picture.penalty] if recipe.penalty else []
        if listed == count:
            kept = digits_of_terms(
                [*values, *penalties], picture.loss, 3,
                lambda own: (lambda terms: sum(terms[:count]) / count + sum(terms[count:]))(list(own)),
            )  # fmt: skip
        found = tuple(one(example, value, kept) for example, value in enumerate(values))
        if count > MOST_EXAMPLES:
            found += (Trace(f"{count - MOST_EXAMPLES:,} more examples", "", "", ref),)
        if recipe.penalty:
            found += (Trace("penalty for large weights", shown(picture.penalty, kept), "not part of the mean", None),)
        return found

    working = f"mean over {count:,} examples" if count > 1 else loss.formula
    if recipe.penalty:
        working += " + penalty"
    return Trace("loss", shown(picture.loss), working, ref, (), parts)


_LOSS_BY_ERROR: Mapping[str, Callable[[Fraction], Any]] = {
    "mse": lambda error: error**2,
    "half_mse": lambda error: error**2 / 2,
    "mae": abs,
    "huber": lambda error: error**2 / 2 if abs(error) <= 1 else abs(error) - Fraction(1, 2),
    "binary_crossentropy": lambda error: -math.log(1 - abs(error)) if abs(error) < 1 else math.inf,
    "categorical_crossentropy": lambda error: -math.log(1 + error) if -1 < error < 0 else 0.0,
}
"""What an error adds to the loss of its example; of classes the true one's alone, whose share is 1 − its error."""


def _errors(moment: Moment, outputs: int, digits: int) -> tuple[Trace, ...]:
    return tuple(error_at(moment, output, digits) for output in range(outputs))
