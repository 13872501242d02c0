"""Lessons: text files that set up the studio, point at what matters, ask, and check against the live project.

A lesson is TOML with a schema version and no code: see :class:`Lesson` and :class:`LessonStep` for its keys. Reading is
strict: what is not known is refused in one sentence that names the file and the line.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import exact, parse_number, shown_plain
from gdstudio.resources import resource
from gdstudio.teaching.marking import Mark, half_a_third_digit, mistake_sentence
from gdstudio.teaching.mistakes import mistakes_with
from gdstudio.teaching.orders import GOALS, ORDERS, QUANTITIES, Phrase, holds, measured, read_phrase
from gdstudio.teaching.picture import Picture

VERSION = 1
POINTS = (
    "networkCanvas", "controlPanel", "learningRateSlider", "slopePanel", "lossPlot", "slicePlot", "slicesPlot",
    "surfacePlot", "dataPlot", "codePanel", "parameterTable", "historySlider", "phaseSlider", "runsTable", "racePanel",
    "gradientCheckPanel", "optimizerCombo", "batchField", "activationCombo", "lossCombo",
)  # fmt: skip
"""Panels that a lesson can point at, by their public names; besides, anything that an order can select."""
_MARKUP = re.compile(r"<[a-zA-Z/!][^>]*>?|!\[|\]\(|&#?[a-zA-Z0-9]+;")
_PICTURES = (".svg", ".png")
_LONGEST_NAME = 80
_LARGEST = 1e300
_TEXTS = ("text", "ask", "praise", "help")


_STEP_KEYS = (
    "text", "do", "point", "picture", "ask", "expect", "within", "choices", "right", "goal", "predict", "try", "wrong",
    "praise", "help",
)  # fmt: skip


class LessonError(ProjectError):
    """A lesson can't be used; the text names the file and the line."""


@dataclass(frozen=True, slots=True)
class LessonStep:
    """One step of a lesson.

    ``do`` are orders that set up the studio, ``point`` names what is highlighted, ``picture`` is a bundled one. A step
    may ask: for a number (``expect`` a quantity of the live project), one of ``choices`` (``right``), or that something
    is done (``goal``). ``predict`` lets Step wait for a number or a direction of that weight. ``attempt`` (of a goal)
    and ``wrong`` are what the tests play: the way to the goal, and answers or orders that must not pass.
    """

    text: str
    do: tuple[Phrase, ...] = ()
    point: tuple[str, ...] = ()
    picture: str = ""
    ask: str = ""
    expect: Phrase | None = None
    within: float | None = None
    choices: tuple[str, ...] = ()
    right: str = ""
    goal: tuple[Phrase, ...] = ()
    predict: int | None = None
    attempt: tuple[Phrase, ...] = ()
    wrong: tuple[str, ...] = ()
    praise: str = "Right."
    help: str = ""

    @property
    def asks(self) -> bool:
        """Whether the step waits for something."""
        return self.expect is not None or bool(self.choices) or bool(self.goal) or self.predict is not None

    @property
    def spoken(self) -> str:
        """The step in one plain text, for screen readers."""
        choices = " Choose: " + ", ".join(self.choices) + "." if self.choices else ""
        return " ".join(" ".join(f"{self.text} {self.ask}".split()).split("\n")) + choices


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson: its number, its title, what it is about in a sentence, and its steps."""

    number: int
    title: str
    summary: str
    steps: tuple[LessonStep, ...]


def lessons() -> tuple[Lesson, ...]:
    """Return the bundled lessons in their order. Raises LessonError for one that can't be used."""
    files = sorted(resource("lessons").glob("*.toml"))
    found = [read_lesson(path.read_bytes(), path.name) for path in files]
    return tuple(sorted(found, key=lambda lesson: lesson.number))


@cache
def read_lesson(content: bytes, name: str) -> Lesson:
    """Return the lesson in a file's content; ``name`` is what a sentence calls the file. Raises LessonError."""
    try:
        text = content.decode("utf-8")
        document = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise LessonError(f"{name}, line {line}: a lesson is text in UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        said = str(error).rstrip(".").replace("at end of document", f"at line {content.count(10) + 1}")
        raise LessonError(f"{name} is not a lesson: {' '.join(said.split())}.") from None
    except (RecursionError, ValueError) as error:
        raise LessonError(f"{name} is not a lesson: it has {_excess(error)}.") from None
    return _Reader(name, text).lesson(document)


def _excess(error: Exception) -> str:
    return "brackets that are too deep" if isinstance(error, RecursionError) else "a number with too many digits"


class _Reader:
    """Reads one document, and knows in which line something stands."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines = text.splitlines()
        self._step = -1

    def _refuse(self, what: str, key: str = "", piece: str = "") -> LessonError:
        return LessonError(f"{self._name}, line {self._line(key, piece)}: {what}.")

    def _line(self, key: str, piece: str) -> int:
        """Return the line of a key in the present step, or of a piece of text behind it."""
        begins = [number for number, line in enumerate(self._lines) if line.strip().startswith("[[step]]")]
        start = begins[self._step] if 0 <= self._step < len(begins) else 0
        end = begins[self._step + 1] if 0 < self._step + 1 < len(begins) else len(self._lines)
        found = start
        for number in range(start, end):
            if key and re.match(rf"""\s*(["']?{re.escape(key)}["']?\s*=|\[+{re.escape(key)}\])""", self._lines[number]):
                found = number
                break
        for number in range(found, end):
            if piece and piece in self._lines[number]:
                return number + 1
        return found + 1

    def lesson(self, document: Mapping[str, object]) -> Lesson:
        version = document.get("version")
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise self._refuse("a lesson begins with its schema version, version = 1")
        if version > VERSION:
            raise self._refuse(f"the lesson needs a newer studio (schema version {version})", "version")
        self._known(document, ("version", "number", "title", "summary", "step"))
        number, steps = document.get("number"), document.get("step")
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            raise self._refuse("a lesson needs a number from 1 on", "number")
        if not isinstance(steps, list) or not steps:
            raise self._refuse("a lesson needs at least one [[step]]")
        title, summary = self._text(document, "title"), self._text(document, "summary")
        read = []
        for self._step, step in enumerate(steps):
            read.append(self._read_step(step))
        return Lesson(number, title, summary, tuple(read))

    def _known(self, table: Mapping[str, object], names: tuple[str, ...]) -> None:
        for key in table:
            if key not in names:
                raise self._refuse(f"“{key}” is not known; known are {', '.join(names)}", key)

    def _text(self, table: Mapping[str, object], key: str, otherwise: str | None = None) -> str:
        value = table.get(key, otherwise)
        if not isinstance(value, str) or (otherwise is None and not value.strip()):
            raise self._refuse(f"“{key}” must be text", key)
        return self._plain(value, key)

    def _plain(self, value: str, key: str) -> str:
        markup = _MARKUP.search(value)
        if markup:
            raise self._refuse(f"“{markup.group()}” looks like markup; a lesson is plain text", key, markup.group())
        if not value.replace("\n", "").isprintable():
            raise self._refuse(f"“{key}” has control characters", key)
        return value.strip()

    def _texts(self, table: Mapping[str, object], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._refuse(f"“{key}” must be a list of texts", key)
        return tuple(self._plain(item, key) for item in value)

    def _phrases(self, table: Mapping[str, object], key: str, rows: Mapping[str, object]) -> tuple[Phrase, ...]:
        return tuple(self._phrase(text, key, rows) for text in self._texts(table, key))

    def _phrase(self, text: str, key: str, rows: Mapping[str, object]) -> Phrase:
        try:
            return read_phrase(text, rows)
        except ProjectError as error:
            raise self._refuse(f"{error} in “{key}”", key, text) from None

    def _read_step(self, table: object) -> LessonStep:
        if not isinstance(table, dict):
            raise self._refuse("a step is a table, [[step]]")
        self._known(table, _STEP_KEYS)
        texts = {
            key: self._text(table, key, "" if key != "text" else None)
            for key in _TEXTS
            if key in table or key == "text"
        }
        expect = self._phrase(self._text(table, "expect"), "expect", QUANTITIES) if "expect" in table else None
        choices, right = self._texts(table, "choices"), self._text(table, "right", "")
        step = LessonStep(
            do=self._phrases(table, "do", ORDERS),
            point=self._points(table),
            picture=self._picture(table),
            expect=expect,
            within=self._number(table, "within"),
            choices=choices,
            right=right,
            goal=self._phrases(table, "goal", GOALS),
            predict=self._whole(table, "predict"),
            attempt=self._phrases(table, "try", ORDERS),
            wrong=self._texts(table, "wrong"),
            **texts,
        )
        self._check(step)
        return step

    def _points(self, table: Mapping[str, object]) -> tuple[str, ...]:
        names = self._texts(table, "point")
        for name in names:
            if name not in POINTS:
                self._phrase(f"select {name}", "point", ORDERS)
        return names

    def _picture(self, table: Mapping[str, object]) -> str:
        name = self._text(table, "picture", "")
        is_name = Path(name).name == name and len(name) <= _LONGEST_NAME and name.endswith(_PICTURES)
        if name and not (is_name and (resource("lessons") / name).is_file()):
            raise self._refuse(f"the picture “{name[:_LONGEST_NAME]}” is not among the bundled ones", "picture")
        return name

    def _number(self, table: Mapping[str, object], key: str) -> float | None:
        value = table.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _LARGEST or value < 0:
            raise self._refuse(f"“{key}” must be a number from 0 on", key)
        return float(value)

    def _whole(self, table: Mapping[str, object], key: str) -> int | None:
        value = self._number(table, key)
        if value is not None and (value != int(value) or value < 1):
            raise self._refuse(f"“{key}” must be the number of a weight, from 1 on", key)
        return None if value is None else int(value)

    def _check(self, step: LessonStep) -> None:
        """A step asks one thing, can be answered, and says what to do."""
        asked = [step.expect is not None, bool(step.choices), bool(step.goal), step.predict is not None]
        if sum(asked) > 1:
            raise self._refuse("a step asks one thing: expect, choices, goal or predict")
        if step.choices and step.right not in step.choices:
            raise self._refuse("“right” must be one of the choices", "right")
        if len(set(step.choices)) < len(step.choices):
            raise self._refuse("a choice stands twice", "choices")
        if step.choices and step.right in step.wrong:
            raise self._refuse("“wrong” holds the right choice", "wrong")
        if step.goal and not step.attempt:
            raise self._refuse("a goal needs a “try”: orders that reach it", "goal")
        if step.asks and not step.ask:
            raise self._refuse("a step that waits for something needs “ask”")
        if step.asks and step.predict is None and not step.wrong:
            raise self._refuse("a step that asks needs “wrong”: at least one that must not pass", "ask")


def tolerance_of(step: LessonStep, value: float) -> float:
    """Return how far off an answer may be: what the step says, or half a unit of the third digit."""
    return step.within if step.within is not None else half_a_third_digit(value)


def mark_number(step: LessonStep, picture: Picture, text: str) -> Mark:
    """Mark a typed number against ``picture``, the step's own set-up, which its praise and help are about.

    Raises ProjectError, with a sentence, for what can't be read.
    """
    assert step.expect is not None
    answer, value = parse_number(text), measured(picture, step.expect)
    if abs(answer - value) <= tolerance_of(step, value):
        return Mark(True, step.praise)
    sentence, name = mistake_sentence(answer, mistakes_with(picture, step.expect))
    if not name and abs(answer + value) <= tolerance_of(step, value):
        sentence = "The size is right, the sign is not."
    return Mark(False, f"{sentence or f'{exact(answer)} is not correct.'} {step.help}".rstrip(), name)


def mark_choice(step: LessonStep, choice: str) -> Mark:
    """Mark one of the choices."""
    return Mark(True, step.praise) if choice == step.right else Mark(False, f"No. {step.help}".strip())


def mark_goal(step: LessonStep, picture: Picture) -> Mark:
    """Mark whether everything that was asked for is done."""
    missing = [goal.text for goal in step.goal if not holds(picture, goal)]
    if not missing:
        return Mark(True, step.praise)
    return Mark(False, f"Not yet. Still to do: {'; '.join(missing)}. {step.help}".strip())


def answer_of(step: LessonStep, picture: Picture) -> str:
    """Return the right answer as it can be typed."""
    return shown_plain(measured(picture, step.expect), 8) if step.expect is not None else step.right
