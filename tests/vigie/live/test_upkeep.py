"""Upkeep: days that are over are sorted and written out, what is old goes, a full disk is told."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from journals import append, stamped

from ingest import clock
from ingest.journal import snapshots
from ingest.journal.journal import Journal
from ingest.records import Positions
from store.commit import Commit
from store.database import Database
from store.days import open_days, stored_days
from store.runs import SourceId, live_run
from store.writer import Writer
from vigie.live.config import DatabaseSettings, DiskSettings, JournalSettings, LiveConfig
from vigie.live.upkeep import Upkeep

DAY_US = 86_400_000_000


def config(folder: Path, **more: object) -> LiveConfig:
    return LiveConfig(
        journal=JournalSettings.model_validate({"folder": folder / "journal", "keep_days": 10}),
        database=DatabaseSettings.model_validate({"file": folder / "a.duckdb", **more}),
        disk=DiskSettings.model_validate({"floor_mb": more.pop("floor_mb", 0)}),
    )


def days_ago(*days: float) -> Positions:
    now = clock.micros()
    time = np.array([now - int(d * DAY_US) for d in days], np.int64).view("datetime64[us]")
    return Positions.absent(
        len(days), time=time, mmsi=np.full(len(days), 211_000_001, np.uint32),
        lon=np.full(len(days), 11.5), lat=np.full(len(days), 54.25), line=np.arange(len(days)),
        watermark=time,
    )  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Database:
    with Database.open(tmp_path / "a.duckdb") as opened:
        run = live_run(opened, SourceId("journal", 0, "abc"), {})
        Writer(opened).commit(Commit(run=run.number, end_line=9, positions=days_ago(3, 2, 400, 0)))
        yield opened


def run(upkeep: Upkeep) -> None:
    upkeep._round()
    assert upkeep.error is None


def test_days_that_are_over_are_sorted_and_written_out(tmp_path: Path, database: Database) -> None:
    out = tmp_path / "out"
    upkeep = Upkeep(database, tmp_path / "journal", config(tmp_path, export=out), lambda: 9)
    run(upkeep)
    today = clock.now().date()
    assert all(day >= today - datetime.timedelta(days=1) for day in open_days(database))
    written = sorted(p.name for p in out.iterdir())
    assert written == [f"date={today - datetime.timedelta(days=n)}" for n in (3, 2)]
    assert pq.read_table(out / written[0] / "positions.parquet").num_rows == 1
    run(upkeep)  # an hour has not passed: nothing is looked at
    assert len(stored_days(database)) == 4


def test_what_is_older_than_it_is_to_be_kept_goes(tmp_path: Path, database: Database) -> None:
    run(Upkeep(database, tmp_path / "journal", config(tmp_path, keep_days=100), lambda: 9))
    assert len(stored_days(database)) == 3


def test_the_journal_keeps_what_a_restart_needs(tmp_path: Path, database: Database) -> None:
    folder, now = tmp_path / "journal", clock.micros()
    with Journal.open(folder) as journal:
        for days in (40, 30, 20, 1):
            append(journal, stamped(5, now - days * DAY_US), now - days * DAY_US)
        journal.settle(20)
    for line in (5, 10, 15):
        snapshots.save(folder, line, now - (15 - line) * DAY_US, b"state")
    run(Upkeep(database, folder, config(tmp_path), lambda: 12))
    with Journal.open(folder) as journal:
        first = next(iter(journal.read(10))).first_line
        assert first == 10  # the newest state that the database has reached needs it
        assert next(iter(journal.read(0, tell=lambda _: None))).first_line == 10
    run(Upkeep(database, folder, config(tmp_path), lambda: 19))
    with Journal.open(folder) as journal:
        assert next(iter(journal.read(0, tell=lambda _: None))).first_line == 15


def test_a_disk_that_is_nearly_full_is_told_and_nothing_is_sorted(
    tmp_path: Path, database: Database
) -> None:
    full = LiveConfig(
        journal=JournalSettings.model_validate({"folder": tmp_path / "journal"}),
        database=DatabaseSettings.model_validate({"file": tmp_path / "a.duckdb"}),
        disk=DiskSettings.model_validate({"floor_mb": 1 << 40}),
    )
    upkeep = Upkeep(database, tmp_path / "journal", full, lambda: 9)
    run(upkeep)
    assert [fault.split(":")[0] for fault in upkeep.faults] == [
        "The disk of the journal is nearly full", "The disk of the database is nearly full",
    ]  # fmt: skip
    assert len(open_days(database)) == 4
