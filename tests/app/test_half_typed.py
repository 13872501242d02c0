"""What is typed and not yet entered belongs to the document: it is saved, exported and asked about."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from gdstudio.app.studio import Studio
from gdstudio.document.files import load
from gdstudio.document.project import ParameterRef
from gdstudio.ui.models.parameter_table import VALUE


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def in_the_canvas(desk) -> None:
    desk.window.canvas.edit(ParameterRef(0))


def in_the_table(desk) -> None:
    view = desk.window.parameter_table
    desk.window._docks["parameterDock"].raise_()
    view.edit(view.model().index(0, VALUE))


def in_the_rate(desk) -> None:
    field = desk.window.findChild(QLineEdit, "learningRateField")
    field.setFocus()
    field.selectAll()


PLACES = {
    "canvas": (in_the_canvas, lambda project: project.parameters[0]),
    "table": (in_the_table, lambda project: project.parameters[0]),
    "rate": (in_the_rate, lambda project: project.recipe.learning_rate),
}


@pytest.fixture(params=PLACES)
def half_typed(request, desk):
    """A network of one weight, with 7.25 typed in some field; and how it is read from a project."""
    begin, read = PLACES[request.param]
    desk.open("one-weight")
    desk.window.activateWindow()
    begin(desk)
    QApplication.processEvents()
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit), field
    QTest.keyClicks(field, "7.25")
    assert read(desk.session.project) != 7.25
    return read


def test_it_is_saved(desk, dialogs, half_typed, tmp_path):
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAction")
    assert half_typed(load(dialogs.saves)) == half_typed(desk.session.project) == 7.25
    assert not desk.window.isWindowModified()


def test_it_is_saved_to_the_files_own_place_and_elsewhere(desk, dialogs, half_typed, tmp_path):
    assert desk.session.save(tmp_path / "own.gds")
    desk.do("saveAction")
    assert half_typed(load(tmp_path / "own.gds")) == 7.25
    dialogs.saves = tmp_path / "other.gds"
    desk.do("saveAsAction")
    assert half_typed(load(tmp_path / "other.gds")) == 7.25


def test_it_is_exported(desk, dialogs, half_typed, tmp_path):
    dialogs.saves = tmp_path / "a.py"
    desk.do("exportCodeAction")
    assert "7.25" in dialogs.saves.read_text(encoding="utf-8")


def test_the_document_is_not_left_without_a_question(desk, dialogs, half_typed):
    assert not desk.session.is_modified
    desk.do("newAction")
    assert len(dialogs.questions) == 1
    assert half_typed(desk.session.project) == 7.25


def test_the_window_is_not_closed_without_a_question(desk, dialogs, half_typed):
    assert not desk.window.may_close()
    assert len(dialogs.questions) == 1
    assert half_typed(desk.session.project) == 7.25


@pytest.mark.parametrize("place", PLACES)
def test_what_can_not_be_read_is_said_and_nothing_is_saved_before_it_is_mended(desk, dialogs, tmp_path, place):
    desk.open("one-weight")
    desk.window.activateWindow()
    PLACES[place][0](desk)
    QApplication.processEvents()
    field = QApplication.focusWidget()
    field.selectAll()
    QTest.keyClicks(field, "much")
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAction")
    assert not dialogs.saves.exists()
    assert "“much” is not a number" in said(desk)
    desk.do("exportCodeAction")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    desk.do("saveAction")
    assert dialogs.saves.exists()


def said(desk) -> str:
    """What stands in the window about what went wrong: in its line, beside a control, or in a field's own tip."""
    window = desk.window
    labels = [label.text() for label in window.control_panel.findChildren(QLabel) if label.isVisible()]
    return " ".join([window.message_bar.text(), *labels, window.canvas._field.toolTip()])


@pytest.mark.parametrize("name", ["practiceField", "predictField"])
def test_an_answer_is_not_given_before_a_person_gives_it_and_keeps_the_keyboard(desk, dialogs, tmp_path, name):
    desk.window.activateWindow()
    field = desk.window.findChild(QLineEdit, name)
    dock = next(dock for dock in desk.window._docks.values() if dock.isAncestorOf(field))
    dock.show()
    dock.raise_()
    parent = field
    while not field.isVisible():
        parent = parent.parentWidget()
        parent.show()
    field.setFocus()
    QTest.keyClicks(field, "1.5")
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAction")
    assert dialogs.saves.exists()
    assert QApplication.focusWidget() is field
    assert field.text() == "1.5"
