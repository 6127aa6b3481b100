"""The registry of vessels in the database: one row an MMSI, kept within each commit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb
import numpy as np
import pyarrow as pa

from ingest.columns import Array, columns_of
from ingest.records import Statics
from store.identity import fold
from store.levels import order_of
from store.native import from_result, to_arrow, to_native
from store.repeats import Repeats
from store.schema import IDENTITY
from store.sightings import sightings
from store.sql import columns, incoming

# Vessels brought up to date by one statement: a row group. What a statement changes is in memory
# until it is done, and when somebody invents MMSIs by the hundred thousand that is more than DuckDB
# is given: one statement for all of 600,000 takes 20 s at 150 MB, and fails at 80.
AT_ONCE = 30_720

_KEPT = ("time", *IDENTITY)
_FIELDS = ", ".join(_KEPT)


def _blank() -> str:
    """SQL of an identity of which nothing is known yet."""
    stored = {column.name: column for column in columns_of(Statics)}
    values = ["NULL"]
    for name in IDENTITY:
        column = stored[name]
        values.append("''" if np.dtype(column.dtype).kind == "S" else str(column.native_absent))
    return ", ".join(values)


_SEEN = f"""
MERGE INTO vessels USING incoming ON vessels.mmsi = incoming.mmsi
WHEN MATCHED THEN UPDATE SET
    first_seen = least(vessels.first_seen, incoming.first_seen),
    last_seen = greatest(vessels.last_seen, incoming.last_seen),
    time = greatest(vessels.time, incoming.told)
WHEN NOT MATCHED THEN INSERT (mmsi, first_seen, last_seen, {_FIELDS})
    VALUES (incoming.mmsi, incoming.first_seen, incoming.last_seen, {_blank()})
"""


def update(
    cursor: duckdb.DuckDBPyConnection,
    rows: Sequence[Mapping[str, Array]],
    statics: Sequence[Statics],
    repeats: Repeats,
) -> None:
    """Bring the table `vessels` up to what a commit says.

    Args:
        cursor: in the transaction of that commit.
        rows: the tables that show who was heard, each sorted by vessel.
        statics: the static reports, in line order.
        repeats: what this database was told before; of no use any more if the commit fails.

    """
    mmsi, first, last = sightings(rows)
    if not len(mmsi):
        return
    reports = Statics.concat(list(statics)) if statics else Statics.empty()
    again = repeats(reports)
    told = _newest(mmsi, reports.take(again))
    seen = pa.table({"mmsi": mmsi, "first_seen": first, "last_seen": last, "told": told})
    for start in range(0, len(seen), AT_ONCE):
        with incoming(cursor, seen.slice(start, AT_ONCE)):
            cursor.execute(_SEEN)
    for part in _by_vessels(reports.take(~again)):
        _fold_in(cursor, part)


def _newest(mmsi: Array, reports: Statics) -> Array:
    """Time of the newest of these reports of each vessel, NaT where there is none."""
    reports = reports.take(~np.isnat(reports.time))
    time = to_native(reports)["time"]
    newest = np.full(len(mmsi), np.iinfo(np.int64).min)
    np.maximum.at(newest, np.searchsorted(mmsi, reports.mmsi), time.view(np.int64))
    return newest.view(time.dtype)


def _by_vessels(reports: Statics) -> Iterator[Statics]:
    """The reports in parts, each with all those of at most `AT_ONCE` vessels, in their order."""
    if len(reports) <= AT_ONCE:
        if len(reports):
            yield reports
        return
    order = order_of(reports.mmsi)
    mmsi = reports.mmsi[order]
    begins = np.flatnonzero(np.concatenate([[True], mmsi[1:] != mmsi[:-1]]))[::AT_ONCE]
    for rows in np.split(order, begins[1:]):
        yield reports.take(rows)


def _fold_in(cursor: duckdb.DuckDBPyConnection, reports: Statics) -> None:
    mmsi, rows = np.unique(reports.mmsi, return_inverse=True)
    known = _read(cursor, mmsi)
    before = {name: known[name].copy() for name in _KEPT}
    fold(known, reports, rows)
    told = np.logical_or.reduce([_differ(before[name], known[name]) for name in IDENTITY])
    native = to_native(Statics.absent(len(mmsi), mmsi=mmsi, **known))
    _put(cursor, native, told, _KEPT)
    # Nearly every report says what was said before, and each column written costs DuckDB as much
    # again: all of them seven times what the time alone does.
    _put(cursor, native, _differ(before["time"], known["time"]) & ~told, ("time",))


def _put(
    cursor: duckdb.DuckDBPyConnection,
    native: Mapping[str, Array],
    which: Array,
    names: Sequence[str],
) -> None:
    """Write these columns of some vessels; `which` bool, by row of `native`."""
    if not which.any():
        return
    with incoming(cursor, to_arrow({name: native[name][which] for name in ("mmsi", *names)})):
        cursor.execute(
            f"UPDATE vessels SET {', '.join(f'{name} = incoming.{name}' for name in names)}"
            " FROM incoming WHERE vessels.mmsi = incoming.mmsi"
        )


def _read(cursor: duckdb.DuckDBPyConnection, mmsi: Array) -> dict[str, Array]:
    """What is known of these vessels (uint32, ascending), as arrays that may be written to."""
    with incoming(cursor, pa.table({"mmsi": mmsi})):
        found = from_result(
            Statics,
            columns(cursor, f"SELECT mmsi, {_FIELDS} FROM vessels SEMI JOIN incoming USING (mmsi)"),
        )
    known = Statics.absent(len(mmsi))
    at = np.searchsorted(mmsi, found.mmsi)
    arrays = {name: getattr(known, name) for name in _KEPT}
    for name, values in arrays.items():
        values[at] = getattr(found, name)
    return arrays


def _differ(before: Array, after: Array) -> Array:
    if before.dtype.kind in "fM":  # NaN and NaT differ from themselves
        kind = {4: np.int32, 8: np.int64}[before.dtype.itemsize]
        return before.view(kind) != after.view(kind)
    return before != after
