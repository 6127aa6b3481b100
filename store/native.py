"""Columns between numpy, Arrow and DuckDB, in the database's own form.

Records arrive, Arrow tables leave; results of queries arrive, records leave. The form of every
column (type, scale, stored absent value) comes from its declaration in `ingest.records`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from ingest.columns import Array, Column, Record, columns_of

R = TypeVar("R", bound=Record)

_SQL = {
    "uint8": "UTINYINT", "uint16": "USMALLINT", "uint32": "UINTEGER", "int16": "SMALLINT",
    "int32": "INTEGER", "int64": "BIGINT", "float32": "FLOAT", "float64": "DOUBLE",
    "datetime64[us]": "TIMESTAMP", "datetime64[ms]": "TIMESTAMP_MS",
}  # fmt: skip


def is_text(column: Column) -> bool:
    """Whether a column holds bytes, which are stored as text."""
    return np.dtype(column.dtype).kind in "SO"


def sql_type(column: Column) -> str:
    """DuckDB's type for a column as it is stored."""
    return "VARCHAR" if is_text(column) else _SQL[column.native]


def stored(record: type[Record]) -> tuple[Column, ...]:
    """The columns of a record class that are stored, in the order declared."""
    return tuple(column for column in columns_of(record) if column.stored)


def to_native(record: Record) -> dict[str, Array]:
    """The stored columns of a record as the database keeps them; bytes stay bytes."""
    return {c.name: c.to_native(getattr(record, c.name)) for c in stored(type(record))}


def to_arrow(columns: Mapping[str, Array]) -> pa.Table:
    """Columns of numpy arrays as an Arrow table; NaT becomes null, bytes become text."""
    return pa.table({name: _arrow(values) for name, values in columns.items()})


def from_result(record: type[R], result: Mapping[str, Array]) -> R:
    """Rows read from the database, by column name, as a record; columns not read are absent."""
    rows = len(next(iter(result.values())))
    given = {
        c.name: _from_stored(c, result[c.name]) for c in columns_of(record) if c.name in result
    }
    return record.absent(rows, **given)


def text_array(values: Sequence[bytes] | Array) -> pa.Array:
    """Bytes as Arrow text. A byte that is not UTF-8, which only CSV can bring, is escaped."""
    made = pa.array(values, pa.binary()) if not isinstance(values, np.ndarray) else pa.array(values)
    if pa.types.is_string(made.type):
        return made
    try:
        return made.cast(pa.string())
    except pa.ArrowInvalid:
        texts = [None if v is None else v.decode("utf-8", "backslashreplace") for v in values]
        return pa.array(texts, pa.string())


def _arrow(values: Array) -> pa.Array:
    if values.dtype.kind in "SO":
        return text_array(values)
    return pa.array(values)


def _from_stored(column: Column, values: Array) -> Array:
    absent: Any = column.native_absent
    if isinstance(values, np.ma.MaskedArray):
        if is_text(column):
            absent = ""
        elif np.dtype(column.native).kind == "M":
            absent = np.datetime64("NaT")
        values = values.filled(absent)
    if is_text(column):
        encoded = [value.encode() for value in values.tolist()]
        return np.array(encoded, dtype=column.dtype) if encoded else np.empty(0, column.dtype)
    return column.from_native(values.astype(column.native, copy=False))
