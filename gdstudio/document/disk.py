"""Reading and writing whole files, so that none is ever half written and the one before is kept.

Knows bytes and paths alone, not what they mean.
"""

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_FILE_BYTES

BACKUP = ".bak"
"""What is put behind a file's name for the one before it."""


def read_bytes(path: Path) -> bytes:
    """Return a file's content; raises ProjectError, with a sentence, when it can't be read or is too large."""
    name = path.name
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise ProjectError(f"{name} does not exist in {path.absolute().parent}.") from None
    except IsADirectoryError:
        raise ProjectError(f"{name} is a folder; choose a file in it.") from None
    except (OSError, ValueError) as error:
        raise ProjectError(f"{name} can't be read: {getattr(error, 'strerror', None) or error}.") from None
    if len(content) > MAX_FILE_BYTES:
        raise ProjectError(f"{name} is larger than {MAX_FILE_BYTES // 2**20} MB, the most that the studio opens.")
    return content


def fingerprint(path: Path) -> str:
    """Return what tells a file's content from any other; empty where there is none that can be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def write_atomically(path: Path, content: bytes, *, keep_old: bool = False) -> None:
    """Write a temporary file beside ``path``, flush it to the disk, read it back, and put it in the old one's place.

    With ``keep_old`` the old file stays beside it, its name followed by ``.bak``, as far as the disk allows. Raises
    ProjectError, with a sentence, when the file can't be written; the old one is then untouched and nothing is left
    behind.
    """
    temporary: Path | None = None
    try:
        target = path.resolve()
        handle, temporary = _new_file(target.parent)
        with _opened(handle) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.seek(0)
            if file.read() != content:
                raise OSError("what was written does not read back")
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        if keep_old and target.exists():
            _keep(target)
        temporary.replace(target)
    except (OSError, RuntimeError, ValueError) as error:
        # Beside what the system refuses: links that lead in a circle, and a path with a NUL character.
        _remove(temporary)
        raise ProjectError(f"{path.name} can't be written: {getattr(error, 'strerror', None) or error}.") from None
    _flush_folder(target.parent)


def remove(path: Path) -> None:
    """Take a file away, if it is there and that is allowed."""
    _remove(path)


def _new_file(folder: Path) -> tuple[int, Path]:
    handle, name = tempfile.mkstemp(dir=folder, prefix=".gdstudio-", suffix=".part")
    return handle, Path(name)


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
            shutil.copy2(target, spare)
        spare.replace(target.with_name(target.name + BACKUP))
    except OSError:
        pass
    # Also where all went well: two names of the same file are left as they are by a move from one to the other.
    _remove(spare)


def _remove(path: Path | None) -> None:
    if path is not None:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Let also the new name survive a power cut, where the system knows of that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
