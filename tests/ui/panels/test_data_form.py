"""The data form: where the data comes from, the numbers it is made from, target, scaling, share and shown example."""

import pytest
from PySide6.QtWidgets import QComboBox, QLabel

from gdstudio.document import edits
from gdstudio.document.generators import GENERATORS, usual
from gdstudio.ui.panels.data_form import read_examples, read_seed, read_share


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
