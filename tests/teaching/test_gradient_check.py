"""All slopes against their measurement: right ones agree, wrong ones are found out, what has none is said."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.project import Project, new_project, parameter_name
from gdstudio.engine import Network, Recipe, backward, draw_parameters, frozen, measurement, train
from gdstudio.teaching.explain import explain_slope
from gdstudio.teaching.gradient_check import AGREES, NUDGES, GradientCheck, Verdict, gradient_check, verdict_of
from gdstudio.teaching.picture import Picture, picture_of


def drawn(activation: str = "tanh", last: str = "linear", loss: str = "mse", outputs: int = 2, **more) -> Project:
    """2-4-outputs on nine examples, away from every kink."""
    random = np.random.default_rng(7)
    network = Network((2, 4, outputs), (activation, last))
    x, y = random.normal(size=(9, 2)), random.uniform(0.1, 0.9, size=(9, outputs))
    if loss == "categorical_crossentropy":
        y = np.eye(outputs)[random.integers(outputs, size=9)]
    recipe = Recipe(network, loss=loss, seed=3, **more)
    return new_project("nine", recipe, draw_parameters(network, 3), plain_data("nine", x, y))


PROJECTS = {
    "tanh": lambda: drawn(),
    "relu": lambda: drawn("relu"),
    "sigmoid": lambda: drawn("sigmoid", "sigmoid", "half_mse"),
    "softmax": lambda: drawn("tanh", "softmax", "categorical_crossentropy", outputs=3),
    "penalties": lambda: drawn("tanh", l1=0.03, l2=0.2),
    "mini-batch": lambda: drawn("tanh", batch_size=2),
    "locked": lambda: edits.set_locked(drawn("tanh"), 3, True),
    "huber": lambda: drawn("tanh", loss="huber"),
}


def by_hand(project: Project, nudge: float = 1e-5) -> np.ndarray:
    """The slopes of the coming batch, measured by differences of the loss alone."""
    picture, recipe = picture_of(project), project.recipe
    x, y = project.data.x[picture.batch], project.data.y[picture.batch]
    slopes = np.empty(len(project.parameters))
    for index in range(len(slopes)):
        losses = []
        for sign in (1.0, -1.0):
            moved = project.parameters.copy()
            moved[index] += sign * nudge
            losses.append(backward(recipe.network, moved, x, y, recipe.loss, recipe.penalty).loss)
        slopes[index] = (losses[0] - losses[1]) / (2.0 * nudge)
    return slopes


def tampered(project: Project, index: int, slope: float) -> Picture:
    """A picture in which backpropagation made a mistake."""
    picture = picture_of(project)
    gradient = picture.gradient.copy()
    gradient[index] = slope
    return replace(picture, batched=replace(picture.batched, gradient=frozen(gradient)))


def with_parameters(project: Project, *parameters: float) -> Project:
    return replace(project, state=replace(project.state, parameters=np.array(parameters)))


# Right slopes.


@pytest.mark.parametrize("name", PROJECTS)
def test_the_slopes_of_the_engine_agree_with_their_measurement(name):
    project = PROJECTS[name]()
    check = gradient_check(picture_of(project))
    assert check.agrees
    assert check.difference < 1e-8
    assert check.sentence.startswith("All slopes agree: relative difference ")
    assert not check.kinks.any()
    picture = picture_of(project)
    x, y = project.data.x[picture.batch], project.data.y[picture.batch]
    expected = backward(project.network, project.parameters, x, y, project.recipe.loss, project.recipe.penalty)
    assert check.slopes.tolist() == expected.gradient.tolist()
    assert check.measured == pytest.approx(by_hand(project), rel=1e-5, abs=1e-8)
    assert check.names == tuple(parameter_name(project, k) for k in range(project.network.parameter_count))


@pytest.mark.parametrize("name", PROJECTS)
def test_each_difference_is_that_of_its_own_two_numbers(name):
    check = gradient_check(picture_of(PROJECTS[name]()))
    sizes = np.maximum(np.abs(check.slopes), np.abs(check.measured))
    assert check.differences == pytest.approx(np.abs(check.slopes - check.measured) / sizes)
    whole = np.linalg.norm(check.slopes - check.measured)
    assert check.difference == pytest.approx(
        whole / max(np.linalg.norm(check.slopes), np.linalg.norm(check.measured)), rel=1e-9
    )


def test_the_lecture_s_slope_is_measured_as_minus_24():
    check = gradient_check(picture_of(load_example("one-weight")))
    assert check.slopes.tolist() == [-24.0]
    assert check.measured == pytest.approx([-24.0], rel=1e-9)


def test_every_starting_point_agrees(explained, every):
    check = gradient_check(picture_of(explained(every)))
    assert check.agrees
    assert np.isfinite(check.measured).all()


# Wrong slopes.


@pytest.mark.parametrize("factor", [0.5, 2.0, -1.0, 0.0, 1.001])
@pytest.mark.parametrize("name", ["tanh", "relu", "softmax", "mini-batch"])
def test_a_wrong_slope_is_found_out_and_is_the_one_that_differs(name, factor):
    project = PROJECTS[name]()
    index = int(np.argmax(np.abs(picture_of(project).gradient)))
    right = float(picture_of(project).gradient[index])
    check = gradient_check(tampered(project, index, factor * right))
    assert not check.agrees
    assert check.sentence.startswith("1 slope differs: relative difference ")
    assert int(np.argmax(check.differences)) == index
    assert check.differences[index] == pytest.approx(abs(factor - 1.0) / max(abs(factor), 1.0), rel=1e-4)
    assert np.delete(check.differences, index).max() < AGREES


def test_a_wrong_slope_that_is_no_number_does_not_agree():
    check = gradient_check(tampered(drawn(), 2, math.nan))
    assert not check.agrees


# Kinks.


def test_a_kink_is_flagged_and_left_out_of_the_verdict():
    """Two hidden ReLU nodes, one of which stands at exactly 0."""
    network = Network((1, 2, 1), ("relu", "linear"), bias=False)
    data = plain_data("one", np.array([[1.0]]), np.array([[5.0]]))
    project = new_project("kink", Recipe(network), np.array([0.0, 2.0, 3.0, 1.0]), data)
    check = gradient_check(picture_of(project))
    assert check.kinks.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert check.agrees
    assert check.sentence.endswith(", 1 at a kink left out.")
    # One side has slope 2 x (2 - 5) x 3 = -18, the other 0: the measurement is in the middle, and no slope.
    assert check.measured[0] == pytest.approx(-9.0, abs=1e-3)
    assert check.measured[1:] == pytest.approx([-6.0, 0.0, -12.0], abs=1e-6)


def test_a_weight_of_zero_is_a_kink_of_the_penalty_on_sizes():
    project = edits.set_parameter(drawn(l1=0.1), 0, 0.0)
    check = gradient_check(picture_of(project))
    assert np.flatnonzero(check.kinks).tolist() == [0]
    assert check.agrees


def test_an_error_of_zero_is_a_kink_of_the_absolute_error():
    project = edits.set_loss(with_parameters(load_example("one-weight"), 10.0 / 4.0), "mae")
    project = edits.set_value(project, 0, 1, 7.5)
    check = gradient_check(picture_of(project))
    assert check.kinks.tolist() == [1.0]


def test_where_everything_is_at_a_kink_nothing_agrees():
    project = edits.set_loss(with_parameters(load_example("one-weight"), 10.0 / 4.0), "mae")
    project = edits.set_value(project, 0, 1, 7.5)
    assert not gradient_check(picture_of(project)).sentence.startswith("All slopes agree")


# The curve.


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "softmax", "penalties"])
def test_the_best_nudge_is_in_the_middle_and_a_tiny_one_measures_rounding(name):
    check = gradient_check(picture_of(PROJECTS[name]()))
    assert check.nudges.tolist() == NUDGES.tolist()
    best = check.nudges[int(np.argmin(check.errors))]
    assert 1e-7 < best < 1e-4
    tiny = check.errors[int(np.argmin(np.abs(np.log10(check.nudges) + 12)))]
    assert tiny > 1e3 * check.errors.min()
    assert check.errors[0] > 1e3 * check.errors.min()
    assert check.lesson.startswith("Best nudge ")
    assert "With 1e−12: " in check.lesson


def test_each_error_of_the_curve_is_that_of_its_nudge():
    project = drawn(loss="mse")
    check = gradient_check(picture_of(project))
    gradient = picture_of(project).gradient
    for number in (0, 4, 8):
        nudge, slopes = float(check.nudges[number]), np.empty(len(gradient))
        for index in range(len(gradient)):
            reach = nudge * max(1.0, abs(float(project.parameters[index])))
            up, down = project.parameters.copy(), project.parameters.copy()
            up[index] += reach
            down[index] -= reach
            losses = [backward(project.network, at, project.data.x, project.data.y).loss for at in (up, down)]
            slopes[index] = (losses[0] - losses[1]) / (2 * reach)
        size = max(np.linalg.norm(slopes), np.linalg.norm(gradient))
        assert check.errors[number] == pytest.approx(np.linalg.norm(slopes - gradient) / size, rel=1e-3)


def test_a_wrong_slope_lies_in_the_curve_whatever_the_nudge():
    check = gradient_check(tampered(drawn(), 0, 100.0))
    assert check.errors.min() > 0.1


# Progress, and what is not a number.


def test_progress_is_told_from_none_to_nearly_all_and_never_falls():
    heard: list[float] = []
    gradient_check(picture_of(drawn()), heard.append)
    assert heard[0] == 0.0
    assert heard == sorted(heard)
    assert heard[-1] < 1.0
    assert len(heard) > len(NUDGES)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6])
def test_the_work_is_given_up_where_progress_says_so(share):
    class GivenUp(Exception):
        pass

    heard: list[float] = []

    def progress(done: float) -> None:
        heard.append(done)
        if done >= share:
            raise GivenUp

    with pytest.raises(GivenUp):
        gradient_check(picture_of(drawn()), progress)
    assert heard[-1] >= share
    assert all(done < share for done in heard[:-1])


def test_many_parameters_are_all_checked_and_the_curve_takes_some():
    network = Network((3, 20, 4), ("tanh", "linear"))
    random = np.random.default_rng(2)
    data = plain_data("wide", random.normal(size=(5, 3)), random.normal(size=(5, 4)))
    check = gradient_check(picture_of(new_project("wide", Recipe(network), draw_parameters(network, 1), data)))
    assert len(check.names) == network.parameter_count == 164
    assert np.isfinite(check.measured).all()
    assert check.agrees
    assert np.isfinite(check.errors).all()


WILD = [math.nan, math.inf, 1e200]


@pytest.mark.parametrize("wild", WILD)
def test_what_is_not_finite_can_not_be_measured_and_does_not_agree(wild):
    with np.errstate(all="ignore"):
        check = gradient_check(picture_of(with_parameters(load_example("one-weight"), wild)))
    assert not check.agrees
    assert check.sentence == "The loss is not finite here, so nothing can be measured."


def test_a_difference_that_is_not_finite_is_said_to_be_no_measurement():
    few = frozen([1.0])
    check = GradientCheck(
        ("a",), few, few, few, frozen([0.0]), (Verdict.DIFFERS,), math.nan, frozen(NUDGES), frozen(NUDGES * math.nan)
    )
    assert not check.agrees
    assert check.sentence == "The loss is not finite here, so nothing can be measured."
    assert check.lesson == ""


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.key)
def test_where_a_run_stops_by_itself_no_slope_differs(example):
    project = load_example(example.key)
    run = train(project.recipe, project.state, project.data.x, project.data.y, 20_000, tolerance=1e-9)
    check = gradient_check(picture_of(edits.descended(project, run.state)))
    assert check.count(Verdict.DIFFERS) == 0
    assert "differ:" not in check.sentence


def test_a_slope_far_below_the_rounding_of_its_measurement_is_too_flat():
    at_the_bottom = edits.set_parameter(load_example("noisy-line"), 0, 0.863)
    data = at_the_bottom.data
    run = train(at_the_bottom.recipe, at_the_bottom.state, data.x, data.y, 5000, tolerance=1e-13)
    check = gradient_check(picture_of(edits.descended(at_the_bottom, run.state)))
    assert set(check.verdicts) == {Verdict.FLAT}
    assert check.sentence.startswith("Too flat to measure: ")


@pytest.mark.parametrize("key", ["one-weight", "two-weights", "hidden-layer", "xor"])
@pytest.mark.parametrize("off", [1e-6, -1e-6, 1e-5])
def test_an_ordinary_slope_that_is_off_by_a_millionth_is_found_out(key, off):
    picture = picture_of(load_example(key))
    recipe, data = picture.project.recipe, picture.data
    found = measurement(recipe.network, picture.parameters, data.x, data.y, recipe.loss, recipe.penalty)
    for slope, measured, doubt in zip(picture.gradient, found.slopes, found.doubts, strict=True):
        assert verdict_of(slope, measured, doubt) is Verdict.AGREES
        assert verdict_of(slope * (1 + off), measured, doubt) is Verdict.DIFFERS


def test_why_this_slope_and_the_check_judge_by_one_rule():
    for key in ("noisy-line", "hidden-layer", "xor"):
        project = load_example(key)
        run = train(project.recipe, project.state, project.data.x, project.data.y, 3000, tolerance=1e-9)
        picture = picture_of(edits.descended(project, run.state))
        check = gradient_check(picture)
        assert tuple(explain_slope(picture, index).verdict for index in range(len(check.names))) == check.verdicts


def test_nobody_can_write_into_a_check():
    check = gradient_check(picture_of(drawn()))
    for array in (check.slopes, check.measured, check.differences, check.kinks, check.nudges, check.errors):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
