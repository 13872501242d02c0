"""The relief shows a surface with what lies on it, and is turned by the mouse and by the arrow keys."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.session.history import descend
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.surfaces import Plane, Surface, surface_of
from gdstudio.ui.plots.relief import Relief
from gdstudio.ui.theme import DARK, LIGHT, Theme

PRESS, MOVE, RELEASE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease
NONE = Qt.MouseButton.NoButton
FACES = 40 * 40


def surface_on(key: str = "hidden-layer", steps: int = 3, size: int = 25) -> Surface:
    path = [load_example(key)]
    for _ in range(steps):
        path.append(edits.descended(path[-1], descend(path[-1], 1).state))
    return surface_of(picture_of(path[-1]), Plane(), np.array([each.parameters for each in path]), size)


@pytest.fixture
def relief(shown_alone) -> Relief:
    made = shown_alone(Relief(), 360, 220)
    made.show_surface(surface_on())
    return made


def picture(relief: Relief) -> QImage:
    return relief.grab().toImage()


def inks(relief: Relief) -> set[str]:
    image = picture(relief)
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def drag(relief: Relief, by, across: float, down: float) -> None:
    start = QPointF(100, 100)
    by.mouse(relief, PRESS, start)
    by.mouse(relief, MOVE, start + QPointF(across, down), NONE)
    by.mouse(relief, RELEASE, start + QPointF(across, down), buttons=NONE)


def inside(relief: Relief) -> bool:
    room = relief.rect().adjusted(-2, -2, 2, 2)
    return all(room.contains(polygon.boundingRect().toAlignedRect()) for polygon, _ in relief._faces)


# What it shows.


def test_a_surface_fills_the_room_with_faces_and_stays_inside(relief):
    assert len(relief._faces) == FACES
    assert inside(relief)
    width = max(p.boundingRect().right() for p, _ in relief._faces) - min(
        p.boundingRect().left() for p, _ in relief._faces
    )
    assert width > 0.5 * relief.width()


def test_the_far_faces_are_painted_before_the_near_ones(relief):
    """From a place above, far is up on the screen."""
    relief.show_surface(replace(relief._surface, losses=np.zeros((25, 25))))
    for _ in range(5):
        middles = [polygon.boundingRect().center().y() for polygon, _ in relief._faces]
        assert max(middles[:100]) < min(middles[-100:])
        assert np.corrcoef(middles, np.arange(FACES))[0, 1] > 0.99
        relief.turn(1.1, 0.1)


def test_a_higher_loss_stands_higher():
    made = Relief()
    made.resize(300, 200)
    flat = surface_on(size=9)
    losses = np.zeros((9, 9))
    losses[3:6, 3:6] = 1.0
    made.show_surface(replace(flat, losses=losses))
    made.turn(-made.azimuth, 0.0)
    made.elevation = 0.15
    made._lay()
    boxes = [polygon.boundingRect() for polygon, _ in made._faces]
    top = min(box.top() for box in boxes)
    summit = [box.center().x() for box in boxes if box.top() < top + 8]
    assert np.mean(summit) == pytest.approx(150, abs=2)
    assert max(summit) - min(summit) < 150


def test_path_here_and_next_lie_on_it(relief):
    relief.show_surface(surface_on(steps=1))
    assert relief._path.count() == 2
    assert relief._path.at(1) == relief._here
    assert relief._next is not None
    assert (relief._next - relief._here).manhattanLength() > 1
    image = picture(relief)
    at = relief._here.toPoint()
    assert image.pixelColor(at).name() == LIGHT.slope


def test_each_place_of_the_path_is_where_its_loss_is_high_or_low(relief):
    """Two places of the same distance, on a step: the one on the step stands higher."""
    surface = relief._surface
    losses = np.zeros((25, 25))
    losses[:, 13:] = 1.0
    relief.azimuth = 0.0
    middle = (surface.b[0] + surface.b[-1]) / 2.0
    places = np.array([[surface.a[4], middle], [surface.a[20], middle]])
    relief.show_surface(replace(surface, losses=losses, path=places))
    low, high = relief._path.at(0), relief._path.at(1)
    assert low.x() < relief.width() / 2 < high.x()
    assert high.y() < low.y() - 20


def test_what_lies_beside_the_plane_is_left_out(relief):
    surface = relief._surface
    far = np.array([1.5 * surface.a[-1] - 0.5 * surface.a[0], (surface.b[0] + surface.b[-1]) / 2.0])
    relief.show_surface(replace(surface, path=np.vstack([surface.path, far]), here=far, following=far * np.nan))
    assert relief._path.count() == 4
    assert (relief._here, relief._next) == (None, None)
    assert not picture(relief).isNull()


# Nothing to show.


@pytest.mark.parametrize("losses", [np.nan, np.inf, -np.inf], ids=str)
def test_a_surface_without_a_finite_loss_says_so(relief, losses):
    relief.show_surface(replace(relief._surface, losses=np.full((25, 25), losses)))
    assert relief._faces == []
    assert (relief._here, relief._next, relief._path.count()) == (None, None, 0)
    assert inks(relief) > {LIGHT.card}  # words
    relief.show_surface(surface_on())
    assert len(relief._faces) == FACES


def test_without_a_surface_it_says_so_and_can_be_turned(shown_alone):
    made = shown_alone(Relief(), 360, 220)
    QTest.keyClick(made, Qt.Key.Key_Left)
    assert made._faces == []
    assert len(inks(made)) > 1


@pytest.mark.parametrize("value", [0.0, 1e300, -3.0])
def test_a_flat_surface_is_a_flat_sheet(relief, value):
    relief.show_surface(replace(relief._surface, losses=np.full((25, 25), value)))
    assert len(relief._faces) == FACES
    assert inside(relief)
    assert len({color.name() for _, color in relief._faces}) == 1


def test_a_surface_that_is_finite_in_part_has_faces_everywhere_and_warns_of_nothing(relief):
    losses = relief._surface.losses.copy()
    losses[:10] = np.inf
    losses[10, 3] = np.nan
    relief.show_surface(replace(relief._surface, losses=losses))
    assert len(relief._faces) == FACES
    assert inside(relief)


def test_one_weight_has_no_relief(shown_alone):
    made = shown_alone(Relief(), 360, 220)
    made.show_surface(surface_on("one-weight"))
    assert made._faces == []


# Room and theme.


def test_it_lies_anew_in_another_room(relief):
    for size in ((700, 120), (120, 400), (42, 30)):
        relief.resize(*size)
        QApplication.processEvents()
        assert len(relief._faces) == FACES
        assert inside(relief)
    relief.resize(30, 30)
    QApplication.processEvents()
    assert not picture(relief).isNull()


def test_a_hidden_relief_computes_nothing_until_it_is_seen(shown_alone):
    made = Relief()
    made.show_surface(surface_on())
    assert made._faces == []
    shown_alone(made, 360, 220)
    assert len(made._faces) == FACES


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_it_wears_the_theme(relief, theme: Theme):
    relief.set_theme(theme)
    image = picture(relief)
    assert image.pixelColor(1, 1).name() == theme.card
    assert image.pixelColor(relief._here.toPoint()).name() == theme.slope


def test_another_theme_gives_the_faces_other_colours(relief):
    light = {color.name() for _, color in relief._faces}
    relief.set_theme(DARK)
    assert {color.name() for _, color in relief._faces} != light


# Turning.


def test_the_mouse_turns_it_and_only_while_it_is_held(relief, by):
    before, elevation = picture(relief), relief.elevation
    drag(relief, by, 40, 0)
    assert relief.azimuth == pytest.approx(-0.5 + 0.4)
    assert relief.elevation == elevation
    assert picture(relief) != before
    drag(relief, by, 0, 30)
    assert relief.elevation == pytest.approx(elevation + 0.24)
    turned = relief.azimuth, relief.elevation
    by.mouse(relief, MOVE, QPointF(10, 10), NONE, NONE)
    assert (relief.azimuth, relief.elevation) == turned


def test_the_cursor_says_that_it_can_be_grabbed(relief, by):
    assert relief.cursor().shape() is Qt.CursorShape.OpenHandCursor
    by.mouse(relief, PRESS, QPointF(10, 10))
    assert relief.cursor().shape() is Qt.CursorShape.ClosedHandCursor
    by.mouse(relief, RELEASE, QPointF(10, 10), buttons=NONE)
    assert relief.cursor().shape() is Qt.CursorShape.OpenHandCursor


@pytest.mark.parametrize(
    ("key", "azimuth", "elevation"),
    [("Left", -1, 0), ("Right", 1, 0), ("Up", 0, 1), ("Down", 0, -1)],
)
def test_each_arrow_key_turns_it_its_way(relief, key, azimuth, elevation):
    before = picture(relief)
    QTest.keyClick(relief, getattr(Qt.Key, f"Key_{key}"))
    turned = relief.azimuth + 0.5, relief.elevation - 0.6
    assert [math.copysign(1, t) if abs(t) > 1e-9 else 0 for t in turned] == [azimuth, elevation]
    assert picture(relief) != before


def test_it_turns_all_the_way_round_and_back_to_the_very_same_view(relief):
    before = picture(relief)
    for _ in range(48):
        QTest.keyClick(relief, Qt.Key.Key_Right)
        assert abs(relief.azimuth) <= math.pi
    assert relief.azimuth == pytest.approx(-0.5)
    assert picture(relief) == before


def test_it_is_never_seen_from_below_or_from_straight_above(relief, by):
    for key, limit in ((Qt.Key.Key_Up, 1.45), (Qt.Key.Key_Down, 0.15)):
        for _ in range(30):
            QTest.keyClick(relief, key)
        assert relief.elevation == limit
        assert inside(relief)
    drag(relief, by, 0, 5000)
    assert relief.elevation == 1.45
    drag(relief, by, 0, -5000)
    assert relief.elevation == 0.15


def test_other_keys_are_left_to_the_window(relief):
    before = relief.azimuth, relief.elevation
    for key in (Qt.Key.Key_A, Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_F10):
        QTest.keyClick(relief, key)
    assert (relief.azimuth, relief.elevation) == before


def test_its_place_in_the_tab_order_and_its_name_say_what_the_keys_do(relief):
    assert relief.focusPolicy() is Qt.FocusPolicy.StrongFocus
    assert "arrow keys" in relief.accessibleName()
