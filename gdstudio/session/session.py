"""The open document: its project, undo, file and what step of it is looked at.

Knows nothing of views or of time.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from gdstudio.document import edits, files
from gdstudio.document.datasets import Generated
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import GENERATORS
from gdstudio.document.project import NodeRef, Project, node_name, parameter_name
from gdstudio.engine import OPTIMIZERS, Array, Outcome, Run
from gdstudio.session.commands import Moment, Snapshot
from gdstudio.session.history import History, descend

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
    refused(str)
        A wish could not be fulfilled; the text is one sentence, and nothing has changed.
    """

    viewed_changed = Signal(object)
    document_changed = Signal()
    opened = Signal()
    refused = Signal(str)

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(500)
        self.undo_stack.cleanChanged.connect(self.document_changed)
        self.path: Path | None = None
        self.run_key = ""
        self._moment = Moment(project, History(project))
        self._viewed = project

    # ``run_key`` is the key of the run that goes on, and empty when none does.

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
    def is_modified(self) -> bool:
        """Whether there are unsaved changes."""
        return not self.undo_stack.isClean()

    def open(self, project: Project, path: Path | None) -> None:
        """Replace the document; the undo stack begins anew."""
        self.opened.emit()
        self.path = path
        self.undo_stack.clear()
        self._install(Moment(project, History(project)))
        self.document_changed.emit()

    def save(self, path: Path) -> bool:
        """Write the document; returns whether it is saved, and says why not."""
        try:
            files.save(self.project, path)
        except ProjectError as error:
            self.refused.emit(str(error))
            return False
        self.path = path
        self.undo_stack.setClean()
        self.document_changed.emit()
        return True

    def _install(self, moment: Moment) -> None:
        self._moment = moment
        self._viewed = moment.project
        self.viewed_changed.emit(moment.project)

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
            self._push(text, Moment(project, self.history.edited(project)), key)
        return True

    def _push(self, text: str, after: Moment, key: str) -> None:
        # An ampersand in a name is itself, also in a menu.
        self.undo_stack.push(Snapshot(text.replace("&", "&&"), self._moment, after, key, self._install))
        if not key:
            self.document_changed.emit()

    def descend(self, steps: int, *, key: str = "", tolerance: float = 0.0, loss_limit: float = float("inf")) -> Run:
        """Take up to ``steps`` steps from what is looked at, and say how that ended; see ``engine.train``."""
        base = self._viewed
        run = descend(base, steps, tolerance=tolerance, loss_limit=loss_limit)
        taken = run.state.step - base.state.step
        if taken:
            project = edits.descended(base, run.state)
            history = self.history.branched(base)
            history.extend(project, run)
            text = f"Step {run.state.step:,}" if not key else f"Run to step {run.state.step:,}"
            self._push(text, Moment(project, history), key)
        return run

    def previewed(self) -> tuple[Project, Outcome]:
        """Return the project after one step, without taking it."""
        base = self._viewed
        run = descend(base, 1)
        return edits.descended(base, run.state), run.outcome

    @Slot(int)
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

    def halve_learning_rate(self) -> bool:
        half = self._viewed.recipe.learning_rate / 2
        return self.apply(lambda project: edits.set_learning_rate(project, half), "Halve learning rate")

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
            step = self._viewed.state.step
            self._push(text, Moment(project, self.history), "")
            self.view_step(step)
        return True

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
