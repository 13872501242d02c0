"""The scene shows every number of a frame, hides what is not computed yet, and never fails to paint."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from gdstudio.document import edits
from gdstudio.document.numbers import shown
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.engine import Place, train
from gdstudio.teaching.choreography import frame_at, still_frame
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.canvas.items import Chip, RoundButton, Target
from gdstudio.ui.canvas.node_item import Node
from gdstudio.ui.canvas.scene import NetworkScene
from gdstudio.ui.theme import DARK, LIGHT

pytestmark = pytest.mark.usefixtures("dressed")


def scene_of(frame, width: float = 840.0, height: float = 460.0) -> NetworkScene:
    scene = NetworkScene()
    scene.set_theme(LIGHT)
    scene.set_room(width, height)
    scene.show_frame(frame)
    return scene


def of_kind(scene: NetworkScene, kind: type) -> list:
    return [item for item in scene.items() if type(item) is kind]


def chips(scene: NetworkScene) -> dict[int, Chip]:
    return {chip.index: chip for chip in of_kind(scene, Chip)}


def values(scene: NetworkScene) -> dict[NodeRef, str]:
    return {node.node: node._value_text for node in of_kind(scene, Node)}


def slopes(scene: NetworkScene) -> dict[NodeRef, str]:
    return {node.node: node._slope_text for node in of_kind(scene, Node)}


def rendered(scene: NetworkScene, scale: int = 2) -> QImage:
    image = QImage(int(scene.width() * scale), int(scene.height() * scale), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scene.render(painter, QRectF(image.rect()), scene.sceneRect())
    painter.end()
    return image


def step_of(name_or_project, by):
    """The pictures before and after one step."""
    before = by.picture(name_or_project)
    project = before.project
    after = train(project.recipe, project.state, project.data.x, project.data.y, 1).state
    return before, picture_of(edits.descended(project, after))


# Values and their places.


def test_a_still_frame_shows_every_number_of_the_lecture_network(by):
    picture = by.picture("hidden-layer")
    scene = scene_of(still_frame(picture))
    assert values(scene) == {
        NodeRef(layer, i): shown(float(value))
        for layer, row in enumerate(picture.values(0))
        for i, value in enumerate(row)
    }
    assert {i: (c._value_text, c._slope_text) for i, c in chips(scene).items()} == {
        i: (shown(w), shown(s)) for i, (w, s) in enumerate(zip(picture.parameters, picture.gradient, strict=True))
    }
    [target] = of_kind(scene, Target)
    assert target._target_text == "13.0"
    assert target._error_text == f"error {shown(float(picture.errors(0)[0]))}"


def test_the_mean_shows_the_mean_of_values_errors_and_targets(by):
    picture = by.picture("xor")
    scene = scene_of(still_frame(picture))
    scene.show_example(None)
    assert values(scene)[NodeRef(2, 0)] == shown(float(picture.everything.forward.a[2].mean()))
    assert of_kind(scene, Target)[0]._target_text == shown(0.5)


def test_an_example_that_is_gone_is_shown_as_the_first_one_that_is_there(by):
    scene = scene_of(by.still("xor"))
    scene.show_example(3)
    scene.show_frame(by.still("hidden-layer"))
    assert values(scene)[NodeRef(0, 0)] == "2.00"


def test_arrows_point_against_the_slope_and_the_steepest_is_the_longest(by):
    picture = by.picture("hidden-layer")
    arrows = {i: chip._arrow for i, chip in chips(scene_of(still_frame(picture))).items()}
    assert {i: np.sign(arrow) for i, arrow in arrows.items()} == dict(enumerate(-np.sign(picture.gradient)))
    assert np.argsort([abs(arrows[i]) for i in range(6)]).tolist() == np.argsort(abs(picture.gradient)).tolist()


def test_a_locked_weight_says_so(by):
    project = edits.set_locked(by.picture("hidden-layer").project, 2, True)
    assert [i for i, chip in chips(scene_of(by.still(project))).items() if chip._is_locked] == [2]


@pytest.mark.parametrize("name", ["one-weight", "two-weights", "three-inputs", "hidden-layer", "noisy-line", "xor"])
def test_drawn_chips_cover_neither_each_other_nor_nodes_nor_targets(by, name):
    for room in ((500.0, 300.0), (790.0, 500.0), (1500.0, 900.0)):
        scene = scene_of(by.still(name), *room)
        boxes = [c.mapRectToScene(c.boundingRect().adjusted(2, 2, -2, -2)) for c in of_kind(scene, Chip)]
        for i, box in enumerate(boxes):
            assert not any(box.intersects(other) for other in boxes[i + 1 :])
            assert scene.sceneRect().contains(box)
            for other in (*of_kind(scene, Node), *of_kind(scene, Target)):
                assert not other.mapToScene(other.shape()).intersects(box)


def test_a_frame_of_another_network_leaves_nothing_of_the_old_one(by):
    scene = scene_of(by.still("xor"))
    scene.show_selection(ParameterRef(12))
    scene.show_frame(by.still("one-weight"))
    assert len(of_kind(scene, Node)) == 2
    assert list(chips(scene)) == [0]
    assert len(of_kind(scene, Target)) == 1
    assert len(of_kind(scene, RoundButton)) == 5


def test_the_same_network_keeps_its_items(by):
    before, after = step_of("hidden-layer", by)
    scene = scene_of(still_frame(before))
    old = set(map(id, scene.items()))
    scene.show_frame(still_frame(after))
    assert set(map(id, scene.items())) == old


# Level of detail.


@pytest.mark.parametrize("selected", [0, 41, 418])
def test_with_many_weights_only_the_selected_and_the_hovered_one_have_chips(by, selected):
    scene = scene_of(by.still(by.project(2, 12, 20, 6, 1)))
    assert chips(scene) == {}
    scene.show_selection(ParameterRef(selected))
    assert list(chips(scene)) == [selected]
    network = by.project(2, 12, 20, 6, 1).network
    x, y = scene.arrangement.point(network.index(Place(1, 1, 11)), 0.4)
    scene.set_hovered(QPointF(x, y))
    hovered = scene.weight_near(QPointF(x, y))
    assert sorted(chips(scene)) == sorted({selected, hovered})
    scene.set_hovered(None)
    assert list(chips(scene)) == [selected]
    scene.show_selection(None)
    assert chips(scene) == {}


def test_the_selected_weight_keeps_its_chip_when_the_room_and_the_network_change(by):
    scene = scene_of(by.still(by.project(2, 20, 20, 1)))
    scene.show_selection(ParameterRef(5))
    scene.set_room(500.0, 300.0)
    assert list(chips(scene)) == [5]
    scene.show_frame(by.still(by.project(2, 21, 20, 1)))
    assert list(chips(scene)) == [5]


def test_a_selection_beyond_the_network_is_no_selection(by):
    scene = scene_of(by.still("one-weight"))
    for ref in (ParameterRef(99), NodeRef(7, 7), TargetRef(5)):
        scene.show_selection(ref)
        assert not any(item._is_selected for kind in (Chip, Node, Target) for item in of_kind(scene, kind))


@pytest.mark.parametrize("kind", [ParameterRef(3), NodeRef(1, 1), TargetRef(0)])
def test_what_is_selected_is_found_where_it_stands_and_alone_is_marked(by, kind):
    scene = scene_of(by.still("hidden-layer"))
    scene.show_selection(kind)
    marked = [item for k in (Chip, Node, Target) for item in of_kind(scene, k) if item._is_selected]
    assert len(marked) == 1
    assert marked[0].pos() == scene.place_of(kind)
    assert scene.ref_at(scene.place_of(kind)) == kind
    assert type(scene.ref_at(scene.place_of(kind))) is type(kind)


def test_a_line_answers_where_it_has_no_chip(by):
    scene = scene_of(by.still("hidden-layer"))
    point = QPointF(*scene.arrangement.point(4, 0.06))
    assert scene.ref_at(point) == ParameterRef(4)
    assert scene.ref_at(QPointF(5, 5)) is None


# A step, phase by phase.


def test_the_forward_phase_hides_slopes_errors_and_the_values_beyond_its_front(by):
    before, after = step_of("hidden-layer", by)
    scene = scene_of(frame_at(before, after, 0.0))
    assert [ref for ref, text in values(scene).items() if text] == [ref for ref in values(scene) if ref.layer == 0]
    scene.show_frame(frame_at(before, after, 0.6))
    assert {ref.layer for ref, text in values(scene).items() if text} == {0, 1}
    assert not any(slopes(scene).values())
    assert not any(chip._slope_text or chip._arrow for chip in chips(scene).values())
    assert of_kind(scene, Target)[0]._error_text == ""


def test_the_error_phase_shows_the_error_and_no_slope(by):
    scene = scene_of(frame_at(*step_of("hidden-layer", by), 1.5))
    assert all(values(scene).values())
    assert of_kind(scene, Target)[0]._error_text
    assert not any(slopes(scene).values())
    assert not any(chip._slope_text for chip in chips(scene).values())


def test_the_backward_phase_brings_slopes_from_the_end(by):
    before, after = step_of("hidden-layer", by)
    scene = scene_of(frame_at(before, after, 2.3))
    assert {ref.layer for ref, text in slopes(scene).items() if text} == {2}
    assert not any(chip._slope_text for chip in chips(scene).values())
    scene.show_frame(frame_at(before, after, 2.6))
    assert {ref.layer for ref, text in slopes(scene).items() if text} == {1, 2}
    assert {i for i, chip in chips(scene).items() if chip._slope_text} == {4, 5}
    scene.show_frame(frame_at(before, after, 3.0 - 1e-9))
    assert {ref.layer for ref, text in slopes(scene).items() if text} == {1, 2}
    assert all(chip._slope_text for chip in chips(scene).values())


def test_the_update_moves_all_weights_at_once_and_ends_at_the_engines_numbers(by):
    before, after = step_of("hidden-layer", by)
    scene = scene_of(frame_at(before, after, 3.5))
    middle = (before.parameters + after.parameters) / 2
    assert {i: chip._value_text for i, chip in chips(scene).items()} == {i: shown(w) for i, w in enumerate(middle)}
    scene.show_frame(frame_at(before, after, 4.0))
    assert {i: c._value_text for i, c in chips(scene).items()} == {i: shown(w) for i, w in enumerate(after.parameters)}


# Colours and signs.


def colours_along(scene: NetworkScene, index: int) -> list[tuple[int, int, int]]:
    image = rendered(scene)
    points = [scene.arrangement.point(index, t) for t in np.linspace(0.03, 0.97, 240)]
    covered = [item.mapRectToScene(item.boundingRect()) for item in of_kind(scene, Chip)]
    free = [QPointF(x, y) for x, y in points if not any(box.contains(QPointF(x, y)) for box in covered)]
    return [image.pixelColor(int(p.x() * 2), int(p.y() * 2)).getRgb()[:3] for p in free]


def distance(one, other) -> float:
    return float(np.linalg.norm(np.subtract(one, other)))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("sizes", [(1, 1), (2, 20, 6, 1)])
def test_a_negative_weight_has_another_colour_and_gaps_and_a_positive_one_has_none(by, sizes, theme):
    project = by.project(*sizes, bias=False)
    index = project.network.index(Place(1, 0, 0))
    card = theme.color("card").getRgb()[:3]
    seen = {}
    for value in (3.0, -3.0):
        values = np.full(project.network.parameter_count, 0.0)
        values[index] = value
        one = replace(project, state=replace(project.state, parameters=values))
        scene = scene_of(by.still(one))
        scene.set_theme(theme)
        colours = colours_along(scene, index)
        gaps = sum(distance(colour, card) < 40 for colour in colours) / len(colours)
        ink = max(colours, key=lambda colour: distance(colour, card))
        seen[value] = (gaps, ink)
    assert seen[3.0][0] < 0.02
    assert seen[-3.0][0] > 0.1
    assert distance(seen[3.0][1], seen[-3.0][1]) > 90


def test_a_larger_weight_has_a_thicker_line(by):
    project = by.project(1, 1, bias=False)
    inked = []
    for value in (0.2, 2.0):
        scene = scene_of(by.still(edits.set_parameter(project, 0, value)))
        image = rendered(scene)
        x, y = scene.arrangement.point(0, 0.15)
        column = [image.pixelColor(int(2 * x), int(2 * y) + dy).getRgb()[:3] for dy in range(-20, 21)]
        inked.append(sum(distance(colour, (255, 255, 255)) > 40 for colour in column))
    assert inked[1] > 2 * inked[0] > 0


# Nothing that is not finite can keep the scene from painting.


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300, -1e300, 1.7e308, 5e-324, -0.0])
def test_any_number_can_be_painted(by, value):
    for sizes in ((1, 1), (2, 2, 1), (2, 6, 4, 2), (2, 20, 20, 1)):
        project = by.project(*sizes)
        wild = np.full(project.network.parameter_count, value)
        before, picture = (
            picture_of(replace(project, state=replace(project.state, parameters=w))) for w in (project.parameters, wild)
        )
        scene = scene_of(still_frame(picture))
        scene.show_selection(ParameterRef(0))
        with np.errstate(all="ignore"):
            frames = [frame_at(before, picture, time) for time in (0.5, 1.5, 2.5, 3.5)]
        for frame in (*frames, still_frame(picture)):
            scene.show_frame(frame)
            assert not rendered(scene, 1).isNull()
        assert scene.sceneRect() == QRectF(0, 0, 840, 460)


def test_a_room_of_no_size_changes_nothing(by):
    scene = scene_of(by.still("hidden-layer"))
    scene.set_room(0.0, 300.0)
    assert scene.sceneRect() == QRectF(0, 0, 840, 460)


def test_a_scene_without_a_network_answers_nothing():
    scene = NetworkScene()
    scene.show_selection(ParameterRef(0))
    scene.set_hovered(QPointF(1, 1))
    assert scene.ref_at(QPointF(1, 1)) is None


# Names.


def test_names_that_look_like_markup_are_escaped_in_tooltips(by):
    scene = scene_of(by.still(by.named("<b>x</b>", "<img src='/etc/passwd'>", "a & b")))
    tips = {node.node.position: node.toolTip() for node in of_kind(scene, Node) if node.node.layer == 0}
    assert "&lt;b&gt;x&lt;/b&gt;" in tips[0]
    assert "<img" not in tips[1]
    assert "a &amp; b" in tips[2]


def test_a_long_name_is_cut_on_the_canvas_and_whole_in_the_tooltip(by):
    name = "a column with quite a long name indeed"
    scene = scene_of(by.still(by.named(name)))
    [node] = [node for node in of_kind(scene, Node) if node.node == NodeRef(0, 0)]
    begin, _, end = node._label.partition("…")
    assert name.startswith(begin)
    assert name.endswith(end)
    assert min(len(begin), len(end)) > 4
    assert name in node.toolTip()


def test_a_renamed_node_is_named_at_once(by):
    project = by.picture("hidden-layer").project
    scene = scene_of(by.still(project))
    scene.show_frame(by.still(edits.rename_node(project, NodeRef(1, 0), "edges")))
    assert {node._label for node in of_kind(scene, Node) if node.node.layer == 1} == {"edges · ReLU", "hidden 2 · ReLU"}
