"""The schema of studio files, version 4: one class for each JSON object; unknown fields are refused.

``resources/file-format.md`` tells it on one page. Holds no logic and knows nothing of projects.

Version 1 had none of the fields of a descent and of data that have a default, version 2 no ``one_at_a_time``, version 3
neither ``runs`` nor ``view``: a file of theirs reads as one with the defaults.
"""

from typing import Literal

import msgspec


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object of the file."""


class NetworkFile(Strict, frozen=True):
    """Layers' sizes, one activation for each after the inputs, whether there are biases, and the nodes' names."""

    sizes: list[int]
    activations: list[str]
    bias: bool
    names: list[list[str]]


class DescentFile(Strict, frozen=True):
    """The recipe besides the network; ``batch_size`` null is all examples, ``settings`` are the optimizer's own."""

    loss: str
    optimizer: str
    learning_rate: float
    batch_size: int | None
    seed: int
    locked: list[int]
    settings: dict[str, float] = {}
    schedule: str = "constant"
    period: int = 1000
    l1: float = 0.0
    l2: float = 0.0
    initializer: str = "auto"
    spread: float = 0.5
    one_at_a_time: bool = False


class StateFile(Strict, frozen=True):
    """Parameters in the flat order, the optimizer's memory slot by slot, and the number of steps taken."""

    step: int
    parameters: list[float]
    optimizer: list[list[float]]


class GeneratedFile(Strict, frozen=True):
    """The numbers from which a generator made the data."""

    name: str
    examples: int
    noise: float
    seed: int


class DataFile(Strict, frozen=True):
    """Columns by name, rows of inputs and of targets as given, and the scaling with its numbers, column by column.

    ``held_out`` are the rows for testing, counted from 0, ascending.
    """

    name: str
    input_names: list[str]
    target_names: list[str]
    inputs: list[list[float]]
    targets: list[list[float]]
    scaling: str
    center: list[float]
    scale: list[float]
    held_out: list[int] = []
    generated: GeneratedFile | None = None


class RunFile(Strict, frozen=True):
    """A run kept beside the present one: where it ended, its losses as drawn (null is not finite), and its path.

    ``data`` null is the document's own.
    """

    name: str
    title: str
    network: NetworkFile
    descent: DescentFile
    start: StateFile
    state: StateFile
    data: DataFile | None
    steps: list[int]
    low: list[float | None]
    high: list[float | None]
    path: list[list[float]]
    is_shown: bool
    is_automatic: bool


class SelectionFile(Strict, frozen=True):
    """What is selected: a parameter by its index, a node by layer and place, or an output's target."""

    kind: Literal["parameter", "node", "target"]
    at: list[int]


class ViewFile(Strict, frozen=True):
    """How the document is looked at; ``example`` null is the mean over all, ``selection`` null is nothing."""

    selection: SelectionFile | None
    example: int | None
    pictures: bool
    logarithmic: bool
    speed: str
    axes: str
    x: int
    y: int
    plane_seed: int


class DocumentFile(Strict, frozen=True):
    """A whole document."""

    format: str
    version: int
    title: str
    network: NetworkFile
    descent: DescentFile
    start: StateFile
    state: StateFile
    data: DataFile
    runs: list[RunFile] = []
    view: ViewFile | None = None


class Header(msgspec.Struct):
    """What every version begins with."""

    format: str = ""
    version: int | float = 0
