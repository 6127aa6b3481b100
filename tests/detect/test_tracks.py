"""Two under one MMSI are two tracks and one event; a wild fix is nothing; a jump is one event."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import box

import detect.settled
from detect.config import DetectConfig
from detect.engine import Engine
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.records import Flag, Messages, Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")
ZONES = ZoneSet((
    Zone("a", "A", "watch", box(-1, -1, 1, 1)), Zone("b", "B", "watch", box(49, 19, 51, 21)),
))  # fmt: skip
FENCE = Fence(ZONES)
KINDS = ("identity_twice", "impossible_movement")
SEEN = []


class Spy:
    name = "spy"
    columns = {"lon": ("f8", np.nan), "lat": ("f8", np.nan)}  # noqa: RUF012

    def judge(self, fixes, kept, scene):
        for row in range(len(fixes)):
            slot = fixes.slot[row]
            SEEN.append((
                int(scene.key_of(fixes.slot[row : row + 1])[0]), int(fixes.time[row]),
                float(fixes.lon[row]), int(scene.mmsi([row])[0]), scene.beside,
            ))  # fmt: skip
            first = row in fixes.heads.tolist()
            if first and row not in fixes.unlinked:
                np.testing.assert_array_equal(kept.lon[slot], fixes.lon0[row])
        kept.lon[fixes.vessels] = fixes.lon[fixes.tails]
        return []


@pytest.fixture(autouse=True)
def spy(monkeypatch):
    monkeypatch.setattr(detect.settled, "DETECTORS", (Spy,))
    monkeypatch.setattr(detect.settled, "TICK_DETECTORS", ())
    SEEN.clear()


def sailing(places, every=60, msg_type=1, mmsi=201_000_000):
    """Reports of one MMSI, one a minute, here or there; each of the two sails at 10 kn."""
    n = len(places)
    seconds = np.arange(n) * every
    lon = [p[0] + s / 3600 * 10 / 60 for p, s in zip(places, seconds, strict=True)]
    return Positions.absent(
        n, time=START + seconds * np.timedelta64(1, "s"), mmsi=np.full(n, mmsi), lon=np.array(lon),
        lat=np.array([p[1] for p in places]), msg_type=np.full(n, msg_type), line=np.arange(n),
        sog=np.full(n, 10.0), cog=np.full(n, 90.0),
    )  # fmt: skip


def run(rows, cuts=(), config=None, restarts=False):
    """All events, after enough traffic of another vessel that everything is final."""
    end = rows.time.max()
    pad = Positions.absent(
        3, time=end + np.array([40, 80, 120]) * np.timedelta64(1, "s"), msg_type=np.ones(3),
        mmsi=np.full(3, 999), lon=np.zeros(3), lat=np.full(3, 70.0),
        line=rows.line.max() + np.arange(1, 4),
    )  # fmt: skip
    rows = Positions.concat([rows, pad])
    engine, events = Engine(FENCE, config), []
    edges = [0, *sorted(c for c in cuts if c < len(rows)), len(rows)]
    for a, b in zip(edges, edges[1:]):  # noqa: B905, RUF007
        events += engine.step(rows.take(slice(a, b)), Statics.empty(), Messages.empty())
        if restarts:
            engine = pickle.loads(pickle.dumps(engine))
            engine.attach(FENCE)
    return events


def tracks():
    """Longitudes seen by track: key of the track to them."""
    found = {}
    for key, _, lon, mmsi, beside in SEEN:
        if mmsi != 999:
            assert (key >> 30 > 0) == beside
            found.setdefault(key >> 30, []).append(lon)
    return found


A, B, C = (0.0, 0.0), (50.0, 20.0), (-70.0, 40.0)
rhythm = st.lists(st.sampled_from("AB"), min_size=1, max_size=30)


@given(rhythm)
@example(list("AABB" * 4))
@example(list("AB" * 6))
@example(list("AAAAAB" * 4))
@example(list("ABBBBB" * 4))
@settings(max_examples=60, deadline=None)
def test_two_ships_under_one_number_are_two_tracks_and_one_event(middle):
    """Whatever the rhythm: at the end each is on a track of its own and nobody jumps about."""
    SEEN.clear()
    told = [*"AAA", *middle, *"ABABABABAB"]
    events = [e for e in run(sailing([A if c == "A" else B for c in told])) if e.kind in KINDS]
    twice = [e for e in events if e.kind == "identity_twice"]
    assert [e.revision for e in twice] == [0]
    assert twice[0].subjects == (201_000_000,)
    assert not [e for e in events if e.kind == "impossible_movement" and not e.withdrawn
                and e.id not in {w.id for w in events if w.withdrawn}]  # fmt: skip
    last = {key: lons[-3:] for key, lons in tracks().items()}
    assert len(last) == 2
    sides = sorted(sorted({round(lon / 50) for lon in lons}) for lons in last.values())
    assert sides == [[0], [1]]


@given(
    rhythm, st.sets(st.integers(1, 50), max_size=6), st.booleans(),
)  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_tracks_are_the_same_however_the_stream_is_cut(middle, cuts, restarts):
    rows = sailing([A if c == "A" else B for c in [*"AAA", *middle, *"ABABAB"]])
    whole = run(rows)
    assert run(rows, cuts, restarts=restarts) == whole
    assert run(rows, range(1, len(rows))) == whole


@given(st.integers(1, 20), st.sampled_from([B, C, (0.0, 0.0), (180.0, 0.0), (0.0, 90.0)]))
@settings(max_examples=20, deadline=None)
def test_a_single_bad_fix_is_nothing(at, bad):
    SEEN.clear()
    places = [(0.0, 40.0)] * 25
    places[at] = bad
    assert not [e for e in run(sailing(places)) if e.kind in KINDS]
    assert set(tracks()) == {0}
    assert len(tracks()[0]) == 24


def test_bad_fixes_here_and_there_are_nothing():
    places = [A] * 60
    for n, bad in enumerate((B, C, (10.0, 60.0), (-20.0, -40.0), (100.0, 10.0))):
        places[5 + n * 9] = bad
    assert not [e for e in run(sailing(places)) if e.kind in KINDS]


def test_units_without_a_position_are_not_two():
    rows = sailing([(5.0, 50.0) if n % 4 else (0.0, 0.0) for n in range(60)])
    rows.lon[::4] = 0.0
    assert not [e for e in run(rows) if e.kind in KINDS]


def test_a_jump_that_stays_is_one_event():
    events = [e for e in run(sailing([A] * 10 + [B] * 30)) if e.kind in KINDS]
    assert [(e.kind, e.revision) for e in events] == [("impossible_movement", 0)]
    (event,) = events
    assert event.episode == START + np.timedelta64(600, "s")
    assert event.time == START + np.timedelta64(900, "s")
    assert event.evidence["measured"]["distance_nm"] == pytest.approx(3160, abs=20)
    assert event.evidence["threshold"] == {"speed_kn": 60.0, "fixes": 3, "stayed_s": 300.0}
    assert "implied" in event.evidence["words"]


def test_a_jump_out_and_back_is_one_event_with_its_end():
    events = [e for e in run(sailing([A] * 10 + [B] * 15 + [A] * 30)) if e.kind in KINDS]
    assert [(e.kind, e.revision, e.withdrawn) for e in events] == [
        ("impossible_movement", 0, False), ("impossible_movement", 1, False),
    ]  # fmt: skip
    assert events[0].id == events[1].id
    assert events[1].evidence["end"] == "2026-03-01T00:25:00Z"


def test_a_short_jump_out_and_back_is_nothing():
    assert not [e for e in run(sailing([A] * 10 + [B] * 3 + [A] * 30)) if e.kind in KINDS]


def test_a_jump_that_turns_out_to_be_a_second_vessel_never_was():
    told = [A] * 10 + [B] * 12 + [A, B] * 10
    events = [e for e in run(sailing(told)) if e.kind in KINDS]
    assert [(e.kind, e.revision, e.withdrawn) for e in events] == [
        ("impossible_movement", 0, False), ("identity_twice", 0, False),
        ("impossible_movement", 1, True),
    ] or [(e.kind, e.withdrawn) for e in events] == [
        ("impossible_movement", False), ("impossible_movement", True), ("identity_twice", False),
    ]  # fmt: skip


def test_two_heard_by_turns_by_satellites_are_two():
    """Three quarters of an hour of the one, then of the other: no vessel comes and goes so."""
    told = ([A] * 9 + [B] * 9) * 3
    events = [e for e in run(sailing(told, every=300)) if e.kind in KINDS]
    last = {e.id: (e.kind, e.withdrawn) for e in events}
    assert sorted(last.values()) == [("identity_twice", False), ("impossible_movement", True)]


def test_two_tracks_end_when_one_is_silent_for_long():
    config = DetectConfig()
    told = [A, B] * 10 + [A] * (7 * 60)
    events = [e for e in run(sailing(told), config=config) if e.kind in KINDS]
    assert [(e.kind, e.revision) for e in events] == [("identity_twice", 0), ("identity_twice", 1)]
    assert events[1].evidence["end"] == "2026-03-01T00:19:00Z"
    assert "10 fixes of the second" in events[1].evidence["words"]


def test_each_of_two_is_judged_by_zones_for_itself():
    events = run(sailing([A] * 3 + [A, B] * 10))
    zones = [(e.kind, e.zone) for e in events if e.zone]
    assert zones == [("zone_inside", "a"), ("zone_inside", "b")]


def test_aircraft_may_jump():
    rows = sailing([A, B] * 10, msg_type=9, mmsi=111_201_001)
    assert not [e for e in run(rows) if e.kind in KINDS]


def test_over_the_antimeridian_and_at_a_pole_nobody_jumps():
    for places in (
        [(179.999, 10.0), (-179.999, 10.0)] * 15,
        [(lon, 89.999) for lon in range(-180, 180, 12)],
        [(0.0, 90.0), (123.0, 90.0)] * 10,
    ):
        n = len(places)
        rows = Positions.absent(
            n, time=START + np.arange(n) * np.timedelta64(60, "s"), mmsi=np.full(n, 201),
            lon=np.array([float(p[0]) for p in places]), lat=np.array([p[1] for p in places]),
            msg_type=np.ones(n), line=np.arange(n),
        )  # fmt: skip
        assert not [e for e in run(rows) if e.kind in KINDS]


def test_one_fix_vessels_and_equal_times_are_nothing():
    assert not [e for e in run(sailing([A])) if e.kind in KINDS]
    assert not [e for e in run(sailing([A, B, C, A, B], every=0)) if e.kind in KINDS]


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_the_order_within_the_window_makes_no_difference(seed):
    rng = np.random.default_rng(seed)
    told = [A if rng.random() < 0.6 else B for _ in range(60)] + [A, B] * 5
    rows = sailing(told, every=20)
    final = []
    for late in (0, 29):
        delay = np.arange(len(rows)) * 20 + rng.integers(0, late + 1, len(rows))
        order = np.argsort(delay, kind="stable")
        shuffled = rows.take(order)
        object.__setattr__(shuffled, "line", np.arange(len(rows)))
        events = run(shuffled)
        final.append([(e.id, e.episode, e.withdrawn) for e in events if e.kind in KINDS])
    assert final[0] == final[1]
    assert final[0]


def test_nobody_can_fill_the_memory_with_tracks():
    config = DetectConfig(vessels=512)
    rng = np.random.default_rng(1)
    n = 6000
    rows = Positions.absent(
        n, time=START + np.arange(n) * np.timedelta64(1, "s"), msg_type=np.ones(n),
        mmsi=201_000_000 + rng.integers(0, 40, n), line=np.arange(n),
        lon=rng.choice([-150.0, -100, -50, 50, 100, 150], n), lat=rng.choice([-40.0, 0, 40], n),
    )  # fmt: skip
    engine = Engine(FENCE, config)
    events = engine.step(rows, Statics.empty(), Messages.empty())
    assert len(engine._beside.memory.slots) <= 8
    assert len(engine._settled.beside.slots) <= 8
    assert sum(e.kind == "identity_twice" and not e.revision for e in events) <= 40
    assert len(pickle.dumps(engine)) < 2_000_000


@pytest.mark.parametrize("alone", [True, False], ids=["of one line", "of all"])
def test_a_line_that_lost_its_time_is_off_the_track_and_no_jump(alone):
    """Twelve miles off: in a recording without a clock that may be, between timed reports not."""
    place, off = (0.0, 0.0), (0.2, 0.0)
    rows = sailing([place] * 8 + [off] + [place] * 20, every=10)
    flags = np.full(len(rows), Flag.UNTIMED, np.uint16)
    if alone:
        flags[np.arange(len(rows)) != 8] = 0
    rows = replace(rows, flags=flags.astype(rows.flags.dtype))
    results = []
    for cuts in ((), (8,), (9,), range(1, len(rows))):
        SEEN.clear()
        assert [e.kind for e in run(rows, cuts) if e.kind in KINDS] == []
        results.append(tracks()[0])
    assert all(each == results[0] for each in results)
    assert (max(results[0]) > 0.1) == (not alone)
