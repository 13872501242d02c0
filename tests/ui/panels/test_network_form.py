"""The network form: activations, the way a start is drawn and its one number."""

import pytest

from gdstudio.document import edits
from gdstudio.document.generators import usual
from gdstudio.engine import ACTIVATIONS, INITIALIZERS
from gdstudio.ui.panels.network_form import NetworkForm

HIDDEN = [name for name, row in ACTIVATIONS.items() if not row.last_only]


@pytest.mark.parametrize("name", HIDDEN)
def test_each_activation_is_shown_in_the_hidden_layers_and_in_the_last(form_on, by, name):
    project = edits.set_hidden_activation(by.picture("two-rings").project, name)
    form, wished = form_on(NetworkForm(), edits.set_activation(project, 3, "relu"))
    assert (form.activation_combo.currentData(), form.last_activation_combo.currentData()) == (name, "relu")
    form.show_picture(by.picture(edits.set_activation(edits.set_hidden_activation(project, "elu"), 3, name)))
    assert (form.activation_combo.currentData(), form.last_activation_combo.currentData()) == ("elu", name)
    assert wished == []


def test_softmax_is_offered_for_the_prediction_alone(form_on, by):
    project = edits.set_generated(by.picture("two-rings").project, usual("three-gaussians"))
    form, _ = form_on(NetworkForm(), edits.set_loss(project, "categorical_crossentropy"))
    assert form.last_activation_combo.currentText() == "Softmax"
    assert form.activation_combo.findData("softmax") == -1


def test_layers_that_differ_say_so(form_on, by):
    project = edits.set_activation(by.picture("two-rings").project, 1, "relu")
    form, _ = form_on(NetworkForm(), project)
    assert form.activation_combo.currentIndex() == -1
    assert form.activation_combo.placeholderText() == "differs by layer"
    form.show_picture(by.picture("two-rings"))
    assert form.activation_combo.currentData() == "tanh"
    assert form.activation_combo.placeholderText() == ""


def test_layers_that_differ_say_so_in_the_control_panel_too(panel_on, by):
    panel, _ = panel_on(edits.set_activation(by.picture("two-rings").project, 1, "relu"))
    assert panel.network.activation_combo.currentIndex() == -1
    assert panel.network.activation_combo.placeholderText() == "differs by layer"


def test_without_hidden_layers_only_the_predictions_activation_is_offered(form_on, by):
    form, _ = form_on(NetworkForm(), "one-weight")
    assert not form.activation_combo.isVisible()
    assert form.last_activation_combo.isVisible()
    form.show_picture(by.picture("xor"))
    assert form.activation_combo.isVisible()


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_start_that_is_not_drawn_as_usual_is_shown_without_more_and_its_number_with_it(form_on, by, name):
    row = INITIALIZERS[name]
    form, _ = form_on(NetworkForm(), edits.set_initializer(by.picture("xor").project, name, 0.125))
    is_usual = name == "auto"
    assert form.initializer_combo.isVisible() != is_usual
    assert form.spread_field.isVisible() == (bool(row.spread_label) and not is_usual)
    form._more.setChecked(True)
    assert form.initializer_combo.isVisible()
    assert form.initializer_combo.currentData() == name
    assert form.initializer_combo.toolTip() == row.formula
    assert form.spread_field.isVisible() == bool(row.spread_label)
    assert form.spread_field.text() == "0.125"
    assert form._row_of[form.spread_field].label.text() == (row.spread_label or "Spread")
