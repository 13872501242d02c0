"""The gradient check shows each slope beside its measurement, the curve of errors, and leads to a parameter."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gdstudio.document.examples import load_example
from gdstudio.document.numbers import compact
from gdstudio.document.project import ParameterRef, parameter_name
from gdstudio.teaching.gradient_check import GradientCheck, Verdict, gradient_check
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.panels.gradient_check_panel import GradientCheckPanel
from gdstudio.ui.theme import DARK, LIGHT

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ROLE = Qt.ItemDataRole


def check_on(key: str = "hidden-layer") -> GradientCheck:
    return gradient_check(picture_of(load_example(key)))


@pytest.fixture
def panel(shown_alone) -> GradientCheckPanel:
    made = shown_alone(GradientCheckPanel(), 420, 200)
    made.show_check(check_on())
    return made


def cells(panel: GradientCheckPanel) -> list[list[str]]:
    model = panel.table.model()
    return [[model.index(row, column).data() for column in range(4)] for row in range(model.rowCount())]


def click(panel: GradientCheckPanel, row: int) -> None:
    table = panel.table
    place = table.visualRect(table.model().index(row, 1)).center()
    QTest.mouseClick(table.viewport(), LEFT, NONE, place)


# Values -> what is shown.


def test_before_the_first_check_it_says_that_it_measures(shown_alone):
    made = shown_alone(GradientCheckPanel(), 420, 200)
    assert made.verdict_label.text() == "Measuring all slopes …"
    assert made.table.model().rowCount() == 0
    assert made.curve.points() == []
    assert not made.grab().isNull()


def test_every_parameter_is_a_row_with_its_slope_and_its_measurement(panel):
    check, project = check_on(), load_example("hidden-layer")
    for index, row in enumerate(cells(panel)):
        assert row[0] == parameter_name(project, index)
        assert row[1] == compact(float(check.slopes[index]))
        assert row[2] == compact(float(check.measured[index]))
        assert row[3].endswith(" ✓")
    assert len(cells(panel)) == 6


def test_the_lecture_s_slope_is_in_it(panel):
    panel.show_check(check_on("one-weight"))
    ((name, slope, measured, _),) = cells(panel)
    assert (slope, measured) == (compact(-24.0),) * 2
    assert "input" in name


def test_the_verdict_and_the_lesson_are_those_of_the_check(panel):
    check = check_on()
    assert panel.verdict_label.text() == check.sentence
    assert check.sentence.startswith("All slopes agree")
    assert panel._lesson.text() == check.lesson
    assert "1e−12" in check.lesson
    assert check.lesson in panel.curve.accessibleName()


def test_a_slope_that_differs_has_no_mark_and_the_verdict_says_so(panel):
    check = check_on()
    wrong = check.slopes.copy()
    wrong[1] *= 1.5
    verdicts = tuple(Verdict.DIFFERS if index == 1 else verdict for index, verdict in enumerate(check.verdicts))
    differences = np.abs(wrong - check.measured) / np.maximum(np.abs(wrong), 1e-300)
    panel.show_check(replace(check, slopes=wrong, differences=differences, difference=0.2, verdicts=verdicts))
    assert [row[3].endswith("✓") for row in cells(panel)] == [True, False, True, True, True, True]
    assert panel.verdict_label.text().startswith("1 slope differs: ")


def test_a_kink_is_named_and_explained(panel):
    check = check_on()
    kinks = np.zeros(6)
    kinks[2] = 1.0
    verdicts = tuple(Verdict.KINK if index == 2 else verdict for index, verdict in enumerate(check.verdicts))
    panel.show_check(replace(check, kinks=kinks, verdicts=verdicts))
    assert [row[3] == "kink" for row in cells(panel)] == [False, False, True, False, False, False]
    model = panel.table.model()
    assert "kink" in model.index(2, 3).data(ROLE.ToolTipRole)
    assert model.index(1, 3).data(ROLE.ToolTipRole) is None
    assert "1 at a kink left out" in panel.verdict_label.text()


def test_two_zero_slopes_agree(panel):
    check = check_on()
    zero = np.zeros(6)
    panel.show_check(replace(check, slopes=zero, measured=zero, differences=np.full(6, np.nan)))
    assert all(row[3].endswith("✓") for row in cells(panel))


def test_a_loss_that_is_not_finite_shows_a_sentence_and_no_curve(panel):
    nothing = np.full(6, np.nan)
    check = check_on()
    panel.show_check(
        replace(check, slopes=nothing, measured=nothing, differences=nothing, difference=np.nan,
                errors=np.full_like(check.errors, np.nan))
    )  # fmt: skip
    assert panel.verdict_label.text() == "The loss is not finite here, so nothing can be measured."
    assert panel.curve.points() == []
    assert panel._lesson.text() == ""
    assert not panel.grab().isNull()


def test_another_network_gives_other_rows(panel):
    panel.show_check(check_on("xor"))
    assert len(cells(panel)) == 13
    panel.show_check(check_on("one-weight"))
    assert len(cells(panel)) == 1


def test_names_are_plain_text(panel):
    check = replace(check_on(), names=("<b>x</b>",) * 6)
    panel.show_check(check)
    assert cells(panel)[0][0] == "<b>x</b>"


# The curve.


def test_the_curve_falls_to_its_best_nudge_and_rises_to_the_tiny_ones(panel):
    check, points = check_on("xor"), None
    panel.show_check(check)
    points = sorted(panel.curve.points(), key=lambda point: point.x())
    heights = [-point.y() for point in points]
    best = int(np.argmin(heights))
    assert 0 < best < len(points) - 1
    assert heights[0] > heights[best] + 10  # tiny nudges, on the left
    assert len(points) == len(check.nudges)


def test_the_curve_stays_in_its_room_at_any_size(panel):
    for height in (60, 110, 400):
        panel.curve.resize(116, height)
        for point in panel.curve.points():
            assert panel.curve.rect().contains(point.toPoint())


def test_an_error_of_zero_lies_at_the_bottom(panel):
    check = check_on()
    panel.show_check(replace(check, errors=np.zeros_like(check.errors)))
    heights = {round(point.y(), 6) for point in panel.curve.points()}
    assert len(heights) == 1
    panel.show_check(replace(check, errors=np.full_like(check.errors, 1e-12)))
    assert {round(point.y(), 6) for point in panel.curve.points()} == heights


def test_the_curve_wears_the_theme(panel):
    def inks() -> set[str]:
        image = panel.curve.grab().toImage()
        return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}

    assert LIGHT.slope in inks()
    panel.set_theme(DARK)
    assert DARK.slope in inks()


# Gestures -> wishes.


def test_a_click_on_a_row_is_one_wish_for_its_parameter(panel, by):
    wished = by.heard(panel.selection_requested)
    click(panel, 3)
    assert wished == [(ParameterRef(3),)]


def test_the_keyboard_walks_and_enter_is_one_wish(panel, by):
    wished = by.heard(panel.selection_requested)
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.table.model().index(0, 0))
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert wished == []
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert wished == [(ParameterRef(1),)]


def test_showing_a_check_wishes_for_nothing(panel, by):
    wished = by.heard(panel.selection_requested)
    panel.show_check(check_on("xor"))
    assert wished == []


def test_tab_leads_out_of_the_table(panel):
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.table.model().index(0, 0))
    QTest.keyClick(panel.table, Qt.Key.Key_Tab)
    assert panel.table.currentIndex().row() == 0


# Through the window.


def settle(studio) -> None:
    for _ in range(2):
        studio.jobs.wait()
        QApplication.processEvents()


def test_in_the_window_it_measures_what_is_looked_at_only_while_it_is_seen(opened):
    studio = opened("hidden-layer")
    panel = studio.window.gradient_check_panel
    settle(studio)
    before = panel.table.model().check
    studio.player.step()
    settle(studio)
    assert panel.table.model().check is before  # behind another tab nothing is measured
    studio.window._docks["gradientCheckDock"].raise_()
    QApplication.processEvents()
    settle(studio)
    check = panel.table.model().check
    assert check.slopes.tolist() == picture_of(studio.session.viewed).gradient.tolist()
    click(panel, 4)
    assert studio.stage.selection == ParameterRef(4)
    studio.player.step()
    settle(studio)
    assert panel.table.model().check is not check


def test_the_tips_of_the_table_are_asked_for_without_a_word(panel):
    from PySide6.QtGui import QHelpEvent

    port = panel.table.viewport()
    QApplication.sendEvent(port, QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), port.mapToGlobal(QPoint(5, 5))))
    assert panel.table.accessibleName()
