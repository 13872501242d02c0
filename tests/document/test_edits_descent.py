"""Edits of how a project descends: optimizer, its settings, schedule, penalties, starts."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits, files
from gdstudio.document.datasets import plain_data
from gdstudio.document.errors import ProjectError
from gdstudio.document.project import NodeRef, new_project
from gdstudio.engine import INITIALIZERS, OPTIMIZERS, SCHEDULES, Network, Place, Recipe, draw_parameters, train

RANDOM = np.random.default_rng(2)
DATA = plain_data("nine", RANDOM.normal(size=(9, 2)), RANDOM.normal(size=(9, 1)))
SETTINGS = [(optimizer, setting) for optimizer, row in OPTIMIZERS.items() for setting in row.settings]
EVERY_SETTING = pytest.mark.parametrize(
    ("optimizer", "setting"), SETTINGS, ids=[f"{optimizer}-{setting.name}" for optimizer, setting in SETTINGS]
)


def running(optimizer="sgd", steps=5, **options):
    """2-3-1 with tanh, two locks, some steps on."""
    network = Network((2, 3, 1), ("tanh", "linear"))
    recipe = Recipe(network, optimizer=optimizer, batch_size=4, seed=4, locked=frozenset({1, 9}), **options)
    project = new_project("nine", recipe, draw_parameters(network, 4), DATA)
    return edits.descended(project, train(recipe, project.state, DATA.x, DATA.y, steps).state)


def refused(edit, project):
    """The sentence with which an edit is refused; the project is as it was."""
    before = files.encode(project)
    with pytest.raises(ProjectError, match=r"^[A-Z].*\.$") as error:
        edit(project)
    assert files.encode(project) == before
    return str(error.value)


EDITS = {
    "set_setting": (lambda p: edits.set_setting(p, "beta_1", 0.5), {"recipe"}),
    "set_schedule": (lambda p: edits.set_schedule(p, "cosine"), {"recipe"}),
    "set_period": (lambda p: edits.set_period(p, 7), {"recipe"}),
    "set_penalty l1": (lambda p: edits.set_penalty(p, "l1", 0.1), {"recipe"}),
    "set_penalty l2": (lambda p: edits.set_penalty(p, "l2", 0.1), {"recipe"}),
    "set_optimizer": (lambda p: edits.set_optimizer(p, "momentum"), {"recipe", "state", "start"}),
    "set_initializer": (lambda p: edits.set_initializer(p, "normal"), {"recipe", "state", "start"}),
    "set_initializer with its spread": (
        lambda p: edits.set_initializer(p, "uniform", 2.0),
        {"recipe", "state", "start"},
    ),
    "set_test_share": (lambda p: edits.set_test_share(p, 0.5), {"recipe", "data", "state"}),
}


@pytest.mark.parametrize(("edit", "touched"), EDITS.values(), ids=EDITS)
def test_an_edit_leaves_the_old_project_as_it_was_and_done_again_changes_nothing(edit, touched):
    old = running("adam")
    parts = ("title", "recipe", "state", "start", "data", "names")
    before = files.encode(old)
    new = edit(old)
    assert files.encode(old) == before
    assert {name for name in parts if getattr(new, name) is not getattr(old, name)} <= touched
    assert files.encode(new) != before
    assert files.encode(files.decode(files.encode(new), "new")) == files.encode(new)
    assert edit(new) is new


# Settings


@EVERY_SETTING
@pytest.mark.parametrize("end", ["low", "high"])
def test_a_setting_is_set_exactly_and_the_memory_stays(optimizer, setting, end):
    old = running(optimizer)
    value = getattr(setting, end)
    new = edits.set_setting(old, setting.name, value)
    assert dict(new.recipe.settings) == {**dict(old.recipe.settings), setting.name: value}
    assert new.state is old.state
    assert new.start is old.start


@EVERY_SETTING
def test_a_setting_out_of_range_is_refused_and_both_are_named(optimizer, setting):
    label, old = OPTIMIZERS[optimizer].label, running(optimizer)
    above, below = math.nextafter(setting.high, math.inf), math.nextafter(setting.low, -math.inf)
    for value in (above, below, setting.high + 1, -1.0, math.nan, math.inf, -math.inf):
        said = refused(lambda p, value=value: edits.set_setting(p, setting.name, value), old)
        low = f"{setting.low:g}".replace("-", "−")
        assert said.startswith(f"{setting.label} of {label} goes from {low} to {setting.high:g}; ")
        assert said.endswith(" is outside.")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_setting_that_an_optimizer_does_not_have_is_refused(optimizer):
    said = refused(lambda p: edits.set_setting(p, "patience", 0.5), running(optimizer))
    assert said == f"{OPTIMIZERS[optimizer].label} has no setting 'patience'."


def test_a_setting_is_used_from_the_next_step_on_with_the_old_memory():
    old = running("momentum")
    new = edits.set_setting(old, "momentum", 0.25)
    after = train(new.recipe, new.state, DATA.x, DATA.y, 1).state
    whole = train(old.recipe, old.state, DATA.x, DATA.y, 1).state
    velocity, faster = after.optimizer[0], whole.optimizer[0]
    assert faster - velocity == pytest.approx((0.9 - 0.25) * old.state.optimizer[0])
    assert np.abs(faster - velocity).max() > 1e-3


# Optimizers


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("before", OPTIMIZERS)
def test_another_optimizer_begins_with_its_usual_settings_and_an_empty_memory(before, optimizer):
    old = running(before)
    for setting in OPTIMIZERS[before].settings:
        old = edits.set_setting(old, setting.name, setting.low)
    new = edits.set_optimizer(old, optimizer)
    if before == optimizer:
        assert new is old
        return
    assert dict(new.recipe.settings) == OPTIMIZERS[optimizer].defaults()
    assert [len(slot) for slot in new.state.optimizer] == list(OPTIMIZERS[optimizer].slot_sizes(13))
    assert not any(slot.any() for state in (new.state, new.start) for slot in state.optimizer)
    assert (new.state.step, new.start.step) == (5, 0)
    assert new.parameters is old.parameters
    assert replace(new.recipe, optimizer=before, settings=old.recipe.settings) == old.recipe
    assert edits.reset(new).parameters.tobytes() == old.start.parameters.tobytes()
    train(edits.reset(new).recipe, edits.reset(new).state, DATA.x, DATA.y, 2)


def test_a_memory_is_not_returned_to_after_a_detour():
    old = running("adam")
    back = edits.set_optimizer(edits.set_optimizer(old, "sgd"), "adam")
    assert [slot.tolist() for slot in back.state.optimizer] == [[0.0] * 13, [0.0] * 13, [0.0]]
    assert old.state.optimizer[2].tolist() == [5.0]


# Schedules and penalties


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_counts_from_the_step_where_the_run_stands_and_keeps_it(schedule):
    old = running()
    new = edits.set_period(edits.set_schedule(old, schedule), 10)
    assert (new.recipe.schedule, new.recipe.period) == (schedule, 10)
    assert new.state is old.state
    rate = old.recipe.learning_rate * SCHEDULES[schedule].factor(0.5)
    gradient = (train(old.recipe, old.state, DATA.x, DATA.y, 1).state.parameters - old.parameters) / -0.01
    moved = train(new.recipe, new.state, DATA.x, DATA.y, 1).state.parameters - old.parameters
    assert moved == pytest.approx(-rate * gradient, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("period", [1, 2, 10**6])
def test_a_period_is_a_whole_number_of_steps(period):
    assert edits.set_period(running(), period).recipe.period == period


@pytest.mark.parametrize("weight", [0.0, 1e-12, 0.5, 1e3])
@pytest.mark.parametrize("name", ["l1", "l2"])
def test_a_penalty_is_set_exactly_and_the_other_stays(name, weight):
    old = running(l1=0.25, l2=0.125)
    new = edits.set_penalty(old, name, weight)
    expected = {"l1": 0.25, "l2": 0.125} | {name: weight}
    assert {"l1": new.recipe.l1, "l2": new.recipe.l2} == expected
    assert new.state is old.state


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda p: edits.set_schedule(p, "sometimes"), "The schedule 'sometimes' is not known"),
        (lambda p: edits.set_period(p, 0), "period must be at least one step, not 0"),
        (lambda p: edits.set_period(p, -5), "period must be at least one step, not −5"),
        (lambda p: edits.set_penalty(p, "l1", -0.1), "L1 penalty must be 0 or a number above it, not −0.1"),
        (lambda p: edits.set_penalty(p, "l2", -1e-9), "L2 penalty must be 0 or a number above it"),
        (lambda p: edits.set_penalty(p, "l1", math.nan), "L1 penalty"),
        (lambda p: edits.set_penalty(p, "l2", math.inf), "L2 penalty"),
        (lambda p: edits.set_initializer(p, "magic"), "The initializer 'magic' is not known"),
        (lambda p: edits.set_initializer(p, "normal", -0.1), "spread of a normal start must be 0 or more"),
        (lambda p: edits.set_initializer(p, "uniform", -0.1), "spread of a uniform start must be 0 or more"),
        (lambda p: edits.set_initializer(p, "constant", math.nan), "spread of a start must be a finite number"),
        (lambda p: edits.set_initializer(p, "constant", math.inf), "spread of a start must be a finite number"),
        (lambda p: edits.set_initializer(edits.set_initializer(p, "constant", -2.0), "normal"), "must be 0 or more"),
    ],
    ids=range(13),
)
def test_what_is_out_of_range_is_refused_by_its_name(edit, said):
    assert said in refused(edit, running())


# Starts


@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_another_way_to_draw_draws_from_the_same_seed_and_locked_weights_stay(initializer):
    old = edits.set_parameter(running(initializer="zeros"), 1, 7.5)
    new = edits.set_initializer(old, initializer, 0.75)
    assert (new.recipe.seed, new.recipe.initializer, new.recipe.spread) == (4, initializer, 0.75)
    drawn = draw_parameters(old.network, 4, initializer, 0.75).copy()
    drawn[[1, 9]] = old.parameters[[1, 9]]
    assert new.parameters.tolist() == drawn.tolist()
    assert new.parameters[1] == 7.5
    assert new.state is new.start
    assert new.state.step == 0
    assert not new.parameters.flags.writeable


def test_another_way_to_draw_keeps_the_spread_that_was_typed_and_empties_the_memory():
    old = edits.set_initializer(running("adam"), "normal", 0.1)
    old = edits.descended(old, train(old.recipe, old.state, DATA.x, DATA.y, 3).state)
    new = edits.set_initializer(old, "uniform")
    assert new.recipe.spread == 0.1
    assert not any(slot.any() for slot in new.state.optimizer)
    assert edits.set_initializer(new, "uniform") is new
    assert edits.set_initializer(new, "uniform", 0.1) is new


def test_a_new_start_is_drawn_in_the_chosen_way():
    old = edits.set_initializer(running(), "uniform", 3.0)
    new = edits.new_start(old)
    drawn = draw_parameters(old.network, 5, "uniform", 3.0).copy()
    drawn[[1, 9]] = old.parameters[[1, 9]]
    assert new.parameters.tolist() == drawn.tolist()


@pytest.mark.parametrize("initializer", INITIALIZERS)
@pytest.mark.parametrize("spread", [0.0, 1e-300, 1e150, 1e308])
def test_a_start_of_any_spread_is_finite_or_refused(initializer, spread):
    """What is not finite could never be saved."""
    old = edits.project_for(plain_data("wide", np.ones((1, 60)), [[1.0]]), "t")
    try:
        new = edits.set_initializer(old, initializer, spread)
    except ProjectError as error:
        assert str(error).endswith(".")
    else:
        assert np.isfinite(new.parameters).all()


@pytest.mark.parametrize(
    "edit",
    [lambda p: edits.add_node(p, 1), lambda p: edits.add_layer(p, 1), lambda p: edits.add_node(p, 0)]
    + [lambda p: edits.remove_layer(p, 1), lambda p: edits.add_node(p, 2)],
    ids=["+hidden", "+layer", "+input", "-layer", "+output"],
)
def test_new_weights_are_drawn_in_the_chosen_way_and_new_biases_are_0(edit):
    old = edits.set_initializer(running(), "constant", 0.375)
    old = edits.descended(old, train(old.recipe, old.state, DATA.x, DATA.y, 3).state)
    old_values = set(old.parameters.tolist())
    new = edit(old)
    fresh = [i for i, value in enumerate(new.parameters.tolist()) if value not in old_values]
    assert fresh
    for index in fresh:
        assert new.parameters[index] == (0.0 if new.network.places[index].source is None else 0.375)
    assert (new.recipe.initializer, new.recipe.spread) == ("constant", 0.375)


def test_a_weight_into_a_new_node_comes_from_the_chosen_draw_and_the_others_stay():
    old = edits.set_initializer(running(), "normal", 2.0)
    new = edits.add_node(old, 1)
    drawn = draw_parameters(new.network, 4, "normal", 2.0)
    for source in (0, 1):
        index = new.network.index(Place(1, source, 3))
        assert new.parameters[index] == drawn[index]
        kept = new.network.index(Place(1, source, 0))
        assert new.parameters[kept] == old.parameters[old.network.index(Place(1, source, 0))]


# What an edit of the network's shape leaves alone


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: edits.add_node(p, 1),
        lambda p: edits.remove_node(p, NodeRef(1, 0)),
        lambda p: edits.set_bias(p, False),
        lambda p: edits.set_data(p, plain_data("wide", np.ones((9, 4)), np.ones((9, 1)))),
    ],
    ids=["+node", "-node", "-bias", "other columns"],
)
def test_a_change_of_shape_keeps_how_to_descend_and_empties_the_memory(edit):
    options = {"schedule": "inverse", "period": 33, "l1": 0.01, "l2": 0.02, "initializer": "he", "spread": 0.75}
    old = edits.set_setting(running("adam", **options), "beta_2", 0.75)
    new = edit(old)
    kept = replace(new.recipe, network=old.network, locked=old.recipe.locked)
    assert kept == old.recipe
    assert [len(slot) for slot in new.state.optimizer] == [new.network.parameter_count] * 2 + [1]
    assert not any(slot.any() for slot in new.state.optimizer)
    train(new.recipe, new.state, new.data.x, new.data.y, 2)
