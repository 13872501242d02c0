"""What the form says of the learning rate is what the next steps do, for any project."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document.edits import descended
from gdstudio.document.project import Project
from gdstudio.engine import train_step
from gdstudio.teaching.forecast import Forecast, forecast_of, with_verdict
from gdstudio.teaching.picture import picture_of
from gdstudio.ui.panels.descent_form import DescentForm
from gdstudio.ui.theme import LIGHT

from .claims import OUTLOOKS, VERDICTS, ZONES, UnknownSentenceError, false_of, holds
from .projects import drawn_project, edges
from .truth import Course, Truth

BLOCK = 50
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture(scope="module")
def form(qapp):
    """A form as wide as in the window."""
    form = DescentForm()
    form.resize(320, 420)
    form.show()
    yield form
    form.close()
    form.deleteLater()


def texts_of(form: DescentForm, forecast: Forecast) -> dict[str, str]:
    """What a form says of a forecast."""
    form.show_forecast(forecast)
    return {
        "zone": form.zone_label.text(), "outlook": form.forecast_label.text(),
        "strip": form.zone_strip.accessibleName(), "verdict": form.verdict_label.text(),
    }  # fmt: skip


COLORS = {
    "border": ("Converges in small steps.",), "good": ("Converges without overshooting.", "Converges."),
    "test": ("Overshoots, but converges.", "Converges."), "bad": ("Diverges.",),
}  # fmt: skip


def color_problem(form: DescentForm, project: Project, zone: str) -> str:
    """Return what is wrong with the color below the slider's handle; nothing near where two colors meet."""
    strip, rate = form.zone_strip, project.recipe.learning_rate
    if not any(zone in zones for zones in COLORS.values()):
        return ""
    image, x = strip.grab().toImage(), strip.position(rate)
    if not 1e-6 < rate < 10.0:
        return ""
    seen = {image.pixelColor(round(x) + shift, 3).name() for shift in (-4, 0, 4)}
    roles = [role for role, zones in COLORS.items() if zone in zones]
    if strip.accessibleName().startswith("converges below"):
        roles.append("border")
    return "" if len(seen) > 1 or seen & {LIGHT.color(role).name() for role in roles} else f"painted {seen} for {zone}"


def problems(form: DescentForm, project: Project) -> list[str]:
    """Everything that the form says of a project and that is not so."""
    before = forecast_of(project)
    texts, truth = texts_of(form, before), Truth(project)
    found = false_of(texts, truth)
    found += filter(None, [color_problem(form, project, texts["zone"])])
    following, record = train_step(project.recipe, project.state, project.data.x, project.data.y)
    if math.isfinite(record.loss_after):
        after = with_verdict(forecast_of(descended(project, following)), before)
        said = texts_of(form, after)["verdict"]
        if not holds(said, VERDICTS, truth):
            found.append(said)
    return found


def _all_problems(form: DescentForm, numbers: range) -> list[str]:
    found = []
    for number in numbers:
        project = drawn_project(number)
        found += [f"{number}: {problem}" for problem in problems(form, project)]
    return found


@pytest.mark.parametrize("block", range(3))
def test_every_claim_about_a_drawn_project_is_true(form, block):
    assert not _all_problems(form, range(block * BLOCK, (block + 1) * BLOCK))


@pytest.mark.nightly
@pytest.mark.parametrize("block", range(3, 40))
def test_every_claim_about_two_thousand_drawn_projects_is_true(form, block):
    assert not _all_problems(form, range(block * BLOCK, (block + 1) * BLOCK))


EDGES = dict(edges())


@pytest.mark.parametrize("name", EDGES)
def test_every_claim_at_an_edge_is_true(form, name):
    assert not problems(form, EDGES[name])


# The truth itself.


def test_a_lecture_s_example_does_what_can_be_worked_out_by_hand():
    courses = {name: Truth(EDGES[f"one-weight {name} the edge"]) for name in ("at", "half of", "a hair above")}
    assert courses["at"].swings
    assert courses["half of"].next_loss == pytest.approx(0.0, abs=1e-25)
    assert courses["a hair above"].course is Course.GROWS
    assert Truth(EDGES["one-weight a hair below the edge"]).course is Course.FALLS


@pytest.mark.parametrize("name", [name for name in EDGES if name.startswith("one-weight") and "one at" not in name])
def test_no_case_is_true_of_two_zones_that_exclude_each_other(name):
    truth = Truth(EDGES[name])
    ends = [holds(zone, ZONES, truth) for zone in ("Converges.", "Jumps back and forth for ever.", "Diverges.")]
    assert sum(ends) == 1


FALSE = [
    ("a hair below", "zone", "Diverges."), ("a hair above", "zone", "Overshoots, but converges."),
    ("at", "zone", "Diverges."), ("at", "zone", "Overshoots, but converges."),
    ("half of", "zone", "Jumps back and forth for ever."), ("a hair below", "zone", "Converges without overshooting."),
    ("half of", "zone", "Converges in small steps."), ("at", "strip", "diverges above 0.121"),
    ("at", "strip", "overshoots above 0.0566"), ("at", "outlook", "The next step lowers the loss to 15.9 (99.5 %)."),
    ("half of", "outlook", "The next step leaves the loss as it is."), ("at", "zone", "No zones: nothing moves."),
    ("at", "zone", "No zones: the loss does not curve upward here."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "where", "sentence"), FALSE)
def test_a_false_claim_is_found_out(form, name, where, sentence):
    project = EDGES[f"one-weight {name} the edge"]
    texts = texts_of(form, forecast_of(project)) | {where: sentence}
    assert false_of(texts, Truth(project)) == [sentence]


def test_a_sentence_that_nobody_can_check_is_not_let_through():
    truth = Truth(EDGES["one-weight at the edge"])
    for sentence in ("The next step does wonders.", "", "The next step lowers the loss to 5.76 (36 %). And then?"):
        with pytest.raises(UnknownSentenceError):
            holds(sentence, OUTLOOKS, truth)


def test_a_verdict_on_another_step_is_false():
    project = EDGES["one-weight half of the edge"]
    truth = Truth(replace(project, state=replace(project.state, parameters=np.array([5.0]))))
    assert not holds("Predicted loss 2.00, actual loss 2.00 ✓", VERDICTS, truth)
    assert picture_of(project).loss == 16.0
