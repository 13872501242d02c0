"""What a lesson may do and ask, row by row: each order, quantity and goal against computations of the test's own."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.files import encode
from gdstudio.document.numbers import shown
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.engine import OPTIMIZERS
from gdstudio.teaching.orders import (
    GOALS,
    KEYS,
    MOST_STEPS,
    ORDERS,
    QUANTITIES,
    holds,
    measured,
    obeyed,
    read_phrase,
    selected,
)
from gdstudio.teaching.picture import picture_of

SENTENCE = r"(?s)^[A-Z0-9“−-].*\.$"


def obey(project, *orders):
    """Obey orders; a project may be given by the key of its example."""
    project = load_example(project) if isinstance(project, str) else project
    for order in orders:
        project = obeyed(project, read_phrase(order, ORDERS))
    return project


def measure(project, quantity):
    project = load_example(project) if isinstance(project, str) else project
    return measured(picture_of(project), read_phrase(quantity, QUANTITIES))


def is_reached(project, goal):
    project = load_example(project) if isinstance(project, str) else project
    return holds(picture_of(project), read_phrase(goal, GOALS))


def words_of(cases):
    return {row[0] for row in cases}


# Orders: what each does, by an order, an example to give it to, and what is to be seen of it afterwards.

DOES = [
    ("open *", "open xor", "one-weight", lambda p: p.title, "XOR"),
    ("rate #", "rate 0.25", "xor", lambda p: p.recipe.learning_rate, 0.25),
    ("rate #", "rate 1/28", "xor", lambda p: p.recipe.learning_rate, 1 / 28),
    ("rate #", "rate 0,5", "xor", lambda p: p.recipe.learning_rate, 0.5),
    ("optimizer *", "optimizer adam", "xor", lambda p: p.recipe.optimizer, "adam"),
    ("setting * #", "setting momentum 0.5", "momentum", lambda p: dict(p.recipe.settings)["momentum"], 0.5),
    ("loss *", "loss mae", "xor", lambda p: p.recipe.loss, "mae"),
    ("loss *", "loss binary_crossentropy", "xor", lambda p: p.network.activations[-1], "sigmoid"),
    ("batch #", "batch 2", "xor", lambda p: p.recipe.batch_size, 2),
    ("batch #", "batch 0", "xor", lambda p: p.recipe.batch_size, None),
    ("batch #", "batch 4", "xor", lambda p: p.recipe.batch_size, None),
    ("activation *", "activation relu", "two-rings", lambda p: p.network.activations, ("relu", "relu", "tanh")),
    ("activation *", "activation relu", "one-weight", lambda p: p.network.activations, ("relu",)),
    ("last activation *", "last activation linear", "xor", lambda p: p.network.activations, ("tanh", "linear")),
    ("weight # #", "weight 2 −7.5", "two-weights", lambda p: list(p.parameters), [1.0, -7.5]),
    ("weight # #", "weight 1 1/3", "two-weights", lambda p: list(p.start.parameters), [1 / 3, 2.0]),
    ("lock #", "lock 2", "two-weights", lambda p: p.recipe.locked, frozenset({1})),
    ("unlock #", "unlock 2", "locked", lambda p: p.recipe.locked, frozenset()),
    ("input # #", "input 2 9", "three-inputs", lambda p: p.data.raw_x.tolist(), [[1.0, 9.0, 3.0]]),
    ("target #", "target -4", "three-inputs", lambda p: p.data.raw_y.tolist(), [[-4.0]]),
    ("bias *", "bias on", "two-weights", lambda p: list(p.parameters), [1.0, 2.0, 0.0]),
    ("bias *", "bias off", "noisy-line", lambda p: list(p.parameters), [-0.5]),
    ("scaling *", "scaling none", "penguins", lambda p: p.data.x.max(), 231.0),
    ("scaling *", "scaling unit", "penguins", lambda p: (p.data.x.min(), p.data.x.max()), (0.0, 1.0)),
    ("one at a time *", "one at a time on", "two-weights", lambda p: p.recipe.one_at_a_time, True),
    ("one at a time *", "one at a time off", "in turn", lambda p: p.recipe.one_at_a_time, False),
    ("new start", "new start", "xor", lambda p: (p.recipe.seed, p.state.step), (30, 0)),
    ("reset", "reset", "walked", lambda p: (p.state.step, list(p.parameters)), (0, [1.0, 2.0])),
    ("step #", "step 1", "two-weights", lambda p: (p.state.step, p.parameters.round(15).tolist()), (1, [0.7, 1.6])),
    ("step #", "step 20", "three-inputs", lambda p: p.state.step, 20),
    ("select weight #", "select weight 1", "xor", lambda p: p.title, "XOR"),
    ("select node # #", "select node 1 2", "xor", lambda p: p.title, "XOR"),
    ("select target", "select target", "xor", lambda p: p.title, "XOR"),
]
PREPARED = {
    "momentum": ("one-weight", "optimizer momentum"),
    "locked": ("two-weights", "lock 2"),
    "in turn": ("two-weights", "one at a time on"),
    "walked": ("two-weights", "step 3"),
}


@pytest.mark.parametrize(("words", "order", "start", "seen", "expected"), DOES, ids=[f"{r[1]} on {r[2]}" for r in DOES])
def test_an_order_does_what_it_says(words, order, start, seen, expected):
    project = obey(*PREPARED.get(start, (start,)))
    assert read_phrase(order, ORDERS).words == words
    assert seen(obey(project, order)) == expected


def test_every_order_has_a_case():
    assert words_of(DOES) == set(ORDERS)


@pytest.mark.parametrize(
    ("start", "order"),
    [
        ("xor", "open nothing"),
        ("xor", "rate 0"),
        ("xor", "rate -1"),
        ("xor", "rate 10.1"),
        ("xor", "rate 1e-13"),
        ("xor", "optimizer luck"),
        ("xor", "setting momentum 0.5"),
        ("momentum", "setting momentum 2"),
        ("momentum", "setting momentum -1"),
        ("momentum", "setting rho 0.5"),
        ("xor", "loss luck"),
        ("xor", "loss categorical_crossentropy"),
        ("xor", "batch 5"),
        ("xor", "batch 1.5"),
        ("xor", "batch -1"),
        ("xor", "activation luck"),
        ("xor", "activation softmax"),
        ("xor", "last activation luck"),
        ("xor", "last activation softmax"),
        ("xor", "weight 0 1"),
        ("xor", "weight 14 1"),
        ("xor", "weight 1.5 1"),
        ("xor", "weight -1 1"),
        ("xor", "weight 1e300 1"),
        ("xor", "lock 0"),
        ("xor", "lock 14"),
        ("xor", "unlock 14"),
        ("xor", "input 1.5 1"),
        ("xor", "input -1 1"),
        ("xor", "bias maybe"),
        ("xor", "scaling luck"),
        ("xor", "one at a time maybe"),
        ("xor", "step -1"),
        ("xor", "step 1.5"),
        ("xor", f"step {MOST_STEPS + 1}"),
        ("xor", "step 1e300"),
    ],
)
def test_an_order_that_cannot_be_obeyed_says_so_in_a_sentence(start, order):
    project = obey(*PREPARED.get(start, (start,)))
    with pytest.raises(ProjectError, match=SENTENCE):
        obey(project, order)


@pytest.mark.parametrize("order", ["input 9 1", "input 99 1", "input 0 5", "input 3 5", "open ../examples/xor"])
def test_an_order_that_should_be_refused_too(order):
    with pytest.raises(ProjectError, match=SENTENCE):
        obey("xor", order)


@pytest.mark.parametrize("key", KEYS)
def test_every_starting_point_can_be_opened(key):
    assert encode(obey("one-weight", f"open {key}")) == encode(load_example(key))


def test_the_keys_are_those_of_the_examples():
    assert [example.key for example in EXAMPLES] == list(KEYS)


def test_orders_leave_the_project_that_they_are_given_as_it_was():
    project = load_example("two-weights")
    for order in ("rate 0.5", "weight 1 9", "step 3", "input 1 7", "bias on", "new start", "one at a time on"):
        obey(project, order)
    assert encode(project) == encode(load_example("two-weights"))


def test_a_locked_weight_stays_where_it_is():
    assert list(obey("two-weights", "lock 1", "step 1").parameters) == pytest.approx([1.0, 1.6])
    assert list(obey("two-weights", "lock 1", "unlock 1", "step 1").parameters) == pytest.approx([0.7, 1.6])


def test_one_after_the_other_gives_the_lectures_other_numbers():
    project = obey("two-weights", "one at a time on", "step 1")
    assert list(project.parameters) == pytest.approx([0.7, 1.672])
    assert measure(project, "error") == pytest.approx(2.788)


@given(st.integers(0, 40), st.integers(0, 40))
@settings(derandomize=True, deadline=None, database=None, max_examples=25)
def test_steps_add_up(first, second):
    once = obey("xor", "batch 3", f"step {first + second}")
    twice = obey("xor", "batch 3", f"step {first}", f"step {second}")
    assert once.parameters.tobytes() == twice.parameters.tobytes()


def test_a_new_start_twelve_times_is_seed_41():
    assert obey("xor", *["new start"] * 12).recipe.seed == 41


@pytest.mark.parametrize(
    ("order", "ref"),
    [
        ("select weight 3", ParameterRef(2)),
        ("select node 0 1", NodeRef(0, 0)),
        ("select node 1 3", NodeRef(1, 2)),
        ("select target", TargetRef(0)),
        ("rate 0.1", None),
        ("step 1", None),
    ],
)
def test_an_order_selects_what_it_names(order, ref):
    assert selected(load_example("xor"), read_phrase(order, ORDERS)) == ref


@pytest.mark.parametrize("order", ["select weight 0", "select weight 14", "select weight 1.5", "select node 1.5 1"])
def test_what_is_not_there_cannot_be_selected(order):
    with pytest.raises(ProjectError, match=SENTENCE):
        selected(load_example("xor"), read_phrase(order, ORDERS))


@pytest.mark.parametrize("order", ["select node 9 9", "select node 0 0", "select node 1 4"])
def test_a_node_that_is_not_there_should_be_refused_too(order):
    with pytest.raises(ProjectError, match=SENTENCE):
        selected(load_example("xor"), read_phrase(order, ORDERS))


# Quantities, against computations of the test's own


def by_hand(parameters, x, y):
    """Return XOR's loss, its slopes by central differences, its hidden values and predictions: 2-3-1, tanh, sigmoid."""

    def run(p):
        hidden = np.tanh(x @ p[:6].reshape(2, 3) + p[6:9])
        return hidden, 1.0 / (1.0 + np.exp(-(hidden @ p[9:12] + p[12])))

    def loss(p):
        return float(np.mean((run(p)[1] - y) ** 2))

    nudges = 1e-6 * np.eye(13)
    slopes = np.array([(loss(parameters + d) - loss(parameters - d)) / 2e-6 for d in nudges])
    return loss(parameters), slopes, *run(parameters)


X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0.0, 1.0, 1.0, 0.0])


@pytest.mark.parametrize("steps", [0, 3, 200])
def test_slopes_loss_and_values_are_those_of_a_computation_by_hand(steps):
    project = obey("xor", f"step {steps}")
    loss, slopes, hidden, predictions = by_hand(project.parameters.copy(), X, Y)
    assert measure(project, "loss") == pytest.approx(loss, rel=1e-12)
    assert measure(project, "prediction") == pytest.approx(predictions[0], rel=1e-12)
    assert measure(project, "error") == pytest.approx(predictions[0] - Y[0], rel=1e-12)
    for number in range(1, 14):
        assert measure(project, f"slope {number}") == pytest.approx(slopes[number - 1], abs=1e-9)
        assert measure(project, f"weight {number}") == project.parameters[number - 1]
    for node in range(1, 4):
        assert measure(project, f"value 1 {node}") == pytest.approx(hidden[0, node - 1], rel=1e-12, abs=1e-15)
    assert measure(project, "value 2 1") == measure(project, "prediction")
    assert (measure(project, "value 0 1"), measure(project, "value 0 2")) == (0.0, 0.0)


@pytest.mark.parametrize("steps", [0, 7])
def test_what_comes_next_is_what_a_step_by_hand_makes(steps):
    project = obey("xor", f"step {steps}")
    loss, slopes, _, _ = by_hand(project.parameters.copy(), X, Y)
    following = project.parameters - 1.0 * slopes
    after, _, _, predictions = by_hand(following, X, Y)
    assert measure(project, "next loss") == pytest.approx(after, rel=1e-7)
    assert measure(project, "next error") == pytest.approx(predictions[0], rel=1e-7)
    for number in (1, 7, 13):
        assert measure(project, f"next weight {number}") == pytest.approx(following[number - 1], abs=1e-8)
        assert measure(project, f"change {number}") == pytest.approx(-slopes[number - 1], abs=1e-8)
    assert after < loss


def test_the_slopes_at_the_nodes_are_the_lectures():
    found = [measure("hidden-layer", f"node slope {layer} {node}") for layer, node in ((2, 1), (1, 1), (1, 2))]
    assert found == [-8.0, -16.0, 8.0]
    assert [measure("hidden-layer", f"slope {n}") for n in range(1, 7)] == [-32.0, 16.0, -48.0, 24.0, -40.0, -8.0]
    # Into the inputs: -16 x 1 + 8 x -1 and -16 x 1 + 8 x 1.
    assert [measure("hidden-layer", f"node slope 0 {node}") for node in (1, 2)] == [-24.0, -8.0]


@pytest.mark.parametrize(
    ("key", "orders", "edge"),
    [
        ("one-weight", [], 1 / 9),
        ("two-weights", [], 0.04),
        ("three-inputs", [], 1 / 14),
        ("hidden-layer", [], 2 / 164.273),
        ("penguins", [], 1.0),
    ],
)
def test_the_edge_is_twice_the_rate_that_lands_in_one_step(key, orders, edge):
    assert measure(obey(key, *orders), "edge") == pytest.approx(edge, rel=1e-5)
    assert measure(obey(key, *orders), "one step") == pytest.approx(edge / 2, rel=1e-5)


@pytest.mark.parametrize("scaling", ["none", "standard", "unit"])
def test_the_edge_of_the_penguins_is_that_of_their_own_numbers(scaling):
    project = obey("penguins", f"scaling {scaling}")
    x = np.column_stack([project.data.x[:, 0], np.ones(342)])
    largest = np.linalg.eigvalsh(2.0 * x.T @ x / 342)[-1]
    assert measure(project, "edge") == pytest.approx(2.0 / largest, rel=1e-9)


def test_there_is_no_edge_where_nothing_curves():
    with pytest.raises(ProjectError, match=SENTENCE):
        measure(obey("one-weight", "input 1 0"), "edge")


@pytest.mark.parametrize(
    ("batch", "steps"), [(0, 1), (1, 24), (4, 6), (5, 5), (6, 4), (7, 4), (12, 2), (23, 2), (24, 1)]
)
def test_an_epoch_has_as_many_steps_as_there_are_batches(batch, steps):
    assert measure(obey("noisy-line", f"batch {batch}"), "steps an epoch") == steps == math.ceil(24 / (batch or 24))


@pytest.mark.parametrize(
    ("key", "count"), [("one-weight", 1), ("noisy-line", 2), ("hidden-layer", 6), ("xor", 13), ("two-rings", 51)]
)
def test_parameters_are_counted_with_their_biases(key, count):
    assert measure(key, "parameters") == count


def test_steps_are_counted_from_the_start():
    assert measure(obey("xor", "step 5", "step 2"), "steps") == 7
    assert measure(obey("xor", "step 5", "reset"), "steps") == 0


def test_the_slope_with_batches_is_that_of_the_coming_batch_and_the_loss_that_of_all():
    project = obey("noisy-line", "batch 1")
    assert measure(project, "slope 1") == pytest.approx(2 * 1.88 * -1.78)
    assert measure(project, "slope 2") == pytest.approx(2 * 1.88)
    assert measure(project, "loss") == measure("noisy-line", "loss")


def test_the_mean_of_the_products_is_not_the_product_of_the_means():
    project = load_example("noisy-line")
    x, error = project.data.x[:, 0], -0.5 * project.data.x[:, 0] - project.data.y[:, 0]
    assert measure(project, "slope 1") == pytest.approx(np.mean(2 * error * x), rel=1e-12)
    assert abs(measure(project, "slope 1") - 2 * error.mean() * x.mean()) > 5.0


def test_momentum_and_adam_change_a_weight_by_more_than_its_slope_times_the_rate():
    rolling = obey("one-weight", "optimizer momentum", "step 1")
    assert measure(rolling, "change 1") == pytest.approx(-0.01 * (0.9 * -24.0 - 19.68))
    adam = obey("two-weights", "optimizer adam")
    assert [measure(adam, f"change {n}") for n in (1, 2)] == pytest.approx([-0.01, -0.01], rel=1e-8)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("orders", [[], ["batch 2"], ["lock 3"]])
def test_the_next_weight_is_the_weight_and_its_change(optimizer, orders):
    project = obey("xor", f"optimizer {optimizer}", *orders, "step 2")
    for number in (1, 3, 13):
        total = measure(project, f"weight {number}") + measure(project, f"change {number}")
        assert measure(project, f"next weight {number}") == pytest.approx(total, rel=1e-15, abs=1e-15)
        assert measure(project, f"next weight {number}") == obey(project, "step 1").parameters[number - 1]


def test_every_quantity_is_a_number_and_measuring_changes_nothing():
    project = load_example("xor")
    for words in QUANTITIES:
        number = measure(project, words.replace("#", "1"))
        assert isinstance(number, float)
        assert math.isfinite(number)
    assert encode(project) == encode(load_example("xor"))


@pytest.mark.parametrize(
    "quantity",
    ["slope 0", "slope 14", "slope 1.5", "weight 0", "next weight 14", "change 14", "value 0.5 1", "node slope -1 1"],
)
def test_what_is_not_there_cannot_be_measured(quantity):
    with pytest.raises(ProjectError, match=SENTENCE):
        measure("xor", quantity)


@pytest.mark.parametrize("quantity", ["value 9 1", "value 1 9", "node slope 9 9", "value 1 0", "node slope 1 0"])
def test_a_node_that_is_not_there_should_not_be_measured_either(quantity):
    with pytest.raises(ProjectError, match=SENTENCE):
        measure("xor", quantity)


# Goals, both ways: what reaches it, and what does not.

BOTH = [
    ("loss below #", "loss below 6.3", "two-weights", ["step 1"], []),
    ("loss below #", "loss below 25", "two-weights", ["step 1"], ["reset"]),
    ("loss above #", "loss above 25", "two-weights", ["rate 1", "step 1"], []),
    ("loss above #", "loss above 1e300", "two-weights", ["rate 10", "step 2000"], ["step 10"]),
    ("steps at least #", "steps at least 3", "xor", ["step 3"], ["step 2"]),
    ("steps at most #", "steps at most 3", "xor", ["step 3"], ["step 4"]),
    ("rate at least #", "rate at least 0.1", "xor", ["rate 0.1"], ["rate 0.09"]),
    ("rate at most #", "rate at most 0.1", "xor", ["rate 0.1"], ["rate 0.11"]),
    ("weight # near #", "weight 2 near 1.6", "two-weights", ["step 1"], []),
    ("weight # near #", "weight 1 near 0", "two-weights", ["weight 1 0.01"], ["weight 1 0.011"]),
    ("weight # near #", "weight 1 near 200", "two-weights", ["weight 1 198"], ["weight 1 197.9"]),
    ("weight # near #", "weight 1 near -200", "two-weights", ["weight 1 -202"], ["weight 1 200"]),
    ("optimizer is *", "optimizer is adam", "xor", ["optimizer adam"], ["optimizer adamw"]),
    ("activation is *", "activation is relu", "xor", ["activation relu"], ["last activation relu"]),
    ("batch is #", "batch is 2", "xor", ["batch 2"], ["batch 3"]),
    ("batch is #", "batch is 4", "xor", ["batch 0"], ["batch 3"]),
    ("scaling is *", "scaling is unit", "penguins", ["scaling unit"], ["scaling none"]),
    ("one at a time is *", "one at a time is on", "two-weights", ["one at a time on"], ["one at a time off"]),
    ("one at a time is *", "one at a time is off", "two-weights", [], ["one at a time on"]),
    ("layers at least #", "layers at least 3", "xor", [], None),
    ("layers at least #", "layers at least 4", "two-rings", [], None),
    ("slope # is 0", "slope 1 is 0", "one-weight", ["activation relu", "weight 1 -1"], ["activation relu"]),
    ("slope # is 0", "slope 2 is 0", "hidden-layer", ["weight 4 0"], ["weight 4 1"]),
]


@pytest.mark.parametrize(("words", "goal", "start", "reached", "missed"), BOTH, ids=[f"{r[1]} on {r[2]}" for r in BOTH])
def test_a_goal_is_reached_by_what_reaches_it_and_by_nothing_else(words, goal, start, reached, missed):
    assert read_phrase(goal, GOALS).words == words
    assert is_reached(obey(start, *reached), goal)
    if missed is None:
        assert not is_reached("two-weights", goal)
    else:
        assert not is_reached(obey(start, *missed), goal)


def test_every_goal_has_a_case():
    assert words_of(BOTH) == set(GOALS)


def test_a_loss_that_is_not_a_number_is_above_everything_and_below_nothing():
    project = obey("two-weights", "weight 1 1e308", "weight 2 -1e308", "input 1 1e10", "input 2 1e10")
    assert not math.isfinite(measure(project, "loss"))
    assert is_reached(project, "loss above 1e300")
    assert not is_reached(project, "loss below 1e300")


def test_a_goal_of_what_is_not_there_says_so():
    for goal in ("slope 3 is 0", "weight 3 near 1", "slope 0 is 0", "one at a time is maybe"):
        with pytest.raises(ProjectError, match=SENTENCE):
            is_reached("two-weights", goal)


# Reading phrases


@pytest.mark.parametrize("table", [ORDERS, QUANTITIES, GOALS], ids=["orders", "quantities", "goals"])
def test_every_row_is_found_by_its_own_words(table):
    for words in table:
        phrase = read_phrase(words.replace("#", "2").replace("*", "xor"), table)
        assert phrase.words == words
        assert phrase.values == tuple({"#": 2.0, "*": "xor"}[word] for word in words.split() if word in "#*")


def test_spaces_between_words_do_not_count_and_the_text_is_kept():
    phrase = read_phrase("  weight   1  −2,5 ", ORDERS)
    assert (phrase.words, phrase.values, phrase.text) == ("weight # #", (1.0, -2.5), "  weight   1  −2,5 ")


@pytest.mark.parametrize(
    "text",
    ["", "rate", "rate 1 2", "rate fast", "Rate 1", "weight 1", "weight 1 2 3", "step", "step two", "rate 1,000.5",
     "__import__ os", "open", "open a b", "new", "new start now", "rate nan", "rate inf", "rate 1/0"],
)  # fmt: skip
def test_what_is_no_row_is_not_known(text):
    with pytest.raises(ProjectError, match="is not known"):
        read_phrase(text, ORDERS)


@given(st.text(max_size=30))
@settings(derandomize=True, deadline=None, database=None, max_examples=300)
def test_any_text_is_a_phrase_or_not_known(text):
    for table in (ORDERS, QUANTITIES, GOALS):
        try:
            assert read_phrase(text, table).words in table
        except ProjectError as error:
            on_one_line = "".join(each if each.isprintable() else " " for each in text)
            assert str(error) == f"“{on_one_line}” is not known"


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(derandomize=True, deadline=None, database=None, max_examples=200)
def test_a_weight_is_set_to_the_very_number_that_was_written(value):
    assert obey("one-weight", f"weight 1 {value!r}").parameters[0].tobytes() == np.float64(value).tobytes()


def test_numbers_are_refused_with_the_real_minus():
    with pytest.raises(ProjectError) as caught:
        obey("one-weight", "rate 100")
    assert shown(1e-12) in str(caught.value)


def test_a_whole_number_below_0_is_refused_with_the_real_minus_and_the_reason():
    with pytest.raises(ProjectError, match=r"^−1 "):
        obey("one-weight", "step -1")
