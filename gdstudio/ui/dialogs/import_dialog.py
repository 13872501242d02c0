"""Asks what becomes of a table: how it is written, which columns are inputs and target, what of missing cells.

Shows what was read and emits wishes; reads nothing itself.
"""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gdstudio.document.datasets import SCALINGS
from gdstudio.document.importing import FILLINGS, ROLES, Choice, Imported
from gdstudio.document.numbers import counted, shown_plain
from gdstudio.document.plain import one_line
from gdstudio.document.tables import DECIMALS, ENCODINGS, SEPARATORS, Column, Reading, Table
from gdstudio.ui.theme import number_font
from gdstudio.ui.widgets.card import ElidedLabel, plain_label, plain_tip, scrolled
from gdstudio.ui.widgets.form import Choice as Combo

_NAME, _HOLDS, _ROLE = range(3)


class ImportDialog(QDialog):
    """One table on its way in.

    Signals
    -------
    reading_requested(Reading)
        Read it as written otherwise.
    choice_requested(Choice)
        Make something else of it.
    """

    reading_requested = Signal(object)
    choice_requested = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("importDialog")
        self.setWindowTitle("Import a table")
        self.resize(860, 660)
        self._table: Table | None = None
        self._choice: Choice | None = None
        title = ElidedLabel("strong")
        title.set_text(one_line(name))
        self.encoding_combo = self._combo("importEncodingCombo", ENCODINGS, "Encoding")
        self.separator_combo = self._combo("importSeparatorCombo", SEPARATORS, "Between cells")
        self.decimal_combo = self._combo("importDecimalCombo", DECIMALS, "Decimals")
        self.header_box = QCheckBox("First row holds names")
        self.header_box.setObjectName("importHeaderBox")
        for combo in (self.encoding_combo, self.separator_combo, self.decimal_combo):
            combo.activated.connect(self._on_reading)
        self.header_box.clicked.connect(self._on_reading)
        self.filling_combo = self._combo("importMissingCombo", FILLINGS, "Missing cells")
        self.scaling_combo = self._combo(
            "importScalingCombo", {key: row.label for key, row in SCALINGS.items()}, "Scaling"
        )
        for combo in (self.filling_combo, self.scaling_combo):
            combo.activated.connect(self._on_choice)
        self.columns = QTableWidget(0, 3)
        self.columns.setObjectName("importColumns")
        self.columns.setAccessibleName("Columns and what becomes of them")
        self.columns.setHorizontalHeaderLabels(["column", "holds", "becomes"])
        self.preview = QTableWidget(0, 0)
        self.preview.setObjectName("importPreview")
        self.preview.setAccessibleName("The first rows")
        for table in (self.columns, self.preview):
            table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
            table.verticalHeader().hide()
            table.setShowGrid(False)
            table.setTabKeyNavigation(False)
            table.horizontalHeader().setHighlightSections(False)
            table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header = self.columns.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_ROLE, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(_ROLE, 130)
        self.preview.horizontalHeader().setStretchLastSection(True)
        self.notes = plain_label("", "small")
        self.notes.setObjectName("importNotes")
        self.notes.setWordWrap(True)
        self.notes.setAlignment(Qt.AlignmentFlag.AlignTop)
        room = scrolled(self.notes)
        room.setFixedHeight(5 * self.notes.fontMetrics().lineSpacing())
        self.progress = QProgressBar()
        self.progress.setObjectName("importProgress")
        self.progress.setRange(0, 100)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.import_button = QPushButton("Import")
        self.import_button.setObjectName("importButton")
        self.import_button.setProperty("primary", True)
        self.import_button.setDefault(True)
        buttons.addButton(self.import_button, QDialogButtonBox.ButtonRole.AcceptRole)
        # Enter imports also while Cancel has the focus, as it does until something can be imported.
        buttons.button(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 14, 16, 12)
        whole.setSpacing(8)
        whole.addWidget(title)
        whole.addLayout(_row(self.encoding_combo, self.separator_combo, self.decimal_combo, self.header_box))
        whole.addWidget(self.columns, 3)
        whole.addWidget(plain_label("The first rows", "caption"))
        whole.addWidget(self.preview, 2)
        whole.addLayout(_row(self.filling_combo, self.scaling_combo))
        whole.addWidget(room)
        whole.addWidget(self.progress)
        whole.addWidget(buttons)
        self._set_ready(False)

    def _combo(self, name: str, texts: dict[str, str], what: str) -> Combo:
        combo = Combo()
        combo.setObjectName(name)
        combo.setAccessibleName(what)
        choices = [(key, f"{what}: {text}") for key, text in texts.items()]
        combo.set_choices(choices)
        combo.setMinimumContentsLength(max(len(text) for _, text in choices))
        return combo

    # What is shown.

    @Slot(float)
    def show_progress(self, share: float) -> None:
        """Show how much is read."""
        self._set_ready(False)
        self.progress.show()
        self.progress.setValue(round(100 * share))

    @Slot(object)
    def show_table(self, table: Table | None) -> None:
        """Show what was read, and how; nothing where it can't be read so."""
        self._table, self._choice = table, None
        self.preview.clear()
        for shown in (self.preview, self.columns):
            shown.setRowCount(0)
        if table is not None:
            self._show_table(table)

    def _show_table(self, table: Table) -> None:
        reading = table.reading
        for combo, key in (
            (self.encoding_combo, reading.encoding),
            (self.separator_combo, reading.separator),
            (self.decimal_combo, reading.decimal),
        ):
            combo.show_choice(key)
        self.header_box.setChecked(reading.has_header)
        names = [column.name for column in table.columns]
        self.preview.setColumnCount(len(names))
        self.preview.setRowCount(len(table.preview))
        for place, name in enumerate(names):
            self.preview.setHorizontalHeaderItem(place, _item(name))
        for row, cells in enumerate(table.preview):
            for place, (cell, column) in enumerate(zip(cells, table.columns, strict=False)):
                self.preview.setItem(row, place, _item(cell, is_number=column.is_usable and not column.classes))
        self.columns.setRowCount(len(names))
        before: QWidget = self.columns
        for row, column in enumerate(table.columns):
            self.columns.setItem(row, _NAME, _item(column.name))
            self.columns.setItem(row, _HOLDS, _item(_holds(column, table.rows)))
            combo = Combo()
            combo.setObjectName(f"importRole-{row}")
            combo.setAccessibleName(f"What becomes of {column.name}")
            combo.set_choices([(key, text) for key, text in ROLES.items() if column.is_usable or key == "out"])
            combo.activated.connect(self._on_choice)
            self.columns.setCellWidget(row, _ROLE, combo)
            self.setTabOrder(before, combo)
            before = combo
        self.setTabOrder(before, self.preview)

    def show_choice(self, choice: Choice) -> None:
        """Show what is made of the table."""
        self._choice = choice
        for row, role in enumerate(choice.roles):
            self._role_combo(row).show_choice(role)
        self.filling_combo.show_choice(choice.filling)
        self.scaling_combo.show_choice(choice.scaling)

    @Slot(object)
    def show_imported(self, imported: Imported) -> None:
        """Show what comes of it, in words and numbers."""
        data = imported.data
        size = (
            f"{counted(len(data.raw_x), 'example')} with {counted(len(data.input_names), 'input')} "
            f"and {counted(len(data.target_names), 'target')}: {', '.join(data.target_names)}."
        )
        self.notes.setText("\n".join([" ".join([size, *imported.notes]), *data.scaling_lines()]))
        self._set_ready(True)

    @Slot(str)
    def show_refusal(self, sentence: str) -> None:
        """Show why nothing comes of it."""
        self.notes.setText(sentence)
        self._set_ready(False)

    def _set_ready(self, ready: bool) -> None:
        self.import_button.setEnabled(ready)
        self.progress.hide()

    def _role_combo(self, row: int) -> Combo:
        combo = self.columns.cellWidget(row, _ROLE)
        assert isinstance(combo, Combo)
        return combo

    # What is wished.

    @Slot()
    def _on_reading(self) -> None:
        self._set_ready(False)
        self.reading_requested.emit(
            Reading(
                str(self.encoding_combo.currentData()),
                str(self.separator_combo.currentData()),
                str(self.decimal_combo.currentData()),
                self.header_box.isChecked(),
            )
        )

    @Slot()
    def _on_choice(self) -> None:
        if self._choice is None:
            return
        self._set_ready(False)
        roles = tuple(str(self._role_combo(row).currentData()) for row in range(self.columns.rowCount()))
        filling, scaling = str(self.filling_combo.currentData()), str(self.scaling_combo.currentData())
        self._choice = replace(self._choice, roles=roles, filling=filling, scaling=scaling)
        self.choice_requested.emit(self._choice)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _item(text: str, *, is_number: bool = False) -> QTableWidgetItem:
    item = QTableWidgetItem(one_line(text))
    item.setToolTip(plain_tip(text))
    if is_number:
        item.setFont(number_font(12))
    return item


def _holds(column: Column, rows: int) -> str:
    """Say what is in a column, in numbers."""
    if column.classes:
        what = f"{len(column.classes)} classes: {', '.join(column.classes)}"
    elif column.is_usable:
        ends = np.nanmin(column.values), np.nanmax(column.values)
        what = f"numbers, {' to '.join(shown_plain(float(end)) for end in ends)}"
        if column.first_grouped is not None:
            what += f", thousands as in {column.first_grouped[1]}"
    else:
        what = f"{column.distinct:,} different texts: can’t be used" if column.distinct else "nothing"
    lost = [f"{column.missing:,} missing"] * bool(column.missing) + [f"{column.odd:,} no number"] * bool(column.odd)
    return f"{what}; of {rows:,} cells {' and '.join(lost)}" if lost else what
