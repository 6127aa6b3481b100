"""A live watch, from a post over HTTP to its database; stopped, killed, and taken up again."""

from __future__ import annotations

import gzip
import random
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest
from feeding import Post
from program import Program
from watching import Watching, contents

import replay_data


@pytest.fixture(scope="module")
def traffic() -> list[bytes]:
    """Lines without TAG blocks, some of them damaged: they are dated when they are received."""
    with gzip.open(replay_data.bundled_recording()) as file:
        lines = [file.readline().rpartition(b"\\")[2] for _ in range(12_000)]
    return [b"".join(lines[n : n + 100]) for n in range(0, len(lines), 100)]


def replayed(program: Program, watch: Watching, to: Path) -> dict[str, Any]:
    """What a replay of the journal comes to."""
    done = program("replay", watch.journal, "--db", to, "--json")
    assert done.code == 0, done.err
    return contents(to)


def test_what_is_posted_is_seen_stored_and_replayed_alike(
    tmp_path: Path, vigie: Program, traffic: list[bytes]
) -> None:
    post = Post("post")
    with Watching(tmp_path, "[journal]\nsnapshot_s = 1\n" + post.toml) as watch:
        for body in traffic:
            post(body)
        ledger = watch.until_lines(12_000)
        assert ledger["balanced"]
        source = watch.source("post")
        assert (source["state"], source["lines"]) == ("connected", 12_000)
        assert source["accepted"] + sum(source["unsound"].values()) + sum(
            source["ignored"].values()
        ) == 12_000  # fmt: skip
        assert watch.ask("health")["mode"] == "live"
        assert watch.ask("health")["faults"] == []
        assert len(watch.ask("vessels?limit=1000")["vessels"]) > 100
        code, seconds = watch.stop()
        assert (code, seconds < 5) == (0, True)
    kept = contents(watch.database)
    assert len(kept["positions"]) > 1_000
    assert kept["alerts"]
    assert replayed(vigie, watch, tmp_path / "again.duckdb") == kept
    past_is_what_it_was(vigie, watch, tmp_path / "past.duckdb")


def past_is_what_it_was(vigie: Program, watch: Watching, to: Path) -> None:
    """A stretch of the journal, replayed from the state before it, is a part of the whole."""
    with duckdb.connect(str(watch.database), read_only=True) as link:
        received = [
            r[0] for r in link.execute("SELECT received FROM positions ORDER BY 1").fetchall()
        ]
    since = received[len(received) // 2].isoformat() + "Z"
    done = vigie("replay", watch.journal, "--since", since, "--db", to, "--json")
    assert done.code == 0, done.err
    (account,) = done.json
    query = "SELECT time, mmsi, lon, lat, received FROM positions WHERE received >= ? ORDER BY ALL"
    ids = "SELECT id, time FROM events WHERE time >= ? ORDER BY ALL"
    with duckdb.connect(str(watch.database), read_only=True) as link:
        whole = link.execute(query, [since]).fetchall()
        events = link.execute(ids, [since]).fetchall()
    with duckdb.connect(str(to), read_only=True) as link:
        assert link.execute(query, [since]).fetchall() == whole
        assert link.execute("SELECT count(*) FROM positions").fetchall() == [(len(whole),)]
        assert link.execute(ids, [since]).fetchall() == events
    assert account["positions"] == len(whole) > 100
    assert sum(account["events"].values()) >= len(events) > 0
    assert account["lines"] < 12_000
    for again, code in (((), 2), (("--until", "2001-01-01T00:00:00Z"), 2)):
        assert vigie("replay", watch.journal, "--since", since, "--db", to, *again).code == code


def test_killed_at_any_moment_it_goes_on_where_it_was(
    tmp_path: Path, vigie: Program, traffic: list[bytes]
) -> None:
    post = Post("post")
    rng = random.Random(5)
    watch = Watching(tmp_path, "[journal]\nsnapshot_s = 1\n" + post.toml)
    posted = 0
    for round_ in range(3):
        with watch:
            first = posted
            killer = threading.Timer(rng.uniform(0.1, 1.5), watch.kill)
            killer.start()
            for body in traffic[first : first + 40]:
                try:
                    post(body)
                except OSError:
                    break
                posted += 1
            killer.join()
            assert posted > first, round_
    with watch:
        ledger = watch.until_lines(posted * 100)
        assert ledger["balanced"]
        assert watch.stop()[0] == 0
    kept = contents(watch.database)
    assert replayed(vigie, watch, tmp_path / "again.duckdb") == kept
    assert len({row[0] for row in kept["alerts"]}) == len(kept["alerts"])
    journaled = b"".join(
        line
        for file in sorted(watch.journal.glob("*/*.nmea"))
        for line in file.read_bytes().splitlines(keepends=True)
    )
    for body in traffic[:posted]:  # whoever got an answer finds his lines
        for line in body.splitlines()[::20]:
            assert line.strip() in journaled
