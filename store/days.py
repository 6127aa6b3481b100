"""Days that are over: rewritten sorted by vessel and time, and after their time forgotten."""

from __future__ import annotations

import datetime

from ingest import clock
from ingest.records import Positions
from store import schema
from store.database import Database
from store.sql import instant, number, transaction

_OPEN = (schema.FRESH, schema.SHORT, schema.LONG)
_SPAN = "WHERE time >= ?::TIMESTAMP_MS AND time < ?::TIMESTAMP_MS"


def open_days(database: Database, before: datetime.date | None = None) -> list[datetime.date]:
    """Days (UTC) with positions that are not sorted yet, oldest first.

    Args:
        database: an open database.
        before: only days before this one, such as the day of the newest event time.

    """
    some = " UNION ALL ".join(f"SELECT time FROM {level}" for level in _OPEN)
    with database.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT DISTINCT time::DATE AS day FROM ({some})"
            " WHERE time < coalesce(?, DATE '9999-01-01')::TIMESTAMP_MS ORDER BY day",
            [before],
        ).fetchall()
    return [row[0] for row in rows]


def stored_days(database: Database) -> list[datetime.date]:
    """All days (UTC) that have positions, oldest first."""
    with database.cursor() as cursor:
        rows = cursor.execute("SELECT DISTINCT time::DATE AS day FROM positions ORDER BY day")
        return [row[0] for row in rows.fetchall()]


def close_day(database: Database, day: datetime.date) -> int:
    """Rewrite a day's positions sorted by vessel and time, in one transaction.

    Reading and committing go on meanwhile. Sorting what does not fit into the memory limit spills
    to disk. A fix that arrives for a day already closed waits with the open ones; closing that day
    again adds the late ones as a sorted run of their own.

    Returns:
        Rows rewritten.

    """
    span = _bounds(day)
    names = schema.column_names(Positions)
    some = " UNION ALL ".join(f"SELECT {names} FROM {level} {_SPAN}" for level in _OPEN)
    with database.maintenance:
        with database.cursor() as cursor, transaction(cursor):
            rows = number(
                cursor,
                f"INSERT INTO {schema.DAYS} SELECT {names} FROM ({some}) ORDER BY mmsi, time",
                span * len(_OPEN),
            )
            for level in _OPEN:
                cursor.execute(f"DELETE FROM {level} {_SPAN}", span)
            now = instant(clock.now_us())
            if not number(
                cursor,
                "UPDATE days SET rows = rows + ?, closed = ? WHERE day = ?",
                [rows, now, day],
            ):
                cursor.execute("INSERT INTO days VALUES (?, ?, ?)", [day, rows, now])
        database.checkpoint()
    return rows


def _bounds(day: datetime.date) -> list[datetime.datetime]:
    begin = datetime.datetime.combine(day, datetime.time.min)
    return [begin, begin + datetime.timedelta(days=1)]


def retain(database: Database, before: datetime.datetime) -> int:
    """Forget positions, statics, messages and copies older than a time.

    Events and alerts, and the registry of vessels, stay: they are small, and they are the record.

    Args:
        database: open for writing.
        before: aware; rows of an earlier event time go.

    Returns:
        Rows deleted.

    """
    limit = before.astimezone(datetime.UTC).replace(tzinfo=None)
    deleted = 0
    with database.maintenance:
        with database.cursor() as cursor, transaction(cursor):
            for table in (*schema.LEVELS, "statics", "messages", "copies"):
                too_old = f"DELETE FROM {table} WHERE time < ?::TIMESTAMP_MS"
                deleted += number(cursor, too_old, [limit])
            cursor.execute("DELETE FROM days WHERE day < ?", [limit.date()])
        database.checkpoint()
    return deleted
