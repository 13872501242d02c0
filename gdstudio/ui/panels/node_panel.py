"""Why this value: the weighted sum of a node, term by term, and the paths by which the loss's slope reaches it.

Shows an explanation and emits the wish to look at what a term came from.
"""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtWidgets import QHeaderView, QTableView, QVBoxLayout, QWidget

from gdstudio.document.numbers import compact, shown
from gdstudio.teaching.explain_node import NodeExplanation, Term
from gdstudio.ui.theme import number_font
from gdstudio.ui.widgets.card import ElidedLabel

_Index = QModelIndex | QPersistentModelIndex


_NUMBER_WIDTH = 57


def _side(column: int) -> Qt.AlignmentFlag:
    """Names stand left, numbers right."""
    side = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
    return side | Qt.AlignmentFlag.AlignVCenter


class TermsModel(QAbstractTableModel):
    """Products of a sum, one row each."""

    def __init__(self, parent: QWidget, headers: Sequence[str]) -> None:
        super().__init__(parent)
        self._headers = tuple(headers)
        self._font = number_font(11)
        self.terms: tuple[Term, ...] = ()

    def show_terms(self, terms: tuple[Term, ...]) -> None:
        """Show these products."""
        if len(terms) != len(self.terms):
            self.beginResetModel()
            self.terms = terms
            self.endResetModel()
        elif terms:
            self.terms = terms
            self.dataChanged.emit(self.index(0, 0), self.index(len(terms) - 1, len(self._headers) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.terms)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._headers)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._headers[section]
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(section)
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.FontRole and index.column() > 0:
            return self._font
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _side(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(self.terms[index.row()], index.column())
        return None

    def _text(self, term: Term, column: int) -> str:
        if column == 0:
            return term.name
        if column == len(self._headers) - 1:
            return compact(term.product)
        return compact(term.factors[column - 1]) if column <= len(term.factors) else ""


class NodePanel(QWidget):
    """The explanation of one node.

    Signals
    -------
    origin_requested(Ref)
        A term was clicked: show what it came from.
    """

    origin_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nodePanel")
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 2, 14, 10)
        column.setSpacing(4)
        self._sum = TermsModel(self, ("from", "weight", "value", "product"))
        self._paths = TermsModel(self, ("path to", "weight", "slope", "g′", "product"))
        self.sum_table = self._table("nodeSumTable", "Weighted sum, term by term", self._sum)
        self.path_table = self._table("nodePathTable", "Paths of the slope", self._paths)
        self.value_label, self.slope_label = ElidedLabel(), ElidedLabel()
        self.value_label.setObjectName("nodeValueLine")
        self.slope_label.setObjectName("nodeSlopeLine")
        self.slope_label.setProperty("tone", "slope")
        self._value_note, self._slope_note = ElidedLabel("small"), ElidedLabel("small")
        for label in (self.value_label, self.slope_label):
            label.setFont(number_font(12))
        for table, line, note in (
            (self.sum_table, self.value_label, self._value_note),
            (self.path_table, self.slope_label, self._slope_note),
        ):
            column.addWidget(table, 1)
            column.addWidget(line)
            column.addWidget(note)

    def _table(self, name: str, title: str, model: TermsModel) -> QTableView:
        table = QTableView()
        table.setObjectName(name)
        table.setAccessibleName(title)
        table.setModel(model)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(22)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for section in range(1, model.columnCount()):
            header.resizeSection(section, _NUMBER_WIDTH)
        table.horizontalHeader().setMinimumSectionSize(30)
        table.horizontalHeader().setHighlightSections(False)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setMinimumHeight(48)
        table.clicked.connect(lambda index: self._on_row(model, index))
        return table

    @Slot(object)
    def show_explanation(self, explanation: NodeExplanation) -> None:
        """Show why a node has its value and its slope."""
        self._sum.show_terms(explanation.terms)
        self._paths.show_terms(explanation.paths)
        self.sum_table.setVisible(bool(explanation.terms))
        self.path_table.setVisible(bool(explanation.paths))
        total = f"sum {shown(explanation.total)} → " if explanation.terms else ""
        self.value_label.set_text(f"{total}value {shown(explanation.value)}")
        self.slope_label.set_text(f"slope of loss {shown(explanation.slope)}")
        self._value_note.set_text(explanation.value_note)
        self._slope_note.set_text(explanation.slope_note)

    def _on_row(self, model: TermsModel, index: QModelIndex) -> None:
        origin = model.terms[index.row()].origin
        if origin is not None:
            self.origin_requested.emit(origin)
