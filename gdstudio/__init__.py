"""Gradient Descent Studio: see every number of gradient descent, change it by hand, ask where it came from.

The floors, each importing only what is below it::

    app        builds the objects, connects them, owns their lifetime; the command line
    ui         Qt widgets: values in (show_*, set_*), wishes out (*_requested signals); no decisions
    session    the open document: QtCore and the undo stack; project, history, player, jobs, what is on screen
    teaching   what a person sees of a step: its numbers, their explanation, their choreography, what is to come
    document   the Project value, edits, data tables and generators, files
    engine     networks, slopes, descent: the mathematics, on NumPy alone

``ui`` and ``session`` don't know each other; ``app`` connects them. ``engine``, ``document`` and ``teaching`` never
import Qt. :mod:`gdstudio.resources` knows where the bundled files are. This module imports nothing.
"""

__version__ = "0.1.0"
