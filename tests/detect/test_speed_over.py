"""Speed over a zone's limit: held for a time, once an episode, by the lowest limit that holds."""

import numpy as np
import pytest
from shapely import box
from voyages import SHIP, judge, leg, newest, then

from detect.speed_over import SpeedOver
from geofence.zone import Zone

FAIRWAY = Zone("fairway", "The fairway", "watch", box(-1, -1, 1, 1), speed_limit_kn=8)
NARROWS = Zone("narrows", "The narrows", "lane", box(-1, -1, 0.05, 1), speed_limit_kn=6)


def test_an_event_with_what_shows_it():
    first, last = judge([then(leg(300, 12.3, 90), 300, 7, 90)], SpeedOver, zones=[FAIRWAY])
    assert (first.zone, first.time - first.episode) == ("fairway", np.timedelta64(60, "s"))
    assert first.evidence["measured"] == {"sog_kn": 12.3, "held_s": 60}
    assert first.evidence["threshold"] == {"sog_kn": 8, "over_kn": 0.5, "hold_s": 60.0}
    assert first.evidence["words"].startswith(
        "up to 12.3 kn in The fairway (limit 8 kn) for 1 min (limit 1 min); 00°00.0'N"
    )
    assert last.revision == 1
    assert last.evidence["held_s"] == 300


def test_slowing_down_for_a_moment_is_the_same_episode():
    way = leg(300, 12, 90)
    for _ in range(5):
        way = then(then(way, 100, 7, 90), 100, 12, 90)
    assert len(newest(judge([way], SpeedOver, zones=[FAIRWAY]))) == 1


def test_the_lowest_limit_counts_and_each_zone_has_its_episode():
    told = newest(judge([leg(1800, 12, 90)], SpeedOver, zones=[FAIRWAY, NARROWS]))
    assert [event.zone for event in told] == ["narrows", "fairway"]


@pytest.mark.parametrize(
    ("way", "zone"),
    [
        (leg(600, 8.4, 90), FAIRWAY),
        (leg(50, 12, 90), FAIRWAY),
        (leg(600, 12, 90, says=np.nan, every=30), FAIRWAY),
        (leg(600, 90, 90, msg_type=9), FAIRWAY),
        (leg(600, 12, 90, at=(2, 0)), FAIRWAY),
        (leg(600, 12, 90), Zone("z", "Z", "watch", box(-1, -1, 1, 1))),
        (leg(600, 12, 90), Zone("z", "Z", "watch", box(-1, -1, 1, 1), speed_limit_kn=8,
                                allowed=(SHIP,))),
    ],
    ids=["within", "short", "no speed", "aircraft", "outside", "no limit", "allowed"],
)  # fmt: skip
def test_what_is_not_told(way, zone):
    assert judge([way], SpeedOver, zones=[zone]) == []


def test_a_speed_that_was_not_sent_is_worked_out():
    way = leg(1200, 12, 90, says=np.nan, every=120)
    assert newest(judge([way], SpeedOver, zones=[FAIRWAY]))[0].evidence["measured"]["sog_kn"] == 12


def test_the_same_however_cut():
    ways = [then(leg(300, 12, 90), 300, 7, 90), leg(600, 11, 0, mmsi=201_000_002)]
    whole = judge(ways, SpeedOver, zones=[FAIRWAY])
    assert all(judge(ways, SpeedOver, zones=[FAIRWAY], cut=cut) == whole for cut in (1, 13))
