import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gdstudio
from gdstudio.document import examples
from gdstudio.document.edits import LEARNING_RATE_LIMITS
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.engine import Outcome, backward, draw_parameters, forward, train
from gdstudio.resources import MissingResource, resource

EVERY = pytest.mark.parametrize("example", EXAMPLES, ids=[example.key for example in EXAMPLES])


def run(key, steps):
    project = load_example(key)
    return project, train(project.recipe, project.state, project.data.x, project.data.y, steps)


@EVERY
def test_a_starting_point_opens_at_its_start_under_its_title(example):
    project = load_example(example.key)
    assert project.title == example.title
    assert example.purpose
    assert project.state.step == 0
    assert project.state.parameters.tobytes() == project.start.parameters.tobytes()
    assert LEARNING_RATE_LIMITS[0] <= project.recipe.learning_rate <= LEARNING_RATE_LIMITS[1]


@EVERY
def test_a_starting_point_goes_downhill_at_its_own_rate(example):
    _, result = run(example.key, 200)
    assert result.outcome is Outcome.DONE
    assert (np.diff(result.losses[:11]) < 0).all()
    assert (np.diff(result.losses) <= 1e-12 * result.losses[0]).all()
    assert result.losses[-1] < 0.5 * result.losses[0]


def test_every_bundled_file_is_offered_and_every_offer_is_bundled():
    bundled = {path.stem for path in resource("examples").glob("*.gds")}
    assert bundled == {example.key for example in EXAMPLES}


@pytest.mark.parametrize(
    ("key", "golden"),
    [
        ("one-weight", "lecture-one-weight"),
        ("two-weights", "lecture-two-weights"),
        ("three-inputs", "three-inputs-20-steps"),
        ("hidden-layer", "hidden-relu-nine"),
    ],
)
def test_the_lecture_examples_are_the_golden_runs(key, golden):
    cases = json.loads(resource("reference/training.json").read_text("utf-8"))["cases"]
    case = next(case for case in cases if case["name"] == golden)
    project, result = run(key, case["steps"])
    assert project.network.sizes == tuple(case["sizes"])
    assert project.network.activations == tuple(case["activations"])
    assert project.recipe.learning_rate == case["optimizer"]["learning_rate"]
    assert (project.data.x.tolist(), project.data.y.tolist()) == (case["x"], case["y"])
    assert project.parameters.tolist() == case["parameters"]
    assert result.losses == pytest.approx(case["losses"], rel=1e-10)
    assert result.state.parameters == pytest.approx(case["final_parameters"], rel=1e-10)


def test_one_weight_is_input_3_weight_2_target_10():
    data = load_example("one-weight").data
    assert (data.x.tolist(), data.y.tolist()) == ([[3.0]], [[10.0]])
    assert load_example("one-weight").parameters.tolist() == [2.0]


def test_two_weights_are_inputs_3_and_4_target_6_with_error_2_5_after_one_simultaneous_update():
    project, result = run("two-weights", 1)
    assert (project.data.x.tolist(), project.data.y.tolist()) == ([[3.0, 4.0]], [[6.0]])
    assert result.state.parameters == pytest.approx([0.7, 1.6])
    assert np.sqrt(result.losses[-1]) == pytest.approx(2.5)


def test_three_inputs_after_20_updates_have_the_known_loss():
    assert run("three-inputs", 20)[1].losses[-1] == pytest.approx(9.627110070005e-05, rel=1e-12)


def test_in_the_hidden_layer_a_slope_reaches_every_hidden_weight():
    project = load_example("hidden-layer")
    assert project.network.sizes == (2, 2, 1)
    slopes = backward(project.network, project.parameters, project.data.x, project.data.y).gradient
    assert slopes.tolist() == [-32.0, 16.0, -48.0, 24.0, -40.0, -8.0]


def test_xor_is_four_examples_that_no_line_can_part_and_the_network_can():
    project, result = run("xor", 2000)
    assert {(*x, *y) for x, y in zip(project.data.x.tolist(), project.data.y.tolist(), strict=True)} == {
        (0.0, 0.0, 0.0),
        (0.0, 1.0, 1.0),
        (1.0, 0.0, 1.0),
        (1.0, 1.0, 0.0),
    }
    found = forward(project.network, result.state.parameters, project.data.x).prediction
    assert ((found > 0.5) == (project.data.y > 0.5)).all()
    assert result.losses[-1] < 1e-3


def test_the_noisy_line_finds_the_slope_and_intercept_of_least_squares():
    project, result = run("noisy-line", 500)
    assert len(project.data) == 24
    line = np.polyfit(project.data.raw_x.ravel(), project.data.raw_y.ravel(), 1)
    assert result.state.parameters == pytest.approx(line, rel=1e-9)


def test_the_two_rings_are_120_examples_told_apart_by_2_6_4_1_with_tanh():
    project, result = run("two-rings", 900)
    assert (project.network.sizes, set(project.network.activations)) == ((2, 6, 4, 1), {"tanh"})
    assert len(project.data) == 120
    assert set(project.data.y.ravel().tolist()) == {-1.0, 1.0}
    radius = np.hypot(*project.data.x.T)
    inner = radius < np.median(radius)
    assert len(set(project.data.y[inner].ravel())) == len(set(project.data.y[~inner].ravel())) == 1
    found = forward(project.network, result.state.parameters, project.data.x).prediction
    assert (np.sign(found) == np.sign(project.data.y)).all()


@pytest.mark.parametrize("key", ["xor", "two-rings"])
def test_a_start_is_what_its_seed_draws(key):
    project = load_example(key)
    assert project.parameters == pytest.approx(draw_parameters(project.network, project.recipe.seed), rel=1e-12)


def test_the_penguins_are_342_real_birds_and_say_how_they_are_scaled():
    data = load_example("penguins").data
    assert len(data) == 342
    assert data.column_names == ("flipper_length_mm", "body_mass_g")
    assert data.raw_x[:3].ravel().tolist() == [181.0, 186.0, 195.0]
    assert data.scaling == "standard"
    assert data.center == pytest.approx([200.9152, 4201.7544], abs=1e-4)
    assert data.scale == pytest.approx(data.columns.std(axis=0), rel=1e-12)
    assert data.scaling_lines() == (
        "flipper_length_mm: (value − 200.9) / 14.04",
        "body_mass_g: (value − 4202) / 800.8",
    )


def test_the_penguins_find_the_published_line_of_49_7_grams_a_millimetre():
    project, result = run("penguins", 500)
    slope, intercept = result.state.parameters
    (x_center, y_center), (x_scale, y_scale) = project.data.center, project.data.scale
    grams = slope * y_scale / x_scale
    assert grams == pytest.approx(49.69, abs=0.01)
    assert y_center + y_scale * intercept - grams * x_center == pytest.approx(-5780.83, abs=0.01)


def test_a_starting_point_that_is_missing_is_told_in_a_sentence(monkeypatch):
    def missing(name):
        raise MissingResource("The bundled file is missing; install gdstudio again.")

    with pytest.raises(ProjectError, match=r"missing.*\.$"):
        load_example("nothing")
    monkeypatch.setattr(examples, "resource", missing)
    with pytest.raises(ProjectError, match=r"missing.*\.$"):
        load_example("xor")


HEADLESS = """
import sys
from gdstudio.document import datasets, edits, errors, examples, files, golden, numbers, project, tables
from gdstudio.engine import train
rings = examples.load_example("two-rings")
print(train(rings.recipe, rings.state, rings.data.x, rings.data.y, 50).state.step)
print(sorted(name for name in sys.modules if name.split(".")[0] in ("PySide6", "shiboken6", "pyqtgraph")))
"""


@pytest.mark.parametrize(
    "code",
    [
        "import sys, gdstudio; print(50); print([n for n in sys.modules if n.split('.')[0] in ('PySide6', 'numpy')])",
        "import sys, gdstudio.engine; print(50); print([n for n in sys.modules if n.split('.')[0] == 'PySide6'])",
        HEADLESS,
    ],
    ids=["the package", "the engine", "a headless run"],
)
def test_qt_stays_unloaded(code):
    root = Path(gdstudio.__file__).parents[1]
    out = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert out.stdout.splitlines() == ["50", "[]"]
