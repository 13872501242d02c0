"""The starting points that ship with the studio.

A table of names; the content is in ``resources/examples``.
"""

from dataclasses import dataclass

from gdstudio.document.errors import ProjectError
from gdstudio.document.files import load
from gdstudio.document.project import Project
from gdstudio.resources import MissingResource, resource


@dataclass(frozen=True, slots=True)
class Example:
    """A starting point: its file's name, its title, what it is for in a few words, and what its data is called."""

    key: str
    title: str
    purpose: str
    data: str


EXAMPLES = (
    Example("one-weight", "One weight", "input 3, weight 2, target 10", "One point"),
    Example("two-weights", "Two weights", "inputs 3 and 4, target 6, one simultaneous update", "Two inputs"),
    Example("three-inputs", "Three inputs", "repeat 20 updates", "Three inputs"),
    Example("hidden-layer", "Hidden layer", "2-2-1 with ReLU: a slope reaches a hidden weight", "Lecture point"),
    Example("xor", "XOR", "four examples that no line can part", "XOR"),
    Example("noisy-line", "Noisy line", "slope and intercept from 24 points", "Noisy line"),
    Example("two-rings", "Two rings", "2-6-4-1 with tanh, 120 examples", "Two rings"),
    Example("penguins", "Palmer penguins", "body mass from flipper length, 342 real birds", "Palmer penguins"),
)


def load_example(key: str) -> Project:
    """Open a starting point by its key. Raises ProjectError, with a sentence, when it is not there."""
    try:
        return load(resource(f"examples/{key}.gds"))
    except MissingResource as error:
        raise ProjectError(str(error)) from None
