"""Runs: which recordings went in, how far, and whether the same may go in again.

A recording is known by the hash of its first bytes, not by its name. The same set of recordings
again resumes a run that was cut off, and is refused once it is complete; a set that shares some
recordings with another run is refused, because its rows would be stored twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb
import orjson

from ingest import clock
from ingest.errors import DatabaseError
from store.sql import instant, number, one, transaction

if TYPE_CHECKING:
    from store.database import Database
    from store.reads import Reads


@dataclass(frozen=True, slots=True)
class SourceId:
    """A recording as it is recognised.

    Attributes:
        name: as the person gave it.
        head_bytes: how many first bytes, decompressed, were hashed.
        head_hash: their hash, hex.

    """

    name: str
    head_bytes: int
    head_hash: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run that may be written to.

    Attributes:
        number: its number, for `Commit.run`.
        committed_line: lines below this are in the database already; 0 for a new run.
        commits: transactions so far.
        complete: it came to its end.

    """

    number: int
    committed_line: int = 0
    commits: int = 0
    complete: bool = False

    @property
    def resumed(self) -> bool:
        """Whether something of it is in the database already."""
        return self.commits > 0


def begin_run(database: Database, sources: Sequence[SourceId], settings: Mapping[str, Any]) -> Run:
    """A new run, or the one that was cut off while reading the same recordings.

    Args:
        database: open for writing.
        sources: the recordings, in any order; none for a live run, which is always new.
        settings: everything that decides what comes out (zones, rules, start, …) as plain JSON
            values, by the name a person knows it by.

    Raises:
        DatabaseError: the recordings, or some of them, are in the database already, or were begun
            with other settings.

    """
    _refuse_twins(sources)
    with database.cursor() as cursor, transaction(cursor):
        found = _sharing(cursor, sources)
        if found is None:
            return _insert(cursor, sources, settings)
        run, name = read_run(cursor, found[0]), found[1]
        _refuse_partly_shared(cursor, run, sources, name, database.where)
        if run.complete:
            raise DatabaseError(
                f"{_names(sources)} is already in this database (run {run.number})",
                where=database.where,
                mend="Look at it with `vigie events --db` and `vigie alerts --db`, or name another"
                " database",
            )
        _refuse_other_settings(cursor, run, settings, database.where)
        return run


def live_run(database: Database, journal: SourceId, settings: Mapping[str, Any]) -> Run:
    """The run of a journal: the one there is, or a new one.

    It never comes to its end, and its settings may change: the journal says when.

    Args:
        database: open for writing.
        journal: its folder's name, and its id as the hash.
        settings: as they are now, for people to look at.
    """
    with database.cursor() as cursor, transaction(cursor):
        found = _sharing(cursor, [journal])
        if found is None:
            return _insert(cursor, [journal], settings)
        return read_run(cursor, found[0])


def find_run(database: Reads, sources: Sequence[SourceId]) -> Run | None:
    """The run that read just these recordings, in any order, as it stands; None if none did."""
    wanted = {(source.head_hash, source.head_bytes) for source in sources}
    with database.cursor() as cursor:
        found = _sharing(cursor, sources)
        if found is None or wanted != {row[:2] for row in _read_by(cursor, found[0])}:
            return None
        return read_run(cursor, found[0])


def other_settings(database: Reads, run: int, settings: Mapping[str, Any]) -> list[str]:
    """Names of the settings that a run was begun with and that are not these, in order."""
    with database.cursor() as cursor:
        return _other_settings(cursor, run, settings)


def finish_run(database: Database, run: int) -> None:
    """Note that a run came to its end; its recordings are refused from now on."""
    with database.cursor() as cursor, transaction(cursor):
        cursor.execute(
            "UPDATE runs SET complete = true, finished = ? WHERE run = ?",
            [instant(clock.now_us()), run],
        )


def read_run(cursor: duckdb.DuckDBPyConnection, run: int) -> Run:
    """A run as it stands.

    Raises:
        DatabaseError: there is none of that number.

    """
    row = one(cursor, "SELECT committed_line, commits, complete FROM runs WHERE run = ?", [run])
    if row is None:
        raise DatabaseError(f"there is no run {run}", mend="List the runs there are")
    return Run(run, *row)


def _refuse_twins(sources: Sequence[SourceId]) -> None:
    seen: dict[tuple[str, int], str] = {}
    for source in sources:
        twin = seen.get((source.head_hash, source.head_bytes))
        if twin is not None:
            raise DatabaseError(
                f"{twin} and {source.name} are the same recording", mend="Give it once"
            )
        seen[source.head_hash, source.head_bytes] = source.name


def _sharing(
    cursor: duckdb.DuckDBPyConnection, sources: Sequence[SourceId]
) -> tuple[int, str] | None:
    """The newest run that has read one of these recordings, and that recording's name now."""
    for source in sources:
        row = one(
            cursor,
            "SELECT run FROM run_sources WHERE head_hash = ? AND head_bytes = ? ORDER BY run DESC",
            [source.head_hash, source.head_bytes],
        )
        if row is not None:
            return int(row[0]), source.name
    return None


def _insert(
    cursor: duckdb.DuckDBPyConnection, sources: Sequence[SourceId], settings: Mapping[str, Any]
) -> Run:
    new = number(cursor, "SELECT coalesce(max(run), 0) + 1 FROM runs")
    cursor.execute(
        "INSERT INTO runs (run, begun, settings, committed_line, commits, complete, ledger)"
        " VALUES (?, ?, ?, 0, 0, false, '{}')",
        [new, instant(clock.now_us()), _as_text(settings)],
    )
    for place, source in enumerate(sources):
        cursor.execute(
            "INSERT INTO run_sources VALUES (?, ?, ?, ?, ?)",
            [new, place, source.name, source.head_bytes, source.head_hash],
        )
    return Run(new)


def _refuse_partly_shared(
    cursor: duckdb.DuckDBPyConnection,
    run: Run,
    sources: Sequence[SourceId],
    name: str,
    where: str,
) -> None:
    rows = _read_by(cursor, run.number)
    if {row[:2] for row in rows} == {(s.head_hash, s.head_bytes) for s in sources}:
        return
    together = ", ".join(row[2] for row in rows)
    raise DatabaseError(
        f"{name} is already in this database, read together with other recordings ({together})",
        where=where,
        mend="Give the same recordings as then, or leave this one out, or name another database",
    )


def _read_by(cursor: duckdb.DuckDBPyConnection, run: int) -> list[tuple[str, int, str]]:
    """Hash, hashed bytes and name of a run's recordings, in their order."""
    return cursor.execute(
        "SELECT head_hash, head_bytes, name FROM run_sources WHERE run = ? ORDER BY place", [run]
    ).fetchall()


def _other_settings(
    cursor: duckdb.DuckDBPyConnection, run: int, settings: Mapping[str, Any]
) -> list[str]:
    row = one(cursor, "SELECT settings FROM runs WHERE run = ?", [run])
    before = orjson.loads(row[0]) if row else {}
    now = orjson.loads(_as_text(settings))
    return sorted(key for key in {*before, *now} if before.get(key) != now.get(key))


def _refuse_other_settings(
    cursor: duckdb.DuckDBPyConnection, run: Run, settings: Mapping[str, Any], where: str
) -> None:
    other = _other_settings(cursor, run.number, settings)
    if other:
        raise DatabaseError(
            f"this run was cut off at line {run.committed_line} and was begun with other"
            f" {', '.join(other)}",
            where=where,
            mend=f"Give the same {', '.join(other)} as then, or name another database",
        )


def _as_text(settings: Mapping[str, Any]) -> str:
    return orjson.dumps(dict(settings), option=orjson.OPT_SORT_KEYS).decode()


def _names(sources: Sequence[SourceId]) -> str:
    return ", ".join(source.name for source in sources)
