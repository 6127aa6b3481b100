"""Partners in TOML: each fault is one sentence with file, key and mend."""

from __future__ import annotations

from pathlib import Path

import pytest
from partners import LISTS, ZONES

from ingest.errors import VigieError
from share.config import read_partners
from share.policies import Policies

GOOD = """
[[label]]
name = "navy"
sources = ["mole"]
[[partner]]
name = "callao"
areas = ["north"]
classes = ["cargo"]
types = "all"
fields = ["all"]
labels = ["navy"]
"""


def policies(tmp_path: Path, text: str) -> Policies:
    path = tmp_path / "partners.toml"
    path.write_text(text)
    return Policies(read_partners(path), ZONES, LISTS)


def test_what_is_sound_is_read(tmp_path: Path) -> None:
    config = policies(tmp_path, GOOD)["callao"].config
    assert config.types == tuple(range(1, 28))
    assert config.labels == ("navy",)


@pytest.mark.parametrize(
    ("text", "key", "mend"),
    [
        ('areas = ["nowhere"]', "areas", "id of a zone"),
        ('areas = ["not-there.geojson"]', "not-there.geojson", ""),
        ('areas = ["north"]\nnot_areas = ["north"]', "contradict", "one of them"),
        ('not_areas = ["all"]', "everywhere", "Name areas"),
        ('lists = ["nobody"]', "lists", "The lists are"),
        ('lists = ["grey"]\nnot_lists = ["grey"]', "contradict", "one of them"),
        ('classes = ["cargos"]', "classes", "or of A, B"),
        ("types = [28]", "types", "less than or equal to 27"),
        ('fields = ["speed"]', "fields", "or of received"),
        ('labels = ["army"]', "labels", "[[label]]"),
        ("contribute_minutes = 5", "belong together", "both"),
        ('expires = "2027-01-01T00:00:00"', "time zone", "Z"),
        ("thin = 5", "thin", "Perhaps thin_s"),
        ('alerts = {kinds = ["piracy"]}', "alerts.kinds", "or of zone_enter"),
        ('lrit = {state = "XX"}', "lrit.state", "two letters"),
    ],
)
def test_a_fault_is_one_sentence(tmp_path: Path, text: str, key: str, mend: str) -> None:
    with pytest.raises(VigieError) as caught:
        policies(tmp_path, f'[[partner]]\nname = "callao"\n{text}\n')
    told = str(caught.value)
    assert key in told
    assert mend in told
    assert "callao" in told or "geojson" in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[partner]\nname = 'a'", "[[partner]]"), ("= 3", "no TOML"),
        ("[[partner]]\nname = 'a'\n[[partner]]\nname = 'a'", "two partners are named a"),
        ("[[partner]]", "name"), ("[[label]]\nname = 'x'\nzones = ['no']\n", "zones"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(VigieError, match=words.replace("[", r"\[")):
        policies(tmp_path, text)


def test_a_gate_is_no_area(tmp_path: Path) -> None:
    gate = '{"type":"Feature","id":"g","properties":{"kind":"gate"},"geometry":'
    gate += '{"type":"LineString","coordinates":[[0,0],[1,1]]}}'
    (tmp_path / "gate.geojson").write_text(f'{{"type":"FeatureCollection","features":[{gate}]}}')
    with pytest.raises(VigieError, match="gate"):
        policies(tmp_path, '[[partner]]\nname = "callao"\nareas = ["gate.geojson"]\n')


def test_ways_are_read_and_their_files_taken_from_the_folder(tmp_path: Path) -> None:
    way = '[[partner.nmea]]\nkind = "tcp"\nhost = "a.example"\ntoken_file = "t"\n'
    way += 'tls = {ca = "ca.pem"}\n'
    config = policies(tmp_path, GOOD + way)["callao"].config
    assert config.nmea[0].token_file == tmp_path / "t"
    assert config.nmea[0].tls.ca == tmp_path / "ca.pem"
    with pytest.raises(
        VigieError, match=r"partner callao, nmea 1, tokenfile: .*Perhaps token_file"
    ):
        policies(tmp_path, GOOD + way.replace("token_file", "tokenfile"))
    with pytest.raises(VigieError, match="delay_s of 3600"):
        policies(tmp_path, GOOD + "delay_s = 4000\n" + way)
