"""Edits of the data: its values, columns and scaling, what is held out of it, and data made to order."""

from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits, files
from gdstudio.document.datasets import SCALINGS, Data, Generated, plain_data, with_scaling, with_test_share
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import GENERATORS, generate, usual
from gdstudio.document.project import NodeRef, new_project, parameter_name
from gdstudio.engine import Network, Recipe, draw_parameters, forward, train

DATA = plain_data("data", [[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [2.0, 0.0, 1.0], [3.0, 1.0, 0.0]], [[1.0], [0], [2], [5]])


def running():
    """A project seven steps on, three of its four examples a step, every node named, two parameters locked."""
    network = Network((3, 4, 2, 1), ("tanh", "tanh", "linear"))
    recipe = Recipe(network, batch_size=3, seed=4, locked=frozenset({1, network.parameter_count - 1}))
    project = new_project("title", recipe, draw_parameters(network, 4), DATA)
    project = replace(
        project, names=tuple(tuple(f"{layer}{i}" for i in range(n)) for layer, n in enumerate((3, 4, 2, 1)))
    )
    return stepped(project, 7)


def stepped(project, steps):
    data = project.data
    return edits.descended(project, train(project.recipe, project.state, data.x, data.y, steps).state)


def weights(project):
    """Value and lock of every parameter, by the names of what it joins."""
    values, locked = project.parameters.tolist(), project.recipe.locked
    return {parameter_name(project, i): (value, i in locked) for i, value in enumerate(values)}


def made(wanted, steps=0, batch_size=None, scaling="none", share=0.0):
    """A network of 4 tanh nodes on generated data, so scaled and split, some steps on."""
    data = with_scaling(generate(wanted), scaling)
    data = with_test_share(data, share, 6) if share else data
    network = Network((len(data.input_names), 4, len(data.target_names)), ("tanh", "linear"))
    recipe = Recipe(network, batch_size=batch_size, seed=6)
    return stepped(new_project("made", recipe, draw_parameters(network, 6), data), steps)


def refused(edit, project):
    """The sentence with which an edit is refused; the project is as it was."""
    before = files.encode(project)
    with pytest.raises(ProjectError, match=r"^[A-Z].*\.$") as error:
        edit(project)
    assert files.encode(project) == before
    return str(error.value)


# Values, columns, scaling


def test_one_value_of_the_data_changes_and_the_descent_goes_on():
    old = running()
    new = edits.set_value(old, 2, 3, -1.5)
    assert new.data.raw_y.ravel().tolist() == [1.0, 0.0, -1.5, 5.0]
    assert new.state is old.state


@pytest.mark.parametrize("scaling", [name for name in SCALINGS if name != "none"])
def test_another_scaling_is_measured_on_all_examples_and_begins_again(scaling):
    old = running()
    new = edits.set_scaling(old, scaling)
    assert new.state is old.start
    assert new.data.scaling == scaling
    columns = DATA.columns
    center = {"none": np.zeros(4), "standard": columns.mean(0), "unit": columns.min(0)}.get(scaling)
    if center is not None:
        assert new.data.center == pytest.approx(center)


def test_other_data_of_the_same_shape_begins_again_from_the_same_start():
    old = running()
    new = edits.set_data(old, plain_data("other", [[1.0, 2.0, 3.0]] * 9, [[1.0]] * 9))
    assert new.state is old.start
    assert new.network is old.network
    assert new.recipe.batch_size == 3


@pytest.mark.parametrize(
    ("inputs", "target", "kept"),
    [
        (("input 1", "input 2", "input 3"), "target", True),
        (("input 1", "input 2", "width"), "target", False),
        (("input 1", "input 2", "input 3"), "height", False),
        (("input 2", "input 1", "input 3"), "target", False),
    ],
    ids=["the same", "another input", "another target", "another order"],
)
def test_names_are_kept_where_the_columns_are_the_same_and_those_of_the_ends_dropped_otherwise(inputs, target, kept):
    old = running()
    new = edits.set_data(old, Data("other", inputs, (target,), [[1.0, 2.0, 3.0]] * 9, [[1.0]] * 9))
    assert new.names == (old.names if kept else (("",) * 3, *old.names[1:-1], ("",)))
    assert new.state is old.start


@pytest.mark.parametrize(("inputs", "targets"), [(1, 1), (2, 1), (5, 1), (3, 2), (5, 3)])
def test_other_columns_make_the_ends_of_the_network_fit(inputs, targets):
    old = running()
    data = plain_data("other", np.arange(5.0 * inputs).reshape(5, inputs), np.ones((5, targets)))
    new = edits.set_data(old, data)
    assert new.network.sizes == (inputs, 4, 2, targets)
    assert new.data is data
    assert new.state is new.start
    assert new.names == (("",) * inputs, *old.names[1:-1], ("",) * targets)
    middle = {name: value for name, value in weights(old).items() if name[0] == "1" or name == "bias of 10"}
    assert middle
    assert {name: value for name, value in weights(new).items() if name in middle} == middle
    forward(new.network, new.parameters, new.data.x)


def test_fewer_examples_than_a_batch_make_it_the_full_batch():
    new = edits.set_data(running(), plain_data("few", [[1.0, 2.0, 3.0]] * 2, [[1.0]] * 2))
    assert new.recipe.batch_size is None


def test_another_target_begins_again():
    old = running()
    new = edits.set_target(old, "input 2")
    assert new.data.target_names == ("input 2",)
    assert new.data.input_names == ("input 1", "input 3", "target")
    assert new.state is old.start


# Held out for testing


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5])
def test_a_share_is_held_out_by_the_projects_seed_and_the_descent_begins_again(share):
    old = made(usual("sine"), steps=7)
    before = files.encode(old)
    new = edits.set_test_share(old, share)
    assert files.encode(old) == before
    assert new.data.held_out == with_test_share(old.data, share, 6).held_out
    assert len(new.data) == 80 - round(80 * share)
    assert new.state is old.start
    assert (new.network, new.names, new.start) == (old.network, old.names, old.start)
    assert new.data.generated == old.data.generated


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_the_share_that_is_held_out_already_changes_nothing(share):
    old = made(usual("sine"), steps=7, share=share, scaling="standard")
    assert edits.set_test_share(old, share) is old


def test_nothing_is_held_out_any_more_at_a_share_of_0():
    old = made(usual("sine"), steps=7, share=0.25)
    new = edits.set_test_share(old, 0.0)
    assert new.data.held_out == ()
    assert new.data.x.tolist() == old.data.raw_x.tolist()
    assert new.state is old.start


@pytest.mark.parametrize(("batch", "share", "kept"), [(8, 0.5, 8), (39, 0.5, 39), (40, 0.5, None), (70, 0.5, None)])
def test_a_batch_larger_than_what_is_left_becomes_the_full_batch(batch, share, kept):
    new = edits.set_test_share(made(usual("sine"), batch_size=batch), share)
    assert new.recipe.batch_size == kept
    assert len(new.data) == 40
    stepped(new, 3)


@pytest.mark.parametrize("share", [-0.1, 1.0, 0.999, 0.001, float("nan"), float("inf")])
def test_a_share_that_can_not_be_held_out_is_refused(share):
    refused(lambda p: edits.set_test_share(p, share), made(usual("sine"), steps=2))


def test_what_is_held_out_of_another_seed_is_other_examples():
    old = made(usual("sine"))
    one, two = edits.set_test_share(old, 0.25), edits.set_test_share(edits.new_start(old), 0.25)
    assert one.data.held_out != two.data.held_out
    assert edits.new_start(one).data is one.data


def test_a_value_of_an_example_of_a_split_is_changed_in_its_own_row():
    old = made(usual("sine"), steps=3, share=0.25, scaling="standard")
    row = int(old.data.training[5])
    assert row != 5
    new = edits.set_value(old, 5, 1, 0.75)
    assert np.argwhere(new.data.columns != old.data.columns).tolist() == [[row, 1]]
    assert new.data.raw_y[row, 0] == 0.75
    assert new.state is old.state
    assert edits.set_value(new, 5, 1, 0.75) is new


# Data made to order


@pytest.mark.parametrize("name", GENERATORS)
def test_data_of_every_generator_can_be_learned_from(name):
    old = made(usual("line"), steps=3)
    before = files.encode(old)
    new = edits.set_generated(old, Generated(name, 30, 0.125, 9))
    assert files.encode(old) == before
    assert new.data.columns.tolist() == generate(Generated(name, 30, 0.125, 9)).columns.tolist()
    assert new.data.generated == Generated(name, 30, 0.125, 9)
    assert (new.network.sizes[0], new.network.sizes[-1]) == (len(new.data.input_names), len(new.data.target_names))
    assert new.state.step == 0
    assert edits.set_generated(new, Generated(name, 30, 0.125, 9)) is new
    stepped(new, 2)


@pytest.mark.parametrize("change", [{"noise": 0.4}, {"seed": 5}, {"examples": 40}], ids=lambda c: next(iter(c)))
def test_other_numbers_of_the_same_generator_keep_scaling_share_names_and_start(change):
    old = made(usual("sine"), steps=3, share=0.25, scaling="standard")
    old = edits.rename_node(old, NodeRef(0, 0), "time")
    wanted = replace(usual("sine"), **change)
    new = edits.set_generated(old, wanted)
    assert new.data.scaling == "standard"
    assert len(new.data.held_out) == wanted.examples // 4
    expected = with_test_share(with_scaling(generate(wanted), "standard"), 0.25, 6)
    assert new.data.center.tolist() == expected.center.tolist()
    assert new.data.held_out == expected.held_out
    assert new.names == old.names
    assert new.state is old.start


def test_another_generator_comes_as_it_is_and_whole():
    old = made(usual("sine"), steps=3, share=0.25, scaling="standard")
    for name in ("parabola", "moons"):
        new = edits.set_generated(old, usual(name))
        assert (new.data.scaling, new.data.held_out) == ("none", ())


def test_data_that_a_person_changed_is_no_generators_any_more():
    old = edits.set_value(made(usual("sine"), share=0.25, scaling="standard"), 0, 1, 0.5)
    again = edits.set_generated(old, usual("sine"))
    assert (again.data.scaling, again.data.held_out) == ("none", ())
    assert again.data.columns.tolist() == generate(usual("sine")).columns.tolist()


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Generated("sine", 0, 0.1, 0), "number of examples"),
        (Generated("sine", 10, -1.0, 0), "noise"),
        (Generated("sine", 10, 0.1, -1), "seed of the data"),
        (Generated("knots", 10, 0.1, 0), "'knots' is not known"),
        (Generated("sine", 1, 0.1, 0), "Of 1 example no such share"),
    ],
    ids=str,
)
def test_data_that_can_not_be_made_is_refused(wanted, said):
    assert said in refused(lambda p: edits.set_generated(p, wanted), made(usual("sine"), steps=2, share=0.25))


def test_fewer_examples_made_to_order_than_a_batch_make_it_the_full_batch():
    old = made(usual("sine"), batch_size=20)
    assert edits.set_generated(old, Generated("sine", 21, 0.1, 0)).recipe.batch_size == 20
    assert edits.set_generated(old, Generated("sine", 20, 0.1, 0)).recipe.batch_size is None


@pytest.mark.parametrize("edit", [lambda d: d, lambda d: with_scaling(d, "none")], ids=["itself", "an equal one"])
def test_the_same_data_changes_nothing(edit):
    old = running()
    assert edits.set_data(old, edit(old.data)) is old


def test_columns_that_change_sides_are_other_data():
    """Two inputs and a target, or an input and two targets: the names in a row are the same."""
    values = np.arange(12.0).reshape(4, 3)
    one = Data("d", ("a", "b"), ("c",), values[:, :2], values[:, 2:])
    other = Data("d", ("a",), ("b", "c"), values[:, :1], values[:, 1:])
    assert edits.set_data(edits.project_for(one, "t"), other).network.sizes == (1, 2)
