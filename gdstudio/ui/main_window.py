"""The main window: canvas in the centre, panels and plots as docks around it, toolbar and menus.

Puts the parts together and lays them out; what they show and wish passes through untouched. Decides nothing. What
stands behind other tabs at first moves in after the first paint, and is imported only then.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QByteArray, QEvent, QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QShowEvent, QUndoStack
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from gdstudio.document.plain import one_line
from gdstudio.document.project import Ref
from gdstudio.teaching.choreography import Frame
from gdstudio.teaching.explain import SlopeExplanation
from gdstudio.teaching.explain_node import NodeExplanation
from gdstudio.teaching.fits import Fit
from gdstudio.teaching.lesson_view import LessonView
from gdstudio.teaching.picture import Picture
from gdstudio.teaching.timeline import Timeline
from gdstudio.ui.actions import make_actions, tint_actions
from gdstudio.ui.canvas.view import NetworkView
from gdstudio.ui.docks import arrange_docks, first_size, make_docks, tend_tab_bars
from gdstudio.ui.icons import app_icon
from gdstudio.ui.menus import Menus
from gdstudio.ui.models.parameter_table import ParameterTableModel
from gdstudio.ui.network_card import NetworkCard
from gdstudio.ui.panels.control_panel import ControlPanel
from gdstudio.ui.panels.history_bar import HistoryBar
from gdstudio.ui.panels.node_panel import NodePanel
from gdstudio.ui.panels.parameter_view import ParameterView
from gdstudio.ui.panels.slope_panel import SlopePanel
from gdstudio.ui.plots.data_plot import DataPlot
from gdstudio.ui.plots.loss_plot import LossPlot
from gdstudio.ui.plots.slice_plot import SlicePlot
from gdstudio.ui.plots.surface_plot import SurfacePlot
from gdstudio.ui.step_bar import StepBar
from gdstudio.ui.theme import LIGHT, Theme
from gdstudio.ui.widgets.card import Dock, stacked
from gdstudio.ui.widgets.comparison_bar import ComparisonBar
from gdstudio.ui.widgets.message_bar import MessageBar
from gdstudio.ui.widgets.number_field import finished
from gdstudio.ui.widgets.scores import ScoresBar
from gdstudio.ui.widgets.spotlight import Spotlight
from gdstudio.ui.widgets.welcome import WelcomePage

if TYPE_CHECKING:
    from gdstudio.ui.panels.code_panel import CodePanel
    from gdstudio.ui.panels.gradient_check_panel import GradientCheckPanel
    from gdstudio.ui.panels.lesson_panel import LessonPanel
    from gdstudio.ui.panels.practice_panel import PracticePanel
    from gdstudio.ui.panels.race_panel import RacePanel
    from gdstudio.ui.panels.runs_panel import RunsPanel
    from gdstudio.ui.plots.slices_plot import SlicesPlot

_ARRANGEMENT_VERSION = 3
_SEEN = {
    "sliceDock": "slice", "dataDock": "fit", "surfaceDock": "surface", "slicesDock": "slices",
    "gradientCheckDock": "check",
}  # fmt: skip
"""What is only computed while its dock can be seen."""
WHAT_IS_SEEN = tuple(_SEEN.values())


class Themed(Protocol):
    """What wears the colours of a theme."""

    def set_theme(self, theme: Theme) -> None:
        """Put on the colours of a theme."""


class MainWindow(QMainWindow):
    """The whole window.

    Signals
    -------
    theme_requested(str), speed_requested(int), example_project_requested(str), recent_requested(Path)
        Choices from the toolbar and the menus.
    file_dropped(Path)
        A file was dropped on the window.
    seen_changed(str, bool)
        ``slice``, ``fit``, ``surface``, ``slices`` or ``check`` can now be seen, or no longer.
    lesson_requested(int)
        Begin the lesson of this number.
    loss_requested()
        The loss was clicked: show where it comes from.
    system_theme_changed()
        The desktop went from light to dark or back.
    wanted()
        What is late is to move in: the window was painted for the first time, or a part is asked for by its name.
    """

    theme_requested = Signal(str)
    speed_requested = Signal(int)
    example_project_requested = Signal(str)
    recent_requested = Signal(object)
    file_dropped = Signal(object)
    seen_changed = Signal(str, bool)
    loss_requested = Signal()
    lesson_requested = Signal(int)
    system_theme_changed = Signal()
    wanted = Signal()
    _has_refused = False

    # They move in late.
    slices_plot: "SlicesPlot"
    gradient_check_panel: "GradientCheckPanel"
    runs_panel: "RunsPanel"
    race_panel: "RacePanel"
    code_panel: "CodePanel"
    lesson_panel: "LessonPanel"
    practice_panel: "PracticePanel"

    def __init__(
        self,
        sources: Iterable[tuple[str, str]],
        examples: Iterable[tuple[str, str, str]],
        speeds: Iterable[str],
        undo_stack: QUndoStack,
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowIcon(app_icon())
        self.setAcceptDrops(True)
        self.setMinimumSize(1110, 600)
        self.may_close: Callable[[], bool] = lambda: True
        self.before_close: Callable[[], None] = lambda: None
        self._theme = LIGHT
        self.actions_by_name = make_actions(self)
        self._make_undo_actions(undo_stack)

        self.canvas = NetworkView()
        self.message_bar = MessageBar()
        self.history_bar = HistoryBar()
        self.control_panel = ControlPanel(sources)
        self.slope_panel = SlopePanel()
        self.node_panel = NodePanel()
        self.loss_plot = LossPlot()
        self.scores_bar = ScoresBar()
        self.slice_plot = SlicePlot()
        self.data_plot = DataPlot()
        self.surface_plot = SurfacePlot()
        self.parameter_model = ParameterTableModel(self)
        self.parameter_table = ParameterView(self.parameter_model)
        self.welcome_page = WelcomePage()
        self.comparison_bar = ComparisonBar()
        self.plots = (self.loss_plot, self.slice_plot, self.data_plot, self.surface_plot)
        self.network_card = NetworkCard(self.canvas, self.message_bar, self.welcome_page, self.comparison_bar)
        self._build_centre()
        self._docks = self._build_docks()
        self._build_toolbar(speeds)
        self.menus = Menus(self.menuBar(), self.actions_by_name, examples, self._docks.values())
        self.menus.example_requested.connect(self.example_project_requested)
        self.menus.theme_requested.connect(self.theme_requested)
        self.menus.recent_requested.connect(self.recent_requested)
        self.menus.lesson_requested.connect(self.lesson_requested)
        self.spotlight = Spotlight(self)
        self._bind_view_actions()
        self.resize(first_size(self.screen().availableSize(), self.minimumSize()))
        self._is_arranged = self._is_painted = False
        self._can_go_back = False
        self._themed: tuple[Themed, ...] = self.plots

    # Building.

    def _make_undo_actions(self, stack: QUndoStack) -> None:
        """Let the stack make undo and redo: it keeps their texts and states, and lets go of them at the end."""
        for name, action in (
            ("undoAction", stack.createUndoAction(self, "&Undo")),
            ("redoAction", stack.createRedoAction(self, "&Redo")),
        ):
            shell = self.actions_by_name[name]
            action.setObjectName(name)
            action.setShortcuts(shell.shortcuts())
            self.actions_by_name[name] = action
            shell.setObjectName("")
            shell.setShortcuts([])
            shell.deleteLater()

    def _build_centre(self) -> None:
        pictures = self.actions_by_name["nodePicturesAction"]
        self.network_card.pictures_requested.connect(pictures.setChecked)
        pictures.toggled.connect(self.show_node_mode)
        centre = QWidget()
        rows = QVBoxLayout(centre)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        rows.addWidget(self.network_card, 1)
        rows.addWidget(self.history_bar)
        # The docks live in a window of their own inside, so that a margin can stand around them all.
        self._workspace = QMainWindow(self, Qt.WindowType.Widget)
        self._workspace.setObjectName("workspace")
        self._workspace.setCentralWidget(centre)
        around_all = QWidget()
        margins = QVBoxLayout(around_all)
        margins.setContentsMargins(10, 8, 10, 10)
        margins.addWidget(self._workspace)
        self.setCentralWidget(around_all)

    def _build_docks(self) -> dict[str, Dock]:
        self._why = QStackedWidget()
        for panel in (self.slope_panel, self.node_panel):
            self._why.addWidget(panel)
        docks = make_docks(
            self._workspace,
            {
                "controlDock": self.control_panel,
                "slopeDock": self._why,
                "lossDock": stacked(self.loss_plot, self.scores_bar),
                "sliceDock": self.slice_plot,
                "dataDock": self.data_plot,
                "surfaceDock": self.surface_plot,
                "parameterDock": self.parameter_table,
            },
        )
        for dock, buttons in (
            ("lossDock", self.loss_plot.scale_buttons),
            ("surfaceDock", self.surface_plot.view_buttons),
        ):
            for button in buttons:
                docks[dock].bar.add(button)
        for bar in (self.network_card.bar, docks["lossDock"].bar):
            bar.make_link("Show where the loss comes from")
            bar.info_clicked.connect(self.loss_requested)
        for dock in ("sliceDock", "dataDock", "surfaceDock"):
            docks[dock].watch(self._on_seen)
        for each in docks.values():
            each.seen.connect(lambda *_: tend_tab_bars(self._workspace))
        return docks

    def move_in(self, programs: Iterable[tuple[str, str]], levels: Iterable[tuple[str, str]]) -> None:
        """Make the panels that stand behind other tabs at first, or come when they are wanted."""
        from gdstudio.ui.panels.code_panel import CodePanel
        from gdstudio.ui.panels.gradient_check_panel import GradientCheckPanel
        from gdstudio.ui.panels.lesson_panel import LessonPanel
        from gdstudio.ui.panels.practice_panel import PracticePanel
        from gdstudio.ui.panels.race_panel import RacePanel
        from gdstudio.ui.panels.runs_panel import RunsPanel
        from gdstudio.ui.plots.slices_plot import SlicesPlot

        self.slices_plot = SlicesPlot()
        self.gradient_check_panel = GradientCheckPanel()
        self.runs_panel = RunsPanel(self.actions_by_name["pinRunAction"])
        self.race_panel = RacePanel()
        self.code_panel = CodePanel(programs)
        self.lesson_panel = LessonPanel()
        self.practice_panel = PracticePanel(levels)
        for dock, panel in (
            ("lessonDock", self.lesson_panel), ("practiceDock", self.practice_panel),
            ("gradientCheckDock", self.gradient_check_panel), ("slicesDock", self.slices_plot),
            ("runsDock", self.runs_panel), ("raceDock", self.race_panel), ("codeDock", self.code_panel),
        ):  # fmt: skip
            self._docks[dock].hold(panel)
        late = self.slices_plot, self.gradient_check_panel, self.runs_panel, self.race_panel, self.code_panel
        for themed in late:
            themed.set_theme(self._theme)
        self._themed = (*self._themed, *late)

    def watch_late(self) -> None:
        """Say what can be seen of the panels that moved in late, now and whenever that changes."""
        for dock in ("slicesDock", "gradientCheckDock"):
            self._docks[dock].watch(self._on_seen)
        self._docks["codeDock"].watch(self._on_code_seen)

    @Slot()
    def arrange(self) -> None:
        """Put every panel where it stands at first."""
        # Before it is shown the window does not know its height yet.
        self._is_arranged = self.isVisible()
        arrange_docks(self._workspace, self._docks)

    def _build_toolbar(self, speeds: Iterable[str]) -> None:
        for name in ("stepAction", "phaseAction", "backAction", "resetAction", "newStartAction"):
            self.actions_by_name[name].triggered.connect(self.finish_typing)
        self.actions_by_name["runAction"].toggled.connect(self.finish_typing)
        self.step_bar = StepBar(self.actions_by_name, speeds)
        self.step_bar.speed_requested.connect(self.speed_requested)
        self.speed_slider = self.step_bar.speed_slider
        self.addToolBar(self.step_bar)

    def _bind_view_actions(self) -> None:
        """Connect what concerns the window alone."""
        for name, slot in (
            ("fitAction", self.canvas.fit),
            ("zoomInAction", self.canvas.zoom_in),
            ("zoomOutAction", self.canvas.zoom_out),
            ("arrangeAction", self.arrange),
        ):
            self.actions_by_name[name].triggered.connect(slot)

    # Shown values.

    def set_theme(self, theme: Theme, name: str) -> None:
        """Put on the colours of a theme; ``name`` is what was chosen (light, dark or system)."""
        self._theme = theme
        self.menus.show_theme(name)
        tint_actions(self.actions_by_name, theme)
        self.canvas.set_theme(theme)
        for view in self._themed:
            view.set_theme(theme)
        self.control_panel.descent.zone_strip.set_theme(theme)
        self.spotlight.set_theme(theme)
        self.step_bar.show_running(self.actions_by_name["runAction"].isChecked(), theme)

    def show_document(self, title: str, path: Path | None, modified: bool) -> None:
        """Show which document this is and whether it has unsaved changes."""
        name = title if path is None else one_line(path.name)
        self.step_bar.show_title(title, name)
        self.setWindowTitle(f"{name.replace('[*]', '[*][*]')}[*] – Gradient Descent Studio")
        self.setWindowModified(modified)

    def show_recent_files(self, paths: Iterable[Path]) -> None:
        """Fill the menu of recent files."""
        self.menus.show_recent_files(paths)

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show the numbers that don't wait for a step to be played."""
        self.parameter_model.show_picture(picture)
        self.control_panel.show_picture(picture)
        for plot in (self.surface_plot, self.slice_plot):
            plot.show_names(self.parameter_model.names)
        one_at_a_time, pictures = (self.actions_by_name[name] for name in ("sequentialAction", "nodePicturesAction"))
        with QSignalBlocker(one_at_a_time):
            one_at_a_time.setChecked(picture.project.recipe.one_at_a_time)
        can_be_pictured = picture.network.sizes[0] <= 2
        pictures.setEnabled(can_be_pictured)
        self.network_card.set_can_be_pictured(can_be_pictured)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show one frame of a step."""
        self.canvas.show_frame(frame)
        self.network_card.show_frame(frame)
        self.history_bar.show_frame(frame)
        self.actions_by_name["backAction"].setEnabled(self._can_go_back or frame.phase is not None)

    @Slot(object)
    def show_lesson(self, view: LessonView | None) -> None:
        """Show a step of a lesson, in its dock on the left; None takes the dock away."""
        self.lesson_panel.show_view(view)
        dock = self._docks["lessonDock"]
        if view is None:
            dock.hide()
        elif not dock.isVisible():
            dock.show()
            dock.raise_()

    @Slot(bool)
    def conceal(self, conceals: bool) -> None:
        """Hide what the next step will do, since a person is to predict it."""
        for view in (
            self.slope_panel, self.slice_plot, self.slices_plot, self.surface_plot, self.code_panel,
            self.parameter_table, self.history_bar,
        ):  # fmt: skip
            view.conceal(conceals)

    @Slot()
    def show_practice(self) -> None:
        """Bring the practice panel to the front."""
        dock = self._docks["practiceDock"]
        dock.show()
        dock.raise_()
        self.practice_panel.field.setFocus()

    @Slot(object)
    def point_at(self, names: tuple[str, ...]) -> None:
        """Frame the first of these panels, by their public names, and bring all of them to the front."""
        found = [widget for widget in (self.findChild(QWidget, name) for name in names) if widget is not None]
        for widget in found:
            for dock in self._docks.values():
                if dock.isAncestorOf(widget):
                    dock.show()
                    dock.raise_()
        self.spotlight.show_on(found[0] if found else None)

    @Slot(bool)
    def show_node_mode(self, pictures: bool) -> None:
        """Show whether nodes show pictures or numbers."""
        self.network_card.show_node_mode(pictures)
        self.actions_by_name["nodePicturesAction"].setChecked(pictures)

    @Slot(object)
    def show_fit(self, fit: Fit) -> None:
        """Show data and prediction, or a node in the prediction's place."""
        self.data_plot.show_fit(fit)
        self._docks["dataDock"].bar.set_info(self.data_plot.info())

    @Slot(object)
    def show_explanation(self, explanation: SlopeExplanation) -> None:
        """Show why the selected slope is what it is."""
        self.slope_panel.show_explanation(explanation)
        self._why.setCurrentWidget(self.slope_panel)
        self._docks["slopeDock"].bar.set_caption("WHY THIS SLOPE")
        for dock in ("slopeDock", "sliceDock"):
            self._docks[dock].bar.set_info(explanation.name)

    @Slot(object)
    def show_node(self, explanation: NodeExplanation) -> None:
        """Show why the selected node has its value, or the target its loss."""
        self.node_panel.show_explanation(explanation)
        self._why.setCurrentWidget(self.node_panel)
        self._docks["slopeDock"].bar.set_caption(explanation.caption.upper())
        self._docks["slopeDock"].bar.set_info(explanation.name)

    @Slot(object)
    def show_timeline(self, timeline: Timeline) -> None:
        """Show the time-line in the loss plot and the history bar."""
        self.loss_plot.show_timeline(timeline)
        self.history_bar.show_position(timeline.step, timeline.first, timeline.end)
        self._docks["lossDock"].bar.set_info(self.loss_plot.info())
        self._can_go_back = timeline.step > timeline.first
        self.actions_by_name["backAction"].setEnabled(self._can_go_back)

    @Slot(object)
    def show_selection(self, ref: Ref | None) -> None:
        """Mark what is selected, on the canvas and in the table."""
        self.canvas.show_selection(ref)
        self.parameter_table.show_selection(ref)

    @Slot(bool)
    def show_running(self, running: bool) -> None:
        """Show whether a run goes on."""
        self.canvas.show_running(running)
        action = self.actions_by_name["runAction"]
        with QSignalBlocker(action):
            action.setChecked(running)
        self.step_bar.show_running(running, self._theme)

    def show_speed(self, position: int) -> None:
        """Show how fast steps are taken."""
        self.step_bar.show_speed(position)

    @Slot(str)
    def show_sentence(self, text: str) -> None:
        """Say what could not be done: beside the control that asked for it, or above the canvas."""
        self._has_refused = True
        if not self.control_panel.show_refusal(text):
            self.message_bar.show_message(text)

    # Wishes.

    @Slot()
    def finish_typing(self) -> bool:
        """Take what stands in a field before anything is done with what stood there; returns whether it could be."""
        self._has_refused = False
        return finished(self.focusWidget()) and not self._has_refused

    @Slot(str, bool)
    def _on_seen(self, dock: str, seen: bool) -> None:
        self.seen_changed.emit(_SEEN[dock], seen)

    @Slot(str, bool)
    def _on_code_seen(self, _: str, seen: bool) -> None:
        self.code_panel.set_seen(seen)

    # Where everything stands.

    def window_state(self) -> tuple[QByteArray, QByteArray]:
        """Return geometry and arrangement, to be remembered."""
        return self.saveGeometry(), self._workspace.saveState(_ARRANGEMENT_VERSION)

    def restore_window_state(self, state: tuple[QByteArray, QByteArray]) -> None:
        """Put the window where it was; what can't be read changes nothing."""
        geometry, arrangement = state
        if not geometry.isEmpty():
            self.restoreGeometry(geometry)
        if not arrangement.isEmpty():
            self._is_arranged = self._workspace.restoreState(arrangement, _ARRANGEMENT_VERSION)

    # A part that is asked for by its name moves in first, if it is one of those that are late.

    def findChild(self, *arguments: Any, **named: Any) -> Any:
        self.wanted.emit()
        return super().findChild(*arguments, **named)

    def findChildren(self, *arguments: Any, **named: Any) -> Any:
        self.wanted.emit()
        return super().findChildren(*arguments, **named)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._is_arranged:
            self.arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            QTimer.singleShot(0, self, self.wanted.emit)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ThemeChange:
            self.system_theme_changed.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.file_dropped.emit(files[0])
        if len(files) > 1 and self.message_bar.isHidden():
            self.show_sentence(f"One file at a time: {one_line(files[0].name)} is the first of {len(files)}.")

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.may_close():
            self.before_close()
            event.accept()
        else:
            event.ignore()
