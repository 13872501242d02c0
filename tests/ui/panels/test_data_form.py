"""The data form: where the data comes from, the numbers it is made from, target, scaling, share and shown example."""

import pytest
from PySide6.QtWidgets import QLabel

from gdstudio.document import edits
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import EXAMPLES
from gdstudio.document.generators import GENERATORS, usual
from gdstudio.document.numbers import exact
from gdstudio.ui.panels.data_form import DataForm, read_examples, read_seed, read_share, shown_share

SOURCES = [(example.key, example.data) for example in EXAMPLES]


def labels(panel) -> set[str]:
    return {label.text() for label in panel.findChildren(QLabel) if label.isVisible()}


def test_data_of_ones_own_shows_its_name(panel_on, by):
    panel, _ = panel_on(by.named("a", "b", name="<b>mine</b>", examples=3))
    assert panel.data.data_combo.currentIndex() == -1
    assert panel.data.data_combo.placeholderText() == "<b>mine</b>"


def test_what_makes_no_sense_for_one_example_is_hidden(panel_on, by):
    panel, _ = panel_on("one-weight")
    rows = [panel.descent.batch_field, panel.data.example_combo, panel.data.target_combo, panel.data.scaling_combo]
    assert not any(row.isVisible() for row in rows)
    assert labels(panel).isdisjoint({"Batch", "Shown", "Target", "Scaling"})
    panel.show_picture(by.picture("xor"))
    assert all(row.isVisible() for row in rows)
    assert {"Batch", "Shown", "Target", "Scaling"} <= labels(panel)


def test_the_numbers_of_the_scaling_are_on_show_when_there_is_one(panel_on, by):
    panel, _ = panel_on("xor")
    assert not panel.data.scaling_label.isVisible()
    panel.show_picture(by.picture("penguins"))
    assert panel.data.scaling_label.isVisible()
    assert panel.data.scaling_label.text().splitlines() == list(by.picture("penguins").data.scaling_lines())
    assert "flipper_length_mm: (value − 200" in panel.data.scaling_label.text()


def test_the_examples_and_their_mean_are_offered(panel_on):
    panel, wished = panel_on("xor")
    combo = panel.data.example_combo
    assert [combo.itemText(i) for i in range(combo.count())] == [
        *(f"Example {i} of 4" for i in (1, 2, 3, 4)),
        "Mean over all 4",
    ]
    for index, example in enumerate((0, 1, 2, 3, None)):
        wished.clear()
        combo.activated.emit(index)
        assert wished == [("example_requested", example)]
        panel.data.show_example(example)
        assert combo.currentIndex() == index


def test_the_shown_example_is_the_one_on_the_canvas_after_other_data(opened):
    for example in (3, None):
        for key in ("two-rings", "penguins"):
            studio = opened("xor")
            studio.stage.show_example(example)
            studio.documents.use_data(key)
            assert studio.window.control_panel.data.example_combo.currentData() == studio.stage.example


def test_an_example_beyond_the_listed_ones_is_not_called_the_mean(panel_on, by):
    panel, _ = panel_on(by.project(1, 1, examples=2500))
    panel.data.show_example(2400)
    assert "Mean" not in panel.data.example_combo.currentText()


def test_fewer_examples_lead_back_to_one_that_is_there(opened):
    studio = opened("two-rings")
    studio.stage.show_example(100)
    studio.documents.use_data("xor")
    assert studio.stage.example == 0
    assert studio.window.control_panel.data.example_combo.currentText() == "Example 1 of 4"


# Data made to order.


@pytest.mark.parametrize("name", GENERATORS)
def test_made_data_is_shown_with_its_numbers_and_other_data_without(form_on, by, name):
    form, wished = form_on(DataForm(SOURCES), edits.set_generated(by.picture("two-rings").project, usual(name)))
    row, fields = GENERATORS[name], (form.count_field, form.noise_field, form.seed_field)
    assert form.data_combo.currentData() == f"made {name}"
    assert all(field.isVisible() for field in fields)
    assert [field.text() for field in fields] == [str(row.examples), exact(row.noise), "0"]
    assert not form.target_combo.isVisible()
    form.show_picture(by.picture("two-rings"))
    assert form.data_combo.currentData() == "two-rings"
    assert not any(field.isVisible() for field in fields)
    assert form.target_combo.isVisible()
    assert wished == []


def test_made_data_with_one_value_changed_is_not_made_any_more(form_on, by):
    made = edits.set_generated(by.picture("two-rings").project, usual("moons"))
    form, _ = form_on(DataForm(SOURCES), edits.set_value(made, 3, 0, 0.5))
    assert not any(field.isVisible() for field in (form.count_field, form.noise_field, form.seed_field))
    assert (form.data_combo.currentIndex(), form.data_combo.placeholderText()) == (-1, "Moons")


def test_several_targets_are_not_one_of_the_columns(form_on, by):
    made = edits.set_generated(by.picture("two-rings").project, usual("three-gaussians"))
    form, _ = form_on(DataForm(SOURCES), edits.set_value(made, 0, 0, 0.5))
    assert form.target_combo.currentIndex() == -1
    assert form.target_combo.placeholderText() == "several"
    assert not form.target_combo.isVisible()


# The share held out.


@pytest.mark.parametrize(
    ("share", "examples", "text"), [(0.0, 24, "none"), (0.25, 24, "25 %"), (1 / 3, 24, "33.3 %"), (0.5, 4, "50 %")]
)
def test_the_share_is_shown_as_it_is_and_only_the_rest_is_offered(form_on, by, share, examples, text):
    project = edits.set_test_share(by.project(1, 1, examples=examples), share)
    form, wished = form_on(DataForm(SOURCES), project)
    assert form.share_field.text() == text
    left = len(project.data)
    assert form.example_combo.count() == left + 1
    assert form.example_combo.itemText(left - 1) == f"Example {left} of {left}"
    by.enter(form.share_field, text)
    assert wished == []


def test_what_is_shown_as_a_share_is_read_as_the_same_share(form_on, by):
    for rows in (3, 7, 24, 342):
        project = by.project(1, 1, examples=rows)
        for share in (0.1, 0.25, 1 / 3, 0.5, 0.7):
            held = edits.set_test_share(project, share) if round(share * rows) else project
            again = read_share(shown_share(held.data))
            assert round(again * rows) == len(held.data.held_out), (rows, share)


@pytest.mark.parametrize(
    ("text", "share"),
    [("25", 0.25), ("25%", 0.25), ("25 %", 0.25), (" 12,5 % ", 0.125), ("none", 0.0), (" None ", 0.0), ("0", 0.0),
     ("90", 0.9), ("1/4", 0.0025)],
)  # fmt: skip
def test_a_share_is_read_in_percent(text, share):
    assert read_share(text) == pytest.approx(share, rel=1e-15)


@pytest.mark.parametrize("text", ["95", "90.01", "-1", "-1 %", "abc", "", "%", "25 % %", "1,234.5", "nan", "inf"])
def test_what_is_no_share_is_refused_in_a_sentence(text):
    with pytest.raises(ProjectError, match=r"\.$"):
        read_share(text)


@pytest.mark.parametrize(("text", "seed"), [("0", 0), ("7", 7), ("1e3", 1000), (str(2**31 - 1), 2**31 - 1)])
def test_a_seed_is_read(text, seed):
    assert read_seed(text) == seed
    assert isinstance(read_seed(text), int)


@pytest.mark.parametrize("text", ["-1", "1.5", "2147483648", "1e308", "seed", ""])
def test_what_is_no_seed_is_refused_in_a_sentence(text):
    with pytest.raises(ProjectError, match=r"\.$"):
        read_seed(text)


@pytest.mark.parametrize("text", ["0", "-3", "1.5", "100001", "many", ""])
def test_what_is_no_number_of_examples_is_refused_in_a_sentence(text):
    with pytest.raises(ProjectError, match=r"\.$"):
        read_examples(text)
