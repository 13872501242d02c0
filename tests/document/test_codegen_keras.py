"""Programs in Keras: they compile everywhere, say where Keras differs, and agree where it is installed."""

import ast
import importlib.util

import numpy as np
import pytest

from gdstudio.document.codegen import export
from gdstudio.document.codegen_tables import KERAS_NOTES
from gdstudio.engine import OPTIMIZERS

has_keras = pytest.mark.skipif(
    importlib.util.find_spec("keras") is None or importlib.util.find_spec("torch") is None,
    reason="Keras with PyTorch below it is not installed here",
)


def comments(source):
    return [line.removeprefix("# ") for line in source.splitlines() if line.startswith("#")]


# Everywhere.


def test_every_two_choices_compile_and_define_what_they_use(coded, loss_with, optimizer_with):
    for activation in coded.activations_with(loss_with, optimizer_with):
        project = coded.mixed(loss_with, activation, optimizer_with, one_at_a_time=False)
        for begin in (project, coded.advanced(project)):
            tree = ast.parse(export(begin, 9, "keras"))
            nodes = list(ast.walk(tree))
            used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
            made = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
            made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
            made |= {node.arg for node in nodes if isinstance(node, ast.arg)}
            imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
            made |= {name.asname or name.name for node in imports for name in node.names}
            assert used - made <= {"print", "range", "len", "zip", "min", "divmod"}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_program_says_whether_its_epsilon_is_in_another_place(coded, optimizer):
    said = [line for line in comments(export(coded.project(optimizer=optimizer), 5, "keras")) if "epsilon" in line]
    has_epsilon = "epsilon" in OPTIMIZERS[optimizer].defaults()
    assert said == ([KERAS_NOTES[optimizer]] if has_epsilon else [])
    assert not has_epsilon or said[0].startswith("Keras ")


def test_the_program_says_that_memory_is_not_carried_over_and_that_locks_are_put_back(coded):
    project = coded.project(optimizer="momentum", locked=frozenset([1]))
    start, middle = comments(export(project, 5, "keras")), comments(export(coded.advanced(project), 9, "keras"))
    memory = "The optimizer's memory of the steps before is not carried over: it starts afresh here."
    assert memory in middle
    assert memory not in start
    assert "Locked weights are put back after each step." in start
    assert "Locked" not in export(coded.project(), 5, "keras")


def test_weights_are_written_with_all_their_digits(coded):
    project = coded.project()
    source = export(project, 5, "keras").split("model.set_weights")[0].split("# The start")[1]
    names: dict = {"np": np}
    exec(source.split("\n", 1)[1], names)
    parts = [part.ravel() for pair in zip(names["W"], names["b"], strict=True) for part in pair]
    assert np.concatenate(parts).tobytes() == project.parameters.tobytes()


# With Keras.


def ran_with_keras(coded, project, steps, tmp_path):
    """The parameters and the loss at which Keras ends and those of the screen."""
    run = coded.train(project, steps)
    program = coded.apart(
        # -I leaves out what the surroundings say, but not how Keras is told what to stand on.
        export(project, run.state.step, "keras"), tmp_path, KERAS_BACKEND="torch", KERAS_HOME=str(tmp_path)
    )  # fmt: skip
    return program, run


CHOICES = {
    "plain descent": {},
    "momentum": {"optimizer": "momentum"},
    "momentum that looks ahead": {"optimizer": "nesterov"},
    "no biases, batches": {"bias": False, "batch_size": 3},
    "locks": {"locked": frozenset([0, 3, 12])},
    "penalties": {"l1": 0.02, "l2": 0.1},
    "a schedule": {"schedule": "cosine", "period": 12},
    **{
        f"{name} with a small epsilon": {"optimizer": name, "settings": {"epsilon": 1e-12}}
        for name in ("adagrad", "rmsprop", "adam", "adamw")
    },
}


@has_keras
@pytest.mark.parametrize("choice", CHOICES)
def test_keras_agrees(coded, tmp_path, choice):
    program, run = ran_with_keras(coded, coded.project(**CHOICES[choice]), 9, tmp_path)
    assert np.abs(program.parameters - run.state.parameters).max() <= 1e-6
    assert program.loss == pytest.approx(run.losses[-1], abs=1e-6)


@has_keras
@pytest.mark.parametrize("optimizer", ["adagrad", "rmsprop", "adam", "adamw"])
def test_where_the_program_says_that_keras_differs_it_does(coded, tmp_path, optimizer):
    project = coded.project(optimizer=optimizer, settings={"epsilon": 1e-4})
    program, run = ran_with_keras(coded, project, 9, tmp_path)
    assert 1e-6 < np.abs(program.parameters - run.state.parameters).max() < 0.1


@has_keras
@pytest.mark.parametrize("loss", ["half_mse", "mae", "huber", "binary_crossentropy", "categorical_crossentropy"])
def test_keras_has_every_loss_and_activation(coded, tmp_path, loss):
    activation = dict(
        zip(("half_mse", "mae", "huber", "binary_crossentropy"), ("gelu", "elu", "softplus", "silu"), strict=True)
    ).get(loss, "leaky_relu")
    program, run = ran_with_keras(coded, coded.project(loss, activation), 5, tmp_path)
    assert np.abs(program.parameters - run.state.parameters).max() <= 1e-6
    assert program.loss == pytest.approx(run.losses[-1], abs=1e-6)
