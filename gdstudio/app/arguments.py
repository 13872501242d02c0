"""The window's own arguments, for the command line and for whoever builds the window without it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from gdstudio import __version__

THEMES = ("light", "dark", "system")


def window_arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Read the window's arguments; raises SystemExit when they are not understood."""
    parser = argparse.ArgumentParser(
        prog="gdstudio",
        description="See every number of gradient descent, change any of them, ask where it came from.",
        epilog="Other commands: gdstudio train | screenshot | verify | doctor, each with --help.",
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="a studio file (.gds) or a CSV of numbers")
    parser.add_argument("--target", metavar="COLUMN", help="the target column of a CSV (default: the last)")
    parser.add_argument("--lesson", type=int, metavar="N", help="begin with this lesson")
    parser.add_argument("--theme", choices=THEMES, help="colours (default: as last time)")
    parser.add_argument(
        "--config-dir", type=Path, metavar="DIR", help="keep settings and recovery in this folder (default: your own)"
    )
    parser.add_argument("--version", action="version", version=f"gdstudio {__version__}")
    return parser.parse_args(list(argv))
