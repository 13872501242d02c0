"""The menus: every action stands in one of them once, choices become wishes, and names are shown as they are."""

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu

from gdstudio.app.studio import Studio
from gdstudio.document.examples import EXAMPLES
from gdstudio.ui.actions import ACTIONS, make_actions
from gdstudio.ui.menus import Menus

NAMES = ("a & b.gds", "<b>bold.gds", "&file.csv", "two && two.gds", "tab\there.gds")


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def window(qtbot, dressed) -> QMainWindow:
    made = QMainWindow()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def menus(window) -> Menus:
    """Menus by themselves, with two examples, two lessons and two docks."""
    docks = [QDockWidget(title, window) for title in ("First panel", "Second panel")]
    examples = [("one", "One", "the first"), ("two", "Two", "the second")]
    made = Menus(window.menuBar(), make_actions(window), examples, docks)
    made.show_lessons([(1, "Downhill"), (2, "R&D <b>")])
    return made


def actions_in(bar_or_menu) -> list[QAction]:
    """All actions in the menus, those of submenus too, separators and the submenus' own left out."""
    # Not by QAction.menu: up to PySide6 6.11.0 a menu that is asked for so goes with whoever asked.
    menus = bar_or_menu.findChildren(QMenu)
    own = [menu.menuAction() for menu in menus]
    actions = [action for each in (bar_or_menu, *menus) for action in each.actions()]
    return [action for action in actions if not action.isSeparator() and action not in own]


def menu_called(window: QMainWindow, text: str) -> QMenu:
    (menu,) = [menu for menu in window.menuBar().findChildren(QMenu) if menu.title().replace("&", "") == text]
    return menu


def recent_actions(window: QMainWindow) -> list[QAction]:
    return menu_called(window, "Open recent").actions()


def read_by_a_person(action: QAction) -> str:
    """An action's text as a menu shows it: one & marks a key, two are one."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")


# Where everything stands.


def test_every_action_stands_once_in_a_menu(window, menus):
    counts = Counter(action.objectName() for action in actions_in(window.menuBar()))
    for row in ACTIONS:
        assert counts[row.name] == 1, row.name


def test_every_action_of_the_real_window_stands_once_in_a_menu(studio):
    window = studio.window
    counts = Counter(id(action) for action in actions_in(window.menuBar()))
    for name, action in window.actions_by_name.items():
        assert counts[id(action)] == 1, name
    for dock in window._docks.values():
        assert counts[id(dock.toggleViewAction())] == 1, dock.objectName()
    assert max(counts.values()) == 1


def test_the_menus_stand_in_their_usual_order(window, menus):
    assert [action.text().replace("&", "") for action in window.menuBar().actions()] == [
        "File", "Edit", "Descent", "Learn", "View", "Help",
    ]  # fmt: skip


def test_no_two_entries_of_a_menu_share_a_key(studio):
    def keys(menu) -> list[str]:
        texts = [action.text().replace("&&", "") for action in menu.actions() if "&" in action.text()]
        return [text[text.index("&") + 1].casefold() for text in texts if "&" in text]

    bar = studio.window.menuBar()
    for menu in (bar, *(menu for menu in bar.findChildren(QMenu) if menu.title() != "Open &recent")):
        doubled = [key for key, count in Counter(keys(menu)).items() if count > 1]
        assert doubled == [], getattr(menu, "title", str)()


def test_every_panel_can_be_put_away_and_brought_back(studio):
    view = menu_called(studio.window, "View")
    for dock in studio.window._docks.values():
        action = dock.toggleViewAction()
        assert action in view.actions()
        assert action.isChecked() is not dock.isHidden()
        for _ in range(2):
            was_hidden = dock.isHidden()
            action.trigger()
            assert dock.isHidden() is not was_hidden


# Wishes.


def test_an_example_is_wished_for_by_its_key(window, menus, by):
    wished = by.heard(menus.example_requested)
    starts = menu_called(window, "Open example").actions()
    assert [action.text() for action in starts] == ["One: the first", "Two: the second"]
    for action in starts:
        action.trigger()
    assert wished == [("one",), ("two",)]


def test_a_lesson_is_wished_for_by_its_number_and_shown_by_its_title(window, menus, by):
    wished = by.heard(menus.lesson_requested)
    entries = [action for action in actions_in(menu_called(window, "Learn")) if action.text()[0].isdecimal()]
    assert [read_by_a_person(action) for action in entries] == ["1  Downhill", "2  R&D <b>"]
    for action in entries:
        action.trigger()
    assert wished == [(1,), (2,)]


def test_every_starting_point_is_offered_under_its_name(studio, by):
    wished = by.heard(studio.window.example_project_requested)
    studio.session.undo_stack.setClean()
    for example in EXAMPLES:
        studio.window.findChild(QAction, f"example-{example.key}").trigger()
        assert studio.session.project.title
    assert wished == [(example.key,) for example in EXAMPLES]


def test_a_theme_is_wished_for_by_its_name(window, menus, by):
    wished = by.heard(menus.theme_requested)
    for name in ("dark", "light", "system"):
        window.findChild(QAction, f"{name}ThemeAction").trigger()
    assert wished == [("dark",), ("light",), ("system",)]


def test_the_shown_theme_is_the_only_one_that_is_marked_and_is_not_wished_for(window, menus, by):
    wished = by.heard(menus.theme_requested)
    names = ("system", "light", "dark")
    for chosen in names:
        menus.show_theme(chosen)
        marks = {name: window.findChild(QAction, f"{name}ThemeAction").isChecked() for name in names}
        assert marks == {name: name == chosen for name in names}
    assert wished == []


def test_a_recent_file_is_wished_for_by_its_whole_path(window, menus, by):
    wished = by.heard(menus.recent_requested)
    paths = [Path("/lab/a/one.gds"), Path("/lab/b/one.gds"), Path("/tmp/two.csv")]
    menus.show_recent_files(paths)
    for action in recent_actions(window):
        action.trigger()
    assert wished == [(path,) for path in paths]


def test_without_recent_files_their_menu_is_off(window, menus):
    menus.show_recent_files([])
    assert not menu_called(window, "Open recent").isEnabled()
    menus.show_recent_files([Path("/tmp/one.gds")])
    assert menu_called(window, "Open recent").isEnabled()
    menus.show_recent_files([])
    assert recent_actions(window) == []
    assert not menu_called(window, "Open recent").isEnabled()


def test_the_newest_list_of_recent_files_takes_the_place_of_the_old(window, menus):
    menus.show_recent_files([Path("/tmp/one.gds"), Path("/tmp/two.gds")])
    menus.show_recent_files([Path("/tmp/three.gds")])
    assert [read_by_a_person(action) for action in recent_actions(window)] == ["three.gds"]


def test_a_menu_is_walked_by_keyboard(studio, qapp, by):
    wished = by.heard(studio.window.theme_requested)
    menu = menu_called(studio.window, "Theme")
    menu.popup(studio.window.mapToGlobal(studio.window.rect().center()))
    qapp.processEvents()
    QTest.keyClick(menu, Qt.Key.Key_D)
    qapp.processEvents()
    assert wished == [("dark",)]
    menu.close()


# Names.


@pytest.mark.parametrize("name", NAMES)
def test_a_file_s_name_is_shown_as_it_is(window, menus, name):
    menus.show_recent_files([Path("/tmp") / name])
    (action,) = recent_actions(window)
    assert read_by_a_person(action) == name.replace("\t", " ")
    assert "<b>" not in action.toolTip()


def test_an_example_s_name_is_shown_as_it_is(window):
    Menus(window.menuBar(), make_actions(window), [("key", "<b>Salt", "salt & pepper")], [])
    (action,) = menu_called(window, "Open example").actions()
    assert read_by_a_person(action) == "<b>Salt: salt & pepper"


def test_two_recent_files_of_one_name_can_be_told_apart(window, menus):
    """By their paths, in tooltips that a menu only shows when it is told to."""
    menus.show_recent_files([Path("/lab/a/one.gds"), Path("/lab/b/one.gds")])
    first, second = recent_actions(window)
    assert first.toolTip() != second.toolTip()
    assert "/lab/a/one.gds" in first.toolTip().replace("&#47;", "/")
    assert menu_called(window, "Open recent").toolTipsVisible() or first.text() != second.text()
