"""Studio files: ``.gds``, versioned JSON with a strict schema and exact floats.

Reads and writes documents; nothing in a file can run, open or write anything else. Knows nothing of windows.

The schema is in ``document.schema``. Floats are written with the fewest digits that read back to the same bits; each
field of the document begins a line, and so does each row of a table. A table is written in pieces, between which
another thread can go on.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from gdstudio.document.datasets import Data, Generated, same_data
from gdstudio.document.disk import backup_of, fingerprint, read_bytes, write_atomically
from gdstudio.document.document import Document
from gdstudio.document.edits import clean_name
from gdstudio.document.errors import ProjectError
from gdstudio.document.generators import checked
from gdstudio.document.limits import MAX_FILE_BYTES, MAX_LAYERS, MAX_NODES, MAX_NUMBERS, MAX_SEED, MAX_STEP
from gdstudio.document.project import NodeRef, ParameterRef, Project, Ref, TargetRef, check_size
from gdstudio.document.runs import MOST_RUNS, MOST_SLOTS, KeptRun
from gdstudio.document.schema import (
    DataFile,
    DescentFile,
    DocumentFile,
    GeneratedFile,
    Header,
    NetworkFile,
    RunFile,
    SelectionFile,
    StateFile,
    ViewFile,
)
from gdstudio.document.viewpoint import AXES, View
from gdstudio.engine import OPTIMIZERS, Array, Network, Recipe, TrainingState, frozen, measured_loss

SUFFIX = ".gds"
VERSION = 4


_KINDS: dict[str, tuple[type[Ref], int]] = {
    "parameter": (ParameterRef, 1),
    "node": (NodeRef, 2),
    "target": (TargetRef, 1),
}
"""What can be selected, and how many numbers say where it is."""
_PATH_NUMBERS = 100_000
"""Numbers of a kept run's path that are written; of a longer one some places are left out."""
_PIECE_NUMBERS = 10_000
"""Numbers that are written at once: a few milliseconds."""


def encode(document: Project | Document) -> bytes:
    """Return a document, or a project alone, as the bytes of a file.

    Raises ProjectError, with a sentence, when a weight is not a finite number, or it would hold more than can be read.
    """
    if isinstance(document, Project):
        document = Document(document)
    project = document.project
    content = DocumentFile(
        format="gdstudio",
        version=VERSION,
        title=project.title,
        network=_network_file(project),
        descent=_descent_file(project.recipe),
        start=_state_file(project.start),
        state=_state_file(project.state),
        data=_data_file(project.data),
        runs=[_run_file(run, project.data) for run in document.runs],
        view=None if document.view is None else _view_file(document.view),
    )
    fields = (b'"%s": %s' % (name.encode(), _text(getattr(content, name))) for name in DocumentFile.__struct_fields__)
    text = b"{\n" + b",\n".join(fields) + b"\n}\n"
    if text.count(b",") > MAX_NUMBERS or len(text) > MAX_FILE_BYTES:
        raise ProjectError(
            f"This would be more than {MAX_NUMBERS:,} values, the most that the studio opens: it keeps too many runs, "
            "each with data of its own. Delete some of them."
        )
    return text


def _text(value: object) -> bytes:
    return msgspec.json.encode(value, enc_hook=_table_text)


def _table_text(table: Array) -> msgspec.Raw:
    rows = max(1, _PIECE_NUMBERS // max(1, table.shape[1]))
    pieces = (table[first : first + rows].tolist() for first in range(0, len(table), rows))
    texts = (msgspec.json.encode(piece)[1:-1].replace(b"],", b"],\n") for piece in pieces)
    return msgspec.Raw(b"[" + b",\n".join(texts) + b"]")


def _table(values: Array) -> Any:
    """Return a table as the schema has it, for :func:`_table_text` to write."""
    return values


def _network_file(project: Project) -> NetworkFile:
    network = project.network
    names = [list(layer) for layer in project.names]
    return NetworkFile(list(network.sizes), list(network.activations), network.bias, names)


def _descent_file(recipe: Recipe) -> DescentFile:
    return DescentFile(
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
    )


def _state_file(state: TrainingState) -> StateFile:
    if not all(np.isfinite(values).all() for values in (state.parameters, *state.optimizer)):
        raise ProjectError("A weight is not a finite number; go back to a finite step and save again.")
    return StateFile(state.step, state.parameters.tolist(), [slot.tolist() for slot in state.optimizer])


def _data_file(data: Data, own: Data | None = None) -> DataFile:
    """Return data as it is written, without its rows where they are those of the document's own."""
    made = data.generated
    has_own_rows = own is None or not (_same_bits(data.raw_x, own.raw_x) and _same_bits(data.raw_y, own.raw_y))
    return DataFile(
        data.name,
        list(data.input_names),
        list(data.target_names),
        _table(data.raw_x) if has_own_rows else [],
        _table(data.raw_y) if has_own_rows else [],
        data.scaling,
        data.center.tolist(),
        data.scale.tolist(),
        list(data.held_out),
        None if made is None else GeneratedFile(made.name, made.examples, made.noise, made.seed),
    )


def _same_bits(one: Array, other: Array) -> bool:
    return one is other or (one.shape == other.shape and one.tobytes() == other.tobytes())


def _run_file(run: KeptRun, own: Data) -> RunFile:
    project = run.project
    most = max(2, _PATH_NUMBERS // max(1, run.path.shape[1]))
    chosen = np.unique(np.linspace(0, len(run.path) - 1, min(most, len(run.path))).astype(int))
    return RunFile(
        run.name,
        project.title,
        _network_file(project),
        _descent_file(project.recipe),
        _state_file(project.start),
        _state_file(project.state),
        None if project.data is own or same_data(project.data, own) else _data_file(project.data, own),
        [int(step) for step in run.steps],
        _losses(run.low),
        _losses(run.high),
        _table(run.path[chosen]) if run.path.shape[1] == project.network.parameter_count else [],
        run.is_shown,
        run.is_automatic,
    )


def _losses(values: Array) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _view_file(view: View) -> ViewFile:
    return ViewFile(
        _selection_file(view.selection), view.example, view.pictures, view.logarithmic, view.speed,
        view.axes, view.x, view.y, view.plane_seed,
    )  # fmt: skip


def _selection_file(ref: Ref | None) -> SelectionFile | None:
    match ref:
        case None:
            return None
        case ParameterRef(index):
            return SelectionFile("parameter", [index])
        case NodeRef(layer, position):
            return SelectionFile("node", [layer, position])
        case TargetRef(output):
            return SelectionFile("target", [output])


def decode(content: bytes, name: str) -> Project:
    """Return the project in ``content``; see :func:`decode_document`."""
    return decode_document(content, name).project


def decode_document(content: bytes, name: str) -> Document:
    """Return the document in ``content``; ``name`` is what its sentence calls the file.

    Raises ProjectError, with a sentence, for anything that is not a document of this version or one before.
    """
    try:
        header = msgspec.json.decode(content, type=Header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise ProjectError(f"{name} is not a studio file.") from None
    if header.format != "gdstudio":
        raise ProjectError(f"{name} is not a studio file.")
    if header.version > VERSION:
        raise ProjectError(f"{name} was saved by a newer studio (file version {header.version}); update to open it.")
    # Said before any of them is read: a list takes many times the room of its text.
    if content.count(b",") > MAX_NUMBERS:
        raise ProjectError(f"{name} holds more than {MAX_NUMBERS:,} values, the most that the studio opens.")
    try:
        return _document(msgspec.json.decode(content, type=DocumentFile))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ProjectError(f"{name} can't be opened: {_sentence(error)}") from None


def _sentence(error: Exception) -> str:
    text = str(error).rstrip(".")
    return text[:1].lower() + text[1:] + "."


def _document(content: DocumentFile) -> Document:
    if content.version < 1:
        raise ProjectError(f"the file version {content.version} is not known")
    if len(content.runs) > MOST_RUNS:
        raise ProjectError(f"a document keeps up to {MOST_RUNS} runs")
    data = _data(content.data)
    project = _project(content, data)
    view = None if content.view is None else _view(content.view, project)
    return Document(project, tuple(_run(run, data) for run in content.runs), view)


def _project(content: DocumentFile | RunFile, data: Data) -> Project:
    sizes = content.network.sizes
    if not 2 <= len(sizes) <= MAX_LAYERS or not all(1 <= size <= MAX_NODES for size in sizes):
        raise ProjectError(f"a network has 2 to {MAX_LAYERS} layers of 1 to {MAX_NODES} nodes")
    network = Network(tuple(sizes), tuple(content.network.activations), content.network.bias)
    check_size(network)
    if (len(data.input_names), len(data.target_names)) != (sizes[0], sizes[-1]):
        raise ProjectError(f"“inputs” needs rows of {sizes[0]} numbers and “targets” rows of {sizes[-1]}")
    descent = content.descent
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
    names = tuple(tuple(map(clean_name, layer)) for layer in content.network.names)
    if tuple(map(len, names)) != network.sizes:
        raise ProjectError("the names don't fit the network")
    state, start = (_state(value, recipe) for value in (content.state, content.start))
    if start.step != 0:
        raise ProjectError("the start must be at step 0")
    return Project(clean_name(content.title), recipe, state, start, data, names)


def _data(file: DataFile, own: Data | None = None) -> Data:
    made = file.generated
    own_rows = None if own is None or file.inputs or file.targets else (own.raw_x, own.raw_y)
    inputs, targets = len(file.input_names), len(file.target_names)
    if not 1 <= inputs <= MAX_NODES or not 1 <= targets <= MAX_NODES:
        raise ProjectError(f"data has 1 to {MAX_NODES} inputs and as many targets")
    data = Data(
        clean_name(file.name),
        tuple(map(clean_name, file.input_names)),
        tuple(map(clean_name, file.target_names)),
        *(own_rows or (_matrix(file.inputs, inputs, "inputs"), _matrix(file.targets, targets, "targets"))),
        file.scaling,
        _vector(file.center, inputs + targets, "center"),
        _vector(file.scale, inputs + targets, "scale"),
        tuple(file.held_out),
        None if made is None else Generated(made.name, made.examples, made.noise, made.seed),
    )
    if data.generated is not None:
        checked(data.generated)
    return data


def _run(content: RunFile, own: Data) -> KeptRun:
    project = _project(content, own if content.data is None else _data(content.data, own))
    slots, width = len(content.steps), project.network.parameter_count
    ascending = all(one < other for one, other in zip(content.steps, content.steps[1:], strict=False))
    if not 1 <= slots <= MOST_SLOTS + 1 or not ascending or not 0 <= content.steps[0] <= content.steps[-1] <= MAX_STEP:
        raise ProjectError(f"a kept run has 1 to {MOST_SLOTS + 1} ascending steps")
    if len(content.low) != slots or len(content.high) != slots:
        raise ProjectError("a kept run needs a lowest and a highest loss for each of its steps")
    path = _matrix(content.path, width, "path") if content.path else frozen(np.zeros((0, width)))
    if not np.isfinite(path).all():
        raise ProjectError("the path of a kept run needs finite numbers")
    steps, low, high = frozen(content.steps), _known(content.low), _known(content.high)
    loss = measured_loss(project.recipe, project.parameters, project.data.x, project.data.y)
    return KeptRun(
        clean_name(content.name), project, steps, low, high, path, loss, content.is_shown, content.is_automatic
    )


def _known(losses: Sequence[float | None]) -> Array:
    return frozen([np.inf if loss is None else loss for loss in losses])


def _view(content: ViewFile, project: Project) -> View:
    chosen = content.selection
    selection: Ref | None = None
    if chosen is not None:
        kind, numbers = _KINDS[chosen.kind]
        if len(chosen.at) != numbers:
            raise ProjectError(f"what is selected, a {chosen.kind}, needs {numbers} numbers")
        selection = kind(*chosen.at)
    view = View(
        selection, content.example, content.pictures, content.logarithmic, clean_name(content.speed),
        content.axes, content.x, content.y, content.plane_seed,
    )  # fmt: skip
    if not view.fits(project):
        raise ProjectError("what is selected or shown does not exist in this network and its data")
    plane = view.x, view.y, view.plane_seed
    if view.axes not in AXES or not (min(plane) >= 0 and max(plane) <= MAX_SEED):
        raise ProjectError("the plane of the surface is not one")
    return view


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


def load(path: Path) -> Project:
    """Open a ``.gds`` file. Raises ProjectError, with a sentence, when it can't be used."""
    return load_document(path).project


def load_document(path: Path) -> Document:
    """Open a ``.gds`` file with all that is in it. Raises ProjectError, with a sentence, when it can't be used."""
    try:
        return decode_document(read_bytes(path), path.name)
    except ProjectError as error:
        backup = backup_of(path)
        if not is_good(backup):
            raise
        raise ProjectError(f"{error} The version before it is beside it: {backup.name}.") from None


def save(project: Project | Document, path: Path, known: str = "") -> str:
    """Write a document and return its fingerprint; the old file stays whole until the new one is.

    What would be written is read first: nothing is saved that does not open again. The old file is then kept as the
    backup beside it, unless it can't be opened and would take the place of a backup that can. ``known`` is the
    fingerprint of an old file that is known to be one that this studio opens.

    Raises ProjectError, with a sentence, when it can't be written, or when a newer studio wrote what is there; the old
    file is then untouched.
    """
    content = encode(project)
    decode_document(content, path.name)
    is_known = known != "" and known == fingerprint(path)
    version = 0 if is_known else _version_of(path)
    if version > VERSION:
        raise ProjectError(
            f"{path.name} was saved by a newer studio (file version {version}) and is left as it is; "
            "save under another name."
        )
    write_atomically(path, content, keep_old=is_known or is_good(path) or not is_good(backup_of(path)))
    return hashlib.sha256(content).hexdigest()


def is_good(path: Path) -> bool:
    """Whether a file is there and can be opened."""
    try:
        decode_document(read_bytes(path), path.name)
    except ProjectError:
        return False
    return True


def _version_of(path: Path) -> int | float:
    """Return the version of a studio file, 0 for anything else."""
    try:
        header = msgspec.json.decode(read_bytes(path), type=Header)
    except (ProjectError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return 0
    return header.version if header.format == "gdstudio" else 0
