"""A whole document, as it is saved: the project, the runs kept beside it, and how it is looked at.

A value. Knows nothing of files.
"""

from dataclasses import dataclass

from gdstudio.document.project import Project
from gdstudio.document.runs import KeptRun
from gdstudio.document.viewpoint import View


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """What a file holds; ``view`` is None where a file of an earlier version says nothing of it."""

    project: Project
    runs: tuple[KeptRun, ...] = ()
    view: View | None = None
