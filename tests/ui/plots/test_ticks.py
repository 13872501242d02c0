"""Which round numbers stand at an axis; what is painted of them is tested with the plots."""

import pytest

from gdstudio.ui.plots.ticks import Room, Tick, power_of_unit, ticks_between


def texts(low: float, high: float, length: float = 150.0, **given) -> list[str]:
    return [tick.text for tick in ticks_between(low, high, Room(length, lambda text: 12.0, 9.0, 6.0), **given)]


def test_numbers_have_the_real_minus_sign_and_no_stray_digits():
    assert texts(-0.35, 0.35) == ["−0.3", "−0.2", "−0.1", "0", "0.1", "0.2", "0.3"]
    assert texts(0.0, 4e-7) == ["0", "1e−7", "2e−7", "3e−7", "4e−7"]


def test_all_numbers_of_an_axis_have_an_exponent_or_none_has():
    assert texts(0.0, 1e6) == ["0", "2e5", "4e5", "6e5", "8e5", "1e6"]
    assert texts(0.0, 1e5) == ["0", "20000", "40000", "60000", "80000", "100000"]


def test_neighbours_far_from_0_can_be_told_apart():
    assert texts(-104901.0, -104879.0) == ["−104900", "−104895", "−104890", "−104885", "−104880"]
    assert texts(0.999999, 1.000021) == ["1", "1.000005", "1.00001", "1.000015", "1.00002"]


def test_the_unit_of_an_axis_is_undone():
    assert texts(0.0, 1.7, power=308) == ["0", "5e307", "1e308", "1.5e308"]
    assert [power_of_unit(most) for most in (0.0, 1e99, 3e100, float("inf"), float("nan"))] == [0, 0, 100, 308, 0]


def test_a_logarithmic_axis_has_powers_of_ten_or_what_is_round_between_them():
    assert texts(-8.4, 4.4, is_log=True) == ["1e−8", "1e−6", "1e−4", "0.01", "1", "100", "10000"]
    assert texts(-1.1, 0.6, is_log=True, length=200.0) == ["0.1", "0.2", "0.5", "1", "2"]
    assert texts(-1.0508, -1.0486, is_log=True) == ["0.089", "0.0891", "0.0892", "0.0893", "0.0894"]


def test_a_floor_comes_first_and_all_others_keep_above_it():
    floor = Tick(-2.9, "0")
    assert texts(-3.1, 0.5, is_log=True, floor=floor) == ["0", "0.01", "0.1", "1"]


@pytest.mark.parametrize("length", [0.0, -1.0])
def test_an_axis_without_room_has_no_numbers(length):
    assert texts(0.0, 1.0, length) == []
    assert texts(1.0, 1.0) == []
