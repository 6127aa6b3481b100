"""The wrong way: against the course of a lane's traffic, for ten minutes."""

import numpy as np
import pytest
from shapely import box
from voyages import SHIP, facts, judge, leg, newest, then

from detect.wrong_way import WrongWay
from geofence import library
from geofence.zone import Zone
from geofence.zoneset import ZoneSet

LANE = Zone("west", "Westbound lane", "lane", box(-1, -0.1, 1, 0.1), course_deg=252)


def test_an_event_with_what_shows_it():
    first, last = judge([then(leg(1200, 10, 75), 600, 10, 250)], WrongWay, zones=[LANE])
    assert (first.zone, first.time - first.episode) == ("west", np.timedelta64(600, "s"))
    assert first.evidence["measured"] == {
        "cog_deg": 75.0, "apart_deg": 177.0, "held_s": 600, "sog_kn": 10.0,
    }  # fmt: skip
    assert first.evidence["words"].startswith(
        "goes 075° in Westbound lane, whose traffic goes 252°: up to 177° apart (limit 150°) for "
        "10 min (limit 10 min); "
    )
    assert last.evidence["end"] == "2026-03-01T00:20:00Z"


def test_the_lanes_of_the_gulf_of_aden_say_their_course():
    zones = ZoneSet(tuple(z for z in library.load() if z.id.startswith("irtc")))
    courses = {z.id: z.course_deg for z in zones if z.course_deg is not None}
    assert courses == {"irtc-westbound": 252, "irtc-eastbound": 72}
    for lane in courses:
        middle = zones.by_id(lane).geometry.representative_point()
        lon, lat = middle.x, middle.y
        right, wrong = courses[lane], (courses[lane] + 180) % 360
        assert judge([leg(1800, 12, right, at=(lon, lat))], WrongWay, zones=zones) == []
        (event,) = newest(judge([leg(1800, 12, wrong, at=(lon, lat))], WrongWay, zones=zones))
        assert event.zone == lane


def test_giving_way_on_the_wrong_way_does_not_end_it():
    way = then(then(leg(400, 10, 75), 200, 10, 120), 400, 10, 75)
    (event,) = newest(judge([way], WrongWay, zones=[LANE]))
    assert event.episode == np.datetime64("2026-03-01T00:00")


def test_one_who_is_heard_by_satellite():
    lane = Zone("west", "Lane", "corridor", box(-3, -3, 3, 3), course_deg=252)
    assert len(newest(judge([leg(7200, 10, 75, every=2400)], WrongWay, zones=[lane]))) == 1


@pytest.mark.parametrize(
    ("way", "zone", "said"),
    [
        (leg(1800, 10, 250), LANE, {}),
        (leg(1800, 10, 342), LANE, {}),
        (leg(1800, 10, 10), LANE, {}),
        (leg(1800, 10, 110), LANE, {}),
        (leg(590, 10, 75), LANE, {}),
        (leg(1800, 2, 75), LANE, {}),
        (leg(1800, 10, 75, cog=np.nan), LANE, {}),
        (leg(1800, 10, 75), LANE, {"ship_type": 35}),
        (leg(1800, 10, 75, at=(0, 1)), LANE, {}),
        (leg(1800, 10, 75), Zone("c", "C", "corridor", box(-1, -1, 1, 1)), {}),
        (leg(1800, 10, 75), Zone("c", "C", "lane", box(-1, -1, 1, 1), course_deg=252,
                                 allowed=(SHIP,)), {}),
    ],
    ids=["with it", "at right angles", "aslant", "more so", "short", "not under way", "no course",
         "warship", "outside", "no course of traffic", "allowed"],
)  # fmt: skip
def test_what_is_not_told(way, zone, said):
    assert judge([way], WrongWay, zones=[zone], statics=[facts(**said)]) == []


def test_the_same_however_cut():
    ways = [then(leg(1200, 10, 75), 600, 10, 250), leg(900, 9, 60, mmsi=201_000_002)]
    whole = judge(ways, WrongWay, zones=[LANE])
    assert all(judge(ways, WrongWay, zones=[LANE], cut=cut) == whole for cut in (1, 13))
