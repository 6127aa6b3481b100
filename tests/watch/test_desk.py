import dataclasses
import itertools
import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from detect.events import Event, event_id
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from ingest.records import Statics
from watch.desk import Watch
from watch.lists import Entry, WatchList
from watch.rules import load_rules, parse_rules

START = np.datetime64("2026-11-20T00:00:00", "us")
SHIP, OTHER = 636012345, 352000001

ZONES = ZoneSet(
    (
        Zone("lane", "Transit lane", "corridor", box(4, 4, 5, 5), risk="piracy"),
        Zone("listed", "Listed area", "war-risk", box(0, 0, 9, 9), risk="both"),
        Zone("warlike", "Warlike area", "war-risk", box(8, 8, 12, 12), risk="war"),
        Zone("vra", "Reporting area", "vra", box(-20, -20, 20, 20), risk="both"),
        Zone("port", "Example Port", "port", box(1, 1, 1.1, 1.1)),
    )
)


def event(line, kind, zone=None, mmsi=SHIP, minutes=None, episode=None, **more):
    """An event on a line; its time is one minute a line unless given."""
    time = START + np.timedelta64(int((line if minutes is None else minutes) * 60), "s")
    episode = time if episode is None else START + np.timedelta64(int(episode * 60), "s")
    evidence = {"words": f"{kind} {zone}", **more.pop("evidence", {})}
    return Event(
        event_id(kind, (mmsi,), zone, episode, str(more.pop("extra", ""))), kind, mmsi, time,
        4.5, 4.5, zone, episode, line, (mmsi,), evidence, **more,
    )  # fmt: skip


def statics(*rows):
    """Statics from (line, mmsi, {column: value}); type 5."""
    count = len(rows)
    names = {name for _, _, said in rows for name in said}
    blank = Statics.absent(1)
    given = {n: np.array([said.get(n, getattr(blank, n)[0]) for _, _, said in rows]) for n in names}
    line = np.array([row[0] for row in rows], np.int64)
    return Statics.absent(
        count, line=line, mmsi=np.array([row[1] for row in rows]), msg_type=np.full(count, 5),
        time=START + (line * 60).astype("timedelta64[s]"), **given,
    )  # fmt: skip


def watch(rules=None, zones=ZONES, lists=None, **options):
    made = load_rules() if rules is None else parse_rules(rules, "rules.toml")
    return Watch(made, zones, lists, **options)


def run(desk, events, said=None):
    return desk.step(events, Statics.empty() if said is None else said)


RULE = """
[[rule]]
id = "{id}"
title = "{id}"
event = {event}
priority = "warning"
instruction = "Look."
review = 2027-05-01
"""


def rule(name="r", event='["zone_enter", "zone_inside"]', **keys):
    more = "".join(f"{key} = {value}\n" for key, value in keys.items())
    return RULE.format(id=name, event=event) + more


def test_one_alert_for_overlapping_areas_on_one_line():
    (alert,) = run(
        watch(), [event(0, "zone_inside", z) for z in ("vra", "listed", "lane", "warlike")]
    )
    assert alert.rule == "piracy-area-inside"
    assert alert.priority == "caution"
    assert alert.zone == "lane"  # the most confined of them
    assert (
        alert.title == "Piracy-risk waters: vessel 636012345 inside Transit lane and 2 more zones"
    )
    assert {z["id"] for z in alert.evidence["zones"]} == {"lane", "listed", "warlike"}
    assert alert.state == "active-unacknowledged"
    assert (alert.mmsi, alert.subjects, alert.revision, alert.line) == (SHIP, (SHIP,), 0, 0)
    assert "Check" not in alert.title
    assert alert.instruction


def test_areas_entered_later_join_the_same_alert():
    alerts = run(watch(), [event(0, "zone_enter", "listed"), event(5, "zone_enter", "lane")])
    assert [a.revision for a in alerts] == [0, 1]
    assert len({a.id for a in alerts}) == 1
    assert alerts[1].priority == "warning"
    assert alerts[1].events == tuple(e["id"] for e in alerts[1].evidence["events"])
    assert len(alerts[1].events) == 2
    assert alerts[1].time == alerts[0].time
    assert alerts[1].updated == START + np.timedelta64(300, "s")


def test_leaving_the_last_area_rectifies():
    alerts = run(
        watch(),
        [
            event(0, "zone_enter", "listed"),
            event(1, "zone_enter", "lane"),
            event(2, "zone_exit", "lane", episode=1),
            event(3, "zone_exit", "listed", episode=0),
        ],
    )
    assert [a.state for a in alerts] == ["active-unacknowledged"] * 3 + ["rectified-unacknowledged"]
    assert [z["inside"] for z in alerts[2].evidence["zones"]] == [True, False]


def test_coming_back_within_the_hour_is_the_same_situation():
    def back_after(minutes):
        return run(
            watch(),
            [
                event(0, "zone_enter", "listed"),
                event(1, "zone_exit", "listed", minutes=10, episode=0),
                event(2, "zone_enter", "listed", minutes=10 + minutes),
            ],
        )

    soon = back_after(60)
    assert len({a.id for a in soon}) == 1
    assert soon[-1].state == "active-unacknowledged"
    late = back_after(61)
    assert [a.revision for a in late] == [0, 1, 0]
    assert len({a.id for a in late}) == 2


def test_leaving_one_area_and_entering_another_on_one_line_is_no_break():
    alerts = run(
        watch(),
        [
            event(0, "zone_enter", "listed"),
            event(1, "zone_exit", "listed", episode=0),
            event(1, "zone_enter", "warlike"),
        ],
    )
    assert [a.state for a in alerts] == ["active-unacknowledged"] * 2


def test_the_reporting_area_the_port_and_tests_stay_out_of_the_queue():
    quiet = [
        event(0, "zone_enter", "vra"), event(1, "zone_inside", "port"),
        event(2, "zone_enter", "port", mmsi=OTHER), event(3, "distress_test", mmsi=970000001),
        event(4, "zone_exit", "vra", episode=0), event(5, "zone_enter", "gone"),
    ]  # fmt: skip
    assert run(watch(), quiet) == []


def test_aircraft_and_beacons_raise_no_zone_alert():
    quiet = [event(i, "zone_enter", "listed", mmsi=m) for i, m in enumerate((111232512, 970000001))]
    assert run(watch(), quiet) == []


def test_the_alert_says_who_it_is_as_known_at_that_line():
    said = statics(
        (0, SHIP, {"name": b"EXAMPLE", "imo": 9074729, "ship_type": 84, "to_bow": 150,
                   "to_stern": 33, "callsign": b"A8XY"}),
        (9, SHIP, {"name": b"LATER"}),
    )  # fmt: skip
    first, later = run(watch(), [event(5, "zone_enter", "listed")], said)
    assert first.title == "Piracy-risk waters: EXAMPLE (636012345) entered Listed area"
    assert first.evidence["vessel"] == {
        "mmsi": SHIP, "form": "vessel", "flag": "LR", "name": "EXAMPLE", "callsign": "A8XY",
        "imo": 9074729, "ship_type": 84, "type": "tanker", "length_m": 183, "class": "A",
    }  # fmt: skip
    words = first.evidence["words"]
    assert words == "EXAMPLE (636012345), tanker, 183 m, flag LR: zone_enter listed."
    assert (later.revision, later.line) == (1, 9)
    assert "LATER (636012345)" in later.title


def test_a_name_that_comes_later_revises_once():
    desk = watch()
    run(desk, [event(0, "zone_enter", "listed")])
    named = run(desk, [], statics((3, SHIP, {"name": b"EXAMPLE"}), (4, OTHER, {"name": b"X"})))
    assert [(a.revision, a.line) for a in named] == [(1, 3)]
    assert "EXAMPLE" in named[0].title
    assert run(desk, [], statics((9, SHIP, {"name": b"EXAMPLE"}))) == []


def test_a_name_that_flickers_does_not_fill_the_log():
    desk = watch()
    run(desk, [event(0, "zone_enter", "listed")])
    said = statics(*[(i, SHIP, {"name": b"N%d" % i}) for i in range(1, 200)])
    assert len(run(desk, [], said)) == 20


def test_a_hostile_name_is_harmless():
    said = statics((0, SHIP, {"name": "\u202eLIVE\x1b[2J".encode()}))
    (alert,) = run(watch(), [event(0, "zone_enter", "listed")], said)
    text = json.dumps([alert.title, alert.evidence], ensure_ascii=False, allow_nan=False)
    assert "\\\\u202eLIVE\\\\x1b[2J" in text


def test_a_rule_for_tankers_waits_until_the_vessel_says_what_it_is():
    desk = watch(rule(types='"tanker"', zone_kind='"war-risk"'))
    assert (
        run(desk, [event(0, "zone_enter", "listed"), event(0, "zone_enter", "listed", OTHER)]) == []
    )
    said = statics((99, SHIP, {"ship_type": 84}), (99, OTHER, {"ship_type": 70}))
    (alert,) = run(desk, [], said)
    assert (alert.mmsi, alert.line, alert.revision) == (SHIP, 99, 0)
    assert alert.time == START
    assert alert.updated == START + np.timedelta64(99, "m")
    assert desk.vessels == 1  # the cargo ship is of no more interest


def test_a_vessel_that_left_before_it_said_what_it_is_raises_nothing():
    desk = watch(rule(types='"tanker"'))
    inside = [event(0, "zone_enter", "listed"), event(2, "zone_exit", "listed", episode=0)]
    assert run(desk, inside, statics((3, SHIP, {"ship_type": 84}))) == []
    assert desk.vessels == 0


def test_a_vessel_that_turns_out_to_be_of_no_concern_is_withdrawn():
    desk = watch()
    (raised,) = run(desk, [event(0, "zone_inside", "listed")])
    (gone,) = run(desk, [], statics((2, SHIP, {"ship_type": 30, "name": b"DHOW"})))
    assert (gone.id, gone.state, gone.revision) == (raised.id, "withdrawn", 1)
    assert gone.evidence["words"].endswith("Withdrawn: it says it is fishing.")
    assert run(desk, [event(3, "zone_enter", "lane")]) == []
    # Who changes its type afterwards has said something to hide, and stays in the queue.
    run(desk, [event(4, "zone_inside", "listed", OTHER)], statics((4, OTHER, {"ship_type": 70})))
    (changed,) = run(desk, [], statics((5, OTHER, {"ship_type": 30})))
    assert changed.state == "active-unacknowledged"


@pytest.mark.parametrize(("minutes", "count"), [(12, 1), (13, 0)])
def test_a_passage_waits_for_two_static_reports(minutes, count):
    desk = watch(rule(event='"gate_passage"', types='"tanker"'))
    run(desk, [event(0, "gate_passage", "lane")])
    assert len(run(desk, [], statics((minutes, SHIP, {"ship_type": 84})))) == count


def test_a_listed_vessel_is_found_by_number_or_by_a_later_name():
    lists = WatchList((Entry(mmsi=OTHER, note="seen at sea"), Entry(name="GHOST")))
    desk = watch(lists=lists)
    (at_once,) = run(desk, [event(0, "zone_enter", "port", OTHER), event(1, "zone_enter", "port")])
    assert (at_once.rule, at_once.mmsi) == ("listed-vessel-port", OTHER)
    assert at_once.evidence["listed"]["note"] == "seen at sea"
    (later,) = run(desk, [], statics((6, SHIP, {"name": b"GHOST"})))
    assert later.mmsi == SHIP
    assert later.evidence["listed"]["by"] == "name"


def test_a_wide_area_does_not_hide_a_listed_vessel_entering_port():
    lists = WatchList((Entry(mmsi=SHIP),))
    alerts = run(
        watch(lists=lists), [event(0, "zone_enter", "vra"), event(1, "zone_enter", "port")]
    )
    assert [a.rule for a in alerts] == ["listed-vessel-area", "listed-vessel-port"]


def test_events_that_are_revised_or_withdrawn():
    desk = watch()
    entered, more = event(0, "zone_enter", "listed"), event(1, "zone_enter", "lane")
    run(desk, [entered, more])
    better = dataclasses.replace(
        entered, line=2, revision=1, evidence={"words": "entered for sure"}
    )
    (revised,) = run(desk, [better])
    assert "entered for sure" in revised.evidence["words"]
    (less,) = run(desk, [dataclasses.replace(entered, line=3, revision=2, withdrawn=True)])
    assert less.state == "active-unacknowledged"
    assert less.events == (more.id,)
    (gone,) = run(desk, [dataclasses.replace(more, line=4, revision=1, withdrawn=True)])
    assert (gone.state, gone.revision, gone.id) == ("withdrawn", 4, revised.id)
    (again,) = run(desk, [event(5, "zone_enter", "listed")])
    assert (again.revision, again.id != gone.id) == (0, True)


def test_a_withdrawn_exit_makes_the_situation_true_again():
    desk = watch()
    left = event(1, "zone_exit", "listed", episode=0)
    run(desk, [event(0, "zone_enter", "listed"), left])
    (back,) = run(desk, [dataclasses.replace(left, line=2, revision=1, withdrawn=True)])
    assert back.state == "active-unacknowledged"
    (out,) = run(desk, [event(900, "zone_exit", "listed", episode=0, extra="true one")])
    assert out.state == "rectified-unacknowledged"


def test_distress_is_an_emergency_and_its_position_follows():
    nan = float("nan")
    called = dataclasses.replace(
        event(0, "distress", mmsi=970000001, evidence={"station": 1}), lon=nan, lat=nan
    )
    desk = watch()
    (alert,) = run(desk, [called])
    assert (alert.priority, alert.zone) == ("emergency", None)
    assert alert.title == "Distress: AIS-SART 970000001, position unknown"
    json.dumps(alert.evidence, allow_nan=False)
    (found,) = run(desk, [dataclasses.replace(called, line=500, revision=1, lon=45.0, lat=12.0)])
    assert (found.lon, found.lat, found.revision, found.id) == (45.0, 12.0, 1, alert.id)
    assert found.title == "Distress: AIS-SART 970000001, 12°00.0'N 045°00.0'E"
    assert found.state == "active-unacknowledged"


def test_every_safety_text_is_read_for_itself():
    said = [
        event(i, "safety_text", mmsi=2190001, extra=i, evidence={"text": f"NOTE {i}"})
        for i in range(3)
    ]
    alerts = run(watch(), said)
    assert len({a.id for a in alerts}) == 3
    assert alerts[1].title == "Safety text: coast station 2190001 “NOTE 1”"
    noise = event(9, "safety_text", mmsi=930974020, evidence={"text": ")2G*+DT"})
    assert run(watch(), [noise]) == []


def test_a_rule_about_leaving():
    alerts = run(
        watch(rule(event='"zone_exit"', zone='"port"')), [event(0, "zone_exit", "port", episode=0)]
    )
    assert [(a.kind, a.state) for a in alerts] == [("zone_exit", "active-unacknowledged")]


def test_a_zone_that_no_rule_can_find_is_refused():
    with pytest.raises(ConfigError, match=r"rules\.toml, rule 'r', zone.*'ports'.*'port' is meant"):
        watch(rule(zone='"ports"'))


def test_zones_can_be_swapped_while_situations_go_on():
    desk = watch()
    run(desk, [event(0, "zone_enter", "listed")])
    desk.swap(ZoneSet(tuple(z for z in ZONES if z.id != "listed")))
    (alert,) = run(desk, [event(1, "zone_exit", "listed", episode=0)])
    assert alert.state == "rectified-unacknowledged"
    assert run(desk, [event(2, "zone_enter", "listed", mmsi=OTHER)]) == []


def test_a_long_situation_keeps_its_first_and_latest_events():
    rows = []
    for i in range(100):
        rows += [
            event(3 * i, "zone_enter", "lane"),
            event(3 * i + 1, "zone_exit", "lane", episode=3 * i),
        ]
    alerts = run(watch(), rows)
    assert len({a.id for a in alerts}) == 1
    assert len(alerts[-1].events) == 64
    assert alerts[-1].events[0] == rows[0].id
    assert alerts[-1].evidence["events_left_out"] == 200 - 64


def test_memory_is_bounded():
    desk = watch(capacity=100)
    for i in range(30):
        found = run(
            desk,
            [event(i, "zone_enter", "listed", mmsi=200_000_000 + 100 * i + j) for j in range(100)],
        )
        assert len(found) == 100
    assert desk.vessels == 100
    # What is long over goes without pressure, too.
    desk = watch()
    for i in range(3000):
        run(desk, [event(i, "gate_passage", "lane", mmsi=201_000_000 + i, minutes=60 * i)])
        run(
            desk,
            [
                event(i, "zone_enter", "lane", mmsi=201_000_000 + i, minutes=60 * i),
                event(i, "zone_exit", "lane", mmsi=201_000_000 + i, minutes=60 * i, episode=60 * i),
            ],
        )
    assert desk.vessels < 1100


def test_a_flood_of_names_forgets_at_the_same_line_however_it_is_cut():
    said = statics(*[(i, 201_000_000 + i % 40, {"name": b"N%d" % i}) for i in range(120)])
    events = [event(i, "zone_inside", "listed", mmsi=201_000_000 + i % 7) for i in range(0, 120, 3)]

    def alerts(size):
        desk, found = watch(identities=8), []
        for start in range(0, 120, size):
            lines = range(start, start + size)
            batch = said.take(np.isin(said.line, lines))
            found += desk.step([e for e in events if e.line in lines], batch)
        return [repr(a) for a in found]

    whole = alerts(120)
    assert any("vessel 20100000" in text for text in whole)
    assert alerts(1) == alerts(7) == whole


_STEP = st.tuples(
    st.integers(0, 2),  # lines since the one before
    st.integers(0, 40),  # minutes
    st.sampled_from([SHIP, OTHER, 970000001]),
    st.sampled_from(
        ["zone_enter", "zone_inside", "zone_exit", "gate_passage", "distress", "safety_text",
         "revise", "withdraw", "ALPHA", "GHOST", "tanker"]
    ),
    st.sampled_from(["lane", "listed", "warlike", "vra", "port"]),
)  # fmt: skip


@given(st.lists(_STEP, max_size=40), st.sets(st.integers(0, 60), max_size=5))
def test_cutting_into_batches_changes_nothing(steps, cuts):
    line, minutes, events, said = 0, 0, [], []
    for i, (lines, more, mmsi, what, zone) in enumerate(steps):
        line, minutes = line + lines, minutes + more
        if what in ("ALPHA", "GHOST", "tanker"):
            said.append(
                (line, mmsi, {"ship_type": 84} if what == "tanker" else {"name": what.encode()})
            )
        elif what in ("revise", "withdraw"):
            if events:
                old = events[i % len(events)]
                events.append(
                    dataclasses.replace(
                        old, line=line, revision=old.revision + 1, withdrawn=what == "withdraw"
                    )
                )
        else:
            place = zone if "zone" in what or what == "gate_passage" else None
            evidence = {"station": 0} if what == "distress" else {"text": "X"}
            events.append(event(line, what, place, mmsi, minutes, extra=i, evidence=evidence))
    tankers = rule("many", gather_above=1, zone_kind='["vra", "port"]')
    tankers += rule("tankers", types='"tanker"', zone_kind='["vra", "corridor"]')
    lists = WatchList((Entry(name="GHOST"),))

    def alerts(edges):
        rules = (*load_rules(), *parse_rules(tankers, "t"))
        desk = Watch(rules, ZONES, lists, capacity=2)
        found = []
        for start, end in itertools.pairwise(edges):
            rows = [row for row in said if start <= row[0] < end]
            batch = statics(*rows) if rows else Statics.empty()
            found += desk.step([e for e in events if start <= e.line < end], batch)
            desk = pickle.loads(pickle.dumps(desk))
            desk.attach(rules, ZONES, lists)
        return [repr(a) for a in found]

    whole = alerts([0, line + 1])
    assert alerts(sorted({0, line + 1, *(c for c in cuts if c <= line)})) == whole
    assert alerts(range(line + 2)) == whole
    revisions = {}
    for text in whole:
        number = int(text.split("revision=")[-1].split(",")[0])
        name = text[:30]
        assert number == revisions.get(name, -1) + 1
        revisions[name] = number


def loiters(line, held_s, revision=0, **more):
    found = event(line, "loitering", evidence={"measured": {"held_s": held_s}, **more})
    found = dataclasses.replace(found, revision=revision)
    return dataclasses.replace(found, id="0123456789abcdef", episode=START)


LONG = rule("long", '"loitering"', when='"held_s >= 14400"')


def test_an_event_that_grows_into_a_rule_raises_its_alert_then():
    desk = watch(LONG)
    told = run(desk, [loiters(1, 3600), loiters(5, 14400, 1), loiters(9, 20000, 2, end="x")])
    assert [(alert.line, alert.revision) for alert in told] == [(5, 0), (9, 1)]
    assert told[0].events == told[1].events


def test_an_event_that_is_over_grows_into_nothing():
    desk = watch(LONG)
    assert run(desk, [loiters(1, 3600), loiters(9, 20000, 1, end="x")]) == []
