"""A question with a few answers: in plain text, and found by its name."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from gdstudio.ui.dialogs.question import question

HOSTILE = "<b>bold</b><img src='file:///etc/hostname'> &amp; Fish & Chips"


@pytest.fixture
def asked(qapp):
    """A question about what something is called."""
    parent = QWidget()
    box = question(parent, "oddDialog", "An odd question", HOSTILE, "What now?")
    yield box
    box.deleteLater()
    parent.deleteLater()


def test_it_is_found_by_its_name_and_belongs_to_its_window(asked):
    assert asked.objectName() == "oddDialog"
    assert asked.windowTitle() == "An odd question"
    assert asked.parent().findChild(QMessageBox, "oddDialog") is asked
    assert asked.icon() == QMessageBox.Icon.Question


def test_what_something_is_called_is_shown_as_it_is(asked):
    assert asked.text() == HOSTILE
    assert asked.textFormat() == Qt.TextFormat.PlainText
    label = asked.findChild(QLabel, "qt_msgbox_label")
    assert (label.text(), label.textFormat()) == (HOSTILE, Qt.TextFormat.PlainText)


def test_what_is_said_besides_stands_below(asked):
    assert asked.informativeText() == "What now?"


def test_whoever_asks_adds_the_answers(asked):
    assert asked.buttons() == []
    yes = asked.addButton("Yes", QMessageBox.ButtonRole.AcceptRole)
    yes.click()
    assert asked.clickedButton() is yes


def test_without_a_window_and_without_more_it_is_asked_all_the_same(qapp):
    box = question(None, "oddDialog", "An odd question", "Why?")
    assert (box.parent(), box.informativeText()) == (None, "")
    box.deleteLater()
