"""What kept runs look like in the plots of the present one, and a node's value in the place of the prediction."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import datasets, edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import NodeRef, Project, new_project
from gdstudio.document.runs import KeptRun, kept_run
from gdstudio.engine import Network, Recipe, draw_parameters
from gdstudio.teaching.fits import CURVE_POINTS, GRID, Kind, fit_of, ghosts_of, node_fit
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.surfaces import Axes, Plane, surface_of


def drawn(inputs: int, scaling: str = "standard", outputs: int = 1, seed: int = 2) -> Project:
    """inputs-3-outputs with tanh, on scaled data in units of their own."""
    random = np.random.default_rng(5)
    network = Network((inputs, 3, outputs), ("tanh", "linear"))
    x = random.normal(size=(12, inputs)) * 10.0 ** np.arange(inputs) + 50.0
    data = datasets.with_scaling(plain_data("twelve", x, 7.0 * random.normal(size=(12, outputs)) + 100.0), scaling)
    return new_project("twelve", Recipe(network), draw_parameters(network, seed), data)


def run_of(project: Project, path=None, name: str = "run") -> KeptRun:
    one = np.array([1.0])
    path = project.parameters[np.newaxis] if path is None else np.asarray(path, dtype=float)
    return kept_run(name, project, (one, one, one), path)


def hidden_by_hand(project: Project, raw: np.ndarray) -> np.ndarray:
    data, k = project.data, len(project.data.input_names)
    w, b = project.parameters[: 3 * k].reshape(k, 3), project.parameters[3 * k : 3 * k + 3]
    return np.tanh((raw - data.center[:k]) / data.scale[:k] @ w + b)


def predicted_by_hand(project: Project, raw: np.ndarray) -> np.ndarray:
    data, k = project.data, len(project.data.input_names)
    rest = project.parameters[3 * k + 3 :]
    return (hidden_by_hand(project, raw) @ rest[:3] + rest[3]) * data.scale[k] + data.center[k]


def grid_of(bounds) -> np.ndarray:
    left, right, bottom, top = bounds
    across, up = np.linspace(left, right, GRID), np.linspace(bottom, top, GRID)
    return np.array([(a, b) for b in up for a in across])


# Ghosts of runs over the data.


@pytest.mark.parametrize("scaling", ["none", "standard", "unit"])
def test_over_one_input_a_ghost_is_the_other_run_s_curve_in_the_data_s_own_units(scaling):
    project, other = drawn(1), drawn(1, scaling, seed=8)
    (ghost,) = ghosts_of(picture_of(project), [run_of(other)])
    fit = fit_of(picture_of(project))
    assert (ghost.number, ghost.kind) == (0, Kind.CURVE)
    assert ghost.axis.tolist() == fit.axis.tolist()
    assert ghost.values.shape == (CURVE_POINTS,)
    assert ghost.values == pytest.approx(predicted_by_hand(other, ghost.axis[:, np.newaxis]), rel=1e-9)


def test_over_two_inputs_a_ghost_is_a_plane_with_its_border_between_the_targets():
    project, other = drawn(2), drawn(2, "unit", seed=8)
    (ghost,) = ghosts_of(picture_of(project), [run_of(other)])
    assert ghost.kind is Kind.PLANE
    assert ghost.bounds == fit_of(picture_of(project)).bounds
    assert ghost.values.ravel() == pytest.approx(predicted_by_hand(other, grid_of(ghost.bounds)), rel=1e-9)
    targets = project.data.raw_y
    assert ghost.level == pytest.approx((targets.min() + targets.max()) / 2)


def test_a_ghost_of_the_present_itself_is_its_own_prediction():
    for inputs in (1, 2):
        picture = picture_of(drawn(inputs))
        (ghost,) = ghosts_of(picture, [run_of(picture.project)])
        assert ghost.values.ravel() == pytest.approx(fit_of(picture).values.ravel(), rel=1e-12)


def test_hidden_runs_and_those_with_other_inputs_have_no_ghost_and_the_others_keep_their_numbers():
    project = drawn(2)
    hidden = replace(run_of(drawn(2)), is_shown=False)
    wider = run_of(edits.add_node(drawn(2), 1))
    runs = [hidden, run_of(drawn(1)), run_of(drawn(2, outputs=2)), wider, run_of(drawn(2, seed=9))]
    assert [ghost.number for ghost in ghosts_of(picture_of(project), runs)] == [3, 4]


def test_more_than_two_inputs_or_several_outputs_have_no_ghosts():
    assert ghosts_of(picture_of(drawn(3)), [run_of(drawn(3))]) == ()
    assert ghosts_of(picture_of(drawn(2, outputs=2)), [run_of(drawn(2, outputs=2))]) == ()
    assert ghosts_of(picture_of(drawn(1)), []) == ()


@pytest.mark.parametrize("wild", [math.nan, math.inf, 1e308])
def test_a_run_whose_weights_left_all_bounds_is_no_reason_to_fail(wild):
    project = drawn(1)
    parameters = project.parameters.copy()
    parameters[:] = wild
    run = replace(run_of(project), project=replace(project, state=replace(project.state, parameters=parameters)))
    (ghost,) = ghosts_of(picture_of(project), [run])
    assert ghost.values.shape == (CURVE_POINTS,)


# A node in the place of the prediction.


@pytest.mark.parametrize("scaling", ["none", "standard", "unit"])
def test_a_node_is_drawn_over_its_one_input(scaling):
    project = drawn(1, scaling)
    fit = node_fit(picture_of(project), NodeRef(1, 2))
    assert fit.kind is Kind.CURVE
    assert fit.subject == fit.names[1] == "hidden 3"
    assert fit.values[:, 0] == pytest.approx(hidden_by_hand(project, fit.axis[:, np.newaxis])[:, 2], rel=1e-9)
    assert len(fit.x) == len(fit.y) == len(fit.label) == len(fit.examples) == 0
    low, high = fit.bounds[2:]
    assert low < fit.values.min() < fit.values.max() < high
    assert fit.bounds[:2] == fit_of(picture_of(project)).bounds[:2]


@pytest.mark.parametrize("scaling", ["none", "standard", "unit"])
def test_a_node_is_drawn_over_the_plane_of_its_two_inputs_with_shades_around_zero(scaling):
    project = drawn(2, scaling)
    fit = node_fit(picture_of(project), NodeRef(1, 1))
    expected = hidden_by_hand(project, grid_of(fit.bounds))[:, 1]
    assert fit.values.ravel() == pytest.approx(expected, rel=1e-9, abs=1e-12)
    assert fit.high == -fit.low == pytest.approx(np.abs(expected).max())
    assert not fit.has_classes
    assert fit.subject == "hidden 2"
    assert len(fit.x) == 12


def test_an_input_shows_itself_as_descent_sees_it():
    project = drawn(2)
    fit = node_fit(picture_of(project), NodeRef(0, 1))
    expected = (grid_of(fit.bounds)[:, 1] - project.data.center[1]) / project.data.scale[1]
    assert fit.values.ravel() == pytest.approx(expected)


def test_a_node_s_own_name_is_the_subject():
    project = edits.rename_node(drawn(1), NodeRef(1, 0), "gate")
    assert node_fit(picture_of(project), NodeRef(1, 0)).subject == "gate"
    assert fit_of(picture_of(project)).subject == ""


def test_with_more_than_two_inputs_no_node_is_drawn():
    assert node_fit(picture_of(drawn(3)), NodeRef(1, 0)) is None


@pytest.mark.parametrize("inputs", [1, 2])
@pytest.mark.parametrize("wild", [math.nan, math.inf, 1e308])
def test_a_node_whose_values_are_no_numbers_still_has_bounds_and_shades(inputs, wild):
    project = drawn(inputs)
    parameters = np.full_like(project.parameters, wild)
    broken = replace(project, state=replace(project.state, parameters=parameters))
    fit = node_fit(picture_of(broken), NodeRef(1, 0))
    assert np.isfinite(fit.bounds).all()
    assert np.isfinite((fit.low, fit.high)).all()


# Ghosts over the surface.


def surface_on(project: Project, plane: Plane | None = None, path=None):
    path = project.parameters[np.newaxis] if path is None else np.asarray(path)
    return surface_of(picture_of(project), plane or Plane(), path, 6)


def test_over_two_weights_a_ghost_is_the_path_of_these_two():
    project = load_example("hidden-layer")
    path = np.random.default_rng(1).normal(size=(5, 6))
    surface = surface_on(project, Plane(x=4, y=1))
    (ghost,) = surface.ghosts([run_of(project, path)])
    assert ghost.tolist() == path[:, [4, 1]].tolist()


@pytest.mark.parametrize("axes", [Axes.PATH, Axes.RANDOM])
def test_over_other_planes_a_ghost_is_what_is_nearest_to_it(axes):
    project = load_example("hidden-layer")
    random = np.random.default_rng(1)
    surface = surface_on(project, Plane(axes, seed=3), random.normal(size=(4, 6)))
    path = random.normal(size=(5, 6))
    (ghost,) = surface.ghosts([run_of(project, path)])
    basis = np.column_stack(surface.directions)
    expected = np.linalg.lstsq(basis, (path - surface.origin).T, rcond=None)[0].T
    assert ghost == pytest.approx(expected, rel=1e-8, abs=1e-10)
    places = np.array([surface.parameters_at(*place) for place in ((0.0, 0.0), (0.5, -0.25))])
    assert surface.places(places) == pytest.approx(np.array([(0.0, 0.0), (0.5, -0.25)]), abs=1e-12)


def test_hidden_runs_and_runs_of_another_shape_have_an_empty_path_in_their_place():
    project = load_example("hidden-layer")
    runs = [
        run_of(edits.add_node(project, 1)),
        replace(run_of(project), is_shown=False),
        run_of(project),
        run_of(edits.set_bias(project, True)),
    ]
    assert [len(ghost) for ghost in surface_on(project).ghosts(runs)] == [0, 0, 1, 0]
    assert all(ghost.shape[1] == 2 for ghost in surface_on(project).ghosts(runs))


@pytest.mark.parametrize("axes", list(Axes))
def test_a_path_that_left_all_bounds_has_no_place_there(axes):
    project = load_example("hidden-layer")
    path = np.ones((3, 6))
    path[1, 0] = np.inf
    surface = surface_on(project, Plane(axes), np.random.default_rng(1).normal(size=(4, 6)))
    (ghost,) = surface.ghosts([run_of(project, path)])
    assert np.isfinite(ghost[[0, 2]]).all()
    assert not np.isfinite(ghost[1]).all()


# Heights and notes of surfaces.


def test_heights_go_from_0_at_the_lowest_to_1_and_keep_the_order_of_the_losses():
    surface = surface_on(load_example("two-weights"))
    heights = surface.heights
    assert (heights.min(), heights.max()) == (0.0, 1.0)
    assert np.argmin(heights) == np.argmin(surface.losses)
    order = np.argsort(surface.losses.ravel())
    assert (np.diff(heights.ravel()[order]) >= 0.0).all()
    low, high = surface.losses.min(), np.quantile(surface.losses, 0.98)
    shares = np.clip((surface.losses - low) / (high - low), 0.0, 1.0)
    assert heights == pytest.approx(np.log1p(100.0 * shares) / np.log1p(100.0))


@pytest.mark.parametrize("losses", [np.full((4, 4), 2.0), np.full((4, 4), np.inf), np.full((4, 4), np.nan)])
def test_what_is_flat_or_no_number_has_no_heights(losses):
    surface = replace(surface_on(load_example("two-weights")), losses=losses)
    assert (surface.heights == 0.0).all()


def test_what_is_not_finite_is_as_high_as_the_highest():
    losses = np.arange(16.0).reshape(4, 4)
    losses[0, 1], losses[2, 2] = np.inf, np.nan
    heights = replace(surface_on(load_example("two-weights")), losses=losses).heights
    assert heights[0, 1] == heights[2, 2] == heights.max() == 1.0
    assert np.isfinite(heights).all()


def locked(project: Project, *indices: int) -> Project:
    for index in indices:
        project = edits.set_locked(project, index, True)
    return project


def test_an_axis_that_descent_will_not_move_along_is_said():
    project = load_example("two-weights")
    assert surface_on(locked(project, 0)).note == (
        f"Locked, so descent will not move along it: {surface_on(project).names[0]}."
    )
    names = " and ".join(surface_on(project).names)
    assert surface_on(locked(project, 0, 1)).note == f"Locked, so descent will not move along it: {names}."
    larger = load_example("hidden-layer")
    assert surface_on(locked(larger, 5)).note == ""
    assert surface_on(locked(larger, 5), Plane(Axes.RANDOM)).note.startswith("Locked weights stay")


def test_a_flat_surface_says_so():
    project = load_example("two-weights")
    flat = edits.set_value(edits.set_value(project, 0, 0, 0.0), 0, 1, 0.0)
    assert surface_on(flat).note == "Flat: the loss is 36.0 everywhere here."


@pytest.mark.parametrize("wild", [1e200, math.inf, math.nan])
def test_a_surface_without_a_single_finite_loss_says_so(wild):
    project = load_example("hidden-layer")
    parameters = project.parameters.copy()
    parameters[5] = wild
    surface = surface_on(replace(project, state=replace(project.state, parameters=parameters)))
    assert not np.isfinite(surface.losses).any()
    assert surface.note == "No loss here is finite: there is no surface to show."


@pytest.mark.parametrize("axes", list(Axes))
def test_a_single_parameter_has_no_surface_whatever_the_axes(axes):
    surface = surface_on(load_example("one-weight"), Plane(axes))
    assert surface.note == "One weight has a curve and no surface."
    assert np.isnan(surface.losses).all()
    assert (surface.heights == 0.0).all()
