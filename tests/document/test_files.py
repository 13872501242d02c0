"""Files: what is in a project comes back bit by bit, and whatever else a file holds is refused with a sentence."""

import json
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.document import edits, files
from gdstudio.document.datasets import plain_data
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.limits import MAX_FILE_BYTES, MAX_LAYERS, MAX_NODES, MAX_SEED
from gdstudio.document.project import NodeRef, Project, new_project
from gdstudio.document.schema import DocumentFile
from gdstudio.engine import Network, Recipe, draw_parameters, train

FUZZ = settings(derandomize=True, deadline=None, max_examples=400, database=None)


def trained(steps=0):
    """A project with everything in it: mini-batches, locks, names, scaled data."""
    random = np.random.default_rng(8)
    data = plain_data("Größen", random.normal(0, 1, (10, 2)), random.normal(0, 1, (10, 1)))
    network = Network((2, 3, 1), ("tanh", "linear"))
    recipe = Recipe(network, learning_rate=1 / 28, batch_size=4, seed=3, locked=frozenset({0, 9}))
    project = edits.set_scaling(new_project("Ein “Titel”", recipe, draw_parameters(network, 3), data), "standard")
    project = edits.rename_node(project, NodeRef(1, 0), "edge → 1")
    return run(project, steps)


def run(project, steps):
    return edits.descended(project, train(project.recipe, project.state, project.data.x, project.data.y, steps).state)


def same_bits(one: Project, other: Project) -> bool:
    def every(p):
        states = [(s.step, s.parameters.tobytes(), *(m.tobytes() for m in s.optimizer)) for s in (p.state, p.start)]
        d = p.data
        arrays = [a.tobytes() for a in (d.raw_x, d.raw_y, d.center, d.scale, d.x, d.y)]
        return p.title, p.recipe, states, d.name, d.column_names, d.scaling, arrays, p.names

    return every(one) == every(other)


SOURCE = json.loads(files.encode(trained(2)))
BYTES = files.encode(trained(2))


def changed(path, value):
    """The file with one field set to ``value`` (or taken away: ``...``), as bytes."""
    content = json.loads(json.dumps(SOURCE))
    *parents, last = path
    place = content
    for key in parents:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(content).encode()


# Round trips


@pytest.mark.parametrize("key", [example.key for example in EXAMPLES])
def test_every_starting_point_comes_back_bit_by_bit(key, tmp_path):
    project = load_example(key)
    files.save(project, tmp_path / "a.gds")
    assert same_bits(files.load(tmp_path / "a.gds"), project)
    files.save(files.load(tmp_path / "a.gds"), tmp_path / "b.gds")
    assert (tmp_path / "a.gds").read_bytes() == (tmp_path / "b.gds").read_bytes()


def test_train_50_save_load_train_50_equals_train_100_bit_for_bit(tmp_path):
    half = trained(50)
    files.save(half, tmp_path / "half.gds")
    loaded = files.load(tmp_path / "half.gds")
    assert same_bits(loaded, half)
    assert same_bits(run(loaded, 50), trained(100))
    assert edits.reset(loaded).parameters.tobytes() == trained().parameters.tobytes()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=13, max_size=13))
@FUZZ
def test_any_finite_weights_come_back_bit_by_bit(values):
    project = trained()
    for index, value in enumerate(values):
        project = edits.set_parameter(project, index, value)
    assert same_bits(files.decode(files.encode(project), "f"), project)


@given(st.text(max_size=100))
@FUZZ
def test_any_name_comes_back_as_it_stands_in_the_project(name):
    try:
        project = edits.rename_node(trained(), NodeRef(1, 1), name)
    except ProjectError:
        assert len(name) > 80
        return
    assert same_bits(files.decode(files.encode(project), "f"), project)


def test_a_loaded_project_can_not_be_changed():
    project = files.decode(BYTES, "f")
    data = project.data
    arrays = (project.parameters, project.start.parameters, data.raw_x, data.raw_y, data.center, data.scale, data.x)
    assert not any(array.flags.writeable for array in arrays)


def test_weights_that_are_not_finite_are_never_written(tmp_path):
    project = trained()
    broken = replace(project, state=replace(project.state, parameters=np.full(13, np.nan)))
    with pytest.raises(ProjectError, match=r"not a finite number.*\.$"):
        files.save(broken, tmp_path / "broken.gds")
    assert list(tmp_path.iterdir()) == []


# What is refused


def leaves(value, path=()):
    items = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from leaves(inner, (*path, key))


PATHS = sorted(set(leaves(SOURCE)), key=str)
FIELDS = [path for path in PATHS if isinstance(path[-1], str)]
OPTIONAL = {
    ("runs",): [],
    ("view",): None,
    ("descent", "settings"): {},
    ("descent", "schedule"): "constant",
    ("descent", "period"): 1000,
    ("descent", "l1"): 0.0,
    ("descent", "l2"): 0.0,
    ("descent", "initializer"): "auto",
    ("descent", "spread"): 0.5,
    ("descent", "one_at_a_time"): False,
    ("data", "held_out"): [],
    ("data", "generated"): None,
}


def refused(content: bytes) -> str:
    with pytest.raises(ProjectError) as error:
        files.decode(content, "f.gds")
    text = str(error.value)
    assert text.startswith("f.gds ")
    assert text.endswith(".")
    assert "\n" not in text
    return text


@pytest.mark.parametrize("path", [path for path in FIELDS if path not in OPTIONAL], ids=".".join)
def test_a_missing_field_is_refused(path):
    refused(changed(path, ...))


@pytest.mark.parametrize("path", OPTIONAL, ids=".".join)
def test_a_field_that_came_after_version_1_may_be_missing_and_has_its_default(path):
    *groups, name = path
    assert path in FIELDS
    place = json.loads(files.encode(files.decode(changed(path, ...), "f")))
    for group in groups:
        place = place[group]
    assert place[name] == OPTIONAL[path]


def test_a_file_of_version_1_opens_and_is_saved_as_the_newest():
    content = json.loads(changed(("version",), 1))
    for *groups, name in OPTIONAL:
        place = content
        for group in groups:
            place = place[group]
        del place[name]
    project = files.decode(json.dumps(content).encode(), "f")
    assert same_bits(project, trained(2))
    assert files.encode(project) == BYTES


def test_a_file_of_version_3_opens_without_runs_and_view_and_is_saved_as_the_newest():
    content = json.loads(changed(("version",), 3))
    del content["runs"], content["view"]
    document = files.decode_document(json.dumps(content).encode(), "f")
    assert (document.runs, document.view) == ((), None)
    assert files.encode(document) == BYTES


def test_a_file_of_version_2_opens_moves_all_at_once_and_is_saved_as_the_newest():
    content = json.loads(changed(("version",), 2))
    del content["descent"]["one_at_a_time"]
    project = files.decode(json.dumps(content).encode(), "f")
    assert same_bits(project, trained(2))
    assert project.recipe.one_at_a_time is False
    assert files.encode(project) == BYTES


@pytest.mark.parametrize("path", [(), ("network",), ("descent",), ("state",), ("start",), ("data",)], ids=str)
def test_an_unknown_field_is_refused_by_name(path):
    assert "surprise" in refused(changed((*path, "surprise"), 1))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)))
def test_a_value_of_the_wrong_type_is_refused(path):
    place = SOURCE
    for key in path:
        place = place[key]
    wrong = [{"a": 1}, True if not isinstance(place, bool) else 1, [[[]]]]
    if path not in (("descent", "batch_size"), ("data", "generated"), ("view",)):
        wrong.append(None)
    wrong.append(3 if isinstance(place, str) else "3")
    for value in wrong:
        refused(changed(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 0),
        (("version",), -1),
        (("format",), "other"),
        (("network", "sizes"), []),
        (("network", "sizes"), [2]),
        (("network", "sizes"), [2, 0, 1]),
        (("network", "sizes"), [2, -3, 1]),
        (("network", "sizes"), [2, 4, 1]),
        (("network", "sizes"), [2, MAX_NODES + 1, 1]),
        (("network", "sizes"), [2, 10**30, 1]),
        (("network", "sizes"), [2] * (MAX_LAYERS + 1)),
        (("network", "sizes"), [1] * 1_000_000),
        (("network", "sizes"), [MAX_NODES] * MAX_LAYERS),
        (("network", "activations"), []),
        (("network", "activations"), ["tanh", "cube"]),
        (("network", "names"), []),
        (("network", "names", 0), ["a"]),
        (("network", "names", 0, 0), "x" * 81),
        (("network", "bias"), False),
        (("descent", "loss"), "cubic"),
        (("descent", "optimizer"), "magic"),
        (("descent", "learning_rate"), 0.0),
        (("descent", "learning_rate"), -0.5),
        (("descent", "batch_size"), 0),
        (("descent", "batch_size"), -4),
        (("descent", "batch_size"), 2.5),
        (("descent", "seed"), -1),
        (("descent", "seed"), MAX_SEED + 1),
        (("descent", "seed"), 10**40),
        (("descent", "locked"), [13]),
        (("descent", "locked"), [-1]),
        (("state", "step"), -1),
        (("state", "step"), 1.5),
        (("state", "parameters"), []),
        (("state", "parameters"), [0.0] * 14),
        (("state", "optimizer"), [[0.0] * 13]),
        (("start", "parameters"), [0.0] * 12),
        (("data", "inputs"), []),
        (("data", "inputs"), [[1.0, 2.0]]),
        (("data", "inputs", 0), [1.0]),
        (("data", "inputs", 0), [1.0, 2.0, 3.0]),
        (("data", "targets", 0), []),
        (("data", "input_names"), ["a"]),
        (("data", "target_names"), []),
        (("data", "scaling"), "magic"),
        (("data", "center"), [0.0]),
        (("data", "scale"), [1.0, 1.0]),
        (("data", "scale"), [1.0, 0.0, 1.0]),
        (("data", "scale"), [1.0, -1.0, 1.0]),
        (("title",), "x" * 81),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_value_that_can_not_be_is_refused_with_a_sentence(path, value):
    assert len(refused(changed(path, value))) < 300


@pytest.mark.parametrize(
    "literal", ["null", "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" * 400, "nan", "1.", ""]
)
@pytest.mark.parametrize(
    "path",
    [
        ("state", "parameters", 1),
        ("start", "parameters", 1),
        ("data", "inputs", 0, 1),
        ("data", "targets", 1, 0),
        ("data", "center", 0),
        ("data", "scale", 0),
        ("descent", "learning_rate"),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_a_number_that_is_not_finite_is_refused_wherever_it_stands(path, literal):
    refused(changed(path, 123456.75).replace(b"123456.75", literal.encode()))


def test_scaling_numbers_that_make_infinite_data_are_refused():
    content = json.loads(changed(("data", "scale"), [1e-308] * 3))
    content["data"]["inputs"][0] = [1e300, 1e300]
    refused(json.dumps(content).encode())


def test_a_newer_file_says_that_the_studio_is_too_old():
    assert files.VERSION == 4
    assert "newer studio (file version 5)" in refused(changed(("version",), 5))
    newer = json.loads(changed(("version",), 7)) | {"surprise": 1}
    assert "newer studio (file version 7)" in refused(json.dumps(newer).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"PK\x03\x04 a zip",
        b"\xff\xfe\x00\x00",
        b'{"format": "other", "version": 1}',
        b"{}",
        b"[]",
        b"null",
        b'"gdstudio"',
        b"1,2,3\n4,5,6\n",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"format": "gdstudio", "version": 1, "title": ' + b"[" * 200_000,
        b'{"format": "gdstudio", "version": 1, "title": "\\ud800"}',
        b'{"format": "gdstudio", "version": 1, "title": "\xff"}',
        b'{"format": "gdstudio", "version": 1' + b"0" * 5000 + b"}",
        BYTES + b"x",
        b"\xef\xbb\xbf" + BYTES[:-3],
    ],
    ids=range(18),
)
def test_a_foreign_file_is_refused_with_a_sentence(content):
    refused(content)


def test_a_file_that_was_cut_anywhere_is_refused():
    text = BYTES.rstrip()
    for end in range(0, len(text), 7):
        refused(text[:end])


def usable(content: bytes) -> None:
    """Either one sentence, or a project that holds together: it can be trained, saved and opened again."""
    try:
        project = files.decode(content, "f.gds")
    except ProjectError as error:
        assert str(error).startswith("f.gds ")
        assert str(error).endswith(".")
        return
    data, network = project.data, project.network
    assert data.x.shape == (len(data), network.sizes[0])
    assert data.y.shape == (len(data), network.sizes[-1])
    for state in (project.state, project.start):
        assert state.parameters.shape == (network.parameter_count,)
        assert np.isfinite(state.parameters).all()
        assert state.step >= 0
    train(project.recipe, project.state, data.x, data.y, 1)
    assert same_bits(files.decode(files.encode(project), "again"), project)


@given(st.lists(st.tuples(st.integers(0, len(BYTES) - 1), st.sampled_from("xid"), st.integers(0, 255)), max_size=4))
@FUZZ
def test_a_file_with_damaged_bytes_is_refused_or_whole(damage):
    content = bytearray(BYTES)
    for position, how, byte in damage:
        end = position + (how != "i")
        content[position:end] = b"" if how == "d" else bytes([byte])
    usable(bytes(content))


ODD = [
    -1,
    0,
    1,
    2,
    3,
    2**31,
    2**63,
    2**64,
    10**40,
    -0.5,
    0.0,
    1e-320,
    1e308,
    -1e308,
    "",
    "x",
    "tanh",
    "unit",
    [],
    [0],
    {},
]


@given(st.sampled_from(PATHS), st.sampled_from([*ODD, None, True, "\n<b>\u202e", [1.0] * 13, ["tanh", "relu"]]))
@FUZZ
def test_a_file_with_an_odd_value_anywhere_is_refused_or_whole(path, value):
    usable(changed(path, value))


def test_reset_in_a_file_returns_to_step_0():
    try:
        project = files.decode(changed(("start", "step"), 5), "f.gds")
    except ProjectError:
        return
    assert edits.reset(project).state.step == 0


def test_a_file_that_is_too_large_a_folder_or_missing_is_refused_before_it_is_read(tmp_path):
    large = tmp_path / "large.gds"
    with large.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(ProjectError, match=r"^large\.gds is larger than 256 MB"):
        files.load(large)
    with pytest.raises(ProjectError, match=r"is a folder"):
        files.load(tmp_path)
    with pytest.raises(ProjectError, match=r"^none\.gds does not exist in "):
        files.load(tmp_path / "none.gds")
    with pytest.raises(ProjectError, match=r"can't be read"):
        files.load(large / "inside.gds")


def test_what_is_written_is_what_the_schema_says():
    assert msgspec.json.decode(BYTES, type=DocumentFile).version == files.VERSION
    assert SOURCE["format"] == "gdstudio"
    assert SOURCE["descent"]["learning_rate"] == 1 / 28
