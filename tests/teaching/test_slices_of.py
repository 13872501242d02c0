"""Sixteen small curves at once: the page of parameters around the selected one."""

from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document.datasets import plain_data
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe, backward, draw_parameters
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.slices import FEW_POINTS, MOST_SLICES, heights_of, slice_of, slices_of


@pytest.fixture(scope="module")
def many() -> Project:
    """2-9-1 with 37 parameters, and batches of three."""
    network = Network((2, 9, 1), ("tanh", "linear"))
    random = np.random.default_rng(6)
    data = plain_data("eight", random.normal(size=(8, 2)), random.normal(size=(8, 1)))
    return new_project("many", Recipe(network, batch_size=3, seed=4), draw_parameters(network, 4), data)


@pytest.mark.parametrize(
    ("selected", "first", "count"),
    [(0, 0, 16), (15, 0, 16), (16, 16, 16), (31, 16, 16), (32, 32, 5), (36, 32, 5), (37, 32, 5), (4096, 32, 5)],
)
def test_the_page_of_the_selected_parameter_is_shown(many, selected, first, count):
    found = slices_of(picture_of(many), selected)
    assert [piece.index for piece in found] == list(range(first, first + count))
    assert count <= MOST_SLICES == 16


def test_few_parameters_are_all_shown(explained):
    assert [piece.index for piece in slices_of(picture_of(explained("two-weights")), 1)] == [0, 1]


def test_every_small_curve_is_the_loss_of_the_coming_batch_point_by_point(many):
    picture = picture_of(many)
    x, y = many.data.x[picture.batch], many.data.y[picture.batch]
    for piece in slices_of(picture, 20):
        assert len(piece.values) == len(piece.losses) == FEW_POINTS
        for value, loss in zip(piece.values[::10], piece.losses[::10], strict=True):
            moved = many.parameters.copy()
            moved[piece.index] = value
            assert loss == pytest.approx(backward(many.network, moved, x, y).loss, rel=1e-9)


def test_a_small_curve_stands_and_lands_where_the_large_one_does(many):
    picture = picture_of(many)
    for piece in slices_of(picture, 0):
        large = slice_of(picture, piece.index)
        assert (piece.value, piece.loss, piece.slope, piece.landing) == (
            large.value, large.loss, large.slope, large.landing,
        )  # fmt: skip
        assert piece.landing_loss == pytest.approx(large.landing_loss, rel=1e-12)
        assert (piece.values[0], piece.values[-1]) == (large.values[0], large.values[-1])
        assert piece.network == many.network


def test_progress_is_told_and_can_end_the_work(many):
    class GivenUp(Exception):
        pass

    heard: list[float] = []

    def progress(share: float) -> None:
        heard.append(share)
        if share >= 0.5:
            raise GivenUp

    with pytest.raises(GivenUp):
        slices_of(picture_of(many), 0, progress)
    assert heard == [number / 16 for number in range(9)]


def test_an_axis_of_losses_holds_the_ball_its_landing_and_the_bottom(many):
    for piece in slices_of(picture_of(many), 0):
        low, high = heights_of(piece)
        assert low <= min(piece.loss, piece.landing_loss, piece.losses.min())
        assert high >= max(piece.loss, piece.landing_loss)
        assert low < high


def test_a_level_line_and_one_without_numbers_still_have_an_axis_of_losses(explained):
    piece = slice_of(picture_of(explained("one-weight")), 0)
    level = replace(piece, losses=np.full(161, 3.0), loss=3.0, landing_loss=3.0)
    low, high = heights_of(level)
    assert low < 3.0 < high
    nothing = replace(piece, losses=np.full(161, np.inf), loss=np.nan, landing_loss=np.inf)
    low, high = heights_of(nothing)
    assert np.isfinite((low, high)).all()
    assert low < high
