"""The runs that are kept, beside the present one: a table to compare, name, hide and delete them.

Shows runs and emits wishes.
"""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QPushButton, QTableView, QVBoxLayout, QWidget

from gdstudio.document.numbers import shown
from gdstudio.document.project import Project
from gdstudio.document.runs import KeptRun, settings_line
from gdstudio.teaching.picture import Picture
from gdstudio.ui.theme import LIGHT, Theme, number_font
from gdstudio.ui.widgets.card import ElidedLabel, plain_tip
from gdstudio.ui.widgets.fitting import FittingDelegate
from gdstudio.ui.widgets.number_field import TypingDelegate

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
SHOWN, NAME, SETTINGS, STEPS, LOSS = range(5)


class RunsModel(QAbstractTableModel):
    """The present run in the first row, and one row for each that is kept.

    Signals
    -------
    show_requested(int, bool), rename_requested(int, str)
        Draw a kept run or not; call it something else.
    """

    show_requested = Signal(int, bool)
    rename_requested = Signal(int, str)

    HEADERS = ("", "Run", "Settings", "Steps", "Loss")

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._runs: tuple[KeptRun, ...] = ()
        self._project: Project | None = None
        self._loss = 0.0
        self._theme = LIGHT
        self._font = number_font(11)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._update()

    def show_runs(self, runs: tuple[KeptRun, ...]) -> None:
        """Show these runs."""
        if len(runs) != len(self._runs):
            self.beginResetModel()
            self._runs = runs
            self.endResetModel()
        else:
            self._runs = runs
            self._update()

    def show_picture(self, picture: Picture) -> None:
        """Show where the present run is."""
        self._project, self._loss = picture.project, picture.loss
        self.dataChanged.emit(self.index(0, NAME), self.index(0, LOSS))

    def _update(self) -> None:
        self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, LOSS))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._runs) + 1

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == _Role.TextAlignmentRole and section in (STEPS, LOSS):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return self.HEADERS[section] if role == _Role.DisplayRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.row() > 0 and index.column() == NAME:
            flags |= Qt.ItemFlag.ItemIsEditable
        if index.row() > 0 and index.column() == SHOWN:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        if role == _Role.FontRole and column in (STEPS, LOSS):
            return self._font
        if role == _Role.TextAlignmentRole and column in (STEPS, LOSS):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return self._present(column, role) if row == 0 else self._kept(self._runs[row - 1], row - 1, column, role)

    def _present(self, column: int, role: int) -> object:
        project = self._project
        if project is None:
            return None
        if role == _Role.ForegroundRole and column == NAME:
            return self._theme.color("good")
        texts = ("", "this run", settings_line(project), f"{project.state.step:,}", shown(self._loss))
        return texts[column] if role == _Role.DisplayRole else None

    def _kept(self, run: KeptRun, number: int, column: int, role: int) -> object:
        if column == SHOWN:
            if role == _Role.CheckStateRole:
                return Qt.CheckState.Checked if run.is_shown else Qt.CheckState.Unchecked
            return ("drawn" if run.is_shown else "hidden") if role == _Role.AccessibleTextRole else None
        if role == _Role.ForegroundRole and column == NAME:
            return self._theme.run_color(number)
        if role == _Role.ToolTipRole:
            note = "" if self._project is None or run.fits(self._project.network) else _OTHER_SHAPE
            return plain_tip(f"{run.name}: {run.settings}{note}")
        texts = ("", run.name, run.settings, f"{run.step:,}", shown(run.loss))
        if role == _Role.EditRole and column == NAME:
            return run.name
        return texts[column] if role == _Role.DisplayRole else None

    def setData(self, index: _Index, value: object, role: int = _Role.EditRole) -> bool:
        row, column = index.row(), index.column()
        if not 0 < row <= len(self._runs):
            return False
        if column == SHOWN and role == _Role.CheckStateRole:
            self.show_requested.emit(row - 1, Qt.CheckState(value) is Qt.CheckState.Checked)
            return True
        if column == NAME and role == _Role.EditRole:
            self.rename_requested.emit(row - 1, str(value))
            return True
        return False

    def others(self) -> int:
        """Return how many of the kept runs are of a network of another shape."""
        project = self._project
        return 0 if project is None else sum(not run.fits(project.network) for run in self._runs)


_OTHER_SHAPE = ". It was of a network of another shape: its loss alone is drawn."


class RunsPanel(QWidget):
    """The table of runs with its buttons.

    Signals
    -------
    delete_requested(int)
        Keep a run no longer.
    """

    delete_requested = Signal(int)

    def __init__(self, pin: QAction) -> None:
        super().__init__()
        self.setObjectName("runsPanel")
        self.model = RunsModel(self)
        self.table = QTableView()
        self.table.setItemDelegate(FittingDelegate(self.table))
        self.table.setObjectName("runsTable")
        self.table.setAccessibleName("The present run and the runs that are kept")
        self.table.setModel(self.model)
        self.table.setItemDelegate(TypingDelegate(self.table))
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(SETTINGS, QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(24)
        for section, width in ((SHOWN, 26), (NAME, 92), (STEPS, 52), (LOSS, 72)):
            header.resizeSection(section, width)
        delete = QAction("Delete", self.table)
        delete.setObjectName("deleteRunAction")
        delete.setShortcut(QKeySequence.StandardKey.Delete)
        delete.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        delete.triggered.connect(self._on_delete)
        self.table.addAction(delete)
        self._note = ElidedLabel("small")
        row = QHBoxLayout()
        row.setSpacing(6)
        for name, text, tip, pressed in (
            ("pinRunButton", "Pin this run", "Keep the present run beside what comes", pin.trigger),
            ("deleteRunButton", "Delete", "Keep the selected run no longer (Delete)", self._on_delete),
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.clicked.connect(pressed)
            row.addWidget(button)
        row.addWidget(self._note, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 0, 8, 6)
        column.setSpacing(4)
        column.addWidget(self.table, 1)
        column.addLayout(row)

    def set_theme(self, theme: Theme) -> None:
        """Put on the colours of a theme."""
        self.model.set_theme(theme)

    @Slot(object)
    def show_runs(self, runs: tuple[KeptRun, ...]) -> None:
        """Show the runs that are kept."""
        self.model.show_runs(runs)
        self._say()

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show where the present run is."""
        self.model.show_picture(picture)
        self._say()

    def _say(self) -> None:
        count = self.model.others()
        runs = "One run is" if count == 1 else f"{count} runs are"
        self._note.set_text(f"{runs} of another network: only the loss is drawn." if count else "")

    @Slot()
    def _on_delete(self) -> None:
        row = self.table.currentIndex().row()
        if row > 0:
            self.delete_requested.emit(row - 1)
