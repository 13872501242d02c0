"""Reading and writing whole files, so that none is ever half written and the one before is kept.

Knows bytes and paths alone, not what they mean.
"""

import hashlib
import os
import platform
import shutil
import stat
import tempfile
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_FILE_BYTES

BACKUP = ".bak"
"""What is put behind a file's name for the one before it."""


_PART = ".gdstudio-", ".part"
"""How the name of a file begins and ends that is not whole yet."""
_ABANDONED = 3600
"""Seconds by which such a file is older than one made now if nobody writes it any more."""


def backup_of(path: Path) -> Path:
    """Return where the version before a file is kept: beside the file itself, where ``path`` is a link to it."""
    with suppress(OSError, RuntimeError, ValueError):
        path = path.resolve()
    return path.parent / (path.name + BACKUP)


def read_bytes(path: Path, most: int = MAX_FILE_BYTES) -> bytes:
    """Return a file's content; raises ProjectError, with a sentence, when it can't be read or has more bytes."""
    name = path.name
    try:
        with _opened_to_read(path) as file:
            content = file.read(most + 1) if os.fstat(file.fileno()).st_size <= most else None
    except FileNotFoundError:
        raise ProjectError(f"{name} does not exist in {path.absolute().parent}.") from None
    except IsADirectoryError:
        raise ProjectError(f"{name} is a folder; choose a file in it.") from None
    except (OSError, ValueError) as error:
        raise ProjectError(f"{name} can't be read: {getattr(error, 'strerror', None) or error}.") from None
    if content is None or len(content) > most:
        raise ProjectError(f"{name} is larger than {most // 2**20} MB, the most that the studio opens.")
    return content


def size_of(path: Path) -> int:
    """Return how many bytes a file has; none where there is none."""
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def fingerprint(path: Path) -> str:
    """Return what tells a file's content from any other; empty where there is none that can be read."""
    try:
        with _opened_to_read(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def _opened_to_read(path: Path) -> BufferedReader:
    """Open a file and nothing else: a pipe would be waited for, and a device need not end."""
    _check_kind(path.stat().st_mode)
    return path.open("rb")


def _check_kind(mode: int) -> None:
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        raise OSError("it is a device or a pipe and not a file")


def write_atomically(path: Path, content: bytes, *, keep_old: bool = False) -> None:
    """Write a temporary file beside ``path``, flush it to the disk, read it back, and put it in the old one's place.

    With ``keep_old`` the old file stays beside it, its name followed by ``.bak``, as far as the disk allows. Raises
    ProjectError, with a sentence, when the file can't be written; the old one is then untouched and nothing is left
    behind.
    """
    temporary: Path | None = None
    try:
        target = path.resolve()
        mode = _mode_of(target)
        handle, temporary = _new_file(target.parent)
        with _opened(handle) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            if file.read() != content:
                raise OSError("what was written does not read back")
        with suppress(OSError):  # there are disks that know no permissions
            temporary.chmod(mode)
        _clear_away(temporary)
        if keep_old and target.exists():
            _keep(target)
        temporary.replace(target)
    except (OSError, RuntimeError, ValueError) as error:
        # Beside what the system refuses: links that lead in a circle, and a path with a NUL character.
        _remove(temporary)
        raise ProjectError(f"{path.name} can't be written: {getattr(error, 'strerror', None) or error}.") from None
    _flush(target.parent)


def remove(path: Path) -> None:
    """Take a file away, if it is there and that is allowed."""
    _remove(path)


def _mode_of(target: Path) -> int:
    """Return the permissions of a file, or those that a new one gets."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return 0o666 & ~_umask()
    _check_kind(mode)
    return mode & 0o777


def _new_file(folder: Path) -> tuple[int, Path]:
    """Make a file whose name tells which process of which computer writes it."""
    prefix = f"{_PART[0]}{_computer()}-{os.getpid()}-"
    handle, name = tempfile.mkstemp(dir=folder, prefix=prefix, suffix=_PART[1])
    return handle, Path(name)


def _computer() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def clear_left(folder: Path) -> None:
    """Take away what processes of this computer left in a folder that were killed while they wrote."""
    with suppress(OSError):
        for left in folder.glob("*".join(_PART)):
            owner = left.name.removeprefix(_PART[0]).split("-")
            if owner[0] == _computer() and len(owner) > 2 and owner[1].isdecimal() and not _is_alive(int(owner[1])):
                _remove(left)


def _is_alive(process: int) -> bool:
    """Whether a process of this computer lives, as far as the system tells."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _clear_away(newest: Path) -> None:
    """Take away what writing that was killed long ago left in a folder; the disk's own clock says what is long ago."""
    with suppress(OSError):
        now = newest.stat().st_mtime
        for left in newest.parent.glob("*".join(_PART)):
            if left.lstat().st_mtime < now - _ABANDONED:
                _remove(left)


def _opened(handle: int) -> BinaryIO:
    try:
        return os.fdopen(handle, "w+b")
    except OSError:
        os.close(handle)
        raise


def _keep(target: Path) -> None:
    """Let a file stand under a second name, too, in one move; a disk that can't is no reason not to save."""
    spare: Path | None = None
    try:
        handle, spare = _new_file(target.parent)
        os.close(handle)
        try:
            spare.unlink()
            os.link(target, spare)
        except OSError:
            _copy(target, spare)
        spare.replace(backup_of(target))
    except OSError:
        pass
    # Also where all went well: two names of the same file are left as they are by a move from one to the other.
    _remove(spare)


def _copy(target: Path, spare: Path) -> None:
    shutil.copy2(target, spare)
    _flush(spare)


def _remove(path: Path | None) -> None:
    if path is not None:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _flush(place: Path) -> None:
    """Let a copy, or a folder's new name, survive a power cut, where the system knows of that."""
    with suppress(OSError):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
