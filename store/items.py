"""Events and alerts between their dataclasses, their tables and plain values."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from detect.events import Event
from ingest.words import iso_time
from store.schema import ALERTS, EVENTS
from watch.alert import Alert

_ARROW = {
    "VARCHAR": pa.string(), "UINTEGER": pa.uint32(), "INTEGER": pa.int32(), "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "TIMESTAMP": pa.timestamp("us"),
    "UINTEGER[]": pa.list_(pa.uint32()), "VARCHAR[]": pa.list_(pa.string()),
}  # fmt: skip

_HIDDEN = ("line", "run")
"""Of use inside a run only; not part of what is shown."""


def shown(columns: Mapping[str, str]) -> list[str]:
    """The columns that people are shown, in order."""
    return [name for name in columns if name not in _HIDDEN]


def to_table(items: Sequence[Event] | Sequence[Alert], run: int) -> pa.Table:
    """Events, or alerts, as rows of their table; at least one."""
    columns = EVENTS if isinstance(items[0], Event) else ALERTS
    return pa.table({
        name: pa.array([_value(item, name, run) for item in items], _ARROW[kind])
        for name, kind in columns.items()
    })  # fmt: skip


def _value(item: Event | Alert, name: str, run: int) -> Any:
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


def to_dict(columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """A row as plain JSON values: times as RFC 3339, unknown places as None."""
    made = {name: plain(value) for name, value in zip(columns, row, strict=True)}
    made["evidence"] = orjson.loads(made["evidence"])
    return made


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
