"""Segments against zones: every pair that shapely finds, on both sides of the antimeridian."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, box

from geofence.antimeridian import cut
from geofence.crossings import TOUCHED, Crossings
from geofence.zone import Zone
from geofence.zoneset import ZoneSet

ZONES = ZoneSet(
    (
        Zone("port", "Port", "port", box(-1, -1, 1, 1), crossing=False),
        Zone("box", "Box", "watch", box(2, 2, 3, 3)),
        Zone("gate", "Gate", "gate", LineString([(5, 0), (5, 5)])),
        Zone("date", "Date", "watch", cut(box(179, 2, 181, 3))),
    )
)
BOX, GATE, DATE = 1, 2, 3


def search(*segments):
    ends = [np.array(v, float) for v in zip(*segments, strict=True)]
    rows, zones = Crossings(ZONES).near(*ends)
    way = Crossings(ZONES).passed(*(v[rows] for v in ends), zones)
    return [(int(r), int(z), int(w)) for r, z, w in zip(rows, zones, way, strict=True) if w]


def test_areas_are_touched_and_gates_passed():
    assert search((1.5, 2.5, 3.5, 2.5), (4, 1, 6, 1), (6, 1, 4, 1), (0, 0, 0.5, 0.5)) == [
        (0, BOX, TOUCHED), (1, GATE, 1), (2, GATE, -1),
    ]  # fmt: skip


def test_touching_an_edge_or_a_corner_counts_as_shapely_has_it():
    assert search((1, 2, 4, 2), (1, 3, 3, 1), (1, 2.999, 2.999, 1)) == [
        (0, BOX, TOUCHED), (1, BOX, TOUCHED),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "segment",
    [(178.5, 2.5, -178.5, 2.5), (-178.5, 2.5, 178.5, 2.5), (179.9, 1.5, -179.9, 3.5)],
)
def test_over_the_antimeridian(segment):
    assert search(segment) == [(0, DATE, TOUCHED)]
    low, high = Crossings(ZONES).stretch(*segment, DATE)
    assert 0 < low < 0.5 < high < 1


@given(
    lon=st.floats(-180, 180), lat=st.floats(-3, 6), east=st.floats(-0.6, 0.6),
    north=st.floats(-0.6, 0.6),
)  # fmt: skip
def test_the_map_of_edges_never_rules_out_what_is_met(lon, lat, east, north):
    crossings = Crossings(ZONES)
    end = (lon + east + 180) % 360 - 180
    ends = [np.array([v]) for v in (lon, lat, end, lat + north)]
    lines = [
        LineString([(lon + turn, lat), (lon + east + turn, lat + north)]) for turn in (-360, 0, 360)
    ]
    edges = [z.geometry if z.is_gate else z.geometry.boundary for z in ZONES.zones[1:]]
    met = any(shapely.intersects(edge, line) for edge in edges for line in lines)
    assert bool(crossings.may_meet(*ends)[0]) >= met


def test_the_map_of_edges_rules_out_the_open_sea():
    ends = [np.array([v]) for v in (-40.0, -30.0, -40.3, -30.3)]
    assert not Crossings(ZONES).may_meet(*ends).any()


@given(st.lists(st.tuples(*[st.floats(-6, 6)] * 4), min_size=1, max_size=20))
def test_finds_all_that_shapely_finds(segments):
    found = {(r, z) for r, z, _ in search(*segments) if z == BOX}
    lines = [LineString([(a, b), (c, d)]) for a, b, c, d in segments]
    wanted = {
        (i, BOX)
        for i, line in enumerate(lines)
        if shapely.intersects(line, ZONES.zones[BOX].geometry)
    }
    assert found == wanted


def test_an_area_wholly_beyond_the_antimeridian():
    beyond = ZoneSet((Zone("east", "East", "watch", box(-179.98, 2, -179.97, 3)),))
    crossings = Crossings(beyond)
    for west, east in ((179.99, -179.95), (-179.95, 179.99)):
        ends = [np.array([v]) for v in (west, 2.5, east, 2.5)]
        rows, zones = crossings.near(*ends)
        assert (rows.tolist(), zones.tolist()) == ([0], [0])
        assert crossings.passed(*ends, zones).tolist() == [TOUCHED]


def test_how_far_along_a_segment_is_in_an_area():
    assert Crossings(ZONES).stretch(1, 2.5, 5, 2.5, BOX) == pytest.approx((0.25, 0.5))


def test_places_in_an_area():
    crossings = Crossings(ZONES)
    assert crossings.holds(BOX, (0.0, 2.0), (0.0, 2.0))
    assert not crossings.holds(BOX, (0.0, 1.9), (0.0, 2.0))


def test_a_set_without_gates_and_areas_to_cross():
    crossings = Crossings(ZoneSet(ZONES.zones[:1]))
    assert len(crossings) == 0
    ends = [np.zeros(2), np.zeros(2), np.ones(2), np.ones(2)]
    assert all(len(v) == 0 for v in crossings.near(*ends))
