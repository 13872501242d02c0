"""What every test stands on: no window survives it, nothing is logged, no thread or timer is left running."""

import gc
import logging
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import count, pairwise
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QSettings, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QMainWindow, QWidget

from gdstudio.app.studio import Studio
from gdstudio.document.examples import load_example
from gdstudio.document.project import ParameterRef
from gdstudio.session.player import TOLERANCE
from gdstudio.session.speeds import DEFAULT_SPEED
from gdstudio.session.trainer import Trainer
from gdstudio.teaching.practice_view import Progress
from gdstudio.teaching.surfaces import Plane
from gdstudio.ui import painting

LONGEST = (
    "tests/session/test_machine.py",
    "tests/app/test_school.py",
    "tests/app/test_main.py",
    "tests/app/test_window_machine.py",
    "tests/app/test_screenshot.py",
    "tests/ui/test_new_panels.py",
    "tests/ui/test_main_window.py",
    "tests/ui/test_docks.py",
    "tests/xvfb/test_real_window.py",
    "tests/app/test_odd_orders.py",
    "tests/document/test_faults.py",
    "tests/document/test_mutants.py",
    "tests/app/test_rounds.py",
    "tests/engine/test_properties.py",
    "tests/architecture/test_packaging.py",
)
"""The files that take longest for their number of tests: begun first, none of them is at work alone at the end."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Give each worker whole files, the longest first, then those of most tests."""
    from xdist.scheduler import LoadFileScheduling

    class LongestFirst(LoadFileScheduling):
        def _assign_work_unit(self, node: object) -> None:
            if waiting := [file for file in LONGEST if file in self.workqueue]:
                self.workqueue.move_to_end(waiting[0], last=False)
            super()._assign_work_unit(node)

    return LongestFirst(config, log) if config.getvalue("dist") == "loadfile" else None


_tests, _ended = count(1), count(1)


@pytest.fixture(scope="session")
def _all_settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the settings of all tests are, by their numbers."""
    return tmp_path_factory.mktemp("settings")


@pytest.fixture(autouse=True)
def own_settings(_all_settings: Path) -> Path:
    """Keep every test's settings in a folder of its own, which most tests never make."""
    folder = _all_settings / str(next(_tests))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    for form in (QSettings.Format.IniFormat, QSettings.Format.NativeFormat):
        QSettings.setPath(form, QSettings.Scope.UserScope, str(folder))
    return folder


@pytest.fixture(scope="session", autouse=True)
def _own_collections() -> Iterator[None]:
    """Collect garbage between tests alone, as the window does between events, and leave out all that is imported."""
    import pyqtgraph  # noqa: F401

    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _nothing_left(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test that logs, or leaves a top-level widget, a running timer or a thread behind."""
    threads, widgets = set(threading.enumerate()), set(_widgets())
    painting.told.clear()
    yield
    # What is only waiting for its deletion or for the collector is not left behind; and a style sheet, put on in the
    # next test, would be put on every widget of all tests before it.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    turn = next(_ended)
    for generation, turns in ((1, 25), (2, 500)):  # what is old takes long to look through, and is garbage rarely
        if set(_widgets()) - widgets or turn % turns == 0:
            gc.collect(generation)
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = set(_widgets()) - widgets
    assert not left, f"left behind: {left}"
    timers = [timer for timer in _timers() if timer.isActive()]
    assert not timers, f"left running: {timers}"
    alive = [thread for thread in set(threading.enumerate()) - threads if thread.is_alive()]
    assert not alive, f"left running: {alive}"
    records = [record for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not records, f"logged: {[record.getMessage() for record in records]}"


def _widgets() -> list[QWidget]:
    """Every window and dialog, and whatever else can be seen; menus and popups go with the window they belong to."""
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return []
    return [each for each in app.topLevelWidgets() if each.isVisible() or isinstance(each, QMainWindow | QDialog)]


def _timers() -> list[QTimer]:
    """Every timer of ours: those that a Studio or its window owns."""
    return [timer for studio in _studios for timer in studio.findChildren(QTimer)]


_studios: list[Studio] = []
Docks = tuple[QByteArray, list[QDockWidget]]


@contextmanager
def _a_studio(app: QApplication, settings: Path) -> Iterator[Studio]:
    made = Studio(app, "light", QSettings(str(settings), QSettings.Format.IniFormat))
    _studios.append(made)
    made.player.set_reduced_motion(True)
    made.player.patience = 0
    made.window.resize(1440, 900)
    made.window.show()
    made.move_in()
    app.processEvents()
    yield made
    _rest(made)
    for timer in made.window.findChildren(QTimer):
        timer.stop()
    made.window.may_close = lambda: True
    made.window.close()
    made.window.deleteLater()
    _studios.remove(made)
    del made
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def _rest(made: Studio) -> None:
    made.player.set_running(False)
    made.player.advance(0)


@pytest.fixture
def new_studio(qapp: QApplication, tmp_path: Path) -> Iterator[Studio]:
    """The whole studio in a shown window, without motion, on the hidden-layer example."""
    with _a_studio(qapp, tmp_path / "studio.ini") as made:
        yield made


@pytest.fixture
def studio(new_studio: Studio) -> Studio:
    """A new studio, where a file says nothing else."""
    return new_studio


@pytest.fixture(scope="module")
def _one_studio(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Studio, Docks]]:
    """A studio, and how its docks stand at first: all of them, and those in front."""
    with _a_studio(qapp, tmp_path_factory.mktemp("studio") / "studio.ini") as made:
        for _ in range(3):
            qapp.processEvents()
        front = [dock for dock in made.window._docks.values() if not dock.visibleRegion().isEmpty()]
        yield made, (made.window.window_state()[1], front)


@pytest.fixture
def same_studio(_one_studio: tuple[Studio, Docks]) -> Iterator[Studio]:
    """The studio that a file's tests share, each time put back, see below; what is typed in a panel is not put back.

    Not for tests that close its window: what it does then can't be undone.
    """
    made, (arrangement, front) = _one_studio
    window = made.window
    window.setUpdatesEnabled(False)
    if made._theme_name != "light":
        made.set_theme("light")
    _leave_school(made)
    made.stage.select(ParameterRef(0))
    made.stage.show_example(0)
    made.session.open(load_example("hidden-layer"), None)
    made.stage.show_example(0)
    made.stage.show_pictures(False)
    made.analyst.set_plane(Plane())
    made.race.set_steps(500)
    window.actions_by_name["reducedMotionAction"].setChecked(False)
    made.player.set_reduced_motion(True)
    made.player.set_tolerance(TOLERANCE)
    made.player.set_speed(DEFAULT_SPEED)
    made.player._turn, made.player._longest, made.player._owes_views = 0, 0.0, False
    made.player._costs[:] = [0.0] * len(made.player._costs)
    window.show_speed(DEFAULT_SPEED)
    window.loss_plot.set_log(False)
    window.surface_plot.show_relief(False)
    window.message_bar.clear()
    window.welcome_page.hide()
    made.preferences._settings.clear()
    made._on_recent()
    made.school._show_place()
    window.resize(1440, 900)
    window.activateWindow()
    QApplication.sendEvent(window.canvas, QEvent(QEvent.Type.Leave))
    for dock in front:
        dock.raise_()
    QApplication.processEvents()
    if window.window_state()[1] != arrangement:
        window.arrange()
        QApplication.processEvents()
    window.canvas.fit()
    window.setUpdatesEnabled(True)
    yield made
    _rest(made)
    for timer in window.findChildren(QTimer):
        timer.stop()


def _leave_school(made: Studio) -> None:
    """End the lesson that goes on and ask nothing more; practice begins anew."""
    school = made.school
    if school.tutor.lesson or school.tutor.asks_first:
        school.close()
    if school.trainer._exercise:
        new = Trainer(Progress())
        vars(school.trainer).update({name: value for name, value in vars(new).items() if name not in vars(Trainer)})


@pytest.fixture
def opened(studio: Studio) -> Callable[[str], Studio]:
    """Open a starting point by its key."""

    def open_example(key: str) -> Studio:
        studio.session.open(load_example(key), None)
        return studio

    return open_example


# What a text claims.

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")
_TOKEN = re.compile(rf"{_NUMBER.pattern}|\*\*|[-+*/()=]|[^\s]")
_SIGNS = {"×": "*", "÷": "/", "²": "**2", "−": "-"}


def _plain_signs(text: str) -> str:
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    return re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)


def _runs(text: str) -> Iterator[list[str]]:
    """The stretches of a text that hold numbers, signs and brackets alone."""
    run: list[str] = []
    for token in [*_TOKEN.findall(_plain_signs(text)), "."]:
        if _NUMBER.fullmatch(token) or token in ("**", *"-+*/()="):
            run.append(token)
        elif run:
            yield run
            run = []


def _value(tokens: list[str]) -> Fraction | None:
    """What arithmetic comes to, exactly; None for what is none."""
    words = [f"Fraction('{token}')" if _NUMBER.fullmatch(token) else token for token in tokens]
    try:
        return Fraction(eval(" ".join(words), {"Fraction": Fraction})) if words else None
    except (SyntaxError, TypeError, ZeroDivisionError):
        return None


def _half_a_unit(tokens: list[str]) -> Fraction:
    """Half a unit of the last digit of a shown number; 0 for arithmetic."""
    digits = tokens[1:] if tokens[0] == "-" else tokens
    if len(digits) != 1:
        return Fraction(0)
    mantissa, _, exponent = digits[0].partition("e")
    return Fraction(1, 2) * Fraction(10) ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


class Claims:
    """What a text says in numbers, read without the studio."""

    def equations(self, text: str) -> list[tuple[str, bool]]:
        """Each equation whose sides are both arithmetic, and whether it holds at the shown digits of its right side."""
        found = []
        for run in _runs(text):
            sides = "\n".join(run).split("=")
            for left, right in pairwise(side.split() for side in sides):
                one, other = _value(left), _value(right)
                if one is not None and other is not None:
                    is_true = abs(one - other) <= _half_a_unit(right)
                    found.append((f"{' '.join(left)} = {' '.join(right)}", is_true))
        return found

    def false(self, text: str) -> list[str]:
        return [equation for equation, is_true in self.equations(text) if not is_true]

    def names(self, text: str, value: float) -> bool:
        """Whether some number or fraction of a text is this one, at the digits that it is shown with."""
        numbers = re.findall(rf"(?<![\w.])-?{_NUMBER.pattern}(?: ?/ ?{_NUMBER.pattern})?", _plain_signs(text))
        for number in numbers:
            above, _, below = (part.strip() for part in number.partition("/"))
            shown = Fraction(above) / Fraction(below or 1)
            slack = abs(shown) / 1000 if below else _half_a_unit(["-", above.lstrip("-")])
            if abs(shown - Fraction(value)) <= slack * Fraction(1001, 1000):
                return True
        return False


@pytest.fixture(scope="session")
def claims() -> Claims:
    """A reader of what texts claim in numbers."""
    return Claims()
