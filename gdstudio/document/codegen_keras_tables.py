"""How each activation, loss and optimizer is written in Keras: one table row each.

Texts alone; the tests run them against the engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

KERAS_ACTIVATIONS: Mapping[str, str] = {
    "linear": "None",
    "relu": '"relu"',
    "leaky_relu": "lambda z: ops.where(z > 0.0, z, 0.01 * z)",
    "elu": '"elu"',
    "gelu": "lambda z: 0.5 * z * (1.0 + ops.erf(z * 0.5**0.5))",
    "silu": '"silu"',
    "tanh": '"tanh"',
    "sigmoid": '"sigmoid"',
    "softplus": "lambda z: ops.logaddexp(z, 0.0)",
    "softmax": '"softmax"',
}
"""A number that Keras hands on to TensorFlow is rounded to float32 on the way: those with one are written out."""

KERAS_LOSSES: Mapping[str, str] = {
    "mse": "losses.MeanSquaredError()",
    "half_mse": "lambda y, a: 0.5 * ops.mean((a - y) ** 2, axis=-1)",
    "mae": "losses.MeanAbsoluteError()",
    "huber": "losses.Huber(1.0)",
    "binary_crossentropy": "losses.BinaryCrossentropy(from_logits=True)",
    "categorical_crossentropy": "losses.CategoricalCrossentropy(from_logits=True)",
}
"""Those that are taken together with an activation take it themselves: from probabilities Keras cuts them at 1e-7."""


@dataclass(frozen=True, slots=True)
class KerasOptimizer:
    """Keras's own optimizer, and where its rule is another one than on screen.

    ``call`` makes it; its variables hold each slot of the memory under the attribute and times the factor that
    ``memory`` names. ``differs`` says what Keras does otherwise, with every rate or (``while_rate_changes``) only
    where a schedule moves the rate; the program then brings the rule along.
    """

    call: str = ""
    memory: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    differs: str = ""
    while_rate_changes: bool = False


_SGD = "optimizers.SGD(learning_rate, momentum=np.float64(momentum)"
_VELOCITY = {"velocity": ("momentums", "-learning_rate * ")}
_SCALED = "Keras's own keeps rate x slope in its velocity, which is another rule while the rate changes."
_INSIDE = "Keras's own adds epsilon inside the root."
_EARLY = "Keras's own adds epsilon before the bias correction."

KERAS_OPTIMIZERS: Mapping[str, KerasOptimizer] = {
    "sgd": KerasOptimizer("optimizers.SGD(learning_rate)"),
    "momentum": KerasOptimizer(f"{_SGD})", _VELOCITY, _SCALED, True),
    "nesterov": KerasOptimizer(f"{_SGD}, nesterov=True)", _VELOCITY, _SCALED, True),
    "adagrad": KerasOptimizer(differs=_INSIDE),
    "rmsprop": KerasOptimizer(differs=_INSIDE),
    "adam": KerasOptimizer(differs=_EARLY),
    "adamw": KerasOptimizer(differs=_EARLY),
}
