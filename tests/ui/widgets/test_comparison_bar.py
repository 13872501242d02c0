"""All weights at once beside one at a time: 2.5 beside 2.788 on the lecture's example."""

from itertools import pairwise

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from gdstudio.app.studio import Studio
from gdstudio.document.examples import load_example
from gdstudio.teaching.together import compare
from gdstudio.ui.widgets.card import ElidedLabel
from gdstudio.ui.widgets.comparison_bar import ComparisonBar


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


@pytest.fixture
def bar(shown_alone) -> ComparisonBar:
    made = ComparisonBar()
    shown_alone(made, 900, 50)
    return made


def lines(bar: ComparisonBar) -> list[list[str]]:
    names = ("together", "oneAtATime")
    return [[bar.findChild(ElidedLabel, f"{name}Label{n or ''}").text() for n in range(4)] for name in names]


def test_the_lecture_s_two_ways_stand_below_each_other(bar):
    bar.show_comparison(compare(load_example("two-weights")).shown)
    assert lines(bar) == [
        ["all at once", "weights [0.7, 1.6]", "error 2.5", "loss 6.25"],
        ["one at a time", "weights [0.7, 1.672]", "error 2.788", "loss 7.773"],
    ]


def test_it_says_both_to_screen_readers(bar):
    bar.show_comparison(compare(load_example("two-weights")).shown)
    name = bar.accessibleName()
    assert name.index("error 2.5,") < name.index("error 2.788")


def test_many_weights_and_many_examples_leave_out_what_has_no_room_or_no_single_value(bar):
    bar.show_comparison(compare(load_example("xor")).shown)
    for label, weights, error, loss in lines(bar):
        assert label
        assert (weights, error) == ("", "")
        assert loss.startswith("loss ")


def test_nothing_to_compare_hides_it(bar):
    bar.show_comparison(compare(load_example("two-weights")).shown)
    assert bar.isVisible()
    bar.show_comparison(None)
    assert not bar.isVisible()


def test_the_same_numbers_stand_below_each_other(bar):
    bar.show_comparison(compare(load_example("two-weights")).shown)
    QApplication.processEvents()
    rows = [[label.geometry() for label in row] for row in bar._rows]
    for above, below in zip(*rows, strict=True):
        assert above.left() == below.left()
        assert above.bottom() < below.top()
    for row in rows:
        for left, right in pairwise(row):
            assert left.right() < right.left()


# Through the window.


def test_in_the_window_the_switch_brings_both_and_is_undone(opened):
    studio = opened("two-weights")
    window, action = studio.window, studio.window.actions_by_name["sequentialAction"]
    assert not window.comparison_bar.isVisible()
    action.trigger()
    assert window.comparison_bar.isVisible()
    assert [row[2] for row in lines(window.comparison_bar)] == ["error 2.5", "error 2.788"]
    assert window.canvas.geometry().bottom() < window.comparison_bar.geometry().top()
    action.trigger()
    assert not window.comparison_bar.isVisible()
    studio.session.undo_stack.undo()
    assert action.isChecked()
    assert window.comparison_bar.isVisible()
    assert studio.session.undo_stack.count() == 2


def test_what_it_says_of_one_at_a_time_is_what_the_step_does(opened):
    studio = opened("two-weights")
    studio.window.actions_by_name["sequentialAction"].trigger()
    studio.player.step()
    assert studio.session.viewed.parameters.tolist() == pytest.approx([0.7, 1.672], rel=1e-12)
    studio.player.back()
    studio.window.actions_by_name["sequentialAction"].trigger()
    studio.player.step()
    assert studio.session.viewed.parameters.tolist() == pytest.approx([0.7, 1.6], rel=1e-12)


def test_after_the_step_it_still_shows_the_step_that_was_taken(opened):
    studio = opened("two-weights")
    bar = studio.window.comparison_bar
    studio.window.actions_by_name["sequentialAction"].trigger()
    assert bar.findChild(QLabel, "comparedStep").text() == "Next step"
    studio.player.step()
    assert bar.findChild(QLabel, "comparedStep").text() == "Last step"
    assert [row[2] for row in lines(bar)] == ["error 2.5", "error 2.788"]
    assert bar.accessibleName().startswith("Last step. ")
    studio.session.set_parameter(0, 3.0)
    assert bar.findChild(QLabel, "comparedStep").text() == "Next step"


def test_it_follows_the_rate_and_another_document(opened):
    studio = opened("two-weights")
    studio.window.actions_by_name["sequentialAction"].trigger()
    before = lines(studio.window.comparison_bar)
    studio.session.set_learning_rate(0.02)
    assert lines(studio.window.comparison_bar) != before
    assert lines(studio.window.comparison_bar)[0][2] == "error 0"
    opened("xor")
    assert not studio.window.comparison_bar.isVisible()
    assert not studio.window.actions_by_name["sequentialAction"].isChecked()


def test_its_words_are_whole_in_a_usual_window(opened):
    studio = opened("two-weights")
    studio.window.actions_by_name["sequentialAction"].trigger()
    for size in ((1110, 600), (1440, 900)):
        studio.window.resize(*size)
        studio.window.arrange()
        for _ in range(4):
            QApplication.processEvents()
        for label in studio.window.comparison_bar.findChildren(QLabel):
            assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width(), (size, label.text())
