"""What a person's mistake is, everywhere below the window.

Holds no logic.
"""


class ProjectError(ValueError):
    """Something can't be done; the text is one plain sentence that says what is wrong and what to do."""
