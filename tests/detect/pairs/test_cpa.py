"""CPA and TCPA against the two ways followed second by second."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.pairs.cpa import closest, moved
from geofence.geodesy import distance

SPEED, COURSE = st.floats(0, 60), st.floats(0, 359.9)
LAT = st.one_of(st.floats(-89.99, 89.99), st.sampled_from([89.99, -89.99, 0.0]))
LON = st.one_of(st.floats(-180, 180), st.sampled_from([180.0, -180.0]))


def ways(place, sog, cog, seconds):
    columns = (np.full(len(seconds), v, float) for v in (*place, sog, cog))
    return moved(*columns, seconds)


def of(first, second, sog, cog):
    """CPA and TCPA of one pair."""
    pair = [tuple(np.array([v], float) for v in two) for two in zip(first, second, strict=True)]
    speeds = tuple(np.array([v], float) for v in sog)
    cpa, tcpa = closest(pair[0], pair[1], speeds, tuple(np.array([v], float) for v in cog))
    return float(cpa[0]), float(tcpa[0])


@given(LON, LAT, SPEED, COURSE, SPEED, COURSE, COURSE, st.floats(10, 30_000))
@settings(max_examples=80)
def test_is_the_least_distance_on_the_way(lon, lat, v, c, w, d, bearing, metres):
    first = (lon, lat)
    there = moved(*(np.array([x], float) for x in (lon, lat, 1.0, bearing)), metres / 1852 * 3600)
    second = float(there[0][0]), float(there[1][0])
    cpa, tcpa = of(first, second, (v, w), (c, d))
    if not abs(tcpa) < 1800:
        return
    seconds = np.linspace(tcpa - 900, tcpa + 900, 601)
    apart = distance(*ways(first, v, c, seconds), *ways(second, w, d, seconds))
    assert cpa <= apart.min() + 0.5
    assert cpa == pytest.approx(float(apart[300]), abs=0.5)


def test_head_on_at_ten_knots_each_a_mile_apart():
    # One minute of latitude is a mile and 0.1 %: they meet after three minutes.
    cpa, tcpa = of((5.0, 60.0), (5.0, 60.0 + 1 / 60), (10, 10), (0, 180))
    assert cpa < 1
    assert tcpa == pytest.approx(180, abs=1)


def test_over_the_antimeridian_is_like_anywhere():
    here = of((0.0, 10.0), (0.05, 10.0), (12, 9), (90, 300))
    there = of((179.98, 10.0), (-179.97, 10.0), (12, 9), (90, 300))
    assert here == pytest.approx(there, abs=0.1)


def test_over_a_pole_they_meet_where_their_ways_cross():
    cpa, tcpa = of((0.0, 89.95), (180.0, 89.95), (10, 10), (0, 0))
    assert cpa < 1
    assert tcpa == pytest.approx(0.05 * 60 / 10 * 3600, rel=0.01)


def test_in_company_the_distance_is_as_it_is():
    cpa, tcpa = of((0.0, 0.0), (0.01, 0.0), (12, 12), (90, 90))
    assert cpa == pytest.approx(1112, rel=0.01)
    assert tcpa == 0


def test_what_is_past_has_a_negative_time():
    assert of((0.0, 0.0), (0.01, 0.0), (10, 10), (270, 90))[1] < 0


def test_unknown_stays_unknown_and_a_stopped_vessel_needs_no_course():
    assert np.isnan(of((0.0, 0.0), (0.01, 0.0), (np.nan, 10), (270, 90))[0])
    assert of((0.0, 0.0), (0.01, 0.0), (0, 10), (np.nan, 270))[0] < 1
