"""Wishes about how to descend and from what: one entry each, undone by identity, kept or ending a run as they must."""

from dataclasses import replace

import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import Generated, with_test_share
from gdstudio.document.generators import usual
from gdstudio.engine import OPTIMIZERS, train
from gdstudio.session.player import TICK

SINE = Generated("sine", 40, 0.1, 2)


def learning(by, optimizer="adam"):
    """2-3-1 on seven examples, three a step."""
    return edits.set_optimizer(by.batched(), optimizer)


def made_to_order(by):
    """The same network on generated data, a quarter of it held out."""
    return edits.set_test_share(edits.set_generated(by.batched(), SINE), 0.25)


def classes(by):
    """The same network on two moons."""
    return edits.set_generated(by.batched(), usual("moons"))


WISHES = [
    (learning, "set_optimizer", ("rmsprop",), "Change optimizer"),
    (learning, "set_setting", ("beta_1", 0.5), "Change beta 1"),
    (learning, "set_setting", ("beta_2", 0.5), "Change beta 2"),
    (learning, "set_setting", ("epsilon", 0.001), "Change epsilon"),
    (learning, "set_schedule", ("cosine",), "Change schedule"),
    (learning, "set_period", (50,), "Change period"),
    (learning, "set_penalty", ("l1", 0.1), "Change L1 penalty"),
    (learning, "set_penalty", ("l2", 0.1), "Change L2 penalty"),
    (learning, "set_initializer", ("normal",), "Change how a start is drawn"),
    (learning, "set_spread", (0.25,), "Change the start’s spread"),
    (learning, "set_last_activation", ("tanh",), "Change activation of layer 2"),
    (learning, "set_test_share", (0.3,), "Change test share"),
    (learning, "set_generated", (usual("sine"),), "Use data Sine"),
    (learning, "set_generated", (usual("three-gaussians"),), "Use data Three Gaussians"),
    (made_to_order, "set_generated", (replace(SINE, noise=0.5),), "Use data Sine"),
    (made_to_order, "set_test_share", (0.0,), "Change test share"),
    (made_to_order, "set_value", (0, 1, 0.5), "Change y"),
    (classes, "set_loss", ("binary_crossentropy",), "Change loss"),
]

REFUSED = [
    (learning, "set_optimizer", ("magic",), "'magic' is not known"),
    (learning, "set_setting", ("beta_1", 1.0), "Beta 1 of Adam goes from 0 to 0.9999; 1 is outside."),
    (learning, "set_setting", ("momentum", 0.5), "Adam has no setting 'momentum'."),
    (learning, "set_setting", ("beta_1", float("nan")), "nan is outside."),
    (learning, "set_schedule", ("sometimes",), "The schedule 'sometimes' is not known"),
    (learning, "set_period", (0,), "at least one step"),
    (learning, "set_penalty", ("l1", -1.0), "L1 penalty must be 0"),
    (learning, "set_penalty", ("l2", float("inf")), "L2 penalty must be 0"),
    (learning, "set_initializer", ("magic",), "The initializer 'magic' is not known"),
    (learning, "set_spread", (float("nan"),), "finite number"),
    (learning, "set_last_activation", ("softmax",), "Softmax goes with categorical cross-entropy"),
    (learning, "set_loss", ("binary_crossentropy",), "needs targets from 0 to 1"),
    (learning, "set_test_share", (1.0,), "Of 7 examples"),
    (learning, "set_test_share", (0.01,), "Of 7 examples"),
    (learning, "set_batch_size", (8,), "A batch has from 1 to 7 examples; 8 is outside."),
    (learning, "set_generated", (replace(SINE, examples=0),), "The number of examples goes from 1 to 100,000"),
    (learning, "set_generated", (replace(SINE, noise=-1.0),), "The noise goes from 0 to 10"),
]


def entries(session) -> list[str]:
    return [session.undo_stack.text(position) for position in range(session.undo_stack.count())]


@pytest.mark.parametrize(
    ("make", "wish", "arguments", "text"), WISHES, ids=[f"{row[1]}-{row[3]}-{i}" for i, row in enumerate(WISHES)]
)
@pytest.mark.parametrize("steps", [0, 5])
def test_a_wish_is_one_named_entry_whose_undo_and_redo_bring_back_the_very_same_projects(
    session_on, by, make, wish, arguments, text, steps
):
    session = session_on(make(by))
    session.descend(steps)
    before, history, heard = session.project, session.history, by.heard(session.viewed_changed)
    assert getattr(session, wish)(*arguments) is True
    after, later = session.project, session.history
    assert after is not before
    assert entries(session)[bool(steps) :] == [text]
    session.undo_stack.undo()
    assert (session.project, session.viewed, session.history) == (before, before, history)
    session.undo_stack.redo()
    assert (session.project, session.viewed, session.history) == (after, after, later)
    assert heard == [after, before, after]
    assert getattr(session, wish)(*arguments) is True
    assert session.project is after
    assert entries(session)[bool(steps) :] == [text]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_setting_is_named_in_its_entry(session_on, by, optimizer):
    session = session_on(learning(by, optimizer))
    for setting in OPTIMIZERS[optimizer].settings:
        session.set_setting(setting.name, setting.high)
    assert entries(session) == [f"Change {setting.label.lower()}" for setting in OPTIMIZERS[optimizer].settings]


@pytest.mark.parametrize(
    ("make", "wish", "arguments", "said"), REFUSED, ids=[f"{row[1]}-{i}" for i, row in enumerate(REFUSED)]
)
def test_a_refused_wish_says_so_once_and_changes_nothing(session_on, by, make, wish, arguments, said):
    session = session_on(make(by))
    session.descend(3)
    project, history = session.project, session.history
    refused, viewed = by.heard(session.refused), by.heard(session.viewed_changed)
    assert getattr(session, wish)(*arguments) is False
    assert len(refused) == 1
    assert said in refused[0]
    assert refused[0].endswith(".")
    assert (session.project, session.viewed, session.history) == (project, project, history)
    assert (session.undo_stack.count(), viewed) == (1, [])


def test_a_spread_is_that_of_the_chosen_way_to_draw(session_on, by):
    session = session_on(learning(by))
    session.set_initializer("constant")
    session.set_spread(-0.25)
    assert (session.project.recipe.initializer, session.project.recipe.spread) == ("constant", -0.25)
    assert set(session.project.parameters[session.project.network.is_weight].tolist()) == {-0.25}


def test_a_wish_begins_from_the_step_that_is_looked_at(session_on, by):
    session = session_on(learning(by))
    session.descend(10)
    session.view_step(4)
    seen = session.viewed
    session.set_setting("beta_1", 0.5)
    assert session.project.state is seen.state
    assert (session.project.state.step, session.history.end) == (4, 4)
    assert session.project.state.optimizer[2].tolist() == [4.0]


# In the middle of a run.

KEEPING = {
    "setting": lambda session: session.set_setting("beta_1", 0.5),
    "schedule": lambda session: session.set_schedule("inverse"),
    "period": lambda session: session.set_period(7),
    "l1": lambda session: session.set_penalty("l1", 0.01),
    "l2": lambda session: session.set_penalty("l2", 0.01),
    "optimizer": lambda session: session.set_optimizer("momentum"),
    "loss": lambda session: session.set_loss("huber"),
    "last activation": lambda session: session.set_last_activation("tanh"),
    "batch": lambda session: session.set_batch_size(2),
    "value": lambda session: session.set_value(0, 0, 0.25),
}
ENDING = {
    "initializer": lambda session: session.set_initializer("normal"),
    "spread": lambda session: session.set_spread(0.25),
    "split": lambda session: session.set_test_share(0.5),
    "no split": lambda session: session.set_test_share(0.0),
    "data to order": lambda session: session.set_generated(usual("line")),
    "scaling": lambda session: session.set_scaling("unit"),
}


def split(by):
    """The network with Adam, two of its seven examples held out."""
    project = learning(by)
    return replace(project, data=with_test_share(project.data, 0.3, 5))


def wait(on, milliseconds: float) -> None:
    for _ in range(round(milliseconds / TICK)):
        on.player.advance(TICK)


@pytest.mark.parametrize("speed", ["1 step/s", "30 steps/s"])
@pytest.mark.parametrize("change", KEEPING.values(), ids=KEEPING)
def test_a_run_goes_on_with_what_was_changed_from_the_next_step_on(player_on, by, change, speed):
    on = player_on(split(by), speed)
    on.player.set_running(True)
    wait(on, 3000)
    before = on.session.project
    assert before.state.step > 0
    assert change(on.session)
    changed = on.session.project
    assert changed is not before
    assert changed.state.step == before.state.step
    assert on.player.picture.project is changed
    wait(on, 3000)
    assert on.player.is_running
    assert on.running == [True]
    steps = on.session.project.state.step - changed.state.step
    assert steps > 0
    expected = train(changed.recipe, changed.state, changed.data.x, changed.data.y, steps).state
    assert by.same_bits(on.session.project.parameters, expected.parameters)
    assert all(map(by.same_bits, on.session.project.state.optimizer, expected.optimizer))
    assert on.session.undo_stack.count() == 3
    on.player.set_running(False)
    on.session.undo_stack.undo()
    on.session.undo_stack.undo()
    assert on.session.project is before


@pytest.mark.parametrize("speed", ["1 step/s", "30 steps/s"])
@pytest.mark.parametrize("change", ENDING.values(), ids=ENDING)
def test_what_begins_again_from_a_start_ends_the_run(player_on, by, change, speed):
    on = player_on(split(by), speed)
    on.player.set_running(True)
    wait(on, 3000)
    assert on.session.project.state.step > 0
    assert change(on.session)
    assert on.running == [True, False]
    assert on.session.run_key == ""
    begun = on.session.project
    assert begun.state.step == 0
    wait(on, 3000)
    assert on.session.project is begun
    assert on.player.picture.project is begun
    assert on.player.frame.picture is on.player.picture
    assert on.stops == []


def test_a_test_loss_is_shown_all_along_a_run(player_on, by):
    on = player_on(split(by), "30 steps/s")
    on.player.set_running(True)
    wait(on, 1000)
    on.player.set_running(False)
    step = on.session.project.state.step
    timeline = on.session.history.timeline(step, on.player.picture.loss, on.player.picture.test_loss)
    assert len(timeline.test_low) == step + 1 > 20
    assert timeline.test_low[-1] == timeline.test_loss
