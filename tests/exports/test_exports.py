"""Exported programs of random projects in the middle of a run end where the screen does, printed loss included.

NumPy and notebook to the bit, PyTorch and Keras to 1e-9; what is refused is refused in a sentence that names it.
"""

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from gdstudio.document.codegen import TARGETS, export
from gdstudio.engine import LOSSES, OPTIMIZERS

QUICK, MANY = range(20), range(20, 200)
EXACT = [kind for kind in TARGETS if kind in ("numpy", "notebook")]
FRAMEWORKS = {"torch": ("torch",), "keras": ("keras", "torch")}
NEAR = 1e-9


def need(kind):
    for module in FRAMEWORKS[kind]:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed here; the programs for {TARGETS[kind].label} need it")


def check_bits(endings):
    assert endings
    assert [each.refusal for each in endings if each.refusal] == []
    assert [f"{each.name}\n{each.error}" for each in endings if each.error] == []
    assert [(each.name, each.warned) for each in endings if each.warned] == []
    off = [each.name for each in endings if each.parameters.tobytes() != each.project.parameters.tobytes()]
    assert off == []
    assert [(each.name, each.loss, each.shown) for each in endings if each.loss != each.shown] == []


def distance(ending):
    """How far a program ended from the screen: the largest of all differences, each relative to numbers above 1."""
    ours = np.append(ending.project.parameters, ending.shown)
    theirs = np.append(ending.parameters, ending.loss)
    return float((np.abs(theirs - ours) / np.maximum(1.0, np.abs(ours))).max())


def check_near(endings, kind, in_turn):
    ran = [each for each in endings if not each.refusal]
    assert len(ran) >= len(endings) * (1 - 1 / in_turn)
    assert [f"{each.name}\n{each.error}" for each in ran if each.error] == []
    assert [(each.name, distance(each)) for each in ran if not distance(each) <= NEAR] == []
    for each in endings:
        assert bool(each.refusal) == each.project.recipe.one_at_a_time, each.name
        if each.refusal:
            assert each.refusal.startswith(TARGETS[kind].label.split()[0])
            assert "“One weight at a time”" in each.refusal
            assert each.refusal.endswith(".")
            assert "\n" not in each.refusal


@pytest.mark.parametrize("kind", EXACT)
def test_a_program_in_numpy_ends_with_the_bits_of_the_screen(programs, tmp_path, kind):
    check_bits(programs.endings(QUICK, kind, tmp_path))


@pytest.mark.nightly
@pytest.mark.parametrize("kind", EXACT)
def test_each_of_many_programs_in_numpy_ends_with_the_bits_of_the_screen(programs, tmp_path, kind):
    check_bits(programs.endings(MANY, kind, tmp_path))


@pytest.mark.parametrize("kind", FRAMEWORKS)
def test_a_program_for_a_framework_ends_where_the_screen_does(programs, tmp_path, kind):
    need(kind)
    check_near(programs.endings(QUICK, kind, tmp_path), kind, programs.in_turn)


@pytest.mark.nightly
@pytest.mark.parametrize("kind", FRAMEWORKS)
def test_each_of_many_programs_for_a_framework_ends_where_the_screen_does(programs, tmp_path, kind):
    need(kind)
    check_near(programs.endings(MANY, kind, tmp_path), kind, programs.in_turn)


def test_programs_begin_in_the_middle_with_memory_of_every_optimizer_and_with_every_loss(programs):
    remembered, losses, middles = set(), set(), 0
    for number in range(len(OPTIMIZERS) * len(LOSSES)):
        session = programs.mid_run(number)
        begin = session.history.stretch_of(session.viewed.state.step)
        losses.add(begin.recipe.loss)
        middles += begin.state.step > 0
        if any(slot.any() for slot in begin.state.optimizer):
            remembered.add(begin.recipe.optimizer)
    assert remembered == {name for name, row in OPTIMIZERS.items() if row.slots}
    assert losses == set(LOSSES)
    assert middles >= 20


def test_no_program_names_what_it_does_not_define_or_imports_what_it_does_not_use(programs, tmp_path):
    for number in QUICK:
        session = programs.mid_run(number)
        begin, step = session.history.stretch_of(session.viewed.state.step), session.viewed.state.step
        for kind in ("numpy", "torch", "keras"):
            if kind == "numpy" or not begin.recipe.one_at_a_time:
                (tmp_path / f"{kind}_{number}.py").write_text(export(begin, step, kind), encoding="utf-8")
    rules = ["--isolated", "--no-cache", "--select", "F,E9", "--output-format", "concise"]
    ran = subprocess.run([sys.executable, "-m", "ruff", "check", *rules, str(tmp_path)], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert len(list(tmp_path.glob("*.py"))) > 2 * len(QUICK)
