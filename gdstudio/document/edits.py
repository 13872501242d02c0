"""The edits: pure functions from one Project to the next, sharing what they don't change.

Each raises ProjectError, with a sentence, for what can't be done; nothing has happened then. An edit of the network's
shape or data begins a new descent (step 0) from the weights as they stand. Knows nothing of undo.
"""

import math
from dataclasses import replace

import numpy as np

from gdstudio.document import datasets
from gdstudio.document.datasets import Data, Generated
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import generate
from gdstudio.document.limits import MAX_NAME, MAX_SEED
from gdstudio.document.numbers import shown, with_minus
from gdstudio.document.plain import one_line
from gdstudio.document.project import NodeRef, Project, check_size, unnamed
from gdstudio.engine import (
    ACTIVATIONS,
    LOSSES,
    OPTIMIZERS,
    Array,
    Network,
    Place,
    Recipe,
    TrainingState,
    draw_parameters,
    frozen,
    start_state,
    with_optimizer,
)

LEARNING_RATE_LIMITS = (1e-12, 10.0)

Origins = list[list[NodeRef | None]]
"""For every node of a new network the old node that it is, or None for a new one."""


def _with_state(project: Project, state: TrainingState) -> Project:
    """Install a state that a person made; before the first step it is also what Reset returns to."""
    return replace(project, state=state, start=state if state.step == 0 else project.start)


def _with_recipe(project: Project, **changes: object) -> Project:
    try:
        recipe = replace(project.recipe, **changes)  # type: ignore[arg-type]
    except ValueError as error:
        raise ProjectError(with_minus(str(error))) from None
    return project if recipe == project.recipe else replace(project, recipe=recipe)


def descended(project: Project, state: TrainingState) -> Project:
    """Return the project at a state that descent reached."""
    return replace(project, state=state)


def set_parameter(project: Project, index: int, value: float) -> Project:
    """Set one weight or bias to exactly ``value``."""
    if not math.isfinite(value):
        raise ProjectError("A weight must be a finite number.")
    if _same_number(float(project.parameters[index]), value):
        return project
    parameters = project.parameters.copy()
    parameters[index] = value
    return _with_state(project, replace(project.state, parameters=frozen(parameters)))


def set_parameters(project: Project, parameters: Array) -> Project:
    """Set all weights and biases at once, ``(P,)``; locked ones stay."""
    if parameters.shape != project.parameters.shape:
        raise ProjectError("That place belongs to a network of another shape.")
    if not np.isfinite(parameters).all():
        raise ProjectError("A weight must be a finite number.")
    wanted = parameters.copy()
    locked = sorted(project.recipe.locked)
    wanted[locked] = project.parameters[locked]
    if wanted.tobytes() == project.parameters.tobytes():
        return project
    return _with_state(project, replace(project.state, parameters=frozen(wanted)))


def _same_number(one: float, other: float) -> bool:
    """Whether two numbers are the same in every bit that can be typed: 0 and -0 differ."""
    return one == other and math.copysign(1.0, one) == math.copysign(1.0, other)


def set_locked(project: Project, index: int, locked: bool) -> Project:
    """Lock a parameter, so that descent leaves it alone, or free it."""
    others = project.recipe.locked - {index}
    return _with_recipe(project, locked=others | {index} if locked else others)


def set_learning_rate(project: Project, learning_rate: float) -> Project:
    """Set the learning rate; the run goes on with it."""
    low, high = LEARNING_RATE_LIMITS
    if not low <= learning_rate <= high:
        raise ProjectError(f"The learning rate goes from {shown(low)} to {shown(high)}.")
    return _with_recipe(project, learning_rate=learning_rate)


def set_optimizer(project: Project, optimizer: str) -> Project:
    """Choose the optimizer; its memory starts afresh."""
    if optimizer not in OPTIMIZERS:
        raise ProjectError(f"The optimizer {optimizer!r} is not known; known are {', '.join(OPTIMIZERS)}.")
    if optimizer == project.recipe.optimizer:
        return project
    recipe, state = with_optimizer(project.recipe, project.state, optimizer)
    _, start = with_optimizer(project.recipe, project.start, optimizer)
    return replace(project, recipe=recipe, state=state, start=start)


def set_setting(project: Project, name: str, value: float) -> Project:
    """Set one of the optimizer's own numbers; its memory stays."""
    return _with_recipe(project, settings={**dict(project.recipe.settings), name: value})


def set_schedule(project: Project, schedule: str) -> Project:
    """Choose how the learning rate falls."""
    return _with_recipe(project, schedule=schedule)


def set_period(project: Project, period: int) -> Project:
    """Set the steps in which the schedule's time is counted."""
    return _with_recipe(project, period=period)


def set_penalty(project: Project, name: str, weight: float) -> Project:
    """Set the weight of the penalty ``l1`` or ``l2``; 0 is none."""
    if name not in ("l1", "l2"):
        raise ProjectError(f"The penalty {name!r} is not known; known are l1 and l2.")
    return _with_recipe(project, **{name: weight})


def set_loss(project: Project, loss: str) -> Project:
    """Choose the loss; one that is taken together with an activation brings it along as the last one.

    Leaving categorical cross-entropy makes a softmax linear: it goes with nothing else.
    """
    if loss not in LOSSES:
        raise ProjectError(f"The loss {loss!r} is not known; known are {', '.join(LOSSES)}.")
    last = project.network.activations[-1]
    wanted = LOSSES[loss].taken_with or ("linear" if ACTIVATIONS[last].last_only else last)
    network = replace(project.network, activations=(*project.network.activations[:-1], wanted))
    return _with_recipe(project, loss=loss, network=network)


def set_batch_size(project: Project, batch_size: int | None) -> Project:
    """Choose how many examples a step sees; None is all of them."""
    if batch_size is not None and not 1 <= batch_size <= len(project.data):
        raise ProjectError(f"A batch has from 1 to {len(project.data):,} examples; {batch_size:,} is outside.")
    whole = batch_size is None or batch_size == len(project.data)
    return _with_recipe(project, batch_size=None if whole else batch_size)


def set_one_at_a_time(project: Project, one_at_a_time: bool) -> Project:
    """Move the weights one after the other in each step, or (as gradient descent does) all at once."""
    return _with_recipe(project, one_at_a_time=one_at_a_time)


def set_activation(project: Project, layer: int, activation: str) -> Project:
    """Choose the activation of one layer (1 is the first after the inputs); the weights stay."""
    if not 1 <= layer < len(project.network.sizes):
        raise ProjectError("Only layers after the inputs have an activation.")
    names = list(project.network.activations)
    names[layer - 1] = activation
    return _with_network(project, activations=tuple(names))


def set_hidden_activation(project: Project, activation: str) -> Project:
    """Choose the activation of every hidden layer, or of the prediction where there is none."""
    names = project.network.activations
    hidden = (activation,) * (len(names) - 1)
    return _with_network(project, activations=(*hidden, names[-1]) if hidden else (activation,))


def hidden_activation(network: Network) -> str | None:
    """Return the activation that :func:`set_hidden_activation` sets, or None when the layers differ."""
    names = set(network.activations[:-1] or network.activations)
    return names.pop() if len(names) == 1 else None


def _with_network(project: Project, activations: tuple[str, ...]) -> Project:
    try:
        network = replace(project.network, activations=activations)
    except ValueError as error:
        raise ProjectError(with_minus(str(error))) from None
    return _with_recipe(project, network=network)


def set_bias(project: Project, bias: bool) -> Project:
    """Give every node after the inputs a bias of 0, or take the biases away."""
    if bias == project.network.bias:
        return project
    return _rebuilt(project, replace(project.network, bias=bias), _same_nodes(project.network), project.data)


def _same_nodes(network: Network) -> Origins:
    return [[NodeRef(layer, index) for index in range(size)] for layer, size in enumerate(network.sizes)]


def add_node(project: Project, layer: int) -> Project:
    """Add a node at the end of a layer. An input or an output adds a column to the data."""
    origins = _same_nodes(project.network)
    origins[layer].append(None)
    return _reshaped(project, origins)


def remove_node(project: Project, node: NodeRef) -> Project:
    """Remove a node with its weights; the last node of a hidden layer takes the layer with it."""
    origins = _same_nodes(project.network)
    del origins[node.layer][node.position]
    if not origins[node.layer]:
        return remove_layer(project, node.layer)
    return _reshaped(project, origins)


def add_layer(project: Project, after: int, nodes: int = 2) -> Project:
    """Add a hidden layer behind layer ``after``, with the activation of its neighbours; ReLU for linear and softmax."""
    if not 0 <= after < len(project.network.sizes) - 1:
        raise ProjectError("A new layer goes between two others: nothing comes after the prediction.")
    if nodes < 1:
        raise ProjectError("A layer needs at least one node.")
    origins = _same_nodes(project.network)
    origins.insert(after + 1, [None] * nodes)
    names = list(project.network.activations)
    neighbour = names[max(after - 1, 0)]
    names.insert(after, "relu" if neighbour == "linear" or ACTIVATIONS[neighbour].last_only else neighbour)
    return _reshaped(project, origins, tuple(names))


def remove_layer(project: Project, layer: int) -> Project:
    """Remove a hidden layer; the layers around it are joined by new weights."""
    if not 0 < layer < len(project.network.sizes) - 1:
        raise ProjectError("A network keeps at least one input and one prediction.")
    origins = _same_nodes(project.network)
    del origins[layer]
    names = list(project.network.activations)
    del names[layer - 1]
    return _reshaped(project, origins, tuple(names))


def _reshaped(project: Project, origins: Origins, activations: tuple[str, ...] | None = None) -> Project:
    """Build the network with these nodes, and fit the data's columns to its ends."""
    sizes = tuple(len(nodes) for nodes in origins)
    network = Network(sizes, activations or project.network.activations, project.network.bias)
    check_size(network)  # before columns are made for it
    ends = [tuple(None if node is None else node.position for node in origins[end]) for end in (0, -1)]
    same = ends == [tuple(range(size)) for size in (project.network.sizes[0], project.network.sizes[-1])]
    data = project.data if same else datasets.with_columns(project.data, ends[0], ends[1])
    return _rebuilt(project, network, origins, data)


def _rebuilt(project: Project, network: Network, origins: Origins, data: Data) -> Project:
    """Begin a new descent on ``network``: kept weights, locks and names follow their nodes, new ones are drawn."""
    check_size(network)
    parameters: Array = _drawn(replace(project.recipe, network=network, locked=frozenset())).copy()
    locked: set[int] = set()
    for index, (layer, source, target) in enumerate(network.places):
        end = origins[layer][target]
        begin = None if source is None else origins[layer - 1][source]
        if end is None or (source is not None and (begin is None or begin.layer != end.layer - 1)):
            continue
        if source is None and not project.network.bias:
            continue
        old = project.network.index(Place(end.layer, begin.position if begin else None, end.position))
        parameters[index] = project.parameters[old]
        locked |= {index} if old in project.recipe.locked else set()
    recipe = replace(project.recipe, network=network, locked=frozenset(locked))
    names = tuple(
        tuple("" if node is None else project.names[node.layer][node.position] for node in nodes) for nodes in origins
    )
    return _begun(replace(project, recipe=recipe, data=data, names=names), parameters)


def _begun(project: Project, parameters: Array) -> Project:
    state = start_state(project.recipe, parameters)
    return replace(project, state=state, start=state)


def rename_node(project: Project, node: NodeRef, name: str) -> Project:
    """Name a node; an empty name gives it its own name back."""
    clean = clean_name(name)
    names = [list(layer) for layer in project.names]
    if names[node.layer][node.position] == clean:
        return project
    names[node.layer][node.position] = clean
    return replace(project, names=tuple(map(tuple, names)))


def rename(project: Project, title: str) -> Project:
    """Give the project another title."""
    clean = clean_name(title)
    return project if clean == project.title else replace(project, title=clean)


def clean_name(name: str) -> str:
    """Return ``name`` on one line without control characters; raises ProjectError when it is too long."""
    clean = one_line(name)
    if len(clean) > MAX_NAME:
        raise ProjectError(f"A name has up to {MAX_NAME} characters; this one has {len(clean)}.")
    return clean


def set_value(project: Project, example: int, column: int, value: float) -> Project:
    """Change one input or target of one example, in the data's own units; columns count inputs first.

    The descent goes on: its parameters and step stay.
    """
    if not math.isfinite(value):
        raise ProjectError("A value must be a finite number.")
    if _same_number(project.data.cell(example, column), value):
        return project
    return replace(project, data=datasets.with_value(project.data, example, column, value))


def set_scaling(project: Project, scaling: str) -> Project:
    """Scale the data another way, and begin again from the start."""
    if scaling == project.data.scaling:
        return project
    return reset(replace(project, data=datasets.with_scaling(project.data, scaling)))


def set_target(project: Project, target: str) -> Project:
    """Choose which column is the target, and begin again from the start."""
    if project.data.target_names == (target,):
        return project
    return set_data(project, datasets.with_target(project.data, target))


def set_data(project: Project, data: Data) -> Project:
    """Learn from other data. Where it has other columns, the first or last layer is made to fit with new weights."""
    if datasets.same_data(data, project.data):
        return project
    sizes = (len(data.input_names), *project.network.sizes[1:-1], len(data.target_names))
    batch = project.recipe.batch_size
    recipe = replace(project.recipe, batch_size=batch if batch and batch < len(data) else None)
    columns = (data.input_names, data.target_names) == (project.data.input_names, project.data.target_names)
    names = project.names if columns else (("",) * sizes[0], *project.names[1:-1], ("",) * sizes[-1])
    if sizes == project.network.sizes:
        return reset(replace(project, recipe=recipe, data=data, names=names))
    network = replace(project.network, sizes=sizes)
    check_size(network)
    origins = _same_nodes(project.network)
    for end in (0, -1):
        origins[end] = origins[end][: sizes[end]] + [None] * (sizes[end] - len(origins[end]))
    return replace(_rebuilt(replace(project, recipe=recipe), network, origins, data), names=names)


def set_test_share(project: Project, share: float) -> Project:
    """Hold out this share of the examples for testing, drawn by the seed, and begin again from the start."""
    data = datasets.with_test_share(project.data, share, project.recipe.seed)
    # As many as are held out already: those stay.
    return project if len(data.held_out) == len(project.data.held_out) else set_data(project, data)


def set_generated(project: Project, wanted: Generated) -> Project:
    """Learn from data made to order; scaling and the share held out stay those of data from the same generator."""
    if wanted == project.data.generated:
        return project
    data, old = generate(wanted), project.data
    if old.generated is not None and old.generated.name == wanted.name:
        data = datasets.with_scaling(data, old.scaling)
        if old.held_out:
            data = datasets.with_test_share(data, len(old.held_out) / len(old.raw_x), project.recipe.seed)
    return set_data(project, data)


def new_start(project: Project) -> Project:
    """Draw the parameters anew from the next seed; locked ones stay."""
    return _started(_with_recipe(project, seed=(project.recipe.seed + 1) % MAX_SEED))


def set_initializer(project: Project, initializer: str, spread: float | None = None) -> Project:
    """Choose how a start is drawn, and draw it from the same seed; locked parameters stay."""
    wanted = project.recipe.spread if spread is None else spread
    if (initializer, wanted) == (project.recipe.initializer, project.recipe.spread):
        return project
    return _started(_with_recipe(project, initializer=initializer, spread=wanted))


def _started(project: Project) -> Project:
    parameters = _drawn(project.recipe).copy()
    for index in project.recipe.locked:
        parameters[index] = project.parameters[index]
    return _begun(project, parameters)


def _drawn(recipe: Recipe) -> Array:
    return draw_parameters(recipe.network, recipe.seed, recipe.initializer, recipe.spread)


def reset(project: Project) -> Project:
    """Return to the very same start."""
    here, start = project.state, project.start
    if here.step == start.step and here.parameters.tobytes() == start.parameters.tobytes():
        return project
    return replace(project, state=start)


def project_for(data: Data, title: str) -> Project:
    """Return a first project for a table of data: one linear layer, seed 0. A title that is too long is cut."""
    network = Network((len(data.input_names), len(data.target_names)), ("linear",))
    check_size(network)
    recipe = Recipe(network)
    state = start_state(recipe, _drawn(recipe))
    return Project(clean_name(title[:MAX_NAME]), recipe, state, state, data, unnamed(network))
