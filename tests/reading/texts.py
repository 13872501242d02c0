"""Every text that a window shows: what its widgets say, what is painted, and what opens into more.

Reads widgets only; what the texts mean is for others to say.
"""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QPainter
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGraphicsView,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QStyle,
    QStyleOptionViewItem,
    QTableView,
    QTextEdit,
    QWidget,
)

_ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.StatusTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)
MOST_CELLS = 400


def plain_of(text: str) -> str:
    """Return what a tooltip shows."""
    return html.unescape(text[6:-7]) if text.startswith("<span>") and text.endswith("</span>") else text


def _of_widget(widget: QWidget) -> Iterator[str]:
    match widget:
        case QLabel() | QLineEdit() | QAbstractButton():
            yield widget.text()
        case QComboBox():
            yield from (widget.itemText(row) for row in range(widget.count()))
        case QTextEdit() | QPlainTextEdit():
            yield widget.toPlainText()
        case QGroupBox():
            yield widget.title()
        case QAbstractItemView() if widget.model() is not None:
            yield from _of_model(widget)
        case QGraphicsView() if widget.scene() is not None:
            yield from (item.toolTip() for item in widget.scene().items())
    yield from (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.statusTip())


def _of_model(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    rows, columns = model.rowCount(), model.columnCount()
    for row in range(min(rows, MOST_CELLS // max(columns, 1))):
        for column in range(columns):
            yield from (str(model.data(model.index(row, column), role) or "") for role in _ROLES)
    for section in range(columns):
        yield str(model.headerData(section, Qt.Orientation.Horizontal) or "")


def texts_in(root: QWidget) -> list[str]:
    """Return every line of text of the visible widgets below this one, once."""
    found: dict[str, None] = {}
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisibleTo(root):
            for text in _of_widget(widget):
                found.update(dict.fromkeys(line.strip() for line in plain_of(text).splitlines() if line.strip()))
    return list(found)


@dataclass(frozen=True)
class Painted:
    """A text as it was painted, and how much of its room it takes: above 1 it was cut off."""

    text: str
    share: float


def cells_of(view: QTableView) -> Iterator[tuple[str, Painted]]:
    """Return the text of each cell of a table, and it as it is painted there."""
    model, margin = view.model(), view.style().pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, None, view) + 1
    for row in range(min(model.rowCount(), MOST_CELLS)):
        for column in range(model.columnCount()):
            index, option = model.index(row, column), QStyleOptionViewItem()
            view.initViewItemOption(option)
            option.rect = QRect(0, 0, view.columnWidth(column), view.rowHeight(row))
            view.itemDelegateForIndex(index).initStyleOption(option, index)
            room = option.rect.width() - 2 * margin
            wide = QFontMetrics(option.font).horizontalAdvance(option.text)
            yield str(model.data(index) or ""), Painted(option.text, wide / max(room, 1))


# Painted texts.


@contextmanager
def painting() -> Iterator[list[Painted]]:
    """Take down every text that is painted by the studio's own code while this goes on."""
    seen: list[Painted] = []
    original = QPainter.drawText

    def draw(painter: QPainter, *arguments: object) -> object:
        texts = [argument for argument in arguments if isinstance(argument, str)]
        rooms = [argument for argument in arguments if isinstance(argument, QRectF | QRect)]
        if texts:
            share = 0.0
            if rooms and rooms[0].width() > 0:
                share = QFontMetricsF(painter.font()).tightBoundingRect(texts[0]).width() / rooms[0].width()
            seen.append(Painted(texts[0], share))
        return original(painter, *arguments)

    QPainter.drawText = draw
    try:
        yield seen
    finally:
        QPainter.drawText = original


def painted_in(root: QWidget) -> list[Painted]:
    """Paint a widget and all in it, and return the texts that the studio's own code painted."""
    with painting() as seen:
        if isinstance(root, QGraphicsView):
            root.viewport().grab()
        else:
            root.grab()
    return seen


# What opens.


@dataclass(frozen=True)
class Row:
    """One line of a list that opens: where it stands, its name, how it was worked out, and its number."""

    key: tuple[int, ...]
    name: str
    working: str
    text: str
    is_told_alike: bool = True
    """Whether the tooltip says the same as the row."""

    @property
    def line(self) -> str:
        """The whole as the tooltip says it."""
        return " = ".join(part for part in (self.name, self.working, self.text) if part)


def _rows(trace_list: QWidget) -> list[QAbstractButton]:
    return [
        row
        for row in trace_list.findChildren(QAbstractButton)
        if row.isVisibleTo(trace_list) and re.search(r"[A-Za-z][0-9.]+$", row.objectName())
    ]


def open_rows(trace_list: QWidget, most: int, chance: Random) -> None:
    """Open one number after the other, wherever it stands, until all are open or some ``most`` lines are on show."""
    while True:
        rows = _rows(trace_list)
        shut = [row for row in rows if row.findChild(QLabel).text() == "▸"]
        if not shut or len(rows) >= most:
            return
        chance.choice(shut).click()


def rows_of(trace_list: QWidget) -> list[Row]:
    """Return the lines on show."""
    found = []
    for row in _rows(trace_list):
        _, _, name, working, text = (label.text() for label in row.findChildren(QLabel)[:5])
        tip = plain_of(row.toolTip())
        said = ""
        if tip.startswith(f"{name} = ") and tip.endswith(f" = {text}"):
            said = tip[len(name) + 3 : len(tip) - len(text) - 3]
        key = tuple(map(int, re.sub(r"^[A-Za-z]+", "", row.objectName()).split(".")))
        found.append(Row(key, name, working or said, text, is_told_alike=working in ("", said)))
    return sorted(found, key=lambda row: row.key)


def settle() -> None:
    """Let the window do what it put off."""
    QApplication.processEvents()
