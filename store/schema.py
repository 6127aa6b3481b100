"""The tables, made from the column tables, and how an older database is brought up to date.

Positions lie in four tables of one form, from newest to oldest; `docs/storage.md` says why. The
view `positions` joins them, in AIS's own integers; the view `fixes` shows them in degrees and
knots, with NULL for "not sent".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest.columns import Column, Record
from ingest.records import Copies, Messages, Positions, Statics
from store.native import is_text, sql_type, stored

VERSION = 2

FRESH, SHORT, LONG, DAYS = LEVELS = (
    "positions_fresh", "positions_short", "positions_long", "positions_days",
)  # fmt: skip
"""As committed; short sorted runs; long sorted runs; closed days, sorted as a whole."""

OF_DAYS = "WHERE time >= ?::DATE::TIMESTAMP_MS AND time < (?::DATE + 1)::TIMESTAMP_MS"
"""Rows of the days from one to another, both included."""

IDENTITY = (
    "imo", "callsign", "name", "ship_type", "aid_type", "to_bow", "to_stern", "to_port",
    "to_starboard", "epfd", "draught", "destination", "eta_month", "eta_day", "eta_hour",
    "eta_minute", "mothership", "vendor",
)  # fmt: skip
"""Columns of Statics that say who a vessel is; the rest say how the report came."""

WHO = ("imo", "callsign", "name", "ship_type", "to_bow", "to_stern", "to_port", "to_starboard")
"""Those of them that say which vessel it is; the others change with every voyage."""

# In rows sorted by vessel these hardly change from one row to the next.
_RUNS_OF_EQUALS = ("mmsi", "msg_type", "status", "altitude")

# What a number says even when it is zero is never shown as NULL.
_NEVER_NULL = ("time", "mmsi", "msg_type", "flags")

EVENTS = {
    "id": "VARCHAR", "kind": "VARCHAR", "mmsi": "UINTEGER", "time": "TIMESTAMP", "lon": "DOUBLE",
    "lat": "DOUBLE", "zone": "VARCHAR", "episode": "TIMESTAMP", "line": "BIGINT",
    "subjects": "UINTEGER[]", "evidence": "VARCHAR", "revision": "INTEGER", "withdrawn": "BOOLEAN",
    "run": "INTEGER",
}  # fmt: skip
ALERTS = {
    "id": "VARCHAR", "rule": "VARCHAR", "priority": "VARCHAR", "state": "VARCHAR",
    "kind": "VARCHAR", "mmsi": "UINTEGER", "subjects": "UINTEGER[]", "zone": "VARCHAR",
    "time": "TIMESTAMP", "updated": "TIMESTAMP", "lon": "DOUBLE", "lat": "DOUBLE",
    "title": "VARCHAR", "instruction": "VARCHAR", "events": "VARCHAR[]", "evidence": "VARCHAR",
    "line": "BIGINT", "revision": "INTEGER", "exercise": "BOOLEAN", "run": "INTEGER",
    "owner": "VARCHAR", "acknowledged_by": "VARCHAR", "acknowledged_until": "TIMESTAMP",
    "silenced_until": "TIMESTAMP", "escalated": "INTEGER", "disposition": "VARCHAR",
    "comments": "INTEGER", "changed_by": "VARCHAR", "changed": "TIMESTAMP",
}  # fmt: skip
ENTRIES = {
    "alert": "VARCHAR", "revision": "INTEGER", "acted": "TIMESTAMP", "time": "TIMESTAMP",
    "actor": "VARCHAR", "role": "VARCHAR", "address": "VARCHAR", "action": "VARCHAR",
    "text": "VARCHAR", "recipient": "VARCHAR", "disposition": "VARCHAR", "until": "TIMESTAMP",
    "state": "VARCHAR", "line": "BIGINT", "run": "INTEGER",
}  # fmt: skip
CONTROLS = {
    "run": "INTEGER", "line": "BIGINT", "time": "TIMESTAMP", "kind": "VARCHAR", "body": "VARCHAR",
}  # fmt: skip

_OTHERS: dict[str, dict[str, str]] = {
    "meta": {"key": "VARCHAR", "value": "VARCHAR"},
    "events": EVENTS,
    "alerts": ALERTS,
    "alert_log": ALERTS,
    "alert_actions": ENTRIES,
    "controls": CONTROLS,
    "stations": {"number": "USMALLINT", "name": "VARCHAR", "raw": "BLOB"},
    "zones": {
        "version": "VARCHAR", "id": "VARCHAR", "name": "VARCHAR", "kind": "VARCHAR",
        "risk": "VARCHAR", "geojson": "VARCHAR",
    },
    "runs": {
        "run": "INTEGER", "begun": "TIMESTAMP", "finished": "TIMESTAMP", "settings": "VARCHAR",
        "committed_line": "BIGINT", "commits": "BIGINT", "complete": "BOOLEAN", "ledger": "VARCHAR",
    },
    "run_sources": {
        "run": "INTEGER", "place": "INTEGER", "name": "VARCHAR", "head_bytes": "BIGINT",
        "head_hash": "VARCHAR",
    },
    "days": {"day": "DATE", "rows": "BIGINT", "closed": "TIMESTAMP"},
}  # fmt: skip


def column_names(record: type[Record]) -> str:
    """The stored columns of a record class, as a list for SQL."""
    return ", ".join(column.name for column in stored(record))


def statements() -> list[str]:
    """Everything that makes an empty database of this version."""
    tables = [_table(FRESH, stored(Positions))]
    tables += [_table(level, stored(Positions), packed=True) for level in LEVELS[1:]]
    tables += [
        _table(name, stored(record))
        for name, record in (("statics", Statics), ("messages", Messages), ("copies", Copies))
    ]
    tables.append(_plain_table("vessels", _vessel_columns()))
    tables += [_plain_table(name, _texts_packed(columns)) for name, columns in _OTHERS.items()]
    return [*tables, *_views(), f"INSERT INTO meta VALUES ('schema_version', '{VERSION}')"]


def _vessel_columns() -> dict[str, str]:
    statics = {column.name: column for column in stored(Statics)}
    return {
        "mmsi": "UINTEGER", "first_seen": "TIMESTAMP", "last_seen": "TIMESTAMP",
        "time": "TIMESTAMP", **{name: sql_type(statics[name]) for name in IDENTITY},
    }  # fmt: skip


def _compression(column: Column) -> str:
    """How a column of sorted rows is packed: named, so that nothing else is tried for each group.

    Naming it saves a sixth of the processor time of an insert and gives the same size.
    """
    return "RLE" if column.name in _RUNS_OF_EQUALS else "BITPACKING"


def _table(name: str, columns: Sequence[Column], *, packed: bool = False) -> str:
    parts = [
        f"{c.name} {sql_type(c)}" + (f" USING COMPRESSION {_compression(c)}" if packed else "")
        for c in columns
    ]
    return f"CREATE TABLE {name} ({', '.join(parts)})"


# Long texts, and those that no two rows share. Left to choose, DuckDB tries its dictionaries on
# them each time it writes a row group anew, and a checkpoint takes half as long again.
_PACKED = ("id", "evidence")


def _texts_packed(columns: Mapping[str, str]) -> dict[str, str]:
    """The columns of events and alerts, with how their texts are packed."""
    if "evidence" not in columns:
        return dict(columns)
    return {n: f"{k} USING COMPRESSION ZSTD" if n in _PACKED else k for n, k in columns.items()}


HANDLED = {
    "owner": "''", "acknowledged_by": "''", "acknowledged_until": "NULL", "silenced_until": "NULL",
    "escalated": "0", "disposition": "''", "comments": "0", "changed_by": "''", "changed": "NULL",
}  # fmt: skip
"""Columns of alerts that version 2 added, and what they hold of older alerts."""


def second() -> list[str]:
    """What makes version 2 of version 1: what people do about alerts."""
    added = [
        f"ALTER TABLE {table} ADD COLUMN {name} {ALERTS[name]} DEFAULT {value}"
        for table in ("alerts", "alert_log")
        for name, value in HANDLED.items()
    ]
    return [*added, *(_plain_table(n, _OTHERS[n]) for n in ("alert_actions", "controls"))]


def _plain_table(name: str, columns: Mapping[str, str]) -> str:
    return f"CREATE TABLE {name} ({', '.join(f'{c} {kind}' for c, kind in columns.items())})"


def _views() -> list[str]:
    names = column_names(Positions)
    union = " UNION ALL ".join(f"SELECT {names} FROM {level}" for level in LEVELS)
    return [
        f"CREATE VIEW positions AS {union}",
        f"CREATE VIEW fixes AS SELECT {human(Positions)} FROM positions",
        f"CREATE VIEW identities AS SELECT {human(Statics)} FROM statics",
        # One row a count, for people; the program reads the text itself.
        "CREATE VIEW ledger AS SELECT run, key AS entry, value::BIGINT AS count FROM runs,"
        " json_each(ledger) WHERE json_type(value) <> 'OBJECT' UNION ALL"
        " SELECT run, e.key || ':' || r.key, r.value::BIGINT FROM runs, json_each(ledger) e,"
        " json_each(e.value) r WHERE json_type(e.value) = 'OBJECT'",
    ]


def human(record: type[Record], names: Sequence[str] | None = None) -> str:
    """SQL of a record's stored columns in the units of memory, NULL for "not sent".

    Args:
        record: the record class.
        names: which columns; None for all.

    """
    chosen = [c for c in stored(record) if names is None or c.name in names]
    return ", ".join(f"{_human(column)} AS {column.name}" for column in chosen)


def _human(column: Column) -> str:
    if column.name in _NEVER_NULL or sql_type(column).startswith("TIMESTAMP"):
        return column.name
    absent = "''" if is_text(column) else column.native_absent
    value = f"NULLIF({column.name}, {absent})"
    if column.native == column.dtype:
        return value
    kind = "FLOAT" if column.dtype == "float32" else "DOUBLE"
    return f"({value} / {float(column.scale)})::{kind}"
