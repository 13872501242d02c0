"""What version 2 of a file added: how a project descends, what is held out, what made the data."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits, files
from gdstudio.document.datasets import plain_data, with_test_share
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import GENERATORS, usual
from gdstudio.document.project import Project, new_project
from gdstudio.engine import INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES, Network, Recipe, draw_parameters, train

EVERY_OPTIMIZER = pytest.mark.parametrize("optimizer", OPTIMIZERS)


def full(optimizer="adam", batch_size=7, steps=3, **changes):
    """Thirty generated points, eight of them held out, scaled; everything else away from its default, too."""
    options = {"schedule": "exponential", "period": 40, "l1": 0.001, "l2": 1 / 300, "initializer": "uniform"}
    network = Network((1, 4, 1), ("tanh", "linear"))
    recipe = Recipe(network, "huber", optimizer, 1 / 30, None, 5, frozenset({2}), spread=2 / 3, **options | changes)
    data = edits.set_generated(edits.project_for(plain_data("d", [[0.0]], [[0.0]]), "t"), usual("sine")).data
    project = new_project("full", recipe, draw_parameters(network, 5, "uniform", 2 / 3), data)
    project = edits.set_generated(project, replace(usual("sine"), examples=30, noise=1 / 7, seed=9))
    project = edits.set_scaling(edits.set_test_share(project, 0.25), "standard")
    for setting in OPTIMIZERS[optimizer].settings:
        project = edits.set_setting(project, setting.name, 0.7 * setting.default + 0.01 * setting.high)
    return run(edits.set_batch_size(project, batch_size), steps)


def run(project, steps):
    data = project.data
    return edits.descended(project, train(project.recipe, project.state, data.x, data.y, steps).state)


def everything(project: Project):
    """All of a project, arrays as their bits."""
    states = [
        (s.step, s.parameters.tobytes(), *(m.tobytes() for m in s.optimizer)) for s in (project.state, project.start)
    ]
    data = project.data
    arrays = [a.tobytes() for a in (data.raw_x, data.raw_y, data.center, data.scale, data.x, data.y, *data.test)]
    about = data.name, data.input_names, data.target_names, data.scaling, data.held_out, data.generated
    return project.title, project.recipe, project.names, states, arrays, about


def again(project):
    return files.decode(files.encode(project), "f")


SOURCE = json.loads(files.encode(full()))


def changed(*path_and_value):
    """The file with one field set to a value, as bytes."""
    *parents, last, value = path_and_value
    content = json.loads(json.dumps(SOURCE))
    place = content
    for key in parents:
        place = place[key]
    place[last] = value
    return json.dumps(content).encode()


def refused(content: bytes) -> str:
    with pytest.raises(ProjectError) as error:
        files.decode(content, "f.gds")
    text = str(error.value)
    assert text.startswith("f.gds ")
    assert text.endswith(".")
    assert "\n" not in text
    return text


# Round trips


@EVERY_OPTIMIZER
@pytest.mark.parametrize("steps", [0, 3])
def test_a_project_with_everything_comes_back_bit_by_bit(optimizer, steps):
    project = full(optimizer, steps=steps)
    loaded = again(project)
    assert everything(loaded) == everything(project)
    assert files.encode(loaded) == files.encode(project)
    sizes = [len(slot) for slot in loaded.state.optimizer]
    assert sizes == list(OPTIMIZERS[optimizer].slot_sizes(13))
    if optimizer.startswith("adam"):
        assert loaded.state.optimizer[2].tolist() == [float(steps)]
    assert not any(slot.flags.writeable for state in (loaded.state, loaded.start) for slot in state.optimizer)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_every_schedule_and_way_to_draw_comes_back(schedule, initializer):
    project = full(schedule=schedule, initializer=initializer)
    assert everything(again(project)) == everything(project)
    assert edits.new_start(again(project)).parameters.tolist() == edits.new_start(project).parameters.tolist()


@pytest.mark.parametrize("name", GENERATORS)
def test_data_of_every_generator_comes_back_with_its_numbers_and_is_known_as_such(name):
    project = edits.set_generated(full("sgd"), usual(name))
    loaded = again(project)
    assert everything(loaded) == everything(project)
    assert edits.set_generated(loaded, usual(name)) is loaded


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_comes_back_with_its_last_activation(loss):
    project = edits.project_for(plain_data("d", np.ones((2, 2)), [[0.25, 0.75], [1.0, 0.0]]), "t")
    project = run(edits.set_optimizer(edits.set_loss(project, loss), "adam"), 3)
    assert everything(again(project)) == everything(project)


def test_a_constant_start_below_0_comes_back():
    project = edits.set_initializer(full(), "constant", -0.25)
    assert everything(again(project)) == everything(project)


@EVERY_OPTIMIZER
@pytest.mark.parametrize("batch_size", [None, 1, 7])
def test_train_50_save_load_train_50_is_train_100_bit_for_bit(optimizer, batch_size, tmp_path):
    half = full(optimizer, batch_size, 50)
    files.save(half, tmp_path / "half.gds")
    loaded = files.load(tmp_path / "half.gds")
    assert everything(loaded) == everything(half)
    assert everything(run(loaded, 50)) == everything(full(optimizer, batch_size, 100))
    assert edits.reset(loaded).parameters.tobytes() == full(optimizer, batch_size, 0).parameters.tobytes()


@EVERY_OPTIMIZER
def test_a_memory_that_is_not_finite_is_never_written(optimizer, tmp_path):
    project = full(optimizer)
    for slot, memory in enumerate(project.state.optimizer):
        wrong = [*project.state.optimizer]
        wrong[slot] = np.full(len(memory), math.inf)
        with pytest.raises(ProjectError, match=r"not a finite number.*\.$"):
            files.save(replace(project, state=replace(project.state, optimizer=tuple(wrong))), tmp_path / "f.gds")
    assert list(tmp_path.iterdir()) == []


# What is refused

WRONG_TYPES = {
    ("descent", "settings"): [[], "x", 3, None, {"beta_1": "0.9"}, {"beta_1": None}, {"beta_1": [0.9]}],
    ("descent", "schedule"): [3, None, [], {}],
    ("descent", "period"): [1.5, "10", None, True, [10]],
    ("descent", "l1"): ["0.1", None, True, [0.1]],
    ("descent", "l2"): ["0.1", None, True, {}],
    ("descent", "initializer"): [1, None, []],
    ("descent", "spread"): ["1", None, False, [1.0]],
    ("data", "held_out"): [3, "3", None, {}, [1.5], ["1"], [None], [True], [[1]]],
    ("data", "generated"): [[], "sine", 3, {}, {"name": "sine"}, SOURCE["data"]["generated"] | {"surprise": 1}],
}
WRONG_GENERATED = {
    "name": [3, None, "knots", "Sine", ""],
    "examples": [1.5, "30", None, True, 0, -1, 100_001, 10**30, 10**400],
    "noise": ["0.1", None, True, -0.1, 10.5, 1e308],
    "seed": [0.5, "1", None, True, -1, 2**31, 10**30, 10**400],
}
OUT_OF_RANGE = {
    ("descent", "settings"): [
        {"patience": 1.0},
        {"momentum": 0.9},
        {"beta_1": 1.0},
        {"beta_1": -0.1},
        {"beta_2": 1e308},
        {"epsilon": 0.0},
        {"": 0.0},
    ],
    ("descent", "schedule"): ["", "sometimes", "Constant"],
    ("descent", "period"): [0, -1],
    ("descent", "l1"): [-0.1, -1e-300],
    ("descent", "l2"): [-0.1, -5e-324],
    ("descent", "initializer"): ["", "magic", "Auto"],
    ("descent", "spread"): [-0.5],
    ("descent", "batch_size"): [24, 30, 10**30],
    ("descent", "loss"): ["binary_crossentropy", "categorical_crossentropy"],
    ("descent", "optimizer"): ["sgd", "momentum", "rmsprop"],
    ("data", "held_out"): [
        [30],
        [-1],
        [-1, 3],
        [3, 3],
        [4, 3],
        [0, 30],
        [0, 5, 2],
        list(range(30)),
        list(range(31)),
        [10**30],
        [-(10**30)],
    ],
    ("state", "optimizer"): [
        [],
        [[0.0] * 13] * 2,
        [[0.0] * 13] * 3,
        [[0.0] * 13, [0.0] * 13, []],
        [[0.0] * 13, [0.0] * 13, [1.0, 2.0]],
        [[0.0] * 12, [0.0] * 13, [1.0]],
        [[0.0] * 13, [0.0] * 13, [1.0], [1.0]],
        [[0.0] * 13, [0.0] * 13, 1.0],
    ],
    ("start", "optimizer"): [[], [[0.0] * 13, [0.0] * 13, [0.0] * 13]],
}
HOSTILE = [
    *((*path, value) for table in (WRONG_TYPES, OUT_OF_RANGE) for path, values in table.items() for value in values),
    *(("data", "generated", name, value) for name, values in WRONG_GENERATED.items() for value in values),
]


def test_the_file_itself_is_fine():
    assert everything(files.decode(json.dumps(SOURCE).encode(), "f")) == everything(full())


@pytest.mark.parametrize("change", HOSTILE, ids=lambda change: "-".join(map(str, change))[:60])
def test_a_hostile_value_is_refused_with_one_sentence(change):
    assert len(refused(changed(*change))) < 300


NUMBERS = [
    ("descent", "settings", "beta_1"),
    ("descent", "period"),
    ("descent", "l1"),
    ("descent", "l2"),
    ("descent", "spread"),
    ("data", "held_out", 0),
    ("data", "generated", "examples"),
    ("data", "generated", "noise"),
    ("data", "generated", "seed"),
    ("state", "optimizer", 2, 0),
    ("start", "optimizer", 0, 3),
]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "nan", "1.", ""])
@pytest.mark.parametrize("path", NUMBERS, ids=lambda path: ".".join(map(str, path)))
def test_a_number_that_is_not_finite_is_refused_wherever_it_stands(path, literal):
    refused(changed(*path, 123456.75).replace(b"123456.75", literal.encode()))


@pytest.mark.parametrize("loss", ["binary_crossentropy", "categorical_crossentropy"])
@pytest.mark.parametrize("row", [0, 1], ids=["to learn from", "held out"])
def test_a_cross_entropy_with_targets_out_of_range_is_refused(loss, row):
    data = plain_data("d", np.ones((4, 2)), [[0.25, 0.75]] * 4)
    project = edits.set_loss(edits.project_for(with_test_share(data, 0.25, 0), "t"), loss)
    content = json.loads(files.encode(project))
    held_out = content["data"]["held_out"][0]
    place = held_out if row else (held_out + 1) % 4
    content["data"]["targets"][place] = [1.25, -0.25]
    assert "needs targets from 0 to 1" in refused(json.dumps(content).encode())
    content["data"]["targets"][place] = [0.5, 0.75]
    if loss == "categorical_crossentropy":
        assert "sum to 1" in refused(json.dumps(content).encode())
    else:
        files.decode(json.dumps(content).encode(), "f")


@pytest.mark.parametrize("last", ["linear", "softmax", "tanh"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_and_a_last_activation_that_do_not_go_together_are_refused(loss, last):
    taken_with = LOSSES[loss].taken_with
    content = json.loads(changed("descent", "loss", loss))
    content["network"]["activations"][-1] = last
    if taken_with is None and last != "softmax":
        assert files.decode(json.dumps(content).encode(), "f").recipe.loss == loss
    else:
        refused(json.dumps(content).encode())


@pytest.mark.parametrize("key", ["period", "seed", "batch_size"])
def test_a_whole_number_of_400_digits_is_refused_or_can_be_used(key):
    usable(changed("descent", key, 10**400))


def test_a_step_of_400_digits_is_refused_or_can_be_gone_on_from():
    usable(changed("state", "step", 10**400))


@pytest.mark.parametrize("spread", [1e300, 1.7e308])
@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_a_spread_of_any_size_is_refused_or_a_new_start_can_be_saved(spread, initializer):
    content = json.loads(changed("descent", "spread", spread))
    content["descent"]["initializer"] = initializer
    try:
        project = edits.new_start(files.decode(json.dumps(content).encode(), "f"))
    except ProjectError as error:
        assert str(error).endswith(".")
        return
    assert files.encode(project)


def usable(content: bytes) -> None:
    """Either one sentence, or a project that can be trained, saved and opened again."""
    try:
        project = files.decode(content, "f.gds")
    except ProjectError as error:
        assert str(error).endswith(".")
        return
    assert everything(again(run(project, 2))) == everything(run(project, 2))
