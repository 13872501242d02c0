"""Why a node has its value and a target its loss: three numbers each, which open into what they were made of."""

import pytest

from gdstudio.document import edits
from gdstudio.document.project import NodeRef, TargetRef
from gdstudio.teaching.explain_node import explain_node
from gdstudio.teaching.picture import picture_of


def every_node(picture):
    return [NodeRef(layer, k) for layer, size in enumerate(picture.network.sizes) for k in range(size)]


def lines(traces):
    return [(trace.name, trace.working, trace.text) for trace in traces]


@pytest.fixture
def lecture(explained):
    """The window's 2-2-1 with ReLU: prediction 12, target 16."""
    return picture_of(explained("hidden-layer"))


def test_a_hidden_value_of_the_lecture_is_its_weighted_sum(lecture):
    found = explain_node(lecture, NodeRef(1, 0), 0)
    assert (found.ref, found.caption, found.name) == (NodeRef(1, 0), "Why this value", "hidden 1")
    value = found.traces[0]
    assert lines([value]) == [("value of hidden 1", "ReLU of 5.00", "5.00")]
    assert lines(value.open()) == [("input 1", "1.00 × 2.00", "2.00"), ("input 2", "1.00 × 3.00", "3.00")]


def test_the_slope_at_a_hidden_node_is_its_path_to_the_prediction(lecture):
    slope = explain_node(lecture, NodeRef(1, 0), 0).traces[1]
    assert lines([slope]) == [("slope of loss at hidden 1", "one path", "−16.0")]
    (path,) = slope.open()
    assert lines([path]) == [("by prediction", "2.00 × (−8.00) × 1.00", "−16.0")]
    assert [part.ref for part in path.open()[1:]] == [NodeRef(2, 0), NodeRef(2, 0)]


def test_an_input_is_given_and_a_prediction_has_its_slope_from_the_error(explained):
    picture = picture_of(explained("one-weight"))
    value, slope, _ = explain_node(picture, NodeRef(0, 0), 0).traces
    assert (value.text, value.working, value.is_given, value.ref) == ("3.00", "given", True, NodeRef(0, 0))
    assert slope.text == "−16.0"
    slope = explain_node(picture, NodeRef(1, 0), 0).traces[1]
    assert lines([slope]) == [("slope of loss at prediction", "2 × error", "−8.00")]
    assert lines(slope.open()) == [("error", "6.00 − 10.0", "−4.00")]


def test_a_target_is_explained_by_the_loss_the_error_and_its_uses(explained):
    found = explain_node(picture_of(explained("one-weight")), TargetRef(0), 0)
    assert (found.ref, found.caption, found.name) == (TargetRef(0), "Why this loss", "target of prediction")
    assert [trace.name for trace in found.traces] == ["loss", "error", "what uses this number?"]
    assert [trace.text for trace in found.traces[:2]] == ["16.0", "−4.00"]
    (example,) = found.traces[0].open()
    assert lines([example]) == [("loss of the example", "(−4.00)²", "16.0")]
    prediction, target = found.traces[1].open()
    assert (prediction.ref, target.ref) == (NodeRef(1, 0), TargetRef(0))


def test_each_node_says_its_value_its_slope_and_what_uses_it(explained, every):
    picture = picture_of(explained(every))
    for node in every_node(picture):
        for example in (None, 0, len(picture.data) - 1):
            found = explain_node(picture, node, example)
            value, slope, uses = found.traces
            assert value.name == f"value of {found.name}"
            assert slope.name.startswith("slope of loss at ")
            assert slope.name.endswith(found.name)
            assert uses.name == "what uses this number?"
            assert uses.open()


def test_a_value_opens_into_a_term_for_every_node_before_and_the_bias(explained, every):
    picture = picture_of(explained(every))
    for node in every_node(picture):
        expected = 0 if node.layer == 0 else picture.network.sizes[node.layer - 1] + picture.network.bias
        assert len(explain_node(picture, node, 0).traces[0].open()) == expected


def test_a_node_is_called_by_its_name(explained):
    project = edits.rename_node(explained("hidden-layer"), NodeRef(1, 0), "gate")
    found = explain_node(picture_of(project), NodeRef(1, 0), 0)
    assert (found.name, found.traces[0].name) == ("gate", "value of gate")


def test_numbers_that_overflow_raise_no_warning(explained):
    picture = picture_of(edits.set_parameter(explained("hidden-layer"), 0, 1e200))
    for node in every_node(picture):
        for example in (0, None):
            for trace in explain_node(picture, node, example).traces:
                assert all(part.text for part in trace.open() if part.name != "what uses this number?")
