"""Programs in plain NumPy: they end with the very bits of the screen, and print the loss that stands there."""

import ast
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.codegen import TARGETS, export
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.engine import OPTIMIZERS, SCHEDULES, measured_loss, train


def check_bits(coded, project, steps=9):
    """The program of ``steps`` steps from where the project stands ends as the engine does; returns its end."""
    end = coded.train(project, steps).state
    assert end.step == project.state.step + steps
    program = coded.run(export(project, end.step, "numpy"))
    assert program.names["parameters"].tobytes() == end.parameters.tobytes()
    assert program.parameters.tobytes() == end.parameters.tobytes()
    assert program.loss == measured_loss(project.recipe, end.parameters, project.data.x, project.data.y)
    return end


# Every loss, optimizer and activation with every other.


def test_every_two_choices_end_with_the_same_bits_from_the_start_and_from_the_middle(coded, loss_with, optimizer_with):
    for activation in coded.activations_with(loss_with, optimizer_with):
        project = coded.mixed(loss_with, activation, optimizer_with)
        check_bits(coded, project)
        check_bits(coded, coded.advanced(project))


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES])
def test_every_starting_point_ends_with_the_same_bits(coded, key):
    project = load_example(key)
    check_bits(coded, project, 12)
    check_bits(coded, coded.advanced(project, 7), 6)


def test_the_lectures_weight_goes_from_2_to_2_24(coded):
    project = load_example("one-weight")
    program = coded.run(export(project, 1, "numpy"))
    assert program.parameters.tolist() == [pytest.approx(2.24)]
    assert program.loss == pytest.approx((3 * 2.24 - 10) ** 2)


# One choice at a time, each of which makes a difference.

CHOICES = {
    "no biases": {"bias": False},
    "small batches": {"batch_size": 3},
    "batches of one": {"batch_size": 1},
    "another seed": {"batch_size": 4, "seed": 99},
    "locks": {"locked": frozenset([0, 3, 7])},
    "lasso": {"l1": 0.02},
    "ridge": {"l2": 0.3},
    "both penalties": {"l1": 0.05, "l2": 0.01},
    "in turn": {"one_at_a_time": True},
    "in turn with memory": {"one_at_a_time": True, "optimizer": "adam"},
    "in turn with locks": {"one_at_a_time": True, "optimizer": "momentum", "locked": frozenset([2])},
    "in turn with batches": {"one_at_a_time": True, "batch_size": 4},
    "a rate with all its digits": {"learning_rate": 0.1 + 0.2},
    "its own settings": {"optimizer": "adam", "settings": {"beta_1": 0.3, "beta_2": 0.77, "epsilon": 1e-3}},
    "decay of weights": {"optimizer": "adamw", "settings": {"weight_decay": 0.25}},
    "little momentum": {"optimizer": "nesterov", "settings": {"momentum": 0.1}},
    **{
        f"{name} schedule": {"schedule": name, "period": 4, "optimizer": "momentum"}
        for name in SCHEDULES
        if name != "constant"
    },
}


@pytest.mark.parametrize("choice", CHOICES)
def test_each_choice_is_in_the_program(coded, choice):
    project = coded.project(**CHOICES[choice])
    end = check_bits(coded, project, 11)
    check_bits(coded, coded.advanced(project, 6), 11)
    if choice != "no biases":
        plain = coded.project()
        run = train(plain.recipe, plain.state, project.data.x, project.data.y, 11)
        assert run.state.parameters.tobytes() != end.parameters.tobytes(), "it makes no difference"


@pytest.mark.parametrize("scaling", ["standard", "unit"])
def test_scaled_data_is_written_as_descent_sees_it_with_the_numbers_of_the_scaling(coded, scaling):
    project = edits.set_scaling(coded.project(), scaling)
    check_bits(coded, project)
    names = coded.run(export(project, 2, "numpy")).names
    assert names["x"].tobytes() == project.data.x.tobytes()
    assert names["y"].tobytes() == project.data.y.tobytes()
    assert names["center"].tolist() == project.data.center[:2].tolist()
    assert names["scale"].tolist() == project.data.scale[:2].tolist()
    raw = names["x"] * names["scale"] + names["center"]
    assert np.allclose(raw, project.data.raw_x[project.data.training], rtol=1e-12)


def test_momentum_of_nothing_is_plain_descent(coded):
    end = check_bits(coded, coded.project(optimizer="nesterov", settings={"momentum": 0.0}))
    assert end.parameters.tobytes() == check_bits(coded, coded.project()).parameters.tobytes()


def test_examples_held_out_for_testing_are_not_learned_from(coded):
    project = edits.set_test_share(coded.project(), 0.3)
    check_bits(coded, project)
    assert coded.run(export(project, 1, "numpy")).names["x"].shape == (7, 2)


@pytest.mark.parametrize("bias", [True, False])
def test_a_single_example(coded, bias):
    check_bits(coded, coded.project(sizes=(2, 3, 1), examples=1, bias=bias))


def test_a_batch_as_large_as_the_data_is_all_of_it(coded):
    project = coded.project(batch_size=10)
    check_bits(coded, project)
    assert "batch_of" not in export(project, 3, "numpy")


@pytest.mark.parametrize("sizes", [(1, 1), (3, 2), (1, 5, 1), (2, 3, 3, 3, 3, 2)])
def test_shallow_and_deep(coded, sizes):
    check_bits(coded, coded.project(sizes=sizes, activation="gelu"))
    check_bits(coded, coded.project("categorical_crossentropy", "relu", sizes=(*sizes[:-1], 4)))


def test_many_nodes_and_examples(coded):
    check_bits(coded, coded.project(sizes=(6, 24, 17, 2), examples=150, batch_size=32), 30)


@pytest.mark.parametrize("value", [-0.0, 5e-324, 1.7e-308, 1e100, -123456789.123456789])
def test_every_float_is_written_with_all_its_bits(coded, value):
    project = edits.set_parameter(coded.project(), 4, value)
    end = check_bits(coded, project, 0)
    assert end.parameters[4].tobytes() == np.float64(value).tobytes()


def test_memory_is_carried_over_from_the_middle(coded):
    for optimizer in OPTIMIZERS:
        middle = coded.advanced(coded.project(optimizer=optimizer), 5)
        names = coded.run(export(middle, 5, "numpy")).names
        for slot, values in zip(OPTIMIZERS[optimizer].slots, middle.state.optimizer, strict=True):
            assert names[slot.name].tobytes() == values.tobytes(), (optimizer, slot.name)
            assert values.any(), (optimizer, slot.name)


def test_a_program_of_no_steps_ends_where_it_begins(coded):
    project = coded.project(optimizer="adam", batch_size=3)
    assert check_bits(coded, project, 0) is not None
    assert coded.run(export(project, 0, "numpy")).parameters.tobytes() == project.parameters.tobytes()


# From a bare file.


@pytest.mark.parametrize("kind", ["starting point", "everything"])
def test_it_runs_from_a_bare_file_with_numpy_alone(coded, tmp_path, kind):
    project = load_example("xor")
    if kind == "everything":
        project = coded.project(
            activation="gelu", optimizer="adamw", batch_size=3, schedule="cosine", l1=0.01, locked=frozenset([2])
        )
        project = coded.advanced(edits.set_scaling(project, "standard"))
    run = coded.train(project, 25)
    program = coded.apart(export(project, run.state.step, "numpy"), tmp_path)
    assert program.parameters.tobytes() == run.state.parameters.tobytes()
    assert program.loss == run.losses[-1]
    assert program.errors == ""


def test_it_imports_nothing_but_numpy_and_math(coded):
    for optimizer in OPTIMIZERS:
        for schedule in SCHEDULES:
            tree = ast.parse(
                export(coded.project(activation="gelu", optimizer=optimizer, schedule=schedule), 3, "numpy")
            )
            nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
            assert {name.name for node in nodes for name in node.names} <= {"numpy", "math"}


@pytest.mark.parametrize("examples", [30, 12_000])
def test_long_sums_are_added_up_by_one_thread_however_many_there_are(coded, tmp_path, examples):
    project = coded.project(sizes=(3, 8, 1), examples=examples)
    source = export(project, 4, "numpy")
    assert ("OPENBLAS_NUM_THREADS" in source) == (examples == 12_000)
    ends = [coded.apart(source, tmp_path, OPENBLAS_NUM_THREADS=threads) for threads in "12"]
    assert ends[0].loss == ends[1].loss
    assert ends[0].parameters.tobytes() == ends[1].parameters.tobytes()


# A person reads it.


def test_the_program_says_what_it_is(coded):
    project = replace(coded.advanced(coded.project(optimizer="momentum"), 1200), title="My net")
    head = export(project, 3400, "numpy").split("\n\n")[0]
    assert head.splitlines() == [
        "# My net: a network 2-4-3-2 in plain NumPy, from step 1,200 to step 3,400.",
        "# Data: d; inputs input 1, input 2; targets target 1, target 2.",
        "# Written by Gradient Descent Studio.",
    ]
    start = export(coded.project(title=""), 34, "numpy")
    assert start.startswith("# Untitled: a network 2-4-3-2 in plain NumPy, 34 steps from the start.\n")


def test_the_program_has_no_name_that_it_does_not_use(coded):
    source = export(coded.project(activation="relu"), 3, "numpy")
    for word in ("import math", "batch_of", "rate_at", "locked", "velocity", "center", "sigmoid"):
        assert word not in source


@pytest.mark.parametrize("target", ["numpy", "torch", "keras"])
def test_lines_are_short_enough_to_read(coded, target):
    for project in (load_example("penguins"), coded.project(optimizer="adamw", sizes=(5, 8, 2), batch_size=3)):
        source = export(project, 10, target)
        compile(source, "program", "exec")
        assert source.endswith(")\n")
        assert "\t" not in source
        assert "\n\n\n\n" not in source
        longest = max(source.splitlines(), key=len)
        assert len(longest) <= 130, longest


# What can't be.


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_one_at_a_time_is_refused_where_all_weights_move_at_once(coded, target):
    with pytest.raises(ProjectError) as refusal:
        export(coded.project(one_at_a_time=True), 3, target)
    sentence = str(refusal.value)
    assert sentence.startswith({"torch": "PyTorch", "keras": "Keras"}[target])
    assert sentence.endswith("export NumPy.")
    assert "One weight at a time" in sentence


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("where", ["weights", "memory"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(coded, target, where, value):
    project = coded.project(optimizer="momentum")
    state = project.state
    spoiled = (state.optimizer[0] if where == "memory" else state.parameters).copy()
    spoiled[2] = value
    state = replace(state, **({"optimizer": (spoiled,)} if where == "memory" else {"parameters": spoiled}))
    with pytest.raises(ProjectError, match=r"^[A-Z].*not a finite number.*\.$"):
        export(replace(project, state=state), 3, target)


def test_every_target_has_a_name_and_a_suffix():
    assert {key: target.suffix for key, target in TARGETS.items()} == {
        "numpy": ".py", "torch": ".py", "keras": ".py", "notebook": ".ipynb",
    }  # fmt: skip
    assert len({target.label for target in TARGETS.values()}) == len(TARGETS)
