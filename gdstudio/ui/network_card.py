"""The card in the centre: the canvas, what is said over it, and whether nodes show numbers or pictures.

Lays out what it is given; draws no network.
"""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from gdstudio.document.numbers import shown
from gdstudio.teaching.choreography import Frame, phase_name
from gdstudio.teaching.picture import loss_caption, network_caption
from gdstudio.ui.widgets.card import Card, link_button, plain_label

HINT = "Click a node or weight to select it · double-click to edit · drag a weight up or down · scroll to zoom"


class NetworkCard(Card):
    """A canvas with a caption above it and a hint below.

    Signals
    -------
    pictures_requested(bool)
        Nodes are to show pictures, or numbers.
    """

    pictures_requested = Signal(bool)

    def __init__(self, canvas: QWidget, message: QWidget, welcome: QWidget, comparison: QWidget) -> None:
        inner = QWidget()
        super().__init__("NETWORK", inner)
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        # The message lies over the canvas: what is said must not move what is looked at.
        layers = QGridLayout()
        layers.setContentsMargins(0, 0, 0, 0)
        layers.addWidget(canvas, 0, 0)
        layers.addWidget(message, 0, 0, Qt.AlignmentFlag.AlignBottom)
        layers.addWidget(welcome, 0, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self.hint = plain_label(HINT, "small")
        self.hint.setIndent(14)
        self.hint.setFixedHeight(24)
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column.addLayout(layers, 1)
        column.addWidget(comparison)
        column.addWidget(self.hint)
        self._buttons = [link_button("numbers", "nodeNumbersButton"), link_button("pictures", "nodePicturesButton")]
        self._buttons[0].setChecked(True)
        self._buttons[1].toggled.connect(self.pictures_requested)
        for button in self._buttons:
            self.bar.add(button)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Say which network this is, its loss, and in which phase of a step it is."""
        lone = frame.picture.lone_example
        which = "" if lone is None else f" · example {lone + 1:,} of this batch"
        self.bar.set_caption(f"NETWORK  {network_caption(frame.picture.network)}{which}")
        self.bar.set_info(f"{loss_caption(frame.picture)} = {shown(frame.picture.loss)}")
        self.hint.setText(HINT if frame.phase is None else phase_name(frame))

    def show_node_mode(self, pictures: bool) -> None:
        """Show whether nodes show pictures or numbers."""
        self._buttons[int(pictures)].setChecked(True)

    def set_can_be_pictured(self, possible: bool) -> None:
        """Say whether there are pictures of these nodes at all."""
        for button in self._buttons:
            button.setEnabled(possible)
