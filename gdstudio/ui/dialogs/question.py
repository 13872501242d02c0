"""A question with a few answers, in plain text: what a file is called is never markup.

Decides nothing.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QMessageBox, QPushButton, QTextEdit, QWidget

from gdstudio.ui.theme import number_font, restyle

BROUGHT_BACK = "can be brought back once, with File › Bring back unsaved work."
"""How what is discarded goes on."""


def question(parent: QWidget | None, name: str, title: str, text: str, more: str = "") -> QMessageBox:
    """Return a box that asks; whoever asks adds the answers. ``more`` is our own words, never a name from outside."""
    box = QMessageBox(parent)
    box.setObjectName(name)
    box.setWindowTitle(title)
    box.setIcon(QMessageBox.Icon.Question)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.setInformativeText(more)
    return box


def set_default(box: QMessageBox, button: QAbstractButton) -> None:
    """Let Enter press a button, and let it look like that."""
    assert isinstance(button, QPushButton)
    box.setDefaultButton(button)
    restyle(button, "primary", True)


def set_details(box: QMessageBox, text: str) -> None:
    """Put a text that was written for a program's authors behind a button, in figures of one width."""
    box.setDetailedText(text)
    for field in box.findChildren(QTextEdit):
        field.setFont(number_font(11))
        field.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        field.setMinimumWidth(560)
        field.setFixedHeight(190)
