"""Jamming: several vessels lose their position at once, and go on reporting."""

import numpy as np
import pytest
from fleets import Fleet, positions, run

import detect.settled
from detect.config import DetectConfig
from detect.engine import Engine
from detect.gap import GapDetector
from detect.jammed import JammedConfig, JammedDetector
from detect.outage import ReceptionDetector
from geofence.fence import Fence
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError

H = 3600
FENCE = Fence(ZoneSet(()))


@pytest.fixture(autouse=True)
def only_these(monkeypatch):
    kinds = (GapDetector, ReceptionDetector, JammedDetector)
    monkeypatch.setattr(detect.settled, "DETECTORS", kinds)
    monkeypatch.setattr(detect.settled, "TICK_DETECTORS", ())


def fleet(count=10, step=0.05, hours=6.0):
    lon = 30 + np.arange(count) * step
    return Fleet(lon, 43.0, 8.0, 90.0, hours, 120.0)


def blind(rows, who, start_h=2.0, end_h=3.0, apart_s=30.0):
    """Those vessels report without a position for a while."""
    c = rows.columns
    for number, vessel in enumerate(who):
        at = (c["who"] == vessel) & (c["s"] > start_h * H + number * apart_s) & (c["s"] < end_h * H)
        c["lon"][at] = c["lat"][at] = np.nan
    return rows


def found(*fleets, cuts=(), **settings):
    config = DetectConfig(tick_s=60, jammed=JammedConfig(**settings))
    return run(Engine(FENCE, config), positions(*fleets), cuts)


def test_six_vessels_lose_their_position():
    events = found(blind(fleet(), range(6)))
    assert {e.kind for e in events} == {"jammed"}
    assert len({e.id for e in events}) == 1
    first, last = events[0], events[-1]
    assert len(first.subjects) >= 4
    assert last.subjects == tuple(227_000_001 + n for n in range(6))
    assert first.time - first.episode <= np.timedelta64(15, "m")
    assert last.evidence["end"].startswith("2026-03-01T03:0")
    assert "6 vessels (limit 4) lost their position within" in last.evidence["words"]
    assert last.evidence["measured"]["spread_m"] < 20_000


def test_for_hours_nobody_is_dark_and_reception_is_not_lost():
    events = found(blind(fleet(hours=14), range(9), end_h=12))
    assert {e.kind for e in events} == {"jammed"}


def test_too_few_too_far_apart_or_one_after_the_other():
    assert found(blind(fleet(), range(3))) == []
    assert found(blind(fleet(step=0.5), range(6))) == []
    assert found(blind(fleet(), range(6), end_h=99, apart_s=1200)) == []


def test_a_vessel_that_never_had_a_position_is_not_jammed():
    assert found(blind(fleet(), range(6), start_h=-1)) == []


def test_one_that_flickers_is_one_vessel():
    rows = fleet()
    flicker = (rows["who"] == 0) & (rows["s"] // 300 % 2 > 0)
    rows.columns["lon"][flicker] = np.nan
    assert found(rows) == []


def test_the_same_however_cut():
    rows = blind(fleet(), range(6))
    assert found(rows, cuts=range(0, 1800, 41)) == found(rows)


def test_settings():
    assert found(blind(fleet(), range(6)), vessels=7) == []
    with pytest.raises(ConfigError, match=r"detect\.jammed: minutes is 0"):
        JammedConfig(minutes=0)


def test_single_reports_without_a_position_are_units_that_missed_a_second():
    sea = fleet()
    c = sea.columns
    for vessel in range(6):
        at = np.flatnonzero((c["who"] == vessel) & (c["s"] > 2 * H + 120 * vessel))[:3:2]
        c["lon"][at] = c["lat"][at] = np.nan
    assert found(sea) == []


@pytest.mark.parametrize(("last_h", "dark"), [(2.03, True), (5.0, False)])
def test_who_sent_no_place_and_then_nothing_is_dark(last_h, dark):
    """A report or two without a place after hour 2, or such reports until hour 5; then nothing."""
    one = Fleet(30.2, 43.0, 0.5, 90.0, last_h, 120.0)
    others = Fleet(30 + np.arange(1, 13) * 0.03, 43.0, 0.5, 90.0, 9.0, 120.0, first=227_000_101)
    one.columns["lon"][one["s"] > 2 * H] = one.columns["lat"][one["s"] > 2 * H] = np.nan
    gaps = [e for e in found(one, others) if e.kind == "gap_start"]
    assert [e.mmsi for e in gaps] == [227_000_001] * dark


def test_a_report_without_a_place_that_comes_late_excuses_nobody():
    """Of an hour before her last fix, delivered by a satellite half an hour after it."""
    one = Fleet(30.2, 43.0, 0.5, 90.0, 3.0, 120.0)
    others = Fleet(30 + np.arange(1, 13) * 0.03, 43.0, 0.5, 90.0, 11.0, 120.0, first=227_000_101)
    row = int(np.argmax(one["s"] > 2 * H))
    one.columns["lon"][row] = one.columns["lat"][row] = np.nan
    one.columns["delay"][row] = 1.5 * H
    (gap,) = [e for e in found(one, others) if e.kind == "gap_start"]
    assert (gap.time - gap.episode).item().total_seconds() == 6 * H
