import math
import struct
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import (
    MINUS,
    NARROW,
    PLAIN,
    WIDE,
    agreeing,
    bracketed,
    counted,
    exact,
    parse_count,
    parse_number,
    shown,
    shown_plain,
    times,
)

SMALL = settings(derandomize=True, deadline=None, max_examples=300, database=None)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SENTENCE = r"(?s)^[A-Z“].*\.$"


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


def as_decimal(text: str) -> Decimal:
    return Decimal(text.replace(MINUS, "-"))


# What a person types


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10", 10.0),
        ("2.24", 2.24),
        ("0,01", 0.01),
        ("-24", -24.0),
        ("−24", -24.0),
        ("+3", 3.0),
        ("1e-3", 1e-3),
        ("1E3", 1e3),
        ("4.4e−4", 4.4e-4),
        (".5", 0.5),
        (",5", 0.5),
        ("5.", 5.0),
        ("  7 ", 7.0),
        ("1,234", 1.234),
        ("1/28", 1 / 28),
        ("1 / 18", 1 / 18),
        ("-1/3", -1 / 3),
        ("1/−3", -1 / 3),
        ("0,5/2", 0.25),
        ("1e-3/3", 0.001 / 3),
        ("0/5", 0.0),
        ("1e308/1e308", 1.0),
        ("5e-324", 5e-324),
        ("0e99999", 0.0),
    ],
)
def test_a_typed_number_is_read(text, value):
    assert parse_number(text) == pytest.approx(value, rel=1e-15, abs=0)


@given(FINITE)
@example(-0.0)
@example(5e-324)
@example(-2.2250738585072014e-308)
@example(1.7976931348623157e308)
@SMALL
def test_what_an_editor_shows_reads_back_as_the_very_same_bits(value):
    assert bits(parse_number(exact(value))) == bits(value)
    assert bits(parse_number(exact(value).replace(".", ","))) == bits(value)
    assert bits(parse_number(f" {value!r} ")) == bits(value)
    assert "-" not in exact(value)


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**30))
@SMALL
def test_a_fraction_is_rounded_once(above, below):
    assert parse_number(f"{above}/{below}") == above / below


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1,234.5", "1.234,5", "1.234.567", "1,234,567", "1 000", "1'000", "1_000", "1..2", "1,,2", "1.2,3"]
    + ["nan", "NaN", "inf", "-inf", "infinity", "∞", "1e400", "-1e400", "1e99999", "1e-400", "-1e-99999", "1e999999"]
    + [
        "1/0",
        "1/0.0",
        "0/0",
        "1/2/3",
        "/2",
        "2/",
        "1e",
        "e3",
        "1e+",
        "--1",
        "−−1",
        "+-1",
        "- 1",
        "-",
        ".",
        ",",
        "1e1.5",
    ]
    + [
        "0x10",
        "1j",
        "2*3",
        "١٢",
        "１",
        "½",
        "5%",
        "1\n2",
        "\0",
        "1e308/1e-308",
        "1e-308/1e308",
        "3.0f",
        "True",
        "None",
    ],
)
def test_what_is_ambiguous_or_no_finite_number_is_refused_with_a_sentence(text):
    with pytest.raises(ProjectError, match=SENTENCE):
        parse_number(text)


@pytest.mark.parametrize("text", ["1,234.5", "1.234.567", "1 000", "1'000"])
def test_thousands_separators_are_refused_by_what_is_wrong_with_them(text):
    with pytest.raises(ProjectError, match="two ways"):
        parse_number(text)


@pytest.mark.parametrize("text", ["1/1e400", "0/1e400", "1e400/1e400", "1e99999/1e99999"])
def test_a_fraction_of_enormous_numbers_is_read_or_refused_with_a_sentence(text):
    try:
        assert parse_number(text) in (0.0, 1.0)
    except ProjectError as error:
        assert str(error).endswith(".")


def test_a_fraction_of_two_tiny_numbers_does_not_claim_that_one_is_0():
    try:
        assert parse_number("1e-400/2e-400") == 0.5
    except ProjectError as error:
        assert "have 0 below" not in str(error)


@pytest.mark.parametrize("text", ["0." + "0" * 5000, "0." + "0" * 5000 + "1", "1" * 5000, "1" * 5000 + "/3"])
def test_thousands_of_digits_are_read_or_refused_with_a_sentence(text):
    try:
        assert math.isfinite(parse_number(text))
    except ProjectError as error:
        assert str(error).endswith(".")
        assert len(str(error)) < 200


@given(st.one_of(st.text(max_size=12), st.text("0123456789.,/eE+-− '_", max_size=14)))
@SMALL
def test_any_text_is_a_finite_number_or_one_sentence(text):
    try:
        assert math.isfinite(parse_number(text))
    except ProjectError as error:
        assert str(error).endswith(".")


@pytest.mark.parametrize(("text", "count"), [("1", 1), ("20", 20), ("1e3", 1000), ("12.0", 12), ("1000", 1000)])
def test_a_count_is_a_whole_number(text, count):
    assert parse_count(text, "The number of steps", 1000) == count


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "1001", "1e308", "1/3"])
def test_a_count_out_of_bounds_is_refused_by_name(text):
    with pytest.raises(ProjectError, match=r"^The number of steps must be a whole number from 1 to 1000\.$"):
        parse_count(text, "The number of steps", 1000)


# What a person sees


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (6.0, "6.00"),
        (-24.0, "−24.0"),
        (2.24, "2.24"),
        (0.0042, "0.0042"),
        (0.01, "0.01"),
        (0.5, "0.50"),
        (4.4e-4, "4.4e−4"),
        (0.0, "0"),
        (-0.0, "0"),
        (164.273, "164"),
        (123456.0, "1.23e5"),
        (999.96, "1000"),
        (0.00099996, "0.001"),
        (-1e-9, "−1e−9"),
        (5e-324, "4.94e−324"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
        (math.nan, "not a number"),
    ],
)
def test_shown_numbers_keep_three_digits(value, text):
    assert shown(value) == text


@given(FINITE, st.integers(2, 8))
@example(9.9995, 3)
@example(-99999.5, 3)
@example(9.995e-5, 3)
@SMALL
def test_shown_never_falls_to_a_bare_zero_and_stays_within_its_digits(value, digits):
    for text in (shown(value, digits), shown_plain(value, digits)):
        assert "-" not in text
        if value == 0:
            assert text == "0"
        else:
            assert any(c in "123456789" for c in text.split("e")[0])
            assert abs(as_decimal(text) - Decimal(value)) <= abs(Decimal(value)) * Decimal(5) / 10**digits


@given(FINITE)
@SMALL
def test_shown_plain_has_no_trailing_zeros(value):
    head = shown_plain(value).split("e")[0]
    assert "." not in head or head[-1] not in "0."


@pytest.mark.parametrize(("value", "text"), [(2.24, "2.24"), (0.01, "0.01"), (10.0, "10"), (1 / 28, "0.0357143")])
def test_shown_plain_by_hand(value, text):
    assert shown_plain(value) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 steps"), (1, "1 step"), (2, "2 steps"), (12000, "12,000 steps")])
def test_a_count_with_its_noun(count, text):
    assert counted(count, "step") == text


# Arithmetic that holds as it is shown

FACTORS = st.lists(
    st.one_of(st.floats(-1e6, 1e6), st.floats(-1.0, 1.0), st.integers(-9, 9).map(float)), min_size=1, max_size=4
)


def first_plan(values, result, plans, write=shown, compute=math.prod):
    """The texts of the first plan that holds, tried one after the other, as a person would; rather not by a half."""
    halves = None
    for digits, kept in plans:
        texts, text = tuple(write(value, digits) for value in values), write(result, kept)
        made = float(compute(Fraction(text.replace("−", "-")) for text in texts))
        if write(made, kept) == text:
            if {write(made * near, kept) for near in (1 - 1e-13, 1 + 1e-13)} == {text}:
                return texts, text
            halves = halves or (texts, text)
    assert halves, "no plan holds"
    return halves


@SMALL
@given(FACTORS, st.sampled_from([WIDE, NARROW]))
def test_factors_as_shown_multiply_to_the_product_as_shown(values, plans):
    texts, text = agreeing(values, math.prod(values), plans=plans)
    read = math.prod(map(parse_number, texts))
    assert any(shown(read, kept) == text == shown(math.prod(values), kept) for _, kept in plans)
    assert (texts, text) == first_plan(values, math.prod(values), plans)


@SMALL
@given(FACTORS)
def test_every_factor_is_shown_with_right_digits(values):
    texts, text = agreeing(values, math.prod(values))
    assert text == shown(math.prod(values))
    for value, each in zip(values, texts, strict=True):
        assert each in {shown(value, digits) for digits, _ in WIDE}


@SMALL
@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_sums_and_differences_as_shown_hold_too(one, other):
    for compute, result in ((sum, one + other), (lambda pair: next(pair) - next(pair), one - other)):
        texts, text = agreeing((one, other), result, compute, PLAIN, shown_plain)
        assert shown_plain(compute(map(parse_number, texts))) == text == shown_plain(result)


def test_three_digits_do_where_they_agree_and_more_are_shown_only_where_they_must():
    assert agreeing((-8.0, 3.0, 1.0), -24.0) == (("−8.00", "3.00", "1.00"), "−24.0")
    assert agreeing((1.2349, 4.5649), 1.2349 * 4.5649) == (("1.235", "4.565"), "5.64")
    assert agreeing((1.2349, 4.5649), 1.2349 * 4.5649, plans=NARROW) == (("1.235", "4.565"), "5.64")


def test_a_narrow_column_gives_up_a_digit_of_the_product_before_it_shows_many_of_the_factors():
    values = (5.2456, -9.9579, -1.0923)
    assert agreeing(values, math.prod(values)) == (("5.2456", "−9.9579", "−1.0923"), "57.1")
    assert agreeing(values, math.prod(values), plans=NARROW) == (("5.25", "−9.96", "−1.09"), "57")


@pytest.mark.parametrize("wild", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("plans", [WIDE, NARROW])
def test_numbers_without_bounds_are_shown_as_what_they_are(wild, plans):
    with_it = agreeing((1.23456, wild), 1.23456 * wild, plans=plans)
    assert with_it == (("1.23", shown(wild)), shown(1.23456 * wild))
    assert agreeing((1e200, 1e200), math.inf, plans=plans) == (("1e200", "1e200"), "∞")
    assert agreeing((2.0, 3.0), wild, plans=plans)[0] == ("2.00", "3.00")


def test_where_the_result_is_not_what_comes_of_the_values_the_first_plan_is_taken():
    assert agreeing((1.23456, 2.0), 99.0) == (("1.23", "2.00"), "99.0")


def test_numbers_whose_arithmetic_overflows_raise_nothing():
    powers = agreeing((1e308, 2.0), 1e308, lambda pair: next(iter(pair)) ** 2.0)
    assert powers == (("1e308", "2.00"), "1e308")


def test_negative_factors_stand_in_brackets():
    assert [bracketed(text) for text in ("2.00", "−8.00", "0", "4.4e−4")] == ["2.00", "(−8.00)", "0", "4.4e−4"]
    assert times(("2.00", "−8.00", "1.00")) == "2.00 × (−8.00) × 1.00"
    assert times(("−16.0",)) == "(−16.0)"


@pytest.mark.parametrize("text", ["1,000", "1.000", " 12.500 ", "1,000,000", "2'000", "3 000"])
def test_a_count_that_could_be_a_thousand_or_a_one_is_refused(text):
    with pytest.raises(ProjectError, match="could be read in two ways; type it without thousands separators"):
        parse_count(text, "The batch size", 10**9)
    assert parse_count("1000", "The batch size", 10**9) == parse_count("1e3", "The batch size", 10**9) == 1000
