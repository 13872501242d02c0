"""The network diagram: where everything lies, how it is drawn, and the gestures that edit it.

Shows frames and emits wishes; knows no session.
"""
