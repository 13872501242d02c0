"""Short programs of one step of descent, and what can be wrong with one line of each.

Every line is NumPy as a person would write it; what a line gives is found by running it. Knows no exercise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gdstudio.document.numbers import shown_plain


@dataclass(frozen=True, slots=True)
class Fault:
    """A line as it is often written wrongly: which line, its text, and what is wrong with it."""

    line: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Program:
    """One step as a program: its right lines, what each of them makes, and how each may be wrong."""

    about: str
    lines: tuple[str, ...]
    parts: tuple[str, ...]
    faults: tuple[Fault, ...]

    def with_fault(self, fault: Fault) -> tuple[str, ...]:
        """Return the lines with one of them wrong."""
        return tuple(fault.text if k == fault.line else line for k, line in enumerate(self.lines))


_FACTOR = "The slope of a square is twice what is squared: the factor 2 is missing."
_UPHILL = "Downhill is against the slope: the step is taken away."
_NO_RATE = "The learning rate is missing: the step is far too long."
_BACKWARDS = "The error is prediction − target: the other way round every step leads uphill."

ONE_EXAMPLE = Program(
    "One step of gradient descent for the squared error of one example:",
    (
        "prediction = sum(inputs * weights)",
        "error = prediction - target",
        "gradient = 2 * error * inputs",
        "weights = weights - rate * gradient",
    ),
    ("the prediction", "the error", "the gradient", "the update"),
    (
        Fault(0, "prediction = sum(inputs + weights)", "Inputs are multiplied by their weights, not added to them."),
        Fault(1, "error = target - prediction", _BACKWARDS),
        Fault(2, "gradient = error * inputs", _FACTOR),
        Fault(
            2, "gradient = 2 * error * weights", "② is the value that the weight comes from: the input, not the weight."
        ),
        Fault(2, "gradient = 2 * error", "② is missing: each weight’s slope is multiplied by its own input."),
        Fault(3, "weights = weights + rate * gradient", _UPHILL),
        Fault(3, "weights = weights - gradient", _NO_RATE),
        Fault(3, "weights = rate * gradient", "The step is taken away from the old weights; here they are lost."),
    ),
)
EXAMPLES = Program(
    "One step of gradient descent for the mean squared error of the examples:",
    (
        "predictions = inputs @ weights",
        "errors = predictions - targets",
        "products = inputs.T * errors",
        "gradient = 2 * products.mean(axis=1)",
        "weights = weights - rate * gradient",
    ),
    ("the predictions", "the errors", "the products", "the gradient", "the update"),
    (
        Fault(1, "errors = targets - predictions", _BACKWARDS),
        Fault(1, "errors = (predictions - targets)**2", "The square is the loss; a slope has the error in it."),
        Fault(2, "products = inputs.T", "Each input is multiplied by the error of its own example."),
        Fault(
            2, "products = inputs.T * errors.mean()",
            "Each input goes with the error of its own example: the mean of products, not a product of means.",
        ),
        Fault(3, "gradient = products.mean(axis=1)", _FACTOR),
        Fault(
            3, "gradient = 2 * products.sum(axis=1)", "The loss is a mean, so its slope is one too: not the sum."
        ),
        Fault(
            3, "gradient = 2 * products.mean()",
            "Each weight has a slope of its own: the mean is over the examples, not over the weights too.",
        ),
        Fault(4, "weights = weights + rate * gradient", _UPHILL),
        Fault(4, "weights = weights - gradient", _NO_RATE),
    ),
)  # fmt: skip
HIDDEN = Program(
    "One step through a hidden layer with ReLU, for the squared error of one example:",
    (
        "z = inputs @ w1",
        "h = np.maximum(z, 0)",
        "prediction = h @ w2",
        "error = prediction - target",
        "slope_w2 = 2 * error * h",
        "slope_h = 2 * error * w2",
        "slope_z = slope_h * (z > 0)",
        "slope_w1 = np.outer(inputs, slope_z)",
        "w2 = w2 - rate * slope_w2",
        "w1 = w1 - rate * slope_w1",
    ),
    (
        "the sums z", "the hidden values h", "the prediction", "the error", "the slope of w2",
        "the slope at h", "the slope at z", "the slope of w1",
        "the update of w2", "the update of w1",
    ),
    (
        Fault(1, "h = np.maximum(-z, 0)", "ReLU lets through what is above 0, with its own sign."),
        Fault(1, "h = z", "The activation is forgotten: ReLU makes 0 of what is below 0."),
        Fault(3, "error = target - prediction", _BACKWARDS),
        Fault(4, "slope_w2 = error * h", _FACTOR),
        Fault(
            4, "slope_w2 = 2 * error * inputs", "w2 comes from the hidden nodes: ② is their value, not the inputs."
        ),
        Fault(5, "slope_h = error * w2", _FACTOR),
        Fault(5, "slope_h = 2 * error * h", "The way on from a hidden node is its weight w2, not its value."),
        Fault(6, "slope_z = slope_h", "③ is forgotten: the slope of ReLU is 0 where its sum is below 0."),
        Fault(6, "slope_z = slope_h * z", "③ is the slope of ReLU, which is 1 or 0, not the sum itself."),
        Fault(
            7, "slope_w1 = np.outer(slope_z, inputs)",
            "Rows are inputs and columns hidden nodes, as in w1: here they are swapped.",
        ),
        Fault(8, "w2 = w2 + rate * slope_w2", _UPHILL),
        Fault(8, "w2 = w2 - slope_w2", _NO_RATE),
        Fault(9, "w1 = w1 + rate * slope_w1", _UPHILL),
        Fault(9, "w1 = w1 - slope_w1", _NO_RATE),
    ),
)  # fmt: skip


def results(lines: Sequence[str], start: Mapping[str, object]) -> tuple[object, ...]:
    """Return what each line of a program gives, run one after the other from the named numbers of ``start``.

    The lines are those above: nothing that was typed or read from a file is ever run.
    """
    names: dict[str, object] = dict(start)
    given = []
    for line in lines:
        exec(line, {"np": np}, names)
        given.append(names[line.split(" = ")[0]])
    return tuple(given)


def told(value: object) -> str:
    """Return a number, a vector or a matrix as text, such as ``[[1, 2], [3, 4]]``."""
    array = np.asarray(value, dtype=np.float64)
    return shown_plain(float(array)) if array.ndim == 0 else "[" + ", ".join(map(told, array)) + "]"
