"""An axis says what its numbers are of, and makes room for them; the numbers are tested in all plots at once."""

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from gdstudio.ui.plots.late_plot import LatePlot


@pytest.fixture
def plot(shown_alone) -> LatePlot:
    made = shown_alone(LatePlot("plot", "Plot"), 320, 200)
    made.move_in()
    made.set_ranges(0.0, 1.0, 0.0, 1.0)
    QApplication.processEvents()
    return made


def test_a_name_is_painted_as_it_is_and_shortened_where_it_is_too_long(painted, plot):
    plot.set_names("<b>a & b</b>", "very " * 40)
    QApplication.processEvents()
    seen = painted.plot(plot)
    assert seen.name_at("bottom") == "<b>a & b</b>"
    assert seen.name_at("left").startswith("very")
    assert "…" in seen.name_at("left")
    assert all(plot.rect().toRectF().contains(text.box) for text in seen.texts)


def test_an_axis_is_as_wide_as_its_numbers_need(painted, plot):
    narrow = painted.plot(plot).room.left()
    plot.set_ranges(0.0, 1.0, 1e6, 1e6 + 1e-3)
    QApplication.processEvents()
    seen = painted.plot(plot)
    assert seen.room.left() > narrow
    numbers = [float(painted.read_number(text.text)) for text in seen.numbers_at("left")]
    assert len(numbers) > 1
    assert np.ptp(numbers) <= 1.0001e-3
    plot.set_ranges(0.0, 1.0, 0.0, 1.0)
    QApplication.processEvents()
    assert painted.plot(plot).room.left() == narrow
