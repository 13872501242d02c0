"""Ask me first, in the window: the change is judged, whatever the loss, the optimizer and the rate.

A cause is named only where it is one: “2 × error, not error” where the loss is a plain square and descent is plain.
"""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from gdstudio.document.datasets import plain_data
from gdstudio.document.numbers import exact
from gdstudio.document.project import ParameterRef, Project, new_project
from gdstudio.engine import LOSSES, OPTIMIZERS, Network, Recipe, train_step

RATES = (1e-7, 0.003, 0.4)
CAUSE = "2 × error"
LAST = {"binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}


@cache
def project_of(loss: str, optimizer: str, rate: float, up: bool) -> Project:
    """One example, and a weight that goes up or down."""
    outputs = 2 if loss == "categorical_crossentropy" else 1
    network = Network((2, outputs), (LAST.get(loss, "linear"),), bias=False)
    recipe = Recipe(network, loss=loss, optimizer=optimizer, learning_rate=rate)
    targets = [[1.0, 0.0][:outputs]] if up else [[0.0, 1.0][:outputs]]
    weights = np.linspace(1.3, 1.9, 2 * outputs) * (1.0 if up else 4.0)
    if loss not in LAST:
        targets = [[weights @ [0.5, -0.25] + (3.0 if up else -3.0)]]
    data = plain_data("one", np.array([[0.5, -0.25]]), np.array(targets))
    return new_project("one", recipe, weights, data)


def change_of(project: Project) -> tuple[float, float]:
    """The first weight, and how far a step moves it."""
    before = float(project.parameters[0])
    after = train_step(project.recipe, project.state, project.data.x, project.data.y)[0].parameters[0]
    return before, float(after) - before


@pytest.fixture
def asked(same_studio):
    """Answer to the question before a step of a project, and return what is said of it."""
    window, panel = same_studio.window, same_studio.window.lesson_panel
    acts = window.actions_by_name

    window.setUpdatesEnabled(False)  # what is read is a label: nothing need be painted
    opened: list[Project] = []

    def ask(project: Project, answer: str) -> str:
        if opened[-1:] == [project]:
            acts["resetAction"].trigger()
        else:
            same_studio.session.open(project, None)
            same_studio.stage.select(ParameterRef(0))
            acts["askFirstAction"].setChecked(True)
            opened.append(project)
        acts["stepAction"].trigger()
        panel.findChild(QLineEdit, "predictField").setText(answer)
        panel.findChild(QPushButton, "checkButton").click()
        QApplication.processEvents()
        assert same_studio.session.viewed.state.step == 1
        return panel.findChild(QLabel, "lessonFeedback").text()

    yield ask
    window.setUpdatesEnabled(True)
    acts["askFirstAction"].setChecked(False)
    same_studio.session.undo_stack.setClean()


def check_told(said: str, change: float) -> None:
    """Both numbers that are said differ, in the direction that is said."""
    went, before, after = re.search(r"the weight went (up|down), from (\S+) to (\S+)\.(?: |$)", said).groups()
    low, high = (float(text.replace("−", "-")) for text in (before, after))
    assert (went == "up") == (change > 0)
    assert low != high, said
    assert (high > low) == (change > 0), said


QUICK = ("sgd", "adam")
EVERY_OPTIMIZER = pytest.mark.parametrize(
    "optimizer", [pytest.param(name, marks=() if name in QUICK else pytest.mark.nightly) for name in OPTIMIZERS]
)


@pytest.mark.parametrize("rate", RATES)
@EVERY_OPTIMIZER
@pytest.mark.parametrize("loss", LOSSES)
def test_a_predicted_number_is_judged_by_the_change(asked, loss, optimizer, rate):
    for up in (True, False) if loss == "mse" else (rate == RATES[1],):
        project = project_of(loss, optimizer, rate, up)
        before, change = change_of(project)
        assert change, (loss, optimizer)
        said = asked(project, exact(before + change))
        assert said.startswith("Right"), said
        check_told(said, change)
        for share in (-0.02, 0.0, 0.5, 1.1):
            said = asked(project, exact(before + share * change))
            assert not said.startswith("Right"), (share, said)
            check_told(said, change)
            assert ("direction" in said) == (share < 0), (share, said)
            is_named = CAUSE in said
            assert is_named == (share == 0.5 and loss == "mse" and optimizer == "sgd"), (share, said)


@pytest.mark.parametrize("rate", RATES)
@EVERY_OPTIMIZER
def test_a_predicted_direction_is_judged_by_the_change(asked, optimizer, rate):
    for up in (True, False):
        project = project_of("mse", optimizer, rate, up)
        _, change = change_of(project)
        for word in ("up", "down", "stays"):
            said = asked(project, word)
            assert said.startswith("Right") == (word == ("up" if change > 0 else "down")), said
            check_told(said, change)


@pytest.mark.parametrize("change", ["l2", "one_at_a_time", "momentum later"])
def test_a_cause_is_named_only_where_it_is_one(asked, change):
    project = project_of("mse", "sgd", 0.01, True)
    recipe = {
        "l2": replace(project.recipe, l2=0.7),
        "one_at_a_time": replace(project.recipe, one_at_a_time=True),
        "momentum later": replace(project.recipe, schedule="step", period=3),
    }[change]
    other = replace(project, recipe=recipe)
    before, moved = change_of(other)
    said = asked(other, exact(before + moved / 2.0))
    assert not said.startswith("Right")
    assert (CAUSE in said) == (change != "l2"), said
