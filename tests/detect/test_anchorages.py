"""Anchorages learnt from where many ships lie."""

import numpy as np
import pytest
from fleets import Fleet, positions, run

import detect.settled
from detect import anchorages
from detect.anchorages import Anchorages, AnchoragesConfig, Learnt
from detect.config import DetectConfig
from detect.engine import Engine
from detect.kept import Kept
from detect.motion import Motion
from geofence.fence import Fence
from geofence.zoneset import ZoneSet

LONG_AFTER = 2**62


@pytest.fixture(autouse=True)
def only_these(monkeypatch):
    monkeypatch.setattr(detect.settled, "DETECTORS", (Motion, Anchorages))
    monkeypatch.setattr(detect.settled, "TICK_DETECTORS", ())


def learnt(*fleets, vessels=20):
    """What is kept after some fleets."""
    kept = {}

    class Spy(Anchorages):
        def judge(self, fixes, mine, scene):
            kept["it"] = mine
            return super().judge(fixes, mine, scene)

    detect.settled.DETECTORS = (Motion, Spy)
    config = DetectConfig(tick_s=600, anchorages=AnchoragesConfig(vessels=vessels))
    run(Engine(Fence(ZoneSet(())), config), positions(*fleets))
    return kept["it"]


def at(lon, lat, metres=2000.0, kept=None):
    known = kept.common.get("learnt", Learnt())
    return known.near(np.array([lon]), np.array([lat]), metres, LONG_AFTER).tolist() == [True]


def lying(count, hours=14.0, lon=20.0, sog=0.1, first=227_000_001):
    rng = np.random.default_rng(count)
    return Fleet(
        lon + rng.uniform(0.0011, 0.0039, count), 45 + rng.uniform(0.0011, 0.0039, count), sog, 0.0,
        hours, 600.0, first=first,
    )  # fmt: skip


def test_where_many_lie_for_half_a_day():
    kept = learnt(lying(25, sog=0.0))
    assert at(20.003, 45.003, kept=kept)
    assert at(20.02, 45.003, kept=kept)
    assert not at(20.05, 45.003, kept=kept)
    assert at(20.05, 45.003, 5000.0, kept=kept)


def test_few_or_not_for_long_or_moving_are_none():
    for fleet in (lying(19, sog=0.0), lying(25, hours=11, sog=0.0), lying(25, sog=5.0)):
        assert not at(20.0, 45.0, 50_000.0, kept=learnt(fleet))


def test_one_vessel_that_comes_again_counts_once():
    kept = Learnt()
    for _ in range(50):
        kept.add(7, 227_000_001)
    assert not kept.anchorages


def test_bounded(monkeypatch):
    monkeypatch.setattr(anchorages, "MOST", 10)
    kept = Learnt()
    for cell in range(40):
        kept.add(cell, 1)
        for mmsi in range(20):
            kept.add(1000 + cell, mmsi)
    assert len(kept.who) <= 10
    assert len(kept.anchorages) <= 10


def test_nothing_learnt_yet():
    assert not at(1.0, 2.0, 9e5, Kept({}, 8))


def test_what_is_known_at_a_moment_is_what_was_shown_by_then():
    kept = Learnt(vessels=2)
    kept.waiting = [(30, 7, 227_000_003), (10, 7, 227_000_001), (20, 7, 227_000_002)]
    middle = np.array([7.5 / 200 - 180]), np.array([0.5 / 200 - 90])
    assert [kept.near(*middle, 100.0, now).tolist() for now in (10, 20)] == [[False], [True]]
    assert kept.waiting == [(30, 7, 227_000_003)]
