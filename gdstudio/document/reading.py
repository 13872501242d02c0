"""Opening whatever a person names: a studio file as it is, a table of numbers as a new project.

Chooses the reader by the file's name, and by its first character where a studio file is called like a table. Knows
nothing of windows.
"""

from pathlib import Path

from gdstudio.document import files, tables
from gdstudio.document.edits import project_for
from gdstudio.document.project import Project

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")


def read_document(path: Path, target: str | None = None) -> tuple[Project, Path | None]:
    """Return the project in a file, and the path to save it to (None for a table, which is only read).

    Raises ProjectError, with a sentence, when it can't be read.
    """
    if path.suffix.lower() in TABLE_SUFFIXES and not files.read_bytes(path).lstrip().startswith(b"{"):
        return project_for(tables.read_table(path, target), path.stem), None
    return files.load(path), path
