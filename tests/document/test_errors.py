"""What is refused is said in one sentence, whatever stands in a file."""

import pytest

from gdstudio.document.errors import ProjectError


@pytest.mark.parametrize("text", ["It can't be.", "“Größe” is − 3 × 4 → ½.", "Two  spaces in /a  b."])
def test_a_sentence_is_said_as_it_is(text):
    assert str(ProjectError(text)) == text


@pytest.mark.parametrize(
    "odd", ["\n", "\r", "\t", "\0", "\x1b", "\x7f", "\u2028", "\u202e", "\u200b", "\ufeff", "\udcfc"]
)
def test_what_can_not_be_seen_is_a_space(odd):
    assert str(ProjectError(f"a{odd}b is not known.")) == "a b is not known."


def test_a_very_long_sentence_keeps_its_begin_and_its_end():
    text = str(ProjectError(f"The name {'x' * 10**6} is not known."))
    assert text.startswith("The name xxx")
    assert text.endswith("xxx is not known.")
    assert " … " in text
    assert len(text) < 500
