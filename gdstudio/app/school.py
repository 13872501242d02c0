"""The school: lessons, practice and the welcome, connected with the window, and what is remembered of them.

Holds the bundled lessons; what is right is said by ``teaching``, where a person is by the tutor and the trainer.
"""

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QCursor

from gdstudio.app.documents import Documents
from gdstudio.session.player import Player
from gdstudio.session.preferences import Preferences
from gdstudio.session.session import Session
from gdstudio.session.stage import Stage
from gdstudio.session.trainer import Trainer
from gdstudio.session.tutor import Tutor
from gdstudio.teaching.lessons import Lesson, LessonError, lessons
from gdstudio.teaching.practice_view import Progress
from gdstudio.ui.main_window import MainWindow


class School(QObject):
    """Lessons, practice and the welcome of one window.

    Attributes: ``tutor``, ``trainer``.
    """

    def __init__(
        self,
        lessons: tuple[Lesson, ...],
        window: MainWindow,
        session: Session,
        stage: Stage,
        player: Player,
        documents: Documents,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._lessons = {lesson.number: lesson for lesson in lessons}
        self._window, self._documents, self._preferences, self._session = window, documents, preferences, session
        self.tutor = Tutor(session, stage, player, self)
        self.tutor.may_begin = documents.may_leave
        self.trainer = Trainer(preferences.practice, parent=self)
        self._bind()
        self._show_place()

    def _bind(self) -> None:
        window, act, tutor, trainer = self._window, self._window.actions_by_name, self.tutor, self.trainer
        window.lesson_requested.connect(self.begin)
        panel, practice, welcome = window.lesson_panel, window.practice_panel, window.welcome_page
        panel.answered.connect(tutor.answer)
        panel.next_requested.connect(tutor.go_on)
        panel.back_requested.connect(tutor.go_back)
        panel.close_requested.connect(self.close)
        panel.set_up_requested.connect(tutor.set_up_again)
        tutor.view_changed.connect(window.show_lesson)
        tutor.pointed.connect(window.point_at)
        tutor.conceals_changed.connect(window.conceal)
        tutor.progress_changed.connect(self._on_lesson)
        tutor.finished.connect(self._on_finished)
        act["stepAction"].triggered.connect(tutor.step_wanted)
        act["phaseAction"].triggered.connect(tutor.phase_wanted)
        act["askFirstAction"].toggled.connect(tutor.set_asking)
        act["practiceAction"].triggered.connect(self.practise)
        act["sheetAction"].triggered.connect(self.write_sheet)
        act["welcomeAction"].triggered.connect(welcome.show)
        practice.level_requested.connect(trainer.set_level)
        practice.answered.connect(trainer.answer)
        practice.hint_requested.connect(trainer.hint)
        practice.next_requested.connect(trainer.next)
        practice.show_requested.connect(self._show_exercise)
        practice.sheet_requested.connect(self.write_sheet)
        trainer.view_changed.connect(practice.show_view)
        trainer.progress_changed.connect(self._on_practice)
        welcome.learn_requested.connect(self.begin_first)
        welcome.practice_requested.connect(self.practise)
        welcome.example_requested.connect(self._offer_examples)
        welcome.data_requested.connect(self._documents.ask_open)
        welcome.resume_requested.connect(self.resume)
        welcome.closed.connect(self._on_welcome_closed)
        self._session.opened.connect(welcome.hide)
        self._session.undo_stack.cleanChanged.connect(welcome.hide)

    # Lessons.

    @Slot(int)
    def begin(self, number: int, at: int = 0) -> None:
        """Begin a lesson by its number; one that there is not is refused in a sentence."""
        lesson = self._lessons.get(number)
        if lesson is None:
            known = f"1 to {max(self._lessons)}" if self._lessons else "none"
            self._window.show_sentence(f"There is no lesson {number}; there are {known}.")
            return
        if self.tutor.begin(lesson, len(self._lessons), min(at, len(lesson.steps) - 1)):
            self._window.welcome_page.hide()

    @Slot()
    def begin_first(self) -> None:
        """Begin the first lesson."""
        self.begin(min(self._lessons, default=1))

    @Slot()
    def resume(self) -> None:
        """Go on with the lesson where a person stopped."""
        number, step = self._place or (min(self._lessons, default=1), 0)
        self.begin(number, step)

    @property
    def _place(self) -> tuple[int, int] | None:
        """The lesson and its step where a person stopped, if there is such a lesson."""
        place = self._preferences.lesson
        return place if place is not None and place[0] in self._lessons else None

    @Slot()
    def close(self) -> None:
        """End the lesson, and stop asking before each step."""
        self.tutor.close()
        self._window.actions_by_name["askFirstAction"].setChecked(False)

    @Slot(int, int)
    def _on_lesson(self, number: int, step: int) -> None:
        self._preferences.lesson = number, step
        self._show_place()

    @Slot(int)
    def _on_finished(self, number: int) -> None:
        following = number + 1 if number + 1 in self._lessons else None
        self._preferences.lesson = None if following is None else (following, 0)
        self._show_place()
        if following is None:
            self._window.message_bar.show_message("That was the last lesson. Practice goes on without end.")
        else:
            self.begin(following)

    def _show_place(self) -> None:
        self._window.welcome_page.show_place(self._place)

    # Practice.

    @Slot()
    def practise(self) -> None:
        """Show the practice panel."""
        self.trainer.refresh()
        self._window.show_practice()
        self._window.welcome_page.hide()

    @Slot()
    def _show_exercise(self) -> None:
        """Open the exercise's network, to look at its numbers in the studio."""
        if self._documents.may_leave():
            self._session.open(self.trainer.exercise.project, None)

    @Slot()
    def write_sheet(self) -> None:
        """Ask for a sheet of exercises and write it."""
        self._documents.ask_sheet(self.trainer.exercise.level)

    @Slot(object)
    def _on_practice(self, progress: Progress) -> None:
        self._preferences.practice = progress

    # The welcome.

    @Slot()
    def _offer_examples(self) -> None:
        self._window.menus.examples.popup(QCursor.pos())

    @Slot()
    def _on_welcome_closed(self) -> None:
        self._preferences.shows_welcome = False


def usable_lessons() -> tuple[tuple[Lesson, ...], str]:
    """Return the bundled lessons, and why there are none where one can't be used."""
    try:
        return lessons(), ""
    except LessonError as error:
        return (), str(error)
