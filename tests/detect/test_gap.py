"""Gone dark: told where reception is shown to be good, and nowhere else."""

import dataclasses

import numpy as np
import pytest
from fleets import Fleet, positions, run
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

import detect.settled
from detect.config import DetectConfig
from detect.engine import Engine
from detect.gap import GapConfig, GapDetector
from detect.outage import ReceptionDetector
from geofence.circle import circle
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError

PORT = Zone("p", "P", "port", circle(-20, 45, 9000), centres=((-20.0, 45.0),), radius_m=9000.0)
CLOSED = Zone("closed", "Closed", "closed-area", box(-19.0, 44.9, -18.9, 45.2))
NONE, FENCE = Fence(ZoneSet(())), Fence(ZoneSet((CLOSED,)))
H = 3600
COARSE = DetectConfig(tick_s=240)  # a day is then soon over


@pytest.fixture(autouse=True)
def only_these(monkeypatch):
    monkeypatch.setattr(detect.settled, "DETECTORS", (GapDetector, ReceptionDetector))
    monkeypatch.setattr(detect.settled, "TICK_DETECTORS", ())


def around(hours=24.0, count=12, seed=3, **more):
    """Vessels under way within 20 nm of 45°N 20°W, in the open Atlantic; they stay there."""
    rng = np.random.default_rng(seed)
    return Fleet(
        -20 + rng.uniform(-0.3, 0.3, count), 45 + rng.uniform(-0.3, 0.3, count),
        rng.uniform(0.2, 0.6, count), rng.uniform(0, 360, count), hours, first=232_000_001, **more,
    )  # fmt: skip


def ship(sog=4.0, cog=90.0, lon=-20.2, lat=45.05, hours=24.0, **more):
    return Fleet(lon, lat, sog, cog, hours, **more)


def silent(fleet, start_h, end_h):
    return fleet.drop((fleet["s"] > start_h * H) & (fleet["s"] < end_h * H))


def found(*fleets, fence=NONE, config=None, cuts=(), kinds="gap"):
    events = run(Engine(fence, config or COARSE), positions(*fleets), cuts)
    return [e for e in events if e.kind.startswith(kinds)]


def told(events):
    return [(e.kind, e.mmsi, e.revision, e.withdrawn) for e in events]


ONE = 227_000_001


def test_a_vessel_that_goes_dark_and_comes_back():
    # A lane to the east on which others are heard, so that it does not sail out of reception.
    lane = Fleet(np.linspace(-20.5, -18, 12), 45.05, 2.0, 90.0, 24, first=240_000_001)
    events = found(around(), lane, silent(ship(), 6, 13.5), fence=FENCE)
    start, closed, end = events
    assert told(events) == [
        ("gap_start", ONE, 0, False), ("gap_start", ONE, 1, False), ("gap_end", ONE, 0, False),
    ]  # fmt: skip
    assert start.time == start.episode + np.timedelta64(6, "h")
    assert closed.id == start.id != end.id
    assert end.time - end.episode > np.timedelta64(7, "h")
    measured = end.evidence["measured"]
    assert measured["silent_s"] == pytest.approx(7.5 * H, abs=300)
    assert measured["implied_kn"] == pytest.approx(4, abs=0.2)
    assert measured["distance_nm"] == pytest.approx(30, abs=1.5)
    assert measured["hours_heard"] >= 5
    assert end.evidence["zones_missed"] == []
    assert "in good reception" in start.evidence["words"]
    assert "returned 30 nm away" in end.evidence["words"]
    assert "implied 4.0 kn" in end.evidence["words"]
    assert start.evidence["threshold"]["silent_s"] == 6 * H


def test_zones_on_the_straight_way_are_named():
    lane = Fleet(np.linspace(-20.5, -18, 12), 45.05, 2.0, 90.0, 24, first=240_000_001)
    moving = silent(ship(sog=8.0), 6, 14)
    events = found(around(), lane, moving, fence=FENCE)
    assert events[-1].kind == "gap_end"
    assert events[-1].evidence["zones_missed"] == ["closed"]
    assert "on the straight way: Closed" in events[-1].evidence["words"]


def test_still_silent_is_told_at_once_and_once():
    events = found(around(), silent(ship(sog=0.3), 6, 99))
    assert told(events) == [("gap_start", ONE, 0, False)]


def test_less_than_six_hours_is_none():
    assert found(around(), silent(ship(sog=0.3), 6, 11.8)) == []


def test_strict_setting():
    config = DetectConfig(tick_s=240, gap=GapConfig(hours=12))
    assert found(around(), silent(ship(sog=0.3), 6, 14), config=config) == []
    assert len(found(around(), silent(ship(sog=0.3), 6, 99), config=config)) == 1


def test_class_b_may_be_silent_for_longer():
    assert found(around(), silent(ship(sog=0.3, msg_type=18), 6, 14)) == []
    events = found(around(), silent(ship(sog=0.3, msg_type=18), 6, 99))
    assert events[0].time - events[0].episode == np.timedelta64(12, "h")


def test_where_nobody_else_is_heard_nothing_is_shown():
    assert found(silent(ship(sog=0.3), 6, 14), around(4)) == []
    assert found(silent(ship(sog=0.3), 6, 14)) == []
    far = Fleet(np.full(9, -10.0), 45, 0.5, np.arange(9) * 40.0, 24, first=240_000_001)
    assert found(silent(ship(sog=0.3), 6, 14), far) == []


def test_a_receiver_that_dies_takes_no_ship_dark():
    """All are silent for eight hours, and then all are back."""
    fleets = [silent(around(), 6, 14), silent(ship(sog=0.3), 6, 14)]
    elsewhere = Fleet(np.full(9, 10.0), -30, 0.5, np.arange(9) * 40.0, 24, first=240_000_001)
    elsewhere["station"][:] = 2
    events = found(*fleets, elsewhere, kinds=("gap", "reception"))
    assert [e.kind for e in events] == ["reception_lost", "reception_lost", "reception_back"]
    lost, over, back = events
    assert lost.evidence["station"] == 1
    assert lost.evidence["measured"]["vessels"] == 13
    assert (lost.mmsi, lost.subjects, lost.lon) == (0, (), pytest.approx(-20, abs=0.1))
    assert lost.time - lost.episode < np.timedelta64(35, "m")
    assert over.id == lost.id
    assert over.evidence["end"] == back.evidence["end"] == str(back.time)[:19] + "Z"


def test_a_part_of_a_network_that_names_no_stations_dies():
    far = Fleet(np.full(9, -18.0), 45, 0.5, np.arange(9) * 40.0, 24, first=240_000_001)
    fleets = [silent(around(), 6, 14), silent(ship(sog=0.3), 6, 14), far]
    events = found(*fleets, kinds=("gap", "reception"))
    assert [e.kind for e in events] == ["reception_lost", "reception_lost", "reception_back"]
    assert events[0].evidence["station"] is None
    assert events[0].evidence["measured"]["vessels"] == 13


def test_who_stays_away_after_reception_is_back_was_not_seen_to_go_dark():
    fleets = [silent(around(), 6, 8), silent(ship(sog=0.3), 6, 99)]
    events = found(*fleets, kinds=("gap", "reception"))
    assert {e.kind for e in events} == {"reception_lost", "reception_back"}


def test_a_station_whose_ships_others_hear_is_not_missed():
    fleet = around()
    fleet["station"][(fleet["s"] > 8 * H)] = 2
    assert found(fleet, kinds=("gap", "reception")) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_vessel_that_sails_out_of_range(seed):
    """A station hears 40 nm far; ships come and go on all sides, and none of them is dark."""
    rng = np.random.default_rng(seed)
    fleets = [around()]
    for number in range(30):
        cog, sog = float(rng.uniform(0, 360)), float(rng.uniform(5, 18))
        fleet = Fleet(-20, 45, sog, cog, 60 / sog, first=250_000_001 + number)
        fleet.columns["s"] += rng.uniform(-60 / sog, 12) * H
        fleet.drop((fleet["s"] < 0) | (fleet["s"] > 24 * H))
        away = np.hypot((fleet["lon"] + 20) * np.cos(np.radians(45)), fleet["lat"] - 45) * 60
        fleets.append(fleet.drop(away > 40))
    assert told(found(*fleets)) == []


def satellite(fleet, every_h=1.7, minutes=12, delay_h=0.0):
    """Heard only while a satellite is over the horizon, and delivered later."""
    fleet.columns["station"] = np.full(len(fleet["s"]), 7)
    passes = np.ceil(fleet["s"] / (every_h * H)) * every_h * H
    fleet.columns["delay"] = np.where(True, passes - fleet["s"] + delay_h * H, 0.0)
    late = fleet["s"] % (every_h * H) > minutes * 60
    return fleet.drop(late)


def ocean(**how):
    rng = np.random.default_rng(8)
    return satellite(Fleet(
        -20 + rng.uniform(-2, 2, 60), 45 + rng.uniform(-2, 2, 60), 1.0, rng.uniform(0, 360, 60),
        48, first=232_000_001,
    ), **how)  # fmt: skip


@pytest.mark.parametrize("delay_h", [0, 1, 5])
def test_a_satellite_that_delivers_late_in_bursts(delay_h):
    watch = ship(sog=0.3, hours=48)
    beacon = Fleet(40.0, -40, 0.0, 0.0, 56, first=244_000_001)  # time goes on
    assert found(ocean(delay_h=delay_h), satellite(watch, delay_h=delay_h), beacon) == []
    dark = silent(ship(sog=0.3, hours=48), 20, 40)
    events = found(ocean(delay_h=delay_h), satellite(dark, delay_h=delay_h), beacon)
    assert told(events)[0] == ("gap_start", ONE, 0, False)
    assert [e.kind for e in events] == ["gap_start", "gap_start", "gap_end"]


def test_late_data_withdraws_a_gap_that_was_none():
    held = ship(sog=0.3)
    late = (held["s"] > 6 * H) & (held["s"] < 14 * H)
    held.columns["delay"][late] = (15 * H - held["s"])[late]
    events = found(around(), held)
    assert told(events)[0] == ("gap_start", ONE, 0, False)
    last = {e.id: e for e in events}
    assert all(e.withdrawn for e in last.values())
    assert events[-1].evidence["words"].startswith("withdrawn: it was heard at")


def later(start_h, end_h, at_h, keep):
    """The ship is silent from 6 to 14 h; some reports of that time come at `at_h`."""
    held = ship(sog=0.3, hours=30)
    gone = (held["s"] > 6 * H) & (held["s"] < 14 * H)
    come = (held["s"] > start_h * H) & (held["s"] < end_h * H)
    held.columns["delay"][come] = (at_h * H - held["s"])[come]
    return held.drop(gone & ~(come & keep))


def test_late_data_after_its_end_withdraws_both():
    held = later(6, 14, 16, True)
    events = found(around(30), held)
    assert [(e.kind, e.withdrawn) for e in events[-2:]] == [("gap_start", True), ("gap_end", True)]
    assert len(events) < 9


def test_late_data_after_its_end_shortens_it():
    held = later(12.0, 14, 16, True)
    events = found(around(30), held)
    last = {e.id: e for e in events}
    assert [(e.kind, e.withdrawn) for e in last.values()] == [
        ("gap_start", False), ("gap_end", False),
    ]  # fmt: skip
    for event in last.values():
        assert event.evidence["measured"]["silent_s"] == pytest.approx(6 * H, abs=600)


def test_in_port_and_at_a_berth_it_is_switched_off():
    berth = Fleet(-20.01, 45.01, 0.0, 0.0, 6)
    assert found(around(), berth, fence=Fence(ZoneSet((PORT,)))) == []
    assert len(found(around(), Fleet(-20.01, 45.01, 0.0, 0.0, 6))) == 1
    # Off Brest, where the shore is near.
    there = Fleet(
        -4.8 + np.random.default_rng(1).uniform(-0.1, 0.1, 9), 48.2, 0.5, np.arange(9) * 40.0, 24,
        first=240_000_001,
    )  # fmt: skip
    assert found(there, Fleet(-4.77, 48.335, 0.0, 0.0, 6)) == []


def test_land_ahead_is_no_way_out_of_reception():
    """Off Ushant, heading east for Brittany: nobody is heard on land, and none sails out there."""
    rng = np.random.default_rng(1)
    there = Fleet(
        -5.9 + rng.uniform(-0.2, 0.2, 12), 48.25 + rng.uniform(-0.2, 0.2, 12), 0.4,
        rng.uniform(0, 360, 12), 24, first=240_000_001,
    )  # fmt: skip
    toward = Fleet(-6.1, 48.25, 4.0, 90.0, 6)
    away = Fleet(-5.9, 48.25, 4.0, 270.0, 6, first=227_000_101)
    assert told(found(there, toward)) == [("gap_start", ONE, 0, False)]
    assert found(there, away) == []


def test_one_fix_is_no_habit():
    assert found(around(), ship(sog=0.3, hours=0.05)) == []
    assert len(found(around(), ship(sog=0.3, hours=0.7))) == 1


def test_who_is_heard_now_and_then_only_is_not_dark_yet():
    fleet = ship(sog=0.3, hours=40)
    hour = fleet["s"] // H
    fleet.drop((hour % 3 > 0) & (hour < 12) | (hour % 8 > 0) & (hour >= 12))
    assert found(around(40), fleet) == []


def test_only_ships_go_dark():
    for first in (111_227_001, 2_275_000, 992_270_001, 123_456_789):
        assert found(around(), silent(ship(sog=0.3, first=first), 6, 99)) == []
    assert found(around(), silent(ship(sog=0.3, msg_type=9), 6, 99)) == []


def test_poles_and_the_antimeridian():
    for lon, lat in ((179.9, 5.0), (10.0, 89.7)):
        rng = np.random.default_rng(3)
        count = 12
        near = Fleet(
            lon + rng.uniform(-0.3, 0.3, count),
            np.minimum(lat + rng.uniform(-0.3, 0.3, count), 89.9), 0.3, rng.uniform(0, 360, count),
            24, first=232_000_001,
        )  # fmt: skip
        events = found(near, silent(ship(0.3, 90.0, lon, lat), 6, 13))
        assert [e.kind for e in events] == ["gap_start", "gap_start", "gap_end"]


@given(cuts=st.sets(st.integers(0, 3500), max_size=12))
@settings(max_examples=4, deadline=None)
def test_the_same_however_cut(cuts):
    fleets = [around(), silent(ship(sog=0.3), 6, 13)]
    assert found(*fleets, cuts=cuts, config=DetectConfig()) == found(*fleets, config=DetectConfig())


@pytest.mark.parametrize(("key", "value"), [("hours", 0), ("hours", 25), ("chance", 2.0)])
def test_settings_out_of_bounds_are_refused(key, value):
    with pytest.raises(ConfigError, match=f"detect.gap: {key} is"):
        GapConfig(**{key: value})


CABLE = Zone("cable-x", "Cable X", "cable", box(-19.75, 44.9, -19.5, 45.2))


@pytest.mark.parametrize("allowed", [(), (ONE,)], ids=["anybody", "who belongs there"])
def test_who_falls_silent_over_a_cable_threatens_it(allowed):
    """She is in the corridor at the sixth hour."""
    fence = Fence(ZoneSet((dataclasses.replace(CABLE, allowed=allowed),)))
    lane = Fleet(np.linspace(-20.5, -18, 12), 45.05, 2.0, 90.0, 24, first=240_000_001)
    fleets = around(), lane, silent(ship(), 6, 13.5)
    events = found(*fleets, fence=fence, kinds="cable_threat")
    if allowed:
        assert events == []
        return
    first, last = events
    assert (first.zone, first.mmsi, first.revision) == ("cable-x", ONE, 0)
    assert (last.id, last.revision, last.withdrawn) == (first.id, 1, False)
    assert first.evidence["words"].startswith("over Cable X: silent 6 h 00 min")
    assert "returned" in last.evidence["words"]


def test_late_data_that_withdraws_the_gap_withdraws_the_threat_to_the_cable():
    fence = Fence(ZoneSet((CABLE,)))
    lane = Fleet(np.linspace(-20.5, -18, 12), 45.05, 2.0, 90.0, 24, first=240_000_001)
    unheard = ship()
    away = (unheard["s"] > 6 * H) & (unheard["s"] < 13.5 * H)
    unheard.columns["delay"][away] = 13.6 * H - unheard["s"][away]
    events = found(around(), lane, unheard, fence=fence, kinds=("gap", "cable_threat"))
    assert {e.kind for e in events if e.withdrawn} >= {"gap_start", "cable_threat"}
