"""What all the lines of arithmetic in a window are, project by project: opened, read, and computed.

Puts together what the other tools read; the only one that touches the studio.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, localcontext
from random import Random

import numpy as np
from PySide6.QtWidgets import QTableView

from gdstudio.app.studio import Studio
from gdstudio.document.project import NodeRef, ParameterRef, Project, TargetRef

from .codes import code_statements, stretched
from .openings import Told, statements_of
from .sums import EXACT, Finding, NotFinite, equations_of, is_cut, is_rounded, number_of, product_of
from .texts import Painted, cells_of, open_rows, painted_in, rows_of, settle, texts_in

MOST_ROWS = 60


def refs_of(project: Project, random: np.random.Generator, count: int) -> list[object]:
    """Return some things to select: weights, biases, nodes of every layer, targets."""
    network = project.network
    chosen: list[object] = [ParameterRef(int(random.integers(network.parameter_count))) for _ in range(count)]
    layer = int(random.integers(len(network.sizes)))
    chosen.append(NodeRef(layer, int(random.integers(network.sizes[layer]))))
    chosen.append(TargetRef(int(random.integers(network.sizes[-1]))))
    return chosen


def names_in(project: Project) -> dict[str, Decimal]:
    """Return the numbers behind the letters in the lines: those that stand in the control panel."""
    settings = dict(project.recipe.settings)
    return {"ε": number_of(repr(settings["epsilon"]))} if "epsilon" in settings else {}


def statements_in(
    studio: Studio, project: Project, number: int, most: int = MOST_ROWS, weights: int = 2
) -> Iterator[Told]:
    """Open a project, select some of what is in it, open its numbers, and return what comes of all that is said.

    ``most`` is about how many lines a list shows, ``weights`` how many parameters are selected.
    """
    random, chance = np.random.default_rng([15, number]), Random(number)
    studio.session.open(project, None)
    names, window, count = names_in(project), studio.window, len(project.data)
    for ref in refs_of(project, random, weights):
        example = None if count > 1 and random.integers(5) == 0 else int(random.integers(count))
        studio.stage.show_example(example)
        studio.stage.select(ref)
        settle()
        is_weight = isinstance(ref, ParameterRef)
        panel = window.slope_panel
        lists = (panel.factors, panel.steps, panel.uses) if is_weight else (window.node_panel.trace_list,)
        for trace_list in lists:
            open_rows(trace_list, most, chance)
            yield from statements_of(rows_of(trace_list), names)
        if is_weight:
            yield from _slope_panel(panel)
            yield from code_statements(window.code_panel.view.accessibleDescription())
            yield from stretched(painted_in(window.code_panel.view))
    yield from _other_lines(studio, names, lists)
    yield from _painted(studio)


def _slope_panel(panel) -> Iterator[Told]:
    product, slope = panel.product_label.text(), panel.slope_label.text()
    if product.endswith("="):
        for finding in equations_of(f"{product} {slope}"):
            kind = "mean + penalty" if product.startswith("mean") else "three factors"
            kind += " + penalty" if "+" in product and kind == "three factors" else ""
            yield Told(f"panel: {kind}", finding)
    update, result = panel.update_label.text(), panel.result_label.text()
    if result:
        for finding in equations_of(f"{update} {result}"):
            yield Told("panel: new = ", finding)
    model = panel.table.model()
    if panel.table.isVisibleTo(panel):
        for row in range(model.rowCount()):
            *factors, product = (model.data(model.index(row, column)) for column in range(1, model.columnCount()))
            text = " × ".join(factors) + f" = {product}"
            try:
                with localcontext(EXACT):
                    value = product_of(map(number_of, factors))
                holds = is_rounded(value, product, least=1)
            except NotFinite:
                yield Told("table: product", Finding("not finite", text))
                continue
            yield Told("table: product", Finding("holds" if holds else "off", text, "this", value, product))


def _other_lines(studio: Studio, names: dict[str, Decimal], lists: tuple) -> Iterator[Told]:
    """Every other line with “=” anywhere in the window; what the lists say is read with the lists."""
    told = {row.line for trace_list in lists for row in rows_of(trace_list)}
    panel = studio.window.slope_panel
    told |= {panel.product_label.text(), panel.update_label.text(), panel.result_label.text()}
    for text in texts_in(studio.window):
        if re.search(r"[+−×÷/] −[0-9]|[0-9]−[0-9.]", re.sub(r"e−[0-9]", "e", text)):
            yield Told("two signs beside each other", Finding("off", text))
        if re.search("[=≈].*[0-9∞]", text) and text not in told and " # " not in text:
            for finding in equations_of(text, names):
                yield Told("other text", finding)


def _painted(studio: Studio) -> Iterator[Told]:
    """What is painted: cut in a number, or wider than its room."""
    for painted in painted_in(studio.window):
        yield from cut_of(painted)
    for table in studio.window.findChildren(QTableView):
        if table.isVisible():
            for _, painted in cells_of(table):
                yield from cut_of(painted, f"cells of {table.objectName()}")


def cut_of(painted: Painted, where: str = "painted") -> Iterator[Told]:
    """Return whether a number is cut, or wider than its room, where it is painted."""
    if not re.search(r"[0-9]", painted.text):
        return
    if is_cut(painted.text):
        yield Told(f"{where}: cut in a number", Finding("off", painted.text))
    elif painted.share > 1.0 and "…" not in painted.text:
        yield Told(f"{where}: wider than its room", Finding("off", f"{painted.text} ({painted.share:.2f})"))
    else:
        yield Told(where, Finding("holds", painted.text))


def readable(studio: Studio) -> Studio:
    """Bring everything into sight that writes lines of arithmetic."""
    studio.window.code_panel.set_seen(True)
    return studio
