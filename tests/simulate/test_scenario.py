import re
from pathlib import Path

import pytest

import replay_data
from ingest.errors import ConfigError
from simulate.scenario import read_scenario


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
