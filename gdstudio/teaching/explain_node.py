"""Why a node has its value, and why the loss has its slope there: the weighted sum, and the paths to the loss.

Pure; takes a picture and says what is in it.
"""

from dataclasses import dataclass

import numpy as np

from gdstudio.document.numbers import MINUS
from gdstudio.document.project import NodeRef, ParameterRef, Ref, TargetRef, node_name
from gdstudio.engine import ACTIVATIONS, LOSSES, Array, Place
from gdstudio.teaching.picture import Example, Picture, slope_is_at_the_sum


@dataclass(frozen=True, slots=True)
class Term:
    """One product of a sum: what it is called, its factors, their product, and what it leads to."""

    name: str
    factors: tuple[float, ...]
    product: float
    origin: Ref | None


@dataclass(frozen=True, slots=True)
class NodeExplanation:
    """A node taken apart, for one example or the mean over all.

    ``terms`` are weight x value for everything that feeds the node, and the bias; their sum is ``total``, and the
    activation makes ``value`` of it. ``paths`` are outgoing weight x slope beyond x activation's slope there; their sum
    is ``slope``, the slope of the loss with respect to the node's value. Inputs have no terms, predictions no paths:
    ``value_note`` and ``slope_note`` say where theirs come from. For the mean over all examples each product is the
    mean of the products, and ``factors`` are left out: they don't multiply to it.
    """

    node: NodeRef
    name: str
    terms: tuple[Term, ...]
    total: float
    value: float
    paths: tuple[Term, ...]
    slope: float
    value_note: str
    slope_note: str


def explain_node(picture: Picture, node: NodeRef, example: Example) -> NodeExplanation:
    """Take a node apart, for one example or (None) the mean over all."""
    run, project = picture.everything, picture.project
    layer, position = node
    pick = slice(None) if example is None else slice(example, example + 1)
    terms = () if layer == 0 else _terms(picture, node, pick)
    last = len(picture.network.sizes) - 1
    paths = () if layer == last else _paths(picture, node, pick)
    with np.errstate(all="ignore"):
        total, value, slope = (
            float(array[pick, position].mean())
            for array in (run.forward.z[layer], run.forward.a[layer], run.node_slopes[layer])
        )
    activation = "" if layer == 0 else picture.network.activations[layer - 1]
    return NodeExplanation(
        node,
        node_name(project, node),
        terms,
        total,
        value,
        paths,
        slope,
        "An input is what the data say." if layer == 0 else ACTIVATIONS[activation].formula,
        _end_note(picture) if layer == last else "the sum of the paths",
    )


def _end_note(picture: Picture) -> str:
    """Return where the slope at a prediction comes from."""
    loss = LOSSES[picture.project.recipe.loss]
    where = " at the sum" if slope_is_at_the_sum(picture) else ""
    return f"{loss.slope_formula}{where}; error = prediction {MINUS} target"


def _term(name: str, factors: list[Array], origin: Ref | None) -> Term:
    """Return one product, or the mean of the products of several examples."""
    with np.errstate(all="ignore"):
        product = float(np.prod(factors, axis=0).mean())
    single = len(factors[0]) == 1
    return Term(name, tuple(float(factor[0]) for factor in factors) if single else (), product, origin)


def _terms(picture: Picture, node: NodeRef, pick: slice) -> tuple[Term, ...]:
    network, values = picture.network, picture.everything.forward.a[node.layer - 1][pick]
    found = []
    for source in range(network.sizes[node.layer - 1]):
        index = network.index(Place(node.layer, source, node.position))
        weight = np.full(len(values), picture.parameters[index])
        name = node_name(picture.project, NodeRef(node.layer - 1, source))
        found.append(_term(name, [weight, values[:, source]], NodeRef(node.layer - 1, source)))
    if network.bias:
        index = network.index(Place(node.layer, None, node.position))
        found.append(_term("bias", [np.full(len(values), picture.parameters[index])], ParameterRef(index)))
    return tuple(found)


def _paths(picture: Picture, node: NodeRef, pick: slice) -> tuple[Term, ...]:
    network, run = picture.network, picture.everything
    beyond, bends = run.node_slopes[node.layer + 1][pick], run.activation_slopes[node.layer + 1][pick]
    found = []
    for target in range(network.sizes[node.layer + 1]):
        index = network.index(Place(node.layer + 1, node.position, target))
        weight = np.full(len(beyond), picture.parameters[index])
        name = node_name(picture.project, NodeRef(node.layer + 1, target))
        factors = [weight, beyond[:, target], bends[:, target]]
        found.append(_term(name, factors, NodeRef(node.layer + 1, target)))
    return tuple(found)


def explained_target(picture: Picture, target: TargetRef) -> NodeRef:
    """Return the prediction that a target belongs to."""
    return NodeRef(len(picture.network.sizes) - 1, target.output)
