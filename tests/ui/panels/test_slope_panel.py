"""Why this slope: the lecture's numbers, a table for several examples, and the way to where a factor came from."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QTableView, QToolButton

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.generators import usual
from gdstudio.document.numbers import shown, shown_plain
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.teaching.explain import explain_slope
from gdstudio.teaching.gradient_check import Verdict
from gdstudio.ui.panels.slope_panel import SlopePanel
from gdstudio.ui.widgets.card import ElidedLabel

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def panel_on(shown_alone, by):
    def show(source, index: int = 0, *, measure: bool = True) -> SlopePanel:
        panel = SlopePanel()
        panel.show_explanation(explain_slope(by.picture(source), index, measure=measure))
        return shown_alone(panel, 320, 380)

    return show


def factors(panel: SlopePanel) -> list[str]:
    buttons = [panel.findChild(QToolButton, f"slopeFactor{i}") for i in (1, 2, 3)]
    assert all(button.isVisible() for button in buttons)
    return [button.accessibleName() for button in buttons]


def visible(panel: SlopePanel, name: str) -> QToolButton:
    (found,) = [row for row in panel.findChildren(QToolButton, name) if row.isVisible()]
    return found


def text(panel: SlopePanel, name: str) -> str:
    return panel.findChild(ElidedLabel, name).text()


def cells(table: QTableView) -> list[list[str]]:
    model = table.model()
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def test_the_lecture_weight_has_slope_minus_24_and_becomes_2_24(panel_on):
    panel = panel_on("one-weight")
    assert factors(panel) == ["slope of loss at prediction: −8.00", "value of input 1: 3.00", "slope of Linear: 1.00"]
    assert text(panel, "slopeProduct") == "(−8.00) × 3.00 × 1.00 ="
    assert text(panel, "slopeValue") == "−24.0"
    assert text(panel, "slopeUpdate") == "new = 2 − 0.01 × (−24)"
    assert text(panel, "slopeResult") == "= 2.24"
    assert text(panel, "slopeMeasured") == "−24 ✓"
    assert "2 × error" in panel.note_label.text()


@pytest.mark.parametrize(("index", "slope", "result"), [(0, "30.0", "= 0.7"), (1, "40.0", "= 1.6")])
def test_the_two_lecture_weights_have_slopes_30_and_40(panel_on, index, slope, result):
    panel = panel_on("two-weights", index)
    assert text(panel, "slopeValue") == slope
    assert text(panel, "slopeResult") == result


def test_a_hidden_weight_says_where_its_first_factor_comes_from(panel_on):
    panel = panel_on("hidden-layer", 0)
    assert factors(panel)[1:] == ["value of input 1: 2.00", "slope of ReLU at 5.00: 1.00"]
    assert "paths" in panel.note_label.text()


def test_a_bias_multiplies_nothing(panel_on, by):
    panel = panel_on(by.project(1, 1), 1)
    assert factors(panel)[1] == "1, since a bias multiplies nothing: 1.00"


def test_a_locked_weight_stays(panel_on, by):
    panel = panel_on(edits.set_locked(by.picture("one-weight").project, 0, True))
    assert text(panel, "slopeUpdate") == "locked: it stays 2"
    assert text(panel, "slopeResult") == "= 2"


def test_a_slope_that_was_not_measured_shows_none(panel_on):
    panel = panel_on("one-weight", measure=False)
    assert text(panel, "slopeMeasured") == ""


def test_a_measured_slope_that_disagrees_has_no_tick(panel_on, by):
    panel = panel_on("one-weight")
    panel.show_explanation(replace(explain_slope(by.picture("one-weight"), 0), measured=-23.0, verdict=Verdict.DIFFERS))
    assert text(panel, "slopeMeasured") == "−23"


def test_several_examples_are_a_table_with_the_mean_of_the_products(panel_on, by):
    panel, explanation = panel_on("xor", 0), explain_slope(by.picture("xor"), 0)
    table = panel.findChild(QTableView, "slopeTable")
    assert table.isVisible()
    assert "example 1, opened:" in [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
    assert factors(panel)[1] == "value of input 1: 0"
    rows = cells(table)
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert [float(row[4].replace("−", "-")) for row in rows] == pytest.approx(explanation.products, rel=0.06, abs=1e-9)
    assert text(panel, "slopeProduct") == "mean of the 4 products ≈"
    assert text(panel, "slopeValue") == shown(float(explanation.products.mean()))


def test_the_table_shows_the_examples_of_the_batch(panel_on, by):
    project = edits.set_batch_size(by.picture("xor").project, 2)
    rows = cells(panel_on(project).findChild(QTableView, "slopeTable"))
    assert [row[0] for row in rows] == [str(i + 1) for i in by.picture(project).batch]


def test_from_a_table_back_to_one_example(panel_on, by):
    panel = panel_on("xor")
    panel.show_explanation(explain_slope(by.picture("one-weight"), 0))
    assert text(panel, "slopeValue") == "−24.0"
    assert factors(panel)[1] == "value of input 1: 3.00"
    assert not panel.findChild(QTableView, "slopeTable").isVisible()


def test_a_click_on_what_a_factor_was_made_of_selects_it_once_it_is_given(opened):
    studio = opened("hidden-layer")
    panel = studio.window.slope_panel
    ways = {
        ("2",): NodeRef(0, 1),
        ("1", "1.1", "1.1.1"): ParameterRef(5),
        ("1", "1.1", "1.1.2", "1.1.2.1", "1.1.2.1.2"): TargetRef(0),
        ("3", "3.2", "3.2.2"): NodeRef(0, 1),
    }
    for way, end in ways.items():
        studio.stage.select(TargetRef(0))
        studio.stage.select(ParameterRef(3))
        panel.factors.show_traces(())
        panel.factors.show_traces(panel._explanation.traces)
        for key in way:
            assert studio.stage.selection == ParameterRef(3)
            QTest.mouseClick(visible(panel, f"slopeFactor{key}"), LEFT, PLAIN, QPoint(40, 10))
        assert studio.stage.selection == end


def test_what_uses_a_weight_opens_into_its_node_and_the_slope_before_it(panel_on):
    panel = panel_on("hidden-layer", 4)
    QTest.mouseClick(visible(panel, "slopeUse1"), LEFT)
    uses = [visible(panel, f"slopeUse1.{k}").accessibleName() for k in (1, 2)]
    assert uses == ["value of prediction: 9.00", "slope of loss at hidden 1: −16.0"]


def test_the_lines_from_the_slope_to_the_change_are_shown_where_there_are_more_than_one(panel_on, by):
    project = edits.set_optimizer(by.picture("one-weight").project, "momentum")
    panel = panel_on(project)
    lines = [visible(panel, f"slopeStep{k}").accessibleName() for k in (1, 2)]
    assert lines == ["velocity: −24", "change: 0.24"]
    panel.show_explanation(explain_slope(by.picture("one-weight"), 0))
    assert not panel.steps.isVisible()


def test_the_example_that_is_opened_is_the_one_shown_or_the_mean(panel_on, by):
    panel, picture = panel_on("xor"), by.picture("xor")
    for example, words, value in ((2, "example 3, opened:", "1.00"), (None, "mean over all examples, opened:", "0.50")):
        panel.show_explanation(explain_slope(picture, 0, example=example))
        assert words in [label.text() for label in panel.findChildren(QLabel) if label.isVisible()]
        assert factors(panel)[1] == f"value of input 1: {value}"


def test_pointing_at_a_number_of_any_list_says_so(panel_on, by):
    panel = panel_on(edits.set_optimizer(by.picture("hidden-layer").project, "momentum"))
    pointed = by.heard(panel.pointed)
    for name in ("slopeFactor2", "slopeStep1", "slopeUse1"):
        visible(panel, name).setFocus()
    names = [trace.name for (trace,) in pointed if trace is not None]
    assert names == ["value of input 1", "velocity", "what uses this number?"]


def test_a_factor_that_is_no_node_leads_nowhere(panel_on, by):
    panel = panel_on(by.project(1, 1), 1)
    wished = by.heard(panel.origin_requested)
    QTest.mouseClick(panel.findChild(QToolButton, "slopeFactor2"), LEFT)
    assert wished == []


def test_a_click_on_a_row_shows_its_example(opened):
    studio = opened("xor")
    studio.stage.select(ParameterRef(0))
    table = studio.window.findChild(QTableView, "slopeTable")
    QTest.mouseClick(table.viewport(), LEFT, PLAIN, table.visualRect(table.model().index(1, 2)).center())
    assert studio.stage.example == 1
    assert studio.window.control_panel.data.example_combo.currentText() == "Example 2 of 4"


@pytest.mark.parametrize("other", [NodeRef(1, 0), None])
def test_no_old_slope_is_left_on_screen_after_an_edit(studio, other):
    """The panel explains a weight; when a node is selected and a weight is edited, its numbers must be true or gone."""
    studio.stage.select(ParameterRef(4))
    studio.stage.select(other)
    studio.session.set_parameter(5, 3.0)
    panel = studio.window.slope_panel
    now = studio.player.picture.gradient[4]
    assert not panel.slope_label.isVisible() or panel.slope_label.text() in ("", shown(float(now)))


def test_the_panel_follows_steps_edits_and_undo(studio):
    studio.stage.select(ParameterRef(4))
    panel = studio.window.slope_panel
    for change in (
        studio.player.step,
        lambda: studio.session.set_parameter(0, 3.0),
        studio.session.undo_stack.undo,
        studio.player.back,
    ):
        change()
        assert panel.slope_label.text() == shown(float(studio.player.picture.gradient[4]))


def test_a_long_name_is_whole_in_a_tooltip(panel_on, by, qapp):
    name = "a column with a name that is longer than the panel is wide"
    panel = panel_on(by.named(name))
    button = panel.findChild(QToolButton, "slopeFactor2")
    point = button.rect().center()
    target = button.childAt(point) or button
    QApplication.sendEvent(
        target, QHelpEvent(QEvent.Type.ToolTip, target.mapFrom(button, point), button.mapToGlobal(point))
    )
    assert name in target.toolTip() or name in button.toolTip()


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300, -1e300, 5e-324])
@pytest.mark.parametrize("name", ["one-weight", "xor"])
def test_any_number_can_be_painted(panel_on, by, name, value):
    project = by.picture(name).project
    wild = np.full(project.network.parameter_count, value)
    with np.errstate(all="ignore"):
        panel = panel_on(replace(project, state=replace(project.state, parameters=wild)))
    assert not panel.grab().isNull()


# Penalties, other optimizers and losses.


def test_a_penalty_is_a_term_behind_the_product(panel_on, by):
    panel = panel_on(edits.set_penalty(by.picture("one-weight").project, "l2", 0.125))
    assert text(panel, "slopeProduct") == "(−8.00)×3.00×1.00 + 0.50 ="
    assert text(panel, "slopeValue") == "−23.5"
    assert text(panel, "slopeUpdate") == "new = 2 − 0.01 × (−23.5)"
    assert text(panel, "slopeResult") == "= 2.235"
    assert text(panel, "slopeMeasured") == "−23.5 ✓"
    assert panel.note_label.text().endswith(" The last term is the penalty’s slope.")
    panel.show_explanation(explain_slope(by.picture("one-weight"), 0))
    assert text(panel, "slopeProduct") == "(−8.00) × 3.00 × 1.00 ="
    assert "penalty" not in panel.note_label.text()


def test_a_penalty_is_added_to_the_mean_of_the_products(panel_on, by):
    project = edits.set_penalty(by.picture("xor").project, "l1", 0.5)
    panel, explanation = panel_on(project), explain_slope(by.picture(project), 0)
    sign = np.sign(project.parameters[0])
    mean = float(explanation.products.mean())
    added = "0.50" if sign > 0 else "(−0.50)"
    assert text(panel, "slopeProduct") == f"mean {shown(mean)} + {added} ="
    assert text(panel, "slopeValue") == shown(mean + 0.5 * sign)
    assert text(panel, "slopeMeasured").endswith("✓")


def test_a_bias_is_free_of_the_penalty(panel_on, by):
    project = edits.set_penalty(by.picture("xor").project, "l2", 0.5)
    bias = next(k for k, (_, source, _) in enumerate(project.network.places) if source is None)
    panel = panel_on(project, bias)
    assert text(panel, "slopeProduct") == "mean of the 4 products ≈"
    assert text(panel, "slopeMeasured").endswith("✓")


def test_with_adam_the_change_is_adams_and_its_first_step_is_the_rate(panel_on, by):
    panel = panel_on(edits.set_optimizer(by.picture("one-weight").project, "adam"))
    assert text(panel, "slopeValue") == "−24.0"
    assert text(panel, "slopeUpdate") == "new = 2 + 0.01 by Adam"
    assert text(panel, "slopeResult") == "= 2.01"


def test_a_schedule_is_in_the_rate_of_the_next_step(opened):
    studio = opened("one-weight")
    studio.session.set_period(1)
    studio.session.set_schedule("exponential")
    studio.stage.select(ParameterRef(0))
    panel = studio.window.slope_panel
    assert panel.update_label.text() == "new = 2 − 0.01 × (−24)"
    studio.player.step()
    assert panel.update_label.text().startswith("new = 2.24 − 0.005 × (")
    landing = 2.24 + 0.005 * 2 * 3 * (10 - 2.24 * 3)
    assert panel.result_label.text() == f"= {shown_plain(landing)}"


def test_with_sigmoid_and_binary_cross_entropy_the_first_factor_is_the_error(panel_on, by):
    project = edits.set_loss(edits.set_value(by.picture("one-weight").project, 0, 1, 1.0), "binary_crossentropy")
    panel = panel_on(project)
    error = 1 / (1 + np.exp(-6.0)) - 1.0
    assert factors(panel) == [
        f"slope of loss at sum: {shown(error, 4)}",
        "value of input 1: 3.000",
        "slope of Sigmoid: 1.000",
    ]
    assert text(panel, "slopeValue") == shown(3 * error)
    assert text(panel, "slopeMeasured").endswith("✓")
    assert panel.note_label.text() == "The first factor is error; error = prediction − target."


@pytest.mark.parametrize("index", [0, -1])
def test_with_classes_the_table_is_true_too(panel_on, by, index):
    project = edits.set_generated(by.picture("two-rings").project, usual("three-gaussians"))
    project = edits.set_loss(project, "categorical_crossentropy")
    index %= project.network.parameter_count
    panel = panel_on(project, index)
    assert text(panel, "slopeValue") == shown(float(by.picture(project).gradient[index]))
    assert text(panel, "slopeMeasured").endswith("✓")


@pytest.mark.parametrize("size", [QSize(1110, 600), QSize(1280, 720)], ids=lambda size: f"{size.width()}")
def test_the_table_and_the_sentences_below_it_do_not_overlap_in_a_small_window(studio, qapp, size):
    project = edits.set_penalty(load_example("two-rings"), "l2", 0.01)
    studio.session.open(edits.set_optimizer(project, "adamw"), None)
    studio.window.resize(size)
    studio.window.arrange()
    studio.stage.select(ParameterRef(0))
    for _ in range(4):
        qapp.processEvents()
    panel = studio.window.slope_panel
    lines = (panel.table, panel.product_label, panel.update_label, panel.result_label, panel.note_label)
    places = [QRect(each.mapTo(panel.widget(), QPoint(0, 0)), each.size()) for each in lines]
    for one, other in pairwise(places):
        assert one.bottom() < other.top()


@pytest.mark.parametrize("size", [QSize(1110, 600), QSize(1440, 900)], ids=lambda size: f"{size.width()}")
@pytest.mark.parametrize("name", ["one-weight", "two-rings"])
def test_no_part_of_the_arithmetic_is_cut_off(studio, qapp, name, size):
    studio.session.open(edits.set_penalty(load_example(name), "l2", 0.125), None)
    studio.window.resize(size)
    studio.window.arrange()
    studio.stage.select(ParameterRef(0))
    for _ in range(4):
        qapp.processEvents()
    panel = studio.window.slope_panel
    for each in (panel.product_label, panel.slope_label, panel.update_label, panel.result_label, panel.measured_label):
        assert each.fontMetrics().horizontalAdvance(each.text()) <= each.width(), each.text()


def test_the_names_of_the_factors_are_whole_in_the_usual_window(studio, qapp):
    project = edits.set_value(load_example("one-weight"), 0, 1, 1.0)
    studio.session.open(edits.set_loss(project, "binary_crossentropy"), None)
    studio.window.arrange()
    studio.stage.select(ParameterRef(0))
    for _ in range(4):
        qapp.processEvents()
    names = [studio.window.findChild(QToolButton, f"slopeFactor{k}")._name for k in (1, 2, 3)]
    cut = [each.text() for each in names if each.fontMetrics().horizontalAdvance(each.text()) > each.width()]
    assert cut == []
