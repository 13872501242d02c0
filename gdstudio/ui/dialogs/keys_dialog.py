"""All keys on one page: those of the menus as they are set, and those of the network.

Shows; decides nothing.
"""

from collections.abc import Iterable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QVBoxLayout, QWidget

from gdstudio.ui.theme import number_font
from gdstudio.ui.widgets.card import plain_label

_IN_THE_NETWORK = (
    ("Alt+L", "lessons"),
    ("arrows", "walk from node to node and along weights"),
    ("Enter or F2", "edit what is selected"),
    ("Escape", "give up what is typed"),
    ("Delete or Backspace", "remove a hidden node"),
    ("drag", "change a weight, up or down"),
    ("double click", "edit a number where it stands"),
    ("wheel", "zoom"),
)
_IN_A_COLUMN = 14


class KeysDialog(QDialog):
    """What every key does."""

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keysDialog")
        self.setWindowTitle("Keys")
        self.rows = [*_keys_of(actions.values()), *_IN_THE_NETWORK]
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(6)
        for number, (keys, words) in enumerate(self.rows):
            row, column = number % _IN_A_COLUMN, 2 * (number // _IN_A_COLUMN)
            key = plain_label(keys)
            key.setFont(number_font(12))
            key.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            key.setContentsMargins(22 if column else 0, 0, 0, 0)
            grid.addWidget(key, row, column)
            grid.addWidget(plain_label(words, "muted"), row, column + 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 12)
        whole.setSpacing(14)
        whole.addLayout(grid)
        whole.addWidget(buttons)


def _keys_of(actions: Iterable[QAction]) -> list[tuple[str, str]]:
    found = []
    for action in actions:
        keys = " or ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
        if keys:
            words = action.statusTip() or action.text().replace("&", "").rstrip("…")
            found.append((keys, words[:1].lower() + words[1:]))
    return found
