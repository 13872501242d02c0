"""The menus of the canvas: what they offer for each thing, and the one wish of each choice."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.engine import ACTIVATIONS
from gdstudio.ui.canvas.context_menu import menu_for
from gdstudio.ui.canvas.view import NetworkView

SIGNALS = (
    "selection_requested", "parameter_requested", "value_requested", "lock_requested", "bias_requested",
    "activation_requested", "rename_requested", "node_add_requested", "node_remove_requested", "layer_add_requested",
    "layer_remove_requested", "refused",
)  # fmt: skip


def listen(view: NetworkView, by) -> dict[str, list]:
    return {name: by.heard(getattr(view, name)) for name in SIGNALS}


def wishes(heard: dict[str, list]) -> list[tuple]:
    return [(name, *values) for name, found in heard.items() for values in found if name != "selection_requested"]


def menu_on(hand, by, ref, source="hidden-layer") -> QMenu:
    return menu_for(hand.view, by.picture(source), ref)


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def choice(menu: QMenu, text: str) -> QAction:
    """The choice with this text, also in a menu inside."""
    (found,) = [
        action for each in (menu, *menu.findChildren(QMenu)) for action in each.actions() if action.text() == text
    ]
    return found


def test_a_weight_can_be_edited_and_locked(hand_on, by):
    hand = hand_on()
    menu = menu_on(hand, by, ParameterRef(2))
    assert texts(menu) == ["Edit value…", "Locked"]
    heard = listen(hand.view, by)
    assert not choice(menu, "Locked").isChecked()
    choice(menu, "Locked").trigger()
    assert wishes(heard) == [("lock_requested", 2, True)]
    choice(menu, "Edit value…").trigger()
    assert hand.field.isVisible()
    assert len(wishes(heard)) == 1


def test_a_locked_weight_is_marked_and_can_be_unlocked(hand_on, by):
    hand = hand_on()
    locked = edits.set_locked(load_example("hidden-layer"), 2, True)
    menu = menu_on(hand, by, ParameterRef(2), locked)
    heard = listen(hand.view, by)
    assert choice(menu, "Locked").isChecked()
    choice(menu, "Locked").trigger()
    assert wishes(heard) == [("lock_requested", 2, False)]


def test_a_target_can_be_edited_and_nothing_else(hand_on, by):
    hand = hand_on()
    menu = menu_on(hand, by, TargetRef(0))
    assert texts(menu) == ["Edit target…"]
    choice(menu, "Edit target…").trigger()
    assert hand.field.isVisible()


def test_an_input_has_a_value_and_no_activation(hand_on, by):
    hand = hand_on()
    menu = menu_on(hand, by, NodeRef(0, 0))
    assert texts(menu)[0] == "Edit value…"
    assert "Activation of this layer" not in texts(menu)
    assert "Network has biases" not in texts(menu)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("Network has biases", ("bias_requested", True)),
        ("Add a node to this layer", ("node_add_requested", 1)),
        ("Remove this node", ("node_remove_requested", NodeRef(1, 1))),
        ("Add a layer after this one", ("layer_add_requested", 1)),
        ("Remove this layer", ("layer_remove_requested", 1)),
    ],
)
def test_each_choice_for_a_hidden_node_is_one_wish(hand_on, by, text, wish):
    hand = hand_on()
    menu = menu_on(hand, by, NodeRef(1, 1))
    heard = listen(hand.view, by)
    choice(menu, text).trigger()
    assert wishes(heard) == [wish]


@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_each_activation_is_one_wish_for_its_layer(hand_on, by, name):
    hand = hand_on()
    menu = menu_on(hand, by, NodeRef(1, 0))
    heard = listen(hand.view, by)
    choice(menu, ACTIVATIONS[name].label).trigger()
    assert wishes(heard) == [("activation_requested", 1, name)]


def test_the_activation_and_the_biases_that_there_are_are_marked(hand_on, by):
    hand = hand_on()
    for source, node, label, has_bias in (
        ("hidden-layer", NodeRef(1, 0), "ReLU", False),
        ("xor", NodeRef(1, 0), "tanh", True),
        ("xor", NodeRef(2, 0), "Sigmoid", True),
    ):
        menu = menu_on(hand, by, node, source)
        (inner,) = menu.findChildren(QMenu)
        assert [action.text() for action in inner.actions() if action.isChecked()] == [label]
        assert choice(menu, "Network has biases").isChecked() == has_bias
        assert choice(menu, "Edit bias…").isEnabled() == has_bias


def test_what_can_t_be_done_to_the_ends_is_off(hand_on, by):
    hand = hand_on()
    for node, add_after, remove in (
        (NodeRef(0, 0), True, False),
        (NodeRef(1, 0), True, True),
        (NodeRef(2, 0), False, False),
    ):
        menu = menu_on(hand, by, node)
        assert choice(menu, "Add a layer after this one").isEnabled() == add_after
        assert choice(menu, "Remove this layer").isEnabled() == remove


def test_renaming_opens_a_field_with_the_name_and_is_one_wish(hand_on, by):
    hand = hand_on()
    heard = listen(hand.view, by)
    choice(menu_on(hand, by, NodeRef(1, 0)), "Rename…").trigger()
    assert hand.field.text() == "hidden 1"
    hand.type("<b>first</b>")
    assert wishes(heard) == [("rename_requested", NodeRef(1, 0), "<b>first</b>")]


def test_a_right_click_selects_and_opens_the_menu_of_what_lies_there(hand_on, by):
    hand = hand_on()
    for ref, first in (
        (NodeRef(0, 1), "Edit value…"),
        (TargetRef(0), "Edit target…"),
        (ParameterRef(0), "Edit value…"),
    ):
        heard = by.heard(hand.view.selection_requested)
        point = hand.at(ref)
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, hand.port.mapToGlobal(point))
        QApplication.sendEvent(hand.port, event)
        menu = QApplication.activePopupWidget()
        assert menu.objectName() == "canvasMenu"
        assert texts(menu)[0] == first
        assert heard == [(ref,)]
        menu.close()


def test_the_menu_key_opens_the_menu_of_what_is_selected_and_none_without(hand_on):
    hand = hand_on()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
    QApplication.sendEvent(hand.view.viewport(), event)
    assert QApplication.activePopupWidget() is None
    hand.view.show_selection(NodeRef(1, 0))
    QApplication.sendEvent(hand.view.viewport(), event)
    menu = QApplication.activePopupWidget()
    assert "Edit bias…" in texts(menu)
    menu.close()


def test_names_in_a_menu_do_no_harm(hand_on, by):
    project = load_example("hidden-layer")
    named = edits.rename_node(project, NodeRef(1, 0), "<b>&x</b>")
    hand = hand_on(named)
    menu = menu_on(hand, by, NodeRef(1, 0), replace(named))
    assert texts(menu)
    assert menu.testAttribute(Qt.WidgetAttribute.WA_DeleteOnClose) is False
