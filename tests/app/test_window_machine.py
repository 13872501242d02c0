"""A person who does anything at all in a real window, with time running: clicks, keys, drags, docks, themes, runs."""

import gc
import random
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from traceback import format_exception
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QMouseEvent, QWheelEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QApplication,
    QComboBox,
    QInputDialog,
    QLineEdit,
    QMenu,
    QMenuBar,
    QWidget,
)

from gdstudio.app.studio import Studio
from gdstudio.document.examples import EXAMPLES
from gdstudio.document.numbers import exact, shown, shown_plain
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.session.player import PATIENCE
from gdstudio.session.speeds import SPEEDS
from gdstudio.teaching.picture import loss_caption, picture_of
from gdstudio.ui.dialogs.keys_dialog import KeysDialog
from gdstudio.ui.dialogs.sheet_dialog import SheetDialog
from gdstudio.ui.models.parameter_table import VALUE

pytestmark = [
    pytest.mark.qt_log_ignore("This plugin does not support"),  # what it says of windows that float or rise
]

LONGEST = 2.0
"""Seconds of work after which the event loop has to have control again; another theme puts colours on everything."""
TYPED = (
    "1", "−2.5", "1/3", "0", "-0", "1e-320", "1e308", "1e999", "nan", "inf", "", " ", "abc", "1,5", "0.01", "3", "100",
    "9" * 200, "<b>x</b>", "R&D", "\t", "‮", "--", "1e", "２",
)  # fmt: skip
KEYS = (
    "Left", "Right", "Up", "Down", "Return", "Enter", "Escape", "Delete", "Backspace", "Tab", "Backtab", "Space",
    "Home", "End", "PageUp", "PageDown", "F2", "F5", "F10", "F11", "A", "Z", "7", "Minus", "Period", "Plus",
)  # fmt: skip
SHORTCUTS = (
    ("Z", "Control"), ("Z", "ControlShift"), ("Y", "Control"), ("R", "Control"), ("R", "ControlShift"),
    ("F10", "Shift"), ("P", "Control"), ("N", "ControlShift"), ("E", "Control"), ("0", "Control"), ("L", "Alt"),
)  # fmt: skip
MODIFIERS = {
    "": Qt.KeyboardModifier.NoModifier,
    "Control": Qt.KeyboardModifier.ControlModifier,
    "Shift": Qt.KeyboardModifier.ShiftModifier,
    "ControlShift": Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    "Alt": Qt.KeyboardModifier.AltModifier,
}
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
NONE = Qt.MouseButton.NoButton
AREAS = tuple(Qt.DockWidgetArea(area) for area in (1, 2, 8))
LEFT_OUT = ("quitAction", "systemThemeAction", "lightThemeAction", "darkThemeAction")
"""What would end it all, and what has its own turn."""
EVERY_THEME = 250


class Events(QObject):
    """Counts what reaches a window from mouse and keyboard, and its changes of size."""

    KINDS = frozenset(
        QEvent.Type[name]
        for name in ("MouseButtonPress", "MouseButtonRelease", "MouseMove", "KeyPress", "KeyRelease", "Wheel", "Resize")
    )
    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # What comes through a window is counted there, what a test sends to a widget itself at the widget.
        arrives = isinstance(watched, QWindow) or (isinstance(watched, QWidget) and not event.spontaneous())
        self.count += arrives and event.type() in self.KINDS
        return False


class Person:
    """Does one thing after the other, each drawn by its number alone, and remembers what it was."""

    def __init__(self, studio: Studio, seed: int, dialogs: SimpleNamespace, folder: Path) -> None:
        self.studio, self.window, self.seed = studio, studio.window, seed
        self.session, self.player, self.canvas = studio.session, studio.player, studio.window.canvas
        self.dialogs, self.folder = dialogs, folder
        self.chance = random.Random(seed)
        self.done: deque[str] = deque(maxlen=30)
        self.acts: dict[Callable[[], str], int] = {
            self.click: 16,
            self.click_on_the_canvas: 8,
            self.press_a_key: 12,
            self.press_a_shortcut: 6,
            self.type_into_a_field: 6,
            self.type_into_the_table: 3,
            self.drag_on_the_canvas: 6,
            self.drag_in_a_plot: 5,
            self.drag_the_ball: 3,
            self.turn_the_wheel: 5,
            self.choose_in_a_combo: 6,
            self.move_a_slider: 5,
            self.pull_an_action: 10,
            self.open_a_menu: 4,
            self.step_or_run: 8,
            self.undo_or_redo: 6,
            self.change_a_dock: 5,
            self.open_an_example: 2,
            self.resize: 1,
            self.let_time_pass: 4,
        }

    def act(self, number: int) -> None:
        """Do what this number stands for."""
        self.chance = random.Random(f"{self.seed}, {number}")
        (does,) = self.chance.choices(list(self.acts), list(self.acts.values()))
        if number % EVERY_THEME == EVERY_THEME // 2:  # it takes a second or two
            does = self.change_the_theme
        self.done.append(f"{number} {does.__name__}")
        self.dialogs.answer = self.chance.choice(
            (self.dialogs.buttons.Save, self.dialogs.buttons.Discard, self.dialogs.buttons.Discard)
        )
        self.dialogs.saves = self.chance.choice(("", self.folder / "one.gds", self.folder / "no such" / "two.gds"))
        self.dialogs.opens = self.chance.choice(("", self.folder / "one.gds", self.folder / "missing.csv"))
        said = does()
        self.done[-1] += f": {said}"

    # What there is to point at.

    def _some(self, kind: type, *without: type) -> QWidget | None:
        """One of the widgets of a kind that can be seen and used."""
        found = [
            each
            for each in self.window.findChildren(kind)
            if each.isVisible() and each.isEnabled() and not isinstance(each, without) and not each.size().isEmpty()
        ]
        return self.chance.choice(found) if found else None

    def _point_in(self, widget: QWidget) -> QPoint:
        return QPoint(self.chance.randrange(widget.width()), self.chance.randrange(widget.height()))

    def _place(self) -> QPoint:
        """Where something of the network stands on the canvas, or any place."""
        scene, network = self.canvas.network_scene, self.canvas._picture.network
        layer = self.chance.randrange(len(network.sizes))
        place = self.chance.choice((
            ParameterRef(self.chance.randrange(network.parameter_count)),
            ParameterRef(self.chance.randrange(network.parameter_count)),
            NodeRef(layer, self.chance.randrange(network.sizes[layer])),
            TargetRef(self.chance.randrange(network.sizes[-1])),
            None,
        ))  # fmt: skip
        if place is None:
            return self._point_in(self.canvas.viewport())
        return self.canvas.mapFromScene(scene.place_of(place))

    def _send(self, widget: QWidget, kind: QEvent.Type, at: QPointF, button=LEFT, buttons=LEFT, held: str = "") -> None:
        event = QMouseEvent(kind, at, QPointF(widget.mapToGlobal(at)), button, buttons, MODIFIERS[held])
        QApplication.sendEvent(widget, event)

    def _drag(self, widget: QWidget, start: QPoint, button: Qt.MouseButton = LEFT) -> str:
        """Press, move in some steps with the event loop running, now and then something else between, and let go."""
        at, held = QPointF(start), self.chance.choice(("", "", "Shift"))
        self._send(widget, QEvent.Type.MouseButtonPress, at, button, button, held)
        for _ in range(self.chance.randint(1, 5)):
            at = at + QPointF(self.chance.gauss(0, 25), self.chance.gauss(0, 25))
            self._send(widget, QEvent.Type.MouseMove, at, NONE, button, held)
            QApplication.processEvents()
        # An undo that changes the network takes the weight away whose ball is being dragged.
        undo = "undoAction" if widget is self.canvas.viewport() else "resetAction"
        between = self.chance.choice(("", "", "", "stepAction", undo, "newStartAction", "runAction"))
        if between:
            self.window.actions_by_name[between].trigger()
            self._send(widget, QEvent.Type.MouseMove, at + QPointF(9, 9), NONE, button, held)
        self._send(widget, QEvent.Type.MouseButtonRelease, at, button, NONE, held)
        return f"{widget.objectName()} from {start.toTuple()} to {at.toTuple()} {button.name} {held} {between}"

    # What can be done.

    def click(self) -> str:
        widget = self._some(QWidget, QMenuBar, QMenu)
        if widget is None:
            return ""
        at, button = self._point_in(widget), self.chance.choice((LEFT, LEFT, LEFT, LEFT, RIGHT, MIDDLE))
        said = f"{type(widget).__name__} {widget.objectName()} {at.toTuple()} {button.name}"
        if self.chance.random() < 0.1:
            QTest.mouseDClick(widget, button, MODIFIERS[""], at)
            return f"{said} twice"
        QTest.mouseClick(widget, button, MODIFIERS[""], at)
        return said

    def click_on_the_canvas(self) -> str:
        at, port = self._place(), self.canvas.viewport()
        button = self.chance.choice((LEFT, LEFT, LEFT, RIGHT, MIDDLE))
        self.canvas.setFocus(Qt.FocusReason.MouseFocusReason)
        QTest.mouseMove(port, at)
        QTest.mouseClick(port, button, MODIFIERS[""], at)
        if self.chance.random() < 0.3:
            QTest.mouseDClick(port, button, MODIFIERS[""], at)
        return f"{at.toTuple()} {button.name}"

    def press_a_key(self) -> str:
        target = self.window.focusWidget() or self.window
        key = self.chance.choice(KEYS)
        held = self.chance.choice(("", "", "", "", "Shift", "Control"))
        QTest.keyClick(target, Qt.Key[f"Key_{key}"], MODIFIERS[held])
        return f"{held} {key} on {type(target).__name__} {target.objectName()}"

    def press_a_shortcut(self) -> str:
        key, held = self.chance.choice(SHORTCUTS)
        QTest.keyClick(self.window, Qt.Key[f"Key_{key}"], MODIFIERS[held])
        return f"{held} {key}"

    def type_into_a_field(self) -> str:
        field = self._some(QLineEdit)
        if field is None:
            return ""
        name, text = field.objectName(), self.chance.choice(TYPED)
        end = self.chance.choice(("Return", "Return", "Tab", "Escape", ""))
        field.setFocus()
        field.selectAll()
        for character in text:  # QTest types ASCII alone
            QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, 0, MODIFIERS[""], character))
        if end:
            QTest.keyClick(field, Qt.Key[f"Key_{end}"])
        return f"{text!r} {end} into {name}"

    def type_into_the_table(self) -> str:
        model = self.window.parameter_table.model()
        row, text = self.chance.randrange(model.rowCount()), self.chance.choice(TYPED)
        model.setData(model.index(row, VALUE), text)
        return f"{text!r} in row {row}"

    def drag_on_the_canvas(self) -> str:
        return self._drag(self.canvas.viewport(), self._place(), self.chance.choice((LEFT, LEFT, LEFT, MIDDLE)))

    def drag_in_a_plot(self) -> str:
        plots = [each for each in self.window.plots if each.plot is not None and each.isVisible()]
        plots = [each.plot for each in plots if each is not self.window.slice_plot or self._holds_the_ball()]
        if not plots:
            return ""
        plot = self.chance.choice(plots)
        return self._drag(plot.viewport(), self._point_in(plot.viewport()))

    def _holds_the_ball(self) -> bool:
        """Whether the loss along a weight is that of this network: in a hurry it is late, and drags what is gone."""
        plot = self.window.slice_plot
        return plot.plot is not None and plot._slice is not None and plot._slice.network == self.session.viewed.network

    def drag_the_ball(self) -> str:
        plot, piece = self.window.slice_plot.plot, self.window.slice_plot._slice
        if not self._holds_the_ball() or not np.isfinite([piece.value, piece.loss]).all():
            return ""
        at = plot.getViewBox().mapViewToScene(QPointF(piece.value, piece.loss))
        if not plot.viewport().rect().contains(at.toPoint()):
            return ""
        return self._drag(plot.viewport(), at.toPoint())

    def turn_the_wheel(self) -> str:
        widget = self.canvas.viewport() if self.chance.random() < 0.5 else self._some(QWidget, QMenuBar, QMenu)
        at, amount = QPointF(self._point_in(widget)), self.chance.choice((120, -120, 15, -960, 960))
        phase = Qt.ScrollPhase.NoScrollPhase
        turn = QWheelEvent(
            at, QPointF(widget.mapToGlobal(at)), QPoint(), QPoint(0, amount), NONE, MODIFIERS[""], phase, False
        )
        QApplication.sendEvent(widget, turn)
        return f"{amount} on {type(widget).__name__} {widget.objectName()}"

    def choose_in_a_combo(self) -> str:
        combo = self._some(QComboBox)
        if combo is None or not combo.count():
            return ""
        name, index = combo.objectName(), self.chance.randrange(combo.count())
        text = combo.itemText(index)
        combo.setFocus()
        if self.chance.random() < 0.2:
            combo.showPopup()
            QApplication.processEvents()
            combo.hidePopup()
        combo.setCurrentIndex(index)
        combo.activated.emit(index)
        return f"{text} in {name}"

    def move_a_slider(self) -> str:
        slider = self._some(QAbstractSlider)
        if slider is None:
            return ""
        name, value = slider.objectName(), self.chance.randint(slider.minimum(), slider.maximum())
        if self.chance.random() < 0.5:
            slider.setValue(value)
        else:
            slider.setSliderDown(True)
            for position in (slider.value(), (slider.value() + value) // 2, value):
                slider.setSliderPosition(position)
                QApplication.processEvents()
            slider.setSliderDown(False)
        return f"{name} to {value}"

    def pull_an_action(self) -> str:
        actions = [each for each in self.window.findChildren(QAction) if each.objectName() and each.isEnabled()]
        heads = [menu.menuAction() for menu in self.window.findChildren(QMenu)]
        actions = [each for each in actions if each.objectName() not in LEFT_OUT and each not in heads]
        action = self.chance.choice(actions)
        name = action.objectName()
        action.trigger()
        return name

    def open_a_menu(self) -> str:
        at = self._place()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, self.canvas.viewport().mapToGlobal(at))
        QApplication.sendEvent(self.canvas.viewport(), event)
        return f"at {at.toTuple()}"

    def choose_from(self, menu: QMenu) -> None:
        """Take something from a menu that has come."""
        actions = [each for each in menu.findChildren(QAction) if each.isEnabled() and not each.isSeparator()]
        heads = [inner.menuAction() for inner in menu.findChildren(QMenu)]
        leaves = [each for each in actions if each not in heads and each.objectName() not in LEFT_OUT]
        if leaves and self.chance.random() < 0.8:
            action = self.chance.choice(leaves)
            self.done[-1] += f", {action.text()}"
            action.trigger()
        menu.close()

    def step_or_run(self) -> str:
        name = self.chance.choice(("stepAction", "stepAction", "phaseAction", "backAction", "runAction", "runAction"))
        self.window.actions_by_name[name].trigger()
        return name

    def undo_or_redo(self) -> str:
        name, times = self.chance.choice(("undoAction", "undoAction", "redoAction")), self.chance.choice((1, 1, 3))
        for _ in range(times):
            self.window.actions_by_name[name].trigger()
        return f"{name} {times}"

    def change_a_dock(self) -> str:
        docks, work = self.window._docks, self.window._workspace
        dock, other = (docks[name] for name in self.chance.sample(list(docks), 2))
        what = self.chance.choice(("show", "close", "raise", "float", "land", "tab", "move", "arrange"))
        match what:
            case "show":
                dock.show()
            case "close":
                dock.close()
            case "raise":
                dock.show()
                dock.raise_()
            case "float" | "land":
                dock.setFloating(what == "float")
            case "tab":
                dock.setFloating(False)
                other.setFloating(False)
                work.tabifyDockWidget(other, dock)
            case "move":
                work.addDockWidget(self.chance.choice(AREAS), dock)
            case "arrange":
                self.window.actions_by_name["arrangeAction"].trigger()
        return f"{what} {dock.objectName()} {other.objectName()}"

    def open_an_example(self) -> str:
        key = self.chance.choice(EXAMPLES).key
        self.window.menus.example_requested.emit(key)
        return key

    def resize(self) -> str:
        size = QSize(self.chance.randint(1110, 1500), self.chance.randint(600, 950))
        self.window.resize(size)
        return str(size.toTuple())

    def change_the_theme(self) -> str:
        name = self.chance.choice([name for name in ("light", "dark", "system") if name != self.studio._theme_name])
        self.window.findChild(QAction, f"{name}ThemeAction").trigger()
        return name

    def let_time_pass(self) -> str:
        milliseconds = self.chance.choice((20, 60, 120))
        end = time.monotonic() + milliseconds / 1000
        while time.monotonic() < end:
            QApplication.processEvents()
            time.sleep(0.002)
        return f"{milliseconds} ms"

    # What has to hold.

    def check(self) -> None:
        """Whatever goes on, the canvas shows the network that is looked at, every number is finite, words are there."""
        window, viewed = self.window, self.session.viewed
        assert self.canvas._picture.network == viewed.network
        assert set(self.canvas.network_scene._nodes) == {
            NodeRef(layer, place) for layer, size in enumerate(viewed.network.sizes) for place in range(size)
        }
        for project in (viewed, self.session.project):
            for values in (project.parameters, *project.state.optimizer, project.data.x, project.data.y):
                assert np.isfinite(values).all()
        for text in (
            window.windowTitle(), window.step_bar.speed_text.text(), window.history_bar._step.text(),
            window.network_card.bar._info.text(), window._docks["lossDock"].bar._info.text(),
            window.actions_by_name["runAction"].text(), self.canvas.accessibleDescription(),
        ):  # fmt: skip
            assert text.strip()
        assert window.isVisible()

    def check_at_rest(self) -> None:
        """When nothing moves any more, all views show the same moment."""
        window, player, session = self.window, self.player, self.session
        player.set_running(False)
        player.set_reduced_motion(True)
        deadline = time.monotonic() + 60
        while player._quiet.isActive() or player.is_moving or player._hurries:
            QApplication.processEvents()
            assert time.monotonic() < deadline, "it does not come to rest"
        if player.frame.phase is not None:
            window.actions_by_name["backAction"].trigger()
        project = session.viewed
        picture, history = picture_of(project), session.history
        model = window.parameter_table.model()
        values = [model.data(model.index(row, VALUE)) for row in range(model.rowCount())]
        assert values == [exact(value) for value in project.parameters]
        assert window.loss_plot.info() == f"step {picture.step:,} · loss {shown_plain(picture.loss, 4)}"
        assert window.network_card.bar._info.text() == f"{loss_caption(picture)} = {shown(picture.loss)}"
        slider = window.history_bar.slider
        assert (slider.minimum(), slider.value(), slider.maximum()) == (history.first, picture.step, history.end)
        chips = self.canvas.network_scene._chips
        assert {index: chip._value_text for index, chip in chips.items()} == {
            index: shown(project.parameters[index]) for index in chips
        }
        assert self.canvas.accessibleDescription().startswith(
            f"Network {' to '.join(map(str, project.network.sizes))}, step {picture.step}, loss {shown(picture.loss)}."
        )
        assert window.actions_by_name["runAction"].text() == "Run"

    def check_it_still_works(self) -> None:
        """Open the lecture's first example, take a step, and read the new number."""
        window = self.window
        self.studio.school.close()
        self.player.set_running(False)
        self.player.set_speed(len(SPEEDS) - 1)
        self.dialogs.answer = self.dialogs.buttons.Discard
        window.findChild(QAction, "example-one-weight").trigger()
        self.check_at_rest()
        model = window.parameter_table.model()
        assert model.data(model.index(0, VALUE)) == "2"
        window.actions_by_name["stepAction"].trigger()
        self.check_at_rest()
        assert float(model.data(model.index(0, VALUE))) == pytest.approx(2.24)
        assert window.history_bar._step.text() == "step 1"


@pytest.fixture
def mishaps(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, qtlog) -> Callable[[], list[str]]:
    """All that has gone wrong so far behind the caller's back: exceptions in slots, warnings of Qt, logged errors."""
    raised: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda *what: raised.append("".join(format_exception(*what))))

    def so_far() -> list[str]:
        warned = [
            each.message
            for each in qtlog.records
            if not each.ignored and each.log_type_name not in ("QtDebugMsg", "QtInfoMsg")
        ]
        return [*raised, *warned, *(record.getMessage() for record in caplog.records if record.levelname != "INFO")]

    return so_far


@pytest.fixture
def person_with(
    studio: Studio, dialogs: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Callable[[int], Person]]:
    """Somebody at a new window with its timers running, who chooses at once from whatever menu comes."""
    person: list[Person] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, *_: person[0].choose_from(menu))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: person[0].chance.choice((("", False), ("R&D", True))))
    monkeypatch.setattr(KeysDialog, "exec", lambda _: 0)
    monkeypatch.setattr(SheetDialog, "exec", lambda dialog: person[0].chance.choice((0, 1)))
    unforeseen: list[str] = []

    def close_what_stands_in_the_way() -> None:
        if QApplication.activeModalWidget() is not None:
            unforeseen.append(repr(QApplication.activeModalWidget()))
            QApplication.activeModalWidget().close()
        if QApplication.activePopupWidget() is not None:
            QApplication.activePopupWidget().close()

    # A menu that Qt itself opens waits for an answer: it gets none.
    doorman = QTimer(studio.window)
    doorman.timeout.connect(close_what_stands_in_the_way)
    doorman.start(30)
    studio.player.set_reduced_motion(False)
    studio.player.patience = PATIENCE
    studio.window.resize(1110, 640)

    def sat_down(seed: int) -> Person:
        person.append(Person(studio, seed, dialogs, tmp_path))
        return person[0]

    yield sat_down
    doorman.stop()
    studio.race.set_running(False)
    studio.jobs.wait()
    assert not unforeseen, unforeseen


@pytest.mark.parametrize(
    ("seed", "count"),
    [
        *((seed, 150) for seed in range(4)),
        *(pytest.param(seed, 3000, marks=pytest.mark.nightly) for seed in range(4, 14)),
    ],
)
def test_whatever_a_person_does_the_window_stays_whole(person_with, mishaps, seed, count):
    person, events = person_with(seed), Events()
    QApplication.instance().installEventFilter(events)
    for number in range(count):
        began, worked = time.monotonic(), time.process_time()
        try:
            person.act(number)
            QApplication.processEvents()
            spent = min(time.monotonic() - began, time.process_time() - worked)
            longest = 4 * LONGEST if "change_the_theme" in person.done[-1] else LONGEST
            assert spent < longest, f"the event loop had to wait {spent:.1f} s"
            assert not mishaps(), "\n".join(mishaps())
            person.check()
            if number % 10 == 9:
                person.check_at_rest()
                person.player.set_reduced_motion(number % 20 == 9)
        except BaseException:
            print(f"seed {seed}; what was done last:", *person.done, sep="\n  ")
            raise
        if number % 50 == 49:
            gc.collect(1)
    QApplication.instance().removeEventFilter(events)
    person.check_it_still_works()
    assert events.count >= 3 * count, f"{events.count} events in {count} acts"
