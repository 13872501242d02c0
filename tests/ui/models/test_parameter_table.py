"""The table is the canvas's twin: every weight and bias, with all its digits, editable by keyboard."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QLineEdit, QTableView

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.numbers import exact, parse_number, shown
from gdstudio.document.project import NodeRef, ParameterRef
from gdstudio.ui.models.parameter_table import CHANGE, LOCKED, NAME, SLOPE, VALUE, ParameterTableModel

K, EDIT, CHECK = Qt.Key, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.CheckStateRole
LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def model_on(dressed, by):
    """A model that shows a project, and everything that it wishes from now on."""

    def show(source="hidden-layer"):
        model = ParameterTableModel()
        model.show_picture(by.picture(source))
        wished: list = []
        for name in ("value_requested", "lock_requested", "refused"):
            getattr(model, name).connect(lambda *values, name=name: wished.append((name, *values)))
        return model, wished

    return show


def column(model, which: int) -> list:
    return [model.index(row, which).data() for row in range(model.rowCount())]


def click(table: QTableView, row: int, where: int, *, twice: bool = False) -> None:
    table.scrollTo(table.model().index(row, where))
    point = table.visualRect(table.model().index(row, where)).center()
    QTest.mouseClick(table.viewport(), LEFT, PLAIN, point)
    if twice:
        QTest.mouseDClick(table.viewport(), LEFT, PLAIN, point)


def test_the_model_is_sound_through_every_kind_of_change(model_on, by, qtlog):
    model, _ = model_on()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    for source in ("hidden-layer", "xor", by.project(2, 64, 1), "one-weight", by.named("<b>x</b>")):
        model.show_picture(by.picture(source))
        assert model.rowCount() == by.picture(source).network.parameter_count
    assert tester.model() is model


def test_the_columns_are_named(model_on):
    model, _ = model_on()
    headers = [model.headerData(i, Qt.Orientation.Horizontal) for i in range(model.columnCount())]
    assert headers == ["Name", "Value", "Slope", "Change", "Locked"]


def test_every_parameter_is_a_row_in_the_order_of_the_vector(model_on, by):
    model, _ = model_on()
    picture = by.picture("hidden-layer")
    assert column(model, NAME)[:3] == ["input 1 → hidden 1", "input 1 → hidden 2", "input 2 → hidden 1"]
    assert column(model, VALUE) == ["1", "−1", "1", "1", "2", "−1"]
    assert column(model, SLOPE) == [shown(float(slope)) for slope in picture.gradient]
    assert column(model, CHANGE) == [shown(float(change)) for change in picture.change]


@pytest.mark.parametrize("value", [0.1 + 0.2, 1e-300, -0.0, -1 / 3, 5e-324, 1.7e308, 2.24])
def test_a_value_has_all_its_digits_and_reads_back_bit_for_bit(model_on, by, value):
    model, wished = model_on(edits.set_parameter(by.picture("hidden-layer").project, 2, value))
    text = model.index(2, VALUE).data(EDIT)
    assert text == exact(value)
    assert np.float64(parse_number(text)).tobytes() == np.float64(value).tobytes()
    assert model.setData(model.index(2, VALUE), text, EDIT) is False
    assert wished == []
    assert model.setData(model.index(3, VALUE), text, EDIT) is True
    [(name, row, wish)] = wished
    assert (name, row) == ("value_requested", 3)
    assert np.float64(wish).tobytes() == np.float64(value).tobytes()


@pytest.mark.parametrize(
    ("text", "value"), [("1,5", 1.5), ("1/28", 1 / 28), ("−2", -2.0), ("-2", -2.0), ("1e-3", 1e-3), (" 7 ", 7.0)]
)
def test_what_a_person_writes_is_read(model_on, text, value):
    model, wished = model_on()
    model.setData(model.index(4, VALUE), text, EDIT)
    assert wished == [("value_requested", 4, value)]


@pytest.mark.parametrize("text", ["1,234.5", "nan", "", "inf", "1e400", "x", "1/0"])
def test_what_cannot_be_read_is_refused_with_one_sentence(model_on, text):
    model, wished = model_on()
    assert model.setData(model.index(4, VALUE), text, EDIT) is False
    assert [name for name, *_ in wished] == ["refused"]
    assert wished[0][1].endswith(".")
    assert model.index(4, VALUE).data() == "2"


@pytest.mark.parametrize("where", [NAME, SLOPE, CHANGE])
def test_only_the_value_can_be_typed(model_on, where):
    model, wished = model_on()
    assert not model.flags(model.index(0, where)) & Qt.ItemFlag.ItemIsEditable
    assert model.setData(model.index(0, where), "3", EDIT) is False
    assert wished == []


def test_a_lock_is_a_tick(model_on, by):
    model, wished = model_on(edits.set_locked(by.picture("hidden-layer").project, 1, True))
    assert [model.index(row, LOCKED).data(CHECK) for row in (0, 1)] == [Qt.CheckState.Unchecked, Qt.CheckState.Checked]
    model.setData(model.index(0, LOCKED), Qt.CheckState.Checked.value, CHECK)
    model.setData(model.index(1, LOCKED), Qt.CheckState.Unchecked, CHECK)
    assert wished == [("lock_requested", 0, True), ("lock_requested", 1, False)]


def test_a_model_without_a_picture_is_empty(dressed):
    model = ParameterTableModel()
    assert model.rowCount() == 0
    assert model.network is None


def test_a_step_changes_numbers_and_resets_nothing(model_on, by):
    model, _ = model_on()
    resets, changes = by.heard(model.modelReset), by.heard(model.dataChanged)
    model.show_picture(by.picture(edits.set_parameter(by.picture("hidden-layer").project, 0, 9.0)))
    assert model.index(0, VALUE).data() != "1"
    assert len(resets) + len(changes) == 1


def test_a_name_is_shown_as_it_is(model_on, by):
    model, _ = model_on(by.named("<b>x</b>", "<img src='/etc/passwd'>"))
    assert column(model, NAME)[0] == "<b>x</b> → prediction"
    assert model.index(0, NAME).data(Qt.ItemDataRole.ToolTipRole) is None


# In the window.


@pytest.fixture
def table(studio, qapp) -> QTableView:
    studio.window._docks["parameterDock"].raise_()
    studio.window.activateWindow()
    for _ in range(3):
        qapp.processEvents()
    return studio.window.findChild(QTableView, "parameterTable")


def test_a_value_is_edited_by_keyboard_as_one_named_entry(studio, table, qapp):
    click(table, 4, VALUE)
    QTest.keyClick(table, K.Key_F2)
    editor = table.viewport().findChild(QLineEdit)
    assert editor.text() == "2"
    editor.selectAll()
    QTest.keyClicks(editor, "1/28")
    QTest.keyClick(editor, K.Key_Return)
    qapp.processEvents()
    assert studio.session.viewed.parameters[4] == 1 / 28
    stack = studio.session.undo_stack
    assert [stack.text(i) for i in range(stack.count())] == ["Change hidden 1 → prediction"]
    stack.undo()
    assert table.model().index(4, VALUE).data() == "2"


def test_a_text_that_cannot_be_read_leaves_a_sentence_and_the_old_value(studio, table, qapp):
    click(table, 4, VALUE, twice=True)
    editor = table.viewport().findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "1,234.5")
    QTest.keyClick(editor, K.Key_Return)
    qapp.processEvents()
    assert studio.session.viewed.parameters[4] == 2.0
    assert studio.session.undo_stack.count() == 0
    assert "two ways" in studio.window.message_bar.text()


def test_a_step_in_the_middle_of_typing_leaves_the_editor_alone(studio, table, qapp):
    click(table, 4, VALUE, twice=True)
    editor = table.viewport().findChild(QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, "7")
    studio.player.step()
    assert editor.text() == "7"
    QTest.keyClick(editor, K.Key_Return)
    qapp.processEvents()
    assert studio.session.viewed.parameters[4] == 7.0


def test_the_selected_row_is_the_selected_weight_and_arrows_move_it(studio, table, qapp):
    click(table, 2, NAME)
    assert studio.stage.selection == ParameterRef(2)
    QTest.keyClick(table, K.Key_Down)
    assert studio.stage.selection == ParameterRef(3)
    studio.stage.select(ParameterRef(5))
    assert [index.row() for index in table.selectionModel().selectedRows()] == [5]
    studio.stage.select(NodeRef(0, 0))
    assert table.selectionModel().selectedRows() == []


def test_a_row_that_was_selected_before_a_node_can_be_selected_again(studio, table, qapp):
    click(table, 2, NAME)
    studio.stage.select(NodeRef(1, 0))
    click(table, 2, NAME)
    assert studio.stage.selection == ParameterRef(2)


def test_a_tick_locks_once_and_undo_unlocks(studio, table, qapp):
    table.scrollTo(table.model().index(3, LOCKED))
    rect = table.visualRect(table.model().index(3, LOCKED))
    wished: list = []
    studio.window.parameter_model.lock_requested.connect(lambda *values: wished.append(values))
    for x in range(rect.left() + 2, rect.right(), 4):
        QTest.mouseClick(table.viewport(), LEFT, PLAIN, QPoint(x, rect.center().y()))
        if wished:
            break
    assert wished == [(3, True)]
    assert studio.session.viewed.recipe.locked == {3}
    studio.session.undo_stack.undo()
    assert studio.session.viewed.recipe.locked == frozenset()


@pytest.mark.parametrize("edit", ["add_node", "remove"])
def test_the_selection_stays_sensible_when_the_network_changes(studio, table, edit):
    studio.stage.select(ParameterRef(5))
    studio.session.add_node(1) if edit == "add_node" else studio.session.remove_node(NodeRef(1, 1))
    rows = [index.row() for index in table.selectionModel().selectedRows()]
    selection = studio.stage.selection
    assert isinstance(selection, ParameterRef)
    assert rows == [selection.index]
