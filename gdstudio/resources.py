"""Where the bundled files are: inside the package when installed from a wheel, beside it in a checkout.

The only module that knows.
"""

from functools import cache
from pathlib import Path


class MissingResource(Exception):
    """A file that ships with the studio is not there; the text is one sentence for a person."""


@cache
def root() -> Path:
    """Return the folder of bundled files. Raises MissingResource when there is none."""
    package = Path(__file__).parent
    for folder in (package / "_resources", package.parent / "resources"):
        if folder.is_dir():
            return folder
    raise MissingResource("The studio's bundled files are missing; install gdstudio again.")


def resource(name: str) -> Path:
    """Return the path of a bundled file, such as ``examples/xor.gds``.

    Raises MissingResource, with a sentence, when it is not there.
    """
    path = root() / name
    if not path.exists():
        raise MissingResource(f"The bundled file {name} is missing; install gdstudio again.")
    return path
