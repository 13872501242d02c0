"""Programs that do what the screen did: rebuild network, data and start, and train as far, in NumPy, PyTorch or Keras.

Every number is written so that it reads back to the same bits; every name that came from outside stands in a comment or
a string and is never code. The NumPy program makes the engine's own calls in their order, so it ends with the same bits
on the same machine. Knows nothing of files or windows.
"""

import json
import pprint
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from gdstudio.document.codegen_tables import (
    KERAS_ACTIVATIONS,
    KERAS_LOSSES,
    KERAS_NOTES,
    KERAS_OPTIMIZERS,
    NUMPY_ACTIVATIONS,
    NUMPY_LOSSES,
    NUMPY_OPTIMIZERS,
    SCHEDULE_LINES,
    TORCH_ACTIVATIONS,
    TORCH_LOSSES,
    TORCH_MEMORY,
    TORCH_OPTIMIZERS,
)
from gdstudio.document.errors import ProjectError
from gdstudio.document.project import Project
from gdstudio.engine import LOSSES, OPTIMIZERS, Array


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


# What all of them share.


def _plain(text: str) -> str:
    """Return a text from outside as one line of ASCII-safe characters, for a comment."""
    # In a program's first lines “coding:” would declare how its bytes are to be read.
    return re.sub(r"coding(?=[:=])", "coding ", ascii(text)[1:-1].replace("\\'", "'"))


def _head(project: Project, step: int, what: str) -> str:
    begin = project.state.step
    sizes = "-".join(map(str, project.network.sizes))
    way = f"from step {begin:,} to step {step:,}" if begin else f"{step:,} steps from the start"
    return (
        f"# {_plain(project.title) or 'Untitled'}: a network {sizes} in {what}, {way}.\n"
        f"# Data: {_plain(project.data.name)}; inputs {_listed(project.data.input_names)}; "
        f"targets {_listed(project.data.target_names)}.\n"
        "# Written by Gradient Descent Studio.\n"
    )


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(_plain, names))


def _array(values: Array) -> str:
    """Return an array as code: its floats with all their digits."""
    text = pprint.pformat(values.tolist(), width=110, compact=True)
    return f"np.array({text}, dtype=np.float64)"


def _data_lines(project: Project) -> str:
    data = project.data
    lines = [f"x = {_array(data.x)}", f"y = {_array(data.y)}"]
    if data.scaling != "none":
        lines.insert(0, "# The columns are scaled as on screen: (value - center) / scale.")
        k = len(data.input_names)
        lines.append(f"center, scale = {_array(data.center[:k])}, {_array(data.scale[:k])}")
    return "\n".join(lines)


def _settings_lines(project: Project, step: int) -> str:
    recipe = project.recipe
    lines = [
        f"learning_rate = {recipe.learning_rate!r}",
        *(f"{name} = {value!r}" for name, value in dict(recipe.settings).items()),
        f"first_step, last_step = {project.state.step}, {step}",
    ]
    return "\n".join(lines)


def _rate_lines(project: Project) -> str:
    recipe = project.recipe
    if recipe.schedule == "constant":
        return ""
    return f"""

def rate_at(step):
    t = step / {recipe.period!r}
    return learning_rate * {SCHEDULE_LINES[recipe.schedule]}
"""


def _rate(project: Project) -> str:
    return "learning_rate" if project.recipe.schedule == "constant" else "rate_at(step)"


def _batch_lines(project: Project) -> str:
    """Return the function that says which examples a step sees; nothing where that is all of them."""
    recipe, n = project.recipe, len(project.data)
    size = recipe.batch_size
    if size is None or size >= n:
        return ""
    return f"""

def batch_of(step):
    epoch, position = divmod(step, {-(-n // size)})
    order = np.random.default_rng((1, {recipe.seed}, epoch)).permutation({n})
    return order[position * {size} : (position + 1) * {size}]
"""


def _has_batches(project: Project) -> bool:
    size = project.recipe.batch_size
    return size is not None and size < len(project.data)


# NumPy.


def _numpy_script(project: Project, step: int) -> str:
    return "\n".join(part for part in _numpy_parts(project, step)) + "\n"


def _numpy_parts(project: Project, step: int) -> list[str]:
    """Return the program in the pieces that a notebook has as cells."""
    recipe, network = project.recipe, project.network
    needed = ["import numpy as np"] + (
        ["import math"] if recipe.schedule in ("step", "cosine") or "gelu" in network.activations else []
    )
    head = _head(project, step, "plain NumPy") + "\n" + "\n".join(sorted(needed))
    weights = (
        f"# Weights and biases layer by layer, row by row, biases last.\nparameters = {_array(project.parameters)}"
    )
    memory = _numpy_memory(project)
    settings = _settings_lines(project, step) + (f"\nlocked = {sorted(recipe.locked)}" if recipe.locked else "")
    return [
        head,
        f"\n# The data: one example a row.\n{_data_lines(project)}",
        f"\n# The start.\n{weights}{memory}",
        f"\n# The settings.\n{settings}",
        _rate_lines(project) + _batch_lines(project) + _numpy_functions(project),
        _numpy_loop(project),
        '\nprint("loss", loss(x, y))\nprint("parameters", parameters.tolist())',
    ]


def _numpy_memory(project: Project) -> str:
    slots = OPTIMIZERS[project.recipe.optimizer].slots
    return "".join(
        f"\n{slot.name} = {_array(values)}" for slot, values in zip(slots, project.state.optimizer, strict=True)
    )


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
    values = forward(x)
    z, a = values[-2], values[-1]
    error = a - y.T
    return {_numpy_loss(project)}


def gradient(x, y):
    n = len(x)
    a0, {numbers} = forward(x)
    error = a{last} - y.T
{_numpy_backward(project)}
    return slopes
"""


def _numpy_loss(project: Project) -> str:
    recipe, network = project.recipe, project.network
    row = LOSSES[recipe.loss]
    count = "len(x)" + (f" * {network.sizes[-1]}" if row.averages_outputs and network.sizes[-1] > 1 else "")
    text = f"float({NUMPY_LOSSES[recipe.loss].terms}.sum()) / ({count})"
    return text + (f" + {_penalty_value(project)}" if recipe.penalty else "")


def _penalty_value(project: Project) -> str:
    recipe = project.recipe
    w = (
        "np.concatenate(["
        + ", ".join(f"W{layer}[:{fan_in}].ravel()" for layer, fan_in in enumerate(project.network.sizes[:-1], start=1))
        + "])"
    )
    return f"float({recipe.l1!r} * np.abs({w}).sum() + {recipe.l2!r} * np.square({w}).sum())"


def _numpy_backward(project: Project) -> str:
    network, recipe = project.network, project.recipe
    last, row = len(network.sizes) - 1, LOSSES[recipe.loss]
    lines = [f"    d{last} = {NUMPY_LOSSES[recipe.loss].slope}  # the slope of each example's loss at the prediction"]
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
        mask = network.is_weight.astype(int).tolist()
        lines.append(f"    is_weight = np.array({mask}, dtype=np.float64)")
        lines.append(
            f"    slopes += ({recipe.l1!r} * np.sign(parameters) + 2.0 * {recipe.l2!r} * parameters) * is_weight"
        )
    return "\n".join(lines)


def _numpy_loop(project: Project) -> str:
    recipe = project.recipe
    pick = "    chosen = batch_of(step)\n" if _has_batches(project) else ""
    examples = "x[chosen], y[chosen]" if _has_batches(project) else "x, y"
    row = NUMPY_OPTIMIZERS[recipe.optimizer]
    rate = f"    rate = {_rate(project)}\n"
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


# PyTorch.


def _torch_script(project: Project, step: int) -> str:
    _refuse_turns(project, "PyTorch")
    recipe, network = project.recipe, project.network
    layers = []
    together = LOSSES[recipe.loss].taken_with is not None
    last = len(network.sizes) - 1
    for layer, name in enumerate(network.activations, start=1):
        layers.append(f"    a = a @ W[{layer - 1}]" + (f" + b[{layer - 1}]" if network.bias else ""))
        if name != "linear" and not (together and layer == last):
            layers.append(f"    a = {TORCH_ACTIVATIONS[name]}")
    body = "\n".join(layers)
    penalty = (
        f" + {recipe.l1!r} * sum(w.abs().sum() for w in W) + {recipe.l2!r} * sum((w * w).sum() for w in W)"
        if recipe.penalty
        else ""
    )
    pick = "    chosen = batch_of(step)\n" if _has_batches(project) else ""
    examples = "x[chosen], y[chosen]" if _has_batches(project) else "x, y"
    schedule = (
        '    for group in optimizer.param_groups:\n        group["lr"] = rate_at(step)\n'
        if recipe.schedule != "constant"
        else ""
    )
    imports = "import math\n\n" if recipe.schedule in ("step", "cosine") else ""
    fixed = _torch_locked(project)
    return f"""{_head(project, step, "PyTorch")}
{imports}import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

# The data: one example a row.
{_data_lines(project)}
x, y = torch.from_numpy(x), torch.from_numpy(y)

# The start: for each layer its weights, (inputs, outputs), and its biases.
{_layer_lines(project, "torch.tensor({}, requires_grad=True)")}

# The settings.
{_settings_lines(project, step)}
{_rate_lines(project)}{_batch_lines(project)}

def forward(a):
{body}
    return a


def loss(a, y):
    return {TORCH_LOSSES[recipe.loss]}{penalty}


{_torch_parameters(project)}
optimizer = {TORCH_OPTIMIZERS[recipe.optimizer]}
{_torch_memory(project)}{fixed.before}for step in range(first_step, last_step):
{pick}{schedule}    optimizer.zero_grad()
    loss(*forward_and_targets({examples})).backward()
    optimizer.step()
{fixed.after}
with torch.no_grad():
    print("loss", float(loss(forward(x), y)))
    print("parameters", torch.cat([p.ravel() for p in parameters]).tolist())
""".replace("loss(*forward_and_targets(x[chosen], y[chosen]))", "loss(forward(x[chosen]), y[chosen])").replace(
        "loss(*forward_and_targets(x, y))", "loss(forward(x), y)"
    )


def _refuse_turns(project: Project, what: str) -> None:
    if project.recipe.one_at_a_time:
        raise ProjectError(
            f"{what} updates all weights at once; switch “One weight at a time” off to export for it, or export NumPy."
        )


def _layer_lines(project: Project, wrap: str) -> str:
    """Return the lists of weights and biases; ``wrap`` has a place for each nested list of numbers."""
    network = project.network
    weights, biases = [], []
    for w, b in network.layers(project.parameters):
        weights.append("    " + wrap.format(pprint.pformat(w.tolist(), width=110, compact=True)) + ",")
        if b is not None:
            biases.append("    " + wrap.format(pprint.pformat(b.tolist(), width=110, compact=True)) + ",")
    lines = ["W = [", *weights, "]"]
    return "\n".join(lines + (["b = [", *biases, "]"] if network.bias else []))


def _torch_parameters(project: Project) -> str:
    if not project.network.bias:
        return "parameters = W"
    return "parameters = [p for pair in zip(W, b) for p in pair]"


@dataclass(frozen=True, slots=True)
class _Fixed:
    before: str = ""
    after: str = ""


def _torch_locked(project: Project) -> _Fixed:
    """Return the lines that put locked parameters back after each step."""
    if not project.recipe.locked:
        return _Fixed()
    mask = np.zeros(project.network.parameter_count, dtype=int)
    mask[sorted(project.recipe.locked)] = 1
    return _Fixed(
        "# Locked weights and biases are put back after each step.\n"
        f"locked = torch.tensor({mask.tolist()}, dtype=torch.bool)\n"
        "parts = locked.split([p.numel() for p in parameters])\n"
        "locked = [part.reshape(p.shape) for part, p in zip(parts, parameters)]\n"
        "kept = [p.detach().clone() for p in parameters]\n",
        "    with torch.no_grad():\n"
        "        for p, old, is_locked in zip(parameters, kept, locked):\n"
        "            p[is_locked] = old[is_locked]\n",
    )


def _torch_memory(project: Project) -> str:
    """Return the lines that give the optimizer what it remembers, where the program begins in the middle."""
    recipe, state = project.recipe, project.state
    names = TORCH_MEMORY[recipe.optimizer]
    if not names or not state.step:
        return ""
    slots = OPTIMIZERS[recipe.optimizer].slots
    lines = ["# What the optimizer remembers of the steps before."]
    entries = []
    for slot, values in zip(slots, state.optimizer, strict=True):
        if slot.per_parameter:
            lines.append(f"{slot.name} = torch.tensor({values.tolist()})")
            entries.append(f'"{names[slot.name]}": {slot.name}[start : start + p.numel()].reshape(p.shape).clone()')
    count = f"{float(state.optimizer[2][0])!r}" if "count" in names else f"{float(state.step)!r}"
    if recipe.optimizer not in ("momentum", "nesterov"):
        entries.append(f'"step": torch.tensor({count}, dtype=torch.float32)')
    lines += [
        "start = 0",
        "for p in parameters:",
        f"    optimizer.state[p] = {{{', '.join(entries)}}}",
        "    start += p.numel()",
    ]
    return "\n".join(lines) + "\n"


# Keras.


def _keras_script(project: Project, step: int) -> str:
    _refuse_turns(project, "Keras")
    recipe, network = project.recipe, project.network
    layers = [
        f"    layers.Dense({size}, activation={KERAS_ACTIVATIONS[name]}, use_bias={network.bias}"
        + (f", kernel_regularizer=regularizers.L1L2({recipe.l1!r}, {recipe.l2!r})" if recipe.penalty else "")
        + "),"
        for size, name in zip(network.sizes[1:], network.activations, strict=True)
    ]
    pick = "    chosen = batch_of(step)\n" if _has_batches(project) else ""
    examples = "x[chosen], y[chosen]" if _has_batches(project) else "x, y"
    schedule = "    model.optimizer.learning_rate.assign(rate_at(step))\n" if recipe.schedule != "constant" else ""
    notes = [KERAS_NOTES[recipe.optimizer]]
    if project.state.step:
        notes.append("The optimizer's memory of the steps before is not carried over: it starts afresh here.")
    if recipe.locked:
        notes.append("Locked weights are put back after each step.")
    note = "".join(f"# {text}\n" for text in notes if text)
    put_back = _keras_locked(project)
    imports = "import math\n\n" if recipe.schedule in ("step", "cosine") else ""
    return f"""{_head(project, step, "Keras")}{note}
{imports}import numpy as np
import keras
from keras import layers, losses, optimizers, regularizers

keras.config.set_floatx("float64")

# The data: one example a row.
{_data_lines(project)}

# The settings.
{_settings_lines(project, step)}
{_rate_lines(project)}{_batch_lines(project)}

model = keras.Sequential([
    keras.Input(({network.sizes[0]},)),
{chr(10).join(layers)}
])

# The start: for each layer its weights, (inputs, outputs), and its biases.
{_layer_lines(project, "np.array({})")}
model.set_weights({"[v for pair in zip(W, b) for v in pair]" if network.bias else "W"})
model.compile(optimizer={KERAS_OPTIMIZERS[recipe.optimizer]}, loss={KERAS_LOSSES[recipe.loss]})

{put_back.before}for step in range(first_step, last_step):
{pick}{schedule}    model.train_on_batch({examples})
{put_back.after}
print("loss", model.evaluate(x, y, batch_size=len(x), verbose=0))
print("parameters", np.concatenate([w.ravel() for w in model.get_weights()]).tolist())
"""


def _keras_locked(project: Project) -> _Fixed:
    if not project.recipe.locked:
        return _Fixed()
    return _Fixed(
        f"locked = {sorted(project.recipe.locked)}\n"
        "kept = np.concatenate([w.ravel() for w in model.get_weights()])[locked]\n",
        "    flat = np.concatenate([w.ravel() for w in model.get_weights()])\n"
        "    flat[locked] = kept\n"
        "    sizes = np.cumsum([w.size for w in model.get_weights()])[:-1]\n"
        "    model.set_weights([v.reshape(w.shape) for v, w in zip(np.split(flat, sizes), model.get_weights())])\n",
    )


# A notebook.


def _notebook(project: Project, step: int) -> str:
    """Return the NumPy program as a notebook (nbformat 4.5), one cell a piece."""
    title = _plain(project.title).replace("`", "").strip() or "Untitled"
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
    "torch": Target("PyTorch script", ".py", _torch_script),
    "keras": Target("Keras script", ".py", _keras_script),
    "notebook": Target("Notebook with NumPy", ".ipynb", _notebook),
}
"""What can be exported, in the order in which a person is offered it."""
