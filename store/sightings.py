"""When each vessel was first and last heard, out of rows sorted by vessel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from ingest.columns import Array

Seen = tuple[Array, Array, Array]
"""One row a vessel: MMSI (uint32, ascending), first and last event time, in the unit stored."""


def sightings(tables: Iterable[Mapping[str, Array]]) -> Seen:
    """Sightings over the rows of several tables.

    Args:
        tables: each with the columns "mmsi", ascending, and "time"; NaT says nothing.

    """
    parts = [_reduced(rows["mmsi"], rows["time"], rows["time"]) for rows in tables]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        nothing = np.empty(0, "datetime64[ms]")
        return np.empty(0, np.uint32), nothing, nothing
    mmsi, first, last = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(mmsi, kind="stable")
    return _reduced(mmsi[order], first[order], last[order])


def _reduced(mmsi: Array, first: Array, last: Array) -> Seen:
    timed = ~np.isnat(first)
    if not timed.all():
        mmsi, first, last = mmsi[timed], first[timed], last[timed]
    starts = np.flatnonzero(np.concatenate([[len(mmsi) > 0], mmsi[1:] != mmsi[:-1]]))
    # As integers: numpy reduces times ten times slower, because it looks for NaT.
    least = np.minimum.reduceat(first.view(np.int64), starts) if len(starts) else first.view("i8")
    most = np.maximum.reduceat(last.view(np.int64), starts) if len(starts) else last.view("i8")
    return mmsi[starts], least.view(first.dtype), most.view(last.dtype)
