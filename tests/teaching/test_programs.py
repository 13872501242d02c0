"""The programs do what the engine does, and every fault changes its own line and nothing before it."""

import numpy as np
import pytest

from gdstudio.engine import Network, Recipe, TrainingState, train_step
from gdstudio.teaching.programs import EXAMPLES, HIDDEN, ONE_EXAMPLE, results, told

ONE_START = {"inputs": np.array([3.0, 4.0]), "weights": np.array([1.0, 2.0]), "target": 6.0, "rate": 0.01}
MANY_START = {
    "inputs": np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 1.0]]), "weights": np.array([2.0, -1.0]),
    "targets": np.array([1.0, -2.0, 3.0]), "rate": 0.02,
}  # fmt: skip
HIDDEN_START = {
    "inputs": np.array([2.0, 3.0]), "w1": np.array([[1.0, -2.0], [1.0, 1.0]]), "w2": np.array([2.0, 3.0]),
    "target": 6.0, "rate": 0.01,
}  # fmt: skip
ALL = [(ONE_EXAMPLE, ONE_START), (EXAMPLES, MANY_START), (HIDDEN, HIDDEN_START)]
FAULTS = [(program, start, fault) for program, start in ALL for fault in program.faults]


def made(lines, start) -> dict:
    return dict(zip([line.split(" = ")[0] for line in lines], results(lines, start), strict=True))


def test_the_program_of_one_example_is_the_lecture():
    assert [told(value) for value in results(ONE_EXAMPLE.lines, ONE_START)] == ["11", "5", "[30, 40]", "[0.7, 1.6]"]


@pytest.mark.parametrize(("program", "start"), ALL, ids=["one", "many", "hidden"])
def test_a_program_takes_the_step_that_the_engine_takes(program, start):
    sizes = (2, 2, 1) if program is HIDDEN else (2, 1)
    network = Network(sizes, ("relu",) * (len(sizes) - 2) + ("linear",), bias=False)
    recipe = Recipe(network, learning_rate=start["rate"])
    names = ["w1", "w2"] if program is HIDDEN else ["weights"]
    before = np.concatenate([np.ravel(start[name]) for name in names])
    x = np.atleast_2d(start["inputs"])
    y = np.reshape(start.get("targets", start.get("target")), (-1, 1))
    state, _ = train_step(recipe, TrainingState(before), x, y)
    after = made(program.lines, start)
    assert np.concatenate([np.ravel(after[name]) for name in names]) == pytest.approx(state.parameters, abs=1e-14)


@pytest.mark.parametrize(("program", "start", "fault"), FAULTS, ids=[fault.text for *_, fault in FAULTS])
def test_a_fault_changes_its_own_line_and_none_before_it(program, start, fault):
    if fault.text in ("slope_z = slope_h", "h = z"):
        start = {**start, "w1": np.array([[1.0, -2.0], [1.0, -1.0]])}  # a sum below 0
    lines = program.with_fault(fault)
    given, right = results(lines, start), results(program.lines, start)
    differs = [told(one) != told(other) for one, other in zip(given, right, strict=True)]
    assert differs.index(True) == fault.line
    assert [k for k, (one, other) in enumerate(zip(lines, program.lines, strict=True)) if one != other] == [fault.line]
    assert fault.why.endswith(".")


@pytest.mark.parametrize(("program", "_"), ALL, ids=["one", "many", "hidden"])
def test_the_lines_fit_the_panel_and_each_has_its_part(program, _):
    assert len(program.parts) == len(program.lines)
    assert max(len(line) for line in [*program.lines, *(fault.text for fault in program.faults)]) <= 36
    assert {line.split(" = ")[0] for line in program.lines} >= {fault.text.split(" = ")[0] for fault in program.faults}


def test_running_a_program_leaves_its_start_as_it_is():
    start = {name: np.copy(value) for name, value in HIDDEN_START.items()}
    results(HIDDEN.lines, start)
    assert all(np.array_equal(start[name], value) for name, value in HIDDEN_START.items())


def test_numbers_are_told_as_they_are_written():
    assert told(2.0) == "2"
    assert told(np.array([0.5, -1.0])) == "[0.5, −1]"
    assert told(np.array([[1.0, 2.0], [3.0, 4.0]])) == "[[1, 2], [3, 4]]"
