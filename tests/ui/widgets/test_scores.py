"""The scores below the loss plot: hidden, one line or two, and the very numbers that can be computed without them."""

from fractions import Fraction

import numpy as np
import pytest
from PySide6.QtCore import QSize

from gdstudio.app.studio import Studio
from gdstudio.document import edits
from gdstudio.document.datasets import plain_data
from gdstudio.document.examples import load_example
from gdstudio.document.generators import usual
from gdstudio.document.numbers import shown, shown_plain
from gdstudio.document.project import new_project
from gdstudio.engine import Network, Recipe
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.widgets.card import ElidedLabel
from gdstudio.ui.widgets.scores import ScoresBar


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def texts(bar: ScoresBar) -> dict[str, list[str]]:
    """The texts on show, by the side that they are of."""
    whats = ("Loss", "Accuracy", "Rsquared")
    found = {
        side: [bar.findChild(ElidedLabel, f"{side}{what}Score") for what in whats] for side in ("training", "test")
    }
    return {side: [label.text() for label in labels] for side, labels in found.items() if labels[0].isVisible()}


@pytest.fixture
def bar_on(shown_alone, by):
    def show(source) -> ScoresBar:
        bar = shown_alone(ScoresBar(), 400, 60)
        bar.show_picture(by.picture(source))
        return bar

    return show


@pytest.mark.parametrize("key", ["one-weight", "two-weights", "three-inputs", "hidden-layer"])
def test_for_one_example_the_loss_alone_says_all_and_the_scores_are_hidden(bar_on, key):
    assert not bar_on(key).isVisible()


@pytest.mark.parametrize("key", ["xor", "noisy-line", "two-rings", "penguins"])
def test_without_a_test_set_there_is_one_line_and_with_one_there_are_two(bar_on, by, key):
    bar = bar_on(key)
    assert bar.isVisible()
    assert list(texts(bar)) == ["training"]
    bar.show_picture(by.picture(edits.set_test_share(load_example(key), 0.25)))
    assert list(texts(bar)) == ["training", "test"]
    bar.show_picture(by.picture(key))
    assert list(texts(bar)) == ["training"]
    bar.show_picture(by.picture("one-weight"))
    assert not bar.isVisible()


def test_accuracy_is_of_classes_alone_and_in_percent(bar_on):
    assert texts(bar_on("noisy-line"))["training"][1] == ""
    accuracy = texts(bar_on("two-rings"))["training"][1]
    assert accuracy.startswith("accuracy ")
    assert accuracy.endswith(" %")


@pytest.mark.parametrize("examples", [10, 3_000, 99_999])
@pytest.mark.parametrize("wrong", [0, 1, -1, None])
def test_accuracy_is_100_percent_for_all_alone_and_0_for_none_alone(bar_on, examples, wrong):
    """``wrong`` counts the examples on the wrong side; −1 leaves one on the right side, None none."""
    wrong = examples if wrong is None else wrong % examples if wrong < 0 else wrong
    x = np.repeat([-1.0, 1.0], [examples // 2, examples - examples // 2])
    y = np.where(np.arange(examples) < wrong, x < 0, x > 0).astype(float)
    if y.min() == y.max():
        pytest.skip("all targets would be alike")
    recipe = Recipe(Network((1, 1), ("linear",), bias=True))
    data = plain_data("sides", x[:, np.newaxis], y[:, np.newaxis])
    text = texts(bar_on(new_project("sides", recipe, np.array([1.0, 0.5]), data)))["training"][1]
    shown_share = Fraction(text.removeprefix("accuracy ").removesuffix(" %")) / 100
    share = Fraction(examples - wrong, examples)
    assert (shown_share == 1) is (share == 1)
    assert (shown_share == 0) is (share == 0)
    assert abs(shown_share - share) <= Fraction(1, 1000)


def test_the_lines_have_the_colours_of_their_curves(bar_on):
    bar = bar_on(edits.set_test_share(load_example("two-rings"), 0.25))
    names = [label for label in bar.findChildren(ElidedLabel) if label.text().startswith("●")]
    assert [(label.text(), label.property("tone")) for label in names] == [("● training", "good"), ("● test", "test")]


def predictions(project, x: np.ndarray) -> np.ndarray:
    """What a network of tanh layers and a sigmoid at the end predicts, written out once more."""
    *hidden, (weights, bias) = project.network.layers(project.parameters)
    for inner, inner_bias in hidden:
        x = np.tanh(x @ inner + inner_bias)
    return 1.0 / (1.0 + np.exp(-(x @ weights + bias)))


@pytest.mark.parametrize("l2", [0.0, 0.01])
def test_the_scores_after_20_steps_are_those_computed_by_hand(studio, l2):
    project = edits.set_generated(load_example("two-rings"), usual("moons"))
    project = edits.set_penalty(edits.set_loss(project, "binary_crossentropy"), "l2", l2)
    studio.session.open(edits.set_test_share(project, 0.25), None)
    studio.session.descend(20)
    project, bar = studio.session.viewed, studio.window.scores_bar
    data = project.data
    rows = np.delete(np.arange(120), data.held_out)
    cost = l2 * sum(np.square(weights).sum() for weights, _ in project.network.layers(project.parameters))
    for side, chosen in (("training", rows), ("test", np.array(data.held_out))):
        x, y = data.raw_x[chosen], data.raw_y[chosen]
        p = predictions(project, x)
        loss = np.mean(-y * np.log(p) - (1 - y) * np.log(1 - p)) + cost
        accuracy = 100 * np.mean((p > 0.5) == (y > 0.5))
        r_squared = 1 - np.square(p - y).sum() / np.square(y - y.mean()).sum()
        expected = [f"loss {shown(loss)}", f"accuracy {shown_plain(accuracy, 3)} %", f"R² {shown(r_squared)}"]
        assert texts(bar)[side] == expected


def test_the_scores_follow_steps_and_undo(studio):
    studio.session.open(load_example("two-rings"), None)
    before = texts(studio.window.scores_bar)
    studio.session.descend(5)
    assert texts(studio.window.scores_bar) != before
    studio.session.undo_stack.undo()
    assert texts(studio.window.scores_bar) == before
    studio.session.set_test_share(0.5)
    assert list(texts(studio.window.scores_bar)) == ["training", "test"]
    studio.session.undo_stack.undo()
    assert texts(studio.window.scores_bar) == before


@pytest.mark.parametrize("size", [QSize(1110, 600), QSize(1280, 720), QSize(1440, 900)], ids=lambda s: f"{s.width()}")
def test_no_score_is_cut_off_in_the_window(studio, qapp, size):
    studio.session.open(edits.set_test_share(load_example("two-rings"), 0.25), None)
    studio.session.descend(50)
    studio.window.resize(size)
    studio.window.arrange()
    for _ in range(3):
        qapp.processEvents()
    labels = [label for label in studio.window.scores_bar.findChildren(ElidedLabel) if label.isVisible()]
    assert len(labels) == 8
    cut = {
        each.text(): each.width() for each in labels if each.fontMetrics().horizontalAdvance(each.text()) > each.width()
    }
    assert cut == {}


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_any_score_can_be_painted(bar_on, by, value):
    project = edits.set_test_share(load_example("two-rings"), 0.25)
    with np.errstate(all="ignore"):
        bar = bar_on(edits.descended(project, type(project.state)(np.full(len(project.parameters), value))))
    assert not bar.grab().isNull()


def test_while_a_step_is_played_the_scores_are_those_of_the_loss_beside_them(studio):
    studio.session.open(load_example("two-rings"), None)
    bar, plot = studio.window.scores_bar, studio.window.loss_plot
    studio.player.set_reduced_motion(False)
    studio.player.step()
    studio.player.advance(16)
    before = picture_of(studio.session.history.project_at(0, studio.session.project))
    assert texts(bar)["training"][0] == f"loss {shown(before.loss)}"
    assert plot.info().endswith(f"loss {shown_plain(before.loss, 4)}")
    studio.player.advance(5000)
    assert texts(bar)["training"][0] == f"loss {shown(studio.player.picture.loss)}"
