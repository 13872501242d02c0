from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, QSettings, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QMenu, QPushButton, QWidget

from gdstudio.app.studio import Studio
from gdstudio.document.numbers import exact
from gdstudio.document.project import NodeRef, ParameterRef
from gdstudio.teaching import lessons as lessons_module
from gdstudio.teaching.choreography import Phase
from gdstudio.teaching.lessons import lessons
from gdstudio.teaching.mistakes import CHANGE as CHANGE_ALONE
from gdstudio.teaching.mistakes import FACTOR, SIGN
from gdstudio.teaching.practice import Level, exercise
from gdstudio.ui.models.parameter_table import CHANGE

MOVED = "The network has moved on. This question is about the network as this step set it up."
LESSONS = {lesson.number: lesson for lesson in lessons()}

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


class Learner:
    """A person who leads through a lesson by the keyboard alone."""

    def __init__(self, window) -> None:
        self.window, self.studio = window, None
        self.panel = window.lesson_panel
        window.activateWindow()
        QApplication.processEvents()

    def label(self, name: str) -> str:
        found = self.window.findChild(QLabel, name)
        return found.text() if found.isVisible() else ""

    @property
    def feedback(self) -> str:
        return self.label("lessonFeedback")

    @property
    def tone(self) -> str:
        """How the feedback is colored: green is “good”."""
        return self.window.findChild(QLabel, "lessonFeedback").property("tone")

    @property
    def question(self) -> str:
        return self.label("lessonQuestion")

    def press(self, key: Qt.Key, modifiers=NO_MODIFIER) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)
        QApplication.processEvents()

    def reach(self, name: str) -> QWidget:
        """Press Tab until something has the keyboard."""
        for _ in range(120):
            widget = QApplication.focusWidget()
            if widget is not None and widget.objectName() == name:
                return widget
            QTest.keyClick(widget or self.window, Qt.Key.Key_Tab)
        raise AssertionError(f"{name} is not reached")

    def push(self, name: str) -> None:
        self.reach(name)
        self.press(Qt.Key.Key_Space)

    def type(self, text: str, name: str = "predictField") -> None:
        field = self.reach(name)
        field.selectAll()
        for character in text:  # QTest types no real minus
            QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, 0, NO_MODIFIER, character))
        self.press(Qt.Key.Key_Return)

    def next(self) -> None:
        self.push("lessonNextButton")

    @property
    def can_go_on(self) -> bool:
        return self.window.lesson_panel.next_button.isEnabled()


@pytest.fixture
def studio(same_studio) -> Studio:
    return same_studio


@pytest.fixture
def learner(studio) -> Learner:
    person = Learner(studio.window)
    person.studio = studio
    return person


@pytest.fixture
def another(qapp, tmp_path) -> Callable[[], Studio]:
    """The studio of the next process, on the same settings."""
    made = []

    def begin() -> Studio:
        made.append(Studio(qapp, "light", QSettings(str(tmp_path / "studio.ini"), QSettings.Format.IniFormat)))
        made[-1].window.show()
        made[-1].move_in()
        return made[-1]

    yield begin
    for each in made:
        for timer in each.window.findChildren(QTimer):
            timer.stop()
        each.window.may_close = lambda: True
        each.window.close()
        each.window.deleteLater()
    made.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def dock(window, name) -> QDockWidget:
    return window.findChild(QDockWidget, name)


# Lessons from the window.


def test_lesson_three_is_led_by_the_keyboard_alone(launch):
    _, window = launch("--lesson", 3)
    window.studio.player.set_reduced_motion(True)
    learner = Learner(window)
    session = window.studio.session
    assert dock(window, "lessonDock").isVisible()
    assert learner.panel.accessibleName() == "Where a slope comes from"
    for wrong, name, right in (("4", SIGN, "-4"), ("8", SIGN, "−8"), ("-12", FACTOR, "-24,0")):
        learner.type("abc")
        assert learner.feedback == "“abc” is not a number; type one like 0.01, 1e-3 or 1/28."
        assert not learner.can_go_on
        learner.type(wrong)
        assert not learner.can_go_on
        assert learner.feedback.startswith(f"{wrong.replace('-', '−')} is what comes out when {name}. ")
        assert learner.tone == ""
        learner.type(right)
        assert learner.feedback.startswith("Right:")
        assert learner.tone == "good"
        learner.next()
    assert learner.question == "What will the weight be after the step? Press Step."
    learner.press(Qt.Key.Key_F10)
    assert session.viewed.state.step == 0
    assert learner.question == "What will the weight be after the step?"
    learner.type("2.24")
    assert session.viewed.state.step == 1
    assert learner.feedback == "Right: the weight went up, from 2 to 2.24."
    assert learner.tone == "good"
    learner.next()
    assert session.viewed.data.x[0, 0] == 1.0
    learner.type("-16")
    assert learner.panel.next_button.text() == "Finish"
    learner.push("lessonBackButton")
    assert learner.can_go_on
    learner.push("lessonCloseButton")
    assert not dock(window, "lessonDock").isVisible()
    assert session.viewed.data.x[0, 0] == 1.0


def test_a_lesson_is_begun_from_the_menu_by_the_keyboard(learner):
    learner.press(Qt.Key.Key_L, Qt.KeyboardModifier.AltModifier)
    (menu,) = [menu for menu in learner.window.findChildren(QMenu) if menu.isVisible()]
    QTest.keyClick(menu, Qt.Key.Key_Home)
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert not menu.isVisible()
    assert learner.studio.school.tutor.lesson == LESSONS[2]
    assert dock(learner.window, "lessonDock").isVisible()


def test_the_menu_names_every_lesson(desk):
    for number, lesson in LESSONS.items():
        desk.do(f"lesson-{number}")
        assert desk.studio.school.tutor.lesson == lesson
        desk.session.undo_stack.setClean()
        desk.stage.select(ParameterRef(0))


def test_a_choice_is_taken_by_the_keyboard(learner):
    learner.window.actions_by_name["practiceAction"].trigger()
    learner.studio.school.begin(1)
    buttons = [learner.window.findChild(QPushButton, f"lessonChoice{number}") for number in (1, 2, 3)]
    assert [button.text() for button in buttons] == ["grow", "shrink", "stay as it is"]
    learner.push("lessonChoice2")
    assert learner.feedback == "No. Look at the ball: to which side does the curve fall?"
    assert not learner.can_go_on
    learner.push("lessonChoice1")
    assert learner.feedback == "Right: at 2 the curve falls to the right."
    assert learner.can_go_on


def test_goals_are_reached_by_hand_in_the_studio(desk):
    learner = Learner(desk.window)
    desk.studio.school.begin(2, 1)
    learner.push("checkButton")
    assert learner.feedback.startswith("Not yet. Still to do: rate at least 0.01; loss below 0.01.")
    learner.type("0.02", "learningRateField")
    desk.run_to_the_end()
    learner.push("checkButton")
    assert learner.feedback == "A larger rate, fewer steps."
    assert learner.can_go_on


def test_a_question_about_a_network_that_has_moved_on_is_set_up_again_by_the_keyboard(learner):
    learner.studio.player.set_reduced_motion(True)
    learner.studio.school.begin(2)
    session = learner.studio.session
    assert learner.label("lessonMoved") == ""
    learner.press(Qt.Key.Key_F10)
    assert session.viewed.state.step == 1
    assert learner.label("lessonMoved") == MOVED
    learner.type("2.4368")
    assert learner.feedback.startswith("2.4368 is not correct. ")
    learner.type("0.24")
    assert learner.feedback.startswith(f"0.24 is what comes out when {CHANGE_ALONE}. ")
    assert (learner.tone, learner.can_go_on) == ("", False)
    learner.push("lessonSetUpButton")
    assert session.viewed.state.step == 0
    assert session.viewed.parameters.tolist() == [2.0]
    assert learner.label("lessonMoved") == ""
    assert not learner.panel.set_up_button.isVisible()
    learner.type("2.24")
    assert learner.feedback == LESSONS[2].steps[0].praise
    assert (learner.tone, learner.can_go_on) == ("good", True)
    learner.type("5")
    assert learner.feedback.startswith("5 is not correct. ")
    assert (learner.tone, learner.can_go_on) == ("", True)


def test_closing_leaves_the_document_and_shows_everything_again(learner):
    learner.studio.school.begin(3, 3)
    learner.studio.session.set_parameter(0, 5.0)
    before = learner.studio.session.viewed
    learner.push("lessonCloseButton")
    assert learner.studio.session.viewed is before
    assert not dock(learner.window, "lessonDock").isVisible()
    assert learner.window.spotlight.isHidden()
    assert learner.window.slope_panel.result_label.text() != ""


@pytest.mark.parametrize("answer", ["Cancel", "Discard", "Save"])
def test_unsaved_work_is_asked_about_before_a_lesson_replaces_it(desk, dialogs, tmp_path, answer):
    desk.session.set_parameter(0, 7.0)
    before = desk.session.viewed
    dialogs.answer, dialogs.saves = getattr(dialogs.buttons, answer), tmp_path / "kept.gds"
    desk.do("lesson-1")
    assert dialogs.questions == ["Save the changes to “Hidden layer” first?"]
    tutor = desk.studio.school.tutor
    if answer == "Cancel":
        assert (desk.session.viewed, tutor.lesson) == (before, None)
        assert not dock(desk.window, "lessonDock").isVisible()
        assert desk.studio.preferences.lesson is None
    else:
        assert tutor.lesson == LESSONS[1]
        assert desk.session.viewed.network.sizes == (1, 1)
    assert (tmp_path / "kept.gds").exists() is (answer == "Save")


def test_cancelling_keeps_the_lesson_that_goes_on(desk):
    desk.do("lesson-3")
    desk.session.set_parameter(0, 7.0)
    before = desk.session.viewed
    desk.do("lesson-1")
    assert desk.studio.school.tutor.lesson == LESSONS[3]
    assert desk.session.viewed is before


@pytest.mark.parametrize("number", [0, 99, -1])
def test_a_lesson_that_there_is_not_is_refused_in_a_sentence(launch, number):
    _, window = launch(f"--lesson={number}")
    assert window.message_bar.text() == f"There is no lesson {number}; there are 1 to {max(LESSONS)}."
    assert window.studio.school.tutor.lesson is None


# Where a person stopped.


def test_the_place_is_remembered_and_resumed_in_the_next_process(another):
    studio = another()
    studio.school.begin(3)
    studio.school.tutor.answer("-4")
    studio.school.tutor.go_on()
    studio.window.before_close()
    later = another()
    page = later.window.welcome_page
    later.welcome()
    resume = page.findChild(QPushButton, "welcomeResumeButton")
    assert (resume.isVisible(), resume.text()) == (True, "Go on: lesson 3")
    resume.click()
    assert later.school.tutor.step == LESSONS[3].steps[1]
    assert not page.isVisible()
    assert later.window.lesson_panel.back_button.isEnabled()


@pytest.mark.parametrize("damaged", ["banana", "3", "3/x", "-1/0", "3/999"])
def test_a_damaged_place_begins_anew(qapp, another, tmp_path, damaged):
    (tmp_path / "studio.ini").write_text(f"[General]\nlesson={damaged}\npractice={damaged}\nwelcome={damaged}\n")
    studio = another()
    studio.school.resume()
    expected = LESSONS[3].steps[-1] if damaged == "3/999" else LESSONS[1].steps[0]
    assert studio.school.tutor.step == expected
    assert studio.school.trainer.progress.solved == {}


@pytest.mark.parametrize("place", ["99/0", "0/0"])
def test_the_place_in_a_lesson_that_there_is_not_begins_anew(another, tmp_path, place):
    (tmp_path / "studio.ini").write_text(f"[General]\nlesson={place}\n")
    studio = another()
    studio.school.resume()
    assert studio.school.tutor.step == LESSONS[1].steps[0]


def test_finishing_leads_to_the_next_lesson(studio, dialogs):
    dialogs.answer = dialogs.buttons.Discard
    studio.school.begin(1, len(LESSONS[1].steps) - 1)
    studio.school.tutor.answer(LESSONS[1].steps[-1].right)
    studio.window.lesson_panel.next_button.click()
    assert studio.school.tutor.step == LESSONS[2].steps[0]
    assert studio.preferences.lesson == (2, 0)


def test_after_the_last_lesson_there_is_practice(studio):
    last = max(LESSONS)
    studio.school.begin(last, len(LESSONS[last].steps) - 1)
    studio.school.tutor._solved.add(len(LESSONS[last].steps) - 1)
    studio.school.tutor.go_on()
    assert studio.window.message_bar.text() == "That was the last lesson. Practice goes on without end."
    assert studio.school.tutor.lesson is None
    assert studio.preferences.lesson is None


@pytest.mark.parametrize(
    ("content", "said"),
    [("version = 2\n", "newer studio"), ("version = 1\nnumber = 1\nbanana = 1\n", "banana"), ("]][[", "not a lesson")],
)
def test_a_broken_lesson_file_is_one_sentence_and_the_window_opens(launch, tmp_path, monkeypatch, content, said):
    folder = tmp_path / "resources"
    folder.mkdir()
    (folder / "01-broken.toml").write_text(content)
    monkeypatch.setattr(lessons_module, "resource", lambda name: folder)
    _, window = launch()
    assert window.isVisible()
    window.studio.move_in()
    sentence = window.message_bar.text()
    assert sentence.startswith("01-broken.toml")
    assert said in sentence
    assert sentence.count(".") == sentence.count(".toml") + 1 or said == "not a lesson"
    window.studio.school.begin(1)
    assert window.message_bar.text() == "There is no lesson 1; there are none."
    window.studio.school.resume()
    window.actions_by_name["practiceAction"].trigger()
    assert dock(window, "practiceDock").isVisible()


# What is pointed at.


def framed(window, widget) -> QRect:
    corner = widget.mapTo(window, QPoint(0, 0))
    return QRect(corner, widget.size()).adjusted(-4, -4, 4, 4).intersected(window.rect())


def test_the_panel_that_is_pointed_at_is_framed_and_comes_to_the_front(studio, qapp):
    dock(studio.window, "slicesDock").raise_()
    qapp.processEvents()
    studio.school.begin(1)
    qapp.processEvents()
    window = studio.window
    assert window.spotlight.isVisible()
    assert window.spotlight.target is window.slice_plot
    assert window.spotlight.geometry() == framed(window, window.slice_plot)
    assert not window.slice_plot.visibleRegion().isEmpty()


SIZES = [(1280, 720), (1110, 600), (1700, 1000)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("number", "at"),
    [
        (1, 0),
        (3, 1),
        (2, 0),
    ],
)
def test_the_frame_follows_when_the_window_is_resized(studio, qapp, number, at, size):
    studio.school.begin(number, at)
    qapp.processEvents()
    studio.window.resize(*size)
    for _ in range(5):
        qapp.processEvents()
    spotlight = studio.window.spotlight
    assert spotlight.target.objectName() == LESSONS[number].steps[at].point[0]
    assert spotlight.geometry() == framed(studio.window, spotlight.target)


def test_parts_of_the_network_light_up(studio, by_pointing):
    studio.school.begin(1, 1)
    assert by_pointing(studio)[-1].ref == ParameterRef(0)


@pytest.fixture
def by_pointing():
    def pointed(studio):
        heard = []
        studio.stage.pointed.connect(lambda trace, *_: heard.append(trace))
        studio.school.tutor._point(studio.school.tutor.step.point)
        return heard

    return pointed


def test_each_step_tells_screen_readers_its_plain_sentence(studio):
    for number, lesson in LESSONS.items():
        studio.session.undo_stack.setClean()
        studio.school.begin(number)
        for at, step in enumerate(lesson.steps):
            if at > 0:
                studio.school.tutor._solved.add(at - 1)
                studio.school.tutor.go_on()
            assert studio.school.tutor.step is step
            described = studio.window.lesson_panel.accessibleDescription()
            assert " ".join(step.text.split()) in described
            assert step.ask in described
            assert "\n" not in described


# Ask me first.


def test_what_the_step_will_do_is_hidden_until_it_is_predicted(desk):
    window = desk.window
    Learner(window)
    desk.open("one-weight")
    desk.stage.select(ParameterRef(0))
    QApplication.processEvents()

    def shown() -> tuple[bool, bool, bool]:
        plot = window.slice_plot
        landing = plot._landing.isVisible() if plot.plot is not None else None
        return window.slope_panel.result_label.text() != "", landing, not window.parameter_table.isColumnHidden(CHANGE)

    assert shown() == (True, True, True)
    desk.do("askFirstAction")
    assert shown() == (False, False, False)
    desk.do("stepAction")
    desk.stage.select(None)
    desk.stage.select(ParameterRef(0))
    assert shown() == (False, False, False)
    desk.window.lesson_panel.field.setText("2.24")
    desk.window.lesson_panel.check_button.click()
    assert desk.session.viewed.state.step == 1
    desk.do("askFirstAction")
    assert shown() == (True, True, True)
    assert not dock(window, "lessonDock").isVisible()


def test_no_other_view_gives_the_coming_step_away(desk):
    window = desk.window
    desk.open("xor")
    window.surface_plot.move_in()
    for name in ("slicesDock", "surfaceDock", "codeDock"):
        dock(window, name).show()
        dock(window, name).raise_()
        for _ in range(3):
            QApplication.processEvents()
            desk.studio.jobs.wait()
    QApplication.processEvents()
    surface, lines = window.surface_plot, window.code_panel

    def shown() -> tuple[bool, bool, bool, bool, bool]:
        window.slices_plot.grab()
        return (
            not window.slices_plot._conceals,
            len(surface._next.getData()[0]) == 1,
            bool(np.isfinite(surface.relief._surface.following).all()),
            all(line.value != "?" for line in lines._lines),
            window.history_bar.phase_slider.isEnabled(),
        )

    assert shown() == (True,) * 5
    free = pixels(window.slices_plot)
    desk.do("askFirstAction")
    assert shown() == (False,) * 5
    assert pixels(window.slices_plot) != free
    backward = [line.value for line in lines._lines if line.phase is Phase.BACKWARD]
    assert backward
    assert "?" not in backward
    lines.copy()
    assert "?" in QApplication.clipboard().text()
    desk.do("askFirstAction")
    assert shown() == (True,) * 5
    assert pixels(window.slices_plot) == free


def pixels(widget) -> bytes:
    return bytes(widget.grab().toImage().constBits())


def test_the_phases_of_a_step_wait_for_the_prediction_too(desk):
    desk.open("one-weight")
    desk.do("askFirstAction")
    desk.do("phaseAction")
    assert desk.player.frame.phase is None
    assert desk.window.lesson_panel.field.isVisible()
    desk.window.lesson_panel.field.setText("2.24")
    desk.window.lesson_panel.check_button.click()
    assert desk.session.viewed.state.step == 1


def test_ask_me_first_is_answered_by_a_direction_from_the_keyboard(desk):
    learner = Learner(desk.window)
    desk.open("xor")
    desk.do("askFirstAction")
    assert desk.window.lesson_panel.accessibleName() == "Predict before you step"
    learner.press(Qt.Key.Key_F10)
    assert desk.session.viewed.state.step == 0
    learner.push("lessonChoice1")
    assert desk.session.viewed.state.step == 1
    assert learner.feedback.startswith(("Right: the weight went up", "Not quite. You predicted “up”; the weight "))
    learner.push("lessonCloseButton")
    assert not desk.window.actions_by_name["askFirstAction"].isChecked()
    desk.do("stepAction")
    assert desk.session.viewed.state.step == 2


# Practice.


def test_practice_goes_by_the_keyboard_alone(desk):
    learner = Learner(desk.window)
    learner.press(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    trainer = desk.studio.school.trainer
    assert dock(desk.window, "practiceDock").isVisible()
    assert QApplication.focusWidget() is desk.window.practice_panel.field
    learner.type("1,234.5", "practiceField")
    assert "could be read in two ways" in learner.label("practiceFeedback")
    learner.push("hintButton")
    assert learner.label("practiceHints") == trainer.exercise.hints[0]
    learner.type(exact(trainer.exercise.answer), "practiceField")
    assert learner.label("practiceFeedback").startswith("Right:")
    assert learner.label("practiceSolution") == "\n".join(trainer.exercise.solution)
    answered = trainer.exercise
    learner.push("practiceShowButton")
    assert desk.session.project is answered.project
    learner.push("practiceNextButton")
    assert trainer.exercise.seed == answered.seed + 1
    assert learner.label("practiceSolution") == ""


def test_the_exercise_is_shown_in_the_studio_only_where_the_document_may_be_left(desk, dialogs):
    desk.do("practiceAction")
    desk.session.set_parameter(0, 7.0)
    before = desk.session.viewed
    desk.window.practice_panel.show_requested.emit()
    assert desk.session.viewed is before
    assert len(dialogs.questions) == 1


def test_progress_is_kept_for_the_next_process(another):
    studio = another()
    studio.school.practise()
    trainer = studio.school.trainer
    trainer.set_level("ERROR")
    trainer.answer(exact(trainer.exercise.answer))
    studio.window.before_close()
    later = another().school.trainer
    later.set_level("ERROR")
    assert later.progress.solved["ERROR"] == later.progress.alone["ERROR"] == 1
    assert later.exercise.given == exercise(Level.ERROR, 1).given


# The welcome.


def test_the_welcome_is_there_at_a_first_start_and_not_with_a_file_or_a_lesson(launch, tmp_path):
    _, window = launch()
    assert window.welcome_page.isVisible()
    path = tmp_path / "cats.csv"
    path.write_text("weight,age\n1,3\n4,6\n")
    for arguments in ((path,), ("--lesson", 1)):
        assert not launch(*arguments)[1].welcome_page.isVisible()


def test_a_studio_by_itself_shows_no_welcome_and_hides_what_is_for_learning(studio):
    assert not studio.window.welcome_page.isVisible()
    for name in ("lessonDock", "practiceDock"):
        assert not dock(studio.window, name).isVisible()
        area = studio.window._workspace.dockWidgetArea(dock(studio.window, name))
        assert area == Qt.DockWidgetArea.LeftDockWidgetArea


def test_the_welcome_is_closed_for_good_and_comes_back_from_the_menu(launch):
    _, window = launch()
    window.findChild(QWidget, "welcomeCloseButton").click()
    assert not window.welcome_page.isVisible()
    window.close()
    _, later = launch()
    assert not later.welcome_page.isVisible()
    later.studio.move_in()
    later.actions_by_name["welcomeAction"].trigger()
    assert later.welcome_page.isVisible()


@pytest.mark.parametrize("name", ["Learn", "Practice", "Example", "Data"])
def test_each_button_of_the_welcome_does_what_it_says(desk, dialogs, tmp_path, name):
    page, window = desk.window.welcome_page, desk.window
    desk.studio.welcome()
    dialogs.opens = tmp_path / "cats.csv"
    dialogs.opens.write_text("weight,age\n1,3\n4,6\n")
    page.findChild(QPushButton, f"welcome{name}Button").click()
    match name:
        case "Learn":
            assert desk.studio.school.tutor.step == LESSONS[1].steps[0]
            assert not page.isVisible()
        case "Practice":
            assert dock(window, "practiceDock").isVisible()
            assert not page.isVisible()
        case "Example":
            assert window.menus.examples.isVisible()
            window.menus.examples.close()
        case "Data":
            assert desk.session.project.data.input_names == ("weight",)


def test_the_welcome_goes_with_the_first_step_and_is_offered_again_at_the_next_start(desk):
    desk.studio.welcome()
    desk.studio.player.step()
    assert not desk.window.welcome_page.isVisible()
    assert desk.studio.preferences.shows_welcome


def test_the_welcome_goes_as_soon_as_something_is_opened(desk, dialogs, tmp_path):
    desk.studio.welcome()
    desk.open("xor")
    assert not desk.window.welcome_page.isVisible()


# How it looks.


@pytest.mark.parametrize(("size", "theme"), [((1280, 720), "light"), ((1110, 600), "dark")])
def test_nothing_is_cut_off_with_a_lesson_open(studio, qapp, size, theme):
    window, panel = studio.window, studio.window.lesson_panel
    if studio._theme_name != theme:
        studio.set_theme(theme)
    window.resize(*size)
    for number in LESSONS:
        studio.session.undo_stack.setClean()
        studio.school.begin(number)
        assert studio.school.tutor.lesson == LESSONS[number]
        for _ in range(3):  # a bar that comes or goes makes room, or takes it
            qapp.processEvents()
        assert (window.width(), window.height()) == size, number
        assert panel._scroll.widget().width() <= panel._scroll.viewport().width(), number
        for button in (panel.back_button, panel.next_button, panel.close_button):
            corner = button.mapTo(window, QPoint(0, 0))
            assert window.rect().contains(QRect(corner, button.size())), number
            assert button.fontMetrics().horizontalAdvance(button.text()) < button.width(), number
        text = panel.findChild(QLabel, "lessonText")
        assert text.height() >= text.heightForWidth(text.width()), number
        dark = QColor(panel.grab().toImage().pixelColor(3, 200)).lightness() < 128
        assert dark is (theme == "dark"), number


def test_a_lesson_opens_a_smaller_network_while_a_node_that_it_has_not_is_selected(desk):
    desk.open("hidden-layer")
    desk.stage.select(NodeRef(1, 1))
    desk.do("lesson-1")
    assert "Selected" in desk.window.canvas.accessibleDescription()
