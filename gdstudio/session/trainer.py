"""The trainer: sets exercises, marks answers, gives hints one at a time, and keeps count.

Draws nothing and touches no document.
"""

from PySide6.QtCore import QObject, Signal, Slot

from gdstudio.document.errors import ProjectError
from gdstudio.teaching.practice import Exercise, Level, exercise, mark
from gdstudio.teaching.practice_view import PracticeView, Progress


class Trainer(QObject):
    """Sets one exercise after the other.

    Signals
    -------
    view_changed(PracticeView)
        Another exercise, or what became of an answer.
    progress_changed(Progress)
        An exercise was set or solved.
    """

    view_changed = Signal(object)
    progress_changed = Signal(object)

    def __init__(self, progress: Progress, seed: int = 0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._seed = seed
        self.progress = progress
        self._level = Level.FORWARD
        self._exercise: Exercise | None = None
        self._feedback = ""
        self._hints = 0
        self._tries = 0
        self._shows_solution = self._is_solved = self._is_right = False

    @property
    def exercise(self) -> Exercise:
        """The exercise that is set."""
        if self._exercise is None:
            self._set()
        assert self._exercise is not None
        return self._exercise

    @Slot(str)
    def set_level(self, name: str) -> None:
        """Set an exercise of another level."""
        self._level = Level[name]
        self._set()
        self._show(is_new=True)

    @Slot()
    def next(self) -> None:
        """Set another exercise of this level."""
        self._set()
        self._show(is_new=True)

    def _set(self) -> None:
        number = self.progress.asked.get(self._level.name, 0)
        self._exercise = exercise(self._level, self._seed + number)
        self.progress = self.progress.with_asked(self._level)
        self._feedback, self._hints, self._tries = "", 0, 0
        self._shows_solution = self._is_solved = self._is_right = False
        self.progress_changed.emit(self.progress)

    @Slot(str)
    def answer(self, text: str) -> None:
        """Mark an answer; what can't be read is said and is no wrong answer."""
        current = self.exercise
        try:
            marked = mark(current, text)
        except ProjectError as error:
            self._feedback, self._is_right = str(error), False
            self._show()
            return
        self._feedback, self._is_right = marked.sentence, marked.is_right
        if marked.is_right and not self._is_solved:
            self._is_solved = True
            if not self._shows_solution:
                self.progress = self.progress.after(self._level, alone=self._tries == 0 and self._hints == 0)
                self.progress_changed.emit(self.progress)
            self._shows_solution = True
        self._tries += not marked.is_right
        self._show()

    @Slot()
    def hint(self) -> None:
        """Give one more hint, and after the last one the worked solution."""
        if self._hints < len(self.exercise.hints):
            self._hints += 1
        else:
            self._shows_solution = True
        self._show()

    def refresh(self) -> None:
        """Say everything once more, to views that are new."""
        self._show(is_new=True)

    def _show(self, *, is_new: bool = False) -> None:
        current = self.exercise
        self.view_changed.emit(
            PracticeView(
                self._level.name, self.progress.line(self._level), current.given, current.listing, current.question,
                current.tolerance_text, self._feedback, current.hints[: self._hints],
                current.solution if self._shows_solution else (),
                self._hints < len(current.hints), self._is_right, self._is_solved, is_new,
            )
        )  # fmt: skip
