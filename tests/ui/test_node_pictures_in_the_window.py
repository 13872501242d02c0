"""Pictures in the nodes, through the whole window: when they are there, what follows them, and hovering."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from gdstudio.app.studio import Studio
from gdstudio.document.examples import EXAMPLES
from gdstudio.document.project import NodeRef
from gdstudio.teaching.fits import fit_of
from gdstudio.teaching.node_pictures import node_pictures
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.canvas.node_item import Node, shaded
from gdstudio.ui.theme import DARK, LIGHT

LECTURE = ("one-weight", "two-weights", "three-inputs", "hidden-layer", "xor")
MANY = ("noisy-line", "two-rings", "penguins")


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def nodes(studio) -> dict[NodeRef, Node]:
    return studio.window.canvas.network_scene._nodes


def pictured(studio) -> set[bool]:
    return {node._image is not None or node._curve is not None for node in nodes(studio).values()}


def switches(studio) -> tuple[QAction, QToolButton, QToolButton]:
    window = studio.window
    numbers, pictures = (window.findChild(QToolButton, f"node{name}Button") for name in ("Numbers", "Pictures"))
    return window.actions_by_name["nodePicturesAction"], numbers, pictures


def agree(studio) -> bool:
    """Whether menu, buttons and nodes say the same; returns what they say."""
    action, numbers, pictures = switches(studio)
    assert numbers.isChecked() != pictures.isChecked()
    assert action.isChecked() == pictures.isChecked()
    assert pictured(studio) == {action.isChecked()}
    return action.isChecked()


def leave(canvas) -> None:
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))


def test_the_lecture_begins_with_numbers_and_many_examples_with_pictures(opened):
    assert {*LECTURE, *MANY} == {example.key for example in EXAMPLES}
    for key in (*LECTURE, *MANY, *LECTURE):
        assert agree(opened(key)) == (key in MANY), key


def test_the_menu_and_the_two_small_buttons_agree(opened):
    studio = opened("two-rings")
    action, numbers, pictures = switches(studio)
    QTest.mouseClick(numbers, Qt.MouseButton.LeftButton)
    assert agree(studio) is False
    QTest.mouseClick(pictures, Qt.MouseButton.LeftButton)
    assert agree(studio) is True
    action.trigger()
    assert agree(studio) is False
    QTest.keyClick(studio.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert agree(studio) is True


def test_a_network_with_three_inputs_has_no_pictures_and_says_so(opened):
    studio = opened("three-inputs")
    assert [switch.isEnabled() for switch in switches(studio)] == [False] * 3
    assert not agree(studio)
    opened("two-rings")
    assert [switch.isEnabled() for switch in switches(studio)] == [True] * 3
    studio.session.add_node(0)  # a third input, while nodes show pictures
    assert pictured(studio) == {False}
    assert [switch.isEnabled() for switch in switches(studio)] == [False] * 3
    studio.session.undo_stack.undo()
    assert pictured(studio) == {True}


def test_switching_changes_no_document(opened):
    studio = opened("two-rings")
    project = studio.session.project
    for _ in range(3):
        switches(studio)[0].trigger()
    assert studio.session.project is project
    assert studio.session.undo_stack.count() == 0


def test_each_node_shows_what_it_makes_of_the_inputs_and_follows_training(opened):
    studio = opened("two-rings")

    def right() -> bool:
        layers = node_pictures(picture_of(studio.session.viewed)).layers
        return all(
            node._image == shaded(layers[ref.layer][ref.position], studio.window.canvas.network_scene._theme)
            for ref, node in nodes(studio).items()
        )

    assert right()
    before = {ref: node._image for ref, node in nodes(studio).items()}
    studio.session.descend(40)
    assert right()
    changed = {ref for ref, node in nodes(studio).items() if node._image != before[ref]}
    assert changed == {ref for ref in nodes(studio) if ref.layer > 0}  # inputs stay what they are
    studio.window.history_bar.slider.setValue(3)
    assert right()


def test_pictures_follow_while_a_run_goes_on(opened):
    studio = opened("two-rings")
    studio.player.set_speed(7)
    image = nodes(studio)[NodeRef(3, 0)]._image
    studio.player.set_running(True)
    for _ in range(10):
        studio.player.advance(100)
    assert nodes(studio)[NodeRef(3, 0)]._image != image
    studio.player.set_running(False)


def test_pictures_wear_the_theme(opened):
    studio = opened("two-rings")
    light = nodes(studio)[NodeRef(3, 0)]._image
    studio.set_theme("dark")
    layers = node_pictures(picture_of(studio.session.viewed)).layers
    assert nodes(studio)[NodeRef(3, 0)]._image == shaded(layers[3][0], DARK) != light
    studio.set_theme("light")
    assert nodes(studio)[NodeRef(3, 0)]._image == light == shaded(layers[3][0], LIGHT)


def test_pictures_come_through_a_change_of_the_network_s_shape(opened):
    studio = opened("two-rings")
    studio.session.add_node(1)
    assert len([ref for ref in nodes(studio) if ref.layer == 1]) == 7
    assert pictured(studio) == {True}
    studio.session.undo_stack.undo()
    assert pictured(studio) == {True}


@pytest.mark.parametrize(("key", "node"), [("two-rings", NodeRef(1, 2)), ("noisy-line", NodeRef(0, 0))])
def test_hovering_a_node_shows_it_large_and_leaving_brings_the_prediction_back(opened, hand, key, node):
    studio = opened(key)
    plot = studio.window.data_plot
    plot.move_in()
    prediction = plot._fit
    assert prediction.subject == ""
    hand.hover(node)
    fit = plot._fit
    assert fit.subject
    assert studio.window._docks["dataDock"].bar._info.text() == f"value of {fit.subject}"
    hand.hover(QPointF(2, 2))
    assert plot._fit.subject == ""
    assert np.array_equal(plot._fit.values, prediction.values)
    assert studio.window._docks["dataDock"].bar._info.text() == plot.info() != ""
    assert "value of" not in plot.info()
    hand.hover(node)
    leave(studio.window.canvas)
    assert plot._fit.subject == ""


def test_a_hovered_node_stays_live_while_training(opened, hand):
    studio = opened("two-rings")
    hand.hover(NodeRef(1, 0))
    before = studio.window.data_plot._fit
    studio.session.descend(30)
    after = studio.window.data_plot._fit
    assert after.subject == before.subject
    assert not np.array_equal(after.values, before.values)


def test_a_node_that_is_removed_under_the_mouse_gives_way_to_the_prediction(opened, hand):
    studio = opened("two-rings")
    hand.hover(NodeRef(1, 5))
    assert studio.window.data_plot._fit.subject
    studio.session.remove_node(NodeRef(1, 5))
    assert studio.window.data_plot._fit.subject == ""
    expected = fit_of(picture_of(studio.session.viewed))
    assert np.array_equal(studio.window.data_plot._fit.values, expected.values)


def test_hovering_wishes_once_for_each_node_and_once_for_none(hand_on, by):
    hand = hand_on("hidden-layer")
    heard = by.heard(hand.view.node_hovered)
    for place in (NodeRef(1, 0), NodeRef(1, 0), NodeRef(1, 1), QPointF(2, 2), QPointF(4, 4)):
        hand.hover(place)
    assert heard == [(NodeRef(1, 0),), (NodeRef(1, 1),), (None,)]
