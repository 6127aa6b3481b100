"""What traffic does without design: near passes, what it does in zones, who vanishes."""

from dataclasses import replace

import numpy as np
import pytest
from shapely import box

from geofence.zone import Zone
from simulate.earth import KNOT
from simulate.encounters import encounters
from simulate.fleet import Equipment, Fleet
from simulate.legs import Plan, Way
from simulate.paths import Paths


def sea(*ways: tuple[float, float, float, float, float]):
    """One ship a way: longitude, latitude, course 90 or 270, knots, and for how many seconds."""
    paths, plan = Paths(), Plan()
    for who, (lon, lat, course, knots, lasts) in enumerate(ways):
        end = lon + (3.0 if course == 90 else -3.0)
        path = paths.add([(lon, lat, 1.0), (end, lat, 1.0)], 100.0)
        one = np.array([who])
        plan.add(one, 0.0, Way.PATH, 0, 0.0, knots * KNOT, path=path)
        plan.add(one, lasts, Way.ABSENT, 15)
    fleet = Fleet.absent(
        len(ways), mmsi=np.arange(len(ways)) + 211_000_001,
        equipment=np.full(len(ways), Equipment.A), to_bow=np.full(len(ways), 100),
    )  # fmt: skip
    return fleet, plan.finish(), paths


def kinds(*ways, zones=()):
    return [(e.kind, e.expect["also"]) for e in encounters(zones, *sea(*ways), 2.0)]


FAR = 8000.0


@pytest.mark.parametrize(("north", "near"), [(0.005, True), (0.05, False)])
def test_who_meets_closely_may_be_told(north, near):
    found = kinds((10.0, 0.0, 90, 12, FAR), (10.6, north, 270, 12, FAR))
    assert (len(found) == 1) == near
    if near:
        assert "collision_risk" in found[0][1]


def test_where_nothing_happens_there_is_nothing_to_tell():
    assert kinds((10.0, 0.0, 90, 12, FAR)) == []
    assert kinds((10.0, 0.0, 90, 12, FAR), zones=(LANE, LIMIT, TURBINE)) == []


def test_who_vanishes_before_the_end_may_be_told_as_dark():
    assert kinds((10.0, 0.0, 90, 12, 3000.0))[0][0] == "vanished"


HERE = box(10.05, -0.1, 10.15, 0.1)
AWAY = box(50.05, -0.1, 50.15, 0.1)
LANE = Zone("lane", "Lane", "lane", AWAY, course_deg=270.0)
LIMIT = Zone("limit", "Limit", "watch", AWAY, speed_limit_kn=8.0)
TURBINE = Zone("turbine", "Turbine", "installation", AWAY)
CABLE = Zone("cable", "Cable", "cable", AWAY)
CLOSED = Zone("closed", "Closed", "closed-area", AWAY)


@pytest.mark.parametrize(
    ("zone", "knots", "may"),
    [(LANE, 12, "wrong_way"), (LIMIT, 12, "speed_over"), (TURBINE, 12, "safety_zone"),
     (CABLE, 12, None), (CABLE, 3, "cable_threat"), (CLOSED, 12, None), (CLOSED, 4, "fishing"),
     (LIMIT, 7, None)],
)  # fmt: skip
def test_what_may_be_told_of_who_is_in_a_zone(zone, knots, may):
    found = kinds((10.0, 0.0, 90, knots, FAR), zones=(replace(zone, geometry=HERE),))
    assert [may in also for _, also in found] == ([True] if may else [])
