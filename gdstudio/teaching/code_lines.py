"""The coming step as the few lines of NumPy that a person would write, each with its live value and its shape.

Examples are rows, as in the lecture. Pure; takes a picture. What can be exported and run is in ``document.codegen``.
"""

import math
from dataclasses import dataclass

import numpy as np

from gdstudio.document.numbers import MINUS, shown_plain
from gdstudio.engine import LOSSES, OPTIMIZERS, Array
from gdstudio.teaching.choreography import Phase
from gdstudio.teaching.picture import Picture

MOST_BOXES = 8


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A number times a row of numbers, as NumPy stretches it: ``scalar``, ``row`` and their products."""

    scalar: float
    row: tuple[float, ...]
    result: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One line of code: its text, the phase it belongs to, its value in a few digits, and its shape."""

    text: str
    phase: Phase | None
    value: str
    shape: str
    drawing: Broadcast | None = None


_VALUES = {
    "linear": "{}",
    "relu": "np.maximum({}, 0)",
    "leaky_relu": "np.maximum({0}, 0.01 * ({0}))",
    "tanh": "np.tanh({})",
    "sigmoid": "1 / (1 + np.exp(-({})))",
    "elu": "elu({})",
    "gelu": "gelu({})",
    "silu": "silu({})",
    "softplus": "np.log1p(np.exp({}))",
    "softmax": "softmax({})",
}
_SLOPES = {
    "relu": "({a} > 0)",
    "leaky_relu": "np.where({a} > 0, 1, 0.01)",
    "tanh": "(1 - {a}**2)",
    "sigmoid": "{a} * (1 - {a})",
    "elu": "np.where({a} > 0, 1, {a} + 1)",
    "gelu": "gelu_slope({z})",
    "silu": "silu_slope({z})",
    "softplus": "(1 - np.exp(-{a}))",
}
"""The activations' slopes as a person writes them, of their value ``a`` where that is enough."""
_NEEDS_Z = ("gelu", "silu")
_LOSS = {
    "mse": "np.mean(error**2)",
    "half_mse": "0.5 * np.mean(error**2)",
    "mae": "np.mean(np.abs(error))",
    "huber": "np.mean(huber(error))",
    "binary_crossentropy": "-np.mean(y * np.log(prediction) + (1 - y) * np.log(1 - prediction))",
    "categorical_crossentropy": "-np.mean(np.sum(y * np.log(prediction), axis=1))",
}
_LOSS_SLOPE = {
    "mse": "2 * error",
    "half_mse": "error",
    "mae": "np.sign(error)",
    "huber": "np.clip(error, -1, 1)",
    "binary_crossentropy": "error",
    "categorical_crossentropy": "error",
}


def code_lines(picture: Picture) -> tuple[CodeLine, ...]:
    """Return the coming step as code, in the order in which its phases are played."""
    return _lecture(picture) if _is_lecture(picture) else _general(picture)


def _is_lecture(picture: Picture) -> bool:
    """Whether it is the lecture's one layer: linear, one prediction, one example, plain square, plain descent."""
    network, recipe = picture.network, picture.project.recipe
    plain = recipe.loss == "mse" and recipe.optimizer == "sgd" and not recipe.penalty and not recipe.one_at_a_time
    small = len(network.sizes) == 2 and network.sizes[1] == 1 and not network.bias and len(picture.data) == 1
    return plain and small and network.activations == ("linear",) and not recipe.locked


def _lecture(picture: Picture) -> tuple[CodeLine, ...]:
    inputs, weights = picture.data.x[0], picture.parameters
    target, prediction = picture.data.y[0, 0], picture.batched.forward.prediction[0, 0]
    rate, gradient = _rate(picture), picture.gradient
    with np.errstate(all="ignore"):
        error = prediction - target
        following = weights + picture.change
    drawing = None
    if len(inputs) <= MOST_BOXES:
        drawing = Broadcast(2.0 * float(error), tuple(map(float, inputs)), tuple(map(float, gradient)))
    return (
        _line("inputs = np.array(" + _listed(inputs) + ")", None, inputs),
        _line("weights = np.array(" + _listed(weights) + ")", None, weights),
        _line("prediction = (inputs * weights).sum()", Phase.FORWARD, prediction),
        _line(f"error = prediction - {_number(target)}", Phase.ERROR, error),
        _line("loss = error**2", Phase.ERROR, picture.loss),
        _line("gradient = 2 * error * inputs", Phase.BACKWARD, gradient, drawing),
        _line(f"weights = weights - {rate} * gradient", Phase.UPDATE, following),
    )


def _general(picture: Picture) -> tuple[CodeLine, ...]:
    network, recipe, run = picture.network, picture.project.recipe, picture.batched
    loss, last = LOSSES[recipe.loss], len(network.sizes) - 1
    n = len(picture.batch)
    lines = []
    if n < len(picture.data):
        lines.append(_line("x, y = x_all[batch], y_all[batch]", None, picture.data.x[picture.batch]))
    names = ["x", *(f"h{layer}" for layer in range(1, last)), "prediction"]
    for layer, activation in enumerate(network.activations, start=1):
        total = f"{names[layer - 1]} @ W{layer}" + (f" + b{layer}" if network.bias else "")
        if activation in _NEEDS_Z:
            lines.append(_line(f"z{layer} = {total}", Phase.FORWARD, run.forward.z[layer]))
            total = f"z{layer}"
        value = total if activation == "linear" else _VALUES[activation].format(total)
        lines.append(_line(f"{names[layer]} = {value}", Phase.FORWARD, run.forward.a[layer]))
    with np.errstate(all="ignore"):
        error = run.forward.prediction - picture.data.y[picture.batch]
    lines.append(_line("error = prediction - y", Phase.ERROR, error))
    penalty = " + penalty" if recipe.penalty else ""
    lines.append(_line(f"loss = {_LOSS[recipe.loss]}{penalty}", Phase.ERROR, run.loss))
    outputs = network.sizes[-1] if loss.averages_outputs else 1
    share = "" if n * outputs == 1 else " / error.size" if loss.averages_outputs else " / len(error)"
    own = network.activations[-1] != "linear" and loss.taken_with is None
    bend = f" * {_SLOPES[network.activations[-1]].format(a='prediction', z=f'z{last}')}" if own else ""
    lines.append(_line(f"d{last} = {_LOSS_SLOPE[recipe.loss]}{share}{bend}", Phase.BACKWARD, run.delta[last] / n))
    gradients = network.layers(picture.gradient)
    for layer in range(last, 0, -1):
        weights, biases = gradients[layer - 1]
        lines.append(
            _line(f"dW{layer} = {names[layer - 1]}.T @ d{layer}{_penalty(picture, layer)}", Phase.BACKWARD, weights)
        )
        if biases is not None:
            lines.append(_line(f"db{layer} = d{layer}.sum(axis=0)", Phase.BACKWARD, biases))
        if layer > 1:
            activation = network.activations[layer - 2]
            slope = (
                ""
                if activation == "linear"
                else " * " + _SLOPES[activation].format(a=names[layer - 1], z=f"z{layer - 1}")
            )
            text = f"d{layer - 1} = d{layer} @ W{layer}.T{slope}"
            lines.append(_line(text, Phase.BACKWARD, run.delta[layer - 1] / n))
    return (*lines, *_updates(picture))


def _updates(picture: Picture) -> list[CodeLine]:
    network, recipe = picture.network, picture.project.recipe
    with np.errstate(all="ignore"):
        following = network.layers(picture.parameters + picture.change)
    rate, lines = _rate(picture), []
    if recipe.one_at_a_time:
        lines.append(CodeLine("# one weight after the other, the gradient anew for each:", Phase.UPDATE, "", ""))
    elif recipe.optimizer != "sgd":
        lines.append(CodeLine(f"# {OPTIMIZERS[recipe.optimizer].formula}", Phase.UPDATE, "", ""))
    free = network.layers(np.isin(np.arange(network.parameter_count), sorted(recipe.locked)).astype(np.float64))
    for layer, (weights, biases) in enumerate(following, start=1):
        for letter, values, locked in (("W", weights, free[layer - 1][0]), ("b", biases, free[layer - 1][1])):
            if values is None or locked is None:
                continue
            name = f"{letter}{layer}"
            mask = f" * free_{name}" if locked.any() else ""
            change = f"- {rate} * d{name}" if recipe.optimizer == "sgd" else f"+ {recipe.optimizer}(d{name})"
            lines.append(_line(f"{name} = {name} {change}{mask}", Phase.UPDATE, values))
    return lines


def _penalty(picture: Picture, layer: int) -> str:
    recipe = picture.project.recipe
    parts = ""
    if recipe.l1:
        parts += f" + {_number(recipe.l1)} * np.sign(W{layer})"
    if recipe.l2:
        parts += f" + 2 * {_number(recipe.l2)} * W{layer}"
    return parts


def _rate(picture: Picture) -> str:
    return _number(picture.project.recipe.rate_at(picture.step))


def _number(value: float) -> str:
    """Return a number as code: the fewest digits that read back to the same float."""
    text = repr(float(value))
    return text.removesuffix(".0")


def _listed(values: Array) -> str:
    return (
        "["
        + ", ".join(_number(value) for value in values[:MOST_BOXES])
        + (", ...]" if len(values) > MOST_BOXES else "]")
    )


def _line(text: str, phase: Phase | None, value: Array | float, drawing: Broadcast | None = None) -> CodeLine:
    array = np.asarray(value)
    shape = "" if array.ndim == 0 else str(array.shape)
    about = "≈ " if _is_rounded(array) else ""
    return CodeLine(text, phase, about + summary(array), shape, drawing)


def _is_rounded(array: Array) -> bool:
    """Whether what is shown of an array is not quite what is there: few digits of many numbers make no sum."""
    digits, whole = (4, True) if array.ndim == 0 else (3, array.ndim == 2 and 1 not in array.shape and array.size <= 6)
    values = array.ravel()[: None if whole else 4]
    known = [float(value) for value in values if math.isfinite(value)]
    told = [float(shown_plain(value, digits).replace(MINUS, "-")) for value in known]
    return any(abs(one - other) > 1e-12 * abs(one) for one, other in zip(known, told, strict=True))


def summary(array: Array) -> str:
    """Return an array in a few digits: all of a small one, the beginning of a large one."""
    if array.ndim == 0:
        return shown_plain(float(array), 4)
    flat = array.ravel()
    if array.ndim == 2 and 1 not in array.shape and array.size <= 6:
        return "[" + ", ".join(summary(row) for row in array) + "]"
    texts = ", ".join(shown_plain(float(value), 3) for value in flat[:4])
    return f"[{texts}{', …' if len(flat) > 4 else ''}]"


def spoken(lines: tuple[CodeLine, ...]) -> str:
    """Return the code with its values as plain text, for screen readers and for copying."""
    return "\n".join(f"{line.text}  # {line.value} {line.shape}".rstrip(" #") for line in lines).replace(MINUS, "-")
