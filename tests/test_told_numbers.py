"""The reader of claims itself: what it finds in a sentence, and that it finds a false one."""

import pytest


@pytest.mark.parametrize(
    ("text", "equations"),
    [
        ("Right: 2 − 0.01 × (−24) = 2.24.", [("2 - 0.01 * ( - 24 ) = 2.24", True)]),
        ("Right: 11 − 6 = 5.", [("11 - 6 = 5", True)]),
        ("Right: 11 − 6 = 2.5.", [("11 - 6 = 2.5", False)]),
        ("0.7 × 3 + 1.6 × 4 = 8.5, and 8.5 − 6 = 2.5.", [
            ("0.7 * 3 + 1.6 * 4 = 8.5", True), ("8.5 - 6 = 2.5", True),
        ]),
        ("Right: (1/9 + 0 + 4/9 + 1/9) / 4 = 1/6. Compare", [("( 1 / 9 + 0 + 4 / 9 + 1 / 9 ) / 4 = 1 / 6", True)]),
        ("5.04 × 0.72 = 3.63: each", [("5.04 * 0.72 = 3.63", True)]),
        ("5.04 × 0.72 = 3.64: each", [("5.04 * 0.72 = 3.64", False)]),
        ("loss = (−2)² = 4", [("( - 2 ) **2 = 4", True)]),
        ("change = −rate × velocity, 7, −7", []),
        ("a slope of −24 and 81,100", []),
        ("0.9 × (−21.96) + 16 = −3.757", [("0.9 * ( - 21.96 ) + 16 = - 3.757", False)]),
    ],
)  # fmt: skip
def test_equations_are_found_and_judged(claims, text, equations):
    assert [(found.replace("** 2", "**2"), is_true) for found, is_true in claims.equations(text)] == equations
    assert len(claims.false(text)) == sum(not is_true for _, is_true in equations)


@pytest.mark.parametrize(
    ("text", "value", "is_named"),
    [
        ("Right: −24. A negative slope.", -24.0, True),
        ("Right: −24. A negative slope.", 24.0, False),
        ("Right: 1/9. At half of it", 1 / 9, True),
        ("Right: 1/9. At half of it", 0.12, False),
        ("Right: about 9.63e−5, a", 9.62711e-5, True),
        ("about 2.5e−5.", 2.465e-5, True),
        ("so 11 steps; 10 epochs", 11.0, True),
        ("= 3.63: each", 3.6288, True),
        ("= 3.63: each", 3.62, False),
    ],
)
def test_a_number_is_found_at_the_digits_it_is_shown_with(claims, text, value, is_named):
    assert claims.names(text, value) is is_named
