"""The typical mistakes with each quantity that a lesson asks for, as numbers of the picture it asks about.

A mistake is named only where its premises hold: there is no factor 2 to forget where the loss has none. Pure.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from gdstudio.engine import train
from gdstudio.teaching.marking import Mistake, told_apart
from gdstudio.teaching.orders import Phrase, measured
from gdstudio.teaching.picture import Picture, picture_of

ADDED = "the step is added instead of subtracted"
CHANGE = "the change is given in place of the new weight"
FACTOR = "the factor 2 of the square’s slope is missing"
INPUT = "the value that the weight is multiplied by is forgotten: ② is missing"
NO_RATE = "the learning rate is forgotten"
ONE_AT_A_TIME = "the weights are updated one at a time: all slopes belong to the same moment"
SIGN = "the sign is wrong: the error is prediction − target"
SQUARED = "the error is squared: that is the loss"
NOT_SQUARED = "the error is not squared"
NOT_MOVED = "nothing has moved: that is the number before the step"

_Found = list[Mistake]


def mistakes_with(picture: Picture, quantity: Phrase) -> tuple[Mistake, ...]:
    """Return what typical mistakes lead to where ``quantity`` is asked of ``picture``; none where none is known."""
    find = _MISTAKES.get(quantity.words)
    with np.errstate(all="ignore"):
        return () if find is None else told_apart(measured(picture, quantity), find(picture, *quantity.values))


def _is_square(picture: Picture) -> bool:
    """Whether a slope has the factor 2, and nothing is added to it."""
    recipe = picture.project.recipe
    return recipe.loss == "mse" and not recipe.penalty


def _is_plain(picture: Picture) -> bool:
    recipe = picture.project.recipe
    return recipe.optimizer == "sgd" and not recipe.one_at_a_time


def has_factor_two(picture: Picture) -> bool:
    """Whether a step is learning rate × slope, and the slope 2 × error × …, so that the 2 can be forgotten."""
    return _is_square(picture) and picture.project.recipe.optimizer == "sgd"


def _slope(picture: Picture, number: float) -> _Found:
    index = int(number) - 1
    slope = float(picture.gradient[index])
    found = [Mistake(-slope, SIGN)]
    if _is_square(picture):
        found.insert(0, Mistake(slope / 2.0, FACTOR))
    layer, source, _ = picture.network.places[index]
    if source is not None and len(picture.batch) == 1 and not picture.project.recipe.penalty:
        value = float(picture.batched.forward.a[layer - 1][0, source])
        found.append(Mistake(slope / value if value else math.nan, INPUT))
    return found


def _next_weight(picture: Picture, number: float) -> _Found:
    index = int(number) - 1
    weight, change = float(picture.parameters[index]), float(picture.change[index])
    found = [Mistake(change, CHANGE), Mistake(-change, CHANGE), Mistake(weight - change, ADDED)]
    if _is_plain(picture):
        found.append(Mistake(weight - float(picture.gradient[index]), NO_RATE))
    if has_factor_two(picture):
        found.append(Mistake(weight + change / 2.0, FACTOR))
    return found


def _change(picture: Picture, number: float) -> _Found:
    index = int(number) - 1
    weight, change = float(picture.parameters[index]), float(picture.change[index])
    recipe, slope = picture.project.recipe, float(picture.gradient[index])
    found = [Mistake(weight + change, "the new weight is given in place of the change"), Mistake(-change, ADDED)]
    if not _is_plain(picture):
        plain = -recipe.rate_at(picture.step) * slope
        found.append(Mistake(plain, "learning rate × slope is taken, the step of plain descent"))
    return found


def _error(picture: Picture) -> _Found:
    error = float(picture.errors(0)[0])
    prediction = float(picture.values(0)[-1][0])
    return [Mistake(-error, SIGN), Mistake(error * error, SQUARED), Mistake(prediction, "the target is not subtracted")]


def _next_error(picture: Picture) -> _Found:
    error = measured(picture, Phrase("next error", "next error", ()))
    recipe, data = picture.project.recipe, picture.data
    turns = replace(picture.project, recipe=replace(recipe, one_at_a_time=not recipe.one_at_a_time))
    state = train(turns.recipe, turns.state, data.x, data.y, 1).state
    after = measured(picture_of(replace(turns, state=state)), Phrase("error", "error", ()))
    return [
        Mistake(float(picture.errors(0)[0]), NOT_MOVED),
        Mistake(error * error, SQUARED),
        Mistake(-error, SIGN),
        *([] if recipe.one_at_a_time else [Mistake(after, ONE_AT_A_TIME)]),
    ]


def _node_slope(picture: Picture, layer: float, node: float) -> _Found:
    slope = float(picture.node_slopes(0)[int(layer)][int(node) - 1])
    found = [Mistake(-slope, SIGN)]
    return [Mistake(slope / 2.0, FACTOR), *found] if _is_square(picture) else found


def _loss(picture: Picture) -> _Found:
    if len(picture.data) > 1 or picture.network.sizes[-1] > 1:
        return []
    return [Mistake(float(picture.errors(0)[0]), NOT_SQUARED), Mistake(picture.loss / 2.0, "it is halved")]


_MISTAKES: Mapping[str, Callable[..., _Found]] = {
    "slope #": _slope,
    "next weight #": _next_weight,
    "change #": _change,
    "error": _error,
    "next error": _next_error,
    "node slope # #": _node_slope,
    "loss": _loss,
}
