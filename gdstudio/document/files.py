"""Project files: ``.gds``, versioned JSON with a strict schema and exact floats.

Reads and writes Projects; nothing in a file can run, open or write anything else. Knows nothing of windows.

The schema of version 3 is the classes below, one JSON object each; unknown fields are refused. Version 1 had none of
the fields with a default, version 2 no ``one_at_a_time``. Floats are written with the fewest digits that read back to
the same bits.
"""

import os
import tempfile
from pathlib import Path

import msgspec
import numpy as np

from gdstudio.document.datasets import Data, Generated
from gdstudio.document.edits import clean_name
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import checked
from gdstudio.document.limits import MAX_FILE_BYTES, MAX_LAYERS, MAX_NODES, MAX_SEED, MAX_STEP
from gdstudio.document.project import Project, check_size
from gdstudio.engine import OPTIMIZERS, Array, Network, Recipe, TrainingState, frozen

SUFFIX = ".gds"
VERSION = 3


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class NetworkFile(_Strict, frozen=True):
    """Layers' sizes, one activation for each after the inputs, whether there are biases, and the nodes' names."""

    sizes: list[int]
    activations: list[str]
    bias: bool
    names: list[list[str]]


class DescentFile(_Strict, frozen=True):
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


class StateFile(_Strict, frozen=True):
    """Parameters in the flat order, the optimizer's memory slot by slot, and the number of steps taken."""

    step: int
    parameters: list[float]
    optimizer: list[list[float]]


class GeneratedFile(_Strict, frozen=True):
    """The numbers from which a generator made the data."""

    name: str
    examples: int
    noise: float
    seed: int


class DataFile(_Strict, frozen=True):
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


class ProjectFile(_Strict, frozen=True):
    """A whole project."""

    format: str
    version: int
    title: str
    network: NetworkFile
    descent: DescentFile
    start: StateFile
    state: StateFile
    data: DataFile


class _Header(msgspec.Struct):
    format: str = ""
    version: int = 0


def encode(project: Project) -> bytes:
    """Return the project as the bytes of a file."""

    def state(value: TrainingState) -> StateFile:
        return StateFile(value.step, value.parameters.tolist(), [slot.tolist() for slot in value.optimizer])

    recipe, data, made = project.recipe, project.data, project.data.generated
    content = ProjectFile(
        format="gdstudio",
        version=VERSION,
        title=project.title,
        network=NetworkFile(
            list(recipe.network.sizes),
            list(recipe.network.activations),
            recipe.network.bias,
            [list(layer) for layer in project.names],
        ),
        descent=DescentFile(
            recipe.loss,
            recipe.optimizer,
            recipe.learning_rate,
            recipe.batch_size,
            recipe.seed,
            sorted(recipe.locked),
            dict(recipe.settings),
            recipe.schedule,
            recipe.period,
            recipe.l1,
            recipe.l2,
            recipe.initializer,
            recipe.spread,
            recipe.one_at_a_time,
        ),
        start=state(project.start),
        state=state(project.state),
        data=DataFile(
            data.name,
            list(data.input_names),
            list(data.target_names),
            data.raw_x.tolist(),
            data.raw_y.tolist(),
            data.scaling,
            data.center.tolist(),
            data.scale.tolist(),
            list(data.held_out),
            None if made is None else GeneratedFile(made.name, made.examples, made.noise, made.seed),
        ),
    )
    for values in (project.parameters, project.start.parameters, *project.state.optimizer, *project.start.optimizer):
        if not np.isfinite(values).all():
            raise ProjectError("A weight is not a finite number; go back to a finite step and save again.")
    return msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"


def decode(content: bytes, name: str) -> Project:
    """Return the project in ``content``; ``name`` is what its sentence calls the file.

    Raises ProjectError, with a sentence, for anything that is not a project of this version.
    """
    try:
        header = msgspec.json.decode(content, type=_Header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ProjectError(f"{name} is not a studio file.") from None
    if header.format != "gdstudio":
        raise ProjectError(f"{name} is not a studio file.")
    if header.version > VERSION:
        raise ProjectError(f"{name} was saved by a newer studio (file version {header.version}); update to open it.")
    try:
        return _project(msgspec.json.decode(content, type=ProjectFile))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ProjectError(f"{name} can't be opened: {_sentence(error)}") from None


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return text[:1].lower() + text[1:] + "."


def _project(content: ProjectFile) -> Project:
    if content.version < 1:
        raise ProjectError(f"the file version {content.version} is not known")
    sizes = content.network.sizes
    if not 2 <= len(sizes) <= MAX_LAYERS or not all(1 <= size <= MAX_NODES for size in sizes):
        raise ProjectError(f"a network has 2 to {MAX_LAYERS} layers of 1 to {MAX_NODES} nodes")
    network = Network(tuple(sizes), tuple(content.network.activations), content.network.bias)
    check_size(network)
    descent, file, made = content.descent, content.data, content.data.generated
    recipe = Recipe(
        network,
        descent.loss,
        descent.optimizer,
        descent.learning_rate,
        descent.batch_size,
        descent.seed,
        frozenset(descent.locked),
        descent.settings,
        descent.schedule,
        descent.period,
        descent.l1,
        descent.l2,
        descent.initializer,
        descent.spread,
        descent.one_at_a_time,
    )
    if descent.seed > MAX_SEED:
        raise ProjectError(f"the seed is above {MAX_SEED}")
    data = Data(
        clean_name(file.name),
        tuple(map(clean_name, file.input_names)),
        tuple(map(clean_name, file.target_names)),
        _matrix(file.inputs, sizes[0], "inputs"),
        _matrix(file.targets, sizes[-1], "targets"),
        file.scaling,
        _vector(file.center, sizes[0] + sizes[-1], "center"),
        _vector(file.scale, sizes[0] + sizes[-1], "scale"),
        tuple(file.held_out),
        None if made is None else Generated(made.name, made.examples, made.noise, made.seed),
    )
    if data.generated is not None:
        checked(data.generated)
    names = tuple(tuple(map(clean_name, layer)) for layer in content.network.names)
    if tuple(map(len, names)) != network.sizes:
        raise ProjectError("the names don't fit the network")
    state, start = (_state(value, recipe) for value in (content.state, content.start))
    if start.step != 0:
        raise ProjectError("the start must be at step 0")
    return Project(clean_name(content.title), recipe, state, start, data, names)


def _state(content: StateFile, recipe: Recipe) -> TrainingState:
    count = recipe.network.parameter_count
    if not 0 <= content.step <= MAX_STEP:
        raise ProjectError(f"a step goes from 0 to {MAX_STEP}")
    sizes = OPTIMIZERS[recipe.optimizer].slot_sizes(count)
    if len(content.optimizer) != len(sizes):
        raise ProjectError("the optimizer's memory doesn't fit the optimizer")
    memory = tuple(_vector(slot, size, "optimizer") for slot, size in zip(content.optimizer, sizes, strict=True))
    return TrainingState(_vector(content.parameters, count, "parameters"), memory, content.step)


def _vector(values: list[float], length: int, what: str) -> Array:
    if len(values) != length or not np.isfinite(values).all():
        raise ProjectError(f"“{what}” needs {length} finite numbers")
    return frozen(values)


def _matrix(rows: list[list[float]], width: int, what: str) -> Array:
    if not rows or any(len(row) != width for row in rows):
        raise ProjectError(f"“{what}” needs rows of {width} numbers")
    return frozen(rows)


def read_bytes(path: Path) -> bytes:
    """Return a file's content; raises ProjectError, with a sentence, when it can't be read or is too large."""
    name = path.name
    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise ProjectError(f"{name} does not exist in {path.absolute().parent}.") from None
    except IsADirectoryError:
        raise ProjectError(f"{name} is a folder; choose a file in it.") from None
    except (OSError, ValueError) as error:
        raise ProjectError(f"{name} can't be read: {getattr(error, 'strerror', None) or error}.") from None
    if len(content) > MAX_FILE_BYTES:
        raise ProjectError(f"{name} is larger than {MAX_FILE_BYTES // 2**20} MB, the most that the studio opens.")
    return content


def load(path: Path) -> Project:
    """Open a ``.gds`` file. Raises ProjectError, with a sentence, when it can't be used."""
    return decode(read_bytes(path), path.name)


def save(project: Project, path: Path) -> None:
    """Write the project; the old file stays whole until the new one is.

    Raises ProjectError, with a sentence, when it can't be written; the old file is then untouched.
    """
    write_atomically(path, encode(project))


def write_atomically(path: Path, content: bytes) -> None:
    """Write a temporary file beside ``path``, flush it to the disk, and put it in the place of the old one.

    Raises ProjectError, with a sentence, when that fails; the old file is then untouched and nothing is left behind.
    """
    temporary: Path | None = None
    try:
        target = path.resolve()
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".gdstudio-", suffix=".part")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if temporary.stat().st_size != len(content):
            raise OSError("the file came out short")
        temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
        temporary.replace(target)
    except (OSError, RuntimeError, ValueError) as error:
        # Beside what the system refuses: links that lead in a circle, and a path with a NUL character.
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise ProjectError(f"{path.name} can't be written: {getattr(error, 'strerror', None) or error}.") from None


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
