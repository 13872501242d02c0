"""No text on screen is cut inside a number: a number gets fewer digits, a line ends before one."""

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF
from PySide6.QtWidgets import QStyleOptionViewItem, QTableView

from gdstudio.app.studio import Studio
from gdstudio.document.numbers import MINUS, parse_number
from gdstudio.ui.canvas.items import Chip
from gdstudio.ui.theme import number_font
from gdstudio.ui.widgets.card import ElidedLabel
from gdstudio.ui.widgets.fitting import fitted, number_in

NUMBER = re.compile(rf"{MINUS}?[0-9][0-9.]*(?:e{MINUS}?[0-9]+)?")
LINES = [
    "(−0.7829) × (−0.1446) × 0.5512 × (−2.315e122) =", "new = 1.0005 − 0.004 × (−32.125)", "0.9 × (−21.96) + 16.02",
    "tanh of (−6.0123)", "weights [0.7, 1.672], error 2.788", "step 123,456 · loss 0.000123",
]  # fmt: skip


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def metrics(qapp) -> QFontMetrics:
    return QFontMetrics(number_font(12))


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("mode", [Qt.TextElideMode.ElideRight, Qt.TextElideMode.ElideMiddle])
def test_every_number_that_is_left_is_a_whole_one(metrics, line, mode):
    whole = NUMBER.findall(line)
    for width in range(10, metrics.horizontalAdvance(line) + 20):
        text = fitted(line, width, metrics, mode)
        assert metrics.horizontalAdvance(text) <= max(width, metrics.horizontalAdvance("…"))
        assert all(number in whole for number in NUMBER.findall(text)), (width, text)
        assert text == line or "…" in text


@pytest.mark.parametrize("value", [-2.315e122, 0.30000000000000004, 1234567.0, 9.96, -1.5e-300, 123456789012.0])
def test_a_number_alone_has_as_many_digits_as_fit(metrics, value):
    exact = repr(value).replace("-", MINUS)
    for width in range(40, metrics.horizontalAdvance(exact) + 10):
        text = fitted(exact, width, metrics)
        assert metrics.horizontalAdvance(text) <= width or text == "…"
        if text != "…":
            assert parse_number(text) == pytest.approx(value, rel=0.5)
            digits = max(len(re.sub(r"[^0-9]", "", text.partition("e")[0]).strip("0")), 1)
            assert parse_number(text) == pytest.approx(value, rel=0.5 * 10.0 ** (1 - digits) + 1e-15)


def test_a_mark_behind_a_number_stays(metrics):
    text = fitted("−2.3151234e−122 ✓", metrics.horizontalAdvance("−2.315e−122 ✓"), metrics)
    assert text == "−2.315e−122 ✓"


@pytest.mark.parametrize("value", [-2.315e122, -0.00907, 1.11e-10, -9999.0, 0.5, 1e-300, 99999.0])
@pytest.mark.parametrize("is_bias", [False, True])
@pytest.mark.parametrize("step", [None, 0.5])
def test_a_chip_has_room_for_its_numbers(qapp, value, is_bias, step):
    chip = Chip(0, is_bias=is_bias)
    chip.show_numbers(value, value, 0.5, locked=False, step=step)
    room = chip._size[0] - (89 if step is None else 92) - 2
    for text, font, width in (
        (chip._value_text, chip._value_font, 54 if is_bias else 60), (chip._slope_text, chip._slope_font, room),
    ):  # fmt: skip
        assert QFontMetricsF(font).horizontalAdvance(text) <= width
        assert parse_number(text) == pytest.approx(value, rel=0.06)


def test_three_digits_in_a_smaller_font_come_before_two(qapp):
    fonts = [number_font(13), number_font(11)]
    small = QFontMetricsF(fonts[1]).horizontalAdvance("−0.00907")
    assert number_in(-0.00907, small, fonts) == ("−0.00907", fonts[1])
    assert number_in(-0.00907, small - 1, fonts)[0] == "−0.0091"
    assert number_in(-0.00907, 1, fonts) == ("−0.009", fonts[1])


def painted(view: QTableView) -> list[str]:
    """The texts of all cells as they are painted."""
    model, texts = view.model(), []
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            index = model.index(row, column)
            option = QStyleOptionViewItem()
            option.rect = view.visualRect(index)
            option.font, option.fontMetrics = view.font(), view.fontMetrics()
            view.itemDelegate().initStyleOption(option, index)
            texts.append(option.text)
    return texts


def test_cells_and_labels_of_the_window_never_show_a_part_of_a_number(studio, opened):
    opened("xor")
    studio.session.set_parameter(0, -2.315e122)
    studio.session.set_parameter(1, 0.1 + 0.2)
    for view in studio.window.findChildren(QTableView):
        for text in painted(view):
            assert not re.search(r"[0-9.]…|…[0-9.]", text), (view.objectName(), text)
    for label in studio.window.findChildren(ElidedLabel):
        assert not re.search(r"[0-9.]…|…[0-9.]", label.painted()), (label.objectName(), label.text())
