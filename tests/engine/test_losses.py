"""Every loss: its terms, slope, bend and complex form, and which activations and targets it can be used with."""

import math
from itertools import product

import numpy as np
import pytest

from gdstudio.engine import ACTIVATIONS, LOSSES, Network, backward, loss_value, pairing_problem, target_problem

EVERY = pytest.mark.parametrize("row", LOSSES.values(), ids=LOSSES)
APART = {name: row for name, row in LOSSES.items() if row.taken_with is None}
EVERY_APART = pytest.mark.parametrize("row", APART.values(), ids=APART)
TOGETHER = ["binary_crossentropy", "categorical_crossentropy"]
OUTPUTS, N = 3, 2
Z = np.array([[0.5, -1.0], [2.25, 3.0], [-0.75, -2.0]])


def value(name, z):
    return z if name == "linear" else ACTIVATIONS[name].value(z, np.empty_like(z))


def last_of(row):
    return row.taken_with or "linear"


def targets_of(row):
    """Targets ``(outputs, n)`` for :data:`Z`, small errors and large."""
    if row.name == "categorical_crossentropy":
        return np.array([[0.2, 0.0], [0.5, 1.0], [0.3, 0.0]])
    return np.array([[1.0, 0.1], [0.0, 1.0], [0.2, 0.4]])


def terms(row, z, target):
    z, target = np.array(z, dtype=float), np.array(target, dtype=float)
    return row.terms(value(last_of(row), z) - target, z, target, np.full_like(z, np.nan))


def slope(row, z, target):
    z, target = np.array(z, dtype=float), np.array(target, dtype=float)
    return row.slope(value(last_of(row), z) - target, np.full_like(z, np.nan))


def test_every_row_of_the_table_is_also_written_by_hand(by_hand):
    assert set(by_hand.losses) == set(LOSSES)
    assert {row.name: row.taken_with for row in LOSSES.values() if row.taken_with} == by_hand.last
    assert {row.name: row.kinks for row in LOSSES.values() if row.kinks} == by_hand.edges


@EVERY
def test_a_row_carries_its_own_name_and_says_how_a_person_writes_it(row):
    assert LOSSES[row.name] is row
    assert row.label.strip()
    assert row.formula.strip()
    assert row.slope_formula.strip()


def test_the_table_cannot_be_changed_and_the_plain_square_comes_first():
    with pytest.raises(TypeError):
        LOSSES["cube"] = LOSSES["mse"]
    assert next(iter(LOSSES)) == "mse"


@EVERY
def test_the_terms_are_shares_of_each_examples_loss(row, by_hand):
    target = targets_of(row)
    found = terms(row, Z, target).sum(axis=0) / (OUTPUTS if row.averages_outputs else 1)
    prediction = value(last_of(row), Z)
    each = [by_hand.losses[row.name](p, t) for p, t in zip(prediction.T, target.T, strict=True)]
    assert found == pytest.approx(each, rel=1e-13)


@EVERY
def test_the_loss_is_the_mean_over_examples_and_outputs_but_of_shares_of_one_whole_the_sum(row, by_hand):
    network, target = Network((3, 3), (last_of(row),), bias=False), targets_of(row)
    each = [by_hand.losses[row.name](p, t) for p, t in zip(value(last_of(row), Z).T, target.T, strict=True)]
    found = loss_value(network, np.eye(3).ravel(), Z.T, target.T, row.name)
    assert found == pytest.approx(sum(each) / N, rel=1e-13)
    assert row.averages_outputs == (row.name != "categorical_crossentropy")


@EVERY
def test_the_slope_is_that_of_the_terms(row):
    """With respect to the prediction, or (taken together) to the value before the last activation."""
    h, target = 1e-5, targets_of(row)
    for index in np.ndindex(Z.shape):
        above, below = Z.copy(), Z.copy()
        above[index] += h
        below[index] -= h
        rise = (terms(row, above, target) - terms(row, below, target)).sum() / (2 * h)
        assert slope(row, Z, target)[index] == pytest.approx(rise, rel=1e-8, abs=1e-9)


@EVERY
def test_the_bend_is_how_the_slope_changes_along_a_direction(row):
    h, target = 1e-5, targets_of(row)
    change = np.array([[1.0, -2.0], [0.5, 0.25], [-1.0, 3.0]])
    prediction = value(last_of(row), Z)
    found = row.bend(prediction - target, prediction, change, np.full_like(Z, np.nan))
    rise = (slope(row, Z + h * change, target) - slope(row, Z - h * change, target)) / (2 * h)
    assert found == pytest.approx(rise, rel=1e-7, abs=1e-9)


@EVERY
def test_the_complex_form_is_the_same_loss_and_a_step_into_the_plane_finds_its_slope(row):
    target, z = targets_of(row), Z.astype(complex)
    last = ACTIVATIONS[last_of(row)].analytic
    assert row.analytic(last(z), z, target).real == pytest.approx(terms(row, Z, target), rel=1e-13, abs=1e-16)
    for index in np.ndindex(Z.shape):
        z = Z.astype(complex)
        z[index] += 1e-40j
        found = row.analytic(last(z), z, target).imag.sum() / 1e-40
        assert found == pytest.approx(slope(row, Z, target)[index], rel=1e-13)


@EVERY
def test_results_are_written_where_the_caller_asks_and_the_inputs_stay(row):
    z, target, out = Z.copy(), targets_of(row), np.empty_like(Z)
    prediction = value(last_of(row), z).copy()
    error = prediction - target
    kept = [array.copy() for array in (error, z, target, prediction)]
    assert row.terms(error, z, target, out) is out
    assert row.slope(error, out) is out
    assert row.bend(error, prediction, z, out) is out
    assert all(np.array_equal(a, b) for a, b in zip((error, z, target, prediction), kept, strict=True))


@EVERY
def test_many_runs_at_once_give_the_numbers_of_each_alone(row):
    z = np.random.default_rng(0).normal(0, 2, (5, 3, 2))
    target = np.broadcast_to(targets_of(row), z.shape)
    assert np.array_equal(terms(row, z, target), [terms(row, one, targets_of(row)) for one in z])
    assert np.array_equal(slope(row, z, target), [slope(row, one, targets_of(row)) for one in z])


@EVERY_APART
def test_a_perfect_prediction_has_no_loss_and_no_slope(row):
    assert not terms(row, Z, Z).any()
    assert not slope(row, Z, Z).any()


@EVERY
def test_a_loss_that_is_so_many_squares_says_how_many(row):
    target = targets_of(row)
    error = value(last_of(row), Z) - target
    if row.square is not None:
        assert terms(row, Z, target) == pytest.approx(row.square * error**2, rel=1e-15)
    assert (row.square is not None) == (row.name in ("mse", "half_mse"))


def test_the_slope_of_the_lecture_error_of_minus_4_is_minus_8():
    assert slope(LOSSES["mse"], [[6.0]], [[10.0]]).tolist() == [[-8.0]]
    assert terms(LOSSES["mse"], [[6.0]], [[10.0]]).tolist() == [[16.0]]


def test_half_the_square_has_the_error_itself_as_its_slope():
    assert slope(LOSSES["half_mse"], [[6.0]], [[10.0]]).tolist() == [[-4.0]]
    assert terms(LOSSES["half_mse"], [[6.0]], [[10.0]]).tolist() == [[8.0]]


def test_the_size_of_the_error_has_its_sign_as_slope_and_none_at_0():
    assert slope(LOSSES["mae"], [[6.0, 12.0, 10.0]], [[10.0] * 3]).tolist() == [[-1.0, 1.0, 0.0]]
    assert terms(LOSSES["mae"], [[6.0, 12.0, 10.0]], [[10.0] * 3]).tolist() == [[4.0, 2.0, 0.0]]


def test_huber_is_half_the_square_near_and_a_straight_line_far_and_meets_in_between():
    errors = [[-4.0, -1.0, -0.5, 0.0, 0.5, 1.0, 4.0]]
    assert terms(LOSSES["huber"], errors, [[0.0] * 7]).tolist() == [[3.5, 0.5, 0.125, 0.0, 0.125, 0.5, 3.5]]
    assert slope(LOSSES["huber"], errors, [[0.0] * 7]).tolist() == [[-1.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.0]]


# Cross-entropies


def test_an_even_guess_costs_log_2_of_two_and_log_3_of_three_classes():
    assert terms(LOSSES["binary_crossentropy"], [[0.0]], [[1.0]]) == pytest.approx(math.log(2), rel=1e-15)
    three = terms(LOSSES["categorical_crossentropy"], [[7.0], [7.0], [7.0]], [[0.0], [1.0], [0.0]])
    assert three.sum() == pytest.approx(math.log(3), rel=1e-15)


@pytest.mark.parametrize(
    ("z", "target", "cost", "slope_there"),
    [
        (1000.0, 1.0, 0.0, 0.0),
        (1000.0, 0.0, 1000.0, 1.0),
        (1000.0, 0.25, 750.0, 0.75),
        (-1000.0, 1.0, 1000.0, -1.0),
        (-1000.0, 0.0, 0.0, 0.0),
        (-1000.0, 0.25, 250.0, -0.25),
        (1e300, 0.0, 1e300, 1.0),
    ],
)
def test_binary_cross_entropy_is_exact_a_thousand_from_0(z, target, cost, slope_there):
    found = backward(Network((1, 1), ("sigmoid",), False), [1.0], [[z]], [[target]], "binary_crossentropy")
    assert found.loss == cost
    assert found.delta[1].tolist() == [[slope_there]]
    assert found.gradient.tolist() == [slope_there * z]


@pytest.mark.parametrize(
    ("z", "target", "cost", "slopes"),
    [
        ([1000.0, -1000.0], [1.0, 0.0], 0.0, [0.0, 0.0]),
        ([1000.0, -1000.0], [0.0, 1.0], 2000.0, [1.0, -1.0]),
        ([1000.0, -1000.0], [0.75, 0.25], 500.0, [0.25, -0.25]),
        ([-1000.0, -1000.0], [0.0, 1.0], math.log(2), [0.5, -0.5]),
        ([1e300, 0.0], [0.0, 1.0], 1e300, [1.0, -1.0]),
    ],
)
def test_categorical_cross_entropy_is_exact_a_thousand_from_0(z, target, cost, slopes):
    network = Network((2, 2), ("softmax",), False)
    found = backward(network, [1.0, 0.0, 0.0, 1.0], [z], [target], "categorical_crossentropy")
    assert found.loss == pytest.approx(cost, rel=1e-15, abs=0)
    assert found.delta[1].tolist() == [slopes]


@pytest.mark.parametrize("name", TOGETHER)
def test_far_out_no_warning_escapes_from_a_cross_entropy_itself(name):
    """Straight at the row, where no one has silenced NumPy."""
    row, z = LOSSES[name], np.array([[1000.0, -1000.0, 1e307], [-1000.0, 1000.0, -1e307]])
    for target in ([[1.0, 1.0, 1.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]):
        assert np.isfinite(terms(row, z, target)).all()
        assert (terms(row, z, target) >= 0).all()
        assert np.isfinite(slope(row, z, target)).all()


def test_tiny_shares_keep_their_digits():
    cost = terms(LOSSES["binary_crossentropy"], [[40.0]], [[1.0]])[0, 0]
    assert cost == pytest.approx(math.exp(-40), rel=1e-13, abs=0)


# What goes with what


def test_any_activation_but_softmax_goes_with_any_loss_but_the_cross_entropies():
    allowed = {(a, loss) for a, loss in product(ACTIVATIONS, LOSSES) if pairing_problem(loss, a) == ""}
    plain = product(set(ACTIVATIONS) - {"softmax"}, ("mse", "half_mse", "mae", "huber"))
    assert allowed == {
        *plain,
        ("sigmoid", "binary_crossentropy"),
        ("softmax", "categorical_crossentropy"),
    }


@pytest.mark.parametrize(
    ("loss", "activation", "sentence"),
    [
        ("binary_crossentropy", "linear", "Binary cross-entropy needs Sigmoid as the last activation, not Linear."),
        ("binary_crossentropy", "softmax", "Binary cross-entropy needs Sigmoid as the last activation, not Softmax."),
        (
            "categorical_crossentropy",
            "relu",
            "Categorical cross-entropy needs Softmax as the last activation, not ReLU.",
        ),
        ("mse", "softmax", "Softmax goes with categorical cross-entropy, not with mean squared error."),
    ],
)
def test_what_does_not_go_together_is_said_in_a_sentence_and_refused(loss, activation, sentence):
    assert pairing_problem(loss, activation) == sentence
    with pytest.raises(ValueError, match=r"cross-entropy.*\.$") as refused:
        backward(Network((1, 1), (activation,)), [1.0, 0.0], [[1.0]], [[1.0]], loss)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("name", APART)
def test_a_loss_of_the_error_takes_any_target(name):
    assert target_problem(name, np.array([[-1e9, 0.5], [7.0, 2.0]])) == ""


@pytest.mark.parametrize("name", TOGETHER)
def test_shares_from_0_to_1_are_what_a_cross_entropy_needs(name):
    assert target_problem(name, np.array([[0.0, 1.0], [1.0, 0.0], [0.25, 0.75]])) == ""
    for found, said in ((-0.5, "-0.5"), (1.5, "1.5"), (np.nextafter(1.0, 2.0), "1")):
        problem = target_problem(name, np.array([[0.0, 1.0], [found, 0.5]]))
        assert problem == f"{LOSSES[name].label} needs targets from 0 to 1; one of them is {said}."


def test_only_classes_must_add_up_to_1():
    targets = np.array([[0.0, 1.0], [0.5, 0.25]])
    assert target_problem("binary_crossentropy", targets) == ""
    assert target_problem("categorical_crossentropy", targets) == (
        "Categorical cross-entropy needs targets that sum to 1 in every example, one for each class."
    )
    thirds = np.full((4, 3), 1 / 3)
    assert target_problem("categorical_crossentropy", thirds) == ""
