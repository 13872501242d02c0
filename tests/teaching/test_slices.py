"""The loss along one weight: the lecture's parabola, where it stands, where the next step lands, a calm axis."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe, loss_value, train_step
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.slices import POINTS, Slice, slice_of


def slice_along(project: Project, index: int = 0) -> Slice:
    return slice_of(picture_of(project), index)


def stepped(project: Project) -> Project:
    return edits.descended(project, train_step(project.recipe, project.state, project.data.x, project.data.y)[0])


def with_parameters(project: Project, parameters) -> Project:
    state = replace(project.state, parameters=np.asarray(parameters, dtype=float))
    return replace(project, state=state)


def one_weight(x: float = 3.0, y: float = 10.0, w: float = 2.0, rate: float = 0.01) -> Project:
    """One point, one weight, no bias."""
    recipe = Recipe(Network((1, 1), ("linear",), bias=False), learning_rate=rate)
    return new_project("one", recipe, np.array([w]), plain_data("one", [[x]], [[y]]))


def axis_of(piece: Slice) -> tuple[float, float]:
    return float(piece.values[0]), float(piece.values[-1])


def loss_at(project: Project, index: int, value: float) -> float:
    """The loss that the next step would see, were one parameter ``value``: computed anew, point by point."""
    picture = picture_of(project)
    parameters = np.array(project.parameters)
    parameters[index] = value
    x, y = project.data.x[picture.batch], project.data.y[picture.batch]
    return loss_value(project.network, parameters, x, y, project.recipe.loss, project.recipe.penalty)


# The lecture.


def test_the_lecture_weight_stands_on_its_parabola():
    piece = slice_along(load_example("one-weight"))
    assert piece.losses == pytest.approx((3.0 * piece.values - 10.0) ** 2, abs=1e-9)
    assert (piece.index, piece.value, piece.loss, piece.slope) == (0, 2.0, 16.0, -24.0)


def test_the_lecture_weight_lands_at_2_24():
    piece = slice_along(load_example("one-weight"))
    assert piece.landing == pytest.approx(2.24, rel=1e-15)
    assert piece.landing_loss == pytest.approx((3 * 2.24 - 10) ** 2, rel=1e-12)


def test_one_eighteenth_lands_at_the_bottom_in_one_step():
    piece = slice_along(one_weight(rate=1 / 18))
    assert piece.landing == pytest.approx(10 / 3, rel=1e-14)
    assert piece.landing_loss == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(("index", "slope", "landing"), [(0, 30.0, 0.7), (1, 40.0, 1.6)])
def test_the_two_lecture_weights_each_have_their_own_curve(index, slope, landing):
    piece = slice_along(load_example("two-weights"), index)
    assert piece.slope == slope
    assert piece.landing == pytest.approx(landing, rel=1e-14)
    # The other weight stays: the landing's loss is not that of the whole step, which is 6.25.
    error = {0: 3 * 0.7 + 4 * 2 - 6, 1: 3 * 1 + 4 * 1.6 - 6}[index]
    assert piece.landing_loss == pytest.approx(error**2, rel=1e-12)


# Any project.


def test_every_curve_is_the_loss_point_by_point(explained, every):
    project = explained(every)
    for index in {0, project.network.parameter_count // 2, project.network.parameter_count - 1}:
        piece = slice_along(project, index)
        assert piece.values.shape == piece.losses.shape == (POINTS,)
        assert (np.diff(piece.values) > 0).all()
        for at in (0, 37, 80, 123, POINTS - 1):
            expected = loss_at(project, index, piece.values[at])
            assert piece.losses[at] == pytest.approx(expected, rel=1e-9, abs=1e-12 * piece.losses.max())


def test_every_slice_stands_where_the_picture_says(explained, every):
    picture = picture_of(explained(every))
    for index in (0, picture.network.parameter_count - 1):
        piece = slice_of(picture, index)
        assert piece.value == picture.parameters[index]
        assert piece.loss == picture.batched.loss
        assert piece.slope == picture.gradient[index]
        assert piece.landing == picture.parameters[index] + picture.change[index]
        expected = loss_at(picture.project, index, piece.landing)
        assert piece.landing_loss == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_every_curve_leans_at_the_weight_as_the_slope_says(explained):
    for name in ("xor+5", "two-rings+5", "penguins", "mini-batches+3"):
        project = explained(name)
        piece = slice_along(project)
        nudge = 1e-5
        around = [loss_at(project, 0, piece.value + side * nudge) for side in (1, -1)]
        assert (around[0] - around[1]) / (2 * nudge) == pytest.approx(piece.slope, rel=1e-5, abs=1e-8)


def test_a_mini_batch_has_a_curve_of_its_own(explained):
    project = explained("mini-batches+1")
    picture = picture_of(project)
    assert len(picture.batch) == 2
    piece = slice_of(picture, 0)
    whole = loss_value(project.network, project.parameters, project.data.x, project.data.y, "half_mse")
    assert piece.loss == pytest.approx(loss_at(project, 0, piece.value))
    assert piece.loss != pytest.approx(whole, rel=1e-3)
    other = slice_along(explained("mini-batches+2"), 0)
    assert not np.array_equal(piece.losses, other.losses)


@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_a_penalty_lifts_the_curve(penalty):
    plain = load_example("one-weight")
    project = edits.set_penalty(plain, penalty, 0.5)
    piece = slice_along(project)
    cost = np.abs(piece.values) if penalty == "l1" else piece.values**2
    measured = project.recipe.penalty.value(np.array([3.0])) / (3.0 if penalty == "l1" else 9.0)
    assert measured > 0
    assert piece.losses == pytest.approx((3 * piece.values - 10) ** 2 + measured * cost, rel=1e-9)
    assert piece.loss > 16.0
    assert piece.slope == picture_of(project).gradient[0] > -24.0


def test_a_locked_weight_has_a_curve_and_lands_where_it_stands():
    piece = slice_along(edits.set_locked(load_example("two-weights"), 0, True))
    assert piece.landing == piece.value == 1.0
    assert piece.landing_loss == pytest.approx(piece.loss, rel=1e-12)


@pytest.mark.parametrize("optimizer", ["momentum", "adam", "rmsprop"])
def test_the_landing_is_that_of_the_optimizer_in_use(optimizer):
    project = stepped(edits.set_optimizer(load_example("hidden-layer"), optimizer))
    piece = slice_along(project, 2)
    assert piece.landing == pytest.approx(stepped(project).parameters[2], rel=1e-14)


def test_a_slice_can_not_be_changed():
    piece = slice_along(load_example("xor"))
    for array in (piece.values, piece.losses):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


# The axis.


def test_the_axis_holds_the_weight_and_its_landing(explained, every):
    project = explained(every)
    for rate in (1e-6, 0.01, 1.0, 10.0):
        changed = edits.set_learning_rate(project, rate)
        for index in (0, project.network.parameter_count - 1):
            piece = slice_along(changed, index)
            left, right = axis_of(piece)
            assert left < piece.value < right
            assert left < piece.landing < right


@pytest.mark.parametrize("weight", [2.0, -40.0, 1000.0, 3.3, 10 / 3, 1e5, -1e7, 1e12])
def test_the_axis_holds_the_bottom_of_the_parabola(weight):
    left, right = axis_of(slice_along(one_weight(w=weight)))
    assert left < 10 / 3 < right


@pytest.mark.parametrize("x", [1e-5, 1e-3, 0.1, 10.0, 1e3])
def test_the_axis_holds_the_bottom_whatever_the_size_of_the_input(x):
    left, right = axis_of(slice_along(one_weight(x=x, rate=1e-6)))
    assert left < 10 / x < right


def test_the_axis_is_not_so_wide_that_the_parabola_is_a_needle():
    for weight in (2.0, 3.0, 1000.0):
        left, right = axis_of(slice_along(one_weight(w=weight)))
        assert right - left <= 10.0 * max(1.0, 1.6 * abs(weight - 10 / 3))


@pytest.mark.parametrize("weight", [0.3, 2.0, 17.0, -513.0])
def test_the_axis_moves_in_leaps_only(weight):
    """Its half is 1, 2 or 5 times a power of ten (or a half), its middle a multiple of half of that."""
    left, right = axis_of(slice_along(one_weight(w=weight)))
    half = (right - left) / 2
    mantissa = half / 10.0 ** math.floor(math.log10(half) + 1e-9)
    assert min(abs(mantissa - step) for step in (1, 2, 5)) < 1e-9
    middle = (left + right) / 2
    assert middle / (half / 2) == pytest.approx(round(middle / (half / 2)), abs=1e-9)


def test_small_steps_keep_the_very_same_axis():
    project = edits.set_learning_rate(load_example("two-weights"), 1e-5)
    axes = set()
    for _ in range(40):
        axes.add(axis_of(slice_along(project)))
        project = stepped(project)
    assert len(axes) == 1


def test_a_whole_descent_changes_the_axis_only_a_few_times():
    for key in ("one-weight", "xor", "noisy-line"):
        project = load_example(key)
        axes = []
        for _ in range(40):
            axes.append(axis_of(slice_along(project)))
            project = stepped(project)
        leaps = sum(one != other for one, other in pairwise(axes))
        assert leaps <= 6, key


# Numbers that have left all bounds: no warning (which would fail the test), no exception.


@pytest.mark.parametrize("weight", [1e150, 1e160, -1e200, 1e300, -1.7e308])
def test_huge_weights_have_an_axis_around_them(weight):
    piece = slice_along(with_parameters(one_weight(), [weight]))
    left, right = axis_of(piece)
    assert math.isfinite(left)
    assert math.isfinite(right)
    assert left < weight < right
    assert (np.diff(piece.values) > 0).all()
    assert piece.value == weight


@pytest.mark.parametrize("weight", [math.inf, -math.inf, math.nan])
def test_a_weight_that_is_no_number_still_has_an_axis(weight):
    piece = slice_along(with_parameters(one_weight(), [weight]))
    assert axis_of(piece) == (-1.0, 1.0)
    assert not math.isfinite(piece.loss)
    assert not math.isfinite(piece.landing_loss)
    assert str(piece.value) == str(weight)


@pytest.mark.parametrize("other", [math.inf, math.nan, 1e200, -1e308])
@pytest.mark.parametrize("key", ["two-weights", "hidden-layer", "xor"])
def test_another_weight_that_has_left_all_bounds_harms_nothing(key, other):
    project = load_example(key)
    parameters = np.array(project.parameters)
    parameters[-1] = other
    left, right = axis_of(slice_along(with_parameters(project, parameters)))
    assert math.isfinite(left)
    assert left < project.parameters[0] < right


def test_a_landing_that_overflows_is_infinite_and_the_axis_is_not():
    project = with_parameters(one_weight(rate=10.0), [1e307])
    piece = slice_along(project)
    left, right = axis_of(piece)
    assert math.isinf(piece.landing)
    assert left < 1e307 < right
    assert not math.isfinite(piece.landing_loss)


def test_a_weight_that_nothing_depends_on_has_a_level_line():
    piece = slice_along(one_weight(x=0.0, w=0.0))
    assert piece.losses.tolist() == [100.0] * POINTS
    assert (piece.slope, piece.landing, piece.landing_loss) == (0.0, 0.0, 100.0)
    assert axis_of(piece) == (-0.5, 0.5)
