"""Rows to store, made by hand: `Making` counts the lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from detect.events import Event, event_id
from ingest.ledger import Ledger
from ingest.records import Copies, Messages, Positions, Statics
from store.commit import Commit
from store.database import Database
from store.runs import SourceId, begin_run
from watch.alert import Alert

NOON = np.datetime64("2026-11-20T12:00:00", "us")
SECOND = np.timedelta64(1, "s")


class Making:
    """Makes records, one line a row, line numbers running on."""

    def __init__(self) -> None:
        self.line = 0
        self._random = np.random.default_rng(11)

    def _lines(self, rows: int) -> np.ndarray:
        self.line += rows
        return np.arange(self.line - rows, self.line)

    def positions(self, mmsi: Any, time: Any = NOON, **given: Any) -> Positions:
        mmsi = np.atleast_1d(np.asarray(mmsi, np.uint32))
        rows = len(mmsi)
        columns = {
            "lon": 5.0, "lat": 52.0, "msg_type": 1, "status": 0, "time": time,
        } | given  # fmt: skip
        made = {name: np.broadcast_to(value, rows) for name, value in columns.items()}
        return Positions.absent(rows, mmsi=mmsi, line=self._lines(rows), **made)

    def traffic(self, rows: int, vessels: int = 50, begin: np.datetime64 = NOON) -> Positions:
        """Every column with values that AIS can send, some of them absent."""
        random = self._random

        def some(values: Any) -> Any:
            return np.where(random.random(rows) < 0.1, np.nan, values)

        return Positions.absent(
            rows,
            time=begin + np.arange(rows) * SECOND,
            received=begin + np.arange(rows) * SECOND + np.timedelta64(1234, "ms"),
            mmsi=200_000_000 + random.integers(0, vessels, rows),
            msg_type=random.choice([1, 3, 18, 9, 27], rows),
            lon=some(random.integers(-108_000_000, 108_000_001, rows) / 600_000),
            lat=some(random.integers(-54_000_000, 54_000_001, rows) / 600_000),
            sog=some(random.integers(0, 1023, rows) / 10),
            cog=some(random.integers(0, 3600, rows) / 10),
            heading=some(random.integers(0, 360, rows)),
            rot=some(random.integers(-7200, 7201, rows) / 10),
            status=random.integers(0, 16, rows),
            second=random.integers(0, 64, rows),
            altitude=some(random.integers(0, 4095, rows)),
            flags=random.integers(0, 65536, rows),
            station=random.integers(0, 3, rows),
            line=self._lines(rows),
        )

    def statics(self, mmsi: int, time: np.datetime64 = NOON, **given: Any) -> Statics:
        columns = {"msg_type": 5} | given
        return Statics.absent(
            1, mmsi=np.array([mmsi]), time=np.array([time]), line=self._lines(1),
            **{name: np.array([value]) for name, value in columns.items()},
        )  # fmt: skip

    def messages(self, mmsi: int, payload: bytes, text: bytes = b"", **given: Any) -> Messages:
        columns = {"time": NOON, "msg_type": 14} | given
        return Messages.absent(
            1, mmsi=np.array([mmsi]), line=self._lines(1),
            payload=np.array([payload], object), text=np.array([text], object),
            **{name: np.array([value]) for name, value in columns.items()},
        )  # fmt: skip

    def copies(self, mmsi: int, station: int, delay: int, time: np.datetime64 = NOON) -> Copies:
        return Copies.absent(
            1, mmsi=np.array([mmsi]), station=np.array([station]), delay=np.array([delay]),
            time=np.array([time]), msg_type=np.array([1]), line=self._lines(1),
        )  # fmt: skip

    def event(self, mmsi: int = 1, time: np.datetime64 = NOON, **given: Any) -> Event:
        values = {
            "kind": "zone_enter", "lon": 3.0, "lat": float("nan"), "zone": "z", "episode": time,
            "subjects": (mmsi,), "evidence": {"words": "entered"},
        } | given  # fmt: skip
        name = event_id(values["kind"], values["subjects"], values["zone"], values["episode"])
        [line] = self._lines(1)
        return Event(**({"id": name, "mmsi": mmsi, "time": time, "line": int(line)} | values))

    def alert(self, name: str = "a", time: np.datetime64 = NOON, **given: Any) -> Alert:
        [line] = self._lines(1)
        values = {
            "id": name * 16, "rule": "piracy", "priority": "warning", "kind": "zone_enter",
            "state": "active-unacknowledged", "mmsi": 1, "subjects": (1, 2), "zone": "z",
            "time": time, "updated": time, "lon": 1.0, "lat": 2.0, "title": "Somebody entered",
            "events": ("e" * 16,), "evidence": {"fixes": [{"sog": 12.3}]}, "line": int(line),
        } | given  # fmt: skip
        return Alert(**values)

    def commit(self, run: int, **given: Any) -> Commit:
        """A commit that ends after all lines made so far."""
        ledger = Ledger(lines=self.line, used=self.line)
        return Commit(run, self.line, **({"ledger": ledger} | given))


@pytest.fixture
def make() -> Making:
    return Making()


@pytest.fixture
def database(tmp_path):
    with Database.open(tmp_path / "watch.db") as opened:
        yield opened


@pytest.fixture
def run(database) -> int:
    return begin_run(database, [SourceId("a.nmea", 10, "aa")], {"zones": "v1"}).number
