"""What the tests of the whole application share: a person at the window, dialogs that answer, the command line."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QMessageBox

from gdstudio.app.main import create
from gdstudio.app.studio import Studio
from gdstudio.document.edits import set_parameter
from gdstudio.document.examples import load_example
from gdstudio.document.files import save
from gdstudio.document.numbers import exact, shown, shown_plain
from gdstudio.document.project import NodeRef, ParameterRef, parameter_name
from gdstudio.session.importer import Importer
from gdstudio.session.speeds import SPEEDS
from gdstudio.teaching.picture import loss_caption, picture_of
from gdstudio.ui.dialogs.import_dialog import ImportDialog
from gdstudio.ui.models.parameter_table import SLOPE, VALUE

ROOT = Path(__file__).parents[2]


class Desk:
    """A person at the window: pulls the actions by their names and reads what stands on screen."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.session, self.player, self.stage, self.window = (
            studio.session, studio.player, studio.stage, studio.window,
        )  # fmt: skip

    def open(self, key: str) -> "Desk":
        """Open a starting point as the menu does, unsaved changes or not."""
        self.session.undo_stack.setClean()
        self.do(f"example-{key}")
        return self

    def do(self, *names: str) -> None:
        for name in names:
            action = self.window.actions_by_name.get(name) or self.window.findChild(QAction, name)
            assert action is not None, name
            action.trigger()

    def at_speed(self, label: str, *, motion: bool = False) -> "Desk":
        self.player.set_reduced_motion(not motion)
        self.window.speed_slider.setValue([speed.label for speed in SPEEDS].index(label))
        return self

    def pass_time(self, milliseconds: float, tick: float = 50.0) -> None:
        for _ in range(round(milliseconds / tick)):
            self.player.advance(tick)

    def run_to_the_end(self, ticks: int = 3000) -> None:
        self.do("runAction")
        for _ in range(ticks):
            if not (self.player.is_running or self.player.is_moving):
                return
            self.player.advance(16.0)
        raise AssertionError(f"still running after {ticks} ticks")

    def column(self, column: int) -> list[str]:
        """The texts of a column of the table of weights."""
        model = self.window.parameter_table.model()
        return [model.data(model.index(row, column)) for row in range(model.rowCount())]

    @property
    def values(self) -> list[float]:
        return [float(text.replace("−", "-")) for text in self.column(VALUE)]

    @property
    def slopes(self) -> list[float]:
        return [float(text.replace("−", "-")) for text in self.column(SLOPE)]

    def type_weight(self, row: int, text: str) -> bool:
        model = self.window.parameter_table.model()
        return model.setData(model.index(row, VALUE), text)

    @property
    def message(self) -> str:
        """The sentence on screen, or nothing."""
        return "" if self.window.message_bar.isHidden() else self.window.message_bar.text()

    @property
    def caption(self) -> str:
        """The window's title as its frame shows it, without the application's name."""
        return self.window.windowHandle().title().removesuffix(" – Gradient Descent Studio")

    def check_screen(self) -> None:
        """Every view shows the very project that is looked at, and each says the same."""
        window, project = self.window, self.session.viewed
        picture = picture_of(project)
        example = self.stage.example
        count = project.network.parameter_count
        assert self.column(VALUE) == [exact(value) for value in project.parameters]
        assert self.column(SLOPE) == [shown(slope) for slope in picture.gradient]
        assert window.loss_plot.info() == f"step {picture.step:,} · loss {shown_plain(picture.loss, 4)}"
        slider = window.history_bar.slider
        history = self.session.history
        assert (slider.minimum(), slider.value(), slider.maximum()) == (history.first, picture.step, history.end)
        card = window.network_card.bar._info.text()
        assert card == f"{loss_caption(picture)} = {shown(picture.loss)}"
        spoken = window.canvas.accessibleDescription()
        sizes = " to ".join(map(str, project.network.sizes))
        assert spoken.startswith(f"Network {sizes}, step {picture.step}, loss {shown(picture.loss)}.")
        scene = window.canvas.network_scene
        for index, chip in scene._chips.items():
            for text, number in (
                (chip._value_text, project.parameters[index]), (chip._slope_text, picture.gradient[index]),
            ):  # fmt: skip
                # A chip has the digits that have room in it.
                assert text in [shown(number, digits) for digits in (3, 2, 1)]
        values = picture.values(example)
        assert {ref: node._value_text for ref, node in scene._nodes.items()} == {
            NodeRef(layer, k): shown(value) for layer, row in enumerate(values) for k, value in enumerate(row)
        }
        assert window.control_panel.descent.rate_field.text() == exact(project.recipe.learning_rate)
        if len(project.data) > 1:
            assert window.control_panel.data.example_combo.currentData() == example
        match self.stage.selection:
            case ParameterRef(index):
                assert index < count
                assert window.parameter_table.currentIndex().row() == index
                panel = window.slope_panel
                assert panel.slope_label.text() == shown(picture.gradient[index])
                landing = project.parameters[index] + picture.change[index]
                assert panel.result_label.text() == f"= {shown_plain(landing)}"
                assert window._docks["slopeDock"].bar._info.text() == parameter_name(project, index)
                assert parameter_name(project, index) in spoken


@pytest.fixture
def desk(studio: Studio) -> Desk:
    """A person at a new window, at full speed and without motion."""
    return Desk(studio).at_speed("flat out")


@pytest.fixture(autouse=True)
def dialogs(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Dialogs that answer at once: ``answer`` to questions, ``opens`` and ``saves`` the chosen files.

    A table on its way in is imported as it is offered, after ``on_import`` did something with the dialog, if it can be.
    """
    buttons = QMessageBox.StandardButton
    said = SimpleNamespace(
        buttons=buttons, answer=buttons.Cancel, opens="", saves="", questions=[], offered=[], imports=[],
        on_import=lambda dialog: None,
    )  # fmt: skip

    def answer(box: QMessageBox) -> QMessageBox.StandardButton:
        said.questions.append(box.text())
        return said.answer

    def choose(parent: object, caption: str, suggestion: str, filters: str) -> tuple[str, str]:
        said.offered.append(suggestion)
        return str(said.opens if caption == "Open" else said.saves), filters

    def import_it(dialog: ImportDialog) -> bool:
        _until_said(dialog)
        said.on_import(dialog)
        _until_said(dialog)
        said.imports.append(dialog.notes.text())
        return dialog.import_button.isEnabled()

    monkeypatch.setattr(ImportDialog, "exec", import_it)
    monkeypatch.setattr(QMessageBox, "exec", answer)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    return said


def _until_said(dialog: ImportDialog) -> None:
    """Let the worker read, until the dialog says what comes of it or why nothing does."""
    importer = dialog.findChild(Importer)
    for _ in range(2000):
        importer._jobs.wait()  # however busy the machine is
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
        if dialog.notes.text():
            return
    raise AssertionError("nothing was read")


@pytest.fixture
def launch(qapp: object) -> Iterator[Callable[..., tuple]]:
    """Create the application as the command line does; its windows are closed at the end."""
    windows = []

    def launched(*argv: object) -> tuple:
        app, window = create([str(argument) for argument in argv])
        windows.append(window)
        return app, window

    launched.windows = windows
    yield launched
    for window in windows:
        if "rescue" in vars(window.studio):
            window.studio.rescue.unwatch()
        window.studio.player.set_running(False)
        for timer in window.findChildren(QTimer):
            timer.stop()
        window.may_close = lambda: True
        window.close()
        window.deleteLater()
    windows.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Run ``python -m gdstudio`` in a process of its own; a variable that is None is not set there."""

    def ran(*arguments: object, **variables: str | None) -> subprocess.CompletedProcess:
        wanted = {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path / "config"), **variables}
        env = {**os.environ, "PYTHONPATH": str(ROOT), **wanted}
        return subprocess.run(
            [sys.executable, "-m", "gdstudio", *map(str, arguments)],
            capture_output=True, text=True, timeout=60, cwd=tmp_path,
            env={name: value for name, value in env.items() if value is not None},
        )  # fmt: skip

    return ran


@pytest.fixture
def one_sentence() -> Callable[[str], str]:
    """Check that a text on stderr is one line of the studio's own, a sentence, and return it."""

    def checked(text: str) -> str:
        assert text.startswith("gdstudio: "), text
        assert text.count("\n") == 1, text
        assert text.rstrip()[-1] in ".'", text
        assert "Traceback" not in text
        return text.removeprefix("gdstudio: ").strip()

    return checked


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A file of two weights, of which the first is 5."""
    path = tmp_path / "mine.gds"
    save(set_parameter(load_example("two-weights"), 0, 5.0), path)
    return path


@pytest.fixture
def changed(desk: Desk, dialogs: SimpleNamespace, mine: Path) -> Desk:
    """A person who has taken a step that is not saved; what they open next is ``mine``."""
    dialogs.opens = mine
    desk.do("stepAction")
    return desk


@pytest.fixture
def forgetful_studio(same_studio: Studio) -> Studio:
    """The studio that a file's tests share, which remembers nothing of those before: not for tests that close it."""
    same_studio.preferences._settings.clear()
    same_studio._on_recent()
    same_studio.recovery.wait()
    same_studio.recovery.last.unlink(missing_ok=True)
    return same_studio
