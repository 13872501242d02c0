"""A step that sees one example: canvas, data plot and panel show that one; and both ways to step stand there whole."""

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from gdstudio.document.numbers import shown
from gdstudio.document.project import NodeRef
from gdstudio.engine import batch_of_step, forward


def settle(studio) -> None:
    for _ in range(3):
        studio.jobs.wait()
        QApplication.processEvents()


def check_one_example(studio) -> None:
    """Canvas, panel and the choice of an example show the one that the coming step sees."""
    window, project = studio.window, studio.session.viewed
    (index,) = batch_of_step(project.recipe, project.state.step, len(project.data)).tolist()
    prediction = forward(project.network, project.parameters, project.data.x).prediction[index, 0]
    error = float(prediction - project.data.y[index, 0])
    scene = window.canvas.network_scene
    nodes = {node.node: node for node in scene._nodes.values()}
    assert nodes[NodeRef(1, 0)]._slope_text == f"slope {shown(2.0 * error)}"
    (target,) = scene._targets
    assert (target._target_text, target._error_text) == (shown(project.data.y[index, 0]), f"error {shown(error)}")
    labels = [label.text() for label in window.slope_panel.findChildren(QLabel) if label.isVisible()]
    assert shown(2.0 * error) in labels
    assert window.control_panel.data.example_combo.currentData() == index


def test_with_a_batch_of_one_every_view_shows_its_example(same_studio):
    same_studio.session.undo_stack.setClean()
    same_studio.school.begin(10, 2)
    settle(same_studio)
    check_one_example(same_studio)
    for _ in range(4):
        same_studio.window.actions_by_name["stepAction"].trigger()
        settle(same_studio)
        check_one_example(same_studio)
    same_studio.school.close()


@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (1110, 600)])
def test_both_ways_to_step_are_there_to_the_digit_that_differs(same_studio, size, steps):
    same_studio.session.undo_stack.setClean()
    same_studio.school.begin(4, 4)
    same_studio.window.actions_by_name["sequentialAction"].trigger()
    for _ in range(steps):
        same_studio.window.actions_by_name["stepAction"].trigger()
    same_studio.window.resize(*size)
    settle(same_studio)
    for row in ("together", "oneAtATime"):
        for place in ("1", "2", "3"):
            label = same_studio.window.findChild(QLabel, f"{row}Label{place}")
            assert label.isVisible()
            room = label.fontMetrics().horizontalAdvance(label.text())
            assert room <= label.width(), (size, label.text(), label.width(), room)
    same_studio.school.close()
