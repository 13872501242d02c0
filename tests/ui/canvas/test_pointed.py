"""A number that is pointed at among the explanations is marked where it lies in the network: its lines and its node."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from gdstudio.document import edits
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.teaching.choreography import still_frame
from gdstudio.teaching.trace import Trace, error_of, slope_of, value_of
from gdstudio.ui.canvas.items import Target
from gdstudio.ui.canvas.node_item import Node
from gdstudio.ui.canvas.scene import NetworkScene
from gdstudio.ui.theme import LIGHT

pytestmark = pytest.mark.usefixtures("dressed")


@pytest.fixture
def scene_on(by):
    def show(source="hidden-layer") -> NetworkScene:
        scene = NetworkScene()
        scene.set_theme(LIGHT)
        scene.set_room(840.0, 460.0)
        scene.show_frame(by.still(source))
        return scene

    return show


def painted(scene: NetworkScene):
    image = QImage(840, 460, QImage.Format.Format_RGBX8888)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    scene.render(painter)
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).copy()


def marked(scene: NetworkScene) -> tuple[set, tuple]:
    """The nodes and targets that are marked, and the lines."""
    items = scene.items()
    nodes = {item.node for item in items if isinstance(item, Node) and item._is_selected}
    targets = {TargetRef(item.output) for item in items if isinstance(item, Target) and item._is_selected}
    return nodes | targets, scene._lines._pointed


def test_a_value_marks_its_node_and_the_lines_into_it(scene_on, by):
    scene = scene_on()
    scene.show_pointed(value_of(by.picture("hidden-layer"), NodeRef(1, 1), 0))
    assert marked(scene) == ({NodeRef(1, 1)}, (1, 3))


def test_a_slope_marks_its_node_and_the_lines_out_of_it(scene_on, by):
    scene = scene_on()
    scene.show_pointed(slope_of(by.picture("hidden-layer"), NodeRef(1, 0), 0))
    assert marked(scene) == ({NodeRef(1, 0)}, (4,))


def test_an_error_marks_the_target_and_a_weight_its_line(scene_on, by):
    scene = scene_on()
    scene.show_pointed(error_of(by.picture("hidden-layer"), 0, 0))
    assert marked(scene) == ({TargetRef(0)}, ())
    scene.show_pointed(Trace("weight", "1.00", "given", ParameterRef(3), (3,)))
    assert marked(scene) == (set(), (3,))


def test_what_is_selected_stays_marked_beside_it_and_alone_after_it(scene_on, by):
    scene = scene_on()
    scene.show_selection(NodeRef(0, 0))
    scene.show_pointed(value_of(by.picture("hidden-layer"), NodeRef(2, 0), 0))
    assert marked(scene) == ({NodeRef(0, 0), NodeRef(2, 0)}, (4, 5))
    scene.show_pointed(None)
    assert marked(scene) == ({NodeRef(0, 0)}, ())


def test_a_line_is_painted_with_a_halo_while_it_is_pointed_at_and_as_before_afterwards(scene_on):
    scene = scene_on()
    before = painted(scene)
    scene.show_pointed(Trace("weight", "1.00", "given", ParameterRef(3), (3,)))
    assert (painted(scene) != before).sum() > 200
    scene.show_pointed(None)
    assert (painted(scene) == before).all()


def test_a_number_of_a_larger_network_than_the_one_shown_marks_what_there_is(scene_on, by):
    scene = scene_on()
    scene.show_pointed(value_of(by.picture("two-rings"), NodeRef(2, 3), 0))
    scene.show_frame(still_frame(by.picture("one-weight")))
    assert marked(scene)[0] == set()
    assert all(index < 1 for index in marked(scene)[1])
    assert len(painted(scene))


def test_pointing_at_a_row_of_a_panel_marks_it_in_the_window_and_leaving_marks_nothing(studio):
    studio.stage.select(ParameterRef(0))
    panel, scene = studio.window.slope_panel, studio.window.canvas.network_scene
    panel.findChild(QToolButton, "slopeFactor1").setFocus()
    assert marked(scene) == ({NodeRef(1, 0)}, (4,))
    QApplication.sendEvent(panel.factors, QEvent(QEvent.Type.Leave))
    assert marked(scene) == (set(), ())
    studio.stage.select(NodeRef(1, 1))
    studio.window.node_panel.findChild(QToolButton, "nodeTrace1").setFocus()
    assert marked(scene) == ({NodeRef(1, 1)}, (1, 3))


def test_another_selection_drops_the_mark(studio):
    studio.stage.select(ParameterRef(0))
    scene = studio.window.canvas.network_scene
    QTest.mouseClick(studio.window.slope_panel.findChild(QToolButton, "slopeFactor1"), Qt.MouseButton.LeftButton)
    assert marked(scene)[1] == (4,)
    studio.stage.select(ParameterRef(5))
    assert marked(scene)[1] == ()


def test_a_weight_that_moves_in_turn_is_pointed_at_like_any_other(scene_on, by):
    project = edits.set_one_at_a_time(by.picture("hidden-layer").project, True)
    scene = scene_on(project)
    scene.show_pointed(value_of(by.picture(project), NodeRef(1, 0), 0))
    assert marked(scene) == ({NodeRef(1, 0)}, (0, 2))
