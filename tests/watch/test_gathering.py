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


def jump(line, seconds, mmsi=None, kind="impossible_movement", **more):
    """A vessel that cannot have got there; a line is another vessel unless it is named."""
    mmsi = 636_000_000 + line if mmsi is None else mmsi
    time = START + np.timedelta64(int(seconds), "s")
    made = Event(
        event_id(kind, (mmsi,), None, time), kind, mmsi, time, 4.0, 3.0, None, time, line,
        (mmsi,), {"words": f"jumped {mmsi}"},
    )  # fmt: skip
    return dataclasses.replace(made, **more)


def test_twenty_ships_that_a_spoofer_moves_are_one_alert_that_names_them():
    alerts = run([jump(i, i) for i in range(20)])
    alone = {a.id for a in alerts if "members" not in a.evidence}
    (crowd,) = {a.id for a in alerts} - alone
    assert len(alone) == 5
    last = [a for a in alerts if a.id == crowd][-1]
    assert last.title == "Impossible movement: 20 vessels"
    assert last.subjects == tuple(range(636_000_000, 636_000_020))
    assert [m["mmsi"] for m in last.evidence["members"]] == list(last.subjects)
    assert (last.evidence["count"], last.evidence["left"]) == (20, 0)
    json.dumps(last.evidence, allow_nan=False)


def test_a_flood_of_new_names_is_one_alert():
    named = [
        jump(i, i / 2, kind="identity_change", evidence={"words": "renamed", "what": ["name"]})
        for i in range(1000)
    ]
    fleet = Statics.absent(
        1000, mmsi=636_000_000 + np.arange(1000), msg_type=np.full(1000, 5),
        ship_type=np.full(1000, 70), line=np.arange(1000) - 1000,
        time=START + np.zeros(1000, "timedelta64[s]"),
    )  # fmt: skip
    desk = Watch(load_rules(), ZoneSet())
    desk.step([], fleet)
    alerts = run(named, desk)
    assert len({a.id for a in alerts}) == 11
    assert alerts[-1].evidence["count"] > 900
    assert len(alerts) < 120


def test_a_vessel_that_does_it_again_is_named_once():
    desk = Watch(load_rules(), ZoneSet())
    run([jump(i, i) for i in range(10)], desk)
    again = run([jump(100 + i, 60 + 10 * i, 636_000_008) for i in range(200)], desk)
    assert len(again) < 10
    members = again[-1].evidence["members"]
    assert again[-1].evidence["count"] == len(members) == 10
    assert len({m["mmsi"] for m in members}) == 10
    assert members[-1]["mmsi"] == 636_000_008


def test_it_is_over_when_it_is_over_for_all():
    desk = Watch(load_rules(), ZoneSet())
    twice = [jump(i, i, kind="identity_twice") for i in range(12)]
    crowd = run(twice, desk)[-1]
    assert (crowd.state, crowd.evidence["count"]) == ("active-unacknowledged", 12)

    def over(event, line, **more):
        evidence = {**event.evidence, "end": "2026-11-20T01:00:00Z"}
        return dataclasses.replace(event, line=line, revision=1, evidence=evidence, **more)

    ended = [a for a in run([over(e, 20 + e.line) for e in twice[:11]], desk) if a.id == crowd.id]
    assert ended[-1].title == "One identity, two vessels: 12 vessels, over for 11"
    late = [over(twice[0], 40), over(twice[11], 41, withdrawn=True)]
    *_, last = [a for a in run(late, desk) if a.id == crowd.id]
    assert (last.state, last.evidence["left"]) == ("rectified-unacknowledged", 12)
    # Who does it again makes it true again.
    (true,) = run([jump(50, 1000, twice[8].mmsi, "identity_twice")], desk)
    assert (true.id, true.state) == (crowd.id, "active-unacknowledged")
    assert true.evidence["left"] == 11


@pytest.mark.parametrize("size", [1, 13])
def test_cutting_a_flood_of_jumps_into_batches_changes_nothing(size):
    events = [jump(i, i * 3, 636_000_000 + i % 40) for i in range(200)]
    whole = [repr(a) for a in run(events)]
    desk, found = Watch(load_rules(), ZoneSet()), []
    for start in range(0, len(events), size):
        found += run(events[start : start + size], desk)
        desk = pickle.loads(pickle.dumps(desk))
        desk.attach(load_rules(), ZoneSet())
    assert [repr(a) for a in found] == whole
