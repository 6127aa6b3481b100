"""Detectors of one vessel: shown final fixes in the order of time, the same however cut."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

import detect.settled
from detect.config import DetectConfig
from detect.engine import Engine
from detect.events import Event, event_id
from detect.evidence import moment
from geofence.circle import circle
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from ingest.records import Messages, Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")
ALPHA = Zone("alpha", "Alpha", "closed-area", box(0, 0, 0.04, 0.04))
PORT = Zone("p", "P", "port", circle(1, 1, 3000), centres=((1.0, 1.0),), radius_m=3000.0)
FENCE = Fence(ZoneSet((ALPHA, PORT)))
SHOWN = []


class Spy:
    """Tells of each fix it is shown, and keeps how many it saw."""

    name = "spy"
    columns = {"seen": ("u2", 0), "lon0": ("f8", np.nan)}  # noqa: RUF012

    def judge(self, fixes, kept, scene):
        SHOWN.append(scene)
        events = []
        order = np.lexsort((fixes.time, fixes.slot))
        assert (order == np.arange(len(fixes))).all()
        assert (fixes.time <= scene.now).all()
        assert (fixes.time[fixes.heads] >= fixes.time0[fixes.heads]).all()
        first = kept.lon0[fixes.vessels]
        np.testing.assert_array_equal(first, fixes.lon0[fixes.heads])
        kept.lon0[fixes.vessels] = fixes.lon[fixes.tails]
        counts = np.diff(np.append(fixes.heads, len(fixes)))
        seen = np.arange(len(fixes)) - np.repeat(fixes.heads, counts) + kept.seen[fixes.slot]
        kept.seen[fixes.vessels] += counts.astype("u2")
        inside = scene.in_kind(fixes, "closed-area")
        facts = scene.facts(fixes.slot)
        for row, mmsi in enumerate(scene.mmsi(slice(None)).tolist()):
            at = moment(int(fixes.time[row]))
            kept.rare[int(fixes.slot[row])] = row
            events.append(Event(
                event_id("safety_text", (mmsi,), None, at), "safety_text", mmsi, at,
                float(fixes.lon[row]), float(fixes.lat[row]), None, at,
                scene.line_of(int(fixes.time[row])), (mmsi,),
                {"words": "spied", "n": int(seen[row]), "in": bool(inside[row]),
                 "length": int(facts.length[row]), "unit": int(facts.unit[row])},
            ))  # fmt: skip
        return events


class Whole(Spy):
    """The same, asked at ticks only."""

    name = "whole"
    whole = True

    def judge(self, fixes, kept, scene):
        assert scene.watermark == scene.now + 30_000_000
        (heard,) = np.nonzero(scene.last.time[: len(scene.lane.slots)] > scene.now)
        assert not len(heard)
        return super().judge(fixes, kept, scene)


KINDS = [Spy, Whole]


@pytest.fixture(autouse=True)
def spy(monkeypatch):
    monkeypatch.setattr(detect.settled, "TICK_DETECTORS", ())
    use(monkeypatch, Spy)


def use(monkeypatch, *kinds):
    monkeypatch.setattr(detect.settled, "DETECTORS", kinds)
    SHOWN.clear()


def sea(seed, n=200, vessels=9, jitter=0):
    rng = np.random.default_rng(seed)
    seconds = np.sort(rng.choice(n * 20, n, replace=False))
    who = rng.integers(0, vessels, n)
    late = np.random.default_rng(seed + 1).integers(0, jitter + 1, n)
    order = np.argsort(seconds + late, kind="stable")
    lon = rng.uniform(-0.01, 0.05, n)
    lon[rng.random(n) < 0.05] = np.nan
    rows = Positions.absent(
        n, time=START + seconds * np.timedelta64(1, "s"), mmsi=201_000_000 + who, lon=lon,
        lat=rng.uniform(0, 0.05, n), msg_type=np.where(who % 2, 1, 18), sog=rng.uniform(0, 9, n),
        cog=rng.uniform(0, 360, n),
    )  # fmt: skip
    rows = replace(rows.take(order), line=np.arange(n) * 2)
    m = n // 3
    at = np.sort(rng.integers(0, n, m))
    statics = Statics.absent(
        m, mmsi=201_000_000 + rng.integers(0, vessels + 3, m), line=at * 2 + 1,
        msg_type=rng.choice([5, 24], m), to_bow=rng.integers(0, 200, m),
    )  # fmt: skip
    return rows, statics


def run(rows, statics=None, cuts=(), config=None, restarts=False):
    engine = Engine(FENCE, config)
    events, edges = [], [0, *sorted(cuts), len(rows)]
    statics = Statics.empty() if statics is None else statics
    for a, b in zip(edges, edges[1:]):  # noqa: B905, RUF007
        first = rows.line[a] if a else -1
        end = rows.line[b] if b < len(rows) else 1 << 60
        said = statics.take((statics.line >= first) & (statics.line < end))
        events += engine.step(rows.take(slice(a, b)), said, Messages.empty())
        if restarts:
            engine = pickle.loads(pickle.dumps(engine))
            engine.attach(Fence(ZoneSet((PORT, ALPHA))))
    return [e for e in events if e.kind == "safety_text"], engine


@given(
    seed=st.integers(0, 2**32 - 1), cuts=st.sets(st.integers(1, 199), max_size=8),
    vessels=st.sampled_from([8, 4096]), restarts=st.booleans(), kind=st.sampled_from(KINDS),
)  # fmt: skip
@settings(max_examples=8, deadline=None)
def test_what_detectors_say_is_the_same_however_the_stream_is_cut(
    seed, cuts, vessels, restarts, kind
):
    with pytest.MonkeyPatch.context() as patch:
        use(patch, kind)
        _the_same_however_cut(seed, cuts, vessels, restarts)


def _the_same_however_cut(seed, cuts, vessels, restarts):
    rows, statics = sea(seed, jitter=70)
    config = DetectConfig(vessels=vessels, top_speed_kn=1e6)
    whole, _ = run(rows, statics, config=config)
    assert run(rows, statics, cuts, config, restarts)[0] == whole
    assert run(rows, statics, range(1, len(rows)), config)[0] == whole
    assert len(whole) > 50


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_the_order_within_the_window_does_not_show(seed):
    """Reports that come up to 30 s late are judged as if they had come in time."""
    found = []
    for jitter in (0, 29):
        rows, _ = sea(seed, jitter=jitter)
        events, engine = run(rows, config=DetectConfig(top_speed_kn=1e6))
        assert engine._settled.tally.late == 0
        found.append([(e.id, e.time, e.evidence["n"], e.lon) for e in events])
    end = min(len(f) for f in found) - 20
    assert end > 100
    assert sorted(found[0][:end]) == sorted(found[1][:end])


def test_what_is_shown_beside_the_fixes(monkeypatch):
    use(monkeypatch, Whole)
    rows, statics = sea(1)
    _, engine = run(rows, statics)
    assert len(SHOWN) > 50
    assert sum(len(s.statics) for s in SHOWN) > 50
    assert sum(len(s.placeless) for s in SHOWN) > 3
    assert all(s.watermark % 30_000_000 == 0 for s in SHOWN)
    assert all(s.now == s.watermark - 30_000_000 for s in SHOWN)
    for scene in SHOWN:
        heard = scene.static_slots >= 0
        mmsi = scene.statics.mmsi[heard]
        np.testing.assert_array_equal(scene.mmsi_of(scene.static_slots[heard]), mmsi)
    lon, lat = np.array([1.0, 1.05, 1.2]), np.array([1.0, 1.0, 1.0])
    around = SHOWN[-1]
    assert around.near_port(lon, lat, 1.0).tolist() == [True, False, False]
    assert around.near_port(lon, lat, 10_000.0).tolist() == [True, True, False]
    assert [z.id for z in around.zones_at(int(engine.fence.lookup(
        np.array([0.01]), np.array([0.01]), np.array([START]))[0]))] == ["alpha"]  # fmt: skip


def test_statics_before_the_first_position_are_remembered():
    rows, _ = sea(3)
    mmsi = rows.mmsi[50:51]
    statics = Statics.absent(1, mmsi=mmsi, line=np.array([0]), msg_type=np.array([5]),
                             to_bow=np.array([90]))  # fmt: skip
    events, _ = run(rows.take(slice(50, None)), statics)
    mine = [e.evidence["length"] for e in events if e.mmsi == mmsi[0]]
    assert set(mine) == {90}


def test_reports_later_than_the_window_are_shown_as_late_only(monkeypatch):
    use(monkeypatch, Whole)
    n = 10
    seconds = np.array([0, 60, 120, 180, 240, 70, 300, 360, 420, 480])
    rows = Positions.absent(
        n, time=START + seconds * np.timedelta64(1, "s"), mmsi=np.full(n, 201_000_000),
        lon=np.full(n, 0.1), lat=np.full(n, 0.1), msg_type=np.ones(n), line=np.arange(n),
    )  # fmt: skip
    events, _ = run(rows)
    assert len(events) == 8
    late = [s.late for s in SHOWN if len(s.late)]
    assert [int((t - START.astype(np.int64)) // 10**6) for r in late for t in r.time] == [70]


def test_a_vessel_forgotten_is_new_again():
    n = 60
    rows = Positions.absent(
        n, time=START + np.arange(n) * np.timedelta64(60, "s"), line=np.arange(n),
        mmsi=201_000_000 + np.arange(n) % 20, lon=np.full(n, 0.1), lat=np.full(n, 0.1),
        msg_type=np.ones(n),
    )  # fmt: skip
    _, engine = run(rows, config=DetectConfig(vessels=8))
    kept = engine._settled.main.kept["spy"]
    assert kept.rare.keys() <= set(range(8))
    assert kept.seen.max() <= 2


def test_zones_that_change_are_asked_anew_for_what_waits():
    engine = Engine(Fence(ZoneSet(())))
    n = 6
    rows = Positions.absent(
        n, time=START + np.arange(n) * np.timedelta64(25, "s"), line=np.arange(n),
        mmsi=np.full(n, 201_000_000), lon=np.full(n, 0.01), lat=np.full(n, 0.01),
        msg_type=np.ones(n),
    )  # fmt: skip
    events = engine.step(rows.take(slice(0, 3)), Statics.empty(), Messages.empty())
    engine.swap(FENCE)
    events += engine.step(rows.take(slice(3, None)), Statics.empty(), Messages.empty())
    spied = [e.evidence["in"] for e in events if e.kind == "safety_text"]
    assert spied == [False, True, True, True]


def test_who_is_turned_off_is_not_asked():
    rows, _ = sea(1)
    assert run(rows, config=DetectConfig(off=("loitering",)))[0]
    assert not run(rows, config=DetectConfig(off=("all",)))[0]
    with pytest.raises(ConfigError, match="off names 'loitring', which is no detector"):
        DetectConfig(off=("loitring",))


def test_beacons_aids_and_aircraft_are_no_ships():
    mmsis = (970_000_001, 972_000_001, 992_011_001, 111_201_001, 2_010_000, 201_000_001, 82)
    n = len(mmsis) * 5
    rows = Positions.absent(
        n, time=START + np.arange(n) * np.timedelta64(20, "s"), line=np.arange(n),
        mmsi=np.array(mmsis * 5), lon=np.full(n, 0.1), lat=np.full(n, 0.1), msg_type=np.ones(n),
    )  # fmt: skip
    assert {e.mmsi for e in run(rows)[0]} == {201_000_001, 82}
