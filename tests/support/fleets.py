"""Fleets of vessels, each with its own way, heard as a test wants: for detectors of silence."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from ingest.records import Messages, Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")


@dataclass
class Fleet:
    """Vessels on straight ways, reporting now and then; rows are left out by `drop`.

    Attributes:
        lon, lat: float64[v], where each begins, degrees.
        sog, cog: float64[v], knots and degrees.
        hours: for how long they report.
        every_s: seconds between two reports of one vessel.
        first: the first vessel's MMSI; the others follow.

    """

    lon: Any
    lat: Any
    sog: Any
    cog: Any
    hours: float = 24.0
    every_s: float = 300.0
    first: int = 227_000_001
    msg_type: int = 1
    columns: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        arrays = np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(v, float)) for v in (self.lon, self.lat, self.sog, self.cog))
        )
        count, times = len(arrays[0]), np.arange(0, self.hours * 3600, self.every_s)
        shift = np.random.default_rng(count).uniform(0, self.every_s, count)
        who = np.tile(np.arange(count), len(times))
        seconds = np.repeat(times, count) + shift[who]
        lon, lat, sog, cog = (a[who] for a in arrays)
        north = sog * seconds / 3600 / 60 * np.cos(np.radians(cog))
        east = sog * seconds / 3600 / 60 * np.sin(np.radians(cog))
        self.columns = {
            "who": who, "s": seconds, "lat": lat + north, "sog": sog, "cog": cog,
            "lon": lon + east / np.cos(np.radians(lat + north / 2)),
            "station": np.full(len(who), 1), "msg_type": np.full(len(who), self.msg_type),
            "delay": np.zeros(len(who)),
        }  # fmt: skip

    def drop(self, rows: Any) -> Fleet:
        """Leave out the rows that a mask says."""
        self.columns = {name: values[~rows] for name, values in self.columns.items()}
        return self

    def __getitem__(self, name: str) -> Any:
        return self.columns[name]


def positions(*fleets: Fleet) -> Positions:
    """Everything that is heard of some fleets, in the order in which it arrives."""
    parts = {
        name: np.concatenate([fleet.columns[name] for fleet in fleets])
        for name in fleets[0].columns
    }
    mmsi = np.concatenate([fleet.first + fleet.columns["who"] for fleet in fleets])
    order = np.argsort(parts["s"] + parts["delay"], kind="stable")
    parts = {name: values[order] for name, values in parts.items()}
    arrived = (parts["s"] + parts["delay"]).round().astype("timedelta64[s]")
    count = len(order)
    return Positions.absent(
        count, time=START + parts["s"].round().astype("timedelta64[s]"), mmsi=mmsi[order],
        lon=np.remainder(parts["lon"] + 180, 360) - 180, lat=parts["lat"], sog=parts["sog"],
        cog=np.remainder(parts["cog"], 360), status=np.zeros(count), station=parts["station"],
        msg_type=parts["msg_type"], line=np.arange(count),
        watermark=np.maximum.accumulate(START + arrived),
    )  # fmt: skip


def run(engine: Any, rows: Positions, cuts: Any = ()) -> list[Any]:
    """The events of some rows, cut so."""
    edges, events = [0, *sorted(cuts), len(rows)], []
    for start, end in pairwise(edges):
        part = rows.take(slice(start, end))
        events += engine.step(part, Statics.empty(), Messages.empty())
    return events
