"""The control panel shows a project's settings, and each of its controls makes exactly one wish."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider, QApplication, QComboBox, QLineEdit, QToolButton

from gdstudio.document import edits
from gdstudio.document.datasets import SCALINGS, Generated
from gdstudio.document.examples import EXAMPLES
from gdstudio.document.generators import GENERATORS, usual
from gdstudio.engine import ACTIVATIONS, INITIALIZERS, LOSSES, OPTIMIZERS, SCHEDULES

SOURCES = [(example.key, example.data) for example in EXAMPLES]
K = Qt.Key


MADE = [f"made {name}" for name in GENERATORS]
CHOICES = [
    ("optimizerCombo", "optimizer_requested", list(OPTIMIZERS)),
    ("lossCombo", "loss_requested", list(LOSSES)),
    ("scheduleCombo", "schedule_requested", list(SCHEDULES)),
    ("activationCombo", "activation_requested", [name for name, row in ACTIVATIONS.items() if not row.last_only]),
    ("lastActivationCombo", "last_activation_requested", list(ACTIVATIONS)),
    ("initializerCombo", "initializer_requested", list(INITIALIZERS)),
    ("scalingCombo", "scaling_requested", list(SCALINGS)),
    ("targetCombo", "target_requested", ["input 1", "input 2", "target"]),
]


def everything(by):
    """XOR with every number that can be set set to an unusual one."""
    project = edits.set_optimizer(by.picture("xor").project, "adamw")
    for name, value in (("beta_1", 0.5), ("beta_2", 0.75), ("epsilon", 1e-3), ("weight_decay", 0.125)):
        project = edits.set_setting(project, name, value)
    project = edits.set_initializer(edits.set_schedule(project, "cosine"), "uniform", 0.25)
    project = edits.set_penalty(edits.set_penalty(project, "l1", 0.0625), "l2", 0.03125)
    project = edits.set_learning_rate(edits.set_period(project, 77), 0.02)
    return edits.set_batch_size(edits.set_test_share(project, 0.25), 2)


def made(by):
    """Moons of unusual numbers."""
    return edits.set_generated(by.picture("two-rings").project, Generated("moons", 40, 0.3, 7))


FIELDS = [
    ("learningRateField", everything, "0.02", "1/9", ("learning_rate_requested", 1 / 9, 0)),
    ("beta1Field", everything, "0.5", "0,6", ("setting_requested", "beta_1", 0.6)),
    ("beta2Field", everything, "0.75", "0.8", ("setting_requested", "beta_2", 0.8)),
    ("epsilonField", everything, "0.001", "1e-7", ("setting_requested", "epsilon", 1e-7)),
    ("weightDecayField", everything, "0.125", "0", ("setting_requested", "weight_decay", 0.0)),
    ("batchField", everything, "2", "all", ("batch_requested", None)),
    ("batchField", everything, "2", "1", ("batch_requested", 1)),
    ("periodField", everything, "77", "500", ("period_requested", 500)),
    ("l1Field", everything, "0.0625", "0", ("penalty_requested", "l1", 0.0)),
    ("l2Field", everything, "0.03125", "1/2", ("penalty_requested", "l2", 0.5)),
    ("toleranceField", everything, "0.001", "1e-6", ("tolerance_requested", 1e-6)),
    ("spreadField", everything, "0.25", "1", ("spread_requested", 1.0)),
    ("testShareField", everything, "25 %", "none", ("share_requested", 0.0)),
    ("testShareField", everything, "25 %", "50%", ("share_requested", 0.5)),
    ("dataCountField", made, "40", "41", ("generated_requested", Generated("moons", 41, 0.3, 7))),
    ("noiseField", made, "0.3", "0.25", ("generated_requested", Generated("moons", 40, 0.25, 7))),
    ("dataSeedField", made, "7", "8", ("generated_requested", Generated("moons", 40, 0.3, 8))),
]


# Choices.


@pytest.mark.parametrize(("name", "wish", "table"), CHOICES)
def test_each_choice_of_a_combo_is_one_wish(panel_on, name, wish, table):
    panel, wished = panel_on()
    combo = panel.findChild(QComboBox, name)
    assert [combo.itemData(index) for index in range(combo.count())] == table
    assert all(combo.itemText(index) for index in range(combo.count()))
    for index, key in enumerate(table):
        wished.clear()
        combo.activated.emit(index)
        assert wished == [(wish, key)]


def test_each_choice_of_data_is_one_wish(panel_on):
    panel, wished = panel_on()
    combo = panel.data.data_combo
    keys = [key for key, _ in SOURCES]
    assert [combo.itemData(index) for index in range(combo.count())] == [*keys, *MADE]
    for index in range(combo.count()):
        combo.activated.emit(index)
    assert wished == [
        *(("data_requested", key) for key in keys),
        *(("generated_requested", usual(name)) for name in GENERATORS),
    ]


@pytest.mark.parametrize(("name", "project", "shown", "text", "wish"), FIELDS)
def test_each_field_shows_the_projects_number_and_typing_another_is_one_wish(
    panel_on, by, name, project, shown, text, wish
):
    panel, wished = panel_on(project(by), more=True)
    panel.descent.show_tolerance(1e-3)
    field = panel.findChild(QLineEdit, name)
    assert field.isVisible()
    assert field.text() == shown
    by.enter(field, text)
    assert wished == [wish]
    assert field.text() == shown  # until a project with another number is shown
    by.enter(field, shown)
    assert wished == [wish]
    assert by.refusals(panel) == []


def test_every_field_and_every_combo_of_the_panel_is_in_these_tables(panel_on):
    panel, _ = panel_on()
    controls = {w.objectName() for kind in (QLineEdit, QComboBox) for w in panel.findChildren(kind)}
    tested = {name for name, *_ in (*CHOICES, *FIELDS)} | {"dataCombo", "exampleCombo", "momentumField", "rhoField"}
    assert controls == tested


def test_a_key_on_a_combo_chooses(panel_on):
    panel, wished = panel_on()
    QTest.keyClick(panel.network.activation_combo, K.Key_Home)
    assert wished == [("activation_requested", "linear")]


def test_the_combos_show_the_project(panel_on, by):
    project = edits.set_loss(by.picture("xor").project, "half_mse")
    panel, wished = panel_on(project)
    shown = [panel.findChild(QComboBox, f"{name}Combo").currentData() for name in ("optimizer", "loss", "activation")]
    assert shown == ["sgd", "half_mse", "tanh"]
    assert panel.data.data_combo.currentText() == "XOR"
    assert panel.data.target_combo.currentData() == "target"
    assert panel.data.scaling_combo.currentData() == "none"
    panel.show_picture(by.picture("penguins"))
    assert panel.data.data_combo.currentText() == "Palmer penguins"
    assert panel.data.target_combo.currentData() == "body_mass_g"
    assert panel.data.scaling_combo.currentData() == "standard"
    assert wished == []


def test_scrolling_past_a_combo_chooses_nothing(panel_on, by):
    panel, wished = panel_on()
    panel.descent.rate_field.setFocus()
    for combo in panel.findChildren(QComboBox):
        for amount in (120, -120):
            by.wheel(combo, amount, QPointF(combo.rect().center()))
    assert wished == []


def test_a_choice_is_one_named_undo_entry_and_undo_shows_the_old_one(opened):
    for name, index, text in (
        ("lossCombo", 1, "Change loss"),
        ("activationCombo", 0, "Change activation"),
        ("scalingCombo", 2, "Change scaling"),
        ("targetCombo", 0, "Make input 1 the target"),
        ("lastActivationCombo", 0, "Change activation of layer 2"),
        ("dataCombo", 6, "Use data Two rings"),
    ):
        studio = opened("xor")
        combo, stack = studio.window.findChild(QComboBox, name), studio.session.undo_stack
        before, chosen = combo.currentData(), combo.itemData(index)
        combo.setCurrentIndex(index)
        combo.activated.emit(index)
        assert [stack.text(i) for i in range(stack.count())] == [text]
        assert combo.currentData() == chosen
        stack.undo()
        assert combo.currentData() == before


def test_choosing_what_is_chosen_already_changes_nothing(opened):
    changed = []
    for name in [*(name for name, *_ in CHOICES), "dataCombo"]:
        studio = opened("xor")
        studio.session.descend(3)
        combo = studio.window.findChild(QComboBox, name)
        combo.activated.emit(combo.currentIndex())
        changed += [name] if studio.session.viewed.state.step != 3 or studio.session.undo_stack.count() != 1 else []
    assert changed == []


# The keyboard.


def stops(panel) -> list:
    """Where Tab leads inside the panel, from the learning rate on and once around."""
    panel.descent.rate_field.setFocus()
    found = []
    while (widget := QApplication.focusWidget()) not in found:
        found.append(widget)
        QTest.keyClick(widget, K.Key_Tab)
    return found


@pytest.mark.parametrize("more", [False, True])
@pytest.mark.parametrize("source", ["one-weight", "xor", "everything", "made"])
def test_tab_leads_to_every_control_on_show_from_top_to_bottom_and_to_nothing_hidden(panel_on, by, source, more):
    project = {"everything": everything, "made": made}.get(source, lambda by: source)(by)
    panel, wished = panel_on(project, more=more)
    kinds = (QLineEdit, QComboBox, QAbstractSlider, QToolButton)
    controls = [w for kind in kinds for w in panel.widget().findChildren(kind) if w.isVisible()]
    found = stops(panel)
    assert {w.objectName() for w in found} == {w.objectName() for w in controls}
    begin = next((k for k, w in enumerate(found) if w.objectName() == "moreDescentButton"), 0)
    places = [w.mapTo(panel.widget(), w.rect().center()) for w in found[begin:] + found[:begin]]
    assert places == sorted(places, key=lambda place: (round(place.y() / 8), place.x()))
    assert wished == []


def test_the_row_with_more_is_opened_and_closed_by_the_keyboard(panel_on):
    panel, wished = panel_on()
    button = panel.findChild(QToolButton, "moreDescentButton")
    for shown in (True, False):
        QTest.keyClick(button, K.Key_Space)
        assert panel.descent.tolerance_field.isVisible() == shown
        assert panel.descent.schedule_combo.isVisible() == shown
        assert panel.descent.penalty_fields["l2"].isVisible() == shown
        assert not panel.descent.period_field.isVisible()
    assert wished == []


# Tips, and what can't hurt.


@pytest.mark.parametrize("name", ["learningRateField", "batchField", "toleranceField", "exampleCombo"])
def test_a_field_keeps_its_tip_when_it_shows_values(panel_on, by, name):
    panel, _ = panel_on()
    panel.descent.show_tolerance(1e-3)
    tip = panel.findChild(QLineEdit if name.endswith("Field") else QComboBox, name).toolTip()
    assert len(tip) > 10


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_any_project_can_be_painted(panel_on, by, value):
    project = by.picture("two-rings").project
    wild = np.full(project.network.parameter_count, value)
    panel, _ = panel_on(replace(project, state=replace(project.state, parameters=wild)))
    assert not panel.grab().isNull()
