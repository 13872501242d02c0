"""The open document while it is worked on: project and undo, its history, the player, and what a person looks at.

QtCore and the undo stack alone: it draws nothing and knows no widget. Views hear of facts by signals in the past tense
and ask for changes through slots.
"""
