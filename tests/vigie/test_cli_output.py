"""What the other commands write: decode, events, alerts, export, simulate, help."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from program import Program

import replay_data
from ingest.columns import columns_of
from ingest.records import Messages, Positions, Statics
from vigie.decode import keys

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
KINDS = GOLDEN / "kinds.nmea"


@pytest.fixture(scope="module")
def expected() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (GOLDEN / "kinds.ndjson").read_text().splitlines()]


# decode


def test_decode_prints_one_object_a_message(vigie: Program, expected: list[dict[str, Any]]) -> None:
    done = vigie("decode", KINDS)
    assert (done.code, done.err) == (0, "")
    assert done.json == expected
    told = vigie("decode", "-", stdin=KINDS).json
    assert [t | {"station": None} for t in told] == [e | {"station": None} for e in expected]


def test_its_keys_are_the_names_of_the_column_table(vigie: Program) -> None:
    always = {"msg_type", "mmsi", "payload", "time", "station"}
    for row in vigie("decode", KINDS).json:
        kinds = [
            record
            for record, types in (
                (Positions, {1, 2, 3, 4, 9, 11, 18, 19, 21, 27}),
                (Statics, {5, 19, 21, 24}),
            )
            if row["msg_type"] in types
        ] or [Messages]
        wanted = {c.name for record in kinds for c in columns_of(record)}
        wanted -= {"received", "watermark"}
        assert always <= set(row)
        assert set(row) - {"payload", "fields"} == wanted - {"payload"}
        assert set(row) <= set(keys())


def test_decode_as_csv(vigie: Program, expected: list[dict[str, Any]]) -> None:
    done = vigie("decode", KINDS, "--format", "csv")
    table = csv.DictReader(io.StringIO(done.out.decode()))
    assert table.fieldnames == keys()
    rows = list(table)
    assert len(rows) == len(expected)
    for row, wanted in zip(rows, expected, strict=True):
        for name, value in wanted.items():
            cell = row[name]
            if isinstance(value, list | dict):
                assert json.loads(cell) == value
            elif isinstance(value, float):
                assert float(cell) == value
            else:
                assert cell == ("" if value is None else str(value)), name


@pytest.mark.parametrize("to", ["file", "pipe"])
def test_decode_as_parquet(
    vigie: Program, expected: list[dict[str, Any]], tmp_path: Path, to: str
) -> None:
    path = tmp_path / "kinds.parquet"
    if to == "file":
        done = vigie("decode", KINDS, "--format", "parquet", "--out", path)
        assert done.out == b""
    else:
        done = vigie("decode", KINDS, "--format", "parquet")
        path.write_bytes(done.out)
    assert done.code == 0, done.err
    table = pq.read_table(path)
    assert table.column_names == keys()
    assert str(table.schema.field("time").type) == "timestamp[us, tz=UTC]"
    for row, wanted in zip(table.to_pylist(), expected, strict=True):
        for name in ("mmsi", "lon", "lat", "sog", "name", "ship_type", "payload", "text"):
            assert row[name] == wanted.get(name), name
        assert row["time"].strftime("%Y-%m-%dT%H:%M:%SZ") == wanted["time"]
        assert json.loads(row["flags"]) == wanted["flags"]
    found = duckdb.sql(
        f"SELECT msg_type, count(*) FROM '{path}' WHERE lon IS NOT NULL GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert found == [(1, 1), (2, 1), (3, 1), (4, 1), (9, 1), (11, 1), (18, 1), (19, 1), (21, 1),
                     (27, 1)]  # fmt: skip


def test_a_row_of_csv_is_one_object(vigie: Program, tmp_path: Path) -> None:
    """A position and a static report in one row; the message type is the position's."""
    path = tmp_path / "rows.csv"
    path.write_text(
        "mmsi,time,lat,lon,name\n211234560,2026-09-15T04:00:00Z,54.25,11.5,ERIKA\n"
        "211234561,2026-09-15T04:00:00Z,54.25,11.5,\n"
    )
    first, second = vigie("decode", path).json
    assert (first["msg_type"], first["lon"], first["name"]) == (1, 11.5, "ERIKA")
    assert (second["msg_type"], second["mmsi"], second["payload"]) == (1, 211_234_561, None)
    assert "name" not in second


def test_decode_shows_what_a_replay_takes_for_copies(vigie: Program, beginning: Path) -> None:
    replayed = vigie("replay", beginning, "--json").json[0]
    assert len(vigie("decode", beginning).out.splitlines()) == replayed["messages"]


# events, alerts, export


def test_events_are_one_object_a_line(vigie: Program, database: Path) -> None:
    done = vigie("events", "--db", database, "--json")
    assert (done.code, done.err) == (0, "")
    events = done.json
    assert len(events) > 500
    for event in events:
        assert {"id", "kind", "mmsi", "time", "lon", "lat", "zone", "evidence"} <= set(event)
        assert event["evidence"]["words"]
    assert [e["time"] for e in events] == sorted(e["time"] for e in events)
    assert len({e["id"] for e in events}) == len(events)


def test_alerts_are_one_object_a_line(vigie: Program, database: Path) -> None:
    alerts = vigie("alerts", "--db", database, "--json").json
    assert len(alerts) > 5
    wanted = {"id", "kind", "mmsi", "time", "lon", "lat", "zone", "evidence", "rule", "priority",
              "state"}  # fmt: skip
    for alert in alerts:
        assert wanted <= set(alert)


def test_tables_cut_nothing_when_they_are_piped(vigie: Program, database: Path) -> None:
    events = vigie("events", "--db", database, "--json").json
    lines = vigie("events", "--db", database).out.decode().splitlines()
    assert lines[0].split() == ["time", "kind", "mmsi", "zone", "words"]
    assert len(lines) == 1 + len(events)
    for line, event in zip(lines[1:], events, strict=True):
        for cell in (event["time"], event["kind"], str(event["mmsi"]), event["zone"] or ""):
            assert cell in line
        assert line.endswith(event["evidence"]["words"])
    alerts = vigie("alerts", "--db", database).out.decode()
    assert all(a["title"] in alerts for a in vigie("alerts", "--db", database, "--json").json)


def test_export_writes_a_folder_a_day(vigie: Program, database: Path, tmp_path: Path) -> None:
    done = vigie("export", "--db", database, "--out", tmp_path / "days", "--json")
    assert done.code == 0, done.err
    (told,) = done.json
    assert told["day"] == "2026-09-14"
    table = pq.read_table(told["file"], partitioning=None)
    assert Path(told["file"]).parent.name == "date=2026-09-14"
    count, vessels = duckdb.sql(
        f"SELECT count(*), count(DISTINCT mmsi) FROM '{tmp_path}/days/*/*.parquet'"
    ).fetchall()[0]
    assert count == len(table) > 6_000
    assert vessels > 300
    sent = table.column("lon").drop_null().to_numpy()
    assert 0 < table.column("lon").null_count < 100
    assert ((sent > 36) & (sent < 64)).all()
    other = vigie("export", "--db", database, "--out", tmp_path / "x", "--day", "yesterday")
    assert other.code == 2
    assert other.err == "vigie: --day: 'yesterday' is no day. Write it as 2026-09-14.\n"


# simulate


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled scenario, of twenty minutes and with its lanes by name."""
    text = replay_data.scenarios()["gulf-of-aden"].read_text()
    hours = tomllib.loads(text)["hours"]
    path = tmp_path_factory.mktemp("scenario") / "short.toml"
    path.write_text(text.replace(f"hours = {hours}", "hours = 0.4", 1))
    return path


def test_the_same_seed_makes_the_same_bytes(vigie: Program, scenario: Path, tmp_path: Path) -> None:
    made = []
    for name, seed in (("a.nmea", 1), ("b.nmea", 1), ("c.nmea", 2)):
        out, truth = tmp_path / name, tmp_path / f"{name}.truth"
        done = vigie("simulate", scenario, "--seed", seed, "--out", out, "--truth", truth)
        if done.code:
            pytest.fail(done.err)
        made.append((out.read_bytes(), truth.read_bytes()))
    assert made[0] == made[1]
    assert made[0][0] != made[2][0]
    (told,) = vigie("simulate", scenario, "--seed", 1, "--out", tmp_path / "d.nmea", "--json").json
    assert (tmp_path / "d.nmea").read_bytes() == made[0][0]
    assert told
    account = vigie("replay", tmp_path / "a.nmea", "--json").json[0]
    assert account["positions"] > 1_000


# help


def test_help_explains_each_command(vigie: Program) -> None:
    main = vigie("--help").out.decode()
    for command in ("run", "replay", "decode", "events", "alerts", "export", "simulate", "bench"):
        line = next(x for x in main.splitlines() if x.strip().startswith(f"{command} "))
        assert line.rstrip().endswith("."), "cut short"
        told = vigie(command, "--help")
        assert told.code == 0
        assert "Usage: vigie" in told.out.decode()
        assert max(map(len, told.out.decode().splitlines())) <= 80
    assert vigie("--version").out.decode().startswith("vigie 0.")


def test_without_arguments_it_shows_its_help(vigie: Program) -> None:
    for args in ((), ("zones",)):
        done = vigie(*args)
        assert done.code == 2
        assert "Commands:" in done.out.decode() + done.err


def test_a_reader_that_has_seen_enough_is_no_fault(beginning: Path) -> None:
    """`vigie decode … | head -1`, by the installed script."""
    from program import SCRIPT

    process = subprocess.Popen(
        [SCRIPT, "decode", beginning], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    assert "msg_type" in json.loads(process.stdout.readline())
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait() == 0
    process.stderr.close()
