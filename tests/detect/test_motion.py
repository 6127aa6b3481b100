"""The latch between stopped and under way, and speeds where none was sent."""

import numpy as np
import pytest
from voyages import START, judge, leg, then

from detect.motion import MotionConfig, between, moves
from ingest.errors import ConfigError

SEEN = []


class Spy:
    name, columns = "spy", {}

    def judge(self, fixes, kept, scene):
        found = moves(scene)
        SEEN.extend(zip(fixes.time.tolist(), found.speed.tolist(), found.latch.tolist(),
                        found.since.tolist(), strict=True))  # fmt: skip
        return []


@pytest.fixture(autouse=True)
def seen():
    SEEN.clear()
    return SEEN


def at(us):
    return (us - int(START.astype(np.int64))) // 1_000_000


def test_between_the_thresholds_a_vessel_stays_what_it_was():
    way = leg(10, 2, 90)
    for sog in (0.4, 0.6, 3.4, 3.6, 0.6, 0.4):
        way = then(way, 10, sog, 90)
    judge([way], Spy)
    told = [(latch, at(since) if since else None) for _, _, latch, since in SEEN[:8]]
    unsure, still, moving = (-1, None), (0, 20), (1, 50)
    assert told == [unsure, unsure, still, still, still, moving, moving, (0, 70)]


def test_the_same_however_cut():
    rng = np.random.default_rng(4)
    ways = []
    for mmsi in (201_000_001, 201_000_002):
        way = leg(10, 2, 90, mmsi=mmsi)
        for _ in range(60):
            way = then(way, rng.integers(10, 90), rng.uniform(0, 5), 90)
        ways.append(way)
    judge(ways, Spy)
    whole = sorted(SEEN)
    SEEN.clear()
    judge(ways, Spy, cut=7)
    assert sorted(SEEN) == whole


@pytest.mark.parametrize("nonsense", [np.nan, 102.2, 61.0])
def test_a_speed_that_was_not_sent_is_worked_out(nonsense):
    judge([leg(360, 6, 45, every=120, says=nonsense)], Spy)
    speeds = [speed for _, speed, _, _ in SEEN][:4]
    assert np.isnan(speeds[0])
    assert speeds[1:] == pytest.approx([6, 6, 6], abs=0.05)


@pytest.mark.parametrize("every", [50, 4000])
def test_fixes_too_near_or_too_far_from_each_other_give_no_speed(every):
    judge([leg(2 * every, 6, 45, every=every, says=np.nan)], Spy)
    assert np.isnan([speed for _, speed, _, _ in SEEN][:3]).all()


def test_angles_between_directions():
    one, other = np.array([350, 10, 90, 0], "f4"), np.array([10, 350, 270, np.nan], "f4")
    np.testing.assert_array_equal(between(one, other), np.array([20, 20, 180, np.nan], "f4"))


def test_thresholds_the_wrong_way_round_are_refused():
    with pytest.raises(ConfigError, match=r"detect.motion: moving_kn is not above stopped_kn"):
        MotionConfig(stopped_kn=4)
