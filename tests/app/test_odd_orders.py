"""What people do in orders that nobody thought of; all views agree whatever it was."""

import random

import pytest

from gdstudio.app.studio import Studio
from gdstudio.document.edits import set_parameter
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.project import NodeRef, ParameterRef
from gdstudio.engine import LOSSES


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def test_every_starting_point_shows_its_numbers_everywhere(desk):
    for example in EXAMPLES:
        desk.open(example.key).check_screen()
        desk.do("stepAction")
        desk.check_screen()


@pytest.mark.parametrize("wish", ["example-hidden-layer", "undoAction", "newStartAction"])
def test_the_table_marks_the_selected_weight_also_in_another_network(desk, wish):
    desk.open("two-weights").session.add_node(0)
    desk.stage.select(ParameterRef(1))
    desk.session.undo_stack.setClean()
    desk.do(wish)
    assert isinstance(desk.stage.selection, ParameterRef)
    assert desk.window.parameter_table.currentIndex().row() == desk.stage.selection.index


def test_the_shown_example_is_the_chosen_one_also_with_other_data(desk):
    desk.open("xor").stage.show_example(2)
    desk.open("noisy-line").check_screen()


def test_the_mean_over_all_is_still_chosen_with_other_data(desk):
    desk.open("xor").stage.show_example(None)
    desk.open("noisy-line").check_screen()


def test_after_the_mean_over_many_a_single_example_can_be_edited(desk):
    desk.open("penguins").stage.show_example(None)
    desk.open("one-weight")
    desk.window.canvas.edit(NodeRef(0, 0))
    assert desk.message == ""
    assert desk.window.canvas._field.isVisible()


def test_a_field_that_was_open_on_the_canvas_closes_with_its_document(desk):
    desk.open("one-weight").window.canvas.edit(ParameterRef(0))
    assert desk.window.canvas._field.isVisible()
    desk.session.open(set_parameter(load_example("one-weight"), 0, 9.0), None)
    assert not desk.window.canvas._field.isVisible()


def test_a_choice_that_changes_nothing_is_no_change(desk):
    project = desk.open("xor").session.project
    panel = desk.window.control_panel
    panel.descent.loss_requested.emit(project.recipe.loss)
    panel.descent.optimizer_requested.emit(project.recipe.optimizer)
    panel.network.activation_requested.emit(project.network.activations[0])
    panel.descent.batch_requested.emit(project.recipe.batch_size)
    panel.data.scaling_requested.emit(project.data.scaling)
    panel.data.target_requested.emit(project.data.target_names[0])
    desk.window.canvas.parameter_requested.emit(0, float(project.parameters[0]), 0)
    desk.do("resetAction")
    assert [desk.session.undo_stack.text(k) for k in range(desk.session.undo_stack.count())] == []
    assert not desk.window.isWindowModified()


def wishes(desk, chance):
    """Everything that a person can wish for, by name."""
    window = desk.window
    panel = window.control_panel

    def some_parameter():
        return chance.randrange(desk.session.viewed.network.parameter_count)

    def some_layer(extra=0):
        return chance.randrange(len(desk.session.viewed.network.sizes) + extra)

    return {
        **{name: lambda name=name: desk.do(name) for name in (
            "stepAction", "phaseAction", "backAction", "runAction", "resetAction", "newStartAction",
            "undoAction", "redoAction", "fitAction", "zoomInAction",
        )},
        "time": lambda: desk.pass_time(chance.choice((50, 400, 1500))),
        "weight": lambda: desk.type_weight(some_parameter(), chance.choice(("1/3", "−2", "0", "1e-9"))),
        "drag": lambda: window.canvas.parameter_requested.emit(some_parameter(), chance.uniform(-3, 3), 5),
        "lock": lambda: window.canvas.lock_requested.emit(some_parameter(), chance.random() < 0.5),
        "rate": lambda: panel.descent.learning_rate_requested.emit(chance.choice((0.001, 0.01, 0.05, 50.0)), 0),
        "loss": lambda: panel.descent.loss_requested.emit(chance.choice(list(LOSSES))),
        "activation": lambda: panel.network.activation_requested.emit(chance.choice(("tanh", "relu", "linear"))),
        "batch": lambda: panel.descent.batch_requested.emit(chance.choice((None, 1, 3, 1000))),
        "data": lambda: panel.data.data_requested.emit(chance.choice(EXAMPLES).key),
        "scaling": lambda: panel.data.scaling_requested.emit(chance.choice(("none", "standard", "unit"))),
        "target": lambda: panel.data.target_requested.emit(chance.choice(desk.session.viewed.data.column_names)),
        "value": lambda: window.canvas.value_requested.emit(0, chance.uniform(-2, 2)),
        "bias": lambda: window.canvas.bias_requested.emit(chance.random() < 0.5),
        "more nodes": lambda: window.canvas.node_add_requested.emit(some_layer()),
        "fewer nodes": lambda: window.canvas.node_remove_requested.emit(NodeRef(some_layer(), 0)),
        "more layers": lambda: window.canvas.layer_add_requested.emit(some_layer()),
        "fewer layers": lambda: window.canvas.layer_remove_requested.emit(some_layer()),
        "example": lambda: panel.data.example_requested.emit(
            chance.choice((None, *range(min(30, len(desk.session.viewed.data)))))
        ),
        "rename": lambda: window.canvas.rename_requested.emit(NodeRef(some_layer(), 0), chance.choice(("", "R&D"))),
        "select": lambda: desk.stage.select(ParameterRef(some_parameter())),
        "scrub": lambda: window.history_bar.step_requested.emit(chance.randrange(40)),
        "speed": lambda: window.speed_slider.setValue(chance.randrange(11)),
        "motion": lambda: desk.player.set_reduced_motion(chance.random() < 0.5),
        "open": lambda: desk.open(chance.choice(EXAMPLES).key),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_in_whatever_order_things_are_done_all_views_agree(desk, seed):
    chance = random.Random(seed)
    everything = wishes(desk, chance)
    done = []
    for _ in range(70):
        name = chance.choice(list(everything))
        done.append(name)
        everything[name]()
        if not (desk.player.is_running or desk.player.frame.phase is not None):
            try:
                desk.check_screen()
            except AssertionError as error:
                raise AssertionError(f"after {', '.join(done[-6:])}: {error}") from None
    desk.player.set_running(False)
    if desk.player.frame.phase is not None:
        desk.do("backAction")
    desk.session.undo_stack.setIndex(0)
    desk.check_screen()
    desk.session.undo_stack.setIndex(desk.session.undo_stack.count())
    desk.check_screen()
