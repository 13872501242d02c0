"""The window's beginning: one QApplication, one studio, the event loop.

Imported only when a window is wanted.
"""

import gc
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from gdstudio import __version__
from gdstudio.app.arguments import window_arguments

if TYPE_CHECKING:
    from gdstudio.ui.main_window import MainWindow


SWITCH = 0.0005
"""Seconds after which a thread of Python lets another one go on."""


def create(argv: Sequence[str] = ()) -> "tuple[QApplication, MainWindow]":
    """Build the whole application and show its window, without entering the event loop.

    ``argv`` is what follows ``gdstudio`` on the command line, or the same with the program's name in front. Raises
    SystemExit for an argument that is not understood. The studio itself is ``window.studio``. From now on a
    :class:`Housekeeper` collects garbage in the place of Python.
    """
    return _create(window_arguments(_without_program(argv)))


def _create(options: Namespace) -> "tuple[QApplication, MainWindow]":
    # Nothing that is made for the window is garbage: looking for it again and again takes a tenth of the start.
    gc.disable()
    # A worker that reads or computes gives way at once when the window wants to go on; usually it may keep it waiting
    # ten times as long, at each of many turns.
    sys.setswitchinterval(SWITCH)
    from gdstudio.app.housekeeper import Housekeeper
    from gdstudio.app.studio import Studio
    from gdstudio.session.preferences import open_settings

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["gdstudio"])
    app.setApplicationName("gdstudio")
    app.setApplicationDisplayName("Gradient Descent Studio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("gdstudio")
    settings, problem = open_settings(options.config_dir)
    studio = Studio(app, options.theme, settings)
    window = studio.window
    window.studio = studio  # type: ignore[attr-defined]
    Housekeeper(studio)
    window.show()
    if options.file is not None:
        studio.documents.open_path(options.file, options.target)
    if options.lesson is not None:
        studio.school.begin(options.lesson)
    elif options.file is None:
        studio.welcome()
    if problem:
        window.show_sentence(problem)
    return app, window


def _without_program(argv: Sequence[str]) -> list[str]:
    arguments = list(argv)
    if arguments and (
        arguments[0] == sys.argv[0] or Path(arguments[0]).name in ("gdstudio", "gdstudio.exe", "__main__.py")
    ):
        return arguments[1:]
    return arguments


def run(argv: Sequence[str]) -> int:
    """Open the window and stay until it is closed; returns the exit status."""
    app, window = _create(window_arguments(argv))
    studio = window.studio  # type: ignore[attr-defined]
    studio.rescue.watch(studio.preferences.folder / "crash.log")
    studio.rescue.watch_ends()
    studio.recovery.clear_away(path.parent for path in studio.preferences.recent_files)
    QTimer.singleShot(0, studio.rescue.offer)
    return int(app.exec())
