"""How each activation, loss, optimizer and schedule is written in NumPy and PyTorch: one table row each.

Texts alone; the tests run them against the engine.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NumpyActivation:
    """The function as a definition, and its slope as an expression of ``{z}`` and ``{a}``."""

    function: str
    slope: str


@dataclass(frozen=True, slots=True)
class NumpyLoss:
    """The sum of all losses, and their slope at the prediction, as expressions of ``error``, ``a``, ``z``, ``y.T``.

    In the slope ``{a}`` and ``{z}`` stand for the last layer's.
    """

    total: str
    slope: str


_SIGMOID = """

def sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z < 0.0, e, 1.0) / (1.0 + e)
"""

NUMPY_ACTIVATIONS: Mapping[str, NumpyActivation] = {
    "linear": NumpyActivation("", "1.0"),
    "relu": NumpyActivation("\n\ndef relu(z):\n    return np.maximum(z, 0.0)\n", "({a} > 0.0)"),
    "leaky_relu": NumpyActivation(
        "\n\ndef leaky_relu(z):\n    return np.maximum(z, 0.01 * z)\n", "(({a} > 0.0) * (1.0 - 0.01) + 0.01)"
    ),
    "elu": NumpyActivation(
        "\n\ndef elu(z):\n    return np.expm1(np.minimum(z, 0.0)) + np.maximum(z, 0.0)\n",
        "np.exp(np.minimum({z}, 0.0))",
    ),
    "gelu": NumpyActivation(
        """

def gelu(z):
    flat = (z * -math.sqrt(0.5)).ravel().tolist()
    return z * (0.5 * np.array([math.erfc(v) for v in flat]).reshape(z.shape))


def gelu_slope(z, a):
    near = np.clip(z, -1e100, 1e100)
    share = np.full_like(z, 0.5)
    np.divide(a, z, out=share, where=z != 0.0)
    return share + z * (np.exp(-0.5 * near * near) / math.sqrt(2.0 * math.pi))
""",
        "gelu_slope({z}, {a})",
    ),
    "silu": NumpyActivation(
        """

def silu(z):
    e = np.exp(-np.abs(z))
    return z * (np.where(z < 0.0, e, 1.0) / (1.0 + e))


def silu_slope(z):
    e = np.exp(-np.abs(z))
    return e / (1.0 + e) ** 2 * z + np.where(z < 0.0, e, 1.0) / (1.0 + e)
""",
        "silu_slope({z})",
    ),
    "tanh": NumpyActivation("\n\ndef tanh(z):\n    return np.tanh(z)\n", "(1.0 - np.square({a}))"),
    "sigmoid": NumpyActivation(
        _SIGMOID
        + """

def sigmoid_slope(z):
    e = np.exp(-np.abs(z))
    return e / (1.0 + e) ** 2
""",
        "sigmoid_slope({z})",
    ),
    "softplus": NumpyActivation(
        """

def softplus(z):
    return np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0.0)


def softplus_slope(z):
    e = np.exp(-np.abs(z))
    return np.where(z < 0.0, e, 1.0) / (1.0 + e)
""",
        "softplus_slope({z})",
    ),
    "softmax": NumpyActivation(
        """

def softmax(z):
    e = np.exp(z - z.max(axis=-2, keepdims=True))
    return e / e.sum(axis=-2, keepdims=True)
""",
        "1.0",
    ),
}

_SQUARES = "np.dot(error.ravel(), error.ravel())"

NUMPY_LOSSES: Mapping[str, NumpyLoss] = {
    "mse": NumpyLoss(_SQUARES, "error + error"),
    "half_mse": NumpyLoss(f"0.5 * {_SQUARES}", "error"),
    "mae": NumpyLoss("np.abs(error).sum()", "np.sign(error)"),
    "huber": NumpyLoss(
        "(np.minimum(np.abs(error), 1.0) * (np.abs(error) - 0.5 * np.minimum(np.abs(error), 1.0))).sum()",
        "np.clip(error, -1.0, 1.0)",
    ),
    "binary_crossentropy": NumpyLoss(
        "(np.maximum(z, 0.0) - z * y.T + np.log1p(np.exp(-np.abs(z)))).sum()",
        "(1.0 - y.T) * {a} - sigmoid(-{z}) * y.T",
    ),
    "categorical_crossentropy": NumpyLoss(
        "np.where(y.T == 0.0, 0.0, (np.log1p(np.sort(np.exp(z - z.max(axis=0)), axis=0)[:-1].sum(axis=0))"
        " - (z - z.max(axis=0))) * y.T).sum()",
        "(1.0 - y.T) * {a} - np.matmul(1.0 - np.eye(len({a})), {a}) * y.T",
    ),
}

_ADAM = (
    "velocity = beta_1 * velocity + (1.0 - beta_1) * g",
    "squares = beta_2 * squares + (1.0 - beta_2) * g * g",
    "count = count + 1.0",
    "change = velocity / (np.sqrt(squares) / np.sqrt(1.0 - beta_2**count) + epsilon)",
    "change = change * (-rate / (1.0 - beta_1**count))",
)

NUMPY_OPTIMIZERS: Mapping[str, tuple[str, ...]] = {
    "sgd": ("change = -rate * g",),
    "momentum": ("velocity = momentum * velocity + g", "change = -rate * velocity"),
    "nesterov": ("velocity = momentum * velocity + g", "change = -rate * (momentum * velocity + g)"),
    "adagrad": ("squares = squares + g * g", "change = -rate * (g / (np.sqrt(squares) + epsilon))"),
    "rmsprop": (
        "squares = rho * squares + (1.0 - rho) * g * g",
        "change = -rate * (g / (np.sqrt(squares) + epsilon))",
    ),
    "adam": _ADAM,
    "adamw": (*_ADAM, "change = change - rate * weight_decay * parameters"),
}
"""The lines that make ``change`` of the gradient ``g``: the engine's own operations in their order."""

SCHEDULE_LINES: Mapping[str, str] = {
    "constant": "1.0",
    "step": "0.5 ** math.floor(t)",
    "exponential": "0.5**t",
    "cosine": "(0.5 * (1.0 + math.cos(math.pi * min(t, 1.0))))",
    "inverse": "(1.0 / (1.0 + t))",
}

TORCH_ACTIVATIONS: Mapping[str, str] = {
    "linear": "a",
    "relu": "F.relu(a)",
    "leaky_relu": "F.leaky_relu(a, 0.01)",
    "elu": "F.elu(a)",
    "gelu": "F.gelu(a)",
    "silu": "F.silu(a)",
    "tanh": "torch.tanh(a)",
    "sigmoid": "torch.sigmoid(a)",
    "softplus": "torch.logaddexp(a, torch.zeros_like(a))",
    "softmax": "torch.softmax(a, dim=1)",
}

TORCH_LOSSES: Mapping[str, str] = {
    "mse": "((a - y) ** 2).mean()",
    "half_mse": "0.5 * ((a - y) ** 2).mean()",
    "mae": "(a - y).abs().mean()",
    "huber": "F.huber_loss(a, y, delta=1.0)",
    "binary_crossentropy": "F.binary_cross_entropy_with_logits(a, y)",
    "categorical_crossentropy": "-(y * F.log_softmax(a, dim=1)).sum(dim=1).mean()",
}

TORCH_OPTIMIZERS: Mapping[str, str] = {
    "sgd": "torch.optim.SGD(parameters, lr=learning_rate)",
    "momentum": "torch.optim.SGD(parameters, lr=learning_rate, momentum=momentum)",
    "nesterov": "torch.optim.SGD(parameters, lr=learning_rate, momentum=momentum, nesterov=momentum > 0)",
    "adagrad": "torch.optim.Adagrad(parameters, lr=learning_rate, eps=epsilon)",
    "rmsprop": "torch.optim.RMSprop(parameters, lr=learning_rate, alpha=rho, eps=epsilon)",
    "adam": "torch.optim.Adam(parameters, lr=learning_rate, betas=(beta_1, beta_2), eps=epsilon)",
    "adamw": (
        "torch.optim.AdamW(parameters, lr=learning_rate, betas=(beta_1, beta_2), eps=epsilon, "
        "weight_decay=weight_decay)"
    ),
}

TORCH_MEMORY: Mapping[str, Mapping[str, str]] = {
    "sgd": {},
    "momentum": {"velocity": "momentum_buffer"},
    "nesterov": {"velocity": "momentum_buffer"},
    "adagrad": {"squares": "sum"},
    "rmsprop": {"squares": "square_avg"},
    "adam": {"velocity": "exp_avg", "squares": "exp_avg_sq", "count": "step"},
    "adamw": {"velocity": "exp_avg", "squares": "exp_avg_sq", "count": "step"},
}
"""What PyTorch calls each slot of an optimizer's memory."""
