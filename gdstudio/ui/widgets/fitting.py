"""Texts that fit their room: a number gets fewer digits, and none is ever cut into another number.

Knows widths alone, not what the texts are about.
"""

import re
from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from gdstudio.document.numbers import MINUS, shown, shown_plain

_NUMBER = re.compile(rf"[{MINUS}+-]?[0-9][0-9.,]*(?:e[{MINUS}+-]?[0-9]+)?")
_ALONE = re.compile(rf"({_NUMBER.pattern})( ✓)?")
_DIGITS = range(16, 0, -1)
_CELL_MARGIN = 8
"""Pixels of a cell that its text does not get."""


def fitted(text: str, width: float, metrics: QFontMetrics, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> str:
    """Return a text as it fits into so many pixels: whole, a number with fewer digits, or cut between numbers."""
    if metrics.horizontalAdvance(text) <= width:
        return text
    alone = _ALONE.fullmatch(text)
    if alone is None:
        return _between_numbers(text, metrics.elidedText(text, mode, int(width)))
    value, mark = float(alone[1].replace(MINUS, "-").replace(",", "")), alone[2] or ""
    shorter = (shown_plain(value, digits) + mark for digits in _DIGITS)
    return next((each for each in shorter if metrics.horizontalAdvance(each) <= width), "…")


def _between_numbers(text: str, cut: str) -> str:
    """Return a text that was cut so that no number in it is cut in two."""
    begin, _, end = cut.partition("…")
    first, last = len(begin), len(text) - len(end)
    for number in _NUMBER.finditer(text):
        if number.start() < first < number.end():
            first = number.start()
        if number.start() < last < number.end():
            last = number.end()
    return f"{text[:first].rstrip()}…{text[last:].lstrip()}" if cut != text else text


def number_in(value: float, width: float, fonts: Sequence[QFont]) -> tuple[str, QFont]:
    """Return a number as it fits into so many pixels, and its font: three digits in any font before two in the first.

    Where not even one digit fits, that one in the last font.
    """
    for digits in (3, 2, 1):
        text = shown(value, digits)
        for font in fonts:
            if QFontMetricsF(font).horizontalAdvance(text) <= width:
                return text, font
    return text, fonts[-1]


class FittingDelegate(QStyledItemDelegate):
    """Shows the cells of a table as they fit."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        room = option.rect.width() - _CELL_MARGIN
        option.text = fitted(option.text, room, option.fontMetrics, option.textElideMode)
