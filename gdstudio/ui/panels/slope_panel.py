"""Why this slope: the three factors of the selected parameter, their product, the update, and the measured slope.

Shows an explanation and emits the wish to look at what a factor came from.
"""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gdstudio.document.numbers import NARROW, agreeing, bracketed, shown, shown_plain, times
from gdstudio.teaching.explain import SlopeExplanation
from gdstudio.teaching.gradient_check import Verdict
from gdstudio.ui.theme import number_font
from gdstudio.ui.widgets.card import ElidedLabel, plain_label
from gdstudio.ui.widgets.fitting import FittingDelegate
from gdstudio.ui.widgets.trace_list import TraceList

_Index = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight
_MARKS = "①②③"
_CHECKED = {
    Verdict.AGREES: ("checked numerically (difference {})", " ✓"),
    Verdict.DIFFERS: ("measured differently (difference {})", ""),
    Verdict.FLAT: ("too flat to measure (difference {})", ""),
    Verdict.KINK: ("a nudge crosses a kink here", ""),
}
"""What is said of the measured slope, and the mark behind it."""
_LONGEST = 7
"""Characters that a column of the table has room for."""
_HEADER, _ROW, _ROWS = 26, 22, 5
"""The table of products: heights of its header and of a row, and how many rows are on show at once."""


class ProductsModel(QAbstractTableModel):
    """The factors and products of every example of the batch, one row an example."""

    HEADERS = ("example", *_MARKS, "product")

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._explanation: SlopeExplanation | None = None
        self._font = number_font(11)
        self._texts: dict[int, tuple[str, ...]] = {}

    def show_explanation(self, explanation: SlopeExplanation) -> None:
        old = self.rowCount()
        self._texts = {}
        rows = len(explanation.examples)
        if rows != old:
            self.beginResetModel()
            self._explanation = explanation
            self.endResetModel()
        else:
            self._explanation = explanation
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, len(self.HEADERS) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if self._explanation is None or parent.isValid() else len(self._explanation.examples)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.HEADERS[section]
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        explanation = self._explanation
        if explanation is None or not index.isValid():
            return None
        if role == Qt.ItemDataRole.FontRole:
            return self._font
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        row, column = index.row(), index.column()
        if column == 0:
            return f"{explanation.examples[row] + 1:,}"
        if row not in self._texts:
            factors = [float(factor) for factor in explanation.factors[row]]
            texts, product = agreeing(factors, float(explanation.products[row]), plans=NARROW, longest=_LONGEST)
            self._texts[row] = (*texts, product)
        return self._texts[row][column - 1]


_ROOMY = 22
"""Characters of a product that may have spaces."""


class SlopePanel(QScrollArea):
    """The explanation of one slope.

    Signals
    -------
    origin_requested(Ref)
        A given number was clicked: look at it.
    pointed(Trace | None)
        What the mouse is at among the numbers that can be opened.
    example_requested(int)
        A row was clicked: show that example.
    """

    origin_requested = Signal(object)
    pointed = Signal(object)
    example_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("slopePanel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._explanation: SlopeExplanation | None = None
        self._conceals = False

        self.factors = TraceList("slopeFactor", _MARKS, ("slope",))
        self.steps = TraceList("slopeStep", in_two_lines=True)
        self.uses = TraceList("slopeUse")
        for traces in (self.factors, self.steps, self.uses):
            traces.origin_requested.connect(self.origin_requested)
            traces.pointed.connect(self.pointed)

        self._model = ProductsModel(self)
        self.table = QTableView()
        self.table.setItemDelegate(FittingDelegate(self.table))
        self.table.setObjectName("slopeTable")
        self.table.setAccessibleName("Factors and products of every example")
        self.table.setModel(self._model)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(22)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        self.table.horizontalHeader().resizeSection(0, 58)
        self.table.horizontalHeader().setMinimumSectionSize(30)
        self.table.horizontalHeader().setHighlightSections(False)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.clicked.connect(self._on_row)

        self._example = plain_label("", "small")

        self.product_label = ElidedLabel()
        self.product_label.setObjectName("slopeProduct")
        self.product_label.setFont(number_font(12))
        self.slope_label = ElidedLabel(align=_RIGHT)
        self.slope_label.set_room(96)
        self.slope_label.setObjectName("slopeValue")
        self.slope_label.setProperty("tone", "slope")
        self.slope_label.setFont(number_font(15))
        self.update_label = ElidedLabel("muted")
        self.update_label.setObjectName("slopeUpdate")
        self.update_label.setFont(number_font(12))
        self.result_label = ElidedLabel(align=_RIGHT)
        self.result_label.set_room(130)
        self.result_label.setObjectName("slopeResult")
        self.result_label.setFont(number_font(13))
        self.note_label = plain_label("", "small")
        self.note_label.setWordWrap(True)
        self.note_label.setAlignment(Qt.AlignmentFlag.AlignTop)
        # A label that wraps has no height of its own for a scroll area: what stands above would be squeezed.
        self.note_label.setMinimumHeight(3 * self.note_label.fontMetrics().lineSpacing())
        self._checked = ElidedLabel("small")
        self.measured_label = ElidedLabel(align=_RIGHT)
        self.measured_label.set_room(110)
        self.measured_label.setObjectName("slopeMeasured")
        self.measured_label.setProperty("tone", "good")
        self.measured_label.setFont(number_font(12))

        rule = QWidget()
        rule.setProperty("role", "rule")
        rule.setFixedHeight(1)
        rule.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        body = QWidget()
        whole = QVBoxLayout(body)
        whole.setContentsMargins(14, 2, 14, 10)
        whole.setSpacing(5)
        whole.addWidget(self.table)
        whole.addWidget(self._example)
        whole.addWidget(self.factors)
        whole.addLayout(_pair(self.product_label, self.slope_label))
        whole.addWidget(self.steps)
        whole.addWidget(self.update_label)
        whole.addLayout(_pair(QWidget(), self.result_label))
        whole.addWidget(rule)
        whole.addLayout(_pair(self._checked, self.measured_label))
        whole.addWidget(self.uses)
        whole.addWidget(self.note_label)
        whole.addStretch(1)
        self.setWidget(body)

    @Slot(object)
    def show_explanation(self, explanation: SlopeExplanation) -> None:
        """Show why a slope is what it is."""
        self._explanation = explanation
        count = len(explanation.examples)
        penalty = f" + {bracketed(explanation.added[-1])}" if explanation.added else ""
        self.table.setVisible(count > 1)
        self._example.setVisible(count > 1 or explanation.is_part)
        self._example.setText(_which(explanation))
        self.factors.show_traces(explanation.traces, explanation.index)
        if count == 1:
            product = times(trace.text for trace in explanation.traces)
            is_long = len(product) + len(penalty) > _ROOMY
            self.product_label.set_text((product.replace(" × ", "×") if is_long else product) + penalty + " =")
        else:
            self._model.show_explanation(explanation)
            self.table.setFixedHeight(_HEADER + _ROW * min(count, _ROWS))
            words = f"mean of the {count:,} products ≈"
            self.product_label.set_text(f"mean {explanation.added[0]}{penalty} =" if penalty else words)
        self.slope_label.set_text(shown(explanation.slope))
        self.steps.setVisible(len(explanation.steps) > 1 and not self._conceals)
        self.steps.show_traces(explanation.steps if len(explanation.steps) > 1 else ())
        self.uses.show_traces((explanation.uses,), explanation.index)
        self.update_label.set_text("new = ?" if self._conceals else explanation.update)
        self.result_label.set_text("" if self._conceals else f"= {explanation.result}")
        self._show_measured(explanation)
        self.note_label.setText(explanation.note)

    @Slot(bool)
    def conceal(self, conceals: bool) -> None:
        """Hide what the next step will make of the parameter, since a person is to predict it."""
        self._conceals = conceals
        if self._explanation is not None:
            self.show_explanation(self._explanation)

    def _show_measured(self, explanation: SlopeExplanation) -> None:
        measured = explanation.measured
        if measured is None:
            self.measured_label.set_text("")
            self._checked.set_text("")
            return
        gap = abs(measured - explanation.slope)
        said, mark = _CHECKED[explanation.verdict]
        self.measured_label.set_text(shown_plain(measured, 5) + mark)
        self._checked.set_text(said.format(shown(gap, 2)))

    def _on_row(self, index: QModelIndex) -> None:
        if self._explanation is not None:
            self.example_requested.emit(int(self._explanation.examples[index.row()]))


def _which(explanation: SlopeExplanation) -> str:
    """Return which example the three factors are of."""
    example, batch = explanation.example, explanation.examples
    if example is None:
        return "mean over all examples, opened:"
    if len(batch) == 1:
        return f"example {example + 1:,} of this batch"
    return f"example {example + 1:,}{'' if example in batch else ' (not in this batch)'}, opened:"


def _pair(left: QWidget, right: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(left, 1)
    row.addWidget(right)
    return row
