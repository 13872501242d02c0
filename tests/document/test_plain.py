"""Plain text: what could spoof is gone, and what is written stays."""

import pytest

from gdstudio.document.plain import one_line, plain

ODD = ["\n", "\r", "\t", "\0", "\x1b", "\x7f", "\x9b", "\u202e", "\u2066", "\u200b", "\u2028", "\ufeff", "\udce4"]


@pytest.mark.parametrize("character", ODD, ids=ascii)
def test_a_character_that_is_not_printed_becomes_a_space(character):
    assert plain(f"a{character}b") == "a b"
    assert one_line(f" a{character} b{character}") == "a b"


def test_what_is_written_in_any_script_stays():
    text = "Größe – 身長 طول <b>&amp;</b> 🙂 e\u0301"
    assert plain(text) == one_line(text) == text
