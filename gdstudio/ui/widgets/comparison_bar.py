"""Two ways to take the same step, side by side: all weights at once, and one at a time.

Shows a comparison; wishes nothing.
"""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout

from gdstudio.teaching.together import Comparison
from gdstudio.ui.theme import number_font
from gdstudio.ui.widgets.card import ElidedLabel


class ComparisonBar(QFrame):
    """A line below the network, there while weights move one at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("comparisonBar")
        self.setProperty("role", "notice")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 12, 5)
        row.setSpacing(16)
        caption = ElidedLabel("caption")
        caption.set_text("Next step")
        caption.set_room(64)
        row.addWidget(caption)
        self._labels = ElidedLabel(), ElidedLabel()
        for label, name in zip(self._labels, ("togetherLabel", "oneAtATimeLabel"), strict=True):
            label.setObjectName(name)
            label.setFont(number_font(12))
            row.addWidget(label, 1)
        self.hide()

    @Slot(object)
    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what the next step leads to in both ways; None hides the line."""
        self.setVisible(comparison is not None)
        if comparison is not None:
            for label, way in zip(self._labels, (comparison.together, comparison.one_at_a_time), strict=True):
                label.set_text(way.sentence)
