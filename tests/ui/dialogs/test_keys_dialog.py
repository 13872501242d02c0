"""The page of keys: every key that is set stands there with what it does."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLabel, QMainWindow

from gdstudio.ui.actions import ACTIONS, make_actions
from gdstudio.ui.dialogs.keys_dialog import KeysDialog


@pytest.fixture
def dialog(qtbot, dressed):
    window = QMainWindow()
    qtbot.addWidget(window)
    made = KeysDialog(make_actions(window), window)
    made.show()
    made.held = window
    return made


def test_every_key_of_an_action_stands_there_once(dialog):
    keys = [each for each, _ in dialog.rows]
    for row in ACTIONS:
        for key in row.keys[:1]:
            text = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
            assert sum(text in each.split(" or ") for each in keys) == 1, text
    assert all(words for _, words in dialog.rows)


def test_everything_is_shown_in_whole(dialog):
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    for keys, words in dialog.rows:
        assert keys in texts
        assert words in texts
    assert dialog.height() <= 600
    assert all(label.width() >= label.sizeHint().width() for label in dialog.findChildren(QLabel))


def test_escape_closes_it(dialog, qtbot):
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
