"""Stored events and identities in the form in which the watch takes them, to be judged again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import orjson
import pyarrow as pa

from detect.events import Event
from ingest.records import Statics
from store import schema
from store.native import from_result
from store.reads import Reads
from store.sql import columns, incoming, instant

_NAMES = (
    "id", "kind", "mmsi", "time", "lon", "lat", "zone", "episode", "line", "subjects", "evidence",
)  # fmt: skip

# Rows fetched at once: evidence is some kilobytes each.
_AT_ONCE = 1_000


def events_between(
    reads: Reads, kinds: Sequence[str], since: np.datetime64, until: np.datetime64, limit: int
) -> Iterator[Event]:
    """Events of some kinds that were not withdrawn, in the order in which they were told.

    Args:
        reads: the database.
        kinds: of the events.
        since: first event time.
        until: event time to stop before.
        limit: most events.

    """
    with reads.cursor() as cursor:
        cursor.execute(
            f"SELECT {', '.join(_NAMES)} FROM events WHERE list_contains(?::VARCHAR[], kind)"
            " AND time >= ? AND time < ? AND NOT withdrawn ORDER BY run, line, time, id LIMIT ?",
            [list(kinds), instant(since), instant(until), limit],
        )
        while rows := cursor.fetchmany(_AT_ONCE):
            for row in rows:
                yield _event(dict(zip(_NAMES, row, strict=True)))


def _event(row: dict[str, object]) -> Event:
    lon, lat = (float("nan") if row[k] is None else row[k] for k in ("lon", "lat"))
    return Event(
        id=row["id"], kind=row["kind"], mmsi=row["mmsi"], time=np.datetime64(row["time"], "us"),  # type: ignore[arg-type, call-overload]
        lon=lon, lat=lat, zone=row["zone"], episode=np.datetime64(row["episode"], "us"),  # type: ignore[arg-type, call-overload]
        line=row["line"], subjects=tuple(row["subjects"]), evidence=orjson.loads(row["evidence"]),  # type: ignore[arg-type]
    )  # fmt: skip


def identities(reads: Reads, mmsis: Sequence[int]) -> Statics:
    """One report of each of some vessels that says all that it last said of itself.

    Its message type tells the class of its unit, where that is known.
    """
    if not len(mmsis):
        return Statics.empty()
    wanted = pa.table({"mmsi": np.array(mmsis, np.uint32)})
    names = ", ".join(f"v.{name}" for name in schema.IDENTITY)
    with reads.cursor() as cursor, incoming(cursor, wanted):
        found = columns(
            cursor,
            f"SELECT v.mmsi, v.time, {names}, coalesce(t.type, 0)::UTINYINT AS msg_type"
            " FROM vessels v SEMI JOIN incoming USING (mmsi) LEFT JOIN (SELECT mmsi,"
            " CASE WHEN bool_or(msg_type = 5) THEN 5 WHEN bool_or(msg_type = 19) THEN 19"
            " ELSE 24 END AS type FROM statics SEMI JOIN incoming USING (mmsi) GROUP BY mmsi) t"
            " ON t.mmsi = v.mmsi ORDER BY v.mmsi",
        )
    return from_result(Statics, found)
