"""`vigie zones`: list, check, import."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from program import Program

SQUARE = [[10, 55], [11, 55], [11, 56], [10, 56], [10, 55]]


def feature(name: str, ring: list[Any], **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature", "id": name.lower(), "properties": {"name": name, **properties},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip


def write(path: Path, *features: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def test_list_prints_one_zones_properties_a_line(vigie: Program) -> None:
    done = vigie("zones", "list", "--json")
    assert (done.code, done.err) == (0, "")
    zones = done.json
    kinds = Counter(z["kind"] for z in zones)
    assert kinds["port"] > 5_000
    assert kinds["gate"] >= 3
    assert len({z["id"] for z in zones}) == len(zones)
    for zone in zones:
        assert {"id", "name", "kind", "risk", "authority", "source"} <= set(zone)
        assert "coordinates" not in zone
    piracy = vigie("zones", "list", "--risk", "piracy", "--json").json
    assert [z["id"] for z in piracy] == [z["id"] for z in zones if z["risk"] in ("piracy", "both")]
    assert "jwla032-gulf-of-guinea" in {z["id"] for z in piracy}
    both = vigie("zones", "list", "--kind", "hotspot", "--risk", "piracy", "--json").json
    assert both == [z for z in piracy if z["kind"] == "hotspot"]


def test_listed_for_people_nothing_is_cut(vigie: Program) -> None:
    zones = vigie("zones", "list", "--kind", "gate", "--json").json
    lines = vigie("zones", "list", "--kind", "gate").out.decode().splitlines()
    assert len(lines) == 1 + len(zones)
    for line, zone in zip(lines[1:], zones, strict=True):
        assert line.startswith(zone["id"])
        assert line.endswith(zone["name"])


def test_the_last_day_is_the_same_for_people_as_for_machines(vigie: Program) -> None:
    asked = ("zones", "list", "--kind", "piracy-hra")
    lines = vigie(*asked).out.decode().splitlines()
    for line, zone in zip(lines[1:], vigie(*asked, "--json").json, strict=True):
        assert f"{zone['valid_from']} to {zone['valid_to']}" in line


def test_check_says_all_that_is_wrong(vigie: Program, tmp_path: Path) -> None:
    bow = [[10, 50], [12, 52], [12, 50], [10, 52], [10, 50]]
    path = write(
        tmp_path / "zones.geojson",
        feature("Good", SQUARE, kind="watch"),
        feature("Bow", bow, kind="watch"),
        feature("Open", SQUARE[:-1], kind="watch"),
        feature("Unkind", SQUARE, kind="danger"),
    )
    done = vigie("zones", "check", path)
    assert done.code == 2
    lines = done.out.decode().splitlines()
    assert len(lines) == 3
    for line, (number, name, fault) in zip(
        lines,
        ((2, "Bow", "the outline crosses itself"), (3, "Open", "the outline is open"),
         (4, "Unkind", "kind 'danger' is not known")),
        strict=True,
    ):  # fmt: skip
        assert line.startswith(f"error: {path}, feature {number} ({name}): {fault}")
    told = vigie("zones", "check", path, "--json")
    assert told.code == 2
    assert [(t["feature"], t["error"]) for t in told.json] == [(2, True), (3, True), (4, True)]
    assert all(t["mend"] for t in told.json)


def test_check_of_a_good_file(vigie: Program, tmp_path: Path) -> None:
    path = write(tmp_path / "good.geojson", feature("Good", SQUARE, kind="watch"))
    done = vigie("zones", "check", path)
    assert (done.code, done.out.decode()) == (0, f"{path}: 1 zones, nothing wrong\n")
    assert vigie("zones", "check", path, "--json").out == b""


def test_import_makes_a_zone_file_of_a_layer(vigie: Program, tmp_path: Path) -> None:
    layer = write(tmp_path / "layer.geojson", feature("A", SQUARE), feature("B", SQUARE, colour=1))
    out = tmp_path / "own.geojson"
    done = vigie("zones", "import", layer, "--kind", "cable", "--risk", "none", "--out", out)
    assert done.code == 0, done.err
    assert done.out.decode() == f"{out}: 2 zones (2 cable)\n"
    assert vigie("zones", "check", out).code == 0
    listed = vigie("zones", "list", "--zones", out, "--kind", "cable", "--json").json
    assert {"A", "B"} <= {z["name"] for z in listed}


WPI = """\
World Port Index Number,Main Port Name,Alternate Port Name,UN/LOCODE,Country Code,Latitude,Longitude
11280,Example Haven,Old Haven,XX EXH,Norway,59.5,5.25
11290,Nowhere,,, Norway,95.0,5.25
"""


def test_import_of_the_world_port_index(vigie: Program, tmp_path: Path, recordings: Path) -> None:
    out = tmp_path / "ports.geojson"
    index = recordings / "nga-world-port-index-2023.csv.gz"
    done = vigie("zones", "import", index, "--out", out, "--json")
    assert done.code == 0, done.err
    (told,) = done.json
    assert told["kinds"] == {"port": told["zones"]}
    rows = gzip.decompress(index.read_bytes()).decode("utf-8-sig").count("\n")
    assert 0.95 * rows < told["zones"] <= rows
    assert len(json.loads(out.read_text())["features"]) == told["zones"]


@pytest.mark.parametrize("command", ["check", "import"])
def test_rows_that_cannot_be_used_are_named(vigie: Program, tmp_path: Path, command: str) -> None:
    path = tmp_path / "UpdatedPub150.csv"
    path.write_text(WPI)
    more = ["--out", tmp_path / "ports.geojson"] if command == "import" else []
    done = vigie("zones", command, path, *more)
    assert done.code == 0, done.err
    said = done.out.decode() + done.err
    assert "remark: " in said
    assert "Nowhere" in said
