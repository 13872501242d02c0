"""Weights that move one at a time, in a project: chosen, refused where it would take too long, kept in files."""

import json

import numpy as np
import pytest

from gdstudio.document import edits, files
from gdstudio.document.datasets import plain_data
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.limits import MAX_TURNS
from gdstudio.document.project import NodeRef, Project, new_project
from gdstudio.engine import OPTIMIZERS, Network, Recipe, draw_parameters, train


def run(project: Project, steps: int) -> Project:
    data = project.data
    return edits.descended(project, train(project.recipe, project.state, data.x, data.y, steps).state)


def in_turn(key: str = "two-weights") -> Project:
    return edits.set_one_at_a_time(load_example(key), True)


def wide(examples: int, nodes: int = 10, batch: int | None = None, *, turns: bool = False) -> Project:
    """2-nodes-1 with biases: 4 nodes + 1 parameters."""
    random = np.random.default_rng(2)
    network = Network((2, nodes, 1), ("tanh", "linear"))
    data = plain_data("wide", random.normal(size=(examples, 2)), random.normal(size=(examples, 1)))
    recipe = Recipe(network, batch_size=batch, one_at_a_time=turns)
    return new_project("wide", recipe, draw_parameters(network, 1), data)


# Choosing.


def test_the_lectures_weights_move_one_at_a_time_on_request_and_at_once_again():
    project = run(in_turn(), 1)
    assert project.parameters == pytest.approx([0.7, 1.672], rel=1e-14)
    back = edits.set_one_at_a_time(edits.reset(project), False)
    assert run(back, 1).parameters == pytest.approx([0.7, 1.6], rel=1e-15)


def test_the_choice_leaves_weights_memory_and_steps_as_they_are():
    project = run(edits.set_optimizer(load_example("xor"), "adam"), 3)
    chosen = edits.set_one_at_a_time(project, True)
    assert chosen.recipe.one_at_a_time
    assert chosen.state is project.state
    assert (chosen.start, chosen.data) == (project.start, project.data)
    assert edits.set_one_at_a_time(chosen, True).recipe == chosen.recipe


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES])
def test_every_starting_point_moves_all_at_once(key):
    assert not load_example(key).recipe.one_at_a_time


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: edits.set_optimizer(p, "adam"),
        lambda p: edits.set_learning_rate(p, 0.5),
        lambda p: edits.add_node(p, 1),
        lambda p: edits.set_bias(p, False),
        edits.reset,
        edits.new_start,
    ],
)
def test_the_choice_is_kept_by_other_edits(edit):
    assert edit(in_turn("xor")).recipe.one_at_a_time


# Too large.


def test_a_step_of_just_as_many_turns_as_are_allowed_is_accepted_and_one_example_more_is_not():
    count = wide(1).network.parameter_count
    most = MAX_TURNS // count**2
    assert edits.set_one_at_a_time(wide(most), True).recipe.one_at_a_time
    with pytest.raises(ProjectError) as refused:
        edits.set_one_at_a_time(wide(most + 1), True)
    assert str(refused.value) == (
        f"One weight at a time is for small networks: {count} weights and biases would take as many passes over "
        f"{most + 1:,} examples in each step. Update all at once, or make the batch smaller."
    )


def test_small_batches_of_many_examples_are_accepted():
    count = wide(1).network.parameter_count
    most = MAX_TURNS // count**2
    project = edits.set_one_at_a_time(wide(most + 100, batch=most), True)
    for batch in (most + 1, None):
        with pytest.raises(ProjectError, match="make the batch smaller"):
            edits.set_batch_size(project, batch)


def test_a_network_does_not_grow_beyond_what_moves_one_at_a_time_and_nothing_is_changed():
    project = wide(1000, turns=True)
    before = files.encode(project)
    with pytest.raises(ProjectError, match="One weight at a time is for small networks"):
        edits.add_node(project, 1)
    assert files.encode(project) == before
    smaller = edits.remove_node(project, NodeRef(1, 0))
    assert smaller.recipe.one_at_a_time


# Files.


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [None, 3])
def test_train_20_save_load_train_20_is_train_40_bit_for_bit(optimizer, batch_size, tmp_path):
    project = edits.set_optimizer(edits.set_batch_size(in_turn("xor"), batch_size), optimizer)
    half = run(project, 20)
    files.save(half, tmp_path / "half.gds")
    loaded = files.load(tmp_path / "half.gds")
    assert loaded.recipe == half.recipe
    assert loaded.recipe.one_at_a_time
    once, twice = run(project, 40), run(loaded, 20)
    assert once.parameters.tobytes() == twice.parameters.tobytes()
    assert [m.tobytes() for m in once.state.optimizer] == [m.tobytes() for m in twice.state.optimizer]
    assert files.encode(files.decode(files.encode(half), "f")) == files.encode(half)


def test_a_file_says_whether_weights_move_one_at_a_time_and_its_version():
    content = json.loads(files.encode(in_turn()))
    assert (content["version"], content["descent"]["one_at_a_time"]) == (files.VERSION, True)
    assert json.loads(files.encode(load_example("xor")))["descent"]["one_at_a_time"] is False


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES])
@pytest.mark.parametrize("version", [1, 2])
def test_files_of_before_open_and_move_all_at_once(key, version):
    content = json.loads(files.encode(load_example(key)))
    content["version"] = version
    del content["descent"]["one_at_a_time"]
    opened = files.decode(json.dumps(content).encode(), "old")
    assert not opened.recipe.one_at_a_time
    assert files.encode(opened) == files.encode(load_example(key))


@pytest.mark.parametrize("value", [1, 0, "true", None, [], 1.0])
def test_a_file_that_says_anything_but_yes_or_no_is_refused(value):
    content = json.loads(files.encode(in_turn()))
    content["descent"]["one_at_a_time"] = value
    with pytest.raises(ProjectError, match=r"^f\.gds .*\.$"):
        files.decode(json.dumps(content).encode(), "f.gds")


def test_a_file_whose_steps_would_take_too_long_is_refused_with_the_sentence():
    content = json.loads(files.encode(wide(5000)))
    content["descent"]["one_at_a_time"] = True
    with pytest.raises(ProjectError, match="one weight at a time is for small networks"):
        files.decode(json.dumps(content).encode(), "f.gds")
