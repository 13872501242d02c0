"""Numbers on an axis look like all others."""

import pytest

from gdstudio.ui.plots.axis import NumberAxis

pytestmark = pytest.mark.usefixtures("dressed")


def test_ticks_have_the_real_minus_sign_and_no_stray_digits():
    texts = NumberAxis("left").tickStrings([-0.5, 0.0, 0.30000000000000004, 20000.0, 1e-7], 1.0, 0.1)
    assert texts == ["−0.5", "0", "0.3", "20000", "1e−7"]


def test_ticks_are_scaled():
    assert NumberAxis("left").tickStrings([2.0], 10.0, 1.0) == ["20"]


def test_powers_of_ten_are_written_as_a_person_writes_them():
    axis = NumberAxis("left")
    texts = axis.logTickStrings([-8.0, -3.0, -1.0, 0.0, 2.0, 4.0, 5.0, 300.0, 0.5], 1.0, 1.0)
    assert texts == ["1e−8", "0.001", "0.1", "1", "100", "10000", "1e5", "1e300", ""]


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 1e308])
def test_no_tick_fails(value):
    assert len(NumberAxis("left").tickStrings([value], 1.0, 1.0)) == 1


def test_neighbours_far_from_0_can_be_told_apart():
    texts = NumberAxis("bottom").tickStrings([-104900.0, -104890.0, -104880.0], 1.0, 10.0)
    assert texts == ["−104900", "−104890", "−104880"]
    assert NumberAxis("bottom").tickStrings([1.00001, 1.00002], 1.0, 1e-5) == ["1.00001", "1.00002"]
    assert NumberAxis("bottom").tickStrings([], 1.0, 1.0) == []
    # Where the axis is logarithmic there is no spacing.
    assert NumberAxis("left").tickStrings([1.0, 100000.0], 1.0, None) == ["1", "1e5"]
