"""Time: plays one step as four phases, or many steps a second, and says what is on screen at every instant.

Moved by :meth:`Player.advance`; a timer calls it in the window, a test calls it directly. Draws nothing.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from gdstudio.document.project import Project
from gdstudio.engine import Outcome, Run
from gdstudio.session.session import Session
from gdstudio.session.speeds import DEFAULT_SPEED, SPEEDS
from gdstudio.teaching.choreography import PHASES, Frame, frame_at, still_frame
from gdstudio.teaching.endings import EXPLOSION, TOLERANCE, Plateau, Stop, diverged, flat, refused
from gdstudio.teaching.picture import Picture, picture_of

TICK = 16
"""Milliseconds between two frames."""
LONGEST_TICK = 100
"""A late tick counts as this many milliseconds at most, so that a pause of the machine is not caught up."""
PATIENCE = 80
"""Milliseconds within which a change follows on the one before, as when something is dragged."""
BUDGET = 5.0
"""Milliseconds of steps in one tick."""
DEAR = 3.0
"""Milliseconds of a view beside which no steps are taken."""
CROWDED = 20.0
"""Milliseconds from tick to tick beyond which the canvas and the other views are no longer drawn in the same one."""
FORGETTING = 0.998
"""What is left after a tick of the longest time from one to the next: a crowd is remembered for some seconds."""
LARGEST_CHUNK = 5000
"""Steps in one tick, however fast they seem."""


@dataclass(slots=True, eq=False)
class _Motion:
    """A step on its way: from one picture to the next, where it stands, where it pauses, and whether it was taken."""

    before: Picture
    after: Picture
    time: float
    until: float
    taken: bool


class Player(QObject):
    """Plays the session's descent.

    Signals
    -------
    frame_changed(Frame)
        What the canvas shows.
    picture_changed(Picture)
        The numbers of what is looked at, as soon as they are true.
    settled(Picture)
        The same, when no step is on its way any more.
    examined(Picture)
        The picture whose slopes are to be explained: that of the frame on screen.
    sliced(Picture)
        The same, for the loss along one parameter.
    surveyed(Picture)
        The same, for views of all the data.
    nodes_surveyed(Picture)
        The same, for what each node makes of all the data.
    running_changed(bool)
        A run began or ended.
    stopped(Stop)
        A run ended by itself, or a step could not be taken.
    noticed(str)
        Something about a run that goes on, in a sentence.
    tolerance_changed(float)
        A run now stops at another norm of the gradient.
    hurry_changed(bool)
        Changes follow fast on each other, as when something is dragged, or all is quiet again. Until then views take
        turns, as in a run.
    """

    frame_changed = Signal(object)
    picture_changed = Signal(object)
    settled = Signal(object)
    examined = Signal(object)
    sliced = Signal(object)
    surveyed = Signal(object)
    nodes_surveyed = Signal(object)
    running_changed = Signal(bool)
    stopped = Signal(object)
    noticed = Signal(str)
    tolerance_changed = Signal(float)
    hurry_changed = Signal(bool)

    def __init__(
        self, session: Session, parent: QObject | None = None, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._runs = count(1)
        self._motion: _Motion | None = None
        self._committing = False
        self._in_bulk = False
        self._turn = 0
        self._longest = 0.0
        self._owes_views = False
        self._turns = (
            self.picture_changed, self.settled, self.examined, self.sliced, self.surveyed, self.nodes_surveyed,
        )  # fmt: skip
        self._costs = [0.0] * len(self._turns)
        self._is_running = False
        self._due = 0.0
        self._chunk = 1
        self._loss_limit = math.inf
        self._plateau = Plateau(0, math.inf)
        self._hurries = False
        self.patience = 0
        self.speed = SPEEDS[DEFAULT_SPEED]
        self.reduced_motion = False
        self.tolerance = TOLERANCE
        self.picture = picture_of(session.viewed)
        self.frame: Frame = still_frame(self.picture)
        session.viewed_changed.connect(self._on_viewed)
        session.opened.connect(self._on_opened)
        self._elapsed = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._on_timeout)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self._on_quiet)

    @property
    def is_running(self) -> bool:
        """Whether a run goes on."""
        return self._is_running

    @property
    def is_moving(self) -> bool:
        """Whether a step is on its way and moves by itself."""
        return self._motion is not None and self._motion.time < self._motion.until

    # What is on screen.

    @Slot(object)
    def _on_viewed(self, project: Project) -> None:
        """The project changed: by a step of ours, by an edit that a run goes on with, or so that it ends the run."""
        here = self.picture.step == project.state.step and self.picture.network.sizes == project.network.sizes
        self.picture = picture_of(project)
        if self._committing and self._in_bulk:
            return
        self.picture_changed.emit(self.picture)
        if not self._committing:
            self._motion = None
            self._loss_limit = EXPLOSION * max(1.0, self.picture.loss)
            if not here:
                self._pause()
            self._show_change()

    def _show_change(self) -> None:
        """Show everything; while changes follow fast on each other, the network, and of the rest what has its turn."""
        follows = self._quiet.isActive() and not self._is_running
        if self.patience:
            self._quiet.start(self.patience)
        if not follows:
            self._rest()
            return
        if not self._hurries:
            self._hurries = True
            self.hurry_changed.emit(True)
        self._show_network()
        self._take_turn(first=1)

    @Slot()
    def follow_hand(self) -> None:
        """Show the loss along the parameter at once: the hand holds its ball, which must not lag."""
        self.sliced.emit(self.picture)

    @Slot()
    def _on_quiet(self) -> None:
        """Show what had to wait."""
        if self._hurries:
            self._hurries = False
            self.hurry_changed.emit(False)
            if self._motion is None:
                self._rest()

    @Slot()
    def _on_opened(self) -> None:
        """Another document comes: what was played ends, and nothing of it reaches the new one."""
        self._motion = None
        self._pause()

    def _rest(self) -> None:
        """Show the present moment at rest."""
        # What is computed beside the window is asked for first, and so arrives sooner.
        self.settled.emit(self.picture)
        self._show(still_frame(self.picture))

    def _show(self, frame: Frame) -> None:
        self.frame = frame
        self.frame_changed.emit(frame)
        self.examined.emit(frame.picture)
        self.sliced.emit(frame.picture)
        self.surveyed.emit(frame.picture)
        self.nodes_surveyed.emit(frame.picture)

    def refresh(self) -> None:
        """Say everything once more, to views that are new."""
        self.picture_changed.emit(self.picture)
        self._rest()

    # Wishes.

    @Slot()
    def step(self) -> None:
        """Take one step, or finish the one that is on its way, and show it phase by phase."""
        self._pause()
        if self.speed.phases:
            self.phase()
            return
        motion, self._motion = self._motion, None
        if motion is None or motion.taken:
            self._take_animated()
        else:
            self._commit(motion)
            if self.reduced_motion:
                self._rest()
            else:
                motion.until = PHASES
                self._motion = motion
        self._wake()

    @Slot()
    def phase(self) -> None:
        """Show the next phase of a step; the weights move in the last one."""
        self._pause()
        if self._motion is None or self._motion.taken:
            self._motion = None
            project, outcome = self._session.previewed()
            if outcome is Outcome.DIVERGED:
                self._rest()
                self.stopped.emit(refused(self.picture, self._session.good))
                return
            self._motion = _Motion(self.picture, picture_of(project), 0.0, 0.0, taken=False)
        motion = self._motion
        motion.time = motion.until
        motion.until = min(math.floor(motion.until) + 1.0, PHASES)
        if motion.until == PHASES:
            self._commit(motion)
        if self.reduced_motion:
            motion.time = motion.until
            self._show(frame_at(motion.before, motion.after, motion.time - 1e-9))
            self._finish_if_over()
        else:
            self._show(frame_at(motion.before, motion.after, motion.time))
        self._wake()

    @Slot(float)
    def scrub(self, time: float) -> None:
        """Look at an instant of the step from here to the next, from 0 (here) to 4 (there), without taking it.

        Within the history the next step is the one that was taken.
        """
        self._pause()
        self._timer.stop()
        self._motion = None
        if time <= 0.0:
            self._rest()
            return
        following = self._session.following()
        if following is None:
            self._rest()
            self.stopped.emit(refused(self.picture, self._session.good))
            return
        here = min(time, PHASES - 1e-9)
        self._motion = _Motion(self.picture, picture_of(following), here, here, taken=False)
        self._show(frame_at(self.picture, self._motion.after, here))

    @Slot()
    def back(self) -> None:
        """Return to the step before; in the middle of a step, to its beginning."""
        self._pause()
        in_the_middle = self._motion is not None and not self._motion.taken
        self._motion = None
        if in_the_middle:
            self._rest()
        else:
            self._session.view_step(self._session.viewed.state.step - 1)

    @Slot(bool)
    def set_running(self, running: bool) -> None:
        """Run, or pause."""
        if running == self._is_running:
            return
        if not running:
            self._pause()
            return
        self._on_quiet()
        motion, self._motion = self._motion, None
        if motion is not None:
            self._rest()
        if self.tolerance > 0.0 and self.picture.gradient_norm <= self.tolerance:
            self.running_changed.emit(False)
            self.stopped.emit(flat(self.tolerance, self.picture))
            return
        self._is_running = True
        self._due, self._chunk, self._owes_views = 1.0, 1, False
        self._session.run_key = f"run {next(self._runs)}"
        self._loss_limit = EXPLOSION * max(1.0, self.picture.loss)
        self._plateau = Plateau(self.picture.step, self.picture.loss)
        self.running_changed.emit(True)
        self._wake()

    @Slot(int)
    def set_speed(self, position: int) -> None:
        """Choose a speed by its position in ``SPEEDS``, also in the middle of a run."""
        self.speed = SPEEDS[position]
        self._due = min(self._due, 1.0)

    @Slot(object)
    def set_tolerance(self, tolerance: float) -> None:
        """Choose the gradient's norm at which a run stops; 0 or less never stops it."""
        self.tolerance = max(tolerance, 0.0)
        self.tolerance_changed.emit(self.tolerance)

    @Slot(bool)
    def set_reduced_motion(self, reduced: bool) -> None:
        """Make every step instant."""
        self.reduced_motion = reduced
        if reduced and self._motion is not None:
            self._motion.time = self._motion.until
            self._show(frame_at(self._motion.before, self._motion.after, self._motion.until - 1e-9))
            self._finish_if_over()

    def _pause(self) -> None:
        if self._is_running:
            self._is_running = False
            self._session.run_key = ""
            self.running_changed.emit(False)
            if self._motion is None:
                for say in self._turns:
                    say.emit(self.picture)

    # Time.

    def _wake(self) -> None:
        if not self._timer.isActive():
            self._elapsed.start()
            self._timer.start()

    @Slot()
    def _on_timeout(self) -> None:
        self.advance(min(float(self._elapsed.restart()), LONGEST_TICK))
        if not self._is_running and not self.is_moving:
            self._timer.stop()

    def advance(self, milliseconds: float) -> None:
        """Let time pass: move the step that is on its way, and take those that are due."""
        self._longest = max(milliseconds, FORGETTING * self._longest)
        left = milliseconds if self._motion is None else self._move(self._motion, milliseconds)
        if self._is_running and self._motion is None:
            self._run(left)

    def _move(self, motion: _Motion, milliseconds: float) -> float:
        """Let time pass for a step on its way; returns the milliseconds that are left when it has arrived."""
        if motion.time >= motion.until and not self._is_running:
            return 0.0
        per_step = self.speed.steps if math.isfinite(self.speed.steps) else 10.0
        pace = PHASES * min(per_step, 10.0) / 1000.0
        left = max(0.0, milliseconds - (motion.until - motion.time) / pace)
        motion.time = min(motion.time + milliseconds * pace, motion.until)
        # At the very end of a phase that waits, its own last instant is shown and not the next phase's first.
        instant = motion.time if motion.time >= PHASES or motion.time < motion.until else motion.time - 1e-9
        self._show(frame_at(motion.before, motion.after, instant))
        self._finish_if_over()
        return left

    def _finish_if_over(self) -> None:
        if self._motion is not None and self._motion.time >= PHASES:
            self._motion = None
            self._rest()

    def _run(self, milliseconds: float) -> None:
        if self.speed.animates and not self.reduced_motion:
            if not self._take_animated():
                self._pause()
            elif self._motion is not None:
                self._move(self._motion, milliseconds)
            return
        flat_out = math.isinf(self.speed.steps)
        self._due = 0.0 if flat_out else self._due + self.speed.steps * milliseconds / 1000.0
        apart = self._longest > CROWDED or self._costs[self._next_turn] > DEAR
        if apart and self._owes_views:
            self._take_turn()
            return
        steps = self._chunk if flat_out else min(int(self._due), self._chunk)
        if steps < 1:
            return
        started = self._clock()
        self._in_bulk = True
        try:
            run = self._descend(steps)
        finally:
            self._in_bulk = False
        notice = self._plateau.follow(self.picture, run.losses)
        if notice:
            self.noticed.emit(notice)
        taken = len(run.losses) - 1
        elapsed = max((self._clock() - started) * 1000.0, 1e-3)
        if elapsed > BUDGET:
            self._chunk = max(1, int(steps * BUDGET / elapsed))
        elif taken == steps == self._chunk:
            # Not rounded down: part of the time is the same for any number of steps, and one alone would stay alone.
            self._chunk = min(max(1, round(steps * BUDGET / elapsed)), 2 * self._chunk + 1, LARGEST_CHUNK)
        if not flat_out:
            self._due = min(self._due - taken, self.speed.steps * LONGEST_TICK / 1000.0)
        self._show_network()
        self._owes_views = True
        if not apart:
            self._take_turn()
        self._end(run)

    def _show_network(self) -> None:
        """Let the canvas show the newest moment."""
        self.frame = still_frame(self.picture)
        self.frame_changed.emit(self.frame)

    @property
    def _next_turn(self) -> int:
        return (self._turn + 1) % len(self._turns)

    def _take_turn(self, first: int = 0) -> None:
        """Show the next of the views that take turns, leaving out those before ``first``.

        One that was dear, or any where time is short, gets a tick to itself, without steps and without the canvas:
        together they would make every frame late.
        """
        self._owes_views = False
        self._turn = max(self._next_turn, first)
        started = self._clock()
        self._turns[self._turn].emit(self.picture)
        self._costs[self._turn] = (self._clock() - started) * 1000.0

    def _descend(self, steps: int) -> Run:
        self._committing = True
        try:
            if not self._is_running:
                return self._session.descend(steps)
            return self._session.descend(
                steps, key=self._session.run_key, tolerance=self.tolerance, loss_limit=self._loss_limit
            )
        finally:
            self._committing = False

    def _take_animated(self) -> bool:
        """Take one step and begin to show it; returns whether one could be taken and a run may go on."""
        before = self.picture
        run = self._descend(1)
        if self.picture is not before:
            self._motion = _Motion(before, self.picture, 0.0, PHASES, taken=True)
            if self.reduced_motion:
                self._motion = None
                self._rest()
            else:
                self._show(frame_at(before, self.picture, 0.0))
        else:
            self._rest()
        self._end(run)
        return self._motion is not None

    def _commit(self, motion: _Motion) -> None:
        """Take the step that has been shown up to its update."""
        motion.taken = True
        self._descend(1)
        motion.after = self.picture

    def _end(self, run: Run) -> None:
        """Stop and say so when a run of steps ended by itself."""
        match run.outcome:
            case Outcome.DONE:
                return
            case Outcome.FLAT:
                stop = flat(self.tolerance, self.picture)
            case Outcome.DIVERGED:
                stop = self._stop_after(run)
        self._pause()
        self.stopped.emit(stop)

    def _stop_after(self, run: Run) -> Stop:
        """Return why a run ended whose loss has left all bounds."""
        if len(run.losses) > 1:
            return diverged(float(run.losses[-1]), run.state.step, self._session.good, self._loss_limit)
        return refused(self.picture, self._session.good)
