"""A race: up to six descents of the same start side by side, each with its own optimizer, learning rate and batch.

Moved by :meth:`Race.advance`; a timer calls it in the window, a test calls it directly. Changes no document.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from gdstudio.document import edits
from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import MINUS, shown_plain
from gdstudio.document.project import Project
from gdstudio.document.runs import KeptRun
from gdstudio.engine import OPTIMIZERS, Outcome, Recipe
from gdstudio.session.history import History, descend
from gdstudio.session.session import Session
from gdstudio.teaching.standings import MOST_RACERS, Entrant, Racer, Standings

TICK = 16
BUDGET = 5.0
"""Milliseconds of steps in one tick."""
TICKS = 300
"""A race takes about so many ticks, so that it can be watched, or longer where its steps take longer."""
SHOWN_EVERY = 3
"""Ticks between two pictures of a race."""


@dataclass(slots=True, eq=False)
class _Runner:
    name: str
    project: Project
    history: History
    outcome: Outcome = Outcome.DONE


class Race(QObject):
    """Lets descents of the session's start run side by side.

    Signals
    -------
    entrants_changed(tuple[Entrant, ...])
        Who is to run.
    standings_changed(Standings)
        Where everybody is; nobody before a start.
    steps_changed(int)
        How many steps everybody takes.
    running_changed(bool)
        The race began or ended.
    refused(str)
        A wish could not be fulfilled; one sentence.
    """

    entrants_changed = Signal(object)
    standings_changed = Signal(object)
    steps_changed = Signal(object)
    running_changed = Signal(bool)
    refused = Signal(str)

    def __init__(
        self, session: Session, parent: QObject | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self.entrants: tuple[Entrant, ...] = _usual(session.viewed)
        self.steps = 500
        self._runners: list[_Runner] = []
        self._taken = 0
        self._chunk = 1
        self._ticks = 0
        self._base: Project = session.viewed
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self.advance)
        session.viewed_changed.connect(self._follow)

    @property
    def is_running(self) -> bool:
        """Whether the race goes on."""
        return self._timer.isActive()

    @property
    def standings(self) -> Standings:
        """Where everybody is."""
        racers = tuple(
            Racer(runner.history.kept(runner.name, runner.project), runner.outcome is Outcome.DIVERGED)
            for runner in self._runners
        )
        return Standings(racers, self._taken, self.steps)

    def refresh(self) -> None:
        """Say everything once more, to views that are new."""
        self.entrants_changed.emit(self.entrants)
        self.steps_changed.emit(self.steps)
        self.standings_changed.emit(self.standings)

    # Who runs.

    @Slot()
    def add(self) -> None:
        """Let one more run: like the last one, with twice its rate."""
        if len(self.entrants) >= MOST_RACERS:
            self.refused.emit(f"Up to {MOST_RACERS} can run side by side; remove one first.")
            return
        last = self.entrants[-1]
        rate = min(2.0 * last.learning_rate, edits.LEARNING_RATE_LIMITS[1])
        self._enter((*self.entrants, replace(last, learning_rate=rate)))

    def remove(self, number: int) -> None:
        """Let one run no longer; one always stays."""
        if len(self.entrants) > 1:
            self._enter((*self.entrants[:number], *self.entrants[number + 1 :]))

    def change(self, number: int, entrant: Entrant) -> None:
        """Let one run with other settings."""
        try:
            _prepared(self._session.viewed, entrant)
        except ProjectError as error:
            self.refused.emit(str(error))
            self.entrants_changed.emit(self.entrants)
            return
        if entrant != self.entrants[number]:
            self._enter((*self.entrants[:number], entrant, *self.entrants[number + 1 :]))

    @Slot(object)
    def set_steps(self, steps: int) -> None:
        """Choose how many steps everybody takes."""
        self.steps = steps
        self.steps_changed.emit(steps)
        self.clear()

    def _enter(self, entrants: tuple[Entrant, ...]) -> None:
        self.entrants = entrants
        self.entrants_changed.emit(entrants)
        self.clear()

    # The race.

    @Slot(bool)
    def set_running(self, running: bool) -> None:
        """Start, go on, or pause."""
        if running == self.is_running:
            return
        if not running:
            self._stop()
            return
        if not self._runners or self._taken >= self.steps:
            try:
                self._line_up()
            except ProjectError as error:
                self.running_changed.emit(False)
                self.refused.emit(str(error))
                return
        self._timer.start()
        self.running_changed.emit(True)

    def _line_up(self) -> None:
        """Bring everybody to the start."""
        base = self._base = self._session.viewed
        starts = [_prepared(base, entrant) for entrant in self.entrants]
        self._runners = [
            _Runner(entrant.name, start, History(start))
            for entrant, start in zip(self.entrants, starts, strict=True)
        ]  # fmt: skip
        self._taken, self._chunk, self._ticks = 0, 1, 0

    @Slot()
    def advance(self) -> None:
        """Let everybody take some steps, the same number each."""
        started = self._clock()
        wanted = max(1, round(self.steps / TICKS))
        count = min(wanted, self._chunk, self.steps - self._taken)
        for runner in self._runners:
            if runner.outcome is Outcome.DONE and count > 0:
                self._let_run(runner, count)
        self._taken += max(count, 0)
        elapsed = (self._clock() - started) * 1000.0
        self._chunk = max(1, min(2 * self._chunk, int(self._chunk * BUDGET / max(elapsed, 1e-3))))
        self._ticks += 1
        is_over = self._taken >= self.steps or all(runner.outcome is not Outcome.DONE for runner in self._runners)
        if is_over or self._ticks % SHOWN_EVERY == 0:
            self.standings_changed.emit(self.standings)
        if is_over:
            self._taken = self.steps
            self._stop()

    def _let_run(self, runner: _Runner, steps: int) -> None:
        run = descend(runner.project, steps, loss_limit=1e9 * max(1.0, runner.history.first_loss))
        runner.project = edits.descended(runner.project, run.state)
        runner.history.extend(runner.project, run)
        runner.outcome = run.outcome

    def _stop(self) -> None:
        if self._timer.isActive():
            self._timer.stop()
            self.standings_changed.emit(self.standings)
            self.running_changed.emit(False)

    @Slot()
    def clear(self) -> None:
        """Take everybody off the track."""
        self._stop()
        if self._runners:
            self._runners, self._taken = [], 0
            self.standings_changed.emit(self.standings)

    @Slot(object)
    def _follow(self, project: Project) -> None:
        """A race on another network, other data or from another start is over."""
        old = self._base
        same_start = project.start.parameters.tobytes() == old.start.parameters.tobytes()
        if project.data is old.data and same_start and _without_entry(project) == _without_entry(old):
            return
        is_other = (project.network, project.data.name) != (old.network, old.data.name)
        self._base = project
        self.clear()
        fitting = _usual(project) if is_other else tuple(_made_to_fit(entrant, project) for entrant in self.entrants)
        if fitting != self.entrants:
            self.entrants = fitting
            self.entrants_changed.emit(fitting)

    def kept(self) -> tuple[KeptRun, ...]:
        """Return everybody's run so far."""
        return tuple(racer.run for racer in self.standings.racers)


def _without_entry(project: Project) -> Recipe:
    """Return a recipe without what each of the race has of its own."""
    return replace(project.recipe, optimizer="sgd", settings=(), learning_rate=1.0, batch_size=None)


def _usual(project: Project) -> tuple[Entrant, ...]:
    """Return who runs at first: the project's own settings, the same with half the rate, and Adam."""
    recipe = project.recipe
    own = Entrant(recipe.optimizer, recipe.learning_rate, recipe.batch_size)
    half = max(float(shown_plain(recipe.learning_rate / 2.0, 3).replace(MINUS, "-")), edits.LEARNING_RATE_LIMITS[0])
    slower = replace(own, learning_rate=half)
    return own, slower, replace(own, optimizer="adam" if recipe.optimizer != "adam" else "sgd")


def _made_to_fit(entrant: Entrant, project: Project) -> Entrant:
    """Return the entrant with a batch that the data has."""
    size = entrant.batch_size
    return replace(entrant, batch_size=None if size is None or size >= len(project.data) else size)


def _prepared(project: Project, entrant: Entrant) -> Project:
    """Return the project at its start, with the settings of an entrant. Raises ProjectError for what can't be used."""
    changed = edits.reset(project)
    if entrant.optimizer not in OPTIMIZERS:
        raise ProjectError(f"The optimizer {entrant.optimizer!r} is not known.")
    changed = edits.set_optimizer(changed, entrant.optimizer)
    changed = edits.set_learning_rate(changed, entrant.learning_rate)
    return edits.set_batch_size(changed, entrant.batch_size)
