"""What the tests of the window share: a hand that points, drags and types with real events, and ears for signals."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QWidget

from gdstudio.app.studio import Studio
from gdstudio.document.datasets import Data, plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project, Ref, new_project
from gdstudio.document.runs import KeptRun, kept_run
from gdstudio.engine import Network, Recipe, draw_parameters
from gdstudio.teaching.choreography import still_frame
from gdstudio.teaching.picture import Picture, picture_of
from gdstudio.teaching.standings import Racer, Standings
from gdstudio.ui.canvas.items import RoundButton
from gdstudio.ui.canvas.view import NetworkView
from gdstudio.ui.theme import LIGHT, TEXT_FAMILY, apply_basics, apply_theme, style_sheet

NO_MODIFIER = Qt.KeyboardModifier.NoModifier
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def heard_on(signal) -> list:
    """A list that takes in whatever a signal says from now on: a tuple of its arguments each time."""
    heard: list = []
    signal.connect(lambda *values: heard.append(values))
    return heard


def project_of(*sizes: int, activation: str = "tanh", bias: bool = True, examples: int = 1) -> Project:
    """A project with drawn weights on drawn examples."""
    random = np.random.default_rng(3)
    network = Network(sizes, (activation,) * (len(sizes) - 2) + ("linear",), bias)
    data = plain_data("drawn", random.normal(size=(examples, sizes[0])), random.normal(size=(examples, sizes[-1])))
    return new_project("drawn", Recipe(network), draw_parameters(network, 1), data)


def named_project(*inputs: str, target: str = "target", name: str = "named", examples: int = 1) -> Project:
    """A project whose columns have these names, on ``examples`` drawn examples."""
    random = np.random.default_rng(4)
    network = Network((len(inputs), 1), ("linear",))
    x, y = random.normal(size=(examples, len(inputs))), random.normal(size=(examples, 1))
    return new_project(name, Recipe(network), draw_parameters(network, 1), Data(name, inputs, (target,), x, y))


def picture_from(source: Project | str) -> Picture:
    return picture_of(load_example(source) if isinstance(source, str) else source)


def kept_of(source: Project | str, losses: Sequence[float] = (4.0, 2.0, 1.0), name: str = "run", **changes) -> KeptRun:
    """A run that ended with a project, with these losses, its path standing still; some things of it changed."""
    project = load_example(source) if isinstance(source, str) else source
    steps, values = np.arange(float(len(losses))), np.asarray(losses, dtype=float)
    run = kept_run(name, project, (steps, values, values), np.tile(project.parameters, (len(losses), 1)))
    return replace(run, loss=float(values[-1]), **changes)


def standings_of(*runs: KeptRun, diverged: Sequence[int] = (), taken: int = 10, steps: int = 10) -> Standings:
    """Where these runs are in a race."""
    racers = tuple(Racer(run, number in diverged) for number, run in enumerate(runs))
    return Standings(racers, taken, steps)


def send_mouse(
    widget: QWidget,
    kind: QEvent.Type,
    point: QPointF,
    button: Qt.MouseButton = LEFT,
    buttons: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NO_MODIFIER,
) -> None:
    """Deliver one mouse event."""
    event = QMouseEvent(kind, point, widget.mapToGlobal(point), button, buttons, modifiers)
    QApplication.sendEvent(widget, event)


def send_wheel(widget: QWidget, amount: int, at: QPointF) -> None:
    """Deliver one turn of the wheel."""
    phase = Qt.ScrollPhase.NoScrollPhase
    turn = QWheelEvent(at, widget.mapToGlobal(at), QPoint(), QPoint(0, amount), NONE, NO_MODIFIER, phase, False)
    QApplication.sendEvent(widget, turn)


def enter(field: QLineEdit, text: str, key: Qt.Key | None = Qt.Key.Key_Return) -> None:
    """Type into a field in the place of what it holds, and end with a key."""
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text) if text else QTest.keyClick(field, Qt.Key.Key_Delete)
    if key is not None:
        QTest.keyClick(field, key)


def pick(combo: QComboBox, key: object) -> None:
    """Open the list of a combo, go to a choice and take it, by the keyboard alone."""
    assert combo.isVisible(), combo.objectName()
    index = combo.findData(key)
    assert index >= 0, key
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Space)
    QTest.keyClick(combo.view(), Qt.Key.Key_Home)
    for _ in range(index):
        QTest.keyClick(combo.view(), Qt.Key.Key_Down)
    QTest.keyClick(combo.view(), Qt.Key.Key_Return)
    assert not combo.view().isVisible()


def refusals(parent: QWidget) -> list[str]:
    """The sentences on show that refuse what was asked for in a form."""
    labels = [label for label in parent.findChildren(QLabel) if label.property("role") == "refusal"]
    return [label.text() for label in labels if label.isVisible()]


class Hand:
    """Points at things on a canvas and types."""

    def __init__(self, view: NetworkView) -> None:
        self.view = view
        self.port = view.viewport()

    @property
    def field(self) -> QLineEdit:
        return self.view.findChild(QLineEdit, "inPlaceField")

    def at(self, place: Ref | QPointF) -> QPoint:
        """Where something of the network stands, in the viewport."""
        scene = self.view.network_scene
        return self.view.mapFromScene(place if isinstance(place, QPointF) else scene.place_of(place))

    def click(self, place: Ref | QPointF, button: Qt.MouseButton = LEFT) -> None:
        self.release(self.press(place, button), button)

    def double_click(self, place: Ref | QPointF) -> None:
        """Click and double-click, as a mouse does it."""
        point = QPointF(self.at(place))
        kinds = QEvent.Type
        for kind in (kinds.MouseButtonPress, kinds.MouseButtonRelease, kinds.MouseButtonDblClick):
            send_mouse(self.port, kind, point, LEFT, NONE if kind is kinds.MouseButtonRelease else LEFT)
        send_mouse(self.port, kinds.MouseButtonRelease, point, LEFT, NONE)

    def press(self, place: Ref | QPointF, button: Qt.MouseButton = LEFT) -> QPointF:
        point = QPointF(self.at(place))
        self.view.setFocus(Qt.FocusReason.MouseFocusReason)  # as Qt itself does it for a press from outside
        send_mouse(self.port, QEvent.Type.MouseButtonPress, point, button, button)
        return point

    def move(self, point: QPointF, buttons: Qt.MouseButton = LEFT, modifiers=NO_MODIFIER) -> None:
        send_mouse(self.port, QEvent.Type.MouseMove, point, NONE, buttons, modifiers)

    def release(self, point: QPointF, button: Qt.MouseButton = LEFT) -> None:
        send_mouse(self.port, QEvent.Type.MouseButtonRelease, point, button, NONE)

    def drag(self, ref: Ref, *heights: float, modifiers=NO_MODIFIER) -> None:
        """Press on something, move to these heights above it one after the other, and let go."""
        start = point = self.press(ref)
        for height in heights:
            point = start - QPointF(0, height)
            self.move(point, modifiers=modifiers)
        self.release(point)

    def hover(self, place: Ref | QPointF) -> None:
        self.move(QPointF(self.at(place)), NONE)

    def turn(self, amount: int, at: QPointF) -> None:
        """Turn the wheel."""
        send_wheel(self.port, amount, at)

    def key(self, key: Qt.Key, target: QWidget | None = None) -> None:
        QTest.keyClick(target or self.view, key)

    def type(self, text: str, end: Qt.Key | None = Qt.Key.Key_Return) -> None:
        """Type into the open field in the place of what it holds."""
        self.field.selectAll()
        for character in text:
            QApplication.sendEvent(self.field, QKeyEvent(QEvent.Type.KeyPress, 0, NO_MODIFIER, character))
        if end is not None:
            QTest.keyClick(self.field, end)

    def buttons(self, x: float | None = None) -> list[RoundButton]:
        """The round buttons on show, those near ``x`` alone."""
        items = [item for item in self.view.scene().items() if isinstance(item, RoundButton) and item.isVisible()]
        return sorted((b for b in items if x is None or abs(b.x() - x) < 20), key=lambda button: button.x())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Overlook what the offscreen platform says of every plain window: it has no size hints, nothing to raise."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.qt_log_ignore("This plugin does not support"))


@pytest.fixture(scope="session")
def by() -> SimpleNamespace:
    """The helpers above."""
    return SimpleNamespace(
        enter=enter,
        heard=heard_on,
        kept=kept_of,
        mouse=send_mouse,
        move=QEvent.Type.MouseMove,
        named=named_project,
        pick=pick,
        picture=picture_from,
        project=project_of,
        refusals=refusals,
        standings=standings_of,
        wheel=send_wheel,
        still=lambda source: still_frame(picture_from(source)),
    )


@pytest.fixture
def dressed(qapp: QApplication) -> QApplication:
    """The application in light colours, with the bundled fonts."""
    if qapp.styleSheet() != style_sheet(LIGHT) or qapp.font().family() != TEXT_FAMILY:
        apply_basics(qapp, LIGHT)
        apply_theme(qapp, LIGHT)
    return qapp


@pytest.fixture
def shown_alone(qtbot, dressed) -> Callable[..., QWidget]:
    """Show one widget by itself, with the keyboard."""
    kept: list[QWidget] = []  # a parent that nobody holds takes its children with it

    def show(widget: QWidget, width: int, height: int) -> QWidget:
        qtbot.addWidget(widget)
        widget.resize(width, height)
        widget.show()
        widget.activateWindow()
        dressed.processEvents()
        kept.append(widget)
        return widget

    return show


@pytest.fixture
def hand_on(shown_alone) -> Callable[..., Hand]:
    """A canvas by itself that shows a project and heeds the selection, and a hand on it."""

    def show(source: Project | str = "hidden-layer", width: int = 900, height: int = 560) -> Hand:
        view = NetworkView()
        view.show_frame(still_frame(picture_from(source)))
        view.selection_requested.connect(view.show_selection)
        shown_alone(view, width, height)
        view.setFocus()
        return Hand(view)

    return show


@pytest.fixture
def hand(studio: Studio) -> Hand:
    """A hand on the canvas of the whole studio."""
    studio.window.activateWindow()
    studio.window.canvas.setFocus()
    return Hand(studio.window.canvas)
