"""The open document under every wish a person can have, in orders that nobody thought of, with hostile values."""

import math
import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtWidgets import QApplication

from gdstudio.document.codegen import TARGETS
from gdstudio.document.datasets import SCALINGS, Generated
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.files import decode, encode, load
from gdstudio.document.generators import GENERATORS
from gdstudio.document.project import NodeRef, Project
from gdstudio.document.runs import MOST_RUNS
from gdstudio.engine import ACTIVATIONS, LOSSES, OPTIMIZERS, Outcome, frozen, measured_loss
from gdstudio.engine.initializers import INITIALIZERS
from gdstudio.engine.schedules import SCHEDULES
from gdstudio.session.history import History
from gdstudio.session.speeds import SPEEDS

# What is typed, pointed at and chosen: mostly sound, now and then not.

NOT_FINITE = (math.nan, math.inf, -math.inf)
NUMBERS = st.one_of(
    st.floats(-3.0, 3.0),
    st.sampled_from((0.0, -0.0, 1.0, 10.0, 1e-320, -1e-320, 5e-324, 1e154, 1e308, -1e308, *NOT_FINITE)),
)
RATES = st.sampled_from((0.01, 0.1, 0.5, 1e-6, 10.0, 0.0, -0.0, -1.0, 1e-320, 1e-7, 10.000001, 1e308, *NOT_FINITE))
SMALL = st.sampled_from((0.0, -0.0, 0.01, 0.5, 0.9, 1.0, 1e-8, 1e-320, -0.1, 1e308, *NOT_FINITE))
COUNTS = st.sampled_from((None, 1, 2, 3, 4, 7, 20, 0, -1, 101, 10**9, 2**70))
PERIODS = st.sampled_from((1, 2, 10, 1000, 10**9, 0, -5, 10**9 + 1, 2**70))
SEEDS = st.sampled_from((0, 1, 7, 2**31 - 1, 2**31, -1, 2**70))
ROWS = st.sampled_from((1, 2, 3, 8, 20, 0, -1, 100_001, 10**12))
TITLES = st.sampled_from(
    ("", " ", "R&D", "plain", "<b>bold</b>", "two\nlines\tand a tab", "\x00\x07\x1b[31m", "‮ back", "\ud800", "x" * 80,
     "x" * 81, "é" * 100_000, "/etc/passwd", "%s %d {0}", "名前")
)  # fmt: skip
PLACES = st.integers(0, 11)
ODD_LAYERS = st.sampled_from((-(2**70), -3, -1, 99, 2**70))


def known(table, *others: str) -> st.SearchStrategy[str]:
    """A name of a table, now and then one that is not in it."""
    return st.sampled_from((*table, *table, *others, "", "no such"))


@cache
def starting_point(key: str) -> Project:
    return load_example(key)


# What stands in a project, bit for bit.


def bits_of(project: Project) -> bytes:
    """Everything that a project holds, every number by all its bits: the same for two that are the same."""
    return encode(project)


def arrays_of(project: Project):
    """Every array of a project, by its name."""
    data, state, start = project.data, project.state, project.start
    yield from (("parameters", state.parameters), ("start", start.parameters))
    for what, memory in (("memory", state.optimizer), ("memory at the start", start.optimizer)):
        yield from ((f"{what} {number}", slot) for number, slot in enumerate(memory))
    yield from ((name, getattr(data, name)) for name in ("raw_x", "raw_y", "x", "y", "center", "scale"))
    yield from (("test inputs", data.test[0]), ("test targets", data.test[1]))


def check_sizes(project: Project) -> None:
    """What belongs together in a project fits together."""
    network, data, recipe = project.network, project.data, project.recipe
    count, sizes = network.parameter_count, network.sizes
    slots = OPTIMIZERS[recipe.optimizer].slot_sizes(count)
    for state in (project.state, project.start):
        assert state.parameters.shape == (count,)
        assert tuple(slot.shape for slot in state.optimizer) == tuple((size,) for size in slots)
    assert len(network.activations) == len(sizes) - 1
    assert tuple(map(len, project.names)) == sizes
    assert (len(data.input_names), len(data.target_names)) == (sizes[0], sizes[-1])
    assert (data.x.shape, data.y.shape) == ((len(data), sizes[0]), (len(data), sizes[-1]))
    assert data.center.shape == data.scale.shape == (sizes[0] + sizes[-1],)
    assert len(data) + len(data.held_out) == len(data.raw_x) == len(data.raw_y)
    assert len(data) >= 1
    assert recipe.batch_size is None or 1 <= recipe.batch_size <= len(data)
    assert all(0 <= index < count for index in recipe.locked)
    assert project.start.step == 0 or project.start.step <= project.state.step


def check_arrays(project: Project) -> None:
    for name, values in arrays_of(project):
        assert values.dtype == np.float64, name
        assert not values.flags.writeable, f"{name} can be written to"
        assert np.isfinite(values).all(), f"{name} is not finite: {values}"


def check_sentence(text: str) -> None:
    """A refusal is a sentence that a person can read."""
    assert text == text.strip(), text
    assert text[-1] in ".!?", text
    assert len(text) > 10, text
    assert "Traceback" not in text, text
    assert "object at 0x" not in text, text


class Document(RuleBasedStateMachine):
    """A session and its player, and a person who wishes for anything."""

    by: SimpleNamespace

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.on = self.by.played(starting_point("hidden-layer"))
        self.session, self.player = self.on.session, self.on.player
        self.bits: dict[Project, bytes] = {}
        self.seen: dict[History, dict[int, bytes]] = {}
        self._begin()

    def _begin(self) -> None:
        """Another document is open: nothing can be undone."""
        self.first = self.session.project
        self.seen = {self.session.history: {}}
        self.trail = [self.first]
        self.was = self._now()

    def _check_trail(self) -> None:
        """What undo and redo lead to is the very object that stood there."""
        assert self.session.project is self.trail[self.session.undo_stack.index()], "undo or redo leads elsewhere"

    def _now(self) -> SimpleNamespace:
        session = self.session
        return SimpleNamespace(
            project=session.project, viewed=session.viewed, history=session.history, runs=session.runs,
            path=session.path, count=session.undo_stack.count(), index=session.undo_stack.index(),
            end=session.history.end, modified=session.is_modified, refusals=len(self.on.refused),
        )  # fmt: skip

    def _bits(self, project: Project) -> bytes:
        """The bits of a project when it was first seen."""
        if project not in self.bits:
            self.bits[project] = bits_of(project)
        return self.bits[project]

    @property
    def at(self) -> Project:
        return self.session.viewed

    def _parameter(self, place: int) -> int:
        return place % self.at.network.parameter_count

    def _layer(self, place: int) -> int:
        return place % len(self.at.network.sizes)

    def _node(self, layer: int, place: int) -> NodeRef:
        layer = self._layer(layer)
        return NodeRef(layer, place % self.at.network.sizes[layer])

    def wish(self, act, *values) -> None:
        """Do something that may be refused: with a sentence and no other trace, or it is done."""
        before = self._now()
        answer = act(*values)
        after = self._now()
        said = self.on.refused[before.refusals :]
        for text in said:
            check_sentence(text)
        if said:
            assert answer is not True, f"refused and done: {said}"
            for what in vars(before).keys() - {"refusals"}:
                assert getattr(after, what) == getattr(before, what), f"refused ({said[0]}), but {what} is another"
        else:
            assert answer is not False, "refused without a word"

    def edit(self, act, *values, again: bool = True) -> None:
        """Edit what is looked at: where nothing comes of it the object stays, and said again it changes nothing."""
        before = self._now()
        self.wish(act, *values)
        after = self._now()
        if after.project is before.project and after.viewed is before.viewed and after.runs is before.runs:
            assert (after.index, after.count) == (before.index, before.count), "an entry that changes nothing"
        else:
            assert after.index in (before.index, before.index + 1)
            assert after.count == after.index, "what was undone can still be redone"
            assert after.viewed is after.project
            assert self._bits(after.project) != self._bits(before.viewed), "an edit that changes no bit"
            assert after.end == after.project.state.step
        if again and len(self.on.refused) == before.refusals:
            self.wish(act, *values)
            assert self.session.project is after.project
            assert self.session.undo_stack.index() == after.index

    @initialize(key=st.sampled_from(("hidden-layer", "two-weights", "xor", "one-weight", "seven")))
    def begin(self, key) -> None:
        self.session.open(self.by.batched() if key == "seven" else starting_point(key), None)
        self._begin()

    # The numbers.

    @rule(place=PLACES, value=NUMBERS, gesture=st.sampled_from((0, 0, 1, 2)))
    def set_a_weight(self, place, value, gesture) -> None:
        self.edit(self.session.set_parameter, self._parameter(place), value, gesture)

    @rule(place=PLACES, values=st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=4), gesture=st.integers(3, 10**9))
    def drag_a_weight(self, place, values, gesture) -> None:
        index = self.session.undo_stack.index()
        for value in values:
            self.wish(self.session.set_parameter, self._parameter(place), value, gesture)
        assert self.session.undo_stack.index() <= index + 1, "a drag is one entry"

    @rule(example=PLACES, column=PLACES, value=NUMBERS)
    def set_a_value_of_the_data(self, example, column, value) -> None:
        data = self.at.data
        self.edit(self.session.set_value, example % len(data), column % len(data.column_names), value)

    @rule(place=PLACES, locked=st.booleans())
    def lock_a_weight(self, place, locked) -> None:
        self.edit(self.session.set_locked, self._parameter(place), locked)

    @rule(values=st.lists(NUMBERS, min_size=1, max_size=3), missing=st.sampled_from((0, 0, 0, 1)))
    def jump(self, values, missing) -> None:
        count = self.at.network.parameter_count - missing
        self.edit(self.session.set_parameters, frozen(np.resize(np.array(values), count)))

    # The network.

    @rule(bias=st.booleans())
    def give_biases(self, bias) -> None:
        self.edit(self.session.set_bias, bias)

    @rule(layer=st.one_of(PLACES, ODD_LAYERS), name=known(ACTIVATIONS))
    def choose_an_activation(self, layer, name) -> None:
        self.edit(self.session.set_activation, self._layer(layer) if 0 <= layer < 12 else layer, name)

    @rule(name=known(ACTIVATIONS))
    def choose_the_hidden_activation(self, name) -> None:
        self.edit(self.session.set_hidden_activation, name)

    @rule(name=known(ACTIVATIONS))
    def choose_the_last_activation(self, name) -> None:
        self.edit(self.session.set_last_activation, name)

    @rule(layer=PLACES, place=PLACES, name=TITLES)
    def name_a_node(self, layer, place, name) -> None:
        node, history = self._node(layer, place), self.session.history
        self.wish(self.session.rename_node, node, name)
        assert self.session.history is history

    @rule(title=TITLES)
    def name_the_document(self, title) -> None:
        history, step = self.session.history, self.at.state.step
        self.wish(self.session.rename, title)
        assert self.session.history is history
        assert self.at.state.step == step

    @precondition(lambda self: self.at.network.parameter_count < 60)
    @rule(layer=PLACES)
    def add_a_node(self, layer) -> None:
        self.edit(self.session.add_node, self._layer(layer), again=False)

    @rule(layer=PLACES, place=PLACES)
    def remove_a_node(self, layer, place) -> None:
        self.edit(self.session.remove_node, self._node(layer, place), again=False)

    @rule(layer=PLACES)
    def remove_the_last_node(self, layer) -> None:
        self.edit(self.session.remove_last_node, self._layer(layer), again=False)

    @precondition(lambda self: self.at.network.parameter_count < 60)
    @rule(after=st.one_of(PLACES, ODD_LAYERS))
    def add_a_layer(self, after) -> None:
        self.edit(self.session.add_layer, self._layer(after) if 0 <= after < 12 else after, again=False)

    @rule(layer=st.one_of(PLACES, ODD_LAYERS))
    def remove_a_layer(self, layer) -> None:
        self.edit(self.session.remove_layer, self._layer(layer) if 0 <= layer < 12 else layer, again=False)

    # How it descends.

    @rule(rate=RATES, gesture=st.sampled_from((0, 0, 1, 2)))
    def set_the_learning_rate(self, rate, gesture) -> None:
        self.edit(self.session.set_learning_rate, rate, gesture)

    @rule(name=known(OPTIMIZERS))
    def choose_an_optimizer(self, name) -> None:
        self.edit(self.session.set_optimizer, name)

    @rule(place=PLACES, value=SMALL, foreign=st.sampled_from((False, False, False, True)))
    def set_a_setting(self, place, value, foreign) -> None:
        own = [setting.name for setting in OPTIMIZERS[self.at.recipe.optimizer].settings]
        self.edit(self.session.set_setting, "no such" if foreign or not own else own[place % len(own)], value)

    @rule(name=known(LOSSES))
    def choose_a_loss(self, name) -> None:
        self.edit(self.session.set_loss, name)

    @rule(size=COUNTS)
    def choose_a_batch(self, size) -> None:
        self.edit(self.session.set_batch_size, size)

    @rule(name=known(SCHEDULES))
    def choose_a_schedule(self, name) -> None:
        self.edit(self.session.set_schedule, name)

    @rule(period=PERIODS)
    def set_the_period(self, period) -> None:
        self.edit(self.session.set_period, period)

    @rule(name=known(("l1", "l2")), weight=SMALL)
    def set_a_penalty(self, name, weight) -> None:
        self.edit(self.session.set_penalty, name, weight)

    @rule(name=known(INITIALIZERS))
    def choose_how_a_start_is_drawn(self, name) -> None:
        self.edit(self.session.set_initializer, name)

    @rule(spread=SMALL)
    def set_the_spread(self, spread) -> None:
        self.edit(self.session.set_spread, spread)

    @rule(one_at_a_time=st.booleans())
    def move_weights_one_at_a_time(self, one_at_a_time) -> None:
        self.edit(self.session.set_one_at_a_time, one_at_a_time)

    # The data.

    @rule(name=known(GENERATORS), rows=ROWS, noise=SMALL, seed=SEEDS)
    def make_data_to_order(self, name, rows, noise, seed) -> None:
        if name in GENERATORS:  # what the undo entry is called is looked up in the table: a menu offers nothing else
            self.edit(self.session.set_generated, Generated(name, rows, noise, seed))

    @rule(key=st.sampled_from(("one-weight", "xor", "noisy-line", "hidden-layer")))
    def use_the_data_of_an_example(self, key) -> None:
        self.edit(self.session.set_data, starting_point(key))

    @rule(place=PLACES, exists=st.sampled_from((True, True, True, False)))
    def choose_the_target(self, place, exists) -> None:
        columns = self.at.data.column_names
        self.edit(self.session.set_target, columns[place % len(columns)] if exists else "no such")

    @rule(name=st.sampled_from(tuple(SCALINGS)))
    def scale(self, name) -> None:
        self.edit(self.session.set_scaling, name)

    @rule(share=st.sampled_from((0.0, 0.2, 0.5, 0.9, 1.0, -0.0, -0.5, 1e-320, 0.999999, 1e308, *NOT_FINITE)))
    def hold_a_share_out(self, share) -> None:
        self.edit(self.session.set_test_share, share)

    # Descent.

    @rule(steps=st.sampled_from((0, 1, 1, 2, 5, 40)), tolerance=st.sampled_from((0.0, 1e-9, 10.0, math.inf)))
    def descend(self, steps, tolerance) -> None:
        before = self._now()
        run = self.session.descend(steps, tolerance=tolerance)
        after = self._now()
        taken = after.project.state.step - before.viewed.state.step
        if not len(run.losses) - 1:
            assert after == before
            return
        assert len(run.losses) - 1 == taken
        assert taken == steps or run.outcome is not Outcome.DONE
        assert after.viewed is after.project
        assert after.end == after.project.state.step
        assert after.count == after.index

    @rule()
    def take_the_step_that_was_foretold(self) -> None:
        coming, outcome = self.session.previewed()
        before = self._now()
        assert self.session.descend(1).outcome is outcome
        if self.session.project is not before.project:
            assert self.session.project.state.step == before.viewed.state.step + 1
            assert bits_of(self.session.project) == bits_of(coming)

    @rule()
    def take_a_step(self) -> None:
        self.wish(self.player.step)

    @rule()
    def show_a_phase(self) -> None:
        self.wish(self.player.phase)

    @rule(running=st.booleans())
    def run_or_pause(self, running) -> None:
        self.player.set_running(running)
        assert running or not self.player.is_running

    @rule(milliseconds=st.sampled_from((0.0, 1.0, 16.0, 100.0)), ticks=st.integers(1, 6))
    def let_time_pass(self, milliseconds, ticks) -> None:
        before = self._now()
        stands_still = not self.player.is_running and not self.player.is_moving
        for _ in range(ticks):
            self.player.advance(milliseconds)
        if stands_still:
            assert self.session.project is before.project

    @rule(ticks=st.integers(1, 6), position=st.integers(6, len(SPEEDS) - 1), goes_on=st.booleans())
    def run_for_a_while(self, ticks, position, goes_on) -> None:
        index = self.session.undo_stack.index()
        self.player.set_reduced_motion(True)
        self.player.set_speed(position)
        self.player.set_running(False)
        self.player.set_running(True)
        for _ in range(ticks):
            self.player.advance(100.0)
        self.player.set_running(goes_on and self.player.is_running)
        assert self.session.undo_stack.index() <= index + 1, "a run is one entry"

    @rule(position=st.integers(0, len(SPEEDS) - 1), reduced=st.booleans())
    def choose_a_speed(self, position, reduced) -> None:
        self.player.set_speed(position)
        self.player.set_reduced_motion(reduced)

    @rule(tolerance=st.sampled_from((0.0, 1e-9, 0.1, -1.0, 1e308)))
    def choose_when_a_run_is_over(self, tolerance) -> None:
        self.player.set_tolerance(tolerance)

    @rule(time=st.sampled_from((0.0, 0.5, 1.0, 2.5, 3.999, 4.0, -1.0, 99.0, math.inf, -math.inf)))
    def scrub_inside_a_step(self, time) -> None:
        project, viewed = self.session.project, self.at
        self.player.scrub(time)
        assert (self.session.project, self.at) == (project, viewed)
        assert not self.player.is_running

    @rule()
    def go_back(self) -> None:
        project = self.session.project
        self.player.back()
        assert self.session.project is project

    @rule(place=st.one_of(st.integers(0, 60), st.sampled_from((-1, -(2**31), 2**31 - 1, 2**70))))
    def look_at_another_step(self, place) -> None:
        project, history = self.session.project, self.session.history
        self.session.view_step(place)
        assert self.session.project is project
        assert history.first <= self.at.state.step <= history.end
        assert not history.first <= place <= history.end or self.at.state.step == place

    @rule()
    def reset(self) -> None:
        self.edit(self.session.reset)

    @rule()
    def draw_a_new_start(self) -> None:
        self.edit(self.session.new_start, again=False)

    @rule()
    def retreat(self) -> None:
        rate = self.at.recipe.learning_rate
        before = self._now()
        self.wish(self.session.retreat)
        if len(self.on.refused) == before.refusals:
            assert self.session.project.recipe.learning_rate <= rate / 2
            assert self.session.undo_stack.index() == before.index + 1

    # The runs that are kept.

    @rule()
    def pin_the_run(self) -> None:
        before = len(self.session.runs)
        self.wish(self.session.pin_run)
        assert len(self.session.runs) in (before, before + 1)

    @rule(copies=st.sampled_from((0, 1, 2, MOST_RUNS + 1)))
    def keep_the_runs_of_a_race(self, copies) -> None:
        history = self.session.history
        end = history.project_at(history.end, self.session.project)
        self.wish(self.session.keep_runs, (history.kept("race", end),) * copies)

    @rule()
    def pin_one_more_than_there_is_room_for(self) -> None:
        history, room = self.session.history, MOST_RUNS - len(self.session.runs)
        end = history.project_at(history.end, self.session.project)
        self.wish(self.session.keep_runs, (history.kept("race", end),) * room)
        before = self._now()
        self.wish(self.session.pin_run)
        assert len(self.on.refused) == before.refusals + 1
        assert len(self.session.runs) == MOST_RUNS

    @precondition(lambda self: self.session.runs)
    @rule(place=PLACES, name=TITLES)
    def name_a_run(self, place, name) -> None:
        self.wish(self.session.rename_run, place % len(self.session.runs), name)
        assert all(run.name for run in self.session.runs)

    @precondition(lambda self: self.session.runs)
    @rule(place=PLACES, shown=st.booleans())
    def show_or_hide_a_run(self, place, shown) -> None:
        self.wish(self.session.show_run, place % len(self.session.runs), shown)
        assert self.session.runs[place % len(self.session.runs)].is_shown is shown

    @rule(number=st.one_of(PLACES, st.sampled_from((-1, 2**70))))
    def delete_a_run(self, number) -> None:
        before = self._now()
        self.wish(self.session.delete_run, number)
        gone = 0 <= number < len(before.runs)
        assert len(self.session.runs) == len(before.runs) - gone
        assert gone or self._now() == before

    # The document as a whole.

    @rule(key=st.sampled_from(tuple(example.key for example in EXAMPLES)), in_a_run=st.booleans())
    def open_an_example(self, key, in_a_run) -> None:
        if in_a_run:
            self.player.set_running(True)
        self._replace_by(starting_point(key), None)

    @rule()
    def save_it_and_open_it_again(self) -> None:
        path = Path(self.folder.name) / "saved.gds"
        project = self.session.project
        assert self.session.save(path)
        assert not self.session.is_modified
        assert self.session.project is project
        again = load(path)
        assert bits_of(again) == bits_of(project)
        self._replace_by(again, path)

    def _replace_by(self, project: Project, path: Path | None) -> None:
        """Open another document: nothing that was on its way goes on in it."""
        self.session.open(project, path)
        assert self.session.project is self.session.viewed is project
        assert not self.player.is_running
        assert not self.player.is_moving
        assert not self.session.run_key
        for _ in range(2):
            self.player.advance(100.0)
        assert self.session.project is project, "a run went on in another document"
        assert (self.session.undo_stack.count(), self.session.runs, self.session.is_modified) == (0, (), False)
        self._begin()

    @rule(folder=st.sampled_from(("no such folder", "\x00")))
    def save_where_nothing_can_be_saved(self, folder) -> None:
        self.wish(self.session.save, Path(self.folder.name) / folder / "saved.gds")

    @rule(language=st.sampled_from(tuple(TARGETS)))
    def write_a_program(self, language) -> None:
        before = self._now()
        try:
            assert self.session.program(language)
        except ProjectError as error:
            check_sentence(str(error))
        assert self._now() == before

    @rule()
    def undo(self) -> None:
        for turn in (self.session.undo_stack.undo, self.session.undo_stack.redo, self.session.undo_stack.undo):
            turn()
            self._check_trail()

    @rule()
    def redo(self) -> None:
        self.session.undo_stack.redo()
        self._check_trail()
        self.was = self._now()

    @rule(places=st.lists(PLACES, min_size=1, max_size=4))
    def travel(self, places) -> None:
        stack = self.session.undo_stack
        for place in places:
            stack.setIndex(place % (stack.count() + 1))
            self._check_trail()
        # Nothing new came of it: a history may well lead on from where one has gone.
        self.was = self._now()

    # What holds whatever was done.

    @invariant()
    def every_moment_has_its_entry(self) -> None:
        stack = self.session.undo_stack
        if stack.index() == stack.count():
            self.trail[stack.index() :] = [self.session.project]
        assert len(self.trail) == stack.count() + 1
        self._check_trail()

    @invariant()
    def every_number_is_finite_and_fixed(self) -> None:
        for project in {self.session.project, self.session.viewed}:
            check_arrays(project)
            check_sizes(project)
            self._bits(project)
        for run in self.session.runs:
            for values in (run.steps, run.low, run.high, run.path):
                assert not values.flags.writeable
            assert len(run.steps) == len(run.low) == len(run.high)
            assert run.path.shape[1:] == run.project.parameters.shape
        assert len(self.session.runs) <= MOST_RUNS

    @invariant()
    def the_history_leads_to_the_project(self) -> None:
        session, history = self.session, self.session.history
        project, step = session.project, session.project.state.step
        assert history.first <= step <= history.end
        if session.undo_stack.index() > self.was.index and history is not self.was.history:
            assert history.end == step
        assert bits_of(history.project_at(step, project)) == self._bits(project)
        timeline = history.timeline(step, 0.0)
        assert np.array_equal(timeline.steps, np.arange(history.first, history.end + 1.0))
        data = project.data
        loss = measured_loss(project.recipe, project.parameters, data.x, data.y)
        assert np.array_equal(timeline.low[step - history.first], loss, equal_nan=True)

    @invariant()
    def what_was_seen_at_a_step_is_seen_again(self) -> None:
        session, history = self.session, self.session.history
        if history not in self.seen:
            past = self.seen[self.was.history]
            kept = min(self.was.viewed.state.step, history.end)
            self.seen[history] = {step: bits for step, bits in past.items() if history.first <= step < kept}
        seen = self.seen[history]
        for project in {session.project, session.viewed}:
            here = project.state
            bits = b"".join(values.tobytes() for values in (here.parameters, *here.optimizer))
            assert seen.setdefault(here.step, bits) == bits, f"step {here.step} is another than it was"
        self.was = self._now()

    @invariant()
    def the_player_shows_what_is_looked_at(self) -> None:
        assert bool(self.session.run_key) == self.player.is_running
        assert self.player.picture.project is self.session.viewed
        assert self.player.picture.step == self.session.viewed.state.step

    def teardown(self) -> None:
        try:
            self._travel_from_end_to_end()
        finally:
            self.by.let_go(self.on)
            self.session.deleteLater()
            self.folder.cleanup()

    def _travel_from_end_to_end(self) -> None:
        self.player.set_running(False)
        stack = self.session.undo_stack
        stack.setIndex(stack.count())
        last = self.session.project
        bits = bits_of(last)
        note(f"undo {stack.count()} entries")
        for index in (*range(stack.count(), -1, -1), 0):
            stack.setIndex(index)
            self._check_trail()
        assert self.session.project is self.first, "what is undone as far as can be is not what was opened"
        stack.setIndex(stack.count())
        assert self.session.project is last
        assert bits_of(last) == bits
        again = decode(bits, "it")
        assert bits_of(again) == bits
        for (name, one), (_, other) in zip(arrays_of(last), arrays_of(again), strict=True):
            assert self.by.same_bits(one, other), name
        assert (again.recipe, again.names, again.title) == (last.recipe, last.names, last.title)
        for project, seen in self.bits.items():
            assert bits_of(project) == seen, "a project that was left behind is another now"


@pytest.mark.parametrize("rounds", [240, pytest.param(2400, marks=pytest.mark.nightly)])
def test_whatever_is_wished_for_the_document_stays_sound(qapp: QApplication, by, rounds):
    """So many rounds of fifty wishes each, the same every time."""
    machine = type("Document", (Document,), {"by": by})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=rounds,
            stateful_step_count=50,
            derandomize=True,
            deadline=None,
            database=None,
            print_blob=True,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
