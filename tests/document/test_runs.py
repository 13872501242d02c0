"""Runs that are kept: what is drawn of them, what they are called, and what they are the same as."""

from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import load_example
from gdstudio.document.limits import MAX_NAME
from gdstudio.document.project import Project
from gdstudio.document.runs import MOST_SLOTS, KeptRun, kept_run, settings_line
from gdstudio.engine import train

LENGTHS = [1, 2, 3, MOST_SLOTS - 1, MOST_SLOTS, MOST_SLOTS + 1, 2 * MOST_SLOTS, 2 * MOST_SLOTS + 1, 131_072]


def run_of(losses=(3.0, 2.0, 1.0), high=None, name: str = "run 1", project: Project | None = None) -> KeptRun:
    project = project or load_example("hidden-layer")
    low = np.asarray(losses, dtype=float)
    columns = np.arange(len(low), dtype=float), low, low if high is None else np.asarray(high, dtype=float)
    return kept_run(name, project, columns, project.parameters[np.newaxis])


def wandering(count: int, seed: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=count).cumsum()


def trained(project: Project, steps: int) -> Project:
    return edits.descended(
        project, train(project.recipe, project.state, project.data.x, project.data.y, steps).state
    )  # fmt: skip


# What is drawn.


@pytest.mark.parametrize("count", LENGTHS)
def test_a_run_of_any_length_is_drawn_with_a_bounded_number_of_slots(count):
    run = run_of(wandering(count))
    assert len(run.steps) == len(run.low) == len(run.high)
    assert min(count, MOST_SLOTS // 2) <= len(run.steps) <= MOST_SLOTS + 1


@pytest.mark.parametrize("count", [count for count in LENGTHS if count <= MOST_SLOTS])
def test_a_short_run_keeps_every_loss(count):
    losses = wandering(count)
    run = run_of(losses)
    assert run.steps.tolist() == list(range(count))
    assert run.low.tolist() == run.high.tolist() == losses.tolist()


@pytest.mark.parametrize("count", LENGTHS)
def test_the_last_loss_of_a_run_stays_as_it_is(count):
    losses = wandering(count)
    run = run_of(losses)
    assert (run.steps[-1], run.low[-1], run.high[-1]) == (count - 1, losses[-1], losses[-1])


@pytest.mark.parametrize("count", LENGTHS)
def test_the_first_slot_stands_at_the_first_step_and_holds_its_loss(count):
    losses = wandering(count)
    run = run_of(losses)
    assert run.steps[0] == 0
    assert run.low[0] <= losses[0] <= run.high[0]


def test_the_first_loss_of_a_long_run_stays_as_it_is():
    losses = np.arange(5000.0, 0.0, -1.0)
    run = run_of(losses)
    assert (run.low[0], run.high[0]) == (5000.0, 5000.0)


@pytest.mark.parametrize("count", [count for count in LENGTHS if count > MOST_SLOTS])
def test_every_slot_holds_the_extremes_of_its_own_steps(count):
    low, high = wandering(count), wandering(count) + np.random.default_rng(1).uniform(size=count)
    run = run_of(low, high)
    bounds = np.append(run.steps, count).astype(int)
    assert (np.diff(bounds) > 0).all()
    for start, stop, least, most in zip(bounds, bounds[1:], run.low, run.high, strict=False):
        assert (least, most) == (low[start:stop].min(), high[start:stop].max())


@pytest.mark.parametrize("place", [0, 1, 2, 777, 4998, 4999])
@pytest.mark.parametrize("size", [-1.0, 9.0])
def test_a_single_spike_is_never_thinned_away(place, size):
    losses = np.ones(5000)
    losses[place] = size
    run = run_of(losses)
    assert size in (run.low.min(), run.high.max())
    slot = int(np.searchsorted(run.steps, place, side="right")) - 1
    assert size in (run.low[slot], run.high[slot])


def test_losses_that_are_not_finite_stay_so_without_a_warning():
    losses = np.ones(3 * MOST_SLOTS)
    losses[10], losses[1000] = np.inf, np.nan
    run = run_of(losses)
    assert np.isinf(run.high).sum() == 1
    assert np.isnan(run.low).sum() == 1


def test_steps_of_a_run_that_began_later_and_has_a_stride_stay_what_they_are():
    project = load_example("hidden-layer")
    steps = 40.0 + 8.0 * np.arange(3000.0)
    run = kept_run("late", project, (steps, steps, steps + 1.0), project.parameters[np.newaxis])
    assert (run.steps[0], run.steps[-1]) == (40.0, 40.0 + 8.0 * 2999)
    assert set(run.steps) <= set(steps)
    assert (run.low == run.steps)[:-1].all()


def test_nobody_can_write_into_a_run():
    losses = wandering(10)
    run = run_of(losses)
    for array in (run.steps, run.low, run.high, run.path):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0


def test_its_loss_is_that_of_where_it_ended_whatever_was_drawn():
    project = trained(load_example("hidden-layer"), 2)
    run = run_of((7.0, 8.0), project=project)
    w1 = project.parameters[:4].reshape(2, 2)
    hidden = np.maximum(project.data.x @ w1, 0.0)
    assert run.loss == pytest.approx(float(np.mean((hidden @ project.parameters[4:] - project.data.y[:, 0]) ** 2)))
    assert run.step == 2


# What it is the same as.


def test_a_run_is_the_same_as_the_project_it_ended_with():
    project = trained(load_example("xor"), 3)
    run = run_of(project=project)
    assert run.is_same(project)
    assert run.is_same(edits.rename(project, "Another title"))


@pytest.mark.parametrize(
    "change",
    [
        lambda project: trained(project, 1),
        lambda project: edits.set_parameter(project, 0, 9.0),
        lambda project: edits.set_parameter(project, 0, np.nextafter(float(project.parameters[0]), 9.0)),
        lambda project: edits.set_learning_rate(project, 0.0123),
        lambda project: edits.set_optimizer(project, "adam"),
        lambda project: edits.set_value(project, 0, 0, 9.0),
        lambda project: edits.set_locked(project, 0, True),
        lambda project: edits.set_penalty(project, "l2", 0.1),
        lambda project: replace(project, state=replace(project.state, step=7)),
    ],
    ids=["a step", "a weight", "a bit", "rate", "optimizer", "data", "lock", "penalty", "number of steps"],
)
def test_a_run_is_another_than_one_that_differs_in_anything(change):
    project = trained(load_example("xor"), 3)
    assert not run_of(project=project).is_same(change(project))


@pytest.mark.parametrize(
    ("change", "fits"),
    [
        (lambda project: project, True),
        (lambda project: edits.set_activation(project, 1, "tanh"), True),
        (lambda project: edits.set_learning_rate(project, 0.5), True),
        (lambda project: edits.add_node(project, 1), False),
        (lambda project: edits.add_node(project, 0), False),
        (lambda project: edits.add_layer(project, 1), False),
        (lambda project: edits.remove_layer(project, 1), False),
        (lambda project: edits.set_bias(project, True), False),
    ],
    ids=["itself", "activation", "rate", "node", "input", "layer", "layer less", "biases"],
)
def test_a_run_fits_networks_of_its_own_shape_alone(change, fits):
    project = load_example("hidden-layer")
    assert run_of(project=project).fits(change(project).network) is fits


# What it is called.


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("  rate   0.1 ", "rate 0.1"),
        ("two\nlines\tand\x00more\x1b[31m", "two lines and more [31m"),
        ("\u202eturned\u2028round\u200b", "turned round"),
        ("<b>bold</b> & <img src=x>", "<b>bold</b> & <img src=x>"),
        ("\x07\n", ""),
        ("x" * MAX_NAME, "x" * MAX_NAME),
    ],
)
def test_a_hostile_name_is_one_line_of_what_can_be_read(name, clean):
    assert run_of(name=name).name == clean


def test_a_name_that_is_too_long_is_refused_with_a_sentence():
    with pytest.raises(ProjectError, match=rf"up to {MAX_NAME} characters; this one has {MAX_NAME + 1}\.$"):
        run_of(name="x" * (MAX_NAME + 1))


def test_what_decided_a_run_stands_in_a_line():
    project = load_example("hidden-layer")
    assert settings_line(project) == "rate 0.004 · Gradient descent · 2-2-1"
    changed = edits.set_optimizer(edits.set_learning_rate(project, 1e-5), "adam")
    assert settings_line(changed) == "rate 1e−5 · Adam · 2-2-1"
    assert settings_line(edits.set_one_at_a_time(project, True)) == (
        "rate 0.004 · Gradient descent · one at a time · 2-2-1"
    )
    rings = edits.set_batch_size(load_example("two-rings"), 16)
    assert settings_line(rings).endswith("· batch 16 · 2-6-4-1")
    run = run_of(project=rings)
    assert run.settings == settings_line(rings)
