"""Small helpers around a DuckDB connection: transactions, Arrow tables in, columns out."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from ingest.columns import Array


@contextlib.contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of what is done inside, or none of it."""
    cursor.execute("BEGIN")
    try:
        yield
        cursor.execute("COMMIT")
    except BaseException:
        # After a fault of the disk there is nothing left to roll back.
        with contextlib.suppress(duckdb.Error):
            cursor.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def incoming(cursor: duckdb.DuckDBPyConnection, rows: pa.Table) -> Iterator[None]:
    """Rows that statements inside can read as the table `incoming`."""
    cursor.register("incoming", rows)
    try:
        yield
    finally:
        with contextlib.suppress(duckdb.Error):
            cursor.unregister("incoming")


def insert(cursor: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Append rows that have the table's columns, in its order."""
    with incoming(cursor, rows):
        cursor.execute(f"INSERT INTO {table} SELECT * FROM incoming")


def columns(
    cursor: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()
) -> Mapping[str, Array]:
    """The columns of a query's result as numpy arrays, masked where there are NULLs."""
    return cursor.execute(query, list(values)).fetchnumpy()


def one(
    cursor: duckdb.DuckDBPyConnection, query: str, values: Sequence[Any] = ()
) -> tuple[Any, ...] | None:
    """The first row of a short result, or None.

    The result is read to its end. `fetchone` would leave it, and with it a transaction, open: a
    checkpoint would then wait for ever.
    """
    rows = cursor.execute(query, list(values)).fetchall()
    return rows[0] if rows else None


def number(cursor: duckdb.DuckDBPyConnection, statement: str, values: Sequence[Any] = ()) -> int:
    """The one number a query answers, or how many rows a statement has written."""
    row = one(cursor, statement, values)
    return int(row[0]) if row else 0


def instant(time: np.datetime64 | None) -> Any:
    """A time as a bound parameter; None stays None."""
    return None if time is None else time.astype("datetime64[us]").item()
