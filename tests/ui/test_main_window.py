"""The whole window: names, places, nothing cut off, and no harm in odd orders of events."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QDockWidget,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QMenu,
    QSlider,
    QTableView,
    QToolBar,
    QToolButton,
    QWidget,
)

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.ui.docks import ROWS, first_size
from gdstudio.ui.theme import DARK, LIGHT
from gdstudio.ui.widgets.card import ElidedLabel

ACTION_NAMES = (
    "newAction", "openAction", "saveAction", "saveAsAction", "undoAction", "redoAction", "stepAction", "phaseAction",
    "backAction", "runAction", "resetAction", "newStartAction", "quitAction",
)  # fmt: skip
WIDGET_TYPES = {
    "networkCanvas": QGraphicsView,
    "lossPlot": QWidget,
    "slopePanel": QWidget,
    "parameterTable": QTableView,
    "historySlider": QSlider,
    "learningRateSlider": QSlider,
    "learningRateField": QLineEdit,
    "speedSlider": QSlider,
    "optimizerCombo": QComboBox,
    "lossCombo": QComboBox,
    "activationCombo": QComboBox,
    "batchField": QLineEdit,
    "dataCombo": QComboBox,
    "exampleCombo": QComboBox,
}
SIZES = [QSize(1280, 720), QSize(1440, 900)]
MARKUP = ("<b>x</b>", "<img src='/etc/hostname'>", "a & b")


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def settle(studio: Studio, size: QSize | None = None) -> None:
    """Give the window a size and let all layouts come to rest."""
    if size not in (None, studio.window.size()):
        studio.window.resize(size)
        studio.window.arrange()
    studio.window.loss_plot.move_in()
    for _ in range(4):
        QApplication.processEvents()


def on_show(root: QWidget, kind: type | tuple) -> list:
    return [widget for widget in root.findChildren(QWidget) if isinstance(widget, kind) and widget.isVisible()]


# Names.


def test_every_public_action_is_found_once_by_its_name(studio):
    for name in ACTION_NAMES:
        found = studio.window.findChildren(QAction, name)
        assert len(found) == 1, name
        assert found[0].text()


def test_every_public_widget_is_found_once_by_its_name_and_is_what_it_says(studio):
    for name, kind in WIDGET_TYPES.items():
        found = studio.window.findChildren(QWidget, name)
        assert len(found) == 1, name
        assert isinstance(found[0], kind), name


def test_every_control_has_a_name_for_screen_readers(opened):
    studio = opened("xor")
    settle(studio)
    controls = on_show(studio.window, (QLineEdit, QComboBox, QAbstractSlider, QTableView))
    unnamed = [c for c in controls if c.focusPolicy() != Qt.FocusPolicy.NoFocus and not c.accessibleName()]
    assert unnamed == []


def test_every_action_is_reached_from_the_menus(studio):
    menus = studio.window.menuBar().findChildren(QMenu)
    reached = {action.objectName() for menu in menus for action in menu.actions()}
    assert set(studio.window.actions_by_name) <= reached
    assert {f"example-{example.key}" for example in EXAMPLES} <= reached


# Actions do what they say.


def test_step_back_reset_undo_and_redo(studio):
    act, session = studio.window.actions_by_name, studio.session
    start = session.viewed.parameters.tolist()
    act["stepAction"].trigger()
    stepped = session.viewed.parameters.tolist()
    assert session.viewed.state.step == 1
    assert stepped != start
    act["backAction"].trigger()
    assert session.viewed.parameters.tolist() == start
    assert not act["backAction"].isEnabled()
    act["stepAction"].trigger()
    act["resetAction"].trigger()
    assert session.viewed.parameters.tolist() == start
    assert act["undoAction"].text().endswith("Reset")
    act["undoAction"].trigger()
    assert session.viewed.parameters.tolist() == stepped
    act["redoAction"].trigger()
    assert session.viewed.parameters.tolist() == start


def test_four_phases_are_one_step(studio):
    act, session = studio.window.actions_by_name, studio.session
    for phase in range(4):
        assert session.viewed.state.step == 0, phase
        act["phaseAction"].trigger()
    assert session.viewed.state.step == 1
    assert session.undo_stack.count() == 1


def test_run_becomes_pause_and_back(studio):
    action = studio.window.actions_by_name["runAction"]
    studio.player.set_speed(7)
    action.trigger()
    assert studio.player.is_running
    assert action.text() == "Pause"
    assert action.isChecked()
    studio.player.advance(100)
    action.trigger()
    assert not studio.player.is_running
    assert action.text() == "Run"
    assert not action.isChecked()
    assert studio.session.undo_stack.count() == 1


def test_the_button_that_matters_now_is_the_one_in_the_accent_colour(studio):
    bar = studio.window.findChild(QToolBar, "toolBar")
    step, run = (bar.widgetForAction(studio.window.actions_by_name[f"{name}Action"]) for name in ("step", "run"))
    studio.player.set_speed(7)
    for running in (False, True, False):
        studio.player.set_running(running)
        assert bool(step.property("primary")) != running
        assert bool(run.property("primary")) == running


def test_a_step_by_the_mouse_is_taken_with_the_rate_that_stands_in_the_field(opened):
    studio = opened("one-weight")
    studio.window.activateWindow()
    field = studio.window.control_panel.descent.rate_field
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "0.02")
    bar = studio.window.findChild(QToolBar, "toolBar")
    QTest.mouseClick(bar.widgetForAction(studio.window.actions_by_name["stepAction"]), Qt.MouseButton.LeftButton)
    assert studio.session.viewed.parameters.tolist() == [2.48]
    assert field.text() == "0.02"


def test_a_new_start_shows_another_start_and_reset_returns_to_it(studio):
    act, session = studio.window.actions_by_name, studio.session
    before = session.viewed.parameters.tolist()
    act["newStartAction"].trigger()
    start = session.viewed.parameters.tolist()
    assert start != before
    for name in ("stepAction", "stepAction", "resetAction"):
        act[name].trigger()
    assert session.viewed.parameters.tolist() == start


@pytest.mark.parametrize("place", ["networkCanvas", "learningRateField", "parameterTable"])
def test_shortcuts_work_wherever_the_keyboard_is(studio, by, place):
    plain, shift, control = (getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("No", "Shift", "Control"))
    studio.window.activateWindow()
    widget = studio.window.findChild(QWidget, place)
    for name, key, held in (
        ("stepAction", Qt.Key.Key_F10, plain),
        ("phaseAction", Qt.Key.Key_F11, plain),
        ("backAction", Qt.Key.Key_F10, shift),
        ("resetAction", Qt.Key.Key_R, control),
    ):
        widget.setFocus()
        fired = by.heard(studio.window.actions_by_name[name].triggered)
        QTest.keyClick(widget, key, held)
        assert len(fired) == 1, name


def test_every_speed_can_be_chosen_and_is_named(studio):
    slider = studio.window.speed_slider
    texts = []
    for position in range(slider.minimum(), slider.maximum() + 1):
        slider.setValue(position)
        assert studio.player.speed.label == studio.window.step_bar.speed_text.text()
        texts.append(studio.window.step_bar.speed_text.text())
    assert texts[0] == "one phase at a time"
    assert texts[-1] == "flat out"


def test_another_example_fills_every_view(studio):
    for example in EXAMPLES:
        studio.window.findChild(QAction, f"example-{example.key}").trigger()
        project = load_example(example.key)
        assert studio.window.parameter_model.rowCount() == project.network.parameter_count
        assert studio.window.control_panel.data.data_combo.currentText() == example.data
        assert example.title in studio.window.windowTitle()
        assert not studio.window.isWindowModified()


# Geometry.


def outside(widget: QWidget) -> bool:
    """Whether a widget leaves its parent; inside a scroll area only sideways counts."""
    parent = widget.parentWidget()
    rect, room = widget.geometry(), parent.rect()
    ancestor = parent
    while ancestor is not None:
        if isinstance(ancestor, QAbstractScrollArea) and not isinstance(ancestor, QGraphicsView):
            return rect.left() < 0 or rect.right() > room.right()
        ancestor = ancestor.parentWidget()
    return not room.contains(rect)


def is_cut(widget: QWidget) -> bool:
    """Whether the text of a label, button or field has not enough room."""
    metrics = widget.fontMetrics()
    if isinstance(widget, ElidedLabel):
        return widget.height() < metrics.height() - 2
    if isinstance(widget, QLabel):
        if widget.wordWrap():
            return widget.height() < widget.heightForWidth(widget.width()) - 1
        return metrics.horizontalAdvance(widget.text()) > widget.contentsRect().width() + 1
    if isinstance(widget, QComboBox):
        return metrics.horizontalAdvance(widget.currentText()) > widget.width() - 36
    if isinstance(widget, QLineEdit):
        return metrics.height() > widget.height() or metrics.horizontalAdvance(widget.text()) > widget.width() - 16
    if isinstance(widget, QAbstractButton):
        return metrics.horizontalAdvance(widget.text().replace("&", "")) > widget.width() - 6
    return False


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width()}x{size.height()}")
def test_nothing_is_cut_off_or_lies_outside_its_parent(opened, size):
    for key in ("hidden-layer", "xor", "penguins"):
        studio = opened(key)
        studio.session.descend(120)
        settle(studio, size)
        widgets = on_show(studio.window, (QLabel, QAbstractButton, QLineEdit, QComboBox, QSlider))
        widgets = [w for w in widgets if not w.visibleRegion().isEmpty()]  # behind another tab they have no place
        assert len(widgets) > 40
        said = {w: (type(w).__name__, w.objectName(), getattr(w, "text", str)(), w.geometry()) for w in widgets}
        assert [said[w] for w in widgets if outside(w)] == [], key
        assert [said[w] for w in widgets if is_cut(w)] == [], key


@pytest.mark.parametrize("size", [*SIZES, QSize(1110, 600)], ids=lambda size: f"{size.width()}x{size.height()}")
def test_every_weight_of_a_lecture_network_has_its_chip_in_a_usual_window(opened, size):
    for key in ("one-weight", "two-weights", "three-inputs", "hidden-layer", "noisy-line"):
        studio = opened(key)
        settle(studio, size)
        arrangement = studio.window.canvas.network_scene.arrangement
        assert sorted(arrangement.chips) == list(range(studio.session.viewed.network.parameter_count)), key


@pytest.mark.parametrize("size", [*SIZES, QSize(1110, 600)], ids=lambda size: f"{size.width()}x{size.height()}")
def test_the_buttons_of_the_toolbar_do_not_overlap_and_all_are_there(studio, size):
    settle(studio, size)
    bar = studio.window.findChild(QToolBar, "toolBar")
    parts = [w for w in bar.children() if isinstance(w, QWidget) and w.isVisible() and w.width() > 0]
    for one, other in combinations(parts, 2):
        assert not one.geometry().intersects(other.geometry()), (one, other)
    for name in ("resetAction", "backAction", "phaseAction", "stepAction", "runAction", "newStartAction"):
        button = bar.widgetForAction(studio.window.actions_by_name[name])
        assert button.isVisible()
        assert bar.rect().contains(button.geometry())
    assert studio.window.speed_slider.isVisible()
    assert not [b for b in bar.findChildren(QToolButton, "qt_toolbar_ext_button") if b.isVisible()]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width()}x{size.height()}")
def test_the_canvas_has_room_and_the_docks_do_not_overlap(studio, size):
    settle(studio, size)
    assert studio.window.canvas.height() >= 300
    assert studio.window.canvas.width() >= 500
    docks = [dock for dock in on_show(studio.window, QDockWidget) if not dock.visibleRegion().isEmpty()]
    assert len(docks) == 5  # the table is behind the data
    for one, other in combinations(docks, 2):
        assert not one.geometry().intersects(other.geometry())


def test_the_window_takes_its_smallest_size_and_everything_stays_usable(studio):
    settle(studio, QSize(10, 10))
    window = studio.window
    assert (window.width(), window.height()) == (1110, 600)
    shown = ("networkCanvas", "lossPlot", "slicePlot", "dataPlot", "slopePanel", "historySlider", "learningRateField")
    for name in shown:
        widget = window.findChild(QWidget, name)
        place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
        assert widget.isVisible(), name
        assert window.rect().contains(place), name
        assert widget.height() >= 12, name
    assert window.canvas.height() >= 150
    assert not window.grab().isNull()


def test_the_window_grows_and_shrinks_again_without_losing_anything(studio):
    for size in (QSize(3000, 1600), QSize(1110, 600), QSize(1440, 900), QSize(900, 1600), QSize(2400, 600)):
        settle(studio, size)
        scene = studio.window.canvas.network_scene
        assert all(scene.sceneRect().contains(scene.place_of(ref)) for ref in scene.arrangement.nodes)


def test_the_default_arrangement_brings_every_panel_back(studio):
    settle(studio, SIZES[1])
    for dock in studio.window._docks.values():
        dock.close()
    assert on_show(studio.window, QDockWidget) == []
    studio.window.actions_by_name["arrangeAction"].trigger()
    settle(studio)
    assert len(on_show(studio.window, QDockWidget)) == sum(row.is_shown for row in ROWS)


def test_what_stood_where_is_remembered(studio):
    settle(studio, SIZES[1])
    studio.window._docks["slopeDock"].close()
    state = studio.window.window_state()
    studio.window.arrange()
    studio.window.restore_window_state(state)
    assert not studio.window._docks["slopeDock"].isVisible()


def test_a_damaged_arrangement_changes_nothing(studio):
    from PySide6.QtCore import QByteArray

    settle(studio, SIZES[1])
    studio.window.restore_window_state((QByteArray(b"nonsense"), QByteArray(b"more")))
    settle(studio)
    assert len(on_show(studio.window, QDockWidget)) == sum(row.is_shown for row in ROWS)


# The keyboard.


def tab_stops(studio: Studio, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> list[QWidget]:
    """Where the keyboard goes when one key is pressed again and again."""
    stops: list[QWidget] = []
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget() or studio.window, key, modifier)
        widget = QApplication.focusWidget()
        if widget in stops:
            break
        stops.append(widget)
    return stops


@pytest.mark.parametrize("name", ["hidden-layer", "xor"])
def test_tab_reaches_every_control_and_nothing_hidden(opened, name):
    studio = opened(name)
    settle(studio, SIZES[1])
    studio.window.activateWindow()
    studio.window._docks["parameterDock"].raise_()
    studio.window.canvas.setFocus()
    stops = tab_stops(studio, Qt.Key.Key_Tab)
    assert [w.objectName() for w in stops if not (w.isVisible() and w.isEnabled())] == []
    room, panel = studio.window.rect(), studio.window.control_panel
    fixed = [widget for widget in stops if not panel.isAncestorOf(widget)]  # its own controls scroll into view
    middles = {w: QRect(w.mapTo(studio.window, QPoint(0, 0)), w.size()).center() for w in fixed}
    assert [w.objectName() for w, middle in middles.items() if not room.contains(middle)] == []
    names = {widget.objectName() for widget in stops}
    expected = {
        "networkCanvas",
        "parameterTable",
        "learningRateField",
        "learningRateSlider",
        "lossCombo",
        "speedSlider",
    }
    assert expected <= names
    assert ("batchField" in names) == (name == "xor")
    assert {"slopeFactor1", "slopeFactor2", "slopeFactor3", "slopeUse1"} <= names


@pytest.mark.parametrize("name", ["parameterTable", "slopeTable"])
def test_tab_leads_out_of_a_table(opened, name):
    studio = opened("xor")
    settle(studio)
    studio.window.activateWindow()
    table = studio.window.findChild(QTableView, name)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        table.setFocus()
        table.setCurrentIndex(table.model().index(1, 1))
        QTest.keyClick(table, key)
        assert QApplication.focusWidget() is not table


# Names that look like markup.


@pytest.fixture
def marked(studio, by) -> Studio:
    """A document whose title, columns, data and nodes are named in markup, a step on, with several examples."""
    project = by.named(*MARKUP, target="<u>t</u>", name="<i>data</i>", examples=3)
    project = edits.rename_node(replace(project, title="<h1>title</h1>"), NodeRef(1, 0), "<s>out</s>")
    studio.session.open(edits.set_scaling(project, "standard"), None)
    studio.player.step()
    settle(studio)
    return studio


def test_every_label_that_shows_a_name_is_plain(marked):
    shown = [label for label in marked.window.findChildren(QLabel) if "<" in label.text()]
    assert shown
    for label in shown:
        assert isinstance(label, ElidedLabel) or label.textFormat() == Qt.TextFormat.PlainText, label.text()


def test_every_tooltip_that_shows_a_name_is_escaped(marked):
    for widget in marked.window.findChildren(QWidget):
        tip = widget.toolTip()
        assert not any(name in tip for name in (*MARKUP[:2], "<h1>", "<u>", "<i>", "<s>")), tip


def test_names_are_shown_whole_in_combos_tables_and_undo(marked):
    panel = marked.window.control_panel
    assert [panel.data.target_combo.itemText(i) for i in range(4)] == [*MARKUP, "<u>t</u>"]
    assert panel.data.data_combo.placeholderText() == "<i>data</i>"
    assert panel.data.scaling_label.text().startswith("<b>x</b>: (value")
    assert marked.window.parameter_model.index(0, 0).data() == "<b>x</b> → <s>out</s>"
    marked.session.set_parameter(0, 5.0)
    assert marked.session.undo_stack.undoText() == "Change <b>x</b> → <s>out</s>"
    assert "<h1>title</h1>" in marked.window.windowTitle()


def test_an_ampersand_in_a_name_is_not_eaten_by_a_menu(marked):
    marked.session.set_parameter(2, 5.0)
    text = marked.window.actions_by_name["undoAction"].text()
    assert text.replace("&Undo", "Undo", 1).replace("&&", "&") == "Undo Change a & b → <s>out</s>"
    assert "&&" in text


def test_a_file_name_is_plain_in_title_tooltip_and_menu(studio, tmp_path):
    path = tmp_path / "<b>a & b</b>[*].gds".replace("/", "")
    assert studio.session.save(path)
    assert "<b>" not in studio.window.step_bar.title.toolTip()
    studio.preferences.add_recent_file(path)
    studio.window.show_recent_files(studio.preferences.recent_files)
    [action] = studio.window.menus._recent.actions()
    assert action.text().replace("&&", "&") == path.name
    assert "<b>a" not in action.toolTip()
    assert studio.window.windowTitle().replace("[*][*]", "").count("[*]") == 1  # twice is itself, once is the mark


# Light and dark.


def test_the_theme_changes_at_run_time_and_is_remembered(studio):
    settle(studio)
    pictures = {}
    for name, theme in (("dark", DARK), ("light", LIGHT)):
        studio.window.findChild(QAction, f"{name}ThemeAction").trigger()
        settle(studio)
        assert QApplication.palette().window().color().name() == theme.window
        assert studio.window.canvas.scene().backgroundBrush().color().name() == theme.card
        assert studio.window.loss_plot.plot.backgroundBrush().color().name() == theme.card
        assert studio.window.findChild(QAction, f"{name}ThemeAction").isChecked()
        pictures[name] = studio.window.grab().toImage()
    assert pictures["dark"] != pictures["light"]
    remembered = studio.preferences._settings.fileName()
    assert QSettings(remembered, QSettings.Format.IniFormat).value("theme") == "light"


# Odd orders, wild numbers.


def wild(value: float, key: str):
    project = load_example(key)
    parameters = np.full(project.network.parameter_count, value)
    return replace(project, state=replace(project.state, parameters=parameters))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300, -1e155, 5e-324])
def test_the_window_paints_whatever_the_numbers_are(studio, value):
    settle(studio)
    for key in ("hidden-layer", "two-rings", "noisy-line"):
        studio.session.open(wild(value, key), None)
        for ref in (ParameterRef(0), NodeRef(1, 0), TargetRef(0), None):
            studio.stage.select(ref)
            assert not studio.window.grab().isNull()


def test_a_weight_that_makes_the_loss_all_but_infinite_can_be_typed(opened):
    studio = opened("one-weight")
    settle(studio)
    studio.session.set_parameter(0, 4.3e153)
    assert studio.player.picture.loss == pytest.approx(1.66e308, rel=0.01)
    assert not studio.window.grab().isNull()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_step_in_each_phase_can_be_painted(opened, theme):
    studio = opened("xor")
    studio.set_theme(theme)
    settle(studio)
    studio.player.set_reduced_motion(False)
    hints = set()
    for _ in range(4):
        studio.player.phase()
        for _ in range(5):
            studio.player.advance(120)
            hints.add(studio.window.network_card.hint.text())
        assert not studio.window.grab().isNull()
    studio.player.set_reduced_motion(True)
    assert {hint.split(":")[0] for hint in hints} >= {"forward", "error", "backward", "update"}


def test_another_document_in_the_middle_of_everything(studio, qapp):
    """A run, an open field and a pressed mouse, and then another document."""
    canvas = studio.window.canvas
    studio.player.set_speed(7)
    studio.player.set_running(True)
    studio.player.advance(100)
    canvas.edit(ParameterRef(5))
    canvas.findChild(QLineEdit, "inPlaceField").setText("7")
    studio.session.open(load_example("one-weight"), None)
    settle(studio)
    assert studio.session.viewed.parameters.tolist() == [2.0]
    assert not studio.player.is_running
    assert studio.stage.selection == ParameterRef(0)
    assert studio.session.undo_stack.count() == 0
    assert not canvas.findChild(QLineEdit, "inPlaceField").isVisible()


def test_edits_and_undo_in_any_order_keep_all_views_together(studio):
    """A fixed walk through many wishes; after each the views agree with the project on screen."""
    random = np.random.default_rng(5)
    session, stage, window = studio.session, studio.stage, studio.window

    def anything():
        network = session.viewed.network
        index = int(random.integers(network.parameter_count))
        layer = int(random.integers(len(network.sizes)))
        return [
            studio.player.step,
            studio.player.back,
            studio.player.phase,
            lambda: session.set_parameter(index, float(random.normal())),
            lambda: session.set_locked(index, bool(random.integers(2))),
            lambda: session.add_node(layer),
            lambda: session.remove_last_node(layer),
            lambda: session.add_layer(layer),
            lambda: session.remove_layer(layer),
            lambda: session.set_bias(bool(random.integers(2))),
            lambda: session.rename_node(NodeRef(layer, 0), str(index)),
            session.undo_stack.undo,
            session.undo_stack.redo,
            session.reset,
            session.new_start,
            lambda: stage.select(ParameterRef(index)),
            lambda: stage.select(NodeRef(layer, 0)),
            lambda: session.view_step(int(random.integers(4))),
            lambda: session.set_value(0, layer % 2, float(random.normal())),
        ][int(random.integers(19))]

    with np.errstate(all="ignore"):
        for _ in range(160):
            anything()()
            viewed = session.viewed
            network = viewed.network
            assert window.parameter_model.network == network
            assert window.parameter_model.rowCount() == network.parameter_count
            assert set(window.canvas.network_scene.arrangement.nodes) == {
                NodeRef(layer, i) for layer, size in enumerate(network.sizes) for i in range(size)
            }
            assert window.history_bar.slider.value() == viewed.state.step
            assert window.loss_plot._timeline.step == viewed.state.step
            assert not window.canvas.grab().isNull()


def test_a_table_of_many_weights_and_a_wide_network_are_shown(studio, by):
    studio.session.open(by.project(8, 64, 20, 1, examples=20), None)
    settle(studio)
    assert studio.window.parameter_model.rowCount() > 1800
    studio.stage.select(ParameterRef(1500))
    assert not studio.window.grab().isNull()
    view: QAbstractItemView = studio.window.parameter_table
    assert view.visualRect(view.model().index(1500, 0)).isValid()
    assert view.viewport().rect().intersects(view.visualRect(view.model().index(1500, 0)))


@pytest.mark.parametrize(
    ("available", "first"),
    [((3840, 2160), (1440, 900)), ((1280, 720), (1264, 672)), ((1366, 1000), (1350, 900)), ((800, 800), (1440, 900))],
)
def test_the_first_window_fits_the_screen_that_it_opens_on(available, first):
    size = first_size(QSize(*available), QSize(1110, 600))
    assert (size.width(), size.height()) == first
