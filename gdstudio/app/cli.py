"""The command line: ``gdstudio [FILE]`` opens the window; train, screenshot, verify and doctor do without it.

Reads arguments and prints; each command imports only what it needs, so that training never loads Qt.
"""

import argparse
import csv
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gdstudio.app.arguments import window_arguments
from gdstudio.app.checks import display_problem, installed_pair_problem
from gdstudio.document.errors import ProjectError
from gdstudio.document.plain import plain


class Failure(Exception):
    """A command can't go on; the text is one sentence, ``status`` the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


def run(argv: Sequence[str]) -> int:
    """Do what the arguments say; returns the exit status."""
    arguments = list(argv)
    command = _COMMANDS.get(arguments[0]) if arguments else None
    try:
        status = _window(arguments) if command is None else command(arguments[1:])
        sys.stdout.flush()
        return status
    except (Failure, ProjectError) as error:
        print(f"gdstudio: {plain(str(error))}", file=sys.stderr)
        return error.status if isinstance(error, Failure) else 1
    except OSError as error:
        if error.filename is not None:
            raise
        # Whoever read the output has stopped, or its disk is full; what is still to be flushed goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            print(f"gdstudio: The output can't be written: {error.strerror}.", file=sys.stderr)
        return 1


def _window(argv: Sequence[str]) -> int:
    options = window_arguments(argv)
    if options.file is not None and not _exists(options.file):
        raise Failure(f"{options.file.name} does not exist in {options.file.absolute().parent}.")
    problem = installed_pair_problem() or display_problem()
    if problem:
        raise Failure(problem, 2)
    from gdstudio.app import main

    return main.run(argv)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long for the system
        return False


def _train(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="gdstudio train", description="Take steps of descent without a window.")
    parser.add_argument("file", type=Path, metavar="FILE", help="a studio file (.gds) or a CSV of numbers")
    parser.add_argument("--steps", type=_count, required=True, metavar="N", help="how many updates")
    parser.add_argument("--learning-rate", metavar="RATE", help="use this learning rate instead of the file's")
    parser.add_argument("--csv", type=Path, metavar="OUT", help="write the loss of every step as CSV")
    parser.add_argument("--save", type=Path, metavar="OUT", help="save the project after the steps")
    options = parser.parse_args(list(argv))
    from dataclasses import replace

    from gdstudio.document.disk import write_atomically
    from gdstudio.document.edits import descended, set_learning_rate
    from gdstudio.document.files import save
    from gdstudio.document.numbers import MINUS, counted, exact, parse_number
    from gdstudio.document.reading import is_table, read_document
    from gdstudio.engine import Outcome, train
    from gdstudio.teaching.endings import EXPLOSION, diverged, refused
    from gdstudio.teaching.picture import picture_of

    document = read_document(options.file)[0]
    if options.csv is not None and _is_same(options.csv, options.file):
        raise Failure(f"{options.csv.name} is the file that is read; write the losses to another one.")
    if options.save is not None and is_table(options.file) and _is_same(options.save, options.file):
        raise Failure(f"{options.save.name} is the table that is read; save the project to another file.")
    project = document.project
    if options.learning_rate is not None:
        project = set_learning_rate(project, parse_number(options.learning_rate))
    data, picture = project.data, picture_of(project)
    limit = EXPLOSION * max(1.0, picture.loss)
    run = train(project.recipe, project.state, data.x, data.y, options.steps, watched=data.test, loss_limit=limit)
    taken = len(run.losses) - 1
    print(f"first loss {run.losses[0]:.17g}")
    print(f"last loss {run.losses[-1]:.17g} after {counted(taken, 'step')}")
    if len(run.watched):
        print(f"test loss {run.watched[-1]:.17g}")
    if options.csv is not None:
        first = project.state.step
        columns = {"loss": run.losses, "test loss": run.watched} if len(run.watched) else {"loss": run.losses}
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        lines = [",".join(["step", *columns])]
        lines += [",".join([str(first + k), *(f"{loss:.17g}" for loss in row)]) for k, row in enumerate(rows)]
        write_atomically(options.csv, ("\n".join(lines) + "\n").encode())
    if options.save is not None:
        save(replace(document, project=descended(project, run.state)), options.save)
    if run.outcome is Outcome.DIVERGED:
        last = float(run.losses[-1])
        stop = diverged(last, run.state.step, project, limit) if taken else refused(picture, project)
        advice = "" if stop.rate is None else f" Try --learning-rate {exact(stop.rate).replace(MINUS, '-')}."
        raise Failure(stop.text + advice, 3)
    return 0


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _count(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 100_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to 100,000,000")
    return value


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit() and 1110 <= int(width) <= 16000 and 600 <= int(height) <= 16000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size from 1110x600 on, such as 1440x900")
    return int(width), int(height)


def _screenshot(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="gdstudio screenshot", description="Render the real window off screen.")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a studio file (.gds) or a CSV of numbers")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.png", help="the picture to write")
    parser.add_argument("--size", type=_size, default=(1440, 900), metavar="WxH", help="default: 1440x900")
    parser.add_argument("--scale", type=float, default=1.0, choices=(1.0, 1.5, 2.0, 3.0), help="pixels per point")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--steps", type=_count, default=0, metavar="N", help="take this many steps first")
    parser.add_argument("--select", metavar="NAME", help="a weight, such as 'input 1 -> hidden 1', or its number")
    options = parser.parse_args(list(argv))
    problem = installed_pair_problem()
    if problem:
        raise Failure(problem, 2)
    from gdstudio.app.screenshot import render

    render(options)
    print(f"wrote {options.output}")
    return 0


def _verify(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="gdstudio verify", description="Rerun golden training cases.")
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="cases as JSON (default: the bundled ones)")
    parser.add_argument("--only", metavar="TEXT", help="only cases whose name contains this")
    options = parser.parse_args(list(argv))
    from gdstudio.document.golden import TOLERANCE, read_cases, verify
    from gdstudio.resources import MissingResource, resource

    try:
        cases = read_cases(options.file or resource("reference/training.json"))
    except MissingResource as error:
        raise Failure(str(error)) from None
    chosen = [case for case in cases if options.only is None or options.only in case.name]
    if not chosen:
        raise Failure(f"No case is called “{options.only}”." if options.only else "There are no cases in this file.")
    agreeing = 0
    width = max(len(case.name) for case in chosen)
    for verdict in verify(chosen):
        agreeing += verdict.agrees
        numbers = "  ".join(f"{what} {gap:.1e}" for what, gap in verdict.differences.items())
        print(f"{'ok  ' if verdict.agrees else 'FAIL'}  {verdict.name:<{width}}  {verdict.problem or numbers}")
    print(f"{agreeing} of {len(chosen)} cases agree to {TOLERANCE:g}")
    return 0 if agreeing == len(chosen) else 1


def _doctor(argv: Sequence[str]) -> int:
    argparse.ArgumentParser(prog="gdstudio doctor", description="Say what is here and what is wrong.").parse_args(
        list(argv)
    )
    from gdstudio.app.doctor import examine

    findings, problems = examine()
    writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n")
    writer.writerows(findings)
    print("nothing is wrong" if not problems else "\n".join(f"wrong: {problem}" for problem in problems))
    return 1 if problems else 0


_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "train": _train,
    "screenshot": _screenshot,
    "verify": _verify,
    "doctor": _doctor,
}
