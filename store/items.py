"""Events and alerts between their dataclasses, their tables and plain values."""

from __future__ import annotations

import dataclasses
import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from detect.events import Event
from ingest.control import Control
from ingest.words import iso_time
from store.schema import ALERTS, ENTRIES, EVENTS
from watch.alert import NEVER, Alert
from watch.log import Entry

_ARROW = {
    "VARCHAR": pa.string(), "UINTEGER": pa.uint32(), "INTEGER": pa.int32(), "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "TIMESTAMP": pa.timestamp("us"),
    "UINTEGER[]": pa.list_(pa.uint32()), "VARCHAR[]": pa.list_(pa.string()),
}  # fmt: skip

_HIDDEN = ("line", "run")
"""Of use inside a run only; not part of what is shown."""


BLANKS = frozenset((
    "owner", "acknowledged_by", "disposition", "changed_by", "role", "address", "text", "recipient",
))  # fmt: skip
"""Texts of alerts and of their log that are shown as null where there is none."""


def shown(columns: Mapping[str, str]) -> list[str]:
    """The columns that people are shown, in order."""
    return [name for name in columns if name not in _HIDDEN]


_TABLES = {Event: EVENTS, Alert: ALERTS, Entry: ENTRIES}


def to_table(items: Sequence[Event] | Sequence[Alert] | Sequence[Entry], run: int) -> pa.Table:
    """Events, alerts, or entries of their log, as rows of their table; at least one."""
    columns = _TABLES[type(items[0])]
    return pa.table({
        name: pa.array([_value(item, name, run) for item in items], _ARROW[kind])
        for name, kind in columns.items()
    })  # fmt: skip


def _value(item: Event | Alert | Entry, name: str, run: int) -> Any:
    if name == "run":
        return run
    value = getattr(item, name)
    if name == "evidence":
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    if isinstance(value, np.datetime64):
        return value.astype("datetime64[us]").item()
    if isinstance(value, float) and math.isnan(value):
        return None
    return list(value) if isinstance(value, tuple) else value


def controls_table(controls: Sequence[Control], run: int) -> pa.Table:
    """Changes as rows of their table."""
    return pa.table({
        "run": pa.array([run] * len(controls), pa.int32()),
        "line": pa.array([control.line for control in controls], pa.int64()),
        "time": pa.array([control.time for control in controls], pa.timestamp("us")),
        "kind": pa.array([control.kind for control in controls]),
        "body": pa.array([orjson.dumps(control.body).decode() for control in controls]),
    })  # fmt: skip


def to_dict(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row as plain JSON values: times as RFC 3339, unknown places as None."""
    made: dict[str, Any] = {
        name: None if value == "" and name in BLANKS else plain(value)
        for name, value in zip(columns, row, strict=True)
    }
    if "evidence" in made:
        made["evidence"] = orjson.loads(made["evidence"])
    return made


def to_alert(told: Mapping[str, Any]) -> Alert:
    """The alert of `to_dict`; its line is not known."""
    made: dict[str, Any] = {}
    for field in dataclasses.fields(Alert):
        value = told.get(field.name)
        if ALERTS[field.name] == "TIMESTAMP":
            value = NEVER if value is None else np.datetime64(value.removesuffix("Z"), "us")
        elif value is None and field.name in BLANKS:
            value = ""
        elif value is None and ALERTS[field.name] == "DOUBLE":
            value = math.nan
        made[field.name] = tuple(value) if isinstance(value, list) else value
    return Alert(**made | {"line": -1})


def plain(value: Any) -> Any:
    """A value from the database as JSON knows it: a time as RFC 3339 in UTC."""
    if isinstance(value, datetime.datetime):
        return iso_time(np.datetime64(value, "us"))
    return value


def newest(items: Sequence[Any]) -> list[Any]:
    """The highest revision of each id; of equal ones the later."""
    found: dict[str, Any] = {}
    for item in items:
        if item.id not in found or item.revision >= found[item.id].revision:
            found[item.id] = item
    return list(found.values())


def every(items: Sequence[Alert]) -> list[Alert]:
    """Every revision once, in order."""
    return list({(item.id, item.revision): item for item in items}.values())
