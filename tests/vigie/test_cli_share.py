"""`vigie share`: partners listed, and each decision explained and entered in the audit log."""

from __future__ import annotations

from pathlib import Path

import pytest
from feeding import OUTSIDE, sentences
from program import Done, Program
from watching import a_token

from store.accounts_file import AccountsFile
from store.audit import Audit

BOX = """{"type":"FeatureCollection","features":[{"type":"Feature","id":"box","properties":
{"kind":"other"},"geometry":{"type":"Polygon","coordinates":
[[[-26,-41],[-25,-41],[-25,-40],[-26,-40],[-26,-41]]]}}]}"""

PARTNERS = """
[[partner]]
name = "callao"
areas = ["box.geojson"]
classes = ["all"]
types = "all"
fields = ["all"]

[[partner]]
name = "strict"
areas = ["all"]
classes = ["all"]
not_areas = ["box.geojson"]
types = [18]
"""


@pytest.fixture
def watch(vigie: Program, tmp_path: Path) -> Path:
    """A folder with a configuration, accounts, and a database that knows one vessel."""
    (tmp_path / "box.geojson").write_text(BOX)
    (tmp_path / "vigie.toml").write_text(PARTNERS)
    lines = sentences(244_000_001, *OUTSIDE)
    (tmp_path / "a.nmea").write_bytes(b"".join(lines))
    start = "--start=2026-09-14T04:00:00Z"
    done = vigie("replay", tmp_path / "a.nmea", "--db", tmp_path / "vigie.duckdb", start)
    assert done.code == 0, done.err
    a_token(tmp_path / "vigie.duckdb.accounts")
    return tmp_path


def asked(vigie: Program, watch: Path, *words: object) -> Done:
    return vigie("share", *words, "--config", watch / "vigie.toml")


def test_a_decision_is_explained_and_audited(vigie: Program, watch: Path) -> None:
    done = asked(vigie, watch, "explain", "callao", 244000001)
    assert done.code == 0, done.err
    assert b"callao may have the newest position of 244000001" in done.out
    told = asked(vigie, watch, "explain", "strict", 244000001, "--json").json[0]
    assert (told["allowed"], told["ground"]) == (False, "type")
    answers = {step["condition"]: step["ground"] for step in told["conditions"]}
    assert answers["message type"] == "type"
    assert answers["area"] == "excluded_area"
    assert answers["vessel"] == "allowed"
    with AccountsFile.open(watch / "vigie.duckdb.accounts") as file:
        entries = Audit(file).entries(10)
    assert [(e.what, e.subject) for e in entries] == [
        ("share.explain", "strict 244000001"), ("share.explain", "callao 244000001"),
    ]  # fmt: skip


def test_partners_are_listed(vigie: Program, watch: Path) -> None:
    done = asked(vigie, watch, "list", "--json")
    assert [partner["name"] for partner in done.json] == ["callao", "strict"]
    assert b"box.geojson" in asked(vigie, watch, "list").out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("explain", "nobody", 244000001), "there is no partner 'nobody'. The partners are callao"),
        (("explain", "callao", 1), "it knows no vessel 000000001"),
    ],
)
def test_what_is_not_there(vigie: Program, watch: Path, words: tuple[object], told: str) -> None:
    done = asked(vigie, watch, *words)
    assert done.code == 2
    assert told in done.err
    assert done.err.count("\n") == 1


def test_without_a_configuration(vigie: Program, tmp_path: Path) -> None:
    done = vigie("share", "list", "--config", tmp_path / "no.toml")
    assert (done.code, done.err.count("\n")) == (2, 1)
    (tmp_path / "p.toml").write_text('[[partner]]\nname = "x"\nareas = ["no-such-zone"]\n')
    done = vigie(
        "share", "list", "--config", tmp_path / "no.toml", "--partners", tmp_path / "p.toml"
    )
    assert done.code == 2
    assert "p.toml, partner x, areas: there is no area" in done.err
