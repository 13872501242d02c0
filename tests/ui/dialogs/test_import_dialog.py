"""The dialog about a table: what was read is shown, and each choice is one wish."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QDialog, QPushButton

from gdstudio.document.importing import Choice, first_choice, imported
from gdstudio.document.tables import Reading, parse_table
from gdstudio.ui.dialogs.import_dialog import ImportDialog
from gdstudio.ui.theme import LIGHT

TEXT = "name;sex;height;income\nAnna;f;1,72;52\nBert;m;;61\nCarla;f;1,65;47\nDora;m;1,8;50\n"


@pytest.fixture
def dialog(qtbot):
    made = ImportDialog("people.csv")
    qtbot.addWidget(made)
    made.readings, made.choices = [], []
    made.reading_requested.connect(made.readings.append)
    made.choice_requested.connect(made.choices.append)
    return made


@pytest.fixture
def table():
    return parse_table(TEXT.encode(), "people.csv")


def combo(dialog, name) -> QComboBox:
    return dialog.findChild(QComboBox, name)


def pick(dialog, name, key):
    chosen = combo(dialog, name)
    chosen.setCurrentIndex(chosen.findData(key))
    chosen.activated.emit(chosen.currentIndex())


def cells(widget):
    return [
        [widget.item(row, column).text() for column in range(widget.columnCount()) if widget.item(row, column)]
        for row in range(widget.rowCount())
    ]


def test_what_was_read_is_shown_and_how(dialog, table):
    dialog.show_table(table)
    dialog.show_choice(first_choice(table))
    shown = [combo(dialog, f"import{what}Combo").currentData() for what in ("Encoding", "Separator", "Decimal")]
    assert (shown, dialog.header_box.isChecked()) == (["utf-8", ";", ","], True)
    assert cells(dialog.columns) == [
        ["name", "4 different texts: can’t be used"],
        ["sex", "2 classes: f, m"],
        ["height", "numbers, 1.65 to 1.8; of 4 cells 1 missing"],
        ["income", "numbers, 47 to 61"],
    ]
    assert [combo(dialog, f"importRole-{k}").currentData() for k in range(4)] == ["out", "input", "input", "target"]
    assert cells(dialog.preview)[1] == ["Bert", "m", "", "61"]


def test_nothing_can_be_imported_until_there_is_data(dialog, table):
    button = dialog.findChild(QPushButton, "importButton")
    assert not button.isEnabled()
    dialog.show_table(table)
    dialog.show_choice(first_choice(table))
    assert not button.isEnabled()
    dialog.show_imported(imported(table, first_choice(table)))
    assert button.isEnabled()
    dialog.show_refusal("Choose at least one column as input.")
    assert not button.isEnabled()
    assert dialog.notes.text() == "Choose at least one column as input."


def test_enter_imports_as_soon_as_there_is_something_and_before_that_does_nothing(dialog, table, qtbot):
    dialog.show()
    ended: list = []
    dialog.finished.connect(ended.append)
    dialog.show_table(table)
    dialog.show_choice(first_choice(table))
    qtbot.keyClick(dialog.focusWidget() or dialog, Qt.Key.Key_Return)
    assert ended == []
    dialog.show_imported(imported(table, first_choice(table)))
    cancel = next(each for each in dialog.findChildren(QPushButton) if each.text().replace("&", "") == "Cancel")
    cancel.setFocus()
    qtbot.keyClick(cancel, Qt.Key.Key_Return)
    assert ended == [QDialog.DialogCode.Accepted]


@pytest.mark.parametrize("name", ["importSeparatorCombo", "importScalingCombo", "importRole-1"])
def test_nothing_can_be_imported_from_another_wish_on_until_it_is_fulfilled(dialog, table, name):
    dialog.show_table(table)
    dialog.show_choice(first_choice(table))
    dialog.show_imported(imported(table, first_choice(table)))
    pick(dialog, name, combo(dialog, name).itemData(1))
    assert len(dialog.readings) + len(dialog.choices) == 1
    assert not dialog.import_button.isEnabled()


def test_cancel_and_escape_end_it_without_a_table(dialog, table, qtbot):
    ended: list = []
    dialog.finished.connect(ended.append)
    dialog.show()
    next(each for each in dialog.findChildren(QPushButton) if each.text().replace("&", "") == "Cancel").click()
    dialog.show()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert ended == [QDialog.DialogCode.Rejected] * 2


def test_what_comes_of_it_is_said_in_numbers(dialog, table):
    dialog.show_table(table)
    choice = first_choice(table)
    dialog.show_imported(imported(table, choice))
    assert dialog.notes.text() == (
        "3 examples with 2 inputs and 1 target: income. sex: f is 0, m is 1. 1 row of 4 left out: a cell is missing."
    )


def test_thousands_are_shown_as_what_they_were_read_as(dialog):
    dialog.show_table(parse_table(b"Jahr;Umsatz\n1;950\n2;1.234\n3;2.100\n", "t.csv"))
    assert cells(dialog.columns)[1] == ["Umsatz", "numbers, 950 to 2100, thousands as in 1.234"]


def test_the_scaling_is_shown_with_the_numbers_of_every_column(dialog):
    names = [f"column{k}" for k in range(9)]
    table = parse_table("\n".join([",".join(names), *[",".join([str(k)] * 9) for k in range(4)]]).encode(), "wide.csv")
    dialog.show_table(table)
    dialog.show_imported(imported(table, replace(first_choice(table), scaling="unit")))
    lines = dialog.notes.text().splitlines()[1:]
    assert lines == [f"{name}: (value − 0) / 3.000" for name in names]


def test_a_reading_that_gives_no_table_shows_none_and_offers_nothing(dialog, table):
    dialog.show_table(table)
    dialog.show_choice(first_choice(table))
    dialog.show_imported(imported(table, first_choice(table)))
    assert dialog.import_button.isEnabled()
    dialog.show_table(None)
    dialog.show_refusal("It has one column.")
    assert (dialog.columns.rowCount(), dialog.preview.rowCount()) == (0, 0)
    assert dialog.notes.text() == "It has one column."
    assert not dialog.import_button.isEnabled()
    pick(dialog, "importScalingCombo", "unit")
    assert dialog.choices == []


def test_a_button_that_can_not_be_pressed_looks_like_it(dialog, dressed, table):
    dialog.show()
    dialog.show_table(table)

    def colour():
        return dialog.import_button.grab().toImage().pixelColor(12, 8).name()

    assert colour() == LIGHT.field
    dialog.show_imported(imported(table, first_choice(table)))
    assert colour() == LIGHT.accent


def test_progress_is_shown_while_a_table_is_read_and_no_longer_and_moves_nothing(dialog, table):
    dialog.show()
    before = dialog.notes.mapTo(dialog, QPoint())
    dialog.show_progress(0.5)
    assert dialog.progress.isVisible()
    assert dialog.notes.mapTo(dialog, QPoint()) == before
    dialog.show_table(table)
    dialog.show_imported(imported(table, first_choice(table)))
    assert not dialog.progress.isVisible()
    dialog.show_progress(0.5)
    dialog.show_refusal("No.")
    assert not dialog.progress.isVisible()
    assert dialog.notes.mapTo(dialog, QPoint()) == before


def test_the_tab_key_goes_through_what_becomes_of_each_column(dialog, table, qtbot):
    dialog.show_table(table)
    dialog.show_choice(first_choice(table))
    dialog.show()
    dialog.activateWindow()
    dialog.columns.setFocus()
    seen = []
    for _ in range(5):
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        seen.append(dialog.focusWidget().objectName())
    assert seen == [*(f"importRole-{row}" for row in range(4)), "importPreview"]


@pytest.mark.parametrize(
    ("name", "key", "wished"),
    [
        ("importEncodingCombo", "latin-1", Reading("latin-1", ";", ",", has_header=True)),
        ("importSeparatorCombo", "\t", Reading("utf-8", "\t", ",", has_header=True)),
        ("importDecimalCombo", ".", Reading("utf-8", ";", ".", has_header=True)),
    ],
)
def test_a_reading_is_one_wish(dialog, table, name, key, wished):
    dialog.show_table(table)
    dialog.show_choice(first_choice(table))
    pick(dialog, name, key)
    assert dialog.readings == [wished]
    assert dialog.choices == []


def test_the_header_is_a_wish_too(dialog, table):
    dialog.show_table(table)
    dialog.header_box.click()
    assert dialog.readings == [Reading("utf-8", ";", ",", has_header=False)]


def test_roles_filling_and_scaling_are_one_wish_each(dialog, table):
    dialog.show_table(table)
    dialog.show_choice(first_choice(table))
    pick(dialog, "importRole-1", "out")
    pick(dialog, "importMissingCombo", "mean")
    pick(dialog, "importScalingCombo", "unit")
    assert [(wish.roles[1], wish.filling, wish.scaling) for wish in dialog.choices] == [
        ("out", "drop", "none"),
        ("out", "mean", "none"),
        ("out", "mean", "unit"),
    ]
    assert dialog.readings == []


def test_what_is_chosen_is_what_is_shown_also_after_another_choice(dialog, table):
    dialog.show_table(table)
    names = ("importRole-1", "importRole-2", "importMissingCombo", "importScalingCombo")
    for choice in (Choice(("out", "target", "input", "out"), "mean", "unit"), first_choice(table)):
        dialog.show_choice(choice)
        shown = [combo(dialog, name).currentData() for name in names]
        assert shown == [*choice.roles[1:3], choice.filling, choice.scaling]


def test_what_can_not_be_used_can_only_be_left_out(dialog, table):
    dialog.show_table(table)
    assert [combo(dialog, "importRole-0").itemData(k) for k in range(combo(dialog, "importRole-0").count())] == ["out"]


def test_text_from_outside_is_text(dialog):
    hostile = "<b>bold</b>,\"<img src='x'>\x1b[31m\u202e\"\n1,2\n3,4\n"
    table = parse_table(hostile.encode(), "<i>t</i>.csv")
    dialog.show_table(table)
    names = [row[0] for row in cells(dialog.columns)]
    assert names[0] == "<b>bold</b>"
    assert names[1].startswith("<img src='x'>")
    assert all(name.isprintable() for name in names)
    assert dialog.columns.item(0, 0).toolTip() == "<span>&lt;b&gt;bold&lt;/b&gt;</span>"
