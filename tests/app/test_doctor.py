import platform
import sys

import pytest

from gdstudio import __version__, resources
from gdstudio.app import doctor
from gdstudio.app.cli import run
from gdstudio.resources import root


@pytest.fixture(autouse=True)
def _own_root():
    """Look for the bundled files anew, before and after."""
    root.cache_clear()
    yield
    root.cache_clear()


def found(output):
    return dict(line.split("\t") for line in output.splitlines() if "\t" in line)


def test_the_doctor_names_versions_platform_fonts_and_files(qapp, capsys):
    assert run(["doctor"]) == 0
    output = capsys.readouterr().out
    findings = found(output)
    assert findings["gdstudio"] == __version__
    assert findings["Python"] == platform.python_version()
    assert findings["platform plugin"] == qapp.platformName()
    assert findings["bundled files"] == str(root())
    assert (findings["text font"], findings["number font"]) == ("Inter", "JetBrains Mono")
    assert set(doctor.PACKAGES) <= findings.keys()
    assert output.endswith("nothing is wrong\n")


def test_a_package_that_is_missing_is_named(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    assert run(["doctor"]) == 1
    output = capsys.readouterr().out
    assert found(output)["no-such-package"] == "missing"
    assert "wrong: no-such-package is not installed; install gdstudio with pip.\n" in output


def test_missing_bundled_files_are_told(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "gdstudio" / "resources.py"))
    assert run(["doctor"]) == 1
    assert "wrong: The studio's bundled files are missing; install gdstudio again.\n" in capsys.readouterr().out


def test_the_refused_pair_of_python_and_pyside_is_told_without_loading_qt(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "pair_problem", lambda *_: "They don't fit.")
    assert run(["doctor"]) == 1
    output = capsys.readouterr().out
    assert output.endswith("wrong: They don't fit.\n")
    assert "platform plugin" not in output


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are of Linux")
@pytest.mark.parametrize("display", [None, ":59001"])
def test_without_a_display_the_doctor_says_so_and_the_rest_all_the_same(command, display):
    done = command("doctor", DISPLAY=display, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert done.returncode == 1
    assert done.stderr == ""
    assert found(done.stdout)["text font"] == "Inter"
    assert "display" in done.stdout.splitlines()[-1]
