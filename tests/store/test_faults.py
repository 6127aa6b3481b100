"""Killed in the middle, or out of disk: nothing acknowledged is lost, nothing is half there."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from ingest.errors import DatabaseError
from store.database import Database
from store.filters import Filters
from store.runs import SourceId, begin_run
from store.writer import Writer

SOURCE, SETTINGS = SourceId("a.nmea", 10, "aa"), {"zones": "v1"}

# Every line is a position of its vessel, every hundredth an event and an alert as well.
WRITE = """
import sys
import numpy as np
from detect.events import Event, event_id
from ingest.ledger import Ledger
from ingest.records import Positions
from store import levels
from store.commit import Commit
from store.database import Database
from store.days import close_day
from store.runs import SourceId, begin_run
from store.writer import Writer
from watch.alert import Alert

levels.SHORT_RUN, levels.LONG_RUN = 3_000, 60_000
NOON = np.datetime64("2026-11-20T12:00:00", "us")
with Database.open(sys.argv[1]) as database:
    run = begin_run(database, [SourceId("a.nmea", 10, "aa")], {"zones": "v1"})
    writer, line, step = Writer(database), run.committed_line, 0
    while True:
        rows = (700, 45_000, 1_300)[step % 3]
        lines = np.arange(line, line + rows)
        positions = Positions.absent(
            rows, line=lines, mmsi=lines % 97, time=NOON + lines * np.timedelta64(1, "ms")
        )
        marked = lines[lines % 100 == 0].tolist()
        events = [
            Event(event_id("distress", (n,), None, NOON), "distress", n, NOON, 0.0, 0.0, None,
                  NOON, n, (n,))
            for n in marked
        ]
        alerts = [
            Alert(e.id, "r", "alarm", "normal", e.kind, e.mmsi, e.subjects, None, NOON, NOON, 0.0,
                  0.0, "t", line=e.line)
            for e in events
        ]
        line += rows
        writer.commit(Commit(run.number, line, positions, events=events, alerts=alerts,
                             ledger=Ledger(lines=line)))
        print(line, flush=True)
        step += 1
        writer.tidy()
        if step % 4 == 3:
            close_day(database, NOON.item().date())
"""


def check(path, acknowledged: int) -> None:
    with Database.open(path) as database:
        run = begin_run(database, [SOURCE], SETTINGS)
        line = run.committed_line
        assert line >= acknowledged
        marked = -(-line // 100)
        counts = database.counts()
        assert counts["positions"] == line
        assert (counts["events"], counts["alerts"]) == (marked, marked)
        assert database.ledger(run.number)["lines"] == line
        with database.cursor() as cursor:
            twice = "SELECT count(*) - count(DISTINCT time) FROM positions"
            assert cursor.execute(twice).fetchone() == (0,)
            seen = "SELECT max(last_seen) FROM vessels"
            newest = cursor.execute(seen).fetchone()[0]
        assert np.datetime64(newest, "us") == np.datetime64(
            "2026-11-20T12:00:00", "us"
        ) + (line - 1) * np.timedelta64(1, "ms")  # fmt: skip


def test_killed_five_times_nothing_is_lost_or_doubled(tmp_path):
    path = tmp_path / "watch.db"
    chance = random.Random(5)
    for _ in range(5):
        command = [sys.executable, "-c", WRITE, path]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            try:
                for _ in range(chance.randint(1, 8)):
                    acknowledged = int(writer.stdout.readline())
                # Somewhere in the next commit or merge: burn a random while, not a fixed one.
                sum(i * i for i in range(chance.randint(0, 400_000)))
            finally:
                writer.kill()
            acknowledged = max([acknowledged, *map(int, writer.stdout.read().split())])
        check(path, acknowledged)


@contextmanager
def no_file_larger_than(size: int):
    """What a full disk looks like to a program: writing beyond it fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("rows", [3_000, 60_000], ids=["in the log", "in the file"])
def test_after_a_full_disk_the_writer_goes_on_where_it_was(database, run, make, rows):
    writer = Writer(database)
    writer.commit(make.commit(run, positions=make.traffic(1_000), events=[make.event(1)]))
    with no_file_larger_than(100_000):
        with pytest.raises(DatabaseError) as refused:
            writer.commit(make.commit(run, positions=make.traffic(rows), events=[make.event(2)]))
        assert refused.value.mend
        # More comes in while there is no room.
        with pytest.raises(DatabaseError):
            writer.commit(make.commit(run, positions=make.traffic(10)))
    database.reopen()
    assert database.counts()["positions"] == 1_000
    assert writer.flush()
    assert database.counts()["positions"] == 1_000 + rows + 10
    assert database.run(run).committed_line == writer.committed_line == make.line
    assert len(database.events(Filters())) == 2
    writer.commit(make.commit(run, positions=make.traffic(5)))
    assert database.counts()["positions"] == 1_015 + rows


def test_what_went_through_unnoticed_is_not_written_twice(database, run, make, monkeypatch):
    writer = Writer(database)
    write = writer._write

    def write_and_fail(pending):
        write(pending)
        raise DatabaseError("the answer was lost")

    monkeypatch.setattr(writer, "_write", write_and_fail)
    with pytest.raises(DatabaseError):
        writer.commit(make.commit(run, positions=make.traffic(100)))
    database.reopen()
    assert writer.flush()
    assert database.counts()["positions"] == 100
