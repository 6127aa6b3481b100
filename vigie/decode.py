"""`vigie decode`: every message of a recording as an object of its own, duplicates too.

The keys are the names of the column table, with `payload` and `station`; what was not sent is null.
Messages of types that are not read in columns carry what pyais makes of them under `fields`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from api.plain import rows
from ingest.batch import Batch
from ingest.columns import Array, Record, columns_of
from ingest.files import Recording
from ingest.other import decode_other
from ingest.reading import Reading
from ingest.records import Flag, Messages, Positions, Statics
from ingest.stations import Stations

FORMATS = ("ndjson", "csv", "parquet")


def _names(record: type[Record]) -> tuple[str, ...]:
    hidden = ("received", "watermark", "payload")
    return tuple(c.name for c in columns_of(record) if c.name not in hidden)


def keys() -> list[str]:
    """All keys an object may have, in order."""
    found = dict.fromkeys(["line", "time", "mmsi", "msg_type", "station"])
    for record in (Positions, Statics, Messages):
        found.update(dict.fromkeys(_names(record)))
    return [*found, "fields", "payload"]


class Decoder:
    """The messages of one recording, in order of their lines."""

    def __init__(self, recording: Recording, start: np.datetime64 | None) -> None:
        self._stations = Stations()
        self._payloads: dict[int, bytes] = {}
        self.reading = Reading(recording, self._stations, start=start, merging=True, tap=self._note)

    def _note(self, lines: Array, payloads: list[bytes], fill: Array) -> None:
        self._payloads.update(zip(lines.tolist(), payloads, strict=True))

    def messages(self) -> Iterator[dict[str, Any]]:
        """Every message as a flat object; see the module."""
        for batch in self.reading.batches():
            yield from self._objects(batch)

    def _objects(self, batch: Batch) -> list[dict[str, Any]]:
        made: dict[int, dict[str, Any]] = {}
        for record in (batch.positions, batch.statics, batch.messages):
            for row in rows(record, _names(type(record))):
                known = made.setdefault(row["line"], row)
                if known is not row:  # a position and a static: type 19 or 21, or a row of CSV
                    known["flags"] = (known["flags"] or 0) | (row["flags"] or 0)
                    made[row["line"]] = {**row, **known}
        others = dict(
            zip(
                batch.messages.line.tolist(),
                zip(batch.messages.payload, batch.messages.fill.tolist(), strict=True),
                strict=True,
            )
        )
        for line, row in made.items():
            row["mmsi"] = row["mmsi"] or 0
            row["station"] = self._stations.name(row["station"] or 0) or None
            row["flags"] = _flag_names(row["flags"] or 0)
            row["payload"] = self._payloads.pop(line, b"").decode("ascii") or None
            if line in others:
                row["fill"] = others[line][1]  # none is as good a number as any
                row["fields"] = decode_other(*others[line])
        self._payloads.clear()  # what is left was dropped
        return [made[line] for line in sorted(made)]


def _flag_names(flags: int) -> list[str]:
    return [str(f.name).lower() for f in Flag if flags & f]


def write_ndjson(messages: Iterator[dict[str, Any]], out: BinaryIO) -> int:
    """One JSON object a line; returns how many."""
    count = 0
    for message in messages:
        count += 1
        out.write(orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE))
    return count


def write_csv(messages: Iterator[dict[str, Any]], out: BinaryIO) -> int:
    """A CSV with all keys as header; lists and objects as JSON text."""
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    table = csv.DictWriter(text, keys(), restval="", lineterminator="\n")
    table.writeheader()
    count = 0
    for message in messages:
        count += 1
        table.writerow({k: _cell(v) for k, v in message.items()})
    text.detach()
    return count


def write_parquet(messages: Iterator[dict[str, Any]], out: BinaryIO) -> int:
    """A Parquet file with all keys as columns; flags and fields as JSON text."""
    schema = pa.schema([(key, _arrow_type(key)) for key in keys()])
    count = 0
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for part in _parts(messages, 50_000):
            count += len(part)
            columns: dict[str, Any] = {
                name: [_text(m.get(name)) if name in _TEXTS else m.get(name) for m in part]
                for name in schema.names
            }
            columns["time"] = np.array([t.rstrip("Z") for t in columns["time"]], "datetime64[us]")
            writer.write_table(pa.table(columns, schema=schema))
    return count


_TEXTS = ("flags", "fields")


def _text(value: Any) -> Any:
    """Lists and objects as JSON text."""
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value


def _cell(value: Any) -> Any:
    return "" if value is None else _text(value)


def _parts(messages: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for message in messages:
        part.append(message)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _arrow_type(key: str) -> pa.DataType:
    for record in (Positions, Statics, Messages):
        for column in columns_of(record):
            if column.name == key and key not in ("flags", "station"):
                kind = np.dtype(column.dtype).kind
                if kind == "M":
                    return pa.timestamp("us", tz="UTC")
                if kind in "SO":
                    return pa.string()
                return pa.float64() if kind == "f" else pa.int64()
    return pa.string()
