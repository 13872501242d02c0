"""Whatever fails while a file is saved, and whenever the process is killed: a whole file is there, and it opens."""

import errno
import io
import os
import random
import signal
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from gdstudio.document import edits, files
from gdstudio.document.disk import BACKUP
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import load_example

CALLS = (
    "open", "close", "stat", "lstat", "fstat", "readlink", "chmod", "link", "replace", "rename", "unlink", "fsync",
    "utime", "umask", "listxattr", "sendfile", "write", "read",
)  # fmt: skip
"""What the system is asked for by its functions in ``os``; what files are asked for counts besides."""
NEVER_FAIL = {"umask", "fstat"}
SHORT = "short"
FAULTS = (errno.ENOSPC, errno.EIO, errno.EACCES, SHORT)
MOST_CALLS = 300

OLDEST, OLD, NEW = (edits.rename(load_example("two-weights"), title) for title in ("oldest", "old", "new"))


class Disk:
    """Counts what it is asked for; the call numbered ``at`` fails with ``fault``, and ``failed`` is its name."""

    def __init__(self, at: int, fault: int | str) -> None:
        self.at, self.fault, self.count, self.failed = at, fault, 0, ""
        self.names: list[str] = []

    def fails(self, name: str) -> bool:
        self.count += 1
        self.names.append(name)
        if self.count != self.at:
            return False
        if self.fault == SHORT and name not in ("file.write", "file.read", "write", "read", "sendfile"):
            return False
        self.failed = name
        return True

    def refuse(self) -> OSError:
        return OSError(self.fault, os.strerror(self.fault))

    def call(self, name: str, real, *arguments, **options):
        """One function of ``os``."""
        if not self.fails(name):
            return real(*arguments, **options)
        if self.fault == SHORT:
            return real(*arguments, **options)
        if name == "close":
            real(*arguments)
        raise self.refuse()

    def opened(self, real, *arguments, **options):
        """One way to get a file."""
        if self.fails("file.open") and self.fault != SHORT:
            raise self.refuse()
        return File(self, real(*arguments, **options))

    def handed(self, real, *arguments, **options):
        """A file of a handle: nothing is asked for yet."""
        return File(self, real(*arguments, **options))


class File:
    """A file on such a disk."""

    def __init__(self, disk: Disk, file) -> None:
        self._disk, self._file = disk, file

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        fails = self._disk.fails("file.close")
        self._file.close()
        if fails and self._disk.fault != SHORT:
            raise self._disk.refuse()

    def write(self, content):
        if not self._disk.fails("file.write"):
            return self._file.write(content)
        self._file.write(content[: len(content) // 2])
        if self._disk.fault == SHORT:
            return len(content)
        raise self._disk.refuse()

    def read(self, *size):
        if not self._disk.fails("file.read"):
            return self._file.read(*size)
        if self._disk.fault == SHORT:
            content = self._file.read(*size)
            return content[: len(content) // 2]
        raise self._disk.refuse()

    def flush(self):
        if self._disk.fails("file.flush") and self._disk.fault != SHORT:
            raise self._disk.refuse()
        self._file.flush()

    def seek(self, *place):
        if self._disk.fails("file.seek") and self._disk.fault != SHORT:
            raise self._disk.refuse()
        return self._file.seek(*place)

    def __getattr__(self, name):
        return getattr(self._file, name)


def save_on(disk: Disk, monkeypatch, path: Path, *, links: bool) -> str:
    """Save the new document on a disk that fails once; returns the sentence, or nothing where it was saved."""
    with monkeypatch.context() as broken:
        for name in CALLS:
            if name not in NEVER_FAIL and hasattr(os, name):
                broken.setattr(os, name, partial(disk.call, name, getattr(os, name)))
        if not links:
            broken.setattr(os, "link", partial(Disk.call, Disk(1, errno.EPERM), "link", os.link))
        broken.setattr(os, "fdopen", partial(disk.handed, os.fdopen))
        broken.setattr(io, "open", partial(disk.opened, io.open))
        broken.setattr("builtins.open", partial(disk.opened, open))
        try:
            files.save(NEW, path)
        except ProjectError as error:
            return str(error)
    return ""


def there(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


def prepared(folder: Path, *, is_there: bool) -> SimpleNamespace:
    """A folder with an old file and its backup, or with none."""
    folder.mkdir()
    path = folder / "p.gds"
    if is_there:
        files.save(OLDEST, path)
        files.save(OLD, path)
    return SimpleNamespace(path=path, backup=folder / f"p.gds{BACKUP}", before=there(path))


def check(place: SimpleNamespace, disk: Disk, sentence: str) -> None:
    """Nothing is lost, and what is said is right."""
    now = there(place.path)
    old, new = place.before.get("p.gds"), files.encode(NEW)
    if sentence:
        assert sentence.startswith("p.gds can't be written: ")
        assert sentence.endswith(".")
        assert not any(word in sentence for word in ("\n", "Errno", "Traceback", str(place.path.parent)))
        assert now.get("p.gds") == old
    else:
        assert now["p.gds"] == new
    backup = now.get(f"p.gds{BACKUP}")
    assert backup in (place.before.get(f"p.gds{BACKUP}"), old)
    for each in (place.path, place.backup):
        if each.exists():
            files.load(each)
    left = [name for name in now if name.endswith(".part")]
    # What can't be taken away stays.
    assert left == [] or disk.failed == "unlink"
    files.save(NEW, place.path)
    assert [name for name in there(place.path) if name.endswith(".part")] == left
    assert files.encode(files.load(place.path)) == new


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: errno.errorcode.get(fault, fault))
@pytest.mark.parametrize(
    ("is_there", "links"), [(True, True), (True, False), (False, True)], ids=["old file", "no links", "new file"]
)
def test_a_save_in_which_any_one_call_fails_loses_nothing(tmp_path, monkeypatch, fault, is_there, links):
    failed = []
    for at in range(1, MOST_CALLS):
        place = prepared(tmp_path / str(at), is_there=is_there)
        handles = open_handles()
        disk = Disk(at, fault)
        sentence = save_on(disk, monkeypatch, place.path, links=links)
        try:
            check(place, disk, sentence)
            assert open_handles() == handles
        except (AssertionError, ProjectError) as error:
            raise AssertionError(f"after call {at}, {disk.failed or 'none'} failed, of {disk.names}: {error}") from None
        if disk.count < at:
            break
        failed.append((disk.failed, bool(sentence)))
    else:
        raise AssertionError("a save that asks for so much")
    assert sentence == ""
    refused = {name for name, told in failed if told}
    if fault == SHORT:
        assert refused == {"file.write", "file.read"}
    else:
        assert {"open", "file.write", "file.flush", "fsync", "file.read", "replace"} <= refused


def open_handles() -> int:
    """How many files the process has open, where the system says so."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_every_kind_of_call_that_a_save_makes_is_counted(tmp_path, monkeypatch):
    disk = Disk(0, errno.EIO)
    place = prepared(tmp_path / "p", is_there=True)
    assert save_on(disk, monkeypatch, place.path, links=True) == ""
    assert {
        "open", "file.write", "file.flush", "fsync", "file.seek", "file.read", "file.close", "stat", "chmod", "unlink",
        "link", "replace", "close",
    } <= set(disk.names)  # fmt: skip


# The process is killed.


NURSERY = """
    import os, signal, sys, time
    from pathlib import Path
    from gdstudio.document import edits, files
    from gdstudio.document.examples import load_example

    path = Path(sys.argv[1])
    both = [edits.rename(load_example(key), key) for key in ("two-weights", "xor")]
    for line in sys.stdin:
        begun, begin = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(begin, b"x")
            while True:
                for project in both:
                    files.save(project, path)
        os.read(begun, 1)
        time.sleep(float(line))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(begun)
        os.close(begin)
        print(os.WTERMSIG(status), flush=True)
"""


def survive(folder: Path, kills: int, seed: int) -> None:
    """Kill a process that saves, again and again, and look after each time at what it left."""
    path, backup = folder / "p.gds", folder / f"p.gds{BACKUP}"
    both = {files.encode(edits.rename(load_example(key), key)) for key in ("two-weights", "xor")}
    files.save(edits.rename(load_example("xor"), "xor"), path)
    moments = random.Random(seed)
    root = Path(__file__).parents[2]
    nursery = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(NURSERY), str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    contents = set()
    try:
        for _ in range(kills):
            nursery.stdin.write(f"{moments.uniform(0.0, 0.04)}\n")
            nursery.stdin.flush()
            assert nursery.stdout.readline() == f"{int(signal.SIGKILL)}\n"
            content = files.encode(files.load_document(path))
            assert content in both
            contents.add(content)
            if backup.exists():
                assert files.encode(files.load_document(backup)) in both
    finally:
        nursery.kill()
        nursery.communicate()
    assert contents == both
    assert backup.exists()
    # What is left half written is beside the file, and the next save is as any other.
    files.save(load_example("one-weight"), path)
    assert files.encode(files.load(path)) == files.encode(load_example("one-weight"))
    assert files.encode(files.load(backup)) in both


POSIX = pytest.mark.skipif(os.name != "posix", reason="SIGKILL of POSIX")


@POSIX
def test_a_process_that_is_killed_while_it_saves_leaves_a_whole_file(tmp_path):
    survive(tmp_path, 40, seed=5)


@POSIX
@pytest.mark.nightly
def test_a_process_that_is_killed_200_times_while_it_saves_leaves_a_whole_file(tmp_path):
    survive(tmp_path, 200, seed=6)
