"""The notebook: what Jupyter opens, its cells the NumPy program in pieces that run one after the other."""

import ast
import json
import re

import numpy as np
import pytest

from gdstudio.document.codegen import export
from gdstudio.document.examples import load_example


def opened(project, step):
    return json.loads(export(project, step, "notebook"))


def code_of(notebook):
    return [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


PROJECTS = {
    "lecture": lambda coded: load_example("three-inputs"),
    "penguins": lambda coded: load_example("penguins"),
    "everything": lambda coded: coded.advanced(
        coded.project(
            activation="gelu", optimizer="adamw", batch_size=3, schedule="step", period=4, l1=0.01,
            locked=frozenset([2]), one_at_a_time=True,
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", PROJECTS)
def test_the_cells_one_after_the_other_end_with_the_same_bits(coded, kind):
    project = PROJECTS[kind](coded)
    run = coded.train(project, 20)
    cells = code_of(opened(project, run.state.step))
    assert len(cells) >= 5
    program = coded.run(*cells)
    assert program.names["parameters"].tobytes() == run.state.parameters.tobytes()
    assert program.parameters.tobytes() == run.state.parameters.tobytes()
    assert program.loss == run.losses[-1]


@pytest.mark.parametrize("kind", PROJECTS)
def test_it_has_what_nbformat_4_asks_for_and_no_more(coded, kind):
    notebook = opened(PROJECTS[kind](coded), 30)
    assert set(notebook) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"] == {
        "display_name": "Python 3", "language": "python", "name": "python3",
    }  # fmt: skip
    for cell in notebook["cells"]:
        more = {"execution_count", "outputs"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"cell_type", "id", "metadata", "source"} | more
        assert cell["metadata"] == {}
        assert isinstance(cell["source"], str)
        assert cell["source"].strip("\n") == cell["source"] != ""
        if more:
            assert (cell["execution_count"], cell["outputs"]) == (None, [])


def test_ids_are_unique_and_of_the_allowed_form(coded):
    ids = [cell["id"] for cell in opened(coded.project(), 3)["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", each) for each in ids)


def test_every_cell_is_whole_code_by_itself_and_together_they_are_the_script(coded):
    project = coded.project(optimizer="adam", batch_size=3, schedule="cosine")
    cells = code_of(opened(project, 9))
    trees = [ast.parse(cell) for cell in cells]
    together = ast.Module([node for tree in trees for node in tree.body], [])
    assert ast.dump(together) == ast.dump(ast.parse(export(project, 9, "numpy")))


def test_it_begins_with_a_heading_that_names_the_project(coded):
    first = opened(coded.advanced(coded.project(title="My net"), 5), 1234)["cells"][0]
    assert first["cell_type"] == "markdown"
    assert first["source"] == "# Gradient descent in NumPy\n\n`My net`, up to step 1,234."
    assert "`Untitled`" in opened(coded.project(title=""), 3)["cells"][0]["source"]


def test_floats_survive_the_way_through_json(coded):
    project = coded.project()
    names = coded.run(*code_of(opened(project, 0))).names
    assert names["x"].tobytes() == project.data.x.tobytes()
    assert np.array_equal(names["parameters"], project.parameters)
