"""What is here and what is wrong: versions, platform, fonts, bundled files."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version

from gdstudio import __version__
from gdstudio.app.checks import display_problem, pair_problem
from gdstudio.resources import MissingResource, root

PACKAGES = ("numpy", "PySide6-Essentials", "pyqtgraph", "msgspec", "pygments")


def examine() -> tuple[list[tuple[str, str]], list[str]]:
    """Return findings as (what, which), and problems as sentences."""
    findings = [("gdstudio", __version__), ("Python", platform.python_version()), ("system", platform.platform())]
    problems: list[str] = []
    for package in PACKAGES:
        try:
            findings.append((package, version(package)))
        except PackageNotFoundError:
            findings.append((package, "missing"))
            problems.append(f"{package} is not installed; install gdstudio with pip.")
    try:
        findings.append(("bundled files", str(root())))
    except MissingResource as error:
        problems.append(str(error))
    if problems:
        return findings, problems
    pair = pair_problem(sys.version_info[:2], version("PySide6-Essentials"))
    if pair:
        return findings, [pair]
    return _examine_qt(findings)


def _examine_qt(findings: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], list[str]]:
    problems = [problem for problem in (display_problem(),) if problem]
    if problems:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QFontInfo, QGuiApplication
    from PySide6.QtWidgets import QApplication

    from gdstudio.ui.theme import load_fonts, number_font, text_font

    app = QApplication.instance() or QApplication(["gdstudio"])
    load_fonts()
    findings.append(("platform plugin", QGuiApplication.platformName()))
    for what, font in (("text font", text_font(13)), ("number font", number_font(13))):
        found = QFontInfo(font).family()
        findings.append((what, found))
        if found != font.family():
            problems.append(f"The bundled font {font.family()} could not be loaded; {found} stands in.")
    screen = QGuiApplication.primaryScreen()
    if screen is not None:
        size = screen.size()
        findings.append(("screen", f"{size.width()}x{size.height()} at {screen.devicePixelRatio():g}x"))
    del app
    return findings, problems
