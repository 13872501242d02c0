"""What the tests of exported programs share: projects of every kind, and a place to run what they are written as.

Imports no Qt: the programs for PyTorch and Keras can be tested where those are installed and no window is.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gdstudio.document.codegen import export
from gdstudio.document.datasets import plain_data
from gdstudio.document.edits import descended
from gdstudio.document.project import Project, new_project
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, Network, Recipe, Run, draw_parameters, train

STEPS = 9
HIDDEN = [name for name in ACTIVATIONS if name != "softmax"]
PAIRS = list(product(LOSSES, OPTIMIZERS))
SHARE = 3
"""One of so many activations goes with a pair of loss and optimizer: every two of the three meet, in turn."""
OUTPUTS = {"binary_crossentropy": 1, "categorical_crossentropy": 3}
TARGETS = {
    "binary_crossentropy": lambda y: (y > 0) * 1.0,
    "categorical_crossentropy": lambda y: np.eye(y.shape[1])[y.argmax(axis=1)],
}


def program_project(
    loss: str = "mse",
    activation: str = "tanh",
    *,
    sizes: tuple[int, ...] | None = None,
    bias: bool = True,
    examples: int = 10,
    title: str = "drawn",
    **recipe: object,
) -> Project:
    """A project with drawn weights and data; the last activation is the loss's own, where it has one."""
    sizes = sizes or (2, 4, 3, OUTPUTS.get(loss, 2))
    random = np.random.default_rng(sizes)
    last = LOSSES[loss].taken_with or activation
    network = Network(sizes, (activation,) * (len(sizes) - 2) + (last,), bias)
    x, y = random.normal(size=(examples, sizes[0])), random.normal(size=(examples, sizes[-1]))
    y = TARGETS.get(loss, lambda y: y)(y)
    settings = {"learning_rate": 0.03, "seed": 3, **recipe}
    return new_project(title, Recipe(network, loss, **settings), draw_parameters(network, 1), plain_data("d", x, y))


def mixed_project(loss: str, activation: str, optimizer: str, *, one_at_a_time: bool | None = None) -> Project:
    """A project of this combination; everything else differs from one combination to the next."""
    number = (list(LOSSES).index(loss) * len(HIDDEN) + HIDDEN.index(activation)) * len(OPTIMIZERS)
    turn = np.random.default_rng(number + list(OPTIMIZERS).index(optimizer))
    return program_project(
        loss,
        activation,
        bias=bool(turn.integers(2)),
        optimizer=optimizer,
        batch_size=[None, 4, 3][turn.integers(3)],
        locked=frozenset([1, 5]) if turn.integers(2) else frozenset(),
        schedule=list(SCHEDULES)[turn.integers(len(SCHEDULES))],
        period=7,
        l1=0.01 * turn.integers(2),
        l2=0.02 * turn.integers(2),
        one_at_a_time=turn.integers(4) == 0 if one_at_a_time is None else one_at_a_time,
    )


def activations_with(loss: str, optimizer: str) -> list[str]:
    """The share of the hidden activations that this pair's turn brings."""
    turn = list(LOSSES).index(loss) + list(OPTIMIZERS).index(optimizer)
    return HIDDEN[turn % SHARE :: SHARE]


def train_on(project: Project, steps: int = STEPS) -> Run:
    """Descend on the project's data, by the engine alone."""
    return train(project.recipe, project.state, project.data.x, project.data.y, steps)


def advanced(project: Project, steps: int = 5) -> Project:
    """The project some steps on, with what the optimizer remembers."""
    return descended(project, train_on(project, steps).state)


def execute(*sources: str) -> SimpleNamespace:
    """Run pieces of a program one after the other; returns its names and what it printed."""
    names: dict = {"__name__": "__main__"}
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        for source in sources:
            exec(compile(source, "program", "exec"), names)
    return SimpleNamespace(names=names, **vars(read_printed(out.getvalue())))


def read_printed(text: str) -> SimpleNamespace:
    """Read what a program prints: the loss and the parameters, a line each."""
    lines = text.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["loss", "parameters"], text
    return SimpleNamespace(
        loss=float(lines[0].split(" ")[1]), parameters=np.array(json.loads(lines[1].split(" ", 1)[1]))
    )


def print_apart(source: str, folder: Path, *, timeout: float = 120, **variables: str) -> str:
    """Run a program from a bare file in a process of its own, which knows nothing of this repository."""
    return _run_apart(source, folder, timeout, variables).stdout


def execute_apart(source: str, folder: Path, *, timeout: float = 120, **variables: str) -> SimpleNamespace:
    """Run a program apart; returns what it printed."""
    ran = _run_apart(source, folder, timeout, variables)
    return SimpleNamespace(**vars(read_printed(ran.stdout)), errors=ran.stderr)


def _run_apart(source: str, folder: Path, timeout: float, variables: dict[str, str]) -> subprocess.CompletedProcess:
    file = folder / "program.py"
    file.write_bytes(source.encode())
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    ran = subprocess.run(
        [sys.executable, "-I", str(file)],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=folder,
        env={**env, **variables},
    )
    assert ran.returncode == 0, ran.stderr
    return ran


def named(project: Project, title: str, name: str, column: str) -> Project:
    """The project with other names for itself, for its data, and for every column."""
    data = project.data
    columns = [tuple(column for _ in names) for names in (data.input_names, data.target_names)]
    return replace(project, title=title, data=replace(data, name=name, input_names=columns[0], target_names=columns[1]))


@pytest.fixture(scope="session")
def coded() -> SimpleNamespace:
    """The helpers above."""
    return SimpleNamespace(
        activations_with=activations_with,
        advanced=advanced,
        apart=execute_apart,
        export=export,
        mixed=mixed_project,
        named=named,
        printed_apart=print_apart,
        project=program_project,
        read=read_printed,
        run=execute,
        train=train_on,
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for ``loss_with`` and ``optimizer_with`` is given every pair in turn."""
    if "loss_with" in metafunc.fixturenames:
        metafunc.parametrize(("loss_with", "optimizer_with"), PAIRS)
