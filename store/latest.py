"""The picture as a database has it: what its pages show when nothing is being added to it."""

from __future__ import annotations

import dataclasses

import numpy as np

from ingest.records import Messages, Positions, Statics
from store import schema
from store.native import from_result, stored
from store.picture import Picture
from store.reads import Reads
from store.sql import columns, one

# One row a vessel: its newest report with a place, or without where it never sent one.
_COLUMNS = [column for column in stored(Positions) if column.name != "mmsi"]
_PLACED = " AND ".join(
    f"{c.name} <> {c.native_absent}" for c in _COLUMNS if c.name in ("lon", "lat")
)
_NEWEST = (
    "SELECT mmsi, newest.* FROM (SELECT mmsi, max_by("
    f"struct_pack({', '.join(f'{c.name} := {c.name}' for c in _COLUMNS)}),"
    f" ({_PLACED}, time)) AS newest FROM positions GROUP BY mmsi)"
    " ORDER BY newest.time, mmsi"
)
_SAID = (
    f"SELECT mmsi, time, {', '.join(schema.IDENTITY)} FROM vessels WHERE time IS NOT NULL"
    " ORDER BY time, mmsi"
)
_SEEN = "SELECT mmsi, first_seen, last_seen FROM vessels"


def load(database: Reads, picture: Picture) -> np.datetime64 | None:
    """Put the latest of every vessel in the database into a picture that is empty.

    Returns:
        The newest event time there is, µs; None for a database without reports.

    """
    with database.cursor() as cursor:
        positions = from_result(Positions, columns(cursor, _NEWEST))
        statics = from_result(Statics, columns(cursor, _SAID))
        seen = columns(cursor, _SEEN)
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
