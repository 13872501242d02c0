import pytest

from gdstudio.document import edits
from gdstudio.document.project import NodeRef, ParameterRef, TargetRef
from gdstudio.engine import Place
from gdstudio.session.stage import Stage
from gdstudio.teaching.picture import picture_of
from gdstudio.teaching.slices import POINTS, room_of


@pytest.fixture
def stage_on(qapp, by):
    """A stage on a project, with everything that it says."""

    def open_stage(project):
        stage = Stage(project)
        stage.heard = {
            name: by.heard(getattr(stage, f"{name}_changed")) for name in ("selection", "example", "explanation")
        }
        return stage

    return open_stage


def test_at_first_the_first_weight_and_the_first_example_are_looked_at(stage_on, by):
    stage = stage_on(by.project("xor"))
    assert (stage.selection, stage.example) == (ParameterRef(0), 0)


@pytest.mark.parametrize("ref", [ParameterRef(3), NodeRef(0, 1), TargetRef(0), None])
def test_selecting_says_so_once(stage_on, by, ref):
    stage = stage_on(by.project("xor"))
    stage.select(ref)
    stage.select(ref)
    assert stage.heard["selection"] == [ref]
    assert stage.selection == ref


def test_the_first_weight_is_not_mistaken_for_the_first_target(stage_on, by):
    stage = stage_on(by.project("xor"))
    stage.select(TargetRef(0))
    stage.select(ParameterRef(0))
    assert stage.heard["selection"] == [TargetRef(0), ParameterRef(0)]


def test_showing_an_example_or_the_mean_says_so_once(stage_on, by):
    stage = stage_on(by.project("xor"))
    for example in (0, 2, 2, None, None, 0):
        stage.show_example(example)
    assert stage.heard["example"] == [2, None, 0]


@pytest.mark.parametrize(
    ("ref", "edit", "kept"),
    [
        (ParameterRef(11), lambda project: edits.remove_node(project, NodeRef(1, 2)), False),
        (ParameterRef(1), lambda project: edits.remove_node(project, NodeRef(1, 2)), True),
        (ParameterRef(12), lambda project: edits.set_bias(project, False), False),
        (NodeRef(1, 2), lambda project: edits.remove_node(project, NodeRef(1, 2)), False),
        (NodeRef(1, 1), lambda project: edits.remove_node(project, NodeRef(1, 2)), True),
        (NodeRef(2, 0), lambda project: edits.remove_layer(project, 1), False),
        (NodeRef(2, 0), lambda project: edits.add_layer(project, 1), True),
        (TargetRef(0), lambda project: edits.remove_layer(project, 1), True),
        (ParameterRef(12), lambda project: edits.set_learning_rate(project, 0.5), True),
        (None, lambda project: edits.remove_layer(project, 1), True),
    ],
)
def test_a_selection_is_kept_while_it_exists_and_else_falls_back_to_the_first_weight(stage_on, by, ref, edit, kept):
    project = by.project("xor")
    stage = stage_on(project)
    stage.select(ref)
    stage.follow(edit(project))
    assert stage.selection == (ref if kept else ParameterRef(0))
    assert len(stage.heard["selection"]) == (1 if kept else 2)


@pytest.mark.parametrize(
    "edit",
    [
        lambda project: edits.add_node(project, 1),
        lambda project: edits.add_node(project, 0),
        lambda project: edits.remove_node(project, NodeRef(1, 2)),
        lambda project: edits.set_bias(project, False),
    ],
    ids=["wider", "another input", "narrower", "no biases"],
)
def test_the_selected_weight_is_still_the_same_connection_when_others_come_or_go(stage_on, by, edit):
    """Input 2 to hidden 1, whose place in the flat vector moves with the sizes of the layers."""
    project = by.project("xor")
    stage = stage_on(project)
    place = Place(1, 1, 0)
    stage.select(ParameterRef(project.network.index(place)))
    changed = edit(project)
    stage.follow(changed)
    assert changed.network.places[stage.selection.index] == place


def test_a_removed_target_is_no_longer_selected(stage_on, by):
    project = by.project("xor")
    wide = edits.add_node(project, 2)
    stage = stage_on(wide)
    stage.select(TargetRef(1))
    stage.follow(project)
    assert stage.selection == ParameterRef(0)


def test_an_example_is_kept_while_it_exists_and_else_the_first_is_shown(stage_on, by):
    noisy, rings, line = by.project("noisy-line"), by.project("two-rings"), by.project("one-weight")
    stage = stage_on(rings)
    stage.show_example(20)
    stage.follow(noisy)
    assert stage.example == 20
    stage.follow(line)
    assert stage.example == 0
    assert stage.heard["example"] == [20, 0]


def test_the_mean_is_shown_on_while_there_is_more_than_one_example(stage_on, by):
    stage = stage_on(by.project("two-rings"))
    stage.show_example(None)
    stage.follow(by.project("noisy-line"))
    assert stage.example is None
    stage.follow(by.project("one-weight"))
    assert stage.example == 0


def test_a_slope_is_explained_anew_only_when_picture_selection_example_or_measuring_changed(stage_on, by):
    project = by.project("hidden-layer")
    stage = stage_on(project)
    heard = stage.heard["explanation"]
    before = picture_of(project)
    after = picture_of(edits.set_parameter(project, 0, 5.0))
    stage.examine(before)
    for _ in range(5):
        stage.examine(before)
    assert len(heard) == 1
    stage.examine(after)
    assert len(heard) == 2
    stage.select(ParameterRef(4))
    assert [explanation.index for explanation in heard] == [0, 0, 4]
    stage.set_running(False)
    stage.select(NodeRef(0, 0))
    assert len(heard) == 3
    stage.select(ParameterRef(4))
    assert len(heard) == 4  # after a node's value, the slope once more
    stage.set_running(True)
    stage.set_running(True)
    stage.set_running(False)
    assert [explanation.measured is None for explanation in heard] == [False, False, False, False, True, False]


def test_the_slope_is_explained_for_the_shown_example_and_for_the_mean_over_all(stage_on, by):
    project = by.project("xor")
    stage = stage_on(project)
    stage.examine(picture_of(project))
    for example in (0, 2, 2, None, 3):
        stage.show_example(example)
    assert [explanation.example for explanation in stage.heard["explanation"]] == [0, 2, None, 3]
    assert [each.traces[1].text for each in stage.heard["explanation"]] == ["0", "1.00", "0.50", "1.00"]


def test_a_target_that_is_selected_has_its_loss_explained(stage_on, by):
    project = by.project("xor")
    stage = stage_on(project)
    explained = by.heard(stage.node_explained)
    stage.examine(picture_of(project))
    stage.select(TargetRef(0))
    assert [(each.ref, each.caption) for each in explained] == [(TargetRef(0), "Why this loss")]
    stage.select(NodeRef(1, 1))
    assert (explained[-1].ref, explained[-1].caption) == (NodeRef(1, 1), "Why this value")


def test_what_is_pointed_at_is_passed_on_and_another_selection_points_at_nothing(stage_on, by):
    project = by.project("xor")
    stage = stage_on(project)
    pointed = by.heard(stage.pointed)
    stage.examine(picture_of(project))
    trace = stage.heard["explanation"][-1].traces[1]
    stage.point_at(trace)
    stage.select(NodeRef(1, 1))
    stage.point_at(None)
    assert pointed == [trace, None, None]


def test_the_explanation_is_of_the_picture_on_screen(stage_on, by):
    project = by.project("hidden-layer")
    stage = stage_on(project)
    picture = picture_of(edits.set_parameter(project, 0, 5.0))
    stage.examine(picture)
    assert stage.heard["explanation"][-1].slope == picture.gradient[0]


def test_a_weight_that_the_picture_does_not_have_yet_is_not_explained(stage_on, by):
    project = by.project("one-weight")
    stage = stage_on(project)
    stage.examine(picture_of(project))
    stage.select(ParameterRef(1))
    assert len(stage.heard["explanation"]) == 1


def test_nothing_is_explained_before_anything_is_shown(stage_on, by):
    stage = stage_on(by.project("xor"))
    stage.select(ParameterRef(2))
    stage.set_running(True)
    assert stage.heard["explanation"] == []


def test_opening_a_smaller_network_while_a_player_shows_it_explains_its_first_weight(player_on, stage_on, by):
    """Connected as in the window: the player's picture comes before the stage follows."""
    on = player_on("two-rings")
    stage = stage_on(on.session.project)
    on.session.viewed_changed.connect(stage.follow)
    on.player.examined.connect(stage.examine)
    on.player.refresh()
    stage.select(ParameterRef(40))
    stage.show_example(100)
    on.session.open(by.project("one-weight"), None)
    assert (stage.selection, stage.example) == (ParameterRef(0), 0)
    last = stage.heard["explanation"][-1]
    assert (last.index, last.slope) == (0, -24.0)


def test_a_picture_of_fewer_examples_that_comes_before_the_stage_follows_is_explained(stage_on, by):
    stage = stage_on(by.project("xor"))
    stage.select(TargetRef(0))
    stage.show_example(3)
    heard = by.heard(stage.node_explained)
    stage.examine(picture_of(by.project("hidden-layer")))
    assert len(heard) == 1


def test_while_something_is_dragged_the_axis_of_the_slice_stays_and_after_it_is_drawn_anew(stage_on, by):
    stage = stage_on(by.project("one-weight"))
    heard = by.heard(stage.slice_changed)
    at = [picture_of(edits.set_parameter(by.project("one-weight"), 0, value)) for value in (3.0, 3.3, 3.33, 300.0)]
    ends = []
    stage.cut(at[0])
    stage.set_hurry(True)
    for picture in at:
        stage.cut(picture)
        ends.append((heard[-1].values[0], heard[-1].values[-1]))
        assert heard[-1].value == picture.parameters[0]
    first, *others = ends
    assert others[:2] == [first, first]
    assert others[2] != first
    assert others[2][0] < 300.0 < others[2][1]
    stage.cut(at[2])
    stage.set_hurry(False)
    assert (heard[-1].values[0], heard[-1].values[-1]) == room_of(at[2], 0)
    assert len(heard[-1].values) == POINTS


@pytest.mark.parametrize(("what", "signal"), [("slice", "slice_changed"), ("fit", "fit_changed")])
def test_what_cannot_be_seen_is_computed_when_it_is_seen_again(stage_on, by, what, signal):
    stage = stage_on(by.project("xor"))
    heard = by.heard(getattr(stage, signal))
    stage.set_seen(what, False)
    picture = picture_of(by.project("xor"))
    stage.cut(picture)
    stage.survey(picture)
    stage.set_seen("surface", True)  # not the stage's
    assert heard == []
    stage.set_seen(what, True)
    assert len(heard) == 1
    stage.cut(picture)
    stage.survey(picture)
    assert len(heard) == 1
