"""The toolbar shows title, speed and whether a run goes on; it wishes for another speed."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QSlider

from gdstudio.ui.actions import make_actions, tint_actions
from gdstudio.ui.step_bar import StepBar
from gdstudio.ui.theme import DARK, LIGHT

SPEEDS = ("one phase at a time", "1 step/s", "flat out")
K = Qt.Key


@pytest.fixture
def bar(shown_alone) -> StepBar:
    window = QMainWindow()
    actions = make_actions(window)
    tint_actions(actions, LIGHT)
    made = StepBar(actions, SPEEDS)
    window.addToolBar(made)
    shown_alone(window, 1110, 200)
    made.show_speed(1)
    made.show_running(False, LIGHT)
    return made


def is_primary(bar: StepBar, name: str) -> bool:
    return bool(bar.widgetForAction(bar._act[f"{name}Action"]).property("primary"))


def icon_ink(bar: StepBar, name: str) -> str:
    image = bar._act[f"{name}Action"].icon().pixmap(16, 16).toImage()
    inks = [
        image.pixelColor(x, y).name() for x in range(16) for y in range(16) if image.pixelColor(x, y).alpha() == 255
    ]
    return max(set(inks), key=inks.count)


def test_the_steps_stand_in_their_order(bar):
    places = [bar.widgetForAction(bar._act[f"{name}Action"]).x() for name in ("reset", "back", "phase", "step", "run")]
    assert places == sorted(places)
    assert bar.title.x() < places[0]


def test_a_title_is_plain_and_its_tip_has_the_whole_name(bar):
    bar.show_title("<b>x</b>", "a <b>file</b>.gds")
    assert bar.title.text() == "<b>x</b>"
    assert bar.title.textFormat() == Qt.TextFormat.PlainText
    assert bar.title.toolTip() == "<span>a &lt;b&gt;file&lt;/b&gt;.gds</span>"


def test_a_long_title_is_cut_and_a_short_one_is_whole(bar):
    for length, end in ((10, "x"), (26, "x"), (27, "…"), (200, "…")):
        bar.show_title("x" * length, "name")
        assert bar.title.text()[-1] == end
        assert len(bar.title.text()) == min(length, 26)


def test_a_speed_is_shown_and_not_wished(bar, by):
    wished = by.heard(bar.speed_requested)
    for position, words in enumerate(SPEEDS):
        bar.show_speed(position)
        assert bar.speed_slider.value() == position
        assert bar.speed_text.text() == words
    assert wished == []


@pytest.mark.parametrize(
    ("key", "position"), [(K.Key_Right, 2), (K.Key_Left, 0), (K.Key_Home, 0), (K.Key_End, 2), (K.Key_PageUp, 2)]
)
def test_each_key_is_one_wish_for_a_speed_and_its_name_is_there_at_once(bar, by, key, position):
    wished = by.heard(bar.speed_requested)
    QTest.keyClick(bar.speed_slider, key)
    assert wished == [(position,)]
    assert bar.speed_text.text() == SPEEDS[position]


def test_the_slider_reaches_every_speed_and_no_other(bar):
    slider = bar.findChild(QSlider, "speedSlider")
    assert (slider.minimum(), slider.maximum()) == (0, len(SPEEDS) - 1)
    assert slider.accessibleName() == "Speed"


def test_the_longest_speed_is_whole(studio):
    bar = studio.window.step_bar
    metrics = bar.speed_text.fontMetrics()
    assert max(metrics.horizontalAdvance(words) for words in bar._speeds) <= bar.speed_text.width() - 6


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_in_a_run_pause_is_the_button_that_matters_and_at_rest_step_is(bar, theme):
    for running, text in ((True, "Pause"), (False, "Run"), (True, "Pause")):
        bar.show_running(running, theme)
        assert bar._act["runAction"].text() == text
        assert (is_primary(bar, "run"), is_primary(bar, "step")) == (running, not running)
        assert icon_ink(bar, "run") == (theme.on_accent if running else theme.text)
        assert icon_ink(bar, "step") == (theme.text if running else theme.on_accent)


def test_the_button_for_runs_stays_as_wide_when_it_becomes_pause(bar, qapp):
    button = bar.widgetForAction(bar._act["runAction"])
    widths = []
    for running in (False, True):
        bar.show_running(running, LIGHT)
        qapp.processEvents()
        widths.append((button.width(), bar.speed_slider.x()))
    assert widths[0] == widths[1]


def test_it_can_t_be_moved_or_put_away(bar):
    assert not bar.isMovable()
    assert bar.contextMenuPolicy() is Qt.ContextMenuPolicy.PreventContextMenu
