"""The coming step as code: the lines that are shown, run as they stand, give the values that stand beside them."""

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.codegen import TARGETS
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.numbers import MINUS
from gdstudio.document.project import new_project
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, Network, Recipe, draw_parameters, train_step
from gdstudio.teaching.choreography import Phase
from gdstudio.teaching.code_lines import MOST_BOXES, Broadcast, code_lines, spoken, summary
from gdstudio.teaching.picture import picture_of

NUMBER = rf"{MINUS}?[0-9.]+(?:e{MINUS}?[0-9]+)?"
HIDDEN = [name for name in ACTIVATIONS if name != "softmax"]


def project_of(loss="mse", activation="tanh", *, sizes=None, bias=True, examples=6, **recipe):
    outputs = {"binary_crossentropy": 1, "categorical_crossentropy": 3}.get(loss, 2)
    sizes = sizes or (2, 3, 2, outputs)
    random = np.random.default_rng(sizes)
    last = LOSSES[loss].taken_with or activation
    network = Network(sizes, (activation,) * (len(sizes) - 2) + (last,), bias)
    x, y = random.normal(size=(examples, sizes[0])), random.normal(size=(examples, sizes[-1]))
    if loss == "binary_crossentropy":
        y = (y > 0) * 1.0
    if loss == "categorical_crossentropy":
        y = np.eye(sizes[-1])[y.argmax(axis=1)]
    settings = {"learning_rate": 0.03, "seed": 3, **recipe}
    return new_project("drawn", Recipe(network, loss, **settings), draw_parameters(network, 1), plain_data("d", x, y))


# What the lines call by name, written as in a textbook.


def erf(z):
    from math import erf as one

    return np.vectorize(one)(z)


def huber(error):
    size = np.abs(error)
    return np.where(size <= 1, 0.5 * error**2, size - 0.5)


FUNCTIONS = {
    "huber": huber,
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "gelu": lambda z: z * 0.5 * (1 + erf(z / np.sqrt(2))),
    "gelu_slope": lambda z: 0.5 * (1 + erf(z / np.sqrt(2))) + z * np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "silu_slope": lambda z: (1 + np.exp(-z) * (1 + z)) / (1 + np.exp(-z)) ** 2,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
}


def given_names(picture):
    """What the lines begin with: the data, the weights, which of them are free, and what large ones cost."""
    recipe, network = picture.project.recipe, picture.network
    names = {"np": np, **FUNCTIONS, "x_all": picture.data.x, "y_all": picture.data.y, "batch": picture.batch}
    names |= {"x": picture.data.x, "y": picture.data.y, "penalty": picture.penalty}
    free = np.ones(network.parameter_count)
    free[sorted(recipe.locked)] = 0.0
    layers = zip(network.layers(picture.parameters), network.layers(free), strict=True)
    for layer, ((weights, biases), (free_weights, free_biases)) in enumerate(layers, start=1):
        names[f"W{layer}"], names[f"free_W{layer}"] = weights.copy(), free_weights
        if biases is not None:
            names[f"b{layer}"], names[f"free_b{layer}"] = biases.copy(), free_biases
    return names


def is_shown_as(text, value):
    """Whether these are the digits of a value; where terms cancel, to what rounding leaves."""
    one, other = ([float(n.replace(MINUS, "-")) for n in re.findall(NUMBER, each)] for each in (text, summary(value)))
    return text == summary(value) or (len(one) == len(other) and np.allclose(one, other, rtol=0, atol=2e-15))


def check_lines(project):
    """Run the lines one by one and compare each with what is shown; the weights end where the step does."""
    picture = picture_of(project)
    names = given_names(picture)
    for line in code_lines(picture):
        exec(line.text, names)
        value = np.asarray(names[re.match(r"\w+", line.text)[0]])
        assert line.shape == ("" if value.ndim == 0 else str(value.shape)), line
        assert is_shown_as(line.value, value), line
    following, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
    if "weights" in names:
        assert np.allclose(names["weights"], following.parameters, rtol=1e-12, atol=1e-14)
        return
    for layer, (weights, biases) in enumerate(project.network.layers(following.parameters), start=1):
        assert np.allclose(names[f"W{layer}"], weights, rtol=1e-11, atol=1e-13)
        assert biases is None or np.allclose(names[f"b{layer}"], biases, rtol=1e-11, atol=1e-13)


def texts(source):
    project = load_example(source) if isinstance(source, str) else source
    return [line.text for line in code_lines(picture_of(project))]


def line_with(project, begin):
    return next(line for line in code_lines(picture_of(project)) if line.text.startswith(begin))


# The lecture's own lines.


def test_the_lectures_two_weights_line_by_line():
    shown = [(line.text, line.value, line.shape) for line in code_lines(picture_of(load_example("two-weights")))]
    assert shown == [
        ("inputs = np.array([3, 4])", "[3, 4]", "(2,)"),
        ("weights = np.array([1, 2])", "[1, 2]", "(2,)"),
        ("prediction = (inputs * weights).sum()", "11", ""),
        ("error = prediction - 6", "5", ""),
        ("loss = error**2", "25", ""),
        ("gradient = 2 * error * inputs", "[30, 40]", "(2,)"),
        ("weights = weights - 0.01 * gradient", "[0.7, 1.6]", "(2,)"),
    ]


def test_the_lectures_one_weight():
    project = load_example("one-weight")
    assert line_with(project, "gradient").value == f"[{MINUS}24]"
    assert line_with(project, "weights = weights").value == "[2.24]"


def test_one_number_is_stretched_along_the_inputs():
    lines = code_lines(picture_of(load_example("two-weights")))
    assert [line.drawing for line in lines if line.drawing] == [Broadcast(10.0, (3.0, 4.0), (30.0, 40.0))]
    assert line_with(load_example("two-weights"), "gradient").drawing is not None


@pytest.mark.parametrize("count", [1, 3, MOST_BOXES, MOST_BOXES + 1])
def test_the_drawing_holds_for_any_row_that_has_room(count):
    project = project_of(sizes=(count, 1), activation="linear", bias=False, examples=1)
    drawing = line_with(project, "gradient").drawing
    assert (drawing is not None) == (count <= MOST_BOXES)
    if drawing:
        assert drawing.result == tuple(drawing.scalar * value for value in drawing.row)
        assert drawing.row == tuple(project.data.x[0])
        assert drawing.result == pytest.approx(tuple(picture_of(project).gradient))


@pytest.mark.parametrize("key", ["one-weight", "two-weights", "three-inputs"])
def test_the_lectures_lines_run_as_they_stand(key):
    project = load_example(key)
    check_lines(project)
    check_lines(edits.set_value(project, 0, project.network.sizes[0], -2.5))
    check_lines(edits.set_schedule(project, "cosine"))


NOT_THE_LECTURE = {
    "biases": lambda p: edits.set_bias(p, True),
    "another loss": lambda p: edits.set_loss(p, "half_mse"),
    "another optimizer": lambda p: edits.set_optimizer(p, "adam"),
    "a penalty": lambda p: edits.set_penalty(p, "l2", 0.1),
    "a lock": lambda p: edits.set_locked(p, 1, True),
    "in turn": lambda p: edits.set_one_at_a_time(p, True),
    "an activation": lambda p: edits.set_activation(p, 1, "sigmoid"),
    "a layer more": lambda p: edits.add_layer(p, 0),
}


@pytest.mark.parametrize("what", NOT_THE_LECTURE)
def test_what_the_lecture_has_not_is_written_in_matrices(what):
    assert "gradient = 2 * error * inputs" not in texts(NOT_THE_LECTURE[what](load_example("two-weights")))
    assert any("@ W1" in text for text in texts(NOT_THE_LECTURE[what](load_example("two-weights"))))


# Any network.


@pytest.mark.parametrize(("loss", "activation"), list(product(LOSSES, HIDDEN)))
def test_the_lines_run_as_they_stand_with_every_loss_and_activation(loss, activation):
    check_lines(project_of(loss, activation))
    check_lines(project_of(loss, activation, bias=False, examples=1))


CHOICES = {
    "penalties": {"l1": 0.02, "l2": 0.3},
    "lasso": {"l1": 0.02},
    "ridge": {"l2": 0.3},
    "locked weight": {"locked": frozenset([1])},
    "locked bias": {"locked": frozenset([7])},
    "locks and penalties": {"locked": frozenset([0, 6, 12]), "l2": 0.1},
    "everything locked": {"locked": frozenset(range(23))},
    "batches": {"batch_size": 4},
    "batch of one": {"batch_size": 1},
    "batches and penalties": {"batch_size": 4, "l1": 0.02},
    "deep": {"sizes": (3, 4, 3, 2, 2)},
    "no hidden layer": {"sizes": (3, 2)},
    "one output": {"sizes": (2, 3, 1)},
    "more outputs": {"sizes": (2, 3, 5)},
    "many": {"sizes": (9, 12, 4), "examples": 40},
    **{f"{name} schedule": {"schedule": name, "period": 3} for name in SCHEDULES},
}


@pytest.mark.parametrize("choice", CHOICES)
def test_the_lines_run_as_they_stand_with_every_choice(choice):
    project = project_of(**CHOICES[choice])
    check_lines(project)
    for _ in range(2):
        following, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
        project = edits.descended(project, following)
        check_lines(project)


def test_every_starting_point_runs_as_it_stands(every, explained):
    check_lines(explained(every))


def test_a_lock_is_seen_only_where_there_is_one():
    shown = texts(project_of(locked=frozenset([7])))
    assert [text for text in shown if "free_" in text] == ["b1 = b1 - 0.03 * db1 * free_b1"]
    assert not any("free_" in text for text in texts(project_of()))


def test_a_penalty_is_added_to_the_loss_and_to_the_slopes_of_weights_alone():
    shown = texts(project_of(l1=0.5, l2=0.25))
    assert "loss = np.mean(error**2) + penalty" in shown
    assert "dW2 = h1.T @ d2 + 0.5 * np.sign(W2) + 2 * 0.25 * W2" in shown
    assert "db2 = d2.sum(axis=0)" in shown


def test_a_batch_is_taken_from_all_first():
    first = code_lines(picture_of(project_of(batch_size=4)))[0]
    assert (first.text, first.phase, first.shape) == ("x, y = x_all[batch], y_all[batch]", None, "(4, 2)")
    assert "batch" not in "".join(texts(project_of(batch_size=6)))


def test_the_mean_is_over_what_is_averaged():
    assert "d3 = 2 * error / error.size * (1 - prediction**2)" in texts(project_of())
    assert "d3 = error / len(error)" in texts(project_of("categorical_crossentropy"))
    assert "d1 = 2 * error" in texts(project_of(sizes=(2, 1), activation="linear", examples=1))


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name != "sgd"])
def test_another_optimizer_is_named_with_its_rule_and_the_values_are_its_own(optimizer):
    project = project_of(optimizer=optimizer)
    following, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
    lines = [line for line in code_lines(picture_of(project)) if line.phase is Phase.UPDATE]
    assert lines[0].text == f"# {OPTIMIZERS[optimizer].formula}"
    assert (lines[0].value, lines[0].shape) == ("", "")
    assert lines[1].text == f"W1 = W1 + {optimizer}(dW1)"
    assert lines[1].value.removeprefix("≈ ") == summary(project.network.layers(following.parameters)[0][0])


def test_one_at_a_time_says_so_and_shows_where_each_weight_lands():
    project = project_of(sizes=(2, 1), activation="linear", one_at_a_time=True, learning_rate=0.1)
    following, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
    lines = [line for line in code_lines(picture_of(project)) if line.phase is Phase.UPDATE]
    assert lines[0].text == "# one weight after the other, the gradient anew for each:"
    together = edits.set_one_at_a_time(project, False)
    assert lines[1].value.removeprefix("≈ ") == summary(project.network.layers(following.parameters)[0][0])
    assert lines[1].value != line_with(together, "W1 = W1").value


# Phases.


@pytest.mark.parametrize("key", ["two-weights", "hidden-layer", "xor", "two-rings", "penguins"])
def test_phases_are_in_their_order_and_each_has_a_line(key):
    lines = code_lines(picture_of(load_example(key)))
    phases = [line.phase for line in lines if line.phase is not None]
    assert phases == sorted(phases)
    assert set(phases) == set(Phase)
    unphased = [number for number, line in enumerate(lines) if line.phase is None]
    assert unphased == list(range(len(unphased)))


def test_each_line_is_at_the_phase_that_computes_it():
    phases = {line.text.split(" =")[0]: line.phase for line in code_lines(picture_of(project_of()))}
    assert phases == {
        "h1": Phase.FORWARD, "h2": Phase.FORWARD, "prediction": Phase.FORWARD,
        "error": Phase.ERROR, "loss": Phase.ERROR,
        **{f"{d}{layer}": Phase.BACKWARD for layer in (1, 2, 3) for d in ("d", "dW", "db")},
        **{f"{letter}{layer}": Phase.UPDATE for layer in (1, 2, 3) for letter in "Wb"},
    }  # fmt: skip


# How values are shown.


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (25.0, "25"),
        (-0.12345, f"{MINUS}0.1235"),
        ([30.0, 40.0], "[30, 40]"),
        ([1.0, 2.0, 3.0, 4.0], "[1, 2, 3, 4]"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "[1, 2, 3, 4, …]"),
        ([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], "[[1, 2], [3, 4], [5, 6]]"),
        ([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], "[1, 2, 3, 4, …]"),
        ([[1.0], [2.0]], "[1, 2]"),
        (float("nan"), "not a number"),
        ([float("inf"), float("-inf")], f"[∞, {MINUS}∞]"),
    ],
)
def test_values_in_a_few_digits(value, expected):
    assert summary(np.array(value)) == expected


def test_long_rows_are_cut_in_the_text_and_in_the_value():
    project = project_of(sizes=(MOST_BOXES + 3, 1), activation="linear", bias=False, examples=1)
    line = line_with(project, "inputs")
    assert line.text.endswith(", ...])")
    assert line.text.count(",") == MOST_BOXES
    assert line.value.endswith(", …]")
    assert line.shape == f"({MOST_BOXES + 3},)"
    assert (
        "..."
        not in line_with(project_of(sizes=(MOST_BOXES, 1), activation="linear", bias=False, examples=1), "inp").text
    )


def test_numbers_in_the_code_read_back_to_the_same_float():
    project = edits.set_learning_rate(load_example("two-weights"), 0.1 + 0.2)
    project = edits.set_parameter(project, 0, 1e-7)
    assert line_with(project, "weights = weights").text == "weights = weights - 0.30000000000000004 * gradient"
    assert line_with(project, "weights = np").text == "weights = np.array([1e-07, 2])"


def test_the_rate_is_the_one_of_the_coming_step():
    project = edits.set_period(edits.set_schedule(load_example("two-weights"), "step"), 1)
    following, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
    assert texts(project)[-1] == "weights = weights - 0.01 * gradient"
    assert texts(edits.descended(project, following))[-1] == "weights = weights - 0.005 * gradient"


@pytest.mark.parametrize("key", ["two-weights", "hidden-layer"])
def test_numbers_that_overflow_are_shown_as_what_they_are(key):
    project = edits.set_parameter(load_example(key), 0, 1e308)
    assert "∞" in line_with(project, "loss").value


@pytest.mark.parametrize(("bias", "expected"), [(False, f"{MINUS}∞"), (True, f"[{MINUS}∞]")])
def test_an_error_that_overflows_is_shown_without_a_warning(bias, expected):
    project = project_of(sizes=(1, 1), activation="linear", bias=bias, examples=1)
    project = edits.set_value(edits.set_value(project, 0, 0, 1.0), 0, 1, 1.7e308)
    project = edits.set_parameter(project, 0, -1e308)
    assert line_with(project, "error").value == expected


# For those who hear it, and for the clipboard.


def test_what_is_spoken_is_the_code_with_its_values_as_comments():
    assert spoken(code_lines(picture_of(load_example("two-weights")))).splitlines() == [
        "inputs = np.array([3, 4])  # [3, 4] (2,)",
        "weights = np.array([1, 2])  # [1, 2] (2,)",
        "prediction = (inputs * weights).sum()  # 11",
        "error = prediction - 6  # 5",
        "loss = error**2  # 25",
        "gradient = 2 * error * inputs  # [30, 40] (2,)",
        "weights = weights - 0.01 * gradient  # [0.7, 1.6] (2,)",
    ]


def test_what_is_copied_runs_as_it_stands():
    project = load_example("one-weight")
    names = {"np": np}
    text = spoken(code_lines(picture_of(project)))
    assert MINUS not in text
    exec(text, names)
    assert names["weights"] == pytest.approx([2.24])


def test_a_comment_alone_has_nothing_behind_it():
    lines = spoken(code_lines(picture_of(project_of(optimizer="momentum")))).splitlines()
    assert [line for line in lines if line.startswith("# ")] == [
        "# " + OPTIMIZERS["momentum"].formula.replace(MINUS, "-")
    ]  # fmt: skip


def test_no_name_is_in_the_lines():
    project = load_example("hidden-layer")
    data = replace(project.data, name="<b>", input_names=("<i>", "&"), target_names=("<u>",))
    odd = replace(project, title="<s>", data=data, names=tuple(tuple("<q>" for _ in layer) for layer in project.names))
    assert code_lines(picture_of(odd)) == code_lines(picture_of(project))
    assert len(TARGETS) == 4
