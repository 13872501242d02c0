"""The Project: everything that decides the next step, as one frozen value.

What is on screen besides (selection, zoom, speed) is not in it. Knows nothing of files or windows.
"""

from dataclasses import dataclass
from typing import NamedTuple

from gdstudio.document.datasets import Data
from gdstudio.document.errors import ProjectError
from gdstudio.document.limits import MAX_LAYERS, MAX_NODES, MAX_PARAMETERS, MAX_TURNS
from gdstudio.document.numbers import counted
from gdstudio.engine import Array, Network, Recipe, TrainingState, start_state

Names = tuple[tuple[str, ...], ...]


class NodeRef(NamedTuple):
    """A node: its layer (0 is the inputs) and its place in it."""

    layer: int
    position: int


@dataclass(frozen=True, slots=True)
class ParameterRef:
    """A weight or a bias, by its index in the flat vector."""

    index: int


@dataclass(frozen=True, slots=True)
class TargetRef:
    """The target of one output."""

    output: int


Ref = NodeRef | ParameterRef | TargetRef
"""Anything in the network that a person can point at."""


@dataclass(frozen=True, slots=True, eq=False)
class Project:
    """A network, how it descends, where it stands, and the data it learns from.

    ``start`` is the state that Reset returns to. ``names`` holds a name for each node that a person
    named, and "" for the others.

    Raises ProjectError, with a sentence, when the loss can't be used with the data's targets, or a batch would be
    larger than the data, or one-at-a-time steps would take too long.
    """

    title: str
    recipe: Recipe
    state: TrainingState
    start: TrainingState
    data: Data
    names: Names

    def __post_init__(self) -> None:
        problem = self.data.target_problems[self.recipe.loss]
        if problem:
            raise ProjectError(problem)
        batch = self.recipe.batch_size
        if batch is not None and batch > len(self.data):
            raise ProjectError(
                f"A batch of {batch} is larger than the data, which has {counted(len(self.data), 'example')}."
            )
        if self.recipe.one_at_a_time:
            self._check_turns(batch or len(self.data))

    def _check_turns(self, batch: int) -> None:
        """Each parameter's turn takes a pass over the batch."""
        count = self.network.parameter_count
        if count * count * batch > MAX_TURNS:
            raise ProjectError(
                f"One weight at a time is for small networks: {counted(count, 'weight')} and biases would take as many "
                f"passes over {counted(batch, 'example')} in each step. Update all at once, or make the batch smaller."
            )

    @property
    def network(self) -> Network:
        return self.recipe.network

    @property
    def parameters(self) -> Array:
        """The present parameters, ``(P,)``."""
        return self.state.parameters


def new_project(title: str, recipe: Recipe, parameters: Array, data: Data) -> Project:
    """Return a project at its start. Raises ProjectError when network and data don't fit or are too large to show."""
    check_size(recipe.network)
    expected = (len(data.input_names), len(data.target_names))
    if (recipe.network.sizes[0], recipe.network.sizes[-1]) != expected:
        raise ProjectError(
            f"The network has {recipe.network.sizes[0]} inputs and {recipe.network.sizes[-1]} outputs, "
            f"but the data has {expected[0]} and {expected[1]}."
        )
    state = start_state(recipe, parameters)
    return Project(title, recipe, state, state, data, unnamed(recipe.network))


def unnamed(network: Network) -> Names:
    """Return the names of a network in which no node has been named."""
    return tuple(("",) * size for size in network.sizes)


def check_size(network: Network) -> None:
    """Raise ProjectError, with a sentence, for a network that is too large to show."""
    if len(network.sizes) > MAX_LAYERS:
        raise ProjectError(f"The studio shows up to {MAX_LAYERS} layers; this network would have {len(network.sizes)}.")
    if max(network.sizes) > MAX_NODES:
        raise ProjectError(f"The studio shows up to {MAX_NODES} nodes a layer; one would have {max(network.sizes)}.")
    if network.parameter_count > MAX_PARAMETERS:
        raise ProjectError(
            f"The studio shows up to {MAX_PARAMETERS:,} weights and biases; this network would have "
            f"{network.parameter_count:,}."
        )


def node_name(project: Project, node: NodeRef) -> str:
    """Return what a node is called: the name a person gave it, its column's name, or hidden 1, hidden 2, …"""
    layer, index = node
    sizes = project.network.sizes
    if project.names[layer][index]:
        return project.names[layer][index]
    if layer == 0:
        return project.data.input_names[index]
    if layer == len(sizes) - 1:
        return "prediction" if sizes[-1] == 1 else f"prediction {index + 1}"
    return f"hidden {sum(sizes[1:layer]) + index + 1}"


def parameter_name(project: Project, index: int) -> str:
    """Return what a parameter is called, such as ``input 1 → hidden 1`` or ``bias of hidden 1``."""
    layer, source, target = project.network.places[index]
    end = node_name(project, NodeRef(layer, target))
    if source is None:
        return f"bias of {end}"
    return f"{node_name(project, NodeRef(layer - 1, source))} → {end}"


def find_parameter(project: Project, name: str) -> int:
    """Return the index of the parameter called ``name`` (an arrow may be typed ``->``), or numbered so from 1.

    Raises ProjectError when there is none.
    """
    wanted = " ".join(name.replace("->", " → ").split()).casefold()
    names = [parameter_name(project, index) for index in range(project.network.parameter_count)]
    for index, known in enumerate(names):
        if " ".join(known.split()).casefold() == wanted or str(index + 1) == wanted:
            return index
    raise ProjectError(f"There is no weight “{name}”; the first is “{names[0]}”, the last “{names[-1]}”.")
