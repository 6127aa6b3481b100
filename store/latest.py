"""The picture as a database has it: what its pages show when nothing is being added to it."""

from __future__ import annotations

import dataclasses

import numpy as np

from ingest.records import Messages, Positions, Statics
from store import schema
from store.native import from_result, stored
from store.picture import Picture
from store.reads import Reads
from store.sql import columns, instant, one

_LONG_AGO = np.datetime64("1900-01-01", "us")

# One row a vessel: its newest report with a place, or without where it never sent one.
_COLUMNS = [column for column in stored(Positions) if column.name != "mmsi"]
_PLACED = " AND ".join(
    f"{c.name} <> {c.native_absent}" for c in _COLUMNS if c.name in ("lon", "lat")
)
_NEWEST = (
    "SELECT mmsi, newest.* FROM (SELECT mmsi, max_by("
    f"struct_pack({', '.join(f'{c.name} := {c.name}' for c in _COLUMNS)}),"
    f" ({_PLACED}, time)) AS newest FROM positions WHERE time >= ? GROUP BY mmsi)"
    " ORDER BY newest.time, mmsi"
)
_SAID = (
    f"SELECT mmsi, time, {', '.join(schema.IDENTITY)} FROM vessels WHERE time IS NOT NULL"
    " AND last_seen >= ?"
    " ORDER BY time, mmsi"
)
_SEEN = "SELECT mmsi, first_seen, last_seen FROM vessels WHERE last_seen >= ?"


def load(
    database: Reads, picture: Picture, since: np.datetime64 | None = None
) -> np.datetime64 | None:
    """Put the latest of every vessel in the database into a picture that is empty.

    Args:
        database: to read from.
        picture: to fill.
        since: only what was reported at this event time or later; None for all there is.

    Returns:
        The newest event time there is, µs; None for a database without reports.

    """
    with database.cursor() as cursor:
        from_then = [instant(_LONG_AGO if since is None else since)]
        positions = from_result(Positions, columns(cursor, _NEWEST, from_then))
        statics = from_result(Statics, columns(cursor, _SAID, from_then))
        seen = columns(cursor, _SEEN, from_then)
        last = one(cursor, "SELECT max(last_seen) FROM vessels")
    # Lines of their own: what is numbered later counts as heard later.
    picture.update(
        dataclasses.replace(positions, line=np.arange(len(positions))),
        dataclasses.replace(statics, line=np.arange(len(statics))),
    )
    for name in ("first_seen", "last_seen"):
        heard = np.ma.filled(seen[name].astype("datetime64[us]"), np.datetime64("NaT"))
        picture.update(
            Positions.empty(), Statics.empty(),
            Messages.absent(len(heard), mmsi=seen["mmsi"].astype(np.uint32), time=heard),
        )  # fmt: skip
    if last is None or last[0] is None:
        return None
    return np.datetime64(last[0].replace(tzinfo=None), "us")


# The newest report of each kind, of which each says other things.
_SAID_THEN = (
    "SELECT mmsi, newest.* FROM (SELECT mmsi, max_by("
    f"struct_pack({', '.join(f'{n} := {n}' for n in ('time', 'msg_type', *schema.IDENTITY))}),"
    " time) AS newest FROM statics WHERE time >= ?::TIMESTAMP_MS AND time < ?::TIMESTAMP_MS"
    " GROUP BY mmsi, msg_type, part) ORDER BY newest.time, mmsi"
)


def load_before(
    database: Reads, picture: Picture, since: np.datetime64, until: np.datetime64
) -> None:
    """Put into a picture that is empty what was known at a time: the latest before it.

    Args:
        database: to read from.
        picture: to fill.
        since: only what was reported at this event time or later.
        until: and before this one.

    """
    then = [instant(since), instant(until)]
    with database.cursor() as cursor:
        newest = _NEWEST.replace("time >= ?", "time >= ?::TIMESTAMP_MS AND time < ?::TIMESTAMP_MS")
        positions = from_result(Positions, columns(cursor, newest, then))
        statics = from_result(Statics, columns(cursor, _SAID_THEN, then))
    picture.update(
        dataclasses.replace(positions, line=np.arange(len(positions))),
        dataclasses.replace(statics, line=np.arange(len(statics))),
    )
