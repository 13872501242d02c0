"""A button whose words wrap: it grows downwards instead of sideways."""

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gdstudio.ui.widgets.wrapped_button import WrappedButton

LONG = "The slope is the sum over all points, and each of them pulls the weight a little to its own side"


@pytest.fixture
def column(qapp):
    column = QWidget()
    layout = QVBoxLayout(column)
    buttons = [WrappedButton(), WrappedButton()]
    for button, words in zip(buttons, ("Up", LONG), strict=True):
        button.setText(words)
        layout.addWidget(button)
    column.resize(240, 300)
    column.show()
    qapp.processEvents()
    yield column, buttons
    column.close()
    column.deleteLater()


def test_long_words_take_more_lines_and_no_more_width(column):
    _, (short, long) = column
    assert long.width() == short.width() <= 240
    assert long.height() >= short.height() + 2 * long.fontMetrics().height()


def test_more_width_needs_fewer_lines(column):
    _, (_, long) = column
    heights = [long.heightForWidth(width) for width in (120, 240, 2000)]
    assert heights[0] > heights[1] > heights[2]


def test_every_line_is_painted(column):
    _, (_, long) = column
    image = long.grab().toImage()
    line = long.fontMetrics().height()
    paper = image.pixelColor(image.width() // 2, 5)
    rows = [
        y
        for y in range(6, image.height() - 6)
        if any(image.pixelColor(x, y).lightness() < paper.lightness() - 60 for x in range(12, image.width() - 12))
    ]
    assert rows[-1] - rows[0] > 2 * line


def test_an_ampersand_is_shown_once(column):
    _, (short, _) = column
    short.setText("up && down")
    assert short._words() == "up & down"
