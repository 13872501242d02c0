import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document.datasets import SCALINGS, Data, plain_data, with_columns, with_scaling, with_target, with_value
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_EXAMPLES

EVERY = pytest.mark.parametrize("scaling", SCALINGS)


def birds(**changes):
    data = Data(
        "Birds", ("flipper", "beak"), ("mass",), np.array([[181.0, 39.0], [186.0, 40.0], [195.0, 44.0], [210.0, 50.0]]),
        np.array([[3750.0], [3800.0], [3250.0], [4600.0]]),
    )  # fmt: skip
    return replace(data, **changes)


def test_data_is_used_as_it_is_unless_a_person_scales_it():
    data = birds()
    assert data.scaling == next(iter(SCALINGS)) == "none"
    assert data.x is data.raw_x
    assert data.y is data.raw_y
    assert data.scaling_lines() == ()


def test_standard_scaling_makes_mean_0_and_spread_1_with_numbers_computed_by_hand():
    data = with_scaling(birds(), "standard")
    for column, (center, scale) in enumerate(zip(data.center, data.scale, strict=True)):
        values = birds().columns[:, column].tolist()
        mean = math.fsum(values) / 4
        assert center == pytest.approx(mean, rel=1e-14)
        assert scale == pytest.approx(math.sqrt(math.fsum((v - mean) ** 2 for v in values) / 4), rel=1e-14)
    both = np.hstack([data.x, data.y])
    assert both.mean(axis=0) == pytest.approx(0.0, abs=1e-14)
    assert both.std(axis=0) == pytest.approx(1.0, rel=1e-14)


def test_unit_scaling_goes_from_0_to_1():
    data = with_scaling(birds(), "unit")
    assert data.center.tolist() == [181.0, 39.0, 3250.0]
    assert data.scale.tolist() == [29.0, 11.0, 1350.0]
    assert np.hstack([data.x, data.y]).min(axis=0).tolist() == [0.0, 0.0, 0.0]
    assert np.hstack([data.x, data.y]).max(axis=0).tolist() == [1.0, 1.0, 1.0]


@EVERY
def test_scaled_values_are_value_minus_center_by_scale_and_the_raw_ones_stay(scaling):
    data = with_scaling(birds(), scaling)
    assert np.hstack([data.x, data.y]) == pytest.approx((data.columns - data.center) / data.scale, rel=1e-14)
    assert data.columns.tolist() == birds().columns.tolist()


@pytest.mark.parametrize("scaling", [name for name in SCALINGS if name != "none"])
def test_the_scaling_is_said_out_loud_column_by_column(scaling):
    lines = with_scaling(birds(), scaling).scaling_lines()
    assert [line.split(":")[0] for line in lines] == ["flipper", "beak", "mass"]
    assert all("(value − " in line and ") / " in line for line in lines)


@EVERY
def test_scaling_and_back_returns_the_numbers_as_given(scaling):
    back = with_scaling(with_scaling(birds(), scaling), "none")
    assert back.x.tolist() == birds().x.tolist()
    assert back.scaling_lines() == ()


@pytest.mark.parametrize("value", [0.1, 5.0, -1e-30, 1e20])
@pytest.mark.parametrize("scaling", ["standard", "unit"])
def test_a_column_of_one_number_becomes_0_and_not_rounding_dust(scaling, value):
    data = with_scaling(plain_data("flat", [[value]] * 3, [[1.0], [2.0], [3.0]]), scaling)
    assert data.x.tolist() == [[0.0]] * 3


@pytest.mark.parametrize("scaling", ["standard", "unit"])
def test_numbers_too_large_to_scale_are_refused_with_a_sentence(scaling):
    with pytest.raises(ProjectError, match=r"\.$"):
        with_scaling(plain_data("vast", [[1.7e308], [1.7e308], [-1.7e308]], [[1.0], [2.0], [3.0]]), scaling)


def test_a_scaling_that_makes_infinite_inputs_is_refused_with_a_sentence():
    with pytest.raises(ProjectError, match=r"\.$"):
        birds(scaling="unit", center=np.zeros(3), scale=np.array([1e-307, 1.0, 1.0])).x  # noqa: B018


def test_values_can_not_be_changed_behind_the_datas_back():
    x = np.array([[1.0], [2.0]])
    data = with_scaling(plain_data("own", x, [[1.0], [2.0]]), "unit")
    x[:] = 9.0
    assert data.raw_x.tolist() == [[1.0], [2.0]]
    assert not any(a.flags.writeable for a in (data.raw_x, data.raw_y, data.center, data.scale, data.x, data.y))


@pytest.mark.parametrize(
    "wrong",
    [
        {"raw_x": np.empty((0, 2)), "raw_y": np.empty((0, 1))},
        {"raw_y": np.zeros((3, 1))},
        {"raw_x": np.zeros(4)},
        {"input_names": ("flipper",)},
        {"target_names": ("mass", "more")},
        {"raw_x": np.full((4, 2), np.nan)},
        {"raw_y": np.full((4, 1), np.inf)},
        {"scaling": "magic"},
        {"center": np.zeros(2), "scale": np.ones(2)},
        {"center": np.full(3, np.nan)},
        {"scale": np.zeros(3)},
        {"scale": np.full(3, -1.0)},
        {"scale": np.full(3, np.inf)},
    ],
    ids=lambda wrong: "-".join(wrong),
)
def test_impossible_data_is_refused_with_a_sentence(wrong):
    with pytest.raises(ProjectError, match=r"^[A-Z].*\.$"):
        birds(**wrong)


def test_more_examples_than_the_studio_takes_are_refused():
    many = np.zeros((MAX_EXAMPLES + 1, 1))
    with pytest.raises(ProjectError, match="100,001"):
        plain_data("many", many, many)


def test_one_value_changes_and_the_scaling_numbers_stay():
    data = with_scaling(birds(), "standard")
    changed = with_value(data, 1, 2, 4000.0)
    assert changed.raw_y.ravel().tolist() == [3750.0, 4000.0, 3250.0, 4600.0]
    assert changed.raw_x.tolist() == data.raw_x.tolist()
    assert changed.center.tolist() == data.center.tolist()
    assert changed.y[1, 0] == pytest.approx((4000.0 - data.center[2]) / data.scale[2])
    assert data.raw_y[1, 0] == 3800.0
    assert with_value(data, 0, 0, -1.0).raw_x[0].tolist() == [-1.0, 39.0]


def test_another_target_makes_every_other_column_an_input():
    data = with_target(with_scaling(birds(), "unit"), "flipper")
    assert (data.input_names, data.target_names) == (("beak", "mass"), ("flipper",))
    assert data.raw_x[0].tolist() == [39.0, 3750.0]
    assert data.raw_y.ravel().tolist() == [181.0, 186.0, 195.0, 210.0]
    assert (data.scaling, data.center.tolist()) == ("unit", [39.0, 3250.0, 181.0])


def test_an_unknown_target_is_refused_and_the_columns_are_named():
    with pytest.raises(ProjectError, match=r"“wing”.*flipper, beak, mass\.$"):
        with_target(birds(), "wing")


def test_new_columns_are_ones_for_inputs_and_zeros_for_targets():
    data = with_columns(birds(), (1, None), (0, None))
    assert data.raw_x.tolist() == [[39.0, 1.0], [40.0, 1.0], [44.0, 1.0], [50.0, 1.0]]
    assert data.raw_y[:, 1].tolist() == [0.0] * 4
    assert data.input_names[0] == "beak"
    assert data.target_names[0] == "mass"


def test_every_column_keeps_a_name_of_its_own():
    data = plain_data("two", [[1.0, 2.0]], [[3.0]])
    changed = with_columns(data, (1, None), (0, None))
    assert changed.input_names[0] == "input 2"
    assert len(set(changed.column_names)) == 4


def test_plain_data_counts_its_inputs():
    data = plain_data("plain", [[1.0, 2.0]], [[3.0]])
    assert data.column_names == ("input 1", "input 2", "target")
    assert plain_data("plain", [[1.0]], [[3.0, 4.0]]).target_names == ("target 1", "target 2")
    assert len(data) == 1
