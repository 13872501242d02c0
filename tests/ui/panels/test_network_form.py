def test_layers_that_differ_say_so(panel_on, by):
    project = edits.set_activation(by.picture("two-rings").project, 1, "relu")
    panel, _ = panel_on(project)
    assert panel.network.activation_combo.currentIndex() == -1
    assert panel.network.activation_combo.placeholderText() == "differs by layer"
