import pytest
from PySide6.QtCore import QEventLoop
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QTableView, QWidget

from gdstudio.app import main
from gdstudio.app.main import create
from gdstudio.document.edits import rename_node, set_parameter
from gdstudio.document.examples import load_example
from gdstudio.document.files import save
from gdstudio.document.numbers import exact
from gdstudio.document.project import NodeRef
from gdstudio.ui.main_window import MainWindow

NAMED = (
    "networkCanvas", "parameterTable", "controlPanel", "slopePanel", "lossPlot", "messageBar", "historySlider",
    "speedSlider", "learningRateField", "learningRateSlider", "lossCombo", "activationCombo", "batchField",
    "dataCombo", "targetCombo", "exampleCombo", "toleranceField", "toolBar", "halveRateButton", "slopeValue",
    "runAction", "stepAction", "backAction", "phaseAction", "resetAction", "newStartAction", "undoAction", "redoAction",
    "newAction", "openAction", "saveAction", "saveAsAction", "quitAction", "reducedMotionAction", "example-xor",
)  # fmt: skip


@pytest.fixture
def document(tmp_path):
    """A saved project that no starting point looks like."""
    path = tmp_path / "mine.gds"
    save(set_parameter(load_example("two-weights"), 1, 0.1 + 0.2), path)
    return path


def shown_values(window):
    model = window.findChild(QTableView, "parameterTable").model()
    return [model.data(model.index(row, 1)) for row in range(model.rowCount())]


def test_without_arguments_a_window_on_the_first_example_is_shown(launch, qapp):
    app, window = launch()
    assert app is qapp
    assert isinstance(app, QApplication)
    assert isinstance(window, MainWindow)
    assert window.isVisible()
    assert window.studio.session.project.network == load_example("hidden-layer").network
    assert shown_values(window) == [exact(value) for value in load_example("hidden-layer").parameters]


@pytest.mark.parametrize("program", [(), ("gdstudio",), ("/usr/bin/gdstudio",), ("/x/gdstudio/__main__.py",)])
def test_a_file_is_opened_with_or_without_the_program_in_front(launch, document, program):
    _, window = launch(*program, document)
    assert shown_values(window) == ["1", "0.30000000000000004"]
    assert window.studio.session.path == document
    assert not window.isWindowModified()


@pytest.mark.parametrize("name", ["gdstudio.gds", "gdstudio", "__main__.gds"])
def test_a_file_that_is_called_like_the_program_is_opened_all_the_same(launch, document, name):
    _, window = launch("gdstudio", document.rename(document.with_name(name)))
    assert shown_values(window) == ["1", "0.30000000000000004"]


@pytest.fixture
def loop(launch, monkeypatch):
    """An event loop that ends at once with status 3 and hands its windows over."""

    def ended(*_):
        launch.windows += [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow)]
        return 3

    monkeypatch.setattr(QApplication, "exec", ended)
    return launch


@pytest.mark.parametrize("name", ["gdstudio.gds", "__main__.gds", "gdstudio", "mine.gds"])
def test_the_command_line_opens_a_file_whatever_it_is_called(loop, document, name):
    main.run([str(document.rename(document.with_name(name)))])
    assert shown_values(loop.windows[0]) == ["1", "0.30000000000000004"]


def test_run_enters_the_event_loop_and_returns_its_status(loop):
    assert main.run([]) == 3


def test_no_event_loop_is_entered(launch, monkeypatch):
    for loop in (QApplication, QEventLoop):
        monkeypatch.setattr(loop, "exec", lambda *_: pytest.fail("a loop was entered"))
    launch()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_theme_of_the_command_line_is_put_on(launch, theme):
    app, window = launch("--theme", theme)
    assert (app.palette().window().color().lightness() < 128) is (theme == "dark")
    assert window._theme.name == theme


def test_the_theme_of_the_command_line_is_not_remembered(launch):
    _, window = launch("--theme", "dark")
    window.close()
    assert window.studio.preferences.theme == "system"


def test_everything_is_found_by_its_name(launch):
    _, window = launch()
    names = [child.objectName() for kind in (QWidget, QAction) for child in window.findChildren(kind)]
    assert [name for name in NAMED if name not in names] == []


LATE = (
    "racePanel", "runsTable", "gradientCheckPanel", "slicesPlot", "codePanel", "lessonPanel", "lessonNextButton",
    "practicePanel", "practiceField", "hintButton",
)  # fmt: skip


@pytest.mark.parametrize("name", LATE)
def test_what_moves_in_late_is_found_by_its_name_before_any_event_loop_runs(launch, name):
    _, window = launch()
    assert window.findChild(QWidget, name) is not None


def test_what_nobody_sees_at_first_moves_in_after_the_first_paint_and_knows_what_the_others_know(launch, qapp):
    _, window = launch()
    assert not hasattr(window, "code_panel")
    for _ in range(3):
        qapp.processEvents()
    assert len(window._docks["raceDock"].findChildren(QWidget)) > 20
    assert window.runs_panel.model.rowCount() == 1
    assert window.race_panel.steps_field.text() == str(window.studio.race.steps)
    assert [action.objectName() for action in window.menus._learn.actions()][:2] == ["lesson-1", "lesson-2"]


def test_undo_and_redo_are_found_by_their_names_before_any_event_loop_runs(launch):
    _, window = launch()
    window.findChild(QAction, "stepAction").trigger()
    window.findChild(QAction, "undoAction").trigger()
    assert window.studio.session.project.state.step == 0
    window.findChild(QAction, "redoAction").trigger()
    assert window.studio.session.project.state.step == 1


def test_a_csv_is_opened_with_the_target_that_was_named(launch, tmp_path):
    path = tmp_path / "cats.csv"
    path.write_text("weight,length,age\n1,2,3\n4,5,6\n")
    _, window = launch(path, "--target", "length")
    data = window.studio.session.project.data
    assert (data.input_names, data.target_names) == (("weight", "age"), ("length",))
    assert window.studio.session.path is None


def test_a_target_that_is_no_column_is_told_in_the_window(launch, tmp_path):
    path = tmp_path / "cats.csv"
    path.write_text("weight,age\n1,3\n4,6\n")
    _, window = launch(path, "--target", "tail")
    assert window.message_bar.text() == "There is no column “tail”; there are weight, age."
    assert len(shown_values(window)) == 6


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--theme", "pink"], ["one", "two"]])
def test_an_argument_that_is_not_understood_ends_it(arguments, capsys):
    with pytest.raises(SystemExit) as end:
        create(arguments)
    assert end.value.code == 2
    assert "usage: gdstudio" in capsys.readouterr().err


def test_what_a_person_named_reaches_the_window_as_it_is(launch, tmp_path):
    path = tmp_path / "a.gds"
    save(rename_node(load_example("one-weight"), NodeRef(0, 0), "<b>R&D</b>"), path)
    _, window = launch(path)
    model = window.findChild(QTableView, "parameterTable").model()
    assert model.data(model.index(0, 0)) == "<b>R&D</b> → prediction"
    assert "<b>R&D</b> → prediction" in window.canvas.accessibleDescription()
