"""Schema versions: a new database is made at the newest, an older one is brought forward."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from ingest.errors import DatabaseError
from store import schema
from store.sql import number, transaction

# Version → the statements that make the next version of it. One entry is added whenever
# `schema.VERSION` rises; none is ever taken away.
STEPS: Mapping[int, Sequence[str]] = {1: schema.second()}


def prepare(
    cursor: duckdb.DuckDBPyConnection,
    where: str,
    *,
    version: int = schema.VERSION,
    steps: Mapping[int, Sequence[str]] = STEPS,
    read_only: bool = False,
) -> None:
    """Make the tables of a new database, or bring an older one up to `version`.

    All of it in one transaction: a database is of one version or of another, never in between.

    Raises:
        DatabaseError: the file holds something else, or a newer version than this program knows.

    """
    tables = {name for (name,) in cursor.execute(_TABLES).fetchall()}
    if not tables and not read_only:
        _run(cursor, schema.statements())
        return
    if "meta" not in tables:
        raise DatabaseError(
            "this is a DuckDB database, but not one of Vigie's" if tables else "it is empty",
            where=where, mend="Name another file",
        )  # fmt: skip
    found = number(cursor, f"SELECT value FROM meta{_OF_VERSION}")
    if found > version:
        raise DatabaseError(
            f"it was written by a newer Vigie (schema {found}; this one knows {version})",
            where=where, mend="Update Vigie, or name another database",
        )  # fmt: skip
    if found < version and read_only:
        raise DatabaseError(
            f"it is of an older form (schema {found}; this Vigie writes {version})",
            where=where, mend="Open it once for writing, with any command that writes",
        )  # fmt: skip
    for step in range(found, version):
        _run(cursor, [*steps[step], f"UPDATE meta SET value = '{step + 1}'{_OF_VERSION}"])


_OF_VERSION = " WHERE key = 'schema_version'"
_TABLES = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"


def _run(cursor: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    with transaction(cursor):
        for statement in statements:
            cursor.execute(statement)
