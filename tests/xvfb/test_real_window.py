"""The window on a real X server: clicks through the platform's own plugin, and a clean end."""

import os
import select
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.xvfb,
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed"),
]

BEGIN = """
import sys
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QTableView, QToolBar
from gdstudio.app.main import create
from gdstudio.resources import resource

QMessageBox.exec = lambda box: QMessageBox.StandardButton.Discard
app, window = create([str(resource("examples/{example}.gds"))])
assert app.platformName() == "xcb", app.platformName()
assert QTest.qWaitForWindowExposed(window)
bar, table = window.findChild(QToolBar, "toolBar"), window.findChild(QTableView, "parameterTable")


def click(name):
    button = bar.widgetForAction(window.findChild(QAction, name))
    assert button.isVisible(), name
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def values():
    model = table.model()
    return [model.data(model.index(row, 1)) for row in range(model.rowCount())]


def happens(what):
    for _ in range(6000):
        if what():
            return True
        QTest.qWait(10)
    return False
"""


@pytest.fixture(scope="module")
def display():
    """A new X server, which stays as it is when nobody is there; yields what DISPLAY is to be."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1600x1000x24", "-noreset", "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as told:
        assert select.select([told], [], [], 30)[0], "Xvfb does not start"
        number = told.readline().strip()
    assert number.isdigit()
    yield f":{number}"
    server.terminate()
    server.wait(10)


@pytest.fixture(scope="module")
def variables(display):
    """What a process there is to know, if one can be there at all."""
    env = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT)}
    asked = "from gdstudio.app.checks import display_problem; print(display_problem())"
    problem = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=30, env=env)
    if "apt install" in problem.stdout:
        pytest.skip(problem.stdout.strip())
    return env


@pytest.fixture
def on_screen(variables, tmp_path):
    """Run a script there; it must end with status 0 and without a word on stderr."""

    def run(example, script):
        env = {**variables, "XDG_CONFIG_HOME": str(tmp_path), "PYTHONFAULTHANDLER": "1"}
        code = BEGIN.replace("{example}", example) + script
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=env)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


def test_clicks_on_step_take_steps_and_the_table_shows_them(on_screen):
    script = """
assert values() == ["2"], values()
click("stepAction")
assert values() == ["2.24"], values()
assert happens(lambda: not window.studio.player.is_moving)
assert values() == ["2.24"]
click("stepAction")
click("resetAction")
assert values() == ["2"]
window.close()
sys.exit(window.isVisible())
"""
    on_screen("one-weight", script)


def test_the_last_closed_window_ends_the_event_loop(on_screen):
    on_screen("one-weight", "QTimer.singleShot(0, window.close)\nsys.exit(app.exec())")


@pytest.mark.parametrize("label", ["1 step/s", "100 steps/s", "flat out"])
def test_quitting_in_the_middle_of_a_run_is_clean(on_screen, label):
    script = f"""
from gdstudio.session.speeds import SPEEDS
window.speed_slider.setValue([speed.label for speed in SPEEDS].index({label!r}))
click("runAction")
player = window.studio.player
assert happens(lambda: window.studio.session.project.state.step > 0)
assert player.is_running
window.findChild(QAction, "quitAction").trigger()
assert not window.isVisible()
assert not player.is_running
QTimer.singleShot(0, app.quit)
print("status", app.exec())
"""
    assert on_screen("two-rings", script).splitlines()[-1] == "status 0"


def test_quitting_in_the_middle_of_an_animated_step_is_clean(on_screen):
    script = """
QTimer.singleShot(0, lambda: click("stepAction"))
QTimer.singleShot(100, window.findChild(QAction, "quitAction").trigger)
sys.exit(app.exec())
"""
    on_screen("two-rings", script)


def test_a_server_that_lets_nobody_in_is_told_in_one_sentence(tmp_path):
    """The server answers but refuses: no cookie fits."""
    if shutil.which("xauth") is None:
        pytest.skip("xauth is not installed")
    keys = tmp_path / "keys"
    subprocess.run(["xauth", "-f", keys, "add", ":0", ".", "0" * 32], check=True, capture_output=True, timeout=30)
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-auth", str(keys), "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            assert select.select([told], [], [], 30)[0]
            number = told.readline().strip()
        env = {name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")}
        env |= {"DISPLAY": f":{number}", "XAUTHORITY": str(tmp_path / "none"), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "gdstudio"], capture_output=True, text=True, timeout=60, env=env, cwd=tmp_path
        )
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    finally:
        server.terminate()
        server.wait(10)
