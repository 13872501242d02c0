"""Gestures on the canvas become wishes: each exactly one, each undoable, none with a rounded number."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QToolButton

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.numbers import exact
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.engine import ACTIVATIONS
from gdstudio.ui.canvas.layout import column_gaps
from gdstudio.ui.canvas.view import NetworkView, _drag_unit, _dragged

K = Qt.Key
WISHES = (
    "parameter_requested", "value_requested", "lock_requested", "bias_requested", "activation_requested",
    "rename_requested", "node_add_requested", "node_remove_requested", "layer_add_requested",
    "layer_remove_requested", "refused",
)  # fmt: skip


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def wishes(by):
    """Everything that a view wishes from now on, selections apart: (signal's name, arguments)."""

    def listen(view) -> list:
        heard: list = []
        for name in WISHES:
            getattr(view, name).connect(lambda *values, name=name: heard.append((name, *values)))
        return heard

    return listen


def entries(studio) -> list[str]:
    """The names of the undo entries."""
    stack = studio.session.undo_stack
    return [stack.text(position) for position in range(stack.count())]


def weights(studio) -> list[float]:
    return studio.session.viewed.parameters.tolist()


def chosen(menu: QMenu, text: str):
    """The action of a menu, or of its menus, with this text."""
    actions = [action for each in (menu, *menu.findChildren(QMenu)) for action in each.actions()]
    return next((action for action in actions if action.text() == text), None)


# Selecting.


@pytest.mark.parametrize("ref", [ParameterRef(3), NodeRef(0, 1), NodeRef(1, 0), NodeRef(2, 0), TargetRef(0)])
def test_a_click_selects_what_lies_there(hand_on, by, wishes, ref):
    hand = hand_on()
    selected, wished = by.heard(hand.view.selection_requested), wishes(hand.view)
    hand.click(ref)
    assert selected == [(ref,)]
    assert type(selected[0][0]) is type(ref)
    assert wished == []


def test_a_click_on_a_line_selects_its_weight(hand_on, by):
    hand = hand_on()
    selected = by.heard(hand.view.selection_requested)
    hand.click(QPointF(*hand.view.network_scene.arrangement.point(4, 0.05)))
    assert selected == [(ParameterRef(4),)]


def test_a_click_on_nothing_selects_and_wishes_nothing(hand_on, by, wishes):
    hand = hand_on()
    selected, wished = by.heard(hand.view.selection_requested), wishes(hand.view)
    hand.click(QPointF(4, 4))
    assert selected == wished == []


@pytest.mark.parametrize("place", [ParameterRef(3), NodeRef(1, 0), QPointF(4, 4)])
def test_the_canvas_takes_the_mouse_and_passes_nothing_on(hand_on, place):
    """A press that is not accepted goes on to the parent; Qt's own test click warns of it."""
    hand = hand_on()
    QTest.mouseClick(hand.port, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(place))


def test_a_click_leads_every_view_to_the_weight(studio, hand):
    hand.click(ParameterRef(3))
    assert studio.stage.selection == ParameterRef(3)
    assert studio.window.parameter_table.currentIndex().row() == 3
    assert studio.window._docks["slopeDock"].bar._info.text() == "input 2 → hidden 2"
    assert "input 2 → hidden 2" in studio.window.canvas.accessibleDescription()


def test_arrows_walk_and_escape_selects_nothing(studio, hand):
    studio.stage.select(NodeRef(0, 0))
    walked = []
    for key in (K.Key_Right, K.Key_Right, K.Key_Down, K.Key_Right, K.Key_Right, K.Key_Right, K.Key_Escape):
        hand.key(key)
        walked.append(studio.stage.selection)
    last = ParameterRef(5)
    assert walked == [ParameterRef(0), NodeRef(1, 0), NodeRef(1, 1), last, NodeRef(2, 0), TargetRef(0), None]


# Typing in place.


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-300, -0.0, -1 / 3, 123456789.12345679])
def test_a_double_click_on_a_chip_opens_a_field_with_every_digit(hand_on, by, wishes, value):
    hand = hand_on(edits.set_parameter(by.picture("hidden-layer").project, 2, value))
    wished = wishes(hand.view)
    hand.double_click(ParameterRef(2))
    assert hand.field.isVisible()
    assert hand.field.hasFocus()
    assert hand.field.text() == exact(value)
    assert hand.field.selectedText() == hand.field.text()
    hand.key(K.Key_Return, hand.field)
    assert not hand.field.isVisible()
    assert wished == []


@pytest.mark.parametrize(
    ("typed", "value"),
    [("2.24", 2.24), ("1,5", 1.5), ("1/28", 1 / 28), ("−7", -7.0), ("1e-300", 1e-300), ("-0", -0.0)],
)
@pytest.mark.parametrize("enter", [K.Key_Return, K.Key_Enter])
def test_enter_wishes_once_for_what_was_typed(hand_on, wishes, typed, value, enter):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.double_click(ParameterRef(1))
    hand.type(typed, enter)
    assert wished == [("parameter_requested", 1, value, 0)]
    assert np.signbit(wished[0][2]) == np.signbit(value)
    assert not hand.field.isVisible()
    assert hand.view.hasFocus()


def test_escape_closes_the_field_and_wishes_nothing(hand_on, wishes):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.double_click(ParameterRef(1))
    hand.type("9", K.Key_Escape)
    assert not hand.field.isVisible()
    assert hand.view.hasFocus()
    assert wished == []


@pytest.mark.parametrize("typed", ["1,234.5", "nan", "", "inf", "1e999", "abc", "1/0", "<b>2</b>"])
def test_what_cannot_be_read_keeps_the_field_open_and_says_one_sentence(hand_on, wishes, typed):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.double_click(ParameterRef(1))
    hand.type(typed) if typed else (hand.field.clear(), hand.key(K.Key_Return, hand.field))
    assert [name for name, *_ in wished] == ["refused"]
    assert wished[0][1].strip().endswith(".")
    assert hand.field.isVisible()
    assert hand.field.property("invalid") is True
    assert hand.field.text() == typed
    hand.type("3")
    assert wished[1:] == [("parameter_requested", 1, 3.0, 0)]
    assert hand.field.property("invalid") is False


def test_leaving_the_field_for_another_thing_keeps_what_was_typed(studio, hand):
    hand.double_click(ParameterRef(1))
    hand.type("7", None)
    hand.click(NodeRef(2, 0))
    assert not hand.field.isVisible()
    assert weights(studio)[1] == 7.0
    assert entries(studio) == ["Change input 1 → hidden 2"]
    assert studio.stage.selection == NodeRef(2, 0)


def test_leaving_the_field_with_something_unreadable_changes_nothing(studio, hand):
    hand.double_click(ParameterRef(1))
    hand.type("7..", None)
    hand.click(NodeRef(2, 0))
    assert entries(studio) == []
    assert weights(studio)[1] == -1.0
    assert "7.." in studio.window.message_bar.text()


def test_another_field_that_is_clicked_while_a_weight_is_typed_gets_the_keyboard(studio, hand):
    rate = studio.window.findChild(QLineEdit, "learningRateField")
    hand.double_click(ParameterRef(1))
    hand.type("7", None)
    QTest.mouseClick(rate, Qt.MouseButton.LeftButton)
    assert weights(studio)[1] == 7.0
    assert rate.hasFocus()


def test_tab_leaves_the_field_once_and_keeps_what_was_typed(studio, hand):
    hand.double_click(ParameterRef(1))
    hand.type("7", K.Key_Tab)
    assert not hand.field.isVisible()
    assert entries(studio) == ["Change input 1 → hidden 2"]


def test_keys_of_an_open_field_do_not_walk_the_network(studio, hand):
    walked = []
    for key in (K.Key_Left, K.Key_Right, K.Key_Delete, K.Key_PageUp, K.Key_Down, K.Key_Up):
        studio.stage.select(NodeRef(0, 1))
        hand.key(K.Key_Return)
        assert hand.field.isVisible()
        hand.key(key, hand.field)
        walked += [key] if studio.stage.selection != NodeRef(0, 1) else []
        hand.key(K.Key_Escape, hand.field)
    assert walked == []
    assert entries(studio) == []


def test_a_field_that_was_opened_and_not_typed_into_changes_nothing_when_left(studio, hand):
    hand.double_click(ParameterRef(1))
    studio.session.set_parameter(1, 5.0)
    hand.click(NodeRef(2, 0))
    assert weights(studio)[1] == 5.0
    assert len(entries(studio)) == 1


def test_a_field_closes_when_its_network_is_no_more(studio, hand):
    hand.double_click(ParameterRef(5))
    studio.session.remove_node(NodeRef(1, 1))
    assert not hand.field.isVisible()
    assert entries(studio) == ["Remove hidden 2"]


def test_a_field_closes_when_the_window_changes_its_size(hand_on, wishes):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.double_click(ParameterRef(0))
    hand.view.resize(700, 500)
    assert not hand.field.isVisible()
    assert wished == []


@pytest.mark.parametrize("ref", [ParameterRef(5), NodeRef(0, 0), TargetRef(0)])
@pytest.mark.parametrize("size", [(320, 200), (900, 560), (1600, 300)])
def test_an_open_field_lies_inside_the_canvas(hand_on, ref, size):
    hand = hand_on("hidden-layer", *size)
    hand.view.zoom_in()
    hand.view.edit(ref)
    assert hand.port.rect().contains(hand.field.geometry())


def test_a_step_in_the_middle_of_typing_leaves_the_text_alone(studio, hand):
    hand.double_click(ParameterRef(1))
    hand.type("7", None)
    studio.player.step()
    assert hand.field.text() == "7"
    hand.key(K.Key_Return, hand.field)
    assert weights(studio)[1] == 7.0
    assert entries(studio) == ["Step 1", "Change input 1 → hidden 2"]


def test_digits_and_letters_typed_into_any_field_set_off_nothing(studio, hand):
    fired: list = []
    for name, action in studio.window.actions_by_name.items():
        action.triggered.connect(lambda *_, name=name: fired.append(name))
    studio.window.findChild(QToolButton, "moreDescentButton").click()
    fields = [field for field in studio.window.findChildren(QLineEdit) if field.isVisible()]
    assert {field.objectName() for field in fields} >= {"learningRateField", "toleranceField"}
    hand.double_click(ParameterRef(0))
    for field in (hand.field, *fields):
        field.setFocus()
        QTest.keyClicks(field, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-*/., ")
        hand.key(K.Key_Escape, field)
    for letter in "abcdefghijklmnopqrstuvwxyz0123456789 ":
        QTest.keyClicks(studio.window.canvas, letter)
    assert fired == []
    assert entries(studio) == []
    assert studio.session.viewed.state.step == 0


# Editing by the keyboard, and what can't be edited.


@pytest.mark.parametrize("key", [K.Key_Return, K.Key_Enter, K.Key_F2])
def test_enter_edits_what_is_selected(hand_on, key):
    hand = hand_on()
    hand.view.show_selection(ParameterRef(4))
    hand.key(key)
    assert hand.field.isVisible()
    assert hand.field.text() == "2"


def test_the_input_of_the_shown_example_is_edited(opened, hand):
    studio = opened("xor")
    studio.stage.show_example(2)
    hand.double_click(NodeRef(0, 1))
    hand.type("0.25")
    assert studio.session.viewed.data.columns[2].tolist() == [1.0, 0.25, 1.0]
    assert entries(studio) == ["Change input 2"]
    studio.session.undo_stack.undo()
    assert studio.session.viewed.data.columns[2].tolist() == [1.0, 0.0, 1.0]


def test_the_target_of_the_shown_example_is_edited(opened, hand):
    studio = opened("xor")
    studio.stage.show_example(3)
    hand.double_click(TargetRef(0))
    assert hand.field.text() == "0"
    hand.type("0.5")
    assert studio.session.viewed.data.columns[3].tolist() == [1.0, 1.0, 0.5]
    assert entries(studio) == ["Change target"]


def test_scaled_data_is_edited_in_its_own_units(opened, hand):
    studio = opened("penguins")
    hand.double_click(NodeRef(0, 0))
    assert hand.field.text() == "181"
    hand.type("200")
    assert studio.session.viewed.data.raw_x[0, 0] == 200.0


@pytest.mark.parametrize("ref", [NodeRef(0, 0), TargetRef(0)])
def test_the_mean_cannot_be_edited(hand_on, wishes, ref):
    hand = hand_on("xor")
    hand.view.show_example(None)
    wished = wishes(hand.view)
    hand.double_click(ref)
    assert [name for name, *_ in wished] == ["refused"]
    assert not hand.field.isVisible()


def test_a_hidden_value_cannot_be_edited_without_biases(hand_on, wishes):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.double_click(NodeRef(1, 0))
    assert [name for name, *_ in wished] == ["refused"]
    assert not hand.field.isVisible()


def test_a_hidden_node_with_a_bias_opens_its_bias(hand_on, by, wishes):
    project = by.project(2, 2, 1)
    hand = hand_on(edits.set_parameter(project, 5, 0.75))
    wished = wishes(hand.view)
    hand.double_click(NodeRef(1, 1))
    assert hand.field.text() == "0.75"
    hand.type("1")
    assert wished == [("parameter_requested", 5, 1.0, 0)]


# Dragging.


def test_a_press_without_a_move_changes_nothing(hand_on, wishes):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.drag(ParameterRef(0), 1, 2, -2)
    assert wished == []


def test_dragging_up_adds_and_dragging_down_takes_away_live(hand_on, wishes):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.drag(ParameterRef(4), 10, 40, -30)
    assert [wish[1:3] for wish in wished] == [(4, pytest.approx(2.1)), (4, pytest.approx(2.4)), (4, pytest.approx(1.7))]
    assert len({wish[3] for wish in wished}) == 1


def test_two_drags_are_two_gestures(hand_on, wishes):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.drag(ParameterRef(4), 10)
    hand.drag(ParameterRef(4), 10)
    assert len({wish[3] for wish in wished}) == 2
    assert 0 not in {wish[3] for wish in wished}


def test_shift_drags_ten_times_as_fine(hand_on, wishes):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.drag(ParameterRef(4), 20, modifiers=Qt.KeyboardModifier.ShiftModifier)
    assert wished[0][2] == pytest.approx(2.02)


@pytest.mark.parametrize("value", [0.0, 1e-300, 0.30000000000000004, -123.0, 1e12, 1e300, 1.7e308, -1.7e308])
def test_any_weight_can_be_dragged_and_the_way_is_up(hand_on, by, wishes, value):
    # First without a mouse: an error in the middle of a mouse event can end the whole process.
    for pixels in (-3000.0, 60.0, 3000.0):
        assert np.isfinite(_dragged(value, pixels, _drag_unit(value)))
    hand = hand_on(edits.set_parameter(by.picture("one-weight").project, 0, value))
    wished = wishes(hand.view)
    hand.drag(ParameterRef(0), 60)
    assert len(wished) == 1
    assert np.isfinite(wished[0][2])
    assert wished[0][2] >= value


def test_a_drag_changes_the_weight_live_and_is_one_undo_entry(studio, hand, by):
    seen = by.heard(studio.session.viewed_changed)
    hand.drag(ParameterRef(4), 5, 10, 15, 20)
    assert [project.parameters[4] for (project,) in seen] == pytest.approx([2.05, 2.1, 2.15, 2.2])
    assert entries(studio) == ["Change hidden 1 → prediction"]
    hand.drag(ParameterRef(4), 10, 20)
    assert len(entries(studio)) == 2
    studio.session.undo_stack.undo()
    assert weights(studio)[4] == pytest.approx(2.2)
    studio.session.undo_stack.undo()
    assert weights(studio) == [1.0, -1.0, 1.0, 1.0, 2.0, -1.0]


def test_the_mouse_moving_on_after_a_drag_changes_nothing(hand_on, wishes):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.drag(ParameterRef(4), 10)
    hand.hover(QPointF(100, 100))
    assert len(wished) == 1


def test_a_drag_whose_weight_is_undone_meanwhile_ends_without_harm(studio, hand):
    studio.session.add_node(1)
    last = studio.session.viewed.network.parameter_count - 1
    start = hand.press(ParameterRef(last))
    hand.move(start - QPointF(0, 20))
    while studio.session.undo_stack.canUndo():
        studio.session.undo_stack.undo()
    hand.move(start - QPointF(0, 40))
    hand.release(start - QPointF(0, 40))
    assert weights(studio) == [1.0, -1.0, 1.0, 1.0, 2.0, -1.0]


def test_a_weight_is_dragged_in_the_middle_of_a_run(studio, hand):
    studio.player.set_speed(7)
    studio.player.set_running(True)
    studio.player.advance(40)
    hand.drag(ParameterRef(0), 10, 20)
    studio.player.advance(40)
    assert studio.player.is_running
    assert any(text.startswith("Change input 1") for text in entries(studio))
    studio.player.set_running(False)


# The round buttons.


def test_nothing_is_hovered_and_no_button_is_on_show(hand_on):
    assert hand_on().buttons() == []


def test_hovering_a_layer_shows_its_buttons_and_leaving_hides_them(hand_on):
    hand = hand_on()
    x = hand.view.network_scene.arrangement.column(1)
    hand.hover(QPointF(x, 300))
    assert [button._sign for button in hand.buttons()] == ["−", "+"]
    assert all(abs(button.x() - x) < 30 for button in hand.buttons())
    hand.hover(QPointF(4, 4))
    assert hand.buttons() == []


def test_plus_and_minus_change_the_layer_by_one_node_and_select_nothing(studio, hand):
    selection = studio.stage.selection
    for position, sizes in ((1, (2, 3, 1)), (0, (2, 1, 1))):
        hand.hover(QPointF(4, 4))
        hand.hover(QPointF(hand.view.network_scene.arrangement.column(1), 250))
        hand.click(hand.buttons()[position].pos())
        assert studio.session.viewed.network.sizes == sizes
        assert len(entries(studio)) == 1
        assert studio.stage.selection == selection
        studio.session.undo_stack.undo()
        assert studio.session.viewed.network.sizes == (2, 2, 1)


def test_plus_between_two_layers_adds_a_layer(studio, hand):
    arrangement = hand.view.network_scene.arrangement
    hand.hover(QPointF(column_gaps(arrangement, 3)[1], 200))
    [button] = hand.buttons()
    hand.click(button.pos())
    assert studio.session.viewed.network.sizes == (2, 2, 2, 1)
    assert entries(studio) == ["Add layer"]


def test_two_quick_presses_on_plus_add_two_nodes(studio, hand):
    hand.hover(QPointF(hand.view.network_scene.arrangement.column(1), 250))
    hand.double_click(hand.buttons()[1].pos())
    assert studio.session.viewed.network.sizes == (2, 4, 1)


def test_minus_on_the_only_prediction_is_refused_with_a_sentence(studio, hand):
    hand.hover(QPointF(hand.view.network_scene.arrangement.column(2), 250))
    hand.click(hand.buttons()[0].pos())
    assert studio.session.viewed.network.sizes == (2, 2, 1)
    assert entries(studio) == []
    assert studio.window.message_bar.text().endswith(".")


# Removing by key.


def test_delete_removes_the_selected_hidden_node(studio, hand):
    for key in (K.Key_Delete, K.Key_Backspace):
        studio.stage.select(NodeRef(1, 1))
        hand.key(key)
        assert studio.session.viewed.network.sizes == (2, 1, 1)
        assert weights(studio) == [1.0, 1.0, 2.0]
        assert entries(studio) == ["Remove hidden 2"]
        assert studio.stage.selection == NodeRef(1, 0)
        studio.session.undo_stack.undo()


def test_delete_on_a_weight_does_nothing(hand_on, wishes):
    hand = hand_on()
    hand.view.show_selection(ParameterRef(0))
    wished = wishes(hand.view)
    hand.key(K.Key_Delete)
    assert wished == []


def test_delete_until_nothing_can_be_removed_ends_in_sentences(studio, hand):
    for layer in (2, 1, 0):
        for _ in range(4):
            studio.stage.select(NodeRef(min(layer, len(studio.session.viewed.network.sizes) - 1), 0))
            hand.key(K.Key_Delete)
    assert studio.session.viewed.network.sizes == (1, 1)
    assert studio.window.message_bar.text().endswith(".")
    while studio.session.undo_stack.canUndo():
        studio.session.undo_stack.undo()
    assert studio.session.viewed.network.sizes == (2, 2, 1)


# Menus.


@pytest.mark.parametrize("name", ["linear", "relu", "tanh", "sigmoid"])
def test_the_menu_of_a_node_sets_the_activation_of_its_layer(hand_on, wishes, name):
    hand = hand_on()
    wished = wishes(hand.view)
    menu = hand.view.menu_for(NodeRef(1, 1))
    action = chosen(menu, ACTIVATIONS[name].label)
    assert action.isChecked() == (name == "relu")
    action.trigger()
    assert wished == [("activation_requested", 1, name)]


@pytest.mark.parametrize(
    ("ref", "text", "wish"),
    [
        (ParameterRef(3), "Locked", ("lock_requested", 3, True)),
        (NodeRef(1, 0), "Network has biases", ("bias_requested", True)),
        (NodeRef(1, 0), "Add a node to this layer", ("node_add_requested", 1)),
        (NodeRef(1, 0), "Remove this node", ("node_remove_requested", NodeRef(1, 0))),
        (NodeRef(0, 1), "Add a layer after this one", ("layer_add_requested", 0)),
        (NodeRef(1, 0), "Remove this layer", ("layer_remove_requested", 1)),
    ],
)
def test_each_line_of_a_menu_is_one_wish(hand_on, wishes, ref, text, wish):
    hand = hand_on()
    wished = wishes(hand.view)
    chosen(hand.view.menu_for(ref), text).trigger()
    assert wished == [wish]


def test_a_locked_weight_is_freed_from_its_menu(studio, hand):
    for expected in (frozenset({3}), frozenset()):
        action = chosen(hand.view.menu_for(ParameterRef(3)), "Locked")
        assert action.isChecked() == (not expected)
        action.trigger()
        assert studio.session.viewed.recipe.locked == expected
    assert entries(studio) == ["Lock input 2 → hidden 2", "Unlock input 2 → hidden 2"]


def test_biases_come_and_go_from_the_menu(studio, hand):
    chosen(hand.view.menu_for(NodeRef(1, 0)), "Network has biases").trigger()
    assert studio.session.viewed.network.parameter_count == 9
    chosen(hand.view.menu_for(NodeRef(1, 0)), "Network has biases").trigger()
    assert weights(studio) == [1.0, -1.0, 1.0, 1.0, 2.0, -1.0]
    assert entries(studio) == ["Add biases", "Remove biases"]


def test_a_node_is_renamed_in_place(studio, hand):
    chosen(hand.view.menu_for(NodeRef(1, 0)), "Rename…").trigger()
    assert hand.field.text() == "hidden 1"
    hand.type("<i>edge</i> & 3,5")
    assert studio.session.viewed.names[1][0] == "<i>edge</i> & 3,5"
    assert entries(studio) == ["Rename node"]
    studio.session.undo_stack.undo()
    assert studio.session.viewed.names[1][0] == ""


@pytest.mark.parametrize("ref", [ParameterRef(0), NodeRef(0, 0), TargetRef(0)])
def test_the_first_line_of_a_menu_edits(hand_on, ref):
    hand = hand_on()
    hand.view.menu_for(ref).actions()[0].trigger()
    assert hand.field.isVisible()


@pytest.mark.parametrize(
    ("ref", "text"),
    [
        (NodeRef(1, 0), "Edit bias…"),
        (NodeRef(2, 0), "Add a layer after this one"),
        (NodeRef(0, 0), "Remove this layer"),
        (NodeRef(2, 0), "Remove this layer"),
    ],
)
def test_what_makes_no_sense_is_not_offered(hand_on, ref, text):
    assert not chosen(hand_on().view.menu_for(ref), text).isEnabled()


@pytest.mark.parametrize("reason", [QContextMenuEvent.Reason.Mouse, QContextMenuEvent.Reason.Keyboard])
def test_a_context_menu_opens_on_what_it_is_about(hand_on, by, reason):
    hand = hand_on()
    hand.view.show_selection(NodeRef(1, 1))
    selected = by.heard(hand.view.selection_requested)
    point = hand.at(ParameterRef(2) if reason is QContextMenuEvent.Reason.Mouse else NodeRef(1, 1))
    QApplication.sendEvent(hand.port, QContextMenuEvent(reason, point, hand.port.mapToGlobal(point)))
    [menu] = [menu for menu in hand.view.findChildren(QMenu, "canvasMenu") if menu.isVisible()]
    menu.close()
    assert selected == [(ParameterRef(2) if reason is QContextMenuEvent.Reason.Mouse else NodeRef(1, 1),)]


# Zoom, pan, fit.


def test_the_wheel_zooms_around_the_mouse_and_fit_shows_everything_again(hand_on):
    hand = hand_on()
    fitted = hand.view.transform()
    at = QPointF(600, 200)
    before = hand.view.mapToScene(at.toPoint())
    for _ in range(6):
        hand.turn(120, at)
    after = hand.view.mapToScene(at.toPoint())
    assert hand.view.transform().m11() > 1.5 * fitted.m11()
    assert (after - before).manhattanLength() < 4
    hand.view.fit()
    assert hand.view.transform() == fitted
    shown = hand.view.mapToScene(hand.port.rect()).boundingRect()
    assert shown.adjusted(-2, -2, 2, 2).contains(hand.view.network_scene.sceneRect())


def test_zooming_has_ends(hand_on):
    hand = hand_on()
    fitted = hand.view.transform().m11()
    for _ in range(60):
        hand.view.zoom_in()
    assert fitted < hand.view.transform().m11() <= 12.001 * fitted
    for _ in range(90):
        hand.view.zoom_out()
    assert 0.29 * fitted <= hand.view.transform().m11() < fitted


def test_a_zoomed_canvas_is_panned_by_dragging_nothing(hand_on, by, wishes):
    hand = hand_on()
    wished = wishes(hand.view)
    hand.view.zoom_in()
    empty = next(
        QPointF(x, y)
        for x in range(20, 800, 25)
        for y in range(20, 400, 25)
        if hand.view.network_scene.ref_at(QPointF(x, y)) is None and hand.port.rect().contains(hand.at(QPointF(x, y)))
    )
    before = hand.at(empty)
    start = hand.press(empty)
    hand.move(start + QPointF(30, -20))
    hand.release(start + QPointF(30, -20))
    assert (hand.at(empty) - before - QPoint(30, -20)).manhattanLength() <= 2
    assert wished == []


def test_the_middle_button_pans_from_anywhere_and_selects_nothing(hand_on, by, wishes):
    hand = hand_on()
    wished, selected = wishes(hand.view), by.heard(hand.view.selection_requested)
    hand.view.zoom_in()
    before = hand.at(NodeRef(1, 0))
    start = hand.press(NodeRef(1, 0), Qt.MouseButton.MiddleButton)
    hand.move(start + QPointF(25, 15), Qt.MouseButton.MiddleButton)
    hand.release(start + QPointF(25, 15), Qt.MouseButton.MiddleButton)
    assert (hand.at(NodeRef(1, 0)) - before - QPoint(25, 15)).manhattanLength() <= 2
    assert wished == selected == []


def test_a_double_click_on_nothing_fits(hand_on):
    hand = hand_on()
    fitted = hand.view.transform()
    hand.view.zoom_in()
    hand.double_click(hand.view.mapToScene(QPoint(3, 3)))
    assert hand.view.transform() == fitted


def test_clicks_hit_what_they_point_at_when_zoomed(hand_on, by):
    hand = hand_on()
    selected = by.heard(hand.view.selection_requested)
    hand.view.zoom_in()
    hand.view.zoom_in()
    hand.click(NodeRef(1, 1))
    assert selected == [(NodeRef(1, 1),)]


@pytest.mark.parametrize("size", [(320, 200), (640, 300), (900, 560), (2000, 1200)])
@pytest.mark.parametrize("name", ["one-weight", "hidden-layer", "two-rings"])
def test_a_fitted_network_lies_inside_the_canvas(hand_on, name, size):
    hand = hand_on(name, *size)
    scene = hand.view.network_scene
    for ref in scene.arrangement.nodes:
        assert hand.port.rect().contains(hand.at(ref))
    assert hand.view.mapToScene(hand.port.rect()).boundingRect().adjusted(-2, -2, 2, 2).contains(scene.sceneRect())


# What is said, and what can't hurt.


def test_the_canvas_says_in_one_line_what_is_selected(hand_on):
    hand = hand_on("one-weight")
    hand.view.show_selection(ParameterRef(0))
    spoken = hand.view.accessibleDescription()
    assert spoken.startswith("Network 1 to 1, step 0, loss 16.0.")
    assert "input 1 → prediction, value 2.00, slope −24.0" in spoken


def test_nothing_is_said_while_a_run_goes_on(hand_on, by):
    hand = hand_on("one-weight")
    before = hand.view.accessibleDescription()
    hand.view.show_running(True)
    hand.view.show_frame(by.still("two-weights"))
    assert hand.view.accessibleDescription() == before
    hand.view.show_running(False)
    assert hand.view.accessibleDescription() != before


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("name", ["hidden-layer", "two-rings"])
def test_the_canvas_paints_whatever_the_weights_are(hand_on, by, name, value):
    project = by.picture(name).project
    wild = np.full(project.network.parameter_count, value)
    hand = hand_on(replace(project, state=replace(project.state, parameters=wild)))
    hand.view.show_selection(ParameterRef(0))
    hand.hover(QPointF(200, 200))
    assert not hand.view.grab().isNull()
    assert hand.view.network_scene.sceneRect() == QRectF(0, 0, *hand.view.network_scene._room)


def test_events_before_the_first_frame_do_no_harm(shown_alone, wishes, by):
    view = shown_alone(NetworkView(), 600, 400)
    wished = wishes(view)
    for key in (K.Key_Right, K.Key_Return, K.Key_Delete, K.Key_Escape):
        QTest.keyClick(view, key)
    by.mouse(view.viewport(), QEvent.Type.MouseButtonPress, QPointF(50, 50))
    view.show_selection(ParameterRef(0))
    view.show_example(3)
    view.edit(ParameterRef(0))
    assert wished == []
