"""The docks around the canvas: which there are, and where each stands at first.

Lays out what it is given; knows nothing of what the docks hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QTabBar, QWidget

from gdstudio.ui.widgets.card import Dock

_RIGHT, _BOTTOM = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea


@dataclass(frozen=True, slots=True)
class DockRow:
    """One dock: its public name, its title, its tab's text, and the group whose docks share a place.

    ``is_shown`` says whether it is there at first; the others come when they are wanted.
    """

    name: str
    title: str
    tab: str
    group: str
    size: tuple[int, int]
    is_shown: bool = True


ROWS = (
    DockRow("lessonDock", "Lesson", "Lesson", "learn", (300, 400), is_shown=False),
    DockRow("practiceDock", "Practice", "Practice", "learn", (300, 400), is_shown=False),
    DockRow("controlDock", "Control panel", "Control", "control", (300, 330)),
    DockRow("slopeDock", "Why this slope", "Why", "why", (300, 330)),
    DockRow("lossDock", "Loss over steps", "Loss", "loss", (700, 236)),
    DockRow("gradientCheckDock", "Gradient check", "Check", "loss", (350, 236)),
    DockRow("sliceDock", "Loss as this weight changes", "This weight", "slice", (350, 236)),
    DockRow("slicesDock", "Loss as each weight changes", "Each weight", "slice", (350, 236)),
    DockRow("runsDock", "Runs", "Runs", "slice", (700, 236)),
    DockRow("raceDock", "Race", "Race", "slice", (700, 236)),
    DockRow("dataDock", "Data and prediction", "Data", "data", (350, 236)),
    DockRow("surfaceDock", "Loss surface", "Surface", "data", (350, 236)),
    DockRow("parameterDock", "Weights and biases", "Weights", "data", (700, 236)),
    DockRow("codeDock", "The code with its numbers", "Code", "data", (700, 236)),
)
_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_AREAS = {"learn": _LEFT, "control": _RIGHT, "why": _RIGHT, "loss": _BOTTOM, "slice": _BOTTOM, "data": _BOTTOM}
_WIDTHS = {"loss": 440, "slice": 400, "data": 540}


def make_docks(workspace: QMainWindow, contents: Mapping[str, QWidget]) -> dict[str, Dock]:
    """Return every dock by its name, with its content where there is one yet.

    A dock that has its window from the beginning is not styled anew when it is put in its place.
    """
    for corner in (Qt.Corner.BottomLeftCorner, Qt.Corner.BottomRightCorner):
        workspace.setCorner(corner, _BOTTOM)
    workspace.setDockNestingEnabled(True)
    docks = {row.name: Dock(row.name, row.title, row.tab, QSize(*row.size), workspace) for row in ROWS}
    for name, content in contents.items():
        docks[name].hold(content)
    return docks


def tend_tab_bars(workspace: QMainWindow) -> None:
    """Let the keyboard go to the bars that have tabs: Qt keeps those that it no longer needs, out of sight."""
    for bar in workspace.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
        bar.setFocusPolicy(Qt.FocusPolicy.TabFocus if bar.count() else Qt.FocusPolicy.NoFocus)


def arrange_docks(workspace: QMainWindow, docks: Mapping[str, Dock]) -> None:
    """Put every dock where it stands at first, the first of each group on top."""
    groups: dict[str, list[Dock]] = {}
    shown = {row.name: row.is_shown for row in ROWS}
    for row in ROWS:
        groups.setdefault(row.group, []).append(docks[row.name])
    for dock in docks.values():
        dock.setFloating(False)
        workspace.removeDockWidget(dock)
    for group, members in groups.items():
        workspace.addDockWidget(_AREAS[group], members[0])
        for before, after in pairwise(members):
            workspace.tabifyDockWidget(before, after)
        for dock in members:
            dock.setVisible(shown[dock.objectName()])
        members[0].raise_()
    height = workspace.height()
    across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
    control, why = groups["control"][0], groups["why"][0]
    below = [groups[group][0] for group in _WIDTHS]
    workspace.resizeDocks([control, why], [336, 336], across)
    workspace.resizeDocks(groups["learn"], [300, 300], across)
    workspace.resizeDocks([control, why], [round(0.33 * height), round(0.39 * height)], down)
    workspace.resizeDocks(below, list(_WIDTHS.values()), across)
    workspace.resizeDocks(below, [round(0.28 * height)] * len(below), down)
    QTimer.singleShot(0, workspace, lambda: tend_tab_bars(workspace))


def first_size(available: QSize, least: QSize) -> QSize:
    """Return the window's size where none is remembered: 1440x900, or what a smaller screen has beside its frame.

    A screen below the least size can't hold the window anyway and takes nothing from it.
    """
    room = available - QSize(16, 48)
    usual = QSize(1440, 900)
    return usual.boundedTo(room) if room.width() >= least.width() and room.height() >= least.height() else usual
