"""The descent form: the learning rate and its slider, every optimizer's own settings, batch, schedule and penalties."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import usual
from gdstudio.document.numbers import exact
from gdstudio.engine import LOSSES, OPTIMIZERS, SCHEDULES
from gdstudio.ui.panels.descent_form import DescentForm, position_of, rate_at, read_batch, read_period

K = Qt.Key


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


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
def test_a_typed_rate_is_wished_for_exactly(panel_on, by, text, rate):
    panel, wished = panel_on()
    by.enter(panel.descent.rate_field, text)
    assert wished == [("learning_rate_requested", rate, 0)]


@pytest.mark.parametrize("text", ["0", "-1", "11", "1e-13", "nan", "abc", "1,234.5", ""])
def test_a_rate_that_cannot_be_is_refused_with_one_sentence(panel_on, by, text):
    panel, wished = panel_on()
    by.enter(panel.descent.rate_field, text)
    assert [name for name, *_ in wished] == ["refused"]
    assert wished[0][1].endswith(".")


def test_a_typed_rate_survives_being_shown_by_the_slider(studio, by):
    by.enter(studio.window.control_panel.descent.rate_field, "1/9")
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
    for _ in range(4):
        studio.player.advance(100)
    step = studio.session.viewed.state.step
    drag(studio.window.control_panel.descent.rate_slider, by, -8, -16)
    by.enter(studio.window.control_panel.descent.rate_field, "0.0021")
    for _ in range(4):
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


def test_leaving_the_field_takes_the_rate_and_escape_gives_the_old_one_back(studio, by):
    field = studio.window.control_panel.descent.rate_field
    studio.window.activateWindow()
    by.enter(field, "0.5", K.Key_Escape)
    assert field.text() == "0.004"
    by.enter(field, "0.5", K.Key_Tab)
    assert studio.session.viewed.recipe.learning_rate == 0.5
    assert studio.session.undo_stack.count() == 1


# Batch.


@pytest.mark.parametrize(("text", "batch"), [("all", None), ("ALL", None), (" all ", None), ("1", 1), ("3", 3)])
def test_a_batch_is_read(panel_on, by, text, batch):
    project = edits.set_batch_size(by.picture("xor").project, 2)
    panel, wished = panel_on(project)
    assert panel.descent.batch_field.text() == "2"
    by.enter(panel.descent.batch_field, text)
    assert wished == [("batch_requested", batch)]


@pytest.mark.parametrize("text", ["0", "1.5", "-1", "everything", "", "1e99"])
def test_what_is_no_batch_is_refused(panel_on, by, text):
    panel, wished = panel_on()
    by.enter(panel.descent.batch_field, text)
    assert [name for name, *_ in wished] == ["refused"]


def test_a_batch_of_more_than_there_is_is_refused_with_a_sentence(opened, by):
    studio = opened("xor")
    by.enter(studio.window.control_panel.descent.batch_field, "5")
    assert studio.session.viewed.recipe.batch_size is None
    assert studio.session.undo_stack.count() == 0
    assert by.refusals(studio.window) == ["A batch has from 1 to 4 examples; 5 is outside."]
    assert studio.window.message_bar.isHidden()
    assert studio.window.control_panel.descent.batch_field.text() == "all"


def test_a_batch_of_everything_is_all(opened, by):
    studio = opened("xor")
    field = studio.window.control_panel.descent.batch_field
    for text, shown, batch in (("1", "1", 1), ("4", "all", None), ("3", "3", 3), ("all", "all", None)):
        by.enter(field, text)
        assert field.text() == shown
        assert studio.session.viewed.recipe.batch_size == batch


# Where a run stops.


def test_the_norm_at_which_a_run_stops_is_set_and_shown(studio, by):
    field = studio.window.control_panel.descent.tolerance_field
    by.enter(field, "1e-3")
    assert studio.player.tolerance == 1e-3
    assert field.text() == "0.001"
    by.enter(field, "-5")
    assert studio.player.tolerance == 0.0
    assert field.text() == "0"


def test_a_number_typed_in_another_way_is_no_change(studio, by):
    by.enter(studio.window.control_panel.descent.rate_field, "0.0040")
    assert studio.window.control_panel.descent.rate_field.text() == "0.004"
    assert studio.session.undo_stack.count() == 0


# What belongs to a choice appears with it.


OWN = {setting.name for row in OPTIMIZERS.values() for setting in row.settings}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizers_own_settings_appear_with_it_and_only_its_own(form_on, by, name):
    form, wished = form_on(DescentForm(), edits.set_optimizer(by.picture("xor").project, name))
    assert form.optimizer_combo.currentData() == name
    assert set(form.setting_fields) == OWN
    shown = {setting: field.text() for setting, field in form.setting_fields.items() if field.isVisible()}
    assert shown == {setting.name: exact(setting.default) for setting in OPTIMIZERS[name].settings}
    for setting in OPTIMIZERS[name].settings:
        assert form.setting_fields[setting.name].accessibleName() == setting.label
    assert OPTIMIZERS[name].formula in form.optimizer_combo.toolTip()
    assert wished == []


def test_the_settings_change_with_the_optimizer_that_is_shown(form_on, by):
    form, _ = form_on(DescentForm())
    project = by.picture("xor").project
    for name in (*OPTIMIZERS, *reversed(OPTIMIZERS)):
        form.show_picture(by.picture(edits.set_optimizer(project, name)))
        visible = {setting for setting, field in form.setting_fields.items() if field.isVisible()}
        assert visible == {setting.name for setting in OPTIMIZERS[name].settings}


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "constant"])
def test_a_schedule_other_than_the_usual_is_shown_without_more_and_brings_its_period(form_on, by, name):
    project = by.picture("xor").project
    form, _ = form_on(DescentForm())
    assert not form.schedule_combo.isVisible()
    form.show_picture(by.picture(edits.set_period(edits.set_schedule(project, name), 321)))
    assert form.schedule_combo.isVisible()
    assert form.schedule_combo.currentData() == name
    assert form.schedule_combo.toolTip() == SCHEDULES[name].formula
    assert form.period_field.isVisible()
    assert form.period_field.text() == "321"
    form.show_picture(by.picture("xor"))
    assert not form.schedule_combo.isVisible()
    assert not form.period_field.isVisible()


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_a_penalty_is_shown_without_more(form_on, by, name):
    form, _ = form_on(DescentForm())
    assert not any(field.isVisible() for field in form.penalty_fields.values())
    form.show_picture(by.picture(edits.set_penalty(by.picture("xor").project, name, 0.001)))
    assert all(field.isVisible() for field in form.penalty_fields.values())
    assert [form.penalty_fields[each].text() for each in ("l1", "l2")] == [
        "0.001" if each == name else "0" for each in ("l1", "l2")
    ]
    assert not form.tolerance_field.isVisible()
    assert not form.schedule_combo.isVisible()


@pytest.mark.parametrize("name", LOSSES)
def test_each_loss_is_shown(form_on, by, name):
    made = edits.set_generated(by.picture("two-rings").project, usual("three-gaussians"))
    form, _ = form_on(DescentForm(), edits.set_loss(made, name))
    assert form.loss_combo.currentData() == name
    assert form.loss_combo.currentText() == LOSSES[name].label


# What is read.


@pytest.mark.parametrize(("text", "value"), [("1", 1), ("1000", 1000), ("1e3", 1000), ("1000000000", 10**9)])
def test_a_period_is_read(text, value):
    assert read_period(text) == value
    assert isinstance(read_period(text), int)


@pytest.mark.parametrize("text", ["0", "-1", "2.5", "1e10", "", "soon", "nan"])
@pytest.mark.parametrize("read", [read_period, read_batch])
def test_what_is_no_count_is_refused_in_a_sentence(read, text):
    with pytest.raises(ProjectError, match=r"\.$"):
        read(text)
