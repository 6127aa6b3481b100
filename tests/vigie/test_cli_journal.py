"""`vigie journal`, and a journal's folder where a recording is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from journals import HOUR, T0, stamped
from program import Done, Program

from ingest.journal.journal import Journal

LINES = 2_000  # of a segment


@pytest.fixture(scope="module")
def journal(beginning: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The beginning of the bundled recording as a journal of four segments, the last one open."""
    folder = tmp_path_factory.mktemp("journal") / "journal"
    lines = beginning.read_bytes().splitlines(keepends=True)
    with Journal.open(folder) as made:
        for n in range(0, len(lines), LINES):
            part = lines[n : n + LINES]
            made.append(b"".join(part), len(part), T0 + n // LINES * HOUR)
        assert made.settle(60)
    return folder


def copy_of(journal: Path, folder: Path) -> Path:
    for path in journal.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(journal)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return folder


def events_of(vigie: Program, database: Path) -> list[object]:
    return [*vigie("events", "--db", database, "--json").json,
            *vigie("alerts", "--db", database, "--json").json]  # fmt: skip


def test_a_replay_of_a_journal_gives_what_its_lines_give(
    vigie: Program, journal: Path, beginning: Path, database: Path, tmp_path: Path
) -> None:
    done = vigie("replay", journal, "--db", tmp_path / "journal.db", "--json")
    (told,) = done.json
    (plain,) = vigie("replay", beginning, "--json").json
    counts = ("lines", "used", "ignored", "rejected", "messages", "positions", "statics", "stored",
              "duplicates", "dropped", "events", "alerts")  # fmt: skip
    assert {k: told[k] for k in counts} == {k: plain[k] for k in counts}
    assert told["lines"] == 4 * LINES
    found = events_of(vigie, tmp_path / "journal.db")
    assert found
    assert found == events_of(vigie, database)


def test_list(vigie: Program, journal: Path) -> None:
    told = vigie("journal", "list", journal, "--json").json
    assert [s["state"] for s in told] == ["closed", "closed", "closed", "open"]
    assert [s["first_line"] for s in told] == [0, LINES, 2 * LINES, 3 * LINES]
    assert {s["lines"] for s in told} == {LINES}
    assert all(s["plain_bytes"] > s["bytes"] > 0 for s in told[:3])
    assert all(s["since"] <= s["until"] for s in told[:3])
    text = vigie("journal", "list", journal).out.decode()
    assert text.count("\n") == 5
    assert "2026-09-14/03  open" in text


def test_verify_a_sound_journal(vigie: Program, journal: Path) -> None:
    done = vigie("journal", "verify", journal)
    assert (done.code, done.err) == (0, "")
    assert [v["state"] for v in vigie("journal", "verify", journal, "--json").json] == [
        "ok", "ok", "ok", "open",
    ]  # fmt: skip


def test_verify_a_damaged_journal(vigie: Program, journal: Path, tmp_path: Path) -> None:
    folder = copy_of(journal, tmp_path / "journal")
    path = folder / "2026-09-14/01.nmea.zst"
    data = bytearray(path.read_bytes())
    data[1_000] ^= 1
    path.write_bytes(data)
    (folder / "2026-09-14/00.nmea.zst").unlink()
    done = vigie("journal", "verify", folder, "--json")
    assert done.code == 1
    assert [(v["state"], v["what"]) for v in done.json if v["what"]] == [
        ("damaged", "its file is missing"),
        ("damaged", "its checksum is wrong"),
    ]
    done = vigie("journal", "verify", folder)
    assert (done.code, done.err) == (1, "")
    assert "its checksum is wrong" in done.out.decode()
    done = vigie("replay", folder)
    assert done.code == 2
    lost = "2026-09-14/00: its file is missing; lines 0 to 1,999 are lost (the first of 2 faults)"
    assert lost in done.err
    assert f"vigie journal verify {folder}" in done.err


def test_export(vigie: Program, tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal") as made:
        for n in range(3):
            made.append(stamped(300, T0 + n * HOUR, first=300 * n), 300, T0 + n * HOUR)
    out = tmp_path / "out.nmea"
    done = vigie("journal", "export", tmp_path / "journal", "--out", out)
    assert (done.code, done.out, done.err) == (0, b"", "")
    everything = b"".join(stamped(300, T0 + n * HOUR, first=300 * n) for n in range(3))
    assert out.read_bytes() == everything
    hour = ("--since", "2026-09-14T00:30:00Z", "--until", "2026-09-14T01:30:00+00:00")
    some = vigie("journal", "export", tmp_path / "journal", *hour).out
    assert some == stamped(300, T0 + HOUR, first=300)
    decoded = [json.loads(line) for line in vigie("decode", out).out.splitlines()]
    ship = decoded[0]["mmsi"]
    one = vigie("journal", "export", tmp_path / "journal", *hour, "--mmsi", ship)
    assert one.code == 0
    assert 0 < one.out.count(b"\n") < 300
    assert set(one.out.splitlines()) < set(some.splitlines())
    (tmp_path / "one.nmea").write_bytes(one.out)
    told = vigie("decode", tmp_path / "one.nmea").out.splitlines()
    assert {json.loads(line)["mmsi"] for line in told} == {ship}


def sentence(done: Done) -> str:
    assert (done.code, done.out) == (2, b""), done
    assert done.err.count("\n") == 1
    return done.err.removeprefix("vigie: ").rstrip("\n")


def test_what_cannot_be_used_is_refused(vigie: Program, journal: Path, tmp_path: Path) -> None:
    missing = sentence(vigie("journal", "list", tmp_path / "none"))
    assert missing.startswith(f"{tmp_path / 'none'}: there is no such folder.")
    other = sentence(vigie("journal", "verify", tmp_path))
    assert "it is no journal: there is no journal.json in it" in other
    export = ("journal", "export", journal)
    assert "'x' is no MMSI" in sentence(vigie(*export, "--mmsi", "x"))
    assert "'soon' is no time" in sentence(vigie(*export, "--since", "soon"))
    assert "--until: it is not after --since" in sentence(
        vigie(*export, "--since", "2026-09-14", "--until", "2026-09-13")
    )
    inside = sentence(vigie(*export, "--out", journal / "2026-09-14" / "04.nmea"))
    assert "this would write into the journal" in inside
    assert "cannot be written" in sentence(vigie(*export, "--out", tmp_path / "none" / "x"))
    (tmp_path / "journal.json").write_text('{"format":9,"journal":"a","made":"b"}')
    assert "format 9" in sentence(vigie("journal", "list", tmp_path))
