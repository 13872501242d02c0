"""Why a slope is what it is: its three factors, example by example, and the same slope measured by nudging.

Pure; takes a picture and says what is in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from gdstudio.document.numbers import MINUS, PLAIN, agreeing, bracketed, digits_of_terms, exact, shown, shown_plain
from gdstudio.document.project import ParameterRef, parameter_name
from gdstudio.engine import LOSSES, OPTIMIZERS, Array, Indices, frozen, measurement
from gdstudio.teaching.change import change_of
from gdstudio.teaching.gradient_check import Verdict, verdict_of
from gdstudio.teaching.picture import Example, Picture
from gdstudio.teaching.trace import Trace, factor_digits, factors_of
from gdstudio.teaching.trace_uses import uses_of


@dataclass(frozen=True, eq=False)
class SlopeExplanation:
    """The slope of one parameter, taken apart.

    ``factors`` is ``(batch, 3)``: for each example of the batch the slope of its loss at the node that the parameter
    feeds, the value that it comes from (1 for a bias), and the activation's slope. ``products`` is ``(batch,)``; their
    mean and the ``penalty``'s slope make ``slope``. ``is_part`` says that the batch is not all examples. ``traces`` are
    the three factors of ``example`` (None: their means over all examples), which can be opened; ``added`` is, as shown,
    the mean of the products where there are several, and the penalty where there is one. ``steps`` lead from the slope
    to the change, and ``uses`` opens into what is made of the parameter. ``verdict`` compares the slope with what was
    ``measured``, if it was.
    """

    index: int
    name: str
    example: Example
    traces: tuple[Trace, ...]
    added: tuple[str, ...]
    steps: tuple[Trace, ...]
    uses: Trace
    examples: Indices
    factors: Array
    products: Array
    is_part: bool
    penalty: float
    slope: float
    measured: float | None
    verdict: Verdict
    update: str
    result: str
    note: str


def explain_slope(picture: Picture, index: int, *, example: Example = 0, measure: bool = True) -> SlopeExplanation:
    """Take the slope of the parameter at ``index`` apart; ``measure`` adds its measurement (four more losses)."""
    project, run = picture.project, picture.batched
    layer, source, target = picture.network.places[index]
    factors = frozen(
        [
            run.node_slopes[layer][:, target],
            np.ones(len(picture.batch)) if source is None else run.forward.a[layer - 1][:, source],
            run.activation_slopes[layer][:, target],
        ]
    ).T
    with np.errstate(all="ignore"):
        products = run.delta[layer][:, target] * factors[:, 1]
    measured, verdict = None, Verdict.FLAT
    if measure:
        x, y = picture.data.x[picture.batch], picture.data.y[picture.batch]
        recipe = project.recipe
        given = recipe.network, picture.parameters, x, y, recipe.loss, recipe.penalty
        found = measurement(*given, only=(index,))
        measured = float(found.slopes[index])
        verdict = verdict_of(
            float(picture.gradient[index]), measured, float(found.doubts[index]), float(found.kinks[index])
        )
    # A step that sees one example shows that one; the product below is then that of its factors.
    is_asked = len(picture.batch) > 1 and (example is None or example < len(picture.data))
    shown_example = example if is_asked else int(picture.batch[0])
    update, result = _update_line(picture, index)
    penalty = float(project.recipe.penalty.slope(picture.parameters)[index])
    return SlopeExplanation(
        index=index,
        name=parameter_name(project, index),
        example=shown_example,
        traces=factors_of(picture, index, shown_example, penalty if len(picture.batch) == 1 else 0.0),
        added=_added(picture, index, shown_example, penalty),
        steps=change_of(picture, index),
        uses=uses_of(picture, ParameterRef(index), shown_example),
        examples=picture.batch,
        factors=factors,
        products=products,
        is_part=len(picture.batch) < len(picture.data),
        penalty=penalty,
        slope=float(picture.gradient[index]),
        measured=measured,
        verdict=verdict,
        update=update,
        result=result,
        note=_note(picture, layer),
    )


def _added(picture: Picture, index: int, example: Example, penalty: float) -> tuple[str, ...]:
    """Return what makes the slope, as shown: the penalty beside three factors, or the mean of the products and it."""
    if not penalty:
        return ()
    if len(picture.batch) == 1 and example is not None:
        return (shown(penalty, factor_digits(picture, index, example, penalty)),)
    slope = float(picture.gradient[index])
    terms = slope - penalty, penalty
    return tuple(shown(term, digits_of_terms(terms, slope, 3)) for term in terms)


def _update_line(picture: Picture, index: int) -> tuple[str, str]:
    """Return the new value as a line of arithmetic, and what comes of it: as shown, it does."""
    value, slope = float(picture.parameters[index]), float(picture.slopes_used[index])
    with np.errstate(all="ignore"):
        following = float(picture.parameters[index] + picture.change[index])
    recipe = picture.project.recipe
    if index in recipe.locked:
        return f"locked: it stays {shown_plain(value)}", shown_plain(following)
    turn = " at its turn" if recipe.one_at_a_time else ""
    if recipe.optimizer != "sgd":
        (old, change), result = agreeing((value, float(picture.change[index])), following, sum, PLAIN, shown_plain)
        sign = MINUS if change.startswith(MINUS) else "+"
        label = OPTIMIZERS[recipe.optimizer].label
        return f"new = {old} {sign} {change.removeprefix(MINUS)} by {label}{turn}", result
    rate = recipe.rate_at(picture.step)
    if recipe.schedule == "constant":
        (old, steep), result = agreeing((value, slope), following, partial(_moved, rate), PLAIN, shown_plain)
        return f"new = {old} {MINUS} {exact(rate)} × {bracketed(steep)}{turn}", result
    numbers = value, slope, rate
    (old, steep, factor), result = agreeing(numbers, following, partial(_moved, None), PLAIN, shown_plain)
    return f"new = {old} {MINUS} {factor} × {bracketed(steep)}{turn}", result


def _moved(rate: float | None, numbers: Iterable[Fraction]) -> Fraction:
    """A weight after a step of plain descent, from weight and slope, and the rate where it is not given."""
    value, slope, *rest = numbers
    return value - (rest[0] if rate is None else Fraction(rate)) * slope


def _note(picture: Picture, layer: int) -> str:
    """Return where the first factor comes from, and what is added to the products."""
    has_penalty = bool(picture.project.recipe.penalty)
    return _origin_of_the_first(picture, layer) + (" The last term is the penalty’s slope." if has_penalty else "")


def _origin_of_the_first(picture: Picture, layer: int) -> str:
    last = len(picture.network.sizes) - 1
    if layer < last:
        return "The first factor sums the paths to the loss: each outgoing weight × the slopes beyond it."
    loss = LOSSES[picture.project.recipe.loss]
    share = (
        ""
        if picture.network.sizes[-1] == 1 or not loss.averages_outputs
        else f", divided by the {picture.network.sizes[-1]} outputs"
    )
    return f"The first factor is {loss.slope_formula}{share}; error = prediction {MINUS} target."
