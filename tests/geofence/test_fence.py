"""The fence: what a position has to do with, at its own time."""

import pickle

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, box

from geofence.buffer import grow
from geofence.fence import BESIDE_M, CORRIDOR_M, Fence
from geofence.geodesy import distance
from geofence.zone import Zone
from geofence.zoneset import ZoneSet

DAY = np.timedelta64(1, "D")
T0 = np.datetime64("2026-01-01T00:00:00", "us")
ZONES = ZoneSet(
    (
        Zone("always", "Always", "watch", box(0, 0, 1, 1)),
        Zone("until", "Until", "watch", box(0.5, 0, 1.5, 1), valid_to=T0),
        Zone("since", "Since", "watch", box(0.5, 0.5, 1.5, 1.5), valid_from=T0),
        Zone("day", "Day", "closed-area", box(0, 0, 2, 2), valid_from=T0, valid_to=T0 + DAY),
        Zone("port", "Port", "port", box(0.2, 0.2, 0.3, 0.3), crossing=False, exit_buffer_m=1000),
        Zone("sharp", "Sharp", "watch", box(0.6, 0.6, 0.7, 0.7), exit_buffer_m=0),
        Zone("gate", "Gate", "gate", LineString([(0.5, -1), (0.5, 2)])),
    )
)
FENCE = Fence(ZONES)


def lookup(fence, lon, lat, time, aircraft=None):
    lon, lat = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    times = np.broadcast_to(np.asarray(time, "datetime64[us]"), lon.shape).copy()
    return fence.lookup(lon, lat, times, aircraft)


def names(fence, set_id):
    return tuple([fence.zones.zones[n].id for n in part] for part in fence.places(int(set_id)))


@given(
    st.lists(
        st.tuples(
            st.one_of(st.floats(-0.1, 2.1), st.sampled_from([0.0, 0.2, 0.5, 1.0, 1.5, 2.0])),
            st.one_of(st.floats(-0.1, 2.1), st.sampled_from([0.0, 0.2, 0.5, 1.0, 1.5, 2.0])),
            st.sampled_from([-1, -1e-6, 0, 1e-6, 0.5, 1 - 1e-6, 1, 400]),
        ),
        min_size=1, max_size=30,
    )
)  # fmt: skip
def test_equals_shapely_zone_by_zone_at_each_positions_own_time(rows):
    lon, lat = (np.array([r[i] for r in rows]) for i in (0, 1))
    time = T0 + np.array([round(r[2] * 86_400_000_000) for r in rows]).astype("timedelta64[us]")
    found = lookup(FENCE, lon, lat, time)
    for x, y, t, set_id in zip(lon, lat, time, found, strict=True):
        valid = [z for z in ZONES if z.valid_at(t)]
        areas = [z for z in valid if not z.is_gate]
        inside = [z.id for z in areas if shapely.intersects_xy(z.geometry, x, y)]
        around = [
            z.id for z in areas if shapely.intersects_xy(grow(z.geometry, z.exit_buffer_m), x, y)
        ]
        beside = [
            z.id for z, m in [(ZONES.by_id("sharp"), BESIDE_M), (ZONES.by_id("gate"), CORRIDOR_M)]
            if shapely.intersects_xy(grow(z.geometry, m), x, y)
        ]  # fmt: skip
        assert names(FENCE, set_id) == (inside, around, beside)


def test_the_same_places_have_the_same_number_at_all_times():
    before, after = lookup(FENCE, 0.1, 0.1, T0 - DAY), lookup(FENCE, 0.1, 0.1, T0 + 2 * DAY)
    assert before == after
    assert lookup(FENCE, 1.9, 1.9, [T0 - DAY]) == 0
    assert names(FENCE, lookup(FENCE, 1.9, 1.9, [T0])[0])[0] == ["day"]


def test_nothing_is_nowhere():
    lon, lat = np.array([np.nan, 0.1, np.nan, 0.1]), np.array([0.1, np.nan, np.nan, 0.1])
    time = np.array([T0, T0, T0, "NaT"], "datetime64[us]")
    assert FENCE.lookup(lon, lat, time).tolist() == [0, 0, 0, 0]
    assert len(FENCE.lookup(lon[:0], lat[:0], time[:0])) == 0
    assert names(FENCE, 0) == ([], [], [])


def test_aircraft_have_nothing_to_do_with_ports():
    flying = np.array([True, False])
    air, sea = lookup(FENCE, [0.25, 0.25], [0.25, 0.25], T0 - DAY, flying)
    assert names(FENCE, air)[0] == ["always"]
    assert names(FENCE, sea)[0] == ["always", "port"]
    assert not FENCE.judges_aircraft(4)
    assert FENCE.judges_aircraft(0)


def test_zones_in_force_at_given_times():
    times = np.array([T0, T0 + DAY, T0 - DAY]).astype("datetime64[us]").astype(np.int64)
    assert FENCE.in_force(np.array([3, 3, 3]), times).tolist() == [True, False, False]
    assert FENCE.in_force(np.array([0, 1, 1]), times).tolist() == [True, False, True]
    assert FENCE.changes_between(int(times[2]), int(times[0]))
    assert not FENCE.changes_between(int(times[0]), int(times[1]) - 1)


def test_no_zones_at_all():
    empty = Fence(ZoneSet(()))
    assert lookup(empty, [0.0, 180.0], [0.0, 90.0], T0).tolist() == [0, 0]


def test_a_hop_from_nowhere_to_nowhere_that_is_short_meets_nothing():
    reach = float(distance(0, 0, FENCE.hop_degrees, FENCE.hop_degrees))
    assert 0.95 * 2 * BESIDE_M < reach <= 2 * BESIDE_M


def test_it_answers_the_same_after_pickling():
    rng = np.random.default_rng(3)
    lon, lat = rng.uniform(-0.1, 2.1, (2, 500))
    again = pickle.loads(pickle.dumps(FENCE))
    for a, b in zip(lookup(FENCE, lon, lat, T0), lookup(again, lon, lat, T0), strict=True):
        assert FENCE.places(int(a)) == again.places(int(b))
