"""Loitering: on the open sea and in watched zones; told after an hour, told again after four."""

import numpy as np
import pytest
from shapely import box
from voyages import START, facts, judge, leg, newest, then

from detect.config import DetectConfig
from detect.loitering import Loitering, LoiteringConfig
from geofence.zone import Zone
from ingest.errors import ConfigError

SEA = (-20.0, 20.0)  # 170 nm west of Mauritania
NEAR = (4.3, 52.55)  # 13 nm off the Dutch coast
WATCH = Zone("wreck", "The wreck", "watch", box(4.2, 52.5, 4.4, 52.8))
PORT = Zone("port", "Port", "port", box(4.2, 52.5, 4.4, 52.8))


def waits(hours, at=SEA, sog=1.0, every=180, **said):
    """Comes, goes to and fro for so many hours, and sails on."""
    way = leg(1200, 12, 0, at=at, every=30)
    for turn in range(round(hours * 2)):
        way = then(way, 1800, sog, 90 if turn % 2 else 270, every=every, **said)
    return then(way, 3600, 12, 0, every=30)


def test_an_event_after_an_hour_and_its_end():
    first, last = judge([waits(2)], Loitering)
    assert first.time - first.episode == np.timedelta64(3600, "s")
    assert first.evidence["measured"] == {
        "held_s": 3600, "mean_kn": 1.0, "off_nm": 0.0, "fixes": 21, "shore_nm": 169.7,
    }  # fmt: skip
    assert first.evidence["threshold"] == {"hold_s": 3600.0, "mean_kn": 2.0, "shore_nm": 20.0}
    assert first.evidence["words"].startswith(
        "loiters for 1 h 00 min (limit 1 h 00 min) at 1.0 kn on average (limit 2.0 kn), "
        "170 nm from shore (limit 20 nm), 0.0 nm from where that began; now 20°04.0'N"
    )
    assert first.zone is None
    assert (last.id, last.revision, last.time) == (first.id, 1, first.time)
    assert last.evidence["held_s"] == 7020
    assert last.evidence["end"] == "2026-03-01T02:20:00Z"


def test_told_again_when_it_has_grown_long():
    told = judge([waits(6)], Loitering)
    assert [e.revision for e in told] == [0, 1, 2]
    assert told[1].evidence["held_s"] == 14_400
    assert "end" not in told[1].evidence


def test_in_a_watched_zone_at_any_distance_from_shore():
    (event,) = newest(judge([waits(2, at=NEAR)], Loitering, zones=[WATCH]))
    assert event.zone == "wreck"
    assert "in The wreck" in event.evidence["words"]
    assert "shore_nm" not in event.evidence["measured"]


def test_one_who_is_seldom_heard():
    way = leg(8 * 3600, 0.4, 90, at=SEA, every=5400)
    assert len(newest(judge([way], Loitering))) == 1


@pytest.mark.parametrize(
    ("way", "zones", "said"),
    [
        (waits(2, at=NEAR), [], {}),
        (waits(2, at=NEAR), [WATCH, PORT], {}),
        (waits(0.9), [], {}),
        (waits(2, sog=2.1), [], {}),
        (waits(2, status=1), [], {}),
        (waits(2), [], {"ship_type": 30}),
        (leg(9 * 3600, 0.4, 90, at=SEA, every=11_000), [], {}),
        (leg(4 * 3600, 6, 90, at=SEA, every=60), [], {}),
    ],
    ids=["near the shore", "port", "short", "fast", "anchored", "fishing", "hardly heard",
         "under way"],
)  # fmt: skip
def test_what_is_no_loitering(way, zones, said):
    assert judge([way], Loitering, zones=zones, statics=[facts(**said)]) == []


def test_who_creeps_along_leaves_the_circle():
    config = DetectConfig(loitering=LoiteringConfig(radius_nm=1))
    way = leg(5 * 3600, 1.8, 90, at=SEA, every=180)
    assert judge([way], Loitering, config=config) == []
    assert len(newest(judge([way], Loitering))) == 1


def test_a_short_sprint_back_to_its_place_does_not_end_it():
    way = waits(1)
    way = way.take(way.time < START + np.timedelta64(3600, "s"))
    way = then(way, 600, 4, 180)
    way = then(way, 3600, 1, 0, every=180)
    (event,) = newest(judge([way], Loitering))
    assert event.episode < START + np.timedelta64(1500, "s")


def test_a_mean_over_the_limit_is_not_told_until_it_has_come_down():
    way = leg(600, 1, 0, at=SEA)
    for _ in range(4):
        way = then(then(way, 840, 4, 0), 60, 1, 180)
    assert judge([way], Loitering) == []
    (event,) = newest(judge([then(way, 7200, 0.2, 0, every=60)], Loitering))
    assert event.evidence["measured"]["mean_kn"] <= 2


def test_the_same_however_cut():
    ways = [waits(5)]
    whole = judge(ways, Loitering, zones=[WATCH])
    for cut in (1, 7, 100):
        assert judge(ways, Loitering, zones=[WATCH], cut=cut) == whole


@pytest.mark.parametrize("lon", [179.99, -179.99])
def test_over_the_antimeridian(lon):
    (event,) = newest(judge([waits(2, at=(lon, 30))], Loitering))
    assert event.evidence["measured"]["off_nm"] < 1


def test_settings_that_cannot_be_used_are_refused():
    with pytest.raises(ConfigError, match=r"detect\.loitering: zones names 'wach'"):
        LoiteringConfig(zones=("wach",))
