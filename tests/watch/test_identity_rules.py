"""Rules about identities and listed vessels: what changed, and one alert for a listed vessel."""

import dataclasses

import numpy as np
import pytest
from shapely import box

from detect.events import Event, event_id
from detect.listed import Marks
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.errors import ConfigError
from ingest.records import Statics
from watch.desk import Watch
from watch.lists import Entry, WatchList
from watch.rules import load_rules, parse_rules

START = np.datetime64("2026-11-20T00:00:00", "us")
SHIP = 636_012_345
ZONES = ZoneSet((Zone("far", "Far waters", "vra", box(0, 0, 9, 9)),))
LISTS = WatchList((Entry(mmsi=SHIP, note="asked for"),))

RULE = """
[[rule]]
id = "r"
title = "Wrong number"
event = "identity_change"
priority = "caution"
instruction = "Look."
review = 2027-05-01
"""


def event(line, kind, zone=None, **evidence):
    at = START + np.timedelta64(line, "m")
    return Event(
        event_id(kind, (SHIP,), zone, at), kind, SHIP, at, 4.5, 4.5, zone, at, line, (SHIP,),
        {"words": kind, **evidence},
    )  # fmt: skip


def statics(msg_type=5, **said):
    return Statics.absent(
        1, line=np.array([0]), mmsi=np.array([SHIP]), msg_type=np.array([msg_type]),
        time=np.array([START]), **{name: np.array([value]) for name, value in said.items()},
    )  # fmt: skip


def alerts(events, rules=None, said=None, lists=None):
    made = load_rules() if rules is None else parse_rules(rules, "rules.toml")
    desk = Watch(made, ZONES, lists)
    return desk.step(events, said if said is not None else statics(name=b"BLUE MOON"))


@pytest.mark.parametrize("what", ["name", "callsign", "imo", "type", "imo_shared"])
def test_a_change_is_a_caution(what):
    (alert,) = alerts([event(5, "identity_change", what=[what])])
    assert (alert.rule, alert.priority, alert.mmsi) == ("identity-changed", "caution", SHIP)
    assert alert.title.startswith(f"Identity changed: BLUE MOON ({SHIP}), ")


@pytest.mark.parametrize("what", [["mid"], ["imo_bad"], ["mid", "imo_bad"], ["size"]])
def test_a_number_that_cannot_be_is_none_by_the_rules_that_ship(what):
    assert alerts([event(5, "identity_change", what=what)]) == []
    assert len(alerts([event(5, "identity_change", what=what)], RULE)) == 1


def test_class_b_is_left_out_by_the_rules_that_ship():
    changed = [event(5, "identity_change", what=["name"])]
    assert alerts(changed, said=statics(19, name=b"BLUE MOON")) == []


def test_a_rule_asks_for_what_changed():
    rule = RULE + 'what = ["mid", "imo"]\n'
    assert len(alerts([event(5, "identity_change", what=["imo", "name"])], rule)) == 1
    assert alerts([event(5, "identity_change", what=["name"])], rule) == []


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (RULE + 'what = "imoo"\n', "'imoo'"),
        (RULE.replace("identity_change", "distress") + 'what = "imo"\n', "only identity_change"),
    ],
)
def test_a_rule_that_asks_for_what_cannot_be_is_refused(rule, words):
    with pytest.raises(ConfigError, match=words):
        alerts([], rule)


def test_a_listed_vessel_in_range_is_one_alert_that_ends_with_it():
    seen = event(5, "listed_seen", by="mmsi")
    over = dataclasses.replace(
        seen, line=90, revision=1, evidence={**seen.evidence, "end": "2026-11-20T00:30:00Z"}
    )
    raised, rectified = alerts([seen, event(90, "listed_lost"), over], lists=LISTS)
    assert (raised.rule, raised.priority) == ("listed-vessel-seen", "warning")
    assert raised.evidence["listed"]["note"] == "asked for"
    assert rectified.id == raised.id
    assert rectified.state == "rectified-unacknowledged"


def test_seen_within_an_area_is_no_second_alert():
    told = alerts([event(4, "zone_inside", "far"), event(5, "listed_seen", by="mmsi")], lists=LISTS)
    assert [alert.revision for alert in told] == [0, 1]
    assert len({alert.id for alert in told}) == 1


def test_marks_are_what_the_lists_search_by():
    lists = WatchList((
        Entry(mmsi=SHIP, imo=9_074_729, name="SEA STAR"), Entry(callsign=" 9ha2345"),
        Entry(name="Blue  Moon"),
    ))  # fmt: skip
    assert lists.marks == Marks(
        frozenset((SHIP,)), frozenset((9_074_729,)), frozenset(("9HA2345",)),
        frozenset(("BLUE MOON",)),
    )  # fmt: skip
    assert lists.marks.numbers.tolist() == [SHIP]
    assert not WatchList().marks
