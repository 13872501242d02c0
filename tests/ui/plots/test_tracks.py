"""Other runs in a plot: which are drawn, in which colour, dashed or not."""

from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gdstudio.ui.plots.tracks import TrackCurves, tracks_of
from gdstudio.ui.theme import DARK, LIGHT, RUN_COLORS


class Paper:
    """A plot that only collects its items."""

    def __init__(self) -> None:
        self.items: list = []

    def addItem(self, item: object) -> None:
        self.items.append(item)

    def devicePixelRatioF(self) -> float:
        return 1.0

    def lines(self) -> list[SimpleNamespace]:
        """What is drawn at all."""
        return [
            SimpleNamespace(x=list(item.xData), y=list(item.yData), pen=item.opts["pen"])
            for item in self.items
            if item.xData is not None and len(item.xData)
        ]


@pytest.fixture
def paper(dressed) -> Paper:
    return Paper()


def draw(paper: Paper, curves: TrackCurves, tracks, theme=LIGHT) -> list[SimpleNamespace]:
    lines = [(np.array([0.0, 1.0]), np.array([float(number), 0.0])) for number in range(len(tracks))]
    curves.draw(tracks, lines, theme)
    return paper.lines()


def test_kept_runs_come_first_and_hidden_ones_are_left_out_with_their_colour(by):
    runs = by.kept("xor", name="a"), by.kept("xor", name="b", is_shown=False), by.kept("xor", name="c")
    racing = by.standings(by.kept("xor", name="d"), by.kept("xor", name="e"))
    found = [(track.run.name, track.number, track.is_kept) for track in tracks_of(runs, racing)]
    assert found == [("a", 0, True), ("c", 2, True), ("d", 0, False), ("e", 1, False)]


def test_without_runs_and_without_a_race_there_is_nothing(by):
    assert tracks_of((), None) == ()
    assert tracks_of((), by.standings()) == ()


def test_a_kept_run_is_dashed_and_a_racing_one_is_not_both_in_their_colours(paper, by):
    tracks = tracks_of((by.kept("xor"), by.kept("xor")), by.standings(by.kept("xor")))
    drawn = draw(paper, TrackCurves(paper), tracks)
    dashed, plain = Qt.PenStyle.DashLine, Qt.PenStyle.SolidLine
    assert [line.pen.style() for line in drawn] == [dashed, dashed, plain]
    assert [line.pen.color().name() for line in drawn] == [LIGHT.run_1, LIGHT.run_2, LIGHT.run_1]
    assert [line.y[0] for line in drawn] == [0.0, 1.0, 2.0]


def test_a_run_keeps_its_colour_when_one_before_it_is_hidden(paper, by):
    tracks = tracks_of((by.kept("xor", is_shown=False), by.kept("xor")), None)
    assert [line.pen.color().name() for line in draw(paper, TrackCurves(paper), tracks)] == [LIGHT.run_2]


def test_curves_are_made_when_needed_and_used_again(paper, by):
    curves = TrackCurves(paper)
    three = tracks_of((by.kept("xor"),) * 3, None)
    assert len(draw(paper, curves, three)) == 3
    assert len(draw(paper, curves, three[:1])) == 1
    assert draw(paper, curves, ()) == []
    assert len(draw(paper, curves, three[:2])) == 2
    assert len(paper.items) == 3


def test_colours_follow_the_theme(paper, by):
    curves, tracks = TrackCurves(paper), tracks_of((by.kept("xor"),), None)
    draw(paper, curves, tracks)
    assert [line.pen.color().name() for line in draw(paper, curves, tracks, DARK)] == [DARK.run_1]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_six_runs_have_six_colours_and_the_seventh_the_first_again(theme):
    names = [theme.run_color(number).name() for number in range(RUN_COLORS + 1)]
    assert len(set(names[:RUN_COLORS])) == RUN_COLORS
    assert names[RUN_COLORS] == names[0]


def luminance(color) -> float:
    parts = [value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4 for value in color.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("number", range(RUN_COLORS))
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_run_s_colour_can_be_told_from_the_card(theme, number):
    light, dark = sorted((luminance(theme.run_color(number)), luminance(theme.color("card"))), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3.0
