"""The table of actions: public names, texts, and no shortcut that is also typed."""

from collections.abc import Iterator
from itertools import combinations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QWidget

from gdstudio.ui.actions import ACTIONS, make_actions, tint_actions
from gdstudio.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("dressed")


@pytest.fixture
def actions(qtbot) -> Iterator[dict[str, QAction]]:
    parent = QWidget()
    qtbot.addWidget(parent)
    yield make_actions(parent)
    assert parent  # which owns the actions, and must outlive the test


def test_every_row_is_an_action_by_its_name(actions):
    assert list(actions) == [row.name for row in ACTIONS]
    assert len(set(actions)) == len(ACTIONS)
    for name, action in actions.items():
        assert action.objectName() == name
        assert action.text()


def test_no_two_actions_share_a_shortcut(actions):
    for one, other in combinations(actions.values(), 2):
        shared = {key.toString() for key in one.shortcuts()} & {key.toString() for key in other.shortcuts()}
        assert not shared, (one.text(), other.text())


def test_no_shortcut_is_a_key_that_is_typed(actions):
    function_keys = range(Qt.Key.Key_F1, Qt.Key.Key_F35 + 1)
    for action in actions.values():
        for sequence in action.shortcuts():
            assert not sequence.isEmpty()
            stroke = sequence[0]
            held = stroke.keyboardModifiers()
            plain = not held & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
            assert not plain or stroke.key() in function_keys, sequence.toString()


@pytest.mark.parametrize("taken", ["Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+A", "Ctrl+Left", "Ctrl+Backspace"])
def test_no_shortcut_takes_a_key_that_fields_need(actions, taken):
    assert not any(QKeySequence(taken) in action.shortcuts() for action in actions.values())


def test_what_is_a_state_can_be_checked_and_what_is_a_deed_can_not(actions):
    states = ["runAction", "sequentialAction", "nodePicturesAction", "askFirstAction", "reducedMotionAction"]
    assert [name for name, action in actions.items() if action.isCheckable()] == states


def test_a_tip_names_the_shortcut(actions):
    assert actions["stepAction"].toolTip() == "Update all weights once (F10)"


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_icons_take_the_colour_of_the_theme(actions, theme):
    tint_actions(actions, theme)
    for row in ACTIONS:
        icon: QIcon = actions[row.name].icon()
        assert icon.isNull() != bool(row.icon)
        if row.icon:
            image = icon.pixmap(16, 16).toImage()
            inks = {
                image.pixelColor(x, y).name()
                for x in range(image.width())
                for y in range(image.height())
                if image.pixelColor(x, y).alpha() == 255
            }
            assert inks == {theme.text}
