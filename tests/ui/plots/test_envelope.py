"""A thinned curve keeps every extreme of each column of pixels, and is as short as the screen needs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.ui.plots.envelope import envelope

finite = st.floats(-1e300, 1e300)


def columns_of(x, low, high, count):
    """The columns, by brute force: their x, and every low and high value in them."""
    size = max(1, -(-len(x) // count))
    return [(x[i], low[i : i + size], high[i : i + size]) for i in range(0, len(x), size)]


@settings(max_examples=150, deadline=None)
@given(values=st.lists(finite, max_size=300), count=st.integers(1, 40), spread=st.booleans())
def test_every_extreme_of_every_column_is_kept_and_nothing_is_invented(values, count, spread):
    low = np.array(values, dtype=float)
    high = low + np.abs(low) * 0.5 if spread else low
    x = np.arange(len(low), dtype=float)
    xs, ys = envelope(x, low, high, count)
    assert len(xs) == len(ys) <= max(4 * count + 4, 2 * count)
    assert set(ys) <= set(low) | set(high)
    assert (np.diff(xs) >= 0).all()
    if len(low) <= 2 * count and not spread:
        assert ys.tolist() == low.tolist()
        return
    for start, lows, highs in columns_of(x, low, high, count):
        drawn = ys[xs == start]
        assert drawn.min() == lows.min()
        assert drawn.max() == highs.max()


@given(values=st.lists(st.one_of(finite, st.sampled_from([np.nan, np.inf, -np.inf])), max_size=60))
def test_what_is_not_finite_is_left_out(values):
    y = np.array(values, dtype=float)
    xs, ys = envelope(np.arange(len(y), dtype=float), y, y, 200)
    assert xs.tolist() == np.flatnonzero(np.isfinite(y)).tolist()
    assert ys.tolist() == y[np.isfinite(y)].tolist()


def test_any_length_fits_the_screen():
    for length in (0, 1, 2, 399, 400, 401, 1000, 1001, 131_072):
        y = np.sin(np.arange(length) * 0.1)
        xs, ys = envelope(np.arange(length, dtype=float), y, y, 200)
        assert len(xs) == len(ys) <= 804
        assert length == 0 or (ys.min(), ys.max()) == (y.min(), y.max())


def test_a_short_curve_is_drawn_as_it_is():
    x, y = np.arange(5.0), np.array([3.0, 1.0, 4.0, 1.0, 5.0])
    xs, ys = envelope(x, y, y, 100)
    assert xs is x
    assert ys is y


def test_neighbouring_columns_join_where_the_curve_does():
    y = np.arange(1000.0)
    xs, ys = envelope(y, y, y, 10)
    assert ys[:4].tolist() == [0.0, 99.0, 0.0, 99.0]
    assert ys[4] == 100.0
    assert xs[4] == 100.0
