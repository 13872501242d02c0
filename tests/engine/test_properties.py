"""What holds for any descent: drawn by Hypothesis, the same ones every time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Network,
    Recipe,
    backward,
    draw_parameters,
    forward,
    loss_value,
    observe,
    pairing_problem,
    relative_difference,
    start_state,
    train,
    train_step,
)

MODERATE = settings(derandomize=True, deadline=None, max_examples=100, database=None)
HIDDEN = [name for name, row in ACTIVATIONS.items() if not row.last_only]


def bits(state):
    return (state.step, state.parameters.tobytes(), tuple(array.tobytes() for array in state.optimizer))


@st.composite
def networks(draw, last=None):
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=4))
    names = draw(st.lists(st.sampled_from(HIDDEN), min_size=len(sizes) - 2, max_size=len(sizes) - 2))
    names.append(last or draw(st.sampled_from(list(ACTIVATIONS))))
    return Network(tuple(sizes), tuple(names), draw(st.booleans()))


@st.composite
def problems(draw):
    """A network, a loss that goes with it, parameters and data."""
    network = draw(networks())
    loss = draw(st.sampled_from([name for name in LOSSES if not pairing_problem(name, network.activations[-1])]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, 9))
    x, y = random.normal(0, 1, (n, network.sizes[0])), random.uniform(0.1, 0.9, (n, network.sizes[-1]))
    if loss == "categorical_crossentropy":
        y /= y.sum(axis=1, keepdims=True)
    return network, loss, random.normal(0, 0.7, network.parameter_count), x, y


@st.composite
def descents(draw):
    """A recipe, the state before its first step, and data."""
    network, loss, parameters, x, y = draw(problems())
    recipe = Recipe(
        network,
        loss,
        draw(st.sampled_from(list(OPTIMIZERS))),
        draw(st.sampled_from([1e-3, 0.03, 1.0])),
        draw(st.one_of(st.none(), st.integers(1, 12))),
        draw(st.integers(0, 99)),
        draw(st.frozensets(st.integers(0, network.parameter_count - 1), max_size=3)),
        schedule=draw(st.sampled_from(list(SCHEDULES))),
        period=draw(st.integers(1, 40)),
        l1=draw(st.sampled_from([0.0, 0.01])),
        l2=draw(st.sampled_from([0.0, 0.01])),
    )
    return recipe, start_state(recipe, parameters), (x, y)


@given(descents(), st.lists(st.integers(0, 20), min_size=1, max_size=4))
@MODERATE
def test_a_run_split_anywhere_gives_the_same_bits(descent, parts):
    recipe, start, data = descent
    whole = train(recipe, start, *data, sum(parts))
    state, losses = start, whole.losses[:1].tolist()
    for size in parts:
        run = train(recipe, state, *data, size)
        losses += run.losses[1:].tolist()
        state = run.state
    assert bits(state) == bits(whole.state)
    assert losses == whole.losses.tolist()


@given(descents(), st.integers(1, 8))
@MODERATE
def test_single_steps_give_the_bits_of_a_run(descent, steps):
    recipe, start, data = descent
    run, state = train(recipe, start, *data, steps), start
    for _ in range(run.state.step):
        state, _ = train_step(recipe, state, *data)
    assert bits(state) == bits(run.state)


@given(descents())
@MODERATE
def test_locked_parameters_never_move_and_the_state_passed_in_stays(descent):
    recipe, start, data = descent
    kept = bits(start)
    after = train(recipe, start, *data, 12).state
    locked = sorted(recipe.locked)
    assert after.parameters[locked].tobytes() == start.parameters[locked].tobytes()
    assert bits(start) == kept


@given(descents(), st.floats(0.0, 2.0))
@MODERATE
def test_a_run_stops_on_flat_ground_or_not_at_all(descent, tolerance):
    """Whatever the tolerance: the steps taken are those taken without one."""
    recipe, start, data = descent
    run = train(recipe, start, *data, 15, tolerance=tolerance)
    assert bits(run.state) == bits(train(recipe, start, *data, run.state.step).state)
    free = np.delete(observe(recipe, run.state.parameters, *data).gradient, sorted(recipe.locked))
    if run.outcome.name == "FLAT":
        assert np.linalg.norm(free) <= tolerance * (1 + 1e-12)


@given(problems())
@MODERATE
def test_the_gradient_is_the_mean_of_the_gradients_of_single_examples(problem):
    network, loss, parameters, x, y = problem
    together = backward(network, parameters, x, y, loss)
    each = [backward(network, parameters, x[k : k + 1], y[k : k + 1], loss) for k in range(len(x))]
    mean = np.mean([one.gradient for one in each], axis=0)
    scale = np.mean([np.linalg.norm(one.gradient) for one in each])
    assert np.linalg.norm(together.gradient - mean) <= 1e-13 * scale
    assert together.loss == pytest.approx(np.mean([one.loss for one in each]), rel=1e-13)
    for layer in range(len(network.sizes)):
        stacked = np.concatenate([one.node_slopes[layer] for one in each])
        assert together.node_slopes[layer] == pytest.approx(stacked, rel=1e-12, abs=1e-14)


@given(problems(), st.randoms(use_true_random=False))
@MODERATE
def test_the_order_of_the_examples_matters_only_to_rounding(problem, random):
    network, loss, parameters, x, y = problem
    order = list(range(len(x)))
    random.shuffle(order)
    one, other = (backward(network, parameters, *data, loss) for data in ((x, y), (x[order], y[order])))
    assert other.loss == pytest.approx(one.loss, rel=1e-14)
    scale = max(np.linalg.norm(delta) for delta in one.delta) * (1 + np.abs(x).max())
    assert np.linalg.norm(one.gradient - other.gradient) <= 1e-13 * max(scale, np.linalg.norm(one.gradient))
    assert other.forward.prediction == pytest.approx(one.forward.prediction[order], rel=1e-13, abs=1e-15)


@given(problems())
@MODERATE
def test_every_example_twice_changes_nothing(problem):
    network, loss, parameters, x, y = problem
    once, twice = (
        backward(network, parameters, *data, loss) for data in ((x, y), (np.vstack([x, x]), np.vstack([y, y])))
    )
    assert twice.loss == pytest.approx(once.loss, rel=1e-14)
    singly = [backward(network, parameters, [a], [b], loss).gradient for a, b in zip(x, y, strict=True)]
    each = np.mean([np.linalg.norm(gradient) for gradient in singly])
    assert np.linalg.norm(twice.gradient - once.gradient) <= 1e-13 * each


@given(problems())
@MODERATE
def test_the_loss_alone_and_the_prediction_alone_are_those_of_the_whole_pass(problem):
    network, loss, parameters, x, y = problem
    whole = backward(network, parameters, x, y, loss)
    assert loss_value(network, parameters, x, y, loss) == whole.loss
    assert forward(network, parameters, x).prediction.tobytes() == whole.forward.prediction.tobytes()


@given(problems())
@MODERATE
def test_a_small_step_against_the_slope_goes_downhill(problem):
    """By the square of the slope times the rate, to first order; at a kink at least not far uphill."""
    network, loss, parameters, x, y = problem
    found = backward(network, parameters, x, y, loss)
    norm = float(np.linalg.norm(found.gradient))
    rate = 1e-7 / max(norm, 1e-3)
    after = loss_value(network, parameters - rate * found.gradient, x, y, loss)
    assert after - found.loss == pytest.approx(-rate * norm**2, rel=1e-3, abs=1e-14 * (1 + found.loss))


@given(networks("softmax"), st.integers(0, 2**32 - 1), st.floats(-1e3, 1e3))
@MODERATE
def test_softmax_gives_shares_of_one_whole_and_their_slopes_cancel(network, seed, size):
    random = np.random.default_rng(seed)
    x = size * random.normal(0, 1, (5, network.sizes[0]))
    y = np.eye(network.sizes[-1])[random.integers(0, network.sizes[-1], 5)]
    found = backward(network, draw_parameters(network, seed), x, y, "categorical_crossentropy")
    assert found.forward.prediction.min() >= 0.0
    assert found.forward.prediction.sum(axis=1) == pytest.approx(1.0, rel=1e-14)
    assert found.delta[-1].sum(axis=1) == pytest.approx(0.0, abs=1e-14)
    assert found.loss >= 0.0
    assert relative_difference(found.delta[-1], found.forward.prediction - y) < 1e-15
