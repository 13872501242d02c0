"""Painting: what goes wrong in it is told once, never reaches Qt, and leaves the rest as it was."""

import importlib
import pkgutil
import sys
from types import FunctionType

import pytest
from PySide6.QtCore import QAbstractTableModel, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPicture
from PySide6.QtWidgets import QApplication, QGraphicsItem, QGraphicsScene, QGraphicsView, QTableView, QWidget

import gdstudio
from gdstudio.app.studio import Studio
from gdstudio.ui import painting
from gdstudio.ui.canvas.items import Chip, RoundButton
from gdstudio.ui.canvas.node_item import Node

STROKES = [
    "setPen", "setBrush", "setFont", "fillRect", "drawText", "drawPath", "strokePath", "drawPolyline",
    "drawPixmapFragments",
    "drawImage", "drawPicture", "drawLine", "drawPolygon", "setRenderHint",
]  # fmt: skip
"""With one of these begins whatever is painted."""


class Wrong(Exception):
    """What the tests raise."""


@pytest.fixture
def told(monkeypatch) -> list[BaseException]:
    """What is told of mistakes."""
    heard: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: heard.append(error))
    monkeypatch.setattr(painting, "told", set())
    return heard


def code_of(method: FunctionType) -> object:
    return method.__wrapped__.__code__


@pytest.fixture
def stumble():
    """Let each stroke of some methods fail, or of all that are guarded; returns which have failed."""

    def in_methods(planted: pytest.MonkeyPatch, *methods: FunctionType) -> set[object]:
        codes, failed = {code_of(method) for method in methods}, set()

        def fails(draw):
            def stroke(*arguments, **named):
                frame = sys._getframe(1)
                while frame is not None:
                    if frame.f_code in codes:
                        failed.add(frame.f_code)
                        raise Wrong(frame.f_code.co_qualname)
                    frame = frame.f_back
                return draw(*arguments, **named)

            return stroke

        for name in STROKES:
            planted.setattr(QPainter, name, fails(getattr(QPainter, name)))
        return failed

    return in_methods


def classes(root: type) -> list[type]:
    """All classes made from a class, of the studio and of pyqtgraph."""
    found = {each for kind in root.__subclasses__() for each in (kind, *classes(kind))}
    return [kind for kind in found if kind.__module__.startswith(("gdstudio.", "pyqtgraph."))]


def painters() -> dict[str, FunctionType]:
    """All methods of the studio and of pyqtgraph that Qt calls while it paints."""
    for module in pkgutil.walk_packages(gdstudio.__path__, "gdstudio."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return {
        f"{kind.__module__}.{kind.__qualname__}.{name}": vars(kind)[name]
        for root in painting.ASKED
        for kind in classes(root)
        for name in painting.guarded_names(kind)
        if isinstance(vars(kind).get(name), FunctionType)
    }


def test_whatever_qt_calls_while_it_paints_is_guarded():
    methods = painters()
    own = [name for name in methods if name.startswith("gdstudio.")]
    assert len(own) > 30
    assert len(methods) - len(own) > 50
    assert [name for name, method in methods.items() if not painting.is_guarded(method)] == []


# All at once, in the whole window.

SEEN = {
    "Chip", "CodeView", "Dock", "ElidedLabel", "Legend", "Node", "NudgeCurve", "Relief", "RoundButton", "SlicesPlot",
    "Target", "WeightLines", "ZoneStrip", "_Dot",
    "AxisItem", "ImageItem", "InfiniteLine", "IsocurveItem", "PlotCurveItem", "ScatterPlotItem", "TextItem", "ViewBox",
}  # fmt: skip
"""What paints itself in the window of this test."""


def paint_all(studio: Studio, theme: str) -> None:
    """Paint the window in a theme, with each dock in front once."""
    studio.set_theme(theme)
    for item in studio.window.canvas.network_scene.items():
        item.setVisible(item.isVisible() or isinstance(item, RoundButton))
    for dock in studio.window._docks.values():
        dock.raise_()
        QApplication.processEvents()
        studio.window.grab()


def test_where_all_painting_goes_wrong_the_window_lives_and_each_mistake_is_told_once(
    studio, told, stumble, monkeypatch
):
    studio.session.descend(20)
    studio.session.pin_run()
    studio.race.add()
    studio.window.surface_plot.show_relief(True)
    studio.jobs.wait()
    with monkeypatch.context() as planted:
        stumble(planted, *painters().values())
        for theme in ("dark", "light"):
            paint_all(studio, theme)
    wrong = [str(error).split(".")[0] for error in told]
    assert {type(error) for error in told} == {Wrong}
    assert sorted(wrong) == sorted(set(wrong))
    assert set(wrong) >= SEEN, SEEN - set(wrong)
    told.clear()
    paint_all(studio, "dark")
    assert told == []


# One at a time.


def test_where_one_item_goes_wrong_all_others_are_painted_as_they_were(hand_on, told, stumble, monkeypatch):
    view = hand_on("hidden-layer").view
    before = view.grab().toImage()
    chips = [item for item in view.network_scene.items() if isinstance(item, Chip) and item.isVisible()]
    with monkeypatch.context() as planted:
        stumble(planted, Node.paint)
        wrong = view.grab().toImage()
    assert [str(error) for error in told] == ["Node.paint"]
    assert wrong != before
    assert chips
    nodes = [item.sceneBoundingRect() for item in view.network_scene.items() if isinstance(item, Node)]
    for chip in chips:
        if not any(chip.sceneBoundingRect().intersects(node) for node in nodes):
            box = view.mapFromScene(chip.sceneBoundingRect()).boundingRect()
            assert wrong.copy(box) == before.copy(box)
    assert view.grab().toImage() == before


class Board(QWidget):
    """Paints on itself and on a picture of its own, with what it set kept aside, and stumbles."""

    def paintEvent(self, event):
        own, picture = QPainter(self), QPicture()
        drawing = QPainter(picture)
        own.save()
        drawing.drawLine(0, 0, 9, 9)
        raise Wrong("a board")


class Thing(QGraphicsItem):
    """An item that stumbles where it is told to."""

    wrong = ""

    def boundingRect(self):
        if self.wrong == "boundingRect":
            raise Wrong("boundingRect")
        return QRectF(0, 0, 20, 20)

    def shape(self):
        if self.wrong == "shape":
            raise Wrong("shape")
        return super().shape()

    def paint(self, painter, option, widget=None):
        painter.fillRect(self.boundingRect(), Qt.GlobalColor.red)
        if self.wrong == "paint":
            raise Wrong("paint")


class Table(QAbstractTableModel):
    """A table that knows nothing of its cells."""

    def rowCount(self, parent=None):
        return 3

    def columnCount(self, parent=None):
        return 3

    def data(self, index, role=Qt.ItemDataRole.DisplayRole):
        raise Wrong("data")

    def headerData(self, section, orientation, role=Qt.ItemDataRole.DisplayRole):
        raise Wrong("headerData")


@pytest.fixture
def seen(shown_alone, qapp):
    """Show a widget alone, and paint it again and again."""

    def show(widget: QWidget) -> QImage:
        shown_alone(widget, 300, 200)
        for _ in range(3):
            widget.update()
            qapp.processEvents()
        return widget.grab().toImage()

    return show


@pytest.mark.qt_log_ignore("Painter ended with 1 saved states")
def test_a_widget_that_goes_wrong_with_painters_begun_leaves_none_open(seen, told):
    """Qt would warn of a picture that goes while something is painted on it."""
    seen(Board())
    assert [str(error) for error in told] == ["a board"]


@pytest.mark.parametrize("wrong", ["paint", "boundingRect", "shape"])
def test_an_item_that_goes_wrong_takes_no_other_with_it(seen, told, wrong):
    scene = QGraphicsScene()
    things = [Thing() for _ in range(3)]
    for number, thing in enumerate(things):
        scene.addItem(thing)
        thing.setPos(40 * number, 0)
    things[1].wrong = wrong
    view = QGraphicsView(scene)
    image = seen(view)
    view.itemAt(view.mapFromScene(42, 2))
    assert [str(error) for error in told] == [wrong]
    for thing in (things[0], things[2]):
        place = view.mapTo(view, view.viewport().mapTo(view, view.mapFromScene(thing.mapToScene(10, 10))))
        assert image.pixelColor(place) == Qt.GlobalColor.red


def test_a_table_that_goes_wrong_is_empty(seen, told):
    view, table = QTableView(), Table()
    view.setModel(table)
    seen(view)
    assert sorted(str(error) for error in told) == ["data", "headerData"]


def test_another_mistake_in_the_same_painting_is_told_as_well(seen, told):
    class Forgetful(QWidget):
        wrong = "first"

        def paintEvent(self, event):
            if self.wrong == "first":
                raise Wrong("first")
            raise Wrong("second")

    widget = Forgetful()
    seen(widget)
    widget.wrong = "second"
    seen(widget)
    assert [str(error) for error in told] == ["first", "second"]
