"""Lifeboats: what is written of open work now and then, so that a crash takes little.

A document, where it belongs, and how often it was taken up again. Knows nothing of windows or of time.
"""

import os
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from gdstudio.document.disk import read_bytes, write_atomically
from gdstudio.document.document import Document
from gdstudio.document.errors import ProjectError
from gdstudio.document.files import decode_document, encode

_FORMAT = "gdstudio lifeboat"
SUFFIXES = (".boat", ".aside")
"""How the names of lifeboats end: of those that are offered, and of those that are no more."""


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document's own file in an envelope; ``path`` is the file that it belongs to, or nothing: bytes, since a file's
    name need not be text."""

    format: str
    path: bytes
    attempts: int
    document: msgspec.Raw
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Lifeboat:
    """Open work: ``path`` is the document's own file, None where it has none, and ``fingerprint`` that of the file as
    the work knew it; ``attempts`` says how often it was taken up without coming to a good end."""

    document: Document
    path: Path | None
    attempts: int = 0
    fingerprint: str = ""


def launch(boat: Lifeboat, place: Path) -> None:
    """Write a lifeboat. Raises ProjectError, with a sentence, when it can't be written.

    Kept runs stay behind where with them it would be more than can be read.
    """
    try:
        content = encode(boat.document)
    except ProjectError:
        content = encode(replace(boat.document, runs=()))
    path = b"" if boat.path is None else os.fsencode(boat.path)
    envelope = _Envelope(_FORMAT, path, boat.attempts, msgspec.Raw(content), boat.fingerprint)
    write_atomically(place, msgspec.json.encode(envelope))


def reach(place: Path) -> Lifeboat:
    """Read a lifeboat. Raises ProjectError, with a sentence, when it can't be used."""
    try:
        envelope = msgspec.json.decode(read_bytes(place), type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ProjectError(f"{place.name} is not what the studio wrote.") from None
    if envelope.format != _FORMAT:
        raise ProjectError(f"{place.name} is not what the studio wrote.")
    document = decode_document(bytes(envelope.document), place.name)
    path = Path(os.fsdecode(envelope.path)) if envelope.path else None
    return Lifeboat(document, path, envelope.attempts, envelope.fingerprint)
