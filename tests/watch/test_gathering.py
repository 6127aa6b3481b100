import dataclasses
import itertools
import json
import pickle

import numpy as np
import pytest
from shapely import box

from detect.events import Event, event_id
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.records import Statics
from watch.desk import Watch
from watch.rules import load_rules

START = np.datetime64("2026-11-20T00:00:00", "us")


def beacon(line, seconds, number=None, station=1, **more):
    mmsi = 970_000_000 + (line if number is None else number)
    time = START + np.timedelta64(int(seconds * 1000), "ms")
    made = Event(
        event_id("distress", (mmsi,), None, time), "distress", mmsi, time, 45.0, 12.0, None, time,
        line, (mmsi,), {"words": f"beacon {mmsi}", "station": station},
    )  # fmt: skip
    return dataclasses.replace(made, **more)


def run(events, desk=None):
    return (desk or Watch(load_rules(), ZoneSet())).step(events, Statics.empty())


def test_five_are_five_emergencies():
    alerts = run([beacon(i, i * 10) for i in range(5)])
    assert [len(a.subjects) for a in alerts] == [1] * 5
    assert {a.priority for a in alerts} == {"emergency"}


def test_the_sixth_within_a_minute_makes_one_that_names_them_all():
    alerts = run([beacon(i, i * 10) for i in range(9)])
    alone, flood = alerts[:5], alerts[5:]
    assert [a.revision for a in flood] == [0, 1, 2, 3]
    assert len({a.id for a in flood}) == 1
    assert not {a.id for a in alone} & {flood[0].id}
    first, last = flood[0], flood[-1]
    assert first.priority == "emergency"
    assert first.subjects == tuple(range(970_000_000, 970_000_006))
    assert last.subjects == tuple(range(970_000_000, 970_000_009))
    assert last.title == "Distress: 9 new beacons from one station, one may be real"
    for mmsi in last.subjects:
        assert f"AIS-SART {mmsi}, 12°00.0'N 045°00.0'E" in last.evidence["words"]
    assert [b["mmsi"] for b in last.evidence["members"]] == list(last.subjects)
    assert (last.lon, last.lat, last.time) == (45.0, 12.0, START)


def test_slowly_or_from_several_stations_is_no_flood():
    assert all(len(a.subjects) == 1 for a in run([beacon(i, i * 13) for i in range(40)]))
    spread = [beacon(i, i, station=i % 3) for i in range(15)]
    assert all(len(a.subjects) == 1 for a in run(spread))


def test_a_flood_ends_and_the_next_beacon_stands_alone():
    events = [beacon(i, i) for i in range(8)]
    alerts = run([*events, beacon(8, 63), beacon(9, 70), beacon(10, 3000)])
    assert [len(a.subjects) for a in alerts[-3:]] == [9, 1, 1]


def test_a_second_flood_within_the_hour_goes_on_with_the_same_alert():
    first = [beacon(i, i) for i in range(8)]
    soon, late = ([beacon(8 + i, gap + i) for i in range(8)] for gap in (3000, 4000))
    many = [a for a in run([*first, *soon]) if len(a.subjects) > 1]
    assert len({a.id for a in many}) == 1
    assert many[-1].evidence["count"] == 8 + 3
    many = [a for a in run([*first, *late]) if len(a.subjects) > 1]
    assert len({a.id for a in many}) == 2


def test_false_times_do_not_make_a_flood():
    events = [beacon(i, 86400 * (12 - i)) for i in range(12)]
    assert all(len(a.subjects) == 1 for a in run(events))


def test_a_position_that_comes_later_is_named():
    nan = float("nan")
    events = [beacon(i, i, lon=nan, lat=nan) for i in range(7)]
    late = dataclasses.replace(events[6], line=20, revision=1, lon=-30.0, lat=5.0)
    alerts = run([*events, late])
    named = alerts[-1].evidence["members"]
    assert (named[6]["lon"], named[6]["lat"]) == (-30.0, 5.0)
    assert named[0]["lon"] is None
    assert (alerts[-1].lon, alerts[-1].lat) == (-30.0, 5.0)
    json.dumps(alerts[-1].evidence, allow_nan=False)


def test_thousands_are_counted_and_told_seldom():
    alerts = run([beacon(i, i * 0.001) for i in range(5000)])
    assert len(alerts) < 120
    told = alerts[-1]
    assert told.evidence["count"] > 4500
    assert len(told.evidence["members"]) == 1000
    assert f"and {told.evidence['count'] - 1000} more" in told.evidence["words"]


@pytest.mark.parametrize("size", [1, 7, 100])
def test_cutting_into_batches_changes_nothing(size):
    events = [beacon(i, i * (0.2 if i < 150 else 70), station=i % 2) for i in range(160)]
    whole = [repr(a) for a in run(events)]
    desk, found = Watch(load_rules(), ZoneSet()), []
    for start in range(0, len(events), size):
        found += run(events[start : start + size], desk)
        desk = pickle.loads(pickle.dumps(desk))
        desk.attach(load_rules(), ZoneSet())
    assert [repr(a) for a in found] == whole
    assert len(list(itertools.groupby(whole))) == len(whole)


def vessel(line, kind="zone_inside", minutes=None, mmsi=None, episode=None):
    """A vessel in Example Waters; a line is a second unless minutes are given."""
    seconds = line if minutes is None else minutes * 60
    time = START + np.timedelta64(int(seconds), "s")
    mmsi = 636_000_000 + line if mmsi is None else mmsi
    since = time if episode is None else START + np.timedelta64(int(episode), "s")
    return Event(
        event_id(kind, (mmsi,), "area", since), kind, mmsi, time, 4.0, 3.0, "area", since, line,
        (mmsi,), {"words": f"{kind} area"},
    )  # fmt: skip


def area_watch():
    area = Zone("area", "Example Waters", "war-risk", box(0, 0, 9, 9), risk="both")
    return Watch(load_rules(), ZoneSet((area,)))


def test_when_the_watch_begins_the_crowd_is_gathered():
    desk = area_watch()
    alerts = run([vessel(i) for i in range(300)], desk)
    alone = [a for a in alerts if "members" not in a.evidence]
    assert len(alone) == 10
    crowd = [a for a in alerts if "members" in a.evidence]
    assert len({a.id for a in crowd}) == 1
    assert len(crowd) < 60
    title = "Piracy-risk waters: 1 further vessel first heard inside, 1 still there"
    assert crowd[0].title == title
    assert crowd[0].priority == "caution"
    # One who enters stands out.
    (alert,) = run([vessel(400, "zone_enter", 4)], desk)
    assert (alert.rule, alert.priority, alert.revision) == ("piracy-area-entry", "warning", 0)


def test_those_who_come_one_by_one_join_the_crowd_until_it_is_calm():
    desk = area_watch()
    run([vessel(i) for i in range(30)], desk)
    trickle = [vessel(1000 + i, minutes=20 * i) for i in range(1, 10)]
    (crowd,) = {a.id for a in run(trickle, desk)}
    *_, last = run([vessel(2000, "zone_enter", 190), vessel(2001, minutes=200)], desk)
    assert (last.id, last.title) == (
        crowd, "Piracy-risk waters: 30 further vessels first heard inside, 30 still there",
    )  # fmt: skip
    (alone,) = run([vessel(3000, minutes=261)], desk)
    assert (alone.mmsi, alone.revision) == (636_003_000, 0)


def test_without_a_crowd_everybody_is_seen_alone():
    alerts = run([vessel(i, minutes=3 * i) for i in range(30)], area_watch())
    assert len({a.id for a in alerts}) == 30


def test_a_single_beacon_after_a_flood_is_seen_alone():
    flood = [beacon(i, i) for i in range(12)]
    (alone,) = [a for a in run([*flood, beacon(50, 1200)]) if a.mmsi == beacon(50, 0).mmsi]
    assert (alone.priority, alone.revision, "members" in alone.evidence) == ("emergency", 0, False)


def test_the_crowd_is_rectified_when_all_have_left():
    desk = area_watch()
    run([vessel(i) for i in range(40)], desk)
    left = [vessel(100 + i, "zone_exit", 60, 636_000_000 + i, i) for i in range(40)]
    alerts = run(left, desk)
    crowd = [a for a in alerts if "members" in a.evidence]
    assert crowd[0].state == "active-unacknowledged"
    assert crowd[-1].state == "rectified-unacknowledged"
    assert crowd[-1].title.endswith("30 further vessels first heard inside, 0 still there")
    assert all(member["gone"] for member in crowd[-1].evidence["members"])
    alone = [a for a in alerts if "members" not in a.evidence]
    assert [a.state for a in alone] == ["rectified-unacknowledged"] * 10


def test_a_member_of_the_crowd_is_called_by_its_name_and_can_turn_out_not_to_belong():
    desk = area_watch()
    run([vessel(i) for i in range(12)], desk)
    said = Statics.absent(
        2, mmsi=np.array([636_000_010, 636_000_011]), msg_type=np.array([5, 5]),
        name=np.array([b"EXAMPLE", b"DHOW"]), ship_type=np.array([70, 30]),
        line=np.array([50, 51]), time=START + np.array([50, 51], "timedelta64[s]"),
    )  # fmt: skip
    *_, last = desk.step([], said)
    members = last.evidence["members"]
    assert [m["name"] for m in members] == ["EXAMPLE (636000010)", "DHOW (636000011)"]
    assert [m["gone"] for m in members] == [False, True]
    assert last.title.endswith("2 further vessels first heard inside, 1 still there")
