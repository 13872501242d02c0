"""What the window says of the learning rate, held against what the next steps do.

Mirrors no module of the studio: the sentences are read from the widgets, what is true comes from the engine's steps.
"""
