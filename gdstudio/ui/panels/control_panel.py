"""The control panel: everything that decides the next step, in three forms one below the other.

Shows a project's settings; the forms emit the wishes to change them.
"""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from gdstudio.document.datasets import Data
from gdstudio.teaching.picture import Picture
from gdstudio.ui.panels.data_form import DataForm
from gdstudio.ui.panels.descent_form import DescentForm
from gdstudio.ui.panels.network_form import NetworkForm
from gdstudio.ui.widgets.number_field import NumberField


class ControlPanel(QScrollArea):
    """The forms ``descent``, ``network`` and ``data``.

    Signals
    -------
    refused(str)
        What was typed can't be read; one sentence, which stands beside its field too.
    """

    refused = Signal(str)

    def __init__(self, sources: Iterable[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("controlPanel")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.descent = DescentForm()
        self.network = NetworkForm()
        self.data = DataForm(sources)
        self._forms = (self.descent, self.network, self.data)
        self._data: Data | None = None
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 2, 14, 10)
        column.setSpacing(10)
        for form in self._forms:
            form.refused.connect(self.refused)
            column.addWidget(form)
        column.addStretch(1)
        self.setWidget(body)

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show the settings of a project; sentences about other data go."""
        if picture.data is not self._data:
            self._data = picture.data
            for form in self._forms:
                form.clear_refusals()
        for form in self._forms:
            form.show_picture(picture)

    @Slot()
    def forget(self) -> None:
        """Drop what was typed and what was refused: it concerned another document."""
        for form in self._forms:
            form.clear_refusals()
        for field in self.findChildren(NumberField):
            field.take_back()

    def show_refusal(self, sentence: str) -> bool:
        """Show a sentence beside the control whose wish it refuses; returns whether it was one of these."""
        return any(form.show_refusal(sentence) for form in self._forms)
