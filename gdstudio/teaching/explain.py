"""Why a slope is what it is: its three factors, example by example, and the same slope measured by nudging.

Pure; takes a picture and says what is in it.
"""

from dataclasses import dataclass

import numpy as np

from gdstudio.document.numbers import MINUS, exact, shown, shown_plain
from gdstudio.document.project import NodeRef, node_name, parameter_name
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS, Array, Indices, frozen, measured_slope
from gdstudio.teaching.picture import Picture


@dataclass(frozen=True, eq=False)
class SlopeExplanation:
    """The slope of one parameter, taken apart.

    ``factors`` is ``(batch, 3)``: for each example of the batch the slope of its loss at the node that the parameter
    feeds, the value that it comes from (1 for a bias), and the activation's slope. ``products`` is ``(batch,)``; their
    mean and the ``penalty``'s slope make ``slope``. ``origins`` names the node behind each factor, and None where it is
    no node's.
    """

    index: int
    name: str
    labels: tuple[str, str, str]
    origins: tuple[NodeRef, NodeRef | None, NodeRef]
    examples: Indices
    factors: Array
    products: Array
    penalty: float
    slope: float
    measured: float | None
    update: str
    result: str
    note: str


def explain_slope(picture: Picture, index: int, *, measure: bool = True) -> SlopeExplanation:
    """Take the slope of the parameter at ``index`` apart; ``measure`` adds the central difference (two more losses)."""
    project, run = picture.project, picture.batched
    layer, source, target = picture.network.places[index]
    fed = NodeRef(layer, target)
    origin = None if source is None else NodeRef(layer - 1, source)
    factors = frozen(
        [
            run.node_slopes[layer][:, target],
            np.ones(len(picture.batch)) if source is None else run.forward.a[layer - 1][:, source],
            run.activation_slopes[layer][:, target],
        ]
    ).T
    with np.errstate(all="ignore"):
        products = run.delta[layer][:, target] * factors[:, 1]
        following = float(picture.parameters[index] + picture.change[index])
    activation = ACTIVATIONS[picture.network.activations[layer - 1]]
    single = len(picture.batch) == 1
    together = layer == len(picture.network.sizes) - 1 and LOSSES[project.recipe.loss].taken_with is not None
    end = node_name(project, fed)
    at = f" at {shown(run.forward.z[layer][0, target])}" if single and activation.name != "linear" else ""
    measured = None
    if measure:
        x, y = picture.data.x[picture.batch], picture.data.y[picture.batch]
        recipe = project.recipe
        measured = measured_slope(recipe.network, picture.parameters, x, y, index, recipe.loss, recipe.penalty)
    return SlopeExplanation(
        index=index,
        name=parameter_name(project, index),
        labels=(
            f"loss slope before {activation.label}" if together else f"slope of loss at {end}",
            "1, since a bias multiplies nothing" if origin is None else f"value of {node_name(project, origin)}",
            "1 (already in ①)" if together else f"slope of {activation.label}{at}",
        ),
        origins=(fed, origin, fed),
        examples=picture.batch,
        factors=factors,
        products=products,
        penalty=float(project.recipe.penalty.slope(picture.parameters)[index]),
        slope=float(picture.gradient[index]),
        measured=measured,
        update=_update_line(picture, index),
        result=shown_plain(following),
        note=_note(picture, layer),
    )


def _update_line(picture: Picture, index: int) -> str:
    """Return the new value as a line of arithmetic."""
    value, slope = float(picture.parameters[index]), float(picture.gradient[index])
    if index in picture.project.recipe.locked:
        return f"locked: it stays {shown_plain(value)}"
    recipe = picture.project.recipe
    if recipe.optimizer != "sgd":
        change = float(picture.change[index])
        sign = MINUS if change < 0 else "+"
        label = OPTIMIZERS[recipe.optimizer].label
        return f"new = {shown_plain(value, 4)} {sign} {shown_plain(abs(change), 4)} by {label}"
    rate = recipe.rate_at(picture.step)
    rate_text = exact(rate) if recipe.schedule == "constant" else shown_plain(rate, 4)
    slope_text = shown_plain(slope, 4)
    bracketed = f"({slope_text})" if slope < 0 else slope_text
    return f"new = {shown_plain(value, 4)} {MINUS} {rate_text} × {bracketed}"


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
