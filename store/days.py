"""Days that are over: rewritten sorted by vessel and time, and after their time forgotten."""

from __future__ import annotations

import datetime
import itertools

from ingest import clock
from ingest.records import Positions
from store import schema
from store.database import Database
from store.sql import instant, number, one, transaction

_OPEN = (schema.FRESH, schema.SHORT, schema.LONG)

# What is forgotten once it is too old; the rest is small, and is the record.
_FORGOTTEN = {
    "positions": schema.LEVELS, "statics": ("statics",), "messages": ("messages",),
    "copies": ("copies",),
}  # fmt: skip

# Rows that are worth a transaction of their own: a second and a half of work.
ENOUGH = 3_000_000


def open_days(database: Database, before: datetime.date | None = None) -> list[datetime.date]:
    """Days (UTC) with positions that are not sorted yet, oldest first.

    Args:
        database: an open database.
        before: only days before this one, such as the day of the newest event time.

    """
    with database.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT DISTINCT time::DATE AS day FROM ({_some('time')})"
            " WHERE time < coalesce(?, DATE '9999-01-01')::TIMESTAMP_MS ORDER BY day",
            [before],
        ).fetchall()
    return [row[0] for row in rows]


def stored_days(database: Database) -> list[datetime.date]:
    """All days (UTC) that have positions, oldest first."""
    with database.cursor() as cursor:
        rows = cursor.execute("SELECT DISTINCT time::DATE AS day FROM positions ORDER BY day")
        return [row[0] for row in rows.fetchall()]


def close_days(database: Database, before: datetime.date | None = None) -> int:
    """Close all open days before a date (None: all of them), oldest first; rows rewritten.

    Small days are closed together: clocks that went wrong, or somebody who invents times, leave
    rows in any number of days, and each transaction costs the same however few they are.
    """
    rows = 0
    with database.maintenance:
        with database.cursor() as cursor:
            open_ = cursor.execute(
                f"SELECT time::DATE AS day, count(*) FROM ({_some('time')})"
                " WHERE time < coalesce(?, DATE '9999-01-01')::TIMESTAMP_MS"
                " GROUP BY day ORDER BY day",
                [before],
            ).fetchall()
        group: list[tuple[datetime.date, int]] = []
        for day in open_:
            group.append(day)
            if sum(count for _, count in group) >= ENOUGH:
                rows += _close(database, group[0][0], group[-1][0])
                group = []
        if group:
            rows += _close(database, group[0][0], group[-1][0])
    return rows


def close_day(database: Database, day: datetime.date) -> int:
    """Rewrite a day's positions sorted by vessel and time, in one transaction.

    Reading and committing go on meanwhile. Sorting what does not fit into the memory limit spills
    to disk. A fix that arrives for a day already closed waits with the open ones; closing that day
    again adds the late ones as a sorted run of their own.

    Returns:
        Rows rewritten.

    """
    return _close(database, day, day)


def _close(database: Database, first: datetime.date, last: datetime.date) -> int:
    """Rewrite the open rows of the days from `first` to `last`, day by day, each sorted."""
    span = [first, last]
    with database.maintenance:
        with database.cursor() as cursor, transaction(cursor):
            cursor.execute(
                "MERGE INTO days USING (SELECT time::DATE AS day, count(*) AS rows"
                f" FROM ({_some('time', schema.OF_DAYS)}) GROUP BY 1) AS here"
                " ON days.day = here.day"
                " WHEN MATCHED THEN UPDATE SET rows = days.rows + here.rows, closed = ?"
                " WHEN NOT MATCHED THEN INSERT VALUES (here.day, here.rows, ?)",
                [*span * len(_OPEN), *[instant(clock.now_us())] * 2],
            )
            names = schema.column_names(Positions)
            rows = number(
                cursor,
                f"INSERT INTO {schema.DAYS} SELECT {names}"
                f" FROM ({_some(names, schema.OF_DAYS)})"
                f" ORDER BY {'time::DATE, ' if first < last else ''}mmsi, time",
                span * len(_OPEN),
            )
            for level in _OPEN:
                cursor.execute(f"DELETE FROM {level} {schema.OF_DAYS}", span)
        database.checkpoint()
    return rows


def _some(columns: str, which: str = "") -> str:
    """SQL of all rows that are not in closed days."""
    return " UNION ALL ".join(f"SELECT {columns} FROM {level} {which}" for level in _OPEN)


def retain(database: Database, before: datetime.datetime) -> int:
    """Forget positions, statics, messages and copies older than a time.

    Events and alerts, and the registry of vessels, stay: they are small, and they are the record.

    Args:
        database: open for writing.
        before: aware; rows of an earlier event time go.

    Returns:
        Rows deleted.

    """
    limit = _limit(before)
    deleted = 0
    with database.maintenance:
        with database.cursor() as cursor, transaction(cursor):
            for table in itertools.chain.from_iterable(_FORGOTTEN.values()):
                too_old = f"DELETE FROM {table} WHERE time < ?::TIMESTAMP_MS"
                deleted += number(cursor, too_old, [limit])
            cursor.execute("DELETE FROM days WHERE day < ?", [limit.date()])
        database.checkpoint()
    return deleted


def older(database: Database, before: datetime.datetime) -> dict[str, int]:
    """Rows that `retain` would delete, by what they are.

    Args:
        database: an open database.
        before: aware; rows of an earlier event time count.

    """
    counts = ", ".join(
        f"(SELECT count(*) FROM {table} WHERE time < $1::TIMESTAMP_MS)" for table in _FORGOTTEN
    )
    with database.cursor() as cursor:
        row = one(cursor, f"SELECT {counts}", [_limit(before)])
    return dict(zip(_FORGOTTEN, row or (), strict=True))


def _limit(before: datetime.datetime) -> datetime.datetime:
    return before.astimezone(datetime.UTC).replace(tzinfo=None)
