"""Where a number comes from, and what it is used for: each one opens into the numbers that made it.

A trace is a number with a name and the way it was worked out; it is opened on demand, down to weights, inputs and
targets. Pure; takes a picture and says what is in it. The formulas are the chain rule's of ``engine.backprop``.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gdstudio.document.numbers import MINUS, agreeing_digits, bracketed, shown, times
from gdstudio.document.project import NodeRef, ParameterRef, Ref, TargetRef, node_name, parameter_name
from gdstudio.engine import ACTIVATIONS, LOSSES, Array, Place, measured_loss
from gdstudio.teaching.picture import Example, Picture, slope_is_at_the_sum

MOST_EXAMPLES = 200
"""Examples into which a loss opens: the first so many."""


def _nothing() -> "tuple[Trace, ...]":
    return ()


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """A number: its name, its text as shown, and how it was worked out.

    ``working`` is the arithmetic with its numbers, such as ``2.00 × (−8.00)``, whose shown factors make the shown
    ``text``. ``ref`` is what it belongs to in the network, ``weights`` the lines that lead to it. ``open()`` returns
    what it was made of; what is given is made of nothing.
    """

    name: str
    text: str
    working: str = ""
    ref: Ref | None = None
    weights: tuple[int, ...] = ()
    open: Callable[[], "tuple[Trace, ...]"] = _nothing

    @property
    def is_given(self) -> bool:
        """Whether it was made of nothing else."""
        return self.open is _nothing


@dataclass(frozen=True, slots=True)
class _Moment:
    """A picture, seen for one example or the mean over all (None)."""

    picture: Picture
    example: Example

    def of(self, array: Array, position: int) -> Array:
        """Return a column of ``(n, nodes)``: of one example, or of all."""
        return array[:, position] if self.example is None else array[self.example : self.example + 1, position]

    def name(self, node: NodeRef) -> str:
        return node_name(self.picture.project, node)

    def weight(self, place: Place) -> tuple[int, float]:
        index = self.picture.network.index(place)
        return index, float(self.picture.parameters[index])


# Values.


def value_of(picture: Picture, node: NodeRef, example: Example) -> Trace:
    """Return where the value of a node comes from."""
    return _value(_Moment(picture, example), node)


def _value(moment: _Moment, node: NodeRef, digits: int = 3) -> Trace:
    run, network = moment.picture.everything.forward, moment.picture.network
    text = shown(_mean(moment.of(run.a[node.layer], node.position)), digits)
    name = f"value of {moment.name(node)}"
    if node.layer == 0:
        return Trace(name, text, "given", ref=node)
    activation = ACTIVATIONS[network.activations[node.layer - 1]]
    total = shown(_mean(moment.of(run.z[node.layer], node.position)))
    working = "sum" if activation.name == "linear" else f"{activation.label} of {bracketed(total)}"
    if moment.example is None:
        working = "mean over all examples"
    if activation.last_only:
        # Softmax is made of the sums of its whole layer.
        return Trace(name, text, working, node, _into(moment, node), lambda: _sums(moment, node.layer))
    return Trace(name, text, working, node, _into(moment, node), lambda: _terms(moment, node))


def _sums(moment: _Moment, layer: int) -> tuple[Trace, ...]:
    """Return the weighted sums of all nodes of a layer."""
    sums = moment.picture.everything.forward.z[layer]
    return tuple(_sum_of(moment, NodeRef(layer, position)) for position in range(sums.shape[1]))


def _sum_of(moment: _Moment, node: NodeRef) -> Trace:
    text = shown(_mean(moment.of(moment.picture.everything.forward.z[node.layer], node.position)))
    name = f"sum of {moment.name(node)}"
    return Trace(name, text, "sum", node, _into(moment, node), lambda: _terms(moment, node))


def _into(moment: _Moment, node: NodeRef) -> tuple[int, ...]:
    network = moment.picture.network
    return tuple(
        network.index(Place(node.layer, source, node.position)) for source in range(network.sizes[node.layer - 1])
    )


def _terms(moment: _Moment, node: NodeRef) -> tuple[Trace, ...]:
    """Return the products that a node's weighted sum is made of, and its bias."""
    network, values = moment.picture.network, moment.picture.everything.forward.a[node.layer - 1]
    found = []
    for position in range(network.sizes[node.layer - 1]):
        source = NodeRef(node.layer - 1, position)
        index, weight = moment.weight(Place(node.layer, position, node.position))
        numbers = [np.full(1, weight), moment.of(values, position)]
        found.append(_product(moment, moment.name(source), numbers, ParameterRef(index), _term_parts(moment, source)))
    if network.bias:
        index, bias = moment.weight(Place(node.layer, None, node.position))
        found.append(Trace("bias", shown(bias), "given", ParameterRef(index), (index,)))
    return tuple(found)


def _term_parts(moment: _Moment, source: NodeRef) -> Callable[[int], tuple[Trace, ...]]:
    return lambda digits: (_value(moment, source, digits),)


def _product(
    moment: _Moment,
    name: str,
    factors: list[Array],
    ref: ParameterRef,
    rest: Callable[[int], tuple[Trace, ...]],
) -> Trace:
    """Return a product of a weight and of what ``rest(digits)`` opens into, or the mean of such products."""
    with np.errstate(all="ignore"):
        result = float(np.prod(np.broadcast_arrays(*factors), axis=0).mean())
    numbers = [float(factor[0]) for factor in factors]
    digits, working = 3, "mean of the products"
    if moment.example is not None:
        digits, _ = agreeing_digits(numbers, result)
        working = times(shown(number, digits) for number in numbers)
    label = f"weight {parameter_name(moment.picture.project, ref.index)}"

    def parts() -> tuple[Trace, ...]:
        return (Trace(label, shown(numbers[0], digits), "given", ref, (ref.index,)), *rest(digits))

    return Trace(name, shown(result), working, ref, (ref.index,), parts)


# Slopes.


def slope_of(picture: Picture, node: NodeRef, example: Example) -> Trace:
    """Return where the loss's slope with respect to a node's value comes from: one example's own loss, or the mean."""
    return _slope(_Moment(picture, example), node)


def _slope(moment: _Moment, node: NodeRef, digits: int = 3) -> Trace:
    picture = moment.picture
    number = _mean(moment.of(picture.everything.node_slopes[node.layer], node.position))
    text = shown(number, digits)
    if node.layer < len(picture.network.sizes) - 1:
        out = tuple(
            picture.network.index(Place(node.layer + 1, node.position, target))
            for target in range(picture.network.sizes[node.layer + 1])
        )
        working = "sum of the paths" if len(out) > 1 else "one path"
        name = f"slope of loss at {moment.name(node)}"
        return Trace(name, text, working, node, out, lambda: _paths(moment, node))
    recipe = picture.project.recipe
    loss = LOSSES[recipe.loss]
    outputs = picture.network.sizes[-1] if loss.averages_outputs else 1
    working = loss.slope_formula + (f" ÷ {outputs} outputs" if outputs > 1 else "")
    if moment.example is None:
        working = "mean over all examples"
    where = moment.name(node)
    if slope_is_at_the_sum(picture):
        where = "sum" if picture.network.sizes[-1] == 1 else f"sum of {where}"
    factor = _PER_ERROR.get(recipe.loss)
    error = float(picture.errors(moment.example)[node.position])
    kept = 3
    if factor is not None:
        plans = tuple((k, digits) for k in range(3, 18))
        kept, _ = agreeing_digits((error,), number, lambda errors: sum(factor * e / outputs for e in errors), plans)
    return Trace(f"slope of loss at {where}", text, working, node, (), lambda: (_error(moment, node.position, kept),))


_PER_ERROR = {"mse": 2.0, "half_mse": 1.0, "binary_crossentropy": 1.0, "categorical_crossentropy": 1.0}
"""What the error is multiplied by to make the slope, for the losses where that is all."""


def _paths(moment: _Moment, node: NodeRef) -> tuple[Trace, ...]:
    """Return the products by which the loss's slope reaches a node: one for each node beyond."""
    picture, layer = moment.picture, node.layer + 1
    beyond, bends = picture.everything.node_slopes[layer], picture.everything.activation_slopes[layer]
    found = []
    for target in range(picture.network.sizes[layer]):
        index, weight = moment.weight(Place(layer, node.position, target))
        factors = [np.full(1, weight), moment.of(beyond, target), moment.of(bends, target)]
        parts = _path_parts(moment, NodeRef(layer, target))
        found.append(_product(moment, f"by {moment.name(NodeRef(layer, target))}", factors, ParameterRef(index), parts))
    return tuple(found)


def _path_parts(moment: _Moment, node: NodeRef) -> Callable[[int], tuple[Trace, ...]]:
    return lambda digits: (_slope(moment, node, digits), _bend(moment, node, digits))


def bend_of(picture: Picture, node: NodeRef, example: Example) -> Trace:
    """Return where the slope of a node's activation comes from."""
    return _bend(_Moment(picture, example), node)


def _bend(moment: _Moment, node: NodeRef, digits: int = 3) -> Trace:
    picture = moment.picture
    activation = ACTIVATIONS[picture.network.activations[node.layer - 1]]
    text = shown(_mean(moment.of(picture.everything.activation_slopes[node.layer], node.position)), digits)
    if node.layer == len(picture.network.sizes) - 1 and slope_is_at_the_sum(picture):
        return Trace(f"slope of {activation.label}", text, "in the slope before it", ref=node)
    if activation.name == "linear":
        return Trace(f"slope of {activation.label}", text, "always 1", ref=node)
    total = shown(_mean(moment.of(picture.everything.forward.z[node.layer], node.position)))
    where = "" if moment.example is None else f" at {total}"
    working = "mean over all examples" if moment.example is None else ""
    return Trace(
        f"slope of {activation.label}{where}", text, working, node, _into(moment, node), lambda: _terms(moment, node)
    )


# Error and loss.


def error_of(picture: Picture, output: int, example: Example) -> Trace:
    """Return where the error of an output comes from."""
    return _error(_Moment(picture, example), output)


def _error(moment: _Moment, output: int, digits: int = 3) -> Trace:
    picture = moment.picture
    node = NodeRef(len(picture.network.sizes) - 1, output)
    prediction, target = picture.values(moment.example)[-1][output], picture.targets(moment.example)[output]
    numbers = float(prediction), float(target)
    plans = tuple((k, digits) for k in range(digits, 18))
    own, _ = agreeing_digits(numbers, float(prediction - target), _difference, plans)
    texts = [shown(number, own) for number in numbers]
    which = "" if picture.network.sizes[-1] == 1 else f" {output + 1}"
    aim = Trace(f"target{which}", texts[1], "given", TargetRef(output))
    working = f"{texts[0]} {MINUS} {bracketed(texts[1])}"
    text = shown(float(prediction - target), digits)
    return Trace(f"error{which}", text, working, TargetRef(output), (), lambda: (_value(moment, node, own), aim))


def _difference(numbers: Iterable[float]) -> float:
    one, other = numbers
    return one - other


def loss_of(picture: Picture) -> Trace:
    """Return where the loss comes from: the mean over all examples, and the penalty."""
    recipe, count = picture.project.recipe, len(picture.data)
    loss = LOSSES[recipe.loss]
    ref = TargetRef(0)
    plain = replace(recipe, l1=0.0, l2=0.0)

    def one(example: int) -> Trace:
        x, y = picture.data.x[example : example + 1], picture.data.y[example : example + 1]
        value = measured_loss(plain, picture.parameters, x, y)
        outputs, working, digits = picture.network.sizes[-1], loss.formula, 3
        if recipe.loss == "mse" and outputs == 1:
            error = float(picture.errors(example)[0])
            digits, _ = agreeing_digits((error,), value, lambda numbers: sum(number**2 for number in numbers))
            working = f"({shown(error, digits)})²"
        name = f"example {example + 1:,}" if count > 1 else "loss of the example"
        moment = _Moment(picture, example)
        errors = partial(_errors, moment, outputs, digits)
        return Trace(name, shown(value), working, ref, (), errors)

    def parts() -> tuple[Trace, ...]:
        found = tuple(one(example) for example in range(min(count, MOST_EXAMPLES)))
        if count > MOST_EXAMPLES:
            found += (Trace(f"{count - MOST_EXAMPLES:,} more examples", "", "", ref),)
        if recipe.penalty:
            found += (Trace("penalty for large weights", shown(picture.penalty), "not part of the mean", None),)
        return found

    working = f"mean over {count:,} examples" if count > 1 else loss.formula
    if recipe.penalty:
        working += " + penalty"
    return Trace("loss", shown(picture.loss), working, ref, (), parts)


def _errors(moment: _Moment, outputs: int, digits: int) -> tuple[Trace, ...]:
    return tuple(_error(moment, output, digits) for output in range(outputs))


# What uses a number.


def uses_of(picture: Picture, ref: Ref, example: Example) -> Trace:
    """Return what is made of a number: a weight, a node's value, or a target."""
    moment = _Moment(picture, example)
    match ref:
        case ParameterRef(index):
            find: Callable[[], tuple[Trace, ...]] = lambda: _uses_of_weight(moment, index)  # noqa: E731
        case NodeRef():
            find = lambda: _uses_of_value(moment, ref)  # noqa: E731
        case TargetRef(output):
            find = lambda: (_error(moment, output), loss_of(picture))  # noqa: E731
    return Trace("what uses this number?", "", "", ref, (), find)


def _uses_of_weight(moment: _Moment, index: int) -> tuple[Trace, ...]:
    picture = moment.picture
    layer, source, target = picture.network.places[index]
    end = NodeRef(layer, target)
    found = [_fed(moment, end, index), *_bends(moment, end, index)]
    if source is not None:
        found.append(replace(_slope(moment, NodeRef(layer - 1, source)), weights=(index,)))
    recipe = picture.project.recipe
    if recipe.penalty and picture.network.is_weight[index]:
        found.append(Trace("penalty for large weights", shown(picture.penalty), "", None))
    return tuple(found)


def _uses_of_value(moment: _Moment, node: NodeRef) -> tuple[Trace, ...]:
    picture, layer = moment.picture, node.layer + 1
    if layer == len(picture.network.sizes):
        return (_error(moment, node.position), loss_of(picture))
    found = []
    for target in range(picture.network.sizes[layer]):
        index, _ = moment.weight(Place(layer, node.position, target))
        found.append(_fed(moment, NodeRef(layer, target), index))
        found += _bends(moment, NodeRef(layer, target), index)
        found.append(_weight_slope(moment, index))
    return tuple(found)


def _fed(moment: _Moment, node: NodeRef, index: int) -> Trace:
    """Return what a node makes of what feeds it: its value, or before softmax its sum."""
    activation = ACTIVATIONS[moment.picture.network.activations[node.layer - 1]]
    return replace((_sum_of if activation.last_only else _value)(moment, node), weights=(index,))


def _bends(moment: _Moment, node: NodeRef, index: int) -> list[Trace]:
    """Return the slope of a node's activation, where it depends on what feeds the node."""
    bend = _bend(moment, node)
    return [] if bend.is_given else [replace(bend, weights=(index,))]


def _weight_slope(moment: _Moment, index: int) -> Trace:
    """Return the slope of one weight: of one example's own loss, or the mean of the products."""
    with np.errstate(all="ignore"):
        slope = _mean(weight_factors(moment.picture, index, moment.example).prod(axis=1))
    name = f"slope of {parameter_name(moment.picture.project, index)}{_what_it_leaves_out(moment, index)}"
    working = "mean of the products" if moment.example is None else "② of three factors"
    return Trace(
        name, shown(slope), working, ParameterRef(index), (index,),
        lambda: factors_of(moment.picture, index, moment.example),
    )  # fmt: skip


def _what_it_leaves_out(moment: _Moment, index: int) -> str:
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


def weight_factors(picture: Picture, index: int, example: Example) -> Array:
    """Return the three factors of a parameter's slope, ``(n, 3)``: loss's slope, value, activation's slope."""
    layer, source, target = picture.network.places[index]
    moment, run = _Moment(picture, example), picture.everything
    slopes = moment.of(run.node_slopes[layer], target)
    values = np.ones(len(slopes)) if source is None else moment.of(run.forward.a[layer - 1], source)
    return np.column_stack([slopes, values, moment.of(run.activation_slopes[layer], target)])


def factors_of(picture: Picture, index: int, example: Example) -> tuple[Trace, ...]:
    """Return the three factors of a parameter's slope as traces: with one example, as shown they make the product."""
    moment = _Moment(picture, example)
    layer, source, target = picture.network.places[index]
    fed = NodeRef(layer, target)
    digits = 3
    if example is not None:
        numbers = [float(number) for number in weight_factors(picture, index, example)[0]]
        with np.errstate(all="ignore"):
            digits, _ = agreeing_digits(numbers, math.prod(numbers))
    value = (
        Trace("1, since a bias multiplies nothing", shown(1.0, digits), "given")
        if source is None
        else _value(moment, NodeRef(layer - 1, source), digits)
    )
    return _slope(moment, fed, digits), value, _bend(moment, fed, digits)


def _mean(numbers: Array) -> float:
    with np.errstate(all="ignore"):
        return float(numbers.mean())
