"""What can keep a window from opening, asked before Qt is: Qt itself ends the process without a word that helps.

Imports no Qt.
"""

import ctypes
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def installed_pair_problem() -> str:
    """Return why this PySide6 can't be used with this Python, or nothing; asked before Qt is loaded."""
    try:
        return pair_problem(sys.version_info[:2], version("PySide6-Essentials"))
    except PackageNotFoundError:
        return "PySide6-Essentials is not installed; install gdstudio with pip."


def pair_problem(python: tuple[int, int], pyside: str) -> str:
    """Return why a PySide6 can't be used with a Python, as one sentence, or nothing."""
    if python < (3, 12) and pyside.startswith("6.12."):
        return (
            f"PySide6 {pyside} aborts on Python {python[0]}.{python[1]}; "
            "run: pip install 'PySide6-Essentials>=6.9.3,<6.12'"
        )
    return ""


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
    return _x_problem(display) or _missing_libraries()


def _x_problem(display: str) -> str:
    """Try a real connection, as Qt will: a server may be gone, or let nobody in without its cookie."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return "Qt needs a system library that is missing: apt install libxcb1"
    xcb.xcb_connect.restype = ctypes.c_void_p
    for function in (xcb.xcb_connection_has_error, xcb.xcb_disconnect):
        function.argtypes = [ctypes.c_void_p]
    with _silence():  # the library prints its own words about a refusal
        link = xcb.xcb_connect(display.encode(), None)
        failed = bool(xcb.xcb_connection_has_error(link))
        xcb.xcb_disconnect(link)
    if failed:
        return f"The display {display} does not answer or lets nobody in; check DISPLAY and XAUTHORITY."
    return ""


@contextmanager
def _silence() -> Iterator[None]:
    """Send what C code prints to the error stream nowhere."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _answers(path: str) -> bool:
    """Whether somebody listens at a local socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        try:
            link.connect(path)
        except OSError:
            return False
        return True


def _missing_libraries() -> str:
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
