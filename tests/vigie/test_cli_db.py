"""`vigie db`: what a database holds, and how it forgets."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from program import Done, Program

from ingest import clock
from ingest.columns import columns_of
from ingest.ledger import Ledger
from ingest.records import Messages, Positions
from store.commit import Commit
from store.database import Database
from store.runs import begin_run, finish_run
from store.writer import Writer

FIRST = datetime.date(2026, 11, 1)


@pytest.fixture
def watch(tmp_path: Path) -> Path:
    """Ten days with a hundred positions and a message each; the last line of a clock ahead."""
    return _made(tmp_path / "watch.db", [np.datetime64(FIRST) + i for i in range(10)])


def _made(path: Path, days: list[Any], each: int = 100) -> Path:
    with Database.open(path) as database:
        run, line = begin_run(database, [], {}).number, 0
        writer = Writer(database)
        for day in days:
            step = np.timedelta64(1, "D").astype("timedelta64[us]") // max(each, 144)
            rows = {
                "time": np.datetime64(day, "us") + np.arange(each) * step,
                "mmsi": np.full(each, 211_234_560), "line": line + np.arange(each),
            }  # fmt: skip
            lon = 5 + np.arange(each) * 7919 % each / 600_000
            positions = Positions.absent(each, lon=lon, lat=np.full(each, 52.0), **rows)
            line += each
            text = {"payload": np.array([b">"], object), "text": np.array([b"HELLO"], object)}
            names = {column.name for column in columns_of(Messages)}
            message = Messages.absent(
                1, **{n: v[:1] for n, v in rows.items() if n in names}, **text
            )
            ledger = Ledger(lines=line, used=line, messages=line, stored=line)
            writer.commit(Commit(run, line, positions, messages=message, ledger=ledger))
        finish_run(database, run)
    return path


def rows_of(path: Path) -> dict[str, int]:
    with Database.open(path, read_only=True) as database:
        return database.counts()


def test_what_a_database_holds(vigie: Program, database: Path) -> None:
    (told,) = vigie("db", "info", "--db", database, "--json").json
    assert told["rows"] == rows_of(database)
    assert [day["day"] for day in told["days"]] == ["2026-09-14"]
    assert sum(day["positions"] for day in told["days"]) == told["rows"]["positions"]
    assert [(run["complete"], len(run["sources"])) for run in told["runs"]] == [(True, 1)]
    assert 0 < told["used_bytes"] <= told["file_bytes"] == database.stat().st_size
    assert told["bytes_per_position"] == pytest.approx(
        told["used_bytes"] / told["rows"]["positions"], abs=0.01
    )


def test_what_a_database_holds_for_people(vigie: Program, database: Path) -> None:
    done = vigie("db", "info", "--db", database)
    assert (done.code, done.err) == (0, "")
    text = done.out.decode()
    for said in (str(database), "beginning.nmea", "complete", "2026-09-14", "positions"):
        assert said in text


def test_days_are_kept_whole_and_the_rest_is_forgotten(vigie: Program, watch: Path) -> None:
    (told,) = vigie("db", "retain", "--db", watch, "--keep-days", 3, "--json").json
    assert told["forgotten"] == {"positions": 700, "statics": 0, "messages": 7, "copies": 0}
    assert told["before"] == "2026-11-08T00:00:00Z"
    assert told["kept"] == rows_of(watch)
    assert (told["kept"]["positions"], told["kept"]["vessels"]) == (300, 1)
    (held,) = vigie("db", "info", "--db", watch, "--json").json
    assert [d["day"] for d in held["days"]] == ["2026-11-08", "2026-11-09", "2026-11-10"]
    again = vigie("db", "retain", "--db", watch, "--keep-days", 3)
    assert again.out.decode() == f"{watch}: nothing older than 2026-11-08T00:00:00Z to forget\n"


def test_a_dry_run_says_the_same_and_changes_nothing(vigie: Program, watch: Path) -> None:
    before, rows = watch.read_bytes(), rows_of(watch)
    (told,) = vigie("db", "retain", "--db", watch, "--keep-days", 3, "--dry-run", "--json").json
    assert (told["dry_run"], told["forgotten"]["positions"], told["kept"]) == (True, 700, rows)
    done = vigie("db", "retain", "--db", watch, "--keep-days", 3, "--dry-run")
    assert "would forget 700 positions" in done.out.decode()
    assert watch.read_bytes() == before


def test_before_a_time(vigie: Program, watch: Path) -> None:
    (told,) = vigie(
        "db", "retain", "--db", watch, "--before", "2026-11-02T00:10:00Z", "--json"
    ).json
    assert told["forgotten"]["positions"] == 101
    assert rows_of(watch)["positions"] == 899


def test_a_clock_that_ran_ahead_does_not_make_the_rest_old(vigie: Program, tmp_path: Path) -> None:
    today = np.datetime64(clock.now().date())
    watch = _made(tmp_path / "ahead.db", [today - 1, today, today + 400])
    (told,) = vigie("db", "retain", "--db", watch, "--keep-days", 2, "--json").json
    assert told["forgotten"]["positions"] == 0


def test_an_empty_database(vigie: Program, tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    Database.open(path).close()
    (told,) = vigie("db", "info", "--db", path, "--json").json
    assert (told["days"], told["runs"], told["bytes_per_position"]) == ([], [], None)
    done = vigie("db", "retain", "--db", path, "--keep-days", 1)
    assert (done.code, done.out.decode()) == (0, f"{path}: nothing to forget\n")


def test_a_keeping_longer_than_dates_go(vigie: Program, watch: Path) -> None:
    assert vigie("db", "retain", "--db", watch, "--keep-days", 36_525).code == 0
    assert rows_of(watch)["positions"] == 1000


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "it needs --keep-days N or --before TIME"),
        (["--keep-days", 3, "--before", "2026-11-02"], "one of the two"),
        (["--before", "yesterday"], "--before: 'yesterday' is no time"),
        (["--keep-days", 0], "--keep-days"),
        (["--keep-days", -3], "--keep-days"),
        (["--keep-days", "all"], "--keep-days"),
    ],
)
def test_settings_that_forget_by_mistake(
    vigie: Program, watch: Path, args: list[object], said: str
) -> None:
    before = rows_of(watch)
    done = vigie("db", "retain", "--db", watch, *args)
    assert (done.code, done.out) == (2, b"")
    assert said in done.err
    assert rows_of(watch) == before


@pytest.mark.parametrize("command", [["info"], ["retain", "--keep-days", 3]])
def test_a_database_that_is_not_there_or_in_use(
    vigie: Program, watch: Path, tmp_path: Path, command: list[object]
) -> None:
    def refused(path: Path) -> Done:
        done = vigie("db", *command, "--db", path)
        assert (done.code, done.out) == (2, b"")
        return done

    assert "no such database" in refused(tmp_path / "none.db").err
    assert not (tmp_path / "none.db").exists()
    with Database.open(watch):
        assert "in use by another process" in refused(watch).err


def test_bytes_are_given_back(vigie: Program, tmp_path: Path) -> None:
    path = _made(tmp_path / "large.db", [np.datetime64(FIRST) + i for i in range(4)], each=80_000)
    (before,) = vigie("db", "info", "--db", path, "--json").json
    (told,) = vigie("db", "retain", "--db", path, "--keep-days", 1, "--json").json
    assert told["used_bytes"] < 0.6 * before["used_bytes"]
