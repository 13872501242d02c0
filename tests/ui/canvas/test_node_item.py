"""A node shows its number or a picture of what it makes of the inputs: the right colours, the right way up."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene

from gdstudio.document.project import NodeRef
from gdstudio.ui.canvas.node_item import Node, shaded
from gdstudio.ui.theme import DARK, LIGHT, Theme

pytestmark = pytest.mark.usefixtures("dressed")
SIDE = 12
UP, DOWN, LEFT, RIGHT = (0, -20), (0, 20), (-20, 0), (20, 0)


def node_of(theme: Theme = LIGHT, layer: int = 1) -> Node:
    node = Node(NodeRef(layer, 0), 40.0, is_output=False, labels=True, numbers=True)
    node.set_theme(theme)
    return node


def painted(node: Node) -> QImage:
    """The node at four times its size, on its theme's card, its middle in the middle."""
    scene = QGraphicsScene()
    scene.addItem(node)
    image = QImage(400, 400, QImage.Format.Format_RGB32)
    image.fill(node.theme.color("card"))
    painter = QPainter(image)
    scene.render(painter, QRectF(0, 0, 400, 400), QRectF(-50, -50, 100, 100))
    painter.end()
    scene.removeItem(node)
    return image


def color_at(image: QImage, place: tuple[float, float]) -> QColor:
    return image.pixelColor(round(4 * (place[0] + 50)), round(4 * (place[1] + 50)))


def near(color: QColor, other: QColor, off: int = 12) -> bool:
    return all(abs(a - b) <= off for a, b in zip(color.getRgb()[:3], other.getRgb()[:3], strict=True))


def halves(along: int) -> np.ndarray:
    """−1 in the half with the lower rows (along 0) or columns, and 1 in the other."""
    values = np.full((SIDE, SIDE), -1.0)
    values[(slice(SIDE // 2, None), slice(None)) if along == 0 else (slice(None), slice(SIDE // 2, None))] = 1.0
    return values


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_a_picture_is_blue_where_positive_and_orange_where_negative_the_right_way_up(theme):
    node = node_of(theme)
    node.show_picture(halves(0))  # the second input grows upwards
    image = painted(node)
    assert near(color_at(image, UP), theme.color("positive"))
    assert near(color_at(image, DOWN), theme.color("negative"))


def test_the_first_input_grows_to_the_right():
    node = node_of()
    node.show_picture(halves(1))
    image = painted(node)
    assert near(color_at(image, RIGHT), LIGHT.color("positive"))
    assert near(color_at(image, LEFT), LIGHT.color("negative"))


def test_small_values_are_pale_and_zero_is_the_paper():
    node = node_of()
    strength = []
    for value in (0.0, 0.3, 1.0):
        node.show_picture(np.full((SIDE, SIDE), value))
        strength.append(LIGHT.color("card").blue() - color_at(painted(node), UP).red())
    assert near(QColor(255 - strength[0], 255, 255), QColor("white"))
    assert strength[0] < strength[1] < strength[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_colours_of_a_picture_are_those_of_the_theme(theme):
    image = shaded(np.array([[-1.0, 0.0], [1.0, 0.5]]), theme)
    assert (image.width(), image.height()) == (2, 2)
    assert image.pixelColor(0, 1).name() == theme.negative
    assert image.pixelColor(1, 1).name() == theme.card
    assert image.pixelColor(0, 0).name() == theme.positive  # the last row is on top
    assert near(image.pixelColor(1, 0), theme.tint("positive", 0.5), 1)


def test_with_one_input_it_is_a_curve_that_rises_where_the_value_does():
    node = node_of()
    node.show_picture(np.linspace(-1.0, 1.0, 49))
    image, ink = painted(node), LIGHT.color("positive")

    def height(x: float) -> float:
        """How high the curve is at a place across, in the node's own units."""
        rows = [y / 4 - 50 for y in range(400) if near(image.pixelColor(round(4 * (x + 50)), y), ink, 40)]
        return -float(np.mean(rows))

    assert height(-25) == pytest.approx(-22, abs=2)
    assert height(0) == pytest.approx(0, abs=2)
    assert height(25) == pytest.approx(22, abs=2)


def test_a_picture_takes_the_place_of_the_number_and_the_number_comes_back():
    node = node_of()
    node.show_numbers(-3.25, None, 0.0)
    number = painted(node)
    node.show_picture(halves(0))
    assert painted(node) != number
    node.show_picture(None)
    assert painted(node) == number


def test_the_name_and_the_slope_stay_beside_a_picture():
    node = node_of()
    node.set_label("hidden 1")
    node.show_numbers(1.0, -2.0, 0.0)
    node.show_picture(halves(0))
    bounds = node.boundingRect()
    image = QImage(round(bounds.width()), round(bounds.height()), QImage.Format.Format_RGB32)
    image.fill(LIGHT.color("card"))
    painter = QPainter(image)
    painter.translate(-bounds.topLeft())
    node.paint(painter, None)
    painter.end()
    rows = {y for y in range(image.height()) for x in range(image.width()) if image.pixelColor(x, y).lightness() < 200}
    assert any(y < 24 for y in rows)
    assert any(y > image.height() - 24 for y in rows)


@pytest.mark.parametrize("values", [halves(0), np.linspace(-1.0, 1.0, 49)], ids=["plane", "curve"])
def test_a_selected_picture_is_marked_and_everything_stays_in_its_bounds(values):
    node = node_of()
    node.show_picture(values)
    plain = painted(node)
    node.set_selected(True)
    assert painted(node) != plain
    assert near(color_at(painted(node), (0, -37)), LIGHT.color("slope"), 60)
    assert node.boundingRect().contains(node.shape().boundingRect())
    assert node.shape().contains(QPointF(0, 0))


def test_values_out_of_bounds_paint_something_and_warn_of_nothing():
    node = node_of()
    for value in (float("inf"), float("nan"), 1e300):
        node.show_numbers(value, value, 0.0)
        assert not painted(node).isNull()


def test_far_out_a_node_without_numbers_is_filled_by_its_value():
    node = Node(NodeRef(1, 0), 9.0, is_output=False, labels=False, numbers=False)
    for value, role in ((5.0, "positive"), (-5.0, "negative")):
        node.show_numbers(value, None, 0.0)
        assert near(color_at(painted(node), (0, 0)), LIGHT.color(role))
