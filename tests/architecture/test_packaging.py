"""The wheel: what is in it, and that it runs where there is no checkout."""

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gdstudio import __version__

ROOT = Path(__file__).parents[2]


def ran(*command, **options):
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)], capture_output=True, text=True, timeout=120, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from this checkout."""
    for tool in ("hatchling", "pip"):
        if importlib.util.find_spec(tool) is None:
            pytest.skip(f"{tool} is not installed")
    folder = tmp_path_factory.mktemp("wheel")
    if importlib.util.find_spec("build") is not None:
        ran("build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    else:
        ran("pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """Run ``python -m gdstudio`` from the installed wheel, in a folder far from the checkout."""
    place = tmp_path_factory.mktemp("site")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    ran(
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "--no-compile",
        "--disable-pip-version-check",
        "--target",
        place,
        wheel,
    )

    def run(*arguments):
        env = {
            **os.environ,
            "PYTHONPATH": str(place),
            "XDG_CONFIG_HOME": str(elsewhere),
            "QT_QPA_PLATFORM": "offscreen",
        }
        return ran("gdstudio", *arguments, cwd=elsewhere, env=env)

    run.place, run.elsewhere = place, elsewhere
    return run


def test_the_wheel_has_every_module_and_every_bundled_file(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "gdstudio").rglob("*.py")}
    bundled = {
        str(Path("gdstudio/_resources") / path.relative_to(ROOT / "resources"))
        for path in (ROOT / "resources").rglob("*")
        if path.is_file()
    }
    assert modules | bundled <= names
    extra = {name for name in names - modules - bundled if ".dist-info/" not in name}
    assert extra == set()


def test_the_wheel_carries_version_license_and_command(wheel):
    assert wheel.name.startswith(f"gdstudio-{__version__}-py3-none-any")
    archive = zipfile.ZipFile(wheel)
    info = f"gdstudio-{__version__}.dist-info"
    assert "gdstudio = gdstudio.__main__:main" in archive.read(f"{info}/entry_points.txt").decode()
    assert any(name.endswith("/LICENSE") for name in archive.namelist())
    assert "License-Expression: MIT" in archive.read(f"{info}/METADATA").decode()


def test_the_installed_studio_verifies_the_lecture_from_its_own_files(installed):
    assert "2 of 2 cases agree" in installed("verify", "--only", "lecture").stdout
    assert f"bundled files\t{installed.place / 'gdstudio' / '_resources'}\n" in installed("doctor").stdout


def test_the_installed_studio_draws_its_window(installed):
    done = installed("screenshot", "-o", "a.png", "--size", "1200x700")
    assert done.stderr == ""
    assert (installed.elsewhere / "a.png").read_bytes().startswith(b"\x89PNG")
