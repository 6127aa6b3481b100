"""Columns as one binary frame, for what a map draws: a tenth of the size of JSON, no parsing.

    uint32 little endian: length of the header in bytes
    header: JSON {…, "rows": n, "columns": [{"name", "type", "scale", "absent"}, …]}, padded with
        blanks so that the columns begin at a multiple of 8
    each column in that order: rows × type, little endian, zero padded to a multiple of 8 bytes

A value is the number divided by `scale`; the number `absent` stands for "not sent". Types are
those of JavaScript's typed arrays: uint8, uint16, uint32, int16, int32, float32, float64.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from ingest.columns import Array, Column

MEDIA_TYPE = "application/octet-stream"


def native(column: Column, values: Array) -> tuple[Array, dict[str, Any]]:
    """A column of a record as it travels: its stored integers, with what a reader must know."""
    return column.to_native(values), {"scale": column.scale, "absent": column.native_absent}


def frame(
    header: Mapping[str, Any], columns: Mapping[str, tuple[Array, Mapping[str, Any]]]
) -> bytes:
    """One frame of a header and columns, each an array with its `scale` and `absent`, if any."""
    rows = len(next(iter(columns.values()))[0]) if columns else 0
    described = [
        {"name": name, "type": values.dtype.name, **notes}
        for name, (values, notes) in columns.items()
    ]
    head = orjson.dumps({**header, "rows": rows, "columns": described})
    head += b" " * (-(len(head) + 4) % 8)
    parts = [np.uint32(len(head)).astype("<u4").tobytes(), head]
    for values, _ in columns.values():
        raw = np.ascontiguousarray(values, values.dtype.newbyteorder("<")).tobytes()
        parts.append(raw + bytes(-len(raw) % 8))
    return b"".join(parts)
