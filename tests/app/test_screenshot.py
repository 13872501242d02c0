import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from gdstudio.document import edits
from gdstudio.document.edits import set_parameter
from gdstudio.document.examples import load_example
from gdstudio.document.files import save
from gdstudio.document.generators import usual

ROOT = Path(__file__).parents[2]


def pixels(path):
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGBX8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, :3].astype(int)


@pytest.fixture(scope="module")
def taken(tmp_path_factory):
    """Take a picture with these arguments, once; returns its pixels ``(height, width, 3)``."""
    folder = tmp_path_factory.mktemp("pictures")
    project = folder / "a.gds"
    save(set_parameter(load_example("hidden-layer"), 0, 1.5), project)
    known = {}

    def take(*arguments):
        if arguments not in known:
            out = folder / f"{len(known)}.png"
            env = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder / "config")}
            done = subprocess.run(
                [sys.executable, "-m", "gdstudio", "screenshot", str(project), "-o", str(out), *arguments],
                capture_output=True, text=True, timeout=60, env=env,
            )  # fmt: skip
            assert (done.returncode, done.stderr, done.stdout) == (0, "", f"wrote {out}\n")
            assert out.read_bytes().startswith(b"\x89PNG")
            known[arguments] = pixels(out)
        return known[arguments]

    return take


SMALL = ("--size", "1200x700")


def test_a_picture_has_the_asked_size_and_is_not_blank(taken):
    picture = taken(*SMALL)
    assert picture.shape == (700, 1200, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 100
    assert picture.mean() > 200


def test_the_usual_size_is_1440_by_900(taken):
    assert taken().shape == (900, 1440, 3)


@pytest.mark.parametrize("size", ["900x600", "320x240"])
def test_a_size_that_is_accepted_is_the_size_of_the_picture(command, tmp_path, size):
    done = command("screenshot", "-o", "a.png", "--size", size)
    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        height, width, _ = pixels(tmp_path / "a.png").shape
        assert f"{width}x{height}" == size


def test_dark_is_dark(taken):
    assert taken(*SMALL, "--theme", "dark").mean() < 80


def test_twice_the_scale_is_twice_the_pixels_of_the_same_window(taken):
    large, small = taken(*SMALL, "--scale", "2.0"), taken(*SMALL)
    assert large.shape == (1400, 2400, 3)
    halved = large.reshape(700, 2, 1200, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 12


def test_steps_and_selection_are_seen(taken):
    plain = taken(*SMALL)
    stepped = taken(*SMALL, "--steps", "3")
    selected = taken(*SMALL, "--select", "input 2 -> hidden 1")
    assert (plain != stepped).any()
    assert (plain != selected).any()
    assert (selected == taken(*SMALL, "--select", "3")).all()


def test_the_same_picture_is_drawn_each_time(taken):
    assert (taken(*SMALL, "--theme", "light") == taken(*SMALL)).all()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--select", "no such weight"), "There is no weight “no such weight”; the first is “input 1 → hidden 1”"),
        (("missing.gds",), "missing.gds does not exist"),
    ],
)
def test_what_can_not_be_drawn_is_told_and_nothing_is_written(command, one_sentence, tmp_path, arguments, says):
    done = command("screenshot", "-o", "a.png", *arguments)
    assert done.returncode == 1
    assert one_sentence(done.stderr).startswith(says)
    assert not (tmp_path / "a.png").exists()


def test_a_place_where_no_picture_can_be_written_is_told(command, one_sentence):
    done = command("screenshot", "-o", "missing/a.png")
    assert done.returncode == 1
    assert one_sentence(done.stderr) == "a.png can't be written: No such file or directory."


def test_no_display_and_no_settings_are_needed_or_touched(command, tmp_path):
    done = command("screenshot", "-o", "a.png", DISPLAY=None, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (tmp_path / "config").exists() or not any((tmp_path / "config").rglob("*.conf"))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A project with everything on: classes, softmax, AdamW, a schedule, penalties, batches, scaling, a test set."""
    project = edits.set_generated(load_example("two-rings"), usual("three-gaussians"))
    project = edits.set_optimizer(edits.set_loss(project, "categorical_crossentropy"), "adamw")
    project = edits.set_penalty(edits.set_penalty(project, "l1", 1e-4), "l2", 1e-3)
    project = edits.set_initializer(edits.set_schedule(project, "cosine"), "normal", 0.5)
    project = edits.set_test_share(edits.set_scaling(project, "unit"), 0.25)
    project = edits.set_locked(edits.set_batch_size(project, 16), 3, True)
    path = tmp_path_factory.mktemp("crowded") / "everything with a long name.gds"
    save(edits.rename(project, "Everything at once, with a title that is rather long"), path)
    return path


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        (("--size", "1440x900"), (900, 1440)),
        (("--size", "1280x720", "--theme", "dark"), (720, 1280)),
        (("--size", "1110x600"), (600, 1110)),
        (("--size", "1110x600", "--scale", "2.0", "--theme", "dark"), (1200, 2220)),
    ],
    ids=["light", "dark", "small", "twice"],
)
def test_a_project_with_everything_on_is_drawn_without_a_warning(command, crowded, tmp_path, arguments, size):
    done = command("screenshot", crowded, "-o", "a.png", "--steps", "30", "--select", "2", *arguments)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "wrote a.png\n")
    picture = pixels(tmp_path / "a.png")
    assert picture.shape[:2] == size
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 200
    assert (picture.mean() < 80) == ("dark" in arguments)


@pytest.mark.skipif(os.name != "posix", reason="only there is the null device a file")
def test_the_null_device_is_still_a_device_after_a_picture(command):
    """Qt writes settings by putting a new file in the place of the old one: run by the superuser, of a device too."""
    before = Path(os.devnull).stat()
    assert command("screenshot", "-o", "a.png", *SMALL).returncode == 0
    after = Path(os.devnull).stat()
    assert stat.S_ISCHR(after.st_mode)
    assert (after.st_ino, after.st_rdev) == (before.st_ino, before.st_rdev)


def test_no_settings_are_kept_in_a_place_that_is_not_the_pictures_own(tmp_path):
    """In a process of its own with settings that say where they are: in a folder that is gone afterwards."""
    script = (
        "import sys, PySide6.QtCore as core\n"
        "places = []\n"
        "class Settings(core.QSettings):\n"
        "    def __init__(self, *given):\n"
        "        super().__init__(*given)\n"
        "        places.append(self.fileName())\n"
        "core.QSettings = Settings\n"
        "from gdstudio.app.cli import run\n"
        "code = run(['screenshot', '-o', sys.argv[1], '--size', '1200x700'])\n"
        "print('places', *places)\n"
        "sys.exit(code)\n"
    )
    folder = tmp_path / "temporary"
    folder.mkdir()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.png")], capture_output=True, text=True, timeout=60, env=env
    )
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = [each for each in done.stdout.splitlines() if each.startswith("places")]
    places = line.split()[1:]
    assert places
    assert all(Path(place).is_relative_to(folder) for place in places)
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "config").exists()
