"""Pictures of the real window: one alone in its process, as they are taken, and more of them in few processes."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtGui import QImage

from gdstudio.app.cli import run
from gdstudio.document import edits
from gdstudio.document.edits import set_parameter
from gdstudio.document.examples import load_example
from gdstudio.document.files import save
from gdstudio.document.generators import usual

ROOT = Path(__file__).parents[2]
SMALL = ("--size", "1200x700")
TWICE = ("--scale", "2.0")

SEVERAL = """
import contextlib, gc, io, json, sys
import PySide6.QtCore as core
import PySide6.QtWidgets as widgets

places = []

class Settings(core.QSettings):
    def __init__(self, *given):
        super().__init__(*given)
        places.append(self.fileName())

core.QSettings = Settings
from gdstudio.app.cli import run

made = []

class Application(widgets.QApplication):
    def __new__(cls, *given):
        return made[0] if made else super().__new__(cls)

    def __init__(self, *given):
        if not made:
            super().__init__(*given)
            made.append(self)

widgets.QApplication = Application
answers = []
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run(["screenshot", *arguments])
    gc.collect()
    core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
    answers.append((status, out.getvalue(), err.getvalue()))
print(json.dumps([answers, places]))
"""
"""Take one picture after the other with one application, which knows its scale from the first on."""


def pixels(path):
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGBX8888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, :3].astype(int)


def colors(picture):
    """How many colours there are in a picture."""
    return len(np.unique(picture @ (1 << 16, 1 << 8, 1)))


def process(folder, *command, **variables):
    """Run Python in a process of its own; a variable that is None is not set there."""
    wanted = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(folder / "config"), **variables}
    env = {name: value for name, value in wanted.items() if value is not None}
    return subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, timeout=120, cwd=folder, env=env
    )


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A file of the hidden layer with one weight changed."""
    path = tmp_path_factory.mktemp("drawn") / "a.gds"
    save(set_parameter(load_example("hidden-layer"), 0, 1.5), path)
    return path


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


@pytest.fixture(scope="module")
def alone(tmp_path_factory, drawn):
    """The command itself, in a process without a display: what came of it, and the null device before and after."""
    folder = tmp_path_factory.mktemp("alone")
    before = Path(os.devnull).stat()
    done = process(
        folder, "-m", "gdstudio", "screenshot", drawn, "-o", "a.png", *SMALL,
        DISPLAY=None, WAYLAND_DISPLAY=None, QT_QPA_PLATFORM=None,
    )  # fmt: skip
    return SimpleNamespace(folder=folder, done=done, before=before, after=Path(os.devnull).stat())


def several(folder, pictures, refused=()):
    """Take these pictures, each by its file and further arguments, in one process, and then ask for those refused."""
    temporary = folder / "temporary"
    temporary.mkdir()
    wanted = [[str(file), "-o", f"{number}.png", *more] for number, (file, *more) in enumerate(pictures)]
    done = process(folder, "-c", SEVERAL, json.dumps([*wanted, *refused]), TMPDIR=str(temporary))
    assert (done.returncode, done.stderr) == (0, "")
    answers, places = json.loads(done.stdout)
    for number, (answer, arguments) in enumerate(zip(answers[: len(wanted)], wanted, strict=True)):
        assert answer == [0, f"wrote {number}.png\n", ""], arguments
        assert (folder / f"{number}.png").read_bytes().startswith(b"\x89PNG")
    known = {tuple(map(str, picture)): pixels(folder / f"{number}.png") for number, picture in enumerate(pictures)}
    return SimpleNamespace(
        folder=folder,
        temporary=temporary,
        places=places,
        of=lambda *picture: known[tuple(map(str, picture))],
        refusals=answers[len(wanted) :],
    )


CROWDED = {
    "light": (("--size", "1440x900"), (900, 1440)),
    "dark": (("--size", "1280x720", "--theme", "dark"), (720, 1280)),
    "small": (("--size", "1110x600"), (600, 1110)),
    "twice": (("--size", "1110x600", *TWICE, "--theme", "dark"), (1200, 2220)),
}
BUSY = ("--steps", "30", "--select", "2")


@pytest.fixture(scope="module")
def plain(tmp_path_factory, drawn, crowded):
    """Pictures as large as the window."""
    wanted = [
        (drawn, *SMALL), (drawn,), (drawn, *SMALL, "--steps", "3"), (drawn, *SMALL, "--select", "input 2 -> hidden 1"),
        (drawn, *SMALL, "--select", "3"), (drawn, *SMALL, "--theme", "dark"), (drawn, *SMALL, "--theme", "light"),
    ]  # fmt: skip
    wanted += [(crowded, *BUSY, *CROWDED[name][0]) for name in ("light", "dark", "small")]
    refused = [("-o", "refused.png", "--select", "no such weight"), ("-o", "missing/a.png")]
    return several(tmp_path_factory.mktemp("plain"), wanted, refused)


@pytest.fixture(scope="module")
def twice(tmp_path_factory, drawn, crowded):
    """Pictures twice as large as the window."""
    wanted = [(drawn, *SMALL, *TWICE), (crowded, *BUSY, *CROWDED["twice"][0])]
    return several(tmp_path_factory.mktemp("twice"), wanted)


# The command in a process of its own.


def test_a_picture_has_the_asked_size_and_is_not_blank(alone):
    assert (alone.done.returncode, alone.done.stderr, alone.done.stdout) == (0, "", "wrote a.png\n")
    assert (alone.folder / "a.png").read_bytes().startswith(b"\x89PNG")
    picture = pixels(alone.folder / "a.png")
    assert picture.shape == (700, 1200, 3)
    assert colors(picture) > 100
    assert picture.mean() > 200


def test_no_display_and_no_settings_are_needed_or_touched(alone):
    assert (alone.done.returncode, alone.done.stderr) == (0, "")
    assert not (alone.folder / "config").exists() or not any((alone.folder / "config").rglob("*.conf"))


@pytest.mark.skipif(os.name != "posix", reason="only there is the null device a file")
def test_the_null_device_is_still_a_device_after_a_picture(alone):
    """Qt writes settings by putting a new file in the place of the old one: run by the superuser, of a device too."""
    assert alone.done.returncode == 0
    assert stat.S_ISCHR(alone.after.st_mode)
    assert (alone.after.st_ino, alone.after.st_rdev) == (alone.before.st_ino, alone.before.st_rdev)


def test_the_same_picture_is_drawn_each_time(alone, plain, drawn):
    picture = pixels(alone.folder / "a.png")
    assert (plain.of(drawn, *SMALL) == picture).all()
    assert (plain.of(drawn, *SMALL, "--theme", "light") == picture).all()


# What is drawn.


def test_the_usual_size_is_1440_by_900(plain, drawn):
    assert plain.of(drawn).shape == (900, 1440, 3)


def test_dark_is_dark(plain, drawn):
    assert plain.of(drawn, *SMALL, "--theme", "dark").mean() < 80


def test_twice_the_scale_is_twice_the_pixels_of_the_same_window(plain, twice, drawn):
    large, small = twice.of(drawn, *SMALL, *TWICE), plain.of(drawn, *SMALL)
    assert large.shape == (1400, 2400, 3)
    halved = large.reshape(700, 2, 1200, 2, 3).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 12


def test_steps_and_selection_are_seen(plain, drawn):
    picture = plain.of(drawn, *SMALL)
    selected = plain.of(drawn, *SMALL, "--select", "input 2 -> hidden 1")
    assert (picture != plain.of(drawn, *SMALL, "--steps", "3")).any()
    assert (picture != selected).any()
    assert (selected == plain.of(drawn, *SMALL, "--select", "3")).all()


@pytest.mark.parametrize("name", CROWDED)
def test_a_project_with_everything_on_is_drawn_without_a_warning(plain, twice, crowded, name):
    arguments, size = CROWDED[name]
    picture = (twice if name == "twice" else plain).of(crowded, *BUSY, *arguments)
    assert picture.shape[:2] == size
    assert colors(picture) > 200
    assert (picture.mean() < 80) == ("dark" in arguments)


def test_no_settings_are_kept_in_a_place_that_is_not_the_pictures_own(plain):
    """They are in a folder that is gone afterwards."""
    assert plain.places
    assert all(Path(place).is_relative_to(plain.temporary) for place in plain.places)
    assert list(plain.temporary.iterdir()) == []
    assert not (plain.folder / "config").exists()


# What is refused.


@pytest.mark.parametrize("size", ["900x600", "320x240"])
def test_a_size_that_the_window_can_not_have_is_refused(tmp_path, capsys, size):
    with pytest.raises(SystemExit) as ended:
        run(["screenshot", "-o", str(tmp_path / "a.png"), "--size", size])
    assert ended.value.code == 2
    assert "is not a size from 1110x600 on" in capsys.readouterr().err
    assert not (tmp_path / "a.png").exists()


def test_what_can_not_be_drawn_is_told_and_nothing_is_written(plain, one_sentence):
    (status, out, told), _ = plain.refusals
    assert (status, out) == (1, "")
    assert one_sentence(told).startswith("There is no weight “no such weight”; the first is “input 1 → hidden 1”")
    assert not (plain.folder / "refused.png").exists()


def test_a_place_where_no_picture_can_be_written_is_told(plain, one_sentence):
    _, (status, out, told) = plain.refusals
    assert (status, out) == (1, "")
    assert one_sentence(told) == "a.png can't be written: No such file or directory."


def test_a_file_that_is_not_there_is_told_and_nothing_is_written(command, one_sentence, tmp_path):
    done = command("screenshot", "-o", "a.png", "missing.gds")
    assert done.returncode == 1
    assert one_sentence(done.stderr).startswith("missing.gds does not exist")
    assert not (tmp_path / "a.png").exists()
