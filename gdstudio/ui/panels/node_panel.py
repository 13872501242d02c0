"""Why this value, why this loss: a node or a target, each of whose numbers opens into what it was made of.

Shows an explanation and emits the wish to look at what a number came from.
"""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from gdstudio.teaching.explain_node import NodeExplanation
from gdstudio.ui.widgets.card import plain_label
from gdstudio.ui.widgets.trace_list import TraceList

_HINT = "Click a number to see what it was made of, and again to close it."


class NodePanel(QScrollArea):
    """The explanation of one node or target.

    Signals
    -------
    origin_requested(Ref)
        A given number was clicked: look at it.
    pointed(Trace | None)
        What the mouse is at.
    """

    origin_requested = Signal(object)
    pointed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nodePanel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.trace_list = TraceList("nodeTrace", tones=("", "slope"))
        self.trace_list.origin_requested.connect(self.origin_requested)
        self.trace_list.pointed.connect(self.pointed)
        hint = plain_label(_HINT, "small")
        hint.setWordWrap(True)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 2, 14, 10)
        column.addWidget(self.trace_list)
        column.addWidget(hint)
        column.addStretch(1)
        self.setWidget(body)

    @Slot(object)
    def show_explanation(self, explanation: NodeExplanation) -> None:
        """Show where the numbers of a node or a target come from."""
        self.trace_list.show_traces(explanation.traces, explanation.ref)
