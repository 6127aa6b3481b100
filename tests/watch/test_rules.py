import dataclasses
import datetime

import pytest
from shapely import box

from detect.events import KINDS as EVENT_KINDS
from geofence.zone import KINDS, Zone
from ingest.errors import ConfigError
from watch.lists import Entry, WatchList
from watch.rules import load_rules, parse_rules, read_rules
from watch.vessel import Vessel

GOOD = {
    "id": '"lane"',
    "title": '"Lane"',
    "event": '"zone_enter"',
    "priority": '"caution"',
    "instruction": '"Look."',
    "review": "2027-05-01",
}


def text(**keys):
    return "[[rule]]\n" + "".join(f"{k} = {v}\n" for k, v in {**GOOD, **keys}.items() if v)


def rule(**keys):
    (made,) = parse_rules(text(**keys), "rules.toml")
    return made


def zone(kind="corridor", risk="none", name="z"):
    return Zone(name, name, kind, box(0, 0, 1, 1), risk=risk)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"event": '"zone_entry"'}, ["event", "'zone_entry'", "'zone_enter' is meant"]),
        ({"event": '"qqq"'}, ["event", "'qqq'", "Use one of zone_enter"]),
        ({"event": "[]"}, ["event", "Write one word"]),
        ({"zone_kind": '"piracy_hra"'}, ["zone_kind", "'piracy-hra' is meant"]),
        ({"not_zone_kind": '"sea"'}, ["not_zone_kind", "'sea'"]),
        ({"zone_risk": '"pirates"'}, ["zone_risk", "piracy"]),
        ({"priority": '"urgent"'}, ["priority", "'urgent'", "emergency"]),
        ({"priority": "1"}, ["priority", "text in quotes"]),
        ({"instruction": ""}, ["instruction is missing"]),
        ({"instruction": '"  "'}, ["instruction", "empty"]),
        ({"review": '"May 2027"'}, ["review", "2027-05-01"]),
        ({"review": "2027-05-01T00:00:00Z"}, ["review", "2027-05-01"]),
        ({"prioritty": '"caution"'}, ["unknown key 'prioritty'", "'priority' is meant"]),
        ({"id": '"My Rule"'}, ["id", "lower case"]),
        ({"id": "5"}, ["rule number 1, id", "text in quotes"]),
        ({"types": '"tankers"'}, ["types", "tanker"]),
        ({"types": '["80-8"]'}, ["types", "80-89"]),
        ({"class": '"C"'}, ["class", '"A" or "B"']),
        ({"min_length_m": "-1"}, ["min_length_m", "metres"]),
        ({"when": '"held_s = 5"'}, ["when", "held_s >= 14400"]),
        ({"when": '["held_s >= 5", "long"]'}, ["when", "held_s >= 14400"]),
        ({"when": "5"}, ["when", "one word in quotes"]),
        ({"event": '"drifting"', "zone_kind": '"watch"'}, ["event", "drifting concerns no zone"]),
        ({"mmsi": '"123"'}, ["mmsi", "nine digits"]),
        ({"flags": '"XX"'}, ["flags", "'XX'"]),
        ({"forms": '"ship"'}, ["forms", "'ship'"]),
        ({"listed": '"yes"'}, ["listed", "true or false"]),
        ({"event": '"distress"', "zone_risk": '"piracy"'}, ["concerns no zone"]),
        (
            {"event": '"safety_text"', "gather_above": "5"},
            ["gather_above", "each is read for itself"],
        ),
        ({"gather_above": "0"}, ["gather_above", "1 to 1000"]),
    ],
)
def test_a_wrong_rule_is_refused_with_file_rule_key_and_mend(keys, words):
    with pytest.raises(ConfigError) as error:
        rule(**keys)
    assert str(error.value).startswith("rules.toml, rule ")
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("rule = 5", "[[rule]]"),
        ("", "[[rule]]"),
        ("[[rule]", "not TOML"),
        ("rule = [1]", "not a table"),
        ("[settings]\nx = 1", "[[rule]]"),
        (text() + text(), "in use by an earlier rule"),
        ("x = " + "[" * 5000, "not TOML"),
    ],
)
def test_a_wrong_file_is_refused(given, words):
    with pytest.raises(ConfigError, match=r"rules\.toml") as error:
        parse_rules(given, "rules.toml")
    assert words in str(error.value)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_rules(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"\xe9")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_rules(tmp_path / "latin.toml")


def test_rules_not_enabled_are_left_out(tmp_path):
    path = tmp_path / "rules.toml"
    path.write_text(text() + text(id='"off"', enabled="false"))
    assert [r.id for r in read_rules(path)] == ["lane", "off"]
    assert [r.id for r in load_rules(path)] == ["lane"]


def test_a_rule_as_written():
    made = rule(
        event='["zone_enter", "zone_dwell"]', types='["tanker", "70-72", 30]', review='"2027-05-01"'
    )
    assert made.event == ("zone_enter", "zone_dwell")
    assert made.vessels.types == {*range(80, 90), 70, 71, 72, 30}
    assert made.review == datetime.date(2027, 5, 1)
    assert made.situation == "lane"
    assert made.source == "rules.toml"


def test_a_zone_risk_is_met_by_both():
    piracy = rule(zone_risk='"piracy"')
    assert [piracy.concerns(zone(risk=r)) for r in ("piracy", "both", "war", "none")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert not rule(zone_risk='"both"').concerns(zone(risk="war"))


def test_zones_are_chosen_by_kind_and_id():
    made = rule(zone_kind='["corridor", "vra"]', not_zone_kind='"vra"')
    assert [k for k in KINDS if made.concerns(zone(k))] == ["corridor"]
    named = rule(zone='["a", "b"]')
    assert named.concerns(zone(name="a"))
    assert not named.concerns(zone(name="c"))
    named.check_zones(["a", "b", "c"])
    with pytest.raises(ConfigError, match="unknown 'b'"):
        named.check_zones(["a"])


TANKER = Vessel(636012345, b"SEA STAR", b"A8XY", 9074729, 84, 183, 32, 1)
UNSAID = Vessel(636012345)


@pytest.mark.parametrize(
    ("keys", "said", "unsaid"),
    [
        ({}, True, True),
        ({"types": '"tanker"'}, True, None),
        ({"types": '"cargo"'}, False, None),
        ({"not_types": '"tanker"'}, False, True),
        ({"not_types": '"cargo"'}, True, True),
        ({"class": '"A"'}, True, None),
        ({"class": '"B"'}, False, None),
        ({"min_length_m": "183"}, True, None),
        ({"min_length_m": "184"}, False, None),
        ({"mmsi": "[636012345]"}, True, True),
        ({"mmsi": "1"}, False, False),
        ({"flags": '["LR", "PA"]'}, True, True),
        ({"flags": '"PA"', "types": '"tanker"'}, False, False),
        ({"forms": '"sart"'}, False, False),
        ({"listed": "true"}, True, None),
    ],
)
def test_vessels_are_chosen_once_they_have_said_enough(keys, said, unsaid):
    lists = WatchList((Entry(imo=9074729),))
    vessels = rule(**keys).vessels
    assert vessels.admits(TANKER, lists) is said
    assert vessels.admits(UNSAID, lists) is unsaid


def test_zone_rules_are_about_craft_unless_they_say_otherwise():
    aircraft, sart = Vessel(111232512), Vessel(970000001)
    lists = WatchList()
    assert not rule().vessels.admits(aircraft, lists)
    assert not rule().vessels.admits(sart, lists)
    assert rule(forms='"sar_aircraft"').vessels.admits(aircraft, lists)
    assert rule(event='"distress"').vessels.admits(sart, lists)
    assert rule().vessels.admits(Vessel(0), lists)


def test_the_default_rules():
    rules = {r.id: r for r in read_rules()}
    assert rules["distress"].priority == "emergency"
    assert not any("distress_test" in r.event for r in rules.values())
    ports = [r for r in rules.values() if r.enabled and r.concerns(zone("port"))]
    assert all(r.vessels.listed for r in ports if set(r.event) & {"zone_enter", "zone_inside"})
    quiet = [zone("vra", "both"), zone("chart-limit")]
    for one in (r for r in rules.values() if r.enabled and not r.vessels.listed):
        assert not any(one.concerns(z) and "zone_enter" in one.event for z in quiet)
    assert not rules["reporting-area"].enabled
    assert {e for r in rules.values() for e in r.event} <= set(EVENT_KINDS)


def test_a_rule_made_in_code_checks_itself_too():
    with pytest.raises(ConfigError, match="priority"):
        dataclasses.replace(rule(), priority="urgent")


@pytest.mark.parametrize(
    ("when", "measured", "met"),
    [
        ('"held_s >= 14400"', {"held_s": 14400}, True),
        ('"held_s >= 14400"', {"held_s": 14399.9}, False),
        ('"shore_nm<24.5"', {"shore_nm": 24.4}, True),
        ('["held_s > 1", "sog_kn <= 2"]', {"held_s": 2, "sog_kn": 2.1}, False),
        ('"held_s < 5"', {}, False),
        ('"held_s < 5"', {"held_s": None}, False),
        ('"held_s < 5"', {"held_s": float("nan")}, False),
        ('"held_s < 5"', {"held_s": [1, 2]}, False),
        ('"off > -3"', {"off": True}, False),
    ],
)
def test_conditions_on_what_was_measured(when, measured, met):
    assert rule(event='"loitering"', when=when).met(measured) is met


def test_a_behaviour_may_concern_a_zone():
    made = rule(event='"loitering"', zone_kind='"watch"')
    assert made.concerns(zone("watch"))
    assert not made.concerns(zone("port"))
    assert not made.concerns(None)
    assert rule(event='"loitering"').concerns(None)
    assert rule(event='"loitering"', not_zone_kind='"port"').concerns(None)
