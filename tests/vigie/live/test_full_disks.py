"""Disks that fill up and are freed again: the watch goes on, says so, and catches up."""

from __future__ import annotations

import time
import urllib.error
from pathlib import Path
from typing import Any

import duckdb
import pytest
from broker import Broker, Publisher
from disks import small_disk
from feeding import (
    INSIDE,
    LISTED,
    OUTSIDE,
    Desk,
    Post,
    Station,
    dated,
    differences,
    fleet,
    missing,
    plan_files,
    replayed,
    sentences,
)
from program import Program
from watching import Watching


def faults(watch: Watching) -> str:
    return "; ".join(watch.ask("health")["faults"])


def listed(at: float, place: tuple[float, float]) -> list[bytes]:
    return dated(sentences(LISTED, *place), at)


def reports(database: Path) -> list[Any]:
    """Which vessel was where when.

    What was judged and not journaled stands twice once it has been sent again: whoever judged it
    the first time had to say then what a replay says from its second time.
    """
    with duckdb.connect(str(database), read_only=True) as link:
        return link.execute("SELECT DISTINCT mmsi, time, lon, lat FROM positions").fetchall()


def test_with_the_journal_full_alerts_go_on_and_nobody_is_told_that_it_arrived(
    tmp_path: Path, vigie: Program
) -> None:
    with small_disk(tmp_path / "disk", "4m") as disk:
        broker, post = Broker(tmp_path), Post("post", acknowledge_timeout=1.0)
        watch = Watching(tmp_path, "\n".join([
            f'[journal]\nfolder = "{disk.folder / "journal"}"', "[disk]\nfloor_mb = 1",
            plan_files(tmp_path), post.toml,
            f'[[source]]\nkind = "mqtt"\nname = "broker"\nhost = "127.0.0.1"\nport = {broker.port}',
            'topics = [{pattern = "#"}]\nacknowledge_timeout = 1\nreconnect_first = 0.1\n',
        ]))  # fmt: skip
        now = time.time() - 420
        with watch:
            desk = Desk(watch.url, watch.token)
            watch.until(lambda: watch.source("broker")["state"] == "connected")
            publisher = Publisher(broker.port)
            publisher.publish("ais", *listed(now, OUTSIDE))
            post(dated(fleet(100), now))
            watch.until(lambda: watch.ask("ledger")["stored"] == 101)
            assert faults(watch) == ""
            disk.fill()
            early = [*listed(now + 200, INSIDE), *dated(fleet(100, turn=1), now + 200)]
            publisher.publish("ais", *early)
            watch.until(lambda: desk.of(LISTED) == ["active-unacknowledged"])
            assert "Lines are judged but not kept in the journal" in faults(watch)
            watch.until(lambda: "The disk of the journal is nearly full" in faults(watch))
            with pytest.raises(urllib.error.HTTPError) as refused:
                post(dated(fleet(100, turn=2), now + 230))
            assert refused.value.code == 503
            # The last page of a file takes a few lines more.
            assert missing(early, disk.folder / "journal") > 50
            disk.free()
            # What was not acknowledged the broker sends once more, as whoever posted may.
            watch.until(lambda: missing(early, disk.folder / "journal") == 0)
            post(dated(fleet(100, turn=2), now + 230))
            publisher.publish("ais", *listed(now + 400, OUTSIDE))
            watch.until(lambda: len(desk.of(LISTED)) == 2)
            watch.until(lambda: faults(watch) == "")
            ledger = watch.ask("ledger")
            assert (ledger["balanced"], ledger["waiting"]) == (True, 0)
            assert watch.stop()[0] == 0
        publisher.close()
        broker.stop()
        again = replayed(vigie, disk.folder / "journal", tmp_path / "again.duckdb")
        assert not differences(again, watch.database).keys() & {"events", "alerts"}
        assert set(reports(again)) == set(reports(watch.database))


def with_the_database_full(folder: Path, vigie: Program, lines: int) -> None:
    """Fill the database's disk, bring in so many lines, free it."""
    with small_disk(folder / "disk", "60m") as disk:
        database = disk.folder / "vigie.duckdb"
        station = Station("station")
        watch = Watching(folder, "\n".join([
            f'[database]\nfile = "{database}"', "[disk]\nfloor_mb = 8", plan_files(folder),
            station.toml,
        ]))  # fmt: skip
        now = time.time() - 420
        with watch:
            desk = Desk(watch.url, watch.token)
            station.send(listed(now, OUTSIDE))
            station.send(dated(fleet(1000), now))
            watch.until(lambda: watch.ask("ledger")["stored"] == 1001)
            assert faults(watch) == ""
            disk.fill(leave=100_000)
            for turn in range(1, lines // 20_000 + 1):
                station.send(dated(fleet(20_000, turn=turn), now + turn))
            watch.until(lambda: "shown but not stored" in faults(watch))
            watch.until(lambda: "The disk of the database is nearly full" in faults(watch))
            station.send(listed(now + 200, INSIDE))
            watch.until(lambda: desk.of(LISTED) == ["active-unacknowledged"])
            disk.free()
            watch.until(lambda: faults(watch) == "")
            station.send(listed(now + 400, OUTSIDE))
            watch.until(lambda: len(desk.of(LISTED)) == 2)
            ledger = watch.ask("ledger")
            assert (ledger["balanced"], ledger["waiting"]) == (True, 0)
            assert len(watch.ask(f"alerts?mmsi={LISTED}")["alerts"]) == 1
            assert watch.stop()[0] == 0
        station.close()
        again = replayed(vigie, watch.journal, folder / "again.duckdb")
        assert differences(again, database) == {}


def test_with_the_database_full_alerts_go_on_and_what_was_missed_is_stored_later(
    tmp_path: Path, vigie: Program
) -> None:
    with_the_database_full(tmp_path, vigie, lines=40_000)


@pytest.mark.soak
def test_with_the_database_full_for_more_than_memory_holds(tmp_path: Path, vigie: Program) -> None:
    with_the_database_full(tmp_path, vigie, lines=800_000)
