import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdstudio.document.edits import descended
from gdstudio.engine import train_step
from gdstudio.teaching.choreography import PHASE_NAMES, PHASES, Phase, frame_at, still_frame
from gdstudio.teaching.picture import picture_of

SMALL = {"derandomize": True, "deadline": None, "database": None, "max_examples": 100}
ALMOST = 1.0 - 1e-9


@pytest.fixture(scope="module")
def step(explained):
    """The pictures before and after a step of 2-6-4-1, whose last layer is 3."""
    project = explained("two-rings")
    state, _ = train_step(project.recipe, project.state, project.data.x, project.data.y)
    return picture_of(project), picture_of(descended(project, state))


def shown(frame) -> tuple:
    """All that a frame says, to be compared."""
    return (
        frame.picture, frame.phase, frame.parameters.tobytes(), frame.gradient.tobytes(), frame.values_until,
        frame.slopes_from, frame.shows_error, frame.wave,
    )  # fmt: skip


BOUNDARIES = [
    # time, phase, values until, slopes from, shows error, wave
    (-1.0, Phase.FORWARD, 0.0, 4.0, False, 0.0),
    (0.0, Phase.FORWARD, 0.0, 4.0, False, 0.0),
    (0.5, Phase.FORWARD, 1.5, 4.0, False, 1.5),
    (ALMOST, Phase.FORWARD, 3.0, 4.0, False, 3.0),
    (1.0, Phase.ERROR, 3.0, 4.0, True, None),
    (2.0, Phase.BACKWARD, 3.0, 3.0, True, 3.0),
    (2.5, Phase.BACKWARD, 3.0, 1.5, True, 1.5),
    (2.0 + ALMOST, Phase.BACKWARD, 3.0, 0.0, True, 0.0),
    (3.0, Phase.UPDATE, 3.0, 0.0, True, None),
    (3.5, Phase.UPDATE, 3.0, 0.0, True, None),
]


@pytest.mark.parametrize(("time", "phase", "until", "slopes", "error", "wave"), BOUNDARIES)
def test_what_is_on_screen_at_the_turns_of_a_step(step, time, phase, until, slopes, error, wave):
    before, after = step
    frame = frame_at(before, after, time)
    assert frame.picture is before
    assert frame.phase is phase
    assert (frame.values_until, frame.slopes_from) == pytest.approx((until, slopes), abs=1e-6)
    assert frame.shows_error is error
    assert frame.wave == (None if wave is None else pytest.approx(wave, abs=1e-6))


@pytest.mark.parametrize("time", [4.0, 4.0000001, 5.0, 1e9, float("inf")])
def test_at_the_end_and_beyond_the_picture_after_is_at_rest(step, time):
    before, after = step
    frame = frame_at(before, after, time)
    assert shown(frame) == shown(still_frame(after))
    assert frame.parameters is after.parameters
    assert frame.gradient is after.gradient


def test_at_rest_everything_is_shown_and_nothing_moves(step):
    frame = still_frame(step[0])
    assert (frame.phase, frame.wave, frame.shows_error) == (None, None, True)
    assert (frame.values_until, frame.slopes_from) == (3, 0.0)
    assert frame.parameters is step[0].parameters
    assert frame.gradient is step[0].gradient


@settings(**SMALL)
@given(time=st.floats(-1.0, 5.0))
def test_a_frame_is_a_pure_function_of_two_pictures_and_a_time(step, time):
    before, after = step
    assert shown(frame_at(before, after, time)) == shown(frame_at(before, after, time))


@settings(**SMALL)
@given(time=st.floats(0.0, 3.0, exclude_max=True))
def test_until_the_update_every_number_is_the_engines_from_before_the_step(step, time):
    before, after = step
    frame = frame_at(before, after, time)
    assert frame.picture is before
    assert frame.parameters is before.parameters
    assert frame.gradient is before.gradient


@settings(**SMALL)
@given(one=st.floats(0.0, 4.0), other=st.floats(0.0, 4.0))
def test_fronts_only_ever_go_on(step, one, other):
    before, after = step
    early, late = frame_at(before, after, min(one, other)), frame_at(before, after, max(one, other))
    assert early.values_until <= late.values_until
    assert early.slopes_from >= late.slopes_from
    assert early.shows_error <= late.shows_error
    assert (4 if early.phase is None else early.phase) <= (4 if late.phase is None else late.phase)


@settings(**SMALL)
@given(one=st.floats(3.0, 4.0), other=st.floats(3.0, 4.0))
def test_in_the_update_all_weights_move_at_once_each_straight_from_old_to_new(step, one, other):
    before, after = step
    change = after.parameters - before.parameters
    moved = change != 0
    shares = []
    for time in sorted((one, other)):
        frame = frame_at(before, after, time)
        share = (frame.parameters - before.parameters)[moved] / change[moved]
        assert share == pytest.approx(np.full(moved.sum(), share[0]), abs=1e-9)
        assert -1e-12 <= share[0] <= 1 + 1e-12
        slopes = before.gradient + share[0] * (after.gradient - before.gradient)
        assert frame.gradient == pytest.approx(slopes, abs=1e-9)
        shares.append(share[0])
    assert shares[0] <= shares[1] + 1e-12


def test_the_update_begins_at_the_old_weights_and_is_halfway_in_the_middle(step):
    before, after = step
    assert np.array_equal(frame_at(before, after, 3.0).parameters, before.parameters)
    middle = (before.parameters + after.parameters) / 2
    assert frame_at(before, after, 3.5).parameters == pytest.approx(middle)
    assert frame_at(before, after, 4.0 - 1e-12).parameters == pytest.approx(after.parameters, rel=1e-12)


def test_movement_starts_and_ends_gently(step):
    before, after = step
    for phase in (Phase.FORWARD, Phase.BACKWARD):
        fronts = [frame_at(before, after, phase + part).wave for part in (0.0, 0.1, 0.45, 0.55, 0.9, ALMOST)]
        first, _, middle, _, last = np.abs(np.diff(fronts))
        assert first == pytest.approx(last, abs=1e-6)
        assert middle > 3 * first


def test_there_are_four_phases_in_the_order_of_the_lecture_each_with_its_words():
    assert [phase.name for phase in Phase] == ["FORWARD", "ERROR", "BACKWARD", "UPDATE"]
    assert PHASES == len(PHASE_NAMES) == 4
    assert [PHASE_NAMES[phase].partition(":")[0] for phase in Phase] == ["forward", "error", "backward", "update"]


def test_nobody_can_write_into_a_frame(step):
    frame = frame_at(*step, 3.5)
    for array in (frame.parameters, frame.gradient):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
