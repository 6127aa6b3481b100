"""The same recording gives the same rows, events, alerts and ids, however it is replayed."""

from __future__ import annotations

import dataclasses
import gzip
from typing import Any

import numpy as np
import pytest

import replay_data
from geofence import library
from geofence.zoneset import ZoneSet
from ingest.columns import columns_of
from ingest.dedup import Dedup
from ingest.nmea import NmeaReader
from ingest.records import Copies, Messages, Positions, Statics
from ingest.stations import Stations
from ingest.survey import survey
from vigie.core import Core
from vigie.pace import Pace
from watch.rules import load_rules


@pytest.fixture(scope="module")
def data() -> bytes:
    """The bundled recording's first hour or so: all kinds of events, among them a distress."""
    lines = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines(keepends=True)
    return b"".join(lines[:60_000])


@pytest.fixture(scope="module")
def zones() -> ZoneSet:
    """The published zones, and a few ports: the index builds in no time."""
    published = library.load()
    near = [z for z in published if z.kind != "port" or z.id in NEAR]
    return ZoneSet(tuple(near))


NEAR = ("port-djjib", "port-yeade", "port-sober", "port-yehod")


def replayed(data: bytes, zones: ZoneSet, chunks: list[int], batch_rows: int) -> dict[str, Any]:
    """Everything that comes of some bytes cut so; alerts and events with their revisions."""
    stations = Stations()
    reader = NmeaReader(survey([data], stations, name="test"), dedup=Dedup(), batch_rows=batch_rows)
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
    batches = [s.batch for s in steps]
    return {
        "positions": Positions.concat([b.positions for b in batches]),
        "statics": Statics.concat([b.statics for b in batches]),
        "messages": Messages.concat([b.messages for b in batches]),
        "copies": Copies.concat([b.copies for b in batches]),
        "events": [_plain(e) for s in steps for e in s.events],
        "alerts": [_plain(a) for s in steps for a in s.alerts],
        "ledger": core.ledger.as_dict(),
        "stations": stations.names,
        "steps": len(steps),
    }


def _plain(item: Any) -> dict[str, Any]:
    return {k: repr(v) for k, v in dataclasses.asdict(item).items()}


def assert_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    for name in ("positions", "statics", "messages", "copies"):
        for column in columns_of(type(one[name])):
            a, b = getattr(one[name], column.name), getattr(other[name], column.name)
            assert np.array_equal(a, b, equal_nan=a.dtype.kind in "fM"), (name, column.name)
    for name in ("events", "alerts", "ledger", "stations"):
        assert one[name] == other[name], name


@pytest.fixture(scope="module")
def whole(data: bytes, zones: ZoneSet) -> dict[str, Any]:
    return replayed(data, zones, [262_144], 32_768)


def test_the_stretch_has_something_to_find(whole: dict[str, Any]) -> None:
    kinds = {e["kind"] for e in whole["events"]}
    assert {"'zone_inside'", "'zone_exit'", "'gate_passage'", "'distress'"} <= kinds
    assert {a["rule"] for a in whole["alerts"]} >= {"'distress'"}
    assert any(int(a["revision"]) > 0 for a in whole["alerts"])


def test_chunks_of_4_kb(whole: dict[str, Any], data: bytes, zones: ZoneSet) -> None:
    assert_same(whole, replayed(data, zones, [4096], 1))


def test_chunks_of_one_line(data: bytes, zones: ZoneSet) -> None:
    few = b"".join(data.splitlines(keepends=True)[:2000])
    lines = [len(line) for line in few.splitlines(keepends=True)]
    by_line = replayed(few, zones, lines, 1)
    assert by_line["steps"] > 1800
    assert_same(replayed(few, zones, [262_144], 32_768), by_line)


def test_chunks_of_any_size(whole: dict[str, Any], data: bytes, zones: ZoneSet) -> None:
    assert_same(whole, replayed(data, zones, [1, 90_000, 333, 17, 250_001], 777))


class Clock:
    """A clock that goes on only when somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 1000.0, 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


def test_a_pace_takes_as_long_as_event_time_says() -> None:
    clock = Clock()
    pace = Pace(10, monotonic=clock.monotonic, sleep=clock.sleep)
    begun = np.datetime64("2026-09-14T04:00:00")
    for minute in (0, 1, 1, 30):
        pace.wait(begun + np.timedelta64(minute, "m"))
    assert clock.slept == pytest.approx(180.0)
