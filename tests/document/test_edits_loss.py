"""Losses that are taken together with an activation: what comes along, what leaves, what is refused."""

import numpy as np
import pytest

from gdstudio.document import edits, files
from gdstudio.document.datasets import Generated, plain_data, with_scaling, with_test_share
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import generate
from gdstudio.document.project import NodeRef, new_project
from gdstudio.engine import ACTIVATIONS, LOSSES, Network, Recipe, draw_parameters, train

SHARES = np.array([[0.25, 0.75], [1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
BINARY, CATEGORICAL = "binary_crossentropy", "categorical_crossentropy"


def classes(loss="mse", last="linear", sizes=(2, 3, 2), steps=3, **options):
    """Four examples whose targets fit every loss; some steps on, two parameters locked."""
    random = np.random.default_rng(1)
    data = plain_data("shares", random.normal(size=(4, sizes[0])), SHARES)
    network = Network(sizes, ("tanh",) * (len(sizes) - 2) + (last,))
    recipe = Recipe(network, loss=loss, seed=2, locked=frozenset({1}), **options)
    project = new_project("shares", recipe, draw_parameters(network, 2), data)
    return edits.descended(project, train(recipe, project.state, data.x, data.y, steps).state)


def allowed(loss, last):
    taken_with = LOSSES[loss].taken_with
    return taken_with == last if taken_with else not ACTIVATIONS[last].last_only


PAIRS = [(loss, last) for loss in LOSSES for last in ACTIVATIONS if allowed(loss, last)]


def refused(edit, project):
    """The sentence with which an edit is refused; the project is as it was."""
    before = files.encode(project)
    with pytest.raises(ProjectError, match=r"^[A-Z].*\.$") as error:
        edit(project)
    assert files.encode(project) == before
    return str(error.value)


# Loss and last activation


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(("before", "last"), PAIRS)
def test_a_loss_brings_its_last_activation_along_and_leaves_any_other_alone(before, last, loss):
    old = classes(before, last)
    new = edits.set_loss(old, loss)
    if loss == before:
        assert new is old
    wanted = LOSSES[loss].taken_with or ("linear" if last == "softmax" else last)
    assert new.recipe.loss == loss
    assert new.network.activations == ("tanh", wanted)
    assert new.network.sizes == old.network.sizes
    assert new.state is old.state
    assert new.start is old.start
    assert new.recipe.locked == old.recipe.locked
    train(new.recipe, new.state, new.data.x, new.data.y, 2)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_last_activation_that_does_not_go_with_the_loss_is_refused(loss, activation):
    old = edits.set_loss(classes(), loss)
    if allowed(loss, activation):
        new = edits.set_activation(old, 2, activation)
        assert new.network.activations == ("tanh", activation)
        assert new.state is old.state
    else:
        said = refused(lambda p: edits.set_activation(p, 2, activation), old)
        assert "ategorical cross-entropy" in said or "inary cross-entropy" in said


@pytest.mark.parametrize("loss", [BINARY, CATEGORICAL])
def test_hidden_layers_are_free_to_change_whatever_the_loss(loss):
    old = edits.set_loss(classes(sizes=(2, 3, 3, 2)), loss)
    new = edits.set_hidden_activation(old, "relu")
    assert new.network.activations == ("relu", "relu", LOSSES[loss].taken_with)


@pytest.mark.parametrize("loss", [BINARY, CATEGORICAL])
def test_where_there_is_no_hidden_layer_the_last_activation_stays_with_its_loss(loss):
    old = edits.set_loss(classes(sizes=(2, 2)), loss)
    assert old.network.activations == (LOSSES[loss].taken_with,)
    refused(lambda p: edits.set_hidden_activation(p, "tanh"), old)
    assert edits.set_hidden_activation(old, LOSSES[loss].taken_with) is old


# Targets


@pytest.mark.parametrize("loss", [BINARY, CATEGORICAL])
def test_a_loss_that_does_not_fit_the_targets_is_refused(loss):
    data = plain_data("wide", np.ones((2, 2)), [[0.5, 0.5], [1.5, -0.5]])
    project = edits.project_for(data, "t")
    said = refused(lambda p: edits.set_loss(p, loss), project)
    assert said == f"{LOSSES[loss].label} needs targets from 0 to 1; one of them is 1.5."


def test_targets_that_do_not_sum_to_1_are_no_shares_of_classes():
    project = edits.project_for(plain_data("d", np.ones((2, 2)), [[1.0, 1.0], [0.0, 1.0]]), "t")
    assert "sum to 1 in every example" in refused(lambda p: edits.set_loss(p, CATEGORICAL), project)
    assert edits.set_loss(project, BINARY).network.activations == ("sigmoid",)


SPOILS_BOTH = {
    "a target above 1": lambda p: edits.set_value(p, 1, 2, 1.25),
    "a target below 0": lambda p: edits.set_value(p, 0, 3, -0.25),
    "another scaling": lambda p: edits.set_scaling(p, "standard"),
    "another target": lambda p: edits.set_target(p, "input 1"),
    "other data": lambda p: edits.set_data(p, plain_data("d", np.ones((2, 2)), [[2.0, 3.0]] * 2)),
    "other columns": lambda p: edits.set_data(p, plain_data("d", np.ones((2, 1)), [[2.0, 3.0, 4.0]] * 2)),
    "a curve": lambda p: edits.set_generated(p, Generated("line", 9, 0.0, 0)),
}


@pytest.mark.parametrize("edit", SPOILS_BOTH.values(), ids=SPOILS_BOTH)
@pytest.mark.parametrize("loss", [BINARY, CATEGORICAL])
def test_data_that_a_cross_entropy_could_not_learn_from_is_refused(loss, edit):
    said = refused(edit, edits.set_loss(classes(), loss))
    assert said.startswith(f"{LOSSES[loss].label} needs targets ")


@pytest.mark.parametrize("edit", SPOILS_BOTH.values(), ids=SPOILS_BOTH)
def test_the_same_data_is_fine_for_a_square(edit):
    assert edit(classes()) is not None


SPOILS_SUMS = {
    "a target": lambda p: edits.set_value(p, 1, 2, 0.5),
    "an output less": lambda p: edits.remove_node(p, NodeRef(2, 0)),
    "clouds of two classes in one column": lambda p: edits.set_generated(p, Generated("moons", 9, 0.1, 0)),
}


@pytest.mark.parametrize("edit", SPOILS_SUMS.values(), ids=SPOILS_SUMS)
def test_shares_that_no_longer_sum_to_1_are_refused_for_categorical_cross_entropy_alone(edit):
    said = refused(edit, edits.set_loss(classes(), CATEGORICAL))
    assert "sum to 1" in said
    assert edit(edits.set_loss(classes(), BINARY)).recipe.loss == BINARY


def test_a_new_output_has_the_share_0_and_fits():
    new = edits.add_node(edits.set_loss(classes(), CATEGORICAL), 2)
    assert new.data.y[:, 2].tolist() == [0.0] * 4
    assert new.network == Network((2, 3, 3), ("tanh", "softmax"))
    train(new.recipe, new.state, new.data.x, new.data.y, 2)


def test_three_clouds_are_learned_with_categorical_cross_entropy():
    project = edits.set_loss(edits.project_for(generate(Generated("three-gaussians", 30, 0.1, 0)), "t"), CATEGORICAL)
    project = edits.set_learning_rate(edits.set_test_share(project, 0.3), 0.5)
    run = train(project.recipe, project.state, project.data.x, project.data.y, 300, watched=project.data.test)
    assert run.losses[-1] < 0.2
    assert run.watched[-1] < 0.3


def test_targets_held_out_must_fit_too():
    targets = np.array([[0.0], [1.0], [0.0], [1.0], [7.0]])
    data = plain_data("d", np.arange(5.0)[:, None], targets)
    seed = next(s for s in range(99) if with_test_share(data, 0.2, s).held_out == (4,))
    network = Network((1, 1), ("linear",))
    project = new_project("t", Recipe(network, seed=seed), np.zeros(2), with_test_share(data, 0.2, seed))
    assert project.data.y.max() == 1.0
    assert "one of them is 7" in refused(lambda p: edits.set_loss(p, BINARY), project)


def test_scaled_targets_from_0_to_1_fit_binary_cross_entropy_until_they_are_scaled_back():
    data = with_scaling(plain_data("d", np.arange(4.0)[:, None], [[3.0], [5.0], [3.0], [5.0]]), "unit")
    project = edits.set_loss(edits.project_for(data, "t"), BINARY)
    assert project.data.y.ravel().tolist() == [0.0, 1.0, 0.0, 1.0]
    assert "one of them is 3" in refused(lambda p: edits.set_scaling(p, "none"), project)


# Layers around softmax


@pytest.mark.parametrize("loss", [CATEGORICAL, BINARY])
def test_a_layer_before_a_lone_softmax_is_relu_and_before_a_sigmoid_one_more(loss):
    new = edits.add_layer(edits.set_loss(classes(sizes=(2, 2)), loss), 0)
    assert new.network.activations == ({CATEGORICAL: "relu", BINARY: "sigmoid"}[loss], LOSSES[loss].taken_with)
    assert new.recipe.loss == loss
    train(new.recipe, new.state, new.data.x, new.data.y, 2)


@pytest.mark.parametrize("after", [0, 1])
def test_a_layer_in_a_network_that_ends_in_softmax_takes_after_the_hidden_ones(after):
    new = edits.add_layer(edits.set_loss(classes(), CATEGORICAL), after)
    assert new.network.activations == ("tanh", "tanh", "softmax")


def test_the_layer_before_softmax_can_be_removed():
    new = edits.remove_layer(edits.set_loss(classes(), CATEGORICAL), 1)
    assert new.network == Network((2, 2), ("softmax",))
    assert new.recipe.loss == CATEGORICAL
