"""Who hears whom: each wish of the window reaches the session, each fact reaches every view."""

import ast
import inspect

import pytest
from PySide6.QtCore import Qt

from gdstudio.app import wiring
from gdstudio.app.studio import Studio
from gdstudio.document.generators import usual
from gdstudio.document.numbers import exact, shown
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.session.speeds import SPEEDS
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.models.parameter_table import LOCKED, VALUE


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def test_connections_are_lists_without_an_if():
    """A loop over views that stand there in full is such a list."""
    nodes = list(ast.walk(ast.parse(inspect.getsource(wiring))))
    assert [node for node in nodes if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Match | ast.Try)] == []
    for loop in (node for node in nodes if isinstance(node, ast.For)):
        assert isinstance(loop.iter, ast.Tuple)
        (call,) = loop.body
        assert ".connect(" in ast.unparse(call)


EDITS = {
    "a typed weight": lambda desk: desk.type_weight(1, "0.3333333333333333"),
    "a dragged weight": lambda desk: desk.window.canvas.parameter_requested.emit(2, -1.25, 1),
    "an input": lambda desk: desk.window.canvas.value_requested.emit(0, 2.5),
    "a target": lambda desk: desk.window.canvas.value_requested.emit(2, -7.0),
    "a lock": lambda desk: desk.window.canvas.lock_requested.emit(0, True),
    "biases": lambda desk: desk.window.canvas.bias_requested.emit(True),
    "an activation": lambda desk: desk.window.canvas.activation_requested.emit(1, "tanh"),
    "all activations": lambda desk: desk.window.control_panel.network.activation_requested.emit("tanh"),
    "a name": lambda desk: desk.window.canvas.rename_requested.emit(NodeRef(1, 0), "edge"),
    "a new node": lambda desk: desk.window.canvas.node_add_requested.emit(1),
    "a new input": lambda desk: desk.window.canvas.node_add_requested.emit(0),
    "a node less": lambda desk: desk.window.canvas.node_remove_requested.emit(NodeRef(1, 0)),
    "a new layer": lambda desk: desk.window.canvas.layer_add_requested.emit(1),
    "a layer less": lambda desk: desk.window.canvas.layer_remove_requested.emit(1),
    "a rate": lambda desk: desk.window.control_panel.descent.learning_rate_requested.emit(0.0123456789, 0),
    "a loss": lambda desk: desk.window.control_panel.descent.loss_requested.emit("huber"),
    "an optimizer": lambda desk: desk.window.control_panel.descent.optimizer_requested.emit("adam"),
    "a schedule": lambda desk: desk.window.control_panel.descent.schedule_requested.emit("cosine"),
    "a period": lambda desk: desk.window.control_panel.descent.period_requested.emit(50),
    "a penalty": lambda desk: desk.window.control_panel.descent.penalty_requested.emit("l2", 0.125),
    "a last activation": lambda desk: desk.window.control_panel.network.last_activation_requested.emit("tanh"),
    "an initializer": lambda desk: desk.window.control_panel.network.initializer_requested.emit("zeros"),
    "data made to order": lambda desk: desk.window.control_panel.data.generated_requested.emit(usual("moons")),
    "other data": lambda desk: desk.window.control_panel.data.data_requested.emit("xor"),
    "reset": lambda desk: desk.do("resetAction"),
    "a new start": lambda desk: desk.do("newStartAction"),
    "a step": lambda desk: desk.do("stepAction"),
    "the step before": lambda desk: desk.do("backAction"),
    "an undo": lambda desk: desk.do("undoAction"),
}


@pytest.mark.parametrize("name", EDITS)
def test_after_an_edit_no_view_keeps_old_numbers_and_undo_brings_them_back(desk, name):
    desk.do("stepAction", "stepAction", "stepAction")
    before, viewed, count = desk.session.project, desk.session.viewed, desk.session.undo_stack.index()
    EDITS[name](desk)
    after = desk.session.project
    assert desk.session.viewed is not viewed
    assert desk.player.frame.picture.project is desk.session.viewed
    desk.check_screen()
    if name not in ("the step before", "an undo"):
        assert desk.session.undo_stack.index() == count + 1
        desk.do("undoAction")
        assert desk.session.project is before
        desk.check_screen()
        desk.do("redoAction")
        assert desk.session.project is after
        desk.check_screen()


def test_an_edit_keeps_all_digits_that_were_typed(desk):
    for text in ("0.1", "1e−300", "0.30000000000000004", "−123456789.12345678"):
        desk.type_weight(0, text)
        assert desk.column(VALUE)[0] == text
    desk.window.control_panel.descent.rate_field.setText("1/28")
    desk.window.control_panel.descent.rate_field.commit()
    assert desk.session.project.recipe.learning_rate == 1 / 28


@pytest.mark.parametrize(
    "wish",
    [
        lambda desk: desk.type_weight(0, "twelve"),
        lambda desk: desk.type_weight(0, "1e999"),
        lambda desk: desk.window.control_panel.descent.learning_rate_requested.emit(99.0, 0),
        lambda desk: desk.window.control_panel.descent.batch_requested.emit(99),
        lambda desk: desk.window.control_panel.data.target_requested.emit("nothing"),
        lambda desk: desk.window.canvas.layer_remove_requested.emit(0),
        lambda desk: desk.window.canvas.layer_add_requested.emit(2),
        lambda desk: desk.window.canvas.rename_requested.emit(NodeRef(0, 0), "x" * 200),
        lambda desk: desk.window.canvas.edit(NodeRef(1, 0)),
    ],
)
def test_what_can_not_be_done_is_said_in_one_sentence_and_changes_nothing(desk, wish):
    before, count = desk.session.project, desk.session.undo_stack.count()
    wish(desk)
    assert desk.message.endswith(".")
    assert "\n" not in desk.message
    assert desk.session.project is before
    assert desk.session.undo_stack.count() == count
    desk.check_screen()
    desk.do("stepAction")
    assert desk.message == ""


# Selection and the shown example.


@pytest.mark.parametrize("ref", [ParameterRef(4), NodeRef(1, 1), TargetRef(0), None])
def test_a_selection_on_the_canvas_reaches_the_others(desk, ref):
    desk.window.canvas.selection_requested.emit(ref)
    assert desk.stage.selection == ref
    table = desk.window.parameter_table
    rows = [index.row() for index in table.selectionModel().selectedRows()]
    assert rows == ([ref.index] if isinstance(ref, ParameterRef) else [])
    desk.check_screen()


def test_a_row_of_the_table_selects_its_weight_everywhere(desk):
    desk.window.parameter_table.selectRow(3)
    assert desk.stage.selection == ParameterRef(3)
    assert desk.window.slope_panel.slope_label.text() == "24.0"
    desk.check_screen()


def test_a_factor_leads_to_the_node_behind_it(desk):
    desk.window.slope_panel.origin_requested.emit(NodeRef(1, 0))
    assert desk.stage.selection == NodeRef(1, 0)


def test_an_edited_value_is_that_of_the_example_that_is_shown(desk):
    desk.open("xor").window.control_panel.data.example_requested.emit(2)
    desk.window.canvas.value_requested.emit(0, 0.25)
    assert desk.session.project.data.raw_x[:, 0].tolist() == [0.0, 0.0, 0.25, 1.0]
    desk.check_screen()


def test_a_checked_lock_in_the_table_locks_the_weight(desk):
    model = desk.window.parameter_model
    assert model.setData(model.index(0, LOCKED), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    before = desk.values
    desk.do("stepAction")
    assert [a == b for a, b in zip(before, desk.values, strict=True)] == [True] + [False] * 5


def test_a_row_of_the_products_shows_that_example_and_their_mean_is_the_slope(desk):
    desk.open("noisy-line").window.slope_panel.example_requested.emit(5)
    assert desk.stage.example == 5
    desk.check_screen()
    explained = desk.window.slope_panel._explanation
    assert explained.slope == pytest.approx(explained.products.mean(), rel=1e-12)
    assert explained.slope != pytest.approx(explained.factors.mean(axis=0).prod(), rel=1e-3)


def test_the_measured_slope_agrees_on_screen(desk):
    assert desk.window.slope_panel.measured_label.text() == "−32 ✓"


# Time.


def test_the_speed_slider_chooses_the_players_speed(desk):
    for position, speed in enumerate(SPEEDS):
        desk.window.speed_slider.setValue(position)
        assert desk.player.speed is speed
        assert desk.window.step_bar.speed_text.text() == speed.label


def test_a_typed_tolerance_is_where_a_run_stops(desk):
    field = desk.open("one-weight").window.control_panel.descent.tolerance_field
    assert field.text() == exact(desk.player.tolerance)
    field.setText("0.5")
    field.commit()
    desk.run_to_the_end()
    assert 0.05 < picture_of(desk.session.project).gradient_norm <= 0.5
    assert field.text() == "0.5"


def test_while_a_run_goes_on_the_button_says_pause(desk):
    action = desk.window.actions_by_name["runAction"]
    desk.open("two-rings").at_speed("100 steps/s").do("runAction")
    assert (action.text(), action.isChecked()) == ("Pause", True)
    desk.do("stepAction")
    assert (action.text(), action.isChecked()) == ("Run", False)
    desk.check_screen()


def test_in_a_run_flat_out_the_canvas_is_never_behind(desk):
    desk.open("two-rings").do("runAction")
    for _ in range(6):
        desk.player.advance(16)
        assert desk.player.frame.picture.project is desk.session.project
    desk.do("runAction")
    desk.check_screen()


def test_during_a_step_in_motion_the_weights_on_the_canvas_lie_between_old_and_new(desk):
    desk.open("one-weight").at_speed("1 step/s", motion=True).do("stepAction")
    seen = []
    for _ in range(24):
        desk.player.advance(50)
        seen.append(desk.window.canvas.network_scene._chips[0]._value_text)
    assert seen[0] == shown(2.0)
    assert seen[-1] == shown(2.24)
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


def test_fields_keep_the_tip_that_says_what_they_are_for(desk):
    descent = desk.window.control_panel.descent
    desk.do("stepAction")
    fields = (descent.rate_field, descent.batch_field, descent.tolerance_field)
    assert [field.objectName() for field in fields if not field.toolTip()] == []


@pytest.mark.parametrize("name", ["dark", "light"])
def test_a_chosen_theme_is_put_on_and_remembered(desk, name):
    desk.do(f"{name}ThemeAction")
    assert desk.window._theme.name == name
    assert desk.studio.preferences.theme == name
    desk.check_screen()


def test_about_says_the_conventions(desk, dialogs):
    desk.do("aboutAction")
    assert dialogs.questions[0].startswith("Gradient Descent Studio ")
