"""Examples held out for testing: they never reach what descent sees, and every number finds its row."""

from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document.datasets import (
    SCALINGS,
    Data,
    Generated,
    plain_data,
    same_data,
    with_columns,
    with_scaling,
    with_target,
    with_test_share,
    with_value,
)
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import generate, usual
from gdstudio.engine import LOSSES

EVERY = pytest.mark.parametrize("scaling", SCALINGS)
SHARES = [0.1, 0.2, 0.5, 0.9]


def numbered(rows=20, **changes):
    """Inputs 0, 10, 20, ... and -0, -10, ..., the target a tenth: every value says its row."""
    number = np.arange(float(rows))
    x = np.column_stack([10 * number, -10 * number])
    return replace(plain_data("numbered", x, number[:, None] / 10), **changes)


def test_without_a_split_descent_sees_everything_and_nothing_is_copied():
    data = numbered()
    assert data.held_out == ()
    assert data.x is data.raw_x
    assert data.training.tolist() == list(range(20))
    assert [part.shape for part in data.test] == [(0, 2), (0, 1)]


@EVERY
@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("seed", [0, 1, 7])
def test_training_and_test_part_the_rows_between_them(share, seed, scaling):
    data = with_test_share(with_scaling(numbered(), scaling), share, seed)
    assert len(data.held_out) == round(share * 20)
    assert list(data.held_out) == sorted(set(data.held_out))
    assert all(type(row) is int for row in data.held_out)
    assert sorted([*data.held_out, *data.training.tolist()]) == list(range(20))
    assert len(data) == len(data.x) == len(data.y) == 20 - len(data.held_out)
    assert [len(part) for part in data.test] == [len(data.held_out)] * 2
    assert data.scaling == scaling
    assert data.columns.tolist() == numbered().columns.tolist()


@EVERY
def test_rows_held_out_reach_neither_what_descent_sees_nor_the_scalings_numbers(scaling):
    """Whatever stands in them: those who learn from the others alone see the same bits."""
    data = with_scaling(numbered(held_out=(2, 3, 11)), scaling)
    rows = [row for row in range(20) if row not in (2, 3, 11)]
    alone = with_scaling(plain_data("alone", data.raw_x[rows], data.raw_y[rows]), scaling)
    wild_x, wild_y = data.raw_x.copy(), data.raw_y.copy()
    wild_x[[2, 3, 11]], wild_y[[2, 3, 11]] = 1e30, -1e30
    wild = with_scaling(replace(numbered(), raw_x=wild_x, raw_y=wild_y, held_out=(2, 3, 11)), scaling)
    for other in (alone, wild):
        for part in ("x", "y", "center", "scale"):
            assert getattr(data, part).tobytes() == getattr(other, part).tobytes(), part


@EVERY
def test_test_examples_are_scaled_by_the_numbers_of_the_others(scaling):
    data = with_scaling(numbered(held_out=(0, 19)), scaling)
    x, y = data.test
    assert np.hstack([x, y]) == pytest.approx((data.columns[[0, 19]] - data.center) / data.scale, rel=1e-14)
    if scaling == "unit":
        assert x[1, 0] > 1 > data.x[:, 0].max() - 1e-12


def test_a_split_measures_the_scaling_anew():
    data = with_test_share(with_scaling(numbered(), "standard"), 0.3, 4)
    assert data.center == pytest.approx(data.columns[data.training].mean(axis=0))
    assert data.scale == pytest.approx(data.columns[data.training].std(axis=0))
    back = with_test_share(data, 0.0, 4)
    assert same_data(back, with_scaling(numbered(), "standard"))


def test_a_split_follows_from_its_seed():
    assert with_test_share(numbered(), 0.3, 1).held_out == with_test_share(numbered(), 0.3, 1).held_out
    assert len({with_test_share(numbered(), 0.3, seed).held_out for seed in range(9)}) > 6


def test_a_split_is_drawn_from_all_rows_and_not_from_those_left_by_the_last_one():
    once = with_test_share(numbered(), 0.4, 2)
    assert with_test_share(once, 0.3, 5).held_out == with_test_share(numbered(), 0.3, 5).held_out


def test_a_split_touches_no_global_random_state():
    np.random.seed(1)
    before = np.random.get_state()[1].tobytes(), np.random.get_state()[2]
    with_test_share(numbered(), 0.3, 5)
    assert (np.random.get_state()[1].tobytes(), np.random.get_state()[2]) == before


@pytest.mark.parametrize(
    ("rows", "share", "held_out"),
    [(10, 0.0, 0), (1, 0.0, 0), (10, 0.1, 1), (10, 0.26, 3), (10, 0.9, 9), (3, 0.5, 2), (4, 0.3, 1), (2, 0.5, 1)],
)
def test_a_share_is_rounded_to_whole_examples(rows, share, held_out):
    assert len(with_test_share(numbered(rows), share, 0).held_out) == held_out


@pytest.mark.parametrize(
    ("rows", "share"),
    [(10, 0.96), (10, 1.0), (10, 1.5), (10, -0.1), (10, 0.04), (1, 0.5), (1, 0.9), (1, 0.2), (2, 0.1), (2, 0.9)],
)
def test_a_share_that_leaves_nothing_to_learn_from_or_to_test_on_is_refused(rows, share):
    with pytest.raises(ProjectError, match=rf"^Of {rows} examples? no such share .*\.$"):
        with_test_share(numbered(rows), share, 0)


@pytest.mark.parametrize("share", [float("nan"), float("inf"), -float("inf"), 1e308])
def test_a_share_that_is_no_share_is_refused_with_a_sentence(share):
    with pytest.raises(ProjectError, match=r"^Of 10 examples .*\.$"):
        with_test_share(numbered(10), share, 0)


@pytest.mark.parametrize(
    "held_out",
    [(-1,), (20,), (0, 20), (3, 3), (4, 3), (0, 5, 2), (-1, 3), tuple(range(20))],
    ids=["below", "above", "one above", "twice", "descending", "out of order", "one below", "all"],
)
def test_rows_that_can_not_be_held_out_are_refused_with_a_sentence(held_out):
    with pytest.raises(ProjectError, match=r"^[A-Z].*\.$"):
        numbered(held_out=held_out)


@EVERY
def test_a_cell_is_counted_among_the_examples_to_learn_from(scaling):
    data = with_scaling(numbered(held_out=(0, 2, 5)), scaling)
    rows = [row for row in range(20) if row not in (0, 2, 5)]
    for example, row in enumerate(rows):
        assert [data.cell(example, column) for column in range(3)] == [10.0 * row, -10.0 * row, row / 10]
    with pytest.raises(IndexError):
        data.cell(17, 0)


@EVERY
def test_a_value_changes_in_the_row_of_its_example_and_the_split_stays(scaling):
    data = with_scaling(numbered(held_out=(0, 2, 5)), scaling)
    for column in range(3):
        changed = with_value(data, 1, column, 77.0)  # the examples 0, 1 are the rows 1, 3
        assert changed.cell(1, column) == 77.0
        assert np.argwhere(changed.columns != data.columns).tolist() == [[3, column]]
        seen = changed.x[1, column] if column < 2 else changed.y[1, 0]
        assert seen == pytest.approx((77.0 - data.center[column]) / data.scale[column])
        assert changed.held_out == data.held_out
        assert (changed.center.tolist(), changed.scale.tolist()) == (data.center.tolist(), data.scale.tolist())
        assert [part.tobytes() for part in changed.test] == [part.tobytes() for part in data.test]


def test_data_changed_by_hand_is_not_what_the_generator_made_any_more():
    data = generate(usual("line"))
    assert with_value(data, 0, 0, 0.5).generated is None
    assert with_columns(data, (0, None), (0,)).generated is None
    assert with_target(data, "x").generated is None
    assert with_scaling(data, "standard").generated == usual("line")
    assert with_test_share(data, 0.2, 0).generated == usual("line")


def test_other_columns_and_another_target_keep_the_split():
    data = with_scaling(numbered(held_out=(1, 4)), "unit")
    for changed in (with_columns(data, (1, None), (0, None)), with_target(data, "input 1")):
        assert changed.held_out == (1, 4)
        assert len(changed) == 18
        assert changed.center.tolist() == changed.columns[changed.training].min(axis=0).tolist()


def test_what_descent_sees_of_a_split_can_not_be_changed():
    data = with_scaling(numbered(held_out=(1, 4)), "unit")
    assert not any(part.flags.writeable for part in (data.x, data.y, *data.test))


def test_a_test_example_that_scaling_makes_infinite_is_refused():
    with pytest.raises(ProjectError, match=r"not be finite"):
        replace(
            numbered(4), raw_x=np.array([[0.0, 0.0], [1e-300, 1.0], [0.0, 2.0], [1e300, 1.0]]), held_out=(3,),
            scaling="unit", center=np.array([]), scale=np.array([]),
        )  # fmt: skip


# The same data.


@pytest.mark.parametrize(
    "change",
    [
        {"name": "other"},
        {"input_names": ("input 1", "width")},
        {"target_names": ("height",)},
        {"raw_x": numbered().raw_x + 1},
        {"raw_y": numbered().raw_y + 1},
        {"held_out": (3,)},
        {"generated": Generated("line", 20, 0.0, 0)},
        {"scaling": "unit", "center": np.array([]), "scale": np.array([])},
        {"scale": np.full(3, 2.0)},
        {"center": np.full(3, 2.0)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_data_that_differs_in_anything_is_not_the_same(change):
    data = numbered(scaling="standard")
    data = replace(data, center=np.zeros(3), scale=np.ones(3))
    assert same_data(data, replace(data))
    assert not same_data(data, replace(data, **change))
    assert not same_data(replace(data, **change), data)


def test_a_column_that_is_a_target_here_and_an_input_there_makes_other_data():
    values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    one = Data("d", ("a", "b"), ("c",), values[:, :2], values[:, 2:])
    other = Data("d", ("a",), ("b", "c"), values[:, :1], values[:, 1:])
    assert not same_data(one, other)


# What targets can be learned with which loss.


def problems(targets, **options):
    data = plain_data("t", np.zeros((len(targets), 1)), targets)
    return {loss for loss, problem in replace(data, **options).target_problems.items() if problem}


BOTH = {"binary_crossentropy", "categorical_crossentropy"}


@pytest.mark.parametrize(
    ("targets", "refused"),
    [
        ([[0.0], [1.0]], {"categorical_crossentropy"}),
        ([[0.25], [0.5]], {"categorical_crossentropy"}),
        ([[1.0], [1.0]], set()),
        ([[0.0], [1.5]], BOTH),
        ([[-0.1], [1.0]], BOTH),
        ([[1.0, 0.0], [0.3, 0.7]], set()),
        ([[1.0, 0.0], [1.0, 1.0]], {"categorical_crossentropy"}),
        ([[2.0, -1.0]], BOTH),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)
def test_only_cross_entropies_ask_something_of_the_targets(targets, refused):
    assert set(numbered().target_problems) == set(LOSSES)
    assert problems(targets) == refused


def test_the_targets_held_out_count_too_and_they_count_as_scaled():
    targets = [[0.0], [1.0], [5.0]]
    assert problems(targets) == problems(targets, held_out=(2,)) == BOTH
    scaled = with_scaling(plain_data("t", np.zeros((3, 1)), targets), "unit")
    assert scaled.target_problems["binary_crossentropy"] == ""
    beyond = with_scaling(replace(scaled, held_out=(2,)), "unit")
    assert "one of them is 5" in beyond.target_problems["binary_crossentropy"]
