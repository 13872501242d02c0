"""The gradient check: every slope beside its measurement, and the error against the nudge.

Shows a check and emits the wish to look at one parameter.
"""

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from gdstudio.document.numbers import MINUS, compact, shown
from gdstudio.document.project import ParameterRef
from gdstudio.teaching.gradient_check import GradientCheck, Verdict
from gdstudio.ui.theme import LIGHT, Theme, number_font, text_font
from gdstudio.ui.widgets.card import ElidedLabel
from gdstudio.ui.widgets.fitting import FittingDelegate

_Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_DECADES = (-14, -1)
_ERRORS = (-12, 0)
_WIDE = 380
"""Pixels that a panel needs to have room for the curve beside the table; its lesson is also said in words."""


_DIFFERENCES = {
    Verdict.AGREES: "{} ✓", Verdict.DIFFERS: "{}", Verdict.FLAT: "too flat", Verdict.KINK: "kink",
}  # fmt: skip
_TIPS = {
    Verdict.KINK: "A nudge crosses a kink here, so it measures no slope.",
    Verdict.FLAT: "Too flat to measure: rounding changes the measured slope by more than the slope itself.",
    Verdict.DIFFERS: "The slope and its measurement differ by more than the measurement can be off.",
}


class CheckModel(QAbstractTableModel):
    """One row a parameter: its slope, the measured one, and how far they are apart."""

    HEADERS = ("name", "slope", "measured", "differs by")

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.check: GradientCheck | None = None
        self._font = number_font(11)

    def show_check(self, check: GradientCheck) -> None:
        """Show another check."""
        self.beginResetModel()
        self.check = check
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if self.check is None or parent.isValid() else len(self.check.names)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section:
            return _RIGHT
        return self.HEADERS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        check = self.check
        if check is None or not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == Qt.ItemDataRole.FontRole and column:
            return self._font
        if role == Qt.ItemDataRole.TextAlignmentRole and column:
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS.get(check.verdicts[row])
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if column == 0:
            return check.names[row]
        if column < 3:
            return compact(float((check.slopes, check.measured)[column - 1][row]))
        verdict, difference = check.verdicts[row], shown(float(check.differences[row]), 2)
        return _DIFFERENCES[verdict].format(difference)


class NudgeCurve(QWidget):
    """The error of a measured gradient against the nudge, both logarithmic."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nudgeCurve")
        self.setMinimumHeight(60)
        self.setFixedWidth(116)
        self._theme = LIGHT
        self._check: GradientCheck | None = None

    def sizeHint(self) -> QSize:
        return QSize(170, 110)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def show_check(self, check: GradientCheck) -> None:
        """Show another curve, also in words."""
        self._check = check
        self.setAccessibleName(f"Error against nudge. {check.lesson}")
        self.update()

    def points(self) -> list[QPointF]:
        """Return the curve in the widget's pixels; errors of 0 lie at the bottom."""
        check = self._check
        if check is None:
            return []
        seen = np.isfinite(check.errors)
        with np.errstate(divide="ignore"):
            x = np.log10(check.nudges[seen])
            y = np.clip(np.log10(check.errors[seen]), *_ERRORS)
        return [self._place(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]

    def _place(self, decade: float, error: float) -> QPointF:
        room = self._room()
        across = (decade - _DECADES[0]) / (_DECADES[1] - _DECADES[0])
        up = (error - _ERRORS[0]) / (_ERRORS[1] - _ERRORS[0])
        return QPointF(room.left() + across * room.width(), room.bottom() - up * room.height())

    def _label(self, error: int) -> str:
        """Return ten to a power; the ends of the axis say so where errors lie there that are beyond it, or 0."""
        text = "1" if error == 0 else f"1e{MINUS}{-error}"
        errors = np.array([]) if self._check is None else self._check.errors
        low, high = (10.0**end for end in _ERRORS)
        is_beyond = (error == _ERRORS[0] and (errors < low).any()) or (error == _ERRORS[1] and (errors > high).any())
        return ("≤" if error else "≥") + text if is_beyond else text

    def _room(self) -> QRectF:
        return QRectF(self.rect()).adjusted(40.0, 8.0, -6.0, -30.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        points, room, theme = self.points(), self._room(), self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(number_font(10))
        for error in (0, -6, -12):
            y = self._place(0.0, error).y()
            painter.setPen(QPen(theme.color("border"), 1.0))
            painter.drawLine(QPointF(room.left(), y), QPointF(room.right(), y))
            painter.setPen(theme.color("muted"))
            painter.drawText(QRectF(0.0, y - 8.0, 37.0, 16.0), _RIGHT, self._label(error))
        for decade in (-12, -4):
            x = self._place(decade, 0.0).x()
            painter.drawText(
                QRectF(x - 24.0, room.bottom() + 1.0, 48.0, 14.0), Qt.AlignmentFlag.AlignCenter, f"1e{MINUS}{-decade}"
            )
        painter.setFont(text_font(10))
        painter.drawText(
            QRectF(0.0, room.bottom() + 13.0, self.width(), 15.0), Qt.AlignmentFlag.AlignCenter, "error against nudge"
        )
        painter.setPen(QPen(theme.color("slope"), 1.8))
        painter.drawPolyline(QPolygonF(points))


class GradientCheckPanel(QWidget):
    """All slopes and their measurements.

    Signals
    -------
    selection_requested(ParameterRef)
        A row was chosen: look at this parameter.
    """

    selection_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("gradientCheckPanel")
        self._model = CheckModel(self)
        self.table = QTableView()
        self.table.setItemDelegate(FittingDelegate(self.table))
        self.table.setObjectName("gradientCheckTable")
        self.table.setAccessibleName("Every slope beside its measurement")
        self.table.setModel(self._model)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(22)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        for section, width in ((1, 60), (2, 62), (3, 70)):
            header.resizeSection(section, width)
        self.table.clicked.connect(self._on_row)
        self.table.activated.connect(self._on_row)
        self.curve = NudgeCurve()
        self.verdict_label = ElidedLabel("small")
        self.verdict_label.setObjectName("gradientCheckVerdict")
        self.verdict_label.set_text("Measuring all slopes …")
        self._lesson = ElidedLabel("small")
        self._lesson.setObjectName("gradientCheckLesson")
        halves = QHBoxLayout()
        halves.setSpacing(8)
        halves.addWidget(self.table, 1)
        halves.addWidget(self.curve)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(14, 0, 8, 6)
        rows.setSpacing(1)
        rows.addWidget(self.verdict_label)
        rows.addWidget(self._lesson)
        rows.addLayout(halves, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.curve.setVisible(self.width() >= _WIDE)

    def set_theme(self, theme: Theme) -> None:
        """Put on the colours of a theme."""
        self.curve.set_theme(theme)

    @Slot(object)
    def show_check(self, check: GradientCheck) -> None:
        """Show what a check found."""
        self._model.show_check(check)
        self.curve.show_check(check)
        self.verdict_label.set_text(check.sentence)
        self._lesson.set_text(check.lesson)

    def _on_row(self, index: QModelIndex) -> None:
        self.selection_requested.emit(ParameterRef(index.row()))
