"""Where a number comes from: each one opens into the numbers that made it.

A trace is a number with a name and the way it was worked out; it is opened on demand, down to weights, inputs and
targets. Pure; takes a picture and says what is in it. The formulas are the chain rule's of ``engine.backprop``.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import numpy as np

from gdstudio.document.numbers import MINUS, agreeing_digits, bracketed, digits_of_terms, shown, times
from gdstudio.document.project import NodeRef, ParameterRef, Ref, TargetRef, node_name, parameter_name
from gdstudio.engine import ACTIVATIONS, LOSSES, Activation, Array, Place
from gdstudio.teaching.picture import Example, Picture, slope_is_at_the_sum

ROUNDING = 1e-14
"""The share of its largest term below which a sum is only what rounding left."""


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
class Moment:
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
    return value_at(Moment(picture, example), node)


def value_at(moment: Moment, node: NodeRef, digits: int = 3) -> Trace:
    """Return a node's value with so many digits, made of what is shown with as many as that takes."""
    run, network = moment.picture.everything.forward, moment.picture.network
    value, total = mean_of(moment.of(run.a[node.layer], node.position)), _total(moment, node)
    text, name = shown(value, digits), f"value of {moment.name(node)}"
    if node.layer == 0:
        return Trace(name, text, "given", ref=node)
    activation = ACTIVATIONS[network.activations[node.layer - 1]]
    if activation.last_only:
        # Softmax is made of the sums of its whole layer.
        kept = _digits_before_softmax(moment, node, value, digits)
        working = _working(moment, f"{activation.label} of {bracketed(shown(total, kept))}")
        return Trace(name, text, working, node, _into(moment, node), lambda: _sums(moment, node.layer, kept))
    kept, working = digits, _sum(moment, node)
    if activation.name != "linear":
        kept = 3
        if moment.example is not None:
            kept = digits_of_terms((total,), value, digits, lambda sums: _at(activation.value, *sums))
        working = f"{activation.label} of {bracketed(shown(total, kept))}"
    working = _working(moment, working)
    return Trace(name, text, working, node, _into(moment, node), lambda: _terms(moment, node, kept))


def _working(moment: Moment, working: str) -> str:
    return "mean over all examples" if moment.example is None else working


def _total(moment: Moment, node: NodeRef) -> float:
    """Return a node's weighted sum; an input's is its value."""
    return mean_of(moment.of(moment.picture.everything.forward.z[node.layer], node.position))


def _at(function: Callable[..., Array], total: Fraction) -> float:
    """Return an activation, or its slope, at a sum as shown."""
    with np.errstate(all="ignore"):
        z = np.array([[float(total)]])
        return float(function(z, np.empty_like(z))[0, 0])


def _digits_before_softmax(moment: Moment, node: NodeRef, value: float, digits: int) -> int:
    """Return with how many digits the sums of a layer make one of its shares, as shown."""
    if moment.example is None:
        return 3
    sums = moment.picture.everything.forward.z[node.layer][moment.example]

    def share(totals: Iterable[Fraction]) -> float:
        shifted = np.array([float(total) for total in totals])
        powers = np.exp(shifted - shifted.max())
        return float(powers[node.position] / powers.sum())

    return digits_of_terms([float(total) for total in sums], value, digits, share)


def _sums(moment: Moment, layer: int, digits: int) -> tuple[Trace, ...]:
    """Return the weighted sums of all nodes of a layer."""
    sums = moment.picture.everything.forward.z[layer]
    return tuple(sum_at(moment, NodeRef(layer, position), digits) for position in range(sums.shape[1]))


def sum_at(moment: Moment, node: NodeRef, digits: int = 3) -> Trace:
    text, name = shown(_total(moment, node), digits), f"sum of {moment.name(node)}"
    return Trace(name, text, _sum(moment, node), node, _into(moment, node), lambda: _terms(moment, node, digits))


def _sum(moment: Moment, node: NodeRef) -> str:
    """Return how a weighted sum is told: one that is only what rounding left of 0 is not the sum of what is shown."""
    total = abs(_total(moment, node))
    if total == 0.0 or moment.example is None:
        return "sum"
    network, values = moment.picture.network, moment.picture.everything.forward.a[node.layer - 1]
    block = network.blocks(moment.picture.parameters)[node.layer - 1][:, node.position]
    with np.errstate(all="ignore"):
        terms = block[: values.shape[1]] * values[moment.example]
    largest = float(np.abs(np.append(terms, block[values.shape[1] :])).max())
    return "sum, but for rounding" if total < ROUNDING * largest else "sum"


def _into(moment: Moment, node: NodeRef) -> tuple[int, ...]:
    network = moment.picture.network
    return tuple(
        network.index(Place(node.layer, source, node.position)) for source in range(network.sizes[node.layer - 1])
    )


def _terms(moment: Moment, node: NodeRef, digits: int) -> tuple[Trace, ...]:
    """Return the products and the bias of which a node's weighted sum, shown with so many digits, is made."""
    network, values = moment.picture.network, moment.picture.everything.forward.a[node.layer - 1]
    products, biases = [], []
    for position in range(network.sizes[node.layer - 1]):
        source = NodeRef(node.layer - 1, position)
        index, weight = moment.weight(Place(node.layer, position, node.position))
        factors = [np.full(1, weight), moment.of(values, position)]
        products.append(_Product(moment.name(source), index, factors, partial(_term_parts, moment, source)))
    if network.bias:
        biases.append(moment.weight(Place(node.layer, None, node.position)))
    numbers = [product.result for product in products] + [bias for _, bias in biases]
    kept = digits_of_terms(numbers, _total(moment, node), digits)
    given = [Trace("bias", shown(bias, kept), "given", ParameterRef(index), (index,)) for index, bias in biases]
    return (*(product.trace(moment, kept) for product in products), *given)


def _term_parts(moment: Moment, source: NodeRef, digits: int) -> tuple[Trace, ...]:
    return (value_at(moment, source, digits),)


@dataclass(frozen=True, slots=True)
class _Product:
    """A product of a weight and of what ``rest(digits)`` opens into, or the mean of such products."""

    name: str
    index: int
    factors: list[Array]
    rest: Callable[[int], tuple[Trace, ...]]

    @property
    def result(self) -> float:
        with np.errstate(all="ignore"):
            return float(np.prod(np.broadcast_arrays(*self.factors), axis=0).mean())

    def trace(self, moment: Moment, kept: int) -> Trace:
        """Return it with ``kept`` digits, made of factors with as many as that takes."""
        result, ref, index = self.result, ParameterRef(self.index), self.index
        numbers = [float(factor[0]) for factor in self.factors]
        digits, working = 3, "mean of the products"
        if moment.example is not None:
            digits = digits_of_terms(numbers, result, kept, math.prod)
            working = times(shown(number, digits) for number in numbers)
        label = f"weight {parameter_name(moment.picture.project, index)}"

        def parts() -> tuple[Trace, ...]:
            return (Trace(label, shown(numbers[0], digits), "given", ref, (index,)), *self.rest(digits))

        return Trace(self.name, shown(result, kept), working, ref, (index,), parts)


# Slopes.


def slope_of(picture: Picture, node: NodeRef, example: Example) -> Trace:
    """Return where the loss's slope with respect to a node's value comes from: one example's own loss, or the mean."""
    return slope_at_node(Moment(picture, example), node)


def slope_at_node(moment: Moment, node: NodeRef, digits: int = 3) -> Trace:
    picture = moment.picture
    number = mean_of(moment.of(picture.everything.node_slopes[node.layer], node.position))
    text = shown(number, digits)
    if node.layer < len(picture.network.sizes) - 1:
        out = tuple(
            picture.network.index(Place(node.layer + 1, node.position, target))
            for target in range(picture.network.sizes[node.layer + 1])
        )
        working = "sum of the paths" if len(out) > 1 else "one path"
        name = f"slope of loss at {moment.name(node)}"
        return Trace(name, text, working, node, out, lambda: _paths(moment, node, digits))
    recipe = picture.project.recipe
    loss = LOSSES[recipe.loss]
    outputs = picture.network.sizes[-1] if loss.averages_outputs else 1
    working = loss.slope_formula + (f" ÷ {outputs} outputs" if outputs > 1 else "")
    if moment.example is None:
        working = "mean over all examples"
    where = moment.name(node)
    if slope_is_at_the_sum(picture):
        where = "sum" if picture.network.sizes[-1] == 1 else f"sum of {where}"
    error, make = float(picture.errors(moment.example)[node.position]), _BY_ERROR[recipe.loss]
    kept = 3
    if moment.example is not None or recipe.loss not in ("mae", "huber"):
        kept = digits_of_terms((error,), number, digits, lambda errors: make(*errors) / outputs)
    return Trace(f"slope of loss at {where}", text, working, node, (), lambda: (error_at(moment, node.position, kept),))


_BY_ERROR: Mapping[str, Callable[[Fraction], Fraction]] = {
    "mse": lambda error: 2 * error,
    "half_mse": lambda error: error,
    "mae": lambda error: Fraction((error > 0) - (error < 0)),
    "huber": lambda error: min(max(error, Fraction(-1)), Fraction(1)),
    "binary_crossentropy": lambda error: error,
    "categorical_crossentropy": lambda error: error,
}
"""The slope of each loss, made of the error."""


def _paths(moment: Moment, node: NodeRef, digits: int) -> tuple[Trace, ...]:
    """Return the products by which the loss's slope reaches a node, one for each node beyond: they make it as shown."""
    picture, layer = moment.picture, node.layer + 1
    beyond, bends = picture.everything.node_slopes[layer], picture.everything.activation_slopes[layer]
    products = []
    for target in range(picture.network.sizes[layer]):
        index, weight = moment.weight(Place(layer, node.position, target))
        factors, end = [np.full(1, weight), moment.of(beyond, target), moment.of(bends, target)], NodeRef(layer, target)
        products.append(_Product(f"by {moment.name(end)}", index, factors, partial(_path_parts, moment, end)))
    slope = mean_of(moment.of(picture.everything.node_slopes[node.layer], node.position))
    kept = digits_of_terms([product.result for product in products], slope, digits)
    return tuple(product.trace(moment, kept) for product in products)


def _path_parts(moment: Moment, node: NodeRef, digits: int) -> tuple[Trace, ...]:
    return slope_at_node(moment, node, digits), bend_at(moment, node, digits)


def bend_of(picture: Picture, node: NodeRef, example: Example) -> Trace:
    """Return where the slope of a node's activation comes from."""
    return bend_at(Moment(picture, example), node)


def bend_at(moment: Moment, node: NodeRef, digits: int = 3) -> Trace:
    picture = moment.picture
    activation = ACTIVATIONS[picture.network.activations[node.layer - 1]]
    slope = mean_of(moment.of(picture.everything.activation_slopes[node.layer], node.position))
    text = shown(slope, digits)
    if node.layer == len(picture.network.sizes) - 1 and slope_is_at_the_sum(picture):
        return Trace(f"slope of {activation.label}", text, "in the slope before it", ref=node)
    if activation.name == "linear":
        return Trace(f"slope of {activation.label}", text, "always 1", ref=node)
    total, kept = _total(moment, node), 3
    if moment.example is not None:
        kept = digits_of_terms((total,), slope, digits, lambda sums: _at(partial(_slope_at, activation), *sums))
    where = "" if moment.example is None else f" at {shown(total, kept)}"
    working = "mean over all examples" if moment.example is None else ""
    return Trace(
        f"slope of {activation.label}{where}", text, working, node, _into(moment, node),
        lambda: _terms(moment, node, kept),
    )  # fmt: skip


def _slope_at(activation: Activation, z: Array, out: Array) -> Array:
    return activation.slope(z, activation.value(z, np.empty_like(z)), out)


# Errors.


def error_of(picture: Picture, output: int, example: Example) -> Trace:
    """Return where the error of an output comes from."""
    return error_at(Moment(picture, example), output)


def error_at(moment: Moment, output: int, digits: int = 3) -> Trace:
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
    return Trace(f"error{which}", text, working, TargetRef(output), (), lambda: (value_at(moment, node, own), aim))


def _difference(numbers: Iterable[Fraction]) -> Fraction:
    one, other = numbers
    return one - other


# The three factors of a slope.


def weight_factors(picture: Picture, index: int, example: Example) -> Array:
    """Return the three factors of a parameter's slope, ``(n, 3)``: loss's slope, value, activation's slope."""
    layer, source, target = picture.network.places[index]
    moment, run = Moment(picture, example), picture.everything
    slopes = moment.of(run.node_slopes[layer], target)
    values = np.ones(len(slopes)) if source is None else moment.of(run.forward.a[layer - 1], source)
    return np.column_stack([slopes, values, moment.of(run.activation_slopes[layer], target)])


def factors_of(picture: Picture, index: int, example: Example, added: float = 0.0) -> tuple[Trace, ...]:
    """Return the three factors of a parameter's slope as traces.

    With one example, as shown they make the product, and with what is ``added`` to it the sum.
    """
    moment = Moment(picture, example)
    layer, source, target = picture.network.places[index]
    fed = NodeRef(layer, target)
    digits = 3 if example is None else factor_digits(picture, index, example, added)
    value = (
        Trace("1, since a bias multiplies nothing", shown(1.0, digits), "given")
        if source is None
        else value_at(moment, NodeRef(layer - 1, source), digits)
    )
    return slope_at_node(moment, fed, digits), value, bend_at(moment, fed, digits)


def factor_digits(picture: Picture, index: int, example: int, added: float) -> int:
    """Return with how many digits three factors, and what is added to their product, make a slope."""
    numbers = [float(number) for number in weight_factors(picture, index, example)[0]]
    terms = [*numbers, added] if added else numbers
    with np.errstate(all="ignore"):
        result = math.prod(numbers) + added
    return digits_of_terms(terms, result, 3, lambda own: (lambda a: math.prod(a[:3]) + sum(a[3:]))(list(own)))


def mean_of(numbers: Array) -> float:
    with np.errstate(all="ignore"):
        return float(numbers.mean())
