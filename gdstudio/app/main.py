"""The window's beginning: one QApplication, one studio, the event loop.

Imported only when a window is wanted.
"""

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from gdstudio import __version__
from gdstudio.app.cli import window_arguments
from gdstudio.app.studio import Studio
from gdstudio.ui.main_window import MainWindow


def create(argv: Sequence[str] = ()) -> tuple[QApplication, MainWindow]:
    """Build the whole application and show its window, without entering the event loop.

    ``argv`` is what follows ``gdstudio`` on the command line, or the same with the program's name in front. Raises
    SystemExit for an argument that is not understood. The studio itself is ``window.studio``.
    """
    options = window_arguments(_without_program(argv))
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = QApplication(["gdstudio"])
    app.setApplicationName("gdstudio")
    app.setApplicationDisplayName("Gradient Descent Studio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("gdstudio")
    studio = Studio(app, options.theme)
    window = studio.window
    window.studio = studio  # type: ignore[attr-defined]
    window.show()
    if options.file is not None:
        studio.documents.open_path(options.file, options.target)
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
    app, _window = create(argv)
    return int(app.exec())


def display_problem() -> str:
    """Return why no window can be opened here, as one sentence, or nothing.

    Qt ends the process when it finds no display, so this is asked before Qt is.
    """
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM", "").split(":")[0] not in ("", "xcb"):
        return ""
    wayland = os.environ.get("WAYLAND_DISPLAY", "")
    if wayland and not os.environ.get("QT_QPA_PLATFORM"):
        folder = Path(os.environ.get("XDG_RUNTIME_DIR", "/"))
        if _answers(str(folder / wayland)):
            return ""
    display = os.environ.get("DISPLAY", "")
    if not display:
        return "There is no display to open a window on; run gdstudio on a desktop, or set DISPLAY."
    if not _x_server_answers(display):
        return f"The display {display} does not answer; check DISPLAY, or run gdstudio on a desktop."
    return _missing_libraries()


def _x_server_answers(display: str) -> bool:
    host, _, rest = display.rpartition(":")
    number = rest.split(".")[0]
    if not number.isdigit():
        return False
    local = [f"\0/tmp/.X11-unix/X{number}", f"/tmp/.X11-unix/X{number}"]
    if host and host != "unix" and not host.endswith("/unix"):
        local = []
    if any(map(_answers, local)):
        return True
    try:
        with socket.create_connection((host or "localhost", 6000 + int(number)), timeout=3.0):
            return True
    except OSError:
        return False


def _answers(path: str) -> bool:
    """Whether somebody listens at a local socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        try:
            link.connect(path)
        except OSError:
            return False
        return True


def _missing_libraries() -> str:
    import ctypes

    missing = []
    for library, package in (
        ("libxcb-cursor.so.0", "libxcb-cursor0"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libxcb-icccm.so.4", "libxcb-icccm4"),
        ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
        ("libxcb-image.so.0", "libxcb-image0"),
        ("libxcb-render-util.so.0", "libxcb-render-util0"),
        ("libxcb-shape.so.0", "libxcb-shape0"),
    ):
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return f"Qt needs system libraries that are missing: apt install {' '.join(missing)}" if missing else ""
