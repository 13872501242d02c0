import faulthandler
import sys

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
from gdstudio.session.recovery import Recovery
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
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)

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


def test_a_worker_gives_way_to_the_window_soon(launch, monkeypatch):
    monkeypatch.setattr(sys, "setswitchinterval", (asked := []).append)
    launch()
    assert asked == [main.SWITCH] < [0.001]


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


# A folder of one's own for all that is remembered.


def test_settings_recovery_and_the_crash_log_go_to_the_folder_that_was_named(loop, tmp_path, own_settings):
    folder = tmp_path / "new" / "config"
    assert main.run(["--config-dir", str(folder)]) == 3
    (window,) = loop.windows
    studio = window.studio
    assert studio.preferences.folder == folder
    studio.set_theme("dark")
    studio.preferences.save()
    studio.session.set_learning_rate(0.125)
    assert studio.recovery.write_now() == folder / "recovery" / "window-0.boat"
    assert sorted(path.name for path in folder.iterdir()) == ["crash.log", "gdstudio.ini", "recovery"]
    assert not own_settings.exists()
    assert faulthandler.is_enabled()


def test_what_goes_wrong_in_the_window_comes_to_its_rescue(loop, tmp_path):
    main.run(["--config-dir", str(tmp_path / "config")])
    assert sys.excepthook == loop.windows[0].studio.rescue.on_exception


def test_what_was_left_is_offered_once_the_window_stands(loop, tmp_path, monkeypatch, qapp):
    asked = []
    monkeypatch.setattr(Recovery, "found", lambda recovery: asked.append(recovery) or [])
    main.run(["--config-dir", str(tmp_path / "config")])
    assert asked == []
    qapp.processEvents()
    assert asked == [loop.windows[0].studio.recovery]


def test_damaged_settings_are_told_in_the_window_which_begins_anew(launch, tmp_path):
    (tmp_path / "gdstudio.ini").write_bytes(b"\0" * 100)
    _, window = launch("--config-dir", tmp_path)
    assert window.message_bar.text() == (
        f"The settings were damaged and begin anew; what was there is in {tmp_path / 'gdstudio.ini.damaged'}."
    )
    assert window.studio.preferences.theme == "system"


def test_damaged_settings_are_told_also_where_a_file_is_opened(launch, document, tmp_path):
    (tmp_path / "gdstudio.ini").write_bytes(b"\0" * 100)
    _, window = launch("--config-dir", tmp_path, document)
    assert window.studio.session.path == document
    assert window.message_bar.text().startswith("The settings were damaged and begin anew")


@pytest.mark.parametrize("name", ["file", "file/config"])
def test_a_folder_that_can_not_be_made_is_one_sentence_and_a_status(command, one_sentence, tmp_path, name):
    (tmp_path / "file").write_text("a file")
    done = command("--config-dir", tmp_path / name)
    assert done.returncode == 1
    assert one_sentence(done.stderr).startswith(f"{tmp_path / name} can't be used for settings: ")
    assert done.stdout == ""
