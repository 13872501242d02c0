"""The losses, one table row each.

Knows nothing of networks: a loss sees predictions, targets and (where it is taken together with the last activation)
the values before that activation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gdstudio.engine.activations import ACTIVATIONS
from gdstudio.engine.arrays import Array, Complex


@dataclass(frozen=True, slots=True)
class Loss:
    """How wrong a prediction is; everything follows from the error, prediction - target.

    All arrays are ``(…, outputs, n)``. ``terms(error, z, target, out)`` writes each output's share of each example's
    loss, where z is the value before the last activation; the loss is their average over examples, and over outputs
    too where ``averages_outputs``. ``slope(error, out)`` writes the slope of those shares with respect to the
    prediction; ``bend(error, prediction, change, out)`` how that slope changes when the prediction changes by
    ``change``. With ``taken_with`` the last activation is that one, and slope and change are those with respect to z:
    taken together they neither overflow nor divide by 0, and ``error(z, prediction, target, out)`` keeps the digits of
    the error where the prediction rounds to the target. ``analytic(prediction, z, target)`` is ``terms`` written for
    complex numbers. ``square`` is c for a loss that is c error^2, ``kinks`` the errors at which the loss is not smooth.
    """

    name: str
    label: str
    formula: str
    slope_formula: str
    terms: Callable[[Array, Array, Array, Array], Array]
    slope: Callable[[Array, Array], Array]
    bend: Callable[[Array, Array, Array, Array], Array]
    analytic: Callable[[Complex, Complex, Array], Complex]
    square: float | None = None
    taken_with: str | None = None
    averages_outputs: bool = True
    error: Callable[[Array, Array, Array, Array], Array] | None = None
    kinks: tuple[float, ...] = ()


def _mse(error: Array, z: Array, target: Array, out: Array) -> Array:
    return np.multiply(error, error, out)


def _mse_slope(error: Array, out: Array) -> Array:
    return np.add(error, error, out)


def _mse_bend(error: Array, prediction: Array, change: Array, out: Array) -> Array:
    return np.add(change, change, out)


def _half_mse(error: Array, z: Array, target: Array, out: Array) -> Array:
    np.multiply(error, error, out)
    out *= 0.5
    return out


def _same(error: Array, out: Array) -> Array:
    np.copyto(out, error)
    return out


def _half_mse_bend(error: Array, prediction: Array, change: Array, out: Array) -> Array:
    np.copyto(out, change)
    return out


def _mae(error: Array, z: Array, target: Array, out: Array) -> Array:
    return np.abs(error, out)


def _mae_slope(error: Array, out: Array) -> Array:
    return np.sign(error, out)


def _mae_bend(error: Array, prediction: Array, change: Array, out: Array) -> Array:
    out.fill(0.0)
    return out


def _huber(error: Array, z: Array, target: Array, out: Array) -> Array:
    """1/2 e^2 up to 1 and |e| - 1/2 beyond, as m (|e| - m / 2) with m = min(|e|, 1): Huber (1964)."""
    size = np.abs(error)
    np.minimum(size, 1.0, out=out)
    return np.multiply(out, size - 0.5 * out, out)


def _huber_slope(error: Array, out: Array) -> Array:
    return np.clip(error, -1.0, 1.0, out)


def _huber_bend(error: Array, prediction: Array, change: Array, out: Array) -> Array:
    return np.multiply(change, np.abs(error) <= 1.0, out)


def _binary(error: Array, z: Array, target: Array, out: Array) -> Array:
    """-t log s(z) - (1 - t) log(1 - s(z)) = max(z, 0) - t z + log(1 + e^-|z|), s the sigmoid."""
    np.multiply(z, target, out)
    np.subtract(np.maximum(z, 0.0), out, out)
    out += np.log1p(np.exp(-np.abs(z)))
    return out


def _binary_error(z: Array, prediction: Array, target: Array, out: Array) -> Array:
    """s(z) - t as (1 - t) s(z) - t s(-z)."""
    ACTIVATIONS["sigmoid"].value(-z, out)
    out *= target
    return np.subtract((1.0 - target) * prediction, out, out)


def _binary_bend(error: Array, prediction: Array, change: Array, out: Array) -> Array:
    np.multiply(prediction, 1.0 - prediction, out)
    out *= change
    return out


def _complex_binary(prediction: Complex, z: Complex, target: Array) -> Complex:
    sign = np.where(z.real > 0, 1.0, -1.0)
    result: Complex = np.where(z.real > 0, z, 0.0) - target * z + np.log1p(np.exp(-sign * z))
    return result


def _categorical(error: Array, z: Array, target: Array, out: Array) -> Array:
    """-t log softmax(z), log softmax(z) = z - m - log(1 + the sum of all other e^(z - m)), m the largest z."""
    np.subtract(z, z.max(axis=-2, keepdims=True), out)
    others = np.sort(np.exp(out), axis=-2)[..., :-1, :]
    np.subtract(np.log1p(others.sum(axis=-2, keepdims=True)), out, out)
    out *= target
    # A class that is not the true one costs nothing, however far below the largest z it is: 0 times infinity is 0 here.
    np.copyto(out, 0.0, where=target == 0.0)
    return out


def _categorical_error(z: Array, prediction: Array, target: Array, out: Array) -> Array:
    """p - t as (1 - t) p - t (the sum of all other p): the targets sum to 1, and so do the predictions."""
    np.matmul(1.0 - np.eye(prediction.shape[-2]), prediction, out)
    out *= target
    return np.subtract((1.0 - target) * prediction, out, out)


def _categorical_bend(error: Array, prediction: Array, change: Array, out: Array) -> Array:
    """The change of softmax itself: p (c - sum of p c)."""
    np.subtract(change, (prediction * change).sum(axis=-2, keepdims=True), out)
    out *= prediction
    return out


def _complex_categorical(prediction: Complex, z: Complex, target: Array) -> Complex:
    shifted = z - z.real.max(axis=-2, keepdims=True)
    result: Complex = target * (np.log(np.exp(shifted).sum(axis=-2, keepdims=True)) - shifted)
    return result


def _complex_size(error: Complex) -> Complex:
    result: Complex = np.where(error.real < 0, -error, error)
    return result


def _complex_huber(prediction: Complex, z: Complex, target: Array) -> Complex:
    size = _complex_size(prediction - target)
    result: Complex = np.where(size.real <= 1.0, 0.5 * size * size, size - 0.5)
    return result


_ROWS = (
    Loss(
        "mse", "Mean squared error", "(prediction − target)²", "2 × error",
        _mse, _mse_slope, _mse_bend, lambda p, z, t: (p - t) ** 2, square=1.0,
    ),
    Loss(
        "half_mse", "Half squared error", "½ (prediction − target)²", "error",
        _half_mse, _same, _half_mse_bend, lambda p, z, t: 0.5 * (p - t) ** 2, square=0.5,
    ),
    Loss(
        "mae", "Mean absolute error", "|prediction − target|", "the sign of the error",
        _mae, _mae_slope, _mae_bend, lambda p, z, t: _complex_size(p - t), kinks=(0.0,),
    ),
    Loss(
        "huber", "Huber", "½ error² up to 1, |error| − ½ beyond", "the error, kept within ±1",
        _huber, _huber_slope, _huber_bend, _complex_huber, kinks=(-1.0, 1.0),
    ),
    Loss(
        "binary_crossentropy", "Binary cross-entropy", "−log(share of the true class)", "error",
        _binary, _same, _binary_bend, _complex_binary, taken_with="sigmoid", error=_binary_error,
    ),
    Loss(
        "categorical_crossentropy", "Categorical cross-entropy", "−log(share of the true class)", "error",
        _categorical, _same, _categorical_bend, _complex_categorical, taken_with="softmax", averages_outputs=False,
        error=_categorical_error,
    ),
)  # fmt: skip

LOSSES: Mapping[str, Loss] = MappingProxyType({row.name: row for row in _ROWS})
"""Every loss by its name, in the order in which a person is offered them."""


def pairing_problem(loss: str, activation: str) -> str:
    """Return why a loss can't be used behind this last activation, as one sentence, or nothing."""
    row = LOSSES[loss]
    if row.taken_with is not None and row.taken_with != activation:
        needed = ACTIVATIONS[row.taken_with].label
        return f"{row.label} needs {needed} as the last activation, not {ACTIVATIONS[activation].label}."
    if activation == "softmax" and row.taken_with != "softmax":
        return f"Softmax goes with categorical cross-entropy, not with {row.label.lower()}."
    return ""


def target_problem(loss: str, targets: Array) -> str:
    """Return why a loss can't be used with these targets ``(n, outputs)``, as one sentence, or nothing."""
    taken_with = LOSSES[loss].taken_with
    if taken_with is None:
        return ""
    outside = ~((targets >= 0.0) & (targets <= 1.0))
    if outside.any():
        found = float(targets[outside][0])
        return f"{LOSSES[loss].label} needs targets from 0 to 1; one of them is {found:g}."
    if taken_with == "softmax" and (np.abs(targets.sum(axis=1) - 1.0) > 1e-9).any():
        return f"{LOSSES[loss].label} needs targets that sum to 1 in every example, one for each class."
    return ""
