"""Why a node has its value: the weighted sum term by term, and the paths by which the loss's slope reaches it."""

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.teaching.explain_node import explain_node, explained_target
from gdstudio.teaching.picture import picture_of


def every_node(picture):
    return [NodeRef(layer, k) for layer, size in enumerate(picture.network.sizes) for k in range(size)]


def test_a_hidden_value_of_the_lecture_is_its_weighted_sum(explained):
    found = explain_node(picture_of(explained("hidden-layer")), NodeRef(1, 0), 0)
    assert [(term.name, term.factors, term.product) for term in found.terms] == [
        ("input 1", (1.0, 2.0), 2.0),
        ("input 2", (1.0, 3.0), 3.0),
    ]
    assert (found.total, found.value) == (5.0, 5.0)
    assert found.value_note == "g(z) = max(z, 0)"


def test_the_slope_at_a_hidden_node_is_its_path_to_the_prediction(explained):
    found = explain_node(picture_of(explained("hidden-layer")), NodeRef(1, 0), 0)
    assert [(term.name, term.factors, term.product) for term in found.paths] == [
        ("prediction", (2.0, -8.0, 1.0), -16.0)
    ]
    assert found.slope == -16.0
    assert found.paths[0].origin == NodeRef(2, 0)


def test_sums_add_up_and_paths_too_for_every_node_and_example(explained, every):
    picture = picture_of(explained(every))
    last = len(picture.network.sizes) - 1
    for node in every_node(picture):
        for example in (None, 0, len(picture.data) - 1):
            found = explain_node(picture, node, example)
            assert len(found.terms) == (
                0 if node.layer == 0 else picture.network.sizes[node.layer - 1] + picture.network.bias
            )
            assert bool(found.paths) == (node.layer < last)
            if found.terms:
                assert sum(term.product for term in found.terms) == pytest.approx(found.total, rel=1e-12, abs=1e-12)
            if found.paths:
                assert sum(term.product for term in found.paths) == pytest.approx(found.slope, rel=1e-12, abs=1e-15)
            assert found.value == pytest.approx(picture.values(example)[node.layer][node.position])
            assert found.slope == pytest.approx(picture.node_slopes(example)[node.layer][node.position], abs=1e-15)


def test_factors_multiply_to_their_product_and_a_mean_of_products_shows_none(explained):
    picture = picture_of(explained("two-rings+5"))
    for node in every_node(picture):
        single, mean = (explain_node(picture, node, example) for example in (3, None))
        for term in single.terms + single.paths:
            assert np.prod(term.factors) == pytest.approx(term.product, rel=1e-12)
        assert all(term.factors == () for term in mean.terms + mean.paths)


def test_the_bias_is_a_term_that_leads_to_itself(explained):
    picture = picture_of(explained("xor+5"))
    bias = explain_node(picture, NodeRef(1, 1), 0).terms[-1]
    index = picture.network.places.index((1, None, 1))
    assert (bias.name, bias.origin, bias.product) == ("bias", ParameterRef(index), picture.parameters[index])


def test_an_input_says_where_it_is_from_and_a_prediction_where_its_slope_is(explained):
    picture = picture_of(explained("one-weight"))
    assert explain_node(picture, NodeRef(0, 0), 0).value_note == "An input is what the data say."
    end = explain_node(picture, explained_target(picture, TargetRef(0)), 0)
    assert (end.node, end.slope, end.slope_note) == (NodeRef(1, 0), -8.0, "2 × error; error = prediction − target")


def test_numbers_that_overflow_raise_no_warning(explained):
    picture = picture_of(edits.set_parameter(explained("hidden-layer"), 0, 1e200))
    for node in every_node(picture):
        explain_node(picture, node, None)
