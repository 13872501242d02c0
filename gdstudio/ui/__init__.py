"""The window: Qt widgets that are shown values and emit wishes.

Values come in by ``show_*`` and ``set_*``, wishes go out as ``*_requested`` signals. Knows no session and decides
nothing.
"""
