"""Random projects in the middle of a run, and what their exported programs print when they are run as programs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from gdstudio.document import edits
from gdstudio.document.codegen import TARGETS
from gdstudio.document.datasets import plain_data
from gdstudio.document.errors import ProjectError
from gdstudio.document.project import NodeRef, Project, new_project
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, Network, Recipe, draw_parameters, measured_loss
from gdstudio.session.session import Session

RUNNER = Path(__file__).with_name("runner.py")
HIDDEN = [name for name in ACTIVATIONS if not ACTIVATIONS[name].last_only]
PAIRS = list(product(OPTIMIZERS, LOSSES))
IN_TURN = 10
"""One project of so many moves one weight at a time."""
LARGEST = 1e4
"""A loss above it is on its way out of all bounds: rounding grows with it."""

Random = np.random.Generator


def pick(random: Random, values):
    values = list(values)
    return values[random.integers(len(values))]


def targets_for(loss: str, y: np.ndarray) -> np.ndarray:
    """Targets that the loss can be used with."""
    if LOSSES[loss].taken_with == "softmax":
        return np.eye(y.shape[1])[y.argmax(axis=1)]
    return (y > 0) * 1.0 if LOSSES[loss].taken_with else y


def rate(random: Random) -> float:
    return float(10 ** random.uniform(-2.5, -1.0))


def drawn_project(random: Random, optimizer: str, loss: str, number: int) -> Project:
    """A project of this optimizer and loss before its first step; all else is drawn."""
    hidden = tuple(int(size) for size in random.integers(1, 6, size=random.integers(0, 4)))
    outputs = 3 if LOSSES[loss].taken_with == "softmax" else int(random.integers(1, 4))
    sizes = (int(random.integers(1, 4)), *hidden, outputs)
    names = tuple(pick(random, HIDDEN) for _ in sizes[1:-1])
    last = LOSSES[loss].taken_with or pick(random, HIDDEN)
    network = Network(sizes, (*names, last), bool(random.random() < 0.7))
    examples = int(random.integers(2, 24))
    x, y = random.normal(size=(examples, sizes[0])), random.normal(size=(examples, outputs))
    recipe = Recipe(
        network,
        loss,
        optimizer=optimizer,
        learning_rate=rate(random),
        batch_size=pick(random, [None, 1, int(random.integers(1, examples))]),
        seed=int(random.integers(100)),
        schedule=pick(random, SCHEDULES),
        period=int(random.integers(3, 40)),
        l1=pick(random, [0.0, 0.01]),
        l2=pick(random, [0.0, 0.02]),
        locked=frozenset(np.flatnonzero(random.random(network.parameter_count) < pick(random, [0.0, 0.2])).tolist()),
        one_at_a_time=number % IN_TURN == 0,
    )
    start = draw_parameters(network, int(random.integers(1000)))
    data = plain_data("drawn", x, targets_for(loss, y))
    if LOSSES[loss].taken_with is None and random.random() < 0.3:
        return edits.set_scaling(new_project(f"drawn {number}", recipe, start, data), "standard")
    return new_project(f"drawn {number}", recipe, start, data)


# What a person does in the middle of a run.


def set_setting(session: Session, random: Random) -> None:
    settings = OPTIMIZERS[session.viewed.recipe.optimizer].settings
    for setting in settings:
        values = {"epsilon": [1e-8, 1e-4, 1e-2], "weight_decay": [0.0, 0.3]}.get(setting.name, [0.0, 0.5, 0.93])
        session.set_setting(setting.name, pick(random, values))


def set_weight(session: Session, random: Random) -> None:
    session.set_parameter(int(random.integers(session.viewed.network.parameter_count)), float(random.normal()))


def set_lock(session: Session, random: Random) -> None:
    session.set_locked(int(random.integers(session.viewed.network.parameter_count)), True)


def set_schedule(session: Session, random: Random) -> None:
    session.set_schedule(pick(random, SCHEDULES))
    session.set_period(int(random.integers(3, 40)))


def set_batch(session: Session, random: Random) -> None:
    session.set_batch_size(pick(random, [None, 1, int(random.integers(1, len(session.viewed.data)))]))


def go_back(session: Session, random: Random) -> None:
    session.view_step(session.viewed.state.step - int(random.integers(1, 4)))


ACTS: Mapping[str, Callable[[Session, Random], object]] = {
    "optimizer": lambda session, random: session.set_optimizer(pick(random, OPTIMIZERS)),
    "rate": lambda session, random: session.set_learning_rate(rate(random)),
    "setting": set_setting,
    "weight": set_weight,
    "lock": set_lock,
    "schedule": set_schedule,
    "batch": set_batch,
    "penalty": lambda session, random: session.set_penalty(pick(random, ["l1", "l2"]), pick(random, [0.0, 0.03])),
    "activation": lambda session, random: session.set_activation(1, pick(random, HIDDEN)),
    "cell": lambda session, random: session.set_value(0, 0, float(random.normal())),
    "loss": lambda session, random: session.set_loss(pick(random, ["mse", "half_mse", "mae", "huber"])),
    "node": lambda session, random: session.add_node(1),
    "no node": lambda session, random: session.remove_node(NodeRef(1, 0)),
    "layer": lambda session, random: session.add_layer(0),
    "bias": lambda session, random: session.set_bias(not session.viewed.network.bias),
    "back": go_back,
}
GENTLE = ("rate", "setting", "weight", "lock", "schedule", "batch", "penalty", "back")
"""What keeps the step and the optimizer's memory."""


def mid_run(number: int) -> Session:
    """Session ``number``: a project in the middle of a run, of which something was changed on the way.

    Every optimizer meets every loss in 42 numbers. What runs away is drawn again.
    """
    for attempt in range(50):
        random = np.random.default_rng((14, number, attempt))
        optimizer, loss = PAIRS[number % len(PAIRS)]
        with np.errstate(all="ignore"):
            session = Session(drawn_project(random, optimizer, loss, number))
            session.descend(int(random.integers(2, 12)))
            for act in random.choice(list(ACTS), size=random.integers(0, 3)):
                ACTS[act](session, random)
                session.descend(int(random.integers(1, 9)))
            session.set_optimizer(optimizer)
            session.descend(int(random.integers(1, 6)))
            for act in random.choice(GENTLE, size=random.integers(0, 3)):
                ACTS[act](session, random)
            session.descend(int(random.integers(1, 9)))
        if shown_loss(session) < LARGEST and np.abs(session.viewed.parameters).max() < LARGEST:
            return session
    raise AssertionError(f"number {number} runs away however it is drawn")


def shown_loss(session: Session) -> float:
    """The loss at the step that is looked at, as the plot has it."""
    project = session.viewed
    return measured_loss(project.recipe, project.parameters, project.data.x, project.data.y)


# Their programs.


@dataclass(frozen=True, slots=True, eq=False)
class Ending:
    """Where a program ended, and where the screen did; a refused one has its reason alone."""

    number: int
    project: Project
    shown: float
    refusal: str = ""
    parameters: np.ndarray | None = None
    loss: float = float("nan")
    error: str = ""
    warned: str = ""

    @property
    def name(self) -> str:
        recipe, network = self.project.recipe, self.project.network
        return f"{self.number}: {recipe.optimizer}, {recipe.loss}, {recipe.schedule}, {network.activations}"


def exported(numbers: range, target: str, folder: Path) -> dict[int, Ending]:
    """Write the program of each number, and say where the screen ended, and what was refused."""
    endings = {}
    for number in numbers:
        session = mid_run(number)
        refusal = ""
        try:
            text = session.program(target)
            (folder / f"p{number:04}{TARGETS[target].suffix}").write_bytes(text.encode())
        except ProjectError as error:
            refusal = str(error)
        endings[number] = Ending(number, session.viewed, shown_loss(session), refusal)
    return endings


def run_all(folder: Path) -> None:
    """Run every program of the folder in one process of its own, which knows nothing of this repository."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    env |= {"KERAS_BACKEND": "torch", "KERAS_HOME": str(folder), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(
        [sys.executable, "-I", str(RUNNER), str(folder)], capture_output=True, text=True, cwd=folder, env=env
    )
    assert ran.returncode == 0, ran.stderr


def ended(ending: Ending, folder: Path) -> Ending:
    """The ending with what its program printed."""
    if ending.refusal:
        return ending
    told = json.loads((folder / f"p{ending.number:04}.json").read_text(encoding="utf-8"))
    said = replace(ending, error=told["error"], warned=told["warned"])
    if said.error:
        return said
    loss, parameters = told["printed"].splitlines()
    numbers = np.array(json.loads(parameters.removeprefix("parameters ")))
    return replace(said, loss=float(loss.removeprefix("loss ")), parameters=numbers)


def endings(numbers: range, target: str, folder: Path) -> list[Ending]:
    """Where the exported programs of these numbers end, each beside the screen."""
    written = exported(numbers, target, folder)
    run_all(folder)
    return [ended(each, folder) for each in written.values()]


@pytest.fixture
def programs(qapp: QApplication) -> SimpleNamespace:
    """The helpers above."""
    return SimpleNamespace(endings=endings, mid_run=mid_run, in_turn=IN_TURN, optimizers=OPTIMIZERS)
