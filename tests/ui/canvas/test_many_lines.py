import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from gdstudio.engine import Network
from gdstudio.ui.canvas.items import WeightLines
from gdstudio.ui.canvas.layout import arrange


def inked(network: Network, value: float) -> int:
    """How many pixels the lines of a network cover when every weight has this value."""
    arrangement = arrange(network, 840.0, 385.0)
    lines = WeightLines()
    lines.set_geometry(network, arrangement)
    lines.show_values(np.full(network.parameter_count, value), frozenset())
    image = QImage(840, 385, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    lines.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    return int((np.frombuffer(image.constBits(), np.uint32) != 0xFFFFFFFF).sum())


@pytest.mark.parametrize("sizes", [(2, 2), (3, 6, 3), (8, 16, 1), (12, 40, 1)])
def test_negative_weights_are_dashed_however_many_there_are(qapp, sizes):
    network = Network(sizes, ("tanh",) * (len(sizes) - 1), bias=False)
    assert 0 < inked(network, -1.0) < 0.97 * inked(network, 1.0)
