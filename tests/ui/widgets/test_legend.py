"""A legend names lines beside dots of their colours, stays in its corner and is in nobody's way."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from gdstudio.ui.widgets.legend import Legend

RED, GREEN = QColor("#c00000"), QColor("#00a000")


@pytest.fixture
def room(shown_alone) -> QWidget:
    return shown_alone(QWidget(), 400, 200)


@pytest.fixture
def legend(room) -> Legend:
    return Legend(room)


def inks(legend: Legend) -> list[str]:
    image = legend.grab().toImage()
    return [image.pixelColor(x, y).name() for y in range(image.height()) for x in range(image.width())]


def test_without_lines_there_is_no_legend(legend):
    assert not legend.isVisible()
    legend.show_lines([(RED, "one")])
    assert legend.isVisible()
    legend.show_lines([])
    assert not legend.isVisible()


def test_each_line_has_a_dot_of_its_colour_in_its_order(legend):
    legend.show_lines([(RED, "one"), (GREEN, "two")])
    found = inks(legend)
    assert RED.name() in found
    assert found.index(RED.name()) < found.index(GREEN.name())
    legend.show_lines([(GREEN, "two"), (RED, "one")])
    found = inks(legend)
    assert found.index(GREEN.name()) < found.index(RED.name())


def test_it_is_as_large_as_its_lines(legend):
    legend.show_lines([(RED, "one")])
    small = legend.size()
    legend.show_lines([(RED, "one"), (GREEN, "a longer one")])
    assert legend.width() > small.width()
    assert legend.height() > small.height()


def test_a_long_name_is_cut_and_the_legend_stays_narrow(legend):
    legend.show_lines([(RED, "w" * 200)])
    assert legend.width() <= 190
    assert not legend.grab().isNull()


def test_it_stands_at_the_right_upper_end_also_when_the_room_changes(legend, room):
    legend.show_lines([(RED, "one")])
    assert (legend.geometry().right(), legend.y()) == (400 - 16 - 1, 4)
    room.resize(300, 200)
    legend.place()
    assert (legend.geometry().right(), legend.y()) == (300 - 16 - 1, 4)


def test_what_it_says_is_said_to_screen_readers(legend):
    legend.show_lines([(RED, "1. fast"), (GREEN, "2. <b>slow</b>")])
    assert legend.accessibleName() == "1. fast, 2. <b>slow</b>"


def test_it_wears_the_colours_it_is_given(legend):
    legend.show_lines([(RED, "one")])
    legend.set_colors(QColor("#101010"), QColor("#fafafa"))
    lightness = sorted(QColor(name).lightness() for name in inks(legend))
    assert lightness[len(lightness) // 2] < 80
    assert lightness[-1] > 150


def test_clicks_go_through_it_and_the_keyboard_never_stops_there(legend, room):
    legend.show_lines([(RED, "one")])
    assert room.childAt(legend.geometry().center()) is None
    assert legend.focusPolicy() is Qt.FocusPolicy.NoFocus
    QTest.mouseClick(room, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, legend.geometry().center())
