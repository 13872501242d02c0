"""Cross-entropy where predictions round to their targets, or logits are near the largest float."""

from fractions import Fraction

import numpy as np
import pytest

from gdstudio.engine import Network, backward

BINARY = Network((1, 1), ("sigmoid",), bias=False)


def through(logits, target, network=None):
    """The pass of one example whose values before the last activation are ``logits``."""
    count = len(logits)
    network = network or Network((1, count), ("softmax",), bias=False)
    loss = "categorical_crossentropy" if count > 1 else "binary_crossentropy"
    return backward(network, logits, [[1.0]], [target], loss)


@pytest.mark.parametrize("logits", [[1e308, -1e308], [1e308, 0.0, -1e308], [0.0, -1e308], [1.7e308, -1.7e308, 1.0]])
def test_a_sure_and_right_prediction_costs_nothing_however_large_its_logits(logits):
    right = [1.0] + [0.0] * (len(logits) - 1)
    run = through(logits, right)
    assert run.loss == 0.0
    assert run.gradient.tolist() == [0.0] * len(logits)


@pytest.mark.parametrize(("logit", "target"), [(1e308, 1.0), (-1e308, 0.0)])
def test_a_sure_and_right_yes_or_no_costs_nothing(logit, target):
    run = through([logit], [target], BINARY)
    assert (run.loss, run.gradient.tolist()) == (0.0, [0.0])


@pytest.mark.parametrize("logit", [36.8, 40.0, 100.0, 700.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_slope_and_the_loss_of_a_saturated_sigmoid_keep_their_digits(logit, sign):
    run = through([sign * logit], [1.0 if sign > 0 else 0.0], BINARY)
    exact = 1.0 / (1.0 + np.exp(logit))
    assert run.gradient[0] == pytest.approx(-sign * exact, rel=1e-14)
    assert run.loss == pytest.approx(np.log1p(np.exp(-logit)), rel=1e-14)


def test_at_36_8_the_slope_is_not_0():
    assert through([36.8], [1.0], BINARY).gradient[0] == pytest.approx(-1.0422e-16, rel=1e-4)


@pytest.mark.parametrize("logit", [1.0, 36.8, 100.0, 700.0])
def test_slopes_and_loss_of_a_saturated_softmax_keep_their_digits(logit):
    run = through([logit, 0.0, -1.0], [1.0, 0.0, 0.0])
    others = [np.exp(-logit), np.exp(-1.0 - logit)]
    whole = 1.0 + sum(others)
    assert run.gradient == pytest.approx([-sum(others) / whole, others[0] / whole, others[1] / whole], rel=1e-13)
    assert run.loss == pytest.approx(np.log1p(sum(others)), rel=1e-13)


@pytest.mark.parametrize("target", [[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]])
def test_shared_targets_have_the_slopes_of_prediction_minus_target(target):
    run = through([0.3, -0.4], target)
    share = 1.0 / (1.0 + np.exp(-0.7))
    assert run.gradient == pytest.approx([share - target[0], 1.0 - share - target[1]], rel=1e-13)


def test_the_slopes_of_all_classes_sum_to_0():
    run = through([3.0, 1.0, -2.0, 50.0], [0.0, 0.0, 1.0, 0.0])
    assert abs(float(sum(map(Fraction, run.gradient.tolist())))) < 1e-15
