"""What the network computes and where it starts: activations and initializer.

Shows a recipe and emits wishes to change it.
"""

from PySide6.QtCore import Signal, Slot

from gdstudio.document.edits import hidden_activation
from gdstudio.engine import ACTIVATIONS, INITIALIZERS
from gdstudio.teaching.picture import Picture
from gdstudio.ui.widgets.form import Form


class NetworkForm(Form):
    """The settings of a network.

    Signals
    -------
    activation_requested(str), last_activation_requested(str), initializer_requested(str)
        A choice by its name in the engine's table.
    spread_requested(float)
        The one number of the initializer.
    """

    activation_requested = Signal(str)
    last_activation_requested = Signal(str)
    initializer_requested = Signal(str)
    spread_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__("Network")
        hidden = [(row.name, row.label) for row in ACTIVATIONS.values() if not row.last_only]
        every = [(row.name, row.label) for row in ACTIVATIONS.values()]
        self.activation_combo = self.choice("activationCombo", hidden, self.activation_requested)
        self.add_row("Activation", self.activation_combo, tip="The activation of all hidden layers")
        self.last_activation_combo = self.choice("lastActivationCombo", every, self.last_activation_requested)
        self.add_row("Prediction", self.last_activation_combo, tip="The activation of the last layer")
        starts = [(row.name, row.label) for row in INITIALIZERS.values()]
        self.initializer_combo = self.choice("initializerCombo", starts, self.initializer_requested)
        self.add_row("Start", self.initializer_combo, tip="How the weights of a start are drawn", extra=True)
        self.spread_field = self.number("spreadField", self.spread_requested)
        self.add_row("Spread", self.spread_field, extra=True)

    @Slot(object)
    def show_picture(self, picture: Picture) -> None:
        """Show the settings of a project."""
        recipe = picture.project.recipe
        has_hidden = len(recipe.network.sizes) > 2
        self.activation_combo.show_choice(hidden_activation(recipe.network), "differs by layer")
        self.set_row(self.activation_combo, makes_sense=has_hidden)
        self.last_activation_combo.show_choice(recipe.network.activations[-1])
        self.initializer_combo.show_choice(recipe.initializer)
        self.initializer_combo.setToolTip(INITIALIZERS[recipe.initializer].formula)
        spread = INITIALIZERS[recipe.initializer].spread_label
        self.spread_field.show_value(recipe.spread)
        self.set_row(self.spread_field, makes_sense=bool(spread), text=spread or "Spread")
        for field in (self.initializer_combo, self.spread_field):
            self.set_extra(field, recipe.initializer == "auto")
