"""Plain tables as people have them: the text of a CSV file, read into columns of numbers or of classes.

Every guess about how a file is written is a value that can be chosen otherwise. Knows nothing of projects.
"""

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, count, islice
from pathlib import Path

import numpy as np

from gdstudio.document.disk import read_bytes
from gdstudio.document.edits import clean_name
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_CLASSES, MAX_COLUMNS, MAX_NAME, MAX_NUMBERS, MAX_TABLE_BYTES
from gdstudio.engine import Array, frozen

ENCODINGS = {"utf-8": "UTF-8", "utf-16": "UTF-16", "latin-1": "Latin-1, Windows"}
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
DECIMALS = {".": "point", ",": "comma"}
PREVIEW = 12
"""Rows of a table that are kept as text, to be looked at."""
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "nil", "?", "-", ".", "#n/a", "missing"})
_HEAD = 50
"""Rows by which it is guessed how a table is written."""
_CHUNK = 5000
_APART = "\0"
_PIECE = 2**18
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))

_NAMED_SEPARATOR = re.compile(r"sep=([,;\t])[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)
"""How spreadsheets say in a first line what parts the cells."""
_THOUSANDS = {
    mark: re.compile(rf"[+−-]?[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+(?:[{other}][0-9]*)?")
    for mark, other in ((".", ","), (",", "."))
}
"""Numbers whose thousands are apart by a mark."""
_OTHER = {".": ",", ",": "."}
"""The mark that is not the decimal one."""
_TWO_WAYS = re.compile(r"[+−-]?[0-9]{1,3}[.,][0-9]{3}")
"""Numbers whose mark could be either."""
_MAY_BE_THOUSANDS = {(";", "."), ("\t", ",")}
"""What parts the cells, and what seems to be the decimal mark there but may well part thousands."""

# A cell may be as long as a file: the limit on files is the one that counts.
csv.field_size_limit(MAX_TABLE_BYTES)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is written: a key each of ``ENCODINGS``, ``SEPARATORS`` and ``DECIMALS``, and if it has a header."""

    encoding: str
    separator: str
    decimal: str
    has_header: bool


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column, ``values`` ``(rows,)``: numbers, or the places of its ``classes``; nan where there is neither.

    ``missing`` counts the cells that are empty or say so, ``odd`` those that are something else than a number in a
    column of numbers. ``first_odd`` is the row and the text of the first cell that is no finite number, if any, and
    ``first_grouped`` of the first number read as thousands that could as well have three decimals.
    """

    name: str
    values: Array
    classes: tuple[str, ...]
    distinct: int
    missing: int
    odd: int
    first_odd: tuple[int, str] | None
    first_grouped: tuple[int, str] | None = None

    @property
    def is_usable(self) -> bool:
        """Whether a network can take it: numbers, or words that are few enough to be classes."""
        return bool(self.classes) or not np.isnan(self.values).all()


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table that was read: ``rows`` of ``columns``, and the number and the first of the ``ragged`` rows left out.

    ``preview`` holds the cells of the first rows as text.
    """

    name: str
    reading: Reading
    columns: tuple[Column, ...]
    rows: int
    ragged: int
    first_ragged: tuple[int, int] | None
    preview: tuple[tuple[str, ...], ...]

    @property
    def problem(self) -> str:
        """Say where the table is not all numbers, row by row; nothing where it is."""
        odd = [(*column.first_odd, column.name) for column in self.columns if column.first_odd is not None]
        odd += [(*column.first_grouped, column.name) for column in self.columns if column.first_grouped is not None]
        first = min(odd, key=lambda each: each[0], default=None)
        if self.first_ragged is not None and (first is None or self.first_ragged[0] <= first[0]):
            return _ragged_sentence(self.name, *self.first_ragged, len(self.columns))
        if first is None:
            return ""
        row, cell, name = first
        problem = (
            "is not a finite number" if _number(cell, self.reading.decimal) is None else "could be read in two ways"
        )
        what = f"“{cell[:24]}” {problem}" if cell else "the cell is empty"
        return f"{self.name}, row {row}, column {name}: {what}."


def _ragged_sentence(name: str, row: int, cells: int, width: int) -> str:
    return f"{name}, row {row}: it has {cells} cells, but the first row has {width}."


def _never(share: float) -> None:
    """Hear how far the work is; raise to end it."""


def read_table(path: Path, reading: Reading | None = None, progress: Callable[[float], None] = _never) -> Table:
    """Read a file; see :func:`parse_table`."""
    return parse_table(read_bytes(path, MAX_TABLE_BYTES), path.name, reading, progress)


def parse_table(
    content: bytes, name: str, reading: Reading | None = None, progress: Callable[[float], None] = _never
) -> Table:
    """Read the bytes of a CSV as ``reading`` says, or as it seems to be written; ``name`` is what sentences call it.

    ``progress`` hears now and then which share is done. Raises ProjectError, with a sentence, for what is no table.
    """
    text, encoding = decoded(content, name, None if reading is None else reading.encoding)
    named = _NAMED_SEPARATOR.match(text)
    text = text[named.end() :] if named else text
    reading = replace(guessed(text, named[1] if named else ""), encoding=encoding) if reading is None else reading
    lines = max(text.count("\n"), text.count("\r"))
    if text.count(reading.separator) > MAX_NUMBERS or lines > MAX_NUMBERS // 2:
        raise ProjectError(f"{name} has more than {MAX_NUMBERS:,} cells, the most that the studio reads.")
    cells = _Cells(name)
    for number, row in _records(text, reading.separator, name):
        cells.take(number, row)
        if number % _CHUNK == 0:
            cells.put_away()
            progress(0.5 * min(1.0, number / max(1, lines)))
    cells.put_away()
    width, ragged = len(cells.columns), cells.ragged
    if not cells.numbers:
        raise ProjectError(f"{name} is empty; it needs rows of numbers.")
    if width < 2:
        raise ProjectError(f"{name} has one column; it needs at least one input and one target.")
    first = int(reading.has_header)
    numbers = cells.numbers[first:]
    if not numbers and ragged:
        raise ProjectError(_ragged_sentence(name, *ragged[0], width))
    if not numbers:
        raise ProjectError(f"{name} has a header but no rows of numbers.")
    head = [next(_pieces(column, 0)) for column in cells.columns]
    names = _column_names([piece[0] for piece in head] if first else [""] * width)
    seen = [[cell[:200] for cell in piece[first : first + PREVIEW]] for piece in head]
    preview = tuple(zip(*seen, strict=True))
    columns = []
    for place, (title, column) in enumerate(zip(names, cells.columns, strict=True)):
        share = 0.5 + 0.5 * place / width
        columns.append(_column(title, numbers, column, first, reading.decimal, partial(progress, share)))
    return Table(name, reading, tuple(columns), len(numbers), len(ragged), ragged[0] if ragged else None, preview)


class _Cells:
    """The cells of a table, column by column and thousands in one text, apart from each other by what no text holds.

    As many texts and lists as there are cells and rows would each be looked at whenever garbage is searched for.
    ``numbers`` are those of the rows that are as long as the first, ``ragged`` number and length of the others.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._rows: list[list[str]] = []
        self.columns: list[list[str]] = []
        self.numbers: list[int] = []
        self.ragged: list[tuple[int, int]] = []

    def take(self, number: int, row: list[str]) -> None:
        """Take a row; empty cells beyond the width of the first are none."""
        if not self.columns:
            if len(row) > MAX_COLUMNS:
                raise ProjectError(f"{self._name} has {len(row)} columns; the studio reads up to {MAX_COLUMNS}.")
            self.columns = [[] for _ in row]
        elif len(self._rows) == len(self.numbers) == 1 and not any(self._rows[0][len(row) :]):
            # The names end with separators that stand below nothing.
            self._rows[0] = self._rows[0][: len(row)]
            self.columns = self.columns[: len(row)]
        width = len(self.columns)
        while len(row) > width and not row[-1]:
            row.pop()
        if len(row) == width:
            self._rows.append(row)
            self.numbers.append(number)
        else:
            self.ragged.append((number, len(row)))

    def put_away(self) -> None:
        """Lay the rows taken since the last time into the columns."""
        if self._rows:
            for column, cells in zip(self.columns, zip(*self._rows, strict=True), strict=True):
                column.append(_APART.join(cells))
        self._rows = []


def _pieces(column: list[str], first: int) -> Iterator[list[str]]:
    """Yield the cells of a column, thousands at once, without the ``first`` ones."""
    for text in column:
        cells = text.split(_APART)
        yield cells[first:]
        first = 0


def decoded(content: bytes, name: str, encoding: str | None = None) -> tuple[str, str]:
    """Return a file's text and its encoding: the one given, that of its byte order mark, or the first that fits."""
    mark = next((found for bytes_, found in _MARKS if content.startswith(bytes_)), None)
    wide = content[:4096].count(0) > len(content[:4096]) // 4
    tried = [encoding or mark or ("utf-16" if wide else "utf-8")]
    if encoding is None and mark is None and not wide:
        tried.append("latin-1")
    for each in tried:
        try:
            text = content.decode(_codec(each, content))
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text.removeprefix("\ufeff"), each
    else:
        raise ProjectError(f"{name} is not {ENCODINGS[tried[0]]} text; choose another encoding or another file.")
    raise ProjectError(f"{name} is not a text file; choose a CSV of numbers.")


def _codec(encoding: str, content: bytes) -> str:
    if encoding == "latin-1":
        return _western(content)
    if encoding != "utf-16" or content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return encoding
    # Without a mark: where the zeros of plain letters are.
    return "utf-16-be" if content[:4096:2].count(0) > content[1:4096:2].count(0) else "utf-16-le"


def _western(content: bytes) -> str:
    """Return the codec of Western text: that of Windows, whose quotes and euro have no letters in Latin-1."""
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"


def guessed(text: str, separator: str = "") -> Reading:
    """Return how a text seems to be written, by its first rows; the encoding is left to whoever decoded it."""
    separator = separator or _separator(text)
    try:
        rows = [row for _, row in islice(_records(text[: 2**20], separator, ""), _HEAD)]
    except ProjectError:
        rows = []
    cells = [cell for row in rows for cell in row]
    commas = sum("," in cell and "." not in cell and _number(cell, ",") is not None for cell in cells)
    points = sum("." in cell and "," not in cell and _number(cell, ".") is not None for cell in cells)
    decimal = "," if separator != "," and commas > points else "."
    if (separator, decimal) in _MAY_BE_THOUSANDS and _is_of_thousands(rows, decimal):
        decimal = _OTHER[decimal]
    return Reading("utf-8", separator, decimal, _has_header(rows, decimal))


def _is_of_thousands(rows: list[list[str]], decimal: str) -> bool:
    """Whether what would be a decimal mark seems to stand between thousands: 1.234 and 2.100 beside a plain 950.

    In every cell that has the mark three digits follow it, and in the column of each there is a number without it.
    """
    marked = [
        (place, cell)
        for row in rows
        for place, cell in enumerate(row)
        if decimal in cell and _is_numeric(cell, decimal)
    ]
    plain = {place for row in rows for place, cell in enumerate(row) if cell.isdecimal() and not cell.startswith("0")}
    return bool(marked) and all(place in plain and _THOUSANDS[decimal].fullmatch(cell) for place, cell in marked)


def _separator(text: str) -> str:
    """Return what is as often in every one of the first lines, tabs and semicolons first; else what is most often."""
    lines = [_without_quoted(line) for line in islice((line for line in _lines(text) if line.strip()), _HEAD)]
    for separator in ("\t", ";", ","):
        counts = {line.count(separator) for line in lines}
        if len(counts) == 1 and counts != {0}:
            return separator
    return max(SEPARATORS, key=lambda separator: sum(line.count(separator) for line in lines[:1]))


def _without_quoted(line: str) -> str:
    return "".join(line[:100_000].split('"')[::2])


def _has_header(rows: list[list[str]], decimal: str) -> bool:
    """Whether the first row names what stands below it: words over numbers, or no number at all."""
    if not rows:
        return False
    first, *others = rows

    def is_word(cell: str) -> bool:
        return cell.casefold() not in _MISSING and not _is_numeric(cell, decimal)

    for place, cell in enumerate(first):
        below = [row[place] for row in others if place < len(row)]
        numbers = sum(_is_numeric(each, decimal) for each in below)
        if is_word(cell) and (numbers > len(below) // 2 or (numbers and not any(map(is_word, below)))):
            return True
    return any(map(is_word, first)) and not any(_is_numeric(cell, decimal) for cell in first)


def _lines(text: str) -> Iterator[str]:
    """Yield a text's lines with their ends, whatever these are; piece by piece, since a whole file stops the window."""
    end = "\n" if "\n" in text else "\r"
    begin = 0
    while begin < len(text):
        cut = text.find(end, begin + _PIECE)
        piece = text[begin : cut + 1] if cut >= 0 else text[begin:]
        yield from io.StringIO(piece, newline="")
        begin += len(piece)


def _records(text: str, separator: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of every row that is not empty."""
    lines = csv.reader(_lines(text), delimiter=separator, strict=bool(name))
    try:
        for number, line in enumerate(lines, start=1):
            cells = [cell.strip() for cell in line]
            if any(cells):
                yield number, cells
    except csv.Error as error:
        raise ProjectError(f"{name} can't be read as CSV: {error}.") from None


def _number(cell: str, decimal: str) -> float | None:
    """Return a cell's number, None where it holds none."""
    value = _float(cell, decimal)
    return value if value is not None and math.isfinite(value) and "_" not in cell else None


def _is_numeric(cell: str, decimal: str) -> bool:
    """Whether a cell was meant as a number, also one that is not finite: it makes no header."""
    return _float(cell, decimal) is not None


def _float(cell: str, decimal: str) -> float | None:
    """Read a cell; the mark that is not the decimal one may stand between thousands and nowhere else."""
    other = _OTHER[decimal]
    if other in cell:
        if not _THOUSANDS[other].fullmatch(cell):
            return None
        cell = cell.replace(other, "")
    try:
        return float(cell.replace(",", ".").replace("−", "-"))
    except ValueError:
        return None


def _numbers(cells: list[str], decimal: str) -> Array:
    """Return the numbers of cells, ``(cells,)``; nan where there is none. Plain ones are read all at once."""
    plain = decimal == "." and not any("_" in cell for cell in cells)
    try:
        values = np.array(list(map(float, cells))) if plain else np.array([np.nan])
    except ValueError:
        plain = False
    if not plain or not np.isfinite(values).all():
        found = (_number(cell, decimal) for cell in cells)
        values = np.array([np.nan if number is None else number for number in found])
    return values


def _column(
    name: str, rows: list[int], column: list[str], first: int, decimal: str, go_on: Callable[[], None]
) -> Column:
    """Return a column: of numbers where at least four in five of its cells are, of classes where they are few."""
    chunks: list[Array] = []
    missing, first_odd, first_grouped = 0, None, None
    for cells in _pieces(column, first):
        go_on()
        values = _numbers(cells, decimal)
        others = np.flatnonzero(np.isnan(values))
        missing += sum(cells[place].casefold() in _MISSING for place in others)
        if len(others) and first_odd is None:
            first_odd = rows[sum(map(len, chunks)) + others[0]], cells[others[0]]
        if first_grouped is None:
            place = next((place for place, cell in enumerate(cells) if _is_in_two_ways(cell, decimal)), None)
            first_grouped = None if place is None else (rows[sum(map(len, chunks)) + place], cells[place])
        chunks.append(values)
    values = np.concatenate(chunks)
    numeric = len(rows) - int(np.isnan(values).sum())
    odd = len(rows) - missing - numeric
    if not odd or numeric >= 4 * odd:
        return Column(name, frozen(values), (), 0, missing, odd, first_odd, first_grouped)
    words = Counter(cell for cells in _pieces(column, first) for cell in cells if cell.casefold() not in _MISSING)
    few = 2 <= len(words) <= MAX_CLASSES and len(words) < words.total()
    classes = tuple(sorted(words)) if few else ()
    codes = {word: float(code) for code, word in enumerate(classes)}
    values = np.array([codes.get(cell, np.nan) for cells in _pieces(column, first) for cell in cells])
    return Column(name, frozen(values), classes, len(words), missing, 0, first_odd)


def _is_in_two_ways(cell: str, decimal: str) -> bool:
    """Whether a number was read as thousands that could as well have three decimals."""
    return _OTHER[decimal] in cell and bool(_TWO_WAYS.fullmatch(cell)) and _float(cell, decimal) is not None


def _column_names(header: list[str]) -> tuple[str, ...]:
    """Return one clean and different name for every column."""
    names: dict[str, None] = {}
    for position, cell in enumerate(header, start=1):
        wanted = clean_name(cell[:MAX_NAME]) or f"column {position}"
        others = (f"{wanted[: MAX_NAME - 8]} ({number})" for number in count(2))
        names[next(name for name in chain([wanted], others) if name not in names)] = None
    return tuple(names)
