"""The same recording gives the same rows, events, alerts and ids, however it is replayed."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pytest
from judged import assert_same_outcome, few_zones, judged

import replay_data
from geofence.zoneset import ZoneSet
from vigie.pace import Pace


@pytest.fixture(scope="module")
def data() -> bytes:
    """The bundled recording's first hour or so: all kinds of events, among them a distress."""
    lines = gzip.decompress(replay_data.bundled_recording().read_bytes()).splitlines(keepends=True)
    return b"".join(lines[:60_000])


@pytest.fixture(scope="module")
def zones() -> ZoneSet:
    return few_zones()


@pytest.fixture(scope="module")
def whole(data: bytes, zones: ZoneSet) -> dict[str, Any]:
    return judged(data, zones, [262_144], 32_768)


def test_the_stretch_has_something_to_find(whole: dict[str, Any]) -> None:
    kinds = {e["kind"] for e in whole["events"]}
    assert {"'zone_inside'", "'zone_exit'", "'gate_passage'", "'distress'"} <= kinds
    assert {a["rule"] for a in whole["alerts"]} >= {"'distress'"}
    assert any(int(a["revision"]) > 0 for a in whole["alerts"])


def test_chunks_of_4_kb(whole: dict[str, Any], data: bytes, zones: ZoneSet) -> None:
    assert_same_outcome(whole, judged(data, zones, [4096], 1))


def test_chunks_of_one_line(data: bytes, zones: ZoneSet) -> None:
    few = b"".join(data.splitlines(keepends=True)[:2000])
    lines = [len(line) for line in few.splitlines(keepends=True)]
    by_line = judged(few, zones, lines, 1)
    assert by_line["steps"] > 1800
    assert_same_outcome(judged(few, zones, [262_144], 32_768), by_line)


def test_chunks_of_any_size(whole: dict[str, Any], data: bytes, zones: ZoneSet) -> None:
    assert_same_outcome(whole, judged(data, zones, [1, 90_000, 333, 17, 250_001], 777))


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
