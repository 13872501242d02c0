"""Numbers that open, by the mouse and by the keyboard, as deep as one likes; they say what is pointed at."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton

from gdstudio.app.studio import Studio
from gdstudio.document.project import NodeRef, ParameterRef
from gdstudio.teaching.trace import Trace, factors_of
from gdstudio.ui.widgets.card import ElidedLabel
from gdstudio.ui.widgets.trace_list import MOST_ROWS, TraceList

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def given(name, text="1.00", ref=None):
    return Trace(name, text, "given", ref)


def made(name, *parts, text="6.00", working="2.00 × 3.00", ref=None):
    return Trace(name, text, working, ref, (), lambda: parts)


TREE = (
    made(
        "sum",
        made("term", given("weight", "2.00", ParameterRef(3)), given("input", "3.00", NodeRef(0, 1))),
        ref=NodeRef(1, 0),
    ),
    given("one"),
    made("slope", given("error", "−4.00")),
)


@pytest.fixture
def list_on(shown_alone):
    def show(traces=TREE, **options) -> TraceList:
        shown = TraceList("row", **options)
        shown.show_traces(traces)
        return shown_alone(shown, 320, 500)

    return show


def rows(shown: TraceList) -> list[QToolButton]:
    return [row for row in shown.findChildren(QToolButton) if row.isVisible()]


def names(shown: TraceList) -> list[str]:
    return [row.objectName() for row in rows(shown)]


def said(shown: TraceList) -> list[str]:
    return [row.accessibleName() for row in rows(shown)]


def row(shown: TraceList, key: str) -> QToolButton:
    (found,) = [each for each in rows(shown) if each.objectName() == f"row{key}"]
    return found


def click(shown: TraceList, *keys: str) -> None:
    for key in keys:
        QTest.mouseClick(row(shown, key), LEFT)


def labels(button: QToolButton) -> list[str]:
    return [label.text() for label in button.findChildren(QLabel)]


def come_to(button: QToolButton) -> None:
    point = QPointF(button.rect().center())
    QApplication.sendEvent(button, QEnterEvent(point, point, QPointF(button.mapToGlobal(point.toPoint()))))


# Opening and closing.


def test_at_first_the_numbers_alone_are_on_show_with_their_names_and_texts(list_on):
    assert said(list_on()) == ["sum: 6.00", "one: 1.00", "slope: 6.00"]


def test_a_click_opens_a_number_below_itself_and_another_closes_it(list_on):
    shown = list_on()
    click(shown, "1")
    assert names(shown) == ["row1", "row1.1", "row2", "row3"]
    assert said(shown) == ["sum: 6.00", "term: 6.00", "one: 1.00", "slope: 6.00"]
    click(shown, "1.1")
    assert names(shown) == ["row1", "row1.1", "row1.1.1", "row1.1.2", "row2", "row3"]
    click(shown, "1.1", "1")
    assert names(shown) == ["row1", "row2", "row3"]


def test_closing_a_number_closes_all_below_it(list_on):
    shown = list_on()
    click(shown, "1", "1.1", "1", "1")
    assert names(shown) == ["row1", "row1.1", "row2", "row3"]


def test_two_numbers_are_open_at_once_and_close_apart(list_on):
    shown = list_on()
    click(shown, "3", "1")
    assert names(shown) == ["row1", "row1.1", "row2", "row3", "row3.1"]
    click(shown, "1")
    assert names(shown) == ["row1", "row2", "row3", "row3.1"]


def test_rows_stand_in_their_order_and_deeper_ones_further_in(list_on, qapp):
    shown = list_on()
    click(shown, "1", "1.1")
    qapp.processEvents()
    on_show = sorted(rows(shown), key=lambda each: each.y())
    assert [each.objectName() for each in on_show] == names(shown)
    assert all(one.geometry().bottom() < other.y() for one, other in pairwise(on_show))
    insets = [each.layout().contentsMargins().left() for each in on_show[:3]]
    assert insets[0] < insets[1] < insets[2]


def test_a_chevron_says_what_can_be_opened_and_what_is_open(list_on):
    shown = list_on()
    assert [labels(each)[0] for each in rows(shown)] == ["▸", "", "▸"]
    click(shown, "1")
    assert [labels(each)[0] for each in rows(shown)] == ["▾", "▸", "", "▸"]


def test_marks_and_tones_are_those_of_the_first_level_alone(list_on):
    shown = list_on(marks="①②", tones=("slope",))
    click(shown, "1")
    assert [labels(each)[1] for each in rows(shown)] == ["①", "", "②", ""]
    tones = [each.findChildren(QLabel)[-1].property("tone") for each in rows(shown)]
    assert tones == ["slope", "", "", ""]


# The keyboard.


def test_tab_walks_the_rows_on_show_and_space_opens_and_closes(list_on):
    shown = list_on()
    row(shown, "1").setFocus()
    QTest.keyClick(row(shown, "1"), Qt.Key.Key_Space)
    assert names(shown) == ["row1", "row1.1", "row2", "row3"]
    assert row(shown, "1").hasFocus()
    walked = []
    for _ in range(4):
        walked.append(QApplication.focusWidget().objectName())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert walked == ["row1", "row1.1", "row2", "row3"]
    row(shown, "1").setFocus()
    QTest.keyClick(row(shown, "1"), Qt.Key.Key_Space)
    assert names(shown) == ["row1", "row2", "row3"]
    assert row(shown, "1").hasFocus()


def test_space_on_what_is_given_asks_for_its_origin(list_on, by):
    shown = list_on()
    wished = by.heard(shown.origin_requested)
    click(shown, "1", "1.1")
    row(shown, "1.1.1").setFocus()
    QTest.keyClick(row(shown, "1.1.1"), Qt.Key.Key_Space)
    assert wished == [(ParameterRef(3),)]


# What is said.


def test_a_click_on_what_is_given_asks_for_its_origin_once_and_opens_nothing(list_on, by):
    shown = list_on()
    wished = by.heard(shown.origin_requested)
    click(shown, "1", "1.1")
    assert wished == []
    before = names(shown)
    click(shown, "1.1.2")
    assert wished == [(NodeRef(0, 1),)]
    assert names(shown) == before


def test_what_is_given_and_lies_nowhere_asks_for_nothing(list_on, by):
    shown = list_on()
    wished = by.heard(shown.origin_requested)
    click(shown, "2")
    assert wished == []
    assert names(shown) == ["row1", "row2", "row3"]


def test_the_mouse_points_at_the_number_it_comes_to_and_at_nothing_when_it_leaves(list_on, by):
    shown = list_on()
    pointed = by.heard(shown.pointed)
    come_to(row(shown, "3"))
    come_to(row(shown, "2"))
    QApplication.sendEvent(shown, QEvent(QEvent.Type.Leave))
    assert pointed == [(TREE[2],), (TREE[1],), (None,)]


def test_the_keyboard_points_at_the_number_it_comes_to(list_on, by):
    shown = list_on()
    click(shown, "3")
    row(shown, "1").setFocus()
    pointed = by.heard(shown.pointed)
    QTest.keyClick(row(shown, "1"), Qt.Key.Key_Tab)
    QTest.keyClick(row(shown, "2"), Qt.Key.Key_Tab)
    QTest.keyClick(row(shown, "3"), Qt.Key.Key_Tab)
    assert [trace.name for (trace,) in pointed] == ["one", "slope", "error"]


def test_what_was_clicked_open_is_pointed_at(list_on, by):
    shown = list_on()
    pointed = by.heard(shown.pointed)
    click(shown, "1")
    assert pointed[-1] == (TREE[0],)


def test_the_keyboard_points_at_nothing_when_it_leaves_the_list(list_on, by):
    shown = list_on()
    row(shown, "1").setFocus()
    pointed = by.heard(shown.pointed)
    row(shown, "1").clearFocus()
    assert pointed[-1:] == [(None,)]


# While numbers change.


def test_what_is_open_stays_open_while_the_numbers_change(list_on):
    shown = list_on()
    click(shown, "1", "1.1")
    before = names(shown)
    shown.show_traces((made("sum", made("term", given("weight", "5.00")), text="5.00"), given("one"), TREE[2]))
    assert names(shown) == [name for name in before if name != "row1.1.2"]
    assert said(shown)[:3] == ["sum: 5.00", "term: 6.00", "weight: 5.00"]


def test_what_was_open_is_forgotten_for_numbers_of_other_names(list_on):
    shown = list_on()
    click(shown, "1", "1.1")
    shown.show_traces((made("value", given("a")), given("one"), TREE[2]))
    assert names(shown) == ["row1", "row2", "row3"]
    shown.show_traces(TREE)
    assert names(shown) == ["row1", "row2", "row3"]


def test_fewer_numbers_leave_no_old_row_behind_and_a_click_is_about_what_is_shown(list_on, by):
    shown = list_on()
    wished = by.heard(shown.origin_requested)
    click(shown, "1", "1.1")
    shown.show_traces((given("new", "7.00", NodeRef(0, 0)),))
    assert said(shown) == ["new: 7.00"]
    click(shown, "1")
    assert wished == [(NodeRef(0, 0),)]
    shown.show_traces(())
    assert rows(shown) == []


def test_numbers_are_opened_only_when_asked_for(list_on):
    asked = []
    lazy = Trace("lazy", "1.00", "", None, (), lambda: asked.append(1) or (given("part"),))
    shown = list_on((lazy,))
    assert asked == []
    click(shown, "1")
    assert asked


def test_the_factors_of_a_hidden_weight_stay_open_over_a_step(studio):
    studio.stage.select(ParameterRef(0))
    factors = studio.window.slope_panel.factors
    QTest.mouseClick(factors.findChild(QToolButton, "slopeFactor1"), LEFT)
    before = len(rows(factors))
    assert before > 3
    studio.player.step()
    assert len(rows(factors)) == before


def test_the_uses_of_a_weight_are_closed_for_another_selection(studio):
    studio.stage.select(ParameterRef(0))
    uses = studio.window.slope_panel.uses
    QTest.mouseClick(uses.findChild(QToolButton, "slopeUse1"), LEFT)
    assert len(rows(uses)) > 1
    studio.stage.select(ParameterRef(4))
    assert len(rows(uses)) == 1


# Names, and bounds.


def test_a_row_says_its_name_and_number_to_a_screen_reader_and_its_working_in_a_tip(list_on):
    shown = list_on()
    assert row(shown, "1").accessibleName() == "sum: 6.00"
    assert "sum = 2.00 × 3.00 = 6.00" in row(shown, "1").toolTip()


@pytest.mark.parametrize("name", ["<b>bold</b>", "<img src='x'>", "a & b", "&File", "x" * 300, "", "line\nbreak"])
def test_a_hostile_name_stays_the_plain_text_that_it_is(list_on, name):
    shown = list_on((made(name, given(name, ref=ParameterRef(0))),))
    click(shown, "1")
    for each in rows(shown):
        assert each.accessibleName().startswith(name)
        assert each.text() == ""
        # A label that elides paints its text itself, as it is.
        for label in each.findChildren(QLabel):
            assert isinstance(label, ElidedLabel) or label.textFormat() == Qt.TextFormat.PlainText
        assert "<b>bold" not in each.toolTip()
        assert "<img" not in each.toolTip()
        assert not each.grab().isNull()


def test_no_more_rows_are_shown_than_a_person_can_use(list_on):
    wide = made("wide", *(given(f"part {k}") for k in range(MOST_ROWS + 50)))
    shown = list_on((wide, given("last")))
    click(shown, "1")
    assert len(rows(shown)) == MOST_ROWS
    click(shown, "1")
    assert said(shown) == ["wide: 6.00", "last: 1.00"]


def test_a_number_without_end_opens_as_deep_as_there_is_room(list_on):
    def deeper():
        return (Trace("again", "1.00", "", None, (), deeper),)

    shown = list_on(deeper())
    for depth in range(1, 30):
        click(shown, ".".join(["1"] * depth))
    assert len(rows(shown)) == 30
    assert not shown.grab().isNull()


def test_every_number_of_the_engine_can_be_shown(list_on, by):
    shown = list_on(factors_of(by.picture("hidden-layer"), 0, 0))
    assert said(shown) == ["slope of loss at hidden 1: −16.0", "value of input 1: 2.00", "slope of ReLU at 5.00: 1.00"]
    click(shown, "1", "1.1", "1.1.2", "1.1.2.1")
    assert said(shown)[:6] == [
        "slope of loss at hidden 1: −16.0",
        "by prediction: −16.0",
        "weight hidden 1 → prediction: 2.00",
        "slope of loss at prediction: −8.00",
        "error: −4.00",
        "value of prediction: 9.00",
    ]
