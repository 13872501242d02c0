"""Every weight and bias as a table: the canvas's twin for the keyboard and for screen readers.

Shows a picture and emits wishes.
"""

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import exact, parse_number, shown
from gdstudio.document.project import parameter_name
from gdstudio.engine import Network
from gdstudio.teaching.picture import Picture
from gdstudio.ui.theme import number_font

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
NAME, VALUE, SLOPE, CHANGE, LOCKED = range(5)


class ParameterTableModel(QAbstractTableModel):
    """One row a parameter, in the order of the flat vector.

    Value is editable text with full precision. Signals
    -------
    value_requested(int, float), lock_requested(int, bool)
        A person wants another value, or to lock or free a parameter.
    refused(str)
        What was typed can't be read; one sentence.
    """

    value_requested = Signal(int, float)
    lock_requested = Signal(int, bool)
    refused = Signal(str)

    HEADERS = ("Name", "Value", "Slope", "Change", "Locked")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._names: list[str] = []
        self._named_by: tuple[object, object, object] | None = None
        self._font = number_font(12)

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show all parameters of a picture."""
        project = picture.project
        named_by = (project.network, project.names, project.data.input_names)
        if named_by != self._named_by:
            self.beginResetModel()
            self._named_by = named_by
            self._names = [parameter_name(project, index) for index in range(project.network.parameter_count)]
            self._picture = picture
            self.endResetModel()
            return
        self._picture = picture
        self.dataChanged.emit(self.index(0, VALUE), self.index(self.rowCount() - 1, LOCKED))

    @property
    def names(self) -> list[str]:
        """The names of all parameters, in their order; the same list while they stay."""
        return self._names

    @property
    def network(self) -> Network | None:
        return None if self._picture is None else self._picture.network

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._names)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return self.HEADERS[section]
        if orientation is Qt.Orientation.Horizontal and role == _Role.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section in (VALUE, SLOPE, CHANGE) else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == VALUE:
            flags |= Qt.ItemFlag.ItemIsEditable
        if index.column() == LOCKED:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> object:
        picture = self._picture
        if picture is None or not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == _Role.FontRole and column in (VALUE, SLOPE, CHANGE):
            return self._font
        if role == _Role.TextAlignmentRole and column in (VALUE, SLOPE, CHANGE):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if column == LOCKED:
            locked = row in picture.project.recipe.locked
            if role == _Role.CheckStateRole:
                return Qt.CheckState.Checked if locked else Qt.CheckState.Unchecked
            if role == _Role.AccessibleTextRole:
                return "locked" if locked else "free"
            return None
        if role not in (_Role.DisplayRole, _Role.EditRole):
            return None
        if column == NAME:
            return self._names[row]
        values = {VALUE: picture.parameters, SLOPE: picture.gradient, CHANGE: picture.change}[column]
        value = float(np.asarray(values)[row])
        return exact(value) if column == VALUE else shown(value)

    def setData(self, index: _Index, value: object, role: int = _Role.EditRole) -> bool:
        if self._picture is None or not index.isValid():
            return False
        row, column = index.row(), index.column()
        if column == LOCKED and role == _Role.CheckStateRole:
            self.lock_requested.emit(row, Qt.CheckState(value) is Qt.CheckState.Checked)
            return True
        if column != VALUE or role != _Role.EditRole or str(value) == self.data(index, _Role.EditRole):
            return False
        try:
            number = parse_number(str(value))
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self.value_requested.emit(row, number)
        return True
