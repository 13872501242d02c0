"""Every number opens into what made it: all of them are opened, down to the last, and computed once more."""

import math
from collections.abc import Iterator
from decimal import Decimal
from functools import cache

import numpy as np
import pytest

from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.numbers import parse_number, shown, times
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef, new_project, node_name, parameter_name
from gdstudio.engine import ACTIVATIONS, Network, Recipe, backward, draw_parameters, loss_value
from gdstudio.teaching import trace_uses
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.trace import Moment, bend_of, error_of, factors_of, slope_of, value_of
from gdstudio.teaching.trace_loss import loss_of
from gdstudio.teaching.trace_uses import uses_of

DIGITS = range(3, 18)


def drawn(sizes, activations, loss="mse", examples=4, bias=True, shares=False, **options):
    random = np.random.default_rng(17)
    network = Network(sizes, activations, bias)
    y = random.uniform(0.1, 1.0, (examples, sizes[-1]))
    data = plain_data(
        "drawn", random.normal(size=(examples, sizes[0])), y / y.sum(axis=1, keepdims=True) if shares else y
    )
    recipe = Recipe(network, loss=loss, **options)
    return new_project("drawn", recipe, draw_parameters(network, 6, "normal", 0.9), data)


PROJECTS = {
    "the lecture": lambda: load_example("hidden-layer"),
    "one weight": lambda: load_example("one-weight"),
    "tanh": lambda: drawn((2, 3, 2, 1), ("tanh", "tanh", "linear")),
    "no biases": lambda: drawn((2, 3, 1), ("sigmoid", "softplus"), bias=False, loss="half_mse"),
    "classes": lambda: drawn((2, 3, 3), ("tanh", "softmax"), "categorical_crossentropy", shares=True),
    "yes or no": lambda: drawn((2, 2, 2), ("gelu", "sigmoid"), "binary_crossentropy"),
    "penalties": lambda: drawn((2, 3, 1), ("tanh", "linear"), l1=0.02, l2=0.1),
    "mini-batches": lambda: drawn((2, 3, 2), ("elu", "sigmoid"), "huber", batch_size=2, seed=3),
}
CASES = [(name, example) for name in PROJECTS for example in (0, 1, 3, None)]
CASES = [
    (name, example) for name, example in CASES if not (name in ("the lecture", "one weight") and example in (1, 3))
]
EVERY = pytest.mark.parametrize(("name", "example"), CASES)


@cache
def pictured(name):
    return picture_of(PROJECTS[name]())


def every_node(picture):
    return [NodeRef(layer, k) for layer, size in enumerate(picture.network.sizes) for k in range(size)]


def roots(picture, example):
    """Everything that a person can begin with."""
    for node in every_node(picture):
        yield from (value_of(picture, node, example), slope_of(picture, node, example))
        if node.layer:
            yield bend_of(picture, node, example)
        yield uses_of(picture, node, example)
    for index in range(picture.network.parameter_count):
        yield from factors_of(picture, index, example)
        yield uses_of(picture, ParameterRef(index), example)
    for output in range(picture.network.sizes[-1]):
        yield from (error_of(picture, output, example), uses_of(picture, TargetRef(output), example))
    yield loss_of(picture)


def opened(trace, above=(), seen=None) -> Iterator[tuple]:
    """A number and all that it opens into, each with those above it, the nearest last; in ``seen`` once and no more."""
    if seen is not None:
        looks = trace.name, trace.text, trace.working, trace.ref, trace.weights, example_of(trace, above)
        if looks in seen:
            return
        seen.add(looks)
    yield trace, above
    for part in trace.open():
        yield from opened(part, (*above, trace), seen)


def example_of(trace, above):
    """The example into which the loss was opened on the way to a number; None where it was not."""
    for each in (*above, trace):
        if each.name == "loss of the example":
            return 0
        if each.name.startswith("example "):
            return int(each.name.removeprefix("example ")) - 1
    return None


@cache
def everything(name, example):
    """Every number that can be reached, once: two that look alike open alike."""
    seen = set()
    return tuple(found for root in roots(pictured(name), example) for found in opened(root, (), seen))


class Truth:
    """The numbers once more, from the engine's own pass over the data, by the traces' names."""

    def __init__(self, picture, example):
        self.picture, self.example = picture, example
        recipe, data = picture.project.recipe, picture.data
        self.run = backward(recipe.network, picture.parameters, data.x, data.y, recipe.loss)
        self.nodes = {node_name(picture.project, node): node for node in every_node(picture)}
        self.weights = {
            parameter_name(picture.project, k): k for k in range(picture.network.parameter_count)
        }  # fmt: skip

    def seen(self, array):
        """A column of ``(n,)``: of the example, or the mean."""
        return float(array.mean() if self.example is None else array[self.example])

    def column(self, arrays, node):
        return arrays[node.layer][:, node.position]

    def term(self, index):
        """What a weight adds to the sum that it leads to: with the value that it comes from."""
        layer, source, _ = self.picture.network.places[index]
        return self.seen(self.picture.parameters[index] * self.run.forward.a[layer - 1][:, source])

    def path(self, index):
        """How the loss's slope runs back over a weight."""
        layer, _, target = self.picture.network.places[index]
        slope, bend = self.run.node_slopes[layer][:, target], self.run.activation_slopes[layer][:, target]
        return self.seen(self.picture.parameters[index] * slope * bend)

    def weight_slope(self, index):
        layer, source, target = self.picture.network.places[index]
        value = 1.0 if source is None else self.run.forward.a[layer - 1][:, source]
        return self.seen(self.run.delta[layer][:, target] * value)

    def one_loss(self, example):
        x, y = self.picture.data.x[example : example + 1], self.picture.data.y[example : example + 1]
        return loss_value(self.picture.network, self.picture.parameters, x, y, self.picture.project.recipe.loss)

    def of(self, trace, above):
        """The number that a trace should show, found by its name and by what it belongs to."""
        name, ref = trace.name, trace.ref
        last = len(self.picture.network.sizes) - 1
        if name.startswith("value of "):
            assert self.nodes[name.removeprefix("value of ")] == ref
            return self.seen(self.column(self.run.forward.a, ref))
        if name.startswith("slope of loss at "):
            node = name.removeprefix("slope of loss at ").removeprefix("sum of ")
            assert ref.layer == last if node == "sum" else self.nodes[node] == ref
            return self.seen(self.column(self.run.node_slopes, ref))
        if name.startswith("sum of "):
            assert self.nodes[name.removeprefix("sum of ")] == ref
            return self.seen(self.column(self.run.forward.z, ref))
        if name.startswith("weight ") or name == "bias":
            assert name == "bias" or self.weights[name.removeprefix("weight ")] == ref.index
            assert (name == "bias") == (self.picture.network.places[ref.index].source is None)
            return float(self.picture.parameters[ref.index])
        if name.startswith("by "):
            layer, _, target = self.picture.network.places[ref.index]
            assert self.nodes[name.removeprefix("by ")] == NodeRef(layer, target)
            return self.path(ref.index)
        if name in self.nodes and isinstance(ref, ParameterRef):
            layer, source, _ = self.picture.network.places[ref.index]
            assert self.nodes[name] == NodeRef(layer - 1, source)
            return self.term(ref.index)
        weight = name.removeprefix("slope of ").partition(", ")[0]
        if weight in self.weights:
            assert self.weights[weight] == ref.index
            return self.weight_slope(ref.index)
        if name.startswith("slope of "):
            label = ACTIVATIONS[self.picture.network.activations[ref.layer - 1]].label
            assert name.removeprefix("slope of ").startswith(label)
            return self.seen(self.column(self.run.activation_slopes, ref))
        if name.startswith("error"):
            assert name == f"error{f' {ref.output + 1}' * (self.picture.network.sizes[-1] > 1)}"
            return self.seen(self.column(self.run.forward.a, NodeRef(last, ref.output))) - self.seen(
                self.picture.data.y[:, ref.output]
            )
        if name.startswith("target"):
            return self.seen(self.picture.data.y[:, ref.output])
        if name == "loss":
            return self.run.loss + self.picture.penalty
        if name == "loss of the example":
            return self.one_loss(0)
        if name.startswith("example "):
            return self.one_loss(int(name.removeprefix("example ")) - 1)
        if name == "penalty for large weights":
            penalty, weights = self.picture.project.recipe, self.picture.parameters[self.picture.network.is_weight]
            return penalty.l1 * float(abs(weights).sum()) + penalty.l2 * float((weights**2).sum())
        assert name == "1, since a bias multiplies nothing"
        return 1.0


def looks_like(text, number):
    """Whether a text is this number, at some count of three or more digits; the last bits may differ."""
    near = (number, number * (1 + 1e-13), number * (1 - 1e-13))
    return any(shown(each, digits) == text for digits in DIGITS for each in near)


def half_of_the_last_digit(text):
    return 0.5 * 10.0 ** Decimal(text.replace("−", "-")).as_tuple().exponent


def truth(name, example, trace, above):
    """The loss is over all examples, and below it each example has numbers of its own."""
    alone = example_of(trace, above)
    return known_truth(name, example if alone is None else alone)


@cache
def known_truth(name, example):
    return Truth(pictured(name), example)


def is_question(trace):
    return trace.name == "what uses this number?"


# Everything, opened.


@EVERY
def test_every_text_is_the_right_number_at_its_digits(name, example):
    for trace, above in everything(name, example):
        if not is_question(trace):
            number = truth(name, example, trace, above).of(trace, above)
            assert looks_like(trace.text, number), (trace, number)


@EVERY
def test_factors_as_shown_multiply_to_the_product_as_shown(name, example):
    checked = 0
    for trace, above in everything(name, example):
        if " × " in trace.working and isinstance(trace.ref, ParameterRef) and not trace.is_given:
            texts = [part.text for part in trace.open()]
            assert trace.working == times(texts)
            product = math.prod(map(parse_number, texts))
            assert any(shown(product, digits) == trace.text for digits in range(3, 18))
            assert truth(name, example, trace, above).example is not None
            checked += 1
    assert checked or example is None


@EVERY
def test_the_terms_of_a_sum_make_the_sum_and_the_activation_of_it_the_value(name, example):
    for trace, above in everything(name, example):
        if not (trace.name.startswith("value of ") and trace.ref.layer):
            continue
        if trace.open()[0].name.startswith("sum of "):
            continue  # softmax is made of the sums of its layer
        known = truth(name, example, trace, above)
        terms = trace.open()
        total = known.seen(known.column(known.run.forward.z, trace.ref))
        assert sum(known.of(term, ()) for term in terms) == pytest.approx(total, rel=1e-12, abs=1e-14)
        slack = sum(half_of_the_last_digit(term.text) for term in terms)
        assert sum(parse_number(term.text) for term in terms) == pytest.approx(total, abs=slack + 1e-12)
        activation = known.picture.network.activations[trace.ref.layer - 1]
        label = ACTIVATIONS[activation].label
        expected = {f"{label} of {times([shown(total, digits)])}" for digits in range(3, 18)}
        if known.example is None:
            expected = {"mean over all examples"}
        elif activation == "linear":
            expected = {"sum"}
        assert trace.working in expected


@EVERY
def test_the_paths_make_the_slope(name, example):
    for trace, above in everything(name, example):
        if not (trace.name.startswith("slope of loss") and trace.open()[0].name.startswith("by ")):
            continue
        known = truth(name, example, trace, above)
        paths = trace.open()
        assert len(paths) == known.picture.network.sizes[trace.ref.layer + 1]
        assert trace.working == ("one path" if len(paths) == 1 else "sum of the paths")
        slope = known.of(trace, above)
        assert sum(known.of(path, ()) for path in paths) == pytest.approx(slope, rel=1e-12, abs=1e-14)
        slack = sum(half_of_the_last_digit(path.text) for path in paths)
        assert sum(parse_number(path.text) for path in paths) == pytest.approx(slope, abs=slack + 1e-12)


@EVERY
def test_prediction_minus_target_as_shown_is_the_error_as_shown(name, example):
    for trace, _ in everything(name, example):
        if trace.name.startswith("error"):
            prediction, target = trace.open()
            assert trace.working == f"{prediction.text} − {times([target.text])}"
            error = parse_number(prediction.text) - parse_number(target.text)
            assert trace.text in {shown(error, digits) for digits in DIGITS}


@EVERY
def test_the_last_number_of_every_way_is_given_and_most_lead_to_a_weight_an_input_or_a_target(name, example):
    for trace, _ in everything(name, example):
        if not trace.is_given:
            continue
        assert trace.open() == ()
        match trace.ref:
            case ParameterRef(index):
                assert trace.weights == (index,)
            case NodeRef(layer, _):
                assert layer == 0 or trace.working in ("always 1", "in the slope before it")
            case None:
                assert trace.name in ("1, since a bias multiplies nothing", "penalty for large weights")
            case TargetRef(output):
                assert output < pictured(name).network.sizes[-1]
                assert trace.name.startswith("target")


@EVERY
def test_lines_that_lead_to_a_number_are_those_of_its_terms_or_paths(name, example):
    checked = 0
    for trace, above in everything(name, example):
        parts = trace.open()
        is_sum = parts and trace.name.startswith(("value of ", "slope of loss"))
        if is_sum and isinstance(parts[0].ref, ParameterRef):
            lines = tuple(part.ref.index for part in parts if part.name != "bias")
            # As the use of a weight it is that weight's line that leads to it.
            assert trace.weights == lines or (
                is_question(above[-1]) and set(trace.weights) <= {part.ref.index for part in parts}
            )
            checked += 1
    assert checked


@EVERY
def test_the_three_factors_of_every_weight_make_its_slope(name, example):
    picture, known = pictured(name), known_truth(name, example)
    for index in range(picture.network.parameter_count):
        factors = factors_of(picture, index, example)
        assert len(factors) == 3
        if example is not None:
            product = math.prod(parse_number(factor.text) for factor in factors)
            assert looks_like(shown(product), float(f"{known.weight_slope(index):.2e}"))


@pytest.mark.parametrize("name", PROJECTS)
def test_one_example_has_the_numbers_of_a_pass_over_it_alone(name):
    picture = pictured(name)
    recipe, data = picture.project.recipe, picture.data
    for example in range(len(data)):
        alone = backward(
            recipe.network,
            picture.parameters,
            data.x[example : example + 1],
            data.y[example : example + 1],
            recipe.loss,
        )
        for index in range(picture.network.parameter_count):
            expected = pytest.approx(alone.gradient[index], rel=1e-11, abs=1e-15)
            assert known_truth(name, example).weight_slope(index) == expected


# The lecture.


def test_the_lecture_slopes_minus_32_16_minus_48_24_minus_40_minus_8_come_from_their_factors():
    picture = pictured("the lecture")
    found = [math.prod(parse_number(t.text) for t in factors_of(picture, k, 0)) for k in range(6)]
    assert found == [-32.0, 16.0, -48.0, 24.0, -40.0, -8.0]


def test_minus_16_opens_down_to_the_weights_and_the_inputs_of_the_lecture():
    first = factors_of(pictured("the lecture"), 0, 0)[0]
    lines = [f"{'  ' * len(above)}{t.name} = {t.working} = {t.text}" for t, above in opened(first)]
    assert lines[:8] == [
        "slope of loss at hidden 1 = one path = −16.0",
        "  by prediction = 2.00 × (−8.00) × 1.00 = −16.0",
        "    weight hidden 1 → prediction = given = 2.00",
        "    slope of loss at prediction = 2 × error = −8.00",
        "      error = 9.00 − 13.0 = −4.00",
        "        value of prediction = sum = 9.00",
        "          hidden 1 = 2.00 × 5.00 = 10.0",
        "            weight hidden 1 → prediction = given = 2.00",
    ]
    assert lines[-1] == "    slope of Linear = always 1 = 1.00"


# What uses a number.


def names_what(trace):
    """Whether a trace is a number with a name of its own; products and single losses only lead on."""
    first = trace.name.partition(" ")[0]
    return first in ("value", "sum", "slope", "error", "loss", "weight", "bias", "target") and not (
        is_question(trace) or trace.name == "loss of the example"
    )


def identity(trace):
    """What a number is, however it is reached: a value, a weight or a target by its ref, others by their name."""
    if trace.name.startswith("value of ") or trace.name.startswith("target") or trace.name == "bias":
        return trace.ref
    return trace.ref if trace.name.startswith("weight ") else trace.name


def named_parts(trace):
    """What a number is made of, through products and the losses of single examples."""
    for part in trace.open():
        if names_what(part):
            yield part
        else:
            yield from named_parts(part)


def edges(name, example):
    """Pairs (A, B) where A opens into B, through products and the losses of single examples alone."""
    picture = pictured(name)
    found = set()
    firsts, seen = [root for root in roots(picture, example) if not is_question(root)], set()
    for index in range(picture.network.parameter_count):
        firsts.append(trace_uses._weight_slope(Moment(picture, example), index))
    for root in firsts:
        for trace, _ in opened(root, (), seen):
            if names_what(trace):
                used = (identity(part) for part in named_parts(trace))
                found |= {(trace.name, trace.ref, each) for each in used if not isinstance(each, str)}
    return found


def is_bend(name, picture):
    labels = {ACTIVATIONS[each].label for each in picture.network.activations}
    return any(name.startswith(f"slope of {label}") for label in labels)


@EVERY
def test_what_opens_into_a_number_is_named_among_its_uses(name, example):
    picture = pictured(name)
    checked = 0
    for user, user_ref, used in edges(name, example):
        at_an_input = user.startswith("slope of loss at ") and user_ref.layer == 0
        if not (is_bend(user, picture) or at_an_input):
            assert user in {part.name for part in uses_of(picture, used, example).open()}, (user, used)
            checked += 1
    assert checked


@EVERY
def test_what_is_named_among_the_uses_of_a_number_opens_into_it(name, example):
    picture = pictured(name)
    refs = [*every_node(picture), *(ParameterRef(k) for k in range(picture.network.parameter_count))]
    refs += [TargetRef(output) for output in range(picture.network.sizes[-1])]
    for ref in refs:
        uses = uses_of(picture, ref, example).open()
        assert uses
        for use in uses:
            if use.name == "penalty for large weights":
                assert picture.network.is_weight[ref.index]
                continue
            inside = {identity(part) for part in named_parts(use)}
            # A hidden value reaches the loss's slope of a weight by way of its three factors.
            inside |= {identity(part) for factor in named_parts(use) for part in named_parts(factor)}
            assert ref in inside, (ref, use)


def test_a_weight_with_a_penalty_is_used_by_it_and_a_bias_is_not():
    picture = pictured("penalties")
    for index in range(picture.network.parameter_count):
        names = [part.name for part in uses_of(picture, ParameterRef(index), 0).open()]
        assert ("penalty for large weights" in names) == bool(picture.network.is_weight[index])
    assert not any("penalty" in part.name for part in uses_of(pictured("tanh"), ParameterRef(0), 0).open())


def test_an_input_is_used_by_every_node_of_the_next_layer_and_the_slopes_of_the_weights_to_it():
    uses = uses_of(pictured("the lecture"), NodeRef(0, 0), 0).open()
    assert [(part.name, part.text, part.weights) for part in uses] == [
        ("value of hidden 1", "5.00", (0,)),
        ("slope of ReLU at 5.00", "1.00", (0,)),
        ("slope of input 1 → hidden 1", "−32.0", (0,)),
        ("value of hidden 2", "1.00", (1,)),
        ("slope of ReLU at 1.00", "1.00", (1,)),
        ("slope of input 1 → hidden 2", "16.0", (1,)),
    ]


def test_the_slopes_of_activations_are_named_among_the_uses_of_what_they_are_taken_at():
    picture = pictured("tanh")
    for user, _, used in edges("tanh", 0):
        if is_bend(user, picture):
            named = {part.name.split(" at ")[0] for part in uses_of(picture, used, 0).open()}
            assert user.split(" at ")[0] in named


def test_the_slope_at_an_input_is_named_among_the_uses_of_the_weights_that_it_is_made_of():
    picture = pictured("tanh")
    assert slope_of(picture, NodeRef(0, 0), 0).open()[0].ref == ParameterRef(0)
    assert "slope of loss at input 1" in {part.name for part in uses_of(picture, ParameterRef(0), 0).open()}


# The loss.


def test_the_loss_is_the_mean_over_the_examples_and_the_penalty():
    for name in PROJECTS:
        picture = pictured(name)
        loss = loss_of(picture)
        parts = loss.open()
        penalties = [part for part in parts if part.name.startswith("penalty")]
        assert len(parts) - len(penalties) == len(picture.data)
        assert bool(penalties) == (name == "penalties")
        assert ("+ penalty" in loss.working) == bool(penalties)
        single = [known_truth(name, None).one_loss(k) for k in range(len(picture.data))]
        assert np.mean(single) + picture.penalty == pytest.approx(picture.loss, rel=1e-12)
