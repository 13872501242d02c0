"""Every level on two hundred seeds: what is asked is worked out here once more, from the texts alone."""

import re
import subprocess
import sys
from ast import literal_eval
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import exact, shown_plain
from gdstudio.engine import Outcome, train
from gdstudio.teaching.mistakes import CHANGE
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.practice import Level, exercise, mark

SEEDS = range(200)
EVERY_LEVEL = pytest.mark.parametrize("level", Level, ids=lambda level: level.name)
NUMBER = r"[−-]?\d+(?:\.\d+)?(?:e[−-]?\d+)?"


@cache
def exercises(level: Level) -> tuple:
    return tuple(exercise(level, seed) for seed in SEEDS)


def numbers_in(text: str) -> list[Fraction]:
    return [Fraction(found.replace("−", "-")) for found in re.findall(NUMBER, text)]


def listed(each, start: str) -> list[Fraction]:
    """The numbers in brackets, or the one number, behind these words in the given lines."""
    (line,) = [line for line in each.given if line.startswith(start)]
    return numbers_in(line.removeprefix(start).split(";")[0])


def one_layer(each) -> tuple[list[Fraction], list[Fraction]]:
    return listed(each, "inputs"), listed(each, "weights")


def dot(one, other) -> Fraction:
    return sum((a * b for a, b in zip(one, other, strict=True)), Fraction(0))


def error_of(each) -> Fraction:
    return dot(*one_layer(each)) - listed(each, "target")[0]


def asked_weight(each) -> int:
    return int(re.search(r"weight (\d)", each.question)[1]) - 1


def hidden_net(each):
    """Inputs, weights to each hidden node, weights to the prediction, the two sums, and the error."""
    x = listed(each, "inputs")
    (line,) = [line for line in each.given if line.startswith("weights to hidden 1")]
    first, second = re.findall(r"\[[^]]*\]", line)
    into = [numbers_in(first), numbers_in(second)]
    (line,) = [line for line in each.given if line.startswith("weights to the prediction")]
    out = numbers_in(line)
    sums = [dot(x, weights) for weights in into]
    return x, out, sums, dot([max(total, Fraction(0)) for total in sums], out) - listed(each, "target")[0]


def asked_way(each) -> tuple[int, int]:
    """The input and the hidden node of the weight that is asked about, from 0."""
    source, node = re.search(r"input (\d) → hidden (\d)", each.question).groups()
    return int(source) - 1, int(node) - 1


def two_examples(each) -> tuple[list[Fraction], list[Fraction]]:
    """The inputs and the errors of both examples."""
    first, second = each.given
    x0, y0, x1, y1 = numbers_in(first)
    weight = numbers_in(second)[0]
    return [x0, x1], [weight * x0 - y0, weight * x1 - y1]


def slopes_of(each) -> list[Fraction]:
    return [2 * error_of(each) * x for x in one_layer(each)[0]]


def moved(each, *, sign: int = -1) -> Fraction:
    """The error after one step of all weights together; uphill where ``sign`` is 1."""
    inputs, weights = one_layer(each)
    (rate,) = listed(each, "learning rate")
    new = [w + sign * rate * slope for w, slope in zip(weights, slopes_of(each), strict=True)]
    return dot(inputs, new) - listed(each, "target")[0]


def moved_in_turn(each) -> Fraction:
    """The error when each weight waits for the ones before it."""
    inputs, weights = one_layer(each)
    (rate,), (target,) = listed(each, "learning rate"), listed(each, "target")
    for k, x in enumerate(inputs):
        weights[k] -= rate * 2 * (dot(inputs, weights) - target) * x
    return dot(inputs, weights) - target


def hidden_slope(each, *, forgets_relu: bool = False) -> Fraction:
    x, out, sums, error = hidden_net(each)
    source, node = asked_way(each)
    return 2 * error * out[node] * x[source] * (forgets_relu or sums[node] > 0)


def mean_slope(each) -> Fraction:
    inputs, errors = two_examples(each)
    return dot(inputs, errors) * 2 / 2


def new_weight(each, *, sign: int = -1, scale: Fraction = Fraction(1)) -> Fraction:
    k = asked_weight(each)
    (rate,) = listed(each, "learning rate")
    return one_layer(each)[1][k] + sign * scale * rate * slopes_of(each)[k]


def change(each) -> Fraction:
    return new_weight(each) - one_layer(each)[1][asked_weight(each)]


def diverging(each) -> Fraction:
    """The one offered rate at which the error's factor, 1 − 2 r |x|², is beyond −1."""
    inputs = listed(each, "inputs")
    offered = numbers_in(each.question.split("?")[1])
    assert len(offered) == 3
    (found,) = [rate for rate in offered if abs(1 - 2 * rate * dot(inputs, inputs)) > 1]
    return found


def start_of(each) -> dict:
    """The numbers that the given lines of a program name."""
    return {name: literal_eval(text.replace("−", "-")) for name, text in (line.split(" = ") for line in each.given[1:])}


def run_line(line: str, before: dict) -> dict:
    names = {name: np.copy(value) for name, value in before.items()}
    exec(line, {"np": np}, names)  # the line that stands on screen
    return names


def mean_slopes(s: dict) -> list[float]:
    x, e = s["inputs"], s["errors"]
    return [2.0 * sum(x[i][k] * e[i] for i in range(len(x))) / len(x) for k in range(len(x[0]))]


def moved_by(name: str, gradient: str):
    return lambda s: {name: np.subtract(s[name], np.multiply(s["rate"], s[gradient]))}


RIGHT = {
    4: (
        lambda s: {"prediction": sum(x * w for x, w in zip(s["inputs"], s["weights"], strict=True))},
        lambda s: {"error": s["prediction"] - s["target"]},
        lambda s: {"gradient": [2.0 * s["error"] * x for x in s["inputs"]]},
        moved_by("weights", "gradient"),
    ),
    5: (
        lambda s: {"predictions": [sum(x * w for x, w in zip(row, s["weights"], strict=True)) for row in s["inputs"]]},
        lambda s: {"errors": [p - t for p, t in zip(s["predictions"], s["targets"], strict=True)]},
        lambda s: {"products": [[row[k] * e for row, e in zip(s["inputs"], s["errors"], strict=True)] for k in (0, 1)]},
        lambda s: {"gradient": mean_slopes(s)},
        moved_by("weights", "gradient"),
    ),
    10: (
        lambda s: {"z": [s["inputs"][0] * s["w1"][0][j] + s["inputs"][1] * s["w1"][1][j] for j in (0, 1)]},
        lambda s: {"h": [max(z, 0.0) for z in s["z"]]},
        lambda s: {"prediction": sum(h * w for h, w in zip(s["h"], s["w2"], strict=True))},
        lambda s: {"error": s["prediction"] - s["target"]},
        lambda s: {"slope_w2": [2.0 * s["error"] * h for h in s["h"]]},
        lambda s: {"slope_h": [2.0 * s["error"] * w for w in s["w2"]]},
        lambda s: {"slope_z": [d if z > 0 else 0.0 for d, z in zip(s["slope_h"], s["z"], strict=True)]},
        lambda s: {"slope_w1": [[x * d for d in s["slope_z"]] for x in s["inputs"]]},
        moved_by("w2", "slope_w2"),
        moved_by("w1", "slope_w1"),
    ),
}
"""What each line of each program has to make of the numbers before it, by how many lines there are."""


def wrong_lines(each, code=None) -> list[int]:
    """The lines, from 1, that make something else of the right numbers than one step of descent does."""
    code = code or each.code
    state, found = {name: np.array(value, dtype=float) for name, value in start_of(each).items()}, []
    for number, (line, right) in enumerate(zip(code, RIGHT[len(code)], strict=True), start=1):
        made, typed = {k: np.array(v, dtype=float) for k, v in right(state).items()}, run_line(line, state)
        if any(np.shape(typed[k]) != np.shape(v) or not np.allclose(typed[k], v) for k, v in made.items()):
            found.append(number)
        state = {**state, **made}
    return found


ANSWERS = {
    Level.FORWARD: lambda each: dot(*one_layer(each)),
    Level.ERROR: error_of,
    Level.OUTPUT_SLOPE: lambda each: slopes_of(each)[asked_weight(each)],
    Level.HIDDEN_SLOPE: hidden_slope,
    Level.MEAN_SLOPE: mean_slope,
    Level.UPDATE: new_weight,
    Level.NEW_LOSS: lambda each: moved(each) ** 2,
    Level.DIVERGES: diverging,
    Level.BUG: lambda each: Fraction(*wrong_lines(each)),
}


# The exercises.


def test_every_level_has_its_answer_worked_out_here():
    assert set(ANSWERS) == set(Level)


def told(each) -> str:
    return repr((each.given, each.question, each.code, exact(each.answer), each.mistakes, each.hints, each.solution))


@EVERY_LEVEL
def test_the_same_seed_gives_the_same_exercise(level):
    for each in exercises(level)[:40]:
        again = exercise(level, each.seed)
        assert told(again) == told(each)
        assert again.project.parameters.tobytes() == each.project.parameters.tobytes()
        assert (again.level, again.seed) == (level, each.seed)


def test_the_same_seed_gives_the_same_exercise_in_another_process():
    program = (
        "from gdstudio.teaching.practice import *\n"
        "for level in Level:\n"
        "    for seed in (0, 7, 199):\n"
        "        each = exercise(level, seed)\n"
        "        print(ascii((each.given, each.question, each.code, each.answer, each.solution)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, timeout=60, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    here = [exercises(level)[seed] for level in Level for seed in (0, 7, 199)]
    said = [ascii((each.given, each.question, each.code, each.answer, each.solution)) for each in here]
    assert done.stdout.splitlines() == said


@EVERY_LEVEL
def test_another_seed_gives_another_exercise(level):
    assert len({(each.given, each.question, each.code) for each in exercises(level)}) >= 150


@EVERY_LEVEL
def test_the_right_answer_is_what_the_given_lines_lead_to(level):
    for each in exercises(level):
        assert each.answer == pytest.approx(float(ANSWERS[level](each)), rel=1e-12, abs=1e-12), told(each)


@EVERY_LEVEL
def test_the_right_answer_is_accepted_in_every_spelling(level):
    for each in exercises(level):
        value = Fraction(ANSWERS[level](each))
        plain = shown_plain(each.answer).replace("−", "-")
        spellings = (
            plain, plain.replace("-", "−"), plain.replace(".", ","), f" {plain} ", exact(each.answer),
            f"{value.numerator}/{value.denominator}", f"{2 * value.numerator} / {2 * value.denominator}",
        )  # fmt: skip
        for text in spellings:
            if len(text.strip(" -−").split(",")[0].split("/")[0]) > 40:
                continue
            marked = mark(each, text)
            assert (marked.is_right, marked.mistake) == (True, ""), (text, told(each))
            assert shown_plain(each.answer) in marked.sentence


@EVERY_LEVEL
def test_every_mistake_leads_to_its_own_name_and_never_to_the_right_answer(level):
    for each in exercises(level):
        assert each.mistakes
        for mistake in each.mistakes:
            marked = mark(each, exact(mistake.value))
            assert (marked.is_right, marked.mistake) == (False, mistake.name), told(each)
            assert marked.sentence == f"{exact(mistake.value)} is what comes out when {mistake.name}."
        names = Counter(name for mistake in each.mistakes for name in names_of(mistake))
        # A change is given with its sign or without.
        assert all(count == 1 or (name, count) == (CHANGE, 2) for name, count in names.items()), told(each)


def names_of(mistake) -> list[str]:
    """What a mistake is called; more than one where they lead to the same number."""
    return mistake.name.split("; or when ")


def first_and_last(each, kind):
    inputs, errors = two_examples(each)
    return {
        "means": 2 * sum(errors) / 2 * sum(inputs) / 2,
        "sum": 2 * dot(inputs, errors),
        "first": 2 * inputs[0] * errors[0],
    }[kind]


MISTAKES = (
    (Level.FORWARD, "the weights are forgotten", lambda e: sum(one_layer(e)[0])),
    (Level.FORWARD, "signs of the weights", lambda e: dot(one_layer(e)[0], map(abs, one_layer(e)[1]))),
    (Level.FORWARD, "only the first input", lambda e: one_layer(e)[0][0] * one_layer(e)[1][0]),
    (Level.ERROR, "subtracted from the target", lambda e: -error_of(e)),
    (Level.ERROR, "squared", lambda e: error_of(e) ** 2),
    (Level.ERROR, "target is not subtracted", lambda e: dot(*one_layer(e))),
    (Level.OUTPUT_SLOPE, "factor 2 of", lambda e: slopes_of(e)[asked_weight(e)] / 2),
    (Level.OUTPUT_SLOPE, "sign is wrong", lambda e: -slopes_of(e)[asked_weight(e)]),
    (Level.OUTPUT_SLOPE, "multiplied by is forgotten", lambda e: 2 * error_of(e)),
    (Level.OUTPUT_SLOPE, "factor 2 and input", error_of),
    (Level.HIDDEN_SLOPE, "slope of the ReLU is forgotten", lambda e: hidden_slope(e, forgets_relu=True)),
    (Level.HIDDEN_SLOPE, "factor 2", lambda e: hidden_slope(e) / 2),
    (Level.HIDDEN_SLOPE, "sign is wrong", lambda e: -hidden_slope(e)),
    (Level.HIDDEN_SLOPE, "multiplied by is forgotten", lambda e: hidden_slope(e) / hidden_net(e)[0][asked_way(e)[0]]),
    (Level.HIDDEN_SLOPE, "way through", lambda e: hidden_slope(e) / hidden_net(e)[1][asked_way(e)[1]]),
    (Level.MEAN_SLOPE, "means of the factors", lambda e: first_and_last(e, "means")),
    (Level.MEAN_SLOPE, "not divided", lambda e: first_and_last(e, "sum")),
    (Level.MEAN_SLOPE, "only the first example", lambda e: first_and_last(e, "first")),
    (Level.MEAN_SLOPE, "factor 2", lambda e: mean_slope(e) / 2),
    (Level.MEAN_SLOPE, "sign is wrong", lambda e: -mean_slope(e)),
    (Level.UPDATE, "added instead of subtracted", lambda e: new_weight(e, sign=1)),
    (Level.UPDATE, "rate is forgotten", lambda e: new_weight(e, scale=1 / listed(e, "learning rate")[0])),
    (Level.UPDATE, "factor 2", lambda e: new_weight(e, scale=Fraction(1, 2))),
    (Level.UPDATE, "change is given in place", lambda e: change(e)),
    (Level.UPDATE, "change is given in place", lambda e: -change(e)),
    (Level.UPDATE, "input is forgotten", lambda e: new_weight(e, scale=1 / one_layer(e)[0][asked_weight(e)])),
    (Level.NEW_LOSS, "one at a time", lambda e: moved_in_turn(e) ** 2),
    (Level.NEW_LOSS, "added instead of subtracted", lambda e: moved(e, sign=1) ** 2),
    (Level.NEW_LOSS, "not squared", moved),
    (Level.NEW_LOSS, "nothing has moved", lambda e: error_of(e) ** 2),
)


@pytest.mark.parametrize(("level", "words", "value"), MISTAKES, ids=lambda part: getattr(part, "name", None))
def test_a_named_mistake_is_what_making_it_leads_to(level, words, value):
    count = 0
    for each in exercises(level):
        made = float(value(each))
        marked = mark(each, exact(made))
        if marked.is_right:
            continue  # a factor of 1 that is forgotten, or any of them where the slope is 0
        assert any(is_called(name, words) for name in marked.mistake.split("; or when ")), (made, told(each))
        count += 1
    assert count >= 5


def third_digit(value: float) -> float:
    """One unit of the third significant digit."""
    return 10.0 ** (int(f"{value:e}".split("e")[1]) - 2)


def is_called(name: str, words: str) -> bool:
    return words in name and not name.startswith(f"the signs of {words}")


@pytest.mark.parametrize(
    ("level", "words"), sorted({row[:2] for row in MISTAKES}, key=str), ids=lambda part: getattr(part, "name", None)
)
def test_a_mistake_has_the_number_that_making_it_leads_to(level, words):
    values = [value for each, said, value in MISTAKES if (each, said) == (level, words)]
    for each in exercises(level):
        led = [float(value(each)) for value in values]
        for mistake in each.mistakes:
            for position, name in enumerate(names_of(mistake)):
                if is_called(name, words):
                    # What is named besides leads to a number that is marked as the same.
                    off = 0.5 * third_digit(mistake.value) if position else 1e-12 * abs(mistake.value)
                    assert any(abs(mistake.value - one) <= off + 1e-12 for one in led), told(each)


def test_no_mistake_is_named_that_is_not_worked_out_here():
    levels = {level for level, _, _ in MISTAKES}
    known = {level: [words for each, words, _ in MISTAKES if each is level] for level in levels}
    names = {
        (level, name) for level in levels for each in exercises(level) for m in each.mistakes for name in names_of(m)
    }
    assert [(level, name) for level, name in names if not any(words in name for words in known[level])] == []


def test_a_wrong_answer_that_is_no_typical_mistake_says_how_exact_it_must_be():
    for level in Level:
        each = exercises(level)[0]
        marked = mark(each, "123456")
        assert (marked.is_right, marked.mistake) == (False, "")
        assert marked.sentence == f"123456 is not correct. {each.tolerance_text}"
        wanted = "the exact number" if level in (Level.DIVERGES, Level.BUG) else "three significant digits"
        assert each.tolerance_text == f"Give {wanted}."


def test_mistakes_that_lead_to_the_same_number_are_named_together():
    together = [
        (each, mistake)
        for level in Level
        for each in exercises(level)
        for mistake in each.mistakes
        if len(names_of(mistake)) > 1
    ]
    assert {each.level for each, _ in together} >= {Level.HIDDEN_SLOPE, Level.MEAN_SLOPE, Level.UPDATE}
    for each, mistake in together:
        assert mark(each, exact(mistake.value)).sentence == (
            f"{exact(mistake.value)} is what comes out when {'; or when '.join(names_of(mistake))}."
        )


# Numbers that come out well.


@EVERY_LEVEL
def test_the_answer_has_few_digits_and_so_has_everything_given(level):
    most = {Level.UPDATE: 5, Level.NEW_LOSS: 8, Level.DIVERGES: 4}.get(level, 4)
    for each in exercises(level):
        text = exact(float(ANSWERS[level](each))) if level is not Level.NEW_LOSS else shown_plain(each.answer)
        assert len(re.sub(r"\D", "", text).lstrip("0")) <= most, (text, told(each))
        for number in (n for line in each.given for n in re.findall(NUMBER, line)):
            assert len(re.sub(r"\D", "", number)) <= 4, told(each)
    whole = {Level.FORWARD, Level.ERROR, Level.OUTPUT_SLOPE, Level.HIDDEN_SLOPE, Level.MEAN_SLOPE, Level.BUG}
    assert level not in whole or all(each.answer == int(each.answer) for each in exercises(level))


def test_a_dead_relu_comes_up_now_and_then():
    dead = [each for each in exercises(Level.HIDDEN_SLOPE) if hidden_net(each)[2][asked_way(each)[1]] < 0]
    assert 0.03 < len(dead) / len(SEEDS) < 0.5
    assert {each.answer for each in dead} == {0.0}
    for each in dead:
        assert [mistake.name.split(":")[0] for mistake in each.mistakes] == ["the slope of the ReLU is forgotten"]
        assert "ReLU gives 0 and has the slope 0" in each.solution[0]


@EVERY_LEVEL
def test_the_network_to_look_at_holds_the_given_numbers(level):
    for each in exercises(level)[:60]:
        picture = picture_of(each.project)
        match level:
            case Level.HIDDEN_SLOPE:
                source, node = asked_way(each)
                assert picture.gradient[2 * source + node] == float(hidden_slope(each))
                assert float(picture.errors(0)[0]) == float(hidden_net(each)[3])
            case Level.MEAN_SLOPE:
                assert picture.gradient[0] == float(mean_slope(each))
            case Level.BUG:
                given = start_of(each)
                start = [np.ravel(given[name]) for name in ("weights", "w1", "w2") if name in given]
                assert picture.parameters.tolist() == np.concatenate(start).tolist()
                assert picture.data.x.tolist() == np.atleast_2d(given["inputs"]).tolist()
                assert picture.data.y.ravel().tolist() == np.ravel(given.get("targets", given.get("target"))).tolist()
                assert each.project.recipe.learning_rate == given["rate"]
            case _:
                inputs, weights = one_layer(each)
                assert (picture.data.x[0].tolist(), picture.parameters.tolist()) == (inputs, weights)
                if level is not Level.FORWARD:
                    assert float(picture.errors(0)[0]) == float(error_of(each))
                if level in (Level.UPDATE, Level.NEW_LOSS):
                    assert each.project.recipe.learning_rate == float(listed(each, "learning rate")[0])


# What is worked out.


def as_shown(text: str) -> Fraction:
    """The value of arithmetic as it stands on screen, exactly."""
    plain = re.sub(NUMBER, lambda n: f"Fraction('{n[0].replace('−', '-')}')", re.sub(r"(?<=[\d)]) − ", " - ", text))
    for sign, python in (("×", "*"), ("÷", "/"), ("²", "**2")):
        plain = plain.replace(sign, python)
    return eval(plain, {"Fraction": Fraction})


ARITHMETIC = re.compile(r"[−\d(][−\d.e()²×÷+ ]*")


def equations(line: str):
    """What stands on both sides of the equality signs of a line, where both are arithmetic."""
    pairs = []
    for part in re.sub(r"^.*: ", "", line).split(", "):
        sides = [side.removeprefix("so the edge is ") for side in part.split(" = ")]
        pairs += [(a, b) for a, b in pairwise(sides) if all(map(ARITHMETIC.fullmatch, (a, b)))]
    return pairs


@EVERY_LEVEL
def test_the_arithmetic_of_every_solution_is_true_as_it_stands(level):
    count = 0
    for each in exercises(level):
        for line in each.solution:
            for left, right in equations(line):
                value = as_shown(left)
                places = len(right.partition(".")[2])
                assert abs(value - as_shown(right)) <= Fraction(1, 2 * 10**places), line
                assert places or value == as_shown(right), line
                count += 1
    assert count >= (0 if level is Level.BUG else len(SEEDS))


@EVERY_LEVEL
def test_every_solution_ends_with_the_answer_and_hints_do_not_give_it(level):
    for each in exercises(level):
        text = shown_plain(each.answer)
        match level:
            case Level.BUG:
                assert each.solution[0].startswith(f"Line {text}: ")
            case Level.DIVERGES:
                (line,) = [line for line in each.solution if line.startswith(f"rate {text}:")]
                assert abs(numbers_in(line)[-1]) > 1
            case _:
                assert each.solution[-1].endswith(f" = {text}")
        assert 2 <= len(each.hints) <= 4
        given_away = [hint for hint in each.hints if len(text) > 2 and text in re.findall(NUMBER, hint)]
        assert given_away == []


def test_the_solution_of_a_new_loss_shows_the_step():
    for each in exercises(Level.NEW_LOSS):
        slopes, new, moment, loss = each.solution
        inputs, weights = one_layer(each)
        (rate,), (target,) = listed(each, "learning rate"), listed(each, "target")
        assert numbers_in(slopes) == slopes_of(each)
        shown_new = numbers_in(new)
        assert [float(w) for w in shown_new] == pytest.approx(
            [float(w - rate * s) for w, s in zip(weights, slopes_of(each), strict=True)], rel=1e-5
        )
        prediction, error = numbers_in(moment)
        assert float(prediction) == pytest.approx(float(dot(inputs, shown_new)), abs=1e-4)
        assert error == prediction - target
        assert float(error) == pytest.approx(float(moved(each)), abs=1e-4)
        assert loss.startswith("loss = ")


# Rates, and programs.


def test_the_rate_that_diverges_diverges_in_the_engine_and_the_others_come_closer():
    for each in exercises(Level.DIVERGES)[:60]:
        data = each.project.data
        for rate in numbers_in(each.question.split("?")[1]):
            recipe = replace(each.project.recipe, learning_rate=float(rate))
            run = train(recipe, each.project.state, data.x, data.y, 400)
            losses = np.array(run.losses)
            if float(rate) == each.answer:
                assert run.outcome is Outcome.DIVERGED or losses[-1] > 1e3 * losses[0]
                assert all(np.diff(losses) > 0)
            else:
                assert run.outcome is not Outcome.DIVERGED
                assert losses[-1] < 1e-6 * losses[0]
                assert all(np.diff(losses[:20]) < 0)


def test_the_rates_stand_in_any_order():
    orders = {
        tuple(sorted(range(3), key=numbers_in(each.question.split("?")[1]).__getitem__))
        for each in exercises(Level.DIVERGES)
    }
    assert len(orders) == 6


def test_the_line_of_the_bug_is_wrong_and_all_others_are_right():
    found = set()
    for each in exercises(Level.BUG):
        assert wrong_lines(each) == [int(each.answer)]
        found.add((len(each.code), each.answer))
        repaired = [*each.code]
        repaired[int(each.answer) - 1] = each.solution[1].removeprefix("Right: ")
        assert wrong_lines(each, repaired) == []
        named = {int(mistake.value): mistake.name for mistake in each.mistakes}
        assert {number: name.split()[1] for number, name in named.items()} == {
            number: str(number) for number in range(1, len(each.code) + 1) if number != each.answer
        }
    assert len(found) >= 15


def test_each_line_of_a_bug_stands_with_what_it_gives_and_the_wrong_one_can_be_seen_in_the_numbers():
    for each in exercises(Level.BUG):
        state = {name: np.array(value, dtype=float) for name, value in start_of(each).items()}
        for line, given in zip(each.code, each.results, strict=True):
            state = run_line(line, state)
            shown_value = np.array(literal_eval(given.replace("−", "-")), dtype=float)
            assert np.allclose(shown_value, state[line.split(" = ")[0]], rtol=1e-4, atol=1e-4), told(each)
        wrong = int(each.answer) - 1
        assert each.solution[2] != f"It gives {each.results[wrong]}."
        assert each.listing[2 * wrong :: 1][:2] == (
            f"{wrong + 1:>2} {each.code[wrong]}", f"   → {each.results[wrong]}"
        )  # fmt: skip
        assert len(each.listing) == 2 * len(each.code)


# Answers.


@pytest.mark.parametrize(
    "text", ["", "  ", "abc", "1,234.5", "1/0", "1/2/3", "nan", "inf", "1e999", "--3", "3 4", "2 * 3", "=6", "½", "up"]
)
@EVERY_LEVEL
def test_what_cannot_be_read_is_no_wrong_answer(level, text):
    with pytest.raises(ProjectError) as refusal:
        mark(exercises(level)[3], text)
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "is not correct" not in sentence


@EVERY_LEVEL
def test_an_answer_counts_to_half_a_unit_of_its_third_digit_and_no_further(level):
    is_exact = level in (Level.DIVERGES, Level.BUG)
    for each in exercises(level)[:50]:
        unit = 0.0 if is_exact or each.answer == 0.0 else third_digit(each.answer)
        for sign in (-1.0, 1.0):
            assert mark(each, exact(each.answer + sign * 0.5 * unit)).is_right, told(each)
            beyond = each.answer + sign * (0.51 * unit or 1e-6)
            assert not mark(each, exact(beyond)).is_right, told(each)


@pytest.mark.parametrize("level", [level for level in Level if level is not Level.DIVERGES], ids=lambda each: each.name)
def test_an_answer_rounded_to_three_digits_is_right(level):
    for each in exercises(level):
        assert mark(each, f"{each.answer:.3g}").is_right, told(each)


@pytest.mark.parametrize("seed", [2, 46, 275])
def test_a_step_that_lands_at_the_bottom_leaves_a_loss_of_0(seed):
    each = exercise(Level.NEW_LOSS, seed)
    assert mark(each, shown_plain(float(moved(each) ** 2))).is_right, told(each)
    assert mark(each, "0").is_right is (moved(each) == 0), told(each)
