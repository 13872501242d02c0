"""How good predictions are: accuracy and R², held against counts and sums by hand."""

import math

import numpy as np
import pytest

from gdstudio.engine import accuracy, r_squared


def column(*values):
    return np.array(values, dtype=float)[:, np.newaxis]


def classes(*chosen, of=3):
    return np.eye(of)[list(chosen)]


# Accuracy


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-1.0, 1.0), (3.0, 7.0), (-250.0, -249.5)])
def test_with_two_classes_the_middle_of_the_two_targets_parts_them(low, high):
    target = column(low, low, high, high)
    middle, little = (low + high) / 2, (high - low) / 100
    right, wrong = middle + little, middle - little
    assert accuracy(column(low, wrong, right, high), target) == 1.0
    assert accuracy(column(low, right, right, high), target) == 0.75
    assert accuracy(column(low, wrong, wrong, high), target) == 0.75
    assert accuracy(column(high, high, low, low), target) == 0.0


def test_three_of_four_in_their_class_is_an_accuracy_of_0_75():
    assert accuracy(column(0.2, 0.4, 0.45, 0.9), column(0, 0, 1, 1)) == 0.75


def test_predictions_far_outside_the_two_targets_count_as_the_nearer_one():
    assert accuracy(column(-40.0, 1e300, -1e300, 7.0), column(0, 1, 0, 1)) == 1.0


def test_the_classes_minus_1_and_1_are_parted_at_0_and_not_at_one_half():
    assert accuracy(column(0.25, -0.25), column(1, -1)) == 1.0


def test_the_order_of_the_examples_does_not_matter_nor_how_many_there_are_of_each_class():
    target, prediction = column(1, 0, 0, 0, 0, 1), column(0.9, 0.1, 0.7, 0.2, 0.3, 0.1)
    shuffled = [4, 2, 0, 5, 1, 3]
    assert accuracy(prediction, target) == accuracy(prediction[shuffled], target[shuffled]) == pytest.approx(4 / 6)


def test_with_several_classes_the_largest_prediction_decides():
    prediction = np.array([[0.4, 0.3, 0.3], [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], [5.0, 4.0, -9.0]])
    assert accuracy(prediction, classes(0, 2, 1, 0)) == 1.0
    assert accuracy(prediction, classes(0, 2, 1, 1)) == 0.75
    assert accuracy(prediction, classes(1, 0, 2, 1)) == 0.0


def test_of_equal_predictions_the_first_decides():
    assert accuracy(np.full((3, 3), 0.5), classes(0, 1, 2)) == pytest.approx(1 / 3)
    assert accuracy(np.array([[0.1, 0.8, 0.8]]), classes(1)) == 1.0
    assert accuracy(np.array([[0.1, 0.8, 0.8]]), classes(2)) == 0.0


def test_two_outputs_are_two_classes_like_any_others():
    assert accuracy(np.array([[0.9, 0.2], [0.6, 0.7]]), classes(0, 1, of=2)) == 1.0
    assert accuracy(np.array([[0.9, 0.2], [0.7, 0.6]]), classes(0, 1, of=2)) == 0.5


def test_several_classes_all_of_whose_examples_are_of_one_class_are_still_counted():
    assert accuracy(np.array([[0.9, 0.2], [0.1, 0.3]]), classes(0, 0, of=2)) == 0.5


@pytest.mark.parametrize(
    "target",
    [column(1, 1, 1), column(0), column(0, 1, 2), column(0.1, 0.5, 0.9), column(0, 1, math.nan)],
    ids=["constant", "one example", "three values", "any values", "nan"],
)
def test_one_output_without_exactly_two_targets_has_no_accuracy(target):
    assert accuracy(np.zeros_like(target), target) is None


@pytest.mark.parametrize(
    "target",
    [
        [[0.9, 0.1], [0.0, 1.0]],
        [[1.0, 1.0], [0.0, 1.0]],
        [[0.0, 0.0], [0.0, 1.0]],
        [[-1.0, 1.0], [1.0, -1.0]],
        [[2.0, 0.0], [0.0, 1.0]],
        [[0.5, 0.5], [0.5, 0.5]],
    ],
    ids=["soft", "two classes at once", "no class", "-1 and 1", "a 2", "halves"],
)
def test_several_outputs_whose_targets_are_not_a_1_among_zeros_have_no_accuracy(target):
    assert accuracy(np.eye(2), np.array(target)) is None


def test_the_accuracy_is_a_plain_number():
    assert type(accuracy(column(0, 1), column(0, 1))) is float
    assert type(accuracy(np.eye(3), np.eye(3))) is float


# R²


def test_r_squared_is_1_minus_squared_errors_over_squared_distances_from_the_mean():
    """Targets 1, 2, 6: mean 3, distances -2, -1, 3, their squares sum to 14; errors 1, 0, -1: squares sum to 2."""
    assert r_squared(column(2, 2, 5), column(1, 2, 6)) == pytest.approx(1 - 2 / 14, rel=1e-15)


def test_perfect_predictions_have_an_r_squared_of_1_and_the_mean_has_0():
    target = column(1, 2, 6)
    assert r_squared(target, target) == 1.0
    assert r_squared(column(3, 3, 3), target) == 0.0


def test_predictions_worse_than_the_mean_have_an_r_squared_below_0():
    assert r_squared(column(6, 2, 1), column(1, 2, 6)) == pytest.approx(1 - 50 / 14, rel=1e-15)


def test_r_squared_of_random_numbers_is_the_formula_written_in_plain_python():
    random = np.random.default_rng(3)
    prediction, target = random.normal(2, 1, (9, 3)), random.normal(2, 1, (9, 3))
    each = []
    for p, t in zip(prediction.T.tolist(), target.T.tolist(), strict=True):
        mean = math.fsum(t) / len(t)
        errors = math.fsum((a - b) ** 2 for a, b in zip(p, t, strict=True))
        each.append(1 - errors / math.fsum((b - mean) ** 2 for b in t))
    assert r_squared(prediction, target) == pytest.approx(math.fsum(each) / 3, rel=1e-13)


def test_of_several_outputs_each_counts_alike_however_widely_its_targets_spread():
    """The first output is perfect, the second always says the mean."""
    target = np.array([[1000.0, 0.1], [-1000.0, 0.3]])
    assert r_squared(np.array([[1000.0, 0.2], [-1000.0, 0.2]]), target) == pytest.approx(0.5, rel=1e-14)


@pytest.mark.parametrize("unit", [1e-6, 1e6])
def test_r_squared_does_not_depend_on_the_unit_or_on_the_origin(unit):
    prediction, target = column(2, 2, 5), column(1, 2, 6)
    assert r_squared(unit * prediction, unit * target) == pytest.approx(12 / 14, rel=1e-12)
    assert r_squared(prediction + 1000, target + 1000) == pytest.approx(12 / 14, rel=1e-12)


@pytest.mark.parametrize(
    "target",
    [column(2, 2, 2), column(5), column(0.1, 0.1, 0.1), np.array([[1.0, 7.0], [2.0, 7.0]])],
    ids=["constant", "one example", "whose mean is rounded", "one of two outputs"],
)
def test_targets_that_are_all_alike_leave_nothing_to_explain(target):
    assert r_squared(target, target) is None


def test_r_squared_is_a_plain_number():
    assert type(r_squared(column(2, 2, 5), column(1, 2, 6))) is float


# Numbers that were lost on the way


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf, 1e308])
def test_predictions_that_were_lost_raise_no_warning(lost):
    target = column(0, 1, 1)
    share = None if math.isnan(lost) else 2 / 3 if lost > 0 else 1.0
    assert accuracy(column(lost, 1, 1), target) == share
    assert accuracy(np.full((3, 3), lost), np.eye(3)) == (None if math.isnan(lost) else 1 / 3)
    assert not math.isfinite(r_squared(column(lost, 1, 1), target))


@pytest.mark.parametrize("lost", [math.nan, math.inf, 1e308])
def test_targets_that_are_too_large_raise_no_warning(lost):
    found = r_squared(column(0, 1, 2), column(0, 1, lost))
    assert found is None or not math.isfinite(found)


def test_nothing_is_written_to_predictions_or_targets():
    prediction, target = column(0.2, 0.4, 0.9), column(0, 0, 1)
    prediction.setflags(write=False)
    target.setflags(write=False)
    accuracy(prediction, target)
    r_squared(prediction, target)
    assert (prediction.ravel().tolist(), target.ravel().tolist()) == ([0.2, 0.4, 0.9], [0.0, 0.0, 1.0])
