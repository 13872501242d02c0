"""The schema of studio files: what it refuses, and that its page tells all of it."""

import json
import re
from typing import get_type_hints

import msgspec
import pytest

from gdstudio.document import files, limits
from gdstudio.document.datasets import SCALINGS
from gdstudio.document.generators import GENERATORS
from gdstudio.document.runs import MOST_RUNS, MOST_SLOTS
from gdstudio.document.schema import DocumentFile, Header, RunFile, SelectionFile, Strict
from gdstudio.document.viewpoint import AXES
from gdstudio.engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES, Network
from gdstudio.resources import resource

PAGE = resource("file-format.md").read_text(encoding="utf-8")
CLASSES = Strict.__subclasses__()
EXAMPLE = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL).group(1)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_no_object_takes_a_field_that_it_does_not_know(kind):
    assert kind.__struct_config__.forbid_unknown_fields
    assert kind.__struct_config__.frozen
    with pytest.raises(msgspec.ValidationError, match="unknown field `odd`"):
        msgspec.json.decode(b'{"odd": 1}', type=kind)


def test_what_begins_every_version_takes_whatever_comes_after():
    header = msgspec.json.decode(b'{"format": "gdstudio", "version": 99, "odd": [1]}', type=Header)
    assert (header.format, header.version) == ("gdstudio", 99)


def test_only_what_came_after_the_first_version_has_a_default():
    later = {
        (kind.__name__, field.name)
        for kind in CLASSES
        for field in msgspec.structs.fields(kind)
        if not field.required
    }  # fmt: skip
    descent = ("settings", "schedule", "period", "l1", "l2", "initializer", "spread", "one_at_a_time")
    assert later == {
        *(("DescentFile", name) for name in descent),
        ("DataFile", "held_out"), ("DataFile", "generated"), ("DocumentFile", "runs"), ("DocumentFile", "view"),
    }  # fmt: skip


def test_a_list_that_is_left_out_is_a_new_one_each_time():
    one, other = (msgspec.json.decode(EXAMPLE, type=DocumentFile) for _ in range(2))
    assert one.runs == other.runs == []
    assert one.runs is not other.runs


@pytest.mark.parametrize("kind", ["parameter", "node", "target"])
def test_what_can_be_selected_is_one_of_three_kinds(kind):
    assert msgspec.json.decode(f'{{"kind": "{kind}", "at": [0]}}', type=SelectionFile).kind == kind
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"kind": "{kind}s", "at": [0]}}', type=SelectionFile)


def test_a_kept_run_says_all_that_a_document_says_of_a_project():
    assert {"title", "network", "descent", "start", "state", "data"} <= get_type_hints(RunFile).keys()


# The page.


def is_told(word: str) -> bool:
    return re.search(rf"`\"?{re.escape(word)}\"?`", PAGE) is not None


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_the_page_tells_every_field(kind):
    assert [name for name in get_type_hints(kind) if not is_told(name)] == []


NAMES = (ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, INITIALIZERS, GENERATORS, SCALINGS, AXES)


@pytest.mark.parametrize("table", NAMES, ids=lambda table: next(iter(table)))
def test_the_page_tells_every_name_that_is_known(table):
    assert [name for name in table if not is_told(name)] == []


def test_the_page_tells_every_setting_of_an_optimizer():
    settings = {setting.name for row in OPTIMIZERS.values() for setting in row.settings}
    assert [name for name in sorted(settings) if not is_told(name)] == []


LIMITS = {
    "MAX_LAYERS": "{:d}", "MAX_NODES": "{:d}", "MAX_PARAMETERS": "{:,}", "MAX_EXAMPLES": "{:,}", "MAX_NAME": "{:d}",
    "MAX_NUMBERS": "{:,}", "MAX_VALUES": "{:,}", "MAX_SEED": "{:d}", "MAX_TURNS": "{:,}",
}  # fmt: skip
"""Each limit of ``document.limits``, and how the page writes it."""


def test_the_page_tells_every_limit():
    told = {name: form.format(getattr(limits, name)) for name, form in LIMITS.items()}
    told["MAX_FILE_BYTES"] = f"{limits.MAX_FILE_BYTES // 2**20} MB"
    told["MAX_STEP"] = f"2^{limits.MAX_STEP.bit_length() - 1}"
    of_tables = {"MAX_COLUMNS", "MAX_CLASSES", "MAX_TABLE_BYTES"}
    assert told.keys() == {name for name in vars(limits) if name.startswith("MAX_")} - of_tables
    told |= {"MOST_RUNS": str(MOST_RUNS), "MOST_SLOTS": f"{MOST_SLOTS + 1:,}"}
    alone = {name: rf"(?<![\d,.]){re.escape(text)}(?!\d|,\d)" for name, text in told.items()}
    assert [name for name, pattern in alone.items() if not re.search(pattern, PAGE)] == []


def test_the_page_is_of_the_present_version():
    assert PAGE.splitlines()[0].endswith(f"version {files.VERSION}")
    assert [line[0] for line in PAGE.splitlines() if re.match(r"\d\. ", line)] == list("1234")


def test_the_page_is_one_page():
    assert len(PAGE.splitlines()) <= 120


def test_the_example_on_the_page_opens_as_it_stands():
    project = files.decode(EXAMPLE.encode(), "example")
    assert (project.title, project.parameters.tolist()) == ("One weight", [2.0])


@pytest.mark.parametrize("field", json.loads(EXAMPLE))
def test_the_example_on_the_page_is_the_smallest(field):
    content = json.loads(EXAMPLE)
    del content[field]
    with pytest.raises(ValueError, match=r"^example .*\.$"):
        files.decode(json.dumps(content).encode(), "example")


def test_the_order_of_parameters_on_the_page_is_that_of_the_engine():
    places = Network((2, 3, 1), ("tanh", "linear")).places
    assert len(places) == 13
    assert [(place.layer, place.source, place.target) for place in places] == [
        *((1, 0, target) for target in range(3)), *((1, 1, target) for target in range(3)),
        *((1, None, target) for target in range(3)), *((2, source, 0) for source in range(3)), (2, None, 0),
    ]  # fmt: skip
    assert "P = 13: numbers 0\nto 2 lead from input 1" in PAGE
