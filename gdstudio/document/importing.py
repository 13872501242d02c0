"""From a table to data: which columns are inputs and target, what becomes of missing cells, and how it is scaled.

Whatever is left out, filled in or turned into numbers is said, in numbers. Knows nothing of files' bytes.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gdstudio.document.datasets import Data, with_scaling
from gdstudio.document.edits import clean_name
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_EXAMPLES, MAX_NAME, MAX_NODES, MAX_VALUES
from gdstudio.document.numbers import counted
from gdstudio.document.tables import Column, Table
from gdstudio.engine import Array, Indices, frozen

ROLES = {"input": "input", "target": "target", "out": "leave out"}
FILLINGS = {"drop": "leave out the row", "mean": "fill in an input's mean"}


@dataclass(frozen=True, slots=True)
class Choice:
    """What is made of a table: a key of ``ROLES`` for each column, one of ``FILLINGS``, and one of ``SCALINGS``."""

    roles: tuple[str, ...]
    filling: str = "drop"
    scaling: str = "none"


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """The data, and what was done to come by it, a sentence each."""

    data: Data
    notes: tuple[str, ...]


def first_choice(table: Table, target: str | None = None) -> Choice:
    """Return what is chosen at first: the last column that can be used is the target, or the one called ``target``.

    Raises ProjectError when there is no such column.
    """
    names = [column.name for column in table.columns]
    usable = [place for place, column in enumerate(table.columns) if column.is_usable]
    if target is not None and target not in names:
        raise ProjectError(f"There is no column “{target}”; there are {', '.join(names)}.")
    roles, room = ["out"] * len(names), MAX_NODES
    if not usable:
        return Choice(tuple(roles))
    chosen = names.index(target) if target is not None else usable[-1]
    roles[chosen] = "target"
    for place in usable:
        width = _width(table.columns[place])
        if place != chosen and width <= room:
            roles[place] = "input"
            room -= width
    return Choice(tuple(roles))


def imported(table: Table, choice: Choice) -> Imported:
    """Return the data that a choice makes of a table. Raises ProjectError, with a sentence, where it makes none."""
    by_role = {
        role: [column for column, own in zip(table.columns, choice.roles, strict=True) if own == role] for role in ROLES
    }
    inputs, targets = by_role["input"], by_role["target"]
    if not any(column.is_usable for column in table.columns):
        raise ProjectError("No column holds numbers or few classes, so there is nothing to learn; is it read rightly?")
    for columns, what in ((inputs, "input"), (targets, "target")):
        if not columns:
            raise ProjectError(f"Choose at least one column as {what}.")
        width = sum(map(_width, columns))
        if width > MAX_NODES:
            raise ProjectError(f"These would be {width} {what}s; the studio takes up to {MAX_NODES}. Leave some out.")
        for column in columns:
            if not column.is_usable:
                raise ProjectError(f"The column {column.name} holds neither numbers nor few classes; leave it out.")
    notes = [_class_note(column) for column in (*inputs, *targets) if column.classes]
    if table.ragged:
        notes.append(f"{counted(table.ragged, 'row')} left out: not as many cells as the first row.")
    odd = sum(column.odd for column in (*inputs, *targets))
    if odd:
        notes.append(f"In columns of numbers {counted(odd, 'cell')} with something else: counted as missing.")
    fillable = [column for column in inputs if not column.classes] if choice.filling == "mean" else []
    needed = [column for column in (*inputs, *targets) if column not in fillable]
    why = "a class or a target is missing" if fillable else "a cell is missing"
    kept = _kept(table, needed, _most((*inputs, *targets)), why, notes)
    if not len(kept):
        advice = "" if fillable else ", or fill in the mean"
        raise ProjectError(f"No row is left: in each {why}. Leave out a column{advice}.")

    def values(column: Column) -> Array:
        return _filled(column, kept, notes) if column in fillable else column.values[kept]

    x, y = (np.hstack([_numbers(column, values(column)) for column in columns]) for columns in (inputs, targets))
    data = Data(
        clean_name(Path(table.name).stem[:MAX_NAME]),
        tuple(name for column in inputs for name in _names(column)),
        tuple(name for column in targets for name in _names(column)),
        frozen(x),
        frozen(y),
    )
    if len(set(data.column_names)) < len(data.column_names):
        data = _told_apart(data)
    return Imported(data if choice.scaling == "none" else with_scaling(data, choice.scaling), tuple(notes))


def _kept(table: Table, needed: list[Column], most: int, why: str, notes: list[str]) -> Indices:
    """Return the rows that are taken, up to so many: those in which no cell of the needed columns is missing."""
    holes = np.any([np.isnan(column.values) for column in needed], axis=0)
    if holes.any():
        notes.append(f"{counted(int(holes.sum()), 'row')} of {table.rows:,} left out: {why}.")
    kept = np.flatnonzero(~holes)
    if len(kept) > most:
        notes.append(f"{most:,} of {len(kept):,} rows taken, evenly spaced: that is the most the studio takes.")
        kept = kept[np.linspace(0, len(kept) - 1, most).astype(np.intp)]
    return kept


def _most(columns: Iterable[Column]) -> int:
    """Return how many rows of these columns the studio takes."""
    return min(MAX_EXAMPLES, MAX_VALUES // max(1, sum(map(_width, columns))))


def _filled(column: Column, kept: Indices, notes: list[str]) -> Array:
    """Return a column's values in the rows that are taken, with the mean of those there are where there is none."""
    values = column.values[kept]
    holes = np.isnan(values)
    if not holes.any():
        return values
    if holes.all():
        raise ProjectError(f"The column {column.name} has no number in the rows that are left; leave it out.")
    with np.errstate(all="ignore"):
        mean = float(np.mean(values[~holes]))
    notes.append(f"{column.name}: {counted(int(holes.sum()), 'cell')} filled with the mean {mean:.6g}.")
    return np.where(holes, mean, values)


def _width(column: Column) -> int:
    """How many nodes a column takes: a class is one of several, unless there are two."""
    return len(column.classes) if len(column.classes) > 2 else 1


def _numbers(column: Column, values: Array) -> Array:
    """Return a column as numbers, ``(rows, width)``: a 1 for the class that it is."""
    if _width(column) == 1:
        return values[:, np.newaxis]
    result: Array = (values[:, np.newaxis] == np.arange(len(column.classes))).astype(np.float64)
    return result


def _names(column: Column) -> list[str]:
    if not column.classes:
        return [column.name]
    named = column.classes[1:] if len(column.classes) == 2 else column.classes
    return [clean_name(f"{column.name} = {word}"[:MAX_NAME]) or column.name for word in named]


def _class_note(column: Column) -> str:
    if len(column.classes) == 2:
        zero, one = (clean_name(word[:MAX_NAME]) for word in column.classes)
        return f"{column.name}: {zero} is 0, {one} is 1."
    return f"{column.name}: a column of 0 and 1 for each of {len(column.classes)} classes."


def _told_apart(data: Data) -> Data:
    """Number the columns whose long names came out alike."""
    names: list[str] = []
    for number, name in enumerate(data.column_names, start=1):
        names.append(name if data.column_names.count(name) == 1 else f"{name[: MAX_NAME - 8]} ({number})")
    k = len(data.input_names)
    return replace(data, input_names=tuple(names[:k]), target_names=tuple(names[k:]))


def plain_import(table: Table, target: str | None = None) -> Data:
    """Return the data of a table that is all numbers, as it is. Raises ProjectError where anything must be chosen."""
    if table.problem:
        raise ProjectError(table.problem)
    if len(table.columns) > MAX_NODES + 1:
        raise ProjectError(f"{table.name} has {len(table.columns)} columns; the studio takes up to {MAX_NODES + 1}.")
    most = _most(table.columns)
    if table.rows > most:
        raise ProjectError(f"{table.name} has {table.rows:,} rows; of a table this wide the studio takes {most:,}.")
    return imported(table, first_choice(table, target)).data
