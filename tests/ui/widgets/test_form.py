"""Forms: labelled rows, some only on demand, and a sentence beside the control whose wish was refused."""

import pytest
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QToolButton

from gdstudio.ui.widgets.form import Choice, Form

K = Qt.Key


class Sample(Form):
    """Four rows: a choice, two numbers beside each other, and two on demand."""

    chosen = Signal(str)
    typed = Signal(str, float)

    def __init__(self) -> None:
        super().__init__("Sample")
        self.combo = self.choice("combo", [("a", "Alpha"), ("b", "Beta"), ("c", "<b>Gamma</b>")], self.chosen)
        self.add_row("Letter", self.combo, tip="Which letter")
        self.one = self.number("one", self.typed, "one", called="First number")
        self.two = self.number("two", self.typed, "two")
        self.add_row("Pair", self.one, self.two)
        self.rare = self.number("rare", self.typed, "rare")
        self.add_row("Rare", self.rare, extra=True)
        self.rarer = self.number("rarer", self.typed, "rarer")
        self.add_row("Rarer", self.rarer, extra=True)


@pytest.fixture
def form(shown_alone) -> Sample:
    return shown_alone(Sample(), 300, 300)


@pytest.fixture
def more(form) -> QToolButton:
    return form.findChild(QToolButton, "moreSampleButton")


def label(form: Form, text: str) -> QLabel:
    return next(each for each in form.findChildren(QLabel) if each.text() == text)


# Choices.


def test_a_choice_shows_what_it_stands_for_or_a_text(form, by):
    wished = by.heard(form.chosen)
    form.combo.show_choice("b")
    assert (form.combo.currentText(), form.combo.placeholderText()) == ("Beta", "")
    for key in (None, "z"):
        form.combo.show_choice(key, "something else")
        assert (form.combo.currentIndex(), form.combo.placeholderText()) == (-1, "something else")
    assert wished == []


def test_picking_a_choice_is_one_wish_and_what_is_not_granted_is_taken_back(form, by):
    wished = by.heard(form.chosen)
    form.combo.show_choice("a")
    by.pick(form.combo, "b")
    assert wished == [("b",)]
    assert form.combo.currentData() == "a"
    form.chosen.connect(form.combo.show_choice)
    by.pick(form.combo, "c")
    assert wished == [("b",), ("c",)]
    assert form.combo.currentData() == "c"


def test_a_choice_that_nothing_was_shown_in_stays_as_it_was_picked(form, by):
    by.pick(form.combo, "b")
    form.combo.take_back()
    assert form.combo.currentData() == "b"


def test_what_was_shown_in_other_words_comes_back(form, by):
    form.combo.show_choice(None, "mixed")
    by.pick(form.combo, "b")
    assert (form.combo.currentIndex(), form.combo.placeholderText()) == (-1, "mixed")


def test_other_choices_are_offered_without_a_wish(form, by):
    wished = by.heard(form.chosen)
    form.combo.set_choices([(1, "one"), (None, "none")])
    assert [(form.combo.itemData(k), form.combo.itemText(k)) for k in range(2)] == [(1, "one"), (None, "none")]
    assert wished == []


def test_the_wheel_chooses_only_with_the_keyboard_there(form, by):
    wished = by.heard(form.chosen)
    form.combo.show_choice("a")
    form.one.setFocus()
    by.wheel(form.combo, -120, QPointF(5, 5))
    assert wished == []
    form.combo.setFocus()
    by.wheel(form.combo, -120, QPointF(5, 5))
    assert wished == [("b",)]


def test_a_choice_by_itself_is_a_choice(shown_alone):
    alone = shown_alone(Choice(), 120, 30)
    alone.take_back()
    assert alone.currentIndex() == -1


# Numbers.


def test_a_number_is_wished_for_behind_what_it_is_for(form, by):
    wished = by.heard(form.typed)
    by.enter(form.two, "1/4")
    assert wished == [("two", 0.25)]


def test_what_cannot_be_read_stays_with_its_sentence_until_something_else_is_typed(form, by):
    wished, refused = by.heard(form.typed), by.heard(form.refused)
    by.enter(form.one, "abc")
    assert (wished, len(refused)) == ([], 1)
    assert by.refusals(form) == [refused[0][0]]
    assert form.one.text() == "abc"
    QTest.keyClick(form.one, K.Key_Backspace)
    assert by.refusals(form) == []
    by.enter(form.one, "2")
    assert wished == [("one", 2.0)]


def test_escape_takes_back_what_cannot_be_read_and_its_sentence(form, by):
    form.one.show_value(3.0)
    by.enter(form.one, "abc")
    assert len(by.refusals(form)) == 1
    QTest.keyClick(form.one, K.Key_Escape)
    assert form.one.text() == "3"
    assert by.refusals(form) == []


# Refusals.


def test_a_refused_wish_says_so_beside_its_own_control(form, by):
    form.typed.connect(lambda name, value: form.show_refusal(f"No {name}."))
    by.enter(form.two, "1")
    assert by.refusals(form) == ["No two."]
    assert label(form, "No two.").accessibleName() == "No two."
    by.enter(form.one, "1")
    assert by.refusals(form) == ["No one."]  # both are in one row


def test_the_next_wish_from_the_same_control_clears_the_sentence(form, by):
    def refuse(name: str, value: float) -> None:
        if value < 0:
            form.show_refusal("Below 0.")

    form.typed.connect(refuse)
    by.enter(form.one, "-1")
    assert by.refusals(form) == ["Below 0."]
    by.enter(form.one, "1")
    assert by.refusals(form) == []


def test_a_refusal_that_nobody_here_asked_for_is_not_shown(form, by):
    assert not form.show_refusal("No.")
    by.enter(form.one, "1")
    assert not form.show_refusal("No.")
    assert by.refusals(form) == []


def test_while_a_wish_is_asked_for_its_form_takes_the_refusal(form, by):
    taken: list = []
    form.chosen.connect(lambda key: taken.append(form.show_refusal("No.")))
    by.pick(form.combo, "b")
    assert taken == [True]


def test_a_sentence_is_plain_text_and_wraps(form, by):
    sentence = "<b>No</b>, since this is " + "long " * 20 + "."
    form.chosen.connect(lambda key: form.show_refusal(sentence))
    by.pick(form.combo, "b")
    form.grab()
    shown = label(form, sentence)
    assert shown.textFormat() == Qt.TextFormat.PlainText
    assert shown.wordWrap()
    assert shown.height() >= shown.heightForWidth(shown.width()) - 1


# Rows.


def test_rows_on_demand_come_and_go_with_more(form, more):
    assert not form.rare.isVisible()
    assert not label(form, "Rare").isVisible()
    more.click()
    assert form.rare.isVisible()
    assert label(form, "Rare").isVisible()
    assert more.text().startswith("less")
    more.click()
    assert not form.rare.isVisible()
    assert more.text().startswith("more")


def test_more_is_offered_only_when_there_is_more(form, more):
    assert more.isVisible()
    form.set_row(form.rarer, makes_sense=False)
    assert more.isVisible()
    form.set_extra(form.rare, False)
    assert form.rare.isVisible()
    assert not more.isVisible()
    form.set_extra(form.rare, True)
    assert not form.rare.isVisible()
    assert more.isVisible()


def test_a_row_that_makes_no_sense_is_hidden_whole_also_on_demand(form, more):
    more.click()
    form.set_row(form.rare, makes_sense=False)
    form.set_row(form.one, makes_sense=False)
    assert not any(widget.isVisible() for widget in (form.rare, form.one, form.two, label(form, "Pair")))
    form.set_row(form.two, makes_sense=True)
    assert all(widget.isVisible() for widget in (form.one, form.two, label(form, "Pair")))


def test_a_row_gets_another_label(form):
    form.set_row(form.combo, text="Character")
    assert label(form, "Character").isVisible()


def test_a_hidden_row_hides_its_sentence_and_is_not_in_the_tab_order(form, by):
    by.enter(form.one, "abc")
    form.set_row(form.one, makes_sense=False)
    assert by.refusals(form) == []
    form.combo.setFocus()
    seen = set()
    for _ in range(8):
        widget = form.window().focusWidget()
        seen.add(widget.objectName())
        QTest.keyClick(widget, K.Key_Tab)
    assert seen == {"combo", "moreSampleButton"}


def test_labels_lead_to_their_controls_and_every_control_says_what_it_is(form):
    assert label(form, "Letter").buddy() is form.combo
    names = [widget.accessibleName() for widget in (form.combo, form.one, form.two, form.rare)]
    assert names == ["Letter", "First number", "Pair", "Rare"]
    assert form.combo.toolTip() == "Which letter"


def test_controls_of_all_rows_begin_and_end_at_the_same_places(form, more):
    more.click()
    form.grab()
    left = [widget.mapTo(form, widget.rect().topLeft()).x() for widget in (form.combo, form.one, form.rare, form.rarer)]
    right = [widget.mapTo(form, widget.rect().topRight()).x() for widget in (form.combo, form.two, form.rare)]
    assert len(set(left)) == len(set(right)) == 1
    assert form.one.width() == pytest.approx(form.two.width(), abs=1)
