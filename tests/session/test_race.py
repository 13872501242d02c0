"""A race: the same start for everyone, each by its own settings, and each by the engine's very numbers."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QTimer

from gdstudio.document import edits
from gdstudio.engine import OPTIMIZERS, Outcome, measured_loss, start_state, train
from gdstudio.session import race as race_module
from gdstudio.teaching.standings import MOST_RACERS, Entrant


def losses(standings) -> list[float]:
    return [racer.run.loss for racer in standings.racers]


SGD, ADAM = Entrant("sgd", 0.001), Entrant("adam", 0.01)


# Who runs.


def test_at_first_the_project_runs_against_half_its_rate_and_against_adam(race_on, by):
    on = race_on("hidden-layer")
    assert on.race.entrants == (Entrant("sgd", 0.004), Entrant("sgd", 0.002), Entrant("adam", 0.004))
    assert on.race.standings.sentence == "Everybody starts from the same weights."
    on = race_on(edits.set_optimizer(by.project("hidden-layer"), "adam"))
    assert [entrant.optimizer for entrant in on.race.entrants] == ["adam", "adam", "sgd"]
    assert race_on("mini-batches").race.entrants[0].batch_size == 3


@pytest.mark.parametrize("name", ["one-weight", "hidden-layer", "mini-batches", "two-rings"])
def test_the_usual_entrants_can_always_run(race_on, name, by):
    on = race_on(name, steps=3)
    by.raced(on.race)
    assert on.refused == []
    assert on.race.standings.taken == 3


@pytest.mark.parametrize("rate", [1e-6, 1.5e-6])
def test_the_usual_entrants_of_a_tiny_rate_can_run_too(race_on, by, rate):
    on = race_on(edits.set_learning_rate(by.project("one-weight"), rate), steps=3)
    on.race.set_running(True)
    assert on.refused == []


def test_one_more_is_like_the_last_with_twice_its_rate_up_to_the_largest(race_on):
    on = race_on(entrants=(SGD, Entrant("momentum", 3.0)))
    on.race.add()
    on.race.add()
    assert [entrant.learning_rate for entrant in on.race.entrants] == [0.001, 3.0, 6.0, 10.0]
    assert on.race.entrants[-1].optimizer == "momentum"
    assert on.entrants[-1] == on.race.entrants


def test_six_run_at_most_and_a_seventh_is_refused_with_a_sentence(race_on):
    on = race_on()
    while len(on.race.entrants) < MOST_RACERS:
        on.race.add()
    entrants, heard = on.race.entrants, len(on.entrants)
    assert len(entrants) == 6
    on.race.add()
    assert on.refused == ["Up to 6 can run side by side; remove one first."]
    assert (on.race.entrants, len(on.entrants)) == (entrants, heard)


def test_one_always_stays(race_on):
    on = race_on()
    first, _, third = on.race.entrants
    on.race.remove(1)
    assert on.race.entrants == (first, third)
    on.race.remove(0)
    on.race.remove(0)
    assert on.race.entrants == (third,)


@pytest.mark.parametrize(
    ("entrant", "says"),
    [
        (Entrant("sgd", 0.0), "The learning rate goes from 1e−12 to 10.0."),
        (Entrant("sgd", 11.0), "The learning rate goes from 1e−12 to 10.0."),
        (Entrant("sgd", float("nan")), "The learning rate goes from 1e−12 to 10.0."),
        (Entrant("adam", 0.1, 8), "A batch has from 1 to 7 examples; 8 is outside."),
        (Entrant("adam", 0.1, 0), "A batch has from 1 to 7 examples; 0 is outside."),
        (Entrant("magic", 0.1), "The optimizer 'magic' is not known."),
    ],
)
def test_settings_that_can_not_be_used_are_refused_and_the_old_ones_shown_again(race_on, entrant, says):
    on = race_on("mini-batches", steps=10)
    on.race.set_running(True)
    on.race.advance()
    entrants, taken = on.race.entrants, on.race.standings.taken
    on.race.change(1, entrant)
    assert on.refused == [says]
    assert on.race.entrants == entrants
    assert on.entrants == [entrants]
    assert on.race.is_running
    assert on.race.standings.taken == taken


def test_the_same_settings_again_leave_a_race_where_it_is(race_on):
    on = race_on(steps=10)
    on.race.set_running(True)
    on.race.advance()
    on.race.change(0, on.race.entrants[0])
    assert on.race.is_running
    assert on.entrants == []


# Each by the engine's own numbers.

FIELD = tuple(Entrant(name, 0.01 if name != "adam" else 0.05) for name in OPTIMIZERS)[:6]


@pytest.mark.parametrize("name", ["hidden-layer", "xor", "mini-batches"])
def test_every_run_is_the_engine_s_own_from_the_same_start(race_on, by, name):
    on = race_on(name, FIELD, steps=57)
    project = on.session.viewed
    by.raced(on.race)
    assert len(on.race.standings.racers) == len(FIELD)
    for entrant, racer in zip(FIELD, on.race.standings.racers, strict=True):
        own = edits.set_learning_rate(edits.set_optimizer(project, entrant.optimizer), entrant.learning_rate)
        own = edits.set_batch_size(own, None)
        direct = train(own.recipe, own.start, own.data.x, own.data.y, 57)
        run = racer.run
        assert by.same_bits(run.path[0], project.start.parameters)
        assert by.same_bits(run.project.parameters, direct.state.parameters)
        assert by.same_bits(run.path[-1], direct.state.parameters)
        assert by.same_bits(run.low, direct.losses)
        assert run.loss == direct.losses[-1]
        assert (run.step, run.name) == (57, entrant.name)


def test_batches_are_each_racer_s_own(race_on, by):
    field = tuple(Entrant("sgd", 0.05, size) for size in (None, 1, 2, 3, 6, 7))
    on = race_on("mini-batches", field, steps=25)
    by.raced(on.race)
    for entrant, racer in zip(field, on.race.standings.racers, strict=True):
        own = edits.set_learning_rate(edits.set_batch_size(on.session.viewed, entrant.batch_size), 0.05)
        assert racer.run.project.recipe == own.recipe
        assert by.same_bits(racer.run.project.parameters, by.trained(own, 25).parameters)
    parameters = [racer.run.project.parameters.tobytes() for racer in on.race.standings.racers]
    # A batch of all seven is no batch.
    assert len(set(parameters)) == 5
    assert parameters[0] == parameters[-1]


def test_everybody_starts_from_the_start_wherever_the_document_stands(race_on, by):
    on = race_on("hidden-layer", (SGD, ADAM), steps=5)
    start = on.session.project.start
    on.session.descend(9)
    on.session.view_step(4)
    document, end = on.session.project, on.session.history.end
    by.raced(on.race)
    for racer in on.race.standings.racers:
        assert by.same_bits(racer.run.path[0], start.parameters)
        assert racer.run.steps.tolist() == [0, 1, 2, 3, 4, 5]
    assert on.session.project is document
    assert (on.session.history.end, on.session.viewed.state.step, on.session.undo_stack.count()) == (end, 4, 1)


def test_the_same_optimizer_may_race_itself_to_the_very_same_end(race_on, by):
    on = race_on("hidden-layer", (SGD, SGD, SGD), steps=20)
    by.raced(on.race)
    assert len(set(losses(on.race.standings))) == 1
    assert on.race.standings.order == (0, 1, 2)


def test_what_is_locked_penalized_and_scheduled_is_so_for_everybody(race_on, by):
    project = edits.set_locked(by.project("xor"), 2, True)
    project = edits.set_schedule(edits.set_penalty(edits.set_penalty(project, "l2", 0.02), "l1", 0.01), "inverse")
    project = edits.set_period(project, 5)
    on = race_on(project, (Entrant("sgd", 0.5), Entrant("adam", 0.05)), steps=30)
    by.raced(on.race)
    for racer in on.race.standings.racers:
        recipe = racer.run.project.recipe
        assert recipe.locked == frozenset({2})
        assert (recipe.l1, recipe.l2, recipe.schedule, recipe.period) == (0.01, 0.02, "inverse", 5)
        assert racer.run.project.parameters[2] == project.parameters[2]
        data = project.data
        assert racer.run.loss == measured_loss(project.recipe, racer.run.project.parameters, data.x, data.y)
        own = replace(project, recipe=recipe, state=start_state(recipe, project.start.parameters))
        assert by.same_bits(racer.run.project.parameters, by.trained(own, 30).parameters)


def test_an_optimizer_that_is_the_project_s_own_keeps_its_settings(race_on, by):
    project = edits.set_setting(edits.set_optimizer(by.project("xor"), "momentum"), "momentum", 0.5)
    on = race_on(project, (Entrant("momentum", 0.1), Entrant("adam", 0.1)), steps=4)
    by.raced(on.race)
    own, other = (racer.run.project.recipe for racer in on.race.standings.racers)
    assert own.settings == project.recipe.settings
    assert dict(other.settings) == OPTIMIZERS["adam"].defaults()


def test_a_long_race_is_as_exact_as_a_short_one(race_on, by):
    on = race_on("xor", (Entrant("momentum", 0.2),), steps=5000)
    by.raced(on.race)
    (racer,) = on.race.standings.racers
    own = racer.run.project
    assert by.same_bits(own.parameters, by.trained(replace(own, state=own.start), 5000).parameters)
    assert on.race.standings.taken == own.state.step == 5000


# Time.


def test_everybody_has_taken_the_same_steps_at_every_moment(race_on):
    on = race_on("xor", (SGD, ADAM, Entrant("sgd", 0.5)), steps=2000)
    on.race.set_running(True)
    before = 0
    while on.race.is_running:
        on.race.advance()
        standings = on.race.standings
        assert {racer.run.step for racer in standings.racers} == {standings.taken}
        assert before < standings.taken <= before + max(1, round(2000 / race_module.TICKS))
        before = standings.taken
    assert before == 2000


def test_where_steps_take_long_a_tick_takes_fewer(race_on, monkeypatch):
    on = race_on("xor", (SGD,), steps=30_000)
    now = iter(np.arange(0.0, 1e6, 1.0))
    on.race._clock = lambda: float(next(now))
    on.race.set_running(True)
    for _ in range(5):
        before = on.race.standings.taken
        on.race.advance()
        assert on.race.standings.taken == before + 1
    on.race.set_running(False)


def test_a_race_says_when_it_begins_and_ends_and_its_timer_is_stopped(race_on, by):
    on = race_on("hidden-layer", (SGD, ADAM), steps=9)
    by.raced(on.race)
    assert on.running == [True, False]
    assert [timer.isActive() for timer in on.race.findChildren(QTimer)] == [False]
    assert on.standings[-1].taken == 9
    assert "has won" in on.standings[-1].sentence


def test_a_paused_race_goes_on_from_where_it_was(race_on, by):
    on = race_on("hidden-layer", (SGD, ADAM), steps=40)
    on.race.set_running(True)
    for _ in range(7):
        on.race.advance()
    on.race.set_running(False)
    taken = on.race.standings.taken
    assert 0 < taken < 40
    assert not on.race.is_running
    assert on.standings[-1].taken == taken
    assert "is ahead" in on.standings[-1].sentence
    by.raced(on.race)
    assert on.race.standings.taken == 40
    for racer in on.race.standings.racers:
        own = racer.run.project
        assert by.same_bits(own.parameters, by.trained(replace(own, state=own.start), 40).parameters)
    assert on.running == [True, False, True, False]


def test_a_race_that_is_over_starts_anew(race_on, by):
    on = race_on("hidden-layer", (SGD,), steps=12)
    by.raced(on.race)
    first = losses(on.race.standings)
    on.race.set_running(True)
    assert on.race.standings.taken == 0
    by.raced(on.race)
    assert losses(on.race.standings) == first


# Who is ahead.


def test_the_winner_has_the_lowest_loss_and_who_diverged_is_last(race_on, by):
    field = (Entrant("sgd", 9.0), Entrant("sgd", 0.02), Entrant("sgd", 1 / 18), Entrant("sgd", 0.3))
    on = race_on("one-weight", field, steps=60)
    by.raced(on.race)
    standings = on.race.standings
    assert [racer.has_diverged for racer in standings.racers] == [True, False, False, True]
    assert standings.order[:2] == (2, 1)
    assert standings.sentence.startswith("Gradient descent 0.0556 has won: loss ")
    for racer in standings.racers:
        assert np.isfinite(racer.run.loss)
        assert np.isfinite(racer.run.low).all()
    assert standings.racers[0].run.step < standings.racers[3].run.step < 60


def test_who_diverged_stays_where_it_was_while_the_others_go_on(race_on, by):
    on = race_on("one-weight", (Entrant("sgd", 9.0), Entrant("sgd", 0.02)), steps=50)
    on.race.set_running(True)
    while not on.race.standings.racers[0].has_diverged:
        on.race.advance()
    end = on.race.standings.racers[0].run.project
    run = train(end.recipe, end.start, end.data.x, end.data.y, 50, loss_limit=1e9 * 16.0)
    assert run.outcome is Outcome.DIVERGED
    assert end.state.step == run.state.step
    by.raced(on.race)
    assert on.race.standings.racers[0].run.project is end
    assert on.race.standings.racers[1].run.step == 50


def test_when_everybody_has_diverged_the_race_is_over_at_once(race_on):
    on = race_on("one-weight", (Entrant("sgd", 9.0), Entrant("sgd", 10.0)), steps=10_000)
    on.race.set_running(True)
    for _ in range(40):
        on.race.advance()
    assert not on.race.is_running
    assert on.standings[-1].sentence == "Everybody has diverged."
