"""Fields read numbers strictly, keep every digit, and say one sentence for what can't be read."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from gdstudio.document.numbers import exact
from gdstudio.ui.widgets.number_field import InPlaceField, NumberField

K = Qt.Key


@pytest.fixture
def pair(shown_alone):
    """A number field and a neighbour that can take the keyboard, and what the field says from now on."""

    def make(value: float = 2.0, **how):
        room = QWidget()
        field, other = NumberField(**how), QLineEdit()
        column = QVBoxLayout(room)
        column.addWidget(field)
        column.addWidget(other)
        field.show_value(value)
        shown_alone(room, 240, 100)
        field.setFocus()
        said: list = []
        field.value_requested.connect(lambda wish: said.append(("value", wish)))
        field.refused.connect(lambda text: said.append(("refused", text)))
        return field, other, said

    return make


def put(field: QLineEdit, text: str, key: Qt.Key | None = K.Key_Return) -> None:
    field.selectAll()
    QTest.keyClicks(field, text) if text else QTest.keyClick(field, K.Key_Backspace)
    if key is not None:
        QTest.keyClick(field, key)


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-300, -0.0, 10.0, -1 / 3])
def test_every_digit_is_shown(pair, value):
    field, _, said = pair(value)
    assert field.text() == exact(value)
    QTest.keyClick(field, K.Key_Return)
    assert said == []


@pytest.mark.parametrize(
    ("text", "value"), [("1e-3", 1e-3), ("1,5", 1.5), ("1/28", 1 / 28), ("-7", -7.0), (".5", 0.5), ("+3", 3.0)]
)
def test_enter_wishes_once(pair, text, value):
    field, _, said = pair()
    put(field, text)
    assert said == [("value", value)]


def test_a_typed_minus_zero_is_wished_for_as_it_is(pair):
    field, _, said = pair()
    put(field, "-0")
    assert np.signbit(said[0][1])


@pytest.mark.parametrize("text", ["1,234.5", "nan", "", "inf", "two", "1e400", "1/0"])
def test_what_cannot_be_read_stays_marked_and_wishes_nothing(pair, text):
    field, _, said = pair()
    put(field, text)
    assert [kind for kind, _ in said] == ["refused"]
    assert said[0][1].endswith(".")
    assert field.text() == text
    assert field.property("invalid") is True
    put(field, "3", None)
    assert field.property("invalid") is False


def test_leaving_wishes_once_and_only_for_what_was_typed(pair):
    field, other, said = pair()
    other.setFocus()
    assert said == []
    field.setFocus()
    put(field, "4", None)
    other.setFocus()
    assert said == [("value", 4.0)]
    field.setFocus()
    other.setFocus()
    assert said == [("value", 4.0)]


def test_enter_and_then_leaving_is_one_wish(pair):
    field, other, said = pair()
    put(field, "4")
    field.show_value(4.0)
    other.setFocus()
    assert said == [("value", 4.0)]


def test_escape_gives_the_shown_value_back(pair):
    field, other, said = pair()
    put(field, "nonsense", K.Key_Escape)
    assert field.text() == "2"
    assert field.property("invalid") in (False, None)
    other.setFocus()
    assert said == []


def test_a_value_that_arrives_while_typing_waits(pair):
    field, _, said = pair()
    put(field, "12", None)
    field.show_value(5.0)
    assert field.text() == "12"
    QTest.keyClick(field, K.Key_Escape)
    assert field.text() == "5"
    assert said == []


def test_a_value_that_arrives_when_nobody_types_is_shown(pair):
    field, _, _ = pair()
    field.show_value(5.5)
    assert field.text() == "5.5"


def test_a_wish_that_is_not_granted_leaves_the_old_value(pair):
    field, _, said = pair()
    put(field, "99")
    assert said == [("value", 99.0)]
    assert field.text() == "2"


def test_what_is_marked_is_forgiven_when_a_new_value_arrives_after_leaving(pair):
    field, other, _ = pair()
    put(field, "1,234.5")
    other.setFocus()
    field.show_value(3.0)
    assert field.text() == "3"
    assert field.property("invalid") is False


def test_a_tip_is_still_there_after_a_mistake(pair):
    field, _, _ = pair()
    field.setToolTip("How far a step goes")
    put(field, "nonsense")
    put(field, "3")
    assert field.toolTip() == "How far a step goes"


def test_typed_markup_is_not_markup_in_the_tooltip(pair):
    field, _, _ = pair()
    put(field, "<b>2</b>")
    assert "<b>" not in field.toolTip()


# In place.


@pytest.fixture
def placed(shown_alone):
    room = shown_alone(QWidget(), 400, 200)
    other = QLineEdit(room)
    other.show()
    field = InPlaceField(room)
    said: list = []
    field.committed.connect(lambda text: (said.append(("committed", text)), field.hide()))
    field.cancelled.connect(lambda: (said.append(("cancelled",)), field.hide()))
    return field, other, said


ROOM = QRect(0, 0, 400, 200)


@pytest.mark.parametrize("center", [(-50, -50), (0, 100), (200, 100), (399, 199), (5000, 5000)])
@pytest.mark.parametrize("text", ["2", exact(-0.1234567890123456e-300)])
def test_it_opens_inside_the_room_with_its_text_selected(placed, center, text):
    field, _, said = placed
    field.open(text, QPoint(*center), ROOM)
    assert ROOM.contains(field.geometry())
    assert field.selectedText() == text
    assert field.hasFocus()
    assert said == []


@pytest.mark.parametrize(
    ("typed", "key", "said"),
    [
        ("3", K.Key_Return, ("committed", "3")),
        ("3", K.Key_Enter, ("committed", "3")),
        ("2", K.Key_Return, ("cancelled",)),
        ("3", K.Key_Escape, ("cancelled",)),
        ("", K.Key_Return, ("committed", "")),
    ],
)
def test_one_key_ends_it_with_one_word(placed, typed, key, said):
    field, _, heard = placed
    field.open("2", QPoint(200, 100), ROOM)
    put(field, typed, key)
    assert heard == [said]


@pytest.mark.parametrize(("typed", "said"), [("3", ("committed", "3")), ("2", ("cancelled",))])
def test_leaving_commits_what_was_typed(placed, typed, said):
    field, other, heard = placed
    field.open("2", QPoint(200, 100), ROOM)
    put(field, typed, None)
    other.setFocus()
    assert heard == [said]


def test_leaving_what_is_marked_unreadable_cancels(placed):
    field, other, heard = placed
    field.open("2", QPoint(200, 100), ROOM)
    put(field, "x", None)
    field.show_invalid("No.")
    other.setFocus()
    assert heard == [("cancelled",)]
    field.open("2", QPoint(200, 100), ROOM)
    assert field.property("invalid") is False
