import pytest

from gdstudio.document.errors import ProjectError
from gdstudio.teaching.marking import Mark
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


UP_TO = "the weight went up, from 2 to 2.24"
VERDICTS = [
    (UP, 2.0, 2.24, True, f"Right: {UP_TO}."),
    (DOWN, 2.0, 2.24, False, f"Not quite. You predicted “down”; {UP_TO}."),
    (STAYS, 2.0, 2.24, False, f"Not quite. You predicted “stays”; {UP_TO}."),
    (DOWN, 1.0, 0.7, True, "Right: the weight went down, from 1 to 0.7."),
    (STAYS, 1.5, 1.5, True, "Right: the weight stayed at 1.5."),
    (UP, 1.5, 1.5, False, "Not quite. You predicted “up”; the weight stayed at 1.5."),
    (2.24, 2.0, 2.24, True, f"Right: {UP_TO}."),
    (2.241, 2.0, 2.24, True, f"Right: {UP_TO}."),
    (2.2, 2.0, 2.24, False, f"Not quite. You predicted 2.2; {UP_TO}."),
    (1.9, 2.0, 2.24, False, f"Not quite. You predicted 1.9; {UP_TO}. The direction is wrong."),
    (
        1.76, 2.0, 2.24, False,
        f"Not quite. You predicted 1.76; {UP_TO}. The size of the step is right, the direction is not.",
    ),
    (
        2.12, 2.0, 2.24, False,
        f"Not quite. You predicted 2.12; {UP_TO}. The step was twice as long: the slope has 2 × error, not error.",
    ),
    (2.0, 2.0, 2.24, False, f"Not quite. You predicted 2; {UP_TO}."),
    (26.0, 2.0, 2.24, False, f"Not quite. You predicted 26; {UP_TO}."),
    (
        -0.5, -0.25, -0.75, False,
        "Not quite. You predicted −0.5; the weight went down, from −0.25 to −0.75."
        " The step was twice as long: the slope has 2 × error, not error.",
    ),
    (3.0, 1.5, 1.5, False, "Not quite. You predicted 3; the weight stayed at 1.5."),
    (1.5, 1.5, 1.5, True, "Right: the weight stayed at 1.5."),
    (0.0, 0.0, 0.0, True, "Right: the weight stayed at 0."),
    (2.0, 2.0, 2.0001, False, "Not quite. You predicted 2; the weight went up, from 2 to 2.0001."),
    (1.9999, 2.0, 2.00001, False,
     "Not quite. You predicted 1.9999; the weight went up, from 2 to 2.00001. The direction is wrong."),
]  # fmt: skip


@pytest.mark.parametrize(("said", "before", "after", "is_right", "sentence"), VERDICTS)
def test_what_was_predicted_is_compared_with_what_happened_in_words(said, before, after, is_right, sentence):
    spoken = isinstance(said, str)
    prediction = Prediction(None if spoken else said, said if spoken else "", before, has_factor=True)
    assert predicted_verdict(prediction, after) == Mark(is_right, sentence)


def test_the_factor_2_is_named_only_where_the_step_has_one():
    assert predicted_verdict(Prediction(2.12, "", 2.0, has_factor=False), 2.24) == Mark(
        False, f"Not quite. You predicted 2.12; {UP_TO}."
    )


@pytest.mark.parametrize("before", [2.0, -2.0, 0.0, 200.0])
@pytest.mark.parametrize(
    ("change", "is_right"), [(0.2451, False), (0.2449, True), (0.24, True), (0.2351, True), (0.2349, False)]
)
def test_a_number_may_be_off_by_half_a_unit_of_the_second_digit_of_the_change(before, change, is_right):
    assert predicted_verdict(Prediction(before + change, "", before), before + 0.24).is_right is is_right


def test_a_weight_that_hardly_moves_is_shown_with_the_digits_that_differ():
    assert predicted_verdict(Prediction(None, UP, 200.0), 200.0000001).sentence == (
        "Right: the weight went up, from 200 to 200.0000001."
    )


def test_a_prediction_of_a_number_beyond_all_bounds_is_compared_too():
    assert predicted_verdict(Prediction(1e308, "", -1e308, has_factor=True), 0.0) == Mark(
        False, "Not quite. You predicted 1e308; the weight went up, from −1e308 to 0."
    )


def test_a_weight_that_stays_is_predicted_by_the_number_that_is_shown():
    assert predicted_verdict(Prediction(0.33333, "", 1 / 3), 1 / 3).is_right
