"""The main job, on the whole wired window: the lecture, runs, divergence, undo, the history."""

import numpy as np
import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QPushButton

from gdstudio.app.studio import Studio
from gdstudio.document.edits import set_learning_rate, set_parameter
from gdstudio.document.examples import load_example
from gdstudio.document.files import load, save
from gdstudio.document.project import NodeRef
from gdstudio.engine import train
from gdstudio.ui.models.parameter_table import VALUE
from gdstudio.ui.theme import DARK, apply_basics, style_sheet


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def bits(*arrays):
    return [np.asarray(array).tobytes() for array in arrays]


def trained(project, steps):
    return train(project.recipe, project.state, project.data.x, project.data.y, steps)


def is_on(desk, name):
    return desk.window.findChild(QAction, name).isChecked()


# The lecture.


@pytest.mark.parametrize("motion", [False, True], ids=["at once", "in motion"])
def test_one_step_of_the_lecture_weight_shows_2_24(desk, motion):
    desk.open("one-weight").at_speed("1 step/s", motion=motion)
    assert (desk.column(VALUE), desk.slopes) == (["2"], [-24.0])
    desk.do("stepAction")
    desk.pass_time(1000)
    assert desk.column(VALUE) == ["2.24"]
    desk.check_screen()


@pytest.mark.parametrize("motion", [False, True], ids=["at once", "in motion"])
def test_two_weights_move_simultaneously_and_leave_an_error_of_2_5(desk, motion):
    desk.open("two-weights").at_speed("2 steps/s", motion=motion)
    assert desk.slopes == [30.0, 40.0]
    desk.do("stepAction")
    desk.pass_time(600)
    assert desk.values == pytest.approx([0.7, 1.6], rel=1e-15)
    assert desk.player.picture.errors(0) == pytest.approx([2.5], rel=1e-14)
    desk.check_screen()


def test_three_inputs_reach_the_loss_of_20_updates(desk):
    desk.open("three-inputs")
    assert desk.slopes == [14.0, 28.0, 42.0]
    desk.do(*["stepAction"] * 20)
    assert desk.player.picture.loss == pytest.approx(9.627110070005e-05, rel=1e-12)
    assert desk.window.loss_plot.info() == "step 20 · loss 9.627e−5"


def test_the_hidden_layer_has_the_slopes_of_the_pictures_and_moves_to_1_128(desk):
    desk.open("hidden-layer")
    assert desk.slopes == [-32.0, 16.0, -48.0, 24.0, -40.0, -8.0]
    desk.do("stepAction")
    assert desk.values[0] == pytest.approx(1.128, rel=1e-15)
    desk.check_screen()


def test_in_motion_the_canvas_ends_where_the_engine_does(desk):
    desk.open("one-weight").at_speed("1 step/s", motion=True)
    desk.do("stepAction")
    phases = []
    for _ in range(20):
        desk.player.advance(50)
        phases.append(desk.player.frame.phase)
    assert [phase for k, phase in enumerate(phases) if phase not in phases[:k]] == [0, 1, 2, 3, None]
    assert bits(desk.player.frame.parameters) == bits(trained(load_example("one-weight"), 1).state.parameters)


def test_phase_by_phase_the_weights_move_in_the_last_one(desk):
    desk.open("one-weight").at_speed("one phase at a time")
    for _ in range(3):
        desk.do("stepAction")
        assert desk.column(VALUE) == ["2"]
    desk.do("phaseAction")
    assert desk.column(VALUE) == ["2.24"]
    desk.check_screen()


@pytest.mark.parametrize("key", ["one-weight", "penguins", "noisy-line", "hidden-layer"])
def test_a_run_ends_when_there_is_no_more_downhill_and_says_so(desk, key):
    desk.open(key).run_to_the_end()
    assert desk.message.startswith("Finished after ")
    assert desk.player.picture.gradient_norm <= desk.player.tolerance
    assert not is_on(desk, "runAction")
    desk.check_screen()
    direct = trained(load_example(key), desk.session.project.state.step)
    assert bits(desk.session.project.parameters) == bits(direct.state.parameters)


def test_a_run_in_motion_takes_the_same_steps(desk):
    desk.open("two-weights").at_speed("10 steps/s", motion=True)
    desk.do("runAction")
    desk.pass_time(450)
    desk.do("runAction")
    desk.pass_time(200)
    taken = desk.session.project.state.step
    assert taken == 5
    assert bits(desk.session.project.parameters) == bits(trained(load_example("two-weights"), taken).state.parameters)
    desk.check_screen()


def test_a_table_of_a_person_is_learned(desk, tmp_path):
    path = tmp_path / "line.csv"
    path.write_text("x;y\n" + "".join(f"{x};{3 * x}\n" for x in (-1, 0, 1, 2)))
    assert desk.studio.documents.open_path(path)
    assert desk.session.project.title == "line"
    desk.check_screen()
    desk.window.control_panel.descent.learning_rate_requested.emit(0.1, 0)
    desk.run_to_the_end()
    assert desk.message.startswith("Finished after ")
    project = desk.session.project
    assert trained(project, 0).losses[0] < 1e-15
    desk.check_screen()


def test_run_at_a_flat_place_says_so_and_takes_no_step(desk):
    desk.open("one-weight").run_to_the_end()
    step = desk.session.project.state.step
    desk.do("runAction")
    assert desk.message.startswith(f"Finished after {step:,} steps")
    assert not is_on(desk, "runAction")
    assert desk.session.project.state.step == step


# Divergence.


def diverge(desk):
    desk.open("one-weight")
    desk.session.set_learning_rate(0.2)
    desk.run_to_the_end()
    return desk


@pytest.mark.parametrize("motion", [False, True], ids=["at once", "in motion"])
def test_too_large_a_rate_diverges_with_a_sentence_and_finite_numbers(desk, motion):
    desk.open("one-weight").at_speed("10 steps/s", motion=motion)
    desk.session.set_learning_rate(0.2)
    desk.run_to_the_end()
    assert desk.message.startswith("The loss has grown a million-fold and more: ")
    assert np.isfinite(desk.values).all()
    desk.check_screen()


def test_the_button_of_a_divergence_halves_the_rate_and_the_run_goes_on(desk):
    diverge(desk)
    button = desk.window.findChild(QPushButton, "halveRateButton")
    assert button.isVisibleTo(desk.window)
    button.click()
    assert desk.session.project.recipe.learning_rate == 0.1
    assert desk.message == ""
    desk.check_screen()
    desk.run_to_the_end()
    assert desk.message.startswith("Finished after ")


def test_a_sentence_without_an_offer_hides_the_button(desk):
    diverge(desk)
    desk.session.set_learning_rate(-1.0)
    assert not desk.window.findChild(QPushButton, "halveRateButton").isVisibleTo(desk.window)


def test_a_step_that_would_not_be_finite_is_not_taken(desk):
    desk.open("one-weight")
    assert desk.type_weight(0, "1e153")
    desk.session.set_learning_rate(10.0)
    desk.do(*["stepAction"] * 3)
    assert desk.message.startswith("The next step would make the loss infinite")
    assert np.isfinite(desk.values).all()
    desk.check_screen()


@pytest.mark.parametrize("motion", [False, True], ids=["at once", "in motion"])
def test_a_weight_moved_far_uphill_in_the_middle_of_a_run_is_no_divergence(desk, motion):
    desk.open("one-weight").at_speed("10 steps/s", motion=motion)
    desk.do("runAction")
    desk.pass_time(200)
    assert desk.player.is_running
    assert desk.type_weight(0, "1e5")
    desk.pass_time(500)
    assert "million-fold" not in desk.message
    assert abs(desk.session.viewed.parameters[0]) < 1e5


# Undo, redo, reset and new start.


def test_undo_and_redo_of_everything_install_the_very_same_projects(desk):
    desk.open("hidden-layer")
    projects = [desk.session.project]
    for act in (
        lambda: desk.do("stepAction"),
        lambda: desk.type_weight(2, "1/3"),
        lambda: desk.session.set_learning_rate(0.002),
        lambda: desk.do("runAction") or desk.pass_time(200) or desk.do("runAction"),
        lambda: desk.session.add_node(1),
        lambda: desk.do("newStartAction"),
        lambda: desk.session.set_value(0, 1, 2.5),
        lambda: desk.do("stepAction"),
        lambda: desk.do("resetAction"),
    ):
        act()
        projects.append(desk.session.project)
    assert desk.session.undo_stack.count() == len(projects) - 1
    for project in reversed(projects[:-1]):
        desk.do("undoAction")
        assert desk.session.project is project
        desk.check_screen()
    assert not desk.window.isWindowModified()
    for project in projects[1:]:
        desk.do("redoAction")
        assert desk.session.project is project
        desk.check_screen()
    assert desk.window.isWindowModified()


def test_undo_in_the_middle_of_a_run_ends_it_and_takes_all_of_it_back(desk):
    desk.open("two-rings").at_speed("100 steps/s")
    begin = desk.session.project
    desk.do("runAction")
    desk.pass_time(500)
    assert desk.session.project.state.step > 0
    desk.do("undoAction")
    assert desk.session.project is begin
    assert not desk.player.is_running
    desk.pass_time(200)
    assert desk.session.project is begin
    desk.check_screen()


def test_undo_in_the_middle_of_an_animated_step_shows_the_moment_before(desk):
    desk.open("one-weight").at_speed("1 step/s", motion=True)
    desk.do("stepAction")
    desk.pass_time(600)
    desk.do("undoAction")
    desk.check_screen()
    desk.pass_time(1000)
    assert desk.column(VALUE) == ["2"]
    assert desk.player.frame.phase is None


def test_reset_returns_to_the_very_same_start_and_new_start_draws_from_the_next_seed(desk):
    start = desk.open("two-rings").session.project
    desk.do("stepAction", "stepAction", "resetAction")
    assert desk.session.project.state is start.start
    desk.check_screen()
    desk.do("newStartAction")
    drawn = desk.session.project
    assert drawn.recipe.seed == start.recipe.seed + 1
    assert bits(drawn.parameters) != bits(start.parameters)
    desk.do("stepAction", "resetAction")
    assert bits(desk.session.project.parameters) == bits(drawn.parameters)
    desk.check_screen()


@pytest.mark.parametrize("name", ["resetAction", "newStartAction"])
def test_a_new_beginning_in_the_middle_of_a_run_ends_it(desk, name):
    desk.open("two-rings").at_speed("100 steps/s")
    desk.do("runAction")
    desk.pass_time(300)
    desk.do(name)
    assert not is_on(desk, "runAction")
    desk.pass_time(300)
    assert desk.session.project.state.step == 0
    desk.check_screen()


# The history.


def test_scrubbing_shows_every_step_as_it_was_and_changes_nothing(desk):
    desk.open("hidden-layer").do(*["stepAction"] * 6)
    end, count = desk.session.project, desk.session.undo_stack.count()
    for step in (3, 0, 5, 1, 6):
        desk.window.history_bar.slider.setValue(step)
        assert bits(desk.session.viewed.parameters) == bits(
            trained(load_example("hidden-layer"), step).state.parameters
        )
        desk.check_screen()
    assert desk.session.project is end
    assert desk.session.undo_stack.count() == count


def test_going_on_from_an_earlier_step_is_one_edit_that_undo_takes_back(desk):
    desk.open("hidden-layer").do(*["stepAction"] * 6)
    end = desk.session.project
    desk.window.history_bar.slider.setValue(2)
    desk.session.set_learning_rate(0.001)
    assert desk.window.history_bar.slider.maximum() == 2
    desk.do("stepAction")
    assert desk.session.project.state.step == 3
    desk.check_screen()
    desk.do("undoAction", "undoAction")
    assert desk.session.project is end
    assert desk.window.history_bar.slider.maximum() == 6
    desk.check_screen()


def test_a_click_on_the_loss_travels_to_that_step_and_back_takes_one_more(desk):
    desk.open("two-weights").do(*["stepAction"] * 5)
    desk.window.loss_plot.step_requested.emit(3)
    desk.do("backAction")
    assert desk.session.viewed.state.step == 2
    desk.check_screen()
    desk.do("backAction", "backAction", "backAction")
    assert desk.session.viewed.state.step == 0
    assert not desk.window.findChild(QAction, "backAction").isEnabled()


def test_scrubbing_in_the_middle_of_a_run_ends_it(desk):
    desk.open("two-rings").at_speed("100 steps/s")
    desk.do("runAction")
    desk.pass_time(500)
    desk.window.history_bar.step_requested.emit(3)
    assert not desk.player.is_running
    desk.pass_time(200)
    assert desk.session.viewed.state.step == 3
    desk.check_screen()


def test_renaming_leaves_the_step_that_is_looked_at(desk):
    desk.open("hidden-layer").do(*["stepAction"] * 4)
    desk.session.view_step(1)
    desk.session.rename_node(NodeRef(1, 0), "edge")
    assert desk.session.viewed.state.step == 1
    desk.check_screen()


# In the middle of a run.


def test_another_learning_rate_in_the_middle_of_a_run_keeps_it_going(desk):
    desk.open("three-inputs").at_speed("10 steps/s")
    desk.do("runAction")
    desk.pass_time(300)
    before = desk.session.project
    desk.window.control_panel.descent.learning_rate_requested.emit(0.001, 1)
    assert desk.player.is_running
    desk.pass_time(300)
    after = desk.session.project
    assert after.state.step > before.state.step
    slower = trained(set_learning_rate(before, 0.001), after.state.step - before.state.step)
    assert bits(after.parameters) == bits(slower.state.parameters)
    desk.do("runAction")
    assert desk.window.history_bar.slider.minimum() == 0
    desk.check_screen()


def mid_run(desk):
    desk.open("three-inputs").at_speed("10 steps/s")
    desk.do("runAction")
    desk.pass_time(300)
    assert desk.player.is_running


def mid_animated_run(desk):
    desk.open("three-inputs").at_speed("1 step/s", motion=True)
    desk.do("runAction")
    desk.pass_time(400)
    assert desk.player.is_moving


def mid_step(desk):
    desk.open("three-inputs").at_speed("1 step/s", motion=True)
    desk.do("stepAction")
    desk.pass_time(400)
    assert desk.player.is_moving


def mid_phase(desk):
    desk.open("three-inputs").at_speed("1 step/s", motion=True)
    desk.do("phaseAction", "phaseAction")


MIDDLES = pytest.mark.parametrize("middle", [mid_run, mid_animated_run, mid_step, mid_phase])


@MIDDLES
def test_nothing_is_written_into_a_document_that_was_opened_in_the_middle(desk, middle):
    middle(desk)
    other = load_example("hidden-layer")
    desk.session.open(other, None)
    desk.pass_time(2000)
    assert desk.session.project is other
    assert not desk.window.isWindowModified()
    assert not is_on(desk, "runAction")
    desk.check_screen()


@MIDDLES
def test_nothing_is_written_into_a_document_of_the_same_shape_at_the_same_step(desk, middle):
    middle(desk)
    twin = set_parameter(desk.session.project, 0, 7.5)
    desk.session.open(twin, None)
    desk.pass_time(2000)
    assert desk.session.project is twin
    assert not is_on(desk, "runAction")
    desk.check_screen()


@MIDDLES
def test_an_edit_in_the_middle_shows_its_own_numbers_at_once(desk, middle):
    middle(desk)
    desk.type_weight(1, "−4.25")
    assert desk.column(VALUE)[1] == "−4.25"
    if desk.player.is_running:
        desk.do("runAction")
    desk.check_screen()
    desk.pass_time(2000)
    desk.check_screen()


def test_back_in_the_middle_of_the_first_step_returns_to_its_beginning(desk):
    mid_phase(desk)
    desk.do("backAction")
    assert desk.player.frame.phase is None
    assert desk.session.undo_stack.count() == 0


def test_without_motion_a_step_that_was_looked_at_phase_by_phase_is_finished_at_once(desk):
    desk.open("one-weight").at_speed("1 step/s").do("phaseAction", "phaseAction", "stepAction")
    assert desk.player.frame.phase is None
    desk.check_screen()


@pytest.mark.parametrize("middle", [mid_run, mid_animated_run, mid_step])
def test_motion_that_is_switched_off_in_the_middle_ends_at_once(desk, middle):
    middle(desk)
    desk.window.findChild(QAction, "reducedMotionAction").setChecked(True)
    if desk.player.is_running:
        desk.do("runAction")
    desk.pass_time(2000)
    desk.check_screen()


def test_saved_in_the_middle_of_a_run_the_file_has_that_very_step(desk, tmp_path):
    mid_run(desk)
    assert desk.session.save(tmp_path / "a.gds")
    at_save = desk.session.project
    desk.pass_time(500)
    desk.do("runAction")
    assert load(tmp_path / "a.gds").state.step == at_save.state.step
    assert desk.window.isWindowModified()
    desk.do("undoAction")
    assert desk.session.project is at_save
    assert not desk.window.isWindowModified()


def test_fifty_steps_a_file_and_fifty_more_are_a_hundred(desk, tmp_path):
    desk.open("two-rings")
    desk.session.descend(50)
    save(desk.session.project, tmp_path / "half.gds")
    assert desk.studio.documents.open_path(tmp_path / "half.gds")
    assert desk.window.history_bar.slider.minimum() == 50
    desk.do(*["stepAction"] * 50)
    assert bits(desk.session.project.parameters) == bits(trained(load_example("two-rings"), 100).state.parameters)
    desk.check_screen()


# Colours.


def picture(studio):
    for _ in range(3):
        QApplication.processEvents()
    return studio.window.grab().toImage()


def test_a_window_in_another_theme_looks_as_if_it_had_begun_in_it_and_changes_back(studio, qapp):
    light = picture(studio)
    studio.set_theme("dark")
    dark = picture(studio)
    qapp.setStyleSheet("")
    apply_basics(qapp, DARK)
    qapp.setStyleSheet(style_sheet(DARK))
    assert picture(studio) == dark != light
    studio.set_theme("light")
    assert picture(studio) == light
