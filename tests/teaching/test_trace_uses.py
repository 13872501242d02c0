"""What a number is used for, and under which name a weight's slope stands there."""

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.trace_uses import uses_of


def names(project, ref, example) -> list[str]:
    return [trace.name for trace in uses_of(picture_of(project), ref, example).open()]


def slopes(project, example) -> list[str]:
    return [name for name in names(project, NodeRef(0, 0), example) if name.startswith("slope of ") and "→" in name]


def test_with_one_example_the_slope_is_that_of_the_chip():
    assert slopes(load_example("one-weight"), 0) == ["slope of input 1 → prediction"]


def test_the_slope_of_one_example_of_several_is_named_so():
    assert slopes(load_example("xor"), 2)[0].endswith(", example 3 alone")
    assert slopes(load_example("xor"), None)[0].endswith("hidden 1")


def test_a_mean_over_all_beside_a_batch_and_a_slope_without_the_penalty_are_named_so():
    project = edits.set_penalty(edits.set_batch_size(load_example("noisy-line"), 4), "l2", 0.1)
    assert slopes(project, None) == ["slope of x → prediction, over all examples, without the penalty"]
    assert slopes(project, 1) == ["slope of x → prediction, example 2 alone, without the penalty"]


def test_a_target_is_used_by_the_error_and_the_loss_and_a_weight_by_the_penalty():
    assert names(load_example("one-weight"), TargetRef(0), 0) == ["error", "loss"]
    assert "penalty for large weights" in names(
        edits.set_penalty(load_example("one-weight"), "l1", 0.1), ParameterRef(0), 0
    )
