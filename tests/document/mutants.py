"""Damaged and hostile files, made from a seed and judged one by one in a process of their own.

Run as a program: ``mutants.py KIND SEED FIRST LAST FOLDER``. It prints the number of each mutant before it is tried,
and what is wrong with it, if anything; a mutant that takes more than two seconds of the processor ends the process.
"""

import json
import random
import resource
import signal
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from gdstudio.document import edits, files
from gdstudio.document.datasets import plain_data
from gdstudio.document.document import Document
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import load_example
from gdstudio.document.generators import usual
from gdstudio.document.project import NodeRef, ParameterRef, Project, TargetRef, new_project
from gdstudio.document.reading import read_document
from gdstudio.document.runs import KeptRun, kept_run
from gdstudio.document.viewpoint import View
from gdstudio.engine import Network, Recipe, draw_parameters, train

SECONDS = 2.0
"""Of the processor, for one mutant."""
MORE_MEMORY = 3 * 2**29
LONGEST_SENTENCE = 500


# Documents with everything in them.


def descended(project: Project, steps: int) -> Project:
    data = project.data
    return edits.descended(project, train(project.recipe, project.state, data.x, data.y, steps).state)


def full() -> Project:
    """Adam in the middle of a run, with a schedule, penalties, locks, batches, names, scaling, rows held out."""
    network = Network((1, 3, 1), ("tanh", "linear"))
    options = {"schedule": "exponential", "period": 40, "l1": 0.001, "l2": 1 / 300, "spread": 2 / 3}
    recipe = Recipe(network, "huber", "adam", 1 / 30, None, 5, frozenset({2}), initializer="uniform", **options)
    project = new_project("Größe", recipe, draw_parameters(network, 5), plain_data("d", [[0.0]], [[0.0]]))
    project = edits.set_generated(project, replace(usual("sine"), examples=12, noise=1 / 7, seed=9))
    project = edits.set_scaling(edits.set_test_share(project, 0.25), "standard")
    project = edits.rename_node(edits.set_setting(project, "beta_1", 0.8), NodeRef(1, 0), "edge → 1")
    return descended(edits.set_batch_size(project, 4), 3)


def in_turn() -> Project:
    """One weight at a time, without biases, on classes."""
    network = Network((2, 2, 1), ("relu", "sigmoid"), bias=False)
    data = plain_data("classes", [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]])
    recipe = Recipe(network, "binary_crossentropy", "momentum", 0.1, 2, 7, one_at_a_time=True)
    return descended(new_project("in turn", recipe, draw_parameters(network, 2), data), 5)


def run_of(project: Project, name: str, steps: int = 4) -> KeptRun:
    end = descended(project, steps)
    columns = np.arange(3.0), np.array([3.0, np.inf, 1.0]), np.array([3.0, np.inf, 2.0])
    return kept_run(name, end, columns, np.linspace(project.parameters, end.parameters, 3))


@cache
def documents() -> tuple[Document, ...]:
    first, second = full(), in_turn()
    other = edits.set_value(second, 0, 0, 0.5)
    return (
        Document(first, (run_of(first, "one"), run_of(second, "other data")), View(NodeRef(1, 1), 0, speed="1 step/s")),
        Document(second, (run_of(other, "its own data"),), View(TargetRef(0), None, True, True, "", "RANDOM", 2, 3, 4)),
        Document(load_example("one-weight"), (), View(ParameterRef(0))),
    )


@cache
def sources() -> tuple[bytes, ...]:
    # With and without room between the values.
    written = [files.encode(document) for document in documents()]
    return (*written, *(json.dumps(json.loads(content)).encode() for content in written))


# Damage of any file.


def flip(chance: random.Random, content: bytes) -> bytes:
    damaged = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 5, 50))):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.choice((0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6, 7))
    return bytes(damaged)


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def double(chance: random.Random, content: bytes) -> bytes:
    begin, end = sorted(chance.randrange(len(content)) for _ in range(2))
    return content[:end] * chance.choice((1, 1, 3)) + content[begin:]


def lose(chance: random.Random, content: bytes) -> bytes:
    begin = chance.randrange(len(content))
    return content[:begin] + content[begin + chance.choice((1, 2, 10, 100)) :]


def intrude(chance: random.Random, content: bytes) -> bytes:
    place = chance.randrange(len(content) + 1)
    odd = (b"\0", b"\xff", b"\xef\xbb\xbf", b"\r", b"[", b"}", b'"', b"\\", b"\\ud800", b"1e999", b"-", b"NaN", b",")
    return content[:place] + chance.choice(odd) * chance.choice((1, 1, 2, 1000)) + content[place:]


DAMAGE: tuple[Callable[[random.Random, bytes], bytes], ...] = (flip, cut, double, lose, intrude)


# Hostile values in a session file.


LITERALS = (
    "1e400", "-1e400", "NaN", "Infinity", "-0", "-0.0", "0", "-1", "1", "2", "3", "0.5", "1e308", "-1e308", "5e-324",
    "1e16", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "2147483648",
    "1" + "0" * 400, "-1" + "0" * 400, "1" + "0" * 5000, "null", "true", "false", '""', '"x"', "[]", "{}", "[null]",
    "[[]]", "[[1.0]]", '{"a": 1}', "[" * 500 + "]" * 500, "[" * 100_000 + "]" * 100_000, "[" * 100_000,
    '{"a":' * 5000 + "1" + "}" * 5000, "[" + "0," * 50_000 + "0]", "[" + "[0]," * 20_000 + "[0]]",
    "[" + '"",' * 20_000 + '""]', '"' + "x" * 100_000 + '"', r'"\u0000"', r'"\ud800"', r'"a\nb"', r'"\u202e\u200b"',
    '"<b>bold</b>"', '"../../../etc/passwd"', '"none"', '"adam"', '"softmax"', '"categorical_crossentropy"', '"sgd"',
    '"RANDOM"', '"node"', '"spirals"', '"unit"',
)  # fmt: skip
NUMBERS = tuple(literal for literal in LITERALS if literal.lstrip("-")[:1].isdigit() and len(literal) < 1000)
WHOLE = tuple(literal for literal in NUMBERS if literal.lstrip("-").isdigit() and len(literal) < 20)
WORDS = (
    "", "x", "none", "standard", "unit", "adam", "adamw", "sgd", "momentum", "mse", "huber", "binary_crossentropy",
    "categorical_crossentropy", "softmax", "sigmoid", "relu", "linear", "constant", "step", "cosine", "zeros", "auto",
    "uniform", "he", "sine", "moons", "WEIGHTS", "PATH", "RANDOM", "node", "target", "parameter", "<b>&amp;</b>",
)  # fmt: skip
MARK = "the place of the mutant"


def places(value: object, path: tuple = ()) -> list[tuple]:
    """Every place in a parsed file, by its path."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for key, inner in items:
        found += places(inner, (*path, key))
    return found


@cache
def parsed() -> tuple[tuple[str, tuple[tuple, ...]], ...]:
    texts = [json.dumps(json.loads(content)) for content in sources()[: len(documents())]]
    return tuple((text, tuple(places(json.loads(text)))) for text in texts)


def restructure(chance: random.Random) -> bytes:
    """A session file in which one, or a few, of its values, fields or lists are others."""
    text, everywhere = chance.choice(parsed())
    content = json.loads(text)
    literal = ""
    for _ in range(chance.choice((1, 1, 1, 1, 2, 3))):
        path = chance.choice(everywhere)
        if chance.random() < 0.2:
            # Whole objects, and lists, too.
            path = path[: chance.randrange(1, len(path) + 1)]
        try:
            place = content
            for key in path[:-1]:
                place = place[key]
            literal = literal or akin(chance, place[path[-1]])
            alter(chance, place, path[-1])
        except (KeyError, IndexError, TypeError):
            continue
    return json.dumps(content).replace(f'"{MARK}"', literal).encode()


def akin(chance: random.Random, value: object) -> str:
    """A value to put in the place of another: mostly one of its own kind, so that it comes further."""
    if chance.random() < 0.3:
        return chance.choice(LITERALS)
    match value:
        case bool():
            return chance.choice(("true", "false", "null"))
        case int():
            return chance.choice(WHOLE)
        case float():
            return chance.choice(NUMBERS)
        case str():
            return json.dumps(chance.choice(WORDS))
        case _:
            return chance.choice(("null", "[]", "{}", "[0]", "[1.5]", *LITERALS))


def alter(chance: random.Random, place, key) -> None:
    value = place[key]
    match chance.randrange(14):
        case 0 | 1 | 2 | 3 | 10 | 11 | 12 | 13:
            place[key] = MARK
        case 4:
            del place[key]
        case 5 if isinstance(place, dict):
            place[chance.choice((key.upper(), key + "\n", key + " ", "", "x" * 5000, f"{key}\u202e"))] = place.pop(key)
        case 5 | 6 if isinstance(value, list) and value:
            value.insert(chance.randrange(len(value) + 1), value[chance.randrange(len(value))])
        case 6 if isinstance(value, int | float):
            place[key] = chance.choice((-value, value + 1, value - 1, value * 1e10, str(value), [value]))
        case 7 if isinstance(value, list):
            place[key] = chance.choice((value[:-1], value[1:], value[::-1], value * 2, value * 500, [value], []))
        case 8 if isinstance(place, dict):
            place[key], place[other] = place[other := chance.choice(list(place))], value
        case 9 if isinstance(place, dict):
            place[f"{key}{chance.choice(('', '2', ' '))}\u200c"] = value
        case _:
            place[key] = MARK


def twice(chance: random.Random) -> bytes:
    """A session file in which a field stands twice."""
    content = chance.choice(sources()).decode()
    lines = [place for place, character in enumerate(content) if character == '"']
    place = chance.choice(lines)
    field = chance.choice(
        ('"version": 1, ', '"state": null, ', '"sizes": [1, 1], ', '"format": "gdstudio", ', '"": 0, ')
    )
    return (content[:place] + field + content[place:]).encode()


def session_mutant(chance: random.Random) -> bytes:
    kind = chance.random()
    if kind < 0.25:
        content = chance.choice(sources())
        for _ in range(chance.choice((1, 1, 2))):
            content = chance.choice(DAMAGE)(chance, content) or b"{"
        return content
    return twice(chance) if kind < 0.28 else restructure(chance)


# Hostile tables.


CELLS = (
    "1", "0", "-1", "2.5", "−3", "1e5", "1e400", "-1e400", "nan", "inf", "-inf", "1_000", "1e-400", "+7", " 8 ", "",
    "0x10", "1,5", "1.5.2", "٣", "½", "1" * 400, "two", "'9'", '"10"', "=1+1", "#", "-", "1e", ".", "\u200b1",
    "\ufeff1", "true", "12%", "€5", "\t6",
)  # fmt: skip
HEADERS = (
    "a", "b", "x y", "ü", "", " ", "<b>bold</b>", "a\nb", "a" * 300, "\u202eabc", "\u200b", "=cmd()", "a;b", "a,b",
    "a\tb", "“q”", "'", "{", "x\0y", "\x1b[31m", "../..",
)  # fmt: skip


def quoted(chance: random.Random, cell: str, separator: str) -> str:
    needed = any(character in cell for character in f'{separator}"\r\n')
    return '"' + cell.replace('"', '""') + '"' if (needed and chance.random() < 0.9) or chance.random() < 0.1 else cell


def table(chance: random.Random) -> bytes:
    """A table that is fine, or nearly so."""
    separator = chance.choice((",", ",", ";", "\t", "|", " "))
    columns = chance.choice((1, 2, 2, 3, 3, 4, 10, 65, 66, 300))
    rows = chance.choice((0, 1, 2, 3, 5, 10, 40, 40, 2000 if chance.random() < 0.1 else 7))
    hostile = chance.choice((0.0, 0.0, 0.01, 0.2))
    lines = []
    if chance.random() < 0.6:
        names = HEADERS if chance.random() < 0.5 else ("a", "b", "c", "width", "Größe")
        lines.append([chance.choice(names) for _ in range(columns)])
    for _ in range(rows):
        odd = chance.choice((-1, 1)) if chance.random() < hostile / 5 else 0
        lines.append(
            [
                chance.choice(CELLS) if chance.random() < hostile else repr(round(chance.gauss(0, 3), 3))
                for _ in range(max(0, columns + odd))
            ]
        )
    end = chance.choice(("\n", "\n", "\r\n", "\r", "\n\n"))
    text = end.join(separator.join(quoted(chance, cell, separator) for cell in line) for line in lines)
    text = chance.choice(("", "", "\ufeff", "\n\n", "sep=;\n")) + text + chance.choice(("", end))
    return text.encode(chance.choice(("utf-8",) * 14 + ("utf-16", "latin-1")), errors="replace")


def table_mutant(chance: random.Random) -> bytes:
    kind = chance.random()
    content = table(chance)
    if kind < 0.4 or not content:
        return content
    if kind < 0.5:
        line = chance.choice(
            (b"1," * 100_000, b"9" * 200_000, b'"' * 99_999, b"1;" * 70, b"," * 50, b"a" * 140_000 + b",1")
        )
        return chance.choice((content + b"\n" + line, line + b"\n" + content, line))
    for _ in range(chance.choice((1, 1, 2))):
        content = chance.choice(DAMAGE)(chance, content) or b","
    return content


# The judgement.


def judged(read: Callable[[], Document], begin: str) -> str:
    """Return what is wrong with what comes of a file, or nothing."""
    try:
        document = read()
    except ProjectError as error:
        text = str(error)
        fine = text.endswith(".") and text.isprintable() and "Traceback" not in text and text.startswith(begin)
        return "" if fine and len(text) <= LONGEST_SENTENCE else f"no plain sentence: {text[:300]!r} ({len(text)})"
    content = files.encode(document)
    if files.encode(files.decode_document(content, "f.gds")) != content:
        return "comes back as something else"
    for project in (document.project, *(run.project for run in document.runs)):
        problem = unusable(project)
        if problem:
            return problem
    for run in document.runs:
        if any(values.flags.writeable for values in (run.steps, run.low, run.high, run.path)):
            return "a kept run can be written into"
        if not (np.isfinite(run.steps).all() and np.isfinite(run.path).all()):
            return "a kept run is not finite"
    return "" if document.view is None or document.view.fits(document.project) else "the view does not fit"


def unusable(project: Project) -> str:
    data = project.data
    arrays = [data.raw_x, data.raw_y, data.center, data.scale, data.x, data.y, *data.test]
    for state in (project.state, project.start):
        arrays += [state.parameters, *state.optimizer]
    if not all(np.isfinite(array).all() for array in arrays):
        return "an array is not finite"
    if any(array.flags.writeable for array in arrays):
        return "an array can be written into"
    train(project.recipe, project.state, data.x, data.y, 2)
    return ""


def session(content: bytes, folder: Path) -> str:
    return judged(lambda: files.decode_document(content, "f.gds"), "f.gds ")


def csv(content: bytes, folder: Path) -> str:
    path = folder / "f.csv"
    path.write_bytes(content)
    return judged(lambda: read_document(path)[0], "")


KINDS = {"session": (session_mutant, session), "table": (table_mutant, csv)}


def mutant(kind: str, seed: int, number: int) -> bytes:
    """The mutant of this number, always the same."""
    return KINDS[kind][0](random.Random(f"{kind} {seed} {number}"))


def main(kind: str, seed: int, first: int, last: int, folder: Path) -> None:
    """Judge the mutants from ``first`` to before ``last``."""
    # What NumPy warns of would stand on a person's terminal.
    warnings.simplefilter("error")
    mutant(kind, seed, first)
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        most = pages * resource.getpagesize() + MORE_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for number in range(first, last):
        content = mutant(kind, seed, number)
        print(number, flush=True)
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            problem = KINDS[kind][1](content, folder)
        except BaseException:
            problem = traceback.format_exc(limit=-4)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        if problem:
            print(json.dumps({"mutant": number, "problem": problem}), flush=True)
    print("all", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]), Path(sys.argv[5]))
