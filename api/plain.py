"""Columns as plain JSON values, and the schemas that say so, both read from the column table."""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np
from pydantic import BaseModel, Field, create_model

from ingest.columns import Array, Column, Record, columns_of
from ingest.words import iso_time, safe_text


def plain(column: Column, values: Array) -> list[Any]:
    """Values of a column as JSON knows them: None for "not sent", times as RFC 3339.

    Floats are rounded to what the message could say: a longitude to 1e-7°, a speed to 0.1 kn.
    """
    kind = np.dtype(column.dtype).kind
    if kind == "M":
        return [iso_time(value) or None for value in values]
    if kind in "SO":
        return [safe_text(value) or None for value in values.tolist()]
    if kind == "f":
        digits = math.ceil(math.log10(column.scale)) + (column.scale > 10)
        return [None if value != value else round(value, digits) for value in values.tolist()]
    return [None if value == column.absent else value for value in values.tolist()]


def rows(record: Record, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Each row of a record as a JSON object of the columns named."""
    table = {column.name: column for column in columns_of(type(record))}
    columns = [plain(table[name], getattr(record, name)) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def model_of(
    name: str, meaning: str, record: type[Record], names: tuple[str, ...], **more: Any
) -> type[BaseModel]:
    """A schema with the columns named, as `rows` gives them; `more` are further fields.

    MMSI and time are always there; every other column may be null.
    """
    table = {column.name: column for column in columns_of(record)}
    fields: dict[str, Any] = {
        column: (_type(table[column]), Field(description=describe(table[column])))
        for column in names
    }
    made: type[BaseModel] = create_model(name, __doc__=meaning, **fields, **more)
    return made


def describe(column: Column) -> str:
    """A column's meaning and unit in words."""
    return f"{column.meaning} ({column.unit})" if column.unit else column.meaning


def _type(column: Column) -> Any:
    kinds = {"M": datetime.datetime, "S": str, "O": str, "f": float}
    plain_type: Any = kinds.get(np.dtype(column.dtype).kind, int)
    return plain_type if column.name in ("time", "mmsi") else plain_type | None
