"""How good the predictions are, in one line for the training examples and one for those held out.

Shows scores; wishes nothing.
"""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from gdstudio.document.numbers import percent, shown
from gdstudio.teaching.picture import Picture, Score
from gdstudio.ui.theme import text_font
from gdstudio.ui.widgets.card import ElidedLabel

_NAMES = ("loss", "accuracy", "R²")
_WIDTHS = (4, 6, 4)
"""How the scores share the line."""
_SIDES = (("training", "good"), ("test", "test"))
"""The two lines, and the tone of their names: that of their curves."""


class ScoresBar(QWidget):
    """Loss, accuracy and R squared, on the examples to learn from and on those held out for testing."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("scoresBar")
        grid = self._grid = QGridLayout(self)
        grid.setContentsMargins(14, 0, 8, 6)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(1)
        self._lines: list[list[ElidedLabel]] = []
        self._shape: tuple[frozenset[str], bool] | None = None
        for row, (side, tone) in enumerate(_SIDES):
            name = ElidedLabel("small")
            name.setProperty("tone", tone)
            name.set_room(64)
            name.set_text(f"● {side}")
            values = [ElidedLabel("small") for _ in _NAMES]
            for column, label in enumerate([name, *values]):
                label.setFont(text_font(11))
                grid.addWidget(label, row, column)
            for label, what in zip(values, ("Loss", "Accuracy", "Rsquared"), strict=True):
                label.setObjectName(f"{side}{what}Score")
            self._lines.append([name, *values])
        self.hide()

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show the scores of a picture: nothing where the loss alone says all, one line without a test set."""
        scores = {score.name: score for score in picture.scores}
        has_test = bool(picture.data.held_out)
        for side, labels in enumerate(self._lines):
            for label, name in zip(labels[1:], _NAMES, strict=True):
                label.set_text(_text(scores.get(name), side))
        shape = frozenset(scores), has_test
        if shape != self._shape:
            self._shape = shape
            self._arrange(shape)

    def _arrange(self, shape: tuple[frozenset[str], bool]) -> None:
        """Give each score its room; only when there are others, since each time the whole window is laid out anew."""
        scores, has_test = shape
        for side, labels in enumerate(self._lines):
            for label in labels:
                label.setVisible(side == 0 or has_test)
        for column, name in enumerate(_NAMES, start=1):
            self._grid.setColumnStretch(column, _WIDTHS[column - 1] if name in scores else 0)
        self.setVisible(has_test or len(scores) > 1)


def _text(score: Score | None, side: int) -> str:
    value = None if score is None else (score.training, score.test)[side]
    if score is None or value is None:
        return ""
    return f"{score.name} {percent(value)}" if score.name == "accuracy" else f"{score.name} {shown(value)}"
