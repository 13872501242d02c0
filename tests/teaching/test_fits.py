"""Data and prediction as they are drawn: a curve, a plane or a match, always in the data's own units."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import Data, plain_data, with_scaling
from gdstudio.document.examples import load_example
from gdstudio.document.generators import usual
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe, draw_parameters, forward
from gdstudio.teaching.fits import CURVE_POINTS, GRID, MOST_POINTS, Fit, Kind, fit_of
from gdstudio.teaching.picture import picture_of


def fitted(project: Project | str) -> Fit:
    return fit_of(picture_of(load_example(project) if isinstance(project, str) else project))


def project_on(data: Data, *hidden: int, activation: str = "tanh") -> Project:
    """Drawn weights on these data."""
    sizes = (len(data.input_names), *hidden, len(data.target_names))
    network = Network(sizes, (activation,) * len(hidden) + ("linear",))
    return new_project("drawn", Recipe(network), draw_parameters(network, 2), data)


def drawn_data(examples: int, inputs: int, outputs: int = 1, seed: int = 1) -> Data:
    random = np.random.default_rng(seed)
    return plain_data("drawn", random.normal(size=(examples, inputs)), random.normal(size=(examples, outputs)))


def with_parameters(project: Project, parameters) -> Project:
    return replace(project, state=replace(project.state, parameters=np.asarray(parameters, dtype=float)))


def in_own_units(project: Project) -> np.ndarray:
    """The predictions for the examples to learn from, computed by the engine and scaled back by hand."""
    data = project.data
    prediction = forward(project.network, project.parameters, data.x).prediction
    k = len(data.input_names)
    return prediction * data.scale[k:] + data.center[k:]


def holds_all(fit: Fit) -> bool:
    left, right, bottom, top = fit.bounds
    return bool((fit.x > left).all() and (fit.x < right).all() and (fit.y > bottom).all() and (fit.y < top).all())


@pytest.mark.parametrize(
    ("key", "kind", "names"),
    [
        ("one-weight", Kind.CURVE, ("input 1", "target")),
        ("noisy-line", Kind.CURVE, None),
        ("penguins", Kind.CURVE, None),
        ("two-weights", Kind.PLANE, ("input 1", "input 2")),
        ("xor", Kind.PLANE, ("input 1", "input 2")),
        ("two-rings", Kind.PLANE, None),
        ("three-inputs", Kind.MATCH, ("actual", "predicted")),
    ],
)
def test_one_input_is_a_curve_two_are_a_plane_and_more_a_match(key, kind, names):
    project = load_example(key)
    fit = fitted(project)
    assert fit.kind is kind
    if names:
        assert fit.names == names
    else:
        assert fit.names[0] == project.data.input_names[0]


def test_every_starting_point_has_finite_bounds_that_hold_all_its_points(explained, every):
    fit = fitted(explained(every))
    left, right, bottom, top = fit.bounds
    assert all(map(math.isfinite, fit.bounds))
    assert left < right
    assert bottom < top
    assert holds_all(fit)
    assert len(fit.x) == len(fit.y) == len(fit.label) == len(fit.examples)


# A curve.


def test_the_lecture_weight_is_a_line_through_the_origin_of_slope_2():
    fit = fitted("one-weight")
    assert fit.values.shape == (CURVE_POINTS, 1)
    assert fit.values[:, 0] == pytest.approx(2.0 * fit.axis, rel=1e-12, abs=1e-12)
    assert (fit.x.tolist(), fit.y.tolist()) == ([3.0], [10.0])
    assert (fit.examples.tolist(), fit.label.tolist()) == ([0], [0])
    assert fit.axis[0] == fit.bounds[0]
    assert fit.axis[-1] == fit.bounds[1]


def test_the_penguins_are_drawn_in_millimetres_and_grams():
    project = load_example("penguins")
    assert project.data.scaling != "none"
    fit = fitted(project)
    assert fit.x.tolist() == project.data.raw_x[project.data.training, 0].tolist()
    assert fit.y.tolist() == project.data.raw_y[project.data.training, 0].tolist()
    assert fit.names == (project.data.input_names[0], project.data.target_names[0])
    # The prediction is a line, so that it can be read off between the points of the axis.
    expected = in_own_units(project)[:, 0]
    assert np.interp(fit.x, fit.axis, fit.values[:, 0]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("scaling", ["none", "standard", "unit"])
def test_the_curve_passes_where_the_network_predicts_whatever_the_scaling(scaling):
    random = np.random.default_rng(4)
    data = plain_data("far", random.uniform(1000, 1400, (12, 1)), random.uniform(-90, -20, (12, 2)))
    project = project_on(with_scaling(data, scaling), 3)
    fit = fitted(project)
    raw = fit.axis[[0, 50, 200], np.newaxis]
    k = 1
    scaled = (raw - project.data.center[:k]) / project.data.scale[:k]
    expected = forward(project.network, project.parameters, scaled).prediction
    expected = expected * project.data.scale[k:] + project.data.center[k:]
    assert fit.values[[0, 50, 200]] == pytest.approx(expected, rel=1e-12)
    if scaling == "none":
        assert fit.values[50] == pytest.approx(forward(project.network, project.parameters, raw).prediction[1])


def test_several_outputs_are_several_curves_with_points_of_their_own():
    project = project_on(drawn_data(5, 1, 3), 2)
    fit = fitted(project)
    assert fit.values.shape == (CURVE_POINTS, 3)
    assert fit.label.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert fit.x.tolist() == project.data.raw_x[:, 0].tolist() * 3
    assert fit.y.tolist() == project.data.raw_y.T.ravel().tolist()
    assert fit.examples.tolist() == [0, 1, 2, 3, 4] * 3
    assert (fit.low, fit.high) == (0.0, 2.0)
    assert fit.names == ("input 1", "targets")


# A plane.


def test_the_plane_is_the_prediction_at_every_place():
    project = load_example("two-rings")
    fit = fitted(project)
    assert fit.values.shape == (GRID, GRID)
    left, right, bottom, top = fit.bounds
    for row, column in ((0, 0), (0, GRID - 1), (GRID - 1, 0), (17, 40), (GRID - 1, GRID - 1)):
        place = [left + (right - left) * column / (GRID - 1), bottom + (top - bottom) * row / (GRID - 1)]
        predicted = forward(project.network, project.parameters, [place]).prediction[0, 0]
        assert fit.values[row, column] == pytest.approx(predicted, rel=1e-9, abs=1e-12)


def test_rows_of_the_plane_lie_along_the_second_input():
    recipe = Recipe(Network((2, 1), ("linear",), bias=False))
    data = plain_data("two", [[0.0, 0.0], [1.0, 1.0]], [[0.0], [1.0]])
    values = fitted(new_project("second", recipe, np.array([0.0, 1.0]), data)).values
    assert (np.diff(values, axis=0) > 0).all()
    assert (np.diff(values, axis=1) == 0).all()


@pytest.mark.parametrize("scaling", ["standard", "unit"])
def test_a_scaled_plane_is_in_the_data_s_own_units(scaling):
    random = np.random.default_rng(4)
    raw_x = np.column_stack([random.uniform(100, 200, 20), random.uniform(-0.3, -0.1, 20)])
    data = plain_data("far", raw_x, random.uniform(5000, 6000, (20, 1)))
    project = project_on(with_scaling(data, scaling))  # linear, so that the plane is one
    fit = fitted(project)
    left, right, bottom, top = fit.bounds
    assert 80 < left < raw_x[:, 0].min()
    assert raw_x[:, 0].max() < right < 220
    assert -0.35 < bottom < raw_x[:, 1].min()
    assert raw_x[:, 1].max() < top < -0.05
    across, up = (raw_x[:, 0] - left) / (right - left), (raw_x[:, 1] - bottom) / (top - bottom)
    corners = np.column_stack([np.ones(20), across, up])
    origin = fit.values[0, 0]
    gradient = [origin, fit.values[0, -1] - origin, fit.values[-1, 0] - origin]
    assert corners @ gradient == pytest.approx(in_own_units(project)[:, 0], rel=1e-9)
    assert fit.label.tolist() == data.raw_y[:, 0].tolist()


def test_the_shades_of_a_plane_go_from_the_smallest_target_to_the_largest():
    fit = fitted("two-rings")
    targets = load_example("two-rings").data.raw_y
    assert (fit.low, fit.high) == (targets.min(), targets.max())
    assert not fit.has_classes


def test_classes_are_the_numbers_of_the_largest_outputs():
    project = edits.set_generated(load_example("two-rings"), usual("three-gaussians"))
    fit = fitted(project)
    assert fit.kind is Kind.PLANE
    assert fit.has_classes
    assert fit.label.tolist() == project.data.raw_y.argmax(axis=1).tolist()
    assert set(fit.label.tolist()) == {0.0, 1.0, 2.0}
    assert (fit.low, fit.high) == (0.0, 2.0)
    assert set(np.unique(fit.values)) <= {0.0, 1.0, 2.0}
    predicted = in_own_units(project).argmax(axis=1)
    left, right, bottom, top = fit.bounds
    columns = np.rint((fit.x - left) / (right - left) * (GRID - 1)).astype(int)
    rows = np.rint((fit.y - bottom) / (top - bottom) * (GRID - 1)).astype(int)
    # Each point lies within a cell of the plane; only next to a boundary may the two differ.
    assert (fit.values[rows, columns] == predicted).mean() > 0.9


# Predicted against actual.


@pytest.mark.parametrize("scaling", ["none", "standard", "unit"])
def test_a_match_sets_every_prediction_against_its_target(scaling):
    data = with_scaling(drawn_data(9, 4, 2), scaling)
    project = project_on(data, 3)
    fit = fitted(project)
    assert fit.kind is Kind.MATCH
    assert fit.x.tolist() == data.raw_y.T.ravel().tolist()
    assert fit.y == pytest.approx(in_own_units(project).T.ravel(), rel=1e-12)
    assert fit.label.tolist() == [0] * 9 + [1] * 9
    assert fit.examples.tolist() == list(range(9)) * 2


def test_a_match_has_a_diagonal_on_which_predictions_are_right():
    fit = fitted("three-inputs")
    left, right, bottom, top = fit.bounds
    assert (left, right) == (bottom, top)
    assert fit.axis.tolist() == fit.values[:, 0].tolist() == [left, right]
    assert (fit.x.tolist(), fit.y.tolist()) == ([0.0], [7.0])


# Test points.


@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize("scaling", ["none", "standard"])
def test_what_is_held_out_comes_last_and_has_no_number(inputs, scaling):
    project = edits.set_test_share(project_on(with_scaling(drawn_data(10, inputs), scaling)), 0.3)
    data = project.data
    assert len(data.held_out) == 3
    fit = fitted(project)
    assert fit.examples.tolist() == [0, 1, 2, 3, 4, 5, 6, -1, -1, -1]
    rows = [*data.training, *data.held_out]
    shown = fit.x if inputs < 3 else None
    if shown is not None:
        assert shown.tolist() == data.raw_x[rows, 0].tolist()
    else:
        assert fit.x.tolist() == data.raw_y[rows, 0].tolist()
    assert holds_all(fit)


def test_every_output_of_a_test_point_has_no_number():
    project = edits.set_test_share(project_on(drawn_data(6, 1, 2)), 0.34)
    assert fitted(project).examples.tolist() == [0, 1, 2, 3, -1, -1] * 2


# Odd data.


@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize("value", [0.0, 7.0, -1e9])
def test_targets_that_are_all_alike_leave_room(inputs, value):
    data = drawn_data(4, inputs)
    project = project_on(replace(data, raw_y=np.full((4, 1), value)))
    fit = fitted(project)
    assert holds_all(fit)
    assert fit.low <= fit.high
    if inputs == 2:
        assert (fit.low, fit.high) == (fit.values.min(), fit.values.max())


def test_one_example_has_room_around_it():
    for key in ("one-weight", "two-weights", "three-inputs"):
        fit = fitted(key)
        left, right, bottom, top = fit.bounds
        assert right - left >= 1.0
        assert top - bottom >= 1.0


@pytest.mark.parametrize("inputs", [1, 2, 3])
def test_of_very_many_examples_the_first_2000_are_drawn(inputs):
    data = drawn_data(5200, inputs)
    project = project_on(replace(data, held_out=tuple(range(3000, 5200))))
    fit = fitted(project)
    assert MOST_POINTS == 2000
    assert len(fit.x) == len(fit.y) == 4000
    assert fit.examples.tolist() == list(range(2000)) + [-1] * 2000
    if inputs < 3:
        assert fit.x[:2000].tolist() == data.raw_x[:2000, 0].tolist()
        assert fit.x[2000:].tolist() == data.raw_x[3000:5000, 0].tolist()
    assert holds_all(fit)


@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e308])
def test_weights_that_have_left_all_bounds_leave_the_points_where_they_are(inputs, bad):
    project = project_on(drawn_data(6, inputs), 2)
    parameters = np.array(project.parameters)
    parameters[:] = bad
    fit = fitted(with_parameters(project, parameters))
    left, right, bottom, top = fit.bounds
    assert all(map(math.isfinite, fit.bounds))
    assert left < right
    assert bottom < top
    assert math.isfinite(fit.low)
    assert math.isfinite(fit.high)
    if inputs < 3:
        assert holds_all(fit)
    else:
        assert ((fit.x > left) & (fit.x < right)).all()


@pytest.mark.parametrize("inputs", [2, 3])
def test_several_outputs_that_are_no_numbers_are_no_reason_to_fail(inputs):
    project = project_on(drawn_data(6, inputs, 3), 2)
    fit = fitted(with_parameters(project, np.full(project.network.parameter_count, math.nan)))
    assert all(map(math.isfinite, fit.bounds))


def test_targets_alike_with_predictions_that_are_no_numbers_still_have_shades():
    data = replace(drawn_data(4, 2), raw_y=np.full((4, 1), 3.0))
    fit = fitted(with_parameters(project_on(data), [math.nan] * 3))
    assert (fit.low, fit.high) == (0.0, 1.0)


@pytest.mark.parametrize("inputs", [1, 2, 3])
@pytest.mark.parametrize("size", [1e-300, 1e150, 1.7e308])
def test_data_at_the_ends_of_what_numbers_can_be_has_finite_bounds(inputs, size):
    sides = size * np.linspace(-1, 1, 5)
    data = plain_data("far", np.column_stack([sides] * inputs), sides[:, np.newaxis])
    fit = fitted(project_on(data))
    assert all(map(math.isfinite, fit.bounds))
    assert fit.bounds[0] < fit.bounds[1]
    assert np.isfinite(fit.axis).all()


def test_a_fit_s_arrays_can_not_be_changed():
    for key in ("noisy-line", "xor", "three-inputs"):
        with pytest.raises(ValueError, match="read-only"):
            fitted(key).values[0] = 1.0
