"""How numbers are read from a person and shown to one.

Every typed number goes through :func:`parse_number`, and every shown one through :func:`shown` or :func:`exact`.
Knows nothing of where they come from.
"""

import contextlib
import math
import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from gdstudio.document.errors import ProjectError

MINUS = "−"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,5})?")
_LONGEST = 1200
"""Characters of a typed number: the longest float64 written out has 1,079."""
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:[., '_][0-9]{3})+(?:[.,][0-9]+)?")


def parse_number(text: str) -> float:
    """Read a typed number: ``-`` or the real minus, ``1e-3``, a decimal point or one decimal comma, ``1/28``.

    Raises ProjectError, with a sentence, for what is not a number, is ambiguous, or does not fit a float64.
    """
    typed = text.strip()
    plain = typed.replace(MINUS, "-")
    if not plain:
        raise ProjectError("Type a number, for example 0.01, 1e-3 or 1/28.")
    parts = [part.strip() for part in plain.split("/")]
    if len(parts) > 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        if _GROUPED.fullmatch(plain):
            raise ProjectError(f"“{_short(typed)}” could be read in two ways; type it without thousands separators.")
        raise ProjectError(f"“{_short(typed)}” is not a number; type one like 0.01, 1e-3 or 1/28.")
    if len(plain) > _LONGEST:
        raise ProjectError(f"“{_short(typed)}” has too many digits; type up to {_LONGEST} characters.")
    texts = [part.replace(",", ".") for part in parts]
    above, below = Fraction(texts[0]), Fraction(texts[1]) if len(texts) == 2 else Fraction(1)
    if below == 0:
        raise ProjectError("A fraction can't have 0 below the line.")
    # A fraction is divided exactly and rounded once; a plain number is rounded by float itself, which keeps -0.0.
    try:
        value = float(texts[0]) if len(texts) == 1 else float(above / below)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ProjectError(f"“{_short(typed)}” is too large; the largest number is about 1.8e308.")
    if value == 0.0 and above != 0:
        raise ProjectError(
            f"“{_short(typed)}” is too close to 0 to be kept; the smallest number is about 5e{MINUS}324."
        )
    return value


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:23] + "…"


def parse_count(text: str, what: str, most: int) -> int:
    """Read a whole number from 1 to ``most``; raises ProjectError, naming ``what``, for anything else.

    What could be a thousand as well as a one, ``1,000``, is refused.
    """
    if _GROUPED.fullmatch(text.strip()):
        raise ProjectError(f"“{_short(text.strip())}” could be read in two ways; type it without thousands separators.")
    value = parse_number(text)
    if value != int(value) or not 1 <= value <= most:
        raise ProjectError(f"{what} must be a whole number from 1 to {most}.")
    return int(value)


def exact(value: float) -> str:
    """Return ``value`` with all its digits, so that :func:`parse_number` reads the very same float back."""
    head, e, exponent = repr(float(value)).partition("e")
    return (head.removesuffix(".0") + (f"e{int(exponent)}" if e else "")).replace("-", MINUS)


def shown(value: float, digits: int = 3) -> str:
    """Return ``value`` for a person: ``digits`` significant digits, never a bare 0.00, with the real minus.

    >>> [shown(x) for x in (6.0, -24.0, 0.0042, 4.4e-4, 0.0, 164.273, 123456.0)]
    ['6.00', '−24.0', '0.0042', '4.4e−4', '0', '164', '1.23e5']
    """
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    mantissa, exponent_text = f"{value:.{digits - 1}e}".split("e")
    exponent = int(exponent_text)
    if -4 < exponent < max(5, digits):
        text = f"{value:.{max(0, digits - 1 - exponent)}f}"
        if exponent < 0:
            text = _trimmed(text, least=2)
    else:
        text = f"{_trimmed(mantissa, least=0)}e{exponent}"
    return text.replace("-", MINUS)


def compact(value: float) -> str:
    """Return a number for a narrow column: three digits, or two where the exponent needs the room."""
    text = shown(value)
    return text if len(text) <= 7 else shown(value, 2)


Compute = Callable[[Iterable[Any]], Any]
"""What is made of numbers; they are given as exact fractions of what is shown."""
Plans = Iterable[tuple[int, int]]
"""Digits of numbers and of what is made of them, in the order in which they are tried."""
_EACH = range(3, 18)
WIDE: Plans = tuple((digits, 3) for digits in _EACH)
NARROW: Plans = ((3, 3), (4, 3), (3, 2), (4, 2), (5, 2), (2, 2), (2, 1), (3, 1), *WIDE)
"""For narrow columns: rather a digit less of the result than three more of the numbers."""
PLAIN: Plans = tuple((digits, 6) for digits in _EACH[1:])
LINES: Plans = tuple((digits, 4) for digits in _EACH[1:])
"""For lines of named numbers."""


def agreeing(
    values: Sequence[float],
    result: float,
    compute: Compute = math.prod,
    plans: Plans = WIDE,
    write: Callable[[float, int], str] | None = None,
    longest: int | None = None,
) -> tuple[tuple[str, ...], str]:
    """Return ``values`` and their ``result`` as texts whose arithmetic holds as it stands there.

    With the digits of :func:`agreeing_digits`.

    >>> agreeing((1.2349, 4.5649), 1.2349 * 4.5649)
    (('1.235', '4.565'), '5.64')
    """
    write = write or shown
    digits, kept = agreeing_digits(values, result, compute, plans, write, longest)
    return tuple(write(value, digits) for value in values), write(result, kept)


def agreeing_digits(
    values: Sequence[float],
    result: float,
    compute: Compute = math.prod,
    plans: Plans = WIDE,
    write: Callable[[float, int], str] | None = None,
    longest: int | None = None,
) -> tuple[int, int]:
    """Return how many digits of ``values`` and of ``result`` are shown, so that their arithmetic holds as it stands.

    The first of ``plans`` is taken by which ``compute`` of the shown values is shown as the shown result, and if there
    is one, the first whose texts have up to ``longest`` characters. Where there is none at all (a number is not finite,
    or the result is not what ``compute`` makes of the values), it is the first of all.
    """
    write = write or shown
    found = None
    for digits, kept in plans if all(map(math.isfinite, (*values, result))) else ():
        texts, text = tuple(write(value, digits) for value in values), write(result, kept)
        with contextlib.suppress(ArithmeticError):
            made = float(compute(map(_as_shown, texts)))
            if write(made, kept) == text:
                found = found or (digits, kept)
                # A person rounds a half up, a float one way or the other: rather a digit more than one of these.
                is_clear = all(write(made * near, kept) == text for near in (1 - 1e-13, 1 + 1e-13))
                if is_clear and (longest is None or max(map(len, (*texts, text))) <= longest):
                    return digits, kept
    return found or next(iter(plans))


def digits_of_terms(
    terms: Sequence[float],
    result: float,
    digits: int,
    compute: Compute = sum,
    write: Callable[[float, int], str] | None = None,
) -> int:
    """Return with how many digits, three or more, terms make a result that is shown with ``digits``, as they stand.

    >>> digits_of_terms((0.12345, 0.00049), 0.12394, 3)
    4
    """
    return agreeing_digits(terms, result, compute, tuple((count, digits) for count in _EACH), write)[0]


def _as_shown(text: str) -> Fraction:
    """Return a shown number as a person computes with it: exactly."""
    return Fraction(text.replace(MINUS, "-"))


def bracketed(text: str) -> str:
    """Return a shown number as it stands behind a sign: a negative one in brackets."""
    return f"({text})" if text.startswith(MINUS) else text


def times(texts: Iterable[str]) -> str:
    """Return shown numbers as a product: ``2.00 × (−8.00)``."""
    return " × ".join(map(bracketed, texts))


def _trimmed(text: str, least: int) -> str:
    """Drop trailing zeros after the point, but keep ``least`` decimals."""
    whole, _, decimals = text.partition(".")
    kept = decimals.rstrip("0").ljust(least, "0")
    return f"{whole}.{kept}" if kept else whole


def shown_plain(value: float, digits: int = 6) -> str:
    """Return ``value`` with up to ``digits`` significant digits and no trailing zeros, as in 2.24 or 0.01."""
    text = shown(value, digits)
    head, e, tail = text.partition("e")
    return (_trimmed(head, least=0) if "." in head else head) + e + tail


def with_minus(sentence: str) -> str:
    """Return a sentence with the real minus before its numbers and in their exponents."""
    return re.sub(r"(?<![A-Za-z0-9])-(?=[0-9.])|(?<=[0-9]e)-(?=[0-9])", MINUS, sentence)


def percent(share: float) -> str:
    """Return a share from 0 to 1 in percent, with three digits: 100 % only for all, 0 % only for none.

    >>> [percent(share) for share in (1.0, 0.99999, 0.75, 0.00004, 0.0)]
    ['100 %', '99.999 %', '75 %', '0.004 %', '0 %']
    """
    if share in (0.0, 1.0):
        return f"{100.0 * share:.0f} %"
    digits = next((digits for digits in range(3, 17) if shown_plain(100.0 * share, digits) != "100"), 17)
    return f"{shown_plain(100.0 * share, digits)} %"


def counted(count: int, noun: str) -> str:
    """Return the count with its noun: ``1 step``, ``12,000 steps``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
