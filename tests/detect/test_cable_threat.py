"""Cable threats: at anchor, stopped, or slow over a cable; and who crosses it on passage."""

import numpy as np
import pytest
from shapely import box
from voyages import SHIP, facts, judge, leg, newest, then

from detect.cable_threat import CableThreat
from geofence.geojson import parse_zones
from geofence.zone import Zone

(CABLE,) = parse_zones(
    '{"type": "Feature", "id": "cable", "properties": {"name": "The cable", "kind": "cable"}, '
    '"geometry": {"type": "LineString", "coordinates": [[0.1, -1], [0.1, 1]]}}'
)
PORT = Zone("port", "Port", "port", box(-1, -1, 1, 1))


def over(seconds, sog, course=90, **said):
    """Comes along to the cable, does something over it, and goes on."""
    way = leg(3600, 6, 90, at=(0, 0), every=30)
    return then(then(way, seconds, sog, course, **{"every": 30, **said}), 2400, 9, 90, every=30)


def test_who_creeps_over_a_cable_is_told():
    first, last = judge([over(1500, 2.0, 0)], CableThreat, zones=[CABLE])
    assert (first.zone, first.time - first.episode) == ("cable", np.timedelta64(600, "s"))
    assert first.evidence["measured"] == {
        "held_s": 600, "mean_kn": 2.0, "status": 0, "way_nm": 0.3, "straight": 1.0,
    }  # fmt: skip
    assert first.evidence["words"].startswith(
        "slow over The cable for 10 min (limit 10 min), 2.0 kn on average (limit 3.0 kn); "
    )
    assert last.evidence["held_s"] == 1470


@pytest.mark.parametrize(
    ("way", "how"),
    [
        (over(1500, 0.2), "stopped over"),
        (over(3600, 0.2, status=1, every=180), "at anchor by her status over"),
    ],
)
def test_who_stops_or_anchors_over_a_cable_is_told(way, how):
    assert how in newest(judge([way], CableThreat, zones=[CABLE]))[0].evidence["words"]


def test_a_zigzag_over_a_cable_is_one_event():
    way = leg(3600, 6, 90, at=(0, 0), every=30)
    for turn in range(20):
        way = then(way, 400, 2.5, 300 if turn % 2 else 120, every=30)
    (event,) = newest(judge([way], CableThreat, zones=[CABLE]))
    assert "slow, to and fro over" in event.evidence["words"]


@pytest.mark.parametrize(
    ("way", "zones", "said"),
    [
        (over(900, 6, 0), [CABLE], {}),
        (over(500, 2, 0), [CABLE], {}),
        (over(1500, 2, 0), [CABLE, PORT], {}),
        (over(1500, 2, 0), [CABLE], {"ship_type": 36}),
        (leg(3600, 2, 0, at=(0.2, 0)), [CABLE], {}),
        (over(1500, 2, 0), [Zone("c", "C", "cable", CABLE.geometry, allowed=(SHIP,))], {}),
    ],
    ids=["on passage", "short", "in port", "yacht", "beside it", "cable layer"],
)
def test_what_is_no_threat(way, zones, said):
    assert judge([way], CableThreat, zones=zones, statics=[facts(**said)]) == []


def test_the_same_however_cut():
    ways = [over(1500, 2.0, 0)]
    whole = judge(ways, CableThreat, zones=[CABLE])
    assert all(judge(ways, CableThreat, zones=[CABLE], cut=cut) == whole for cut in (1, 13))
