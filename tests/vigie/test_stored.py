"""A database whose replay is over, or was cut off, under `vigie run`."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from replaying import plan, replay

import replay_data
from ingest.files import recordings
from store.database import Database
from vigie.pace import Pace
from vigie.replay import Plan, Replay
from vigie.serve import Watchfloor
from vigie.stored import is_done, remarks, stored_context

LINES = 12_000
BUNDLED = replay_data.bundled_recording()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = gzip.decompress(BUNDLED.read_bytes()).splitlines(keepends=True)
    path = tmp_path_factory.mktemp("recording") / "minutes.nmea"
    path.write_bytes(b"".join(lines[2_000 : 2_000 + LINES]))
    return path


@pytest.fixture
def done(recording: Path, tmp_path: Path) -> Path:
    replay(recording, tmp_path / "done.db")
    return tmp_path / "done.db"


def nothing_left(database: Database, path: Path, *, named: bool) -> bool:
    opened = recordings(path)
    done = is_done(database, opened, named=named)
    for one in opened:
        one.close()
    return done


def cut_off(recording: Path, database: Database, after: int) -> None:
    """Replay some lines, with all of them committed."""
    replay = Replay(recordings(recording), database, plan(), pace=Pace(1e8), chunk=16_384)
    replay.run(lambda share, lines: replay.stop() if lines >= after else None)


def test_what_is_complete_is_shown_as_it_was(recording: Path, done: Path, tmp_path: Path) -> None:
    with Database.open(tmp_path / "again.db") as database:
        made = Replay(recordings(recording), database, plan())
        floor = Watchfloor(database, plan())
        made.listeners = [floor.take]
        made.run()
        was, status_then = floor.picture.fleet(), floor.status()
    with Database.open(done) as database:
        assert nothing_left(database, recording, named=True)
        context = stored_context(database, plan())
        now, status = context.picture.fleet(), context.status()
        assert context.stations.names == made.stations.names
        assert remarks(database, plan()) == []
        tracks = {mmsi: database.track(mmsi).time for mmsi in now.positions.mmsi.tolist()}
        twice = {mmsi for mmsi, time in tracks.items() if (time == time[-1:]).sum() > 1}
    assert np.array_equal(now.positions.mmsi, was.positions.mmsi)
    assert np.array_equal(now.positions.time, was.positions.time, equal_nan=True)
    same = (now.positions.lon == was.positions.lon) & (now.positions.lat == was.positions.lat)
    # Of two reports in the same second either is the newest.
    assert len(same) > 100
    assert all(mmsi in twice for mmsi in now.positions.mmsi[~same & np.isfinite(was.positions.lon)])
    assert np.array_equal(now.statics.name, was.statics.name)
    assert np.array_equal(now.heard, was.heard)
    assert status.ledger == status_then.ledger
    assert status.finished
    assert status.recording == "minutes.nmea"
    assert [(s.state, s.lines, s.share) for s in status.sources] == [("finished", LINES, 1.0)]


def test_the_bundled_recording_is_not_added_to_a_database_in_use(
    recording: Path, done: Path, tmp_path: Path
) -> None:
    with Database.open(done) as database:
        assert nothing_left(database, BUNDLED, named=False)
        assert not nothing_left(database, BUNDLED, named=True)
    with Database.open(tmp_path / "new.db") as empty:
        assert not nothing_left(empty, BUNDLED, named=False)
        cut_off(BUNDLED, empty, 5_000)
        assert not nothing_left(empty, BUNDLED, named=False)  # it goes on
        assert nothing_left(empty, recording, named=False)


def test_what_was_cut_off_or_judged_otherwise_is_said(recording: Path, tmp_path: Path) -> None:
    with Database.open(tmp_path / "cut.db") as database:
        cut_off(recording, database, 5_000)
        other = Plan(plan().zones, plan().rules[:1])
        [where, how] = remarks(database, other)
        assert "was cut off at line" in where
        assert how.endswith("was judged by other rules than these.")
        assert stored_context(database, other).status().remarks == [where, how]
        status = stored_context(database, plan()).status()
        assert status.remarks == [where]
        assert status.ledger.balanced
        assert 0 < status.ledger.lines < LINES


def test_a_paced_replay_catches_up_at_once_and_tells_nothing_twice(
    recording: Path, tmp_path: Path
) -> None:
    with Database.open(tmp_path / "resumed.db") as database:
        cut_off(recording, database, 6_000)
        waited: list[int] = []
        again = Replay(
            recordings(recording), database, plan(),
            pace=Pace(1.0, monotonic=lambda: 0.0, sleep=lambda s: waited.append(again.seen)),
        )  # fmt: skip
        floor = Watchfloor(database, plan())
        floor.follow(again)
        again.seen = 0

        def count(share: float | None, lines: int) -> None:
            again.seen = lines

        again.listeners = [floor.take]
        first = floor.stream.last_id
        again.run(count)
        assert waited[0] >= again.run_.committed_line > 5_000
        told = int(floor.stream.last_id.rpartition("-")[2]) - int(first.rpartition("-")[2])
        with database.cursor() as cursor:
            counted = "SELECT count(*) FROM alert_log WHERE line >= ?"
            [(later,)] = cursor.execute(counted, [again.run_.committed_line]).fetchall()
            [(every,)] = cursor.execute(counted, [0]).fetchall()
        assert told == later < every
