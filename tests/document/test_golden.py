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
SUPPORTED = [
    name
    for name, case in CASES.items()
    if set(case.activations) <= set(ACTIVATIONS)
    and case.loss in LOSSES
    and case.optimizer["name"] in OPTIMIZERS
    and not case.l2
]
QUANTITIES = ["prediction", "gradient", "losses", "final_parameters"]


def changed(name="lecture-two-weights", **changes):
    return msgspec.structs.replace(CASES[name], **changes)


def verdict(case) -> Verdict:
    (found,) = verify([case])
    return found


def nested(values, change):
    return [nested(value, change) for value in values] if isinstance(values, list) else change(values)


def test_there_are_26_golden_runs_and_the_five_by_hand_are_supported():
    assert len(CASES) == 26
    assert set(BY_HAND) <= set(SUPPORTED)
    assert len(SUPPORTED) >= 9


@pytest.mark.parametrize("name", SUPPORTED)
def test_a_golden_run_agrees_to_1e_10_in_all_four_quantities(name):
    found = verdict(CASES[name])
    assert list(found.differences) == ["prediction", "gradient", "losses", "parameters"]
    assert max(found.differences.values()) <= TOLERANCE == 1e-10
    assert found.agrees


@pytest.mark.parametrize("name", [name for name in CASES if name not in SUPPORTED])
def test_a_run_that_is_not_supported_yet_is_listed_as_no_agreement(name):
    found = verdict(CASES[name])
    assert not found.agrees
    assert found.unsupported.startswith("not supported yet: ")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"activations": ["gelu"]}, "the activation gelu"),
        ({"loss": "hinge"}, "the loss hinge"),
        ({"optimizer": {"name": "lion", "learning_rate": 0.1}}, "the optimizer lion"),
        ({"l2": 0.01}, "L2"),
    ],
)
def test_what_is_missing_is_said_in_words(change, words):
    assert words in verdict(changed(**change)).unsupported


def test_verify_keeps_the_order_of_the_cases():
    assert [found.name for found in verify(list(CASES.values()))] == list(CASES)


@pytest.mark.parametrize("name", ["lecture-two-weights", "three-inputs-20-steps", "public-activation-tanh"])
@pytest.mark.parametrize("quantity", QUANTITIES)
def test_one_number_that_is_off_by_1e_8_is_caught(quantity, name):
    values = json.loads(json.dumps(getattr(CASES[name], quantity)))
    row = values[0] if isinstance(values[0], list) else values
    row[-1] *= 1 + 1e-8
    found = verdict(changed(name, **{quantity: values}))
    assert not found.agrees
    wrong = [what for what, gap in found.differences.items() if gap > TOLERANCE]
    assert wrong == [quantity.removeprefix("final_")]


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_a_number_that_is_missing_is_caught(quantity):
    assert not verdict(changed(**{quantity: getattr(CASES["lecture-two-weights"], quantity)[:-1]})).agrees


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
    assert found.unsupported
    assert "\n" not in found.unsupported


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
    ],
    ids=range(26),
)
def test_a_file_of_something_else_is_refused_with_a_sentence(content, tmp_path):
    with pytest.raises(ProjectError, match=r"^cases\.json is not a file of golden training cases: .*\.$"):
        read_cases(written(tmp_path, content))


def test_a_missing_file_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(ProjectError, match=r"^nothing\.json does not exist"):
        read_cases(tmp_path / "nothing.json")


def test_a_file_with_the_same_cases_reads_back(tmp_path):
    assert read_cases(written(tmp_path, one_case())) == [CASES["lecture-one-weight"]]


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
