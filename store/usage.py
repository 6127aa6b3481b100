"""What a database holds and what it takes: rows by table and by day, bytes of the file."""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass

from ingest import clock
from store import schema
from store.database import Database
from store.sql import one


@dataclass(frozen=True, slots=True)
class Day:
    """One UTC day of event time.

    Attributes:
        day: the day.
        positions: its rows.
        unsorted: how many of them wait until the day is closed.

    """

    day: datetime.date
    positions: int
    unsorted: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What a database holds and what it takes.

    Attributes:
        file_bytes: size of the file and of its write-ahead log.
        used_bytes: of the file, without the blocks that are free to be used again.
        rows: rows of each table.
        days: days that have positions, oldest first.

    """

    file_bytes: int
    used_bytes: int
    rows: dict[str, int]
    days: Sequence[Day]

    @property
    def bytes_per_position(self) -> float | None:
        """Bytes in use for each position, everything else in the file included."""
        positions = self.rows["positions"]
        return self.used_bytes / positions if positions else None


def usage(database: Database) -> Usage:
    """What an open database holds, and the bytes it takes."""
    waiting = " UNION ALL ".join(f"SELECT time FROM {level}" for level in schema.LEVELS[:-1])
    with database.cursor() as cursor:
        days = cursor.execute(
            "SELECT day, sum(n)::BIGINT, sum(n) FILTER (open)::BIGINT FROM ("
            f" SELECT time::DATE AS day, count(*) AS n, true AS open FROM ({waiting}) GROUP BY day"
            " UNION ALL SELECT time::DATE, count(*), false"
            f" FROM {schema.DAYS} GROUP BY time::DATE) GROUP BY day ORDER BY day"
        ).fetchall()
    size = os.path.getsize(database.path) if database.path else 0
    return Usage(
        file_bytes=size + database.log_bytes, used_bytes=database.used_bytes(),
        rows=database.counts(), days=[Day(day, rows, open_ or 0) for day, rows, open_ in days],
    )  # fmt: skip


def newest_day(database: Database) -> datetime.date | None:
    """The day of the newest position, today at the latest; None where there is none.

    A clock that runs ahead must not make everything else look old.
    """
    with database.cursor() as cursor:
        row = one(cursor, "SELECT max(time)::DATE FROM positions")
    if row is None or row[0] is None:
        return None
    day: datetime.date = row[0]
    return min(day, clock.now().date())
