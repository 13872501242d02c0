"""Text from outside as plain text: nothing in it moves the cursor, turns the direction of reading, or begins a line.

Knows nothing of where it is shown.
"""


def plain(text: str) -> str:
    """Return ``text`` with a space in the place of every character that is not printed."""
    return "".join(character if character.isprintable() else " " for character in text)


def one_line(text: str) -> str:
    """Return ``text`` in plain words with one space between them."""
    return " ".join(plain(text).split())
