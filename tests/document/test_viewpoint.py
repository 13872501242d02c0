"""How a document is looked at: what is there to be looked at, and what is not."""

from dataclasses import replace

import pytest

from gdstudio.document.examples import load_example
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.document.viewpoint import AXES, View, exists
from gdstudio.teaching.surfaces import Axes


@pytest.fixture(scope="module")
def project():
    """Two inputs, hidden nodes, one output."""
    return load_example("hidden-layer")


def first_and_last(project):
    """Everything that can be pointed at, at its ends."""
    sizes = project.network.sizes
    yield from (ParameterRef(index) for index in (0, project.network.parameter_count - 1))
    yield from (NodeRef(layer, place) for layer in range(len(sizes)) for place in (0, sizes[layer] - 1))
    yield from (TargetRef(output) for output in (0, sizes[-1] - 1))


def test_whatever_can_be_pointed_at_exists(project):
    assert all(exists(project, ref) for ref in first_and_last(project))


def test_nothing_is_always_there(project):
    assert exists(project, None)


def one_too_far(project):
    sizes = project.network.sizes
    yield from (ParameterRef(index) for index in (-1, project.network.parameter_count))
    yield from (NodeRef(layer, 0) for layer in (-1, len(sizes)))
    yield from (NodeRef(layer, place) for layer in range(len(sizes)) for place in (-1, sizes[layer]))
    yield from (TargetRef(output) for output in (-1, sizes[-1]))


def test_what_is_one_too_far_does_not_exist(project):
    assert [ref for ref in one_too_far(project) if exists(project, ref)] == []


def test_a_view_of_what_does_not_exist_does_not_fit(project):
    assert [ref for ref in one_too_far(project) if View(selection=ref).fits(project)] == []


@pytest.mark.parametrize("key", ["one-weight", "hidden-layer", "xor"])
def test_the_view_that_nobody_chose_fits_every_project(key):
    assert View().fits(load_example(key))


def test_an_example_is_shown_only_where_there_is_one(project):
    count = len(project.data)
    assert [View(example=example).fits(project) for example in (None, 0, count - 1)] == [True] * 3
    assert [View(example=example).fits(project) for example in (-1, count)] == [False] * 2


def test_an_example_held_out_for_testing_is_not_shown():
    project = load_example("xor")
    held = replace(project, data=replace(project.data, held_out=(0,)))
    assert [example for example in range(4) if View(example=example).fits(held)] == [0, 1, 2]


def test_the_axes_of_a_file_are_those_of_the_surface():
    assert set(AXES) == {axes.name for axes in Axes}
    assert View().axes == next(iter(Axes)).name
