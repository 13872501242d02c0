"""The forecast of the step before against what came of it."""

import math
from dataclasses import replace

import pytest

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.project import Project
from gdstudio.engine import train
from gdstudio.teaching.forecast import Forecast, forecast_of, with_verdict


def stepped(project: Project, steps: int = 1) -> Project:
    data = project.data
    return edits.descended(project, train(project.recipe, project.state, data.x, data.y, steps).state)


def forecast_at(step: int, loss: float, foreseen: float | None) -> Forecast:
    return Forecast(None, None, "", 0.1, loss, math.nan, "", step, foreseen)


@pytest.mark.parametrize("key", ["one-weight", "two-weights", "noisy-line"])
def test_where_the_forecast_is_exact_it_comes_true(key):
    project = load_example(key)
    before, now = forecast_of(project), forecast_of(stepped(project))
    judged = with_verdict(now, before)
    assert judged.foreseen == before.expected == pytest.approx(now.loss)
    assert judged.verdict.startswith("Predicted loss ")
    assert judged.verdict.endswith(" ✓")


def test_the_lecture_s_step_from_16_comes_to_10_8_as_foreseen():
    project = load_example("one-weight")
    judged = with_verdict(forecast_of(stepped(project)), forecast_of(project))
    assert judged.verdict == "Predicted loss 10.8, actual loss 10.8 ✓"


@pytest.mark.parametrize("rate", [0.1, 10.0])
@pytest.mark.parametrize("key", ["hidden-layer", "xor", "two-rings"])
def test_where_the_loss_is_no_parabola_the_forecast_comes_true_as_well(key, rate):
    project = edits.set_learning_rate(load_example(key), rate)
    judged = with_verdict(forecast_of(stepped(project)), forecast_of(project))
    assert judged.verdict.endswith(" ✓")


@pytest.mark.parametrize(
    ("foreseen", "loss", "verdict"),
    [
        (1.0, 1.0 + 1e-12, "Predicted loss 1.00, actual loss 1.00 ✓"),
        (1.0, 1.02, "Predicted loss 1.00, actual loss 1.02"),
        (2.0, 1.0, "Predicted loss 2.00, actual loss 1.00"),
        (0.0, 0.0, "Predicted loss 0, actual loss 0 ✓"),
        (0.0, 1e-30, "Predicted loss 0, actual loss 1e−30"),
        (None, 1.0, ""),
        (math.nan, 1.0, ""),
        (math.inf, 1.0, ""),
    ],
)
def test_only_what_came_as_predicted_has_a_mark(foreseen, loss, verdict):
    assert forecast_at(3, loss, foreseen).verdict == verdict


def test_at_the_same_moment_the_verdict_stays():
    project = load_example("one-weight")
    judged = with_verdict(forecast_of(stepped(project)), forecast_of(project))
    again = with_verdict(forecast_of(edits.set_learning_rate(stepped(project), 0.05)), judged)
    assert again.verdict == judged.verdict


def test_an_edit_that_changes_the_loss_takes_the_verdict_away():
    project = stepped(load_example("one-weight"))
    judged = with_verdict(forecast_of(project), forecast_of(load_example("one-weight")))
    assert judged.verdict
    edited = with_verdict(forecast_of(edits.set_parameter(project, 0, 1.0)), judged)
    assert edited.verdict == ""


@pytest.mark.parametrize("steps", [0, 2, 5])
def test_other_steps_than_the_next_have_no_verdict(steps):
    start = load_example("two-weights")
    before = replace(forecast_of(stepped(start)), foreseen=7.0)
    assert with_verdict(forecast_of(stepped(start, 1 + steps) if steps else start), before).verdict == ""
    assert with_verdict(forecast_of(start), None).verdict == ""


def test_the_forecast_of_one_at_a_time_is_that_of_its_own_step():
    project = edits.set_one_at_a_time(load_example("two-weights"), True)
    judged = with_verdict(forecast_of(stepped(project)), forecast_of(project))
    assert judged.loss == pytest.approx(2.788**2)
    assert judged.verdict.endswith(" ✓")


def test_the_forecast_comes_true_with_batches_too():
    project = edits.set_batch_size(load_example("noisy-line"), 2)
    assert with_verdict(forecast_of(stepped(project)), forecast_of(project)).verdict.endswith(" ✓")


def test_the_forecast_of_another_project_is_no_forecast_of_this_one():
    other = stepped(load_example("two-weights"))
    assert with_verdict(forecast_of(other), forecast_of(load_example("one-weight"))).verdict == ""


def test_a_step_from_other_weights_is_not_judged_by_the_forecast_from_before_the_edit():
    project = load_example("one-weight")
    edited = edits.set_parameter(project, 0, 7.0)
    assert with_verdict(forecast_of(stepped(edited)), forecast_of(project)).verdict == ""
