"""The card of the network says what it shows, and lets nodes be numbers or pictures."""

import pytest
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from gdstudio.teaching.choreography import frame_at, still_frame
from gdstudio.ui.network_card import HINT, NetworkCard


@pytest.fixture
def parts() -> list[QWidget]:
    return [QLabel(text) for text in ("canvas", "message", "welcome", "comparison")]


@pytest.fixture
def card(shown_alone, parts) -> NetworkCard:
    return shown_alone(NetworkCard(*parts), 600, 400)


def buttons(card) -> list[QToolButton]:
    return [card.findChild(QToolButton, f"node{name}Button") for name in ("Numbers", "Pictures")]


def test_the_caption_names_the_network_and_its_loss(card, by):
    card.show_frame(by.still("hidden-layer"))
    assert card.bar._caption.text() == "NETWORK  2 → 2 ReLU → 1"
    assert card.bar._info.text() == "loss (prediction − target)² = 16.0"


def test_the_hint_says_what_can_be_done_and_in_a_step_which_phase_it_is(card, by):
    picture = by.picture("hidden-layer")
    card.show_frame(frame_at(picture, picture, 1.5))
    assert card.hint.text().startswith("error:")
    card.show_frame(still_frame(picture))
    assert card.hint.text() == HINT


def test_what_is_said_lies_over_the_canvas_and_moves_nothing(card, parts):
    canvas, message, welcome, comparison = parts
    before = canvas.geometry()
    for part in (message, welcome):
        assert before.contains(part.geometry())
        part.hide()
    assert canvas.geometry() == before
    assert comparison.geometry().top() > before.bottom()


def test_numbers_or_pictures_is_one_wish(card, by):
    numbers, pictures = buttons(card)
    heard = by.heard(card.pictures_requested)
    assert (numbers.isChecked(), pictures.isChecked()) == (True, False)
    pictures.click()
    assert heard == [(True,)]
    numbers.click()
    assert heard == [(True,), (False,)]


def test_the_shown_mode_is_the_one_that_is_marked(card):
    numbers, pictures = buttons(card)
    for mode in (True, False, True):
        card.show_node_mode(mode)
        assert (numbers.isChecked(), pictures.isChecked()) == (not mode, mode)


def test_without_pictures_there_is_nothing_to_choose(card):
    card.set_can_be_pictured(False)
    assert [button.isEnabled() for button in buttons(card)] == [False, False]
    card.set_can_be_pictured(True)
    assert [button.isEnabled() for button in buttons(card)] == [True, True]
