import pytest

from gdstudio.teaching.practice import Level
from gdstudio.teaching.practice_view import Progress, read_progress, write_progress


def test_nothing_is_begun_at_first():
    assert Progress() == Progress({}, {}, {})
    assert Progress().line(Level.ERROR) == "0 solved"


def test_what_is_solved_is_counted_by_level_and_apart_from_what_needed_no_help():
    progress = Progress()
    for alone in (True, False, True):
        progress = progress.with_asked(Level.ERROR).after(Level.ERROR, alone=alone)
    progress = progress.with_asked(Level.BUG).after(Level.BUG, alone=False).with_asked(Level.BUG)
    assert progress == Progress({"ERROR": 3, "BUG": 1}, {"ERROR": 2}, {"ERROR": 3, "BUG": 2})
    assert progress.line(Level.ERROR) == "3 solved (2 on the first try)"
    assert progress.line(Level.BUG) == "1 solved (0 on the first try)"
    assert progress.line(Level.UPDATE) == "0 solved"


def test_counting_leaves_the_progress_before_as_it_was():
    before = Progress({"ERROR": 1}, {}, {"ERROR": 1})
    before.with_asked(Level.ERROR)
    before.after(Level.ERROR, alone=True)
    assert before == Progress({"ERROR": 1}, {}, {"ERROR": 1})


def test_a_progress_is_written_and_read_back():
    progress = Progress({"ERROR": 3, "BUG": 0}, {"ERROR": 2, "BUG": 0}, {"ERROR": 4, "BUG": 12})
    assert write_progress(progress) == "ERROR 3 2 4, BUG 0 0 12"
    assert read_progress(write_progress(progress)) == progress
    assert read_progress(write_progress(Progress())) == Progress()


@pytest.mark.parametrize(
    "text",
    ["", "banana", ",,,", "ERROR", "ERROR 1 2", "ERROR 1 2 3 4", "ERROR a b c", "ERROR -1 0 1", "NONE 1 1 1",
     "ERROR 1.5 0 1", "error 1 1 1", "ERROR 9999999999 1 1", "@Invalid()", "\x00"],
)  # fmt: skip
def test_what_is_damaged_counts_as_not_begun(text):
    assert read_progress(text) == Progress()


def test_damage_at_one_level_leaves_the_others():
    assert read_progress("ERROR 3 2 4, BUG x 0 1, UPDATE 1 1 1") == Progress(
        {"ERROR": 3, "UPDATE": 1}, {"ERROR": 2, "UPDATE": 1}, {"ERROR": 4, "UPDATE": 1}
    )


@pytest.mark.parametrize("digits", ["²", "①", "٣"])
def test_digits_that_are_none_to_us_do_no_harm(digits):
    read_progress(f"ERROR {digits} 0 1")
