"""Projects drawn at random, each by its number alone, and those at the very edge of a zone.

Knows nothing of sentences.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from gdstudio.document.datasets import plain_data
from gdstudio.document.edits import (
    LEARNING_RATE_LIMITS,
    descended,
    set_batch_size,
    set_learning_rate,
    set_one_at_a_time,
    set_optimizer,
    set_parameters,
    set_penalty,
    set_setting,
)
from gdstudio.document.examples import load_example
from gdstudio.document.numbers import parse_number
from gdstudio.document.project import Project, new_project
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, Array, Network, Recipe, draw_parameters, train

from .truth import hessian, is_parabola

HIDDEN = [name for name in ACTIVATIONS if name != "softmax"]
SIZES = (1.0, 1.0, 1.0, 1.0, 1.0, 3.0, 0.1, 30.0, 0.01, 1000.0)
FAR_OUT = (1e-6, 1e5, 1e12, 1e-30, 1e60, 1e-100, 1e100, 1e154)
SETTINGS = {
    "momentum": (0.0, 0.3, 0.5, 0.9, 0.9, 0.99), "epsilon": (1e-8, 1e-4, 1.0), "rho": (0.0, 0.9, 0.99),
    "beta_1": (0.0, 0.9), "beta_2": (0.9, 0.999), "weight_decay": (0.0, 0.01, 0.5),
}  # fmt: skip
FREE_RATES = ("adagrad", "rmsprop", "adam", "adamw")


class Draw:
    """One stream of chances."""

    def __init__(self, number: int) -> None:
        self.random = np.random.default_rng([41, number])

    def one_of(self, options):
        return options[int(self.random.integers(len(options)))]

    def chance(self, share: float) -> bool:
        return bool(self.random.random() < share)

    def count(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high + 1))


def drawn_project(number: int) -> Project:
    """Return the project of this number: its rate lies between a hundredth and ten times the edge of plain descent."""
    draw = Draw(number)
    if draw.chance(0.55):
        loss, hidden, last = draw.one_of(("mse", "mse", "half_mse")), (), "linear"
    else:
        loss = draw.one_of(list(LOSSES))
        hidden = tuple(draw.count(1, 4) for _ in range(draw.count(0, 2)))
        last = LOSSES[loss].taken_with or draw.one_of(("linear", "linear", "tanh", "relu", "sigmoid"))
    outputs = {"binary_crossentropy": 1, "categorical_crossentropy": 3}.get(loss, draw.one_of((1, 1, 1, 2, 3)))
    sizes = (draw.count(1, 4), *hidden, outputs)
    network = Network(sizes, tuple(draw.one_of(HIDDEN) for _ in hidden) + (last,), bias=draw.chance(0.7))
    x, y = _data(draw, sizes[0], outputs, loss)
    recipe = _recipe(draw, network, loss, len(x))
    parameters = draw_parameters(network, number) * draw.one_of((1.0, 1.0, 1.0, 10.0, 0.0))
    if draw.chance(0.05):
        parameters = np.round(parameters)
    project = new_project("drawn", recipe, parameters, plain_data("drawn", x, y))
    if draw.chance(0.06) and is_parabola(recipe):
        project = set_parameters(project, bottom_of(project))
    project = _with_rate(draw, project)
    if draw.chance(0.35):
        run = train(project.recipe, project.state, x, y, draw.count(1, 12))
        project = descended(project, run.state)
    return project


def _data(draw: Draw, inputs: int, outputs: int, loss: str) -> tuple[Array, Array]:
    examples = draw.one_of((1, 1, 2, 3, 4, 6, 12))
    x = draw.random.normal(size=(examples, inputs)) * np.array([draw.one_of(SIZES) for _ in range(inputs)])
    y = draw.random.normal(size=(examples, outputs)) * draw.one_of(SIZES)
    if draw.chance(0.3):
        x, y = np.round(x), np.round(y)
    if draw.chance(0.15):
        x[:, -1] = x[:, 0]
    if draw.chance(0.1):
        x = x - x.mean(axis=0)
    if draw.chance(0.08):
        x = x * draw.one_of(FAR_OUT)
        y = y * draw.one_of((1.0, *FAR_OUT))
    if loss == "binary_crossentropy":
        y = (y > 0) * 1.0
    elif loss == "categorical_crossentropy":
        y = np.eye(3)[y.argmax(axis=1)]
    return x, y


def _recipe(draw: Draw, network: Network, loss: str, examples: int) -> Recipe:
    optimizer = draw.one_of((*list(OPTIMIZERS), "sgd", "sgd", "sgd", "momentum", "nesterov"))
    settings = {setting.name: draw.one_of(SETTINGS[setting.name]) for setting in OPTIMIZERS[optimizer].settings}
    count = network.parameter_count
    return Recipe(
        network, loss, optimizer, batch_size=draw.count(1, examples) if draw.chance(0.25) else None,
        seed=draw.count(0, 99), settings=settings,
        locked=frozenset(i for i in range(count) if draw.chance(0.4)) if draw.chance(0.15) else frozenset(),
        schedule=draw.one_of(list(SCHEDULES)) if draw.chance(0.2) else "constant", period=draw.one_of((1, 7, 100)),
        l1=draw.one_of((0.01, 1.0)) if draw.chance(0.08) else 0.0,
        l2=draw.one_of((1e-4, 0.01, 1.0)) if draw.chance(0.2) else 0.0, one_at_a_time=draw.chance(0.2),
    )  # fmt: skip


def _with_rate(draw: Draw, project: Project) -> Project:
    """Take a rate near the edge; where there is none, or the optimizer has its own measure, any."""
    curvature = np.linalg.eigvalsh(hessian(project))[-1] if np.isfinite(hessian(project)).all() else 0.0
    share = 10.0 ** draw.random.uniform(-2.0, 1.0)
    if draw.chance(0.06):
        share = draw.one_of((0.5, 1.0))
    with np.errstate(all="ignore"):
        rate = share * float(np.divide(2.0, curvature)) if curvature > 0.0 else 10.0 ** draw.random.uniform(-4.0, 1.0)
    if project.recipe.optimizer in FREE_RATES and draw.chance(0.5):
        rate = 10.0 ** draw.random.uniform(-4.0, 1.0)
    low, high = LEARNING_RATE_LIMITS
    return set_learning_rate(project, min(max(rate, low), high))


def bottom_of(project: Project) -> Array:
    """Return the parameters at which a loss that is a parabola is least, by the normal equations."""
    recipe, data = project.recipe, project.data
    network, count = recipe.network, len(data)
    inputs, outputs = network.sizes
    columns = np.hstack([data.x, np.ones((count, 1))]) if network.bias else data.x
    factor = (LOSSES[recipe.loss].square or 1.0) / (count * outputs)
    weight = np.sqrt(recipe.l2 / factor) * np.eye(columns.shape[1])[:inputs]
    rows, targets = np.vstack([columns, weight]), np.vstack([data.y, np.zeros((inputs, outputs))])
    with np.errstate(all="ignore"):
        try:
            best = np.linalg.lstsq(rows, targets, rcond=None)[0].ravel()
        except np.linalg.LinAlgError:
            return project.parameters
    return best if np.isfinite(best).all() else project.parameters


# At the very edge.


def _typed(key: str, rate: str) -> Project:
    """Return a starting point with a rate as a person types it."""
    return set_learning_rate(load_example(key), parse_number(rate))


def _given(x, y, parameters, *, bias: bool = False, **recipe) -> Project:
    x, y = np.array(x, dtype=float), np.array(y, dtype=float)
    network = Network((x.shape[1], y.shape[1]), ("linear",), bias=bias)
    data = plain_data("given", x, y)
    return new_project("given", Recipe(network, **recipe), np.array(parameters, dtype=float), data)


def _moved(project: Project, steps: int) -> Project:
    run = train(project.recipe, project.state, project.data.x, project.data.y, steps)
    return descended(project, run.state)


def edges() -> Iterator[tuple[str, Project]]:
    """Every case at which one zone becomes another, by name, and others that a rule is easily wrong about."""
    lecture = {"one-weight": 9, "two-weights": 25, "three-inputs": 14}
    for key, edge in lecture.items():
        for name, rate in (("at", f"1/{edge}"), ("half of", f"1/{2 * edge}"), ("a tenth of half of", f"1/{20 * edge}")):
            yield f"{key} {name} the edge", _typed(key, rate)
        yield f"{key} a hair below the edge", _typed(key, repr(0.999 / edge))
        yield f"{key} a hair above the edge", _typed(key, repr(1.001 / edge))
        yield f"{key} at the edge, some steps on", _moved(_typed(key, f"1/{edge}"), 7)
        for name in ("momentum", "nesterov"):
            fast = set_optimizer(load_example(key), name)
            reach = 3.8 if name == "momentum" else 3.8 / 2.8
            for share in (0.999, 1.0, 1.001):
                yield f"{key} {name} {share}", set_learning_rate(fast, share * reach / (2 * edge))
            yield f"{key} {name} without momentum", set_setting(_typed_for(fast, f"1/{edge}"), "momentum", 0.0)
            yield f"{key} {name} mid-run", _moved(set_learning_rate(fast, 0.9 * reach / (2 * edge)), 5)
        for share in ("1/100", f"1/{edge}", "1/3", "1"):
            yield f"{key} one at a time {share}", set_one_at_a_time(_typed(key, share), True)
        yield f"{key} at the edge with L2", set_penalty(_typed(key, f"1/{edge}"), "l2", 0.5)
        yield f"{key} with L1", set_penalty(_typed(key, f"1/{edge}"), "l1", 0.5)
    yield "one batch that holds all", set_batch_size(_typed("noisy-line", "1/2"), 24)
    yield "at the bottom exactly", _given([[3.0]], [[6.0]], [2.0], learning_rate=0.01)
    yield "at the bottom exactly, too fast", _given([[3.0]], [[6.0]], [2.0], learning_rate=5.0)
    yield "at the bottom with a velocity", _with_velocity(_given([[3.0]], [[6.0]], [2.0], optimizer="momentum"), 1.0)
    yield "at the bottom up to rounding", _given([[0.1]], [[0.3]], [3.0], learning_rate=5.0)
    line = [[-1.0], [0.0], [1.0]], [[-2.0], [0.0], [2.0]]
    for rate in (0.4, 0.6, 1.0, 1.2, 1.6):
        yield f"no slope along the steepest way, {rate}", _given(*line, [0.0, 0.0], bias=True, learning_rate=rate)
    two = [[1.0, 0.0], [0.0, 3.0]], [[1.0], [3.0]]
    for rate in (0.1, 0.15, 2 / 9, 0.5):
        yield f"one of two weights is right, {rate}", _given(*two, [0.0, 1.0], learning_rate=rate)
    for name in ("momentum", "nesterov"):
        recipe = {"optimizer": name, "learning_rate": 0.7}
        yield f"one of two weights is right, {name}", _given(*two, [0.0, 1.0], **recipe)
    ones = [[1.0, 1.0]], [[0.0]]
    for rate in (0.5, 0.9, 1.0, 1.1, 1.6):
        recipe = {"learning_rate": rate, "one_at_a_time": True}
        yield f"one at a time, two alike, {rate}", _given(*ones, [1.0, 2.0], **recipe)
    yield "one at a time, turned about", _given([[1.0, 1.0]], [[0.0]], [1.0, 2.0], learning_rate=1, one_at_a_time=True)
    yield "all locked", _given(*two, [0.0, 0.0], locked=frozenset({0, 1}))
    yield "the steepest locked", _given(*two, [0.0, 0.0], locked=frozenset({1}), learning_rate=0.5)
    yield "two outputs", _given([[1.0], [2.0]], [[1.0, 2.0], [3.0, 4.0]], [0.0, 0.0], learning_rate=0.4)
    yield "fewer examples than weights", _given([[1.0, 2.0, 3.0]], [[1.0]], [0.0] * 3, learning_rate=1 / 14)
    yield "inputs of 0", _given([[0.0]], [[1.0]], [1.0])
    yield "a loss beyond all numbers", _given([[1e200]], [[0.0]], [1.0])
    yield "a next loss beyond all numbers", _given([[1e100]], [[0.0]], [1.0], learning_rate=1.0)
    yield "a memory beyond all numbers", _given([[1e100]], [[1e60]], [0.0], optimizer="adam")
    yield "a batch that is right", _given([[1.0], [1.0]], [[1.0], [3.0]], [1.0], batch_size=1, seed=2)
    yield "the other batch that is right", _given([[1.0], [1.0]], [[3.0], [1.0]], [1.0], batch_size=1, seed=2)
    yield "tiny inputs", _given([[1e-160]], [[1.0]], [1.0], learning_rate=10.0)
    yield "tiny inputs and weights", _given([[1e-155]], [[1.0]], [0.0], learning_rate=10.0)
    yield "tiny targets", _given([[1.0]], [[1e-170]], [0.0], learning_rate=0.1)
    yield "a huge penalty", _given([[1.0]], [[1.0]], [1.0], l2=1e308)


def _typed_for(project: Project, rate: str) -> Project:
    return set_learning_rate(project, parse_number(rate))


def _with_velocity(project: Project, velocity: float) -> Project:
    memory = (np.full_like(project.parameters, velocity),)
    return replace(project, state=replace(project.state, optimizer=memory))
