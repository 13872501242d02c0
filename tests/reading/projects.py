"""Projects drawn at random, each by its number alone: every optimizer, batch, schedule, penalty, loss and activation.

Made by the ways that the studio's own files and windows use; knows nothing of windows.
"""

import numpy as np

from gdstudio.document.datasets import SCALINGS, plain_data, with_scaling
from gdstudio.document.edits import descended
from gdstudio.document.project import Project, new_project
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, Network, Recipe, draw_parameters, train

HIDDEN = [name for name in ACTIVATIONS if name != "softmax"]
SCALES = (1.0, 1.0, 1.0, 1.0, 10.0, 0.01, 1e-4, 300.0, 1e5, 1e-9, 1e12, 1e60)
_ROUND = (None, None, None, 0, 1, 2)
"""Decimals of the numbers that are given: a person types round ones."""


def drawn_project(number: int) -> Project:
    """Return the project of this number, some steps on; one that would leave all bounds is as far as it came."""
    random = np.random.default_rng([14, number])

    def one_of(options):
        return options[int(random.integers(len(options)))]

    loss, optimizer = list(LOSSES)[number % len(LOSSES)], list(OPTIMIZERS)[number % len(OPTIMIZERS)]
    depth = int(random.integers(0, 4))
    outputs = {"binary_crossentropy": 1, "categorical_crossentropy": 3}.get(loss, one_of((1, 1, 1, 2)))
    sizes = (one_of((1, 2, 2, 3)), *(int(random.integers(1, 4)) for _ in range(depth)), outputs)
    activations = tuple(one_of(HIDDEN) for _ in range(depth)) + (
        LOSSES[loss].taken_with or one_of(("linear", "linear", *HIDDEN)),
    )
    examples = one_of((1, 1, 2, 3, 5, 7, 40))
    scale, places = one_of(SCALES), one_of(_ROUND)
    x, y = random.normal(size=(examples, sizes[0])), random.normal(size=(examples, outputs))
    if LOSSES[loss].taken_with is None:
        y = y * one_of((1.0, scale))
    elif outputs == 1:
        y = (y > 0) * 1.0
    else:
        y = np.eye(outputs)[y.argmax(axis=1)]
    x = x * scale
    parameters_scale = one_of((1.0, 1.0, 1.0, 3.0, 0.01, 1e-6, 1e4))
    network = Network(sizes, activations, bool(random.integers(2)))
    parameters = draw_parameters(network, number) * parameters_scale
    if places is not None:
        x, parameters = np.round(x, places), np.round(parameters, places)
        y = np.round(y, places) if LOSSES[loss].taken_with is None else y
    recipe = Recipe(
        network, loss, optimizer,
        learning_rate=one_of((0.01, 0.01, 0.1, 0.03, 1.0, 0.0123, 1e-6, 3e-9)),
        batch_size=None if examples == 1 else one_of((None, None, 1, min(2, examples), min(3, examples))),
        seed=number,
        schedule=one_of(("constant", "constant", *SCHEDULES)),
        period=one_of((3, 10, 1000)),
        l1=one_of((0.0, 0.0, 0.01, 0.3)),
        l2=one_of((0.0, 0.0, 0.02, 0.001)),
        one_at_a_time=bool(random.integers(6) == 0),
        locked=frozenset({0}) if random.integers(6) == 0 else frozenset(),
    )  # fmt: skip
    data = plain_data("drawn", x, y)
    if LOSSES[loss].taken_with is None and not random.integers(4):
        data = with_scaling(data, one_of(tuple(SCALINGS)))
    project = new_project(f"drawn {number}", recipe, parameters, data)
    return _further(project, one_of((0, 1, 1, 2, 3, 10, 60)))


def _further(project: Project, steps: int) -> Project:
    """Return the project so many steps on, or as many as stay finite."""
    data = project.data
    while steps:
        with np.errstate(all="ignore"):
            state = train(project.recipe, project.state, data.x, data.y, steps).state
        if all(np.isfinite(array).all() for array in (state.parameters, *state.optimizer)):
            return descended(project, state)
        steps //= 2
    return project
