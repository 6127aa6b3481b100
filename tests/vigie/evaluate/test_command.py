"""`vigie evaluate`, on the first minutes of the bundled recording."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from program import Program

import replay_data
from store.database import Database
from store.runs import begin_run

KEYS = ["kind", "truths", "found", "missed", "false", "precision", "recall", "delay_median_s",
        "delay_p95_s"]  # fmt: skip


@pytest.fixture(scope="module")
def labels() -> list[dict[str, Any]]:
    packed = replay_data.bundled_recording().parent / "gulf-of-aden.truth.jsonl.gz"
    return [json.loads(line) for line in gzip.decompress(packed.read_bytes()).splitlines()]


def written(path: Path, labels: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(label) + "\n" for label in labels))
    return path


@pytest.fixture
def truth(tmp_path: Path, labels: list[dict[str, Any]]) -> Path:
    """A distress test, which the first minutes hold, and a rendezvous that nobody made."""
    (test,) = [label for label in labels if label["kind"] == "distress_test"]
    other = test | {"id": "never", "kind": "rendezvous", "expect": {"event": "rendezvous"}}
    return written(tmp_path / "truth", [test, other])


def test_for_machines(vigie: Program, database: Path, truth: Path) -> None:
    done = vigie("evaluate", "--db", database, "--truth", truth, "--json")
    assert (done.code, done.err) == (0, "")
    rows = {row["kind"]: row for row in done.json}
    assert list(rows)[-1] == "all"
    assert all(list(row)[: len(KEYS)] == KEYS for row in rows.values())
    assert all(list(row) == KEYS for kind, row in rows.items() if kind != "all")
    assert [rows["distress_test"][k] for k in KEYS[1:7]] == [1, 1, 0, 0, 1.0, 1.0]
    assert rows["distress_test"]["delay_median_s"] < 60
    assert [rows["rendezvous"][k] for k in KEYS[1:]] == [1, 0, 1, 0, None, 0.0, None, None]
    assert rows["all"]["vessel_days"] > 1


def test_for_people_and_a_page(vigie: Program, database: Path, truth: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = vigie("evaluate", "--db", database, "--truth", truth, "--page", page)
    assert (done.code, done.err) == (0, "")
    text = done.out.decode()
    for said in ("distress_test", "precision", "vessel-days", "hard cases", str(page)):
        assert said in text
    assert "rendezvous was to be seen" in page.read_text()


def test_without_a_truth(vigie: Program, database: Path) -> None:
    done = vigie("evaluate", "--db", database, "--json")
    rows = {row["kind"]: row for row in done.json}
    assert rows["distress_test"]["events"] == 1
    assert rows["all"]["alerts"] == sum(r["alerts"] for k, r in rows.items() if k != "all")
    people = vigie("evaluate", "--db", database).out.decode()
    assert "vessel-days; alerts of priority alarm or above" in people


def test_the_bundled_recording_is_seen_as_it_was(
    vigie: Program, tmp_path: Path, labels: list[dict[str, Any]]
) -> None:
    """Nothing that could be heard of zones and beacons is missed, and nothing false."""
    database, quiet = tmp_path / "all.db", tmp_path / "quiet.toml"
    quiet.write_text('[detect]\noff = ["all"]\n')  # zones, gates and beacons are always judged
    done = vigie("replay", replay_data.bundled_recording(), "--db", database, "--detect", quiet)
    assert done.code == 0, done.err
    kinds = {label["expect"].get("event") for label in labels} - {None}
    assert {"gate_passage", "zone_enter", "zone_exit", "zone_inside", "distress"} <= kinds
    done = vigie("evaluate", "--db", database, "--json", "--truth", written(tmp_path / "t", labels))
    rows = {row["kind"]: row for row in done.json}
    assert {(rows[kind]["precision"], rows[kind]["recall"]) for kind in kinds} == {(1.0, 1.0)}


def test_a_database_that_was_cut_off_says_so(
    vigie: Program, small: Database, tmp_path: Path, labels: list[dict[str, Any]]
) -> None:
    from store.runs import SourceId

    begin_run(small, [SourceId("half.nmea", 1, "00")], {})
    small.close()
    done = vigie(
        "evaluate", "--db", tmp_path / "small.db", "--truth", written(tmp_path / "t", labels)
    )
    assert done.code == 0
    assert "half.nmea is not in" in done.err


def test_what_cannot_be_used(
    vigie: Program, database: Path, truth: Path, beginning: Path, tmp_path: Path
) -> None:
    def refused(*args: object) -> str:
        done = vigie("evaluate", *args)
        assert (done.code, done.out) == (2, b"")
        assert done.err.count("\n") == 1
        return done.err

    page = tmp_path / "page.html"
    assert "no such database" in refused("--db", tmp_path / "none.db")
    assert "no such file" in refused("--db", database, "--truth", tmp_path / "none")
    assert "line 1: this is no label" in refused("--db", database, "--truth", beginning)
    assert "needs the truth" in refused("--db", database, "--page", page)
    for same in (truth, database):
        said = refused("--db", database, "--truth", truth, "--page", same)
        assert "would write over what it reads" in said
    assert "cannot be written" in refused(
        "--db", database, "--truth", truth, "--page", tmp_path / "none" / "page.html"
    )
    other = written(tmp_path / "other", [
        json.loads(line) | {"start": "2025-01-01T00:00:00Z", "end": "2025-01-01T01:00:00Z"}
        for line in truth.read_text().splitlines()
    ])  # fmt: skip
    assert "the truth of the same recording" in refused("--db", database, "--truth", other)
    empty = tmp_path / "empty.db"
    Database.open(empty).close()
    assert "no vessel's position" in refused("--db", empty)
    assert "it holds no position" in refused("--db", empty, "--truth", truth)
    assert not page.exists()
