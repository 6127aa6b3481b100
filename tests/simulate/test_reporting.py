import numpy as np
import pytest

from simulate.fleet import Equipment
from simulate.legs import Way
from simulate.motion import state_at
from simulate.reporting import Reporter, Send, class_a_interval, class_b_interval
from simulate.run import Sea
from simulate.scenario import read_scenario


# ITU-R M.1371-5, annex 1, tables 1 and 2: SOG, turn in degrees a minute, status → seconds.
@pytest.mark.parametrize(
    ("sog", "turn", "status", "seconds"),
    [(0.1, 0, 1, 180), (0.1, 0, 5, 180), (3.5, 0, 1, 10), (0.1, 0, 0, 10), (13.9, 0, 0, 10),
     (13.9, 30, 0, 10 / 3), (13.9, -30, 0, 10 / 3), (14.1, 0, 0, 6), (14.1, 30, 0, 2),
     (23.1, 0, 0, 2), (23.1, 30, 0, 2), (4.0, 0, 7, 10)],
)  # fmt: skip
def test_class_a_intervals(sog, turn, status, seconds):
    got = class_a_interval(np.array([sog]), np.array([turn]), np.array([status]))
    assert got[0] == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("sog", "organised", "seconds"),
    [(1.9, False, 180), (2.1, False, 30), (25.0, False, 30), (1.9, True, 180), (13.9, True, 30),
     (14.1, True, 15), (23.1, True, 5)],
)  # fmt: skip
def test_class_b_intervals(sog, organised, seconds):
    assert class_b_interval(np.array([sog]), np.array([organised]))[0] == seconds


@pytest.fixture
def emissions(small):
    sea = Sea(read_scenario(small), 7)
    reporter = Reporter(sea.fleet, sea.legs, sea.paths, 7)
    steps = [reporter.step(n) for n in range(60)]
    time, vessel, send = (
        np.concatenate([getattr(s, k) for s in steps]) for k in ("time", "vessel", "send")
    )
    return sea, time, vessel, send


def test_position_reports_come_at_the_interval_of_their_state(emissions):
    sea, time, vessel, send = emissions
    checked = 0
    for who in np.flatnonzero(sea.fleet.equipment == Equipment.A):
        mine = np.sort(time[(vessel == who) & (send == Send.CLASS_A)])
        if len(mine) < 10:
            continue
        each = np.arange(0, 1800, 10.0)
        state = state_at(sea.legs, sea.paths, np.full(len(each), who), each)
        same = len(set(state.way.tolist())) == 1 and state.way[0] == Way.PATH
        if not same or np.abs(state.turn).max() > 8 or not (state.sog.max() < 13.8):
            continue
        gaps = np.diff(mine)
        assert np.median(gaps) == pytest.approx(10.0, abs=0.5)
        assert gaps.max() <= 10.0 * 1.2 + 0.01
        checked += 1
    assert checked >= 2


def test_statics_every_six_minutes_and_both_parts(emissions):
    sea, _, vessel, send = emissions
    for who in range(len(sea.fleet)):
        mine = send[vessel == who]
        ways = sea.legs.way[sea.legs.vessel == who]
        if sea.fleet.equipment[who] == Equipment.A and Way.ABSENT not in ways:
            assert (mine == Send.VOYAGE).sum() == 5
        parts = [(mine == s).sum() for s in (Send.STATIC_A, Send.STATIC_B)]
        assert parts[0] == parts[1]
    assert (send == Send.STATIC_B).any()
    assert (send == Send.CLASS_B_EXTENDED).any()


def test_a_beacon_sends_bursts_of_eight_with_the_text_in_every_fourth(emissions):
    sea, time, vessel, send = emissions
    (raft,) = np.flatnonzero(sea.fleet.mmsi == 970211002)
    mine, what = time[vessel == raft], send[vessel == raft]
    minute = ((mine - 8 * 60) // 60).astype(int)
    assert np.bincount(minute).tolist() == [8] * 15
    assert np.bincount(minute[what == Send.TEXT]).tolist() == [
        2,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        2,
        0,
        0,
        0,
        2,
    ]
    assert mine.min() == 8 * 60


def test_a_test_is_one_burst(emissions):
    sea, time, vessel, _ = emissions
    (beacon,) = np.flatnonzero(sea.fleet.mmsi == 970211001)
    mine = time[vessel == beacon]
    assert len(mine) == 8
    assert mine.min() == pytest.approx(3.2 * 60)
