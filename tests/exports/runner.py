"""Runs exported programs one after the other in one process: a framework takes longer to import than they take.

Run as a program: ``runner.py FOLDER``. Each program of the folder gets names of its own; what it printed, or how it
ended, is written as JSON beside it. Knows nothing of the studio.
"""

import contextlib
import io
import json
import sys
import traceback
import warnings
from pathlib import Path


def sources(file: Path) -> list[str]:
    """The pieces of a program: a notebook's cells of code, or a whole script."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".py":
        return [text]
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]


def ran(file: Path) -> dict[str, str]:
    """What the program printed, and what it died of or warned of."""
    names: dict[str, object] = {"__name__": "__main__"}
    out, error = io.StringIO(), ""
    with contextlib.redirect_stdout(out), warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            for source in sources(file):
                exec(compile(source, file.name, "exec"), names)
        except BaseException:
            error = traceback.format_exc()
    warned = "\n".join(f"{each.category.__name__}: {each.message}" for each in heard)
    return {"printed": out.getvalue(), "error": error, "warned": warned}


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for program in sorted([*folder.glob("*.py"), *folder.glob("*.ipynb")]):
        program.with_suffix(".json").write_text(json.dumps(ran(program)), encoding="utf-8")
