"""Why a node has its value and its slope, and a target its error: each opens into the numbers that made it.

Pure; takes a picture and says what is in it.
"""

from dataclasses import dataclass

from gdstudio.document.project import NodeRef, TargetRef, node_name
from gdstudio.teaching.picture import Example, Picture
from gdstudio.teaching.trace import Trace, error_of, slope_of, value_of
from gdstudio.teaching.trace_loss import loss_of
from gdstudio.teaching.trace_uses import uses_of


@dataclass(frozen=True, slots=True, eq=False)
class NodeExplanation:
    """A node or a target taken apart, for one example or the mean over all: ``caption`` says what is explained."""

    ref: NodeRef | TargetRef
    caption: str
    name: str
    traces: tuple[Trace, ...]


def explain_node(picture: Picture, ref: NodeRef | TargetRef, example: Example) -> NodeExplanation:
    """Take a node or a target apart, for one example or (None) the mean over all."""
    uses = uses_of(picture, ref, example)
    if isinstance(ref, TargetRef):
        prediction = NodeRef(len(picture.network.sizes) - 1, ref.output)
        traces = loss_of(picture), error_of(picture, ref.output, example), uses
        return NodeExplanation(ref, "Why this loss", f"target of {node_name(picture.project, prediction)}", traces)
    traces = value_of(picture, ref, example), slope_of(picture, ref, example), uses
    return NodeExplanation(ref, "Why this value", node_name(picture.project, ref), traces)
