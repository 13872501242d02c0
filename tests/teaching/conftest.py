"""What the tests of explanations share: projects to explain."""

import numpy as np
import pytest

from gdstudio.document.datasets import plain_data
from gdstudio.document.edits import descended
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe, draw_parameters, train


def two_outputs_project() -> Project:
    """2-3-2 with tanh and sigmoid on five examples, two a step: every epoch ends with a batch of one."""
    random = np.random.default_rng(3)
    network = Network((2, 3, 2), ("tanh", "sigmoid"))
    recipe = Recipe(network, loss="half_mse", learning_rate=0.3, batch_size=2, seed=9)
    data = plain_data("five", random.normal(size=(5, 2)), random.uniform(size=(5, 2)))
    return new_project("five", recipe, draw_parameters(network, 9), data)


def explained_project(name: str) -> Project:
    """A starting point, or 2-3-2 with mini-batches; ``name+5`` is the same five steps on."""
    plain, _, steps = name.partition("+")
    project = two_outputs_project() if plain == "mini-batches" else load_example(plain)
    if not steps:
        return project
    return descended(project, train(project.recipe, project.state, project.data.x, project.data.y, int(steps)).state)


EVERY_PROJECT = [example.key for example in EXAMPLES] + [
    "xor+5",
    "two-rings+5",
    *(f"mini-batches+{k}" for k in range(4)),
]


@pytest.fixture(scope="session")
def explained():
    """Open a project to explain by its name."""
    return explained_project


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for ``every`` is given each project in turn, by its name."""
    if "every" in metafunc.fixturenames:
        metafunc.parametrize("every", EVERY_PROJECT)
