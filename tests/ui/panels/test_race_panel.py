"""The race: who runs, by keyboard and mouse, one wish a gesture; and where everybody is."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QPushButton, QToolButton, QWidget

from gdstudio.app.studio import Studio
from gdstudio.document.numbers import shown
from gdstudio.engine import OPTIMIZERS
from gdstudio.teaching.standings import MOST_RACERS, Entrant
from gdstudio.ui.panels.race_panel import MOST_STEPS, RacePanel, read_steps
from gdstudio.ui.theme import DARK, LIGHT

LEFT, K = Qt.MouseButton.LeftButton, Qt.Key
THREE = (Entrant("sgd", 0.01), Entrant("momentum", 0.1, 4), Entrant("adam", 1.0 / 3.0))


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def panel(shown_alone) -> RacePanel:
    made = shown_alone(RacePanel(), 460, 260)
    made.show_entrants(THREE)
    made.show_steps(500)
    QApplication.processEvents()
    return made


def part(panel: QWidget, kind: type, name: str):
    return panel.findChild(kind, name)


def listen(panel: RacePanel, by) -> dict[str, list]:
    names = ("change", "remove", "add", "steps", "running", "clear", "keep")
    heard = {name: by.heard(getattr(panel, f"{name}_requested")) for name in names}
    return {**heard, "refused": by.heard(panel.refused)}


def wishes(heard: dict[str, list]) -> list[tuple]:
    return [(name, *values) for name, found in heard.items() for values in found]


def lanes(panel: RacePanel) -> list[tuple[str, str, str]]:
    """Optimizer, rate and batch of every lane on show."""
    found = []
    for number in range(1, MOST_RACERS + 1):
        combo = part(panel, QComboBox, f"raceOptimizerCombo{number}")
        if combo.isVisible():
            fields = (part(panel, QLineEdit, f"race{what}Field{number}") for what in ("Rate", "Batch"))
            found.append((combo.currentData(), *(field.text() for field in fields)))
    return found


def standing(panel: RacePanel) -> list[str]:
    return [lane.standing.text() for lane in panel._lanes if lane.standing.isVisible()]


# Values -> what is shown.


def test_each_entrant_has_a_lane_and_every_rate_keeps_all_digits(panel):
    assert lanes(panel) == [("sgd", "0.01", "all"), ("momentum", "0.1", "4"), ("adam", "0.3333333333333333", "all")]


def test_lanes_come_and_go_with_the_entrants(panel):
    for count in (6, 1, 4):
        panel.show_entrants((THREE * 2)[:count])
        assert len(lanes(panel)) == count
        hidden = [widget for lane in panel._lanes[count:] for widget in lane.widgets]
        assert not any(widget.isVisible() for widget in hidden)


def test_six_is_the_most_and_one_the_least(panel):
    add = part(panel, QPushButton, "raceAddButton")
    assert add.isEnabled()
    panel.show_entrants(THREE * 2)
    assert not add.isEnabled()
    panel.show_entrants(THREE[:1])
    assert add.isEnabled()
    assert not part(panel, QToolButton, "raceRemoveButton1").isEnabled()


def test_where_everybody_is_and_who_is_ahead(panel, by):
    runs = [by.kept("xor", (1.0, loss), name) for loss, name in ((0.5, "slow"), (0.25, "fast"), (9e9, "wild"))]
    panel.show_standings(by.standings(*runs, diverged=[2], taken=40, steps=500))
    assert standing(panel) == ["0.50", "0.25", "diverged"]
    assert [lane.dot._place for lane in panel._lanes[:4]] == ["2", "1", "3", ""]
    assert [lane.standing.accessibleName() for lane in panel._lanes[:3]] == [
        "place 2: 0.50", "place 1: 0.25", "place 3: diverged",
    ]  # fmt: skip
    assert panel.sentence_label.text() == "fast is ahead: loss 0.25 after 40 steps."


def test_at_the_end_somebody_has_won_or_everybody_has_diverged(panel, by):
    run = by.kept("xor", (1.0, 0.25), "fast")
    panel.show_standings(by.standings(run, taken=500, steps=500))
    assert panel.sentence_label.text().startswith("fast has won")
    panel.show_standings(by.standings(run, diverged=[0]))
    assert panel.sentence_label.text() == "Everybody has diverged."


def test_before_a_start_nobody_has_a_place_and_nothing_can_be_kept(panel, by):
    keep = part(panel, QPushButton, "raceKeepButton")
    panel.show_standings(by.standings(*[by.kept("xor")] * 3))
    assert keep.isEnabled()
    panel.show_standings(by.standings())
    assert not keep.isEnabled()
    assert standing(panel) == [""] * 3
    assert [lane.dot._place for lane in panel._lanes] == [""] * 6
    assert panel.sentence_label.text() == "Everybody starts from the same weights."


def test_a_loss_that_is_not_finite_is_shown_as_such(panel, by):
    panel.show_standings(by.standings(by.kept("xor", (1.0, np.inf)), by.kept("xor", (1.0, 2.0))))
    assert standing(panel)[:2] == [shown(np.inf), "2.00"]
    assert panel._lanes[1].dot._place == "1"


def test_start_becomes_pause_and_back_without_a_wish(panel, by):
    heard = listen(panel, by)
    for running, text in ((True, "Pause"), (False, "Start")):
        panel.show_running(running)
        assert panel.run_button.text() == text
        assert panel.run_button.isChecked() == running
    assert wishes(heard) == []


def test_showing_wishes_for_nothing(panel, by):
    heard = listen(panel, by)
    panel.show_entrants((Entrant("adam", 0.5, 2), *THREE))
    panel.show_steps(77)
    panel.show_standings(by.standings(by.kept("xor")))
    assert part(panel, QLineEdit, "raceStepsField").text() == "77"
    assert wishes(heard) == []


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_dots_have_the_colours_of_the_curves(panel, theme):
    panel.set_theme(theme)
    for number, lane in enumerate(panel._lanes[:3]):
        image = lane.dot.grab().toImage()
        inks = [image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())]
        assert max(set(inks), key=inks.count) == theme.run_color(number).name()


# Gestures -> wishes.


@pytest.mark.parametrize("key", list(OPTIMIZERS))
def test_each_optimizer_can_be_chosen_by_the_keyboard(panel, by, key):
    heard = listen(panel, by)
    by.pick(part(panel, QComboBox, "raceOptimizerCombo2"), key)
    assert wishes(heard) == [("change", 1, replace(THREE[1], optimizer=key))]


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("raceRateField2", "0.03", {"learning_rate": 0.03}),
        ("raceRateField2", "1/28", {"learning_rate": 1.0 / 28.0}),
        ("raceRateField2", "0,5", {"learning_rate": 0.5}),
        ("raceBatchField2", "7", {"batch_size": 7}),
        ("raceBatchField2", "all", {"batch_size": None}),
    ],
)
def test_a_typed_number_is_one_wish(panel, by, name, text, changes):
    heard = listen(panel, by)
    by.enter(part(panel, QLineEdit, name), text)
    assert wishes(heard) == [("change", 1, replace(THREE[1], **changes))]


@pytest.mark.parametrize(
    ("name", "text"),
    [("raceRateField1", "fast"), ("raceRateField1", "1e999"), ("raceBatchField1", "2.5"), ("raceStepsField", "0"),
     ("raceStepsField", "many"), ("raceStepsField", "100001")],
)  # fmt: skip
def test_what_can_t_be_read_is_refused_with_one_sentence(panel, by, name, text):
    heard = listen(panel, by)
    by.enter(part(panel, QLineEdit, name), text)
    (refusal,) = wishes(heard)
    assert refusal[0] == "refused"
    assert refusal[1].endswith((".", "?"))


def test_the_steps_are_one_wish(panel, by):
    heard = listen(panel, by)
    by.enter(part(panel, QLineEdit, "raceStepsField"), "2000")
    assert wishes(heard) == [("steps", 2000)]
    assert read_steps(str(MOST_STEPS)) == MOST_STEPS


@pytest.mark.parametrize(
    ("name", "wish"),
    [
        ("raceAddButton", ("add",)),
        ("raceClearButton", ("clear",)),
        ("raceKeepButton", ("keep",)),
        ("raceRunButton", ("running", True)),
        ("raceRemoveButton3", ("remove", 2)),
    ],
)
@pytest.mark.parametrize("by_key", [False, True], ids=["mouse", "keyboard"])
def test_each_button_is_one_wish(panel, by, name, wish, by_key):
    panel.show_standings(by.standings(by.kept("xor")))
    heard = listen(panel, by)
    button = part(panel, QAbstractButton, name)
    QTest.keyClick(button, K.Key_Space) if by_key else QTest.mouseClick(button, LEFT)
    assert wishes(heard) == [wish]


def test_pause_is_one_wish(panel, by):
    panel.show_running(True)
    heard = listen(panel, by)
    QTest.mouseClick(panel.run_button, LEFT)
    assert wishes(heard) == [("running", False)]


def test_tab_reaches_every_control_and_no_other(panel, by):
    panel.show_standings(by.standings(by.kept("xor")))
    panel._lanes[0].optimizer.setFocus()
    stops: list[str] = []
    while QApplication.focusWidget().objectName() not in stops:
        stops.append(QApplication.focusWidget().objectName())
        QTest.keyClick(QApplication.focusWidget(), K.Key_Tab)
    expected = [
        f"race{what}{n}" for n in (1, 2, 3) for what in ("OptimizerCombo", "RateField", "BatchField", "RemoveButton")
    ]
    expected += [f"race{what}" for what in ("RunButton", "StepsField", "AddButton", "KeepButton", "ClearButton")]
    assert stops == expected


def test_every_control_has_a_name_for_screen_readers_and_no_two_the_same(panel):
    panel.show_entrants(THREE * 2)
    controls = [
        widget
        for widget in panel.findChildren(QWidget)
        if isinstance(widget, QLineEdit | QComboBox | QAbstractButton) and widget.isVisible()
    ]
    said = {widget: widget.text() if isinstance(widget, QPushButton) else "" for widget in controls}
    names = [widget.accessibleName() or said[widget] for widget in controls]
    assert all(names)
    assert len(set(names)) == len(names) == 6 * 4 + 5


@pytest.mark.parametrize("width", [296, 344, 390, 640])
def test_the_controls_of_a_lane_stand_beside_each_other(panel, by, width):
    panel.resize(width, 180)
    panel.show_entrants(THREE * 2)
    panel.show_standings(by.standings(*[by.kept("xor", (1.0, 12345.678))] * 6, diverged=[3]))
    for _ in range(3):
        QApplication.processEvents()
    for lane in panel._lanes:
        places = [widget.geometry() for widget in lane.widgets]
        for left, right in pairwise(places):
            assert left.right() < right.left()
        assert places[-1].right() <= lane.away.parentWidget().width()
    assert panel.rect().contains(panel.keep_button.geometry())


# Through the window.


def test_a_race_of_the_same_start_is_run_in_the_window_and_kept(opened, by):
    studio = opened("hidden-layer")
    window, race = studio.window, studio.race
    window._docks["raceDock"].raise_()
    QApplication.processEvents()
    panel = window.race_panel
    assert lanes(panel)[0] == ("sgd", "0.004", "all")
    by.enter(part(panel, QLineEdit, "raceStepsField"), "6")
    project = studio.session.project
    QTest.mouseClick(panel.run_button, LEFT)
    assert panel.run_button.text() == "Pause"
    while race.is_running:
        race.advance()
    assert panel.run_button.text() == "Start"
    assert panel.sentence_label.text().endswith("after 6 steps.")
    assert all(standing(panel))
    assert studio.session.project is project
    QTest.mouseClick(panel.keep_button, LEFT)
    assert len(studio.session.runs) == 3
    assert window.runs_panel.model.rowCount() == 4


def test_the_same_optimizer_may_race_itself(opened, by):
    studio = opened("hidden-layer")
    studio.window._docks["raceDock"].raise_()
    QApplication.processEvents()
    by.pick(part(studio.window.race_panel, QComboBox, "raceOptimizerCombo3"), "sgd")
    assert [entrant.optimizer for entrant in studio.race.entrants] == ["sgd"] * 3


def test_a_batch_that_the_data_does_not_have_is_refused_and_the_field_goes_back(opened, by):
    studio = opened("xor")
    studio.window._docks["raceDock"].raise_()
    QApplication.processEvents()
    field = part(studio.window.race_panel, QLineEdit, "raceBatchField1")
    before = studio.race.entrants
    by.enter(field, "400")
    assert studio.window.message_bar.text()
    assert studio.race.entrants == before
    assert field.text() == "all"
