"""What is painted at the axes is what is there: every number at its place, none on another, and a name for each."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project, new_project
from gdstudio.engine import Network, Recipe
from gdstudio.teaching.fits import fit_of
from gdstudio.teaching.gradient_check import gradient_check
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.slices import slice_of
from gdstudio.teaching.surfaces import Plane, surface_of
from gdstudio.teaching.timeline import Timeline
from gdstudio.ui.panels.gradient_check_panel import NudgeCurve
from gdstudio.ui.plots.data_plot import DataPlot
from gdstudio.ui.plots.loss_plot import LossPlot
from gdstudio.ui.plots.slice_plot import SlicePlot
from gdstudio.ui.plots.surface_plot import SurfacePlot
from gdstudio.ui.theme import DARK, LIGHT

THEMES = (LIGHT, DARK)
SIZES = ((480, 196), (320, 240), (900, 420))
NUMBERS = {
    "a few": np.linspace(16.0, 0.089, 12),
    "tiny": np.geomspace(1e-300, 1e-302, 12),
    "below all normal floats": np.geomspace(1e-306, 1e-316, 12),
    "huge": np.geomspace(1e300, 1e290, 12),
    "twelve decades": np.geomspace(1e3, 1e-9, 12),
    "less than a decade": np.linspace(0.0893, 0.0891, 12),
    "one decade": np.geomspace(4.0, 0.3, 12),
    "down to 0": np.array([16.0, 4.0, 1.0, 0.1, 0.0, 0.0]),
    "all 0": np.zeros(6),
    "one above 0": np.array([0.0, 0.0, 5e-320, 5e-324]),
    "below 0": np.array([3.0, 1.0, -1.0, -2.0]),
    "all below 0": np.array([-30.0, -10.0, -100.0]),
    "constant": np.full(6, 7.0),
    "far from 0": 1e6 + 1e-3 * np.linspace(1.0, 0.0, 12),
    "far below 0": -1e6 - 1e-3 * np.linspace(1.0, 0.0, 12),
    "on both sides": np.linspace(-1e300, 1e300, 12),
}
FAR = {"far from 0", "far below 0", "less than a decade"}
"""An SVG has six digits: not enough to see where the curves of these lie."""
FLOORS = ("0", "≤ 0")
PIXEL = 0.5
SHAPES = [(size, theme) for size in SIZES for theme in THEMES]
TURNS = [0, *(pytest.param(turn, marks=pytest.mark.nightly) for turn in range(1, len(SHAPES)))]
"""Which numbers are shown in which size and theme: in all of them only at night."""


def made(shown_alone, kind: type, number: int) -> QWidget:
    """A plot that has moved in, in one of the sizes and themes."""
    size, theme = SHAPES[number % len(SHAPES)]
    plot = shown_alone(kind(), *size)
    plot.move_in()
    plot.set_theme(theme)
    return plot


def settle() -> None:
    """Let the layout have its say: wider numbers make a wider axis."""
    for _ in range(3):
        QApplication.processEvents()


def timeline(losses: Sequence[float], step: int | None = None, tests: Sequence[float] = ()) -> Timeline:
    losses, tests = np.asarray(losses, dtype=float), np.asarray(tests, dtype=float)
    end = len(losses) - 1
    step = end if step is None else step
    steps = np.arange(end + 1.0)
    return Timeline(0, step, end, steps, losses, losses, float(losses[step]), None, tests, tests)


def faults_of(painted, plot: QWidget, across: str, up: str, is_log: bool = False) -> list[str]:
    """What is wrong with the axes of a plot, in words."""
    settle()
    seen = painted.plot(plot)
    texts = [text for side in ("left", "bottom") for text in seen.texts_at(side)]
    whole = plot.rect().toRectF().adjusted(-PIXEL, -PIXEL, PIXEL, PIXEL)
    return [
        *faults_at(painted, seen, "left", up, is_log),
        *faults_at(painted, seen, "bottom", across),
        *(f"“{a.text}” lies on “{b.text}”" for a, b in combinations(texts, 2) if a.box.intersects(b.box)),
        *(f"“{text.text}” is cut off" for text in texts if not whole.contains(text.box)),
    ]


def faults_at(painted, seen, side: str, name: str, is_log: bool = False) -> list[str]:
    texts, marks = seen.numbers_at(side), seen.marks_at(side)
    found = [] if 1 < len(texts) == len(marks) else [f"{len(texts)} numbers at {len(marks)} marks: {texts}"]
    for text in texts:
        pixel = text.box.center().y() if side == "left" else text.box.center().x()
        if min((abs(pixel - mark) for mark in marks), default=9.0) > PIXEL:
            found.append(f"“{text.text}” is at no mark")
        if not (is_log and text.text in FLOORS):
            number = painted.read_number(text.text)
            place = seen.place_of(side, number.log10() if is_log else number)
            if not abs(place - pixel) <= PIXEL:
                found.append(f"“{text.text}” is at {pixel:.1f}, its value at {place:.1f}")
        if text.color != seen.widget.theme.muted:
            found.append(f"“{text.text}” is painted in {text.color}")
    return found + ([] if seen.name_at(side) == name else [f"the axis is called “{seen.name_at(side)}”"])


def axis_of(painted, seen, side: str, is_log: bool = False) -> Callable[[float], float]:
    """Read the painted axis alone: the function from a number to the pixel where the axis says that it is."""

    def scaled(number: Decimal) -> Decimal:
        return number.log10() if is_log else number

    texts = [text for text in seen.numbers_at(side) if not (is_log and text.text in FLOORS)]
    ends = [
        (scaled(painted.read_number(text.text)), text.box.center().y() if side == "left" else text.box.center().x())
        for text in (texts[0], texts[-1])
    ]
    (low, low_pixel), (high, high_pixel) = ends
    return lambda number: low_pixel + float((scaled(Decimal(number)) - low) / (high - low)) * (high_pixel - low_pixel)


# The loss plot.


@pytest.mark.parametrize("is_log", [False, True], ids=["linear", "log"])
@pytest.mark.parametrize("turn", TURNS)
def test_every_number_at_the_axes_of_the_loss_plot_is_true(painted, shown_alone, turn, is_log):
    faults = {}
    for number, (name, losses) in enumerate(NUMBERS.items()):
        plot = made(shown_alone, LossPlot, number + turn)
        plot.set_log(is_log)
        plot.show_timeline(timeline(losses))
        faults[name] = faults_of(painted, plot, "step", "loss", is_log)
    assert not {name: found for name, found in faults.items() if found}


@pytest.mark.parametrize("is_log", [False, True], ids=["linear", "log"])
def test_a_loss_read_off_the_painted_axis_is_the_loss_there(painted, shown_alone, is_log):
    plot = shown_alone(LossPlot(), 480, 196)
    plot.move_in()
    plot.set_log(is_log)
    for name, losses in NUMBERS.items():
        plot.show_timeline(timeline(losses))
        settle()
        seen = painted.plot(plot)
        floors = [text for text in seen.numbers_at("left") if is_log and text.text in FLOORS]
        assert len(floors) == (is_log and bool((losses <= 0.0).any())), name
        curve = seen.curve(plot.theme.good)
        assert len(curve) == len(losses), name
        for point, loss in zip(curve, losses.tolist(), strict=True):
            if is_log and loss <= 0.0:
                assert point.y() == pytest.approx(floors[0].box.center().y(), abs=PIXEL), (name, loss)
            elif name not in FAR:
                assert point.y() == pytest.approx(axis_of(painted, seen, "left", is_log)(loss), abs=PIXEL), (name, loss)


@pytest.mark.parametrize(("losses", "floor"), [([4.0, 1.0, 0.0], "0"), ([0.0, 0.0], "0"), ([4.0, 0.0, -1.0], "≤ 0")])
def test_what_has_no_logarithm_is_said_and_lies_on_a_marked_line(painted, shown_alone, losses, floor):
    plot = shown_alone(LossPlot(), 480, 196)
    plot.move_in()
    plot.show_timeline(timeline(losses))
    words = f"{floor} has no logarithm: it is drawn on this line"
    assert words not in [text.text for text in painted.plot(plot).texts]
    plot.set_log(True)
    settle()
    seen = painted.plot(plot)
    (said,) = [text for text in seen.texts if text.text == words]
    (number,) = [text for text in seen.numbers_at("left") if text.text == floor]
    lines = [line.y1() for line in seen.lines if abs(line.dx()) > 0.9 * seen.room.width() and line.dy() == 0.0]
    assert any(abs(y - number.box.center().y()) <= PIXEL for y in lines)
    below = [point for point in seen.curve(plot.theme.good) if point.y() > said.box.top()]
    assert seen.room.contains(said.box)
    assert not below, "the words lie on the curve"
    plot.show_timeline(timeline([4.0, 2.0, 1.0]))
    settle()
    assert words not in [text.text for text in painted.plot(plot).texts]


# The other plots: whatever the numbers are, across and up.


def linear_project(x, y) -> Project:
    x, y = (np.asarray(each, dtype=float).reshape(len(x), -1) for each in (x, y))
    network = Network((x.shape[1], y.shape[1]), ("linear",), bias=False)
    return new_project("drawn", Recipe(network), np.zeros(network.parameter_count), plain_data("drawn", x, y))


def reach_of(numbers) -> tuple[float, float]:
    low, high = float(np.min(numbers)), float(np.max(numbers))
    return (low, high) if low < high else (low - 1.0, high + 1.0)


@pytest.mark.parametrize("swaps", [False, True], ids=["up", "across"])
@pytest.mark.parametrize("turn", TURNS)
def test_every_number_at_the_axes_of_the_data_plot_is_true(painted, shown_alone, turn, swaps):
    faults = {}
    for number, (name, values) in enumerate(NUMBERS.items()):
        plot = made(shown_alone, DataPlot, number + turn)
        plain = np.linspace(-2.0, 3.0, len(values))
        project = linear_project(values, plain) if swaps else linear_project(plain, values)
        plot.show_fit(fit_of(picture_of(project)))
        faults[name] = faults_of(painted, plot, "input 1", "target")
        if swaps:
            continue
        # Two inputs, and more than two.
        plot.show_fit(fit_of(picture_of(linear_project(np.column_stack([values, values]), plain))))
        faults[f"{name}, two inputs"] = faults_of(painted, plot, "input 1", "input 2")
        plot.show_fit(fit_of(picture_of(linear_project(np.column_stack([plain, plain, plain]), values))))
        faults[f"{name}, three inputs"] = faults_of(painted, plot, "actual", "predicted")
    assert not {name: found for name, found in faults.items() if found}


@pytest.mark.parametrize("swaps", [False, True], ids=["up", "across"])
@pytest.mark.parametrize("turn", TURNS)
def test_every_number_at_the_axes_of_the_slice_plot_is_true(painted, shown_alone, turn, swaps):
    faults, piece = {}, slice_of(picture_of(load_example("two-weights")), 0)
    for number, (name, numbers) in enumerate(NUMBERS.items()):
        plot = made(shown_alone, SlicePlot, number + turn)
        plot.show_names(["w₁", "w₂"])
        low, high = reach_of(numbers)
        plain = np.linspace(-2.0, 3.0, 12)
        values, losses = (np.linspace(low, high, 12), plain**2) if swaps else (plain, np.linspace(high, low, 12))
        plot.show_slice(
            replace(
                piece, values=values, losses=losses, value=values[4], loss=losses[4], landing=values[6],
                landing_loss=losses[6], slope=1.0,
            )
        )  # fmt: skip
        faults[name] = faults_of(painted, plot, "w₁", "loss")
        seen = painted.plot(plot)
        if name not in FAR:
            across, up = (axis_of(painted, seen, side) for side in ("bottom", "left"))
            for point, value, loss in zip(seen.curve(plot.theme.good), values, losses, strict=True):
                assert point.x() == pytest.approx(across(value), abs=PIXEL), (name, value)
                assert point.y() == pytest.approx(up(loss), abs=PIXEL), (name, loss)
    assert not {name: found for name, found in faults.items() if found}


@pytest.mark.parametrize("swaps", [False, True], ids=["up", "across"])
@pytest.mark.parametrize("turn", TURNS)
def test_every_number_at_the_axes_of_the_surface_is_true(painted, shown_alone, turn, swaps):
    project = load_example("two-weights")
    surface = surface_of(picture_of(project), Plane(), project.parameters[np.newaxis], 12)
    faults = {}
    for number, (name, numbers) in enumerate(NUMBERS.items()):
        plot = made(shown_alone, SurfacePlot, number + turn)
        far, plain = np.linspace(*reach_of(numbers), 12), np.linspace(-2.0, 3.0, 12)
        a, b = (far, plain) if swaps else (plain, far)
        here = np.array([a[3], b[4]])
        plot.show_surface(replace(surface, a=a, b=b, here=here, following=here, path=here[np.newaxis]))
        faults[name] = faults_of(painted, plot, *surface.names)
    assert not {name: found for name, found in faults.items() if found}


# The error against the nudge, in the gradient check.


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize(
    ("errors", "ends"),
    [
        ([1e-3, 1e-6, 1e-9, 1e-7, 0.5], ("1", "1e−12")),
        ([1e-3, 1e-6, 0.0, 1e-7, 0.5], ("1", "≤1e−12")),
        ([1e-3, 1e-15, 1e-9, 1e-7, 1.0], ("1", "≤1e−12")),
        ([1e-3, 1e-6, 1e-9, 1e-7, 2.0], ("≥1", "1e−12")),
        ([np.nan, 1e-6, 1e-12, 1e-7, 2.0], ("≥1", "1e−12")),
    ],
)
def test_every_number_at_the_axes_of_the_nudges_is_true(painted, shown_alone, theme, errors, ends):
    curve, nudges = shown_alone(NudgeCurve(), 116, 150), np.array([1e-1, 1e-4, 1e-6, 1e-10, 1e-14])
    curve.set_theme(theme)
    check = gradient_check(picture_of(load_example("two-weights")))
    curve.show_check(replace(check, nudges=nudges, errors=np.array(errors)))
    settle()
    seen = painted.widget(curve)
    *up, low_nudge, high_nudge, name = seen.texts
    assert (up[0].text, up[-1].text) == ends
    assert name.text == "error against nudge"
    numbers = {text.box.center().y(): painted.read_number(text.text.lstrip("≤≥")).log10() for text in up}
    (top, top_log), *_, (bottom, bottom_log) = numbers.items()
    across = [(painted.read_number(text.text).log10(), text.box.center().x()) for text in (low_nudge, high_nudge)]
    (left_log, left), (right_log, right) = across
    points = [point for line in seen.polylines(theme.slope) for point in line]
    pairs = [(nudge, error) for nudge, error in zip(nudges, errors, strict=True) if np.isfinite(error)]
    assert len(points) == len(pairs)
    for point, (nudge, error) in zip(points, pairs, strict=True):
        log = Decimal(min(max(error, 1e-12), 1.0)).log10()
        assert point.y() == pytest.approx(top + float((log - top_log) / (bottom_log - top_log)) * (bottom - top), abs=1)
        share = float((Decimal(nudge).log10() - left_log) / (right_log - left_log))
        assert point.x() == pytest.approx(left + share * (right - left), abs=1)
    assert not [1 for a, b in combinations(seen.texts, 2) if a.box.intersects(b.box)]
    assert all(curve.rect().toRectF().contains(text.box) for text in seen.texts)
