"""Edits are pure: each against the numbers that it must change, and all that it must leave alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.document import edits, files
from gdstudio.document.datasets import SCALINGS, plain_data
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_LAYERS, MAX_NAME, MAX_NODES, MAX_PARAMETERS, MAX_SEED
from gdstudio.document.project import NodeRef, new_project, parameter_name
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS, Network, Recipe, draw_parameters, train

SMALL = settings(derandomize=True, deadline=None, max_examples=120, database=None)
DATA = plain_data("data", [[1.0, 2.0, 3.0], [0.5, -1.0, 2.0], [2.0, 0.0, 1.0], [3.0, 1.0, 0.0]], [[1.0], [0], [2], [5]])


def fresh(sizes=(3, 4, 2, 1), bias=True):
    """A project at its start, every node named, two parameters locked."""
    network = Network(sizes, ("tanh",) * (len(sizes) - 2) + ("linear",), bias)
    recipe = Recipe(network, batch_size=3, seed=4, locked=frozenset({1, network.parameter_count - 1}))
    project = new_project("title", recipe, draw_parameters(network, 4), DATA)
    return replace(project, names=tuple(tuple(f"{layer}{i}" for i in range(n)) for layer, n in enumerate(sizes)))


def running(**options):
    """The same project, seven steps on."""
    project = fresh(**options)
    return edits.descended(project, train(project.recipe, project.state, project.data.x, project.data.y, 7).state)


def weights(project):
    """Value and lock of every parameter, by the names of what it joins."""
    values, locked = project.parameters.tolist(), project.recipe.locked
    return {parameter_name(project, i): (value, i in locked) for i, value in enumerate(values)}


EVERYTHING = {"title", "recipe", "state", "start", "data", "names"}
EDITS = {
    "set_parameter": (lambda p: edits.set_parameter(p, 2, 0.123), {"state"}),
    "lock": (lambda p: edits.set_locked(p, 5, True), {"recipe"}),
    "unlock": (lambda p: edits.set_locked(p, 1, False), {"recipe"}),
    "set_learning_rate": (lambda p: edits.set_learning_rate(p, 0.5), {"recipe"}),
    "set_optimizer": (lambda p: edits.set_optimizer(p, "sgd"), {"recipe", "state", "start"}),
    "set_loss": (lambda p: edits.set_loss(p, "half_mse"), {"recipe"}),
    "set_batch_size": (lambda p: edits.set_batch_size(p, 2), {"recipe"}),
    "set_activation": (lambda p: edits.set_activation(p, 1, "relu"), {"recipe"}),
    "set_hidden_activation": (lambda p: edits.set_hidden_activation(p, "relu"), {"recipe"}),
    "set_bias": (lambda p: edits.set_bias(p, False), {"recipe", "state", "start", "names"}),
    "add_node": (lambda p: edits.add_node(p, 1), {"recipe", "state", "start", "names"}),
    "add_input": (lambda p: edits.add_node(p, 0), {"recipe", "state", "start", "names", "data"}),
    "remove_node": (lambda p: edits.remove_node(p, NodeRef(1, 0)), {"recipe", "state", "start", "names"}),
    "add_layer": (lambda p: edits.add_layer(p, 1), {"recipe", "state", "start", "names"}),
    "remove_layer": (lambda p: edits.remove_layer(p, 1), {"recipe", "state", "start", "names"}),
    "rename_node": (lambda p: edits.rename_node(p, NodeRef(1, 0), "edge"), {"names"}),
    "set_value": (lambda p: edits.set_value(p, 0, 1, 9.0), {"data"}),
    "set_scaling": (lambda p: edits.set_scaling(p, "standard"), {"data", "state"}),
    "set_target": (lambda p: edits.set_target(p, "input 1"), {"data", "state", "names", "recipe"}),
    "set_data": (lambda p: edits.set_data(p, plain_data("d", [[1.0, 2, 3]], [[4.0]])), EVERYTHING - {"title", "start"}),
    "new_start": (lambda p: edits.new_start(p), {"recipe", "state", "start"}),
    "reset": (lambda p: edits.reset(p), {"state"}),
    "descended": (lambda p: edits.descended(p, p.start), {"state"}),
}


@pytest.mark.parametrize(("edit", "touched"), EDITS.values(), ids=EDITS)
def test_an_edit_leaves_the_old_project_as_it_was_and_shares_what_it_does_not_change(edit, touched):
    old = running()
    before, parts = files.encode(old), {name: getattr(old, name) for name in EVERYTHING}
    new = edit(old)
    assert files.encode(old) == before
    assert {name for name in EVERYTHING if getattr(old, name) is not parts[name]} == set()
    assert {name for name in EVERYTHING if getattr(new, name) is not parts[name]} <= touched
    assert files.encode(files.decode(files.encode(new), "new")) == files.encode(new)


@pytest.mark.parametrize("edit", [edit for name, (edit, _) in EDITS.items() if name != "set_optimizer"])
def test_an_edit_does_something(edit):
    old = running()
    assert files.encode(edit(old)) != files.encode(old)


# Weights


@pytest.mark.parametrize("value", [10.0, 1 / 3, -0.0, 5e-324, 1e300, 0.1 + 0.2])
def test_a_weight_is_set_to_exactly_what_was_typed(value):
    new = edits.set_parameter(running(), 3, value)
    assert new.parameters[3].tobytes() == np.float64(value).tobytes()
    assert np.flatnonzero(new.parameters != running().parameters).tolist() == [3]
    assert not new.parameters.flags.writeable


def test_a_weight_set_before_the_first_step_is_what_reset_returns_to():
    edited = edits.set_parameter(fresh(), 0, 10.0)
    assert edited.start is edited.state
    assert edits.reset(edits.descended(edited, running().state)).parameters[0] == 10.0


def test_a_weight_set_in_the_middle_of_a_run_leaves_the_start_and_the_step():
    old = running()
    edited = edits.set_parameter(old, 0, 10.0)
    assert edited.start is old.start
    assert edited.state.step == 7


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_weight_that_is_no_finite_number_is_refused(value):
    with pytest.raises(ProjectError, match=r"finite number\.$"):
        edits.set_parameter(fresh(), 0, value)
    with pytest.raises(ProjectError, match=r"finite number\.$"):
        edits.set_value(fresh(), 0, 0, value)


def test_a_lock_is_set_and_opened_again():
    locked = edits.set_locked(fresh(), 5, True)
    assert locked.recipe.locked == fresh().recipe.locked | {5}
    assert edits.set_locked(locked, 5, False).recipe.locked == fresh().recipe.locked
    with pytest.raises(ProjectError):
        edits.set_locked(fresh(), 10_000, True)


# The recipe


@pytest.mark.parametrize("rate", [1e-6, 0.004, 1 / 28, 1 / 9, 10.0])
def test_a_rate_is_set_exactly_and_does_not_wipe_the_run(rate):
    old = running()
    new = edits.set_learning_rate(old, rate)
    assert new.recipe.learning_rate == rate
    assert new.state is old.state


@pytest.mark.parametrize("rate", [0.0, -0.01, 9e-13, 10.1, float("nan"), float("inf")])
def test_a_rate_out_of_bounds_is_refused_with_the_bounds(rate):
    with pytest.raises(ProjectError, match=r"from 1e−12 to 10\.0\.$"):
        edits.set_learning_rate(fresh(), rate)


@pytest.mark.parametrize("loss", [name for name, row in LOSSES.items() if row.taken_with is None])
def test_every_loss_without_classes_can_be_chosen_and_keeps_the_run(loss):
    old = running()
    new = edits.set_loss(old, loss)
    assert new.recipe.loss == loss
    assert new.network == old.network
    assert new.state is old.state


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_can_be_chosen_and_starts_with_a_fresh_memory(optimizer):
    new = edits.set_optimizer(running(), optimizer)
    assert new.recipe.optimizer == optimizer
    assert new.state.step == 7
    assert len(new.state.optimizer) == len(new.start.optimizer) == len(OPTIMIZERS[optimizer].slots)


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: edits.set_loss(p, "cubic"),
        lambda p: edits.set_optimizer(p, "magic"),
        lambda p: edits.set_activation(p, 1, "cube"),
        lambda p: edits.set_hidden_activation(p, "cube"),
        lambda p: edits.set_target(p, "wing"),
        lambda p: edits.set_scaling(p, "magic"),
        lambda p: edits.add_layer(p, 1, nodes=0),
    ],
    ids=["loss", "optimizer", "activation", "hidden activation", "target", "scaling", "layer of no nodes"],
)
def test_what_does_not_exist_is_refused_with_a_sentence(edit):
    with pytest.raises(ProjectError, match=r"^[A-Z].*\.$"):
        edit(fresh())


@pytest.mark.parametrize(("asked", "kept"), [(None, None), (1, 1), (3, 3), (4, None)])
def test_a_batch_of_everything_is_the_full_batch(asked, kept):
    assert edits.set_batch_size(fresh(), asked).recipe.batch_size == kept


@pytest.mark.parametrize("size", [0, -1, 5])
def test_a_batch_out_of_bounds_is_refused(size):
    with pytest.raises(ProjectError, match=rf"^A batch has from 1 to 4 examples; {size} is outside\.$"):
        edits.set_batch_size(fresh(), size)


@pytest.mark.parametrize("activation", [name for name, row in ACTIVATIONS.items() if not row.last_only])
def test_the_activation_of_one_layer_or_of_all_hidden_ones_keeps_the_weights(activation):
    old = running()
    one = edits.set_activation(old, 2, activation)
    assert one.network.activations == ("tanh", activation, "linear")
    hidden = edits.set_hidden_activation(old, activation)
    assert hidden.network.activations == (activation, activation, "linear")
    assert edits.hidden_activation(hidden.network) == activation
    assert one.state is hidden.state is old.state
    flat = edits.set_hidden_activation(fresh(sizes=(3, 1)), activation)
    assert flat.network.activations == (activation,)


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (lambda p: edits.set_activation(p, 1, "softmax"), "for the last layer only"),
        (lambda p: edits.set_activation(p, 2, "softmax"), "for the last layer only"),
        (lambda p: edits.set_hidden_activation(p, "softmax"), "for the last layer only"),
        (lambda p: edits.set_activation(p, 3, "softmax"), "goes with categorical cross-entropy"),
        (lambda p: edits.set_hidden_activation(edits.project_for(DATA, "t"), "softmax"), "goes with categorical"),
    ],
    ids=["first", "second", "all hidden", "last without its loss", "the only one without its loss"],
)
def test_softmax_is_for_the_last_layer_and_for_its_loss_only(edit, why):
    with pytest.raises(ProjectError, match=rf"^Softmax .*{why}.*\.$"):
        edit(fresh())


def test_hidden_layers_that_differ_have_no_one_activation():
    assert edits.hidden_activation(edits.set_activation(fresh(), 1, "relu").network) is None


@pytest.mark.parametrize("layer", [0, -1, 4])
def test_only_layers_behind_the_inputs_have_an_activation(layer):
    with pytest.raises((ProjectError, IndexError)):
        edits.set_activation(fresh(), layer, "relu")


# The network's shape


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(
    ("edit", "sizes"),
    [
        (lambda p: edits.add_node(p, 0), (4, 4, 2, 1)),
        (lambda p: edits.add_node(p, 1), (3, 5, 2, 1)),
        (lambda p: edits.add_node(p, 3), (3, 4, 2, 2)),
        (lambda p: edits.remove_node(p, NodeRef(0, 1)), (2, 4, 2, 1)),
        (lambda p: edits.remove_node(p, NodeRef(1, 0)), (3, 3, 2, 1)),
        (lambda p: edits.remove_node(p, NodeRef(1, 3)), (3, 3, 2, 1)),
        (lambda p: edits.remove_node(p, NodeRef(2, 0)), (3, 4, 1, 1)),
        (lambda p: edits.add_layer(p, 0), (3, 2, 4, 2, 1)),
        (lambda p: edits.add_layer(p, 1, 3), (3, 4, 3, 2, 1)),
        (lambda p: edits.add_layer(p, 2), (3, 4, 2, 2, 1)),
        (lambda p: edits.remove_layer(p, 1), (3, 2, 1)),
        (lambda p: edits.remove_layer(p, 2), (3, 4, 1)),
    ],
    ids=["+input", "+hidden", "+output", "-input", "-first", "-last", "-second layer", "+layer 0", "+layer 1"]
    + ["+layer 2", "-layer 1", "-layer 2"],
)
def test_weights_locks_and_names_follow_their_nodes(edit, sizes, bias):
    old = running(bias=bias)
    new = edit(old)
    assert new.network.sizes == sizes
    assert (len(new.data.input_names), len(new.data.target_names)) == (sizes[0], sizes[-1])
    before, after = weights(old), weights(new)
    kept = before.keys() & after.keys()
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    survivors = {name for layer in new.names for name in layer if name}
    adjacent = {(a, b) for one, two in zip(new.names, new.names[1:], strict=False) for a in one for b in two}
    for name in before.keys() - kept:
        ends = name.removeprefix("bias of ").split(" → ")
        joined = ends[0] in survivors if len(ends) == 1 else tuple(ends) in adjacent
        assert not joined, f"{name} is lost"
    assert not any(locked for name, (_, locked) in after.items() if name not in kept)
    drawn = draw_parameters(new.network, old.recipe.seed).tolist()
    for index, (name, (value, _)) in enumerate(after.items()):
        assert name in kept or value == drawn[index]


@pytest.mark.parametrize("layer", [0, 1, 2, 3])
def test_a_change_of_shape_begins_a_new_descent_from_the_weights_as_they_stand(layer):
    new = edits.add_node(running(), layer)
    assert new.state is new.start
    assert new.state.step == 0
    assert new.recipe.batch_size == 3


def test_adding_a_hidden_node_and_removing_it_again_gives_the_same_network():
    old = running()
    back = edits.remove_node(edits.add_node(old, 1), NodeRef(1, 4))
    assert weights(back) == weights(old)
    assert back.names == old.names


def test_adding_an_input_and_removing_another_leaves_every_column_a_name_of_its_own():
    project = replace(fresh(), names=((("",) * 3), *fresh().names[1:]))
    new = edits.add_node(edits.remove_node(project, NodeRef(0, 0)), 0)
    assert len(set(new.data.column_names)) == 4
    assert len(set(weights(new))) == new.network.parameter_count


def test_removing_an_input_removes_its_column():
    new = edits.remove_node(fresh(), NodeRef(0, 1))
    assert new.data.input_names == ("input 1", "input 3")
    assert new.data.raw_x.tolist() == DATA.raw_x[:, [0, 2]].tolist()
    assert new.data.raw_y.tolist() == DATA.raw_y.tolist()


def test_removing_the_last_node_of_a_hidden_layer_removes_the_layer():
    project = edits.remove_node(fresh(), NodeRef(2, 0))
    assert edits.remove_node(project, NodeRef(2, 0)).network == Network((3, 4, 1), ("tanh", "linear"))


def test_a_new_layer_takes_the_activation_of_its_neighbour_and_relu_beside_a_linear_one():
    assert edits.add_layer(fresh(), 1).network.activations == ("tanh", "tanh", "tanh", "linear")
    assert edits.add_layer(fresh(sizes=(3, 1)), 0).network == Network((3, 2, 1), ("relu", "linear"))


def test_biases_come_as_0_and_go_and_the_weights_stay():
    old = running(bias=False)
    with_bias = edits.set_bias(old, True)
    new = {name: value for name, value in weights(with_bias).items() if name.startswith("bias of")}
    assert len(new) == 7
    assert set(new.values()) == {(0.0, False)}
    assert weights(edits.set_bias(with_bias, False)) == weights(old)


@pytest.mark.parametrize("after", [3, -1, 4])
def test_a_hidden_layer_can_not_be_put_behind_the_prediction(after):
    with pytest.raises((ProjectError, IndexError)):
        edits.add_layer(fresh(), after)


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: edits.remove_node(p, NodeRef(0, 0)),
        lambda p: edits.remove_node(p, NodeRef(1, 0)),
        lambda p: edits.remove_layer(p, 0),
        lambda p: edits.remove_layer(p, 1),
    ],
)
def test_a_network_keeps_one_input_and_one_prediction(edit):
    network = Network((1, 1), ("linear",))
    with pytest.raises(ProjectError, match=r"keeps at least one input and one prediction\.$"):
        edit(new_project("t", Recipe(network), np.zeros(2), plain_data("d", [[1.0]], [[1.0]])))


def test_the_limits_of_what_can_be_shown_hold_for_every_edit():
    project = fresh()
    for _ in range(MAX_NODES - 4):
        project = edits.add_node(project, 1)
    with pytest.raises(ProjectError, match=f"{MAX_NODES} nodes"):
        edits.add_node(project, 1)
    deep = fresh()
    for _ in range(MAX_LAYERS - 4):
        deep = edits.add_layer(deep, 1, 1)
    with pytest.raises(ProjectError, match=f"{MAX_LAYERS} layers"):
        edits.add_layer(deep, 1)
    with pytest.raises(ProjectError, match=f"{MAX_PARAMETERS:,} weights"):
        edits.add_layer(project, 1, MAX_NODES)
    with pytest.raises(ProjectError, match=f"{MAX_NODES} nodes"):
        edits.set_data(project, plain_data("wide", np.ones((1, MAX_NODES + 1)), [[1.0]]))


@pytest.mark.parametrize("name", ["edge detector", "  edge \n detector ", "<b>bold</b>", "Größe ½", ""])
def test_a_node_is_named_on_one_line_as_plain_text(name):
    new = edits.rename_node(fresh(), NodeRef(1, 2), name)
    assert new.names[1][2] == " ".join(name.split())
    assert [n for i, n in enumerate(new.names[1]) if i != 2] == ["10", "11", "13"]


def test_control_characters_fall_out_of_a_name_and_a_long_one_is_refused():
    assert edits.clean_name("a\x00b\x1b[31m\u202ec\ud800") == "a b [31m c"
    assert len(edits.clean_name("x" * MAX_NAME)) == MAX_NAME
    with pytest.raises(ProjectError, match=rf"up to {MAX_NAME} characters; this one has 81\.$"):
        edits.clean_name("x" * (MAX_NAME + 1))


# Starts


def test_reset_returns_to_the_very_same_start():
    old = running()
    assert edits.reset(old).state is old.start
    assert edits.reset(edits.reset(old)).state is old.start


def test_a_new_start_draws_from_the_next_seed_and_keeps_what_is_locked():
    old = running()
    new = edits.new_start(old)
    assert new.recipe.seed == 5
    assert new.state is new.start
    assert new.state.step == 0
    drawn = draw_parameters(old.network, 5)
    for index in range(old.network.parameter_count):
        expected = old.parameters if index in old.recipe.locked else drawn
        assert new.parameters[index] == expected[index]
    assert edits.new_start(new).recipe.seed == 6


def test_the_seed_stays_within_its_limits():
    last = replace(fresh(), recipe=replace(fresh().recipe, seed=MAX_SEED))
    assert 0 <= edits.new_start(last).recipe.seed <= MAX_SEED
    files.decode(files.encode(edits.new_start(last)), "last")


def test_a_table_gets_a_first_project_of_one_linear_layer():
    project = edits.project_for(DATA, "Table")
    assert project.network == Network((3, 1), ("linear",))
    assert project.data is DATA
    assert project.state is project.start
    assert project.parameters.tolist() == draw_parameters(project.network, 0).tolist()


WALK = st.lists(
    st.one_of(
        st.tuples(st.just("add_node"), st.integers(0, 4)),
        st.tuples(st.just("remove_node"), st.integers(0, 4), st.integers(0, 3)),
        st.tuples(st.just("add_layer"), st.integers(0, 3)),
        st.tuples(st.just("remove_layer"), st.integers(0, 4)),
        st.tuples(st.just("set_bias"), st.booleans()),
        st.tuples(st.just("set_scaling"), st.sampled_from(list(SCALINGS))),
        st.tuples(st.just("new_start")),
    ),
    max_size=8,
)


@given(WALK)
@SMALL
def test_any_walk_of_edits_ends_in_a_project_that_fits_together_and_can_be_saved(walk):
    project = fresh()
    for name, *arguments in walk:
        sizes = project.network.sizes
        if name in ("add_node", "remove_node", "add_layer", "remove_layer") and arguments[0] >= len(sizes):
            continue
        if name == "remove_node":
            layer, position = arguments
            arguments = [NodeRef(layer, position % sizes[layer])]
        try:
            project = getattr(edits, name)(project, *arguments)
        except ProjectError as error:
            assert str(error).endswith(".")
    network, data = project.network, project.data
    assert tuple(map(len, project.names)) == network.sizes
    assert project.parameters.shape == (network.parameter_count,)
    assert data.x.shape == (4, network.sizes[0])
    assert data.y.shape == (4, network.sizes[-1])
    again = files.decode(files.encode(project), "walk")
    assert files.encode(again) == files.encode(project)
