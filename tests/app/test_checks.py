import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from gdstudio.app import checks
from gdstudio.app.checks import display_problem, installed_pair_problem, pair_problem

ROOT = Path(__file__).parents[2]


def test_only_pyside_6_12_before_python_3_12_is_refused():
    for python in ((3, 11), (3, 12), (3, 13)):
        for pyside in ("6.8.0", "6.8.3", "6.11.3", "6.12.0", "6.12.1", "6.13.0", "6.1.2"):
            problem = pair_problem(python, pyside)
            assert bool(problem) is (python < (3, 12) and pyside.startswith("6.12.")), (python, pyside)
            assert not problem or (pyside in problem and "pip install 'PySide6-Essentials>=6.9.3,<6.12'" in problem)


def test_the_refused_pair_is_not_installed_either():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    qt = [Requirement(line) for line in project["dependencies"] if line.startswith("PySide6")]
    for python in ("3.11", "3.12", "3.13"):
        (pin,) = [line for line in qt if line.marker is None or line.marker.evaluate({"python_version": python})]
        assert "6.11.3" in pin.specifier
        assert "6.7.3" not in pin.specifier
        assert ("6.12.0" in pin.specifier) is (python != "3.11")


def test_the_installed_pair_is_fine():
    assert installed_pair_problem() == ""


def test_a_missing_pyside_is_told(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(checks, "version", missing)
    assert installed_pair_problem() == "PySide6-Essentials is not installed; install gdstudio with pip."


@pytest.mark.parametrize(
    ("display", "says"),
    [
        ("", "There is no display"),
        (":59001", "The display :59001 does not answer"),
        (":99999999", "The display :99999999 does not answer"),
        ("nonsense", "The display nonsense does not answer"),
        (":x", "The display :x does not answer"),
    ],
)
def test_a_display_that_is_not_there_is_told_before_qt_is_asked(monkeypatch, display, says):
    for name in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("DISPLAY", display)
    assert display_problem().startswith(says)


@pytest.mark.parametrize("platform", ["offscreen", "minimal", "offscreen:size=800x600"])
def test_without_a_display_off_screen_is_fine(monkeypatch, platform):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert display_problem() == ""


def test_other_systems_need_no_display(monkeypatch):
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "darwin")
    assert display_problem() == ""
