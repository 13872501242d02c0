"""Data made to order: every generator against the curve or figure that it is named after."""

import random
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document.datasets import Generated, same_data
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import GENERATORS, MAX_NOISE, checked, generate, usual
from gdstudio.document.limits import MAX_EXAMPLES, MAX_SEED

EVERY = pytest.mark.parametrize("name", GENERATORS)
CURVES = {
    "line": lambda x: 2 * x + 1,
    "parabola": lambda x: x * x,
    "sine": lambda x: np.sin(np.pi * x),
    "step": lambda x: (x > 0).astype(float),
}
CLASSES = {name: 3 if name == "three-gaussians" else 2 for name in GENERATORS if name not in CURVES}


def made(name, examples=200, noise=0.0, seed=3):
    return generate(Generated(name, examples, noise, seed))


def labels(data):
    """The class of every example, counted from 0."""
    return data.raw_y.ravel() if data.raw_y.shape[1] == 1 else data.raw_y.argmax(axis=1)


def unwound(points):
    """How far the points of a spiral are turned, 0 or pi, when its winding is taken back."""
    radius, angle = np.hypot(*points.T), np.arctan2(points[:, 1], points[:, 0])
    return np.mod(angle - 3 * np.pi * radius + 0.5, 2 * np.pi) - 0.5


# Whether points lie exactly on the figure of a class, by its own equation.
ON_THE_FIGURE = {
    "gaussians": lambda x, k: np.allclose(x, [[-1, -1], [1, 1]][k], atol=0),
    "three-gaussians": lambda x, k: np.allclose(x, [[0, 1], [-np.sqrt(3) / 2, -0.5], [np.sqrt(3) / 2, -0.5]][k]),
    "xor-squares": lambda x, k: (
        (np.sign(x[:, 0] * x[:, 1]) == [1, -1][k]).all() and (abs(x) >= 0.1).all() and (abs(x) <= 1).all()
    ),
    "circles": lambda x, k: np.allclose(np.hypot(*x.T), [1.0, 0.4][k]),
    "moons": lambda x, k: (
        np.allclose(np.hypot(*(x - [[-0.25, -0.125], [0.25, 0.125]][k]).T), 1.0)
        and ((x[:, 1] + 0.125 >= -1e-12) if k == 0 else (x[:, 1] - 0.125 <= 1e-12)).all()
    ),
    "spirals": lambda x, k: np.allclose(unwound(x), [0.0, np.pi][k]) and (np.hypot(*x.T) <= 1).all(),
}


@EVERY
@pytest.mark.parametrize("examples", [1, 2, 3, 50])
def test_there_are_as_many_examples_as_wanted_with_a_name_for_every_column(name, examples):
    row, data = GENERATORS[name], made(name, examples, 0.3)
    assert data.raw_x.shape == (examples, len(row.input_names))
    assert data.raw_y.shape == (examples, len(row.target_names))
    assert (data.input_names, data.target_names, data.name) == (row.input_names, row.target_names, row.label)
    assert len(set(data.column_names)) == len(data.column_names)
    assert data.generated == Generated(name, examples, 0.3, 3)
    assert (data.scaling, data.held_out) == ("none", ())


def test_every_generator_is_a_curve_or_a_figure():
    assert set(GENERATORS) == CURVES.keys() | ON_THE_FIGURE.keys()
    assert [name for name, row in GENERATORS.items() if row.name != name] == []
    assert len({row.label for row in GENERATORS.values()}) == len(GENERATORS)
    assert all(row.purpose for row in GENERATORS.values())


@pytest.mark.parametrize("name", CURVES)
def test_without_noise_every_point_lies_exactly_on_the_curve(name):
    data = made(name)
    assert data.raw_y.tolist() == CURVES[name](data.raw_x).tolist()
    assert (np.abs(data.raw_x) <= 1).all()
    assert data.raw_x.min() < -0.9
    assert data.raw_x.max() > 0.9


@pytest.mark.parametrize("name", ON_THE_FIGURE)
def test_without_noise_every_point_lies_on_the_figure_of_its_class(name):
    data = made(name)
    for k in range(CLASSES[name]):
        assert ON_THE_FIGURE[name](data.raw_x[labels(data) == k], k)
        assert not ON_THE_FIGURE[name](data.raw_x[labels(data) != k], k)


def test_both_arms_reach_from_the_middle_to_the_rim_in_one_and_a_half_turns():
    data = made("spirals", 2000)
    for k in (0, 1):
        radius = np.sort(np.hypot(*data.raw_x[labels(data) == k].T))
        assert radius[0] < 0.1
        assert radius[-1] > 0.99
        assert np.mean(radius < 0.5) == pytest.approx(0.25, abs=0.05)


def test_every_square_of_the_four_is_filled():
    x = made("xor-squares", 400).raw_x
    for quadrant in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
        assert np.mean((np.sign(x) == quadrant).all(axis=1)) == pytest.approx(0.25, abs=0.08)


@pytest.mark.parametrize("examples", [1, 2, 3, 7, 60])
@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_as_even_as_can_be_and_targets_are_0_and_1(name, examples):
    data, count = made(name, examples, 0.2), CLASSES[name]
    sizes = [int((labels(data) == k).sum()) for k in range(count)]
    assert sum(sizes) == examples
    assert max(sizes) - min(sizes) <= 1
    assert set(data.raw_y.ravel().tolist()) <= {0.0, 1.0}
    if count == 3:
        assert data.raw_y.sum(axis=1).tolist() == [1.0] * examples


@EVERY
def test_the_same_numbers_make_the_same_data_and_another_seed_makes_other(name):
    wanted = usual(name)
    one, again = generate(wanted), generate(wanted)
    assert one is not again
    assert same_data(one, again)
    assert one.columns.tobytes() == again.columns.tobytes()
    other = generate(replace(wanted, seed=1))
    assert not np.array_equal(one.raw_x, other.raw_x)
    assert not same_data(one, other)


@EVERY
def test_noise_is_the_standard_deviation_of_what_is_added(name):
    """To the targets of a curve and to the inputs of classes; the other columns stay as they are."""
    exact = made(name, 4000)
    before = 0.0
    for noise in (0.1, 0.5, 2.0):
        data = made(name, 4000, noise)
        moved, still = (data.raw_y - exact.raw_y, "raw_x") if name in CURVES else (data.raw_x - exact.raw_x, "raw_y")
        assert getattr(data, still).tobytes() == getattr(exact, still).tobytes()
        assert moved.std(axis=0) == pytest.approx(noise, rel=0.06)
        assert moved.mean(axis=0) == pytest.approx(0.0, abs=0.06 * noise)
        assert moved.std() > before
        before = moved.std()


@EVERY
def test_the_usual_numbers_can_be_used_and_are_the_rows_own(name):
    wanted, row = usual(name), GENERATORS[name]
    assert wanted == Generated(name, row.examples, row.noise, 0)
    assert checked(wanted) is row
    assert generate(wanted).generated is wanted


@EVERY
def test_no_global_random_state_is_touched(name):
    np.random.seed(1)
    random.seed(1)
    before = np.random.get_state()[1].tobytes(), np.random.get_state()[2], random.getstate()
    generate(usual(name))
    assert (np.random.get_state()[1].tobytes(), np.random.get_state()[2], random.getstate()) == before


@pytest.mark.parametrize(
    "edge",
    [
        Generated("line", 1, 0.0, 0),
        Generated("moons", 3, MAX_NOISE, MAX_SEED),
        Generated("circles", MAX_EXAMPLES, 0.0, 0),
    ],
)
def test_the_limits_themselves_are_allowed(edge):
    assert len(generate(edge)) == edge.examples


@pytest.mark.parametrize("use", [generate, checked])
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"examples": 0}, "The number of examples goes from 1 to 100,000; 0 is outside."),
        ({"examples": -3}, "The number of examples goes from 1 to 100,000; −3 is outside."),
        ({"examples": MAX_EXAMPLES + 1}, "The number of examples goes from 1 to 100,000; 100001 is outside."),
        ({"noise": -0.1}, "The noise goes from 0 to 10; −0.1 is outside."),
        ({"noise": 10.5}, "The noise goes from 0 to 10; 10.5 is outside."),
        ({"noise": float("nan")}, "The noise goes from 0 to 10; nan is outside."),
        ({"noise": float("inf")}, "The noise goes from 0 to 10; inf is outside."),
        ({"seed": -1}, "The seed of the data goes from 0 to 2,147,483,647; −1 is outside."),
        ({"seed": MAX_SEED + 1}, "The seed of the data goes from 0 to 2,147,483,647; 2.14748e+09 is outside."),
    ],
    ids=str,
)
def test_a_number_out_of_range_is_refused_by_its_name(wrong, said, use):
    with pytest.raises(ProjectError) as error:
        use(replace(usual("sine"), **wrong))
    assert str(error.value) == said


@pytest.mark.parametrize("number", ["examples", "seed"])
def test_a_number_beyond_all_floats_is_refused_with_a_sentence_too(number):
    with pytest.raises(ProjectError, match=r"is outside\.$"):
        generate(replace(usual("sine"), **{number: 10**400}))


@pytest.mark.parametrize("use", [usual, lambda name: generate(Generated(name, 1, 0.0, 0))], ids=["usual", "generate"])
def test_an_unknown_generator_is_refused_and_the_known_are_named(use):
    with pytest.raises(ProjectError, match=r"^The generator 'knots' is not known; known are line, .*, spirals\.$"):
        use("knots")
