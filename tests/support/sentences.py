"""Sentences to order, and a reader to feed them to; for tests of any room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import xor

import numpy as np
from pyais.encode import encode_dict

from ingest.batch import Batch
from ingest.dedup import Dedup
from ingest.ledger import Ledger
from ingest.nmea import NmeaReader
from ingest.records import Copies, Messages, Positions, Statics
from ingest.stations import Stations
from ingest.survey import basis_name, survey


def checksum(text: str) -> str:
    return f"{reduce(xor, text.encode(), 0):02X}"


def make_sentence(
    payload: str, *, fill: int = 0, parts: int = 1, part: int = 1, sequence: str = "",
    channel: str = "A", talker: str = "AIVDM", tag: str = "", tail: str = "",
) -> str:  # fmt: skip
    """One sentence with a right checksum; `tag` is the inside of a TAG block."""
    body = f"{talker},{parts},{part},{sequence},{channel},{payload},{fill}"
    block = f"\\{tag}*{checksum(tag)}\\" if tag else ""
    return f"{block}!{body}*{checksum(body)}{tail}"


def make_message(fields: dict[str, object], **more: str) -> list[str]:
    """A message by pyais' encoder, as sentences; `more` as for `make_sentence`."""
    made = encode_dict(fields, talker_id="AI", radio_channel="A")
    result = []
    for line in made:
        _, parts, part, sequence, channel, payload, end = line.split(",")
        result.append(
            make_sentence(
                payload,
                fill=int(end[0]),
                parts=int(parts),
                part=int(part),
                sequence=sequence,
                channel=channel,
                **more,
            )
        )
    return result


@dataclass
class Read:
    """All that a reader made of some bytes."""

    positions: Positions
    statics: Statics
    messages: Messages
    copies: Copies
    ledger: Ledger
    basis: str
    stations: list[str]
    batches: int


def read_bytes(
    data: bytes, *, chunk: int | Sequence[int] = 262144, start: str | None = "2026-09-14T04:00:00",
    dedup: bool = True, batch_rows: int = 32768,
) -> Read:  # fmt: skip
    """Read bytes, cut into chunks of one size, or of the given sizes in turn."""
    stations = Stations()
    begin = None if start is None else np.datetime64(start)
    timing = survey([data], stations, name="test", start=begin)
    reader = NmeaReader(timing, dedup=Dedup() if dedup else None, batch_rows=batch_rows)
    sizes = [chunk] if isinstance(chunk, int) else list(chunk)
    batches: list[Batch] = []
    at = turn = 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        batch = reader.feed(data[at : at + size])
        if batch is not None:
            batches.append(batch)
        at += size
        turn += 1
    batches.append(reader.finish())
    ledger = Ledger()
    for batch in batches:
        ledger.add(batch.ledger)
    names = [stations.name(i) for i in range(len(stations.names))]
    return Read(
        Positions.concat([b.positions for b in batches]),
        Statics.concat([b.statics for b in batches]),
        Messages.concat([b.messages for b in batches]),
        Copies.concat([b.copies for b in batches]),
        ledger, basis_name(timing), names, len(batches),
    )  # fmt: skip
