"""The message bar says one plain sentence, and may offer half the learning rate."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from gdstudio.app.studio import Studio
from gdstudio.engine import measured_loss
from gdstudio.ui.widgets.message_bar import MessageBar


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def bar(shown_alone) -> MessageBar:
    room, made = QWidget(), MessageBar()
    QVBoxLayout(room).addWidget(made)
    shown_alone(room, 500, 80)
    return made


def test_it_is_hidden_until_there_is_something_to_say(bar):
    assert not bar.isVisible()
    bar.show_message("A weight must be a finite number.")
    assert bar.isVisible()
    assert bar.text() == bar.accessibleName() == "A weight must be a finite number."


def test_markup_is_shown_as_text(bar):
    bar.show_message("“<b>x</b>” is not a number.")
    label = bar.findChild(QLabel, "messageText")
    assert label.textFormat() == Qt.TextFormat.PlainText


@pytest.mark.parametrize("offers", [False, True])
def test_half_the_rate_is_offered_only_where_it_helps(bar, offers):
    bar.show_message("one", offers_half_rate=not offers)
    bar.show_message("The loss grows without bound.", offers_half_rate=offers)
    assert bar.findChild(QPushButton, "halveRateButton").isVisible() == offers


def test_taking_the_offer_wishes_once_and_closes(bar, by):
    wished = by.heard(bar.half_rate_requested)
    bar.show_message("The loss grows without bound.", offers_half_rate=True)
    QTest.mouseClick(bar.findChild(QPushButton, "halveRateButton"), Qt.MouseButton.LeftButton)
    assert len(wished) == 1
    assert not bar.isVisible()


def test_it_can_be_closed(bar, by):
    wished = by.heard(bar.half_rate_requested)
    bar.show_message("one", offers_half_rate=True)
    QTest.mouseClick(bar.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    assert bar.text() == ""
    assert wished == []


def test_a_step_into_infinity_offers_half_the_rate_and_taking_it_halves(opened):
    studio = opened("one-weight")
    studio.session.set_parameter(0, 1e154)
    studio.session.set_learning_rate(10.0)
    bar = studio.window.message_bar
    for _ in range(3):
        studio.player.step()
    assert bar.isVisible()
    assert "half the learning rate" in bar.text()
    QTest.mouseClick(bar.findChild(QPushButton, "halveRateButton"), Qt.MouseButton.LeftButton)
    assert studio.session.viewed.recipe.learning_rate == 5.0
    assert not bar.isVisible()
    assert studio.session.viewed.state.step == 0
    assert studio.session.viewed.parameters.tolist() == [1e154]
    assert studio.session.undo_stack.undoText() == "Back to step 0 with half the rate"


def test_the_offer_leads_back_to_the_step_with_the_lowest_loss(opened):
    studio = opened("one-weight")
    studio.session.descend(6)
    low = studio.session.viewed
    studio.session.set_learning_rate(0.5)
    studio.session.descend(4)
    wrong = studio.session.viewed
    assert measured_loss(wrong.recipe, wrong.parameters, wrong.data.x, wrong.data.y) > 1e3
    bar = studio.window.message_bar
    bar.show_message("The loss has left all bounds.", offers_half_rate=True)
    button = bar.findChild(QPushButton, "halveRateButton")
    assert button.text() == "Back to the last good step with half the rate"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert studio.session.viewed.state.step == low.state.step
    assert studio.session.viewed.parameters.tolist() == low.parameters.tolist()
    assert studio.session.viewed.recipe.learning_rate == 0.25
    assert [run.step for run in studio.session.runs] == [wrong.state.step]  # what went astray stays as a ghost


def test_an_undo_takes_an_old_sentence_away(studio):
    studio.session.set_parameter(0, 3.0)
    studio.window.show_sentence("Something was refused.")
    studio.window.actions_by_name["undoAction"].trigger()
    assert not studio.window.message_bar.isVisible()


def test_a_sentence_covers_no_part_of_the_window_outside_the_canvas(studio, qapp):
    before = studio.window.canvas.geometry()
    studio.window.show_sentence("A long sentence. " * 12)
    qapp.processEvents()
    bar, canvas = studio.window.message_bar, studio.window.canvas
    assert canvas.geometry() == before
    assert canvas.geometry().contains(bar.geometry())
