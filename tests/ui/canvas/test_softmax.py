"""The canvas with three classes: softmax at the end, an error and a target beside every output."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.generators import usual
from gdstudio.document.numbers import shown
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.teaching.picture import picture_of


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def three(studio):
    """The studio on three clouds, with softmax and categorical cross-entropy."""
    project = edits.set_generated(load_example("two-rings"), usual("three-gaussians"))
    studio.session.open(edits.set_loss(project, "categorical_crossentropy"), None)
    return studio


def outputs(studio) -> list[str]:
    scene = studio.window.canvas.network_scene
    return [scene._nodes[NodeRef(3, k)]._value_text for k in range(3)]


def test_the_outputs_show_shares_that_sum_to_1_and_change_with_the_example(three):
    seen = set()
    for example in (0, 1, 2):
        three.stage.show_example(example)
        values = picture_of(three.session.viewed).values(example)[-1]
        assert outputs(three) == [shown(value) for value in values]
        assert values.sum() == pytest.approx(1.0, rel=1e-12)
        seen.add(tuple(outputs(three)))
    assert len(seen) == 3


def test_the_caption_names_softmax_and_the_loss(three):
    bar = three.window.network_card.bar
    assert bar._caption.text() == "NETWORK  2 → 6 tanh → 4 tanh → 3 Softmax"
    assert bar._info.text().startswith("categorical cross-entropy over 120 examples = ")


def test_steps_lower_the_loss_and_move_the_canvas_phase_by_phase(three):
    before, texts = picture_of(three.session.viewed).loss, outputs(three)
    three.player.set_reduced_motion(False)
    for _ in range(3):
        three.player.step()
        for _ in range(30):
            three.player.advance(50)
            assert not three.window.canvas.grab().isNull()
    assert three.session.viewed.state.step == 3
    assert picture_of(three.session.viewed).loss < before
    assert outputs(three) != texts


def test_a_target_that_leaves_the_sum_of_1_is_refused_with_a_sentence_and_nothing_changes(three, hand):
    before = three.session.project
    hand.double_click(TargetRef(0))
    hand.type("0.5")
    assert three.session.project is before
    assert three.window.message_bar.text() == (
        "Categorical cross-entropy needs targets that sum to 1 in every example, one for each class."
    )


@pytest.mark.parametrize("name", ["tanh", "linear", "sigmoid"])
def test_another_last_activation_is_refused_from_the_canvas_and_softmax_in_the_middle_too(three, name):
    before = three.session.project
    three.window.canvas.activation_requested.emit(3, name)
    assert three.window.message_bar.text().startswith("Categorical cross-entropy needs Softmax")
    three.window.message_bar.clear()
    three.window.canvas.activation_requested.emit(1, "softmax")
    assert three.window.message_bar.text().endswith(".")
    assert three.session.project is before


def test_layers_and_nodes_come_and_go_around_softmax(three):
    canvas, session = three.window.canvas, three.session
    canvas.layer_add_requested.emit(2)
    assert session.project.network.activations[-1] == "softmax"
    assert "softmax" not in session.project.network.activations[:-1]
    canvas.node_add_requested.emit(1)
    canvas.node_remove_requested.emit(NodeRef(2, 0))
    canvas.layer_remove_requested.emit(1)
    assert session.project.network.sizes[-1] == 3
    session.descend(3)
    assert np.isfinite(picture_of(session.viewed).loss)
    assert len(outputs(three)) == 3 or session.project.network.sizes != (2, 6, 4, 3)


def test_a_class_more_is_taken_and_a_class_less_is_refused_or_taken_in_one_piece(three):
    session = three.session
    three.window.canvas.node_add_requested.emit(3)
    assert session.project.network.sizes[-1] == 4
    assert picture_of(session.project).values(0)[-1].sum() == pytest.approx(1.0)
    before = session.project
    three.window.canvas.node_remove_requested.emit(NodeRef(3, 0))
    assert session.project is before
    assert "sum to 1" in three.window.message_bar.text()


def test_a_weight_into_softmax_is_explained_and_its_slope_is_measured(three):
    index = three.session.viewed.network.parameter_count - 2
    three.stage.select(ParameterRef(index))
    panel = three.window.slope_panel
    assert panel.slope_label.text() == shown(float(picture_of(three.session.viewed).gradient[index]))
    assert panel.measured_label.text().endswith("✓")


def test_pointing_at_everything_of_it_is_drawn(three, hand):
    scene = three.window.canvas.network_scene
    for ref in [NodeRef(3, 0), NodeRef(3, 2), TargetRef(1), ParameterRef(60), QPointF(0, 0)]:
        hand.hover(scene.place_of(ref) if not isinstance(ref, QPointF) else ref)
        assert not three.window.canvas.grab().isNull()


def test_a_slope_that_is_taken_together_with_the_loss_says_so(three):
    scene = three.window.canvas.network_scene
    assert scene._nodes[NodeRef(3, 0)]._slope_text.startswith("slope at sum ")
    assert scene._nodes[NodeRef(2, 0)]._slope_text.startswith("slope ")
    assert "at sum" not in scene._nodes[NodeRef(2, 0)]._slope_text
    three.stage.select(NodeRef(3, 0))
    value, slope, _ = three.window.node_panel.trace_list._traces
    assert slope.name == f"slope of loss at sum of {value.name.removeprefix('value of ')}"
    assert slope.working == "error"
    three.session.open(load_example("two-rings"), None)
    assert "at sum" not in scene._nodes[NodeRef(3, 0)]._slope_text
