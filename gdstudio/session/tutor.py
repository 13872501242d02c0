"""The tutor: leads through a lesson on the open document, asks before a step is taken, and sets exercises.

Holds where in a lesson and at which exercise a person is; draws nothing. What is right is said by ``teaching``.
"""

import contextlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import exact, shown_plain
from gdstudio.document.project import ParameterRef, Project, Ref, parameter_name
from gdstudio.session.player import Player
from gdstudio.session.session import Session
from gdstudio.session.stage import Stage
from gdstudio.teaching.lesson_view import LessonView
from gdstudio.teaching.lessons import POINTS, Lesson, LessonStep, mark_choice, mark_goal, mark_number
from gdstudio.teaching.marking import Mark
from gdstudio.teaching.mistakes import has_factor_two
from gdstudio.teaching.orders import ORDERS, Phrase, obeyed, read_phrase, selected
from gdstudio.teaching.picture import Picture
from gdstudio.teaching.prediction import Prediction, predicted_verdict, read_prediction
from gdstudio.teaching.set_up import begun, begun_picture, has_moved
from gdstudio.teaching.trace import Trace

PREDICT = "Predict before you step"


class Tutor(QObject):
    """Leads through lessons.

    Signals
    -------
    view_changed(LessonView | None)
        What is to be shown; None where no lesson goes on and nothing is asked.
    pointed(tuple[str, ...])
        What is highlighted: public names of panels, or parts of the network as an order selects them.
    progress_changed(int, int)
        A step of a lesson was reached: the lesson's number, and the step's from 0.
    conceals_changed(bool)
        What the next step will do is to be hidden, since a person is to predict it, or may be seen again.
    finished(int)
        A lesson was gone through to its end.
    """

    view_changed = Signal(object)
    pointed = Signal(object)
    progress_changed = Signal(int, int)
    conceals_changed = Signal(bool)
    finished = Signal(int)

    def __init__(self, session: Session, stage: Stage, player: Player, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._stage, self._player = session, stage, player
        self._lesson: Lesson | None = None
        self._count = 0
        self._at = 0
        self._solved: set[int] = set()
        self._feedback, self._is_right = "", False
        self._prediction: Prediction | None = None
        self._predicted: tuple[int, int] = (0, 0)
        self._asked: int | None = None
        self.asks_first = self._conceals = False
        self.may_begin: Callable[[], bool] = lambda: True
        self._is_setting_up = self._showed_moved = False
        session.opened.connect(self._on_opened)
        session.viewed_changed.connect(self._follow)
        player.stopped.connect(self._on_stopped)

    # Lessons.

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that goes on."""
        return self._lesson

    @property
    def step(self) -> LessonStep | None:
        """The step of the lesson that is shown."""
        return None if self._lesson is None else self._lesson.steps[self._at]

    def begin(self, lesson: Lesson, count: int, at: int = 0) -> bool:
        """Begin a lesson, one of ``count``; returns whether the open document may be left for it."""
        if not self.may_begin():
            return False
        self._player.set_running(False)
        self._lesson, self._count, self._solved = lesson, count, set()
        # What the steps before set up is needed, and what they asked for is done.
        for position in range(at):
            self._set_up(lesson.steps[position])
            self._solved.add(position)
        self._enter(at)
        return True

    @Slot()
    def close(self) -> None:
        """End the lesson; the document stays as it is."""
        self._lesson, self._feedback, self._asked = None, "", None
        self.pointed.emit(())
        self._show()

    @Slot()
    def go_on(self) -> None:
        """Go to the next step, or end the lesson after the last."""
        if self._lesson is None or not self._is_open():
            return
        if self._at + 1 < len(self._lesson.steps):
            self._enter(self._at + 1)
        else:
            number = self._lesson.number
            self.close()
            self.finished.emit(number)

    @Slot()
    def go_back(self) -> None:
        """Go back to the step before; what was solved stays solved."""
        if self._lesson is not None and self._at > 0:
            self._enter(self._at - 1, sets_up=False)

    def _is_open(self) -> bool:
        step = self.step
        return step is None or not step.asks or self._at in self._solved

    def _enter(self, position: int, *, sets_up: bool = True) -> None:
        assert self._lesson is not None
        self._at, self._feedback, self._is_right, self._asked = position, "", False, None
        step = self._lesson.steps[position]
        if sets_up and position not in self._solved:
            self._set_up(step)
        self.progress_changed.emit(self._lesson.number, position)
        self._point(step.point)
        self._show()

    def _point(self, names: tuple[str, ...]) -> None:
        """Point at panels, and at the last of what is named in the network."""
        for name in names:
            if name not in POINTS:
                with contextlib.suppress(ProjectError):  # another document has been opened meanwhile
                    ref = selected(self._session.viewed, read_phrase(f"select {name}", ORDERS))
                    self._stage.point_at(Trace(name, "", ref=ref, weights=_lines(ref)))
        self.pointed.emit(tuple(name for name in names if name in POINTS))

    def _set_up(self, step: LessonStep) -> None:
        """Obey the step's orders: one that opens begins another document, the others are edits of it."""
        self._is_setting_up = True
        try:
            for order in step.do:
                try:
                    self._obey(order)
                except ProjectError as error:  # the document was changed meanwhile
                    self._session.refused.emit(str(error))
        finally:
            self._is_setting_up = False

    @Slot()
    def _on_opened(self) -> None:
        """Another document comes: a lesson is about its own, and would change the other one."""
        if self._lesson is not None and not self._is_setting_up:
            self.close()

    def _obey(self, order: Phrase) -> None:
        match order.words:
            case "open *":
                self._session.open(obeyed(self._session.viewed, order), None)
            case "step #":
                self._session.descend(int(float(order.values[0])), key=f"lesson {id(order)}")
            case _:
                ref = selected(self._session.viewed, order)
                if ref is not None:
                    self._stage.select(ref)
                else:
                    self._session.apply(partial(_obeyed, order), "Set up the lesson")

    # Answers.

    @Slot(str)
    def answer(self, text: str) -> None:
        """Mark what was typed or chosen; what can't be read is said and is no wrong answer."""
        step = self.step
        try:
            if self._asked is not None:
                self._predict(text)
            elif step is not None and step.expect is not None:
                self._mark(mark_number(step, self._own_picture(), text))
            elif step is not None and step.choices:
                self._mark(mark_choice(step, text))
            elif step is not None and step.goal:
                self._mark(mark_goal(step, self._player.picture))
        except ProjectError as error:
            self._feedback, self._is_right = str(error), False
            self._show()

    def _own_picture(self) -> Picture:
        """Return the numbers that the question is about: those with which its page begins."""
        own = None if self._lesson is None else begun_picture(self._lesson, self._at)
        return self._player.picture if own is None else own

    @Slot()
    def set_up_again(self) -> None:
        """Bring back what the page begins with, as one edit that can be undone."""
        project = None if self._lesson is None else begun(self._lesson, self._at)
        if project is not None:
            self._player.set_running(False)
            self._session.apply(lambda _: project, "Set up the lesson again")

    def _mark(self, mark: Mark) -> None:
        if mark.is_right:
            self._solved.add(self._at)
        self._feedback, self._is_right = mark.sentence, mark.is_right
        self._show()

    # Predict, then step.

    @Slot(bool)
    def set_asking(self, asks: bool) -> None:
        """Ask for a prediction before each step, also outside of lessons."""
        self.asks_first = asks
        if not asks and not self._wants_prediction:
            self._asked = None
        self._feedback = self._feedback if self._lesson else ""
        self._show()

    @Slot()
    def step_wanted(self) -> None:
        """Step was pressed: ask first where a prediction is wanted, or take the step."""
        self._ask_or(self._player.step)

    @Slot()
    def phase_wanted(self) -> None:
        """Phase was pressed: what it leads to is asked first just the same."""
        self._ask_or(self._player.phase)

    def _ask_or(self, act: Callable[[], object]) -> None:
        step = self.step
        if not (self._wants_prediction or self.asks_first):
            act()
        elif self._asked is None:
            index = self._index(step)
            self._asked = index
            self._feedback = ""
            self._stage.select(ParameterRef(index))
            self._show()

    @property
    def _wants_prediction(self) -> bool:
        """Whether the lesson waits for a prediction before a step."""
        step = self.step
        return step is not None and step.predict is not None and self._at not in self._solved

    @property
    def _asks_ahead(self) -> bool:
        """Whether the lesson asks for what the next step will do, and that is not answered yet."""
        step = self.step
        expect = None if step is None else step.expect
        return expect is not None and expect.words.startswith("next ") and self._at not in self._solved

    def _index(self, step: LessonStep | None) -> int:
        """Return the weight that is asked about: the lesson's, or the one that is selected."""
        count = self._session.viewed.network.parameter_count
        if step is not None and step.predict is not None:
            return min(step.predict - 1, count - 1)
        selection = self._stage.selection
        return selection.index if isinstance(selection, ParameterRef) and selection.index < count else 0

    def _predict(self, text: str) -> None:
        """Keep the prediction and take the step; when it is taken, the two are compared in words."""
        assert self._asked is not None
        index, before = self._asked, self._session.viewed
        prediction = read_prediction(text)
        self._asked, self._feedback, self._is_right = None, "", False
        factor = has_factor_two(self._player.picture)
        self._prediction = replace(prediction, before=float(before.parameters[index]), has_factor=factor)
        self._predicted = index, before.state.step
        self._player.step()
        self._show()

    @Slot(object)
    def _follow(self, project: Project) -> None:
        """Compare a prediction with the step that was taken; ask about what there is now."""
        index, step = self._predicted
        count = project.network.parameter_count
        if self._prediction is not None and index < count and project.state.step == step + 1:
            mark = predicted_verdict(self._prediction, float(project.parameters[index]))
            self._feedback, self._is_right = mark.sentence, mark.is_right
            self._prediction = None
            if self._wants_prediction:
                self._solved.add(self._at)
            self._show()
        elif self._asked is not None:
            self._asked = self._asked if self._asked < count else None
            self._show()
        elif not self._is_setting_up and self._has_moved() != self._showed_moved:
            self._show()

    def _has_moved(self) -> bool:
        """Whether the question is about numbers that are not on screen any more."""
        step = self.step
        if step is None or self._lesson is None or step.goal or step.predict is not None or not step.asks:
            return False
        own = begun_picture(self._lesson, self._at)
        return own is not None and has_moved(step, own, self._player.picture)

    @Slot(object)
    def _on_stopped(self, _: object) -> None:
        """A step that could not be taken is compared with nothing."""
        self._prediction = None

    # What is shown.

    def refresh(self) -> None:
        """Say everything once more, to views that are new."""
        self._show()

    def _show(self) -> None:
        self.view_changed.emit(self._view())
        conceals = self._wants_prediction or self._asks_ahead or self.asks_first
        if conceals != self._conceals:
            self._conceals = conceals
            self.conceals_changed.emit(conceals)

    def _view(self) -> LessonView | None:
        step, lesson = self.step, self._lesson
        project = self._session.viewed
        if step is None or lesson is None:
            return self._asking_view(project) if self.asks_first else None
        kind = "choice" if step.choices else "number" if step.expect else "goal" if step.goal else ""
        ask = step.ask
        if step.predict is not None:
            kind = "predict" if self._asked is not None else "step"
            ask = f"{ask} Press Step." if self._asked is None and self._at not in self._solved else ask
        if self.asks_first and self._asked is not None:
            kind, ask = "predict", _question(project, self._asked)
        last = self._at + 1 == len(lesson.steps)
        self._showed_moved = self._has_moved()
        return LessonView(
            f"LESSON {lesson.number} OF {self._count} · {self._at + 1} of {len(lesson.steps)}", lesson.title, step.text,
            ask, kind, step.choices, step.picture, self._feedback, self._is_right, self._at in self._solved,
            self._showed_moved, self._is_open(), self._at > 0, last, step.spoken,
        )  # fmt: skip

    def _asking_view(self, project: Project) -> LessonView:
        asked = self._asked is not None
        ask = (
            _question(project, self._asked) if self._asked is not None else "Press Step: it waits for your prediction."
        )
        text = "Say what will happen before you see it. Select another weight to be asked about that one."
        return LessonView(
            "ASK ME FIRST", PREDICT, text, ask, "predict" if asked else "step", (), "", self._feedback, self._is_right,
            False, False, False, False, True, f"{PREDICT}. {ask}",
        )  # fmt: skip


def _lines(ref: Ref | None) -> tuple[int, ...]:
    return (ref.index,) if isinstance(ref, ParameterRef) else ()


def _obeyed(order: Phrase, project: Project) -> Project:
    return obeyed(project, order)


def _question(project: Project, index: int) -> str:
    value = shown_plain(float(project.parameters[index]), 5)
    rate = exact(project.recipe.rate_at(project.state.step))
    return f"After one step at rate {rate}, the weight {parameter_name(project, index)}, now {value}, is"
