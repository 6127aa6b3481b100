"""Zone events against a plain model that knows no arrays: one fix at a time, shapely only."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from detect.config import DetectConfig
from detect.engine import Engine
from detect.events import event_id
from detect.fixes import Fix, reachable
from detect.tracks import TracksConfig
from geofence.buffer import grow
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.records import Messages, Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")
HOUR = np.timedelta64(3600, "s")
# The model of these tests knows of jumps, and not of two under one number.
CONFIG = DetectConfig(off=("all",), tracks=TracksConfig(agree=100))
KINDS = ("zone_enter", "zone_inside", "zone_exit", "zone_dwell")

ZONES = ZoneSet(
    (
        Zone("a", "Alpha", "watch", box(0, 0, 0.04, 0.04), exit_buffer_m=1_000, dwell_s=600),
        Zone("b", "Bravo", "watch", box(0.02, 0.02, 0.06, 0.06), exit_buffer_m=0, dwell_s=0),
        Zone("c", "Charlie", "port", box(0.03, 0, 0.05, 0.02), crossing=False, exit_buffer_m=500),
        Zone(
            "era", "Era", "watch", box(0.0, 0.0, 0.03, 0.06),
            valid_from=START + HOUR, valid_to=START + 2 * HOUR,
        ),
    )
)  # fmt: skip
FENCE = Fence(ZONES)
GROWN = {z.id: grow(z.geometry, z.exit_buffer_m) for z in ZONES}


def positions(rows, first_line=0):
    """Positions from (mmsi, seconds after START, lon, lat) and perhaps a type."""
    mmsi, seconds, lon, lat = (np.array([r[i] for r in rows]) for i in range(4))
    kinds = np.array([r[4] if len(r) > 4 else 1 for r in rows])
    time = START + (seconds * 1e6).astype("timedelta64[us]") if rows else np.empty(0, "M8[us]")
    return Positions.absent(
        len(rows), mmsi=mmsi, time=time, lon=lon, lat=lat, msg_type=kinds,
        sog=np.full(len(rows), 10.0), line=np.arange(len(rows)) + first_line, watermark=time,
    )  # fmt: skip


def step(engine, rows, first_line=0):
    return engine.step(positions(rows, first_line), Statics.empty(), Messages.empty())


def told(events, kinds=KINDS):
    """What matters of events: line, kind, zone, vessel, when it was and began, in seconds."""
    s = np.timedelta64(1, "s")
    return [
        (e.line, e.kind, e.zone, e.mmsi, (e.time - START) / s, (e.episode - START) / s)
        for e in events
        if e.kind in kinds
    ]


class Model:
    """The rules of zones, written down as plainly as can be."""

    def __init__(self):
        self.last, self.doubt, self.inside, self.told = {}, {}, {}, {}
        self.events = []

    def hear(self, line, mmsi, seconds, lon, lat):
        fix = Fix(round(seconds * 1e6), lon, lat, 10.0)
        last, doubt = self.last.get(mmsi), self.doubt.get(mmsi)
        if fix.time < max((f.time for f in (last, doubt) if f), default=fix.time):
            return
        if last and not reachable(last, fix, CONFIG):
            if not (doubt and reachable(doubt, fix, CONFIG)):
                self.doubt[mmsi] = fix
                return
            self.judge(line, mmsi, doubt)
        self.doubt.pop(mmsi, None)
        self.judge(line, mmsi, fix)

    def judge(self, line, mmsi, fix):
        known, before = self.inside.setdefault(mmsi, {}), self.last.get(mmsi)
        found = []
        for zone in ZONES:
            valid = zone.valid_at(START + np.timedelta64(fix.time, "us"))
            drawn = valid and shapely.intersects_xy(zone.geometry, fix.lon, fix.lat)
            near = valid and shapely.intersects_xy(GROWN[zone.id], fix.lon, fix.lat)
            if zone.id in known and not (drawn or near):
                found.append((0, "zone_exit", zone.id, known.pop(zone.id)))
                self.told.pop((mmsi, zone.id), None)
            elif zone.id not in known and drawn:
                was = before and shapely.intersects_xy(zone.geometry, before.lon, before.lat)
                known[zone.id] = fix.time
                kind = "zone_enter" if before and not was else "zone_inside"
                found.append((1 if kind == "zone_enter" else 2, kind, zone.id, fix.time))
            if (
                zone.id in known and zone.dwell_s is not None
                and (mmsi, zone.id) not in self.told
                and fix.time >= known[zone.id] + zone.dwell_s * 1e6
            ):  # fmt: skip
                self.told[mmsi, zone.id] = True
                found.append((3, "zone_dwell", zone.id, known[zone.id]))
        self.last[mmsi] = fix
        self.events += [
            (line, kind, zone, mmsi, fix.time / 1e6, since / 1e6)
            for _, kind, zone, since in sorted(found)
        ]


@st.composite
def voyages(draw):
    """Reports of a few vessels on a lattice that has edges and corners of the zones on it."""
    rows, now = [], 0.0
    for _ in range(draw(st.integers(1, 60))):
        now += draw(st.sampled_from([0, 1, 10, 180, 700, 2000]))
        late = draw(st.sampled_from([0, 0, 0, 0, 5, 400]))
        wild = draw(st.sampled_from([0, 0, 0, 0, 0, 0, 3.0]))
        lon, lat = draw(st.integers(-4, 16)) * 0.005 + wild, draw(st.integers(-4, 16)) * 0.005
        rows.append((draw(st.sampled_from([201, 202, 70_001])), max(now - late, 0.0), lon, lat))
    return rows


@given(voyages())
@settings(max_examples=60, deadline=None)
def test_equals_the_model(rows):
    model = Model()
    for line, row in enumerate(rows):
        model.hear(line, *row)
    # Of two fixes of one time the exits come first: the model has them in the order of arrival.
    assert sorted(told(step(Engine(FENCE, CONFIG), rows))) == sorted(model.events)


def one(*places, mmsi=201, every=60):
    """One vessel's reports at these places."""
    return [(mmsi, i * every, *place) for i, place in enumerate(places)]


def kinds(events, zone):
    return [e.kind for e in events if e.zone == zone]


IN, RING, OUT = (0.01, 0.01), (0.01, -0.005), (0.01, -0.02)


def test_wobbling_between_the_edges_of_a_zone_is_one_stay():
    events = step(Engine(FENCE, CONFIG), one(OUT, IN, RING, IN, RING, IN, RING, OUT, RING, OUT))
    assert kinds(events, "a") == ["zone_enter", "zone_exit"]
    assert len({e.episode for e in events}) == 1
    assert len({e.id for e in events}) == 2


def test_the_first_fix_inside_is_told_as_such_and_with_words():
    (event,) = step(Engine(FENCE, CONFIG), one(IN))
    assert event.kind == "zone_inside"
    assert event.subjects == (201,)
    assert event.id == event_id("zone_inside", (201,), "a", event.time)
    assert event.evidence["words"] == (
        "inside Alpha when first heard, at 00°00.6'N 000°00.6'E, 10.0 kn"
    )
    assert event.evidence["before"] is None
    assert event.evidence["fix"] == {
        "time": "2026-03-01T00:00:00Z", "lon": 0.01, "lat": 0.01, "sog": 10.0,
    }  # fmt: skip


def test_entering_between_the_edges_is_not_entering():
    assert not step(Engine(FENCE, CONFIG), one(OUT, RING, RING, OUT))


def test_dwelling_is_told_once_at_the_first_fix_after_the_limit():
    events = step(Engine(FENCE, CONFIG), one(OUT, *[IN] * 12, RING, IN, OUT))
    assert kinds(events, "a") == ["zone_enter", "zone_dwell", "zone_exit"]
    assert [e.line for e in events] == [1, 11, 15]
    dwelt = events[1]
    assert dwelt.evidence["inside_s"] == dwelt.evidence["dwell_s"] == 600
    assert "inside Alpha for 10 min (limit 10 min)" in dwelt.evidence["words"]


def test_a_vessel_that_left_before_the_limit_was_heard_of_does_not_dwell():
    events = step(Engine(FENCE, CONFIG), one(OUT, IN, OUT, every=700))
    assert kinds(events, "a") == ["zone_enter", "zone_exit"]


def test_a_zone_that_comes_into_force_over_a_vessel_was_not_entered():
    here = (0.01, 0.05)  # in "era" only
    hour = 3600
    rows = [(201, s, *here) for s in (0, hour - 1, hour, 2 * hour - 1, 2 * hour)]
    events = step(Engine(FENCE, CONFIG), rows)
    assert [(e.line, e.kind) for e in events] == [(2, "zone_inside"), (4, "zone_exit")]
    assert "came into force" in events[0].evidence["words"]
    assert events[1].evidence["reason"] == "no longer valid"


def test_a_zone_is_entered_by_a_vessel_that_comes_as_it_begins():
    events = step(Engine(FENCE, CONFIG), [(201, 3590, 0.01, 0.07), (201, 3660, 0.01, 0.06)])
    assert [e.kind for e in events] == ["zone_enter"]


def test_late_fixes_move_nothing():
    rows = [(201, 100, *OUT), (201, 200, *IN), (201, 150, *OUT), (201, 260, *IN)]
    engine = Engine(FENCE, CONFIG)
    assert kinds(step(engine, rows), "a") == ["zone_enter"]
    assert engine.tally.late == 1


def test_a_wild_fix_is_neither_an_exit_nor_an_entry():
    engine = Engine(FENCE, CONFIG)
    assert kinds(step(engine, one(IN, (20.0, 50.0), IN)), "a") == ["zone_inside"]
    assert engine.tally.dropped == 1


def test_a_jump_that_a_second_fix_confirms_counts_and_names_both_fixes():
    engine = Engine(FENCE, CONFIG)
    events = step(engine, one(IN, (20.0, 50.0), (20.001, 50.0)))
    assert kinds(events, "a") == ["zone_inside", "zone_exit"]
    assert engine.tally.believed == 1
    assert events[1].line == 2  # known with the second
    assert events[1].time == START + np.timedelta64(60, "s")  # true at the first


def test_aircraft_are_as_fast_as_they_like_and_do_not_call_at_ports():
    port = (0.045, 0.005)
    for mmsi, kind in ((111_232_501, 1), (201, 9)):
        rows = [(mmsi, 0, 3.0, 0.0, kind), (mmsi, 10, *port, kind), (mmsi, 20, 0.01, 0.01, kind)]
        events = step(Engine(FENCE, CONFIG), rows)
        assert [(e.kind, e.zone) for e in events] == [("zone_enter", "a")]
    assert [e.zone for e in step(Engine(FENCE, CONFIG), [(201, 0, *port, 1)])] == ["c"]


@pytest.mark.parametrize("kind", [4, 21])
def test_base_stations_and_aids_are_in_no_zone(kind):
    assert not step(Engine(FENCE, CONFIG), [(2_320_001, 0, *IN, kind)])


@pytest.mark.parametrize("kind", [1, 2, 3, 9, 11, 18, 19, 27])
def test_everything_mobile_is_judged(kind):
    assert len(step(Engine(FENCE, CONFIG), [(201, 0, *IN, kind)])) == 1


def test_fixes_without_a_place_move_nothing():
    rows = one(IN, (np.nan, np.nan), (np.nan, 0.01), IN)
    assert kinds(step(Engine(FENCE, CONFIG), rows), "a") == ["zone_inside"]


def test_a_vessel_forgotten_is_inside_anew_when_heard_again():
    engine = Engine(FENCE, DetectConfig(vessels=8))
    # Vessels heard once go first, so the crowd is heard twice each.
    crowd = [(1_000 + i // 2, 120, 50.0, 50.0) for i in range(80)]
    events = step(engine, [*one(IN, IN), *crowd, (201, 180, *IN)])
    assert kinds(events, "a") == ["zone_inside", "zone_inside"]
    assert engine.vessels <= 8


def test_a_protected_vessel_is_not_forgotten():
    engine = Engine(FENCE, DetectConfig(vessels=8))
    engine.protect(np.array([201], np.uint32))
    crowd = [(1_000 + i // 2, 120, 50.0, 50.0) for i in range(400)]
    rows = [*one(IN), *crowd, (201, 180, *IN)]
    assert kinds(step(engine, rows), "a") == ["zone_inside"]
