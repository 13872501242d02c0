"""Why this value: the panel shows a node's sum and paths, and leads to where a term came from."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTableView

from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.teaching.explain_node import explain_node
from gdstudio.ui.panels.node_panel import NodePanel
from gdstudio.ui.widgets.card import ElidedLabel


@pytest.fixture
def panel_on(shown_alone, by):
    def show(source, node: NodeRef, example=0) -> NodePanel:
        panel = NodePanel()
        panel.show_explanation(explain_node(by.picture(source), node, example))
        return shown_alone(panel, 320, 380)

    return show


def cells(table: QTableView) -> list[list[str]]:
    model = table.model()
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def text(panel, name: str) -> str:
    return panel.findChild(ElidedLabel, name).text()


def test_a_hidden_node_shows_its_sum_and_its_paths(panel_on):
    panel = panel_on("hidden-layer", NodeRef(1, 0))
    assert cells(panel.sum_table) == [["input 1", "1.00", "2.00", "2.00"], ["input 2", "1.00", "3.00", "3.00"]]
    assert cells(panel.path_table) == [["prediction", "2.00", "−8.00", "1.00", "−16.0"]]
    assert text(panel, "nodeValueLine") == "sum 5.00 → value 5.00"
    assert text(panel, "nodeSlopeLine") == "slope of loss −16.0"


def test_an_input_has_no_sum_and_a_prediction_no_paths(panel_on):
    first, last = panel_on("hidden-layer", NodeRef(0, 1)), panel_on("hidden-layer", NodeRef(2, 0))
    assert (first.sum_table.isVisible(), first.path_table.isVisible()) == (False, True)
    assert (last.sum_table.isVisible(), last.path_table.isVisible()) == (True, False)
    assert text(first, "nodeValueLine") == "value 3.00"


def test_the_mean_over_all_leaves_the_factors_out(panel_on):
    rows = cells(panel_on("xor", NodeRef(1, 0), None).sum_table)
    assert all(row[1:3] == ["", ""] and row[3] for row in rows)


def test_a_click_on_a_term_leads_to_where_it_came_from(panel_on):
    panel = panel_on("xor", NodeRef(1, 0))
    wished: list = []
    panel.origin_requested.connect(wished.append)
    for table, row in ((panel.sum_table, 1), (panel.sum_table, 2), (panel.path_table, 0)):
        table.scrollTo(table.model().index(row, 0))
        point = table.visualRect(table.model().index(row, 0)).center()
        QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point)
    assert wished[0] == NodeRef(0, 1)
    assert isinstance(wished[1], ParameterRef)
    assert wished[2] == NodeRef(2, 0)


def test_selecting_a_node_in_the_window_explains_it_and_a_weight_brings_the_slope_back(studio):
    dock = studio.window._docks["slopeDock"]
    studio.stage.select(NodeRef(1, 0))
    assert studio.window.node_panel.isVisible()
    assert not studio.window.slope_panel.isVisible()
    assert dock.bar._caption.text() == "WHY THIS VALUE"
    studio.stage.select(TargetRef(0))
    assert text(studio.window.node_panel, "nodeSlopeLine") == "slope of loss −8.00"
    studio.stage.select(ParameterRef(0))
    assert studio.window.slope_panel.isVisible()
    assert dock.bar._caption.text() == "WHY THIS SLOPE"


def test_the_explanation_follows_steps_and_the_shown_example(opened):
    studio = opened("xor")
    studio.stage.select(NodeRef(1, 0))
    before = text(studio.window.node_panel, "nodeValueLine")
    studio.session.descend(20)
    after = text(studio.window.node_panel, "nodeValueLine")
    studio.stage.show_example(3)
    assert len({before, after, text(studio.window.node_panel, "nodeValueLine")}) == 3
