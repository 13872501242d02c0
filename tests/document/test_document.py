"""A whole document: the project, the runs kept beside it and how it is looked at come back from a file together."""

import json
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits, files
from gdstudio.document.document import Document
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import load_example
from gdstudio.document.limits import MAX_SEED, MAX_STEP
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.document.runs import MOST_RUNS, MOST_SLOTS, kept_run
from gdstudio.document.viewpoint import View
from gdstudio.engine import train


def descended(project, steps=3):
    data = project.data
    return edits.descended(project, train(project.recipe, project.state, data.x, data.y, steps).state)


def run_of(project, name="run 1", losses=(3.0, 2.0, 1.0), steps=3):
    end = descended(project, steps)
    path = np.linspace(project.parameters, end.parameters, 4)
    columns = np.arange(len(losses), dtype=float), np.array(losses), np.array(losses) + 1.0
    return kept_run(name, end, columns, path)


@pytest.fixture(scope="module")
def document():
    project = load_example("hidden-layer")
    other = edits.set_value(project, 0, 0, 5.0)
    other = edits.rename_node(edits.set_optimizer(other, "adam"), NodeRef(1, 0), "edge → 1")
    runs = (run_of(project, "“one”"), replace(run_of(other, losses=(2.0, np.inf)), is_shown=False, is_automatic=True))
    return Document(descended(project), runs, View(NodeRef(1, 1), None, True, True, "10 steps/s", "RANDOM", 3, 2, 8))


def again(document):
    return files.decode_document(files.encode(document), "f.gds")


def test_a_project_alone_has_no_runs_and_says_nothing_of_how_it_is_looked_at():
    document = Document(load_example("xor"))
    assert (document.runs, document.view) == ((), None)
    assert files.encode(document) == files.encode(document.project)
    assert again(document).view is None


def test_a_document_comes_back_byte_by_byte(document):
    assert files.encode(again(document)) == files.encode(document)


def test_a_saved_document_is_loaded_whole_and_its_project_alone(document, tmp_path):
    path = tmp_path / "a.gds"
    files.save(document, path)
    assert files.encode(files.load_document(path)) == files.encode(document)
    assert files.encode(files.load(path)) == files.encode(document.project)


def test_every_kept_run_comes_back_bit_by_bit(document):
    for run, read in zip(document.runs, again(document).runs, strict=True):
        for what in ("steps", "low", "high", "path"):
            assert getattr(read, what).tobytes() == getattr(run, what).tobytes(), what
        assert (read.name, read.is_shown, read.is_automatic, read.loss, read.settings) == (
            run.name, run.is_shown, run.is_automatic, run.loss, run.settings,
        )  # fmt: skip
        assert files.encode(read.project) == files.encode(run.project)


def test_nobody_can_write_into_what_was_read(document):
    for run in again(document).runs:
        assert not any(values.flags.writeable for values in (run.steps, run.low, run.high, run.path))


def test_a_run_on_the_same_data_shares_it_and_one_on_other_data_has_its_own(document):
    read = again(document)
    assert read.runs[0].project.data is read.project.data
    assert read.runs[1].project.data.raw_x[0, 0] == 5.0
    assert files.encode(document).count(b'"inputs"') == 2


def test_a_run_whose_data_only_came_to_be_the_same_again_shares_it_too(document):
    project = document.project
    own = replace(
        project, data=edits.set_value(edits.set_value(project, 0, 0, 5.0), 0, 0, project.data.cell(0, 0)).data
    )
    assert own.data is not project.data
    assert files.encode(Document(project, (run_of(own),))).count(b'"inputs"') == 1


@pytest.mark.parametrize("selection", [None, ParameterRef(4), NodeRef(0, 1), NodeRef(2, 0), TargetRef(0)])
@pytest.mark.parametrize("example", [None, 0])
def test_a_view_comes_back_as_it_was(document, selection, example):
    view = replace(document.view, selection=selection, example=example)
    read = again(replace(document, view=view)).view
    assert read == view
    assert type(read.selection) is type(selection)


def test_a_very_long_path_is_thinned_and_keeps_its_ends():
    project = load_example("hidden-layer")
    width = project.network.parameter_count
    path = np.random.default_rng(3).normal(size=(60_000, width))
    end = descended(project)
    run = kept_run("long", end, (np.arange(2.0), np.ones(2), np.ones(2)), path)
    read = again(Document(project, (run,))).runs[0]
    assert len(read.path) < len(path)
    assert read.path.size <= 100_000
    assert read.path[[0, -1]].tobytes() == path[[0, -1]].tobytes()


def test_as_many_runs_as_can_be_kept_can_be_saved_and_one_more_is_refused():
    project = load_example("one-weight")
    runs = tuple(run_of(project, f"run {number}") for number in range(MOST_RUNS))
    assert len(again(Document(project, runs)).runs) == MOST_RUNS
    with pytest.raises(ProjectError, match=rf"^f\.gds can't be opened: a document keeps up to {MOST_RUNS} runs\.$"):
        again(Document(project, (*runs, runs[0])))


SLOTS = f"a kept run has 1 to {MOST_SLOTS + 1} ascending steps"
LOSSES = "a kept run needs a lowest and a highest loss for each of its steps"
NOT_THERE = "what is selected or shown does not exist in this network and its data"
PLANE = "the plane of the surface is not one"


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("runs", 0, "steps"), [], SLOTS),
        (("runs", 0, "steps"), [0, 1, 1], SLOTS),
        (("runs", 0, "steps"), [0, 2, 1], SLOTS),
        (("runs", 0, "steps"), [-1, 0, 1], SLOTS),
        (("runs", 0, "steps"), [0, 1, MAX_STEP + 1], SLOTS),
        (("runs", 0, "steps"), list(range(MOST_SLOTS + 2)), SLOTS),
        (("runs", 0, "low"), [1.0, 1.0], LOSSES),
        (("runs", 0, "high"), [1.0, 1.0, 1.0, 1.0], LOSSES),
        (("runs", 0, "path", 1), [0.0], "“path” needs rows of 6 numbers"),
        (("runs", 0, "network", "sizes"), [2, 3, 1], "the names don't fit the network"),
        (("view", "selection"), {"kind": "parameter", "at": [1, 1]}, "what is selected, a parameter, needs 1 numbers"),
        (("view", "selection"), {"kind": "node", "at": [1]}, "what is selected, a node, needs 2 numbers"),
        (("view", "selection"), {"kind": "node", "at": [1, 2]}, NOT_THERE),
        (("view", "selection"), {"kind": "parameter", "at": [6]}, NOT_THERE),
        (("view", "example"), 1, NOT_THERE),
        (("view", "axes"), "DIAGONAL", PLANE),
        (("view", "x"), -1, PLANE),
        (("view", "y"), -1, PLANE),
        (("view", "plane_seed"), MAX_SEED + 1, PLANE),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_run_or_a_view_that_can_not_be_is_refused_with_a_sentence(document, path, value, sentence):
    content = json.loads(files.encode(document))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ProjectError) as error:
        files.decode_document(json.dumps(content).encode(), "f.gds")
    assert str(error.value) == f"f.gds can't be opened: {sentence}."


@pytest.mark.parametrize("example", [None, 1])
def test_an_example_that_there_is_not_is_refused_also_where_nothing_is_selected(document, example):
    view = View(None, example)
    if example is None:
        assert again(replace(document, view=view)).view == view
        return
    with pytest.raises(ProjectError, match=NOT_THERE):
        again(replace(document, view=view))


def test_a_file_of_more_values_than_there_is_room_for_is_refused_before_it_is_read(document, monkeypatch):
    content = files.encode(document)
    monkeypatch.setattr(files, "MAX_NUMBERS", content.count(b","))
    assert files.encode(files.decode_document(content, "f.gds")) == content
    monkeypatch.setattr(files, "MAX_NUMBERS", content.count(b",") - 1)
    monkeypatch.setattr(files, "_document", lambda _: pytest.fail("it was read"))
    with pytest.raises(ProjectError, match=r"^f\.gds holds more than [\d,]+ values, the most that the studio opens\.$"):
        files.decode_document(content, "f.gds")


def test_a_document_is_a_value():
    document = Document(load_example("xor"))
    with pytest.raises(AttributeError):
        document.view = View()
