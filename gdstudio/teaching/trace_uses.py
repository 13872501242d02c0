"""What a number is used for: the numbers that are made of it, each of which opens into what made it.

Pure; takes a picture and says what is in it.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gdstudio.document.numbers import shown
from gdstudio.document.project import NodeRef, ParameterRef, Ref, TargetRef, parameter_name
from gdstudio.engine import ACTIVATIONS, Place
from gdstudio.teaching.picture import Example, Picture
from gdstudio.teaching.trace import (
    Moment,
    Trace,
    bend_at,
    error_at,
    factors_of,
    mean_of,
    slope_at_node,
    sum_at,
    value_at,
    weight_factors,
)
from gdstudio.teaching.trace_loss import loss_of


def uses_of(picture: Picture, ref: Ref, example: Example) -> Trace:
    """Return what is made of a number: a weight, a node's value, or a target."""
    moment = Moment(picture, example)
    match ref:
        case ParameterRef(index):
            find: Callable[[], tuple[Trace, ...]] = lambda: _uses_of_weight(moment, index)  # noqa: E731
        case NodeRef():
            find = lambda: _uses_of_value(moment, ref)  # noqa: E731
        case TargetRef(output):
            find = lambda: (error_at(moment, output), loss_of(picture))  # noqa: E731
    return Trace("what uses this number?", "", "", ref, (), find)


def _uses_of_weight(moment: Moment, index: int) -> tuple[Trace, ...]:
    picture = moment.picture
    layer, source, target = picture.network.places[index]
    end = NodeRef(layer, target)
    found = [_fed(moment, end, index), *_bends(moment, end, index)]
    if source is not None:
        found.append(replace(slope_at_node(moment, NodeRef(layer - 1, source)), weights=(index,)))
    recipe = picture.project.recipe
    if recipe.penalty and picture.network.is_weight[index]:
        found.append(Trace("penalty for large weights", shown(picture.penalty), "", None))
    return tuple(found)


def _uses_of_value(moment: Moment, node: NodeRef) -> tuple[Trace, ...]:
    picture, layer = moment.picture, node.layer + 1
    if layer == len(picture.network.sizes):
        return (error_at(moment, node.position), loss_of(picture))
    found = []
    for target in range(picture.network.sizes[layer]):
        index, _ = moment.weight(Place(layer, node.position, target))
        found.append(_fed(moment, NodeRef(layer, target), index))
        found += _bends(moment, NodeRef(layer, target), index)
        found.append(_weight_slope(moment, index))
    return tuple(found)


def _fed(moment: Moment, node: NodeRef, index: int) -> Trace:
    """Return what a node makes of what feeds it: its value, or before softmax its sum."""
    activation = ACTIVATIONS[moment.picture.network.activations[node.layer - 1]]
    return replace((sum_at if activation.last_only else value_at)(moment, node), weights=(index,))


def _bends(moment: Moment, node: NodeRef, index: int) -> list[Trace]:
    """Return the slope of a node's activation, where it depends on what feeds the node."""
    bend = bend_at(moment, node)
    return [] if bend.is_given else [replace(bend, weights=(index,))]


def _weight_slope(moment: Moment, index: int) -> Trace:
    """Return the slope of one weight: of one example's own loss, or the mean of the products."""
    with np.errstate(all="ignore"):
        slope = mean_of(weight_factors(moment.picture, index, moment.example).prod(axis=1))
    name = f"slope of {parameter_name(moment.picture.project, index)}{_what_it_leaves_out(moment, index)}"
    working = "mean of the products" if moment.example is None else "② of three factors"
    return Trace(
        name, shown(slope), working, ParameterRef(index), (index,),
        lambda: factors_of(moment.picture, index, moment.example),
    )  # fmt: skip


def _what_it_leaves_out(moment: Moment, index: int) -> str:
    """Return in what a mean of products is another number than the slope of the coming step, behind a comma."""
    picture, count = moment.picture, len(moment.picture.data)
    left_out = []
    if moment.example is not None and count > 1:
        left_out.append(f"example {moment.example + 1:,} alone")
    elif len(picture.batch) < count:
        left_out.append("over all examples")
    if picture.project.recipe.penalty and picture.network.is_weight[index]:
        left_out.append("without the penalty")
    return "".join(f", {what}" for what in left_out)
