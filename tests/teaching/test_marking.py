"""What counts as the right number, and how typical mistakes are told apart."""

import pytest

from gdstudio.teaching.marking import Mistake, half_a_third_digit, mistake_sentence, told_apart


@pytest.mark.parametrize(
    ("value", "off"), [(11.2225, 0.05), (0.0016, 5e-6), (-24.0, 0.05), (124.0, 0.5), (99.96, 0.05), (0.0, 0.0)]
)
def test_half_a_unit_of_the_third_digit_counts(value, off):
    assert half_a_third_digit(value) == pytest.approx(off, rel=1e-6)


@pytest.mark.parametrize("value", [11.25, 0.00125, 1.005, 998.5, -0.3335])
def test_every_way_to_round_to_three_digits_is_within(value):
    for typed in (float(f"{value - 1e-12:.3g}"), float(f"{value + 1e-12:.3g}")):
        assert abs(typed - value) <= half_a_third_digit(value)


def test_mistakes_with_one_number_are_named_together_and_the_right_answer_is_none():
    told = told_apart(6.0, [Mistake(2.0, "a"), Mistake(2.0, "b"), Mistake(6.0, "c"), Mistake(float("nan"), "d")])
    assert told == (Mistake(2.0, "a; or when b"),)
    assert mistake_sentence(2.0, told) == ("2 is what comes out when a; or when b.", "a; or when b")
    assert mistake_sentence(3.0, told) == ("", "")


def test_numbers_that_are_marked_apart_are_named_apart():
    told = told_apart(5.0, [Mistake(2.97, "a"), Mistake(2.98, "b")])
    assert [mistake.name for mistake in told] == ["a", "b"]


def test_where_the_exact_number_is_asked_for_near_is_not_enough():
    assert mistake_sentence(0.1001, [Mistake(0.1, "a")], 0.0) == ("", "")
