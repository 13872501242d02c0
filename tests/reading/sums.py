"""A small reader of arithmetic as it stands on screen: what a student with a calculator finds.

Numbers are read as they are shown and computed with as exact ones; a shown result holds if it is the exact value of
the shown terms, correctly rounded at the last digit shown. Knows nothing of the studio and uses none of its code.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from itertools import pairwise

EXACT = Context(prec=60, Emax=10**9, Emin=-(10**9), traps=[InvalidOperation, DivisionByZero, Overflow])
LEAST = 3
"""Significant digits that a result counts as shown with at least: 2 stands for 2.00."""
LARGEST, SMALLEST = Decimal("1.7976931348623157e308"), Decimal("4.94e-324")
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:e[−-]?[0-9]+)?(?![0-9A-Za-z_])|½|∞)"
    r"|(?P<sign>\*\*|[−\-+×·÷/²³√()|…=≈✓:;,.\[\]?!“”①②③◂▸▾●→<>≤≥∂Δ*@#{}'\"&_±⌊⌋^])"
    r"|(?P<word>[^\W\d_²³½][^\W²³½]*|ε|%)"
    r"|(?P<odd>\S)"
)


class NoSum(Exception):
    """These tokens are no arithmetic."""


class Unknown(Exception):
    """The arithmetic is one of names that are not told."""


class NotFinite(Exception):
    """A number in it is infinite or none at all."""


@dataclass(frozen=True)
class Token:
    """A piece of a text: its kind, and what stands there."""

    kind: str
    text: str


def tokens_of(text: str) -> list[Token]:
    """Return a text in pieces."""
    text = re.sub(r"not a number", "∞", text)
    return [Token(match.lastgroup or "", match[0]) for match in _TOKEN.finditer(text)]


def number_of(text: str) -> Decimal:
    """Read a shown number."""
    if text == "½":
        return Decimal("0.5")
    if text.strip(" −-") in ("∞", "not a number"):
        raise NotFinite
    return Decimal(text.replace("−", "-").replace(",", "").replace(" ", ""))


def _sigmoid(x: Decimal) -> Decimal:
    if x < -(10**6):
        return Decimal(0)
    return 1 / (1 + EXACT.exp(min(-x, Decimal(10**6))))


def _tanh(x: Decimal) -> Decimal:
    if abs(x) > 10**3:
        return Decimal(1).copy_sign(x)
    if abs(x) < Decimal("1e-12"):
        return x - x**3 / 3
    return 2 * _sigmoid(2 * x) - 1


def _bell(x: Decimal) -> tuple[Decimal, Decimal]:
    """The normal distribution's share below x, and its density there."""
    if abs(x) > 38:
        return Decimal(int(x > 0)), Decimal(0)
    share = Decimal(0.5 * math.erfc(-float(x) / math.sqrt(2.0)))
    return share, Decimal(math.exp(-0.5 * float(x) ** 2) / math.sqrt(2.0 * math.pi))


def _softplus(x: Decimal) -> Decimal:
    small = EXACT.exp(max(-abs(x), Decimal(-(10**5))))
    return max(x, Decimal(0)) + (EXACT.ln(1 + small) if small > Decimal("1e-25") else small)


def _exp(x: Decimal) -> Decimal:
    return EXACT.exp(max(x, Decimal(-(10**6))))


def _silu_slope(x: Decimal) -> Decimal:
    share = _sigmoid(x)
    return share * (1 + x * (1 - share))


FUNCTIONS: Mapping[str, Callable[[Decimal], Decimal]] = {
    "relu": lambda x: max(x, Decimal(0)),
    "leaky relu": lambda x: max(x, x / 100),
    "tanh": _tanh,
    "sigmoid": _sigmoid,
    "elu": lambda x: x if x > 0 else _exp(x) - 1,
    "gelu": lambda x: x * _bell(x)[0],
    "silu": lambda x: x * _sigmoid(x),
    "swish": lambda x: x * _sigmoid(x),
    "softplus": _softplus,
    "exp": _exp,
    "ln": EXACT.ln,
    "log": EXACT.ln,
    "sign": lambda x: Decimal(0) if x == 0 else Decimal(1).copy_sign(x),
}
"""What stands before “of”, in small letters."""
SLOPES: Mapping[str, Callable[[Decimal], Decimal]] = {
    "relu": lambda x: Decimal(int(x > 0)),
    "leaky relu": lambda x: Decimal(1) if x > 0 else Decimal("0.01"),
    "tanh": lambda x: 1 - _tanh(x) ** 2 if abs(x) < 40 else 4 * _exp(-2 * abs(x)),
    "sigmoid": lambda x: _sigmoid(x) * _sigmoid(-x),
    "elu": lambda x: Decimal(1) if x > 0 else _exp(x),
    "gelu": lambda x: _bell(x)[0] + x * _bell(x)[1],
    "silu": _silu_slope,
    "swish": _silu_slope,
    "softplus": _sigmoid,
}
"""The slopes of these functions: what stands in “slope of tanh at 0.44”."""


class _Reader:
    """Reads an expression from left to right."""

    def __init__(self, tokens: list[Token], names: Mapping[str, Decimal]) -> None:
        self._tokens, self._names, self._at = tokens, names, 0
        self.is_lone = True

    def whole(self) -> Decimal:
        value = self._sum()
        if self._at < len(self._tokens):
            raise NoSum
        return value

    def prefix(self) -> tuple[Decimal, int]:
        """Read as far as it goes."""
        value = self._sum()
        return value, self._at

    def _sign(self, *signs: str) -> str:
        if self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == "sign" and token.text in signs:
                self._at += 1
                return token.text
        return ""

    def _sum(self) -> Decimal:
        value = self._product()
        while sign := self._sign("+", "−", "-"):
            self.is_lone = False
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> Decimal:
        value = self._signed()
        while sign := self._sign("×", "·", "÷", "/"):
            self.is_lone = False
            other = self._signed()
            if sign in "÷/":
                if other == 0:
                    raise NotFinite
                value = value / other
            else:
                value = value * other
        return value

    def _signed(self) -> Decimal:
        if self._sign("−", "-"):
            return -self._signed()
        return self._power()

    def _power(self) -> Decimal:
        value = self._atom()
        while sign := self._sign("²", "³"):
            self.is_lone = False
            value = value ** (2 if sign == "²" else 3)
        return value

    def _atom(self) -> Decimal:
        if self._sign("√"):
            self.is_lone = False
            value = self._atom()
            if value < 0:
                raise NotFinite
            return EXACT.sqrt(value)
        if self._sign("("):
            value = self._sum()
            if not self._sign(")"):
                raise NoSum
            return value
        if self._sign("|"):
            self.is_lone = False
            value = abs(self._sum())
            if not self._sign("|"):
                raise NoSum
            return value
        if self._at >= len(self._tokens):
            raise NoSum
        token = self._tokens[self._at]
        if token.kind == "number":
            self._at += 1
            value = number_of(token.text)
            if token.text == "½" and self._at < len(self._tokens) and self._tokens[self._at].text in ("(", "|"):
                self.is_lone = False
                value *= self._power()
            return value
        if token.kind == "word":
            return self._named()
        raise NoSum

    def _named(self) -> Decimal:
        words = []
        for token in self._tokens[self._at : self._at + 4]:
            if token.kind != "word":
                break
            words.append(token.text)
        for count in range(len(words), 0, -1):
            name = " ".join(words[:count])
            if name in self._names:
                self._at += count
                self.is_lone = False
                return self._names[name]
            if words[count - 1] == "of" and " ".join(words[: count - 1]).lower() in FUNCTIONS:
                self._at += count
                self.is_lone = False
                return FUNCTIONS[" ".join(words[: count - 1]).lower()](self._signed())
        raise Unknown


OPERATORS = frozenset("+−-×·÷/√")


def unit_of(text: str, least: int = LEAST) -> Decimal:
    """Return what the last digit of a shown number stands for: at least its ``least``-th significant digit."""
    value = number_of(text)
    mantissa, _, exponent = text.replace("−", "-").replace(",", "").partition("e")
    decimals = len(mantissa.partition(".")[2])
    unit = Decimal(1).scaleb(int(exponent or 0) - decimals)
    if value == 0:
        return Decimal(0)
    return min(unit, Decimal(1).scaleb(value.adjusted() - least + 1))


def is_rounded(value: Decimal, text: str, least: int = LEAST, slack: Decimal = Decimal("1e-13")) -> bool:
    """Whether a shown number is ``value``, correctly rounded; a half may go either way."""
    with localcontext(EXACT):
        if text.strip(" −-") in ("∞", "not a number"):
            return abs(value) > LARGEST
        shown = number_of(text)
        if shown == 0:
            return abs(value) < SMALLEST
        return abs(value - shown) <= unit_of(text, least) / 2 + slack * abs(shown)


def value_of(text: str, names: Mapping[str, Decimal] | None = None) -> Decimal:
    """Return the exact value of an expression as it stands there.

    Raises NoSum for what is none, Unknown where names in it are not told, NotFinite where a number is not.
    """
    with localcontext(EXACT):
        return _Reader(tokens_of(text), names or {}).whole()


@dataclass(frozen=True)
class Finding:
    """What came of one equation of a text: ``holds``, ``off``, ``words`` (nothing to compute), ``not finite``."""

    verdict: str
    text: str
    left: str = ""
    value: Decimal | None = None
    right: str = ""

    def __str__(self) -> str:
        found = "" if self.value is None else f" [{self.left} is {self.value:.8g}, not {self.right}]"
        return f"{self.text}{found}"


def equations_of(text: str, names: Mapping[str, Decimal] | None = None, least: int = LEAST) -> list[Finding]:
    """Return what comes of each “=” of a line of text."""
    names = names or {}
    pieces: list[list[Token]] = [[]]
    for token in tokens_of(text):
        if token.kind == "sign" and token.text in "=≈":
            pieces.append([])
        else:
            pieces[-1].append(token)
    with localcontext(EXACT):
        found = [_equation(text, *pair, names, least) for pair in pairwise(pieces)]
    # What a number is called stands before its first “=”: a line of which anything is computed is more than words.
    told = [finding for finding in found if finding.verdict != "words"]
    return told or found[-1:]


def _equation(text: str, left: list[Token], right: list[Token], names: Mapping[str, Decimal], least: int) -> Finding:
    try:
        value, words = _ending(left, names)
        other, shown = _beginning(right, names)
    except NotFinite:
        return Finding("not finite", text)
    except (NoSum, Unknown):
        return Finding("words", text)
    except (InvalidOperation, Overflow):
        return Finding("not finite", text)
    holds = is_rounded(value, shown, least) if shown else abs(value - other) <= Decimal("1e-40") * abs(other)
    return Finding("holds" if holds else "off", text, words, value, shown or str(other))


def _ending(tokens: list[Token], names: Mapping[str, Decimal]) -> tuple[Decimal, str]:
    """Read the expression that stands at the end, before words such as “at its turn”."""
    end = len(tokens)
    while end and tokens[end - 1].kind == "word" and tokens[end - 1].text not in names:
        end -= 1
    trails = end < len(tokens)
    problem: Exception = NoSum()
    for start in range(end):
        before = tokens[start - 1] if start else None
        if before is not None and before.text in OPERATORS | {"(", "|", "of", "±"}:
            continue
        reader = _Reader(tokens[start:end], names)
        try:
            value = reader.whole()
        except NotFinite:
            raise
        except (NoSum, Unknown) as error:
            if isinstance(error, Unknown):
                problem = error
            continue
        # A number by itself behind a word is a part of a name: hidden 1, step 12.
        if reader.is_lone and (trails or (before is not None and before.kind == "word")):
            raise NoSum
        return value, " ".join(token.text for token in tokens[start:end])
    raise problem


def _beginning(tokens: list[Token], names: Mapping[str, Decimal]) -> tuple[Decimal, str]:
    """Read the number with which the other side begins; the text is empty where it is more than a number."""
    reader = _Reader(tokens, names)
    value, used = reader.prefix()
    rest = tokens[used:]
    if rest and rest[0].text in OPERATORS | {"²", "³", "("}:
        raise NoSum
    if reader.is_lone and all(token.text in "−-" or token.kind == "number" for token in tokens[:used]):
        return value, "".join(token.text for token in tokens[:used])
    return value, ""


def is_cut(painted: str) -> bool:
    """Whether a text was cut inside a number: what is left of it reads as another one."""
    return bool(re.search(r"(?<![A-Za-z_])[0-9][0-9.,]*(e[−-]?[0-9]*)?−?…", painted))


def product_of(numbers: Iterable[Decimal]) -> Decimal:
    """Multiply exactly."""
    with localcontext(EXACT):
        return math.prod(numbers, start=Decimal(1))


def sum_of(numbers: Iterable[Decimal]) -> Decimal:
    """Add exactly."""
    with localcontext(EXACT):
        return sum(numbers, start=Decimal(0))
