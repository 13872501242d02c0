"""Where everybody of a race is, and who is ahead, in words."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document.examples import load_example
from gdstudio.document.runs import KeptRun, kept_run
from gdstudio.teaching.standings import Entrant, Racer, Standings


def run_with(name: str, loss: float) -> KeptRun:
    project = load_example("one-weight")
    one = np.array([1.0])
    return replace(kept_run(name, project, (one, one, one), project.parameters[np.newaxis]), loss=loss)


def standings_of(*racers: tuple[float, bool], taken: int = 40, steps: int = 100) -> Standings:
    """A race of a, b, c, …, each with a loss and whether it has diverged."""
    names = "abcdef"
    made = (Racer(run_with(names[k], loss), diverged) for k, (loss, diverged) in enumerate(racers))
    return Standings(tuple(made), taken, steps)


@pytest.mark.parametrize(
    ("entrant", "name"),
    [
        (Entrant("sgd", 0.01), "Gradient descent 0.01"),
        (Entrant("sgd", 0.01, 16), "Gradient descent 0.01, batch 16"),
        (Entrant("adam", 1e-6), "Adam 1e−6"),
        (Entrant("momentum", 1 / 28), "Momentum 0.0357"),
        (Entrant("sgd", 10.0, 1), "Gradient descent 10, batch 1"),
    ],
)
def test_an_entrant_is_called_by_its_optimizer_rate_and_batch(entrant, name):
    assert entrant.name == name


def test_entrants_with_the_same_settings_are_equal():
    assert Entrant("sgd", 0.1) == Entrant("sgd", 0.1, None)
    assert len({Entrant("sgd", 0.1), Entrant("sgd", 0.1), Entrant("sgd", 0.1, 2), Entrant("adam", 0.1)}) == 3


def test_before_the_start_everybody_is_at_the_same_place():
    nobody = Standings((), 0, 500)
    assert nobody.order == ()
    assert nobody.sentence == "Everybody starts from the same weights."


@pytest.mark.parametrize(
    ("racers", "order"),
    [
        ([(3.0, False), (1.0, False), (2.0, False)], (1, 2, 0)),
        ([(1.0, False), (1.0, False)], (0, 1)),
        ([(0.5, True), (7.0, False)], (1, 0)),
        ([(9.0, True), (5.0, True), (7.0, False)], (2, 1, 0)),
        ([(math.nan, False), (3.0, False), (math.inf, False)], (1, 0, 2)),
        ([(math.inf, True), (math.nan, True)], (0, 1)),
    ],
    ids=["by loss", "a tie", "diverged is last", "two diverged", "no numbers", "none"],
)
def test_the_lowest_loss_is_first_and_who_diverged_is_last(racers, order):
    assert standings_of(*racers).order == order


@pytest.mark.parametrize(
    ("taken", "says"),
    [
        (1, "b is ahead: loss 0.25 after 1 step."),
        (1499, "b is ahead: loss 0.25 after 1,499 steps."),
        (1500, "b has won: loss 0.25 after 1,500 steps."),
    ],
)
def test_who_has_the_lowest_loss_is_ahead_and_at_the_end_has_won(taken, says):
    assert standings_of((1.0, False), (0.25, False), (0.01, True), taken=taken, steps=1500).sentence == says


def test_nobody_wins_where_everybody_has_diverged():
    assert standings_of((1.0, True), (2.0, True), taken=100).sentence == "Everybody has diverged."


def test_a_loss_is_written_as_everywhere_with_three_digits_and_the_real_minus():
    assert standings_of((1.23456e-9, False)).sentence == "a is ahead: loss 1.23e−9 after 40 steps."
    assert standings_of((0.0, False)).sentence == "a is ahead: loss 0 after 40 steps."
