"""Bytes taken the whole way, decoded, judged and told, in one process and cut as one likes."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from records import assert_same

from geofence import library
from geofence.zoneset import ZoneSet
from ingest.dedup import Dedup
from ingest.nmea import NmeaReader
from ingest.records import Copies, Messages, Positions, Statics
from ingest.stations import Stations
from ingest.survey import survey
from vigie.core import Core
from watch.rules import load_rules

RECORDS: dict[str, Any] = {
    "positions": Positions,
    "statics": Statics,
    "messages": Messages,
    "copies": Copies,
}
NEAR = ("port-djjib", "port-yeade", "port-sober", "port-yehod")


def few_zones() -> ZoneSet:
    """The published zones, and a few ports: the index builds in no time."""
    published = library.load()
    return ZoneSet(tuple(z for z in published if z.kind != "port" or z.id in NEAR))


def judged(
    data: bytes,
    zones: ZoneSet,
    chunks: Sequence[int],
    batch_rows: int,
    start: np.datetime64 | None = None,
) -> dict[str, Any]:
    """Everything that comes of some bytes cut so; alerts and events with their revisions."""
    stations = Stations()
    timing = survey([data], stations, name="test", start=start)
    reader = NmeaReader(timing, dedup=Dedup(), batch_rows=batch_rows)
    core = Core(zones, load_rules(None))
    steps = []
    at = turn = 0
    while at < len(data):
        size = chunks[turn % len(chunks)]
        batch = reader.feed(data[at : at + size])
        if batch is not None:
            steps.append(core.step(batch))
        at, turn = at + size, turn + 1
    steps.append(core.step(reader.finish()))
    return {
        **{
            name: record.concat([getattr(s.batch, name) for s in steps])
            for name, record in RECORDS.items()
        },
        "events": [_plain(e) for s in steps for e in s.events],
        "alerts": [_plain(a) for s in steps for a in s.alerts],
        "ledger": core.ledger.as_dict(),
        "balanced": core.ledger.balanced,
        "stations": stations.names,
        "steps": len(steps),
    }


def _plain(item: Any) -> dict[str, Any]:
    return {k: repr(v) for k, v in dataclasses.asdict(item).items()}


def assert_same_outcome(one: dict[str, Any], other: dict[str, Any]) -> None:
    """Whether the same came of both; what differs is named."""
    for name in RECORDS:
        assert_same(one[name], other[name])
    for name in ("events", "alerts", "ledger", "stations"):
        assert one[name] == other[name], name
