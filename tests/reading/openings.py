"""Whether what a number opens into makes the number: the lines of a list that opens, read as a person reads them.

Goes by the words that stand there; knows nothing of the studio's code.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext

from .sums import (
    EXACT,
    FUNCTIONS,
    SLOPES,
    Finding,
    NoSum,
    NotFinite,
    Unknown,
    equations_of,
    is_rounded,
    number_of,
    product_of,
    sum_of,
    value_of,
)
from .texts import Row

_ERRORS = {
    "2 × error": "2 × error",
    "error": "error",
    "the sign of the error": "sign of error",
}
_LOSSES = {
    "(prediction − target)²": "error²",
    "½ (prediction − target)²": "½ × error²",
    "|prediction − target|": "|error|",
}


_SUMS = {"sum": "opened: sum", "sum of the paths": "opened: paths", "one path": "opened: paths"}
_NAMED = r"velocity|slope ahead|.*squares?|.*slope|shrinks by|step|change|.*fair at step n|error|example"


@dataclass(frozen=True)
class Told:
    """What came of one statement, and of which kind it is."""

    kind: str
    finding: Finding


def statements_of(rows: Sequence[Row], names: dict[str, Decimal]) -> Iterator[Told]:
    """Return what comes of every line, and of every number and what it was opened into."""
    for row in rows:
        for finding in equations_of(row.line, names):
            yield Told(_line_kind(row), finding)
        if not row.is_told_alike:
            yield Told("tooltip says something else", Finding("off", row.line))
        yield from _bend(row)
        parts = [other for other in rows if other.key[:-1] == row.key]
        if parts:
            yield from _opened(row, parts)


def _line_kind(row: Row) -> str:
    if " of " in row.working:
        return f"line: {row.working.split(' of ')[0]} of x"
    name = re.sub(r"step [0-9,]+", "step n", row.name)
    name = re.sub(r"^(error) [0-9]+$|^(example) [0-9,]+$", r"\1\2", name)
    if re.fullmatch(_NAMED, name):
        return f"line: {name}"
    return "line: product of " + str(row.working.count("×") + 1)


def _told(kind: str, text: str, value: Decimal, shown: str) -> Told:
    try:
        holds = is_rounded(value, shown)
    except NotFinite:
        return Told(kind, Finding("not finite", text))
    return Told(kind, Finding("holds" if holds else "off", text, "this", value, shown))


def _bend(row: Row) -> Iterator[Told]:
    """“slope of tanh at 0.44: 0.829”."""
    match = re.fullmatch(r"slope of (.+) at ([−0-9.e]+)", row.name)
    if match and match[1].lower() in SLOPES:
        with localcontext(EXACT):
            value = SLOPES[match[1].lower()](number_of(match[2]))
        if row.text == "0" and value < Decimal("1e-15"):
            value = Decimal(0)  # as any calculator has it
        yield _told("slope of g at x", f"{row.name}: {row.text}", value, row.text)


def _opened(row: Row, parts: list[Row]) -> Iterator[Told]:
    text = f"{row.line} ◂ " + " | ".join(part.line for part in parts)
    try:
        with localcontext(EXACT):
            yield from _made_of(row, parts, text)
    except NotFinite:
        yield Told("opened", Finding("not finite", text))
    except (NoSum, Unknown, InvalidOperation) as error:
        yield Told("opened", Finding("words", f"{text} ({type(error).__name__})"))


def _made_of(row: Row, parts: list[Row], text: str) -> Iterator[Told]:
    working, numbers = row.working, [part.text for part in parts]
    bend = re.fullmatch(r"slope of (.+) at ([−0-9.e]+)", row.name)
    function = re.fullmatch(r"(.+) of \(?([−0-9.e]+)\)?", working)
    if working == "sum, but for rounding":
        largest = max(abs(number_of(number)) for number in numbers)
        is_rounding = abs(number_of(row.text)) < Decimal("1.1e-14") * largest
        yield Told("opened: rounding", Finding("holds" if is_rounding else "off", text))
    elif working in _SUMS:
        yield _told(_SUMS[working], text, sum_of(map(number_of, numbers)), row.text)
    elif function and function[1].lower() in FUNCTIONS:
        yield _told("opened: sum inside g", text, sum_of(map(number_of, numbers)), function[2])
    elif function and function[1] == "Softmax":
        yield from _softmax(row, parts, text)
    elif bend:
        yield _told("opened: sum at which g bends", text, sum_of(map(number_of, numbers)), bend[2])
    elif working == "② of three factors":
        yield _told("opened: three factors", text, product_of(map(number_of, numbers)), row.text)
    elif working.startswith("mean over") and "examples" in working:
        yield from _mean(row, parts, text)
    elif working == "mean of the products" or not working:
        return
    elif "×" in working and "error" not in working:
        factors = [factor.strip("()") for factor in working.split(" × ")]
        verdict = "holds" if factors == numbers else "off"
        yield Told("opened: the same factors", Finding(verdict, text))
    elif re.fullmatch(r"\(?[−0-9.e]+\)?²|[−0-9.e]+ − \(?[−0-9.e]+\)?", working):
        terms = [term.strip("()²") for term in working.split(" − ")]
        yield Told("opened: the same terms", Finding("holds" if terms == numbers else "off", text))
    else:
        yield from _by_errors(row, parts, text)


def _softmax(row: Row, parts: list[Row], text: str) -> Iterator[Told]:
    node = row.name.removeprefix("value of ")
    sums = {part.name.removeprefix("sum of "): number_of(part.text) for part in parts}
    largest = max(sums.values())
    shares = {name: EXACT.exp(max(value - largest, Decimal(-(10**6)))) for name, value in sums.items()}
    yield _told("opened: softmax", text, shares[node] / sum_of(shares.values()), row.text)


def _mean(row: Row, parts: list[Row], text: str) -> Iterator[Told]:
    """Examples and their mean, with a penalty; terms that are means themselves are not told to be all."""
    examples = [part for part in parts if re.fullmatch(r"example [0-9,]+", part.name)]
    count = re.search(r"mean over ([0-9,]+) examples", row.working)
    if count and len(examples) == int(count[1].replace(",", "")):
        mean = sum_of(number_of(part.text) for part in examples) / len(examples)
        penalties = [number_of(part.text) for part in parts if part.name.startswith("penalty")]
        kind = "opened: mean over examples" + (" + penalty" if penalties else "")
        yield _told(kind, text, sum_of([mean, *penalties]), row.text)


def _by_errors(row: Row, parts: list[Row], text: str) -> Iterator[Told]:
    """A slope or a loss that is said in words, opened into its errors."""
    errors = [number_of(part.text) for part in parts if part.name.startswith("error")]
    penalties = [number_of(part.text) for part in parts if part.name.startswith("penalty")]
    working = row.working.removesuffix(" + penalty")
    share = re.search(r" ÷ ([0-9]+) outputs$", working)
    formula = working.removesuffix(share[0]) if share else working
    if not errors:
        # The loss of a single example opens into that example.
        inner = [number_of(part.text) for part in parts if not part.name.startswith("penalty")]
        if len(inner) == 1:
            yield _told("opened: loss of one example", text, sum_of(inner + penalties), row.text)
        return
    if formula == "the error, kept within ±1":
        values = [min(max(errors[0], Decimal(-1)), Decimal(1))]
    elif formula in _ERRORS:
        values = [value_of(_ERRORS[formula], {"error": errors[0]})]
    elif formula in _LOSSES:
        values = [value_of(_LOSSES[formula], {"error": error}) for error in errors]
    elif formula == "−log(share of the true class)":
        values = [_surprise(part, is_alone=len(errors) == 1) for part in parts if part.name.startswith("error")]
    elif formula == "½ error² up to 1, |error| − ½ beyond":
        values = [error**2 / 2 if abs(error) <= 1 else abs(error) - Decimal("0.5") for error in errors]
    else:
        raise Unknown
    count = int(share[1]) if share else 1 if "share" in formula else len(values)
    kind = "opened: slope by error" if row.name.startswith("slope") else "opened: loss by errors"
    yield _told(kind, text, sum_of(values) / count, row.text)


def _surprise(error: Row, *, is_alone: bool) -> Decimal:
    """What a prediction, as shown in its error, adds to the cross-entropy; of one output alone both classes."""
    prediction, target = (number_of(term.strip("()")) for term in error.working.split(" − "))
    with localcontext(EXACT):
        if (prediction if target else 1 - prediction) <= 0:
            raise Unknown  # so small that 1 is all that is left of what it is taken from
        loss = -target * prediction.ln() if target else Decimal(0)
        return loss - (1 - target) * (1 - prediction).ln() if is_alone and target != 1 else loss
