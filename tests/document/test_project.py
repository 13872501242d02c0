import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_LAYERS, MAX_NODES, MAX_PARAMETERS
from gdstudio.document.project import NodeRef, check_size, find_parameter, new_project, node_name, parameter_name
from gdstudio.engine import Network, Recipe, draw_parameters


def project(sizes=(2, 3, 2, 1), bias=True):
    network = Network(sizes, ("tanh",) * (len(sizes) - 1), bias)
    data = plain_data("data", np.ones((2, sizes[0])), np.ones((2, sizes[-1])))
    return new_project("title", Recipe(network), draw_parameters(network, 0), data)


def test_a_new_project_stands_at_its_start():
    new = project()
    assert new.state is new.start
    assert new.state.step == 0
    assert new.network is new.recipe.network
    assert new.parameters is new.state.parameters
    assert new.names == (("", ""), ("", "", ""), ("", ""), ("",))


@pytest.mark.parametrize("sizes", [(3, 1), (2, 2)])
def test_a_network_that_does_not_fit_the_data_is_refused(sizes):
    network = Network(sizes, ("linear",))
    with pytest.raises(ProjectError, match=r"but the data has 2 and 1\.$"):
        new_project("title", Recipe(network), draw_parameters(network, 0), plain_data("d", [[1.0, 2.0]], [[1.0]]))


def test_a_network_at_the_limits_can_be_shown_and_one_above_is_refused():
    check_size(Network((1,) * MAX_LAYERS, ("tanh",) * (MAX_LAYERS - 1)))
    check_size(Network((MAX_NODES, 1), ("tanh",)))
    check_size(Network((64, 64), ("tanh",), bias=False))
    assert MAX_PARAMETERS == 64 * 64
    for sizes, word in (((1,) * (MAX_LAYERS + 1), "layers"), ((MAX_NODES + 1, 1), "nodes"), ((64, 64, 1), "weights")):
        with pytest.raises(ProjectError, match=rf"{word}.*\.$"):
            check_size(Network(sizes, ("tanh",) * (len(sizes) - 1)))


def test_nodes_are_called_by_their_column_by_number_or_by_the_name_that_a_person_gave():
    new = project()
    nodes = [NodeRef(layer, i) for layer, size in enumerate(new.network.sizes) for i in range(size)]
    hidden = [f"hidden {k}" for k in range(1, 6)]
    assert [node_name(new, node) for node in nodes] == ["input 1", "input 2", *hidden, "prediction"]
    assert node_name(edits.rename_node(new, NodeRef(2, 1), "edge"), NodeRef(2, 1)) == "edge"
    assert node_name(project((2, 2)), NodeRef(1, 1)) == "prediction 2"


def test_weights_are_called_by_what_they_join():
    new = project()
    assert parameter_name(new, 0) == "input 1 → hidden 1"
    assert parameter_name(new, 4) == "input 2 → hidden 2"
    assert parameter_name(new, 6) == "bias of hidden 1"
    assert parameter_name(new, new.network.parameter_count - 1) == "bias of prediction"


@pytest.mark.parametrize("bias", [True, False])
def test_every_weight_is_found_by_its_name_and_by_its_number(bias):
    new = project(bias=bias)
    for index in range(new.network.parameter_count):
        assert find_parameter(new, parameter_name(new, index)) == index
        assert find_parameter(new, str(index + 1)) == index
    assert find_parameter(new, " INPUT 2 ->hidden  2") == 4


@pytest.mark.parametrize("name", ["", "0", "999", "input 9 → hidden 1", "hidden 1"])
def test_a_weight_that_is_not_there_is_refused_with_a_sentence(name):
    with pytest.raises(ProjectError, match=r"^There is no weight .*\.$"):
        find_parameter(project(), name)
