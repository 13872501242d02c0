"""The panels behind the tabs, in the whole window: public names, places, room, the keyboard and screen readers."""

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabBar,
    QTableView,
    QWidget,
)

from gdstudio.app.studio import Studio
from gdstudio.ui.widgets.card import ElidedLabel

SIZES = [QSize(1110, 600), QSize(1280, 720), QSize(1440, 900)]
WIDGETS = {
    "slicePlot": QWidget, "surfacePlot": QWidget, "dataPlot": QWidget, "slicesPlot": QWidget, "racePanel": QWidget,
    "runsTable": QTableView, "gradientCheckPanel": QWidget, "forecastLabel": QLabel,
}  # fmt: skip
_LANE = ("OptimizerCombo", "RateField", "BatchField", "RemoveButton")
STOPS = {
    "gradientCheckDock": {"gradientCheckTable"},
    "slicesDock": {"slicesPlot"},
    "runsDock": {"runsTable", "pinRunButton", "deleteRunButton"},
    "raceDock": {
        *(f"race{what}{n}" for n in (1, 2, 3) for what in _LANE),
        "raceRunButton", "raceStepsField", "raceAddButton", "raceClearButton",
    },
    "surfaceDock": {"surfaceAxesCombo", "surfaceXCombo", "surfaceYCombo"},
}  # fmt: skip
DOCKS = sorted(STOPS)


def settle(studio) -> None:
    for _ in range(2):
        studio.jobs.wait()
        for _ in range(3):
            QApplication.processEvents()


def bring_up(studio, dock: str, size: QSize = SIZES[2]) -> QWidget:
    """Give the window a size, let a run be, and bring a dock to the front."""
    window = studio.window
    if window.size() != size:
        window.resize(size)
        window.arrange()
    window.surface_plot.move_in()
    window.activateWindow()
    window._docks[dock].raise_()
    settle(studio)
    return window._docks[dock]


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def fill(studio) -> None:
    """Kept runs, a race of six that is over, and a surface with a note."""
    studio.session.descend(12)
    studio.session.pin_run()
    for _ in range(3):
        studio.race.add()
    studio.race.set_steps(3)
    studio.race.set_running(True)
    while studio.race.is_running:
        studio.race.advance()


def tab_stops(studio) -> list[QWidget]:
    studio.window.activateWindow()
    studio.window.canvas.setFocus()
    stops: list[QWidget] = []
    while QApplication.focusWidget() not in stops and len(stops) < 150:
        stops.append(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    return stops


# Names.


def test_every_public_object_is_there_once(studio):
    for name, kind in WIDGETS.items():
        (found,) = studio.window.findChildren(QWidget, name)
        assert isinstance(found, kind), name
    for name in ("sequentialAction", "pinRunAction"):
        (action,) = studio.window.findChildren(QAction, name)
        assert action.text()
        assert action.isCheckable() == (name == "sequentialAction")


def test_no_two_controls_share_a_name(studio):
    kinds = (QLineEdit, QComboBox, QAbstractSlider, QTableView, QPushButton)
    names = [w.objectName() for kind in kinds for w in studio.window.findChildren(kind)]
    own = [name for name in names if name and not name.startswith("qt_")]
    assert sorted(name for name in set(own) if own.count(name) > 1) == []


def test_every_control_of_a_panel_has_a_name_for_screen_readers(opened):
    studio = opened("two-rings")
    fill(studio)
    for dock in DOCKS:
        front = bring_up(studio, dock)
        for relief in (False, True):
            studio.window.surface_plot.show_relief(relief)
            controls = [
                widget
                for widget in front.widget().findChildren(QWidget)
                if widget.isVisible() and widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not is_viewport(widget)
            ]
            assert controls, dock
            unnamed = [
                widget
                for widget in controls
                if not widget.accessibleName() and not (isinstance(widget, QAbstractButton) and len(widget.text()) > 2)
            ]
            assert [(type(widget).__name__, widget.objectName()) for widget in unnamed] == [], dock


# The keyboard.


@pytest.mark.parametrize("dock", DOCKS)
def test_tab_reaches_every_control_of_the_panel_in_front_and_none_behind(opened, dock):
    studio = opened("hidden-layer")
    bring_up(studio, dock)
    names = {widget.objectName() for widget in tab_stops(studio)}
    assert STOPS[dock] <= names
    behind = set().union(*(stops for other, stops in STOPS.items() if other != dock))
    assert behind & names == set()


def test_in_the_relief_the_arrow_keys_are_reached_by_tab(opened):
    studio = opened("hidden-layer")
    bring_up(studio, "surfaceDock")
    studio.window.surface_plot.show_relief(True)
    settle(studio)
    (relief,) = [widget for widget in tab_stops(studio) if widget.objectName() == "surfaceRelief"]
    relief.setFocus()
    before = relief.azimuth
    QTest.keyClick(relief, Qt.Key.Key_Right)
    assert relief.azimuth != before


def test_the_small_buttons_above_the_canvas_and_the_phases_are_reached_by_tab(opened):
    studio = opened("xor")
    bring_up(studio, "surfaceDock")
    names = {widget.objectName() for widget in tab_stops(studio)}
    assert {"phaseSlider", "speedSlider"} <= names
    assert names & {"nodeNumbersButton", "nodePicturesButton"}
    assert names & {"contourSurfaceButton", "3dSurfaceButton"}


@pytest.mark.parametrize("dock", ["gradientCheckDock", "runsDock"])
def test_tab_leads_out_of_the_tables(opened, dock):
    studio = opened("hidden-layer")
    fill(studio)
    table = bring_up(studio, dock).findChild(QTableView)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        table.setFocus()
        table.setCurrentIndex(table.model().index(0, 1))
        QTest.keyClick(table, key)
        assert QApplication.focusWidget() is not table


# Room.


def is_viewport(widget: QWidget) -> bool:
    return isinstance(widget.parentWidget(), QAbstractScrollArea) and widget.parentWidget().viewport() is widget


def in_scroll_area(widget: QWidget, root: QWidget) -> bool:
    while widget is not root:
        widget = widget.parentWidget()
        if isinstance(widget, QAbstractScrollArea):
            return True
    return False


def is_cut(widget: QWidget) -> bool:
    """Whether the words of a label, button or field have not enough room."""
    metrics = widget.fontMetrics()
    if isinstance(widget, ElidedLabel):
        return widget.height() < metrics.height() - 2
    words = widget.currentText() if isinstance(widget, QComboBox) else widget.text()
    room = {QComboBox: 30, QLineEdit: 10, QAbstractButton: 6, QLabel: -1}
    needed = next(room[kind] for kind in room if isinstance(widget, kind))
    return metrics.horizontalAdvance(words.replace("&", "")) > widget.width() - needed or (
        metrics.height() - 4 > widget.height()
    )


in_every_window = pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width()}x{size.height()}")


@in_every_window
def test_nothing_of_a_panel_overlaps_or_leaves_it(opened, size):
    studio = opened("two-rings")
    fill(studio)
    for dock in DOCKS:
        front = bring_up(studio, dock, size)
        content = front.widget()
        kinds = (QLabel, QAbstractButton, QLineEdit, QComboBox, QTableView)
        parts = [w for w in content.findChildren(QWidget) if isinstance(w, kinds) and w.isVisible()]
        parts = [w for w in parts if not isinstance(w.parentWidget(), QTableView | QComboBox)]
        places = {w: QRect(w.mapTo(content, QPoint(0, 0)), w.size()) for w in parts}
        assert places or dock == "slicesDock"
        for widget, place in places.items():
            said = (dock, type(widget).__name__, widget.objectName(), place)
            assert place.left() >= 0, said
            assert place.right() <= content.width(), said
            if not in_scroll_area(widget, content):
                assert content.rect().contains(place), said
        fixed = [w for w in parts if not in_scroll_area(w, content)]
        scrolled = [w for w in parts if w not in fixed]
        for group in (fixed, scrolled):
            for one, other in combinations(group, 2):
                if not (one.isAncestorOf(other) or other.isAncestorOf(one)):
                    assert not places[one].intersects(places[other]), (dock, one.objectName(), other.objectName())


@in_every_window
def test_no_words_of_a_panel_are_cut(opened, size):
    studio = opened("hidden-layer")
    fill(studio)
    for dock in DOCKS:
        content = bring_up(studio, dock, size).widget()
        parts = [
            w for w in content.findChildren(QWidget) if isinstance(w, QLabel | QPushButton | QLineEdit | QComboBox)
        ]
        shown = [w for w in parts if w.isVisible() and not isinstance(w.parentWidget(), QTableView | QComboBox)]
        # What is chosen may be cut where a column is narrow: its list has it whole, and so has its tip.
        shown = [w for w in shown if not isinstance(w, QComboBox)]
        cut = [(type(w).__name__, w.objectName(), w.geometry().getRect()) for w in shown if is_cut(w)]
        assert cut == [], dock


@in_every_window
def test_the_columns_of_a_table_have_room_for_their_numbers(opened, size):
    studio = opened("hidden-layer")
    fill(studio)
    for dock in ("runsDock", "gradientCheckDock"):
        table = bring_up(studio, dock, size).findChild(QTableView)
        assert not table.horizontalScrollBar().isVisible(), dock
        assert table.rowAt(2) == 0, dock
        header = table.horizontalHeader()
        for column in range(1, table.model().columnCount()):
            if column == 2 and dock == "runsDock":
                continue  # the settings are whole in the tip
            words = str(table.model().headerData(column, Qt.Orientation.Horizontal))
            assert header.fontMetrics().horizontalAdvance(words) <= table.columnWidth(column), (dock, words)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_panel_wears_the_theme(opened, theme):
    studio = opened("hidden-layer")
    fill(studio)
    studio.set_theme(theme)
    for dock in DOCKS:
        image = bring_up(studio, dock).widget().grab().toImage()
        places = [(x, y) for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)]
        inks = sorted(image.pixelColor(*place).lightness() for place in places)
        middle = inks[len(inks) // 2]
        assert (middle < 90) if theme == "dark" else (middle > 160), dock
    studio.set_theme("light")


def test_the_forecast_is_beside_the_learning_rate_and_says_something(opened):
    studio = opened("one-weight")
    settle(studio)
    label = studio.window.findChild(QLabel, "forecastLabel")
    assert label.isVisible()
    assert label.text()
    before = label.text()
    studio.session.set_learning_rate(0.2)
    settle(studio)
    assert label.text() != before


def test_the_tabs_can_be_walked_by_the_keyboard(opened):
    studio = opened("hidden-layer")
    bring_up(studio, "surfaceDock")
    bars = [bar for bar in studio.window.findChildren(QTabBar) if bar.count() == 4 and bar.tabText(0) == "This weight"]
    (bar,) = [bar for bar in bars if not bar.visibleRegion().isEmpty()]
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Right)
    settle(studio)
    assert not studio.window._docks["slicesDock"].visibleRegion().isEmpty()
