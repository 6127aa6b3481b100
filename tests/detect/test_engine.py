"""The engine: the same events however its input is cut, and over changes of zones."""

import itertools
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, box

from detect.config import DetectConfig
from detect.engine import Engine
from geofence.fence import Fence
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from ingest.records import Messages, Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")
ALPHA = Zone("alpha", "Alpha", "watch", box(0, 0, 0.04, 0.04), dwell_s=900)
BRAVO = Zone("bravo", "Bravo", "watch", box(0.03, 0, 0.08, 0.04), exit_buffer_m=300)
THIN = Zone("thin", "Thin", "cable", box(0.05, -1, 0.0502, 1))
GATE = Zone("gate", "Gate", "gate", LineString([(0.02, -1), (0.02, 1)]))
ERA = Zone("era", "Era", "watch", box(0, 0, 0.1, 0.1), valid_from=START + np.timedelta64(3600, "s"))
ZONES = ZoneSet((ALPHA, BRAVO, THIN, GATE, ERA))
FENCE = Fence(ZONES)
OTHER = Fence(ZoneSet(ZONES.zones[::-1]))  # the same zones, and other numbers for everything
PLAIN = DetectConfig(off=("all",))  # zones, gates and distress
ALL_KINDS = {"zone_enter", "zone_inside", "zone_exit", "zone_dwell", "zone_cross", "gate_passage"}


def traffic(seed, n, vessels=12, wild=0.03, late=0.05):
    """Vessels that wander about the zones, with late and wild fixes and beacons among them."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, vessels, n)
    seconds = np.cumsum(rng.exponential(600 / vessels, n))
    seconds = np.maximum(seconds - (rng.random(n) < late) * rng.integers(0, 900, n), 0).round()
    lon, lat = np.empty(n), np.empty(n)
    at = rng.uniform(-0.02, 0.1, (vessels, 2))
    for i, v in enumerate(who):
        at[v] += rng.normal(0, 0.006, 2) + (0.04 - at[v]) * 0.05
        lon[i], lat[i] = at[v] + (rng.random() < wild) * rng.uniform(1, 3)
    kinds = rng.choice([1, 3, 18, 27, 9, 4, 21], n, p=[0.4, 0.2, 0.2, 0.1, 0.04, 0.03, 0.03])
    time = START + (seconds * 1e6).astype("timedelta64[us]")
    mmsi = np.where(who == 0, 972_000_001, 201_000_000 + who * 7)
    lon[(rng.random(n) < 0.02) & (who > 0)] = np.nan  # a distress at NaN is not equal to itself
    return Positions.absent(
        n, time=time, mmsi=mmsi, lon=lon, lat=lat, msg_type=kinds, line=np.arange(n) * 3,
        sog=rng.uniform(0, 20, n).round(1), status=np.where(who == 0, 14, 0),
        watermark=np.maximum.accumulate(time),
    )  # fmt: skip


def again(engine, fence=FENCE):
    """The engine as it is after a restart."""
    engine = pickle.loads(pickle.dumps(engine))
    engine.attach(fence)
    return engine


def run(positions, cuts=(), engine=None, fences=()):
    """Events of the rows, cut so; with `fences`, the engine restarts at each cut with the next."""
    engine, fences = engine or Engine(FENCE, PLAIN), itertools.cycle(fences)
    events, edges = [], [0, *sorted(cuts), len(positions)]
    for a, b in zip(edges, edges[1:]):  # noqa: B905, RUF007
        events += engine.step(positions.take(slice(a, b)), Statics.empty(), Messages.empty())
        for fence in itertools.islice(fences, 1):
            engine = again(engine, fence)
    return events, engine


@given(
    seed=st.integers(0, 2**32 - 1),
    cuts=st.sets(st.integers(0, 150), max_size=20),
    vessels=st.sampled_from([8, 10, 4_096]),
)
@settings(max_examples=15, deadline=None)
def test_events_are_the_same_however_the_stream_is_cut(seed, cuts, vessels):
    positions, config = traffic(seed, 150), DetectConfig(vessels=vessels, off=("all",))
    whole, engine = run(positions, engine=Engine(FENCE, config))
    assert run(positions, cuts, Engine(FENCE, config))[0] == whole
    one_by_one, other = run(positions, range(1, 150), Engine(FENCE, config))
    assert one_by_one == whole
    assert other.tally == engine.tally


def _everything(seed, n, cuts):
    """All detectors, however the stream is cut, over restarts."""
    positions = traffic(seed, n)
    whole, _ = run(positions, engine=Engine(FENCE))
    assert run(positions, cuts, Engine(FENCE), fences=[OTHER, FENCE])[0] == whole
    return {event.kind for event in whole}


def test_all_detectors_say_the_same_however_the_stream_is_cut():
    assert _everything(5, 400, (1, 7, 60, 61, 200, 333)) > ALL_KINDS - {"zone_dwell"}


@pytest.mark.soak
@given(seed=st.integers(0, 2**32 - 1), cuts=st.sets(st.integers(0, 3_000), max_size=40))
@settings(max_examples=100, deadline=None)
def test_all_detectors_say_the_same_over_many_seeds(seed, cuts):
    _everything(seed, 3_000, cuts)


def test_a_fix_older_than_one_still_doubted_is_late_in_the_next_batch_too():
    rows = lone(IN, (20.0, 50.0), OUT, IN)
    time = START + np.array([0, 600, 540, 660]) * np.timedelta64(1, "s")
    positions = replace(rows, time=time)
    for cuts in ((), (2,), (1, 2, 3)):
        events, engine = run(positions, cuts)
        assert told(events) == [(0, "zone_inside", "alpha")]
        assert (engine.tally.late, engine.tally.dropped) == (1, 1)


def test_the_traffic_of_these_tests_has_everything_in_it():
    events, engine = run(traffic(1, 4_000))
    assert {e.kind for e in events} > ALL_KINDS
    assert engine.tally.late > 20
    assert engine.tally.dropped > 20
    assert engine.tally.believed > 0
    assert [e.line for e in events] == sorted(e.line for e in events)
    assert all(e.evidence["words"] for e in events)


@given(seed=st.integers(0, 2**32 - 1), cuts=st.sets(st.integers(0, 300), max_size=20))
@settings(max_examples=15, deadline=None)
def test_an_engine_that_restarts_goes_on_whatever_fence_of_the_same_zones_it_is_given(seed, cuts):
    positions = traffic(seed, 300)
    whole, engine = run(positions)
    parts, other = run(positions, cuts, fences=[OTHER, Fence(ZONES), FENCE])
    assert parts == whole
    assert other.tally == engine.tally


def test_an_aircraft_that_goes_on_as_a_vessel_after_a_restart_has_entered_the_port():
    fence = Fence(ZoneSet((Zone("port", "Port", "port", ALPHA.geometry),)))
    rows = replace(lone(IN, IN), msg_type=np.array([9, 1], np.uint8))
    events, _ = run(rows, engine=Engine(fence, PLAIN))
    assert told(events) == [(1, "zone_enter", "port")]
    assert run(rows, (1,), Engine(fence, PLAIN), [fence])[0] == events


@pytest.mark.parametrize(
    "zones", [(), (ALPHA,), (GATE, BRAVO), (replace(ALPHA, dwell_s=60.0), THIN, ERA)]
)
def test_a_restart_with_other_zones_is_as_a_change_of_zones(zones):
    positions = traffic(7, 600)
    fence = Fence(ZoneSet(zones))
    _, engine = run(positions.take(slice(0, 300)))
    restarted = again(engine, fence)
    engine.swap(fence)
    rest = positions.take(slice(300, None))
    events, engine = run(rest, engine=engine)
    assert run(rest, engine=restarted)[0] == events
    assert zones == () or len(events) > 10


def test_a_zone_taken_away_during_a_restart_is_told_as_left_by_its_name():
    _, engine = run(lone(IN), engine=Engine(Fence(ZoneSet((ALPHA, BRAVO))), PLAIN))
    for fence in (
        Fence(ZoneSet((BRAVO,))),
        Fence(ZoneSet((BRAVO,))),
        Fence(ZoneSet((BRAVO, THIN))),
    ):
        engine = again(engine, fence)
    (event,), _ = run(lone(IN, IN, first=1), engine=engine)
    assert (event.kind, event.zone, event.line) == ("zone_exit", "alpha", 1)
    assert event.evidence["zone"] == "Alpha"


def test_an_engine_that_has_no_fence_yet_can_be_pickled_again():
    positions = traffic(2, 400)
    whole, _ = run(positions)
    first, engine = run(positions.take(slice(0, 200)))
    engine = again(pickle.loads(pickle.dumps(engine)))
    assert first + run(positions.take(slice(200, None)), engine=engine)[0] == whole


def test_settings_may_be_others_after_a_restart():
    _, engine = run(traffic(3, 500), engine=Engine(FENCE, DetectConfig(vessels=16)))
    assert engine.vessels == 12
    for vessels, remembered in ((8, 16), (100, 40)):
        engine = pickle.loads(pickle.dumps(engine))
        engine.attach(FENCE, DetectConfig(vessels=vessels, leg_s=60))
        assert engine.config.leg_s == 60
        run(traffic(4, 500, vessels=40), engine=engine)
        assert remembered * 0.8 < engine.vessels <= remembered


def test_a_pickled_engine_has_no_fence_in_it():
    _, engine = run(traffic(1, 400))
    assert len(pickle.dumps(engine)) < 400_000


def test_the_state_is_small():
    n = 40_000
    positions = Positions.absent(
        n, mmsi=np.arange(n) // 2 + 201_000_000, time=np.full(n, START), line=np.arange(n),
        msg_type=np.ones(n), lon=np.full(n, 0.01), lat=np.full(n, 0.01),
    )  # fmt: skip
    _, engine = run(positions, range(0, n, 5_000))
    assert engine.vessels == 20_000
    assert engine.bytes_per_vessel < 200


def test_a_flood_of_invented_vessels_does_not_grow_the_state_without_bound():
    config = DetectConfig(vessels=1_024)
    engine = Engine(FENCE, config)
    for i in range(10):
        n = 2_000
        positions = Positions.absent(
            n, mmsi=np.arange(n) + 100_000 * i, time=np.full(n, START), msg_type=np.ones(n),
            lon=np.full(n, 0.01), lat=np.full(n, 0.01), line=np.arange(n) + i * n,
        )  # fmt: skip
        engine.step(positions, Statics.empty(), Messages.empty())
    assert engine.vessels <= 1_024
    assert engine.bytes_per_vessel < 300


@given(seed=st.integers(0, 2**32 - 1), at=st.integers(0, 200))
@settings(max_examples=20, deadline=None)
def test_the_same_zones_again_change_nothing(seed, at):
    positions = traffic(seed, 200)
    whole, _ = run(positions)
    first, engine = run(positions.take(slice(0, at)))
    engine.swap(Fence(ZoneSet(ZONES.zones[::-1])))
    assert first + run(positions.take(slice(at, None)), engine=engine)[0] == whole


def lone(*places, first=0):
    """Reports of one vessel, every minute."""
    n = len(places)
    time = START + (np.arange(n) + first) * np.timedelta64(60, "s")
    return Positions.absent(
        n, time=time, mmsi=np.full(n, 201), msg_type=np.ones(n), line=np.arange(n) + first,
        lon=np.array([p[0] for p in places]), lat=np.array([p[1] for p in places]),
    )  # fmt: skip


def told(events):
    return [(e.line, e.kind, e.zone) for e in events]


IN, OUT = (0.01, 0.01), (-0.02, 0.01)


def test_a_zone_drawn_around_a_vessel_is_told_as_inside_at_its_next_fix():
    events, engine = run(lone(IN), engine=Engine(Fence(ZoneSet(())), PLAIN))
    assert not events
    engine.swap(Fence(ZoneSet((ALPHA,))))
    events, _ = run(lone(IN, IN, OUT, first=1), engine=engine)
    assert told(events) == [(1, "zone_inside", "alpha"), (3, "zone_exit", "alpha")]
    assert "came into force" in events[0].evidence["words"]


def test_a_zone_drawn_where_a_vessel_was_is_not_passed_through_as_it_leaves():
    _, engine = run(lone((0.005, 0.01)), engine=Engine(Fence(ZoneSet(())), PLAIN))
    engine.swap(Fence(ZoneSet((ALPHA,))))
    assert not run(lone((-0.01, 0.01), first=1), engine=engine)[0]


def test_a_vessel_that_comes_into_a_new_zone_has_entered_it():
    _, engine = run(lone(OUT), engine=Engine(Fence(ZoneSet(())), PLAIN))
    engine.swap(Fence(ZoneSet((ALPHA,))))
    assert told(run(lone(IN, first=1), engine=engine)[0]) == [(1, "zone_enter", "alpha")]


def test_a_zone_taken_away_is_told_as_left_and_says_why():
    _, engine = run(lone(IN), engine=Engine(Fence(ZoneSet((ALPHA, BRAVO))), PLAIN))
    engine.swap(Fence(ZoneSet((BRAVO,))))
    engine.swap(Fence(ZoneSet((BRAVO, GATE))))
    (event,), engine = run(lone(IN, IN, first=1), engine=engine)
    assert (event.kind, event.zone, event.line) == ("zone_exit", "alpha", 1)
    assert event.evidence["reason"] == "taken out of the zones"
    assert event.evidence["zone"] == "Alpha"


def test_an_exit_after_a_change_of_zones_belongs_to_the_stay_before_it():
    before, engine = run(lone(OUT, IN), engine=Engine(Fence(ZoneSet((ALPHA,))), PLAIN))
    engine.swap(Fence(ZoneSet((GATE, BRAVO, ALPHA))))
    after, _ = run(lone(IN, OUT, first=2), engine=engine)
    assert told(before + after) == [(1, "zone_enter", "alpha"), (3, "zone_exit", "alpha")]
    assert before[0].episode == after[0].episode


def test_a_new_limit_counts_from_the_beginning_of_the_stay():
    plain = Zone("alpha", "Alpha", "watch", ALPHA.geometry)
    _, engine = run(lone(*[IN] * 30), engine=Engine(Fence(ZoneSet((plain,))), PLAIN))
    engine.swap(Fence(ZoneSet((ALPHA,))))
    assert told(run(lone(IN, IN, first=30), engine=engine)[0]) == [(30, "zone_dwell", "alpha")]


def test_beacons_are_judged_with_the_rest():
    events, _ = run(traffic(5, 200))
    assert "distress" in {e.kind for e in events}


@pytest.mark.parametrize("name", ["vessels", "top_speed_kn", "leg_s", "leg_nm", "clear_m"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf")])
def test_settings_that_cannot_be_used_are_refused(name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value}"):
        DetectConfig(**{name: value})


def test_nothing_in_nothing_out():
    events, engine = run(Positions.empty())
    assert events == []
    assert engine.tally.judged == 0


def test_what_the_latest_half_minute_holds_is_judged_as_the_stream_ends():
    positions, line = traffic(3, 400), 1_200
    whole = None
    for cuts in ((), (5, 399)):
        events, engine = run(positions, cuts, Engine(FENCE))
        assert engine.bytes_waiting > 0
        again_ = again(engine, OTHER)
        last = engine.finish(line)
        assert engine.bytes_waiting == 0
        assert {e.line for e in last} <= {line}
        assert again_.finish(line) == last
        assert engine.finish(line + 1) == []
        whole = whole or events + last
        assert events + last == whole
    assert Engine(FENCE).finish(0) == []
