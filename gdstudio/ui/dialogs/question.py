"""A question with a few answers, in plain text: what a file is called is never markup.

Decides nothing.
"""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


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
