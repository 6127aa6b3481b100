"""Vessels sailed by hand, judged by the engine with chosen detectors, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import detect.settled
from detect.config import DetectConfig
from detect.engine import Engine
from detect.events import Event
from detect.motion import Motion
from geofence.fence import Fence
from geofence.geodesy import direct
from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.records import Messages, Positions, Statics

START = np.datetime64("2026-03-01T00:00:00", "us")
KNOT = 1852 / 3600
SHIP = 201_000_001


def leg(
    until: float, sog: float, course: float, *, begin: float = 0, every: float = 10,
    at: tuple[float, float] = (0.0, 0.0), mmsi: int = SHIP, says: float | None = None,
    **said: Any,
) -> Positions:  # fmt: skip
    """Reports of one vessel on a straight way.

    Args:
        until: seconds after START of the last report.
        sog: knots, what it does and says; the latter unless `says` is given.
        course: degrees, what it does and says, cog and heading, unless `said` says otherwise.
        begin: seconds after START of the first report.
        every: seconds between two.
        at: longitude and latitude at `begin`.
        mmsi: the vessel.
        says: knots that it says it does.
        said: other columns, one value or one a report.

    """
    seconds = np.arange(begin, until + every / 2, every)
    lon, lat = direct(*at, course, sog * KNOT * (seconds - begin))
    said = {
        "sog": sog if says is None else says,
        "cog": course,
        "heading": course,
        "status": 0,
        "msg_type": 1,
        **said,
    }
    n = len(seconds)
    columns = {name: np.full(n, value) for name, value in said.items()}
    time = START + (seconds * 1e6).astype("timedelta64[us]")
    return Positions.absent(
        n, mmsi=np.full(n, mmsi), time=time, lon=(lon + 180) % 360 - 180, lat=lat, **columns
    )


def then(before: Positions, seconds: float, sog: float, course: float, **more: Any) -> Positions:
    """The same vessel going on otherwise for so many seconds: its reports so far and these."""
    last = (before.time[-1] - START) / np.timedelta64(1, "s")
    every = more.get("every", 10)
    at = float(before.lon[-1]), float(before.lat[-1])
    lon, lat = direct(*at, course, sog * KNOT * every)
    after = leg(
        last + seconds, sog, course, begin=last + every, at=(float(lon), float(lat)),
        mmsi=int(before.mmsi[-1]), **more,
    )  # fmt: skip
    return Positions.concat([before, after])


def facts(mmsi: int = SHIP, ship_type: int = 70, length: int = 150) -> Statics:
    """A static report that says what a vessel is."""
    one = {"mmsi": mmsi, "ship_type": ship_type, "to_bow": length, "msg_type": 5}
    columns = {name: np.array([value]) for name, value in one.items()}
    return Statics.absent(1, time=np.array([START]), **columns)


def judge(
    ways: Sequence[Positions],
    *detectors: Any,
    zones: Sequence[Zone] = (),
    statics: Sequence[Statics] | None = None,
    config: DetectConfig | None = None,
    cut: int = 10**9,
    fence: Fence | None = None,
) -> list[Event]:
    """The events of some vessels, all in one stream, by the detectors named.

    Args:
        ways: reports of vessels.
        detectors: classes; `Motion` comes first by itself.
        zones: around them.
        statics: what they say of themselves; one cargo ship of 150 m for each if not given.
        config: settings; without any, reports count as they come.
        cut: rows a batch.
        fence: instead of zones, made before.

    """
    rows = Positions.concat(list(ways))
    rows = rows.take(np.argsort(rows.time, kind="stable"))
    end = rows.take(slice(-1, None))  # somebody far away, so that time goes on
    end = replace(
        end, mmsi=np.array([999_000_001], "u4"), time=end.time + np.timedelta64(300, "s"),
        lon=np.array([-150.0]), lat=np.array([-40.0]),
    )  # fmt: skip
    rows = Positions.concat([rows, end])
    rows = replace(rows, line=np.arange(len(rows)) + 100)
    if statics is None:
        statics = [facts(mmsi) for mmsi in np.unique(rows.mmsi).tolist()]
    said = Statics.concat(list(statics))
    said = replace(said, line=np.arange(len(said)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detect.settled, "DETECTORS", (Motion, *detectors))
        patch.setattr(detect.settled, "TICK_DETECTORS", ())
        engine = Engine(fence or Fence(ZoneSet(tuple(zones))), config or DetectConfig(late_s=0))
        events = []
        for start in range(0, len(rows), cut):
            part = rows.take(slice(start, start + cut))
            events += engine.step(part, said if start == 0 else Statics.empty(), Messages.empty())
    return [event for event in events if event.kind in {d.name for d in detectors}]


def newest(events: Sequence[Event]) -> list[Event]:
    """The last revision of each event that was not withdrawn, in the order first told."""
    found: dict[str, Event] = {}
    for event in events:
        found[event.id] = event
    return [event for event in found.values() if not event.withdrawn]
