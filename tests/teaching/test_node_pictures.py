"""What each node makes of the inputs: the forward pass at every place of the room."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import datasets
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe, draw_parameters
from gdstudio.teaching.node_pictures import LINE, SIDE, can_be_pictured, node_pictures
from gdstudio.teaching.picture import picture_of


def drawn(inputs: int, scaling: str = "none") -> Project:
    """inputs-3-2 with tanh, on data far from 0 and of unlike units."""
    random = np.random.default_rng(5)
    network = Network((inputs, 3, 2), ("tanh", "linear"))
    x = random.normal(size=(12, inputs)) * 10.0 ** np.arange(inputs) + 50.0
    data = datasets.with_scaling(plain_data("twelve", x, random.normal(size=(12, 2))), scaling)
    return new_project("twelve", Recipe(network), 0.1 * draw_parameters(network, 2), data)


def values_by_hand(project: Project, raw: np.ndarray) -> list[np.ndarray]:
    """Every layer's values for one example in its own units, by plain NumPy."""
    data, k = project.data, len(project.data.input_names)
    a = (raw - data.center[:k]) / data.scale[:k]
    found = [a]
    w1 = project.parameters[: k * 3].reshape(k, 3)
    b1, rest = project.parameters[k * 3 : k * 3 + 3], project.parameters[k * 3 + 3 :]
    found.append(np.tanh(a @ w1 + b1))
    found.append(found[-1] @ rest[:6].reshape(3, 2) + rest[6:])
    return found


def room(column: np.ndarray) -> tuple[float, float]:
    margin = 0.12 * (column.max() - column.min())
    return column.min() - margin, column.max() + margin


@pytest.mark.parametrize("scaling", ["none", "standard", "unit"])
def test_with_two_inputs_each_node_shows_its_value_over_their_plane(scaling):
    project = drawn(2, scaling)
    pictures = node_pictures(picture_of(project))
    assert pictures.are_planes
    assert [layer.shape for layer in pictures.layers] == [(2, SIDE, SIDE), (3, SIDE, SIDE), (2, SIDE, SIDE)]
    across, up = (np.linspace(*room(project.data.raw_x[:, k]), SIDE) for k in (0, 1))
    truth = [np.empty((SIDE, SIDE, size)) for size in (2, 3, 2)]
    for row in range(SIDE):
        for column in range(SIDE):
            for layer, values in enumerate(values_by_hand(project, np.array([across[column], up[row]]))):
                truth[layer][row, column] = values
    for layer, shown in zip(truth, pictures.layers, strict=True):
        for node in range(layer.shape[2]):
            largest = max(np.abs(layer[:, :, node]).max(), 1.0)
            assert shown[node] == pytest.approx(layer[:, :, node] / largest, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("scaling", ["none", "standard", "unit"])
def test_with_one_input_each_node_shows_its_curve(scaling):
    project = drawn(1, scaling)
    pictures = node_pictures(picture_of(project))
    assert not pictures.are_planes
    assert [layer.shape for layer in pictures.layers] == [(1, LINE), (3, LINE), (2, LINE)]
    axis = np.linspace(*room(project.data.raw_x[:, 0]), LINE)
    truth = [values_by_hand(project, np.array([at])) for at in axis]
    for layer, shown in enumerate(pictures.layers):
        curves = np.array([values[layer] for values in truth]).T
        assert shown == pytest.approx(curves / np.maximum(np.abs(curves).max(axis=1, keepdims=True), 1.0), rel=1e-9)


def test_the_inputs_themselves_grow_along_their_own_axes():
    first, second = node_pictures(picture_of(drawn(2))).layers[0]
    assert (np.diff(first, axis=1) > 0).all()
    assert (np.diff(first, axis=0) == 0).all()
    assert (np.diff(second, axis=0) > 0).all()
    assert (np.diff(second, axis=1) == 0).all()


def test_more_than_two_inputs_have_no_pictures():
    picture = picture_of(drawn(3))
    assert not can_be_pictured(picture)
    assert node_pictures(picture) is None
    assert can_be_pictured(picture_of(drawn(2)))
    assert can_be_pictured(picture_of(drawn(1)))


def test_every_value_is_a_share_between_minus_1_and_1(explained, every):
    pictures = node_pictures(picture_of(explained(every)))
    for layer in pictures.layers if pictures else ():
        assert np.isfinite(layer).all()
        assert np.abs(layer).max() <= 1.0


@pytest.mark.parametrize("wild", [math.nan, math.inf, -math.inf, 1e308])
@pytest.mark.parametrize("key", ["noisy-line", "xor", "two-rings"])
def test_numbers_that_have_left_all_bounds_are_pictured_without_a_warning(key, wild):
    project = load_example(key)
    parameters = project.parameters.copy()
    parameters[0] = wild
    broken = replace(project, state=replace(project.state, parameters=parameters))
    for layer in node_pictures(picture_of(broken)).layers:
        assert np.isfinite(layer).all()
        assert np.abs(layer).max() <= 1.0


def test_small_values_stay_small_and_large_ones_fill_their_picture():
    project = drawn(2)
    layers = node_pictures(picture_of(project)).layers
    assert np.abs(layers[0]).max(axis=(1, 2)) == pytest.approx([1.0, 1.0])
    tiny = replace(project, state=replace(project.state, parameters=1e-3 * project.parameters))
    assert np.abs(node_pictures(picture_of(tiny)).layers[1]).max() < 0.5
