"""Practice: exercises without end, each from a seed, with numbers that come out well, and a marker that names mistakes.

An exercise is a small network of its own; the engine works out the right answer, and what each typical mistake would
lead to. Pure.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from gdstudio.document.datasets import plain_data
from gdstudio.document.edits import set_learning_rate
from gdstudio.document.numbers import MINUS, bracketed, exact, parse_number, shown_plain
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe, learning_rate_zones, train
from gdstudio.teaching.marking import Mark, Mistake, half_a_third_digit, mistake_sentence, told_apart
from gdstudio.teaching.mistakes import (
    ADDED,
    CHANGE,
    FACTOR,
    INPUT,
    NO_RATE,
    NOT_SQUARED,
    ONE_AT_A_TIME,
    SIGN,
    SQUARED,
)
from gdstudio.teaching.picture import Picture, picture_of
from gdstudio.teaching.programs import EXAMPLES, HIDDEN, ONE_EXAMPLE, results, told


class Level(Enum):
    """What an exercise asks for, from the first value to the wrong line of a program."""

    FORWARD = "Forward value"
    ERROR = "Error"
    OUTPUT_SLOPE = "Slope of an output weight"
    HIDDEN_SLOPE = "Slope of a hidden weight"
    MEAN_SLOPE = "Slope over two examples"
    UPDATE = "Updated weight"
    NEW_LOSS = "New loss"
    DIVERGES = "Which learning rate diverges"
    BUG = "Pick the bug"


@dataclass(frozen=True, slots=True, eq=False)
class Exercise:
    """One exercise.

    ``given`` are the lines that say what is known, ``question`` what is asked, ``code`` the program of a bug, line by
    line, and ``results`` what each of its lines gives. ``answer`` is to be given to three digits, or as it is where
    ``is_exact``. ``hints`` are given one at a time; ``solution`` is worked out line by line. ``project`` is the
    network, to be looked at in the studio.
    """

    level: Level
    seed: int
    project: Project
    given: tuple[str, ...]
    question: str
    answer: float
    is_exact: bool
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, ...]
    solution: tuple[str, ...]
    code: tuple[str, ...] = ()
    results: tuple[str, ...] = ()

    @property
    def listing(self) -> tuple[str, ...]:
        """The program with its lines numbered, and below each what it gives."""
        numbered = enumerate(zip(self.code, self.results, strict=True), start=1)
        return tuple(text for k, (line, result) in numbered for text in (f"{k:>2} {line}", f"   → {result}"))

    @property
    def tolerance(self) -> float:
        """How far off an answer may be: half a unit of its third digit, or nothing."""
        return 0.0 if self.is_exact else half_a_third_digit(self.answer)

    @property
    def tolerance_text(self) -> str:
        """How exact the answer must be, in a sentence."""
        return "Give the exact number." if self.is_exact else "Give three significant digits."


def mark(exercise: Exercise, text: str) -> Mark:
    """Mark a typed answer. Raises ProjectError, with a sentence, for what can't be read: that is no wrong answer."""
    value = parse_number(text)
    if abs(value - exercise.answer) <= exercise.tolerance:
        return Mark(True, f"Right: {shown_plain(exercise.answer)}.")
    sentence, name = mistake_sentence(value, exercise.mistakes, 0.0 if exercise.is_exact else None)
    return Mark(False, sentence or f"{exact(value)} is not correct. {exercise.tolerance_text}", name)


def exercise(level: Level, seed: int) -> Exercise:
    """Return the exercise of a level and a seed: the same two always give the same one."""
    for attempt in range(200):
        random = np.random.default_rng((3, list(Level).index(level), seed, attempt))
        found = _MAKERS[level](random, seed)
        if found is not None and _is_good(found):
            return replace(found, mistakes=told_apart(found.answer, found.mistakes))
    raise AssertionError(f"no exercise of {level} for {seed}")


def _is_good(found: Exercise) -> bool:
    """Whether numbers come out well: none is only what rounding left of 0."""
    values = [found.answer, *(mistake.value for mistake in found.mistakes)]
    whole = all(value == 0.0 or abs(value) > 1e-9 for value in values)
    # A mistake that leads to the very answer is none; one that leads near it would pass for right.
    gaps = [abs(value - found.answer) for value in values]
    apart = all(gap <= 1e-9 * abs(found.answer) or gap > found.tolerance for gap in gaps)
    return whole and apart and all(map(math.isfinite, values)) and abs(found.answer) <= 5000


def _whole(random: np.random.Generator, low: int, high: int, size: int, *, zero: bool = False) -> list[float]:
    """Draw whole numbers, without 0 unless it is wanted."""
    choices = [float(value) for value in range(low, high + 1) if zero or value]
    return [choices[int(k)] for k in random.integers(0, len(choices), size)]


def _project(
    sizes: tuple[int, ...], weights: list[float], x: list[list[float]], y: list[float], rate: float
) -> Project:
    names = ("relu",) * (len(sizes) - 2) + ("linear",)
    recipe = Recipe(Network(sizes, names, bias=False), learning_rate=rate)
    data = plain_data("Exercise", np.array(x), np.array(y)[:, np.newaxis])
    return new_project("Exercise", recipe, np.array(weights), data)


def _n(value: float) -> str:
    return shown_plain(float(value))


def _b(value: float) -> str:
    return bracketed(_n(value))


def _listed(values: list[float]) -> str:
    return "[" + ", ".join(_n(value) for value in values) + "]"


def _sum(weights: list[float], values: list[float]) -> str:
    return " + ".join(f"{_b(w)} × {_b(v)}" for w, v in zip(weights, values, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class _OneLayer:
    """A drawn network of one layer with one example, and its numbers."""

    inputs: list[float]
    weights: list[float]
    target: float
    rate: float
    project: Project
    picture: Picture

    @property
    def prediction(self) -> float:
        return float(self.picture.values(0)[-1][0])

    @property
    def error(self) -> float:
        return float(self.picture.errors(0)[0])

    @property
    def given(self) -> tuple[str, ...]:
        return (
            f"inputs {_listed(self.inputs)}", f"weights {_listed(self.weights)}", f"target {_n(self.target)}",
            "no activation, no bias; loss = (prediction − target)²",
        )  # fmt: skip


def _one_layer(random: np.random.Generator) -> _OneLayer:
    count = int(random.integers(2, 4))
    inputs, weights = _whole(random, 1, 5, count), _whole(random, -3, 4, count)
    prediction = float(np.dot(inputs, weights))
    target = prediction - _whole(random, -5, 5, 1)[0]
    rate = [0.01, 0.02, 0.005][int(random.integers(3))]
    project = _project((count, 1), weights, [inputs], [target], rate)
    return _OneLayer(inputs, weights, target, rate, project, picture_of(project))


def _forward(random: np.random.Generator, seed: int) -> Exercise:
    net = _one_layer(random)
    answer = net.prediction
    return Exercise(
        Level.FORWARD, seed, net.project, net.given[:2], "What is the prediction?", answer, False,
        (
            Mistake(sum(net.inputs), "the weights are forgotten"),
            Mistake(float(np.dot(net.inputs, np.abs(net.weights))), "the signs of the weights are forgotten"),
            Mistake(net.inputs[0] * net.weights[0], "only the first input is used"),
        ),
        ("Each input is multiplied by its weight.", "Then all products are added."),
        (f"{_sum(net.weights, net.inputs)} = {_n(answer)}",),
    )  # fmt: skip


def _error(random: np.random.Generator, seed: int) -> Exercise:
    net = _one_layer(random)
    return Exercise(
        Level.ERROR, seed, net.project, net.given[:3], "What is the error?", net.error, False,
        (
            Mistake(-net.error, "the prediction is subtracted from the target: it is prediction − target"),
            Mistake(net.error**2, SQUARED),
            Mistake(net.prediction, "the target is not subtracted"),
        ),
        ("First the prediction: inputs times weights, added.", "The error is prediction − target."),
        (
            f"prediction = {_sum(net.weights, net.inputs)} = {_n(net.prediction)}",
            f"error = {_n(net.prediction)} {MINUS} {_b(net.target)} = {_n(net.error)}",
        ),
    )  # fmt: skip


def _output_slope(random: np.random.Generator, seed: int) -> Exercise:
    net = _one_layer(random)
    k = int(random.integers(len(net.inputs)))
    slope, value = float(net.picture.gradient[k]), net.inputs[k]
    return Exercise(
        Level.OUTPUT_SLOPE, seed, net.project, net.given, f"What is the slope of weight {k + 1}?", slope, False,
        (
            Mistake(slope / 2.0, FACTOR),
            Mistake(-slope, SIGN),
            Mistake(2.0 * net.error, INPUT),
            Mistake(net.error, "factor 2 and input are forgotten: that is the error alone"),
        ),
        (
            "A slope is three numbers multiplied: ① × ② × ③.",
            "① is 2 × error, with error = prediction − target.",
            "② is the input that the weight is multiplied by; ③ is 1, since there is no activation.",
        ),
        (
            f"error = {_n(net.prediction)} {MINUS} {_b(net.target)} = {_n(net.error)}",
            f"slope = 2 × {_b(net.error)} × {_b(value)} × 1 = {_n(slope)}",
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Hidden:
    """A drawn 2-2-1 network with ReLU, and its numbers."""

    inputs: list[float]
    weights: list[float]
    target: float
    project: Project
    picture: Picture

    @property
    def given(self) -> tuple[str, ...]:
        w = self.weights
        return (
            f"inputs {_listed(self.inputs)}",
            f"weights to hidden 1 {_listed([w[0], w[2]])}, to hidden 2 {_listed([w[1], w[3]])}, ReLU",
            f"weights to the prediction {_listed(w[4:])}, no activation",
            f"target {_n(self.target)}; no biases; loss = (prediction − target)²",
        )


def _hidden(random: np.random.Generator) -> _Hidden:
    inputs, weights = _whole(random, 1, 3, 2), _whole(random, -2, 3, 6)
    hidden = [max(inputs[0] * weights[j] + inputs[1] * weights[2 + j], 0.0) for j in (0, 1)]
    prediction = float(np.dot(hidden, weights[4:]))
    target = prediction - _whole(random, -4, 4, 1)[0]
    project = _project((2, 2, 1), weights, [inputs], [target], 0.01)
    return _Hidden(inputs, weights, target, project, picture_of(project))


def _hidden_slope(random: np.random.Generator, seed: int) -> Exercise | None:
    net = _hidden(random)
    source, node = (int(k) for k in random.integers(0, 2, 2))
    index = 2 * source + node
    values, error = net.picture.values(0), float(net.picture.errors(0)[0])
    total = float(net.picture.everything.forward.z[1][0, node])
    alive = total > 0
    out, value = net.weights[4 + node], net.inputs[source]
    slope = float(net.picture.gradient[index])
    if not alive and int(random.integers(3)):
        return None  # dead nodes come up now and then, not most of the time
    if total == 0.0:
        return None
    without = 2.0 * error * out * value
    mistakes = [Mistake(without, "the slope of the ReLU is forgotten: it is 0 where its sum is below 0")]
    if alive:
        mistakes = [
            Mistake(slope / 2.0, FACTOR),
            Mistake(-slope, SIGN),
            Mistake(slope / value, INPUT),
            Mistake(2.0 * error * value, "the way through the hidden node is forgotten: its weight to the prediction"),
        ]
    name = f"input {source + 1} → hidden {node + 1}"
    return Exercise(
        Level.HIDDEN_SLOPE, seed, net.project, net.given, f"What is the slope of the weight {name}?", slope, False,
        tuple(mistakes),
        (
            "① is the slope of the loss at the hidden node: its weight to the prediction × 2 × error.",
            "② is the input that the weight comes from.",
            "③ is the slope of ReLU at the node’s sum: 1 above 0, and 0 below.",
        ),
        (
            f"sum of hidden {node + 1} = {_n(total)}: ReLU gives {_n(values[1][node])} and has the slope {int(alive)}",
            f"error = {_n(values[2][0])} {MINUS} {_b(net.target)} = {_n(error)}",
            f"① = {_b(out)} × 2 × {_b(error)} = {_n(2.0 * error * out)}",
            f"slope = {_b(2.0 * error * out)} × {_b(value)} × {int(alive)} = {_n(slope)}",
        ),
    )  # fmt: skip


def _mean_slope(random: np.random.Generator, seed: int) -> Exercise | None:
    inputs, weight = _whole(random, 1, 5, 2), _whole(random, 1, 3, 1)[0]
    errors = _whole(random, -4, 4, 2)
    targets = [weight * x - e for x, e in zip(inputs, errors, strict=True)]
    project = _project((1, 1), [weight], [[x] for x in inputs], targets, 0.01)
    slope = float(picture_of(project).gradient[0])
    products = [2.0 * e * x for e, x in zip(errors, inputs, strict=True)]
    means = 2.0 * float(np.mean(errors)) * float(np.mean(inputs))
    if slope == 0.0:
        return None
    mistakes = [
        Mistake(means, "the means of the factors are multiplied: it is the mean of the products"),
        Mistake(2.0 * slope, "the products are added and not divided by their number"),
        Mistake(slope / 2.0, FACTOR),
        Mistake(-slope, SIGN),
        Mistake(products[0], "only the first example is used"),
    ]
    return Exercise(
        Level.MEAN_SLOPE, seed, project,
        (
            f"two examples: input {_n(inputs[0])} with target {_n(targets[0])}, "
            f"input {_n(inputs[1])} with target {_n(targets[1])}",
            f"one weight, {_n(weight)}; no activation, no bias; loss = mean of (prediction − target)²",
        ),
        "What is the slope of the weight?", slope, False, tuple(mistakes),
        (
            "Each example has a product of its own: 2 × error × input.",
            "The slope is the mean of these products, not the product of means.",
        ),
        (
            *(
                f"example {k + 1}: 2 × {_b(e)} × {_n(x)} = {_n(2.0 * e * x)}"
                for k, (e, x) in enumerate(zip(errors, inputs, strict=True))
            ),
            f"mean = ({_n(products[0])} + {_b(products[1])}) ÷ 2 = {_n(slope)}",
        ),
    )  # fmt: skip


def _update(random: np.random.Generator, seed: int) -> Exercise:
    net = _one_layer(random)
    k = int(random.integers(len(net.inputs)))
    weight, slope, rate = net.weights[k], float(net.picture.gradient[k]), net.rate
    answer = weight - rate * slope
    mistakes = [
        Mistake(weight + rate * slope, ADDED),
        Mistake(-rate * slope, CHANGE),
        Mistake(rate * slope, CHANGE),
        Mistake(weight - slope, NO_RATE),
        Mistake(weight - rate * slope / 2.0, FACTOR),
        Mistake(weight - rate * 2.0 * net.error, "the input is forgotten in the slope"),
    ]
    return Exercise(
        Level.UPDATE, seed, net.project, (*net.given, f"learning rate {_n(rate)}"),
        f"What is weight {k + 1} after one step?", answer, False, tuple(mistakes),
        (
            "First the slope of the weight: 2 × error × input.",
            "new weight = weight − learning rate × slope",
        ),
        (
            f"slope = 2 × {_b(net.error)} × {_b(net.inputs[k])} = {_n(slope)}",
            f"new weight = {_n(weight)} {MINUS} {_n(rate)} × {_b(slope)} = {_n(answer)}",
        ),
    )  # fmt: skip


def _new_loss(random: np.random.Generator, seed: int) -> Exercise | None:
    net = _one_layer(random)
    data, recipe = net.project.data, net.project.recipe

    def after(one_at_a_time: bool) -> float:
        way = replace(recipe, one_at_a_time=one_at_a_time)
        return float(train(way, net.project.state, data.x, data.y, 1).losses[-1])

    answer = after(False)
    new = [w - net.rate * s for w, s in zip(net.weights, net.picture.gradient.tolist(), strict=True)]
    added = [w + net.rate * s for w, s in zip(net.weights, net.picture.gradient.tolist(), strict=True)]
    prediction = float(np.dot(new, net.inputs))
    mistakes = [
        Mistake(after(True), ONE_AT_A_TIME),
        Mistake((float(np.dot(added, net.inputs)) - net.target) ** 2, "the steps are added instead of subtracted"),
        Mistake(prediction - net.target, NOT_SQUARED),
        Mistake(net.error**2, "nothing has moved: that is the loss before the step"),
    ]
    return Exercise(
        Level.NEW_LOSS, seed, net.project, (*net.given, f"learning rate {_n(net.rate)}"),
        "What is the loss after one step of all weights?", answer, False, tuple(mistakes),
        (
            "All slopes first: 2 × error × input for each weight.",
            "Then all new weights, the new prediction, and the square of its error.",
        ),
        (
            f"slopes {_listed(net.picture.gradient.tolist())}",
            f"new weights {_listed(new)}",
            f"new prediction {_n(prediction)}, error {_n(prediction - net.target)}",
            f"loss = {_b(prediction - net.target)}² = {_n(answer)}",
        ),
    )  # fmt: skip


def _diverges(random: np.random.Generator, seed: int) -> Exercise | None:
    net = _one_layer(random)
    zones = learning_rate_zones(net.project.recipe, net.picture.parameters, net.project.data.x, net.project.data.y)
    assert zones is not None
    rates = [float(f"{zones.edge * share:.2g}") for share in (0.3, 0.8, 1.4)]
    order = random.permutation(3).tolist()
    ratio = [1.0 - 2.0 * rate * sum(x * x for x in net.inputs) for rate in rates]
    if not (len(set(rates)) == 3 and abs(ratio[2]) > 1.05 and abs(ratio[1]) < 0.95):
        return None
    project = set_learning_rate(net.project, rates[2])
    squares = sum(x * x for x in net.inputs)
    return Exercise(
        Level.DIVERGES, seed, project, net.given,
        "With one of these learning rates the loss grows without bound. Which? "
        + " · ".join(_n(rates[k]) for k in order),
        rates[2], True,
        (
            Mistake(rates[1], "jumping across the valley is taken for leaving it: that one still comes closer"),
            Mistake(rates[0], "the smallest is chosen: it comes closer with every step"),
        ),
        (
            "With one example each step multiplies the error by 1 − 2 × rate × (sum of the squared inputs).",
            "The error grows where that number is below −1.",
        ),
        (
            f"sum of the squared inputs = {_n(squares)}, so the edge is 1 ÷ {_n(squares)} = {_n(1.0 / squares)}",
            *(f"rate {_n(rate)}: the error is multiplied by {_n(k)}" for rate, k in zip(rates, ratio, strict=True)),
        ),
    )  # fmt: skip


def _one_example(random: np.random.Generator) -> tuple[Project, dict[str, object]]:
    net = _one_layer(random)
    numbers = {"inputs": np.array(net.inputs), "weights": np.array(net.weights), "target": net.target}
    return net.project, {**numbers, "rate": net.rate}


def _examples(random: np.random.Generator) -> tuple[Project, dict[str, object]]:
    inputs = np.array(_whole(random, 1, 5, 6)).reshape(3, 2)
    weights, errors = _whole(random, -3, 4, 2), np.array(_whole(random, -4, 4, 3))
    targets, rate = inputs @ weights - errors, [0.01, 0.02, 0.05][int(random.integers(3))]
    project = _project((2, 1), weights, inputs.tolist(), targets.tolist(), rate)
    return project, {"inputs": inputs, "weights": np.array(weights), "targets": targets, "rate": rate}


def _through_a_hidden_layer(random: np.random.Generator) -> tuple[Project, dict[str, object]]:
    net = _hidden(random)
    w1, w2 = np.array(net.weights[:4]).reshape(2, 2), np.array(net.weights[4:])
    return net.project, {"inputs": np.array(net.inputs), "w1": w1, "w2": w2, "target": net.target, "rate": 0.01}


_PROGRAMS = ((ONE_EXAMPLE, _one_example), (EXAMPLES, _examples), (HIDDEN, _through_a_hidden_layer))


def _bug(random: np.random.Generator, seed: int) -> Exercise | None:
    program, draw = _PROGRAMS[int(random.integers(len(_PROGRAMS)))]
    fault = program.faults[int(random.integers(len(program.faults)))]
    project, start = draw(random)
    code, line = program.with_fault(fault), fault.line
    given, right = results(code, start), results(program.lines, start)
    if told(given[line]) == told(right[line]):
        return None  # with these numbers the wrong line happens to give what the right one would
    others = [k for k in range(len(code)) if k != line]
    parts = program.parts
    return Exercise(
        Level.BUG, seed, project,
        (program.about, *(f"{name} = {told(value)}" for name, value in start.items())),
        "Which line is wrong? Type its number.", float(line + 1), True,
        tuple(Mistake(float(k + 1), f"line {k + 1} is taken for the bug, but {parts[k]} is right") for k in others),
        (
            "Go through it line by line: does each give what one step of descent needs there?",
            f"Work out {parts[line]} yourself, and compare.",
        ),
        (f"Line {line + 1}: {fault.why}", f"Right: {program.lines[line]}", f"It gives {told(right[line])}."),
        code, tuple(map(told, given)),
    )  # fmt: skip


_MAKERS: dict[Level, Callable[[np.random.Generator, int], Exercise | None]] = {
    Level.FORWARD: _forward,
    Level.ERROR: _error,
    Level.OUTPUT_SLOPE: _output_slope,
    Level.HIDDEN_SLOPE: _hidden_slope,
    Level.MEAN_SLOPE: _mean_slope,
    Level.UPDATE: _update,
    Level.NEW_LOSS: _new_loss,
    Level.DIVERGES: _diverges,
    Level.BUG: _bug,
}
