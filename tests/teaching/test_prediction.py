import pytest

from gdstudio.document.errors import ProjectError
from gdstudio.teaching.prediction import (
    DIRECTIONS,
    DOWN,
    STAYS,
    UP,
    Prediction,
    direction_of,
    predicted_verdict,
    read_prediction,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2.24", 2.24), ("2,24", 2.24), (" 56/25 ", 2.24), ("−1e-3", -0.001), ("-0.001", -0.001), ("0", 0.0),
        (".5", 0.5), ("+3", 3.0),
    ],
)  # fmt: skip
def test_a_number_is_read_as_everywhere(text, value):
    assert read_prediction(text) == Prediction(value)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("dress", [str, str.upper, str.title, "  {} ".format])
def test_a_direction_is_read_however_it_is_written(direction, dress):
    assert read_prediction(dress(direction)) == Prediction(None, direction)


@pytest.mark.parametrize("text", ["", "   ", "upwards", "no"])
def test_words_that_are_no_direction_are_told_what_can_be_typed(text):
    with pytest.raises(ProjectError, match=r"^Type a number, for example 2\.24, or choose up, down or stays\.$"):
        read_prediction(text)


@pytest.mark.parametrize("text", ["1,234.5", "1/0", "2.2.4", "1e999", "2 up", "<b>2</b>"])
def test_what_is_no_number_is_refused_in_a_sentence_of_its_own(text):
    with pytest.raises(ProjectError) as refusal:
        read_prediction(text)
    assert str(refusal.value).endswith(".")
    assert "choose up" not in str(refusal.value)


@pytest.mark.parametrize(
    ("before", "after", "direction"),
    [(2.0, 2.24, UP), (2.0, 1.76, DOWN), (2.0, 2.0, STAYS), (-2.0, -2.5, DOWN), (0.0, 5e-324, UP)],
)
def test_a_direction_is_that_of_the_very_number(before, after, direction):
    assert direction_of(before, after) == direction


VERDICTS = [
    (UP, 2.0, 2.24, "Right: it went up, from 2 to 2.24."),
    (DOWN, 2.0, 2.24, "You said down: it went up, from 2 to 2.24."),
    (STAYS, 2.0, 2.24, "You said stays: it went up, from 2 to 2.24."),
    (DOWN, 1.0, 0.7, "Right: it went down, from 1 to 0.7."),
    (STAYS, 1.5, 1.5, "Right: it stayed at 1.5."),
    (UP, 1.5, 1.5, "You said up: it stayed at 1.5."),
    (2.24, 2.0, 2.24, "Right: it went up, from 2 to 2.24."),
    (2.241, 2.0, 2.24, "Right: it went up, from 2 to 2.24."),
    (2.2, 2.0, 2.24, "You said 2.2; it went up, from 2 to 2.24: 0.04 off."),
    (1.76, 2.0, 2.24, "You said 1.76; it went up, from 2 to 2.24: 0.48 off. The direction was the other one."),
    (
        2.12,
        2.0,
        2.24,
        "You said 2.12; it went up, from 2 to 2.24: 0.12 off. The step was twice as long: 2 × error, not error.",
    ),
    (2.0, 2.0, 2.24, "You said 2; it went up, from 2 to 2.24: 0.24 off."),
    (26.0, 2.0, 2.24, "You said 26; it went up, from 2 to 2.24: 24 off."),
    (-0.5, -0.25, -0.75, "You said −0.5; it went down, from −0.25 to −0.75: 0.25 off. The step was twice as long:"),
    (3.0, 1.5, 1.5, "You said 3; it stayed at 1.5: 1.5 off."),
    (1.5, 1.5, 1.5, "Right: it stayed at 1.5."),
    (0.0, 0.0, 0.0, "Right: it stayed at 0."),
]


@pytest.mark.parametrize(("said", "before", "after", "sentence"), VERDICTS)
def test_what_was_said_is_compared_with_what_happened_in_words(said, before, after, sentence):
    spoken = isinstance(said, str)
    prediction = Prediction(None if spoken else said, said if spoken else "", before)
    verdict = predicted_verdict(prediction, after)
    assert verdict == sentence or (sentence.endswith(":") and verdict.startswith(sentence))


@pytest.mark.parametrize(("value", "is_right"), [(2.2451, False), (2.2449, True), (2.2351, True), (2.2349, False)])
def test_a_number_counts_when_it_is_the_shown_one_in_three_digits(value, is_right):
    assert predicted_verdict(Prediction(value, "", 2.0), 2.24).startswith("Right") is is_right


def test_a_prediction_of_a_number_beyond_all_bounds_is_compared_too():
    assert predicted_verdict(Prediction(1e308, "", -1e308), 0.0).startswith("You said 1e308; it went up")
