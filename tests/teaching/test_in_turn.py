"""A step in which weights move one after the other, as it is shown."""

import numpy as np
import pytest

from gdstudio.document import edits
from gdstudio.document.examples import load_example
from gdstudio.engine import train
from gdstudio.teaching.choreography import PHASE_NAMES, PHASES, Phase, frame_at, phase_name, still_frame
from gdstudio.teaching.picture import picture_of


def pictures(key: str = "hidden-layer", *, in_turn: bool = True):
    project = edits.set_one_at_a_time(load_example(key), in_turn)
    state = train(project.recipe, project.state, project.data.x, project.data.y, 1).state
    return picture_of(project), picture_of(edits.descended(project, state))


@pytest.mark.parametrize("time", [0.0, 0.3, 1.0, 2.5, 3.0, 3.75])
def test_a_frame_knows_its_time_and_one_at_rest_has_none(time):
    before, after = pictures()
    assert frame_at(before, after, time).time == time
    assert still_frame(before).time == frame_at(before, after, 4.0).time == 0.0


def test_each_weight_moves_in_its_own_share_of_the_update():
    before, after = pictures()
    count = len(before.parameters)
    for turn in range(count + 1):
        shown = frame_at(before, after, 3.0 + min(turn / count, 1.0 - 1e-12)).parameters
        assert shown[:turn] == pytest.approx(after.parameters[:turn], rel=1e-9)
        assert shown[turn + 1 :].tolist() == before.parameters[turn + 1 :].tolist()
        if turn < count:
            assert shown[turn] == pytest.approx(before.parameters[turn], rel=1e-9)


def test_in_the_middle_of_its_turn_a_weight_is_halfway_and_the_others_stand():
    before, after = pictures()
    count = len(before.parameters)
    for turn in range(count):
        shown = frame_at(before, after, 3.0 + (turn + 0.5) / count).parameters
        halfway = (before.parameters[turn] + after.parameters[turn]) / 2.0
        assert shown[turn] == pytest.approx(halfway)
        assert shown[:turn].tolist() == pytest.approx(after.parameters[:turn].tolist(), rel=1e-12)
        assert shown[turn + 1 :].tolist() == before.parameters[turn + 1 :].tolist()


def test_all_at_once_every_weight_is_halfway_in_the_middle():
    before, after = pictures(in_turn=False)
    assert frame_at(before, after, 3.5).parameters == pytest.approx((before.parameters + after.parameters) / 2.0)


def test_the_lecture_s_two_weights_are_at_0_7_before_the_second_moves():
    before, after = pictures("two-weights")
    assert after.parameters == pytest.approx([0.7, 1.672])
    assert frame_at(before, after, 3.5).parameters == pytest.approx([0.7, 2.0])
    assert before.slopes_used == pytest.approx([30.0, 32.8])


def test_every_phase_has_its_words_and_an_update_in_turn_has_others():
    for in_turn in (True, False):
        before, after = pictures(in_turn=in_turn)
        words = [phase_name(frame_at(before, after, float(phase))) for phase in Phase]
        assert words[:3] == [PHASE_NAMES[phase] for phase in Phase][:3]
        expected = "one weight after the other" if in_turn else "all weights move at once"
        assert expected in words[3]
        assert words[3].startswith("update: ")
        assert phase_name(still_frame(before)) == phase_name(frame_at(before, after, PHASES)) == ""


def test_a_locked_weight_stands_through_its_turn():
    project = edits.set_locked(edits.set_one_at_a_time(load_example("two-weights"), True), 0, True)
    state = train(project.recipe, project.state, project.data.x, project.data.y, 1).state
    before, after = picture_of(project), picture_of(edits.descended(project, state))
    for time in np.linspace(3.0, 3.999, 9):
        assert frame_at(before, after, float(time)).parameters[0] == 1.0
