"""A network as a Keras program, which says where Keras's optimizer differs from the one on screen."""

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
    KERAS_ACTIVATIONS,
    KERAS_LOSSES,
    KERAS_NOTES,
    KERAS_OPTIMIZERS,
)
from gdstudio.document.project import Project


def keras_script(project: Project, step: int) -> str:
    refuse_turns(project, "Keras")
    recipe, network = project.recipe, project.network
    layers = [
        f"    layers.Dense({size}, activation={KERAS_ACTIVATIONS[name]}, use_bias={network.bias}"
        + (f", kernel_regularizer=regularizers.L1L2({recipe.l1!r}, {recipe.l2!r})" if recipe.penalty else "")
        + "),"
        for size, name in zip(network.sizes[1:], network.activations, strict=True)
    ]
    pick = "    chosen = batch_of(step)\n" if has_batches(project) else ""
    examples = "x[chosen], y[chosen]" if has_batches(project) else "x, y"
    schedule = "    model.optimizer.learning_rate.assign(rate_at(step))\n" if recipe.schedule != "constant" else ""
    notes = [KERAS_NOTES[recipe.optimizer]]
    if project.state.step:
        notes.append("The optimizer's memory of the steps before is not carried over: it starts afresh here.")
    if recipe.locked:
        notes.append("Locked weights are put back after each step.")
    note = "".join(f"# {text}\n" for text in notes if text)
    put_back = _keras_locked(project)
    imports = "import math\n\n" if recipe.schedule in ("step", "cosine") else ""
    return f"""{head_lines(project, step, "Keras")}{note}
{imports}import numpy as np
import keras
from keras import layers, losses, optimizers, regularizers

keras.config.set_floatx("float64")

# The data: one example a row.
{data_lines(project)}

# The settings.
{settings_lines(project, step)}
{rate_lines(project)}{batch_lines(project)}

model = keras.Sequential([
    keras.Input(({network.sizes[0]},)),
{chr(10).join(layers)}
])

# The start: for each layer its weights, (inputs, outputs), and its biases.
{layer_lines(project, "np.array({})")}
model.set_weights({"[v for pair in zip(W, b) for v in pair]" if network.bias else "W"})
model.compile(optimizer={KERAS_OPTIMIZERS[recipe.optimizer]}, loss={KERAS_LOSSES[recipe.loss]})

{put_back.before}for step in range(first_step, last_step):
{pick}{schedule}    model.train_on_batch({examples})
{put_back.after}
print("loss", model.evaluate(x, y, batch_size=len(x), verbose=0))
print("parameters", np.concatenate([w.ravel() for w in model.get_weights()]).tolist())
"""


def _keras_locked(project: Project) -> Fixed:
    if not project.recipe.locked:
        return Fixed()
    return Fixed(
        f"locked = {sorted(project.recipe.locked)}\n"
        "kept = np.concatenate([w.ravel() for w in model.get_weights()])[locked]\n",
        "    flat = np.concatenate([w.ravel() for w in model.get_weights()])\n"
        "    flat[locked] = kept\n"
        "    sizes = np.cumsum([w.size for w in model.get_weights()])[:-1]\n"
        "    model.set_weights([v.reshape(w.shape) for v, w in zip(np.split(flat, sizes), model.get_weights())])\n",
    )
