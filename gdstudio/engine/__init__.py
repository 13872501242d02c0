"""The mathematics: networks, slopes and descent, on NumPy alone.

Usable without the studio, and without Qt:

>>> from gdstudio.engine import Network, Recipe, backward, start_state, train
>>> network = Network((2, 1), ("linear",), bias=False)
>>> backward(network, [1.0, 2.0], [[3.0, 4.0]], [[6.0]]).gradient.tolist()
[30.0, 40.0]
>>> recipe = Recipe(network, learning_rate=0.01)
>>> train(recipe, start_state(recipe, [1.0, 2.0]), [[3.0, 4.0]], [[6.0]], steps=1).state.parameters.round(3).tolist()
[0.7, 1.6]

All arrays are float64. Parameters are one flat vector; :class:`Network` says what lies where. Imports nothing of the
other floors.
"""

from gdstudio.engine.activations import ACTIVATIONS, Activation
from gdstudio.engine.arrays import Array, Indices, frozen
from gdstudio.engine.backprop import Backward, Forward, backward, forward, loss_value
from gdstudio.engine.gradcheck import measured_gradient, measured_slope, relative_difference
from gdstudio.engine.initializers import draw_parameters
from gdstudio.engine.losses import LOSSES, Loss
from gdstudio.engine.network import Network, Place
from gdstudio.engine.optimizers import OPTIMIZERS, Optimizer
from gdstudio.engine.training import (
    Outcome,
    Recipe,
    Run,
    StepRecord,
    TrainingState,
    batch_of_step,
    coming_change,
    start_state,
    train,
    train_step,
    with_optimizer,
)

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "OPTIMIZERS",
    "Activation",
    "Array",
    "Backward",
    "Forward",
    "Indices",
    "Loss",
    "Network",
    "Optimizer",
    "Outcome",
    "Place",
    "Recipe",
    "Run",
    "StepRecord",
    "TrainingState",
    "backward",
    "batch_of_step",
    "coming_change",
    "draw_parameters",
    "forward",
    "frozen",
    "loss_value",
    "measured_gradient",
    "measured_slope",
    "relative_difference",
    "start_state",
    "train",
    "train_step",
    "with_optimizer",
]
