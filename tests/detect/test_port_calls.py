"""Port stops and port calls."""

import numpy as np
import pytest
from fleets import Fleet, positions, run

import detect.settled
from detect.config import DetectConfig
from detect.engine import Engine
from detect.motion import Motion
from detect.port_calls import PortCallConfig, PortCalls
from geofence.circle import circle
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError


def haven(name, lon, lat, kind="port"):
    return Zone(
        name, name.title(), kind, circle(lon, lat, 3000), centres=((lon, lat),), radius_m=3000.0,
        exit_buffer_m=1000.0, crossing=False,
    )  # fmt: skip


ZONES = (haven("alpha", 10.0, 45.0), haven("bravo", 10.05, 45.0))
FENCE = Fence(ZoneSet((*ZONES, haven("roads", 11.0, 45.0, "anchorage"))))
ONE, M = 227_000_001, 60


@pytest.fixture(autouse=True)
def only_these(monkeypatch):
    monkeypatch.setattr(detect.settled, "DETECTORS", (Motion, PortCalls))
    monkeypatch.setattr(detect.settled, "TICK_DETECTORS", ())


def voyage(*parts, every_s=60.0, hours=None):
    """A vessel that is at a longitude, with a speed, from a minute on; between them it is there."""
    hours = hours or parts[-1][0] / M + 1
    ship = Fleet(0.0, 45.0, 0.0, 90.0, hours, every_s)
    c = ship.columns
    for start, lon, sog in parts:
        at = c["s"] >= start * M
        c["lon"][at], c["sog"][at] = lon, sog
    return ship


def found(*fleets, cuts=(), **settings):
    config = DetectConfig(port_call=PortCallConfig(**settings))
    events = run(Engine(FENCE, config), positions(*fleets), cuts)
    return [e for e in events if e.kind.startswith("port")]


def told(events):
    return [(e.kind, e.zone, e.revision) for e in events]


IN = [(0, 9.9, 10.0), (10, 9.96, 6.0), (15, 9.99, 4.0), (20, 10.001, 0.1)]
OUT = [(200, 9.99, 4.0), (205, 9.97, 8.0), (210, 9.9, 10.0)]


def test_a_call_seen_from_entry_to_exit():
    events = found(voyage(*IN, *OUT))
    assert told(events) == [
        ("port_stop", "alpha", 0), ("port_call", "alpha", 0),
        ("port_stop", "alpha", 1), ("port_call", "alpha", 1),
    ]  # fmt: skip
    stop, call, moved, left = events
    assert stop.time - stop.episode >= np.timedelta64(15, "m")
    assert moved.evidence["measured"]["stopped_s"] == 180 * 60
    assert call.evidence["confidence"] == 3
    assert left.evidence["confidence"] == 4
    assert left.evidence["entered"] == str(call.episode)[:19] + "Z"
    assert left.evidence["left"] == left.evidence["end"]
    assert left.evidence["measured"]["stops"] == 1
    assert left.id == call.id
    assert "called at Alpha for" in left.evidence["words"]
    assert "confidence 4 of 4" in left.evidence["words"]


def test_first_heard_in_port():
    events = found(voyage((0, 10.001, 0.0), *OUT))
    assert events[1].evidence["confidence"] == 2
    assert events[1].evidence["entered"] is None
    assert events[-1].evidence["confidence"] == 3


def test_passing_through_is_no_call():
    assert found(voyage((0, 9.9, 10.0), (10, 10.0, 10.0), (20, 10.1, 10.0))) == []


def test_a_short_stop_and_a_wobble_are_none():
    assert found(voyage(*IN[:3], (20, 10.0, 0.1), (30, 10.0, 4.0), (40, 9.9, 10.0))) == []
    wobble = voyage(*IN, (60, 10.001, 0.4), (61, 10.001, 0.1), (100, 10.001, 0.3), *OUT)
    assert [e.kind for e in found(wobble)].count("port_stop") == 2


def test_from_the_quay_to_another_is_one_call_of_two_stops():
    ship = voyage(*IN, (60, 9.995, 3.0), (70, 9.99, 0.0), *OUT)
    events = found(ship)
    assert told(events)[-1] == ("port_call", "alpha", 1)
    assert len({e.id for e in events if e.kind == "port_call"}) == 1
    assert len({e.id for e in events if e.kind == "port_stop"}) == 2
    assert events[-1].evidence["measured"]["stops"] == 2


def test_the_nearer_of_two_ports_that_overlap():
    ship = voyage((0, 9.9, 10.0), (10, 9.98, 6.0), (20, 10.03, 5.0), (25, 10.045, 0.0), hours=2)
    assert told(found(ship)) == [("port_stop", "bravo", 0), ("port_call", "bravo", 0)]


def test_an_anchorage_is_a_stop_and_no_call():
    ship = voyage((0, 10.8, 10.0), (20, 10.99, 0.1), hours=2)
    assert told(found(ship)) == [("port_stop", "roads", 0)]


def silent(ship, start, end):
    return ship.drop((ship["s"] > start * M) & (ship["s"] < end * M))


def test_a_silence_of_hours_in_port_is_a_stop():
    way = [(0, 9.9, 10.0), (10, 9.96, 6.0), (15, 9.99, 4.0), (400, 9.9, 10.0)]
    events = found(silent(voyage(*way), 18, 398))
    assert sorted(told(events)) == [
        ("port_call", "alpha", 0), ("port_call", "alpha", 1),
        ("port_stop", "alpha", 0), ("port_stop", "alpha", 1),
    ]  # fmt: skip
    assert events[0].evidence["basis"] == "silence"
    assert "which counts as a stop" in events[0].evidence["words"]
    assert found(silent(voyage(*way), 18, 200)) == []


def test_who_is_heard_again_far_away_was_not_seen_to_leave():
    ship = voyage(*IN, (700, 13.0, 10.0), hours=13)
    events = found(silent(ship, 60, 701))
    last = events[-1]
    assert told(events)[-1] == ("port_call", "alpha", 1)
    assert last.evidence["left"] is None
    assert last.evidence["confidence"] == 3
    assert last.evidence["end"].startswith("2026-03-01T00:59")
    assert "last heard there" in last.evidence["words"]


def test_one_fix_late_fixes_and_no_speed():
    assert found(voyage((0, 10.0, 0.0), hours=0.01)) == []
    ship = voyage(*IN, *OUT)
    ship.columns["sog"][ship["sog"] < 1] = np.nan
    assert [e.kind for e in found(ship)].count("port_call") == 2


def test_the_same_however_cut():
    ship = voyage(*IN, (60, 9.995, 3.0), (70, 9.99, 0.0), *OUT)
    assert found(ship, cuts=range(0, 270, 7)) == found(ship)


def test_settings():
    with pytest.raises(ConfigError, match=r"detect\.port_call: move_kn is not above stop_kn"):
        PortCallConfig(stop_kn=0.5)
