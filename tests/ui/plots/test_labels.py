"""Where words stand in a plot: inside, off the lines, off each other, and near what they belong to."""

import numpy as np
import pytest

from gdstudio.ui.plots.labels import along, best_place

ROOM = (300.0, 110.0)
SIZE = (90.0, 16.0)
NOTHING = np.zeros((0, 2))


def covered(box, drawn):
    left, top, width, height = box
    inside = (drawn[:, 0] > left) & (drawn[:, 0] < left + width) & (drawn[:, 1] > top) & (drawn[:, 1] < top + height)
    return int(inside.sum())


def meet(one, other):
    return (
        one[0] < other[0] + other[2] and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3] and other[1] < one[1] + one[3]
    )  # fmt: skip


def bowl(lowest):
    x = np.linspace(0, ROOM[0], 200)
    return along(np.column_stack([x, 108 - ((x - lowest) / 9) ** 2]), ROOM)


@pytest.mark.parametrize("mark", [(150, 55), (0, 0), (300, 110), (0, 110), (300, 0), (1e9, -1e9)])
def test_words_stand_inside_whatever_they_belong_to(mark):
    _, (left, top, width, height) = best_place(SIZE, mark, ROOM, NOTHING, [])
    assert (width, height) == SIZE
    assert 0 <= left <= ROOM[0] - width
    assert 0 <= top <= ROOM[1] - height


def test_where_nothing_is_drawn_they_stand_right_beside_the_mark():
    ball = (93.0, 48.0, 14.0, 14.0)
    _, (left, top, width, height) = best_place(SIZE, (100, 55), ROOM, NOTHING, [ball])
    assert np.hypot(left + width / 2 - 100, top + height / 2 - 55) <= 18
    assert not meet((left, top, width, height), ball)


@pytest.mark.parametrize("lowest", [60, 150, 240])
@pytest.mark.parametrize("at", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_they_cover_no_line_where_there_is_room(lowest, at):
    drawn = bowl(lowest)
    mark = drawn[int(at * (len(drawn) - 1))]
    _, one = best_place(SIZE, mark, ROOM, drawn, [])
    _, other = best_place(SIZE, mark, ROOM, drawn, [one])
    assert covered(one, drawn) == covered(other, drawn) == 0
    assert not meet(one, other)


def test_what_is_taken_is_rather_left_free_than_a_line():
    drawn = along(np.array([[0.0, 8.0], [300.0, 8.0]]), ROOM)
    taken = [(0.0, 16.0, 300.0, 94.0)]
    _, box = best_place(SIZE, (150, 60), ROOM, drawn, taken)
    assert not meet(box, taken[0])


def test_they_stay_where_they_are_while_that_is_hardly_worse_and_leave_when_it_is():
    first, _ = best_place(SIZE, (100, 55), ROOM, NOTHING, [])
    crossed = along(np.array([[150.0, 0.0], [150.0, 9.0]]), ROOM)
    assert best_place(SIZE, (100, 55), ROOM, crossed, [], first)[0] == first
    wall = along(np.array([[110.0, 55.0], [300.0, 55.0]]), ROOM)
    assert best_place(SIZE, (100, 55), ROOM, wall, [], first)[0] != first


def test_a_room_that_is_too_small_takes_them_all_the_same():
    _, box = best_place(SIZE, (5, 5), (20, 10), NOTHING, [])
    assert box[:2] == (0, 0)


def test_places_along_a_line_are_evenly_apart_and_not_far_outside():
    places = along(np.array([[0.0, 0.0], [30.0, 40.0], [30.0, 1e300]]), ROOM)
    gaps = np.hypot(*np.diff(places, axis=0).T)
    assert gaps.max() <= 6.0 + 1e-9
    assert places[:, 1].max() <= 2 * ROOM[1]
    assert len(along(np.zeros((1, 2)), ROOM)) == 0
    zigzag = np.column_stack([np.arange(4000.0), np.tile([0.0, 110.0], 2000)])
    assert len(along(zigzag, ROOM)) <= 1501
