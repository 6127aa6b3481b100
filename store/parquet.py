"""Days as Parquet, for other programs: hive-partitioned, human units, written whole or not at all.

    <folder>/date=2026-11-20/positions.parquet

Degrees, knots and UTC times, null for "not sent", sorted by vessel and time, zstd. A reader sees
the old file or the new one, never half of one.
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.columns import columns_of
from ingest.errors import DatabaseError
from ingest.records import Positions
from store import schema
from store.database import Database

FILE = "positions.parquet"
_ROWS_A_BATCH = 122_880
_ROWS_A_GROUP = 1_048_576


def export_parquet(database: Database, folder: Path, day: datetime.date) -> Path:
    """Write one day's positions; an earlier export of that day is replaced.

    Args:
        database: an open database; the day need not be closed.
        folder: made where it does not exist.
        day: the UTC day.

    Returns:
        The file; it has no rows where the day has none.

    Raises:
        DatabaseError: the folder or file cannot be written.

    """
    target = folder / f"date={day.isoformat()}" / FILE
    unfinished = target.with_name(f".{FILE}.{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # A checkpoint would wait for a reader that takes its rows one batch at a time.
        with database.maintenance, database.cursor() as cursor:
            found = cursor.sql(
                f"SELECT {schema.human(Positions)} FROM positions"
                f" {schema.OF_DAYS} ORDER BY mmsi, time",
                params=[day, day],
            )
            with found.to_arrow_reader(_ROWS_A_BATCH) as batches:
                _write(batches, unfinished)
        os.replace(unfinished, target)
        _sync(target.parent)
    except OSError as error:
        raise DatabaseError(
            f"the export cannot be written ({error.strerror or error})", where=str(target),
            mend="Check that you may write there and that the disk has room",
        ) from error  # fmt: skip
    finally:
        unfinished.unlink(missing_ok=True)
    return target


def _write(batches: pa.RecordBatchReader, path: Path) -> None:
    form = _schema(batches.schema)
    with open(path, "wb") as file:
        with pq.ParquetWriter(file, form, compression="zstd") as writer:
            held: list[pa.RecordBatch] = []
            for batch in batches:
                held.append(batch)
                if sum(map(len, held)) >= _ROWS_A_GROUP:
                    writer.write_table(pa.Table.from_batches(held).cast(form))
                    held = []
            if held:
                writer.write_table(pa.Table.from_batches(held).cast(form))
        file.flush()
        os.fsync(file.fileno())


def _schema(found: pa.Schema) -> pa.Schema:
    """The query's columns with times marked as UTC, and unit and meaning for those who look."""
    about = {column.name: column for column in columns_of(Positions)}
    fields = []
    for field in found:
        kind = field.type
        if pa.types.is_timestamp(kind):
            kind = pa.timestamp(kind.unit, tz="UTC")
        column = about[field.name]
        notes = {"unit": column.unit, "meaning": column.meaning}
        fields.append(pa.field(field.name, kind, metadata=notes))
    return pa.schema(fields)


def _sync(folder: Path) -> None:
    """Make the rename last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
