"""Whole files: read whole or refused with a sentence, written whole or not at all, and the one before kept."""

import errno
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import threading
import time

import pytest

from gdstudio.document import disk
from gdstudio.document.disk import BACKUP, backup_of, clear_left, fingerprint, read_bytes, remove, write_atomically
from gdstudio.document.errors import ProjectError

POSIX = pytest.mark.skipif(os.name != "posix", reason="names, links and permissions of POSIX")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "a.gds"
    path.write_bytes(b"first")
    return path


@pytest.fixture(params=["pipe", "device"])
def no_file(request, tmp_path):
    """A name that leads to no file: to a pipe, which nobody writes into, or to a device that never ends."""
    path = tmp_path / request.param
    if request.param == "device":
        path.symlink_to("/dev/zero")
        yield path
        return
    os.mkfifo(path)
    # Whoever waits for the pipe all the same goes on with nothing: a test that fails is better than one that hangs.
    writer = threading.Thread(target=lambda: os.close(os.open(path, os.O_WRONLY)))
    writer.start()
    yield path
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    writer.join()
    os.close(reader)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refuse(*_, **__):
    raise OSError(errno.EPERM, "Operation not permitted")


# Reading.


def test_a_file_is_read_whole(file):
    assert read_bytes(file) == b"first"


def test_a_file_that_is_not_there_is_told_with_its_folder(tmp_path):
    with pytest.raises(ProjectError) as error:
        read_bytes(tmp_path / "a.gds")
    assert str(error.value) == f"a.gds does not exist in {tmp_path}."


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ProjectError, match=r"is a folder; choose a file in it\.$"):
        read_bytes(tmp_path)


def test_a_file_that_the_system_refuses_is_told_in_its_words(file, monkeypatch):
    monkeypatch.setattr(type(file), "open", refuse)
    with pytest.raises(ProjectError, match=r"^a\.gds can't be read: Operation not permitted\.$"):
        read_bytes(file)


def test_a_name_that_can_not_be_one_is_told(tmp_path):
    with pytest.raises(ProjectError, match=r"can't be read: .*\.$"):
        read_bytes(tmp_path / "a\0b")


def test_a_file_of_exactly_the_most_bytes_is_read_and_one_more_is_refused(file):
    assert read_bytes(file, 5) == b"first"
    file.write_bytes(b"second")
    with pytest.raises(ProjectError, match=r"is larger than .* MB, the most that the studio opens\.$"):
        read_bytes(file, 5)


@POSIX
def test_a_pipe_and_a_device_are_refused_and_not_waited_for(no_file):
    name = no_file.name
    with pytest.raises(ProjectError) as error:
        read_bytes(no_file)
    assert str(error.value) == f"{name} can't be read: it is a device or a pipe and not a file."
    assert fingerprint(no_file) == ""


@POSIX
def test_a_pipe_and_a_device_are_not_written_over(no_file, tmp_path):
    before = no_file.stat().st_mode
    with pytest.raises(ProjectError) as error:
        write_atomically(no_file, b"content", keep_old=True)
    assert str(error.value) == f"{no_file.name} can't be written: it is a device or a pipe and not a file."
    assert no_file.stat().st_mode == before
    assert list(tmp_path.iterdir()) == [no_file]


# Fingerprints.


def test_the_same_content_has_the_same_fingerprint_and_another_content_another(file, tmp_path):
    other = tmp_path / "b"
    other.write_bytes(b"first")
    assert fingerprint(other) == fingerprint(file) != ""
    other.write_bytes(b"firsT")
    assert fingerprint(other) != fingerprint(file)


@pytest.mark.parametrize("name", ["missing", ".", "a\0b"])
def test_what_can_not_be_read_has_an_empty_fingerprint(tmp_path, name):
    assert fingerprint(tmp_path / name) == ""


def test_a_fingerprint_is_that_of_the_whole_file_however_large(tmp_path):
    content = bytearray(2**21 + 1)
    (tmp_path / "a").write_bytes(content)
    content[-1] = 1
    (tmp_path / "b").write_bytes(content)
    assert fingerprint(tmp_path / "a") != fingerprint(tmp_path / "b") == hashlib.sha256(content).hexdigest()


# Writing.


def test_a_file_is_written_whole_and_nothing_is_left_beside_it(tmp_path):
    write_atomically(tmp_path / "new", b"content")
    assert contents(tmp_path) == {"new": b"content"}


def test_a_file_is_overwritten_without_a_backup_where_none_is_wanted(file, tmp_path):
    write_atomically(file, b"second")
    assert contents(tmp_path) == {"a.gds": b"second"}


def test_the_old_file_is_kept_as_the_backup_where_that_is_wanted(file, tmp_path):
    write_atomically(file, b"second", keep_old=True)
    assert contents(tmp_path) == {"a.gds": b"second", f"a.gds{BACKUP}": b"first"}


def test_the_backup_is_always_the_one_just_before(file, tmp_path):
    for content in (b"second", b"third", b"fourth"):
        write_atomically(file, content, keep_old=True)
    assert contents(tmp_path) == {"a.gds": b"fourth", f"a.gds{BACKUP}": b"third"}


def test_a_new_file_has_no_backup(tmp_path):
    write_atomically(tmp_path / "new", b"content", keep_old=True)
    assert contents(tmp_path) == {"new": b"content"}


def test_a_disk_without_links_keeps_a_copy_with_its_time(file, tmp_path, monkeypatch):
    os.utime(file, (10**9, 10**9))
    monkeypatch.setattr(os, "link", refuse)
    write_atomically(file, b"second", keep_old=True)
    assert contents(tmp_path) == {"a.gds": b"second", f"a.gds{BACKUP}": b"first"}
    assert (tmp_path / f"a.gds{BACKUP}").stat().st_mtime == 10**9


def test_a_disk_that_keeps_no_backup_at_all_saves_all_the_same(file, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(shutil, "copy2", refuse)
    write_atomically(file, b"second", keep_old=True)
    assert contents(tmp_path) == {"a.gds": b"second"}


def test_a_folder_that_is_called_like_the_backup_stays_and_the_file_is_saved(file, tmp_path):
    backup = tmp_path / f"a.gds{BACKUP}"
    backup.mkdir()
    write_atomically(file, b"second", keep_old=True)
    assert file.read_bytes() == b"second"
    assert sorted(tmp_path.iterdir()) == [file, backup]


@POSIX
def test_a_backup_that_is_still_the_file_itself_leaves_nothing_behind(file, tmp_path):
    # So it is left by a save that ended between keeping the old file and putting the new one in its place.
    os.link(file, tmp_path / f"a.gds{BACKUP}")
    write_atomically(file, b"second", keep_old=True)
    assert contents(tmp_path) == {"a.gds": b"second", f"a.gds{BACKUP}": b"first"}


def test_the_old_file_never_misses_its_name_while_it_is_kept(file, monkeypatch):
    seen = []
    for name in ("link", "replace", "fsync"):
        real = getattr(os, name)

        def watched(*arguments, real=real):
            seen.append(file.read_bytes())
            done = real(*arguments)
            seen.append(file.read_bytes())
            return done

        monkeypatch.setattr(os, name, watched)
    write_atomically(file, b"second", keep_old=True)
    assert set(seen) == {b"first", b"second"}
    assert seen == sorted(seen)


def test_what_does_not_read_back_never_takes_the_place_of_the_old_file(file, tmp_path, monkeypatch):
    real = os.fsync

    def damaged(handle):
        os.pwrite(handle, b"X", 0)
        real(handle)

    monkeypatch.setattr(os, "fsync", damaged)
    with pytest.raises(ProjectError, match=r"^a\.gds can't be written: what was written does not read back\.$"):
        write_atomically(file, b"second", keep_old=True)
    assert contents(tmp_path) == {"a.gds": b"first"}


@POSIX
def test_a_link_is_followed_and_the_backup_stands_beside_the_real_file(tmp_path):
    real, link = tmp_path / "there" / "real.gds", tmp_path / "link.gds"
    real.parent.mkdir()
    real.write_bytes(b"first")
    link.symlink_to(real)
    write_atomically(link, b"second", keep_old=True)
    assert link.is_symlink()
    assert contents(real.parent) == {"real.gds": b"second", f"real.gds{BACKUP}": b"first"}


@POSIX
def test_what_stands_behind_a_link_is_made_beside_the_real_file_which_may_be_on_another_disk(tmp_path, monkeypatch):
    real, link = tmp_path / "there" / "real.gds", tmp_path / "link.gds"
    real.parent.mkdir()
    real.write_bytes(b"first")
    link.symlink_to(real)
    moved = []
    replace = os.replace
    monkeypatch.setattr(os, "replace", lambda one, other: (moved.append((one.parent, other)), replace(one, other)))
    write_atomically(link, b"second", keep_old=True)
    assert moved == [(real.parent, backup_of(real)), (real.parent, real)]


@POSIX
def test_the_backup_of_a_link_is_beside_the_real_file_and_of_a_link_to_itself_beside_that(tmp_path):
    link, loop = tmp_path / "link.gds", tmp_path / "loop.gds"
    link.symlink_to(tmp_path / "there" / "real.gds")
    loop.symlink_to(loop)
    assert backup_of(link) == tmp_path.resolve() / "there" / f"real.gds{BACKUP}"
    assert backup_of(loop).name == f"loop.gds{BACKUP}"


@POSIX
def test_a_backup_that_had_to_be_copied_is_flushed_to_the_disk_also_where_it_may_not_be_written(file, monkeypatch):
    flushed = []
    real = os.fsync
    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "fsync", lambda handle: (flushed.append(os.fstat(handle).st_ino), real(handle)))
    file.chmod(0o440)
    write_atomically(file, b"second", keep_old=True)
    backup = backup_of(file)
    assert backup.read_bytes() == b"first"
    assert backup.stat().st_ino in flushed[:-1]


def test_what_a_killed_save_left_long_ago_is_cleared_away_by_the_next_in_its_folder(file, tmp_path):
    old, recent, other = (tmp_path / name for name in (".gdstudio-a.part", ".gdstudio-b.part", "c.part"))
    for path in (old, recent, other):
        path.write_bytes(b"half")
        os.utime(path, (10**9, 10**9))
    os.utime(recent)
    write_atomically(file, b"second")
    assert contents(tmp_path) == {"a.gds": b"second", recent.name: b"half", other.name: b"half"}


@POSIX
def test_at_the_next_start_what_killed_saves_left_goes_and_what_living_ones_write_stays(tmp_path):
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    here = disk._computer()
    names = {
        f".gdstudio-{here}-{int(dead.stdout)}-abc.part": False, f".gdstudio-{here}-{os.getpid()}-abc.part": True,
        f".gdstudio-00000000-{int(dead.stdout)}-abc.part": True, ".gdstudio-abc.part": True, "mine.part": True,
    }  # fmt: skip
    for name in names:
        (tmp_path / name).write_bytes(b"half")
    clear_left(tmp_path)
    clear_left(tmp_path / "is not there")
    assert {name: (tmp_path / name).exists() for name in names} == names


@POSIX
def test_a_save_that_is_killed_leaves_what_the_next_start_clears_away(tmp_path):
    code = (
        "import os, signal; from pathlib import Path; from gdstudio.document import disk\n"
        "os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"disk.write_atomically(Path({str(tmp_path / 'a.gds')!r}), b'content')"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
    clear_left(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_another_save_may_still_be_writing_is_left_alone(file, tmp_path):
    going_on = tmp_path / ".gdstudio-a.part"
    going_on.write_bytes(b"half")
    half_an_hour_ago = time.time() - 1800
    os.utime(going_on, (half_an_hour_ago, half_an_hour_ago))
    write_atomically(file, b"second")
    assert contents(tmp_path) == {"a.gds": b"second", going_on.name: b"half"}


@POSIX
def test_a_file_keeps_its_permissions_and_so_does_its_backup(file, tmp_path):
    file.chmod(0o640)
    write_atomically(file, b"second", keep_old=True)
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [0o640, 0o640]


@POSIX
def test_a_program_that_can_be_run_can_be_run_when_it_is_written_again(file):
    file.chmod(0o750)
    write_atomically(file, b"second")
    assert stat.S_IMODE(file.stat().st_mode) == 0o750


@POSIX
def test_the_mask_of_the_process_is_as_it_was(tmp_path):
    old = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new", b"content")
        assert os.umask(0o027) == 0o027
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    finally:
        os.umask(old)


@POSIX
def test_the_name_is_flushed_to_the_disk_after_the_content(tmp_path, monkeypatch):
    flushed = []
    real = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda handle: (flushed.append(stat.S_ISDIR(os.fstat(handle).st_mode)), real(handle))
    )
    write_atomically(tmp_path / "new", b"content")
    assert flushed == [False, True]


# Taking away.


def test_a_file_is_taken_away_and_one_that_is_not_there_is_no_trouble(file):
    remove(file)
    assert not file.exists()
    remove(file)


def test_what_may_not_be_taken_away_stays_without_a_word(tmp_path):
    remove(tmp_path)
    assert tmp_path.is_dir()
