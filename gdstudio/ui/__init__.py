"""The window: Qt widgets that are shown values and emit wishes.

Values come in by ``show_*`` and ``set_*``, wishes go out as ``*_requested`` signals. Knows no session and decides
nothing.

The docks live in a window inside the main window, so that one margin stands around them all. Numbers that change in
every frame are painted (``ElidedLabel``) and not set as label texts, each of which would ask for a new layout. Curves
are stroked in opaque tints: an opacity costs eight times as much. A dock is made with its parent: each move of a widget
to another parent styles all that is in it anew. The least size of what a dock holds is its own and not the content's:
each change of it would share all rooms anew. What is only computed while it can be seen hears of that by ``Dock.seen``.

What goes wrong while something is painted never reaches Qt: :mod:`gdstudio.ui.painting` is imported before any class.
"""

from gdstudio.ui import painting as painting
