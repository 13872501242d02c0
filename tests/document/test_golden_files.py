"""Files of every version, as they were once written: each opens, means what it meant, and is saved as the newest."""

import json
from pathlib import Path
from types import NoneType
from typing import get_args, get_type_hints

import numpy as np
import pytest

from gdstudio.document import files
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.document.schema import DocumentFile, Strict
from gdstudio.document.viewpoint import View
from gdstudio.engine import train

FOLDER = Path(__file__).parents[1] / "data"
GOLDEN = sorted(FOLDER.glob("*.gds"))
EVERY = pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)


def opened(name):
    return files.load_document(FOLDER / f"{name}.gds")


def version_of(path):
    return json.loads(path.read_bytes())["version"]


def test_there_is_a_file_of_every_version():
    assert {version_of(path) for path in GOLDEN} == set(range(1, files.VERSION + 1))
    assert all(path.stem.startswith(f"version-{version_of(path)}-") for path in GOLDEN)


@EVERY
def test_a_file_of_any_version_is_saved_as_the_newest_and_then_stays_byte_for_byte(path):
    saved = files.encode(files.load_document(path))
    assert json.loads(saved)["version"] == files.VERSION == 4
    assert files.encode(files.decode_document(saved, "f.gds")) == saved
    if version_of(path) == files.VERSION:
        assert json.dumps(json.loads(saved)) == json.dumps(json.loads(path.read_bytes()))


@EVERY
def test_each_field_begins_a_line_and_so_does_each_row_of_a_table(path):
    document = files.load_document(path)
    lines = files.encode(document).decode().splitlines()
    begins = [line.partition(":")[0].strip('"') for line in lines if line.startswith('"')]
    assert begins == list(DocumentFile.__struct_fields__)
    rows = len(document.project.data.raw_x)
    assert sum(line.startswith("[") for line in lines) >= 2 * (rows - 1)
    assert max(map(len, lines)) < 4000


def is_within(old, new) -> bool:
    """Whether everything that an older file says is said by the newer one, with the same numbers."""
    if isinstance(old, dict):
        return all(key == "version" or is_within(value, new[key]) for key, value in old.items())
    return old == new


@EVERY
def test_nothing_that_a_file_says_is_lost_or_changed_when_it_is_saved(path):
    assert is_within(json.loads(path.read_bytes()), json.loads(files.encode(files.load_document(path))))


@EVERY
def test_the_descent_of_a_file_goes_on(path):
    project = files.load_document(path).project
    run = train(project.recipe, project.state, project.data.x, project.data.y, 3)
    assert np.isfinite(run.state.parameters).all()
    assert run.state.step == project.state.step + 3


# What each of them says.


def test_the_first_version_has_the_defaults_of_all_that_came_later():
    document = opened("version-1-plain")
    project = document.project
    recipe, data = project.recipe, project.data
    assert project.title == "Plain “one”"
    assert (recipe.network.sizes, recipe.network.activations, recipe.network.bias) == (
        (2, 2, 1), ("tanh", "linear"), True,
    )  # fmt: skip
    assert (recipe.loss, recipe.optimizer, recipe.learning_rate, recipe.batch_size, recipe.seed) == (
        "mse", "sgd", 0.125, 3, 7,
    )  # fmt: skip
    assert recipe.locked == {0, 5}
    assert (dict(recipe.settings), recipe.schedule, recipe.period) == ({}, "constant", 1000)
    assert (recipe.l1, recipe.l2, recipe.initializer, recipe.spread) == (0.0, 0.0, "auto", 0.5)
    assert not recipe.one_at_a_time
    assert project.names == (("", ""), ("edge → 1", ""), ("",))
    assert project.start.parameters.tolist() == np.linspace(-0.5, 0.5, 9).tolist()
    assert (project.state.step, project.parameters[1]) == (4, -0.2085739428730437)
    assert (data.name, data.scaling, data.center[0]) == ("Maße", "standard", 2.5)
    assert (data.held_out, data.generated) == ((), None)
    assert data.raw_x[1].tolist() == [2.0, 30.0]
    assert (document.runs, document.view) == ((), None)


def test_the_second_version_knows_how_a_descent_goes_and_what_made_the_data():
    project = opened("version-2-adam").project
    recipe, data = project.recipe, project.data
    assert (recipe.loss, recipe.optimizer, dict(recipe.settings)["beta_1"]) == ("huber", "adam", 0.8)
    assert (recipe.schedule, recipe.period, recipe.l1, recipe.l2) == ("exponential", 40, 0.001, 0.002)
    assert (recipe.initializer, recipe.spread, recipe.batch_size) == ("uniform", 0.75, 4)
    assert [len(slot) for slot in project.state.optimizer][:2] == [10, 10]
    assert project.state.step == 7
    assert project.parameters[0] == -0.45534825539942425
    made = data.generated
    assert (made.name, made.examples, made.noise, made.seed) == ("sine", 12, 0.125, 9)
    assert (len(data), len(data.held_out), data.scaling) == (9, 3, "unit")
    assert not recipe.one_at_a_time


def test_the_third_version_updates_one_weight_at_a_time():
    document = opened("version-3-in-turn")
    project = document.project
    assert project.recipe.one_at_a_time
    assert (project.recipe.loss, project.recipe.optimizer, project.network.bias) == (
        "binary_crossentropy", "momentum", False,
    )  # fmt: skip
    assert project.start.parameters.tolist() == [0.25, -0.75]
    assert project.parameters.tolist() == [1.622689275525313, 0.9846818341902723]
    assert (document.runs, document.view) == ((), None)


def test_the_fourth_version_keeps_runs_with_the_data_of_their_own():
    document = opened("version-4-runs")
    slow, other, network = document.runs
    assert [run.name for run in document.runs] == ["slow", "other data", "another network"]
    assert [(run.is_shown, run.is_automatic) for run in document.runs] == [
        (True, False), (False, False), (True, True),
    ]  # fmt: skip
    assert [run.step for run in document.runs] == [9, 9, 4]
    assert slow.project.data is document.project.data
    assert (document.project.data.raw_x[0, 0], other.project.data.raw_x[0, 0]) == (0.0, 0.5)
    assert network.project.network.sizes == (2, 1)
    assert (slow.steps.tolist(), slow.low.tolist(), slow.high.tolist()) == (
        [0.0, 2.0, 4.0], [3.0, 2.0, 1.0], [3.5, 2.5, 1.5],
    )  # fmt: skip
    assert network.low.tolist() == [3.0, np.inf, np.inf]
    assert slow.path.shape == (3, 2)
    assert slow.path[0].tolist() == document.project.parameters.tolist()
    assert slow.loss == pytest.approx(0.20570116047894066, rel=1e-9)


VIEWS = {
    "version-4-runs": View(ParameterRef(1), 2, True, True, "10 steps/s", "WEIGHTS", 1, 0, 0),
    "version-4-node": View(NodeRef(1, 2), 0, False, True, "flat out", "PATH", 0, 1, 0),
    "version-4-target": View(TargetRef(0), None, True, False, "one phase at a time", "RANDOM", 2, 3, 8),
    "version-4-nothing": View(None, 0, False, False, "", "WEIGHTS", 0, 1, 0),
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_fourth_version_knows_how_it_was_looked_at(name):
    assert opened(name).view == VIEWS[name]


# That no field is forgotten.


def fields_said(kind, value) -> set[tuple[str, str]]:
    """Which fields of the schema a parsed file gives a value, by class and name."""
    if isinstance(value, list):
        return set().union(*(fields_said(each, item) for each in get_args(kind) or (kind,) for item in value))
    if not isinstance(kind, type) or not issubclass(kind, Strict):
        return set().union(*(fields_said(each, value) for each in get_args(kind) if each is not NoneType))
    if not isinstance(value, dict):
        return set()
    hints = get_type_hints(kind)
    said = {(kind.__name__, name) for name in value if value[name] is not None}
    return said.union(*(fields_said(hints[name], value[name]) for name in value))


def classes() -> set[type]:
    return set(Strict.__subclasses__())


def test_every_field_of_the_schema_has_a_value_in_one_of_the_files():
    said = set().union(*(fields_said(DocumentFile, json.loads(path.read_bytes())) for path in GOLDEN))
    assert {(kind.__name__, name) for kind in classes() for name in get_type_hints(kind)} == said


MAY_BE_NOTHING = ("batch_size", "generated", "data", "selection", "example", "low")


@pytest.mark.parametrize("field", MAY_BE_NOTHING)
def test_every_field_that_may_be_nothing_is_nothing_in_one_of_the_files(field):
    texts = ["".join(path.read_text(encoding="utf-8").split()) for path in GOLDEN]
    assert any(f'"{field}":null' in text or f'"{field}":[3.0,null' in text for text in texts)
