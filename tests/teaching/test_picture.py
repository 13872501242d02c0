import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.project import NodeRef
from gdstudio.engine import batch_of_step, loss_value, train_step
from gdstudio.teaching.picture import loss_caption, network_caption, node_caption, picture_of


def test_the_lecture_weight_has_prediction_6_error_minus_4_and_slope_minus_24(explained):
    picture = picture_of(explained("one-weight"))
    assert picture.values(0)[-1].tolist() == [6.0]
    assert picture.targets(0).tolist() == [10.0]
    assert picture.errors(0).tolist() == [-4.0]
    assert picture.gradient.tolist() == [-24.0]
    assert picture.parameters + picture.change == pytest.approx([2.24])
    assert (picture.loss, picture.step) == (16.0, 0)


def test_two_lecture_weights_have_error_5_and_slopes_30_and_40_and_move_together(explained):
    picture = picture_of(explained("two-weights"))
    assert picture.errors(0).tolist() == [5.0]
    assert picture.gradient.tolist() == [30.0, 40.0]
    assert picture.parameters + picture.change == pytest.approx([0.7, 1.6])


def test_three_lecture_inputs_have_slopes_14_28_and_42(explained):
    assert picture_of(explained("three-inputs")).gradient.tolist() == [14.0, 28.0, 42.0]


def test_the_hidden_layer_has_the_slopes_of_the_windows_pictures(explained):
    picture = picture_of(explained("hidden-layer"))
    assert picture.gradient.tolist() == [-32.0, 16.0, -48.0, 24.0, -40.0, -8.0]
    assert picture.errors(0).tolist() == [-4.0]


def test_a_picture_holds_what_the_engine_computes_for_the_next_step(every, explained):
    project = explained(every)
    picture = picture_of(project)
    _, record = train_step(project.recipe, project.state, project.data.x, project.data.y)
    assert picture.batch.tolist() == record.batch.tolist()
    assert picture.gradient.tobytes() == record.slopes.gradient.tobytes()
    assert picture.change.tobytes() == record.change.tobytes()
    assert picture.loss == record.loss_before
    ours, theirs = picture.batched.forward.a, record.slopes.forward.a
    assert [layer.tobytes() for layer in ours] == [layer.tobytes() for layer in theirs]


def test_nodes_are_shown_over_all_examples_and_slopes_over_the_next_batch(explained):
    project = explained("mini-batches+1")
    picture = picture_of(project)
    assert len(picture.everything.delta[0]) == 5
    assert len(picture.batched.delta[0]) == 2
    assert picture.batch.tolist() == batch_of_step(project.recipe, 1, 5).tolist()
    data = project.data
    assert picture.loss == loss_value(project.network, project.parameters, data.x, data.y, project.recipe.loss)
    assert picture.loss != picture.batched.loss


def test_a_whole_batch_is_computed_once(explained):
    picture = picture_of(explained("xor"))
    assert picture.batched is picture.everything


@pytest.mark.parametrize("example", [0, 3, None])
def test_one_example_or_the_mean_is_shown(explained, example):
    picture = picture_of(explained("xor"))

    def of(array):
        return array.mean(axis=0) if example is None else array[example]

    shown, slopes = picture.values(example), picture.node_slopes(example)
    for layer in range(3):
        assert np.array_equal(shown[layer], of(picture.everything.forward.a[layer]))
        assert np.array_equal(slopes[layer], of(picture.everything.node_slopes[layer]))
    assert np.array_equal(picture.targets(example), of(picture.data.y))
    assert np.array_equal(picture.errors(example), of(picture.everything.forward.prediction) - of(picture.data.y))


def test_the_slope_at_a_node_is_that_of_its_examples_own_loss(explained):
    picture = picture_of(explained("noisy-line"))
    for example in (0, 7, 23):
        assert picture.node_slopes(example)[-1] == pytest.approx(2 * picture.errors(example))


def test_the_gradients_norm_is_over_all_examples_and_leaves_locked_weights_out(explained):
    project = explained("two-weights")
    assert picture_of(project).gradient_norm == pytest.approx(50.0)
    assert picture_of(edits.set_locked(project, 1, True)).gradient_norm == pytest.approx(30.0)
    both = edits.set_locked(edits.set_locked(project, 0, True), 1, True)
    assert picture_of(both).gradient_norm == 0.0
    batched = picture_of(explained("mini-batches+1"))
    assert batched.gradient_norm == pytest.approx(np.linalg.norm(batched.everything.gradient))
    assert batched.gradient_norm != pytest.approx(np.linalg.norm(batched.gradient))


def test_a_locked_weight_will_not_change(explained):
    picture = picture_of(edits.set_locked(explained("two-weights"), 0, True))
    assert picture.change.tolist() == [0.0, pytest.approx(-0.4)]


def test_a_picture_of_numbers_without_bounds_is_drawn_without_complaint(explained):
    picture = picture_of(edits.set_parameter(explained("one-weight"), 0, 1e200))
    assert picture.loss == np.inf
    assert picture.gradient.tolist() == [pytest.approx(1.8e201)]
    deep = picture_of(edits.set_parameter(edits.set_parameter(explained("hidden-layer"), 0, 1e200), 4, 1e200))
    assert deep.errors(None)[0] == np.inf
    assert deep.gradient_norm == np.inf


def test_nobody_can_write_into_a_picture(explained):
    picture = picture_of(explained("two-weights"))
    for array in (picture.gradient, picture.change, picture.parameters, picture.values(0)[0]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


@pytest.mark.parametrize(
    ("name", "caption"),
    [("one-weight", "1 → 1"), ("hidden-layer", "2 → 2 ReLU → 1"), ("two-rings", "2 → 6 tanh → 4 tanh → 1 tanh")],
)
def test_a_network_is_said_in_one_line(explained, name, caption):
    assert network_caption(explained(name).network) == caption


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("one-weight", "loss (prediction − target)²"),
        ("xor", "mean squared error over 4 examples"),
        ("mini-batches", "half squared error over 5 examples"),
    ],
)
def test_the_loss_is_said_in_one_line(explained, name, caption):
    assert loss_caption(picture_of(explained(name))) == caption


def test_one_example_with_two_outputs_is_a_mean_over_one_example(explained):
    picture = picture_of(edits.add_node(explained("one-weight"), 1))
    assert loss_caption(picture) == "mean squared error over 1 example"


@pytest.mark.parametrize(
    ("node", "caption"), [(NodeRef(0, 0), ""), (NodeRef(1, 1), "ReLU"), (NodeRef(2, 0), "")], ids=str
)
def test_a_node_bears_the_activation_that_it_applies(explained, node, caption):
    assert node_caption(explained("hidden-layer"), node) == caption


def test_the_penalty_of_weights_whose_squares_overflow_is_infinite_without_a_warning():
    project = edits.set_penalty(load_example("hidden-layer"), "l2", 1.0)
    picture = picture_of(edits.set_parameter(project, 0, 1e200))
    assert picture.penalty == float("inf")


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_a_hidden_layer_that_lets_no_slope_through_is_named(activation):
    project = edits.set_activation(load_example("hidden-layer"), 1, activation)
    assert picture_of(project).dead_end == ""
    for index in range(4):
        project = edits.set_parameter(project, index, -1000.0)
    assert picture_of(project).dead_end.startswith("Every node of hidden layer 1 is where its activation is flat")
    assert not picture_of(project).gradient[:4].any()


def test_a_network_without_hidden_layers_has_no_dead_end():
    project = edits.set_activation(load_example("one-weight"), 1, "relu")
    assert picture_of(edits.set_parameter(project, 0, -5.0)).dead_end == ""
