"""The code with its numbers: the frame on screen, the phase that stands out, copying, the wish to export."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QToolButton

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.codegen import TARGETS
from gdstudio.document.examples import load_example
from gdstudio.teaching.choreography import Phase, frame_at, still_frame
from gdstudio.teaching.code_lines import code_lines, spoken
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.panels import code_panel
from gdstudio.ui.panels.code_panel import CodePanel, CodeView
from gdstudio.ui.theme import DARK, LIGHT

ROW, DRAWING = 19, 44


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def frame_in(project, phase):
    """A frame in the middle of a phase of the step from a project."""
    picture = picture_of(project)
    return frame_at(picture, picture, phase + 0.5)


def tops(lines):
    """Where each line begins, from the top of the view."""
    top, found = 2, []
    for line in lines:
        found.append(top)
        top += ROW + (DRAWING if line.drawing else 0)
    return found


def image_of(view):
    return view.grab().toImage()


def highlighted(view, lines, theme=LIGHT):
    """The numbers of the lines whose ground is the highlight's, as painted."""
    image, tint = image_of(view), theme.tint("accent", 0.16).rgb()
    return [n for n, top in enumerate(tops(lines)) if image.pixelColor(QPoint(5, top + ROW // 2)).rgb() == tint]


def pixels(image, x, y, width, height):
    """The pixels of a part of an image as an array of red, green and blue."""
    part = image.copy(x, y, width, height).convertToFormat(image.Format.Format_RGB32)
    raw = np.frombuffer(part.constBits(), np.uint8).reshape(height, part.bytesPerLine() // 4, 4)
    return raw[:, :width, 2::-1].astype(int)


def has_color(part, theme, role):
    """Whether a part of an image has ink of a role's colour, closer to it than to that of any other ink."""
    inks = {each: np.array(theme.rgb(each)) for each in ("text", "muted", "accent", "slope", "good")}
    return bool((np.abs(part - inks[role]).max(axis=2) <= 28).any())


@pytest.fixture
def panel_on(shown_alone):
    def show(source="two-weights", width=700, height=300) -> CodePanel:
        panel = CodePanel([(key, target.label) for key, target in TARGETS.items()])
        project = load_example(source) if isinstance(source, str) else source
        panel.set_seen(True)
        panel.show_frame(still_frame(picture_of(project)))
        return shown_alone(panel, width, height)

    return show


@pytest.fixture
def counted(monkeypatch):
    """Every picture of which the code is written from now on."""
    seen: list = []

    def write(picture):
        seen.append(picture)
        return code_lines(picture)

    monkeypatch.setattr(code_panel, "code_lines", write)
    return seen


@pytest.fixture
def code_dock(studio):
    """The studio with the code in front."""
    dock = studio.window._docks["codeDock"]
    dock.raise_()
    QGuiApplication.processEvents()
    assert studio.window.code_panel.view.isVisible()
    return dock


def scroll_of(panel):
    return panel.findChild(QScrollArea)


# By itself.


def test_it_shows_the_lines_of_the_frame(panel_on):
    panel = panel_on("two-weights")
    assert panel.view._lines == code_lines(picture_of(load_example("two-weights")))
    other = load_example("xor")
    panel.show_frame(still_frame(picture_of(other)))
    assert panel.view._lines == code_lines(picture_of(other))


def test_what_is_painted_are_the_lines(panel_on):
    panel = panel_on("two-weights")
    before = image_of(panel.view)
    panel.show_frame(still_frame(picture_of(edits.set_parameter(load_example("two-weights"), 0, 7.0))))
    after = image_of(panel.view)
    same = [
        np.array_equal(pixels(before, 0, top, 700, ROW), pixels(after, 0, top, 700, ROW))
        for top in tops(panel.view._lines)
    ]
    # The inputs are as they were; the weights, and what is made of them, are not.
    assert same == [True, *[False] * 6]


def test_the_view_has_room_for_every_line_and_drawing(panel_on):
    for source in ("two-weights", "xor"):
        view = panel_on(source).view
        drawings = sum(line.drawing is not None for line in view._lines)
        assert drawings == (source == "two-weights")
        assert view.height() >= 6 + ROW * len(view._lines) + DRAWING * drawings
        assert CodeView.height_of(view._lines) == view.minimumHeight()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
@pytest.mark.parametrize("phase", Phase)
def test_the_lines_of_the_phase_stand_out(panel_on, phase, theme):
    panel = panel_on("two-weights")
    panel.set_theme(theme)
    assert highlighted(panel.view, panel.view._lines, theme) == []
    panel.show_frame(frame_in(load_example("two-weights"), phase))
    expected = {Phase.FORWARD: [2], Phase.ERROR: [3, 4], Phase.BACKWARD: [5], Phase.UPDATE: [6]}[phase]
    assert highlighted(panel.view, panel.view._lines, theme) == expected
    panel.show_frame(still_frame(picture_of(load_example("two-weights"))))
    assert highlighted(panel.view, panel.view._lines, theme) == []


def test_code_is_coloured_by_what_it_is():
    roles = dict(code_panel._spans("weights = weights - 0.01 * gradient"))
    assert (roles["0.01"], roles["="], roles["-"], roles["gradient"]) == ("accent", "muted", "muted", "text")
    assert {role for _, role in code_panel._spans("# velocity <- momentum * velocity")} == {"muted"}
    assert dict(code_panel._spans("lambda z: 2"))["lambda"] == "slope"


@pytest.mark.parametrize(
    "text",
    ["gradient = 2 * error * inputs", "  # a comment", "x, y = x_all[batch], y_all[batch]", "dW1 = x.T @ d1 + 2 * W1"],
)
def test_no_sign_of_a_line_is_lost_in_colouring(text):
    assert "".join(piece for piece, _ in code_panel._spans(text)) == text


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_colours_are_on_screen_and_the_themes_own(panel_on, theme):
    panel = panel_on("two-weights")
    panel.set_theme(theme)
    image, top = image_of(panel.view), tops(panel.view._lines)
    code = pixels(image, 8, top[5], 380, ROW)
    assert has_color(code, theme, "text")
    assert has_color(code, theme, "accent")
    assert not has_color(code, theme, "slope")
    # Slopes have the colour of slopes, other values that of values.
    beside = [pixels(image, 408, top[line], 180, ROW) for line in (4, 5)]
    assert [has_color(part, theme, "slope") for part in beside] == [False, True]
    assert [has_color(part, theme, "good") for part in beside] == [True, False]


def test_another_theme_paints_the_same_lines_in_other_colours(panel_on):
    panel = panel_on("two-weights")
    light = image_of(panel.view)
    panel.set_theme(DARK)
    dark = image_of(panel.view)
    assert panel.view._lines
    part = pixels(dark, 8, 2, 380, ROW)
    assert not np.array_equal(pixels(light, 8, 2, 380, ROW), part)
    assert not has_color(part, LIGHT, "text")


def test_the_stretched_number_is_drawn_below_its_line(panel_on):
    panel = panel_on("two-weights")
    image, top = image_of(panel.view), tops(panel.view._lines)
    below = pixels(image, 0, top[5] + ROW, 700, DRAWING)
    assert has_color(below, LIGHT, "slope")
    panel.show_frame(still_frame(picture_of(edits.set_value(load_example("two-weights"), 0, 0, 9.0))))
    assert not np.array_equal(below, pixels(image_of(panel.view), 0, top[5] + ROW, 700, DRAWING))


@pytest.mark.parametrize("width", [240, 300, 900])
def test_it_can_be_painted_at_any_width(panel_on, width):
    panel = panel_on("three-inputs", width=width)
    image = image_of(panel.view)
    assert has_color(pixels(image, 0, 0, image.width(), image.height()), LIGHT, "text")
    # No sideways scrolling: what is too long is cut.
    assert scroll_of(panel).horizontalScrollBar().maximum() == 0


def test_copy_puts_the_lines_with_their_values_on_the_clipboard(panel_on):
    panel = panel_on("two-weights")
    QGuiApplication.clipboard().setText("something else")
    QTest.mouseClick(panel.findChild(QPushButton, "copyCodeButton"), Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert copied == spoken(code_lines(picture_of(load_example("two-weights"))))
    assert "gradient = 2 * error * inputs  # [30, 40] (2,)" in copied.splitlines()


@pytest.mark.parametrize("kind", TARGETS)
def test_each_kind_of_program_is_one_wish(panel_on, by, kind):
    panel = panel_on()
    wished = by.heard(panel.export_requested)
    panel.findChild(QAction, f"export-{kind}").trigger()
    assert wished == [(kind,)]


def test_it_says_the_code_to_those_who_hear_it(panel_on):
    panel = panel_on("two-weights")
    assert panel.view.accessibleDescription() == spoken(panel.view._lines)
    assert scroll_of(panel).accessibleName() == "The coming step in NumPy"
    other = edits.set_parameter(load_example("two-weights"), 0, 7.0)
    panel.show_frame(still_frame(picture_of(other)))
    assert panel.view.accessibleDescription() == spoken(code_lines(picture_of(other)))


def test_the_buttons_can_be_reached_by_the_keyboard_and_have_names(panel_on):
    panel = panel_on()
    for button in (
        panel.findChild(QPushButton, "copyCodeButton"),
        panel.findChild(QToolButton, "exportCodeButton"),
    ):
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert button.text()
        assert button.toolTip()


def test_code_is_written_once_a_picture_however_many_frames_it_has(panel_on, counted):
    panel = panel_on("xor")
    counted.clear()
    picture = picture_of(load_example("two-weights"))
    for time in np.linspace(0.0, 3.9, 40):
        panel.show_frame(frame_at(picture, picture, time))
    assert counted == [picture]


def test_code_that_is_not_seen_is_not_written(panel_on, counted):
    panel = panel_on("xor")
    panel.set_seen(False)
    counted.clear()
    picture = picture_of(load_example("two-weights"))
    panel.show_frame(still_frame(picture))
    assert counted == []
    panel.set_seen(True)
    assert counted == [picture]
    assert panel.view._lines == code_lines(picture)


def test_a_long_run_is_not_remembered_line_by_line(panel_on):
    panel, project = panel_on("two-weights"), load_example("two-weights")
    for step in range(300):
        panel.show_frame(still_frame(picture_of(edits.set_parameter(project, 0, 1.0 + step / 7))))
    assert len(panel.view._spans) <= 100


def test_names_are_never_markup(panel_on, by):
    plain = load_example("hidden-layer")
    markup = "<b>bold</b><img src='x'>"
    names = tuple(tuple(markup for _ in layer) for layer in plain.names)
    data = replace(plain.data, name=markup, input_names=(markup, "&amp;"), target_names=(markup,))
    panel = panel_on(plain)
    before = image_of(panel)
    panel.show_frame(still_frame(picture_of(replace(plain, title=markup, names=names, data=data))))
    assert image_of(panel) == before
    assert "<" not in panel.view.accessibleDescription()
    shown = [label.text() for label in panel.findChildren(QLabel)]
    assert not any("<" in text for text in shown)


# In the window.


def seen_lines(panel, phase):
    """Whether the lines of a phase are in sight."""
    view, bar = panel.view, scroll_of(panel).verticalScrollBar()
    first, last = bar.value(), bar.value() + scroll_of(panel).viewport().height()
    spots = [top for top, line in zip(tops(view._lines), view._lines, strict=True) if line.phase is phase]
    return [first <= top and top + ROW <= last for top in spots]


def test_it_follows_the_phases_that_f11_goes_through(opened, code_dock):
    studio = opened("xor")
    panel, bar = studio.window.code_panel, scroll_of(studio.window.code_panel).verticalScrollBar()
    studio.window.activateWindow()
    assert bar.maximum() > 0, "everything is in sight anyway"
    before = panel.view._lines
    places = []
    for phase in list(Phase)[:3]:
        bar.setValue(bar.maximum() if phase is Phase.FORWARD else 0)
        QTest.keyClick(studio.window.canvas, Qt.Key.Key_F11)
        assert panel.view._phase is phase
        assert panel.view._lines == before
        assert highlighted(panel.view, before) == [n for n, line in enumerate(before) if line.phase is phase]
        # As many of the phase's lines as have room, from its first on.
        seen = seen_lines(panel, phase)
        assert seen[0]
        places.append(bar.value())
    assert places[0] < bar.maximum(), "it did not scroll up"
    assert places[2] > 0, "it did not scroll down"
    QTest.keyClick(studio.window.canvas, Qt.Key.Key_F11)
    assert studio.session.viewed.state.step == 1
    assert panel.view._phase is None
    assert panel.view._lines == code_lines(picture_of(studio.session.viewed))


def test_it_follows_to_the_update_that_is_scrubbed_to(opened, code_dock):
    studio = opened("two-rings")
    panel = studio.window.code_panel
    bar = scroll_of(panel).verticalScrollBar()
    for time, phase in ((3.5, Phase.UPDATE), (0.5, Phase.FORWARD), (2.5, Phase.BACKWARD)):
        studio.player.scrub(time)
        lines = panel.view._lines
        assert highlighted(panel.view, lines) == [n for n, line in enumerate(lines) if line.phase is phase]
        assert seen_lines(panel, phase)[0]
        assert (bar.value() == 0) == (phase is Phase.FORWARD)


def test_a_step_an_edit_and_an_undo_are_shown(opened, code_dock):
    studio = opened("two-weights")
    view, window = studio.window.code_panel.view, studio.window
    for act in (
        lambda: window.actions_by_name["stepAction"].trigger(),
        lambda: studio.session.set_parameter(0, 9.0),
        lambda: studio.session.set_learning_rate(0.5),
        lambda: studio.session.set_bias(True),
        studio.session.undo_stack.undo,
        lambda: studio.session.view_step(0),
    ):
        before = view._lines
        act()
        assert view._lines != before
        assert view._lines == code_lines(picture_of(studio.session.viewed))
        assert view.accessibleDescription() == spoken(view._lines)


def test_nothing_is_written_while_its_dock_is_behind_another(opened, code_dock, counted):
    studio = opened("two-weights")
    studio.window._docks["dataDock"].raise_()
    QGuiApplication.processEvents()
    counted.clear()
    studio.window.actions_by_name["stepAction"].trigger()
    studio.session.set_parameter(0, 5.0)
    assert counted == []
    code_dock.raise_()
    QGuiApplication.processEvents()
    assert studio.window.code_panel.view._lines == code_lines(picture_of(studio.session.viewed))
    assert len(counted) == 1


def test_a_closed_dock_writes_nothing(opened, code_dock, counted):
    studio = opened("two-weights")
    code_dock.close()
    QGuiApplication.processEvents()
    counted.clear()
    studio.window.actions_by_name["stepAction"].trigger()
    assert counted == []


def test_the_dark_theme_reaches_the_code(studio, code_dock):
    studio.window.set_theme(DARK, "dark")
    view = studio.window.code_panel.view
    assert has_color(pixels(image_of(view), 8, 0, 300, view.height()), DARK, "text")
    studio.window.set_theme(LIGHT, "light")
    assert not has_color(pixels(image_of(view), 8, 0, 300, view.height()), DARK, "text")
