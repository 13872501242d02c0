"""Golden runs: all 26 agree with the engine, any wrong number is caught, and what can't be run is said in words."""

import json

import msgspec
import numpy as np
import pytest

from gdstudio.document import golden
from gdstudio.document.errors import ProjectError
from gdstudio.document.golden import TOLERANCE, Verdict, difference, read_cases, verify
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS
from gdstudio.resources import resource

CASES = {case.name: case for case in read_cases(resource("reference/training.json"))}
BY_HAND = ["lecture-one-weight", "lecture-two-weights", "three-inputs-20-steps", "hidden-relu-nine"]
BY_HAND += ["many-points-dead-relu"]
QUANTITIES = ["prediction", "gradient", "losses", "final_parameters"]


def changed(name="lecture-two-weights", **changes):
    return msgspec.structs.replace(CASES[name], **changes)


def verdict(case) -> Verdict:
    (found,) = verify([case])
    return found


def nested(values, change):
    return [nested(value, change) for value in values] if isinstance(values, list) else change(values)


def test_there_are_26_golden_runs_and_five_of_them_by_hand():
    assert len(CASES) == 26
    assert set(BY_HAND) <= set(CASES)


def test_they_meet_every_activation_loss_and_optimizer():
    assert {name for case in CASES.values() for name in case.activations} == set(ACTIVATIONS)
    assert {case.loss for case in CASES.values()} == set(LOSSES)
    assert {case.optimizer["name"] for case in CASES.values()} == set(OPTIMIZERS)
    assert any(case.l2 > 0 for case in CASES.values())


@pytest.mark.parametrize("name", CASES)
def test_a_golden_run_agrees_to_1e_10_in_all_four_quantities(name):
    found = verdict(CASES[name])
    assert found.problem == ""
    assert list(found.differences) == ["prediction", "gradient", "losses", "parameters"]
    assert max(found.differences.values()) <= TOLERANCE == 1e-10
    assert found.agrees


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"activations": ["cube"]}, "The activation 'cube' is not known; known are linear, relu, "),
        ({"loss": "hinge"}, "The loss 'hinge' is not known; known are mse, "),
        ({"optimizer": {"name": "lion", "learning_rate": 0.1}}, "The optimizer 'lion' is not known; known are sgd, "),
        (
            {"optimizer": {"name": "sgd", "learning_rate": 0.1, "momentum": 0.9}},
            "Gradient descent has no setting 'momentum'.",
        ),
        (
            {"optimizer": {"name": "adam", "learning_rate": 0.1, "beta_1": 1.5}},
            "Beta 1 of Adam goes from 0 to 0.9999; 1.5 is outside.",
        ),
        ({"l2": -0.01}, "The L2 penalty must be 0 or a number above it, not -0.01."),
        ({"loss": "binary_crossentropy"}, "Binary cross-entropy needs Sigmoid as the last activation, not Linear."),
        ({"activations": ["softmax"]}, "Softmax goes with categorical cross-entropy, not with mean squared error."),
        ({"optimizer": {"learning_rate": 0.1}}, "the optimizer has no 'name'"),
        ({"optimizer": {"name": "sgd"}}, "the optimizer has no 'learning_rate'"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_can_not_be_run_is_said_in_words(change, words):
    found = verdict(changed(**change))
    assert found.problem.startswith(f"the case can't be run: {words}")
    assert found.differences == {}
    assert not found.agrees


def test_verify_keeps_the_order_of_the_cases():
    assert [found.name for found in verify(list(CASES.values()))] == list(CASES)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_one_number_that_is_off_by_1e_8_is_caught(quantity, name):
    values = json.loads(json.dumps(getattr(CASES[name], quantity)))
    row = values[0] if isinstance(values[0], list) else values
    largest = max(range(len(row)), key=lambda k: abs(row[k]))
    row[largest] *= 1 + 1e-8
    found = verdict(changed(name, **{quantity: values}))
    assert not found.agrees
    wrong = [what for what, gap in found.differences.items() if gap > TOLERANCE]
    assert wrong == [quantity.removeprefix("final_")]


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_number_that_is_missing_is_caught(quantity):
    assert not verdict(changed(**{quantity: getattr(CASES["lecture-two-weights"], quantity)[:-1]})).agrees


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("public-l2", {"l2": 0.0}),
        ("public-l2", {"l2": 0.005}),
        ("public-loss-half_mse", {"loss": "mse"}),
        ("public-loss-huber", {"loss": "mae"}),
        ("public-activation-gelu", {"activations": ["silu", "silu", "linear"]}),
        ("public-activation-elu", {"activations": ["elu", "leaky_relu", "linear"]}),
        ("public-optimizer-momentum", {"optimizer": {"name": "nesterov", "learning_rate": 0.02, "momentum": 0.9}}),
        ("public-optimizer-momentum", {"optimizer": {"name": "momentum", "learning_rate": 0.02, "momentum": 0.8}}),
        ("public-optimizer-adagrad", {"optimizer": {"name": "adagrad", "learning_rate": 0.1, "epsilon": 1e-8}}),
        ("public-optimizer-adamw", {"optimizer": {"name": "adamw", "learning_rate": 0.02, "weight_decay": 0.02}}),
        ("public-optimizer-adamw", {"optimizer": {"name": "adam", "learning_rate": 0.02}}),
    ],
    ids=str,
)
def test_a_case_run_in_another_way_does_not_agree(name, change):
    found = verdict(changed(name, **change))
    assert found.problem == ""
    assert not found.agrees


@pytest.mark.parametrize("name", ["public-optimizer-adam", "public-optimizer-adamw", "public-optimizer-momentum"])
def test_settings_that_a_case_leaves_out_have_their_usual_value(name):
    usual = {key: value for key, value in CASES[name].optimizer.items() if key in ("name", "learning_rate")}
    assert verdict(changed(name, optimizer=usual)).agrees


def test_a_case_with_other_weights_does_not_agree():
    assert not verdict(changed(parameters=[1.0, 2.0001])).agrees


@pytest.mark.parametrize(
    "change",
    [
        {"steps": -1},
        {"steps": -2},
        {"steps": 10**9},
        {"steps": 10**12},
        {"steps": 10**30},
        {"sizes": []},
        {"sizes": [2]},
        {"sizes": [2, 0]},
        {"sizes": [2, -1]},
        {"sizes": [10**9, 10**9]},
        {"sizes": [10**30, 1]},
        {"activations": []},
        {"activations": ["linear", "linear"]},
        {"bias": True},
        {"x": []},
        {"x": [[]]},
        {"x": [[3.0]]},
        {"x": [[3.0, 4.0], [1.0]]},
        {"y": [[6.0, 1.0]]},
        {"y": []},
        {"parameters": []},
        {"parameters": [1.0]},
        {"prediction": [[1.0], [1.0, 2.0]]},
        {"optimizer": {"name": "sgd"}},
        {"optimizer": {"learning_rate": 0.1}},
        {"optimizer": {}},
        {"optimizer": {"name": 3.0, "learning_rate": 0.1}},
        {"optimizer": {"name": "sgd", "learning_rate": "fast"}},
        {"optimizer": {"name": "sgd", "learning_rate": "nan"}},
        {"optimizer": {"name": "sgd", "learning_rate": 0.0}},
        {"optimizer": {"name": "sgd", "learning_rate": -0.1}},
        {"optimizer": {"name": "momentum", "learning_rate": 0.1, "momentum": "much"}},
        {"optimizer": {"name": "momentum", "learning_rate": 0.1, "momentum": 1e300}},
        {"optimizer": {"name": "sgd", "learning_rate": 0.1, "": 1.0}},
    ],
    ids=str,
)
def test_a_malformed_case_gets_a_sentence_and_no_traceback(change, monkeypatch):
    real = golden.train

    def patient(recipe, state, x, y, steps, **options):
        if 10**6 < steps < 10**18:
            pytest.fail(f"{steps} steps were asked for, with {len(CASES['lecture-two-weights'].losses)} losses given")
        return real(recipe, state, x, y, steps, **options)

    monkeypatch.setattr(golden, "train", patient)
    found = verdict(changed(**change))
    assert not found.agrees
    assert found.problem
    assert "\n" not in found.problem


def test_a_run_that_diverges_does_not_agree():
    found = verdict(changed(optimizer={"name": "sgd", "learning_rate": 1e10}, steps=100, losses=[25.0] * 101))
    assert not found.agrees


# The file


def written(tmp_path, content):
    path = tmp_path / "cases.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def one_case(**changes):
    case = msgspec.to_builtins(CASES["lecture-one-weight"]) | changes
    return {"cases": [{key: value for key, value in case.items() if value is not ...}]}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[]",
        b"{}",
        b"null",
        b"[" * 100_000,
        b'{"cases": ' + b"[" * 100_000,
        {"cases": {}},
        {"cases": [1]},
        {"cases": [{}]},
        one_case(name=...),
        one_case(name=3),
        one_case(x="3"),
        one_case(x=[3.0]),
        one_case(x=[[None]]),
        one_case(x=[["3"]]),
        one_case(steps=1.5),
        one_case(steps="1"),
        one_case(sizes=[1.5, 1]),
        one_case(bias=1),
        one_case(optimizer=[]),
        one_case(optimizer={"name": None}),
        one_case(losses=[[16.0]]),
        json.dumps(one_case(gradient=[7.5])).replace("7.5", "1e400").encode(),
        json.dumps(one_case(gradient=[7.5])).replace("7.5", "NaN").encode(),
        one_case(optimizer={"name": "sgd", "learning_rate": 10**400}),
    ],
    ids=range(27),
)
def test_a_file_of_something_else_is_refused_with_a_sentence(content, tmp_path):
    with pytest.raises(ProjectError, match=r"^cases\.json is not a file of golden training cases: .*\.$"):
        read_cases(written(tmp_path, content))


def test_a_missing_file_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(ProjectError, match=r"^nothing\.json does not exist"):
        read_cases(tmp_path / "nothing.json")


def test_a_file_with_the_same_cases_reads_back(tmp_path):
    assert read_cases(written(tmp_path, one_case())) == [CASES["lecture-one-weight"]]


def test_any_file_in_that_form_works(tmp_path):
    """By hand: one weight 1, input 2, target 0, a rate that halves it: 1, 1/2, 1/4; L2 0.5 adds to loss and slope."""
    case = {
        "name": "mine", "sizes": [1, 1], "activations": ["linear"], "bias": False, "loss": "half_mse", "l2": 0.5,
        "optimizer": {"name": "sgd", "learning_rate": 0.1}, "x": [[2.0]], "y": [[0.0]], "parameters": [1.0],
        "prediction": [[2.0]], "gradient": [5.0], "steps": 2, "losses": [2.5, 0.625, 0.15625],
        "final_parameters": [0.25],
    }  # fmt: skip
    (found,) = verify(read_cases(written(tmp_path, {"cases": [case], "layout": "as one likes", "more": 1})))
    assert found.agrees
    assert found.name == "mine"
    assert list(verify(read_cases(written(tmp_path, {"cases": []})))) == []


def test_one_case_that_can_not_be_run_does_not_stop_the_others():
    agree = [found.agrees for found in verify([CASES["public-l2"], changed(loss="hinge"), CASES["hidden-relu-nine"]])]
    assert agree == [True, False, True]


# The difference


def test_difference_by_hand():
    assert difference([1.0, 2.0], [1.0, 2.0]) == 0.0
    assert difference([0.0], [0.0]) == 0.0
    assert difference([], []) == 0.0
    assert difference([1.0, 100.0], [1.01, 100.0]) == pytest.approx(0.01 / 1.01)
    assert difference([0.0, 1.0], [1e-5, 1.0]) == 1.0
    assert difference([0.0, 1.0], [1e-20, 1.0]) == pytest.approx(1e-11)


@pytest.mark.parametrize("other", [[1.0], [1.0, np.nan], [1.0, np.inf], [[1.0, 2.0]]], ids=str)
def test_other_shapes_and_numbers_that_are_not_finite_differ_without_end(other):
    assert difference([1.0, 2.0], other) == np.inf
    assert difference(other, [1.0, 2.0]) == np.inf
