"""What ends a race, and what it brings along: other settings, another network, another document."""

from dataclasses import replace

import pytest

from gdstudio.document.generators import generate, usual
from gdstudio.teaching.standings import Entrant

SGD, ADAM = Entrant("sgd", 0.001), Entrant("adam", 0.01)


def losses(standings) -> list[float]:
    return [racer.run.loss for racer in standings.racers]


def test_clearing_takes_everybody_off_the_track(race_on):
    on = race_on(steps=50)
    on.race.set_running(True)
    on.race.advance()
    on.race.clear()
    assert on.running == [True, False]
    assert (on.standings[-1].racers, on.standings[-1].taken) == ((), 0)
    count = len(on.standings)
    on.race.clear()
    assert len(on.standings) == count


@pytest.mark.parametrize(
    "change",
    [
        lambda race: race.add(),
        lambda race: race.remove(0),
        lambda race: race.change(0, Entrant("adam", 0.2)),
        lambda race: race.set_steps(70),
    ],
    ids=["one more", "one less", "settings", "steps"],
)
def test_another_field_or_distance_ends_the_race(race_on, change):
    on = race_on(steps=50)
    on.race.set_running(True)
    on.race.advance()
    change(on.race)
    assert not on.race.is_running
    assert on.race.standings.racers == ()


def test_what_is_kept_of_a_race_are_the_runs_under_their_names(race_on, by):
    on = race_on("hidden-layer", (SGD, ADAM), steps=30)
    by.raced(on.race)
    on.session.keep_runs(on.race.kept())
    assert [run.name for run in on.session.runs] == ["Gradient descent 0.001", "Adam 0.01"]
    assert [run.loss for run in on.session.runs] == losses(on.race.standings)
    assert all(run.step == 30 and not run.is_automatic for run in on.session.runs)
    assert on.race.standings.racers != ()
    on.race.clear()
    assert on.race.kept() == ()


CHANGED = {
    "a weight of the start": lambda session: session.set_parameter(0, 0.7),
    "a value": lambda session: session.set_value(0, 0, 0.5),
    "a node": lambda session: session.add_node(1),
    "an activation": lambda session: session.set_activation(1, "sigmoid"),
    "a new start": lambda session: session.new_start(),
    "other data": lambda session: session.set_generated(usual("moons")),
    "another document": lambda session: session.open(session.other, None),
}


@pytest.mark.parametrize("name", CHANGED)
def test_a_race_of_another_network_data_or_start_is_over(race_on, by, name):
    on = race_on("mini-batches", steps=50)
    on.session.other = by.project("one-weight")
    on.race.set_running(True)
    on.race.advance()
    CHANGED[name](on.session)
    assert on.running == [True, False]
    assert on.race.standings.racers == ()


@pytest.mark.parametrize(
    "look",
    [
        lambda session: session.view_step(2),
        lambda session: session.descend(3),
        lambda session: session.set_learning_rate(0.5),
        lambda session: session.rename("Another"),
        lambda session: session.pin_run(),
        lambda session: session.undo_stack.undo(),
    ],
    ids=["scrub", "steps", "rate", "title", "pin", "undo"],
)
def test_looks_steps_and_the_document_s_own_rate_leave_a_race_alone(race_on, look):
    on = race_on("mini-batches", steps=50)
    on.session.descend(4)
    on.session.descend(4)
    on.race.set_running(True)
    on.race.advance()
    look(on.session)
    assert on.race.is_running
    assert on.race.standings.taken == 1
    on.race.set_running(False)


def test_fewer_examples_make_the_batches_fit(race_on, by):
    project = replace(by.batched(None), data=generate(usual("moons")))
    on = race_on(project, (Entrant("sgd", 0.1, 50), Entrant("adam", 0.1, 5)))
    wanted = replace(usual("moons"), examples=20)
    on.session.set_generated(wanted)
    assert len(on.session.project.data) == 20
    assert on.race.entrants == (Entrant("sgd", 0.1), Entrant("adam", 0.1, 5))
    assert on.entrants[-1] == on.race.entrants
    by.raced(on.race)
    assert on.refused == []


def test_another_document_brings_its_own_entrants(race_on, by):
    on = race_on("mini-batches", (Entrant("adam", 0.3, 2),))
    on.session.open(by.project("one-weight"), None)
    assert on.race.entrants == (Entrant("sgd", 0.01), Entrant("sgd", 0.005), Entrant("adam", 0.01))
    assert on.entrants[-1] == on.race.entrants


def test_everything_is_said_once_more_to_views_that_are_new(race_on, by):
    on = race_on("hidden-layer", (SGD,), steps=7)
    by.raced(on.race)
    on.race.refresh()
    assert on.entrants[-1] == (SGD,)
    assert on.steps[-1] == 7
    assert losses(on.standings[-1]) == losses(on.race.standings)
