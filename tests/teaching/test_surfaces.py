"""The loss over a plane: every point of it, what lies on it, and what is shown where the plane wished for is none."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import NodeRef, Project, new_project
from gdstudio.engine import Network, Recipe, measured_loss, train_step
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.surfaces import Axes, Plane, Surface, surface_of, usable_plane

PLAIN = Plane()


def stepped(project: Project, steps: int = 1) -> Project:
    for _ in range(steps):
        state, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
        project = edits.descended(project, state)
    return project


def walked(project: Project, steps: int) -> tuple[Project, np.ndarray]:
    """The project some steps on, and the path that it took there, ``(steps + 1, P)``."""
    path = [project.parameters]
    for _ in range(steps):
        project = stepped(project)
        path.append(project.parameters)
    return project, np.array(path)


def with_parameters(project: Project, parameters) -> Project:
    return replace(project, state=replace(project.state, parameters=np.asarray(parameters, dtype=float)))


def surface_on(project: Project, plane: Plane = PLAIN, path=None, size: int = 6) -> Surface:
    path = np.array([project.parameters]) if path is None else np.asarray(path, dtype=float)
    return surface_of(picture_of(project), plane, path, size)


def loss_at(project: Project, parameters) -> float:
    """The loss over all examples to learn from, penalty and all, were the parameters others."""
    return measured_loss(project.recipe, parameters, project.data.x, project.data.y)


def assert_losses_are_true(surface: Surface, project: Project) -> None:
    size = len(surface.a)
    assert surface.losses.shape == (size, len(surface.b))
    assert (np.diff(surface.a) > 0).all()
    assert (np.diff(surface.b) > 0).all()
    for row, b in enumerate(surface.b):
        for column, a in enumerate(surface.a):
            place = surface.origin + a * surface.directions[0] + b * surface.directions[1]
            expected = loss_at(project, place)
            assert surface.losses[row, column] == pytest.approx(expected, rel=1e-9, abs=1e-12 * surface.losses.max())


def slope_on(surface: Surface, project: Project, nudge: float = 1e-5) -> np.ndarray:
    """The slope of the loss along both axes at the present moment, measured."""
    theta = project.parameters
    ends = [[loss_at(project, theta + side * nudge * d) for side in (1, -1)] for d in surface.directions]
    return np.array([(above - below) / (2 * nudge) for above, below in ends])


PLANES = {
    "two weights": Plane(Axes.WEIGHTS, 3, 1),
    "the path's plane": Plane(Axes.PATH),
    "random directions": Plane(Axes.RANDOM, seed=4),
}


@pytest.fixture(params=PLANES, ids=lambda name: name.replace(" ", "-"))
def plane(request) -> Plane:
    return PLANES[request.param]


@pytest.fixture(params=["xor", "mini-batches", "two-rings", "noisy-line"])
def travelled(request, explained) -> tuple[Project, np.ndarray]:
    """A project nine steps on, and its path; with enough weights for every plane, or just two."""
    return walked(explained(request.param), 9)


def fits(plane: Plane, project: Project) -> Plane:
    """The plane, over weights that there are."""
    last = project.network.parameter_count - 1
    return replace(plane, x=min(plane.x, last), y=0 if last == 1 else plane.y)


# The losses.


def test_the_lecture_s_two_weights_lie_in_a_valley_along_3_a_plus_4_b_is_6():
    surface = surface_on(load_example("two-weights"), size=9)
    a, b = np.meshgrid(surface.a, surface.b)
    assert surface.losses == pytest.approx((3 * a + 4 * b - 6) ** 2, abs=1e-9)
    assert surface.here == pytest.approx([1.0, 2.0], rel=1e-14)
    assert surface.following == pytest.approx([0.7, 1.6], rel=1e-14)
    assert surface.downhill.tolist() == [-30.0, -40.0]
    assert len(set(surface.names)) == 2


def test_the_losses_are_those_of_all_examples_point_by_point(travelled, plane):
    project, path = travelled
    surface = surface_on(project, fits(plane, project), path)
    assert surface.note == ""
    assert_losses_are_true(surface, project)


def test_across_is_the_first_weight_and_up_is_the_second(explained):
    project = stepped(explained("xor"))
    one, other = surface_on(project, Plane(x=2, y=5)), surface_on(project, Plane(x=5, y=2))
    assert one.names == other.names[::-1]
    assert one.a.tolist() == other.b.tolist()
    assert one.losses == pytest.approx(other.losses.T, rel=1e-9)
    assert not np.allclose(one.losses, one.losses.T)


def test_the_axes_of_two_weights_are_the_weights_own_values(explained):
    project = explained("xor")
    surface = surface_on(project, Plane(x=2, y=5))
    assert surface.here == pytest.approx(project.parameters[[2, 5]], rel=1e-14)
    changed = surface.parameters_at(7.5, -2.5)
    assert changed[[2, 5]].tolist() == [7.5, -2.5]
    assert np.delete(changed, [2, 5]).tolist() == np.delete(project.parameters, [2, 5]).tolist()


@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_a_penalty_lifts_the_surface(explained, plane, penalty):
    plain, path = walked(explained("xor"), 5)
    project = edits.set_penalty(plain, penalty, 0.3)
    surface = surface_on(project, plane, path)
    assert_losses_are_true(surface, project)
    assert (surface.losses > surface_on(plain, plane, path).losses).all()
    assert surface.downhill == pytest.approx(-slope_on(surface, project), rel=1e-5, abs=1e-7)


def test_a_mini_batch_does_not_bend_the_surface(explained):
    """The surface is that of all examples whichever are next; only the next step depends on them."""
    project = explained("mini-batches+1")
    picture = picture_of(project)
    assert len(picture.batch) < len(picture.data)
    surface = surface_on(project)
    assert_losses_are_true(surface, project)
    assert surface.downhill == pytest.approx(-picture.everything.gradient[:2], rel=1e-12)
    assert surface.downhill != pytest.approx(-picture.gradient[:2], rel=1e-3)
    assert surface.following == pytest.approx(stepped(project).parameters[:2], rel=1e-12)


def test_examples_held_out_have_no_part_in_the_surface(explained):
    project = edits.set_test_share(explained("two-rings"), 0.5)
    assert len(project.data.test[0])
    assert_losses_are_true(surface_on(project, size=4), project)


def test_progress_is_told_and_can_end_the_work(explained):
    shares = []
    picture = picture_of(explained("two-rings"))
    surface_of(picture, Plane(), np.array([picture.parameters]), 9, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)

    def stop(_: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        surface_of(picture, Plane(), np.array([picture.parameters]), 9, stop)


# What lies on it.


def test_the_present_place_is_where_the_parameters_are(travelled, plane):
    project, path = travelled
    surface = surface_on(project, fits(plane, project), path)
    assert surface.parameters_at(*surface.here) == pytest.approx(project.parameters, rel=1e-12, abs=1e-12)
    assert surface.a[0] < surface.here[0] < surface.a[-1]
    assert surface.b[0] < surface.here[1] < surface.b[-1]


def test_the_next_step_is_where_a_step_really_leads_seen_from_above(travelled, plane):
    project, path = travelled
    surface = surface_on(project, fits(plane, project), path)
    beyond = stepped(project).parameters - surface.parameters_at(*surface.following)
    for direction in surface.directions:
        length = float(np.linalg.norm(direction))
        assert float(beyond @ direction) / length == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_the_next_step_is_that_of_the_optimizer_and_downhill_is_not(optimizer):
    project = stepped(edits.set_optimizer(load_example("hidden-layer"), optimizer), 3)
    surface = surface_on(project)
    assert surface.following == pytest.approx(stepped(project).parameters[:2], rel=1e-12)
    assert surface.downhill == pytest.approx(-picture_of(project).everything.gradient[:2], rel=1e-12)


def test_downhill_is_against_the_slope_of_the_plane(travelled, plane):
    project, path = travelled
    surface = surface_on(project, fits(plane, project), path)
    assert surface.downhill == pytest.approx(-slope_on(surface, project), rel=1e-4, abs=1e-7)


def test_the_path_ends_here_and_its_moments_are_where_they_were(travelled, plane):
    project, path = travelled
    surface = surface_on(project, fits(plane, project), path)
    assert surface.path.shape == (len(path), 2)
    assert surface.path[-1] == pytest.approx(surface.here, abs=1e-12)
    for moment, place in zip(path, surface.path, strict=True):
        beyond = moment - surface.parameters_at(*place)
        assert [float(beyond @ direction) for direction in surface.directions] == pytest.approx([0, 0], abs=1e-9)


def test_a_path_over_two_weights_is_their_values(explained):
    project, path = walked(explained("xor"), 6)
    assert surface_on(project, Plane(x=4, y=1), path).path == pytest.approx(path[:, [4, 1]], rel=1e-12)


def test_the_path_s_plane_holds_the_whole_path_with_the_same_scale_on_both_axes(travelled):
    project, path = travelled
    surface = surface_on(project, Plane(Axes.PATH), path)
    for axis, places in ((surface.a, surface.path[:, 0]), (surface.b, surface.path[:, 1])):
        assert axis[0] < places.min() <= places.max() < axis[-1]
    assert np.ptp(surface.a) == pytest.approx(np.ptp(surface.b))
    assert surface.here == pytest.approx([0.0, 0.0], abs=1e-12)


def test_a_path_of_the_lecture_lies_in_its_plane_without_loss():
    project, path = walked(load_example("two-weights"), 4)
    surface = surface_on(project, Plane(Axes.PATH), path)
    for moment, place in zip(path, surface.path, strict=True):
        assert surface.parameters_at(*place) == pytest.approx(moment, rel=1e-12)


def test_random_directions_differ_from_each_other_and_from_seed_to_seed(explained):
    project = explained("xor")
    first, again, other = (surface_on(project, Plane(Axes.RANDOM, seed=seed)) for seed in (1, 1, 2))
    vectors = [*first.directions, *other.directions]
    assert np.linalg.matrix_rank(np.array(vectors)) == 4
    assert first.losses.tolist() == again.losses.tolist()
    assert first.here == pytest.approx([0.0, 0.0], abs=1e-12)
    assert (first.a[0], first.a[-1], first.b[0], first.b[-1]) == (-1, 1, -1, 1)


def test_two_weights_are_named_as_in_the_table(explained):
    named = edits.rename_node(explained("two-weights"), NodeRef(0, 0), "rooms")
    assert "rooms" in surface_on(named).names[0]
    assert "rooms" not in surface_on(named).names[1]


def test_a_surface_can_not_be_changed(explained, plane):
    project, path = walked(explained("xor"), 3)
    surface = surface_on(project, plane, path)
    arrays = (surface.a, surface.b, surface.losses, surface.origin, surface.here, surface.following, surface.downhill)
    for array in (*arrays, surface.path, *surface.directions, surface.parameters_at(0.0, 0.0)):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


# What is shown instead.


def test_a_plane_that_can_be_shown_is_shown_without_a_word(explained, plane):
    project, path = walked(explained("xor"), 3)
    assert usable_plane(picture_of(project), plane, path) == (plane, "")
    assert surface_on(project, plane, path).plane == plane


@pytest.mark.parametrize(("x", "y", "shown"), [(0, 0, (0, 1)), (3, 3, (3, 0)), (2, 99, (2, 0)), (99, 0, (12, 0))])
def test_the_same_weight_twice_or_a_weight_that_is_not_there_gives_way_to_another(explained, x, y, shown):
    project = explained("xor")
    assert project.network.parameter_count == 13
    surface = surface_on(project, Plane(x=x, y=y))
    assert (surface.plane.axes, surface.plane.x, surface.plane.y) == (Axes.WEIGHTS, *shown)
    assert surface.note == "A surface needs two different weights."
    assert surface.here == pytest.approx(project.parameters[list(shown)], rel=1e-14)
    assert_losses_are_true(surface, project)


def test_one_weight_has_no_surface_and_the_note_says_so(plane):
    surface = surface_on(load_example("one-weight"), plane)
    assert surface.note == "One weight has a curve and no surface."
    assert np.isnan(surface.losses).all()
    assert len(surface.a) == len(surface.b) == 6


@pytest.mark.parametrize("stays", [1, 2, 5])
def test_without_a_path_two_weights_are_shown_and_the_note_says_so(explained, stays):
    project = explained("xor")
    surface = surface_on(project, Plane(Axes.PATH, 4, 2), [project.parameters] * stays)
    assert surface.plane.axes is Axes.WEIGHTS
    assert surface.note == "There is no path yet: two weights are shown until there is one."
    assert_losses_are_true(surface, project)


# Numbers that have left all bounds, and land without hills: no warning (which would fail the test), no exception.

WILD = [math.nan, math.inf, -math.inf, 1e160, -1e200, 1e308]


@pytest.mark.parametrize("wild", WILD)
@pytest.mark.parametrize("key", ["two-weights", "xor"])
def test_a_weight_that_has_left_all_bounds_harms_nothing(key, wild, plane):
    project, path = walked(load_example(key), 2)
    for where in (0, -1):
        parameters = np.array(project.parameters)
        parameters[where] = wild
        surface = surface_on(with_parameters(project, parameters), fits(plane, project), [*path, parameters], size=4)
        assert np.isfinite([surface.a, surface.b]).all()
        assert surface.losses.shape == (4, 4)


@pytest.mark.parametrize("axes", [Axes.WEIGHTS, Axes.RANDOM])
def test_a_weight_that_has_left_all_bounds_harms_nothing_before_the_first_step(axes):
    for wild in WILD:
        surface = surface_on(with_parameters(load_example("two-weights"), [wild, 1.0]), Plane(axes))
        assert np.isfinite([surface.a, surface.b]).all()


def test_a_next_step_that_overflows_leaves_the_present_place_where_it_is():
    project = with_parameters(edits.set_learning_rate(load_example("two-weights"), 10.0), [1e307, 3.0])
    assert np.isinf(picture_of(project).change).any()
    surface = surface_on(project)
    assert surface.here == pytest.approx([1e307, 3.0])
    assert not np.isfinite(surface.following).all()


def test_a_path_that_once_left_all_bounds_is_shown_where_it_can_be():
    project, path = walked(load_example("hidden-layer"), 3)
    wild = np.array(path)
    wild[1] = math.nan
    surface = surface_on(project, Plane(), wild)
    assert surface.path[[0, 2, 3]] == pytest.approx(path[[0, 2, 3], :2], rel=1e-12)


def test_where_nothing_depends_on_the_weights_the_land_is_flat(plane):
    recipe = Recipe(Network((2, 1), ("linear",), bias=False), learning_rate=0.01)
    project = new_project("flat", recipe, np.array([1.0, 2.0]), plain_data("flat", [[0.0, 0.0]], [[3.0]]))
    surface = surface_on(project, fits(plane, project), [[0.0, 0.0], [1.0, 2.0]])
    assert surface.losses.tolist() == [[9.0] * 6] * 6
    assert surface.downhill.tolist() == [0.0, 0.0]
    assert surface.following == pytest.approx(surface.here, abs=1e-12)


def test_weights_that_are_all_zero_have_random_directions_of_no_length_and_no_warning():
    """A direction is as long as the node's own weights: the land is one point, and flat."""
    project = with_parameters(load_example("hidden-layer"), np.zeros(6))
    surface = surface_on(project, Plane(Axes.RANDOM))
    assert surface.losses == pytest.approx(np.full((6, 6), loss_at(project, np.zeros(6))))
    assert np.isfinite(surface.here).all()
