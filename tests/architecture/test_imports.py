"""The direction of the arrows: which floor may know which, and who may know Qt."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "gdstudio"
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}
BELOW = {
    "engine": set(),
    "document": {"engine"},
    "teaching": {"engine", "document"},
    "session": {"engine", "document", "teaching"},
    "ui": {"engine", "document", "teaching"},
    "app": {"engine", "document", "teaching", "session", "ui"},
}
QT = {"PySide6", "shiboken6", "pyqtgraph"}


def floor(module):
    return module.split(".")[1] if "." in module else ""


def imported(path):
    """Every module that a file imports anywhere, with what it takes from it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def offenders(chosen, wrong):
    return [
        f"{module}: {name}"
        for module, path in MODULES.items()
        if chosen(module)
        for name in imported(path)
        if wrong(name)
    ]


def test_every_floor_is_known():
    assert {floor(module) for module in MODULES} - {"", "__main__", "resources"} == set(BELOW)


@pytest.mark.parametrize("here", BELOW)
def test_a_floor_imports_only_floors_below_it(here):
    allowed = BELOW[here] | {here, "resources", "__version__"}
    assert offenders(
        lambda module: floor(module) == here,
        lambda name: name.split(".")[0] == "gdstudio" and "." in name and floor(name) not in allowed,
    ) == []  # fmt: skip


def test_below_the_session_nobody_knows_qt():
    low = ("engine", "document", "teaching", "resources", "")
    assert offenders(lambda module: floor(module) in low, lambda name: name.split(".")[0] in QT) == []


def test_only_ui_and_app_know_widgets_and_only_ui_knows_plots():
    assert offenders(
        lambda module: floor(module) not in ("ui", "app"), lambda name: name.startswith("PySide6.QtWidgets")
    ) == []  # fmt: skip
    assert offenders(lambda module: floor(module) != "ui", lambda name: name.startswith("pyqtgraph")) == []


def test_the_session_takes_from_qtgui_only_the_undo_stack():
    taken = offenders(lambda module: floor(module) == "session", lambda name: name.startswith("PySide6.QtGui"))
    assert {line.split(".")[-1] for line in taken} <= {"QUndoStack", "QUndoCommand"}


def test_the_engine_stands_on_numpy_alone():
    outside = offenders(
        lambda module: floor(module) == "engine",
        lambda name: name.split(".")[0] not in sys.stdlib_module_names | {"numpy", "gdstudio"},
    )
    assert outside == []


def test_the_package_itself_imports_nothing():
    assert list(imported(PACKAGE / "__init__.py")) == []


def test_the_contract_is_kept():
    tool = Path(sys.executable).with_name("lint-imports")
    if not tool.exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run([tool, "--no-cache"], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stdout


LOW = [module for module in MODULES if floor(module) in ("engine", "document", "teaching", "resources")]


def test_a_fresh_process_that_imports_the_lower_floors_leaves_qt_unloaded():
    code = f"import sys, {', '.join(LOW)}; sys.exit(', '.join({QT!r} & {{n.split('.')[0] for n in sys.modules}}) or 0)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=env)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def test_the_window_does_not_wait_for_the_plots_to_be_imported():
    code = "import sys, gdstudio.app.main; sys.exit('pyqtgraph' in sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], timeout=60, env=env).returncode == 0
