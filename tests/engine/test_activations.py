import math

import numpy as np
import pytest

from gdstudio.engine import ACTIVATIONS

EVERY = pytest.mark.parametrize("row", ACTIVATIONS.values(), ids=ACTIVATIONS)
POINTS = np.array([-30.0, -6.0, -2.5, -1.0, -0.3, -1e-3, 1e-3, 0.3, 1.0, 2.5, 6.0, 30.0])


def value(row, z):
    z = np.array(z, dtype=float)
    return row.value(z, np.empty_like(z))


def slope(row, z):
    z = np.array(z, dtype=float)
    return row.slope(z, value(row, z), np.full_like(z, np.nan))


def test_every_row_of_the_table_is_also_written_by_hand(by_hand):
    assert set(by_hand.activations) == set(ACTIVATIONS)


@EVERY
def test_a_row_carries_its_own_name_and_says_how_a_person_writes_it(row):
    assert ACTIVATIONS[row.name] is row
    assert row.label.strip()
    assert row.formula.startswith("g(z) = ")


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        ACTIVATIONS["cube"] = ACTIVATIONS["linear"]


@EVERY
def test_the_value_is_that_of_the_formula(row, by_hand):
    assert value(row, POINTS) == pytest.approx([by_hand.activations[row.name](z) for z in POINTS], rel=1e-14, abs=0)


@EVERY
def test_the_slope_is_the_rise_over_a_small_run(row, by_hand):
    g, h = by_hand.activations[row.name], 1e-5
    rises = [(g(z + h) - g(z - h)) / (2 * h) for z in POINTS]
    assert slope(row, POINTS) == pytest.approx(rises, rel=1e-8, abs=1e-10)


@EVERY
def test_at_a_kink_the_slope_is_that_from_the_left_and_elsewhere_there_is_no_jump(row):
    left, at, right = slope(row, [-1e-9, 0.0, 1e-9])
    assert at == pytest.approx(left, abs=1e-8)
    assert row.kink == (abs(right - left) > 1e-3)


@EVERY
def test_far_out_nothing_overflows_and_no_warning_escapes(row):
    z = [-1e308, -1000.0, -746.0, -0.0, 0.0, 746.0, 1000.0, 1e308]
    assert np.isfinite(value(row, z)).all()
    assert np.isfinite(slope(row, z)).all()


@EVERY
def test_results_are_written_where_the_caller_asks_and_the_input_stays(row):
    z = POINTS.reshape(3, 4).copy()
    a, out = np.empty_like(z), np.empty_like(z)
    assert row.value(z, a) is a
    kept = a.copy()
    assert row.slope(z, a, out) is out
    assert np.array_equal(z.ravel(), POINTS)
    assert np.array_equal(a, kept)


def test_relu_is_silent_below_zero_and_passes_what_is_above():
    assert value(ACTIVATIONS["relu"], [-3.0, 0.0, 5.0]).tolist() == [0.0, 0.0, 5.0]
    assert slope(ACTIVATIONS["relu"], [-3.0, 0.0, 5.0]).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("z", [-700.0, -40.0, 40.0, 300.0])
def test_sigmoid_and_its_slope_keep_their_digits_far_out(z):
    assert slope(ACTIVATIONS["sigmoid"], z) == pytest.approx(math.exp(-abs(z)), rel=1e-13, abs=0)
    assert value(ACTIVATIONS["sigmoid"], -abs(z)) == pytest.approx(math.exp(-abs(z)), rel=1e-13, abs=0)


def test_sigmoid_of_z_and_of_minus_z_add_up_to_one():
    both = value(ACTIVATIONS["sigmoid"], POINTS) + value(ACTIVATIONS["sigmoid"], -POINTS)
    assert both == pytest.approx(1.0, abs=1e-15)
