"""Who hears whom: every connection between the session and the window, as lists without an if."""

from PySide6.QtGui import QUndoStack

from gdstudio.app.documents import Documents
from gdstudio.document.project import TargetRef
from gdstudio.session.analyst import Analyst
from gdstudio.session.player import Player
from gdstudio.session.race import Race
from gdstudio.session.session import Session
from gdstudio.session.stage import Stage
from gdstudio.ui.main_window import MainWindow


def bind_canvas(window: MainWindow, session: Session, stage: Stage) -> None:
    """Edits by clicking on the network."""
    canvas = window.canvas
    canvas.selection_requested.connect(stage.select)
    canvas.parameter_requested.connect(session.set_parameter)
    canvas.value_requested.connect(lambda column, value: session.set_value(stage.example or 0, column, value))
    canvas.lock_requested.connect(session.set_locked)
    canvas.bias_requested.connect(session.set_bias)
    canvas.activation_requested.connect(session.set_activation)
    canvas.rename_requested.connect(session.rename_node)
    canvas.node_add_requested.connect(session.add_node)
    canvas.node_remove_requested.connect(session.remove_node)
    canvas.layer_add_requested.connect(session.add_layer)
    canvas.layer_remove_requested.connect(session.remove_layer)
    canvas.refused.connect(window.show_sentence)


def bind_table(window: MainWindow, session: Session, stage: Stage) -> None:
    """The table, the canvas's twin."""
    model = window.parameter_model
    model.value_requested.connect(session.set_parameter)
    model.lock_requested.connect(session.set_locked)
    model.refused.connect(window.show_sentence)
    selected = window.parameter_table.selectionModel()
    selected.currentRowChanged.connect(lambda current: stage.select(window.parameter_table.ref_of(current)))


def bind_controls(window: MainWindow, session: Session, stage: Stage, player: Player) -> None:
    """The control panel."""
    descent, network, data = window.control_panel.descent, window.control_panel.network, window.control_panel.data
    descent.learning_rate_requested.connect(session.set_learning_rate)
    descent.optimizer_requested.connect(session.set_optimizer)
    descent.setting_requested.connect(session.set_setting)
    descent.loss_requested.connect(session.set_loss)
    descent.batch_requested.connect(session.set_batch_size)
    descent.schedule_requested.connect(session.set_schedule)
    descent.period_requested.connect(session.set_period)
    descent.penalty_requested.connect(session.set_penalty)
    descent.tolerance_requested.connect(player.set_tolerance)
    network.activation_requested.connect(session.set_hidden_activation)
    network.last_activation_requested.connect(session.set_last_activation)
    network.initializer_requested.connect(session.set_initializer)
    network.spread_requested.connect(session.set_spread)
    data.generated_requested.connect(session.set_generated)
    data.target_requested.connect(session.set_target)
    data.scaling_requested.connect(session.set_scaling)
    data.share_requested.connect(session.set_test_share)
    data.example_requested.connect(stage.show_example)
    player.tolerance_changed.connect(descent.show_tolerance)


def bind_stage(window: MainWindow, session: Session, stage: Stage, player: Player) -> None:
    """What is looked at."""
    session.viewed_changed.connect(stage.follow)
    player.examined.connect(stage.examine)
    player.sliced.connect(stage.cut)
    player.surveyed.connect(stage.survey)
    player.nodes_surveyed.connect(stage.survey_nodes)
    player.running_changed.connect(stage.set_running)
    player.hurry_changed.connect(stage.set_hurry)
    stage.selection_changed.connect(window.show_selection)
    stage.example_changed.connect(window.canvas.show_example)
    stage.example_changed.connect(window.control_panel.data.show_example)
    stage.explanation_changed.connect(window.show_explanation)
    stage.node_explained.connect(window.show_node)
    window.node_panel.origin_requested.connect(stage.select)
    stage.slice_changed.connect(window.slice_plot.show_slice)
    stage.fit_changed.connect(window.show_fit)
    stage.ghosts_changed.connect(window.data_plot.show_ghosts)
    stage.node_pictures_changed.connect(window.canvas.show_node_pictures)
    stage.shows_pictures_changed.connect(window.show_node_mode)
    stage.comparison_changed.connect(window.comparison_bar.show_comparison)
    player.settled.connect(stage.compare)
    window.actions_by_name["nodePicturesAction"].toggled.connect(stage.show_pictures)
    window.canvas.node_hovered.connect(stage.hover)
    window.loss_requested.connect(lambda: stage.select(TargetRef(0)))
    window.slice_plot.origin_requested.connect(stage.select)
    stage.example_changed.connect(window.data_plot.show_example)
    window.data_plot.example_requested.connect(stage.show_example)
    window.slice_plot.parameter_requested.connect(session.set_parameter)
    window.slice_plot.parameter_requested.connect(player.follow_hand)
    window.slope_panel.origin_requested.connect(stage.select)
    window.slope_panel.pointed.connect(stage.point_at)
    window.node_panel.pointed.connect(stage.point_at)
    stage.pointed.connect(window.canvas.show_pointed)
    window.slope_panel.example_requested.connect(stage.show_example)


def bind_runs(window: MainWindow, session: Session, stage: Stage) -> None:
    """The runs that are kept beside the present one."""
    act = window.actions_by_name
    act["pinRunAction"].triggered.connect(session.pin_run)
    act["sequentialAction"].toggled.connect(session.set_one_at_a_time)
    session.runs_changed.connect(stage.follow_runs)
    for view in (window.loss_plot, window.surface_plot, window.slice_plot):
        session.runs_changed.connect(view.show_runs)


def bind_late(window: MainWindow, session: Session, stage: Stage, player: Player, analyst: Analyst) -> None:
    """The panels that moved in late, which are shown at once what the others know already."""
    slices, check, code, runs = window.slices_plot, window.gradient_check_panel, window.code_panel, window.runs_panel
    slices.selection_requested.connect(stage.select)
    check.selection_requested.connect(stage.select)
    session.runs_changed.connect(slices.show_runs)
    session.runs_changed.connect(runs.show_runs)
    runs.model.show_requested.connect(session.show_run)
    runs.model.rename_requested.connect(session.rename_run)
    runs.delete_requested.connect(session.delete_run)
    player.picture_changed.connect(runs.show_picture)
    player.picture_changed.connect(lambda _: slices.show_names(window.parameter_model.names))
    player.frame_changed.connect(code.show_frame)
    stage.selection_changed.connect(slices.show_selection)
    analyst.slices_changed.connect(slices.show_slices)
    analyst.check_changed.connect(check.show_check)
    runs.show_runs(session.runs)
    runs.show_picture(player.picture)
    slices.show_runs(session.runs)
    slices.show_names(window.parameter_model.names)
    slices.show_selection(stage.selection)
    code.show_frame(player.frame)
    window.watch_late()


def bind_race(window: MainWindow, session: Session, race: Race) -> None:
    """Descents side by side."""
    panel = window.race_panel
    panel.change_requested.connect(race.change)
    panel.remove_requested.connect(race.remove)
    panel.add_requested.connect(race.add)
    panel.steps_requested.connect(race.set_steps)
    panel.running_requested.connect(race.set_running)
    panel.clear_requested.connect(race.clear)
    panel.keep_requested.connect(lambda: session.keep_runs(race.kept()))
    panel.refused.connect(window.show_sentence)
    race.refused.connect(window.show_sentence)
    race.entrants_changed.connect(panel.show_entrants)
    race.steps_changed.connect(panel.show_steps)
    race.running_changed.connect(panel.show_running)
    for view in (panel, window.loss_plot, window.surface_plot):
        race.standings_changed.connect(view.show_standings)
    race.refresh()


def bind_analyst(window: MainWindow, session: Session, stage: Stage, player: Player, analyst: Analyst) -> None:
    """What is foreseen, and the lie of the land."""
    window.seen_changed.connect(analyst.set_seen)
    window.seen_changed.connect(stage.set_seen)
    stage.selection_changed.connect(analyst.select)
    window.surface_plot.plane_requested.connect(analyst.set_plane)
    window.surface_plot.jump_requested.connect(session.set_parameters)
    analyst.surface_changed.connect(window.surface_plot.show_surface)
    player.running_changed.connect(analyst.set_running)
    player.hurry_changed.connect(analyst.set_hurry)
    player.settled.connect(analyst.look_ahead)
    analyst.forecast_changed.connect(window.control_panel.descent.show_forecast)


def bind_player(window: MainWindow, session: Session, player: Player) -> None:
    """Steps and time."""
    act = window.actions_by_name
    act["backAction"].triggered.connect(player.back)
    act["runAction"].toggled.connect(player.set_running)
    act["resetAction"].triggered.connect(session.reset)
    act["newStartAction"].triggered.connect(session.new_start)
    act["reducedMotionAction"].toggled.connect(player.set_reduced_motion)
    window.speed_requested.connect(player.set_speed)
    window.history_bar.step_requested.connect(session.view_step)
    window.history_bar.instant_requested.connect(player.scrub)
    window.loss_plot.step_requested.connect(session.view_step)
    window.message_bar.retreat_requested.connect(session.retreat)
    window.message_bar.scaling_requested.connect(session.scale)
    player.picture_changed.connect(window.show_picture)
    player.settled.connect(window.scores_bar.show_picture)
    player.frame_changed.connect(window.show_frame)
    player.running_changed.connect(window.show_running)
    player.running_changed.connect(window.message_bar.set_running)
    session.refused.connect(window.show_sentence)


def bind_documents(window: MainWindow, session: Session, documents: Documents) -> None:
    """Files."""
    act = window.actions_by_name
    act["newAction"].triggered.connect(documents.new)
    act["openAction"].triggered.connect(documents.ask_open)
    act["saveAction"].triggered.connect(documents.save)
    act["saveAsAction"].triggered.connect(documents.save_as)
    act["bringBackAction"].triggered.connect(documents.bring_back)
    act["renameAction"].triggered.connect(documents.rename)
    act["exportCodeAction"].triggered.connect(documents.ask_export)
    act["quitAction"].triggered.connect(window.close)
    window.example_project_requested.connect(documents.open_example)
    window.recent_requested.connect(documents.open_asking)
    window.file_dropped.connect(documents.open_asking)
    window.control_panel.data.data_requested.connect(documents.use_data)
    documents.finish_typing = window.finish_typing
    documents.refused.connect(window.show_sentence)
    documents.written.connect(window.message_bar.clear)
    session.document_changed.connect(window.message_bar.outdate)
    session.opened.connect(window.canvas.close_field)
    session.opened.connect(window.control_panel.forget)
    session.opened.connect(window.slice_plot.forget)


def bind_undo(window: MainWindow, stack: QUndoStack) -> None:
    """Undo and redo, with their names."""
    stack.indexChanged.connect(window.message_bar.outdate)
