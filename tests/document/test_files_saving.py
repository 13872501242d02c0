"""Saving: the old file stays whole until the new one is, whatever goes wrong."""

import errno
import json
import os
import stat
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits, files
from gdstudio.document.datasets import plain_data
from gdstudio.document.disk import backup_of, fingerprint
from gdstudio.document.document import Document
from gdstudio.document.edits import project_for
from gdstudio.document.errors import ProjectError
from gdstudio.document.lifeboat import Lifeboat, launch, reach
from gdstudio.document.project import new_project
from gdstudio.document.runs import KeptRun
from gdstudio.engine import Network, Recipe, draw_parameters, frozen, train


def trained(steps=0):
    """A project to save, some steps on."""
    random = np.random.default_rng(8)
    data = plain_data("Größen", random.normal(0, 1, (10, 2)), random.normal(0, 1, (10, 1)))
    network = Network((2, 3, 1), ("tanh", "linear"))
    project = new_project("Ein “Titel”", Recipe(network, seed=3), draw_parameters(network, 3), data)
    return edits.descended(project, train(project.recipe, project.state, data.x, data.y, steps).state)


def same_bits(one, other):
    return files.encode(one) == files.encode(other)


class Unwritable:
    """A file on a full disk."""

    def __init__(self, file):
        self.file = file

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.file.close()

    def __getattr__(self, name):
        return getattr(self.file, name)

    def write(self, content):
        self.file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")


class Short(Unwritable):
    """A file that loses its end and says nothing."""

    def write(self, content):
        return self.file.write(content[: len(content) // 2])


def fail(*arguments, **options):
    raise OSError(errno.EIO, "Input/output error")


def break_saving(monkeypatch, how):
    if how in ("write", "short"):
        real = os.fdopen
        kind = Unwritable if how == "write" else Short
        monkeypatch.setattr(os, "fdopen", lambda *args, **options: kind(real(*args, **options)))
    else:
        monkeypatch.setattr(os, how, fail)


@pytest.mark.parametrize("how", ["write", "short", "fsync", "replace"])
@pytest.mark.parametrize("old", [b"the old file", None], ids=["over an old file", "as a new file"])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(how, old, tmp_path, monkeypatch):
    path = tmp_path / "p.gds"
    if old is not None:
        path.write_bytes(old)
    with monkeypatch.context() as broken:
        break_saving(broken, how)
        with pytest.raises(ProjectError, match=r"^p\.gds can't be written: .*\.$"):
            files.save(trained(), path)
    assert path.exists() == (old is not None)
    assert {file.read_bytes() for file in tmp_path.iterdir()} == ({old} if old else set())
    files.save(trained(), path)
    assert same_bits(files.load(path), trained())


def test_the_new_file_is_on_the_disk_before_it_takes_the_place_of_the_old_one(tmp_path, monkeypatch):
    order = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, real=real, name=name: (order.append(name), real(*a))[1])
    files.save(trained(), tmp_path / "p.gds")
    assert order[:2] == ["fsync", "replace"]


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_permissions_are_kept(mode, tmp_path):
    path = tmp_path / "p.gds"
    files.save(trained(), path)
    path.chmod(mode)
    files.save(trained(3), path)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path):
    files.save(trained(), tmp_path / "p.gds")
    (tmp_path / "q").touch()
    assert (tmp_path / "p.gds").stat().st_mode == (tmp_path / "q").stat().st_mode


@pytest.mark.skipif(os.name != "posix", reason="symbolic links of POSIX")
def test_a_link_stays_a_link_and_its_file_is_written(tmp_path):
    real, link = tmp_path / "real.gds", tmp_path / "link.gds"
    files.save(trained(), real)
    link.symlink_to(real)
    files.save(trained(3), link)
    assert link.is_symlink()
    assert same_bits(files.load(real), trained(3))


@pytest.mark.skipif(os.name != "posix", reason="symbolic links of POSIX")
def test_a_link_to_itself_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "loop.gds").symlink_to(tmp_path / "loop.gds")
    with pytest.raises(ProjectError, match=r"^loop\.gds can't be written: .*\.$"):
        files.save(trained(), tmp_path / "loop.gds")


def test_a_folder_that_does_not_exist_and_a_folder_itself_are_refused_with_a_sentence(tmp_path):
    for path in (tmp_path / "none" / "p.gds", tmp_path):
        with pytest.raises(ProjectError, match=r"can't be written: .*\.$"):
            files.save(trained(), path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="255 bytes a name")
def test_a_name_as_long_as_the_disk_allows_can_be_saved(tmp_path):
    path = tmp_path / ("n" * 251 + ".gds")
    path.touch()
    files.save(trained(), path)
    assert same_bits(files.load(path), trained())


# Which old file is kept.


@pytest.fixture
def path(tmp_path):
    return tmp_path / "p.gds"


def test_the_last_version_that_opens_is_kept(path):
    for steps in (0, 1, 2):
        files.save(trained(steps), path)
    assert same_bits(files.load(backup_of(path)), trained(1))


def test_a_file_that_can_not_be_opened_is_kept_where_nothing_better_is(path):
    path.write_bytes(b"what somebody wrote")
    files.save(trained(), path)
    assert backup_of(path).read_bytes() == b"what somebody wrote"


def test_a_file_that_can_not_be_opened_never_takes_the_place_of_a_backup_that_can(path):
    files.save(trained(), path)
    files.save(trained(1), path)
    path.write_bytes(b"damaged")
    files.save(trained(2), path)
    assert same_bits(files.load(backup_of(path)), trained())
    # Also where it was a good file once.
    known = fingerprint(path)
    path.write_bytes(b"damaged again")
    files.save(trained(3), path, known)
    assert same_bits(files.load(backup_of(path)), trained())


def test_a_file_that_can_not_be_read_is_never_known_to_open(path, monkeypatch):
    files.save(trained(), path)
    files.save(trained(1), path)
    path.write_bytes(b"damaged")
    # As it is where the file may not be read.
    monkeypatch.setattr(files, "fingerprint", lambda _: "")
    files.save(trained(2), path)
    assert same_bits(files.load(backup_of(path)), trained())


def test_a_version_that_is_known_to_open_is_kept_without_being_read_again(path, monkeypatch):
    known = files.save(trained(), path)
    assert known == fingerprint(path)
    monkeypatch.delattr(files, "is_good")
    assert files.save(trained(1), path, known) == fingerprint(path)
    assert backup_of(path).exists()
    assert same_bits(files.load(path), trained(1))


@pytest.mark.parametrize("backup", [None, b"damaged too"], ids=["none", "damaged"])
def test_a_backup_is_named_only_where_it_can_be_opened(path, backup):
    path.write_bytes(b"damaged")
    if backup is not None:
        backup_of(path).write_bytes(backup)
    with pytest.raises(ProjectError, match=r"^p\.gds is not a studio file\.$"):
        files.load(path)
    files.save(trained(), backup_of(path))
    with pytest.raises(ProjectError, match=r" The version before it is beside it: p\.gds\.bak\.$"):
        files.load(path)


def test_what_another_program_wrote_has_no_version_of_ours(path):
    path.write_bytes(b'{"format": "other", "version": 99}')
    files.save(trained(), path)
    assert same_bits(files.load(path), trained())
    assert backup_of(path).read_bytes() == b'{"format": "other", "version": 99}'


@pytest.mark.parametrize("version", ["5", "4.5", "99999999999999999999999999999", "1e300"])
def test_the_file_of_a_newer_studio_is_refused_and_never_written_over(path, version):
    content = f'{{"format": "gdstudio", "version": {version}, "surprise": 1}}'.encode()
    path.write_bytes(content)
    with pytest.raises(ProjectError, match=r"^p\.gds was saved by a newer studio .*; update to open it\."):
        files.load(path)
    with pytest.raises(ProjectError, match=r"^p\.gds was saved by a newer studio .*save under another name\.$"):
        files.save(trained(), path)
    assert [each.read_bytes() for each in path.parent.iterdir()] == [content]


# What is saved opens again.


def kept(project, name="kept"):
    """A run that ended at a project."""
    losses = frozen([1.0, 0.5])
    path = frozen(np.vstack([project.start.parameters, project.parameters]))
    return KeptRun(name, project, frozen([0, 3]), losses, losses, path, 0.5, True, False)


@pytest.mark.parametrize("title", ["n" * 99, "a\udce4b", "two\nlines", "\u202etxt.exe"])
def test_a_table_may_be_called_anything_and_what_is_made_of_it_can_be_saved(path, title):
    project = project_for(trained().data, title)
    files.save(project, path)
    assert files.load(path).title == project.title
    assert project.title.isprintable()
    assert len(project.title) <= 80


def test_what_would_not_open_again_is_not_saved(path):
    files.save(trained(), path)
    before = path.read_bytes()
    with pytest.raises(ProjectError, match=r"^p\.gds can't be opened: a name has up to 80 characters"):
        files.save(replace(trained(), title="n" * 81), path)
    assert path.read_bytes() == before


def test_a_document_that_is_too_large_says_what_to_do_and_is_kept_against_a_crash_without_its_runs(path, monkeypatch):
    other = edits.rename(trained(3), "other")
    document = Document(trained(), (kept(edits.set_value(other, 0, 0, 5.0)),))
    monkeypatch.setattr(files, "MAX_NUMBERS", len(files.encode(trained()).split(b",")) + 5)
    with pytest.raises(ProjectError, match=r"it keeps too many runs, .* Delete some of them\.$"):
        files.save(document, path)
    assert not path.exists()
    launch(Lifeboat(document, None), path)
    boat = reach(path)
    assert same_bits(boat.document.project, document.project)
    assert boat.document.runs == ()


def test_runs_that_scale_the_same_rows_otherwise_do_not_hold_them_again(path):
    other = edits.descended(edits.set_scaling(trained(), "unit"), trained().state)
    document = Document(trained(), (kept(other),))
    files.save(document, path)
    content = json.loads(path.read_bytes())
    assert (content["runs"][0]["data"]["inputs"], content["runs"][0]["data"]["targets"]) == ([], [])
    run = files.load_document(path).runs[0]
    assert same_bits(run.project, other)
    assert run.project.data.scaling == "unit"


def test_data_of_a_document_itself_needs_rows_of_its_own():
    content = json.loads(files.encode(trained()))
    content["data"] |= {"inputs": [], "targets": []}
    with pytest.raises(ProjectError, match=r"“inputs” needs rows of 2 numbers\.$"):
        files.decode(json.dumps(content).encode(), "p.gds")


def test_rows_that_differ_in_the_sign_of_a_zero_are_held_apart(path):
    zero, minus = (edits.set_value(trained(), 0, 0, value) for value in (1.0, 2.0))
    zero, minus = edits.set_value(zero, 0, 0, 0.0), edits.set_value(minus, 0, 0, -0.0)
    files.save(Document(zero, (kept(edits.set_scaling(minus, "unit")),)), path)
    assert str(files.load_document(path).runs[0].project.data.raw_x[0, 0]) == "-0.0"


# Large tables.


def test_a_table_of_many_pieces_comes_back_bit_by_bit(path, monkeypatch):
    monkeypatch.setattr(files, "_PIECE_NUMBERS", 7)
    random = np.random.default_rng(3)
    data = plain_data("many", random.normal(0, 1e200, (50, 3)), random.normal(0, 1e-300, (50, 1)))
    network = Network((3, 1), ("linear",))
    project = new_project("many", Recipe(network), draw_parameters(network, 1), data)
    files.save(project, path)
    again = files.load(path).data
    assert again.raw_x.tobytes() == data.raw_x.tobytes()
    assert again.raw_y.tobytes() == data.raw_y.tobytes()
    monkeypatch.undo()
    assert files.encode(project) == path.read_bytes()
