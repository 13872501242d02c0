"""Programs in Keras: they compile everywhere, bring along what Keras lacks, and agree where it is installed."""

import ast
import importlib.util

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.codegen import export
from gdstudio.document.codegen_keras_tables import KERAS_OPTIMIZERS
from gdstudio.engine import OPTIMIZERS

has_keras = pytest.mark.skipif(
    importlib.util.find_spec("keras") is None or importlib.util.find_spec("torch") is None,
    reason="Keras with PyTorch below it is not installed here",
)


BUILT_IN = {"print", "range", "len", "zip", "min", "divmod", "int", "float", "super", "SystemExit"}


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
            made |= {node.name for node in nodes if isinstance(node, ast.ClassDef)}
            imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
            made |= {name.asname or name.name for node in imports for name in node.names}
            assert used - made <= {
                "print",
                "range",
                "len",
                "zip",
                "min",
                "divmod",
                "int",
                "float",
                "super",
                "SystemExit",
            }


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_kerass_own_optimizer_is_taken_where_its_rule_is_the_one_on_screen(coded, optimizer, schedule):
    source = export(coded.project(optimizer=optimizer, schedule=schedule), 5, "keras")
    row = KERAS_OPTIMIZERS[optimizer]
    own = optimizer == "sgd" or (optimizer in ("momentum", "nesterov") and schedule == "constant")
    assert (f"optimizer = {row.call}\n" in source) == own
    assert ("class Rule(optimizers.Optimizer):" in source) != own
    assert own or f' as on screen. {row.differs}"""' in source
    assert "differ a little" not in source


def test_the_program_writes_memory_where_there_is_some_and_says_that_locks_are_put_back(coded):
    project = coded.project(optimizer="momentum", locked=frozenset([1]))
    start, middle = comments(export(project, 5, "keras")), comments(export(coded.advanced(project), 9, "keras"))
    memory = "What the optimizer remembers of the steps before."
    assert memory in middle
    assert memory not in start
    assert "Locked weights and biases are put back after each step." in start
    assert "Locked" not in export(coded.project(), 5, "keras")


def test_weights_are_written_with_all_their_digits(coded):
    project = coded.project()
    source = export(project, 5, "keras").split("model.set_weights")[0].split("# The start")[1]
    names: dict = {"np": np}
    exec(source.split("\n", 1)[1], names)
    parts = [part.ravel() for pair in zip(names["W"], names["b"], strict=True) for part in pair]
    assert np.concatenate(parts).tobytes() == project.parameters.tobytes()


# With Keras.

CHOICES = {
    "plain descent": {},
    "no biases, batches": {"bias": False, "batch_size": 3},
    "locks": {"locked": frozenset([0, 3, 12])},
    "penalties": {"l1": 0.02, "l2": 0.1},
    "a schedule": {"schedule": "cosine", "period": 12},
    "no momentum": {"optimizer": "nesterov", "settings": {"momentum": 0.0}},
    "momentum and a schedule": {"optimizer": "momentum", "schedule": "inverse", "period": 4},
    "decay of weights": {"optimizer": "adamw", "settings": {"weight_decay": 0.25}},
    **{name: {"optimizer": name} for name in OPTIMIZERS if name != "sgd"},
    **{
        f"{name} with a large epsilon": {"optimizer": name, "settings": {"epsilon": 0.1}}
        for name in ("adagrad", "rmsprop", "adam", "adamw")
    },
}
WITH = {
    "half_mse": "gelu",
    "mae": "elu",
    "huber": "softplus",
    "binary_crossentropy": "silu",
    "categorical_crossentropy": "leaky_relu",
}


def far_out(coded, loss, outputs):
    """A project whose shares are nearly 0 and 1, where Keras cuts those that it is given."""
    project = coded.project(loss, "linear", sizes=(2, outputs))
    return edits.set_parameters(project, project.parameters * 60.0)


PROJECTS = {
    **{
        choice: lambda coded, recipe=recipe: coded.advanced(coded.project(**recipe))
        for choice, recipe in CHOICES.items()
    },
    **{f"{loss} and {name}": lambda coded, pair=(loss, name): coded.project(*pair) for loss, name in WITH.items()},
    "nearly all of one class": lambda coded: far_out(coded, "binary_crossentropy", 1),
    "nearly all of one of three classes": lambda coded: far_out(coded, "categorical_crossentropy", 3),
}


@pytest.fixture(scope="module")
def ends(coded, tmp_path_factory):
    """Where each project ends and what its program prints: all run in one process, as Keras takes long to import."""
    folder = tmp_path_factory.mktemp("keras")
    runs = {name: coded.train(make(coded), 9) for name, make in PROJECTS.items()}
    sources = {name: export(make(coded), runs[name].state.step, "keras") for name, make in PROJECTS.items()}
    program = f"for name, source in {sources!r}.items():\n    print(name)\n    exec(source, {{}})\n"
    # -I leaves out what the surroundings say, but not how Keras is told what to stand on.
    printed = coded.printed_apart(program, folder, KERAS_BACKEND="torch", KERAS_HOME=str(folder)).splitlines()
    assert printed[::3] == list(PROJECTS)
    told = [coded.read("\n".join(pair)) for pair in zip(printed[1::3], printed[2::3], strict=True)]
    return dict(zip(PROJECTS, zip(told, runs.values(), strict=True), strict=True))


@has_keras
@pytest.mark.parametrize("name", PROJECTS)
def test_keras_ends_where_the_screen_does(ends, name):
    program, run = ends[name]
    assert np.abs(program.parameters - run.state.parameters).max() <= 1e-10
    assert program.loss == pytest.approx(run.losses[-1], rel=1e-10, abs=1e-12)
