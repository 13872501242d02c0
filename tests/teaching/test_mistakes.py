"""The named mistakes with what lessons ask for, by hand on the lecture's numbers, and only where they hold."""

import pytest

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.teaching.mistakes import has_factor_two, mistakes_with
from gdstudio.teaching.orders import QUANTITIES, read_phrase
from gdstudio.teaching.picture import picture_of


def named(project, quantity: str) -> dict[float, str]:
    return {round(m.value, 6): m.name for m in mistakes_with(picture_of(project), read_phrase(quantity, QUANTITIES))}


@pytest.mark.parametrize(
    ("quantity", "value", "words"),
    [
        ("next weight 1", 0.24, "change is given"), ("next weight 1", -0.24, "change is given"),
        ("next weight 1", 1.76, "added instead"), ("next weight 1", 26.0, "learning rate is forgotten"),
        ("next weight 1", 2.12, "factor 2"), ("slope 1", -12.0, "factor 2"), ("slope 1", 24.0, "sign"),
        ("slope 1", -8.0, "② is missing"), ("error", 4.0, "sign"), ("error", 16.0, "squared"),
        ("node slope 1 1", -4.0, "factor 2"), ("loss", -4.0, "not squared"), ("next error", -4.0, "nothing has moved"),
        ("change 1", 2.24, "new weight is given"),
    ],
)  # fmt: skip
def test_the_lecture_s_mistakes_have_their_names(quantity, value, words):
    assert words in named(load_example("one-weight"), quantity)[value]


def test_one_after_the_other_is_named_for_the_lecture_s_two_weights():
    assert "one at a time" in named(load_example("two-weights"), "next error")[2.788]


def test_the_factor_2_is_named_only_where_there_is_one():
    plain = load_example("one-weight")
    assert has_factor_two(picture_of(plain))
    for other in (
        edits.set_loss(plain, "half_mse"), edits.set_optimizer(plain, "adam"), edits.set_penalty(plain, "l2", 0.1),
    ):  # fmt: skip
        assert not has_factor_two(picture_of(other))
        assert not any("factor 2" in name for name in named(other, "next weight 1").values())


def test_what_nothing_is_known_of_has_no_mistakes():
    assert named(load_example("xor"), "parameters") == {}
    assert named(load_example("xor"), "loss") == {}
