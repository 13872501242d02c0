"""A thousand damaged and hostile files of each kind: each is refused with one sentence, or is fine."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")

PROGRAM = Path(__file__).with_name("mutants.py")
ROOT = Path(__file__).parents[2]
MOST_TOLD = 20


def troubles(kind: str, seed: int, count: int, folder: Path) -> list[str]:
    """What is wrong with any of so many mutants; one that ends its process is found out and the others go on."""
    first, found = 0, []
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1", "PYTHONFAULTHANDLER": ""}
    while first < count and len(found) < MOST_TOLD:
        done = subprocess.run(
            [sys.executable, str(PROGRAM), kind, str(seed), str(first), str(count), str(folder)],
            capture_output=True, text=True, cwd=ROOT, env=env, timeout=60 + count,
        )  # fmt: skip
        lines = done.stdout.splitlines()
        told = [json.loads(line) for line in lines if line.startswith("{")]
        found += [f"{kind} {seed} {each['mutant']}: {each['problem']}" for each in told]
        if lines[-1:] == ["all"]:
            break
        numbers = [int(line) for line in lines if line.isdigit()]
        assert numbers, done.stderr
        found.append(f"{kind} {seed} {numbers[-1]}: the process ended with {done.returncode}. {done.stderr[-500:]}")
        first = numbers[-1] + 1
    return found


@pytest.mark.parametrize("kind", ["session", "table"])
def test_each_of_a_thousand_mutants_is_refused_with_a_sentence_or_fine(kind, tmp_path):
    found = troubles(kind, 1, 1000, tmp_path)
    assert not found, "\n".join(found[:MOST_TOLD])


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 12))
@pytest.mark.parametrize("kind", ["session", "table"])
def test_each_of_ten_thousand_more_mutants_is_refused_with_a_sentence_or_fine(kind, seed, tmp_path):
    found = troubles(kind, seed, 10_000, tmp_path)
    assert not found, "\n".join(found[:MOST_TOLD])
