"""How a document is looked at: what is selected, which example is shown, how the plots stand.

A value that is saved beside the project and decides no step. Knows nothing of windows.
"""

from dataclasses import dataclass

from gdstudio.document.project import NodeRef, ParameterRef, Project, Ref, TargetRef

AXES = ("WEIGHTS", "PATH", "RANDOM")
_FIRST = ParameterRef(0)


@dataclass(frozen=True, slots=True)
class View:
    """What a person looks at.

    ``example`` None is the mean over all. ``pictures`` says that nodes show pictures, ``logarithmic`` how the axis of
    the losses goes, ``speed`` how fast a run is shown. ``axes`` (of ``AXES``), ``x``, ``y`` and ``plane_seed`` choose
    the plane of the loss surface.
    """

    selection: Ref | None = _FIRST
    example: int | None = 0
    pictures: bool = False
    logarithmic: bool = False
    speed: str = ""
    axes: str = "WEIGHTS"
    x: int = 0
    y: int = 1
    plane_seed: int = 0

    def fits(self, project: Project) -> bool:
        """Whether what is selected and shown exists in a project."""
        return exists(project, self.selection) and (self.example is None or 0 <= self.example < len(project.data))


def exists(project: Project, ref: Ref | None) -> bool:
    """Whether a project has what is pointed at; nothing is always there."""
    sizes = project.network.sizes
    match ref:
        case ParameterRef(index):
            return 0 <= index < project.network.parameter_count
        case NodeRef(layer, position):
            return 0 <= layer < len(sizes) and 0 <= position < sizes[layer]
        case TargetRef(output):
            return 0 <= output < sizes[-1]
        case _:
            return True
