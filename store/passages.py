"""Positions of all vessels by time and place, and the days on which each was heard.

Every value from outside is a bound parameter. Times are `datetime64[us]`, UTC; the database keeps
milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.records import Positions
from store import schema
from store.drawn import FIX
from store.fleet import Box
from store.native import from_result, stored
from store.reads import Reads
from store.sql import columns, instant

_LON, _LAT = (c for c in stored(Positions) if c.name in ("lon", "lat"))
_PLACED = f"lon <> {_LON.native_absent} AND lat <> {_LAT.native_absent}"
_HALF_TURN = round(180 * _LON.scale)
# Reports of one vessel and time are told apart by what they say.
_ORDER = ", ".join(("time", "mmsi", *FIX))
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Which reports.

    Attributes:
        box: where; None for anywhere.
        first: from this time on; None for any.
        last: up to and with this time; None for any.
        mmsis: of these vessels; empty for all.

    """

    box: Box | None = None
    first: np.datetime64 | None = None
    last: np.datetime64 | None = None
    mmsis: Sequence[int] = ()


def positions(
    database: Reads, asked: Stretch, after: tuple[np.datetime64, int, int] | None, limit: int
) -> Positions:
    """Reports with a place, by time and vessel.

    Args:
        database: to read from.
        asked: which.
        after: time and MMSI of a report, and how many of that time and vessel were given already.
        limit: so many at most.

    """
    parts, values = _tests(asked)
    skip = 0
    if asked.box is not None:
        test, numbers = _in_box(asked.box)
        parts, values = [*parts, test], [*values, *numbers]
    if after is not None:
        time, mmsi, skip = after
        parts.append("(time > ?::TIMESTAMP_MS OR (time = ?::TIMESTAMP_MS AND mmsi >= ?::UINTEGER))")
        values += [instant(time), instant(time), mmsi]
    with database.cursor() as cursor:
        found = columns(
            cursor,
            f"SELECT {schema.column_names(Positions)} FROM positions WHERE {' AND '.join(parts)}"
            f" ORDER BY {_ORDER} LIMIT ? OFFSET ?",
            [*values, limit, skip],
        )
    return from_result(Positions, found)


@dataclass(frozen=True, slots=True)
class VesselDay:
    """A day (UTC) on which a vessel was heard, with its first and last report."""

    day: np.datetime64
    mmsi: int
    first: np.datetime64
    last: np.datetime64


def days(
    database: Reads, asked: Stretch, after: tuple[np.datetime64, int] | None, limit: int
) -> list[VesselDay]:
    """Days of vessels, by day and vessel, whose reports are about a stretch.

    About it: the reports of the day span the stretch, but the way between them may go around it.

    Args:
        database: to read from.
        asked: which; its times are compared with the first and the last report of a day.
        after: the one before, day and MMSI.
        limit: so many at most.

    """
    whole = Stretch(
        None, None if asked.first is None else asked.first.astype("datetime64[D]"),
        None if asked.last is None
        else asked.last.astype("datetime64[D]") + _DAY - np.timedelta64(1, "us"), asked.mmsis,
    )  # fmt: skip
    parts, values = _tests(whole)
    having, bound = ["true"], []
    for test, time in (("max(time) >= ?", asked.first), ("min(time) <= ?", asked.last)):
        if time is not None:
            having.append(f"{test}::TIMESTAMP")
            bound.append(instant(time))
    if asked.box is not None:
        test, numbers = _about_box(asked.box)
        having.append(test)
        bound += numbers
    if after is not None:
        parts.append("time >= ?::TIMESTAMP_MS")
        values.append(instant(after[0]))
        having.append("(time::DATE > ?::DATE OR (time::DATE = ?::DATE AND mmsi > ?::UINTEGER))")
        bound += [instant(after[0]), instant(after[0]), after[1]]
    with database.cursor() as cursor:
        rows = cursor.execute(
            "SELECT time::DATE AS day, mmsi, min(time)::TIMESTAMP, max(time)::TIMESTAMP"
            f" FROM positions WHERE {' AND '.join(parts)} GROUP BY time::DATE, mmsi"
            f" HAVING {' AND '.join(having)} ORDER BY day, mmsi LIMIT ?",
            [*values, *bound, limit],
        ).fetchall()
    return [
        VesselDay(np.datetime64(day, "D"), mmsi, np.datetime64(first), np.datetime64(last))
        for day, mmsi, first, last in rows
    ]


def _tests(asked: Stretch) -> tuple[list[str], list[Any]]:
    """Conditions of time and vessel, and the values bound to them."""
    parts, values = [_PLACED], []
    if asked.first is not None:
        # The first whole millisecond that is not before.
        parts.append("time >= ?::TIMESTAMP_MS")
        ceiled = (asked.first + np.timedelta64(999, "us")).astype("datetime64[ms]")
        values.append(instant(ceiled))
    if asked.last is not None:
        parts.append("time <= ?::TIMESTAMP_MS")
        values.append(instant(asked.last.astype("datetime64[ms]")))
    if asked.mmsis:
        parts.append("list_contains(?::UINTEGER[], mmsi)")
        values.append(list(asked.mmsis))
    return parts, values


def _in_box(box: Box) -> tuple[str, list[float]]:
    lon = f"lon / {_LON.scale}.0"
    joint = "AND" if box.west <= box.east else "OR"
    test = f"({lon} >= ? {joint} {lon} <= ?)"
    if max(abs(box.west), abs(box.east)) == 180:
        test = f"({test} OR abs(lon) = {_HALF_TURN})"
    lat = f"lat / {_LAT.scale}.0 BETWEEN ? AND ?"
    return f"{test} AND {lat}", [box.west, box.east, box.south, box.north]


def _about_box(box: Box) -> tuple[str, list[float]]:
    scale = f"{_LON.scale}.0"
    joint = "AND" if box.west <= box.east else "OR"
    around = f"max(lon) - min(lon) > {_HALF_TURN}"  # over the antimeridian, or around the world
    at_180 = f"max(abs(lon)) = {_HALF_TURN}"
    lon = f"(max(lon) / {scale} >= ? {joint} min(lon) / {scale} <= ? OR {around} OR {at_180})"
    lat = f"max(lat) / {scale} >= ? AND min(lat) / {scale} <= ?"
    return f"{lon} AND {lat}", [box.west, box.east, box.south, box.north]
