"""Fishing in a closed area: who moves like it or says so; and who only passes through."""

import numpy as np
import pytest
from shapely import box
from voyages import SHIP, facts, judge, leg, newest, then

from detect.fishing import Fishing
from geofence.zone import Zone

CLOSED = Zone("closed", "Closed area", "closed-area", box(-1, -1, 1, 1))
TRAWLER = {"ship_type": 30, "length": 24}


def tows(seconds=3600, sog=3.0, reach=500, **said):
    """Comes, goes to and fro, and steams home."""
    way = leg(300, 9, 0)
    for turn in range(round(seconds / reach)):
        way = then(way, reach, sog, (40 if turn % 2 else 200) + turn, every=20, **said)
    return then(way, 1200, 9, 0)


def test_a_trawler_is_told_once_with_what_shows_it():
    first, last = judge([tows()], Fishing, zones=[CLOSED], statics=[facts(**TRAWLER)])
    assert first.zone == "closed"
    assert first.time - first.episode == np.timedelta64(1800, "s")
    measured = first.evidence["measured"]
    assert measured["ship_type"] == 30
    assert measured["way_nm"] == 1.5
    assert measured["straight"] < 0.4
    assert first.evidence["words"].startswith(
        "moves as if fishing (fishing vessel) in Closed area for 30 min (limit 30 min): 1.5 nm at "
        "up to 3.0 kn (limit 1 to 5 kn), "
    )
    assert "% of that straight (limit 70%, or says so); " in first.evidence["words"]
    assert last.evidence["held_s"] == 3480


def test_one_that_says_nothing_of_its_type_is_judged_by_its_movement():
    (event,) = newest(judge([tows()], Fishing, zones=[CLOSED], statics=[facts(ship_type=0)]))
    assert "(type unknown)" in event.evidence["words"]


@pytest.mark.parametrize("said", [TRAWLER, {"ship_type": 70}])
def test_who_says_it_is_fishing_need_not_turn(said):
    way = leg(3600, 3, 90, every=20, status=7)
    told = newest(judge([way], Fishing, zones=[CLOSED], statics=[facts(**said)]))
    assert "status fishing" in told[0].evidence["words"]


def test_hauling_the_net_does_not_end_it():
    way = leg(1200, 3, 40, status=7)
    for _ in range(3):
        way = then(then(way, 500, 0.3, 0, status=7), 1200, 3, 220, status=7)
    assert len(newest(judge([way], Fishing, zones=[CLOSED]))) == 1


@pytest.mark.parametrize(
    ("way", "zone", "said"),
    [
        (tows(), Zone("open", "Open", "watch", box(-1, -1, 1, 1)), TRAWLER),
        (tows(1700), CLOSED, TRAWLER),
        (tows(sog=5.5), CLOSED, TRAWLER),
        (tows(), CLOSED, {"ship_type": 70}),
        (tows(), CLOSED, {"ship_type": 33}),
        (leg(3 * 3600, 4, 90, every=20), CLOSED, TRAWLER),
        (tows(), Zone("c", "C", "closed-area", box(-1, -1, 1, 1), allowed=(SHIP,)), TRAWLER),
    ],
    ids=["open", "short", "fast", "cargo", "dredger", "passes through", "allowed"],
)
def test_what_is_no_fishing(way, zone, said):
    assert judge([way], Fishing, zones=[zone], statics=[facts(**said)]) == []


def test_the_same_however_cut():
    ways = [tows(), leg(3600, 3, 60, status=7, mmsi=201_000_002)]
    whole = judge(ways, Fishing, zones=[CLOSED])
    assert all(judge(ways, Fishing, zones=[CLOSED], cut=cut) == whole for cut in (1, 13))
