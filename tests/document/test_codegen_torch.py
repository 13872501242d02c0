"""Programs in PyTorch: they compile everywhere, and where PyTorch is installed they end within 1e-10 of the screen."""

import ast

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.codegen import export
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.engine import OPTIMIZERS, measured_loss


@pytest.fixture
def torch():
    """PyTorch as it is found here, and left as it was."""
    found = pytest.importorskip("torch", reason="PyTorch is not installed here; it comes with the bench extra")
    usual = found.get_default_dtype()
    yield found
    found.set_default_dtype(usual)


def check_close(coded, project, steps=9):
    """The program ends within 1e-10 of the engine, and prints its loss."""
    end = coded.train(project, steps).state
    program = coded.run(export(project, end.step, "torch"))
    assert program.parameters.shape == end.parameters.shape
    assert np.abs(program.parameters - end.parameters).max() <= 1e-10
    loss = measured_loss(project.recipe, end.parameters, project.data.x, project.data.y)
    assert program.loss == pytest.approx(loss, rel=1e-10, abs=1e-12)
    return end


# Everywhere.


def test_every_two_choices_compile_and_import_what_they_name(coded, loss_with, optimizer_with):
    for activation in coded.activations_with(loss_with, optimizer_with):
        project = coded.mixed(loss_with, activation, optimizer_with, one_at_a_time=False)
        for begin in (project, coded.advanced(project)):
            tree = ast.parse(export(begin, 9, "torch"))
            imports = [node for node in tree.body if isinstance(node, ast.Import)]
            known = {name.asname or name.name for node in imports for name in node.names}
            assert {"np", "torch"} <= known <= {"np", "torch", "F", "math"}
            used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            assert known <= used


def test_the_program_is_double_precision_and_says_that_it_is_pytorch(coded):
    source = export(coded.project(), 5, "torch")
    assert source.startswith("# drawn: a network 2-4-3-2 in PyTorch, 5 steps from the start.\n")
    assert "torch.set_default_dtype(torch.float64)" in source


def test_memory_is_written_only_where_there_is_some(coded):
    for optimizer in OPTIMIZERS:
        project = coded.project(optimizer=optimizer)
        assert "optimizer.state" not in export(project, 5, "torch")
        assert ("optimizer.state" in export(coded.advanced(project), 9, "torch")) == (optimizer != "sgd")


# With PyTorch.


def test_every_two_choices_end_within_1e_10(torch, coded, loss_with, optimizer_with):
    for activation in coded.activations_with(loss_with, optimizer_with):
        project = coded.mixed(loss_with, activation, optimizer_with, one_at_a_time=False)
        check_close(coded, project)
        check_close(coded, coded.advanced(project))


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES])
def test_every_starting_point_ends_within_1e_10(torch, coded, key):
    check_close(coded, load_example(key), 12)


CHOICES = {
    "no biases": {"bias": False},
    "batches": {"batch_size": 3},
    "locks": {"locked": frozenset([0, 3, 12]), "optimizer": "momentum"},
    "penalties": {"l1": 0.02, "l2": 0.1},
    "penalties and no biases": {"l1": 0.02, "l2": 0.1, "bias": False, "optimizer": "adam"},
    "no momentum": {"optimizer": "nesterov", "settings": {"momentum": 0.0}},
    "its own settings": {"optimizer": "adam", "settings": {"beta_1": 0.3, "beta_2": 0.77, "epsilon": 1e-3}},
    "decay of weights": {"optimizer": "adamw", "settings": {"weight_decay": 0.25}},
    "a schedule": {"schedule": "cosine", "period": 5, "optimizer": "nesterov"},
    "steps of a schedule": {"schedule": "step", "period": 3},
}


@pytest.mark.parametrize("choice", CHOICES)
def test_each_choice_is_in_the_program(torch, coded, choice):
    project = coded.project(**CHOICES[choice])
    check_close(coded, project, 11)
    check_close(coded, coded.advanced(project, 6), 11)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_optimizer_that_was_changed_in_the_middle_begins_afresh(torch, coded, optimizer):
    project = edits.set_optimizer(coded.advanced(coded.project(), 7), optimizer)
    assert project.state.step == 7
    check_close(coded, project)


def test_locked_weights_stay_where_they_are(torch, coded):
    project = coded.project(locked=frozenset([0, 3, 12]), optimizer="adamw")
    program = coded.run(export(project, 8, "torch"))
    assert program.parameters[[0, 3, 12]].tobytes() == project.parameters[[0, 3, 12]].tobytes()
    assert np.all(np.delete(program.parameters != project.parameters, [0, 3, 12]))


def test_scaled_data_and_a_test_set(torch, coded):
    project = edits.set_test_share(edits.set_scaling(coded.project(), "standard"), 0.3)
    check_close(coded, project)
    assert coded.run(export(project, 1, "torch")).names["x"].shape == (7, 2)


def test_a_single_example(torch, coded):
    check_close(coded, coded.project(sizes=(2, 3, 1), examples=1))
    check_close(coded, coded.project(sizes=(2, 1), examples=1, bias=False, activation="linear"))


def test_it_runs_from_a_bare_file(torch, coded, tmp_path):
    project = coded.advanced(coded.project(optimizer="adam", batch_size=3))
    end = coded.train(project, 9).state
    program = coded.apart(export(project, end.step, "torch"), tmp_path)
    assert np.abs(program.parameters - end.parameters).max() <= 1e-10
