"""The speeds go from one phase at a time up to flat out, and each says what it is."""

import math
from itertools import pairwise

from gdstudio.session.speeds import DEFAULT_SPEED, SPEEDS


def test_only_the_first_shows_one_phase_at_a_time():
    assert [speed.phases for speed in SPEEDS] == [True] + [False] * (len(SPEEDS) - 1)


def test_each_is_faster_than_the_one_before():
    assert all(one.steps < other.steps for one, other in pairwise(SPEEDS[1:]))
    assert math.isinf(SPEEDS[-1].steps)


def test_a_step_is_animated_where_an_eye_can_follow():
    assert [speed.label for speed in SPEEDS if not speed.animates] == [
        "30 steps/s", "100 steps/s", "1,000 steps/s", "flat out",
    ]  # fmt: skip


def test_at_first_a_step_takes_a_second():
    assert SPEEDS[DEFAULT_SPEED].label == "1 step/s"
    assert SPEEDS[DEFAULT_SPEED].steps == 1.0


def test_a_label_says_how_many_steps_a_second():
    for speed in SPEEDS[1:-1]:
        steps, _, seconds = speed.label.replace(",", "").partition(" step")
        per = seconds.split(" in ")[-1].removesuffix(" s") if " in " in seconds else "1"
        assert float(steps) / float(per) == speed.steps
