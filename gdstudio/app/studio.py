"""The studio: one window on one document, built and held together here.

What nobody sees at first is built after the window's first paint, and imported only then.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, QSettings, Slot
from PySide6.QtWidgets import QApplication, QMessageBox

from gdstudio import __version__
from gdstudio.app import wiring
from gdstudio.app.documents import FIRST_EXAMPLE, Documents
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.viewpoint import View
from gdstudio.session.analyst import Analyst
from gdstudio.session.jobs import Jobs
from gdstudio.session.player import PATIENCE, Player
from gdstudio.session.preferences import Preferences
from gdstudio.session.race import Race
from gdstudio.session.recovery import Recovery
from gdstudio.session.session import Session
from gdstudio.session.speeds import DEFAULT_SPEED, SPEEDS
from gdstudio.session.stage import Stage
from gdstudio.teaching.endings import Stop
from gdstudio.teaching.picture import Picture
from gdstudio.teaching.surfaces import Axes, Plane
from gdstudio.ui.main_window import WHAT_IS_SEEN, MainWindow
from gdstudio.ui.theme import apply_basics, apply_theme, style_sheet, theme_named

if TYPE_CHECKING:
    from gdstudio.app.rescue import Rescue
    from gdstudio.app.school import School


class Studio(QObject):
    """Builds session, player and window, connects them, and remembers what is to be remembered.

    Attributes: ``session``, ``stage``, ``player``, ``documents``, ``window``, ``preferences``, ``jobs``, ``analyst``,
    ``race``, ``recovery``, ``rescue``, ``school``.
    """

    def __init__(self, app: QApplication, theme: str | None = None, settings: QSettings | None = None) -> None:
        super().__init__()
        self._app = app
        self.preferences = Preferences(settings)
        self._theme_name = theme or self.preferences.theme
        app.setStyleSheet("")
        apply_basics(app, theme_named(self._theme_name))
        project = load_example(FIRST_EXAMPLE)
        self.session = Session(project, self)
        self.stage = Stage(project, self)
        self.player = Player(self.session, self)
        self.player.patience = PATIENCE
        self.jobs = Jobs(self)
        self.analyst = Analyst(self.session, self.jobs, self)
        self.race = Race(self.session, self)
        self._has_moved_in = False
        self._school: School
        self.window = MainWindow(
            sources=[(example.key, example.data) for example in EXAMPLES],
            examples=[(example.key, example.title, example.purpose) for example in EXAMPLES],
            speeds=[speed.label for speed in SPEEDS],
            undo_stack=self.session.undo_stack,
        )
        app.setStyleSheet(style_sheet(theme_named(self._theme_name)))
        self.setParent(self.window)
        self.recovery = Recovery(self.session, self.preferences.folder / "recovery", self)
        self.documents = Documents(self.session, self.preferences, self.recovery, self.jobs, self.window)
        wiring.bind_canvas(self.window, self.session, self.stage)
        wiring.bind_table(self.window, self.session, self.stage)
        wiring.bind_controls(self.window, self.session, self.stage, self.player)
        wiring.bind_stage(self.window, self.session, self.stage, self.player)
        wiring.bind_player(self.window, self.session, self.player)
        wiring.bind_runs(self.window, self.session, self.stage)
        wiring.bind_analyst(self.window, self.session, self.stage, self.player, self.analyst)
        wiring.bind_documents(self.window, self.session, self.documents)
        wiring.bind_undo(self.window, self.session.undo_stack)
        app.aboutToQuit.connect(self.jobs.stop)
        self.recovery.failed.connect(self.window.show_sentence)
        self._bind_self()
        self._begin()

    @Slot()
    def move_in(self) -> None:
        """Build what nobody sees at first, once: the panels behind other tabs, lessons and practice."""
        if self._has_moved_in:
            return
        self._has_moved_in = True
        from gdstudio.app.school import School, usable_lessons
        from gdstudio.document.codegen import TARGETS
        from gdstudio.teaching.practice import Level

        window = self.window
        window.move_in(
            programs=[(key, target.label) for key, target in TARGETS.items()],
            levels=[(level.name, level.value) for level in Level],
        )
        lessons, problem = usable_lessons()
        window.menus.show_lessons((lesson.number, lesson.title) for lesson in lessons)
        wiring.bind_late(window, self.session, self.stage, self.player, self.analyst)
        wiring.bind_race(window, self.session, self.race)
        window.code_panel.export_requested.connect(self.documents.export_code)
        self._school = School(lessons, window, self.session, self.stage, self.player, self.documents, self.preferences)
        if problem:
            window.show_sentence(problem)

    @cached_property
    def rescue(self) -> "Rescue":
        """What is left of a crash, and what is done in one."""
        from gdstudio.app.rescue import Rescue

        rescue = Rescue(self.recovery, self.session, self.documents.save_as, self.window)
        rescue.told.connect(self.window.show_sentence)
        return rescue

    @property
    def school(self) -> "School":
        """Lessons and practice."""
        self.move_in()
        return self._school

    def welcome(self) -> None:
        """Show the welcome, unless it was closed for good."""
        self.window.welcome_page.show_place(self.preferences.lesson)
        self.window.welcome_page.setVisible(self.preferences.shows_welcome)

    def _bind_self(self) -> None:
        """Connect what needs a value of the session beside the signal's own."""
        window = self.window
        self.session.view = self.view
        self.session.view_opened.connect(self.show_view)
        self.player.settled.connect(self._on_settled)
        self.player.stopped.connect(self._on_stopped)
        self.player.noticed.connect(self._on_noticed)
        self.session.document_changed.connect(self._on_document)
        self.session.viewed_changed.connect(self._on_document)
        self.documents.recent_changed.connect(self._on_recent)
        window.wanted.connect(self.move_in)
        window.menus.file.aboutToShow.connect(self._on_file_menu)
        window.theme_requested.connect(self.set_theme)
        window.system_theme_changed.connect(self._on_system_theme)
        window.actions_by_name["reducedMotionAction"].toggled.connect(self._on_reduced_motion)
        window.actions_by_name["keysAction"].triggered.connect(self.show_keys)
        window.actions_by_name["aboutAction"].triggered.connect(self.about)
        window.may_close = self.documents.may_leave
        window.before_close = self._remember

    def _begin(self) -> None:
        """Show everything for the first time."""
        window = self.window
        window.set_theme(theme_named(self._theme_name), self._theme_name)
        window.restore_window_state(self.preferences.window_state)
        window.actions_by_name["reducedMotionAction"].setChecked(self.preferences.reduced_motion)
        window.show_speed(DEFAULT_SPEED)
        window.control_panel.descent.show_tolerance(self.player.tolerance)
        # What is only computed while it can be seen waits until it is.
        for what in WHAT_IS_SEEN:
            window.seen_changed.emit(what, False)
        self._on_recent()
        self._on_document()
        self.player.refresh()
        window.show_selection(self.stage.selection)

    def view(self) -> View:
        """Return how the document is looked at, to be saved with it."""
        stage, plane = self.stage, self.analyst.plane
        speed, log = self.player.speed.label, self.window.loss_plot.is_log
        return View(
            stage.selection, stage.example, stage.shows_pictures, log, speed,
            plane.axes.name, plane.x, plane.y, plane.seed,
        )  # fmt: skip

    @Slot(object)
    def show_view(self, view: View) -> None:
        """Look at the document as it was looked at when it was saved; a speed that there is not changes nothing."""
        self.stage.show_example(view.example)
        self.stage.select(view.selection)
        self.stage.show_pictures(view.pictures)
        self.window.loss_plot.set_log(view.logarithmic)
        self.analyst.set_plane(Plane(Axes[view.axes], view.x, view.y, view.plane_seed))
        for position, speed in enumerate(SPEEDS):
            if speed.label == view.speed:
                self.player.set_speed(position)
                self.window.show_speed(position)

    @Slot(object)
    def _on_settled(self, picture: Picture) -> None:
        self.window.show_timeline(self.session.history.timeline(picture.step, picture.loss, picture.test_loss))

    @Slot(object)
    def _on_stopped(self, stop: Stop) -> None:
        self.window.message_bar.show_message(stop.text, rate=stop.rate, offers_scaling=stop.offers_scaling)

    @Slot(str)
    def _on_noticed(self, text: str) -> None:
        self.window.message_bar.show_message(text, of_a_run=True)

    @Slot()
    def _on_document(self) -> None:
        self.window.show_document(self.session.project.title, self.session.path, self.session.is_modified)

    @Slot()
    def _on_file_menu(self) -> None:
        self.window.actions_by_name["bringBackAction"].setEnabled(self.recovery.last.exists())

    @Slot()
    def _on_recent(self) -> None:
        self.window.show_recent_files(self.preferences.recent_files)

    @Slot(str)
    def set_theme(self, name: str) -> None:
        """Choose ``light``, ``dark`` or ``system``, and remember it."""
        self._theme_name = name
        self.preferences.theme = name
        self._put_on()

    def _put_on(self) -> None:
        theme = theme_named(self._theme_name)
        arrangement = self.window.window_state()[1]
        apply_theme(self._app, theme)
        self.window.set_theme(theme, self._theme_name)
        # Qt lays the window out without a style first, and the docks would end a pixel or two from where they were.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        if self.window.isVisible() and self.window.window_state()[1] != arrangement:
            self.window.restore_window_state((QByteArray(), arrangement))

    @Slot()
    def _on_system_theme(self) -> None:
        if self._theme_name == "system":
            self._put_on()

    @Slot(bool)
    def _on_reduced_motion(self, reduced: bool) -> None:
        self.preferences.reduced_motion = reduced

    @Slot()
    def show_keys(self) -> None:
        """Show what every key does."""
        from gdstudio.ui.dialogs.keys_dialog import KeysDialog

        dialog = KeysDialog(self.window.actions_by_name, self.window)
        dialog.exec()
        dialog.deleteLater()

    @Slot()
    def about(self) -> None:
        """Say what this is."""
        box = QMessageBox(self.window)
        box.setWindowTitle("About")
        box.setText(f"Gradient Descent Studio {__version__}")
        box.setInformativeText(
            "See every number of gradient descent, change any of them by hand, and ask where it came from.\n\n"
            "A step is one update of all weights. The loss is the plain square, averaged over examples and outputs."
        )
        box.exec()
        box.deleteLater()

    def _remember(self) -> None:
        self.player.set_running(False)
        self.race.set_running(False)
        self.preferences.window_state = self.window.window_state()
        self.preferences.save()
        self.recovery.close()
        self.jobs.stop()
