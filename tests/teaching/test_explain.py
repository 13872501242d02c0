import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.project import NodeRef
from gdstudio.engine import batch_of_step
from gdstudio.teaching.explain import explain_slope
from gdstudio.teaching.picture import picture_of


def explanation_of(project, index=0, **options):
    return explain_slope(picture_of(project), index, **options)


def names_of(found):
    return tuple(trace.name for trace in found.traces)


# The lecture.


def test_minus_24_is_minus_8_times_3_times_1(explained):
    found = explanation_of(explained("one-weight"))
    assert found.factors.tolist() == [[-8.0, 3.0, 1.0]]
    assert (found.slope, found.products.tolist()) == (-24.0, [-24.0])
    assert found.name == "input 1 → prediction"
    assert found.update == "new = 2 − 0.01 × (−24)"
    assert found.result == "2.24"


def test_the_slopes_30_and_40_share_their_first_factor(explained):
    picture = picture_of(explained("two-weights"))
    first, second = explain_slope(picture, 0), explain_slope(picture, 1)
    assert first.factors.tolist() == [[10.0, 3.0, 1.0]]
    assert second.factors.tolist() == [[10.0, 4.0, 1.0]]
    assert [first.slope, second.slope] == [30.0, 40.0]
    assert [first.update, second.update] == ["new = 1 − 0.01 × 30", "new = 2 − 0.01 × 40"]
    assert [first.result, second.result] == ["0.7", "1.6"]


def test_the_hidden_slope_minus_32_is_minus_16_times_2_times_1_and_the_weight_becomes_1_128(explained):
    found = explanation_of(explained("hidden-layer"))
    assert found.factors.tolist() == [[-16.0, 2.0, 1.0]]
    assert found.slope == -32.0
    assert found.result == "1.128"
    assert names_of(found) == ("slope of loss at hidden 1", "value of input 1", "slope of ReLU at 5.00")
    assert [trace.ref for trace in found.traces] == [NodeRef(1, 0), NodeRef(0, 0), NodeRef(1, 0)]
    assert [trace.text for trace in found.traces] == ["−16.0", "2.00", "1.00"]
    assert "each outgoing weight × the slopes beyond it" in found.note


# Every weight and bias of every project.


def test_the_mean_of_the_products_is_the_slope_of_every_parameter(every, explained):
    picture = picture_of(explained(every))
    for index in range(picture.network.parameter_count):
        found = explain_slope(picture, index, measure=False)
        assert found.slope == picture.gradient[index]
        assert found.products == pytest.approx(np.prod(found.factors, axis=1), rel=1e-12, abs=1e-300)
        assert found.products.mean() == pytest.approx(found.slope, rel=1e-9, abs=1e-15)


def test_the_measured_slope_agrees_with_the_computed_one(every, explained):
    picture = picture_of(explained(every))
    every_second = range(0, picture.network.parameter_count, 2)
    found = [explain_slope(picture, index) for index in every_second]
    assert [each.measured for each in found] == pytest.approx([each.slope for each in found], rel=1e-6, abs=1e-8)


def test_the_examples_are_those_of_the_next_batch(every, explained):
    project = explained(every)
    found = explanation_of(project, measure=False)
    expected = batch_of_step(project.recipe, project.state.step, len(project.data))
    assert found.examples.tolist() == expected.tolist()
    assert found.factors.shape == (len(expected), 3)
    layer, source, _ = project.network.places[0]
    assert (layer, source) == (1, 0)
    assert found.factors[:, 1].tolist() == project.data.x[expected, 0].tolist()


def test_the_first_factor_sums_the_paths_to_the_loss(explained):
    """By hand: each outgoing weight times the slope at the end of it."""
    project = explained("mini-batches+2")
    picture = picture_of(project)
    (_, _), (outgoing, _) = project.network.layers(project.parameters)
    delta = picture.batched.delta[2]
    for index, (layer, _, target) in enumerate(project.network.places):
        found = explain_slope(picture, index, measure=False)
        if layer == 1:
            assert found.factors[:, 0] == pytest.approx(delta @ outgoing[target])


def test_the_first_factor_at_the_prediction_is_the_loss_slope_its_note_says(explained):
    project = explained("mini-batches")
    last = project.network.parameter_count - 1
    found = explanation_of(project, last)
    error = picture_of(project).batched.forward.prediction - project.data.y[found.examples]
    assert found.factors[:, 0] == pytest.approx(error[:, 1] / 2)
    assert found.note == "The first factor is error, divided by the 2 outputs; error = prediction − target."
    assert explanation_of(explained("one-weight")).note == "The first factor is 2 × error; error = prediction − target."


@pytest.mark.parametrize("name", ["noisy-line", "xor", "mini-batches+3"])
def test_a_bias_multiplies_by_one_and_comes_from_no_node(explained, name):
    picture = picture_of(explained(name))
    biases = [index for index, place in enumerate(picture.network.places) if place.source is None]
    assert biases
    for index in biases:
        found = explain_slope(picture, index)
        assert set(found.factors[:, 1].tolist()) == {1.0}
        one = found.traces[1]
        assert (one.ref, one.is_given) == (None, True)
        assert (one.name, float(one.text)) == ("1, since a bias multiplies nothing", 1.0)
        assert found.name.startswith("bias of ")


def test_it_is_the_mean_of_products_and_not_the_product_of_means(explained):
    found = explanation_of(explained("noisy-line"))
    assert abs(np.prod(found.factors.mean(axis=0)) - found.slope) > 0.01
    assert found.products.mean() == pytest.approx(found.slope)


# What is said.


def test_a_locked_weight_says_that_it_stays(explained):
    found = explanation_of(edits.set_locked(explained("one-weight"), 0, True))
    assert found.update == "locked: it stays 2"
    assert found.result == "2"
    assert found.slope == -24.0


def test_the_measured_slope_is_left_out_when_not_wanted(explained):
    found = explanation_of(explained("one-weight"), measure=False)
    assert found.measured is None


def test_nodes_are_called_by_the_names_a_person_gave_them(explained):
    project = edits.rename_node(explained("hidden-layer"), NodeRef(1, 0), "gate")
    found = explanation_of(project)
    assert (found.name, names_of(found)[0]) == ("input 1 → gate", "slope of loss at gate")


@pytest.mark.parametrize(
    ("name", "index", "label"),
    [
        ("one-weight", 0, "slope of Linear"),
        ("xor", 0, "slope of tanh at 0"),
        ("hidden-layer", 1, "slope of ReLU at 1.00"),
    ],
)
def test_where_the_activations_slope_is_taken_is_said_for_one_example_and_not_for_the_mean(
    explained, name, index, label
):
    # With a single example there is no mean: its own slope is shown.
    mean = label if len(explained(name).data) == 1 else label.partition(" at ")[0]
    assert names_of(explanation_of(explained(name), index, example=None))[2] == mean
    assert names_of(explanation_of(explained(name), index, example=0))[2] == label


def test_a_batch_of_one_says_where_the_slope_is_taken_for_that_very_example(explained):
    project = explained("mini-batches+2")
    picture = picture_of(project)
    assert len(picture.batch) == 1
    z = picture.everything.forward.z[1][picture.batch[0], 0]
    label = names_of(explain_slope(picture, 0))[2]
    assert label.startswith("slope of tanh at ")
    assert float(label.rsplit(" ", 1)[1].replace("−", "-")) == pytest.approx(z, rel=5e-3)


def test_a_silent_relu_makes_the_slope_zero_by_its_last_factor(explained):
    project = edits.set_parameter(edits.set_parameter(explained("hidden-layer"), 0, -5.0), 2, -5.0)
    found = explanation_of(project)
    assert found.factors[0, 2] == 0.0
    assert (found.slope, found.measured) == (0.0, 0.0)


def test_numbers_without_bounds_are_explained_as_what_they_are(explained):
    """The engine lets them overflow, and so do the explanation's own products, without a warning."""
    project = edits.set_bias(explained("hidden-layer"), True)
    for index, value in ((0, 1e200), (6, 1e200)):
        project = edits.set_parameter(project, index, value)
    picture = picture_of(project)
    for index in range(picture.network.parameter_count):
        found = explain_slope(picture, index)
        if found.traces[1].ref is None:
            assert found.factors[0, 1] == 1.0
        assert all(trace.text and trace.open() is not None for trace in (*found.traces, *found.steps))
        assert found.slope == pytest.approx(picture.gradient[index], nan_ok=True)


def test_an_explanation_cannot_be_written_into(explained):
    found = explanation_of(explained("one-weight"))
    with pytest.raises(ValueError, match="read-only"):
        found.factors[0, 0] = 1.0
