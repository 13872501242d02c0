"""The lines of code with their live values, computed by NumPy from the values as they stand beside the lines above.

Reads text alone; a line of which not every name stands there in full is words.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from .openings import Told
from .sums import Finding, NotFinite, is_rounded, number_of, product_of
from .texts import Painted

_LINE = re.compile(r"(?P<code>.*?)  # (?P<value>.*?) ?(?P<shape>\([0-9, ]*\))?")


def code_statements(spoken: str) -> Iterator[Told]:
    """Return what comes of each line of code beside which its value stands."""
    known: dict[str, object] = {"np": np}
    for line in spoken.splitlines():
        match = _LINE.fullmatch(line)
        if match is None or " = " not in match["code"]:
            continue
        name, _, expression = match["code"].partition(" = ")
        yield _computed(line, expression, match, known)
        known.pop(name, None)
        if (
            "≈" not in match["value"]
            and "…" not in match["value"]
            and "?" not in match["value"]
            and "∞" not in match["value"]
        ):
            known[name] = _array(match["value"], match["shape"])


def _texts(value: str) -> list[str]:
    return re.findall(r"-?[0-9][0-9.]*(?:e-?[0-9]+)?", value)


def _array(value: str, shape: str | None) -> object:
    numbers = np.array([float(text) for text in _texts(value)])
    return numbers.reshape([int(side) for side in re.findall("[0-9]+", shape)]) if shape else float(numbers[0])


def _computed(line: str, expression: str, match: re.Match[str], known: dict[str, object]) -> Told:
    about = match["value"].startswith("≈")  # a few digits of what is there: no claim that they can be computed with
    if about or "…" in match["value"] or not _texts(match["value"]) or "∞" in match["value"]:
        return Told("code", Finding("words", line))
    try:
        with np.errstate(all="ignore"):
            made = np.asarray(eval(expression, {"__builtins__": {}}, known), dtype=float).ravel()
    except (NameError, ValueError, SyntaxError, TypeError):
        return Told("code", Finding("words", line))
    texts = _texts(match["value"])
    if not np.isfinite(made).all() or len(made) != len(texts):
        return Told("code", Finding("not finite", line))
    for value, text in zip(made, texts, strict=True):
        if not is_rounded(Decimal(float(value)), text):
            return Told("code", Finding("off", line, expression, Decimal(float(value)), text))
    return Told("code", Finding("holds", line))


def stretched(painted: list[Painted]) -> Iterator[Told]:
    """Return what comes of the boxes: a number, stretched along a row, times each number of the row."""
    texts = [each.text for each in painted]
    if "×" not in texts or "=" not in texts:
        return
    times, equals = texts.index("×"), texts.index("=")
    scalar, row = texts[times - 1], texts[times + 1 : equals]
    for value, result in zip(row, texts[equals + 1 : equals + 1 + len(row)], strict=False):
        line = f"{scalar} × {value} = {result}"
        try:
            made = product_of((number_of(scalar), number_of(value)))
            holds = is_rounded(made, result)
        except NotFinite:
            yield Told("boxes of the code", Finding("not finite", line))
            continue
        yield Told("boxes of the code", Finding("holds" if holds else "off", line, "this", made, result))
