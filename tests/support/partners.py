"""Partners, zones and vessels for tests of what is shared."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from shapely import box

from geofence.zone import Zone
from geofence.zoneset import ZoneSet
from ingest.records import Messages, Positions, Statics
from share.config import LabelConfig, PartnerConfig, ShareConfig
from share.policies import Policies
from watch.lists import Entry, WatchList

T0 = np.datetime64("2026-09-14T04:00:00", "us")
NOW = int(T0.astype(np.int64)) + 3_600_000_000

# West, south, east, north: two that overlap, one that is elsewhere, one that was.
BOXES = {"north": (0, 0, 10, 10), "south": (5, -10, 15, 5), "far": (100, 0, 110, 10)}
ZONES = ZoneSet((
    *(Zone(name, f"Zone {name}", "watch", box(*b)) for name, b in BOXES.items()),
    Zone("past", "Zone past", "watch", box(0, 0, 10, 10), valid_to=T0 - np.timedelta64(1, "D")),
))  # fmt: skip

LISTS = WatchList((
    Entry(mmsi=244_000_003, on="grey"), Entry(imo=9_074_729, on="grey"),
    Entry(mmsi=244_000_005, on="friends"),
))  # fmt: skip

# Mostly ships, one aid, one coast station, one search and rescue aircraft, one beacon.
MMSIS = (*range(244_000_000, 244_000_010), 992_441_234, 2_442_000, 111_244_123, 972_441_111)

EVERYTHING: dict[str, Any] = {
    "name": "p", "areas": ["all"], "classes": ["all"], "types": "all", "fields": ["all"],
}  # fmt: skip


def partner(**keys: Any) -> PartnerConfig:
    return PartnerConfig.model_validate({**EVERYTHING, **keys})


def policies(
    *partners: PartnerConfig, labels: list[dict[str, Any]] | None = None, **how: Any
) -> Policies:
    made = tuple(LabelConfig.model_validate(label) for label in labels or [])
    share = ShareConfig(partners, made, Path(), "vigie.toml")
    return Policies(share, ZONES, LISTS, **{"began": NOW, **how})


def positions(*rows: dict[str, Any]) -> Positions:
    """Positions from rows of columns; the time in seconds after T0."""
    return _record(Positions, rows, {"msg_type": 1, "lon": 1.0, "lat": 1.0})


def statics(*rows: dict[str, Any]) -> Statics:
    return _record(Statics, rows, {"msg_type": 5})


def messages(*rows: dict[str, Any]) -> Messages:
    return _record(Messages, rows, {"msg_type": 8})


def _record(kind: Any, rows: Any, usual: dict[str, Any]) -> Any:
    made = kind.absent(len(rows))
    values = {f.name: getattr(made, f.name) for f in dataclasses.fields(kind)}
    for number, row in enumerate(rows):
        row = {"mmsi": MMSIS[0], "time": 0.0, "line": number, **usual, **row}
        for name, value in row.items():
            if name == "time":
                value = T0 + np.timedelta64(round(value * 1e6), "us")
            values[name][number] = value
    return kind(**values)
