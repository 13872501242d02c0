"""Where each step sees one of several examples, every view shows that one and says which it is."""

import pytest
from PySide6.QtWidgets import QLabel

from gdstudio.app.studio import Studio
from gdstudio.document.numbers import shown
from gdstudio.document.project import ParameterRef
from gdstudio.engine import batch_of_step


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def coming(studio: Studio) -> int:
    """The example that the next step sees."""
    project = studio.session.viewed
    return int(batch_of_step(project.recipe, project.state.step, len(project.data))[0])


def labels(widget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def ring(studio: Studio) -> int | None:
    """The example that has the ring in the data plot."""
    return studio.window.data_plot._example


@pytest.mark.parametrize("key", ["two-rings", "noisy-line", "xor"])
def test_canvas_ring_chips_and_panel_show_the_example_of_the_batch(opened, key):
    studio = opened(key)
    studio.session.set_batch_size(1)
    for _ in range(5):
        example, picture = coming(studio), studio.player.picture
        assert studio.stage.example == example == ring(studio)
        assert studio.window.canvas._shown_example() == example
        name = f"example {example + 1} of this batch"
        assert any(text.endswith(f" · {name}") for text in labels(studio.window.network_card))
        assert name in labels(studio.window.slope_panel)
        slope = studio.window.slope_panel.slope_label.text()
        assert slope == shown(float(picture.gradient[0]))
        studio.player.step()


def test_another_example_can_not_be_chosen_while_each_step_sees_one(opened):
    studio = opened("noisy-line")
    studio.session.set_batch_size(1)
    example = coming(studio)
    studio.window.data_plot.example_requested.emit((example + 1) % 5)
    assert studio.stage.example == example
    assert studio.window.control_panel.data.example_combo.currentData() == example
    studio.session.set_batch_size(None)
    studio.window.data_plot.example_requested.emit(3)
    assert studio.stage.example == 3


def test_an_example_outside_of_the_batch_is_said_to_be(opened):
    studio = opened("noisy-line")
    studio.session.set_batch_size(5)
    studio.stage.select(ParameterRef(0))
    project = studio.session.viewed
    batch = batch_of_step(project.recipe, project.state.step, len(project.data)).tolist()
    outside = next(example for example in range(len(project.data)) if example not in batch)
    studio.stage.show_example(outside)
    assert f"example {outside + 1} (not in this batch), opened:" in labels(studio.window.slope_panel)
    studio.stage.show_example(batch[0])
    assert f"example {batch[0] + 1}, opened:" in labels(studio.window.slope_panel)
