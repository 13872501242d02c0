"""The menus of the main window: which actions stand where.

Builds menus from actions that are made elsewhere; decides nothing.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QDockWidget, QMenu, QMenuBar

from gdstudio.document.plain import one_line
from gdstudio.ui.widgets.card import plain_tip


class Menus(QObject):
    """Fills a menu bar.

    Signals
    -------
    example_requested(str), theme_requested(str), recent_requested(Path), lesson_requested(int)
        A starting point's key, ``system``, ``light`` or ``dark``, a recent file, a lesson's number.
    """

    example_requested = Signal(str)
    theme_requested = Signal(str)
    recent_requested = Signal(object)
    lesson_requested = Signal(int)

    def __init__(
        self,
        bar: QMenuBar,
        act: Mapping[str, QAction],
        examples: Iterable[tuple[str, str, str]],
        docks: Iterable[QDockWidget],
    ) -> None:
        super().__init__(bar)
        file = self.file = bar.addMenu("&File")
        file.addActions([act["newAction"], act["openAction"]])
        starts = self.examples = file.addMenu("Open &example")
        for key, title, purpose in examples:
            action = starts.addAction(f"{title}: {purpose}".replace("&", "&&"))
            action.setObjectName(f"example-{key}")
            action.triggered.connect(lambda _=False, key=key: self.example_requested.emit(key))
        self._recent = file.addMenu("Open &recent")
        self._recent.setToolTipsVisible(True)
        file.addAction(act["bringBackAction"])
        file.addSeparator()
        file.addActions([act["saveAction"], act["saveAsAction"], act["renameAction"], act["exportCodeAction"]])
        file.addSeparator()
        file.addAction(act["quitAction"])
        edit = bar.addMenu("&Edit")
        edit.addActions([act["undoAction"], act["redoAction"]])
        descent = bar.addMenu("&Descent")
        descent.addActions([act["stepAction"], act["phaseAction"], act["runAction"], act["backAction"]])
        descent.addSeparator()
        descent.addActions([act["resetAction"], act["newStartAction"]])
        descent.addSeparator()
        descent.addActions([act["pinRunAction"], act["sequentialAction"]])
        learn = self._learn = bar.addMenu("&Learn")
        self._after_lessons = learn.addSeparator()
        learn.addActions([act["practiceAction"], act["askFirstAction"], act["sheetAction"], act["welcomeAction"]])
        view = bar.addMenu("&View")
        view.addActions([act["fitAction"], act["zoomInAction"], act["zoomOutAction"]])
        view.addAction(act["nodePicturesAction"])
        view.addSeparator()
        for dock in docks:
            view.addAction(dock.toggleViewAction())
        view.addAction(act["arrangeAction"])
        view.addSeparator()
        self._themes = self._theme_menu(view.addMenu("&Theme"))
        view.addAction(act["reducedMotionAction"])
        bar.addMenu("&Help").addActions([act["keysAction"], act["aboutAction"]])

    def _theme_menu(self, menu: QMenu) -> dict[str, QAction]:
        group = QActionGroup(menu)
        actions: dict[str, QAction] = {}
        for name, text in (("system", "As the &system"), ("light", "&Light"), ("dark", "&Dark")):
            action = menu.addAction(text)
            action.setObjectName(f"{name}ThemeAction")
            action.setCheckable(True)
            action.triggered.connect(lambda _=False, name=name: self.theme_requested.emit(name))
            group.addAction(action)
            actions[name] = action
        return actions

    def show_theme(self, name: str) -> None:
        """Mark the chosen theme."""
        self._themes[name].setChecked(True)

    def show_lessons(self, lessons: Iterable[tuple[int, str]]) -> None:
        """Put the lessons on top of the menu that is for learning."""
        for number, title in lessons:
            action = QAction(f"{number}  {title}".replace("&", "&&"), self._learn)
            action.setObjectName(f"lesson-{number}")
            action.triggered.connect(lambda _=False, number=number: self.lesson_requested.emit(number))
            self._learn.insertAction(self._after_lessons, action)

    def show_recent_files(self, paths: Iterable[Path]) -> None:
        """Fill the menu of recent files."""
        self._recent.clear()
        for path in paths:
            # An ampersand in a name is itself.
            action = self._recent.addAction(one_line(path.name).replace("&", "&&"))
            action.setToolTip(plain_tip(str(path)))
            action.triggered.connect(lambda _=False, path=path: self.recent_requested.emit(path))
        self._recent.setEnabled(not self._recent.isEmpty())
