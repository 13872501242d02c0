"""The reader of arithmetic itself: it computes what a calculator does, and finds what is off."""

from decimal import Decimal

import pytest

from .openings import statements_of
from .sums import equations_of, is_cut, is_rounded, number_of, value_of
from .texts import Row

HOLD = (
    "velocity = 0.9 × (−21.96) + 16 = −3.76",
    "new = 2 − 0.01 × (−24) at its turn = 2.24",
    "new = 0.5 − 0.25 by Adam = 0.25",
    "accumulated squares = 4.198 + 0.1167² = 4.212",
    "value of hidden 12 = tanh of 0.44 = 0.414",
    "value of hidden 1 = Leaky ReLU of (−1.07) = −0.0107",
    "slope ÷ √squares = 2 ÷ (√4 + ε) = 1",
    "sum of the squared inputs = 29, so the edge is 1 ÷ 29 = 0.0345",
    "loss = ½ × 3² = 4.5",
    "example 2 = (−1.21)² = 1.46",
    "(−0.5)×2.00×1.00 + (−0.25) = −1.25",
    "2.5e−200 × 4e−200 = 1e−399",
    "mean = (3 + (−4)) ÷ 2 = −0.5",
    "a = 1,234 + 1 = 1235",
)
OFF = (
    "velocity = 0.9 × (−21.96) + 16 = −3.757",
    "value of hidden 1 = tanh of 0.44 = 0.417",
    "loss = 2 × 3 = 6 = 7",
    "mean 0.43 + 0.052 = 0.483",
    "example 1 = (−1.21)² = 1.47",
    "1.5 × 2 = 2",
    "2.00 × 0.30 = −0.60",
)
WORDS = (
    "loss (prediction − target)² = 2.25",
    "mean square over 120 examples = 0.5",
    "value of input 2 = given = 5.00",
    "slope of loss at prediction = 2 × error = 3.00",
    "slope of loss at prediction = the error, kept within ±1 ÷ 2 outputs = 0.386",
    "1 + 2 + … = 7",
    "change = −rate × slope",
    "new = ?",
)


def verdicts(text):
    return {finding.verdict for finding in equations_of(text, {"ε": Decimal("1e-8")})}


@pytest.mark.parametrize("text", HOLD)
def test_what_holds_is_found_to_hold(text):
    assert verdicts(text) == {"holds"}


@pytest.mark.parametrize("text", OFF)
def test_what_is_off_is_found(text):
    assert "off" in verdicts(text)


@pytest.mark.parametrize("text", WORDS)
def test_words_are_no_arithmetic(text):
    assert verdicts(text) == {"words"}


def test_names_are_told():
    assert value_of("½ × error² + 1", {"error": Decimal(2)}) == 3


@pytest.mark.parametrize(
    ("value", "text", "holds"),
    [("2.245", "2.24", True), ("2.245", "2.25", True), ("2.2451", "2.24", False), ("2.004", "2", True),
     ("2.006", "2", False), ("0", "0", True), ("1e-9", "0", False), ("123456", "1.23e5", True), ("1e400", "∞", True)],
)  # fmt: skip
def test_a_result_is_rounded_at_its_last_digit_and_has_three(value, text, holds):
    assert is_rounded(Decimal(value), text) == holds


def test_a_number_is_read_as_it_is_shown():
    assert [number_of(text) for text in ("−4.4e−4", "1,000", "½")] == [Decimal("-0.00044"), 1000, Decimal("0.5")]


@pytest.mark.parametrize("text", ["−2.315…", "0.9 × 0.0…", "9…", "weight input 1…den 2", "1e…", "(−0.18…"])
def test_a_number_that_is_cut_is_found(text):
    assert is_cut(text)


@pytest.mark.parametrize("text", ["value…put 1", "0.9 × …", "[1, 2, …]", "weight inpu…n 3", "0.25"])
def test_a_number_that_is_whole_is_left_alone(text):
    assert not is_cut(text)


def opened(*rows):
    made = [Row(key, *texts) for key, texts in rows]
    return {(told.kind, told.finding.verdict) for told in statements_of(made, {})}


def test_an_opened_sum_is_added_up():
    terms = [((1, 1), ("input 1", "0.50 × 2.00", "1.00")), ((1, 2), ("bias", "given", "0.30"))]
    assert ("opened: sum", "holds") in opened(((1,), ("value of hidden 1", "sum", "1.30")), *terms)
    assert ("opened: sum", "off") in opened(((1,), ("value of hidden 1", "sum", "1.31")), *terms)
    assert ("opened: sum inside g", "off") in opened(((1,), ("value of hidden 1", "tanh of 1.31", "0.864")), *terms)


def test_a_loss_is_the_mean_of_its_examples_and_the_penalty():
    parts = [((1, 1), ("example 1", "", "1.00")), ((1, 2), ("example 2", "", "2.00"))]
    parts.append(((1, 3), ("penalty for large weights", "not part of the mean", "0.10")))
    for text, verdict in (("1.60", "holds"), ("1.61", "off")):
        loss = (1,), ("loss", "mean over 2 examples + penalty", text)
        assert ("opened: mean over examples + penalty", verdict) in opened(loss, *parts)


def test_the_factors_of_a_line_are_what_it_opens_into():
    row = (1,), ("input 1", "0.50 × 2.00", "1.00")
    parts = [((1, 1), ("weight input 1 → hidden 1", "given", "0.50")), ((1, 2), ("value of input 1", "given", "2.01"))]
    assert ("opened: the same factors", "off") in opened(row, *parts)


def test_a_slope_of_an_activation_is_computed():
    assert ("slope of g at x", "holds") in opened(((1,), ("slope of tanh at 0.44", "", "0.829")))
    assert ("slope of g at x", "off") in opened(((1,), ("slope of tanh at 0.44", "", "0.826")))
