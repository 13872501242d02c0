"""Why a slope is what it is, for every loss, activation, optimizer, schedule and penalty: the same three factors."""

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data, with_test_share
from gdstudio.document.numbers import shown_plain
from gdstudio.document.project import new_project
from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Network,
    Recipe,
    draw_parameters,
    train,
)
from gdstudio.teaching.explain import explain_slope
from gdstudio.teaching.picture import picture_of

TOGETHER = [loss for loss, row in LOSSES.items() if row.taken_with]
PAIRS = [
    (loss, activation)
    for loss, row in LOSSES.items()
    for activation, a in ACTIVATIONS.items()
    if (activation == row.taken_with if row.taken_with else not a.last_only)
]


def learning(loss="mse", last="linear", hidden="tanh", examples=7, outputs=2, steps=1, share=0.0, **options):
    """2-3-outputs on examples with shares of classes as targets, a step on; mini-batches of three by default."""
    random = np.random.default_rng(5)
    shares = random.uniform(0.1, 1.0, (examples, outputs))
    data = plain_data("shares", random.normal(size=(examples, 2)), shares / shares.sum(axis=1, keepdims=True))
    data = with_test_share(data, share, 3) if share else data
    network = Network((2, 3, outputs), (hidden, LOSSES[loss].taken_with or last))
    recipe = Recipe(network, loss=loss, **{"learning_rate": 0.1, "batch_size": 3, "seed": 3} | options)
    if recipe.batch_size == len(data):
        recipe = Recipe(network, loss=loss, **{"learning_rate": 0.1, "seed": 3} | options | {"batch_size": None})
    start = draw_parameters(network, 3, "normal", 0.8)
    return stepped(new_project("shares", recipe, start, data), steps)


def stepped(project, steps=1):
    data = project.data
    return edits.descended(project, train(project.recipe, project.state, data.x, data.y, steps).state)


def assert_explained(project):
    """The mean of products and the penalty's slope are the slope, which is the measured one, for every parameter."""
    picture, after = picture_of(project), stepped(project)
    weights = project.network.is_weight
    for index in range(project.network.parameter_count):
        found = explain_slope(picture, index)
        value = project.parameters[index]
        recipe = project.recipe
        penalty = (recipe.l1 * np.sign(value) + 2 * recipe.l2 * value) * weights[index]
        assert found.products == pytest.approx(np.prod(found.factors, axis=1), rel=1e-10, abs=1e-300)
        assert found.penalty == pytest.approx(penalty, rel=1e-12)
        assert found.products.mean() + found.penalty == pytest.approx(found.slope, rel=1e-9, abs=1e-14)
        assert found.measured == pytest.approx(found.slope, rel=1e-6, abs=1e-8)
        assert found.result == shown_plain(float(after.parameters[index]))


@pytest.mark.parametrize(("loss", "last"), PAIRS)
def test_the_products_and_the_penalty_are_the_slope_for_every_loss_and_last_activation(loss, last):
    assert_explained(learning(loss, last, l1=0.01, l2=0.03))


@pytest.mark.parametrize("hidden", [name for name, row in ACTIVATIONS.items() if not row.last_only])
@pytest.mark.parametrize("loss", ["huber", *TOGETHER])
def test_the_products_and_the_penalty_are_the_slope_for_every_hidden_activation(loss, hidden):
    assert_explained(learning(loss, hidden=hidden, l1=0.01, l2=0.03))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_result_is_what_a_step_really_gives_with_every_optimizer_and_schedule(optimizer, schedule):
    assert_explained(
        learning("binary_crossentropy", optimizer=optimizer, schedule=schedule, period=3, l1=0.01, l2=0.03, steps=4)
    )


@pytest.mark.parametrize("batch_size", [None, 1, 2, 5])
def test_examples_held_out_are_in_no_batch(batch_size):
    project = learning("categorical_crossentropy", batch_size=batch_size, share=0.3, l2=0.1)
    assert len(project.data) == 5
    assert_explained(project)
    found = explain_slope(picture_of(project), 0)
    assert found.factors[:, 1].tolist() == project.data.x[found.examples, 0].tolist()


def test_locked_weights_result_in_themselves_with_every_optimizer():
    for optimizer in OPTIMIZERS:
        project = edits.set_locked(learning(optimizer=optimizer, l2=0.1), 4, True)
        found = explain_slope(picture_of(project), 4)
        assert found.update == f"locked: it stays {shown_plain(float(project.parameters[4]))}"
        assert found.result == shown_plain(float(project.parameters[4]))
        assert found.slope != 0.0
        assert_explained(project)


# Taken together.


@pytest.mark.parametrize("loss", TOGETHER)
def test_a_loss_taken_together_has_the_error_before_the_activation_as_first_factor_and_1_as_last(loss):
    project = learning(loss)
    picture = picture_of(project)
    label = ACTIVATIONS[LOSSES[loss].taken_with].label
    error = picture.batched.forward.prediction - project.data.y[picture.batch]
    share = 2 if LOSSES[loss].averages_outputs else 1
    index = project.network.parameter_count - 1  # the bias of the second output
    found = explain_slope(picture, index)
    assert [(trace.name, trace.working) for trace in found.traces] == [
        ("slope of loss at sum of prediction 2", f"error{' ÷ 2 outputs' * (share == 2)}"),
        ("1, since a bias multiplies nothing", "given"),
        (f"slope of {label}", "in the slope before it"),
    ]
    assert found.factors[:, 0] == pytest.approx(error[:, 1] / share)
    assert found.factors[:, 2].tolist() == [1.0] * len(picture.batch)
    divided = ", divided by the 2 outputs" if share == 2 else ""
    assert found.note == f"The first factor is error{divided}; error = prediction − target."


@pytest.mark.parametrize("loss", TOGETHER)
def test_hidden_layers_before_such_a_loss_are_explained_as_ever(loss):
    found = explain_slope(picture_of(learning(loss)), 0)
    names = [trace.name.partition(" at 0")[0].partition(" at −")[0] for trace in found.traces]
    assert names == ["slope of loss at hidden 1", "value of input 1", "slope of tanh"]
    assert "each outgoing weight" in found.note


def test_a_sigmoid_behind_a_square_keeps_its_own_slope():
    found = explain_slope(picture_of(learning("mse", "sigmoid", batch_size=1, outputs=1)), 9)
    assert found.traces[0].name == "slope of loss at prediction"
    assert found.traces[2].name.startswith("slope of Sigmoid at ")
    assert found.factors[0, 2] < 0.26


@pytest.mark.parametrize(
    ("loss", "formula"),
    [
        ("mse", "2 × error"),
        ("half_mse", "error"),
        ("mae", "the sign of the error"),
        ("huber", "the error, kept within ±1"),
        ("binary_crossentropy", "error"),
        ("categorical_crossentropy", "error"),
    ],
)
def test_the_note_names_the_slope_of_the_loss(loss, formula):
    project = learning(loss, outputs=1) if loss != "categorical_crossentropy" else learning(loss)
    note = explain_slope(picture_of(project), project.network.parameter_count - 1).note
    assert note == f"The first factor is {formula}; error = prediction − target."


@pytest.mark.parametrize("penalty", [{"l1": 0.1}, {"l2": 0.1}, {"l1": 0.1, "l2": 0.2}])
@pytest.mark.parametrize("index", [0, 9])
def test_a_penalty_is_said_to_be_the_last_term_and_otherwise_nothing_is(penalty, index):
    term = "The last term is the penalty’s slope."
    with_it, without = learning(**penalty), learning()
    assert explain_slope(picture_of(with_it), index).note.endswith(f" {term}")
    assert term not in explain_slope(picture_of(without), index).note


def test_a_bias_pays_no_penalty():
    project = learning(l1=0.5, l2=0.5)
    for index, place in enumerate(project.network.places):
        penalty = explain_slope(picture_of(project), index).penalty
        assert (penalty == 0.0) == (place.source is None)


# The line of arithmetic.


def two_weights(rate=0.01, **options):
    """Inputs 3 and 4, weights 1 and 2, target 6: slopes 30 and 40."""
    data = plain_data("lecture", [[3.0, 4.0]], [[6.0]])
    recipe = Recipe(Network((2, 1), ("linear",), bias=False), learning_rate=rate, **options)
    return new_project("lecture", recipe, np.array([1.0, 2.0]), data)


def line(project, index=0):
    found = explain_slope(picture_of(project), index)
    return found.update, found.result


def test_plain_descent_is_weight_minus_rate_times_slope():
    assert line(two_weights()) == ("new = 1 − 0.01 × 30", "0.7")
    assert line(edits.set_parameter(two_weights(), 0, -9.0)) == ("new = −9 − 0.01 × (−150)", "−7.5")


def test_the_slope_in_the_line_has_the_penalty_in_it():
    assert line(two_weights(l2=0.5)) == ("new = 1 − 0.01 × 31", "0.69")
    assert line(two_weights(l1=2.0)) == ("new = 1 − 0.01 × 32", "0.68")
    assert explain_slope(picture_of(two_weights(l1=2.0, l2=0.5)), 1).penalty == 4.0


@pytest.mark.parametrize(
    ("schedule", "step", "rate", "result"),
    [
        ("step", 0, "0.01", "0.7"),
        ("step", 10, "0.005", "0.85"),
        ("exponential", 5, "0.00707107", "0.787868"),
        ("inverse", 10, "0.005", "0.85"),
        ("cosine", 5, "0.005", "0.85"),
        ("cosine", 10, "0", "1"),
        ("cosine", 99, "0", "1"),
    ],
)
def test_with_a_schedule_the_line_shows_the_rate_of_this_very_step(schedule, step, rate, result):
    project = two_weights(schedule=schedule, period=10)
    state = type(project.state)(project.state.parameters, project.state.optimizer, step)
    assert line(edits.descended(project, state)) == (f"new = 1 − {rate} × 30", result)


def test_a_constant_rate_shows_all_its_digits():
    assert line(two_weights(rate=1 / 28))[0] == f"new = 1 − {1 / 28!r} × 30"


def test_other_optimizers_show_their_change_and_their_name():
    assert line(two_weights(optimizer="momentum")) == ("new = 1 − 0.3 by Momentum", "0.7")
    assert line(two_weights(optimizer="nesterov")) == ("new = 1 − 0.57 by Nesterov", "0.43")
    assert line(two_weights(optimizer="adagrad")) == ("new = 1 − 0.01 by AdaGrad", "0.99")
    assert line(two_weights(optimizer="adam")) == ("new = 1 − 0.01 by Adam", "0.99")
    assert line(edits.set_parameter(two_weights(optimizer="adam"), 0, -9.0))[0] == "new = −9 + 0.01 by Adam"
    decayed = edits.set_setting(two_weights(optimizer="adamw"), "weight_decay", 1.0)
    assert line(decayed) == ("new = 1 − 0.02 by AdamW", "0.98")
    assert line(edits.set_setting(two_weights(optimizer="rmsprop"), "rho", 0.75)) == (
        "new = 1 − 0.02 by RMSprop",
        "0.98",
    )


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "sgd"])
def test_the_line_of_another_optimizer_adds_up(optimizer):
    project = stepped(two_weights(optimizer=optimizer, schedule="inverse", period=2), 3)
    update, result = line(project)
    _, value, sign, change, _, label = update.removeprefix("new ").split(" ", 5)
    number = float(value.replace("−", "-")) + {"+": 1, "−": -1}[sign] * float(change)
    assert label == OPTIMIZERS[optimizer].label
    assert number == pytest.approx(float(result.replace("−", "-")), abs=2e-3)
