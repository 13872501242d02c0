"""What a person looks at: which example is shown and what is selected. Neither belongs to the project.

Shared by every view; knows none of them.
"""

from PySide6.QtCore import QObject, Signal, Slot

from gdstudio.document.project import NodeRef, ParameterRef, Project, Ref, TargetRef
from gdstudio.document.runs import KeptRun
from gdstudio.document.viewpoint import exists
from gdstudio.teaching.explain import explain_slope
from gdstudio.teaching.explain_node import explain_node
from gdstudio.teaching.fits import fit_of, ghosts_of, node_fit
from gdstudio.teaching.node_pictures import node_pictures
from gdstudio.teaching.picture import Example, Picture
from gdstudio.teaching.slices import POINTS, POINTS_IN_A_RUN, Slice, slice_of
from gdstudio.teaching.together import Compared, compare
from gdstudio.teaching.trace import Trace

FEW = 8
"""Up to so many examples nodes show their numbers at first."""


class Stage(QObject):
    """Selection and shown example, kept sensible when the project changes.

    Signals
    -------
    selection_changed(Ref | None)
    example_changed(int | None)
        None is the mean over all examples.
    explanation_changed(SlopeExplanation)
        Why the selected parameter's slope is what it is, in the picture on screen.
    node_explained(NodeExplanation)
        Why the selected node has its value and its slope; emitted instead while a node is selected.
    slice_changed(Slice)
        The loss along the selected parameter.
    fit_changed(Fit)
        Data and prediction, in the picture on screen.
    node_pictures_changed(NodePictures | None)
        What each node makes of the inputs; None where nodes show their numbers.
    shows_pictures_changed(bool)
        Nodes now show pictures, or numbers.
    ghosts_changed(tuple[Ghost, ...])
        What the kept runs predict.
    comparison_changed(Comparison | None)
        What a step, the last or the next, makes of all weights at once and of one at a time; None where that is not
        asked.
    pointed(Trace | None)
        A number among the explanations is pointed at: to be shown where it lies in the network.
    """

    selection_changed = Signal(object)
    example_changed = Signal(object)
    explanation_changed = Signal(object)
    node_explained = Signal(object)
    slice_changed = Signal(object)
    fit_changed = Signal(object)
    node_pictures_changed = Signal(object)
    shows_pictures_changed = Signal(bool)
    ghosts_changed = Signal(object)
    comparison_changed = Signal(object)
    pointed = Signal(object)

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self.selection: Ref | None = ParameterRef(0)
        self.example: Example = 0
        self._picture: Picture | None = None
        self._cut: Picture | None = None
        self._piece: Slice | None = None
        self._surveyed: Picture | None = None
        self._nodes_surveyed: Picture | None = None
        self._explained: tuple[object, ...] | None = None
        self._parameter = 0
        self._hovered: NodeRef | None = None
        self._runs: tuple[KeptRun, ...] = ()
        self.shows_pictures = _pictures_suit(project)
        self._measures = True
        self._hurries = False
        self._compares = False
        self._compared: Compared | None = None
        self._sliced: tuple[object, ...] | None = None
        self._seen = {"slice": True, "fit": True}

    @Slot(str, bool)
    def set_seen(self, what: str, seen: bool) -> None:
        """Say whether ``slice`` or ``fit`` can be seen: only what can is computed. Anything else is not ours."""
        if what in self._seen:
            self._seen[what] = seen
            self._slice()
            self._survey()

    @Slot(object)
    def select(self, ref: Ref | None) -> None:
        """Select a weight, a node or a target; None selects nothing."""
        if ref != self.selection or type(ref) is not type(self.selection):
            self.selection = ref
            self.selection_changed.emit(ref)
            self.pointed.emit(None)
            self._explain()
            self._slice()

    @Slot(object)
    def show_example(self, example: Example) -> None:
        """Show one example, or the mean over all; where each step sees one example, it is that one that is shown."""
        own = None if self._picture is None else self._picture.lone_example
        wanted = example if own is None else own
        if wanted != self.example or wanted != example:
            self.example = wanted
            self.example_changed.emit(wanted)
            self._explain()

    @Slot(object)
    def point_at(self, trace: Trace | None) -> None:
        """Show where a number lies in the network; None points at nothing."""
        self.pointed.emit(trace)

    @Slot(bool)
    def set_running(self, running: bool) -> None:
        """Leave out the measured slope, and some points of the curve, while a run goes on."""
        self._measures = not running
        self._explain()
        self._slice()

    @Slot(bool)
    def set_hurry(self, hurries: bool) -> None:
        """The same while something is dragged; and its axis stays, as long as it has room for what is dragged."""
        self._hurries = hurries
        self.set_running(hurries)

    @Slot(object)
    def compare(self, picture: Picture) -> None:
        """Where weights move one at a time, show beside it what moving all at once would do."""
        asked = picture.project.recipe.one_at_a_time
        if asked or self._compares:
            self._compares = asked
            self._compared = compare(picture.project, self._compared) if asked else None
            self.comparison_changed.emit(None if self._compared is None else self._compared.shown)

    @Slot(object)
    def examine(self, picture: Picture) -> None:
        """Explain the selected slope in the picture that is on screen."""
        self._picture = picture
        if picture.lone_example is not None:
            self.show_example(picture.lone_example)
        self._explain()

    @Slot(object)
    def cut(self, picture: Picture) -> None:
        """Show the loss along the selected parameter of the picture that is on screen."""
        self._cut = picture
        self._slice()

    @Slot(object)
    def survey(self, picture: Picture) -> None:
        """Show data and prediction of the picture that is on screen."""
        if picture is not self._surveyed:
            old, self._surveyed = self._surveyed, picture
            self._survey()
            if self._runs and (old is None or old.data is not picture.data):
                self.ghosts_changed.emit(ghosts_of(picture, self._runs))

    @Slot(object)
    def survey_nodes(self, picture: Picture) -> None:
        """Show what each node makes of the inputs, in the picture that is on screen."""
        if picture is not self._nodes_surveyed:
            self._nodes_surveyed = picture
            if self.shows_pictures:
                self.node_pictures_changed.emit(node_pictures(picture))

    def _survey(self) -> None:
        """Show the prediction, or the node that the mouse is at in its place, if that can be seen."""
        picture = self._surveyed
        if picture is None or not self._seen["fit"]:
            return
        hovered = self._hovered
        fit = None if hovered is None or not exists(picture.project, hovered) else node_fit(picture, hovered)
        self.fit_changed.emit(fit or fit_of(picture))

    @Slot(object)
    def follow_runs(self, runs: tuple[KeptRun, ...]) -> None:
        """Show what the kept runs predict."""
        self._runs = runs
        if self._surveyed is not None:
            self.ghosts_changed.emit(ghosts_of(self._surveyed, runs))

    @Slot(object)
    def hover(self, node: NodeRef | None) -> None:
        """Show what a node makes of the inputs, large; None shows the prediction again."""
        self._hovered = node
        self._survey()

    @Slot(bool)
    def show_pictures(self, shown: bool) -> None:
        """Let each node show what it makes of the inputs, or its number."""
        if shown == self.shows_pictures:
            return
        self.shows_pictures = shown
        self.shows_pictures_changed.emit(shown)
        picture = self._nodes_surveyed
        self.node_pictures_changed.emit(node_pictures(picture) if shown and picture is not None else None)

    def _explain(self) -> None:
        """Explain the selected parameter, or the one that was selected last: no old number stays on screen."""
        picture = self._picture
        if picture is None:
            return
        node = self.selection if isinstance(self.selection, NodeRef | TargetRef) else None
        # The picture of another document comes before the stage follows it.
        example = self.example if self.example is None or self.example < len(picture.data) else 0
        if node is not None and exists(picture.project, node):
            self.node_explained.emit(explain_node(picture, node, example))
        index = self._index_in(picture)
        wanted = (picture, index, self._measures, node, example)
        if wanted != self._explained:
            self._explained = wanted
            if node is None:
                explained = explain_slope(picture, index, example=example, measure=self._measures)
                self.explanation_changed.emit(explained)

    def _slice(self) -> None:
        """Show the loss along the parameter that is explained, unless that is shown already."""
        picture = self._cut
        if picture is None or not self._seen["slice"]:
            return
        index = self._index_in(picture)
        wanted = (picture, index, self._measures)
        if wanted != self._sliced:
            self._sliced = wanted
            points = POINTS if self._measures else POINTS_IN_A_RUN
            self._piece = slice_of(picture, index, points, self._piece if self._hurries else None)
            self.slice_changed.emit(self._piece)

    def _index_in(self, picture: Picture) -> int:
        """Return the parameter that is explained: the selected one or the last that was, as far as there is one."""
        if isinstance(self.selection, ParameterRef):
            self._parameter = self.selection.index
        if self._parameter >= picture.network.parameter_count:
            self._parameter = 0
        return self._parameter

    @Slot(object)
    def follow(self, project: Project) -> None:
        """Drop what the project no longer has."""
        old, self._project = self._project, project
        count = len(project.data)
        if project.data is not old.data and (count == 1 if self.example is None else self.example >= count):
            self.show_example(0)
        if _table(project) != _table(old):
            self.show_pictures(_pictures_suit(project))
        if project.network != old.network:
            self.select(_carried(old, project, self.selection))


def _carried(old: Project, new: Project, ref: Ref | None) -> Ref | None:
    """Return the same thing in the new network, or its first weight where there is no such thing any more."""
    if isinstance(ref, ParameterRef) and ref.index < old.network.parameter_count:
        try:
            return ParameterRef(new.network.index(old.network.places[ref.index]))
        except IndexError:
            return ParameterRef(0)
    return ref if exists(new, ref) else ParameterRef(0)


def _table(project: Project) -> tuple[object, ...]:
    """Return which data these are, however their values are edited."""
    return project.data.name, project.data.column_names, len(project.data)


def _pictures_suit(project: Project) -> bool:
    """Whether nodes say more as pictures: with one or two inputs, and more examples than one looks at one by one."""
    return len(project.data.input_names) <= 2 and len(project.data) > FEW
