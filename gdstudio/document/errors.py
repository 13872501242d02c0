"""What a person's mistake is, everywhere below the window.

Knows nothing of what is refused.
"""

from gdstudio.document.plain import plain

_LONGEST = 400
"""Characters of a sentence: what a file calls something may be a million."""


class ProjectError(ValueError):
    """Something can't be done; the text is one plain sentence that says what is wrong and what to do.

    Whatever it quotes from outside, it stays on one line without control characters, and of a length to be read.
    """

    def __init__(self, text: str) -> None:
        if len(text) > _LONGEST:
            text = f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"
        super().__init__(plain(text))
