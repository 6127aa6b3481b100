import re
from pathlib import Path

import numpy as np
import pytest

import replay_data
from ingest.errors import ConfigError
from simulate.legs import Way
from simulate.motion import state_at
from simulate.scenario import read_scenario
from simulate.stage import set_stage


def test_every_shipped_scenario_reads():
    shipped = replay_data.scenarios()
    assert replay_data.BUNDLED in shipped
    for path in shipped.values():
        assert read_scenario(path).name == path.stem


FAULTS = [
    ("hours = 0.5", "hours = -1", "hours", "choose above 0"),
    ("hours = 0.5", "hours = nan", "hours", "mend the value"),
    ("hours = 0.5", "hour = 0.5", "small.toml", "did you mean 'hours'"),
    ("hours = 0.5", "", "small.toml", "add hours"),
    ("seed = 7", "seed = 'x'", "seed", "mend the value"),
    ("seed = 7", "seed = true", "seed", "mend the value"),
    ("12:00:00Z", "12:00:00", "start", "mend the value"),
    ('lanes = "lanes.toml"', 'lanes = "nowhere"', "lanes", "gulf-of-aden"),
    ("tanker = 1", "tankr = 1", "traffic 'through', mix", "kinds are"),
    ("tanker = 1", "tanker = -1", "traffic 'through', mix", "choose above 0"),
    ('route = ["east"]', 'route = ["west"]', "traffic 'through', route", "lanes are east"),
    ('id = "arriving"', 'id = "through"', "traffic", "give each its own id"),
    ('kind = "quay"', 'kind = "pier"', "place 'quay', kind", "choose anchorage"),
    ("to = [10.22, 50.1]", "", "place 'quay', to", "add to"),
    ("at = [10.3, 50.1]", "at = [10.3, 99.0]", "place 'roads', at", "[longitude, latitude]"),
    ("at = [10.3, 50.1]", "at = [10.3]", "place 'roads', at", "2 numbers"),
    ('id = "NORTH"', 'id = "NO,RTH"', "station 'NO,RTH', id", "letters"),
    ("range_nm = 80", "range_nm = 0", "range_nm", "choose above 0"),
    ("split = 48", "split = 4", "split", "28 to 60"),
    ("mmsi = 992111001", "mmsi = 211111001", "aid number 1, mmsi", "begin with 99"),
    ('kind = "sart"', 'kind = "sarts"', "incident number 1, kind", "did you mean 'sart'"),
    ('kind = "sart"', "", "incident number 1", "add kind"),
    ("mmsi = 970211001", "mmsi = 211", "incident number 1, mmsi", "970"),
    ("start_min = 8", "start_min = -8", "incident number 2, start_min", "choose 0"),
    ('id = "raft"', 'id = "test"', "small.toml", "give each its own id"),
    ("track = [[10.3, 50.2], [10.5, 50.1], [10.6, 50.1]]", "track = []", "track", "add a point"),
    ("vessels = 12", "vessels = 900000", "vessels", "choose above 0"),
    ('title = "A small sea"', "title = ", "small.toml", "mend that line"),
]


@pytest.mark.parametrize(("old", "new", "where", "mend"), FAULTS)
def test_a_fault_names_file_key_and_mend_in_one_sentence(small, old, new, where, mend):
    text = small.read_text()
    assert old in text
    small.write_text(text.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read_scenario(small)
    assert "small.toml" in caught.value.where
    assert where in caught.value.where
    assert mend in caught.value.mend
    assert not re.search(r"\n|Traceback|<class", str(caught.value))


def test_a_fault_in_the_lanes_names_their_file(small):
    lanes = small.parent / "lanes.toml"
    lanes.write_text(lanes.read_text().replace("[10.5, 50.0, 2000]", "[10.0, 50.0, 2000]"))
    with pytest.raises(ConfigError, match=r"lanes\.toml.*'east'.*twice in a row"):
        read_scenario(small)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a = [" * 5000, b"x" * 5_000_000])
def test_a_file_that_is_no_scenario(tmp_path: Path, content):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"bad\.toml"):
        read_scenario(path)


def test_a_missing_file(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"gone\.toml: cannot be read"):
        read_scenario(tmp_path / "gone.toml")


INCIDENT = """
[[incident]]
kind = "gap"
id = "dark"
area = [[10.1, 49.9], [10.6, 50.3]]
"""


@pytest.mark.parametrize(
    ("old", "new", "where", "mend"),
    [
        ("area = [[10.1, 49.9], [10.6, 50.3]]", "area = [[10.1, 49.9]]", "area", "[lon, lat]"),
        ('id = "dark"', 'id = "dark"\ncount = 0', "count", "choose 1"),
        ('id = "dark"', 'id = "dark"\nminutes = [90, 60]', "minutes", "[least, most]"),
        ('id = "dark"', 'id = "dark"\ncraft = ["kayak"]', "craft", "kinds are"),
        ('id = "dark"', 'id = "dark"\nminute = [60, 90]', "number 4", "did you mean 'minutes'"),
        ('kind = "gap"', 'kind = "wrong_way"\nzone = "irtc-westbound"\nlane = "up"', "lane",
         "choose from east, home"),
        ('kind = "gap"', 'kind = "fishing"\nzone = "nowhere"', "'dark', zone", "vigie zones list"),
        ('kind = "gap"', 'kind = "rendezvous"\nform = "light"', "form", "normal, fast, dark"),
        ('kind = "gap"', 'kind = "identity_change"\nchange = ["flag"]', "change", "name, callsign"),
    ],
)  # fmt: skip
def test_a_fault_in_an_incident_names_file_key_and_mend(small, old, new, where, mend):
    small.write_text(small.read_text() + INCIDENT.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        read_scenario(small)
    assert "small.toml" in caught.value.where
    assert where in caught.value.where
    assert mend in caught.value.mend


@pytest.mark.parametrize(
    ("hours", "area", "minutes", "what"),
    [
        (0.5, "[[10.1, 49.9], [10.6, 50.3]]", "[380, 460]", "does not fit into the 0.5 h"),
        (2.5, "[[11.9, 52.0], [12.0, 52.1]]", "[1, 2]", "finds no room"),
    ],
)
def test_an_incident_without_room_is_refused_with_the_mend(small, hours, area, minutes, what):
    table = f'[[incident]]\nkind = "gap"\nid = "dark"\narea = {area}\nminutes = {minutes}\n'
    small.write_text(small.read_text().replace("hours = 0.5", f"hours = {hours}") + table)
    with pytest.raises(ConfigError, match="incident 'dark'") as caught:
        set_stage(read_scenario(small), 1)
    assert what in caught.value.what
    assert caught.value.mend


def test_a_scenario_can_have_any_number_of_vessels(small):
    scenario = read_scenario(small)
    for vessels in (10, 100, 5000):
        scaled = scenario.scaled(vessels)
        assert scaled.vessels == vessels
        assert scaled.incidents == scenario.incidents
    with pytest.raises(ConfigError, match="cannot have 0 vessels"):
        scenario.scaled(0)


def test_roads_keep_ships_at_anchor_apart(small):
    def least(text: str) -> float:
        small.write_text(text)
        stage = set_stage(read_scenario(small), 7)
        fleet, legs = stage.finish()
        who = np.flatnonzero(np.isin(np.arange(len(fleet)), legs.vessel[legs.way == Way.ANCHORED]))
        last = state_at(legs, stage.paths, who, np.full(len(who), 6 * 3600.0))
        lying = last.way == Way.ANCHORED
        lon, lat = last.lon[lying] * 71_000, last.lat[lying] * 111_000
        away = np.hypot(lon[:, None] - lon, lat[:, None] - lat)
        return float(away[away > 0].min())

    text = small.read_text().replace("vessels = 14", "vessels = 8")
    assert least(text.replace('arrive = "anchor"', 'arrive = "anchor"\nroads_m = 2500')) > least(
        text
    )
