"""The time-line of a descent: the loss of every step, and the state at any of them, in bounded memory.

Keeps keyframes and computes what lies between them anew, since the engine is deterministic. Knows nothing of undo.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gdstudio.document.edits import descended
from gdstudio.document.project import Project
from gdstudio.document.runs import KeptRun, kept_run
from gdstudio.engine import Array, Outcome, Run, TrainingState, measured_loss, train
from gdstudio.teaching.timeline import Timeline

LOSS_SLOTS = 2**17
"""How many losses are kept one by one; longer runs keep the lowest and the highest of 2, 4, 8, … steps together."""
KEYFRAME_BYTES = 8 * 2**20
_BLOCK = 4096
_WORK, _SHORTEST, _LONGEST = 2**20, 32, 4096
"""Parameters times examples times steps between keyframes, some milliseconds; and the fewest and the most steps."""


class LossLog:
    """The loss of each step from ``first`` on, as lowest and highest of every ``stride`` steps.

    Blocks that are full never change, so a copy shares them.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        self.stride = 1
        self.count = 0
        self._blocks: list[Array] = []
        self._filled = 0

    def extend(self, losses: Array) -> None:
        """Append the losses of the next steps."""
        while len(losses):
            losses = self._append(losses) if self.stride == 1 else self._append_bundled(losses)
            if self._filled >= LOSS_SLOTS:
                self._bundle()

    def _append(self, losses: Array) -> Array:
        offset = self._filled % _BLOCK
        if offset == 0:
            self._blocks.append(np.empty((2, _BLOCK)))
        taken = losses[: _BLOCK - offset]
        self._blocks[-1][:, offset : offset + len(taken)] = taken
        self._filled += len(taken)
        self.count += len(taken)
        return losses[len(taken) :]

    def _append_bundled(self, losses: Array) -> Array:
        inside = self.count % self.stride
        taken = losses[: self.stride - inside]
        low, high = float(taken.min()), float(taken.max())
        if inside == 0:
            if self._filled % _BLOCK == 0:
                self._blocks.append(np.empty((2, _BLOCK)))
            self._filled += 1
        else:
            low, high = min(low, self._last[0]), max(high, self._last[1])
        self._last[:] = low, high
        self.count += len(taken)
        return losses[len(taken) :]

    @property
    def _last(self) -> Array:
        return self._blocks[-1][:, (self._filled - 1) % _BLOCK]

    def _bundle(self) -> None:
        """Join the slots two by two: half the memory, twice the stride."""
        low, high = self._columns()
        self._install(np.minimum(low[::2], low[1::2]), np.maximum(high[::2], high[1::2]))
        self.stride *= 2

    def _install(self, low: Array, high: Array) -> None:
        self._blocks = []
        self._filled = len(low)
        for start in range(0, len(low), _BLOCK):
            block = np.empty((2, _BLOCK))
            size = len(low[start : start + _BLOCK])
            block[0, :size], block[1, :size] = low[start : start + _BLOCK], high[start : start + _BLOCK]
            self._blocks.append(block)

    def _columns(self) -> tuple[Array, Array]:
        if not self._blocks:
            return np.empty(0), np.empty(0)
        whole = np.concatenate(self._blocks, axis=1)[:, : self._filled]
        return whole[0], whole[1]

    def columns(self) -> tuple[Array, Array, Array]:
        """Return steps, lowest and highest losses, each ``(slots,)``; with stride 1 lowest and highest are the same."""
        low, high = self._columns()
        return self.first + self.stride * np.arange(len(low), dtype=np.float64), low, high

    def cut(self, count: int) -> "LossLog":
        """Return a copy with the first ``count`` steps only; full blocks are shared."""
        copy = LossLog(self.first)
        copy.stride, copy.count = self.stride, min(count, self.count)
        copy._filled = -(-copy.count // self.stride)
        copy._blocks = self._blocks[: -(-copy._filled // _BLOCK)]
        if copy._blocks:
            copy._blocks[-1] = copy._blocks[-1].copy()
        return copy

    @property
    def in_last_slot(self) -> int:
        """How many steps the last slot holds."""
        return (self.count - 1) % self.stride + 1

    def replace_last_slot(self, losses: Array) -> None:
        """Put other losses in the place of those in the last slot, after an edit at its last step."""
        self._last[:] = float(losses.min()), float(losses.max())


@dataclass(slots=True, eq=False)
class _Segment:
    """A stretch with one recipe and one data set; ``keyframes`` holds states by step, the first at its beginning."""

    project: Project
    keyframes: dict[int, TrainingState] = field(default_factory=dict)


class History:
    """What happened since the descent began: ``first`` to ``end``, in stretches between edits.

    A descent extends it in place; an edit makes a copy that ends at the edit, and an undo brings the old one back.
    """

    def __init__(self, project: Project) -> None:
        state = project.state
        self.first = self.end = state.step
        self._logs: list[LossLog] = []
        for losses in _measured(project):
            self._logs.append(LossLog(state.step))
            self._logs[-1].extend(losses)
        self._segments = [_Segment(project, {state.step: state})]

    def timeline(self, step: int, loss: float, test_loss: float | None = None) -> Timeline:
        """Return what is drawn when ``step`` is looked at, whose losses are ``loss`` and ``test_loss``."""
        tested = [column for log in self._logs[1:] for column in log.columns()[1:]]
        return Timeline(self.first, step, self.end, *self._logs[0].columns(), loss, test_loss, *tested)

    def edited(self, project: Project) -> "History":
        """Return the history that ends with ``project``, which a person made at its step from what was before."""
        step = project.state.step
        if not self.first <= step <= self.end or step == 0:
            return History(project)
        copy = object.__new__(History)
        copy.first, copy.end = self.first, step
        copy._logs = [log.cut(step - self.first + 1) for log in self._logs]
        before = self._losses(step - copy._logs[0].in_last_slot + 1, step)
        for log, past, present in zip(copy._logs, before, _measured(project), strict=True):
            log.replace_last_slot(np.append(past, present))
        copy._segments = [
            _Segment(segment.project, {at: state for at, state in segment.keyframes.items() if at < step})
            for segment in self._segments
            if segment.project.state.step < step
        ]
        copy._segments.append(_Segment(project, {step: project.state}))
        return copy

    def _losses(self, begin: int, end: int) -> Array:
        """Return the losses of the steps from ``begin`` to before ``end``, computed anew, one row a log."""
        begins = [segment.project.state.step for segment in self._segments]
        losses = [np.empty((len(self._logs), 0))]
        while begin < end:
            number = bisect_right(begins, begin)
            stop = min([end, *begins[number : number + 1]])
            past = self.project_at(begin, self._segments[number - 1].project)
            run = descend(past, stop - begin)
            losses.append(np.array([run.losses, run.watched][: len(self._logs)])[:, : stop - begin])
            begin = stop
        return np.concatenate(losses, axis=1)

    def branched(self, project: Project) -> "History":
        """Return the history to go on from ``project``: this one at its end, or a copy that is cut there."""
        return self if project.state.step == self.end else self.edited(project)

    def extend(self, project: Project, run: Run) -> None:
        """Add the steps that ``run`` took from the present end to ``project``."""
        for log, losses in zip(self._logs, (run.losses, run.watched), strict=False):
            log.extend(losses[1:])
        self.end = project.state.step
        segment = self._segments[-1]
        segment.keyframes[self.end] = project.state
        self._thin(segment)

    def _thin(self, segment: _Segment) -> None:
        """Drop every second keyframe (not the first and the last) when there are too many."""
        state = segment.project.state
        size = 8 * (len(state.parameters) * (1 + len(state.optimizer))) + 512
        if len(segment.keyframes) > max(64, min(4096, KEYFRAME_BYTES // size)):
            steps = sorted(segment.keyframes)
            for step in steps[1:-1:2]:
                del segment.keyframes[step]

    def path(self, step: int, parameters: Array, most: int = 400) -> Array:
        """Return where the descent was up to ``step``, at ``most`` moments that are known, ``(moments, P)``.

        The last one is ``parameters``, those at ``step``.
        """
        states = [state for segment in self._segments for at, state in segment.keyframes.items() if at < step]
        known = sorted(states, key=lambda state: state.step)
        chosen = [known[k] for k in np.unique(np.linspace(0, len(known) - 1, most - 1).astype(int))] if known else []
        return np.vstack([*(state.parameters for state in chosen), parameters])

    def kept(self, name: str, end: Project, *, is_automatic: bool = False) -> KeptRun:
        """Return the whole run as a value; ``end`` is the project at its last step."""
        path = self.path(self.end, end.parameters)
        return kept_run(name, end, self._logs[0].columns(), path, is_automatic=is_automatic)

    @property
    def first_loss(self) -> float:
        """The loss at the first step (or the lowest of the first few, in a long run)."""
        return float(self._logs[0].columns()[1][0])

    def lowest_step(self) -> int:
        """Return the last step with the lowest loss so far."""
        steps, low, _ = self._logs[0].columns()
        finite = np.where(np.isfinite(low), low, math.inf)
        begin = int(steps[len(low) - 1 - int(np.argmin(finite[::-1]))])
        count = min(self._logs[0].stride, self.end + 1 - begin)
        if count == 1:
            return begin
        losses = self._losses(begin, begin + count)[0]
        return begin + count - 1 - int(np.argmin(np.where(np.isfinite(losses), losses, math.inf)[::-1]))

    def stretch_of(self, step: int) -> Project:
        """Return the project with which the stretch that holds ``step`` begins: the last one that a person made."""
        begins = [segment.project.state.step for segment in self._segments]
        return self._segments[max(bisect_right(begins, step) - 1, 0)].project

    def project_at(self, step: int, present: Project) -> Project:
        """Return the project as it was at ``step``, computed anew from the keyframe before it.

        Title and names are those of ``present``. Raises IndexError for a step outside the history.
        """
        if not self.first <= step <= self.end:
            raise IndexError(f"The history goes from step {self.first} to {self.end}.")
        begins = [segment.project.state.step for segment in self._segments]
        segment = self._segments[bisect_right(begins, step) - 1]
        frames = sorted(segment.keyframes)
        nearest = segment.keyframes[frames[bisect_right(frames, step) - 1]]
        past = descended(segment.project, nearest)
        missing = step - nearest.step
        if missing:
            past = descended(past, descend(past, missing).state)
        return replace(past, title=present.title, names=present.names)


def descend(project: Project, steps: int, *, tolerance: float = 0.0, loss_limit: float = math.inf) -> Run:
    """Take up to ``steps`` steps from where a project stands; see ``engine.train``."""
    data = project.data
    return train(
        project.recipe, project.state, data.x, data.y, steps,
        tolerance=tolerance, loss_limit=loss_limit, watched=data.test,
    )  # fmt: skip


def stretches_of(project: Project, steps: int, *, tolerance: float = 0.0, loss_limit: float = math.inf) -> list[Run]:
    """Take up to ``steps`` steps like :func:`descend`, in runs so short that none takes long to compute again."""
    work = project.network.parameter_count * len(project.data)
    longest = min(max(_WORK // work, _SHORTEST), _LONGEST)
    runs: list[Run] = []
    while not runs or (steps > 0 and runs[-1].outcome is Outcome.DONE):
        runs.append(descend(project, min(steps, longest), tolerance=tolerance, loss_limit=loss_limit))
        project = descended(project, runs[-1].state)
        steps -= longest
    return runs


def joined(runs: Sequence[Run]) -> Run:
    """Return runs that follow on each other as one."""
    losses = np.concatenate([runs[0].losses, *(run.losses[1:] for run in runs[1:])])
    watched = np.concatenate([runs[0].watched, *(run.watched[1:] for run in runs[1:])])
    return Run(runs[-1].state, losses, runs[-1].outcome, watched)


def _measured(project: Project) -> list[Array]:
    """Return the loss over the examples to learn from, and that over those held out where there are any."""
    data = project.data
    examples = [(data.x, data.y)] + ([data.test] if data.held_out else [])
    return [np.array([measured_loss(project.recipe, project.parameters, x, y)]) for x, y in examples]
