import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofence.geodesy import inverse
from simulate.earth import KNOT, metres_per_degree
from simulate.legs import Plan, Way
from simulate.motion import state_at
from simulate.paths import Paths
from simulate.run import Sea
from simulate.scenario import read_scenario

ONE = np.array([0])


def test_metres_per_degree_agree_with_the_geodesic():
    for lat in (-70.0, -12.0, 0.0, 45.0, 80.0):
        per_lon, per_lat = metres_per_degree(np.array([lat]))
        lats = np.array([lat])
        east, *_ = inverse(10.0, lats, 10.001, lats)
        north, *_ = inverse(10.0, lats - 0.0005, 10.0, lats + 0.0005)
        assert per_lon[0] * 0.001 == pytest.approx(east[0], rel=1e-4)
        assert per_lat[0] * 0.001 == pytest.approx(north[0], rel=1e-4)


def test_a_path_begins_and_ends_where_it_should_and_turns_evenly():
    paths = Paths()
    number = paths.add([(10.0, 50.0, 500.0), (10.4, 50.0, 500.0), (10.4, 50.3, 500.0)], 3000.0)
    along = np.linspace(0.0, paths.lengths[number], 4000)
    on = paths.at(np.zeros(4000, np.int64), along)
    assert (on.lon[0], on.lat[0]) == (10.0, 50.0)
    assert on.lon[-1] == pytest.approx(10.4)
    assert on.lat[-1] == pytest.approx(50.3)
    assert on.course[0] == pytest.approx(90.0)
    assert on.course[-1] == pytest.approx(0.0)
    assert np.all(np.diff(on.course) <= 1e-9), "one turn, to port, never back"
    assert np.abs(np.diff(on.course)).max() < 1.0, "no corner"


def test_a_second_path_is_not_confused_with_the_first():
    paths = Paths()
    first = paths.add([(0.0, 0.0, 1.0), (1.0, 0.0, 1.0)], 100.0)
    second = paths.add([(5.0, 5.0, 1.0), (5.0, 6.0, 1.0)], 100.0)
    beyond = np.array([1e9, -5.0])
    on = paths.at(np.array([first, second]), beyond)
    assert on.lon.tolist() == pytest.approx([1.0, 5.0])
    assert on.lat.tolist() == pytest.approx([0.0, 5.0])


def test_speed_and_course_are_those_of_the_movement(small):
    """For everything in the small sea: displacement in 2 s is what SOG and COG say."""
    sea = Sea(read_scenario(small), 7)
    everyone = np.arange(len(sea.fleet))
    for time in np.arange(5.0, 1790.0, 61.0):
        before, state, after = (
            state_at(sea.legs, sea.paths, everyone, np.full(len(everyone), time + d))
            for d in (-1.0, 0.0, 1.0)
        )
        leg = [sea.legs.at(everyone, np.full(len(everyone), time + d)) for d in (-1.0, 1.0)]
        same = np.flatnonzero((leg[0] == leg[1]) & (state.way != Way.ABSENT))
        per_lon, per_lat = metres_per_degree(state.lat[same])
        east = (after.lon - before.lon)[same] * per_lon / 2
        north = (after.lat - before.lat)[same] * per_lat / 2
        speed = np.hypot(east, north) / KNOT
        sog = state.sog[same]
        assert np.abs(speed - sog).max() < 0.05 + 0.03 * sog.max()
        moving = sog > 1.0
        course = np.degrees(np.arctan2(east, north))[moving]
        error = (course - state.cog[same][moving] + 180) % 360 - 180
        assert np.abs(error).max() < 3.0


def test_no_vessel_jumps_when_its_leg_changes(small):
    sea = Sea(read_scenario(small), 7)
    legs = sea.legs
    later = np.flatnonzero((legs.since > 0) & (legs.way != Way.ABSENT))
    later = later[legs.way[later - 1] != Way.ABSENT]
    later = later[legs.vessel[later - 1] == legs.vessel[later]]
    assert len(later) > 5
    who, when = legs.vessel[later], legs.since[later]
    one = state_at(legs, sea.paths, who, when - 0.01)
    two = state_at(legs, sea.paths, who, when + 0.01)
    per_lon, per_lat = metres_per_degree(one.lat)
    gap = np.hypot((one.lon - two.lon) * per_lon, (one.lat - two.lat) * per_lat)
    assert gap.max() < 5.0


@given(
    radius=st.floats(50, 400), yaw=st.floats(1, 10), time=st.floats(0, 90_000),
    mean=st.floats(0, 360),
)  # fmt: skip
def test_an_anchored_vessel_stays_on_its_chain(radius, yaw, time, mean):
    plan = Plan()
    plan.add(ONE, 0.0, Way.ANCHORED, 1, 20.0, -35.0, radius, mean, 30.0, 1.0, yaw, 900.0)
    state = state_at(plan.finish(), Paths(), ONE, np.array([time]))
    per_lon, per_lat = metres_per_degree(np.array([-35.0]))
    off = np.hypot((state.lon - 20.0) * per_lon, (state.lat + 35.0) * per_lat)
    assert off[0] == pytest.approx(radius, rel=1e-3)
    assert 0 <= state.heading[0] < 360
    assert state.sog[0] < 3.0
