"""What nudging says of slopes in the window, where a run has stopped by itself: one rule, and no false alarm."""

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QTableView

from gdstudio.document.edits import descended
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.project import ParameterRef
from gdstudio.engine import train


@pytest.fixture(params=[example.key for example in EXAMPLES])
def ended(request, same_studio):
    """A studio where a run of an example has come to its end, with the gradient check in front."""
    project = load_example(request.param)
    run = train(project.recipe, project.state, project.data.x, project.data.y, 20_000, tolerance=1e-9)
    same_studio.session.open(descended(project, run.state), None)
    for name in ("gradientCheckDock", "slopeDock"):
        same_studio.window._docks[name].show()
        same_studio.window._docks[name].raise_()
    for _ in range(3):
        QApplication.processEvents()
        same_studio.jobs.wait()
    return same_studio


def test_where_a_run_has_stopped_no_slope_is_said_to_differ(ended):
    window = ended.window
    verdict = window.gradient_check_panel.findChild(QLabel, "gradientCheckVerdict").text()
    assert verdict.startswith(("All slopes agree", "The slopes agree", "Too flat to measure")), verdict


def test_the_table_of_all_slopes_and_the_panel_of_one_say_the_same(ended):
    window = ended.window
    model = window.gradient_check_panel.findChild(QTableView, "gradientCheckTable").model()
    for row in range(min(model.rowCount(), 8)):
        ended.stage.select(ParameterRef(row))
        QApplication.processEvents()
        cell = model.index(row, 3).data()
        measured = window.slope_panel.findChild(QLabel, "slopeMeasured").text()
        if cell != "kink":
            assert ("✓" in cell) == ("✓" in measured), (row, cell, measured)
