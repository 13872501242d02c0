"""A network as a PyTorch program: its optimizers are the studio's, so the numbers agree to rounding."""

import numpy as np

from gdstudio.document.codegen_parts import (
    Fixed,
    batch_lines,
    data_lines,
    has_batches,
    head_lines,
    layer_lines,
    rate_lines,
    refuse_turns,
    settings_lines,
)
from gdstudio.document.codegen_tables import (
    TORCH_ACTIVATIONS,
    TORCH_LOSSES,
    TORCH_MEMORY,
    TORCH_OPTIMIZERS,
)
from gdstudio.document.project import Project
from gdstudio.engine import LOSSES, OPTIMIZERS


def torch_script(project: Project, step: int) -> str:
    refuse_turns(project, "PyTorch")
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
    pick = "    chosen = batch_of(step)\n" if has_batches(project) else ""
    which = "[chosen]" if has_batches(project) else ""
    schedule = (
        '    for group in optimizer.param_groups:\n        group["lr"] = rate_at(step)\n'
        if recipe.schedule != "constant"
        else ""
    )
    imports = "import math\n\n" if recipe.schedule in ("step", "cosine") else ""
    value = TORCH_LOSSES[recipe.loss]
    functional = "import torch.nn.functional as F\n" if "F." in body + value else ""
    fixed = _torch_locked(project)
    return f"""{head_lines(project, step, "PyTorch")}
{imports}import numpy as np
import torch
{functional}
torch.set_default_dtype(torch.float64)

# The data: one example a row.
{data_lines(project)}
x, y = torch.from_numpy(x), torch.from_numpy(y)

# The start: for each layer its weights, (inputs, outputs), and its biases.
{layer_lines(project, "torch.tensor({}, requires_grad=True)")}

# The settings.
{settings_lines(project, step)}
{rate_lines(project)}{batch_lines(project)}

def forward(a):
{body}
    return a


def loss(a, y):
    return {value}{penalty}


{_torch_parameters(project)}
optimizer = {TORCH_OPTIMIZERS[recipe.optimizer]}
{_torch_memory(project)}{fixed.before}for step in range(first_step, last_step):
{pick}{schedule}    optimizer.zero_grad()
    loss(forward(x{which}), y{which}).backward()
    optimizer.step()
{fixed.after}
with torch.no_grad():
    print("loss", float(loss(forward(x), y)))
    print("parameters", torch.cat([p.ravel() for p in parameters]).tolist())
"""


def _torch_parameters(project: Project) -> str:
    if not project.network.bias:
        return "parameters = W"
    return "parameters = [p for pair in zip(W, b) for p in pair]"


def _torch_locked(project: Project) -> Fixed:
    """Return the lines that put locked parameters back after each step."""
    if not project.recipe.locked:
        return Fixed()
    mask = np.zeros(project.network.parameter_count, dtype=int)
    mask[sorted(project.recipe.locked)] = 1
    return Fixed(
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
