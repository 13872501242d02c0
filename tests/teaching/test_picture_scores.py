"""How good the predictions are, on the examples to learn from and on those held out, each also computed by hand."""

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.datasets import plain_data, with_scaling, with_test_share
from gdstudio.document.generators import GENERATORS, generate, usual
from gdstudio.document.project import new_project
from gdstudio.engine import LOSSES, Network, Recipe, draw_parameters, train
from gdstudio.teaching.picture import Score, picture_of


def learned(name="sine", loss="mse", share=0.3, scaling="none", last="linear", steps=20, **options):
    """A network of 4 tanh nodes on generated data, some steps on."""
    data = with_scaling(generate(usual(name)), scaling)
    data = with_test_share(data, share, 1) if share else data
    network = Network((len(data.input_names), 4, len(data.target_names)), ("tanh", LOSSES[loss].taken_with or last))
    recipe = Recipe(network, loss=loss, learning_rate=0.2, seed=1, **options)
    project = new_project(name, recipe, draw_parameters(network, 1), data)
    return edits.descended(project, train(recipe, project.state, data.x, data.y, steps).state)


def predicted(project, x):
    """The predictions, by plain NumPy."""
    (w1, b1), (w2, b2) = project.network.layers(project.parameters)
    z = np.tanh(x @ w1 + b1) @ w2 + b2
    last = project.network.activations[-1]
    if last == "sigmoid":
        return 1 / (1 + np.exp(-z))
    return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) if last == "softmax" else z


def loss_by_hand(project, x, y):
    p = predicted(project, x)
    size = np.abs(p - y)
    with np.errstate(all="ignore"):
        each = {
            "mse": lambda: size**2,
            "half_mse": lambda: size**2 / 2,
            "mae": lambda: size,
            "huber": lambda: np.where(size < 1, size**2 / 2, size - 0.5),
            "binary_crossentropy": lambda: -np.log(np.where(y == 1, p, 1 - p)),
            "categorical_crossentropy": lambda: -y.shape[1] * y * np.log(p),
        }[project.recipe.loss]()
    weights = project.parameters[project.network.is_weight]
    return each.mean() + project.recipe.l1 * np.abs(weights).sum() + project.recipe.l2 * (weights**2).sum()


def score(project, name):
    return next((score for score in picture_of(project).scores if score.name == name), None)


def rows_of(project):
    """Both parts of the raw data, told apart by the rows alone."""
    data = project.data
    held_out = np.isin(np.arange(len(data.raw_x)), data.held_out)
    columns = (data.columns - data.center) / data.scale
    k = data.raw_x.shape[1]
    return (columns[~held_out, :k], columns[~held_out, k:]), (columns[held_out, :k], columns[held_out, k:])


PROJECTS = {
    **{f"sine-{loss}": {"name": "sine", "loss": loss} for loss in ("mse", "half_mse", "mae", "huber")},
    "scaled": {"name": "parabola", "scaling": "standard"},
    "penalties": {"name": "line", "l1": 0.01, "l2": 0.03},
    "mini-batches": {"name": "line", "batch_size": 5},
    "moons-binary": {"name": "moons", "loss": "binary_crossentropy"},
    "moons-binary-penalties": {"name": "moons", "loss": "binary_crossentropy", "l1": 0.01, "l2": 0.02},
    "moons-mse": {"name": "moons", "last": "sigmoid"},
    "three-categorical": {"name": "three-gaussians", "loss": "categorical_crossentropy"},
    "three-mse": {"name": "three-gaussians"},
}
EVERY = pytest.mark.parametrize("options", PROJECTS.values(), ids=PROJECTS)


@EVERY
def test_both_losses_are_those_computed_by_hand(options):
    project = learned(**options)
    picture = picture_of(project)
    training, test = rows_of(project)
    assert picture.loss == pytest.approx(loss_by_hand(project, *training), rel=1e-10)
    assert picture.test_loss == pytest.approx(loss_by_hand(project, *test), rel=1e-10)
    assert picture.test_loss != pytest.approx(picture.loss, rel=1e-4)
    assert score(project, "loss") == Score("loss", picture.loss, picture.test_loss)
    weights = project.parameters[project.network.is_weight]
    expected = project.recipe.l1 * np.abs(weights).sum() + project.recipe.l2 * (weights**2).sum()
    assert picture.penalty == pytest.approx(expected, rel=1e-12)


@EVERY
def test_r_squared_is_1_minus_the_errors_by_the_spread(options):
    project = learned(**options)
    found = score(project, "R²")
    for value, (x, y) in zip((found.training, found.test), rows_of(project), strict=True):
        errors = ((predicted(project, x) - y) ** 2).sum(axis=0)
        assert value == pytest.approx((1 - errors / ((y - y.mean(axis=0)) ** 2).sum(axis=0)).mean(), rel=1e-9)


@EVERY
def test_accuracy_is_the_share_put_into_its_class_and_is_said_of_classes_alone(options):
    project = learned(**options)
    found = score(project, "accuracy")
    if GENERATORS[options["name"]].target_names[0].startswith("class"):
        for value, (x, y) in zip((found.training, found.test), rows_of(project), strict=True):
            p = predicted(project, x)
            right = (p > 0.5) == (y > 0.5) if y.shape[1] == 1 else p.argmax(1) == y.argmax(1)
            assert value == np.mean(right)
    else:
        assert found is None


def test_loss_comes_first_and_then_what_means_something_by_itself():
    assert [score.name for score in picture_of(learned("moons")).scores] == ["loss", "accuracy", "R²"]
    assert [score.name for score in picture_of(learned("line")).scores] == ["loss", "R²"]


@pytest.mark.parametrize("name", ["line", "moons", "three-gaussians"])
def test_without_a_test_set_nothing_is_said_of_one(name):
    picture = picture_of(learned(name, share=0.0))
    assert picture.test_loss is None
    assert [score.test for score in picture.scores] == [None] * len(picture.scores)
    assert picture.scores[0].training == picture.loss


def test_what_says_nothing_of_a_test_set_of_one_example_is_none_there():
    project = learned("moons", share=1 / 120)
    assert len(project.data.held_out) == 1
    picture = picture_of(project)
    assert picture.test_loss == pytest.approx(loss_by_hand(project, *rows_of(project)[1]))
    assert score(project, "R²").test is None
    assert score(project, "accuracy").test is None
    assert score(project, "accuracy").training > 0.5


def test_targets_that_are_all_alike_have_a_loss_alone():
    project = edits.project_for(plain_data("flat", [[1.0], [2.0]], [[3.0], [3.0]]), "flat")
    assert [score.name for score in picture_of(project).scores] == ["loss"]


def test_scores_are_of_all_examples_and_not_of_the_next_batch():
    project = learned("moons", batch_size=5)
    picture = picture_of(project)
    assert len(picture.batch) == 5
    assert picture.scores[0].training == pytest.approx(loss_by_hand(project, *rows_of(project)[0]))


def test_scores_of_numbers_without_bounds_are_said_without_complaint():
    project = learned("moons")
    for index in range(project.network.parameter_count):
        project = edits.set_parameter(project, index, 1e200)
    assert not np.isfinite([picture_of(project).scores[0].training, picture_of(project).test_loss]).any()


def test_the_test_set_moves_no_weight():
    """Whatever is in it: the slopes and the coming change are the same."""
    one = learned("sine", steps=0)
    other = one
    x, y = one.data.raw_x.copy(), one.data.raw_y.copy()
    x[list(one.data.held_out)], y[list(one.data.held_out)] = 7.0, -50.0
    other = new_project("o", one.recipe, one.parameters, with_test_share(plain_data("o", x, y), 0.3, 1))
    assert other.data.held_out == one.data.held_out
    assert picture_of(one).gradient.tobytes() == picture_of(other).gradient.tobytes()
    assert picture_of(one).change.tobytes() == picture_of(other).change.tobytes()
    assert picture_of(other).test_loss > 100 * picture_of(one).test_loss
