"""A replay that is cut off goes on where it was; one that is done is not done again."""

from __future__ import annotations

import gzip
import multiprocessing
import random
import signal
from pathlib import Path

import pytest
from replaying import contents, plan, replay, replay_apart

import replay_data
from ingest.errors import DatabaseError
from ingest.files import recordings
from store.database import Database
from vigie.pace import Pace
from vigie.replay import Plan, Replay

LINES = 60_000
KILLS, KILLS_APART = 20, 5


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines(keepends=True)
    path = tmp_path_factory.mktemp("recording") / "an-hour.nmea"
    path.write_bytes(b"".join(lines[:LINES]))
    return path


@pytest.fixture(scope="module")
def undisturbed(recording: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    database = tmp_path_factory.mktemp("undisturbed") / "whole.db"
    replay(recording, database)
    return contents(database)


def test_killed_again_and_again_it_ends_with_the_same(
    recording: Path, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    """SIGKILL at random moments, 20 times; a seed that is fixed chooses them."""
    database = tmp_path / "killed.db"
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["replaying"])
    rng = random.Random(1)
    kills = 0
    while kills < KILLS:
        process = processes.Process(
            target=replay, args=(recording, database), kwargs={"often": True}
        )
        process.start()
        process.join(rng.uniform(0.05, 1.2))
        if process.exitcode is not None:
            assert process.exitcode == 0
            break
        process.kill()
        process.join()
        kills += 1
    assert kills > 3
    if kills == KILLS:
        replay(recording, database)
    assert contents(database) == undisturbed


def test_killed_with_a_reader_process_it_ends_with_the_same(
    recording: Path, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    """As above at full speed, where a process of its own reads the recording."""
    database = tmp_path / "killed.db"
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["replaying"])
    rng = random.Random(2)
    reached: list[int] = []
    for kill_after in [*(rng.uniform(0, 0.03) for _ in range(KILLS_APART)), None]:
        process = processes.Process(target=replay_apart, args=(recording, database, kill_after))
        process.start()
        process.join()
        with Database.open(database, read_only=True) as opened:
            run = opened.run(1)
        reached.append(run.committed_line)
        if run.complete:
            break
        assert process.exitcode == -signal.SIGKILL
    assert any(0 < line < LINES for line in reached)
    assert reached == sorted(reached)
    assert contents(database) == undisturbed


def test_a_replay_that_is_stopped_goes_on(
    recording: Path, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    database = tmp_path / "stopped.db"
    with Database.open(database) as opened:
        first = Replay(recordings(recording), opened, plan(), chunk=65_536)
        first.run(lambda share, lines: first.stop())
        assert first.pace.stopped
    assert contents(database)["complete"] is False
    account = replay(recording, database)
    assert account["lines"] == LINES
    assert contents(database) == undisturbed


def test_the_same_recording_again_is_refused(recording: Path, tmp_path: Path) -> None:
    database = tmp_path / "twice.db"
    replay(recording, database)
    before = contents(database)
    packed = tmp_path / "other-name.nmea.gz"
    packed.write_bytes(gzip.compress(recording.read_bytes()))
    for again in (recording, packed):
        with pytest.raises(DatabaseError, match="already in this database"):
            replay(again, database)
    assert contents(database) == before


def test_other_settings_are_refused_when_resuming(recording: Path, tmp_path: Path) -> None:
    database = tmp_path / "other.db"
    with Database.open(database) as opened:
        first = Replay(recordings(recording), opened, plan(), chunk=65_536)
        first.run(lambda share, lines: first.stop())
        fewer = Plan(plan().zones, plan().rules[:1])
        with pytest.raises(DatabaseError, match="other rules"):
            Replay(recordings(recording), opened, fewer)


def test_committing_often_or_once_gives_the_same(
    recording: Path, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    """As a paced replay and one at full speed do."""
    database = tmp_path / "often.db"
    replay(recording, database, often=True)
    assert contents(database) == undisturbed


def test_real_time_and_full_speed_give_the_same(recording: Path, tmp_path: Path) -> None:
    """At 1×, on a clock that goes on when somebody waits."""
    few = tmp_path / "few.nmea"
    few.write_bytes(b"".join(recording.read_bytes().splitlines(keepends=True)[:12_000]))
    now = 0.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    replay(few, tmp_path / "fast.db")
    replay(few, tmp_path / "paced.db", pace=Pace(1, monotonic=lambda: now, sleep=sleep))
    assert now > 300
    assert contents(tmp_path / "paced.db") == contents(tmp_path / "fast.db")
