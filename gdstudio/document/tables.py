"""Plain tables of numbers: CSV files with an optional header, read into data.

Says row and column of what it can't read. Knows nothing of projects.
"""

import csv
import io
import math
import re
from itertools import chain, count
from pathlib import Path

from gdstudio.document.datasets import Data, with_target
from gdstudio.document.disk import read_bytes
from gdstudio.document.edits import clean_name
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_EXAMPLES, MAX_NAME, MAX_NODES
from gdstudio.engine import frozen


def read_table(path: Path, target: str | None = None) -> Data:
    """Read a CSV of numbers, separated by commas, semicolons or tabs; the last column is the target unless named.

    A first row with any cell that is not a number (nor nan or inf) is the header. Raises ProjectError, with a sentence
    that names row and column, for what can't be read.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ProjectError(f"{path.name} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8 CSV.") from None
    if "\0" in text:
        raise ProjectError(f"{path.name} is not a text file; choose a CSV of numbers.")
    data = parse_table(text, path.name)
    return data if target is None else with_target(data, target)


def parse_table(text: str, name: str) -> Data:
    """Read the text of a CSV; ``name`` is what its sentence calls the file. Raises ProjectError as ``read_table``."""
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(",;\t", key=re.sub(r'"[^"]*"', "", head).count)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise ProjectError(f"{name} can't be read as CSV: {error}.") from None
    cells = [[cell.strip() for cell in line] for line in lines]
    rows = [(number, row) for number, row in enumerate(cells, start=1) if any(row)]
    if not rows:
        raise ProjectError(f"{name} is empty; it needs rows of numbers.")
    first = rows[0][1]
    has_header = any(cell and not _is_numeric(cell) for cell in first)
    width = len(first)
    if width < 2:
        raise ProjectError(f"{name} has one column; it needs at least one input and one target.")
    if width > MAX_NODES + 1:
        raise ProjectError(f"{name} has {width} columns; the studio takes up to {MAX_NODES + 1}.")
    body = rows[1:] if has_header else rows
    if not body:
        raise ProjectError(f"{name} has a header but no rows of numbers.")
    if len(body) > MAX_EXAMPLES:
        raise ProjectError(f"{name} has {len(body):,} rows; the studio takes up to {MAX_EXAMPLES:,}.")
    names = _column_names(first if has_header else [""] * width)
    values = [_row(cells, number, names, name) for number, cells in body]
    return Data(
        clean_name(Path(name).stem[:MAX_NAME]),
        names[:-1],
        names[-1:],
        frozen([row[:-1] for row in values]),
        frozen([row[-1:] for row in values]),
    )


def _number(cell: str) -> float | None:
    try:
        value = float(cell.replace("−", "-"))
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def _is_numeric(cell: str) -> bool:
    """Whether a cell was meant as a number, also one that is not finite: it makes no header."""
    try:
        float(cell.replace("−", "-"))
    except ValueError:
        return False
    return True


def _row(cells: list[str], number: int, names: tuple[str, ...], file: str) -> list[float]:
    if len(cells) != len(names):
        raise ProjectError(f"{file}, row {number}: it has {len(cells)} cells, but the first row has {len(names)}.")
    values: list[float] = []
    for name, cell in zip(names, cells, strict=True):
        value = _number(cell)
        if value is None:
            what = f"“{cell[:24]}” is not a finite number" if cell else "the cell is empty"
            raise ProjectError(f"{file}, row {number}, column {name}: {what}.")
        values.append(value)
    return values


def _column_names(header: list[str]) -> tuple[str, ...]:
    """Return one clean and different name for every column."""
    names: list[str] = []
    for position, cell in enumerate(header, start=1):
        wanted = clean_name(cell[:MAX_NAME]) or f"column {position}"
        others = (f"{wanted[: MAX_NAME - 8]} ({number})" for number in count(2))
        names.append(next(name for name in chain([wanted], others) if name not in names))
    return tuple(names)
