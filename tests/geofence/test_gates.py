"""Gates: which way a segment passes a line, wherever on the globe and however it meets it."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import LineString, MultiLineString

from geofence.gates import Gate
from geofence.geodesy import direct

NORTHWARD = Gate(LineString([(10, 50), (10, 51)]))  # left is west
BENT = Gate(LineString([(0, 0), (0, 1), (1, 1), (1, 2)]))


def way(gate, *places):
    """Which way each leg from place to place goes."""
    at = np.array(places, float)
    return gate.crossed(at[:-1, 0], at[:-1, 1], at[1:, 0], at[1:, 1]).tolist()


def test_left_to_right_is_one_and_back_is_minus_one():
    assert way(NORTHWARD, (9.9, 50.5), (10.1, 50.5), (9.9, 50.5)) == [1, -1]
    backward = Gate(LineString([(10, 51), (10, 50)]))
    assert way(backward, (9.9, 50.5), (10.1, 50.5)) == [-1]


def test_passing_beyond_an_end_or_along_the_line_is_no_passage():
    assert way(NORTHWARD, (9.9, 51.1), (10.1, 51.1)) == [0]
    assert way(NORTHWARD, (10, 49), (10, 52)) == [0]
    assert way(NORTHWARD, (10.001, 49), (10.001, 52)) == [0]


def test_two_legs_that_meet_on_the_line_are_one_passage():
    assert sum(way(NORTHWARD, (9.9, 50.5), (10, 50.5), (10.1, 50.5))) == 1
    assert sum(way(NORTHWARD, (9.9, 50.5), (10, 50.5), (9.9, 50.6))) == 0
    assert sum(way(NORTHWARD, (10.1, 50.5), (10, 50.5), (10.1, 50.6))) == 0


def test_a_corner_of_the_line_is_passed_once():
    assert way(BENT, (-1, 2), (1, 0)) == [1]
    assert way(BENT, (-1, 0), (0.9, 1.9)) == [0]  # touches it and stays to the left
    assert way(BENT, (-0.5, 1), (0.5, 0.9999999)) == [1]
    assert way(BENT, (0.5, 2), (0.5, 0)) == [1]


def test_there_and_back_within_one_leg_is_no_passage():
    zigzag = Gate(LineString([(0, 0), (2, 1), (0, 2)]))
    assert way(zigzag, (1, -1), (1, 3)) == [0]


@pytest.mark.parametrize("gate", [
    Gate(MultiLineString([[(179, 10), (180, 11)], [(-180, 11), (-179, 12)]])),
    Gate(LineString([(-180, 8), (-180, 14)])),
    Gate(LineString([(180, 8), (180, 14)])),
])  # fmt: skip
def test_a_gate_over_the_antimeridian(gate):
    east, west = way(gate, (179.5, 11.9), (-179.5, 10.1), (179.5, 11.9))
    assert (east, west) == (1, -1)
    assert gate.fraction(179.5, 11.9, -179.5, 10.1) == pytest.approx(0.5, abs=0.12)


@given(
    lons=st.lists(st.integers(-6, 6), min_size=2, max_size=25),
    seed=st.integers(0, 2**32 - 1),
)
def test_passages_add_up_to_the_change_of_side(lons, seed):
    """A track within the latitudes of a straight gate ends on the side the passages say."""
    lats = np.random.default_rng(seed).uniform(50.01, 50.99, len(lons))
    track = [(10 + lon * 0.01, lat) for lon, lat in zip(lons, lats, strict=True)]
    right = [lon >= 0 for lon in lons]  # on the line is right
    ways = way(NORTHWARD, *track)
    assert ways == [int(b) - int(a) for a, b in itertools.pairwise(right)]


@given(
    lon=st.floats(-180, 180), lat=st.floats(-80, 80),
    bearing=st.floats(0, 359), metres=st.floats(1, 8_000),
)  # fmt: skip
def test_distance_to_the_line(lon, lat, bearing, metres):
    x, y = direct(lon, lat, bearing, 4_000.0)
    assume(abs(float(x)) <= 180)
    gate = Gate(LineString([(lon, lat), (float(x), float(y))]))
    beside_x, beside_y = direct(lon, lat, bearing + 180, metres)
    at = (float(beside_x) + 180) % 360 - 180
    assert gate.distance_m(at, float(beside_y)) == pytest.approx(metres, rel=0.01, abs=0.1)
    assert gate.distance_m(lon, lat) == pytest.approx(0, abs=0.1)


def test_no_meeting_has_no_place():
    assert np.isnan(NORTHWARD.fraction(9, 50.5, 9.5, 50.5))
    assert NORTHWARD.fraction(9, 50.5, 13, 50.5) == pytest.approx(0.25)
