"""What a lesson may do to the studio and ask of it, in words: orders, quantities and goals, one table row each.

``rate 0.01``, ``step 20``, ``slope 1``, ``loss below 0.01``. Nothing here runs code from a file: a word that is not in
the tables is refused. Pure functions of projects.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gdstudio.document import edits
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import EXAMPLES, load_example
from gdstudio.document.limits import MAX_EXAMPLES
from gdstudio.document.numbers import parse_number, shown_plain
from gdstudio.document.project import NodeRef, ParameterRef, Project, Ref, TargetRef
from gdstudio.engine import Array, learning_rate_zones, train
from gdstudio.teaching.picture import Picture, picture_of

MOST_STEPS = 20_000
KEYS = tuple(example.key for example in EXAMPLES)
"""The starting points that a lesson can open, and no other file."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A row's words with the values that stood between them, such as ``weight`` with (1, 2.5)."""

    text: str
    words: str
    values: tuple[float | str, ...]


Apply = Callable[..., Project]
Ask = Callable[..., float]
Hold = Callable[..., bool]


def _whole(value: float) -> int:
    if value != int(value) or value < 0:
        raise ProjectError(f"{shown_plain(value)} must be a whole number from 0 on.")
    return int(value)


def _opened(project: Project, key: str) -> Project:
    if key not in KEYS:
        raise ProjectError(f"There is no starting point “{key}”; there are {', '.join(KEYS)}.")
    return load_example(key)


def _with_input(project: Project, column: float, value: float) -> Project:
    if not 1 <= _whole(column) <= len(project.data.input_names):
        raise ProjectError(f"There is no input {shown_plain(column)}.")
    return edits.set_value(project, 0, _whole(column) - 1, value)


def _index(project: Project, number: float) -> int:
    """Return the index of the weight of this number, counted from 1."""
    index = _whole(number) - 1
    if not 0 <= index < project.network.parameter_count:
        raise ProjectError(f"There is no weight {number:g}.")
    return index


def _stepped(project: Project, count: float) -> Project:
    steps = _whole(count)
    if steps > MOST_STEPS:
        raise ProjectError(f"A lesson takes up to {MOST_STEPS} steps at once.")
    data = project.data
    return edits.descended(project, train(project.recipe, project.state, data.x, data.y, steps).state)


def _batch(project: Project, size: float) -> Project:
    count = _whole(size)
    return edits.set_batch_size(project, None if count == 0 or count >= MAX_EXAMPLES else count)


def _on(word: str) -> bool:
    if word not in ("on", "off"):
        raise ProjectError(f"“{word}” must be on or off.")
    return word == "on"


ORDERS: Mapping[str, Apply] = {
    "open *": _opened,
    "rate #": lambda project, rate: edits.set_learning_rate(project, rate),
    "optimizer *": edits.set_optimizer,
    "setting * #": edits.set_setting,
    "loss *": edits.set_loss,
    "batch #": _batch,
    "activation *": edits.set_hidden_activation,
    "last activation *": lambda project, name: edits.set_activation(project, len(project.network.sizes) - 1, name),
    "weight # #": lambda project, number, value: edits.set_parameter(project, _index(project, number), value),
    "lock #": lambda project, number: edits.set_locked(project, _index(project, number), True),
    "unlock #": lambda project, number: edits.set_locked(project, _index(project, number), False),
    "input # #": _with_input,
    "target #": lambda project, value: edits.set_value(project, 0, len(project.data.input_names), value),
    "bias *": lambda project, word: edits.set_bias(project, _on(word)),
    "scaling *": edits.set_scaling,
    "one at a time *": lambda project, word: edits.set_one_at_a_time(project, _on(word)),
    "new start": edits.new_start,
    "reset": edits.reset,
    "step #": _stepped,
    "select weight #": lambda project, number: project,
    "select node # #": lambda project, layer, position: project,
    "select target": lambda project: project,
}
"""What a lesson can do; ``#`` stands for a number and ``*`` for a word. Weights and columns count from 1."""


def _edge(picture: Picture) -> float:
    project = picture.project
    zones = learning_rate_zones(project.recipe, picture.parameters, picture.data.x, picture.data.y)
    if zones is None:
        raise ProjectError("There is no edge here.")
    return zones.edge


def _after(picture: Picture) -> Picture:
    return picture_of(_stepped(picture.project, 1))


def _of_node(layers: tuple[Array, ...], layer: float, node: float) -> float:
    if not (_whole(layer) < len(layers) and 1 <= _whole(node) <= len(layers[_whole(layer)])):
        raise ProjectError(f"There is no node {node:g} in layer {layer:g}.")
    return float(layers[_whole(layer)][_whole(node) - 1])


QUANTITIES: Mapping[str, Ask] = {
    "slope #": lambda picture, number: float(picture.gradient[_index(picture.project, number)]),
    "weight #": lambda picture, number: float(picture.parameters[_index(picture.project, number)]),
    "next weight #": lambda picture, number: float(_after(picture).parameters[_index(picture.project, number)]),
    "change #": lambda picture, number: float(picture.change[_index(picture.project, number)]),
    "loss": lambda picture: picture.loss,
    "next loss": lambda picture: _after(picture).loss,
    "error": lambda picture: float(picture.errors(0)[0]),
    "next error": lambda picture: float(_after(picture).errors(0)[0]),
    "prediction": lambda picture: float(picture.values(0)[-1][0]),
    "value # #": lambda picture, layer, node: _of_node(picture.values(0), layer, node),
    "node slope # #": lambda picture, layer, node: _of_node(picture.node_slopes(0), layer, node),
    "edge": _edge,
    "one step": lambda picture: _edge(picture) / 2.0,
    "steps": lambda picture: float(picture.step),
    "steps an epoch": lambda picture: float(
        -(-len(picture.data) // (picture.project.recipe.batch_size or len(picture.data)))
    ),
    "parameters": lambda picture: float(picture.network.parameter_count),
}
"""What a lesson can ask for; layers count from 0 (the inputs), nodes and weights from 1."""


GOALS: Mapping[str, Hold] = {
    "loss below #": lambda picture, most: picture.loss < most,
    "loss above #": lambda picture, least: not picture.loss <= least,
    "steps at least #": lambda picture, least: picture.step >= least,
    "steps at most #": lambda picture, most: picture.step <= most,
    "rate at least #": lambda picture, least: picture.project.recipe.learning_rate >= least,
    "rate at most #": lambda picture, most: picture.project.recipe.learning_rate <= most,
    "weight # near #": lambda picture, number, value: bool(
        abs(picture.parameters[_index(picture.project, number)] - value) <= 0.01 * max(1.0, abs(value))
    ),
    "optimizer is *": lambda picture, name: picture.project.recipe.optimizer == name,
    "activation is *": lambda picture, name: edits.hidden_activation(picture.network) == name,
    "batch is #": lambda picture, size: (picture.project.recipe.batch_size or len(picture.data)) == size,
    "scaling is *": lambda picture, name: picture.data.scaling == name,
    "one at a time is *": lambda picture, word: picture.project.recipe.one_at_a_time == _on(word),
    "layers at least #": lambda picture, least: len(picture.network.sizes) >= least,
    "slope # is 0": lambda picture, number: bool(picture.gradient[_index(picture.project, number)] == 0.0),
}
"""What a lesson can wait for."""


def read_phrase(text: str, table: Mapping[str, object]) -> Phrase:
    """Return the row of a table that ``text`` is, with its values. Raises ProjectError where there is no such row."""
    parts = text.split()
    for words in table:
        values = _matched(parts, words.split())
        if values is not None:
            return Phrase(text, words, values)
    on_one_line = re.sub(r"[\r\n]+", " ", text)
    raise ProjectError(f"“{on_one_line}” is not known")


def _matched(parts: list[str], pattern: list[str]) -> tuple[float | str, ...] | None:
    if len(parts) != len(pattern):
        return None
    values: list[float | str] = []
    for part, word in zip(parts, pattern, strict=True):
        if word == "#":
            try:
                values.append(parse_number(part))
            except ProjectError:
                return None
        elif word == "*":
            values.append(part)
        elif part != word:
            return None
    return tuple(values)


def obeyed(project: Project, order: Phrase) -> Project:
    """Return what an order makes of a project. Raises ProjectError for what can't be done."""
    return ORDERS[order.words](project, *order.values)


def measured(picture: Picture, quantity: Phrase) -> float:
    """Return what a quantity is in a picture."""
    return QUANTITIES[quantity.words](picture, *quantity.values)


def holds(picture: Picture, goal: Phrase) -> bool:
    """Whether a goal is reached."""
    return GOALS[goal.words](picture, *goal.values)


def selected(project: Project, order: Phrase) -> Ref | None:
    """Return what an order selects, or None where it selects nothing."""
    match order.words, order.values:
        case "select weight #", (float(number),):
            return ParameterRef(_index(project, number))
        case "select node # #", (float(layer), float(position)):
            sizes = project.network.sizes
            if not (_whole(layer) < len(sizes) and 1 <= _whole(position) <= sizes[_whole(layer)]):
                raise ProjectError(f"There is no node {shown_plain(position)} in layer {shown_plain(layer)}.")
            return NodeRef(_whole(layer), _whole(position) - 1)
        case "select target", _:
            return TargetRef(0)
    return None
