"""The docks: which there are, where they stand at first, and that nothing but a person moves them."""

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar

from gdstudio.app.studio import Studio
from gdstudio.document.examples import EXAMPLES
from gdstudio.engine import OPTIMIZERS
from gdstudio.ui.docks import ROWS

SIZES = [QSize(1110, 600), QSize(1280, 720), QSize(1440, 900)]
GROUPS = {
    "loss": ["Loss", "Check"],
    "slice": ["This weight", "Each weight", "Runs", "Race"],
}
IN_FRONT = {"controlDock", "slopeDock", "lossDock", "sliceDock", "dataDock"}
AT_FIRST = {row.name for row in ROWS if row.is_shown}


def settle() -> None:
    for _ in range(5):
        QApplication.processEvents()


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def window(studio):
    settle()
    return studio.window


def geometry(window) -> dict[str, QRect]:
    """Where every dock that can be seen stands, in the window."""
    return {
        name: QRect(dock.mapTo(window, QPoint(0, 0)), dock.size())
        for name, dock in window._docks.items()
        if dock.isVisible() and not dock.visibleRegion().isEmpty()
    }


def in_front(window) -> set[str]:
    return set(geometry(window))


# The table.


def test_every_dock_has_a_name_a_title_and_a_short_text_of_its_own():
    for field in ("name", "title", "tab"):
        values = [getattr(row, field) for row in ROWS]
        assert len(set(values)) == len(values)
        assert all(values)
    assert all(len(row.tab) <= len("This weight") for row in ROWS)


def test_the_groups_are_those_that_a_person_looks_for():
    for group, tabs in GROUPS.items():
        assert [row.tab for row in ROWS if row.group == group] == tabs
    assert [row.tab for row in ROWS if row.group == "data"][:3] == ["Data", "Surface", "Weights"]


# At first.


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width()}x{size.height()}")
def test_at_first_the_first_of_each_group_is_in_front_and_none_covers_another(window, size):
    window.resize(size)
    window.arrange()
    settle()
    assert in_front(window) == IN_FRONT
    places = geometry(window)
    for one, other in combinations(places, 2):
        assert not places[one].intersects(places[other]), (one, other)
    for place in places.values():
        assert window.rect().contains(place)


def test_members_of_a_group_share_a_place(window):
    for group in {row.group for row in ROWS}:
        names = [row.name for row in ROWS if row.group == group and row.is_shown]
        for name in names:
            around = {dock.objectName() for dock in window._workspace.tabifiedDockWidgets(window._docks[name])}
            assert around >= set(names) - {name}


@pytest.mark.parametrize("name", sorted(AT_FIRST))
def test_a_tab_brings_its_dock_to_the_front_in_the_same_place(window, name):
    group = next(row.group for row in ROWS if row.name == name)
    first = next(row.name for row in ROWS if row.group == group)
    place = geometry(window)[first]
    window._docks[name].raise_()
    settle()
    assert geometry(window)[name] == place
    assert in_front(window) == (IN_FRONT - {first}) | {name}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width()}x{size.height()}")
def test_the_tabs_of_a_group_are_all_there_and_whole(window, size):
    window.resize(size)
    window.arrange()
    settle()
    bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible() and not bar.visibleRegion().isEmpty()]
    assert [[bar.tabText(n) for n in range(bar.count())] for bar in sorted(bars, key=lambda bar: bar.x())] == [
        GROUPS["loss"], GROUPS["slice"], [row.tab for row in ROWS if row.group == "data"],
    ]  # fmt: skip
    for bar in bars:
        for number in range(bar.count()):
            words = bar.fontMetrics().horizontalAdvance(bar.tabText(number))
            assert bar.tabRect(number).width() >= words + 8, bar.tabText(number)
            assert bar.rect().contains(bar.tabRect(number))


# Put back.


def disturb(window) -> None:
    """Close one, float one, move one elsewhere, part a group, and bring others to the front."""
    docks, workspace = window._docks, window._workspace
    docks["lossDock"].close()
    docks["controlDock"].setFloating(True)
    workspace.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["slopeDock"])
    workspace.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, docks["raceDock"])
    docks["parameterDock"].raise_()
    docks["lessonDock"].show()
    settle()


def test_the_default_arrangement_puts_all_back_to_the_pixel(window):
    before = geometry(window)
    disturb(window)
    assert geometry(window) != before
    window.actions_by_name["arrangeAction"].trigger()
    settle()
    assert geometry(window) == before
    assert not any(dock.isFloating() for dock in window._docks.values())
    assert {name for name, dock in window._docks.items() if dock.toggleViewAction().isChecked()} == AT_FIRST


def test_arranging_again_and_again_changes_nothing(window):
    before = geometry(window)
    for _ in range(4):
        window.arrange()
        settle()
        assert geometry(window) == before


def test_arranging_leaves_no_empty_tab_bar_behind_at_which_the_keyboard_stops(window):
    for _ in range(3):
        window.arrange()
        settle()
    stops = [
        bar for bar in window.findChildren(QTabBar) if bar.isVisible() and bar.focusPolicy() != Qt.FocusPolicy.NoFocus
    ]
    assert sorted(bar.count() for bar in stops) == sorted(
        sum(row.group == group for row in ROWS) for group in ("loss", "slice", "data")
    )


def test_every_dock_can_be_closed_and_brought_back_from_the_menu(window):
    for name, dock in window._docks.items():
        action = dock.toggleViewAction()
        was = action.isChecked()
        action.trigger()
        settle()
        assert action.isChecked() != was, name
        assert (name in geometry(window) or bool(window._workspace.tabifiedDockWidgets(dock))) or was
        action.trigger()
        settle()
        assert action.isChecked() == was


def test_an_arrangement_of_one_s_own_is_remembered(window):
    disturb(window)
    floating, mine = window._docks["controlDock"].isFloating(), geometry(window)
    state = window.window_state()
    window.arrange()
    settle()
    window.restore_window_state(state)
    settle()
    assert window._docks["controlDock"].isFloating() == floating
    assert in_front(window) == set(mine)
    window._docks["controlDock"].setFloating(False)


# What is shown never moves anything.


def test_no_example_moves_a_dock(opened):
    studio = opened("hidden-layer")
    studio.window.arrange()
    settle()
    before = geometry(studio.window)
    for example in EXAMPLES:
        opened(example.key)
        settle()
        assert geometry(studio.window) == before, example.key


def test_no_optimizer_moves_a_dock(studio, window):
    before = geometry(window)
    for name in OPTIMIZERS:
        studio.session.set_optimizer(name)
        settle()
        assert geometry(window) == before, name


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width()}x{size.height()}")
def test_nothing_that_happens_moves_a_dock(studio, window, size):
    window.resize(size)
    window.arrange()
    settle()
    before, act = geometry(window), window.actions_by_name
    studio.session.descend(30)
    for name in ("pinRunAction", "sequentialAction", "nodePicturesAction", "phaseAction", "resetAction"):
        act[name].trigger()
        settle()
        assert geometry(window) == before, name
    for _ in range(4):
        studio.race.add()
    settle()
    assert geometry(window) == before
    for node in studio.window.canvas.network_scene.arrangement.nodes:
        studio.stage.select(node)
        settle()
        assert geometry(window) == before, node
    window.show_sentence("A sentence. " * 30)
    studio.set_theme("dark")
    settle()
    assert geometry(window) == before
    studio.set_theme("light")


def test_in_the_smallest_window_there_is_room_for_every_bar(opened):
    """What needs more than there is would be shared out anew, a pixel here and there, whenever anything is styled."""
    studio = opened("hidden-layer")
    window, act = studio.window, studio.window.actions_by_name
    window.resize(window.minimumSize())
    window.arrange()
    act["sequentialAction"].trigger()
    act["stepAction"].trigger()
    window.message_bar.show_message("A sentence. " * 30)
    settle()
    assert window.comparison_bar.isVisible()
    assert window.message_bar.isVisible()
    least = window._workspace.minimumSizeHint()
    assert least.height() <= window._workspace.height()
    assert least.width() <= window._workspace.width()


def test_behind_every_tab_what_happens_moves_nothing(opened):
    studio = opened("hidden-layer")
    window = studio.window
    window.resize(1280, 720)
    window.arrange()
    for name in sorted(AT_FIRST):
        window._docks[name].raise_()
        settle()
        before = geometry(window)
        for key in ("two-rings", "one-weight"):
            opened(key)
            studio.session.set_optimizer("adam")
            studio.session.descend(20)
            studio.session.pin_run()
            studio.jobs.wait()
            settle()
            assert geometry(window) == before, (name, key)


def test_the_workspace_is_a_window_inside_with_all_docks(window):
    assert isinstance(window._workspace, QMainWindow)
    assert set(window._docks) == {row.name for row in ROWS}
    assert all(dock.parent() is window._workspace for dock in window._docks.values())
