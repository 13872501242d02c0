"""Two ways to take the same step, one below the other: all weights at once, and one at a time.

Shows a comparison; wishes nothing.
"""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame, QGridLayout

from gdstudio.teaching.together import Comparison
from gdstudio.ui.theme import number_font
from gdstudio.ui.widgets.card import ElidedLabel, plain_label

_NAMES = ("together", "oneAtATime")


class ComparisonBar(QFrame):
    """Two lines below the network, there while weights move one at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("comparisonBar")
        self.setProperty("role", "notice")
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 4, 12, 4)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(1)
        self._title = plain_label("", "caption")
        self._title.setObjectName("comparedStep")
        grid.addWidget(self._title, 0, 0)
        self._rows: list[tuple[ElidedLabel, ...]] = []
        for row, name in enumerate(_NAMES):
            labels = tuple(ElidedLabel() for _ in range(4))
            labels[0].set_room(96)
            for place, label in enumerate(labels):
                label.setObjectName(f"{name}Label{place or ''}")
                grid.addWidget(label, row, place + 1)
                if place:
                    label.setFont(number_font(12))
            self._rows.append(labels)
        for column, stretch in ((2, 3), (3, 2), (4, 2)):
            grid.setColumnStretch(column, stretch)
        self.hide()

    @Slot(object)
    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show what the next step leads to in both ways; None hides the lines."""
        self.setVisible(comparison is not None)
        if comparison is None:
            return
        ways = comparison.together, comparison.one_at_a_time
        self._title.setText(comparison.title)
        for labels, way, words in zip(self._rows, ways, comparison.words, strict=True):
            for label, text in zip(labels, (way.label, *words), strict=True):
                label.set_text(text)
        self._make_room()
        said = (f"{way.label}: {', '.join(words)}" for way, words in zip(ways, comparison.words, strict=True))
        self.setAccessibleName(f"{comparison.title}. " + ". ".join(said))

    def _make_room(self) -> None:
        """Let each column be as wide as its texts: a number that is cut is another number."""
        for column in (1, 2, 3):
            labels = [labels[column] for labels in self._rows]
            room = max(label.fontMetrics().horizontalAdvance(label.text()) for label in labels) + 4
            for label in labels:
                label.setMinimumWidth(room)
