import numpy as np
import pytest

from gdstudio.engine import LOSSES

EVERY = pytest.mark.parametrize("row", LOSSES.values(), ids=LOSSES)
PREDICTION = np.array([[6.0, -1.0, 0.5], [0.25, 3.0, -2.0]])
TARGET = np.array([[10.0, 1.0, 0.25], [0.0, -3.0, -2.5]])


def slope(row, prediction, target):
    prediction, target = np.array(prediction, dtype=float), np.array(target, dtype=float)
    return row.slope(prediction, target, np.full_like(prediction, np.nan))


def test_every_row_of_the_table_is_also_written_by_hand(by_hand):
    assert set(by_hand.losses) == set(LOSSES)


@EVERY
def test_a_row_carries_its_own_name_and_says_how_a_person_writes_it(row):
    assert LOSSES[row.name] is row
    assert row.label.strip()
    assert row.formula.strip()
    assert row.slope_formula.strip()


def test_the_table_cannot_be_changed_and_the_plain_square_comes_first():
    with pytest.raises(TypeError):
        LOSSES["cube"] = LOSSES["mse"]
    assert next(iter(LOSSES)) == "mse"


@EVERY
def test_the_loss_is_the_mean_over_examples_and_outputs(row, by_hand):
    each = by_hand.losses[row.name]
    terms = [each(p, t) for p, t in zip(PREDICTION.ravel(), TARGET.ravel(), strict=True)]
    assert row.value(PREDICTION, TARGET) == pytest.approx(sum(terms) / 6, rel=1e-14)


@EVERY
def test_the_slope_is_that_of_each_examples_own_loss(row):
    h = 1e-5
    for example in range(2):
        for output in range(3):
            above, below = PREDICTION[[example]], PREDICTION[[example]]
            above[0, output] += h
            below[0, output] -= h
            target = TARGET[[example]]
            rise = (row.value(above, target) - row.value(below, target)) / (2 * h)
            assert slope(row, PREDICTION, TARGET)[example, output] == pytest.approx(rise, rel=1e-8)


@EVERY
def test_slopes_are_written_where_the_caller_asks_and_the_inputs_stay(row):
    prediction, target, out = PREDICTION.copy(), TARGET.copy(), np.empty_like(PREDICTION)
    assert row.slope(prediction, target, out) is out
    assert np.array_equal(prediction, PREDICTION)
    assert np.array_equal(target, TARGET)


@EVERY
def test_a_perfect_prediction_has_no_loss_and_no_slope(row):
    assert row.value(TARGET, TARGET) == 0.0
    assert not slope(row, TARGET, TARGET).any()


def test_the_slope_of_the_lecture_error_of_minus_4_is_minus_8():
    assert slope(LOSSES["mse"], [[6.0]], [[10.0]]).tolist() == [[-8.0]]
    assert LOSSES["mse"].value(np.array([[6.0]]), np.array([[10.0]])) == 16.0


def test_half_the_square_has_the_error_itself_as_its_slope():
    assert slope(LOSSES["half_mse"], [[6.0]], [[10.0]]).tolist() == [[-4.0]]
    assert LOSSES["half_mse"].value(np.array([[6.0]]), np.array([[10.0]])) == 8.0
