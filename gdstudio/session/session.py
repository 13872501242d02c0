"""The open document: its project, undo, file and what step of it is looked at.

Knows nothing of views or of time.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from gdstudio.document import edits, files
from gdstudio.document.codegen import export
from gdstudio.document.datasets import Generated
from gdstudio.document.disk import fingerprint
from gdstudio.document.document import Document
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import GENERATORS
from gdstudio.document.numbers import shown, shown_plain
from gdstudio.document.project import NodeRef, Project, node_name, parameter_name
from gdstudio.document.runs import MOST_RUNS, KeptRun
from gdstudio.document.viewpoint import View
from gdstudio.engine import OPTIMIZERS, Array, Outcome, Run
from gdstudio.session.commands import Moment, Snapshot
from gdstudio.session.history import History, descend, joined, stretches_of
from gdstudio.teaching.endings import remedy_of, scaled_for_descent

Edit = Callable[[Project], Project]


class Session(QObject):
    """Holds the project and changes it by undoable edits.

    Signals
    -------
    viewed_changed(Project)
        What is looked at is another value: an edit, a step, an undo, a scrub, another document.
    document_changed()
        The file's name or whether there are unsaved changes may have changed.
    opened()
        The document is about to be replaced by another.
    view_opened(View)
        A document was opened that says how it is looked at.
    runs_changed(tuple[KeptRun, ...])
        Other runs are kept beside this one, or under other names.
    refused(str)
        A wish could not be fulfilled; the text is one sentence, and nothing has changed.
    """

    viewed_changed = Signal(object)
    document_changed = Signal()
    opened = Signal()
    view_opened = Signal(object)
    runs_changed = Signal(object)
    refused = Signal(str)

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self.document_changed)
        self.path: Path | None = None
        self.fingerprint = ""
        self.view: Callable[[], View | None] = lambda: None
        self.run_key = ""
        self._moment = Moment(project, History(project))
        self._viewed = project

    # ``run_key`` is the key of the run that goes on, and empty when none does; ``view`` says how one looks at all this;
    # ``fingerprint`` is that of the document's file as it was opened or saved.

    @property
    def project(self) -> Project:
        """The document's project, which is saved; an edit begins from ``viewed``."""
        return self._moment.project

    @property
    def viewed(self) -> Project:
        """The project as it is looked at: the document's own, or an earlier or later step of its history."""
        return self._viewed

    @property
    def history(self) -> History:
        return self._moment.history

    @property
    def runs(self) -> tuple[KeptRun, ...]:
        """The runs that are kept beside the present one."""
        return self._moment.runs

    @property
    def is_modified(self) -> bool:
        """Whether there are unsaved changes."""
        return not self.undo_stack.isClean()

    @property
    def document(self) -> Document:
        """All that is saved."""
        return Document(self.project, self.runs, self.view())

    def open(
        self, document: Project | Document, path: Path | None, *, is_modified: bool = False, known: str = ""
    ) -> None:
        """Replace the document; the undo stack begins anew.

        ``is_modified`` says that the file holds something else, and ``known`` which fingerprint it had when that began,
        so that it is not written over without a question where it is another by now.
        """
        if isinstance(document, Project):
            document = Document(document)
        self.opened.emit()
        self.path = None if path is None else path.absolute()
        self.fingerprint = known if is_modified or path is None else fingerprint(path)
        self.undo_stack.clear()
        if is_modified:
            self.undo_stack.resetClean()
        self._install(Moment(document.project, History(document.project), document.runs))
        if document.view is not None:
            self.view_opened.emit(document.view)
        self.document_changed.emit()

    def is_changed_on_disk(self, path: Path) -> bool:
        """Whether something else wrote the document's file since it was opened or saved."""
        return path.absolute() == self.path and fingerprint(path) not in ("", self.fingerprint)

    def save(self, path: Path) -> bool:
        """Write the document; returns whether it is saved, and says why not."""
        try:
            self.fingerprint = files.save(self.document, path, self.fingerprint)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self.path = path.absolute()
        self.undo_stack.setClean()
        self.document_changed.emit()
        return True

    def _install(self, moment: Moment) -> None:
        old, self._moment = self._moment, moment
        self._viewed = moment.project
        self.viewed_changed.emit(moment.project)
        if moment.runs != old.runs:
            self.runs_changed.emit(moment.runs)

    def apply(self, edit: Edit, text: str, key: str = "") -> bool:
        """Edit what is looked at, as one undo entry; edits with the same key in a row are one.

        Returns whether anything could be done; if not, ``refused`` said why.
        """
        try:
            project = edit(self._viewed)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        if project is not self._viewed:
            self._push(text, Moment(project, self.history.edited(project), self._with_ghost()), key)
        return True

    def _with_ghost(self, at_least: int = 1) -> tuple[KeptRun, ...]:
        """Return the kept runs, and with them the present one where it is about to lose ``at_least`` so many steps."""
        step = self._viewed.state.step
        if not self.history.first <= step < self.history.end - at_least + 1:
            return self.runs
        end = self.history.project_at(self.history.end, self.project)
        if any(run.is_same(end) for run in self.runs):
            return self.runs
        ghost = self.history.kept(f"until step {self.history.end:,}", end, is_automatic=True)
        kept = list(self.runs)
        if len(kept) >= MOST_RUNS:
            oldest = next((run for run in kept if run.is_automatic), None)
            if oldest is None:
                return self.runs
            kept.remove(oldest)
        return (*kept, ghost)

    def _push(self, text: str, after: Moment, key: str) -> None:
        # An ampersand in a name is itself, also in a menu.
        self.undo_stack.push(Snapshot(text.replace("&", "&&"), self._moment, after, key, self._install))
        if not key:
            self.document_changed.emit()

    def descend(self, steps: int, *, key: str = "", tolerance: float = 0.0, loss_limit: float = float("inf")) -> Run:
        """Take up to ``steps`` steps from what is looked at, and say how that ended; see ``engine.train``."""
        base = self._viewed
        stretches = stretches_of(base, steps, tolerance=tolerance, loss_limit=loss_limit)
        run = joined(stretches)
        taken = run.state.step - base.state.step
        if taken:
            project = edits.descended(base, run.state)
            # A step back that is taken again is the same step: only a run that loses more is kept.
            runs = self._with_ghost(2)
            history = self.history.branched(base)
            for stretch in stretches:
                history.extend(edits.descended(base, stretch.state), stretch)
            text = f"Step {run.state.step:,}" if not key else f"Run to step {run.state.step:,}"
            self._push(text, Moment(project, history, runs), key)
        return run

    def program(self, target: str) -> str:
        """Return a program that does what led to what is looked at; see ``document.codegen.export``."""
        begin, viewed = self.history.stretch_of(self._viewed.state.step), self._viewed
        return export(replace(begin, title=viewed.title), viewed.state.step, target)

    def previewed(self) -> tuple[Project, Outcome]:
        """Return the project after one step, without taking it."""
        base = self._viewed
        run = descend(base, 1)
        return edits.descended(base, run.state), run.outcome

    def following(self) -> Project | None:
        """Return the project one step after what is looked at: as it was, or as it would be; None where none can be."""
        step = self._viewed.state.step
        if self.history.first <= step < self.history.end:
            return self.history.project_at(step + 1, self.project)
        project, outcome = self.previewed()
        return None if outcome is Outcome.DIVERGED else project

    @Slot(object)
    def view_step(self, step: int) -> None:
        """Look at another step of the history; the document stays as it is."""
        wanted = int(np.clip(step, self.history.first, self.history.end))
        if wanted == self._viewed.state.step:
            return
        own = self.project.state.step == wanted
        self._viewed = self.project if own else self.history.project_at(wanted, self.project)
        self.viewed_changed.emit(self._viewed)

    # Wishes: each a named edit.

    def set_parameter(self, index: int, value: float, gesture: int = 0) -> bool:
        """Set a weight or bias; the changes of one gesture (a drag) are one undo entry."""
        if not 0 <= index < self._viewed.network.parameter_count:
            self.refused.emit("That weight is not there any more.")
            return False
        name = parameter_name(self._viewed, index)
        key = f"drag {gesture}" if gesture else ""
        return self.apply(lambda project: edits.set_parameter(project, index, value), f"Change {name}", key)

    def set_parameters(self, parameters: Array) -> bool:
        """Set all weights at once: a jump to another place."""
        return self.apply(lambda project: edits.set_parameters(project, parameters), "Jump to another place")

    def set_locked(self, index: int, locked: bool) -> bool:
        text = f"{'Lock' if locked else 'Unlock'} {parameter_name(self._viewed, index)}"
        return self.apply(lambda project: edits.set_locked(project, index, locked), text)

    def set_learning_rate(self, learning_rate: float, gesture: int = 0) -> bool:
        """Set the learning rate; the changes of one gesture (a slider's move) are one undo entry.

        In the middle of a run they are part of the run's entry: the two would take turns and never merge.
        """
        key = (self.run_key or f"rate {gesture}") if gesture else ""
        return self.apply(lambda project: edits.set_learning_rate(project, learning_rate), "Change learning rate", key)

    @property
    def good(self) -> Project:
        """The last good step: the one with the lowest loss so far, with the present learning rate."""
        good = self.history.project_at(self.history.lowest_step(), self.project)
        return replace(good, recipe=replace(good.recipe, learning_rate=self._viewed.recipe.learning_rate))

    @Slot()
    def retreat(self) -> None:
        """Go back to the last good step, and on from there with a smaller rate: below the edge, where that is known."""
        rate = remedy_of(self.good).rate
        if rate is None:
            self.refused.emit(f"No learning rate from {shown(edits.LEARNING_RATE_LIMITS[0])} on is small enough.")
            return
        good = self.history.project_at(self.history.lowest_step(), self.project)
        self._viewed = good
        text = f"Back to step {good.state.step:,} with learning rate {shown_plain(rate)}"
        project = edits.set_learning_rate(good, rate)
        self._push(text, Moment(project, self.history.edited(project), self._with_ghost()), "")

    @Slot()
    def scale(self) -> None:
        """Scale the data to mean 0 and spread 1, and begin again, with a rate below the edge where that is known."""
        self.apply(scaled_for_descent, "Scale the data")

    def set_optimizer(self, name: str) -> bool:
        return self.apply(lambda project: edits.set_optimizer(project, name), "Change optimizer")

    def set_setting(self, name: str, value: float) -> bool:
        """Set one of the optimizer's own numbers, live."""
        label = next(
            (row.label for row in OPTIMIZERS[self._viewed.recipe.optimizer].settings if row.name == name), name
        )
        return self.apply(lambda project: edits.set_setting(project, name, value), f"Change {label.lower()}")

    def set_schedule(self, name: str) -> bool:
        return self.apply(lambda project: edits.set_schedule(project, name), "Change schedule")

    def set_period(self, period: int) -> bool:
        return self.apply(lambda project: edits.set_period(project, period), "Change period")

    def set_penalty(self, name: str, weight: float) -> bool:
        text = f"Change {name.upper()} penalty"
        return self.apply(lambda project: edits.set_penalty(project, name, weight), text)

    def set_initializer(self, name: str) -> bool:
        return self.apply(lambda project: edits.set_initializer(project, name), "Change how a start is drawn")

    def set_spread(self, spread: float) -> bool:
        initializer = self._viewed.recipe.initializer
        return self.apply(
            lambda project: edits.set_initializer(project, initializer, spread), "Change the start’s spread"
        )

    def set_loss(self, name: str) -> bool:
        return self.apply(lambda project: edits.set_loss(project, name), "Change loss")

    def set_hidden_activation(self, name: str) -> bool:
        return self.apply(lambda project: edits.set_hidden_activation(project, name), "Change activation")

    def set_last_activation(self, name: str) -> bool:
        return self.set_activation(len(self._viewed.network.sizes) - 1, name)

    @Slot(bool)
    def set_one_at_a_time(self, one_at_a_time: bool) -> bool:
        text = "Update one weight at a time" if one_at_a_time else "Update all weights at once"
        return self.apply(lambda project: edits.set_one_at_a_time(project, one_at_a_time), text)

    def set_activation(self, layer: int, name: str) -> bool:
        return self.apply(
            lambda project: edits.set_activation(project, layer, name), f"Change activation of layer {layer}"
        )

    def set_batch_size(self, batch_size: int | None) -> bool:
        return self.apply(lambda project: edits.set_batch_size(project, batch_size), "Change batch size")

    def set_bias(self, bias: bool) -> bool:
        return self.apply(lambda project: edits.set_bias(project, bias), "Add biases" if bias else "Remove biases")

    def add_node(self, layer: int) -> bool:
        return self.apply(lambda project: edits.add_node(project, layer), "Add node")

    def remove_node(self, node: NodeRef) -> bool:
        name = node_name(self._viewed, node)
        return self.apply(lambda project: edits.remove_node(project, node), f"Remove {name}")

    def remove_last_node(self, layer: int) -> bool:
        return self.remove_node(NodeRef(layer, self._viewed.network.sizes[layer] - 1))

    def add_layer(self, after: int) -> bool:
        return self.apply(lambda project: edits.add_layer(project, after), "Add layer")

    def remove_layer(self, layer: int) -> bool:
        return self.apply(lambda project: edits.remove_layer(project, layer), "Remove layer")

    def rename_node(self, node: NodeRef, name: str) -> bool:
        return self._relabel(lambda project: edits.rename_node(project, node, name), "Rename node")

    def rename(self, title: str) -> bool:
        return self._relabel(lambda project: edits.rename(project, title), "Rename")

    def _relabel(self, edit: Edit, text: str) -> bool:
        """Edit names alone: the descent and its history stay as they are."""
        try:
            project = edit(self.project)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        if project is not self.project:
            self._annotate(text, project, self.runs)
        return True

    def _annotate(self, text: str, project: Project, runs: tuple[KeptRun, ...]) -> None:
        """Install what leaves the descent as it is, and go on looking at the same step."""
        step = self._viewed.state.step
        self._push(text, Moment(project, self.history, runs), "")
        self.view_step(step)

    # The runs that are kept.

    @Slot()
    def pin_run(self) -> None:
        """Keep the present run, as it is so far, beside what comes."""
        if len(self.runs) >= MOST_RUNS:
            self.refused.emit(f"Up to {MOST_RUNS} runs can be kept; delete one first.")
            return
        if self.history.end == self.history.first:
            self.refused.emit("There is no run to pin yet: take a step first.")
            return
        names = {run.name for run in self.runs}
        name = next(name for name in (f"run {number}" for number in count(1)) if name not in names)
        end = self.history.project_at(self.history.end, self.project)
        self._annotate("Pin run", self.project, (*self.runs, self.history.kept(name, end)))

    def keep_runs(self, runs: tuple[KeptRun, ...]) -> None:
        """Keep other runs beside the present one, such as those of a race."""
        if len(self.runs) + len(runs) > MOST_RUNS:
            self.refused.emit(f"Up to {MOST_RUNS} runs can be kept; delete some first.")
        elif runs:
            self._annotate("Keep runs", self.project, (*self.runs, *runs))

    def rename_run(self, number: int, name: str) -> None:
        """Call a kept run something else."""
        try:
            clean = edits.clean_name(name)
        except ProjectError as error:
            self.refused.emit(str(error))
            return
        if clean and clean != self.runs[number].name:
            self._change_run("Rename run", number, replace(self.runs[number], name=clean, is_automatic=False))

    def show_run(self, number: int, shown: bool) -> None:
        """Draw a kept run, or not."""
        if shown != self.runs[number].is_shown:
            text = "Show run" if shown else "Hide run"
            self._change_run(text, number, replace(self.runs[number], is_shown=shown))

    def delete_run(self, number: int) -> None:
        """Keep a run no longer."""
        if 0 <= number < len(self.runs):
            self._annotate("Delete run", self.project, (*self.runs[:number], *self.runs[number + 1 :]))

    def _change_run(self, text: str, number: int, run: KeptRun) -> None:
        self._annotate(text, self.project, (*self.runs[:number], run, *self.runs[number + 1 :]))

    def set_value(self, example: int, column: int, value: float) -> bool:
        name = self._viewed.data.column_names[column]
        return self.apply(lambda project: edits.set_value(project, example, column, value), f"Change {name}")

    def set_data(self, source: Project) -> bool:
        """Learn from the data of another project."""
        return self.apply(lambda project: edits.set_data(project, source.data), f"Use data {source.data.name}")

    def set_generated(self, wanted: Generated) -> bool:
        """Learn from data made to order."""
        return self.apply(
            lambda project: edits.set_generated(project, wanted), f"Use data {GENERATORS[wanted.name].label}"
        )

    def set_test_share(self, share: float) -> bool:
        return self.apply(lambda project: edits.set_test_share(project, share), "Change test share")

    def set_scaling(self, scaling: str) -> bool:
        return self.apply(lambda project: edits.set_scaling(project, scaling), "Change scaling")

    def set_target(self, column: str) -> bool:
        return self.apply(lambda project: edits.set_target(project, column), f"Make {column} the target")

    @Slot()
    def reset(self) -> None:
        """Return to the very same start."""
        self.apply(edits.reset, "Reset")

    @Slot()
    def new_start(self) -> None:
        """Draw another start from the next seed."""
        self.apply(edits.new_start, "New start")
