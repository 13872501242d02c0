"""The table of weights and biases: the canvas's twin for the keyboard and for screen readers.

Shows what its model holds and marks what is selected.
"""

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSignalBlocker, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from gdstudio.document.project import ParameterRef, Ref
from gdstudio.ui.models.parameter_table import CHANGE, LOCKED, NAME, SLOPE, VALUE, ParameterTableModel
from gdstudio.ui.widgets.number_field import TypingDelegate

_A_NAME, _FEW_DIGITS, _ALL_DIGITS = 160, 84, 174
"""Pixels for a name, and for a value at least and at most."""


class ParameterView(QTableView):
    """One row a parameter; its value can be typed, and it can be locked."""

    def __init__(self, model: ParameterTableModel) -> None:
        super().__init__()
        self.setObjectName("parameterTable")
        self.setAccessibleName("Weights and biases")
        self._ref: Ref | None = None
        self.setModel(model)
        self.setItemDelegate(TypingDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(25)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column, width in ((VALUE, _ALL_DIGITS), (SLOPE, 78), (CHANGE, 78), (LOCKED, 54)):
            header.resizeSection(column, width)
        header.setHighlightSections(False)
        self.setTabKeyNavigation(False)
        model.modelReset.connect(self._restore_selection)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave room for the names, if need be at the cost of the digits, which the editor shows all."""
        super().resizeEvent(event)
        others = sum(self.columnWidth(column) for column in (SLOPE, CHANGE, LOCKED))
        room = self.viewport().width() - others - _A_NAME
        self.horizontalHeader().resizeSection(VALUE, min(max(room, _FEW_DIGITS), _ALL_DIGITS))

    def show_selection(self, ref: Ref | None) -> None:
        """Mark the row of what is selected, if it is a parameter."""
        self._ref = ref
        self._restore_selection()

    @Slot()
    def _restore_selection(self) -> None:
        """Mark the selected parameter's row, also after the table has got other rows."""
        ref, model = self._ref, self.selectionModel()
        with QSignalBlocker(model):
            if isinstance(ref, ParameterRef) and ref.index < self.model().rowCount():
                index = self.model().index(ref.index, max(self.currentIndex().column(), NAME))
                rows = QItemSelectionModel.SelectionFlag.Rows
                model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect | rows)
                self.scrollTo(index)
            else:
                model.clear()
        self.viewport().update()

    def conceal(self, conceals: bool) -> None:
        """Hide how each parameter will change, since a person is to predict it."""
        self.setColumnHidden(CHANGE, conceals)

    @staticmethod
    def ref_of(current: QModelIndex) -> Ref:
        """Return what a row stands for."""
        return ParameterRef(current.row())
