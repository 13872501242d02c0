"""What the tests of the panels share: a control panel by itself, and everything that it wishes."""

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QToolButton

from gdstudio.document.examples import EXAMPLES
from gdstudio.ui.panels.control_panel import ControlPanel
from gdstudio.ui.widgets.form import Form


@pytest.fixture
def panel_on(shown_alone, by) -> Callable[..., tuple[ControlPanel, list]]:
    """A panel by itself that shows a project, and everything that it wishes from now on; ``more`` shows all its rows.

    A wish is its signal's name and its values; what can't be read is a "refused" of the panel.
    """

    def show(source="xor", *, more: bool = False) -> tuple[ControlPanel, list]:
        panel = ControlPanel([(example.key, example.data) for example in EXAMPLES])
        panel.show_picture(by.picture(source))
        shown_alone(panel, 320, 560)
        if more:
            for button in panel.findChildren(QToolButton):
                button.setChecked(True)
        wished: list = []
        for form in (panel.descent, panel.network, panel.data):
            for name in [name for name in vars(type(form)) if name.endswith("_requested")]:
                getattr(form, name).connect(lambda *values, name=name: wished.append((name, *values)))
        panel.refused.connect(lambda sentence: wished.append(("refused", sentence)))
        return panel, wished

    return show


@pytest.fixture
def form_on(shown_alone, by) -> Callable[..., tuple[Form, list]]:
    """One form by itself that shows a project, and everything that it wishes from now on."""

    def show(form: Form, source="xor") -> tuple[Form, list]:
        form.show_picture(by.picture(source))
        shown_alone(form, 320, 400)
        wished: list = []
        for name in [*(name for name in vars(type(form)) if name.endswith("_requested")), "refused"]:
            getattr(form, name).connect(lambda *values, name=name: wished.append((name, *values)))
        return form, wished

    return show
