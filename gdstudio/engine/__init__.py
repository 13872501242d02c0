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
from gdstudio.engine.curvature import (
    Curvature,
    HessianProducts,
    largest_curvature,
)
from gdstudio.engine.gradcheck import (
    Measurement,
    complex_gradient,
    is_analytic,
    kinked,
    measured_gradient,
    measured_slope,
    measurement,
    nudge_errors,
    nudged,
    relative_difference,
)
from gdstudio.engine.initializers import INITIALIZERS, Initializer, draw_parameters
from gdstudio.engine.landscape import (
    PathPlane,
    coordinates,
    line_losses,
    parameter_direction,
    path_plane,
    plane_losses,
    random_direction,
)
from gdstudio.engine.losses import LOSSES, Loss, pairing_problem, target_problem
from gdstudio.engine.metrics import accuracy, r_squared
from gdstudio.engine.network import Network, Place
from gdstudio.engine.observation import coming_change, measured_loss, observe
from gdstudio.engine.one_at_a_time import move_one_at_a_time
from gdstudio.engine.optimizers import OPTIMIZERS, Optimizer, Setting, Slot
from gdstudio.engine.penalties import Penalty
from gdstudio.engine.schedules import SCHEDULES, Schedule
from gdstudio.engine.sweep import Sweep, sweep
from gdstudio.engine.training import (
    MAX_PERIOD,
    Descent,
    Outcome,
    Recipe,
    Run,
    StepRecord,
    TrainingState,
    batch_of_step,
    start_state,
    train,
    train_step,
    with_optimizer,
)
from gdstudio.engine.zones import FELT, LearningRateZones, growth_of_turns, is_quadratic, learning_rate_zones

__all__ = [
    "ACTIVATIONS",
    "FELT",
    "INITIALIZERS",
    "LOSSES",
    "MAX_PERIOD",
    "OPTIMIZERS",
    "SCHEDULES",
    "Activation",
    "Array",
    "Backward",
    "Curvature",
    "Descent",
    "Forward",
    "HessianProducts",
    "Indices",
    "Initializer",
    "LearningRateZones",
    "Loss",
    "Measurement",
    "Network",
    "Optimizer",
    "Outcome",
    "PathPlane",
    "Penalty",
    "Place",
    "Recipe",
    "Run",
    "Schedule",
    "Setting",
    "Slot",
    "StepRecord",
    "Sweep",
    "TrainingState",
    "accuracy",
    "backward",
    "batch_of_step",
    "coming_change",
    "complex_gradient",
    "coordinates",
    "draw_parameters",
    "forward",
    "frozen",
    "growth_of_turns",
    "is_analytic",
    "is_quadratic",
    "kinked",
    "largest_curvature",
    "learning_rate_zones",
    "line_losses",
    "loss_value",
    "measured_gradient",
    "measured_loss",
    "measured_slope",
    "measurement",
    "move_one_at_a_time",
    "nudge_errors",
    "nudged",
    "observe",
    "pairing_problem",
    "parameter_direction",
    "path_plane",
    "plane_losses",
    "r_squared",
    "random_direction",
    "relative_difference",
    "start_state",
    "sweep",
    "target_problem",
    "train",
    "train_step",
    "with_optimizer",
]
