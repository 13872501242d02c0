"""A network as a Keras program that ends where the screen does: all float64, with what the optimizer remembers.

The optimizer is Keras's own where its rule is the one on screen, and brings the rule along where it is not.
"""

from gdstudio.document.codegen_keras_tables import KERAS_ACTIVATIONS, KERAS_LOSSES, KERAS_OPTIMIZERS
from gdstudio.document.codegen_parts import (
    Fixed,
    batch_lines,
    data_lines,
    has_batches,
    head_lines,
    layer_lines,
    memory_lines,
    rate_lines,
    refuse_turns,
    settings_lines,
)
from gdstudio.document.codegen_tables import NUMPY_OPTIMIZERS
from gdstudio.document.project import Project
from gdstudio.engine import LOSSES, OPTIMIZERS

_PRECISION = """\
# Float64 throughout. Outside TensorFlow Keras rounds what its operations return to float32, which its table of types
# must be told not to do; JAX has no float64 at all before it is asked for.
keras.config.set_floatx("float64")
dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
if keras.config.backend() == "jax":
    import jax

    jax.config.update("jax_enable_x64", True)
if keras.backend.result_type("float64", "float64") != "float64":
    raise SystemExit("This version of Keras rounds to float32: run the program with TensorFlow below Keras.")
"""


def keras_script(project: Project, step: int) -> str:
    refuse_turns(project, "Keras")
    recipe, network = project.recipe, project.network
    pick = "    chosen = batch_of(step)\n" if has_batches(project) else ""
    examples = "x[chosen], y[chosen]" if has_batches(project) else "x, y"
    schedule = "    optimizer.learning_rate.assign(rate_at(step))\n" if recipe.schedule != "constant" else ""
    put_back = _locked(project)
    body = f"""{rate_lines(project)}{batch_lines(project)}{_rule(project)}{_penalty(project)}

{_model(project)}

# The start: for each layer its weights, (inputs, outputs), and its biases.
{layer_lines(project, "np.array({})")}
model.set_weights({"[v for pair in zip(W, b) for v in pair]" if network.bias else "W"})
{_split(project)}{_optimizer(project)}model.compile(optimizer=optimizer, loss={KERAS_LOSSES[recipe.loss]})

{put_back.before}for step in range(first_step, last_step):
{pick}{schedule}    model.train_on_batch({examples})
{put_back.after}
print("loss", float(model.test_on_batch(x, y)))
print("parameters", np.concatenate([w.ravel() for w in model.get_weights()]).tolist())
"""
    return f"""{head_lines(project, step, "Keras")}
{_imports(body)}
{_PRECISION}
# The data: one example a row.
{data_lines(project)}

# The settings.
{settings_lines(project, step)}
{body}"""


def _imports(body: str) -> str:
    """Return the imports, of which the program names each."""
    parts = [name for name in ("layers", "losses", "ops", "optimizers") if f"{name}." in body]
    math = "import math\n\n" if "math." in body else ""
    return (
        f"{math}import numpy as np\nimport keras\n"
        f"from keras import {', '.join(parts)}\nfrom keras.src.backend.common import dtypes\n"
    )


def _model(project: Project) -> str:
    recipe, network = project.recipe, project.network
    names = list(network.activations)
    together = LOSSES[recipe.loss].taken_with
    before = []
    if together is not None:
        names[-1] = "linear"
        before.append(f"# The last layer's {together} is in the loss: model(x) is what comes before it.")
    more = ("" if network.bias else ", use_bias=False") + (", kernel_regularizer=penalty" if recipe.penalty else "")
    layers = [
        f"    layers.Dense({size}, activation={KERAS_ACTIVATIONS[name]}{more}),"
        for size, name in zip(network.sizes[1:], names, strict=True)
    ]
    inputs = f"    keras.Input(({network.sizes[0]},)),"
    return "\n".join([*before, "model = keras.Sequential([", inputs, *layers, "])"])


def _penalty(project: Project) -> str:
    """Return the penalty as a function: the numbers of Keras's own become float32 where TensorFlow is below."""
    recipe = project.recipe
    if not recipe.penalty:
        return ""
    terms = {"ops.sum(ops.absolute(w))": recipe.l1, "ops.sum(ops.square(w))": recipe.l2}
    written = " + ".join(f"{float(weight)!r} * {term}" for term, weight in terms.items() if weight)
    return f"\n\ndef penalty(w):\n    return {written}\n"


def _split(project: Project) -> str:
    """Return the function that deals a flat vector out to the model's weights, where the program needs it."""
    if not (project.recipe.locked or _has_memory(project)):
        return ""
    return '''

def split(values):
    """Return a flat vector in pieces of the shapes of the model's weights."""
    weights = model.get_weights()
    ends = np.cumsum([w.size for w in weights])[:-1]
    return [part.reshape(w.shape) for part, w in zip(np.split(values, ends), weights)]


'''


# The optimizer.


def _is_own(project: Project) -> bool:
    """Whether Keras's own optimizer has the rule on screen."""
    row = KERAS_OPTIMIZERS[project.recipe.optimizer]
    return not row.differs or (row.while_rate_changes and project.recipe.schedule == "constant")


def _rule(project: Project) -> str:
    """Return the rule as an optimizer for Keras, in the lines of the NumPy program; nothing where Keras has it."""
    recipe = project.recipe
    if _is_own(project):
        return ""
    slots = [slot.name for slot in OPTIMIZERS[recipe.optimizer].slots if slot.per_parameter]
    has_count = len(slots) < len(OPTIMIZERS[recipe.optimizer].slots)
    build = [f'self.{name} = self.add_optimizer_variables(variables, "{name}")' for name in slots]
    lines = [
        "i = self._get_variable_index(parameters)",
        f"{', '.join(slots)} = {', '.join(f'self.{name}[i]' for name in slots)}",
        *(["count = ops.cast(self.iterations, parameters.dtype)"] if has_count else []),
        *(line.replace("np.", "ops.") for line in NUMPY_OPTIMIZERS[recipe.optimizer]),
        *(f"self.{name}[i].assign({name})" for name in slots),
        "parameters.assign_add(change)",
    ]
    indent = "\n        "
    return f'''

class Rule(optimizers.Optimizer):
    """{OPTIMIZERS[recipe.optimizer].label} as on screen. {KERAS_OPTIMIZERS[recipe.optimizer].differs}"""

    def build(self, variables):
        super().build(variables)
        {indent.join(build)}

    def update_step(self, g, parameters, rate):
        {indent.join(lines)}
'''


def _has_memory(project: Project) -> bool:
    return any(values.any() for values in project.state.optimizer)


def _optimizer(project: Project) -> str:
    """Return the lines that make the optimizer and give it what it remembers of the steps before."""
    row = KERAS_OPTIMIZERS[project.recipe.optimizer]
    slots = OPTIMIZERS[project.recipe.optimizer].slots
    own = _is_own(project)
    made = f"optimizer = {row.call if own else 'Rule(learning_rate)'}\n"
    if not _has_memory(project):
        return made
    lines = [
        "optimizer.build(model.trainable_variables)",
        "",
        f"# What the optimizer remembers of the steps before.{memory_lines(project)}",
    ]
    for slot in slots:
        if slot.per_parameter:
            name, factor = row.memory[slot.name] if own else (slot.name, "")
            lines.append(f"for variable, values in zip(optimizer.{name}, split({factor}{slot.name})):")
            lines.append("    variable.assign(values)")
        else:
            lines.append(f"optimizer.iterations.assign(int({slot.name}[0]))")
    return made + "\n".join(lines) + "\n"


def _locked(project: Project) -> Fixed:
    if not project.recipe.locked:
        return Fixed()
    return Fixed(
        "# Locked weights and biases are put back after each step.\n"
        f"locked = {sorted(project.recipe.locked)}\n"
        "kept = np.concatenate([w.ravel() for w in model.get_weights()])[locked]\n",
        "    flat = np.concatenate([w.ravel() for w in model.get_weights()])\n"
        "    flat[locked] = kept\n"
        "    model.set_weights(split(flat))\n",
    )
