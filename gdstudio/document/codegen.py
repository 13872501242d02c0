"""Programs that do what the screen did: rebuild network, data and start, and train as far, in NumPy, PyTorch or Keras.

Every number is written so that it reads back to the same bits; every name that came from outside stands in a comment or
a string and is never code. The NumPy program makes the engine's own calls in their order, so it ends with the same bits
on the same machine. Knows nothing of files or windows.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gdstudio.document.codegen_keras import keras_script
from gdstudio.document.codegen_parts import (
    array_code,
    ascii_line,
    batch_lines,
    data_lines,
    has_batches,
    head_lines,
    memory_lines,
    numbers_code,
    rate_lines,
    rate_name,
    settings_lines,
)
from gdstudio.document.codegen_tables import (
    NUMPY_ACTIVATIONS,
    NUMPY_LOSSES,
    NUMPY_OPTIMIZERS,
)
from gdstudio.document.codegen_torch import torch_script
from gdstudio.document.errors import ProjectError
from gdstudio.document.project import Project
from gdstudio.engine import LOSSES, OPTIMIZERS


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of program: its name for a person, the suffix of its file, and what writes it."""

    label: str
    suffix: str
    write: Callable[[Project, int], str]


def export(project: Project, step: int, target: str) -> str:
    """Return a program that begins where ``project`` stands and trains up to ``step``.

    ``project`` is the last one that a person made: its parameters are written out. Raises ProjectError, with a
    sentence, for what the target can't do, or numbers that are not finite.
    """
    for values in (project.parameters, *project.state.optimizer):
        if not np.isfinite(values).all():
            raise ProjectError(
                "A weight is not a finite number, so there is nothing to export; go back to a finite step."
            )
    return TARGETS[target].write(project, step)


# NumPy.


def _numpy_script(project: Project, step: int) -> str:
    return "\n".join(part for part in _numpy_parts(project, step)) + "\n"


def _numpy_parts(project: Project, step: int) -> list[str]:
    """Return the program in the pieces that a notebook has as cells."""
    recipe, network = project.recipe, project.network
    head = head_lines(project, step, "plain NumPy") + "\n" + _numpy_imports(project)
    weights = (
        f"# Weights and biases layer by layer, row by row, biases last.\nparameters = {array_code(project.parameters)}"
    )
    if recipe.penalty:
        mask = numbers_code(network.is_weight.astype(int).tolist())
        weights += f"\n# The penalty is on weights, not on biases.\nis_weight = np.array({mask}, dtype=np.float64)"
    settings = settings_lines(project, step) + (f"\nlocked = {sorted(recipe.locked)}" if recipe.locked else "")
    return [
        head,
        f"\n# The data: one example a row.\n{data_lines(project)}",
        f"\n# The start.\n{weights}{memory_lines(project)}",
        f"\n# The settings.\n{settings}",
        rate_lines(project) + batch_lines(project) + _numpy_functions(project),
        _numpy_loop(project),
        '\nprint("loss", loss(x, y))\nprint("parameters", parameters.tolist())',
    ]


def _numpy_imports(project: Project) -> str:
    recipe, network = project.recipe, project.network
    needs_math = recipe.schedule in ("step", "cosine") or "gelu" in network.activations
    imports = ("import math\n" if needs_math else "") + "import numpy as np"
    numbers = max((fan_in + 1) * fan_out for fan_in, fan_out in zip(network.sizes, network.sizes[1:], strict=False))
    return _ONE_THREAD + imports if numbers * len(project.data) >= _MANY else imports


_MANY = 9_000
"""Multiplications of a layer's product from which on NumPy may share it out among threads."""
_ONE_THREAD = """\
import os

# One thread, as in the studio: several would add long sums up in another order.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[name] = "1"

"""


def _numpy_functions(project: Project) -> str:
    network = project.network
    blocks, start = [], 0
    for layer, (fan_in, fan_out) in enumerate(zip(network.sizes, network.sizes[1:], strict=False), start=1):
        rows = fan_in + network.bias
        blocks.append(f"W{layer} = parameters[{start}:{start + rows * fan_out}].reshape({rows}, {fan_out})")
        start += rows * fan_out
    used = dict.fromkeys(network.activations)
    activations = "".join(NUMPY_ACTIVATIONS[name].function for name in used if name != "linear")
    ones = f"with_ones({'{}'})" if network.bias else "{}"
    note = "  (its last row holds the biases)" if network.bias else ""
    forward = [f"    a0 = {ones.format('np.ascontiguousarray(x.T)')}"]
    last = len(network.sizes) - 1
    for layer, name in enumerate(network.activations, start=1):
        forward.append(f"    z{layer} = np.dot(W{layer}.T, a{layer - 1})")
        value = f"z{layer}" if name == "linear" else f"{name}(z{layer})"
        forward.append(f"    a{layer} = {ones.format(value) if layer < last else value}")
    numbers = ", ".join(f"z{layer}, a{layer}" for layer in range(1, last + 1))
    joined = "\n".join(blocks)
    body = "\n".join(forward)
    with_ones = (
        "\n\ndef with_ones(values):\n    return np.vstack([values, np.ones((1, values.shape[1]))])\n"
        if network.bias
        else ""
    )
    return f"""
# Views of the parameters, a block for each layer{note}: changing one changes the other.
{joined}
{activations}{with_ones}

def forward(x):
    \"\"\"Examples are columns inside: layer l is activation(W.T @ layer before).\"\"\"
{body}
    return a0, {numbers}


def loss(x, y):
    z, a = forward(x)[-2:]
{_numpy_loss(project)}


def gradient(x, y):
    n = len(x)
    a0, {numbers} = forward(x)
{_numpy_backward(project)}
    return slopes
"""


def _numpy_loss(project: Project) -> str:
    """Return the body of ``loss`` after the forward pass, with the engine's calls in their order."""
    recipe, outputs = project.recipe, project.network.sizes[-1]
    count = f"(len(x) * {outputs})" if LOSSES[recipe.loss].averages_outputs and outputs > 1 else "len(x)"
    total = NUMPY_LOSSES[recipe.loss].total
    lines = ["    error = a - y.T"] if "error" in total else []
    lines.append(f"    value = float({total}) * (1.0 / {count})")
    if recipe.penalty:
        lines.append("    weights = parameters * is_weight")
        sizes = f"{float(recipe.l1)!r} * np.abs(weights).sum() + {float(recipe.l2)!r} * np.square(weights).sum()"
        lines.append(f"    value += float({sizes})")
    return "\n".join([*lines, "    return value"])


def _numpy_backward(project: Project) -> str:
    network, recipe = project.network, project.recipe
    last, row = len(network.sizes) - 1, LOSSES[recipe.loss]
    slope = NUMPY_LOSSES[recipe.loss].slope.format(z=f"z{last}", a=f"a{last}")
    lines = [f"    error = a{last} - y.T"] if "error" in slope else []
    lines.append(f"    d{last} = {slope}  # the slope of each example's loss at the prediction")
    if row.averages_outputs and network.sizes[-1] > 1:
        lines.append(f"    d{last} = d{last} / {float(network.sizes[-1])!r}")
    for layer in range(last, 0, -1):
        name = network.activations[layer - 1]
        together = layer == last and row.taken_with is not None
        if name != "linear" and not together:
            a = f"a{layer}" if layer == last or not network.bias else f"a{layer}[:-1]"
            lines.append(f"    d{layer} = d{layer} * {NUMPY_ACTIVATIONS[name].slope.format(z=f'z{layer}', a=a)}")
        lines.append(f"    slopes{layer} = np.dot(a{layer - 1}, d{layer}.T)")
        if layer > 1:
            weights = f"W{layer}[:{network.sizes[layer - 1]}]"
            lines.append(f"    d{layer - 1} = np.dot({weights}, d{layer})  # the sum of all paths")
    joined = ", ".join(f"slopes{layer}.ravel()" for layer in range(1, last + 1))
    lines.append(f"    slopes = np.concatenate([{joined}])")
    lines.append("    if n > 1:\n        slopes = slopes / n  # the mean of the products")
    if recipe.penalty:
        l1, l2 = float(recipe.l1), float(recipe.l2)
        lines.append(f"    slopes += ({l1!r} * np.sign(parameters) + 2.0 * {l2!r} * parameters) * is_weight")
    return "\n".join(lines)


def _numpy_loop(project: Project) -> str:
    recipe = project.recipe
    pick = "    chosen = batch_of(step)\n" if has_batches(project) else ""
    examples = "x[chosen], y[chosen]" if has_batches(project) else "x, y"
    row = NUMPY_OPTIMIZERS[recipe.optimizer]
    rate = f"    rate = {rate_name(project)}\n"
    locked = "{indent}change[locked] = 0.0\n" if recipe.locked else ""
    if not recipe.one_at_a_time:
        update = "".join(f"    {line}\n" for line in row)
        return (
            f"\nfor step in range(first_step, last_step):\n{pick}{rate}    g = gradient({examples})\n{update}"
            f"{locked.format(indent='    ')}    parameters += change  # all at once\n"
        )
    slots = OPTIMIZERS[recipe.optimizer].slots
    before = "".join(
        f"    {slot.name}_before = {slot.name}.copy()\n    {slot.name}_after = {slot.name}.copy()\n" for slot in slots
    )
    restore = "".join(f"        {slot.name} = {slot.name}_before.copy()\n" for slot in slots)
    keep = "".join(
        f"        {slot.name}_after[i:i + 1] = {slot.name}[i:i + 1]\n"
        if slot.per_parameter
        else f"        {slot.name}_after = {slot.name}\n"
        for slot in slots
    )
    after = "".join(f"    {slot.name} = {slot.name}_after\n" for slot in slots)
    update = "".join(f"        {line}\n" for line in row)
    return (
        f"\nfor step in range(first_step, last_step):\n{pick}{rate}{before}"
        f"    for i in range(len(parameters)):  # one at a time, each by its slope at its turn\n{restore}"
        f"        g = gradient({examples})\n{update}{locked.format(indent='        ')}"
        f"        parameters[i] += change[i]\n{keep}{after}"
    )


# A notebook.


def _notebook(project: Project, step: int) -> str:
    """Return the NumPy program as a notebook (nbformat 4.5), one cell a piece."""
    title = ascii_line(project.title).replace("`", "").strip() or "Untitled"
    # Markdown would read signs in a name as markup: in a code span it does not.
    heading = f"# Gradient descent in NumPy\n\n`{title}`, up to step {step:,}."
    cells: list[dict[str, object]] = [{"cell_type": "markdown", "id": "cell-0", "metadata": {}, "source": heading}]
    for number, part in enumerate(_numpy_parts(project, step), start=1):
        cells.append(
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "execution_count": None,
                "outputs": [],
                "source": part.strip("\n"),
            }
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content, indent=1) + "\n"


TARGETS: Mapping[str, Target] = {
    "numpy": Target("NumPy script", ".py", _numpy_script),
    "torch": Target("PyTorch script", ".py", torch_script),
    "keras": Target("Keras script", ".py", keras_script),
    "notebook": Target("Notebook with NumPy", ".ipynb", _notebook),
}
"""What can be exported, in the order in which a person is offered it."""
