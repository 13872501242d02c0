"""The control panel shows a project's settings, and each of its controls makes exactly one wish."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QSlider, QStyle, QStyleOptionSlider

from gdstudio.document import edits
from gdstudio.document.examples import EXAMPLES
from gdstudio.document.numbers import exact
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS
from gdstudio.ui.panels.control_panel import ControlPanel, position_of, rate_at

WISHES = [name for name in vars(ControlPanel) if name.endswith("_requested")] + ["refused"]
SOURCES = [(example.key, example.data) for example in EXAMPLES]
K = Qt.Key


@pytest.fixture
def panel_on(shown_alone, by):
    """A panel by itself that shows a project, and everything that it wishes from now on."""

    def show(source="xor"):
        panel = ControlPanel(SOURCES)
        panel.show_picture(by.picture(source))
        shown_alone(panel, 320, 560)
        wished: list = []
        for name in WISHES:
            getattr(panel, name).connect(lambda *values, name=name: wished.append((name, *values)))
        return panel, wished

    return show


def choose(combo: QComboBox, index: int) -> None:
    """Choose by keyboard, as ``activated`` wants it."""
    combo.setFocus()
    QTest.keyClick(combo, K.Key_Home)
    for _ in range(index):
        QTest.keyClick(combo, K.Key_Down)


def enter(field: QLineEdit, text: str, key: Qt.Key = K.Key_Return) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text) if text else QTest.keyClick(field, K.Key_Delete)
    QTest.keyClick(field, key)


def handle(slider: QSlider) -> QPoint:
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    style = slider.style()
    rect = style.subControlRect(QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider)
    return rect.center()


def drag(slider: QSlider, by, *moves: int) -> None:
    start = handle(slider)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for move in moves:
        point = QPointF(start + QPoint(move, 0))
        by.mouse(slider, by.move, point, Qt.MouseButton.NoButton)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start + QPoint(moves[-1], 0))


def labels(panel) -> set[str]:
    return {label.text() for label in panel.findChildren(QLabel) if label.isVisible()}


# The learning rate.


def test_the_slider_goes_from_a_millionth_to_ten_and_reads_back():
    assert rate_at(position_of(1e-6)) == 1e-6
    assert rate_at(position_of(10.0)) == 10.0
    for rate in (0.01, 0.004, 0.25, 1.0, 0.05):
        assert rate_at(position_of(rate)) == pytest.approx(rate, rel=0.01)
    rates = [rate_at(position) for position in range(position_of(1e-6), position_of(10.0) + 1)]
    assert rates == sorted(set(rates))
    assert {0.01, 0.1, 1.0, 0.001} <= set(rates)


@pytest.mark.parametrize(("key", "rate"), [(K.Key_Home, 1e-6), (K.Key_End, 10.0)])
def test_the_ends_of_the_slider_are_reached(panel_on, key, rate):
    panel, wished = panel_on()
    QTest.keyClick(panel.descent.rate_slider, key)
    assert [wish[:2] for wish in wished] == ([("learning_rate_requested", rate)])


@pytest.mark.parametrize("rate", [1e-6, 10.0, 1 / 9, 1 / 18, 0.1 + 0.2, 0.004, 0.012345678901234567])
def test_the_field_shows_every_digit_of_the_rate_and_the_slider_its_place(panel_on, by, rate):
    project = edits.set_learning_rate(by.picture("xor").project, rate)
    panel, wished = panel_on(project)
    assert panel.descent.rate_field.text() == exact(rate)
    assert panel.descent.rate_slider.value() == position_of(rate)
    assert wished == []


@pytest.mark.parametrize(("text", "rate"), [("1/9", 1 / 9), ("0,02", 0.02), ("1e-6", 1e-6), ("10", 10.0)])
def test_a_typed_rate_is_wished_for_exactly(panel_on, text, rate):
    panel, wished = panel_on()
    enter(panel.descent.rate_field, text)
    assert wished == [("learning_rate_requested", rate, 0)]


@pytest.mark.parametrize("text", ["0", "-1", "11", "1e-7", "nan", "abc", "1,234.5", ""])
def test_a_rate_that_cannot_be_is_refused_with_one_sentence(panel_on, text):
    panel, wished = panel_on()
    enter(panel.descent.rate_field, text)
    assert [name for name, *_ in wished] == ["refused"]
    assert wished[0][1].endswith(".")


def test_a_typed_rate_survives_being_shown_by_the_slider(studio):
    enter(studio.window.control_panel.descent.rate_field, "1/9")
    assert studio.session.viewed.recipe.learning_rate == 1 / 9
    assert studio.window.control_panel.descent.rate_field.text() == exact(1 / 9)
    studio.player.step()
    assert studio.session.viewed.recipe.learning_rate == 1 / 9


def test_a_drag_of_the_slider_is_one_undo_entry_and_two_drags_are_two(studio, by):
    slider, stack = studio.window.control_panel.descent.rate_slider, studio.session.undo_stack
    before = studio.session.viewed.recipe.learning_rate
    seen: list = []
    studio.session.viewed_changed.connect(lambda project: seen.append(project.recipe.learning_rate))
    drag(slider, by, 5, 12, 20)
    assert len(seen) > 1
    assert stack.count() == 1
    assert stack.text(0) == "Change learning rate"
    drag(slider, by, 5, 12)
    assert stack.count() == 2
    stack.undo()
    stack.undo()
    assert studio.session.viewed.recipe.learning_rate == before


def test_a_key_on_the_slider_is_not_part_of_the_drag_before_it(studio, by):
    slider, stack = studio.window.control_panel.descent.rate_slider, studio.session.undo_stack
    drag(slider, by, 5, 12)
    dragged = studio.session.viewed.recipe.learning_rate
    QTest.keyClick(slider, K.Key_Right)
    assert studio.session.viewed.recipe.learning_rate > dragged
    stack.undo()
    assert studio.session.viewed.recipe.learning_rate == dragged


def test_the_rate_moves_in_the_middle_of_a_run_and_the_run_goes_on(studio, by):
    studio.player.set_speed(7)
    studio.player.set_running(True)
    studio.player.advance(100)
    step = studio.session.viewed.state.step
    drag(studio.window.control_panel.descent.rate_slider, by, -8, -16)
    enter(studio.window.control_panel.descent.rate_field, "0.0021")
    studio.player.advance(100)
    assert studio.player.is_running
    assert studio.session.viewed.state.step > step > 0
    assert studio.session.viewed.recipe.learning_rate == 0.0021
    studio.player.set_running(False)


def test_a_rate_that_is_being_typed_is_not_overwritten_by_a_run(studio):
    field = studio.window.control_panel.descent.rate_field
    studio.window.activateWindow()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "0.00")
    studio.player.step()
    assert field.text() == "0.00"
    QTest.keyClicks(field, "2")
    QTest.keyClick(field, K.Key_Return)
    assert studio.session.viewed.recipe.learning_rate == 0.002


def test_leaving_the_field_takes_the_rate_and_escape_gives_the_old_one_back(studio):
    field = studio.window.control_panel.descent.rate_field
    studio.window.activateWindow()
    enter(field, "0.5", K.Key_Escape)
    assert field.text() == "0.004"
    enter(field, "0.5", K.Key_Tab)
    assert studio.session.viewed.recipe.learning_rate == 0.5
    assert studio.session.undo_stack.count() == 1


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
            by.wheel(combo, amount, QPointF(combo.rect().center()))
    assert wished == []


def test_layers_that_differ_say_so(panel_on, by):
    project = edits.set_activation(by.picture("two-rings").project, 1, "relu")
    panel, _ = panel_on(project)
    assert panel.network.activation_combo.currentIndex() == -1
    assert panel.network.activation_combo.placeholderText() == "differs by layer"


def test_data_of_ones_own_shows_its_name(panel_on, by):
    panel, _ = panel_on(by.named("a", "b", name="<b>mine</b>", examples=3))
    assert panel.data.data_combo.currentIndex() == -1
    assert panel.data.data_combo.placeholderText() == "<b>mine</b>"


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


# Batch.


@pytest.mark.parametrize(("text", "batch"), [("all", None), ("ALL", None), (" all ", None), ("1", 1), ("3", 3)])
def test_a_batch_is_read(panel_on, by, text, batch):
    project = edits.set_batch_size(by.picture("xor").project, 2)
    panel, wished = panel_on(project)
    assert panel.descent.batch_field.text() == "2"
    enter(panel.descent.batch_field, text)
    assert wished == [("batch_requested", batch)]


@pytest.mark.parametrize("text", ["0", "1.5", "-1", "everything", "", "1e99"])
def test_what_is_no_batch_is_refused(panel_on, text):
    panel, wished = panel_on()
    enter(panel.descent.batch_field, text)
    assert [name for name, *_ in wished] == ["refused"]


def test_a_batch_of_more_than_there_is_is_refused_with_a_sentence(opened):
    studio = opened("xor")
    enter(studio.window.control_panel.descent.batch_field, "5")
    assert studio.session.viewed.recipe.batch_size is None
    assert studio.session.undo_stack.count() == 0
    assert "4 examples" in studio.window.message_bar.text()
    assert studio.window.control_panel.descent.batch_field.text() == "all"


def test_a_batch_of_everything_is_all(opened):
    studio = opened("xor")
    field = studio.window.control_panel.descent.batch_field
    for text, shown, batch in (("1", "1", 1), ("4", "all", None), ("3", "3", 3), ("all", "all", None)):
        enter(field, text)
        assert field.text() == shown
        assert studio.session.viewed.recipe.batch_size == batch


# Examples, scaling and what is hidden.


def test_what_makes_no_sense_for_one_example_is_hidden(panel_on, by):
    panel, _ = panel_on("one-weight")
    rows = [panel.descent.batch_field, panel.data.example_combo, panel.data.target_combo, panel.data.scaling_combo]
    assert not any(row.isVisible() for row in rows)
    assert labels(panel).isdisjoint({"Batch", "Shown", "Target", "Scaling"})
    panel.show_picture(by.picture("xor"))
    assert all(row.isVisible() for row in rows)
    assert {"Batch", "Shown", "Target", "Scaling"} <= labels(panel)


def test_the_numbers_of_the_scaling_are_on_show_when_there_is_one(panel_on, by):
    panel, _ = panel_on("xor")
    assert not panel.data.scaling_label.isVisible()
    panel.show_picture(by.picture("penguins"))
    assert panel.data.scaling_label.isVisible()
    assert panel.data.scaling_label.text().splitlines() == list(by.picture("penguins").data.scaling_lines())
    assert "flipper_length_mm: (value − 200" in panel.data.scaling_label.text()


def test_the_examples_and_their_mean_are_offered(panel_on):
    panel, wished = panel_on("xor")
    combo = panel.data.example_combo
    assert [combo.itemText(i) for i in range(combo.count())] == [
        *(f"Example {i} of 4" for i in (1, 2, 3, 4)),
        "Mean over all 4",
    ]
    for index, example in enumerate((0, 1, 2, 3, None)):
        wished.clear()
        combo.activated.emit(index)
        assert wished == [("example_requested", example)]
        panel.data.show_example(example)
        assert combo.currentIndex() == index


def test_the_shown_example_is_the_one_on_the_canvas_after_other_data(opened):
    for example in (3, None):
        for key in ("two-rings", "penguins"):
            studio = opened("xor")
            studio.stage.show_example(example)
            studio.documents.use_data(key)
            assert studio.window.control_panel.data.example_combo.currentData() == studio.stage.example


def test_an_example_beyond_the_listed_ones_is_not_called_the_mean(panel_on, by):
    panel, _ = panel_on(by.project(1, 1, examples=2500))
    panel.data.show_example(2400)
    assert "Mean" not in panel.data.example_combo.currentText()


def test_fewer_examples_lead_back_to_one_that_is_there(opened):
    studio = opened("two-rings")
    studio.stage.show_example(100)
    studio.documents.use_data("xor")
    assert studio.stage.example == 0
    assert studio.window.control_panel.data.example_combo.currentText() == "Example 1 of 4"


# Where a run stops, tips, and what can't hurt.


def test_the_norm_at_which_a_run_stops_is_set_and_shown(studio):
    field = studio.window.control_panel.descent.tolerance_field
    enter(field, "1e-3")
    assert studio.player.tolerance == 1e-3
    assert field.text() == "0.001"
    enter(field, "-5")
    assert studio.player.tolerance == 0.0
    assert field.text() == "0"


@pytest.mark.parametrize("name", ["learningRateField", "batchField", "toleranceField", "exampleCombo"])
def test_a_field_keeps_its_tip_when_it_shows_values(panel_on, by, name):
    panel, _ = panel_on()
    panel.descent.show_tolerance(1e-3)
    tip = panel.findChild(QLineEdit if name.endswith("Field") else QComboBox, name).toolTip()
    assert len(tip) > 10


def test_a_number_typed_in_another_way_is_no_change(studio):
    enter(studio.window.control_panel.descent.rate_field, "0.0040")
    assert studio.window.control_panel.descent.rate_field.text() == "0.004"
    assert studio.session.undo_stack.count() == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_any_project_can_be_painted(panel_on, by, value):
    project = by.picture("two-rings").project
    wild = np.full(project.network.parameter_count, value)
    panel, _ = panel_on(replace(project, state=replace(project.state, parameters=wild)))
    assert not panel.grab().isNull()
