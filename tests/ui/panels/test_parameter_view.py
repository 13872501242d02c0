import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.ui.models.parameter_table import CHANGE, NAME, SLOPE, VALUE, ParameterTableModel
from gdstudio.ui.panels.parameter_view import ParameterView


@pytest.fixture
def model(qapp, by):
    made = ParameterTableModel()
    made.show_picture(by.picture("hidden-layer"))
    yield made
    made.deleteLater()


@pytest.fixture
def view(shown_alone, model):
    return shown_alone(ParameterView(model), 640, 240)


def test_one_row_stands_for_each_parameter(view):
    assert view.model().rowCount() == 6
    assert [view.ref_of(view.model().index(row, 0)) for row in range(6)] == [ParameterRef(row) for row in range(6)]
    assert view.accessibleName() == "Weights and biases"


@pytest.mark.parametrize("row", range(6))
def test_what_is_selected_is_marked_and_nothing_is_wished(view, by, row):
    heard = by.heard(view.selectionModel().currentRowChanged)
    view.show_selection(ParameterRef(row))
    assert view.currentIndex().row() == row
    assert {index.row() for index in view.selectionModel().selectedIndexes()} == {row}
    assert heard == []


@pytest.mark.parametrize("ref", [None, NodeRef(1, 0), TargetRef(0), ParameterRef(6)])
def test_what_is_no_row_marks_none(view, ref):
    view.show_selection(ParameterRef(2))
    view.show_selection(ref)
    assert view.selectionModel().selectedIndexes() == []


def test_other_rows_keep_the_mark(view, model, by):
    view.show_selection(ParameterRef(2))
    model.show_picture(by.picture("two-weights"))
    assert view.selectionModel().selectedIndexes() == []
    model.show_picture(by.picture("xor"))
    assert view.currentIndex().row() == 2


def test_what_will_change_is_hidden_while_it_is_to_be_predicted_and_shown_again(view):
    assert not view.isColumnHidden(CHANGE)
    view.conceal(True)
    assert view.isColumnHidden(CHANGE)
    assert not view.isColumnHidden(VALUE)
    assert not view.isColumnHidden(SLOPE)
    view.conceal(False)
    assert not view.isColumnHidden(CHANGE)
    assert view.columnWidth(CHANGE) > 0


def test_the_keyboard_walks_the_rows_and_tab_leaves_the_table(view, by):
    view.show_selection(ParameterRef(0))
    view.setFocus()
    heard = by.heard(view.selectionModel().currentRowChanged)
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert [view.ref_of(current) for current, _ in heard] == [ParameterRef(1)]
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert len(heard) == 1


def test_in_a_narrow_table_names_come_before_digits_and_in_a_wide_one_all_digits_have_room(view, qapp):
    def names_are_whole() -> bool:
        names = [str(view.model().index(row, NAME).data()) for row in range(view.model().rowCount())]
        return max(map(view.fontMetrics().horizontalAdvance, names)) <= view.columnWidth(NAME)

    view.resize(470, 240)
    qapp.processEvents()
    assert names_are_whole()
    assert view.columnWidth(VALUE) < 174
    assert view.horizontalScrollBar().maximum() == 0
    view.resize(640, 240)
    qapp.processEvents()
    assert names_are_whole()
    assert view.columnWidth(VALUE) == 174
