"""What all exported programs share: their head, the data, the settings, the rate and the batches.

Every number is written so that it reads back to the same bits; a name from outside stands in a comment and is never
code.
"""

import re
from dataclasses import dataclass
from typing import Any

from gdstudio.document.codegen_tables import SCHEDULE_LINES
from gdstudio.document.errors import ProjectError
from gdstudio.document.project import Project
from gdstudio.engine import OPTIMIZERS, Array

_WIDTH = 108
"""Characters of a line of numbers."""


def ascii_line(text: str) -> str:
    """Return a text from outside as one line of ASCII-safe characters, for a comment."""
    return ascii(text)[1:-1].replace("\\'", "'")


def head_lines(project: Project, step: int, what: str) -> str:
    begin = project.state.step
    sizes = "-".join(map(str, project.network.sizes))
    way = f"from step {begin:,} to step {step:,}" if begin else f"{step:,} steps from the start"
    head = (
        f"# {ascii_line(project.title) or 'Untitled'}: a network {sizes} in {what}, {way}.\n"
        f"# Data: {ascii_line(project.data.name)}; inputs {listed(project.data.input_names)}; "
        f"targets {listed(project.data.target_names)}.\n"
        "# Written by Gradient Descent Studio.\n"
    )
    # In a program's first lines “coding:” would declare how its bytes are to be read.
    return re.sub(r"coding(?=[:=])", "coding ", head)


def listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(ascii_line, names))


def array_code(values: Array) -> str:
    """Return an array as code: its floats with all their digits."""
    return f"np.array({numbers_code(values.tolist())}, dtype=np.float64)"


def numbers_code(values: list[Any]) -> str:
    """Return numbers, or lists of them, as code: each with all its digits, as many on a line as fit."""
    lines, line = [], ""
    for value in values:
        text = numbers_code(value).replace("\n", "\n ") if isinstance(value, list) else repr(value)
        if line and len(line) + len(text) > _WIDTH:
            lines.append(line)
            line = text
        else:
            line = f"{line}, {text}" if line else text
    return "[" + ",\n ".join([*lines, line]) + "]"


def data_lines(project: Project) -> str:
    data = project.data
    lines = [f"x = {array_code(data.x)}", f"y = {array_code(data.y)}"]
    if data.scaling != "none":
        lines.insert(0, "# The columns are scaled as on screen: (value - center) / scale.")
        k = len(data.input_names)
        lines.append(f"center, scale = {array_code(data.center[:k])}, {array_code(data.scale[:k])}")
    return "\n".join(lines)


def settings_lines(project: Project, step: int) -> str:
    recipe = project.recipe
    lines = [
        f"learning_rate = {float(recipe.learning_rate)!r}",
        *(f"{name} = {value!r}" for name, value in dict(recipe.settings).items()),
        f"first_step, last_step = {project.state.step}, {step}",
    ]
    return "\n".join(lines)


def memory_lines(project: Project) -> str:
    """Return what the optimizer remembers of the steps before, an array for each slot on a line of its own."""
    slots = OPTIMIZERS[project.recipe.optimizer].slots
    return "".join(
        f"\n{slot.name} = {array_code(values)}" for slot, values in zip(slots, project.state.optimizer, strict=True)
    )


def rate_lines(project: Project) -> str:
    recipe = project.recipe
    if recipe.schedule == "constant":
        return ""
    return f"""

def rate_at(step):
    t = step / {recipe.period!r}
    return learning_rate * {SCHEDULE_LINES[recipe.schedule]}
"""


def rate_name(project: Project) -> str:
    return "learning_rate" if project.recipe.schedule == "constant" else "rate_at(step)"


def batch_lines(project: Project) -> str:
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


def has_batches(project: Project) -> bool:
    size = project.recipe.batch_size
    return size is not None and size < len(project.data)


def refuse_turns(project: Project, what: str) -> None:
    if project.recipe.one_at_a_time:
        raise ProjectError(
            f"{what} updates all weights at once; switch “One weight at a time” off to export for it, or export NumPy."
        )


def layer_lines(project: Project, wrap: str) -> str:
    """Return the lists of weights and biases; ``wrap`` has a place for each nested list of numbers."""
    network = project.network
    weights, biases = [], []
    for w, b in network.layers(project.parameters):
        weights.append("    " + wrap.format(numbers_code(w.tolist())) + ",")
        if b is not None:
            biases.append("    " + wrap.format(numbers_code(b.tolist())) + ",")
    lines = ["W = [", *weights, "]"]
    return "\n".join(lines + (["b = [", *biases, "]"] if network.bias else []))


@dataclass(frozen=True, slots=True)
class Fixed:
    before: str = ""
    after: str = ""
