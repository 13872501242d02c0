"""Every activation: its value, slope, bend and complex form, against the formula written by hand."""

import math
from statistics import NormalDist

import numpy as np
import pytest

from gdstudio.engine import ACTIVATIONS

ALONE = {name: row for name, row in ACTIVATIONS.items() if not row.last_only}
EVERY = pytest.mark.parametrize("row", ACTIVATIONS.values(), ids=ACTIVATIONS)
EVERY_ALONE = pytest.mark.parametrize("row", ALONE.values(), ids=ALONE)
POINTS = np.array([-30.0, -6.0, -2.5, -1.0, -0.3, -1e-3, 1e-3, 0.3, 1.0, 2.5, 6.0, 30.0])
FAR = [-1e308, -1e200, -1000.0, -746.0, -0.0, 0.0, 746.0, 1000.0, 1e200, 1e308]
SOFTMAX = ACTIVATIONS["softmax"]


def value(row, z):
    z = np.array(z, dtype=float)
    return row.value(z, np.full_like(z, np.nan))


def slope(row, z):
    z = np.array(z, dtype=float)
    return row.slope(z, value(row, z), np.full_like(z, np.nan))


def bend(row, z):
    z = np.array(z, dtype=float)
    return row.bend(z, value(row, z), np.full_like(z, np.nan))


def test_every_row_of_the_table_is_also_written_by_hand(by_hand):
    assert {*by_hand.activations, "softmax"} == set(ACTIVATIONS)


def test_the_table_offers_these_in_this_order():
    assert " ".join(ACTIVATIONS) == "linear relu leaky_relu elu gelu silu tanh sigmoid softplus softmax"


@EVERY
def test_a_row_carries_its_own_name_and_says_how_a_person_writes_it(row):
    assert ACTIVATIONS[row.name] is row
    assert row.label.strip()
    assert row.formula.startswith("g(z) = ")


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        ACTIVATIONS["cube"] = ACTIVATIONS["linear"]


@EVERY_ALONE
def test_the_value_is_that_of_the_formula(row, by_hand):
    # The far tail of a normal distribution at -30 turns one rounding of z into 900 of the share.
    rel = 1e-12 if row.name == "gelu" else 1e-14
    assert value(row, POINTS) == pytest.approx([by_hand.activations[row.name](z) for z in POINTS], rel=rel, abs=0)


@EVERY_ALONE
def test_the_slope_is_the_rise_over_a_small_run(row, by_hand):
    g, h = by_hand.activations[row.name], 1e-5
    rises = [(g(z + h) - g(z - h)) / (2 * h) for z in POINTS]
    assert slope(row, POINTS) == pytest.approx(rises, rel=1e-8, abs=1e-10)


@EVERY_ALONE
def test_the_bend_is_how_the_slope_changes_over_a_small_run(row):
    h = 1e-5
    rises = (slope(row, POINTS + h) - slope(row, POINTS - h)) / (2 * h)
    assert bend(row, POINTS) == pytest.approx(rises, rel=1e-8, abs=1e-10)


@EVERY_ALONE
def test_at_a_kink_the_slope_is_that_from_the_left_and_elsewhere_nothing_jumps(row, by_hand):
    """A kink is a jump of the slope, or (ELU) only of its change: there too a central difference is off."""
    left, at, right = slope(row, [-1e-9, 0.0, 1e-9])
    assert at == pytest.approx(left, abs=1e-8)
    bends = bend(row, [-1e-9, 0.0, 1e-9])
    assert bends[1] == pytest.approx(bends[0], abs=1e-8)
    jumps = abs(right - left) > 1e-3 or abs(bends[2] - bends[0]) > 1e-3
    assert row.kink == jumps == (row.name in by_hand.jumps)


@EVERY_ALONE
def test_far_out_nothing_overflows_and_no_warning_escapes(row):
    assert np.isfinite(value(row, FAR)).all()
    assert np.isfinite(slope(row, FAR)).all()
    assert np.isfinite(bend(row, FAR)).all()


@EVERY_ALONE
def test_results_are_written_where_the_caller_asks_and_the_input_stays(row):
    z = POINTS.reshape(3, 4).copy()
    a, out = np.empty_like(z), np.empty_like(z)
    assert row.value(z, a) is a
    kept = a.copy()
    assert row.slope(z, a, out) is out
    assert row.bend(z, a, out) is out
    assert np.array_equal(z.ravel(), POINTS)
    assert np.array_equal(a, kept)


@EVERY
def test_many_runs_at_once_give_the_numbers_of_each_alone(row):
    runs = np.random.default_rng(0).normal(0, 2, (5, 3, 4))
    assert np.array_equal(value(row, runs), [value(row, z) for z in runs])
    if not row.last_only:
        assert np.array_equal(slope(row, runs), [slope(row, z) for z in runs])
        assert np.array_equal(bend(row, runs), [bend(row, z) for z in runs])


@EVERY
def test_the_complex_form_is_the_same_function_on_real_numbers(row):
    if row.analytic is None:
        assert row.name == "gelu"
        return
    z = POINTS.reshape(3, 4)
    found = row.analytic(z.astype(complex))
    assert found.real == pytest.approx(value(row, z), rel=1e-12, abs=1e-15)
    assert not found.imag.any()


@EVERY_ALONE
def test_a_step_into_the_complex_plane_finds_the_slope_without_losing_digits(row):
    if row.analytic is None:
        return
    found = row.analytic(POINTS + 1e-40j).imag / 1e-40
    # tanh has its slope from its value, 1 - a^2, which is exact to one rounding of 1.
    assert found == pytest.approx(slope(row, POINTS), rel=1e-13, abs=2e-16 if row.name == "tanh" else 0.0)


def test_relu_is_silent_below_zero_and_passes_what_is_above():
    assert value(ACTIVATIONS["relu"], [-3.0, 0.0, 5.0]).tolist() == [0.0, 0.0, 5.0]
    assert slope(ACTIVATIONS["relu"], [-3.0, 0.0, 5.0]).tolist() == [0.0, 0.0, 1.0]


def test_leaky_relu_lets_a_hundredth_through():
    assert value(ACTIVATIONS["leaky_relu"], [-3.0, 0.0, 5.0]).tolist() == [-0.03, 0.0, 5.0]
    assert slope(ACTIVATIONS["leaky_relu"], [-3.0, 0.0, 5.0]).tolist() == [0.01, 0.01, 1.0]


def test_elu_has_slope_1_from_both_sides():
    assert value(ACTIVATIONS["elu"], [-1e-300, 2.0]).tolist() == [-1e-300, 2.0]
    assert value(ACTIVATIONS["elu"], -math.log(2)) == pytest.approx(-0.5, rel=1e-15)
    assert slope(ACTIVATIONS["elu"], [-1e-12, 0.0, 7.0]) == pytest.approx([1.0, 1.0, 1.0], rel=1e-11)


def test_gelu_weighs_with_the_normal_distribution():
    shares = value(ACTIVATIONS["gelu"], POINTS) / POINTS
    assert shares == pytest.approx([NormalDist().cdf(z) for z in POINTS], rel=1e-12, abs=1e-16)
    assert slope(ACTIVATIONS["gelu"], 0.0) == 0.5
    assert bend(ACTIVATIONS["gelu"], 0.0) == pytest.approx(math.sqrt(2 / math.pi), rel=1e-15)


def test_silu_is_z_times_sigmoid_and_its_slope_at_0_is_a_half():
    assert value(ACTIVATIONS["silu"], POINTS) == pytest.approx(
        POINTS * value(ACTIVATIONS["sigmoid"], POINTS), rel=1e-15
    )
    assert slope(ACTIVATIONS["silu"], 0.0) == 0.5
    assert bend(ACTIVATIONS["silu"], 0.0) == 0.5


def test_softplus_is_log_2_at_0_and_its_slope_is_the_sigmoid():
    assert value(ACTIVATIONS["softplus"], 0.0) == pytest.approx(math.log(2), rel=1e-15)
    assert value(ACTIVATIONS["softplus"], -700.0) == pytest.approx(math.exp(-700), rel=1e-13, abs=0)
    assert slope(ACTIVATIONS["softplus"], POINTS).tolist() == value(ACTIVATIONS["sigmoid"], POINTS).tolist()


@pytest.mark.parametrize("z", [-700.0, -40.0, 40.0, 300.0])
def test_sigmoid_and_its_slope_keep_their_digits_far_out(z):
    assert slope(ACTIVATIONS["sigmoid"], z) == pytest.approx(math.exp(-abs(z)), rel=1e-13, abs=0)
    assert value(ACTIVATIONS["sigmoid"], -abs(z)) == pytest.approx(math.exp(-abs(z)), rel=1e-13, abs=0)


def test_sigmoid_of_z_and_of_minus_z_add_up_to_one():
    both = value(ACTIVATIONS["sigmoid"], POINTS) + value(ACTIVATIONS["sigmoid"], -POINTS)
    assert both == pytest.approx(1.0, abs=1e-15)


# Softmax


def test_softmax_is_that_of_the_formula_over_the_nodes_of_each_example(by_hand):
    z = np.random.default_rng(1).normal(0, 3, (4, 6))
    expected = np.array([by_hand.softmax(column) for column in z.T])
    assert value(SOFTMAX, z) == pytest.approx(expected.T, rel=1e-14)


def test_softmax_of_three_equal_nodes_is_a_third_each_however_large_they_are():
    for size in (0.0, 1000.0, -1000.0, 1e308):
        assert value(SOFTMAX, [[size]] * 3) == pytest.approx(1 / 3, rel=1e-15)


def test_softmax_1000_apart_is_0_and_1_and_its_shares_always_add_up_to_1():
    assert value(SOFTMAX, [[-1000.0, 1000.0], [1000.0, -1000.0]]).tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert value(SOFTMAX, np.array(FAR).reshape(5, 2)).sum(axis=0) == pytest.approx([1.0, 1.0], rel=1e-15)


def test_softmax_does_not_change_when_all_nodes_rise_together():
    z = np.random.default_rng(2).integers(-50, 50, (3, 5)) / 8
    assert value(SOFTMAX, z).tobytes() == value(SOFTMAX, z + 1024.0).tobytes()


@pytest.mark.parametrize("part", [slope, bend])
def test_softmax_has_no_slope_of_its_own(part):
    assert [row.name for row in ACTIVATIONS.values() if row.last_only] == ["softmax"]
    with pytest.raises(TypeError, match="only together with its loss"):
        part(SOFTMAX, [[1.0], [2.0]])
