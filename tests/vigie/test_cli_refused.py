"""What cannot be used: one clear sentence, exit 2, and nothing half done."""

from __future__ import annotations

import gzip
import json
import os
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from program import Done, Program

import replay_data
from store.database import Database

UNTIMED = "!AIVDM,1,1,,A,139Lg00ris0la90O2dL1j1LuP000,0*00\n"


def sentence(done: Done) -> str:
    """The one sentence (and its mend) of a refusal."""
    assert done.code == 2, done
    assert done.out == b""
    assert done.err.startswith("vigie: ")
    assert done.err.count("\n") == 1
    assert done.err.endswith(".\n")
    assert "Traceback" not in done.err
    return done.err.removeprefix("vigie: ").rstrip("\n")


def zone_file(*features: Any) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)})


def area(*rings: Any, **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature", "properties": {"name": "Bank", "kind": "watch", **properties},
        "geometry": {"type": "Polygon", "coordinates": list(rings)},
    }  # fmt: skip


def many_vertices() -> str:
    ring = [[x / 100_000, (x % 2) / 1000] for x in range(1_000_000)]
    return zone_file(area([*ring, [10.0, -5.0], ring[0]]))


# Recordings


def test_a_recording_that_is_missing(vigie: Program, tmp_path: Path) -> None:
    done = vigie("replay", "no-such.nmea", "--db", "new.db", cwd=tmp_path)
    assert sentence(done) == "no-such.nmea: there is no such file. Check the path."
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_is_a_directory(vigie: Program, tmp_path: Path) -> None:
    done = vigie("replay", tmp_path, "--db", tmp_path / "new.db")
    assert sentence(done) == f"{tmp_path}: it is a directory. Name the files in it."
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_may_not_be_read(vigie: Program, tmp_path: Path) -> None:
    path = tmp_path / "closed.nmea"
    path.touch(0)
    done = vigie("replay", path, nobody=True)
    assert sentence(done) == f"{path}: it may not be read. Check its permissions."


def packed_text(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notes.txt", "hello")


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "garbage": (lambda p: p.write_bytes(random.Random(1).randbytes(5_000)), "it is no recording"),
    "text": (lambda p: p.write_text("hello\n"), "it begins with “hello”"),
    "empty": (lambda p: p.write_bytes(b""), "it is empty"),
    "bzip2": (lambda p: p.write_bytes(b"BZh91AY&SY"), "Unpack it with bunzip2"),
    "gzip of nothing": (lambda p: p.write_bytes(gzip.compress(b"")), "it is empty"),
    "gzip cut": (lambda p: p.write_bytes(gzip.compress(b"x" * 99)[:10]), "ends too early"),
    "zip cut": (lambda p: p.write_bytes(b"PK\x03\x04" + b"x" * 99), "the zip archive is not"),
    "zip of text": (packed_text, "notes.txt: it is no recording"),
    "csv": (lambda p: p.write_text("a,b,c\n1,2,3\n"), "it is no recording"),
    "no clock": (lambda p: p.write_text(UNTIMED), "for example --start 2026-"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("command", ["replay", "decode"])
def test_a_file_that_is_no_recording(
    vigie: Program, tmp_path: Path, name: str, command: str
) -> None:
    make, said = FILES[name]
    path = tmp_path / "file"
    make(path)
    to = ["--db", tmp_path / "new.db"] if command == "replay" else ["--out", tmp_path / "out"]
    told = sentence(vigie(command, path, *to))
    assert told.startswith(str(path))
    assert said in told
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_one_bad_recording_among_good_ones(vigie: Program, beginning: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("hello\n")
    done = vigie("replay", beginning, tmp_path / "bad", "--db", tmp_path / "new.db")
    assert "it is no recording" in sentence(done)
    assert [p.name for p in tmp_path.iterdir()] == ["bad"]


def test_standard_input_twice(vigie: Program) -> None:
    assert "standard input can be read once only" in sentence(vigie("replay", "-", "-"))


# Zones and rules

RING = [[10, 55], [11, 55], [11, 56], [10, 56], [10, 55]]
ZONES: dict[str, tuple[Callable[[], str], str]] = {
    "self-intersection": (
        lambda: zone_file(area([[10, 50], [12, 52], [12, 50], [10, 52], [10, 50]])),
        "feature 1 (Bank): the outline crosses itself at [11, 51]. Redraw it there",
    ),
    "open ring": (
        lambda: zone_file(area(RING, name="Good"), area(RING[:-1])),
        "feature 2 (Bank): the outline is open",
    ),
    "latitude over 90": (
        lambda: zone_file(area([[100, 50], [101, 50], [101, 95], [100, 50]])),
        "the latitude of vertex 3 of the outline",
    ),
    "swapped axes": (
        lambda: zone_file(area([[12, 144], [13, 144], [13, 145], [12, 144]])),
        "the axes look swapped",
    ),
    "swapped axes in degrees that could be": (
        lambda: zone_file(area([[12, 48], [13, 48], [13, 49], [12, 48]])),
        "feature 1 (Bank): the axes look swapped: it lies",
    ),
    "nan": (
        lambda: zone_file(area([[10, 50], [11, 50], [float("nan"), 51], [10, 50]])),
        "vertex 3 of the outline is not finite",
    ),
    "infinity": (
        lambda: zone_file(area([[10, 50], [11, 50], [float("inf"), 51], [10, 50]])),
        "vertex 3 of the outline is not finite",
    ),
    "nesting": (lambda: "[" * 100_000, "brackets are nested more than"),
    "a million vertices": (many_vertices, "vertices"),
    "not json": (lambda: '{"type": "FeatureCollection", ', "zones.geojson"),
    "unknown kind": (lambda: zone_file(area(RING, kind="danger")), "kind 'danger' is not known"),
    "empty": (lambda: "", "zones.geojson"),
}


@pytest.mark.parametrize("name", ZONES)
def test_a_zone_file_that_cannot_be_used(
    vigie: Program, beginning: Path, tmp_path: Path, name: str
) -> None:
    make, said = ZONES[name]
    path = tmp_path / "zones.geojson"
    path.write_text(make())
    done = vigie("replay", beginning, "--zones", path, "--db", tmp_path / "new.db")
    told = sentence(done)
    assert told.startswith(str(path))
    assert said in told
    if name != "a million vertices":
        assert sentence(vigie("zones", "import", path, "--out", tmp_path / "out")) == told
        assert sentence(vigie("zones", "list", "--zones", path)) == told
    checked = vigie("zones", "check", path)
    assert checked.code == 2
    assert said in checked.out.decode()
    assert [p.name for p in tmp_path.iterdir()] == ["zones.geojson"]


def test_a_rule_that_names_an_unknown_zone_kind(
    vigie: Program, beginning: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        '[[rule]]\nid = "mine"\ntitle = "Mine"\nevent = "zone_enter"\nzone_kind = "danger"\n'
        'priority = "caution"\ninstruction = "Look."\nauthor = "me"\nreview = 2027-01-01\n'
    )
    done = vigie("replay", beginning, "--rules", rules, "--db", tmp_path / "new.db")
    told = sentence(done)
    assert told.startswith(f"{rules}, rule 'mine'")
    assert "danger" in told
    assert [p.name for p in tmp_path.iterdir()] == ["rules.toml"]


@pytest.mark.parametrize(
    ("option", "text", "said"),
    [
        ("--rules", None, "cannot be read"), ("--rules", "[[rule]", "not TOML"),
        ("--rules", "a = 1\n", "[[rule]]"), ("--list", None, "list"),
        ("--list", "\0\xff", "list"), ("--zones", None, "there is no such file"),
    ],
)  # fmt: skip
def test_other_files_that_cannot_be_used(
    vigie: Program, beginning: Path, tmp_path: Path, option: str, text: str | None, said: str
) -> None:
    path = tmp_path / "list.toml"
    if text is not None:
        path.write_bytes(text.encode("latin-1"))
    done = vigie("replay", beginning, option, path, "--db", tmp_path / "new.db")
    told = sentence(done)
    assert told.startswith(str(path))
    assert said in told
    assert not (tmp_path / "new.db").exists()


# Settings


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["replay", "x", "--speed", "fast"], "--speed: 'fast' is no speed. Give a number, or max."),
        (["replay", "x", "--speed", "-1"], "--speed: '-1' is no speed. Give a number, or max."),
        (["replay", "x", "--speed", "nan"], "--speed: 'nan' is no speed. Give a number, or max."),
        (["replay", "x", "--start", "noon"],
         "--start: 'noon' is no time. Write it as 2026-09-14T04:00:00Z."),
        (["decode", "x", "--format", "xml"],
         "--format: 'xml' is no format. Choose ndjson, csv, parquet."),
        (["simulate", "no-such", "--out", "x"],
         "no-such: there is no such scenario. Name a TOML file, or one of"
         f" {', '.join(replay_data.scenarios())}."),
        (["run", "--host", "0.0.0.0"],
         "--host: 0.0.0.0 is no loopback address, and passwords would go over it in the clear. Use"
         " 127.0.0.1; a live watch can be served to others, see docs/accounts.md."),
        (["bench", "no-such"], "bench: 'no-such' is no benchmark. Choose "),
        (["zones", "list", "--kind", "no-such"], "--kind: 'no-such' is not known. Choose port, "),
        (["zones", "list", "--risk", "no-such"], "--risk: 'no-such' is not known. Choose "),
    ],
)  # fmt: skip
def test_settings_that_mean_nothing(
    vigie: Program, tmp_path: Path, args: list[str], said: str
) -> None:
    assert sentence(vigie(*args, cwd=tmp_path)).startswith(said.rstrip("."))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "args", [["no-such"], ["replay"], ["replay", "x", "--sped", "3"], ["events"]]
)
def test_commands_that_do_not_exist(vigie: Program, args: list[str]) -> None:
    done = vigie(*args)
    assert done.code == 2
    assert done.out == b""
    assert "--help" in done.err
    assert "\nError: " in done.err
    assert len(done.err.splitlines()) <= 5


# Databases and outputs


@pytest.mark.parametrize("command", ["events", "alerts", "export"])
def test_a_database_that_is_not_there(vigie: Program, tmp_path: Path, command: str) -> None:
    more = ["--out", "days"] if command == "export" else []
    done = vigie(command, "--db", "no-such.db", *more, cwd=tmp_path)
    assert "no-such.db: no such database. Check the name." in sentence(done)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database(vigie: Program, beginning: Path, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 1_000)
    for args in (["events", "--db", path], ["replay", beginning, "--db", path]):
        assert "this is not a database of Vigie's" in sentence(vigie(*args))
    assert path.read_text() == "not a database " * 1_000


def test_a_database_in_use_by_another_process(
    vigie: Program, beginning: Path, tmp_path: Path
) -> None:
    path = tmp_path / "watch.db"
    with Database.open(path):
        for args in (
            ["events", "--db", path], ["alerts", "--db", path, "--json"],
            ["replay", beginning, "--db", path], ["export", "--db", path, "--out", tmp_path / "x"],
        ):  # fmt: skip
            told = sentence(vigie(*args))
            assert told.startswith(f"{path}: the database is in use by another process")
            assert str(os.getpid()) in told
            assert "Stop that process" in told
    assert not (tmp_path / "x").exists()
    assert vigie("events", "--db", path, "--json").code == 0


def test_a_folder_that_is_not_there(vigie: Program, beginning: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "no" / "such"
    kinds = beginning.with_name("kinds.geojson")
    kinds.write_text(zone_file(area(RING)))
    for args in (
        ["replay", beginning, "--db", nowhere], ["decode", beginning, "--out", nowhere],
        ["simulate", "gulf-of-aden", "--out", nowhere],
        ["zones", "import", kinds, "--out", nowhere],
    ):  # fmt: skip
        assert str(nowhere) in sentence(vigie(*args))
    assert list(tmp_path.iterdir()) == []


def test_what_is_read_is_not_written_over(vigie: Program, beginning: Path, tmp_path: Path) -> None:
    data, zones = tmp_path / "a.nmea", tmp_path / "own.geojson"
    data.write_bytes(beginning.read_bytes()[:100_000])
    zones.write_text(zone_file(area(RING)))
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(data, "a.nmea")
    (tmp_path / "link").symlink_to(data)
    for args, stdin in (
        (["decode", data, "--out", data], None),
        (["decode", data, "--out", tmp_path / "link"], None),
        (["decode", "-", "--out", data], data),
        (["decode", f"{archive}!a.nmea", "--out", archive], None),
        (["zones", "import", zones, "--out", zones], None),
        (["simulate", zones, "--out", zones], None),
        (["simulate", zones, "--out", tmp_path / "x", "--truth", zones], None),
    ):
        before = [p.read_bytes() for p in (data, zones, archive)]
        told = sentence(vigie(*args, stdin=stdin))
        assert told.endswith(": this would write over what it reads. Choose another file.")
        assert [p.read_bytes() for p in (data, zones, archive)] == before
    same = sentence(vigie("simulate", "gulf-of-aden", "--out", "x", "--truth", "x"))
    assert same == "--truth x: this is --out too. Name another file."


def test_a_day_that_is_not_there(vigie: Program, database: Path, tmp_path: Path) -> None:
    done = vigie("export", "--db", database, "--out", tmp_path / "x", "--day", "2030-01-01")
    assert sentence(done) == (
        "--day: there are no positions of 2030-01-01. It holds 2026-09-14 to 2026-09-14."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
@pytest.mark.parametrize("args", [["zones", "list"], ["zones", "list", "--json"]])
def test_an_output_that_is_full(
    vigie: Program, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    done = vigie(*args, stdout=Path("/dev/full"))
    assert done.code == 2
    assert done.err == "vigie: the output: it cannot be written or read: No space left on device.\n"
