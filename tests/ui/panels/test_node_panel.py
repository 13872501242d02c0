"""Why this value, why this loss: the panel opens a node's or a target's numbers, and leads to what they came from."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from gdstudio.app.studio import Studio
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.teaching.explain_node import explain_node
from gdstudio.ui.panels.node_panel import NodePanel


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def panel_on(shown_alone, by):
    def show(source, node: NodeRef | TargetRef, example=0) -> NodePanel:
        panel = NodePanel()
        panel.show_explanation(explain_node(by.picture(source), node, example))
        return shown_alone(panel, 320, 380)

    return show


def said(panel: NodePanel) -> dict[str, str]:
    """The numbers on show, by the names of their rows."""
    rows = panel.findChildren(QToolButton)
    return {row.objectName().removeprefix("nodeTrace"): row.accessibleName() for row in rows if row.isVisible()}


def click(panel: NodePanel, *keys: str) -> None:
    for key in keys:
        found = panel.findChildren(QToolButton, f"nodeTrace{key}")
        (row,) = [each for each in found if each.isVisible()]
        QTest.mouseClick(row, Qt.MouseButton.LeftButton)


def test_a_hidden_node_shows_its_sum_and_its_paths(panel_on):
    panel = panel_on("hidden-layer", NodeRef(1, 0))
    assert said(panel) == {
        "1": "value of hidden 1: 5.00",
        "2": "slope of loss at hidden 1: −16.0",
        "3": "what uses this number?: ",
    }
    click(panel, "1", "2")
    assert said(panel) == {
        "1": "value of hidden 1: 5.00",
        "1.1": "input 1: 2.00",
        "1.2": "input 2: 3.00",
        "2": "slope of loss at hidden 1: −16.0",
        "2.1": "by prediction: −16.0",
        "3": "what uses this number?: ",
    }


def test_an_input_is_given_and_a_prediction_has_its_slope_from_the_error(panel_on, by):
    first, last = panel_on("hidden-layer", NodeRef(0, 1)), panel_on("hidden-layer", NodeRef(2, 0))
    wished = by.heard(first.origin_requested)
    click(first, "1")
    assert wished == [(NodeRef(0, 1),)]
    assert said(first)["1"] == "value of input 2: 3.00"
    click(last, "2")
    assert said(last)["2.1"] == "error: −4.00"


def test_what_uses_a_node_is_opened_on_demand(panel_on):
    panel = panel_on("hidden-layer", NodeRef(1, 0))
    click(panel, "3")
    assert said(panel)["3.1"] == "value of prediction: 9.00"
    assert said(panel)["3.2"] == "slope of hidden 1 → prediction: −40.0"


def test_the_mean_over_all_opens_into_means_of_products(panel_on):
    panel = panel_on("xor", NodeRef(1, 0), None)
    click(panel, "1")
    tips = [row.toolTip() for row in panel.findChildren(QToolButton) if row.objectName() in ("nodeTrace1.1",)]
    assert len(tips) == 1
    assert "mean of the products" in tips[0]


def test_a_click_on_what_is_given_leads_to_where_it_came_from(panel_on, by):
    panel = panel_on("xor", NodeRef(1, 0))
    wished = by.heard(panel.origin_requested)
    click(panel, "1", "1.2", "1.2.1", "1.2.2", "1.3")
    assert [type(ref) for (ref,) in wished] == [ParameterRef, NodeRef, ParameterRef]
    places = by.picture("xor").network.places
    assert places[wished[0][0].index] == (1, 1, 0)
    assert wished[1] == (NodeRef(0, 1),)
    assert places[wished[2][0].index] == (1, None, 0)


def test_pointing_at_a_number_says_so(panel_on, by):
    panel = panel_on("xor", NodeRef(1, 0))
    pointed = by.heard(panel.pointed)
    panel.findChild(QToolButton, "nodeTrace2").setFocus()
    assert [trace.name for (trace,) in pointed] == ["slope of loss at hidden 1"]


def test_selecting_a_node_in_the_window_explains_it_and_a_weight_brings_the_slope_back(studio):
    dock = studio.window._docks["slopeDock"]
    studio.stage.select(NodeRef(1, 0))
    assert studio.window.node_panel.isVisible()
    assert not studio.window.slope_panel.isVisible()
    assert dock.bar._caption.text() == "WHY THIS VALUE"
    studio.stage.select(TargetRef(0))
    assert dock.bar._caption.text() == "WHY THIS LOSS"
    assert said(studio.window.node_panel)["1"] == "loss: 16.0"
    assert said(studio.window.node_panel)["2"] == "error: −4.00"
    studio.stage.select(ParameterRef(0))
    assert studio.window.slope_panel.isVisible()
    assert dock.bar._caption.text() == "WHY THIS SLOPE"


def test_the_explanation_follows_steps_and_the_shown_example_and_stays_open(opened):
    studio = opened("xor")
    panel = studio.window.node_panel
    studio.stage.select(NodeRef(1, 0))
    studio.stage.show_example(1)
    click(panel, "1")
    before = said(panel)
    studio.session.descend(20)
    after = said(panel)
    studio.stage.show_example(3)
    assert list(before) == list(after) == list(said(panel)) == ["1", "1.1", "1.2", "1.3", "2", "3"]
    assert len({before["1"], after["1"], said(panel)["1"]}) == 3


def test_a_click_on_what_is_given_selects_it_in_the_window(opened):
    studio = opened("hidden-layer")
    studio.stage.select(TargetRef(0))
    panel = studio.window.node_panel
    click(panel, "2", "2.1", "2.1.1", "2.1.1.1")
    assert studio.stage.selection == ParameterRef(4)
