"""Opening whatever a person names: a studio file as it is, a table of numbers as a new project.

Chooses the reader by the file's name, and by its first character where a studio file is called like a table. Knows
nothing of windows.
"""

from pathlib import Path

from gdstudio.document import disk, files, lifeboat, tables
from gdstudio.document.document import Document
from gdstudio.document.edits import project_for
from gdstudio.document.importing import plain_import

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")


def read_document(path: Path, target: str | None = None) -> tuple[Document, Path | None]:
    """Return what a file holds, and the path to save it to.

    That is None for a table, a backup or a lifeboat, which are only read. Raises ProjectError, with a sentence, when it
    can't be read.
    """
    if is_table(path):
        return Document(project_for(plain_import(tables.read_table(path), target), path.stem)), None
    if path.suffix in lifeboat.SUFFIXES:
        return lifeboat.reach(path).document, None
    return files.load_document(path), None if path.suffix == disk.BACKUP else path


def is_table(path: Path) -> bool:
    """Whether a file is to be read as a table. Raises ProjectError, with a sentence, when it can't be read."""
    return path.suffix.lower() in TABLE_SUFFIXES and not disk.read_bytes(path).lstrip().startswith(b"{")
