"""The message bar says one plain sentence, and may offer what can be done about it."""

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
def test_what_helps_is_offered_and_nothing_else(bar, offers):
    bar.show_message("one", rate=None if offers else 0.1, offers_scaling=offers)
    bar.show_message("The loss grows without bound.", rate=0.1 if offers else None, offers_scaling=not offers)
    assert bar.findChild(QPushButton, "halveRateButton").isVisible() == offers
    assert bar.findChild(QPushButton, "scaleDataButton").isVisible() != offers


@pytest.mark.parametrize(
    ("name", "signal"), [("halveRateButton", "retreat_requested"), ("scaleDataButton", "scaling_requested")]
)
def test_taking_an_offer_wishes_once_and_closes(bar, by, name, signal):
    wished = by.heard(getattr(bar, signal))
    bar.show_message("The loss grows without bound.", rate=0.05, offers_scaling=True)
    QTest.mouseClick(bar.findChild(QPushButton, name), Qt.MouseButton.LeftButton)
    assert len(wished) == 1
    assert not bar.isVisible()


def test_it_can_be_closed(bar, by):
    wished = by.heard(bar.retreat_requested)
    bar.show_message("one", rate=0.1)
    QTest.mouseClick(bar.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    assert bar.text() == ""
    assert wished == []


def test_a_step_into_infinity_offers_a_smaller_rate_and_taking_it_goes_back(opened):
    studio = opened("one-weight")
    studio.session.set_parameter(0, 1e153)
    studio.session.set_learning_rate(10.0)
    bar = studio.window.message_bar
    for _ in range(3):
        studio.player.step()
    assert bar.isVisible()
    assert "was not taken" in bar.text()
    QTest.mouseClick(bar.findChild(QPushButton, "halveRateButton"), Qt.MouseButton.LeftButton)
    assert studio.session.viewed.recipe.learning_rate == 0.056
    assert not bar.isVisible()
    assert studio.session.viewed.state.step == 0
    assert studio.session.viewed.parameters.tolist() == [1e153]
    assert studio.session.undo_stack.undoText() == "Back to step 0 with learning rate 0.056"


def test_the_offer_leads_back_to_the_step_with_the_lowest_loss(opened):
    studio = opened("one-weight")
    studio.session.descend(6)
    low = studio.session.viewed
    studio.session.set_learning_rate(0.5)
    studio.session.descend(4)
    wrong = studio.session.viewed
    assert measured_loss(wrong.recipe, wrong.parameters, wrong.data.x, wrong.data.y) > 1e3
    bar = studio.window.message_bar
    bar.show_message("The loss has left all bounds.", rate=0.056)
    button = bar.findChild(QPushButton, "halveRateButton")
    assert button.text() == "Go back and on with learning rate 0.056"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert studio.session.viewed.state.step == low.state.step
    assert studio.session.viewed.parameters.tolist() == low.parameters.tolist()
    assert studio.session.viewed.recipe.learning_rate == 0.056
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
