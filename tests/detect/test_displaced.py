"""Spoofed satellites: several vessels leap to one place; one that leaps is none of it."""

import numpy as np
import pytest
from fleets import Fleet, positions, run

import detect.settled
from detect.config import DetectConfig
from detect.displaced import DisplacedConfig, DisplacedDetector
from detect.engine import Engine
from geofence.fence import Fence
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError

H = 3600
FENCE = Fence(ZoneSet(()))


@pytest.fixture(autouse=True)
def only_this(monkeypatch):
    monkeypatch.setattr(detect.settled, "DETECTORS", (DisplacedDetector,))
    monkeypatch.setattr(detect.settled, "TICK_DETECTORS", ())


def fleet(count=6, **more):
    """Vessels at anchor here and there within some 30 nm."""
    lon = 30 + np.arange(count) * 0.1
    return Fleet(lon, 45.0, 0.1, 90.0, 6, 60.0, **more)


def spoofed(rows, who, start_h=2.0, end_h=3.0, to=(37.2, 44.9), circle_m=0.0, apart_s=60.0):
    """Those vessels say that they are somewhere else for a while, or run round it."""
    c = rows.columns
    for number, vessel in enumerate(who):
        at = (c["who"] == vessel) & (c["s"] > start_h * H + number * apart_s) & (c["s"] < end_h * H)
        angle = c["s"][at] / 400 * 2 * np.pi + number
        c["lon"][at] = to[0] + circle_m / 78_700 * np.sin(angle)
        c["lat"][at] = to[1] + circle_m / 111_200 * np.cos(angle)
    return rows


def found(*fleets, cuts=(), **settings):
    config = DetectConfig(displaced=DisplacedConfig(**settings))
    events = run(Engine(FENCE, config), positions(*fleets), cuts)
    return [e for e in events if e.kind == "displaced"]  # their leaps one by one are others'


@pytest.mark.parametrize("circle_m", [0, 1500])
def test_four_vessels_at_an_airport(circle_m):
    events = found(spoofed(fleet(), range(4), circle_m=circle_m))
    assert {e.kind for e in events} == {"displaced"}
    assert len({e.id for e in events}) == 1
    assert [e.revision for e in events] == list(range(len(events)))
    first, last = events[0], events[-1]
    assert len(first.subjects) >= 3
    assert last.subjects == tuple(227_000_001 + n for n in range(4))
    assert abs(first.lon - 37.2) < 0.05
    assert first.time - first.episode <= np.timedelta64(20, "m")
    assert last.evidence["measured"]["farthest_nm"] > 290
    assert last.evidence["measured"]["spread_m"] <= 2 * circle_m + 200
    assert "4 vessels (limit 3) leapt within" in last.evidence["words"]
    assert last.evidence["end"].startswith("2026-03-01T03:0")
    assert len(last.evidence["leaps"]) == 4


def test_still_there_is_not_over():
    events = found(spoofed(fleet(), range(4), end_h=99))
    assert "end" not in events[-1].evidence


def test_one_or_two_that_leap_are_faults_of_their_own():
    assert found(spoofed(fleet(), [0])) == []
    assert found(spoofed(fleet(), [0, 1])) == []


def test_leaps_to_different_places_or_hours_apart_are_not_one():
    apart = fleet()
    for number in range(4):
        spoofed(apart, [number], to=(37.2 + number, 44.9))
    assert found(apart) == []
    assert found(spoofed(fleet(), range(4), end_h=9, apart_s=2400)) == []


def test_their_way_back_is_none():
    """All lie within the radius of each other, so their leaps home end in one place."""
    near = Fleet(30 + np.arange(6) * 0.001, 45.0, 0.1, 90.0, 6, 60.0)
    events = found(spoofed(near, range(6)))
    assert len({e.id for e in events}) == 1
    assert "are back where they came from" in events[-1].evidence["words"]


def test_a_wild_fix_of_each_is_none():
    rows = fleet()
    at = (rows["s"] > 2 * H) & (rows["s"] < 2 * H + 55)
    rows.columns["lon"][at], rows.columns["lat"][at] = 37.2, 44.9
    assert found(rows) == []


def test_over_the_antimeridian():
    rows = Fleet(179.9 - np.arange(5) * 0.1, 10.0, 0.1, 90.0, 6, 60.0)
    events = found(spoofed(rows, range(5), to=(-178.0, 12.0), circle_m=500))
    assert len({e.id for e in events}) == 1
    assert abs(events[-1].lon + 178) < 0.05


def test_the_same_however_cut():
    rows = spoofed(fleet(), range(4), circle_m=1500)
    assert found(rows, cuts=range(0, 2000, 37)) == found(rows)


def test_settings():
    assert found(spoofed(fleet(), range(4)), vessels=5) == []
    with pytest.raises(ConfigError, match=r"detect\.displaced: vessels is 1"):
        DisplacedConfig(vessels=1)
