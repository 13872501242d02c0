"""The control panel shows a project's settings, and each of its controls makes exactly one wish."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit

from gdstudio.document import edits
from gdstudio.document.examples import EXAMPLES
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS

SOURCES = [(example.key, example.data) for example in EXAMPLES]
K = Qt.Key


def choose(combo: QComboBox, index: int) -> None:
    """Choose by keyboard, as ``activated`` wants it."""
    combo.setFocus()
    QTest.keyClick(combo, K.Key_Home)
    for _ in range(index):
        QTest.keyClick(combo, K.Key_Down)


# Choices.


@pytest.mark.parametrize(
    ("name", "wish", "table"),
    [
        ("optimizerCombo", "optimizer_requested", list(OPTIMIZERS)),
        ("lossCombo", "loss_requested", list(LOSSES)),
        ("activationCombo", "activation_requested", list(ACTIVATIONS)),
        ("dataCombo", "data_requested", [key for key, _ in SOURCES]),
        ("scalingCombo", "scaling_requested", ["none", "standard", "unit"]),
        ("targetCombo", "target_requested", ["input 1", "input 2", "target"]),
    ],
)
def test_each_choice_of_a_combo_is_one_wish(panel_on, name, wish, table):
    panel, wished = panel_on()
    combo = panel.findChild(QComboBox, name)
    assert [combo.itemData(index) for index in range(combo.count())] == table
    for index, key in enumerate(table):
        wished.clear()
        combo.activated.emit(index)
        assert wished == [(wish, key)]


def test_a_key_on_a_combo_chooses(panel_on):
    panel, wished = panel_on()
    choose(panel.network.activation_combo, 1)
    assert wished[-1] == ("activation_requested", "relu")


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
            by.wheel(combo, amount, QPointF(combo.rect().cby.enter()))
    assert wished == []


def test_a_choice_is_one_named_undo_entry_and_undo_shows_the_old_one(opened):
    for name, index, text in (
        ("lossCombo", 1, "Change loss"),
        ("activationCombo", 0, "Change activation"),
        ("scalingCombo", 2, "Change scaling"),
        ("targetCombo", 0, "Make input 1 the target"),
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
    for name in ("optimizerCombo", "lossCombo", "activationCombo", "dataCombo", "scalingCombo", "targetCombo"):
        studio = opened("xor")
        studio.session.descend(3)
        combo = studio.window.findChild(QComboBox, name)
        combo.activated.emit(combo.currentIndex())
        changed += [name] if studio.session.viewed.state.step != 3 or studio.session.undo_stack.count() != 1 else []
    assert changed == []


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
